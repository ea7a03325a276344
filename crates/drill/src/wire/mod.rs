//! Stories and errors in the three dialects.
//!
//! Written from the vendors' documentation and from recorded streams, and from nothing in this workspace:
//! a mistake in the gateway's codecs must not be repeated here, or no test would see it.

mod anthropic;
mod cohere;
mod failure;
mod openai;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::dialect::Dialect;
use crate::story::{Ids, Story};

pub(crate) use failure::{Failure, failure, of_status};

/// What an event means for the script's places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Before any content: the role-only delta, `message_start`.
    Opening,
    /// Bears content. Tokens are counted by these.
    Token,
    /// Between contents: a block begins or ends.
    Inner,
    /// Bears the finish reason.
    Finish,
    /// Comes between the finish reason and the terminator.
    Usage,
    /// The last one.
    Terminator,
}

/// One server-sent event.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) role: Role,
    pub(crate) event: Option<&'static str>,
    pub(crate) data: String,
}

impl Frame {
    fn unnamed(role: Role, data: &Value) -> Frame {
        Frame { role, event: None, data: data.to_string() }
    }

    fn named(role: Role, event: &'static str, data: &Value) -> Frame {
        Frame { role, event: Some(event), data: data.to_string() }
    }

    fn done() -> Frame {
        Frame { role: Role::Terminator, event: None, data: "[DONE]".to_owned() }
    }

    /// The bytes of the event, with the empty line that ends it.
    pub(crate) fn encode(&self, crlf: bool) -> Bytes {
        encode(self.event, &self.data, crlf)
    }
}

pub(crate) fn encode(event: Option<&str>, data: &str, crlf: bool) -> Bytes {
    let line_end = if crlf { "\r\n" } else { "\n" };
    let event = event.map(|event| format!("event: {event}{line_end}")).unwrap_or_default();
    format!("{event}data: {data}{line_end}{line_end}").into()
}

/// The events of a streamed answer, in order.
pub(crate) fn frames(dialect: Dialect, story: &Story) -> Vec<Frame> {
    match dialect {
        Dialect::OpenAi => openai::frames(story),
        Dialect::Anthropic => anthropic::frames(story),
        Dialect::Cohere => cohere::frames(story),
    }
}

/// The answer as one JSON object.
pub(crate) fn object(dialect: Dialect, story: &Story) -> Value {
    match dialect {
        Dialect::OpenAi => openai::object(story),
        Dialect::Anthropic => anthropic::object(story),
        Dialect::Cohere => cohere::object(story),
    }
}

/// How a stream tells of an error, and ends.
pub(crate) fn error_frames(dialect: Dialect, failure: &Failure, ids: Ids<'_>) -> Vec<Frame> {
    match dialect {
        Dialect::OpenAi => {
            vec![Frame::unnamed(Role::Finish, &error_object(dialect, failure, ids)), Frame::done()]
        }
        Dialect::Anthropic => {
            vec![Frame::named(Role::Finish, "error", &error_object(dialect, failure, ids))]
        }
        Dialect::Cohere => vec![cohere::error_frame(failure), Frame::done()],
    }
}

/// The body of an error.
pub(crate) fn error_object(dialect: Dialect, failure: &Failure, ids: Ids<'_>) -> Value {
    match dialect {
        Dialect::OpenAi => json!({"error": {
            "message": failure.message, "type": failure.kind, "param": failure.param, "code": failure.code,
        }}),
        Dialect::Anthropic => {
            let mut error = json!({"type": failure.kind, "message": failure.message});
            if let Some(code) = failure.code {
                error["details"] = json!({"error_code": code});
            }
            json!({"type": "error", "error": error, "request_id": request_id(dialect, ids)})
        }
        Dialect::Cohere => json!({"id": answer_id(dialect, ids), "message": failure.message}),
    }
}

/// A sign of life that bears no content.
pub(crate) fn keep_alive(dialect: Dialect, crlf: bool) -> Bytes {
    match dialect {
        Dialect::Anthropic => encode(Some("ping"), "{\"type\":\"ping\"}", crlf),
        Dialect::OpenAi | Dialect::Cohere if crlf => Bytes::from_static(b": keep-alive\r\n\r\n"),
        Dialect::OpenAi | Dialect::Cohere => Bytes::from_static(b": keep-alive\n\n"),
    }
}

pub(crate) fn answer_id(dialect: Dialect, ids: Ids<'_>) -> String {
    match dialect {
        Dialect::OpenAi => format!("chatcmpl-{}", ids.letters("answer", 24)),
        Dialect::Anthropic => format!("msg_01{}", ids.letters("answer", 22)),
        Dialect::Cohere => {
            let part = |purpose, length| ids.letters(purpose, length);
            format!("{}-{}-{}-{}", part("a", 8), part("b", 4), part("c", 4), part("d", 12))
        }
    }
}

pub(crate) fn tool_id(dialect: Dialect, name: &str, letters: &str) -> String {
    match dialect {
        Dialect::OpenAi => format!("call_{letters}"),
        Dialect::Anthropic => format!("toolu_01{}", letters.get(..22).unwrap_or(letters)),
        Dialect::Cohere => format!("{name}_{}", letters.get(..12).unwrap_or(letters)),
    }
}

pub(crate) fn request_id(dialect: Dialect, ids: Ids<'_>) -> String {
    match dialect {
        Dialect::OpenAi => format!("req_{}", ids.letters("request", 32)),
        Dialect::Anthropic => format!("req_011{}", ids.letters("request", 21)),
        Dialect::Cohere => ids.letters("request", 32),
    }
}

/// The headers the vendor puts on every response. Values that would need a wall clock are fixed.
pub(crate) fn headers(dialect: Dialect, ids: Ids<'_>) -> Vec<(&'static str, String)> {
    let id = request_id(dialect, ids);
    let own: &[(&str, &str)] = match dialect {
        Dialect::OpenAi => &[
            ("openai-version", "2020-10-01"),
            ("openai-processing-ms", "12"),
            ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-remaining-requests", "9999"),
            ("x-ratelimit-reset-requests", "6ms"),
            ("x-ratelimit-limit-tokens", "2000000"),
            ("x-ratelimit-remaining-tokens", "1999980"),
            ("x-ratelimit-reset-tokens", "12ms"),
        ],
        Dialect::Anthropic => &[
            ("anthropic-organization-id", "5b1d0c2e-0000-4000-8000-000000000001"),
            ("anthropic-ratelimit-requests-limit", "4000"),
            ("anthropic-ratelimit-requests-remaining", "3999"),
            ("anthropic-ratelimit-requests-reset", "2026-01-01T00:00:01Z"),
            ("anthropic-ratelimit-tokens-limit", "400000"),
            ("anthropic-ratelimit-tokens-remaining", "399000"),
            ("anthropic-ratelimit-tokens-reset", "2026-01-01T00:00:01Z"),
        ],
        Dialect::Cohere => &[
            ("x-endpoint-monthly-call-limit", "1000"),
            ("x-trial-endpoint-call-limit", "20"),
            ("x-trial-endpoint-call-remaining", "19"),
        ],
    };
    let id_header = match dialect {
        Dialect::OpenAi => "x-request-id",
        Dialect::Anthropic => "request-id",
        Dialect::Cohere => "x-debug-trace-id",
    };
    std::iter::once((id_header, id)).chain(own.iter().map(|(n, v)| (*n, (*v).to_owned()))).collect()
}

/// The list of models, `GET /v1/models`.
pub(crate) fn models(dialect: Dialect, names: &[String]) -> Value {
    let list = |entry: fn(&String) -> Value| names.iter().map(entry).collect::<Vec<_>>();
    match dialect {
        Dialect::OpenAi => json!({
            "object": "list",
            "data": list(|id| json!({"id": id, "object": "model", "created": 1_767_225_600, "owned_by": "simulator"})),
        }),
        Dialect::Anthropic => json!({
            "data": list(|id| json!({
                "type": "model", "id": id, "display_name": id, "created_at": "2026-01-01T00:00:00Z",
            })),
            "has_more": false,
            "first_id": names.first(),
            "last_id": names.last(),
        }),
        Dialect::Cohere => json!({
            "models": list(|name| json!({"name": name, "endpoints": ["chat"], "context_length": 128_000})),
        }),
    }
}
