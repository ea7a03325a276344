//! What Cohere refuses in a chat request.

use serde_json::Value;

use super::{is_set, messages, number_outside};
use crate::wire::Failure;

/// Most stop strings.
const MOST_STOPS: usize = 5;

pub(super) fn check(body: &Value) -> Result<(), Failure> {
    let refuse = |message: &str| Err(Failure::bad_request(format!("invalid request: {message}")));
    if body["model"].as_str().is_none_or(str::is_empty) {
        return refuse("model is required");
    }
    let Some(messages) = messages(body) else {
        return refuse("list of messages must not be empty");
    };
    for (index, message) in messages.iter().enumerate() {
        match message["role"].as_str().unwrap_or_default() {
            "user" | "assistant" | "tool" => {}
            "system" | "developer" if index == 0 => {}
            "system" | "developer" => return refuse("system turn must be the first in the list of messages"),
            _other => return refuse(&format!("messages[{index}] has an unknown role")),
        }
    }
    if is_set(body, "tool_choice")
        && !["REQUIRED", "NONE"].contains(&body["tool_choice"].as_str().unwrap_or_default())
    {
        return refuse("tool_choice must be one of REQUIRED, NONE");
    }
    for (field, low, high) in [
        ("p", 0.01, 0.99),
        ("k", 0.0, 500.0),
        ("temperature", 0.0, 1.0),
        ("frequency_penalty", 0.0, 1.0),
        ("presence_penalty", 0.0, 1.0),
    ] {
        if number_outside(body, field, low, high).is_some() {
            return refuse(&format!("{field} must be between {low} and {high}"));
        }
    }
    if body["stop_sequences"].as_array().is_some_and(|stops| stops.len() > MOST_STOPS) {
        return refuse(&format!("stop_sequences has a maximum length of {MOST_STOPS}"));
    }
    Ok(())
}
