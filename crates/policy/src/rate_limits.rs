//! What a provider's headers say about its limits.
//!
//! Forms (wire-format notes, 7.1): OpenAI and those that copy it count in `x-ratelimit-*`, with resets like `6m0s` or
//! `120ms`, Azure with resets in seconds; Mistral gives the limit per minute alone; Anthropic counts in
//! `anthropic-ratelimit-*`, with resets as RFC 3339 instants. Nothing here is a promise: what cannot be read is
//! ignored. Anthropic's `unified` limits are left out: they belong to subscriptions and may be hours away.

use std::time::Duration;

/// What a provider's headers say about its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimits {
    /// How many requests per minute this key may make.
    pub requests_per_minute: Option<u64>,
    /// How long nothing is left, at most 300 s; none while something is.
    pub exhausted_for: Option<Duration>,
}

/// The longest wait believed (linkerd's load biaser caps Retry-After there).
const LONGEST: Duration = Duration::from_secs(300);

/// Headers with the limit of requests per minute, in the order in which they are believed.
const LIMITS: [&str; 3] =
    ["x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit", "x-ratelimit-limit-req-minute"];

/// Pairs of what remains and when it is refilled.
const REMAINS: [(&str, &str); 6] = [
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
];

/// Reads the headers of an answer. `lookup` gives a header's value; `unix_now` is the wall clock in seconds, for
/// resets that are instants.
#[must_use]
pub fn rate_limits<'a>(lookup: impl Fn(&str) -> Option<&'a str>, unix_now: u64) -> RateLimits {
    let number = |name: &str| lookup(name).and_then(|text| text.trim().parse::<u64>().ok());
    let exhausted = REMAINS
        .into_iter()
        .filter(|(remaining, _)| number(remaining) == Some(0))
        .filter_map(|(_, reset)| lookup(reset).and_then(|text| wait(text.trim(), unix_now)));
    RateLimits {
        requests_per_minute: LIMITS.into_iter().filter_map(number).find(|limit| *limit > 0),
        exhausted_for: exhausted.max().map(|wait| wait.min(LONGEST)).filter(|wait| !wait.is_zero()),
    }
}

/// How long until a reset: seconds, a duration with units, or an instant.
fn wait(text: &str, unix_now: u64) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    units(text).or_else(|| {
        let at = u64::try_from(instant(text)?).ok()?;
        Some(Duration::from_secs(at.saturating_sub(unix_now)))
    })
}

/// A duration as Go writes it: `1h2m3.5s`, `120ms`.
fn units(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let seconds = match unit {
            "d" => 86_400.0,
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = next;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(total).ok() }
}

/// An RFC 3339 instant (`2026-11-22T10:00:00Z`, with any fraction and offset) as seconds since 1970; fractions are
/// dropped.
fn instant(text: &str) -> Option<i64> {
    let (date, clock) = (text.get(..10)?, text.get(11..19)?);
    if !matches!(text.get(10..11)?, "T" | "t" | " ") {
        return None;
    }
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let sane =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    let zone = text.get(19..)?.trim_start_matches('.').trim_start_matches(|c: char| c.is_ascii_digit());
    let offset = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign @ ("+" | "-"), by) => {
            let [hours, minutes] = numbers(by, ':')?;
            let seconds = hours * 3600 + minutes * 60;
            if sign == "+" { seconds } else { -seconds }
        }
        _ => return None,
    };
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    sane.then_some(seconds - offset)
}

/// Exactly `N` numbers of ASCII digits, at most four each.
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let number = |part: &str| {
        let fits = part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        if fits { part.parse().ok() } else { None }
    };
    let found: Option<Vec<i64>> = text.split(separator).map(number).collect();
    found?.try_into().ok()
}

/// Days from 1 January 1970 to a date of the Gregorian calendar. Years are counted from March, so that the leap day
/// is the last of its year; then every month's first day is a linear function of its number, rounded down.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let before_month = (153 * month + 2) / 5;
    // From 1 March of year 0 to 1 January 1970.
    const TO_1970: i64 = 719_468;
    year * 365 + leap_days + before_month + day - 1 - TO_1970
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-22T10:00:00Z.
    const NOW: u64 = 1_795_341_600;

    fn read(headers: &[(&str, &str)]) -> (Option<u64>, Option<u128>) {
        let lookup = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        let found = rate_limits(lookup, NOW);
        (found.requests_per_minute, found.exhausted_for.map(|d| d.as_millis()))
    }

    #[test]
    fn a_providers_limit_is_known_before_it_says_no() {
        assert_eq!(read(&[("x-ratelimit-limit-requests", "500")]), (Some(500), None));
        assert_eq!(read(&[("anthropic-ratelimit-requests-limit", "50")]), (Some(50), None));
        assert_eq!(read(&[("x-ratelimit-limit-req-minute", "60")]), (Some(60), None));
        assert_eq!(read(&[("x-ratelimit-limit-requests", "0")]), (None, None));
        assert_eq!(read(&[("x-ratelimit-limit-requests", "many")]), (None, None));
        assert_eq!(read(&[]), (None, None));
    }

    #[test]
    fn an_exhausted_key_rests_as_long_as_its_provider_says() {
        let openai = |remaining: &str, reset: &str, expected: Option<u128>| {
            let headers =
                [("x-ratelimit-remaining-requests", remaining), ("x-ratelimit-reset-requests", reset)];
            assert_eq!(read(&headers).1, expected, "{remaining} {reset}");
        };
        openai("0", "6m0s", Some(300_000));
        openai("0", "1m2.5s", Some(62_500));
        openai("0", "120ms", Some(120));
        openai("0", "1s", Some(1000));
        openai("0", "1m0.5s20ms", Some(60_520));
        openai("0", "17", Some(17_000));
        openai("0", "0s", None);
        openai("1", "1s", None);
        openai("-1", "1s", None);
        openai("0", "1 s", None);
        openai("0", "1x", None);
        openai("0", "s", None);
        openai("0", "1.2.3s", None);
        openai("0", "", None);
        openai("0", "1e300s", None);
        let anthropic = |reset: &str, expected: Option<u128>| {
            let headers = [
                ("anthropic-ratelimit-input-tokens-remaining", "0"),
                ("anthropic-ratelimit-input-tokens-reset", reset),
            ];
            assert_eq!(read(&headers).1, expected, "{reset}");
        };
        anthropic("2026-11-22T10:00:07Z", Some(7000));
        anthropic("2026-11-22T10:00:07.999Z", Some(7000));
        anthropic("2026-11-22T11:00:07+01:00", Some(7000));
        anthropic("2026-11-22T05:00:07-05:00", Some(7000));
        anthropic("2026-11-23T10:00:00Z", Some(300_000));
        anthropic("2026-11-22T09:59:59Z", None);
        anthropic("2026-11-22T10:00:07", None);
        anthropic("2026-13-22T10:00:07Z", None);
        anthropic("2026-11-22", None);
        // The longer of two waits is the true one.
        let both = [
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "20s"),
        ];
        assert_eq!(read(&both).1, Some(20_000));
    }

    #[test]
    fn the_calendar_is_right_around_leap_days_and_centuries() {
        let check = |text: &str, expected: i64| assert_eq!(instant(text), Some(expected), "{text}");
        check("1970-01-01T00:00:00Z", 0);
        check("1969-12-31T23:59:59Z", -1);
        check("2000-02-29T00:00:00Z", 951_782_400);
        check("2000-03-01T00:00:00Z", 951_868_800);
        check("2024-02-29T23:59:59Z", 1_709_251_199);
        check("2024-03-01T00:00:00Z", 1_709_251_200);
        check("2026-11-22T10:00:00Z", 1_795_341_600);
        check("2100-03-01T00:00:00Z", 4_107_542_400);
    }

    proptest! {
        #[test]
        fn no_header_can_bring_the_gateway_down(
            text in "\\PC{0,24}|[0-9.hmsnuµ]{0,16}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:]{8}[.0-9]{0,6}[-+Zz:0-9]{0,6}",
            now in any::<u64>(),
        ) {
            let found = rate_limits(|name| Some(if name.contains("remaining") { "0" } else { &text }), now);
            prop_assert!(found.exhausted_for.is_none_or(|wait| wait <= LONGEST));
        }
    }
}
