//! A whole answer as the `message` object of an answer that is not streamed.

use super::stream::WireUsage;
use super::words;
use crate::hub::{Answer, Identity};
use serde_json::{Map, Value, json};

/// The message object an Anthropic caller reads.
#[must_use]
pub fn encode(answer: &Answer, identity: &Identity) -> Value {
    let finish = answer.finish.as_ref();
    let refused = !answer.refusal.is_empty();
    let called_tools = !answer.tool_calls.is_empty();
    let mut message = Map::new();
    let mut set = |key: &str, value: Value| message.insert(key.to_owned(), value);
    set("id", Value::String(format!("msg_{}", identity.id)));
    set("type", Value::from("message"));
    set("role", Value::from("assistant"));
    set("model", Value::from(answer.model.as_ref().unwrap_or(&identity.model).as_str()));
    set("content", Value::Array(content(answer, identity)));
    set("stop_reason", Value::from(words::stop_reason(finish, called_tools, refused)));
    set("stop_sequence", finish.and_then(|f| f.stop_sequence.clone()).map_or(Value::Null, Value::String));
    set("usage", serde_json::to_value(WireUsage::whole(&answer.usage)).unwrap_or_default());
    // Only fields of this dialect mean something to the caller.
    if let Some(finish) = finish.filter(|f| words::is_stop_reason(&f.native)) {
        for (key, value) in finish.rest.iter().chain(&answer.rest) {
            if !message.contains_key(key) {
                message.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(message)
}

fn content(answer: &Answer, identity: &Identity) -> Vec<Value> {
    let mut blocks = Vec::new();
    if !answer.reasoning.is_empty() || answer.signature.is_some() {
        let signature = answer.signature.as_deref().unwrap_or_default();
        blocks.push(json!({"type": "thinking", "thinking": answer.reasoning, "signature": signature}));
    }
    for text in [&answer.text, &answer.refusal] {
        if !text.is_empty() {
            blocks.push(json!({"type": "text", "text": text}));
        }
    }
    for (index, call) in answer.tool_calls.iter().enumerate() {
        blocks.push(json!({
            "type": "tool_use",
            "id": words::tool_id_or(&call.id, &identity.id, index),
            "name": call.name,
            "input": words::answered_input(&call.arguments),
        }));
    }
    blocks
}
