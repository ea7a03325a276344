//! One `chat.completion.chunk`, reduced to what an answer is made of.
//!
//! Two readers make the same [`Delta`]: [`ordinary`] takes what nearly every token looks like and builds no JSON
//! tree; [`Delta::any`] takes whatever a server put there. The first gives up on all it does not expect, and then
//! the second is asked.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::openai::fields::count;

/// What a chunk adds to the answer.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Delta {
    pub(super) content: Option<String>,
    pub(super) reasoning_content: Option<String>,
    pub(super) reasoning: Option<String>,
    pub(super) refusal: Option<String>,
    pub(super) tool_calls: Option<Vec<Fragment>>,
}

/// A piece of a tool call.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Fragment {
    pub(super) index: Option<u64>,
    pub(super) id: Option<String>,
    pub(super) function: Option<Function>,
    /// A tool whose input is free text.
    pub(super) custom: Option<Function>,
}

/// The function, or the custom tool, in a piece of a tool call.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Function {
    pub(super) name: Option<String>,
    /// What a custom tool calls its input.
    #[serde(alias = "input")]
    pub(super) arguments: Option<String>,
}

#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Choice>,
    usage: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
    object: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u64,
    delta: Delta,
    finish_reason: Option<IgnoredAny>,
}

/// Reads a chunk that does nothing but add to the answer. `None` for anything else: an ending, token counts, an
/// error, several choices, an unusual type.
pub(super) fn ordinary(data: &[u8]) -> Option<Delta> {
    // A derived reader would take a list for a struct.
    if data.first() != Some(&b'{') {
        return None;
    }
    let chunk: Chunk = serde_json::from_slice(data).ok()?;
    let plain = chunk.usage.is_none() && chunk.error.is_none() && chunk.object.as_deref() != Some("error");
    let mut choices = chunk.choices.into_iter();
    let choice = choices.next().filter(|choice| choice.index == 0 && choice.finish_reason.is_none())?;
    (plain && choices.next().is_none()).then_some(choice.delta)
}

impl Delta {
    /// Reads whatever can be read of a delta, or of a whole message.
    pub(super) fn any(value: &Value) -> Self {
        let (text, thinking) = content(value.get("content"));
        let own = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            content: text,
            reasoning_content: own("reasoning_content").filter(|t| !t.is_empty()).or(thinking),
            reasoning: own("reasoning"),
            refusal: own("refusal"),
            tool_calls: value
                .get("tool_calls")
                .and_then(Value::as_array)
                .map(|calls| calls.iter().map(Fragment::any).collect()),
        }
    }

    /// The visible thinking, under whichever name the server knows it. Some send it under both.
    pub(super) fn thinking(&mut self) -> Option<String> {
        let preferred = self.reasoning_content.take().filter(|text| !text.is_empty());
        preferred.or_else(|| self.reasoning.take().filter(|text| !text.is_empty()))
    }
}

/// Text and thinking in `content`: a string, or Mistral's list of chunks
/// (`{"type":"text"}`, `{"type":"thinking","thinking":[{"type":"text"}]}`).
fn content(value: Option<&Value>) -> (Option<String>, Option<String>) {
    match value {
        Some(Value::String(text)) => (Some(text.clone()), None),
        Some(Value::Array(chunks)) => {
            let (mut text, mut thinking) = (String::new(), String::new());
            for chunk in chunks {
                text.push_str(chunk.get("text").and_then(Value::as_str).unwrap_or_default());
                match chunk.get("thinking") {
                    Some(Value::String(thought)) => thinking.push_str(thought),
                    Some(Value::Array(thoughts)) => {
                        let thoughts = thoughts.iter().filter_map(|t| t.get("text").and_then(Value::as_str));
                        thoughts.for_each(|thought| thinking.push_str(thought));
                    }
                    Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {}
                }
            }
            (Some(text), Some(thinking))
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => (None, None),
    }
}

impl Fragment {
    /// The pieces in a delta's `tool_calls`; `None` when that is no list of them.
    pub(crate) fn list(json: &str) -> Option<Vec<Self>> {
        serde_json::from_str(json).ok().or_else(|| {
            let value: Value = serde_json::from_str(json).ok()?;
            value.as_array().map(|calls| calls.iter().map(Fragment::any).collect())
        })
    }

    /// A custom tool's piece as any other, and whether it is one.
    pub(crate) fn into_function(mut self) -> (Self, bool) {
        let custom = self.custom.take();
        let is_custom = custom.is_some();
        self.function = custom.or(self.function);
        (self, is_custom)
    }

    fn any(value: &Value) -> Self {
        let function = |key: &str, input: &str| {
            value.get(key).filter(|function| !function.is_null()).map(|function| Function {
                name: function.get("name").and_then(Value::as_str).map(str::to_owned),
                // Some servers send the arguments as an object.
                arguments: function
                    .get(input)
                    .filter(|a| !a.is_null())
                    .map(|arguments| arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned)),
            })
        };
        Self {
            index: value.get("index").and_then(count),
            id: value.get("id").and_then(Value::as_str).map(str::to_owned),
            function: function("function", "arguments"),
            custom: function("custom", "input"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_reader_and_the_lenient_one_read_the_same_text() {
        for (delta, quick) in [
            (r#"{"content":"a\u00e9\n"}"#, true),
            (r#"{"role":"assistant","content":""}"#, true),
            (r#"{"content":null,"reasoning":"hm","reasoning_content":"hm"}"#, true),
            (r#"{"refusal":"no"}"#, true),
            (
                r#"{"tool_calls":[{"index":1,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}"#,
                true,
            ),
            (r#"{"tool_calls":[{"index":1,"function":{"arguments":"{"}}]}"#, true),
            (r#"{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]}"#, false),
            (r#"{"content":[{"type":"text","text":"x"}]}"#, false),
            (r#"{"content":7,"unknown":{"a":[1]}}"#, false),
            ("{}", true),
        ] {
            let chunk = format!(
                r#"{{"id":"i","choices":[{{"index":0,"delta":{delta},"finish_reason":null}}],"usage":null}}"#
            );
            let lenient = Delta::any(&serde_json::from_str(delta).unwrap());
            assert_eq!(ordinary(chunk.as_bytes()), quick.then_some(lenient), "{delta}");
        }
    }

    #[test]
    fn an_ending_is_never_read_as_mere_content() {
        for chunk in [
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"usage":{}}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"x"}}],"error":{"message":"m"}}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"x"}}]}"#,
            r#"{"choices":[]}"#,
            r#"[[{"index":0,"delta":{"content":"x"}}],null,null,null]"#,
            "{",
        ] {
            assert_eq!(ordinary(chunk.as_bytes()), None, "{chunk}");
        }
    }
}
