//! Going on with an answer that broke off.
//!
//! # Purpose
//! A caller has a part of an answer, and the target that wrote it is gone. [`Delivered`] is what the caller has, and
//! where its stream stands; [`prepare_onward`] asks another target to write on from there; the [`crate::Reader`] it
//! leads to gives the caller one answer: the same id, the same block, one usage, and from the seam on the name of the
//! model that writes now.
//!
//! # Invariants
//! * The caller's messages, system prompt and parameters are as they were. What is added stands behind them: the text
//!   so far as the assistant's turn, and for a target that cannot write on from it a user's turn that asks for it.
//! * Nothing that the caller has is taken back, and nothing of the new target's is shown before its place is found
//!   (module [`crate::seam`]).
//! * The hand-over is told before the first new word: a comment, and an object that official SDKs pass over.
//! * Thinking is never carried from one model to another, and the new model's is not shown: it would stand in the
//!   middle of a text.

mod onward;
mod request;
mod stage;

pub(crate) use onward::{Given, Onward};
pub use request::{Handed, prepare_onward};
pub(crate) use request::{Resumption, mark_prefill};
pub(crate) use stage::Stage;

use crate::hub::Usage;

/// What a caller has of an answer that broke off, and where its stream stands.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// All its text.
    pub(crate) text: String,
    /// Its tokens: as many as it had pieces, and no fewer than its length allows. Providers count at the end, which
    /// has not come.
    pub(crate) tokens: u64,
    /// What was counted for the caller before.
    pub(crate) usage: Usage,
    /// What the caller reads next is written here.
    pub(crate) stage: Stage,
}

impl Delivered {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// About how many tokens it is.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.tokens
    }
}

/// Characters per token at the most: no tokeniser in use writes fewer tokens for plain text.
const MOST_CHARS_PER_TOKEN: usize = 8;

/// About how many tokens a text is that came in so many pieces: providers send one token a piece, or a few.
pub(crate) fn estimate(pieces: u64, text: &str) -> u64 {
    let least = text.chars().count().div_ceil(MOST_CHARS_PER_TOKEN);
    pieces.max(u64::try_from(least).unwrap_or(u64::MAX))
}
