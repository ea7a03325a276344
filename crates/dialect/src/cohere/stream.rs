//! A provider's events of v2 chat, read into the hub's.
//!
//! # Invariants
//! * What bears text is read strictly: an event of a known type that cannot be read is [`Malformed`], never skipped.
//! * What is not known (citations among it) becomes [`Event::Other`], whole.
//! * An answer that ends with `ERROR` or `TIMEOUT` is a failure of the provider and has no [`Event::End`].

use crate::error::ProviderError;
use crate::hub::{Event, Finish, FinishReason, Rest, Usage};
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
    tools: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    /// The provider's index, which may count other things too.
    index: u64,
    has_arguments: bool,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    delta: Option<&'a RawValue>,
}

/// `delta` of every event about the message, read for what one event bears: elsewhere the same keys hold lists.
#[derive(Deserialize)]
struct Delta<M> {
    message: M,
}

#[derive(Deserialize)]
struct WithContent {
    content: Content,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
}

#[derive(Deserialize)]
struct WithPlan {
    tool_plan: String,
}

#[derive(Deserialize)]
struct WithCall {
    tool_calls: ToolCall,
}

#[derive(Deserialize)]
struct ToolCall {
    #[serde(default)]
    id: Option<String>,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
}

impl Decoder {
    /// Reads one event and appends what it means to `out`. `name` is the `event:` field, used where the data
    /// states no type.
    ///
    /// # Errors
    /// [`Malformed`] when the data is no JSON object, or a known event lacks its substance.
    pub fn event(&mut self, name: Option<&str>, data: &[u8], out: &mut Vec<Event>) -> Result<(), Malformed> {
        let data = data.trim_ascii();
        // It follows `message-end`, which was the end; without that it is none.
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
            "content-delta" => {
                let content = delta::<WithContent>(&event, data)?.content;
                if content.text.is_none() && content.thinking.is_none() {
                    return Err(malformed("a delta without its text", data));
                }
                push_content(content, out);
            }
            "content-start" => match delta::<WithContent>(&event, data) {
                Ok(start) => push_content(start.content, out),
                // A kind of content to come may open otherwise; its deltas are still read strictly.
                Err(_) => out.push(Event::Other(whole(data)?)),
            },
            "tool-plan-delta" => {
                out.push(Event::Reasoning(delta::<WithPlan>(&event, data)?.tool_plan));
            }
            "tool-call-start" => self.tool_start(&event, data, out)?,
            "tool-call-delta" => self.tool_arguments(&event, data, out)?,
            "tool-call-end" => self.tool_end(&event, out),
            "content-end" => {}
            "message-start" => out.push(message_start(data)?),
            "message-end" => message_end(data, out)?,
            _ => out.push(Event::Other(whole(data)?)),
        }
        Ok(())
    }

    fn tool_start(
        &mut self,
        event: &Envelope<'_>,
        data: &[u8],
        out: &mut Vec<Event>,
    ) -> Result<(), Malformed> {
        let call = delta::<WithCall>(event, data)?.tool_calls;
        let (Some(id), Some(name), Ok(index)) =
            (call.id, call.function.name, u32::try_from(self.tools.len()))
        else {
            return Err(malformed("a tool call without id or name", data));
        };
        let arguments = call.function.arguments.filter(|a| !a.is_empty());
        self.tools.push(Call { index: event.index.unwrap_or(0), has_arguments: arguments.is_some() });
        out.push(Event::ToolStart { index, id, name });
        if let Some(fragment) = arguments {
            out.push(Event::ToolArguments { index, fragment });
        }
        Ok(())
    }

    fn tool_arguments(
        &mut self,
        event: &Envelope<'_>,
        data: &[u8],
        out: &mut Vec<Event>,
    ) -> Result<(), Malformed> {
        let call = delta::<WithCall>(event, data)?.tool_calls;
        let fragment =
            call.function.arguments.ok_or_else(|| malformed("a call's delta without arguments", data))?;
        let Some((index, call)) = self.call_of(event.index) else {
            return Err(malformed("arguments of a tool call that never began", data));
        };
        call.has_arguments |= !fragment.is_empty();
        out.push(Event::ToolArguments { index, fragment });
        Ok(())
    }

    /// A call without arguments is one with an empty object, which is what callers parse.
    fn tool_end(&mut self, event: &Envelope<'_>, out: &mut Vec<Event>) {
        if let Some((index, call)) = self.call_of(event.index)
            && !call.has_arguments
        {
            call.has_arguments = true;
            out.push(Event::ToolArguments { index, fragment: "{}".to_owned() });
        }
    }

    fn call_of(&mut self, index: Option<u64>) -> Option<(u32, &mut Call)> {
        let index = index.unwrap_or(0);
        let at = self.tools.iter().rposition(|call| call.index == index)?;
        Some((u32::try_from(at).ok()?, self.tools.get_mut(at)?))
    }
}

fn delta<'a, M: Deserialize<'a>>(event: &Envelope<'a>, data: &[u8]) -> Result<M, Malformed> {
    let raw = event.delta.ok_or_else(|| malformed("no `delta`", data))?;
    let delta: Delta<M> =
        serde_json::from_str(raw.get()).map_err(|e| malformed(&format!("`delta`: {e}"), data))?;
    Ok(delta.message)
}

fn push_content(content: Content, out: &mut Vec<Event>) {
    out.extend(content.thinking.filter(|t| !t.is_empty()).map(Event::Reasoning));
    out.extend(content.text.filter(|t| !t.is_empty()).map(Event::Text));
}

fn message_start(data: &[u8]) -> Result<Event, Malformed> {
    let mut event = object(data)?;
    let id = event.get("id").and_then(Value::as_str).map(str::to_owned);
    for known in ["type", "id", "delta"] {
        event.shift_remove(known);
    }
    // This API does not name its model.
    Ok(Event::Start { id, model: None, rest: event })
}

fn message_end(data: &[u8], out: &mut Vec<Event>) -> Result<(), Malformed> {
    let mut event = object(data)?;
    let mut delta = match event.shift_remove("delta") {
        Some(Value::Object(delta)) => delta,
        _ => Rest::new(),
    };
    if let Some(counts) = delta.shift_remove("usage").filter(Value::is_object) {
        out.push(Event::Usage(usage(&counts)));
    }
    let native = match delta.shift_remove("finish_reason") {
        Some(Value::String(native)) => native,
        _ => String::new(),
    };
    let reason = finish_reason(&native);
    if reason == FinishReason::Failed {
        let message = delta.get("error").and_then(Value::as_str).unwrap_or_default().to_owned();
        let shown = data.get(..ProviderError::MAX_RAW).unwrap_or(data);
        out.push(Event::Error(ProviderError {
            // The status the failure would have had before the answer began.
            status: Some(500),
            kind: Some(native),
            message,
            raw: Bytes::copy_from_slice(shown),
            ..ProviderError::default()
        }));
        return Ok(());
    }
    if !native.is_empty() {
        out.push(Event::Finish(Finish { reason, stop_sequence: None, native, rest: delta }));
    }
    out.push(Event::End);
    Ok(())
}

/// Source: `ChatFinishReason` of the official SDK (7.3).
fn finish_reason(native: &str) -> FinishReason {
    match native {
        "COMPLETE" | "STOP_SEQUENCE" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "TOOL_CALL" => FinishReason::ToolCalls,
        "ERROR" | "TIMEOUT" => FinishReason::Failed,
        _ => FinishReason::Unknown,
    }
}

/// Counts come as floats. `billed_units` leaves tokens out that were read, so it only stands in for `tokens`.
fn usage(usage: &Value) -> Usage {
    let count = |key: &str| {
        let of = |group: &str| usage.get(group).and_then(|g| g.get(key)).and_then(whole_number);
        of("tokens").or_else(|| of("billed_units"))
    };
    Usage {
        prompt: count("input_tokens"),
        cached: usage.get("cached_tokens").and_then(whole_number),
        cache_write: None,
        completion: count("output_tokens"),
        reasoning: None,
    }
}

fn whole_number(value: &Value) -> Option<u64> {
    /// Floats are exact up to here.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let float = value.as_f64().filter(|f| (0.0..EXACT).contains(f))?;
        format!("{float:.0}").parse().ok()
    })
}

fn object(data: &[u8]) -> Result<Rest, Malformed> {
    serde_json::from_slice(data).map_err(|e| malformed(&e.to_string(), data))
}

fn whole(data: &[u8]) -> Result<Value, Malformed> {
    object(data).map(Value::Object)
}

fn malformed(what: &str, data: &[u8]) -> Malformed {
    /// Enough to recognise the event in a log.
    const SHOWN: usize = 120;
    let shown = String::from_utf8_lossy(data.get(..SHOWN).unwrap_or(data));
    Malformed(format!("{what}: {shown}"))
}
