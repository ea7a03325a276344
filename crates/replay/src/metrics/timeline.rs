//! What happened when.

use std::time::Duration;

use crate::result::{Attempt, AttemptOutcome, Outcome, Point, Timeline};
use crate::run::Played;
use crate::scenario::Scenario;

/// Most steps: more than a picture's width shows nothing more.
const MOST_STEPS: u64 = 1440;
/// The lengths a step can have, in seconds: those people count in.
const STEPS: [u64; 12] = [1, 5, 10, 60, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/// The shortest step that makes at most so many of them; at least a minute unless the scenario is short.
fn step(span: Duration) -> Duration {
    let seconds = span.as_secs().max(1);
    let fits = |step: &&u64| {
        let short = seconds <= 600 && **step >= 5 || seconds <= 60;
        seconds.div_ceil(**step) <= MOST_STEPS && (**step >= 60 || short)
    };
    Duration::from_secs(STEPS.iter().find(fits).copied().unwrap_or(86_400))
}

pub(super) fn timeline(scenario: &Scenario, played: &Played) -> Timeline {
    let step = step(scenario.span);
    let providers = scenario.providers.len();
    let empty = Point {
        served: vec![0; providers],
        attempts: vec![0; providers],
        failed_attempts: vec![0; providers],
        breakers: vec![Default::default(); providers],
        ..Point::default()
    };
    let count = scenario.span.as_nanos().div_ceil(step.as_nanos());
    let mut points = vec![empty; usize::try_from(count).unwrap_or(0)];
    let place = |at: Duration| usize::try_from(at.as_nanos() / step.as_nanos()).unwrap_or(usize::MAX);
    for seen in &played.seen {
        let Some(point) = points.get_mut(place(seen.at)) else { continue };
        point.requests += 1;
        if let Some(served) = seen.served.filter(|_| seen.outcome == Outcome::Whole)
            && let Some(count) = point.served.get_mut(served)
        {
            *count += 1;
        }
        let outcome = Outcome::ALL.iter().position(|outcome| *outcome == seen.outcome);
        if let Some(count) = outcome.and_then(|at| point.outcomes.get_mut(at)) {
            *count += 1;
        }
    }
    let attempts = played.seen.iter().flat_map(|seen| &seen.attempts).chain(&played.probes);
    for attempt in attempts {
        let Some(point) = points.get_mut(place(attempt.at)) else { continue };
        if let Some(count) = point.attempts.get_mut(attempt.provider) {
            *count += 1;
        }
        if failed(attempt)
            && let Some(count) = point.failed_attempts.get_mut(attempt.provider)
        {
            *count += 1;
        }
    }
    breakers(&mut points, played, place);
    Timeline { step, points }
}

fn failed(attempt: &Attempt) -> bool {
    match attempt.outcome {
        AttemptOutcome::Answered | AttemptOutcome::HungUp | AttemptOutcome::Open => false,
        AttemptOutcome::Status(_)
        | AttemptOutcome::Refused
        | AttemptOutcome::NoConnection
        | AttemptOutcome::Broken => true,
    }
}

/// A state lasts until the next event; a step shows the worst in it.
fn breakers(points: &mut [Point], played: &Played, place: impl Fn(Duration) -> usize) {
    let mut now = points.first().map(|point| point.breakers.clone()).unwrap_or_default();
    let mut events = played.events.iter().peekable();
    for (at, point) in points.iter_mut().enumerate() {
        point.breakers.clone_from(&now);
        while let Some(event) = events.next_if(|event| place(event.at) <= at) {
            if let (Some(now), Some(worst)) =
                (now.get_mut(event.provider), point.breakers.get_mut(event.provider))
            {
                *now = event.breaker;
                *worst = (*worst).max(event.breaker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_any_scenario_has_steps_that_people_count_in() {
        for (span, expected) in [(30, 1), (300, 5), (3600, 60), (9 * 3600, 60), (86_400, 60), (86_401, 300)] {
            assert_eq!(step(Duration::from_secs(span)), Duration::from_secs(expected), "{span}");
        }
        assert_eq!(step(Duration::from_secs(548 * 86_400)), Duration::from_secs(43_200));
    }
}
