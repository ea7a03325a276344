//! Cohere v2 chat.
//!
//! A target only: no caller speaks it to Handover. [`request`] writes a body for the provider, [`stream`] reads its
//! events.

pub mod request;
pub mod stream;

mod messages;
