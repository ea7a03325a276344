//! The builder: constructors say what is answered, methods say how and what goes wrong.

use std::time::Duration;

use serde_json::Value;

use crate::continuing::{AskedBy, Continues};

use super::{
    Answer, At, ErrorBody, ErrorKind, ErrorReply, Fault, Finish, Framing, ModelName, Pace, Reply, Script,
    Shape, Text,
};

/// The text of [`Script::ok`].
pub(crate) const DEFAULT_TEXT: &str = "Hello from the simulator.";
/// The text of [`Script::refusal`] in the text form, when none is given.
pub(crate) const DEFAULT_REFUSAL: &str = "I'm sorry, but I can't help with that.";

/// What is answered.
impl Script {
    pub(crate) fn of(reply: Reply) -> Self {
        Script {
            reply,
            pace: Pace::default(),
            shape: Shape::default(),
            faults: Vec::new(),
            headers: Vec::new(),
            model: ModelName::Echo,
        }
    }

    fn said(text: Text) -> Self {
        Script::of(Reply::Answer(Answer {
            text,
            reasoning: None,
            tools: Vec::new(),
            refusal: None,
            tokens: None,
            finish: None,
            prefilled: None,
            instructed: None,
            prompt_tokens: None,
            group: 0,
        }))
    }

    pub(crate) fn failed(kind: Option<ErrorKind>, status: Option<u16>, body: ErrorBody) -> Self {
        Script::of(Reply::Error(ErrorReply { kind, status, body }))
    }

    /// A short friendly answer.
    #[must_use]
    pub fn ok() -> Self {
        Script::answer(DEFAULT_TEXT)
    }

    /// This text, one token per word.
    #[must_use]
    pub fn answer(text: impl Into<String>) -> Self {
        Script::said(Text::Fixed(text.into()))
    }

    /// The last user message, said back.
    #[must_use]
    pub fn echo() -> Self {
        Script::said(Text::Echo)
    }

    /// An answer without any content that finishes normally.
    #[must_use]
    pub fn empty() -> Self {
        Script::answer("")
    }

    /// An answer whose text is this JSON: what a JSON mode gives.
    #[must_use]
    pub fn json(value: &Value) -> Self {
        Script::answer(value.to_string())
    }

    /// A tool call. More calls follow with [`Script::and_tool_call`].
    #[must_use]
    pub fn tool_call(name: impl Into<String>, arguments: Value) -> Self {
        Script::empty().and_tool_call(name, arguments)
    }

    /// A refusal as the model itself says it.
    #[must_use]
    pub fn refusal(text: impl Into<String>) -> Self {
        let mut script = Script::empty();
        if let Reply::Answer(answer) = &mut script.reply {
            answer.refusal = Some(text.into());
        }
        script
    }

    /// An error with this status and the body the dialect has for it.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Script::failed(None, Some(status), ErrorBody::Dialect)
    }

    /// An error as the provider words it: status, body and headers.
    #[must_use]
    pub fn error(kind: ErrorKind) -> Self {
        Script::failed(Some(kind), None, ErrorBody::Dialect)
    }

    /// The HTML page of a CDN, with this status.
    #[must_use]
    pub fn html(status: u16) -> Self {
        Script::failed(None, Some(status), ErrorBody::Html)
    }

    /// The error's body under status 200.
    #[must_use]
    pub fn error_in_200(kind: ErrorKind) -> Self {
        let mut script = Script::error(kind);
        script.shape.status_lie = true;
        script
    }

    /// Reads the request and never answers.
    #[must_use]
    pub fn silent() -> Self {
        Script::of(Reply::Silent)
    }

    /// Resets the connection before the status line.
    #[must_use]
    pub fn reset() -> Self {
        Script::of(Reply::Reset)
    }

    /// Closes the connection before the status line.
    #[must_use]
    pub fn close() -> Self {
        Script::of(Reply::Close)
    }

    /// HTTP/2: GOAWAY that says the request was not processed, and close. HTTP/1: as [`Script::close`].
    #[must_use]
    pub fn goaway() -> Self {
        Script::of(Reply::GoAway)
    }
}

/// More of the answer.
impl Script {
    fn with_answer(mut self, change: impl FnOnce(&mut Answer)) -> Self {
        if let Reply::Answer(answer) = &mut self.reply {
            change(answer);
        }
        self
    }

    fn with_error(mut self, change: impl FnOnce(&mut ErrorReply)) -> Self {
        if let Reply::Error(error) = &mut self.reply {
            change(error);
        }
        self
    }

    /// Thoughts that come before the text.
    #[must_use]
    pub fn reasoning(self, thoughts: impl Into<String>) -> Self {
        self.with_answer(|a| a.reasoning = Some(thoughts.into()))
    }

    /// One more tool call, after the text.
    #[must_use]
    pub fn and_tool_call(self, name: impl Into<String>, arguments: Value) -> Self {
        self.with_answer(|a| a.tools.push((name.into(), arguments)))
    }

    /// Makes the text exactly this many tokens, whatever limit the request names: words are repeated or left out.
    #[must_use]
    pub fn tokens(self, tokens: u32) -> Self {
        self.with_answer(|a| a.tokens = Some(tokens))
    }

    /// Why the answer ends. Default: what fits the content, or `length` where the request's limit of tokens cuts it.
    /// A script that tells the end writes all of its answer, whatever limit the request names.
    #[must_use]
    pub fn finish(self, finish: Finish) -> Self {
        self.with_answer(|a| a.finish = Some(finish))
    }

    /// When the request ends in an assistant message that begins the text, only the rest is said: the same as
    /// [`Script::continuing`] with [`Continues::Exact`].
    #[must_use]
    pub fn continues(self) -> Self {
        self.continuing(Continues::Exact)
    }

    /// What a request gets that asks to go on with a half-written answer. Said twice, it can tell both: what a
    /// prefill gets, and what an instruction gets.
    #[must_use]
    pub fn continuing(self, way: Continues) -> Self {
        self.with_answer(|a| match way.asked_by() {
            AskedBy::Prefill => a.prefilled = Some(way),
            AskedBy::Instruction => a.instructed = Some(way),
        })
    }

    /// What the usage says of the prompt. Default: a count of its words.
    #[must_use]
    pub fn prompt_tokens(self, tokens: u32) -> Self {
        self.with_answer(|a| a.prompt_tokens = Some(tokens))
    }

    /// So many tokens of text in each event of a stream, as a provider under load gives them. Places, pace and usage
    /// still count tokens.
    #[must_use]
    pub fn group(self, tokens: u32) -> Self {
        self.with_answer(|a| a.group = tokens)
    }

    /// The body of an error, sent as it is.
    #[must_use]
    pub fn body(self, body: impl Into<String>) -> Self {
        self.with_error(|e| e.body = ErrorBody::Raw(body.into()))
    }

    /// A response header. It replaces what the simulator would have sent.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The answer names the requested model with this after it, as providers do with a version.
    #[must_use]
    pub fn model_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.model = ModelName::Suffix(suffix.into());
        self
    }

    /// The answer names this model, whatever was asked for.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = ModelName::Fixed(model.into());
        self
    }
}

/// Pace. Times are milliseconds of tokio's clock.
impl Script {
    /// Time from the request to the status line.
    #[must_use]
    pub fn delay_headers(mut self, ms: u64) -> Self {
        self.pace.headers = Duration::from_millis(ms);
        self
    }

    /// Time from the role-only first event to the first token.
    /// An answer that is not streamed comes when its last token would have come: all pace is before its headers.
    #[must_use]
    pub fn delay_first_token(mut self, ms: u64) -> Self {
        self.pace.first_token = Duration::from_millis(ms);
        self
    }

    /// Time between two tokens.
    #[must_use]
    pub fn between_tokens(mut self, ms: u64) -> Self {
        self.pace.between = Duration::from_millis(ms);
        self
    }

    /// After this many tokens, each further one takes this long.
    #[must_use]
    pub fn drip_at(mut self, tokens: u32, ms: u64) -> Self {
        self.pace.drip = Some((tokens, Duration::from_millis(ms)));
        self
    }

    /// All at once: takes every delay away.
    #[must_use]
    pub fn burst(mut self) -> Self {
        self.pace = Pace::default();
        self
    }
}

/// Faults.
impl Script {
    /// Adds a fault. The named methods below read better.
    #[must_use]
    pub fn fault(mut self, at: impl Into<At>, fault: Fault) -> Self {
        self.faults.push((at.into(), fault));
        self
    }

    /// [`Fault::Cut`]: a clean end of the body without terminator. `cut_at(0)`: after the role-only delta.
    #[must_use]
    pub fn cut_at(self, at: impl Into<At>) -> Self {
        self.fault(at, Fault::Cut)
    }

    /// [`Fault::Close`]: the connection ends without the end of the body.
    #[must_use]
    pub fn close_at(self, at: impl Into<At>) -> Self {
        self.fault(at, Fault::Close)
    }

    /// [`Fault::Reset`]: the connection is reset.
    #[must_use]
    pub fn reset_at(self, at: impl Into<At>) -> Self {
        self.fault(at, Fault::Reset)
    }

    /// [`Fault::Stall`]: silence on an open connection.
    #[must_use]
    pub fn stall_at(self, at: impl Into<At>) -> Self {
        self.fault(at, Fault::Stall)
    }

    /// [`Fault::Error`]: an error inside the 200, in the dialect's shape.
    #[must_use]
    pub fn error_event_at(self, at: impl Into<At>, kind: ErrorKind) -> Self {
        self.fault(at, Fault::Error(kind))
    }

    /// [`Fault::Garbage`]: bytes that are no SSE.
    #[must_use]
    pub fn garbage_at(self, at: impl Into<At>) -> Self {
        self.fault(at, Fault::Garbage)
    }

    /// [`Fault::Malformed`]: a frame of broken JSON.
    #[must_use]
    pub fn malformed_at(self, at: impl Into<At>) -> Self {
        self.fault(at, Fault::Malformed)
    }

    /// [`Fault::Duplicate`]: the last token again.
    #[must_use]
    pub fn duplicate_at(self, at: impl Into<At>) -> Self {
        self.fault(at, Fault::Duplicate)
    }
}

/// Shape.
impl Script {
    /// The whole stream as one chunk. Default: one chunk per event, flushed together when nothing waits.
    #[must_use]
    pub fn one_write(mut self) -> Self {
        self.shape.framing = Framing::OneWrite;
        self
    }

    /// Chunks of this many bytes, wherever events begin or end. 0 means 1.
    #[must_use]
    pub fn chunk_bytes(mut self, bytes: usize) -> Self {
        self.shape.framing = Framing::Bytes(bytes.max(1));
        self
    }

    /// Every chunk goes to the socket in a write of its own.
    #[must_use]
    pub fn flush_each(mut self) -> Self {
        self.shape.flush_each = true;
        self
    }

    /// Lines end in CR LF.
    #[must_use]
    pub fn crlf(mut self) -> Self {
        self.shape.crlf = true;
        self
    }

    /// A keep-alive before each token and every five seconds of a wait: Anthropic `ping`, elsewhere an SSE comment.
    #[must_use]
    pub fn pings(mut self) -> Self {
        self.shape.pings = true;
        self
    }

    /// No usage anywhere.
    #[must_use]
    pub fn no_usage(mut self) -> Self {
        self.shape.no_usage = true;
        self
    }

    /// The body stays open after the terminator.
    #[must_use]
    pub fn stay_open(mut self) -> Self {
        self.shape.stay_open = true;
        self
    }

    /// The finish event is sent twice.
    #[must_use]
    pub fn duplicate_finish(mut self) -> Self {
        self.shape.duplicate_finish = true;
        self
    }

    /// The event that bears the usage is sent twice. Only OpenAI has such an event.
    #[must_use]
    pub fn usage_twice(mut self) -> Self {
        self.shape.usage_twice = true;
        self
    }

    /// The arguments of tool calls end in their middle, and the answer ends as if they were whole.
    #[must_use]
    pub fn cut_arguments(mut self) -> Self {
        self.shape.cut_arguments = true;
        self
    }

    /// Tool calls have no id.
    #[must_use]
    pub fn no_call_ids(mut self) -> Self {
        self.shape.no_call_ids = true;
        self
    }

    /// A stream was asked for and one JSON object comes.
    #[must_use]
    pub fn json_instead(mut self) -> Self {
        self.shape.json_instead = true;
        self
    }

    /// Says `content-encoding: gzip` over plain bytes.
    #[must_use]
    pub fn gzip_lie(mut self) -> Self {
        self.shape.gzip_lie = true;
        self
    }

    /// After the answer the idle connection closes without notice.
    #[must_use]
    pub fn then_close(mut self) -> Self {
        self.shape.then_close = true;
        self
    }

    /// Another content type than the body has.
    #[must_use]
    pub fn content_type(mut self, value: impl Into<String>) -> Self {
        self.shape.content_type = Some(value.into());
        self
    }
}
