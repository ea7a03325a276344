//! Requests of Anthropic callers: what would be lost if a body were misread, or did not come back out.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use expect_test::{Expect, expect};
use handover_dialect::anthropic::request::{decode, encode};
use handover_dialect::hub::{Losses, Request};
use handover_dialect::{Capabilities, Dialect, Overrides, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

fn target(model: &str) -> Target {
    Target {
        dialect: Dialect::Anthropic,
        model: model.to_owned(),
        overrides: Overrides::default(),
        capabilities: Capabilities::default(),
        anthropic_version: "2023-06-01".to_owned(),
        refused_fields: Vec::new(),
    }
}

#[test]
fn a_wrong_body_is_told_with_its_place() {
    let check = |body: &str, expected: Expect| {
        let error = decode(body.as_bytes()).unwrap_err();
        assert_eq!(error.status(), 400);
        expected.assert_eq(&format!("{} ({})", error.message, error.param.unwrap_or_default()));
    };
    check(
        "{",
        expect!["The request body is not valid JSON: EOF while parsing an object at line 1 column 1. ()"],
    );
    check("[]", expect!["The request body must be an object, not a list. ()"]);
    check("{}", expect!["model: Field required (model)"]);
    check(r#"{"model":1}"#, expect!["The field `model` must be a string, not a number. (model)"]);
    check(r#"{"model":"m"}"#, expect!["messages: Field required (messages)"]);
    check(r#"{"model":"m","messages":[]}"#, expect!["max_tokens: Field required (max_tokens)"]);
    check(
        r#"{"model":"m","messages":[],"max_tokens":1.5}"#,
        expect!["The field `max_tokens` must be a whole number, 0 or more. (max_tokens)"],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[1]}"#,
        expect!["The field `messages[0]` must be an object, not a number. (messages[0])"],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"tool","content":""}]}"#,
        expect![[
            r#"The field `messages[0].role` must be user, assistant or system, not "tool". (messages[0].role)"#
        ]],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}"#,
        expect!["messages[0].content: Field required (messages[0].content)"],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"text":"a"}]}]}"#,
        expect!["messages[0].content[0].type: Field required (messages[0].content[0].type)"],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":4}]}]}"#,
        expect![
            "The field `messages[0].content[0].text` must be a string, not a number. (messages[0].content[0].text)"
        ],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image"}]}]}]}"#,
        expect![
            "messages[0].content[0].content[0].source: Field required (messages[0].content[0].content[0].source)"
        ],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[],"stop_sequences":[1]}"#,
        expect!["The field `stop_sequences[0]` must be a string, not a number. (stop_sequences[0])"],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[],"tool_choice":{"type":"tool"}}"#,
        expect!["tool_choice.name: Field required (tool_choice.name)"],
    );
}

#[test]
fn a_claude_callers_request_is_understood() {
    let body = json!({
        "model": "claude-opus-4-7",
        "max_tokens": 9,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "redacted_thinking", "data": "xx"},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
            ]},
            {"role": "user", "content": [
                {"type": "text", "text": "and"},
                {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": "bad"},
                {"type": "image", "source": {"type": "file", "file_id": "f"}},
            ]},
        ],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}, {"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
        "metadata": {"user_id": "u"},
        "stop_sequences": ["x"],
        "top_k": 3,
        "stream": true,
        "service_tier": "auto",
    });
    let request = decode(body.to_string().as_bytes()).unwrap();
    expect![[r#"
        Request {
            origin: Anthropic,
            model: "claude-opus-4-7",
            messages: [
                Message {
                    role: System,
                    parts: [
                        Text {
                            text: "s",
                            rest: {
                                "cache_control": Object {
                                    "type": String("ephemeral"),
                                },
                            },
                        },
                    ],
                    name: None,
                    rest: {},
                },
                Message {
                    role: User,
                    parts: [
                        Text {
                            text: "q",
                            rest: {},
                        },
                    ],
                    name: None,
                    rest: {},
                },
                Message {
                    role: Assistant,
                    parts: [
                        Reasoning {
                            text: "hm",
                            rest: {
                                "signature": String("sig"),
                            },
                        },
                        Reasoning {
                            text: "",
                            rest: {
                                "data": String("xx"),
                            },
                        },
                        ToolUse {
                            id: "t1",
                            name: "f",
                            arguments: "{\"a\":1}",
                            rest: {},
                        },
                    ],
                    name: None,
                    rest: {},
                },
                Message {
                    role: Tool,
                    parts: [
                        ToolResult {
                            id: "t1",
                            content: [
                                Text {
                                    text: "bad",
                                    rest: {},
                                },
                            ],
                            is_error: true,
                            rest: {},
                        },
                    ],
                    name: None,
                    rest: {},
                },
                Message {
                    role: User,
                    parts: [
                        Text {
                            text: "and",
                            rest: {},
                        },
                        Other(
                            Object {
                                "type": String("image"),
                                "source": Object {
                                    "type": String("file"),
                                    "file_id": String("f"),
                                },
                            },
                        ),
                    ],
                    name: None,
                    rest: {},
                },
            ],
            tools: [
                Function {
                    name: "f",
                    description: None,
                    parameters: Some(
                        Object {
                            "type": String("object"),
                        },
                    ),
                    strict: None,
                    rest: {},
                },
                Hosted(
                    Object {
                        "type": String("web_search_20250305"),
                        "name": String("web_search"),
                    },
                ),
            ],
            tool_choice: Some(
                Auto,
            ),
            parallel_tool_calls: Some(
                false,
            ),
            max_tokens: Some(
                9,
            ),
            sampling: Sampling {
                temperature: None,
                top_p: None,
                top_k: Some(
                    3,
                ),
                seed: None,
                presence_penalty: None,
                frequency_penalty: None,
            },
            stop: [
                "x",
            ],
            format: JsonSchema {
                name: None,
                schema: Object {},
                strict: None,
                rest: {},
            },
            reasoning: Some(
                Effort(
                    "low",
                ),
            ),
            n: None,
            logprobs: None,
            top_logprobs: None,
            logit_bias: None,
            user: Some(
                "u",
            ),
            stream: true,
            include_usage: false,
            rest: {
                "service_tier": String("auto"),
                "thinking": Object {
                    "display": String("summarized"),
                },
            },
        }"#]]
    .assert_eq(&format!("{request:#?}"));
}

/// Adds `extra` as an unknown field to the `nth` object inside `value`; false when there are fewer.
fn mark(value: &mut Value, nth: &mut usize, extra: &Value) -> bool {
    match value {
        Value::Object(object) => {
            if *nth == 0 {
                object.insert("unknown_field".to_owned(), extra.clone());
                return true;
            }
            *nth -= 1;
            object.iter_mut().any(|(_, v)| mark(v, nth, extra))
        }
        Value::Array(values) => values.iter_mut().any(|v| mark(v, nth, extra)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn full_body() -> Value {
    json!({
        "model": "claude-sonnet-4-6",
        "max_tokens": 4000,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "look"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aa"}},
                {"type": "image", "source": {"type": "url", "url": "https://x/y"}},
                {"type": "image", "source": {"type": "file", "file_id": "f"}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "d"}},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "redacted_thinking", "data": "xx"},
                {"type": "text", "text": "a"},
                {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"q": "x"}},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": {"b": 1}}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [
                    {"type": "text", "text": "bad"}, {"type": "tool_reference", "tool_name": "x"},
                ]},
                {"type": "text", "text": "go on"},
            ]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t2", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2", "content": "ok"}]},
            {"role": "system", "content": [{"type": "text", "text": "mid"}]},
        ],
        "tools": [
            {"name": "f", "description": "d", "input_schema": {"type": "object", "properties": {"a": {}}}, "strict": true},
            {"type": "web_search_20250305", "name": "web_search", "user_location": {"city": "Oslo"}},
        ],
        "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": true},
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "metadata": {"user_id": "u"},
        "stop_sequences": ["x"],
        "stream": true,
        "context_management": {"edits": [{"type": "clear"}]},
        "mcp_servers": [{"name": "m"}],
    })
}

/// Objects compare by content; one text block and a plain string say the same.
fn settle(mut value: Value) -> Value {
    for message in value["messages"].as_array_mut().unwrap() {
        if let Some(text) = message["content"].as_str().map(str::to_owned) {
            message["content"] = json!([{"type": "text", "text": text}]);
        }
    }
    value
}

#[test]
fn a_claude_request_comes_back_out_as_it_went_in() {
    let body = full_body();
    let request = decode(body.to_string().as_bytes()).unwrap();
    let mut losses = Losses::new();
    let written = encode(&request, &target("claude-sonnet-4-6"), &mut losses).unwrap();
    assert_eq!(settle(written), settle(body));
    assert!(losses.is_empty(), "{losses}");
}

proptest! {
    #[test]
    fn a_field_from_the_future_survives_at_any_depth(
        at in 0usize..60,
        extra in prop_oneof![Just(json!(true)), Just(json!({"deep": [1, {"x": "y"}]})), Just(json!("text"))],
    ) {
        let mut body = full_body();
        let mut nth = at;
        let marked = mark(&mut body, &mut nth, &extra);
        let request = decode(body.to_string().as_bytes()).unwrap();
        let mut losses = Losses::new();
        let written = encode(&request, &target("claude-sonnet-4-6"), &mut losses).unwrap();
        prop_assert_eq!(written.to_string().contains("unknown_field"), marked);
        prop_assert_eq!(settle(written), settle(body));
        prop_assert!(losses.is_empty(), "{}", losses);
    }

    #[test]
    fn no_caller_can_crash_the_reader(
        key in prop::sample::select(vec![
            "system", "messages", "tools", "tool_choice", "thinking", "output_config", "metadata", "stop_sequences",
        ]),
        value in any_json(),
    ) {
        let mut body = full_body();
        body[key] = value;
        if let Ok(request) = decode(body.to_string().as_bytes()) {
            for model in ["claude-sonnet-4-6", "claude-3-haiku-20240307", "x"] {
                let _ = encode(&request, &target(model), &mut Losses::new());
                let foreign = Request { origin: Dialect::OpenAi, ..request.clone() };
                let _ = encode(&foreign, &target(model), &mut Losses::new());
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "user",
        "assistant",
        "system",
        "text",
        "image",
        "tool_use",
        "tool_result",
        "thinking",
        "auto",
        "tool",
        "adaptive",
        "enabled",
        "json_schema",
        "url",
        "x",
        "",
    ]);
    let key = prop::sample::select(vec![
        "type",
        "role",
        "content",
        "text",
        "source",
        "name",
        "id",
        "input",
        "tool_use_id",
        "input_schema",
        "schema",
        "format",
        "effort",
        "budget_tokens",
        "user_id",
        "thinking",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}
