//! Reading a stream in passing: what the byte lane must notice in bytes that it forwards untouched.
//!
//! Each event is parsed once, borrowed, and only the members that decide something are looked at. A member of an
//! unexpected type is not an error here: the bytes go to the caller as the provider wrote them.

use crate::anthropic::words;
use crate::error::ProviderError;
use crate::hub::{FinishReason, Usage};
use crate::reader::{Fault, Seen};
use crate::target::Malformed;
use crate::{Dialect, openai};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What has been noticed of one answer so far.
#[derive(Debug, Default)]
pub(crate) struct Noticed {
    pub(crate) model: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) transcript: Transcript,
}

/// The answer's text so far, as far as another target could go on from it, and its end in any case.
///
/// Kept small: a caller that does not read must not make us hold what the kernel has already taken, and a text of
/// more than about 8,000 tokens is not continued anyway (resilience notes, D2.3).
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    text: String,
    overflowed: bool,
    /// Bytes of the whole text.
    length: usize,
}

/// Longest transcript kept, bytes: 8,000 tokens of four bytes.
const MAX_TRANSCRIPT: usize = 32 * 1024;
/// What is kept of a longer one: enough to see whether it still says anything new.
const TAIL: usize = 8 * 1024;

impl Transcript {
    pub(crate) fn push(&mut self, piece: &str) {
        self.length += piece.len();
        self.text.push_str(piece);
        if self.text.len() > MAX_TRANSCRIPT {
            self.overflowed = true;
            let from = self.text.ceil_char_boundary(self.text.len() - TAIL);
            self.text.drain(..from);
        }
    }

    /// The text, or `None` when it has grown too long to be kept.
    pub(crate) fn text(&self) -> Option<&str> {
        (!self.overflowed).then_some(&self.text)
    }

    /// The end of the text, and the length of all of it in bytes.
    pub(crate) fn tail(&self) -> (&str, usize) {
        (&self.text, self.length)
    }
}

/// Looks at one event of a stream in `dialect`.
pub(crate) fn event(dialect: Dialect, name: Option<&str>, data: &[u8], noticed: &mut Noticed) -> Seen {
    let seen = match dialect {
        Dialect::OpenAi => openai_event(name, data, noticed),
        Dialect::Anthropic => anthropic_event(name, data, noticed),
        // Cohere is no caller's dialect, so its bytes are never forwarded.
        Dialect::Cohere => Err(Malformed("a Cohere stream has no byte lane".to_owned())),
    };
    seen.unwrap_or_else(|e| Seen { fault: Some(Fault::Malformed(e.0)), ..Seen::default() })
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    choices: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ChunkChoice<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    finish_reason: Option<&'a RawValue>,
}

/// What a chunk adds to a message; a whole message has the same members.
#[derive(Deserialize)]
pub(crate) struct Delta<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning_content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) function_call: Option<&'a RawValue>,
    #[serde(borrow)]
    audio: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct OpenAiUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

fn openai_event(name: Option<&str>, data: &[u8], noticed: &mut Noticed) -> Result<Seen, Malformed> {
    if data == b"[DONE]" {
        return Ok(Seen { terminal: true, ..Seen::default() });
    }
    let chunk: Chunk<'_> = serde_json::from_slice(data).map_err(|e| Malformed(e.to_string()))?;
    let marked = name == Some("error") || chunk.object.is_some_and(|o| o.get() == "\"error\"");
    if (marked || chunk.error.is_some())
        && let Ok(value) = serde_json::from_slice::<Value>(data)
        && let Some(error) = openai::stream::failure(name, &value)
    {
        return Ok(Seen { fault: Some(Fault::Provider(Box::new(error))), ..Seen::default() });
    }
    if noticed.model.is_none() {
        noticed.model = chunk.model.and_then(text).map(Cow::into_owned).filter(|m| !m.is_empty());
    }
    if let Some(usage) = chunk.usage.and_then(|u| serde_json::from_str::<OpenAiUsage>(u.get()).ok()) {
        let OpenAiUsage { prompt_tokens: prompt, completion_tokens: completion } = usage;
        noticed.usage.update(Usage { prompt, completion, ..Usage::default() });
    }
    let mut seen = Seen::default();
    let choices: Vec<ChunkChoice<'_>> =
        chunk.choices.and_then(|c| serde_json::from_str(c.get()).ok()).unwrap_or_default();
    for choice in &choices {
        if let Some(delta) = &choice.delta {
            seen.content |= delta.bears_content();
            if let Some(content) = delta.content.and_then(text) {
                noticed.transcript.push(&content);
            }
        }
        if let Some(reason) = choice.finish_reason.and_then(text) {
            seen.finish = Some(openai::stream::finish_reason(&reason));
        }
    }
    if seen.finish == Some(FinishReason::Failed) {
        let message = "the provider ended its stream with a finish_reason that means failure".to_owned();
        let error = ProviderError { status: Some(500), message, ..ProviderError::default() };
        seen.fault = Some(Fault::Provider(Box::new(error)));
    }
    Ok(seen)
}

impl Delta<'_> {
    /// Whether any of it is text, reasoning, a refusal, a tool call or sound.
    pub(crate) fn bears_content(&self) -> bool {
        [
            self.content,
            self.refusal,
            self.reasoning,
            self.reasoning_content,
            self.tool_calls,
            self.function_call,
            self.audio,
        ]
        .into_iter()
        .flatten()
        .any(is_filled)
    }
}

/// Neither null nor an empty string, list or object.
pub(crate) fn is_filled(raw: &RawValue) -> bool {
    !matches!(raw.get(), "null" | "\"\"" | "[]" | "{}")
}

pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    /// `Cow` alone would always own.
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|t| t.0)
}

#[derive(Deserialize)]
struct AnthropicEvent<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    content_block: Option<AnthropicBlock<'a>>,
    #[serde(borrow)]
    delta: Option<AnthropicDelta<'a>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AnthropicBlock<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AnthropicDelta<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    partial_json: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_reason: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AnthropicMessage<'a> {
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AnthropicUsage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

fn anthropic_event(name: Option<&str>, data: &[u8], noticed: &mut Noticed) -> Result<Seen, Malformed> {
    let event: AnthropicEvent<'_> = serde_json::from_slice(data).map_err(|e| Malformed(e.to_string()))?;
    let mut seen = Seen::default();
    match event.kind.as_deref().or(name).unwrap_or_default() {
        "message_start" => {
            let message =
                event.message.and_then(|m| serde_json::from_str::<AnthropicMessage<'_>>(m.get()).ok());
            if let Some(message) = message {
                noticed.model = message.model.map(Cow::into_owned);
                note_anthropic_usage(message.usage, noticed);
            }
        }
        "content_block_start" => {
            if let Some(block) = event.content_block {
                let text_block = matches!(block.kind.as_deref(), Some("text" | "thinking"));
                seen.content = !text_block || block.text.is_some_and(is_filled);
            }
        }
        "content_block_delta" => {
            if let Some(delta) = event.delta {
                seen.content =
                    [delta.text, delta.partial_json, delta.thinking].into_iter().flatten().any(is_filled);
                if let Some(text) = delta.text.and_then(text) {
                    noticed.transcript.push(&text);
                }
            }
        }
        "message_delta" => {
            note_anthropic_usage(event.usage, noticed);
            let reason = event.delta.and_then(|d| d.stop_reason).and_then(text);
            seen.finish = reason.map(|r| words::finish_reason(&r));
        }
        "message_stop" => seen.terminal = true,
        "error" => {
            let value = serde_json::from_slice::<Value>(data).unwrap_or_default();
            let mut error = ProviderError::from_value(&value);
            error.status = error.status.or_else(|| error.kind.as_deref().and_then(words::error_status));
            seen.fault = Some(Fault::Provider(Box::new(error)));
        }
        // Some servers answer an Anthropic stream with a bare error object.
        "" if event.error.is_some() => {
            let value = serde_json::from_slice::<Value>(data).unwrap_or_default();
            seen.fault = Some(Fault::Provider(Box::new(ProviderError::from_value(&value))));
        }
        _ => {}
    }
    Ok(seen)
}

fn note_anthropic_usage(raw: Option<&RawValue>, noticed: &mut Noticed) {
    let Some(usage) = raw.and_then(|u| serde_json::from_str::<AnthropicUsage>(u.get()).ok()) else { return };
    let prompt = usage.input_tokens.map(|n| {
        n + usage.cache_creation_input_tokens.unwrap_or(0) + usage.cache_read_input_tokens.unwrap_or(0)
    });
    noticed.usage.update(Usage { prompt, completion: usage.output_tokens, ..Usage::default() });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: Option<&str>, data: &str, broken: bool, finish: Option<FinishReason>) {
        let seen = event(Dialect::OpenAi, name, data.as_bytes(), &mut Noticed::default());
        assert_eq!((seen.fault.is_some(), seen.finish), (broken, finish), "{data}");
    }

    #[test]
    fn an_answer_that_was_cut_off_is_not_passed_on_as_finished_in_the_byte_lane() {
        let ends = |word: &str| format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{word}"}}]}}"#);
        check(None, &ends("stop"), false, Some(FinishReason::Stop));
        check(None, &ends("length"), false, Some(FinishReason::Length));
        for word in ["error", "abort", "timeout", "insufficient_system_resource", "malformed_function_call"] {
            check(None, &ends(word), true, Some(FinishReason::Failed));
        }
        check(None, r#"{"error":{"message":"boom"}}"#, true, None);
        check(None, r#"{"error":"boom"}"#, true, None);
        check(None, r#"{"object":"error","message":"boom","code":500}"#, true, None);
        check(Some("error"), r#"{"message":"boom"}"#, true, None);
        check(None, r#"{"error":null,"choices":[]}"#, false, None);
        check(None, r#"{"error":false,"choices":[]}"#, false, None);
    }
}
