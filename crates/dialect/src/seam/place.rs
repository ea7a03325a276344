//! What stands in front of the repeated words in a reply, and whether the reply goes on from there.

use super::Lost;
use super::normal::{is_double_quote, is_quote};

/// How a reply comes to the repeated words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// It begins with them.
    Nothing,
    /// It says something of its own first.
    Preamble,
}

/// Judges the place behind `before`, the beginning of a reply. `in_fence` says whether the caller's text ends inside
/// a code fence.
///
/// # Errors
/// Why a reply that says this first does not go on from here.
pub(super) fn lead(before: &str, in_fence: bool) -> Result<Lead, Lost> {
    if before.chars().all(|c| c.is_whitespace() || matches!(c, '.' | '…')) {
        return Ok(Lead::Nothing);
    }
    // Whoever speaks in front of the words begins with a capital, where there are any. A small letter is the answer
    // going on without them, and they come again further down.
    let goes_on = before.trim_start().starts_with(char::is_lowercase);
    if goes_on && before.split_whitespace().nth(1).is_some() {
        return Err(Lost::NoAnchor);
    }
    if before.chars().filter(|&c| is_double_quote(c)).count() % 2 == 1 {
        return Err(Lost::Wrapped);
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    let said = line.trim_end();
    match said.chars().next_back() {
        None => {
            let above = before.trim_end().rsplit('\n').next().unwrap_or_default().trim();
            if above.chars().all(|c| is_quote(c) && c != '`') {
                return Err(Lost::Wrapped);
            }
        }
        Some(last) => on_the_same_line(said, last, said.len() < line.len())?,
    }
    let fences = before.lines().filter(|line| fence(line).is_some()).count();
    if fences % 2 == 1 && !in_fence {
        return Err(Lost::Fenced);
    }
    Ok(Lead::Preamble)
}

/// Judges a place with `said` in front of it on its line, whose last character is `last`; `spaced` when white space
/// stands between.
fn on_the_same_line(said: &str, last: char, spaced: bool) -> Result<(), Lost> {
    if fence(said).is_some() && !spaced {
        return Err(Lost::Fenced);
    }
    if is_quote(last) || said.trim_start().chars().all(|c| c == '>') {
        return Err(Lost::Wrapped);
    }
    if last.is_alphanumeric() {
        // In the middle of a sentence the words are talked about ("I cannot go on from …"), unless it is one word:
        // "OK", or the first of the repeated words with a letter changed.
        let clause = said.rsplit(|c: char| !(c.is_alphanumeric() || c.is_whitespace() || is_quote(c))).next();
        let words = clause.unwrap_or_default().split_whitespace().count();
        return if spaced && words <= 1 { Ok(()) } else { Err(Lost::NoAnchor) };
    }
    if spaced || introduces(last) { Ok(()) } else { Err(Lost::Wrapped) }
}

/// Whether what follows this mark directly, without a space, is a new beginning and not wrapped by it.
fn introduces(mark: char) -> bool {
    matches!(mark, ':' | '.' | ',' | ';' | '!' | '?' | '…' | '-' | '–' | '—')
        || matches!(mark, '：' | '。' | '，' | '；' | '！' | '？' | '、')
}

/// Whether `text` ends inside a Markdown code fence.
pub(super) fn ends_in_fence(text: &str) -> bool {
    let mut open: Option<(char, usize)> = None;
    for line in text.lines() {
        let Some((mark, length, bare)) = fence(line) else { continue };
        open = match open {
            None => Some((mark, length)),
            Some((opened, least)) if mark == opened && length >= least && bare => None,
            Some(inside) => Some(inside),
        };
    }
    open.is_some()
}

/// The mark of a line that opens or closes a code fence, how often it stands there, and whether nothing follows it.
fn fence(line: &str) -> Option<(char, usize, bool)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = line.trim_start_matches(mark);
    let length = line.len() - rest.len();
    // A backtick behind the mark makes it code within a line.
    (length >= 3 && !(mark == '`' && rest.contains('`'))).then_some((mark, length, rest.is_empty()))
}
