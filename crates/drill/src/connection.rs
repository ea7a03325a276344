//! One connection: what a response may do to it, and the streams that obey.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::body::Broken;

/// A GOAWAY frame: 8 bytes of payload, type 7, no flags, stream 0; last stream id 0 (nothing was processed) and
/// NO_ERROR (RFC 9113, 6.8). hyper can only send the graceful kind.
const GOAWAY_FRAME: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A response's hand on its connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// The connection must end with a reset.
    reset: AtomicBool,
    /// The next write is the GOAWAY frame, and the last one.
    goaway: AtomicBool,
    broken: Notify,
    last_answer: Notify,
}

impl Connection {
    /// Ends the connection as told. Resetting one stream leaves it alone.
    pub(crate) fn break_off(&self, how: Broken) {
        match how {
            Broken::StreamReset => return,
            Broken::Reset => self.0.reset.store(true, Ordering::Release),
            Broken::GoAway => self.0.goaway.store(true, Ordering::Release),
            Broken::Closed | Broken::Unreadable => {}
        }
        self.0.broken.notify_one();
    }

    /// Lets what is being answered finish, and no more.
    pub(crate) fn last_answer(&self) {
        self.0.last_answer.notify_one();
    }

    pub(crate) async fn broken(&self) {
        self.0.broken.notified().await;
    }

    pub(crate) async fn last_answer_asked(&self) {
        self.0.last_answer.notified().await;
    }

    pub(crate) fn goes_away(&self) -> bool {
        self.0.goaway.load(Ordering::Acquire)
    }

    fn is_reset(&self) -> bool {
        self.0.reset.load(Ordering::Acquire)
    }
}

/// What the server reads from and writes to.
#[derive(Debug)]
enum Transport {
    Tcp(TcpStream),
    Memory(DuplexStream),
}

/// The server's end of a connection.
#[derive(Debug)]
pub(crate) struct ServerIo {
    transport: Transport,
    connection: Connection,
}

impl ServerIo {
    pub(crate) fn tcp(stream: TcpStream, connection: Connection) -> Self {
        ServerIo { transport: Transport::Tcp(stream), connection }
    }

    pub(crate) fn memory(stream: DuplexStream, connection: Connection) -> Self {
        ServerIo { transport: Transport::Memory(stream), connection }
    }

    fn writer(&mut self) -> Pin<&mut (dyn AsyncWrite + Send + Unpin)> {
        match &mut self.transport {
            Transport::Tcp(stream) => Pin::new(stream),
            Transport::Memory(stream) => Pin::new(stream),
        }
    }
}

/// Closing a socket with a zero linger time sends RST instead of FIN.
impl Drop for ServerIo {
    fn drop(&mut self) {
        if let Transport::Tcp(stream) = &self.transport
            && self.connection.is_reset()
            && let Err(error) = stream.set_zero_linger()
        {
            tracing::warn!(%error, "the connection is closed instead of reset");
        }
    }
}

impl AsyncRead for ServerIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Transport::Memory(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for ServerIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.connection.goes_away() {
            // 17 bytes fit into an idle connection's buffer; if not, the client sees a close, which is honest too.
            ready!(self.writer().poll_write(cx, &GOAWAY_FRAME))?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        self.writer().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.connection.goes_away() {
            return self.poll_write(cx, &[]);
        }
        self.writer().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Tcp(stream) => stream.is_write_vectored(),
            Transport::Memory(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.is_reset() {
            // A FIN before the reset would make it look like a proper end.
            return Poll::Ready(Ok(()));
        }
        self.writer().poll_shutdown(cx)
    }
}

/// The client's end of a connection in memory. A reset by the simulator is an error here, as on a socket.
#[derive(Debug)]
pub struct ClientIo {
    stream: DuplexStream,
    connection: Connection,
}

impl ClientIo {
    pub(crate) fn new(stream: DuplexStream, connection: Connection) -> Self {
        ClientIo { stream, connection }
    }

    fn as_on_a_socket(&self, error: io::Error) -> io::Error {
        if self.connection.is_reset() { io::ErrorKind::ConnectionReset.into() } else { error }
    }
}

impl AsyncRead for ClientIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let wanted = buf.remaining() > 0;
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let ended = wanted && buf.filled().len() == before;
        if ended && self.connection.is_reset() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        Poll::Ready(written.map_err(|error| self.as_on_a_socket(error)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
