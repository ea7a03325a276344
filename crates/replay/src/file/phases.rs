//! `[[phases]]`: what goes wrong, with whom and when.

use std::ops::Range;
use std::time::Duration;

use crate::scenario::{Fault, Phase};

use super::mistake::{Found, shown};
use super::parts::WrittenProvider;
use super::table::{Table, nearest, parse_duration, show};

pub(super) const PHASE: &[&str] = &["provider", "key", "from", "to", "script", "mix", "flapping"];
const EXAMPLE: &str = "[{ provider = \"openai\", from = \"5m\", to = \"10m\", script = \"503\" }]";

/// Reads all phases. Those with mistakes are left out.
pub(super) fn read(
    found: &mut Vec<Found>,
    top: &Table<'_>,
    text: &str,
    providers: &[WrittenProvider],
    span: Option<Duration>,
) -> Vec<Phase> {
    let mut phases: Vec<(Phase, Range<usize>)> = Vec::new();
    for table in top.tables(found, "phases", PHASE, EXAMPLE).unwrap_or_default() {
        let provider = read_provider(found, &table, providers);
        let key = read_key(found, &table, provider);
        let window = window(found, &table, span);
        let mix = read_mix(found, &table, text);
        let flapping = read_flapping(found, &table, window);
        let (Some(provider), Some((from, to)), Some(mix)) = (provider, window, mix) else { continue };
        let phase = Phase { provider: provider.provider.name.clone(), key, from, to, mix, flapping };
        if let Some((_, first)) = phases.iter().find(|(earlier, _)| covers(earlier, &phase)) {
            found.push(
                Found::new(table.span(), format!("`{}` has no effect", table.path("")).replace(".`", "`"))
                    .label("of phases that are on at once, the first in the file decides")
                    .related(first.clone(), "covers it from start to end")
                    .help("put the shorter phase first, or end the other one earlier"),
            );
        }
        phases.push((phase, table.span()));
    }
    phases.into_iter().map(|(phase, _)| phase).collect()
}

/// Whether the first phase decides at all times at which the second is on.
fn covers(first: &Phase, second: &Phase) -> bool {
    first.provider == second.provider
        && (first.key.is_none() || first.key == second.key)
        && first.flapping.is_none()
        && first.from <= second.from
        && second.to <= first.to
}

fn read_provider<'p>(
    found: &mut Vec<Found>,
    table: &Table<'_>,
    providers: &'p [WrittenProvider],
) -> Option<&'p WrittenProvider> {
    let names = || providers.iter().map(|written| written.provider.name.as_str());
    let example = names().next().unwrap_or("openai").to_owned();
    table.missing(found, "provider", "who fails?", &format!("\"{example}\""));
    let name = table.string(found, "provider", &example)?;
    let provider = providers.iter().find(|written| written.provider.name == name);
    if provider.is_none() {
        let help = match nearest(name, names()) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None => format!("providers of this scenario: {}", names().collect::<Vec<_>>().join(", ")),
        };
        found.push(
            Found::new(table.place("provider"), format!("no provider is called \"{}\"", shown(name)))
                .label("this phase would strike nobody")
                .help(help),
        );
    }
    provider
}

fn read_key(found: &mut Vec<Found>, table: &Table<'_>, provider: Option<&WrittenProvider>) -> Option<usize> {
    let key = table.integer(found, "key", 0..=1000, "keys count from 0")?;
    let key = usize::try_from(key).ok()?;
    if let Some(provider) = provider.filter(|written| key >= written.provider.keys) {
        let keys = provider.provider.keys;
        found.push(
            Found::new(table.place("key"), format!("provider `{}` has no key {key}", provider.provider.name))
                .label(format!("it has {keys}, counted from 0"))
                .help(format!("give the provider `keys = {}`, or leave `key` out for all", key + 1)),
        );
    }
    Some(key)
}

/// `from` and `to`, in this order and within the scenario.
pub(super) fn window(
    found: &mut Vec<Found>,
    table: &Table<'_>,
    span: Option<Duration>,
) -> Option<(Duration, Duration)> {
    table.missing(found, "from", "when does it begin?", "\"5m\"");
    table.missing(found, "to", "when does it end?", "\"10m\"");
    let from = table.duration(found, "from", "5m");
    let to = table.duration(found, "to", "10m");
    if let (Some(from), Some(span)) = (from, span)
        && from >= span
    {
        found.push(outside(table, "from", span));
        return None;
    }
    let (from, to) = (from?, to?);
    if from >= to {
        found.push(
            Found::new(table.place("to"), format!("`{}` is not after its start", table.path("to")))
                .label(format!("{} is not after {}", show(to), show(from)))
                .related(table.place("from"), "it begins here")
                .help("both count from the start of the scenario; make `to` the later one"),
        );
        return None;
    }
    if let Some(span) = span.filter(|span| to > *span) {
        found.push(outside(table, "to", span));
        return None;
    }
    Some((from, to))
}

fn outside(table: &Table<'_>, key: &str, span: Duration) -> Found {
    Found::new(table.place(key), format!("`{}` is after the end of the scenario", table.path(key)))
        .label(format!("the scenario ends at {}", show(span)))
        .help("make it earlier, or `span` longer")
}

fn read_flapping(
    found: &mut Vec<Found>,
    table: &Table<'_>,
    window: Option<(Duration, Duration)>,
) -> Option<(Duration, Duration)> {
    let flapping = table.table(found, "flapping", &["on", "off"])?;
    flapping.missing(found, "on", "how long does it fail at a time?", "\"60s\"");
    flapping.missing(found, "off", "how long is it well in between?", "\"60s\"");
    let on = flapping.positive(found, "on", "60s", "it would never fail");
    let off = flapping.positive(found, "off", "60s", "it would never be well: leave `flapping` out");
    let (on, off) = (on?, off?);
    if let Some((from, to)) = window.filter(|(from, to)| on >= *to - *from) {
        found.push(
            Found::new(flapping.place("on"), format!("`{}` outlasts the phase", flapping.path("on")))
                .label(format!("the phase is over after {}", show(to - from)))
                .help("make it shorter, or leave `flapping` out"),
        );
    }
    Some((on, off))
}

/// `script`, for all requests, or `mix`, for a share each.
fn read_mix(found: &mut Vec<Found>, table: &Table<'_>, text: &str) -> Option<Vec<(f64, Fault)>> {
    match (table.get("script"), table.get("mix")) {
        (Some(_), Some(_)) => {
            found.push(
                Found::new(table.place("script"), "a phase has either `script` or `mix`")
                    .label("for all requests")
                    .related(table.place("mix"), "for a share of them")
                    .help("put the script into the mix, with its share"),
            );
            None
        }
        (Some(_), None) => read_script(found, table, text).map(|fault| vec![(1.0, fault)]),
        (None, None) => {
            found.push(
                Found::new(table.span(), "this phase does nothing")
                    .label("neither `script` nor `mix`")
                    .help("add `script = \"503\"`, or `mix = [{ share = 0.5, script = \"503\" }]`"),
            );
            None
        }
        (None, Some(_)) => read_shares(found, table, text),
    }
}

fn read_shares(found: &mut Vec<Found>, table: &Table<'_>, text: &str) -> Option<Vec<(f64, Fault)>> {
    let example = "[{ share = 0.5, script = \"503\" }]";
    let entries = table.tables(found, "mix", &["share", "script"], example)?;
    if entries.is_empty() {
        found.push(
            Found::new(table.place("mix"), format!("`{}` is empty", table.path("mix")))
                .label("this phase would do nothing")
                .help(format!("for example `mix = {example}`")),
        );
    }
    let mut mix = Vec::with_capacity(entries.len());
    let mut whole = true;
    for entry in &entries {
        entry.missing(found, "share", "of how many requests?", "0.5");
        entry.missing(found, "script", "what do they meet?", "\"503\"");
        let share = entry.number(found, "share", 0.0..=1.0, "a share of all requests, 1 is all of them");
        if share == Some(0.0) {
            found.push(
                Found::new(entry.place("share"), format!("`{}` is 0", entry.path("share")))
                    .label("nobody would meet this")
                    .help("give it a share above 0, or take it out"),
            );
        }
        match share.zip(read_script(found, entry, text)) {
            Some(part) => mix.push(part),
            None => whole = false,
        }
    }
    let sum: f64 = mix.iter().map(|(share, _)| share).sum();
    // A hair above one is what adding up decimal fractions gives.
    if sum > 1.0 + 1e-9 {
        let sum = (sum * 1000.0).round() / 1000.0;
        found.push(
            Found::new(
                table.place("mix"),
                format!("the shares of `{}` are more than 1 together", table.path("mix")),
            )
            .label(format!("they make {sum}"))
            .help("each is a part of all requests; what is left to 1 is well"),
        );
    }
    (whole && !mix.is_empty()).then_some(mix)
}

/// A script of the simulator, or one of the words for what happens before a request can be sent.
fn read_script(found: &mut Vec<Found>, table: &Table<'_>, text: &str) -> Option<Fault> {
    let script = table.string(found, "script", "503")?;
    match fault(script) {
        Ok(fault) => Some(fault),
        Err((column, message)) => {
            let span = within(text, table.place("script"), column);
            found.push(
                Found::new(span, format!("`{}` is not a script", table.path("script")))
                    .label("here")
                    .help(message),
            );
            None
        }
    }
}

/// The words that stand for faults of the connection, before any script can play.
const BEFORE: [&str; 4] = ["refused", "blackhole", "dns 30s", "healthy"];

/// Reads a fault. The error is a column, in characters from 1, and a sentence with the fix.
fn fault(text: &str) -> Result<Fault, (usize, String)> {
    let trimmed = text.trim();
    match trimmed {
        "refused" => return Ok(Fault::Refused),
        "blackhole" => return Ok(Fault::Blackhole),
        "healthy" => return Ok(Fault::Healthy),
        _ => {}
    }
    if let Some(time) = trimmed.strip_prefix("dns").filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        return match parse_duration(time) {
            Ok(time) if !time.is_zero() => Ok(Fault::Dns(time)),
            Ok(_) => Err((1, "a name that resolves at once is no fault; write \"dns 30s\"".to_owned())),
            Err(_) => Err((1, "how long does resolving take? write \"dns 30s\"".to_owned())),
        };
    }
    Fault::script(trimmed).map_err(|error| {
        // The simulator knows its own words; those of this file may have been meant.
        let first = trimmed.split(' ').next().unwrap_or_default();
        let meant = (error.column == 1).then(|| nearest(first, BEFORE)).flatten();
        let message = match meant.filter(|_| !error.message.contains("did you mean")) {
            Some(word) => format!("did you mean \"{word}\"?"),
            None => error.message,
        };
        (error.column, message)
    })
}

/// The word at a column of a string's text, in bytes of the file. The whole string where an escape moves the columns.
fn within(text: &str, string: Range<usize>, column: usize) -> Range<usize> {
    let raw = text.get(string.clone()).unwrap_or_default();
    let quotes =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| raw.starts_with(quotes)).unwrap_or("");
    let escaped = quotes.starts_with('"') && raw.contains('\\');
    if escaped || raw.contains('\n') || raw.len() < 2 * quotes.len() {
        return string;
    }
    let inner = raw.get(quotes.len()..raw.len() - quotes.len()).unwrap_or_default();
    // The columns count from behind leading blanks, which the reader takes away.
    let blanks = inner.len() - inner.trim_start().len();
    let rest = inner.get(blanks..).unwrap_or_default();
    let Some((offset, _)) = rest.char_indices().nth(column.saturating_sub(1)) else { return string };
    let word = rest.get(offset..).unwrap_or_default();
    let length = word.find([' ', ',']).unwrap_or(word.len()).max(1);
    let start = string.start + quotes.len() + blanks + offset;
    start..start + length
}
