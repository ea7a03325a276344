//! The checks a real provider makes before it answers, in the main points.
//!
//! They are here so that a gateway that forgets a required field, or sends one the target refuses, is found out
//! by its tests and not by its users.

mod anthropic;
mod cohere;
mod openai;

use http::HeaderMap;
use serde_json::Value;

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
