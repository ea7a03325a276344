//! Requests of Anthropic messages: read from a caller, and written for a provider.
//!
//! # Invariants
//! * What a caller of this dialect wrote and the hub does not know comes back out where it stood, at every level.
//! * What a caller of another dialect wrote and Anthropic does not know is never sent: it is a loss, named as that
//!   caller names it, or the target is refused.

mod decode;
mod encode;
mod foreign;
mod messages;
mod names;
mod thinking;
mod tools;

pub use decode::decode;
pub use encode::encode;
pub(crate) use foreign::{drop_refused, note_rest, refuse_unanswerable};
pub(crate) use names::{Field, Place, name, part_path, places};
