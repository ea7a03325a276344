//! Typed access to the tables of the file, which notes every mistake and goes on.
//!
//! Each accessor gives `None` both for a key that is not there and for one that is wrong; a wrong one has
//! left a [`Diagnostic`]. So a caller reads all its keys, and a file's mistakes are all found in one pass.

use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::env::Env;
use crate::keys::Table;
use crate::units::{parse_duration, parse_size, show_duration, show_size};
use crate::{keys, suggest};

/// A value of the file and its place.
pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// What all parts of the reading share.
pub(crate) struct Reader<'a> {
    /// What was found so far.
    pub(crate) found: Vec<Diagnostic>,
    /// Places in the file that must not be shown.
    pub(crate) secrets: Vec<Range<usize>>,
    pub(crate) env: &'a dyn Env,
    /// Relative paths of the file start here.
    pub(crate) dir: PathBuf,
    /// Whether keys are not looked up.
    pub(crate) offline: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(env: &'a dyn Env, dir: &Path, offline: bool) -> Self {
        Self { found: Vec::new(), secrets: Vec::new(), env, dir: dir.to_owned(), offline }
    }

    pub(crate) fn note(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// A path of the file, made absolute as far as the file's own directory is.
    pub(crate) fn path(&self, written: &str) -> PathBuf {
        self.dir.join(written)
    }

    /// A value of another type than the key takes. `example` is the right side of a correct line.
    pub(crate) fn wrong_type(&mut self, key: &str, value: &Value<'_>, expected: &str, example: &str) {
        let last = key.rsplit('.').next().unwrap_or(key);
        self.note(
            Diagnostic::error(Id::WrongType, value.span(), format!("`{}` must be {expected}", shown(key)))
                .label(format!("this is {}", type_name(value.get_ref())))
                .help(format!("for example `{last} = {example}`")),
        );
    }
}

/// One table of the file, with the keys it may hold.
pub(crate) struct Section<'a> {
    table: &'a DeTable<'a>,
    /// How the table is called in messages: empty for the top, else `limits`, `providers.openai`, …
    name: String,
    known: Table,
}

impl<'a> Section<'a> {
    /// Opens a table and notes the keys that are not known.
    pub(crate) fn new(reader: &mut Reader<'_>, table: &'a DeTable<'a>, name: &str, known: Table) -> Self {
        for (key, value) in table {
            if !known.keys.contains(&key.get_ref().as_ref()) {
                hide_unknown(reader, key.get_ref(), value);
                let place = if name.is_empty() { String::new() } else { format!(" in `{}`", shown(name)) };
                reader.note(
                    Diagnostic::error(
                        Id::UnknownKey,
                        key.span(),
                        format!("unknown key `{}`{place}", shown(key.get_ref())),
                    )
                    .label("not a key of this table")
                    .help(suggest::for_key(key.get_ref(), known)),
                );
            }
        }
        Self { table, name: name.to_owned(), known }
    }

    /// The full name of a key for messages.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Value<'a>> {
        self.table.get(key)
    }

    /// Where the key itself stands, for findings about its being there at all.
    pub(crate) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }

    /// Whether a key that is missing stands here under another name. That finding is enough then.
    pub(crate) fn misnamed(&self, key: &str) -> bool {
        let unknown = self.table.keys().filter(|name| !self.known.keys.contains(&name.get_ref().as_ref()));
        unknown
            .filter_map(|name| suggest::meant(name.get_ref(), self.known))
            .any(|meant| meant.starts_with(key))
    }

    pub(crate) fn string(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        example: &str,
    ) -> Option<(&'a str, Range<usize>)> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            reader.wrong_type(&self.path(key), value, "a string", example);
        }
        text.map(|text| (text, value.span()))
    }

    pub(crate) fn boolean(&self, reader: &mut Reader<'_>, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            reader.wrong_type(&self.path(key), value, "true or false", "true");
        }
        flag
    }

    /// A whole number within bounds.
    pub(crate) fn integer<N>(&self, reader: &mut Reader<'_>, key: &str, range: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Copy + std::fmt::Display,
    {
        self.explained_integer(reader, key, range, "")
    }

    /// A whole number within bounds. `help` is for one that is not.
    pub(crate) fn explained_integer<N>(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        range: RangeInclusive<N>,
        help: &str,
    ) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Copy + std::fmt::Display,
    {
        let value = self.get(key)?;
        let DeValue::Integer(written) = value.get_ref() else {
            reader.wrong_type(&self.path(key), value, "a whole number", &range.start().to_string());
            return None;
        };
        let number =
            i64::from_str_radix(written.as_str(), written.radix()).ok().and_then(|n| N::try_from(n).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.out_of_range(reader, key, value, &bounds(range.start(), range.end()), help);
        }
        number
    }

    /// A number, whole or not, within bounds.
    pub(crate) fn number(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        range: RangeInclusive<f64>,
    ) -> Option<f64> {
        let example = format!("{:?}", range.end());
        let wanted = bounds(range.start(), range.end());
        self.number_where(reader, key, |number| range.contains(&number), &wanted, "", &example)
    }

    /// A share of a whole, such as 0.05. Whoever thinks in per cent is told how it is written.
    pub(crate) fn share(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        range: RangeInclusive<f64>,
        example: &str,
    ) -> Option<f64> {
        let wanted = bounds(range.start(), range.end());
        self.number_where(reader, key, |number| range.contains(&number), &wanted, SHARE_HELP, example)
    }

    /// A share of a whole that is neither none of it nor all.
    pub(crate) fn true_share(&self, reader: &mut Reader<'_>, key: &str, example: &str) -> Option<f64> {
        let inside = |number: f64| number > 0.0 && number < 1.0;
        self.number_where(reader, key, inside, "must be above 0 and below 1", SHARE_HELP, example)
    }

    /// A number that is `allowed`. `wanted` and `help` are for one that is not.
    fn number_where(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        allowed: impl Fn(f64) -> bool,
        wanted: &str,
        help: &str,
        example: &str,
    ) -> Option<f64> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(written) if written.radix() == 10 => written.as_str().parse::<f64>().ok(),
            DeValue::Float(written) => written.as_str().parse::<f64>().ok(),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                reader.wrong_type(&self.path(key), value, "a number", example);
                return None;
            }
        };
        // A NaN is in no range.
        let number = number.filter(|number| allowed(*number));
        if number.is_none() {
            self.out_of_range(reader, key, value, wanted, help);
        }
        number
    }

    fn out_of_range(&self, reader: &mut Reader<'_>, key: &str, value: &Value<'_>, wanted: &str, help: &str) {
        let finding = Diagnostic::error(
            Id::BadValue,
            value.span(),
            format!("`{}` is out of range", shown(&self.path(key))),
        )
        .label(wanted);
        reader.note(if help.is_empty() { finding } else { finding.help(help) });
    }

    /// A duration longer than zero, for a clock.
    pub(crate) fn duration(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        default: Duration,
    ) -> Option<(Duration, Range<usize>)> {
        self.duration_above_zero(reader, key, default, "with this, everything fails at once")
    }

    /// A duration longer than zero. `at_zero` says what would come of it.
    pub(crate) fn duration_above_zero(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        default: Duration,
        at_zero: &str,
    ) -> Option<(Duration, Range<usize>)> {
        let (duration, span) = self.duration_or_zero(reader, key, default)?;
        if duration.is_zero() {
            let path = shown(&self.path(key));
            reader.note(
                Diagnostic::error(Id::ZeroTimeout, span, format!("`{path}` must be longer than zero"))
                    .label(at_zero)
                    .help(format!("leave it out for the default, {}", show_duration(default))),
            );
            return None;
        }
        Some((duration, span))
    }

    /// A duration; zero has a meaning of its own.
    pub(crate) fn duration_or_zero(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        default: Duration,
    ) -> Option<(Duration, Range<usize>)> {
        let value = self.get(key)?;
        let example = format!("\"{}\"", show_duration(default));
        let path = shown(&self.path(key));
        let Some(text) = value.get_ref().as_str() else {
            let mut finding = Diagnostic::error(
                Id::BadDuration,
                value.span(),
                format!("`{path}` must be a duration with its unit"),
            )
            .label(format!("this is {}", type_name(value.get_ref())));
            finding = match value.get_ref() {
                DeValue::Integer(number) if number.radix() == 10 => {
                    let number = shown(number.as_str());
                    finding.help(format!("if seconds are meant, write `{key} = \"{number}s\"`"))
                }
                DeValue::Integer(_)
                | DeValue::String(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_) => finding.help(format!("for example `{key} = {example}`")),
            };
            reader.note(finding);
            return None;
        };
        match parse_duration(text) {
            Ok(duration) => Some((duration, value.span())),
            Err(why) => {
                reader.note(
                    Diagnostic::error(Id::BadDuration, value.span(), format!("`{path}` is not a duration"))
                        .label(why.to_string())
                        .help(format!(
                            "a number and ms, s, m or h, for example `{key} = {example}` or \"1m30s\""
                        )),
                );
                None
            }
        }
    }

    pub(crate) fn size(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        range: RangeInclusive<usize>,
    ) -> Option<usize> {
        let value = self.get(key)?;
        let path = shown(&self.path(key));
        let bytes = match value.get_ref() {
            DeValue::String(text) => parse_size(text),
            DeValue::Integer(_) => return self.integer(reader, key, range),
            DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                reader.wrong_type(&self.path(key), value, "a size", "\"32MiB\"");
                return None;
            }
        };
        match bytes {
            Ok(bytes) => {
                let size = usize::try_from(bytes).ok().filter(|size| range.contains(size));
                if size.is_none() {
                    let wanted = bounds(show_size(*range.start()), show_size(*range.end()));
                    self.out_of_range(reader, key, value, &wanted, "");
                }
                size
            }
            Err(why) => {
                reader.note(
                    Diagnostic::error(Id::BadSize, value.span(), format!("`{path}` is not a size"))
                        .label(why.to_string())
                        .help(format!("a number and B, KiB, MiB or GiB, for example `{key} = \"32MiB\"`")),
                );
                None
            }
        }
    }

    /// One of a few words.
    pub(crate) fn one_of<T: Copy>(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let first = choices.first().map_or("", |(name, _)| name);
        let (text, span) = self.string(reader, key, &format!("\"{first}\""))?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let finding = Diagnostic::error(
            Id::BadValue,
            span,
            format!("`{}` cannot be \"{}\"", shown(&self.path(key)), shown(text)),
        )
        .label(format!("must be {}", either(&names)));
        let guess = suggest::nearest(text, choices.iter().map(|(name, _)| *name));
        reader.note(match guess {
            Some(name) => finding.help(format!("did you mean \"{name}\"?")),
            None => finding,
        });
        None
    }

    pub(crate) fn array(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        expected: &str,
        example: &str,
    ) -> Option<&'a DeArray<'a>> {
        let value = self.get(key)?;
        let array = value.get_ref().as_array();
        if array.is_none() {
            reader.wrong_type(&self.path(key), value, expected, example);
        }
        array
    }

    /// A list of strings, each with its place.
    pub(crate) fn strings(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        example: &str,
    ) -> Option<Vec<(&'a str, Range<usize>)>> {
        let array = self.array(reader, key, "a list of strings", example)?;
        let mut strings = Vec::with_capacity(array.len());
        for value in array.iter() {
            match value.get_ref().as_str() {
                Some(text) => strings.push((text, value.span())),
                None => reader.wrong_type(&self.path(key), value, "a list of strings", example),
            }
        }
        Some(strings)
    }

    pub(crate) fn table(&self, reader: &mut Reader<'_>, key: &str, example: &str) -> Option<&'a DeTable<'a>> {
        let value = self.get(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            reader.wrong_type(&self.path(key), value, "a table", example);
        }
        table
    }
}

/// What is said of a share that is out of range.
const SHARE_HELP: &str = "a share of the whole: 0.05 is 5 in a hundred";

/// What a number must be.
fn bounds(low: impl std::fmt::Display, high: impl std::fmt::Display) -> String {
    format!("must be from {low} to {high}")
}

/// The entries of a table in the order of the file; the parser keeps them in that of the alphabet.
pub(crate) fn in_file_order<'a>(table: &'a DeTable<'a>) -> Vec<(&'a str, Range<usize>, &'a Value<'a>)> {
    let mut entries: Vec<_> =
        table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
    entries.sort_by_key(|(_, span, _)| span.start);
    entries
}

/// Hides what stands behind a key that is not known: `apikey = "…"` holds a key all the same.
fn hide_unknown(reader: &mut Reader<'_>, key: &str, value: &Value<'_>) {
    /// No key worth the name is shorter, and no word of a setting is longer.
    const LONGEST_WORD: usize = 15;
    match value.get_ref() {
        DeValue::String(text) => {
            let meant = keys::TABLES.iter().find_map(|table| suggest::meant(key, *table));
            let harmless = meant.is_some_and(|name| !name.starts_with("api_key") && name != "headers")
                && !text.contains('@');
            let lower = key.to_lowercase();
            let telling =
                ["key", "secret", "password", "auth", "credential"].iter().any(|word| lower.contains(word));
            let reference = text.starts_with("env:") || text.starts_with("file:");
            if !reference && !harmless && (telling || text.len() > LONGEST_WORD) {
                reader.secrets.push(value.span());
            }
        }
        DeValue::Array(values) => values.iter().for_each(|value| hide_unknown(reader, key, value)),
        DeValue::Table(table) => {
            table.iter().for_each(|(key, value)| hide_unknown(reader, key.get_ref(), value));
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

/// `a`, `a or b`, `a, b or c`.
fn either(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
