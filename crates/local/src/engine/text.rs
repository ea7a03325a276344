//! From token bytes to text that may be shown.
//!
//! A token may end in the middle of a character, and a stop string may be spread over several tokens.
//! Invariants: what is emitted is whole characters, holds no stop string and no beginning of one that could
//! still be completed; re-cutting the same bytes into other pieces gives the same text in total.

/// What one piece of the answer released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Released {
    /// Text that may be shown now; often empty.
    pub(crate) text: String,
    /// The stop string that was completed; nothing may follow.
    pub(crate) stopped: Option<String>,
}

/// Holds text back until it is certain that it may be shown.
#[derive(Debug, Default)]
pub(crate) struct TextFilter {
    stops: Vec<String>,
    /// Bytes of a character that is not complete yet: at most three.
    partial: Vec<u8>,
    /// Characters that may be the beginning of a stop string.
    held: String,
}

impl TextFilter {
    /// A filter that ends the answer before any of `stops`; empty strings among them are ignored.
    pub(crate) fn new(stops: Vec<String>) -> Self {
        let stops = stops.into_iter().filter(|stop| !stop.is_empty()).collect();
        Self { stops, partial: Vec::new(), held: String::new() }
    }

    /// Takes the bytes of one token.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Released {
        self.decode(piece);
        let found = self.stops.iter().filter_map(|stop| Some((self.held.find(stop.as_str())?, stop)));
        if let Some((at, stop)) = found.min_by_key(|(at, _)| *at) {
            self.held.truncate(at);
            self.partial.clear();
            return Released { text: std::mem::take(&mut self.held), stopped: Some(stop.clone()) };
        }
        let keep = self.held.len() - self.longest_beginning_of_a_stop();
        let rest = self.held.split_off(keep);
        Released { text: std::mem::replace(&mut self.held, rest), stopped: None }
    }

    /// Releases what was held back, at the end of an answer that no stop string ended.
    pub(crate) fn finish(&mut self) -> String {
        if !self.partial.is_empty() {
            self.partial.clear();
            self.held.push(char::REPLACEMENT_CHARACTER);
        }
        std::mem::take(&mut self.held)
    }

    /// Moves the whole characters of `partial + piece` to `held`. Bytes that can never become a character are
    /// replaced, as a model may emit any byte.
    fn decode(&mut self, piece: &[u8]) {
        self.partial.extend_from_slice(piece);
        let bytes = std::mem::take(&mut self.partial);
        let mut rest = bytes.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.held.push_str(text);
                    return;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    self.held.push_str(&String::from_utf8_lossy(valid));
                    let Some(broken) = error.error_len() else {
                        self.partial = after.to_vec();
                        return;
                    };
                    self.held.push(char::REPLACEMENT_CHARACTER);
                    rest = after.get(broken..).unwrap_or_default();
                }
            }
        }
    }

    /// The length in bytes of the longest end of `held` that some stop string begins with.
    fn longest_beginning_of_a_stop(&self) -> usize {
        let longest = |stop: &String| {
            stop.char_indices()
                .map(|(at, _)| at)
                .skip(1)
                .filter(|&length| self.held.ends_with(stop.get(..length).unwrap_or_default()))
                .max()
        };
        self.stops.iter().filter_map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(stops: &[&str], pieces: &[&[u8]]) -> (Vec<String>, Option<String>) {
        let mut filter = TextFilter::new(stops.iter().map(ToString::to_string).collect());
        let mut shown = Vec::new();
        for piece in pieces {
            let released = filter.push(piece);
            shown.push(released.text);
            if released.stopped.is_some() {
                return (shown, released.stopped);
            }
        }
        shown.push(filter.finish());
        (shown, None)
    }

    #[track_caller]
    fn check(stops: &[&str], pieces: &[&[u8]], shown: &[&str], stopped: Option<&str>) {
        let shown = shown.iter().map(ToString::to_string).collect();
        assert_eq!(run(stops, pieces), (shown, stopped.map(str::to_owned)));
    }

    #[test]
    fn half_a_character_is_never_shown() {
        check(&[], &[b"a\xc3", b"\xa9b"], &["a", "\u{e9}b", ""], None);
        check(&[], &[b"\xf0", b"\x9f", b"\x98", b"\x80"], &["", "", "", "\u{1f600}", ""], None);
        check(&[], &[b"a\xffb"], &["a\u{fffd}b", ""], None);
        check(&[], &[b"a\xe2\x82"], &["a", "\u{fffd}"], None);
        check(&[], &[b"\xe2", b"x"], &["", "\u{fffd}x", ""], None);
    }

    #[test]
    fn no_part_of_a_stop_string_leaks() {
        check(&["STOP"], &[b"one ST", b"OP two"], &["one ", ""], Some("STOP"));
        check(&["STOP"], &[b"one ST", b"ART"], &["one ", "START", ""], None);
        check(&["STOP"], &[b"one STO"], &["one ", "STO"], None);
        check(&["\n\n", "END"], &[b"a\n", b"E", b"\nEND"], &["a", "\n", "E\n"], Some("END"));
        check(&["aab"], &[b"aa", b"ab"], &["", "a"], Some("aab"));
        check(&["\u{e9}t"], &[b"x\xc3", b"\xa9", b"t"], &["x", "", ""], Some("\u{e9}t"));
        check(&[""], &[b"x"], &["x", ""], None);
    }

    proptest! {
        #[test]
        fn cutting_an_answer_elsewhere_does_not_change_it(
            text in "[abé😀]{0,40}", cuts in proptest::collection::vec(1..5usize, 0..60)
        ) {
            let stops = ["aab", "éb"];
            let mut pieces = Vec::new();
            let mut rest = text.as_bytes();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            let (shown, stopped) = run(&stops, &pieces);
            let end = stops.iter().filter_map(|stop| text.find(stop)).min();
            prop_assert_eq!(shown.concat(), &text[..end.unwrap_or(text.len())]);
            prop_assert_eq!(stopped.is_some(), end.is_some());
        }
    }
}
