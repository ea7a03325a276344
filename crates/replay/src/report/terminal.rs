//! The report for a terminal: 80 columns, plain without colour.

use std::time::Duration;

use super::columns::{Column, columns, per_column};
use super::format::{count, label, name, value};
use super::{Clock, Report};
use crate::result::{Metric, Run, Strategy};

const WIDTH: usize = 80;
/// Columns before the timeline's cells.
const LABEL: usize = 18;
/// Cells of the timeline.
const CELLS: usize = WIDTH - LABEL;
/// A cell is marked as failed when at least this share of its requests failed.
const MOSTLY: f64 = 0.5;
/// Violations that are printed one by one.
const SHOWN_VIOLATIONS: usize = 10;

/// The letters of a timeline that mean something else than a provider.
const FAILED: char = 'x';
const NOBODY: char = '.';

const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const DIM: &str = "2";
/// Colours of the providers by place. They only repeat what the letters say.
const PROVIDERS: [&str; 6] = ["34", "33", "36", "35", "32", "37"];

struct Paper {
    text: String,
    colours: bool,
}

impl Paper {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A line whose end is styled, and must not be trimmed inside of the style.
    fn title(&mut self, title: &str) {
        let title = self.styled(BOLD, title);
        self.text.push('\n');
        self.line(&title);
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.colours && !text.is_empty() { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A paragraph, each line behind this many spaces.
    fn wrapped(&mut self, indent: usize, first: &str, text: &str) {
        for (nth, line) in wrap(&clean(text), WIDTH - indent).into_iter().enumerate() {
            let lead = if nth == 0 { format!("{first:indent$}") } else { " ".repeat(indent) };
            self.line(&format!("{lead}{line}"));
        }
    }
}

pub(super) fn terminal(report: &Report<'_>, colours: bool) -> String {
    let mut paper = Paper { text: String::new(), colours };
    violations(report, &mut paper);
    for line in wrap(&clean(&report.headline()), WIDTH) {
        let line = paper.styled(BOLD, &line);
        paper.line(&line);
    }
    let (about, sources) = report.about();
    let sub = format!("{} ({})", report.scenario.title, report.scenario.id);
    paper.wrapped(0, "", &sub);
    timeline(report, &mut paper);
    metrics(report, &mut paper);
    if !about.is_empty() {
        paper.title("What happened");
        paper.wrapped(2, "", about);
    }
    if !report.scenario.synthetic.is_empty() {
        paper.title("What is assumed, and on no record");
        for sentence in &report.scenario.synthetic {
            paper.wrapped(4, "  -", sentence);
        }
    }
    if let Some(sources) = sources {
        paper.title("Sources");
        paper.wrapped(2, "", sources);
    }
    paper.title("Again");
    paper.line(&format!("  seed {}; the same once more, to the byte:", report.scenario.seed));
    paper.line(&format!("  {}", clean(report.again)));
    verdict(report, &mut paper);
    paper.text
}

fn violations(report: &Report<'_>, paper: &mut Paper) {
    let all: Vec<_> = report.runs.iter().flat_map(|run| &run.violations).collect();
    if all.is_empty() {
        return;
    }
    let s = if all.len() == 1 { "" } else { "s" };
    let head = paper.styled("1;31", &format!("BROKEN: {} violation{s} of what must never happen", all.len()));
    paper.line(&head);
    for one in all.iter().take(SHOWN_VIOLATIONS) {
        let request = one.request.map_or(String::new(), |number| format!("request {number}: "));
        paper.wrapped(4, "  !", &format!("{}: {request}{}", one.rule, one.found));
    }
    if all.len() > SHOWN_VIOLATIONS {
        paper.line(&format!("    and {} more; `--json` has all", all.len() - SHOWN_VIOLATIONS));
    }
    paper.line("");
}

/// One letter for each provider: its own first one, unless that is taken.
fn letters(report: &Report<'_>) -> Vec<char> {
    let mut taken = vec![FAILED.to_ascii_uppercase()];
    let mut out = Vec::new();
    for provider in &report.scenario.providers {
        let own = provider.name.chars().map(|c| c.to_ascii_uppercase()).filter(char::is_ascii_uppercase);
        let letter = own.chain('A'..='Z').find(|letter| !taken.contains(letter)).unwrap_or('?');
        taken.push(letter);
        out.push(letter);
    }
    out
}

fn timeline(report: &Report<'_>, paper: &mut Paper) {
    let Some(first) = report.runs.first().filter(|run| !run.timeline.points.is_empty()) else { return };
    let letters = letters(report);
    let clock = Clock::new(report.scenario);
    let each = per_column(&first.timeline, CELLS);
    let step = first.timeline.step * u32::try_from(each).unwrap_or(u32::MAX);
    // A short scenario is stretched over the line.
    let times = CELLS / first.timeline.points.len().div_ceil(each).max(1);
    let cell = step / u32::try_from(times).unwrap_or(1).max(1);
    let letters_each = if times > 1 { format!("in {times} letters") } else { "a letter".to_owned() };
    paper.title(&format!("Who answered, {} {letters_each}", super::format::span(step)));
    paper.line(&axis(&clock, cell));
    for run in report.runs {
        let name = report.name(run.strategy);
        let mut line = format!("  {}", fit(&name, LABEL - 2));
        for column in columns(run, CELLS) {
            let (letter, style) = cell_of(&column, &letters);
            let cells = letter.to_string().repeat(times);
            line.push_str(&style.map_or(cells.clone(), |style| paper.styled(style, &cells)));
        }
        paper.line(&line);
    }
    if let Some((from, to)) = report.scenario.outage {
        let at = |time: Duration| place(time, cell);
        let mut row = vec![' '; CELLS];
        row.iter_mut().take(at(to).max(at(from) + 1)).skip(at(from)).for_each(|place| *place = '^');
        paper.line(&format!("  {}{}", fit("the outage", LABEL - 2), row.iter().collect::<String>()));
    }
    marks(report, cell, &clock, paper);
    let mut parts: Vec<String> = report
        .scenario
        .providers
        .iter()
        .zip(&letters)
        .map(|(provider, letter)| format!("{letter} {}", clean(&label(&provider.name))))
        .collect();
    parts.push(format!("{FAILED} most requests failed"));
    parts.push("a small letter: some failed".to_owned());
    if report.runs.iter().any(|run| columns(run, CELLS).iter().any(|column| column.requests == 0)) {
        parts.push(format!("{NOBODY} nobody asked"));
    }
    paper.line("");
    legend(&parts, paper);
}

/// What the letters mean, in lines that break between two of them.
fn legend(parts: &[String], paper: &mut Paper) {
    let mut line = String::new();
    for part in parts {
        if !line.is_empty() && line.chars().count() + 5 + part.chars().count() > WIDTH {
            paper.line(&format!("  {line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push_str("   ");
        }
        line.push_str(part);
    }
    paper.line(&format!("  {line}"));
}

fn place(time: Duration, cell: Duration) -> usize {
    usize::try_from(time.as_nanos() / cell.as_nanos().max(1)).unwrap_or(CELLS).min(CELLS - 1)
}

/// The labels of the time, above the cells.
fn axis(clock: &Clock, cell: Duration) -> String {
    let mut row = vec![' '; WIDTH];
    for (at, text) in clock.ticks(6) {
        let start = LABEL + place(at, cell);
        let chars: Vec<char> = text.chars().collect();
        let free = row.get(start.saturating_sub(1)..start + chars.len());
        if free.is_some_and(|free| free.iter().all(|c| *c == ' ')) {
            row.iter_mut().skip(start).zip(chars).for_each(|(place, c)| *place = c);
        }
    }
    row.into_iter().collect()
}

fn cell_of(column: &Column, letters: &[char]) -> (char, Option<&'static str>) {
    if column.requests == 0 {
        return (NOBODY, None);
    }
    let ended = column.whole() + column.failed;
    if column.failed > 0 && f64::from(column.failed) >= MOSTLY * f64::from(ended) {
        return (FAILED, Some(RED));
    }
    // Of equals the provider that comes first.
    let most = column.served.iter().enumerate().rev().max_by_key(|(_, count)| **count);
    let Some((provider, _)) = most.filter(|(_, count)| **count > 0) else { return (NOBODY, None) };
    let letter = letters.get(provider).copied().unwrap_or('?');
    let style = PROVIDERS.get(provider % PROVIDERS.len()).copied();
    (if column.failed > 0 { letter.to_ascii_lowercase() } else { letter }, style)
}

fn marks(report: &Report<'_>, cell: Duration, clock: &Clock, paper: &mut Paper) {
    if report.scenario.marks.is_empty() {
        return;
    }
    // Marks that fall into one cell share its place; their numbers stand side by side below.
    let mut row = vec![' '; CELLS];
    for (nth, (at, _)) in report.scenario.marks.iter().enumerate() {
        let wanted = place(*at, cell);
        let digit = char::from_digit(u32::try_from((nth + 1) % 10).unwrap_or(0), 10).unwrap_or('*');
        if let Some(free) = row.iter_mut().skip(wanted).find(|place| **place == ' ') {
            *free = digit;
        }
    }
    paper.line(&format!("  {}{}", fit("marks", LABEL - 2), row.iter().collect::<String>()));
    for (nth, (at, text)) in report.scenario.marks.iter().enumerate() {
        paper.wrapped(LABEL + 3, &format!("{:>width$}", nth + 1, width = LABEL + 1), &mark(clock, *at, text));
    }
}

/// A mark's text, with the time in front where it does not say it itself.
pub(super) fn mark(clock: &Clock, at: Duration, text: &str) -> String {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        text.to_owned()
    } else {
        format!("{} {text}", clock.at(at))
    }
}

/// Widths of the table's columns: with mark and id they make 80.
const NAME: usize = 29;
const VALUE: usize = 9;
const TARGET: usize = 16;

fn metrics(report: &Report<'_>, paper: &mut Paper) {
    let Some(first) = report.runs.first() else { return };
    paper.title("Metrics");
    let mut head = format!("  {:4}{:NAME$}", "", "");
    for run in report.runs {
        head.push_str(&format!("{:>VALUE$}", short(run.strategy)));
    }
    head.push_str("  target");
    let head = paper.styled(DIM, &head);
    paper.line(&head);
    for (nth, metric) in first.metrics.iter().enumerate() {
        row(report, nth, metric, paper);
    }
}

/// A strategy's name in one narrow column.
fn short(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Handover => "Handover",
        Strategy::SingleProvider => "alone",
        Strategy::SdkRetries => "SDK",
    }
}

fn row(report: &Report<'_>, nth: usize, metric: &Metric, paper: &mut Paper) {
    let target = if metric.note.contains("make bench") { "see `make bench`" } else { metric.target };
    let names = wrap(&name(metric), NAME - 1);
    let targets = wrap(target, TARGET);
    for line in 0..names.len().max(targets.len()) {
        let part = |of: &[String]| of.get(line).cloned().unwrap_or_default();
        let mark = match metric.met.filter(|_| line == 0) {
            Some(true) => paper.styled(GREEN, "✓"),
            Some(false) => paper.styled("1;31", "✗"),
            None => " ".to_owned(),
        };
        let id = if line == 0 { metric.id } else { "" };
        let mut text = format!("{mark} {id:4}{}", fit(&part(&names), NAME));
        for run in report.runs {
            let shown = same(run, nth, metric).filter(|_| line == 0).map(value).unwrap_or_default();
            text.push_str(&format!("{shown:>VALUE$}"));
        }
        paper.line(&format!("{text}  {}", part(&targets)));
    }
}

/// The same number of another run.
pub(super) fn same<'a>(run: &'a Run, nth: usize, metric: &Metric) -> Option<&'a Metric> {
    let at_its_place = run.metrics.get(nth).filter(|other| other.name == metric.name);
    at_its_place
        .or_else(|| run.metrics.iter().find(|other| other.name == metric.name && other.id == metric.id))
}

fn verdict(report: &Report<'_>, paper: &mut Paper) {
    let missed: Vec<&Metric> = report.missed().collect();
    let with_target = report.metrics().filter(|metric| metric.met.is_some()).count();
    paper.line("");
    if missed.is_empty() {
        let met =
            format!("✓ Handover meets all {} targets that this scenario tests.", count(with_target as u64));
        let met = paper.styled(GREEN, &met);
        paper.line(&met);
        return;
    }
    let head = format!("✗ Handover misses {} of {with_target} targets:", missed.len());
    let head = paper.styled("1;31", &head);
    paper.line(&head);
    for metric in missed {
        paper.wrapped(4, "", &Report::miss(metric));
    }
}

/// Words in lines of at most so many characters; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        let length = line.chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.into_iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Exactly so many characters: filled up, or cut with an ellipsis.
fn fit(text: &str, width: usize) -> String {
    let text = clean(text);
    if text.chars().count() < width {
        return format!("{text:width$}");
    }
    let cut: String = text.chars().take(width.saturating_sub(2)).collect();
    format!("{cut}… ")
}

/// Without control characters, which could move a terminal's cursor or colour it.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked_and_no_word_is_lost() {
        let text = "one two three, and a word-that-is-much-longer-than-the-line at the end";
        let lines = wrap(text, 12);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|line| line.chars().count() <= 12 || !line.contains(' ')), "{lines:?}");
        assert_eq!(fit("OpenAI alone", 16), "OpenAI alone    ");
        assert_eq!(fit("a provider with a long name", 16), "a provider wit… ");
    }
}
