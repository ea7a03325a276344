//! What the caller is told, and what the log says: two texts.
//!
//! The caller reads who is at fault, in plain words, and when trying again may help. The log has the evidence.
//! Neither ever has a key in it: a provider's words about a key are not repeated.

use crate::{Class, Failure, Kind, MAX_TOLD, classify};
use handover_dialect::error::Reason;
use handover_dialect::{CallerError, ErrorKind};
use std::time::Duration;

/// One target's failure, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// One word for machines: `overloaded`, `first_token_timeout`.
    pub code: &'static str,
    /// A few words for people: "overloaded", "no first token within 10 s".
    pub words: String,
}

/// One target's failure, in words that may be shown to anybody.
#[must_use]
pub fn tell(failure: &Failure) -> Told {
    let (code, words) = match &failure.kind {
        Kind::Dns => ("dns", "its name did not resolve".to_owned()),
        Kind::Connect => ("not_reachable", "not reachable".to_owned()),
        Kind::ConnectTimeout(limit) => ("connect_timeout", format!("no connection within {}", human(*limit))),
        Kind::Tls => ("tls", "its TLS certificate or handshake failed".to_owned()),
        Kind::Reset => ("connection_reset", "closed the connection before answering".to_owned()),
        Kind::Protocol => ("protocol", "did not answer in HTTP".to_owned()),
        Kind::Goaway => ("goaway", "is shutting its connection down".to_owned()),
        Kind::FirstTokenTimeout(limit) => {
            ("first_token_timeout", format!("no first token within {}", human(*limit)))
        }
        Kind::Stall(limit) => ("stalled", format!("sent nothing for {}", human(*limit))),
        Kind::NoProgress(limit) => ("no_progress", format!("sent no content for {}", human(*limit))),
        Kind::Deadline => ("deadline", "no time was left".to_owned()),
        Kind::Truncated => ("cut_off", "stopped before its answer was complete".to_owned()),
        Kind::Malformed(_) => ("malformed", "sent an answer that cannot be read".to_owned()),
        Kind::WrongContentType(_) => {
            ("wrong_content_type", "sent something that is not an answer".to_owned())
        }
        Kind::Seam(why) => ("no_seam", why.clone()),
        Kind::Repeating => ("repetition", "repeated itself without end".to_owned()),
        Kind::Empty => ("empty", "sent an empty answer".to_owned()),
        Kind::Unsupported(refused) => ("unsupported", refused.reason.clone()),
        Kind::Engine(reason) => ("engine", reason.clone()),
        Kind::NoKey => ("no_key", "has no key that works".to_owned()),
        Kind::Resting => ("resting", "resting after failures".to_owned()),
        Kind::Busy => ("at_capacity", "has as many requests as it takes".to_owned()),
        Kind::Off => ("off", "put to rest by its operator".to_owned()),
        Kind::Status(_) | Kind::InBand => of_class(&classify(failure), failure),
    };
    Told { code, words }
}

fn of_class(class: &Class, failure: &Failure) -> (&'static str, String) {
    let (code, words) = match class {
        Class::Network => ("not_reachable", "not reachable"),
        Class::Timeout => ("timeout", "timed out"),
        Class::Transient => ("transient", "asked to be tried again"),
        Class::Server => ("server_error", "failed"),
        Class::Overloaded => ("overloaded", "overloaded"),
        Class::RateLimited => ("rate_limited", "rate limited"),
        Class::SlowDown => ("slow_down", "asked for less load"),
        Class::WarmingUp => ("warming_up", "loading its model"),
        Class::Quota => ("out_of_credit", "out of credit or over its spending limit"),
        Class::Credential => ("key_refused", "refused the API key"),
        Class::NotServed => ("not_served", "does not serve this model"),
        Class::TooBig => ("too_large", "the request is too large for it"),
        Class::ContextLength => ("context_length", "the conversation is too long for it"),
        Class::BadRequest => ("bad_request", "could not use the request"),
        Class::UnsupportedField(_) => ("unsupported_field", "does not take a field of the request"),
        Class::ForeignState => ("foreign_state", "cannot use another model's reasoning"),
        Class::Prefill => ("prefill", "does not continue a given beginning of its answer"),
        Class::Policy => ("policy", "declined by its policy"),
        Class::Malformed => ("malformed", "sent an answer that cannot be read"),
        Class::Broken => ("cut_off", "stopped before its answer was complete"),
        Class::Seam => ("no_seam", "did not find the place where the answer had stopped"),
        Class::Empty => ("empty", "sent an empty answer"),
        Class::Unsupported => ("unsupported", "cannot express the request"),
        Class::Engine => ("engine", "the local engine is not running"),
        Class::Deadline => ("deadline", "no time was left"),
        Class::Resting => ("resting", "resting after failures"),
        Class::Busy => ("at_capacity", "has as many requests as it takes"),
    };
    let mut words = words.to_owned();
    if let Some(status) = failure.status() {
        words.push_str(&format!(" ({status})"));
    }
    if let (Class::RateLimited, Some(wait)) = (class, failure.retry_after) {
        words.push_str(&format!(", free in {}", human(wait)));
    }
    (code, words)
}

/// What the caller is told when a target's answer to them is final: the provider's own words, in the caller's
/// dialect. (A caller of the provider's own dialect gets the provider's bytes instead.)
#[must_use]
pub fn tell_caller(target: &str, failure: &Failure) -> CallerError {
    let class = classify(failure);
    let kind = match class {
        Class::ContextLength => ErrorKind::ContextLength,
        Class::TooBig => ErrorKind::TooLarge,
        Class::Policy => ErrorKind::Policy,
        Class::Deadline => ErrorKind::DeadlineExceeded,
        Class::NotServed => ErrorKind::NotFound,
        Class::BadRequest
        | Class::UnsupportedField(_)
        | Class::ForeignState
        | Class::Prefill
        | Class::Unsupported => ErrorKind::InvalidRequest,
        Class::RateLimited => ErrorKind::RateLimited,
        Class::Network
        | Class::Timeout
        | Class::Transient
        | Class::Server
        | Class::Overloaded
        | Class::SlowDown
        | Class::WarmingUp
        | Class::Quota
        | Class::Credential
        | Class::Malformed
        | Class::Broken
        | Class::Seam
        | Class::Empty
        | Class::Engine
        | Class::Resting
        | Class::Busy => ErrorKind::Exhausted,
    };
    let said = failure.error.as_deref().filter(|e| !e.message.is_empty());
    let message = match said {
        // Words of our own, about a request that nobody was asked with, are not put into a provider's mouth.
        Some(error) if !failure.reached => error.message.clone(),
        Some(error) => format!("{target}: {}", error.message),
        None => format!("{target} {}.", tell(failure).words),
    };
    let mut error = CallerError::new(kind, message);
    error.code = failure.error.as_deref().and_then(|e| e.code.clone()).filter(|c| !c.is_empty());
    error.param = failure.error.as_deref().and_then(|e| e.param.clone());
    if let Kind::Unsupported(refused) = &failure.kind {
        error.param.clone_from(&refused.param);
        error.code = Some("unsupported".to_owned());
    }
    error
}

/// What the caller is told when no target could answer.
#[must_use]
pub fn tell_exhausted(failures: &[(String, Failure)]) -> CallerError {
    let all =
        |class: fn(&Class) -> bool| !failures.is_empty() && failures.iter().all(|(_, f)| class(&classify(f)));
    if all(|c| *c == Class::Unsupported) {
        return tell_unsupported(failures);
    }
    let kind = if all(|c| *c == Class::RateLimited) {
        ErrorKind::RateLimited
    } else if failures.last().is_some_and(|(_, f)| f.kind == Kind::Deadline) {
        ErrorKind::DeadlineExceeded
    } else {
        ErrorKind::Exhausted
    };
    let reasons: Vec<Reason> = failures
        .iter()
        .map(|(target, failure)| Reason {
            target: target.clone(),
            reason: tell(failure).words,
            status: failure.status(),
        })
        .collect();
    let said: Vec<String> = reasons.iter().map(|r| format!("{}: {}", r.target, r.reason)).collect();
    let tried = failures
        .iter()
        .filter(|(_, f)| !matches!(f.kind, Kind::Unsupported(_) | Kind::Resting | Kind::Busy | Kind::Off))
        .count();
    let mut error =
        CallerError::new(kind, format!("No model could answer. Tried {tried}: {}.", said.join("; ")));
    error.retry_after = soonest(failures);
    error.reasons = reasons.into_boxed_slice();
    error
}

/// Every target refused the request before it was sent: the request is what has to change.
fn tell_unsupported(failures: &[(String, Failure)]) -> CallerError {
    let said: Vec<String> =
        failures.iter().map(|(target, f)| format!("{target}: {}", tell(f).words)).collect();
    let param = failures.iter().find_map(|(_, f)| {
        if let Kind::Unsupported(refused) = &f.kind { refused.param.clone() } else { None }
    });
    let place = param.as_deref().map_or_else(|| "the request".to_owned(), |p| format!("`{p}`"));
    let mut error = CallerError::new(
        ErrorKind::InvalidRequest,
        format!("No configured model can use {place}. {}.", said.join("; ")),
    )
    .code("unsupported_content");
    error.param = param;
    error
}

/// The soonest any target asked to be tried again, capped at [`MAX_TOLD`].
fn soonest(failures: &[(String, Failure)]) -> Option<Duration> {
    failures.iter().filter_map(|(_, f)| f.retry_after).min().map(|wait| wait.min(MAX_TOLD))
}

/// A duration as people write it: `10 s`, `250 ms`, `1.5 s`.
fn human(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms < 1000 {
        format!("{ms} ms")
    } else if ms.is_multiple_of(1000) {
        format!("{} s", ms / 1000)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_dialect::{ProviderError, Refused};

    fn status(status: u16, body: &str) -> Failure {
        Failure::new(Kind::Status(status)).error(ProviderError::parse(Some(status), &body.to_owned().into()))
    }

    #[test]
    fn an_exhausted_chain_gives_each_targets_reason_in_plain_words() {
        let mut limited = status(429, "{}");
        limited.retry_after = Some(Duration::from_secs(20));
        let failures = vec![
            ("a/x".to_owned(), Failure::new(Kind::FirstTokenTimeout(Duration::from_millis(1500)))),
            ("b/y".to_owned(), status(529, "<html>secret</html>")),
            ("c/z".to_owned(), limited),
            ("d/v".to_owned(), Failure::new(Kind::Connect)),
        ];
        let error = tell_exhausted(&failures);
        assert_eq!(
            error.message,
            "No model could answer. Tried 4: a/x: no first token within 1.5 s; b/y: overloaded (529); \
             c/z: rate limited (429), free in 20 s; d/v: not reachable."
        );
        assert_eq!((error.kind, error.retry_after), (ErrorKind::Exhausted, Some(Duration::from_secs(20))));
    }

    #[test]
    fn a_429_is_told_only_when_every_target_is_limited_and_no_wait_is_longer_than_thirty_seconds() {
        let limited = |wait: u64| {
            let mut failure = status(429, "{}");
            failure.retry_after = Some(Duration::from_secs(wait));
            ("t".to_owned(), failure)
        };
        let error = tell_exhausted(&[limited(3600), limited(7200)]);
        assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(MAX_TOLD)));
        let error = tell_exhausted(&[limited(5), ("u".to_owned(), status(500, ""))]);
        assert_eq!(error.kind, ErrorKind::Exhausted);
    }

    #[test]
    fn a_caller_is_told_that_an_operator_put_a_model_to_rest_and_not_that_it_failed() {
        let failures = vec![
            ("a/x".to_owned(), Failure::new(Kind::Off)),
            ("b/y".to_owned(), Failure::new(Kind::Connect)),
        ];
        let error = tell_exhausted(&failures);
        assert_eq!(
            error.message,
            "No model could answer. Tried 1: a/x: put to rest by its operator; b/y: not reachable."
        );
        assert_eq!((error.kind, error.retry_after), (ErrorKind::Exhausted, None));
    }

    #[test]
    fn a_refused_key_is_never_repeated_to_the_caller() {
        let refused = status(
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-abc123","code":"invalid_api_key"}}"#,
        );
        let error = tell_exhausted(&[("a/x".to_owned(), refused)]);
        assert!(!error.message.contains("sk-abc"), "{}", error.message);
        assert_eq!(error.message, "No model could answer. Tried 1: a/x: refused the API key (401).");
    }

    #[test]
    fn content_no_model_can_use_is_named() {
        let refused = Refused::new("messages[0].content[1]", "this model does not read images");
        let failure = Failure::new(Kind::Unsupported(refused));
        let error = tell_exhausted(&[("local/smol".to_owned(), failure)]);
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert_eq!(error.param.as_deref(), Some("messages[0].content[1]"));
        assert_eq!(
            error.message,
            "No configured model can use `messages[0].content[1]`. local/smol: this model does not read images."
        );
    }
}
