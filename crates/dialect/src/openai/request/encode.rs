//! The hub's request, written as a body for a provider of this dialect.

use super::message_encode;
use crate::Dialect;
use crate::hub::{Choice, Format, Losses, Reasoning, Request, Rest, Tool};
use crate::openai::models::Family;
use crate::target::{Refused, Target};
use serde_json::{Map, Value, json};

/// Longest `user` OpenAI accepts, in characters.
const LONGEST_USER: usize = 64;

/// Thinking budgets up to these many tokens become `low` and `medium`; larger ones become `high`. Anthropic's
/// smallest budget is 1024.
const LOW_BUDGET: u64 = 1024;
const MEDIUM_BUDGET: u64 = 8192;

/// Writes the body. The model is always the target's.
///
/// Fields under the caller's own names (`rest`) are written when the caller speaks this dialect too. Those of
/// another dialect are named in `losses`, except prompt-cache controls, which change no answer.
///
/// # Errors
/// [`Refused`] for what the target cannot express and what must not be dropped in silence: pictures, documents and
/// tools it cannot take, a guaranteed schema, and where data may be processed.
pub fn encode(request: &Request, target: &Target, losses: &mut Losses) -> Result<Value, Refused> {
    let own = request.origin == Dialect::OpenAi;
    let family = Family::of(&target.model);
    let mut body = Map::new();
    body.insert("model".to_owned(), Value::from(target.model.as_str()));
    body.insert("messages".to_owned(), message_encode::messages(request, target, losses)?);
    body.insert("stream".to_owned(), Value::from(request.stream));
    if request.stream {
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    tools(request, target, losses, &mut body)?;
    limit(request, target, family, losses, &mut body);
    sampling(request, family, losses, &mut body);
    format(request, target, &mut body)?;
    reasoning(request, family, losses, &mut body);
    match request.stop.as_slice() {
        [] => {}
        [one] => put(&mut body, "stop", Some(one.as_str())),
        more => put(&mut body, "stop", Some(more)),
    }
    put(&mut body, "n", request.n);
    put(&mut body, "logprobs", request.logprobs);
    put(&mut body, "top_logprobs", request.top_logprobs);
    put(&mut body, "logit_bias", request.logit_bias.clone());
    match &request.user {
        Some(user) if !own && user.chars().count() > LONGEST_USER => {
            losses.note(caller_name(request, "user"))
        }
        user @ (Some(_) | None) => put(&mut body, "user", user.as_deref()),
    }
    if own {
        let mut rest = request.rest.clone();
        if !request.stream {
            // OpenAI refuses stream options without a stream.
            rest.shift_remove("stream_options");
        }
        merge(&mut body, &rest);
    } else {
        foreign_top_level(&request.rest, losses)?;
    }
    leave_out_refused(request, target, losses, &mut body)?;
    Ok(Value::Object(body))
}

/// Puts a value that is there.
pub(super) fn put<T: Into<Value>>(body: &mut Rest, key: &str, value: Option<T>) {
    if let Some(value) = value {
        body.insert(key.to_owned(), value.into());
    }
}

/// Adds the members of `rest`; in objects that stand on both sides, theirs. What is there already wins.
pub(super) fn merge(body: &mut Rest, rest: &Rest) {
    for (key, value) in rest {
        match (body.get_mut(key), value) {
            (Some(Value::Object(mine)), Value::Object(theirs)) => merge(mine, theirs),
            (Some(_), _) => {}
            (None, _) => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Names the unknown fields of another dialect that are left out. Prompt-cache controls are passed over.
pub(super) fn note_rest(rest: &Rest, at: impl Fn() -> String, losses: &mut Losses) {
    for (key, value) in rest {
        if key != "cache_control" && !value.is_null() {
            losses.note(format!("{}.{key}", at()));
        }
    }
}

fn foreign_top_level(rest: &Rest, losses: &mut Losses) -> Result<(), Refused> {
    for (key, value) in rest {
        let empty = match value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
        };
        match key.as_str() {
            "cache_control" => {}
            _ if empty => {}
            "inference_geo" => {
                return Err(Refused::new(key, "this provider cannot promise where data is processed"));
            }
            "mcp_servers" | "container" => {
                return Err(Refused::new(key, format!("`{key}` works only at its own vendor")));
            }
            _ => losses.note(key),
        }
    }
    Ok(())
}

/// The caller's own name of a top-level field, given ours.
fn caller_name(request: &Request, ours: &str) -> String {
    let theirs = match (request.origin, ours) {
        (Dialect::Anthropic, "stop") => "stop_sequences",
        (Dialect::Anthropic, "reasoning_effort") => "thinking",
        (Dialect::Anthropic, "response_format") => "output_config.format",
        (Dialect::Anthropic, "user") => "metadata.user_id",
        (Dialect::Anthropic, "parallel_tool_calls") => "tool_choice.disable_parallel_tool_use",
        (Dialect::OpenAi | Dialect::Anthropic | Dialect::Cohere, _) => ours,
    };
    theirs.to_owned()
}

fn tools(request: &Request, target: &Target, losses: &mut Losses, body: &mut Rest) -> Result<(), Refused> {
    let own = request.origin == Dialect::OpenAi;
    if !target.capabilities.tools && !request.tools.is_empty() {
        if request.tool_choice == Some(Choice::None) {
            // The caller forbids their use, so leaving them out changes nothing.
            return Ok(());
        }
        return Err(Refused::new("tools", "this model cannot call tools"));
    }
    let mut list = Vec::with_capacity(request.tools.len());
    for (i, tool) in request.tools.iter().enumerate() {
        list.push(match tool {
            Tool::Function { name, description, parameters, strict, rest } => {
                let mut function = Map::new();
                put(&mut function, "name", Some(name.as_str()));
                put(&mut function, "description", description.as_deref());
                put(&mut function, "parameters", parameters.clone());
                put(&mut function, "strict", *strict);
                let mut tool = Map::new();
                put(&mut tool, "type", Some("function"));
                put(&mut tool, "function", Some(function));
                if own {
                    merge(&mut tool, rest);
                } else {
                    note_rest(rest, || format!("tools[{i}]"), losses);
                }
                Value::Object(tool)
            }
            Tool::Hosted(whole) if own => whole.clone(),
            Tool::Hosted(whole) => {
                let kind = whole.get("type").and_then(Value::as_str).unwrap_or("a hosted tool");
                let reason =
                    format!("`{kind}` runs only at its own vendor and cannot be given to this model");
                return Err(Refused::new(format!("tools[{i}]"), reason));
            }
        });
    }
    // OpenAI refuses both fields without tools; a caller of this dialect then hears it from OpenAI itself.
    if own || !list.is_empty() {
        let choice = request.tool_choice.as_ref().map(|choice| match choice {
            Choice::Auto => Value::from("auto"),
            Choice::None => Value::from("none"),
            Choice::Required => Value::from("required"),
            Choice::Named(name) => json!({"type": "function", "function": {"name": name}}),
        });
        put(body, "tool_choice", choice);
        put(body, "parallel_tool_calls", request.parallel_tool_calls);
    }
    if !list.is_empty() {
        put(body, "tools", Some(list));
    }
    Ok(())
}

fn limit(request: &Request, target: &Target, family: Family, losses: &mut Losses, body: &mut Rest) {
    let Some(limit) = request.max_tokens else { return };
    let refused = |field: &str| target.refused_fields.iter().any(|f| f == field);
    // Compatible servers know only the old name, OpenAI's reasoning models only the new one.
    let names = match family.is_hosted_reasoning() {
        true => ["max_completion_tokens", "max_tokens"],
        false => ["max_tokens", "max_completion_tokens"],
    };
    match names.into_iter().find(|name| !refused(name)) {
        Some(name) => put(body, name, Some(limit)),
        None => losses.note("max_tokens"),
    }
}

fn sampling(request: &Request, family: Family, losses: &mut Losses, body: &mut Rest) {
    let sampling = &request.sampling;
    for (name, value) in [("temperature", sampling.temperature), ("top_p", sampling.top_p)] {
        match value {
            #[expect(clippy::float_cmp, reason = "1 is the default and stands for itself")]
            Some(value) if family.is_hosted_reasoning() => {
                if value != 1.0 {
                    losses.note(name);
                }
            }
            value @ (Some(_) | None) => put(body, name, value),
        }
    }
    match sampling.top_k {
        Some(_) if request.origin != Dialect::OpenAi => losses.note("top_k"),
        // Not OpenAI's, but many compatible servers take it, and the caller knows theirs.
        top_k @ (Some(_) | None) => put(body, "top_k", top_k),
    }
    put(body, "seed", sampling.seed);
    put(body, "presence_penalty", sampling.presence_penalty);
    put(body, "frequency_penalty", sampling.frequency_penalty);
}

fn format(request: &Request, target: &Target, body: &mut Rest) -> Result<(), Refused> {
    match &request.format {
        Format::Text => {}
        Format::JsonObject => put(body, "response_format", Some(json!({"type": "json_object"}))),
        Format::JsonSchema { name, schema, strict, rest } => {
            if *strict == Some(true) && !target.capabilities.json {
                let field = caller_name(request, "response_format");
                return Err(Refused::new(
                    field,
                    "this model cannot guarantee that its answer matches a schema",
                ));
            }
            let own = request.origin == Dialect::OpenAi;
            let mut inner = Map::new();
            match name {
                // The dialect requires a name, which others do not have.
                None if !own => put(&mut inner, "name", Some("answer")),
                name @ (Some(_) | None) => put(&mut inner, "name", name.as_deref()),
            }
            put(&mut inner, "schema", Some(schema.clone()));
            put(&mut inner, "strict", *strict);
            let mut format = Map::new();
            put(&mut format, "type", Some("json_schema"));
            put(&mut format, "json_schema", Some(inner));
            if own {
                merge(&mut format, rest);
            }
            put(body, "response_format", Some(format));
        }
    }
    Ok(())
}

fn reasoning(request: &Request, family: Family, losses: &mut Losses, body: &mut Rest) {
    let Some(reasoning) = &request.reasoning else { return };
    let name = caller_name(request, "reasoning_effort");
    let effort = match reasoning {
        Reasoning::Off if family == Family::Gpt5 => "none",
        // Another dialect's "do not think" is met by a model that does not think; one that always does lost it.
        Reasoning::Off if family == Family::Other && request.origin != Dialect::OpenAi => return,
        Reasoning::Off => return losses.note(name),
        Reasoning::Effort(effort) => effort.as_str(),
        Reasoning::Budget(tokens) => {
            losses.note(name.as_str());
            match *tokens {
                tokens if tokens <= LOW_BUDGET => "low",
                tokens if tokens <= MEDIUM_BUDGET => "medium",
                _ => "high",
            }
        }
        Reasoning::Adaptive => "medium",
    };
    if family.takes_effort() {
        put(body, "reasoning_effort", Some(effort));
    } else {
        losses.note(name);
    }
}

/// Takes out the fields this target has refused before.
fn leave_out_refused(
    request: &Request,
    target: &Target,
    losses: &mut Losses,
    body: &mut Rest,
) -> Result<(), Refused> {
    for field in &target.refused_fields {
        match field.as_str() {
            // Without these there is no request, so leaving them out cannot help.
            "model" | "messages" | "stream" => {}
            // `limit` has chosen between the two.
            "max_tokens" | "max_completion_tokens" => {}
            "tools" if !request.tools.is_empty() && request.tool_choice != Some(Choice::None) => {
                return Err(Refused::new("tools", "this model cannot call tools"));
            }
            // Handover's own wish, not the caller's.
            "stream_options" if !request.include_usage => {
                body.shift_remove("stream_options");
            }
            name => {
                if body.shift_remove(name).is_some() {
                    losses.note(caller_name(request, name));
                }
            }
        }
    }
    Ok(())
}
