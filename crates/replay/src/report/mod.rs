//! What a drill says: in the terminal, as JSON, and as one page.
//!
//! # Purpose
//! Turns the [`Run`]s of one scenario into words and pictures. Nothing is measured here: every number comes from the
//! metrics and the timeline, or is a count of requests as their users saw them.
//!
//! # Invariants
//! * The same runs give the same text, to the byte. There is no wall clock in a report.
//! * What broke comes first, and what is assumed is always said.
//! * Nothing is told by colour alone.
//! * Text of a scenario is escaped wherever it goes: it may come from a file of somebody else.

mod clock;
mod columns;
mod format;
mod headline;
mod html;
mod json;
mod stories;
mod terminal;
#[cfg(test)]
mod tests;

use crate::result::{Metric, Outcome, Run, Strategy};
use crate::scenario::Scenario;

pub use clock::Clock;

/// The report of one drill.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What was played.
    pub scenario: &'a Scenario,
    /// How it went, one run per strategy, in the order in which they are shown.
    pub runs: &'a [Run],
    /// The command that plays it again.
    pub again: &'a str,
}

impl<'a> Report<'a> {
    /// What happened, in one or two sentences.
    #[must_use]
    pub fn headline(&self) -> String {
        headline::headline(self)
    }

    /// The targets that the gateway missed.
    pub fn missed(&self) -> impl Iterator<Item = &'a Metric> {
        self.metrics().filter(|metric| metric.met == Some(false))
    }

    /// A missed target in words: `M1 availability: 98 %, and the target is at least 99.95 %`.
    #[must_use]
    pub fn miss(metric: &Metric) -> String {
        let (name, value) = (format::name(metric), format::value(metric));
        format!("{} {name}: {value}, and the target is {}", metric.id, metric.target)
    }

    /// Whether the gateway met its targets and broke no rule.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.missed().next().is_none() && self.runs.iter().all(|run| run.violations.is_empty())
    }

    /// Everything as one JSON document, with a line break at its end. The requests themselves are many, and only
    /// there `records` says so.
    ///
    /// # Errors
    /// None that is known: all parts can be written as JSON.
    pub fn json(&self, records: bool) -> Result<String, serde_json::Error> {
        json::json(self, records)
    }

    /// The report for a terminal of 80 columns.
    #[must_use]
    pub fn terminal(&self, colours: bool) -> String {
        terminal::terminal(self, colours)
    }

    /// The report as one page, which needs nothing but itself.
    #[must_use]
    pub fn html(&self) -> String {
        html::html(self)
    }

    fn run(&self, strategy: Strategy) -> Option<&'a Run> {
        self.runs.iter().find(|run| run.strategy == strategy)
    }

    fn metrics(&self) -> impl Iterator<Item = &'a Metric> {
        self.run(Strategy::Handover).into_iter().flat_map(|run| &run.metrics)
    }

    /// The lead's name for people.
    fn lead(&self) -> &'a str {
        self.scenario.providers.first().map_or("the provider", |lead| format::provider(&lead.name))
    }

    /// A strategy's name for people.
    fn name(&self, strategy: Strategy) -> String {
        match strategy {
            Strategy::Handover => "Handover".to_owned(),
            Strategy::SingleProvider => format!("{} alone", format::label(self.lead())),
            Strategy::SdkRetries => "SDK retries".to_owned(),
        }
    }

    /// What happened, and where that is written: the scenario's text and the part of it that cites.
    fn about(&self) -> (&'a str, Option<&'a str>) {
        let about = self.scenario.about.trim();
        for word in ["Sources: ", "Source: "] {
            if let Some((text, sources)) = about.split_once(word) {
                return (text.trim_end(), Some(sources));
            }
        }
        (about, None)
    }
}

/// How the users of one strategy fared in the outage, or in all where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Fared {
    /// Users who did not leave by themselves.
    asked: u32,
    /// Of these, with the whole answer.
    whole: u32,
}

impl Fared {
    fn of(scenario: &Scenario, run: &Run) -> Self {
        let inside = |at| scenario.outage.is_none_or(|(from, to)| (from..to).contains(&at));
        let mut fared = Fared::default();
        for seen in run.seen.iter().filter(|seen| inside(seen.at) && seen.outcome != Outcome::Left) {
            fared.asked += 1;
            fared.whole += u32::from(seen.outcome == Outcome::Whole);
        }
        fared
    }

    /// The share with the whole answer; `None` when nobody asked.
    fn share(self) -> Option<f64> {
        (self.asked > 0).then(|| f64::from(self.whole) / f64::from(self.asked))
    }
}
