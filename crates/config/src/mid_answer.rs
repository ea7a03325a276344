//! What the configuration can say of an answer that breaks off in the middle, as the rest of Handover sees it.

use std::time::Duration;

/// What happens when a stream breaks after its first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MidStream {
    /// The next target continues the answer, where that is safe.
    Continue,
    /// The answer ends with an error event.
    Stop,
}

/// What a caller of a stream in JSON mode gets, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonStream {
    /// Nothing until the document is complete: half of one is of no use to a program.
    Hold,
    /// Each piece as it comes. An answer that breaks off then leaves half a document with the caller.
    Pass,
}

/// How a model is made to go on from the beginning of an answer, word for word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefill {
    /// In none of these ways, whatever its name says: it is asked to go on in a user turn instead.
    Never,
    /// The embedded engine's own way. It cannot be written in a file.
    Engine,
    /// The beginning is the last message, of the assistant, and nothing else is said (llama.cpp, Claude up to 4.5).
    Trailing,
    /// That message says `prefix: true` (Mistral, DeepSeek's beta address).
    Prefix,
    /// The request says `continue_final_message: true` and `add_generation_prompt: false` (vLLM, SGLang, llama.cpp).
    ContinueFinalMessage,
}

/// Hand-overs in the middle of one answer. Each one bills the prompt again and may be seen at the seam; a second
/// break within one answer is rare (resilience notes, D2.3).
pub const DEFAULT_MAX_HAND_OVERS: u32 = 1;

/// The most that can be allowed: an answer from more than four models is no longer one answer.
pub const MAX_HAND_OVERS: u32 = 3;

/// The longest hold of the first tokens. The resilience notes (D2.2) advise 300 ms; whoever waits longer for a word
/// that is there would be better served by an answer without a stream.
pub const MAX_COMMIT_DELAY: Duration = Duration::from_secs(5);
