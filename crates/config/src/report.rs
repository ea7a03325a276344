//! All findings about one source, and their two forms: for people and for programs.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Severity};
use crate::mask::mask;

/// The findings about one file, or about the environment.
///
/// It holds only a masked copy of the text, so neither a rendering nor `Debug` can show a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.summary())]
pub struct Report {
    name: String,
    text: String,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// `secrets` are the places in the text that must not be shown.
    pub(crate) fn new(
        name: &str,
        text: &str,
        mut diagnostics: Vec<Diagnostic>,
        secrets: &[Range<usize>],
    ) -> Self {
        diagnostics.sort_by_key(|found| (found.span.as_ref().map(|span| span.start), found.severity));
        let mut seen: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
        for found in diagnostics {
            // One mistake in a provider can be met once per route; it is still one mistake.
            if !seen
                .iter()
                .any(|other| other.id == found.id && other.span == found.span && found.span.is_some())
            {
                seen.push(found);
            }
        }
        Self { name: name.to_owned(), text: mask(text, secrets), diagnostics: seen }
    }

    /// The findings, in the order of the file.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Whether Handover cannot start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many findings are of that severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == severity).count()
    }

    /// The last line: `2 errors, 1 warning in handover.toml`.
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            n => Some(format!("{n} {what}s")),
        };
        let parts: Vec<String> = [
            counted(self.count(Severity::Error), "error"),
            counted(self.count(Severity::Warning), "warning"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let what = if parts.is_empty() { "no errors".to_owned() } else { parts.join(", ") };
        format!("{what} in {}", self.name)
    }

    /// Every finding with its lines of the file, then the summary. `width` is the terminal's, in columns.
    #[must_use]
    pub fn render(&self, colour: bool, width: usize) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(width.max(40));
        let mut out = String::new();
        for found in &self.diagnostics {
            out.push_str(&renderer.render(&[self.group(found)]));
            out.push_str("\n\n");
        }
        out.push_str(&self.summary());
        out.push('\n');
        out
    }

    /// The findings as a JSON array of `{id, severity, message, line, column, end_column, help}`.
    ///
    /// Lines and columns count from 1, columns in characters; `end_column` is the column after the last.
    /// A finding without a place has `null` for all three.
    #[must_use]
    pub fn json(&self) -> String {
        let list: Vec<serde_json::Value> = self
            .diagnostics
            .iter()
            .map(|found| {
                let place = found.span.as_ref().map(|span| self.place(span));
                serde_json::json!({
                    "id": found.id.as_str(),
                    "severity": found.severity.as_str(),
                    "message": found.message,
                    "line": place.map(|p| p.line),
                    "column": place.map(|p| p.column),
                    "end_column": place.map(|p| p.end_column),
                    "help": found.help,
                })
            })
            .collect();
        format!("{:#}", serde_json::Value::Array(list))
    }

    fn group<'a>(&'a self, found: &'a Diagnostic) -> Group<'a> {
        let level = match found.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(found.message.as_str()).id(found.id.as_str());
        let mut group = match &found.span {
            None => title.element(Origin::path(self.name.as_str())),
            Some(span) => {
                let annotations = found.related.iter().map(|related| {
                    AnnotationKind::Context.span(self.clip(&related.span)).label(related.label.as_str())
                });
                let label = (!found.label.is_empty()).then_some(found.label.as_str());
                let snippet = Snippet::source(self.text.as_str())
                    .path(self.name.as_str())
                    .annotation(AnnotationKind::Primary.span(self.clip(span)).label(label))
                    .annotations(annotations);
                title.element(snippet)
            }
        };
        if let Some(help) = &found.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        group
    }

    /// The span on its first line, within the text and on character boundaries.
    fn clip(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.ceil_char_boundary(span.end.max(start));
        let marked = self.text.get(start..end).unwrap_or_default();
        let line = marked.find('\n').unwrap_or(marked.len());
        start..start + line
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let span = self.clip(span);
        let before = self.text.get(..span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let columns = |range: Range<usize>| self.text.get(range).map_or(0, |text| text.chars().count());
        let column = columns(line_start..span.start) + 1;
        Place {
            line: before.matches('\n').count() + 1,
            column,
            end_column: column + columns(span.start..span.end),
        }
    }
}

/// Where a finding is, counted from 1.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: usize,
    column: usize,
    end_column: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Id;

    fn report(diagnostics: Vec<Diagnostic>) -> Report {
        Report::new("handover.toml", "a = 1\nb = \"ä\" # c\r\n", diagnostics, &[])
    }

    #[test]
    fn the_summary_counts_what_stops_and_what_does_not() {
        let error = Diagnostic::error(Id::BadValue, 0..1, "x");
        let warning = Diagnostic::warning(Id::KeyInFile, 2..3, "y");
        assert_eq!(report(vec![]).summary(), "no errors in handover.toml");
        assert_eq!(
            report(vec![error.clone(), Diagnostic { span: Some(1..2), ..error.clone() }, warning.clone()])
                .summary(),
            "2 errors, 1 warning in handover.toml"
        );
        assert_eq!(report(vec![warning]).to_string(), "1 warning in handover.toml");
        assert_eq!(report(vec![error.clone(), error]).summary(), "1 error in handover.toml");
    }

    #[test]
    fn an_editor_jumps_to_the_right_column() {
        let check = |span: Range<usize>, line: usize, column: usize, end: usize| {
            let found = report(vec![Diagnostic::error(Id::BadValue, span, "x")]);
            let json: serde_json::Value = serde_json::from_str(&found.json()).unwrap();
            assert_eq!(json[0]["line"], line);
            assert_eq!(json[0]["column"], column);
            assert_eq!(json[0]["end_column"], end);
        };
        check(0..1, 1, 1, 2);
        check(10..14, 2, 5, 8);
        check(4..12, 1, 5, 6);
        check(20..20, 3, 1, 1);
        check(90..99, 3, 1, 1);
    }

    #[test]
    fn a_place_outside_the_text_is_still_rendered() {
        for span in [0..0, 11..12, 20..20, 90..99] {
            let found = report(vec![Diagnostic::error(Id::BadValue, span, "x").related(70..71, "y")]);
            assert!(found.render(false, 80).contains("error[bad-value]: x"));
            assert!(found.render(true, 1).contains("bad-value"));
        }
    }
}
