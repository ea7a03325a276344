//! How each kind of answer is read.

use super::{Decoder, Fault, Frame, Seen};
use crate::calls::{Gate, MAX_HELD, Passed, Through};
use crate::continuation::{Given, Onward};
use crate::error::ProviderError;
use crate::hub::{Answer, Event, FinishReason, Identity};
use crate::noticed::{Noticed, Shown};
use crate::observe;
use crate::{Dialect, anthropic, openai, sse, whole};
use bytes::{Bytes, BytesMut};

pub(super) fn forward(dialect: Dialect, whole: Bytes, noticed: &mut Noticed, gate: &mut Gate) -> Frame {
    let mut seen = Seen::default();
    for event in sse::events(&whole) {
        gate.before(event.start);
        let mut one = match event.garbled {
            true => Seen { fault: Some(garbled()), ..Seen::default() },
            false => observe::event(dialect, event.name, &event.data, noticed, gate),
        };
        if one.fault.is_none() {
            let passed = gate.after(event.start, event.end, one.content);
            noticed.show(noticed.kind, one.content, passed);
            (one.content, one.held) = (passed.content, passed.held);
        }
        seen.add(one);
        if seen.fault.is_some() || seen.terminal {
            break;
        }
    }
    frame(gate, whole, seen)
}

impl Noticed {
    /// An event of this kind has passed the gate, with what was held in front of it.
    pub(super) fn show(&mut self, kind: Shown, content: bool, passed: Passed) {
        if passed.content {
            // What goes on without content of its own has let something held go.
            self.shown = self.shown.max(if content { kind } else { Shown::ToolCall });
            self.other_pieces += u64::from(kind != Shown::Text);
        }
    }
}

/// What an event of the hub would show.
pub(super) fn kind_of(event: &Event) -> Shown {
    match event {
        Event::Text(_) => Shown::Text,
        Event::Reasoning(_) => Shown::Reasoning,
        Event::Refusal(_) => Shown::Refusal,
        Event::ToolStart { .. } | Event::ToolArguments { .. } => Shown::ToolCall,
        Event::Start { .. }
        | Event::Signature(_)
        | Event::Usage(_)
        | Event::Finish(_)
        | Event::Error(_)
        | Event::Ping
        | Event::End
        | Event::Other(_) => Shown::Nothing,
    }
}

pub(super) fn malformed(broken: &'static str) -> Fault {
    Fault::Malformed(broken.to_owned())
}

/// Reads events of a target that goes on with another's answer.
pub(super) fn onward(
    whole: &[u8],
    decoder: &mut Decoder,
    onward: &mut Onward,
    events: &mut Vec<Event>,
    noticed: &mut Noticed,
) -> Frame {
    let mut out = Vec::new();
    let mut seen = decode(whole, decoder, events, noticed, |event, noticed| {
        let given = onward.event(event, &mut out, |text| noticed.transcript.push(text))?;
        let Given { content, held } = given;
        Ok(Passed { content, held })
    });
    if onward.end_at_limit(&mut out) {
        // Whatever the target says behind that is not the caller's any more.
        (seen.finish, seen.terminal, seen.fault) = (Some(FinishReason::Length), true, None);
    }
    if seen.terminal && seen.fault.is_none() {
        match onward.stage.whole() {
            Ok(whole) => out.extend_from_slice(&whole),
            Err(fault) => seen.fault = Some(fault),
        }
    }
    Frame { bytes: Bytes::from(out), seen, ..Frame::default() }
}

/// What the gate lets through of a chunk.
pub(super) fn frame(gate: &mut Gate, chunk: Bytes, mut seen: Seen) -> Frame {
    let Through { released, bytes, too_long } = gate.cut(chunk, seen.fault.is_none() && !seen.terminal);
    if too_long {
        seen.fault =
            Some(Fault::Malformed(format!("{} is longer than {MAX_HELD} bytes", gate.what_is_held())));
    }
    Frame { released, bytes, seen }
}

/// Decodes whole events one after the other, giving each to `take`, until the answer ends or breaks. `take` says what
/// came of the event's content, or what is wrong with the answer's tool calls.
pub(super) fn decode(
    whole: &[u8],
    decoder: &mut Decoder,
    events: &mut Vec<Event>,
    noticed: &mut Noticed,
    mut take: impl FnMut(&Event, &mut Noticed) -> Result<Passed, Fault>,
) -> Seen {
    let mut seen = Seen::default();
    for raw in sse::events(whole) {
        events.clear();
        if raw.garbled {
            seen.fault = Some(garbled());
            return seen;
        }
        if let Err(e) = decoder.event(&raw, events) {
            seen.fault = Some(Fault::Malformed(e.0));
            return seen;
        }
        for event in events.drain(..) {
            match &event {
                Event::Error(e) => {
                    seen.fault = Some(Fault::Provider(Box::new(e.clone())));
                    return seen;
                }
                Event::Finish(f) if f.reason == FinishReason::Failed => {
                    let message = format!("the provider ended its answer with {:?}", f.native);
                    let error = ProviderError { status: Some(500), message, ..ProviderError::default() };
                    seen.fault = Some(Fault::Provider(Box::new(error)));
                    return seen;
                }
                Event::Start { model: Some(model), .. } => noticed.model = Some(model.clone()),
                Event::Usage(u) => noticed.usage.update(*u),
                Event::End => seen.terminal = true,
                Event::Start { model: None, .. }
                | Event::Finish(_)
                | Event::Text(_)
                | Event::Reasoning(_)
                | Event::Signature(_)
                | Event::Refusal(_)
                | Event::ToolStart { .. }
                | Event::ToolArguments { .. }
                | Event::Ping
                | Event::Other(_) => {}
            }
            match take(&event, noticed) {
                Ok(Passed { content, held }) => {
                    if let Event::Finish(finish) = &event {
                        // Only one that can be believed: a call may be missing that it speaks of.
                        seen.finish = Some(finish.reason);
                    }
                    seen.content |= content;
                    seen.held |= held;
                }
                Err(fault) => {
                    seen.fault = Some(fault);
                    return seen;
                }
            }
        }
        if seen.terminal {
            return seen;
        }
    }
    seen
}

/// The held answer for its caller.
pub(crate) fn fold(answer: &Answer, caller: Dialect, identity: &Identity) -> Result<Bytes, Fault> {
    if let Some(broken) = whole::broken_answer(answer, caller) {
        return Err(Fault::Malformed(broken.to_owned()));
    }
    let body = match caller {
        Dialect::OpenAi => openai::whole::encode(answer, identity).to_string(),
        Dialect::Anthropic | Dialect::Cohere => {
            let inputs: Vec<&str> = answer.tool_calls.iter().map(|call| call.arguments.as_str()).collect();
            anthropic::input::write(&anthropic::whole::encode(answer, identity), &inputs)
        }
    };
    Ok(Bytes::from(body))
}

fn garbled() -> Fault {
    Fault::Malformed("there are bytes between its events that are no text".to_owned())
}

pub(crate) fn fault_frame(message: String) -> Frame {
    let seen = Seen { fault: Some(Fault::Malformed(message)), ..Seen::default() };
    Frame { seen, ..Frame::default() }
}

/// Keeps a whole answer; the usual single chunk is kept without a copy.
pub(super) fn hold(held: &mut BytesMut, first: &mut Option<Bytes>, chunk: Bytes) -> Frame {
    if held.is_empty() && first.is_none() {
        *first = Some(chunk);
        return Frame::default();
    }
    if let Some(first) = first.take() {
        held.extend_from_slice(&first);
    }
    held.extend_from_slice(&chunk);
    Frame::default()
}
