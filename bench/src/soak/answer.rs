//! The proper ends of a request, and everything that is none.
//!
//! Pure: from the bytes that a caller got, and who the providers are, to a verdict.

use crate::plan::Caller;
use crate::text::{Heard, begins, heard};
use serde_json::Value;

/// What a caller got.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to the end that its framing promised.
    pub(crate) whole: bool,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// A provider, as far as answers tell of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who {
    pub(crate) name: &'static str,
    pub(crate) model: &'static str,
    pub(crate) word: &'static str,
}

/// A proper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proper {
    /// All of it, and whose it is.
    Whole(&'static str),
    /// All of it, by two who wrote one behind the other, and who finished it.
    Continued(&'static str),
    /// An error status with a well-formed error.
    Refused(u16),
    /// The beginning of an answer, an error event, and an aborted body.
    Broken(&'static str),
}

type Verdict = std::result::Result<Proper, String>;

/// Judges an answer. The error says in words what was wrong with the end.
pub(crate) fn judge(caller: Caller, stream: bool, seen: &Seen, providers: &[Who]) -> Verdict {
    if seen.header("x-handover-request-id").is_none_or(str::is_empty) {
        return Err("no x-handover-request-id".into());
    }
    if seen.status != 200 {
        return refused(caller, seen);
    }
    let served = seen.header("x-handover-served").ok_or("no x-handover-served")?;
    let who = target(served, providers)?;
    if stream { streamed(caller, seen, who, providers) } else { at_once(caller, seen, who, providers) }
}

/// Who `provider/model` is.
fn target<'p>(said: &str, providers: &'p [Who]) -> std::result::Result<&'p Who, String> {
    let (provider, model) = said.split_once('/').ok_or_else(|| format!("{said} is not provider/model"))?;
    let who = providers.iter().find(|who| who.name == provider && who.model == model);
    who.ok_or_else(|| format!("nobody is called {said}"))
}

fn json(bytes: &[u8]) -> std::result::Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("not JSON: {e}: {}", shown(bytes)))
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(200).collect()
}

fn is_error(caller: Caller, value: &Value) -> bool {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let envelope = match caller {
        Caller::OpenAi => true,
        Caller::Anthropic => value["type"] == "error",
    };
    envelope && text("/error/message") && text("/error/type")
}

fn refused(caller: Caller, seen: &Seen) -> Verdict {
    if !(400..600).contains(&seen.status) {
        return Err(format!("status {}", seen.status));
    }
    if !seen.whole {
        return Err(format!("the error of status {} was cut", seen.status));
    }
    if !is_error(caller, &json(&seen.body)?) {
        return Err(format!("no error in the caller's dialect: {}", shown(&seen.body)));
    }
    Ok(Proper::Refused(seen.status))
}

fn named(value: &Value, who: &Who) -> std::result::Result<(), String> {
    if value == who.model {
        return Ok(());
    }
    Err(format!("the model is said to be {value}, and {} answered", who.model))
}

fn said_all(text: &str, who: &Who) -> std::result::Result<(), String> {
    match heard(who.word, text) {
        Heard::Whole => Ok(()),
        Heard::Beginning => Err(format!("an incomplete answer with a clean end: …{}", end_of(text))),
        Heard::Other => Err(format!("{} never said: …{}", who.name, end_of(text))),
    }
}

/// What one who was followed by another has said: a beginning, or all but the end of the answer's events.
fn said_some(text: &str, who: &Who) -> std::result::Result<(), String> {
    match heard(who.word, text.trim_end()) {
        Heard::Whole | Heard::Beginning => Ok(()),
        Heard::Other => Err(format!("{} never said: …{}", who.name, end_of(text))),
    }
}

fn end_of(text: &str) -> &str {
    let from = text.len().saturating_sub(60);
    text.get(from..).unwrap_or(text)
}

fn at_once(caller: Caller, seen: &Seen, who: &Who, providers: &[Who]) -> Verdict {
    if !seen.whole {
        return Err("status 200, and the body was cut".into());
    }
    let answer = json(&seen.body)?;
    named(&answer["model"], who)?;
    let (text, finish) = match caller {
        Caller::OpenAi => ("/choices/0/message/content", "/choices/0/finish_reason"),
        Caller::Anthropic => ("/content/0/text", "/stop_reason"),
    };
    let text = answer.pointer(text).and_then(Value::as_str).unwrap_or_default();
    if !answer.pointer(finish).is_some_and(Value::is_string) {
        return Err("no reason for the end".into());
    }
    let Some(handed) = seen.header("x-handover-hand-over").filter(|handed| !handed.contains("how=restart"))
    else {
        return said_all(text, who).map(|()| Proper::Whole(who.name));
    };
    let from = handed.split("; ").find_map(|part| part.strip_prefix("from=")).unwrap_or_default();
    // In one piece nobody tells where the other began; its first words do.
    let (before, after) = text.rsplit_once(&begins(who.word)).ok_or("who took over did not begin")?;
    said_some(before, target(from, providers)?)?;
    said_all(&format!("{}{after}", begins(who.word)), who)?;
    Ok(Proper::Continued(who.name))
}

/// What a stream told, event by event.
#[derive(Debug, Default)]
struct Told {
    /// Of the one who writes now.
    text: String,
    /// How many took over.
    handed: usize,
    /// How many comments tell of that.
    comments: usize,
    finished: bool,
    terminated: bool,
    error: bool,
}

fn streamed<'p>(caller: Caller, seen: &Seen, mut who: &'p Who, providers: &'p [Who]) -> Verdict {
    // Either line end is allowed in a stream of events.
    let body = String::from_utf8_lossy(&seen.body).replace("\r\n", "\n");
    let mut told = Told::default();
    let mut events: Vec<&str> = body.split("\n\n").collect();
    // What follows the last blank line is a part of an event at most.
    let rest = events.pop().unwrap_or_default();
    if seen.whole && !rest.is_empty() {
        return Err(format!("a clean end within an event: {rest}"));
    }
    for event in events {
        for line in event.lines() {
            if let Some(record) = line.strip_prefix(": handover ") {
                let record = json(record.as_bytes())?;
                if record["event"] == "hand_over" {
                    told.comments += 1;
                    continue;
                }
                if record["served"] != format!("{}/{}", who.name, who.model) {
                    return Err(format!("the trailer says {}, the head {}", record["served"], who.name));
                }
                named(&record["model"], who)?;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                if told.terminated || told.error {
                    return Err(format!("something behind the end: {data}"));
                }
                if let Some(next) = hands_over(data, who, &mut told, providers)? {
                    who = next;
                }
                hear(caller, data, who, &mut told)?;
            }
        }
    }
    if told.comments != told.handed {
        return Err(format!("{} comments and {} objects tell of hand-overs", told.comments, told.handed));
    }
    let proper = if told.handed > 0 { Proper::Continued(who.name) } else { Proper::Whole(who.name) };
    // Behind another's text there may be white space first.
    let text = if told.handed > 0 { told.text.trim_start() } else { &told.text };
    match (told.terminated, told.error, seen.whole) {
        (true, _, true) if !told.finished => Err("a terminator without a reason for the end".into()),
        (true, _, true) => said_all(text, who).map(|()| proper),
        (true, _, false) => Err("a terminator, and an aborted body".into()),
        (false, true, true) => Err("an error event, and a clean end of the body".into()),
        (false, true, false) => said_some(text, who).map(|()| Proper::Broken(who.name)),
        (false, false, true) => Err("a clean end without a terminator".into()),
        (false, false, false) => Err("an aborted body without an error event".into()),
    }
}

/// Who writes from here on, where an event says so.
fn hands_over<'p>(
    data: &str,
    who: &Who,
    told: &mut Told,
    providers: &'p [Who],
) -> std::result::Result<Option<&'p Who>, String> {
    // The error of an answer that nobody went on with has an object of this name, too.
    if !data.contains("\"hand_over\"") {
        return Ok(None);
    }
    let said = json(data.as_bytes())?["handover"].take();
    if said["from"] != format!("{}/{}", who.name, who.model) {
        return Err(format!("{} is said to have stopped, and {} wrote", said["from"], who.name));
    }
    let next = target(said["to"].as_str().unwrap_or_default(), providers)?;
    named(&said["model"], next)?;
    said_some(&std::mem::take(&mut told.text), who)?;
    told.handed += 1;
    Ok(Some(next))
}

fn hear(caller: Caller, data: &str, who: &Who, told: &mut Told) -> std::result::Result<(), String> {
    if caller == Caller::OpenAi && data == "[DONE]" {
        told.terminated = true;
        return Ok(());
    }
    let event = json(data.as_bytes())?;
    if event.get("error").is_some() {
        told.error = true;
        return if is_error(caller, &event) {
            Ok(())
        } else {
            Err(format!("a malformed error event: {data}"))
        };
    }
    let text = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match caller {
        Caller::OpenAi => {
            named(&event["model"], who)?;
            told.text.push_str(text("/choices/0/delta/content"));
            told.finished |= !text("/choices/0/finish_reason").is_empty();
        }
        Caller::Anthropic => match text("/type") {
            "message_start" => named(&event["message"]["model"], who)?,
            "content_block_delta" => told.text.push_str(text("/delta/text")),
            "message_delta" => told.finished |= !text("/delta/stop_reason").is_empty(),
            "message_stop" => told.terminated = true,
            _ => {}
        },
    }
    Ok(())
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
