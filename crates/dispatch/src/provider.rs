//! A provider: somewhere to send requests, with the keys to do so, and what is known of its health.

use crate::health::Health;
use bytes::Bytes;
use handover_dialect::{Dialect, ProviderError};
use handover_policy::{Breaker, BreakerSettings};
use http::HeaderMap;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Names a provider to an [`crate::Upstream`].
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

/// How a provider is looked after.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Care {
    /// Its circuit breakers.
    pub breaker: BreakerSettings,
    /// Most answers at once per key and model; `None` leaves it to what the provider says.
    pub max_concurrency: Option<u32>,
}

/// Models whose health is kept, most. Callers may name any model of a provider, so the number is theirs to choose;
/// beyond this one, a model is asked without a memory.
const MOST_MODELS: usize = 1_000;

/// A provider: somewhere to send requests, with the keys to do so.
#[derive(Debug)]
pub struct Provider {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// What [`crate::Upstream`] calls it.
    pub id: ProviderId,
    /// What it speaks.
    pub dialect: Dialect,
    keys: Vec<Key>,
    since: Instant,
    care: Care,
    /// Counts what is the provider's as a whole: that it cannot be reached, or that its front door fails.
    pub(crate) breaker: Mutex<Breaker>,
    models: RwLock<HashMap<String, Arc<Health>>>,
}

impl Provider {
    /// A provider. One that needs no key has one entry with the headers it needs anyway.
    #[must_use]
    pub fn new(name: &str, id: ProviderId, dialect: Dialect, keys: Vec<Key>) -> Self {
        Self {
            name: name.into(),
            id,
            dialect,
            keys,
            since: Instant::now(),
            care: Care::default(),
            breaker: Mutex::new(Breaker::new(BreakerSettings::default())),
            models: RwLock::default(),
        }
    }

    /// The same, looked after in another way.
    #[must_use]
    pub fn with_care(mut self, care: Care) -> Self {
        self.breaker = Mutex::new(Breaker::new(care.breaker));
        self.care = care;
        self
    }

    /// The health of one of its models: one for all targets that name it, whatever their routes.
    pub(crate) fn health(&self, model: &str) -> Arc<Health> {
        if let Some(health) = self.models.read().get(model) {
            return health.clone();
        }
        let health = Arc::new(Health::new(self.keys.len(), &self.care));
        let mut models = self.models.write();
        if models.len() >= MOST_MODELS {
            return health;
        }
        models.entry(model.to_owned()).or_insert(health).clone()
    }

    fn ms(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.since).as_millis()).unwrap_or(u64::MAX)
    }

    /// How many keys it has.
    #[must_use]
    pub fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// Until when a key rests, or `None` when it does not.
    #[must_use]
    pub fn key_rests_until(&self, key: usize, now: Instant) -> Option<Instant> {
        let until = self.keys.get(key)?.rests_until.load(Ordering::Relaxed);
        (until > self.ms(now)).then(|| self.since + Duration::from_millis(until))
    }

    /// The keys that may be used, in order of preference: those neither tried for this request nor resting. With
    /// `forced`, when every key rests, the one that is free soonest: the last way is always tried; but a second one
    /// only when it does not rest.
    pub(crate) fn keys(&self, tried: &[usize], now: Instant, forced: bool) -> Vec<usize> {
        let now = self.ms(now);
        let rest = |i: usize| self.keys.get(i).map_or(u64::MAX, |k| k.rests_until.load(Ordering::Relaxed));
        let open = || (0..self.keys.len()).filter(|i| !tried.contains(i));
        let free: Vec<usize> = open().filter(|i| rest(*i) <= now).collect();
        if free.is_empty() && forced && tried.is_empty() {
            return open().min_by_key(|i| rest(*i)).into_iter().collect();
        }
        free
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

    /// Leaves a key alone for a while.
    pub(crate) fn rest_key(&self, key: usize, now: Instant, rest: Duration) {
        if let Some(key) = self.keys.get(key) {
            let until = self.ms(now).saturating_add(u64::try_from(rest.as_millis()).unwrap_or(u64::MAX));
            key.rests_until.store(until, Ordering::Relaxed);
        }
    }

    /// A key has worked: it rests no more.
    pub(crate) fn wake_key(&self, key: usize) {
        if let Some(key) = self.keys.get(key)
            && key.rests_until.load(Ordering::Relaxed) != 0
        {
            key.rests_until.store(0, Ordering::Relaxed);
        }
    }
}

/// Shorter values of sensitive headers are words, not keys.
const SHORTEST_SECRET: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_refused_key_rests_and_the_last_way_is_always_tried() {
        let keys = vec![Key::new(HeaderMap::new()), Key::new(HeaderMap::new())];
        let provider = Provider::new("p", ProviderId(0), Dialect::OpenAi, keys);
        let second = Duration::from_secs(1);
        let start = Instant::now();
        assert_eq!(provider.keys(&[], start, false), [0, 1]);
        provider.rest_key(0, start, second * 20);
        assert_eq!(provider.keys(&[], start, false), [1]);
        assert_eq!(provider.keys(&[0], start, true), [1]);
        provider.rest_key(1, start, second * 10);
        assert!(provider.keys(&[], start, false).is_empty());
        assert_eq!(provider.keys(&[], start, true), [1], "all rest: the one that is free soonest");
        assert!(provider.keys(&[1], start, true).is_empty(), "a resting key is no second chance");
        assert_eq!(provider.keys(&[], start + second * 20, false), [0, 1]);
        assert_eq!(provider.keys(&[], start + second * 20 - Duration::from_millis(1), false), [1]);
        provider.wake_key(0);
        assert_eq!(provider.keys(&[], start, false), [0]);
    }
}
