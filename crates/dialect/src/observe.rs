//! Reading a stream in passing: what the byte lane must notice in bytes that it forwards untouched.
//!
//! Each event is parsed once, borrowed, and only the members that decide something are looked at. A member of an
//! unexpected type is not an error here: the bytes go to the caller as the provider wrote them.

use crate::anthropic::words;
use crate::calls::{Gate, Input, MAX_CHOICES};
use crate::error::ProviderError;
use crate::hub::{Event, FinishReason, Usage};
use crate::noticed::{Noticed, Shown};
use crate::openai::stream::{Fragment, Fragments};
use crate::reader::{Fault, Seen};
use crate::target::Malformed;
use crate::whole::NAMELESS_CALL;
use crate::{Dialect, openai};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Looks at one event of a stream in `dialect`, and tells `gate` what it says of choices and tool calls.
pub(crate) fn event(
    dialect: Dialect,
    name: Option<&str>,
    data: &[u8],
    noticed: &mut Noticed,
    gate: &mut Gate,
) -> Seen {
    noticed.kind = Shown::Nothing;
    let seen = match dialect {
        Dialect::OpenAi => openai_event(name, data, noticed, gate),
        Dialect::Anthropic => anthropic_event(name, data, noticed, gate),
        // Cohere is no caller's dialect, so its bytes are never forwarded.
        Dialect::Cohere => Err(Malformed("a Cohere stream has no byte lane".to_owned())),
    };
    seen.unwrap_or_else(|e| Seen { fault: Some(Fault::Malformed(e.0)), ..Seen::default() })
}

/// What must be looked at in every chunk.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

/// A chunk with what is the same in all of them, read until it is known: each member that is kept costs, and a chunk
/// bears a word.
#[derive(Deserialize)]
struct Opening<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    created: Option<&'a RawValue>,
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

impl Opening<'_> {
    fn note(&self, noticed: &mut Noticed) {
        if noticed.place.id.is_none() {
            noticed.place.id = self.id.and_then(text).map(Cow::into_owned).filter(|id| !id.is_empty());
            noticed.place.created = self.created.and_then(|created| created.get().parse().ok());
        }
        if noticed.model.is_none() {
            noticed.model = self.model.and_then(text).map(Cow::into_owned).filter(|m| !m.is_empty());
        }
    }
}

#[derive(Deserialize)]
struct ChunkChoice<'a> {
    #[serde(borrow)]
    index: Option<&'a RawValue>,
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

fn openai_event(
    name: Option<&str>,
    data: &[u8],
    noticed: &mut Noticed,
    gate: &mut Gate,
) -> Result<Seen, Malformed> {
    if data == b"[DONE]" {
        gate.end().map_err(broken)?;
        return Ok(Seen { terminal: true, ..Seen::default() });
    }
    let malformed = |e: serde_json::Error| Malformed(e.to_string());
    let mut opening = None;
    let chunk = if noticed.place.id.is_some() && noticed.model.is_some() {
        serde_json::from_slice(data).map_err(malformed)?
    } else {
        let read: Opening<'_> = serde_json::from_slice(data).map_err(malformed)?;
        let Opening { choices, usage, error, object, .. } = *opening.insert(read);
        Chunk { choices, usage, error, object }
    };
    let marked = name == Some("error") || chunk.object.is_some_and(|o| o.get() == "\"error\"");
    if (marked || chunk.error.is_some())
        && let Ok(value) = serde_json::from_slice::<Value>(data)
        && let Some(error) = openai::stream::failure(name, &value)
    {
        return Ok(Seen { fault: Some(Fault::Provider(Box::new(error))), ..Seen::default() });
    }
    if let Some(opening) = opening {
        opening.note(noticed);
    }
    if let Some(usage) = chunk.usage.and_then(|u| serde_json::from_str::<OpenAiUsage>(u.get()).ok()) {
        let OpenAiUsage { prompt_tokens: prompt, completion_tokens: completion } = usage;
        noticed.usage.update(Usage { prompt, completion, ..Usage::default() });
    }
    let mut seen = Seen::default();
    let choices: Vec<ChunkChoice<'_>> =
        chunk.choices.and_then(|c| serde_json::from_str(c.get()).ok()).unwrap_or_default();
    for choice in &choices {
        let number = choice.index.and_then(|i| i.get().parse::<u64>().ok()).unwrap_or(0);
        if let Some(delta) = &choice.delta {
            seen.content |= delta.bears_content();
            noticed.kind = noticed.kind.max(delta.shows(number));
            if gate.holds_json() {
                gate.choice(number, delta.bears_answer()).map_err(broken)?;
            }
            if delta.bears_other_content() {
                gate.something_else().map_err(broken)?;
            }
            if delta.function_call.is_some_and(is_filled) {
                gate.calls_in_the_older_form(number);
            }
            if let Some(content) = delta.content.and_then(text) {
                noticed.transcript.push(&content);
            }
            if let Some(calls) = delta.tool_calls.filter(|calls| is_filled(calls)) {
                openai_calls(number, calls, noticed, gate)?;
            }
        }
        if let Some(word) = choice.finish_reason.and_then(text).filter(|word| !word.is_empty()) {
            let reason = openai::stream::finish_reason(&word);
            seen.finish = Some(reason);
            gate.finish(number, reason).map_err(broken)?;
        }
    }
    if seen.finish == Some(FinishReason::Failed) {
        let message = "the provider ended its stream with a finish_reason that means failure".to_owned();
        let error = ProviderError { status: Some(500), message, ..ProviderError::default() };
        seen.fault = Some(Fault::Provider(Box::new(error)));
    }
    Ok(seen)
}

/// Pieces of a choice's tool calls.
fn openai_calls(
    choice: u64,
    calls: &RawValue,
    noticed: &mut Noticed,
    gate: &mut Gate,
) -> Result<(), Malformed> {
    let pieces = Fragment::list(calls.get()).ok_or_else(|| broken(NAMELESS_CALL))?;
    let at =
        noticed.choices.iter().position(|(number, _)| *number == choice).unwrap_or(noticed.choices.len());
    if at == noticed.choices.len() {
        if at >= MAX_CHOICES {
            return Err(Malformed(format!("it has more than {MAX_CHOICES} choices")));
        }
        noticed.choices.push((choice, Fragments::default()));
    }
    let Some((_, fragments)) = noticed.choices.get_mut(at) else { return Ok(()) };
    let mut events = Vec::new();
    for (position, piece) in pieces.into_iter().enumerate() {
        let (piece, is_custom) = piece.into_function();
        let input = if is_custom { Input::Text } else { Input::Json };
        let number = fragments.take(position, piece, |_| String::new(), &mut events)?;
        gate.announce((choice, number), input).map_err(broken)?;
        for event in events.drain(..) {
            if let Event::ToolStart { index, id, name } = &event {
                gate.begins((choice, *index), input, id, name).map_err(broken)?;
            } else if let Event::ToolArguments { index, fragment } = &event {
                gate.arguments((choice, *index), fragment).map_err(broken)?;
            }
        }
    }
    Ok(())
}

fn broken(what: &'static str) -> Malformed {
    Malformed(what.to_owned())
}

impl Delta<'_> {
    /// Whether any of it is text, reasoning, a refusal, a tool call or sound.
    pub(crate) fn bears_content(&self) -> bool {
        self.tool_calls.is_some_and(is_filled) || self.bears_other_content()
    }

    /// Whether any of it is content and no tool call.
    fn bears_other_content(&self) -> bool {
        [self.content, self.refusal, self.reasoning, self.reasoning_content, self.function_call, self.audio]
            .into_iter()
            .flatten()
            .any(is_filled)
    }

    /// What of a choice with this number it shows.
    fn shows(&self, choice: u64) -> Shown {
        let filled = |raw: Option<&RawValue>| raw.is_some_and(is_filled);
        match self {
            _ if choice > 0 && self.bears_content() => Shown::Other,
            _ if filled(self.audio) => Shown::Other,
            _ if filled(self.tool_calls) || filled(self.function_call) => Shown::ToolCall,
            _ if filled(self.refusal) => Shown::Refusal,
            _ if filled(self.reasoning) || filled(self.reasoning_content) => Shown::Reasoning,
            _ if filled(self.content) => Shown::Text,
            _ => Shown::Nothing,
        }
    }

    /// Whether any of it is content and neither thinking nor a tool call in pieces.
    fn bears_answer(&self) -> bool {
        [self.content, self.refusal, self.function_call, self.audio].into_iter().flatten().any(is_filled)
    }

    /// The text of a whole message.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        self.content.and_then(text)
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
    index: Option<&'a RawValue>,
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
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
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
    citation: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_reason: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AnthropicMessage<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
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

fn anthropic_event(
    name: Option<&str>,
    data: &[u8],
    noticed: &mut Noticed,
    gate: &mut Gate,
) -> Result<Seen, Malformed> {
    let event: AnthropicEvent<'_> = serde_json::from_slice(data).map_err(|e| Malformed(e.to_string()))?;
    let mut seen = Seen::default();
    let block = event.index.and_then(|i| i.get().parse::<u64>().ok()).unwrap_or(0);
    match event.kind.as_deref().or(name).unwrap_or_default() {
        "message_start" => {
            let message =
                event.message.and_then(|m| serde_json::from_str::<AnthropicMessage<'_>>(m.get()).ok());
            if let Some(message) = message {
                noticed.place.id = message.id.map(Cow::into_owned);
                noticed.model = message.model.map(Cow::into_owned);
                note_anthropic_usage(message.usage, noticed);
            }
        }
        "content_block_start" => {
            if let Some(opened) = event.content_block {
                let number = u32::try_from(block).unwrap_or(u32::MAX);
                noticed.place.next_block = number.saturating_add(1);
                noticed.place.text_block = (opened.kind.as_deref() == Some("text")).then_some(number);
                let text_block = matches!(opened.kind.as_deref(), Some("text" | "thinking"));
                seen.content = !text_block || opened.text.is_some_and(is_filled);
                noticed.kind = match opened.kind.as_deref() {
                    _ if !seen.content => Shown::Nothing,
                    Some("text") => Shown::Text,
                    Some("thinking" | "redacted_thinking") => Shown::Reasoning,
                    Some("tool_use") => Shown::ToolCall,
                    Some(_) | None => Shown::Other,
                };
                if opened.kind.as_deref() == Some("tool_use") {
                    let call = (0, u32::try_from(noticed.blocks.len()).unwrap_or(u32::MAX));
                    noticed.blocks.push(block);
                    let word = |raw: Option<&RawValue>| raw.and_then(text).unwrap_or_default().into_owned();
                    gate.begins(call, Input::Json, &word(opened.id), &word(opened.name)).map_err(broken)?;
                } else if seen.content {
                    let thinks = matches!(opened.kind.as_deref(), Some("thinking" | "redacted_thinking"));
                    if gate.holds_json() && !thinks {
                        gate.choice(0, true).map_err(broken)?;
                    }
                    gate.something_else().map_err(broken)?;
                }
            }
        }
        "content_block_delta" => {
            if let Some(delta) = event.delta {
                seen.content =
                    [delta.text, delta.partial_json, delta.thinking].into_iter().flatten().any(is_filled);
                noticed.kind = match delta {
                    AnthropicDelta { citation: Some(_), .. } => Shown::Other,
                    AnthropicDelta { partial_json: Some(piece), .. } if is_filled(piece) => Shown::ToolCall,
                    AnthropicDelta { thinking: Some(piece), .. } if is_filled(piece) => Shown::Reasoning,
                    AnthropicDelta { text: Some(piece), .. } if is_filled(piece) => Shown::Text,
                    _ => Shown::Nothing,
                };
                if noticed.kind == Shown::Other {
                    // It bears no content of its own, and goes on with the text that it belongs to.
                    noticed.shown = Shown::Other;
                }
                if let Some(text) = delta.text.and_then(text) {
                    noticed.transcript.push(&text);
                }
                let call = call_of(block, noticed).filter(|_| delta.partial_json.is_some());
                match (call, delta.partial_json.and_then(text)) {
                    (Some(call), Some(piece)) => gate.arguments(call, &piece).map_err(broken)?,
                    _ if seen.content => {
                        let answers = [delta.text, delta.partial_json].into_iter().flatten().any(is_filled);
                        if gate.holds_json() && answers {
                            gate.choice(0, true).map_err(broken)?;
                        }
                        gate.something_else().map_err(broken)?;
                    }
                    _ => {}
                }
            }
        }
        "content_block_stop" => {
            noticed.place.text_block = None;
            if let Some(call) = call_of(block, noticed) {
                gate.block_end(call);
            }
        }
        "message_delta" => {
            note_anthropic_usage(event.usage, noticed);
            let reason = event.delta.and_then(|d| d.stop_reason).and_then(text);
            seen.finish = reason.map(|r| words::finish_reason(&r));
            if let Some(reason) = seen.finish {
                gate.finish(0, reason).map_err(broken)?;
            }
        }
        "message_stop" => {
            gate.end().map_err(broken)?;
            seen.terminal = true;
        }
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

/// The latest call in this block.
fn call_of(block: u64, noticed: &Noticed) -> Option<(u64, u32)> {
    let at = noticed.blocks.iter().rposition(|at| *at == block)?;
    Some((0, u32::try_from(at).ok()?))
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
        let seen = event(
            Dialect::OpenAi,
            name,
            data.as_bytes(),
            &mut Noticed::default(),
            &mut Gate::new(Dialect::OpenAi, false),
        );
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
