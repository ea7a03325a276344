//! The hub's events, written as chunks for a caller.
//!
//! Each token passes here, so nothing is built that is thrown away: the part of a chunk that never changes is
//! written once and copied, and the rest goes straight into the caller's buffer.

use crate::hub::{Event, Finish, FinishReason, Identity, Usage};
use crate::openai::usage;
use serde::Serialize;
use serde_json::Value;

/// Writes an answer's stream for a caller of this dialect.
#[derive(Debug, Clone)]
pub struct Encoder {
    identity: Identity,
    /// The answer's id, where a provider gave it one and the caller has it.
    given_id: Option<String>,
    include_usage: bool,
    /// `data: {"id":…,"choices":[`, made when the model is known.
    head: Vec<u8>,
    /// Whether the chunk that names the role is written.
    opened: bool,
    /// Whether the answer broke: then it must not end properly.
    failed: bool,
    usage: Usage,
    /// Calls that have no arguments yet.
    without_arguments: Vec<u32>,
}

#[derive(Serialize)]
struct Head<'a> {
    id: String,
    object: &'static str,
    created: u64,
    model: &'a str,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[ToolCall<'a>; 1]>,
}

#[derive(Serialize)]
struct ToolCall<'a> {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

impl Encoder {
    /// An encoder for one answer. `include_usage` is the caller's `stream_options.include_usage`.
    #[must_use]
    pub fn new(identity: Identity, include_usage: bool) -> Self {
        Self {
            identity,
            given_id: None,
            include_usage,
            head: Vec::new(),
            opened: false,
            failed: false,
            usage: Usage::default(),
            without_arguments: Vec::new(),
        }
    }

    /// An encoder that writes on behind chunks of a provider's that the caller has, under their id.
    #[must_use]
    pub(crate) fn behind(given_id: Option<String>, identity: Identity, include_usage: bool) -> Self {
        Self { given_id, opened: true, ..Self::new(identity, include_usage) }
    }

    /// Another model writes from here on. The chunk that says so is an empty one: clients pass over it.
    pub(crate) fn hand_over(&mut self, model: &str, told: &Value, out: &mut Vec<u8>) {
        model.clone_into(&mut self.identity.model);
        self.head.clear();
        self.open(out);
        self.head(out);
        write(&Choice { index: 0, delta: Delta::default(), logprobs: None, finish_reason: None }, out);
        out.extend_from_slice(if self.include_usage { b"],\"usage\":null" } else { b"]" });
        out.extend_from_slice(b",\"handover\":");
        write(told, out);
        out.extend_from_slice(b"}\n\n");
    }

    /// Appends what `event` is to the caller; nothing where this dialect has no place for it. An error is not
    /// written here: [`crate::CallerError::event`] writes it, in words of our own.
    pub fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { model, .. } => {
                // A second start is another provider taking over: the answer stays the same one.
                self.failed = false;
                if let Some(model) = model
                    && *model != self.identity.model
                {
                    self.identity.model.clone_from(model);
                    self.head.clear();
                }
                self.open(out);
            }
            Event::Text(text) if text.is_empty() => {}
            Event::Text(text) => self.delta(Delta { content: Some(text), ..Delta::default() }, out),
            Event::Reasoning(text) if text.is_empty() => {}
            Event::Reasoning(text) => {
                self.delta(Delta { reasoning_content: Some(text), ..Delta::default() }, out);
            }
            Event::Refusal(text) if text.is_empty() => {}
            Event::Refusal(text) => self.delta(Delta { refusal: Some(text), ..Delta::default() }, out),
            Event::ToolStart { index, id, name } => {
                self.without_arguments.push(*index);
                let function = Function { name: Some(name), arguments: "" };
                self.call(ToolCall { index: *index, id: Some(id), kind: Some("function"), function }, out);
            }
            Event::ToolArguments { fragment, .. } if fragment.is_empty() => {}
            Event::ToolArguments { index, fragment } => {
                self.without_arguments.retain(|i| i != index);
                self.arguments(*index, fragment, out);
            }
            Event::Usage(usage) => self.usage.update(*usage),
            Event::Finish(finish) => self.finish(finish, out),
            Event::End => self.end(out),
            Event::Error(_) => self.failed = true,
            // A comment: every parser passes over it, and the connection shows life.
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Signature(_) | Event::Other(_) => {}
        }
    }

    fn finish(&mut self, finish: &Finish, out: &mut Vec<u8>) {
        let Some(word) = finish_word(finish.reason) else {
            self.failed = true;
            return;
        };
        // A call without arguments has none in other dialects; here callers parse them as JSON.
        for index in std::mem::take(&mut self.without_arguments) {
            self.arguments(index, "{}", out);
        }
        self.open(out);
        self.chunk(Delta::default(), Some(word), out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        if self.include_usage
            && let Some(usage) = usage::written(&self.usage)
        {
            self.head(out);
            out.extend_from_slice(b"],\"usage\":");
            write(&usage, out);
            out.extend_from_slice(b"}\n\n");
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// Writes the chunk that names the role, once.
    fn open(&mut self, out: &mut Vec<u8>) {
        if !self.opened {
            self.opened = true;
            let delta = Delta { role: Some("assistant"), content: Some(""), ..Delta::default() };
            self.chunk(delta, None, out);
        }
    }

    fn delta(&mut self, delta: Delta<'_>, out: &mut Vec<u8>) {
        self.open(out);
        self.chunk(delta, None, out);
    }

    fn call(&mut self, call: ToolCall<'_>, out: &mut Vec<u8>) {
        self.delta(Delta { tool_calls: Some([call]), ..Delta::default() }, out);
    }

    fn arguments(&mut self, index: u32, fragment: &str, out: &mut Vec<u8>) {
        let function = Function { name: None, arguments: fragment };
        self.call(ToolCall { index, id: None, kind: None, function }, out);
    }

    fn chunk(&mut self, delta: Delta<'_>, finish_reason: Option<&'static str>, out: &mut Vec<u8>) {
        self.head(out);
        write(&Choice { index: 0, delta, logprobs: None, finish_reason }, out);
        out.extend_from_slice(if self.include_usage { b"],\"usage\":null}\n\n" } else { b"]}\n\n" });
    }

    fn head(&mut self, out: &mut Vec<u8>) {
        if self.head.is_empty() {
            let Identity { id, created, model } = &self.identity;
            let id = self.given_id.clone().unwrap_or_else(|| format!("chatcmpl-{id}"));
            let head = Head { id, object: "chat.completion.chunk", created: *created, model };
            self.head.extend_from_slice(b"data: ");
            write(&head, &mut self.head);
            // Instead of the closing brace.
            self.head.pop();
            self.head.extend_from_slice(b",\"choices\":[");
        }
        out.extend_from_slice(&self.head);
    }
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok(), "writing plain structs to memory does not fail");
}

/// The dialect's word for the end; `None` when the provider failed and there is none.
pub(in crate::openai) fn finish_word(reason: FinishReason) -> Option<&'static str> {
    match reason {
        FinishReason::Stop | FinishReason::Unknown => Some("stop"),
        FinishReason::Length => Some("length"),
        FinishReason::ToolCalls => Some("tool_calls"),
        FinishReason::ContentFilter => Some("content_filter"),
        FinishReason::Failed => None,
    }
}
