//! Whom a failure counts against.
//!
//! The column "scope & counting" of the fault catalogue (resilience notes, part B). A provider that is down is shut
//! out as a whole; a model or a key that fails takes nothing else with it; and the caller's own mistakes, refusals
//! and hang-ups never count against anyone.

use crate::{Class, Failure, Kind, Mark};
use std::time::Duration;

/// What a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Nobody: the request, or us.
    Nobody,
    /// This key, at every model.
    Key,
    /// This model, with every key.
    Model,
    /// Everything at this provider.
    Provider,
}

/// Whom a failure counts against, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blame {
    /// Whose breaker hears of it.
    pub scope: Scope,
    /// What it hears; none exactly for [`Scope::Nobody`].
    pub mark: Option<Mark>,
    /// How long it rests at least.
    pub rest: Option<Duration>,
}

/// How long a provider rests whose certificate is wrong (resilience notes, B3).
const TLS_REST: Duration = Duration::from_secs(60);
/// How long a model rests that is not there (resilience notes, B14); the breaker doubles it.
const NOT_SERVED_REST: Duration = Duration::from_secs(60);
/// How long a refused key rests: it may be put right at any time (resilience notes, B12).
const REFUSED_REST: Duration = Duration::from_secs(300);
/// How long an account without credit rests (resilience notes, B13).
const QUOTA_REST: Duration = Duration::from_secs(900);
/// The longest a provider's own wish is heeded (linkerd's load biaser caps Retry-After there).
const LONGEST_WISH: Duration = Duration::from_secs(300);
/// How long a limited key rests when the provider does not say: between these, seconds (resilience notes, B16).
const LIMITED_REST: (f64, f64) = (5.0, 30.0);

const NOBODY: Blame = Blame { scope: Scope::Nobody, mark: None, rest: None };

/// Whom `failure`, which means `class`, counts against. `draw` (0 to 1) spreads the rests that nobody asked for.
#[must_use]
pub fn blame(class: &Class, failure: &Failure, draw: f64) -> Blame {
    let wish = failure.retry_after.map(|w| w.min(LONGEST_WISH));
    let with = |scope, mark| Blame { scope, mark: Some(mark), rest: wish };
    let trip = |scope, rest| Blame { scope, mark: Some(Mark::Trip), rest: Some(rest) };
    match class {
        Class::Network => network(&failure.kind, with),
        // A stall that its caller's deadline ended is a Deadline; these ran into a limit of ours, or of the provider.
        Class::Timeout => with(Scope::Model, Mark::Late),
        Class::Transient if is_html(failure) => with(Scope::Provider, Mark::Hard),
        Class::Transient | Class::WarmingUp => with(Scope::Model, Mark::Soft),
        Class::Server => with(server_scope(failure), Mark::Hard),
        Class::Overloaded => overloaded(failure, with),
        Class::RateLimited if wish.is_none() && !is_known_envelope(failure) => {
            // The end of 8 November 2023: 429 for everyone, with a body no API sends.
            with(Scope::Provider, Mark::Hard)
        }
        Class::RateLimited | Class::SlowDown => {
            let rest = wish.unwrap_or_else(|| limited_rest(draw));
            Blame { scope: Scope::Key, mark: Some(Mark::Soft), rest: Some(rest) }
        }
        Class::Credential if failure.kind == Kind::NoKey => NOBODY,
        // A network's or CDN's page that says "forbidden" knows nothing of keys.
        Class::Credential if failure.status() == Some(403) && is_html(failure) => {
            with(Scope::Provider, Mark::Hard)
        }
        Class::Credential => trip(Scope::Key, REFUSED_REST),
        Class::Quota => trip(Scope::Key, QUOTA_REST),
        Class::NotServed => trip(Scope::Model, NOT_SERVED_REST),
        Class::Malformed if matches!(failure.kind, Kind::WrongContentType(_)) => {
            with(Scope::Provider, Mark::Hard)
        }
        Class::Malformed if failure.kind == Kind::Repeating => with(Scope::Model, Mark::Soft),
        Class::Malformed | Class::Broken | Class::Engine => with(Scope::Model, Mark::Hard),
        Class::Empty => with(Scope::Model, Mark::Soft),
        Class::TooBig
        | Class::ContextLength
        | Class::BadRequest
        | Class::UnsupportedField(_)
        | Class::ForeignState
        | Class::Prefill
        | Class::Policy
        | Class::Seam
        | Class::Unsupported
        | Class::Deadline
        | Class::Resting
        | Class::Busy => NOBODY,
    }
}

fn network(kind: &Kind, with: impl Fn(Scope, Mark) -> Blame) -> Blame {
    match kind {
        Kind::Dns | Kind::Connect | Kind::ConnectTimeout(_) => with(Scope::Provider, Mark::Hard),
        // A certificate does not heal by itself within seconds.
        Kind::Tls => Blame { scope: Scope::Provider, mark: Some(Mark::Trip), rest: Some(TLS_REST) },
        // The server is being replaced in good order (resilience notes, B6).
        Kind::Goaway => NOBODY,
        Kind::Reset
        | Kind::Protocol
        | Kind::FirstTokenTimeout(_)
        | Kind::Stall(_)
        | Kind::NoProgress(_)
        | Kind::Deadline
        | Kind::Status(_)
        | Kind::InBand
        | Kind::Truncated
        | Kind::Malformed(_)
        | Kind::WrongContentType(_)
        | Kind::Empty
        | Kind::Repeating
        | Kind::Seam(_)
        | Kind::Unsupported(_)
        | Kind::Engine(_)
        | Kind::NoKey
        | Kind::Resting
        | Kind::Busy
        | Kind::Off => with(Scope::Model, Mark::Hard),
    }
}

/// A gateway's status, or a page instead of an error, comes from in front of the models: everything behind it is gone.
fn server_scope(failure: &Failure) -> Scope {
    match failure.status() {
        Some(502..=504 | 520..=530) => Scope::Provider,
        _ if is_html(failure) => Scope::Provider,
        Some(_) | None => Scope::Model,
    }
}

/// "Overloaded" in the provider's own words (529, `overloaded_error`, `server_is_overloaded`) is about a model; a bare
/// 503 is about everything.
fn overloaded(failure: &Failure, with: impl Fn(Scope, Mark) -> Blame) -> Blame {
    let said = |words: &[&str]| {
        failure.error.as_ref().is_some_and(|e| {
            [&e.kind, &e.code].into_iter().flatten().any(|word| words.contains(&word.as_str()))
        })
    };
    let is_the_models = failure.status() == Some(529) || said(&["overloaded_error", "server_is_overloaded"]);
    if !is_the_models || is_html(failure) {
        with(Scope::Provider, Mark::Hard)
    } else if failure.retry_after.is_some() {
        with(Scope::Model, Mark::Soft)
    } else {
        // The catalogue turns it hard after three; hard ones open after three as well.
        with(Scope::Model, Mark::Hard)
    }
}

/// Whether the body is an error as an API writes it: a code, a message, or a type that is one word. The body of
/// 8 November 2023, `{"status":"come back later"}`, has prose where a type belongs.
fn is_known_envelope(failure: &Failure) -> bool {
    failure.error.as_ref().is_some_and(|e| {
        let is_word = |kind: &String| !kind.is_empty() && !kind.contains(char::is_whitespace);
        e.code.is_some() || !e.message.is_empty() || e.kind.as_ref().is_some_and(is_word)
    })
}

/// Whether the body is a page.
fn is_html(failure: &Failure) -> bool {
    failure.error.as_ref().is_some_and(|e| e.raw.trim_ascii_start().starts_with(b"<"))
}

fn limited_rest(draw: f64) -> Duration {
    let (least, most) = LIMITED_REST;
    Duration::from_secs_f64(least + (most - least) * draw.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify;
    use handover_dialect::{ProviderError, Refused};

    fn line(name: &str, failure: &Failure) -> String {
        let class = classify(failure);
        let Blame { scope, mark, rest } = blame(&class, failure, 0.5);
        assert_eq!(scope == Scope::Nobody, mark.is_none(), "{name}");
        let mark = mark.map_or_else(|| "-".to_owned(), |m| format!("{m:?}"));
        let rest = rest.map_or_else(String::new, |r| format!(", rests {} s", r.as_secs_f64()));
        format!("{name}: {scope:?} {mark}{rest}\n")
    }

    fn status(status: u16, body: &str, wait: Option<u64>) -> String {
        let error = ProviderError::parse(Some(status), &body.to_owned().into());
        let mut failure = Failure::new(Kind::Status(status)).error(error);
        failure.retry_after = wait.map(Duration::from_secs);
        let wait = wait.map_or_else(String::new, |w| format!(" after {w} s"));
        let body = if body.is_empty() { "(nothing)" } else { body };
        line(&format!("{status} {body}{wait}"), &failure)
    }

    fn in_band(kind: &str) -> String {
        let body = format!(r#"{{"error":{{"type":"{kind}","message":"x"}}}}"#);
        let error = ProviderError::parse(None, &body.into());
        line(&format!("in a 200: {kind}"), &Failure::new(Kind::InBand).error(error))
    }

    #[test]
    fn a_broken_connection_counts_against_what_broke_it() {
        let second = Duration::from_secs(1);
        let kinds = [
            Kind::Dns,
            Kind::Connect,
            Kind::ConnectTimeout(second),
            Kind::Tls,
            Kind::Reset,
            Kind::Protocol,
            Kind::Goaway,
            Kind::FirstTokenTimeout(second),
            Kind::Stall(second),
            Kind::NoProgress(second),
            Kind::Deadline,
            Kind::Truncated,
            Kind::Malformed("x".to_owned()),
            Kind::WrongContentType("text/html".to_owned()),
            Kind::Empty,
            Kind::Unsupported(Refused::new("messages", "x")),
            Kind::Engine("x".to_owned()),
            Kind::NoKey,
        ];
        let table: String =
            kinds.into_iter().map(|k| line(&format!("{k:?}"), &Failure::new(k.clone()))).collect();
        expect_test::expect![[r#"
            Dns: Provider Hard
            Connect: Provider Hard
            ConnectTimeout(1s): Provider Hard
            Tls: Provider Trip, rests 60 s
            Reset: Model Hard
            Protocol: Model Hard
            Goaway: Nobody -
            FirstTokenTimeout(1s): Model Late
            Stall(1s): Model Late
            NoProgress(1s): Model Late
            Deadline: Nobody -
            Truncated: Model Hard
            Malformed("x"): Model Hard
            WrongContentType("text/html"): Provider Hard
            Empty: Model Soft
            Unsupported(Refused { param: Some("messages"), reason: "x" }): Nobody -
            Engine("x"): Model Hard
            NoKey: Nobody -
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn a_status_counts_against_the_smallest_thing_that_explains_it() {
        let openai = |code: &str| format!(r#"{{"error":{{"message":"x","code":"{code}"}}}}"#);
        let anthropic =
            |kind: &str| format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"x"}}}}"#);
        let page = "<html>Bad gateway</html>";
        let table = [
            status(400, &openai("invalid_value"), None),
            status(400, &openai("context_length_exceeded"), None),
            status(400, &openai("content_filter"), None),
            status(401, &openai("invalid_api_key"), None),
            status(402, "{}", None),
            status(403, "{}", None),
            status(403, page, None),
            status(404, &openai("model_not_found"), None),
            status(408, "", None),
            status(409, "{}", None),
            status(413, "{}", None),
            status(425, "{}", Some(2)),
            status(429, &openai("rate_limit_exceeded"), None),
            status(429, &openai("rate_limit_exceeded"), Some(7)),
            status(429, &openai("rate_limit_exceeded"), Some(86_400)),
            status(429, &anthropic("rate_limit_error"), None),
            status(429, &openai("slow_down"), None),
            status(429, &openai("insufficient_quota"), None),
            status(429, r#"{"status":"come back later"}"#, None),
            status(429, r#"{"status":"come back later"}"#, Some(5)),
            status(429, r#"{"status":"RESOURCE_EXHAUSTED"}"#, None),
            status(429, page, None),
            status(429, "", None),
            status(500, &openai("server_error"), None),
            status(500, page, None),
            status(502, r#"{"error":{"code":502,"message":"Bad gateway.","type":"cf_bad_gateway"}}"#, None),
            status(503, "", None),
            status(503, "{}", Some(20)),
            status(503, &openai("server_is_overloaded"), None),
            status(503, r#"{"error":{"message":"Loading model","type":"unavailable_error"}}"#, None),
            status(504, "", None),
            status(520, page, None),
            status(529, &anthropic("overloaded_error"), None),
            status(529, &anthropic("overloaded_error"), Some(3)),
            status(530, page, None),
            in_band("server_error"),
            in_band("overloaded_error"),
            in_band("rate_limit_error"),
            in_band("invalid_request_error"),
            in_band("timeout_error"),
        ]
        .concat();
        expect_test::expect![[r#"
            400 {"error":{"message":"x","code":"invalid_value"}}: Nobody -
            400 {"error":{"message":"x","code":"context_length_exceeded"}}: Nobody -
            400 {"error":{"message":"x","code":"content_filter"}}: Nobody -
            401 {"error":{"message":"x","code":"invalid_api_key"}}: Key Trip, rests 300 s
            402 {}: Key Trip, rests 900 s
            403 {}: Key Trip, rests 300 s
            403 <html>Bad gateway</html>: Provider Hard
            404 {"error":{"message":"x","code":"model_not_found"}}: Model Trip, rests 60 s
            408 (nothing): Model Soft
            409 {}: Model Soft
            413 {}: Nobody -
            425 {} after 2 s: Model Soft, rests 2 s
            429 {"error":{"message":"x","code":"rate_limit_exceeded"}}: Key Soft, rests 17.5 s
            429 {"error":{"message":"x","code":"rate_limit_exceeded"}} after 7 s: Key Soft, rests 7 s
            429 {"error":{"message":"x","code":"rate_limit_exceeded"}} after 86400 s: Key Soft, rests 300 s
            429 {"type":"error","error":{"type":"rate_limit_error","message":"x"}}: Key Soft, rests 17.5 s
            429 {"error":{"message":"x","code":"slow_down"}}: Key Soft, rests 17.5 s
            429 {"error":{"message":"x","code":"insufficient_quota"}}: Key Trip, rests 900 s
            429 {"status":"come back later"}: Provider Hard
            429 {"status":"come back later"} after 5 s: Key Soft, rests 5 s
            429 {"status":"RESOURCE_EXHAUSTED"}: Key Soft, rests 17.5 s
            429 <html>Bad gateway</html>: Provider Hard
            429 (nothing): Provider Hard
            500 {"error":{"message":"x","code":"server_error"}}: Model Hard
            500 <html>Bad gateway</html>: Provider Hard
            502 {"error":{"code":502,"message":"Bad gateway.","type":"cf_bad_gateway"}}: Provider Hard
            503 (nothing): Provider Hard
            503 {} after 20 s: Provider Hard, rests 20 s
            503 {"error":{"message":"x","code":"server_is_overloaded"}}: Model Hard
            503 {"error":{"message":"Loading model","type":"unavailable_error"}}: Model Soft
            504 (nothing): Provider Hard
            520 <html>Bad gateway</html>: Provider Hard
            529 {"type":"error","error":{"type":"overloaded_error","message":"x"}}: Model Hard
            529 {"type":"error","error":{"type":"overloaded_error","message":"x"}} after 3 s: Model Soft, rests 3 s
            530 <html>Bad gateway</html>: Provider Hard
            in a 200: server_error: Model Hard
            in a 200: overloaded_error: Model Hard
            in a 200: rate_limit_error: Key Soft, rests 17.5 s
            in a 200: invalid_request_error: Nobody -
            in a 200: timeout_error: Model Late
        "#]].assert_eq(&table);
    }

    #[test]
    fn limited_keys_do_not_all_come_back_at_once() {
        let check = |draw: f64, ms: u128| assert_eq!(limited_rest(draw).as_millis(), ms, "{draw}");
        check(0.0, 5000);
        check(0.5, 17_500);
        check(1.0, 30_000);
    }
}
