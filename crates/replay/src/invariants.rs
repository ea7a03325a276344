//! What must hold of every run of the gateway, whatever the scenario.
//!
//! * Every request is answered once: a whole answer with one end, or one error; or its user had gone.
//! * An answer names the model that wrote it, of two models each where it wrote, and the engine's record names its
//!   provider.
//! * Whoever goes on with an answer was given the text that its user has, and the user is told of it: once in a
//!   comment, once where programs find it. No text is said twice at the seam.
//! * The engine's count of attempts is what the providers were asked, and the book is what the simulators counted.
//! * What the engine would put on a bill is in the book, target by target.
//! * Nothing stays open.
//! * After the last fault has healed, every request is served within a bound.

use std::time::Duration;

use handover_drill::Dialect;

use crate::result::{Outcome, Seen, Violation};
use crate::run::{Facts, LONG, Played};
use crate::scenario::{Provider, Scenario};

/// After the last fault has ended, so long until every request must be served: the longest back-off of a breaker or a
/// rested key (300 s, the cap of `retry-after`), and a probe.
pub const HEALED_WITHIN: Duration = Duration::from_secs(330);

/// Everything that was broken.
pub(crate) fn check(scenario: &Scenario, played: &Played) -> Vec<Violation> {
    let mut found = Vec::new();
    for (seen, facts) in played.seen.iter().zip(&played.facts) {
        let mut say = |rule, what: String| {
            found.push(Violation { rule, request: Some(seen.number), found: what });
        };
        one_end(seen, facts, &mut say);
        true_name(scenario, seen, facts, &mut say);
        handed_over(seen, facts, &mut say);
        counted(seen, facts, &mut say);
        billed(scenario, seen, facts, &mut say);
    }
    let mut say = |rule, what: String| found.push(Violation { rule, request: None, found: what });
    for (provider, (open, simulated, booked)) in scenario.providers.iter().zip(&played.end.providers) {
        let Provider { name, .. } = provider;
        if *open > 0 {
            say("nothing stays open", format!("{open} answers at {name}"));
        }
        if simulated != booked {
            say("the ledger is what providers saw", format!("{name} saw {simulated}, the book has {booked}"));
        }
    }
    if played.end.open > 0 {
        say("nothing stays open", format!("{} connections", played.end.open));
    }
    healed(scenario, played, &mut found);
    found
}

fn one_end(seen: &Seen, facts: &Facts, say: &mut impl FnMut(&'static str, String)) {
    let verdict = &facts.verdict;
    let gone = facts.left.is_some();
    if !gone && seen.status == 0 {
        say("every request is answered", "no status at all".to_owned());
    }
    if verdict.more_after_end || verdict.unreadable && !gone {
        say(
            "an answer can be read to its end",
            format!("unreadable: {}, more behind its end: {}", verdict.unreadable, verdict.more_after_end),
        );
    }
    if seen.status == 200 && !gone && verdict.ends + verdict.errors != 1 {
        say("one end or one error", format!("{} ends and {} errors", verdict.ends, verdict.errors));
    }
    if verdict.errors > 0 && seen.stream && !facts.aborted {
        say("a broken stream is torn down", "its body ended cleanly behind the error".to_owned());
    }
    // What the provider itself means to say, nothing included, is its answer.
    if seen.outcome == Outcome::CutUnnoticed && !facts.own_words {
        say("a broken answer never ends cleanly", format!("{} of {} tokens", seen.tokens, seen.wanted));
    }
    let truth = crate::words::answer(seen.number, seen.wanted);
    if !facts.own_words && !truth.starts_with(&verdict.text) {
        say("text is never lost or repeated", verdict.text.chars().take(200).collect());
    }
    let again = verdict.repeated();
    if again.len() >= LONG {
        say("text is never lost or repeated", format!("said twice at a seam: {again}"));
    }
}

fn true_name(scenario: &Scenario, seen: &Seen, facts: &Facts, say: &mut impl FnMut(&'static str, String)) {
    if let Some(wrong) = facts.wrong_name() {
        say("the true model is named", wrong);
    }
    let served = seen.served.and_then(|at| scenario.providers.get(at));
    let served = served.map(|provider| format!("{}/{}", provider.name, provider.model));
    // A user who left before the head never heard who served.
    if facts.left.is_none() && served != facts.says_served {
        let found = format!("the user heard {served:?}, the record says {:?}", facts.says_served);
        say("the record names who served", found);
    }
}

/// Every hand-over is told, and is what it is said to be.
fn handed_over(seen: &Seen, facts: &Facts, say: &mut impl FnMut(&'static str, String)) {
    let verdict = &facts.verdict;
    if facts.left.is_some() {
        return;
    }
    if facts.missing > 0 {
        let found = format!("{} writers were asked something else", facts.missing);
        say("who goes on was given what the user has", found);
    }
    if verdict.told != verdict.seams.len() {
        let found = format!("{} comments, {} objects", verdict.told, verdict.seams.len());
        say("every hand-over is told", found);
    }
    let chain =
        facts.first_served.iter().map(String::as_str).chain(verdict.seams.iter().map(|seam| &*seam.to));
    if let Some((writer, seam)) = chain.zip(&verdict.seams).find(|(writer, seam)| *writer != seam.from) {
        say("every hand-over is told", format!("{} is said to have stopped, and {writer} wrote", seam.from));
    }
    let heard: Vec<(&str, &str, &str)> =
        seen.hand_overs.iter().map(|one| (&*one.from, &*one.to, &*one.how)).collect();
    let said: Vec<(&str, &str, &str)> =
        facts.says_handed.iter().map(|(from, to, how)| (&**from, &**to, *how)).collect();
    // The head of an answer in one piece tells of the last one.
    let fits = if seen.stream { heard == said } else { heard.last() == said.last() };
    if !fits {
        say("every hand-over is told", format!("the user heard of {heard:?}, the record has {said:?}"));
    }
    let served =
        facts.verdict.recorded.as_ref().filter(|recorded| Some(*recorded) != facts.says_served.as_ref());
    if let Some(recorded) = served {
        let found = format!("the answer's last line says {recorded}, the record {:?}", facts.says_served);
        say("the record names who served", found);
    }
}

fn counted(seen: &Seen, facts: &Facts, say: &mut impl FnMut(&'static str, String)) {
    if facts.records != 1 {
        say("one record per request", format!("{} records", facts.records));
    }
    let asked = seen.attempts.len();
    // The attempt under way when a user leaves is in the book and not yet in the record.
    let fits = |said: usize| said == asked || facts.left.is_some() && said <= asked;
    if let Some(said) = facts.says_attempts.filter(|said| !fits(*said)) {
        say("the ledger is what providers saw", format!("the record has {said} attempts, the book {asked}"));
    }
}

/// What the engine would put on a bill is what the provider put on it, for each target that wrote. One that stopped in
/// the middle of its answer has not come to its count: there the engine says no more than was given. Cohere is left
/// out: its usage states the tokens with its own template, and bills those without.
fn billed(scenario: &Scenario, seen: &Seen, facts: &Facts, say: &mut impl FnMut(&'static str, String)) {
    const RULE: &str = "the ledger is what providers saw";
    if seen.outcome != Outcome::Whole {
        return;
    }
    let (legs, said) = (facts.legs.len(), facts.says_tokens.len());
    if legs != said && facts.missing == 0 && seen.served.is_some() {
        say(RULE, format!("{said} targets are counted, and {legs} wrote"));
    }
    for (nth, (leg, (prompt, answer))) in facts.legs.iter().zip(&facts.says_tokens).enumerate() {
        let Some(attempt) = seen.attempts.get(*leg) else { continue };
        let provider = scenario.providers.get(attempt.provider);
        if provider.is_none_or(|provider| provider.dialect == Dialect::Cohere) {
            continue;
        }
        let is_last = nth + 1 == legs;
        let wrong = |said: &Option<u64>, billed| said.is_some_and(|said| said != billed);
        let too_much = |said: &Option<u64>, billed| said.is_some_and(|said| said > billed);
        let answer_wrong =
            if is_last { wrong(answer, attempt.billed_out) } else { too_much(answer, attempt.billed_out) };
        if wrong(prompt, attempt.billed_in) || answer_wrong {
            let found = format!(
                "target {nth}: {prompt:?} and {answer:?} tokens, {} and {}",
                attempt.billed_in, attempt.billed_out
            );
            say(RULE, found);
        }
    }
}

/// Liveness.
fn healed(scenario: &Scenario, played: &Played, found: &mut Vec<Violation>) {
    let last = scenario.phases.iter().map(|phase| phase.to).max().unwrap_or_default();
    let overloadable = scenario.providers.iter().all(|provider| provider.capacity.is_some());
    if overloadable {
        // Without a provider of unbounded capacity, being full is no fault that heals.
        return;
    }
    let from = last + HEALED_WITHIN;
    let failed = played.seen.iter().filter(|seen| seen.at >= from && seen.outcome.is_failure());
    found.extend(failed.map(|seen| Violation {
        rule: "after the last fault has healed every request is served",
        request: Some(seen.number),
        found: format!("{:?}, {:?} after it", seen.outcome, seen.at.saturating_sub(last)),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Strategy;
    use crate::run::played;

    /// A short calm scenario, and what came of it.
    fn calm() -> (Scenario, Played) {
        let mut scenario = crate::random(4);
        scenario.phases.clear();
        scenario.traffic.leaves = 0.0;
        scenario.traffic.streaming = 1.0;
        for p in &mut scenario.providers {
            (p.local, p.capacity, p.dialect) = (None, None, Dialect::OpenAi);
        }
        let played = played(&scenario, Strategy::Handover).unwrap();
        (scenario, played)
    }

    #[track_caller]
    fn found(rule: &str, spoil: impl FnOnce(&mut Seen, &mut Facts)) {
        let (scenario, mut played) = calm();
        assert_eq!(check(&scenario, &played), [], "before anything is spoilt");
        let place = played.seen.len() - 1;
        spoil(&mut played.seen[place], &mut played.facts[place]);
        let rules: Vec<&str> = check(&scenario, &played).iter().map(|found| found.rule).collect();
        assert!(rules.contains(&rule), "{rule}: {rules:?}");
    }

    #[test]
    fn no_broken_promise_goes_unnoticed() {
        found("one end or one error", |_, facts| facts.verdict.ends = 2);
        found("one end or one error", |_, facts| facts.verdict.ends = 0);
        found("one end or one error", |_, facts| facts.verdict.errors = 1);
        found("a broken stream is torn down", |_, facts| facts.verdict.errors = 1);
        found("a broken answer never ends cleanly", |seen, _| seen.outcome = Outcome::CutUnnoticed);
        found("an answer can be read to its end", |_, facts| facts.verdict.more_after_end = true);
        found("every request is answered", |seen, _| seen.status = 0);
        found("text is never lost or repeated", |_, facts| facts.verdict.text.insert(0, 'x'));
        found("the true model is named", |_, facts| facts.verdict.models = vec!["another".to_owned()]);
        found("the true model is named", |_, facts| facts.verdict.misnamed.push("another".to_owned()));
        found("every hand-over is told", |_, facts| facts.verdict.told = 1);
        found("every hand-over is told", |_, facts| {
            facts.says_handed.push(("a/b".to_owned(), "c/d".to_owned(), "prefill"));
        });
        found("who goes on was given what the user has", |_, facts| facts.missing = 1);
        found("the record names who served", |_, facts| facts.verdict.recorded = Some("a/b".to_owned()));
        found("the ledger is what providers saw", |_, facts| facts.says_tokens.push((None, None)));
        found("the record names who served", |_, facts| facts.says_served = None);
        found("one record per request", |_, facts| facts.records = 2);
        found("the ledger is what providers saw", |_, facts| facts.says_attempts = Some(2));
        found("the ledger is what providers saw", |_, facts| facts.says_tokens[0].1 = Some(0));
        found("after the last fault has healed every request is served", |seen, _| {
            seen.outcome = Outcome::ErrorBefore;
        });
    }

    #[test]
    fn what_is_left_open_is_found() {
        let (scenario, played) = calm();
        let ends = |change: fn(&mut (usize, u64, u64))| {
            let mut played = Played { end: played.end.clone(), ..calm().1 };
            played.end.providers.iter_mut().for_each(change);
            check(&scenario, &played).iter().map(|found| found.rule).collect::<Vec<_>>()
        };
        assert!(ends(|_| {}).is_empty());
        assert!(ends(|(open, _, _)| *open = 1).contains(&"nothing stays open"));
        assert!(ends(|(_, simulated, _)| *simulated += 1).contains(&"the ledger is what providers saw"));
    }
}
