//! Typed access to the tables of a scenario file, which notes every mistake and goes on.
//!
//! An accessor gives `None` both for a key that is absent and for one that is wrong; a wrong one has left a mistake.
//! So all keys are read whatever is wrong with one of them, and one pass finds everything.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Found, shown};

/// A value of the file and its place.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Longer spans overflow nothing, but no clock of the replay reaches them: two years.
const LONGEST: Duration = Duration::from_secs(731 * 86_400);

/// One table and the keys it may hold.
pub(super) struct Table<'a> {
    table: &'a DeTable<'a>,
    /// How it is called in messages: empty for the top, else `traffic`, `phases[1]`, …
    name: String,
    /// The place of the table, for what is missing in it.
    span: Range<usize>,
}

impl<'a> Table<'a> {
    /// Opens a table and notes the keys that it cannot hold.
    pub(super) fn open(
        found: &mut Vec<Found>,
        table: &'a DeTable<'a>,
        name: &str,
        span: Range<usize>,
        known: &[&str],
    ) -> Self {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let place = if name.is_empty() { String::new() } else { format!(" in `{name}`") };
            let help = match nearest(key.get_ref(), known.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known keys here: {}", known.join(", ")),
            };
            let message = format!("unknown key `{}`{place}", shown(key.get_ref()));
            found.push(Found::new(key.span(), message).label("would have no effect").help(help));
        }
        Self { table, name: name.to_owned(), span }
    }

    pub(super) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value<'a>> {
        self.table.get(key)
    }

    /// Where the value of a key stands; the table, when the key is absent.
    pub(super) fn place(&self, key: &str) -> Range<usize> {
        self.get(key).map_or_else(|| self.span.clone(), |value| value.span())
    }

    /// Notes a key that is needed and absent. A key that is there and wrong was noted already.
    pub(super) fn missing(&self, found: &mut Vec<Found>, key: &str, why: &str, example: &str) {
        if self.get(key).is_none() {
            found.push(
                Found::new(self.span.clone(), format!("`{}` is missing", self.path(key)))
                    .label(why)
                    .help(format!("add `{key} = {example}`")),
            );
        }
    }

    fn wrong(&self, found: &mut Vec<Found>, key: &str, value: &Value<'_>, expected: &str, example: &str) {
        found.push(
            Found::new(value.span(), format!("`{}` must be {expected}", self.path(key)))
                .label(format!("this is {}", type_name(value.get_ref())))
                .help(format!("for example `{key} = {example}`")),
        );
    }

    pub(super) fn string(&self, found: &mut Vec<Found>, key: &str, example: &str) -> Option<&'a str> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong(found, key, value, "a string", &format!("\"{example}\""));
        }
        text
    }

    pub(super) fn strings(&self, found: &mut Vec<Found>, key: &str) -> Option<Vec<&'a str>> {
        let value = self.get(key)?;
        let list: Option<Vec<&str>> = value
            .get_ref()
            .as_array()
            .and_then(|array| array.iter().map(|entry| entry.get_ref().as_str()).collect());
        if list.is_none() {
            self.wrong(found, key, value, "a list of strings", "[\"one sentence\"]");
        }
        list
    }

    /// A number within bounds. What is wrong with one outside is said by `why`.
    pub(super) fn number(
        &self,
        found: &mut Vec<Found>,
        key: &str,
        range: RangeInclusive<f64>,
        why: &str,
    ) -> Option<f64> {
        let value = self.get(key)?;
        let Some(number) = float(value.get_ref()) else {
            self.wrong(found, key, value, "a number", "0.5");
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        found.push(
            Found::new(value.span(), format!("`{}` is out of range", self.path(key)))
                .label(why)
                .help(format!("from {} to {}", range.start(), range.end())),
        );
        None
    }

    /// A whole number within bounds.
    pub(super) fn integer(
        &self,
        found: &mut Vec<Found>,
        key: &str,
        range: RangeInclusive<u64>,
        why: &str,
    ) -> Option<u64> {
        let value = self.get(key)?;
        let DeValue::Integer(written) = value.get_ref() else {
            self.wrong(found, key, value, "a whole number", &range.start().to_string());
            return None;
        };
        let number = u64::from_str_radix(written.as_str(), written.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            found.push(
                Found::new(value.span(), format!("`{}` is out of range", self.path(key)))
                    .label(why)
                    .help(format!("from {} to {}", range.start(), range.end())),
            );
        }
        number
    }

    /// A time with its unit. Zero is one.
    pub(super) fn duration(&self, found: &mut Vec<Found>, key: &str, example: &str) -> Option<Duration> {
        let value = self.get(key)?;
        self.duration_of(found, key, value, example)
    }

    /// A time with its unit, of which zero would mean nothing: `why` says so.
    pub(super) fn positive(
        &self,
        found: &mut Vec<Found>,
        key: &str,
        example: &str,
        why: &str,
    ) -> Option<Duration> {
        let time = self.duration(found, key, example)?;
        if !time.is_zero() {
            return Some(time);
        }
        found.push(
            Found::new(self.place(key), format!("`{}` must be longer than zero", self.path(key)))
                .label(why)
                .help(format!("for example `{key} = \"{example}\"`")),
        );
        None
    }

    fn duration_of(
        &self,
        found: &mut Vec<Found>,
        key: &str,
        value: &Value<'_>,
        example: &str,
    ) -> Option<Duration> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(found, key, value, "a time with its unit, in quotes", &format!("\"{example}\""));
            return None;
        };
        match parse_duration(text) {
            Ok(time) => Some(time),
            Err(why) => {
                found.push(
                    Found::new(value.span(), format!("`{}` is not a time", self.path(key)))
                        .label(why)
                        .help(format!("a number and ms, s, m, h or d, for example `{key} = \"{example}\"`")),
                );
                None
            }
        }
    }

    /// One time, or the shortest and the longest: `"1s"` or `["400ms", "900ms"]`.
    pub(super) fn durations(&self, found: &mut Vec<Found>, key: &str) -> Option<(Duration, Duration)> {
        let example = "[\"400ms\", \"900ms\"]";
        let value = self.get(key)?;
        let Some(array) = value.get_ref().as_array() else {
            return self.duration(found, key, "600ms").map(|time| (time, time));
        };
        let (Some(low), Some(high), 2) = (array.first(), array.get(1), array.len()) else {
            self.wrong(found, key, value, "one time, or the shortest and the longest", example);
            return None;
        };
        let low_time = self.duration_of(found, key, low, "400ms");
        let high_time = self.duration_of(found, key, high, "900ms");
        let (low_time, high_time) = (low_time?, high_time?);
        if low_time > high_time {
            self.backwards(found, key, value, example);
            return None;
        }
        Some((low_time, high_time))
    }

    /// Fewest and most: `[20, 400]`, or one number for both.
    pub(super) fn counts(&self, found: &mut Vec<Found>, key: &str) -> Option<(u32, u32)> {
        let example = "[20, 400]";
        let value = self.get(key)?;
        let whole = |value: &DeValue<'_>| -> Option<u32> {
            let DeValue::Integer(written) = value else { return None };
            u32::from_str_radix(written.as_str(), written.radix())
                .ok()
                .filter(|count| (1..=1_000_000).contains(count))
        };
        let range = match value.get_ref().as_array() {
            None => whole(value.get_ref()).map(|count| (count, count)),
            Some(array) => match (array.first(), array.get(1), array.len()) {
                (Some(low), Some(high), 2) => whole(low.get_ref()).zip(whole(high.get_ref())),
                _ => None,
            },
        };
        match range {
            None => {
                self.wrong(found, key, value, "the fewest and the most tokens, from 1 to 1000000", example)
            }
            Some((low, high)) if low > high => self.backwards(found, key, value, example),
            Some(range) => return Some(range),
        }
        None
    }

    fn backwards(&self, found: &mut Vec<Found>, key: &str, value: &Value<'_>, example: &str) {
        found.push(
            Found::new(value.span(), format!("`{}` ends before it begins", self.path(key)))
                .label("the first is the larger one")
                .help(format!("for example `{key} = {example}`")),
        );
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(
        &self,
        found: &mut Vec<Found>,
        key: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let text = self.string(found, key, choices.first().map_or("", |(name, _)| name))?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let help = match nearest(text, choices.iter().map(|(name, _)| *name)) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None => format!("one of {}", names.join(", ")),
        };
        found.push(
            Found::new(self.place(key), format!("`{}` cannot be \"{}\"", self.path(key), shown(text)))
                .label(format!("must be {}", names.join(" or ")))
                .help(help),
        );
        None
    }

    /// A table within this one.
    pub(super) fn table(&self, found: &mut Vec<Found>, key: &str, known: &[&str]) -> Option<Table<'a>> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(found, key, value, "a table", "{ .. }");
            return None;
        };
        Some(Table::open(found, table, &self.path(key), value.span(), known))
    }

    /// The tables of a list: of `[[phases]]`, or of `mix = [{ .. }]`.
    pub(super) fn tables(
        &self,
        found: &mut Vec<Found>,
        key: &str,
        known: &[&str],
        example: &str,
    ) -> Option<Vec<Table<'a>>> {
        let value = self.get(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(found, key, value, "a list of tables", example);
            return None;
        };
        let mut tables = Vec::with_capacity(array.len());
        for (place, value) in array.iter().enumerate() {
            match value.get_ref().as_table() {
                Some(table) => {
                    let name = format!("{}[{place}]", self.path(key));
                    tables.push(Table::open(found, table, &name, value.span(), known));
                }
                None => self.wrong(found, key, value, "a list of tables", example),
            }
        }
        Some(tables)
    }

    /// The place of the whole table.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

fn float(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(written) if written.radix() == 10 => written.as_str().parse().ok(),
        DeValue::Float(written) => written.as_str().parse().ok(),
        DeValue::Integer(_)
        | DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Reads `500ms`, `2s`, `1m30s`, `1.5h`, `30d`. The error ends the sentence "this is not a time:".
pub(super) fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("this is empty");
    }
    let mut seconds = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let number: f64 = number.parse().map_err(|_| "a number is expected before each unit")?;
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        seconds += number
            * match unit {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                "" => return Err("the unit is missing"),
                _ => return Err("this unit is not known"),
            };
        rest = after.trim_start();
    }
    let time = Duration::try_from_secs_f64(seconds).map_err(|_| "this is longer than two years")?;
    if time > LONGEST { Err("this is longer than two years") } else { Ok(time) }
}

/// Writes a time as [`parse_duration`] reads it.
pub(super) fn show(time: Duration) -> String {
    let ms = time.as_millis();
    match ms {
        0 => "0s".to_owned(),
        ms if ms % 86_400_000 == 0 => format!("{}d", ms / 86_400_000),
        ms if ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms % 1000 == 0 => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

/// The name that was probably meant: within a third of its letters, for a wrong guess costs more than none.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let written = plain(written);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &plain(name)), name))
        .filter(|(distance, name)| *distance <= (name.len().max(written.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
