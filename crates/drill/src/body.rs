//! A response body that plays its steps against tokio's clock.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::connection::Connection;
use crate::play::{Break, Step};
use crate::record::Watch;

/// How often a body steps back to let the connection write before it breaks.
/// HTTP/2 hands data from the stream's task to the connection's task, which takes more than one turn.
const BREATHS: u8 = 4;

/// Why there is no response, or no more of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The connection closes (FIN).
    #[error("the simulated provider closes the connection")]
    Closed,
    /// The connection is reset (RST).
    #[error("the simulated provider resets the connection")]
    Reset,
    /// HTTP/2 RST_STREAM.
    #[error("the simulated provider resets the stream")]
    StreamReset,
    /// HTTP/2 GOAWAY.
    #[error("the simulated provider goes away")]
    GoAway,
    /// The request's body could not be read.
    #[error("the request could not be read")]
    Unreadable,
}

/// The body of a simulated response. Dropping it before its end is recorded as the client's hang-up.
#[derive(Debug)]
pub struct SimBody {
    steps: Arc<[Step]>,
    next: usize,
    /// When the last wait was over: waits add up from here, so that a paced stream does not drift.
    clock: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
    breaths: u8,
    connection: Option<Connection>,
    watch: Option<Watch>,
}

impl SimBody {
    pub(crate) fn new(steps: Arc<[Step]>, connection: Option<Connection>, watch: Option<Watch>) -> Self {
        SimBody { steps, next: 0, clock: Instant::now(), sleep: None, breaths: 0, connection, watch }
    }

    fn step_done(&mut self) {
        self.next += 1;
        if self.next == self.steps.len()
            && let Some(watch) = &mut self.watch
        {
            watch.played();
        }
    }

    fn break_off(&mut self, how: Break) -> Broken {
        let broken = match how {
            Break::Close => Broken::Closed,
            Break::Reset => Broken::Reset,
            Break::Stream => Broken::StreamReset,
            Break::GoAway => Broken::GoAway,
        };
        if let Some(watch) = &mut self.watch {
            watch.played();
        }
        if let Some(connection) = &self.connection {
            connection.break_off(broken);
        }
        broken
    }

    fn poll_wait(&mut self, time: std::time::Duration, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.clock + time;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        ready!(sleep.as_mut().poll(cx));
        self.clock = until;
        Poll::Ready(())
    }
}

impl Body for SimBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            let Some(step) = self.steps.get(self.next) else {
                return Poll::Ready(None);
            };
            match step {
                Step::Send { bytes, tokens } => {
                    let (bytes, tokens) = (bytes.clone(), *tokens);
                    if let Some(watch) = self.watch.as_ref().filter(|_| tokens > 0) {
                        watch.sent(tokens);
                    }
                    self.step_done();
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Step::Wait(time) => {
                    let time = *time;
                    ready!(self.poll_wait(time, cx));
                    self.step_done();
                }
                Step::Breath if self.breaths < BREATHS => {
                    self.breaths += 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Step::Breath => {
                    self.breaths = 0;
                    self.step_done();
                }
                Step::LastAnswer => {
                    if let Some(connection) = &self.connection {
                        connection.last_answer();
                    }
                    self.step_done();
                }
                // Woken by nothing: the connection ends this when the client leaves.
                Step::Stall => return Poll::Pending,
                Step::Break(how) => {
                    let how = *how;
                    let broken = self.break_off(how);
                    // The break is the end: whoever polls again gets no second error.
                    self.next = self.steps.len();
                    return Poll::Ready(Some(Err(broken)));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.steps.len()
    }

    /// Exact when nothing stands in the way of sending it all: then the response has a content length.
    fn size_hint(&self) -> SizeHint {
        match &self.steps[self.next.min(self.steps.len())..] {
            [] => SizeHint::with_exact(0),
            [Step::Send { bytes, .. }] | [Step::LastAnswer, Step::Send { bytes, .. }] => {
                SizeHint::with_exact(bytes.len() as u64)
            }
            _more => SizeHint::default(),
        }
    }
}
