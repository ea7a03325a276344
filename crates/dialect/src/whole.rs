//! Looking at a whole answer before it is forwarded: is it one, does it hold anything, or is it an error in disguise?

use crate::Dialect;
use crate::error::ProviderError;
use crate::hub::{FinishReason, Usage};
use crate::observe::{self, Delta};
use crate::reader::{Fault, Frame, Seen, Unfinished, fault_frame};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What decides; a member that decides nothing may be of any type.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    message: Option<Delta<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Counted {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

/// Looks at a whole answer of the caller's own dialect before it is forwarded.
pub(crate) fn check(dialect: Dialect, body: Bytes) -> Result<(Frame, Option<String>, Usage), Unfinished> {
    let broken = |message: String| Ok((fault_frame(message), None, Usage::default()));
    let peek: Answer<'_> = match serde_json::from_slice(&body) {
        Ok(peek) => peek,
        Err(e) if e.is_eof() => return Err(Unfinished),
        Err(e) => return broken(format!("the answer cannot be read: {e}")),
    };
    if peek.error.is_some_and(|e| e.get() != "null") {
        let mut error = ProviderError::parse(None, &body);
        error.status =
            error.status.or_else(|| error.kind.as_deref().and_then(observe::anthropic_error_status));
        let seen = Seen { fault: Some(Fault::Provider(Box::new(error))), ..Seen::default() };
        return Ok((Frame { bytes: Bytes::new(), seen }, None, Usage::default()));
    }
    let usage = peek.usage.and_then(|u| serde_json::from_str::<Counted>(u.get()).ok()).map_or_else(
        Usage::default,
        |u| Usage {
            prompt: u.prompt_tokens.or(u.input_tokens),
            completion: u.completion_tokens.or(u.output_tokens),
            ..Usage::default()
        },
    );
    let (content, finish) = match dialect {
        Dialect::OpenAi => {
            let Some(choices) = peek.choices.filter(|c| !c.is_empty()) else {
                return broken("the answer has no choices".to_owned());
            };
            let finish = choices.iter().find_map(|c| c.finish_reason.as_deref()).map(observe::openai_finish);
            (choices.iter().filter_map(|c| c.message.as_ref()).any(Delta::bears_content), finish)
        }
        Dialect::Anthropic | Dialect::Cohere => {
            let Some(blocks) = peek.content else { return broken("the answer has no content".to_owned()) };
            (!blocks.is_empty(), peek.stop_reason.as_deref().map(observe::anthropic_finish))
        }
    };
    if finish == Some(FinishReason::Failed) {
        return broken("the provider ended its answer with finish_reason \"error\"".to_owned());
    }
    let model = peek.model.and_then(observe::text).map(Cow::into_owned);
    let seen = Seen { content, finish, terminal: true, fault: None };
    Ok((Frame { bytes: body, seen }, model, usage))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, body: &str, expected: &str) {
        let found = match super::check(dialect, Bytes::copy_from_slice(body.as_bytes())) {
            Err(Unfinished) => "unfinished".to_owned(),
            Ok((Frame { seen: Seen { fault: Some(Fault::Malformed(text)), .. }, .. }, ..)) => text,
            Ok((Frame { seen: Seen { fault: Some(Fault::Provider(e)), .. }, .. }, ..)) => {
                format!("error {:?} {}", e.status, e.message)
            }
            Ok((frame, model, usage)) => {
                assert_eq!(frame.bytes, body, "an answer is forwarded as it is");
                format!("{} {:?} {model:?} {}", frame.seen.content, frame.seen.finish, usage.total())
            }
        };
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn an_answer_is_forwarded_and_what_only_looks_like_one_is_not() {
        let openai = |body: &str, expected: &str| check(Dialect::OpenAi, body, expected);
        let message = r#"{"model":"m","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
        openai(message, r#"true Some(Stop) Some("m") 3"#);
        openai(&message[..40], "unfinished");
        openai("", "unfinished");
        openai("<html>", "the answer cannot be read: expected value at line 1 column 1");
        openai(r#"{"choices":[]}"#, "the answer has no choices");
        openai(r#"{"error":{"message":"boom","code":503}}"#, "error Some(503) boom");
        openai(r#"{"error":null,"choices":[{"message":{"content":""}}]}"#, "false None None 0");
        openai(r#"{"choices":[{"message":{"tool_calls":[{}]}}]}"#, "true None None 0");
        openai(
            r#"{"choices":[{"message":{"content":"x"},"finish_reason":"error"}]}"#,
            "the provider ended its answer with finish_reason \"error\"",
        );
        let anthropic = |body: &str, expected: &str| check(Dialect::Anthropic, body, expected);
        anthropic(
            r#"{"model":"c","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}"#,
            r#"true Some(Stop) Some("c") 3"#,
        );
        anthropic(
            r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#,
            "error Some(529) busy",
        );
        anthropic(r#"{"id":"x"}"#, "the answer has no content");
    }

    #[test]
    fn an_odd_type_in_a_member_that_decides_nothing_costs_no_answer() {
        check(
            Dialect::OpenAi,
            r#"{"model":7,"usage":{"prompt_tokens":1.5},"choices":[{"message":{"content":"hi","x":[1]}}]}"#,
            "true None None 0",
        );
    }
}
