//! What the benchmarks and the soak test share: the framing of HTTP/1.1, and child processes with their numbers.
//!
//! # Invariants
//! * Nothing here knows Handover: all of these tools look at it from outside, as a caller and as the kernel do.
//! * An error is words; a tool has nobody to classify its errors for.

pub mod exchange;
pub mod framing;
pub mod gateway;
pub mod process;
pub mod prose;

/// Whatever went wrong, in words.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
