//! One model's task: starts its child, watches it, buries it, and starts the next one.
//!
//! The task owns the state that requests see. It reads three things of a child: lines on its standard output
//! (readiness and heartbeats), its standard error (llama.cpp's log, passed on at debug level), and its end.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{Jitter, ModelConfig, Patience, State, backoff, socket_path};
use crate::protocol::{Line, SUBCOMMAND};

/// From the end of a child's output to the end of the child.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// Everything that one model's task needs.
pub(super) struct Task {
    pub(super) program: PathBuf,
    pub(super) model: ModelConfig,
    pub(super) patience: Patience,
    pub(super) jitter: Jitter,
    pub(super) sockets: PathBuf,
    pub(super) number: usize,
    pub(super) state: watch::Sender<State>,
    pub(super) wanted: Arc<Notify>,
    pub(super) stop: CancellationToken,
}

/// A child with its three pipes.
struct Running {
    child: Child,
    /// Held open for as long as the child is to live.
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

/// How a child came to its end.
enum End {
    /// It was told to stop.
    Asked,
    /// It never answered, for this reason.
    NeverReady(String),
    /// It became ready, and then this happened. `proven`: it had completed an answer or had been ready for long
    /// enough, so that this end says nothing about the next child.
    Broke { proven: bool, why: String },
}

impl Task {
    /// Runs until the supervisor stops.
    pub(super) async fn run(self) {
        let mut failures = 0_u32;
        let mut start = 0_u64;
        // A child that was ready before is brought back without being asked for.
        let mut eager = false;
        loop {
            if !eager {
                tokio::select! {
                    () = self.wanted.notified() => {}
                    () = self.stop.cancelled() => break,
                }
            }
            start += 1;
            let socket = socket_path(&self.sockets, self.number, start);
            let end = self.live(&socket).await;
            // The file may never have been made.
            let _absent = std::fs::remove_file(&socket);
            let (why, earlier) = match end {
                End::Asked => break,
                End::NeverReady(why) => {
                    eager = false;
                    failures = failures.saturating_add(1);
                    (why, failures)
                }
                End::Broke { proven, why } => {
                    eager = true;
                    // The first one in a row costs no pause, as it was mostly somebody else's doing.
                    let earlier = if proven { 0 } else { failures };
                    failures = if proven { 0 } else { failures.saturating_add(1) };
                    (why, earlier)
                }
            };
            let until = Instant::now() + backoff(&self.patience, earlier, &self.jitter);
            tracing::warn!(model = self.model.name, why, failures, "the local engine failed");
            self.state.send_replace(State::Resting { until, why });
            tokio::select! {
                () = sleep_until(until) => {}
                () = self.stop.cancelled() => break,
            }
            if !eager {
                self.state.send_replace(State::Idle);
            }
        }
        self.state.send_replace(State::Stopped);
    }

    /// One child from its start to its end.
    async fn live(&self, socket: &Path) -> End {
        let mut running = match self.spawn(socket) {
            Ok(running) => running,
            Err(error) => {
                return End::NeverReady(format!("cannot start {}: {error}", self.program.display()));
            }
        };
        let pid = running.child.id();
        tracing::debug!(model = self.model.name, pid, "the local engine starts");
        self.state.send_replace(State::Starting { pid });
        let end = self.watch(&mut running, socket, pid).await;
        // The state changes before the child is gone, so that nobody is sent to it any more; but a child that is
        // only asked to stop keeps answering until it has stopped.
        let patience = match end {
            End::Asked => self.patience.shutdown,
            End::NeverReady(_) | End::Broke { .. } => Duration::ZERO,
        };
        bury(running, patience, &self.model.name).await;
        end
    }

    fn spawn(&self, socket: &Path) -> std::io::Result<Running> {
        let ModelConfig { name, path, slots, context, threads } = &self.model;
        let mut command = Command::new(&self.program);
        command.arg(SUBCOMMAND).arg("--socket").arg(socket).arg("--model").arg(path).arg("--name").arg(name);
        for (key, value) in [("--slots", slots), ("--context", context), ("--threads", threads)] {
            command.arg(key).arg(value.to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // The engine's threads sleep while they wait for each other; spinning would take the processors from the
        // gateway and, on a busy machine, from themselves.
        command.env("OMP_WAIT_POLICY", "passive");
        // A key pressed in the terminal is for the gateway, which stops its children in good order.
        command.process_group(0);
        let mut child = command.spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        Ok(Running {
            child,
            stdin,
            stdout: BufReader::new(stdout).lines(),
            stderr: BufReader::new(stderr).lines(),
        })
    }

    /// Follows a child until it ends, falls silent, or is to stop.
    async fn watch(&self, running: &mut Running, socket: &Path, pid: Option<u32>) -> End {
        let mut ready_since = None;
        let mut answered = false;
        let mut silent_at = Instant::now() + self.patience.load;
        let mut failure = None;
        // llama.cpp says why it aborts on its standard error.
        let mut last_words = None;
        loop {
            let ended = |why: String| match ready_since {
                Some(since) => {
                    let lived = Instant::now().saturating_duration_since(since);
                    End::Broke { proven: answered || lived >= self.patience.healthy, why }
                }
                None => End::NeverReady(why),
            };
            tokio::select! {
                () = self.stop.cancelled() => return End::Asked,
                line = running.stdout.next_line() => match line.ok().flatten().as_deref().map(Line::parse) {
                    Some(Some(Line::Ready)) => {
                        ready_since = Some(Instant::now());
                        silent_at = Instant::now() + self.patience.silence;
                        self.state.send_replace(State::Ready { socket: socket.to_owned(), pid });
                    }
                    Some(Some(line @ (Line::Alive | Line::Answered))) if ready_since.is_some() => {
                        answered |= line == Line::Answered;
                        silent_at = Instant::now() + self.patience.silence;
                    }
                    Some(Some(Line::Failed(why))) => failure = Some(why),
                    Some(Some(Line::Alive | Line::Answered) | None) => {}
                    None => {
                        // The end of its output is the end of a child, unless it closed it on purpose.
                        let status = timeout(LAST_BREATH, running.child.wait()).await.ok();
                        while let Ok(Ok(Some(line))) = timeout(LAST_BREATH, running.stderr.next_line()).await {
                            tracing::debug!(model = self.model.name, pid, "{line}");
                            last_words = Some(line);
                        }
                        return ended(failure.unwrap_or_else(|| describe(status, last_words)));
                    }
                },
                Ok(Some(line)) = running.stderr.next_line() => {
                    tracing::debug!(model = self.model.name, pid, "{line}");
                    last_words = Some(line);
                }
                () = sleep_until(silent_at) => {
                    let limit = if ready_since.is_some() { self.patience.silence } else { self.patience.load };
                    return ended(format!("no sign of life for {limit:?}"));
                }
            }
        }
    }
}

/// Ends a child: closes its standard input, which asks it to stop, and kills it when it does not within
/// `patience`. Returns when it is gone.
async fn bury(mut running: Running, patience: Duration, model: &str) {
    drop(running.stdin.take());
    if !patience.is_zero() && timeout(patience, running.child.wait()).await.is_ok() {
        return;
    }
    if let Err(error) = running.child.kill().await {
        tracing::debug!(%error, model, "the local engine was gone already");
    }
}

fn describe(status: Option<std::io::Result<ExitStatus>>, last_words: Option<String>) -> String {
    let end = match status {
        Some(Ok(status)) => format!("the engine's process ended: {status}"),
        Some(Err(error)) => format!("the engine's process is lost: {error}"),
        None => "the engine's process closed its output".to_owned(),
    };
    match last_words {
        Some(words) => format!("{end}; its last words: {words}"),
        None => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_and_is_bounded() {
        let pause = |failures, jitter: f64| {
            let jitter: Jitter = Arc::new(move || jitter);
            backoff(&Patience::default(), failures, &jitter)
        };
        let milliseconds =
            [(0, 0), (1, 250), (2, 500), (3, 1000), (7, 16_000), (8, 30_000), (4_000_000_000, 30_000)];
        for (failures, expected) in milliseconds {
            assert_eq!(pause(failures, 0.0), Duration::from_millis(expected));
        }
        assert_eq!(pause(8, 1.0), Duration::from_millis(37_500));
    }
}
