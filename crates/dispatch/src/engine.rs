//! What requests are dispatched over: providers, their keys, targets and routes. Built from a configuration,
//! read-only afterwards but for a few learned facts, each behind an atomic or a short lock off the usual path.

use crate::cache::{Cache, CacheSettings};
use crate::health::Senses;
use crate::retrying::LeftOff;
use crate::{Observer, Provider, Target, Upstream};
use handover_policy::{
    MidStream, Planned, Random, RetryBudget, RetrySettings, Routes, Timeouts, Unknown, WasteBudget,
    WasteSettings, choose_two,
};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bounds on what is held for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest error body read from a provider, bytes.
    pub error_body: usize,
    /// Most bytes held while peeking.
    pub peek: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A stream that says so much before its first content is not going to say it.
        Self { error_body: 64 * 1024, peek: 1024 * 1024 }
    }
}

/// What a route asks of the path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RouteSettings {
    /// Most attempts per request, over all targets.
    pub max_attempts: u32,
    /// Longest wait for a place at a target that has as many requests as it takes.
    pub max_wait: Duration,
    /// After how long without a first token the next target is asked beside the first.
    pub hedge: Option<Duration>,
    /// How answers are kept for when every target is down.
    pub cache: Option<CacheSettings>,
    /// Share of the requests that a backup answers although the lead is well.
    pub canary: f64,
    /// What is done about an answer that breaks off after its first word.
    pub mid_stream: MidStream,
    /// How many targets may take over one answer in its middle.
    pub max_hand_overs: u32,
    /// How long the first words are held, so that an early break is nobody's to see.
    pub commit_delay: Duration,
    /// Whether an answer in JSON is held until it is complete.
    pub hold_json: bool,
}

impl Default for RouteSettings {
    /// Four attempts (resilience notes, C, "retry budgets") and one hand-over in an answer (D2.3); hedging, keeping and
    /// canaries are for those who ask.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            max_wait: Duration::from_secs(5),
            hedge: None,
            cache: None,
            canary: 0.0,
            mid_stream: MidStream::Continue,
            max_hand_overs: 1,
            commit_delay: Duration::ZERO,
            hold_json: true,
        }
    }
}

/// A provider as it is used for a model that no route names.
#[derive(Debug)]
pub(crate) struct AdHoc {
    provider: Arc<Provider>,
    spec: handover_dialect::Target,
    timeouts: Timeouts,
    streams_whole: bool,
}

/// Everything a request is dispatched over.
pub struct Engine<U> {
    /// Asks providers.
    pub upstream: U,
    /// The routes.
    pub routes: Routes<Target>,
    /// Randomness, seeded by whoever builds the engine.
    pub random: Arc<Random>,
    /// The wall clock, Unix seconds; for `created` in answers and for dates in `retry-after`.
    pub unix_now: fn() -> u64,
    /// Bounds.
    pub limits: Limits,
    /// Beginnings of model names, each with its vendor's provider; see [`Engine::plan`].
    pub usual_names: Vec<(String, String)>,
    pub(crate) senses: Senses,
    pub(crate) retries: Mutex<RetryBudget>,
    pub(crate) waste: Arc<Mutex<WasteBudget>>,
    pub(crate) left_off: Arc<LeftOff>,
    pub(crate) cache: Arc<Cache>,
    settings: HashMap<Arc<str>, RouteSettings>,
    ad_hoc: HashMap<Arc<str>, AdHoc>,
}

impl<U> std::fmt::Debug for Engine<U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("routes", &self.routes.names()).finish_non_exhaustive()
    }
}

impl<U: Upstream> Engine<U> {
    /// An engine without routes.
    #[must_use]
    pub fn new(upstream: U, observer: Arc<dyn Observer>, seed: u64, unix_now: fn() -> u64) -> Self {
        let random = Arc::new(Random::new(seed));
        Self {
            upstream,
            routes: Routes::default(),
            senses: Senses { random: random.clone(), observer },
            random,
            unix_now,
            limits: Limits::default(),
            usual_names: Vec::new(),
            retries: Mutex::new(RetryBudget::new(RetrySettings::default())),
            waste: Arc::new(Mutex::new(WasteBudget::new(WasteSettings::default()))),
            left_off: Arc::default(),
            cache: Arc::default(),
            settings: HashMap::new(),
            ad_hoc: HashMap::new(),
        }
    }

    /// The same with other budgets.
    #[must_use]
    pub fn with_budgets(mut self, retries: RetrySettings, waste: WasteSettings) -> Self {
        self.retries = Mutex::new(RetryBudget::new(retries));
        self.waste = Arc::new(Mutex::new(WasteBudget::new(waste)));
        self
    }

    /// Sets what a route asks of the path.
    pub fn set(&mut self, route: &str, settings: RouteSettings) {
        self.settings.insert(route.into(), settings);
    }

    pub(crate) fn settings(&self, route: &str) -> RouteSettings {
        self.settings.get(route).copied().unwrap_or_default()
    }

    /// Tokens delivered and tokens wasted within the last hour.
    pub fn waste(&self) -> (u64, u64) {
        self.waste.lock().figures(Instant::now())
    }

    /// Orders each group of equals by power of two choices: of two drawn at random the one that begins sooner goes
    /// first, and the rest stand behind it in the order of the configuration.
    pub(crate) fn balance(&self, targets: &mut [Arc<Target>]) {
        let now = Instant::now();
        let mut from = 0;
        while let Some(first) = targets.get(from) {
            let group = first.group;
            let until = targets.iter().skip(from).position(|t| t.group != group || group.is_none());
            let until = until.map_or(targets.len(), |n| from + n.max(1));
            if let Some(equals) = targets.get_mut(from..until)
                && equals.len() > 1
            {
                let scores: Vec<f64> = equals.iter().map(|t| t.health.score(now)).collect();
                let draws = (self.random.unit(), self.random.unit());
                if let Some(chosen) = choose_two(&scores, draws).and_then(|c| equals.get_mut(..=c)) {
                    chosen.rotate_right(1);
                }
            }
            from = until;
        }
    }

    /// Puts a backup first, once in a while: one that is never asked may have died long ago. Whether it did.
    pub(crate) fn canary(&self, settings: &RouteSettings, targets: &mut [Arc<Target>]) -> bool {
        if settings.canary <= 0.0 || self.random.unit() >= settings.canary {
            return false;
        }
        let backups: Vec<usize> =
            (1..targets.len()).filter(|p| targets.get(*p).is_some_and(|t| t.canary)).collect();
        let drawn = (self.random.unit() * backups.len() as f64) as usize;
        let Some(chosen) = backups.get(drawn).and_then(|place| targets.get_mut(..=*place)) else {
            return false;
        };
        chosen.rotate_right(1);
        true
    }

    /// Lets callers ask for any model of this provider by `provider/model`. `like` is a target to take settings
    /// from.
    pub fn serve_any_model(&mut self, like: &Target) {
        let spec = handover_dialect::Target {
            overrides: handover_dialect::Overrides::default(),
            ..like.spec.clone()
        };
        let ad_hoc = AdHoc {
            provider: like.provider.clone(),
            spec,
            timeouts: like.timeouts,
            streams_whole: like.streams_whole(),
        };
        self.ad_hoc.insert(like.provider.name.clone(), ad_hoc);
    }

    /// The targets for a model; see [`Routes::plan`]. A model with a usual name that nothing is called goes to its
    /// vendor's provider, and to the first route where there is none, unless the caller wants only that model.
    ///
    /// # Errors
    /// [`Unknown`] for a name that means nothing.
    pub fn plan(&self, model: &str, fallbacks: &[String], only: bool) -> Result<Planned<Target>, Unknown> {
        let (route, mut targets) = self.plan_by_name(model, fallbacks, only)?;
        self.balance(&mut targets);
        Ok((route, targets))
    }

    fn plan_by_name(
        &self,
        model: &str,
        fallbacks: &[String],
        only: bool,
    ) -> Result<Planned<Target>, Unknown> {
        let mut names: Vec<String> = Vec::new();
        let mut found = self.plan_exactly(model, fallbacks, only);
        while let Err(unknown) = &found {
            let Some(meant) = self.usually_means(&unknown.asked, only) else { break };
            if names.is_empty() {
                names.push(model.to_owned());
                names.extend_from_slice(fallbacks);
            }
            names.iter_mut().filter(|name| **name == unknown.asked).for_each(|name| name.clone_from(&meant));
            let Some((model, fallbacks)) = names.split_first() else { break };
            found = self.plan_exactly(model, fallbacks, only);
        }
        found
    }

    fn usually_means(&self, asked: &str, only: bool) -> Option<String> {
        let (_, provider) = self.usual_names.iter().find(|(start, _)| asked.starts_with(start.as_str()))?;
        if self.ad_hoc.contains_key(provider.as_str()) {
            return Some(format!("{provider}/{asked}"));
        }
        self.routes.chains().next().map(|(route, _)| route.to_owned()).filter(|_| !only)
    }

    fn plan_exactly(
        &self,
        model: &str,
        fallbacks: &[String],
        only: bool,
    ) -> Result<Planned<Target>, Unknown> {
        self.routes.plan(model, fallbacks, only, |provider, model| {
            let AdHoc { provider, spec, timeouts, streams_whole } = self.ad_hoc.get(provider)?;
            if model.is_empty() {
                return None;
            }
            let spec = handover_dialect::Target { model: model.to_owned(), ..spec.clone() };
            Some(Target::new(provider.clone(), spec, *timeouts, None, *streams_whole))
        })
    }
}
