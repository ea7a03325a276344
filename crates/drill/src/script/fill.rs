//! Filling in what a script leaves open: a replay's faults say what goes wrong, its traffic says the rest.

use std::time::Duration;

use crate::continuing::Continues;

use super::build::DEFAULT_TEXT;
use super::{ModelName, Reply, Script, Text};

/// What a request and a provider say of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blanks {
    /// The answer, one token per word.
    pub text: String,
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Time to the first token.
    pub first_token: Duration,
    /// Time of each further token.
    pub between: Duration,
    /// Tokens in each event of a stream.
    pub group: u32,
}

impl Script {
    /// This script with the blanks filled in where it says nothing itself: the default text (whatever its length)
    /// becomes this text, delays of zero become these, and the usage these tokens. An answer that tells a drip, or
    /// its own time between tokens, is not grouped: there each token matters.
    #[must_use]
    pub fn filled(mut self, blanks: &Blanks) -> Self {
        let says_pace = self.pace.drip.is_some() || !self.pace.between.is_zero();
        let own = self.has_own_words();
        if let Reply::Answer(answer) = &mut self.reply {
            answer.prompt_tokens = answer.prompt_tokens.or(Some(blanks.prompt_tokens));
            if !says_pace && answer.group == 0 {
                answer.group = blanks.group;
            }
            if !own {
                answer.text = Text::Fixed(blanks.text.clone());
                answer.tokens = None;
                answer.prefilled.get_or_insert(Continues::Exact);
            }
            if self.pace.first_token.is_zero() {
                self.pace.first_token = blanks.first_token;
            }
            if self.pace.between.is_zero() {
                self.pace.between = blanks.between;
            }
        }
        self
    }

    /// Whether it answers with words of its own: other words than the default ones, a tool call, a refusal, nothing.
    #[must_use]
    pub fn has_own_words(&self) -> bool {
        match &self.reply {
            Reply::Answer(answer) => {
                !answer.tools.is_empty()
                    || answer.refusal.is_some()
                    || !matches!(&answer.text, Text::Fixed(text) if text == DEFAULT_TEXT)
            }
            Reply::Error(_) | Reply::Silent | Reply::Reset | Reply::Close | Reply::GoAway => false,
        }
    }

    /// Whether it begins an answer, be it one that breaks off.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        matches!(self.reply, Reply::Answer(_))
    }

    /// The model its answer names to a request for `asked`.
    #[must_use]
    pub fn states_model(&self, asked: &str) -> String {
        match &self.model {
            ModelName::Echo => asked.to_owned(),
            ModelName::Suffix(suffix) => format!("{asked}{suffix}"),
            ModelName::Fixed(model) => model.clone(),
        }
    }
}
