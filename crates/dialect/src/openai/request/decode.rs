//! A caller's body, read into the hub.

use super::message_decode;
use crate::Dialect;
use crate::error::{CallerError, ErrorKind};
use crate::hub::{Choice, Format, Reasoning, Request, Rest, Sampling, Tool};
use crate::openai::fields::{Fields, Path, invalid, missing, text, wrong_type};
use serde_json::Value;

/// Reads a chat-completions body.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`] with the path of the first field at fault, or with the position where the body is
/// not JSON.
pub fn decode(body: &[u8]) -> Result<Request, CallerError> {
    let value: Value = serde_json::from_slice(body).map_err(|e| {
        CallerError::new(ErrorKind::InvalidRequest, format!("The request body is not valid JSON: {e}."))
            .code("invalid_json")
    })?;
    let mut fields = Fields::open(value, &Path::Root)?;
    refuse_functions(&mut fields)?;
    let model = fields.required_string("model")?;
    let messages = message_decode::messages(&mut fields)?;
    let tools = tools(&mut fields)?;
    let tool_choice = tool_choice(&mut fields)?;
    let completion_limit = fields.unsigned("max_completion_tokens")?;
    let old_limit = fields.unsigned("max_tokens")?;
    let include_usage = include_usage(&mut fields)?;
    Ok(Request {
        origin: Dialect::OpenAi,
        model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls: fields.boolean("parallel_tool_calls")?,
        max_tokens: completion_limit.or(old_limit),
        sampling: Sampling {
            temperature: fields.number("temperature")?,
            top_p: fields.number("top_p")?,
            top_k: fields.unsigned("top_k")?,
            seed: fields.signed("seed")?,
            presence_penalty: fields.number("presence_penalty")?,
            frequency_penalty: fields.number("frequency_penalty")?,
        },
        stop: stop(&mut fields)?,
        format: format(&mut fields)?,
        reasoning: fields.string("reasoning_effort")?.map(|effort| match effort.as_str() {
            "none" => Reasoning::Off,
            _ => Reasoning::Effort(effort),
        }),
        n: number_of_answers(&mut fields)?,
        logprobs: fields.boolean("logprobs")?,
        top_logprobs: fields.unsigned("top_logprobs")?,
        logit_bias: fields.object("logit_bias")?.map(Value::Object),
        user: fields.string("user")?,
        stream: fields.boolean("stream")?.unwrap_or(false),
        include_usage,
        rest: fields.into_rest(),
    })
}

/// The predecessor of tools. Its answers have a shape of their own (`message.function_call`), which no other target
/// can give; turning the request into tools would give the caller an answer it does not read.
fn refuse_functions(fields: &mut Fields<'_>) -> Result<(), CallerError> {
    for (old, new) in [("functions", "tools"), ("function_call", "tool_choice")] {
        if fields.take(old).is_some() {
            let message =
                format!("`{old}` was replaced by `{new}` and is not supported; please use `{new}`.");
            return Err(invalid(&fields.at(old), message).code("unsupported_parameter"));
        }
    }
    Ok(())
}

fn number_of_answers(fields: &mut Fields<'_>) -> Result<Option<u64>, CallerError> {
    match fields.unsigned("n")? {
        Some(0) => Err(invalid(&fields.at("n"), "`n` must be 1 or more.".to_owned())),
        n @ (Some(_) | None) => Ok(n),
    }
}

fn stop(fields: &mut Fields<'_>) -> Result<Vec<String>, CallerError> {
    let Some(value) = fields.take("stop") else { return Ok(Vec::new()) };
    let path = fields.at("stop");
    if let Value::String(text) = value {
        return Ok(vec![text]);
    }
    let Value::Array(list) = value else {
        return Err(wrong_type(&path, "a string or a list of strings", &value));
    };
    list.into_iter().enumerate().map(|(i, element)| text(element, &Path::Index(&path, i))).collect()
}

fn include_usage(fields: &mut Fields<'_>) -> Result<bool, CallerError> {
    let Some(options) = fields.object("stream_options")? else { return Ok(false) };
    let path = fields.at("stream_options");
    let mut options = Fields::open(Value::Object(options), &path)?;
    let include = options.boolean("include_usage")?.unwrap_or(false);
    let rest = options.into_rest();
    fields.keep_rest("stream_options", rest);
    Ok(include)
}

fn format(fields: &mut Fields<'_>) -> Result<Format, CallerError> {
    let Some(object) = fields.object("response_format")? else { return Ok(Format::Text) };
    let path = Path::Key(&Path::Root, "response_format");
    let whole = Value::Object(object.clone());
    let mut format = Fields::open(Value::Object(object), &path)?;
    match format.required_string("type")?.as_str() {
        "json_object" => {
            fields.keep_rest("response_format", format.into_rest());
            Ok(Format::JsonObject)
        }
        "json_schema" => json_schema(format),
        "text" if format.into_rest().is_empty() => Ok(Format::Text),
        // A kind this project does not know (a grammar, a regular expression), or text with unknown fields.
        _ => {
            fields.keep("response_format", whole);
            Ok(Format::Text)
        }
    }
}

fn json_schema(mut format: Fields<'_>) -> Result<Format, CallerError> {
    let inner = format.object("json_schema")?.ok_or_else(|| missing(&format.at("json_schema")))?;
    let (name, schema, strict, inner_rest) = {
        let path = format.at("json_schema");
        let mut inner = Fields::open(Value::Object(inner), &path)?;
        let schema = Value::Object(inner.object("schema")?.unwrap_or_default());
        (inner.string("name")?, schema, inner.boolean("strict")?, inner.into_rest())
    };
    format.keep_rest("json_schema", inner_rest);
    Ok(Format::JsonSchema { name, schema, strict, rest: format.into_rest() })
}

fn tools(fields: &mut Fields<'_>) -> Result<Vec<Tool>, CallerError> {
    let list = fields.list("tools")?.unwrap_or_default();
    let path = fields.at("tools");
    list.into_iter().enumerate().map(|(i, value)| tool(value, &Path::Index(&path, i))).collect()
}

fn tool(value: Value, path: &Path<'_>) -> Result<Tool, CallerError> {
    let hosted = value.clone();
    let mut tool = Fields::open(value, path)?;
    if tool.required_string("type")? != "function" {
        return Ok(Tool::Hosted(hosted));
    }
    let function = tool.object("function")?.ok_or_else(|| missing(&tool.at("function")))?;
    let (name, description, parameters, strict, function_rest) = {
        let path = tool.at("function");
        let mut function = Fields::open(Value::Object(function), &path)?;
        (
            function.required_string("name")?,
            function.string("description")?,
            function.object("parameters")?.map(Value::Object),
            function.boolean("strict")?,
            function.into_rest(),
        )
    };
    tool.keep_rest("function", function_rest);
    Ok(Tool::Function { name, description, parameters, strict, rest: tool.into_rest() })
}

fn tool_choice(fields: &mut Fields<'_>) -> Result<Option<Choice>, CallerError> {
    let Some(value) = fields.take("tool_choice") else { return Ok(None) };
    let path = Path::Key(&Path::Root, "tool_choice");
    if let Value::String(word) = &value {
        return match word.as_str() {
            "auto" => Ok(Some(Choice::Auto)),
            "none" => Ok(Some(Choice::None)),
            // `any` is Mistral's word.
            "required" | "any" => Ok(Some(Choice::Required)),
            other => Err(invalid(
                &path,
                format!("`tool_choice` must be `none`, `auto`, `required` or an object, not `{other}`."),
            )),
        };
    }
    if !value.is_object() {
        return Err(wrong_type(&path, "a string or an object", &value));
    }
    let whole = value.clone();
    let mut choice = Fields::open(value, &path)?;
    if choice.required_string("type")? != "function" {
        // `allowed_tools`, `custom`: no counterpart in the hub.
        fields.keep("tool_choice", whole);
        return Ok(None);
    }
    let function = choice.object("function")?.ok_or_else(|| missing(&choice.at("function")))?;
    let (name, function_rest) = named_function(function, &choice.at("function"))?;
    choice.keep_rest("function", function_rest);
    fields.keep_rest("tool_choice", choice.into_rest());
    Ok(Some(Choice::Named(name)))
}

fn named_function(function: Rest, path: &Path<'_>) -> Result<(String, Rest), CallerError> {
    let mut function = Fields::open(Value::Object(function), path)?;
    Ok((function.required_string("name")?, function.into_rest()))
}
