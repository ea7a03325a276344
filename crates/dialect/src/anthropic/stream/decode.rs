//! A provider's events, read into the hub's.
//!
//! # Invariants
//! * What bears text is read strictly: an event of a known type that cannot be read is [`Malformed`], never skipped.
//! * What is not known (a new event, block or delta type) becomes [`Event::Other`], whole.
//! * A delta is parsed straight into its piece of text; no tree of values is built for it.

use super::super::words;
use crate::error::ProviderError;
use crate::hub::{Event, Finish, Rest, Usage};
use crate::target::Malformed;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Reads one provider's stream.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Tool calls so far, oldest first; the position is the hub's index.
    tools: Vec<ToolBlock>,
    counts: Counts,
}

#[derive(Debug)]
struct ToolBlock {
    /// The provider's index of the block.
    block: u64,
    /// The input the block opened with, as JSON text. It stands only if no piece follows (the SDKs do the same),
    /// so it is held back until the block closes.
    input: Option<String>,
}

/// Token counts as Anthropic splits them; later events may restate only some.
#[derive(Debug, Default)]
struct Counts {
    input: Option<u64>,
    cache_write: Option<u64>,
    cache_read: Option<u64>,
    output: Option<u64>,
    thinking: Option<u64>,
}

impl Counts {
    fn update(&mut self, usage: &Value) {
        let count = |key: &str| usage.get(key).and_then(Value::as_u64);
        self.input = count("input_tokens").or(self.input);
        self.cache_write = count("cache_creation_input_tokens").or(self.cache_write);
        self.cache_read = count("cache_read_input_tokens").or(self.cache_read);
        self.output = count("output_tokens").or(self.output);
        let thinking = usage.pointer("/output_tokens_details/thinking_tokens");
        self.thinking = thinking.and_then(Value::as_u64).or(self.thinking);
    }

    /// The hub counts cached tokens as part of the prompt.
    fn hub(&self) -> Usage {
        let cached = self.cache_read.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0));
        Usage {
            prompt: self.input.map(|n| n.saturating_add(cached)),
            cached: self.cache_read,
            cache_write: self.cache_write,
            completion: self.output,
            reasoning: self.thinking,
        }
    }
}

/// What every event has; the rest is read once the type is known.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    delta: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content_block: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    partial_json: Option<String>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(borrow, default)]
    input: Option<&'a RawValue>,
}

impl Decoder {
    /// Reads one event and appends what it means to `out`. `name` is the `event:` field, used where the data
    /// states no type.
    ///
    /// # Errors
    /// [`Malformed`] when the data is no JSON object, or a known event lacks its substance.
    pub fn event(&mut self, name: Option<&str>, data: &[u8], out: &mut Vec<Event>) -> Result<(), Malformed> {
        let data = data.trim_ascii();
        // Some compatible servers close with the word of the other dialect. It is no end by itself.
        if data == b"[DONE]" {
            return Ok(());
        }
        if data.first() != Some(&b'{') {
            return Err(malformed("not a JSON object", data));
        }
        let event: Envelope<'_> =
            serde_json::from_slice(data).map_err(|e| malformed(&e.to_string(), data))?;
        let kind = if event.kind.is_empty() { name.unwrap_or_default() } else { &event.kind };
        match kind {
            "content_block_delta" => self.delta(&event, data, out),
            "content_block_start" => self.block_start(&event, data, out),
            "content_block_stop" => {
                self.block_stop(&event, out);
                Ok(())
            }
            "message_start" => self.message_start(&event, data, out),
            "message_delta" => self.message_delta(&event, data, out),
            "message_stop" => {
                out.push(Event::End);
                Ok(())
            }
            "ping" => {
                out.push(Event::Ping);
                Ok(())
            }
            "error" => {
                out.push(Event::Error(error(data)?));
                Ok(())
            }
            _ => {
                out.push(Event::Other(whole(data)?));
                Ok(())
            }
        }
    }

    fn message_start(
        &mut self,
        event: &Envelope<'_>,
        data: &[u8],
        out: &mut Vec<Event>,
    ) -> Result<(), Malformed> {
        let mut message: Rest = part(event.message, "message", data)?;
        let usage = message.remove("usage");
        let mut text = |key: &str| match message.remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (id, model) = (text("id"), text("model"));
        for known in ["type", "role", "content", "stop_reason", "stop_sequence"] {
            message.remove(known);
        }
        out.push(Event::Start { id, model, rest: message });
        if let Some(usage) = usage.filter(Value::is_object) {
            self.counts.update(&usage);
            out.push(Event::Usage(self.counts.hub()));
        }
        Ok(())
    }

    fn block_start(
        &mut self,
        event: &Envelope<'_>,
        data: &[u8],
        out: &mut Vec<Event>,
    ) -> Result<(), Malformed> {
        // A block is read twice: a type that is not known may use the same keys in another way.
        let kind: Kind<'_> = part(event.content_block, "content_block", data)?;
        match &*kind.kind {
            "text" | "thinking" => {
                let block: Block<'_> = part(event.content_block, "content_block", data)?;
                push_piece(out, block.text, Event::Text);
                push_piece(out, block.thinking, Event::Reasoning);
                push_piece(out, block.signature, Event::Signature);
            }
            "tool_use" => {
                let block: Block<'_> = part(event.content_block, "content_block", data)?;
                let (Some(id), Some(name), Ok(index)) =
                    (block.id, block.name, u32::try_from(self.tools.len()))
                else {
                    return Err(malformed("a tool_use block without id or name", data));
                };
                let input = block.input.map_or("{}", RawValue::get).to_owned();
                self.tools.push(ToolBlock { block: event.index.unwrap_or(0), input: Some(input) });
                out.push(Event::ToolStart { index, id, name });
            }
            _ => out.push(Event::Other(whole(data)?)),
        }
        Ok(())
    }

    fn delta(&mut self, event: &Envelope<'_>, data: &[u8], out: &mut Vec<Event>) -> Result<(), Malformed> {
        let delta: Delta<'_> = part(event.delta, "delta", data)?;
        let missing = || malformed("a delta without its text", data);
        match &*delta.kind {
            "text_delta" => out.push(Event::Text(delta.text.ok_or_else(missing)?)),
            "thinking_delta" => out.push(Event::Reasoning(delta.thinking.ok_or_else(missing)?)),
            "signature_delta" => out.push(Event::Signature(delta.signature.ok_or_else(missing)?)),
            "input_json_delta" => {
                let fragment = delta.partial_json.ok_or_else(missing)?;
                match self.tool_of(event.index) {
                    Some((index, tool)) => {
                        if !fragment.is_empty() {
                            tool.input = None;
                        }
                        out.push(Event::ToolArguments { index, fragment });
                    }
                    // The input of a server's own tool.
                    None => out.push(Event::Other(whole(data)?)),
                }
            }
            _ => out.push(Event::Other(whole(data)?)),
        }
        Ok(())
    }

    fn block_stop(&mut self, event: &Envelope<'_>, out: &mut Vec<Event>) {
        if let Some((index, tool)) = self.tool_of(event.index)
            && let Some(input) = tool.input.take()
        {
            out.push(Event::ToolArguments { index, fragment: input });
        }
    }

    /// The latest tool call in the provider's block, with the hub's index.
    fn tool_of(&mut self, block: Option<u64>) -> Option<(u32, &mut ToolBlock)> {
        let block = block.unwrap_or(0);
        let at = self.tools.iter().rposition(|t| t.block == block)?;
        Some((u32::try_from(at).ok()?, self.tools.get_mut(at)?))
    }

    fn message_delta(
        &mut self,
        event: &Envelope<'_>,
        data: &[u8],
        out: &mut Vec<Event>,
    ) -> Result<(), Malformed> {
        if event.usage.is_some() {
            let usage: Value = part(event.usage, "usage", data)?;
            self.counts.update(&usage);
            out.push(Event::Usage(self.counts.hub()));
        }
        let mut delta: Rest = match event.delta {
            None => return Ok(()),
            some => part(some, "delta", data)?,
        };
        let stop_sequence = match delta.remove("stop_sequence") {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        if let Some(Value::String(native)) = delta.remove("stop_reason") {
            let reason = words::finish_reason(&native);
            out.push(Event::Finish(Finish { reason, stop_sequence, native, rest: delta }));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
}

fn push_piece(out: &mut Vec<Event>, piece: Option<String>, event: fn(String) -> Event) {
    if let Some(piece) = piece.filter(|p| !p.is_empty()) {
        out.push(event(piece));
    }
}

fn part<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>, what: &str, data: &[u8]) -> Result<T, Malformed> {
    let raw = raw.ok_or_else(|| malformed(&format!("no `{what}`"), data))?;
    serde_json::from_str(raw.get()).map_err(|e| malformed(&format!("`{what}`: {e}"), data))
}

fn whole(data: &[u8]) -> Result<Value, Malformed> {
    serde_json::from_slice(data).map_err(|e| malformed(&e.to_string(), data))
}

fn error(data: &[u8]) -> Result<ProviderError, Malformed> {
    let mut error = ProviderError::from_value(&whole(data)?);
    error.status = error.status.or_else(|| error.kind.as_deref().and_then(words::error_status));
    let shown = data.get(..ProviderError::MAX_RAW).unwrap_or(data);
    error.raw = Bytes::copy_from_slice(shown);
    Ok(error)
}

fn malformed(what: &str, data: &[u8]) -> Malformed {
    /// Enough to recognise the event in a log.
    const SHOWN: usize = 120;
    let shown = String::from_utf8_lossy(data.get(..SHOWN).unwrap_or(data));
    Malformed(format!("{what}: {shown}"))
}
