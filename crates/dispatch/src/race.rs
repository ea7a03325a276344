//! Hedging on a late first token: when the target asked first takes its time, the next one is asked beside it, and
//! whoever brings the first token serves.
//!
//! Off unless a route asks for it, since the loser's prompt is billed ("The Tail at Scale", Dean and Barroso, 2013,
//! has the idea for requests that cost little). A hedge needs a free target to go to and room in the budget of
//! waste, and there is one per request. The loser is cancelled at once, by dropping it.

use crate::Upstream;
use crate::ask::{Asked, Seat, prompt_estimate};
use crate::health::Permit;
use crate::path::Path;
use futures_util::future::{Either, select};
use handover_policy::Step;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

impl<U: Upstream> Path<U> {
    /// Asks the target in `seat`, and after a while perhaps one more. The place that the outcome is of, and what it is.
    pub(crate) async fn race(&mut self, seat: Seat, permit: Permit) -> (usize, Asked<U>) {
        let place = seat.place;
        let asker = self.asker();
        let overtaken = permit.overtaken();
        let Some(after) = self.settings.hedge.filter(|_| self.onward.is_none()) else {
            return (place, Box::pin(asker.ask(seat, permit)).await);
        };
        let mut first = Box::pin(asker.ask(seat, permit));
        tokio::select! {
            biased;
            asked = &mut first => return (place, asked),
            () = tokio::time::sleep(after) => {}
        }
        if self.account.notes.has_begun(place) {
            return (place, first.await);
        }
        let Some((second, permit)) = self.hedge(place) else { return (place, first.await) };
        let second_place = second.place;
        let second = Box::pin(asker.ask(second, permit));
        let (winner, asked, rest) = match select(first, second).await {
            Either::Left((asked, rest)) => (place, asked, (second_place, rest)),
            Either::Right((asked, rest)) => (second_place, asked, (place, rest)),
        };
        let (other, rest) = rest;
        // What the second one cannot take, the first, which is still at it, may.
        let may_wait = |step: &Step| *step != Step::Return || winner != place;
        match asked {
            Err(lost) if may_wait(&lost.step) => {
                // One of the two is out; the other may still answer.
                self.lost(winner, lost.failure);
                (other, rest.await)
            }
            asked @ (Ok(_) | Err(_)) => {
                // The second one was asked later: that it lost says nothing of it.
                overtaken.store(other == place, Ordering::Relaxed);
                drop(rest);
                self.account.notes.outpace(other, self.account.now());
                self.engine.waste.lock().spent(Instant::now(), prompt_estimate(&self.incoming));
                (winner, asked)
            }
        }
    }

    /// The next target, if one is free and the budget has room.
    fn hedge(&mut self, place: usize) -> Option<(Seat, Permit)> {
        let estimate = prompt_estimate(&self.incoming);
        if !self.engine.waste.lock().may_spend(Instant::now(), estimate) {
            return None;
        }
        let candidates: Vec<usize> = (place + 1..self.targets.len()).filter(|p| self.may_ask(*p)).collect();
        for candidate in candidates {
            if let Ok(permit) = self.admit(candidate, false) {
                let seat = self.seat(candidate, false)?;
                self.done.insert(candidate);
                return Some((seat, permit));
            }
        }
        None
    }
}

/// How long to wait before asking the same target again when it is the only one: resilience notes, C, "jittered
/// backoff": full jitter between these, inside the deadline.
pub(crate) const RETRY_WAIT: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));
