//! How a caller names what the hub holds, for losses and refusals.

use crate::Dialect;
use crate::hub::{Part, Request, Role};

/// A field of the hub that dialects name differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Texts that end the answer.
    Stop,
    /// The shape of the answer.
    Format,
    /// How much the model thinks.
    Reasoning,
    /// Whether several tools may be called at once.
    ParallelTools,
    /// The end user's id.
    User,
}

/// The caller's name of a field.
pub(crate) fn name(origin: Dialect, field: Field) -> &'static str {
    match (origin, field) {
        (Dialect::Anthropic, Field::Stop) | (Dialect::Cohere, Field::Stop) => "stop_sequences",
        (Dialect::OpenAi, Field::Stop) => "stop",
        (Dialect::Anthropic, Field::Format) => "output_config.format",
        (Dialect::OpenAi | Dialect::Cohere, Field::Format) => "response_format",
        (Dialect::OpenAi, Field::Reasoning) => "reasoning_effort",
        (Dialect::Anthropic | Dialect::Cohere, Field::Reasoning) => "thinking",
        (Dialect::Anthropic, Field::ParallelTools) => "tool_choice.disable_parallel_tool_use",
        (Dialect::OpenAi | Dialect::Cohere, Field::ParallelTools) => "parallel_tool_calls",
        (Dialect::Anthropic, Field::User) => "metadata.user_id",
        (Dialect::OpenAi | Dialect::Cohere, Field::User) => "user",
    }
}

/// Where a message of the hub stands in the caller's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `messages[2]`, or `system`.
    pub(crate) path: String,
    /// How many blocks of the same turn stand before the message's own.
    before: usize,
}

/// Where each of the hub's messages stands in the caller's body. An Anthropic caller's leading system message is
/// `system`, and its tool results share a turn with the user's words, which follow them as the vendor asks.
pub(crate) fn places(request: &Request) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(request.messages.len());
    let mut turns = 0usize;
    let mut last = None;
    for message in &request.messages {
        let place = match (request.origin, last, places.last()) {
            (Dialect::Anthropic, None | Some(Role::System), _)
                if message.role == Role::System && turns == 0 =>
            {
                Place { path: "system".to_owned(), before: 0 }
            }
            (Dialect::Anthropic, Some(Role::Tool), Some(turn))
                if matches!(message.role, Role::Tool | Role::User) =>
            {
                Place { path: turn.path.clone(), before: turn.before + 1 }
            }
            _ => {
                turns += 1;
                Place { path: format!("messages[{}]", turns - 1), before: 0 }
            }
        };
        places.push(place);
        last = Some(message.role);
    }
    places
}

/// Where a part stands in the caller's body, given its message's place.
pub(crate) fn part_path(origin: Dialect, place: &Place, parts: &[Part], at: usize) -> String {
    let is_call = |part: &Part| matches!(part, Part::ToolUse { .. });
    let is_content = |part: &Part| !is_call(part) && !matches!(part, Part::Reasoning { .. });
    let earlier = parts.get(..at).unwrap_or(parts);
    let Place { path, before } = place;
    match origin {
        Dialect::Anthropic if path == "system" => format!("system[{at}]"),
        Dialect::Anthropic => format!("{path}.content[{}]", before + at),
        Dialect::OpenAi | Dialect::Cohere => match parts.get(at) {
            Some(part) if is_call(part) => {
                format!("{path}.tool_calls[{}]", earlier.iter().filter(|p| is_call(p)).count())
            }
            Some(Part::ToolResult { .. }) => path.clone(),
            _ => format!("{path}.content[{}]", earlier.iter().filter(|p| is_content(p)).count()),
        },
    }
}
