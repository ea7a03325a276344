//! What this project does not know must survive the way through the hub, at any depth.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use handover_dialect::hub::{Losses, Request};
use handover_dialect::openai::request::{decode, encode};
use handover_dialect::{Capabilities, Dialect, Overrides, Refused, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

fn target(model: &str) -> Target {
    Target {
        dialect: Dialect::OpenAi,
        model: model.to_owned(),
        overrides: Overrides::default(),
        capabilities: Capabilities::default(),
        anthropic_version: String::new(),
        refused_fields: Vec::new(),
    }
}

fn read(body: &Value) -> Request {
    decode(&serde_json::to_vec(body).unwrap()).unwrap()
}

/// The body for `target` and what was lost.
fn write(request: &Request, target: &Target) -> Result<(Value, Vec<String>), Refused> {
    let mut losses = Losses::new();
    let body = encode(request, target, &mut losses)?;
    Ok((body, losses.iter().map(str::to_owned).collect()))
}

/// A body with one message.
fn saying(message: Value) -> Value {
    json!({"model": "m", "messages": [message]})
}

/// Puts `value` under `key` at the object that `pointer` names.
fn inject(body: &mut Value, pointer: &str, key: &str, value: &Value) {
    body.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap().insert(key.to_owned(), value.clone());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-d]{1,2}", inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every object of the dialect that may hold a field this project does not know.
const LEVELS: &[&str] = &[
    "",
    "/stream_options",
    "/messages/0",
    "/messages/1",
    "/messages/1/content/0",
    "/messages/1/content/1",
    "/messages/1/content/1/image_url",
    "/messages/1/content/2",
    "/messages/1/content/2/input_audio",
    "/messages/2",
    "/messages/2/tool_calls/0",
    "/messages/2/tool_calls/0/function",
    "/messages/3",
    "/messages/3/content/0",
    "/tools/0",
    "/tools/0/function",
    "/tools/0/function/parameters",
    "/tools/1",
    "/tool_choice",
    "/tool_choice/function",
    "/response_format",
    "/response_format/json_schema",
    "/response_format/json_schema/schema",
];

proptest! {
    #[test]
    fn an_unknown_field_at_any_depth_survives(
        fields in prop::collection::vec((prop::sample::select(LEVELS), "x_[a-e]", any_json()), 1..6),
        format in prop::sample::select(vec!["json_schema", "json_object", "text", "grammar"]),
    ) {
        let mut body = json!({"model": "m", "stream": true, "stream_options": {"include_usage": true}, "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "t"},
                {"type": "image_url", "image_url": {"url": "https://e.com/a"}},
                {"type": "input_audio", "input_audio": {"data": "d"}}]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "r", "x_z": 1}]},
        ], "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
            {"type": "web_search"}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": format, "json_schema": {"name": "n", "schema": {"type": "object"}}}});
        for (level, key, value) in &fields {
            inject(&mut body, level, key, value);
        }
        let request = read(&body);
        let (written, losses) = write(&request, &target("m")).unwrap();
        prop_assert_eq!(&losses, &Vec::<String>::new());
        // Order of members aside, nothing is different.
        prop_assert_eq!(&written, &body);
        prop_assert_eq!(read(&written), request);
    }

    #[test]
    fn no_body_makes_it_panic(
        fields in prop::collection::vec((prop::sample::select(vec!["messages", "tools", "tool_choice", "stop",
            "response_format", "stream_options", "n", "seed", "temperature"]), any_json()), 0..4),
        part in any_json(),
    ) {
        let mut body = saying(json!({"role": "assistant", "content": [part.clone()], "tool_calls": [part]}));
        for (key, value) in fields {
            inject(&mut body, "", key, &value);
        }
        if let Ok(request) = decode(&serde_json::to_vec(&body).unwrap()) {
            let _ = write(&request, &target("m"));
        }
    }
}
