//! The breaker's vocabulary: its settings, what it is told, what it answers.

use std::time::Duration;
use tokio::time::Instant;

/// When a breaker opens, and how it comes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerSettings {
    /// Hard failures in a row, or late first tokens in a row, that open. At least one.
    pub failures: u32,
    /// Over which time rates are counted.
    pub window: Duration,
    /// Calls within the window below which rates mean nothing.
    pub min_calls: u32,
    /// Success share below which it opens, 0 to 1.
    pub min_success: f64,
    /// Share of late first tokens above which it opens, 0 to 1.
    pub max_late: f64,
    /// The first back-off, before jitter. Grows by 60 % with every failed probe.
    pub backoff: Duration,
    /// Where back-off stops growing, before jitter.
    pub max_backoff: Duration,
    /// How long recovery takes from 5 % to all of the load.
    pub ramp: Duration,
}

impl Default for BreakerSettings {
    /// Resilience notes, C, "linkerd2-proxy" and "metastable failures". Three values differ. Back-off starts at 5 s
    /// (Finagle's), not 2 s, so that at most six of 15 calls spread over a minute reach a dead provider. It stops
    /// growing at 30 s, not 120 s, and the ramp takes 45 s, not 60 s: a probe is out at most 36 s after the provider
    /// has healed, so it has its whole load back within a minute and a half (scoreboard, M9).
    fn default() -> Self {
        Self {
            failures: 3,
            window: Duration::from_secs(30),
            min_calls: 10,
            min_success: 0.6,
            max_late: 0.5,
            backoff: Duration::from_secs(5),
            max_backoff: Duration::from_secs(30),
            ramp: Duration::from_secs(45),
        }
    }
}

/// How a call ended, for the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// A first token in time.
    Good,
    /// The provider failed.
    Hard,
    /// It said "not now" (429, 409).
    Soft,
    /// No first token in time.
    Late,
    /// It had begun, and broke off or fell silent: its *Good* was premature.
    Broken,
    /// Nothing can be had there for a while (404, 402): shut at once.
    Trip,
}

/// Whether a call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// It may.
    Pass,
    /// It may, and decides for all others: record it with `probe`, or give it back.
    Probe,
    /// It may not.
    Shut {
        /// When to ask again. In the past or now while a probe is out and during the ramp: the end is not known.
        until: Instant,
    },
}

/// What state a breaker is in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BreakerState {
    /// All calls pass.
    Closed,
    /// None pass.
    Open {
        /// When a probe may go.
        until: Instant,
    },
    /// One may go, or is out.
    Probing,
    /// A share of the calls pass.
    Ramping {
        /// Which share, 0.05 to 1.
        share: f64,
    },
}

impl BreakerState {
    /// `closed`, `open`, `probing` or `ramping`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            BreakerState::Closed => "closed",
            BreakerState::Open { .. } => "open",
            BreakerState::Probing => "probing",
            BreakerState::Ramping { .. } => "ramping",
        }
    }
}

/// A change of state, in the words of [`BreakerState::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Transition {
    /// Before.
    pub from: &'static str,
    /// After.
    pub to: &'static str,
}
