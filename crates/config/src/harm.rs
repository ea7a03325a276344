//! Settings that keep an outage from growing, as the rest of Handover sees them: plain fields, no serde.
//!
//! Every default states where it comes from. Most follow the circuit breaker of linkerd2-proxy and the
//! retry budgets of Finagle and gRPC; the numbers differ where an LLM call differs from a remote procedure
//! call: it lasts up to minutes, there are three or four hosts and not hundreds, and each attempt is billed.

use std::time::Duration;

use crate::snapshot::ProviderDialect;

/// When a target that fails is left alone, and how its load comes back.
///
/// Two things open the breaker: `failures` in a row, or a share of successes below `min_success`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breaker {
    /// Consecutive failures that open it. At least one.
    pub failures: u32,
    /// Window of the share of successes. Longer than zero.
    pub window: Duration,
    /// Calls in the window below which their share of successes says nothing.
    pub min_calls: u32,
    /// Share of successes below which it opens: above 0, below 1.
    pub min_success: f64,
    /// First pause; each failed probe makes it 60 % longer. Longer than zero, at most `max_backoff`.
    pub backoff: Duration,
    /// Longest pause between two probes.
    pub max_backoff: Duration,
    /// From the first good probe to full load. Longer than zero.
    pub ramp: Duration,
}

impl Default for Breaker {
    /// Three failures in a row: linkerd2-proxy's tests. 30 s: Finagle's window. 60 % of at least 10 calls:
    /// others open below 80 %, but single bad answers are common among models.
    ///
    /// The pause starts at 5 s, where linkerd starts at 1 s and Finagle at 5 s: with 2 s, a minute of failure
    /// would cost the sick provider more than the six attempts it may get. It ends at 30 s and not at 120 s,
    /// and the ramp takes 45 s and not 60 s, so that a provider that heals has its load back within a minute and
    /// a half. There is a ramp because a full load at once has made providers fall over again.
    fn default() -> Self {
        Self {
            failures: 3,
            window: Duration::from_secs(30),
            min_calls: 10,
            min_success: 0.6,
            backoff: Duration::from_secs(5),
            max_backoff: Duration::from_secs(30),
            ramp: Duration::from_secs(45),
        }
    }
}

/// How much may be spent beside the answers that users get.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budgets {
    /// Retries at the same target, as a share of requests, 0 to 1.
    pub retries: f64,
    /// Tokens billed and not delivered, as a share of those delivered, 0 to 1. Retries, hedges and
    /// continuations share it.
    pub waste: f64,
    /// Wasted tokens an hour that are always allowed: a share of little traffic is nothing.
    pub waste_floor: u64,
}

impl Budgets {
    /// Whether nothing may ever be wasted.
    #[must_use]
    pub fn allow_no_waste(&self) -> bool {
        self.waste <= 0.0 && self.waste_floor == 0
    }
}

impl Default for Budgets {
    /// Retries below 10 % of requests: Google's SRE book; Finagle and Envoy allow 20 %. Waste of 5 % is the
    /// bound set for an hour of outage. The floor is about two long prompts, so that a quiet gateway can
    /// still hedge or continue one.
    fn default() -> Self {
        Self { retries: 0.1, waste: 0.05, waste_floor: 20_000 }
    }
}

/// Asks a second target when the first one's word is late; the first word wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hedge {
    /// Silence after which the second target is asked. Longer than zero, and shorter than the time the lead
    /// has for its first token.
    pub after: Duration,
}

impl Hedge {
    /// For messages and examples; without `hedge` there is none. Above the usual time to the first token,
    /// well below the 10 s after which a target is given up.
    pub(crate) const USUAL_AFTER: Duration = Duration::from_secs(3);
}

/// Answers kept for requests that are the same to the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cache {
    /// Age up to which a kept answer is given without asking anyone. May be zero.
    pub fresh: Duration,
    /// Time after `fresh` in which it is given when every target has failed. May be zero, but not both.
    pub stale_if_error: Duration,
    /// Answers kept; the oldest make room. At least one.
    pub max_entries: u32,
}

impl Default for Cache {
    /// What `cache = {}` means: nobody gets an old answer while a model can give a new one, and yesterday's
    /// answer beats an error. A thousand answers of usual length are a few megabytes.
    fn default() -> Self {
        Self { fresh: Duration::ZERO, stale_if_error: Duration::from_secs(24 * 60 * 60), max_entries: 1000 }
    }
}

/// Attempts that one request may cost. gRPC allows 5, Google's SRE book 3; three or four targets are usual.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 4;

/// Longest wait at a target that is at its limit: half of what a first token may take.
pub const DEFAULT_MAX_WAIT: Duration = Duration::from_secs(5);

/// Largest share of requests for the canary: above it the backup is no backup.
pub(crate) const MAX_CANARY: f64 = 0.2;

/// Idle time after which a backup is asked for a token. One a minute would find a dead key sooner, but costs
/// 1440 calls a day per backup; 5 minutes cost 288, and keys do not die by the minute.
pub(crate) const USUAL_PROBE: Duration = Duration::from_secs(5 * 60);

/// The default of `probe`. The embedded engine has no key that could be revoked and is watched anyway.
pub(crate) fn default_probe(dialect: ProviderDialect) -> Option<Duration> {
    match dialect {
        ProviderDialect::OpenAi | ProviderDialect::Anthropic | ProviderDialect::Cohere => Some(USUAL_PROBE),
        ProviderDialect::Local => None,
    }
}
