//! Requests for Cohere: what would be lost or refused if they were miswritten.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use expect_test::{Expect, expect};
use handover_dialect::cohere::request::encode;
use handover_dialect::hub::{
    Choice, Format, Image, Losses, Message, Part, Reasoning, Request, Rest, Role, Sampling, Tool,
};
use handover_dialect::{Capabilities, Dialect, Overrides, Target, anthropic};
use serde_json::{Value, json};

fn target(model: &str) -> Target {
    Target {
        dialect: Dialect::Cohere,
        model: model.to_owned(),
        overrides: Overrides::default(),
        capabilities: Capabilities::default(),
        anthropic_version: "2023-06-01".to_owned(),
        refused_fields: Vec::new(),
    }
}

fn shown(request: &Request, model: &str) -> (Value, String) {
    let mut losses = Losses::new();
    match encode(request, &target(model), &mut losses) {
        Ok(body) => (body, format!("lost: {losses}")),
        Err(refused) => {
            (Value::Null, format!("refused: {} ({})", refused.reason, refused.param.unwrap_or_default()))
        }
    }
}

fn check(request: &Request, expected: Expect) {
    let (body, losses) = shown(request, "command-a-reasoning-08-2025");
    expected.assert_eq(&format!("{}\n{losses}", serde_json::to_string_pretty(&body).unwrap()));
}

/// One line: a body without what every request has.
fn brief(request: &Request, model: &str) -> String {
    let (mut body, losses) = shown(request, model);
    if let Some(object) = body.as_object_mut() {
        for key in ["model", "messages", "stream"] {
            object.shift_remove(key);
        }
    }
    format!("{body} {losses}")
}

fn text(text: &str) -> Part {
    Part::Text { text: text.to_owned(), rest: Rest::new() }
}

fn message(role: Role, parts: Vec<Part>) -> Message {
    Message { role, parts, name: None, rest: Rest::new() }
}

fn openai(messages: Vec<Message>) -> Request {
    Request {
        origin: Dialect::OpenAi,
        model: "m".to_owned(),
        messages,
        tools: Vec::new(),
        tool_choice: None,
        parallel_tool_calls: None,
        max_tokens: None,
        sampling: Sampling::default(),
        stop: Vec::new(),
        format: Format::Text,
        reasoning: None,
        n: None,
        logprobs: None,
        top_logprobs: None,
        logit_bias: None,
        user: None,
        stream: true,
        include_usage: false,
        rest: Rest::new(),
    }
}

fn question() -> Request {
    openai(vec![message(Role::User, vec![text("hi")])])
}

fn function(name: &str, strict: Option<bool>) -> Tool {
    Tool::Function { name: name.to_owned(), description: None, parameters: None, strict, rest: Rest::new() }
}

fn call(id: &str) -> Part {
    Part::ToolUse {
        id: id.to_owned(),
        name: "f".to_owned(),
        arguments: "{\"a\":1}".to_owned(),
        rest: Rest::new(),
    }
}

#[test]
fn an_openai_conversation_reaches_cohere_whole() {
    let result = Part::ToolResult {
        id: "a".to_owned(),
        content: vec![text("sunny")],
        is_error: false,
        rest: Rest::new(),
    };
    let image = Image::Data { media_type: "image/png".to_owned(), data: "iVBO".to_owned() };
    let mut request = openai(vec![
        message(Role::System, vec![text("Be brief.")]),
        message(Role::User, vec![text("Look:"), Part::Image { image, rest: Rest::new() }]),
        message(Role::Assistant, vec![text("I look it up."), call("a")]),
        message(Role::Tool, vec![result]),
        message(Role::Assistant, vec![text("It is "), text("sunny."), text("")]),
        message(Role::System, vec![text("Now hurry.")]),
        Message { name: Some("bob".to_owned()), ..message(Role::User, vec![text("And?")]) },
    ]);
    request.tools = vec![function("f", Some(true)), function("g", None)];
    request.tool_choice = Some(Choice::Named("f".to_owned()));
    request.parallel_tool_calls = Some(false);
    request.max_tokens = Some(100);
    request.stop = (0..6).map(|i| format!("s{i}")).collect();
    request.user = Some("u".to_owned());
    request.reasoning = Some(Reasoning::Effort("low".to_owned()));
    request.rest = json!({"store": true, "metadata": {"a": "b"}}).as_object().unwrap().clone();
    check(
        &request,
        expect![[r#"
            {
              "model": "command-a-reasoning-08-2025",
              "messages": [
                {
                  "role": "system",
                  "content": "Be brief.\n\nNow hurry."
                },
                {
                  "role": "user",
                  "content": [
                    {
                      "type": "text",
                      "text": "Look:"
                    },
                    {
                      "type": "image_url",
                      "image_url": {
                        "url": "data:image/png;base64,iVBO"
                      }
                    }
                  ]
                },
                {
                  "role": "assistant",
                  "tool_plan": "I look it up.",
                  "tool_calls": [
                    {
                      "id": "a",
                      "type": "function",
                      "function": {
                        "name": "f",
                        "arguments": "{\"a\":1}"
                      }
                    }
                  ]
                },
                {
                  "role": "tool",
                  "tool_call_id": "a",
                  "content": "sunny"
                },
                {
                  "role": "assistant",
                  "content": "It is sunny."
                },
                {
                  "role": "user",
                  "content": "And?"
                }
              ],
              "tools": [
                {
                  "type": "function",
                  "function": {
                    "name": "f",
                    "parameters": {
                      "type": "object",
                      "properties": {}
                    }
                  }
                }
              ],
              "strict_tools": true,
              "tool_choice": "REQUIRED",
              "thinking": {
                "type": "enabled",
                "token_budget": 2048
              },
              "max_tokens": 100,
              "stop_sequences": [
                "s0",
                "s1",
                "s2",
                "s3",
                "s4"
              ],
              "stream": true
            }
            lost: messages[5],messages[6].name,parallel_tool_calls,stop,user,store,metadata"#]],
    );
}

#[test]
fn what_the_caller_relies_on_is_refused_and_never_dropped() {
    let check = |change: &dyn Fn(&mut Request), expected: Expect| {
        let mut request = question();
        change(&mut request);
        expected.assert_eq(&brief(&request, "command-a-03-2025"));
    };
    check(&|r| r.n = Some(2), expect!["null refused: this provider gives one answer per request (n)"]);
    check(
        &|r| r.logprobs = Some(true),
        expect!["null refused: this provider gives no log probabilities of this form (logprobs)"],
    );
    check(
        &|r| r.logit_bias = Some(json!({"1": 2})),
        expect!["null refused: this provider takes no bias of tokens (logit_bias)"],
    );
    check(
        &|r| r.tools = vec![Tool::Hosted(json!({"type": "web_search"}))],
        expect![[r#"null refused: only its own provider can run a tool of type "web_search" (tools[0])"#]],
    );
    check(
        &|r| r.tools = vec![function("get-weather", None)],
        expect![[
            r#"null refused: this provider takes no tool named "get-weather": only letters, digits and _ may be used, and no digit first (tools[0].function.name)"#
        ]],
    );
    check(
        &|r| r.tools = vec![function("1st", None)],
        expect![[
            r#"null refused: this provider takes no tool named "1st": only letters, digits and _ may be used, and no digit first (tools[0].function.name)"#
        ]],
    );
    check(
        &|r| {
            r.tools = vec![function("f", None)];
            r.tool_choice = Some(Choice::Named("g".to_owned()));
        },
        expect!["null refused: the tool to be called is not among the tools (tool_choice)"],
    );
    check(
        &|r| r.messages = vec![message(Role::System, vec![text("s")])],
        expect!["null refused: this provider needs at least one message besides the system's (messages)"],
    );
    check(
        &|r| r.messages.push(message(Role::Assistant, vec![text("Once")])),
        expect!["null refused: this model does not continue a given assistant message (messages[1])"],
    );
    check(
        &|r| r.messages[0].parts.push(Part::Other(json!({"type": "file"}))),
        expect![[
            r#"null refused: this provider does not take content of type "file" (messages[0].content[1])"#
        ]],
    );
    check(
        &|r| {
            r.origin = Dialect::Anthropic;
            r.rest.insert("inference_geo".to_owned(), json!("eu"));
        },
        expect!["null refused: this provider cannot promise where data is processed (inference_geo)"],
    );
}

#[test]
fn tools_and_the_choice_among_them_are_kept() {
    let check = |choice: Option<Choice>, strict: [Option<bool>; 2], expected: Expect| {
        let mut request = question();
        request.tools = vec![function("f", strict[0]), function("g", strict[1])];
        request.tool_choice = choice;
        request.format = Format::JsonObject;
        let (body, losses) = shown(&request, "command-a-03-2025");
        let names: Vec<&str> = body["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["function"]["name"].as_str().unwrap())
            .collect();
        let found = format!("{names:?} {} {} {losses}", body["tool_choice"], body["strict_tools"]);
        expected.assert_eq(&found);
    };
    check(None, [None, None], expect![[r#"["f", "g"] null null lost: response_format"#]]);
    check(
        Some(Choice::Auto),
        [Some(true), Some(true)],
        expect![[r#"["f", "g"] null true lost: response_format"#]],
    );
    check(
        Some(Choice::None),
        [Some(true), None],
        expect![[r#"["f", "g"] "NONE" null lost: tools[0].function.strict,response_format"#]],
    );
    check(
        Some(Choice::Required),
        [None, Some(false)],
        expect![[r#"["f", "g"] "REQUIRED" null lost: response_format"#]],
    );
    check(
        Some(Choice::Named("g".to_owned())),
        [None, Some(true)],
        expect![[r#"["g"] "REQUIRED" true lost: response_format"#]],
    );
}

#[test]
fn limits_cost_a_loss_and_no_failure() {
    let check = |change: &dyn Fn(&mut Request), model: &str, expected: Expect| {
        let mut request = question();
        change(&mut request);
        expected.assert_eq(&brief(&request, model));
    };
    let model = "command-a-03-2025";
    let all = Sampling {
        temperature: Some(1.5),
        top_p: Some(1.0),
        top_k: Some(900),
        seed: Some(-1),
        presence_penalty: Some(-1.0),
        frequency_penalty: Some(0.0),
    };
    check(
        &|r| r.sampling = all.clone(),
        model,
        expect![[
            r#"{"temperature":1.0,"p":0.99,"presence_penalty":0.0,"k":500} lost: temperature,presence_penalty,top_k,seed"#
        ]],
    );
    let both = Sampling {
        seed: Some(7),
        presence_penalty: Some(0.5),
        frequency_penalty: Some(0.5),
        ..Sampling::default()
    };
    check(
        &|r| r.sampling = both.clone(),
        model,
        expect![[r#"{"frequency_penalty":0.5,"seed":7} lost: presence_penalty"#]],
    );
    check(
        &|r| r.format = Format::JsonObject,
        model,
        expect![[r#"{"response_format":{"type":"json_object"}} lost: "#]],
    );
    let schema =
        Format::JsonSchema { name: None, schema: json!({"type": "object"}), strict: None, rest: Rest::new() };
    check(
        &|r| r.format = schema.clone(),
        model,
        expect![[r#"{"response_format":{"type":"json_object","json_schema":{"type":"object"}}} lost: "#]],
    );
    check(&|r| r.reasoning = Some(Reasoning::Off), model, expect!["{} lost: "]);
    check(&|r| r.reasoning = Some(Reasoning::Adaptive), model, expect!["{} lost: reasoning_effort"]);
    let thinks = "command-a-reasoning-08-2025";
    check(
        &|r| r.reasoning = Some(Reasoning::Off),
        thinks,
        expect![[r#"{"thinking":{"type":"disabled"}} lost: "#]],
    );
    check(
        &|r| r.reasoning = Some(Reasoning::Budget(9)),
        thinks,
        expect![[r#"{"thinking":{"type":"enabled","token_budget":9}} lost: "#]],
    );
    check(
        &|r| r.reasoning = Some(Reasoning::Effort("max".to_owned())),
        thinks,
        expect![[r#"{"thinking":{"type":"enabled"}} lost: "#]],
    );
}

#[test]
fn a_claude_caller_is_told_of_losses_in_its_own_words() {
    let body = json!({
        "model": "claude-opus-4-7",
        "max_tokens": 9,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}, "x": 1}],
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}, "caller": {"type": "direct"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": "bad"},
                {"type": "text", "text": "go on", "y": 1},
            ], "z": 1},
            {"role": "assistant", "content": "well"},
            {"role": "user", "content": [{"type": "text", "text": "and", "citations": [1]}]},
        ],
        "tools": [{"name": "f", "input_schema": {"type": "object"}, "input_examples": [{"a": 1}]}],
        "metadata": {"user_id": "u"},
        "thinking": {"type": "adaptive", "display": "summarized"},
        "service_tier": "auto",
    });
    let request = anthropic::request::decode(body.to_string().as_bytes()).unwrap();
    check(
        &request,
        expect![[r#"
            {
              "model": "command-a-reasoning-08-2025",
              "messages": [
                {
                  "role": "system",
                  "content": "s"
                },
                {
                  "role": "user",
                  "content": "q"
                },
                {
                  "role": "assistant",
                  "tool_calls": [
                    {
                      "id": "t1",
                      "type": "function",
                      "function": {
                        "name": "f",
                        "arguments": "{\"a\":1}"
                      }
                    }
                  ]
                },
                {
                  "role": "tool",
                  "tool_call_id": "t1",
                  "content": "The tool failed: bad"
                },
                {
                  "role": "user",
                  "content": "go on"
                },
                {
                  "role": "assistant",
                  "content": "well"
                },
                {
                  "role": "user",
                  "content": "and"
                }
              ],
              "tools": [
                {
                  "type": "function",
                  "function": {
                    "name": "f",
                    "parameters": {
                      "type": "object"
                    }
                  }
                }
              ],
              "thinking": {
                "type": "enabled"
              },
              "max_tokens": 9,
              "stream": false
            }
            lost: system[0].x,reasoning,messages[1].content[1].caller,messages[2].z,messages[2].content[1].y,messages[4].content[0].citations,tools[0].input_examples,metadata.user_id,service_tier,thinking.display"#]],
    );
}
