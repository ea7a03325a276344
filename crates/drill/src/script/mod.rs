//! What the provider does with one request: the answer, its pace, its shape and its faults.
//!
//! A script has four parts that combine freely: a *reply* (an answer, an error, silence), a *pace* (the three
//! delays), a *shape* (how the bytes are cut and framed) and *faults* that strike at a place in the answer.
//! It says nothing about dialects: the same script plays in each of them, streaming or not.
//!
//! Invariant: every script has a text form, and parsing that text gives the same script back.

mod build;
mod fill;
mod kind;
mod parse;
mod playlist;
mod print;

use std::time::Duration;

use serde_json::Value;

use crate::continuing::Continues;
pub(crate) use build::DEFAULT_TEXT;
pub use fill::Blanks;
pub use kind::ErrorKind;
pub use parse::ParseError;
pub use playlist::Playlist;

/// One request's play. Made with the constructors, or from text: `"ok 'Hello world' first=200ms cut@3"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub(crate) reply: Reply,
    pub(crate) pace: Pace,
    pub(crate) shape: Shape,
    pub(crate) faults: Vec<(At, Fault)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) model: ModelName,
}

/// What is said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    Answer(Answer),
    Error(ErrorReply),
    /// Reads the request and never answers.
    Silent,
    /// TCP reset before the status line.
    Reset,
    /// The connection closes before the status line.
    Close,
    /// HTTP/2: GOAWAY that disowns the request, then close. HTTP/1: close.
    GoAway,
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) text: Text,
    pub(crate) reasoning: Option<String>,
    pub(crate) tools: Vec<(String, Value)>,
    pub(crate) refusal: Option<String>,
    /// The answer is cut or repeated to be exactly this many tokens.
    pub(crate) tokens: Option<u32>,
    pub(crate) finish: Option<Finish>,
    /// What a trailing assistant message gets; without it, what the dialect's models do.
    pub(crate) prefilled: Option<Continues>,
    /// What an instruction to go on gets; without it, obedience.
    pub(crate) instructed: Option<Continues>,
    /// What the usage says of the prompt, instead of the simulator's own count.
    pub(crate) prompt_tokens: Option<u32>,
    /// So many tokens of text in each event of a stream; 0 means one.
    pub(crate) group: u32,
}

/// Where the text of an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Fixed(String),
    /// The last user message.
    Echo,
}

/// An answer that is an error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ErrorReply {
    /// What the provider means; without it, `status` alone decides.
    pub(crate) kind: Option<ErrorKind>,
    /// Overrides the status that belongs to the kind.
    pub(crate) status: Option<u16>,
    pub(crate) body: ErrorBody,
}

/// What the body of an error is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ErrorBody {
    /// The dialect's own error envelope.
    Dialect,
    /// Sent as it is.
    Raw(String),
    /// The page a CDN puts before a dead origin.
    Html,
}

/// Why an answer ended, in words that every dialect has its own for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model had said everything, or called its tools.
    Stop,
    /// The token limit was reached.
    Length,
    /// The model called tools.
    ToolCalls,
    /// The provider's filter ended the answer.
    ContentFilter,
}

/// The three delays. Zero unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pace {
    pub(crate) headers: Duration,
    pub(crate) first_token: Duration,
    pub(crate) between: Duration,
    /// From this many tokens on, this long between tokens.
    pub(crate) drip: Option<(u32, Duration)>,
}

/// How the answer's bytes look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shape {
    pub(crate) framing: Framing,
    /// Every chunk is written to the socket on its own.
    pub(crate) flush_each: bool,
    pub(crate) crlf: bool,
    /// A keep-alive (Anthropic `ping`, elsewhere an SSE comment) before each token, and every five seconds of a
    /// wait inside a stream.
    pub(crate) pings: bool,
    pub(crate) no_usage: bool,
    pub(crate) stay_open: bool,
    pub(crate) duplicate_finish: bool,
    /// OpenAI: the event that bears the usage is sent twice.
    pub(crate) usage_twice: bool,
    /// The arguments of tool calls end in their middle, and the answer ends as if they were whole.
    pub(crate) cut_arguments: bool,
    /// Tool calls have no id.
    pub(crate) no_call_ids: bool,
    pub(crate) json_instead: bool,
    pub(crate) gzip_lie: bool,
    pub(crate) then_close: bool,
    /// The error stands in a body whose status is 200.
    pub(crate) status_lie: bool,
    pub(crate) content_type: Option<String>,
}

/// How events become body chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Framing {
    #[default]
    PerEvent,
    OneWrite,
    Bytes(usize),
}

/// What the answer says its model is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum ModelName {
    #[default]
    Echo,
    Suffix(String),
    Fixed(String),
}

/// A place in an answer. In an answer that is not streamed, a place is a share of the body's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// After the headers, before any event.
    Start,
    /// After this many tokens; 0 is after the role-only first event.
    Token(u32),
    /// After all content, before the event that bears the finish reason.
    Finish,
    /// After the finish reason, before `[DONE]` or `message_stop`.
    Terminator,
}

impl From<u32> for At {
    fn from(tokens: u32) -> Self {
        At::Token(tokens)
    }
}

impl From<usize> for At {
    fn from(tokens: usize) -> Self {
        At::Token(u32::try_from(tokens).unwrap_or(u32::MAX))
    }
}

/// Lets a plain literal stand for a place: `cut_at(3)`. Negative numbers mean 0.
impl From<i32> for At {
    fn from(tokens: i32) -> Self {
        At::Token(u32::try_from(tokens).unwrap_or(0))
    }
}

/// What strikes at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The body ends cleanly, without finish reason and terminator.
    Cut,
    /// The connection closes (FIN) without the end of the body.
    Close,
    /// The connection is reset (RST); in memory, reads fail with `ConnectionReset`.
    Reset,
    /// HTTP/2: RST_STREAM, the connection lives. HTTP/1: as `Close`.
    StreamReset,
    /// Nothing more comes and the connection stays open.
    Stall,
    /// An error in the dialect's shape inside the 200, and the end.
    Error(ErrorKind),
    /// Bytes that are no SSE, then the answer goes on.
    Garbage,
    /// A frame whose JSON is cut in the middle, then the answer goes on.
    Malformed,
    /// The last token is sent a second time, then the answer goes on. Only in streams.
    Duplicate,
    /// HTTP/2: graceful GOAWAY, the answer goes on. HTTP/1: the connection closes after the answer.
    GoAway,
    /// HTTP/2: GOAWAY that disowns the stream, and close. HTTP/1: as `Close`.
    GoAwayNow,
}

impl Fault {
    pub(crate) fn error(self) -> Option<ErrorKind> {
        if let Fault::Error(kind) = self { Some(kind) } else { None }
    }

    /// Whether nothing of the answer follows.
    pub(crate) fn ends_the_answer(self) -> bool {
        match self {
            Fault::Cut | Fault::Close | Fault::Reset | Fault::StreamReset | Fault::Stall => true,
            Fault::Error(_) | Fault::GoAwayNow => true,
            Fault::Garbage | Fault::Malformed | Fault::Duplicate | Fault::GoAway => false,
        }
    }
}
