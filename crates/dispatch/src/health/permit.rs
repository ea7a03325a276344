//! Being let in to a target, waiting for it, and saying what became of it.

use super::{Asking, Health, Lane, Place, Senses, Shut, Why};
use crate::{BreakerEvent, Event, Observer, Provider};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use handover_policy::{Admit, Blame, BreakerState, Mark, Scope, Transition};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// What a request holds while it is being answered.
#[derive(Debug)]
pub(crate) struct Permit {
    provider: Arc<Provider>,
    model: Arc<str>,
    health: Arc<Health>,
    pub(crate) key: usize,
    place: Place,
    /// It is the one probe of its key's breaker.
    probe: bool,
    /// It is the one probe of its provider's breaker.
    provider_probe: bool,
    /// Nobody else was left.
    forced: bool,
    /// It was let in although a breaker was open: an answer proves as much as that breaker's own trial would have.
    proves: bool,
    /// It has been told whether it was good.
    judged: bool,
    /// Its first token has come.
    began: bool,
    /// Set before it is dropped when a target that was asked later was faster.
    overtaken: Arc<AtomicBool>,
    since: Instant,
    senses: Senses,
}

/// Lets a request in to `model` at `provider`.
pub(crate) fn admit(
    provider: &Arc<Provider>,
    model: &Arc<str>,
    health: &Arc<Health>,
    asking: &Asking<'_>,
    senses: &Senses,
) -> Result<Permit, Shut> {
    let random = &senses.random;
    let now = asking.now;
    let mut provider_probe = false;
    // One draw for both breakers: two ramps side by side let the smaller share through, not the product.
    let draw = random.unit();
    if !asking.forced {
        match provider.breaker.lock().admit(now, draw) {
            Admit::Pass => {}
            Admit::Probe => provider_probe = true,
            Admit::Shut { until } => return Err(Shut { why: Why::Resting, until: Some(until) }),
        }
    }
    let mut shut = Shut { why: Why::NoKey, until: soonest_key(provider, now) };
    let keys = match asking.key {
        Some(key) if asking.forced => vec![key],
        _ => provider.keys(asking.tried, now, asking.forced),
    };
    let wanted = keys.into_iter().filter(|key| asking.key.is_none_or(|wanted| wanted == *key));
    for (nth, key) in wanted.enumerate() {
        match health.enter(key, asking, provider_probe, draw) {
            Ok((probe, place)) => {
                let mut model_health = health.model.lock();
                let may_divert = asking.may_divert && !probe && !provider_probe;
                if may_divert && model_health.throttle.divert(now, random.unit()) {
                    drop(model_health);
                    drop(place);
                    return Err(Shut { why: Why::Diverted, until: None });
                }
                model_health.throttle.sent(now);
                drop(model_health);
                return Ok(Permit {
                    provider: provider.clone(),
                    model: model.clone(),
                    health: health.clone(),
                    key,
                    place,
                    probe,
                    provider_probe,
                    forced: asking.forced,
                    proves: asking.forced || provider_probe,
                    judged: false,
                    began: false,
                    overtaken: Arc::default(),
                    since: now,
                    senses: senses.clone(),
                });
            }
            Err(reason) if nth == 0 || reason.why == Why::Full => shut = reason,
            Err(_) => {}
        }
    }
    if provider_probe {
        provider.breaker.lock().give_back_probe(now);
    }
    Err(shut)
}

fn soonest_key(provider: &Provider, now: Instant) -> Option<Instant> {
    (0..provider.key_count()).filter_map(|key| provider.key_rests_until(key, now)).min()
}

/// Waits for a place at a target that is full, until `until`; `None` when none fell free, or its queue is full too.
pub(crate) async fn wait(
    provider: &Arc<Provider>,
    model: &Arc<str>,
    health: &Arc<Health>,
    asking: Asking<'_>,
    until: Instant,
    senses: &Senses,
) -> Option<Permit> {
    let mut keys = provider.keys(asking.tried, asking.now, asking.forced);
    // A key that rests has a place free soonest, and is the one not to take.
    if keys.iter().any(|key| health.is_well(*key, asking.now)) {
        keys.retain(|key| health.is_well(*key, asking.now));
    }
    let mut waiting: FuturesUnordered<_> =
        keys.into_iter().filter_map(|key| health.queue(key, asking.criticality)).collect();
    let first = async {
        while let Some(place) = waiting.next().await {
            if place.is_ok() {
                return place.ok();
            }
        }
        None
    };
    let place = tokio::time::timeout_at(until, first).await.ok()??;
    let now = Instant::now();
    health.model.lock().throttle.sent(now);
    Some(Permit {
        provider: provider.clone(),
        model: model.clone(),
        health: health.clone(),
        key: place.key,
        place,
        probe: false,
        provider_probe: false,
        forced: asking.forced,
        proves: asking.forced,
        judged: false,
        began: false,
        overtaken: Arc::default(),
        since: now,
        senses: senses.clone(),
    })
}

impl Permit {
    /// Set it to say that a target asked later was faster, before giving this attempt up.
    pub(crate) fn overtaken(&self) -> Arc<AtomicBool> {
        self.overtaken.clone()
    }

    /// A number for a decision about this attempt.
    pub(crate) fn draw(&self) -> f64 {
        self.senses.random.unit()
    }

    /// The first token is there: the attempt is good.
    pub(crate) fn began(&mut self, first_token: Option<Duration>) {
        let now = Instant::now();
        self.judged = true;
        self.began = true;
        {
            let mut model = self.health.model.lock();
            model.throttle.accepted(now);
            model.last_good = Some(now);
            if let Some(first_token) = first_token {
                model.load.observe(now, first_token);
            }
        }
        if self.forced {
            // It was asked although its key rests. What was let in before the key was refused proves nothing.
            self.provider.wake_key(self.key);
        }
        self.mark_key(now, Mark::Good, None);
        self.mark_provider(now, Mark::Good, None);
    }

    /// The whole answer is there.
    pub(crate) fn finished(&mut self) {
        self.place.good = true;
        if let Some(lane) = self.health.lanes.get(self.key) {
            lane.lock().breaker.finished();
        }
        self.provider.breaker.lock().finished();
        let took = Instant::now().saturating_duration_since(self.since);
        let mut model = self.health.model.lock();
        // A tenth of the newest is enough: only the order of magnitude is used.
        model.answer = Some(model.answer.map_or(took, |mean| mean.mul_f64(0.9) + took.mul_f64(0.1)));
    }

    /// What the answer's headers say of the provider's limits.
    pub(crate) fn told_limits(&self, limits: &handover_policy::RateLimits) {
        let answer = self.health.model.lock().answer.unwrap_or(USUAL_ANSWER);
        let Some(lane) = self.health.lanes.get(self.key) else { return };
        let mut lane = lane.lock();
        if let Some(per_minute) = limits.requests_per_minute {
            lane.concurrency.seed(per_minute, answer);
        }
        if let Some(exhausted) = limits.exhausted_for {
            // The header tells when the whole allowance is back; one request's worth is back much sooner.
            let one = limits
                .requests_per_minute
                .map(|n| Duration::from_secs(60) / u32::try_from(n.max(1)).unwrap_or(u32::MAX));
            lane.rests_until =
                Some(Instant::now() + one.unwrap_or(exhausted).min(exhausted).min(LONGEST_TOLD_REST));
        }
    }

    /// The attempt has failed, before or after its first token.
    pub(crate) fn failed(&mut self, blame: &Blame, refused_for_load: bool) {
        let now = Instant::now();
        // An outage of the whole provider is no measure of how many answers at once one key may have.
        let about_load = refused_for_load && blame.scope != Scope::Provider;
        if about_load && let Some(lane) = self.health.lanes.get(self.key) {
            lane.lock().concurrency.refused(now);
        }
        let Some(mark) = blame.mark else { return };
        // What breaks behind its first token has been counted as good already.
        let mark = if self.began && matches!(mark, Mark::Hard | Mark::Late) { Mark::Broken } else { mark };
        {
            let mut model = self.health.model.lock();
            if !std::mem::replace(&mut self.judged, true) {
                model.throttle.failed(now);
            }
            model.load.penalise(now, blame.rest.unwrap_or(FAILURE_PENALTY));
        }
        match blame.scope {
            Scope::Nobody => {}
            Scope::Key if mark == Mark::Trip => {
                self.provider.rest_key(self.key, now, blame.rest.unwrap_or(FAILURE_PENALTY));
            }
            Scope::Key => {
                if let (Some(rest), Some(lane)) = (blame.rest, self.health.lanes.get(self.key)) {
                    lane.lock().rests_until = Some(now + rest);
                }
                self.mark_key(now, mark, blame.rest);
            }
            Scope::Model => self.mark_key(now, mark, blame.rest),
            Scope::Provider => {
                self.mark_provider(now, mark, blame.rest);
                if self.probe {
                    self.mark_key(now, mark, blame.rest);
                }
            }
        }
    }

    fn mark_key(&mut self, now: Instant, mark: Mark, floor: Option<Duration>) {
        let Some(lane) = self.health.lanes.get(self.key) else { return };
        let suspect = mark != Mark::Good && self.sibling_is_open(now);
        let mut lane = lane.lock();
        let probe = std::mem::take(&mut self.probe);
        if mark != Mark::Good {
            lane.breaker.suspect(suspect);
        } else if self.forced {
            lane.rests_until = None;
        }
        let moved = if self.proves && mark == Mark::Good && !probe {
            lane.breaker.proved(now)
        } else {
            lane.breaker.record(now, mark, probe, floor, self.senses.random.unit())
        };
        if mark == Mark::Good && moved.is_some_and(|moved| moved.from != "ramping") {
            // It has come back. What it took while it was down says nothing of what it takes now; the ramp does.
            lane.concurrency.forget();
        }
        drop(lane);
        tell(moved, &self.provider.name, Some((&self.model, self.key)), &*self.senses.observer);
    }

    fn mark_provider(&mut self, now: Instant, mark: Mark, floor: Option<Duration>) {
        let mut breaker = self.provider.breaker.lock();
        let probe = std::mem::take(&mut self.provider_probe);
        let moved = if self.proves && mark == Mark::Good && !probe {
            breaker.proved(now)
        } else {
            breaker.record(now, mark, probe, floor, self.senses.random.unit())
        };
        drop(breaker);
        tell(moved, &self.provider.name, None, &*self.senses.observer);
    }

    /// Another key of the same model is shut: one more failure with this one is enough.
    fn sibling_is_open(&self, now: Instant) -> bool {
        let open = |lane: &Mutex<Lane>| matches!(lane.lock().breaker.state(now), BreakerState::Open { .. });
        self.health.lanes.iter().enumerate().any(|(key, lane)| key != self.key && open(lane))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = Instant::now();
        if !self.judged && self.overtaken.load(Ordering::Relaxed) {
            // Late by the route's own measure. Who is given up each time before its limit would never be found out;
            // but one that is only a little slower is not dead, so no run of these opens a breaker.
            self.failed(&Blame { scope: Scope::Model, mark: Some(Mark::Soft), rest: None }, false);
        }
        if !self.judged {
            self.health.model.lock().throttle.left(now);
        }
        if self.probe
            && let Some(lane) = self.health.lanes.get(self.key)
        {
            lane.lock().breaker.give_back_probe(now);
        }
        if self.provider_probe {
            self.provider.breaker.lock().give_back_probe(now);
        }
    }
}

/// How long an answer is taken to last before one was seen (Azure's 2023 trace: 129 tokens at the median).
const USUAL_ANSWER: Duration = Duration::from_secs(5);
/// Longest rest that a header about limits can bring about.
const LONGEST_TOLD_REST: Duration = Duration::from_secs(5);
/// How long a failure makes a member of a group look slow (linkerd's load biaser).
const FAILURE_PENALTY: Duration = Duration::from_secs(5);

fn tell(moved: Option<Transition>, provider: &str, lane: Option<(&str, usize)>, observer: &dyn Observer) {
    if let Some(Transition { from, to }) = moved {
        observer.observe(&Event::Breaker(&BreakerEvent { provider, lane, from, to }));
    }
}
