//! An answer as a client reads it, written without the code under test.

use handover_dialect::Dialect;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a client makes of an answer.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct View {
    /// All text, of a refusal too.
    pub(crate) text: String,
    /// Arguments of all tool calls.
    pub(crate) arguments: String,
    /// Why it ended, in the dialect's word.
    pub(crate) finish: Option<String>,
    /// Every model that is named.
    pub(crate) models: BTreeSet<String>,
    /// The text, by the model that is named where it stands.
    pub(crate) by: Vec<(String, String)>,
    /// What is told where another model goes on.
    pub(crate) hand_overs: Vec<Value>,
    /// The same, from the comments.
    pub(crate) comments: Vec<Value>,
    /// The record behind the answer.
    pub(crate) trailer: Option<Value>,
    /// `[DONE]` or `message_stop`; 1 for a whole answer.
    pub(crate) terminators: usize,
    /// Error events.
    pub(crate) errors: Vec<Value>,
    /// Something stands behind a terminator or an error, other than comments.
    pub(crate) more_behind_the_end: bool,
}

impl View {
    pub(crate) fn read(dialect: Dialect, streamed: bool, body: &[u8]) -> Self {
        let mut view = View::default();
        match (dialect, streamed) {
            (Dialect::OpenAi | Dialect::Cohere, true) => view.events(body, View::openai_event),
            (Dialect::Anthropic, true) => view.events(body, View::anthropic_event),
            (Dialect::OpenAi | Dialect::Cohere, false) => view.openai_whole(&parse(body)),
            (Dialect::Anthropic, false) => view.anthropic_whole(&parse(body)),
        }
        view
    }

    /// One answer, from its beginning to its proper end.
    pub(crate) fn is_complete(&self) -> bool {
        self.terminators == 1 && self.errors.is_empty() && !self.more_behind_the_end && self.finish.is_some()
    }

    /// An honest end: an error and no terminator.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.terminators == 0 && self.errors.len() == 1 && !self.more_behind_the_end
    }

    fn events(&mut self, body: &[u8], take: fn(&mut Self, Option<&str>, &str)) {
        let text = std::str::from_utf8(body).expect("a stream is text").replace("\r\n", "\n");
        assert!(text.is_empty() || text.ends_with("\n\n"), "the stream ends inside an event: {text:?}");
        for event in text.split("\n\n").filter(|e| !e.is_empty()) {
            let field = |name: &str| event.lines().find_map(|l| l.strip_prefix(name)).map(str::trim_start);
            let Some(data) = field("data:") else {
                assert!(event.lines().all(|l| l.starts_with(':')), "neither data nor comment: {event:?}");
                if let Some(told) = event.strip_prefix(": handover ") {
                    self.comment(parse(told.as_bytes()));
                }
                continue;
            };
            self.more_behind_the_end |= self.terminators + self.errors.len() > 0;
            take(self, field("event:"), data);
        }
    }

    fn comment(&mut self, told: Value) {
        if told["event"] == "hand_over" {
            self.comments.push(told);
        } else {
            assert!(self.terminators == 1, "the record is for whole answers: {told}");
            assert!(self.trailer.replace(told).is_none(), "two records");
        }
    }

    fn openai_event(&mut self, _: Option<&str>, data: &str) {
        if data == "[DONE]" {
            self.terminators += 1;
            return;
        }
        let chunk = parse(data.as_bytes());
        if !chunk["error"].is_null() {
            self.errors.push(chunk);
            return;
        }
        self.named(&chunk["model"]);
        self.handed_over(&chunk["handover"]);
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            self.openai_message(&choice["delta"]);
            self.finished(&choice["finish_reason"]);
        }
    }

    fn openai_whole(&mut self, body: &Value) {
        self.named(&body["model"]);
        self.openai_message(&body["choices"][0]["message"]);
        self.finished(&body["choices"][0]["finish_reason"]);
        self.terminators = 1;
    }

    fn openai_message(&mut self, message: &Value) {
        for field in ["content", "refusal"] {
            self.said(&message[field]);
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            self.arguments.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
        }
    }

    fn anthropic_event(&mut self, name: Option<&str>, data: &str) {
        let event = parse(data.as_bytes());
        assert_eq!(name, event["type"].as_str(), "name and type of an event differ");
        match name.unwrap_or_default() {
            "message_start" => self.named(&event["message"]["model"]),
            "content_block_start" => self.said(&event["content_block"]["text"]),
            "content_block_delta" => {
                self.said(&event["delta"]["text"]);
                self.arguments.push_str(event["delta"]["partial_json"].as_str().unwrap_or_default());
            }
            "message_delta" => self.finished(&event["delta"]["stop_reason"]),
            "message_stop" => self.terminators += 1,
            "ping" => self.handed_over(&event["handover"]),
            "error" => self.errors.push(event),
            _ => {}
        }
    }

    fn anthropic_whole(&mut self, body: &Value) {
        self.named(&body["model"]);
        for block in body["content"].as_array().expect("content is a list") {
            self.said(&block["text"]);
            if block["type"] == "tool_use" {
                self.arguments.push_str(&block["input"].to_string());
            }
        }
        self.finished(&body["stop_reason"]);
        self.terminators = 1;
    }

    fn named(&mut self, model: &Value) {
        let Some(model) = model.as_str() else { return };
        self.models.insert(model.to_owned());
        if self.by.last().is_none_or(|(last, _)| last != model) {
            self.by.push((model.to_owned(), String::new()));
        }
    }

    fn said(&mut self, text: &Value) {
        let text = text.as_str().unwrap_or_default();
        self.text.push_str(text);
        if let Some((_, by)) = self.by.last_mut() {
            by.push_str(text);
        }
    }

    fn handed_over(&mut self, told: &Value) {
        if !told.is_null() {
            self.named(&told["model"]);
            self.hand_overs.push(told.clone());
        }
    }

    fn finished(&mut self, reason: &Value) {
        if let Some(reason) = reason.as_str() {
            self.finish = Some(reason.to_owned());
        }
    }
}

fn parse(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|e| panic!("{e}: {:?}", String::from_utf8_lossy(body)))
}
