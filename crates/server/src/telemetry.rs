//! What is made of events: the log. One observer hears everything and gives it to those who write it down, so all of
//! them tell the same story.

use crate::log;
use handover_dispatch::{Event, Observer};

/// Hears everything that happens on the path of requests.
#[derive(Debug, Default)]
pub struct Telemetry {
    access_log: bool,
}

impl Telemetry {
    /// With or without a line per request in the log.
    #[must_use]
    pub fn new(access_log: bool) -> Self {
        Self { access_log }
    }
}

impl Observer for Telemetry {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Served(served) if self.access_log => log::request(served),
            Event::Served(_) => {}
            Event::Breaker(moved) => log::breaker(moved),
            Event::Attempt(attempt) => log::attempt(attempt),
        }
    }
}
