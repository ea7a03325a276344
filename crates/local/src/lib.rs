//! A language model on the user's own machine, as the last target of a chain.
//!
//! Purpose: llama.cpp runs in a **child process** that speaks the OpenAI chat dialect over a unix domain
//! socket. To the gateway it is one more OpenAI-compatible provider; a crash or a hang of the C++ code is one
//! failed attempt and never a dead gateway.
//!
//! The parts, from the outside in:
//!
//! - [`store`]: model files under `$HANDOVER_HOME/models`: pull, list, remove, resolve.
//! - [`supervisor`]: starts one child per model on first need, watches its heartbeat, restarts it with back-off
//!   and stops it with the gateway. It runs in the gateway.
//! - [`protocol`]: the few lines that the child writes to its standard output.
//! - [`worker`] (feature `engine`): what the child runs: the engine and the HTTP server in front of it.
//! - [`engine`] (feature `engine`): continuous batching over the sequences of one llama.cpp context.
//!
//! Invariants:
//!
//! 1. This crate opens no outbound network socket. Downloads go through [`store::Fetch`], which the crate
//!    `upstream` implements; the child only listens.
//! 2. The child outlives neither the gateway (its standard input closes) nor a missing heartbeat.
//! 3. Every queue is bounded, and a reader that does not read pauses its own answer only.
//! 4. A request that cannot be served is refused before its first token; a stream that breaks has no `[DONE]`.
//! 5. Text is emitted in whole characters, and no part of a stop string is ever emitted.
//! 6. A model file appears under its final name only when it is complete and its checksum is right.

#[cfg(feature = "engine")]
mod api;
#[cfg(feature = "engine")]
pub mod engine;
pub mod protocol;
pub mod store;
pub mod supervisor;
#[cfg(feature = "engine")]
pub mod worker;
