//! From the provider's bytes to frames for the caller.
//!
//! A [`Reader`] is made for one attempt. It takes the provider's body chunk by chunk and gives back [`Frame`]s:
//! bytes that can be sent to the caller as they are, and what was seen in them. Whoever relays frames decides on
//! what was seen and never looks at the bytes.
//!
//! # Invariants
//! * A frame holds whole events only, so an error event can follow any frame.
//! * A fault ends the frame in front of it: nothing of the broken event, nor of what follows, is in the bytes.
//! * A tool call goes on when it is whole and can be read, and not before (module `calls`); an answer in JSON when it
//!   is finished, where [`Reading::hold_json`] says so. What is held is in no frame; a fault leaves it where it is.
//! * The end of the body without the provider's own end is [`Unfinished`], never a clean end. Where the provider
//!   said why it finished and only left out the terminator, the terminator is added.

use crate::calls::{Gate, Passed};
use crate::continuation::Onward;
use crate::error::ProviderError;
use crate::hub::{Answer, Event, FinishReason, Identity, Usage};
use crate::noticed::Noticed;
use crate::sse::{self, Splitter};
use crate::target::Malformed;
use crate::{Dialect, anthropic, cohere, openai, whole};
use bytes::{Bytes, BytesMut};
use lanes::{decode, forward, frame, hold, kind_of, malformed};

mod lanes;
mod taking_over;

pub(crate) use lanes::{fault_frame, fold};

/// Bytes for the caller and what was seen in them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    /// Bytes of earlier chunks that were held and go on now, in order. They come before `bytes`.
    pub released: Vec<Bytes>,
    /// For the caller, as they are. May be empty.
    pub bytes: Bytes,
    /// What stood in the provider's bytes of this frame.
    pub seen: Seen,
}

/// What was seen in a piece of a provider's answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Text, reasoning, a refusal or a tool call goes to the caller: the answer has begun.
    pub content: bool,
    /// A piece of a tool call or of an answer in JSON came and is held: a sign of life, and nothing that was sent.
    pub held: bool,
    /// The provider said why it finished.
    pub finish: Option<FinishReason>,
    /// The answer's proper end: nothing follows.
    pub terminal: bool,
    /// The answer is broken here.
    pub fault: Option<Fault>,
}

impl Seen {
    fn add(&mut self, later: Seen) {
        self.content |= later.content;
        self.held |= later.held;
        self.finish = later.finish.or(self.finish);
        self.terminal |= later.terminal;
        self.fault = later.fault.or(self.fault.take());
    }
}

/// Why an answer is broken.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The provider says so itself.
    Provider(Box<ProviderError>),
    /// Its bytes cannot be read.
    Malformed(String),
    /// It was to go on with another target's answer, and did not.
    Seam(String),
}

/// The provider's body ended before its answer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the provider's answer ended before it was complete")]
pub struct Unfinished;

/// How the provider's body is laid out, by its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// `text/event-stream`.
    Events,
    /// `application/json`.
    Json,
}

/// Longest whole answer held, bytes.
pub const MAX_WHOLE: usize = 64 * 1024 * 1024;

/// Reads one attempt's answer; see the module's text.
#[derive(Debug)]
pub struct Reader {
    kind: Kind,
    noticed: Noticed,
    finish: Option<FinishReason>,
    content: bool,
    ended: bool,
    /// Bytes of the provider's body read for an answer that is held.
    held: usize,
    /// Something was given to the caller.
    given: bool,
    /// Goes to the caller before anything else.
    preface: Option<Bytes>,
    /// What the last event of a body that was cut behind it came to.
    last_words: Option<Frame>,
    /// Tokens that another target had written.
    before: u64,
}

#[derive(Debug)]
enum Kind {
    /// Byte lane, streaming: forwarded, observed.
    Forward { dialect: Dialect, splitter: Splitter, gate: Box<Gate>, identity: Identity, include_usage: bool },
    /// Typed lane, streaming: decoded, encoded anew.
    Translate { splitter: Splitter, decoder: Decoder, encoder: Encoder, events: Vec<Event>, gate: Box<Gate> },
    /// The provider streams, the caller does not: folded into one value.
    Fold {
        splitter: Splitter,
        decoder: Decoder,
        answer: Box<Answer>,
        events: Vec<Event>,
        caller: Dialect,
        identity: Identity,
    },
    /// Byte lane, not streaming: held until complete, forwarded.
    Hold { dialect: Dialect, held: BytesMut, first: Option<Bytes>, model: String },
    /// An answer that another target has begun, streaming or folded.
    Onward { splitter: Splitter, decoder: Decoder, onward: Box<Onward>, events: Vec<Event> },
}

#[derive(Debug)]
enum Decoder {
    OpenAi(openai::stream::Decoder),
    Anthropic(anthropic::stream::Decoder),
    Cohere(cohere::stream::Decoder),
}

impl Decoder {
    fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::OpenAi => Decoder::OpenAi(openai::stream::Decoder::default()),
            Dialect::Anthropic => Decoder::Anthropic(anthropic::stream::Decoder::default()),
            Dialect::Cohere => Decoder::Cohere(cohere::stream::Decoder::default()),
        }
    }

    fn event(&mut self, event: &sse::Event<'_>, out: &mut Vec<Event>) -> Result<(), Malformed> {
        match self {
            Decoder::OpenAi(d) => d.event(event.name, &event.data, out),
            Decoder::Anthropic(d) => d.event(event.name, &event.data, out),
            Decoder::Cohere(d) => d.event(event.name, &event.data, out),
        }
    }
}

/// Writes a stream for a caller.
#[derive(Debug, Clone)]
pub(crate) enum Encoder {
    OpenAi(Box<openai::stream::Encoder>),
    Anthropic(Box<anthropic::stream::Encoder>),
}

impl Encoder {
    /// Another model writes from here on.
    pub(crate) fn hand_over(&mut self, model: &str, told: &serde_json::Value, out: &mut Vec<u8>) {
        match self {
            Encoder::OpenAi(e) => e.hand_over(model, told, out),
            Encoder::Anthropic(e) => e.hand_over(model, told, out),
        }
    }

    pub(crate) fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match self {
            Encoder::OpenAi(e) => e.event(event, out),
            Encoder::Anthropic(e) => e.event(event, out),
        }
    }
}

/// What a reader must be told of the request it reads the answer of.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The caller's dialect.
    pub caller: Dialect,
    /// The provider's dialect.
    pub provider: Dialect,
    /// Whether the caller reads a stream.
    pub stream: bool,
    /// Whether the caller asked for usage in an OpenAI stream.
    pub include_usage: bool,
    /// The answer is JSON and is held until it is complete.
    pub hold_json: bool,
}

impl Reader {
    /// A reader for a body of this kind, or `None` when such a body cannot be the answer: JSON where a stream was
    /// asked for across dialects.
    #[must_use]
    pub fn new(reading: &Reading, body: BodyKind, identity: Identity) -> Option<Self> {
        let Reading { caller, provider, stream, include_usage, hold_json } = *reading;
        let splitter = Splitter::default();
        let kind = match (body, stream) {
            (BodyKind::Events, true) if caller == provider => {
                let gate = Box::new(Gate::new(caller, hold_json));
                Kind::Forward { dialect: caller, splitter, gate, identity, include_usage }
            }
            (BodyKind::Events, true) => {
                let encoder = match caller {
                    Dialect::OpenAi => {
                        Encoder::OpenAi(Box::new(openai::stream::Encoder::new(identity, include_usage)))
                    }
                    Dialect::Anthropic => {
                        Encoder::Anthropic(Box::new(anthropic::stream::Encoder::new(identity)))
                    }
                    Dialect::Cohere => return None,
                };
                let (decoder, gate) = (Decoder::new(provider), Box::new(Gate::new(caller, hold_json)));
                Kind::Translate { splitter, decoder, encoder, events: Vec::new(), gate }
            }
            (BodyKind::Events, false) => Kind::Fold {
                splitter,
                decoder: Decoder::new(provider),
                answer: Box::default(),
                events: Vec::new(),
                caller,
                identity,
            },
            (BodyKind::Json, false) if caller == provider => {
                Kind::Hold { dialect: caller, held: BytesMut::new(), first: None, model: identity.model }
            }
            (BodyKind::Json, _) => return None,
        };
        Some(Self::of(kind, Noticed::default()))
    }

    fn of(kind: Kind, noticed: Noticed) -> Self {
        Self {
            kind,
            noticed,
            finish: None,
            content: false,
            ended: false,
            held: 0,
            given: false,
            preface: None,
            last_words: None,
            before: 0,
        }
    }

    /// Takes the next chunk of the provider's body.
    pub fn read(&mut self, chunk: Bytes) -> Frame {
        if matches!(self.kind, Kind::Fold { .. } | Kind::Hold { .. }) {
            self.held = self.held.saturating_add(chunk.len());
            if self.held > MAX_WHOLE {
                return fault_frame(format!("the answer is longer than {MAX_WHOLE} bytes"));
            }
        }
        let whole = match &mut self.kind {
            Kind::Forward { splitter, .. }
            | Kind::Translate { splitter, .. }
            | Kind::Fold { splitter, .. }
            | Kind::Onward { splitter, .. } => splitter.push(chunk),
            Kind::Hold { held, first, .. } => return hold(held, first, chunk),
        };
        let frame = match whole {
            Ok(whole) if whole.is_empty() => return Frame::default(),
            Ok(whole) => self.take(whole),
            Err(e) => fault_frame(e.to_string()),
        };
        // Whatever goes wrong behind the reason why an answer is finished does not spoil it.
        if frame.seen.fault.is_some() && self.is_finished() { self.terminated(frame) } else { frame }
    }

    /// The provider's body has ended.
    ///
    /// # Errors
    /// [`Unfinished`] when the answer had not.
    pub fn end(&mut self) -> Result<Frame, Unfinished> {
        if self.ended {
            return Ok(Frame::default());
        }
        let tail = match &mut self.kind {
            Kind::Forward { splitter, .. }
            | Kind::Translate { splitter, .. }
            | Kind::Fold { splitter, .. }
            | Kind::Onward { splitter, .. } => splitter.finish(),
            Kind::Hold { dialect, held, first, model } => {
                let body = first.take().unwrap_or_else(|| std::mem::take(held).freeze());
                let frame = whole::check(*dialect, body, model, &mut self.noticed)?;
                self.finish = frame.seen.finish;
                self.content = frame.seen.content;
                self.ended = true;
                return Ok(frame);
            }
        };
        // The beginning of a line that says nothing yet is not for the caller.
        let says_something = sse::events(&tail).any(|event| !event.data.is_empty());
        let mut frame = if says_something { self.take(tail) } else { Frame::default() };
        if matches!(frame.seen.fault, Some(Fault::Malformed(_))) {
            // Half an event at the end of a body is a cut, not a provider that writes nonsense.
            frame.seen.fault = None;
        }
        if frame.seen.terminal {
            return Ok(frame);
        }
        if self.is_finished() {
            return Ok(self.terminated(frame));
        }
        if frame.seen.fault.is_some() {
            return Ok(frame);
        }
        // An event whose blank line was cut off has been read, so the caller gets it.
        self.last_words = Some(frame);
        Err(Unfinished)
    }

    /// What came in front of a cut and was not given out before: call it when [`Reader::end`] says [`Unfinished`].
    pub fn last_words(&mut self) -> Frame {
        self.last_words.take().unwrap_or_default()
    }

    /// Whether the answer is all there: the provider said why it finished, and nothing is held.
    fn is_finished(&self) -> bool {
        !self.ended && !self.is_holding() && self.finish.is_some_and(|reason| reason != FinishReason::Failed)
    }

    /// The end that the provider left out, behind `frame`.
    fn terminated(&mut self, frame: Frame) -> Frame {
        self.ended = true;
        let terminator = match self.terminator() {
            Ok(terminator) => terminator,
            Err(fault) => return Frame { seen: Seen { fault: Some(fault), ..frame.seen }, ..frame },
        };
        let mut bytes = BytesMut::from(frame.bytes);
        bytes.extend_from_slice(&terminator);
        let seen = Seen { terminal: true, fault: None, ..frame.seen };
        Frame { released: frame.released, bytes: bytes.freeze(), seen }
    }

    /// The provider's name for the model, if it gave one.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.noticed.model.as_deref()
    }

    /// Tokens counted so far, as the caller is told: for an answer that two targets wrote, the prompt once and all of
    /// the text.
    #[must_use]
    pub fn usage(&self) -> Usage {
        match &self.kind {
            Kind::Onward { onward, .. } => onward.usage(),
            Kind::Forward { .. } | Kind::Translate { .. } | Kind::Fold { .. } | Kind::Hold { .. } => {
                self.noticed.usage
            }
        }
    }

    /// Tokens counted so far by the target that is being read.
    #[must_use]
    pub fn billed(&self) -> Usage {
        self.noticed.usage
    }

    /// The answer's text so far, as the caller has it: what another target would go on from. `None` when it has
    /// grown too long to be continued.
    #[must_use]
    pub fn transcript(&self) -> Option<&str> {
        self.noticed.transcript.text()
    }

    /// The end of the answer's text, and the length of all of it in bytes.
    #[must_use]
    pub fn tail(&self) -> (&str, usize) {
        self.noticed.transcript.tail()
    }

    /// Why the provider finished, once it said so.
    #[must_use]
    pub fn finish(&self) -> Option<FinishReason> {
        self.finish
    }

    /// Whether anything that bears content has been read.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.content
    }

    /// Whether the answer is JSON in one piece, of which nothing is seen before its end.
    #[must_use]
    pub fn is_one_piece(&self) -> bool {
        matches!(self.kind, Kind::Hold { .. })
    }

    /// Whether pieces of a tool call or of an answer in JSON are held.
    fn is_holding(&self) -> bool {
        match &self.kind {
            Kind::Forward { gate, .. } | Kind::Translate { gate, .. } => gate.is_holding(),
            Kind::Fold { .. } | Kind::Hold { .. } | Kind::Onward { .. } => false,
        }
    }

    /// The terminator the provider left out; for an answer that is held, the answer.
    fn terminator(&mut self) -> Result<Bytes, Fault> {
        Ok(match &mut self.kind {
            Kind::Forward { dialect: Dialect::OpenAi, .. } => Bytes::from_static(b"data: [DONE]\n\n"),
            Kind::Forward { .. } => {
                Bytes::from_static(b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
            }
            Kind::Translate { encoder, .. } => {
                let mut out = Vec::new();
                encoder.event(&Event::End, &mut out);
                Bytes::from(out)
            }
            Kind::Fold { answer, caller, identity, .. } => fold(answer, *caller, identity)?,
            Kind::Onward { onward, .. } => {
                let mut out = Vec::new();
                onward.stage.event(&Event::End, &mut out);
                out.extend_from_slice(&onward.stage.whole()?);
                Bytes::from(out)
            }
            Kind::Hold { .. } => Bytes::new(),
        })
    }

    /// Reads whole events.
    fn take(&mut self, whole: Bytes) -> Frame {
        let mut frame = match &mut self.kind {
            Kind::Forward { dialect, gate, .. } => forward(*dialect, whole, &mut self.noticed, gate),
            Kind::Translate { decoder, encoder, events, gate, .. } => {
                let mut out = Vec::with_capacity(whole.len());
                let seen = decode(&whole, decoder, events, &mut self.noticed, |event, noticed| {
                    let start = out.len();
                    gate.before(start);
                    gate.event(event).map_err(malformed)?;
                    encoder.event(event, &mut out);
                    if let Event::Text(text) = event {
                        noticed.transcript.push(text);
                    }
                    let content = event.bears_content();
                    let passed = gate.after(start, out.len(), content);
                    noticed.show(kind_of(event), content, passed);
                    Ok(passed)
                });
                frame(gate, Bytes::from(out), seen)
            }
            Kind::Fold { decoder, answer, events, caller, identity, .. } => {
                let mut seen = decode(&whole, decoder, events, &mut self.noticed, |event, noticed| {
                    answer.add(event);
                    if let Event::Text(text) = event {
                        noticed.transcript.push(text);
                    }
                    let passed = Passed { content: event.bears_content(), held: false };
                    noticed.show(kind_of(event), passed.content, passed);
                    Ok(passed)
                });
                let mut bytes = Bytes::new();
                if seen.terminal && seen.fault.is_none() {
                    match fold(answer, *caller, identity) {
                        Ok(folded) => bytes = folded,
                        Err(fault) => seen.fault = Some(fault),
                    }
                }
                Frame { bytes, seen, ..Frame::default() }
            }
            Kind::Onward { decoder, onward, events, .. } => {
                lanes::onward(&whole, decoder, onward, events, &mut self.noticed)
            }
            Kind::Hold { .. } => Frame::default(),
        };
        if !frame.bytes.is_empty() || !frame.released.is_empty() {
            self.given = true;
            frame.released.splice(0..0, self.preface.take());
        }
        self.finish = frame.seen.finish.or(self.finish);
        self.content |= frame.seen.content;
        self.ended |= frame.seen.terminal;
        frame
    }
}
