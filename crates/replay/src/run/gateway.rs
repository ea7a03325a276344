//! The real engine, over the simulated network. All that depends on how an engine is made is in this file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use handover_dialect::{Call, Capabilities, Overrides};
use handover_dispatch::{
    BreakerEvent, Care, Engine, Event, Incoming, Key, Observer, Outgoing, ProviderId, Reply, RouteSettings,
    Served, Target, Upstream, dispatch,
};
use handover_drill::{Broken, Dialect};
use handover_policy::{Failure, Kind, Timeouts};
use http::{HeaderMap, HeaderValue, Response};
use parking_lot::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::book::NetBody;
use super::client::Question;
use super::net::{Connecting, Net, Trouble, secret};
use super::{CannotRun, Facts};
use crate::result::Breaker;
use crate::scenario::{Provider, Scenario};

/// The route's name.
const ROUTE: &str = "default";

/// A provider's breaker has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) at: Duration,
    pub(crate) provider: usize,
    pub(crate) breaker: Breaker,
}

/// The gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    engine: Arc<Engine<Wire>>,
    records: Arc<Records>,
    /// Providers by name.
    places: HashMap<String, usize>,
}

impl Gateway {
    pub(crate) fn new(scenario: &Scenario, net: Arc<Net>) -> Result<Self, CannotRun> {
        let names = scenario.providers.iter().map(|provider| provider.name.clone()).collect();
        let keys = scenario.providers.iter().map(|provider| provider.keys).collect();
        let records = Arc::new(Records { net: net.clone(), names, keys, kept: Mutex::default() });
        // The wall clock stands still: nothing in a replay tells a time of day.
        let mut engine = Engine::new(Wire(net), records.clone(), scenario.seed, || 1_700_000_000);
        let mut targets = Vec::new();
        let mut places = HashMap::new();
        for (place, provider) in scenario.providers.iter().enumerate() {
            let target = target(scenario, place, provider)?;
            targets.push((target.id.clone(), Arc::new(target)));
            places.insert(provider.name.clone(), place);
        }
        engine.routes.add(ROUTE, Vec::new(), targets);
        let wanted = &scenario.route;
        let settings = RouteSettings {
            max_attempts: wanted.max_attempts,
            hedge: wanted.hedge,
            canary: wanted.canary,
            mid_stream: wanted.mid_stream,
            max_hand_overs: wanted.max_hand_overs,
            ..RouteSettings::default()
        };
        engine.set(ROUTE, settings);
        Ok(Gateway { engine: Arc::new(engine), records, places })
    }

    pub(crate) async fn ask(&self, question: &Question) -> Reply<Wire> {
        let body = question.body(question.dialect, ROUTE);
        let id = request_id(question.number);
        let call = match Call::read(theirs(question.dialect), body) {
            Ok(call) => call,
            Err(error) => {
                let body = error.body(theirs(question.dialect), &id).to_string().into();
                return Reply::Whole { status: error.status(), headers: HeaderMap::new(), body };
            }
        };
        let mut headers = HeaderMap::new();
        if question.batch {
            headers.insert("x-handover-criticality", HeaderValue::from_static("batch"));
        }
        let incoming =
            Incoming { call, id: id.into(), received: Instant::now(), headers, only: false, watcher: None };
        dispatch(&self.engine, incoming).await
    }

    /// The provider that `provider/model` names.
    pub(crate) fn place_of(&self, served: &str) -> Option<usize> {
        self.places.get(served.split_once('/')?.0).copied()
    }

    /// Keeps idle backups warm, as the server does. Never returns; to be dropped at the end.
    pub(crate) async fn keep_warm(&self, every: Duration) {
        let since = Instant::now();
        // The server looks every 5 s for probes that are due after 5 minutes.
        let mut look = interval((every / 60).max(Duration::from_secs(1)));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            for target in self.engine.idle_backups(since, Instant::now()) {
                // What it finds moves the breaker and is in the book of attempts.
                drop(Box::pin(self.engine.probe(&target, None, false)).await);
            }
        }
    }

    /// What the engine wrote of each request, and told of its breakers.
    pub(crate) fn finish(&self, facts: &mut [Facts]) -> Vec<Moved> {
        let mut kept = self.records.kept.lock();
        for record in &kept.served {
            let number =
                record.request_id.strip_prefix("req_").and_then(|hex| usize::from_str_radix(hex, 16).ok());
            let Some(facts) = number.and_then(|number| facts.get_mut(number)) else { continue };
            facts.records += 1;
            facts.says_served = record.target.as_deref().map(str::to_owned);
            facts.says_attempts = Some(record.attempt_count());
            let stopped = record.hand_overs.iter().map(|handed| &handed.usage);
            let tokens = stopped.chain([&record.billed]).map(|usage| (usage.prompt, usage.completion));
            facts.says_tokens = tokens.collect();
            let handed = record.hand_overs.iter();
            facts.says_handed =
                handed.map(|one| (one.from.to_string(), one.to.to_string(), one.how)).collect();
        }
        std::mem::take(&mut kept.moved)
    }
}

fn request_id(number: u32) -> String {
    format!("req_{number:024x}")
}

fn theirs(dialect: Dialect) -> handover_dialect::Dialect {
    match dialect {
        Dialect::OpenAi => handover_dialect::Dialect::OpenAi,
        Dialect::Anthropic => handover_dialect::Dialect::Anthropic,
        Dialect::Cohere => handover_dialect::Dialect::Cohere,
    }
}

/// The headers that carry a provider's key.
pub(crate) fn key_headers(provider: &Provider, key: usize) -> Result<HeaderMap, CannotRun> {
    let bad = |_| CannotRun::Name(provider.name.clone());
    let secret = secret(&provider.name, key);
    let mut headers = HeaderMap::new();
    let (name, text) = match provider.dialect {
        Dialect::Anthropic => ("x-api-key", secret),
        Dialect::OpenAi | Dialect::Cohere => ("authorization", format!("Bearer {secret}")),
    };
    let mut value = HeaderValue::try_from(text).map_err(bad)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    if provider.dialect == Dialect::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    Ok(headers)
}

fn target(scenario: &Scenario, place: usize, provider: &Provider) -> Result<Target, CannotRun> {
    let dialect = theirs(provider.dialect);
    let keys: Result<Vec<Key>, CannotRun> =
        (0..provider.keys).map(|key| Ok(Key::new(key_headers(provider, key)?))).collect();
    let is_local = provider.local.is_some();
    let care = Care { max_concurrency: provider.max_concurrency, ..Care::default() };
    let made =
        handover_dispatch::Provider::new(&provider.name, ProviderId(place), dialect, keys?).with_care(care);
    let spec = handover_dialect::Target {
        dialect,
        model: provider.model.clone(),
        overrides: Overrides::default(),
        capabilities: Capabilities { prefill: provider.prefill, ..Capabilities::default() },
        anthropic_version: "2023-06-01".to_owned(),
        refused_fields: Vec::new(),
    };
    let clocks = scenario.route.clocks;
    let connect = if is_local { scenario.route.local_load } else { clocks.connect };
    let signal = (place == 0).then_some(4);
    let mut target = Target::new(Arc::new(made), spec, Timeouts { connect, ..clocks }, signal, is_local);
    target.probe = scenario.route.probe.filter(|_| !is_local);
    target.canary = place > 0;
    Ok(target)
}

/// Keeps every record, and every move of a breaker.
#[derive(Debug)]
struct Records {
    net: Arc<Net>,
    /// The providers' names in order.
    names: Vec<String>,
    /// How many keys each has.
    keys: Vec<usize>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    served: Vec<Served>,
    moved: Vec<Moved>,
    /// By provider: its own breaker, and those of its models and keys in the order in which they first moved.
    breakers: Vec<Breakers>,
}

#[derive(Debug, Clone, Default)]
struct Breakers {
    whole: Breaker,
    lanes: Vec<((String, usize), Breaker)>,
}

impl Observer for Records {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Served(served) => self.kept.lock().served.push((*served).clone()),
            Event::Breaker(moved) => self.breaker(moved),
            // The simulated network has its own book of attempts, which does not believe the engine.
            Event::Attempt(_) | Event::HandOver(_) => {}
        }
    }
}

impl Records {
    fn breaker(&self, event: &BreakerEvent<'_>) {
        let Some(provider) = self.names.iter().position(|name| name == event.provider) else { return };
        let state = match event.to {
            "open" => Breaker::Open,
            "probing" => Breaker::Probing,
            "ramping" => Breaker::Ramping,
            _closed => Breaker::Closed,
        };
        let mut kept = self.kept.lock();
        kept.breakers.resize(self.names.len(), Breakers::default());
        let Some(breakers) = kept.breakers.get_mut(provider) else { return };
        match event.lane {
            None => breakers.whole = state,
            Some((model, key)) => {
                let lane = breakers.lanes.iter_mut().find(|((m, k), _)| m == model && *k == key);
                match lane {
                    Some((_, known)) => *known = state,
                    None => breakers.lanes.push(((model.to_owned(), key), state)),
                }
            }
        }
        // A provider is as open as its best key, and no better than its own breaker. Keys that never moved are well.
        let moved = breakers.lanes.iter().map(|(_, state)| *state);
        let all_moved = breakers.lanes.len() >= self.keys.get(provider).copied().unwrap_or(1);
        let best = moved.min().filter(|_| all_moved).unwrap_or_default();
        let breaker = breakers.whole.max(best);
        let at = self.net.now();
        kept.moved.push(Moved { at, provider, breaker });
    }
}

/// The simulated network, as the engine knows networks.
#[derive(Debug)]
pub(crate) struct Wire(Arc<Net>);

impl Upstream for Wire {
    type Body = NetBody;

    async fn ready(&self, provider: ProviderId, _: &str) -> Result<(), Failure> {
        self.0.ready(provider.0).await;
        Ok(())
    }

    async fn send(&self, provider: ProviderId, outgoing: Outgoing) -> Result<Response<NetBody>, Failure> {
        let Outgoing { path, headers, body, connect_timeout, .. } = outgoing;
        let connecting = Connecting { limit: connect_timeout, keeps_names: true };
        // What the server's network makes of the same troubles.
        Box::pin(self.0.send(provider.0, path, headers, body, connecting)).await.map_err(|trouble| {
            match trouble {
                Trouble::Refused => Failure::new(Kind::Connect),
                Trouble::NoConnection => Failure::new(Kind::ConnectTimeout(connect_timeout)),
                Trouble::Broken => Failure::new(Kind::Reset),
            }
        })
    }

    fn broken(_: Broken) -> Failure {
        Failure::new(Kind::Truncated)
    }
}
