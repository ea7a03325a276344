//! The way of one request through the simulator.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use http::header::{AUTHORIZATION, HeaderMap};
use http::{Request, Response, StatusCode, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt as _, Limited};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{Settings, Simulator};
use crate::ask::Ask;
use crate::body::{Broken, SimBody};
use crate::connection::Connection;
use crate::continuing::{self, Continues, Given};
use crate::dialect::{Dialect, Endpoint, endpoint};
use crate::play::Play;
use crate::record::{Outcome, Recorded, Watch};
use crate::script::{Answer, ErrorKind, Reply, Script};
use crate::story::{self, Ids};
use crate::validate;
use crate::wire::{self, Failure};

/// Largest request body read, in bytes. Anthropic's limit of 32 MB, doubled.
const LARGEST_REQUEST: usize = 64 << 20;

/// A model of this name carries its script: `sim:529`, `sim:ok,cut@3`.
const SCRIPT_IN_MODEL: &str = "sim:";

/// A request whose body is read.
struct Incoming {
    parts: Parts,
    body: Bytes,
    /// The body as JSON, read only when something needs it.
    json: Result<Value, serde_json::Error>,
    key: Option<String>,
}

impl Simulator {
    /// Answers one request. This is the whole provider; servers only carry it.
    ///
    /// # Errors
    /// When the script ends the connection before a status line, or the request cannot be read.
    pub async fn respond<B>(&self, request: Request<B>) -> Result<Response<SimBody>, Broken>
    where
        B: Body,
        B::Data: Buf,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut parts, body) = request.into_parts();
        let connection = parts.extensions.remove::<Connection>();
        let body = Limited::new(body, LARGEST_REQUEST).collect().await;
        let body = body.map_err(|_unreadable| Broken::Unreadable)?.to_bytes();
        let settings = self.settings();
        let endpoint = endpoint(self.inner.only, &parts.method, parts.uri.path(), &parts.headers);
        let dialect = match endpoint {
            Endpoint::Chat(dialect) | Endpoint::Models(dialect) => dialect,
            Endpoint::WrongMethod(dialect) | Endpoint::Unknown(dialect) => dialect,
        };
        let key = validate::key(dialect, &parts.headers);
        let full = settings.records || settings.checks || !settings.caches;
        let json = if full && !body.is_empty() { serde_json::from_slice(&body) } else { Ok(Value::Null) };
        let incoming = Incoming { parts, body, json, key };
        let watch = settings.records.then(|| self.inner.recorder.add(recorded(&incoming)));
        match endpoint {
            Endpoint::Chat(dialect) => {
                self.chat(dialect, &incoming, &settings, full, watch, connection).await
            }
            Endpoint::Models(dialect) => Ok(self.models_list(dialect, &incoming, &settings, watch)),
            Endpoint::WrongMethod(dialect) => {
                let failure = Failure { status: 405, ..Failure::bad_request("Method Not Allowed") };
                Ok(refuse(dialect, &failure, &settings, watch))
            }
            Endpoint::Unknown(dialect) => {
                let message =
                    format!("Invalid URL ({} {})", incoming.parts.method, incoming.parts.uri.path());
                let failure = Failure { status: 404, ..Failure::bad_request(message) };
                Ok(refuse(dialect, &failure, &settings, watch))
            }
        }
    }

    async fn chat(
        &self,
        dialect: Dialect,
        incoming: &Incoming,
        settings: &Settings,
        full: bool,
        watch: Option<Watch>,
        connection: Option<Connection>,
    ) -> Result<Response<SimBody>, Broken> {
        let ask = match &incoming.json {
            Ok(json) if full => Ask::read(dialect, json),
            Ok(_) | Err(_) => Ask::at_a_glance(dialect, &incoming.body),
        };
        let script = match self.script(&ask, incoming.key.as_deref()) {
            Ok(script) => script,
            Err(failure) => return Ok(refuse(dialect, &failure, settings, watch)),
        };
        let continued = match &script.reply {
            Reply::Answer(answer) => continued(answer, &ask),
            Reply::Error(_) | Reply::Silent | Reply::Reset | Reply::Close | Reply::GoAway => None,
        };
        if let Some(watch) = &watch {
            watch.playing(script.to_string(), continued);
        }
        let number = watch.as_ref().map_or(0, Watch::number);
        let ids = Ids { simulator: &settings.name, number };
        let play = match &script.reply {
            Reply::Answer(answer) => match check(dialect, incoming, settings, &ask.model)
                .and_then(|()| refused_beginning(&ask, continued))
            {
                Err(failure) => return Ok(refuse(dialect, &failure, settings, watch)),
                Ok(()) if settings.caches => {
                    self.inner.cache.get(&script, &ask, || Play::answer(&script, answer, &ask, ids))
                }
                Ok(()) => Arc::new(Play::answer(&script, answer, &ask, ids)),
            },
            Reply::Error(error) => Arc::new(Play::error(&script, error, &ask, ids)),
            Reply::Silent => {
                // Dropped with this future when the client leaves, which the watch records.
                let _open = (watch, connection);
                return std::future::pending().await;
            }
            Reply::Reset => return break_before(&script, Broken::Reset, watch, connection).await,
            Reply::Close => return break_before(&script, Broken::Closed, watch, connection).await,
            Reply::GoAway => return break_before(&script, Broken::GoAway, watch, connection).await,
        };
        if !play.delay.is_zero() {
            sleep(play.delay).await;
        }
        Ok(response(&play, watch, connection))
    }

    /// The script of this request: from its model's name, or by the rules.
    fn script(&self, ask: &Ask, key: Option<&str>) -> Result<Arc<Script>, Failure> {
        match ask.model.strip_prefix(SCRIPT_IN_MODEL) {
            Some(text) => match text.parse() {
                Ok(script) => Ok(Arc::new(script)),
                Err(error) => Err(Failure::bad_request(format!("the script in the model's name: {error}"))),
            },
            None => Ok(self.inner.routes.lock().take(key, &ask.model)),
        }
    }

    fn models_list(
        &self,
        dialect: Dialect,
        incoming: &Incoming,
        settings: &Settings,
        watch: Option<Watch>,
    ) -> Response<SimBody> {
        if settings.needs_key && incoming.key.is_none() {
            let failure = wire::failure(dialect, ErrorKind::Unauthorized, "");
            return refuse(dialect, &failure, settings, watch);
        }
        let usual = match dialect {
            Dialect::OpenAi => "gpt-4o-mini",
            Dialect::Anthropic => "claude-haiku-4-5",
            Dialect::Cohere => "command-a-03-2025",
        };
        let names = if settings.models.is_empty() { vec![usual.to_owned()] } else { settings.models.clone() };
        let ids = Ids { simulator: &settings.name, number: watch.as_ref().map_or(0, Watch::number) };
        let body = wire::models(dialect, &names).to_string();
        response(&Play::json(dialect, StatusCode::OK, body, ids), watch, None)
    }
}

/// What the model makes of the half-written answer that it is given, if it is given one.
fn continued(answer: &Answer, ask: &Ask) -> Option<Continues> {
    // Without a beginning nothing is written twice, here and in the story.
    ask.beginning.as_ref()?;
    continuing::plan(answer, ask, |text| story::sized(answer, text).concat()).map(|(way, ..)| way)
}

fn refused_beginning(ask: &Ask, continued: Option<Continues>) -> Result<(), Failure> {
    match (continued, ask.beginning.as_ref().map(|beginning| &beginning.given)) {
        (Some(Continues::Refuses), Some(Given::Prefill { sign, index })) => {
            Err(validate::no_prefill(ask.dialect, *sign, *index))
        }
        _ => Ok(()),
    }
}

/// Answers as the real provider would before its model sees the request.
fn check(dialect: Dialect, incoming: &Incoming, settings: &Settings, model: &str) -> Result<(), Failure> {
    if settings.needs_key && incoming.key.is_none() {
        return Err(wire::failure(dialect, ErrorKind::Unauthorized, model));
    }
    if !settings.checks {
        return Ok(());
    }
    match &incoming.json {
        Ok(json) => validate::check(dialect, &incoming.parts.headers, json),
        Err(error) => Err(validate::not_json(dialect, error)),
    }
}

async fn break_before(
    script: &Script,
    how: Broken,
    watch: Option<Watch>,
    connection: Option<Connection>,
) -> Result<Response<SimBody>, Broken> {
    sleep(script.pace.headers).await;
    if let Some(mut watch) = watch {
        watch.played();
    }
    if let Some(connection) = connection {
        connection.break_off(how);
    }
    Err(how)
}

fn refuse(
    dialect: Dialect,
    failure: &Failure,
    settings: &Settings,
    watch: Option<Watch>,
) -> Response<SimBody> {
    let ids = Ids { simulator: &settings.name, number: watch.as_ref().map_or(0, Watch::number) };
    response(&Play::refused(dialect, failure, ids), watch, None)
}

fn response(play: &Play, watch: Option<Watch>, connection: Option<Connection>) -> Response<SimBody> {
    let mut response = Response::new(SimBody::new(Arc::clone(&play.steps), connection, watch));
    *response.status_mut() = play.status;
    *response.headers_mut() = play.headers.clone();
    response
}

fn recorded(incoming: &Incoming) -> Recorded {
    let mut headers: HeaderMap = incoming.parts.headers.clone();
    for name in [AUTHORIZATION.as_str(), "x-api-key"] {
        if let Some(value) = headers.get_mut(name) {
            value.set_sensitive(true);
        }
    }
    Recorded {
        number: 0,
        at: Instant::now(),
        method: incoming.parts.method.clone(),
        path: incoming.parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers,
        body: incoming.body.clone(),
        json: incoming.json.as_ref().map_or(Value::Null, Clone::clone),
        key: incoming.key.clone(),
        script: String::new(),
        continued: None,
        outcome: Outcome::Open,
        tokens: 0,
        ended_at: None,
    }
}

/// Answers that have been written before. Only benchmarks use it: an answer depends on more than this key.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: Mutex<Vec<(CacheKey, Arc<Play>)>>,
}

#[derive(Debug)]
struct CacheKey {
    script: Arc<Script>,
    dialect: Dialect,
    model: String,
    stream: bool,
    include_usage: bool,
}

impl CacheKey {
    fn fits(&self, script: &Arc<Script>, ask: &Ask) -> bool {
        Arc::ptr_eq(&self.script, script)
            && self.dialect == ask.dialect
            && self.stream == ask.stream
            && self.include_usage == ask.include_usage
            && self.model == ask.model
    }
}

impl Cache {
    /// A benchmark has a handful of shapes; more are written anew each time.
    const LARGEST: usize = 64;

    fn get(&self, script: &Arc<Script>, ask: &Ask, write: impl FnOnce() -> Play) -> Arc<Play> {
        let mut entries = self.entries.lock();
        if let Some((_, play)) = entries.iter().find(|(key, _)| key.fits(script, ask)) {
            return Arc::clone(play);
        }
        let play = Arc::new(write());
        if entries.len() < Cache::LARGEST {
            let key = CacheKey {
                script: Arc::clone(script),
                dialect: ask.dialect,
                model: ask.model.clone(),
                stream: ask.stream,
                include_usage: ask.include_usage,
            };
            entries.push((key, Arc::clone(&play)));
        }
        play
    }
}
