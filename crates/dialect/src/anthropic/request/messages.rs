//! The conversation: turns of blocks, from the hub's messages of parts.
//!
//! The hub keeps each tool result in a message of its own; here they go to the front of the user's turn, where the
//! provider wants them. Turns of one role are joined, empty texts are left out.

use super::encode::Writer;
use super::foreign::{is_empty, merge, note_rest};
use super::names::{Place, part_path, places};
use crate::anthropic::words;
use crate::hub::{Image, Losses, Message, Part, Rest, Role};
use crate::target::Refused;
use serde_json::{Map, Value, json};

/// Pictures the provider reads.
const IMAGE_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The conversation, written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Blocks of the top-level `system`.
    pub(super) system: Vec<Value>,
    pub(super) turns: Vec<Value>,
    /// The last turn is the beginning of the answer.
    pub(super) prefilled: bool,
    /// A tool call whose thinking was left out waits for the model to go on.
    pub(super) unthought_call: bool,
}

#[derive(Debug)]
struct Turn {
    role: &'static str,
    /// How many blocks at the front are tool results.
    results: usize,
    content: Vec<Value>,
    rest: Rest,
    place: String,
}

pub(super) fn write_messages(writer: Writer<'_>, losses: &mut Losses) -> Result<Written, Refused> {
    let request = writer.request;
    let places = places(request);
    let mut written = Written::default();
    let mut turns: Vec<Turn> = Vec::new();
    let mut leading = true;
    for (message, at) in request.messages.iter().zip(&places) {
        let place = at.path.as_str();
        leading &= message.role == Role::System;
        if message.name.is_some() {
            losses.note(format!("{place}.name"));
        }
        if !writer.native {
            note_rest(&message.rest, place, losses);
        }
        let blocks = write_parts(writer, message, at, losses)?;
        if leading {
            written.system.extend(blocks);
            continue;
        }
        let turn = match message.role {
            Role::System if writer.native => turn("system", blocks, message, place),
            Role::System => {
                if blocks.is_empty() {
                    continue;
                }
                losses.note(place);
                let text = blocks.iter().filter_map(|b| b.get("text").and_then(Value::as_str));
                let text = text.collect::<Vec<_>>().join("\n");
                let tagged = json!({"type": "text", "text": format!("<system>\n{text}\n</system>")});
                turn("user", vec![tagged], message, place)
            }
            Role::User => turn("user", blocks, message, place),
            Role::Tool => Turn { results: blocks.len(), ..turn("user", blocks, message, place) },
            Role::Assistant => turn("assistant", blocks, message, place),
        };
        join(&mut turns, turn, writer.native);
    }
    if !turns.iter().any(|t| !t.content.is_empty()) {
        return Err(Refused::new(
            "messages",
            "this provider needs at least one message besides the system's",
        ));
    }
    if let Some(first) = turns.first().filter(|t| t.role == "assistant" && !writer.native) {
        // The provider wants the user to speak first.
        losses.note(first.place.clone());
        let opening = vec![json!({"type": "text", "text": "(The conversation begins with your own words.)"})];
        turns.insert(
            0,
            Turn { role: "user", results: 0, content: opening, rest: Rest::new(), place: String::new() },
        );
    }
    finish_prefill(writer, &mut turns, &mut written, losses)?;
    written.unthought_call = !writer.native && awaits_answer_to_call(&turns);
    written.turns = turns.into_iter().map(Turn::into_value).collect();
    Ok(written)
}

fn turn(role: &'static str, content: Vec<Value>, message: &Message, place: &str) -> Turn {
    Turn { role, results: 0, content, rest: message.rest.clone(), place: place.to_owned() }
}

/// Adds a turn, or joins it to the one before when the same side speaks on. Turns of this dialect's own callers
/// stay apart where joining would lose a field.
fn join(turns: &mut Vec<Turn>, turn: Turn, native: bool) {
    if turn.content.is_empty() && (turn.rest.is_empty() || !native) {
        return;
    }
    if let Some(last) = turns.last_mut().filter(|l| l.role == turn.role && turn.role != "system") {
        let clash = native && turn.rest.keys().any(|key| last.rest.contains_key(key));
        if !clash {
            let mut content = turn.content;
            let words = content.split_off(turn.results);
            let results = last.results;
            last.results += content.len();
            last.content.splice(results..results, content);
            last.content.extend(words);
            merge(&mut last.rest, &turn.rest);
            return;
        }
    }
    turns.push(if native { turn } else { Turn { rest: Rest::new(), ..turn } });
}

impl Turn {
    fn into_value(self) -> Value {
        let mut turn = Map::new();
        turn.insert("role".to_owned(), Value::from(self.role));
        turn.insert("content".to_owned(), as_content(self.content));
        merge(&mut turn, &self.rest);
        Value::Object(turn)
    }
}

/// One plain text is written as a string, as most callers do.
fn as_content(mut blocks: Vec<Value>) -> Value {
    let plain = |block: &Value| {
        block.as_object().is_some_and(|b| b.len() == 2 && b.get("type").is_some_and(|t| t == "text"))
    };
    match blocks.as_mut_slice() {
        [only] if plain(only) => only.get_mut("text").map(Value::take).unwrap_or_default(),
        _ => Value::Array(blocks),
    }
}

/// A trailing assistant turn is the beginning of the answer: continued exactly, or not sent at all.
fn finish_prefill(
    writer: Writer<'_>,
    turns: &mut [Turn],
    written: &mut Written,
    losses: &mut Losses,
) -> Result<(), Refused> {
    let Some(last) = turns.last_mut().filter(|t| t.role == "assistant") else { return Ok(()) };
    let Some(block) = last.content.last_mut() else { return Ok(()) };
    if !writer.native && block.get("type").is_some_and(|t| t == "tool_use") {
        return Err(Refused::new(last.place.clone(), "the result of the last tool call is missing"));
    }
    if !writer.target.can_prefill() {
        return Err(Refused::new(
            last.place.clone(),
            "this model does not continue a given assistant message",
        ));
    }
    written.prefilled = true;
    if let Some(Value::String(text)) = block.get_mut("text") {
        let kept = text.trim_end().len();
        if kept < text.len() {
            // The provider refuses white space at the end.
            text.truncate(kept);
            losses.note(format!("{}.content", last.place));
        }
    }
    Ok(())
}

fn awaits_answer_to_call(turns: &[Turn]) -> bool {
    let Some((last, before)) = turns.split_last() else { return false };
    let calls = before.last().is_some_and(|t| {
        t.role == "assistant" && t.content.iter().any(|b| b.get("type").is_some_and(|t| t == "tool_use"))
    });
    last.results > 0 && calls
}

fn write_parts(
    writer: Writer<'_>,
    message: &Message,
    place: &Place,
    losses: &mut Losses,
) -> Result<Vec<Value>, Refused> {
    let mut blocks = Vec::with_capacity(message.parts.len());
    for (at, part) in message.parts.iter().enumerate() {
        let path = part_path(writer.request.origin, place, &message.parts, at);
        blocks.extend(write_part(writer, part, message.role, &path, losses)?);
    }
    Ok(blocks)
}

fn write_part(
    writer: Writer<'_>,
    part: &Part,
    role: Role,
    path: &str,
    losses: &mut Losses,
) -> Result<Option<Value>, Refused> {
    let (block, rest) = match part {
        Part::Text { text, rest } | Part::Refusal { text, rest } => {
            if text.trim().is_empty() {
                note_rest(rest, path, losses);
                return Ok(None);
            }
            (json!({"type": "text", "text": text}), rest)
        }
        Part::Image { image, rest } => {
            if !writer.native && matches!(role, Role::Assistant | Role::System) {
                return Err(Refused::new(path, "this provider takes pictures from the user only"));
            }
            (json!({"type": "image", "source": image_source(image, path)?}), rest)
        }
        Part::ToolUse { id, name, arguments, rest } => {
            let input = words::tool_input(arguments);
            (json!({"type": "tool_use", "id": words::tool_id(id), "name": name, "input": input}), rest)
        }
        Part::ToolResult { id, content, is_error, rest } => {
            (tool_result(writer, id, content, *is_error, path, losses)?, rest)
        }
        Part::Reasoning { text, rest } => {
            let signed = rest.get("signature").and_then(Value::as_str).is_some_and(|s| !s.is_empty());
            let redacted = rest.contains_key("data");
            if !writer.native || !(signed || redacted) {
                // Thinking is bound to who thought it; unsigned, it came from another provider through us.
                losses.note("reasoning");
                return Ok(None);
            }
            let block = if redacted {
                json!({"type": "redacted_thinking"})
            } else {
                json!({"type": "thinking", "thinking": text})
            };
            (block, rest)
        }
        Part::Other(whole) if writer.native => return Ok(Some(whole.clone())),
        Part::Other(whole) => return foreign_part(whole, role, path, losses).map(Some),
    };
    let Value::Object(mut block) = block else { return Ok(Some(block)) };
    if writer.native {
        merge(&mut block, rest);
    } else {
        write_foreign_rest(&mut block, rest, path, losses);
    }
    Ok(Some(Value::Object(block)))
}

/// Of another dialect's unknown fields, `cache_control` means the same here: gateways let callers write it on
/// OpenAI parts for this very API.
pub(super) fn write_foreign_rest(block: &mut Rest, rest: &Rest, path: &str, losses: &mut Losses) {
    let mut lost = rest.clone();
    if let Some(cache) = lost.shift_remove("cache_control").filter(|c| !is_empty(c)) {
        block.insert("cache_control".to_owned(), cache);
    }
    note_rest(&lost, path, losses);
}

fn tool_result(
    writer: Writer<'_>,
    id: &str,
    content: &[Part],
    is_error: bool,
    path: &str,
    losses: &mut Losses,
) -> Result<Value, Refused> {
    let mut blocks = Vec::with_capacity(content.len());
    for (at, part) in content.iter().enumerate() {
        blocks.extend(write_part(writer, part, Role::Tool, &format!("{path}.content[{at}]"), losses)?);
    }
    let mut result = Map::new();
    result.insert("type".to_owned(), Value::from("tool_result"));
    result.insert("tool_use_id".to_owned(), Value::from(words::tool_id(id)));
    if !blocks.is_empty() {
        result.insert("content".to_owned(), as_content(blocks));
    }
    if is_error {
        result.insert("is_error".to_owned(), Value::Bool(true));
    }
    Ok(Value::Object(result))
}

fn image_source(image: &Image, path: &str) -> Result<Value, Refused> {
    match image {
        Image::Url(url) if url.starts_with("http://") || url.starts_with("https://") => {
            Ok(json!({"type": "url", "url": url}))
        }
        Image::Url(_) => Err(Refused::new(path, "this provider takes a picture by http address or as data")),
        Image::Data { media_type, data } => {
            let media_type = if media_type == "image/jpg" { "image/jpeg" } else { media_type };
            if !IMAGE_TYPES.contains(&media_type) {
                let reason =
                    format!("this provider reads jpeg, png, gif and webp pictures, not {media_type:?}");
                return Err(Refused::new(path, reason));
            }
            Ok(json!({"type": "base64", "media_type": media_type, "data": data}))
        }
    }
}

/// A part only its own dialect knows. A PDF an OpenAI caller sent has its equal here.
fn foreign_part(whole: &Value, role: Role, path: &str, losses: &mut Losses) -> Result<Value, Refused> {
    let kind = whole.get("type").and_then(Value::as_str).unwrap_or("unknown");
    // Some servers take documents where pictures stand.
    let data = whole.pointer("/file/file_data").or_else(|| whole.pointer("/image_url/url"));
    let pdf = data.and_then(Value::as_str).and_then(|d| d.strip_prefix("data:application/pdf;base64,"));
    let (Some(pdf), Role::User) = (pdf, role) else {
        return Err(Refused::new(path, format!("this provider does not take content of type {kind:?}")));
    };
    let mut block = Map::new();
    block.insert("type".to_owned(), Value::from("document"));
    block
        .insert("source".to_owned(), json!({"type": "base64", "media_type": "application/pdf", "data": pdf}));
    if let Some(title) = whole.pointer("/file/filename").and_then(Value::as_str) {
        block.insert("title".to_owned(), Value::from(title));
    }
    if whole.pointer("/file/file_id").is_some_and(|id| !is_empty(id)) {
        losses.note(format!("{path}.file.file_id"));
    }
    Ok(Value::Object(block))
}
