//! The log: one line per request, when it has ended, from the record that also wrote its headers; and a line for what
//! an operator wants to know at once, a breaker's move and a hand-over in the middle of an answer.

use handover_dialect::hub::Usage;
use handover_dispatch::{AttemptEvent, BreakerEvent, HandOverEvent, HandedOver, Outcome, Served};
use handover_policy::Stopped;
use std::time::Duration;

/// A request has ended.
pub(crate) fn request(served: &Served) {
    if let Some(model) = served.other_model() {
        let (request_id, target) = (&*served.request_id, served.target.as_deref());
        tracing::warn!(request_id, target, model, "the provider names a model that it was not asked for");
    }
    let tried: Vec<String> = served.attempts.iter().map(|a| format!("{} {}", a.target, a.words)).collect();
    let handed_over: Vec<String> = served.hand_overs.iter().map(seam).collect();
    // Of an answer that one target wrote, it is what the caller is told.
    let billed = (!served.hand_overs.is_empty()).then(|| billed(served));
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
        handed_over = (!handed_over.is_empty()).then(|| handed_over.join("; ")),
        stopped = served.stopped.map(Stopped::code),
        dropped = (!served.dropped.is_empty()).then_some(served.dropped.as_str()),
        stream = served.stream,
        first_token_ms = served.first_token.map(ms),
        took_ms = ms(served.took),
        prompt_tokens = served.usage.prompt,
        completion_tokens = served.usage.completion,
        billed_prompt_tokens = billed.and_then(|billed| billed.0),
        billed_completion_tokens = billed.and_then(|billed| billed.1),
        error = served.detail.as_deref().filter(|_| served.outcome != Outcome::Complete),
    );
}

/// Tokens of all targets that wrote a part of the answer, of the prompt and of the text.
fn billed(served: &Served) -> (Option<u64>, Option<u64>) {
    let parts = || served.hand_overs.iter().map(|handed| handed.usage).chain([served.billed]);
    let sum =
        |of: fn(&Usage) -> Option<u64>| parts().filter_map(|usage| of(&usage)).reduce(u64::saturating_add);
    (sum(|usage| usage.prompt), sum(|usage| usage.completion))
}

/// `a/x to b/y after 84 tokens (stalled, prefill)`.
fn seam(handed: &HandedOver) -> String {
    let HandedOver { from, to, code, how, delivered_tokens, .. } = handed;
    format!("{from} to {to} after {delivered_tokens} tokens ({code}, {how})")
}

/// A target goes on with an answer that another has begun.
pub(crate) fn hand_over(event: &HandOverEvent<'_>) {
    let HandOverEvent { request_id, route, handed } = event;
    let HandedOver { from, to, code, words: _, how, delivered_tokens, at: _, silence, usage: _ } = handed;
    let (from, to, silence_ms) = (&**from, &**to, ms(*silence));
    // Like a breaker that opens: callers are served, and a provider is not well.
    tracing::warn!(
        request_id,
        route,
        from,
        to,
        reason = code,
        how,
        delivered_tokens,
        silence_ms,
        "an answer broke off and another target goes on with it"
    );
}

/// A circuit breaker has moved.
pub(crate) fn breaker(moved: &BreakerEvent<'_>) {
    let BreakerEvent { provider, lane, from, to } = moved;
    let (model, key) = lane.map_or((None, None), |(model, key)| (Some(model), Some(key)));
    match *to {
        "open" => tracing::warn!(provider, model, key, from, "resting after failures"),
        _ => tracing::info!(provider, model, key, from, to, "recovering"),
    }
}

/// An attempt has begun to answer, or has failed.
pub(crate) fn attempt(attempt: &AttemptEvent<'_>) {
    let AttemptEvent { request_id, target, key, code, took } = attempt;
    tracing::debug!(request_id, target = &***target, key, code, took_ms = took.as_millis() as u64, "attempt");
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
