//! Which request is being answered by which provider, as the providers' sockets show it.
//!
//! This is how it is measured that a caller who leaves is followed: the moment the caller's socket was closed,
//! against the moment the gateway closed the provider's. Both are taken by this process, from the same clock.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How far a provider had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    BeforeHead,
    BeforeFirstToken,
    InAnswer,
}

impl Phase {
    pub(crate) const ALL: [Phase; 3] = [Phase::BeforeHead, Phase::BeforeFirstToken, Phase::InAnswer];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Phase::BeforeHead => "before the head",
            Phase::BeforeFirstToken => "before the first token",
            Phase::InAnswer => "in the answer",
        }
    }
}

/// How an attempt ended, as the provider sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The gateway closed the connection.
    Closed,
    /// The answer was whole, or the provider broke it off.
    ByProvider,
}

#[derive(Debug, Clone)]
struct Attempt {
    asked: Instant,
    phase: Phase,
    phase_when_left: Option<Phase>,
    ended: Option<(Instant, End)>,
}

#[derive(Debug, Default)]
struct Request {
    left: Option<Instant>,
    attempts: Vec<Attempt>,
}

/// A time from a caller's leaving to a provider's connection being closed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Followed {
    pub(crate) phase: Phase,
    pub(crate) left: Instant,
    pub(crate) took: Duration,
}

/// What is known of a request some time after its end.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) followed: Vec<Followed>,
    pub(crate) violations: Vec<String>,
}

/// A caller may be gone for so long before that must have reached every provider.
pub(crate) const FOLLOW_LIMIT: Duration = Duration::from_millis(100);

/// The requests whose end is not yet long past.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<u32, Request>>);

/// An attempt's place in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    number: u32,
    index: usize,
}

impl Ledger {
    /// A request is about to be sent.
    pub(crate) fn sent(&self, number: u32) {
        self.0.lock().insert(number, Request::default());
    }

    /// A provider has seen a request. Nothing is kept of one that is long over.
    pub(crate) fn asked(&self, number: u32) -> Option<Place> {
        let mut requests = self.0.lock();
        let request = requests.get_mut(&number)?;
        request.attempts.push(Attempt {
            asked: Instant::now(),
            phase: Phase::BeforeHead,
            phase_when_left: None,
            ended: None,
        });
        Some(Place { number, index: request.attempts.len() - 1 })
    }

    fn change(&self, place: Place, change: impl FnOnce(&mut Attempt)) {
        let mut requests = self.0.lock();
        let attempt = requests.get_mut(&place.number).and_then(|r| r.attempts.get_mut(place.index));
        if let Some(attempt) = attempt {
            change(attempt);
        }
    }

    pub(crate) fn reached(&self, place: Place, phase: Phase) {
        self.change(place, |attempt| attempt.phase = attempt.phase.max(phase));
    }

    pub(crate) fn ended(&self, place: Place, end: End) {
        let now = Instant::now();
        self.change(place, |attempt| attempt.ended = attempt.ended.or(Some((now, end))));
    }

    /// The caller is gone as of now.
    pub(crate) fn left(&self, number: u32) {
        if let Some(request) = self.0.lock().get_mut(&number) {
            request.left = Some(Instant::now());
            for attempt in request.attempts.iter_mut().filter(|attempt| attempt.ended.is_none()) {
                attempt.phase_when_left = Some(attempt.phase);
            }
        }
    }

    /// Closes a request's account, some time after its end. Nobody may be working for it any more.
    pub(crate) fn judge(&self, number: u32) -> Judged {
        let mut judged = Judged::default();
        let Some(request) = self.0.lock().remove(&number) else { return judged };
        let now = Instant::now();
        for attempt in &request.attempts {
            if attempt.ended.is_none() {
                judged
                    .violations
                    .push("a provider was still being asked long after the request's end".into());
            }
            let Some(left) = request.left else { continue };
            if attempt.asked > left + FOLLOW_LIMIT {
                judged.violations.push("a provider was asked after the caller had left".into());
            }
            let Some(phase) = attempt.phase_when_left else { continue };
            let (ended, end) = attempt.ended.unwrap_or((now, End::Closed));
            let took = ended.saturating_duration_since(left);
            // An answer that ended by itself in the meantime says nothing; one that went on for longer does.
            if end == End::Closed || took > FOLLOW_LIMIT {
                judged.followed.push(Followed { phase, left, took });
            }
        }
        judged
    }

    /// Requests under way, or ended a moment ago.
    pub(crate) fn open(&self) -> usize {
        self.0.lock().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn gone(after: u64, end: Option<End>) -> Judged {
        let ledger = Ledger::default();
        ledger.sent(1);
        let place = ledger.asked(1).unwrap();
        ledger.reached(place, Phase::InAnswer);
        ledger.left(1);
        tokio::time::advance(Duration::from_millis(after)).await;
        if let Some(end) = end {
            ledger.ended(place, end);
        }
        ledger.judge(1)
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_from_leaving_to_the_close_is_the_one_measured() {
        let judged = gone(70, Some(End::Closed)).await;
        assert_eq!(judged.followed[0].took, Duration::from_millis(70));
        assert_eq!(judged.followed[0].phase, Phase::InAnswer);
        assert!(judged.violations.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_goes_on_for_nobody_is_counted_and_a_short_rest_is_not() {
        assert_eq!(gone(100, Some(End::ByProvider)).await.followed.len(), 0);
        assert_eq!(gone(101, Some(End::ByProvider)).await.followed.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_outlives_its_request_is_a_violation() {
        assert_eq!(gone(2000, None).await.violations.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_asked_for_a_caller_who_is_gone_is_a_violation() {
        let asked_after = async |ms| {
            let ledger = Ledger::default();
            ledger.sent(1);
            ledger.left(1);
            tokio::time::advance(Duration::from_millis(ms)).await;
            let place = ledger.asked(1).unwrap();
            ledger.ended(place, End::Closed);
            ledger.judge(1).violations.len()
        };
        assert_eq!((asked_after(100).await, asked_after(101).await), (0, 1));
    }
}
