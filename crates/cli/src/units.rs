//! Times and durations as people read them.

use std::time::Duration;

const DAY_MS: u64 = 86_400_000;

/// `0.4 s`, `12 s`, `3 min`, `2 h`: as exact as it matters.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s < 0.0995 => format!("{} ms", duration.as_millis()),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 99.5 => format!("{s:.0} s"),
        s if s < 5970.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

/// Milliseconds, as [`human`].
pub(crate) fn human_ms(ms: u64) -> String {
    human(Duration::from_millis(ms))
}

/// As [`human_ms`], in whole seconds: for what changes while somebody looks.
pub(crate) fn calm_ms(ms: u64) -> String {
    if ms < 10_000 { format!("{} s", ms.div_ceil(1000)) } else { human_ms(ms) }
}

/// The time of day of a moment in milliseconds since 1970, in UTC: `14:05:09.214`.
pub(crate) fn time_of_day(unix_ms: u64) -> String {
    let ms = unix_ms % DAY_MS;
    let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{h:02}:{m:02}:{s:02}.{:03}", ms % 1000)
}

/// The time of day to the second, in UTC: `14:05:09`.
pub(crate) fn time_of_day_short(unix_ms: u64) -> String {
    time_of_day(unix_ms).split('.').next().unwrap_or_default().to_owned()
}

/// Money, with enough digits to see that it is not nothing: `$4.10`, `$0.480`, `$0.00040`.
pub(crate) fn money(amount: f64, currency: &str) -> String {
    let digits = match amount {
        a if a == 0.0 || a >= 0.995 => 2,
        a if a >= 0.01 => 3,
        _ => 5,
    };
    if currency == "USD" { format!("${amount:.digits$}") } else { format!("{amount:.digits$} {currency}") }
}

/// The day of a moment in milliseconds since 1970, in UTC: `2026-11-22`.
pub(crate) fn day(unix_ms: u64) -> String {
    // Counted in eras of 400 years that begin on the first of March, so that the leap day ends a year.
    let days = unix_ms / DAY_MS + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_told_with_the_right_day_and_time() {
        let check = |unix_ms: u64, expected: &str| {
            assert_eq!(format!("{} {}", day(unix_ms), time_of_day(unix_ms)), expected);
        };
        check(0, "1970-01-01 00:00:00.000");
        check(951_782_399_999, "2000-02-28 23:59:59.999");
        check(951_782_400_000, "2000-02-29 00:00:00.000");
        check(951_868_800_000, "2000-03-01 00:00:00.000");
        check(1_709_164_800_000, "2024-02-29 00:00:00.000");
        check(1_795_356_312_330, "2026-11-22 14:05:12.330");
        check(4_107_542_400_000, "2100-03-01 00:00:00.000");
    }

    #[test]
    fn durations_are_as_exact_as_it_matters() {
        let check = |ms: u64, expected: &str| assert_eq!(human_ms(ms), expected);
        check(0, "0 ms");
        check(99, "99 ms");
        check(100, "0.1 s");
        check(412, "0.4 s");
        check(9_949, "9.9 s");
        check(9_950, "10 s");
        check(99_499, "99 s");
        check(99_500, "2 min");
        check(5_969_000, "99 min");
        check(7_200_000, "2 h");
        check(259_200_000, "3 days");
        assert_eq!([0, 1, 9_100, 10_400].map(calm_ms), ["0 s", "1 s", "10 s", "10 s"]);
    }
}
