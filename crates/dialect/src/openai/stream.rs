//! Streams in the dialect: a provider's chunks read, a caller's chunks written.

mod chunk;
mod decoder;
mod encoder;
mod fragments;

pub(crate) use chunk::Fragment;
pub use decoder::Decoder;
pub(crate) use decoder::{failure, finish_reason};
pub use encoder::Encoder;
pub(super) use encoder::finish_word;
pub(crate) use fragments::Fragments;
