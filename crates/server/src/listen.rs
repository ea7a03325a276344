//! Accepting connections, and serving each to its end.

use crate::chat::Chats;
use crate::live::Live;
use crate::routes::App;
use crate::workers::{Accepted, Workers};
use crate::{Network, Telemetry};
use handover_config::Config;
use handover_dispatch::Engine;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

/// The pause after a failed accept (no file descriptors left, say), so that it does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server, ready to serve.
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// Every answer under way was finished.
    Drained,
    /// Some were cut after 30 seconds.
    Cut,
}

impl Server {
    /// A server over an engine of this configuration. `telemetry` is the engine's observer.
    #[must_use]
    pub fn new(engine: Engine<Network>, config: &Config, telemetry: Arc<Telemetry>) -> Self {
        Self {
            app: Arc::new(App {
                engine: Arc::new(engine),
                limits: config.limits.clone(),
                public_names: config.public_names.clone(),
                telemetry,
                chats: Chats::default(),
                live: Live::default(),
            }),
        }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine<Network> {
        &self.app.engine
    }

    /// Starts the local models that the configuration wants loaded from the start. Does not wait for them.
    pub fn preload(&self, config: &Config) {
        for (place, provider) in config.providers.iter().enumerate().filter(|(_, p)| p.local.preload) {
            let targets =
                config.routes.iter().flat_map(|r| &r.targets).filter(|t| t.provider == provider.name);
            for target in targets {
                self.app.engine.upstream.preload(handover_dispatch::ProviderId(place), &target.model);
            }
        }
    }

    /// Serves until `stop` resolves, then lets answers under way end, then stops child processes.
    ///
    /// # Errors
    /// When the threads that serve cannot be started.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<Stopping> {
        let limits = &self.app.limits;
        let places = Arc::new(Semaphore::new(limits.max_connections));
        let workers = Workers::start(&self.app)?;
        let mut stop = pin!(stop);
        loop {
            // A place first: beyond the limit, connections wait in the kernel's queue.
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = accept(&listener, &places) => accepted,
            };
            match accepted {
                Ok(connection) => workers.give(connection).await,
                Err(e) => {
                    tracing::warn!(error = %e, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        let drained = workers.drain().await;
        self.app.engine.upstream.shutdown().await;
        Ok(if drained { Stopping::Drained } else { Stopping::Cut })
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<Accepted> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (socket, _) = listener.accept().await?;
    Ok(Accepted { socket: socket.into_std()?, place })
}

/// Serves one connection to its end.
pub(crate) async fn connection(app: Arc<App>, socket: TcpStream, draining: CancellationToken) {
    if let Err(e) = socket.set_nodelay(true) {
        tracing::debug!(error = %e, "TCP_NODELAY could not be set");
    }
    // A client that takes nothing for this long is gone, whatever its socket says.
    let mut io = TimeoutStream::new(socket);
    io.set_write_timeout(Some(app.limits.write_timeout));
    let service = service_fn(|request| {
        let app = app.clone();
        async move { Ok::<_, Infallible>(app.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(app.limits.header_timeout)
        .max_buf_size(app.limits.max_header_bytes.max(8192))
        .serve_connection(TokioIo::new(Box::pin(io)), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = draining.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(e) = ended {
        tracing::debug!(error = %e, "a connection ended early");
    }
}
