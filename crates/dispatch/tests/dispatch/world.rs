//! A small world: providers that do what their scripts say, one route over them, and callers.

use crate::always::check_always;
use crate::view::View;
use bytes::Bytes;
use handover_dialect::{Call, Capabilities, Dialect, Overrides};
use handover_dispatch::{
    Care, Engine, Event, Incoming, Key, Observer, Outgoing, Provider, ProviderId, Reply, RouteSettings,
    Served, Target, Upstream, dispatch,
};
use handover_drill::{Network, Playlist, Reachable, Simulator};
use handover_policy::{Failure, Kind, RetrySettings, Timeouts, WasteSettings};
use handover_upstream::{
    Body, BodyError, Client, Connected, Connecting, Connector, Endpoint, Origin, Request, SendError,
    SendErrorKind,
};
use http::{HeaderMap, HeaderValue, Method, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Every key of every provider begins so; nothing that leaves the engine may hold it.
pub(crate) const SECRET: &str = "sk-secret";

/// The clocks of a provider that is not told otherwise.
pub(crate) const CLOCKS: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    first_token: Duration::from_secs(10),
    stall: Duration::from_secs(30),
    progress: Duration::from_secs(60),
    total: Duration::from_secs(120),
};

pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What a test says of one provider.
pub(crate) struct Maker {
    name: String,
    dialect: Dialect,
    simulator: Simulator,
    keys: usize,
    clocks: Timeouts,
    capabilities: Capabilities,
    opens_after: Duration,
    loads_for: Duration,
    http2: bool,
    raw: Option<Vec<(u64, String)>>,
    network: Option<Network>,
    signal: Option<u8>,
    care: Care,
    group: Option<u32>,
    probe: Option<Duration>,
    canary: bool,
}

/// Builds a [`World`]. Settings are those of the provider named last.
#[derive(Default)]
pub(crate) struct Builder {
    makers: Vec<Maker>,
    seed: u64,
    route: RouteSettings,
    budgets: Option<(RetrySettings, WasteSettings)>,
}

impl Builder {
    fn last(&mut self) -> &mut Maker {
        self.makers.last_mut().expect("a provider comes first")
    }

    /// A provider at the end of the route.
    pub(crate) fn provider(mut self, name: &str, dialect: Dialect, script: &str) -> Self {
        let playlist: Playlist = script.parse().unwrap_or_else(|e| panic!("{script}: {e}"));
        let theirs = match dialect {
            Dialect::OpenAi => handover_drill::Dialect::OpenAi,
            Dialect::Anthropic => handover_drill::Dialect::Anthropic,
            Dialect::Cohere => handover_drill::Dialect::Cohere,
        };
        self.makers.push(Maker {
            name: name.to_owned(),
            dialect,
            simulator: Simulator::new(theirs).named(name).default(playlist),
            keys: 1,
            clocks: CLOCKS,
            capabilities: Capabilities::default(),
            opens_after: Duration::ZERO,
            loads_for: Duration::ZERO,
            http2: false,
            raw: None,
            network: None,
            signal: if self.makers.is_empty() { Some(4) } else { None },
            care: Care::default(),
            group: None,
            probe: None,
            canary: false,
        });
        self
    }

    pub(crate) fn keys(mut self, keys: usize) -> Self {
        self.last().keys = keys;
        self
    }

    pub(crate) fn clocks(mut self, change: impl FnOnce(&mut Timeouts)) -> Self {
        change(&mut self.last().clocks);
        self
    }

    pub(crate) fn can(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(&mut self.last().capabilities);
        self
    }

    /// Answers requests that the real provider would refuse.
    pub(crate) fn lenient(mut self) -> Self {
        let maker = self.last();
        maker.simulator = maker.simulator.clone().lenient();
        self
    }

    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How this provider is looked after.
    pub(crate) fn care(mut self, change: impl FnOnce(&mut Care)) -> Self {
        change(&mut self.last().care);
        self
    }

    /// A member of this group of equals; in the lead's group, as good as the lead.
    pub(crate) fn group(mut self, group: u32) -> Self {
        self.last().group = Some(group);
        if self.makers.first().is_some_and(|lead| lead.group == Some(group)) {
            self.last().signal = Some(4);
        }
        self
    }

    /// Is probed when it has been idle for so long.
    pub(crate) fn probed(mut self, every: Duration) -> Self {
        self.last().probe = Some(every);
        self
    }

    /// May be asked first once in a while.
    pub(crate) fn canary(mut self) -> Self {
        self.last().canary = true;
        self
    }

    /// What the route asks of the path.
    pub(crate) fn route(mut self, change: impl FnOnce(&mut RouteSettings)) -> Self {
        change(&mut self.route);
        self
    }

    /// What extra work may cost.
    pub(crate) fn budgets(mut self, retries: RetrySettings, waste: WasteSettings) -> Self {
        self.budgets = Some((retries, waste));
        self
    }

    /// Speaks HTTP/2.
    pub(crate) fn http2(mut self, http2: bool) -> Self {
        self.last().http2 = http2;
        self
    }

    /// How long a connection takes to open.
    pub(crate) fn opens_after(mut self, time: Duration) -> Self {
        self.last().opens_after = time;
        self
    }

    /// What becomes of connections to it.
    pub(crate) fn network(mut self, network: Network) -> Self {
        self.last().network = Some(network);
        self
    }

    /// How long the provider takes to be ready, as a local engine does.
    pub(crate) fn loads_for(mut self, time: Duration) -> Self {
        self.last().loads_for = time;
        self
    }

    /// A provider that writes these bytes, each after so many milliseconds, whatever it is asked, and closes.
    pub(crate) fn raw(self, name: &str, dialect: Dialect, writes: Vec<(u64, String)>) -> Self {
        let mut builder = self.provider(name, dialect, "ok");
        builder.last().raw = Some(writes);
        builder
    }

    /// What this provider says to requests with one of its keys.
    pub(crate) fn for_key(mut self, key: usize, script: &str) -> Self {
        let maker = self.last();
        let playlist: Playlist = script.parse().unwrap_or_else(|e| panic!("{script}: {e}"));
        maker.simulator = maker.simulator.clone().for_key(secret(&maker.name, key), playlist);
        self
    }

    pub(crate) fn build(self) -> World {
        let mut doors = HashMap::new();
        let mut origins = Vec::new();
        let mut loads = Vec::new();
        let mut targets = Vec::new();
        let mut simulators = Vec::new();
        for (place, maker) in self.makers.into_iter().enumerate() {
            let host = format!("p{place}.example");
            let base = match maker.dialect {
                Dialect::OpenAi => format!("http://{host}/v1"),
                Dialect::Anthropic | Dialect::Cohere => format!("http://{host}"),
            };
            origins.push(Arc::new(Origin::parse(&base).expect("a base URL").with_http2(maker.http2)));
            let (simulator, raw) = (maker.simulator.clone(), maker.raw.clone());
            let Maker { opens_after, network, .. } = maker;
            doors.insert(host, Door { simulator, opens_after, network, raw });
            loads.push(maker.loads_for);
            simulators.push(maker.simulator.clone());
            let target = target(maker, ProviderId(place));
            targets.push((target.id.clone(), Arc::new(target)));
        }
        let records = Arc::new(Records::default());
        let upstream = Net { client: Client::with_connector(Arc::new(Doors::new(doors))), origins, loads };
        let mut engine = Engine::new(upstream, records.clone(), self.seed, || 1_790_000_000);
        engine.set("default", self.route);
        if let Some((retries, waste)) = self.budgets {
            engine = engine.with_budgets(retries, waste);
        }
        for (_, target) in &targets {
            engine.serve_any_model(target);
        }
        engine.routes.add("default", Vec::new(), targets);
        World { engine: Arc::new(engine), simulators, records }
    }
}

fn secret(provider: &str, key: usize) -> String {
    format!("{SECRET}-{provider}-{key}")
}

fn target(maker: Maker, id: ProviderId) -> Target {
    let Maker { name, dialect, keys, clocks, capabilities, signal, care, group, probe, canary, .. } = maker;
    let keys = (0..keys).map(|key| {
        let (header, text) = match dialect {
            Dialect::Anthropic => ("x-api-key", secret(&name, key)),
            Dialect::OpenAi | Dialect::Cohere => ("authorization", format!("Bearer {}", secret(&name, key))),
        };
        let mut value = HeaderValue::from_str(&text).expect("a header's value");
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(header, value);
        if dialect == Dialect::Anthropic {
            headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        }
        Key::new(headers)
    });
    let provider = Arc::new(Provider::new(&name, id, dialect, keys.collect()).with_care(care));
    let spec = handover_dialect::Target {
        dialect,
        model: model(dialect).to_owned(),
        overrides: Overrides::default(),
        capabilities,
        anthropic_version: "2023-06-01".to_owned(),
        refused_fields: Vec::new(),
    };
    let mut target = Target::new(provider, spec, clocks, signal, false);
    (target.group, target.probe, target.canary) = (group, probe, canary);
    target
}

/// The model every provider of a dialect serves.
pub(crate) fn model(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "gpt-4o-mini",
        Dialect::Anthropic => "claude-haiku-4-5",
        Dialect::Cohere => "command-a",
    }
}

/// Providers, an engine over them, and what the observer heard.
pub(crate) struct World {
    pub(crate) engine: Arc<Engine<Net>>,
    pub(crate) simulators: Vec<Simulator>,
    pub(crate) records: Arc<Records>,
}

/// What a caller was told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body was torn down instead of ended.
    pub(crate) aborted: bool,
    pub(crate) took: Duration,
    pub(crate) record: Served,
    pub(crate) view: View,
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.body))
    }

    pub(crate) fn text(&self) -> &str {
        &self.view.text
    }
}

impl World {
    pub(crate) fn builder() -> Builder {
        Builder::default()
    }

    /// The engine, before anything is asked of it.
    pub(crate) fn engine_mut(&mut self) -> &mut Engine<Net> {
        Arc::get_mut(&mut self.engine).expect("nobody else has it yet")
    }

    /// How many requests each provider got.
    pub(crate) fn asked(&self) -> Vec<u64> {
        self.simulators.iter().map(Simulator::count).collect()
    }

    /// The targets, in the order of the configuration.
    pub(crate) fn targets(&self) -> Vec<Arc<Target>> {
        self.engine.routes.iter().flat_map(|(_, targets)| targets.cloned().collect::<Vec<_>>()).collect()
    }

    /// Answers under way, of every key of every target.
    pub(crate) fn in_flight(&self) -> u32 {
        let now = Instant::now();
        let keys = self.targets().into_iter().flat_map(|target| target.state(now).keys);
        keys.map(|key| key.in_flight).sum()
    }

    pub(crate) fn incoming(&self, dialect: Dialect, body: &Value) -> Incoming {
        self.incoming_raw(dialect, Bytes::from(body.to_string()))
    }

    pub(crate) fn incoming_raw(&self, dialect: Dialect, body: Bytes) -> Incoming {
        let call = Call::read(dialect, body).expect("a request that can be read");
        let number = self.records.0.lock().len();
        Incoming {
            call,
            id: format!("req_{number:024x}").into(),
            received: Instant::now(),
            headers: HeaderMap::new(),
            only: false,
            watcher: None,
        }
    }

    /// Asks and reads the answer to its end.
    pub(crate) async fn ask(&self, dialect: Dialect, body: &Value) -> Told {
        self.read(self.incoming(dialect, body)).await
    }

    /// "Say hello", streamed or not.
    pub(crate) async fn hello(&self, dialect: Dialect, stream: bool) -> Told {
        self.ask(dialect, &hello(dialect, stream)).await
    }

    /// Dispatches a request and reads the answer to its end.
    pub(crate) async fn read(&self, incoming: Incoming) -> Told {
        let before = self.records.0.lock().len();
        let start = Instant::now();
        let (dialect, stream, id) = (incoming.call.dialect, incoming.call.stream, incoming.id.clone());
        let mut aborted = false;
        let mut raw = Vec::new();
        let reply = Box::pin(dispatch(&self.engine, incoming)).await;
        let streamed = matches!(reply, Reply::Stream { .. });
        assert!(stream || !streamed, "a stream for a caller that reads none");
        let (status, headers) = match reply {
            Reply::Whole { status, headers, body } => {
                raw.extend_from_slice(&body);
                (status, headers)
            }
            Reply::Stream { headers, mut relay } => {
                while let Some(next) = relay.next().await {
                    match next {
                        Ok(bytes) => {
                            assert!(!aborted, "bytes behind the abort");
                            raw.extend_from_slice(&bytes);
                        }
                        Err(_) => aborted = true,
                    }
                }
                (200, headers)
            }
        };
        let records = self.records.0.lock();
        assert_eq!(records.len(), before + 1, "one request, one record");
        let record = records[before].clone();
        let body = Bytes::from(raw);
        // A stream that was kept comes in one piece.
        let streamed = headers.get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"text/event"));
        let view = if status == 200 { View::read(dialect, streamed, &body) } else { View::default() };
        let told = Told { status, headers, body, aborted, took: Instant::now() - start, record, view };
        check_always(&told, &id, dialect);
        told
    }
}

/// "Say hello" in a dialect.
pub(crate) fn hello(dialect: Dialect, stream: bool) -> Value {
    let mut body = json!({"model": "default", "messages": [{"role": "user", "content": "Say hello"}]});
    if dialect == Dialect::Anthropic {
        body["max_tokens"] = json!(100);
    }
    if stream {
        body["stream"] = json!(true);
    }
    body
}

/// Keeps every record.
#[derive(Debug, Default)]
pub(crate) struct Records(pub(crate) Mutex<Vec<Served>>);

impl Records {
    /// All records so far, oldest first.
    pub(crate) fn all(&self) -> Vec<Served> {
        self.0.lock().clone()
    }
}

impl Observer for Records {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Served(served) = event {
            self.0.lock().push((*served).clone());
        }
    }
}

/// Providers over HTTP on connections in memory.
#[derive(Debug)]
pub(crate) struct Net {
    client: Client,
    origins: Vec<Arc<Origin>>,
    loads: Vec<Duration>,
}

impl Upstream for Net {
    type Body = Body;

    async fn ready(&self, provider: ProviderId, _: &str) -> Result<(), Failure> {
        tokio::time::sleep(self.loads[provider.0]).await;
        Ok(())
    }

    async fn send(&self, provider: ProviderId, outgoing: Outgoing) -> Result<Response<Body>, Failure> {
        let shown = format!("{outgoing:?}");
        assert!(!shown.contains(SECRET), "a request shows its key: {shown}");
        let Outgoing { path, headers, body, connect_timeout, .. } = outgoing;
        let request = Request {
            method: Method::POST,
            origin: self.origins[provider.0].clone(),
            path_and_query: path.to_owned(),
            headers,
            body,
            connect_timeout,
        };
        self.client.send(request).await.map_err(|e| {
            let kind = match e.kind {
                SendErrorKind::Dns => Kind::Dns,
                SendErrorKind::Connect => Kind::Connect,
                SendErrorKind::ConnectTimeout => Kind::ConnectTimeout(connect_timeout),
                SendErrorKind::Tls => Kind::Tls,
                SendErrorKind::ResetBeforeHeaders => Kind::Reset,
                SendErrorKind::Protocol | SendErrorKind::Invalid => Kind::Protocol,
                SendErrorKind::Goaway => Kind::Goaway,
            };
            Failure { reached: e.reached, ..Failure::new(kind) }
        })
    }

    fn broken(_: BodyError) -> Failure {
        Failure::new(Kind::Truncated)
    }
}

/// Where connections lead, by host.
struct Doors {
    doors: HashMap<String, Door>,
    /// Plays the raw providers.
    writers: Mutex<JoinSet<()>>,
}

struct Door {
    simulator: Simulator,
    opens_after: Duration,
    network: Option<Network>,
    raw: Option<Vec<(u64, String)>>,
}

impl Door {
    /// What happens before a connection is there, as the real connector tells it.
    async fn open(&self) -> Result<(), SendError> {
        let fails = |kind| Err(SendError::unreached(kind, format!("{:?}", self.network)));
        match self.network {
            None => {}
            Some(Network::NameUnknown) => return fails(SendErrorKind::Dns),
            Some(Network::NameSlow) => tokio::time::sleep(Duration::from_secs(30)).await,
            Some(Network::Refused) => self.simulator.reachable(Reachable::Refused),
            Some(Network::BlackHole) => std::future::pending().await,
            Some(Network::Certificate | Network::HandshakeCut) => return fails(SendErrorKind::Tls),
            Some(Network::HalfOpen) => self.simulator.reachable(Reachable::Silent),
        }
        tokio::time::sleep(self.opens_after).await;
        Ok(())
    }
}

impl Doors {
    fn new(doors: HashMap<String, Door>) -> Self {
        Self { doors, writers: Mutex::default() }
    }

    fn raw(&self, writes: Vec<(u64, String)>) -> DuplexStream {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        self.writers.lock().spawn(async move {
            let mut request = [0; 64 * 1024];
            let _ = theirs.read(&mut request).await;
            for (after, bytes) in writes {
                tokio::time::sleep(ms(after)).await;
                // The gateway may have left; nobody else is there to hear of it.
                let _ = theirs.write_all(bytes.as_bytes()).await;
            }
        });
        ours
    }
}

impl Connector for Doors {
    fn connect<'a>(&'a self, origin: &'a Origin, _: Duration) -> Connecting<'a> {
        Box::pin(async move {
            let refused = |e: String| SendError::unreached(SendErrorKind::Connect, e);
            let Endpoint::Tcp { host, .. } = &origin.endpoint else {
                return Err(refused("a socket".to_owned()));
            };
            let door = self.doors.get(host).ok_or_else(|| refused(format!("no {host}")))?;
            door.open().await?;
            if let Some(writes) = door.raw.clone() {
                return Ok(Connected { io: Box::new(self.raw(writes)), http2: false });
            }
            let io = door.simulator.connect().map_err(|e| refused(e.to_string()))?;
            Ok(Connected { io: Box::new(io), http2: origin.http2 })
        })
    }
}
