//! Cohere chat, version 2.

use serde_json::{Value, json};

use super::{Failure, Frame, Role};
use crate::script::Finish;
use crate::story::{Part, Story, Usage};

/// Cohere has no word for a filtered answer; it ends as complete.
fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::ContentFilter => "COMPLETE",
        Finish::Length => "MAX_TOKENS",
        Finish::ToolCalls => "TOOL_CALL",
    }
}

/// `tokens` counts the provider's own prompt template too; `billed_units` does not.
fn usage(usage: Usage) -> Value {
    json!({
        "billed_units": {"input_tokens": usage.input, "output_tokens": usage.output},
        "tokens": {"input_tokens": usage.input + 490, "output_tokens": usage.output + 2},
    })
}

pub(super) fn error_frame(failure: &Failure) -> Frame {
    let data = json!({"type": "message-end", "delta": {"error": failure.message, "finish_reason": "ERROR"}});
    Frame::named(Role::Finish, "message-end", &data)
}

pub(super) fn frames(story: &Story) -> Vec<Frame> {
    let start = json!({"id": story.id, "type": "message-start", "delta": {"message": {
        "role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": [],
    }}});
    let mut frames = vec![Frame::named(Role::Opening, "message-start", &start)];
    let mut blocks = 0;
    let mut calls = 0;
    for part in &story.parts {
        match part {
            Part::Reasoning(tokens) => content(&mut frames, &mut blocks, "thinking", "thinking", tokens),
            Part::Text(tokens) | Part::Refusal(tokens) => {
                content(&mut frames, &mut blocks, "text", "text", tokens)
            }
            Part::Tool { id, name, arguments } => {
                call(&mut frames, calls, id, name, arguments);
                calls += 1;
            }
        }
    }
    let mut delta = json!({"finish_reason": finish_reason(story.finish)});
    if let Some(counts) = story.usage {
        delta["usage"] = usage(counts);
    }
    let end = json!({"id": story.id, "type": "message-end", "delta": delta});
    frames.push(Frame::named(Role::Finish, "message-end", &end));
    frames.push(Frame::done());
    frames
}

fn content(frames: &mut Vec<Frame>, blocks: &mut u32, kind: &str, field: &str, tokens: &[String]) {
    let index = *blocks;
    *blocks += 1;
    let role = if index == 0 { Role::Opening } else { Role::Inner };
    let start = json!({"type": "content-start", "index": index,
        "delta": {"message": {"content": {"type": kind, (field): ""}}}});
    frames.push(Frame::named(role, "content-start", &start));
    frames.extend(tokens.iter().map(|token| {
        let delta = json!({"type": "content-delta", "index": index,
            "delta": {"message": {"content": {(field): token}}}});
        Frame::named(Role::Token, "content-delta", &delta)
    }));
    frames.push(Frame::named(Role::Inner, "content-end", &json!({"type": "content-end", "index": index})));
}

fn call(frames: &mut Vec<Frame>, index: u32, id: &Option<String>, name: &str, arguments: &[String]) {
    let start = json!({"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": {
        "id": id, "type": "function", "function": {"name": name, "arguments": ""},
    }}}});
    frames.push(Frame::named(Role::Token, "tool-call-start", &start));
    frames.extend(arguments.iter().map(|piece| {
        let delta = json!({"type": "tool-call-delta", "index": index,
            "delta": {"message": {"tool_calls": {"function": {"arguments": piece}}}}});
        Frame::named(Role::Token, "tool-call-delta", &delta)
    }));
    let end = json!({"type": "tool-call-end", "index": index});
    frames.push(Frame::named(Role::Inner, "tool-call-end", &end));
}

pub(super) fn object(story: &Story) -> Value {
    let mut content = Vec::new();
    let mut calls = Vec::new();
    for part in &story.parts {
        match part {
            Part::Reasoning(tokens) => {
                content.push(json!({"type": "thinking", "thinking": tokens.concat()}));
            }
            Part::Text(tokens) | Part::Refusal(tokens) => {
                content.push(json!({"type": "text", "text": tokens.concat()}));
            }
            Part::Tool { id, name, arguments } => calls.push(json!({
                "id": id, "type": "function", "function": {"name": name, "arguments": arguments.concat()},
            })),
        }
    }
    let mut message = json!({"role": "assistant"});
    if !content.is_empty() || calls.is_empty() {
        message["content"] = content.into();
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let mut object =
        json!({"id": story.id, "finish_reason": finish_reason(story.finish), "message": message});
    if let Some(counts) = story.usage {
        object["usage"] = usage(counts);
    }
    object
}
