//! Three requests, and what their users saw with each strategy.
//!
//! Which three is a rule and not a choice: the first one that met the outage, one from its middle, and the one that
//! fared worst behind the gateway.

use std::time::Duration;

use super::format::{count, label, span};
use super::{Clock, Report};
use crate::result::{Attempt, AttemptOutcome, Outcome, Run, Seen, Strategy};

/// One request as several users saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Story {
    /// Why this one.
    pub(super) title: &'static str,
    /// Which one, and what it asked.
    pub(super) request: String,
    /// By strategy: what happened, and whether it went well.
    pub(super) told: Vec<Told>,
}

/// What one strategy made of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) strategy: Strategy,
    /// What was asked of whom.
    pub(super) asked: String,
    /// What the user had of it.
    pub(super) saw: String,
    pub(super) failed: bool,
}

pub(super) fn stories(report: &Report<'_>) -> Vec<Story> {
    let Some(handover) = report.run(Strategy::Handover) else { return Vec::new() };
    let mut taken = Vec::new();
    let mut out = Vec::new();
    let picks: [(&'static str, Option<&Seen>); 3] = [
        ("The first request to meet the outage", first_hit(handover)),
        ("A request in the middle of the outage", in_the_middle(report, handover)),
        ("The request that fared worst with Handover", worst(handover)),
    ];
    for (title, pick) in picks {
        let Some(pick) = pick.filter(|pick| !taken.contains(&pick.number)) else { continue };
        taken.push(pick.number);
        out.push(tell(report, title, pick));
    }
    out
}

fn first_hit(run: &Run) -> Option<&Seen> {
    stayed(run).find(|seen| seen.attempts.iter().any(|attempt| attempt.faulty))
}

fn in_the_middle<'a>(report: &Report<'_>, run: &'a Run) -> Option<&'a Seen> {
    let (from, to) = report.scenario.outage?;
    let middle = from + (to - from) / 2;
    stayed(run).filter(|seen| seen.stream).find(|seen| seen.at >= middle)
}

/// A failure; or else the one that waited longest for the provider that answered; or else for a first word.
fn worst(run: &Run) -> Option<&Seen> {
    let handed_over = |seen: &Seen| seen.attempts.last().map(|last| last.at.saturating_sub(seen.at));
    let first_word =
        |seen: &Seen| seen.first_token.filter(|_| seen.stream).map(|first| first.saturating_sub(seen.at));
    // Of equals the first: `max_by_key` would take the last.
    stayed(run).rev().max_by_key(|seen| (seen.outcome.is_failure(), handed_over(seen), first_word(seen)))
}

fn stayed(run: &Run) -> impl DoubleEndedIterator<Item = &Seen> {
    run.seen.iter().filter(|seen| seen.outcome != Outcome::Left)
}

fn tell(report: &Report<'_>, title: &'static str, pick: &Seen) -> Story {
    let clock = Clock::new(report.scenario);
    let kind = if pick.stream { "streamed" } else { "not streamed" };
    let request = format!(
        "Request {}, {}, {kind}, an answer of {} tokens",
        count(u64::from(pick.number) + 1),
        clock.at(pick.at),
        count(u64::from(pick.wanted)),
    );
    let told = report.runs.iter().filter_map(|run| {
        let seen = run.seen.iter().find(|seen| seen.number == pick.number)?;
        let (asked, saw) = (asked(report, &seen.attempts), saw(seen));
        Some(Told { strategy: run.strategy, asked, saw, failed: seen.outcome.is_failure() })
    });
    Story { title, request, told: told.collect() }
}

/// `OpenAI answered 502, then Anthropic answered.`
fn asked(report: &Report<'_>, attempts: &[Attempt]) -> String {
    let mut parts: Vec<(String, u32)> = Vec::new();
    for attempt in attempts {
        let name = report.scenario.providers.get(attempt.provider).map_or("?", |one| one.name.as_str());
        let said = format!("{} {}", label(name), outcome(attempt));
        match parts.last_mut() {
            Some((last, times)) if *last == said => *times += 1,
            Some(_) | None => parts.push((said, 1)),
        }
    }
    if parts.is_empty() {
        return "Nobody was asked.".to_owned();
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(said, times)| match times {
            1 => said,
            2 => format!("{said} twice"),
            3 => format!("{said} three times"),
            many => format!("{said} {many} times"),
        })
        .collect();
    format!("{}.", parts.join(", then "))
}

fn outcome(attempt: &Attempt) -> String {
    match attempt.outcome {
        AttemptOutcome::Open => "did not end".to_owned(),
        AttemptOutcome::Answered if attempt.faulty => "gave an answer with a fault".to_owned(),
        AttemptOutcome::Answered => "answered".to_owned(),
        AttemptOutcome::Status(status) => format!("failed with {status}"),
        AttemptOutcome::Refused => "refused the connection".to_owned(),
        AttemptOutcome::NoConnection => "could not be reached".to_owned(),
        AttemptOutcome::Broken => "broke off".to_owned(),
        AttemptOutcome::HungUp => "was given up".to_owned(),
    }
}

fn saw(seen: &Seen) -> String {
    let after = |at: Duration| match at.saturating_sub(seen.at) {
        none if none < Duration::from_millis(1) => "at once".to_owned(),
        some => format!("after {}", span(some)),
    };
    let end = after(seen.end);
    let (got, wanted) = (count(u64::from(seen.tokens)), count(u64::from(seen.wanted)));
    match seen.outcome {
        Outcome::Whole => match seen.first_token.filter(|first| seen.stream && *first < seen.end) {
            Some(first) => format!("First words {}, the whole answer {end}.", after(first)),
            None => format!("The whole answer {end}."),
        },
        Outcome::ErrorBefore if seen.status == 0 => format!("No connection, {end}."),
        Outcome::ErrorBefore => format!("An error ({}), {end}.", seen.status),
        Outcome::ErrorAfter => format!("{got} of {wanted} tokens, then an error {end}."),
        Outcome::CutUnnoticed => {
            format!("{got} of {wanted} tokens, and nothing said that the rest is missing.")
        }
        Outcome::GaveUp => format!("Nothing complete: the user gave up {end}."),
        Outcome::Left => format!("The user left {end}."),
    }
}
