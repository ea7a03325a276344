//! What a failure means.
//!
//! Sources: the providers' error pages as collected in the project's wire-format notes (section 6) and the fault
//! catalogue (resilience notes, part B). Statuses and codes decide; prose is looked at only for the phrases in
//! [`PHRASES`], each of which stands for a condition its provider reports in no other way.

use crate::{Failure, Kind};
use handover_dialect::ProviderError;

/// What a failure means, whichever provider it came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Class {
    /// The provider could not be reached, or the connection broke.
    Network,
    /// It was reached and did not answer in time.
    Timeout,
    /// A passing condition (408, 409, 425).
    Transient,
    /// The provider failed (5xx).
    Server,
    /// The provider has too much to do (503, 529).
    Overloaded,
    /// This key has asked too often (429).
    RateLimited,
    /// Load rose too fast for the provider (429 `slow_down`).
    SlowDown,
    /// The model is being loaded.
    WarmingUp,
    /// The account is out of credit or over its limit; waiting does not help.
    Quota,
    /// The key is refused.
    Credential,
    /// No such model, deployment or endpoint there.
    NotServed,
    /// Larger than the provider takes at once, whatever the model.
    TooBig,
    /// Longer than the model's window.
    ContextLength,
    /// The request is wrong.
    BadRequest,
    /// A field this model does not take; the name is the provider's.
    UnsupportedField(String),
    /// Reasoning state of another producer (a signature, encrypted content).
    ForeignState,
    /// The model does not continue a given assistant message.
    Prefill,
    /// The provider's policy refused.
    Policy,
    /// The answer is not what was asked for: unreadable, wrong type.
    Malformed,
    /// The answer broke off.
    Broken,
    /// It was to go on with another target's answer, and its text could not be joined to it.
    Seam,
    /// The answer is complete and empty.
    Empty,
    /// The target cannot express the request; nothing was sent.
    Unsupported,
    /// The local engine is not there.
    Engine,
    /// The request's deadline passed.
    Deadline,
    /// It rests after failures; nothing was sent.
    Resting,
    /// It has as many requests as it takes; nothing was sent.
    Busy,
}

/// Phrases that alone tell a condition apart, with the class they stand for and the statuses they are believed
/// in. Lower case; matched anywhere in the message.
const PHRASES: &[(&str, &[u16], Class)] = &[
    ("prompt is too long", &[400, 413], Class::ContextLength),
    ("exceed context limit", &[400], Class::ContextLength),
    ("maximum context length", &[400, 422], Class::ContextLength),
    ("input token count", &[400], Class::ContextLength),
    ("too many tokens", &[400, 422], Class::ContextLength),
    ("too large for model", &[400, 422], Class::ContextLength),
    ("input is too long", &[400], Class::ContextLength),
    ("exceeds the available context size", &[400, 500], Class::ContextLength),
    ("specified api usage limits", &[400], Class::Quota),
    ("credit balance is too low", &[400, 403], Class::Quota),
    ("api key not valid", &[400], Class::Credential),
    ("request too large for", &[429], Class::TooBig),
    // An entitlement that the account lacks (openclaw/openclaw#111913): no waiting cures it, and shorter requests are
    // taken from the same key.
    ("required for long context", &[429], Class::TooBig),
    ("long context beta is not yet available", &[400, 403, 429], Class::TooBig),
    ("assistant message prefill", &[400], Class::Prefill),
    ("requests ending with a model turn", &[400], Class::Prefill),
    ("prefill is incompatible", &[400], Class::Prefill),
    ("signature` in `thinking", &[400], Class::ForeignState),
    ("blocks in the latest assistant message cannot be modified", &[400], Class::ForeignState),
    ("loading model", &[503], Class::WarmingUp),
];

/// Fields of sampling that newer models refuse in prose only.
const SAMPLING: [&str; 3] = ["temperature", "top_p", "top_k"];

/// What `failure` means.
#[must_use]
pub fn classify(failure: &Failure) -> Class {
    match &failure.kind {
        Kind::Dns
        | Kind::Connect
        | Kind::ConnectTimeout(_)
        | Kind::Tls
        | Kind::Reset
        | Kind::Protocol
        | Kind::Goaway => Class::Network,
        Kind::FirstTokenTimeout(_) | Kind::Stall(_) | Kind::NoProgress(_) => Class::Timeout,
        Kind::Deadline => Class::Deadline,
        Kind::Truncated => Class::Broken,
        Kind::Malformed(_) | Kind::WrongContentType(_) | Kind::Repeating => Class::Malformed,
        Kind::Seam(_) => Class::Seam,
        Kind::Empty => Class::Empty,
        Kind::Unsupported(_) => Class::Unsupported,
        Kind::Engine(_) => Class::Engine,
        Kind::NoKey => Class::Credential,
        Kind::Resting => Class::Resting,
        // One that takes none at all: not to be waited for, and nobody's fault.
        Kind::Busy | Kind::Off => Class::Busy,
        Kind::Status(_) | Kind::InBand => {
            let nothing = ProviderError::default();
            let error = failure.error.as_deref().unwrap_or(&nothing);
            classify_error(failure.status(), error)
        }
    }
}

fn classify_error(status: Option<u16>, error: &ProviderError) -> Class {
    if let Some(class) = by_code(status, error) {
        return class;
    }
    let Some(status) = status else { return by_type(error) };
    let message = error.message.to_ascii_lowercase();
    let phrase =
        PHRASES.iter().find(|(text, statuses, _)| statuses.contains(&status) && message.contains(text));
    if let Some((_, _, class)) = phrase {
        return class.clone();
    }
    match status {
        400 | 422 => unsupported_field(error, &message).map_or(Class::BadRequest, Class::UnsupportedField),
        401 | 403 | 407 | 498 => Class::Credential,
        402 => Class::Quota,
        404 | 405 | 410 | 501 | 300..=399 => Class::NotServed,
        408 | 409 | 425 | 499 => Class::Transient,
        413 => Class::TooBig,
        424 => Class::Server,
        429 => Class::RateLimited,
        503 | 529 => Class::Overloaded,
        500..=599 => Class::Server,
        406 | 411 | 412 | 414..=421 | 423 | 426..=428 | 430..=497 => Class::BadRequest,
        // A 2xx that is not 200, or a number no server should send.
        _ => Class::Malformed,
    }
}

/// Codes and types that say more than the status.
fn by_code(status: Option<u16>, error: &ProviderError) -> Option<Class> {
    let code = error.code.as_deref().unwrap_or_default();
    let kind = error.kind.as_deref().unwrap_or_default();
    let class = match code {
        "context_length_exceeded" => Class::ContextLength,
        "content_filter" | "content_policy_violation" | "invalid_prompt" | "ResponsibleAIPolicyViolation" => {
            Class::Policy
        }
        "insufficient_quota"
        | "credit_balance_exhausted"
        | "organization_spend_limit_exceeded"
        | "project_spend_limit_exceeded"
        | "organization_usage_limit_exceeded"
        | "enforced_spend_limit_reached"
        | "contract_spend_limit_reached"
        | "billing_hard_limit_reached" => Class::Quota,
        "slow_down" => Class::SlowDown,
        "server_is_overloaded" => Class::Overloaded,
        // Where the request comes from, not what it says: the status would be 403.
        "invalid_api_key" | "account_deactivated" | "unsupported_country_region_territory" => {
            Class::Credential
        }
        "model_not_found" | "DeploymentNotFound" | "unknown_model" => Class::NotServed,
        "invalid_encrypted_content" => Class::ForeignState,
        "unsupported_parameter" | "unsupported_value" => Class::UnsupportedField(error.param.clone()?),
        _ => match kind {
            "exceed_context_size_error" => Class::ContextLength,
            "insufficient_quota" | "billing_error" => Class::Quota,
            "overloaded_error" => Class::Overloaded,
            "request_too_large" => Class::TooBig,
            "unavailable_error" if status == Some(503) => Class::WarmingUp,
            _ => return None,
        },
    };
    Some(class)
}

/// An error event that states no status.
fn by_type(error: &ProviderError) -> Class {
    match error.kind.as_deref().unwrap_or_default() {
        "invalid_request_error" => Class::BadRequest,
        "authentication_error" | "permission_error" => Class::Credential,
        "not_found_error" => Class::NotServed,
        "rate_limit_error" | "rate_limit_exceeded" | "tokens" | "requests" => Class::RateLimited,
        "timeout_error" => Class::Timeout,
        // `server_error`, `api_error`, a bare text: whatever it is, the provider could not go on.
        _ => Class::Server,
    }
}

/// The field a 400 complains about, when it says that the model does not take it.
fn unsupported_field(error: &ProviderError, message: &str) -> Option<String> {
    let extra = "extra inputs are not permitted";
    if let Some(at) = message.find(extra) {
        let field = message[..at].trim_end_matches([':', ' ']).rsplit([' ', '\n']).next()?;
        return (!field.is_empty()).then(|| field.to_owned());
    }
    let refused = ["not support", "deprecated", "may not be set", "cannot be set", "not allowed"];
    let named = SAMPLING.into_iter().find(|f| error.param.as_deref() == Some(f) || message.contains(f))?;
    refused.iter().any(|r| message.contains(r)).then(|| named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(status: u16, body: &str, expected: Class) {
        let error = ProviderError::parse(Some(status), &body.to_owned().into());
        let failure = Failure::new(Kind::Status(status)).error(error);
        assert_eq!(classify(&failure), expected, "{status} {body}");
    }

    fn in_band(body: &str, expected: Class) {
        let error = ProviderError::parse(None, &body.to_owned().into());
        let failure = Failure::new(Kind::InBand).error(error);
        assert_eq!(classify(&failure), expected, "{body}");
    }

    fn unsupported(field: &str) -> Class {
        Class::UnsupportedField(field.to_owned())
    }

    #[test]
    fn a_providers_failure_is_never_taken_for_the_callers_fault_nor_the_other_way_round() {
        let openai = |kind: &str, code: &str, message: &str| {
            format!(r#"{{"error":{{"message":"{message}","type":"{kind}","param":null,"code":"{code}"}}}}"#)
        };
        let anthropic = |kind: &str, message: &str| {
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}}}}"#)
        };
        check(500, "", Class::Server);
        check(502, "<html>Bad gateway</html>", Class::Server);
        check(520, "<html>", Class::Server);
        check(503, "", Class::Overloaded);
        check(
            503,
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            Class::WarmingUp,
        );
        check(529, &anthropic("overloaded_error", "Overloaded"), Class::Overloaded);
        check(424, "{}", Class::Server);
        check(408, "", Class::Transient);
        check(409, "", Class::Transient);
        check(400, &openai("invalid_request_error", "invalid_value", "bad"), Class::BadRequest);
        check(422, r#"{"detail":[{"loc":["body"]}]}"#, Class::BadRequest);
        check(
            401,
            &openai("invalid_request_error", "invalid_api_key", "Incorrect API key"),
            Class::Credential,
        );
        check(401, r#"{"error":"User not found"}"#, Class::Credential);
        check(403, "{}", Class::Credential);
        check(
            400,
            r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
            Class::Credential,
        );
        check(402, &anthropic("billing_error", "x"), Class::Quota);
        check(
            429,
            &openai("insufficient_quota", "insufficient_quota", "You exceeded your current quota"),
            Class::Quota,
        );
        check(
            429,
            &openai("requests", "rate_limit_exceeded", "INSUFFICIENT QUOTA, words of an ordinary limit"),
            Class::RateLimited,
        );
        check(
            400,
            &anthropic(
                "invalid_request_error",
                "You have reached your specified API usage limits. You will regain access on",
            ),
            Class::Quota,
        );
        check(
            400,
            &anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API"),
            Class::Quota,
        );
        check(429, &anthropic("rate_limit_error", "x"), Class::RateLimited);
        check(429, r#"{"status":"come back later"}"#, Class::RateLimited);
        check(429, &openai("x", "slow_down", "x"), Class::SlowDown);
        check(
            429,
            &openai(
                "tokens",
                "rate_limit_exceeded",
                "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000",
            ),
            Class::TooBig,
        );
        check(
            429,
            &anthropic("rate_limit_error", "Extra usage is required for long context requests."),
            Class::TooBig,
        );
        check(
            403,
            &openai("request_forbidden", "unsupported_country_region_territory", "Country not supported"),
            Class::Credential,
        );
        in_band(
            &openai("request_forbidden", "unsupported_country_region_territory", "Country not supported"),
            Class::Credential,
        );
        in_band(
            &openai("invalid_request_error", "unsupported_country_region_territory", "Country not supported"),
            Class::Credential,
        );
        check(404, &openai("invalid_request_error", "model_not_found", "x"), Class::NotServed);
        check(404, "<html>", Class::NotServed);
        check(301, "", Class::NotServed);
        check(413, &anthropic("request_too_large", "x"), Class::TooBig);
        check(204, "", Class::Malformed);
        check(
            400,
            r#"{"error":{"code":"content_filter","message":"The response was filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            Class::Policy,
        );
    }

    #[test]
    fn too_long_a_conversation_is_recognised_in_every_providers_words() {
        check(
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
            Class::ContextLength,
        );
        check(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
            Class::ContextLength,
        );
        check(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 1 + 2 > 3"}}"#,
            Class::ContextLength,
        );
        check(
            400,
            r#"{"error":{"code":400,"message":"The input token count (N) exceeds the maximum","status":"INVALID_ARGUMENT"}}"#,
            Class::ContextLength,
        );
        check(
            400,
            r#"{"id":"x","message":"too many tokens: size limit exceeded by 10 tokens"}"#,
            Class::ContextLength,
        );
        check(
            400,
            r#"{"object":"error","message":"Prompt contains 9 tokens, too large for model with 8 maximum context length","type":"invalid_request_error"}"#,
            Class::ContextLength,
        );
        check(400, r#"{"message":"Input is too long for requested model."}"#, Class::ContextLength);
        check(
            400,
            r#"{"error":{"code":400,"message":"x","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}"#,
            Class::ContextLength,
        );
    }

    #[test]
    fn a_field_the_model_does_not_take_is_named_so_that_it_can_be_left_out() {
        check(
            400,
            r#"{"error":{"message":"Unsupported parameter","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
            unsupported("max_tokens"),
        );
        check(
            400,
            r#"{"error":{"message":"x","param":"temperature","code":"unsupported_value"}}"#,
            unsupported("temperature"),
        );
        check(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"metadata.foo: Extra inputs are not permitted"}}"#,
            unsupported("metadata.foo"),
        );
        check(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"`temperature` is deprecated for this model."}}"#,
            unsupported("temperature"),
        );
        check(
            400,
            r#"{"error":{"message":"temperature must be at most 2","param":"temperature"}}"#,
            Class::BadRequest,
        );
        check(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"This model does not support assistant message prefill."}}"#,
            Class::Prefill,
        );
        check(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#,
            Class::ForeignState,
        );
    }

    #[test]
    fn an_error_inside_a_200_means_what_it_would_mean_as_a_status() {
        in_band(
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            Class::Overloaded,
        );
        in_band(
            r#"{"error":{"message":"The server had an error","type":"server_error","code":null}}"#,
            Class::Server,
        );
        in_band(r#"{"error":"boom"}"#, Class::Server);
        in_band(r#"{"error":{"code":404,"message":"no such model"}}"#, Class::NotServed);
        in_band(r#"{"error":{"code":503,"status":"UNAVAILABLE","message":"x"}}"#, Class::Overloaded);
        in_band(r#"{"error":{"type":"rate_limit_error","message":"x"}}"#, Class::RateLimited);
        in_band(r#"{"error":{"type":"invalid_request_error","message":"x"}}"#, Class::BadRequest);
        in_band("{}", Class::Server);
    }

    #[test]
    fn silence_and_broken_connections_are_not_the_callers_fault() {
        let second = Duration::from_secs(1);
        for (kind, expected) in [
            (Kind::Dns, Class::Network),
            (Kind::Connect, Class::Network),
            (Kind::ConnectTimeout(second), Class::Network),
            (Kind::Tls, Class::Network),
            (Kind::Reset, Class::Network),
            (Kind::Goaway, Class::Network),
            (Kind::Protocol, Class::Network),
            (Kind::FirstTokenTimeout(second), Class::Timeout),
            (Kind::Stall(second), Class::Timeout),
            (Kind::NoProgress(second), Class::Timeout),
            (Kind::Deadline, Class::Deadline),
            (Kind::Truncated, Class::Broken),
            (Kind::Malformed(String::new()), Class::Malformed),
            (Kind::WrongContentType(String::new()), Class::Malformed),
            (Kind::Empty, Class::Empty),
            (Kind::Engine(String::new()), Class::Engine),
            (Kind::NoKey, Class::Credential),
        ] {
            assert_eq!(classify(&Failure::new(kind)), expected);
        }
    }
}
