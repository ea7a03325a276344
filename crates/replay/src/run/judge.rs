//! What a user got, read without the gateway's codecs.
//!
//! Invariant: nothing of `handover-dialect` is used here. A mistake there must not be repeated, or no replay would
//! see it. What counts is what an honest client of the API can see: the bytes until the end of the body.

use handover_drill::Dialect;
use serde_json::Value;

/// What stands in an answer's body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The text of the answer.
    pub(crate) text: String,
    /// How many times the answer ended properly: with its terminator, or as a complete JSON object.
    pub(crate) ends: usize,
    /// How many errors it holds.
    pub(crate) errors: usize,
    /// Something stood behind its proper end or its error that belongs to an answer.
    pub(crate) more_after_end: bool,
    /// Something in it cannot be read.
    pub(crate) unreadable: bool,
    /// The models it names, each once, in order.
    pub(crate) models: Vec<String>,
}

impl Verdict {
    fn says_model(&mut self, said: &Value) {
        if let Some(model) = said.as_str()
            && self.models.last().is_none_or(|last| last != model)
        {
            self.models.push(model.to_owned());
        }
    }

    fn says(&mut self, text: &Value) {
        if let Some(text) = text.as_str() {
            self.more_after_end |= !text.is_empty() && (self.ends > 0 || self.errors > 0);
            self.text.push_str(text);
        }
    }
}

/// Reads a body that came with status 200.
pub(crate) fn judge(dialect: Dialect, streamed: bool, body: &[u8]) -> Verdict {
    let mut verdict = Verdict::default();
    if !streamed {
        match serde_json::from_slice::<Value>(body) {
            Ok(whole) => object(dialect, &whole, &mut verdict),
            Err(_) => verdict.unreadable = true,
        }
        return verdict;
    }
    let Ok(text) = std::str::from_utf8(body) else {
        verdict.unreadable = true;
        return verdict;
    };
    let text = text.replace("\r\n", "\n");
    for block in text.split("\n\n") {
        let data: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("data:")).collect();
        if data.is_empty() {
            continue;
        }
        let data = data.iter().map(|line| line.trim_start()).collect::<Vec<_>>().join("\n");
        if data == "[DONE]" {
            verdict.ends += usize::from(dialect == Dialect::OpenAi);
            continue;
        }
        match serde_json::from_str::<Value>(&data) {
            Ok(event) => match dialect {
                Dialect::OpenAi => openai(&event, &mut verdict),
                Dialect::Anthropic => anthropic(&event, &mut verdict),
                Dialect::Cohere => cohere(&event, &mut verdict),
            },
            Err(_) => verdict.unreadable = true,
        }
    }
    verdict
}

fn object(dialect: Dialect, whole: &Value, verdict: &mut Verdict) {
    if whole.get("error").is_some_and(|error| !error.is_null()) || whole["type"] == "error" {
        verdict.errors += 1;
        return;
    }
    verdict.says_model(&whole["model"]);
    let parts = match dialect {
        Dialect::OpenAi => {
            let message = &whole["choices"][0]["message"];
            verdict.says(&message["content"]);
            verdict.ends += usize::from(message.is_object());
            return;
        }
        Dialect::Anthropic => &whole["content"],
        Dialect::Cohere => &whole["message"]["content"],
    };
    for part in parts.as_array().map_or(&[][..], Vec::as_slice) {
        verdict.says(&part["text"]);
    }
    let failed = whole["finish_reason"] == "ERROR";
    verdict.errors += usize::from(failed);
    verdict.ends += usize::from(parts.is_array() && !failed);
}

fn openai(event: &Value, verdict: &mut Verdict) {
    if event.get("error").is_some_and(|error| !error.is_null()) {
        verdict.errors += 1;
        return;
    }
    verdict.says_model(&event["model"]);
    verdict.says(&event["choices"][0]["delta"]["content"]);
}

fn anthropic(event: &Value, verdict: &mut Verdict) {
    match event["type"].as_str().unwrap_or_default() {
        "message_start" => verdict.says_model(&event["message"]["model"]),
        "content_block_delta" => verdict.says(&event["delta"]["text"]),
        "message_stop" => verdict.ends += 1,
        "error" => verdict.errors += 1,
        _other => {}
    }
}

fn cohere(event: &Value, verdict: &mut Verdict) {
    match event["type"].as_str().unwrap_or_default() {
        "content-delta" => verdict.says(&event["delta"]["message"]["content"]["text"]),
        "message-end" if event["delta"]["finish_reason"] == "ERROR" => verdict.errors += 1,
        "message-end" => verdict.ends += 1,
        _other => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, body: &str, text: &str, ends: usize, errors: usize) {
        let verdict = judge(dialect, true, body.as_bytes());
        assert_eq!((verdict.text.as_str(), verdict.ends, verdict.errors), (text, ends, errors), "{body}");
    }

    #[test]
    fn the_judge_reads_answers_without_the_gateways_codecs() {
        let hi = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n";
        let end = "data: [DONE]\n\n";
        let error = "data: {\"error\":{\"message\":\"no\"}}\n\n";
        check(Dialect::OpenAi, &format!(": note\n\n{hi}{hi}{end}"), "hihi", 1, 0);
        check(Dialect::OpenAi, hi, "hi", 0, 0);
        check(Dialect::OpenAi, &format!("{hi}{error}"), "hi", 0, 1);
        check(Dialect::OpenAi, &format!("{hi}{end}{end}").replace('\n', "\r\n"), "hi", 2, 0);
        let hi = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"hi\"}}\n\n";
        let end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        check(Dialect::Anthropic, &format!("{hi}{end}"), "hi", 1, 0);
        check(Dialect::Anthropic, &format!("{hi}data: {{\"type\":\"error\"}}\n\n"), "hi", 0, 1);
        let end =
            "data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\ndata: [DONE]\n\n";
        check(Dialect::Cohere, end, "", 1, 0);
        check(Dialect::Cohere, &end.replace("COMPLETE", "ERROR"), "", 0, 1);
    }

    #[test]
    fn a_whole_answer_is_read_in_each_dialect() {
        for (dialect, body) in [
            (Dialect::OpenAi, r#"{"model":"m","choices":[{"message":{"content":"hi"}}]}"#),
            (Dialect::Anthropic, r#"{"model":"m","content":[{"type":"text","text":"hi"}]}"#),
            (Dialect::Cohere, r#"{"finish_reason":"COMPLETE","message":{"content":[{"text":"hi"}]}}"#),
        ] {
            let verdict = judge(dialect, false, body.as_bytes());
            let found = (verdict.text.as_str(), verdict.ends, verdict.errors, verdict.more_after_end);
            assert_eq!(found, ("hi", 1, 0, false), "{body}");
        }
        let error = judge(Dialect::OpenAi, false, br#"{"error":{"message":"no"}}"#);
        assert_eq!((error.ends, error.errors), (0, 1));
        assert!(judge(Dialect::OpenAi, false, b"<html>").unreadable);
    }

    #[test]
    fn an_answer_behind_its_own_end_is_found() {
        let hi = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n";
        let verdict = judge(Dialect::OpenAi, true, format!("data: [DONE]\n\n{hi}").as_bytes());
        assert!(verdict.more_after_end);
        assert_eq!(verdict.models, ["m"]);
        assert!(judge(Dialect::OpenAi, true, b"data: {\"cho\n\n").unreadable);
    }
}
