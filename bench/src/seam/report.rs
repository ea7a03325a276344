//! Hand-overs become medians, medians become a table.

use crate::plan::{Case, Ledger, Times, Way};
use handover_bench::prose::Space;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// Every way that has been measured.
#[derive(Debug)]
pub(crate) struct Report {
    pace: Duration,
    rows: Vec<Row>,
    failures: Vec<String>,
}

#[derive(Debug)]
struct Row {
    way: Way,
    space: Space,
    /// The gap of each hand-over without the target's own first-token time.
    gap: Sorted,
    /// Of that, from the cut until the target was asked.
    asking: Sorted,
    /// Of that, from the target's first token until the next character was seen.
    joining: Sorted,
    /// Tokens that the target repeated.
    repeated: Sorted,
    /// Share of hand-overs whose first token was seen before the second one came.
    at_once: f64,
}

/// Milliseconds or tokens.
#[derive(Debug, Default)]
struct Sorted(Vec<f64>);

impl Report {
    pub(crate) fn new(pace: Duration) -> Self {
        Self { pace, rows: Vec::new(), failures: Vec::new() }
    }

    pub(crate) fn add(&mut self, way: Way, ledger: &Ledger, failures: Vec<String>) {
        let all = ledger.all();
        let lost = all.iter().filter(|times| Spans::of(times).is_none()).count();
        if lost > 0 {
            self.failures.push(format!("{}: {lost} were not handed over", way.name()));
        }
        self.failures.extend(failures);
        for space in [Space::InFront, Space::Behind] {
            let of_space = |(number, _): &(usize, &Times)| Case::space(*number) == space;
            let times: Vec<&Times> =
                all.iter().enumerate().filter(of_space).map(|(_, times)| times).collect();
            self.rows.push(Row::of(way, space, &times, self.pace));
        }
    }

    pub(crate) fn table(&self) -> String {
        let mut out = format!(
            "from the cut to the next visible character, without the target's own first-token time; ms\n\
             {:<24} {:<8} {:>6} {:>8} {:>8} {:>8} {:>12} {:>13} {:>9} {:>16}\n",
            "",
            "tokens",
            "cases",
            "median",
            "p95",
            "max",
            "until asked",
            "until joined",
            "not held",
            "tokens repeated"
        );
        for row in &self.rows {
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "{:<24} {:<8} {:>6} {:>8.2} {:>8.2} {:>8.2} {:>12.2} {:>13.2} {:>8.0}% {:>16.0}",
                row.way.name(),
                row.tokens(),
                row.gap.0.len(),
                row.gap.at(0.5),
                row.gap.at(0.95),
                row.gap.at(1.0),
                row.asking.at(0.5),
                row.joining.at(0.5),
                row.at_once * 100.0,
                row.repeated.at(0.5),
            );
        }
        let _ = writeln!(out, "the target writes a token every {} ms", self.pace.as_millis());
        out
    }

    pub(crate) fn json(&self) -> Value {
        let both = |sorted: &Sorted| json!({"median": sorted.at(0.5), "p95": sorted.at(0.95), "max": sorted.at(1.0)});
        let row = |row: &Row| {
            json!({
                "way": row.way.name(), "tokens": row.tokens(), "cases": row.gap.0.len(), "gap_ms": both(&row.gap),
                "until_asked_ms": both(&row.asking), "until_joined_ms": both(&row.joining),
                "not_held": row.at_once, "tokens_repeated": both(&row.repeated),
            })
        };
        Value::Array(self.rows.iter().map(row).collect())
    }

    pub(crate) fn has_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// A measure with hand-overs that went wrong has no result.
    pub(crate) fn failures(&self) -> Option<String> {
        let first = self.failures.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
        self.has_failures().then(|| format!("{} failures, such as:\n{first}", self.failures.len()))
    }
}

impl Row {
    fn of(way: Way, space: Space, times: &[&Times], pace: Duration) -> Self {
        let spans: Vec<Spans> = times.iter().filter_map(|times| Spans::of(times)).collect();
        let sorted = |value: fn(&Spans) -> f64| Sorted::of(spans.iter().map(value));
        let early = spans.iter().filter(|spans| spans.joining < pace.as_secs_f64() * 1000.0 / 2.0).count();
        Self {
            way,
            space,
            gap: sorted(|spans| spans.asking + spans.joining),
            asking: sorted(|spans| spans.asking),
            joining: sorted(|spans| spans.joining),
            repeated: Sorted::of(times.iter().map(|times| times.repeated as f64)),
            at_once: early as f64 / spans.len().max(1) as f64,
        }
    }

    /// An example of its tokens.
    fn tokens(&self) -> &'static str {
        match self.space {
            Space::InFront => "\" word\"",
            Space::Behind => "\"word \"",
        }
    }
}

/// The two parts of one gap, milliseconds.
#[derive(Debug)]
struct Spans {
    asking: f64,
    joining: f64,
}

impl Spans {
    fn of(times: &Times) -> Option<Self> {
        let span = |from, to: Option<tokio::time::Instant>| {
            Some(to?.saturating_duration_since(from).as_secs_f64() * 1000.0)
        };
        Some(Self { asking: span(times.cut?, times.asked)?, joining: span(times.first?, times.seen)? })
    }
}

impl Sorted {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// Nearest rank; zero of nothing.
    fn at(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.max(1) - 1).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[test]
    fn the_targets_own_time_is_not_the_gateways() {
        let cut = Instant::now();
        let after = |ms| Some(cut + Duration::from_millis(ms));
        let times = Times { cut: Some(cut), asked: after(2), first: after(42), seen: after(45), repeated: 0 };
        let spans = Spans::of(&times).unwrap();
        assert_eq!((spans.asking, spans.joining), (2.0, 3.0));
        assert!(Spans::of(&Times { seen: None, ..times }).is_none());
    }
}
