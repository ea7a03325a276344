//! How fast targets begin: the last first tokens of each, for the status.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// First tokens that are remembered per target: enough for a 95th percentile that means something.
const REMEMBERED: usize = 128;

/// How fast a target begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Speed {
    /// Half of its answers began within.
    pub(crate) p50: Duration,
    /// 95 of a hundred began within.
    pub(crate) p95: Duration,
    /// Answers this is drawn from.
    pub(crate) of: usize,
}

/// The last first tokens of each target that the configuration names.
#[derive(Debug)]
pub(crate) struct Speeds(HashMap<Arc<str>, Mutex<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    times: Vec<Duration>,
    next: usize,
}

impl Speeds {
    pub(crate) fn new<'a>(targets: impl Iterator<Item = &'a Arc<str>>) -> Self {
        Self(targets.map(|id| (id.clone(), Mutex::default())).collect())
    }

    /// An answer of `target` has begun within `took`.
    pub(crate) fn note(&self, target: &str, took: Duration) {
        let Some(ring) = self.0.get(target) else { return };
        let mut ring = ring.lock();
        let next = ring.next;
        ring.next = (next + 1) % REMEMBERED;
        match ring.times.get_mut(next) {
            Some(oldest) => *oldest = took,
            None => ring.times.push(took),
        }
    }

    /// `None` before its first stream.
    pub(crate) fn of(&self, target: &str) -> Option<Speed> {
        let mut times = self.0.get(target)?.lock().times.clone();
        times.sort_unstable();
        let of = times.len();
        // The nearest rank: the smallest time that so many of a hundred do not exceed.
        let rank = |percent: usize| times.get((of * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Speed { p50: rank(50)?, p95: rank(95)?, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(times: impl Iterator<Item = u64>, expected: Option<(u64, u64, usize)>) {
        let speeds = Speeds::new([Arc::from("a/x")].iter());
        times.for_each(|ms| speeds.note("a/x", Duration::from_millis(ms)));
        let seen = speeds.of("a/x").map(|s| (s.p50.as_millis() as u64, s.p95.as_millis() as u64, s.of));
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_usual_time_is_not_hidden_behind_one_slow_answer() {
        check(0..0, None);
        check([7].into_iter(), Some((7, 7, 1)));
        check(1..=100, Some((50, 95, 100)));
        check([1, 1, 1, 1, 1, 1, 1, 1, 1, 9000].into_iter(), Some((1, 9000, 10)));
    }

    #[test]
    fn yesterdays_speed_is_forgotten() {
        check((0..500).map(|n| if n < 300 { 9000 } else { 5 }), Some((5, 5, REMEMBERED)));
    }

    #[test]
    fn a_model_that_a_caller_made_up_takes_no_memory() {
        let speeds = Speeds::new([].iter());
        speeds.note("a/made-up", Duration::from_millis(1));
        assert_eq!(speeds.of("a/made-up"), None);
        assert!(speeds.0.is_empty());
    }
}
