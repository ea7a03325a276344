//! Anthropic requests: what would be lost or refused if a body were misread, or miswritten for a provider.

use expect_test::{Expect, expect};
use handover_dialect::anthropic::request::{decode, encode};
use handover_dialect::hub::{
    Choice, Format, Image, Losses, Message, Part, Reasoning, Request, Rest, Role, Sampling, Tool,
};
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

fn shown(request: &Request, target: &Target) -> String {
    let mut losses = Losses::new();
    match encode(request, target, &mut losses) {
        Ok(body) => format!("{}\nlost: {losses}", serde_json::to_string_pretty(&body).unwrap()),
        Err(refused) => format!("refused: {} ({})", refused.reason, refused.param.unwrap_or_default()),
    }
}

fn check(request: &Request, model: &str, expected: Expect) {
    expected.assert_eq(&shown(request, &target(model)));
}

/// One line: a body without what every request has.
fn brief(request: &Request, target: &Target) -> String {
    let mut losses = Losses::new();
    match encode(request, target, &mut losses) {
        Ok(mut body) => {
            let object = body.as_object_mut().unwrap();
            for key in ["model", "messages"] {
                object.remove(key);
            }
            format!("{body} lost: {losses}")
        }
        Err(refused) => format!("refused: {} ({})", refused.reason, refused.param.unwrap_or_default()),
    }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.to_owned(), rest: Rest::new() }
}

fn message(role: Role, parts: Vec<Part>) -> Message {
    Message { role, parts, name: None, rest: Rest::new() }
}

fn rest(value: Value) -> Rest {
    value.as_object().unwrap().clone()
}

/// What an OpenAI caller's plain question becomes.
fn openai(messages: Vec<Message>) -> Request {
    Request {
        origin: Dialect::OpenAi,
        model: "m".to_owned(),
        messages,
        tools: Vec::new(),
        tool_choice: None,
        parallel_tool_calls: None,
        max_tokens: Some(1000),
        sampling: Sampling::default(),
        stop: Vec::new(),
        format: Format::Text,
        reasoning: None,
        n: None,
        logprobs: None,
        top_logprobs: None,
        logit_bias: None,
        user: None,
        stream: false,
        include_usage: false,
        rest: Rest::new(),
    }
}

fn question() -> Request {
    openai(vec![message(Role::User, vec![text("hi")])])
}

fn function(name: &str, strict: Option<bool>) -> Tool {
    let parameters = Some(json!({"properties": {"city": {"type": "string"}}}));
    Tool::Function {
        name: name.to_owned(),
        description: Some("d".to_owned()),
        parameters,
        strict,
        rest: Rest::new(),
    }
}

fn call(id: &str) -> Part {
    Part::ToolUse {
        id: id.to_owned(),
        name: "f".to_owned(),
        arguments: "{\"a\":1}".to_owned(),
        rest: Rest::new(),
    }
}

fn result(id: &str, said: &str) -> Message {
    let part =
        Part::ToolResult { id: id.to_owned(), content: vec![text(said)], is_error: false, rest: Rest::new() };
    message(Role::Tool, vec![part])
}

#[test]
fn an_openai_conversation_reaches_claude_whole() {
    let mut request = openai(vec![
        message(Role::System, vec![text("Be brief.")]),
        message(Role::System, vec![text("Be kind.")]),
        message(
            Role::User,
            vec![
                text("Look:"),
                text(""),
                Part::Image {
                    image: Image::Data { media_type: "image/png".to_owned(), data: "iVBO".to_owned() },
                    rest: rest(json!({"detail": "high"})),
                },
                Part::Image { image: Image::Url("https://x/y.png".to_owned()), rest: Rest::new() },
            ],
        ),
        Message { name: Some("bob".to_owned()), ..message(Role::User, vec![text("Well?")]) },
        message(
            Role::Assistant,
            vec![
                Part::Reasoning { text: "hm".to_owned(), rest: Rest::new() },
                text("I look it up."),
                call("functions.f:0"),
                call("call_2"),
            ],
        ),
        result("functions.f:0", "sunny"),
        result("call_2", ""),
        message(Role::System, vec![text("Now hurry.")]),
        message(Role::User, vec![text("And?")]),
    ]);
    request.tools = vec![function("f", Some(true))];
    request.tool_choice = Some(Choice::Required);
    request.parallel_tool_calls = Some(false);
    request.stop = vec!["END".to_owned(), "\n".to_owned()];
    request.sampling = Sampling {
        temperature: Some(1.5),
        top_p: Some(1.0),
        seed: Some(1),
        presence_penalty: Some(0.0),
        frequency_penalty: Some(0.5),
        top_k: None,
    };
    request.user = Some("u1".to_owned());
    request.stream = true;
    request.rest = rest(json!({"metadata": {"a": "b"}, "store": null, "service_tier": "flex"}));
    check(&request, "claude-sonnet-4-6", expect![[r#"
        {
          "model": "claude-sonnet-4-6",
          "max_tokens": 1000,
          "system": [
            {
              "type": "text",
              "text": "Be brief."
            },
            {
              "type": "text",
              "text": "Be kind."
            }
          ],
          "messages": [
            {
              "role": "user",
              "content": [
                {
                  "type": "text",
                  "text": "Look:"
                },
                {
                  "type": "image",
                  "source": {
                    "type": "base64",
                    "media_type": "image/png",
                    "data": "iVBO"
                  }
                },
                {
                  "type": "image",
                  "source": {
                    "type": "url",
                    "url": "https://x/y.png"
                  }
                },
                {
                  "type": "text",
                  "text": "Well?"
                }
              ]
            },
            {
              "role": "assistant",
              "content": [
                {
                  "type": "text",
                  "text": "I look it up."
                },
                {
                  "type": "tool_use",
                  "id": "toolu_4be0e962e9dcd7b8",
                  "name": "f",
                  "input": {
                    "a": 1
                  }
                },
                {
                  "type": "tool_use",
                  "id": "call_2",
                  "name": "f",
                  "input": {
                    "a": 1
                  }
                }
              ]
            },
            {
              "role": "user",
              "content": [
                {
                  "type": "tool_result",
                  "tool_use_id": "toolu_4be0e962e9dcd7b8",
                  "content": "sunny"
                },
                {
                  "type": "tool_result",
                  "tool_use_id": "call_2"
                },
                {
                  "type": "text",
                  "text": "<system>\nNow hurry.\n</system>"
                },
                {
                  "type": "text",
                  "text": "And?"
                }
              ]
            }
          ],
          "tools": [
            {
              "name": "f",
              "description": "d",
              "input_schema": {
                "type": "object",
                "properties": {
                  "city": {
                    "type": "string"
                  }
                }
              },
              "strict": true
            }
          ],
          "tool_choice": {
            "type": "any",
            "disable_parallel_tool_use": true
          },
          "temperature": 1.0,
          "stop_sequences": [
            "END"
          ],
          "metadata": {
            "user_id": "u1"
          },
          "stream": true
        }
        lost: messages[2].content[2].detail,messages[3].name,reasoning,messages[7],seed,frequency_penalty,temperature,stop,metadata,service_tier"#]]);
}

#[test]
fn what_the_caller_relies_on_is_refused_and_never_dropped() {
    let check = |change: &dyn Fn(&mut Request), expected: Expect| {
        let mut request = question();
        change(&mut request);
        expected.assert_eq(&brief(&request, &target("claude-opus-4-7")));
    };
    check(&|r| r.n = Some(2), expect!["refused: this provider gives one answer per request (n)"]);
    check(&|r| r.logprobs = Some(true), expect!["refused: this provider gives no log probabilities (logprobs)"]);
    check(&|r| r.logit_bias = Some(json!({"50256": -100})), expect!["refused: this provider takes no bias of tokens (logit_bias)"]);
    check(&|r| r.tools = vec![Tool::Hosted(json!({"type": "web_search"}))], expect![[r#"refused: only its own provider can run a tool of type "web_search" (tools[0])"#]]);
    check(&|r| r.tools = vec![function("a b", None)], expect![[r#"refused: this provider takes no tool named "a b": only letters, digits, _ and - may be used (tools[0].function.name)"#]]);
    check(&|r| r.rest = rest(json!({"web_search_options": {"a": 1}})), expect!["refused: only its own provider can run this search (web_search_options)"]);
    check(&|r| r.messages.clear(), expect!["refused: this provider needs at least one message besides the system's (messages)"]);
    check(&|r| r.messages = vec![message(Role::System, vec![text("s")])], expect!["refused: this provider needs at least one message besides the system's (messages)"]);
    check(&|r| r.messages.push(message(Role::Assistant, vec![text("Once")])), expect!["refused: this model does not continue a given assistant message (messages[1])"]);
    check(&|r| r.messages.push(message(Role::Assistant, vec![call("a")])), expect!["refused: the result of the last tool call is missing (messages[1])"]);
    check(
        &|r| r.messages[0].parts.push(Part::Other(json!({"type": "input_audio", "input_audio": {}}))),
        expect![[r#"refused: this provider does not take content of type "input_audio" (messages[0].content[1])"#]],
    );
    check(
        &|r| {
            let image = Image::Data { media_type: "image/tiff".to_owned(), data: String::new() };
            r.messages[0].parts.push(Part::Image { image, rest: Rest::new() });
        },
        expect![[r#"refused: this provider reads jpeg, png, gif and webp pictures, not "image/tiff" (messages[0].content[1])"#]],
    );
}

#[test]
fn a_pdf_is_still_a_document() {
    let mut request = question();
    request.messages[0].parts.push(Part::Other(json!({
        "type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE", "filename": "a.pdf"},
    })));
    check(&request, "claude-opus-4-7", expect![[r#"
        {
          "model": "claude-opus-4-7",
          "max_tokens": 1000,
          "messages": [
            {
              "role": "user",
              "content": [
                {
                  "type": "text",
                  "text": "hi"
                },
                {
                  "type": "document",
                  "source": {
                    "type": "base64",
                    "media_type": "application/pdf",
                    "data": "JVBE"
                  },
                  "title": "a.pdf"
                }
              ]
            }
          ]
        }
        lost: "#]]);
}

#[test]
fn a_given_beginning_is_continued_exactly_or_not_at_all() {
    let begun = |words: &str| {
        let mut request = question();
        request.messages.push(message(Role::Assistant, vec![text(words)]));
        request
    };
    check(&begun("Once upon "), "claude-haiku-4-5", expect![[r#"
        {
          "model": "claude-haiku-4-5",
          "max_tokens": 1000,
          "messages": [
            {
              "role": "user",
              "content": "hi"
            },
            {
              "role": "assistant",
              "content": "Once upon"
            }
          ]
        }
        lost: messages[1].content"#]]);
    let check = |request: &Request, model: &str, expected: Expect| {
        expected.assert_eq(&brief(request, &target(model)));
    };
    check(&begun("Once"), "claude-sonnet-4-6", expect!["refused: this model does not continue a given assistant message (messages[1])"]);
    let mut thinking = begun("Once");
    thinking.reasoning = Some(Reasoning::Effort("high".to_owned()));
    check(&thinking, "claude-haiku-4-5", expect![[r#"{"max_tokens":1000} lost: reasoning_effort"#]]);
    let mut json = begun("{");
    json.format = Format::JsonSchema { name: None, schema: json!({}), strict: None, rest: Rest::new() };
    check(&json, "claude-haiku-4-5", expect!["refused: this model cannot continue a given beginning within a JSON schema (response_format)"]);
}

#[test]
fn every_model_is_asked_to_think_in_its_own_way() {
    let check = |reasoning: Reasoning, model: &str, max_tokens: u64, expected: Expect| {
        let mut request = question();
        request.reasoning = Some(reasoning);
        request.max_tokens = Some(max_tokens);
        request.sampling.temperature = Some(0.5);
        expected.assert_eq(&brief(&request, &target(model)));
    };
    let effort = |level: &str| Reasoning::Effort(level.to_owned());
    check(effort("high"), "claude-3-5-haiku-20241022", 8000, expect![[r#"{"temperature":0.5,"max_tokens":8000} lost: reasoning_effort"#]]);
    check(effort("high"), "claude-haiku-4-5", 64_000, expect![[r#"{"thinking":{"type":"enabled","budget_tokens":16384},"max_tokens":64000} lost: temperature"#]]);
    check(effort("high"), "claude-haiku-4-5", 4000, expect![[r#"{"thinking":{"type":"enabled","budget_tokens":2000},"max_tokens":4000} lost: temperature"#]]);
    check(effort("low"), "claude-haiku-4-5", 1000, expect![[r#"{"temperature":0.5,"max_tokens":1000} lost: reasoning_effort"#]]);
    check(effort("minimal"), "claude-opus-4-7", 1000, expect![[r#"{"output_config":{"effort":"low"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#]]);
    check(effort("xhigh"), "claude-opus-4-6", 1000, expect![[r#"{"output_config":{"effort":"high"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#]]);
    check(effort("xhigh"), "claude-opus-4-7", 1000, expect![[r#"{"output_config":{"effort":"xhigh"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#]]);
    check(Reasoning::Budget(9000), "claude-opus-4-7", 1000, expect![[r#"{"output_config":{"effort":"medium"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#]]);
    check(Reasoning::Adaptive, "claude-opus-4-7", 1000, expect![[r#"{"thinking":{"type":"adaptive"},"max_tokens":1000} lost: temperature"#]]);
    check(Reasoning::Off, "claude-opus-4-7", 1000, expect![[r#"{"thinking":{"type":"disabled"},"max_tokens":1000} lost: temperature"#]]);
    check(Reasoning::Off, "claude-fable-1", 1000, expect![[r#"{"max_tokens":1000} lost: reasoning_effort,temperature"#]]);
}

#[test]
fn the_shape_of_the_answer_is_kept() {
    let check = |format: Format, model: &str, expected: Expect| {
        let mut request = question();
        request.format = format;
        expected.assert_eq(&brief(&request, &target(model)));
    };
    let schema = json!({
        "type": "object",
        "properties": {
            "type": {"type": "object", "properties": {"properties": {"type": "string"}}},
            "list": {"type": "array", "items": {"anyOf": [{"type": ["object", "null"], "additionalProperties": true}]}},
        },
        "additionalProperties": false,
    });
    let by_schema = || Format::JsonSchema {
        name: Some("n".to_owned()),
        schema: schema.clone(),
        strict: Some(true),
        rest: Rest::new(),
    };
    check(Format::JsonObject, "claude-opus-4-7", expect![[r#"{"system":"Answer with one JSON object and nothing else.","max_tokens":1000} lost: "#]]);
    check(by_schema(), "claude-opus-4-7", expect![[r#"{"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"type":{"type":"object","properties":{"properties":{"type":"string"}},"additionalProperties":false},"list":{"type":"array","items":{"anyOf":[{"type":["object","null"],"additionalProperties":false}]}}},"additionalProperties":false}}},"max_tokens":1000} lost: response_format.json_schema.schema"#]]);
    check(by_schema(), "claude-3-5-haiku-20241022", expect![[r#"{"system":"Answer with one JSON object and nothing else. It must be valid against this JSON schema:\n{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"object\",\"properties\":{\"properties\":{\"type\":\"string\"}}},\"list\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":[\"object\",\"null\"],\"additionalProperties\":true}]}}},\"additionalProperties\":false}","max_tokens":1000} lost: response_format"#]]);
}

#[test]
fn limits_of_a_model_or_version_cost_a_loss_and_no_failure() {
    let mut request = question();
    request.max_tokens = None;
    request.sampling =
        Sampling { temperature: Some(0.5), top_p: Some(0.5), top_k: Some(3), ..Sampling::default() };
    let check =
        |request: &Request, target: &Target, expected: Expect| expected.assert_eq(&brief(request, target));
    check(&request, &target("claude-3-haiku-20240307"), expect![[r#"{"top_k":3,"max_tokens":4096,"top_p":0.5,"temperature":0.5} lost: "#]]);
    check(&request, &target("claude-haiku-4-5"), expect![[r#"{"top_k":3,"max_tokens":64000,"temperature":0.5} lost: top_p"#]]);
    check(&request, &target("claude-opus-4-7"), expect![[r#"{"max_tokens":64000} lost: temperature,top_k,top_p"#]]);
    check(&request, &target("qwen3:8b"), expect![[r#"{"top_k":3,"max_tokens":4096,"top_p":0.5,"temperature":0.5} lost: "#]]);
    let newer = Target { anthropic_version: "2026-10-21".to_owned(), ..target("claude-haiku-4-5") };
    check(&request, &newer, expect![[r#"{"max_tokens":64000} lost: temperature,top_k,top_p"#]]);
    let taught =
        Target { refused_fields: vec!["top_k".to_owned(), "max_tokens".to_owned()], ..target("qwen3:8b") };
    check(&request, &taught, expect![[r#"{"top_p":0.5,"max_tokens":4096,"temperature":0.5} lost: top_k"#]]);
    request.max_tokens = Some(100_000);
    check(&request, &target("claude-3-haiku-20240307"), expect![[r#"{"top_k":3,"max_tokens":4096,"top_p":0.5,"temperature":0.5} lost: max_tokens"#]]);
}

#[test]
fn a_conversation_that_claude_opens_is_still_accepted() {
    let request = openai(vec![
        message(Role::Assistant, vec![text("Hello, I am Eve.")]),
        message(Role::User, vec![text("hi")]),
    ]);
    check(&request, "claude-opus-4-7", expect![[r#"
        {
          "model": "claude-opus-4-7",
          "max_tokens": 1000,
          "messages": [
            {
              "role": "user",
              "content": "(The conversation begins with your own words.)"
            },
            {
              "role": "assistant",
              "content": "Hello, I am Eve."
            },
            {
              "role": "user",
              "content": "hi"
            }
          ]
        }
        lost: messages[0]"#]]);
}

#[test]
fn a_wrong_body_is_told_with_its_place() {
    let check = |body: &str, expected: Expect| {
        let error = decode(body.as_bytes()).unwrap_err();
        assert_eq!(error.status(), 400);
        expected.assert_eq(&format!("{} ({})", error.message, error.param.unwrap_or_default()));
    };
    check("{", expect!["The request body is not valid JSON: EOF while parsing an object at line 1 column 1. ()"]);
    check("[]", expect!["The request body must be an object, not a list. ()"]);
    check("{}", expect!["model: Field required (model)"]);
    check(r#"{"model":1}"#, expect!["The field `model` must be a string, not a number. (model)"]);
    check(r#"{"model":"m"}"#, expect!["messages: Field required (messages)"]);
    check(r#"{"model":"m","messages":[]}"#, expect!["max_tokens: Field required (max_tokens)"]);
    check(r#"{"model":"m","messages":[],"max_tokens":1.5}"#, expect!["The field `max_tokens` must be a whole number, 0 or more. (max_tokens)"]);
    check(r#"{"model":"m","max_tokens":1,"messages":[1]}"#, expect!["The field `messages[0]` must be an object, not a number. (messages[0])"]);
    check(r#"{"model":"m","max_tokens":1,"messages":[{"role":"tool","content":""}]}"#, expect![[r#"The field `messages[0].role` must be user, assistant or system, not "tool". (messages[0].role)"#]]);
    check(r#"{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}"#, expect!["messages[0].content: Field required (messages[0].content)"]);
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"text":"a"}]}]}"#,
        expect!["messages[0].content[0].type: Field required (messages[0].content[0].type)"],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":4}]}]}"#,
        expect!["The field `messages[0].content[0].text` must be a string, not a number. (messages[0].content[0].text)"],
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image"}]}]}]}"#,
        expect!["messages[0].content[0].content[0].source: Field required (messages[0].content[0].content[0].source)"],
    );
    check(r#"{"model":"m","max_tokens":1,"messages":[],"stop_sequences":[1]}"#, expect!["The field `stop_sequences[0]` must be a string, not a number. (stop_sequences[0])"]);
    check(r#"{"model":"m","max_tokens":1,"messages":[],"tool_choice":{"type":"tool"}}"#, expect!["tool_choice.name: Field required (tool_choice.name)"]);
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
        }"#]].assert_eq(&format!("{request:#?}"));
}

/// Adds `extra` as an unknown field to the `nth` object of `value` that may hold one. Arguments of tools and schemas
/// are the caller's own data and are kept as a whole.
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
