//! What the simulator saw. Tests wait for events here, never for time.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::continuing::Continues;

/// Older requests are forgotten, so that a simulator can run for days.
const KEPT: usize = 10_000;
/// And so that large ones do not fill the memory: bytes of request bodies kept. The latest request always stays.
const BYTES_KEPT: usize = 256 << 20;

/// One request and what became of it.
#[derive(Clone)]
pub struct Recorded {
    /// Counted from 0 over the life of the simulator.
    pub number: u64,
    /// When the request's body was complete.
    pub at: Instant,
    /// The HTTP method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The request's headers. Credentials in them are marked as sensitive, so `Debug` does not show them.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// The body as JSON; null when it is none.
    pub json: Value,
    /// The key the request came with.
    pub key: Option<String>,
    /// The text of the script that was played.
    pub script: String,
    /// What the model made of the half-written answer that the request gave it; `None` when it gave none.
    /// [`Continues::asked_by`] tells how the request asked.
    pub continued: Option<Continues>,
    /// How it ended.
    pub outcome: Outcome,
    /// Tokens handed to the connection so far.
    pub tokens: u32,
    /// When the outcome was known.
    pub ended_at: Option<Instant>,
}

impl Recorded {
    /// The model asked for, or nothing.
    #[must_use]
    pub fn model(&self) -> &str {
        self.json["model"].as_str().unwrap_or_default()
    }

    /// Whether a stream was asked for.
    #[must_use]
    pub fn stream(&self) -> bool {
        self.json["stream"].as_bool().unwrap_or(false)
    }

    /// The messages it came with.
    #[must_use]
    pub fn messages(&self) -> &[Value] {
        self.json["messages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The text of its last message: of what the model goes on behind, or is told.
    #[must_use]
    pub fn last_text(&self) -> String {
        self.messages().last().map(|message| crate::ask::text(&message["content"])).unwrap_or_default()
    }

    /// A header's value as text, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The key is left out.
impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("number", &self.number)
            .field("path", &self.path)
            .field("body", &self.body)
            .field("script", &self.script)
            .field("outcome", &self.outcome)
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

/// How a request ended, as the provider sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Being answered, or waiting in silence.
    Open,
    /// The script was played to its end, faults included.
    Played,
    /// The client left before the script's end.
    HungUp,
}

/// The memory of one simulator.
#[derive(Debug)]
pub(crate) struct Recorder {
    log: Mutex<Log>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Log {
    kept: VecDeque<Recorded>,
    /// Of the kept requests' bodies.
    bytes: usize,
    total: u64,
}

impl Log {
    fn get(&mut self, number: u64) -> Option<&mut Recorded> {
        let first = self.total - self.kept.len() as u64;
        self.kept.get_mut(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    fn forget_old(&mut self) {
        while self.kept.len() > KEPT || (self.bytes > BYTES_KEPT && self.kept.len() > 1) {
            self.bytes -= self.kept.pop_front().map_or(0, |request| request.body.len());
        }
    }
}

impl Recorder {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Recorder { log: Mutex::default(), changes: watch::Sender::new(0) })
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version = version.wrapping_add(1));
    }

    pub(crate) fn add(self: &Arc<Self>, mut request: Recorded) -> Watch {
        let number = {
            let mut log = self.log.lock();
            request.number = log.total;
            log.total += 1;
            log.bytes += request.body.len();
            log.kept.push_back(request);
            log.forget_old();
            log.total - 1
        };
        self.changed();
        Watch { recorder: Arc::clone(self), number, over: false }
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.log.lock().kept.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut log = self.log.lock();
        log.kept.clear();
        log.bytes = 0;
    }

    pub(crate) fn open(&self) -> usize {
        self.log.lock().kept.iter().filter(|request| request.outcome == Outcome::Open).count()
    }

    pub(crate) fn total(&self) -> u64 {
        self.log.lock().total
    }

    /// Waits until `find` finds something. It is asked after every change.
    pub(crate) async fn wait_for<T>(&self, find: impl Fn(&[Recorded]) -> Option<T>) -> T {
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(found) = find(self.log.lock().kept.make_contiguous()) {
                return found;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn update(&self, number: u64, change: impl FnOnce(&mut Recorded)) {
        if let Some(request) = self.log.lock().get(number) {
            change(request);
        }
        self.changed();
    }
}

/// Follows one request. Dropped before the end, it records that the client left.
#[derive(Debug)]
pub(crate) struct Watch {
    recorder: Arc<Recorder>,
    number: u64,
    over: bool,
}

impl Watch {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn playing(&self, script: String, continued: Option<Continues>) {
        self.recorder.update(self.number, |request| {
            request.script = script;
            request.continued = continued;
        });
    }

    pub(crate) fn sent(&self, tokens: u32) {
        self.recorder.update(self.number, |request| request.tokens += tokens);
    }

    pub(crate) fn played(&mut self) {
        self.end(Outcome::Played);
    }

    fn end(&mut self, outcome: Outcome) {
        if !std::mem::replace(&mut self.over, true) {
            self.recorder.update(self.number, |request| {
                request.outcome = outcome;
                request.ended_at = Some(Instant::now());
            });
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end(Outcome::HungUp);
    }
}
