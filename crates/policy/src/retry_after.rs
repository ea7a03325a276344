//! How long a provider asks us to wait.

use std::time::{Duration, UNIX_EPOCH};

/// The longest wait a caller is ever told: official SDKs sleep for whatever they read (wire-format notes, 7.2).
pub const MAX_TOLD: Duration = Duration::from_secs(30);

/// Reads `retry-after-ms` and `retry-after` (seconds, or a date) the way the official SDKs do, milliseconds first.
/// `now_unix` is the wall clock, for dates.
#[must_use]
pub fn retry_after(
    milliseconds: Option<&str>,
    seconds_or_date: Option<&str>,
    now_unix: u64,
) -> Option<Duration> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    if let Some(ms) = milliseconds.and_then(number) {
        return Duration::try_from_secs_f64(ms / 1000.0).ok();
    }
    let text = seconds_or_date?;
    if let Some(seconds) = number(text) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = httpdate::parse_http_date(text.trim()).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(at.saturating_sub(Duration::from_secs(now_unix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_wish_is_read_in_every_form_it_comes_in() {
        let ms = |n| Some(Duration::from_millis(n));
        let check =
            |a: Option<&str>, b: Option<&str>, expected| assert_eq!(retry_after(a, b, 784_111_770), expected);
        check(None, Some("20"), ms(20_000));
        check(None, Some("1.5"), ms(1_500));
        check(Some("250"), Some("20"), ms(250));
        check(Some("soon"), Some("2"), ms(2_000));
        check(None, Some("Sun, 06 Nov 1994 08:49:37 GMT"), ms(7_000));
        check(None, Some("Sat, 06 Nov 1993 08:49:37 GMT"), ms(0));
        check(None, Some("-1"), None);
        check(None, Some("NaN"), None);
        check(None, Some("1e300"), None);
        check(None, None, None);
    }
}
