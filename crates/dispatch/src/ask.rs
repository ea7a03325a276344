//! Asking one target: with each of its keys if it must be, once more with a field left out, to an answer or a failure.
//!
//! An [`Asker`] shares what does not change while a request is on its way, so two targets can be asked at once
//! (`race.rs`); what each of them does is noted in the request's own notes.

use crate::account::Notes;
use crate::attempt::{Begun, Terms, attempt};
use crate::gather::{released, whole};
use crate::health::{Asking, Permit};
use crate::onward::Onward;
use crate::{AttemptEvent, Engine, Event, Incoming, Progress, Target, Upstream};
use bytes::Bytes;
use handover_dialect::hub::{Identity, Losses};
use handover_dialect::prepare::{Ask, CannotPrepare, prepare};
use handover_dialect::{
    CallerError, Delivered, Handed, Prefill, Prepared, ProviderError, Reader, prepare_onward,
};
use handover_policy::{
    Blame, Class, Criticality, Deadline, Failure, Kind, Situation, Step, blame, classify, rate_limits,
    refused_field, step, tell,
};
use http::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// An answer that has begun, or is whole.
pub(crate) enum Answer<U: Upstream> {
    Whole { headers: HeaderMap, reader: Box<Reader>, body: Bytes },
    Stream(Box<Begun<U::Body>>),
}

/// A target's answer, with all that goes with it.
pub(crate) struct Won<U: Upstream> {
    pub(crate) answer: Answer<U>,
    pub(crate) losses: Losses,
    pub(crate) permit: Permit,
    /// From the request's arrival to the attempt, and to its first content.
    pub(crate) started: Duration,
    pub(crate) first_token: Duration,
    /// How it goes on with an answer that broke off.
    pub(crate) how: Option<&'static str>,
}

/// What became of asking a target.
pub(crate) type Asked<U> = Result<Box<Won<U>>, Lost>;

/// A target that did not answer.
#[derive(Debug)]
pub(crate) struct Lost {
    pub(crate) failure: Failure,
    pub(crate) step: Step,
    /// What had come of an answer that is put together here, when it broke off.
    pub(crate) delivered: Option<Box<Delivered>>,
    /// How it had gone on with an answer that broke off before.
    pub(crate) how: Option<&'static str>,
}

/// An attempt that failed, and what had come of its answer.
type Cut = (Failure, Option<Box<Delivered>>);

/// A target in its place in the chain, as the request stands now.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) place: usize,
    pub(crate) target: Arc<Target>,
    /// No later target can be asked: all time that is left is this one's.
    pub(crate) is_last: bool,
    /// A complete answer without content is an answer.
    pub(crate) accept_empty: bool,
    pub(crate) native_target_left: bool,
    pub(crate) larger_window_left: bool,
    pub(crate) more_left: bool,
}

/// Asks targets on behalf of one request.
pub(crate) struct Asker<U: Upstream> {
    pub(crate) engine: Arc<Engine<U>>,
    pub(crate) incoming: Arc<Incoming>,
    pub(crate) notes: Arc<Notes>,
    pub(crate) deadline: Deadline,
    /// When the answer must have begun.
    pub(crate) begin: Deadline,
    pub(crate) criticality: Criticality,
    pub(crate) max_attempts: u32,
    /// Whole answers are asked for as streams: without that, a long answer cannot be told from a late one.
    pub(crate) first_token_matters: bool,
    /// An answer in JSON is held until it is complete.
    pub(crate) hold_json: bool,
    /// How long the first words are held.
    pub(crate) commit_delay: Duration,
    /// The answer goes on with one that broke off.
    pub(crate) onward: Option<Arc<Onward>>,
}

impl<U: Upstream> Asker<U> {
    /// Asks one target.
    pub(crate) async fn ask(&self, seat: Seat, mut permit: Permit) -> Asked<U> {
        let target = &*seat.target;
        let mut tried_keys = Vec::new();
        let mut repaired = false;
        let mut strip_state = false;
        let mut in_words = false;
        loop {
            let stream_whole = self.first_token_matters || target.streams_whole();
            let ask = Ask { stream_whole, strip_state, hold_json: self.hold_json };
            let prepared = match self.prepare(target, ask, in_words) {
                Ok(prepared) => prepared,
                Err(cannot) => return Err(self.cannot_prepare(&seat, cannot)),
            };
            let started = self.since_arrival();
            let number = self.notes.open(seat.place, &target.id, permit.key, started);
            self.incoming.tell(Progress::Asking { target: &target.id, at: started });
            let result = self.attempt(&seat, number, &mut permit, &prepared).await;
            let (mut failure, delivered) = match result {
                Ok((answer, first_token)) => {
                    self.notes.serves(number);
                    let how = prepared.how();
                    let losses = prepared.losses;
                    return Ok(Box::new(Won { answer, losses, permit, started, first_token, how }));
                }
                Err(cut) => cut,
            };
            if let Some(said) = failure.error.as_deref_mut() {
                target.provider.hide_keys(said);
            }
            let class = classify(&failure);
            self.note(target, number, permit.key, &failure);
            self.judge(target, &mut permit, &class, &failure);
            if let Some(field) = refused_field(&class).filter(|_| prepared.translated) {
                target.refuses(field.to_owned());
            }
            if prepared.how() == Some(PREFILL) && refuses_prefill(&class) && self.has_attempts() {
                // What it cannot write on from, it can be asked to go on with.
                in_words = true;
                if is_of_prefill(&class, &failure) {
                    target.refuses_prefill();
                }
                continue;
            }
            tried_keys.push(permit.key);
            let another = self.another_key(&seat, &class, &tried_keys);
            let situation = situation(&seat, self.begin, another.is_some(), prepared.translated, repaired);
            match (step(&class, situation), another) {
                (Step::NextKey, Some(next)) => permit = next,
                (Step::Repair(_), _) if self.has_attempts() => {
                    repaired = true;
                    strip_state = class == Class::ForeignState;
                    tried_keys.pop();
                }
                (step, _) => {
                    let how = prepared.how();
                    return Err(Lost { failure, step, delivered, how });
                }
            }
        }
    }

    /// The request for this target; to go on, when there is an answer to go on with.
    fn prepare(&self, target: &Target, ask: Ask, in_words: bool) -> Result<Prepared, CannotPrepare> {
        let (call, mut spec) = (&self.incoming.call, target.spec());
        let Some(onward) = self.onward.as_deref() else { return prepare(call, &spec, ask) };
        if in_words {
            spec.to_mut().capabilities.prefill = Prefill::Refused;
        }
        let Onward { delivered, from, reason, .. } = onward;
        let handed = Handed { from: from.to_string(), to: target.id.to_string(), reason };
        prepare_onward(call, &spec, ask, delivered, &handed)
    }

    fn has_attempts(&self) -> bool {
        self.notes.asked() < self.max_attempts
    }

    fn since_arrival(&self) -> Duration {
        Instant::now().saturating_duration_since(self.incoming.received)
    }

    /// Another of the provider's keys, when this failure was a key's and one is free.
    fn another_key(&self, seat: &Seat, class: &Class, tried: &[usize]) -> Option<Permit> {
        if !matches!(class, Class::RateLimited | Class::Quota | Class::Credential) || !self.has_attempts() {
            return None;
        }
        let asking = Asking {
            tried,
            now: Instant::now(),
            criticality: self.criticality,
            may_divert: false,
            forced: false,
            key: None,
        };
        seat.target.admit(&asking, &self.engine.senses).ok()
    }

    /// The request cannot be put to this target; nothing was sent.
    fn cannot_prepare(&self, seat: &Seat, cannot: CannotPrepare) -> Lost {
        let (failure, step) = match cannot {
            CannotPrepare::Target(refused) => (Failure::new(Kind::Unsupported(refused)), Step::Next),
            CannotPrepare::Call(error) => {
                let failure = callers_mistake(*error);
                // Our reading of the request may be stricter than the provider's own.
                let situation = situation(seat, self.begin, false, true, true);
                let step = step(&classify(&failure), situation);
                (failure, step)
            }
        };
        let number = self.notes.open(seat.place, &seat.target.id, 0, self.since_arrival());
        let told = tell(&failure);
        self.tell_failed(&seat.target, told.code, &told.words, Duration::ZERO);
        self.notes.close(number, |attempted| {
            (attempted.code, attempted.words, attempted.asked) = (told.code, told.words, false);
        });
        Lost { failure, step, delivered: None, how: None }
    }

    /// An attempt that did not serve goes into the record.
    fn note(&self, target: &Target, number: usize, key: usize, failure: &Failure) {
        let told = tell(failure);
        let now = self.since_arrival();
        let mut took = Duration::ZERO;
        self.notes.close(number, |attempted| {
            took = now.saturating_sub(attempted.at);
            attempted.took = took;
            (attempted.code, attempted.words) = (told.code, told.words.clone());
            attempted.again_in = failure.retry_after;
            // Those that could not be reached were asked all the same; these are told apart before anything is sent.
            attempted.asked = failure.reached || !failure.kind.is_decided_before_sending();
        });
        let request_id = &*self.incoming.id;
        let event = AttemptEvent { request_id, target: &target.id, key, code: told.code, took };
        self.engine.senses.observer.observe(&Event::Attempt(&event));
        self.tell_failed(target, told.code, &told.words, took);
    }

    fn tell_failed(&self, target: &Target, code: &'static str, words: &str, took: Duration) {
        self.incoming.tell(Progress::Failed { target: &target.id, code, words, took });
    }

    /// What a failure says of the target, its key and its provider.
    fn judge(&self, target: &Target, permit: &mut Permit, class: &Class, failure: &Failure) {
        let first_token = target.timeouts.first_token;
        let cut_short = matches!(failure.kind, Kind::FirstTokenTimeout(limit) if limit < first_token)
            || matches!(failure.kind, Kind::ConnectTimeout(limit) if limit < target.timeouts.connect);
        if cut_short {
            // The caller's deadline cut its time short: one who is in a hurry must not take the target from the others.
            return;
        }
        let blame: Blame = blame(class, failure, self.engine.random.unit());
        permit.failed(&blame, is_refusal_of_load(class));
        if failure.reached && failure.status().is_none() {
            // It may have worked on the request, and may bill it.
            self.engine.waste.lock().spent(Instant::now(), prompt_estimate(&self.incoming));
        }
    }

    /// One attempt; for a caller that does not stream, to the end of the answer.
    async fn attempt(
        &self,
        seat: &Seat,
        number: usize,
        permit: &mut Permit,
        prepared: &Prepared,
    ) -> Result<(Answer<U>, Duration), Cut> {
        let target = &*seat.target;
        let started = Instant::now();
        let terms = Terms {
            incoming: &self.incoming,
            identity: Identity {
                id: self.incoming.id.trim_start_matches("req_").to_owned(),
                created: (self.engine.unix_now)(),
                model: target.spec.model.clone(),
            },
            deadline: self.deadline,
            begin: self.begin,
            is_last: seat.is_last,
            accept_empty: seat.accept_empty,
        };
        let begun = attempt(&self.engine, target, permit.key, prepared, terms).await;
        if !prepared.asks_stream {
            let took = Instant::now().saturating_duration_since(started);
            target.note_whole_answer(took);
        }
        let begun = begun.map_err(|failure| (failure, None))?;
        self.notes.began(number);
        let took = Instant::now().saturating_duration_since(started);
        let first_token = self.since_arrival();
        let limits = rate_limits(
            |name| begun.headers.get(name).and_then(|value| value.to_str().ok()),
            (self.engine.unix_now)(),
        );
        let answer = if self.incoming.call.stream {
            // A caller that waits only so long for its first byte gets one, held or not.
            let until = (self.begin.at() < self.deadline.at()).then(|| self.begin.latest(false));
            let commit = self.onward.is_none().then(|| started + took + self.commit_delay);
            let begun = released::<U>(begun, until, commit).await;
            Answer::Stream(Box::new(begun.map_err(|failure| (failure, None))?))
        } else {
            whole::<U>(begun, seat.accept_empty).await?
        };
        permit.began(prepared.asks_stream.then_some(took));
        // After that: an answer ends a rest, and the last one the limits allow begins one.
        permit.told_limits(&limits);
        let request_id = &*self.incoming.id;
        let event = AttemptEvent { request_id, target: &target.id, key: permit.key, code: "ok", took };
        self.engine.senses.observer.observe(&Event::Attempt(&event));
        Ok((answer, first_token))
    }
}

/// What [`Prepared::how`] says of a request that gives a target the beginning of its answer.
const PREFILL: &str = "prefill";

/// Whether a refusal may be of the beginning that was given: the call itself was good for another target.
fn refuses_prefill(class: &Class) -> bool {
    matches!(class, Class::Prefill | Class::UnsupportedField(_) | Class::BadRequest)
}

/// Whether a refusal says that it is of the beginning, so that it is not tried again. Any other field may have been
/// refused for its own sake.
fn is_of_prefill(class: &Class, failure: &Failure) -> bool {
    let asks = ["continue_final_message", "add_generation_prompt", "prefix"];
    let field = failure.error.as_deref().and_then(|error| error.param.as_deref());
    *class == Class::Prefill || field.is_some_and(|field| asks.iter().any(|ask| field.ends_with(ask)))
}

fn situation(
    seat: &Seat,
    deadline: Deadline,
    another_key: bool,
    translated: bool,
    repaired: bool,
) -> Situation {
    Situation {
        another_key,
        translated,
        repaired,
        native_target_left: seat.native_target_left,
        larger_window_left: seat.larger_window_left,
        time_kept: seat.more_left && Instant::now() < deadline.at(),
    }
}

/// Whether the provider says that it has too many requests.
pub(crate) fn is_refusal_of_load(class: &Class) -> bool {
    matches!(class, Class::RateLimited | Class::SlowDown | Class::Overloaded)
}

/// Tokens of a request, roughly: four bytes each.
pub(crate) fn prompt_estimate(incoming: &Incoming) -> u64 {
    incoming.call.needs.text_bytes as u64 / 4 + 1
}

/// A request that no target could read: told as any other of the caller's errors.
fn callers_mistake(error: CallerError) -> Failure {
    let said = ProviderError {
        status: Some(400),
        code: error.code,
        param: error.param,
        message: error.message,
        ..ProviderError::default()
    };
    Failure { reached: false, ..Failure::new(Kind::InBand) }.error(said)
}
