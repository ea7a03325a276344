//! What the caller gets in the end: an answer that has begun, a target's last word, or an answer that was kept.

use crate::ask::{Answer, Won};
use crate::cache::{Keeping, Kept};
use crate::path::Path;
use crate::{Outcome, Progress, Relay, Reply, Target, Upstream};
use handover_dialect::hub::{FinishReason, Losses};
use handover_policy::{Failure, Kind, Signal, tell_caller, tell_exhausted};
use http::header::AGE;
use http::{HeaderMap, HeaderValue};
use std::time::Duration;

impl<U: Upstream> Path<U> {
    /// An answer has begun: this target serves.
    pub(crate) fn commit(mut self, target: &Target, won: Won<U>) -> Reply<U> {
        let Won { answer, losses, mut permit, started, first_token, how } = won;
        let dialect = self.incoming.call.dialect;
        // What several models wrote is nobody's to give again.
        let keeping = self.keeping().filter(|_| how.is_none());
        self.serves(target, permit.key, &losses);
        let served = &mut self.account.served;
        served.started = Some(started);
        served.first_token = Some(first_token);
        served.status = 200;
        if let Some(how) = how {
            self.handed_over(&target.id, how);
        }
        // A backup's limits are not the lead's: only who is asked first speaks of them.
        let is_lead = self.lead.as_ref().is_some_and(|lead| lead.id == target.id);
        let native = is_lead && target.provider.dialect == dialect;
        match answer {
            Answer::Whole { headers, reader, body } => {
                permit.finished();
                let mut out = self.account.headers("application/json", dialect);
                pass_on(native, &headers, &mut out);
                self.incoming.tell(Progress::Serves(&self.account.served));
                self.account.end(Outcome::Complete, Some(&reader), None);
                if let (Some(mut keeping), Some(FinishReason::Stop)) = (keeping, reader.finish()) {
                    let served = &self.account.served;
                    keeping.push(&body);
                    keeping.keep(false, target.id.clone(), served.model.clone(), served.signal);
                }
                Reply::Whole { status: 200, headers: out, body }
            }
            Answer::Stream(begun) => {
                let mut out = self.account.headers(EVENTS, dialect);
                stream_headers(&mut out);
                pass_on(native, &begun.headers, &mut out);
                // `headers` has brought the attempts of the record up to now.
                self.incoming.tell(Progress::Serves(&self.account.served));
                let relay = Relay::new(*begun, Box::new(self), permit, keeping);
                Reply::Stream { headers: out, relay: Box::new(relay) }
            }
        }
    }

    /// From here on this target serves.
    pub(crate) fn serves(&mut self, target: &Target, key: usize, losses: &Losses) {
        // The lead of another route, asked as a backup on the caller's own list, is not this request's lead.
        let own_list = !self.incoming.call.fallbacks.is_empty();
        let is_leads = self
            .lead
            .as_ref()
            .is_some_and(|lead| lead.id == target.id || (lead.group.is_some() && lead.group == target.group));
        let served = &mut self.account.served;
        served.target = Some(target.id.clone());
        served.key = key;
        // Some providers name no model in their answers; one that does is taken at its word.
        served.model = Some(target.spec.model.clone());
        served.signal = Signal::of(target.signal.filter(|level| *level < 4 || is_leads || !own_list));
        served.dropped = losses.to_string();
    }

    /// A target's word is final: the caller gets it, as the provider wrote it where both speak the same dialect. A
    /// server that speaks it badly has its words put into an error that the caller's client can read.
    pub(crate) fn give_up(mut self, target: &Target, failure: &Failure) -> Reply<U> {
        let dialect = self.incoming.call.dialect;
        let error = if failure.kind == Kind::Deadline {
            self.failures.push((target.id.to_string(), failure.clone()));
            tell_exhausted(&self.failures)
        } else {
            tell_caller(&target.id, failure)
        };
        let native = target.provider.dialect == dialect;
        let said = failure.error.as_deref().filter(|said| native && said.is_written_in(dialect));
        if let (Kind::Status(status), Some(said)) = (&failure.kind, said) {
            self.account.served.status = *status;
            let mut headers = self.account.headers("application/json", dialect);
            if *status >= 429 {
                // Clients retry these by themselves, and no retry cures what is a target's last word.
                headers.insert("x-should-retry", HeaderValue::from_static("false"));
            }
            self.account.end(Outcome::Failed, None, Some(error.message));
            return Reply::Whole { status: *status, headers, body: said.raw.clone() };
        }
        self.account.refuse(dialect, &error)
    }

    /// The place where this request's answer may be kept.
    fn keeping(&self) -> Option<Keeping> {
        let (key, settings) = (self.cache_key.clone()?, self.settings.cache?);
        Some(Keeping::new(key, self.engine.cache.clone(), settings))
    }

    /// An answer to the same request that is not older than `most`.
    pub(crate) fn cached(&self, most: Duration) -> Option<(Kept, Duration)> {
        let (kept, age) = self.engine.cache.find(self.cache_key.as_ref()?, most)?;
        // A caller that wants one model, or only its own list, is not told what another said.
        self.targets.iter().any(|target| target.id == kept.target).then_some((kept, age))
    }

    /// An answer for when nobody can answer.
    pub(crate) fn stale(&self) -> Option<(Kept, Duration)> {
        self.cached(self.settings.cache?.stale_if_error)
    }

    /// Gives an answer that was kept, marked with its age.
    pub(crate) fn give_cached(mut self, (kept, age): (Kept, Duration)) -> Reply<U> {
        let served = &mut self.account.served;
        served.target = Some(kept.target);
        served.model = kept.model;
        served.signal = kept.signal;
        served.cached = Some(age);
        served.status = 200;
        let content_type = if kept.stream { EVENTS } else { "application/json" };
        let mut headers = self.account.headers(content_type, self.incoming.call.dialect);
        if kept.stream {
            stream_headers(&mut headers);
        }
        headers.insert(AGE, HeaderValue::from(age.as_secs()));
        self.account.end(Outcome::Complete, None, None);
        Reply::Whole { status: 200, headers, body: kept.body }
    }
}

const EVENTS: &str = "text/event-stream; charset=utf-8";

fn stream_headers(headers: &mut HeaderMap) {
    headers.insert("cache-control", HeaderValue::from_static("no-cache"));
    // Proxies in front of us must not gather the stream (nginx's word for it).
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
}

/// A provider's headers that mean something to a caller of its own dialect: its limits and its timing. Everything
/// else stays here (an allow-list: what is not named cannot leak).
fn pass_on(native: bool, from: &HeaderMap, to: &mut HeaderMap) {
    if !native {
        return;
    }
    for (name, value) in from {
        let text = name.as_str();
        let limits = text.starts_with("x-ratelimit-") || text.starts_with("anthropic-ratelimit-");
        if limits || matches!(text, "openai-processing-ms" | "openai-version") {
            to.append(name.clone(), value.clone());
        } else if matches!(text, "x-request-id" | "request-id") {
            to.insert("x-handover-upstream-request-id", value.clone());
        }
    }
}
