//! The client against raw peers over loopback and in-memory pipes.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod http1;
mod http2;
mod support;
mod tls;
