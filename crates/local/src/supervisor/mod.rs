//! The parent's side: one child process for each local model.
//!
//! A child starts on the first need (or by [`Supervisor::preload`]), however many requests need it at once. It is
//! watched by its heartbeat: a child that dies or falls silent is killed and started again. After good service that
//! happens at once; children that fail one after another get a pause that doubles from a quarter of a second to half
//! a minute. Requests that come during a short pause wait; during a long one they are told when to come again, so
//! that the gateway can go elsewhere.
//!
//! A request can reach a child that died a moment ago, before its end is noticed. Whoever sent it asks
//! [`Supervisor::is_gone`], and then [`Supervisor::ready`] for the next child.
//!
//! Invariants: the supervisor opens no socket; a child is never left behind (it is killed when its handle is
//! dropped, and it ends when its standard input closes); a state is changed by the model's own task only.

mod child;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The end of a child is noticed within this time, even on a busy machine: the kernel closes its standard output
/// together with its socket.
const NOTICED_WITHIN: Duration = Duration::from_secs(1);

/// One model that may be run.
#[derive(Debug, Clone)]
pub struct ModelConfig {
    /// Its name, as in `local/<name>`.
    pub name: String,
    /// The GGUF file. It is looked at when the child starts, not before.
    pub path: PathBuf,
    /// Answers at once.
    pub slots: u32,
    /// Tokens of context for each of them.
    pub context: u32,
    /// Threads for the arithmetic; 0 takes one for each processor but one.
    pub threads: u32,
}

impl ModelConfig {
    /// The usual setup: four answers at once with 4,096 tokens each.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into(), slots: 4, context: 4096, threads: 0 }
    }
}

/// The clocks of supervision.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the start of a child to its readiness. Large models on slow disks take minutes.
    pub load: Duration,
    /// Silence after which a child counts as hanging. It has to be much longer than one step of the engine.
    pub silence: Duration,
    /// The first pause, after a child that did not become ready or the second in a row that did no good.
    pub backoff: Duration,
    /// The longest pause.
    pub backoff_max: Duration,
    /// A child that was ready for this long is healthy, as is one that completed an answer: when it ends, the next
    /// one starts at once and the pauses start from the first again.
    pub healthy: Duration,
    /// Requests wait out a pause that has less than this left.
    pub wait_out: Duration,
    /// From closing a child's standard input to killing it.
    pub shutdown: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            load: Duration::from_secs(300),
            silence: Duration::from_secs(20),
            backoff: Duration::from_millis(250),
            backoff_max: Duration::from_secs(30),
            healthy: Duration::from_secs(5),
            wait_out: Duration::from_secs(5),
            shutdown: Duration::from_secs(3),
        }
    }
}

/// Randomness for the back-off: numbers from 0 to 1.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How a supervisor is set up.
#[derive(Clone)]
pub struct SupervisorConfig {
    /// The program whose hidden subcommand is the child: usually `std::env::current_exe()`.
    pub program: PathBuf,
    /// The models that may be asked for.
    pub models: Vec<ModelConfig>,
    /// The clocks.
    pub patience: Patience,
    /// Where the random part of the back-off comes from.
    pub jitter: Jitter,
}

impl std::fmt::Debug for SupervisorConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SupervisorConfig")
            .field("program", &self.program)
            .field("models", &self.models)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// A child that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The unix domain socket on which it serves the OpenAI chat API.
    pub socket: PathBuf,
}

/// Why there is no child to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalError {
    /// The config names no such model.
    #[error("no local model is called {0}")]
    Unknown(String),
    /// The child did not come up, or died, and is given a pause.
    #[error("the local model {model} rests after a failure ({why}); it is tried again in {:.1} s", .retry_after.as_secs_f64())]
    Resting {
        /// The model.
        model: String,
        /// What happened to the child.
        why: String,
        /// When it will be tried again.
        retry_after: Duration,
    },
    /// The gateway is shutting down.
    #[error("the local models are stopped")]
    Stopped,
}

/// Why there can be no supervisor.
#[derive(Debug, thiserror::Error)]
#[error("cannot create a folder for the sockets of local models: {0}")]
pub struct SupervisorError(#[from] std::io::Error);

/// What a model's child is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody has asked for it yet.
    Idle,
    /// It is loading.
    Starting {
        /// The child's process id.
        pid: Option<u32>,
    },
    /// It answers.
    Ready {
        /// Its socket.
        socket: PathBuf,
        /// Its process id.
        pid: Option<u32>,
    },
    /// It failed and is given a pause.
    Resting {
        /// The end of the pause.
        until: Instant,
        /// What happened.
        why: String,
    },
    /// It is stopped for good.
    Stopped,
}

/// The children of one gateway.
#[derive(Debug)]
pub struct Supervisor {
    models: HashMap<String, Handle>,
    tasks: TaskTracker,
    stop: CancellationToken,
    wait_out: Duration,
    /// The folder of the sockets, for this user only; it goes with the supervisor.
    sockets: Mutex<Option<TempDir>>,
}

/// One model's task, seen from outside.
#[derive(Debug)]
struct Handle {
    state: watch::Receiver<State>,
    wanted: Arc<Notify>,
}

impl Supervisor {
    /// Sets up one task for each model; no child is started. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// There is no folder for the sockets to be had.
    pub fn new(config: SupervisorConfig) -> Result<Self, SupervisorError> {
        // Made for this user only and with a name that cannot be guessed. Not under the home, whose path may
        // be longer than a socket's may be.
        let sockets = tempfile::Builder::new().prefix("handover-").tempdir()?;
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let mut models = HashMap::new();
        for (number, model) in config.models.into_iter().enumerate() {
            let (sender, state) = watch::channel(State::Idle);
            let wanted = Arc::new(Notify::new());
            let name = model.name.clone();
            let task = child::Task {
                program: config.program.clone(),
                model,
                patience: config.patience,
                jitter: Arc::clone(&config.jitter),
                sockets: sockets.path().to_owned(),
                number,
                state: sender,
                wanted: Arc::clone(&wanted),
                stop: stop.clone(),
            };
            tasks.spawn(task.run());
            models.insert(name, Handle { state, wanted });
        }
        tasks.close();
        let wait_out = config.patience.wait_out;
        Ok(Self { models, tasks, stop, wait_out, sockets: Mutex::new(Some(sockets)) })
    }

    /// Waits until the model's child answers, and starts it if need be. The caller's own deadline limits the wait.
    ///
    /// # Errors
    /// See [`LocalError`].
    pub async fn ready(&self, model: &str) -> Result<Ready, LocalError> {
        let handle = self.handle(model)?;
        let mut states = handle.state.clone();
        // A child that failed while this request waited for it has failed this request: no second try, however
        // short the pause is.
        let mut waited = false;
        loop {
            let state = states.borrow_and_update().clone();
            match state {
                State::Ready { socket, .. } => return Ok(Ready { socket }),
                State::Idle => {
                    handle.wanted.notify_one();
                    waited = true;
                }
                State::Starting { .. } => waited = true,
                State::Resting { until, why } => {
                    handle.wanted.notify_one();
                    let retry_after = until.saturating_duration_since(Instant::now());
                    if waited || retry_after >= self.wait_out {
                        return Err(LocalError::Resting { model: model.to_owned(), why, retry_after });
                    }
                }
                State::Stopped => return Err(LocalError::Stopped),
            }
            if states.changed().await.is_err() {
                return Err(LocalError::Stopped);
            }
        }
    }

    /// Whether `child`, which `ready` named and which did not answer, is gone. Its end may not have been noticed yet,
    /// so this waits up to a second for that; `true` means that `ready` will name another child, or say why not.
    ///
    /// # Errors
    /// The model is unknown.
    pub async fn is_gone(&self, model: &str, child: &Ready) -> Result<bool, LocalError> {
        let mut states = self.handle(model)?.state.clone();
        let another =
            states.wait_for(|state| !matches!(state, State::Ready { socket, .. } if *socket == child.socket));
        // A task that has ended has no child either.
        Ok(timeout(NOTICED_WITHIN, another).await.is_ok())
    }

    /// Starts a model's child without waiting for it.
    ///
    /// # Errors
    /// The model is unknown.
    pub fn preload(&self, model: &str) -> Result<(), LocalError> {
        self.handle(model)?.wanted.notify_one();
        Ok(())
    }

    /// What the model's child is doing, or `None` for an unknown model.
    pub fn state(&self, model: &str) -> Option<State> {
        Some(self.models.get(model)?.state.borrow().clone())
    }

    /// Follows what the model's child is doing.
    pub fn watch(&self, model: &str) -> Option<watch::Receiver<State>> {
        Some(self.models.get(model)?.state.clone())
    }

    /// The process id of the model's child, when it has one.
    pub fn pid(&self, model: &str) -> Option<u32> {
        match self.state(model)? {
            State::Starting { pid } | State::Ready { pid, .. } => pid,
            State::Idle | State::Resting { .. } | State::Stopped => None,
        }
    }

    /// Stops every child and waits until they are gone.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.tasks.wait().await;
        let folder = self.sockets.lock().take();
        if let Some(Err(error)) = folder.map(TempDir::close) {
            tracing::debug!(%error, "the folder of the sockets could not be removed");
        }
    }

    /// The folder of the sockets; `None` after the shutdown.
    pub fn socket_folder(&self) -> Option<PathBuf> {
        self.sockets.lock().as_ref().map(|folder| folder.path().to_owned())
    }

    fn handle(&self, model: &str) -> Result<&Handle, LocalError> {
        self.models.get(model).ok_or_else(|| LocalError::Unknown(model.to_owned()))
    }
}

impl Drop for Supervisor {
    /// The tasks end soon after, and kill their children.
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The pause after the `failures`th failure in a row, none after good service, with up to a quarter of it added at random, so that the
/// children of several gateways on one machine do not come back in step.
fn backoff(patience: &Patience, failures: u32, jitter: &Jitter) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let doublings = (failures - 1).min(16);
    let pause = patience.backoff.saturating_mul(1 << doublings).min(patience.backoff_max);
    pause + pause.mul_f64(jitter().clamp(0.0, 1.0) / 4.0)
}

/// The socket of a model's `start`th child. A number of its own for each start, so that no connection to a dead
/// child is taken for one to its successor.
fn socket_path(folder: &Path, number: usize, start: u64) -> PathBuf {
    folder.join(format!("{number}-{start}.sock"))
}
