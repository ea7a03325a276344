//! What went wrong at one target.

use handover_dialect::{ProviderError, Refused};
use std::time::Duration;

/// What went wrong at one target: the evidence, before anything is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What happened.
    pub kind: Kind,
    /// The provider's own words, where it said any.
    pub error: Option<Box<ProviderError>>,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Duration>,
    /// Whether the request may have reached the provider, and may be billed.
    pub reached: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// The name did not resolve.
    Dns,
    /// The connection was refused or unreachable.
    Connect,
    /// No connection within the limit.
    ConnectTimeout(Duration),
    /// TLS failed: expired, wrong name, cut handshake.
    Tls,
    /// The connection broke before the response's head.
    Reset,
    /// The peer does not speak HTTP as it should.
    Protocol,
    /// HTTP/2: the server refused or is going away.
    Goaway,
    /// No content within the first-token limit.
    FirstTokenTimeout(Duration),
    /// No bytes within the stall limit.
    Stall(Duration),
    /// Bytes, but no content within the progress limit.
    NoProgress(Duration),
    /// The request's deadline passed.
    Deadline,
    /// An HTTP status that is not 200.
    Status(u16),
    /// An error object inside a 200: in its body, or as an event of its stream.
    InBand,
    /// The body ended before the answer did.
    Truncated,
    /// The answer cannot be read.
    Malformed(String),
    /// The body is not of the type that was asked for (an HTML page, say).
    WrongContentType(String),
    /// A complete answer without content.
    Empty,
    /// The answer says the same for ever.
    Repeating,
    /// It was to go on with another target's answer and did not find the place; why.
    Seam(String),
    /// The target cannot express this request; nothing was sent.
    Unsupported(Refused),
    /// The local engine could not be started, or is resting after a crash.
    Engine(String),
    /// No key is configured that could be used.
    NoKey,
    /// It has failed often enough to be left alone for a while; nothing was sent.
    Resting,
    /// It has as many requests as it takes; nothing was sent.
    Busy,
    /// Whoever runs the gateway has put it to rest; nothing was sent.
    Off,
}

impl Kind {
    /// Whether this can be found before anything is sent, as it is when the failure says that nothing arrived.
    #[must_use]
    pub fn is_decided_before_sending(&self) -> bool {
        matches!(
            self,
            Kind::Unsupported(_)
                | Kind::NoKey
                | Kind::Deadline
                | Kind::InBand
                | Kind::Resting
                | Kind::Busy
                | Kind::Off
        )
    }
}

impl Failure {
    /// A failure without a provider's words.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        let reached = match &kind {
            Kind::Dns
            | Kind::Connect
            | Kind::ConnectTimeout(_)
            | Kind::Tls
            | Kind::Unsupported(_)
            | Kind::Engine(_)
            | Kind::NoKey
            | Kind::Resting
            | Kind::Busy
            | Kind::Off => false,
            Kind::Reset
            | Kind::Protocol
            | Kind::Goaway
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
            | Kind::Seam(_) => true,
        };
        Self { kind, error: None, retry_after: None, reached }
    }

    /// Adds the provider's words.
    #[must_use]
    pub fn error(mut self, error: ProviderError) -> Self {
        self.error = Some(Box::new(error));
        self
    }

    /// The status to reason about: the HTTP one, or the one an error inside a 200 states.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            Kind::Status(status) => Some(status),
            Kind::Dns
            | Kind::Connect
            | Kind::ConnectTimeout(_)
            | Kind::Tls
            | Kind::Reset
            | Kind::Protocol
            | Kind::Goaway
            | Kind::FirstTokenTimeout(_)
            | Kind::Stall(_)
            | Kind::NoProgress(_)
            | Kind::Deadline
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
            | Kind::Off => self.error.as_ref().and_then(|e| e.status),
        }
    }
}
