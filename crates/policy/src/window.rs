//! Counts over a moving span of time.
//!
//! A ring of [`BUCKETS`] buckets, as linkerd2-proxy's success-rate breaker and Finagle's windowed counters keep it:
//! constant memory, no timer, and the past leaves in steps of a tenth of the span. What was added counts for at least
//! nine tenths of the span and never for longer than the span.

use std::ops::AddAssign;
use std::time::Duration;
use tokio::time::Instant;

/// Buckets per window (linkerd2-proxy keeps ten).
pub const BUCKETS: usize = 10;

/// A sum over a moving span of time.
#[derive(Debug, Clone)]
pub struct Window<T> {
    /// Length of one bucket; never zero.
    width: Duration,
    /// When the first bucket began: the first addition.
    origin: Option<Instant>,
    /// Each with the number of its tenth since `origin`. A bucket whose number is too old is empty.
    buckets: [(u64, T); BUCKETS],
}

impl<T: Copy + Default + AddAssign> Window<T> {
    /// An empty window over `span` (at least ten nanoseconds).
    #[must_use]
    pub fn new(span: Duration) -> Self {
        let width = (span / 10).max(Duration::from_nanos(1));
        Self { width, origin: None, buckets: [(0, T::default()); BUCKETS] }
    }

    /// Adds `value` at `now`. What comes from before the whole window is dropped.
    pub fn add(&mut self, now: Instant, value: T) {
        let origin = *self.origin.get_or_insert(now);
        let tick = tick(origin, now, self.width);
        let Some((at, sum)) = self.buckets.get_mut(slot(tick)) else { return };
        if *at < tick {
            (*at, *sum) = (tick, T::default());
        }
        if *at == tick {
            *sum += value;
        }
    }

    /// The sum of what was added within the span before `now`.
    #[must_use]
    pub fn sum(&self, now: Instant) -> T {
        let mut total = T::default();
        if let Some(origin) = self.origin {
            let tick = tick(origin, now, self.width);
            let held = |at: u64| at <= tick && tick - at < BUCKETS as u64;
            self.buckets.iter().filter(|(at, _)| held(*at)).for_each(|(_, sum)| total += *sum);
        }
        total
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.origin = None;
        self.buckets = [(0, T::default()); BUCKETS];
    }
}

/// Which tenth since `origin` an instant lies in; what lies before it counts as the first.
fn tick(origin: Instant, now: Instant, width: Duration) -> u64 {
    let ticks = now.saturating_duration_since(origin).as_nanos() / width.as_nanos().max(1);
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

fn slot(tick: u64) -> usize {
    usize::try_from(tick % BUCKETS as u64).unwrap_or_default()
}

/// How calls to one target ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// A first token in time.
    pub good: u32,
    /// Failures of the provider.
    pub hard: u32,
    /// Failures that say "not now" (a rate limit).
    pub soft: u32,
    /// No first token in time.
    pub late: u32,
}

impl Counts {
    /// All calls.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.good.saturating_add(self.hard).saturating_add(self.soft).saturating_add(self.late)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.good = self.good.saturating_add(other.good);
        self.hard = self.hard.saturating_add(other.hard);
        self.soft = self.soft.saturating_add(other.soft);
        self.late = self.late.saturating_add(other.late);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPAN: Duration = Duration::from_secs(30);

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_failure_is_forgotten_when_the_window_has_passed_and_not_before() {
        let start = Instant::now();
        let mut window = Window::<Counts>::new(SPAN);
        window.add(start, Counts { hard: 1, ..Counts::default() });
        window.add(start + ms(3000), Counts { good: 2, ..Counts::default() });
        let check = |at: u64, hard: u32, good: u32| {
            let sum = window.sum(start + ms(at));
            assert_eq!((sum.hard, sum.good), (hard, good), "at {at} ms");
        };
        check(3000, 1, 2);
        check(29_999, 1, 2);
        check(30_000, 0, 2);
        check(32_999, 0, 2);
        check(33_000, 0, 0);
    }

    #[test]
    fn a_pause_of_any_length_leaves_nothing_old_behind() {
        let start = Instant::now();
        let mut window = Window::<Counts>::new(SPAN);
        window.add(start, Counts { hard: 9, ..Counts::default() });
        window.add(start + SPAN * 7, Counts { good: 1, ..Counts::default() });
        assert_eq!(window.sum(start + SPAN * 7), Counts { good: 1, ..Counts::default() });
        // A record that took longer than the window to arrive is not put into a younger bucket.
        window.add(start, Counts { hard: 1, ..Counts::default() });
        assert_eq!(window.sum(start + SPAN * 7), Counts { good: 1, ..Counts::default() });
    }

    proptest! {
        #[test]
        fn the_sum_is_that_of_the_last_nine_to_ten_tenths(steps in prop::collection::vec(0_u64..8000, 1..60)) {
            let start = Instant::now();
            let mut window = Window::<u64>::new(SPAN);
            let (mut now, mut times) = (start, Vec::new());
            for step in steps {
                now += ms(step);
                window.add(now, 1);
                times.push(now);
                let within = |span: Duration| times.iter().filter(|t| now - **t < span).count() as u64;
                let sum = window.sum(now);
                prop_assert!(within(ms(27_000)) <= sum && sum <= within(SPAN), "{sum}");
            }
        }
    }
}
