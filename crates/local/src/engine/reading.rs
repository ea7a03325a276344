//! In which batches a prompt is read.
//!
//! llama.cpp rounds differently when it reads many tokens in one batch, few, or one (other kernels, other orders of
//! summation), and where two words are nearly as likely, that changes the answer. An answer that is gone on with is to
//! go on as it would have, so what a token's keys and values are must not hang on what else the engine does, nor on
//! what it remembers.
//!
//! Invariants: where a batch ends is a function of the prompt alone, neither of the machine's speed nor of the cache;
//! the conversation is read in the same batches whether or not the beginning of an answer stands behind it; the end of
//! that beginning is read one token at a time, as it was written.

use llama_cpp_2::token::LlamaToken;

/// Tokens of a prompt that are read in one batch. A step has to be short on a slow machine, because cancellation and
/// the pulse wait for it; and below 64 tokens llama.cpp reads a batch with the kernels that it writes with
/// (`GGML_FA_TILE_Q`), so that most models round alike. Larger batches are no faster on a processor (measured: 135
/// million weights, AVX2, 32 and 512 tokens).
pub(super) const AT_ONCE: usize = 32;

/// The most tokens at the end of an answer's beginning that are read one at a time: as many as a short answer has. Each
/// costs what a token costs to write, so the rest of a longer beginning is read in batches.
const ONE_BY_ONE: usize = 64;

/// The tokens of a prompt, and the places where its batches end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    tokens: Vec<LlamaToken>,
    /// Where the beginning of the answer begins; the prompt's length where there is none.
    begun: usize,
    /// From here on tokens are read one by one.
    slowly: usize,
}

impl Reading {
    /// A prompt whose tokens from `begun` on are the beginning of the answer.
    pub(super) fn new(tokens: Vec<LlamaToken>, begun: usize) -> Self {
        let begun = begun.min(tokens.len());
        let fast = (tokens.len() - begun).saturating_sub(ONE_BY_ONE);
        // Whole batches, so that they stay the same while the answer grows.
        let slowly = begun + fast.div_ceil(AT_ONCE) * AT_ONCE;
        Self { tokens, begun, slowly }
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn tokens(&self) -> &[LlamaToken] {
        &self.tokens
    }

    /// Whether the answer's beginning is part of the prompt.
    pub(super) fn continues(&self) -> bool {
        self.begun < self.tokens.len()
    }

    /// What is read next, when what stands before `at` has been read.
    pub(super) fn batch(&self, at: usize) -> &[LlamaToken] {
        self.tokens.get(at..self.end_of_batch(at)).unwrap_or_default()
    }

    /// Where the batch ends that `at` is in.
    fn end_of_batch(&self, at: usize) -> usize {
        let in_steps_from = |from: usize| from + ((at - from) / AT_ONCE + 1) * AT_ONCE;
        let end = if at < self.begun {
            in_steps_from(0).min(self.begun)
        } else if at < self.slowly {
            in_steps_from(self.begun).min(self.slowly)
        } else {
            at + 1
        };
        end.min(self.tokens.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ends(length: usize, begun: usize) -> Vec<usize> {
        let reading = Reading::new(vec![LlamaToken::new(1); length], begun);
        let mut ends = vec![0];
        while let Some(&at) = ends.last().filter(|&&at| at < length) {
            ends.push(at + reading.batch(at).len());
        }
        ends.split_off(1)
    }

    #[test]
    fn a_conversation_is_read_in_batches_of_one_size() {
        assert_eq!(ends(70, 70), [32, 64, 70]);
        assert_eq!(ends(32, 32), [32]);
        assert_eq!(ends(1, 1), [1]);
    }

    #[test]
    fn the_end_of_an_answer_is_read_as_it_was_written() {
        assert_eq!(ends(43, 40), [32, 40, 41, 42, 43]);
        let long = ends(40 + 100, 40);
        assert_eq!(long[..5], [32, 40, 72, 104, 105]);
        assert_eq!(long.len(), 4 + 36);
    }

    proptest! {
        #[test]
        fn a_longer_answer_does_not_change_how_the_conversation_is_read(
            begun in 0..200usize, answer in 0..300usize
        ) {
            let alone = ends(begun.max(1), begun.max(1));
            let with = ends(begun.max(1) + answer, begun.max(1));
            prop_assert_eq!(&with[..alone.len()], alone.as_slice());
        }
    }
}
