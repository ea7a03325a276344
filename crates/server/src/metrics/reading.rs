//! What a request's record says, in the terms of the metrics.

use handover_dispatch::{Attempted, Outcome, Served};
use std::sync::Arc;
use std::time::Duration;

/// Whether a target was asked for what the caller got.
pub(super) fn is_asked(served: &Served) -> bool {
    served.target.is_some() && served.cached.is_none()
}

/// Who began the answer: the first of several that wrote it.
pub(crate) fn first_target(served: &Served) -> Option<&Arc<str>> {
    served.hand_overs.first().map(|handed| &handed.from).or(served.target.as_ref())
}

/// When whoever began the answer was asked.
pub(crate) fn began(served: &Served) -> Option<Duration> {
    match served.hand_overs.first() {
        // Of an answer that was put together here, `started` is when the last one was asked.
        Some(handed) if !served.stream => {
            let broke =
                |a: &&Attempted| a.target == handed.from && a.code == handed.code && a.at <= handed.at;
            served.attempts.iter().rev().find(broke).map(|attempt| attempt.at)
        }
        Some(_) | None => served.started,
    }
}

/// Who began a stream, and how long that took. Only a stream shows when its first token came.
pub(crate) fn first_token(served: &Served) -> Option<(&Arc<str>, Duration)> {
    let begun = served.first_token.filter(|_| served.stream && is_asked(served))?;
    Some((first_target(served)?, begun.saturating_sub(served.started.unwrap_or_default())))
}

/// What went wrong, for `error_type`; empty, which Prometheus takes for no label, when nothing did.
pub(super) fn error_type(served: &Served) -> &'static str {
    match served.outcome {
        Outcome::Complete => "",
        Outcome::Interrupted => "stream_interrupted",
        Outcome::Cancelled => "cancelled",
        Outcome::Failed => {
            let asked = served.attempts.iter().rev().find(|attempt| attempt.asked);
            asked.or(served.attempts.last()).map_or("refused", |attempt| attempt.code)
        }
    }
}
