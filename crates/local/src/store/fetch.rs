//! What the store needs from whoever may open sockets, and from whoever shows progress.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};

/// The body of an answer, piece by piece.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>> + Send>>;

/// Why something could not be fetched, in words for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// The head of an answer, and its body to be read.
pub struct Response {
    /// The HTTP status.
    pub status: StatusCode,
    /// The HTTP headers.
    pub headers: HeaderMap,
    /// The body; dropping it ends the transfer.
    pub body: BodyStream,
}

impl std::fmt::Debug for Response {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// An HTTP client. The crate `upstream` implements it, because only that crate opens outbound sockets.
pub trait Fetch: Sync {
    /// Sends a GET request. Redirects are returned and not followed: the store decides which headers may go to
    /// another host. Time limits are the client's: it must end a transfer that makes no progress.
    fn get(
        &self,
        url: &str,
        headers: &[(String, String)],
    ) -> impl Future<Output = Result<Response, FetchError>> + Send;
}

/// Shows how far a pull has come. All methods may be called from any thread, in any number.
pub trait Progress: Send + Sync {
    /// The size of the whole file, once it is known, in bytes.
    fn total(&self, bytes: u64);
    /// How much of it is there, in bytes; it starts above zero when a download is resumed.
    fn at(&self, bytes: u64);
    /// What is being done now, in a sentence.
    fn note(&self, text: &str);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn total(&self, _bytes: u64) {}
    fn at(&self, _bytes: u64) {}
    fn note(&self, _text: &str) {}
}
