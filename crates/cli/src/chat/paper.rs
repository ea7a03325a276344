//! Where an answer is shown: its text on standard output, everything about it on standard error.
//!
//! # Invariants
//! * Standard output has the answer and nothing else. Into a file or a pipe it goes byte for byte; for a terminal it
//!   is made harmless first.
//! * The working line is taken away before anything else is written. It is only drawn where somebody looks.

use super::teller::Shown;
use crate::term::{ascii, clean, clean_name, colours, is_dumb, out, say};
use crate::words::wrapped;
use handover_config::Env;
use std::io::{IsTerminal, Write};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

#[derive(Debug)]
pub(super) struct Paper {
    /// Standard output is a terminal.
    out_is_seen: bool,
    /// Standard error is a terminal.
    err_is_seen: bool,
    /// Standard error is a terminal that can take a line away again.
    draws: bool,
    /// Marks must do without Unicode.
    ascii: bool,
    /// Colour repeats what a word says; never alone.
    colour: bool,
    /// Columns of the terminal.
    width: usize,
    /// The answer is for a program; nothing is shown of it while it comes.
    json: bool,
    /// The last text that was written has no line's end yet.
    in_line: bool,
    /// The working line that stands there now.
    working: Option<String>,
}

impl Paper {
    pub(super) fn new(env: &dyn Env, json: bool) -> Self {
        let ascii = is_dumb(env);
        let err_is_seen = std::io::stderr().is_terminal();
        Self {
            out_is_seen: std::io::stdout().is_terminal(),
            err_is_seen,
            draws: err_is_seen && !ascii && !json,
            ascii,
            colour: colours(env),
            width: crossterm::terminal::size().map_or(80, |(width, _)| usize::from(width)),
            json,
            in_line: false,
            working: None,
        }
    }

    /// Writes a piece; `false` when nobody reads the answer any more.
    pub(super) fn show(&mut self, shown: &Shown) -> bool {
        if self.json {
            return true;
        }
        self.wipe();
        match shown {
            Shown::Text(text) => {
                self.in_line = !text.ends_with('\n');
                if self.out_is_seen { out(&clean(text)) } else { out(text) }
            }
            Shown::Line(line) => {
                // On a terminal the answer stands right before it.
                if self.in_line && self.out_is_seen {
                    say("");
                    self.in_line = false;
                }
                self.wrapped_line(line);
                true
            }
        }
    }

    /// A line for a person, whatever is shown of answers.
    pub(super) fn line(&mut self, line: &str) {
        self.wipe();
        let line = clean(line);
        say(&match (self.ascii, self.colour) {
            (true, _) => ascii(&line),
            (false, true) => painted(&line),
            (false, false) => line.into_owned(),
        });
    }

    /// A sentence, broken between words where somebody looks; a long one goes on as far in as it begins.
    fn wrapped_line(&mut self, line: &str) {
        if !self.err_is_seen || line.width() <= self.width {
            self.line(line);
            return;
        }
        let indent = " ".repeat(line.len() - line.trim_start().len());
        self.hanging(&indent, line);
    }

    /// Text behind a head that stands alone in its columns, as a time does.
    pub(super) fn hanging(&mut self, head: &str, text: &str) {
        let room = if self.err_is_seen { self.width.saturating_sub(head.width()) } else { usize::MAX };
        for (nth, part) in wrapped(text, room).iter().enumerate() {
            let head = if nth == 0 { head.to_owned() } else { " ".repeat(head.width()) };
            self.line(&format!("{head}{part}"));
        }
    }

    /// The end of an answer's text: a line's end of its own, so that what follows begins a line.
    pub(super) fn end_text(&mut self, has_text: bool) -> bool {
        self.wipe();
        let ends = has_text && !self.json && (self.in_line || !self.out_is_seen);
        self.in_line = false;
        !ends || out("\n")
    }

    /// Draws the working line, or takes it away. Under the words of an answer there is no room for one.
    pub(super) fn working(&mut self, line: Option<&str>) {
        if !self.draws || self.working.as_deref() == line {
            return;
        }
        self.wipe();
        let Some(line) = line.filter(|_| !(self.in_line && self.out_is_seen)) else { return };
        let shown = cut(&clean_name(line), self.width.saturating_sub(1));
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{shown}").and_then(|()| stderr.flush());
        self.working = Some(line.to_owned());
    }

    fn wipe(&mut self) {
        if self.working.take().is_some() {
            let mut stderr = std::io::stderr().lock();
            // Back to the line's beginning, and away with what stands there.
            let _ = write!(stderr, "\r\x1b[K").and_then(|()| stderr.flush());
        }
    }
}

/// A line with its signal's bars, or the word `error`, in colour.
fn painted(line: &str) -> String {
    let bars = line.chars().take_while(|c| "▂▄▆█░".contains(*c)).map(char::len_utf8).sum();
    let (head, code) = match line.strip_prefix("error:") {
        Some(_) => ("error:", "1;31"),
        None => (
            line.get(..bars).unwrap_or_default(),
            match line.get(..bars).unwrap_or_default() {
                "▂▄▆█" => "94",
                "▂▄▆░" => "36",
                "▂▄░░" => "33",
                "▂░░░" => "91",
                _ => return line.to_owned(),
            },
        ),
    };
    let rest = line.get(head.len()..).unwrap_or_default();
    format!("\x1b[{code}m{head}\x1b[0m{rest}")
}

/// As much as fits into one line: a longer one would wrap, and only its last part could be taken away again.
fn cut(line: &str, room: usize) -> String {
    let mut kept = String::new();
    for letter in line.graphemes(true) {
        if kept.width() + letter.width() > room {
            break;
        }
        kept.push_str(letter);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_adds_nothing_to_the_words() {
        let check = |line: &str, expected: &str| assert_eq!(painted(line), expected);
        check("▂▄░░ Reduced  x · a", "\x1b[33m▂▄░░\x1b[0m Reduced  x · a");
        check("error: No model", "\x1b[1;31merror:\x1b[0m No model");
        check("an error: of a model", "an error: of a model");
        check("????  Unrated", "????  Unrated");
    }

    #[test]
    fn a_working_line_never_wraps() {
        assert_eq!(cut("Asking 你好…", 10), "Asking 你");
        assert_eq!(cut("short", 10), "short");
    }
}
