//! The timeline in numbers, for those who do not see the picture and for the script.

use std::fmt::Write as _;

use super::super::columns::{Column, columns};
use super::super::format::label;
use super::super::{Clock, Report};
use super::picture::MOST_COLUMNS;
use super::{esc, put};
use crate::result::{Breaker, Strategy};

pub(super) fn table(report: &Report<'_>, page: &mut String) {
    let Some(first) = report.runs.first() else { return };
    let clock = Clock::new(report.scenario);
    let runs: Vec<(Strategy, Vec<Column>)> =
        report.runs.iter().map(|run| (run.strategy, columns(run, MOST_COLUMNS))).collect();
    put!(
        page,
        "<details><summary>The timeline as a table</summary><div class=\"scroll\"><table class=\"numbers\">\
         <thead><tr><th scope=\"col\">From</th>"
    );
    for (strategy, _) in &runs {
        for name in heads(report, *strategy) {
            put!(page, "<th scope=\"col\" class=\"n\">{}</th>", esc(&name));
        }
    }
    put!(page, "<th scope=\"col\">Breaker of {}</th></tr></thead>\n<tbody>\n", esc(report.lead()));
    for (nth, column) in columns(first, MOST_COLUMNS).iter().enumerate() {
        put!(page, "<tr><th scope=\"row\">{}</th>", esc(&clock.at(column.from)));
        for (strategy, columns) in &runs {
            let column = columns.get(nth);
            for number in column.map(|column| numbers(report, *strategy, column)).unwrap_or_default() {
                put!(page, "<td>{number}</td>");
            }
        }
        put!(page, "<td>{}</td></tr>\n", column.breakers.first().map_or("", |state| word(*state)));
    }
    put!(page, "</tbody></table></div></details>\n");
}

/// The heads of a strategy's columns. [`numbers`] gives as many.
fn heads(report: &Report<'_>, strategy: Strategy) -> Vec<String> {
    let name = report.name(strategy);
    let mut heads = Vec::new();
    match strategy {
        Strategy::Handover => {
            let providers = report.scenario.providers.iter();
            heads.extend(providers.map(|provider| format!("{name}: {}", label(&provider.name))));
        }
        Strategy::SingleProvider | Strategy::SdkRetries => heads.push(format!("{name}: answered")),
    }
    heads.push(format!("{name}: failed"));
    heads.push(format!("{name}: attempts at {}", report.lead()));
    heads
}

fn numbers(report: &Report<'_>, strategy: Strategy, column: &Column) -> Vec<u32> {
    let mut numbers = Vec::new();
    match strategy {
        Strategy::Handover => {
            let places = 0..report.scenario.providers.len();
            numbers.extend(places.map(|place| column.served.get(place).copied().unwrap_or(0)));
        }
        Strategy::SingleProvider | Strategy::SdkRetries => numbers.push(column.whole()),
    }
    numbers.push(column.failed);
    numbers.push(column.attempts.first().copied().unwrap_or(0));
    numbers
}

/// A breaker's state for people, who take "open" for "works" (experts too).
pub(super) fn word(state: Breaker) -> &'static str {
    match state {
        Breaker::Closed => "asked",
        Breaker::Ramping => "asked a little",
        Breaker::Probing => "one probe",
        Breaker::Open => "left alone",
    }
}
