//! What OpenAI refuses in a chat request.

use serde_json::Value;

use super::{is_set, messages, number_outside};
use crate::wire::Failure;

/// Longest tool-call id, in characters.
const LONGEST_TOOL_ID: usize = 40;
/// Most stop strings.
const MOST_STOPS: usize = 4;

pub(super) fn check(body: &Value) -> Result<(), Failure> {
    let Some(model) = body["model"].as_str().filter(|model| !model.is_empty()) else {
        return Err(Failure::bad_request("you must provide a model parameter"));
    };
    if !is_set(body, "messages") {
        let message = "Missing required parameter: 'messages'.";
        return Err(Failure::bad_request(message).coded("missing_required_parameter", "messages"));
    }
    let Some(messages) = messages(body) else {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
        return Err(Failure::bad_request(message).coded("empty_array", "messages"));
    };
    for (index, message) in messages.iter().enumerate() {
        check_message(index, message)?;
    }
    if let Some(value) = number_outside(body, "temperature", 0.0, 2.0) {
        let message = format!("Invalid 'temperature': {value} is not between 0 and 2.");
        return Err(Failure::bad_request(message).coded("decimal_out_of_range", "temperature"));
    }
    if body["stop"].as_array().is_some_and(|stop| stop.len() > MOST_STOPS) {
        let message = format!("Invalid 'stop': array too long. Expected at most {MOST_STOPS} strings.");
        return Err(Failure::bad_request(message).coded("array_above_max_length", "stop"));
    }
    // vLLM's words; in its templates `add_generation_prompt` is true unless the request says otherwise.
    if body["continue_final_message"] == true && body["add_generation_prompt"] != false {
        let message = "Cannot set both `continue_final_message` and `add_generation_prompt` to True.";
        return Err(Failure::bad_request(message));
    }
    if is_reasoning_model(model) { check_reasoning_model(body) } else { Ok(()) }
}

fn check_message(index: usize, message: &Value) -> Result<(), Failure> {
    let role = message["role"].as_str().unwrap_or_default();
    if !["system", "developer", "user", "assistant", "tool", "function"].contains(&role) {
        let message = format!(
            "Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'."
        );
        return Err(Failure::bad_request(message).coded("invalid_value", &format!("messages[{index}].role")));
    }
    let calls = message["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
    if message["content"].is_null() && calls.is_empty() && !is_set(message, "refusal") {
        let message = "Invalid value for 'content': expected a string, got null.";
        return Err(
            Failure::bad_request(message).coded("invalid_type", &format!("messages[{index}].content"))
        );
    }
    let ids = calls
        .iter()
        .enumerate()
        .map(|(call, value)| (format!("messages[{index}].tool_calls[{call}].id"), &value["id"]))
        .chain([(format!("messages[{index}].tool_call_id"), &message["tool_call_id"])]);
    for (param, id) in ids {
        let length = id.as_str().map_or(0, |id| id.chars().count());
        if length > LONGEST_TOOL_ID {
            let message = format!(
                "Invalid '{param}': string too long. Expected a string with maximum length {LONGEST_TOOL_ID}, but got a string with length {length} instead."
            );
            return Err(Failure::bad_request(message).coded("string_above_max_length", &param));
        }
    }
    Ok(())
}

/// The o-series and GPT-5.
fn is_reasoning_model(model: &str) -> bool {
    let mut letters = model.chars();
    let o_series = letters.next() == Some('o') && letters.next().is_some_and(|c| c.is_ascii_digit());
    o_series || model.starts_with("gpt-5")
}

fn check_reasoning_model(body: &Value) -> Result<(), Failure> {
    if is_set(body, "max_tokens") {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        return Err(Failure::bad_request(message).coded("unsupported_parameter", "max_tokens"));
    }
    for field in ["temperature", "top_p"] {
        if body[field].as_f64().is_some_and(|value| (value - 1.0).abs() > f64::EPSILON) {
            let message = format!(
                "Unsupported value: '{field}' does not support {} with this model. Only the default (1) value is supported.",
                body[field]
            );
            return Err(Failure::bad_request(message).coded("unsupported_value", field));
        }
    }
    Ok(())
}
