//! Reading a stream in passing: what the byte lane must notice in bytes that it forwards untouched.
//!
//! Each event is parsed once, borrowed, and only the members that decide something are looked at. A member of an
//! unexpected type is not an error here: the bytes go to the caller as the provider wrote them.

use crate::error::ProviderError;
use crate::hub::{FinishReason, Usage};
use crate::target::Malformed;
use crate::{Dialect, reader::Fault, reader::Seen};
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

/// The answer's text so far, as far as another target could go on from it.
///
/// Kept small: a caller that does not read must not make us hold what the kernel has already taken, and a text of
/// more than about 8,000 tokens is not continued anyway (resilience notes, D2.3).
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    text: String,
    overflowed: bool,
}

/// Longest transcript kept, bytes: 8,000 tokens of four bytes.
const MAX_TRANSCRIPT: usize = 32 * 1024;

impl Transcript {
    pub(crate) fn push(&mut self, piece: &str) {
        if self.overflowed {
            return;
        }
        if self.text.len() + piece.len() > MAX_TRANSCRIPT {
            self.overflowed = true;
            self.text = String::new();
        } else {
            self.text.push_str(piece);
        }
    }

    /// The text, or `None` when it has grown too long to be kept.
    pub(crate) fn text(&self) -> Option<&str> {
        (!self.overflowed).then_some(&self.text)
    }
}

/// Looks at one event of a stream in `dialect`.
pub(crate) fn event(dialect: Dialect, name: Option<&str>, data: &[u8], noticed: &mut Noticed) -> Seen {
    let seen = match dialect {
        Dialect::OpenAi => openai_event(data, noticed),
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

fn openai_event(data: &[u8], noticed: &mut Noticed) -> Result<Seen, Malformed> {
    if data == b"[DONE]" {
        return Ok(Seen { terminal: true, ..Seen::default() });
    }
    let chunk: Chunk<'_> = serde_json::from_slice(data).map_err(|e| Malformed(e.to_string()))?;
    if let Some(error) = chunk.error.filter(|e| is_truthy(e)) {
        let mut value = serde_json::Map::new();
        value.insert("error".to_owned(), serde_json::from_str(error.get()).unwrap_or_default());
        let error = ProviderError::from_value(&Value::Object(value));
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
            seen.finish = Some(openai_finish(&reason));
        }
    }
    if seen.finish == Some(FinishReason::Failed) {
        let message = "the provider ended its stream with finish_reason \"error\"".to_owned();
        let error = ProviderError { status: Some(500), message, ..ProviderError::default() };
        seen.fault = Some(Fault::Provider(Box::new(error)));
    }
    Ok(seen)
}

/// OpenAI's finish reasons, and those of servers that copy it.
pub(crate) fn openai_finish(reason: &str) -> FinishReason {
    match reason {
        "stop" | "eos" => FinishReason::Stop,
        "length" | "model_length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        "error" => FinishReason::Failed,
        _ => FinishReason::Unknown,
    }
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

fn is_truthy(raw: &RawValue) -> bool {
    is_filled(raw) && !matches!(raw.get(), "false" | "0")
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
            seen.finish = reason.map(|r| anthropic_finish(&r));
        }
        "message_stop" => seen.terminal = true,
        "error" => {
            let value = serde_json::from_slice::<Value>(data).unwrap_or_default();
            let mut error = ProviderError::from_value(&value);
            error.status = error.status.or_else(|| error.kind.as_deref().and_then(anthropic_error_status));
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

/// Anthropic's stop reasons (wire formats, finish reasons).
pub(crate) fn anthropic_finish(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}

/// The status an Anthropic error type stands for, for events that carry none (Anthropic, "Errors").
pub(crate) fn anthropic_error_status(kind: &str) -> Option<u16> {
    Some(match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "conflict_error" => 409,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "api_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    })
}
