//! Answers kept, to be given again when every target is down (RFC 5861, "stale-if-error").
//!
//! Off unless a route asks for it. An answer is kept only when it is complete, came from a request without tools,
//! and is small; it is given only to a request of the very same bytes (but for the model asked for), and is marked
//! with its age. Whoever turns it on says that two callers who ask the same may be told the same.

use bytes::{Bytes, BytesMut};
use handover_dialect::Call;
use handover_dialect::json::Edit;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest request, and longest answer, that is kept, in bytes.
const LONGEST: usize = 64 * 1024;

/// How a route keeps answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// For how long an answer is given instead of asking anybody. Zero: never while a target can answer.
    pub fresh: Duration,
    /// For how long it is given when no target could answer.
    pub stale_if_error: Duration,
    /// Most answers kept.
    pub max_entries: usize,
}

/// An answer that was kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) body: Bytes,
    pub(crate) stream: bool,
    /// `provider/model` that wrote it.
    pub(crate) target: Arc<str>,
    pub(crate) model: Option<String>,
    pub(crate) signal: handover_policy::Signal,
    at: Instant,
}

impl Kept {
    pub(crate) fn new(
        parts: &[Bytes],
        stream: bool,
        target: Arc<str>,
        model: Option<String>,
        signal: handover_policy::Signal,
    ) -> Self {
        let mut body = BytesMut::new();
        parts.iter().for_each(|part| body.extend_from_slice(part));
        Self { body: body.freeze(), stream, target, model, signal, at: Instant::now() }
    }
}

/// What a request is known by: its route and its bytes without the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    route: Arc<str>,
    request: Bytes,
}

impl CacheKey {
    /// The key of a call; `None` for one whose answer must not be kept.
    pub(crate) fn of(route: Arc<str>, call: &Call) -> Option<Self> {
        // A conversation in which a tool was called has told what was true then, whether or not one is offered now.
        let text = std::str::from_utf8(&call.body).ok().filter(|text| text.len() <= LONGEST)?;
        if call.needs.tools || text.contains("\"tool") || text.contains("\"function") {
            return None;
        }
        let body = call.members.splice(&call.body, &[Edit::Remove("model")]);
        let dialect = format!("{:?}\0", call.dialect);
        let mut request = BytesMut::with_capacity(body.len() + dialect.len());
        request.extend_from_slice(dialect.as_bytes());
        request.extend_from_slice(&body);
        Some(Self { route, request: request.freeze() })
    }
}

/// The answers of all routes, each route's apart: one route's many do not push out another's few.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<HashMap<Arc<str>, Entries>>);

#[derive(Debug, Default)]
struct Entries {
    kept: HashMap<Bytes, Kept>,
    /// Oldest first.
    order: VecDeque<Bytes>,
}

impl Cache {
    pub(crate) fn keep(&self, key: CacheKey, kept: Kept, settings: &CacheSettings) {
        if kept.body.len() > LONGEST {
            return;
        }
        let mut routes = self.0.lock();
        let Entries { kept: all, order } = routes.entry(key.route).or_default();
        order.retain(|other| *other != key.request);
        order.push_back(key.request.clone());
        all.insert(key.request, kept);
        while order.len() > settings.max_entries {
            let Some(oldest) = order.pop_front() else { break };
            all.remove(&oldest);
        }
    }

    /// An answer that is not older than `most`, with its age.
    pub(crate) fn find(&self, key: &CacheKey, most: Duration) -> Option<(Kept, Duration)> {
        let kept = self.0.lock().get(&key.route)?.kept.get(&key.request)?.clone();
        let age = Instant::now().saturating_duration_since(kept.at);
        (age < most).then_some((kept, age))
    }
}

/// Gathers the bytes of a stream that may be kept, without copying them, until it is clear that it is too long.
#[derive(Debug)]
pub(crate) struct Keeping {
    key: CacheKey,
    cache: Arc<Cache>,
    settings: CacheSettings,
    parts: Vec<Bytes>,
    bytes: usize,
}

impl Keeping {
    pub(crate) fn new(key: CacheKey, cache: Arc<Cache>, settings: CacheSettings) -> Self {
        Self { key, cache, settings, parts: Vec::new(), bytes: 0 }
    }

    pub(crate) fn push(&mut self, part: &Bytes) {
        self.bytes += part.len();
        if self.bytes <= LONGEST {
            self.parts.push(part.clone());
        } else {
            self.parts.clear();
        }
    }

    /// The answer is complete.
    pub(crate) fn keep(
        self,
        stream: bool,
        target: Arc<str>,
        model: Option<String>,
        signal: handover_policy::Signal,
    ) {
        if self.bytes <= LONGEST {
            let kept = Kept::new(&self.parts, stream, target, model, signal);
            self.cache.keep(self.key, kept, &self.settings);
        }
    }
}
