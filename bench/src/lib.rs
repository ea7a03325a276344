//! What the benchmark and the soak test share: the framing of HTTP/1.1, and child processes with their numbers.
//!
//! # Invariants
//! * Nothing here knows Handover: both tools look at it from outside, as a caller and as the kernel do.
//! * An error is words; a tool has nobody to classify its errors for.

pub mod framing;
pub mod process;

/// Whatever went wrong, in words.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
