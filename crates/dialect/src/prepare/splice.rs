//! The byte lane: a request for a target of the caller's own dialect.

use super::{Ask, Prepared, holds_json};
use crate::Dialect;
use crate::call::{Call, OWN_MEMBERS};
use crate::hub::Losses;
use crate::json::Edit;
use crate::reader::Reading;
use crate::target::{Overrides, Target};
use crate::thinking::{self, Which};
use serde_json::Value;

/// The caller's bytes, with what must change.
pub(super) fn splice(call: &Call, target: &Target, ask: Ask, asks_stream: bool) -> Prepared {
    let mut losses = Losses::new();
    let mut edits = vec![Edit::Set("model", Value::from(target.model.as_str()).to_string())];
    for own in OWN_MEMBERS {
        if call.members.value(own).is_some() {
            edits.push(Edit::Remove(own));
        }
    }
    override_members(call, target, &mut edits);
    strip_thinking(call, ask, &mut edits, &mut losses);
    leave_out_what_is_not_heeded(call, target, &mut edits, &mut losses);
    if asks_stream && !call.stream {
        edits.push(Edit::Set("stream", "true".to_owned()));
        if call.dialect == Dialect::OpenAi {
            edits.push(Edit::Set("stream_options", "{\"include_usage\":true}".to_owned()));
        }
    }
    for field in &target.refused_fields {
        if call.members.value(field).is_some()
            && !edits.iter().any(|e| matches!(e, Edit::Set(k, _) | Edit::Remove(k) if k == field))
        {
            edits.push(Edit::Remove(field));
            losses.note(field.clone());
        }
    }
    Prepared {
        path: "",
        body: call.members.splice(&call.body, &edits),
        asks_stream,
        translated: false,
        losses,
        resumption: None,
        reading: Reading {
            caller: call.dialect,
            provider: target.dialect,
            stream: call.stream,
            include_usage: asks_usage(call),
            hold_json: holds_json(call, ask),
        },
    }
}

/// Whether the caller wants usage in an OpenAI stream.
fn asks_usage(call: &Call) -> bool {
    let options = call.members.get(&call.body, "stream_options").unwrap_or_default();
    let options = serde_json::from_slice::<Value>(options).unwrap_or_default();
    options.get("include_usage").is_some_and(|asked| asked == true)
}

/// Takes out thinking that this provider would refuse the conversation for.
fn leave_out_what_is_not_heeded<'c>(
    call: &'c Call,
    target: &Target,
    edits: &mut Vec<Edit<'c>>,
    losses: &mut Losses,
) {
    let Some(heeded) = target.capabilities.members else { return };
    for key in call.members.keys().filter(|k| !heeded.contains(k) && !OWN_MEMBERS.contains(k)) {
        edits.push(Edit::Remove(key));
        if call.members.get(&call.body, key) != Some(b"null") {
            losses.note(key);
        }
    }
}

fn strip_thinking(call: &Call, ask: Ask, edits: &mut Vec<Edit<'_>>, losses: &mut Losses) {
    if call.dialect != Dialect::Anthropic {
        return;
    }
    let which = if ask.strip_state { Which::All } else { Which::Unsigned };
    let messages = call.members.get(&call.body, "messages").unwrap_or_default();
    let Some(stripped) = thinking::strip(messages, which) else { return };
    losses.note("thinking");
    edits.push(Edit::Set("messages", stripped.messages));
    let budget = || {
        let asked = call.members.get(&call.body, "thinking")?;
        serde_json::from_slice::<Value>(asked).ok()?.get("budget_tokens").cloned()
    };
    if stripped.unthought_call && budget().is_some() {
        edits.push(Edit::Remove("thinking"));
    }
}

fn override_members<'a>(call: &Call, target: &Target, edits: &mut Vec<Edit<'a>>) {
    let Overrides { system, temperature, top_p, max_tokens } = &target.overrides;
    if let Some(temperature) = temperature {
        edits.push(Edit::Set("temperature", Value::from(*temperature).to_string()));
    }
    if let Some(top_p) = top_p {
        edits.push(Edit::Set("top_p", Value::from(*top_p).to_string()));
    }
    if let Some(max_tokens) = max_tokens {
        let newer = call.members.value("max_completion_tokens").is_some();
        let field = if newer { "max_completion_tokens" } else { "max_tokens" };
        edits.push(Edit::Set(field, max_tokens.to_string()));
    }
    let Some(system) = system else { return };
    match call.dialect {
        Dialect::Anthropic => edits.push(Edit::Set("system", Value::from(system.as_str()).to_string())),
        Dialect::OpenAi | Dialect::Cohere => {
            let raw = call.members.get(&call.body, "messages").unwrap_or(b"[]");
            edits.push(Edit::Set("messages", with_system(raw, system)));
        }
    }
}

/// The list of messages with its leading system messages replaced by one; all other messages keep their bytes.
fn with_system(messages: &[u8], system: &str) -> String {
    use serde_json::value::RawValue;
    #[derive(serde::Deserialize)]
    struct RolePeek<'a> {
        #[serde(borrow)]
        role: Option<std::borrow::Cow<'a, str>>,
    }
    let messages: Vec<&RawValue> = serde_json::from_slice(messages).unwrap_or_default();
    let is_system = |m: &&&RawValue| {
        serde_json::from_str::<RolePeek<'_>>(m.get())
            .is_ok_and(|p| matches!(p.role.as_deref(), Some("system" | "developer")))
    };
    let leading = messages.iter().take_while(is_system).count();
    let mut out = format!("[{}", serde_json::json!({"role": "system", "content": system}));
    for message in messages.iter().skip(leading) {
        out.push(',');
        out.push_str(message.get());
    }
    out.push(']');
    out
}
