//! One sequence of the context: what is in its cache, and the answer it is working on.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Prepared;
use super::reading::{AT_ONCE, Reading};
use super::request::{FinishReason, Output, Usage};
use super::sampler::Sampler;
use super::text::TextFilter;

/// What one step may send for one answer: the text of a token, and the end.
const OUTPUTS_PER_STEP: usize = 2;
/// Tokens that any prompt reads again so that its answer does not hang on what the engine remembers: one batch, which
/// is enough for the same question to get the same answer.
const READ_AGAIN: usize = AT_ONCE;
/// The batch of a token whose batch was cut: no prompt is read like that.
const TORN: usize = usize::MAX;

/// A request on its way to a slot. It holds its place in the queue until it is dropped.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) prepared: Prepared,
    pub(super) out: mpsc::Sender<Output>,
    pub(super) _place: OwnedSemaphorePermit,
}

/// An answer in the making.
#[derive(Debug)]
pub(super) struct Active {
    /// Prompt tokens; those before `Slot::position` are in the cache.
    pub(super) reading: Reading,
    /// The last token sampled, not yet in the cache.
    pub(super) pending: Option<LlamaToken>,
    pub(super) sampler: Sampler,
    text: TextFilter,
    out: mpsc::Sender<Output>,
    limit: u32,
    usage: Usage,
    /// Bytes still to come that belong to the prefill.
    hidden: usize,
    _place: OwnedSemaphorePermit,
}

impl Active {
    /// Starts on a job of whose prompt `cached` tokens are in the slot's cache.
    pub(super) fn new(job: Job, cached: usize) -> Self {
        let Job { prepared, out, _place } = job;
        let count = |tokens: usize| u32::try_from(tokens).unwrap_or(u32::MAX);
        let usage = Usage { prompt: count(prepared.reading.len()), cached: count(cached), completion: 0 };
        Self {
            reading: prepared.reading,
            pending: None,
            sampler: prepared.sampler,
            text: TextFilter::new(prepared.stop),
            out,
            limit: prepared.limit.max(1),
            usage,
            hidden: prepared.hidden,
            _place,
        }
    }

    /// Nobody wants the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.out.is_closed()
    }

    /// The reader is so far behind that the answer has to wait for it.
    pub(super) fn is_paused(&self) -> bool {
        self.out.capacity() < OUTPUTS_PER_STEP
    }

    /// Takes a sampled token (`None`: the grammar allows none). Returns whether the answer is complete.
    pub(super) fn take(&mut self, model: &LlamaModel, token: Option<LlamaToken>, context: u32) -> bool {
        let vocab = model.vocab();
        let Some(token) = token.filter(|&token| !vocab.is_eog(token)) else {
            self.usage.completion += u32::from(token.is_some());
            return self.finish(FinishReason::Stop, None);
        };
        let piece = vocab.token_to_piece(token, false, None);
        let hidden = self.hidden.min(piece.len());
        self.hidden -= hidden;
        if hidden > 0 && hidden == piece.len() {
            // It only spells the prefill again, which the caller counts as prompt.
            self.usage.prompt += 1;
        } else {
            self.usage.completion += 1;
        }
        let released = self.text.push(piece.get(hidden..).unwrap_or_default());
        self.emit(released.text);
        if released.stopped.is_some() {
            return self.finish(FinishReason::Stop, released.stopped);
        }
        if self.usage.completion >= self.limit || self.usage.prompt + self.usage.completion >= context {
            return self.finish(FinishReason::Length, None);
        }
        self.pending = Some(token);
        false
    }

    /// Tells the reader that the engine gave up on this answer.
    pub(super) fn fail(&self, why: String) {
        self.send(Output::Failed(why));
    }

    fn finish(&mut self, reason: FinishReason, stop: Option<String>) -> bool {
        let rest = self.text.finish();
        self.emit(rest);
        self.send(Output::Done { reason, stop, usage: self.usage });
        true
    }

    fn emit(&self, text: String) {
        if !text.is_empty() {
            self.send(Output::Text(text));
        }
    }

    /// Never waits: a slot is stepped only when its channel has room, so a failure means that the reader left.
    fn send(&self, output: Output) {
        if self.out.try_send(output).is_err() {
            tracing::debug!("the reader of an answer left");
        }
    }
}

/// One sequence of the context.
#[derive(Debug)]
pub(super) struct Slot {
    /// The sequence's number in llama.cpp.
    pub(super) id: u32,
    /// The tokens whose keys and values are in the cache, by position.
    kept: Vec<Kept>,
    /// The step in which the slot was last used, to forget the oldest first.
    pub(super) used: u64,
    pub(super) active: Option<Active>,
}

/// A token in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    token: LlamaToken,
    /// Where the batch began that it came in.
    batch: usize,
}

impl Slot {
    pub(super) fn new(id: u32) -> Self {
        Self { id, kept: Vec::new(), used: 0, active: None }
    }

    /// How many tokens are in the cache.
    pub(super) fn position(&self) -> usize {
        self.kept.len()
    }

    /// Notes a batch that is in the cache now.
    pub(super) fn keep(&mut self, tokens: &[LlamaToken]) {
        let batch = self.kept.len();
        self.kept.extend(tokens.iter().map(|&token| Kept { token, batch }));
    }

    /// Notes that only the first tokens are in the cache.
    pub(super) fn forget_after(&mut self, keep: usize) {
        let torn = self.kept.get(keep).map(|next| next.batch).filter(|&batch| batch < keep);
        self.kept.truncate(keep);
        if let Some(torn) = torn {
            self.kept.iter_mut().filter(|kept| kept.batch == torn).for_each(|kept| kept.batch = TORN);
        }
    }

    /// How many tokens of a prompt need not be read. The last one is never counted, because its logits are needed
    /// again.
    ///
    /// What came into the cache in other batches than it would be read in now differs by a rounding. An answer that
    /// is gone on with does without it; others, where little is to be read again: reading a long conversation again
    /// would keep its next answer waiting.
    pub(super) fn known(&self, reading: &Reading) -> usize {
        let alike = self.read_alike(reading);
        let same = self.kept.iter().zip(reading.tokens()).take_while(|(kept, wanted)| kept.token == **wanted);
        let same = same.count().min(reading.len().saturating_sub(1));
        if reading.continues() || same - alike <= READ_AGAIN { alike } else { same }
    }

    /// How many tokens of a prompt are in the cache from the very batches that it would be read in. The batch of the
    /// last one is never counted.
    fn read_alike(&self, reading: &Reading) -> usize {
        let mut at = 0;
        loop {
            let tokens = reading.batch(at);
            let end = at + tokens.len();
            let is_kept = self.kept.get(at..end).is_some_and(|kept| {
                kept.iter().zip(tokens).all(|(kept, &token)| *kept == Kept { token, batch: at })
            });
            // A batch that was longer had other neighbours.
            let ends = self.kept.get(end).is_none_or(|next| next.batch != at);
            if !is_kept || !ends || end >= reading.len() {
                return at;
            }
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(numbers: std::ops::Range<i32>) -> Vec<LlamaToken> {
        numbers.map(LlamaToken::new).collect()
    }

    /// A slot that has read 40 tokens and then written `written` ones.
    fn slot(written: usize) -> Slot {
        let mut slot = Slot::new(0);
        slot.keep(&tokens(0..32));
        slot.keep(&tokens(32..40));
        for token in tokens(40..100).into_iter().take(written) {
            slot.keep(&[token]);
        }
        slot
    }

    #[test]
    fn going_on_does_not_hang_on_what_the_engine_remembers() {
        let cases = [
            // The answer's beginning, as it was written; all but its last token.
            (20, tokens(0..50), 40, 49),
            // It goes on elsewhere.
            (5, tokens(0..50), 40, 45),
            // The same tokens, of which fewer or more are the conversation: they were read in other batches.
            (20, tokens(0..50), 36, 32),
            (20, tokens(0..50), 45, 32),
            // The batch whose logits are needed is read again, and whole.
            (20, tokens(0..40), 40, 32),
            (20, tokens(0..32), 32, 0),
            (0, tokens(1..50), 40, 0),
        ];
        for (written, prompt, begun, expected) in cases {
            let reading = Reading::new(prompt, begun);
            assert_eq!(slot(written).known(&reading), expected, "{written} {begun} {}", reading.len());
        }
    }

    #[test]
    fn a_long_conversation_is_not_read_again_for_its_next_question() {
        let next = |length| Reading::new(tokens(0..length), 1000);
        assert_eq!(slot(60).known(&next(99)), 32 + 66);
        assert_eq!(slot(20).known(&next(99)), 32);
    }

    #[test]
    fn what_is_forgotten_is_read_again() {
        let mut slot = slot(20);
        slot.forget_after(36);
        assert_eq!(slot.position(), 36);
        // A cut batch is still the longer one that it was.
        assert_eq!(slot.known(&Reading::new(tokens(0..50), 36)), 32);
    }
}
