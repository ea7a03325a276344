//! Asking another target to go on.

use super::{Delivered, estimate};
use crate::call::{Call, Needs};
use crate::json::{Edit, Members};
use crate::prepare::{Ask, CannotPrepare, MOST_BYTES_PER_TOKEN, Prepared, prepare};
use crate::reader::Encoder;
use crate::seam::{self, Join};
use crate::target::{Prefill, Refused, Target};
use crate::{Dialect, Reader};
use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What is told at the seam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Who wrote the answer so far (`provider/model`).
    pub from: String,
    /// Who goes on.
    pub to: String,
    /// What went wrong, in one word.
    pub reason: &'static str,
}

/// How an answer is taken up again by a target's reader.
#[derive(Debug, Clone)]
pub(crate) struct Resumption {
    pub(crate) delivered: Delivered,
    /// How the new text is joined; `None` where the caller has seen nothing and the answer begins anew.
    pub(crate) join: Option<Join>,
    /// How the target was asked, in one word.
    pub(crate) how: &'static str,
    /// What is told of the hand-over.
    pub(crate) told: Value,
    /// About how many tokens were added to the caller's messages besides the text.
    pub(crate) added: u64,
    /// New tokens that the caller's limit leaves, for a target that is allowed more.
    pub(crate) left: Option<u64>,
    /// The caller's prompt has no fewer tokens.
    pub(crate) least_prompt: u64,
}

impl Resumption {
    /// Tells of the hand-over: a comment for whoever reads the bytes, and what a program can find.
    pub(crate) fn tell(&self, encoder: &mut Encoder, model: &str, out: &mut Vec<u8>) {
        tell(&self.told, encoder, model, out);
    }
}

/// Tells of a hand-over to `model`.
pub(super) fn tell(told: &Value, encoder: &mut Encoder, model: &str, out: &mut Vec<u8>) {
    let mut told = told.clone();
    if let Some(told) = told.as_object_mut() {
        told.insert("model".to_owned(), Value::from(model));
    }
    out.extend_from_slice(format!(": handover {told}\n\n").as_bytes());
    encoder.hand_over(model, &told, out);
}

/// What a target that cannot write on from a text is asked. The provider's advice is of this kind (wire-format notes,
/// 8); to begin with the last words makes the place certain (resilience notes, D2.5).
fn instruction(anchor: &str) -> String {
    format!(
        "Your last message was interrupted. It ended with these words:\n\n{anchor}\n\nGo on with it from exactly that \
         place. Begin by repeating those words just as they stand, then write on in the same language, style and \
         format until your answer is complete. Do not greet, explain, or mention the interruption."
    )
}

/// Fewer words may be how any other answer begins ("Sure," and "Sure, continuing:"), unless they are long, or of a
/// script that writes no spaces.
const LEAST_WORDS: usize = 3;
const LEAST_LETTERS: usize = 12;

/// Members that limit the answer's tokens.
const LIMITS: [&str; 2] = ["max_tokens", "max_completion_tokens"];

/// Tokens of the instruction without the anchor, roughly.
const INSTRUCTION_TOKENS: u64 = 70;

/// Tokens that may be spent on repeating `anchor`, with room for another way of cutting it into tokens.
fn room_for(anchor: &str) -> u64 {
    u64::try_from(anchor.chars().count() / 2).unwrap_or(u64::MAX).saturating_add(16)
}

/// How a target goes on.
#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    /// There is nothing to go on from.
    Anew,
    /// It writes on from the text.
    Prefill(Prefill),
    /// It is asked to, and begins with these words.
    Instructed { anchor: &'a str },
}

impl Way<'_> {
    fn word(self) -> &'static str {
        match self {
            Way::Anew => "restart",
            Way::Prefill(_) => "prefill",
            Way::Instructed { .. } => "instructed",
        }
    }
}

/// Makes `call` ready for a `target` that is to go on with what the caller has of the answer.
///
/// # Errors
/// [`CannotPrepare`] where this target cannot take the call, or cannot go on with it.
pub fn prepare_onward(
    call: &Call,
    target: &Target,
    ask: Ask,
    delivered: &Delivered,
    handed: &Handed,
) -> Result<Prepared, CannotPrepare> {
    let way = way(call, target, &delivered.text)?;
    let ask = Ask { stream_whole: true, ..ask };
    let (mut prepared, join, added) = match way {
        Way::Anew => (prepare(call, target, ask)?, None, 0),
        Way::Prefill(kind) => {
            // Some refuse white space at the end, and of some it could not be told whether they repeat it.
            let text = if kind == Prefill::Engine { &delivered.text } else { delivered.text.trim_end() };
            // Whether what is repeated counts is not known of those that repeat.
            let room = if kind == Prefill::Prefix { delivered.tokens } else { 0 };
            let longer = extend(call, text, None, delivered.tokens, room)?;
            let join = if kind == Prefill::Engine { Join::Exact } else { Join::Prefill };
            (prepare(&longer, target, ask)?, Some(join), 0)
        }
        Way::Instructed { anchor } => {
            let longer = extend(call, &delivered.text, Some(anchor), delivered.tokens, room_for(anchor))?;
            (prepare(&longer, target, ask)?, Some(Join::Anchored), INSTRUCTION_TOKENS + estimate(0, anchor))
        }
    };
    if !prepared.asks_stream {
        return Err(
            Refused::new("stream", "its answer to this request cannot be read as it is written").into()
        );
    }
    let told = json!({
        "event": "hand_over", "from": handed.from, "to": handed.to, "reason": handed.reason, "how": way.word(),
        "delivered_tokens": delivered.tokens,
    });
    // A target that repeats nothing keeps to the limit by itself.
    let repeats = match way {
        Way::Prefill(kind) => kind == Prefill::Prefix,
        Way::Instructed { .. } => true,
        Way::Anew => false,
    };
    let left = repeats.then(|| limit(call)).flatten();
    let left = left.map(|limit| limit.saturating_sub(delivered.tokens).max(1));
    let least_prompt = (call.needs.text_bytes as u64 / MOST_BYTES_PER_TOKEN).max(1);
    let resumption =
        Resumption { left, least_prompt, delivered: delivered.clone(), join, how: way.word(), told, added };
    prepared.resumption = Some(Box::new(resumption));
    Ok(prepared)
}

/// The caller's limit on the answer's tokens.
fn limit(call: &Call) -> Option<u64> {
    let limits = LIMITS.into_iter().filter_map(|key| call.members.get(&call.body, key));
    limits.filter_map(|raw| serde_json::from_slice::<u64>(raw).ok()).min()
}

fn way<'a>(call: &Call, target: &Target, text: &'a str) -> Result<Way<'a>, Refused> {
    if text.trim().is_empty() {
        return Ok(Way::Anew);
    }
    // The embedded engine does not think.
    if target.can_prefill() && (target.prefill() == Prefill::Engine || !thinks(call)) {
        return Ok(Way::Prefill(target.prefill()));
    }
    if text.split_whitespace().nth(LEAST_WORDS - 1).is_none() && text.chars().count() < LEAST_LETTERS {
        let reason = "too little of the answer is there to go on from".to_owned();
        return Err(Refused { param: None, reason });
    }
    match seam::anchor(text) {
        Some(anchor) => Ok(Way::Instructed { anchor }),
        None => Err(Refused {
            param: None,
            reason: "the answer repeats itself, so that its end cannot be found again".to_owned(),
        }),
    }
}

/// Whether the caller asks for thinking: with that, no model takes the beginning of its answer.
fn thinks(call: &Call) -> bool {
    let member = |key| call.members.get(&call.body, key).filter(|raw| *raw != b"null");
    let off = |raw: &[u8]| memchr::memmem::find(raw, b"\"disabled\"").is_some();
    member("thinking").is_some_and(|raw| !off(raw))
        || member("reasoning_effort").is_some_and(|raw| raw != b"\"none\"")
}

/// The call with the text so far as the assistant's turn, and with an `anchor` a user's turn behind it. What is left
/// of the caller's limit on tokens is what the target may write, and `room` for what it repeats.
fn extend(call: &Call, text: &str, anchor: Option<&str>, written: u64, room: u64) -> Result<Call, Refused> {
    let raw = call.members.get(&call.body, "messages").unwrap_or(b"[]");
    let messages: Vec<&RawValue> = serde_json::from_slice(raw).unwrap_or_default();
    let mut list: Vec<String> = messages.iter().map(|message| message.get().to_owned()).collect();
    if call.needs.prefill {
        // The caller began the answer; it is one turn with what was written behind it.
        let at = list.len().saturating_sub(1);
        let begun = list.pop().and_then(|last| lengthened(&last, text));
        list.push(begun.ok_or_else(|| {
            Refused::new(format!("messages[{at}]"), "the beginning that the caller gave is not plain text")
        })?);
    } else {
        list.push(json!({"role": "assistant", "content": text}).to_string());
    }
    if let Some(anchor) = anchor {
        list.push(json!({"role": "user", "content": instruction(anchor)}).to_string());
    }
    let mut edits = vec![Edit::Set("messages", format!("[{}]", list.join(",")))];
    for key in LIMITS {
        let limit = call.members.get(&call.body, key).and_then(|raw| serde_json::from_slice::<u64>(raw).ok());
        if let Some(limit) = limit {
            let left = limit.saturating_sub(written).max(1).saturating_add(room);
            edits.push(Edit::Set(key, left.to_string()));
        }
    }
    if call.dialect == Dialect::OpenAi {
        // What it costs is to be known, whether the caller asks or not.
        edits.push(Edit::Set("stream_options", "{\"include_usage\":true}".to_owned()));
    }
    let body = call.members.splice(&call.body, &edits);
    let members = Members::read(&body)
        .map_err(|_| Refused { param: None, reason: "the request cannot be lengthened".to_owned() })?;
    let needs = Needs {
        prefill: anchor.is_none(),
        text_bytes: call.needs.text_bytes.saturating_add(text.len()),
        ..call.needs.clone()
    };
    Ok(Call { body, members, needs, ..call.clone() })
}

/// A message of plain text with more text behind it; every other member keeps its bytes.
fn lengthened(message: &str, text: &str) -> Option<String> {
    let members = Members::read(message.as_bytes()).ok()?;
    let begun: String = serde_json::from_slice(members.get(message.as_bytes(), "content")?).ok()?;
    let body = Bytes::copy_from_slice(message.as_bytes());
    let content = Value::from(format!("{begun}{text}")).to_string();
    String::from_utf8(members.splice(&body, &[Edit::Set("content", content)]).to_vec()).ok()
}

/// Adds what makes a target of the OpenAI dialect write on from the last message.
pub(crate) fn mark_prefill(body: Bytes, prefill: Prefill) -> Bytes {
    let Ok(members) = Members::read(&body) else { return body };
    match prefill {
        Prefill::No | Prefill::Refused | Prefill::Engine | Prefill::Trailing => body,
        Prefill::FinalMessage => {
            let on = |key, word: &str| Edit::Set(key, word.to_owned());
            members
                .splice(&body, &[on("continue_final_message", "true"), on("add_generation_prompt", "false")])
        }
        Prefill::Prefix => {
            let raw = members.get(&body, "messages").unwrap_or(b"[]");
            let messages: Vec<&RawValue> = serde_json::from_slice(raw).unwrap_or_default();
            let mut list: Vec<String> = messages.iter().map(|message| message.get().to_owned()).collect();
            let marked = list.pop().and_then(|last| {
                let last = Bytes::from(last);
                let members = Members::read(&last).ok()?;
                let marked = members.splice(&last, &[Edit::Set("prefix", "true".to_owned())]);
                String::from_utf8(marked.to_vec()).ok()
            });
            let Some(marked) = marked else { return body };
            list.push(marked);
            members.splice(&body, &[Edit::Set("messages", format!("[{}]", list.join(",")))])
        }
    }
}

impl Prepared {
    /// A reader for the answer, whose body is of this kind; `None` when such a body cannot be the answer.
    #[must_use]
    pub fn reader(&self, body: crate::reader::BodyKind, identity: crate::hub::Identity) -> Option<Reader> {
        match &self.resumption {
            None => Reader::new(&self.reading, body, identity),
            Some(resumption) => Reader::resume(&self.reading, body, resumption, identity),
        }
    }
}
