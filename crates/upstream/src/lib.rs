//! The only crate that opens outbound sockets: connections to providers over HTTP/1.1 and HTTP/2.
//!
//! A [`Client`] sends a [`Request`] and resolves at the response head; the [`Body`] is read by whoever holds it.
//!
//! Invariants:
//! - A connection belongs to one holder at a time: the call, then its body, then nobody. Dropping the holder
//!   cancels the provider's work at once.
//! - A body that was cut is never taken for complete: its end is where its framing says, or it is an error.
//! - Certificates are always verified.
//! - No error, log line or `Debug` here shows a header value, a query or a byte of a body.
//! - The only clock is the connect timeout (and the age of idle connections). Every other limit is the caller's.

mod body;
mod client;
mod connect;
mod dns;
mod error;
mod h1;
mod h2;
mod origin;
mod pool;
mod tls;

pub use body::{Body, collect};
pub use client::{Client, ClientConfig, Request};
pub use connect::{Connected, Connecting, Connector, Io};
pub use error::{BodyError, BodyErrorKind, CollectError, SendError, SendErrorKind};
pub use origin::{BadUrl, Endpoint, Origin, Scheme};
