//! What is made of events: the log, the metrics and the stories. One observer hears everything and gives it to those
//! who write it down, so all of them tell the same story.

use crate::chains::Chains;
use crate::content::Prompts;
use crate::history::{History, is_failed};
use crate::levels::Levels;
use crate::log;
use crate::metrics::{self, Metrics};
use crate::names::Names;
use crate::speed::{Speed, Speeds};
use crate::stories::{Stories, Story};
use handover_config::Config;
use handover_dispatch::{Event, Incoming, Observer, Served, TargetState};
use prometheus_client::encoding::text;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Hears everything that happens on the path of requests.
#[derive(Debug)]
pub struct Telemetry {
    access_log: bool,
    names: Names,
    metrics: Metrics,
    stories: Stories,
    speeds: Speeds,
    pub(crate) history: History,
    pub(crate) levels: Levels,
    /// What users write, where that is kept.
    pub(crate) prompts: Option<Prompts>,
    requests: AtomicU64,
    started_ms: u64,
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
        let started_ms = now_ms();
        Self {
            access_log: config.log.access,
            metrics: Metrics::new(),
            stories: Stories::new(),
            speeds: Speeds::new(names.targets()),
            history: History::new(&names.chains, started_ms),
            levels: Levels::new(names.chains.routes(), started_ms),
            prompts: config.log.content.then(Prompts::default),
            requests: AtomicU64::new(0),
            started_ms,
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

    /// Since when it hears, in milliseconds since 1970.
    pub(crate) fn started_ms(&self) -> u64 {
        self.started_ms
    }

    /// Requests that have ended since then.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Keeps what the user wrote last for the story, where the operator asks for that. To be called before the request
    /// is dispatched: its end takes it out again.
    pub(crate) fn note_prompt(&self, incoming: &Incoming) {
        if let Some(prompts) = &self.prompts {
            prompts.note(&incoming.id, &incoming.call.body);
        }
    }

    /// What the configuration says of targets and routes.
    pub(crate) fn chains(&self) -> &Chains {
        &self.names.chains
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
                let now_ms = self.now_ms();
                self.history.served(served, &self.names.chains, now_ms);
                self.requests.fetch_add(1, Ordering::Relaxed);
                if let Some(route) = served.route.as_deref().filter(|_| is_failed(served)) {
                    self.levels.failed(route);
                }
                let prompt = self.prompts.as_ref().and_then(|prompts| prompts.take(&served.request_id));
                self.stories.keep(served, now_ms, prompt);
            }
            Event::Breaker(moved) => {
                log::breaker(moved);
                self.metrics.breaker(moved, &self.names);
            }
            // Counted when the request ends, with everything else of it; told at once.
            Event::HandOver(handed) => {
                log::hand_over(handed);
                self.history.handed_over(handed, self.now_ms());
            }
            Event::Attempt(attempt) => {
                log::attempt(attempt);
                self.metrics.attempt(attempt, &self.names);
                self.history.attempt(attempt, self.now_ms());
            }
        }
    }
}

#[cfg(test)]
#[path = "telemetry_tests.rs"]
mod tests;
