//! Relaying a committed answer.
//!
//! The first content has been seen; from here on the caller reads. Each call of [`Relay::next`] reads the provider
//! as far as the caller needs and no further, so back-pressure goes from the caller to the provider, and dropping
//! the relay drops the provider's body.
//!
//! A tool call and an answer in JSON are held by the reader until they are whole: a caller gets all of them or nothing.
//!
//! A break after commit is another target's to go on from, where that is safe (module `onward`): the caller reads on in
//! the same stream. Otherwise the answer ends with an error event in the caller's dialect and an aborted body: official
//! SDKs take a clean end without an error for success (resilience notes, B30).

use crate::ask::{Answer, Won, is_refusal_of_load};
use crate::attempt::{Begun, failure_of};
use crate::cache::Keeping;
use crate::health::Permit;
use crate::onward::{Found, Left};
use crate::pace::Pace;
use crate::path::Path;
use crate::{Outcome, Upstream};
use bytes::Bytes;
use handover_dialect::hub::FinishReason;
use handover_dialect::{CallerError, ErrorKind, Frame, Reader, Stop};
use handover_policy::{Failure, Kind, Repetition, Stopped, blame, classify, tell};
use http_body::Body;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;

/// The answer broke off; the caller's connection is to be aborted so that nobody takes it for complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aborted;

impl std::fmt::Display for Aborted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer broke off and its end was announced as an error")
    }
}

impl std::error::Error for Aborted {}

/// How long the end of a provider's body is waited for behind its last event, so that its connection can be used
/// again.
const END_WAIT: Duration = Duration::from_millis(20);

/// What a caller reads while something is held: nothing, but its connection shows life. Every client passes over it.
pub(crate) const ALIVE: Bytes = Bytes::from_static(b": the answer is being written\n\n");
/// The same while another target is asked to go on.
const ASKING: Bytes = Bytes::from_static(b": another model is asked to go on\n\n");
/// How often, while nothing can go: well inside the shortest limits that clients set for a silence.
const ALIVE_EVERY: Duration = Duration::from_secs(5);

/// A committed stream.
pub struct Relay<U: Upstream> {
    body: Option<U::Body>,
    reader: Reader,
    held: std::vec::IntoIter<Bytes>,
    pace: Pace,
    state: State<U>,
    /// The request; elsewhere while another target is looked for.
    path: Option<Box<Path<U>>>,
    /// Held to the end: an answer under way counts against its target's limit.
    permit: Option<Permit>,
    keeping: Option<Keeping>,
    repetition: Repetition,
    /// Since when pieces have come and nothing has gone.
    silent_since: Option<Instant>,
}

enum State<U: Upstream> {
    Reading,
    /// The answer is complete; the trailer and the end of the body are left.
    Complete,
    Broken(Failure),
    /// Another target is looked for.
    HandingOver(Failure, Pin<Box<dyn Future<Output = Found<U>> + Send>>),
    /// The error event is out.
    Aborting,
    Done,
}

impl<U: Upstream> std::fmt::Debug for Relay<U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("reader", &self.reader).finish_non_exhaustive()
    }
}

impl<U: Upstream> Relay<U> {
    pub(crate) fn new(
        begun: Begun<U::Body>,
        path: Box<Path<U>>,
        permit: Permit,
        mut keeping: Option<Keeping>,
    ) -> Self {
        let Begun { body, reader, held, complete, pace, .. } = begun;
        let state = if complete { State::Complete } else { State::Reading };
        if let Some(keeping) = &mut keeping {
            held.iter().for_each(|part| keeping.push(part));
        }
        Self {
            body: Some(body),
            reader,
            held: held.into_iter(),
            pace,
            state,
            path: Some(path),
            permit: Some(permit),
            keeping,
            repetition: Repetition::default(),
            silent_since: None,
        }
    }

    /// The next bytes for the caller, `None` at the answer's proper end.
    ///
    /// # Errors
    /// [`Aborted`], once, behind the error event of a broken answer.
    pub async fn next(&mut self) -> Option<Result<Bytes, Aborted>> {
        loop {
            if let Some(bytes) = self.held.next() {
                return Some(Ok(bytes));
            }
            match &mut self.state {
                State::Reading => {
                    let bytes = self.read().await;
                    if !bytes.is_empty() {
                        return Some(Ok(bytes));
                    }
                }
                State::Complete => return Some(Ok(self.complete().await)),
                State::Broken(failure) => {
                    let failure = failure.clone();
                    self.leave(failure);
                }
                State::HandingOver(failure, found) => match tokio::time::timeout(ALIVE_EVERY, found).await {
                    Err(_) => return Some(Ok(ASKING)),
                    Ok((path, Ok((place, won)))) => self.take_up(path, place, *won),
                    Ok((path, Err(stopped))) => {
                        let failure = failure.clone();
                        self.path = Some(path);
                        return Some(Ok(self.stop(&failure, stopped)));
                    }
                },
                State::Aborting => {
                    self.state = State::Done;
                    // The error event must be on its way before the connection is torn down.
                    let mut flushed = false;
                    poll_fn(|cx| {
                        if std::mem::replace(&mut flushed, true) {
                            return Poll::Ready(());
                        }
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    })
                    .await;
                    return Some(Err(Aborted));
                }
                State::Done => return None,
            }
        }
    }

    /// Reads one chunk of the provider's body and sets what follows from it.
    async fn read(&mut self) -> Bytes {
        let Some(body) = &mut self.body else {
            self.state = State::Broken(Failure::new(Kind::Truncated));
            return Bytes::new();
        };
        let Frame { released, bytes, seen } = match self.pace.next(body, U::broken).await {
            Ok(Some(chunk)) => self.reader.read(chunk),
            // What breaks off, or stays open, behind a complete answer does not spoil it.
            ended @ (Ok(None) | Err(_)) => {
                let why = ended.err().unwrap_or_else(|| Failure::new(Kind::Truncated));
                match self.reader.end() {
                    Ok(mut frame) => {
                        frame.seen.terminal = true;
                        frame
                    }
                    Err(_) => {
                        self.state = State::Broken(why);
                        self.reader.last_words()
                    }
                }
            }
        };
        if seen.content || seen.held {
            self.pace.content();
        }
        if let Some(fault) = seen.fault {
            self.state = State::Broken(failure_of(fault));
        } else if seen.terminal {
            self.state = State::Complete;
        } else if seen.content && is_endless(&mut self.repetition, &self.reader, &self.pace) {
            self.state = State::Broken(Failure::new(Kind::Repeating));
        }
        if let Some(keeping) = &mut self.keeping {
            released.iter().for_each(|part| keeping.push(part));
            keeping.push(&bytes);
        }
        if released.is_empty() {
            return if seen.held && bytes.is_empty() { self.alive() } else { bytes };
        }
        self.silent_since = None;
        // A tool call that was held: its pieces first, in order.
        let mut parts = released;
        parts.extend(Some(bytes).filter(|bytes| !bytes.is_empty()));
        self.held = parts.into_iter();
        self.held.next().unwrap_or_default()
    }

    /// Something that says nothing, where nothing has gone for a while.
    fn alive(&mut self) -> Bytes {
        let now = Instant::now();
        let since = *self.silent_since.get_or_insert(now);
        if now.saturating_duration_since(since) < ALIVE_EVERY {
            return Bytes::new();
        }
        self.silent_since = Some(now);
        ALIVE
    }

    /// The whole answer is handed over: the record goes behind it, and the body is read to its end.
    async fn complete(&mut self) -> Bytes {
        if let Some(mut body) = self.body.take() {
            let end = poll_fn(|cx| {
                while let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(cx) {
                    if !matches!(frame, Some(Ok(_))) {
                        return Poll::Ready(());
                    }
                }
                Poll::Pending
            });
            // Its end may be late or never come; the answer is complete all the same.
            let _ = tokio::time::timeout(END_WAIT, end).await;
        }
        self.state = State::Done;
        if let Some(mut permit) = self.permit.take() {
            permit.finished();
        }
        let Some(path) = &mut self.path else { return Bytes::new() };
        let served = &path.account.served;
        if let (Some(keeping), Some(FinishReason::Stop), Some(target)) =
            (self.keeping.take(), self.reader.finish(), &served.target)
        {
            let model = self.reader.model().map(str::to_owned).or_else(|| served.model.clone());
            keeping.keep(true, target.clone(), model, served.signal);
        }
        path.account.end(Outcome::Complete, Some(&self.reader), None);
        Bytes::from(path.account.served.trailer())
    }

    /// The answer broke after it had begun: its target is let go, and another is looked for.
    fn leave(&mut self, failure: Failure) {
        // The provider's work is of no use any more.
        self.body = None;
        if let Some(mut permit) = self.permit.take() {
            let class = classify(&failure);
            permit.failed(&blame(&class, &failure, permit.draw()), is_refusal_of_load(&class));
        }
        self.keeping = None;
        let left = Left::of(&self.reader);
        self.state = match self.path.take() {
            Some(path) => State::HandingOver(failure.clone(), Box::pin(path.go_on(failure, left))),
            None => State::Done,
        };
    }

    /// A target goes on with the answer.
    fn take_up(&mut self, mut path: Box<Path<U>>, place: usize, won: Won<U>) {
        let Won { answer, losses, permit, how, .. } = won;
        if let (Some(target), Some(how)) = (path.targets.get(place).cloned(), how) {
            path.serves(&target, permit.key, &losses);
            path.handed_over(&target.id, how);
        }
        self.path = Some(path);
        self.permit = Some(permit);
        self.silent_since = None;
        self.repetition = Repetition::default();
        let Answer::Stream(begun) = answer else {
            // A caller that streams is never given a whole answer.
            self.state = State::Broken(Failure::new(Kind::Truncated));
            return;
        };
        let Begun { body, reader, held, complete, pace, .. } = *begun;
        (self.body, self.reader, self.pace) = (Some(body), reader, pace);
        self.held = held.into_iter();
        self.state = if complete { State::Complete } else { State::Reading };
    }

    /// Nobody can go on: an honest end.
    fn stop(&mut self, failure: &Failure, stopped: Stopped) -> Bytes {
        self.state = State::Aborting;
        let Some(path) = &mut self.path else { return Bytes::new() };
        let account = &mut path.account;
        let target = account.served.target.as_deref().unwrap_or_default().to_owned();
        let told = tell(failure);
        account.served.stopped = Some(stopped);
        let detail = format!("{}: {}; not continued: {}", told.code, told.words, stopped.words());
        account.end(Outcome::Interrupted, Some(&self.reader), Some(detail));
        let message = if failure.kind == Kind::Deadline {
            "The answer was cut off: the request's time was over. The text so far is kept.".to_owned()
        } else {
            format!(
                "The answer was cut off: {target} {}. No other model went on with it, because {}. The text so far is \
                 kept.",
                told.words,
                stopped.words()
            )
        };
        let mut error = CallerError::new(ErrorKind::StreamInterrupted, message);
        error.stop = Some(Box::new(Stop {
            target,
            failure: told.code,
            reason: stopped.code(),
            delivered_tokens: self.reader.tokens(),
        }));
        error.event(path.incoming.call.dialect, &account.served.request_id)
    }
}

/// Whether the answer has fallen into a loop.
pub(crate) fn is_endless(repetition: &mut Repetition, reader: &Reader, pace: &Pace) -> bool {
    let (tail, length) = reader.tail();
    repetition.is_endless(tail, length, pace.waited())
}

impl<U: Upstream> Drop for Relay<U> {
    /// The caller has left. One that has the terminator has its answer: many do not wait for what is behind it.
    fn drop(&mut self) {
        let outcome = match self.state {
            State::Complete if self.held.as_slice().is_empty() => Outcome::Complete,
            State::Complete | State::Reading | State::Broken(_) | State::HandingOver(..) => {
                Outcome::Cancelled
            }
            State::Aborting | State::Done => return,
        };
        // While another target is looked for, the request closes its own record.
        if let Some(path) = &mut self.path {
            path.account.end(outcome, Some(&self.reader), None);
        }
    }
}
