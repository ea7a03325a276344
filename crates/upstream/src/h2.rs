//! HTTP/2 to a provider, on hyper: shared connections, and the two failures that are safe to retry.
//!
//! A client that keeps one connection per origin queues silently once the server's stream limit is reached.
//! Here a connection takes at most as many requests as the server allows (and never more than
//! [`MAX_STREAMS`]); the next request opens another one. What the server allows is known from its first answer on.
//!
//! A connection's own task only moves frames. It ends with the client, and dropping a body resets its stream.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connect::Io;
use crate::error::{BodyError, BodyErrorKind, SendError, SendErrorKind};
use crate::origin::Endpoint;

/// The most requests one connection carries at once: the usual limit of servers.
const MAX_STREAMS: usize = 100;

/// The longest response head, in bytes.
const MAX_HEADER_LIST: u32 = 64 * 1024;

/// How much of one answer may be on its way before its reader takes some: what bounds memory for slow readers.
const STREAM_WINDOW: u32 = 256 * 1024;

/// The window of the whole connection: room for all streams, so that one slow reader does not stop the others.
const CONNECTION_WINDOW: u32 = STREAM_WINDOW * 101;

/// A connection with requests on it is probed when it has been silent for so long.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The most content one frame of a body gathers.
const MAX_GATHERED: usize = 64 * 1024;

/// The shared connections of a client.
#[derive(Debug)]
pub(crate) struct H2Pool {
    slots: Mutex<HashMap<Endpoint, Arc<Slot>>>,
    generations: AtomicU64,
    tasks: Tasks,
}

/// The connections to one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    shared: Mutex<Vec<Shared>>,
    /// Held while a connection is being opened, so that a cold burst opens one connection and not a hundred.
    pub(crate) opening: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
struct Shared {
    sender: SendRequest<Full<Bytes>>,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// Counts up, so that a retry can ask for a connection younger than the one that failed.
    generation: u64,
    in_flight: AtomicUsize,
    /// What the server allows, as far as we know: its settings come after the first requests have left.
    limit: AtomicUsize,
    /// Wakes the driver, which alone can read what the server allows.
    driver: AtomicWaker,
    /// Whether an answer has come over it.
    served: AtomicBool,
    /// Takes no new requests.
    retired: AtomicBool,
}

/// The right to run one request on a shared connection.
#[derive(Debug)]
pub(crate) struct Lease {
    shared: Shared,
    /// The connection had served before and had nothing to do: it may have died unseen.
    was_idle: bool,
}

/// A request that failed before its response head.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: SendError,
    /// If it is safe to retry: the retry must use a connection younger than this one.
    pub(crate) retry_after: Option<u64>,
}

// === impl H2Pool ===

impl H2Pool {
    pub(crate) fn new() -> Self {
        let tasks = Tasks { tracker: TaskTracker::new(), stop: CancellationToken::new() };
        Self { slots: Mutex::new(HashMap::new()), generations: AtomicU64::new(1), tasks }
    }

    pub(crate) fn slot(&self, endpoint: &Endpoint) -> Arc<Slot> {
        let mut slots = self.slots.lock();
        match slots.get(endpoint) {
            Some(slot) => Arc::clone(slot),
            None => Arc::clone(slots.entry(endpoint.clone()).or_default()),
        }
    }

    /// Speaks HTTP/2 on a new connection, and shares it.
    pub(crate) async fn start(&self, slot: &Slot, io: Box<dyn Io>) -> Result<Lease, SendError> {
        let handshake = Builder::new(self.tasks.clone())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MAX_HEADER_LIST)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .handshake(TokioIo::new(io));
        let (sender, connection) = handshake.await.map_err(|e| {
            SendError::unreached(SendErrorKind::Protocol, "HTTP/2 handshake failed").caused_by(e)
        })?;
        let state = Arc::new(State {
            generation: self.generations.fetch_add(1, Ordering::Relaxed),
            in_flight: AtomicUsize::new(1),
            limit: AtomicUsize::new(MAX_STREAMS),
            driver: AtomicWaker::new(),
            served: AtomicBool::new(false),
            retired: AtomicBool::new(false),
        });
        self.tasks.run(Driver { connection, state: Arc::clone(&state) });
        let shared = Shared { sender, state };
        slot.shared.lock().push(shared.clone());
        Ok(Lease { shared, was_idle: false })
    }

    /// Ends every connection and waits until their tasks are gone.
    pub(crate) async fn close(&self) {
        self.slots.lock().clear();
        self.tasks.stop.cancel();
        self.tasks.tracker.close();
        self.tasks.tracker.wait().await;
    }
}

impl Drop for H2Pool {
    fn drop(&mut self) {
        self.tasks.stop.cancel();
    }
}

impl Slot {
    /// Room on an open connection younger than `after`, if there is any.
    pub(crate) fn lease(&self, after: u64) -> Option<Lease> {
        let mut shared = self.shared.lock();
        shared.retain(|c| !c.sender.is_closed() && !c.state.retired.load(Ordering::Relaxed));
        let open = shared.iter().find(|c| {
            after < c.state.generation
                && c.state.in_flight.load(Ordering::Relaxed) < c.state.limit.load(Ordering::Relaxed)
        })?;
        let before = open.state.in_flight.fetch_add(1, Ordering::Relaxed);
        let was_idle = before == 0 && open.state.served.load(Ordering::Relaxed);
        Some(Lease { shared: open.clone(), was_idle })
    }
}

// === impl Lease ===

impl Lease {
    /// Runs one request to its response head. The lease lives on in the body.
    pub(crate) async fn send(
        mut self,
        request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<H2Body>, Failed> {
        match self.shared.sender.try_send_request(request).await {
            Ok(response) => {
                if !self.shared.state.served.swap(true, Ordering::Relaxed) {
                    self.shared.state.driver.wake();
                }
                Ok(response.map(|incoming| H2Body { incoming, _lease: self, failed: None, ended: false }))
            }
            Err(mut failure) => {
                let unsent = failure.take_message().is_some();
                Err(self.failed(failure.into_error(), unsent))
            }
        }
    }

    fn failed(&self, error: hyper::Error, unsent: bool) -> Failed {
        let cause = h2_cause(&error);
        let unprocessed = unsent || cause.is_some_and(is_unprocessed);
        let kind = match cause {
            Some(e) if is_unprocessed(e) => SendErrorKind::Goaway,
            Some(e) if e.is_reset() || e.is_io() || e.is_remote() => SendErrorKind::ResetBeforeHeaders,
            Some(_) => SendErrorKind::Protocol,
            None => SendErrorKind::ResetBeforeHeaders,
        };
        // A reset concerns one stream; everything else, the whole connection.
        if cause.is_none_or(|e| !e.is_reset() || is_unprocessed(e)) {
            self.shared.state.retired.store(true, Ordering::Relaxed);
        }
        let connection_lost = cause.is_none_or(h2::Error::is_io);
        let retry = unprocessed || (self.was_idle && connection_lost);
        let message =
            format!("HTTP/2 request failed: {}", cause.map_or(error.to_string(), h2::Error::to_string));
        let error = SendError { kind, reached: !unsent, message, source: Some(error.into()) };
        Failed { error, retry_after: retry.then_some(self.shared.state.generation) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.shared.state.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The error of the h2 library behind hyper's: the only place that knows the reason.
fn h2_cause(error: &hyper::Error) -> Option<&h2::Error> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

/// The server says that it did not process the request (RFC 9113, section 8.7).
fn is_unprocessed(error: &h2::Error) -> bool {
    error.is_remote()
        && (error.is_go_away() || (error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM)))
}

// === the tasks of connections ===

#[derive(Clone, Debug)]
struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    fn run<F: Future<Output: Send> + Send + 'static>(&self, task: F) {
        self.tracker.spawn(self.stop.clone().run_until_cancelled_owned(task));
    }
}

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.run(task);
    }
}

/// Drives a connection, and tells its sharers how many streams the server allows.
struct Driver {
    connection: Connection<TokioIo<Box<dyn Io>>, Full<Bytes>, Tasks>,
    state: Arc<State>,
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.state.driver.register(cx.waker());
        let outcome = Pin::new(&mut self.connection).poll(cx);
        let allowed = self.connection.current_max_send_streams();
        self.state.limit.store(allowed.clamp(1, MAX_STREAMS), Ordering::Relaxed);
        if let Err(error) = ready!(outcome) {
            tracing::debug!(%error, "HTTP/2 connection ended");
        }
        self.state.retired.store(true, Ordering::Relaxed);
        Poll::Ready(())
    }
}

// === the body ===

/// The body of an HTTP/2 answer. Dropping it before its end resets the stream.
#[derive(Debug)]
pub(crate) struct H2Body {
    incoming: Incoming,
    _lease: Lease,
    /// An error that came right behind content: given out after it.
    failed: Option<BodyError>,
    ended: bool,
}

impl H2Body {
    pub(crate) fn exact_length(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    /// Everything that has arrived, in one piece.
    pub(crate) fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut gathered = Gathered::default();
        while gathered.len() < MAX_GATHERED && !self.ended {
            match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers are dropped, as over HTTP/1.
                    if let Ok(content) = frame.into_data() {
                        gathered.push(content);
                    }
                }
                Poll::Ready(Some(Err(e))) => {
                    self.failed = Some(body_error(e));
                    self.ended = true;
                }
                Poll::Ready(None) => self.ended = true,
                Poll::Pending if gathered.len() == 0 => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        if gathered.len() == 0 {
            return Poll::Ready(self.failed.take().map(Err));
        }
        Poll::Ready(Some(Ok(gathered.into_bytes())))
    }
}

fn body_error(error: hyper::Error) -> BodyError {
    let kind = match h2_cause(&error) {
        Some(e) if e.is_go_away() && e.is_remote() => BodyErrorKind::Goaway,
        Some(e) if e.is_reset() && e.is_remote() => BodyErrorKind::Reset,
        Some(e) if e.is_io() => BodyErrorKind::Truncated,
        Some(_) => BodyErrorKind::Protocol,
        None => BodyErrorKind::Truncated,
    };
    BodyError::new(kind, format!("HTTP/2 answer broke: {error}")).caused_by(error)
}

/// Pieces joined into one. A single piece is not copied.
#[derive(Default)]
struct Gathered {
    first: Bytes,
    joined: BytesMut,
}

impl Gathered {
    fn len(&self) -> usize {
        self.first.len().max(self.joined.len())
    }

    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        if self.joined.is_empty() {
            self.joined.reserve(4 * (self.first.len() + piece.len()));
            self.joined.extend_from_slice(&self.first);
        }
        self.joined.extend_from_slice(&piece);
    }

    fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
    }
}
