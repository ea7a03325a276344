//! What has been noticed of an answer in passing: who writes it, what it costs, its text, and what the caller has seen.

use crate::hub::Usage;
use crate::openai::stream::Fragments;

/// What a caller has been shown of an answer; where it is several things, the one that matters most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Shown {
    /// Nothing that bears content.
    #[default]
    Nothing,
    /// Text, and nothing else.
    Text,
    /// Text that has grown too long to be given to another target.
    LongText,
    /// The model's thinking.
    Reasoning,
    /// A refusal.
    Refusal,
    /// A tool call.
    ToolCall,
    /// Something else: sound, a search's result, more than one answer.
    Other,
}

/// Where the caller's own stream stands, for whoever writes on behind a provider's bytes.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The provider's id of the answer, and when it says that it began.
    pub(crate) id: Option<String>,
    pub(crate) created: Option<u64>,
    /// Anthropic: the index of the next block, and of a text that is open.
    pub(crate) next_block: u32,
    pub(crate) text_block: Option<u32>,
}

/// What has been noticed of one answer so far.
#[derive(Debug, Default)]
pub(crate) struct Noticed {
    pub(crate) model: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) transcript: Transcript,
    pub(crate) place: Place,
    /// What the event that is being read would show.
    pub(crate) kind: Shown,
    /// What the caller has been shown.
    pub(crate) shown: Shown,
    /// Pieces of it that were no text.
    pub(crate) other_pieces: u64,
    /// OpenAI's choices that call tools, with the pieces of their calls.
    pub(crate) choices: Vec<(u64, Fragments)>,
    /// Anthropic's blocks that call a tool; the position is the call's number.
    pub(crate) blocks: Vec<u64>,
}

/// The answer's text so far, as far as another target could go on from it, and its end in any case.
///
/// Kept small: a caller that does not read must not make us hold what the kernel has already taken, and a text of
/// more than about 8,000 tokens is not continued anyway (resilience notes, D2.3).
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    text: String,
    overflowed: bool,
    /// Bytes of the whole text.
    length: usize,
    /// How many pieces it came in.
    pieces: u64,
}

/// Longest transcript kept, bytes: 8,000 tokens of four bytes.
const MAX_TRANSCRIPT: usize = 32 * 1024;
/// What is kept of a longer one: enough to see whether it still says anything new.
const TAIL: usize = 8 * 1024;

impl Noticed {
    /// What was noticed of an answer that another target has begun.
    pub(crate) fn of(transcript: Transcript, shown: Shown) -> Self {
        Self { transcript, shown, ..Self::default() }
    }
}

impl Transcript {
    pub(crate) fn push(&mut self, piece: &str) {
        self.length += piece.len();
        self.pieces += u64::from(!piece.is_empty());
        self.text.push_str(piece);
        if self.text.len() > MAX_TRANSCRIPT {
            self.overflowed = true;
            let from = self.text.ceil_char_boundary(self.text.len() - TAIL);
            self.text.drain(..from);
        }
    }

    /// A whole answer's text, which comes at once: more is kept of its end than of one that grows.
    pub(crate) fn push_whole(&mut self, text: &str) {
        self.length += text.len();
        self.text.push_str(text);
        if self.text.len() > MAX_TRANSCRIPT {
            self.overflowed = true;
            let from = self.text.ceil_char_boundary(self.text.len() - MAX_TRANSCRIPT);
            self.text.drain(..from);
        }
    }

    /// What another target wrote of it, in about so many pieces.
    pub(crate) fn of(text: &str, pieces: u64) -> Self {
        Self { pieces, ..Self { text: text.to_owned(), length: text.len(), ..Self::default() } }
    }

    /// How many pieces the text came in.
    pub(crate) fn pieces(&self) -> u64 {
        self.pieces
    }

    /// The text, or `None` when it has grown too long to be kept.
    pub(crate) fn text(&self) -> Option<&str> {
        (!self.overflowed).then_some(&self.text)
    }

    /// The end of the text, and the length of all of it in bytes.
    pub(crate) fn tail(&self) -> (&str, usize) {
        (&self.text, self.length)
    }
}
