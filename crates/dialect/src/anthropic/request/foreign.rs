//! What to do with what a target's dialect does not know: refuse it, name it as lost, or send it on.

use crate::Dialect;
use crate::hub::{Losses, Request, Rest};
use crate::target::{Refused, Target};
use serde_json::Value;

/// Refuses what the answer depends on and neither Anthropic nor Cohere can say.
///
/// # Errors
/// [`Refused`] with the caller's field.
pub(crate) fn refuse_unanswerable(request: &Request, target: Dialect) -> Result<(), Refused> {
    if request.n.is_some_and(|n| n > 1) {
        return Err(Refused::new("n", "this provider gives one answer per request"));
    }
    if request.logprobs == Some(true) || request.top_logprobs.is_some_and(|n| n > 0) {
        return Err(Refused::new("logprobs", "this provider gives no log probabilities of this form"));
    }
    if request.logit_bias.as_ref().is_some_and(|bias| !is_empty(bias)) {
        return Err(Refused::new("logit_bias", "this provider takes no bias of tokens"));
    }
    if request.origin == target {
        return Ok(());
    }
    for (key, reason) in [
        ("web_search_options", "only its own provider can run this search"),
        ("mcp_servers", "only its own provider can reach these tools"),
        ("container", "only its own provider has this container"),
        ("audio", "this provider does not speak"),
        ("inference_geo", "this provider cannot promise where data is processed"),
    ] {
        if request.rest.get(key).is_some_and(|v| !is_empty(v)) {
            return Err(Refused::new(key, reason));
        }
    }
    // A decoder leaves these whole, type and all, when it does not know their type.
    for key in ["tool_choice", "response_format"] {
        let kind = request.rest.get(key).and_then(|v| v.get("type")).and_then(Value::as_str);
        if let Some(kind) = kind.filter(|k| *k != "text") {
            return Err(Refused::new(key, format!("this provider does not take the type {kind:?}")));
        }
    }
    Ok(())
}

/// Leaves out what this target has refused before.
pub(crate) fn drop_refused(body: &mut Rest, target: &Target, needed: &[&str], losses: &mut Losses) {
    for field in target.refused_fields.iter().filter(|f| !needed.contains(&f.as_str())) {
        let removed = match field.rsplit_once('.') {
            None => body.shift_remove(field),
            Some((parent, key)) => parent
                .split('.')
                .try_fold(&mut *body, |object, key| object.get_mut(key)?.as_object_mut())
                .and_then(|object| object.shift_remove(key)),
        };
        if removed.is_some() {
            losses.note(field.clone());
        }
    }
}

/// Adds `rest` to `object` at every level; what stands there stays.
pub(crate) fn merge(object: &mut Rest, rest: &Rest) {
    for (key, value) in rest {
        match (object.get_mut(key), value) {
            (None, _) => {
                object.insert(key.clone(), value.clone());
            }
            (Some(Value::Object(there)), Value::Object(more)) => merge(there, more),
            (Some(_), _) => {}
        }
    }
}

/// Objects in which callers nest further fields of their own: the inner field is the one to name.
const NESTED: [&str; 8] = [
    "function",
    "image_url",
    "json_schema",
    "stream_options",
    "source",
    "output_config",
    "thinking",
    "tool_choice",
];

/// Notes every field of `rest` that says something, below `path`. Prompt-cache controls are passed over: they
/// change no answer.
pub(crate) fn note_rest(rest: &Rest, path: &str, losses: &mut Losses) {
    for (key, value) in rest {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            // Its presence alone asks for a search.
            Value::Object(_) if path == "web_search_options" => losses.note(path),
            value if is_empty(value) || key == "cache_control" => {}
            Value::Object(inner) if NESTED.contains(&key.as_str()) => note_rest(inner, &path, losses),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => losses.note(path),
        }
    }
}

/// Whether a field says nothing: SDKs write many such when they send an earlier answer back.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
