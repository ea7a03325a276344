//! Wire formats of LLM APIs.
//!
//! # Purpose
//! Everything Handover knows about how a provider or a caller writes bytes lives here: how a stream is cut into
//! events, where the model's name stands in a body, how a request in one API's shape becomes a request in
//! another's, and how an answer comes back.
//!
//! # Invariants
//! * No I/O and no clock. This crate depends on neither tokio nor hyper (a test reads `Cargo.toml` and says so).
//! * An unknown field never fails and never disappears, at any depth: it survives the byte lane untouched, survives
//!   a round trip through the hub in its own dialect, and where another dialect has no place for it, it is named in
//!   [`hub::Losses`].
//! * Nothing here panics on any input.
//!
//! # Two lanes
//! *Byte lane* ([`json`], [`observe`]): caller and target speak the same dialect, so the request is spliced and
//! the answer's bytes are forwarded while an observer reads them.
//! *Typed lane* ([`hub`] with one folder per API): everything else.
//! Both end in a [`Reader`], which turns the provider's bytes into [`Frame`]s for the caller. Whoever relays
//! frames knows no dialect.

pub mod anthropic;
pub mod call;
mod calls;
pub mod cohere;
pub mod continuation;
pub mod error;
pub mod hub;
pub mod json;
mod noticed;
pub mod observe;
pub mod openai;
pub mod prepare;
pub mod reader;
pub mod seam;
pub mod sse;
pub mod target;
mod thinking;
mod whole;

pub use call::{Call, Needs};
pub use continuation::{Delivered, Handed, prepare_onward};
pub use error::{CallerError, ErrorKind, ProviderError, Stop};
pub use noticed::Shown;
pub use prepare::Prepared;
pub use reader::{Frame, Reader, Seen};
pub use target::{Capabilities, Malformed, Overrides, Prefill, Refused, Target};

/// A wire dialect: the shape of an API, whoever serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI chat completions, and every server that copies it (Ollama, vLLM, llama.cpp, the local engine…).
    OpenAi,
    /// Anthropic messages.
    Anthropic,
    /// Cohere v2 chat.
    Cohere,
}

impl Dialect {
    /// The name used in configuration, logs and headers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Dialect::OpenAi => "openai",
            Dialect::Anthropic => "anthropic",
            Dialect::Cohere => "cohere",
        }
    }
}
