//! A provider's chunks, read into the hub's events.

use super::chunk::{Delta, ordinary};
use super::fragments::Fragments;
use crate::error::ProviderError;
use crate::hub::{Event, Finish, FinishReason, Rest};
use crate::openai::fields::count;
use crate::openai::{ids, usage};
use crate::target::Malformed;
use serde_json::Value;

/// Reads a provider's stream, event by event. A whole `chat.completion` object given as one event is read as well.
///
/// Servers that copy this API differ, so all is taken that can be understood, and nothing is assumed of the order.
/// What cannot be read at all is an error: skipping it would lose text unnoticed.
#[derive(Debug, Default)]
pub struct Decoder {
    started: bool,
    finished: bool,
    failed: bool,
    /// Makes up ids of tool calls for servers that send none.
    answer_id: Option<String>,
    /// Unknown fields of chunks that came before the first real one (Azure's filter results).
    early_rest: Rest,
    calls: Fragments,
}

impl Decoder {
    /// Reads one event. `name` is the `event:` field, which this dialect does not use, except that some servers
    /// mark errors with it.
    ///
    /// # Errors
    /// [`Malformed`] when `data` is no JSON object and not `[DONE]`, or when a tool call never got a name.
    pub fn event(&mut self, name: Option<&str>, data: &[u8], out: &mut Vec<Event>) -> Result<(), Malformed> {
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            // Some servers close a failed stream properly; it is no proper end.
            if !self.failed {
                self.calls.require_names()?;
                out.push(Event::End);
            }
            return Ok(());
        }
        if self.started
            && name.is_none()
            && let Some(delta) = ordinary(data)
        {
            return self.delta(delta, out);
        }
        let value: Value =
            serde_json::from_slice(data).map_err(|e| Malformed(format!("it is not valid JSON: {e}")))?;
        if !value.is_object() {
            return Err(Malformed("it is not a JSON object".to_owned()));
        }
        if let Some(error) = failure(name, &value) {
            self.failed = true;
            out.push(Event::Error(error));
            return Ok(());
        }
        self.chunk(value, out)
    }

    fn chunk(&mut self, mut value: Value, out: &mut Vec<Event>) -> Result<(), Malformed> {
        let choices = match value.get_mut("choices").map(Value::take) {
            Some(Value::Array(choices)) => choices,
            Some(_) | None => Vec::new(),
        };
        let usage = value.get("usage").and_then(usage::read);
        if !self.started {
            self.start(value, !choices.is_empty(), out);
        }
        let first = choices.into_iter().find(|c| c.get("index").and_then(count).unwrap_or(0) == 0);
        if let Some(choice) = first {
            self.choice(choice, out)?;
        }
        out.extend(usage.map(Event::Usage));
        Ok(())
    }

    fn start(&mut self, value: Value, has_choices: bool, out: &mut Vec<Event>) {
        let Value::Object(mut fields) = value else { return };
        let mut text = |key: &str| match fields.shift_remove(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            Some(_) | None => None,
        };
        let (id, model) = (text("id"), text("model"));
        // `obfuscation` is padding against eavesdroppers, new in every chunk.
        let known = ["object", "created", "choices", "usage", "error", "obfuscation"];
        fields.retain(|key, value| !value.is_null() && !known.contains(&key.as_str()));
        self.early_rest.extend(fields);
        if !has_choices && model.is_none() {
            return;
        }
        self.started = true;
        self.answer_id.clone_from(&id);
        out.push(Event::Start { id, model, rest: std::mem::take(&mut self.early_rest) });
    }

    fn choice(&mut self, choice: Value, out: &mut Vec<Event>) -> Result<(), Malformed> {
        let said = choice.get("delta").filter(|d| d.is_object()).or_else(|| choice.get("message"));
        if let Some(said) = said {
            self.delta(Delta::any(said), out)?;
        }
        let word = choice.get("finish_reason").and_then(Value::as_str).filter(|word| !word.is_empty());
        let Some(native) = word.map(str::to_owned) else { return Ok(()) };
        if self.finished {
            return Ok(());
        }
        self.calls.require_names()?;
        self.finished = true;
        let reason = match finish_reason(&native) {
            // Some servers, and OpenAI for a named tool, end a call with `stop`.
            FinishReason::Stop if !self.calls.is_empty() => FinishReason::ToolCalls,
            reason @ (FinishReason::Stop
            | FinishReason::Length
            | FinishReason::ToolCalls
            | FinishReason::ContentFilter
            | FinishReason::Failed
            | FinishReason::Unknown) => reason,
        };
        let Value::Object(mut rest) = choice else { return Ok(()) };
        // vLLM's: the stop text met, or a token's number.
        let stop_sequence = match rest.get("stop_reason") {
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) | None => None,
        };
        let known = ["index", "delta", "message", "finish_reason"];
        rest.retain(|key, value| !value.is_null() && !known.contains(&key.as_str()));
        if stop_sequence.is_some() {
            rest.shift_remove("stop_reason");
        }
        out.push(Event::Finish(Finish { reason, stop_sequence, native, rest }));
        Ok(())
    }

    /// The pieces of an answer. Empty ones are no content: Ollama opens with one.
    fn delta(&mut self, mut delta: Delta, out: &mut Vec<Event>) -> Result<(), Malformed> {
        out.extend(delta.thinking().map(Event::Reasoning));
        out.extend(delta.content.filter(|text| !text.is_empty()).map(Event::Text));
        out.extend(delta.refusal.filter(|text| !text.is_empty()).map(Event::Refusal));
        for (position, fragment) in delta.tool_calls.into_iter().flatten().enumerate() {
            let answer_id = self.answer_id.as_deref().unwrap_or_default();
            self.calls.take(position, fragment, |index| ids::derive(answer_id, index), out)?;
        }
        Ok(())
    }
}

/// The failure an event reports, in one of the forms servers use for it.
pub(crate) fn failure(name: Option<&str>, value: &Value) -> Option<ProviderError> {
    let stated = match value.get("error") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(error)) => *error,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(object)) => !object.is_empty(),
    };
    let marked = name == Some("error") || value.get("object").and_then(Value::as_str) == Some("error");
    (stated || marked).then(|| ProviderError::from_value(value))
}

/// Servers' words for the end, in the hub's words.
pub(crate) fn finish_reason(word: &str) -> FinishReason {
    match word.to_ascii_lowercase().as_str() {
        // `eos` is what some servers of open models write.
        "stop" | "eos" => FinishReason::Stop,
        // `model_length` is Mistral's: the window is full.
        "length" | "model_length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" | "refusal" => FinishReason::ContentFilter,
        // `insufficient_system_resource` is DeepSeek's, `abort` vLLM's: the answer was cut off.
        "error" | "abort" | "timeout" | "insufficient_system_resource" => FinishReason::Failed,
        other if other.starts_with("malformed_") => FinishReason::Failed,
        _ => FinishReason::Unknown,
    }
}
