//! Rounds become medians, medians become a table and ratios.

use crate::load::Sample;
use crate::shape::Shape;
use crate::targets::NGINX;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// All samples so far, in the order of the run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    shape: &'static str,
    unit: &'static str,
    target: String,
    rounds: Vec<Sample>,
}

/// One row's medians over the rounds.
#[derive(Debug, Clone, Copy)]
struct Medians {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: Option<f64>,
    memory: Option<f64>,
}

impl Report {
    /// Adds one round of one target.
    pub(crate) fn add(&mut self, shape: &Shape, target: &str, sample: Sample) {
        match self.rows.iter_mut().find(|row| row.shape == shape.name && row.target == target) {
            Some(row) => row.rounds.push(sample),
            None => self.rows.push(Row {
                shape: shape.name,
                unit: shape.answer.unit(),
                target: target.to_owned(),
                rounds: vec![sample],
            }),
        }
    }

    /// For people: one block per shape, then the ratios to nginx.
    pub(crate) fn table(&self) -> String {
        let mut out = String::new();
        let mut shape = "";
        for row in &self.rows {
            if row.shape != shape {
                shape = row.shape;
                // Writing to a String cannot fail, here and below.
                let _ = writeln!(
                    out,
                    "\n{shape} (median of {} rounds)\n  {:<12} {:>11} {:>9} {:>9} {:>13} {:>9} {:>12}",
                    row.rounds.len(),
                    "",
                    "answers/s",
                    "p50 ms",
                    "p99 ms",
                    format!("CPU us/{}", row.unit),
                    "RSS MiB",
                    "CPU / nginx"
                );
            }
            let m = row.medians();
            let optional = |value: Option<f64>, digits| value.map_or("-".into(), |v| format!("{v:.digits$}"));
            let _ = writeln!(
                out,
                "  {:<12} {:>11.0} {:>9.2} {:>9.2} {:>13} {:>9} {:>12}",
                row.target,
                m.rate,
                m.p50,
                m.p99,
                optional(m.cpu, 1),
                optional(m.memory, 1),
                optional(self.ratio(row), 2)
            );
        }
        out
    }

    /// For programs: the same numbers, and each round's CPU time.
    pub(crate) fn json(&self) -> Value {
        let row = |row: &Row| {
            let m = row.medians();
            json!({
                "shape": row.shape, "target": row.target, "unit": row.unit, "rounds": row.rounds.len(),
                "answers_per_second": m.rate, "p50_ms": m.p50, "p99_ms": m.p99,
                "cpu_us_per_unit": m.cpu, "rss_peak_mib": m.memory, "cpu_ratio_to_nginx": self.ratio(row),
                "cpu_us_per_unit_by_round": row.rounds.iter().map(|sample| sample.cpu).collect::<Vec<_>>(),
            })
        };
        Value::Array(self.rows.iter().map(row).collect())
    }

    /// What did not answer well, in words; a benchmark with failures has no result.
    pub(crate) fn failures(&self) -> Option<String> {
        let failed = |row: &Row| {
            let count: u64 = row.rounds.iter().map(|sample| sample.failures).sum();
            let why = row.rounds.iter().find_map(|sample| sample.first_failure.as_deref())?;
            Some(format!("{}, {}: {count} connections failed: {why}", row.shape, row.target))
        };
        let failures: Vec<String> = self.rows.iter().filter_map(failed).collect();
        (!failures.is_empty()).then(|| failures.join("\n"))
    }

    /// CPU time relative to nginx: the median of each round's own ratio, so that a slow minute hits both sides.
    fn ratio(&self, row: &Row) -> Option<f64> {
        let nginx = self.rows.iter().find(|other| other.shape == row.shape && other.target == NGINX)?;
        let pairs = row.rounds.iter().zip(&nginx.rounds);
        median(pairs.filter_map(|(own, nginx)| Some(own.cpu? / nginx.cpu.filter(|cpu| *cpu > 0.0)?)))
    }
}

impl Row {
    fn medians(&self) -> Medians {
        let of = |value: fn(&Sample) -> Option<f64>| median(self.rounds.iter().filter_map(value));
        Medians {
            rate: of(|sample| Some(sample.rate)).unwrap_or(0.0),
            p50: of(|sample| quantile(&sample.latencies, 0.50)).unwrap_or(0.0),
            p99: of(|sample| quantile(&sample.latencies, 0.99)).unwrap_or(0.0),
            cpu: of(|sample| sample.cpu),
            memory: of(|sample| sample.memory),
        }
    }
}

/// Nearest-rank quantile of sorted durations, milliseconds.
fn quantile(sorted: &[Duration], q: f64) -> Option<f64> {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).map(|duration| duration.as_secs_f64() * 1000.0)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape;

    #[test]
    fn a_ratio_compares_within_a_round_and_not_across() {
        let mut report = Report::default();
        // The second round is ten times slower for both: the ratio stays 2.
        for (target, cpu) in [("nginx", 10.0), ("handover", 20.0), ("nginx", 100.0), ("handover", 200.0)] {
            report.add(&shape::ALL[0], target, Sample { cpu: Some(cpu), ..Sample::default() });
        }
        assert_eq!(report.ratio(&report.rows[1]), Some(2.0));
    }

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let sorted: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(quantile(&sorted, 0.50), Some(50.0));
        assert_eq!(quantile(&sorted, 0.99), Some(99.0));
        assert_eq!(quantile(&[], 0.99), None);
    }

    #[test]
    fn a_benchmark_with_failures_says_so() {
        let mut report = Report::default();
        let sample = Sample { failures: 3, first_failure: Some("HTTP/1.1 502".into()), ..Sample::default() };
        report.add(&shape::ALL[0], "handover", sample);
        assert!(report.failures().unwrap().contains("handover: 3 connections failed: HTTP/1.1 502"));
    }
}
