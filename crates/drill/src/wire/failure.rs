//! What each vendor says when something is wrong: status, type, code, words and headers.

use crate::dialect::Dialect;
use crate::script::ErrorKind;

/// One error as a vendor gives it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    /// The `type` of the error object. Cohere has none.
    pub(crate) kind: &'static str,
    /// OpenAI's `code`; Anthropic's `details.error_code`.
    pub(crate) code: Option<&'static str>,
    pub(crate) param: Option<String>,
    pub(crate) message: String,
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

impl Failure {
    fn new(status: u16, kind: &'static str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Failure { status, kind, code, param: None, message: message.into(), headers: &[] }
    }

    fn with(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Failure { headers, ..self }
    }

    /// The caller's request is wrong: 400 in every dialect.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Failure::new(400, "invalid_request_error", None, message)
    }

    pub(crate) fn coded(self, code: &'static str, param: &str) -> Self {
        Failure { code: Some(code), param: Some(param.to_owned()), ..self }
    }
}

/// The error of a bare status: the words of the kind it most likely means.
pub(crate) fn of_status(dialect: Dialect, status: u16, model: &str) -> Failure {
    Failure { status, ..failure(dialect, ErrorKind::of_status(status), model) }
}

pub(crate) fn failure(dialect: Dialect, kind: ErrorKind, model: &str) -> Failure {
    match dialect {
        Dialect::OpenAi => openai(kind, model),
        Dialect::Anthropic => anthropic(kind, model),
        Dialect::Cohere => cohere(kind, model),
    }
}

fn openai(kind: ErrorKind, model: &str) -> Failure {
    const INVALID: &str = "invalid_request_error";
    match kind {
        ErrorKind::BadRequest => Failure::new(400, INVALID, None, "Invalid request."),
        ErrorKind::Unauthorized => Failure::new(
            401,
            INVALID,
            Some("invalid_api_key"),
            "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
        ),
        ErrorKind::PaymentRequired => {
            Failure::new(402, "insufficient_quota", Some("credit_balance_exhausted"), "Insufficient credits.")
        }
        ErrorKind::Forbidden => {
            Failure::new(403, INVALID, Some("unsupported_country_region_territory"), "Country, region, or territory not supported")
        }
        ErrorKind::ModelNotFound => Failure::new(
            404,
            INVALID,
            Some("model_not_found"),
            format!("The model `{model}` does not exist or you do not have access to it."),
        ),
        ErrorKind::TooLarge => Failure::new(413, INVALID, None, "Request too large."),
        ErrorKind::ContextLength => Failure::new(
            400,
            INVALID,
            None,
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
        )
        .coded("context_length_exceeded", "messages"),
        ErrorKind::ContentFilter => Failure::new(
            400,
            INVALID,
            Some("content_policy_violation"),
            "Your request was rejected as a result of our safety system.",
        ),
        ErrorKind::RateLimited => Failure::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            format!("Rate limit reached for {model} on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 2s."),
        )
        .with(&[
            ("retry-after", "2"),
            ("retry-after-ms", "2000"),
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "2s"),
        ]),
        ErrorKind::Quota => Failure::new(
            429,
            "insufficient_quota",
            Some("insufficient_quota"),
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        ErrorKind::ServerError => {
            Failure::new(500, "server_error", None, "The server had an error while processing your request. Sorry about that!")
        }
        ErrorKind::BadGateway => Failure::new(502, "server_error", None, "Bad gateway."),
        ErrorKind::Overloaded => Failure::new(
            503,
            "service_unavailable_error",
            Some("server_is_overloaded"),
            "Our servers are currently overloaded. Please try again later.",
        ),
        ErrorKind::Timeout => Failure::new(504, "server_error", None, "Gateway timeout."),
    }
}

fn anthropic(kind: ErrorKind, model: &str) -> Failure {
    const INVALID: &str = "invalid_request_error";
    match kind {
        ErrorKind::BadRequest => Failure::new(400, INVALID, None, "Invalid request."),
        ErrorKind::Unauthorized => Failure::new(401, "authentication_error", None, "invalid x-api-key"),
        ErrorKind::PaymentRequired => Failure::new(
            402,
            "billing_error",
            None,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
        ),
        ErrorKind::Forbidden => Failure::new(
            403,
            "permission_error",
            None,
            "Your API key does not have permission to use the specified resource.",
        ),
        ErrorKind::ModelNotFound => Failure::new(404, "not_found_error", None, format!("model: {model}")),
        ErrorKind::TooLarge => {
            Failure::new(413, "request_too_large", None, "Request exceeds the maximum size")
        }
        ErrorKind::ContextLength => {
            Failure::new(400, INVALID, None, "prompt is too long: 210000 tokens > 200000 maximum")
        }
        ErrorKind::ContentFilter => {
            Failure::new(400, INVALID, None, "Output blocked by content filtering policy")
        }
        ErrorKind::RateLimited => Failure::new(
            429,
            "rate_limit_error",
            None,
            "This request would exceed your organization's rate limit of 50 requests per minute.",
        )
        .with(&[
            ("retry-after", "2"),
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("x-should-retry", "true"),
        ]),
        ErrorKind::Quota => Failure::new(
            429,
            "rate_limit_error",
            Some("enforced_spend_limit_reached"),
            "You have reached your specified API usage limits.",
        ),
        ErrorKind::ServerError => Failure::new(500, "api_error", None, "Internal server error"),
        ErrorKind::BadGateway => Failure::new(502, "api_error", None, "Bad gateway"),
        ErrorKind::Overloaded => {
            Failure::new(529, "overloaded_error", None, "Overloaded").with(&[("x-should-retry", "true")])
        }
        ErrorKind::Timeout => Failure::new(504, "timeout_error", None, "Request timed out"),
    }
}

fn cohere(kind: ErrorKind, model: &str) -> Failure {
    let (status, message) = match kind {
        ErrorKind::BadRequest => (400, "invalid request"),
        ErrorKind::Unauthorized => (401, "invalid api token"),
        ErrorKind::PaymentRequired => (
            402,
            "Please add or update your payment method at https://dashboard.cohere.com/billing to continue.",
        ),
        ErrorKind::Forbidden => (403, "your api token does not have permission for this endpoint"),
        ErrorKind::ModelNotFound => {
            let message = format!("model '{model}' not found, make sure the correct model ID was used");
            return Failure::new(404, "", None, message);
        }
        ErrorKind::TooLarge => (413, "request body too large"),
        ErrorKind::ContextLength => (
            400,
            "too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 130000.",
        ),
        ErrorKind::ContentFilter => (400, "blocked input: please adjust your prompt and try again"),
        ErrorKind::RateLimited => (
            429,
            "You are using a Trial key, which is limited to 20 API calls / minute. Please wait and try again later",
        ),
        ErrorKind::Quota => (429, "You are past the per month request limit for this model."),
        ErrorKind::ServerError => (500, "internal server error, please contact support"),
        ErrorKind::BadGateway => (502, "bad gateway"),
        ErrorKind::Overloaded => (503, "service temporarily unavailable"),
        ErrorKind::Timeout => (504, "request timed out"),
    };
    Failure::new(status, "", None, message)
}
