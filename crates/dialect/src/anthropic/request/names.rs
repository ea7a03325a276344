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

/// Where each of the hub's messages stands in the caller's body. An Anthropic caller's leading system message is
/// `system`, and its tool results share a turn with the user's words behind them.
pub(crate) fn places(request: &Request) -> Vec<String> {
    let mut places = Vec::with_capacity(request.messages.len());
    let mut index = 0usize;
    let mut before: Option<Role> = None;
    for message in &request.messages {
        if request.origin == Dialect::Anthropic {
            if message.role == Role::System && index == 0 && before.is_none_or(|b| b == Role::System) {
                places.push("system".to_owned());
                before = Some(Role::System);
                continue;
            }
            let same_turn = before == Some(Role::Tool) && matches!(message.role, Role::Tool | Role::User);
            if same_turn {
                index = index.saturating_sub(1);
            }
        }
        places.push(format!("messages[{index}]"));
        before = Some(message.role);
        index += 1;
    }
    places
}

/// Where a part stands in the caller's body, given its message's place.
pub(crate) fn part_path(origin: Dialect, place: &str, parts: &[Part], at: usize) -> String {
    let is_call = |part: &Part| matches!(part, Part::ToolUse { .. });
    let is_content = |part: &Part| !is_call(part) && !matches!(part, Part::Reasoning { .. });
    let before = parts.get(..at).unwrap_or(parts);
    match origin {
        Dialect::Anthropic if place == "system" => format!("system[{at}]"),
        Dialect::Anthropic => format!("{place}.content[{at}]"),
        Dialect::OpenAi | Dialect::Cohere => match parts.get(at) {
            Some(part) if is_call(part) => {
                format!("{place}.tool_calls[{}]", before.iter().filter(|p| is_call(p)).count())
            }
            Some(Part::ToolResult { .. }) => place.to_owned(),
            _ => format!("{place}.content[{}]", before.iter().filter(|p| is_content(p)).count()),
        },
    }
}
