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
    /// The models it names: one for each writer, where it names any.
    pub(crate) models: Vec<String>,
    /// Models that it names where another one writes, as far as it says itself.
    pub(crate) misnamed: Vec<String>,
    /// Where another target took over.
    pub(crate) seams: Vec<Seam>,
    /// How many comments tell of that.
    pub(crate) told: usize,
    /// The target that served, as the record behind the answer says.
    pub(crate) recorded: Option<String>,
}

/// A place where another target took over, as the answer tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seam {
    /// Bytes of text before it.
    pub(crate) at: usize,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) reason: String,
    pub(crate) how: String,
    /// The model that writes from here on.
    pub(crate) model: String,
}

/// A text that is said again behind a seam is a mistake of the seam from this length on; shorter repetitions are
/// found in any text.
pub(crate) const LONG: usize = 32;
/// So far back a repetition is looked for.
const BACK: usize = 2000;

impl Verdict {
    fn says_model(&mut self, said: &Value) {
        let Some(model) = said.as_str() else { return };
        match self.models.last() {
            None => self.models.push(model.to_owned()),
            Some(last) if last == model => {}
            Some(_) => self.misnamed.push(model.to_owned()),
        }
    }

    /// Another target writes from here on.
    fn hands_over(&mut self, said: &Value) {
        if !said.is_object() {
            return;
        }
        let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        let (from, to, reason, how, model) =
            (text("from"), text("to"), text("reason"), text("how"), text("model"));
        self.models.push(model.clone());
        self.seams.push(Seam { at: self.text.len(), from, to, reason, how, model });
    }

    fn comment(&mut self, said: &str) {
        match serde_json::from_str::<Value>(said) {
            Ok(said) if said["event"] == "hand_over" => self.told += 1,
            Ok(said) => self.recorded = said["served"].as_str().map(str::to_owned),
            Err(_) => self.unreadable = true,
        }
    }

    /// The longest text that ends at a seam and is said again right behind it.
    pub(crate) fn repeated(&self) -> &str {
        let longest = |seam: &Seam| {
            let (before, after) = self.text.split_at_checked(seam.at)?;
            let most = before.len().min(after.len()).min(BACK);
            let again = |length: &usize| before.ends_with(after.get(..*length).unwrap_or("\0"));
            (1..=most).rev().find(again).and_then(|length| after.get(..length))
        };
        self.seams.iter().filter_map(longest).max_by_key(|text| text.len()).unwrap_or_default()
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
        block
            .lines()
            .filter_map(|line| line.strip_prefix(": handover "))
            .for_each(|said| verdict.comment(said));
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
    verdict.hands_over(&event["handover"]);
    verdict.says_model(&event["model"]);
    verdict.says(&event["choices"][0]["delta"]["content"]);
}

fn anthropic(event: &Value, verdict: &mut Verdict) {
    match event["type"].as_str().unwrap_or_default() {
        "message_start" => verdict.says_model(&event["message"]["model"]),
        "ping" => verdict.hands_over(&event["handover"]),
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
    fn an_answer_that_two_models_wrote_is_read_with_its_seam() {
        let said = |model: &str, text: &str| {
            format!(
                "data: {{\"model\":\"{model}\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
            )
        };
        let told = r#"{"event":"hand_over","from":"a/one","to":"b/two","reason":"truncated","how":"prefill","model":"two"}"#;
        let chunk = format!("data: {{\"model\":\"two\",\"choices\":[],\"handover\":{told}}}\n\n");
        let body = format!(": handover {told}\n\n{chunk}");
        let read = |before: &str, after: &str| {
            let end = "data: [DONE]\n\n: handover {\"served\":\"b/two\"}\n\n";
            let body = format!("{}{body}{}{end}", said("one", before), said("two", after));
            judge(Dialect::OpenAi, true, body.as_bytes())
        };
        let verdict = read("to be or ", "not to be");
        assert_eq!((verdict.text.as_str(), verdict.ends, verdict.told), ("to be or not to be", 1, 1));
        assert_eq!(verdict.models, ["one", "two"]);
        let seam = &verdict.seams[0];
        assert_eq!((seam.at, seam.from.as_str(), seam.to.as_str()), (9, "a/one", "b/two"));
        assert_eq!((verdict.recorded.as_deref(), verdict.repeated()), (Some("b/two"), ""));
        assert_eq!(read("to be or", " no more").repeated(), "");
        assert_eq!(read("so it was to be or", "to be or not").repeated(), "to be or");
        let lie = format!("{}{}", said("one", "a"), said("two", "b"));
        assert_eq!(judge(Dialect::OpenAi, true, lie.as_bytes()).misnamed, ["two"]);
        let ping = format!("event: ping\ndata: {{\"type\":\"ping\",\"handover\":{told}}}\n\n");
        let start = "data: {\"type\":\"message_start\",\"message\":{\"model\":\"one\"}}\n\n";
        let verdict = judge(Dialect::Anthropic, true, format!("{start}{ping}").as_bytes());
        assert_eq!(
            (verdict.models.as_slice(), verdict.seams.len()),
            (&["one".to_owned(), "two".to_owned()][..], 1)
        );
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
