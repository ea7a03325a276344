//! What dispatch needs of the world outside: to ask a provider.

use crate::ProviderId;
use bytes::Bytes;
use handover_policy::Failure;
use http::HeaderMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// One request, ready to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Path below the provider's base address.
    pub path: &'static str,
    /// All headers, the key's among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// The model, for providers that run one process per model.
    pub model: Arc<str>,
}

/// Asks providers. Implemented over real sockets by the server and in memory by tests and drills.
pub trait Upstream: std::fmt::Debug + Send + Sync + 'static {
    /// The body of an answer. Dropping it before its end cancels the provider's work.
    type Body: http_body::Body<Data = Bytes> + std::fmt::Debug + Send + Unpin + 'static;

    /// Makes sure that the provider can be asked at all: the local engine is started and its model loaded. Bounded
    /// by the caller with the connect limit; immediate for a provider on the network.
    fn ready(&self, provider: ProviderId, model: &str) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Sends a request and resolves at the head of its answer. Dropping the future cancels the request.
    fn send(
        &self,
        provider: ProviderId,
        outgoing: Outgoing,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, Failure>> + Send;

    /// What a broken body means.
    fn broken(error: <Self::Body as http_body::Body>::Error) -> Failure;
}
