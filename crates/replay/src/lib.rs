//! Outages replayed against the real engine.
//!
//! # Purpose
//! A [`Scenario`] says who asks, which providers there are, and what goes wrong with them when. [`run()`] plays it:
//! the same dispatch and policy code as production, simulated providers in place of the network, and tokio's clock
//! paused, so that a day takes seconds. The same traffic and faults also meet a single provider and the retries of
//! the official SDKs ([`Strategy`]), so that the difference can be seen.
//!
//! # Invariants
//! * The same scenario and seed give the same [`Run`], to the byte.
//! * What a user got is judged by a reader of its own, which shares no code with the gateway's codecs.
//! * Nothing here decides anything about resilience: the engine is used as the server uses it.

pub mod builtin;
pub mod file;
pub mod invariants;
mod metrics;
pub mod random;
pub mod report;
pub mod result;
mod run;
pub mod scenario;
pub mod traces;
mod words;

pub use random::random;
pub use report::Report;
pub use result::{Run, Strategy};
pub use run::{CannotRun, run, run_all};
pub use scenario::Scenario;

/// Tokens in one event of a simulated stream, at least. Real providers send one token per event; here that would
/// cost the time of the replay and show nothing more. Places in scripts, pace and usage count tokens all the same.
pub const EVENT_TOKENS: u32 = 16;
