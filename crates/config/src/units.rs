//! Durations such as `1m30s` and sizes such as `32MiB`, as a person writes them.
//!
//! A unit is always asked for in a duration: `timeout = 30` is read as seconds by one reader and as
//! milliseconds by the next.

use std::time::Duration;

/// No clock here measures longer than a day. The bound also keeps sums of durations far from overflow.
pub(crate) const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a text is not a duration or a size, in words that end a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnitError {
    #[error("this is empty")]
    Empty,
    #[error("a number is expected before each unit")]
    NoNumber,
    #[error("the unit is missing")]
    NoUnit,
    #[error("this unit is not known")]
    UnknownUnit,
    #[error("this is longer than a day")]
    TooLong,
    #[error("this is too large")]
    TooLarge,
}

/// Parses `500ms`, `2s`, `1m30s`, `1.5h`. Upper bound: [`MAX_DURATION`].
pub(crate) fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(UnitError::Empty);
    }
    let mut sum = 0.0_f64;
    while !rest.is_empty() {
        let (number, unit, after) = split(rest)?;
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "" => return Err(UnitError::NoUnit),
            _ => return Err(UnitError::UnknownUnit),
        };
        sum += number * seconds;
        rest = after.trim_start();
    }
    if sum > MAX_DURATION.as_secs_f64() {
        return Err(UnitError::TooLong);
    }
    Duration::try_from_secs_f64(sum).map_err(|_| UnitError::TooLong)
}

/// Parses `4096B`, `64KiB`, `10MB`. A bare number is bytes, for there is no other reading.
pub(crate) fn parse_size(text: &str) -> Result<u64, UnitError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(UnitError::Empty);
    }
    let (number, unit, after) = split(text)?;
    if !after.is_empty() {
        return Err(UnitError::UnknownUnit);
    }
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024.0 * 1024.0,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(UnitError::UnknownUnit),
    };
    let size = number * bytes;
    // Above 2^53 not every number of bytes has a float of its own; nobody allows bodies of 8 PiB.
    if size > 9_007_199_254_740_992.0 {
        return Err(UnitError::TooLarge);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded on the lines above")]
    Ok(size as u64)
}

/// Writes a duration as [`parse_duration`] reads it, for messages.
pub(crate) fn show_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    match milliseconds {
        0 => "0s".to_owned(),
        ms if ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        ms if ms % 60_000 == 0 && ms > 60_000 => format!("{}m", ms / 60_000),
        ms if ms % 1000 == 0 => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

/// Writes a size as [`parse_size`] reads it, for messages.
pub(crate) fn show_size(bytes: usize) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// Splits `1.5h30m` into 1.5, `h` and `30m`.
fn split(text: &str) -> Result<(f64, &str, &str), UnitError> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let number: f64 = digits.parse().map_err(|_| UnitError::NoNumber)?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    Ok((number, unit, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_means_what_was_written() {
        let check = |text: &str, expected: Result<u64, UnitError>| {
            assert_eq!(parse_duration(text), expected.map(Duration::from_millis), "{text:?}");
        };
        check("2s", Ok(2000));
        check("500ms", Ok(500));
        check("1m30s", Ok(90_000));
        check("1m 30s", Ok(90_000));
        check("1.5s", Ok(1500));
        check("2 s", Ok(2000));
        check("24h", Ok(86_400_000));
        check("0s", Ok(0));
        check("", Err(UnitError::Empty));
        check("30", Err(UnitError::NoUnit));
        check("1m30", Err(UnitError::NoUnit));
        check("s", Err(UnitError::NoNumber));
        check("-2s", Err(UnitError::NoNumber));
        check("1.2.3s", Err(UnitError::NoNumber));
        check("2 seconds", Err(UnitError::UnknownUnit));
        check("25h", Err(UnitError::TooLong));
        check("99999999999999999999999999999h", Err(UnitError::TooLong));
    }

    #[test]
    fn a_body_limit_means_what_was_written() {
        let check = |text: &str, expected: Result<u64, UnitError>| {
            assert_eq!(parse_size(text), expected, "{text:?}");
        };
        check("32MiB", Ok(32 << 20));
        check("32 mib", Ok(32 << 20));
        check("64KiB", Ok(65_536));
        check("10MB", Ok(10_000_000));
        check("1.5KiB", Ok(1536));
        check("4096", Ok(4096));
        check("4096B", Ok(4096));
        check("1MiB1", Err(UnitError::UnknownUnit));
        check("MiB", Err(UnitError::NoNumber));
        check("3 potatoes", Err(UnitError::UnknownUnit));
        check("99999999GiB", Err(UnitError::TooLarge));
        check("", Err(UnitError::Empty));
    }

    #[test]
    fn sizes_in_messages_read_as_they_are_written() {
        for text in ["32MiB", "8KiB", "4GiB", "1000B", "1025B"] {
            let size = parse_size(text).unwrap();
            assert_eq!(show_size(usize::try_from(size).unwrap()), text);
        }
    }

    #[test]
    fn durations_in_messages_read_as_they_are_written() {
        for text in ["2s", "60s", "90s", "500ms", "2m", "10m", "2h", "0s", "1500ms"] {
            assert_eq!(parse_duration(text).map(show_duration).as_deref(), Ok(text));
        }
    }
}
