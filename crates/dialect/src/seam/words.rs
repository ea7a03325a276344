//! Words, also in scripts that put no spaces between them, and the last words of an answer.

use super::normal::{Normal, longest_repeated_end};

/// How many words a target is asked to repeat at least: D2.5 of the research says 8 to 12.
const ANCHOR_WORDS: usize = 10;
/// How many letters they have together at least: what an overlap needs to count as found.
const ANCHOR_LETTERS: usize = 32;
/// A longer anchor is repeated wrongly more often than rightly.
const ANCHOR_MAX_WORDS: usize = 60;
/// As [`ANCHOR_MAX_WORDS`], for scripts and texts with long words.
const ANCHOR_MAX_LETTERS: usize = 600;
/// A word of Chinese or Japanese has about two characters; four are sure to be one, and cost as many tokens.
const LETTERS_A_WORD: usize = 4;

/// The last words of `delivered`, which a target is asked to begin with: 10 or more (32 letters or more), as many as
/// it takes that they stand in it only once. All of it, without white space in front, when it is shorter than that.
/// `None` when there are no such words within 60 words and 600 letters, or no words at all.
#[must_use]
pub fn anchor(delivered: &str) -> Option<&str> {
    let normal = Normal::trimmed(delivered);
    let repeated = longest_repeated_end(normal.letters());
    let from = Endings::of(normal.letters())
        .take_while(|end| end.words <= ANCHOR_MAX_WORDS && end.letters <= ANCHOR_MAX_LETTERS)
        .find(|end| {
            let enough = end.words >= ANCHOR_WORDS && end.letters >= ANCHOR_LETTERS;
            end.from == 0 || (enough && end.letters > repeated)
        })?;
    delivered.get(normal.starts_at(from.from)..)
}

/// An end of a text that begins at the beginning of a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    /// The letter it begins with.
    pub(super) from: usize,
    /// How many letters it has.
    pub(super) letters: usize,
    /// How many words it has.
    pub(super) words: usize,
}

/// The ends of a text that begin at the beginning of a word, the shortest first.
#[derive(Debug)]
pub(super) struct Endings<'a> {
    text: &'a [char],
    at: usize,
    whole_words: usize,
    /// Letters without spaces between words, in the word that is being read.
    unspaced: usize,
}

impl<'a> Endings<'a> {
    pub(super) fn of(text: &'a [char]) -> Self {
        Self { text, at: text.len(), whole_words: 0, unspaced: 0 }
    }

    fn weight(&self) -> usize {
        (self.unspaced / LETTERS_A_WORD).max(1)
    }
}

impl Iterator for Endings<'_> {
    type Item = Ending;

    fn next(&mut self) -> Option<Ending> {
        while self.at > 0 {
            self.at -= 1;
            let letter = *self.text.get(self.at)?;
            if letter == ' ' {
                self.whole_words += self.weight();
                self.unspaced = 0;
                continue;
            }
            self.unspaced += usize::from(is_unspaced(letter));
            if begins_word(self.text, self.at) {
                return Some(Ending {
                    from: self.at,
                    letters: self.text.len() - self.at,
                    words: self.whole_words + self.weight(),
                });
            }
        }
        None
    }
}

/// Whether a word begins with the letter at `at`; `text` may be raw or comparable.
pub(super) fn begins_word(text: &[char], at: usize) -> bool {
    let Some(&letter) = text.get(at) else { return false };
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    !letter.is_whitespace() && (before.is_none_or(|c| c.is_whitespace()) || is_unspaced(letter))
}

/// Whether a letter belongs to a script that puts no spaces between words: Thai, Lao, Burmese, Khmer, kana and
/// Chinese characters.
fn is_unspaced(c: char) -> bool {
    matches!(
        u32::from(c),
        0x0E00..=0x0EFF
            | 0x1000..=0x109F
            | 0x1780..=0x17FF
            | 0x3040..=0x30FF
            | 0x3400..=0x4DBF
            | 0x4E00..=0x9FFF
            | 0xF900..=0xFAFF
            | 0x20000..=0x3FFFF
    )
}
