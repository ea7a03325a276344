//! Who wrote which part of an answer: what a user was told, found again in the book of attempts.
//!
//! Invariant: a part belongs to an attempt only if the provider was really asked so. Who went on must have been given
//! the text that the user had at the seam, to the last letter but white space.

use std::time::Duration;

use super::{Facts, Seam};
use crate::result::{AttemptOutcome, Seen};
use crate::words;

/// Finds each writer's attempt, and says which tokens of each attempt reached the user.
pub(super) fn assign(seen: &mut Seen, facts: &mut Facts, place: impl Fn(&str) -> Option<usize>) {
    let Some(last) = seen.served else { return };
    let writers = writers(seen, facts, last, |target| place(target.split_once('/')?.0));
    let mut before = seen.attempts.len();
    let mut legs = Vec::new();
    for writer in writers.iter().rev() {
        let gave = |at: &usize| {
            let (Some(attempt), Some(leg)) = (seen.attempts.get(*at), facts.book.get(*at)) else {
                return false;
            };
            let answers = match attempt.outcome {
                AttemptOutcome::Answered | AttemptOutcome::Broken | AttemptOutcome::HungUp => true,
                AttemptOutcome::Open
                | AttemptOutcome::Status(_)
                | AttemptOutcome::Refused
                | AttemptOutcome::NoConnection => false,
            };
            let began = match (&writer.had, &leg.given) {
                (Had::Nothing, None) => true,
                (Had::Text(had), Some(given)) => had.trim_end() == given.trim_end(),
                (Had::Some, Some(given)) => facts.verdict.text.starts_with(given.trim_end()),
                (Had::Nothing, Some(_)) | (Had::Text(_) | Had::Some, None) => false,
            };
            answers && began && Some(attempt.provider) == writer.provider
        };
        let Some(at) = (0..before).rev().find(gave) else { break };
        legs.push(at);
        before = at;
    }
    legs.reverse();
    if legs.len() < writers.len() {
        facts.missing = writers.len() - legs.len();
    }
    let begins: Vec<u64> = legs
        .iter()
        .map(|at| facts.book.get(*at).and_then(|leg| leg.given.as_deref()))
        .map(|given| given.map_or(0, |given| words::count(given.as_bytes())))
        .collect();
    let ends = begins.iter().skip(1).copied().chain([u64::from(seen.tokens)]);
    for ((at, from), to) in legs.iter().zip(&begins).zip(ends) {
        if let Some(attempt) = seen.attempts.get_mut(*at) {
            attempt.delivered = to.saturating_sub(*from).min(attempt.billed_out);
        }
    }
    facts.own_words = legs.iter().any(|at| facts.book.get(*at).is_some_and(|leg| leg.own_words));
    for (handed, at) in seen.hand_overs.iter_mut().zip(&legs) {
        let heard = seen.attempts.get(*at).map_or(Duration::MAX, |attempt| attempt.heard);
        handed.silence = handed.at.map(|at| at.saturating_sub(heard));
    }
    facts.legs = legs;
}

/// Someone who wrote a part of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Writer {
    provider: Option<usize>,
    had: Had,
}

/// What a user had when a writer began.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Had {
    Nothing,
    Text(String),
    /// A part of an answer that came in one piece: nobody saw where it ended.
    Some,
}

fn writers(seen: &Seen, facts: &Facts, last: usize, place: impl Fn(&str) -> Option<usize>) -> Vec<Writer> {
    if facts.verdict.seams.is_empty() && !seen.hand_overs.is_empty() {
        // In one piece: its head tells of the last hand-over only, the engine's record of all.
        let names = facts.says_handed.iter();
        let first = names.clone().next().and_then(|(from, _, _)| place(from));
        let rest = names.map(|(_, to, how)| Writer {
            provider: place(to),
            had: if *how == "restart" { Had::Nothing } else { Had::Some },
        });
        return [Writer { provider: first, had: Had::Nothing }].into_iter().chain(rest).collect();
    }
    let first = facts.verdict.seams.first().map_or(Some(last), |seam| place(&seam.from));
    let rest = facts.verdict.seams.iter().map(|seam: &Seam| Writer {
        provider: place(&seam.to),
        had: if seam.how == "restart" {
            Had::Nothing
        } else {
            Had::Text(facts.verdict.text.get(..seam.at).unwrap_or_default().to_owned())
        },
    });
    [Writer { provider: first, had: Had::Nothing }].into_iter().chain(rest).collect()
}
