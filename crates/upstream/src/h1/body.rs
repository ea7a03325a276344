//! The body of an HTTP/1.1 answer: framing on top of a wire.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};

use super::chunked::BadChunk;
use super::head::Framing;
use super::wire::Wire;
use crate::error::{BodyError, BodyErrorKind};
use crate::origin::Origin;
use crate::pool::IdlePool;

/// A body that is still on the wire. It owns the connection until it ends.
#[derive(Debug)]
pub(crate) struct H1Body {
    wire: Box<Wire>,
    framing: Framing,
    keep_alive: bool,
    origin: Arc<Origin>,
    pool: Arc<IdlePool>,
}

/// What one look at the wire gave.
pub(crate) enum Step {
    /// Content, with more to come.
    Content(Bytes),
    /// The end, with the last of the content (or nothing).
    End(Bytes),
}

impl H1Body {
    pub(crate) fn new(
        wire: Box<Wire>,
        framing: Framing,
        keep_alive: bool,
        origin: Arc<Origin>,
        pool: Arc<IdlePool>,
    ) -> Self {
        Self { wire, framing, keep_alive, origin, pool }
    }

    /// The whole body, if it has already been read along with the head.
    pub(crate) fn take_whole(&mut self) -> Option<Bytes> {
        match self.framing {
            Framing::Length(left) if left <= self.wire.read.len() as u64 => {
                Some(take_length(&mut self.wire.read, left).0)
            }
            Framing::Length(_) | Framing::Chunked(_) | Framing::Close => None,
        }
    }

    /// How many bytes are still to come, where that was said.
    pub(crate) fn exact_length(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(left) => Some(left),
            Framing::Chunked(_) | Framing::Close => None,
        }
    }

    /// Gives out everything that is there in one piece. After an end or an error, call [`H1Body::finish`] or
    /// drop it.
    pub(crate) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Step, BodyError>> {
        loop {
            let (content, done) = take(&mut self.framing, &mut self.wire.read)?;
            if done {
                return Poll::Ready(Ok(Step::End(content)));
            }
            if !content.is_empty() {
                return Poll::Ready(Ok(Step::Content(content)));
            }
            // The answer may begin before the request has been written to its end.
            self.wire.poll_write(cx);
            match ready!(self.wire.poll_read(cx)) {
                Ok(0) => return Poll::Ready(self.at_close()),
                Ok(_) => {}
                Err(e) => return Poll::Ready(Err(lost(e))),
            }
        }
    }

    /// The body is over: gives the connection back if it can carry another request, else closes it.
    pub(crate) fn finish(self) {
        if self.keep_alive && self.wire.is_clean() {
            self.pool.check_in(&self.origin.endpoint, self.wire);
        }
    }

    fn at_close(&self) -> Result<Step, BodyError> {
        match self.framing {
            Framing::Close => Ok(Step::End(Bytes::new())),
            Framing::Length(left) => Err(truncated(format!("connection closed with {left} bytes to come"))),
            Framing::Chunked(_) => Err(truncated("connection closed before the last chunk".to_owned())),
        }
    }
}

/// Takes the content out of what has been read, and says whether the body is over.
fn take(framing: &mut Framing, read: &mut BytesMut) -> Result<(Bytes, bool), BodyError> {
    match framing {
        Framing::Length(left) => {
            let (content, still) = take_length(read, *left);
            *left = still;
            Ok((content, still == 0))
        }
        Framing::Chunked(decoder) => {
            if read.is_empty() {
                return Ok((Bytes::new(), decoder.is_done()));
            }
            let content = decoder.decode(read).map_err(|BadChunk(reason)| {
                BodyError::new(BodyErrorKind::Protocol, format!("broken chunked body: {reason}"))
            })?;
            Ok((content, decoder.is_done()))
        }
        Framing::Close if read.is_empty() => Ok((Bytes::new(), false)),
        Framing::Close => Ok((read.split().freeze(), false)),
    }
}

/// Takes up to `left` bytes, and says how many are still to come.
fn take_length(read: &mut BytesMut, left: u64) -> (Bytes, u64) {
    let here = usize::try_from(left).unwrap_or(usize::MAX).min(read.len());
    if here == 0 {
        return (Bytes::new(), left);
    }
    (read.split_to(here).freeze(), left - here as u64)
}

fn truncated(message: String) -> BodyError {
    BodyError::new(BodyErrorKind::Truncated, message)
}

fn lost(error: io::Error) -> BodyError {
    // This is how TLS reports a connection that was closed without saying goodbye.
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return truncated("connection cut in mid-answer".to_owned()).caused_by(error);
    }
    BodyError::new(BodyErrorKind::Reset, format!("connection lost in mid-answer: {error}")).caused_by(error)
}
