//! Anthropic messages. Both API versions answer alike.

use serde_json::{Value, json};

use super::{Frame, Role};
use crate::script::Finish;
use crate::story::{Part, Story, Usage};

fn stop_reason(story: &Story) -> &'static str {
    if story.refused() {
        return "refusal";
    }
    match story.finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter => "refusal",
    }
}

fn stop_details(story: &Story) -> Value {
    if story.refused() { json!({"type": "refusal", "category": null}) } else { Value::Null }
}

fn usage(usage: Usage, output: u64) -> Value {
    json!({
        "input_tokens": usage.input, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "output_tokens": output, "service_tier": "standard",
    })
}

/// A signature as opaque as a real one.
const SIGNATURE: &str = "RXJzaW11bGF0ZWRzaWduYXR1cmU=";

pub(super) fn frames(story: &Story) -> Vec<Frame> {
    let mut message = json!({
        "id": story.id, "type": "message", "role": "assistant", "model": story.model, "content": [],
        "stop_reason": null, "stop_sequence": null, "stop_details": null,
    });
    if let Some(counts) = story.usage {
        message["usage"] = usage(counts, 1);
    }
    let mut frames = vec![Frame::named(
        Role::Opening,
        "message_start",
        &json!({"type": "message_start", "message": message}),
    )];
    for (index, part) in story.parts.iter().enumerate() {
        block(index, part, &mut frames);
    }
    let mut last = json!({
        "type": "message_delta",
        "delta": {
            "stop_reason": stop_reason(story), "stop_sequence": null, "stop_details": stop_details(story),
        },
    });
    if let Some(counts) = story.usage {
        last["usage"] = json!({"output_tokens": counts.output});
    }
    frames.push(Frame::named(Role::Finish, "message_delta", &last));
    frames.push(Frame::named(Role::Terminator, "message_stop", &json!({"type": "message_stop"})));
    frames
}

fn block(index: usize, part: &Part, frames: &mut Vec<Frame>) {
    let start = match part {
        Part::Reasoning(_) => json!({"type": "thinking", "thinking": "", "signature": ""}),
        Part::Text(_) | Part::Refusal(_) => json!({"type": "text", "text": ""}),
        Part::Tool { id, name, .. } => json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
    };
    // The start of a tool call names the tool: that is content. The start of a text says nothing yet.
    let role = match part {
        Part::Tool { .. } => Role::Token,
        Part::Reasoning(_) | Part::Text(_) | Part::Refusal(_) if index == 0 => Role::Opening,
        Part::Reasoning(_) | Part::Text(_) | Part::Refusal(_) => Role::Inner,
    };
    let start = json!({"type": "content_block_start", "index": index, "content_block": start});
    frames.push(Frame::named(role, "content_block_start", &start));
    if index == 0 {
        let ping_role = if role == Role::Token { Role::Inner } else { role };
        frames.push(Frame::named(ping_role, "ping", &json!({"type": "ping"})));
    }
    let delta = |role, delta: Value| {
        let data = json!({"type": "content_block_delta", "index": index, "delta": delta});
        Frame::named(role, "content_block_delta", &data)
    };
    match part {
        Part::Reasoning(tokens) => {
            frames.extend(
                tokens.iter().map(|t| delta(Role::Token, json!({"type": "thinking_delta", "thinking": t}))),
            );
            frames.push(delta(Role::Inner, json!({"type": "signature_delta", "signature": SIGNATURE})));
        }
        Part::Text(tokens) | Part::Refusal(tokens) => {
            frames
                .extend(tokens.iter().map(|t| delta(Role::Token, json!({"type": "text_delta", "text": t}))));
        }
        Part::Tool { arguments, .. } => {
            frames.push(delta(Role::Inner, json!({"type": "input_json_delta", "partial_json": ""})));
            frames.extend(
                arguments
                    .iter()
                    .map(|t| delta(Role::Token, json!({"type": "input_json_delta", "partial_json": t}))),
            );
        }
    }
    let stop = json!({"type": "content_block_stop", "index": index});
    frames.push(Frame::named(Role::Inner, "content_block_stop", &stop));
}

pub(super) fn object(story: &Story) -> Value {
    let content: Vec<Value> = story
        .parts
        .iter()
        .map(|part| match part {
            Part::Reasoning(tokens) => {
                json!({"type": "thinking", "thinking": tokens.concat(), "signature": SIGNATURE})
            }
            Part::Text(tokens) | Part::Refusal(tokens) => json!({"type": "text", "text": tokens.concat()}),
            Part::Tool { id, name, arguments } => {
                let input: Value = serde_json::from_str(&arguments.concat()).unwrap_or_default();
                json!({"type": "tool_use", "id": id, "name": name, "input": input})
            }
        })
        .collect();
    let mut object = json!({
        "id": story.id, "type": "message", "role": "assistant", "model": story.model, "content": content,
        "stop_reason": stop_reason(story), "stop_sequence": null, "stop_details": stop_details(story),
    });
    if let Some(counts) = story.usage {
        object["usage"] = usage(counts, counts.output);
    }
    object
}
