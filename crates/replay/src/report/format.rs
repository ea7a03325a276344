//! Numbers and times for people.
//!
//! Invariant: nothing is rounded into a lie. A share below one is never shown as 100 %, one above zero never as 0 %.

use std::time::Duration;

use crate::result::{Metric, Unit};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// A share in per cent: `99.98 %`, `1.2 %`. Near the top it is cut off, not rounded.
pub(super) fn percent(share: f64) -> String {
    if share >= 1.0 {
        return "100 %".to_owned();
    }
    if share <= 0.0 {
        return "0 %".to_owned();
    }
    // A ten-millionth of a per cent repairs what binary fractions do to 0.9995.
    let cut = |digits: i32| ((share * 100.0 + 1e-9) * 10_f64.powi(digits)).floor() / 10_f64.powi(digits);
    if share >= 0.9999 {
        return format!("{} %", cut(3).min(99.999));
    }
    if share >= 0.99 {
        return format!("{} %", cut(2));
    }
    match share * 100.0 {
        small if small < 0.01 => "< 0.01 %".to_owned(),
        small if small < 1.0 => format!("{} %", (small * 100.0).round() / 100.0),
        some => format!("{} %", (some * 10.0).round() / 10.0),
    }
}

/// Thousands in groups: `49,500`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A length of time in at most two units: `1 h 56 min`, `3.2 s`, `250 ms`.
pub(super) fn span(time: Duration) -> String {
    let two = |big: u64, big_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            format!("{big} {big_unit}")
        } else {
            format!("{big} {big_unit} {small} {small_unit}")
        }
    };
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..10 => format!("{} s", (time.as_secs_f64() * 10.0).round() / 10.0),
        10..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => two(seconds / MINUTE, "min", seconds % MINUTE, "s"),
        HOUR..172_800 => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        172_800..1_209_600 => two(seconds / DAY, "days", seconds % DAY / HOUR, "h"),
        _ => format!("{} days", seconds / DAY),
    }
}

/// A metric's value, short enough for a column: `99.98 %`, `1.2 s`, `0.03`. A dash where there is none.
pub(super) fn value(metric: &Metric) -> String {
    let Some(value) = metric.value else { return "–".to_owned() };
    match metric.unit {
        Unit::Share => percent(value),
        Unit::Count | Unit::PerMillion => count(whole(value.round())),
        Unit::Milliseconds => brief(value),
        Unit::Ratio => ratio(value),
    }
}

/// What a metric is about, with its unit where the value does not show it.
pub(super) fn name(metric: &Metric) -> String {
    match metric.unit {
        Unit::PerMillion => format!("{}, per million", metric.name),
        Unit::Share | Unit::Count | Unit::Milliseconds | Unit::Ratio => metric.name.to_owned(),
    }
}

fn whole(value: f64) -> u64 {
    // What is no count (negative, not a number) becomes 0; `as` does exactly that.
    value as u64
}

fn ratio(value: f64) -> String {
    match value {
        none if none <= 0.0 => "0".to_owned(),
        little if little < 0.01 => "< 0.01".to_owned(),
        some if some < 100.0 => format!("{}", (some * 100.0).round() / 100.0),
        many => count(whole(many.round())),
    }
}

/// Milliseconds in one unit.
fn brief(ms: f64) -> String {
    let one = |value: f64, unit: &str| format!("{} {unit}", (value * 10.0).round() / 10.0);
    match ms {
        ms if ms < 1_000.0 => format!("{} ms", ms.round()),
        ms if ms < 120_000.0 => one(ms / 1_000.0, "s"),
        ms if ms < 7_200_000.0 => one(ms / 60_000.0, "min"),
        ms if ms < 172_800_000.0 => one(ms / 3_600_000.0, "h"),
        ms => one(ms / 86_400_000.0, "days"),
    }
}

/// A provider's name as its vendor writes it; any other as it stands in the scenario.
pub(super) fn provider(name: &str) -> &str {
    match name {
        "openai" => "OpenAI",
        "anthropic" => "Anthropic",
        "cohere" => "Cohere",
        "local" => "the local model",
        other => other,
    }
}

/// The same at the start of a sentence or a label.
pub(super) fn label(name: &str) -> String {
    let name = provider(name);
    let mut chars = name.chars();
    match chars.next() {
        Some(_) if name == "the local model" => "Local model".to_owned(),
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_into_a_promise() {
        for (share, shown) in [
            (1.0, "100 %"),
            (0.999_999_9, "99.999 %"),
            (0.999_96, "99.996 %"),
            (0.999_89, "99.98 %"),
            (0.9995, "99.95 %"),
            (0.9899, "99 %"),
            (0.5, "50 %"),
            (0.0123, "1.2 %"),
            (0.004, "0.4 %"),
            (0.000_01, "< 0.01 %"),
            (0.0, "0 %"),
        ] {
            assert_eq!(percent(share), shown, "{share}");
        }
    }

    #[test]
    fn lengths_of_time_are_said_as_people_say_them() {
        for (ms, shown) in [
            (250, "250 ms"),
            (3_240, "3.2 s"),
            (59_000, "59 s"),
            (90_000, "1 min 30 s"),
            (6_960_000, "1 h 56 min"),
            (7_200_000, "2 h"),
            (548 * 86_400_000, "548 days"),
        ] {
            assert_eq!(span(Duration::from_millis(ms)), shown);
        }
    }

    #[test]
    fn counts_and_lists_read_well() {
        for (number, shown) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (49_500, "49,500"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(number), shown);
        }
        let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!((list(&names[..1]).as_str(), list(&names).as_str()), ("a", "a, b and c"));
        assert_eq!((label("local").as_str(), label("own").as_str()), ("Local model", "Own"));
    }
}
