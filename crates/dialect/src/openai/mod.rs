//! OpenAI chat completions: requests, streams and whole answers.
//!
//! # Purpose
//! The codec between the hub and the dialect that OpenAI's API and every server modelled on it speak. [`request`]
//! reads a caller's body and writes a provider's; [`stream`] reads a provider's events and writes a caller's;
//! [`whole`] writes an answer in one piece.
//!
//! # Invariants
//! * What a caller writes wrongly is refused with the field's path; what this project does not know is kept.
//! * What a provider writes is read leniently: servers that copy this API differ in every corner of it.

mod fields;
mod ids;
mod models;
pub mod request;
pub mod stream;
mod usage;
pub mod whole;
