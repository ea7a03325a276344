//! The path itself: plan, attempt, commit, or tell the caller why not.

use crate::attempt::{Begun, Terms, attempt, failure_of, is_empty};
use crate::{Attempted, Engine, Observer, Outcome, Relay, Served, Target, Upstream};
use bytes::{Bytes, BytesMut};
use handover_dialect::hub::{Identity, Losses, Usage};
use handover_dialect::prepare::{Ask, CannotPrepare, prepare};
use handover_dialect::{Call, CallerError, Dialect, ErrorKind, Frame, Prepared, Reader};
use handover_policy::{
    Class, Deadline, Failure, Kind, Memory, Signal, Situation, Step, Unknown, classify, remember, step, tell,
    tell_caller, tell_exhausted,
};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;
use tokio::time::Instant;

/// A request, as it came in.
#[derive(Debug)]
pub struct Incoming {
    /// What is asked.
    pub call: Call,
    /// Handover's id of the request: `req_` and 24 hexadecimal digits.
    pub id: Arc<str>,
    /// When it arrived.
    pub received: Instant,
    /// The caller's headers.
    pub headers: HeaderMap,
    /// The caller wants this model and no other (`x-handover-only`).
    pub only: bool,
}

/// What the caller gets.
#[derive(Debug)]
pub enum Reply<U: Upstream> {
    /// A whole body: an answer or an error.
    Whole {
        /// HTTP status.
        status: u16,
        /// Headers, `content-type` among them.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// A stream that has begun.
    Stream {
        /// Headers, `content-type` among them.
        headers: HeaderMap,
        /// The stream.
        relay: Box<Relay<U>>,
    },
}

/// Answers a request.
///
/// Dropping the future cancels every attempt that is under way.
pub async fn dispatch<U: Upstream>(engine: &Engine<U>, incoming: Incoming) -> Reply<U> {
    let account = Account::open(engine, &incoming);
    let only = incoming.only || incoming.call.only;
    match engine.plan(&incoming.call.model, &incoming.call.fallbacks, only) {
        Ok((route, targets)) => {
            let mut path = Path::new(engine, &incoming, account, targets);
            path.account.served.route = Some(route);
            path.walk().await
        }
        Err(unknown) => account.refuse(incoming.call.dialect, &tell_unknown(&unknown)),
    }
}

fn tell_unknown(unknown: &Unknown) -> CallerError {
    let hint = match unknown.near.as_slice() {
        [] => "Ask GET /v1/models for the names that work.".to_owned(),
        [one] => format!("Did you mean `{one}`?"),
        [most @ .., last] => format!("Did you mean `{}` or `{last}`?", most.join("`, `")),
    };
    let asked: String = unknown.asked.chars().take(100).collect();
    let message = format!("There is no model, route or alias called `{asked}`. {hint}");
    CallerError::new(ErrorKind::NotFound, message).param("model").code("model_not_found")
}

/// A request's record while it is being answered. Whatever becomes of the request, the record is given to the
/// observer exactly once: at its end, or when it is dropped because the caller left.
pub(crate) struct Account {
    pub(crate) served: Served,
    received: Instant,
    observer: Option<Arc<dyn Observer>>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("served", &self.served).finish_non_exhaustive()
    }
}

impl Account {
    fn open<U: Upstream>(engine: &Engine<U>, incoming: &Incoming) -> Self {
        let served = Served {
            request_id: incoming.id.clone(),
            asked: incoming.call.model.as_str().into(),
            route: None,
            target: None,
            model: None,
            signal: Signal::Unrated,
            attempts: Vec::new(),
            dropped: String::new(),
            // What a log shows for a caller that left (nginx's 499).
            status: 499,
            stream: incoming.call.stream,
            first_token: None,
            took: std::time::Duration::ZERO,
            usage: Usage::default(),
            outcome: Outcome::Cancelled,
            detail: None,
        };
        Self { served, received: incoming.received, observer: Some(engine.observer.clone()) }
    }

    /// Closes the record.
    pub(crate) fn end(&mut self, outcome: Outcome, reader: Option<&Reader>, detail: Option<String>) {
        self.served.outcome = outcome;
        self.served.detail = detail;
        if let Some(reader) = reader {
            self.served.usage = reader.usage();
            self.served.model = reader.model().map(str::to_owned).or_else(|| self.served.model.take());
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(observer) = self.observer.take() {
            self.served.took = Instant::now().saturating_duration_since(self.received);
            observer.served(&self.served);
        }
    }

    fn headers(&self, content_type: &'static str, dialect: Dialect) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.served.write_headers(&mut headers);
        let id = match dialect {
            Dialect::Anthropic => HeaderName::from_static("request-id"),
            Dialect::OpenAi | Dialect::Cohere => HeaderName::from_static("x-request-id"),
        };
        if let Ok(value) = HeaderValue::from_str(&self.served.request_id) {
            headers.insert(id, value);
        }
        headers
    }

    /// The caller is told an error of ours.
    fn refuse<U: Upstream>(mut self, dialect: Dialect, error: &CallerError) -> Reply<U> {
        self.served.status = error.status();
        self.served.target = None;
        let body = Bytes::from(error.body(dialect, &self.served.request_id).to_string());
        let mut headers = self.headers("application/json", dialect);
        if error.status() >= 429 {
            // One layer retries, and it is this one: a client that repeats an exhausted chain only adds load.
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        if let Some(wait) = error.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs_f64().ceil() as u64));
        }
        self.end(Outcome::Failed, None, Some(error.message.clone()));
        Reply::Whole { status: error.status(), headers, body }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.close();
    }
}

/// One request on its way through its targets.
struct Path<'e, U: Upstream> {
    engine: &'e Engine<U>,
    incoming: &'e Incoming,
    account: Account,
    targets: Vec<Arc<Target>>,
    deadline: Deadline,
    failures: Vec<(String, Failure)>,
    /// A target said that the request is too long for it: its window, 0 when that is not known. Only targets known
    /// to take more are asked from then on.
    outgrown: Option<u64>,
}

/// An answer that has begun, or is whole.
enum Answer<U: Upstream> {
    Whole { headers: HeaderMap, reader: Box<Reader>, body: Bytes },
    Stream(Box<Begun<U::Body>>),
}

impl<'e, U: Upstream> Path<'e, U> {
    fn new(
        engine: &'e Engine<U>,
        incoming: &'e Incoming,
        account: Account,
        targets: Vec<Arc<Target>>,
    ) -> Self {
        // The route's total stands on each of its targets; a list across routes takes the longest.
        let total = targets.iter().map(|t| t.timeouts.total).max().unwrap_or_default();
        let deadline = Deadline::new(incoming.received, total);
        Self { engine, incoming, account, targets, deadline, failures: Vec::new(), outgrown: None }
    }

    /// Asks one target after the other.
    async fn walk(mut self) -> Reply<U> {
        for place in 0..self.targets.len() {
            let Some(target) = self.targets.get(place).cloned() else { break };
            if !self.fits(&target) {
                continue;
            }
            match Box::pin(self.ask(place, &target)).await {
                Ok((answer, losses)) => return self.commit(place, &target, answer, &losses),
                Err((failure, Step::Return)) => return self.give_up(&target, &failure),
                Err((failure, Step::Next | Step::NextKey | Step::Repair(_))) => {
                    if matches!(classify(&failure), Class::ContextLength | Class::TooBig) {
                        self.outgrown = Some(window_of(&target));
                    }
                    self.failures.push((target.id.to_string(), failure));
                }
            }
        }
        let error = tell_exhausted(&self.failures);
        self.account.refuse(self.incoming.call.dialect, &error)
    }

    /// Whether a target may be asked, after what others said about the request's length.
    fn fits(&self, target: &Target) -> bool {
        self.outgrown.is_none_or(|window| window_of(target) > window)
    }

    /// Asks one target, with each of its keys if it must be, and once more with a field left out.
    async fn ask(&mut self, place: usize, target: &Target) -> Result<(Answer<U>, Losses), (Failure, Step)> {
        let mut tried_keys = Vec::new();
        let mut repaired = false;
        let mut strip_state = false;
        let mut last: Option<Failure> = None;
        loop {
            let now = Instant::now();
            let Some(key) = target.provider.key(&tried_keys, now) else {
                return Err((last.unwrap_or_else(|| Failure::new(Kind::NoKey)), Step::Next));
            };
            let ask = Ask { stream_whole: target.streams_whole(), strip_state };
            let prepared = match prepare(&self.incoming.call, &target.spec(), ask) {
                Ok(prepared) => prepared,
                Err(CannotPrepare::Target(refused)) => {
                    let failure = Failure::new(Kind::Unsupported(refused));
                    self.note(target, &failure, now);
                    return Err((failure, Step::Next));
                }
                Err(CannotPrepare::Call(error)) => {
                    let failure = callers_mistake(*error);
                    self.note(target, &failure, now);
                    // Our reading of the request may be stricter than the provider's own.
                    let situation = self.situation(place, target, true, &tried_keys, true);
                    let step = step(&classify(&failure), situation);
                    return Err((failure, step));
                }
            };
            let mut failure = match self.attempt(place, target, key, &prepared).await {
                Ok(answer) => return Ok((answer, prepared.losses)),
                Err(failure) => failure,
            };
            if let Some(said) = failure.error.as_deref_mut() {
                target.provider.hide_keys(said);
            }
            self.note(target, &failure, now);
            tried_keys.push(key);
            let class = classify(&failure);
            match remember(&class, failure.retry_after) {
                Memory::RestKey(rest) => target.provider.rest_key(key, Instant::now(), rest),
                Memory::RefusesField(field) if prepared.translated => target.refuses(field),
                Memory::RefusesField(_) | Memory::Nothing => {}
            }
            let situation = self.situation(place, target, prepared.translated, &tried_keys, repaired);
            match step(&class, situation) {
                Step::NextKey => last = Some(failure),
                Step::Repair(_) => {
                    repaired = true;
                    strip_state = class == Class::ForeignState;
                    tried_keys.pop();
                    last = Some(failure);
                }
                step @ (Step::Next | Step::Return) => return Err((failure, step)),
            }
        }
    }

    fn situation(
        &self,
        place: usize,
        target: &Target,
        translated: bool,
        tried_keys: &[usize],
        repaired: bool,
    ) -> Situation {
        let later = || self.targets.iter().skip(place + 1);
        let window = window_of(target);
        Situation {
            another_key: target.provider.key(tried_keys, Instant::now()).is_some(),
            translated,
            repaired,
            native_target_left: later().any(|t| t.provider.dialect == self.incoming.call.dialect),
            larger_window_left: later().any(|t| window_of(t) > window),
            time_kept: later().next().is_some() && Instant::now() < self.deadline.at(),
        }
    }

    /// One attempt; for a caller that does not stream, to the end of the answer.
    async fn attempt(
        &mut self,
        place: usize,
        target: &Target,
        key: usize,
        prepared: &Prepared,
    ) -> Result<Answer<U>, Failure> {
        let is_last = !self.targets.iter().skip(place + 1).any(|later| self.fits(later));
        let emptied = self.failures.iter().any(|(_, f)| f.kind == Kind::Empty);
        let started = Instant::now();
        let terms = Terms {
            incoming: self.incoming,
            identity: Identity {
                id: self.incoming.id.trim_start_matches("req_").to_owned(),
                created: (self.engine.unix_now)(),
                model: target.spec.model.clone(),
            },
            deadline: self.deadline,
            is_last,
            accept_empty: is_last || emptied,
        };
        let accept_empty = terms.accept_empty;
        let begun = attempt(self.engine, target, key, prepared, terms).await;
        if !prepared.asks_stream {
            let took = Instant::now().saturating_duration_since(started);
            target.note_whole_answer(took);
        }
        let begun = begun?;
        self.account.served.first_token =
            Some(Instant::now().saturating_duration_since(self.incoming.received));
        if self.incoming.call.stream {
            return Ok(Answer::Stream(Box::new(begun)));
        }
        whole::<U>(begun, accept_empty).await
    }

    /// An attempt that did not serve goes into the record.
    fn note(&mut self, target: &Target, failure: &Failure, started: Instant) {
        let told = tell(failure);
        // Those that could not be reached were asked all the same; these are told apart before anything is sent.
        let asked = failure.reached || !failure.kind.is_decided_before_sending();
        self.account.served.first_token = None;
        self.account.served.attempts.push(Attempted {
            target: target.id.clone(),
            code: told.code,
            words: told.words,
            took: Instant::now().saturating_duration_since(started),
            asked,
        });
    }

    /// An answer has begun: this target serves.
    fn commit(mut self, place: usize, target: &Target, answer: Answer<U>, losses: &Losses) -> Reply<U> {
        let dialect = self.incoming.call.dialect;
        let served = &mut self.account.served;
        served.target = Some(target.id.clone());
        // Some providers name no model in their answers; one that does is taken at its word.
        served.model = Some(target.spec.model.clone());
        // The lead of another route, asked as a backup on the caller's own list, is not this request's lead.
        let own_list = !self.incoming.call.fallbacks.is_empty();
        served.signal = Signal::of(target.signal.filter(|level| *level < 4 || place == 0 || !own_list));
        served.dropped = losses.to_string();
        served.status = 200;
        // A backup's limits are not the lead's: only who was asked first speaks of them.
        let native = place == 0 && target.provider.dialect == dialect;
        match answer {
            Answer::Whole { headers, reader, body } => {
                let mut out = self.account.headers("application/json", dialect);
                pass_on(native, &headers, &mut out);
                self.account.end(Outcome::Complete, Some(&reader), None);
                Reply::Whole { status: 200, headers: out, body }
            }
            Answer::Stream(begun) => {
                let mut out = self.account.headers("text/event-stream; charset=utf-8", dialect);
                out.insert("cache-control", HeaderValue::from_static("no-cache"));
                // Proxies in front of us must not gather the stream (nginx's word for it).
                out.insert("x-accel-buffering", HeaderValue::from_static("no"));
                pass_on(native, &begun.headers, &mut out);
                let relay = Relay::new(*begun, dialect, self.account);
                Reply::Stream { headers: out, relay: Box::new(relay) }
            }
        }
    }

    /// A target's word is final: the caller gets it, as the provider wrote it where both speak the same dialect.
    fn give_up(mut self, target: &Target, failure: &Failure) -> Reply<U> {
        let dialect = self.incoming.call.dialect;
        let error = if failure.kind == Kind::Deadline {
            self.failures.push((target.id.to_string(), failure.clone()));
            tell_exhausted(&self.failures)
        } else {
            tell_caller(&target.id, failure)
        };
        let raw = failure.error.as_ref().map(|e| e.raw.clone()).unwrap_or_default();
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&raw).is_ok();
        let native = target.provider.dialect == dialect;
        if let (Kind::Status(status), true, true) = (&failure.kind, native, is_json) {
            self.account.served.status = *status;
            let headers = self.account.headers("application/json", dialect);
            self.account.end(Outcome::Failed, None, Some(error.message));
            return Reply::Whole { status: *status, headers, body: raw };
        }
        self.account.refuse(dialect, &error)
    }
}

/// A target's window in tokens, 0 when it is not known.
fn window_of(target: &Target) -> u64 {
    target.spec.capabilities.context.unwrap_or(0)
}

/// A request that no target could read: told as any other of the caller's errors.
fn callers_mistake(error: CallerError) -> Failure {
    let said = handover_dialect::ProviderError {
        status: Some(400),
        code: error.code,
        param: error.param,
        message: error.message,
        ..handover_dialect::ProviderError::default()
    };
    Failure { reached: false, ..Failure::new(Kind::InBand) }.error(said)
}

/// Reads an answer to its end for a caller that does not stream.
async fn whole<U: Upstream>(begun: Begun<U::Body>, accept_empty: bool) -> Result<Answer<U>, Failure> {
    let Begun { headers, mut body, mut reader, held, mut complete, mut pace } = begun;
    let mut parts = held;
    while !complete {
        let frame = match pace.next(&mut body, U::broken).await {
            Ok(Some(chunk)) => reader.read(chunk),
            // What breaks off, or stays open, behind a complete answer does not spoil it.
            ended @ (Ok(None) | Err(_)) => {
                complete = true;
                let why = ended.err().unwrap_or_else(|| Failure::new(Kind::Truncated));
                reader.end().map_err(|_| why)?
            }
        };
        let Frame { bytes, seen } = frame;
        if let Some(fault) = seen.fault {
            return Err(failure_of(fault));
        }
        if seen.content {
            pace.content();
        }
        complete |= seen.terminal;
        if !bytes.is_empty() {
            parts.push(bytes);
        }
    }
    if !accept_empty && is_empty(&reader) {
        return Err(Failure::new(Kind::Empty));
    }
    let body = match parts.len() {
        1 => parts.pop().unwrap_or_default(),
        _ => {
            let mut all = BytesMut::new();
            parts.iter().for_each(|p| all.extend_from_slice(p));
            all.freeze()
        }
    };
    Ok(Answer::Whole { headers, reader: Box::new(reader), body })
}

/// A provider's headers that mean something to a caller of its own dialect: its limits and its timing. Everything
/// else stays here (an allow-list: what is not named cannot leak).
fn pass_on(native: bool, from: &HeaderMap, to: &mut HeaderMap) {
    if !native {
        return;
    }
    for (name, value) in from {
        let text = name.as_str();
        let limits = text.starts_with("x-ratelimit-") || text.starts_with("anthropic-ratelimit-");
        if limits || matches!(text, "openai-processing-ms" | "openai-version") {
            to.append(name.clone(), value.clone());
        } else if matches!(text, "x-request-id" | "request-id") {
            to.insert("x-handover-upstream-request-id", value.clone());
        }
    }
}
