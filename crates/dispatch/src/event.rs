//! What happens, as it happens: one type from which logs, metrics, the stories of `handover why` and tests are made.

use crate::{HandedOver, Served};
use std::sync::Arc;
use std::time::Duration;

/// Something has happened.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// An attempt has begun to answer, or has ended without.
    Attempt(&'a AttemptEvent<'a>),
    /// A circuit breaker has moved.
    Breaker(&'a BreakerEvent<'a>),
    /// A target has taken over in the middle of an answer.
    HandOver(&'a HandOverEvent<'a>),
    /// A request has ended.
    Served(&'a Served),
}

/// A hand-over, at the first word of the target that goes on.
#[derive(Debug, Clone, Copy)]
pub struct HandOverEvent<'a> {
    /// Handover's id of the request.
    pub request_id: &'a str,
    /// The route.
    pub route: Option<&'a str>,
    /// What happened.
    pub handed: &'a HandedOver,
}

/// An attempt, judged at its first token.
#[derive(Debug, Clone, Copy)]
pub struct AttemptEvent<'a> {
    /// Handover's id of the request; of a probe, `probe`.
    pub request_id: &'a str,
    /// `provider/model`.
    pub target: &'a Arc<str>,
    /// The provider's key, by its place in the configuration.
    pub key: usize,
    /// `ok`, or what went wrong, in one word.
    pub code: &'static str,
    /// To the first token, or to the failure.
    pub took: Duration,
}

/// A circuit breaker's move.
#[derive(Debug, Clone, Copy)]
pub struct BreakerEvent<'a> {
    /// The provider.
    pub provider: &'a str,
    /// The model and the key's place; `None` for the breaker of the provider as a whole.
    pub lane: Option<(&'a str, usize)>,
    /// `closed`, `open`, `probing` or `ramping`.
    pub from: &'static str,
    /// The same, afterwards.
    pub to: &'static str,
}

/// Hears of everything: logs, metrics, the ledger, tests.
pub trait Observer: Send + Sync {
    /// Something has happened. Called on the path of requests: must not block.
    fn observe(&self, event: &Event<'_>);
}

/// Observes nothing.
impl Observer for () {
    fn observe(&self, _: &Event<'_>) {}
}
