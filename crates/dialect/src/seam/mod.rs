//! The seam of an answer that another model goes on with.
//!
//! # Purpose
//! A caller has the beginning of an answer, and the model that wrote it is gone. Another model was asked to go on. The
//! seam decides what of that model's text the caller gets, so that nothing is lost, repeated or taken back. Where it
//! cannot tell, it says so before it has given out anything, and the answer stops honestly.
//!
//! # Invariants
//! * What is given out is always an end of the new text, byte for byte, or the rest of a run of white space and all
//!   that follows it.
//! * [`Lost`] comes before anything was given out, and comes again on every further call.
//! * The result does not depend on how the text was cut into pieces.
//! * The time taken grows with the lengths of both texts, not with their product, whatever they repeat.
//! * Once joined, text passes untouched.
//!
//! # How a target goes on
//! **[`Join::Exact`]** Everything passes untouched.
//!
//! **[`Join::Prefill`]** The target was given the text as its own. Its exact characters are compared:
//! * All of the text repeated first (Mistral does): left out, with or without the white space at its end.
//! * 32 characters or more of the text's beginning, and then something else: the answer was started over, lost.
//! * 32 characters or more of the text's end, from the beginning of a word on, that stand in the text once: left out.
//!   What stands in it twice is a refrain and is kept.
//! * White space in front of a repetition does not count, if it has 32 characters or more: tokens begin with it.
//! * Everything else passes, as a rule with the first token.
//!
//! **[`Join::Anchored`]** The target was asked to repeat the last words first ([`anchor`] picks them). White space,
//! quotes, dashes, the ellipsis and capitals may change. What counts is an overlap: the reply's beginning is the end
//! of the caller's text.
//! * It has 32 letters, or 8 words, or is all of the text; and it stands in the text once. So repeating fewer or more
//!   words than asked for joins, and so does starting over word for word.
//! * Nothing but white space or an ellipsis stands before it, or a preamble of at most 400 characters. A preamble ends
//!   with a mark or a line; in the middle of a sentence the words are talked about.
//! * No quotation mark, emphasis or code fence that the caller does not have opens in front of it: its closing mark
//!   would follow. When the caller's text ends inside a code fence, opening that fence again is left out.
//! * When a line or sentence of a reply with a preamble ends with the words, it may be telling them. It is held to the
//!   bound, and is lost when they come again.
//! * Words of 32 letters or more that come again at once are left out again, as often as they come. The same holds
//!   behind a line end and one short line that ends with a colon ("Here is the continuation:"), within 400 characters.
//!   While they may still come, the reply is held.
//! * Letters count, not words: a word cut in half joins by itself.
//!
//! # White space at the seam
//! What the caller has already is left out. Other white space in its place is left out too, but for line ends that
//! the caller does not have yet. A repeated word that goes on where the caller has white space is lost.
//!
//! # Known limits
//! A text of one or two words that a prefilled target means to repeat at once ("ha" and "ha ha") is taken for an echo.
//! So is a refrain of 32 characters or more that is sung a second time directly behind the first. Both look exactly like what targets do that repeat what they were given.
//! The same holds for a target that was asked for the last words, when the answer itself says them all again at once.
//! A prefilled text whose first 32 characters are a refrain, and come again next, looks started over and is lost.
//!
//! A target that was asked for the last words, does not repeat enough of them, and writes a passage within the hold
//! that ends as the caller's text does, looks like one with a preamble. It is lost where that can be told: when the
//! reply, or something in it behind a mark or line, begins with a few of the words, or begins with a small letter.
//!
//! An answer of a word or two may be how another answer begins ("I" and "I'm sorry"): the caller of this module hands
//! over no answer that is as short as that.
//!
//! What is given to a prefilled target has to be without white space at its end. Otherwise white space with which it
//! goes on cannot be told from white space that it repeats.

mod again;
mod anchored;
mod behind;
mod find;
mod normal;
mod place;
mod prefill;
mod words;

use anchored::Anchored;
use behind::Behind;
use prefill::{Known, Prefill};
pub use words::anchor;

/// How the new target was asked to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// It writes on exactly from the end of what it was given (the embedded engine).
    Exact,
    /// It was given the beginning as its own and should write on from its end; some repeat what they were given, and
    /// some start over.
    Prefill,
    /// It was asked to repeat the last words first.
    Anchored,
}

/// Why a new target's text cannot be joined to what the caller has. The words complete a sentence that begins with
/// the target's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The words that it was asked to begin with did not come.
    #[error("did not find the place where the answer had stopped")]
    NoAnchor,
    /// It wrote the answer's beginning again and went on differently, or in a way that cannot be told from that.
    #[error("started the answer over")]
    Restarted,
    /// It began with the right words, but with so few that they may be there by chance.
    #[error("repeated too few words to tell where the answer had stopped")]
    TooFewWords,
    /// What it repeated fits more than one place.
    #[error("repeated words that fit more than one place of the answer")]
    Ambiguous,
    /// It quoted or emphasised the words; a closing mark would follow that the caller has no opening mark for.
    #[error("put marks of its own around the words where the answer had stopped")]
    Wrapped,
    /// As [`Lost::Wrapped`], with a code fence.
    #[error("put a code fence of its own around the place where the answer had stopped")]
    Fenced,
    /// It repeated the words and went on inside the last of them, behind which the caller has white space.
    #[error("went on inside a word that was finished")]
    WordGoesOn,
    /// Its answer was empty.
    #[error("wrote nothing")]
    Nothing,
}

/// Joins a new target's text to what the caller has.
#[derive(Debug)]
pub struct Seam {
    state: State,
    /// The white space with which the caller's text ends.
    white_space: String,
}

#[derive(Debug)]
enum State {
    Joined,
    Prefill(Prefill),
    Anchored(Box<Anchored>),
    Behind(Behind),
    Lost(Lost),
}

impl Seam {
    /// A seam behind `delivered`, which is all the text that the caller has of this answer.
    #[must_use]
    pub fn new(join: Join, delivered: &str) -> Self {
        let text = delivered.trim_end();
        let white_space = delivered.get(text.len()..).unwrap_or_default().to_owned();
        let state = match join {
            Join::Exact => State::Joined,
            // There is nothing to be repeated.
            Join::Prefill | Join::Anchored if text.is_empty() => {
                State::Behind(Behind::new(&white_space, false))
            }
            Join::Prefill => State::Prefill(Prefill::new(delivered)),
            Join::Anchored => State::Anchored(Box::new(Anchored::new(delivered))),
        };
        Self { state, white_space }
    }

    /// Whether the place is found: from here on all text goes on as it comes.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        matches!(self.state, State::Joined)
    }

    /// Takes the next piece of the new target's text and appends to `out` what of it the caller is to get.
    ///
    /// # Errors
    /// [`Lost`] when the place cannot be found; nothing has been given out then.
    pub fn push(&mut self, piece: &str, out: &mut String) -> Result<(), Lost> {
        if self.is_joined() {
            out.push_str(piece);
            return Ok(());
        }
        self.step(piece, false, out)
    }

    /// The new target has finished its answer.
    ///
    /// # Errors
    /// As [`Seam::push`].
    pub fn finish(&mut self, out: &mut String) -> Result<(), Lost> {
        self.step("", true, out)
    }

    fn step(&mut self, piece: &str, ended: bool, out: &mut String) -> Result<(), Lost> {
        let next = match &mut self.state {
            State::Joined => {
                out.push_str(piece);
                return Ok(());
            }
            State::Lost(why) => return Err(*why),
            State::Prefill(held) => held.push(piece).and_then(|known| match known {
                Known::New(text) => go_on(&self.white_space, text, false, ended, out).map(Some),
                Known::Nothing => Ok(None),
            }),
            State::Anchored(held) => held.push(piece).and_then(|behind| match behind {
                Some(text) => go_on(&self.white_space, text, true, ended, out).map(Some),
                None => Ok(None),
            }),
            State::Behind(behind) => {
                behind.push(piece, ended, out).map(|joined| joined.then_some(State::Joined))
            }
        };
        let next = match (next, &self.state) {
            (Ok(None), State::Prefill(held)) if ended => {
                held.finish().and_then(|text| go_on(&self.white_space, text, false, true, out).map(Some))
            }
            (Ok(None), State::Anchored(held)) if ended => {
                held.finish().and_then(|text| go_on(&self.white_space, text, true, true, out).map(Some))
            }
            (next, _) => next,
        };
        match next {
            Ok(Some(state)) => self.state = state,
            Ok(None) => {}
            Err(why) => {
                self.state = State::Lost(why);
                return Err(why);
            }
        }
        Ok(())
    }
}

/// Goes on with `text`, which stands directly behind what the caller has but for white space.
fn go_on(sent: &str, text: &str, strict: bool, ended: bool, out: &mut String) -> Result<State, Lost> {
    let mut behind = Behind::new(sent, strict);
    let joined = behind.push(text, ended, out)?;
    Ok(if joined { State::Joined } else { State::Behind(behind) })
}
