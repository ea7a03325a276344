//! One question over the OpenAI surface, read as it streams.

use crate::gateway::Gateway;
use handover_dialect::sse::{self, Splitter};
use handover_policy::Signal;
use http::HeaderMap;
use serde_json::{Value, json};

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
}

/// Why there is no answer, or no whole one.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// For the person who asked.
    pub(crate) message: String,
    /// Part of the answer came.
    pub(crate) partial: bool,
}

impl Trouble {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), partial: false }
    }
}

/// Asks, handing each piece of text to `piece` as it comes, for as long as it wants more.
pub(crate) async fn ask(
    gateway: &Gateway,
    question: &Question<'_>,
    mut piece: impl FnMut(&str) -> bool,
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
    let broke = |answer: &Answer, message: String| Trouble { message, partial: !answer.text.is_empty() };
    loop {
        let chunk = match body.next().await {
            Some(Ok(chunk)) => chunk,
            Some(Err(e)) => return Err(broke(&answer, format!("the connection to the gateway broke: {e}"))),
            None => return Err(broke(&answer, "the answer ended before it was complete".to_owned())),
        };
        let whole = splitter.push(chunk).map_err(|e| broke(&answer, e.to_string()))?;
        for event in sse::events(&whole) {
            if &*event.data == b"[DONE]" {
                return Ok(answer);
            }
            match answer.take(&event.data) {
                Ok(Some(text)) if !piece(&text) => return Ok(answer),
                Ok(Some(_)) => {}
                Ok(None) => {}
                Err(message) => return Err(broke(&answer, message)),
            }
        }
    }
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

    /// Takes one event; gives back the text in it.
    fn take(&mut self, data: &[u8]) -> Result<Option<String>, String> {
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
        let text =
            value.pointer("/choices/0/delta/content").and_then(Value::as_str).filter(|t| !t.is_empty());
        Ok(text.map(|text| {
            self.text.push_str(text);
            text.to_owned()
        }))
    }

    /// The line under an answer: bars, word, model; and why the lead did not answer, if it did not.
    pub(crate) fn footer(&self) -> String {
        let signal = self.signal.unwrap_or(Signal::Unrated);
        let line = format!("{} {} · {}", signal.bars(), signal.word(), self.served);
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
        })
    }
}
