//! The checks a real provider makes before it answers, in the main points.
//!
//! They are here so that a gateway that forgets a required field, or sends one the target refuses, is found out
//! by its tests and not by its users.

mod anthropic;
mod cohere;
mod openai;

use http::HeaderMap;
use serde_json::Value;

use crate::continuing::Sign;
use crate::dialect::Dialect;
use crate::wire::Failure;

/// The key of a request: `Authorization: Bearer`, or Anthropic's older `x-api-key`, which wins when both come.
pub(crate) fn key(dialect: Dialect, headers: &HeaderMap) -> Option<String> {
    let named = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = named("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let own = match dialect {
        Dialect::Anthropic => named("x-api-key"),
        Dialect::OpenAi | Dialect::Cohere => None,
    };
    own.or(bearer).filter(|key| !key.is_empty()).map(str::to_owned)
}

/// Checks a chat request. The body must already be JSON.
pub(crate) fn check(dialect: Dialect, headers: &HeaderMap, body: &Value) -> Result<(), Failure> {
    match dialect {
        Dialect::OpenAi => openai::check(body),
        Dialect::Anthropic => anthropic::check(headers, body),
        Dialect::Cohere => cohere::check(body),
    }
}

/// Whether Anthropic's model of this name goes on with no given assistant message.
pub(crate) fn takes_no_prefill(model: &str) -> bool {
    anthropic::takes_no_prefill(model)
}

/// The words of who does not go on with a given assistant message.
///
/// Anthropic's are its own, and so are OpenAI's for a field it does not know. A bare message is refused in the words
/// of llama.cpp. Cohere takes every such message and goes on with none; its words are made up.
pub(crate) fn no_prefill(dialect: Dialect, sign: Sign, index: usize) -> Failure {
    let unknown = |param: &str| {
        Failure::bad_request(format!("Unknown parameter: '{param}'.")).coded("unknown_parameter", param)
    };
    match (dialect, sign) {
        (Dialect::Anthropic, _) => anthropic::no_prefill(),
        (Dialect::Cohere, _) => {
            Failure::bad_request("invalid request: the last message must be a user or tool turn")
        }
        (Dialect::OpenAi, Sign::Bare) => {
            Failure::bad_request("Assistant response prefill is incompatible with enable_thinking.")
        }
        (Dialect::OpenAi, Sign::Prefix) => unknown(&format!("messages[{index}].prefix")),
        (Dialect::OpenAi, Sign::FinalMessage) => unknown("continue_final_message"),
    }
}

/// The words for a body that is no JSON.
pub(crate) fn not_json(dialect: Dialect, error: &serde_json::Error) -> Failure {
    Failure::bad_request(match dialect {
        Dialect::OpenAi => {
            format!("We could not parse the JSON body of your request. The parser said: {error}")
        }
        Dialect::Anthropic => format!("The request body is not valid JSON: {error}"),
        Dialect::Cohere => format!("invalid json syntax: {error}"),
    })
}

fn number_outside(body: &Value, field: &str, low: f64, high: f64) -> Option<f64> {
    body[field].as_f64().filter(|value| !(low..=high).contains(value))
}

fn is_set(body: &Value, field: &str) -> bool {
    !body[field].is_null()
}

fn messages(body: &Value) -> Option<&[Value]> {
    body["messages"].as_array().map(Vec::as_slice).filter(|messages| !messages.is_empty())
}
