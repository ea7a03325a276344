//! A whole answer, written as one `chat.completion` object.

use super::stream::finish_word;
use super::usage;
use crate::hub::{Answer, Identity};
use serde_json::{Map, Value, json};

/// Writes the object. Unknown fields of the provider's answer are copied where no known one has their name.
///
/// `content` is `null` when the answer is nothing but tool calls or a refusal, as OpenAI writes it. `usage` is left
/// out when nothing was counted.
#[must_use]
pub fn encode(answer: &Answer, identity: &Identity) -> Value {
    let silent = answer.text.is_empty() && (!answer.tool_calls.is_empty() || !answer.refusal.is_empty());
    let text_or_null = |text: &str, null: bool| if null { Value::Null } else { Value::from(text) };
    let mut message = Map::new();
    message.insert("role".to_owned(), Value::from("assistant"));
    message.insert("content".to_owned(), text_or_null(&answer.text, silent));
    message.insert("refusal".to_owned(), text_or_null(&answer.refusal, answer.refusal.is_empty()));
    if !answer.reasoning.is_empty() {
        message.insert("reasoning_content".to_owned(), Value::from(answer.reasoning.as_str()));
    }
    if !answer.tool_calls.is_empty() {
        let calls = answer.tool_calls.iter().map(|call| {
            // Callers parse arguments as JSON; a call without any has the empty object.
            let arguments = if call.arguments.is_empty() { "{}" } else { call.arguments.as_str() };
            json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
        });
        message.insert("tool_calls".to_owned(), Value::Array(calls.collect()));
    }
    let finish = answer.finish.as_ref().and_then(|finish| finish_word(finish.reason));
    let mut object = Map::new();
    object.insert("id".to_owned(), Value::from(format!("chatcmpl-{}", identity.id)));
    object.insert("object".to_owned(), Value::from("chat.completion"));
    object.insert("created".to_owned(), Value::from(identity.created));
    let model = answer.model.as_deref().unwrap_or(&identity.model);
    object.insert("model".to_owned(), Value::from(model));
    object.insert(
        "choices".to_owned(),
        json!([{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}]),
    );
    if let Some(Ok(usage)) = usage::written(&answer.usage).map(serde_json::to_value) {
        object.insert("usage".to_owned(), usage);
    }
    for (key, value) in &answer.rest {
        // A truthy `error` would make SDKs throw.
        if !object.contains_key(key) && key != "error" {
            object.insert(key.clone(), value.clone());
        }
    }
    Value::Object(object)
}
