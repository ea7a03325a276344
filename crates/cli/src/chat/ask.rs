//! One question over the OpenAI surface, read as it streams.

use crate::gateway::Gateway;
use handover_dialect::sse::{self, Splitter};
use handover_policy::Signal;
use http::HeaderMap;
use serde_json::{Value, json};

/// What the gateway's comments in a stream begin with.
const RECORD: &[u8] = b": handover ";

/// What is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) model: &'a str,
    pub(crate) messages: &'a [Value],
    pub(crate) only: bool,
}

/// An answer, and who gave it.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    model: Option<String>,
    served: String,
    signal: Option<Signal>,
    attempts: u64,
    reason: Option<String>,
    request_id: String,
    usage: Option<Value>,
    finish: Option<String>,
    hand_overs: Vec<Seam>,
}

/// A place in an answer where another model went on.
#[derive(Debug, Clone)]
pub(crate) struct Seam(Value);

/// What an answer is made of, in the order in which it comes.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    HandOver(&'a Seam),
}

/// Why there is no answer, or no whole one.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// For the person who asked.
    pub(crate) message: String,
    /// What came of the answer, if anything did.
    pub(crate) partial: Option<Box<Answer>>,
}

impl Trouble {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), partial: None }
    }
}

/// Asks, handing each part of the answer to `show` as it comes, for as long as more is wanted.
pub(crate) async fn ask(
    gateway: &Gateway,
    question: &Question<'_>,
    mut show: impl FnMut(Part<'_>) -> bool,
) -> Result<Answer, Trouble> {
    let body = json!({
        "model": question.model,
        "messages": question.messages,
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    let response = gateway.post("/v1/chat/completions", &body, question.only).await.map_err(Trouble::new)?;
    let (head, mut body) = response.into_parts();
    if !head.status.is_success() {
        let raw = handover_upstream::collect(body, 1 << 20).await.unwrap_or_default();
        return Err(Trouble::new(
            error_message(&raw).unwrap_or_else(|| format!("the gateway answered {}", head.status)),
        ));
    }
    let mut answer = Answer::of(&head.headers);
    let mut splitter = Splitter::default();
    let mut is_complete = false;
    loop {
        let chunk = match body.next().await {
            Some(Ok(chunk)) => chunk,
            // The answer itself is here.
            Some(Err(_)) | None if is_complete => return Ok(answer),
            Some(Err(e)) => return Err(answer.broke(format!("the connection to the gateway broke: {e}"))),
            None => return Err(answer.broke("the answer ended before it was complete".to_owned())),
        };
        let whole = match splitter.push(chunk) {
            Ok(whole) => whole,
            Err(e) => return Err(answer.broke(e.to_string())),
        };
        for event in sse::events(&whole) {
            is_complete |= &*event.data == b"[DONE]";
            if is_complete {
                break;
            }
            match answer.take(&event.data) {
                Ok(Taken { seam, text }) => {
                    let seam = seam.is_none_or(|seam| show(Part::HandOver(&seam)));
                    if !seam || !text.is_none_or(|text| show(Part::Text(&text))) {
                        return Ok(answer);
                    }
                }
                Err(message) => return Err(answer.broke(message)),
            }
        }
        // The headers told who began. Who ended the answer, and how good that one is, stands behind it.
        if is_complete && (answer.hand_overs.is_empty() || answer.read_record(&whole)) {
            return Ok(answer);
        }
    }
}

/// What an event brings.
#[derive(Debug, Default)]
struct Taken {
    seam: Option<Seam>,
    text: Option<String>,
}

fn error_message(raw: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(raw).ok()?;
    value.pointer("/error/message").and_then(Value::as_str).map(str::to_owned)
}

impl Answer {
    fn of(headers: &HeaderMap) -> Self {
        let text =
            |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        Self {
            served: text("x-handover-served"),
            signal: Signal::parse(&text("x-handover-signal")),
            attempts: text("x-handover-attempts").parse().unwrap_or(0),
            reason: Some(text("x-handover-reason")).filter(|r| !r.is_empty()),
            request_id: text("x-handover-request-id"),
            ..Self::default()
        }
    }

    /// It breaks off here.
    fn broke(self, message: String) -> Trouble {
        let partial = (!self.text.is_empty()).then(|| Box::new(self));
        Trouble { message, partial }
    }

    /// Takes one event; gives back what is to be shown of it.
    fn take(&mut self, data: &[u8]) -> Result<Taken, String> {
        let value: Value =
            serde_json::from_slice(data).map_err(|e| format!("an event cannot be read: {e}"))?;
        if let Some(error) = value.get("error").filter(|e| !e.is_null()) {
            let message = error.get("message").and_then(Value::as_str).unwrap_or("the answer broke off");
            return Err(message.to_owned());
        }
        if let Some(model) = value.get("model").and_then(Value::as_str) {
            self.model = Some(model.to_owned());
        }
        if let Some(usage) = value.get("usage").filter(|u| u.is_object()) {
            self.usage = Some(usage.clone());
        }
        if let Some(finish) = value.pointer("/choices/0/finish_reason").and_then(Value::as_str) {
            self.finish = Some(finish.to_owned());
        }
        let seam = value.get("handover").filter(|told| told.get("event") == Some(&json!("hand_over")));
        let seam = seam.cloned().map(Seam);
        if let Some(seam) = &seam {
            seam.text("to").clone_into(&mut self.served);
            self.signal = None;
            self.attempts += 1;
            self.hand_overs.push(seam.clone());
        }
        let text = value.pointer("/choices/0/delta/content").and_then(Value::as_str);
        let text = text.filter(|text| !text.is_empty()).map(str::to_owned);
        self.text.push_str(text.as_deref().unwrap_or_default());
        Ok(Taken { seam, text })
    }

    /// Reads the gateway's record, the comment behind a complete answer; whether it is there.
    fn read_record(&mut self, whole: &[u8]) -> bool {
        let mut lines = whole.split(|byte| *byte == b'\n');
        let record = lines.rfind(|line| line.starts_with(RECORD));
        let record = record.and_then(|line| serde_json::from_slice::<Value>(line.get(RECORD.len()..)?).ok());
        let Some(record) = record.filter(|record| record.get("request_id").is_some()) else { return false };
        self.signal = record.get("signal").and_then(Value::as_str).and_then(Signal::parse);
        self.attempts = record.get("attempts").and_then(Value::as_u64).unwrap_or(self.attempts);
        true
    }

    /// The line under an answer: bars, word, model; and why the lead did not answer, if it did not.
    pub(crate) fn footer(&self) -> String {
        let signal = self.signal.unwrap_or(Signal::Unrated);
        let mut line = format!("{} {} · {}", signal.bars(), signal.word(), self.served);
        if let Some(first) = self.hand_overs.first() {
            line.push_str(&format!(", which went on for {}", first.text("from")));
        }
        match &self.reason {
            None => line,
            Some(reason) => {
                let reason = reason.replace('_', " ");
                format!("{line}\nAnswered by a backup. The lead: {reason}. Tried {} models.", self.attempts)
            }
        }
    }

    /// The answer for programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "answer": self.text,
            "served": self.served,
            "model": self.model,
            "signal": self.signal.map(Signal::as_str),
            "attempts": self.attempts,
            "reason": self.reason,
            "finish_reason": self.finish,
            "usage": self.usage,
            "request_id": self.request_id,
            "hand_overs": self.hand_overs.iter().map(Seam::json).collect::<Vec<_>>(),
        })
    }
}

impl Seam {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// For a person: who stopped, why, and who went on.
    pub(crate) fn words(&self) -> String {
        let model = |name| {
            let target = self.text(name);
            target.split_once('/').map_or(target, |(_, model)| model)
        };
        let (from, to) = (model("from"), model("to"));
        // The same model at another provider, or the same one once more.
        let (from, to) = if from == to { (self.text("from"), self.text("to")) } else { (from, to) };
        let reason = self.text("reason").replace('_', " ");
        // Of one that is replaced before its first word, nothing stands above.
        let how = if self.text("how") == "restart" { "began anew" } else { "continued" };
        format!("{from} stopped here ({reason}) · {to} {how}")
    }

    /// For programs: what the gateway told, and nothing of how it told it.
    fn json(&self) -> Value {
        let members = self.0.as_object().into_iter().flatten().filter(|(name, _)| *name != "event");
        Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn seam(from: &str, to: &str) -> Value {
        json!({"event": "hand_over", "from": from, "to": to, "reason": "cut_off", "how": "prefill",
               "delivered_tokens": 2, "model": "served-name"})
    }

    /// What is shown of the events of a stream, and the line under it.
    fn check(events: &[Value], record: &str, expected: &Expect) {
        let mut answer = Answer { served: "a/x".to_owned(), signal: Some(Signal::Full), ..Answer::default() };
        let mut shown = String::new();
        for event in events {
            let Taken { seam, text } = answer.take(event.to_string().as_bytes()).unwrap();
            shown.push_str(&seam.map(|seam| format!("\n-- {} --\n", seam.words())).unwrap_or_default());
            shown.push_str(&text.unwrap_or_default());
        }
        assert_eq!(answer.read_record(record.as_bytes()), !record.is_empty());
        expected.assert_eq(&format!("{shown}\n{}\n", answer.footer()));
    }

    fn text(text: &str) -> Value {
        json!({"choices": [{"delta": {"content": text}}]})
    }

    #[test]
    fn a_reader_sees_where_another_model_went_on() {
        let told = json!({"choices": [{"delta": {}}], "handover": seam("a/x", "b/y")});
        check(
            &[text("one two"), told, text(" three")],
            ": handover {\"request_id\":\"r\",\"signal\":\"2\",\"attempts\":2}\n\n",
            &expect![[r#"
                one two
                -- x stopped here (cut off) · y continued --
                 three
                ▂▄░░ Reduced · b/y, which went on for a/x
            "#]],
        );
    }

    #[test]
    fn two_providers_of_one_model_are_told_apart() {
        let told = json!({"choices": [], "handover": seam("a/x", "b/x")});
        check(
            &[text("one"), told],
            "",
            &expect![[r#"
                one
                -- a/x stopped here (cut off) · b/x continued --

                ???? Unrated · b/x, which went on for a/x
            "#]],
        );
    }

    #[test]
    fn a_new_beginning_is_not_told_as_a_continuation() {
        let mut told = seam("a/x", "b/y");
        told["how"] = json!("restart");
        assert_eq!(Seam(told).words(), "x stopped here (cut off) · y began anew");
    }

    #[test]
    fn an_answer_of_one_model_has_no_seam() {
        check(
            &[text("one")],
            "",
            &expect![[r#"
                one
                ▂▄▆█ Full · a/x
            "#]],
        );
    }

    #[test]
    fn a_program_is_told_of_hand_overs_in_every_answer() {
        let mut answer = Answer::default();
        assert_eq!(answer.json()["hand_overs"], json!([]));
        answer.take(json!({"handover": seam("a/x", "b/y")}).to_string().as_bytes()).unwrap();
        let told = json!({"from": "a/x", "to": "b/y", "reason": "cut_off", "how": "prefill",
                          "delivered_tokens": 2, "model": "served-name"});
        assert_eq!(answer.json()["hand_overs"], json!([told]));
        assert_eq!(answer.json()["served"], "b/y");
    }

    #[test]
    fn what_came_of_a_broken_answer_is_kept() {
        let mut answer = Answer::default();
        answer.take(text("half").to_string().as_bytes()).unwrap();
        let trouble = answer.broke("it broke".to_owned());
        assert_eq!(trouble.partial.map(|answer| answer.text).as_deref(), Some("half"));
        assert!(Answer::default().broke("it broke".to_owned()).partial.is_none());
    }
}
