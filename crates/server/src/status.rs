//! How things stand: who would answer now, route by route, target by target.

use crate::history::CURRENCY;
use crate::telemetry::Telemetry;
use handover_dispatch::{KeyState, TargetState};
use handover_policy::{BreakerState, Signal};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Who answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The lead, or a member of its group of equals.
    Lead,
    /// A backup.
    Backup,
    /// Nobody is known to be able to. The one that rests the shortest would be asked all the same.
    Nobody,
}

impl Level {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Level::Lead => "lead",
            Level::Backup => "backup",
            Level::Nobody => "none",
        }
    }
}

/// Who would answer a request that comes now: the first that takes one, else the first that is full (a request
/// would wait for it) or being tried out.
pub(crate) fn answering(targets: &[TargetState]) -> (Level, Option<&TargetState>) {
    let first = |words: &[&str]| targets.iter().find(|target| words.contains(&target.word()));
    // One that is coming back counts once it takes most of its requests.
    let takes = |target: &&TargetState| match target.word() {
        "ready" => true,
        "ramping" => share(target) >= 0.5,
        _ => false,
    };
    // One that is being tried out counts once it has answered: until then it is as failed as it was.
    let takes_some = || first(&["ramping"]).or_else(|| first(&["full"]));
    match targets.iter().find(takes).or_else(takes_some) {
        Some(target) if Signal::of(target.signal) == Signal::Full => (Level::Lead, Some(target)),
        Some(target) => (Level::Backup, Some(target)),
        None => (Level::Nobody, None),
    }
}

/// The share of its requests that a target takes while it is coming back.
fn share(target: &TargetState) -> f64 {
    let of = |state: &BreakerState| if let BreakerState::Ramping { share } = state { *share } else { 1.0 };
    let keys = target.keys.iter().map(|key| of(&key.breaker)).fold(0.0, f64::max);
    keys.min(of(&target.provider))
}

/// The whole status; `docs/reference/http.md` explains each field.
pub(crate) fn json(
    routes: &[(Arc<str>, Vec<TargetState>)],
    waste: (u64, u64),
    now: Instant,
    telemetry: &Telemetry,
) -> Value {
    let level = routes.iter().map(|(_, targets)| answering(targets).0).max().unwrap_or(Level::Nobody);
    let (delivered, wasted) = waste;
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "at_ms": telemetry.now_ms(),
        "started_at_ms": telemetry.started_ms(),
        "requests": telemetry.requests(),
        "content_logged": telemetry.prompts.is_some(),
        "currency": CURRENCY,
        "level": level.as_str(),
        "routes": routes.iter().map(|(name, targets)| route(name, targets, now, telemetry)).collect::<Vec<_>>(),
        "last_hour": {"delivered_tokens": delivered, "wasted_tokens": wasted},
    })
}

fn route(name: &str, targets: &[TargetState], now: Instant, telemetry: &Telemetry) -> Value {
    let (level, who) = answering(targets);
    let (since_ms, failed_since) = telemetry.levels.look(name, level, telemetry.now_ms());
    json!({
        "name": name,
        "level": level.as_str(),
        "since_ms": since_ms,
        "failed_since": failed_since,
        "answering": who.map(|target| &*target.id),
        "targets": targets.iter().map(|state| target(name, state, now, telemetry)).collect::<Vec<_>>(),
    })
}

fn target(route: &str, state: &TargetState, now: Instant, telemetry: &Telemetry) -> Value {
    let facts = telemetry.chains().facts(&state.id);
    let in_chain = telemetry.chains().place(route, &state.id);
    let (provider, model) = state.id.split_once('/').unwrap_or((&state.id, ""));
    let signal = Signal::of(state.signal);
    let speed = telemetry.speed(&state.id);
    json!({
        "id": &*state.id,
        "provider": provider,
        "model": model,
        "place": in_chain.map(|(place, _)| place),
        "of": in_chain.map(|(_, of)| of),
        "state": state.word(),
        "is_off": state.is_off,
        "slow": telemetry.history.is_slow(&state.id, telemetry.now_ms()),
        "price": facts.and_then(|facts| facts.price).map(|price| {
            json!({"input": price.input, "output": price.output})
        }),
        "tried_again_in_s": state.rests_for(now).map(seconds),
        "signal": signal.as_str(),
        "signal_word": signal.word(),
        "provider_breaker": breaker(&state.provider, now),
        "keys": state.keys.iter().map(|lane| key(lane, now)).collect::<Vec<_>>(),
        "diverted_share": rounded(state.diverted),
        "last_answer_s": state.last_answer.map(seconds),
        "first_token_p50_ms": speed.map(|s| ms(s.p50)),
        "first_token_p95_ms": speed.map(|s| ms(s.p95)),
        "first_tokens": speed.map_or(0, |s| s.of),
    })
}

fn key(lane: &KeyState, now: Instant) -> Value {
    json!({
        "breaker": breaker(&lane.breaker, now),
        "rests_s": lane.rests.map(seconds),
        "in_flight": lane.in_flight,
        "limit": lane.limit,
    })
}

fn breaker(state: &BreakerState, now: Instant) -> Value {
    let (open_for, share) = match state {
        BreakerState::Open { until } => (Some(seconds(until.saturating_duration_since(now))), None),
        BreakerState::Ramping { share } => (None, Some(rounded(*share))),
        BreakerState::Closed | BreakerState::Probing => (None, None),
    };
    json!({"state": state.as_str(), "open_for_s": open_for, "share": share})
}

/// Seconds to a tenth: enough for a countdown.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain of states, each with its level: what the status says, and who answers.
    fn check(chain: &[(&str, Option<u8>)], level: Level, who: Option<usize>) {
        let now = Instant::now();
        let states: Vec<TargetState> = (0..).zip(chain).map(|(place, of)| state(place, of, now)).collect();
        let (seen, answering) = answering(&states);
        let ids = answering.map(|target| target.id.to_string());
        assert_eq!((seen, ids), (level, who.map(|place| format!("p/{place}"))), "{chain:?}");
    }

    fn state(place: u8, (word, signal): &(&str, Option<u8>), now: Instant) -> TargetState {
        let breaker = match *word {
            "resting" => BreakerState::Open { until: now + Duration::from_secs(5) },
            "testing" => BreakerState::Probing,
            "ramping" => BreakerState::Ramping { share: 0.5 },
            "returning" => BreakerState::Ramping { share: 0.3 },
            _ => BreakerState::Closed,
        };
        let limit = (*word == "full").then_some(1);
        let lane = KeyState { breaker, rests: None, in_flight: 1, limit };
        let made = TargetState {
            id: format!("p/{place}").into(),
            signal: *signal,
            provider: BreakerState::Closed,
            keys: vec![lane],
            diverted: 0.0,
            last_answer: None,
            is_off: *word == "off",
        };
        assert_eq!(made.word(), if *word == "returning" { "ramping" } else { *word });
        made
    }

    #[test]
    fn an_operator_is_told_who_answers_now() {
        let (lead, backup) = (Some(4), Some(2));
        check(&[("ready", lead), ("ready", backup)], Level::Lead, Some(0));
        check(&[("ramping", lead), ("ready", backup)], Level::Lead, Some(0));
        check(&[("returning", lead), ("ready", backup)], Level::Backup, Some(1));
        check(&[("returning", lead), ("resting", backup)], Level::Lead, Some(0));
        check(&[("resting", lead), ("ready", backup)], Level::Backup, Some(1));
        check(&[("testing", lead), ("ready", None)], Level::Backup, Some(1));
        check(&[("resting", lead), ("ready", lead), ("ready", backup)], Level::Lead, Some(1));
        check(&[("full", lead), ("ready", backup)], Level::Backup, Some(1));
        check(&[("full", lead), ("resting", backup)], Level::Lead, Some(0));
        check(&[("testing", lead), ("resting", backup)], Level::Nobody, None);
        check(&[("testing", lead)], Level::Nobody, None);
        check(&[("resting", lead), ("resting", backup)], Level::Nobody, None);
        // Whom its operator has put to rest does not answer, however well it is.
        check(&[("off", lead), ("ready", backup)], Level::Backup, Some(1));
        check(&[("off", lead), ("resting", backup)], Level::Nobody, None);
        check(&[("off", lead), ("off", backup)], Level::Nobody, None);
        // The lead was left out for want of its key: who stands first is still a backup.
        check(&[("ready", None)], Level::Backup, Some(0));
        check(&[], Level::Nobody, None);
    }

    #[test]
    fn one_route_without_anybody_is_not_hidden_by_another() {
        assert!(Level::Lead < Level::Backup && Level::Backup < Level::Nobody);
    }
}
