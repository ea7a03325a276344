//! A caller's messages, read into the hub.

use super::REASONING_FIELD;
use crate::error::CallerError;
use crate::hub::{Image, Message, Part, Rest, Role};
use crate::openai::fields::{Fields, Path, invalid, missing, wrong_type};
use serde_json::Value;

/// Takes `messages` out of the body.
pub(super) fn messages(fields: &mut Fields<'_>) -> Result<Vec<Message>, CallerError> {
    let path = Path::Key(&Path::Root, "messages");
    let list = fields.list("messages")?.ok_or_else(|| missing(&path))?;
    if list.is_empty() {
        return Err(invalid(&path, "`messages` must hold at least one message.".to_owned()));
    }
    list.into_iter().enumerate().map(|(i, value)| message(value, &Path::Index(&path, i))).collect()
}

fn message(value: Value, path: &Path<'_>) -> Result<Message, CallerError> {
    let mut fields = Fields::open(value, path)?;
    let role = role(&mut fields)?;
    let name = fields.string("name")?;
    let parts = match role {
        Role::System | Role::User => {
            if fields.peek("content").is_none() {
                return Err(missing(&fields.at("content")));
            }
            content(&mut fields)?
        }
        Role::Assistant => assistant_parts(&mut fields)?,
        Role::Tool => {
            let id = fields.required_string("tool_call_id")?;
            let content = content(&mut fields)?;
            vec![Part::ToolResult { id, content, is_error: false, rest: Rest::new() }]
        }
    };
    Ok(Message { role, parts, name, rest: fields.into_rest() })
}

fn role(fields: &mut Fields<'_>) -> Result<Role, CallerError> {
    let role = fields.required_string("role")?;
    match role.as_str() {
        "system" | "developer" => Ok(Role::System),
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        "tool" => Ok(Role::Tool),
        "function" => Err(invalid(
            &fields.at("role"),
            "The role `function` was replaced by `tool` and is not supported; please use tools.".to_owned(),
        )),
        other => Err(invalid(
            &fields.at("role"),
            format!(
                "`{}` must be `system`, `developer`, `user`, `assistant` or `tool`, not `{other}`.",
                fields.at("role")
            ),
        )),
    }
}

fn assistant_parts(fields: &mut Fields<'_>) -> Result<Vec<Part>, CallerError> {
    if fields.take("function_call").is_some() {
        let message = "`function_call` was replaced by `tool_calls` and is not supported; please use tools.";
        return Err(invalid(&fields.at("function_call"), message.to_owned()));
    }
    let mut parts = Vec::new();
    parts.extend(reasoning(fields));
    parts.extend(content(fields)?);
    if let Some(text) = fields.string("refusal")?.filter(|text| !text.is_empty()) {
        parts.push(Part::Refusal { text, rest: Rest::new() });
    }
    let calls = fields.list("tool_calls")?.unwrap_or_default();
    let path = fields.at("tool_calls");
    for (i, call) in calls.into_iter().enumerate() {
        parts.push(tool_call(call, &Path::Index(&path, i))?);
    }
    Ok(parts)
}

/// Visible thinking that the caller plays back. Servers differ in the field's name; a value that is no text stays
/// among the unknown fields.
fn reasoning(fields: &mut Fields<'_>) -> Option<Part> {
    for name in ["reasoning_content", "reasoning"] {
        if !fields.peek(name).is_some_and(Value::is_string) {
            continue;
        }
        let Some(Value::String(text)) = fields.take(name) else { continue };
        if text.is_empty() {
            continue;
        }
        let mut rest = Rest::new();
        if name != "reasoning_content" {
            rest.insert(REASONING_FIELD.to_owned(), Value::from(name));
        }
        return Some(Part::Reasoning { text, rest });
    }
    None
}

/// Takes `content`: a text, a list of parts, or nothing. Empty texts are left out: they say nothing, and other
/// providers refuse them.
fn content(fields: &mut Fields<'_>) -> Result<Vec<Part>, CallerError> {
    let Some(value) = fields.take("content") else { return Ok(Vec::new()) };
    let path = fields.at("content");
    match value {
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => Ok(vec![Part::Text { text, rest: Rest::new() }]),
        Value::Array(list) => {
            let mut parts = Vec::with_capacity(list.len());
            for (i, value) in list.into_iter().enumerate() {
                parts.extend(part(value, &Path::Index(&path, i))?);
            }
            Ok(parts)
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            Err(wrong_type(&path, "a string or a list of parts", &other))
        }
    }
}

fn part(value: Value, path: &Path<'_>) -> Result<Option<Part>, CallerError> {
    let kind = value.get("type").and_then(Value::as_str).map(str::to_owned);
    let whole = match kind.as_deref() {
        Some("text" | "refusal") => Value::Null,
        Some(_) | None => value.clone(),
    };
    let mut fields = Fields::open(value, path)?;
    fields.required_string("type")?;
    match kind.as_deref() {
        Some("text") => {
            let text = fields.required_string("text")?;
            Ok((!text.is_empty()).then(|| Part::Text { text, rest: fields.into_rest() }))
        }
        Some("refusal") => {
            let text = fields.required_string("refusal")?;
            Ok((!text.is_empty()).then(|| Part::Refusal { text, rest: fields.into_rest() }))
        }
        Some("image_url") => match image(&mut fields)? {
            Some(image) => Ok(Some(Part::Image { image, rest: fields.into_rest() })),
            None => Ok(Some(Part::Other(whole))),
        },
        Some(_) | None => Ok(Some(Part::Other(whole))),
    }
}

/// Takes `image_url`. `None` when it holds something else than a picture: some servers take documents this way.
fn image(fields: &mut Fields<'_>) -> Result<Option<Image>, CallerError> {
    let Some(value) = fields.take("image_url") else {
        return Err(missing(&fields.at("image_url")));
    };
    // Mistral's form is the bare address.
    if let Value::String(url) = &value {
        return picture(url, &fields.at("image_url"));
    }
    let (picture, rest) = {
        let path = fields.at("image_url");
        let mut inner = Fields::open(value, &path)?;
        let url = inner.required_string("url")?;
        (picture(&url, &inner.at("url"))?, inner.into_rest())
    };
    fields.keep_rest("image_url", rest);
    Ok(picture)
}

fn picture(url: &str, path: &Path<'_>) -> Result<Option<Image>, CallerError> {
    let has_scheme = |scheme: &str| url.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    if has_scheme("http://") || has_scheme("https://") {
        return Ok(Some(Image::Url(url.to_owned())));
    }
    if !has_scheme("data:") {
        let message = format!("`{path}` must be an http or https address or a data: URL.");
        return Err(invalid(path, message));
    }
    let (head, data) = url.get("data:".len()..).and_then(|rest| rest.split_once(',')).unwrap_or_default();
    let mut words = head.split(';');
    let media_type = words.next().unwrap_or_default().to_ascii_lowercase();
    if !words.any(|word| word.eq_ignore_ascii_case("base64")) || data.is_empty() {
        let message =
            format!("`{path}` must be of the form data:image/png;base64,… with data after the comma.");
        return Err(invalid(path, message));
    }
    if !media_type.starts_with("image/") {
        return Ok(None);
    }
    Ok(Some(Image::Data { media_type, data: data.to_owned() }))
}

fn tool_call(value: Value, path: &Path<'_>) -> Result<Part, CallerError> {
    let whole = value.clone();
    let mut call = Fields::open(value, path)?;
    match call.string("type")?.as_deref() {
        None | Some("function") => {}
        // A custom tool's call (free-form input).
        Some(_) => return Ok(Part::Other(whole)),
    }
    let id = call.required_string("id")?;
    let function = call.object("function")?.ok_or_else(|| missing(&call.at("function")))?;
    let (name, arguments, function_rest) = {
        let path = call.at("function");
        let mut function = Fields::open(Value::Object(function), &path)?;
        let name = function.required_string("name")?;
        let arguments = function.string("arguments")?.unwrap_or_else(|| "{}".to_owned());
        (name, arguments, function.into_rest())
    };
    call.keep_rest("function", function_rest);
    Ok(Part::ToolUse { id, name, arguments, rest: call.into_rest() })
}
