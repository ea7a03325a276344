//! A request's record while it is being answered.
//!
//! Whatever becomes of the request, its record is given to the observer exactly once: at its end, or when it is
//! dropped because the caller left. Every attempt is in it, those under way at that moment too: the sum of the
//! attempts is what was asked of providers.

use crate::ask::prompt_estimate;
use crate::path::Reply;
use crate::retrying::LeftOff;
use crate::{Attempted, Engine, Event, Incoming, Observer, Outcome, Progress, Served, Upstream, Watcher};
use bytes::Bytes;
use handover_dialect::hub::Usage;
use handover_dialect::{CallerError, Dialect, Reader};
use handover_policy::{Signal, WasteBudget};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The attempts of a request, noted where they happen. Two can be under way at once, so the notes are shared.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<Note>>);

#[derive(Debug)]
struct Note {
    attempted: Attempted,
    place: usize,
    began: bool,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Open,
    Closed,
    /// It serves, and is told of apart from those that did not.
    Serves,
}

impl Notes {
    /// An attempt has begun; the number it is called by.
    pub(crate) fn open(&self, place: usize, target: &Arc<str>, key: usize, at: Duration) -> usize {
        let attempted = Attempted {
            target: target.clone(),
            key,
            code: "cancelled",
            words: "was given up".to_owned(),
            at,
            took: Duration::ZERO,
            asked: true,
            again_in: None,
            broke_off: false,
        };
        let mut notes = self.0.lock();
        notes.push(Note { attempted, place, began: false, state: State::Open });
        notes.len() - 1
    }

    /// A target was passed over.
    pub(crate) fn skip(&self, place: usize, attempted: Attempted) {
        self.0.lock().push(Note { attempted, place, began: false, state: State::Closed });
    }

    /// An attempt has ended without an answer.
    pub(crate) fn close(&self, number: usize, change: impl FnOnce(&mut Attempted)) {
        if let Some(note) = self.0.lock().get_mut(number) {
            change(&mut note.attempted);
            note.state = State::Closed;
        }
    }

    /// Content has come from an attempt.
    pub(crate) fn began(&self, number: usize) {
        if let Some(note) = self.0.lock().get_mut(number) {
            note.began = true;
        }
    }

    /// An attempt serves.
    pub(crate) fn serves(&self, number: usize) {
        if let Some(note) = self.0.lock().get_mut(number) {
            note.state = State::Serves;
        }
    }

    /// The attempt that serves has broken off.
    pub(crate) fn broke(&self, now: Duration, code: &'static str, words: &str) {
        for note in self.0.lock().iter_mut().filter(|note| note.state == State::Serves) {
            note.state = State::Closed;
            note.attempted.took = now.saturating_sub(note.attempted.at);
            note.attempted.code = code;
            note.attempted.broke_off = true;
            words.clone_into(&mut note.attempted.words);
        }
    }

    /// Whether the attempt under way at this place has brought content.
    pub(crate) fn has_begun(&self, place: usize) -> bool {
        self.0.lock().iter().any(|note| note.place == place && note.state == State::Open && note.began)
    }

    /// An attempt under way was given up, because another was faster.
    pub(crate) fn outpace(&self, place: usize, now: Duration) {
        for note in self.0.lock().iter_mut().filter(|n| n.place == place && n.state == State::Open) {
            note.state = State::Closed;
            note.attempted.took = now.saturating_sub(note.attempted.at);
            note.attempted.code = "outpaced";
            "was slower than another".clone_into(&mut note.attempted.words);
        }
    }

    /// How many times a provider was asked.
    pub(crate) fn asked(&self) -> u32 {
        let asked = self.0.lock().iter().filter(|note| note.attempted.asked).count();
        u32::try_from(asked).unwrap_or(u32::MAX)
    }

    /// Where the request is being answered now.
    fn under_way(&self) -> Option<Arc<str>> {
        let notes = self.0.lock();
        notes.iter().find(|n| n.state == State::Open).map(|n| n.attempted.target.clone())
    }

    /// All attempts that did not serve; those under way are cancelled at `now`.
    fn all(&self, now: Duration) -> Vec<Attempted> {
        let notes = self.0.lock();
        let those = notes.iter().filter(|note| note.state != State::Serves);
        those
            .map(|note| {
                let mut attempted = note.attempted.clone();
                if note.state == State::Open {
                    attempted.took = now.saturating_sub(attempted.at);
                }
                attempted
            })
            .collect()
    }
}

/// A request's record while it is being answered.
pub(crate) struct Account {
    pub(crate) served: Served,
    pub(crate) notes: Arc<Notes>,
    received: Instant,
    observer: Option<Arc<dyn Observer>>,
    watcher: Option<Arc<dyn Watcher>>,
    waste: Arc<Mutex<WasteBudget>>,
    left_off: Arc<LeftOff>,
    /// What a retry of the same request is known by.
    body: Bytes,
    /// Its tokens, roughly: many streams do not say how many they were.
    prompt_estimate: u64,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("served", &self.served).finish_non_exhaustive()
    }
}

impl Account {
    pub(crate) fn open<U: Upstream>(engine: &Engine<U>, incoming: &Incoming) -> Self {
        let served = Served {
            request_id: incoming.id.clone(),
            asked: incoming.call.model.as_str().into(),
            route: None,
            target: None,
            model: None,
            signal: Signal::Unrated,
            attempts: Vec::new(),
            key: 0,
            started: None,
            dropped: String::new(),
            // What a log shows for a caller that left (nginx's 499).
            status: 499,
            stream: incoming.call.stream,
            canary: false,
            cached: None,
            first_token: None,
            took: Duration::ZERO,
            usage: Usage::default(),
            billed: Usage::default(),
            hand_overs: Vec::new(),
            stopped: None,
            outcome: Outcome::Cancelled,
            detail: None,
        };
        Self {
            served,
            notes: Arc::default(),
            received: incoming.received,
            observer: Some(engine.senses.observer.clone()),
            watcher: incoming.watcher.clone(),
            waste: engine.waste.clone(),
            left_off: engine.left_off.clone(),
            body: incoming.call.body.clone(),
            prompt_estimate: prompt_estimate(incoming),
        }
    }

    /// Time since the request arrived.
    pub(crate) fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.received)
    }

    /// Closes the record.
    pub(crate) fn end(&mut self, outcome: Outcome, reader: Option<&Reader>, detail: Option<String>) {
        self.served.outcome = outcome;
        self.served.detail = detail;
        if let Some(reader) = reader {
            self.served.usage = reader.usage();
            self.served.billed = reader.billed();
            if outcome == Outcome::Interrupted {
                // Providers count at the end, which has not come.
                self.served.billed.completion.get_or_insert(reader.own_tokens());
            }
            self.served.model = reader.model().map(str::to_owned).or_else(|| self.served.model.take());
        }
        self.close();
    }

    fn close(&mut self) {
        let Some(observer) = self.observer.take() else { return };
        self.served.took = self.now();
        self.served.attempts = self.notes.all(self.served.took);
        let now = Instant::now();
        if self.served.outcome == Outcome::Cancelled
            && let Some(target) = self.notes.under_way()
        {
            self.left_off.note(&self.body, target, now);
        }
        let Usage { prompt, completion, .. } = self.served.usage;
        if self.served.target.is_some() && self.served.cached.is_none() {
            let tokens = prompt.unwrap_or(self.prompt_estimate).saturating_add(completion.unwrap_or(0));
            self.waste.lock().delivered(now, tokens);
        }
        observer.observe(&Event::Served(&self.served));
        if let Some(watcher) = self.watcher.take() {
            watcher.watch(Progress::Ended(&self.served));
        }
    }

    pub(crate) fn headers(&mut self, content_type: &'static str, dialect: Dialect) -> HeaderMap {
        self.served.attempts = self.notes.all(self.now());
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.served.write_headers(&mut headers);
        let id = match dialect {
            Dialect::Anthropic => HeaderName::from_static("request-id"),
            Dialect::OpenAi | Dialect::Cohere => HeaderName::from_static("x-request-id"),
        };
        if let Ok(value) = HeaderValue::from_str(&self.served.request_id) {
            headers.insert(id, value);
        }
        headers
    }

    /// The caller is told an error of ours.
    pub(crate) fn refuse<U: Upstream>(mut self, dialect: Dialect, error: &CallerError) -> Reply<U> {
        self.served.status = error.status();
        self.served.target = None;
        let body = Bytes::from(error.body(dialect, &self.served.request_id).to_string());
        let mut headers = self.headers("application/json", dialect);
        if error.status() >= 429 {
            // One layer retries, and it is this one: a client that repeats an exhausted chain only adds load.
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        if let Some(wait) = error.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs_f64().ceil() as u64));
        }
        self.end(Outcome::Failed, None, Some(error.message.clone()));
        Reply::Whole { status: error.status(), headers, body }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.close();
    }
}
