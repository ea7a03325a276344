//! Requests in the dialect: a caller's body read, a provider's body written.
//!
//! # What `rest` holds here
//! A `rest` map holds the unknown members of the object it belongs to. Where a known member is an object itself
//! (`function` in a tool, `image_url` in a part), that object's own unknown members stand in `rest` under the
//! member's name, and are merged back when it is written. `response_format`, `tool_choice` and `stream_options`
//! leave theirs in the request's `rest` the same way; a `response_format` or `tool_choice` this project does not
//! know at all stands there whole.

mod decode;
mod encode;
mod message_decode;
mod message_encode;
mod place;

pub use decode::decode;
pub use encode::encode;

/// The member of [`crate::hub::Part::Reasoning`]'s `rest` that says under which name the caller wrote the text,
/// when it was not `reasoning_content`.
const REASONING_FIELD: &str = "field";
