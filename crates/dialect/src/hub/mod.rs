//! The hub: one typed shape between all dialects.
//!
//! A request is decoded into [`Request`], and a provider's stream into [`Event`]s; each dialect has a codec to and
//! from these. The hub follows OpenAI chat completions where the field has a common ground, and keeps what it does
//! not know in `rest` maps at every level, so that nothing a caller wrote is lost on the way to a target that
//! could have used it.

mod answer;
mod losses;
mod request;

pub use answer::{Answer, Event, Finish, FinishReason, Identity, ToolCall, Usage};
pub use losses::Losses;
pub use request::{Choice, Format, Image, Message, Part, Reasoning, Request, Role, Sampling, Tool};

/// Fields this project does not know, in the order in which they were written.
pub type Rest = serde_json::Map<String, serde_json::Value>;
