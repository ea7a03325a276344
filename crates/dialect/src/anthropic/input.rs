//! Tool input with the digits it was written with.
//!
//! A tool's arguments are JSON text in one dialect and an object in the other. A tree of values holds numbers as
//! 64 bits, so an account number of 30 digits, or the price 1.10, would reach the tool changed. The text is
//! therefore put where the object stands, and taken from there, as it is.
//!
//! # Invariants
//! * A text only replaces an object that is the same value: the worst mistake here is a lost digit.

use crate::hub::{Part, Request};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::Cell;

/// The tool arguments of a request, in the order of its calls.
pub(crate) fn of_request(request: &Request) -> Vec<&str> {
    let parts = request.messages.iter().flat_map(|m| &m.parts);
    parts
        .filter_map(|part| match part {
            Part::ToolUse { arguments, .. } => Some(arguments.as_str()),
            Part::Text { .. }
            | Part::Image { .. }
            | Part::ToolResult { .. }
            | Part::Reasoning { .. }
            | Part::Refusal { .. }
            | Part::Other(_) => None,
        })
        .collect()
}

/// A request or an answer as JSON text, with `inputs`, in order, as the input of its `tool_use` blocks.
pub(crate) fn write(body: &Value, inputs: &[&str]) -> String {
    let next = Cell::new(0);
    let written = serde_json::to_string(&Tree { value: body, top: true, inputs, next: &next });
    written.unwrap_or_else(|_| body.to_string())
}

struct Tree<'a> {
    value: &'a Value,
    top: bool,
    inputs: &'a [&'a str],
    /// How many blocks were met.
    next: &'a Cell<usize>,
}

impl Tree<'_> {
    /// The text of the next input, if it is another spelling of `value`.
    fn text(&self, value: &Value) -> Option<Box<RawValue>> {
        let at = self.next.replace(self.next.get() + 1);
        let text = self.inputs.get(at)?.trim();
        let same = serde_json::from_str::<Value>(text).is_ok_and(|read| read == *value);
        if same { RawValue::from_string(text.to_owned()).ok() } else { None }
    }
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let within = |value| Tree { value, top: false, ..*self };
        match self.value {
            Value::Array(list) => serializer.collect_seq(list.iter().map(within)),
            Value::Object(members) => {
                let call = members.get("type").is_some_and(|kind| kind == "tool_use");
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    match key.as_str() {
                        "input" if call => match self.text(value) {
                            Some(text) => map.serialize_entry(key, &text)?,
                            None => map.serialize_entry(key, value)?,
                        },
                        // Blocks stand in a conversation or an answer; schemas may hold anything.
                        other if self.top && !matches!(other, "messages" | "content") => {
                            map.serialize_entry(key, value)?;
                        }
                        _ => map.serialize_entry(key, &within(value))?,
                    }
                }
                map.end()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.value.serialize(serializer)
            }
        }
    }
}

/// Gives the calls of a request the texts that stood in `body`, which it was read from.
pub(crate) fn restore(request: &mut Request, body: &[u8]) {
    if memchr::memmem::find(body, b"\"tool_use\"").is_none() {
        return;
    }
    let mut texts = texts(body).unwrap_or_default().into_iter();
    for part in request.messages.iter_mut().flat_map(|m| &mut m.parts) {
        let Part::ToolUse { arguments, .. } = part else { continue };
        let Some(text) = texts.next().flatten() else { continue };
        let value = |text: &str| serde_json::from_str::<Value>(text).ok();
        if value(text.get()) == value(arguments) {
            text.get().clone_into(arguments);
        }
    }
}

#[derive(serde::Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    messages: Vec<Message<'a>>,
}

#[derive(serde::Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    content: &'a RawValue,
}

#[derive(serde::Deserialize)]
struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

/// The inputs of the model's calls, in order.
fn texts(body: &[u8]) -> Option<Vec<Option<&RawValue>>> {
    let body: Body<'_> = serde_json::from_slice(body).ok()?;
    let said = body.messages.into_iter().filter(|m| m.role == "assistant");
    let blocks =
        said.flat_map(|m| serde_json::from_str::<Vec<Block<'_>>>(m.content.get()).unwrap_or_default());
    Some(blocks.filter(|b| b.kind == "tool_use").map(|b| b.input).collect())
}
