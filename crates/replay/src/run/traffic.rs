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
    arrivals(scenario)
        .take_while(move |(_, at, _)| *at < span)
        .filter(move |(nth, _, _)| draws.of(*nth).of(purpose::SAMPLE).chance(traffic.sampled))
        .zip(0_u32..)
        .map(move |((nth, at, (prompt_tokens, answer_tokens)), number)| {
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
        })
}

/// A count, the time, and the lengths of prompt and answer.
type Coming = (u64, Duration, (u32, u32));

fn arrivals(scenario: &Scenario) -> Box<dyn Iterator<Item = Coming> + Send> {
    let draws = Draws::new(scenario.seed);
    let speed = scenario.traffic.speed;
    match &scenario.traffic.arrivals {
        Arrivals::Trace(trace) => {
            let trace = trace.clone();
            let length = trace.len().max(1);
            // A trace begins anew one mean gap after its last request.
            let last = trace.last().map_or(Duration::ZERO, |arrival| arrival.at);
            let lap = last + last / u32::try_from(length).unwrap_or(u32::MAX) + Duration::from_millis(1);
            Box::new((0_u64..).map_while(move |nth| {
                let arrival = trace.get(usize::try_from(nth % length as u64).ok()?)?;
                let laps = (nth / length as u64) as f64;
                let at = (lap.as_secs_f64() * laps + arrival.at.as_secs_f64()) / speed;
                Some((nth, whole_ms(at), (arrival.prompt_tokens, arrival.answer_tokens)))
            }))
        }
        Arrivals::Even { per_second, prompt_tokens, answer_tokens } => {
            let rate = per_second * speed;
            let lengths = lengths(draws, *prompt_tokens, *answer_tokens);
            Box::new((0_u64..).map(move |nth| (nth, whole_ms(nth as f64 / rate), lengths(nth))))
        }
        Arrivals::Poisson { per_second, prompt_tokens, answer_tokens } => {
            let rate = per_second * speed;
            let lengths = lengths(draws, *prompt_tokens, *answer_tokens);
            Box::new((0_u64..).scan(0.0_f64, move |at, nth| {
                *at += -(1.0 - draws.of(nth).of(purpose::GAP).share()).ln() / rate;
                Some((nth, whole_ms(*at), lengths(nth)))
            }))
        }
    }
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
