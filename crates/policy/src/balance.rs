//! Which of several equal deployments is asked: the same model in two regions, or with two keys.
//!
//! # Algorithm
//! Power of two choices on a peak-sensitive moving average, as Finagle and linkerd do it: two deployments are drawn,
//! and the one with the lower score is asked. The score is the time to first token (never the time of the whole
//! answer, which says how long the answer is) times the calls under way. A slower sample counts at once, a faster one
//! gradually, and an old one fades, so that a deployment that was slow once is tried again.
//!
//! # A fast failure is not fast
//! A deployment that refuses at once would look quick and draw all of the load; linkerd documents exactly this loop
//! and answers with a penalty in place of the measured time. So does [`Load::penalise`].

use std::time::Duration;
use tokio::time::Instant;

/// The penalty of a failure that names no time of its own (linkerd's load biaser: 5 s).
pub const PENALTY: Duration = Duration::from_secs(5);
/// How fast measurements and penalties fade, seconds to a factor of e (Finagle's peak EWMA: 10 s).
const FADE: f64 = 10.0;
/// What a measurement fades to, seconds: so that calls under way still count after a quiet hour.
const LEAST: f64 = 0.01;
/// What an untried deployment with calls under way is taken for, seconds: an ordinary time to first token.
const UNTRIED: f64 = 1.0;
/// The longest time heeded (linkerd's load biaser caps Retry-After there).
const LONGEST: Duration = Duration::from_secs(300);

/// How one deployment does.
#[derive(Debug, Clone, Default)]
pub struct Load {
    /// Seconds to first token, and when that was.
    measured: Option<(f64, Instant)>,
    /// Seconds added to each first token, and until when in full; after that it fades.
    penalty: Option<(f64, Instant)>,
}

impl Load {
    /// Untried.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A call got its first token after `ttft`.
    pub fn observe(&mut self, now: Instant, ttft: Duration) {
        let sample = ttft.min(LONGEST).as_secs_f64();
        let value = match self.measured {
            None => sample,
            Some((old, at)) => {
                let kept = fading(now, at);
                // The peak: worse news is believed at once.
                if sample > old * kept { sample } else { old * kept + sample * (1.0 - kept) }
            }
        };
        self.measured = Some((value, now));
    }

    /// A call failed: for the next `for_` (see [`PENALTY`]; at most 300 s) this one counts as that much slower, and
    /// less and less after it.
    pub fn penalise(&mut self, now: Instant, for_: Duration) {
        let for_ = for_.min(LONGEST);
        let new = (for_.as_secs_f64(), now + for_);
        let is_worse = self.penalty.is_none_or(|(old, until)| new.0 >= old * fading(now, until));
        if is_worse {
            self.penalty = Some(new);
        }
    }

    /// How much one more call there would cost; lower is better. Not a number while it is untried and idle:
    /// [`choose_two`] takes it for as good as the others.
    #[must_use]
    pub fn score(&self, now: Instant, in_flight: u32) -> f64 {
        let penalty = self.penalty.map_or(0.0, |(seconds, until)| seconds * fading(now, until));
        let time = match self.measured {
            Some((seconds, at)) => (seconds * fading(now, at)).max(LEAST),
            None if in_flight == 0 && penalty < LEAST => return f64::NAN,
            None => UNTRIED,
        };
        (time + penalty) * (f64::from(in_flight) + 1.0)
    }
}

/// What is left at `now` of something that fades from `from` on, 0 to 1.
fn fading(now: Instant, from: Instant) -> f64 {
    (-now.saturating_duration_since(from).as_secs_f64() / FADE).exp()
}

/// Draws two different ones (`draws` are from 0 to 1) and gives the place of the one with the lower score, the first
/// drawn when they are equal. What is not a number counts as the mean of the rest.
#[must_use]
pub fn choose_two(scores: &[f64], draws: (f64, f64)) -> Option<usize> {
    let count = scores.len();
    if count < 2 {
        return count.checked_sub(1);
    }
    let first = place(draws.0, count);
    let other = place(draws.1, count - 1);
    let second = if other >= first { other + 1 } else { other };
    let score = |at: usize| scores.get(at).copied().filter(|s| !s.is_nan()).unwrap_or_else(|| mean(scores));
    Some(if score(second) < score(first) { second } else { first })
}

fn place(draw: f64, count: usize) -> usize {
    // A cast of a float saturates, also of what is not a number.
    ((draw * count as f64) as usize).min(count - 1)
}

fn mean(scores: &[f64]) -> f64 {
    let known = scores.iter().copied().filter(|s| !s.is_nan());
    let (sum, count) = known.fold((0.0, 0.0), |(sum, count), s| (sum + s, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use proptest::prelude::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 0.001, "{found} instead of {expected}");
    }

    #[test]
    fn slow_answers_count_at_once_and_fade() {
        let start = Instant::now();
        let mut load = Load::new();
        load.observe(start, ms(300));
        near(load.score(start, 0), 0.3);
        near(load.score(start, 3), 1.2);
        load.observe(start, ms(2000));
        near(load.score(start, 0), 2.0);
        load.observe(start, ms(300));
        near(load.score(start, 0), 2.0);
        load.observe(start + ms(10_000), ms(300));
        near(load.score(start + ms(10_000), 0), 0.9254);
        near(load.score(start + ms(3_600_000), 0), 0.01);
        near(load.score(start + ms(3_600_000), 49), 0.5);
    }

    #[test]
    fn a_fast_failure_never_looks_attractive() {
        let start = Instant::now();
        let (mut slow, mut failing) = (Load::new(), Load::new());
        slow.observe(start, ms(3000));
        failing.observe(start, ms(50));
        failing.penalise(start, PENALTY);
        for at in [0, 2000, 4999, 5000] {
            let now = start + ms(at);
            slow.observe(now, ms(3000));
            assert!(failing.score(now, 0) > slow.score(now, 0), "at {at}");
        }
        // And it is not held against it for ever.
        let now = start + ms(15_000);
        slow.observe(now, ms(3000));
        assert!(failing.score(now, 0) < slow.score(now, 0));
        // One that has never answered is not taken for untried.
        let mut dead = Load::new();
        dead.penalise(start, PENALTY);
        assert!(dead.score(start, 0) > 5.0);
        // A short penalty does not end a long one.
        let mut limited = Load::new();
        limited.penalise(start, Duration::from_secs(300));
        limited.penalise(start, PENALTY);
        assert!(limited.score(start + ms(299_999), 0) > 300.0);
    }

    #[test]
    fn an_untried_deployment_is_as_good_as_the_others_and_not_better() {
        let untried = Load::new().score(Instant::now(), 0);
        assert!(untried.is_nan());
        near(Load::new().score(Instant::now(), 1), 2.0);
        let check =
            |scores: &[f64], draws, expected| assert_eq!(choose_two(scores, draws), expected, "{scores:?}");
        check(&[], (0.0, 0.0), None);
        check(&[untried], (0.9, 0.9), Some(0));
        check(&[untried, untried], (0.0, 0.0), Some(0));
        check(&[untried, untried], (0.9, 0.0), Some(1));
        check(&[1.0, 2.0], (0.0, 0.0), Some(0));
        check(&[1.0, 2.0], (0.9, 0.0), Some(0));
        check(&[untried, 1.0, 3.0], (0.0, 0.0), Some(1));
        check(&[untried, 1.0, 3.0], (0.0, 0.9), Some(0));
        check(&[f64::INFINITY, 3.0], (0.0, 0.9), Some(1));
    }

    #[test]
    fn the_load_spreads_over_equals_and_leaves_the_slow_one() {
        let random = Random::new(9);
        let share_of_last = |scores: &[f64]| {
            let hits = (0..10_000).filter(|_| choose_two(scores, (random.unit(), random.unit())) == Some(2));
            f64::from(u32::try_from(hits.count()).unwrap_or_default()) / 10_000.0
        };
        let equal = share_of_last(&[1.0, 1.0, 1.0]);
        assert!((equal - 1.0 / 3.0).abs() < 0.02, "{equal}");
        assert!(share_of_last(&[1.0, 1.0, 2.0]) < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn the_choice_is_always_one_of_them(
            scores in prop::collection::vec(any::<f64>(), 0..6), draws in any::<(f64, f64)>(),
        ) {
            let chosen = choose_two(&scores, draws);
            prop_assert!(chosen.map_or(scores.is_empty(), |c| c < scores.len()));
        }
    }
}
