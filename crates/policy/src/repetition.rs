//! An answer that says the same for ever.
//!
//! Some models fall into a loop and write until their limit: 128,000 tokens in 990 s, nearly all of it two tags
//! (Bike4Mind#1427 in the fault catalogue, B36). No clock fires, since content keeps coming. What gives it away is
//! the text itself: its end is one short period, again and again.
//!
//! The bounds are cautious, more so than the notes' 400 characters: whoever asks for a word a thousand times gets it.
//! Only what has gone on for about five thousand tokens, and for seconds of the provider's time, is ended: no person
//! reads on, and a program that sends filler sends it faster than any model writes. The model in the report would have
//! been stopped after a twentieth of its bill.

use std::time::Duration;

/// How much of the end of a text is looked at.
const STRETCH: usize = 4_000;
/// For how long every look must find one period: with the stretch itself 20,000 bytes, about 5,000 tokens.
const LOOKS: usize = 17;
/// The longest period: about 128 tokens.
const LONGEST_PERIOD: usize = 512;
/// Fewer copies than this are a list or a refrain.
const COPIES: usize = 20;
/// The same for an answer in one piece: so much of its end must be one period.
const WHOLE_STRETCH: usize = 20_000;
/// How long the provider must have been at it, as time spent waiting for it.
const LASTING: Duration = Duration::from_secs(5);
/// How much new text is waited for between two looks.
const STEP: usize = 1_000;

/// Looks for a loop, now and then, as a text grows.
#[derive(Debug, Clone, Default)]
pub struct Repetition {
    looked_at: usize,
    /// Looks in a row that found one period.
    found: usize,
    /// How long the provider had been waited for when the first of them did.
    since: Duration,
}

impl Repetition {
    /// Whether the text has fallen into a loop. `tail` is its end, `length` all of it in bytes, `waited` how long
    /// the provider has been waited for in all. Costs nothing until a thousand bytes have been added, and then one pass
    /// over four thousand.
    pub fn is_endless(&mut self, tail: &str, length: usize, waited: Duration) -> bool {
        if length < STRETCH || length < self.looked_at + STEP {
            return false;
        }
        self.looked_at = length;
        self.found = if is_loop(tail, STRETCH) { self.found + 1 } else { 0 };
        if self.found <= 1 {
            self.since = waited;
        }
        self.found >= LOOKS && waited.saturating_sub(self.since) >= LASTING
    }

    /// Whether an answer that came in one piece is one that fell into a loop. `tail` is its end, of which at least
    /// 20,000 bytes are needed. Nobody has seen it being written, so its length alone decides.
    #[must_use]
    pub fn is_endless_whole(tail: &str) -> bool {
        is_loop(tail, WHOLE_STRETCH)
    }
}

/// Whether the last `length` bytes of `tail` are one short period.
fn is_loop(tail: &str, length: usize) -> bool {
    let Some(from) = tail.len().checked_sub(length) else { return false };
    let period = period(tail.as_bytes().get(from..).unwrap_or_default());
    period <= LONGEST_PERIOD && period * COPIES <= length
}

/// The shortest period of `text`: its length less that of its longest border (Knuth, Morris and Pratt, 1977).
fn period(text: &[u8]) -> usize {
    let mut borders = vec![0_usize; text.len()];
    let mut border = 0;
    for (at, byte) in text.iter().enumerate().skip(1) {
        while border > 0 && text.get(border) != Some(byte) {
            border = borders.get(border - 1).copied().unwrap_or_default();
        }
        if text.get(border) == Some(byte) {
            border += 1;
        }
        if let Some(slot) = borders.get_mut(at) {
            *slot = border;
        }
    }
    text.len() - borders.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text is found endless when it comes in pieces of `piece` bytes, each byte after so many microseconds.
    fn check_at(text: &str, piece: usize, per_byte: u64) -> bool {
        let mut repetition = Repetition::default();
        let waited = |end: usize| Duration::from_micros(end as u64 * per_byte);
        (0..=text.len()).step_by(piece).any(|end| repetition.is_endless(&text[..end], end, waited(end)))
    }

    /// The same at the pace of a model: 400 bytes a second.
    fn check(text: &str, piece: usize) -> bool {
        check_at(text, piece, 2_500)
    }

    #[test]
    fn a_model_in_a_loop_is_found_whatever_it_says() {
        for period in ["a", "</div><div>", "I am sorry. I cannot do that. ", &"x".repeat(100)] {
            let text = format!("Here is your answer: {}", period.repeat(60_000 / period.len()));
            assert!(check(&text, 7), "{period}");
            assert!(check(&text, 900), "{period}");
        }
        let long: String = ('!'..='~').cycle().take(200).collect();
        assert!(check(&long.repeat(120), 10));
    }

    #[test]
    fn what_somebody_may_have_asked_for_is_left_alone() {
        assert!(!check(&"lol ".repeat(1_000), 4));
        assert!(!check(&"a".repeat(STRETCH + (LOOKS - 1) * STEP - 1), 1));
        assert!(check(&"a".repeat(STRETCH + (LOOKS - 1) * STEP), 1));
        let numbers: String = (0..3_000).map(|n| format!("{n} ")).collect();
        assert!(!check(&numbers, 5));
        let row = "| a cell | another cell | and one more cell of a table | ".repeat(6);
        assert!(!check(&row.repeat(3 * STRETCH / row.len()), 50), "too short");
        // A long refrain, a few times.
        let refrain: String = (0..120).map(|n| format!("line {n} of the refrain. ")).collect();
        assert!(!check(&refrain.repeat(6), 50));
    }

    #[test]
    fn filler_that_comes_faster_than_a_model_writes_is_let_through() {
        let filler = "x".repeat(30_000);
        assert!(!check_at(&filler, 100, 0));
        // Seventeen looks span 16,000 bytes: a tenth of a microsecond less than five seconds, and five seconds.
        assert!(!check_at(&filler[..20_000], 100, 312));
        assert!(check_at(&filler[..20_000], 100, 313));
    }

    #[test]
    fn a_loop_that_comes_in_one_piece_is_found_by_its_length_alone() {
        let check = |text: &str, expected: bool| {
            assert_eq!(Repetition::is_endless_whole(text), expected, "{} bytes", text.len());
        };
        check(&"a".repeat(WHOLE_STRETCH), true);
        check(&"a".repeat(WHOLE_STRETCH - 1), false);
        let looped = "</div><div>".repeat(WHOLE_STRETCH / 11 + 1);
        check(&format!("Here you are: {looped}"), true);
        check(&format!("{looped} And so on."), false);
        let long: String = ('!'..='~').cycle().take(LONGEST_PERIOD).collect();
        check(&long.repeat(40), true);
        let numbers: String = (0..6_000).map(|n| format!("{n} ")).collect();
        check(&numbers, false);
    }

    #[test]
    fn the_shortest_period_is_found() {
        for (text, expected) in [("aaaa", 1), ("abab", 2), ("abcabcab", 3), ("abcd", 4), ("a", 1)] {
            assert_eq!(period(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(period(b""), 0);
    }
}
