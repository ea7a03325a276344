//! Tools, the choice among them, and the schemas they and formats carry.

use super::encode::Writer;
use super::foreign::merge;
use super::messages::write_foreign_rest;
use crate::Dialect;
use crate::anthropic::models;
use crate::hub::{Choice, Losses, Rest, Tool};
use crate::target::Refused;
use serde_json::{Map, Value, json};

/// Longest name of a tool (vendor's API reference).
const MAX_NAME: usize = 128;

/// Writes `tools` and `tool_choice`.
pub(super) fn write(writer: Writer<'_>, body: &mut Rest, losses: &mut Losses) -> Result<(), Refused> {
    let request = writer.request;
    let mut tools = Vec::with_capacity(request.tools.len());
    for (i, tool) in request.tools.iter().enumerate() {
        tools.push(write_tool(writer, tool, &format!("tools[{i}]"), losses)?);
    }
    let has_tools = !tools.is_empty();
    if has_tools {
        body.insert("tools".to_owned(), Value::Array(tools));
    }
    if let Some(choice) = write_choice(writer, has_tools) {
        body.insert("tool_choice".to_owned(), choice);
    }
    Ok(())
}

fn write_tool(writer: Writer<'_>, tool: &Tool, path: &str, losses: &mut Losses) -> Result<Value, Refused> {
    let (name, description, parameters, strict, rest) = match tool {
        Tool::Hosted(whole) if writer.native => return Ok(whole.clone()),
        Tool::Hosted(whole) => {
            let kind = whole.get("type").and_then(Value::as_str).unwrap_or("unknown");
            return Err(Refused::new(path, format!("only its own provider can run a tool of type {kind:?}")));
        }
        Tool::Function { name, description, parameters, strict, rest } => {
            (name, description, parameters, strict, rest)
        }
    };
    let function = if writer.request.origin == Dialect::OpenAi { ".function" } else { "" };
    let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !writer.native && (name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(valid)) {
        let reason =
            format!("this provider takes no tool named {name:?}: only letters, digits, _ and - may be used");
        return Err(Refused::new(format!("{path}{function}.name"), reason));
    }
    let mut written = Map::new();
    written.insert("name".to_owned(), Value::from(name.as_str()));
    if let Some(description) = description {
        written.insert("description".to_owned(), Value::from(description.as_str()));
    }
    written.insert("input_schema".to_owned(), input_schema(parameters.as_ref(), writer.native));
    match strict {
        Some(true) if !writer.native && !models::json_schema(&writer.target.model) => {
            losses.note(format!("{path}{function}.strict"));
        }
        // `false` is the default.
        Some(false) if !writer.native => {}
        Some(strict) => {
            written.insert("strict".to_owned(), Value::Bool(*strict));
        }
        None => {}
    }
    if writer.native {
        merge(&mut written, rest);
    } else {
        write_foreign_rest(&mut written, rest, path, losses);
    }
    Ok(Value::Object(written))
}

/// A schema for an object, which is the only kind the provider takes.
fn input_schema(parameters: Option<&Value>, native: bool) -> Value {
    match parameters {
        Some(Value::Object(schema)) if native || schema.contains_key("type") => Value::Object(schema.clone()),
        Some(Value::Object(schema)) => {
            let mut typed = Map::new();
            typed.insert("type".to_owned(), Value::from("object"));
            typed.extend(schema.iter().map(|(k, v)| (k.clone(), v.clone())));
            Value::Object(typed)
        }
        _ => json!({"type": "object", "properties": {}}),
    }
}

fn write_choice(writer: Writer<'_>, has_tools: bool) -> Option<Value> {
    let request = writer.request;
    if !has_tools && !writer.native {
        return None;
    }
    let serial = request.parallel_tool_calls.map(|parallel| !parallel);
    // `false` is the default and is written only where the caller wrote it.
    let serial = serial.filter(|serial| *serial || writer.native);
    let mut choice = match &request.tool_choice {
        None => match serial {
            Some(true) => json!({"type": "auto"}),
            Some(false) | None => return None,
        },
        Some(Choice::Auto) => json!({"type": "auto"}),
        Some(Choice::None) => json!({"type": "none"}),
        Some(Choice::Required) => json!({"type": "any"}),
        Some(Choice::Named(name)) => json!({"type": "tool", "name": name}),
    };
    let can_be_serial = writer.native || request.tool_choice != Some(Choice::None);
    if let (Some(serial), true, Some(object)) = (serial, can_be_serial, choice.as_object_mut()) {
        object.insert("disable_parallel_tool_use".to_owned(), Value::Bool(serial));
    }
    Some(choice)
}

/// Sets `additionalProperties: false` on every object of a schema, as the provider wants it. True when that
/// changed what the schema allowed in so many words.
pub(super) fn close_objects(schema: &mut Value) -> bool {
    let Some(object) = schema.as_object_mut() else { return false };
    let mut changed = false;
    let is_object = match object.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|k| k == "object"),
        _ => object.contains_key("properties"),
    };
    if is_object {
        let before = object.insert("additionalProperties".to_owned(), Value::Bool(false));
        changed = before.is_some_and(|b| b != Value::Bool(false));
    }
    for key in ["properties", "$defs", "definitions"] {
        if let Some(Value::Object(named)) = object.get_mut(key) {
            for (_, inner) in named.iter_mut() {
                changed |= close_objects(inner);
            }
        }
    }
    for key in ["items", "not"] {
        if let Some(inner) = object.get_mut(key) {
            changed |= close_objects(inner);
        }
    }
    for key in ["anyOf", "allOf", "oneOf", "prefixItems"] {
        if let Some(Value::Array(several)) = object.get_mut(key) {
            for inner in several {
                changed |= close_objects(inner);
            }
        }
    }
    changed
}
