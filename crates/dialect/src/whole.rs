//! Looking at a whole answer before it is forwarded: is it one, does it hold anything, or is it an error in disguise?

use crate::anthropic::words;
use crate::error::ProviderError;
use crate::hub::{Answer as Folded, FinishReason, Usage};
use crate::json::{Edit, Members};
use crate::noticed::Noticed;
use crate::observe::{self, Delta};
use crate::reader::{Fault, Frame, Seen, Unfinished, fault_frame};
use crate::{Dialect, openai};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
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
    content: Option<Vec<Block<'a>>>,
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

/// A block of an Anthropic answer.
#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    signature: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

impl Block<'_> {
    /// Text and thinking count when there is any; every other block is something by itself.
    fn bears_content(&self) -> bool {
        match self.kind.as_deref() {
            Some("text") => self.text.is_some_and(observe::is_filled),
            // Some models keep their thinking to themselves and sign it all the same, but alone it is no answer.
            Some("thinking") => {
                self.thinking.is_some_and(observe::is_filled)
                    || self.signature.is_some_and(observe::is_filled)
            }
            Some(_) | None => true,
        }
    }
}

/// A tool call of an OpenAI answer.
#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    function: Option<Function<'a>>,
    /// A tool whose input is free text, not JSON.
    #[serde(borrow)]
    custom: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

/// What is wrong with an answer's tool calls, for whoever reads the attempt's record.
pub(crate) const NAMELESS_CALL: &str = "a tool call has no name";
/// See [`NAMELESS_CALL`].
pub(crate) const NO_ID: &str = "a tool call has no id";
/// See [`NAMELESS_CALL`].
pub(crate) const BROKEN_ARGUMENTS: &str = "the arguments of a tool call are not valid JSON";
/// See [`NAMELESS_CALL`].
pub(crate) const NO_CALL: &str = "the answer ends to call a tool, and calls none";

/// Whether a caller can read a call's arguments. None at all mean the empty object.
pub(crate) fn are_arguments(text: &str) -> bool {
    text.trim().is_empty() || serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether the answer was cut: by the token limit, or by the provider's policy. Then nothing is wrong with its calls,
/// since the model was allowed no more.
fn was_cut(finish: Option<FinishReason>) -> bool {
    matches!(finish, Some(FinishReason::Length | FinishReason::ContentFilter))
}

/// What is wrong with the tool calls of one choice.
fn broken_choice(choice: &Choice<'_>) -> Option<&'static str> {
    let finish = choice.finish_reason.as_deref().map(openai::stream::finish_reason);
    let message = choice.message.as_ref();
    let calls = message.and_then(|m| m.tool_calls).filter(|c| observe::is_filled(c));
    let Some(calls) = calls else {
        let older = message.and_then(|m| m.function_call).is_some_and(observe::is_filled);
        return (finish == Some(FinishReason::ToolCalls) && !older).then_some(NO_CALL);
    };
    if was_cut(finish) {
        return None;
    }
    let Ok(calls) = serde_json::from_str::<Vec<Call<'_>>>(calls.get()) else { return Some(NAMELESS_CALL) };
    calls.iter().find_map(|call| {
        let called = call.function.as_ref().or(call.custom.as_ref());
        if !called.and_then(|f| f.name).is_some_and(observe::is_filled) {
            return Some(NAMELESS_CALL);
        }
        if !call.id.is_some_and(observe::is_filled) {
            return Some(NO_ID);
        }
        // Arguments that are no text stand there as JSON already.
        let arguments = call.function.as_ref().and_then(|f| f.arguments).and_then(observe::text);
        (!arguments.is_none_or(|a| are_arguments(&a))).then_some(BROKEN_ARGUMENTS)
    })
}

/// The same for an Anthropic answer, where arguments are JSON already.
fn broken_blocks(blocks: &[Block<'_>], finish: Option<FinishReason>) -> Option<&'static str> {
    let mut calls = blocks.iter().filter(|b| b.kind.as_deref() == Some("tool_use")).peekable();
    if finish == Some(FinishReason::ToolCalls) && calls.peek().is_none() {
        return Some(NO_CALL);
    }
    if was_cut(finish) {
        return None;
    }
    calls.find_map(|block| match block {
        Block { name, .. } if !name.is_some_and(observe::is_filled) => Some(NAMELESS_CALL),
        Block { id, .. } if !id.is_some_and(observe::is_filled) => Some(NO_ID),
        Block { input, .. } if !input.is_some_and(|i| i.get().starts_with('{')) => Some(BROKEN_ARGUMENTS),
        _ => None,
    })
}

/// The same for an answer that was put together from a stream. An Anthropic caller reads arguments as an object.
pub(crate) fn broken_answer(answer: &Folded, caller: Dialect) -> Option<&'static str> {
    let finish = answer.finish.as_ref().map(|f| f.reason);
    if answer.tool_calls.is_empty() {
        return (finish == Some(FinishReason::ToolCalls)).then_some(NO_CALL);
    }
    if was_cut(finish) {
        return None;
    }
    let can_be_read = |arguments: &str| match caller {
        Dialect::OpenAi => are_arguments(arguments),
        Dialect::Anthropic | Dialect::Cohere => words::is_tool_input(arguments),
    };
    answer.tool_calls.iter().find_map(|call| match call {
        call if call.name.is_empty() => Some(NAMELESS_CALL),
        call if call.id.is_empty() => Some(NO_ID),
        call if !can_be_read(&call.arguments) => Some(BROKEN_ARGUMENTS),
        _ => None,
    })
}

/// Looks at a whole answer of the caller's own dialect before it is forwarded, and notes what it says of itself.
/// `model` is the target's name for its model, for an answer that does not say: callers' SDKs want the member.
pub(crate) fn check(
    dialect: Dialect,
    body: Bytes,
    model: &str,
    noticed: &mut Noticed,
) -> Result<Frame, Unfinished> {
    let broken = |message: String| Ok(fault_frame(message));
    let peek: Answer<'_> = match serde_json::from_slice(&body) {
        Ok(peek) => peek,
        Err(e) if e.is_eof() => return Err(Unfinished),
        Err(e) => return broken(format!("the answer cannot be read: {e}")),
    };
    if peek.error.is_some_and(|e| e.get() != "null") {
        let mut error = ProviderError::parse(None, &body);
        error.status = error.status.or_else(|| error.kind.as_deref().and_then(words::error_status));
        let seen = Seen { fault: Some(Fault::Provider(Box::new(error))), ..Seen::default() };
        return Ok(Frame { seen, ..Frame::default() });
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
            let finish =
                choices.iter().find_map(|c| c.finish_reason.as_deref()).map(openai::stream::finish_reason);
            if finish != Some(FinishReason::Failed)
                && let Some(broken_call) = choices.iter().find_map(broken_choice)
            {
                return broken(broken_call.to_owned());
            }
            let messages = || choices.iter().filter_map(|c| c.message.as_ref());
            messages().filter_map(Delta::text).for_each(|text| noticed.transcript.push_whole(&text));
            (messages().any(Delta::bears_content), finish)
        }
        Dialect::Anthropic | Dialect::Cohere => {
            let Some(blocks) = peek.content else { return broken("the answer has no content".to_owned()) };
            let finish = peek.stop_reason.as_deref().map(words::finish_reason);
            if let Some(broken_call) = broken_blocks(&blocks, finish) {
                return broken(broken_call.to_owned());
            }
            let texts = blocks.iter().filter(|b| b.kind.as_deref() == Some("text")).filter_map(|b| b.text);
            texts.filter_map(observe::text).for_each(|text| noticed.transcript.push_whole(&text));
            (blocks.iter().any(Block::bears_content), finish)
        }
    };
    if finish == Some(FinishReason::Failed) {
        return broken("the provider ended its answer with finish_reason \"error\"".to_owned());
    }
    noticed.usage = usage;
    noticed.model = peek.model.and_then(observe::text).map(Cow::into_owned).filter(|m| !m.is_empty());
    let unnamed = peek.model.is_none_or(|m| matches!(m.get(), "null" | "\"\""));
    let bytes = if unnamed { with_model(&body, model) } else { body };
    let seen = Seen { content, finish, terminal: true, ..Seen::default() };
    Ok(Frame { bytes, seen, ..Frame::default() })
}

/// `body` with the model's name; every other byte is kept.
fn with_model(body: &Bytes, model: &str) -> Bytes {
    match Members::read(body) {
        Ok(members) => members.splice(body, &[Edit::Set("model", Value::from(model).to_string())]),
        // It was read a moment ago, so this does not happen; and an answer without its model is still one.
        Err(_) => body.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, body: &str, expected: &str) {
        let mut noticed = Noticed::default();
        let body_bytes = Bytes::copy_from_slice(body.as_bytes());
        let found = match super::check(dialect, body_bytes, "asked", &mut noticed) {
            Err(Unfinished) => "unfinished".to_owned(),
            Ok(Frame { seen: Seen { fault: Some(Fault::Malformed(text)), .. }, .. }) => text,
            Ok(Frame { seen: Seen { fault: Some(Fault::Provider(e)), .. }, .. }) => {
                format!("error {:?} {}", e.status, e.message)
            }
            Ok(frame) => {
                let Noticed { model, usage, .. } = noticed;
                if model.is_some() {
                    assert_eq!(frame.bytes, body, "an answer is forwarded as it is");
                }
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
        openai(
            r#"{"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"f"}}]}}]}"#,
            "true None None 0",
        );
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
    fn a_caller_is_never_given_nothing_where_a_backup_would_have_answered() {
        let check = |blocks: &str, content: bool| {
            let body = format!(r#"{{"model":"c","content":[{blocks}],"stop_reason":"end_turn"}}"#);
            super::tests::check(Dialect::Anthropic, &body, &format!("{content} Some(Stop) Some(\"c\") 0"));
        };
        check("", false);
        check(r#"{"type":"text","text":""}"#, false);
        check(r#"{"type":"thinking","thinking":"","signature":""},{"type":"text","text":""}"#, false);
        check(r#"{"type":"thinking","thinking":"hm","signature":"abc"}"#, true);
        check(r#"{"type":"text","text":""},{"type":"text","text":"x"}"#, true);
        check(r#"{"type":"tool_use","id":"t","name":"f","input":{}}"#, true);
        check(r#"{"type":"web_search_tool_result","content":[]}"#, true);
    }

    #[test]
    fn a_tool_call_nobody_can_run_is_asked_of_the_next_target() {
        let openai = |message: &str, finish: &str, expected: &str| {
            let body = format!(
                r#"{{"model":"m","choices":[{{"message":{{{message}}},"finish_reason":"{finish}"}}]}}"#
            );
            check(Dialect::OpenAi, &body, expected);
        };
        let call = |name: &str, arguments: &str| {
            format!(
                r#""content":null,"tool_calls":[{{"id":"c","function":{{"name":"{name}","arguments":{arguments}}}}}]"#
            )
        };
        let called = r#"true Some(ToolCalls) Some("m") 0"#;
        openai(&call("f", r#""{\"a\":1}""#), "tool_calls", called);
        openai(&call("f", r#""""#), "tool_calls", called);
        openai(&call("f", r#"{"a":1}"#), "tool_calls", called);
        openai(&call("f", "null"), "tool_calls", called);
        openai(&call("f", r#""{\"a\":""#), "tool_calls", BROKEN_ARGUMENTS);
        openai(&call("f", r#""{\"a\":""#), "stop", BROKEN_ARGUMENTS);
        openai(&call("f", r#""{\"a\":""#), "length", r#"true Some(Length) Some("m") 0"#);
        openai(&call("", r#""{}""#), "tool_calls", NAMELESS_CALL);
        openai(r#""tool_calls":[{}]"#, "tool_calls", NAMELESS_CALL);
        openai(r#""content":"x""#, "tool_calls", NO_CALL);
        openai(r#""content":"x","tool_calls":[]"#, "tool_calls", NO_CALL);
        openai(
            r#""tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"{"}}]"#,
            "tool_calls",
            called,
        );
        openai(r#""function_call":{"name":"f","arguments":"{}"}"#, "function_call", called);
        let anthropic = |blocks: &str, reason: &str, expected: &str| {
            let body = format!(r#"{{"model":"c","content":[{blocks}],"stop_reason":"{reason}"}}"#);
            check(Dialect::Anthropic, &body, expected);
        };
        let named = r#"{"type":"tool_use","id":"t","name":"f","input":{}}"#;
        anthropic(named, "tool_use", r#"true Some(ToolCalls) Some("c") 0"#);
        anthropic(r#"{"type":"text","text":"x"}"#, "tool_use", NO_CALL);
        anthropic(r#"{"type":"tool_use","id":"t","input":{}}"#, "tool_use", NAMELESS_CALL);
        anthropic(r#"{"type":"tool_use","name":"f","input":{}}"#, "tool_use", NO_ID);
        anthropic(r#"{"type":"tool_use","id":"t","name":"f","input":null}"#, "tool_use", BROKEN_ARGUMENTS);
        anthropic(
            r#"{"type":"tool_use","id":"t","name":"f"}"#,
            "max_tokens",
            r#"true Some(Length) Some("c") 0"#,
        );
        openai(r#""tool_calls":[{"function":{"name":"f","arguments":"{}"}}]"#, "tool_calls", NO_ID);
        openai(&call("f", r#""{\"a\":""#), "content_filter", r#"true Some(ContentFilter) Some("m") 0"#);
    }

    #[test]
    fn an_answer_always_says_which_model_wrote_it() {
        let named = |dialect, body: &str, expected: &str| {
            let mut noticed = Noticed::default();
            let body = Bytes::copy_from_slice(body.as_bytes());
            let frame = super::check(dialect, body, "asked \"x\"", &mut noticed).unwrap();
            assert_eq!(frame.bytes, expected);
            assert_eq!(noticed.model, None, "the provider named none");
        };
        named(
            Dialect::OpenAi,
            r#"{ "choices":[{"message":{"content":"hi"}}],"n":1.10 }"#,
            r#"{ "choices":[{"message":{"content":"hi"}}],"n":1.10 ,"model":"asked \"x\""}"#,
        );
        named(
            Dialect::Anthropic,
            r#"{"model":null,"content":[]}"#,
            r#"{"model":"asked \"x\"","content":[]}"#,
        );
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
