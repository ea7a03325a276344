//! What can go wrong between us and a provider, in the words the policy decides by.
//!
//! Two families, because they are answered differently: a [`SendError`] comes before the response head, when
//! everything may still be tried elsewhere; a [`BodyError`] comes after it, when bytes may have been relayed.
//! The messages are for the log. They never hold a header value or a byte of a body.

use std::error::Error as StdError;
use std::fmt;

type Source = Box<dyn StdError + Send + Sync>;

/// The kind of a failure before the response head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendErrorKind {
    /// The name could not be resolved, and no earlier address is known.
    Dns,
    /// The connection was refused, or no route leads there.
    Connect,
    /// Name, connection and TLS together took longer than the connect timeout.
    ConnectTimeout,
    /// The TLS handshake failed, or the certificate was not accepted.
    Tls,
    /// The connection was lost after the request was (perhaps partly) sent and before a whole head came back.
    ResetBeforeHeaders,
    /// The peer does not speak HTTP as it should.
    Protocol,
    /// HTTP/2: the peer is going away or refused the stream, on the retry too. It did not process the request.
    Goaway,
    /// The request itself cannot be sent: a path or URL with impossible characters.
    Invalid,
}

/// A failure before the response head.
pub struct SendError {
    /// What to decide by.
    pub kind: SendErrorKind,
    /// Whether request bytes may have arrived. If not, nothing can have been billed.
    pub reached: bool,
    /// For the log.
    pub message: String,
    /// The cause, where another library reported it.
    pub source: Option<Source>,
}

/// The kind of a failure after the response head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyErrorKind {
    /// The connection or the HTTP/2 stream was reset.
    Reset,
    /// The connection was closed in the middle of a body whose end was still to come.
    Truncated,
    /// The framing of the body is broken.
    Protocol,
    /// HTTP/2: the peer went away and gave this stream up.
    Goaway,
}

/// A failure after the response head. The body yields nothing after it.
pub struct BodyError {
    /// What to decide by.
    pub kind: BodyErrorKind,
    /// For the log.
    pub message: String,
    /// The cause, where another library reported it.
    pub source: Option<Source>,
}

/// Why a body could not be collected into one buffer.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The body broke.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The body is longer than the limit, in bytes.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

// === impl SendError ===

impl SendError {
    /// A failure before any byte of the request left.
    pub fn unreached(kind: SendErrorKind, message: impl Into<String>) -> Self {
        Self { kind, reached: false, message: message.into(), source: None }
    }

    /// A failure after bytes of the request may have arrived.
    pub fn reached(kind: SendErrorKind, message: impl Into<String>) -> Self {
        Self { kind, reached: true, message: message.into(), source: None }
    }

    /// The same failure with its cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_debug(f, &self.kind, &self.message, self.source.as_ref())
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|s| s as _)
    }
}

// === impl BodyError ===

impl BodyError {
    /// A failure with no further cause.
    pub fn new(kind: BodyErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same failure with its cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_debug(f, &self.kind, &self.message, self.source.as_ref())
    }
}

impl StdError for BodyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|s| s as _)
    }
}

fn write_debug(
    f: &mut fmt::Formatter<'_>,
    kind: &dyn fmt::Debug,
    message: &str,
    source: Option<&Source>,
) -> fmt::Result {
    write!(f, "{kind:?}: {message}")?;
    match source {
        Some(source) => write!(f, " ({source})"),
        None => Ok(()),
    }
}
