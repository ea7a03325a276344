//! A call, made ready for one target.
//!
//! The lane is chosen here and nowhere else: the same dialect on both sides splices the caller's bytes, everything
//! else is decoded into the hub and encoded for the target. What the target cannot express is noted as a loss, or
//! the target is [`Refused`] for this call; nothing is changed in silence.

use crate::call::{Call, OWN_MEMBERS};
use crate::continuation::{Resumption, mark_prefill};
use crate::error::CallerError;
use crate::hub::{self, Losses};
use crate::json::Edit;
use crate::reader::Reading;
use crate::target::{Refused, Target, apply_overrides};
use crate::{Dialect, anthropic, cohere, openai};
use bytes::Bytes;
use serde_json::Value;
use splice::splice;

mod splice;

/// A request body for one target, and how its answer is to be read.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Path below the provider's base address.
    pub path: &'static str,
    /// The body.
    pub body: Bytes,
    /// Whether the provider is asked for a stream.
    pub asks_stream: bool,
    /// Whether the body was translated from another dialect: a 400 may then be ours, not the caller's.
    pub translated: bool,
    /// What the target cannot express.
    pub losses: Losses,
    /// How the answer is read.
    pub reading: Reading,
    /// The answer goes on with one that broke off.
    pub(crate) resumption: Option<Box<Resumption>>,
}

/// Why a call cannot be sent to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CannotPrepare {
    /// This target cannot serve it; another may.
    Target(Refused),
    /// The call itself is wrong; no target can serve it.
    Call(Box<CallerError>),
}

impl From<Refused> for CannotPrepare {
    fn from(refused: Refused) -> Self {
        CannotPrepare::Target(refused)
    }
}

/// Bytes of a request per token of it, at the least: no tokeniser in use writes fewer than one token per 8 bytes
/// of ordinary JSON text. Only what is surely too long is kept from a target; the rest is the provider's to say.
pub(crate) const MOST_BYTES_PER_TOKEN: u64 = 8;

/// How this one attempt is asked for, beyond what the call and the target say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask {
    /// Ask the provider for a stream although the caller reads none.
    pub stream_whole: bool,
    /// Leave out what another provider may have made and this one would refuse: every `thinking` block.
    pub strip_state: bool,
    /// Hold a streamed answer that must be JSON until it is complete.
    pub hold_json: bool,
}

impl Prepared {
    /// How the target goes on with an answer that broke off (`prefill`, `instructed`, `restart`); `None` when it
    /// begins one.
    #[must_use]
    pub fn how(&self) -> Option<&'static str> {
        self.resumption.as_deref().map(|resumption| resumption.how)
    }
}

/// Makes `call` ready for `target`.
///
/// # Errors
/// [`CannotPrepare`], with the caller's field at fault.
pub fn prepare(call: &Call, target: &Target, ask: Ask) -> Result<Prepared, CannotPrepare> {
    check_capabilities(call, target)?;
    let translated = target.dialect != call.dialect;
    let asks_stream = call.stream || translated || (ask.stream_whole && can_be_folded(call));
    let mut prepared = if translated {
        translate(call, target, ask, asks_stream)?
    } else {
        splice(call, target, ask, asks_stream)
    };
    prepared.path = path(target.dialect);
    if call.needs.prefill && target.dialect == Dialect::OpenAi {
        prepared.body = mark_prefill(prepared.body, target.prefill());
    }
    Ok(prepared)
}

/// Members of a request whose answers hold more than the hub does: such an answer is asked for whole, because
/// putting it together from a stream would lose a part of it.
const ANSWERED_WITH_MORE: [&str; 7] =
    ["audio", "modalities", "web_search_options", "thinking", "mcp_servers", "logprobs", "functions"];

/// Whether a streamed answer can be put together without loss for a caller of the provider's own dialect.
fn can_be_folded(call: &Call) -> bool {
    let plain = !ANSWERED_WITH_MORE.iter().any(|key| call.members.value(key).is_some());
    let hosted_tools = call.dialect == Dialect::Anthropic && call.needs.tools;
    // The hub has no word for a tool whose input is free text.
    let tools = call.members.get(&call.body, "tools").unwrap_or_default();
    let custom_tools =
        call.dialect == Dialect::OpenAi && memchr::memmem::find(tools, b"\"custom\"").is_some();
    plain && !hosted_tools && !custom_tools && !call.needs.exact_openai
}

fn path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "/chat/completions",
        Dialect::Anthropic => "/v1/messages",
        Dialect::Cohere => "/v2/chat",
    }
}

fn check_capabilities(call: &Call, target: &Target) -> Result<(), Refused> {
    let can = &target.capabilities;
    if let Some(place) = call.needs.images.as_ref().filter(|_| !can.images) {
        return Err(Refused::new(place.clone(), "this model does not read images"));
    }
    if call.needs.tools && !can.tools {
        return Err(Refused::new("tools", "this model does not call tools"));
    }
    if call.needs.json && !can.json {
        return Err(Refused::new("response_format", "this model does not write JSON on demand"));
    }
    if let Some(context) = can.context {
        let least = call.needs.text_bytes as u64 / MOST_BYTES_PER_TOKEN;
        if call.needs.images.is_none() && least > context {
            let reason = format!("the conversation is longer than this model's {context} tokens");
            return Err(Refused::new("messages", reason));
        }
    }
    Ok(())
}

/// The typed lane.
fn translate(call: &Call, target: &Target, ask: Ask, asks_stream: bool) -> Result<Prepared, CannotPrepare> {
    let mut request = decode(call).map_err(|e| CannotPrepare::Call(Box::new(e)))?;
    for own in OWN_MEMBERS {
        request.rest.shift_remove(own);
    }
    let include_usage = request.include_usage;
    request.stream = asks_stream;
    apply_overrides(&mut request, &target.overrides);
    let prefill = call.needs.prefill && !target.can_prefill();
    if prefill && target.dialect == Dialect::OpenAi {
        let last = request.messages.len().saturating_sub(1);
        return Err(Refused::new(
            format!("messages[{last}]"),
            "this model does not continue a given beginning of its answer",
        )
        .into());
    }
    let mut losses = Losses::new();
    let body = match target.dialect {
        Dialect::OpenAi => openai::request::encode(&request, target, &mut losses)?.to_string(),
        Dialect::Anthropic => {
            let body = anthropic::request::encode(&request, target, &mut losses)?;
            anthropic::input::write(&body, &anthropic::input::of_request(&request))
        }
        Dialect::Cohere => cohere::request::encode(&request, target, &mut losses)?.to_string(),
    };
    Ok(Prepared {
        path: "",
        body: Bytes::from(body),
        asks_stream,
        translated: true,
        losses,
        resumption: None,
        reading: Reading {
            caller: call.dialect,
            provider: target.dialect,
            stream: call.stream,
            include_usage,
            hold_json: holds_json(call, ask),
        },
    })
}

/// A whole answer is held in any case.
fn holds_json(call: &Call, ask: Ask) -> bool {
    ask.hold_json && call.needs.json && call.stream
}

fn decode(call: &Call) -> Result<hub::Request, CallerError> {
    // A caller may have named its models in a list alone, which the dialects do not know.
    let named = call.members.get(&call.body, "model").is_some_and(|m| m != b"null");
    let model = || Edit::Set("model", Value::from(call.model.as_str()).to_string());
    let body = if named { call.body.clone() } else { call.members.splice(&call.body, &[model()]) };
    match call.dialect {
        Dialect::OpenAi | Dialect::Cohere => openai::request::decode(&body),
        Dialect::Anthropic => anthropic::request::decode(&body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Capabilities, Overrides, Prefill};

    fn target(dialect: Dialect) -> Target {
        Target {
            dialect,
            model: "their-model".to_owned(),
            overrides: Overrides::default(),
            capabilities: Capabilities::default(),
            anthropic_version: "2023-06-01".to_owned(),
            refused_fields: Vec::new(),
        }
    }

    fn check(body: &str, target: &Target, stream_whole: bool, expected: &str) {
        let call = Call::read(Dialect::OpenAi, Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let prepared = prepare(&call, target, Ask { stream_whole, ..Ask::default() }).unwrap();
        assert_eq!(std::str::from_utf8(&prepared.body).unwrap(), expected);
    }

    #[test]
    fn in_its_own_dialect_a_request_keeps_every_byte_but_what_must_change() {
        let plain = target(Dialect::OpenAi);
        check(
            r#"{"model":"m", "messages":[{"role":"user","content":"hi","x":1.50}],"new":{"y":[1e3]}}"#,
            &plain,
            false,
            r#"{"model":"their-model", "messages":[{"role":"user","content":"hi","x":1.50}],"new":{"y":[1e3]}}"#,
        );
        check(
            r#"{"models":["b"],"model":"m","messages":[{"role":"user"}],"disable_fallbacks":true}"#,
            &plain,
            false,
            r#"{"model":"their-model","messages":[{"role":"user"}]}"#,
        );
        check(
            r#"{"model":"m","messages":[{"role":"user"}]}"#,
            &plain,
            true,
            r#"{"model":"their-model","messages":[{"role":"user"}],"stream":true,"stream_options":{"include_usage":true}}"#,
        );
    }

    #[test]
    fn a_targets_own_system_prompt_and_sampling_replace_the_callers() {
        let mut varied = target(Dialect::OpenAi);
        varied.overrides = Overrides {
            system: Some("Be \"brief\"".into()),
            temperature: Some(0.3),
            top_p: None,
            max_tokens: Some(9),
        };
        check(
            r#"{"model":"m","messages":[{"role":"system","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"hi"}]}"#,
            &varied,
            false,
            r#"{"model":"their-model","messages":[{"role":"system","content":"Be \"brief\""},{"role":"user","content":"hi"}],"temperature":0.3,"max_tokens":9}"#,
        );
    }

    #[test]
    fn an_anthropic_caller_can_go_on_after_a_backup_of_another_vendor_thought_for_it() {
        let anthropic = target(Dialect::Anthropic);
        let check = |body: &str, ask: Ask, expected: &str, lost: &str| {
            let call = Call::read(Dialect::Anthropic, Bytes::copy_from_slice(body.as_bytes())).unwrap();
            let prepared = prepare(&call, &anthropic, ask).unwrap();
            assert_eq!(std::str::from_utf8(&prepared.body).unwrap(), expected);
            assert_eq!(prepared.losses.to_string(), lost);
        };
        let unsigned = r#"{"type":"thinking","thinking":"hm","signature":""},"#;
        let signed = r#"{"type":"thinking","thinking":"hm","signature":"abc"},"#;
        let body = |thought: &str, asked: &str| {
            format!(
                r#"{{"model":"their-model","max_tokens":9{asked},"messages":[{{"role":"user","content":"a"}}, {{"role":"assistant","content":[{thought}{{"type":"tool_use","id":"t","name":"f","input":{{"n":1.10}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"t"}}]}}]}}"#
            )
        };
        let strip = Ask { strip_state: true, ..Ask::default() };
        check(&body(unsigned, ""), Ask::default(), &body("", ""), "thinking");
        check(&body(signed, ""), Ask::default(), &body(signed, ""), "");
        check(&body(signed, ""), strip, &body("", ""), "thinking");
        let adaptive = r#","thinking":{"type":"adaptive"}"#;
        check(&body(unsigned, adaptive), Ask::default(), &body("", adaptive), "thinking");
        // A budget is refused where the thinking behind an open call is missing.
        let budget = r#","thinking":{"type":"enabled","budget_tokens":1024}"#;
        check(&body(unsigned, budget), Ask::default(), &body("", ""), "thinking");
    }

    #[test]
    fn a_caller_that_only_lists_models_is_served_by_every_vendor() {
        let body = r#"{"models":["a","b"],"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
        for (caller, provider) in [
            (Dialect::OpenAi, Dialect::OpenAi),
            (Dialect::OpenAi, Dialect::Anthropic),
            (Dialect::Anthropic, Dialect::OpenAi),
            (Dialect::OpenAi, Dialect::Cohere),
        ] {
            let call = Call::read(caller, Bytes::from(body)).unwrap();
            let prepared = prepare(&call, &target(provider), Ask::default()).unwrap();
            let sent: Value = serde_json::from_slice(&prepared.body).unwrap();
            assert_eq!((&sent["model"], sent.get("models")), (&Value::from("their-model"), None));
        }
    }

    #[test]
    fn a_tool_gets_the_digits_the_model_wrote() {
        let check = |caller: Dialect, provider: Dialect, body: String, expected: String| {
            let call = Call::read(caller, Bytes::from(body)).unwrap();
            let prepared = prepare(&call, &target(provider), Ask::default()).unwrap();
            let sent = std::str::from_utf8(&prepared.body).unwrap();
            assert!(sent.contains(&expected), "{sent}");
        };
        let exact = r#"{"account":123456789012345678901234567890,"price":1.10}"#;
        let quoted = Value::from(exact).to_string();
        let openai = format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"a"}},{{"role":"assistant","tool_calls":[{{"id":"s","type":"function","function":{{"name":"f","arguments":""}}}},{{"id":"t","type":"function","function":{{"name":"f","arguments":{quoted}}}}}]}},{{"role":"tool","tool_call_id":"s","content":"ok"}},{{"role":"tool","tool_call_id":"t","content":"ok"}}]}}"#
        );
        check(Dialect::OpenAi, Dialect::Anthropic, openai, format!(r#""input":{exact}"#));
        let anthropic = format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":[{{"type":"tool_use","id":"s","name":"f"}},{{"type":"tool_use","id":"t","name":"f","input":{exact}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"s","content":"ok"}},{{"type":"tool_result","tool_use_id":"t","content":"ok"}}]}}]}}"#
        );
        check(Dialect::Anthropic, Dialect::OpenAi, anthropic, format!(r#""arguments":{quoted}"#));
    }

    #[test]
    fn a_call_that_would_be_lost_in_a_stream_is_asked_for_whole() {
        let check = |more: &str, asks_stream: bool| {
            let body = format!(r#"{{"model":"m","messages":[{{"role":"user"}}]{more}}}"#);
            let call = Call::read(Dialect::OpenAi, Bytes::from(body)).unwrap();
            let ask = Ask { stream_whole: true, ..Ask::default() };
            let prepared = prepare(&call, &target(Dialect::OpenAi), ask).unwrap();
            assert_eq!(prepared.asks_stream, asks_stream, "{more}");
        };
        check(r#","tools":[{"type":"function","function":{"name":"f"}}]"#, true);
        check(r#","tools":[{"type":"custom","custom":{"name":"f"}}]"#, false);
        check(r#","functions":[{"name":"f"}]"#, false);
    }

    #[test]
    fn a_search_that_another_vendor_cannot_make_is_named_as_lost() {
        let body = r#"{"model":"m","web_search_options":{},"messages":[{"role":"user","content":"hi"}]}"#;
        let call = Call::read(Dialect::OpenAi, Bytes::from(body)).unwrap();
        for (provider, lost) in [
            (Dialect::Anthropic, "web_search_options"),
            (Dialect::Cohere, "web_search_options"),
            (Dialect::OpenAi, ""),
        ] {
            let prepared = prepare(&call, &target(provider), Ask::default()).unwrap();
            assert_eq!(prepared.losses.to_string(), lost, "{provider:?}");
        }
    }

    #[test]
    fn what_a_target_would_pass_over_in_silence_is_left_out_and_told() {
        let mut plain = target(Dialect::OpenAi);
        plain.capabilities.members = Some(&["model", "messages", "seed"]);
        let body = r#"{"logit_bias":{"1":-100},"model":"m","messages":[{"role":"user"}],"seed":1,"zz":[1],"user":null}"#;
        let call = Call::read(Dialect::OpenAi, Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let prepared = prepare(&call, &plain, Ask::default()).unwrap();
        let sent = r#"{"model":"their-model","messages":[{"role":"user"}],"seed":1}"#;
        assert_eq!(std::str::from_utf8(&prepared.body).unwrap(), sent);
        assert_eq!(prepared.losses.to_string(), "logit_bias,zz");
    }

    #[test]
    fn a_request_never_goes_to_a_model_that_must_misread_it() {
        let call = |body: &str| Call::read(Dialect::OpenAi, Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let mut blind = target(Dialect::OpenAi);
        blind.capabilities = Capabilities {
            images: false,
            tools: false,
            json: false,
            prefill: Prefill::No,
            context: Some(10),
            members: None,
        };
        let refused = |body: &str| match prepare(&call(body), &blind, Ask::default()) {
            Err(CannotPrepare::Target(refused)) => refused.param.unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            refused(r#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#),
            "messages[0].content[0]"
        );
        assert_eq!(refused(r#"{"model":"m","messages":[{"role":"user"}],"tools":[{}]}"#), "tools");
        assert_eq!(
            refused(r#"{"model":"m","messages":[{"role":"user"}],"response_format":{"type":"json_object"}}"#),
            "response_format"
        );
        let long =
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{}"}}]}}"#, "x".repeat(200));
        assert_eq!(refused(&long), "messages");
    }
}
