//! The errors providers give, by meaning. What each looks like in a dialect is in `wire`.

/// An error by meaning; each dialect has its own status, body and headers for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The caller's request is wrong. 400.
    BadRequest,
    /// The key is refused. 401.
    Unauthorized,
    /// The account has no money. 402.
    PaymentRequired,
    /// The key may not do this. 403.
    Forbidden,
    /// No such model. 404.
    ModelNotFound,
    /// The body is too large. 413.
    TooLarge,
    /// The prompt does not fit the model's window. 400.
    ContextLength,
    /// The provider's filter refused the prompt. 400.
    ContentFilter,
    /// Too many requests or tokens per minute, with `retry-after`. 429.
    RateLimited,
    /// The quota or spend limit is used up; waiting does not help. 429.
    Quota,
    /// The provider failed. 500.
    ServerError,
    /// A gateway of the provider failed. 502.
    BadGateway,
    /// Overloaded: 503 at OpenAI and Cohere, 529 at Anthropic.
    Overloaded,
    /// The provider's own time limit. 504.
    Timeout,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [ErrorKind; 14] = [
        ErrorKind::BadRequest,
        ErrorKind::Unauthorized,
        ErrorKind::PaymentRequired,
        ErrorKind::Forbidden,
        ErrorKind::ModelNotFound,
        ErrorKind::TooLarge,
        ErrorKind::ContextLength,
        ErrorKind::ContentFilter,
        ErrorKind::RateLimited,
        ErrorKind::Quota,
        ErrorKind::ServerError,
        ErrorKind::BadGateway,
        ErrorKind::Overloaded,
        ErrorKind::Timeout,
    ];

    /// The word for it in a script's text form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::BadRequest => "bad_request",
            ErrorKind::Unauthorized => "unauthorized",
            ErrorKind::PaymentRequired => "payment_required",
            ErrorKind::Forbidden => "forbidden",
            ErrorKind::ModelNotFound => "model_not_found",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::ContextLength => "context_length",
            ErrorKind::ContentFilter => "content_filter",
            ErrorKind::RateLimited => "rate_limited",
            ErrorKind::Quota => "quota",
            ErrorKind::ServerError => "server_error",
            ErrorKind::BadGateway => "bad_gateway",
            ErrorKind::Overloaded => "overloaded",
            ErrorKind::Timeout => "timeout",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ErrorKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind a bare status most likely means.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            401 => ErrorKind::Unauthorized,
            402 => ErrorKind::PaymentRequired,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::ModelNotFound,
            413 => ErrorKind::TooLarge,
            429 => ErrorKind::RateLimited,
            502 => ErrorKind::BadGateway,
            503 | 529 => ErrorKind::Overloaded,
            408 | 504 | 524 => ErrorKind::Timeout,
            500.. => ErrorKind::ServerError,
            0..500 => ErrorKind::BadRequest,
        }
    }
}
