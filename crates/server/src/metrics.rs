//! What is counted, for Prometheus: `docs/reference/metrics.md` lists every metric.
//!
//! # Invariants
//! * Everything counted about requests comes from [`Served`], so the metrics, the log, the headers and the stories
//!   never disagree, and the attempts counted are the sum of the attempts made.
//! * Labels are the configuration's own names ([`Names`]) and our own words: their number does not grow with the
//!   traffic, and no request's id is among them.
//! * Counting allocates nothing once a combination of labels has been seen: a short shared lock and an atomic.
//!
//! Names: OpenTelemetry's for generative AI where it has one, in Prometheus's spelling; `handover_` for the rest.
//! Source of those names and of their buckets: OpenTelemetry semantic conventions, "Generative AI metrics".

mod reading;
mod seams;

use crate::names::{NONE, Names, TargetName};
use handover_dialect::hub::Usage;
use handover_dispatch::{AttemptEvent, Attempted, BreakerEvent, Outcome, Served};
use parking_lot::RwLock;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use reading::{error_type, is_asked};
use seams::Seams;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use reading::{began, first_target, first_token};

/// What OpenTelemetry calls what is asked of a chat model.
const OPERATION: &str = "chat";
/// The request id under which a probe's attempt is told.
const PROBE: &str = "probe";
/// Most words for what went wrong that are told apart. There are about fifty; more would be a mistake of ours, and
/// is not to cost the operator's memory.
const MOST_CODES: usize = 100;

const DURATION_BUCKETS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const FIRST_TOKEN_BUCKETS: [f64; 16] =
    [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const TOKEN_BUCKETS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

fn durations() -> Histogram {
    Histogram::new(DURATION_BUCKETS)
}

fn first_tokens() -> Histogram {
    Histogram::new(FIRST_TOKEN_BUCKETS)
}

fn tokens() -> Histogram {
    Histogram::new(TOKEN_BUCKETS)
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    gen_ai_operation_name: &'static str,
    gen_ai_provider_name: Arc<str>,
    gen_ai_request_model: Arc<str>,
    gen_ai_response_model: Arc<str>,
    error_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tokens {
    gen_ai_operation_name: &'static str,
    gen_ai_provider_name: Arc<str>,
    gen_ai_request_model: Arc<str>,
    gen_ai_response_model: Arc<str>,
    gen_ai_token_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Begun {
    gen_ai_operation_name: &'static str,
    gen_ai_provider_name: Arc<str>,
    gen_ai_request_model: Arc<str>,
    gen_ai_response_model: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: Arc<str>,
    outcome: &'static str,
    served: Arc<str>,
    signal: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attempt {
    target: Arc<str>,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Probe {
    target: Arc<str>,
    code: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Handover {
    from: Arc<str>,
    to: Arc<str>,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTarget {
    target: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cached {
    route: Arc<str>,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Moved {
    provider: Arc<str>,
    model: Arc<str>,
    key: String,
    to: &'static str,
}

/// What requests have in common that are counted in the same series.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Alike {
    route: Arc<str>,
    asked: Arc<str>,
    provider: Arc<str>,
    served: Arc<str>,
    signal: &'static str,
    outcome: &'static str,
    error_type: &'static str,
    is_asked: bool,
}

/// The series of requests that are alike, found together instead of each by its own labels.
#[derive(Debug)]
struct Series {
    requests: Counter,
    duration: Histogram,
    /// When a target was asked for what the caller got.
    target: Option<TargetSeries>,
}

#[derive(Debug)]
struct TargetSeries {
    attempts: Counter,
    input: Histogram,
    output: Histogram,
    first_token: Histogram,
}

/// What is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    duration: Histograms<Operation>,
    usage: Histograms<Tokens>,
    first_token: Histograms<Begun>,
    requests: Family<Request, Counter>,
    attempts: Family<Attempt, Counter>,
    passed_over: Family<Attempt, Counter>,
    handovers: Family<Handover, Counter>,
    delay: Histograms<OfRoute>,
    transitions: Family<Moved, Counter>,
    probes: Family<Probe, Counter>,
    cached: Family<Cached, Counter>,
    canaries: Family<OfRoute, Counter>,
    other_models: Family<OfTarget, Counter>,
    seams: Seams,
    codes: RwLock<HashSet<Arc<str>>>,
    alike: RwLock<HashMap<Alike, Arc<Series>>>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            duration: Family::new_with_constructor(durations),
            usage: Family::new_with_constructor(tokens),
            first_token: Family::new_with_constructor(first_tokens),
            requests: Family::default(),
            attempts: Family::default(),
            passed_over: Family::default(),
            handovers: Family::default(),
            delay: Family::new_with_constructor(first_tokens),
            transitions: Family::default(),
            probes: Family::default(),
            cached: Family::default(),
            canaries: Family::default(),
            other_models: Family::default(),
            seams: Seams::new(),
            codes: RwLock::default(),
            alike: RwLock::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let Self { registry, .. } = self;
        registry.register_with_unit(
            "gen_ai_client_operation_duration",
            "Time from a request's arrival to its end",
            Unit::Seconds,
            self.duration.clone(),
        );
        registry.register(
            "gen_ai_client_token_usage",
            "Tokens of a request, as counted by each target that wrote a part of its answer",
            self.usage.clone(),
        );
        registry.register_with_unit(
            "gen_ai_server_time_to_first_token",
            "Time from asking the target that began the answer to its first token; streams only",
            Unit::Seconds,
            self.first_token.clone(),
        );
        registry.register("handover_requests", "Requests that have ended", self.requests.clone());
        registry.register(
            "handover_attempts",
            "Attempts at targets; code ok: it served a whole answer",
            self.attempts.clone(),
        );
        registry.register(
            "handover_passed_over",
            "Times a target was not asked though it was its turn",
            self.passed_over.clone(),
        );
        registry.register(
            "handover_handovers",
            "Requests whose answer another target than the first in line began",
            self.handovers.clone(),
        );
        registry.register_with_unit(
            "handover_handover_delay",
            "Time from a request's arrival to asking the target that began, where that was not the first asked",
            Unit::Seconds,
            self.delay.clone(),
        );
        registry.register(
            "handover_breaker_transitions",
            "Moves of circuit breakers; model and key are empty for the breaker of a provider as a whole",
            self.transitions.clone(),
        );
        registry.register("handover_probes", "Probes of idle targets", self.probes.clone());
        registry.register(
            "handover_cache_answers",
            "Answers given from the cache; stale: because every target was down",
            self.cached.clone(),
        );
        registry.register(
            "handover_canaries",
            "Requests that a backup was asked first for, to see that it works",
            self.canaries.clone(),
        );
        registry.register(
            "handover_other_models",
            "Answers in which a provider named a model that it was not asked for",
            self.other_models.clone(),
        );
        self.seams.register(registry);
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("handover_build", "The running version", build);
    }

    /// Everything that is counted, and its descriptions.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A request has ended.
    pub(crate) fn served(&self, served: &Served, names: &Names) {
        let route = names.route(served.route.as_deref());
        let by = served.target.as_deref().map_or_else(|| names.no_target(), |id| names.target(id));
        let series = self.series(served, &route, &by, names);
        series.requests.inc();
        series.duration.observe(served.took.as_secs_f64());
        if let Some(target) = &series.target {
            if !served.has_broken_off() {
                target.attempts.inc();
            }
            let Usage { prompt, completion, .. } = served.billed;
            for (tokens, count) in [(&target.input, prompt), (&target.output, completion)] {
                if let Some(count) = count {
                    tokens.observe(count as f64);
                }
            }
            match (first_token(served), served.hand_overs.is_empty()) {
                (Some((_, took)), true) => target.first_token.observe(took.as_secs_f64()),
                (Some((first, took)), false) => self.begun_by(served, first, took, names),
                (None, _) => {}
            }
        }
        for handed in &served.hand_overs {
            self.tokens_of(served, &handed.from, handed.usage, names);
        }
        self.seams.count(served, &route, names);
        for attempt in &served.attempts {
            let labels = Attempt { target: names.target(&attempt.target).id, code: attempt.code };
            let family = if attempt.asked { &self.attempts } else { &self.passed_over };
            family.get_or_create(&labels).inc();
        }
        self.count_handover(served, &route, names);
        if served.canary {
            self.canaries.get_or_create(&OfRoute { route: route.clone() }).inc();
        }
        if served.other_model().is_some() {
            self.other_models.get_or_create(&OfTarget { target: by.id.clone() }).inc();
        }
        if served.cached.is_some() {
            let kind = if served.attempts.is_empty() { "fresh" } else { "stale" };
            self.cached.get_or_create(&Cached { route, kind }).inc();
        }
    }

    /// The series of requests that are like this one.
    fn series(&self, served: &Served, route: &Arc<str>, by: &TargetName, names: &Names) -> Arc<Series> {
        let alike = Alike {
            route: route.clone(),
            asked: names.asked(&served.asked),
            provider: by.provider.clone(),
            served: by.id.clone(),
            signal: if served.target.is_some() { served.signal.as_str() } else { "0" },
            outcome: served.outcome.as_str(),
            error_type: error_type(served),
            is_asked: is_asked(served),
        };
        if let Some(series) = self.alike.read().get(&alike) {
            return series.clone();
        }
        let series = Arc::new(self.make_series(&alike, by));
        self.alike.write().entry(alike).or_insert(series).clone()
    }

    fn make_series(&self, alike: &Alike, by: &TargetName) -> Series {
        let Alike { route, asked, provider, served, signal, outcome, error_type, is_asked } = alike.clone();
        let request = Request { route, outcome, served: served.clone(), signal };
        let operation = Operation {
            gen_ai_operation_name: OPERATION,
            gen_ai_provider_name: provider.clone(),
            gen_ai_request_model: asked.clone(),
            gen_ai_response_model: by.model.clone(),
            error_type,
        };
        let tokens = |gen_ai_token_type| {
            self.usage.get_or_create_owned(&Tokens {
                gen_ai_operation_name: OPERATION,
                gen_ai_provider_name: provider.clone(),
                gen_ai_request_model: asked.clone(),
                gen_ai_response_model: by.model.clone(),
                gen_ai_token_type,
            })
        };
        let code = if outcome == Outcome::Complete.as_str() { "ok" } else { outcome };
        let target = is_asked.then(|| TargetSeries {
            attempts: self.attempts.get_or_create_owned(&Attempt { target: served, code }),
            input: tokens("input"),
            output: tokens("output"),
            first_token: self.first_token.get_or_create_owned(&Begun {
                gen_ai_operation_name: OPERATION,
                gen_ai_provider_name: provider.clone(),
                gen_ai_request_model: asked.clone(),
                gen_ai_response_model: by.model.clone(),
            }),
        });
        Series {
            requests: self.requests.get_or_create_owned(&request),
            duration: self.duration.get_or_create_owned(&operation),
            target,
        }
    }

    /// Tokens of a target that wrote a part of the answer and stopped.
    fn tokens_of(&self, served: &Served, target: &str, usage: Usage, names: &Names) {
        let TargetName { provider, model, .. } = names.target(target);
        for (kind, count) in [("input", usage.prompt), ("output", usage.completion)] {
            let Some(count) = count else { continue };
            let labels = Tokens {
                gen_ai_operation_name: OPERATION,
                gen_ai_provider_name: provider.clone(),
                gen_ai_request_model: names.asked(&served.asked),
                gen_ai_response_model: model.clone(),
                gen_ai_token_type: kind,
            };
            self.usage.get_or_create(&labels).observe(count as f64);
        }
    }

    /// The first token came from a target that another took over from.
    fn begun_by(&self, served: &Served, first: &str, took: Duration, names: &Names) {
        let TargetName { provider, model, .. } = names.target(first);
        let labels = Begun {
            gen_ai_operation_name: OPERATION,
            gen_ai_provider_name: provider,
            gen_ai_request_model: names.asked(&served.asked),
            gen_ai_response_model: model,
        };
        self.first_token.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A hand-over before the first word. One in the middle of the answer is counted by [`Seams`], and only there.
    fn count_handover(&self, served: &Served, route: &Arc<str>, names: &Names) {
        let (true, Some(to)) = (is_asked(served), first_target(served)) else { return };
        let began = began(served);
        // What was begun later, a hedge that lost or whoever was asked to go on, took nothing from the first in line.
        let before = |a: &&Attempted| {
            let in_time = |began| a.at < began || a.at == began && a.code != "outpaced";
            a.target != *to && began.is_none_or(in_time)
        };
        let Some(first) = served.attempts.iter().find(before) else { return };
        let (from, to) = (names.target(&first.target).id, names.target(to).id);
        self.handovers.get_or_create(&Handover { from, to, reason: first.code }).inc();
        if let Some(delay) = began {
            let labels = OfRoute { route: route.clone() };
            self.delay.get_or_create(&labels).observe(delay.as_secs_f64());
        }
    }

    /// An attempt was judged. Those of requests are counted when the request ends; a probe is counted here.
    pub(crate) fn attempt(&self, attempt: &AttemptEvent<'_>, names: &Names) {
        if attempt.request_id == PROBE {
            let target = names.target(attempt.target).id;
            self.probes.get_or_create(&Probe { target, code: self.code(attempt.code) }).inc();
        }
    }

    /// A circuit breaker has moved.
    pub(crate) fn breaker(&self, moved: &BreakerEvent<'_>, names: &Names) {
        let (model, key) = match moved.lane {
            None => (Arc::from(""), String::new()),
            Some((model, key)) => {
                let name = names.target(&format!("{}/{model}", moved.provider));
                (name.model, (key + 1).to_string())
            }
        };
        let labels = Moved { provider: names.provider(moved.provider), model, key, to: moved.to };
        self.transitions.get_or_create(&labels).inc();
    }

    fn code(&self, code: &str) -> Arc<str> {
        if let Some(known) = self.codes.read().get(code) {
            return known.clone();
        }
        let mut codes = self.codes.write();
        if codes.len() >= MOST_CODES {
            return NONE.into();
        }
        let code: Arc<str> = code.into();
        codes.insert(code.clone());
        code
    }
}
