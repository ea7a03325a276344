//! The path itself: plan, attempt, commit, or tell the caller why not.
//!
//! Targets are asked in order. One whose breaker is open, whose keys rest or which has as many requests as it takes
//! is passed over: the next one is as good as free. Only when nobody who was free has answered are the others come
//! back to: a full one is waited for, and of those that rest the one that would be free soonest is asked all the
//! same, because the last way is always tried.

use crate::account::Account;
use crate::ask::{Asked, Asker, Lost, Seat, prompt_estimate};
use crate::cache::CacheKey;
use crate::health::{Asking, Permit, Shut, Why};
use crate::onward::Onward;
use crate::outgrown::{Outgrown, gated, is_too_long};
use crate::race::RETRY_WAIT;
use crate::{Attempted, Engine, Progress, Relay, RouteSettings, Target, Upstream, Watcher};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use handover_dialect::{Call, CallerError, ErrorKind};
use handover_policy::{
    BadHint, Class, Deadline, Failure, Hints, Kind, Step, Unknown, classify, hints, may_pass, tell,
    tell_exhausted,
};
use http::HeaderMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A request, as it came in.
#[derive(Debug)]
pub struct Incoming {
    /// What is asked.
    pub call: Call,
    /// Handover's id of the request: `req_` and 24 hexadecimal digits.
    pub id: Arc<str>,
    /// When it arrived.
    pub received: Instant,
    /// The caller's headers.
    pub headers: HeaderMap,
    /// The caller wants this model and no other (`x-handover-only`).
    pub only: bool,
    /// Who is told what happens meanwhile.
    pub watcher: Option<Arc<dyn Watcher>>,
}

impl Incoming {
    pub(crate) fn tell(&self, progress: Progress<'_>) {
        if let Some(watcher) = &self.watcher {
            watcher.watch(progress);
        }
    }
}

/// What the caller gets.
#[derive(Debug)]
pub enum Reply<U: Upstream> {
    /// A whole body: an answer or an error.
    Whole {
        /// HTTP status.
        status: u16,
        /// Headers, `content-type` among them.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// A stream that has begun.
    Stream {
        /// Headers, `content-type` among them.
        headers: HeaderMap,
        /// The stream.
        relay: Box<Relay<U>>,
    },
}

/// Answers a request.
///
/// Dropping the future cancels every attempt that is under way.
pub async fn dispatch<U: Upstream>(engine: &Arc<Engine<U>>, incoming: Incoming) -> Reply<U> {
    let mut account = Account::open(engine, &incoming);
    let dialect = incoming.call.dialect;
    let header = |name: &str| incoming.headers.get(name).and_then(|value| value.to_str().ok());
    let hints = match hints(header, incoming.call.stream) {
        Ok(hints) => hints,
        Err(bad) => return account.refuse(dialect, &tell_bad_hint(&bad)),
    };
    let only = incoming.only || incoming.call.only;
    match engine.plan(&incoming.call.model, &incoming.call.fallbacks, only) {
        Ok((route, mut targets)) => {
            let own_order = targets.first().cloned();
            let settings = engine.settings(&route);
            if hints.retry_count > 0 {
                engine.left_off.arrange(&incoming.call.body, &mut targets, incoming.received);
            } else if !only && incoming.call.fallbacks.is_empty() {
                account.served.canary = engine.canary(&settings, &mut targets);
            }
            account.served.route = Some(route);
            Path::new(engine.clone(), incoming, account, targets, settings, hints, own_order).walk().await
        }
        Err(unknown) => account.refuse(dialect, &tell_unknown(&unknown)),
    }
}

fn tell_unknown(unknown: &Unknown) -> CallerError {
    let hint = match unknown.near.as_slice() {
        [] => "Ask GET /v1/models for the names that work.".to_owned(),
        [one] => format!("Did you mean `{one}`?"),
        [most @ .., last] => format!("Did you mean `{}` or `{last}`?", most.join("`, `")),
    };
    let asked: String = unknown.asked.chars().take(100).collect();
    let message = format!("There is no model, route or alias called `{asked}`. {hint}");
    CallerError::new(ErrorKind::NotFound, message).param("model").code("model_not_found")
}

fn tell_bad_hint(bad: &BadHint) -> CallerError {
    let message = format!("The header `{}` cannot be read: {}.", bad.header, bad.why);
    CallerError::new(ErrorKind::InvalidRequest, message).param(bad.header).code("invalid_header")
}

/// One request on its way through its targets.
pub(crate) struct Path<U: Upstream> {
    pub(crate) engine: Arc<Engine<U>>,
    pub(crate) incoming: Arc<Incoming>,
    pub(crate) account: Account,
    pub(crate) targets: Vec<Arc<Target>>,
    pub(crate) settings: RouteSettings,
    /// Places that have been asked.
    pub(crate) done: BTreeSet<usize>,
    pub(crate) cache_key: Option<CacheKey>,
    pub(crate) hints: Hints,
    /// Who would have been asked first if nothing had changed the order.
    pub(crate) lead: Option<Arc<Target>>,
    pub(crate) deadline: Deadline,
    /// When the answer must have begun: a caller that reads a stream waits for its first byte only so long.
    pub(crate) begin: Deadline,
    pub(crate) failures: Vec<(String, Failure)>,
    outgrown: Option<Outgrown>,
    /// What the caller has of an answer that broke off, for those who are asked next.
    pub(crate) onward: Option<Arc<Onward>>,
}

impl<U: Upstream> Path<U> {
    fn new(
        engine: Arc<Engine<U>>,
        incoming: Incoming,
        account: Account,
        targets: Vec<Arc<Target>>,
        settings: RouteSettings,
        hints: Hints,
        lead: Option<Arc<Target>>,
    ) -> Self {
        // The route's total stands on each of its targets; a list across routes takes the longest.
        let total = targets.iter().map(|t| t.timeouts.total).max().unwrap_or_default();
        let total = hints.deadline.map_or(total, |asked| asked.min(total));
        let deadline = Deadline::new(incoming.received, total);
        let begin = hints.first_byte.map_or(deadline, |by| deadline.tightened(incoming.received + by));
        let route = account.served.route.clone().unwrap_or_default();
        let cache_key = settings.cache.and_then(|_| CacheKey::of(route, &incoming.call));
        let (done, failures) = (BTreeSet::new(), Vec::new());
        Self {
            engine,
            incoming: Arc::new(incoming),
            account,
            targets,
            settings,
            done,
            hints,
            lead,
            deadline,
            begin,
            failures,
            outgrown: None,
            onward: None,
            cache_key,
        }
    }

    /// Asks one target after the other.
    async fn walk(mut self) -> Reply<U> {
        let now = Instant::now();
        self.engine.retries.lock().request(now);
        if let Some(fresh) = self.settings.cache.map(|cache| cache.fresh)
            && let Some(reply) = self.cached(fresh)
        {
            return self.give_cached(reply);
        }
        if let Some(end) = self.find().await {
            return self.end(end);
        }
        if let Some(end) = self.retry_the_only_one().await {
            return self.end(end);
        }
        if let Some(kept) = self.stale() {
            return self.give_cached(kept);
        }
        if let Some(Outgrown { target, failure, .. }) = self.outgrown.take() {
            // "All providers failed" would hide the one thing that the caller can put right.
            return self.give_up(&target, &failure);
        }
        let error = tell_exhausted(&self.failures);
        self.account.refuse(self.incoming.call.dialect, &error)
    }

    /// Asks one target after the other, until one has answered or its word is final.
    pub(crate) async fn find(&mut self) -> Option<(usize, Asked<U>)> {
        let mut shut = Vec::new();
        for place in 0..self.targets.len() {
            if !self.may_ask(place) {
                continue;
            }
            match self.admit(place, false) {
                Err(reason) => {
                    self.skip(place, reason);
                    shut.push((place, reason));
                }
                Ok(permit) => {
                    if let Some(end) = self.try_target(place, permit, false).await {
                        return Some(end);
                    }
                }
            }
        }
        self.come_back(shut).await
    }

    /// Asks a target; `None` when another is to be asked.
    pub(crate) async fn try_target(
        &mut self,
        place: usize,
        permit: Permit,
        alone: bool,
    ) -> Option<(usize, Asked<U>)> {
        let mut permit = permit;
        loop {
            let seat = self.seat(place, alone)?;
            self.done.insert(place);
            if let Some(outgrown) = self.outgrown.as_mut() {
                outgrown.guessed |= seat.target.window() == 0;
            }
            match self.race(seat, permit).await {
                // Once there is a part of an answer, what a target says of the request is nobody's last word.
                (place, Err(lost)) if lost.step != Step::Return || self.onward.is_some() => {
                    if !self.learn(place, lost) || !self.may_ask(place) {
                        return None;
                    }
                    permit = self.admit(place, true).ok()?;
                }
                end @ (_, Ok(_) | Err(_)) => return Some(end),
            }
        }
    }

    fn end(mut self, end: (usize, Asked<U>)) -> Reply<U> {
        let (place, asked) = end;
        let Some(target) = self.targets.get(place).cloned() else {
            let error = tell_exhausted(&self.failures);
            return self.account.refuse(self.incoming.call.dialect, &error);
        };
        match asked {
            Ok(won) => self.commit(&target, *won),
            // Both say that it is too long; the first is whom the caller asked.
            Err(Lost { failure, .. }) if is_too_long(&failure) => match self.outgrown.take() {
                Some(Outgrown { target, failure, .. }) => self.give_up(&target, &failure),
                None => self.give_up(&target, &failure),
            },
            // Too late is nobody's last word; an error of the caller's own is.
            Err(Lost { failure, .. }) => match self.stale().filter(|_| failure.kind == Kind::Deadline) {
                Some(kept) => self.give_cached(kept),
                None => self.give_up(&target, &failure),
            },
        }
    }

    /// A target did not answer, and the next one is asked.
    pub(crate) fn lost(&mut self, place: usize, failure: Failure) {
        let Some(target) = self.targets.get(place) else { return };
        if is_too_long(&failure) {
            let window = target.window();
            let first =
                || Outgrown { target: target.clone(), failure: failure.clone(), window, guessed: false };
            let outgrown = self.outgrown.get_or_insert_with(first);
            outgrown.window = outgrown.window.max(window);
        }
        self.failures.push((target.id.to_string(), failure));
    }

    /// Comes back to those that were passed over.
    async fn come_back(&mut self, shut: Vec<(usize, Shut)>) -> Option<(usize, Asked<U>)> {
        let (full, resting): (Vec<_>, Vec<_>) = shut.into_iter().partition(|(_, s)| s.why == Why::Full);
        let until = self.begin.latest(true).min(Instant::now() + self.settings.max_wait);
        while let Some((place, permit)) = self.wait_for_any(&full, until).await {
            if let Some(end) = self.try_target(place, permit, true).await {
                return Some(end);
            }
        }
        for (place, reason) in full {
            if self.may_ask(place) {
                self.lost(place, gated(reason));
            }
        }
        // An operator's word is not passed over, not even for the last way.
        let (off, resting): (Vec<_>, Vec<_>) = resting.into_iter().partition(|(_, s)| s.why == Why::Off);
        for (place, reason) in off {
            if self.may_ask(place) {
                self.lost(place, gated(reason));
            }
        }
        let (now, far) = (Instant::now(), Instant::now() + Duration::from_secs(3600));
        // One that is spared a part of its load is free now.
        let free = |reason: &Shut| match reason.why {
            Why::Diverted => now,
            Why::Resting | Why::Limited | Why::Full | Why::NoKey | Why::Off => reason.until.unwrap_or(far),
        };
        let soonest = resting.iter().filter(|(place, _)| self.may_ask(*place));
        let soonest = soonest.min_by_key(|(_, reason)| free(reason)).map(|(place, _)| *place);
        for (place, reason) in resting {
            if Some(place) != soonest && self.may_ask(place) {
                self.lost(place, gated(reason));
            }
        }
        let place = soonest?;
        let full = match self.admit(place, true) {
            Ok(permit) => return self.try_target(place, permit, true).await,
            Err(reason) => reason,
        };
        // Resting, and full of others who had nowhere else to go.
        let waited =
            if full.why == Why::Full { self.wait_for_any(&[(place, full)], until).await } else { None };
        match waited {
            Some((place, permit)) => self.try_target(place, permit, true).await,
            None => {
                self.lost(place, gated(full));
                None
            }
        }
    }

    /// Waits until `until` for a place at any of these, which are full.
    async fn wait_for_any(&self, full: &[(usize, Shut)], until: Instant) -> Option<(usize, Permit)> {
        let senses = &self.engine.senses;
        let mut waiting: FuturesUnordered<_> = full
            .iter()
            .filter(|(place, _)| self.may_ask(*place))
            .filter_map(|(place, _)| Some((*place, self.targets.get(*place)?.clone())))
            .map(|(place, target)| async move {
                Some((place, target.wait(self.asking(true), until, senses).await?))
            })
            .collect();
        while let Some(found) = waiting.next().await {
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Asks the only target of a route once more, when what failed may pass: nobody else can be asked.
    async fn retry_the_only_one(&mut self) -> Option<(usize, Asked<U>)> {
        let now = Instant::now();
        let (1, Some((_, failure))) = (self.targets.len(), self.failures.last()) else { return None };
        let class = classify(failure);
        // A limit that does not say when it ends outlasts any pause a caller could be asked for.
        let endless = class == Class::RateLimited && failure.retry_after.is_none();
        let only = self.incoming.only || self.incoming.call.only;
        if only || endless || !may_pass(&class) || self.account.notes.asked() >= self.settings.max_attempts {
            return None;
        }
        let (least, most) = RETRY_WAIT;
        let pause = failure.retry_after.unwrap_or(least + (most - least).mul_f64(self.engine.random.unit()));
        let again = now.checked_add(pause)?;
        // What broke off may be on the bill: the same prompt once more is waste, as a hedge's is.
        let billed = failure.reached && failure.status().is_none();
        if billed && !self.engine.waste.lock().may_spend(now, prompt_estimate(&self.incoming)) {
            return None;
        }
        // A caller is not kept waiting for more than the longest pause, nor beyond the deadline.
        if pause > most || again >= self.begin.at() || !self.engine.retries.lock().try_retry(now) {
            return None;
        }
        tokio::time::sleep_until(again).await;
        let permit = self.admit(0, true).ok()?;
        self.failures.pop();
        self.try_target(0, permit, true).await
    }

    /// Whether a target may be asked: it was not yet, the request is not too long for it after what others said, and
    /// there are attempts left. The last attempt is the last target's: it is there for this.
    pub(crate) fn may_ask(&self, place: usize) -> bool {
        let fits = |place: usize| {
            !self.done.contains(&place)
                && self
                    .targets
                    .get(place)
                    .is_some_and(|t| self.outgrown.as_ref().is_none_or(|o| o.may_hold(t)))
        };
        if !fits(place) {
            return false;
        }
        match self.settings.max_attempts.saturating_sub(self.account.notes.asked()) {
            0 => false,
            // A first attempt is nobody's last: with one alone, it is the lead's.
            1 if self.account.notes.asked() > 0 => !(place + 1..self.targets.len()).any(fits),
            _ => true,
        }
    }

    fn asking(&self, forced: bool) -> Asking<'static> {
        Asking {
            tried: &[],
            now: Instant::now(),
            criticality: self.hints.criticality,
            may_divert: false,
            forced,
            key: None,
        }
    }

    pub(crate) fn admit(&self, place: usize, forced: bool) -> Result<Permit, Shut> {
        let Some(target) = self.targets.get(place) else {
            return Err(Shut { why: Why::NoKey, until: None });
        };
        let may_divert = !forced && (place + 1..self.targets.len()).any(|later| self.may_ask(later));
        target.admit(&Asking { may_divert, ..self.asking(forced) }, &self.engine.senses)
    }

    /// A target is passed over.
    fn skip(&self, place: usize, reason: Shut) {
        let Some(target) = self.targets.get(place) else { return };
        let told = tell(&gated(reason));
        let attempted = Attempted {
            target: target.id.clone(),
            key: 0,
            code: if reason.why == Why::Diverted { "diverted" } else { told.code },
            words: told.words,
            at: self.account.now(),
            took: Duration::ZERO,
            asked: false,
            again_in: reason
                .until
                .map(|until| until.saturating_duration_since(Instant::now()))
                .filter(|left| !left.is_zero()),
            broke_off: false,
        };
        self.account.notes.skip(place, attempted);
    }

    /// A target in its place. `alone`: those after it have had their chance.
    pub(crate) fn seat(&self, place: usize, alone: bool) -> Option<Seat> {
        let later = || {
            let places = place + 1..self.targets.len();
            places.filter(|p| !alone && self.may_ask(*p)).filter_map(|p| self.targets.get(p))
        };
        let target = self.targets.get(place)?.clone();
        let window = target.window();
        let is_last = later().next().is_none();
        let emptied = self.failures.iter().any(|(_, f)| f.kind == Kind::Empty);
        Some(Seat {
            place,
            native_target_left: later().any(|t| t.provider.dialect == self.incoming.call.dialect),
            larger_window_left: later()
                .any(|t| t.window() > window || (t.window() == 0 && t.is_another_model(&target))),
            more_left: !is_last,
            is_last,
            accept_empty: is_last || emptied,
            target,
        })
    }

    pub(crate) fn asker(&self) -> Asker<U> {
        Asker {
            engine: self.engine.clone(),
            incoming: self.incoming.clone(),
            notes: self.account.notes.clone(),
            deadline: self.deadline,
            begin: self.begin,
            criticality: self.hints.criticality,
            max_attempts: self.settings.max_attempts,
            first_token_matters: self.settings.hedge.is_some(),
            hold_json: self.settings.hold_json,
            commit_delay: self.settings.commit_delay,
            onward: self.onward.clone(),
        }
    }
}
