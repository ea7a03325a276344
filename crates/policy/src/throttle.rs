//! Diversion: the softer breaker.
//!
//! # Algorithm
//! Client-side adaptive throttling of the SRE book ("Handling Overload"): with probability
//! `max(0, (requests - k * accepts) / (requests + 1))` a call does not go there. The book rejects it; here it goes to
//! the next target. A provider that answers half of its calls loses a quarter of them, one that answers a tenth loses
//! 85 %; no threshold, so no flapping. At k = 1.5 nothing is diverted while two of three calls are answered.
//!
//! # What counts
//! * A request counts when it is sent, not when it ends: calls that hang would otherwise be seen too late
//!   (zeromicro/go-zero#5011). An accept is a first token.
//! * A call that is still waiting for its first token and was sent within the last [`PATIENCE`] does not count yet:
//!   a burst at a healthy provider is no failure. [`Throttle::failed`] and [`Throttle::left`] settle it earlier.
//! * Diverted calls were not sent, and do not count: the probability describes what the provider does, not us.
//!
//! # Invariants
//! * Below `min_calls` nothing is diverted.
//! * One call per `keep_every` goes through whatever the odds, so that recovery is seen.

use crate::window::Window;
use std::time::Duration;
use tokio::time::Instant;

/// How calls are diverted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThrottleSettings {
    /// How many requests per accept are normal. Larger diverts later.
    pub k: f64,
    /// Over which time is counted; longer than a call lasts.
    pub window: Duration,
    /// The largest share diverted, 0 to 1.
    pub max: f64,
    /// Requests within the window below which nothing is diverted.
    pub min_calls: u32,
    /// One call per this time goes through whatever the odds.
    pub keep_every: Duration,
}

impl Default for ThrottleSettings {
    /// Resilience notes, C, "client-side adaptive throttling"; `min_calls` is the breaker's.
    fn default() -> Self {
        Self {
            k: 1.5,
            window: Duration::from_secs(120),
            max: 0.98,
            min_calls: 10,
            keep_every: Duration::from_secs(5),
        }
    }
}

/// How long a call may wait for its first token before it counts as not accepted: the default first-token limit.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What one target was sent and accepted.
#[derive(Debug, Clone)]
pub struct Throttle {
    settings: ThrottleSettings,
    sent: Window<u64>,
    accepted: Window<u64>,
    left: Window<u64>,
    /// Sent lately.
    young: Window<u64>,
    /// Sent, and not yet heard of.
    waiting: u64,
    last_pass: Option<Instant>,
}

impl Throttle {
    /// Nothing sent yet.
    #[must_use]
    pub fn new(settings: ThrottleSettings) -> Self {
        Self {
            settings,
            sent: Window::new(settings.window),
            accepted: Window::new(settings.window),
            left: Window::new(settings.window),
            young: Window::new(PATIENCE),
            waiting: 0,
            last_pass: None,
        }
    }

    /// A call was sent.
    pub fn sent(&mut self, now: Instant) {
        self.sent.add(now, 1);
        self.young.add(now, 1);
        self.waiting = self.waiting.saturating_add(1);
    }

    /// A call got its first token.
    pub fn accepted(&mut self, now: Instant) {
        self.accepted.add(now, 1);
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// A call ended without a first token, and the provider is why: it counts at once, not after [`PATIENCE`].
    pub fn failed(&mut self, _now: Instant) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// A call's end says nothing of the provider: its caller left, or the request was wrong. It does not count.
    pub fn left(&mut self, now: Instant) {
        self.left.add(now, 1);
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Whether the next call goes elsewhere. `draw` is from 0 to 1.
    pub fn divert(&mut self, now: Instant, draw: f64) -> bool {
        let due =
            self.last_pass.is_none_or(|last| now.saturating_duration_since(last) >= self.settings.keep_every);
        let divert = !due && draw < self.share(now);
        if !divert {
            self.last_pass = Some(now);
        }
        divert
    }

    /// The share of calls that goes elsewhere now, 0 to `max`.
    #[must_use]
    pub fn share(&self, now: Instant) -> f64 {
        let undecided = self.waiting.min(self.young.sum(now)).saturating_add(self.left.sum(now));
        let requests = self.sent.sum(now).saturating_sub(undecided);
        if requests < u64::from(self.settings.min_calls) {
            return 0.0;
        }
        let (requests, accepts) = (requests as f64, self.accepted.sum(now) as f64);
        let share = (requests - self.settings.k * accepts) / (requests + 1.0);
        share.min(self.settings.max).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// The share after `calls` of which `good` in a hundred were accepted.
    fn share(calls: u64, good: u64) -> f64 {
        let now = Instant::now();
        let mut throttle = Throttle::new(ThrottleSettings::default());
        for call in 0..calls {
            throttle.sent(now);
            if call % 100 < good { throttle.accepted(now) } else { throttle.failed(now) }
        }
        throttle.share(now)
    }

    #[test]
    fn the_worse_a_provider_does_the_more_goes_elsewhere_and_never_all() {
        let check = |good: u64, expected: f64| {
            let share = share(1000, good);
            assert!((share - expected).abs() < 0.002, "{good} %: {share}");
        };
        check(100, 0.0);
        check(67, 0.0);
        check(50, 0.25);
        check(10, 0.85);
        check(0, 0.98);
    }

    #[test]
    fn a_handful_of_failures_diverts_nothing() {
        assert!(share(9, 0) < f64::EPSILON);
        assert!(share(10, 0) > 0.9);
    }

    #[test]
    fn a_burst_at_a_healthy_provider_is_no_failure() {
        let start = Instant::now();
        let mut throttle = Throttle::new(ThrottleSettings::default());
        (0..500).for_each(|_| throttle.sent(start));
        assert!(throttle.share(start + ms(9999)) < f64::EPSILON);
        assert!(throttle.share(start + ms(10_000)) > 0.9, "silence counts once patience has ended");
        // Whoever answers after all is forgiven.
        (0..500).for_each(|_| throttle.accepted(start + ms(10_000)));
        assert!(throttle.share(start + ms(10_000)) < f64::EPSILON);
    }

    #[test]
    fn callers_who_leave_do_not_count_against_a_provider() {
        let start = Instant::now();
        let mut throttle = Throttle::new(ThrottleSettings::default());
        for _ in 0..100 {
            throttle.sent(start);
            throttle.left(start);
        }
        assert!(throttle.share(start + ms(60_000)) < f64::EPSILON);
    }

    #[test]
    fn one_call_per_five_seconds_goes_through_so_that_recovery_is_seen() {
        let start = Instant::now();
        let mut throttle = Throttle::new(ThrottleSettings::default());
        for _ in 0..1000 {
            throttle.sent(start);
            throttle.failed(start);
        }
        let mut check = |at: u64, draw: f64, expected: bool| {
            assert_eq!(throttle.divert(start + ms(at), draw), expected, "at {at} with {draw}");
        };
        check(0, 0.0, false);
        check(1, 0.0, true);
        check(4999, 0.97, true);
        check(5000, 0.0, false);
        check(9999, 0.0, true);
        check(10_000, 0.0, false);
        // A call that went through by luck is that one call.
        check(12_000, 0.99, false);
        check(16_999, 0.0, true);
        check(17_000, 0.0, false);
    }

    #[test]
    fn a_healed_provider_has_all_of_its_load_back_within_the_window() {
        let random = Random::new(5);
        let start = Instant::now();
        let mut throttle = Throttle::new(ThrottleSettings::default());
        let mut diverted = 0;
        for tenth in 0..3000_u64 {
            let now = start + ms(100 * tenth);
            if throttle.divert(now, random.unit()) {
                diverted += u32::from(tenth >= 600 + 1200);
                continue;
            }
            throttle.sent(now);
            if tenth < 600 { throttle.failed(now) } else { throttle.accepted(now) }
        }
        assert_eq!(diverted, 0);
    }
}
