//! What a request asks for, as far as an answer depends on it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::continuing::{Beginning, Given, Sign};
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
    /// What may be the beginning of the answer.
    pub(crate) beginning: Option<Beginning>,
    /// The most tokens of the answer, where the request says so.
    pub(crate) most_tokens: Option<u32>,
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
            beginning: None,
            most_tokens: None,
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
            beginning: beginning(body, messages),
            most_tokens: most_tokens(body),
            prompt_tokens: 8 + (words + system) as u64,
        }
    }
}

/// The beginning of an answer that the messages end in, with an instruction behind it or without.
fn beginning(body: &Value, messages: &[Value]) -> Option<Beginning> {
    let role = |message: &Value| message["role"].as_str().unwrap_or_default().to_owned();
    let (last, earlier) = messages.split_last()?;
    let (message, given) = match (role(last).as_str(), earlier.split_last()) {
        ("assistant", _) => (last, Given::Prefill { sign: sign(body, last), index: earlier.len() }),
        ("user", Some((answer, before))) if answer["role"] == "assistant" => {
            let question = before.last().filter(|message| message["role"] == "user");
            let question = question.map(|message| text(&message["content"])).unwrap_or_default();
            (answer, Given::Instruction { question })
        }
        _ => return None,
    };
    Some(Beginning { text: text(&message["content"]), given }).filter(|beginning| !beginning.text.is_empty())
}

fn sign(body: &Value, message: &Value) -> Sign {
    if body["continue_final_message"] == true {
        Sign::FinalMessage
    } else if message["prefix"] == true {
        Sign::Prefix
    } else {
        Sign::Bare
    }
}

/// A limit of zero is none: who refuses it does so before the model is asked.
fn most_tokens(body: &Value) -> Option<u32> {
    let limit = ["max_completion_tokens", "max_tokens"].iter().find_map(|field| body[*field].as_u64())?;
    Some(u32::try_from(limit).unwrap_or(u32::MAX)).filter(|limit| *limit > 0)
}

/// The text of a content that is a string or a list of parts.
pub(crate) fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}
