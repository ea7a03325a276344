//! The outage drill: what happened, replayed against the real engine in virtual time.
//!
//! # Invariants
//! * The same scenario and seed give the same result, to the byte.
