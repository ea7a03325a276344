//! The hub's messages, written for a provider of this dialect.

use super::encode::{merge, note_rest, put};
use super::{REASONING_FIELD, place};
use crate::Dialect;
use crate::hub::{Image, Losses, Message, Part, Request, Rest, Role};
use crate::openai::ids;
use crate::target::{Refused, Target};
use serde_json::{Map, Value, json};

/// Writes `messages`.
pub(super) fn messages(request: &Request, target: &Target, losses: &mut Losses) -> Result<Value, Refused> {
    let own = request.origin == Dialect::OpenAi;
    let out = Vec::with_capacity(request.messages.len());
    let mut writer = Writer { request, target, losses, own, out, images: Vec::new() };
    for (i, message) in request.messages.iter().enumerate() {
        writer.message(i, message)?;
    }
    writer.flush_images();
    Ok(Value::Array(writer.out))
}

struct Writer<'a> {
    request: &'a Request,
    target: &'a Target,
    losses: &'a mut Losses,
    /// Whether the caller speaks this dialect, so that its unknown fields are written.
    own: bool,
    out: Vec<Value>,
    /// Pictures that tools returned. They follow in a user's message, but not before the last of a row of results:
    /// the dialect wants all results right behind the calls.
    images: Vec<Value>,
}

/// One piece of `content`.
enum Piece {
    /// Text with nothing else to it.
    Plain(String),
    /// Any other part.
    Whole(Value),
}

/// What becomes of one message's parts.
#[derive(Default)]
struct Pieces {
    content: Vec<Piece>,
    calls: Vec<Value>,
    refusal: Option<String>,
    /// The field's name and the text.
    reasoning: Option<(String, String)>,
}

impl Pieces {
    fn is_empty(&self) -> bool {
        let Pieces { content, calls, refusal, reasoning } = self;
        content.is_empty() && calls.is_empty() && refusal.is_none() && reasoning.is_none()
    }
}

impl Writer<'_> {
    fn message(&mut self, i: usize, message: &Message) -> Result<(), Refused> {
        let mut pieces = Pieces::default();
        let mut results = false;
        for (j, part) in message.parts.iter().enumerate() {
            match part {
                Part::ToolResult { id, content, is_error, rest } => {
                    results = true;
                    let message_rest = (message.role == Role::Tool).then_some(message);
                    self.note_rest(rest, || place::part(self.request, i, j));
                    let text = self.result_content(content, *is_error, i, j)?;
                    self.tool_message(id, text, message_rest, rest);
                }
                Part::Text { .. }
                | Part::Image { .. }
                | Part::ToolUse { .. }
                | Part::Reasoning { .. }
                | Part::Refusal { .. }
                | Part::Other(_) => self.part(part, i, j, &mut pieces)?,
            }
        }
        self.note_rest(&message.rest, || place::message(self.request, i));
        if pieces.is_empty() && (results || (!self.own && !message.parts.is_empty())) {
            // All was said in results, or had no place in this dialect.
            return Ok(());
        }
        self.flush_images();
        let written = self.written(message, pieces);
        self.out.push(written);
        Ok(())
    }

    /// Names what another dialect's caller loses.
    fn note_rest(&mut self, rest: &Rest, at: impl Fn() -> String) {
        if !self.own {
            note_rest(rest, at, self.losses);
        }
    }

    fn part(&mut self, part: &Part, i: usize, j: usize, pieces: &mut Pieces) -> Result<(), Refused> {
        let request = self.request;
        let at = || place::part(request, i, j);
        match part {
            Part::Text { text, rest } => {
                self.note_rest(rest, at);
                pieces.content.push(self.text(text, rest));
            }
            Part::Image { image, rest } => {
                if !self.target.capabilities.images {
                    return Err(Refused::new(at(), "this model does not read images"));
                }
                self.note_rest(rest, at);
                pieces.content.push(Piece::Whole(self.image(image, rest)));
            }
            Part::ToolUse { id, name, arguments, rest } => {
                self.note_rest(rest, at);
                let arguments = if arguments.is_empty() { "{}" } else { arguments.as_str() };
                let mut call = Map::new();
                put(&mut call, "id", Some(&*ids::fit(id)));
                put(&mut call, "type", Some("function"));
                put(&mut call, "function", Some(json!({"name": name, "arguments": arguments})));
                self.merge(&mut call, rest);
                pieces.calls.push(Value::Object(call));
            }
            Part::Reasoning { text, rest } if self.own => {
                let field = rest.get(REASONING_FIELD).and_then(Value::as_str).unwrap_or("reasoning_content");
                let (_, all) = pieces.reasoning.get_or_insert_with(|| (field.to_owned(), String::new()));
                all.push_str(text);
            }
            // Another provider's thinking is bound to it: sent elsewhere it is refused, or taken for an answer.
            Part::Reasoning { .. } => self.losses.note("reasoning"),
            Part::Refusal { text, rest } => {
                let last =
                    self.request.messages.get(i).is_none_or(|m| {
                        m.parts.iter().skip(j + 1).all(|p| matches!(p, Part::ToolUse { .. }))
                    });
                if last && rest.is_empty() && pieces.refusal.is_none() {
                    pieces.refusal = Some(text.clone());
                } else {
                    let mut part = Map::new();
                    put(&mut part, "type", Some("refusal"));
                    put(&mut part, "refusal", Some(text.as_str()));
                    self.merge(&mut part, rest);
                    pieces.content.push(Piece::Whole(Value::Object(part)));
                }
            }
            Part::Other(whole) if !self.own => return Err(foreign(whole, at())),
            // A custom tool's call stands among the calls; only calls have an id.
            Part::Other(whole) if whole.get("id").is_some() => pieces.calls.push(whole.clone()),
            Part::Other(whole) => pieces.content.push(Piece::Whole(whole.clone())),
            // `message` has written it already.
            Part::ToolResult { .. } => {}
        }
        Ok(())
    }

    fn merge(&self, object: &mut Rest, rest: &Rest) {
        if self.own {
            merge(object, rest);
        }
    }

    fn text(&self, text: &str, rest: &Rest) -> Piece {
        if !self.own || rest.is_empty() {
            return Piece::Plain(text.to_owned());
        }
        let mut part = Map::new();
        put(&mut part, "type", Some("text"));
        put(&mut part, "text", Some(text));
        merge(&mut part, rest);
        Piece::Whole(Value::Object(part))
    }

    fn image(&self, image: &Image, rest: &Rest) -> Value {
        let url = match image {
            Image::Url(url) => url.clone(),
            Image::Data { media_type, data } => format!("data:{media_type};base64,{data}"),
        };
        let mut part = Map::new();
        put(&mut part, "type", Some("image_url"));
        put(&mut part, "image_url", Some(json!({"url": url})));
        self.merge(&mut part, rest);
        Value::Object(part)
    }

    /// A tool result's content. The dialect's tool message holds text only, so pictures are put off, unless the
    /// caller speaks the dialect and put them there.
    fn result_content(
        &mut self,
        content: &[Part],
        is_error: bool,
        i: usize,
        j: usize,
    ) -> Result<Value, Refused> {
        let request = self.request;
        let mut pieces = Pieces::default();
        let mut pictures = false;
        for (k, part) in content.iter().enumerate() {
            let at = || place::result_piece(request, i, j, k);
            match part {
                Part::Text { text, rest } => {
                    self.note_rest(rest, at);
                    pieces.content.push(self.text(text, rest));
                }
                Part::Image { image, rest } => {
                    if !self.target.capabilities.images {
                        return Err(Refused::new(at(), "this model does not read images"));
                    }
                    self.note_rest(rest, at);
                    let picture = self.image(image, rest);
                    if self.own {
                        pieces.content.push(Piece::Whole(picture));
                    } else {
                        pictures = true;
                        self.images.push(picture);
                    }
                }
                Part::Other(whole) if self.own => pieces.content.push(Piece::Whole(whole.clone())),
                Part::Other(whole) => return Err(foreign(whole, at())),
                Part::ToolUse { .. }
                | Part::ToolResult { .. }
                | Part::Reasoning { .. }
                | Part::Refusal { .. } => self.part(part, i, j, &mut pieces)?,
            }
        }
        if pictures && pieces.content.is_empty() {
            pieces.content.push(Piece::Plain("The picture follows.".to_owned()));
        }
        if is_error {
            self.losses.note("is_error");
            match pieces.content.first_mut() {
                Some(Piece::Plain(text)) => text.insert_str(0, "Error: "),
                Some(Piece::Whole(_)) | None => pieces.content.insert(0, Piece::Plain("Error: ".to_owned())),
            }
        }
        Ok(self.content(pieces.content, "\n\n"))
    }

    fn tool_message(&mut self, id: &str, content: Value, message: Option<&Message>, rest: &Rest) {
        let mut written = Map::new();
        put(&mut written, "role", Some("tool"));
        put(&mut written, "tool_call_id", Some(&*ids::fit(id)));
        if let Some(message) = message {
            put(&mut written, "name", message.name.as_deref());
        }
        put(&mut written, "content", Some(content));
        self.merge(&mut written, rest);
        if let Some(message) = message {
            self.merge(&mut written, &message.rest);
        }
        self.out.push(Value::Object(written));
    }

    fn flush_images(&mut self) {
        if !self.images.is_empty() {
            let images = std::mem::take(&mut self.images);
            self.out.push(json!({"role": "user", "content": images}));
        }
    }

    fn written(&self, message: &Message, pieces: Pieces) -> Value {
        let (role, separator) = match message.role {
            // `developer` is known to OpenAI alone, `system` to every server.
            Role::System => ("system", "\n\n"),
            Role::User | Role::Tool => ("user", "\n\n"),
            // An answer may be cut anywhere, for instance around citations.
            Role::Assistant => ("assistant", ""),
        };
        let mut written = Map::new();
        put(&mut written, "role", Some(role));
        put(&mut written, "name", message.name.as_deref());
        if let Some((field, text)) = pieces.reasoning {
            written.insert(field, Value::from(text));
        }
        let silent = pieces.content.is_empty() && (!pieces.calls.is_empty() || pieces.refusal.is_some());
        let content = if silent { Value::Null } else { self.content(pieces.content, separator) };
        put(&mut written, "content", Some(content));
        put(&mut written, "refusal", pieces.refusal);
        if !pieces.calls.is_empty() {
            put(&mut written, "tool_calls", Some(pieces.calls));
        }
        self.merge(&mut written, &message.rest);
        Value::Object(written)
    }

    /// `content` as a string where that says all, otherwise as a list. Many compatible servers take lists only from
    /// users and only for pictures, so another dialect's blocks of text are joined.
    fn content(&self, pieces: Vec<Piece>, separator: &str) -> Value {
        let all_plain = pieces.iter().all(|p| matches!(p, Piece::Plain(_)));
        if all_plain && (!self.own || pieces.len() <= 1) {
            let texts: Vec<String> = pieces
                .into_iter()
                .filter_map(|p| match p {
                    Piece::Plain(text) => Some(text),
                    Piece::Whole(_) => None,
                })
                .collect();
            return Value::from(texts.join(separator));
        }
        let list = pieces.into_iter().map(|p| match p {
            Piece::Plain(text) => json!({"type": "text", "text": text}),
            Piece::Whole(value) => value,
        });
        Value::Array(list.collect())
    }
}

/// Content only another dialect knows.
fn foreign(whole: &Value, at: String) -> Refused {
    let reason = match whole.get("type").and_then(Value::as_str) {
        Some("document" | "file") => "documents cannot be sent to this model".to_owned(),
        Some("input_audio") => "audio cannot be sent to this model".to_owned(),
        Some(kind) => format!("content of the type `{kind}` cannot be sent to this model"),
        None => "this content cannot be sent to this model".to_owned(),
    };
    Refused::new(at, reason)
}
