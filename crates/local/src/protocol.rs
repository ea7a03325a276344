//! What the child tells its parent: one line each on its standard output.
//!
//! The parent needs no socket to know how the child is: a heartbeat comes from the engine's own thread, so that
//! a missing one means that no token is coming. The child, in turn, ends when its standard input closes, which
//! happens whenever the parent ends, however it ends.

use std::fmt;
use std::time::Duration;

/// The hidden subcommand of the `handover` binary that runs the child.
pub const SUBCOMMAND: &str = "local-worker";

/// The members of a request that the child heeds. `logit_bias` is not among them although the engine has it: its
/// token ids are those of the model the caller had in mind, and mean other words here.
pub const HEEDED_MEMBERS: &[&str] = &[
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "repeat_penalty",
    "response_format",
    "tools",
    "tool_choice",
    "functions",
    "n",
    "logprobs",
    "top_logprobs",
    "audio",
];

/// How often a healthy child gives a heartbeat.
pub const HEARTBEAT: Duration = Duration::from_secs(1);

/// One line of the child's standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The model is loaded and the socket accepts connections.
    Ready,
    /// The engine's thread is going round.
    Alive,
    /// An answer was completed, which is a sign of life as well.
    Answered,
    /// The child cannot start, and why.
    Failed(String),
}

impl Line {
    /// Reads a line; `None` when it is none of ours.
    pub fn parse(line: &str) -> Option<Self> {
        match line.trim_end() {
            "ready" => Some(Self::Ready),
            "alive" => Some(Self::Alive),
            "answered" => Some(Self::Answered),
            other => other.strip_prefix("failed ").map(|why| Self::Failed(why.to_owned())),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => formatter.write_str("ready"),
            Self::Alive => formatter.write_str("alive"),
            Self::Answered => formatter.write_str("answered"),
            Self::Failed(why) => write!(formatter, "failed {}", why.replace(['\r', '\n'], " ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_and_child_understand_each_other() {
        for line in [Line::Ready, Line::Alive, Line::Answered, Line::Failed("no such file".to_owned())] {
            assert_eq!(Line::parse(&format!("{line}\n")), Some(line));
        }
        assert_eq!(Line::parse("llama_model_loader: loaded"), None);
    }
}
