//! Reading a provider's body under the clocks that run after the first content: stall, progress and total.
//!
//! Until then only the deadline runs here: how long the first content may take, in silence or not, is the
//! first-token limit's to say, which bounds the attempt as a whole. A model that thinks for a minute is not stalled.

use bytes::Bytes;
use handover_policy::{Failure, Kind, Timeouts};
use http_body::Body;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// The clocks of one answer. One timer serves all of them: it is set for whichever comes first, and only when it
/// fires is it checked whether that clock was reset meanwhile, so a chunk costs two additions and no timer.
#[derive(Debug)]
pub(crate) struct Pace {
    timeouts: Timeouts,
    deadline: Instant,
    last_byte: Instant,
    last_content: Instant,
    begun: bool,
    /// Time spent waiting for the provider, in all.
    waited: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Pace {
    pub(crate) fn new(timeouts: Timeouts, deadline: Instant) -> Self {
        let now = Instant::now();
        let timer = Box::pin(tokio::time::sleep_until(deadline));
        Self {
            timeouts,
            deadline,
            last_byte: now,
            last_content: now,
            begun: false,
            waited: Duration::ZERO,
            timer,
        }
    }

    /// Content has come. From the first time on, all clocks run.
    pub(crate) fn content(&mut self) {
        self.last_content = self.last_byte;
        if !std::mem::replace(&mut self.begun, true) {
            let first = self.first_limit();
            self.timer.as_mut().reset(first);
        }
    }

    /// Time spent waiting for the provider, in all: unlike the time that has passed, it does not count a caller that
    /// reads slowly.
    pub(crate) fn waited(&self) -> Duration {
        self.waited
    }

    fn limits(&self) -> [(Instant, Kind); 3] {
        let Timeouts { stall, progress, .. } = self.timeouts;
        let far = self.deadline;
        if !self.begun {
            return [(far, Kind::Deadline), (far, Kind::Stall(stall)), (far, Kind::NoProgress(progress))];
        }
        [
            (self.deadline, Kind::Deadline),
            (self.last_byte.checked_add(stall).unwrap_or(far), Kind::Stall(stall)),
            (self.last_content.checked_add(progress).unwrap_or(far), Kind::NoProgress(progress)),
        ]
    }

    fn first_limit(&self) -> Instant {
        self.limits().into_iter().map(|(at, _)| at).min().unwrap_or(self.deadline)
    }

    /// The limit that has passed by `now`, if one has.
    fn passed(&self, now: Instant) -> Option<Kind> {
        self.limits().into_iter().find(|(at, _)| now >= *at).map(|(_, kind)| kind)
    }

    /// The next bytes of `body`, or `None` at its end.
    ///
    /// Bytes that are there win over a clock that has run out: a caller who reads slowly does not make the
    /// provider look silent. Only the deadline holds against them.
    pub(crate) async fn next<B>(
        &mut self,
        body: &mut B,
        broken: fn(B::Error) -> Failure,
    ) -> Result<Option<Bytes>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let mut waiting: Option<Instant> = None;
        poll_fn(|cx| {
            loop {
                match Pin::new(&mut *body).poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) => {
                        let Ok(data) = frame.into_data() else { continue };
                        if data.is_empty() {
                            continue;
                        }
                        self.last_byte = Instant::now();
                        if let Some(since) = waiting.take() {
                            self.waited += self.last_byte.saturating_duration_since(since);
                        }
                        if self.last_byte >= self.deadline {
                            return Poll::Ready(Err(Failure::new(Kind::Deadline)));
                        }
                        return Poll::Ready(Ok(Some(data)));
                    }
                    Poll::Ready(Some(Err(e))) => return Poll::Ready(Err(broken(e))),
                    Poll::Ready(None) => return Poll::Ready(Ok(None)),
                    Poll::Pending => {
                        waiting.get_or_insert_with(Instant::now);
                    }
                }
                if self.timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                if let Some(kind) = self.passed(Instant::now()) {
                    return Poll::Ready(Err(Failure::new(kind)));
                }
                let first = self.first_limit();
                self.timer.as_mut().reset(first);
            }
        })
        .await
    }
}
