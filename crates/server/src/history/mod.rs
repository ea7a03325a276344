//! The last hour, minute by minute, for the status page and `handover top`.
//!
//! # Invariants
//! * Bounded: only targets that the configuration names are kept, 60 minutes of each, and at most
//!   [`switches::MOST_SWITCHES`] switches. What a caller makes up is under no key.
//! * Everything comes from the events that log, metrics and stories are made of.
//! * The wall clock may be set, forwards or back, at any time: nothing panics, and nothing is lost but what the clock
//!   itself has jumped over.
//! * One short lock per target, and one for what is counted of all requests; never held across anything that waits.

mod ring;
mod switches;
mod times;

use crate::chains::{Chains, cents};
use crate::metrics;
use handover_dispatch::{AttemptEvent, HandOverEvent, Outcome, Served};
use handover_policy::Signal;
use parking_lot::Mutex;
use ring::Ring;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use switches::Switches;
use times::Times;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// Minutes that are kept.
const MINUTES: usize = 60;
/// Minutes of a target's heartbeat, and of its success.
const BEATS: usize = 30;
/// Minutes that say whether a target is slow.
const SLOW_MINUTES: usize = 5;
/// Days of which costs are kept: a clock that is set back over midnight for a moment loses nothing.
const DAYS: usize = 2;
/// The request id under which a probe's attempt is told.
const PROBE: &str = "probe";

/// Failures that say nothing of the target: what the caller asked for, or how long it would wait.
const NOT_ITS_OWN: [&str; 12] = [
    "bad_request",
    "unsupported_field",
    "foreign_state",
    "prefill",
    "unsupported",
    "context_length",
    "too_large",
    "policy",
    "deadline",
    "no_seam",
    "cancelled",
    "outpaced",
];

/// Levels as they are told, and `failed`.
const KINDS: [&str; 6] = ["4", "3", "2", "1", "unrated", "failed"];

/// One minute of a target.
#[derive(Debug, Default)]
struct Minute {
    /// Attempts that began to answer.
    ok: u32,
    /// Attempts that did not, or broke off.
    failed: u32,
    /// Streams whose first word took more than half of what is allowed.
    slow: u32,
    first_tokens: Times,
}

/// One target.
#[derive(Debug)]
struct OfTarget {
    minutes: Ring<Minute>,
    /// Day by day.
    cost: Ring<DayCost>,
    last_error: Option<LastError>,
}

/// What a target's answers of a day cost.
#[derive(Debug, Default)]
struct DayCost {
    /// US dollars, of the answers that told their tokens.
    known: Option<f64>,
    /// An answer did not tell.
    has_unknown: bool,
}

#[derive(Debug, Clone)]
struct LastError {
    code: &'static str,
    words: String,
    at_ms: u64,
}

/// One minute of all requests.
#[derive(Debug, Default)]
struct Answers {
    /// As [`KINDS`] has them.
    counts: [u32; KINDS.len()],
    /// US dollars, of what has a price.
    cost: Option<f64>,
}

/// The last hour.
#[derive(Debug)]
pub(crate) struct History {
    targets: HashMap<Arc<str>, Mutex<OfTarget>>,
    answers: Mutex<Ring<Answers>>,
    switches: Mutex<Switches>,
    /// Before it nothing is known.
    began_ms: u64,
    has_prices: bool,
}

/// The minute that a moment belongs to.
fn minute(at_ms: u64) -> u64 {
    at_ms / MINUTE_MS
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Whether a caller was left without what it came for, and it was not its own doing.
pub(crate) fn is_failed(served: &Served) -> bool {
    match served.outcome {
        Outcome::Interrupted => true,
        Outcome::Failed => served.route.is_some() && !is_callers_mistake(served.status),
        Outcome::Complete | Outcome::Cancelled => false,
    }
}

/// Whether a status says that the request itself was wrong.
pub(crate) fn is_callers_mistake(status: u16) -> bool {
    (400..500).contains(&status) && status != 429
}

impl History {
    /// For the targets of a configuration, from now on.
    pub(crate) fn new(chains: &Chains, now_ms: u64) -> Self {
        let of_target = || OfTarget { minutes: Ring::new(MINUTES), cost: Ring::new(DAYS), last_error: None };
        Self {
            targets: chains.targets().map(|(id, _)| (id.clone(), Mutex::new(of_target()))).collect(),
            answers: Mutex::new(Ring::new(MINUTES)),
            switches: Mutex::default(),
            began_ms: now_ms,
            has_prices: chains.targets().any(|(_, facts)| facts.price.is_some()),
        }
    }

    /// An attempt has begun to answer, or has failed.
    pub(crate) fn attempt(&self, event: &AttemptEvent<'_>, now_ms: u64) {
        let AttemptEvent { request_id, target, key: _, code, took: _ } = event;
        let Some(of_target) = self.targets.get(*target) else { return };
        let mut of_target = of_target.lock();
        let is_own = !NOT_ITS_OWN.contains(code);
        if let Some(minute) = of_target.minutes.at(minute(now_ms), minute(now_ms)) {
            match *code {
                "ok" => minute.ok = minute.ok.saturating_add(1),
                _ if is_own => minute.failed = minute.failed.saturating_add(1),
                _ => {}
            }
        }
        // Of a request's attempts the words come with its record; of a probe this is all there is.
        if *request_id == PROBE && *code != "ok" && is_own {
            let words = code.replace('_', " ");
            of_target.last_error = Some(LastError { code, words, at_ms: now_ms });
        }
    }

    /// A target goes on with an answer that another has begun.
    pub(crate) fn handed_over(&self, event: &HandOverEvent<'_>, now_ms: u64) {
        self.switches.lock().handed_over(event, now_ms);
    }

    /// A request has ended.
    pub(crate) fn served(&self, served: &Served, chains: &Chains, now_ms: u64) {
        let arrived_ms = now_ms.saturating_sub(ms(served.took));
        self.count_answer(served, chains.cost(served), now_ms);
        self.note_failures(served, arrived_ms, now_ms);
        if let Some((target, took)) = metrics::first_token(served) {
            let begun_ms = arrived_ms.saturating_add(ms(served.first_token.unwrap_or_default()));
            let limit = chains.facts(target).map(|facts| facts.first_token);
            self.note_first_token(target, took, limit, begun_ms, now_ms);
        }
        if served.cached.is_none() {
            let parts = served.hand_overs.iter().map(|handed| (&handed.from, handed.usage));
            let last = served.target.iter().map(|target| (target, served.billed));
            for (target, usage) in parts.chain(last) {
                self.note_cost(target, chains.cost_of(target, usage), now_ms);
            }
        }
        self.switches.lock().served(served, arrived_ms);
    }

    fn count_answer(&self, served: &Served, cost: Option<f64>, now_ms: u64) {
        let has_begun = served.target.is_some() && (served.first_token.is_some() || served.cached.is_some());
        let kind = match (is_failed(served), served.signal) {
            (true, _) => 5,
            // Nobody answered, and nobody is to blame: the caller's own mistake, or it left before the first word.
            (false, _) if served.target.is_none() => return,
            (false, _) if served.outcome == Outcome::Cancelled && !has_begun => return,
            (false, Signal::Full) => 0,
            (false, Signal::Good) => 1,
            (false, Signal::Reduced) => 2,
            (false, Signal::Basic) => 3,
            (false, Signal::Unrated) => 4,
        };
        let mut answers = self.answers.lock();
        let Some(minute) = answers.at(minute(now_ms), minute(now_ms)) else { return };
        if let Some(count) = minute.counts.get_mut::<usize>(kind) {
            *count = count.saturating_add(1);
        }
        if let Some(cost) = cost {
            minute.cost = Some(minute.cost.unwrap_or_default() + cost);
        }
    }

    /// What went wrong, target by target, in words. An attempt that broke off was counted as good at its first word.
    fn note_failures(&self, served: &Served, arrived_ms: u64, now_ms: u64) {
        let own = |code: &str| !NOT_ITS_OWN.contains(&code);
        for attempt in served.attempts.iter().filter(|attempt| attempt.asked && own(attempt.code)) {
            let Some(of_target) = self.targets.get(&attempt.target) else { continue };
            let at_ms = arrived_ms.saturating_add(ms(attempt.at.saturating_add(attempt.took)));
            let mut of_target = of_target.lock();
            if of_target.last_error.as_ref().is_none_or(|last| last.at_ms <= at_ms || last.at_ms > now_ms) {
                let words = crate::stories::cut(attempt.words.clone());
                of_target.last_error = Some(LastError { code: attempt.code, words, at_ms });
            }
            if attempt.broke_off {
                of_target.take_back(minute(at_ms), minute(now_ms));
            }
        }
    }

    fn note_first_token(
        &self,
        target: &str,
        took: Duration,
        limit: Option<Duration>,
        begun_ms: u64,
        now_ms: u64,
    ) {
        let Some(of_target) = self.targets.get(target) else { return };
        let mut of_target = of_target.lock();
        let Some(minute) = of_target.minutes.at(minute(begun_ms), minute(now_ms)) else { return };
        minute.first_tokens.note(took);
        if limit.is_some_and(|limit| took > limit / 2) {
            minute.slow = minute.slow.saturating_add(1);
        }
    }

    fn note_cost(&self, target: &str, cost: Option<f64>, now_ms: u64) {
        let Some(of_target) = self.targets.get(target) else { return };
        let today = now_ms / DAY_MS;
        if let Some(day) = of_target.lock().cost.at(today, today) {
            day.has_unknown |= cost.is_none();
            if let Some(cost) = cost {
                day.known = Some(day.known.unwrap_or_default() + cost);
            }
        }
    }

    /// Whether the first words of a target come late: of the last five minutes' more than five in a hundred took more
    /// than half of what is allowed.
    pub(crate) fn is_slow(&self, target: &str, now_ms: u64) -> bool {
        let Some(of_target) = self.targets.get(target) else { return false };
        let of_target = of_target.lock();
        let minutes = of_target.minutes.last(SLOW_MINUTES, minute(now_ms)).flatten();
        let (slow, all) = minutes.fold((0, 0), |(slow, all), minute| {
            (slow + u64::from(minute.slow), all + minute.first_tokens.count())
        });
        slow * 20 > all
    }

    /// All of it; `docs/reference/http.md` explains each field.
    pub(crate) fn json(&self, chains: &Chains, now_ms: u64) -> Value {
        let now = minute(now_ms);
        let target = |(id, of_target): (&Arc<str>, &Mutex<OfTarget>)| {
            let has_price = chains.facts(id).is_some_and(|facts| facts.price.is_some());
            (id.to_string(), of_target.lock().json(has_price, now_ms))
        };
        let targets: Map<String, Value> = self.targets.iter().map(target).collect();
        let (answers, cost): (Vec<Value>, Vec<Value>) = {
            let answers = self.answers.lock();
            let first = now.saturating_sub(MINUTES as u64 - 1);
            (first..).zip(answers.last(MINUTES, now)).map(|(at, minute)| self.minute(at, minute)).unzip()
        };
        json!({
            "at_ms": now_ms,
            "minute_ms": now * MINUTE_MS,
            "currency": CURRENCY,
            "targets": targets,
            "answers": answers,
            "cost": cost,
            "switches": self.switches.lock().json(),
        })
    }

    /// One minute of all requests: answers by level, and what they cost.
    fn minute(&self, at: u64, minute: Option<&Answers>) -> (Value, Value) {
        let counts = minute.map(|minute| minute.counts).unwrap_or_default();
        let by_kind: Map<String, Value> =
            KINDS.iter().zip(counts).map(|(kind, count)| ((*kind).to_owned(), count.into())).collect();
        // A minute without an answer cost nothing; of one before the start, nobody knows.
        let is_quiet = counts.iter().all(|count| *count == 0);
        let free = self.has_prices && is_quiet && at >= self.began_ms / MINUTE_MS;
        let cost = minute.and_then(|minute| minute.cost).or(free.then_some(0.0));
        (Value::Object(by_kind), json!(cost.map(cents)))
    }
}

/// What prices are in.
pub(crate) const CURRENCY: &str = "USD";

impl OfTarget {
    /// An attempt that was good has broken off: it failed, in the minute in which it broke.
    fn take_back(&mut self, broke: u64, now: u64) {
        let good = (0..MINUTES as u64).filter_map(|ago| broke.checked_sub(ago)).find(|at| {
            let minute = self.minutes.last(1, *at).next().flatten();
            minute.is_some_and(|minute| minute.ok > 0)
        });
        if let Some(minute) = good.and_then(|at| self.minutes.at(at, now)) {
            minute.ok -= 1;
        }
        if let Some(minute) = self.minutes.at(broke, now) {
            minute.failed = minute.failed.saturating_add(1);
        }
    }

    fn p95(&self, minutes: usize, now: u64) -> Option<u32> {
        let mut all = Times::default();
        self.minutes.last(minutes, now).flatten().for_each(|minute| all.add(&minute.first_tokens));
        all.p95()
    }

    /// Attempts of the last 60 seconds: this minute's, and of the one before as much as reaches into them.
    fn per_minute(&self, now_ms: u64) -> u64 {
        let counts = self.minutes.last(2, minute(now_ms)).map(|minute| {
            minute.map_or(0, |minute| u64::from(minute.ok).saturating_add(minute.failed.into()))
        });
        let [before, this] = <[u64; 2]>::try_from(counts.collect::<Vec<_>>()).unwrap_or_default();
        let left = MINUTE_MS - now_ms % MINUTE_MS;
        this.saturating_add((before.saturating_mul(left) + MINUTE_MS / 2) / MINUTE_MS)
    }

    fn json(&self, has_price: bool, now_ms: u64) -> Value {
        let now = minute(now_ms);
        let beats: Vec<[u32; 3]> = self
            .minutes
            .last(BEATS, now)
            .map(|minute| minute.map_or([0; 3], |minute| [minute.ok, minute.failed, minute.slow]))
            .collect();
        let sum =
            |of: usize| beats.iter().filter_map(|beat| beat.get(of)).map(|n| f64::from(*n)).sum::<f64>();
        let (ok, failed) = (sum(0), sum(1));
        let success = (ok + failed > 0.0).then(|| (ok / (ok + failed) * 1000.0).round() / 1000.0);
        // A day without an answer costs nothing; one whose answers told nothing costs nobody knows what.
        let today = self.cost.last(1, now_ms / DAY_MS).next().flatten();
        let today = today.map_or(Some(0.0), |day| day.known.or((!day.has_unknown).then_some(0.0)));
        let first_tokens: Vec<Option<u32>> =
            self.minutes.last(MINUTES, now).map(|minute| minute?.first_tokens.p95()).collect();
        json!({
            "beats": beats,
            "success": success,
            "first_token_p95_ms": self.p95(BEATS, now),
            "per_minute": self.per_minute(now_ms),
            "cost_today": today.filter(|_| has_price).map(cents),
            "last_error": self.last_error.as_ref().map(|last| {
                json!({"code": last.code, "words": last.words, "at_ms": last.at_ms})
            }),
            "first_token_p95": first_tokens,
        })
    }
}

#[cfg(test)]
mod tests;
