//! The hub's events, written as an Anthropic stream.
//!
//! # Invariants
//! * Blocks never interleave and their indices grow by one, whatever order the provider wrote in: a tool call that
//!   begins while another is incomplete is held until that one is complete.
//! * `message_start` comes first and once. It waits for the event after [`Event::Start`], because the count of the
//!   prompt's tokens may stand there.
//! * `message_stop` is written for [`Event::End`] only, and never after a finish that means failure.
//! * A token costs one copy of a prefix and one of its text; no tree of values is built for it.

use super::super::words;
use crate::hub::{Event, Finish, FinishReason, Identity, Usage};
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Writes one stream for an Anthropic caller.
#[derive(Debug, Clone)]
pub struct Encoder {
    identity: Identity,
    started: bool,
    usage: Usage,
    finish: Option<Finish>,
    open: Option<Open>,
    /// Index of the next block.
    next_block: u32,
    /// Tool calls that wait for the open one, in the order in which they began.
    waiting: Vec<Call>,
    called_tools: bool,
    refused: bool,
}

#[derive(Debug, Clone)]
struct Open {
    kind: Kind,
    block: u32,
    /// Everything of a delta event up to its text.
    prefix: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Kind {
    Text,
    Thinking,
    Tool(Call),
}

#[derive(Debug, Clone)]
struct Call {
    index: u32,
    id: String,
    name: String,
    /// All arguments so far, which tell whether the call is complete.
    arguments: String,
}

impl Encoder {
    /// An encoder for one answer.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            started: false,
            usage: Usage::default(),
            finish: None,
            open: None,
            next_block: 0,
            waiting: Vec::new(),
            called_tools: false,
            refused: false,
        }
    }

    /// An encoder that writes on behind events of a provider's that the caller has: `next_block` is the index of the
    /// next block, `text_block` the one of a text that is still open.
    pub(crate) fn behind(identity: Identity, next_block: u32, text_block: Option<u32>) -> Self {
        let open = text_block.map(|block| {
            let mut prefix = Vec::new();
            delta_prefix(block, "text_delta", "text", &mut prefix);
            Open { kind: Kind::Text, block, prefix }
        });
        Self { started: true, open, next_block, ..Self::new(identity) }
    }

    /// Another model writes from here on. It is told in a ping, which clients pass over; `message_start` is out.
    pub(crate) fn hand_over(&mut self, model: &str, told: &Value, out: &mut Vec<u8>) {
        model.clone_into(&mut self.identity.model);
        self.start(out);
        out.extend_from_slice(b"event: ping\ndata: {\"type\":\"ping\",\"handover\":");
        json(told, out);
        out.extend_from_slice(b"}\n\n");
    }

    /// Appends the bytes that tell the caller of `event`; often none. Errors and unknown events write nothing:
    /// what the caller is told of them is decided elsewhere.
    pub fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { model, .. } => {
                // Behind `message_start` the model is told; a second provider's name cannot replace it.
                if let (false, Some(model)) = (self.started, model) {
                    self.identity.model.clone_from(model);
                }
            }
            Event::Text(text) => self.text(text, out),
            Event::Refusal(text) => {
                self.refused = true;
                self.text(text, out);
            }
            Event::Reasoning(text) => {
                if !text.is_empty() {
                    self.open_thinking(out);
                    self.delta(text, out);
                }
            }
            Event::Signature(signature) => self.signature(signature, out),
            Event::ToolStart { index, id, name } => self.tool_start(*index, id, name, out),
            Event::ToolArguments { index, fragment } => self.tool_arguments(*index, fragment, out),
            Event::Usage(usage) => self.usage.update(*usage),
            Event::Finish(finish) => self.finish = Some(finish.clone()),
            Event::Ping => {
                self.start(out);
                out.extend_from_slice(b"event: ping\ndata: {\"type\":\"ping\"}\n\n");
            }
            Event::End => self.end(out),
            Event::Error(_) | Event::Other(_) => {}
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if self.started {
            return;
        }
        self.started = true;
        out.extend_from_slice(
            b"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":",
        );
        string(&format!("msg_{}", self.identity.id), out);
        out.extend_from_slice(b",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
        string(&self.identity.model, out);
        out.extend_from_slice(b",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
        let usage = WireUsage { input_tokens: Some(0), output_tokens: 0, ..WireUsage::default() };
        json(&usage.stated_by(&self.usage), out);
        out.extend_from_slice(b"}}\n\n");
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        if !matches!(self.open, Some(Open { kind: Kind::Text, .. })) {
            self.close_all(out);
            self.open(Kind::Text, out);
        }
        self.delta(text, out);
    }

    fn open_thinking(&mut self, out: &mut Vec<u8>) {
        if !matches!(self.open, Some(Open { kind: Kind::Thinking, .. })) {
            self.close_all(out);
            self.open(Kind::Thinking, out);
        }
    }

    /// A signature ends its thinking: what follows is another block.
    fn signature(&mut self, signature: &str, out: &mut Vec<u8>) {
        self.open_thinking(out);
        if let Some(open) = &self.open {
            delta_prefix(open.block, "signature_delta", "signature", out);
            string(signature, out);
            out.extend_from_slice(b"}}\n\n");
        }
        self.close(out);
    }

    fn tool_start(&mut self, index: u32, id: &str, name: &str, out: &mut Vec<u8>) {
        self.called_tools = true;
        let id = words::tool_id_or(id, &self.identity.id, index);
        let call = Call { index, id, name: name.to_owned(), arguments: String::new() };
        if self.tool_is_incomplete() {
            self.waiting.push(call);
        } else {
            self.close_all(out);
            self.open(Kind::Tool(call), out);
        }
    }

    fn tool_is_incomplete(&self) -> bool {
        match &self.open {
            Some(Open { kind: Kind::Tool(call), .. }) => {
                serde_json::from_str::<IgnoredAny>(&call.arguments).is_err()
            }
            Some(Open { kind: Kind::Text | Kind::Thinking, .. }) | None => false,
        }
    }

    fn tool_arguments(&mut self, index: u32, fragment: &str, out: &mut Vec<u8>) {
        if fragment.is_empty() {
            return;
        }
        match &mut self.open {
            Some(Open { kind: Kind::Tool(call), .. }) if call.index == index => {
                call.arguments.push_str(fragment);
                self.delta(fragment, out);
            }
            Some(_) | None => {
                if let Some(call) = self.waiting.iter_mut().find(|c| c.index == index) {
                    call.arguments.push_str(fragment);
                }
            }
        }
        while !self.waiting.is_empty() && !self.tool_is_incomplete() {
            self.close(out);
            self.open_next_waiting(out);
        }
    }

    /// Opens the call that has waited longest and writes what came of it.
    fn open_next_waiting(&mut self, out: &mut Vec<u8>) {
        let call = self.waiting.remove(0);
        let arguments = call.arguments.clone();
        self.open(Kind::Tool(call), out);
        if !arguments.is_empty() {
            self.delta(&arguments, out);
        }
    }

    fn open(&mut self, kind: Kind, out: &mut Vec<u8>) {
        self.start(out);
        let block = self.next_block;
        self.next_block = self.next_block.saturating_add(1);
        out.extend_from_slice(
            b"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":",
        );
        json(&block, out);
        out.extend_from_slice(b",\"content_block\":");
        let mut prefix = Vec::new();
        match &kind {
            Kind::Text => {
                out.extend_from_slice(b"{\"type\":\"text\",\"text\":\"\"}");
                delta_prefix(block, "text_delta", "text", &mut prefix);
            }
            Kind::Thinking => {
                out.extend_from_slice(b"{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}");
                delta_prefix(block, "thinking_delta", "thinking", &mut prefix);
            }
            Kind::Tool(call) => {
                out.extend_from_slice(b"{\"type\":\"tool_use\",\"id\":");
                string(&call.id, out);
                out.extend_from_slice(b",\"name\":");
                string(&call.name, out);
                out.extend_from_slice(b",\"input\":{}}");
                delta_prefix(block, "input_json_delta", "partial_json", &mut prefix);
            }
        }
        out.extend_from_slice(b"}\n\n");
        self.open = Some(Open { kind, block, prefix });
    }

    /// One more piece of the open block.
    fn delta(&self, text: &str, out: &mut Vec<u8>) {
        if let Some(open) = &self.open {
            out.extend_from_slice(&open.prefix);
            string(text, out);
            out.extend_from_slice(b"}}\n\n");
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if let Some(open) = self.open.take() {
            out.extend_from_slice(
                b"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":",
            );
            json(&open.block, out);
            out.extend_from_slice(b"}\n\n");
        }
    }

    /// Closes the open block and writes every call that still waits, as complete as it is.
    fn close_all(&mut self, out: &mut Vec<u8>) {
        self.close(out);
        while !self.waiting.is_empty() {
            self.open_next_waiting(out);
            self.close(out);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.finish.as_ref().is_some_and(|f| f.reason == FinishReason::Failed) {
            return;
        }
        self.start(out);
        self.close_all(out);
        let finish = self.finish.as_ref();
        out.extend_from_slice(
            b"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":",
        );
        string(words::stop_reason(finish, self.called_tools, self.refused), out);
        out.extend_from_slice(b",\"stop_sequence\":");
        json(&finish.and_then(|f| f.stop_sequence.as_ref()), out);
        // Only fields of this dialect mean something to the caller.
        if let Some(finish) = finish.filter(|f| words::is_stop_reason(&f.native)) {
            for (key, value) in &finish.rest {
                out.push(b',');
                string(key, out);
                out.push(b':');
                json(value, out);
            }
        }
        out.extend_from_slice(b"},\"usage\":");
        json(&WireUsage::default().stated_by(&self.usage), out);
        out.extend_from_slice(b"}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }
}

/// Token counts in Anthropic's split: cached tokens are not part of `input_tokens`.
#[derive(Debug, Default, Serialize)]
pub(in super::super) struct WireUsage {
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_input_tokens: Option<u64>,
    output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Serialize)]
struct OutputDetails {
    thinking_tokens: u64,
}

impl WireUsage {
    fn stated_by(mut self, usage: &Usage) -> Self {
        let cached = usage.cached.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0));
        self.input_tokens = usage.prompt.map(|n| n.saturating_sub(cached)).or(self.input_tokens);
        self.cache_creation_input_tokens = usage.cache_write;
        self.cache_read_input_tokens = usage.cached;
        self.output_tokens = usage.completion.unwrap_or(self.output_tokens);
        self.output_tokens_details = usage.reasoning.map(|thinking_tokens| OutputDetails { thinking_tokens });
        self
    }

    /// The counts of a whole answer, where the caller's SDK wants both numbers.
    pub(in super::super) fn whole(usage: &Usage) -> Self {
        Self { input_tokens: Some(0), ..Self::default() }.stated_by(usage)
    }
}

fn delta_prefix(block: u32, kind: &str, key: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
    json(&block, out);
    out.extend_from_slice(b",\"delta\":{\"type\":");
    string(kind, out);
    out.push(b',');
    string(key, out);
    out.push(b':');
}

fn string(text: &str, out: &mut Vec<u8>) {
    json(text, out);
}

/// Writing to memory cannot fail, and what is written here has string keys only; should it fail all the same, the
/// event stays valid JSON.
fn json<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let before = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"null");
    }
}
