//! A caller's body, read into the hub.

use crate::Dialect;
use crate::anthropic::input;
use crate::error::{CallerError, ErrorKind};
use crate::hub::{Choice, Format, Image, Message, Part, Reasoning, Request, Rest, Role, Sampling, Tool};
use serde_json::Value;

/// Reads the body of `/v1/messages`.
///
/// # Errors
/// An [`ErrorKind::InvalidRequest`] that names the field at fault.
pub fn decode(body: &[u8]) -> Result<Request, CallerError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| invalid(format!("The request body is not valid JSON: {e}.")).code("invalid_json"))?;
    let mut top = into_object(value, "")?;
    let top = &mut top;
    let model = string(top, "model", "")?.ok_or_else(|| required("model"))?;
    let mut turns = Vec::new();
    if let Some(system) = take(top, "system") {
        let parts = content(system, "system", Role::System)?;
        turns.push(Message { role: Role::System, parts, name: None, rest: Rest::new() });
    }
    let listed = list(top, "messages", "")?.ok_or_else(|| required("messages"))?;
    for (i, message) in listed.into_iter().enumerate() {
        decode_message(message, &format!("messages[{i}]"), &mut turns)?;
    }
    let max_tokens = integer(top, "max_tokens", "")?.ok_or_else(|| required("max_tokens"))?;
    let mut tools = Vec::new();
    for (i, tool) in list(top, "tools", "")?.unwrap_or_default().into_iter().enumerate() {
        tools.push(decode_tool(tool, &format!("tools[{i}]"))?);
    }
    let (tool_choice, parallel_tool_calls) = decode_choice(top)?;
    let reasoning = decode_thinking(top)?;
    let (format, effort) = decode_output_config(top, reasoning == Some(Reasoning::Adaptive))?;
    let mut request = Request {
        origin: Dialect::Anthropic,
        model,
        messages: turns,
        tools,
        tool_choice,
        parallel_tool_calls,
        max_tokens: Some(max_tokens),
        sampling: Sampling {
            temperature: number(top, "temperature")?,
            top_p: number(top, "top_p")?,
            top_k: integer(top, "top_k", "")?,
            ..Sampling::default()
        },
        stop: decode_stop(top)?,
        format,
        reasoning: effort.or(reasoning),
        n: None,
        logprobs: None,
        top_logprobs: None,
        logit_bias: None,
        user: decode_user(top)?,
        stream: boolean(top, "stream", "")?.unwrap_or(false),
        include_usage: false,
        rest: std::mem::take(top),
    };
    input::restore(&mut request, body);
    Ok(request)
}

fn decode_message(value: Value, path: &str, turns: &mut Vec<Message>) -> Result<(), CallerError> {
    let mut message = into_object(value, path)?;
    let role = match string(&mut message, "role", path)?.as_deref() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        Some(other) => {
            let text = format!("The field `{path}.role` must be user, assistant or system, not {other:?}.");
            return Err(invalid(text).param(format!("{path}.role")));
        }
        None => return Err(required(&format!("{path}.role"))),
    };
    let path = format!("{path}.content");
    let said = take(&mut message, "content").ok_or_else(|| required(&path))?;
    let (results, parts): (Vec<Part>, Vec<Part>) =
        content(said, &path, role)?.into_iter().partition(|part| matches!(part, Part::ToolResult { .. }));
    let mut rest = message;
    let only_results = !results.is_empty() && parts.is_empty();
    for result in results {
        // Without words of the user, the turn's own fields ride on its first result.
        let rest = if only_results { std::mem::take(&mut rest) } else { Rest::new() };
        turns.push(Message { role: Role::Tool, parts: vec![result], name: None, rest });
    }
    if !only_results {
        turns.push(Message { role, parts, name: None, rest });
    }
    Ok(())
}

fn content(value: Value, path: &str, role: Role) -> Result<Vec<Part>, CallerError> {
    match value {
        Value::String(text) => Ok(vec![Part::Text { text, rest: Rest::new() }]),
        Value::Array(blocks) => blocks
            .into_iter()
            .enumerate()
            .map(|(i, block)| decode_block(block, &format!("{path}[{i}]"), role))
            .collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            Err(wrong_type(path, "a string or a list of blocks", &other))
        }
    }
}

fn decode_block(value: Value, path: &str, role: Role) -> Result<Part, CallerError> {
    let mut block = into_object(value, path)?;
    let kind = match block.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(other) => return Err(wrong_type(&format!("{path}.type"), "a string", other)),
        None => return Err(required(&format!("{path}.type"))),
    };
    let mut need = |key: &str| -> Result<String, CallerError> {
        string(&mut block, key, path)?.ok_or_else(|| required(&format!("{path}.{key}")))
    };
    match (kind.as_str(), role) {
        ("text", _) => {
            let text = need("text")?;
            Ok(Part::Text { text, rest: without_type(block) })
        }
        ("thinking", Role::Assistant) => {
            let text = need("thinking")?;
            Ok(Part::Reasoning { text, rest: without_type(block) })
        }
        ("redacted_thinking", Role::Assistant) => {
            Ok(Part::Reasoning { text: String::new(), rest: without_type(block) })
        }
        ("tool_use", Role::Assistant) => {
            let (id, name) = (need("id")?, need("name")?);
            let arguments = take(&mut block, "input").map_or_else(|| "{}".to_owned(), |v| v.to_string());
            Ok(Part::ToolUse { id, name, arguments, rest: without_type(block) })
        }
        ("tool_result", Role::User) => {
            let id = need("tool_use_id")?;
            let is_error = boolean(&mut block, "is_error", path)?.unwrap_or(false);
            let content = match take(&mut block, "content") {
                Some(said) => content(said, &format!("{path}.content"), Role::Tool)?,
                None => Vec::new(),
            };
            Ok(Part::ToolResult { id, content, is_error, rest: without_type(block) })
        }
        ("image", Role::User | Role::Tool) => decode_image(block, path),
        // Documents, search results, server tools, and what is to come.
        _ => Ok(Part::Other(Value::Object(block))),
    }
}

/// An image by address or by bytes; one by file id only its own provider can read.
fn decode_image(mut block: Rest, path: &str) -> Result<Part, CallerError> {
    let source_path = format!("{path}.source");
    let mut source = object(&mut block, "source", path)?.ok_or_else(|| required(&source_path))?;
    let kind = source.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut need = |key: &str| -> Result<String, CallerError> {
        string(&mut source, key, &source_path)?.ok_or_else(|| required(&format!("{source_path}.{key}")))
    };
    let image = match kind.as_str() {
        "url" => Image::Url(need("url")?),
        "base64" => Image::Data { media_type: need("media_type")?, data: need("data")? },
        _ => {
            block.insert("source".to_owned(), Value::Object(source));
            return Ok(Part::Other(Value::Object(block)));
        }
    };
    put_back(&mut block, "source", without_type(source));
    Ok(Part::Image { image, rest: without_type(block) })
}

fn decode_tool(value: Value, path: &str) -> Result<Tool, CallerError> {
    let mut tool = into_object(value, path)?;
    match tool.get("type") {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind == "custom" => {}
        Some(_) => return Ok(Tool::Hosted(Value::Object(tool))),
    }
    Ok(Tool::Function {
        name: string(&mut tool, "name", path)?.ok_or_else(|| required(&format!("{path}.name")))?,
        description: string(&mut tool, "description", path)?,
        parameters: object(&mut tool, "input_schema", path)?.map(Value::Object),
        strict: boolean(&mut tool, "strict", path)?,
        rest: without_type(tool),
    })
}

fn decode_choice(top: &mut Rest) -> Result<(Option<Choice>, Option<bool>), CallerError> {
    let Some(mut choice) = object(top, "tool_choice", "")? else { return Ok((None, None)) };
    let kind = choice.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let chosen = match kind.as_str() {
        "auto" => Choice::Auto,
        "any" => Choice::Required,
        "none" => Choice::None,
        "tool" => {
            let name = string(&mut choice, "name", "tool_choice")?;
            Choice::Named(name.ok_or_else(|| required("tool_choice.name"))?)
        }
        _ => {
            put_back(top, "tool_choice", choice);
            return Ok((None, None));
        }
    };
    let serial = boolean(&mut choice, "disable_parallel_tool_use", "tool_choice")?;
    put_back(top, "tool_choice", without_type(choice));
    Ok((Some(chosen), serial.map(|serial| !serial)))
}

fn decode_thinking(top: &mut Rest) -> Result<Option<Reasoning>, CallerError> {
    let Some(mut thinking) = object(top, "thinking", "")? else { return Ok(None) };
    let kind = thinking.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let reasoning = match kind.as_str() {
        "disabled" => Reasoning::Off,
        "adaptive" => Reasoning::Adaptive,
        "enabled" => {
            let budget = integer(&mut thinking, "budget_tokens", "thinking")?;
            Reasoning::Budget(budget.ok_or_else(|| required("thinking.budget_tokens"))?)
        }
        _ => {
            put_back(top, "thinking", thinking);
            return Ok(None);
        }
    };
    put_back(top, "thinking", without_type(thinking));
    Ok(Some(reasoning))
}

/// The format, and the effort where it says how much an adaptive model thinks. Beside another kind of thinking it
/// means something the hub has no word for, and stays where it is.
fn decode_output_config(top: &mut Rest, adaptive: bool) -> Result<(Format, Option<Reasoning>), CallerError> {
    let Some(mut config) = object(top, "output_config", "")? else { return Ok((Format::Text, None)) };
    let effort = if adaptive { string(&mut config, "effort", "output_config")? } else { None };
    let mut found = Format::Text;
    if let Some(mut format) = object(&mut config, "format", "output_config")? {
        if format.get("type").and_then(Value::as_str) == Some("json_schema") {
            let schema = object(&mut format, "schema", "output_config.format")?
                .ok_or_else(|| required("output_config.format.schema"))?;
            let rest = without_type(format);
            found = Format::JsonSchema { name: None, schema: Value::Object(schema), strict: None, rest };
        } else {
            put_back(&mut config, "format", format);
        }
    }
    put_back(top, "output_config", config);
    Ok((found, effort.map(Reasoning::Effort)))
}

fn decode_stop(top: &mut Rest) -> Result<Vec<String>, CallerError> {
    list(top, "stop_sequences", "")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(i, stop)| match stop {
            Value::String(text) => Ok(text),
            other
            @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(wrong_type(&format!("stop_sequences[{i}]"), "a string", &other))
            }
        })
        .collect()
}

fn decode_user(top: &mut Rest) -> Result<Option<String>, CallerError> {
    let Some(mut metadata) = object(top, "metadata", "")? else { return Ok(None) };
    let user = string(&mut metadata, "user_id", "metadata")?;
    put_back(top, "metadata", metadata);
    Ok(user)
}

fn without_type(mut object: Rest) -> Rest {
    object.shift_remove("type");
    object
}

/// What is left of an object stays with the unknown fields.
fn put_back(object: &mut Rest, key: &str, left: Rest) {
    if !left.is_empty() {
        object.insert(key.to_owned(), Value::Object(left));
    }
}

/// Takes a member out; `null` counts as absent.
fn take(object: &mut Rest, key: &str) -> Option<Value> {
    object.shift_remove(key).filter(|value| !value.is_null())
}

fn path_of(parent: &str, key: &str) -> String {
    if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
}

fn string(object: &mut Rest, key: &str, parent: &str) -> Result<Option<String>, CallerError> {
    match take(object, key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type(&path_of(parent, key), "a string", &other)),
    }
}

fn boolean(object: &mut Rest, key: &str, parent: &str) -> Result<Option<bool>, CallerError> {
    take(object, key)
        .map(|v| v.as_bool().ok_or_else(|| wrong_type(&path_of(parent, key), "true or false", &v)))
        .transpose()
}

fn integer(object: &mut Rest, key: &str, parent: &str) -> Result<Option<u64>, CallerError> {
    take(object, key)
        .map(|v| v.as_u64().ok_or_else(|| wrong_type(&path_of(parent, key), "a whole number, 0 or more", &v)))
        .transpose()
}

fn number(object: &mut Rest, key: &str) -> Result<Option<f64>, CallerError> {
    take(object, key).map(|v| v.as_f64().ok_or_else(|| wrong_type(key, "a number", &v))).transpose()
}

fn list(object: &mut Rest, key: &str, parent: &str) -> Result<Option<Vec<Value>>, CallerError> {
    match take(object, key) {
        None => Ok(None),
        Some(Value::Array(values)) => Ok(Some(values)),
        Some(other) => Err(wrong_type(&path_of(parent, key), "a list", &other)),
    }
}

fn object(object: &mut Rest, key: &str, parent: &str) -> Result<Option<Rest>, CallerError> {
    take(object, key).map(|value| into_object(value, &path_of(parent, key))).transpose()
}

fn into_object(value: Value, path: &str) -> Result<Rest, CallerError> {
    match value {
        Value::Object(object) => Ok(object),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(wrong_type(path, "an object", &other))
        }
    }
}

fn invalid(text: impl Into<String>) -> CallerError {
    CallerError::new(ErrorKind::InvalidRequest, text)
}

fn required(path: &str) -> CallerError {
    invalid(format!("{path}: Field required")).param(path)
}

fn wrong_type(path: &str, expected: &str, found: &Value) -> CallerError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    if path.is_empty() {
        return invalid(format!("The request body must be {expected}, not {found}.")).code("invalid_type");
    }
    // "not a number" would read oddly where only the kind of number is wrong.
    let text = match (expected, found) {
        ("a whole number, 0 or more", "a number") => format!("The field `{path}` must be {expected}."),
        _ => format!("The field `{path}` must be {expected}, not {found}."),
    };
    invalid(text).param(path).code("invalid_type")
}
