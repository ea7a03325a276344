//! Small facts that streams, answers and requests share: stop reasons, identifiers of tool calls, tool input.

use crate::hub::{Finish, FinishReason};
use serde_json::{Map, Value};

/// What a provider's `stop_reason` means.
///
/// Source: the `StopReason` type of the official SDKs (2.12), and the vendor's page "Handling stop reasons".
pub(crate) fn finish_reason(native: &str) -> FinishReason {
    match native {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        // `pause_turn` and words to come.
        _ => FinishReason::Unknown,
    }
}

/// The status Anthropic would have sent with an error's type, had the answer not begun.
///
/// Source: the vendor's page "Errors".
pub(crate) fn error_status(kind: &str) -> Option<u16> {
    Some(match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "conflict_error" => 409,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "api_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    })
}

/// Whether `native` is a stop reason an Anthropic caller knows, so that it can be passed on as it is.
pub(super) fn is_stop_reason(native: &str) -> bool {
    finish_reason(native) != FinishReason::Unknown || native == "pause_turn"
}

/// Cohere's word for a stop text that was met; it does not say which.
const COHERE_STOPPED: &str = "STOP_SEQUENCE";

/// The `stop_reason` an Anthropic caller is told. `called_tools` and `refused` say what was written before: some
/// servers end a tool call or a refusal with a plain "stop", and a caller would then not act on it.
pub(super) fn stop_reason(finish: Option<&Finish>, called_tools: bool, refused: bool) -> &str {
    let Some(finish) = finish else {
        return if called_tools { "tool_use" } else { "end_turn" };
    };
    if is_stop_reason(&finish.native) {
        return &finish.native;
    }
    match finish.reason {
        FinishReason::Length => "max_tokens",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::ContentFilter => "refusal",
        FinishReason::Stop | FinishReason::Unknown | FinishReason::Failed => {
            if refused {
                "refusal"
            } else if called_tools {
                "tool_use"
            } else if finish.stop_sequence.is_some() || finish.native == COHERE_STOPPED {
                "stop_sequence"
            } else {
                "end_turn"
            }
        }
    }
}

/// Whether Anthropic takes `id` as the identifier of a tool call (`^[a-zA-Z0-9_-]+$`).
fn is_valid_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// `id` where Anthropic takes it, else one derived from it: the same for the call and for its result, in this
/// request and in the next.
pub(super) fn tool_id(id: &str) -> String {
    if is_valid_id(id) { id.to_owned() } else { format!("toolu_{:016x}", fnv1a(id.as_bytes())) }
}

/// The same for an answer's call, where some servers leave the id out although the caller needs one.
pub(super) fn tool_id_or(id: &str, answer: &str, index: impl std::fmt::Display) -> String {
    match id {
        "" => format!("toolu_{:016x}_{index}", fnv1a(answer.as_bytes())),
        id => tool_id(id),
    }
}

/// FNV-1a, 64 bits. Nothing here needs secrecy, only that equal ids stay equal.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Whether a call's arguments are the object an Anthropic caller reads. None at all, or `null`, mean an empty one.
pub(crate) fn is_tool_input(arguments: &str) -> bool {
    let arguments = arguments.trim();
    let object = || serde_json::from_str::<Map<String, Value>>(arguments).is_ok();
    matches!(arguments, "" | "null") || object()
}

/// The arguments of an answer's call. Those the token limit cut are given as far as they are complete, as the
/// vendor's SDKs read a stream that was cut.
pub(super) fn answered_input(arguments: &str) -> Value {
    let whole = if is_tool_input(arguments) { arguments.to_owned() } else { closed(arguments) };
    match serde_json::from_str(&whole) {
        Ok(input @ Value::Object(_)) => input,
        Ok(_) | Err(_) => Value::Object(Map::new()),
    }
}

/// Cut JSON text up to its last complete member, with what is open closed.
fn closed(cut: &str) -> String {
    let complete = cut.get(..scan(cut).0).unwrap_or_default();
    let mut out = complete.to_owned();
    out.extend(scan(complete).1.into_iter().rev());
    out
}

/// Where the last complete member of JSON text ends, and the brackets that close what is open at the text's end.
fn scan(text: &str) -> (usize, Vec<char>) {
    let (mut in_string, mut escaped) = (false, false);
    let mut open = Vec::new();
    let mut complete = 0;
    for (at, c) in text.char_indices() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => in_string = true,
            '{' | '[' => {
                open.push(if c == '{' { '}' } else { ']' });
                complete = at + 1;
            }
            '}' | ']' => {
                open.pop();
                complete = at + 1;
            }
            ',' => complete = at,
            _ => {}
        }
    }
    (complete, open)
}

/// A call's arguments as the object Anthropic wants. Text that is no JSON object (a call cut by the token limit)
/// is kept under `INVALID_JSON`, as the vendor's page on fine-grained tool streaming advises.
pub(super) fn tool_input(arguments: &str) -> Value {
    if matches!(arguments.trim(), "" | "null") {
        return Value::Object(Map::new());
    }
    match serde_json::from_str::<Value>(arguments) {
        Ok(input @ Value::Object(_)) => input,
        Ok(_) | Err(_) => {
            let mut wrapped = Map::new();
            wrapped.insert("INVALID_JSON".to_owned(), Value::String(arguments.to_owned()));
            Value::Object(wrapped)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Rest;

    fn finish(reason: FinishReason, native: &str, stop: Option<&str>) -> Finish {
        Finish {
            reason,
            stop_sequence: stop.map(str::to_owned),
            native: native.to_owned(),
            rest: Rest::new(),
        }
    }

    #[test]
    fn a_caller_learns_why_the_answer_ended_whoever_wrote_it() {
        use FinishReason::{ContentFilter, Length, Stop, ToolCalls, Unknown};
        let check = |reason, native, stop, tools, refused, expected: &str| {
            let finish = finish(reason, native, stop);
            assert_eq!(stop_reason(Some(&finish), tools, refused), expected, "{finish:?}");
        };
        check(Stop, "stop", None, false, false, "end_turn");
        check(Stop, "STOP_SEQUENCE", Some("X"), false, false, "stop_sequence");
        check(Stop, "STOP_SEQUENCE", None, false, false, "stop_sequence");
        check(Stop, "stop", Some("X"), false, false, "stop_sequence");
        check(Stop, "stop", Some("X"), true, false, "tool_use");
        check(Stop, "stop", None, true, false, "tool_use");
        check(Stop, "stop", None, false, true, "refusal");
        check(Length, "length", None, false, false, "max_tokens");
        check(Length, "model_context_window_exceeded", None, false, false, "model_context_window_exceeded");
        check(ToolCalls, "TOOL_CALL", None, true, false, "tool_use");
        check(ContentFilter, "content_filter", None, false, false, "refusal");
        check(Unknown, "pause_turn", None, false, false, "pause_turn");
        check(Unknown, "eos", None, false, false, "end_turn");
        assert_eq!(stop_reason(None, false, false), "end_turn");
        assert_eq!(stop_reason(None, true, false), "tool_use");
    }

    #[test]
    fn a_tool_result_still_finds_its_call_when_the_id_had_to_change() {
        assert_eq!(tool_id("call_a-1"), "call_a-1");
        assert_eq!(tool_id("functions.get:0"), tool_id("functions.get:0"));
        assert_ne!(tool_id("functions.get:0"), tool_id("functions.get:1"));
        for id in ["functions.get:0", "", "é", "a b"] {
            assert!(is_valid_id(&tool_id(id)), "{id:?}");
        }
    }

    #[test]
    fn of_a_call_the_limit_cut_the_caller_gets_what_is_complete_and_nothing_made_up() {
        let check = |arguments: &str, expected: &str| {
            assert_eq!(answered_input(arguments).to_string(), expected, "{arguments}");
        };
        check(r#"{"a":1,"b":[1,{"c":2}]}"#, r#"{"a":1,"b":[1,{"c":2}]}"#);
        check(r#"{"a":"x, y\"{","b":[1,{"c":2},{"d":"#, r#"{"a":"x, y\"{","b":[1,{"c":2},{}]}"#);
        check(r#"{"a":1,"b":"hal"#, r#"{"a":1}"#);
        check(r#"{"a":1"#, "{}");
        check(r#"{"a":tru"#, "{}");
        for nothing in ["", " ", "null", "[1", "7", "}", "\"", "{]", "}}},"] {
            check(nothing, "{}");
        }
    }

    #[test]
    fn arguments_that_are_no_object_are_kept() {
        assert_eq!(tool_input(r#"{"a":1}"#).to_string(), r#"{"a":1}"#);
        assert_eq!(tool_input("  ").to_string(), "{}");
        assert_eq!(tool_input(r#"{"a":"#).to_string(), r#"{"INVALID_JSON":"{\"a\":"}"#);
        assert_eq!(tool_input("[1]").to_string(), r#"{"INVALID_JSON":"[1]"}"#);
    }
}
