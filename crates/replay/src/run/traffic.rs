//! The requests of a scenario, in order of arrival.

use std::time::Duration;

use super::client::Question;
use super::draws::Draws;
use crate::scenario::{Arrivals, Scenario};

/// What the draws of a request are for.
mod purpose {
    pub(super) const GAP: u64 = 1;
    pub(super) const SAMPLE: u64 = 2;
    pub(super) const PROMPT: u64 = 3;
    pub(super) const ANSWER: u64 = 4;
    pub(super) const STREAM: u64 = 5;
    pub(super) const BATCH: u64 = 6;
    pub(super) const LEAVES: u64 = 7;
    pub(super) const LEAVES_AT: u64 = 8;
}

/// Longest time that a user who leaves early stays: enough to leave in every phase of an answer.
const LEAVES_WITHIN: Duration = Duration::from_secs(8);

pub(super) fn questions(scenario: &Scenario) -> impl Iterator<Item = Question> {
    let traffic = scenario.traffic.clone();
    let draws = Draws::new(scenario.seed);
    let span = scenario.span;
    let patience = traffic.patience;
    arrivals(scenario).take_while(move |(_, at, _)| *at < span).zip(0_u32..).map(
        move |((nth, at, (prompt_tokens, answer_tokens)), number)| {
            let draw = |purpose| draws.of(nth).of(purpose);
            let leaves_at = draw(purpose::LEAVES_AT).time((Duration::from_millis(1), LEAVES_WITHIN));
            Question {
                number,
                at,
                prompt_tokens,
                // An answer of nothing would be a fault of its own.
                answer_tokens: answer_tokens.max(1),
                stream: draw(purpose::STREAM).chance(traffic.streaming),
                batch: draw(purpose::BATCH).chance(traffic.batch),
                leaves: draw(purpose::LEAVES).chance(traffic.leaves).then_some(leaves_at),
                patience,
                dialect: traffic.dialect,
            }
        },
    )
}

/// A count, the time, and the lengths of prompt and answer.
type Coming = (u64, Duration, (u32, u32));

fn arrivals(scenario: &Scenario) -> Box<dyn Iterator<Item = Coming> + Send> {
    let draws = Draws::new(scenario.seed);
    let (speed, sampled) = (scenario.traffic.speed, scenario.traffic.sampled);
    match &scenario.traffic.arrivals {
        Arrivals::Trace(trace) => {
            let trace = trace.clone();
            let length = trace.len().max(1);
            // A trace begins anew one mean gap after its last request.
            let last = trace.last().map_or(Duration::ZERO, |arrival| arrival.at);
            let lap = last + last / u32::try_from(length).unwrap_or(u32::MAX) + Duration::from_millis(1);
            Box::new(sample(draws, sampled).map_while(move |nth| {
                let arrival = trace.get(usize::try_from(nth % length as u64).ok()?)?;
                let laps = (nth / length as u64) as f64;
                let at = (lap.as_secs_f64() * laps + arrival.at.as_secs_f64()) / speed;
                Some((nth, whole_ms(at), (arrival.prompt_tokens, arrival.answer_tokens)))
            }))
        }
        Arrivals::Even { per_second, prompt_tokens, answer_tokens } => {
            let rate = per_second * speed;
            let lengths = lengths(draws, *prompt_tokens, *answer_tokens);
            Box::new(sample(draws, sampled).map(move |nth| (nth, whole_ms(nth as f64 / rate), lengths(nth))))
        }
        Arrivals::Poisson { per_second, prompt_tokens, answer_tokens } => {
            // A share of a Poisson process, drawn at random, is a slower Poisson process.
            let rate = per_second * speed * sampled;
            let lengths = lengths(draws, *prompt_tokens, *answer_tokens);
            Box::new((0_u64..).scan(0.0_f64, move |at, nth| {
                *at += exponential(draws.of(nth).of(purpose::GAP)) / rate;
                Some((nth, whole_ms(*at), lengths(nth)))
            }))
        }
    }
}

/// A number whose mean is 1, from the distribution of gaps between random events.
fn exponential(draws: Draws) -> f64 {
    -(1.0 - draws.share()).ln()
}

/// The places of those arrivals that are simulated. It leaps from one to the next: a year at a thousandth of its
/// requests must not cost the time of all of them.
fn sample(draws: Draws, share: f64) -> impl Iterator<Item = u64> + Send {
    // How many trials fail before one succeeds, by inversion; none for a share of 1, whose logarithm is infinite.
    let each = -(1.0 - share).ln();
    let skip = move |from: u64| (exponential(draws.of(from).of(purpose::SAMPLE)) / each) as u64;
    std::iter::successors(Some(skip(0)), move |at| Some(at + 1 + skip(at + 1)))
}

fn lengths(draws: Draws, prompt: (u32, u32), answer: (u32, u32)) -> impl Fn(u64) -> (u32, u32) + Copy {
    move |nth| {
        let draw = draws.of(nth);
        (draw.of(purpose::PROMPT).between(prompt), draw.of(purpose::ANSWER).between(answer))
    }
}

/// Timers tell milliseconds apart; arrivals do the same, so that a request is never late.
fn whole_ms(seconds: f64) -> Duration {
    Duration::from_millis((seconds * 1000.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Traffic;

    #[test]
    fn a_sample_is_the_stated_share_of_the_traffic_wherever_it_comes_from() {
        for (share, expected) in [(1.0, 10_000..10_001), (0.5, 4850..5150), (0.01, 70..130)] {
            let places: Vec<u64> = sample(Draws::new(3), share).take_while(|place| *place < 10_000).collect();
            assert!(expected.contains(&places.len()), "{share}: {}", places.len());
            assert!(places.is_sorted() && places.windows(2).all(|pair| pair[0] != pair[1]));
            let lengths = ((1, 1), (1, 1));
            let (prompt_tokens, answer_tokens) = lengths;
            for arrivals in [
                Arrivals::Even { per_second: 10.0, prompt_tokens, answer_tokens },
                Arrivals::Poisson { per_second: 10.0, prompt_tokens, answer_tokens },
            ] {
                let mut scenario = crate::random(1);
                scenario.span = Duration::from_secs(1000);
                scenario.traffic = Traffic { arrivals, sampled: share, ..Traffic::default() };
                let found = questions(&scenario).count();
                let slack = if share == 1.0 { 9700..10_301 } else { expected.clone() };
                assert!(slack.contains(&found), "{share}: {found}");
            }
        }
    }
}
