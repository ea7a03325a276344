//! What is made of events: the log, the metrics and the stories. One observer hears everything and gives it to those
//! who write it down, so all of them tell the same story.

use crate::log;
use crate::metrics::{self, Metrics};
use crate::names::Names;
use crate::speed::{Speed, Speeds};
use crate::stories::{Stories, Story};
use handover_config::Config;
use handover_dispatch::{Event, Observer, Served, TargetState};
use prometheus_client::encoding::text;
use serde_json::Value;
use std::sync::Arc;

/// Hears everything that happens on the path of requests.
#[derive(Debug)]
pub struct Telemetry {
    access_log: bool,
    names: Names,
    metrics: Metrics,
    stories: Stories,
    speeds: Speeds,
    /// The wall clock, milliseconds since 1970.
    now_ms: fn() -> u64,
}

impl Telemetry {
    /// For the targets and routes of a configuration; it also says whether each request gets a line in the log.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self::with_clock(config, unix_ms)
    }

    pub(crate) fn with_clock(config: &Config, now_ms: fn() -> u64) -> Self {
        let names = Names::of(config);
        Self {
            access_log: config.log.access,
            metrics: Metrics::new(),
            stories: Stories::new(),
            speeds: Speeds::new(names.targets()),
            names,
            now_ms,
        }
    }

    /// All metrics, in the OpenMetrics text format. `routes` is how every target stands, `waste` the tokens
    /// delivered and wasted within the last hour.
    pub(crate) fn scrape(&self, routes: &[(Arc<str>, Vec<TargetState>)], waste: (u64, u64)) -> String {
        let mut out = String::new();
        let now = crate::gauges::registry(routes, waste, &self.names);
        let encoded = text::encode_registry(&mut out, self.metrics.registry())
            .and_then(|()| text::encode_registry(&mut out, &now))
            .and_then(|()| text::encode_eof(&mut out));
        if encoded.is_err() {
            // Without its end a scrape is refused as a whole, which is right for half of the numbers.
            tracing::error!("the metrics could not be written");
        }
        out
    }

    /// The newest stories, newest first.
    pub(crate) fn newest(&self, most: usize) -> Vec<Value> {
        self.stories.newest(most).iter().map(|story| story.json(&self.names)).collect()
    }

    pub(crate) fn story(&self, id: &str) -> Option<Value> {
        self.stories.find(id).map(|story: Arc<Story>| story.json(&self.names))
    }

    /// The story of a request that is still being answered, as far as it has come.
    pub(crate) fn tell(&self, served: &Served) -> Value {
        Story::of(served, self.now_ms()).json(&self.names)
    }

    /// How fast a target begins.
    pub(crate) fn speed(&self, target: &str) -> Option<Speed> {
        self.speeds.of(target)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        (self.now_ms)()
    }
}

fn unix_ms() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

impl Observer for Telemetry {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Served(served) => {
                if self.access_log {
                    log::request(served);
                }
                self.metrics.served(served, &self.names);
                if let Some((target, took)) = metrics::first_token(served) {
                    self.speeds.note(target, took);
                }
                self.stories.keep(served, self.now_ms());
            }
            Event::Breaker(moved) => {
                log::breaker(moved);
                self.metrics.breaker(moved, &self.names);
            }
            // Counted when the request ends, with everything else of it; told at once.
            Event::HandOver(handed) => log::hand_over(handed),
            Event::Attempt(attempt) => {
                log::attempt(attempt);
                self.metrics.attempt(attempt, &self.names);
            }
        }
    }
}

#[cfg(test)]
#[path = "telemetry_tests.rs"]
mod tests;
