//! The beginning of a reply that was asked for the last words first: held until they have come.

use super::Lost;
use super::again::{Again, leads_to_the_same, least_again};
use super::find::{Finder, Standing};
use super::normal::{Normal, is_quote, longest_repeated_end};
use super::place::{Lead, ends_in_fence, lead};
use super::words::{Endings, anchor, begins_word};

/// How many letters an overlap has that counts as found (D2.5 of the research; shorter ones deleted legitimate text
/// elsewhere).
const ENOUGH_LETTERS: usize = 32;
/// How many words do as well, when they are short: the least that the target is asked for.
const ENOUGH_WORDS: usize = 8;
/// How many words an answer has at least that is looked for as a whole behind a preamble.
const SHORT_ANSWER_WORDS: usize = 4;
/// Within how many characters of the reply the words have to begin (D2.5).
const HOLD_CHARACTERS: usize = 400;
/// How many letters of the answer's beginning a reply repeats that has started over.
const RESTART_LETTERS: usize = 64;
/// How far back repeated words are looked for that do not count.
const EXPLAIN_LETTERS: usize = 600;

/// A reply that is held.
#[derive(Debug)]
pub(super) struct Anchored {
    /// What the caller has, in comparable form.
    said: Normal,
    /// The shortest overlap that counts.
    least: usize,
    /// The same, if it did not matter how often it stands in what the caller has.
    enough: usize,
    /// How many letters the words have that the target was asked for, when there are such words.
    asked: Option<usize>,
    /// Whether the words may stand behind a preamble: not when they are too few to be told from it.
    after_preamble: bool,
    in_fence: bool,
    finder: Finder,
    raw: String,
    characters: usize,
    reply: Normal,
    /// A place behind a preamble that may be a quotation of the words.
    found: Option<Found>,
    /// The raw byte at which the words end that were first told in marks or in the middle of a sentence.
    told: Option<usize>,
    /// Why the last place was not accepted.
    refusal: Option<Lost>,
    beyond: Option<Beyond>,
    /// The place that was accepted.
    again: Option<Again>,
}

/// A place behind a preamble.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// The raw byte at which the words end.
    end: usize,
    /// How many letters the words have.
    letters: usize,
    /// The words are the end of a sentence or line of the reply. It may be telling them, and go on further down.
    doubtful: bool,
}

/// Looking on beyond the bound of the hold, as long as everything from some place on stands in the caller's text.
#[derive(Debug)]
struct Beyond {
    /// The first letter at which no place may begin any more.
    bound: usize,
    from: usize,
    standing: Standing,
}

impl Anchored {
    pub(super) fn new(delivered: &str) -> Self {
        let said = Normal::trimmed(delivered);
        let letters = said.letters();
        let by_words = Endings::of(letters).find(|end| end.words >= ENOUGH_WORDS);
        let enough = by_words.map_or(ENOUGH_LETTERS, |end| end.letters.min(ENOUGH_LETTERS));
        let words =
            Endings::of(letters).take_while(|end| end.letters <= enough).last().map_or(0, |end| end.words);
        let least = enough.max(longest_repeated_end(letters) + 1).min(letters.len());
        Self {
            least,
            enough,
            asked: anchor(delivered).map(|words| Normal::trimmed(words).len()),
            after_preamble: letters.len() >= enough || words >= SHORT_ANSWER_WORDS,
            in_fence: ends_in_fence(delivered),
            finder: Finder::new(letters.get(letters.len() - least..).unwrap_or_default()),
            said,
            raw: String::new(),
            characters: 0,
            reply: Normal::default(),
            found: None,
            told: None,
            refusal: None,
            beyond: None,
            again: None,
        }
    }

    /// Takes the next piece. When the words have come and do not come again: all of the reply that stands behind
    /// them so far.
    pub(super) fn push(&mut self, piece: &str) -> Result<Option<&str>, Lost> {
        self.raw.push_str(piece);
        if let Some(again) = &mut self.again {
            return Ok(if again.push(piece)? { self.raw.get(again.end()..) } else { None });
        }
        for c in piece.chars() {
            if let Some(place) = self.read(c)? {
                return self.accept(place);
            }
        }
        Ok(None)
    }

    /// Takes the next character; the place, once it is accepted.
    fn read(&mut self, c: char) -> Result<Option<Found>, Lost> {
        self.characters += 1;
        let read = self.reply.len();
        self.reply.push(c);
        for at in read..self.reply.len() {
            let letter = self.reply.letters().get(at).copied().unwrap_or_default();
            if self.finder.push(letter)
                && let Some(place) = self.place_ending_with(at)?
            {
                return Ok(Some(place));
            }
        }
        if let Some(place) = self.without_doubt() {
            return Ok(Some(place));
        }
        if self.characters >= HOLD_CHARACTERS && !self.may_come() {
            return self.found.ok_or_else(|| self.reason()).map(Some);
        }
        Ok(None)
    }

    /// Goes on from this place, unless the words come again behind it.
    fn accept(&mut self, place: Found) -> Result<Option<&str>, Lost> {
        let said = self.said.letters();
        let words = said.get(said.len().saturating_sub(place.letters)..).unwrap_or_default();
        let behind = self.raw.get(place.end..).unwrap_or_default();
        let again = self.again.insert(Again::new(place.end, words, self.asked, self.in_fence));
        Ok(if again.push(behind)? { self.raw.get(again.end()..) } else { None })
    }

    /// The reply is over: what stands behind the words.
    pub(super) fn finish(&self) -> Result<&str, Lost> {
        let end = self.again.as_ref().map(Again::end).or(self.found.map(|found| found.end));
        let end = end.ok_or_else(|| self.reason())?;
        Ok(self.raw.get(end..).unwrap_or_default())
    }

    /// The last words end with the letter at `last`. The place, when the reply begins with them.
    fn place_ending_with(&mut self, last: usize) -> Result<Option<Found>, Lost> {
        let Some(end) = self.reply.ends_at(last) else { return Ok(None) };
        let reply = self.reply.letters().get(..=last).unwrap_or_default();
        let alike =
            self.said.letters().iter().rev().zip(reply.iter().rev()).take_while(|(a, b)| a == b).count();
        let first = first_letter(reply, reply.len() - alike);
        if reply.len().saturating_sub(first) < self.least {
            self.refusal = Some(Lost::NoAnchor);
            return Ok(None);
        }
        let place = Found { end, letters: reply.len() - first, doubtful: false };
        let from = self.reply.starts_at(first);
        if self.is_said_again(place, from) {
            self.found = Some(place);
            return Ok(None);
        }
        let before = self.raw.get(..from).unwrap_or_default();
        match lead(before, self.in_fence) {
            Ok(Lead::Nothing) => return Ok(Some(place)),
            Ok(Lead::Preamble) if !self.after_preamble || before.chars().count() > HOLD_CHARACTERS => {}
            Ok(Lead::Preamble) if self.found.is_some() => return Err(Lost::Ambiguous),
            // It came to the words before, and went on from there within its marks or sentence.
            Ok(Lead::Preamble) if self.told.is_some_and(|told| !closes(self.raw.get(told..))) => {
                return Err(self.refusal.filter(|&why| why != Lost::NoAnchor).unwrap_or(Lost::Ambiguous));
            }
            // It began with too few of the words and went on: then this is the same words coming again in its text,
            // and what stands in front of them is no preamble.
            Ok(Lead::Preamble) if let Some(why) = self.too_little_before(first) => self.refusal = Some(why),
            Ok(Lead::Preamble) => self.found = Some(place),
            Err(why) => {
                self.refusal = Some(why);
                self.told = self.told.or(Some(end));
            }
        }
        Ok(None)
    }

    /// Whether the words of `place`, which begin at the raw byte `from`, are those of the place found before.
    fn is_said_again(&self, place: Found, from: usize) -> bool {
        let Some(found) = self.found else { return false };
        let least = least_again(found.letters, self.asked);
        least.is_some_and(|least| place.letters >= least)
            && self.raw.get(found.end..from).is_some_and(leads_to_the_same)
    }

    /// The place behind a preamble, when the reply goes on there with the next word.
    fn without_doubt(&mut self) -> Option<Found> {
        let found = self.found.as_mut().filter(|found| !found.doubtful)?;
        let behind = self.raw.get(found.end..).unwrap_or_default();
        let next = behind.chars().find(|&c| c == '\n' || !c.is_whitespace())?;
        found.doubtful = !next.is_alphanumeric();
        (!found.doubtful).then_some(*found)
    }

    /// Whether the words may come yet, though the bound is reached: everything from some place on stands in the
    /// caller's text.
    fn may_come(&mut self) -> bool {
        let reply = self.reply.letters();
        let beyond = self.beyond.get_or_insert_with(|| Beyond {
            bound: reply.len(),
            from: 0,
            standing: Standing::default(),
        });
        while beyond.from < beyond.bound {
            let grown = reply.get(beyond.from..).unwrap_or_default();
            let before = beyond.from.checked_sub(1).and_then(|before| reply.get(before));
            let stands = before.is_none_or(|c| !c.is_alphanumeric())
                && (beyond.standing.taken()..grown.len())
                    .all(|_| beyond.standing.grow(grown, self.said.letters(), |_| true));
            if stands {
                return true;
            }
            beyond.from += 1;
            beyond.standing = Standing::default();
        }
        false
    }

    /// Why the place was not found.
    fn reason(&self) -> Lost {
        let (said, reply) = (self.said.letters(), self.reply.letters());
        if let Some(why) = self.refusal.filter(|&why| why != Lost::NoAnchor) {
            return why;
        }
        if reply.is_empty() {
            return Lost::Nothing;
        }
        if said.iter().zip(reply).take_while(|(a, b)| a == b).count() >= RESTART_LETTERS {
            return Lost::Restarted;
        }
        self.too_little_before(reply.len()).unwrap_or(Lost::NoAnchor)
    }

    /// Why words that begin before the letter at `bound` do not count that are the last of the caller's text, and with which the
    /// reply or something behind a mark in it begins.
    ///
    /// One word is enough. If the reply went on from there, it would be lost up to where its text comes again; and a
    /// preamble hardly ever has a part that begins with the answer's last word.
    fn too_little_before(&self, bound: usize) -> Option<Lost> {
        (0..bound).filter(|&at| self.begins_anew(at)).find_map(|at| self.too_little_at(at))
    }

    /// Whether the reply begins at this letter, or something behind a mark or line end in it.
    fn begins_anew(&self, letter: usize) -> bool {
        let before = self.raw.get(..self.reply.starts_at(letter)).unwrap_or_default();
        let before = before.trim_end_matches([' ', '\t', '\u{a0}']);
        !before.ends_with(char::is_alphanumeric)
    }

    fn too_little_at(&self, at: usize) -> Option<Lost> {
        let said = self.said.letters();
        let reply = self.reply.letters().get(at..)?;
        let longest = self.least.min(reply.len() + 1).min(EXPLAIN_LETTERS);
        let repeated = (1..longest)
            .filter_map(|length| reply.get(..length))
            .rfind(|words| said.ends_with(words) && begins_word(said, said.len() - words.len()))?;
        Some(if repeated.len() < self.enough { Lost::TooFewWords } else { Lost::Ambiguous })
    }
}

/// Whether what stands behind words in marks closes them. A mark directly in front of a word opens the next.
fn closes(behind: Option<&str>) -> bool {
    let skipped = |c: char| c.is_whitespace() || matches!(c, '.' | ',' | '…');
    let mark = |c: char| is_quote(c) || matches!(c, '*' | '_' | '~' | ')' | ']');
    let behind = behind.unwrap_or_default().trim_start_matches(skipped);
    behind.starts_with(mark) && !behind.trim_start_matches(mark).starts_with(char::is_alphanumeric)
}

/// The letter with which repeated words begin, when all letters from `alike` on are those of the caller's text: not
/// within a word, and not within an ellipsis, whose last dots are the caller's by chance.
pub(super) fn first_letter(reply: &[char], alike: usize) -> usize {
    let letters = || reply.iter().enumerate().skip(alike);
    let before = alike.checked_sub(1).and_then(|before| reply.get(before));
    match (reply.get(alike), before) {
        (Some(' '), _) => alike + 1,
        (Some('.'), Some('.')) => {
            letters().find(|&(_, &c)| !matches!(c, '.' | ' ')).map_or(reply.len(), |(at, _)| at)
        }
        (_, Some(c)) if c.is_alphanumeric() => {
            letters().find(|&(_, &c)| c == ' ').map_or(reply.len(), |(at, _)| at + 1)
        }
        _ => alike,
    }
}
