//! The provider simulator of Handover: a stand-in for OpenAI, Anthropic and Cohere that fails on command.
//!
//! It speaks the three APIs (`POST /v1/chat/completions`, `POST /v1/messages`, `POST /v2/chat`, and
//! `GET /v1/models`), streaming and not. A [`Script`] says what a request gets: an answer, how fast, in which
//! pieces, and what goes wrong where. The simulator checks requests as the real providers do, records them, and
//! knows at once when a client leaves.
//!
//! # In a test
//!
//! ```
//! use handover_drill::{Dialect, Script, Simulator};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! // The first request is told to come back later, the second gets an answer that breaks off after two tokens.
//! let lead = Simulator::new(Dialect::OpenAi)
//!     .sequence([Script::status(429).header("retry-after", "2"), Script::answer("Hello big world").cut_at(2)]);
//!
//! let request = || {
//!     http::Request::post("/v1/chat/completions")
//!         .header("authorization", "Bearer sk-test")
//!         .body(r#"{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#.to_owned())
//!         .unwrap()
//! };
//! let refused = lead.respond(request()).await.unwrap();
//! assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"2".parse().unwrap()));
//!
//! let answer = lead.respond(request()).await.unwrap();
//! let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
//! let body = std::str::from_utf8(&body).unwrap();
//! assert!(body.contains(" big") && !body.contains(" world") && !body.contains("[DONE]"));
//!
//! let seen = lead.wait_for_requests(2).await;
//! assert_eq!((seen[1].model(), seen[1].tokens), ("gpt-4o", 2));
//! # });
//! ```
//!
//! There are three ways to reach it, and they behave alike:
//! [`Simulator::respond`] is a plain function from request to response;
//! [`Simulator::connect`] is a connection in memory, which works under tokio's paused time, so that an outage of
//! an hour takes a millisecond; [`Simulator::listen`] is a TCP port for real sockets and foreign clients.
//!
//! # Scripts as text
//!
//! Every script has a text form, for configuration files, the command line, and the model's name in a request
//! (`"model": "sim:529"` makes one request fail without any configuration).
//!
//! ```
//! use handover_drill::{Playlist, Script};
//!
//! let script: Script = "ok 'Hello world' headers=200ms first=1s every=10ms reset@1".parse().unwrap();
//! assert_eq!(
//!     script,
//!     Script::answer("Hello world").delay_headers(200).delay_first_token(1000).between_tokens(10).reset_at(1),
//! );
//! let outage: Playlist = "529 retry_after=2 then silent then ok".parse().unwrap();
//! assert_eq!(outage.scripts().len(), 3);
//! let mistake = "ok ct@3".parse::<Script>().unwrap_err();
//! assert_eq!(mistake.to_string(), "column 4: unknown word \"ct@3\"; did you mean \"cut@3\"?");
//! ```
//!
//! | first word | gives |
//! |---|---|
//! | `ok "text"`, or just `"text"` | an answer, one token per word |
//! | `echo`, `empty`, `json '{..}'`, `refusal "text"` | the last user message, nothing, JSON text, a refusal |
//! | `tool NAME '{..}'` | a tool call; `tool:NAME='{..}'` adds one to any answer |
//! | `529`, `503 body='..'`, `html 502` | that status with the dialect's error, with that body, as a CDN's page |
//! | `rate_limited`, `quota`, `context_length` … | the errors of [`ErrorKind`], as the vendor words them |
//! | `error_in_200 quota` | an error's body under status 200 |
//! | `silent`, `reset`, `close`, `goaway` | no answer; an end before the status line |
//!
//! | then | adds |
//! |---|---|
//! | `headers=1s first=1s every=10ms drip@5=2s burst` | delays |
//! | `tokens=52 prompt=1200 group=16 finish=length think='..'` | more of the answer |
//! | `continues continues=preamble` | what the model makes of a half-written answer: see [`Continues`] |
//! | `cut@N close@N reset@N stream_reset@N stall@N goaway@N goaway_now@N` | an end after N tokens |
//! | `error@N:overloaded garbage@N malformed@N duplicate@N` | something wrong after N tokens |
//! | `header:NAME=VALUE retry_after=2 type=text/html status=500 body='..'` | other headers, status, body |
//! | `model=NAME suffix=-v2 no_usage usage_twice gzip_lie json_instead stay_open duplicate_finish then_close` | small lies |
//! | `cut_arguments no_call_ids` | broken tool calls |
//! | `one_write chunk_bytes=7 flush_each crlf pings` | another shape of the same bytes |
//!
//! An answer ends with the finish reason `length` where the request's limit of tokens cuts it, unless the script says
//! `tokens=` or `finish=`. Tool calls are not cut.
//!
//! N is a number of tokens of what this answer writes (0: after the role-only first event), or `start`, `finish`, `terminator`: see [`At`].
//!
//! # Half-written answers
//!
//! A request can give the beginning of its answer and ask for the rest. Without a word in the script an OpenAI-like
//! simulator starts anew behind a bare assistant message, repeats it when it says `prefix: true`, and writes on for
//! `continue_final_message: true`; Anthropic's writes on, or refuses for Claude from 4.6 on; Cohere's starts anew.
//! All of them obey an instruction that comes as a user message behind the beginning: they repeat the last ten words
//! and write on. An assistant message counts as a beginning there if the script's text begins with it and goes on.
//! A script can say `continues=` twice, once for each way of asking.
//!
//! ```
//! use handover_drill::{Continues, Dialect, Script, Simulator};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! let script: Script = "ok 'one two three' continues=refuses continues=preamble".parse().unwrap();
//! let backup = Simulator::new(Dialect::OpenAi).default(script);
//! let request = http::Request::post("/v1/chat/completions")
//!     .header("authorization", "Bearer sk-test")
//!     .body(
//!         r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Count"},
//!             {"role":"assistant","content":"one tw"},{"role":"user","content":"Go on"}]}"#
//!             .to_owned(),
//!     )
//!     .unwrap();
//! let answer = backup.respond(request).await.unwrap();
//! let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
//! assert!(std::str::from_utf8(&body).unwrap().contains(r#""content":"Sure, continuing:\n\none two three""#));
//! let seen = backup.last_request().unwrap();
//! assert_eq!((seen.last_text().as_str(), seen.continued), ("Go on", Some(Continues::Preamble)));
//! # });
//! ```
//!
//! # Invariants
//!
//! - The crate depends on no other crate of Handover: a shared mistake would be a test that cannot fail.
//! - The stream and the plain JSON of a request tell the same story; both are written from one value.
//! - The same simulator name, requests and scripts give the same bytes. There is no wall clock and no randomness.
//! - All time is tokio's clock. Nothing is done by sleeping that can be done by waiting for the event.
//! - A request's outcome is recorded exactly once: played to its end, or the client hung up.

mod ask;
mod body;
mod connection;
mod continuing;
mod dialect;
mod faults;
mod net;
mod play;
mod record;
mod script;
mod simulator;
mod story;
#[cfg(test)]
mod tests;
mod validate;
mod wire;

pub use body::{Broken, SimBody};
pub use connection::ClientIo;
pub use continuing::{AskedBy, Continues};
pub use dialect::{Dialect, UnknownDialect};
pub use faults::{
    Asks, Blame, Evidence, Group, HEALTHY, KnownFault, Moment, Network, Pairs, Play, Remedy, Setting,
    Staging, catalogue,
};
pub use net::{Listening, ProviderArgs, serve};
pub use record::{Outcome, Recorded};
pub use script::{At, Blanks, ErrorKind, Fault, Finish, ParseError, Playlist, Script};
pub use simulator::{Reachable, Simulator};
