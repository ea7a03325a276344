//! A request in the hub's shape.

use super::Rest;
use crate::Dialect;
use serde_json::Value;

/// One request for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The dialect the caller wrote in: every `rest` and [`Part::Other`] below is in its words.
    pub origin: Dialect,
    /// The model or route, as the caller wrote it. An encoder writes the target's model instead.
    pub model: String,
    /// The conversation, system messages included, in the caller's order.
    pub messages: Vec<Message>,
    /// Tools the model may call.
    pub tools: Vec<Tool>,
    /// Which tool it should call.
    pub tool_choice: Option<Choice>,
    /// Whether several tools may be called at once; `None` when the caller did not say.
    pub parallel_tool_calls: Option<bool>,
    /// Upper bound on tokens written.
    pub max_tokens: Option<u64>,
    /// How the next token is drawn.
    pub sampling: Sampling,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// The shape the answer must have.
    pub format: Format,
    /// How much the model may think before it answers.
    pub reasoning: Option<Reasoning>,
    /// Number of answers asked for; `None` is one.
    pub n: Option<u64>,
    /// Whether log probabilities are asked for.
    pub logprobs: Option<bool>,
    /// How many alternatives per token.
    pub top_logprobs: Option<u64>,
    /// Bias per token id.
    pub logit_bias: Option<Value>,
    /// The end user's opaque id.
    pub user: Option<String>,
    /// Whether the caller reads a stream.
    pub stream: bool,
    /// Whether an OpenAI caller asked for usage in its stream (`stream_options.include_usage`).
    pub include_usage: bool,
    /// Everything else the caller wrote at the top level, under the caller's own names.
    pub rest: Rest,
}

/// Parameters of sampling; `None` where the caller did not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling {
    /// 0 is the most likely token; the upper bound differs by provider.
    pub temperature: Option<f64>,
    /// Nucleus, 0 to 1.
    pub top_p: Option<f64>,
    /// Only the k most likely tokens.
    pub top_k: Option<u64>,
    /// Seed for repeatable draws.
    pub seed: Option<i64>,
    /// -2 to 2 at OpenAI.
    pub presence_penalty: Option<f64>,
    /// -2 to 2 at OpenAI.
    pub frequency_penalty: Option<f64>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The operator, leading or in mid conversation (`system`, `developer`).
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The result of one tool call: its only part is a [`Part::ToolResult`].
    Tool,
}

/// One turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
    /// A participant's name, where the dialect has one.
    pub name: Option<String>,
    /// Unknown fields of the message.
    pub rest: Rest,
}

/// A piece of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Plain text.
    Text {
        /// The text.
        text: String,
        /// Unknown fields of the part (`cache_control`, `annotations`…).
        rest: Rest,
    },
    /// A picture.
    Image {
        /// Where the picture is.
        image: Image,
        /// Unknown fields of the part.
        rest: Rest,
    },
    /// The model asks for a tool.
    ToolUse {
        /// The call's id as the caller knows it.
        id: String,
        /// The tool's name.
        name: String,
        /// Arguments as JSON text, as OpenAI carries them.
        arguments: String,
        /// Unknown fields.
        rest: Rest,
    },
    /// What a tool returned.
    ToolResult {
        /// The call it answers.
        id: String,
        /// What it returned: text and images.
        content: Vec<Part>,
        /// Whether the tool failed.
        is_error: bool,
        /// Unknown fields.
        rest: Rest,
    },
    /// The model's visible thinking. Its signature, if any, stands in `rest` and binds it to its producer.
    Reasoning {
        /// The text; empty when it is redacted.
        text: String,
        /// Signature and unknown fields.
        rest: Rest,
    },
    /// The model declined.
    Refusal {
        /// Its words.
        text: String,
        /// Unknown fields.
        rest: Rest,
    },
    /// Anything else, whole, in the caller's dialect (audio, documents, server tools…).
    Other(Value),
}

/// Where a picture is.
#[derive(Debug, Clone, PartialEq)]
pub enum Image {
    /// An address the provider fetches itself.
    Url(String),
    /// The bytes, base64, with their media type (`image/png`).
    Data {
        /// For instance `image/png`.
        media_type: String,
        /// Base64.
        data: String,
    },
}

/// A tool the model may call.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool {
    /// A function with a JSON schema for its arguments.
    Function {
        /// Its name.
        name: String,
        /// What it does.
        description: Option<String>,
        /// JSON schema of its arguments.
        parameters: Option<Value>,
        /// Whether arguments must match the schema exactly.
        strict: Option<bool>,
        /// Unknown fields of the function.
        rest: Rest,
    },
    /// A tool only its own vendor can run (web search, code interpreter, grammar tools…), whole.
    Hosted(Value),
}

/// Which tool is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The model decides.
    Auto,
    /// No tool.
    None,
    /// At least one, whichever.
    Required,
    /// This one.
    Named(String),
}

/// The shape the answer must have.
#[derive(Debug, Clone, PartialEq)]
pub enum Format {
    /// Any text.
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that matches a schema.
    JsonSchema {
        /// The schema's name, where the dialect has one.
        name: Option<String>,
        /// The schema.
        schema: Value,
        /// Whether the provider must enforce it.
        strict: Option<bool>,
        /// Unknown fields.
        rest: Rest,
    },
}

/// How much the model may think.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reasoning {
    /// Not at all.
    Off,
    /// A level by name: `minimal`, `low`, `medium`, `high`, `xhigh`, `max`.
    Effort(String),
    /// At most this many tokens.
    Budget(u64),
    /// The model decides.
    Adaptive,
}
