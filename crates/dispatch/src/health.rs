//! What is known of one model at one provider: for each key a circuit breaker and a limit on answers at once, and
//! for the model as a whole a throttle and how fast it begins.
//!
//! One record serves every target that names the model, whatever their routes: what one route has learned, the
//! others know. The locks are held for a few additions, twice a request, and never across an await.
//!
//! # Invariants
//! * Whoever is let in holds a [`Permit`]. However the attempt ends (judged, failed, its caller gone, its future
//!   dropped), the permit gives back what it held: its place among the answers at once, and the breaker's one probe.
//! * A place that falls free goes to the waiting request that matters most, and among equals to the newest: the
//!   oldest has waited longest and is likeliest to have been given up by its caller (resilience notes, C,
//!   "metastable failures").
//! * The queue is bounded, and everyone in it waits with a deadline.

mod permit;

use crate::{Care, Observer};
use handover_policy::{
    Admit, Breaker, BreakerState, Concurrency, Criticality, Load, Random, Throttle, ThrottleSettings,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(crate) use permit::{Permit, admit, wait};

/// Requests that may wait for a place, per place (resilience notes, C: "queue at most twice the concurrency").
const WAITING_PER_PLACE: u32 = 2;

/// What is known of one model at one provider.
#[derive(Debug)]
pub(crate) struct Health {
    lanes: Vec<Mutex<Lane>>,
    model: Mutex<Model>,
    /// Whoever runs the gateway has put it to rest: a wish and no measure, so it stands apart from all that is measured,
    /// and nothing that is measured ends it.
    off: AtomicBool,
}

/// One key's part.
#[derive(Debug)]
struct Lane {
    breaker: Breaker,
    concurrency: Concurrency,
    /// A 429 has said to leave this key alone until then.
    rests_until: Option<Instant>,
    waiting: Vec<Waiter>,
}

/// All keys' part.
#[derive(Debug)]
struct Model {
    throttle: Throttle,
    load: Load,
    last_good: Option<Instant>,
    /// How long an answer takes, smoothed.
    answer: Option<Duration>,
}

#[derive(Debug)]
struct Waiter {
    criticality: Criticality,
    place: oneshot::Sender<Place>,
}

/// A place among the answers at once; given back when dropped.
#[derive(Debug)]
struct Place {
    health: Arc<Health>,
    key: usize,
    good: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.health.clone().leave(self.key, self.good);
    }
}

/// Why a target is not asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It has failed, and rests.
    Resting,
    /// Its key has asked too often, and rests as long as the provider said.
    Limited,
    /// It fails too often for its whole share of the requests.
    Diverted,
    /// It has as many requests as it takes.
    Full,
    /// None of its keys may be used.
    NoKey,
    /// Whoever runs the gateway has put it to rest.
    Off,
}

/// A target is not asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shut {
    pub(crate) why: Why,
    /// When it will be asked again, if that is known.
    pub(crate) until: Option<Instant>,
}

/// How a request asks to be let in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// Keys it has tried.
    pub(crate) tried: &'a [usize],
    pub(crate) now: Instant,
    pub(crate) criticality: Criticality,
    /// Another target would take it, so it may be sent there.
    pub(crate) may_divert: bool,
    /// Nobody else is left: breakers and rests are passed over. The limit on answers at once still holds.
    pub(crate) forced: bool,
    /// With this key and no other.
    pub(crate) key: Option<usize>,
}

/// What judging an attempt needs besides the attempt.
#[derive(Clone)]
pub(crate) struct Senses {
    pub(crate) random: Arc<Random>,
    pub(crate) observer: Arc<dyn Observer>,
}

impl std::fmt::Debug for Senses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Senses").finish_non_exhaustive()
    }
}

impl Health {
    pub(crate) fn new(keys: usize, care: &Care) -> Self {
        let lane = || {
            Mutex::new(Lane {
                breaker: Breaker::new(care.breaker),
                concurrency: Concurrency::new(care.max_concurrency),
                rests_until: None,
                waiting: Vec::new(),
            })
        };
        let throttle = Throttle::new(ThrottleSettings::default());
        let model = Model { throttle, load: Load::new(), last_good: None, answer: None };
        Self {
            lanes: (0..keys).map(|_| lane()).collect(),
            model: Mutex::new(model),
            off: AtomicBool::new(false),
        }
    }

    /// Whether an operator has put it to rest.
    pub(crate) fn is_off(&self) -> bool {
        self.off.load(Ordering::Relaxed)
    }

    /// Puts it to rest, or ends that; whether this changed anything.
    pub(crate) fn set_off(&self, off: bool) -> bool {
        self.off.swap(off, Ordering::Relaxed) != off
    }

    /// When it last began an answer.
    pub(crate) fn last_good(&self) -> Option<Instant> {
        self.model.lock().last_good
    }

    /// How it ranks among its equals; lower is better.
    pub(crate) fn score(&self, now: Instant) -> f64 {
        let in_flight = self.lanes.iter().map(|lane| lane.lock().concurrency.in_flight()).sum();
        self.model.lock().load.score(now, in_flight)
    }

    /// The state of a key's breaker.
    pub(crate) fn state(&self, key: usize, now: Instant) -> BreakerState {
        self.lanes.get(key).map_or(BreakerState::Closed, |lane| lane.lock().breaker.state(now))
    }

    /// Until when a key rests after a 429.
    pub(crate) fn rests_until(&self, key: usize, now: Instant) -> Option<Instant> {
        self.lanes.get(key)?.lock().rests_until.filter(|until| *until > now)
    }

    /// Answers under way with a key, and the most there may be.
    pub(crate) fn concurrency(&self, key: usize) -> (u32, Option<u32>) {
        self.lanes.get(key).map_or((0, None), |lane| {
            let lane = lane.lock();
            (lane.concurrency.in_flight(), lane.concurrency.limit())
        })
    }

    /// The share of requests sent elsewhere because this model fails too often.
    pub(crate) fn diverted(&self, now: Instant) -> f64 {
        self.model.lock().throttle.share(now)
    }

    /// Lets a request in with one key: whether it is the breaker's probe, and its place.
    ///
    /// `testing`: it is the one trial of its provider, which decides for this breaker too. Two breakers that open
    /// together must not come back one after the other.
    fn enter(
        self: &Arc<Self>,
        key: usize,
        asking: &Asking<'_>,
        testing: bool,
        draw: f64,
    ) -> Result<(bool, Place), Shut> {
        let Some(lane) = self.lanes.get(key) else { return Err(Shut { why: Why::NoKey, until: None }) };
        let mut lane = lane.lock();
        let now = asking.now;
        let resting = |until| Shut { why: Why::Resting, until: Some(until) };
        let probe = if asking.forced {
            false
        } else {
            if let Some(until) = lane.rests_until.filter(|until| *until > now) {
                return Err(Shut { why: Why::Limited, until: Some(until) });
            }
            match lane.breaker.admit(now, draw) {
                Admit::Pass => false,
                Admit::Probe => true,
                Admit::Shut { .. } if testing => false,
                Admit::Shut { until } => return Err(resting(until)),
            }
        };
        if lane.concurrency.try_enter(asking.criticality) {
            return Ok((probe, Place { health: self.clone(), key, good: false }));
        }
        if probe {
            lane.breaker.give_back_probe(now);
        }
        Err(Shut { why: Why::Full, until: None })
    }

    /// A place has fallen free.
    fn leave(self: Arc<Self>, key: usize, good: bool) {
        let Some(lane) = self.lanes.get(key) else { return };
        lane.lock().concurrency.leave(good);
        // Usually one; more when the limit has grown, none when the place is kept for what matters more.
        loop {
            let waiter = {
                let mut lane = lane.lock();
                lane.waiting.retain(|waiter| !waiter.place.is_closed());
                // The newest of those that matter most; `max_by_key` gives the last of equals.
                let next = lane
                    .waiting
                    .iter()
                    .enumerate()
                    .min_by_key(|(at, w)| (w.criticality, std::cmp::Reverse(*at)));
                match next.map(|(at, w)| (at, w.criticality)) {
                    Some((at, criticality)) if lane.concurrency.try_enter(criticality) => {
                        lane.waiting.remove(at)
                    }
                    Some(_) | None => return,
                }
            };
            if let Err(mut place) = waiter.place.send(Place { health: self.clone(), key, good: false }) {
                // It left in this moment; its place must not fall free twice.
                place.key = usize::MAX;
                drop(place);
                lane.lock().concurrency.leave(false);
            }
        }
    }

    /// Whether a key neither rests nor has its breaker open.
    fn is_well(&self, key: usize, now: Instant) -> bool {
        let open = |state| matches!(state, BreakerState::Open { .. });
        self.rests_until(key, now).is_none() && !open(self.state(key, now))
    }

    /// Takes a place with a key, or queues for one; `None` when the queue is full of requests that matter as much.
    fn queue(self: &Arc<Self>, key: usize, criticality: Criticality) -> Option<oneshot::Receiver<Place>> {
        let mut lane = self.lanes.get(key)?.lock();
        let (place, receiver) = oneshot::channel();
        if lane.concurrency.try_enter(criticality) {
            // One fell free since it was found full, and nobody was waiting then.
            drop(lane);
            return place.send(Place { health: self.clone(), key, good: false }).ok().map(|()| receiver);
        }
        lane.waiting.retain(|waiter| !waiter.place.is_closed());
        let most = lane.concurrency.limit().unwrap_or(u32::MAX).saturating_mul(WAITING_PER_PLACE);
        if lane.waiting.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
            // The least important makes room, if it is less important than this one.
            // Of those, the oldest: it would be served last.
            let (at, least) = lane.waiting.iter().enumerate().rev().max_by_key(|(_, w)| w.criticality)?;
            if least.criticality <= criticality {
                return None;
            }
            lane.waiting.remove(at);
        }
        lane.waiting.push(Waiter { criticality, place });
        Some(receiver)
    }
}
