//! How things stand, as it changes: the status each second and the last hour every five, as server-sent events.
//!
//! The stream is driven by its connection: there is no task and no buffer of ours behind it, so a page that is closed or
//! reads nothing costs nothing. It ends when the server is told to stop, or it would never let it.

use crate::body::Outbound;
use crate::routes::{App, closing, error, events_response};
use crate::status;
use crate::{Network, Telemetry};
use bytes::Bytes;
use handover_dialect::{CallerError, Dialect, ErrorKind};
use handover_dispatch::Engine;
use http::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// Live streams at once: each makes the status anew each second, and a page needs one.
const MOST_LIVE: usize = 64;
/// How often the status is sent.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// How many of those until the last hour is sent with it.
const HISTORY_EVERY: u64 = 5;

/// The places of live streams, and when they end.
#[derive(Debug)]
pub(crate) struct Live {
    places: Arc<Semaphore>,
    /// The server is told to stop.
    pub(crate) stopping: CancellationToken,
}

impl Default for Live {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST_LIVE)), stopping: CancellationToken::new() }
    }
}

/// One stream.
struct Stream {
    engine: Arc<Engine<Network>>,
    telemetry: Arc<Telemetry>,
    stopping: CancellationToken,
    tick: Interval,
    ticks: u64,
    _place: OwnedSemaphorePermit,
}

impl App {
    pub(crate) fn live(&self, id: &str) -> Response<Outbound> {
        let Ok(place) = self.live.places.clone().try_acquire_owned() else {
            let message = format!(
                "{MOST_LIVE} live streams are open, and no more are served. Close a status page, or ask GET /api/status."
            );
            let full = CallerError::new(ErrorKind::Exhausted, message).code("too_many_live_streams");
            return closing(error(Dialect::OpenAi, id, &full));
        };
        let mut tick = tokio::time::interval(STATUS_EVERY);
        // Who reads slowly gets fewer, not old ones.
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stream = Stream {
            engine: self.engine.clone(),
            telemetry: self.telemetry.clone(),
            stopping: self.live.stopping.clone(),
            tick,
            ticks: 0,
            _place: place,
        };
        let events = futures_util::stream::unfold(stream, |mut stream| async {
            let next = stream.next().await?;
            Some((next, stream))
        });
        events_response(id, events)
    }
}

impl Stream {
    /// The next events; `None` when the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => return None,
            _ = self.tick.tick() => {}
        }
        let (now, telemetry) = (Instant::now(), &self.telemetry);
        let status = status::json(&self.engine.states(now), self.engine.waste(), now, telemetry);
        let mut events = format!("event: status\ndata: {status}\n\n");
        if self.ticks.is_multiple_of(HISTORY_EVERY) {
            let history = telemetry.history.json(telemetry.chains(), telemetry.now_ms());
            events.push_str(&format!("event: history\ndata: {history}\n\n"));
        }
        self.ticks += 1;
        Some(events.into())
    }
}
