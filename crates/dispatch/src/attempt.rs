//! One try at one target, up to its first sign of life: content, or a piece of a tool call that is held.
//!
//! An attempt is over before anything has been sent to the caller, so every way it can fail is one [`Failure`] and
//! costs the caller nothing but time.

use crate::pace::Pace;
use crate::{Engine, Incoming, Outgoing, Target, Upstream};
use bytes::Bytes;
use handover_dialect::hub::{FinishReason, Identity};
use handover_dialect::reader::{BodyKind, Fault};
use handover_dialect::{Frame, Prepared, ProviderError, Reader};
use handover_policy::{Deadline, Failure, Kind, Timeouts, retry_after};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::Body;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// An answer that has begun.
#[derive(Debug)]
pub(crate) struct Begun<B> {
    pub(crate) headers: HeaderMap,
    pub(crate) body: B,
    pub(crate) reader: Reader,
    pub(crate) held: Vec<Bytes>,
    /// The answer is already complete.
    pub(crate) complete: bool,
    /// All that has come is a piece of a tool call, and is held: nothing can be sent yet.
    pub(crate) holding: bool,
    pub(crate) pace: Pace,
}

/// What an attempt must know besides its target.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) incoming: &'a Incoming,
    pub(crate) identity: Identity,
    pub(crate) deadline: Deadline,
    /// When the answer must have begun.
    pub(crate) begin: Deadline,
    pub(crate) is_last: bool,
    /// A complete answer without content is an answer: another target gave the same, or there is no other.
    pub(crate) accept_empty: bool,
}

/// Asks `target` with one of its keys and reads until the answer has begun.
pub(crate) async fn attempt<U: Upstream>(
    engine: &Engine<U>,
    target: &Target,
    key: usize,
    prepared: &Prepared,
    terms: Terms<'_>,
) -> Result<Begun<U::Body>, Failure> {
    let provider = &target.provider;
    let Terms { incoming, identity, deadline, begin, is_last, accept_empty } = terms;
    let connect = target.timeouts.connect;
    let until = |limit| {
        let start = Instant::now();
        // Too late for this target, though perhaps not for the last one, which has time of its own.
        let late = Failure { reached: false, ..Failure::new(Kind::Deadline) };
        begin.first_token_at(start, limit, is_last).map(|at| (start, at)).ok_or(late)
    };
    let passed = |(start, limit): (Instant, Instant), kind: fn(Duration) -> Kind| {
        let is_deadline = limit == begin.at();
        Failure::new(if is_deadline { Kind::Deadline } else { kind(limit.saturating_duration_since(start)) })
    };
    let loading = until(connect)?;
    let ready = engine.upstream.ready(provider.id, &target.spec.model);
    match tokio::time::timeout_at(loading.1, ready).await {
        Ok(ready) => ready?,
        Err(_) => return Err(passed(loading, Kind::ConnectTimeout)),
    }
    let beginning = until(first_token_limit(target, prepared))?;
    let outgoing = Outgoing {
        path: prepared.path,
        headers: request_headers(provider.headers(key), prepared, incoming),
        body: prepared.body.clone(),
        connect_timeout: connect,
        model: target.spec.model.as_str().into(),
    };
    let begin = async {
        let response = engine.upstream.send(provider.id, outgoing).await?;
        let opened = open(engine, prepared, identity, response).await?;
        // Once a stream has begun, nobody else can have its time; a whole answer can still move on.
        let latest = if incoming.call.stream { deadline.at() } else { begin.latest(is_last) };
        let pace = Pace::new(target.timeouts, latest);
        peek::<U>(opened, pace, engine.limits.peek, accept_empty).await
    };
    match tokio::time::timeout_at(beginning.1, begin).await {
        Ok(begun) => begun,
        Err(_) => Err(passed(beginning, Kind::FirstTokenTimeout)),
    }
}

/// How long the first content may take. An answer that has to be asked for whole, of a target known to take its
/// time over whole answers, shows nothing before its end: only the progress limit can tell silence from length.
fn first_token_limit(target: &Target, prepared: &Prepared) -> Duration {
    let Timeouts { first_token, progress, .. } = target.timeouts;
    if !prepared.asks_stream && target.streams_whole() { first_token.max(progress) } else { first_token }
}

/// Caller's headers that belong to the request's meaning, for a target of the caller's own dialect.
const PASSED_ON: [HeaderName; 2] =
    [HeaderName::from_static("anthropic-version"), HeaderName::from_static("anthropic-beta")];

fn request_headers(mut headers: HeaderMap, prepared: &Prepared, incoming: &Incoming) -> HeaderMap {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let accept = if prepared.asks_stream { "text/event-stream" } else { "application/json" };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    // A compressed stream is a buffered stream (fault 28).
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if !prepared.translated {
        for name in PASSED_ON {
            if let Some(value) = incoming.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
    }
    headers
}

struct Opened<B> {
    headers: HeaderMap,
    body: B,
    reader: Reader,
    /// A whole JSON answer: nothing is seen of it before its end.
    whole: bool,
}

/// Judges the head of an answer.
async fn open<U: Upstream>(
    engine: &Engine<U>,
    prepared: &Prepared,
    identity: Identity,
    response: http::Response<U::Body>,
) -> Result<Opened<U::Body>, Failure> {
    let (head, mut body) = response.into_parts();
    if head.status != StatusCode::OK {
        let error = read_error::<U>(&mut body, engine.limits.error_body).await;
        let status = head.status.as_u16();
        let mut failure =
            Failure::new(Kind::Status(status)).error(ProviderError::parse(Some(status), &error));
        let text = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
        failure.retry_after = retry_after(text("retry-after-ms"), text("retry-after"), (engine.unix_now)());
        return Err(failure);
    }
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let encoding = head.headers.get(CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("identity");
    if !encoding.eq_ignore_ascii_case("identity") {
        return Err(Failure::new(Kind::WrongContentType(format!("{content_type}, encoded as {encoding}"))));
    }
    let kind = body_kind(content_type, prepared.asks_stream);
    let reader = kind.and_then(|kind| prepared.reader(kind, identity));
    match (reader, kind) {
        (Some(reader), Some(kind)) => {
            Ok(Opened { headers: head.headers, body, reader, whole: kind == BodyKind::Json })
        }
        (None, _) | (_, None) => {
            // Some servers report an error as JSON in a 200 when a stream was asked for.
            let raw = read_error::<U>(&mut body, engine.limits.error_body).await;
            let error = ProviderError::parse(None, &raw);
            Err(if kind == Some(BodyKind::Json) && raw_is_error(&raw) {
                Failure::new(Kind::InBand).error(error)
            } else {
                Failure::new(Kind::WrongContentType(content_type.to_owned()))
            })
        }
    }
}

fn raw_is_error(raw: &Bytes) -> bool {
    serde_json::from_slice::<serde_json::Value>(raw).is_ok_and(|v| {
        v.get("error").is_some_and(|e| !e.is_null()) || v.get("type").is_some_and(|t| t == "error")
    })
}

/// What a content type promises. A missing one is taken for what was asked for.
fn body_kind(content_type: &str, asked_stream: bool) -> Option<BodyKind> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("text/event-stream") {
        Some(BodyKind::Events)
    } else if essence.eq_ignore_ascii_case("application/json") {
        Some(BodyKind::Json)
    } else if essence.is_empty() || essence.eq_ignore_ascii_case("application/octet-stream") {
        Some(if asked_stream { BodyKind::Events } else { BodyKind::Json })
    } else {
        None
    }
}

/// Longest wait for the body of an error whose status is already known.
const ERROR_BODY_WAIT: Duration = Duration::from_secs(1);

/// The body of an error, as much of it as comes soon.
async fn read_error<U: Upstream>(body: &mut U::Body, limit: usize) -> Bytes {
    let mut raw = Vec::new();
    let read = async {
        while raw.len() < limit {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
            let Some(Ok(frame)) = frame else { break };
            if let Ok(data) = frame.into_data() {
                raw.extend_from_slice(&data);
            }
        }
    };
    // Whatever has come by then is enough: the status already says what happened.
    let _ = tokio::time::timeout(ERROR_BODY_WAIT, read).await;
    raw.truncate(limit);
    Bytes::from(raw)
}

/// Reads until the answer has begun, or is complete. The body of a whole JSON answer is left unread.
async fn peek<U: Upstream>(
    opened: Opened<U::Body>,
    mut pace: Pace,
    limit: usize,
    accept_empty: bool,
) -> Result<Begun<U::Body>, Failure> {
    let Opened { headers, mut body, mut reader, whole } = opened;
    let mut held: Vec<Bytes> = Vec::new();
    let mut held_bytes = 0;
    if whole {
        // Its head is the sign of life; from here on silence is a stall.
        pace.content();
        return Ok(Begun { headers, body, reader, held, complete: false, holding: false, pace });
    }
    loop {
        let (frame, ended) = match pace.next(&mut body, U::broken).await? {
            Some(chunk) => (reader.read(chunk), false),
            None => (reader.end().map_err(|_| Failure::new(Kind::Truncated))?, true),
        };
        let Frame { released, bytes, seen } = frame;
        if let Some(fault) = seen.fault {
            return Err(failure_of(fault));
        }
        held.extend(released);
        held_bytes += bytes.len();
        if !bytes.is_empty() {
            held.push(bytes);
        }
        let complete = seen.terminal || ended;
        if complete && !accept_empty && is_empty(&reader) {
            return Err(Failure::new(Kind::Empty));
        }
        if seen.content || seen.held || complete {
            pace.content();
            let holding = !seen.content && !complete;
            return Ok(Begun { headers, body, reader, held, complete, holding, pace });
        }
        if held_bytes > limit {
            return Err(Failure::new(Kind::Malformed("no content in its first events".to_owned())));
        }
    }
}

/// Most completion tokens of an answer that holds nothing: some providers count the marks that end a turn.
const END_MARKS: u64 = 3;

/// Whether a complete answer holds nothing: no content, no tokens billed, and no reason that explains it
/// (resilience notes, B26).
pub(crate) fn is_empty(reader: &Reader) -> bool {
    let explained = match reader.finish() {
        Some(FinishReason::ContentFilter | FinishReason::Length) => true,
        // A call that is announced and missing explains nothing.
        Some(FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Failed | FinishReason::Unknown)
        | None => false,
    };
    !reader.has_content() && !explained && reader.usage().completion.unwrap_or(0) <= END_MARKS
}

/// A fault inside a 200, as a failure.
pub(crate) fn failure_of(fault: Fault) -> Failure {
    match fault {
        Fault::Provider(error) => Failure::new(Kind::InBand).error(*error),
        Fault::Malformed(detail) => Failure::new(Kind::Malformed(detail)),
        Fault::Seam(why) => Failure::new(Kind::Seam(why)),
    }
}
