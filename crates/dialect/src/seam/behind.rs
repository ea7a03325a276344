//! White space at the seam.
//!
//! The caller may have white space already that the new target writes again, in the same shape or another, or that it
//! was never shown because its API takes no white space at the end of a beginning.

use super::Lost;

/// What comes directly behind the place, until its white space is understood.
#[derive(Debug)]
pub(super) struct Behind {
    /// The white space with which the caller's text ends.
    sent: String,
    text: String,
    /// How much of `text` is known to be white space.
    blank: usize,
    /// Whether a word that goes on behind white space is a contradiction. It is when the target repeated the words
    /// itself; a target that was given them without their white space may begin with the next word.
    strict: bool,
}

impl Behind {
    pub(super) fn new(sent: &str, strict: bool) -> Self {
        Self { sent: sent.to_owned(), text: String::new(), blank: 0, strict }
    }

    /// Takes what comes next, and appends to `out` what the caller is to get as soon as that is known: then the
    /// answer is `true` and all further text goes on as it comes.
    pub(super) fn push(&mut self, piece: &str, ended: bool, out: &mut String) -> Result<bool, Lost> {
        self.text.push_str(piece);
        let Some(from) = self.from(ended)? else { return Ok(false) };
        out.push_str(self.text.get(from..).unwrap_or_default());
        Ok(true)
    }

    /// From which byte on the caller gets the text.
    fn from(&mut self, ended: bool) -> Result<Option<usize>, Lost> {
        if self.text.starts_with(&self.sent) {
            return Ok(Some(self.sent.len()));
        }
        let unread = self.text.get(self.blank..).unwrap_or_default();
        let next = unread.chars().find(|c| !c.is_whitespace());
        self.blank = self.text.len() - unread.trim_start().len();
        if next.is_none() && !ended {
            return Ok(None);
        }
        if self.blank == 0 {
            let word_goes_on = next.is_some_and(char::is_alphanumeric);
            return if word_goes_on && self.strict { Err(Lost::WordGoesOn) } else { Ok(Some(0)) };
        }
        // Another shape of white space than the caller has: only line ends that it does not have yet are worth
        // something to it.
        let line_ends = self.sent.matches('\n').count();
        let blank = self.text.get(..self.blank).unwrap_or_default();
        let more = blank.match_indices('\n').nth(line_ends).is_some();
        let known = line_ends.checked_sub(1).and_then(|last| blank.match_indices('\n').nth(last));
        Ok(Some(if more { known.map_or(0, |(at, end)| at + end.len()) } else { self.blank }))
    }
}
