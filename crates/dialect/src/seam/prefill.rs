//! The beginning of a reply to a target that was given the caller's text as its own: held only while it may be a
//! repetition of it.
//!
//! Compared are the exact characters: a target that repeats what it was given repeats it exactly.

use super::Lost;
use super::find::{Standing, repeats_itself};
use super::normal::longest_repeated_end;
use super::words::begins_word;

/// How many characters of the caller's end a reply begins with to be repeating it (D2.4b of the research: never
/// fewer, because a short repetition is more often the text's own).
const OVERLAP: usize = 32;
/// How many characters of the caller's beginning a reply repeats that has started over: as many as an overlap, which
/// no reader should see twice.
const RESTART: usize = 32;

/// A reply that is held.
#[derive(Debug)]
pub(super) struct Prefill {
    /// What the target was given: the caller's text without white space at its end.
    given: Vec<char>,
    /// The longest end of it that stands in it twice; a longer one cannot be a refrain.
    refrain: usize,
    raw: String,
    reply: Vec<char>,
    /// How many white space characters the reply begins with.
    blank: usize,
    /// The reply is the beginning of what was given, so far.
    echo: bool,
    /// The same, but for white space in front.
    spaced: Spaced,
    /// The reply stands in what was given, from the beginning of some word on. White space in front is left out:
    /// tokens begin with it.
    tail: Option<Standing>,
    restarted: bool,
}

/// A reply compared with the caller's beginning, white space in front of both left out.
#[derive(Debug)]
struct Spaced {
    alike: bool,
    /// The character of the given text that should come next.
    next: usize,
    first: usize,
}

/// What is known of a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// Not yet whether it repeats.
    Nothing,
    /// What of it is new.
    New(&'a str),
}

impl Prefill {
    pub(super) fn new(delivered: &str) -> Self {
        let given: Vec<char> = delivered.trim_end().chars().collect();
        let first = given.iter().take_while(|c| c.is_whitespace()).count();
        Self {
            refrain: longest_repeated_end(&given),
            raw: String::new(),
            reply: Vec::new(),
            blank: 0,
            echo: true,
            spaced: Spaced { alike: true, next: first, first },
            tail: (given.len() >= OVERLAP).then(Standing::default),
            restarted: false,
            given,
        }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, piece: &str) -> Result<Known<'_>, Lost> {
        self.raw.push_str(piece);
        for c in piece.chars() {
            self.blank += usize::from(self.blank == self.reply.len() && c.is_whitespace());
            self.reply.push(c);
            let length = self.reply.len();
            self.echo &= self.given.get(length - 1) == Some(&c);
            if self.echo && length == self.given.len() {
                return if repeats_itself(&self.given) {
                    Err(Lost::Ambiguous)
                } else {
                    Ok(self.new_from(length))
                };
            }
            if self.all_behind_space(c)? || self.tail_ends_here() {
                return Ok(self.new_from(length));
            }
            if !self.echo && !self.spaced.alike && self.tail.is_none() {
                return self.finish().map(Known::New);
            }
        }
        Ok(Known::Nothing)
    }

    /// The reply is over, or is known not to be a repetition: what of it is new, which is all of it.
    pub(super) fn finish(&self) -> Result<&str, Lost> {
        let echoed = if self.echo { self.reply.len() } else { 0 };
        let spaced = if self.spaced.alike { self.spaced.next - self.spaced.first } else { 0 };
        if self.restarted || echoed >= RESTART || spaced >= RESTART {
            return Err(Lost::Restarted);
        }
        Ok(&self.raw)
    }

    fn new_from(&self, character: usize) -> Known<'_> {
        let from = self.raw.char_indices().nth(character).map_or(self.raw.len(), |(at, _)| at);
        Known::New(self.raw.get(from..).unwrap_or_default())
    }

    /// Whether the reply is all that was given, behind white space; and notes whether it starts the answer over.
    fn all_behind_space(&mut self, c: char) -> Result<bool, Lost> {
        let Spaced { alike, next, first } = &mut self.spaced;
        if !*alike || (*next == *first && c.is_whitespace()) {
            return Ok(false);
        }
        if self.given.get(*next) == Some(&c) {
            *next += 1;
            // A shorter one may be meant.
            let all = *next == self.given.len() && *next - *first >= OVERLAP;
            return if all && repeats_itself(&self.given) { Err(Lost::Ambiguous) } else { Ok(all) };
        }
        *alike = false;
        self.restarted |= *next - *first >= RESTART;
        Ok(false)
    }

    /// Whether the reply so far is an end of what was given that counts.
    fn tail_ends_here(&mut self) -> bool {
        let Some(standing) = &mut self.tail else { return false };
        let (given, reply) = (&self.given, self.reply.get(self.blank..).unwrap_or_default());
        if reply.is_empty() {
            return false;
        }
        let allowed = |at: usize| at + OVERLAP <= given.len() && begins_word(given, at);
        if !standing.grow(reply, given, allowed) {
            self.tail = None;
            return false;
        }
        standing.end() == given.len() && reply.len() >= OVERLAP && reply.len() > self.refrain
    }
}
