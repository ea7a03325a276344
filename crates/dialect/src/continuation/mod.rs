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
    /// Its tokens: as many as it had pieces, within what its length allows. Providers count at the end, which has not
    /// come.
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
const MOST_CHARS_PER_TOKEN: u64 = 8;

/// Letters of a text, those of ASCII and the others: a token is about four of the first, or one of the second.
fn letters(text: &str) -> (u64, u64) {
    let all = text.chars().count();
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    (number(ascii), number(all.saturating_sub(ascii)))
}

/// About how many tokens a text is that came in so many pieces: providers send one token a piece, or a few; some send
/// single letters.
pub(crate) fn estimate(pieces: u64, text: &str) -> u64 {
    let (ascii, other) = letters(text);
    let least = ascii.saturating_add(other).div_ceil(MOST_CHARS_PER_TOKEN);
    let most = ascii.div_ceil(2).saturating_add(other);
    pieces.clamp(least.min(most), most)
}

/// The same where no more may be counted than there are: a limit is not met before it is.
fn at_least(pieces: u64, (ascii, other): (u64, u64)) -> u64 {
    pieces.min(ascii.div_ceil(4).saturating_add(other))
}

/// Whether a text may be a whole answer as it stands: it ends a sentence, and no block of code is open.
pub(crate) fn may_be_all(text: &str) -> bool {
    let ends = ['.', '!', '?', ':', ';', ')', ']', '}', '"', '\'', '`', '*', '|'];
    let others = ['\u{2026}', '\u{3002}', '\u{ff01}', '\u{ff1f}', '\u{201d}', '\u{bb}'];
    let text = text.trim_end();
    !is_surely_half(text) && (text.ends_with(ends) || text.ends_with(others))
}

/// Whether a text cannot be a whole answer: something is open at its end. A target that has nothing to add is believed
/// otherwise, because lists, titles and numbers end without a mark.
fn is_surely_half(text: &str) -> bool {
    let open = [',', '(', '[', '{', '-', '=', '+', '/', '&', '\u{2013}', '\u{2014}', '\u{201e}'];
    let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
    text.trim_end().ends_with(open) || fences % 2 == 1
}
