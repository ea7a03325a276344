//! What requests are dispatched over: providers, their keys, targets and routes. Built from a configuration,
//! read-only afterwards but for a few learned facts, each behind an atomic or a short lock off the usual path.

use crate::{Observer, Upstream};
use bytes::Bytes;
use handover_dialect::{Dialect, ProviderError};
use handover_policy::{Planned, Random, Routes, Timeouts, Unknown};
use http::HeaderMap;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Names a provider to an [`Upstream`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProviderId(pub usize);

/// One key of a provider.
#[derive(Debug)]
pub struct Key {
    /// Headers that carry it, marked sensitive, with the provider's fixed headers beside it.
    headers: HeaderMap,
    /// Milliseconds after `Provider::since` until which it is not preferred; 0 when it is not resting.
    rests_until: AtomicU64,
}

impl Key {
    /// A key, as the headers that carry it.
    #[must_use]
    pub fn new(headers: HeaderMap) -> Self {
        Self { headers, rests_until: AtomicU64::new(0) }
    }
}

/// A provider: somewhere to send requests, with the keys to do so.
#[derive(Debug)]
pub struct Provider {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// What [`Upstream`] calls it.
    pub id: ProviderId,
    /// What it speaks.
    pub dialect: Dialect,
    keys: Vec<Key>,
    since: Instant,
}

impl Provider {
    /// A provider. One that needs no key has one entry with the headers it needs anyway.
    #[must_use]
    pub fn new(name: &str, id: ProviderId, dialect: Dialect, keys: Vec<Key>) -> Self {
        Self { name: name.into(), id, dialect, keys, since: Instant::now() }
    }

    fn ms(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.since).as_millis()).unwrap_or(u64::MAX)
    }

    /// The key to use: the first that is neither tried for this request nor resting. When every key rests, the one
    /// that is free soonest, since the last way is always tried; but a second one only when it does not rest.
    pub(crate) fn key(&self, tried: &[usize], now: Instant) -> Option<usize> {
        let now = self.ms(now);
        let rest = |i: usize| self.keys.get(i).map_or(u64::MAX, |k| k.rests_until.load(Ordering::Relaxed));
        let mut open = (0..self.keys.len()).filter(|i| !tried.contains(i));
        if let Some(free) = open.clone().find(|i| rest(*i) <= now) {
            return Some(free);
        }
        if tried.is_empty() { open.by_ref().min_by_key(|i| rest(*i)) } else { None }
    }

    pub(crate) fn headers(&self, key: usize) -> HeaderMap {
        self.keys.get(key).map(|k| k.headers.clone()).unwrap_or_default()
    }

    /// Takes this provider's keys out of what it said: some repeat a key they do not like, and its words may reach
    /// the caller. Its bytes are then not passed on as they are.
    pub(crate) fn hide_keys(&self, said: &mut ProviderError) {
        let values =
            self.keys.iter().flat_map(|key| key.headers.values()).filter(|value| value.is_sensitive());
        let secrets = values.filter_map(|value| value.to_str().ok()?.rsplit(' ').next());
        for secret in secrets.filter(|secret| secret.len() >= SHORTEST_SECRET) {
            if String::from_utf8_lossy(&said.raw).contains(secret) {
                said.message = said.message.replace(secret, "[key]");
                said.code.take_if(|code| code.contains(secret));
                said.param.take_if(|param| param.contains(secret));
                said.raw = Bytes::new();
            }
        }
    }

    /// Prefers other keys than this one for a while.
    pub(crate) fn rest_key(&self, key: usize, now: Instant, rest: Duration) {
        if let Some(key) = self.keys.get(key) {
            let until = self.ms(now).saturating_add(u64::try_from(rest.as_millis()).unwrap_or(u64::MAX));
            key.rests_until.store(until, Ordering::Relaxed);
        }
    }
}

/// Shorter values of sensitive headers are words, not keys.
const SHORTEST_SECRET: usize = 8;

/// One model at one provider, with its settings in one route.
#[derive(Debug)]
pub struct Target {
    /// `provider/model`.
    pub id: Arc<str>,
    /// Who serves it.
    pub provider: Arc<Provider>,
    /// What a codec must know of it.
    pub spec: handover_dialect::Target,
    /// Its clocks.
    pub timeouts: Timeouts,
    /// Its level: 4 for the route's lead, 1 to 3 for a backup whose level the configuration gives.
    pub signal: Option<u8>,
    /// Fields it has refused; learned.
    refused: RwLock<Vec<String>>,
    /// Whether it is asked to stream although the caller does not; learned, see [`Target::note_whole_answer`].
    streams_whole: AtomicBool,
}

/// A whole answer that took longer than this part of the first-token limit shows that the limit cannot be judged
/// by whole answers.
const SLOW_WHOLE: u32 = 4;

impl Target {
    /// A target. `streams_whole` asks it from the start to stream to callers that do not.
    #[must_use]
    pub fn new(
        provider: Arc<Provider>,
        spec: handover_dialect::Target,
        timeouts: Timeouts,
        signal: Option<u8>,
        streams_whole: bool,
    ) -> Self {
        let id = format!("{}/{}", provider.name, spec.model).into();
        Self {
            id,
            provider,
            spec,
            timeouts,
            signal,
            refused: RwLock::new(Vec::new()),
            streams_whole: AtomicBool::new(streams_whole),
        }
    }

    pub(crate) fn refuses(&self, field: String) {
        let mut refused = self.refused.write();
        if !refused.contains(&field) {
            refused.push(field);
        }
    }

    /// What the codec must know, with what was learned.
    pub(crate) fn spec(&self) -> std::borrow::Cow<'_, handover_dialect::Target> {
        let refused = self.refused.read();
        if refused.is_empty() {
            return std::borrow::Cow::Borrowed(&self.spec);
        }
        let mut spec = self.spec.clone();
        spec.refused_fields.clone_from(&refused);
        std::borrow::Cow::Owned(spec)
    }

    pub(crate) fn streams_whole(&self) -> bool {
        self.streams_whole.load(Ordering::Relaxed)
    }

    /// A caller that does not stream sees nothing before the whole answer, so the first-token limit cannot tell a
    /// silent provider from a long answer. As long as this target answers quickly, whole answers are passed
    /// through as they come; once one took long, the target is asked to stream, the first token is judged as for
    /// any stream, and the answer is put together here.
    pub(crate) fn note_whole_answer(&self, took: Duration) {
        if took >= self.timeouts.first_token / SLOW_WHOLE {
            self.streams_whole.store(true, Ordering::Relaxed);
        }
    }
}

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
    /// Hears of every request when it has ended.
    pub observer: Arc<dyn Observer>,
    /// Randomness, seeded by whoever builds the engine.
    pub random: Random,
    /// The wall clock, Unix seconds; for `created` in answers and for dates in `retry-after`.
    pub unix_now: fn() -> u64,
    /// Bounds.
    pub limits: Limits,
    /// Beginnings of model names, each with its vendor's provider; see [`Engine::plan`].
    pub usual_names: Vec<(String, String)>,
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
        Self {
            upstream,
            routes: Routes::default(),
            observer,
            random: Random::new(seed),
            unix_now,
            limits: Limits::default(),
            usual_names: Vec::new(),
            ad_hoc: HashMap::new(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_refused_key_rests_and_the_last_way_is_always_tried() {
        let keys = vec![Key::new(HeaderMap::new()), Key::new(HeaderMap::new())];
        let provider = Provider::new("p", ProviderId(0), Dialect::OpenAi, keys);
        let second = Duration::from_secs(1);
        let start = Instant::now();
        assert_eq!(provider.key(&[], start), Some(0));
        provider.rest_key(0, start, second * 20);
        assert_eq!(provider.key(&[], start), Some(1));
        assert_eq!(provider.key(&[0], start), Some(1));
        provider.rest_key(1, start, second * 10);
        assert_eq!(provider.key(&[], start), Some(1), "all rest: the one that is free soonest");
        assert_eq!(provider.key(&[1], start), None, "a resting key is no second chance");
        assert_eq!(provider.key(&[], start + second * 20), Some(0));
        assert_eq!(provider.key(&[], start + second * 20 - Duration::from_millis(1)), Some(1));
    }
}
