//! One HTTP/1.1 connection, driven by whoever holds it.
//!
//! Invariants: nothing polls a wire but its holder (the future of one `send`, then the body, then nobody while
//! it is idle), so dropping the holder closes the socket at once. A wire carries one request at a time.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use http::Method;
use tokio::io::ReadBuf;
use tokio_util::io::poll_read_buf;

use super::head::{self, BadHead, Head};
use crate::Request;
use crate::connect::Io;

/// How much room a read is given at first. A JSON answer and a usual burst of events fit.
const READ_ROOM: usize = 16 * 1024;

/// How far the room grows when an answer fills it, and so the most that one read takes in.
const MAX_READ_ROOM: usize = 64 * 1024;

/// Below this much room the buffer is made larger before the next read.
const MIN_READ_ROOM: usize = 4 * 1024;

/// Bodies up to this size are copied behind the head, so that one plain write sends both.
const COPY_LIMIT: usize = 8 * 1024;

/// A request buffer larger than this is given back between requests.
const KEEP_OUT: usize = 32 * 1024;

/// One connection.
pub(crate) struct Wire {
    io: Box<dyn Io>,
    /// Bytes read and not yet used.
    pub(crate) read: BytesMut,
    room: usize,
    scanned: usize,
    /// The head of the request (and a small body), and how much of it has been written.
    out: Vec<u8>,
    out_done: usize,
    /// What is still to be written of a large body.
    body: Bytes,
    method: Method,
    flushed: bool,
    write_error: Option<io::Error>,
    wrote: bool,
    saw_bytes: bool,
    reused: bool,
}

/// Why no head came.
#[derive(Debug)]
pub(crate) enum H1Error {
    /// The connection was lost. `None` is a clean close.
    Lost(Option<io::Error>),
    /// Something came that is no HTTP response.
    Bad(BadHead),
}

impl Wire {
    pub(crate) fn new(io: Box<dyn Io>) -> Self {
        Self {
            io,
            read: BytesMut::new(),
            room: READ_ROOM,
            scanned: 0,
            out: Vec::new(),
            out_done: 0,
            body: Bytes::new(),
            method: Method::POST,
            flushed: true,
            write_error: None,
            wrote: false,
            saw_bytes: false,
            reused: false,
        }
    }

    /// Prepares the next request. Nothing is written yet.
    pub(crate) fn start(&mut self, request: &Request) {
        self.out.clear();
        self.out.shrink_to(KEEP_OUT);
        self.out_done = 0;
        head::encode(request, &mut self.out);
        if request.body.len() <= COPY_LIMIT {
            self.out.extend_from_slice(&request.body);
        } else {
            self.body = request.body.clone();
        }
        self.method = request.method.clone();
        if self.room != READ_ROOM {
            // The last answer was a long one. Its buffer is not kept.
            self.room = READ_ROOM;
            self.read = BytesMut::new();
        }
        self.scanned = 0;
        self.flushed = false;
        self.wrote = false;
        self.saw_bytes = false;
    }

    /// Whether any byte of the request was written.
    pub(crate) fn wrote(&self) -> bool {
        self.wrote
    }

    /// Whether this failure may be the old connection's and not the provider's: the connection had been idle,
    /// and not one byte of an answer came.
    pub(crate) fn was_stale(&self, error: &H1Error) -> bool {
        self.reused && !self.saw_bytes && matches!(error, H1Error::Lost(_))
    }

    /// Writes the request and reads the head of the answer.
    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Head, H1Error>> {
        self.poll_write(cx);
        loop {
            if !self.read.is_empty() {
                match head::parse(&mut self.read, &mut self.scanned, &self.method) {
                    Ok(Some(head)) => return Poll::Ready(Ok(head)),
                    Ok(None) => {}
                    Err(bad) => return Poll::Ready(Err(H1Error::Bad(bad))),
                }
            }
            // An answer may come although the request could not be written to its end: a server that refuses
            // a large body says why and closes.
            match self.poll_read(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(H1Error::Lost(self.write_error.take()))),
                Poll::Ready(Ok(_)) => self.saw_bytes = true,
                Poll::Ready(Err(e)) => return Poll::Ready(Err(H1Error::Lost(Some(e)))),
                Poll::Pending => {
                    return match self.write_error.take() {
                        Some(e) => Poll::Ready(Err(H1Error::Lost(Some(e)))),
                        None => Poll::Pending,
                    };
                }
            }
        }
    }

    /// Reads once. `Ok(0)` is the end of the connection.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.read.capacity() - self.read.len() < MIN_READ_ROOM {
            self.read.reserve(self.room);
        }
        let room = self.read.capacity() - self.read.len();
        let count = ready!(poll_read_buf(Pin::new(&mut *self.io), cx, &mut self.read))?;
        if count == room {
            self.room = (self.room * 2).min(MAX_READ_ROOM);
        }
        Poll::Ready(Ok(count))
    }

    /// Goes on writing the request, as far as the peer takes it. A failure is remembered and not returned.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) {
        if self.flushed || self.write_error.is_some() {
            return;
        }
        match self.try_write(cx) {
            Poll::Ready(Ok(())) => self.flushed = true,
            Poll::Ready(Err(e)) => self.write_error = Some(e),
            Poll::Pending => {}
        }
    }

    fn try_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.out_done < self.out.len() || !self.body.is_empty() {
            let head = &self.out[self.out_done..];
            let io = Pin::new(&mut *self.io);
            let count = if self.body.is_empty() {
                ready!(io.poll_write(cx, head))?
            } else if head.is_empty() {
                ready!(io.poll_write(cx, &self.body))?
            } else {
                ready!(io.poll_write_vectored(cx, &[IoSlice::new(head), IoSlice::new(&self.body)]))?
            };
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.wrote = true;
            let of_head = count.min(head.len());
            self.out_done += of_head;
            self.body.advance(count - of_head);
        }
        Pin::new(&mut *self.io).poll_flush(cx)
    }

    /// Whether the exchange is over on both sides, with nothing left over: fit for another request.
    pub(crate) fn is_clean(&self) -> bool {
        self.flushed && self.write_error.is_none() && self.read.is_empty()
    }

    /// Takes an idle connection up again. `false` if the peer closed it, or sent what nobody asked for.
    ///
    /// Nobody waits for the socket, so a waker that does nothing is enough: pending means still open.
    pub(crate) fn revive(&mut self) -> bool {
        self.reused = true;
        let mut byte = [0; 1];
        let mut buf = ReadBuf::new(&mut byte);
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(&mut *self.io).poll_read(&mut cx, &mut buf).is_pending()
    }
}

impl std::fmt::Debug for Wire {
    /// Neither buffer is shown: they hold keys and prompts.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("reused", &self.reused)
            .field("wrote", &self.wrote)
            .finish_non_exhaustive()
    }
}
