//! HTTP/1.1, our side of it.
//!
//! Why not hyper's client: it hands an answer over chunk by chunk, through a channel between the task that
//! drives the connection and the task that reads the body. In a burst of 52 events that is where nearly all of
//! a relay's time goes, and even with both ends in one task each chunk costs several locks and wake-ups.
//! Here the reader of the body is the only one who touches the socket, and a burst comes out as one piece.
//! `examples/burst.rs` measures both.
//!
//! What this client refuses to be clever about: no pipelining, no upgrades, no trailers, no obsolete line
//! folding. An answer whose length is in doubt is an error or ends with its connection, never a guess.

mod body;
mod chunked;
mod head;
mod wire;

pub(crate) use body::{H1Body, Step};
pub(crate) use head::{Head, USER_AGENT, is_ours};
pub(crate) use wire::{H1Error, Wire};
