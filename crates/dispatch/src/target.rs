//! One model at one provider, with its settings in one route.

use crate::Provider;
use crate::health::{self, Asking, Health, Permit, Senses, Shut, Why};
use handover_dialect::Prefill;
use handover_policy::Timeouts;
use parking_lot::{Mutex, RwLock};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

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
    /// Its group of equals: targets of one number that stand side by side are one place in the chain.
    pub group: Option<u32>,
    /// After how long without an answer it is asked for one real token; see [`crate::Engine::probe`].
    pub probe: Option<Duration>,
    /// Whether it may be asked first once in a while, see [`crate::RouteSettings::canary`].
    pub canary: bool,
    model: Arc<str>,
    /// What is known of its model there.
    pub(crate) health: Arc<Health>,
    last_probe: Mutex<Option<Instant>>,
    /// Fields it has refused; learned.
    refused: RwLock<Vec<String>>,
    /// It has refused the beginning of an answer; learned.
    prefill_refused: AtomicBool,
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
            health: provider.health(&spec.model),
            model: spec.model.as_str().into(),
            provider,
            spec,
            timeouts,
            signal,
            group: None,
            probe: None,
            canary: false,
            last_probe: Mutex::new(None),
            refused: RwLock::new(Vec::new()),
            prefill_refused: AtomicBool::new(false),
            streams_whole: AtomicBool::new(streams_whole),
        }
    }

    /// Lets a request in, or says why not. An operator's rest holds for the last way too.
    pub(crate) fn admit(&self, asking: &Asking<'_>, senses: &Senses) -> Result<Permit, Shut> {
        if self.health.is_off() {
            return Err(Shut { why: Why::Off, until: None });
        }
        self.admit_for_test(asking, senses)
    }

    /// The same for an operator's own test, which may find out whether a target that was put to rest works again.
    pub(crate) fn admit_for_test(&self, asking: &Asking<'_>, senses: &Senses) -> Result<Permit, Shut> {
        health::admit(&self.provider, &self.model, &self.health, asking, senses)
    }

    /// Waits until `until` for a place at a target that is full.
    pub(crate) async fn wait(&self, asking: Asking<'_>, until: Instant, senses: &Senses) -> Option<Permit> {
        let permit = health::wait(&self.provider, &self.model, &self.health, asking, until, senses).await;
        // It may have been put to rest in the meantime.
        permit.filter(|_| !self.health.is_off())
    }

    /// Whether an operator has put it to rest.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.health.is_off()
    }

    /// It does not write on from the beginning of an answer; learned from a 400.
    pub(crate) fn refuses_prefill(&self) {
        self.prefill_refused.store(true, Ordering::Relaxed);
    }

    pub(crate) fn refuses(&self, field: String) {
        let mut refused = self.refused.write();
        if !refused.contains(&field) {
            refused.push(field);
        }
    }

    /// What the codec must know, with what was learned.
    pub(crate) fn spec(&self) -> Cow<'_, handover_dialect::Target> {
        let refused = self.refused.read();
        let prefill_refused = self.prefill_refused.load(Ordering::Relaxed);
        if refused.is_empty() && !prefill_refused {
            return Cow::Borrowed(&self.spec);
        }
        let mut spec = self.spec.clone();
        spec.refused_fields.clone_from(&refused);
        if prefill_refused {
            spec.capabilities.prefill = Prefill::Refused;
        }
        Cow::Owned(spec)
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

    pub(crate) fn last_probe(&self) -> Option<Instant> {
        *self.last_probe.lock()
    }

    pub(crate) fn note_probe(&self, now: Instant) {
        *self.last_probe.lock() = Some(now);
    }

    /// Whether it is not the same model somewhere else, with the same window.
    pub(crate) fn is_another_model(&self, other: &Self) -> bool {
        self.spec.model != other.spec.model
    }

    /// Its window in tokens, 0 when that is not known.
    pub(crate) fn window(&self) -> u64 {
        self.spec.capabilities.context.unwrap_or(0)
    }
}
