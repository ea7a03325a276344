//! The HTTP surface.
//!
//! # Purpose
//! Takes a configuration and a listener and serves. An endpoint is a codec and one call to
//! `handover_dispatch::dispatch`; everything else here is about being a good HTTP server: bounded bodies and
//! headers, limits on time, back-pressure, an end without loss.
//!
//! # Invariants
//! * One task per connection and none per request: an answer is driven by its connection, so a client that leaves
//!   takes its attempts along, and one that does not read holds one bounded buffer.
//! * A request never leaves the thread its connection was put on.
//! * Every answer and every error carries `x-handover-request-id`, and errors are in the caller's dialect.
//! * No secret leaves: provider headers pass an allow-list, errors are told in our words.
//! * Log, metrics and stories are made from the same events by one observer, [`Telemetry`].

mod api;
mod assemble;
mod body;
mod chains;
mod chat;
mod content;
mod gauges;
mod guard;
mod history;
mod inbound;
mod levels;
mod listen;
mod live;
mod log;
mod metrics;
mod names;
mod network;
mod operate;
mod page;
mod routes;
mod speed;
mod status;
mod stories;
mod telemetry;
mod warm;
mod workers;

pub use assemble::{CannotAssemble, LocalProgram, assemble};
pub use listen::{Server, Stopping};
pub use network::{Network, Way};
pub use telemetry::Telemetry;
