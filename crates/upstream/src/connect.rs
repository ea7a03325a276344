//! Opening connections: name, TCP (or a Unix socket), TLS.
//!
//! The only place in the product that opens an outbound socket. Behind a trait, so that tests of everything
//! above run over in-memory pipes and under paused time.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::dns::Resolver;
use crate::error::{SendError, SendErrorKind};
use crate::origin::{Endpoint, Origin, Scheme};
use crate::tls::Tls;

/// How long one address gets before the next is tried beside it (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// When a silent connection is first probed, and how often then. Finds peers that vanished without a word.
const KEEPALIVE_TIME: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// A byte stream to a provider.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// A freshly opened connection.
pub struct Connected {
    /// The bytes, decrypted.
    pub io: Box<dyn Io>,
    /// Whether HTTP/2 is spoken on it.
    pub http2: bool,
}

/// The future of [`Connector::connect`].
pub type Connecting<'a> = Pin<Box<dyn Future<Output = Result<Connected, SendError>> + Send + 'a>>;

/// Opens connections.
pub trait Connector: Send + Sync + 'static {
    /// Opens a connection to `origin`. The caller drops the future when `budget` is over; the connector may use
    /// the figure to divide its time.
    fn connect<'a>(&'a self, origin: &'a Origin, budget: Duration) -> Connecting<'a>;
}

/// Real sockets.
pub(crate) struct SystemConnector {
    resolver: Resolver,
    tls: Tls,
}

impl SystemConnector {
    pub(crate) fn new(tls: Tls) -> Self {
        Self { resolver: Resolver::system(), tls }
    }

    async fn open(&self, origin: &Origin, budget: Duration) -> Result<Connected, SendError> {
        let (scheme, host, port) = match &origin.endpoint {
            Endpoint::Tcp { scheme, host, port } => (*scheme, host.as_str(), *port),
            Endpoint::Unix(path) => {
                let stream = UnixStream::connect(path).await.map_err(|e| refused(origin, e))?;
                return Ok(Connected { io: Box::new(stream), http2: origin.http2 });
            }
        };
        let addresses = self.resolver.resolve(host, port, budget).await?;
        let stream = connect_any(&addresses).await.map_err(|e| refused(origin, e))?;
        prepare(&stream);
        match scheme {
            Scheme::Http => Ok(Connected { io: Box::new(stream), http2: origin.http2 }),
            Scheme::Https => self.tls.handshake(stream, host, origin.http2).await,
        }
    }
}

impl Connector for SystemConnector {
    fn connect<'a>(&'a self, origin: &'a Origin, budget: Duration) -> Connecting<'a> {
        Box::pin(self.open(origin, budget))
    }
}

fn refused(origin: &Origin, error: io::Error) -> SendError {
    let message = format!("cannot connect to {}: {error}", origin.endpoint);
    SendError::unreached(SendErrorKind::Connect, message).caused_by(error)
}

/// Neither option is worth failing a request over.
fn prepare(stream: &TcpStream) {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_TIME).with_interval(KEEPALIVE_INTERVAL);
    let outcome = stream.set_nodelay(true).and_then(|()| SockRef::from(stream).set_tcp_keepalive(&keepalive));
    if let Err(error) = outcome {
        tracing::debug!(%error, "socket options not set");
    }
}

/// Tries the addresses one after the other, each with a head start before the next.
async fn connect_any(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut trying = FuturesUnordered::new();
    let mut last_error = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    for address in interleave(addresses) {
        trying.push(TcpStream::connect(address));
        match tokio::time::timeout(STAGGER, trying.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(e))) => last_error = e,
            Ok(None) | Err(_) => {}
        }
    }
    while let Some(outcome) = trying.next().await {
        match outcome {
            Ok(stream) => return Ok(stream),
            Err(e) => last_error = e,
        }
    }
    Err(last_error)
}

/// IPv6 and IPv4 in turn, beginning with the family the resolver put first.
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let (same, other): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().partition(|a| a.is_ipv6() == first.is_ipv6());
    let mut other = other.into_iter();
    let mut order = Vec::with_capacity(addresses.len());
    for address in same {
        order.push(address);
        order.extend(other.next());
    }
    order.extend(other);
    order
}

/// The default connector for a client.
pub(crate) fn system(tls: Tls) -> Arc<dyn Connector> {
    Arc::new(SystemConnector::new(tls))
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("http2", &self.http2).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_ipv6_route_does_not_hide_a_working_ipv4_one() {
        let parse = |list: &[&str]| list.iter().map(|a| a.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let addresses = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]);
        assert_eq!(interleave(&addresses), parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]));
        assert_eq!(interleave(&[]), []);
    }
}
