//! Errors as they cross the wire: what a provider said, and what the caller is told.
//!
//! The two are separate types on purpose. A [`ProviderError`] is evidence, kept for the log and for
//! classification; a [`CallerError`] is a message to a person and to their SDK, in their dialect, with nothing in
//! it that they should not see.

use crate::Dialect;
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;

/// What a provider said went wrong, read from an error body or from an error event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderError {
    /// HTTP status, or the status written inside the body; `None` for an event that states none.
    pub status: Option<u16>,
    /// The error's type (`overloaded_error`, `invalid_request_error`…), lower case as sent.
    pub kind: Option<String>,
    /// The machine-readable code (`context_length_exceeded`, `insufficient_quota`…).
    pub code: Option<String>,
    /// The request's field at fault, where the provider names one.
    pub param: Option<String>,
    /// The provider's words; empty when it said nothing readable.
    pub message: String,
    /// The body as it came, capped at [`ProviderError::MAX_RAW`], for a caller of the same dialect.
    pub raw: Bytes,
}

impl ProviderError {
    /// Longest error body kept, bytes.
    pub const MAX_RAW: usize = 64 * 1024;

    /// Reads an error body of any known provider: OpenAI, Azure, Anthropic, Cohere, Gemini, Mistral, vLLM,
    /// llama.cpp and `{"error": "text"}`. What is not JSON (a CDN's page) yields no message: it is never shown.
    #[must_use]
    pub fn parse(status: Option<u16>, body: &Bytes) -> Self {
        let raw = body.slice(..body.len().min(Self::MAX_RAW));
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self { status, raw, ..Self::default() };
        };
        let mut error = Self::from_value(&value);
        error.status = status.filter(|s| *s >= 400).or(error.status);
        error.raw = raw;
        error
    }

    /// Reads an error object that is already JSON, such as an error event inside a stream.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        // Vertex may wrap the object in an array of one.
        let value = value.get(0).unwrap_or(value);
        let inner = match value.get("error") {
            Some(inner @ Value::Object(_)) => inner,
            Some(Value::String(text)) => {
                return Self { message: text.clone(), ..Self::default() };
            }
            _ => value,
        };
        let text = |key: &str| inner.get(key).and_then(Value::as_str).map(str::to_owned);
        let number = |key: &str| {
            inner
                .get(key)
                .and_then(Value::as_u64)
                .and_then(|n| u16::try_from(n).ok())
                .filter(|n| (400..600).contains(n))
        };
        let details_code = inner.pointer("/details/error_code").and_then(Value::as_str).map(str::to_owned);
        let kind = text("type").filter(|t| t != "error").or_else(|| text("status"));
        Self {
            status: number("code").or_else(|| number("status")).or_else(|| number("status_code")),
            kind,
            code: details_code.or_else(|| text("code")),
            param: text("param"),
            message: text("message").or_else(|| text("detail")).unwrap_or_default(),
            raw: Bytes::new(),
        }
    }

    /// Whether the body as it came is an error as `dialect`'s own API writes it, so that its clients can read it.
    /// Servers that copy an API send `{"error": "text"}`, lists of `detail` and more.
    #[must_use]
    pub fn is_written_in(&self, dialect: Dialect) -> bool {
        let Ok(value) = serde_json::from_slice::<Value>(&self.raw) else { return false };
        let is_text = |place: &str| value.pointer(place).is_some_and(Value::is_string);
        match dialect {
            Dialect::OpenAi => is_text("/error/message"),
            Dialect::Anthropic => {
                value.get("type").is_some_and(|kind| kind == "error")
                    && is_text("/error/type")
                    && is_text("/error/message")
            }
            Dialect::Cohere => is_text("/message"),
        }
    }

    /// Whether anything about the body was recognised as an error envelope.
    #[must_use]
    pub fn is_recognised(&self) -> bool {
        self.kind.is_some() || self.code.is_some() || !self.message.is_empty()
    }
}

/// What kind of trouble the caller is told about; fixes status and type in each dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request cannot be used as it is: 400.
    InvalidRequest,
    /// Too long for every target: 400 with `context_length_exceeded`.
    ContextLength,
    /// A web page of another site asks: 403.
    Forbidden,
    /// No such model or path: 404.
    NotFound,
    /// Wrong method: 405.
    MethodNotAllowed,
    /// The request's body did not arrive in time: 408.
    RequestTimeout,
    /// Body over the limit: 413.
    TooLarge,
    /// Headers over the limit: 431.
    HeadersTooLarge,
    /// Every target is rate limited: 429.
    RateLimited,
    /// The provider's policy refused: 400 with `content_filter`.
    Policy,
    /// No target could answer: 503.
    Exhausted,
    /// The deadline passed: 504.
    DeadlineExceeded,
    /// The stream broke after the answer had begun (in-band only).
    StreamInterrupted,
    /// Handover itself failed: 500.
    Internal,
}

impl ErrorKind {
    /// HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            ErrorKind::InvalidRequest | ErrorKind::ContextLength | ErrorKind::Policy => 400,
            ErrorKind::Forbidden => 403,
            ErrorKind::NotFound => 404,
            ErrorKind::MethodNotAllowed => 405,
            ErrorKind::RequestTimeout => 408,
            ErrorKind::TooLarge => 413,
            ErrorKind::HeadersTooLarge => 431,
            ErrorKind::RateLimited => 429,
            ErrorKind::Exhausted | ErrorKind::StreamInterrupted => 503,
            ErrorKind::DeadlineExceeded => 504,
            ErrorKind::Internal => 500,
        }
    }

    fn openai_type(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest
            | ErrorKind::ContextLength
            | ErrorKind::Policy
            | ErrorKind::NotFound
            | ErrorKind::MethodNotAllowed
            | ErrorKind::RequestTimeout
            | ErrorKind::TooLarge
            | ErrorKind::HeadersTooLarge => "invalid_request_error",
            ErrorKind::Forbidden => "permission_error",
            ErrorKind::RateLimited => "rate_limit_error",
            ErrorKind::Exhausted | ErrorKind::StreamInterrupted | ErrorKind::DeadlineExceeded => {
                "service_unavailable_error"
            }
            ErrorKind::Internal => "server_error",
        }
    }

    fn anthropic_type(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest
            | ErrorKind::ContextLength
            | ErrorKind::Policy
            | ErrorKind::MethodNotAllowed
            | ErrorKind::RequestTimeout
            | ErrorKind::HeadersTooLarge => "invalid_request_error",
            ErrorKind::Forbidden => "permission_error",
            ErrorKind::NotFound => "not_found_error",
            ErrorKind::TooLarge => "request_too_large",
            ErrorKind::RateLimited => "rate_limit_error",
            ErrorKind::Exhausted | ErrorKind::StreamInterrupted => "overloaded_error",
            ErrorKind::DeadlineExceeded => "timeout_error",
            ErrorKind::Internal => "api_error",
        }
    }

    /// The code written when the error states none of its own.
    #[must_use]
    pub fn default_code(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest => "invalid_request",
            ErrorKind::ContextLength => "context_length_exceeded",
            ErrorKind::Policy => "content_filter",
            ErrorKind::Forbidden => "forbidden_origin",
            ErrorKind::NotFound => "not_found",
            ErrorKind::MethodNotAllowed => "method_not_allowed",
            ErrorKind::RequestTimeout => "request_timeout",
            ErrorKind::TooLarge => "request_too_large",
            ErrorKind::HeadersTooLarge => "headers_too_large",
            ErrorKind::RateLimited => "rate_limit_exceeded",
            ErrorKind::Exhausted => "all_targets_failed",
            ErrorKind::DeadlineExceeded => "deadline_exceeded",
            ErrorKind::StreamInterrupted => "stream_interrupted",
            ErrorKind::Internal => "internal_error",
        }
    }
}

/// One target's reason, as the caller of an exhausted chain reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// `provider/model`.
    pub target: String,
    /// One short word or phrase (`overloaded`, `no first token in 10 s`).
    pub reason: String,
    /// HTTP status of the provider, if it sent one.
    pub status: Option<u16>,
}

/// What the caller is told, independent of dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerError {
    /// Which trouble.
    pub kind: ErrorKind,
    /// A sentence for a person: who is at fault, and what to do.
    pub message: String,
    /// A code for machines, when [`ErrorKind::default_code`] is not exact enough.
    pub code: Option<String>,
    /// The request's field at fault (`messages[0].content`).
    pub param: Option<String>,
    /// When trying again may help.
    pub retry_after: Option<Duration>,
    /// Each target's reason, for an exhausted chain.
    pub reasons: Box<[Reason]>,
    /// How an answer stopped in its middle.
    pub stop: Option<Box<Stop>>,
}

/// How an answer stopped in its middle, for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Who stopped (`provider/model`).
    pub target: String,
    /// What went wrong there, in one word.
    pub failure: &'static str,
    /// Why nobody went on, in one word.
    pub reason: &'static str,
    /// About how many tokens the caller has.
    pub delivered_tokens: u64,
}

impl CallerError {
    /// An error with a sentence and nothing else.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            code: None,
            param: None,
            retry_after: None,
            reasons: Box::default(),
            stop: None,
        }
    }

    /// Names the field at fault.
    #[must_use]
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Sets a more exact code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The error body in the caller's dialect. `request_id` is Handover's own.
    #[must_use]
    pub fn body(&self, dialect: Dialect, request_id: &str) -> Value {
        let code = self.code.as_deref().unwrap_or(self.kind.default_code());
        let handover = self.detail();
        let mut body = match dialect {
            Dialect::OpenAi => json!({"error": {
                "message": self.message, "type": self.kind.openai_type(), "param": self.param, "code": code,
            }}),
            Dialect::Anthropic => {
                // Clients match on these words to shorten their own prompt.
                let too_long =
                    self.kind == ErrorKind::ContextLength && !self.message.contains("prompt is too long");
                let message = if too_long {
                    format!("prompt is too long: {}", self.message)
                } else {
                    self.message.clone()
                };
                json!({"type": "error", "error": {
                    "type": self.kind.anthropic_type(), "message": message,
                    "details": {"error_code": code, "param": self.param},
                }, "request_id": request_id})
            }
            Dialect::Cohere => json!({"id": request_id, "message": self.message}),
        };
        let Some(handover) = handover else { return body };
        // OpenAI's clients give a program what is inside the error, and nothing beside it.
        if self.stop.is_some()
            && dialect == Dialect::OpenAi
            && let Some(error) = body.get_mut("error").and_then(Value::as_object_mut)
        {
            error.insert("handover".to_owned(), handover.clone());
        }
        if let Some(object) = body.as_object_mut() {
            object.insert("handover".to_owned(), handover);
        }
        body
    }

    /// The `handover` object of an error: each target's reason, or how an answer stopped, for machines.
    fn detail(&self) -> Option<Value> {
        if let Some(stop) = self.stop.as_deref() {
            let Stop { target, failure, reason, delivered_tokens } = stop;
            return Some(json!({
                "event": "stopped", "from": target, "failure": failure, "reason": reason,
                "delivered_tokens": delivered_tokens,
            }));
        }
        if self.reasons.is_empty() {
            return None;
        }
        let reasons: Vec<Value> = self
            .reasons
            .iter()
            .map(|r| json!({"target": r.target, "reason": r.reason, "status": r.status}))
            .collect();
        Some(json!({"attempts": reasons}))
    }

    /// The error as the last event of a stream in the caller's dialect. No terminator follows it: a broken answer
    /// never ends cleanly.
    #[must_use]
    pub fn event(&self, dialect: Dialect, request_id: &str) -> Bytes {
        let body = self.body(dialect, request_id);
        Bytes::from(match dialect {
            Dialect::OpenAi => format!("data: {body}\n\n"),
            Dialect::Anthropic => format!("event: error\ndata: {body}\n\n"),
            Dialect::Cohere => format!(
                "event: message-end\ndata: {}\n\n",
                json!({"type": "message-end", "delta": {"finish_reason": "ERROR", "error": self.message}})
            ),
        })
    }
}
