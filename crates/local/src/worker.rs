//! The child process: loads the model, serves it on a unix domain socket, and ends with its parent.
//!
//! It ends when its standard input closes, because the parent holds the other end of that pipe and the kernel
//! closes it however the parent dies. It ends as well when its heartbeat can no longer be written. (Linux's
//! "parent death signal" is not used: it follows the parent's *thread*, and an async runtime's threads come and
//! go.)

use std::hash::{BuildHasher, Hasher as _};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::UnixListener;

use crate::api::Api;
use crate::engine::{Engine, EngineConfig, EngineError, Pulse};
use crate::protocol::Line;

/// What the child is told on its command line.
#[derive(Debug, Clone)]
pub struct WorkerArgs {
    /// Where to listen.
    pub socket: PathBuf,
    /// The GGUF file.
    pub model: PathBuf,
    /// The model's name in answers.
    pub name: String,
    /// Answers at once.
    pub slots: u32,
    /// Tokens of context for each.
    pub context: u32,
    /// Threads for the arithmetic; 0 takes one for each processor but one.
    pub threads: u32,
}

/// Requests that may wait for each slot before one more is refused.
const WAITING_PER_SLOT: usize = 16;
/// How long connections may take to hear that the child ends.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long the engine may take for its last step.
const LAST_STEP: Duration = Duration::from_secs(2);

/// Why the child ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The model cannot be run.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The socket cannot be opened.
    #[error("cannot listen on {socket}: {source}")]
    Listen {
        /// Its path.
        socket: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The async runtime cannot be started.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
}

/// Runs the child: returns when the parent is gone or has closed the child's standard input.
///
/// Standard output belongs to the protocol; nothing else may write to it.
///
/// # Errors
/// See [`WorkerError`]. The parent is told as well, in a `failed` line.
pub fn run_worker(args: WorkerArgs) -> Result<(), WorkerError> {
    let outcome = serve(args);
    if let Err(error) = &outcome {
        say(&Line::Failed(error.to_string()));
    }
    outcome
}

fn serve(args: WorkerArgs) -> Result<(), WorkerError> {
    let WorkerArgs { socket, model, name, slots, context, threads } = args;
    let waiting = WAITING_PER_SLOT.saturating_mul(slots.max(1) as usize);
    let config = EngineConfig { model, slots, context, threads, waiting };
    let engine = Arc::new(Engine::start(&config, beat)?);
    // One thread is plenty for a few streams of text; the engine has its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .map_err(WorkerError::Runtime)?;
    let api = Arc::new(Api::new(Arc::clone(&engine), name, unix_seconds, random_seed()));
    let outcome = runtime.block_on(async {
        let listener =
            UnixListener::bind(&socket).map_err(|source| WorkerError::Listen { socket, source })?;
        say(&Line::Ready);
        tokio::select! {
            () = api.serve(listener) => {}
            () = parent_gone() => {}
        }
        Ok(())
    });
    runtime.shutdown_timeout(LAST_WORDS);
    if !engine.stop(LAST_STEP) {
        tracing::warn!("the engine's thread hangs; the process ends without it");
    }
    outcome
}

/// Waits until standard input closes; what comes in before that means nothing.
async fn parent_gone() {
    let mut stdin = tokio::io::stdin();
    let mut ignored = [0; 64];
    while matches!(stdin.read(&mut ignored).await, Ok(1..)) {}
}

/// Tells the parent how the engine's thread is.
fn beat(pulse: Pulse) -> bool {
    say(&match pulse {
        Pulse::Alive => Line::Alive,
        Pulse::Answered => Line::Answered,
    })
}

/// Writes one line to the parent; `false` when nobody reads any more.
fn say(line: &Line) -> bool {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
}

/// Seconds since 1970, for the `created` field of answers.
#[expect(
    clippy::disallowed_types,
    reason = "the edge of a process of its own; a label, no decision hangs on it"
)]
fn unix_seconds() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A number that differs from run to run: the standard library's own random keys, hashed.
fn random_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}
