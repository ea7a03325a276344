//! Writing to the terminal: data to standard output, everything else to standard error.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Writes data; `false` when nobody reads it any more. A closed pipe is the reader's wish, not an error.
pub(crate) fn out(text: &str) -> bool {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_ok()
}

/// Writes a line for a person.
pub(crate) fn say(line: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "{line}");
}

/// Writes an error and gives the exit code of one.
pub(crate) fn fail(message: &str) -> ExitCode {
    say(&format!("error: {message}"));
    ExitCode::FAILURE
}

/// Whether standard error takes colours: it is a terminal, and nobody said otherwise (no-color.org).
pub(crate) fn colours(env: &dyn handover_config::Env) -> bool {
    std::io::stderr().is_terminal()
        && env.get("NO_COLOR").is_none()
        && env.get("TERM").as_deref() != Some("dumb")
}

/// The width for messages: the terminal's, as far as the environment tells it, or 100.
pub(crate) fn width(env: &dyn handover_config::Env) -> usize {
    env.get("COLUMNS").and_then(|c| c.parse().ok()).filter(|w| (40..=400).contains(w)).unwrap_or(100)
}
