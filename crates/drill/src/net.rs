//! Carries the simulator: over memory for tests, over TCP for everyone else. HTTP/1 and HTTP/2 on the same port,
//! told apart by the first bytes.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::{ClientIo, Connection, ServerIo};
use crate::dialect::Dialect;
use crate::script::Playlist;
use crate::simulator::{Reachable, Simulator};

/// Bytes on their way in each direction of a connection in memory, as a socket buffer would hold.
const MEMORY_BUFFER: usize = 64 << 10;

/// How long to wait after a connection could not be accepted.
const ACCEPT_AGAIN: std::time::Duration = std::time::Duration::from_millis(50);

/// Runs what HTTP/2 starts for each stream, so that nothing outlives the simulator unseen.
#[derive(Debug, Clone)]
pub(crate) struct Tasks(pub(crate) TaskTracker);

impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}

impl Simulator {
    /// A new connection in memory, served as a socket would be. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// `ConnectionRefused` while the simulator is [`Reachable::Refused`].
    pub fn connect(&self) -> io::Result<ClientIo> {
        let (client, server) = tokio::io::duplex(MEMORY_BUFFER);
        let connection = Connection::default();
        let client = ClientIo::new(client, connection.clone());
        match self.reachability() {
            Reachable::Refused => return Err(io::ErrorKind::ConnectionRefused.into()),
            Reachable::Silent => self.inner.tasks.spawn(swallow(server, self.cut())),
            Reachable::Yes => {
                let io = ServerIo::memory(server, connection.clone());
                self.inner.tasks.spawn(drive(self.clone(), io, connection, self.cut()))
            }
        };
        Ok(client)
    }

    /// Serves on a TCP port until the returned guard is dropped. Port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<Listening> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let accepting = accept(self.clone(), listener, stop.clone());
        self.inner.tasks.spawn(accepting);
        Ok(Listening { address, stop, simulator: self.clone() })
    }

    fn reachability(&self) -> Reachable {
        self.settings().reachable
    }

    fn cut(&self) -> CancellationToken {
        self.inner.connections.lock().clone()
    }
}

/// A simulator on a port. Dropped, it stops: open connections are reset and the port refuses new ones.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    stop: CancellationToken,
    simulator: Simulator,
}

impl Listening {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL without a path, as `http://127.0.0.1:4100`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.cancel();
        self.simulator.cut_connections();
    }
}

/// What `handover drill provider` is told.
#[derive(Debug, Clone)]
pub struct ProviderArgs {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The dialect; without one, all of them by path.
    pub dialect: Option<Dialect>,
    /// What to do with requests.
    pub script: Playlist,
    /// Scripts for single models: `gpt-4o=529`.
    pub models: Vec<(String, Playlist)>,
    /// Answers requests that the real provider would refuse, and needs no key.
    pub lenient: bool,
    /// As [`Simulator::bench`].
    pub bench: bool,
}

impl ProviderArgs {
    /// The simulator these arguments describe.
    #[must_use]
    pub fn simulator(&self) -> Simulator {
        let simulator = self.dialect.map_or_else(Simulator::any, Simulator::new).default(self.script.clone());
        let simulator = self.models.iter().fold(simulator, |simulator, (model, script)| {
            simulator.for_model(model.as_str(), script.clone())
        });
        let simulator = if self.lenient { simulator.lenient().without_keys() } else { simulator };
        if self.bench { simulator.bench() } else { simulator }
    }
}

/// Serves on a TCP port until `shutdown` completes. To learn a free port's number use [`Simulator::listen`].
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(
    address: SocketAddr,
    simulator: Simulator,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let _listening = simulator.listen(address).await?;
    shutdown.await;
    Ok(())
}

async fn accept(simulator: Simulator, listener: TcpListener, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _peer)) => take(&simulator, stream),
            Err(error) => {
                // Out of file descriptors, most likely: others must close first, and asking again at once would spin.
                tracing::warn!(%error, "no connection accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

fn take(simulator: &Simulator, stream: TcpStream) {
    let connection = Connection::default();
    match simulator.reachability() {
        Reachable::Refused => {
            connection.break_off(crate::Broken::Reset);
            drop(ServerIo::tcp(stream, connection));
        }
        Reachable::Silent => drop(simulator.inner.tasks.spawn(swallow(stream, simulator.cut()))),
        Reachable::Yes => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::warn!(%error, "a connection keeps its delay");
            }
            let io = ServerIo::tcp(stream, connection.clone());
            let driven = drive(simulator.clone(), io, connection, simulator.cut());
            drop(simulator.inner.tasks.spawn(driven));
        }
    }
}

/// Reads and says nothing, until the client leaves.
async fn swallow(mut io: impl AsyncRead + AsyncWrite + Unpin, cut: CancellationToken) {
    let mut nowhere = tokio::io::sink();
    tokio::select! {
        () = cut.cancelled() => {}
        // Reading fails when the client is gone: that is what is waited for.
        _end = tokio::io::copy(&mut io, &mut nowhere) => {}
    }
}

/// Serves one connection to its end, which a response may bring about.
async fn drive(simulator: Simulator, io: ServerIo, connection: Connection, cut: CancellationToken) {
    let of_request = connection.clone();
    let tasks = Tasks(simulator.inner.tasks.clone());
    let service = service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(of_request.clone());
        let simulator = simulator.clone();
        async move { simulator.respond(request).await }
    });
    let server = auto::Builder::new(tasks);
    let serving = server.serve_connection(TokioIo::new(io), service);
    tokio::pin!(serving);
    loop {
        tokio::select! {
            biased;
            () = cut.cancelled() => {
                connection.break_off(crate::Broken::Reset);
                return;
            }
            () = connection.broken() => {
                if connection.goes_away() {
                    // Makes HTTP/2 write, and the first write is our own GOAWAY.
                    serving.as_mut().graceful_shutdown();
                    log_end(serving.await);
                }
                return;
            }
            () = connection.last_answer_asked() => serving.as_mut().graceful_shutdown(),
            end = serving.as_mut() => {
                log_end(end);
                return;
            }
        }
    }
}

/// A connection that ends in an error is everyday life here: clients leave, and scripts break things.
fn log_end(end: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = end {
        tracing::debug!(error, "a connection ended");
    }
}
