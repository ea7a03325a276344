//! One thread per processor, each with its own runtime.
//!
//! A request is served where its connection was put: the caller's socket, the provider's socket and the request's
//! timers all belong to one thread, so nothing of a request ever wakes another thread. With tokio's work-stealing
//! runtime a lone request paid two wake-ups of another thread (measured with strace: two futex calls per request,
//! two thirds of its time in the kernel). Connections are spread by the number each thread has open.

use crate::levels::look_out;
use crate::listen::connection;
use crate::routes::App;
use crate::warm::keep_warm;
use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long answers under way may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(30);
/// Connections that may wait for a thread to take them.
const WAITING: usize = 64;

thread_local! {
    static INDEX: Cell<usize> = const { Cell::new(0) };
}

/// Which of [`count`] threads this is; 0 on every other thread.
pub(crate) fn index() -> usize {
    INDEX.get()
}

/// How many threads serve: one per processor.
pub(crate) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// An accepted connection, with its place among the most that may be open.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) socket: std::net::TcpStream,
    pub(crate) place: OwnedSemaphorePermit,
}

/// The threads that serve.
#[derive(Debug)]
pub(crate) struct Workers {
    workers: Vec<Worker>,
    draining: CancellationToken,
}

#[derive(Debug)]
struct Worker {
    connections: mpsc::Sender<Accepted>,
    open: Arc<AtomicUsize>,
    drained: oneshot::Receiver<bool>,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no more threads, or a runtime cannot be made.
    pub(crate) fn start(app: &Arc<App>) -> io::Result<Self> {
        // Streams that have no end of their own end with it.
        let draining = app.live.stopping.clone();
        let workers = (0..count()).map(|i| Worker::start(i, app, &draining)).collect::<io::Result<_>>()?;
        Ok(Self { workers, draining })
    }

    /// Gives a connection to the thread that has the fewest.
    pub(crate) async fn give(&self, accepted: Accepted) {
        let Some(worker) = self.workers.iter().min_by_key(|w| w.open.load(Ordering::Relaxed)) else { return };
        worker.open.fetch_add(1, Ordering::Relaxed);
        if worker.connections.send(accepted).await.is_err() {
            tracing::error!("a serving thread has ended; its connection is dropped");
        }
    }

    /// Lets every answer under way end; `false` when some took too long and were cut.
    pub(crate) async fn drain(self) -> bool {
        self.draining.cancel();
        let mut all = true;
        for Worker { connections, drained, .. } in self.workers {
            drop(connections);
            all &= drained.await.unwrap_or(false);
        }
        all
    }
}

impl Worker {
    fn start(index: usize, app: &Arc<App>, draining: &CancellationToken) -> io::Result<Self> {
        let (connections, incoming) = mpsc::channel(WAITING);
        let (done, drained) = oneshot::channel();
        let open = Arc::new(AtomicUsize::new(0));
        let (app, draining, counter) = (app.clone(), draining.clone(), open.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name(format!("serve-{index}")).spawn(move || {
            INDEX.set(index);
            let all = runtime.block_on(serve(app, incoming, counter, draining));
            // Nobody waits for the answer when the server was dropped.
            let _ = done.send(all);
        })?;
        Ok(Self { connections, open, drained })
    }
}

/// Serves what is given to this thread.
async fn serve(
    app: Arc<App>,
    mut incoming: mpsc::Receiver<Accepted>,
    open: Arc<AtomicUsize>,
    draining: CancellationToken,
) -> bool {
    let tasks = TaskTracker::new();
    if index() == 0 {
        let (app, draining) = (app.clone(), draining.clone());
        tasks.spawn(async move {
            tokio::join!(keep_warm(&app.engine, draining.clone()), look_out(&app, draining));
        });
    }
    while let Some(Accepted { socket, place }) = incoming.recv().await {
        let socket = match TcpStream::from_std(socket) {
            Ok(socket) => socket,
            Err(e) => {
                tracing::warn!(error = %e, "a connection could not be taken over");
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
        };
        let (app, open, draining) = (app.clone(), open.clone(), draining.clone());
        tasks.spawn(async move {
            connection(app, socket, draining).await;
            open.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
    tasks.close();
    let all = async {
        tasks.wait().await;
        app.chats.drain().await;
    };
    tokio::time::timeout(DRAIN, all).await.is_ok()
}
