//! The local engine against a real model, the supervisor against real processes, the store against a real hub on
//! the loopback interface. One binary, so that it is linked once.

#![expect(clippy::expect_used, clippy::panic, reason = "a test, and what helps it, fails by panicking")]

mod answers;
mod kit;
mod mpt;
mod store;
mod supervision;
