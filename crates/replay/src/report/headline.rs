//! The first sentence of a report: what failed, and what users had of it.

use std::time::Duration;

use super::format::{label, list, percent, provider, span};
use super::{Fared, Report};
use crate::result::Strategy;
use crate::scenario::{Fault, Phase, Scenario};

/// A provider that fails at least this share of its requests is said to fail, not to fail in part.
const FAILS: f64 = 0.9;

pub(super) fn headline(report: &Report<'_>) -> String {
    let mut sentences = vec![what_failed(report.scenario)];
    let fared = |strategy| report.run(strategy).and_then(|run| Fared::of(report.scenario, run).share());
    if let Some(share) = fared(Strategy::Handover) {
        let mut sentence = if share >= 1.0 {
            "Every user got a whole answer".to_owned()
        } else if share <= 0.0 {
            "Nobody got a whole answer".to_owned()
        } else {
            format!("{} of your users got a whole answer", percent(share))
        };
        if let Some(alone) = fared(Strategy::SingleProvider) {
            let alone = if alone <= 0.0 { "nobody".to_owned() } else { percent(alone) };
            sentence.push_str(&format!("; with {} alone {alone}", report.lead()));
        }
        sentences.push(sentence + ".");
    }
    sentences.join(" ")
}

/// What failed for how long, the lead first.
fn what_failed(scenario: &Scenario) -> String {
    let mut parts = Vec::new();
    for one in &scenario.providers {
        let phases: Vec<&Phase> = scenario
            .phases
            .iter()
            .filter(|phase| phase.provider == one.name && failing(phase) > 0.0)
            .collect();
        if phases.is_empty() {
            continue;
        }
        let name = if parts.is_empty() { label(&one.name) } else { provider(&one.name).to_owned() };
        let time = span(covered(&phases));
        let whole = phases.iter().all(|phase| phase.key.is_none() && failing(phase) >= FAILS);
        let flaps = phases.iter().any(|phase| phase.flapping.is_some());
        let how = match (whole, flaps) {
            (true, true) => "on and off ",
            (true, false) => "",
            (false, true | false) => "in part ",
        };
        // "OpenAI failed in part for 2 h, and Anthropic for 10 min": the verb is said once.
        let failed = if parts.is_empty() { "failed " } else { "" };
        parts.push(format!("{name} {failed}{how}for {time}"));
    }
    if parts.is_empty() { "Nothing failed.".to_owned() } else { format!("{}.", list(&parts)) }
}

/// The share of a phase's requests that meets something else than a healthy provider.
pub(super) fn failing(phase: &Phase) -> f64 {
    phase.mix.iter().filter(|(_, fault)| *fault != Fault::Healthy).map(|(share, _)| *share).sum()
}

/// How long at least one of the phases lasted.
fn covered(phases: &[&Phase]) -> Duration {
    let mut spans: Vec<(Duration, Duration)> = phases.iter().map(|phase| (phase.from, phase.to)).collect();
    spans.sort_unstable();
    let mut sum = Duration::ZERO;
    let mut reached = Duration::ZERO;
    for (from, to) in spans {
        sum += to.saturating_sub(from.max(reached));
        reached = reached.max(to);
    }
    sum
}
