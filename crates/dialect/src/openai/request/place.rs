//! Where a part stood in the caller's own body, for errors and losses.
//!
//! The hub gives every tool result a message of its own and puts the system prompt in front; an Anthropic caller
//! wrote both elsewhere. A path is only made when something is refused or lost, so it may cost a walk.

use crate::Dialect;
use crate::hub::{Message, Part, Request, Role};

/// The path of message `i` (`messages[3]`, or `system`).
pub(super) fn message(request: &Request, i: usize) -> String {
    match request.origin {
        Dialect::OpenAi | Dialect::Cohere => format!("messages[{i}]"),
        Dialect::Anthropic => match turn(&request.messages, i) {
            Some((turn, _)) => format!("messages[{turn}]"),
            None => "system".to_owned(),
        },
    }
}

/// The path of part `j` of message `i` (`messages[3].content[0]`).
pub(super) fn part(request: &Request, i: usize, j: usize) -> String {
    let at = message(request, i);
    match request.origin {
        Dialect::OpenAi | Dialect::Cohere => {
            // Thinking, which comes first in the hub, is a field of its own in these dialects.
            let before = request.messages.get(i).map_or(0, |m| {
                m.parts.iter().take(j).filter(|p| matches!(p, Part::Reasoning { .. })).count()
            });
            format!("{at}.content[{}]", j - before)
        }
        Dialect::Anthropic => match turn(&request.messages, i) {
            Some((_, offset)) => format!("{at}.content[{}]", offset + j),
            None => format!("{at}[{}]", leading_parts(&request.messages, i) + j),
        },
    }
}

/// The path of piece `k` of a tool result's content.
pub(super) fn result_piece(request: &Request, i: usize, j: usize, k: usize) -> String {
    match request.origin {
        Dialect::OpenAi | Dialect::Cohere => format!("{}.content[{k}]", message(request, i)),
        Dialect::Anthropic => format!("{}.content[{k}]", part(request, i, j)),
    }
}

fn leading_parts(messages: &[Message], i: usize) -> usize {
    messages.iter().take(i).map(|m| m.parts.len()).sum()
}

/// The caller's turn that became message `i`, and how many of its parts went to earlier messages. `None` for the
/// leading system prompt.
fn turn(messages: &[Message], i: usize) -> Option<(usize, usize)> {
    let leading = messages.iter().take_while(|m| m.role == Role::System).count();
    let own = messages.get(leading..=i).filter(|own| !own.is_empty())?;
    let (mut turn, mut offset) = (0, 0);
    for pair in own.windows(2) {
        let [before, now] = pair else { continue };
        // A user's turn with tool results is split behind each result.
        if before.role == Role::Tool && matches!(now.role, Role::Tool | Role::User) {
            offset += before.parts.len();
        } else {
            turn += 1;
            offset = 0;
        }
    }
    Some((turn, offset))
}
