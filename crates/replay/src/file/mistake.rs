//! What is wrong with a scenario file, where, and what to write instead.
//!
//! # Invariants
//! * All mistakes of a file are told at once: its author fixes it in one pass.
//! * Nothing of the file reaches a terminal unescaped: a name could hold control characters.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

/// Lines of a terminal are wrapped by it; messages are laid out for this many columns.
const WIDTH: usize = 100;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Counted from 1. The mistake of a file as a whole is at its first line.
    pub line: usize,
    /// Counted in characters from 1.
    pub column: usize,
    /// What to write instead.
    pub help: String,
    /// Bytes of the file, on one line.
    span: Range<usize>,
    /// What is to be said of just the marked part. May be empty.
    label: String,
    /// Another place that belongs to it, and what is to be seen there.
    related: Option<(Range<usize>, String)>,
}

/// All mistakes of one file, in its order. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    name: String,
    text: String,
    list: Vec<Mistake>,
}

impl Mistakes {
    /// The mistakes in the order of the file.
    #[must_use]
    pub fn list(&self) -> &[Mistake] {
        &self.list
    }

    /// The mistakes for people: each with its line of the file, marked, and the fix below.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
        let mut out = String::new();
        for mistake in &self.list {
            let related = mistake
                .related
                .iter()
                .map(|(span, label)| AnnotationKind::Context.span(span.clone()).label(label.as_str()));
            let label = (!mistake.label.is_empty()).then_some(mistake.label.as_str());
            let snippet = Snippet::source(self.text.as_str())
                .path(self.name.as_str())
                .annotation(AnnotationKind::Primary.span(mistake.span.clone()).label(label))
                .annotations(related);
            let title = Level::ERROR.primary_title(mistake.message.as_str());
            let mut group = if self.text.is_empty() {
                title.element(Origin::path(self.name.as_str()))
            } else {
                title.element(snippet)
            };
            if !mistake.help.is_empty() {
                group = group.element(Level::HELP.message(mistake.help.as_str()));
            }
            out.push_str(&renderer.render(&[group]));
            out.push_str("\n\n");
        }
        let count = self.list.len();
        let s = if count == 1 { "" } else { "s" };
        out.push_str(&format!("{count} error{s} in {}\n", self.name));
        out
    }
}

/// The mistakes without the marked lines: `flap.toml:3:8: message (help)`, one a line.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.list.iter().enumerate() {
            let newline = if at == 0 { "" } else { "\n" };
            write!(f, "{newline}{}:{}:{}: {}", self.name, mistake.line, mistake.column, mistake.message)?;
            if !mistake.help.is_empty() {
                write!(f, " ({})", mistake.help)?;
            }
        }
        Ok(())
    }
}

/// A mistake as it is noted: bytes of the file, and not yet lines.
#[derive(Debug, Clone)]
pub(super) struct Found {
    span: Range<usize>,
    message: String,
    label: String,
    help: String,
    related: Option<(Range<usize>, String)>,
}

impl Found {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: String::new(), help: String::new(), related: None }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(super) fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }
}

/// Brings what was found into the order of the file and gives it lines and columns.
pub(super) fn mistakes(name: &str, text: &str, mut found: Vec<Found>) -> Mistakes {
    found.sort_by_key(|one| one.span.start);
    let list = found
        .into_iter()
        .map(|one| {
            let span = on_one_line(text, &one.span);
            let before = text.get(..span.start).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            Mistake {
                message: one.message,
                line: before.matches('\n').count() + 1,
                column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
                help: one.help,
                label: one.label,
                related: one.related.map(|(span, label)| (on_one_line(text, &span), label)),
                span,
            }
        })
        .collect();
    Mistakes { name: shown(name), text: text.to_owned(), list }
}

/// The span within the text, up to the end of its first line: whole tables are marked by their head.
fn on_one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(start));
    let marked = text.get(start..end).unwrap_or_default();
    start..start + marked.find(['\n', '\r']).unwrap_or(marked.len())
}

/// A piece of the file that is fit for a message: no control characters, and not endless.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_control() { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}
