//! The words of simulated answers.
//!
//! Every word bears a mark, so that tokens can be counted in any dialect's bytes without reading them, and its place,
//! so that a lost, repeated or foreign word is found.

use std::fmt::Write as _;

/// Stands in every word of an answer and nowhere else: not in ids, models, JSON or headers.
const MARK: u8 = b'~';

/// The whole answer to a request: one word per token.
pub(crate) fn answer(request: u32, tokens: u32) -> String {
    let mut text = String::with_capacity(8 + tokens as usize * 5);
    // Writing to a string cannot fail.
    let _ = write!(text, "~r{request}");
    for place in 1..tokens {
        let _ = write!(text, " ~{place}");
    }
    text
}

/// How many words these bytes hold.
pub(crate) fn count(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == MARK).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_counted_once() {
        for tokens in [1, 2, 16, 1000] {
            let text = answer(7, tokens);
            assert_eq!(count(text.as_bytes()), u64::from(tokens));
            assert_eq!(text.split(' ').count(), tokens as usize);
        }
        assert_eq!(answer(12, 3), "~r12 ~1 ~2");
    }
}
