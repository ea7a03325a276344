//! One sequence of the context: what is in its cache, and the answer it is working on.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Prepared;
use super::request::{FinishReason, Output, Usage};
use super::sampler::Sampler;
use super::text::TextFilter;

/// What one step may send for one answer: the text of a token, and the end.
const OUTPUTS_PER_STEP: usize = 2;

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
    /// Prompt tokens; those before `Slot::kept`'s end are in the cache.
    pub(super) prompt: Vec<LlamaToken>,
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
        let usage = Usage { prompt: count(prepared.prompt.len()), cached: count(cached), completion: 0 };
        Self {
            prompt: prepared.prompt,
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
    pub(super) kept: Vec<LlamaToken>,
    /// The step in which the slot was last used, to forget the oldest first.
    pub(super) used: u64,
    pub(super) active: Option<Active>,
}

impl Slot {
    pub(super) fn new(id: u32) -> Self {
        Self { id, kept: Vec::new(), used: 0, active: None }
    }

    /// How many tokens of `prompt` are in this slot's cache. The last one is never counted, because its logits
    /// are needed again.
    pub(super) fn common_prefix(&self, prompt: &[LlamaToken]) -> usize {
        let same = self.kept.iter().zip(prompt).take_while(|(kept, wanted)| kept == wanted).count();
        same.min(prompt.len().saturating_sub(1))
    }
}
