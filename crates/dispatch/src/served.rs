//! Who served: one record, from which everything that says so is made.

use handover_dialect::hub::Usage;
use handover_policy::{Signal, Stopped};
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
    /// It had begun to serve, and broke off.
    pub broke_off: bool,
}

/// A target took over in the middle of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// Who stopped (`provider/model`).
    pub from: Arc<str>,
    /// Who went on.
    pub to: Arc<str>,
    /// What went wrong, in one word.
    pub code: &'static str,
    /// The same in a few words for people.
    pub words: String,
    /// How the answer was gone on with: `prefill`, `instructed`, or `restart` when the caller had seen nothing of it.
    pub how: &'static str,
    /// About how many tokens the caller had.
    pub delivered_tokens: u64,
    /// From the request's arrival to the break.
    pub at: Duration,
    /// From the break to the next word.
    pub silence: Duration,
    /// Tokens of the target that stopped: what it counted, and where it did not come to that, what the caller got.
    pub usage: Usage,
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
    /// From the request's arrival to the first sign of life of the answer: its first content, or the first piece of a
    /// tool call, which is held until the call is whole.
    pub first_token: Option<Duration>,
    /// From the request's arrival to its end.
    pub took: Duration,
    /// Tokens as the caller is told: of an answer that several targets wrote, the prompt once and all of the text.
    pub usage: Usage,
    /// Tokens counted by the target that served, the last one of several.
    pub billed: Usage,
    /// Targets that took over in the middle of the answer, in order.
    pub hand_overs: Vec<HandedOver>,
    /// Why nobody went on with an answer that broke off.
    pub stopped: Option<Stopped>,
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
const HAND_OVER: HeaderName = HeaderName::from_static("x-handover-hand-over");
const CACHE: HeaderName = HeaderName::from_static("x-handover-cache");
const DROPPED: HeaderName = HeaderName::from_static("x-handover-dropped");

impl Served {
    /// How many targets went on with text of another's. To begin anew, where the caller had seen nothing, is not one.
    #[must_use]
    pub fn taken_over(&self) -> u32 {
        let count = self.hand_overs.iter().filter(|handed| handed.how != "restart").count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Attempts made, the one that served included.
    #[must_use]
    pub fn attempt_count(&self) -> usize {
        let served = self.target.is_some() && self.cached.is_none() && !self.has_broken_off();
        self.attempts.iter().filter(|a| a.asked).count() + usize::from(served)
    }

    /// Whether the attempt that wrote the last part of the answer stands among those that failed: it broke off, and
    /// nobody went on.
    #[must_use]
    pub fn has_broken_off(&self) -> bool {
        self.attempts.iter().filter(|attempt| attempt.broke_off).count() > self.hand_overs.len()
    }

    /// The model the provider names, when it is not the one it was asked for: `gpt-4o-mini-2024-07-18` is
    /// `gpt-4o-mini`, `gpt-4o` is not. Told as it is, never rewritten; whoever runs the gateway should know
    /// (resilience notes, B27).
    #[must_use]
    pub fn other_model(&self) -> Option<&str> {
        let said = self.model.as_deref()?;
        let (_, asked) = self.target.as_deref()?.split_once('/')?;
        let name = |model: &str| {
            let name = model.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            name.trim_end_matches("-latest").trim_end_matches(":latest").to_owned()
        };
        let (theirs, ours) = (name(said), name(asked));
        // A version hangs on a name by a dash, an at sign or a colon; `gpt-4o-mini` is no version of `gpt-4o`.
        let version = |longer: &str, shorter: &str| {
            longer.strip_prefix(shorter).is_some_and(|rest| {
                rest.is_empty()
                    || rest.starts_with(['-', '@', ':']) && rest.contains(|c: char| c.is_ascii_digit())
            })
        };
        (!version(&theirs, &ours) && !version(&ours, &theirs)).then_some(said)
    }

    /// Why the first target that was asked did not serve; `None` when it did, be it with its second key.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        // A hedge that was begun later and lost says nothing about the lead.
        let before = |a: &&Attempted| {
            self.started.is_none_or(|started| a.at <= started && a.code != "outpaced" || a.at < started)
        };
        let others = self.attempts.iter().filter(|a| self.target.as_ref() != Some(&a.target));
        let failed = others.into_iter().find(before).map(|a| a.code);
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
        if let Some(handed) = self.hand_overs.last() {
            // Only an answer in one piece knows of it before its head is sent.
            let told = format!(
                "from={}; reason={}; how={}; delivered_tokens={}",
                handed.from, handed.code, handed.how, handed.delivered_tokens
            );
            if let Ok(value) = HeaderValue::try_from(printable(&told)) {
                headers.insert(HAND_OVER, value);
            }
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
        let mut record = serde_json::json!({
            "request_id": &*self.request_id,
            "served": self.target.as_deref(),
            "model": self.model,
            "signal": self.signal.as_str(),
            "attempts": self.attempt_count(),
            "reason": self.reason(),
            "prompt_tokens": prompt,
            "completion_tokens": completion,
        });
        if let (false, Some(record)) = (self.hand_overs.is_empty(), record.as_object_mut()) {
            let hand_overs = self.hand_overs.iter().map(|handed| {
                serde_json::json!({
                    "from": &*handed.from, "to": &*handed.to, "reason": handed.code, "how": handed.how,
                    "delivered_tokens": handed.delivered_tokens,
                })
            });
            record.insert("hand_overs".to_owned(), hand_overs.collect());
        }
        format!(": handover {record}\n\n")
    }
}

/// `text` with everything that a header cannot hold replaced.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_answers_with_another_model_is_noticed_and_a_dated_name_is_not() {
        let other = |asked: &str, said: Option<&str>| {
            let served = Served {
                request_id: "req".into(),
                asked: "default".into(),
                route: None,
                target: Some(format!("p/{asked}").into()),
                model: said.map(str::to_owned),
                signal: Signal::Full,
                attempts: Vec::new(),
                key: 0,
                started: None,
                canary: false,
                cached: None,
                dropped: String::new(),
                status: 200,
                stream: false,
                first_token: None,
                took: Duration::ZERO,
                usage: Usage::default(),
                billed: Usage::default(),
                hand_overs: Vec::new(),
                stopped: None,
                outcome: Outcome::Complete,
                detail: None,
            };
            served.other_model().is_some()
        };
        assert!(!other("gpt-4o-mini", None));
        for same in [
            ("gpt-4o-mini", "gpt-4o-mini"),
            ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
            ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
            ("claude-haiku-4-5", "claude-haiku-4-5-20251001"),
            ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
            ("meta-llama/Llama-3.1-8B", "llama-3.1-8b"),
            ("llama3", "llama3:latest"),
        ] {
            assert!(!other(same.0, Some(same.1)), "{same:?}");
        }
        for wrong in
            [("gpt-4o", "gpt-4o-mini"), ("gpt-4o", "gpt-3.5-turbo"), ("claude-opus-4", "claude-haiku-4-5")]
        {
            assert!(other(wrong.0, Some(wrong.1)), "{wrong:?}");
        }
    }
}
