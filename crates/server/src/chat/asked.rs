//! What a person asks.

use bytes::Bytes;
use handover_dialect::{Call, CallerError, Dialect, ErrorKind};
use serde_json::{Value, json};

/// Lengths of a key, characters: as long as a UUID, and no longer than a log line bears.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 8..=64;

/// A question, with what was said before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// Chosen by who asks; whoever knows it may read the answer.
    pub(crate) key: String,
    pub(crate) model: String,
    pub(crate) only: bool,
    messages: Vec<Value>,
}

impl Asked {
    /// # Errors
    /// What is wrong, and where.
    pub(crate) fn read(body: &[u8]) -> Result<Self, CallerError> {
        let value: Value = serde_json::from_slice(body).map_err(|e| {
            CallerError::new(ErrorKind::InvalidRequest, format!("The body is not JSON: {e}."))
                .code("invalid_json")
        })?;
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let key = text("key").filter(|key| is_key(key)).ok_or_else(|| {
            bad("key", "`key` must have 8 to 64 letters, digits, dashes or underscores.".to_owned())
        })?;
        let model = text("model")
            .filter(|model| !model.is_empty())
            .ok_or_else(|| bad("model", "`model` must name a route or a model.".to_owned()))?;
        let only = match value.get("only") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(only)) => *only,
            Some(_) => return Err(bad("only", "`only` must be true or false.".to_owned())),
        };
        let messages = value.get("messages").and_then(Value::as_array).filter(|list| !list.is_empty());
        let messages =
            messages.ok_or_else(|| bad("messages", "`messages` must be a list of messages.".to_owned()))?;
        let messages = messages.iter().enumerate().map(|(nth, message)| said(nth, message));
        Ok(Self {
            key: key.to_owned(),
            model: model.to_owned(),
            only,
            messages: messages.collect::<Result<_, _>>()?,
        })
    }

    /// The same as a request that dispatch takes.
    pub(crate) fn call(&self) -> Result<Call, CallerError> {
        let body = json!({
            "model": self.model,
            "messages": self.messages,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        Call::read(Dialect::OpenAi, Bytes::from(body.to_string()))
    }
}

/// Whether a text may be a key.
pub(crate) fn is_key(text: &str) -> bool {
    KEY_LENGTH.contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// One message: who says it, and what.
fn said(nth: usize, message: &Value) -> Result<Value, CallerError> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    let role = text("role").filter(|role| matches!(*role, "system" | "user" | "assistant"));
    let content = text("content").filter(|content| !content.is_empty());
    match (role, content) {
        (Some(role), Some(content)) => Ok(json!({"role": role, "content": content})),
        (None, _) => Err(bad(
            &format!("messages[{nth}].role"),
            format!("The role of message {nth} must be `system`, `user` or `assistant`."),
        )),
        (_, None) => Err(bad(
            &format!("messages[{nth}].content"),
            format!("The content of message {nth} must be a text that is not empty."),
        )),
    }
}

fn bad(param: &str, message: String) -> CallerError {
    CallerError::new(ErrorKind::InvalidRequest, message).param(param).code("invalid_value")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Value), expected: Result<(), &str>) {
        let mut body =
            json!({"key": "k-1234567", "model": "default", "messages": [{"role": "user", "content": "hi"}]});
        change(&mut body);
        let seen = Asked::read(body.to_string().as_bytes());
        let seen = seen.as_ref().map(|_| ()).map_err(|e| e.param.as_deref().unwrap_or_default());
        assert_eq!(seen, expected, "{body}");
    }

    #[test]
    fn a_bad_question_is_told_where_it_is_bad() {
        check(|_| {}, Ok(()));
        check(|body| body["only"] = json!(true), Ok(()));
        check(|body| body["unknown"] = json!(1), Ok(()));
        check(|body| body["key"] = json!("short"), Err("key"));
        check(|body| body["key"] = json!("../../../etc/passwd"), Err("key"));
        check(|body| body["key"] = json!("k".repeat(65)), Err("key"));
        check(|body| body["model"] = json!(""), Err("model"));
        check(|body| body["model"] = json!(4), Err("model"));
        check(|body| body["only"] = json!("yes"), Err("only"));
        check(|body| body["messages"] = json!([]), Err("messages"));
        check(|body| body["messages"] = json!("hi"), Err("messages"));
        check(|body| body["messages"][0]["role"] = json!("tool"), Err("messages[0].role"));
        check(|body| body["messages"][0]["content"] = json!(""), Err("messages[0].content"));
        check(|body| body["messages"][0]["content"] = json!([]), Err("messages[0].content"));
    }

    #[test]
    fn what_is_no_json_is_told_as_such() {
        let error = Asked::read(b"hello").unwrap_err();
        assert_eq!(error.code.as_deref(), Some("invalid_json"));
    }

    #[test]
    fn an_answer_is_asked_for_with_its_usage() {
        let body =
            json!({"key": "k-1234567", "model": "p/m", "messages": [{"role": "user", "content": "hi"}]});
        let call = Asked::read(body.to_string().as_bytes()).unwrap().call().unwrap();
        assert!(call.stream);
        assert_eq!(call.model, "p/m");
    }
}
