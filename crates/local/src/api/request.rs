//! From the body of a chat completion request to what the engine needs.
//!
//! Unknown fields are ignored. What this model cannot do is refused by name, because an answer that silently
//! leaves out what was asked for is worse than none: the gateway has other targets.

use serde_json::{Map, Value};

use super::error::ApiError;
use crate::engine::{ChatRequest, Format, Message, Sampling, unknown_type};

/// Stop strings that one request may have; OpenAI allows four.
const STOPS: usize = 32;

/// A chat completion request, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parsed {
    pub(super) chat: ChatRequest,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
}

/// Reads a request body. `seed` is used where the caller gives none.
pub(super) fn parse(body: &[u8], seed: u32) -> Result<Parsed, ApiError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| ApiError::Invalid {
        param: None,
        message: format!("the request body is not valid JSON: {error}"),
    })?;
    let Value::Object(body) = value else {
        return Err(ApiError::Invalid {
            param: None,
            message: "the request body must be a JSON object".into(),
        });
    };
    refuse_what_is_missing(&body)?;
    let (messages, prefill) = conversation(&body)?;
    let stream_options = object(&body, "stream_options")?;
    Ok(Parsed {
        chat: ChatRequest {
            messages,
            prefill,
            sampling: sampling(&body, seed)?,
            stop: stops(&body)?,
            max_tokens: max_tokens(&body)?,
            format: format(&body)?,
        },
        stream: boolean(&body, "stream")?.unwrap_or(false),
        include_usage: match stream_options {
            Some(options) => boolean(options, "include_usage")?.unwrap_or(false),
            None => false,
        },
    })
}

fn refuse_what_is_missing(body: &Map<String, Value>) -> Result<(), ApiError> {
    let no_tools = body.get("tool_choice").is_some_and(|choice| choice == "none");
    for key in ["tools", "functions"] {
        if body.get(key).and_then(Value::as_array).is_some_and(|tools| !tools.is_empty()) && !no_tools {
            return Err(ApiError::Unsupported { param: key.to_owned(), what: "tools" });
        }
    }
    let unsupported = |param: &str, what| Err(ApiError::Unsupported { param: param.to_owned(), what });
    if number(body, "n", 1.0, 128.0)?.is_some_and(|n| n > 1.0) {
        return unsupported("n", "more than one answer");
    }
    if boolean(body, "logprobs")?.unwrap_or(false) || present(body, "top_logprobs").is_some_and(|n| *n != 0) {
        return unsupported("logprobs", "log probabilities");
    }
    if present(body, "audio").is_some() {
        return unsupported("audio", "audio");
    }
    Ok(())
}

/// The turns, and the text of a trailing assistant turn, which the answer continues.
fn conversation(body: &Map<String, Value>) -> Result<(Vec<Message>, String), ApiError> {
    let Some(messages) = body.get("messages") else {
        return Err(ApiError::invalid("messages", "`messages` is missing"));
    };
    let Some(messages) = messages.as_array().filter(|messages| !messages.is_empty()) else {
        return Err(ApiError::invalid("messages", "`messages` must be an array with at least one message"));
    };
    let mut turns = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        turns.push(turn(message, &format!("messages[{index}]"))?);
    }
    let continues = messages.last().is_some_and(|last| last.get("tool_calls").is_none());
    let prefill = match turns.pop() {
        Some(Message { role: "assistant", text }) if continues => text,
        Some(other) => {
            turns.push(other);
            String::new()
        }
        None => String::new(),
    };
    Ok((turns, prefill))
}

fn turn(message: &Value, path: &str) -> Result<Message, ApiError> {
    let Some(message) = message.as_object() else {
        return Err(ApiError::invalid(path, format!("`{path}` must be an object")));
    };
    let text = text_of(message.get("content"), &format!("{path}.content"))?;
    match message.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Ok(Message { role: "system", text }),
        Some("user") => Ok(Message { role: "user", text }),
        // The conversation may have been held with a model that has tools. What came of them is told in words.
        Some("assistant") => Ok(Message { role: "assistant", text: with_tool_calls(text, message) }),
        Some("tool" | "function") => Ok(Message { role: "user", text: format!("Tool result: {text}") }),
        Some(other) => {
            Err(ApiError::invalid(format!("{path}.role"), format!("`{path}.role` has no value \"{other}\"")))
        }
        None => Err(ApiError::invalid(format!("{path}.role"), format!("`{path}.role` must be a string"))),
    }
}

fn with_tool_calls(mut text: String, message: &Map<String, Value>) -> String {
    let calls = message.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for function in calls.iter().filter_map(|call| call.get("function")) {
        let part = |key| function.get(key).and_then(Value::as_str).unwrap_or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("(called {} with {})", part("name"), part("arguments")));
    }
    text
}

/// The text of a message's content: a string, or parts that are all text.
fn text_of(content: Option<&Value>, path: &str) -> Result<String, ApiError> {
    match content {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let parts = parts.iter().enumerate();
            let texts = parts.map(|(index, part)| text_of_part(part, &format!("{path}[{index}]")));
            texts.collect::<Result<Vec<_>, _>>().map(|texts| texts.join("\n"))
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            Err(ApiError::invalid(path, format!("`{path}` must be a string or an array of parts")))
        }
    }
}

fn text_of_part(part: &Value, path: &str) -> Result<String, ApiError> {
    let unsupported = |what| Err(ApiError::Unsupported { param: path.to_owned(), what });
    let text = |key| match part.get(key).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(ApiError::invalid(format!("{path}.{key}"), format!("`{path}.{key}` must be a string"))),
    };
    match part.get("type").and_then(Value::as_str) {
        Some("text") => text("text"),
        Some("refusal") => text("refusal"),
        Some("image_url" | "image") => unsupported("images"),
        Some("input_audio") => unsupported("audio"),
        Some("file") => unsupported("files"),
        Some("video_url") => unsupported("video"),
        Some(_) => unsupported("this kind of content"),
        None => Err(ApiError::invalid(format!("{path}.type"), format!("`{path}.type` must be a string"))),
    }
}

fn sampling(body: &Map<String, Value>, seed: u32) -> Result<Sampling, ApiError> {
    let default = Sampling::with_seed(seed);
    let given = |key, low, high, default: f32| {
        #[expect(clippy::cast_possible_truncation, reason = "llama.cpp samples in single precision")]
        number(body, key, low, high).map(|value| value.map_or(default, |value| value as f32))
    };
    Ok(Sampling {
        temperature: given("temperature", 0.0, 2.0, default.temperature)?,
        top_p: given("top_p", 0.0, 1.0, default.top_p)?,
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        top_k: number(body, "top_k", 0.0, 1e6)?.map_or(default.top_k, |value| value as i32),
        min_p: given("min_p", 0.0, 1.0, default.min_p)?,
        seed: match present(body, "seed").map(Value::as_i64) {
            None => default.seed,
            // Any 64-bit seed is allowed by the API; llama.cpp takes 32 bits, so both halves are mixed.
            Some(Some(seed)) => fold(seed),
            Some(None) => return Err(ApiError::invalid("seed", "`seed` must be an integer")),
        },
        frequency_penalty: given("frequency_penalty", -2.0, 2.0, default.frequency_penalty)?,
        presence_penalty: given("presence_penalty", -2.0, 2.0, default.presence_penalty)?,
        repeat_penalty: given("repeat_penalty", 0.01, 10.0, default.repeat_penalty)?,
        logit_bias: biases(body)?,
    })
}

/// 32 of a seed's bits, which differ when any of its 64 do in the ordinary cases. llama.cpp takes the largest
/// value as "choose one yourself", so that one is avoided.
fn fold(seed: i64) -> u32 {
    let [a, b, c, d, e, f, g, h] = seed.to_le_bytes();
    let folded = u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h]);
    folded.min(u32::MAX - 1)
}

fn biases(body: &Map<String, Value>) -> Result<Vec<(i32, f32)>, ApiError> {
    let Some(biases) = object(body, "logit_bias")? else { return Ok(Vec::new()) };
    let read = |(token, bias): (&String, &Value)| {
        let token = token.parse().ok();
        #[expect(clippy::cast_possible_truncation, reason = "llama.cpp samples in single precision")]
        let bias = bias.as_f64().map(|bias| bias as f32);
        token
            .zip(bias)
            .ok_or_else(|| ApiError::invalid("logit_bias", "`logit_bias` must map token numbers to numbers"))
    };
    biases.iter().map(read).collect()
}

fn stops(body: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    let wrong = || ApiError::invalid("stop", format!("`stop` must be a string or up to {STOPS} strings"));
    match present(body, "stop") {
        None => Ok(Vec::new()),
        Some(Value::String(stop)) => Ok(vec![stop.clone()]),
        Some(Value::Array(stops)) if stops.len() <= STOPS => {
            stops.iter().map(|stop| stop.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn max_tokens(body: &Map<String, Value>) -> Result<Option<u32>, ApiError> {
    for key in ["max_completion_tokens", "max_tokens"] {
        let Some(limit) = present(body, key) else { continue };
        let limit = limit.as_u64().filter(|&limit| limit > 0);
        let limit =
            limit.ok_or_else(|| ApiError::invalid(key, format!("`{key}` must be a positive integer")))?;
        return Ok(Some(u32::try_from(limit).unwrap_or(u32::MAX)));
    }
    Ok(None)
}

fn format(body: &Map<String, Value>) -> Result<Format, ApiError> {
    let Some(format) = object(body, "response_format")? else { return Ok(Format::Text) };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Format::Text),
        Some("json_object") => match format.get("schema") {
            Some(given) => schema(given, "response_format.schema"),
            None => Ok(Format::Json),
        },
        Some("json_schema") => {
            let given = format.get("json_schema").and_then(|outer| outer.get("schema"));
            let path = "response_format.json_schema.schema";
            let given = given.filter(|schema| schema.is_object());
            schema(given.ok_or_else(|| ApiError::invalid(path, format!("`{path}` must be an object")))?, path)
        }
        _ => Err(ApiError::invalid(
            "response_format.type",
            "`response_format.type` must be \"text\", \"json_object\" or \"json_schema\"",
        )),
    }
}

/// A schema whose types can be enforced.
fn schema(schema: &Value, path: &str) -> Result<Format, ApiError> {
    match unknown_type(schema) {
        Some(kind) => {
            Err(ApiError::invalid(path, format!("`{path}` has a type that JSON does not have: {kind}")))
        }
        None => Ok(Format::Schema(schema.clone())),
    }
}

/// A field that is there and not null.
fn present<'body>(body: &'body Map<String, Value>, key: &str) -> Option<&'body Value> {
    body.get(key).filter(|value| !value.is_null())
}

fn object<'body>(
    body: &'body Map<String, Value>,
    key: &str,
) -> Result<Option<&'body Map<String, Value>>, ApiError> {
    let wrong = || ApiError::invalid(key, format!("`{key}` must be an object"));
    present(body, key).map(|value| value.as_object().ok_or_else(wrong)).transpose()
}

fn boolean(body: &Map<String, Value>, key: &str) -> Result<Option<bool>, ApiError> {
    let wrong = || ApiError::invalid(key, format!("`{key}` must be true or false"));
    present(body, key).map(|value| value.as_bool().ok_or_else(wrong)).transpose()
}

fn number(body: &Map<String, Value>, key: &str, low: f64, high: f64) -> Result<Option<f64>, ApiError> {
    let wrong = || ApiError::invalid(key, format!("`{key}` must be a number from {low} to {high}"));
    let read = |value: &Value| value.as_f64().filter(|value| (low..=high).contains(value)).ok_or_else(wrong);
    present(body, key).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(fields: &Value) -> Result<Parsed, ApiError> {
        let mut body = json!({"messages": [{"role": "user", "content": "hi"}]});
        for (key, value) in fields.as_object().expect("fields") {
            body[key] = value.clone();
        }
        parse(body.to_string().as_bytes(), 7)
    }

    #[track_caller]
    fn check_refused(fields: &Value, param: &str, code: Option<&str>) {
        let error = read(fields).expect_err("it is refused");
        assert_eq!(error.status(), http::StatusCode::BAD_REQUEST);
        let body = error.body();
        assert_eq!(body["error"]["param"], param);
        assert_eq!(body["error"]["code"], json!(code));
        assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
    }

    #[test]
    fn what_the_model_cannot_do_is_refused_by_name() {
        let tools = json!([{"type": "function", "function": {"name": "f"}}]);
        check_refused(&json!({"tools": tools}), "tools", Some("unsupported"));
        check_refused(&json!({"tools": tools, "tool_choice": "auto"}), "tools", Some("unsupported"));
        check_refused(&json!({"n": 2}), "n", Some("unsupported"));
        check_refused(&json!({"logprobs": true}), "logprobs", Some("unsupported"));
        let image =
            json!([{"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "image_url"}]}]);
        check_refused(&json!({"messages": image}), "messages[0].content[1]", Some("unsupported"));
        assert!(read(&json!({"tools": tools, "tool_choice": "none"})).is_ok());
        assert!(read(&json!({"tools": [], "n": 1, "logprobs": false})).is_ok());
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        check_refused(&json!({"messages": []}), "messages", None);
        check_refused(&json!({"messages": "hi"}), "messages", None);
        check_refused(&json!({"messages": [{"role": "user", "content": 5}]}), "messages[0].content", None);
        check_refused(&json!({"messages": [{"role": "wizard", "content": ""}]}), "messages[0].role", None);
        check_refused(&json!({"messages": [{"content": ""}]}), "messages[0].role", None);
        check_refused(&json!({"temperature": "hot"}), "temperature", None);
        check_refused(&json!({"temperature": 3}), "temperature", None);
        check_refused(&json!({"seed": 1.5}), "seed", None);
        check_refused(&json!({"max_tokens": 0}), "max_tokens", None);
        check_refused(&json!({"stop": [1]}), "stop", None);
        check_refused(&json!({"stream": "yes"}), "stream", None);
        check_refused(&json!({"response_format": {"type": "xml"}}), "response_format.type", None);
        check_refused(&json!({"logit_bias": {"x": 1}}), "logit_bias", None);
        let banana = json!({"type": "json_schema", "json_schema": {"schema": {"type": "banana"}}});
        check_refused(&json!({"response_format": banana}), "response_format.json_schema.schema", None);
        let error = parse(b"{\"messages\": [", 0).expect_err("it is refused");
        assert!(error.to_string().contains("line 1 column 14"), "{error}");
    }

    #[test]
    fn unknown_fields_do_not_stop_an_answer() {
        assert!(read(&json!({"service_tier": "flex", "metadata": {"a": 1}, "user": null})).is_ok());
    }

    #[test]
    fn a_trailing_assistant_message_is_the_beginning_of_the_answer() {
        let user = json!({"role": "user", "content": "hi"});
        let parsed =
            read(&json!({"messages": [user, {"role": "assistant", "content": "Hel "}]})).expect("read");
        assert_eq!((parsed.chat.messages.len(), parsed.chat.prefill.as_str()), (1, "Hel "));
        let call = json!({"role": "assistant", "content": null,
            "tool_calls": [{"function": {"name": "now", "arguments": "{}"}}]});
        let parsed = read(&json!({"messages": [user, call]})).expect("read");
        assert_eq!(parsed.chat.messages[1].text, "(called now with {})");
        assert_eq!(parsed.chat.prefill, "");
    }

    #[test]
    fn the_newer_token_limit_wins() {
        let parsed = read(&json!({"max_tokens": 5, "max_completion_tokens": 3})).expect("read");
        assert_eq!(parsed.chat.max_tokens, Some(3));
    }
}
