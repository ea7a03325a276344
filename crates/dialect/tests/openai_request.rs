//! What a caller of OpenAI's dialect asks for must reach the provider, whatever dialect either of them speaks.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use expect_test::expect_file;
use handover_dialect::hub::{
    Choice, Format, Image, Losses, Message, Part, Reasoning, Request, Rest, Role, Tool,
};
use handover_dialect::openai::request::{decode, encode};
use handover_dialect::{Capabilities, Dialect, ErrorKind, Overrides, Refused, Target};
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

/// A body with `fields` added to the least that makes a request.
fn asking(fields: Value) -> Value {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

/// A body with one message.
fn saying(message: Value) -> Value {
    json!({"model": "m", "messages": [message]})
}

#[test]
fn every_kind_of_request_reaches_a_server_of_the_same_dialect() {
    let tool = json!({"type": "function", "function": {"name": "get_weather", "description": "The weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}, "strict": true}});
    let cases = [
        (
            "all_fields",
            asking(json!({
                "max_completion_tokens": 50, "max_tokens": 99, "temperature": 0.5, "top_p": 0.25, "top_k": 40,
                "seed": -7, "presence_penalty": 0.5, "frequency_penalty": -0.5, "stop": "END", "n": 2,
                "logprobs": true, "top_logprobs": 3, "logit_bias": {"50256": -100}, "user": "u-1", "stream": true,
                "stream_options": {"include_usage": true, "include_obfuscation": false},
                "reasoning_effort": "low", "metadata": {"a": "b"}, "service_tier": "flex", "store": false,
            })),
        ),
        (
            "conversation_with_tools",
            json!({"model": "m", "tools": [tool], "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
                "parallel_tool_calls": false, "stop": ["a", "b"], "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "name": "ada", "content": [{"type": "text", "text": "Weather in Oslo?"}]},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"}}]},
                {"role": "tool", "tool_call_id": "call_1", "content": "Rain"},
                {"role": "assistant", "content": "Rain.", "refusal": null},
                {"role": "user", "content": ""},
            ]}),
        ),
        (
            "pictures_audio_and_files",
            saying(json!({"role": "user", "content": [
                {"type": "text", "text": ""},
                {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
                {"type": "image_url", "image_url": "data:image/PNG;base64,iVBOR"},
                {"type": "image_url", "image_url": {"url": "data:application/pdf;base64,JVBE"}},
                {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
                {"type": "file", "file": {"file_id": "file-1"}},
            ]})),
        ),
        (
            "json_schema",
            asking(json!({"response_format": {"type": "json_schema", "json_schema": {"name": "answer",
                "description": "d", "schema": {"type": "object"}, "strict": true}}})),
        ),
        ("json_object", asking(json!({"response_format": {"type": "json_object"}}))),
        ("unknown_format", asking(json!({"response_format": {"type": "grammar", "grammar": "root ::= x"}}))),
        (
            "unknown_tools",
            asking(json!({"tools": [{"type": "custom", "custom": {"name": "sql"}}, {"type": "web_search"}],
                "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}})),
        ),
        (
            "thinking_and_refusals_played_back",
            json!({"model": "m", "messages": [
                {"role": "assistant", "reasoning_content": "hm", "content": "a"},
                {"role": "assistant", "reasoning": "hm", "reasoning_details": [{"x": 1}], "content": "a"},
                {"role": "assistant", "content": null, "refusal": "No."},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}, {"type": "text", "text": "But."}]},
                {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "x"}}]},
                {"role": "assistant", "content": "The answer is"},
            ]}),
        ),
    ];
    for (name, body) in cases {
        let request = read(&body);
        let (body, losses) = write(&request, &target("gpt-4o")).unwrap();
        let golden = serde_json::to_string_pretty(&json!({"body": body, "lost": losses})).unwrap();
        expect_file![format!("goldens/openai/{name}.json")].assert_eq(&format!("{golden}\n"));
        // What was written says the same: the effort, which this target does not take, apart.
        let mut again = read(&body);
        again.model.clone_from(&request.model);
        again.reasoning.clone_from(&request.reasoning);
        assert_eq!(again, request, "{name}");
    }
}

#[test]
fn a_wrong_type_is_named_with_its_path() {
    let check = |body: Value, param: &str, message: &str| {
        let error = decode(&serde_json::to_vec(&body).unwrap()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{body}");
        assert_eq!(error.param.as_deref().unwrap_or_default(), param, "{body}");
        assert!(error.message.contains(message), "{body}: {}", error.message);
    };
    let content = |part: Value| saying(json!({"role": "user", "content": [part]}));
    let call = |call: Value| saying(json!({"role": "assistant", "tool_calls": [call]}));
    check(json!([]), "", "The request body must be an object, not a list.");
    check(json!({"messages": [{"role": "user", "content": "x"}]}), "model", "`model` is missing.");
    check(json!({"model": 7, "messages": []}), "model", "`model` must be a string, not a number.");
    check(json!({"model": "m"}), "messages", "is missing");
    check(json!({"model": "m", "messages": "x"}), "messages", "must be a list, not a string");
    check(json!({"model": "m", "messages": []}), "messages", "at least one message");
    check(json!({"model": "m", "messages": ["x"]}), "messages[0]", "must be an object");
    check(saying(json!({"content": "x"})), "messages[0].role", "is missing");
    check(saying(json!({"role": "robot", "content": "x"})), "messages[0].role", "not `robot`");
    check(saying(json!({"role": "function", "name": "f", "content": "x"})), "messages[0].role", "use tools");
    check(saying(json!({"role": "user"})), "messages[0].content", "is missing");
    check(
        saying(json!({"role": "user", "content": 7})),
        "messages[0].content",
        "a string or a list of parts",
    );
    check(saying(json!({"role": "user", "name": 7, "content": "x"})), "messages[0].name", "a string");
    check(saying(json!({"role": "tool", "content": "x"})), "messages[0].tool_call_id", "is missing");
    check(content(json!("x")), "messages[0].content[0]", "must be an object");
    check(content(json!({"text": "x"})), "messages[0].content[0].type", "is missing");
    check(content(json!({"type": "text", "text": 1})), "messages[0].content[0].text", "a string");
    check(content(json!({"type": "image_url"})), "messages[0].content[0].image_url", "is missing");
    let url = "messages[0].content[0].image_url.url";
    check(content(json!({"type": "image_url", "image_url": {}})), url, "is missing");
    check(content(json!({"type": "image_url", "image_url": {"url": 1}})), url, "a string");
    check(content(json!({"type": "image_url", "image_url": {"url": "file:///x"}})), url, "http or https");
    check(content(json!({"type": "image_url", "image_url": {"url": "data:image/png,x"}})), url, "base64");
    check(content(json!({"type": "image_url", "image_url": {"url": "data:é"}})), url, "base64");
    check(call(json!({"function": {"name": "f"}})), "messages[0].tool_calls[0].id", "is missing");
    check(call(json!({"id": "c"})), "messages[0].tool_calls[0].function", "is missing");
    check(
        call(json!({"id": "c", "function": {"name": "f", "arguments": {}}})),
        "messages[0].tool_calls[0].function.arguments",
        "must be a string, not an object",
    );
    check(asking(json!({"temperature": "hot"})), "temperature", "a number, not a string");
    check(asking(json!({"max_tokens": -1})), "max_tokens", "0 or more");
    check(asking(json!({"max_tokens": 1.5})), "max_tokens", "a whole number");
    check(asking(json!({"n": 0})), "n", "1 or more");
    check(asking(json!({"stream": "yes"})), "stream", "true or false");
    check(
        asking(json!({"stream_options": {"include_usage": 1}})),
        "stream_options.include_usage",
        "true or false",
    );
    check(asking(json!({"stop": [1]})), "stop[0]", "a string");
    check(asking(json!({"stop": 1})), "stop", "a list of strings");
    check(asking(json!({"logit_bias": []})), "logit_bias", "an object");
    check(asking(json!({"tools": {}})), "tools", "a list");
    check(asking(json!({"tools": [{"type": "function"}]})), "tools[0].function", "is missing");
    check(
        asking(json!({"tools": [{"type": "function", "function": {}}]})),
        "tools[0].function.name",
        "is missing",
    );
    check(asking(json!({"tool_choice": "maybe"})), "tool_choice", "not `maybe`");
    check(asking(json!({"tool_choice": {"type": "function"}})), "tool_choice.function", "is missing");
    check(asking(json!({"response_format": {}})), "response_format.type", "is missing");
    check(
        asking(json!({"response_format": {"type": "json_schema", "json_schema": {"schema": 1}}})),
        "response_format.json_schema.schema",
        "an object",
    );
    check(asking(json!({"functions": []})), "functions", "please use `tools`");
    check(asking(json!({"function_call": "auto"})), "function_call", "please use `tool_choice`");
    let broken = decode(b"{\n \"model\": }").unwrap_err();
    assert!(broken.message.contains("line 2 column 11"), "{}", broken.message);
}

#[test]
fn an_sdk_that_writes_null_for_unset_fields_is_understood() {
    let unset = json!({"max_tokens": null, "temperature": null, "stop": null, "tools": null, "tool_choice": null,
        "response_format": null, "stream": null, "stream_options": null, "functions": null, "n": null});
    assert_eq!(read(&asking(unset)), read(&asking(json!({}))));
    let dumped = json!({"role": "assistant", "content": "a", "refusal": null, "tool_calls": null, "function_call": null});
    assert_eq!(read(&saying(dumped)), read(&saying(json!({"role": "assistant", "content": "a"}))));
    assert_eq!(read(&asking(json!({"max_tokens": 100.0}))).max_tokens, Some(100));
}

#[test]
fn the_token_limit_goes_by_the_name_the_model_knows() {
    let check = |model: &str, refused: &[&str], body: &[(&str, u64)], lost: &[&str]| {
        let mut target = target(model);
        target.refused_fields = refused.iter().map(|f| (*f).to_owned()).collect();
        let (written, losses) = write(&read(&asking(json!({"max_tokens": 5}))), &target).unwrap();
        let limits: Vec<(&str, u64)> = ["max_tokens", "max_completion_tokens"]
            .into_iter()
            .filter_map(|name| Some((name, written.get(name)?.as_u64()?)))
            .collect();
        assert_eq!(
            (limits.as_slice(), losses),
            (body, lost.iter().map(|l| (*l).to_owned()).collect()),
            "{model}"
        );
    };
    check("gpt-4o", &[], &[("max_tokens", 5)], &[]);
    check("o3-mini", &[], &[("max_completion_tokens", 5)], &[]);
    check("openai/gpt-5.1", &[], &[("max_completion_tokens", 5)], &[]);
    check("my-deployment", &["max_tokens"], &[("max_completion_tokens", 5)], &[]);
    check("gpt-5", &["max_completion_tokens"], &[("max_tokens", 5)], &[]);
    check("m", &["max_completion_tokens", "max_tokens"], &[], &["max_tokens"]);
}

#[test]
fn what_a_model_refuses_is_left_out_and_named() {
    let check = |model: &str, refused: &[&str], fields: Value, absent: &[&str], lost: &[&str]| {
        let mut target = target(model);
        target.refused_fields = refused.iter().map(|f| (*f).to_owned()).collect();
        let (body, losses) = write(&read(&asking(fields.clone())), &target).unwrap();
        for field in absent {
            assert_eq!(body.get(field), None, "{model} {fields}");
        }
        assert_eq!(losses, lost, "{model} {fields}");
    };
    check(
        "o3",
        &[],
        json!({"temperature": 0.2, "top_p": 0.5}),
        &["temperature", "top_p"],
        &["temperature", "top_p"],
    );
    check("o3", &[], json!({"temperature": 1, "top_p": 1.0}), &["temperature", "top_p"], &[]);
    check("gpt-4o", &[], json!({"temperature": 0.2}), &[], &[]);
    check(
        "m",
        &["temperature"],
        json!({"temperature": 0.2, "top_p": 0.5}),
        &["temperature"],
        &["temperature"],
    );
    check("m", &["seed", "store"], json!({"seed": 1, "store": true}), &["seed", "store"], &["seed", "store"]);
    check("m", &["messages", "model"], json!({}), &[], &[]);
    check("m", &["stream_options"], json!({"stream": true}), &["stream_options"], &[]);
    check("m", &[], json!({"stream_options": {"include_obfuscation": false}}), &["stream_options"], &[]);
    check("gpt-4o", &[], json!({"reasoning_effort": "high"}), &["reasoning_effort"], &["reasoning_effort"]);
    check("gpt-5", &[], json!({"reasoning_effort": "high"}), &[], &[]);
    check("gpt-oss:20b", &[], json!({"reasoning_effort": "low"}), &[], &[]);
    check("o3", &[], json!({"reasoning_effort": "none"}), &["reasoning_effort"], &["reasoning_effort"]);
    check("gpt-5.1", &[], json!({"reasoning_effort": "none"}), &[], &[]);
}

#[test]
fn what_a_model_cannot_do_is_refused_and_not_dropped() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let check = |fields: Value, change: fn(&mut Capabilities), expected: Option<(&str, &str)>| {
        let mut target = target("m");
        change(&mut target.capabilities);
        let refused = write(&read(&asking(fields.clone())), &target).err();
        let refused = refused.as_ref().map(|r| (r.param.as_deref().unwrap_or_default(), r.reason.as_str()));
        assert_eq!(refused, expected, "{fields}");
    };
    let picture = json!({"messages": [{"role": "assistant", "reasoning": "hm", "content": "a"}, {"role": "user",
        "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "https://e.com/a"}}]}]});
    check(
        picture.clone(),
        |c| c.images = false,
        Some(("messages[1].content[1]", "this model does not read images")),
    );
    check(picture, |_| {}, None);
    check(json!({"tools": tools}), |c| c.tools = false, Some(("tools", "this model cannot call tools")));
    check(json!({"tools": tools, "tool_choice": "none"}), |c| c.tools = false, None);
    let format = |strict: bool| json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": strict}}});
    let reason = "this model cannot guarantee that its answer matches a schema";
    check(format(true), |c| c.json = false, Some(("response_format", reason)));
    check(format(false), |c| c.json = false, None);
    let mut refuses_tools = target("m");
    refuses_tools.refused_fields.push("tools".to_owned());
    assert!(write(&read(&asking(json!({"tools": tools}))), &refuses_tools).is_err());
}

/// A request as the codec of Anthropic's dialect would make it.
fn from_anthropic(messages: Vec<Message>) -> Request {
    let mut request = read(&asking(json!({})));
    request.origin = Dialect::Anthropic;
    request.messages = messages;
    request
}

fn message(role: Role, parts: Vec<Part>) -> Message {
    Message { role, parts, name: None, rest: Rest::new() }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.to_owned(), rest: Rest::new() }
}

fn rest(value: Value) -> Rest {
    value.as_object().unwrap().clone()
}

fn result(id: &str, content: Vec<Part>, is_error: bool) -> Part {
    Part::ToolResult { id: id.to_owned(), content, is_error, rest: Rest::new() }
}

#[test]
fn an_anthropic_conversation_is_told_to_an_openai_server() {
    let long = "toolu_0123456789012345678901234567890123456789";
    let picture = || Part::Image {
        image: Image::Data { media_type: "image/png".to_owned(), data: "iVBOR".to_owned() },
        rest: rest(json!({"cache_control": {"type": "ephemeral"}})),
    };
    let call = |id: &str| Part::ToolUse {
        id: id.to_owned(),
        name: "shot".to_owned(),
        arguments: String::new(),
        rest: rest(json!({"caller": {"type": "direct"}})),
    };
    let mut request = from_anthropic(vec![
        message(Role::System, vec![text("Be brief."), text("Be kind.")]),
        message(Role::User, vec![text("Take two shots.")]),
        message(
            Role::Assistant,
            vec![
                Part::Reasoning { text: "hm".to_owned(), rest: rest(json!({"signature": "s"})) },
                Part::Text { text: "I ".to_owned(), rest: rest(json!({"citations": [1]})) },
                text("will."),
                call(long),
                call("toolu_2"),
            ],
        ),
        message(Role::Tool, vec![result(long, vec![text("done"), picture()], false)]),
        message(Role::Tool, vec![result("toolu_2", vec![text("no film")], true)]),
        message(Role::User, vec![picture(), text("And this?")]),
        message(Role::Assistant, vec![Part::Reasoning { text: "hm".to_owned(), rest: Rest::new() }]),
        message(Role::Tool, vec![result("toolu_2", vec![picture()], false)]),
    ]);
    request.tools = vec![Tool::Function {
        name: "shot".to_owned(),
        description: None,
        parameters: Some(json!({"type": "object"})),
        strict: None,
        rest: rest(json!({"cache_control": {}, "defer_loading": true})),
    }];
    request.tool_choice = Some(Choice::Required);
    request.format =
        Format::JsonSchema { name: None, schema: json!({"type": "object"}), strict: None, rest: Rest::new() };
    request.sampling.top_k = Some(5);
    request.stop = vec!["END".to_owned()];
    request.reasoning = Some(Reasoning::Budget(2048));
    request.user = Some("u".repeat(65));
    request.rest = rest(json!({"metadata": {"x": 1}, "cache_control": {}, "context_management": null}));
    let mut target = target("gpt-5");
    target.refused_fields = vec!["stop".to_owned()];
    let (body, losses) = write(&request, &target).unwrap();
    let golden = serde_json::to_string_pretty(&json!({"body": body, "lost": losses})).unwrap();
    expect_file!["goldens/openai/from_anthropic.json"].assert_eq(&format!("{golden}\n"));
}

#[test]
fn content_that_only_another_vendor_can_read_is_refused_by_its_place() {
    let check = |request: &Request, param: &str, reason: &str| {
        let refused = write(request, &target("m")).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(param));
        assert!(refused.reason.contains(reason), "{}", refused.reason);
    };
    let document = || Part::Other(json!({"type": "document", "source": {}}));
    let said =
        |parts| from_anthropic(vec![message(Role::System, vec![text("s")]), message(Role::User, parts)]);
    check(&said(vec![text("x"), document()]), "messages[0].content[1]", "documents cannot be sent");
    let results = from_anthropic(vec![
        message(Role::User, vec![text("x")]),
        message(Role::Tool, vec![result("a", vec![text("x")], false)]),
        message(Role::Tool, vec![result("b", vec![text("x"), document()], false)]),
        message(Role::User, vec![text("x")]),
    ]);
    check(&results, "messages[1].content[1].content[1]", "documents cannot be sent");
    let other = said(vec![Part::Other(json!({"type": "server_tool_use", "id": "s"}))]);
    check(&other, "messages[0].content[0]", "`server_tool_use`");
    let mut hosted = said(vec![text("x")]);
    hosted.tools = vec![Tool::Hosted(json!({"type": "web_search_20250305", "name": "web_search"}))];
    check(&hosted, "tools[0]", "`web_search_20250305` runs only at its own vendor");
    let mut geo = said(vec![text("x")]);
    geo.rest = rest(json!({"inference_geo": "eu"}));
    check(&geo, "inference_geo", "where data is processed");
}
