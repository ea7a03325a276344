//! What extra work may cost: retries in number, waste in tokens.
//!
//! # Sources
//! [`RetryBudget`] is Finagle's and tower's budget: every request deposits a share of a retry, every retry withdraws
//! one, and a reserve per second lets a quiet client retry at all. Deposits expire. [`WasteBudget`] carries the idea
//! over to money: an LLM call that is repeated, hedged or continued elsewhere bills its whole prompt again, so what
//! is bounded is tokens billed and not delivered, against tokens delivered (resilience notes, C, "retry budgets").

use crate::window::Window;
use std::time::Duration;
use tokio::time::Instant;

/// How many retries at the same target are allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetrySettings {
    /// Retries per request, 0 to 1.
    pub share: f64,
    /// Retries per second that are allowed whatever the number of requests.
    pub floor_per_second: f64,
    /// How long a request counts.
    pub ttl: Duration,
}

impl Default for RetrySettings {
    /// Resilience notes, C, "retry budgets": 10 % (SRE), at least one a second, over 60 s, because 10 s (Finagle) is
    /// shorter than one LLM call.
    fn default() -> Self {
        Self { share: 0.1, floor_per_second: 1.0, ttl: Duration::from_secs(60) }
    }
}

/// The budget for retries at the same target.
#[derive(Debug, Clone)]
pub struct RetryBudget {
    settings: RetrySettings,
    requests: Window<u64>,
    retries: Window<u64>,
}

impl RetryBudget {
    /// A budget with nothing but its reserve.
    #[must_use]
    pub fn new(settings: RetrySettings) -> Self {
        Self { settings, requests: Window::new(settings.ttl), retries: Window::new(settings.ttl) }
    }

    /// A request arrived; retries are none.
    pub fn request(&mut self, now: Instant) {
        self.requests.add(now, 1);
    }

    /// Takes one retry out of the budget, if there is one.
    pub fn try_retry(&mut self, now: Instant) -> bool {
        let reserve = self.settings.floor_per_second * self.settings.ttl.as_secs_f64();
        let allowed = self.settings.share * self.requests.sum(now) as f64 + reserve;
        // A millionth forgives the rounding of shares such as 0.1.
        let may = self.retries.sum(now) as f64 + 1.0 <= allowed + 1e-6;
        if may {
            self.retries.add(now, 1);
        }
        may
    }
}

/// How many tokens may be billed without being delivered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WasteSettings {
    /// Wasted tokens per delivered one, 0 to 1.
    pub share: f64,
    /// Tokens that may be wasted within the window however little was delivered.
    pub floor_tokens: u64,
    /// Over which time is counted.
    pub window: Duration,
}

impl Default for WasteSettings {
    /// Resilience notes, C, "retry budgets": 5 %, hourly. The floor is about ten prompts of ordinary length, so that
    /// the first requests of a quiet hour are protected too.
    fn default() -> Self {
        Self { share: 0.05, floor_tokens: 20_000, window: Duration::from_secs(3600) }
    }
}

/// More tokens than any call has: keeps sums within their range.
const MOST_TOKENS: u64 = 1 << 40;

/// By how much a hand-over in mid-answer may go over what retries and hedges may waste: one answer in seven broken, as
/// on the worst recorded days of errors inside streams (27 and 28 November 2023), with prompts as long as the answers,
/// is a fifth of all tokens read twice.
pub const RESCUE: f64 = 4.0;

/// The budget that retries, hedges and continuations share.
#[derive(Debug, Clone)]
pub struct WasteBudget {
    settings: WasteSettings,
    delivered: Window<u64>,
    wasted: Window<u64>,
}

impl WasteBudget {
    /// A budget with nothing but its floor.
    #[must_use]
    pub fn new(settings: WasteSettings) -> Self {
        Self { settings, delivered: Window::new(settings.window), wasted: Window::new(settings.window) }
    }

    /// Tokens that were billed for an answer the caller got.
    pub fn delivered(&mut self, now: Instant, tokens: u64) {
        self.delivered.add(now, tokens.min(MOST_TOKENS));
    }

    /// Whether extra work of about `estimate` tokens fits. Takes nothing: what it came to is told with
    /// [`WasteBudget::spent`], so calls that ask at the same moment may together go over by their own size.
    #[must_use]
    pub fn may_spend(&self, now: Instant, estimate: u64) -> bool {
        let (delivered, wasted) = self.figures(now);
        let earned = self.settings.share * delivered as f64;
        let allowed = earned.max(self.settings.floor_tokens as f64);
        wasted as f64 + estimate as f64 <= allowed
    }

    /// Whether a hand-over that reads a prompt of about `estimate` tokens once more fits. What it saves is an answer that
    /// its reader has begun, so it may cost [`RESCUE`] times what a hedge may.
    #[must_use]
    pub fn may_rescue(&self, now: Instant, estimate: u64) -> bool {
        let (delivered, wasted) = self.figures(now);
        let earned = self.settings.share * delivered as f64;
        let allowed = RESCUE * earned.max(self.settings.floor_tokens as f64);
        wasted as f64 + estimate as f64 <= allowed
    }

    /// Tokens that were billed, or may have been, and reached nobody.
    pub fn spent(&mut self, now: Instant, tokens: u64) {
        self.wasted.add(now, tokens.min(MOST_TOKENS));
    }

    /// Tokens delivered and wasted within the window.
    #[must_use]
    pub fn figures(&self, now: Instant) -> (u64, u64) {
        (self.delivered.sum(now), self.wasted.sum(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn s(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// How many retries of `wanted` are allowed after `requests`.
    fn allowed(settings: RetrySettings, requests: u32, wanted: u32) -> usize {
        let now = Instant::now();
        let mut budget = RetryBudget::new(settings);
        (0..requests).for_each(|_| budget.request(now));
        (0..wanted).filter(|_| budget.try_retry(now)).count()
    }

    #[test]
    fn retries_never_add_more_than_a_tenth_to_a_providers_load() {
        let bare = RetrySettings { floor_per_second: 0.0, ..RetrySettings::default() };
        assert_eq!(allowed(bare, 0, 100), 0);
        assert_eq!(allowed(bare, 9, 100), 0);
        assert_eq!(allowed(bare, 10, 100), 1);
        assert_eq!(allowed(bare, 1000, 1000), 100);
        assert_eq!(allowed(RetrySettings::default(), 0, 1000), 60);
        assert_eq!(allowed(RetrySettings::default(), 1000, 1000), 160);
    }

    #[test]
    fn a_storm_an_hour_ago_neither_allows_nor_forbids_a_retry_now() {
        let start = Instant::now();
        let mut budget =
            RetryBudget::new(RetrySettings { floor_per_second: 0.0, ..RetrySettings::default() });
        (0..10).for_each(|_| budget.request(start));
        assert!(budget.clone().try_retry(start + s(60) - Duration::from_millis(1)));
        assert!(!budget.clone().try_retry(start + s(60)));
        assert!(budget.try_retry(start));
        (0..10).for_each(|_| budget.request(start + s(60)));
        assert!(budget.try_retry(start + s(60)));
    }

    #[test]
    fn extra_work_is_stopped_where_it_would_cost_too_much() {
        let start = Instant::now();
        let mut budget = WasteBudget::new(WasteSettings::default());
        assert!(budget.may_spend(start, 20_000));
        assert!(!budget.may_spend(start, 20_001));
        budget.delivered(start, 1_000_000);
        assert!(budget.may_spend(start, 50_000));
        budget.spent(start, 30_000);
        assert!(budget.may_spend(start, 20_000));
        assert!(!budget.may_spend(start, 20_001));
        assert_eq!(budget.figures(start), (1_000_000, 30_000));
        assert_eq!(budget.figures(start + s(3600)), (0, 0));
        budget.spent(start, u64::MAX);
        budget.spent(start, u64::MAX);
        assert!(!budget.may_spend(start, u64::MAX));
    }

    #[test]
    fn an_answer_that_has_begun_is_saved_where_a_hedge_would_be_too_dear() {
        let start = Instant::now();
        let mut budget = WasteBudget::new(WasteSettings::default());
        budget.spent(start, 20_000);
        assert!(!budget.may_spend(start, 1));
        assert!(budget.may_rescue(start, 60_000));
        assert!(!budget.may_rescue(start, 60_001));
    }

    proptest! {
        #[test]
        fn waste_stays_within_its_share_when_every_call_asks_first(
            calls in prop::collection::vec((0_u64..30_000, 0_u64..9000), 1..200),
        ) {
            let now = Instant::now();
            let mut budget = WasteBudget::new(WasteSettings::default());
            for (delivered, estimate) in calls {
                budget.delivered(now, delivered);
                if budget.may_spend(now, estimate) {
                    budget.spent(now, estimate);
                }
                let (delivered, wasted) = budget.figures(now);
                prop_assert!(wasted as f64 <= (0.05 * delivered as f64).max(20_000.0));
            }
        }
    }
}
