//! Behind the place: whether the reply says the repeated words once more.
//!
//! Some targets repeat the words, and then begin their answer with them: directly, or behind a line such as "Here is
//! the continuation:". The words stand in the caller's text once, so saying them again at once is no refrain. The
//! place moves behind the last of them.

use super::Lost;
use super::anchored::first_letter;
use super::find::{Finder, Standing, repeats_itself};
use super::normal::Normal;
use super::place::lead;
use super::words::begins_word;

/// How many letters the words have at least that are looked for again: fewer may well be the text's own.
const LETTERS: usize = 32;
/// How many characters a line has at most that announces the words. Longer lines are text, and are shown.
const LINE_CHARACTERS: usize = 80;
/// Behind a line that announces them, the words begin within this many characters.
const HOLD_CHARACTERS: usize = 400;

/// How many letters have to come again of words that have `letters`: all, or as many as the target was asked for. A
/// shorter end of them may be a refrain. `None` when they are too few for looking.
pub(super) fn least_again(letters: usize, asked: Option<usize>) -> Option<usize> {
    let least = asked.map_or(letters, |asked| asked.max(LETTERS).min(letters));
    (least >= LETTERS).then_some(least)
}

/// A place that was found, and what is known of the text behind it.
#[derive(Debug)]
pub(super) struct Again {
    /// The raw byte of the reply at which the words end.
    end: usize,
    /// The words, in comparable form.
    /// Empty when they are not looked for again: what goes on with one thing over and over looks the same.
    words: Vec<char>,
    /// How many letters of them have to come again.
    least: usize,
    in_fence: bool,
    behind: Behind,
}

/// What stands behind the place.
#[derive(Debug)]
struct Behind {
    raw: String,
    text: Normal,
    /// The text stands in the words, from the beginning of some word on.
    standing: Option<Standing>,
    line: Line,
    finder: Finder,
    characters: usize,
}

/// The first line behind the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// It may announce the words.
    Open,
    /// It does.
    Announces,
    Text,
}

impl Again {
    /// A place at the raw byte `end` of a reply. `words` are those that end there, and the target was asked for
    /// `asked` letters of them.
    pub(super) fn new(end: usize, words: &[char], asked: Option<usize>, in_fence: bool) -> Self {
        let least = least_again(words.len(), asked).filter(|_| !repeats_itself(words));
        let words = if least.is_some() { words } else { &[] };
        let least = least.unwrap_or_default();
        Self { end, least, in_fence, behind: Behind::new(words, least), words: words.to_vec() }
    }

    /// The raw byte of the reply behind which all is new.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Takes what comes next. Whether the words do not come again: then the rest of `piece` was not looked at.
    pub(super) fn push(&mut self, piece: &str) -> Result<bool, Lost> {
        for c in piece.chars() {
            if self.words.is_empty() {
                return Ok(true);
            }
            if let Some(end) = self.take(c)? {
                self.end += end;
                self.behind = Behind::new(&self.words, self.least);
            } else if !self.behind.may_come() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes one character. Where the words end behind the place, when they have come again.
    fn take(&mut self, c: char) -> Result<Option<usize>, Lost> {
        let behind = &mut self.behind;
        behind.raw.push(c);
        behind.characters += 1;
        let read = behind.text.len();
        behind.text.push(c);
        for at in read..behind.text.len() {
            if behind.stands(at, &self.words, self.least) && behind.text.ends_at(at).is_some() {
                return Ok(behind.text.ends_at(at));
            }
            let letter = behind.text.letters().get(at).copied().unwrap_or_default();
            if behind.finder.push(letter)
                && behind.line == Line::Announces
                && let Some(end) = behind.announced(at, &self.words, self.least, self.in_fence)?
            {
                return Ok(Some(end));
            }
        }
        if behind.line == Line::Open {
            // White space without end announces nothing, and is not to be read over and over.
            let in_time = behind.characters <= HOLD_CHARACTERS;
            behind.line = if in_time { first_line(&behind.raw) } else { Line::Text };
        }
        Ok(None)
    }
}

impl Behind {
    fn new(words: &[char], least: usize) -> Self {
        let wanted = words.get(words.len().saturating_sub(least)..).unwrap_or_default();
        Self {
            raw: String::new(),
            text: Normal::default(),
            standing: Some(Standing::default()),
            line: Line::Open,
            finder: Finder::new(wanted),
            characters: 0,
        }
    }

    /// Whether the words may come yet.
    fn may_come(&self) -> bool {
        let announced = || self.characters <= HOLD_CHARACTERS + self.finder.matched();
        match self.line {
            Line::Open => true,
            Line::Announces => announced() || self.standing.is_some(),
            Line::Text => self.standing.is_some(),
        }
    }

    /// Whether the text up to the letter at `last` is the words, or an end of them that counts.
    fn stands(&mut self, last: usize, words: &[char], least: usize) -> bool {
        let Some(standing) = &mut self.standing else { return false };
        let text = self.text.letters().get(..=last).unwrap_or_default();
        let allowed = |at: usize| at + least <= words.len() && begins_word(words, at);
        if !standing.grow(text, words, allowed) {
            self.standing = None;
            return false;
        }
        standing.end() == words.len() && text.len() >= least
    }

    /// Where the words end whose last letter is at `last`, when they come behind the line that announces them.
    fn announced(
        &self,
        last: usize,
        words: &[char],
        least: usize,
        in_fence: bool,
    ) -> Result<Option<usize>, Lost> {
        let text = self.text.letters().get(..=last).unwrap_or_default();
        let alike = words.iter().rev().zip(text.iter().rev()).take_while(|(a, b)| a == b).count();
        let first = first_letter(text, text.len() - alike);
        if text.len().saturating_sub(first) < least {
            return Ok(None);
        }
        lead(self.raw.get(..self.text.starts_at(first)).unwrap_or_default(), in_fence)?;
        Ok(self.text.ends_at(last))
    }
}

/// Whether between two places there is nothing but white space, or a line that announces the second.
pub(super) fn leads_to_the_same(between: &str) -> bool {
    between.trim().is_empty() || first_line(between) == Line::Announces
}

/// What the first line of `behind` is, the text behind a place: not the rest of the line in which the words end.
fn first_line(behind: &str) -> Line {
    let text = behind.trim_start();
    let Some(first) = text.trim_start_matches(['*', '_']).chars().next() else { return Line::Open };
    let blank = behind.get(..behind.len() - text.len()).unwrap_or_default();
    // Whoever speaks begins with a capital, where there are any; a list item or heading is text.
    if !blank.contains('\n') || !first.is_alphabetic() || first.is_lowercase() {
        return Line::Text;
    }
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > LINE_CHARACTERS {
        return Line::Text;
    }
    if !text.contains('\n') {
        return Line::Open;
    }
    let said = line.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
    if said.ends_with([':', '：']) { Line::Announces } else { Line::Text }
}
