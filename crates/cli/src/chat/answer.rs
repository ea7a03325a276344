//! One answer, made from the gateway's events. Pure.
//!
//! # Invariants
//! * What came is never taken away again, but for a beginning that nobody had seen (a restart).
//! * Nothing changes an answer that has ended: a late error does not make a good answer a bad one.

use handover_policy::Signal;
use serde_json::{Value, json};
use std::time::Duration;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Chosen here; whoever posts it again reads the same answer, and nothing is asked twice.
    pub(super) key: String,
    /// A route, an alias or `provider/model`.
    pub(super) model: String,
    pub(super) only: bool,
    pub(super) messages: Vec<Value>,
}

impl Question {
    pub(super) fn json(&self) -> Value {
        json!({"key": self.key, "model": self.model, "messages": self.messages, "only": self.only})
    }

    /// Characters of the conversation.
    fn length(&self) -> usize {
        let texts = self.messages.iter().map(|message| text(message, "content"));
        texts.map(|text| text.chars().count()).sum()
    }
}

/// An event of an answer, numbered by the gateway.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) data: Value,
}

/// How an answer ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    Done,
    /// Somebody asked to stop it.
    Stopped,
    /// As the gateway tells it: `kind`, `message`, …
    Error(Value),
}

/// One that was asked and did not answer.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    pub(super) target: String,
    pub(super) code: String,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// What was asked for.
    pub(super) asked: String,
    /// Characters of the conversation that was sent.
    pub(super) length: usize,
    /// From asking to the end, as it was measured here.
    pub(super) waited: Duration,
    pub(super) request_id: String,
    /// The number of the last event that was taken.
    pub(super) seen: Option<u64>,
    /// Who is being asked now.
    pub(super) asking: Option<String>,
    pub(super) failed: Vec<Failed>,
    pub(super) text: String,
    /// It began: the first word, or a thought, or a story of who serves.
    pub(super) has_begun: bool,
    /// The gateway's record: so far, and whole at the end; `null` before the first word.
    pub(super) story: Value,
    pub(super) hand_overs: Vec<Value>,
    pub(super) finish: Option<String>,
    pub(super) end: Option<End>,
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(value: &Value, name: &str) -> Option<u64> {
    value.get(name).and_then(Value::as_u64)
}

pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl Answer {
    pub(super) fn to(question: &Question) -> Self {
        Self { asked: question.model.clone(), length: question.length(), ..Self::default() }
    }

    /// The answer after one more event; whether the event was new.
    pub(super) fn take(&mut self, event: &Event) -> bool {
        if self.end.is_some() || self.seen.is_some_and(|seen| event.id <= seen) {
            return false;
        }
        self.seen = Some(event.id);
        let data = &event.data;
        match event.name.as_str() {
            "asked" => text(data, "request_id").clone_into(&mut self.request_id),
            "asking" => self.asking = Some(text(data, "target").to_owned()),
            "failed" => {
                self.failed.push(Failed {
                    target: text(data, "target").to_owned(),
                    code: text(data, "code").to_owned(),
                });
                self.asking = None;
            }
            "served" => {
                self.has_begun = true;
                self.story = data.clone();
            }
            "thinking" => self.has_begun = true,
            "text" => {
                self.has_begun = true;
                self.text.push_str(text(data, "text"));
            }
            "hand_over" => {
                if text(data, "how") == "restart" {
                    self.text.clear();
                }
                self.asking = Some(text(data, "to").to_owned());
                self.hand_overs.push(data.clone());
            }
            "done" => {
                self.finish = data.get("finish_reason").and_then(Value::as_str).map(str::to_owned);
                self.end_with(End::Done, data);
            }
            "stopped" => self.end_with(End::Stopped, data),
            "error" => self.end_with(End::Error(data.clone()), data),
            // An event of a newer gateway: nothing is known of it, and nothing is lost by that.
            _ => {}
        }
        true
    }

    fn end_with(&mut self, end: End, data: &Value) {
        if let Some(story) = data.get("story").filter(|story| story.is_object()) {
            self.story = story.clone();
        }
        self.end = Some(end);
    }

    /// It ends here for a reason of this side: nobody answers, or the answer is gone.
    pub(super) fn give_up(&mut self, kind: &str, message: &str, code: Option<&str>) {
        if self.end.is_none() {
            self.end = Some(End::Error(json!({"kind": kind, "message": message, "code": code})));
        }
    }

    /// Who wrote the last words, as far as it is known.
    pub(super) fn writer(&self) -> Option<&str> {
        let handed = self.hand_overs.last().map(|handed| text(handed, "to"));
        handed.or_else(|| self.story.get("served").and_then(Value::as_str))
    }

    /// How long it took, in milliseconds: by the gateway's record, or, where that is still of an answer under way, as
    /// it was measured here.
    pub(super) fn took_ms(&self) -> u64 {
        let told = number(&self.story, "took_ms").filter(|_| text(&self.story, "outcome") != "answering");
        told.unwrap_or_else(|| u64::try_from(self.waited.as_millis()).unwrap_or(u64::MAX))
    }

    /// The record with the time that the answer took.
    pub(super) fn told_story(&self) -> Value {
        let mut story = self.story.clone();
        story["took_ms"] = Value::from(self.took_ms());
        story
    }

    pub(super) fn signal(&self) -> Option<Signal> {
        Signal::parse(text(&self.story, "signal"))
    }

    /// The answer for programs.
    pub(super) fn json(&self) -> Value {
        let story = &self.story;
        let last = self.hand_overs.last();
        let model = last.map(|handed| &handed["model"]).or_else(|| story.get("model"));
        let usage = number(story, "completion_tokens").map(|completion| {
            let prompt = number(story, "prompt_tokens").unwrap_or(0);
            json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
        });
        let hand_overs: Vec<Value> = self.hand_overs.iter().map(seam).collect();
        let mut told = json!({
            "answer": self.text,
            "served": self.writer().unwrap_or_default(),
            "model": model,
            "signal": self.signal().map(Signal::as_str),
            "attempts": number(story, "attempts").unwrap_or(0),
            "reason": story.get("reason"),
            "finish_reason": self.finish,
            "usage": usage,
            "request_id": self.request_id,
            "hand_overs": hand_overs,
        });
        if let Some(End::Error(error)) = &self.end {
            told["error"] = Value::from(text(error, "message"));
        }
        told
    }
}

/// A hand-over as a program is told it, here and over the API.
fn seam(handed: &Value) -> Value {
    let members = handed.as_object().into_iter().flatten().filter(|(name, _)| *name != "words");
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
