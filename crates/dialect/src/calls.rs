//! What is held of a stream: tool calls until they are whole, and an answer that must be JSON until it is finished.
//!
//! # What is held
//! **Tool calls.** An application runs a tool with what it was given, so half a call is worse than none. The pieces of
//! a call are held until the call is complete; only one that can be read goes on. Until then nothing of it has been sent, and another
//! target can still make the call instead (resilience notes, B37). What stands behind a held call in the stream waits
//! with it, so that the order stays.
//!
//! **Answers in JSON**, where [`Gate::new`] is told so. Whoever asked for JSON can do nothing with half of it, so it is
//! held from its first content on, a refusal too, and with it what stands behind it (resilience notes, D2.2). It goes on
//! once every choice that has begun says why it is finished, and the calls behind it are whole. Thinking in front of it
//! is shown as it comes.
//!
//! # When a call is complete
//! Where its dialect says so (the end of its block), with the finish reason, or when something else begins and its
//! arguments are a whole object. Some servers write several calls at once, piece by piece: one whose arguments are no
//! whole object yet is not broken because another begins.
//!
//! # Invariants
//! * What is held and what goes on are, put together in order, exactly what came in. Nothing is copied to hold it.
//! * A broken call never goes on, nor anything behind it.
//! * A call that the token limit or the provider's policy cut is not broken: the model was allowed no more. The same is
//!   true of an answer in JSON.
//! * An answer in JSON without a finish reason never goes on, whether its body ends or its terminator comes: some
//!   proxies write the terminator behind whatever the provider had said when it died.

use crate::Dialect;
use crate::anthropic::words;
use crate::hub::{Event, FinishReason};
use crate::whole::{BROKEN_ARGUMENTS, NAMELESS_CALL, NO_CALL, NO_ID, are_arguments};
use bytes::Bytes;

/// Most that is held for tool calls or an answer in JSON, bytes of the stream: about 100,000 tokens at the 330 bytes
/// that OpenAI spends on each. An agent that writes a file of 10,000 tokens needs a tenth of it.
pub(crate) const MAX_HELD: usize = 32 * 1024 * 1024;

/// More calls than any provider writes.
const MAX_CALLS: usize = 1024;

/// More choices than OpenAI gives.
pub(crate) const MAX_CHOICES: usize = 128;

/// Which call: the choice it belongs to and its number there.
pub(crate) type Key = (u64, u32);

/// What a tool takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// JSON.
    Json,
    /// Free text (OpenAI's custom tools).
    Text,
}

/// What is wrong with what is held, for whoever reads the attempt's record.
type Broken = &'static str;

/// The calls of one answer, as far as they have come.
#[derive(Debug)]
struct Calls {
    caller: Dialect,
    open: Vec<Call>,
    /// Those that went on.
    done: Vec<Key>,
    /// Choices that call tools.
    calling: Vec<u64>,
    /// The event that is being read adds to a call.
    touched: bool,
    /// The event that is being read freed what was held in front of it.
    freed: bool,
}

#[derive(Debug)]
struct Call {
    key: Key,
    input: Input,
    has_name: bool,
    has_id: bool,
    arguments: String,
    /// Its block has ended.
    ended: bool,
    /// So long were the arguments when they were last found to be no whole object.
    incomplete_at: usize,
}

impl Call {
    fn wrong(&self, caller: Dialect) -> Option<Broken> {
        let can_be_read = match (self.input, caller) {
            (Input::Text, _) => true,
            (Input::Json, Dialect::OpenAi) => are_arguments(&self.arguments),
            (Input::Json, Dialect::Anthropic | Dialect::Cohere) => words::is_tool_input(&self.arguments),
        };
        match self {
            Call { has_name: false, .. } => Some(NAMELESS_CALL),
            Call { has_id: false, .. } => Some(NO_ID),
            Call { .. } if !can_be_read => Some(BROKEN_ARGUMENTS),
            Call { .. } => None,
        }
    }

    /// Whether nothing more can follow: its block has ended, or its arguments are a whole object.
    fn is_surely_whole(&mut self, caller: Dialect) -> bool {
        if self.ended {
            return self.wrong(caller).is_none();
        }
        let arguments = self.arguments.trim();
        let is_candidate =
            self.input == Input::Json && arguments.starts_with('{') && arguments.ends_with('}');
        if !is_candidate || self.incomplete_at == self.arguments.len() {
            return false;
        }
        let whole = self.wrong(caller).is_none();
        if !whole {
            self.incomplete_at = self.arguments.len();
        }
        whole
    }
}

impl Calls {
    /// A piece of a call comes; the first one begins it.
    fn announce(&mut self, key: Key, input: Input) -> Result<(), Broken> {
        if self.open.iter().any(|call| call.key == key) {
            self.touched = true;
            return Ok(());
        }
        if self.done.contains(&key) {
            return Ok(());
        }
        self.something_else()?;
        if self.open.len() + self.done.len() >= MAX_CALLS {
            return Err("it begins too many tool calls");
        }
        self.touched = true;
        if !self.calling.contains(&key.0) {
            self.calling.push(key.0);
        }
        let arguments = String::new();
        self.open.push(Call {
            key,
            input,
            has_name: false,
            has_id: false,
            arguments,
            ended: false,
            incomplete_at: 0,
        });
        Ok(())
    }

    fn named(&mut self, key: Key, id: &str, name: &str) {
        if let Some(call) = self.open.iter_mut().find(|call| call.key == key) {
            call.has_name |= !name.is_empty();
            call.has_id |= !id.is_empty();
        }
    }

    fn arguments(&mut self, key: Key, piece: &str) -> Result<(), Broken> {
        match self.open.iter_mut().find(|call| call.key == key) {
            Some(call) => {
                call.arguments.push_str(piece);
                self.touched = true;
                Ok(())
            }
            // A whole object that goes on is none.
            None if self.done.contains(&key) && !piece.trim().is_empty() => Err(BROKEN_ARGUMENTS),
            None => Ok(()),
        }
    }

    /// Something begins that is no piece of an open call: what is whole can go on in front of it.
    fn something_else(&mut self) -> Result<(), Broken> {
        if self.open.is_empty() || self.touched {
            return Ok(());
        }
        let caller = self.caller;
        if let Some(wrong) = self.open.iter().filter(|call| call.ended).find_map(|call| call.wrong(caller)) {
            return Err(wrong);
        }
        if self.open.iter_mut().all(|call| call.is_surely_whole(caller)) {
            self.free();
            self.freed = true;
        }
        Ok(())
    }

    /// A call's block has ended. One that cannot be read is not broken yet: the reason may follow.
    fn block_end(&mut self, key: Key) {
        if let Some(call) = self.open.iter_mut().find(|call| call.key == key) {
            call.ended = true;
        }
        let caller = self.caller;
        if self.open.iter().all(|call| call.ended && call.wrong(caller).is_none()) {
            self.free();
        }
    }

    fn finish(&mut self, choice: u64, reason: FinishReason) -> Result<(), Broken> {
        match reason {
            FinishReason::ToolCalls if !self.calling.contains(&choice) => return Err(NO_CALL),
            FinishReason::Length | FinishReason::ContentFilter => {
                self.done.extend(self.open.extract_if(.., |call| call.key.0 == choice).map(|call| call.key));
                return Ok(());
            }
            FinishReason::Failed => return Ok(()),
            FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Unknown => {}
        }
        let caller = self.caller;
        for call in self.open.iter_mut().filter(|call| call.key.0 == choice) {
            call.ended = true;
            if let Some(wrong) = call.wrong(caller) {
                return Err(wrong);
            }
        }
        if self.open.iter().all(|call| call.ended) {
            self.free();
        }
        Ok(())
    }

    /// The answer's end.
    fn end(&mut self) -> Result<(), Broken> {
        match self.open.iter().find_map(|call| call.wrong(self.caller)) {
            Some(wrong) => Err(wrong),
            None => {
                self.free();
                Ok(())
            }
        }
    }

    fn free(&mut self) {
        self.done.extend(self.open.drain(..).map(|call| call.key));
    }
}

/// An answer that must be JSON, as far as its choices have come.
#[derive(Debug, Default)]
struct Json {
    /// Whether the answer must be JSON: for any other, nothing here is used.
    wanted: bool,
    /// Something of the answer is held.
    holding: bool,
    /// It was already when the event that is being read began.
    was_holding: bool,
    /// Choices that have begun and not said why they are finished.
    begun: Vec<u64>,
    /// Choices that have. What they say afterwards is not held.
    finished: Vec<u64>,
}

impl Json {
    /// A piece of a choice comes, with or without content that must be held.
    fn piece(&mut self, choice: u64, content: bool) -> Result<(), Broken> {
        if self.finished.contains(&choice) {
            return Ok(());
        }
        if !self.begun.contains(&choice) {
            if self.begun.len() + self.finished.len() >= MAX_CHOICES {
                return Err("it has more than 128 choices");
            }
            self.begun.push(choice);
        }
        self.holding |= content;
        Ok(())
    }

    fn finish(&mut self, choice: u64, reason: FinishReason) -> Result<(), Broken> {
        match reason {
            FinishReason::Failed => return Ok(()),
            FinishReason::Stop
            | FinishReason::Length
            | FinishReason::ContentFilter
            | FinishReason::ToolCalls
            | FinishReason::Unknown => {}
        }
        self.piece(choice, false)?;
        self.finished.extend(self.begun.extract_if(.., |begun| *begun == choice));
        self.holding &= !self.begun.is_empty();
        Ok(())
    }

    /// The answer's end.
    fn end(&self) -> Result<(), Broken> {
        if self.holding { Err("the answer ends without a finish reason") } else { Ok(()) }
    }
}

/// Lets a stream through and holds what belongs to a call that is not whole, or to an answer in JSON that is not
/// finished.
///
/// For each event: [`Gate::before`], then what the event says of choices and calls, then [`Gate::after`]; for each
/// chunk of events at last [`Gate::cut`].
#[derive(Debug)]
pub(crate) struct Gate {
    calls: Calls,
    json: Json,
    pieces: Vec<Bytes>,
    size: usize,
    /// Of the chunk that is being read, so much may go on.
    free: usize,
    /// What was held in front of this chunk may go on.
    opened: bool,
    was_holding: bool,
}

/// What an event's content came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Content goes on, be it this event's or what was held.
    pub(crate) content: bool,
    /// This event's content is held.
    pub(crate) held: bool,
}

/// What goes on of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Through {
    /// What was held in front of the chunk.
    pub(crate) released: Vec<Bytes>,
    pub(crate) bytes: Bytes,
    /// More is held than [`MAX_HELD`].
    pub(crate) too_long: bool,
}

impl Gate {
    /// A gate in front of a caller of this dialect. `hold_json`: the answer must be JSON and is held.
    pub(crate) fn new(caller: Dialect, hold_json: bool) -> Self {
        let calls = Calls {
            caller,
            open: Vec::new(),
            done: Vec::new(),
            calling: Vec::new(),
            touched: false,
            freed: false,
        };
        let json = Json { wanted: hold_json, ..Json::default() };
        Self { calls, json, pieces: Vec::new(), size: 0, free: 0, opened: false, was_holding: false }
    }

    /// Whether a call is open or an answer in JSON not finished.
    pub(crate) fn is_holding(&self) -> bool {
        self.json.holding || !self.calls.open.is_empty()
    }

    /// What is held, in words.
    pub(crate) fn what_is_held(&self) -> &'static str {
        if self.json.holding { "an answer in JSON" } else { "a tool call" }
    }

    /// Whether the answer must be JSON: only then does [`Gate::choice`] have to be told.
    pub(crate) fn holds_json(&self) -> bool {
        self.json.wanted
    }

    /// An event follows that stands in the chunk from `start` on.
    pub(crate) fn before(&mut self, start: usize) {
        self.was_holding = self.is_holding();
        self.json.was_holding = self.json.holding;
        if !self.was_holding {
            self.free = start;
        }
        (self.calls.touched, self.calls.freed) = (false, false);
    }

    /// The event has been read: it stands from `start` to `end`, and bears content or does not.
    pub(crate) fn after(&mut self, start: usize, end: usize, content: bool) -> Passed {
        // A call behind an answer in JSON waits with it.
        let freed = self.calls.freed && !self.json.was_holding;
        if freed {
            self.free = start;
        }
        let holding = self.is_holding();
        let opened = freed || (self.was_holding && !holding);
        self.opened |= opened;
        if !holding {
            self.free = end;
        }
        Passed { content: opened || (content && !holding), held: content && holding }
    }

    /// The chunk has been read. `whole`: to its end, without a fault and without the answer's end.
    pub(crate) fn cut(&mut self, chunk: Bytes, whole: bool) -> Through {
        let holding = self.is_holding();
        let end = if whole && !holding { chunk.len() } else { self.free };
        let released = if std::mem::take(&mut self.opened) {
            self.size = 0;
            std::mem::take(&mut self.pieces)
        } else {
            Vec::new()
        };
        self.free = 0;
        let bytes = chunk.slice(..end.min(chunk.len()));
        if holding && whole {
            let rest = chunk.slice(bytes.len()..);
            self.size = self.size.saturating_add(rest.len() + size_of::<Bytes>());
            if !rest.is_empty() {
                self.pieces.push(rest);
            }
        }
        Through { released, bytes, too_long: self.size > MAX_HELD }
    }

    /// What an event of the hub says of the answer and its calls.
    pub(crate) fn event(&mut self, event: &Event) -> Result<(), Broken> {
        match event {
            Event::ToolStart { index, id, name } => self.begins((0, *index), Input::Json, id, name),
            Event::ToolArguments { index, fragment } => self.arguments((0, *index), fragment),
            Event::Finish(finish) => self.finish(0, finish.reason),
            Event::End => self.end(),
            event if event.bears_content() => {
                if self.holds_json() && matches!(event, Event::Text(_) | Event::Refusal(_)) {
                    self.choice(0, true)?;
                }
                self.something_else()
            }
            Event::Start { .. }
            | Event::Text(_)
            | Event::Reasoning(_)
            | Event::Signature(_)
            | Event::Refusal(_)
            | Event::Usage(_)
            | Event::Error(_)
            | Event::Ping
            | Event::Other(_) => Ok(()),
        }
    }

    /// A piece of a choice of an answer in JSON. `content`: it bears content that is neither thinking nor a call in
    /// pieces.
    pub(crate) fn choice(&mut self, choice: u64, content: bool) -> Result<(), Broken> {
        self.json.piece(choice, content)
    }

    /// A piece of a call whose name may not be known yet.
    pub(crate) fn announce(&mut self, key: Key, input: Input) -> Result<(), Broken> {
        self.calls.announce(key, input)
    }

    /// A call says what it is.
    pub(crate) fn begins(&mut self, key: Key, input: Input, id: &str, name: &str) -> Result<(), Broken> {
        self.calls.announce(key, input)?;
        self.calls.named(key, id, name);
        Ok(())
    }

    /// A piece of a call's arguments.
    pub(crate) fn arguments(&mut self, key: Key, piece: &str) -> Result<(), Broken> {
        self.calls.arguments(key, piece)
    }

    /// Content that is no call, or a call in a form without pieces.
    pub(crate) fn something_else(&mut self) -> Result<(), Broken> {
        self.calls.something_else()
    }

    /// A choice calls in the older form, which is not held.
    pub(crate) fn calls_in_the_older_form(&mut self, choice: u64) {
        self.calls.calling.push(choice);
        self.calls.calling.dedup();
    }

    /// A call's block has ended.
    pub(crate) fn block_end(&mut self, key: Key) {
        self.calls.block_end(key);
    }

    /// A choice says why it is finished.
    pub(crate) fn finish(&mut self, choice: u64, reason: FinishReason) -> Result<(), Broken> {
        self.calls.finish(choice, reason)?;
        if self.json.wanted { self.json.finish(choice, reason) } else { Ok(()) }
    }

    /// The answer's end.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        self.calls.end()?;
        self.json.end()
    }
}
