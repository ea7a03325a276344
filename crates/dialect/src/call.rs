//! One request as the caller made it, read once.
//!
//! A [`Call`] keeps the caller's bytes and what a plan must know of them: the model asked for, whether a stream is
//! read, and what the request [`Needs`] of a target. Reading it checks what every target would refuse anyway (a
//! missing model, a string where a number must stand), so that such a mistake costs no attempt; everything deeper
//! is left to the provider, whose own words then reach the caller.

use crate::Dialect;
use crate::error::{CallerError, ErrorKind};
use crate::json::Members;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// One request as the caller made it.
#[derive(Debug, Clone)]
pub struct Call {
    /// The caller's dialect.
    pub dialect: Dialect,
    /// The caller's bytes.
    pub body: Bytes,
    /// Where the body's members stand.
    pub members: Members,
    /// The model, route or alias asked for: `model`, or without it the first of `models`.
    pub model: String,
    /// Whether the caller reads a stream.
    pub stream: bool,
    /// What a target must be able to do.
    pub needs: Needs,
    /// The caller's own list of further models (`fallbacks` or `models` in the body), in order.
    pub fallbacks: Vec<String>,
    /// Whether the caller forbids any other model (`disable_fallbacks` in the body).
    pub only: bool,
}

/// What a request needs of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The first picture's place (`messages[0].content[1]`).
    pub images: Option<String>,
    /// Tools are offered and may be called.
    pub tools: bool,
    /// The answer must be JSON.
    pub json: bool,
    /// The last message is the beginning of the answer.
    pub prefill: bool,
    /// More than one answer, or log probabilities: what only some dialects can say.
    pub exact_openai: bool,
    /// Bytes of the messages: a bound on how much the target must read.
    pub text_bytes: usize,
}

/// Body members that steer Handover and are not for a provider.
pub const OWN_MEMBERS: [&str; 3] = ["fallbacks", "models", "disable_fallbacks"];

/// Longest list of models taken from a request.
const MAX_FALLBACKS: usize = 16;

impl Call {
    /// Reads a request body.
    ///
    /// # Errors
    /// An [`ErrorKind::InvalidRequest`] that names the position or the field.
    pub fn read(dialect: Dialect, body: Bytes) -> Result<Self, CallerError> {
        let members = Members::read(&body).map_err(|e| {
            CallerError::new(
                ErrorKind::InvalidRequest,
                format!("The request body is not a JSON object: {e}."),
            )
            .code("invalid_json")
        })?;
        check_types(dialect, &members, &body)?;
        let mut models = read_models(&members, &body, "models")?;
        let mut model = member::<String>(&members, &body, "model").filter(|m| !m.trim().is_empty());
        if model.is_none() && !models.is_empty() {
            // A list alone names its first choice first.
            model = Some(models.remove(0));
        }
        let model = model.ok_or_else(|| {
            CallerError::new(ErrorKind::InvalidRequest, "The request names no model: set `model`.")
                .param("model")
        })?;
        let mut fallbacks = read_models(&members, &body, "fallbacks")?;
        if fallbacks.is_empty() {
            fallbacks = models;
        }
        let needs = read_needs(dialect, &members, &body)?;
        Ok(Self {
            dialect,
            model,
            stream: member(&members, &body, "stream").unwrap_or(false),
            only: member(&members, &body, "disable_fallbacks").unwrap_or(false),
            needs,
            fallbacks,
            members,
            body,
        })
    }
}

impl Call {
    /// Whether the answer may call a tool, be it in the older form or one that the provider runs.
    #[must_use]
    pub fn may_call_tools(&self) -> bool {
        self.needs.tools || self.has(&["functions", "mcp_servers"])
    }

    /// Whether the answer may hold what is no text: several answers, log probabilities, sound, what a search found.
    #[must_use]
    pub fn asks_for_more_than_text(&self) -> bool {
        self.needs.exact_openai || self.has(&["audio", "modalities", "web_search_options"])
    }

    fn has(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.members.value(key).is_some())
    }
}

fn member<'b, T: Deserialize<'b>>(members: &Members, body: &'b [u8], key: &str) -> Option<T> {
    serde_json::from_slice(members.get(body, key)?).ok()
}

/// The JSON type of a value, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Number,
    Bool,
    List,
    Object,
    Null,
}

impl Type {
    fn of(raw: &[u8]) -> Self {
        match raw.first() {
            Some(b'"') => Type::Text,
            Some(b't' | b'f') => Type::Bool,
            Some(b'[') => Type::List,
            Some(b'{') => Type::Object,
            Some(b'n') | None => Type::Null,
            Some(_) => Type::Number,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Type::Text => "a string",
            Type::Number => "a number",
            Type::Bool => "true or false",
            Type::List => "a list",
            Type::Object => "an object",
            Type::Null => "null",
        }
    }
}

/// Members every dialect of ours knows, with the types they may have. `null` counts as absent.
const TYPES: [(&str, &[Type]); 17] = [
    ("model", &[Type::Text]),
    ("messages", &[Type::List]),
    ("stream", &[Type::Bool]),
    ("temperature", &[Type::Number]),
    ("top_p", &[Type::Number]),
    ("top_k", &[Type::Number]),
    ("max_tokens", &[Type::Number]),
    ("max_completion_tokens", &[Type::Number]),
    ("n", &[Type::Number]),
    ("seed", &[Type::Number]),
    ("stop", &[Type::Text, Type::List]),
    ("stop_sequences", &[Type::List]),
    ("tools", &[Type::List]),
    ("response_format", &[Type::Object]),
    ("fallbacks", &[Type::List]),
    ("models", &[Type::List]),
    ("disable_fallbacks", &[Type::Bool]),
];

fn check_types(dialect: Dialect, members: &Members, body: &[u8]) -> Result<(), CallerError> {
    for (key, allowed) in TYPES {
        let Some(raw) = members.get(body, key) else { continue };
        let found = Type::of(raw);
        if found != Type::Null && !allowed.contains(&found) {
            return Err(wrong_type(key, allowed, found));
        }
    }
    if dialect == Dialect::Anthropic && members.value("max_tokens").is_none() {
        let text = "The field `max_tokens` is required: set it to the most tokens the answer may have.";
        return Err(CallerError::new(ErrorKind::InvalidRequest, text).param("max_tokens"));
    }
    Ok(())
}

fn wrong_type(path: &str, allowed: &[Type], found: Type) -> CallerError {
    let expected: Vec<&str> = allowed.iter().map(|t| t.name()).collect();
    CallerError::new(
        ErrorKind::InvalidRequest,
        format!("The field `{path}` must be {}, not {}.", expected.join(" or "), found.name()),
    )
    .param(path)
    .code("invalid_type")
}

/// The models listed in the member `key`.
fn read_models(members: &Members, body: &[u8], key: &str) -> Result<Vec<String>, CallerError> {
    /// A model by name, or LiteLLM's `{"model": ...}`.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Entry {
        Name(String),
        Object { model: String },
    }
    let Some(raw) = members.get(body, key) else { return Ok(Vec::new()) };
    let entries: Option<Vec<Entry>> = serde_json::from_slice(raw).map_err(|_| {
        CallerError::new(
            ErrorKind::InvalidRequest,
            format!("The field `{key}` must be a list of model names."),
        )
        .param(key)
    })?;
    let names = entries.unwrap_or_default().into_iter().map(|e| match e {
        Entry::Name(name) | Entry::Object { model: name } => name,
    });
    Ok(names.filter(|name| !name.trim().is_empty()).take(MAX_FALLBACKS).collect())
}

#[derive(Deserialize)]
struct MessagePeek<'a> {
    #[serde(borrow)]
    role: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct PartPeek<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
}

fn read_needs(dialect: Dialect, members: &Members, body: &[u8]) -> Result<Needs, CallerError> {
    let raw = members.get(body, "messages").unwrap_or(b"[]");
    let messages: Vec<&RawValue> = serde_json::from_slice(raw).unwrap_or_default();
    if messages.is_empty() {
        let text = "The request has no messages: set `messages` to a list with at least one.";
        return Err(CallerError::new(ErrorKind::InvalidRequest, text).param("messages"));
    }
    let mut needs = Needs { text_bytes: raw.len(), ..Needs::default() };
    for (i, message) in messages.iter().enumerate() {
        let found = Type::of(message.get().as_bytes());
        if found != Type::Object {
            return Err(wrong_type(&format!("messages[{i}]"), &[Type::Object], found));
        }
        let peek: MessagePeek<'_> = serde_json::from_str(message.get()).map_err(|e| {
            CallerError::new(
                ErrorKind::InvalidRequest,
                format!("The field `messages[{i}]` cannot be read: {e}."),
            )
            .param(format!("messages[{i}]"))
        })?;
        let role = peek.role.map_or("null", RawValue::get);
        if Type::of(role.as_bytes()) != Type::Text {
            let path = format!("messages[{i}].role");
            return Err(wrong_type(&path, &[Type::Text], Type::of(role.as_bytes())));
        }
        if let Some(content) = peek.content {
            read_content(&format!("messages[{i}].content"), content, &mut needs)?;
        }
        needs.prefill = role == "\"assistant\"" && peek.tool_calls.is_none();
    }
    needs.tools = members.get(body, "tools").is_some_and(|t| t != b"[]" && t != b"null")
        && !forbids_tools(members, body);
    needs.json = match dialect {
        Dialect::OpenAi => {
            members.get(body, "response_format").is_some_and(|f| memchr::memmem::find(f, b"\"json").is_some())
        }
        Dialect::Anthropic | Dialect::Cohere => members
            .get(body, "output_config")
            .is_some_and(|f| memchr::memmem::find(f, b"json_schema").is_some()),
    };
    needs.exact_openai = member::<u64>(members, body, "n").is_some_and(|n| n > 1)
        || member::<bool>(members, body, "logprobs") == Some(true);
    Ok(needs)
}

/// `"none"`, or Anthropic's `{"type": "none"}`.
fn forbids_tools(members: &Members, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Choice {
        Word(String),
        Object { r#type: String },
    }
    member::<Choice>(members, body, "tool_choice").is_some_and(|choice| match choice {
        Choice::Word(word) | Choice::Object { r#type: word } => word == "none",
    })
}

fn read_content(path: &str, content: &RawValue, needs: &mut Needs) -> Result<(), CallerError> {
    match Type::of(content.get().as_bytes()) {
        Type::Text | Type::Null => Ok(()),
        Type::List => {
            let parts: Vec<&RawValue> = serde_json::from_str(content.get()).unwrap_or_default();
            for (i, part) in parts.iter().enumerate() {
                let found = Type::of(part.get().as_bytes());
                if found != Type::Object {
                    return Err(wrong_type(&format!("{path}[{i}]"), &[Type::Object], found));
                }
                let peek: Option<PartPeek<'_>> = serde_json::from_str(part.get()).ok();
                let kind = peek.and_then(|p| p.kind).unwrap_or_default();
                if matches!(kind.as_ref(), "image_url" | "image" | "input_image") {
                    needs.images.get_or_insert_with(|| format!("{path}[{i}]"));
                }
            }
            Ok(())
        }
        found @ (Type::Number | Type::Bool | Type::Object) => {
            Err(wrong_type(path, &[Type::Text, Type::List], found))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(dialect: Dialect, body: &str, expected: Expect) {
        let found = match Call::read(dialect, Bytes::copy_from_slice(body.as_bytes())) {
            Ok(call) => format!(
                "{} stream={} only={} fallbacks={:?} {:?}",
                call.model, call.stream, call.only, call.fallbacks, call.needs
            ),
            Err(e) => format!("{:?} {:?}: {}", e.kind, e.param, e.message),
        };
        expected.assert_eq(&found);
    }

    fn openai(body: &str, expected: Expect) {
        check(Dialect::OpenAi, body, expected);
    }

    #[test]
    fn a_mistake_every_provider_would_refuse_costs_no_attempt_and_names_its_place() {
        openai(
            "{",
            expect![[
                r#"InvalidRequest None: The request body is not a JSON object: EOF while parsing an object (line 1, column 1)."#
            ]],
        );
        openai("{}", expect![[r#"InvalidRequest Some("model"): The request names no model: set `model`."#]]);
        openai(
            r#"{"model":1}"#,
            expect![[r#"InvalidRequest Some("model"): The field `model` must be a string, not a number."#]],
        );
        openai(
            r#"{"model":"m"}"#,
            expect![[
                r#"InvalidRequest Some("messages"): The request has no messages: set `messages` to a list with at least one."#
            ]],
        );
        openai(
            r#"{"model":"m","messages":"hi"}"#,
            expect![[
                r#"InvalidRequest Some("messages"): The field `messages` must be a list, not a string."#
            ]],
        );
        openai(
            r#"{"model":"m","messages":[{"role":"user","content":7}]}"#,
            expect![[
                r#"InvalidRequest Some("messages[0].content"): The field `messages[0].content` must be a string or a list, not a number."#
            ]],
        );
        openai(
            r#"{"model":"m","messages":[{"role":"user","content":["x"]}]}"#,
            expect![[
                r#"InvalidRequest Some("messages[0].content[0]"): The field `messages[0].content[0]` must be an object, not a string."#
            ]],
        );
        openai(
            r#"{"model":"m","messages":[{"content":"x"}]}"#,
            expect![[
                r#"InvalidRequest Some("messages[0].role"): The field `messages[0].role` must be a string, not null."#
            ]],
        );
        openai(
            r#"{"model":"m","messages":[{"role":"user"}],"temperature":"hot"}"#,
            expect![[
                r#"InvalidRequest Some("temperature"): The field `temperature` must be a number, not a string."#
            ]],
        );
        openai(
            r#"{"model":"m","messages":[{"role":"user"}],"fallbacks":[1]}"#,
            expect![[
                r#"InvalidRequest Some("fallbacks"): The field `fallbacks` must be a list of model names."#
            ]],
        );
        check(
            Dialect::Anthropic,
            r#"{"model":"m","messages":[{"role":"user"}]}"#,
            expect![[
                r#"InvalidRequest Some("max_tokens"): The field `max_tokens` is required: set it to the most tokens the answer may have."#
            ]],
        );
    }

    #[test]
    fn a_caller_that_only_lists_models_gets_them_in_its_order() {
        let check = |members: &str, expected: (&str, &[&str])| {
            let body = format!(r#"{{{members},"messages":[{{"role":"user"}}]}}"#);
            let call = Call::read(Dialect::OpenAi, Bytes::from(body)).unwrap();
            assert_eq!(
                (call.model.as_str(), call.fallbacks),
                (expected.0, expected.1.iter().map(|m| (*m).to_owned()).collect())
            );
        };
        check(r#""models":["a","b",{"model":"c"}]"#, ("a", &["b", "c"]));
        check(r#""models":["","a"],"model":null"#, ("a", &[]));
        check(r#""models":["a"],"fallbacks":["b"]"#, ("a", &["b"]));
        check(r#""models":["a"],"fallbacks":null,"model":"m""#, ("m", &["a"]));
        check(r#""models":["a"],"fallbacks":["b"],"model":"m""#, ("m", &["b"]));
        openai(
            r#"{"fallbacks":["a"],"messages":[{"role":"user"}]}"#,
            expect![[r#"InvalidRequest Some("model"): The request names no model: set `model`."#]],
        );
    }

    #[test]
    fn a_target_is_never_chosen_without_knowing_what_the_request_needs() {
        openai(
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}"#,
            expect![[
                r#"m stream=true only=false fallbacks=[] Needs { images: None, tools: false, json: false, prefill: false, exact_openai: false, text_bytes: 32 }"#
            ]],
        );
        openai(
            r#"{"model":"m","models":["a",{"model":"b"}],"disable_fallbacks":true,"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"x"}}]},{"role":"assistant","content":"Sure"}],"tools":[{}],"response_format":{"type":"json_object"},"n":2}"#,
            expect![[
                r#"m stream=false only=true fallbacks=["a", "b"] Needs { images: Some("messages[0].content[1]"), tools: true, json: true, prefill: true, exact_openai: true, text_bytes: 139 }"#
            ]],
        );
        openai(
            r#"{"model":"m","messages":[{"role":"user","content":null}],"tools":[{}],"tool_choice":"none"}"#,
            expect![[
                r#"m stream=false only=false fallbacks=[] Needs { images: None, tools: false, json: false, prefill: false, exact_openai: false, text_bytes: 32 }"#
            ]],
        );
    }
}
