//! What a codec must know of the target it writes for.

use crate::{Dialect, anthropic, hub};

/// One model at one provider, as a request encoder sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The provider's dialect.
    pub dialect: Dialect,
    /// The model's name at the provider.
    pub model: String,
    /// The configuration's changes to every request for this target.
    pub overrides: Overrides,
    /// What the target can do.
    pub capabilities: Capabilities,
    /// `anthropic-version` sent to an Anthropic provider (`2023-06-01` or `2026-10-21`).
    pub anthropic_version: String,
    /// Request fields this target has refused before (`temperature`, `max_tokens`), to be left out: learned from
    /// a 400, in the target's own names.
    pub refused_fields: Vec<String>,
}

/// Changes the configuration makes to every request for one target; `None` leaves the caller's value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// Replaces the caller's leading system prompt.
    pub system: Option<String>,
    /// Replaces `temperature`.
    pub temperature: Option<f64>,
    /// Replaces `top_p`.
    pub top_p: Option<f64>,
    /// Replaces the token limit.
    pub max_tokens: Option<u64>,
}

impl Overrides {
    /// True when nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a target can do. The default assumes a capable hosted model; the configuration and refusals correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Reads pictures.
    pub images: bool,
    /// Calls tools.
    pub tools: bool,
    /// Honours a JSON format by itself.
    pub json: bool,
    /// How it is made to go on from the beginning of an answer.
    pub prefill: Prefill,
    /// Window in tokens, when known.
    pub context: Option<u64>,
    /// The body's members that the target heeds, where that is known; any other is left out and told as a loss,
    /// because the target would pass over it in silence.
    pub members: Option<&'static [&'static str]>,
}

/// How a target is made to go on from the beginning of an answer, word for word (wire-format notes, 8). Claude is known
/// by its model's name besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prefill {
    /// Nothing says that it can: a trailing assistant message is refused, or answered with a new message. But for
    /// Claude, whose name says it.
    #[default]
    No,
    /// It has refused, or the configuration says that it would, whatever its name says.
    Refused,
    /// The embedded engine: it renders the conversation itself and stops behind the last message.
    Engine,
    /// A trailing assistant message is all it takes (llama.cpp's default, Claude up to 4.5).
    Trailing,
    /// The trailing message says `prefix: true` (Mistral, which repeats it in its answer; DeepSeek's beta address).
    Prefix,
    /// The request says `continue_final_message: true` and `add_generation_prompt: false` (vLLM, SGLang, llama.cpp).
    FinalMessage,
}

impl Target {
    /// How it is made to go on from the beginning of an answer, word for word, as far as that is known.
    #[must_use]
    pub fn prefill(&self) -> Prefill {
        let known = self.capabilities.prefill;
        let is_named_so = self.dialect == Dialect::Anthropic && anthropic::models::prefill(&self.model);
        if known == Prefill::No && is_named_so { Prefill::Trailing } else { known }
    }

    /// Whether it can.
    #[must_use]
    pub fn can_prefill(&self) -> bool {
        match self.prefill() {
            Prefill::No | Prefill::Refused => false,
            Prefill::Engine | Prefill::Trailing | Prefill::Prefix | Prefill::FinalMessage => true,
        }
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { images: true, tools: true, json: true, prefill: Prefill::No, context: None, members: None }
    }
}

/// A request this target cannot express and must not silently change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// The caller's field at fault (`messages[0].content[1]`), if one is.
    pub param: Option<String>,
    /// What cannot be expressed, for a person: "this model does not read images".
    pub reason: String,
}

impl Refused {
    /// A refusal that names a field.
    #[must_use]
    pub fn new(param: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { param: Some(param.into()), reason: reason.into() }
    }
}

/// A provider's event that cannot be read. Skipping it would lose text unnoticed, so it ends the attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an event in the provider's stream cannot be read: {0}")]
pub struct Malformed(pub String);

/// What the configuration's overrides make of a decoded request.
pub fn apply_overrides(request: &mut hub::Request, overrides: &Overrides) {
    if let Some(system) = &overrides.system {
        let leading = request.messages.iter().take_while(|m| m.role == hub::Role::System).count();
        request.messages.drain(..leading);
        let part = hub::Part::Text { text: system.clone(), rest: hub::Rest::new() };
        let message =
            hub::Message { role: hub::Role::System, parts: vec![part], name: None, rest: hub::Rest::new() };
        request.messages.insert(0, message);
    }
    request.sampling.temperature = overrides.temperature.or(request.sampling.temperature);
    request.sampling.top_p = overrides.top_p.or(request.sampling.top_p);
    request.max_tokens = overrides.max_tokens.or(request.max_tokens);
}
