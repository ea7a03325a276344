//! Requests for Anthropic: what would be lost or refused if they were miswritten.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use expect_test::{Expect, expect, expect_file};
use handover_dialect::anthropic::request::encode;
use handover_dialect::hub::{
    Choice, Format, Image, Losses, Message, Part, Reasoning, Request, Rest, Role, Sampling, Tool,
};
use handover_dialect::{Capabilities, Dialect, Overrides, Target};
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
                    rest: rest(
                        json!({"image_url": {"detail": "high"}, "cache_control": {"type": "ephemeral"}}),
                    ),
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
    expect_file!["./goldens/anthropic_from_openai.txt"]
        .assert_eq(&shown(&request, &target("claude-sonnet-4-6")));
}

#[test]
fn what_the_caller_relies_on_is_refused_and_never_dropped() {
    let check = |change: &dyn Fn(&mut Request), expected: Expect| {
        let mut request = question();
        change(&mut request);
        expected.assert_eq(&brief(&request, &target("claude-opus-4-7")));
    };
    check(&|r| r.n = Some(2), expect!["refused: this provider gives one answer per request (n)"]);
    check(
        &|r| r.logprobs = Some(true),
        expect!["refused: this provider gives no log probabilities of this form (logprobs)"],
    );
    check(
        &|r| r.logit_bias = Some(json!({"50256": -100})),
        expect!["refused: this provider takes no bias of tokens (logit_bias)"],
    );
    check(
        &|r| r.tools = vec![Tool::Hosted(json!({"type": "web_search"}))],
        expect![[r#"refused: only its own provider can run a tool of type "web_search" (tools[0])"#]],
    );
    check(
        &|r| r.tools = vec![function("a b", None)],
        expect![[
            r#"refused: this provider takes no tool named "a b": only letters, digits, _ and - may be used (tools[0].function.name)"#
        ]],
    );
    check(
        &|r| r.rest = rest(json!({"tool_choice": {"type": "allowed_tools"}})),
        expect![[r#"refused: this provider does not take the type "allowed_tools" (tool_choice)"#]],
    );
    check(
        &|r| r.rest = rest(json!({"web_search_options": {"a": 1}})),
        expect!["refused: only its own provider can run this search (web_search_options)"],
    );
    check(
        &|r| r.messages.clear(),
        expect!["refused: this provider needs at least one message besides the system's (messages)"],
    );
    check(
        &|r| r.messages = vec![message(Role::System, vec![text("s")])],
        expect!["refused: this provider needs at least one message besides the system's (messages)"],
    );
    check(
        &|r| r.messages.push(message(Role::Assistant, vec![text("Once")])),
        expect!["refused: this model does not continue a given assistant message (messages[1])"],
    );
    check(
        &|r| r.messages.push(message(Role::Assistant, vec![call("a")])),
        expect!["refused: the result of the last tool call is missing (messages[1])"],
    );
    check(
        &|r| r.messages[0].parts.push(Part::Other(json!({"type": "input_audio", "input_audio": {}}))),
        expect![[
            r#"refused: this provider does not take content of type "input_audio" (messages[0].content[1])"#
        ]],
    );
    check(
        &|r| {
            let image = Image::Data { media_type: "image/tiff".to_owned(), data: String::new() };
            r.messages[0].parts.push(Part::Image { image, rest: Rest::new() });
        },
        expect![[
            r#"refused: this provider reads jpeg, png, gif and webp pictures, not "image/tiff" (messages[0].content[1])"#
        ]],
    );
}

#[test]
fn a_pdf_is_still_a_document() {
    let mut request = question();
    request.messages[0].parts.push(Part::Other(json!({
        "type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE", "filename": "a.pdf"},
    })));
    check(
        &request,
        "claude-opus-4-7",
        expect![[r#"
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
        lost: "#]],
    );
}

#[test]
fn a_given_beginning_is_continued_exactly_or_not_at_all() {
    let begun = |words: &str| {
        let mut request = question();
        request.messages.push(message(Role::Assistant, vec![text(words)]));
        request
    };
    check(
        &begun("Once upon "),
        "claude-haiku-4-5",
        expect![[r#"
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
        lost: messages[1].content"#]],
    );
    let check = |request: &Request, model: &str, expected: Expect| {
        expected.assert_eq(&brief(request, &target(model)));
    };
    check(
        &begun("Once"),
        "claude-sonnet-4-6",
        expect!["refused: this model does not continue a given assistant message (messages[1])"],
    );
    let mut thinking = begun("Once");
    thinking.reasoning = Some(Reasoning::Effort("high".to_owned()));
    check(&thinking, "claude-haiku-4-5", expect![[r#"{"max_tokens":1000} lost: reasoning_effort"#]]);
    let mut json = begun("{");
    json.format = Format::JsonSchema { name: None, schema: json!({}), strict: None, rest: Rest::new() };
    check(
        &json,
        "claude-haiku-4-5",
        expect![
            "refused: this model cannot continue a given beginning within a JSON schema (response_format)"
        ],
    );
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
    check(
        effort("high"),
        "claude-3-5-haiku-20241022",
        8000,
        expect![[r#"{"temperature":0.5,"max_tokens":8000} lost: reasoning_effort"#]],
    );
    check(
        effort("high"),
        "claude-haiku-4-5",
        64_000,
        expect![[
            r#"{"thinking":{"type":"enabled","budget_tokens":16384},"max_tokens":64000} lost: temperature"#
        ]],
    );
    check(
        effort("high"),
        "claude-haiku-4-5",
        4000,
        expect![[
            r#"{"thinking":{"type":"enabled","budget_tokens":2000},"max_tokens":4000} lost: temperature"#
        ]],
    );
    check(
        effort("low"),
        "claude-haiku-4-5",
        1000,
        expect![[r#"{"temperature":0.5,"max_tokens":1000} lost: reasoning_effort"#]],
    );
    check(
        effort("minimal"),
        "claude-opus-4-7",
        1000,
        expect![[
            r#"{"output_config":{"effort":"low"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#
        ]],
    );
    check(
        effort("xhigh"),
        "claude-opus-4-6",
        1000,
        expect![[
            r#"{"output_config":{"effort":"high"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#
        ]],
    );
    check(
        effort("xhigh"),
        "claude-opus-4-7",
        1000,
        expect![[
            r#"{"output_config":{"effort":"xhigh"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#
        ]],
    );
    check(
        Reasoning::Budget(9000),
        "claude-opus-4-7",
        1000,
        expect![[
            r#"{"output_config":{"effort":"medium"},"max_tokens":1000,"thinking":{"type":"adaptive"}} lost: temperature"#
        ]],
    );
    check(
        Reasoning::Adaptive,
        "claude-opus-4-7",
        1000,
        expect![[r#"{"thinking":{"type":"adaptive"},"max_tokens":1000} lost: temperature"#]],
    );
    check(
        Reasoning::Off,
        "claude-opus-4-7",
        1000,
        expect![[r#"{"thinking":{"type":"disabled"},"max_tokens":1000} lost: temperature"#]],
    );
    check(
        Reasoning::Off,
        "claude-fable-1",
        1000,
        expect![[r#"{"max_tokens":1000} lost: reasoning_effort,temperature"#]],
    );
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
    check(
        Format::JsonObject,
        "claude-opus-4-7",
        expect![[r#"{"system":"Answer with one JSON object and nothing else.","max_tokens":1000} lost: "#]],
    );
    check(
        by_schema(),
        "claude-opus-4-7",
        expect![[
            r#"{"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"type":{"type":"object","properties":{"properties":{"type":"string"}},"additionalProperties":false},"list":{"type":"array","items":{"anyOf":[{"type":["object","null"],"additionalProperties":false}]}}},"additionalProperties":false}}},"max_tokens":1000} lost: response_format.json_schema.schema"#
        ]],
    );
    check(
        by_schema(),
        "claude-3-5-haiku-20241022",
        expect![[
            r#"{"system":"Answer with one JSON object and nothing else. It must be valid against this JSON schema:\n{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"object\",\"properties\":{\"properties\":{\"type\":\"string\"}}},\"list\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":[\"object\",\"null\"],\"additionalProperties\":true}]}}},\"additionalProperties\":false}","max_tokens":1000} lost: response_format"#
        ]],
    );
}

#[test]
fn limits_of_a_model_or_version_cost_a_loss_and_no_failure() {
    let mut request = question();
    request.max_tokens = None;
    request.sampling =
        Sampling { temperature: Some(0.5), top_p: Some(0.5), top_k: Some(3), ..Sampling::default() };
    let check =
        |request: &Request, target: &Target, expected: Expect| expected.assert_eq(&brief(request, target));
    check(
        &request,
        &target("claude-3-haiku-20240307"),
        expect![[r#"{"top_k":3,"max_tokens":4096,"top_p":0.5,"temperature":0.5} lost: "#]],
    );
    check(
        &request,
        &target("claude-haiku-4-5"),
        expect![[r#"{"top_k":3,"max_tokens":64000,"temperature":0.5} lost: top_p"#]],
    );
    check(
        &request,
        &target("claude-opus-4-7"),
        expect![[r#"{"max_tokens":64000} lost: temperature,top_k,top_p"#]],
    );
    check(
        &request,
        &target("qwen3:8b"),
        expect![[r#"{"top_k":3,"max_tokens":4096,"top_p":0.5,"temperature":0.5} lost: "#]],
    );
    let newer = Target { anthropic_version: "2026-10-21".to_owned(), ..target("claude-haiku-4-5") };
    check(&request, &newer, expect![[r#"{"max_tokens":64000} lost: temperature,top_k,top_p"#]]);
    let taught =
        Target { refused_fields: vec!["top_k".to_owned(), "max_tokens".to_owned()], ..target("qwen3:8b") };
    check(&request, &taught, expect![[r#"{"top_p":0.5,"max_tokens":4096,"temperature":0.5} lost: top_k"#]]);
    request.max_tokens = Some(100_000);
    check(
        &request,
        &target("claude-3-haiku-20240307"),
        expect![[r#"{"top_k":3,"max_tokens":4096,"top_p":0.5,"temperature":0.5} lost: max_tokens"#]],
    );
}

#[test]
fn a_conversation_that_claude_opens_is_still_accepted() {
    let request = openai(vec![
        message(Role::Assistant, vec![text("Hello, I am Eve.")]),
        message(Role::User, vec![text("hi")]),
    ]);
    check(
        &request,
        "claude-opus-4-7",
        expect![[r#"
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
        lost: messages[0]"#]],
    );
}
