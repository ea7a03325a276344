//! A hub request, written as a body of `/v2/chat`.
//!
//! The caller always speaks another dialect, so nothing unknown is sent: it is a loss, or the target is refused.
//!
//! Source of every limit: the vendor's API reference of `/v2/chat`, November 2026.

use super::messages::write_messages;
use crate::Dialect;
use crate::anthropic::request::{Field, drop_refused, name, note_rest, refuse_unanswerable};
use crate::hub::{Choice, Format, Losses, Reasoning, Request, Rest, Tool};
use crate::target::{Refused, Target};
use serde_json::{Map, Value, json};

/// Most stop texts taken.
const MAX_STOPS: usize = 5;
/// Largest `k`.
const MAX_K: u64 = 500;

/// Writes the body for `target`; what cannot be expressed and may be left out is noted in `losses`.
///
/// # Errors
/// [`Refused`] when leaving something out would change what the caller asked for.
pub fn encode(request: &Request, target: &Target, losses: &mut Losses) -> Result<Value, Refused> {
    refuse_unanswerable(request, Dialect::Cohere)?;
    let mut body = Map::new();
    body.insert("model".to_owned(), Value::from(target.model.as_str()));
    body.insert("messages".to_owned(), Value::Array(write_messages(request, losses)?));
    write_tools(request, &mut body, losses)?;
    write_format(request, &mut body, losses);
    write_reasoning(request, target, &mut body, losses);
    write_sampling(request, &mut body, losses);
    if let Some(max_tokens) = request.max_tokens {
        body.insert("max_tokens".to_owned(), Value::from(max_tokens));
    }
    let stops: Vec<&String> = request.stop.iter().filter(|s| !s.is_empty()).take(MAX_STOPS).collect();
    if stops.len() < request.stop.len() {
        losses.note(name(request.origin, Field::Stop));
    }
    if !stops.is_empty() {
        body.insert("stop_sequences".to_owned(), json!(stops));
    }
    if request.user.is_some() {
        losses.note(name(request.origin, Field::User));
    }
    body.insert("stream".to_owned(), Value::Bool(request.stream));
    note_rest(&request.rest, "", losses);
    drop_refused(&mut body, target, &["model", "messages"], losses);
    Ok(Value::Object(body))
}

fn write_tools(request: &Request, body: &mut Rest, losses: &mut Losses) -> Result<(), Refused> {
    if request.tools.is_empty() {
        return Ok(());
    }
    let only = match &request.tool_choice {
        Some(Choice::Named(name)) => Some(name),
        Some(Choice::Auto | Choice::None | Choice::Required) | None => None,
    };
    let mut tools = Vec::with_capacity(request.tools.len());
    let mut strict_tools = Vec::new();
    for (i, tool) in request.tools.iter().enumerate() {
        let path = format!("tools[{i}]");
        let (tool_name, strict, value) = write_tool(request.origin, tool, &path, losses)?;
        // No tool can be named as the one to call, but the others can be held back.
        if only.is_none_or(|only| only == tool_name) {
            strict_tools.push((strict, path));
            tools.push(value);
        }
    }
    if tools.is_empty() {
        return Err(Refused::new("tool_choice", "the tool to be called is not among the tools"));
    }
    body.insert("tools".to_owned(), Value::Array(tools));
    // Strictness is for all tools or for none.
    if strict_tools.iter().all(|(strict, _)| *strict) {
        body.insert("strict_tools".to_owned(), Value::Bool(true));
    } else {
        let function = function_key(request.origin);
        for (_, path) in strict_tools.iter().filter(|(strict, _)| *strict) {
            losses.note(format!("{path}{function}.strict"));
        }
    }
    let choice = match &request.tool_choice {
        Some(Choice::None) => Some("NONE"),
        Some(Choice::Required | Choice::Named(_)) => Some("REQUIRED"),
        Some(Choice::Auto) | None => None,
    };
    if let Some(choice) = choice {
        body.insert("tool_choice".to_owned(), Value::from(choice));
    }
    if request.parallel_tool_calls == Some(false) {
        losses.note(name(request.origin, Field::ParallelTools));
    }
    Ok(())
}

fn function_key(origin: Dialect) -> &'static str {
    match origin {
        Dialect::OpenAi => ".function",
        Dialect::Anthropic | Dialect::Cohere => "",
    }
}

fn write_tool<'a>(
    origin: Dialect,
    tool: &'a Tool,
    path: &str,
    losses: &mut Losses,
) -> Result<(&'a str, bool, Value), Refused> {
    let (name, description, parameters, strict, rest) = match tool {
        Tool::Hosted(whole) => {
            let kind = whole.get("type").and_then(Value::as_str).unwrap_or("unknown");
            return Err(Refused::new(path, format!("only its own provider can run a tool of type {kind:?}")));
        }
        Tool::Function { name, description, parameters, strict, rest } => {
            (name, description, parameters, strict, rest)
        }
    };
    let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let starts_with_digit = name.bytes().next().is_none_or(|b| b.is_ascii_digit());
    if starts_with_digit || !name.bytes().all(valid) {
        let reason = format!(
            "this provider takes no tool named {name:?}: only letters, digits and _ may be used, and no digit first"
        );
        return Err(Refused::new(format!("{path}{}.name", function_key(origin)), reason));
    }
    note_rest(rest, path, losses);
    let mut function = Map::new();
    function.insert("name".to_owned(), Value::from(name.as_str()));
    if let Some(description) = description {
        function.insert("description".to_owned(), Value::from(description.as_str()));
    }
    let empty = || json!({"type": "object", "properties": {}});
    function.insert("parameters".to_owned(), parameters.clone().unwrap_or_else(empty));
    Ok((name, *strict == Some(true), json!({"type": "function", "function": function})))
}

fn write_format(request: &Request, body: &mut Rest, losses: &mut Losses) {
    let field = name(request.origin, Field::Format);
    let schema = match &request.format {
        Format::Text => return,
        Format::JsonObject => None,
        Format::JsonSchema { schema, rest, .. } => {
            note_rest(rest, field, losses);
            Some(schema)
        }
    };
    if body.contains_key("tools") {
        // The provider takes one or the other.
        losses.note(field);
        return;
    }
    let mut format = Map::new();
    format.insert("type".to_owned(), Value::from("json_object"));
    if let Some(schema) = schema {
        format.insert("json_schema".to_owned(), schema.clone());
    }
    body.insert("response_format".to_owned(), Value::Object(format));
}

/// Whether the model is one of those that came before thinking. What is not known may well think; if not, the
/// provider says so, and the field is left out from then on.
fn never_thinks(model: &str) -> bool {
    let model = model.to_ascii_lowercase();
    ["command-r", "command-light", "command-a-03-2025", "command-a-vision", "command-a-translate", "aya"]
        .iter()
        .any(|older| model.contains(older))
}

fn write_reasoning(request: &Request, target: &Target, body: &mut Rest, losses: &mut Losses) {
    let Some(wish) = &request.reasoning else { return };
    if never_thinks(&target.model) {
        if *wish != Reasoning::Off {
            losses.note(name(request.origin, Field::Reasoning));
        }
        return;
    }
    let thinking = match wish {
        Reasoning::Off => json!({"type": "disabled"}),
        Reasoning::Adaptive => json!({"type": "enabled"}),
        Reasoning::Budget(tokens) => json!({"type": "enabled", "token_budget": tokens}),
        Reasoning::Effort(level) => match level.as_str() {
            "none" => json!({"type": "disabled"}),
            "minimal" => json!({"type": "enabled", "token_budget": 512}),
            "low" => json!({"type": "enabled", "token_budget": 2048}),
            "medium" => json!({"type": "enabled", "token_budget": 8192}),
            // As much as it takes.
            _ => json!({"type": "enabled"}),
        },
    };
    body.insert("thinking".to_owned(), thinking);
}

fn write_sampling(request: &Request, body: &mut Rest, losses: &mut Losses) {
    let sampling = &request.sampling;
    let mut clamped = |key: &str, field: &str, value: Option<f64>, low: f64, high: f64| {
        let Some(value) = value else { return };
        let within = value.clamp(low, high);
        // The ends of `top_p` are open here: a hundredth is no loss.
        if (value - within).abs() > 0.011 {
            losses.note(field);
        }
        body.insert(key.to_owned(), Value::from(within));
    };
    clamped("temperature", "temperature", sampling.temperature, 0.0, 1.0);
    clamped("p", "top_p", sampling.top_p, 0.01, 0.99);
    let said = |penalty: Option<f64>| penalty.filter(|p| *p != 0.0);
    let frequency = said(sampling.frequency_penalty);
    let presence = said(sampling.presence_penalty);
    clamped("frequency_penalty", "frequency_penalty", frequency, 0.0, 1.0);
    if frequency.is_none() {
        clamped("presence_penalty", "presence_penalty", presence, 0.0, 1.0);
    } else if presence.is_some() {
        // Some models take one of the two only.
        losses.note("presence_penalty");
    }
    if let Some(k) = sampling.top_k {
        if k > MAX_K {
            losses.note("top_k");
        }
        body.insert("k".to_owned(), Value::from(k.min(MAX_K)));
    }
    match sampling.seed.map(u64::try_from) {
        Some(Ok(seed)) => {
            body.insert("seed".to_owned(), Value::from(seed));
        }
        // Seeds are positive here.
        Some(Err(_)) => losses.note("seed"),
        None => {}
    }
}
