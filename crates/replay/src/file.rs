//! Scenarios from a TOML file. `docs/drill.md` explains the format, `examples/drill/` has files to start from.
//!
//! # Invariants
//! * All mistakes are told at once, each with line, column and fix.
//! * A value that contradicts another, or that could have no effect, is a mistake: a drill that quietly plays
//!   something else than was written would calm its reader for no reason.
//! * What this accepts, [`Scenario::check`] accepts.

mod mistake;
mod parts;
mod phases;
mod table;

use std::path::Path;
use std::time::Duration;

use toml::de::DeTable;

pub use mistake::{Mistake, Mistakes};
pub(crate) use table::nearest;

use crate::scenario::Scenario;
use mistake::{Found, mistakes, shown};
use table::{Table, show};

/// Why a file gives no scenario.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// As it was given.
        path: String,
        /// What the system said, or that it is not UTF-8.
        why: std::io::Error,
    },
    /// It is no scenario.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Reads a scenario from a file.
///
/// # Errors
/// When the file cannot be read, and with all its mistakes when it can.
pub fn load(path: &Path) -> Result<Scenario, LoadError> {
    let name = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|why| LoadError::Unreadable { path: name.clone(), why })?;
    Ok(parse(&name, &text)?)
}

/// Reads a scenario from a text. `name` is the file's, for messages.
///
/// # Errors
/// All mistakes of the text.
pub fn parse(name: &str, text: &str) -> Result<Scenario, Mistakes> {
    // Spans count from behind the byte-order mark that some editors write.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(mistakes(name, text, not_toml(text, &errors)));
    }
    let mut found = Vec::new();
    let scenario = read(&mut found, text, document.get_ref());
    match scenario {
        Some(scenario) if found.is_empty() => match scenario.check() {
            Ok(()) => Ok(scenario),
            // Every contradiction is met above, with its place. Should one slip through, it must still be told.
            Err(all) => {
                let found = all.into_iter().map(|one| Found::new(0..0, one.to_string())).collect();
                Err(mistakes(name, text, found))
            }
        },
        Some(_) | None => Err(mistakes(name, text, found)),
    }
}

/// What the parser says. One slip often makes it stumble several times on a line; the first counts.
fn not_toml(text: &str, errors: &[toml::de::Error]) -> Vec<Found> {
    let mut lines = Vec::new();
    let mut found = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let line = text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count();
        if lines.contains(&line) {
            continue;
        }
        lines.push(line);
        found.push(match error.message() {
            "duplicate key" => Found::new(span, "this key is written twice")
                .label("written again here")
                .help("keep one of the two; of phases and providers there may be several: `[[phases]]`"),
            message => {
                Found::new(span, format!("this is not TOML: {message}")).help(if message.contains("table") {
                    "close the brackets: `[traffic]`, `[[phases]]`"
                } else {
                    "text stands in quotes: `key = \"value\"`; the rest is checked once the syntax is right"
                })
            }
        });
    }
    found
}

const TOP: &[&str] = &[
    "name",
    "title",
    "about",
    "synthetic",
    "starts",
    "span",
    "seed",
    "outage",
    "marks",
    "traffic",
    "providers",
    "phases",
    "route",
];

/// Reads a whole file. `None`, or a value of no use, when something was found.
fn read<'a>(found: &mut Vec<Found>, text: &str, document: &'a DeTable<'a>) -> Option<Scenario> {
    let top = Table::open(found, document, "", 0..0, TOP);
    let name = read_name(found, &top);
    top.missing(
        found,
        "title",
        "the title stands over every table and picture",
        "\"What fails, and for how long\"",
    );
    let title = top.string(found, "title", "What fails, and for how long");
    top.missing(found, "span", "how long do requests arrive?", "\"30m\"");
    let span = top.positive(found, "span", "30m", "no request would arrive");
    let about = top.string(found, "about", "What happened, and where that is written.");
    let synthetic = top.strings(found, "synthetic");
    let starts = top.string(found, "starts", "2024-05-03 18:00 UTC");
    let seed = top.integer(found, "seed", 0..=u64::MAX >> 1, "a seed counts from 0");
    let traffic = parts::read_traffic(found, &top);
    let providers = parts::read_providers(found, &top);
    let phases = phases::read(found, &top, text, &providers, span);
    let route = parts::read_route(found, &top, &providers);
    let outage = read_outage(found, &top, span);
    let marks = read_marks(found, &top, span);
    let span = span?;
    let outage = outage.or_else(|| {
        let from = phases.iter().map(|phase| phase.from).min()?;
        Some((from, phases.iter().map(|phase| phase.to).max()?))
    });
    Some(Scenario {
        id: name?.to_owned(),
        title: title?.to_owned(),
        about: about.unwrap_or_default().to_owned(),
        synthetic: synthetic.unwrap_or_default().into_iter().map(str::to_owned).collect(),
        starts: starts.map(str::to_owned),
        span,
        seed: seed.unwrap_or(1),
        traffic,
        providers: providers.into_iter().map(|written| written.provider).collect(),
        phases,
        route,
        marks,
        outage,
    })
}

/// The name is used in file names and on command lines.
fn read_name<'a>(found: &mut Vec<Found>, top: &Table<'a>) -> Option<&'a str> {
    top.missing(found, "name", "a short name for reports", "\"friday-evening\"");
    let name = top.string(found, "name", "friday-evening")?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name.len() <= 60 && name.chars().all(fits) {
        return Some(name);
    }
    found.push(
        Found::new(top.place("name"), format!("`name` cannot be \"{}\"", shown(name)))
            .label("it becomes part of file names")
            .help("1 to 60 small letters, digits and hyphens, for example `name = \"friday-evening\"`"),
    );
    None
}

fn read_outage(
    found: &mut Vec<Found>,
    top: &Table<'_>,
    span: Option<Duration>,
) -> Option<(Duration, Duration)> {
    let table = top.table(found, "outage", &["from", "to"])?;
    phases::window(found, &table, span)
}

fn read_marks(found: &mut Vec<Found>, top: &Table<'_>, span: Option<Duration>) -> Vec<(Duration, String)> {
    let example = "[{ at = \"5m\", text = \"the first errors\" }]";
    let mut marks = Vec::new();
    for table in top.tables(found, "marks", &["at", "text"], example).unwrap_or_default() {
        table.missing(found, "at", "when?", "\"5m\"");
        table.missing(found, "text", "what is to be seen there?", "\"the first errors\"");
        let at = table.duration(found, "at", "5m");
        let text = table.string(found, "text", "the first errors");
        if let (Some(at), Some(span)) = (at, span)
            && at > span
        {
            found.push(
                Found::new(
                    table.place("at"),
                    format!("`{}` is after the end of the scenario", table.path("at")),
                )
                .label(format!("the scenario ends at {}", show(span)))
                .help("make it earlier, or `span` longer"),
            );
        }
        marks.extend(at.zip(text.map(str::to_owned)));
    }
    marks
}

#[cfg(test)]
mod tests;
