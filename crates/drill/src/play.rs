//! Turns a script and a request into a head and a list of steps. All JSON is written here, none while sending.

mod plain;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::ask::Ask;
use crate::dialect::Dialect;
use crate::script::{Answer, ErrorBody, ErrorReply, Fault, Script};
use crate::story::{Ids, Story};
use crate::wire::{self, Failure};

/// A response that is ready to be sent, any number of times.
#[derive(Debug, Clone)]
pub(crate) struct Play {
    /// From the request to the status line.
    pub(crate) delay: Duration,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) steps: Arc<[Step]>,
}

/// One thing the body does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Wait(Duration),
    Send {
        bytes: Bytes,
        /// How many tokens are complete with these bytes.
        tokens: u32,
    },
    /// Lets the connection write what it has.
    Breath,
    /// Nothing more, and no end.
    Stall,
    /// HTTP/2: a graceful GOAWAY. HTTP/1: close after this answer.
    LastAnswer,
    /// The body ends by force.
    Break(Break),
}

/// How a body is broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    Close,
    Reset,
    Stream,
    GoAway,
}

impl Play {
    /// The answer of a model.
    pub(crate) fn answer(script: &Script, answer: &Answer, ask: &Ask, ids: Ids<'_>) -> Play {
        let story = Story::write(script, answer, ask, ids);
        let mut headers = base_headers(ask.dialect, ids);
        let streamed = ask.stream && !script.shape.json_instead;
        let (delay, steps) = if streamed {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(event_stream(ask.dialect)));
            headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            (script.pace.headers, stream::steps(script, &story, ask, ids))
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            plain::steps(script, &story, ask, ids, &mut headers)
        };
        finish(delay, StatusCode::OK, headers, steps, script)
    }

    /// The error a script asks for.
    pub(crate) fn error(script: &Script, error: &ErrorReply, ask: &Ask, ids: Ids<'_>) -> Play {
        let mut failure = match (error.kind, error.status) {
            (Some(kind), _) => wire::failure(ask.dialect, kind, &ask.model),
            (None, status) => wire::of_status(ask.dialect, status.unwrap_or(500), &ask.model),
        };
        failure.status = error.status.unwrap_or(failure.status);
        if error.kind.is_none() {
            // A bare status promises no headers: the script says them itself.
            failure.headers = &[];
        }
        let (content_type, body) = match &error.body {
            ErrorBody::Dialect => {
                ("application/json", wire::error_object(ask.dialect, &failure, ids).to_string())
            }
            ErrorBody::Raw(body) if body.trim_start().starts_with(['{', '[']) => {
                ("application/json", body.clone())
            }
            ErrorBody::Raw(body) => ("text/plain; charset=utf-8", body.clone()),
            ErrorBody::Html => ("text/html; charset=UTF-8", html(failure.status)),
        };
        let mut headers = base_headers(ask.dialect, ids);
        if error.body == ErrorBody::Html {
            headers = HeaderMap::new();
            headers.insert(http::header::SERVER, HeaderValue::from_static("cloudflare"));
            headers.insert("cf-ray", HeaderValue::from_static("8f0000000000simulator-FRA"));
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        insert_all(&mut headers, failure.headers.iter().copied());
        let status = if script.shape.status_lie { 200 } else { failure.status };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let steps = vec![Step::Send { bytes: body.into(), tokens: 0 }];
        finish(script.pace.headers, status, headers, steps, script)
    }

    /// An error that the request itself deserves.
    pub(crate) fn refused(dialect: Dialect, failure: &Failure, ids: Ids<'_>) -> Play {
        let body = wire::error_object(dialect, failure, ids).to_string();
        let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::BAD_REQUEST);
        Play::json(dialect, status, body, ids)
    }

    /// A plain JSON response.
    pub(crate) fn json(dialect: Dialect, status: StatusCode, body: String, ids: Ids<'_>) -> Play {
        let mut headers = base_headers(dialect, ids);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let steps = Arc::new([Step::Send { bytes: body.into(), tokens: 0 }]);
        Play { delay: Duration::ZERO, status, headers, steps }
    }
}

/// What holds for every script: its own headers, its lies, its end.
fn finish(
    delay: Duration,
    status: StatusCode,
    mut headers: HeaderMap,
    mut steps: Vec<Step>,
    script: &Script,
) -> Play {
    if script.shape.gzip_lie {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(content_type) = &script.shape.content_type {
        insert_all(&mut headers, [(CONTENT_TYPE.as_str(), content_type.as_str())]);
    }
    insert_all(&mut headers, script.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    if script.shape.then_close {
        steps.insert(0, Step::LastAnswer);
    }
    if script.shape.stay_open {
        steps.push(Step::Stall);
    }
    Play { delay, status, headers, steps: steps.into() }
}

/// A header that is none is left out: the text form has refused it before, the builder cannot.
fn insert_all<'a>(headers: &mut HeaderMap, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (name, value) in pairs {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => drop(headers.insert(name, value)),
            (Err(_), _) | (_, Err(_)) => {
                tracing::warn!(name, "a script's header is no HTTP header: left out")
            }
        }
    }
}

fn base_headers(dialect: Dialect, ids: Ids<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let own = wire::headers(dialect, ids);
    insert_all(&mut headers, own.iter().map(|(name, value)| (*name, value.as_str())));
    headers
}

fn event_stream(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi | Dialect::Anthropic => "text/event-stream; charset=utf-8",
        Dialect::Cohere => "text/event-stream",
    }
}

fn html(status: u16) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>api.simulator.test | {status}: Bad gateway</title></head>\n\
         <body>\n<h1>Bad gateway <span>Error code {status}</span></h1>\n<p>The web server reported a bad gateway error.</p>\n\
         <footer>Cloudflare Ray ID: <strong>8f0000000000simulator</strong></footer>\n</body>\n</html>\n"
    )
}

/// The step that ends the answer for this fault, if the fault does end it. `Cut` and `Error` are the body's clean end.
fn ending(fault: Fault) -> Option<Step> {
    match fault {
        Fault::Close => Some(Step::Break(Break::Close)),
        Fault::Reset => Some(Step::Break(Break::Reset)),
        Fault::StreamReset => Some(Step::Break(Break::Stream)),
        Fault::GoAwayNow => Some(Step::Break(Break::GoAway)),
        Fault::Stall => Some(Step::Stall),
        Fault::Cut | Fault::Error(_) => None,
        Fault::Garbage | Fault::Malformed | Fault::Duplicate | Fault::GoAway => None,
    }
}

/// Bytes that are neither JSON nor an SSE field.
const GARBAGE: &[u8] = b"\x00\xff\xfe\x1f\x8b<<garbage>>\n\n";
