//! Going on with an answer that broke off, at the person's wish.
//!
//! The model is asked to repeat the last words before it goes on, so that the place where the two texts join is
//! certain. The repeated words are not shown. (As the assistant's own beginning alone, a prefill, many models would
//! refuse it. Asked for, all can.) The page does the same.

/// Words that a continuation is asked to begin with.
const ANCHOR_WORDS: usize = 6;

/// Characters that a continuation may repeat at most; a model repeats more than it is asked to now and then.
const MOST_REPEATED: usize = 500;
/// Characters that it must repeat at least.
const LEAST_REPEATED: usize = 12;

/// The last words of a text that broke off, as they stand.
pub(super) fn anchor(text: &str) -> &str {
    let text = text.trim_end();
    let mut at = text.len();
    for _ in 0..ANCHOR_WORDS {
        let before = text.get(..at).unwrap_or_default().trim_end();
        at = before.rfind(char::is_whitespace).map_or(0, |gap| {
            gap + before.get(gap..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        if at == 0 {
            break;
        }
    }
    text.get(at..).unwrap_or(text)
}

/// What the model is told.
pub(super) fn wish(anchor: &str) -> String {
    format!(
        "Your last message was cut off. It ended with these words:\n\n{anchor}\n\nGo on from exactly that place. \
         Begin by repeating those words just as they stand, then write on in the same language, style and format \
         until the answer is complete. Do not greet, explain, or mention the interruption."
    )
}

/// Takes the repeated words away from a continuation, as it comes.
#[derive(Debug)]
pub(super) struct Join {
    /// The end of the text before: what may be repeated.
    tail: String,
    /// Bytes that must be repeated at least, so that a chance likeness of a few letters takes nothing away.
    least: usize,
    /// What came so far, while it may still be the repeated words.
    held: Option<String>,
}

impl Join {
    pub(super) fn to(before: &str) -> Self {
        let before = before.trim_end();
        let from = before.char_indices().rev().nth(MOST_REPEATED - 1).map_or(0, |(at, _)| at);
        let tail = before.get(from..).unwrap_or(before).to_owned();
        let anchor = anchor(before);
        let least = anchor.char_indices().nth(LEAST_REPEATED).map_or(anchor.len(), |(at, _)| at);
        Self { held: (!tail.is_empty()).then(String::new), tail, least }
    }

    /// What is to be shown of the next piece.
    pub(super) fn push(&mut self, piece: &str) -> String {
        let Some(held) = &mut self.held else { return piece.to_owned() };
        held.push_str(piece);
        // It may be on its way to the place where the text broke off.
        if self.tail.contains(held.trim_start()) {
            return String::new();
        }
        self.finish()
    }

    /// What was held back, without what it repeats: now it is certain, or nothing more comes.
    pub(super) fn finish(&mut self) -> String {
        let Some(held) = self.held.take() else { return String::new() };
        let begun = held.trim_start();
        let mut ends = begun.char_indices().map(|(at, _)| at).chain([begun.len()]).rev();
        let repeated = ends.find(|end| {
            *end >= self.least.max(1) && begun.get(..*end).is_some_and(|part| self.tail.ends_with(part))
        });
        match repeated.and_then(|end| begun.get(end..)) {
            Some(rest) => rest.to_owned(),
            None => held,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continued_answer_has_no_words_twice_and_none_lost() {
        let check = |before: &str, after: &str, expected: &str| {
            // However it is cut, the same is shown.
            for size in 1..=after.chars().count().max(1) {
                let mut join = Join::to(before);
                let letters: Vec<char> = after.chars().collect();
                let mut shown: String =
                    letters.chunks(size).map(|piece| join.push(&piece.iter().collect::<String>())).collect();
                shown.push_str(&join.finish());
                assert_eq!(shown, expected, "{before:?} {after:?} in pieces of {size}");
            }
        };
        check("one two three four five six seven", "two three four five six seven eight", " eight");
        check("one two", "\n one two three", " three");
        check("one two ", "one two three", " three");
        // One that does not do as it is asked is shown as it is.
        check("one two", " three", " three");
        check("one two", "one too many", "one too many");
        // It ends while it repeats.
        check("one two", "one", "one");
        // More than it was asked to, or less.
        check(
            "zero one two three four five six seven",
            "zero one two three four five six seven eight",
            " eight",
        );
        check("a long word and then some more words", "then some more words follow", " follow");
        // A likeness of a letter is none.
        check("what is this", "so it is", "so it is");
        check("", "all", "all");
        check("größe übung", "größe übung, ja", ", ja");
    }

    #[test]
    fn the_anchor_is_the_last_words_as_they_stand() {
        let check = |text: &str, expected: &str| assert_eq!(anchor(text), expected);
        check("a b c d e f g h", "c d e f g h");
        check("a  b\n\nc d", "a  b\n\nc d");
        check("a\u{a0}b\u{2003}c d e f g ", "b\u{2003}c d e f g");
        check("  ", "");
        check("", "");
    }
}
