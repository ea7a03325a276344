//! What Anthropic refuses in a messages request, in both API versions.

use http::HeaderMap;
use serde_json::Value;

use super::{is_set, messages, number_outside};
use crate::wire::Failure;

/// The version that takes no sampling parameters.
const NEWEST: &str = "2026-10-21";
const VERSIONS: [&str; 3] = ["2023-01-01", "2023-06-01", NEWEST];

/// Every top-level field the API knows.
const FIELDS: [&str; 24] = [
    "model",
    "messages",
    "max_tokens",
    "system",
    "metadata",
    "stop_sequences",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "tools",
    "tool_choice",
    "thinking",
    "service_tier",
    "container",
    "context_management",
    "mcp_servers",
    "output_config",
    "output_format",
    "cache_control",
    "speed",
    "inference_geo",
    "fallbacks",
    "fallback_credit_token",
];

pub(super) fn check(headers: &HeaderMap, body: &Value) -> Result<(), Failure> {
    let version = headers.get("anthropic-version").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if version.is_empty() {
        return Err(Failure::bad_request("anthropic-version: header is required"));
    }
    if !VERSIONS.contains(&version) {
        return Err(Failure::bad_request(format!("anthropic-version: \"{version}\" is not a valid version")));
    }
    for field in ["model", "max_tokens", "messages"] {
        if !is_set(body, field) {
            return Err(Failure::bad_request(format!("{field}: Field required")));
        }
    }
    if let Some(field) = body.as_object().and_then(|o| o.keys().find(|k| !FIELDS.contains(&k.as_str()))) {
        return Err(Failure::bad_request(format!("{field}: Extra inputs are not permitted")));
    }
    if body["max_tokens"].as_u64().is_none_or(|tokens| tokens == 0) {
        return Err(Failure::bad_request("max_tokens: Input should be greater than or equal to 1"));
    }
    let model = body["model"].as_str().unwrap_or_default();
    check_sampling(version, model, body)?;
    check_messages(model, body)
}

fn check_sampling(version: &str, model: &str, body: &Value) -> Result<(), Failure> {
    let refused = version == NEWEST || generation(model) >= Some((4, 7));
    let sent = ["temperature", "top_p", "top_k"].into_iter().find(|field| is_set(body, field));
    if let Some(field) = sent.filter(|_| refused) {
        let message = format!("{field}: sampling parameters are not supported for this model and version");
        return Err(Failure::bad_request(message));
    }
    match number_outside(body, "temperature", 0.0, 1.0) {
        Some(_) => Err(Failure::bad_request("temperature: Input should be less than or equal to 1")),
        None => Ok(()),
    }
}

fn check_messages(model: &str, body: &Value) -> Result<(), Failure> {
    let Some(messages) = messages(body) else {
        return Err(Failure::bad_request("messages: at least one message is required"));
    };
    for (index, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        match role {
            "user" | "assistant" => {}
            "system" if index > 0 => {}
            "system" => {
                let message =
                    "messages.0: use the top-level 'system' parameter for the initial system prompt";
                return Err(Failure::bad_request(message));
            }
            _ => {
                let message =
                    format!("messages.{index}.role: Input should be 'user', 'assistant' or 'system'");
                return Err(Failure::bad_request(message));
            }
        }
        check_content(index, role, index + 1 == messages.len(), &message["content"])?;
    }
    let prefilled = messages.last().is_some_and(|message| message["role"] == "assistant");
    if prefilled && takes_no_prefill(model) {
        return Err(no_prefill());
    }
    Ok(())
}

fn check_content(index: usize, role: &str, last: bool, content: &Value) -> Result<(), Failure> {
    let blocks = match content {
        Value::String(text) if !text.is_empty() => {
            let trailing = last && role == "assistant" && text.ends_with(char::is_whitespace);
            return if trailing { Err(trailing_space()) } else { Ok(()) };
        }
        Value::Array(blocks) if !blocks.is_empty() => blocks,
        Value::Null => return Err(Failure::bad_request(format!("messages.{index}.content: Field required"))),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            // Only a trailing assistant message may be empty.
            let refused =
                Failure::bad_request(format!("messages.{index}: all messages must have non-empty content"));
            return if last && role == "assistant" { Ok(()) } else { Err(refused) };
        }
    };
    for (position, block) in blocks.iter().enumerate() {
        let empty = block["type"] == "text" && block["text"].as_str().is_none_or(str::is_empty);
        if empty {
            let message =
                format!("messages.{index}.content.{position}: text content blocks must be non-empty");
            return Err(Failure::bad_request(message));
        }
    }
    Ok(())
}

/// Claude from 4.6 on.
pub(super) fn takes_no_prefill(model: &str) -> bool {
    generation(model) >= Some((4, 6))
}

pub(super) fn no_prefill() -> Failure {
    Failure::bad_request(
        "This model does not support assistant message prefill. The conversation must end with a user message.",
    )
}

fn trailing_space() -> Failure {
    Failure::bad_request("messages: final assistant content cannot end with trailing whitespace")
}

/// The generation of a Claude model by its name: `claude-haiku-4-5-20251001` is (4, 5). Later families without
/// such a number are newer than all that have one. Names of other models have none.
fn generation(model: &str) -> Option<(u32, u32)> {
    let family = model.strip_prefix("claude-")?;
    if ["fable", "mythos"].into_iter().any(|name| family.starts_with(name)) {
        return Some((5, 0));
    }
    let short = |part: &&str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = family.split('-').skip_while(|part| !short(part));
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next().filter(short).and_then(|part| part.parse().ok()).unwrap_or(0);
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::generation;

    #[test]
    fn a_models_generation_is_read_from_its_name() {
        for (model, expected) in [
            ("claude-haiku-4-5-20251001", Some((4, 5))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("claude-3-5-sonnet-20241022", Some((3, 5))),
            ("claude-opus-4-7", Some((4, 7))),
            ("claude-mythos-1", Some((5, 0))),
            ("claude-x", None),
            ("gpt-4o", None),
        ] {
            assert_eq!(generation(model), expected, "{model}");
        }
    }
}
