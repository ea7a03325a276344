//! Values that may be secrets: `env:NAME`, `file:PATH`, or the value itself.

use std::ops::Range;

use secrecy::SecretString;

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::reader::Reader;

/// A secret that is not there now. Whether that is an error depends on who else can answer, so it is kept
/// until all routes are known.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub(crate) id: Id,
    pub(crate) span: Range<usize>,
    /// What is missing, in words that end a sentence.
    pub(crate) what: String,
    pub(crate) help: String,
}

/// What a reference led to.
#[derive(Debug)]
pub(crate) enum Looked {
    /// The value, and whether it stands in the file itself.
    Up { value: SecretString, literal: bool },
    /// Not looked up, because the check is offline.
    Away,
    /// Not there.
    For(Missing),
    /// Wrong in itself; noted already.
    Wrong,
}

/// What the value is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    ApiKey,
    Header,
}

/// Follows one reference. A value that stands in the file is marked as not to be shown.
pub(crate) fn look_up(reader: &mut Reader<'_>, text: &str, span: &Range<usize>, used_as: Use) -> Looked {
    let (value, literal) = if let Some(name) = text.strip_prefix("env:") {
        let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !valid {
            // What follows may be a key that somebody pasted in the place of its variable.
            reader.secrets.push(span.clone());
            reader.note(
                Diagnostic::error(
                    Id::BadKey,
                    span.clone(),
                    "this is not the name of an environment variable",
                )
                .label("letters, digits and `_` only")
                .help("write `env:` and a name, for example \"env:OPENAI_API_KEY\""),
            );
            return Looked::Wrong;
        }
        if reader.offline {
            return Looked::Away;
        }
        match reader.env.get(name) {
            Some(value) => (value, false),
            None => {
                let name = shown(name);
                return Looked::For(Missing {
                    id: Id::MissingEnv,
                    span: span.clone(),
                    what: format!("environment variable `{name}` is not set"),
                    help: format!("set it with `export {name}=…`, or take it out of the file"),
                });
            }
        }
    } else if let Some(path) = text.strip_prefix("file:") {
        if reader.offline {
            return Looked::Away;
        }
        match std::fs::read_to_string(reader.path(path)) {
            Ok(value) => (value, false),
            Err(why) => {
                return Looked::For(Missing {
                    id: Id::MissingFile,
                    span: span.clone(),
                    what: format!("file `{}` cannot be read: {}", shown(path), io_reason(&why)),
                    help: "relative paths start at the configuration file".to_owned(),
                });
            }
        }
    } else {
        reader.secrets.push(span.clone());
        if let Some(name) = forgotten_reference(text) {
            reader.note(
                Diagnostic::error(Id::BadKey, span.clone(), "this is the name of a variable, not its value")
                    .label("would be sent as it stands here")
                    .help(format!("write \"env:{name}\"")),
            );
            return Looked::Wrong;
        }
        (text.to_owned(), true)
    };
    let value = value.trim();
    if value.is_empty() || !value.bytes().all(|b| sendable(b, used_as)) {
        let (id, what) = match used_as {
            Use::ApiKey => (Id::BadKey, "API key"),
            Use::Header => (Id::BadHeader, "header value"),
        };
        let why =
            if value.is_empty() { "it is empty" } else { "it holds characters that HTTP does not allow" };
        reader.note(Diagnostic::error(id, span.clone(), format!("this {what} cannot be sent")).label(why));
        return Looked::Wrong;
    }
    Looked::Up { value: value.to_owned().into(), literal }
}

/// Whether the byte may stand in a header. Keys hold no blanks, which catches two keys in one variable.
fn sendable(byte: u8, used_as: Use) -> bool {
    byte.is_ascii_graphic() || (used_as == Use::Header && matches!(byte, b' ' | b'\t'))
}

/// The variable that was meant by `OPENAI_API_KEY`, `$OPENAI_API_KEY` or `${OPENAI_API_KEY}`.
fn forgotten_reference(text: &str) -> Option<&str> {
    let bare = text.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    let upper =
        !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let named = ["_KEY", "_TOKEN", "_SECRET"].iter().any(|end| bare.ends_with(end));
    (upper && named).then_some(bare)
}

/// The system's reason without Rust's `(os error 2)`.
pub(crate) fn io_reason(why: &std::io::Error) -> String {
    let text = why.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
