//! The report for programs.
//!
//! Times are whole milliseconds from the scenario's start; providers are named by their place in `scenario.providers`.

use std::time::Duration;

use serde::Serialize;

use super::Report;
use crate::result::{Attempt, Metric, Seen, Strategy, Timeline, Violation};
use crate::scenario::Scenario;

/// Counts up when a reader must change.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    scenario: About<'a>,
    seed: u64,
    headline: String,
    /// The command that gives this document again.
    again: &'a str,
    good: bool,
    missed: Vec<&'a Metric>,
    strategies: Vec<One<'a>>,
}

#[derive(Serialize)]
struct About<'a> {
    id: &'a str,
    title: &'a str,
    about: &'a str,
    synthetic: &'a [String],
    starts: Option<&'a str>,
    span: u64,
    sampled: f64,
    outage: Option<[u64; 2]>,
    providers: Vec<Provider<'a>>,
    marks: Vec<Mark<'a>>,
}

#[derive(Serialize)]
struct Provider<'a> {
    name: &'a str,
    model: &'a str,
    dialect: String,
}

#[derive(Serialize)]
struct Mark<'a> {
    at: u64,
    text: &'a str,
}

#[derive(Serialize)]
struct One<'a> {
    strategy: Strategy,
    metrics: &'a [Metric],
    violations: &'a [Violation],
    timeline: &'a Timeline,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<&'a [Seen]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probes: Option<&'a [Attempt]>,
}

pub(super) fn json(report: &Report<'_>, records: bool) -> Result<String, serde_json::Error> {
    let strategies = report.runs.iter().map(|run| One {
        strategy: run.strategy,
        metrics: &run.metrics,
        violations: &run.violations,
        timeline: &run.timeline,
        requests: records.then_some(run.seen.as_slice()),
        probes: records.then_some(run.probes.as_slice()),
    });
    let document = Document {
        format: FORMAT,
        scenario: about(report.scenario),
        seed: report.scenario.seed,
        headline: report.headline(),
        again: report.again,
        good: report.is_good(),
        missed: report.missed().collect(),
        strategies: strategies.collect(),
    };
    let mut text = serde_json::to_string(&document)?;
    text.push('\n');
    Ok(text)
}

fn about(scenario: &Scenario) -> About<'_> {
    About {
        id: &scenario.id,
        title: &scenario.title,
        about: &scenario.about,
        synthetic: &scenario.synthetic,
        starts: scenario.starts.as_deref(),
        span: ms(scenario.span),
        sampled: scenario.traffic.sampled,
        outage: scenario.outage.map(|(from, to)| [ms(from), ms(to)]),
        providers: scenario
            .providers
            .iter()
            .map(|one| Provider { name: &one.name, model: &one.model, dialect: one.dialect.to_string() })
            .collect(),
        marks: scenario.marks.iter().map(|(at, text)| Mark { at: ms(*at), text }).collect(),
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
