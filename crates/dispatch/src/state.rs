//! How every target stands now: for the status, for `handover doctor`, for metrics.

use crate::{Engine, Target};
use handover_policy::BreakerState;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How a target stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetState {
    /// `provider/model`.
    pub id: Arc<str>,
    /// Its level, see [`Target::signal`].
    pub signal: Option<u8>,
    /// The breaker of its provider as a whole.
    pub provider: BreakerState,
    /// Each key, in the order of the configuration.
    pub keys: Vec<KeyState>,
    /// The share of its requests that is sent elsewhere because it fails too often.
    pub diverted: f64,
    /// Time since it last began an answer.
    pub last_answer: Option<Duration>,
    /// An operator has put it to rest. Everything else here is measured.
    pub is_off: bool,
}

/// How one key of a target stands.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyState {
    /// Its circuit breaker.
    pub breaker: BreakerState,
    /// How long it still rests, after a 429 or because it was refused.
    pub rests: Option<Duration>,
    /// Answers under way.
    pub in_flight: u32,
    /// Most answers at once, if a limit is known.
    pub limit: Option<u32>,
}

impl Target {
    /// How it stands now.
    #[must_use]
    pub fn state(&self, now: Instant) -> TargetState {
        let left = |until: Instant| until.saturating_duration_since(now);
        let keys = (0..self.provider.key_count()).map(|key| {
            let (in_flight, limit) = self.health.concurrency(key);
            let limited = self.health.rests_until(key, now);
            let refused = self.provider.key_rests_until(key, now);
            KeyState {
                breaker: self.health.state(key, now),
                rests: limited.into_iter().chain(refused).max().map(left),
                in_flight,
                limit,
            }
        });
        TargetState {
            id: self.id.clone(),
            signal: self.signal,
            provider: self.provider.breaker.lock().state(now),
            keys: keys.collect(),
            diverted: self.health.diverted(now),
            last_answer: self.health.last_good().map(|at| now.saturating_duration_since(at)),
            is_off: self.health.is_off(),
        }
    }
}

impl TargetState {
    /// One word: `off` (an operator put it to rest), `ready`, `testing` (one trial request decides), `ramping` (load is coming back), `resting` (no key
    /// of it is asked unless nobody else is left) or `full`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let rests = |key: &KeyState| key.rests.is_some() || matches!(key.breaker, BreakerState::Open { .. });
        let full = |key: &KeyState| key.limit.is_some_and(|limit| key.in_flight >= limit);
        let any = |state: fn(&BreakerState) -> bool| {
            state(&self.provider) || self.keys.iter().any(|key| state(&key.breaker))
        };
        if self.is_off {
            "off"
        } else if matches!(self.provider, BreakerState::Open { .. }) || self.keys.iter().all(rests) {
            "resting"
        } else if any(|state| matches!(state, BreakerState::Probing)) {
            "testing"
        } else if any(|state| matches!(state, BreakerState::Ramping { .. })) {
            "ramping"
        } else if self.keys.iter().all(full) {
            "full"
        } else {
            "ready"
        }
    }

    /// How long until it is asked again, while it rests; nobody knows when its operator wants it back.
    #[must_use]
    pub fn rests_for(&self, now: Instant) -> Option<Duration> {
        if self.is_off {
            return None;
        }
        let until = |state: &BreakerState| match state {
            BreakerState::Open { until } => Some(until.saturating_duration_since(now)),
            BreakerState::Closed | BreakerState::Probing | BreakerState::Ramping { .. } => None,
        };
        let soonest =
            self.keys.iter().map(|key| key.rests.max(until(&key.breaker)).unwrap_or_default()).min();
        let rests = soonest.unwrap_or_default().max(until(&self.provider).unwrap_or_default());
        (!rests.is_zero()).then_some(rests)
    }
}

impl<U> Engine<U> {
    /// How every target of every route stands, route by route.
    pub fn states(&self, now: Instant) -> Vec<(Arc<str>, Vec<TargetState>)> {
        let state = |target: &Arc<Target>| target.state(now);
        self.routes.iter().map(|(route, targets)| (route, targets.map(state).collect())).collect()
    }

    /// A target of any route by its id, `provider/model`. Those of one id in several routes share what is known of them.
    pub fn target(&self, id: &str) -> Option<Arc<Target>> {
        self.routes.iter().find_map(|(_, mut targets)| targets.find(|target| *target.id == *id).cloned())
    }

    /// Puts a target to rest on an operator's behalf, or uses it again, in every route and when it is asked for by name.
    /// While it is off nobody is sent there, not even when nobody else is left; answers under way go on. Whether
    /// this changed anything.
    pub fn set_off(&self, target: &Target, off: bool) -> bool {
        target.health.set_off(off)
    }
}
