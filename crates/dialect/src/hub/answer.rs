//! An answer in the hub's shape: as a stream of events, and folded into one value.

use super::Rest;
use crate::error::ProviderError;

/// One thing that happened in a provider's stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The answer begins. Bears no content.
    Start {
        /// The provider's id of the answer.
        id: Option<String>,
        /// The model, as the provider names it.
        model: Option<String>,
        /// Unknown fields of the opening event.
        rest: Rest,
    },
    /// A piece of the answer's text.
    Text(String),
    /// A piece of visible thinking.
    Reasoning(String),
    /// The signature of the thinking so far: opaque, bound to its producer.
    Signature(String),
    /// A piece of the model's refusal.
    Refusal(String),
    /// A tool call begins; its arguments follow.
    ToolStart {
        /// Position among the answer's tool calls, from 0.
        index: u32,
        /// The provider's id of the call.
        id: String,
        /// The tool's name.
        name: String,
    },
    /// A piece of a call's arguments (JSON text, cut anywhere).
    ToolArguments {
        /// Which call.
        index: u32,
        /// The piece.
        fragment: String,
    },
    /// Tokens counted so far; later counts replace earlier ones field by field.
    Usage(Usage),
    /// Why the answer ended. Usage may still follow.
    Finish(Finish),
    /// The provider reports a failure inside its stream.
    Error(ProviderError),
    /// A sign of life without content.
    Ping,
    /// The stream's proper end (`[DONE]`, `message_stop`, `message-end`).
    End,
    /// Something this project does not know: kept whole under its event name.
    Other(serde_json::Value),
}

impl Event {
    /// Whether this bears content: text, reasoning, a refusal or a tool call, and not an empty piece of one.
    /// The first such event is the one that commits an answer.
    #[must_use]
    pub fn bears_content(&self) -> bool {
        match self {
            Event::Text(t) | Event::Reasoning(t) | Event::Refusal(t) => !t.is_empty(),
            Event::ToolStart { .. } => true,
            Event::ToolArguments { fragment, .. } => !fragment.is_empty(),
            Event::Start { .. }
            | Event::Signature(_)
            | Event::Usage(_)
            | Event::Finish(_)
            | Event::Error(_)
            | Event::Ping
            | Event::End
            | Event::Other(_) => false,
        }
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    /// The reason, in the hub's words.
    pub reason: FinishReason,
    /// The stop text that was met, where the provider says so.
    pub stop_sequence: Option<String>,
    /// The provider's own word (`end_turn`, `COMPLETE`…).
    pub native: String,
    /// Unknown fields of the closing event.
    pub rest: Rest,
}

/// Why an answer ended (`wire formats`, finish reasons).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// The model was done, or met a stop text.
    Stop,
    /// The token limit was met.
    Length,
    /// The model calls tools.
    ToolCalls,
    /// The provider's policy, or the model's refusal.
    ContentFilter,
    /// A word that means the provider failed (`ERROR`, `malformed_…`). Never shown as a clean end.
    Failed,
    /// A word this project does not know; treated as a clean end, the word kept.
    Unknown,
}

/// Tokens counted by a provider. `None` where it said nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub prompt: Option<u64>,
    /// Of these, read from a cache.
    pub cached: Option<u64>,
    /// Of these, written to a cache.
    pub cache_write: Option<u64>,
    /// Tokens written, reasoning included.
    pub completion: Option<u64>,
    /// Of these, reasoning.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// Takes over every field that `later` states.
    pub fn update(&mut self, later: Usage) {
        let Usage { prompt, cached, cache_write, completion, reasoning } = later;
        self.prompt = prompt.or(self.prompt);
        self.cached = cached.or(self.cached);
        self.cache_write = cache_write.or(self.cache_write);
        self.completion = completion.or(self.completion);
        self.reasoning = reasoning.or(self.reasoning);
    }

    /// Prompt and completion together; what is not stated counts as 0.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.prompt.unwrap_or(0).saturating_add(self.completion.unwrap_or(0))
    }
}

/// What belongs to the answer and not to whoever writes it: it survives a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The answer's id, without a dialect's prefix; an encoder writes `chatcmpl-{id}` or `msg_{id}`.
    pub id: String,
    /// Unix seconds at which the answer began.
    pub created: u64,
    /// The model that answers, until a provider names itself.
    pub model: String,
}

/// One call of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Arguments as JSON text.
    pub arguments: String,
}

/// A whole answer: the fold of its events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The model, as the provider names it.
    pub model: Option<String>,
    /// All text.
    pub text: String,
    /// All visible thinking.
    pub reasoning: String,
    /// The signature of the thinking.
    pub signature: Option<String>,
    /// The refusal, if any.
    pub refusal: String,
    /// The tool calls, by index.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens counted.
    pub usage: Usage,
    /// Why it ended; `None` until it did.
    pub finish: Option<Finish>,
    /// Unknown fields of the opening event.
    pub rest: Rest,
}

/// More parallel tool calls than any provider writes; a larger index is a broken stream.
const MAX_TOOL_CALLS: usize = 1024;

impl Answer {
    /// Adds one event. Events that carry nothing of the answer (pings, errors) change nothing.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::Start { model, rest, .. } => {
                if model.is_some() {
                    self.model.clone_from(model);
                }
                self.rest.extend(rest.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
            Event::Text(t) => self.text.push_str(t),
            Event::Reasoning(t) => self.reasoning.push_str(t),
            Event::Signature(s) => self.signature.get_or_insert_default().push_str(s),
            Event::Refusal(t) => self.refusal.push_str(t),
            Event::ToolStart { index, id, name } => {
                if let Some(call) = self.call(*index) {
                    call.id.clone_from(id);
                    call.name.clone_from(name);
                }
            }
            Event::ToolArguments { index, fragment } => {
                if let Some(call) = self.call(*index) {
                    call.arguments.push_str(fragment);
                }
            }
            Event::Usage(u) => self.usage.update(*u),
            Event::Finish(f) => self.finish = Some(f.clone()),
            Event::Error(_) | Event::Ping | Event::End | Event::Other(_) => {}
        }
    }

    fn call(&mut self, index: u32) -> Option<&mut ToolCall> {
        let index = usize::try_from(index).ok().filter(|i| *i < MAX_TOOL_CALLS)?;
        if self.tool_calls.len() <= index {
            self.tool_calls.resize(index + 1, ToolCall::default());
        }
        self.tool_calls.get_mut(index)
    }
}
