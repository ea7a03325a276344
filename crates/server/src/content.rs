//! What users write, kept only where the operator asks for it (`log.content`), and only as much as tells a request apart:
//! the last message of the user, cut. Answers are never kept.

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Longest prompt that is kept, characters.
const LONGEST_PROMPT: usize = 2_000;
/// Requests under way whose prompts are kept, most: as many as connections are open by default.
const MOST_UNDER_WAY: usize = 10_000;

/// The prompts of requests under way, by request id.
#[derive(Debug, Default)]
pub(crate) struct Prompts(Mutex<HashMap<Arc<str>, String>>);

impl Prompts {
    /// Keeps what the user wrote last until the request has ended. `body` is the request's, in OpenAI's dialect or
    /// Anthropic's: they agree in this.
    pub(crate) fn note(&self, request_id: &Arc<str>, body: &Bytes) {
        let Some(prompt) = last_message(body) else { return };
        let mut under_way = self.0.lock();
        if under_way.len() < MOST_UNDER_WAY {
            under_way.insert(request_id.clone(), prompt);
        }
    }

    /// The request has ended.
    pub(crate) fn take(&self, request_id: &str) -> Option<String> {
        self.0.lock().remove(request_id)
    }
}

/// The text of the user's last message, cut.
fn last_message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let messages = body.get("messages")?.as_array()?;
    let last = messages.iter().rev().find(|message| message["role"] == "user")?;
    let text = match last.get("content")? {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            texts.join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    Some(match text.char_indices().nth(LONGEST_PROMPT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Option<&str>) {
        assert_eq!(last_message(body.as_bytes()).as_deref(), expected, "{body}");
    }

    #[test]
    fn a_story_shows_what_the_user_wrote_last_and_nothing_else() {
        let said = r#"{"role":"user","content":"first"},{"role":"assistant","content":"no"},{"role":"user","content":"second"}"#;
        check(&format!(r#"{{"messages":[{{"role":"system","content":"secret"}},{said}]}}"#), Some("second"));
        let parts = r#"[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:x"}},{"type":"text","text":"b"}]"#;
        check(&format!(r#"{{"messages":[{{"role":"user","content":{parts}}}]}}"#), Some("a\nb"));
        check(r#"{"messages":[{"role":"assistant","content":"no"}]}"#, None);
        check(r#"{"messages":[{"role":"user"}]}"#, None);
        check(r#"{"messages":"hello"}"#, None);
        check("not JSON", None);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let body =
            |length| serde_json::json!({"messages": [{"role": "user", "content": "ü".repeat(length)}]});
        check(&body(2_000).to_string(), Some(&"ü".repeat(2_000)));
        check(&body(9_000).to_string(), Some(&format!("{}…", "ü".repeat(2_000))));
    }

    #[test]
    fn a_message_is_kept_for_its_own_request_and_only_until_that_ends() {
        let prompts = Prompts::default();
        let body = Bytes::from_static(br#"{"messages":[{"role":"user","content":"hello"}]}"#);
        prompts.note(&"req_1".into(), &body);
        assert_eq!(prompts.take("req_2"), None);
        assert_eq!(prompts.take("req_1").as_deref(), Some("hello"));
        assert_eq!(prompts.take("req_1"), None);
        (0..MOST_UNDER_WAY + 5).for_each(|n| prompts.note(&n.to_string().into(), &body));
        assert_eq!(prompts.0.lock().len(), MOST_UNDER_WAY);
    }
}
