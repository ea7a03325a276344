//! Answers that a caller reads whole, put together from a provider's stream.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use bytes::Bytes;
use handover_dialect::hub::Identity;
use handover_dialect::reader::{BodyKind, Fault, Reader, Reading};
use handover_dialect::{Dialect, Seen};
use serde_json::{Value, json};

/// What a caller of `caller` reads whole of `provider`'s stream: its body, or what is wrong with the answer.
fn folded(caller: Dialect, provider: Dialect, stream: &str) -> Result<String, String> {
    let reading = Reading { caller, provider, stream: false, include_usage: false, hold_json: false };
    let identity = Identity { id: "1".to_owned(), created: 1_700_000_000, model: "asked".to_owned() };
    let mut reader = Reader::new(&reading, BodyKind::Events, identity).unwrap();
    let mut frames = vec![reader.read(Bytes::copy_from_slice(stream.as_bytes()))];
    if !frames.iter().any(|f| f.seen.terminal || f.seen.fault.is_some()) {
        frames.push(reader.end().map_err(|e| e.to_string())?);
    }
    let mut body = String::new();
    for frame in frames {
        let Seen { fault, .. } = frame.seen;
        match fault {
            Some(Fault::Malformed(text) | Fault::Seam(text)) => return Err(text),
            Some(Fault::Provider(error)) => return Err(error.message),
            None => body.push_str(std::str::from_utf8(&frame.bytes).unwrap()),
        }
    }
    Ok(body)
}

fn stream(deltas: &[Value], ending: &Value, done: bool) -> String {
    let chunk =
        |choice: Value| format!("data: {}\n\n", json!({"id": "c", "model": "m", "choices": [choice]}));
    let mut out: String = deltas.iter().map(|d| chunk(json!({"index": 0, "delta": d}))).collect();
    out.push_str(&chunk(ending.clone()));
    if done {
        out.push_str("data: [DONE]\n\n");
    }
    out
}

fn call(name: &str, arguments: &str) -> Value {
    json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": name, "arguments": arguments}}]})
}

fn ending(reason: &str) -> Value {
    json!({"index": 0, "delta": {}, "finish_reason": reason})
}

#[test]
fn a_tool_call_nobody_can_run_is_asked_of_the_next_target() {
    let check = |delta: Value, reason: &str, broken_for: &[Dialect]| {
        for caller in [Dialect::OpenAi, Dialect::Anthropic] {
            // Some providers leave the terminator out; the answer is judged all the same.
            for done in [true, false] {
                let found = folded(
                    caller,
                    Dialect::OpenAi,
                    &stream(std::slice::from_ref(&delta), &ending(reason), done),
                );
                assert_eq!(found.is_err(), broken_for.contains(&caller), "{caller:?} {delta} {found:?}");
                assert!(!found.unwrap_or_default().contains("INVALID_JSON"));
            }
        }
    };
    let everyone = [Dialect::OpenAi, Dialect::Anthropic];
    check(call("f", r#"{"a":1}"#), "tool_calls", &[]);
    check(call("f", ""), "tool_calls", &[]);
    check(call("f", r#"{"a":"#), "tool_calls", &everyone);
    check(call("f", r#"{"a":"#), "stop", &everyone);
    check(call("f", r#"{"a":"#), "length", &[]);
    check(call("f", "[1]"), "tool_calls", &[Dialect::Anthropic]);
    check(call("", "{}"), "tool_calls", &everyone);
    check(json!({"content": "x"}), "tool_calls", &everyone);
    check(json!({"content": "x"}), "stop", &[]);
}

#[test]
fn a_caller_that_waits_for_a_stop_text_learns_which_one_was_met() {
    let check = |provider: Dialect, stream: &str, met: Value| {
        let whole = folded(Dialect::Anthropic, provider, stream).unwrap();
        let whole: Value = serde_json::from_str(&whole).unwrap();
        assert_eq!((&whole["stop_reason"], &whole["stop_sequence"]), (&json!("stop_sequence"), &met));
        let reading = Reading {
            caller: Dialect::Anthropic,
            provider,
            stream: true,
            include_usage: false,
            hold_json: false,
        };
        let identity = Identity { id: "1".to_owned(), created: 1_700_000_000, model: "asked".to_owned() };
        let mut reader = Reader::new(&reading, BodyKind::Events, identity).unwrap();
        let frame = reader.read(Bytes::copy_from_slice(stream.as_bytes()));
        let told = format!(r#""delta":{{"stop_reason":"stop_sequence","stop_sequence":{met}}}"#);
        assert!(std::str::from_utf8(&frame.bytes).unwrap().contains(&told), "{frame:?}");
    };
    let stopped = json!({"index": 0, "delta": {}, "finish_reason": "stop", "stop_reason": "END"});
    check(Dialect::OpenAi, &stream(&[json!({"content": "x"})], &stopped, true), json!("END"));
    let cohere = [
        r#"{"type":"message-start","id":"c"}"#,
        r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"x"}}}}"#,
        r#"{"type":"message-end","delta":{"finish_reason":"STOP_SEQUENCE"}}"#,
    ];
    let cohere: String = cohere.iter().map(|event| format!("data: {event}\n\n")).collect();
    check(Dialect::Cohere, &cohere, Value::Null);
}

#[test]
fn a_tool_gets_the_digits_the_model_wrote() {
    let exact = r#"{"account":123456789012345678901234567890,"price":1.10}"#;
    let stream = stream(&[call("f", exact)], &ending("tool_calls"), true);
    let whole = folded(Dialect::Anthropic, Dialect::OpenAi, &stream).unwrap();
    assert!(whole.contains(&format!(r#""input":{exact}"#)), "{whole}");
}
