//! What a request asks for, as far as an answer depends on it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::dialect::Dialect;

/// The part of a request that shapes the answer.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) dialect: Dialect,
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// OpenAI's `stream_options.include_usage`.
    pub(crate) include_usage: bool,
    /// The text of the last user message.
    pub(crate) last_user: String,
    /// The text of a trailing assistant message.
    pub(crate) prefill: Option<String>,
    /// Words in all messages, plus a few: a stand-in for the provider's count.
    pub(crate) prompt_tokens: u64,
}

/// Only what the hot path of a benchmark needs; everything else is skipped over.
#[derive(Deserialize, Default)]
struct Glance<'a> {
    #[serde(borrow, default)]
    model: Cow<'a, str>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

impl Ask {
    /// Reads model and stream only. A body that is no JSON asks for nothing.
    pub(crate) fn at_a_glance(dialect: Dialect, body: &[u8]) -> Ask {
        let glance: Glance<'_> = serde_json::from_slice(body).unwrap_or_default();
        Ask {
            dialect,
            model: glance.model.into_owned(),
            stream: glance.stream,
            include_usage: glance.stream_options.is_some_and(|options| options.include_usage),
            last_user: String::new(),
            prefill: None,
            prompt_tokens: 9,
        }
    }

    pub(crate) fn read(dialect: Dialect, body: &Value) -> Ask {
        let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let with_role = |message: &&Value, role: &str| message["role"] == role;
        let words: usize =
            messages.iter().map(|message| text(&message["content"]).split_whitespace().count()).sum();
        let system = text(&body["system"]).split_whitespace().count();
        Ask {
            dialect,
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            stream: body["stream"].as_bool().unwrap_or(false),
            include_usage: body["stream_options"]["include_usage"].as_bool().unwrap_or(false),
            last_user: messages
                .iter()
                .rfind(|message| with_role(message, "user"))
                .map(|message| text(&message["content"]))
                .unwrap_or_default(),
            prefill: messages
                .last()
                .filter(|message| with_role(message, "assistant"))
                .map(|message| text(&message["content"])),
            prompt_tokens: 8 + (words + system) as u64,
        }
    }
}

/// The text of a content that is a string or a list of parts.
pub(crate) fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}
