//! The steps of a streamed answer.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::{GARBAGE, Step, ending};
use crate::ask::Ask;
use crate::script::{At, Fault, Framing, Script};
use crate::story::{Ids, Story};
use crate::wire::{self, Frame, Role};

pub(super) fn steps(script: &Script, story: &Story, ask: &Ask, ids: Ids<'_>) -> Vec<Step> {
    let frames = wire::frames(ask.dialect, story);
    let mut writer = Writer {
        script,
        ask,
        ids,
        pending: script.faults.clone(),
        steps: Vec::with_capacity(frames.len() + 4),
        tokens: 0,
        first_waited: false,
        last_token: None,
        group: story.group,
        whole: story.tokens,
        sample: frames.iter().find(|frame| frame.role == Role::Token).cloned(),
    };
    for (index, frame) in frames.iter().enumerate() {
        if writer.frame(index, frame) == Flow::Ended {
            break;
        }
    }
    let mut steps = rechunk(writer.steps, script.shape.framing);
    if script.shape.flush_each {
        steps = steps.into_iter().flat_map(|step| [step, Step::Breath]).collect();
    }
    steps
}

/// How often a provider that sends keep-alives does so while it is silent otherwise.
const PING_EVERY: Duration = Duration::from_secs(5);

#[derive(PartialEq, Eq)]
enum Flow {
    GoesOn,
    Ended,
}

struct Writer<'a> {
    script: &'a Script,
    ask: &'a Ask,
    ids: Ids<'a>,
    /// Faults that have not struck yet, in the script's order.
    pending: Vec<(At, Fault)>,
    steps: Vec<Step>,
    tokens: u32,
    first_waited: bool,
    last_token: Option<Bytes>,
    /// Tokens in one event.
    group: u32,
    /// Tokens in the whole answer.
    whole: u32,
    /// A frame to break for `Malformed`.
    sample: Option<Frame>,
}

impl Writer<'_> {
    fn frame(&mut self, index: usize, frame: &Frame) -> Flow {
        let content_due = matches!(frame.role, Role::Token | Role::Finish);
        if content_due && !self.first_waited {
            // Faults before the first event strike at once; those at the first token wait for its time.
            if self.strike(|at| at == At::Start) == Flow::Ended {
                return Flow::Ended;
            }
            self.first_waited = true;
            self.wait(self.script.pace.first_token);
        }
        let tokens = self.tokens;
        let due = |at: At| match at {
            At::Start => index == 0,
            At::Token(0) => content_due,
            At::Token(wanted) => tokens >= wanted || frame.role == Role::Finish,
            At::Finish => matches!(frame.role, Role::Finish | Role::Terminator),
            At::Terminator => frame.role == Role::Terminator,
        };
        if self.strike(due) == Flow::Ended {
            return Flow::Ended;
        }
        let bytes = frame.encode(self.script.shape.crlf);
        if frame.role == Role::Token {
            self.token(bytes);
        } else {
            if frame.role == Role::Finish && self.script.shape.duplicate_finish {
                self.send(bytes.clone());
            }
            if frame.role == Role::Usage && self.script.shape.usage_twice {
                self.send(bytes.clone());
            }
            self.send(bytes);
        }
        Flow::GoesOn
    }

    fn token(&mut self, bytes: Bytes) {
        // Events are filled up in order, so only the last one can hold fewer.
        let tokens = self.group.min(self.whole.saturating_sub(self.tokens)).max(1);
        if self.tokens > 0 {
            let pace = self.script.pace;
            let each = match pace.drip {
                Some((from, every)) if self.tokens >= from => every,
                Some(_) | None => pace.between,
            };
            self.wait(each * tokens);
        }
        if self.script.shape.pings {
            self.send(wire::keep_alive(self.ask.dialect, self.script.shape.crlf));
        }
        self.tokens += tokens;
        self.last_token = Some(bytes.clone());
        self.steps.push(Step::Send { bytes, tokens });
    }

    fn wait(&mut self, time: Duration) {
        let mut left = time;
        while self.script.shape.pings && left > PING_EVERY {
            self.steps.push(Step::Wait(PING_EVERY));
            self.send(wire::keep_alive(self.ask.dialect, self.script.shape.crlf));
            left -= PING_EVERY;
        }
        if left > Duration::ZERO {
            self.steps.push(Step::Wait(left));
        }
    }

    fn send(&mut self, bytes: Bytes) {
        self.steps.push(Step::Send { bytes, tokens: 0 });
    }

    /// Plays every pending fault whose place has come.
    fn strike(&mut self, due: impl Fn(At) -> bool) -> Flow {
        let (now, later) = std::mem::take(&mut self.pending).into_iter().partition(|(at, _)| due(*at));
        self.pending = later;
        let now: Vec<(At, Fault)> = now;
        for (_, fault) in now {
            self.play(fault);
            if fault.ends_the_answer() {
                return Flow::Ended;
            }
        }
        Flow::GoesOn
    }

    fn play(&mut self, fault: Fault) {
        match fault {
            Fault::Cut => {}
            Fault::Close | Fault::Reset | Fault::StreamReset | Fault::GoAwayNow | Fault::Stall => {
                self.steps.push(Step::Breath);
                self.steps.extend(ending(fault));
            }
            Fault::Error(kind) => {
                let failure = wire::failure(self.ask.dialect, kind, &self.ask.model);
                for frame in wire::error_frames(self.ask.dialect, &failure, self.ids) {
                    self.send(frame.encode(self.script.shape.crlf));
                }
            }
            Fault::Garbage => self.send(Bytes::from_static(GARBAGE)),
            Fault::Malformed => self.send(self.malformed()),
            Fault::Duplicate => {
                if let Some(bytes) = self.last_token.clone() {
                    self.send(bytes);
                }
            }
            Fault::GoAway => self.steps.push(Step::LastAnswer),
        }
    }

    /// A proper event whose JSON ends in the middle.
    fn malformed(&self) -> Bytes {
        let (event, data) = match &self.sample {
            Some(frame) => (frame.event, frame.data.as_str()),
            None => (None, "{\"broken\":{\"json\":"),
        };
        let half: String = data.chars().take(data.chars().count() / 2).collect();
        wire::encode(event, &half, self.script.shape.crlf)
    }
}

/// Joins and cuts what is sent without a wait in between.
fn rechunk(steps: Vec<Step>, framing: Framing) -> Vec<Step> {
    let size = match framing {
        Framing::PerEvent => return steps,
        Framing::OneWrite => usize::MAX,
        Framing::Bytes(size) => size,
    };
    let mut cut = Vec::with_capacity(steps.len());
    let mut joined = BytesMut::new();
    let mut token_ends: Vec<usize> = Vec::new();
    for step in steps {
        if let Step::Send { bytes, tokens } = step {
            joined.extend_from_slice(&bytes);
            token_ends.extend(std::iter::repeat_n(joined.len(), tokens as usize));
        } else {
            chunks(&mut cut, &mut joined, &mut token_ends, size);
            cut.push(step);
        }
    }
    chunks(&mut cut, &mut joined, &mut token_ends, size);
    cut
}

fn chunks(cut: &mut Vec<Step>, joined: &mut BytesMut, token_ends: &mut Vec<usize>, size: usize) {
    let mut whole = joined.split().freeze();
    let mut from = 0;
    while !whole.is_empty() {
        let bytes = whole.split_to(size.min(whole.len()));
        let to = from + bytes.len();
        let tokens = token_ends.iter().filter(|end| (from + 1..=to).contains(*end)).count();
        cut.push(Step::Send { bytes, tokens: u32::try_from(tokens).unwrap_or(u32::MAX) });
        from = to;
    }
    token_ends.clear();
}
