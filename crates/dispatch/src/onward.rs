//! Another target for an answer that broke off.
//!
//! The conditions are policy's ([`go_on`]), the request and the joining of the texts are the dialects'
//! ([`handover_dialect::prepare_onward`]); here the next target is found, by the same walk that found the first one:
//! breakers, limits, keys and the deadline hold as they did. The target that broke off is asked again when
//! none of the others could go on, unless one tried and did not find the place: then the text is hard to go on with.

use crate::ask::{self, Lost, Won, prompt_estimate};
use crate::path::Path;
use crate::{Event, HandOverEvent, HandedOver, Progress, Upstream};
use handover_dialect::hub::Usage;
use handover_dialect::{Delivered, Reader, Shown};
use handover_policy::{Asked, Broken, Failure, GoOn, Kind, Stopped, Told, go_on, tell};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// An answer that broke off, for those who are asked to go on with it.
#[derive(Debug)]
pub(crate) struct Onward {
    pub(crate) delivered: Delivered,
    /// Who wrote it so far.
    pub(crate) from: Arc<str>,
    pub(crate) reason: &'static str,
    words: String,
    /// From the request's arrival to the break.
    at: Duration,
    usage: Usage,
}

/// What came of looking for another target, with what it was looked for with.
pub(crate) type Found<U> = (Box<Path<U>>, Result<(usize, Box<Won<U>>), Stopped>);

/// What a reader can say of an answer that broke off.
pub(crate) struct Left {
    shown: Shown,
    delivered: Option<Delivered>,
    usage: Usage,
}

impl Left {
    pub(crate) fn of(reader: &Reader) -> Self {
        let mut usage = reader.billed();
        usage.completion = Some(usage.completion.unwrap_or(0).max(reader.own_tokens()));
        Self { shown: reader.shown(), delivered: reader.delivered(), usage }
    }
}

impl<U: Upstream> Path<U> {
    /// Finds a target that goes on with a stream that broke off.
    pub(crate) async fn go_on(mut self: Box<Self>, failure: Failure, left: Left) -> Found<U> {
        // The caller has had its first byte.
        self.begin = self.deadline;
        let Some(from) = self.account.served.target.clone() else { return (self, Err(Stopped::NoTarget)) };
        let Told { code, words } = tell(&failure);
        let at = self.account.now();
        self.account.notes.broke(at, code, &words);
        let way = match go_on(&self.broken(&failure, left.shown)) {
            Ok(way) => way,
            Err(stopped) => return (self, Err(stopped)),
        };
        let Some(delivered) = left.delivered else { return (self, Err(Stopped::NotText)) };
        let place = self.targets.iter().position(|target| target.id == from);
        self.failures.push((from.to_string(), failure));
        let onward = Onward { delivered, from, reason: code, words, at, usage: left.usage };
        self.onward = Some(Arc::new(onward));
        let before = self.failures.len();
        let mut found = self.find().await;
        if found.is_none()
            && !self.failures.iter().skip(before).any(|(_, failure)| matches!(failure.kind, Kind::Seam(_)))
            && let Some(place) = place
        {
            found = self.ask_again(place).await;
        }
        let result = match found {
            Some((place, Ok(won))) => Ok((place, won)),
            Some((_, Err(_))) | None => Err(self.why_nobody()),
        };
        if way == GoOn::FromText && result.is_ok() {
            // It is read once more than if nothing had happened.
            self.engine.waste.lock().spent(Instant::now(), prompt_estimate(&self.incoming));
        }
        (self, result)
    }

    fn broken<'f>(&self, failure: &'f Failure, shown: Shown) -> Broken<'f> {
        let (now, call) = (Instant::now(), &self.incoming.call);
        Broken {
            failure,
            shown,
            asked: Asked {
                tools: call.may_call_tools(),
                json: call.needs.json,
                more: call.asks_for_more_than_text(),
            },
            mid_stream: self.hints.mid_stream.unwrap_or(self.settings.mid_stream),
            hand_overs: self.account.served.taken_over(),
            max_hand_overs: self.settings.max_hand_overs,
            is_late: now >= self.deadline.at(),
            is_spent: self.account.notes.asked() >= self.settings.max_attempts,
            affordable: self.engine.waste.lock().may_rescue(now, prompt_estimate(&self.incoming)),
        }
    }

    /// The target that broke off, when the others could not go on: a connection that was cut says little about the next.
    async fn ask_again(&mut self, place: usize) -> Option<(usize, ask::Asked<U>)> {
        let mut found = None;
        self.done.remove(&place);
        if self.may_ask(place)
            && let Ok(permit) = self.admit(place, true)
        {
            found = self.try_target(place, permit, true).await;
        }
        found
    }

    /// Why nobody went on: the last target's word, when it was asked and tried.
    fn why_nobody(&self) -> Stopped {
        let last = self.failures.last().map(|(_, failure)| &failure.kind);
        match last {
            Some(Kind::Seam(_)) => Stopped::Seam,
            Some(Kind::Deadline) => Stopped::Deadline,
            Some(_) | None if self.account.notes.asked() >= self.settings.max_attempts => Stopped::Attempts,
            Some(_) | None => Stopped::NoTarget,
        }
    }

    /// A target has failed. Of an answer that is put together here, what had come may be gone on with; where that does
    /// not work, it is begun anew: the caller has seen nothing. Whether this very target is to be asked for that.
    pub(crate) fn learn(&mut self, place: usize, lost: Lost) -> bool {
        let Lost { failure, delivered, how, .. } = lost;
        if self.incoming.call.stream {
            self.lost(place, failure);
            return false;
        }
        // Where the texts did not join, or it could not even be asked to go on.
        let is_seam = self.onward.is_some() && matches!(failure.kind, Kind::Seam(_) | Kind::Unsupported(_));
        if is_seam {
            self.begin_anew();
            // It was not asked the question itself.
            self.done.remove(&place);
        }
        let target = self.targets.get(place).map(|target| target.id.clone());
        let delivered = delivered.filter(|it| !is_seam && !it.text().is_empty());
        if let (Some(delivered), Some(from)) = (delivered, target) {
            if let Some(how) = how {
                self.handed_over(&from, how);
            }
            if go_on(&self.broken(&failure, Shown::Text)) == Ok(GoOn::FromText) {
                self.engine.waste.lock().spent(Instant::now(), prompt_estimate(&self.incoming));
                let Told { code, words } = tell(&failure);
                let usage = Usage { completion: Some(delivered.tokens()), ..Usage::default() };
                let (delivered, at) = (*delivered, self.account.now());
                let onward = Onward { delivered, from, reason: code, words, at, usage };
                self.onward = Some(Arc::new(onward));
            } else {
                self.begin_anew();
            }
        }
        self.lost(place, failure);
        is_seam
    }

    /// What had come is let go: the caller has seen nothing of it.
    fn begin_anew(&mut self) {
        self.onward = None;
        self.account.served.hand_overs.clear();
    }

    /// A target has taken over: it goes into the record, and is told.
    pub(crate) fn handed_over(&mut self, to: &Arc<str>, how: &'static str) {
        let Some(onward) = self.onward.take() else { return };
        let Onward { delivered, from, reason, words, at, usage } = &*onward;
        let handed = HandedOver {
            from: from.clone(),
            to: to.clone(),
            code: reason,
            words: words.clone(),
            how,
            delivered_tokens: delivered.tokens(),
            at: *at,
            silence: self.account.now().saturating_sub(*at),
            usage: *usage,
        };
        let request_id = &*self.incoming.id;
        let route = self.account.served.route.as_deref();
        let event = HandOverEvent { request_id, route, handed: &handed };
        self.engine.senses.observer.observe(&Event::HandOver(&event));
        let model = self.account.served.model.as_deref();
        self.incoming.tell(Progress::HandedOver { handed: &handed, model });
        self.account.served.hand_overs.push(handed);
    }
}
