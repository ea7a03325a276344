//! The scenario's clock: the wall clock where the scenario has one, the time since the start where it has none.

use std::time::Duration;

use super::format::{DAY, span};
use crate::scenario::Scenario;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Distances between the labels of an axis, in seconds: those that people count in.
const STEPS: [u64; 19] = [
    1,
    5,
    10,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
];

/// Says what time it is in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970 at the start, in the scenario's own zone.
    starts: Option<u64>,
    span: Duration,
}

impl Clock {
    /// The clock of a scenario. Its start is read from words such as `2023-11-08 13:30 UTC`; words without a date and
    /// a time give none.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Clock { starts: scenario.starts.as_deref().and_then(read), span: scenario.span }
    }

    /// The time, with as much of the date as the scenario's length needs.
    #[must_use]
    pub fn at(&self, after: Duration) -> String {
        let Some(starts) = self.starts else {
            return if after.is_zero() { "0 min".to_owned() } else { span(after) };
        };
        let now = starts + after.as_secs();
        let (_, month, day) = date(now / DAY);
        let (hours, minutes, seconds) = (now % DAY / 3600, now % 3600 / 60, now % 60);
        let time = if self.span.as_secs() <= 600 {
            format!("{hours:02}:{minutes:02}:{seconds:02}")
        } else {
            format!("{hours:02}:{minutes:02}")
        };
        if self.span.as_secs() <= DAY + DAY / 2 { time } else { format!("{day} {month} {time}") }
    }

    /// Places for the labels of an axis: at most so many, at round times.
    pub(super) fn ticks(&self, most: u64) -> Vec<(Duration, String)> {
        let seconds = self.span.as_secs().max(1);
        let Some(step) = STEPS.iter().find(|step| seconds / **step <= most) else { return self.months(most) };
        // The first round time at or after the start.
        let first = self.starts.map_or(0, |starts| (step - starts % step) % step);
        let days = *step >= DAY;
        (0..=seconds / step)
            .map(|nth| first + nth * step)
            .filter(|after| *after <= seconds)
            .map(|after| {
                let label = match self.starts {
                    Some(starts) if days => {
                        let (_, month, day) = date((starts + after) / DAY);
                        format!("{day} {month}")
                    }
                    Some(_) if seconds > DAY + DAY / 2 => {
                        let full = self.at(Duration::from_secs(after));
                        full.rsplit(' ').next().unwrap_or_default().to_owned()
                    }
                    Some(_) | None => self.at(Duration::from_secs(after)),
                };
                (Duration::from_secs(after), label)
            })
            .collect()
    }

    /// Labels at the first days of months, for scenarios of a year or more.
    fn months(&self, most: u64) -> Vec<(Duration, String)> {
        let days = self.span.as_secs() / DAY;
        let first = self.starts.map_or(0, |starts| starts / DAY);
        let every = (days / 30 / most.max(1) + 1).max(1);
        let mut out = Vec::new();
        for day in 0..=days {
            let (year, month, of_month) = date(first + day);
            let nth = MONTHS.iter().position(|name| *name == month).unwrap_or(0) as u64;
            if of_month == 1 && nth.is_multiple_of(every.min(12)) {
                out.push((Duration::from_secs(day * DAY), format!("{month} {year}")));
            }
        }
        out
    }
}

/// `2023-11-08 13:30 UTC` in seconds since 1970, whatever the zone.
fn read(words: &str) -> Option<u64> {
    let (date, rest) = words.split_once(' ')?;
    let mut parts = date.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let (hours, minutes) = rest.split_whitespace().next()?.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
    let fits = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (fits && hours < 24 && minutes < 60).then(|| days(year, month, day) * DAY + hours * 3600 + minutes * 60)
}

/// Days since 1970 of a date of the Gregorian calendar. Years begin in March here, so that a leap day is a year's last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    // 719,468 days lie between 1 March of the year 0 and 1 January 1970.
    (year * 365 + year / 4 - year / 100 + year / 400 + in_year).saturating_sub(719_468)
}

/// The date of a day since 1970: year, month's name, day.
fn date(day: u64) -> (u64, &'static str, u64) {
    let mut year = 1970 + day / 366;
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= day).unwrap_or(1);
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    (year, name, day - days(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn clock(starts: Option<u64>, seconds: u64) -> Clock {
        Clock { starts, span: Duration::from_secs(seconds) }
    }

    #[test]
    fn every_day_has_its_date() {
        for (day, expected) in [
            (0, (1970, "Jan", 1)),
            (58, (1970, "Feb", 28)),
            (59, (1970, "Mar", 1)),
            (11_016, (2000, "Feb", 29)),
            (19_669, (2023, "Nov", 8)),
            (19_782, (2024, "Feb", 29)),
            (20_454, (2026, "Jan", 1)),
        ] {
            assert_eq!(date(day), expected, "{day}");
        }
        for day in 0..30_000 {
            let (year, month, of_month) = date(day);
            let month = MONTHS.iter().position(|name| *name == month).unwrap() as u64 + 1;
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn a_time_has_as_much_date_as_the_scenario_is_long() {
        let starts = read("2023-11-08 13:30 UTC");
        let m = |minutes: u64| Duration::from_secs(60 * minutes);
        assert_eq!(clock(starts, 9000).at(m(12)), "13:42");
        assert_eq!(clock(starts, 300).at(m(1)), "13:31:00");
        assert_eq!(clock(starts, 30 * DAY).at(m(12)), "8 Nov 13:42");
        assert_eq!(clock(None, 9000).at(m(12)), "12 min");
        for broken in ["", "in the night", "2023-13-08 13:30", "2023-11-08 25:00", "2023-11-08"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn an_axis_is_labelled_at_round_times() {
        let starts = read("2023-11-08 13:35 UTC");
        let labels = |clock: Clock, most| -> Vec<String> {
            clock.ticks(most).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(clock(starts, 9000), 6), ["14:00", "14:30", "15:00", "15:30", "16:00"]);
        assert_eq!(labels(clock(starts, 4 * DAY), 6), ["9 Nov", "10 Nov", "11 Nov", "12 Nov"]);
        assert_eq!(labels(clock(None, 1800), 4), ["0 min", "10 min", "20 min", "30 min"]);
        let year = labels(clock(starts, 548 * DAY), 6);
        assert_eq!(year, ["Jan 2024", "May 2024", "Sep 2024", "Jan 2025", "May 2025"]);
    }
}
