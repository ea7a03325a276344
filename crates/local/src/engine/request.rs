//! What an answer is made from, free of any wire format and of llama.cpp's types.

use serde_json::Value;

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `system`, `user` or `assistant`: what chat templates know.
    pub role: &'static str,
    /// The turn's text.
    pub text: String,
}

/// Which texts the answer may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Format {
    /// Any text.
    Text,
    /// Any JSON object.
    Json,
    /// JSON that fits this JSON schema, as far as the schema can be expressed as a grammar.
    Schema(Value),
}

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// 0 always takes the likeliest token.
    pub temperature: f32,
    /// Keep the likeliest tokens that make up this share of the probability; 1 keeps all.
    pub top_p: f32,
    /// Keep this many of the likeliest tokens; 0 keeps all.
    pub top_k: i32,
    /// Drop tokens less likely than this share of the likeliest one; 0 drops none.
    pub min_p: f32,
    /// The same seed gives the same text on the same machine.
    pub seed: u32,
    /// OpenAI's `frequency_penalty`.
    pub frequency_penalty: f32,
    /// OpenAI's `presence_penalty`.
    pub presence_penalty: f32,
    /// llama.cpp's `repeat_penalty`; 1 is none.
    pub repeat_penalty: f32,
    /// Added to the logits of these tokens.
    pub logit_bias: Vec<(i32, f32)>,
}

impl Sampling {
    /// What is used where the caller is silent. Hosted providers default to a temperature of 1; a small model
    /// loses its thread there, so it gets the cooler one that the makers of small models recommend.
    pub fn with_seed(seed: u32) -> Self {
        Self {
            temperature: 0.3,
            top_p: 0.95,
            top_k: 40,
            min_p: 0.05,
            seed,
            frequency_penalty: 0.0,
            presence_penalty: 0.0,
            repeat_penalty: 1.0,
            logit_bias: Vec::new(),
        }
    }
}

/// One request for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// The conversation, without a trailing partial answer.
    pub messages: Vec<Message>,
    /// The beginning of the answer; what is generated continues it exactly and does not repeat it.
    pub prefill: String,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// The answer ends before any of these.
    pub stop: Vec<String>,
    /// At most this many tokens; `None` until the context is full.
    pub max_tokens: Option<u32>,
    /// Which texts the answer may be.
    pub format: Format,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// The model ended it, or a stop string did.
    Stop,
    /// The limit asked for was reached, or the context is full.
    Length,
}

/// What an answer used, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the conversation, the template and the prefill.
    pub prompt: u32,
    /// How many of these were still in the cache from an earlier answer.
    pub cached: u32,
    /// Tokens generated.
    pub completion: u32,
}

/// What the engine says about one answer, in order: any number of `Text`, then one `Done` or `Failed`.
/// A channel that closes without either means that the engine is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// More of the answer, in whole characters.
    Text(String),
    /// The answer is complete.
    Done {
        /// Why it ended.
        reason: FinishReason,
        /// The caller's stop text that ended it, if one did.
        stop: Option<String>,
        /// What it used.
        usage: Usage,
    },
    /// llama.cpp gave up on this answer.
    Failed(String),
}

/// Why a request was refused before its first token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The prompt alone fills the context.
    #[error("the prompt has {prompt} tokens, which exceeds the {context} tokens that this model is run with")]
    ContextExceeded {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens of one slot's context.
        context: usize,
    },
    /// Every slot and every place in the queue is taken.
    #[error("the local engine is busy: {0} requests are running or waiting")]
    Busy(usize),
    /// The model's template or a grammar cannot express the request.
    #[error("{0}")]
    Unusable(String),
    /// The engine has stopped.
    #[error("the local engine has stopped")]
    Stopped,
}
