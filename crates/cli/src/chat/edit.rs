//! Reads what a person types: with history, search and pasted lines where the terminal can, line by line where not.
//!
//! The history is that of this conversation. It is in memory only: what people ask is theirs, and a file of it would
//! be a record that nobody asked for.

use crate::term::is_dumb;
use crate::words::talk::{COMMANDS, PROMPT};
use handover_config::Env;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Behavior, Config, Context, Editor, Helper};
use std::cell::Cell;
use std::io::{BufRead, Write};
use tokio::task::spawn_blocking;

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Message(String),
    /// Ctrl-c or ctrl-d at an empty prompt, or the end of the input.
    End,
    /// Ctrl-c with a message begun: that one is thrown away.
    Nothing,
}

/// What the line editor asks while somebody types.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// Something stands at the prompt. The editor does not say so when ctrl-c ends it.
    has_text: Cell<bool>,
}

impl Helper for Typing {}
impl Highlighter for Typing {}
impl Validator for Typing {}

impl Hinter for Typing {
    type Hint = String;

    /// Gives no hint; it is asked after every key, and so learns what stands there.
    fn hint(&self, line: &str, _at: usize, _context: &Context<'_>) -> Option<String> {
        self.has_text.set(!line.is_empty());
        None
    }
}

impl Completer for Typing {
    type Candidate = String;

    /// Tab completes commands.
    fn complete(
        &self,
        line: &str,
        at: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let begun = line.get(..at).unwrap_or_default();
        let fits =
            |command: &&str| begun.starts_with('/') && command.starts_with(begun) && *command != "//...";
        Ok((0, COMMANDS.iter().map(|(command, ..)| *command).filter(fits).map(str::to_owned).collect()))
    }
}

/// The prompt. Reading blocks, so it is done on a thread of its own.
#[derive(Debug)]
pub(super) enum Lines {
    Edited(Box<Editor<Typing, DefaultHistory>>),
    Plain,
}

impl Lines {
    pub(super) fn new(env: &dyn Env) -> Self {
        let config = Config::builder()
            // The terminal itself, so that standard output holds answers only.
            .behavior(Behavior::PreferTerm)
            .auto_add_history(true)
            .build();
        match Editor::with_config(config) {
            Ok(mut editor) if !is_dumb(env) => {
                editor.set_helper(Some(Typing::default()));
                Self::Edited(Box::new(editor))
            }
            Ok(_) | Err(_) => Self::Plain,
        }
    }

    pub(super) async fn read(self) -> std::io::Result<(Self, Typed)> {
        let read = spawn_blocking(move || match self {
            Self::Edited(mut editor) => {
                let had_text = |editor: &Editor<Typing, DefaultHistory>| {
                    editor.helper().is_some_and(|typing| typing.has_text.take())
                };
                had_text(&editor);
                let typed = match editor.readline(PROMPT) {
                    Ok(line) => Ok(Typed::Message(line)),
                    Err(ReadlineError::Eof) => Ok(Typed::End),
                    Err(ReadlineError::Interrupted) if had_text(&editor) => Ok(Typed::Nothing),
                    Err(ReadlineError::Interrupted) => Ok(Typed::End),
                    Err(ReadlineError::Io(e)) => Err(e),
                    Err(e) => Err(std::io::Error::other(e)),
                };
                typed.map(|typed| (Self::Edited(editor), typed))
            }
            Self::Plain => {
                let mut stderr = std::io::stderr().lock();
                write!(stderr, "{PROMPT}").and_then(|()| stderr.flush())?;
                let mut line = String::new();
                let many = std::io::stdin().lock().read_line(&mut line)?;
                let typed = if many == 0 { Typed::End } else { Typed::Message(line) };
                Ok((Self::Plain, typed))
            }
        });
        read.await.map_err(std::io::Error::other)?
    }
}
