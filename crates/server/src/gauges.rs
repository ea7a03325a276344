//! How every target stands, read from the engine whenever somebody looks: no number here can be out of date.

use crate::names::Names;
use handover_dispatch::TargetState;
use handover_policy::BreakerState;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// States of a circuit breaker, as [`BreakerState::as_str`] names them.
const BREAKER_STATES: [&str; 4] = ["closed", "open", "probing", "ramping"];
/// States of a target, as [`TargetState::word`] names them.
const TARGET_STATES: [&str; 6] = ["ready", "resting", "testing", "ramping", "full", "off"];

type Level<L> = Family<L, Gauge>;
type Share<L> = Family<L, Gauge<f64, AtomicU64>>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTarget {
    target: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    target: Arc<str>,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKey {
    target: Arc<str>,
    key: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBreaker {
    target: Arc<str>,
    key: usize,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfProvider {
    provider: Arc<str>,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// The registry of this moment. `waste` is tokens delivered and wasted within the last hour.
pub(crate) fn registry(
    routes: &[(Arc<str>, Vec<TargetState>)],
    waste: (u64, u64),
    names: &Names,
) -> Registry {
    let states: Level<InState> = Family::default();
    let breakers: Level<OfBreaker> = Family::default();
    let providers: Level<OfProvider> = Family::default();
    let in_flight: Level<OfKey> = Family::default();
    let limits: Level<OfKey> = Family::default();
    let diverted: Share<OfTarget> = Family::default();
    for target in routes.iter().flat_map(|(_, targets)| targets) {
        let name = names.target(&target.id);
        let id = name.id;
        for state in TARGET_STATES {
            let labels = InState { target: id.clone(), state };
            states.get_or_create(&labels).set(i64::from(target.word() == state));
        }
        for state in BREAKER_STATES {
            let is_it = |breaker: &BreakerState| i64::from(breaker.as_str() == state);
            let labels = OfProvider { provider: name.provider.clone(), state };
            providers.get_or_create(&labels).set(is_it(&target.provider));
            for (key, lane) in (1..).zip(&target.keys) {
                let labels = OfBreaker { target: id.clone(), key, state };
                breakers.get_or_create(&labels).set(is_it(&lane.breaker));
            }
        }
        for (key, lane) in (1..).zip(&target.keys) {
            let labels = OfKey { target: id.clone(), key };
            in_flight.get_or_create(&labels).set(lane.in_flight.into());
            if let Some(limit) = lane.limit {
                limits.get_or_create(&labels).set(limit.into());
            }
        }
        diverted.get_or_create(&OfTarget { target: id }).set(target.diverted);
    }
    let tokens: Level<OfKind> = Family::default();
    let (delivered, wasted) = waste;
    for (kind, count) in [("delivered", delivered), ("wasted", wasted)] {
        tokens.get_or_create(&OfKind { kind }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    let mut registry = Registry::default();
    registry.register("handover_target_state", "1 for the state a target is in", states);
    registry.register("handover_breaker_state", "1 for the state of a key's circuit breaker", breakers);
    registry.register(
        "handover_provider_breaker_state",
        "1 for the state of the circuit breaker of a provider as a whole",
        providers,
    );
    registry.register("handover_in_flight", "Answers under way", in_flight);
    registry.register("handover_concurrency_limit", "Most answers at once, where a limit is known", limits);
    registry.register(
        "handover_diverted_ratio",
        "Share of a target's requests sent elsewhere because it fails too often",
        diverted,
    );
    registry.register(
        "handover_tokens_last_hour",
        "Tokens delivered, and tokens spent on attempts that did not serve, within the last hour",
        tokens,
    );
    registry
}
