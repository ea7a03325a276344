//! Anthropic messages.
//!
//! [`request`] reads a caller's body and writes a body for a provider; [`stream`] reads and writes the event
//! stream; [`whole`] writes an answer that is not streamed; [`models`] knows which Claude model takes what.
//!
//! Two versions of the API are in use (`2023-06-01` and `2026-10-21`). Streams and answers are the same in both;
//! requests differ, which is the request encoder's business alone.

pub mod models;
pub mod request;
pub mod stream;
pub mod whole;

pub(crate) mod input;
pub(crate) mod words;
