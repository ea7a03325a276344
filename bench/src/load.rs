//! The load: so many connections, each with one request under way at any time, for so long.

use crate::http1;
use crate::shape::{Answer, Shape};
use crate::targets::Target;
use handover_bench::Result;
use handover_bench::process::{CpuTime, forget_peak, peak_memory};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// What one target did in one round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// Complete answers per second.
    pub(crate) rate: f64,
    /// Whole answers, sorted.
    pub(crate) latencies: Vec<Duration>,
    /// CPU microseconds per [`Answer::unit`]; absent where nobody's process is measured.
    pub(crate) cpu: Option<f64>,
    /// Peak resident memory, MiB.
    pub(crate) memory: Option<f64>,
    /// Requests without a good answer, and the first reason.
    pub(crate) failures: u64,
    /// The first reason.
    pub(crate) first_failure: Option<String>,
}

/// Load before the measure begins: connections are opened, caches are warm, paced streams have spread out.
const WARM_UP: Duration = Duration::from_millis(600);

/// Counters of the time window that is measured.
#[derive(Debug, Default)]
struct Window {
    open: AtomicBool,
    stop: AtomicBool,
    answers: AtomicU64,
    events: AtomicU64,
}

/// Loads `target` for `length` and measures it.
pub(crate) async fn run(shape: &Shape, target: &Target, length: Duration) -> Result<Sample> {
    let window = Arc::new(Window::default());
    let mut connections = JoinSet::new();
    for n in 0..shape.concurrency {
        // Streams that begin together would also end together; real ones do not.
        let offset = WARM_UP.mul_f64(0.8 * n as f64 / shape.concurrency as f64);
        connections.spawn(connection(target.address, shape.answer, offset, Arc::clone(&window)));
    }
    if let Some(pid) = target.pid {
        forget_peak(pid);
    }
    sleep(WARM_UP).await;

    let cpu_before = target.pid.map(CpuTime::of);
    let began = Instant::now();
    window.open.store(true, Relaxed);
    sleep(length).await;
    window.open.store(false, Relaxed);
    let took = Instant::now().saturating_duration_since(began);
    let cpu = cpu_before.zip(target.pid).map(|(before, pid)| CpuTime::of(pid).since(&before));
    window.stop.store(true, Relaxed);

    let mut sample = Sample { memory: target.pid.map(peak_memory), ..Sample::default() };
    while let Some(outcome) = connections.join_next().await {
        let (latencies, failure) = outcome?;
        sample.latencies.extend(latencies);
        sample.failures += u64::from(failure.is_some());
        sample.first_failure = sample.first_failure.or(failure);
    }
    sample.latencies.sort_unstable();
    let answers = window.answers.load(Relaxed);
    let units = match shape.answer {
        Answer::Json | Answer::Burst => answers,
        Answer::Paced => window.events.load(Relaxed),
    };
    sample.rate = answers as f64 / took.as_secs_f64();
    sample.cpu = cpu.filter(|_| units > 0).map(|cpu| cpu / units as f64);
    Ok(sample)
}

/// One connection's work: request after request until told to stop. A failure ends it and is reported.
async fn connection(
    address: SocketAddr,
    answer: Answer,
    offset: Duration,
    window: Arc<Window>,
) -> (Vec<Duration>, Option<String>) {
    sleep(offset).await;
    let mut latencies = Vec::new();
    let failure = requests(address, answer, &window, &mut latencies).await.err();
    (latencies, failure.map(|error| error.to_string()))
}

async fn requests(
    address: SocketAddr,
    answer: Answer,
    window: &Window,
    latencies: &mut Vec<Duration>,
) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = answer.request(&address.to_string());
    let mut buffer = Vec::with_capacity(16 * 1024);
    while !window.stop.load(Relaxed) {
        let began = Instant::now();
        stream.write_all(&request).await?;
        let count = |events: usize| {
            if window.open.load(Relaxed) {
                window.events.fetch_add(events as u64, Relaxed);
            }
        };
        http1::answer(&mut stream, &mut buffer, answer.is_stream(), count).await?;
        if window.open.load(Relaxed) {
            window.answers.fetch_add(1, Relaxed);
            latencies.push(Instant::now().saturating_duration_since(began));
        }
    }
    Ok(())
}
