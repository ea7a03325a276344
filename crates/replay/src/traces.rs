//! The facts that replays are made of: real request arrivals and posted incidents.
//!
//! The files are compiled in; `data/README.md` names source, licence and citation of each, and
//! `scripts/make-drill-data.py` writes them anew.
//!
//! # Invariants
//! * A row that cannot be read would be a fact lost in silence: the tests compare counts and totals with the sources.
//! * Times of incidents are whole minutes of UTC, counted in seconds from 1970, as computers count them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::scenario::Arrival;

/// How bad a provider called its own incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Some requests fail, or are slow.
    Minor,
    /// Most requests of many customers fail.
    Major,
    /// Nothing works.
    Critical,
}

impl Severity {
    /// Every severity, the mildest first.
    pub const ALL: [Severity; 3] = [Severity::Minor, Severity::Major, Severity::Critical];

    /// The word for it in the records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Minor => "minor",
            Severity::Major => "major",
            Severity::Critical => "critical",
        }
    }

    /// The share of requests that fail in a replay of such an incident: an assumption, and printed as one.
    ///
    /// Records give a word, not a rate. The postmortems that give a rate say 60 to 75 % at the peak of a major
    /// incident and nearly all in a critical one; minor ones are mostly named after errors of one to ten per cent.
    #[must_use]
    pub fn failed_share(self) -> f64 {
        match self {
            Severity::Minor => 0.10,
            Severity::Major => 0.60,
            Severity::Critical => 0.95,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Severity::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// One posted incident of a provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incident {
    /// `openai` or `anthropic`.
    pub provider: &'static str,
    /// As posted.
    pub severity: Severity,
    /// When it was posted, in seconds since 1970.
    pub start: i64,
    /// When it was posted as over, in seconds since 1970. Later than `start`.
    pub end: i64,
}

/// The first of the 548 days in which both providers kept records: 11 July 2023, 00:00 UTC.
pub const HISTORY_START: i64 = utc(2023, 7, 11, 0, 0);

/// The end of the 548 days: 9 January 2025, 00:00 UTC.
pub const HISTORY_END: i64 = utc(2025, 1, 9, 0, 0);

const SECONDS_PER_DAY: i64 = 86_400;

/// Seconds since 1970 of a minute of UTC. Months and days count from 1.
#[must_use]
pub const fn utc(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> i64 {
    // Days before a date of the Gregorian calendar; years begin in March here, so that leap days come last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year;
    // 719,468 days lie between 1 March of the year 0 and 1 January 1970.
    (days - 719_468) * SECONDS_PER_DAY + hour * 3600 + minute * 60
}

/// Reads `2023-11-08T13:42Z`.
fn parse_minute(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let mut time = time.split(':').map(|part| part.parse::<i64>().ok());
    Some(utc(date.next()??, date.next()??, date.next()??, time.next()??, time.next()??))
}

static ARRIVALS: LazyLock<Arc<[Arrival]>> = LazyLock::new(|| {
    let mut at = Duration::ZERO;
    include_str!("../data/arrivals-azure-2023-conv.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',').map(|field| field.parse::<u32>().ok());
            let (delta, prompt_tokens, answer_tokens) = (fields.next()??, fields.next()??, fields.next()??);
            at += Duration::from_millis(u64::from(delta));
            Some(Arrival { at, prompt_tokens, answer_tokens })
        })
        .collect()
});

static INCIDENTS: LazyLock<Vec<Incident>> = LazyLock::new(|| {
    include_str!("../data/incidents-2023-2025.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',');
            Some(Incident {
                provider: fields.next()?,
                severity: Severity::named(fields.next()?)?,
                start: parse_minute(fields.next()?)?,
                end: parse_minute(fields.next()?)?,
            })
        })
        .collect()
});

/// The 19,366 requests of the Azure conversation trace of 2023, in order; the first is at zero, the last 58 minutes
/// later.
#[must_use]
pub fn azure_conversation() -> Arc<[Arrival]> {
    Arc::clone(&ARRIVALS)
}

/// The posted API incidents of OpenAI and Anthropic that touch the 548 days from [`HISTORY_START`] to
/// [`HISTORY_END`], by start. They overlap, and the first begins before the window does.
#[must_use]
pub fn incidents() -> &'static [Incident] {
    &INCIDENTS
}

/// What one provider's posted incidents amount to: spans that follow each other without overlap, each with its worst
/// severity, within the 548 days. Seconds since [`HISTORY_START`].
#[must_use]
pub fn timeline(provider: &str) -> Vec<(u64, u64, Severity)> {
    let own: Vec<&Incident> = INCIDENTS.iter().filter(|incident| incident.provider == provider).collect();
    let clipped = |at: i64| at.clamp(HISTORY_START, HISTORY_END);
    let mut borders: Vec<i64> = own.iter().flat_map(|i| [clipped(i.start), clipped(i.end)]).collect();
    borders.sort_unstable();
    borders.dedup();
    let since = |at: i64| u64::try_from(at - HISTORY_START).unwrap_or(0);
    let mut spans: Vec<(u64, u64, Severity)> = Vec::new();
    for pair in borders.windows(2) {
        let [from, to] = pair else { continue };
        let worst = own
            .iter()
            .filter(|incident| incident.start <= *from && *to <= incident.end)
            .map(|incident| incident.severity)
            .max();
        let Some(severity) = worst else { continue };
        match spans.last_mut() {
            Some(last) if last.1 == since(*from) && last.2 == severity => last.1 = since(*to),
            _ => spans.push((since(*from), since(*to), severity)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_request_of_the_trace_is_lost() {
        let arrivals = azure_conversation();
        assert_eq!(arrivals.len(), 19_366);
        let lines = include_str!("../data/arrivals-azure-2023-conv.csv").lines().count();
        assert_eq!(arrivals.len(), lines - 1);
        assert_eq!(arrivals[0], Arrival { at: Duration::ZERO, prompt_tokens: 374, answer_tokens: 44 });
        assert_eq!(arrivals[1].at, Duration::from_millis(4315));
        let minutes = arrivals.last().unwrap().at.as_secs_f64() / 60.0;
        assert!((58.0..59.0).contains(&minutes), "{minutes}");
        let mut generated: Vec<u32> = arrivals.iter().map(|arrival| arrival.answer_tokens).collect();
        generated.sort_unstable();
        assert_eq!(generated[generated.len() / 2], 129);
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    }

    #[test]
    fn a_date_means_the_same_second_everywhere() {
        let check = |text: &str, seconds: i64| assert_eq!(parse_minute(text), Some(seconds), "{text}");
        check("1970-01-01T00:00Z", 0);
        check("2000-02-29T12:30Z", 951_827_400);
        check("2023-11-08T13:42Z", 1_699_450_920);
        check("2024-12-31T23:59Z", 1_735_689_540);
        assert_eq!((HISTORY_END - HISTORY_START) / SECONDS_PER_DAY, 548);
    }

    fn minutes(provider: &str, least: Severity) -> u64 {
        timeline(provider)
            .iter()
            .filter(|(_, _, severity)| *severity >= least)
            .map(|(from, to, _)| (to - from) / 60)
            .sum()
    }

    fn both(least: Severity) -> u64 {
        let (ours, theirs) = (timeline("openai"), timeline("anthropic"));
        let bad = |spans: &[(u64, u64, Severity)]| -> Vec<(u64, u64)> {
            spans.iter().filter(|(_, _, s)| *s >= least).map(|(from, to, _)| (*from, *to)).collect()
        };
        let theirs = bad(&theirs);
        bad(&ours)
            .iter()
            .flat_map(|(a, b)| theirs.iter().map(move |(c, d)| (*b.min(d)).saturating_sub(*a.max(c))))
            .sum::<u64>()
            / 60
    }

    #[test]
    fn the_history_is_as_bad_as_the_published_one() {
        assert_eq!(incidents().len(), include_str!("../data/incidents-2023-2025.csv").lines().count() - 1);
        let check = |least: Severity, openai: u64, anthropic: u64, at_once: u64| {
            assert_eq!(
                (minutes("openai", least), minutes("anthropic", least), both(least)),
                (openai, anthropic, at_once)
            );
        };
        check(Severity::Major, 11_276, 8_350, 262);
        check(Severity::Minor, 24_875, 20_469, 819);
    }

    #[test]
    fn a_timeline_never_says_two_things_at_once() {
        for provider in ["openai", "anthropic"] {
            let spans = timeline(provider);
            assert!(spans.len() > 100);
            assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{provider}");
            assert!(spans.iter().all(|(from, to, _)| from < to && *to <= 548 * 86_400));
        }
        assert!(timeline("cohere").is_empty());
    }
}
