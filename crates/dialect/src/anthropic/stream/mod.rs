//! The event stream of Anthropic messages: read from a provider, and written for a caller.

mod decode;
mod encode;

pub use decode::Decoder;
pub use encode::Encoder;
pub(super) use encode::WireUsage;
