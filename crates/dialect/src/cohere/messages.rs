//! The conversation of v2 chat, from the hub's messages of parts.

use crate::anthropic::request::{Place, note_rest, part_path, places};
use crate::hub::{Image, Losses, Message, Part, Request, Role};
use crate::target::Refused;
use serde_json::{Map, Value, json};

/// Writes the conversation. System messages come first, as one, because the provider takes no later ones.
pub(super) fn write_messages(request: &Request, losses: &mut Losses) -> Result<Vec<Value>, Refused> {
    let places = places(request);
    let mut system: Vec<String> = Vec::new();
    let mut messages = Vec::with_capacity(request.messages.len());
    let mut last = None;
    for (message, at) in request.messages.iter().zip(&places) {
        let place = at.path.as_str();
        if message.name.is_some() {
            losses.note(format!("{place}.name"));
        }
        note_rest(&message.rest, place, losses);
        let said = read_parts(request, message, at, losses)?;
        let written = match message.role {
            Role::System => {
                if !messages.is_empty() {
                    losses.note(place);
                }
                system.extend(said.texts());
                continue;
            }
            Role::User => said.user(),
            Role::Assistant => said.assistant(),
            Role::Tool => said.results,
        };
        if !written.is_empty() {
            last = Some((message.role, place));
        }
        messages.extend(written);
    }
    match last {
        None => {
            let reason = "this provider needs at least one message besides the system's";
            return Err(Refused::new("messages", reason));
        }
        Some((Role::Assistant, place)) => {
            let reason = "this model does not continue a given assistant message";
            return Err(Refused::new(place, reason));
        }
        Some((Role::System | Role::User | Role::Tool, _)) => {}
    }
    if !system.is_empty() {
        messages.insert(0, json!({"role": "system", "content": system.join("\n\n")}));
    }
    Ok(messages)
}

/// A message's parts, sorted into the places this API has for them.
#[derive(Debug, Default)]
struct Said {
    /// Text and pictures.
    content: Vec<Value>,
    calls: Vec<Value>,
    /// Whole messages.
    results: Vec<Value>,
}

impl Said {
    fn texts(&self) -> impl Iterator<Item = String> {
        self.content.iter().filter_map(|part| part.get("text").and_then(Value::as_str).map(str::to_owned))
    }

    fn user(self) -> Vec<Value> {
        if self.content.is_empty() {
            return Vec::new();
        }
        vec![json!({"role": "user", "content": as_content(self.content)})]
    }

    /// What the model says before it calls tools has a place of its own.
    fn assistant(self) -> Vec<Value> {
        let text = self.texts().collect::<Vec<_>>().concat();
        let mut message = Map::new();
        message.insert("role".to_owned(), Value::from("assistant"));
        match (self.calls.is_empty(), text.is_empty()) {
            (true, true) => return Vec::new(),
            (true, false) => {
                message.insert("content".to_owned(), Value::from(text));
            }
            (false, without_plan) => {
                if !without_plan {
                    message.insert("tool_plan".to_owned(), Value::from(text));
                }
                message.insert("tool_calls".to_owned(), Value::Array(self.calls));
            }
        }
        vec![Value::Object(message)]
    }
}

/// One text is written as a string, as most callers do.
fn as_content(mut parts: Vec<Value>) -> Value {
    match parts.as_mut_slice() {
        [only] if only.get("text").is_some() => only.get_mut("text").map(Value::take).unwrap_or_default(),
        _ => Value::Array(parts),
    }
}

fn read_parts(
    request: &Request,
    message: &Message,
    place: &Place,
    losses: &mut Losses,
) -> Result<Said, Refused> {
    let mut said = Said::default();
    for (at, part) in message.parts.iter().enumerate() {
        let path = part_path(request.origin, place, &message.parts, at);
        match part {
            Part::Text { text, rest } | Part::Refusal { text, rest } => {
                note_rest(rest, &path, losses);
                said.content.extend(text_part(text));
            }
            Part::Image { image, rest } => {
                if message.role != Role::User {
                    return Err(Refused::new(path, "this provider takes pictures from the user only"));
                }
                note_rest(rest, &path, losses);
                said.content.push(json!({"type": "image_url", "image_url": {"url": address(image)}}));
            }
            Part::ToolUse { id, name, arguments, rest } => {
                note_rest(rest, &path, losses);
                let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
                let function = json!({"name": name, "arguments": arguments});
                said.calls.push(json!({"id": id, "type": "function", "function": function}));
            }
            Part::ToolResult { id, content, is_error, rest } => {
                note_rest(rest, &path, losses);
                let text = result_text(content, *is_error, &path, losses)?;
                said.results.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
            }
            Part::Reasoning { .. } => losses.note("reasoning"),
            Part::Other(whole) => return Err(unknown(whole, path)),
        }
    }
    Ok(said)
}

fn text_part(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"type": "text", "text": text}))
}

fn unknown(whole: &Value, path: String) -> Refused {
    let kind = whole.get("type").and_then(Value::as_str).unwrap_or("unknown");
    Refused::new(path, format!("this provider does not take content of type {kind:?}"))
}

fn address(image: &Image) -> String {
    match image {
        Image::Url(url) => url.clone(),
        Image::Data { media_type, data } => format!("data:{media_type};base64,{data}"),
    }
}

/// A result as text. This API cannot say that a tool failed, so the text does.
fn result_text(content: &[Part], is_error: bool, path: &str, losses: &mut Losses) -> Result<String, Refused> {
    let mut texts = Vec::with_capacity(content.len());
    for (at, part) in content.iter().enumerate() {
        let path = format!("{path}.content[{at}]");
        match part {
            Part::Text { text, rest } | Part::Refusal { text, rest } => {
                note_rest(rest, &path, losses);
                texts.push(text.as_str());
            }
            Part::Image { .. } => {
                return Err(Refused::new(path, "this provider takes pictures from the user only"));
            }
            Part::Other(whole) => return Err(unknown(whole, path)),
            Part::ToolUse { .. } | Part::ToolResult { .. } | Part::Reasoning { .. } => {
                return Err(Refused::new(path, "this provider takes text only as a tool's result"));
            }
        }
    }
    let text = texts.join("\n");
    Ok(if is_error { format!("The tool failed: {text}") } else { text })
}
