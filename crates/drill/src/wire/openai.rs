//! OpenAI chat completions.

use serde_json::{Value, json};

use super::{Frame, Role};
use crate::script::Finish;
use crate::story::{Part, Story, Usage};

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter => "content_filter",
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning, "audio_tokens": 0},
    })
}

pub(super) fn frames(story: &Story) -> Vec<Frame> {
    let chunk = |role: Role, choices: Value, usage: Option<Value>| {
        let mut chunk = json!({
            "id": story.id, "object": "chat.completion.chunk", "created": story.created, "model": story.model,
            "service_tier": "default", "system_fingerprint": "fp_simulator", "choices": choices,
        });
        if story.include_usage {
            chunk["usage"] = usage.unwrap_or(Value::Null);
        }
        Frame::unnamed(role, &chunk)
    };
    let delta = |role: Role, delta: Value, finish: Option<Finish>| {
        let finish = finish.map(finish_reason);
        chunk(role, json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]), None)
    };
    let only_tools =
        story.parts.iter().all(|part| matches!(part, Part::Tool { .. })) && !story.parts.is_empty();
    let first = if only_tools { Value::Null } else { Value::from("") };
    let mut frames =
        vec![delta(Role::Opening, json!({"role": "assistant", "content": first, "refusal": null}), None)];
    let mut tool = 0;
    for part in &story.parts {
        match part {
            Part::Reasoning(tokens) => {
                frames
                    .extend(tokens.iter().map(|t| delta(Role::Token, json!({"reasoning_content": t}), None)));
            }
            Part::Text(tokens) => {
                frames.extend(tokens.iter().map(|t| delta(Role::Token, json!({"content": t}), None)));
            }
            Part::Refusal(tokens) => {
                frames.extend(tokens.iter().map(|t| delta(Role::Token, json!({"refusal": t}), None)));
            }
            Part::Tool { id, name, arguments } => {
                let start = json!({"index": tool, "id": id, "type": "function",
                    "function": {"name": name, "arguments": ""}});
                frames.push(delta(Role::Token, json!({"tool_calls": [start]}), None));
                frames.extend(arguments.iter().map(|piece| {
                    let piece = json!({"index": tool, "function": {"arguments": piece}});
                    delta(Role::Token, json!({"tool_calls": [piece]}), None)
                }));
                tool += 1;
            }
        }
    }
    frames.push(delta(Role::Finish, json!({}), Some(story.finish)));
    if let Some(counts) = story.usage.filter(|_| story.include_usage) {
        frames.push(chunk(Role::Usage, json!([]), Some(usage(counts))));
    }
    frames.push(Frame::done());
    frames
}

pub(super) fn object(story: &Story) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null, "annotations": []});
    let mut calls = Vec::new();
    for part in &story.parts {
        match part {
            Part::Reasoning(tokens) => message["reasoning_content"] = tokens.concat().into(),
            Part::Text(tokens) => message["content"] = tokens.concat().into(),
            Part::Refusal(tokens) => message["refusal"] = tokens.concat().into(),
            Part::Tool { id, name, arguments } => calls.push(json!({
                "id": id, "type": "function", "function": {"name": name, "arguments": arguments.concat()},
            })),
        }
    }
    if message["content"].is_null() && message["refusal"].is_null() && calls.is_empty() {
        message["content"] = "".into();
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let mut object = json!({
        "id": story.id, "object": "chat.completion", "created": story.created, "model": story.model,
        "choices": [{
            "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(story.finish),
        }],
    });
    if let Some(counts) = story.usage {
        object["usage"] = usage(counts);
    }
    object["service_tier"] = "default".into();
    object["system_fingerprint"] = "fp_simulator".into();
    object
}
