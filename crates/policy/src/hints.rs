//! What a caller's headers say about time, importance and answers that break off.
//!
//! Our own headers are a contract: what cannot be read is refused, with what to write instead. Other gateways' and
//! SDKs' headers are a courtesy: what cannot be read is ignored, because the caller did not write them for us.
//!
//! # What SDKs send
//! `x-stainless-read-timeout` (OpenAI's and Anthropic's Python libraries) is the longest silence the client bears;
//! `x-stainless-timeout` (their JavaScript ones) the longest wait for the response's head; both in seconds, as whole
//! numbers or not (wire-format notes, 7.2). For a stream both bound the wait for the first byte; without one the
//! answer comes in one piece, and both bound all of it. `x-litellm-timeout` bounds the whole request.

use crate::{Criticality, MidStream};
use std::time::Duration;

/// What a caller's headers say about time, importance and answers that break off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// How long the caller waits for the whole answer.
    pub deadline: Option<Duration>,
    /// How long the caller waits for the first byte of a stream.
    pub first_byte: Option<Duration>,
    /// How often the caller's SDK has sent this request before.
    pub retry_count: u32,
    /// How much it matters.
    pub criticality: Criticality,
    /// What is done about an answer that breaks off, in place of what the route says.
    pub mid_stream: Option<MidStream>,
}

/// One of our own headers cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{header}: {why}")]
pub struct BadHint {
    /// Which.
    pub header: &'static str,
    /// What to write instead.
    pub why: String,
}

/// The longest deadline a caller can set, milliseconds: a day.
const LONGEST_MS: u64 = 24 * 3600 * 1000;
/// What official SDKs send when nobody chose a timeout, seconds (wire-format notes, 7.2): it says nothing.
const SDK_DEFAULT: f64 = 600.0;
/// The share of a client's timeout by which we are earlier, so that our error arrives before it hangs up...
const EARLIER_SHARE: f64 = 0.02;
/// ...and no more than this, which is ample for a way back.
const EARLIER_AT_MOST: Duration = Duration::from_millis(200);

const TIMEOUT: &str = "x-handover-timeout-ms";
const CRITICALITY: &str = "x-handover-criticality";
const MID_STREAM: &str = "x-handover-mid-stream";

/// Reads the headers of a request for a stream, or for an answer in one piece. `lookup` gives a header's value.
///
/// # Errors
/// When one of our own headers cannot be read.
pub fn hints<'a>(lookup: impl Fn(&str) -> Option<&'a str>, stream: bool) -> Result<Hints, BadHint> {
    let stainless = ["x-stainless-read-timeout", "x-stainless-timeout"]
        .into_iter()
        .filter_map(|name| lookup(name).and_then(seconds))
        .filter(|s| *s != SDK_DEFAULT)
        .filter_map(earlier)
        .min();
    let litellm = lookup("x-litellm-timeout").and_then(seconds).and_then(earlier);
    let own = lookup(TIMEOUT).map(own_timeout).transpose()?;
    let (first_byte, whole) = if stream { (stainless, None) } else { (None, stainless) };
    let criticality = match lookup(CRITICALITY) {
        Some(text) => Criticality::parse(text).ok_or_else(|| BadHint {
            header: CRITICALITY,
            why: "write `critical`, `default` or `batch`".to_owned(),
        })?,
        None => lookup("x-criticality").and_then(Criticality::parse).unwrap_or_default(),
    };
    Ok(Hints {
        deadline: [own, whole, litellm].into_iter().flatten().min(),
        first_byte,
        retry_count: lookup("x-stainless-retry-count").and_then(|t| t.trim().parse().ok()).unwrap_or(0),
        criticality,
        mid_stream: lookup(MID_STREAM).map(own_mid_stream).transpose()?,
    })
}

fn own_mid_stream(text: &str) -> Result<MidStream, BadHint> {
    let text = text.trim();
    let words = [("continue", MidStream::Continue), ("stop", MidStream::Stop)];
    let found = words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
    found
        .map(|(_, mid_stream)| mid_stream)
        .ok_or_else(|| BadHint { header: MID_STREAM, why: "write `continue` or `stop`".to_owned() })
}

fn own_timeout(text: &str) -> Result<Duration, BadHint> {
    let text = text.trim();
    // Digits only: the parser would also take a sign.
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let ms = text.parse().ok().filter(|ms| digits && (1..=LONGEST_MS).contains(ms));
    ms.map(Duration::from_millis).ok_or_else(|| BadHint {
        header: TIMEOUT,
        why: format!("write a whole number of milliseconds from 1 to {LONGEST_MS}, such as 30000"),
    })
}

/// A timeout in seconds, when it is one.
fn seconds(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|s| s.is_finite() && *s > 0.0)
}

/// A little less than a client's timeout; none when that is longer than we count.
fn earlier(seconds: f64) -> Option<Duration> {
    let timeout = Duration::try_from_secs_f64(seconds).ok()?;
    let sooner = timeout.mul_f64(EARLIER_SHARE).min(EARLIER_AT_MOST);
    Some(timeout.saturating_sub(sooner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Headers<'a> = &'a [(&'a str, &'a str)];

    fn read(headers: Headers<'_>, stream: bool) -> Result<Hints, BadHint> {
        hints(|name| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value), stream)
    }

    /// Deadline and wait for the first byte, milliseconds.
    fn times(headers: Headers<'_>, stream: bool, deadline: Option<u64>, first_byte: Option<u64>) {
        let found = read(headers, stream).unwrap();
        let ms = |d: Option<u64>| d.map(Duration::from_millis);
        assert_eq!(
            (found.deadline, found.first_byte),
            (ms(deadline), ms(first_byte)),
            "{headers:?}, {stream}"
        );
    }

    #[test]
    fn the_answer_or_our_error_arrives_before_the_client_hangs_up() {
        times(&[], true, None, None);
        times(&[("x-handover-timeout-ms", "1")], true, Some(1), None);
        times(&[("x-handover-timeout-ms", " 30000 ")], false, Some(30_000), None);
        times(&[("x-handover-timeout-ms", "86400000")], false, Some(86_400_000), None);
        times(&[("x-stainless-read-timeout", "5")], false, Some(4900), None);
        times(&[("x-stainless-read-timeout", "5.0")], true, None, Some(4900));
        times(&[("x-stainless-timeout", "60")], true, None, Some(59_800));
        times(&[("x-stainless-timeout", "60")], false, Some(59_800), None);
        times(&[("x-stainless-read-timeout", "0.5")], true, None, Some(490));
        times(&[("x-litellm-timeout", "20")], true, Some(19_800), None);
        times(&[("x-litellm-timeout", "600")], true, Some(599_800), None);
        // The soonest counts.
        let both = [("x-handover-timeout-ms", "9000"), ("x-stainless-read-timeout", "5")];
        times(&both, false, Some(4900), None);
        times(&both, true, Some(9000), Some(4900));
        times(&[("x-stainless-read-timeout", "30"), ("x-stainless-timeout", "10")], true, None, Some(9800));
    }

    #[test]
    fn what_no_one_chose_and_what_no_one_can_read_changes_nothing() {
        for value in ["600", "600.0", "", "soon", "-1", "0", "NaN", "inf", "1e300", "None"] {
            for stream in [true, false] {
                times(&[("x-stainless-read-timeout", value)], stream, None, None);
                times(&[("x-stainless-timeout", value)], stream, None, None);
            }
        }
        times(&[("x-litellm-timeout", "soon")], false, None, None);
    }

    #[test]
    fn a_deadline_that_cannot_be_kept_is_refused_with_what_to_write() {
        for value in ["", "0", "-1", "+5", "1.5", "30s", "86400001", "99999999999999999999", "soon"] {
            let error = read(&[("x-handover-timeout-ms", value)], true).unwrap_err();
            assert_eq!(
                error.to_string(),
                "x-handover-timeout-ms: write a whole number of milliseconds from 1 to 86400000, such as 30000",
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_request_is_as_important_as_its_caller_says() {
        let check = |headers: Headers<'_>, expected| {
            assert_eq!(
                read(headers, true).map(|h| h.criticality).map_err(|e| e.header),
                expected,
                "{headers:?}"
            );
        };
        check(&[], Ok(Criticality::Default));
        check(&[("x-handover-criticality", "batch")], Ok(Criticality::Batch));
        check(&[("x-criticality", "interactive")], Ok(Criticality::Critical));
        check(&[("x-criticality", "high")], Ok(Criticality::Default));
        check(&[("x-handover-criticality", "high")], Err("x-handover-criticality"));
        check(
            &[("x-criticality", "batch"), ("x-handover-criticality", "critical")],
            Ok(Criticality::Critical),
        );
    }

    #[test]
    fn a_caller_who_prefers_an_error_to_a_seam_gets_one() {
        let check = |headers: Headers<'_>, expected: Option<MidStream>| {
            assert_eq!(read(headers, true).unwrap().mid_stream, expected, "{headers:?}");
        };
        check(&[], None);
        check(&[("x-handover-mid-stream", "continue")], Some(MidStream::Continue));
        check(&[("x-handover-mid-stream", "stop")], Some(MidStream::Stop));
        check(&[("x-handover-mid-stream", " Stop ")], Some(MidStream::Stop));
        check(&[("x-mid-stream", "stop")], None);
        for value in ["", "no", "true", "restart", "continue,stop", "stopp"] {
            let error = read(&[("x-handover-mid-stream", value)], true).unwrap_err();
            assert_eq!(error.to_string(), "x-handover-mid-stream: write `continue` or `stop`", "{value:?}");
        }
    }

    #[test]
    fn a_retrying_client_is_recognised() {
        let check = |value: &str, expected: u32| {
            let found = read(&[("x-stainless-retry-count", value)], true).unwrap();
            assert_eq!(found.retry_count, expected, "{value:?}");
        };
        check("0", 0);
        check("2", 2);
        check("-1", 0);
        check("many", 0);
    }

    proptest! {
        #[test]
        fn no_header_can_bring_the_gateway_down(text in "[0-9.eE+-]{0,12}|.{0,20}", stream in any::<bool>()) {
            let found = hints(|_| Some(text.as_str()), stream);
            prop_assert!(found.is_ok() || found.is_err_and(|e| !e.why.is_empty()));
            let others = hints(|name| (!name.starts_with("x-handover")).then_some(text.as_str()), stream);
            prop_assert!(others.is_ok());
        }
    }
}
