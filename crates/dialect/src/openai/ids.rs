//! Tool-call ids that a provider accepts.
//!
//! OpenAI refuses ids longer than 40 characters (`string_above_max_length`), and other dialects' ids may be longer.
//! A long id is replaced by one made from its hash, so that a call and its result, written in different requests
//! by different processes, still agree.

use std::borrow::Cow;

/// Longest tool-call id OpenAI accepts, in characters.
const LONGEST: usize = 40;

/// `id`, or its replacement when it is too long.
pub(super) fn fit(id: &str) -> Cow<'_, str> {
    if id.chars().count() <= LONGEST { Cow::Borrowed(id) } else { Cow::Owned(derive(id, 0)) }
}

/// An id made from `seed` and a number: the same for the same input, in every process and version.
pub(super) fn derive(seed: &str, number: u32) -> String {
    let hash = |basis: u64| {
        let bytes = seed.bytes().chain(number.to_le_bytes());
        // FNV-1a, 64 bits. The standard library's hasher may change between releases.
        bytes.fold(basis, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    format!("call_{:016x}{:08x}", hash(0xcbf2_9ce4_8422_2325), hash(0x9e37_79b9_7f4a_7c15) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_still_finds_its_call_when_ids_are_too_long() {
        let long = "toolu_".repeat(20);
        assert_eq!(fit(&long), fit(&long.clone()));
        assert!(fit(&long).len() <= LONGEST);
        assert_ne!(fit(&long), fit(&format!("{long}x")));
        assert_eq!(fit("call_1"), "call_1");
        let forty = "x".repeat(40);
        assert_eq!(fit(&forty), forty);
        assert_eq!(derive("a", 1), "call_0de47e06a7ff87dde0a67b42");
    }
}
