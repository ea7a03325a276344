//! Reading the answer of a target that goes on with another's.

use super::{Resumption, Stage, at_least, is_surely_half, letters};
use crate::hub::{Event, Finish, FinishReason, Rest, Usage};
use crate::reader::Fault;
use crate::seam::{Join, Lost, Seam};
use serde_json::Value;

/// Gives a caller the rest of an answer.
#[derive(Debug)]
pub(crate) struct Onward {
    pub(crate) stage: Stage,
    seam: Seam,
    told: Value,
    /// The model, as the provider names it, or as it was asked for.
    model: String,
    is_told: bool,
    /// Tokens the caller had before.
    before: u64,
    /// Tokens that were added to the caller's messages.
    added: u64,
    /// Characters of the target's text, and those of them that were new.
    came: u64,
    new: u64,
    /// Pieces of new text and their letters, and how many tokens there may be: a target that repeats words is allowed
    /// more tokens than the caller's limit leaves.
    pieces: u64,
    letters: (u64, u64),
    left: Option<u64>,
    is_full: bool,
    /// The caller cannot have all of the answer yet.
    is_half: bool,
    /// The caller's prompt is not less.
    least_prompt: u64,
    /// What the caller is told of usage.
    usage: Usage,
    /// New text, between the seam and the caller.
    text: String,
}

/// What an event came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// New text goes to the caller.
    pub(crate) content: bool,
    /// The target shows life, and nothing goes to the caller.
    pub(crate) held: bool,
}

impl Onward {
    pub(crate) fn new(resumption: &Resumption, join: Join, model: String) -> Self {
        let Resumption { delivered, told, added, .. } = resumption;
        Self {
            stage: delivered.stage.clone(),
            seam: Seam::new(join, &delivered.text),
            told: told.clone(),
            model,
            is_told: false,
            before: delivered.tokens,
            added: delivered.tokens.saturating_add(*added),
            came: 0,
            new: 0,
            pieces: 0,
            letters: (0, 0),
            is_half: join != Join::Exact && is_surely_half(&delivered.text),
            left: resumption.left,
            is_full: false,
            least_prompt: resumption.least_prompt,
            usage: delivered.usage,
            text: String::new(),
        }
    }

    /// What was counted for the caller: the prompt once, and all that it got.
    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    /// Takes one event of the new target's; `given` hears the text that the caller gets.
    pub(crate) fn event(
        &mut self,
        event: &Event,
        out: &mut Vec<u8>,
        mut given: impl FnMut(&str),
    ) -> Result<Given, Fault> {
        if self.is_full {
            return Ok(Given::default());
        }
        match event {
            Event::Text(piece) if !piece.is_empty() && self.is_at_limit() => {
                self.is_full = true;
                Ok(Given::default())
            }
            Event::Start { model, .. } => {
                if let Some(model) = model.as_ref().filter(|model| !model.is_empty()) {
                    self.model.clone_from(model);
                }
                Ok(Given::default())
            }
            Event::Text(piece) if self.is_told && self.seam.is_joined() => {
                self.came += chars(piece);
                self.new += chars(piece);
                self.count_text(piece);
                given(piece);
                self.stage.event(event, out);
                Ok(Given { content: !piece.is_empty(), held: false })
            }
            Event::Text(piece) => {
                self.text.clear();
                self.came += chars(piece);
                self.seam.push(piece, &mut self.text).map_err(lost)?;
                Ok(self.give(out, given))
            }
            // Thinking in the middle of a text is not for the caller.
            Event::Reasoning(_) | Event::Signature(_) => Ok(Given { content: false, held: true }),
            Event::Refusal(_) => Err(Fault::Seam("declined to go on with another model's answer".to_owned())),
            Event::ToolStart { .. } | Event::ToolArguments { .. } => {
                Err(Fault::Seam("called a tool where it was to go on with a text".to_owned()))
            }
            Event::Usage(usage) => {
                self.count(*usage);
                self.stage.event(&Event::Usage(self.usage), out);
                Ok(Given::default())
            }
            Event::Finish(_) => {
                self.text.clear();
                self.seam.finish(&mut self.text).map_err(lost)?;
                let mut came = self.give(out, given);
                // There may be nothing more to say: the answer was complete but for its end.
                if !self.is_told && self.is_half {
                    return Err(Fault::Seam("wrote nothing more".to_owned()));
                }
                self.tell(out);
                came.held = false;
                self.stage.event(event, out);
                Ok(came)
            }
            Event::Ping if !self.is_told => Ok(Given { content: false, held: true }),
            Event::Ping | Event::End | Event::Error(_) | Event::Other(_) => {
                self.stage.event(event, out);
                Ok(Given::default())
            }
        }
    }

    fn count_text(&mut self, piece: &str) {
        if self.left.is_some() {
            let (ascii, other) = letters(piece);
            self.letters = (self.letters.0 + ascii, self.letters.1 + other);
        }
        self.pieces += u64::from(!piece.is_empty());
    }

    fn is_at_limit(&self) -> bool {
        self.left.is_some_and(|left| at_least(self.pieces, self.letters) >= left)
    }

    /// Ends the answer where the caller's limit is met, and the target writes on. Whether it did.
    pub(crate) fn end_at_limit(&mut self, out: &mut Vec<u8>) -> bool {
        if self.is_full {
            self.usage.prompt.get_or_insert(self.least_prompt.saturating_mul(2));
            self.usage.completion = Some(self.before.saturating_add(at_least(self.pieces, self.letters)));
            let native = "length".to_owned();
            let reason = FinishReason::Length;
            let finish = Finish { reason, stop_sequence: None, native, rest: Rest::new() };
            for event in [Event::Usage(self.usage), Event::Finish(finish), Event::End] {
                self.stage.event(&event, out);
            }
        }
        self.is_full
    }

    fn give(&mut self, out: &mut Vec<u8>, mut given: impl FnMut(&str)) -> Given {
        if self.text.is_empty() {
            return Given { content: false, held: true };
        }
        self.tell(out);
        self.new += chars(&self.text);
        let text = std::mem::take(&mut self.text);
        self.count_text(&text);
        given(&text);
        self.stage.event(&Event::Text(text), out);
        Given { content: true, held: false }
    }

    /// Tells of the hand-over, once, before the first new word.
    fn tell(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.is_told, true) {
            self.stage.hand_over(&self.model, &self.told, out);
        }
    }

    fn count(&mut self, leg: Usage) {
        if let Some(prompt) = leg.prompt {
            // What was added to the caller's messages is not the caller's.
            let asked = prompt.saturating_sub(self.added).max(self.least_prompt);
            self.usage.prompt.get_or_insert(asked.min(prompt));
        }
        if let Some(written) = leg.completion {
            // Of what it wrote, so much was new: a target that repeats words is billed for them, the caller is not.
            let new = written.saturating_mul(self.new).checked_div(self.came).unwrap_or(0);
            self.usage.completion = Some(self.before.saturating_add(new));
        }
    }
}

fn chars(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

fn lost(lost: Lost) -> Fault {
    Fault::Seam(lost.to_string())
}
