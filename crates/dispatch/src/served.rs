//! Who served: one record, from which everything that says so is made.

use handover_dialect::hub::Usage;
use handover_policy::Signal;
use http::{HeaderMap, HeaderValue, header::HeaderName};
use std::sync::Arc;
use std::time::Duration;

/// One attempt that did not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// `provider/model`.
    pub target: Arc<str>,
    /// The provider's key, by its place in the configuration.
    pub key: usize,
    /// From the request's arrival to its begin.
    pub at: Duration,
    /// One word for machines.
    pub code: &'static str,
    /// A few words for people.
    pub words: String,
    /// How long it took.
    pub took: Duration,
    /// Whether the provider was asked at all (and may bill it).
    pub asked: bool,
    /// How long the target is left alone, or the provider asked to be, if that is known.
    pub again_in: Option<Duration>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The whole answer was handed over.
    Complete,
    /// The answer broke off after it had begun.
    Interrupted,
    /// The caller was told an error.
    Failed,
    /// The caller left.
    Cancelled,
}

impl Outcome {
    /// The log's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Complete => "complete",
            Outcome::Interrupted => "interrupted",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
        }
    }
}

/// Who answered, who was tried and why not, the signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// Handover's id of the request.
    pub request_id: Arc<str>,
    /// The model the caller asked for.
    pub asked: Arc<str>,
    /// The route, once one is found.
    pub route: Option<Arc<str>>,
    /// Who served, `provider/model`; `None` when nobody did.
    pub target: Option<Arc<str>>,
    /// The model as its provider names it.
    pub model: Option<String>,
    /// How close to the lead.
    pub signal: Signal,
    /// Attempts that did not serve, in order.
    pub attempts: Vec<Attempted>,
    /// The key of the attempt that served, by its place in the configuration.
    pub key: usize,
    /// From the request's arrival to the attempt that served.
    pub started: Option<Duration>,
    /// A backup was asked first although the lead is well, to see that it works.
    pub canary: bool,
    /// The answer was kept from an earlier request, and is this old.
    pub cached: Option<Duration>,
    /// The caller's fields the target could not express, joined by commas; empty when all could be.
    pub dropped: String,
    /// HTTP status told to the caller.
    pub status: u16,
    /// Whether the caller reads a stream.
    pub stream: bool,
    /// From the request's arrival to its first content.
    pub first_token: Option<Duration>,
    /// From the request's arrival to its end.
    pub took: Duration,
    /// Tokens counted by the target that served.
    pub usage: Usage,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it broke off or failed, for the log.
    pub detail: Option<String>,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-handover-request-id");
const ROUTE: HeaderName = HeaderName::from_static("x-handover-route");
const SERVED: HeaderName = HeaderName::from_static("x-handover-served");
const SIGNAL: HeaderName = HeaderName::from_static("x-handover-signal");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-handover-attempts");
const REASON: HeaderName = HeaderName::from_static("x-handover-reason");
const CACHE: HeaderName = HeaderName::from_static("x-handover-cache");
const DROPPED: HeaderName = HeaderName::from_static("x-handover-dropped");

impl Served {
    /// Attempts made, the one that served included.
    #[must_use]
    pub fn attempt_count(&self) -> usize {
        let served = self.target.is_some() && self.cached.is_none();
        self.attempts.iter().filter(|a| a.asked).count() + usize::from(served)
    }

    /// Why the first target that was asked did not serve; `None` when it did, be it with its second key.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        let failed = self.attempts.iter().find(|a| self.target.as_ref() != Some(&a.target)).map(|a| a.code);
        failed.or(self.canary.then_some("canary"))
    }

    /// Adds the `x-handover-*` headers.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        let mut put = |name: HeaderName, value: &str| {
            // A model's name may hold what a header may not.
            let value = HeaderValue::from_str(value).or_else(|_| HeaderValue::try_from(printable(value)));
            if let Ok(value) = value {
                headers.insert(name, value);
            }
        };
        put(REQUEST_ID, &self.request_id);
        if let Some(route) = &self.route {
            put(ROUTE, route);
        }
        if let Some(age) = self.cached {
            let how = if self.attempts.is_empty() { "fresh" } else { "stale" };
            put(CACHE, &format!("{how}; age={}", age.as_secs()));
        }
        if let Some(target) = &self.target {
            put(SERVED, target);
            headers.insert(SIGNAL, HeaderValue::from_static(self.signal.as_str()));
        }
        let count = self.attempt_count();
        if self.route.is_some() {
            headers.insert(ATTEMPTS, HeaderValue::from(count));
        }
        if let Some(reason) = self.reason() {
            headers.insert(REASON, HeaderValue::from_static(reason));
        }
        if !self.dropped.is_empty()
            && let Ok(value) = HeaderValue::from_str(&self.dropped)
        {
            headers.insert(DROPPED, value);
        }
    }

    /// The same record as the last line of a stream: an SSE comment, which every client ignores and a curious one
    /// reads.
    #[must_use]
    pub fn trailer(&self) -> String {
        let Usage { prompt, completion, .. } = self.usage;
        let record = serde_json::json!({
            "request_id": &*self.request_id,
            "served": self.target.as_deref(),
            "model": self.model,
            "signal": self.signal.as_str(),
            "attempts": self.attempt_count(),
            "reason": self.reason(),
            "prompt_tokens": prompt,
            "completion_tokens": completion,
        });
        format!(": handover {record}\n\n")
    }
}

/// `text` with everything that a header cannot hold replaced.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}
