//! Many times in little memory, for a percentile of them: exact below 32 ms, to 3 % above.

use std::time::Duration;

/// Times below this are counted one by one, milliseconds.
const EXACT: u32 = 32;
/// Each doubling above is cut into so many steps.
const STEPS: u32 = 16;
/// No time is told apart beyond this, milliseconds: 17 minutes.
const LONGEST: u32 = (1 << 20) - 1;

/// How often each time was seen.
#[derive(Debug, Default, Clone)]
pub(super) struct Times {
    counts: Vec<u32>,
}

impl Times {
    pub(super) fn note(&mut self, time: Duration) {
        let step = step(u32::try_from(time.as_millis()).unwrap_or(u32::MAX).min(LONGEST));
        if self.counts.len() <= step {
            self.counts.resize(step + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(step) {
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// The time in milliseconds that 95 of a hundred do not exceed; `None` when there is none.
    pub(super) fn p95(&self) -> Option<u32> {
        let total = self.count();
        let rank = (total * 95).div_ceil(100);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            total > 0 && seen >= rank
        });
        found.and_then(|step| u32::try_from(step).ok()).map(middle)
    }
}

/// The step that a time belongs to.
fn step(ms: u32) -> usize {
    let step = if ms < EXACT {
        ms
    } else {
        let power = ms.ilog2();
        EXACT + (power - EXACT.ilog2()) * STEPS + ((ms >> (power - STEPS.ilog2())) - STEPS)
    };
    usize::try_from(step).unwrap_or(usize::MAX)
}

/// The middle of a step.
fn middle(step: u32) -> u32 {
    if step < EXACT {
        return step;
    }
    let power = EXACT.ilog2() + (step - EXACT) / STEPS;
    let width = 1 << (power - STEPS.ilog2());
    (STEPS + (step - EXACT) % STEPS) * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p95(times: impl IntoIterator<Item = u64>) -> Option<u32> {
        let mut seen = Times::default();
        times.into_iter().for_each(|ms| seen.note(Duration::from_millis(ms)));
        seen.p95()
    }

    #[test]
    fn a_time_is_told_as_it_was_measured_to_three_in_a_hundred() {
        assert_eq!(p95([]), None);
        for ms in (0..2000).chain((2000..1_000_000).step_by(997)) {
            let told = f64::from(p95([ms]).unwrap());
            let real = ms as f64;
            assert!((told - real).abs() <= real * 0.032, "{ms} is told as {told}");
        }
        assert!(p95([u64::MAX]).is_some_and(|told| told <= LONGEST + 1), "no time is too long");
    }

    #[test]
    fn one_slow_answer_in_a_hundred_does_not_look_like_the_usual_one() {
        assert_eq!(p95((0..99).map(|_| 20).chain([9000])), Some(20));
        assert_eq!(p95(1..=20), Some(19));
        assert!(p95((0..9).map(|_| 20).chain([9000])).is_some_and(|told| told > 8000));
    }

    #[test]
    fn minutes_that_are_put_together_tell_what_one_long_minute_would() {
        let (mut first, mut second) = (Times::default(), Times::default());
        (0..10).for_each(|_| first.note(Duration::from_millis(5)));
        (0..10).for_each(|_| second.note(Duration::from_millis(900)));
        first.add(&second);
        assert_eq!(first.p95(), p95((0..10).map(|_| 5).chain((0..10).map(|_| 900))));
    }
}
