//! The engine: one llama.cpp context on a thread of its own, answering several requests at once.
//!
//! A request goes through three steps. [`Engine::prepare`] renders, tokenises and checks it, so that everything
//! that can be refused is refused before the first token. [`Engine::submit`] queues it, or refuses it when the
//! queue is full. From then on the thread in `batch` owns it and speaks through the channel that `submit`
//! returned. Dropping that channel's receiver cancels the answer and frees its slot within one step.
//!
//! Invariants: nothing here blocks an async thread for longer than a channel operation, except `start` and
//! `prepare`, which are to be called where blocking is allowed; every queue is bounded.

mod batch;
mod grammar;
mod pieces;
mod prompt;
mod reading;
mod request;
mod sampler;
mod slot;
mod template;
mod text;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

pub(crate) use grammar::unknown_type;
pub use request::{ChatRequest, FinishReason, Format, Message, Output, Refusal, Sampling, Usage};

/// The longest answer to a caller who sets no limit, tokens. A small model that has lost its thread would otherwise
/// fill the whole context with repetitions; a caller who wants more says so.
const DEFAULT_MAX_TOKENS: u32 = 1024;
/// Outputs that may wait for a slow reader before its slot is paused.
const OUTPUTS_AHEAD: usize = 64;
/// How often `Engine::stop` looks whether the thread is done.
const STOP_POLL: Duration = Duration::from_millis(5);

/// How an engine is set up.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The GGUF file.
    pub model: PathBuf,
    /// Answers at once, at least one.
    pub slots: u32,
    /// Tokens of context for each of them; cut to what the model was trained with.
    pub context: u32,
    /// Threads for the arithmetic; 0 takes one for each processor but one.
    pub threads: u32,
    /// Requests that may wait for a slot; one more is refused.
    pub waiting: usize,
}

/// A sign of life from the engine's own thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    /// The thread is going round.
    Alive,
    /// It has just completed an answer.
    Answered,
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The file is missing or is not a model that llama.cpp can run.
    #[error("cannot load {path}: {why}")]
    Load {
        /// The file.
        path: PathBuf,
        /// What llama.cpp said.
        why: String,
    },
    /// The context could not be made, mostly for want of memory.
    #[error("cannot make a context of {slots} x {context} tokens: {why}")]
    Context {
        /// Answers at once.
        slots: u32,
        /// Tokens for each.
        context: u32,
        /// What llama.cpp said.
        why: String,
    },
    /// The system refused a thread.
    #[error("cannot start the engine's thread: {0}")]
    Thread(#[from] std::io::Error),
    /// llama.cpp itself could not be initialised.
    #[error("llama.cpp cannot be initialised: {0}")]
    Backend(String),
}

/// A request that will be answered if there is room for it.
#[derive(Debug)]
pub struct Prepared {
    reading: reading::Reading,
    sampler: sampler::Sampler,
    stop: Vec<String>,
    limit: u32,
    /// Bytes at the beginning of what is generated that belong to the prefill.
    hidden: usize,
}

impl Prepared {
    /// Tokens of the prompt, prefill included.
    pub fn prompt_tokens(&self) -> usize {
        self.reading.len()
    }
}

/// A handle to a running engine. Dropping it tells the engine's thread to end, without waiting for it.
#[derive(Debug)]
pub struct Engine {
    model: Arc<LlamaModel>,
    jobs: SyncSender<slot::Job>,
    places: Arc<Semaphore>,
    capacity: usize,
    context: u32,
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Engine {
    /// Loads the model and starts the thread; returns when it is ready to answer. Blocks for as long as that
    /// takes. `pulse` is called by the engine's own thread about once a second, busy or idle, and after each answer;
    /// when it returns `false` the engine stops.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub fn start(
        config: &EngineConfig,
        pulse: impl FnMut(Pulse) -> bool + Send + 'static,
    ) -> Result<Self, EngineError> {
        let model = Arc::new(load(&config.model)?);
        let slots = config.slots.max(1);
        let context = config.context.min(model.n_ctx_train()).max(1);
        let threads = match config.threads {
            0 => all_processors_but_one(),
            given => given,
        };
        let capacity = slots as usize + config.waiting;
        let (jobs, inbox) = std::sync::mpsc::sync_channel(capacity);
        let (started, ready) = std::sync::mpsc::sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let setup = batch::Setup { slots, context, threads, stop: Arc::clone(&stop) };
        let thread = std::thread::Builder::new().name("engine".to_owned()).spawn({
            let model = Arc::clone(&model);
            move || batch::run(&model, &setup, &inbox, &started, pulse)
        })?;
        let failed = |why| EngineError::Context { slots, context, why };
        ready.recv().map_err(|_| failed("the engine's thread ended".to_owned()))?.map_err(failed)?;
        Ok(Self {
            model,
            jobs,
            places: Arc::new(Semaphore::new(capacity)),
            capacity,
            context,
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Tokens that a prompt and its answer may have together.
    pub fn context(&self) -> u32 {
        self.context
    }

    /// Renders, tokenises and checks a request. It takes milliseconds for ordinary prompts and longer for very
    /// long ones: call it where blocking is allowed.
    ///
    /// # Errors
    /// The request cannot be served, whoever asks: see [`Refusal`].
    pub fn prepare(&self, request: &ChatRequest) -> Result<Prepared, Refusal> {
        let prompt::Prompt { reading, owed } =
            prompt::build(&self.model, &request.messages, &request.prefill)?;
        let context = self.context as usize;
        if reading.len() == 0 {
            return Err(Refusal::Unusable("the conversation is empty".to_owned()));
        }
        if reading.len() >= context {
            return Err(Refusal::ContextExceeded { prompt: reading.len(), context });
        }
        let hidden = owed.len();
        let sampler =
            sampler::Sampler::new(&self.model, &request.sampling, &request.format, &request.prefill, owed)?;
        let limit = request.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS);
        Ok(Prepared { reading, sampler, stop: request.stop.clone(), limit, hidden })
    }

    /// Queues a prepared request. The receiver yields the answer; dropping it cancels the answer.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when the queue is full, [`Refusal::Stopped`] when the engine is gone.
    pub fn submit(&self, prepared: Prepared) -> Result<mpsc::Receiver<Output>, Refusal> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Refusal::Busy(self.capacity))?;
        let (out, answer) = mpsc::channel(OUTPUTS_AHEAD);
        let job = slot::Job { prepared, out, _place: place };
        // The permit is a place in this channel, so it cannot be full.
        self.jobs.try_send(job).map_err(|_| Refusal::Stopped)?;
        Ok(answer)
    }

    /// Ends every answer and the thread, and waits until it is done, which takes one step of the engine.
    /// Returns `false` when it takes longer than `patience`: llama.cpp hangs, and only the end of the process
    /// ends it.
    pub fn stop(&self, patience: Duration) -> bool {
        self.stop.store(true, Ordering::Release);
        let Some(thread) = self.thread.lock().take() else { return true };
        let give_up_at = Instant::now() + patience;
        while !thread.is_finished() {
            if Instant::now() >= give_up_at {
                return false;
            }
            std::thread::sleep(STOP_POLL);
        }
        if thread.join().is_err() {
            tracing::error!("the engine's thread panicked");
        }
        true
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// llama.cpp's global state: one for the process, made once, never freed.
fn backend() -> Result<&'static LlamaBackend, EngineError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let made = BACKEND.get_or_init(|| {
        llama_cpp_2::send_logs_to_tracing(llama_cpp_2::LogOptions::default());
        LlamaBackend::init().map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|why| EngineError::Backend(why.clone()))
}

/// One processor stays free for the gateway. llama.cpp's threads wait for each other many times in each token, so
/// one thread too many costs far more than it brings (measured: on two busy processors, one thread writes three to
/// eight times as fast as two).
fn all_processors_but_one() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(processors.saturating_sub(1).max(1)).unwrap_or(1)
}

fn load(path: &PathBuf) -> Result<LlamaModel, EngineError> {
    let failed = |why: String| EngineError::Load { path: path.clone(), why };
    let backend = backend()?;
    // llama.cpp reports a missing file and a broken one alike; the common case deserves its own words.
    std::fs::File::open(path).map_err(|error| failed(error.to_string()))?;
    LlamaModel::load_from_file(backend, path, &LlamaModelParams::default())
        .map_err(|error| failed(format!("llama.cpp cannot read it as a model ({error})")))
}
