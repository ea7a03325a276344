//! How many calls may be under way at once with one key at one model.
//!
//! # Algorithm
//! Additive increase, multiplicative decrease, as Netflix's `AIMDLimit` does it. Its latency-based siblings (Gradient,
//! Vegas) do not fit: the time of an LLM call says how long the answer is, not how busy the provider is. What cuts the
//! limit is the provider's own "no" (429, 529).
//!
//! # Deviation
//! The resilience notes (C, "adaptive concurrency") start at 16. Here there is *no* limit until the provider has said
//! no or its headers give one: a start at 16 sends the 17th call of a healthy provider to a backup.
//!
//! # Invariants
//! * The configured cap always holds; the learnt limit is at least 1.
//! * A class of lower importance never takes the last places: under scarcity batch work is shed first.

use crate::Criticality;
use std::time::Duration;
use tokio::time::Instant;

/// What a "no" leaves of the calls under way, in tenths (resilience notes, C: 0.7).
const KEPT_TENTHS: u32 = 7;
/// At most one cut within this time: one overload refuses many calls at once.
const CUT_EVERY: Duration = Duration::from_secs(1);
/// No limit grows beyond this.
const MAX_LIMIT: u32 = 10_000;
/// The least that headers alone can lower an unknown limit to: what they say is an average.
const MIN_SEED: u32 = 4;
/// The share of the limit that ordinary calls may fill, percent; the rest is kept for critical ones.
const DEFAULT_PERCENT: u32 = 90;
/// The share of the limit that batch calls may fill, percent.
const BATCH_PERCENT: u32 = 50;

/// The limit on concurrent calls, and the calls.
#[derive(Debug, Clone)]
pub struct Concurrency {
    hard_cap: Option<u32>,
    /// What was learnt; none before the first "no".
    learnt: Option<u32>,
    in_flight: u32,
    /// Good answers since the limit last changed, while it was in use.
    successes: u32,
    last_cut: Option<Instant>,
}

impl Concurrency {
    /// No calls yet. `hard_cap` is the configuration's, and always holds; 0 is read as 1.
    #[must_use]
    pub fn new(hard_cap: Option<u32>) -> Self {
        Self {
            hard_cap: hard_cap.map(|c| c.max(1)),
            learnt: None,
            in_flight: 0,
            successes: 0,
            last_cut: None,
        }
    }

    /// How many calls may be under way; `None` while nothing limits them.
    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        match (self.learnt, self.hard_cap) {
            (Some(learnt), Some(cap)) => Some(learnt.min(cap)),
            (learnt, cap) => learnt.or(cap),
        }
    }

    /// How many calls are under way.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Takes a place if one is free for this class; give it back with [`Concurrency::leave`].
    pub fn try_enter(&mut self, criticality: Criticality) -> bool {
        let free = self.limit().is_none_or(|limit| self.in_flight < share(limit, criticality));
        if free {
            self.in_flight = self.in_flight.saturating_add(1);
        }
        free
    }

    /// Gives a place back. `good` says whether the call was answered.
    pub fn leave(&mut self, good: bool) {
        self.hand_on(good);
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A call has ended and its place goes to a waiting one at once. A limit that is in use (at least half full, as
    /// Netflix's) grows by one with every limit's worth of answers; with a queue it is in use as never else.
    pub fn hand_on(&mut self, good: bool) {
        let (Some(limit), Some(learnt)) = (self.limit(), self.learnt) else { return };
        if good && self.in_flight.saturating_mul(2) >= limit {
            self.successes = self.successes.saturating_add(1);
            if self.successes >= limit {
                self.successes = 0;
                self.learnt = Some(learnt.saturating_add(1).min(MAX_LIMIT));
            }
        }
    }

    /// The provider said that it is too much (429, 529). Call it before [`Concurrency::leave`]: the refused call
    /// counts as one of those under way.
    pub fn refused(&mut self, now: Instant) {
        if self.last_cut.is_some_and(|last| now.saturating_duration_since(last) < CUT_EVERY) {
            return;
        }
        self.last_cut = Some(now);
        self.successes = 0;
        let cut = (self.in_flight.saturating_mul(KEPT_TENTHS) / 10).clamp(1, MAX_LIMIT);
        // A refusal never raises a limit.
        self.learnt = Some(self.learnt.map_or(cut, |learnt| learnt.min(cut)));
    }

    /// Forgets what was learnt: the provider was down meanwhile, and what it refused then it may take now. Without
    /// this, a limit cut while one trial call was under way would grow by one with every round of answers, long after
    /// the ramp of the breaker is over.
    pub fn forget(&mut self) {
        (self.learnt, self.successes) = (None, 0);
    }

    /// Gives an unknown limit a start value from the provider's headers by Little's law: calls per second times
    /// seconds per call. Changes nothing once a limit is known.
    pub fn seed(&mut self, requests_per_minute: u64, mean_answer: Duration) {
        let calls = requests_per_minute as f64 * mean_answer.as_secs_f64() / 60.0;
        // A cast of a float saturates.
        self.learnt.get_or_insert((calls.ceil() as u32).clamp(MIN_SEED, MAX_LIMIT));
    }
}

/// How many places a class may fill. Ordinary calls round up, so that up to ten places nothing is held back.
fn share(limit: u32, criticality: Criticality) -> u32 {
    let limit = u64::from(limit);
    let places = match criticality {
        Criticality::Critical => limit,
        Criticality::Default if limit < 10 => limit,
        Criticality::Default => limit * u64::from(DEFAULT_PERCENT) / 100,
        Criticality::Batch => limit * u64::from(BATCH_PERCENT) / 100,
    };
    u32::try_from(places).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(concurrency: &mut Concurrency, criticality: Criticality) -> u32 {
        while concurrency.in_flight() < 50_000 && concurrency.try_enter(criticality) {}
        concurrency.in_flight()
    }

    fn at(calls: u32) -> Concurrency {
        let mut concurrency = Concurrency::new(None);
        (0..calls).for_each(|_| assert!(concurrency.try_enter(Criticality::Default)));
        concurrency
    }

    #[test]
    fn a_healthy_provider_is_never_limited_by_a_guess() {
        assert_eq!(at(1000).limit(), None);
    }

    #[test]
    fn a_no_is_heeded_once_a_second_and_leaves_at_least_one_call() {
        let start = Instant::now();
        let mut concurrency = at(20);
        concurrency.refused(start);
        assert_eq!(concurrency.limit(), Some(14));
        (0..10).for_each(|_| concurrency.leave(false));
        concurrency.refused(start + Duration::from_millis(999));
        assert_eq!(concurrency.limit(), Some(14));
        concurrency.refused(start + Duration::from_millis(1000));
        assert_eq!(concurrency.limit(), Some(7));
        for second in 2..11 {
            concurrency.leave(false);
            concurrency.refused(start + Duration::from_secs(second));
        }
        (0..20).for_each(|_| concurrency.leave(false));
        assert_eq!((concurrency.limit(), concurrency.in_flight()), (Some(1), 0));
        assert!(concurrency.try_enter(Criticality::Batch));
        assert!(!concurrency.try_enter(Criticality::Critical));
    }

    #[test]
    fn a_limit_grows_by_one_per_window_of_answers_and_only_while_it_is_used() {
        let mut concurrency = at(14);
        concurrency.refused(Instant::now());
        assert_eq!(concurrency.limit(), Some(9));
        (0..5).for_each(|_| concurrency.leave(true));
        for _ in 0..3 {
            concurrency.leave(true);
            concurrency.try_enter(Criticality::Critical);
        }
        assert_eq!(concurrency.limit(), Some(9));
        concurrency.leave(true);
        assert_eq!(concurrency.limit(), Some(10));
        (0..8).for_each(|_| concurrency.leave(false));
        for _ in 0..100 {
            assert!(concurrency.try_enter(Criticality::Critical));
            concurrency.leave(true);
        }
        assert_eq!(concurrency.limit(), Some(10), "one call at a time says nothing about eleven");
    }

    #[test]
    fn a_limit_grows_also_while_others_wait_for_their_place() {
        let mut concurrency = at(10);
        concurrency.refused(Instant::now());
        (0..3).for_each(|_| concurrency.leave(false));
        (0..6).for_each(|_| concurrency.hand_on(true));
        assert_eq!((concurrency.limit(), concurrency.in_flight()), (Some(7), 7));
        concurrency.hand_on(true);
        assert_eq!((concurrency.limit(), concurrency.in_flight()), (Some(8), 7));
    }

    #[test]
    fn batch_work_is_shed_first_and_critical_work_last() {
        let check = |cap: u32, batch: u32, default: u32, critical: u32| {
            let mut concurrency = Concurrency::new(Some(cap));
            assert_eq!(filled(&mut concurrency, Criticality::Batch), batch, "batch of {cap}");
            assert_eq!(filled(&mut concurrency, Criticality::Default), default, "default of {cap}");
            assert_eq!(filled(&mut concurrency, Criticality::Critical), critical, "critical of {cap}");
        };
        check(0, 1, 1, 1);
        check(1, 1, 1, 1);
        check(2, 1, 2, 2);
        check(4, 2, 4, 4);
        check(10, 5, 9, 10);
        check(100, 50, 90, 100);
    }

    #[test]
    fn a_seed_gives_a_start_and_never_overrules_what_was_learnt() {
        let seeded = |rpm: u64, seconds: u64| {
            let mut concurrency = Concurrency::new(None);
            concurrency.seed(rpm, Duration::from_secs(seconds));
            concurrency.limit()
        };
        assert_eq!(seeded(500, 6), Some(50));
        assert_eq!(seeded(5, 1), Some(4));
        assert_eq!(seeded(u64::MAX, u64::MAX), Some(10_000));
        let mut learnt = at(10);
        learnt.refused(Instant::now());
        learnt.seed(5000, Duration::from_secs(60));
        assert_eq!(learnt.limit(), Some(7));
    }

    proptest! {
        #[test]
        fn no_history_breaks_the_cap_or_locks_everyone_out(
            cap in prop::option::of(1_u32..40),
            events in prop::collection::vec(0_u8..6, 1..300),
        ) {
            let mut now = Instant::now();
            let mut concurrency = Concurrency::new(cap);
            for event in events {
                let before = concurrency.limit();
                match event {
                    0 => { concurrency.try_enter(Criticality::Critical); }
                    1 => { concurrency.try_enter(Criticality::Default); }
                    2 => { concurrency.try_enter(Criticality::Batch); }
                    3 => concurrency.leave(true),
                    4 => concurrency.leave(false),
                    _ => {
                        now += Duration::from_millis(400);
                        concurrency.refused(now);
                        prop_assert!(before.is_none_or(|b| concurrency.limit().is_some_and(|l| l <= b)));
                    }
                }
                prop_assert!(concurrency.limit().is_none_or(|l| l >= 1 && cap.is_none_or(|c| l <= c)));
                prop_assert!(cap.is_none_or(|c| concurrency.in_flight() <= c));
            }
            while concurrency.in_flight() > 0 {
                concurrency.leave(false);
            }
            prop_assert!(concurrency.try_enter(Criticality::Batch));
        }
    }
}
