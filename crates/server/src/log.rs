//! The access log: one line per request, when it has ended, from the record that also wrote its headers.

use handover_dispatch::{Observer, Outcome, Served};

/// Writes each request to the log.
#[derive(Debug, Clone, Copy)]
pub struct AccessLog;

impl Observer for AccessLog {
    fn served(&self, served: &Served) {
        let tried: Vec<String> =
            served.attempts.iter().map(|a| format!("{} {}", a.target, a.words)).collect();
        let ms = |d: std::time::Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            target: "handover::access",
            request_id = &*served.request_id,
            status = served.status,
            outcome = served.outcome.as_str(),
            asked = &*served.asked,
            route = served.route.as_deref(),
            served = served.target.as_deref(),
            model = served.model.as_deref(),
            signal = served.target.as_ref().map(|_| served.signal.as_str()),
            attempts = served.attempt_count(),
            tried = (!tried.is_empty()).then(|| tried.join("; ")),
            dropped = (!served.dropped.is_empty()).then_some(served.dropped.as_str()),
            stream = served.stream,
            first_token_ms = served.first_token.map(ms),
            took_ms = ms(served.took),
            prompt_tokens = served.usage.prompt,
            completion_tokens = served.usage.completion,
            error = served.detail.as_deref().filter(|_| served.outcome != Outcome::Complete),
        );
    }
}
