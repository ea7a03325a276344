//! The engine's thread: one step after another, each with the next token of every answer being written, and then a
//! part of one of the prompts being read.
//!
//! Invariants: an answer whose reader left is dropped before the next step; an answer whose reader is behind
//! is left out of the step and costs the others nothing; the pulse is given from this loop and nowhere else, so
//! that a missing pulse means that no token is coming. One step is kept short, because cancellation and the pulse wait
//! for it. What is read is never in one batch with what is written, or with another prompt: how it is rounded would
//! hang on what else the engine does (see `reading`).

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use llama_cpp_2::DecodeError;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use tokio::time::Instant;

use super::Pulse;
use super::slot::{Active, Job, Slot};

/// The most tokens in one batch: llama.cpp's own unit of work on a processor.
const BATCH: usize = 512;
/// How often the pulse is given.
const PULSE: Duration = Duration::from_secs(1);
/// How long an idle engine waits for a request before it looks at the clock.
const IDLE: Duration = Duration::from_millis(250);
/// How long it waits when every answer waits for its reader.
const ALL_PAUSED: Duration = Duration::from_millis(5);

/// What the thread is given.
pub(super) struct Setup {
    pub(super) slots: u32,
    pub(super) context: u32,
    pub(super) threads: u32,
    pub(super) stop: Arc<AtomicBool>,
}

/// The thread's main function: says through `started` whether the context could be made, then works until it
/// is told to stop, the pulse is not wanted any more, or the engine's handle is gone.
pub(super) fn run(
    model: &LlamaModel,
    setup: &Setup,
    inbox: &Receiver<Job>,
    started: &SyncSender<Result<(), String>>,
    mut pulse: impl FnMut(Pulse) -> bool,
) {
    let context = match new_context(model, setup) {
        Ok(context) => context,
        Err(why) => {
            // The handle waits for this; if it is gone there is nobody to tell.
            let _gone = started.send(Err(why));
            return;
        }
    };
    if started.send(Ok(())).is_err() {
        return;
    }
    let mut engine = Batching {
        model,
        context,
        batch: LlamaBatch::new(BATCH, 1),
        limit: setup.context,
        slots: (0..setup.slots).map(Slot::new).collect(),
        waiting: VecDeque::new(),
        steps: 0,
        answered: false,
    };
    let mut last_pulse = None;
    while !setup.stop.load(Ordering::Acquire) {
        let now = Instant::now();
        if last_pulse.is_none_or(|last| now.saturating_duration_since(last) >= PULSE) {
            last_pulse = Some(now);
            if !pulse(Pulse::Alive) {
                return;
            }
        }
        engine.waiting.extend(inbox.try_iter());
        let step = engine.step();
        if std::mem::take(&mut engine.answered) && !pulse(Pulse::Answered) {
            return;
        }
        let idle = match step {
            Step::Worked => continue,
            Step::Paused => ALL_PAUSED,
            Step::Idle => IDLE,
        };
        match inbox.recv_timeout(idle) {
            Ok(job) => engine.waiting.push_back(job),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn new_context<'model>(model: &'model LlamaModel, setup: &Setup) -> Result<LlamaContext<'model>, String> {
    let backend = super::backend().map_err(|error| error.to_string())?;
    let threads = i32::try_from(setup.threads).unwrap_or(1);
    let batch = u32::try_from(BATCH).unwrap_or(u32::MAX);
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(setup.slots.saturating_mul(setup.context)))
        .with_n_seq_max(setup.slots)
        // Each sequence has cells of its own: in shared ones, the order of summation hangs on who came before.
        .with_kv_unified(false)
        .with_n_batch(batch)
        .with_n_ubatch(batch)
        .with_n_threads(threads)
        .with_n_threads_batch(threads);
    model.new_context(backend, params).map_err(|error| error.to_string())
}

/// What one step came to.
enum Step {
    /// Something was computed.
    Worked,
    /// There are answers, and every one of them waits for its reader.
    Paused,
    /// There is nothing to do.
    Idle,
}

struct Batching<'model> {
    model: &'model LlamaModel,
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
    /// Tokens that one slot may hold.
    limit: u32,
    slots: Vec<Slot>,
    /// Bounded by the places that `Engine::submit` hands out.
    waiting: VecDeque<Job>,
    steps: u64,
    /// An answer was completed in this step.
    answered: bool,
}

/// What one slot put into the batch.
struct Fed {
    slot: usize,
    tokens: Vec<LlamaToken>,
    /// Where in the batch the logits are that the next token is chosen from.
    logits: Option<i32>,
}

impl Batching<'_> {
    fn step(&mut self) -> Step {
        self.steps += 1;
        self.drop_abandoned();
        self.fill_slots();
        let written = self.compose_writing();
        let wrote = self.work(written);
        let read = self.compose_reading();
        if self.work(read) || wrote {
            return Step::Worked;
        }
        let busy = self.slots.iter().any(|slot| slot.active.is_some());
        if busy { Step::Paused } else { Step::Idle }
    }

    /// Computes the batch that holds `fed`; `false` when it is empty.
    fn work(&mut self, fed: Vec<Fed>) -> bool {
        if fed.is_empty() {
            return false;
        }
        match self.context.decode(&mut self.batch) {
            Ok(()) => self.advance(fed),
            Err(error) => self.give_up(&fed, &error),
        }
        true
    }

    fn drop_abandoned(&mut self) {
        self.waiting.retain(|job| !job.out.is_closed());
        for slot in &mut self.slots {
            if slot.active.as_ref().is_some_and(Active::is_abandoned) {
                slot.active = None;
            }
        }
    }

    /// Gives waiting requests a free slot each: the one that already knows most of the prompt, and among equals
    /// the one that was used longest ago.
    fn fill_slots(&mut self) {
        while let Some(job) = self.waiting.front() {
            let reading = &job.prepared.reading;
            let free = self.slots.iter_mut().filter(|slot| slot.active.is_none());
            let Some(slot) = free.max_by_key(|slot| (slot.known(reading), std::cmp::Reverse(slot.used)))
            else {
                return;
            };
            let Some(job) = self.waiting.pop_front() else { return };
            let wanted = slot.known(&job.prepared.reading);
            let cached = forget_after(&mut self.context, slot, wanted);
            slot.used = self.steps;
            slot.active = Some(Active::new(job, cached));
        }
    }

    /// Fills the batch with one token for each answer being written.
    fn compose_writing(&mut self) -> Vec<Fed> {
        self.batch.clear();
        let mut fed: Vec<Fed> = Vec::new();
        for (index, slot) in self.slots.iter().enumerate() {
            let Some(active) = slot.active.as_ref().filter(|active| !active.is_paused()) else { continue };
            if let Some(token) = active.pending {
                fed.extend(feed(&mut self.batch, index, slot, &[token], true));
            }
        }
        fed
    }

    /// Fills the batch with a part of one prompt: of whoever was served least recently, so that a long prompt does not
    /// starve a short one.
    fn compose_reading(&mut self) -> Vec<Fed> {
        self.batch.clear();
        let is_reading = |slot: &Slot| slot.active.as_ref().is_some_and(|active| active.pending.is_none());
        let readers = self.slots.iter().enumerate().filter(|(_, slot)| is_reading(slot));
        let Some((index, slot)) = readers.min_by_key(|(_, slot)| slot.used) else { return Vec::new() };
        let Some(active) = &slot.active else { return Vec::new() };
        let part = active.reading.batch(slot.position());
        let is_last = slot.position() + part.len() == active.reading.len();
        feed(&mut self.batch, index, slot, part, is_last).into_iter().collect()
    }

    /// Notes what is in the cache now, and takes the next token of every answer that has its logits.
    fn advance(&mut self, fed: Vec<Fed>) {
        for Fed { slot, tokens, logits } in fed {
            let Some(slot) = self.slots.get_mut(slot) else { continue };
            slot.keep(&tokens);
            slot.used = self.steps;
            let (Some(active), Some(index)) = (&mut slot.active, logits) else { continue };
            let token = active.sampler.sample(self.model, &self.context, index);
            if active.take(self.model, token, self.limit) {
                slot.active = None;
                self.answered = true;
            }
        }
    }

    /// llama.cpp could not decode the batch: the answers in it end with an error and their slots start afresh.
    fn give_up(&mut self, fed: &[Fed], error: &DecodeError) {
        tracing::warn!(%error, "llama.cpp could not decode a batch");
        for fed in fed {
            let Some(slot) = self.slots.get_mut(fed.slot) else { continue };
            if let Some(active) = slot.active.take() {
                active.fail(format!("llama.cpp could not compute the next token: {error}"));
            }
            forget_after(&mut self.context, slot, 0);
        }
    }
}

/// Adds `tokens` to the batch behind what the slot's cache holds; `None` when the batch is full.
fn feed(
    batch: &mut LlamaBatch<'static>,
    index: usize,
    slot: &Slot,
    tokens: &[LlamaToken],
    wants_logits: bool,
) -> Option<Fed> {
    let sequence = i32::try_from(slot.id).ok()?;
    let mut logits = None;
    for (offset, &token) in tokens.iter().enumerate() {
        let position = i32::try_from(slot.position() + offset).ok()?;
        let last = wants_logits && offset + 1 == tokens.len();
        let place = batch.n_tokens();
        batch.add(token, position, &[sequence], last).ok()?;
        if last {
            logits = Some(place);
        }
    }
    Some(Fed { slot: index, tokens: tokens.to_vec(), logits })
}

/// Keeps the first `keep` tokens of a slot's cache and returns how many it kept: none, where the kind of model
/// cannot forget a part.
fn forget_after(context: &mut LlamaContext<'_>, slot: &mut Slot, keep: usize) -> usize {
    let from = u32::try_from(keep).unwrap_or(0);
    let partly = keep > 0 && matches!(context.clear_kv_cache_seq(Some(slot.id), Some(from), None), Ok(true));
    if partly {
        slot.forget_after(keep);
        return keep;
    }
    if !matches!(context.clear_kv_cache_seq(Some(slot.id), None, None), Ok(true)) {
        tracing::warn!(slot = slot.id, "llama.cpp did not forget a sequence");
    }
    slot.forget_after(0);
    0
}
