//! From a source to a snapshot.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::env::Env;
use crate::reader::Reader;
use crate::report::Report;
use crate::secret::io_reason;
use crate::snapshot::Config;
use crate::{file, zero};

/// Where a configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A text, as if it were a file of that path. For tests, and for files not written yet.
    Text {
        /// The name in findings; relative paths in the text start at its directory.
        path: PathBuf,
        /// The TOML.
        text: String,
    },
    /// No file: providers come from the environment, the local model stands last.
    Environment,
}

impl Source {
    /// The file a command works with: the one it was given, else `$HANDOVER_CONFIG`, else
    /// `./handover.toml` if there is one, else none.
    ///
    /// A file that was named is used even if it does not exist: to go on without it would hide a typing
    /// mistake.
    #[must_use]
    pub fn locate(given: Option<&Path>, env: &dyn Env) -> Self {
        const USUAL: &str = "handover.toml";
        if let Some(path) = given {
            return Self::File(path.to_owned());
        }
        if let Some(path) = env.get("HANDOVER_CONFIG") {
            return Self::File(path.into());
        }
        if Path::new(USUAL).exists() { Self::File(USUAL.into()) } else { Self::Environment }
    }
}

/// A configuration that can be used.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The snapshot.
    pub config: Config,
    /// What is worth a word all the same. Holds warnings only.
    pub warnings: Report,
}

/// Reads, checks and resolves a configuration.
///
/// # Errors
///
/// The report of all errors, and of the warnings beside them. The command line exits with 78 then.
pub fn load(source: &Source, env: &dyn Env) -> Result<Loaded, Report> {
    load_from(source, env, false)
}

/// As [`load`], but API keys and headers given as `env:` or `file:` are not looked up: a file can be
/// checked on a machine that has no keys. The snapshot then lacks them, and is not one to serve with.
///
/// # Errors
///
/// As [`load`].
pub fn load_offline(source: &Source, env: &dyn Env) -> Result<Loaded, Report> {
    load_from(source, env, true)
}

fn load_from(source: &Source, env: &dyn Env, offline: bool) -> Result<Loaded, Report> {
    match source {
        Source::Environment => {
            let mut reader = Reader::new(env, Path::new(""), offline);
            let config = zero::read(&mut reader);
            finish("the environment", "", reader, config)
        }
        Source::Text { path, text } => load_text(path, text, env, offline),
        Source::File(path) => {
            let unreadable = |why: String, help: &str| {
                let finding =
                    Diagnostic::error(Id::FileUnreadable, 0..0, format!("the file cannot be read: {why}"));
                Report::new(&path.display().to_string(), "", vec![finding.help(help).nowhere()], &[])
            };
            let bytes = std::fs::read(path).map_err(|why| {
                unreadable(
                    io_reason(&why),
                    "write one (the folder examples/ has some), or start without a file",
                )
            })?;
            let text = String::from_utf8(bytes).map_err(|why| {
                let valid = why.utf8_error().valid_up_to();
                let line = why.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
                unreadable(format!("line {line} is not UTF-8"), "save it as UTF-8")
            })?;
            load_text(path, &text, env, offline)
        }
    }
}

fn load_text(path: &Path, text: &str, env: &dyn Env, offline: bool) -> Result<Loaded, Report> {
    let name = path.display().to_string();
    // Spans count from behind the byte-order mark that some editors write.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::new(env, path.parent().unwrap_or(Path::new("")), offline);
    let mut is_toml = true;
    let mut twice_until = 0;
    for error in &errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        if error.message() == "duplicate key" {
            // What stands in a table written twice is there twice because the table is.
            if span.start >= twice_until {
                if line_at(text, span.start).starts_with('[') {
                    let rest = text.get(span.start..).and_then(|rest| rest.find("\n["));
                    twice_until = rest.map_or(text.len(), |at| span.start + at + 1);
                }
                reader.note(duplicate_key(&document, text, span));
            }
        } else {
            is_toml = false;
            reader.note(syntax_error(text, error.message(), span));
        }
    }
    if !is_toml {
        keep_first_per_line(&mut reader.found, text);
        return Err(Report::new(&name, text, reader.found, &reader.secrets));
    }
    let config = file::read(&mut reader, document.get_ref());
    finish(&name, text, reader, config)
}

fn finish(name: &str, text: &str, reader: Reader<'_>, config: Config) -> Result<Loaded, Report> {
    let report = Report::new(name, text, reader.found, &reader.secrets);
    if report.has_errors() { Err(report) } else { Ok(Loaded { config, warnings: report }) }
}

/// The parser's words, and a hint where they alone do not help.
fn syntax_error(text: &str, message: &str, span: Range<usize>) -> Diagnostic {
    let line = line_at(text, span.start);
    let value = line.split_once('=').map(|(_, value)| value.trim());
    let starts = |first: fn(char) -> bool| value.is_some_and(|value| value.starts_with(first));
    let (message, help) = if message.contains("unclosed table") {
        (message, "close the bracket: `[providers.openai]`")
    } else if value == Some("") {
        ("the value is missing", "write one after the `=`, or take the line out")
    } else if message.contains("array") {
        (message, "separate with commas and close the bracket: `[\"one\", \"two\"]`")
    } else if message.contains("escape") {
        (message, "a `\\` in text is written `\\\\`; in single quotes it is left as it is")
    } else if starts(|c| matches!(c, '"' | '\'')) && message.contains("string") {
        (message, "close the quotes at the end of the text")
    } else if starts(char::is_alphanumeric) && (message.contains("invalid") || message.contains("quoted")) {
        (
            message.split_once(", expected literal").map_or(message, |(what, _)| what),
            "text stands in quotes: `key = \"value\"`",
        )
    } else if value.is_none() && line.contains(':') {
        (message, "TOML has `key = \"value\"`, with `=` and not `:`")
    } else {
        (message, "the rest of the file is checked once its syntax is right")
    };
    let (what, expected) = message.split_once(", ").unwrap_or((message, ""));
    let expected = if expected == "expected nothing" { "" } else { expected };
    Diagnostic::error(Id::Syntax, span, format!("this is not TOML: {what}")).label(expected).help(help)
}

/// The whole line around a place.
fn line_at(text: &str, at: usize) -> &str {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
}

/// One mistake often makes a parser stumble several times on its line.
fn keep_first_per_line(found: &mut Vec<Diagnostic>, text: &str) {
    let line = |found: &Diagnostic| {
        let start = found.span.as_ref().map_or(0, |span| span.start);
        text.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count()
    };
    found.sort_by_key(|one| one.span.as_ref().map(|span| span.start));
    found.dedup_by_key(|one| line(one));
}

fn duplicate_key(document: &toml::Spanned<DeTable<'_>>, text: &str, span: Range<usize>) -> Diagnostic {
    let key = text.get(span.clone()).unwrap_or_default().trim_matches(['"', '\'']);
    let mut places = Vec::new();
    places_of(document.get_ref(), key, &mut places);
    places.retain(|place| place.start < span.start);
    let finding = Diagnostic::error(Id::DuplicateKey, span, format!("`{}` is written twice", shown(key)))
        .label("written again here")
        .help("keep one of the two; several targets or keys go into one list");
    // Of a table written twice the parser keeps the second place; the first has the same line.
    let here = finding.span.as_ref().map_or(0, |span| span.start);
    let line = line_at(text, here);
    if line.starts_with('[') {
        return match text.find(line).filter(|first| first + line.len() < here) {
            Some(first) => finding.related(first..first + line.len(), "first written here"),
            None => finding,
        };
    }
    // With several keys of that name the parser does not say which one it means.
    match places.as_slice() {
        [first] => finding.related(first.clone(), "first written here"),
        _ => finding,
    }
}

fn places_of(table: &DeTable<'_>, key: &str, places: &mut Vec<Range<usize>>) {
    for (name, value) in table {
        if name.get_ref() == key {
            places.push(name.span());
        }
        if let DeValue::Table(inner) = value.get_ref() {
            places_of(inner, key, places);
        }
    }
}
