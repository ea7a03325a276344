//! The five clocks, and one deadline over all of them.
//!
//! *Connect* and *first token* bound an attempt before it commits, *stall* and *progress* after; *total* bounds the
//! request, whatever happens within it. Every attempt but the last leaves a share of the total to the last target,
//! so that a chain of slow providers does not eat the time of the one that would have answered.

use std::time::Duration;
use tokio::time::Instant;

/// Limits of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands; for the local engine, until the model is loaded.
    pub connect: Duration,
    /// From the attempt's start to the first content.
    pub first_token: Duration,
    /// Longest silence: no bytes at all.
    pub stall: Duration,
    /// Longest time without content, though bytes (pings) come.
    pub progress: Duration,
    /// The whole request.
    pub total: Duration,
}

/// Share of the total kept for the last target (resilience notes, C, "deadline propagation").
pub const LAST_TARGET_SHARE: f64 = 0.25;

/// When a request must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    start: Instant,
    at: Instant,
    reserve: Duration,
}

impl Deadline {
    /// A deadline `total` after `start`.
    #[must_use]
    pub fn new(start: Instant, total: Duration) -> Self {
        // Far futures overflow an Instant; a year is as good as for ever.
        let total = total.min(Duration::from_secs(365 * 24 * 3600));
        Self { start, at: start + total, reserve: total.mul_f64(LAST_TARGET_SHARE) }
    }

    /// This deadline or `at`, whichever is sooner. What is kept for the last target is a share of the new total.
    #[must_use]
    pub fn tightened(self, at: Instant) -> Self {
        Self::new(self.start, self.at.min(at).saturating_duration_since(self.start))
    }

    /// The instant itself.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Until when an attempt may take that can still move on: to the deadline for the last target, short of the last
    /// target's share for any other.
    #[must_use]
    pub fn latest(&self, is_last: bool) -> Instant {
        if is_last { self.at } else { self.at.checked_sub(self.reserve).unwrap_or(self.at) }
    }

    /// Until when an attempt may take to its first content: its own limit, cut so that the last target keeps its
    /// share. `None` when there is no time left for it.
    #[must_use]
    pub fn first_token_at(&self, now: Instant, limit: Duration, is_last: bool) -> Option<Instant> {
        let latest = self.latest(is_last);
        let wanted = now.checked_add(limit).unwrap_or(latest);
        (now < latest).then(|| wanted.min(latest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_slow_providers_never_eats_the_last_ones_time() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let deadline = Deadline::new(start, ms(1000));
        let check = |now: u64, limit: u64, is_last: bool, expected: Option<u64>| {
            let found = deadline.first_token_at(start + ms(now), ms(limit), is_last);
            assert_eq!(found, expected.map(|e| start + ms(e)), "at {now} with {limit}, last: {is_last}");
        };
        check(0, 300, false, Some(300));
        check(700, 300, false, Some(750));
        check(749, 300, false, Some(750));
        check(750, 300, false, None);
        check(750, 300, true, Some(1000));
        check(750, 200, true, Some(950));
        check(999, 300, true, Some(1000));
        check(1000, 300, true, None);
    }

    #[test]
    fn a_callers_shorter_deadline_is_shared_out_as_ours_is_and_a_longer_one_changes_nothing() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let deadline = Deadline::new(start, ms(1000));
        let check = |at: u64, expected: (u64, u64)| {
            let tightened = deadline.tightened(start + ms(at));
            let (end, others) = (start + ms(expected.0), start + ms(expected.1));
            assert_eq!((tightened.at(), tightened.latest(false)), (end, others), "{at}");
        };
        check(400, (400, 300));
        check(800, (800, 600));
        check(1000, (1000, 750));
        check(5000, (1000, 750));
        check(0, (0, 0));
        assert_eq!(deadline.tightened(start).first_token_at(start, ms(10), true), None);
    }

    #[test]
    fn an_endless_limit_does_not_overflow() {
        let now = Instant::now();
        let deadline = Deadline::new(now, Duration::MAX);
        assert!(deadline.first_token_at(now, Duration::MAX, true).is_some());
    }
}
