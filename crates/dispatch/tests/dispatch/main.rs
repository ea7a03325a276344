//! The whole engine against simulated providers, over real HTTP on connections in memory, under paused time.
//!
//! [`world`] builds providers, routes and an engine and asks it; [`view`] reads an answer as a client would, without
//! the code under test. Everything a caller is told goes through [`world::World::read`], which checks on every reply
//! what must hold for all of them: one record per request, and no key anywhere.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod always;
mod blamed;
mod breaker;
mod breaks;
mod brief;
mod bytes;
mod callers;
mod clocks;
mod deadlines;
mod exhausted;
mod failover_bench;
mod faults;
mod flapping;
mod groups;
mod hand_over;
mod hand_over_bytes;
mod hedging;
mod held;
mod keys;
mod leaving;
mod limits;
mod off;
mod pressure;
mod replay;
mod stale;
mod verdict;
mod view;
mod warm;
mod watching;
mod whole;
mod world;
