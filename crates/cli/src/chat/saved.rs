//! A conversation as a file for people. Pure.
//!
//! It holds what its reader saw: every question and answer, where an answer was gone on with, who answered, what broke.

use super::answer::End;
use super::talk::Turn;
use super::teller::{Teller, footer};
use crate::words::{self, Names, talk};

/// The conversation as Markdown. `teller`: tells what broke as it told it on the screen.
pub(super) fn markdown(turns: &[Turn], teller: &Teller) -> String {
    let mut blocks = vec![format!("# {}", talk::TITLE)];
    for turn in turns {
        blocks.push(format!("## {}", talk::YOU));
        blocks.push(turn.question.clone());
        blocks.push(format!("## {}", talk::ASSISTANT));
        if !turn.text.trim().is_empty() {
            blocks.extend(parts(turn));
        }
        let Some(answer) = &turn.answer else { continue };
        match &answer.end {
            Some(End::Stopped) => blocks.push(format!("> {}", words::stopped_by_you())),
            Some(End::Error(error)) => {
                let told = teller.told(answer, error);
                blocks.push(format!("> {} {}", told.title, told.text));
            }
            Some(End::Done) => {
                let told = words::finish(answer.finish.as_deref(), !turn.text.trim().is_empty());
                blocks.extend(told.map(|told| format!("> {told}")));
            }
            None => {}
        }
        blocks.extend(footer(answer).map(|line| format!("*{line}*")));
    }
    blocks.join("\n\n") + "\n"
}

/// The answer's text, and between its parts a line that says why they are two.
fn parts(turn: &Turn) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut from = 0;
    for seam in &turn.seams {
        blocks.push(part(&turn.text, from, seam.at));
        let names = Names::of([&seam.from, &seam.to].into_iter().flatten().map(String::as_str));
        let name = |id: &Option<String>| id.as_ref().map(|id| names.short(id));
        let (before, after) = (name(&seam.from), name(&seam.to));
        blocks.push(format!("*{}*", words::wished_seam(before.as_deref(), after.as_deref())));
        from = seam.at;
    }
    blocks.push(part(&turn.text, from, turn.text.len()));
    blocks
}

/// A part of a text that can stand alone: one that begins or ends within a block of code has the block's marks.
fn part(text: &str, from: usize, to: usize) -> String {
    let (before, part) = (text.get(..from).unwrap_or_default(), text.get(from..to).unwrap_or_default());
    let opened = open_fence(before).map(|line| format!("{line}\n")).unwrap_or_default();
    // Space that only joined it to the words before.
    let part = if from > 0 && opened.is_empty() { part.trim_start() } else { part };
    let part = format!("{opened}{part}");
    match open_fence(&part) {
        Some(line) => format!("{}\n{}", part.trim_end(), fence(line)),
        None => part,
    }
}

/// The line that opens a block of code which the text leaves open. It would swallow the rest of the file.
fn open_fence(text: &str) -> Option<&str> {
    let mut open: Option<&str> = None;
    for line in text.lines().map(str::trim_start) {
        match open {
            Some(begun) if line.trim_end() == fence(begun) => open = None,
            None if fence(line).len() >= 3 => open = Some(line),
            _ => {}
        }
    }
    open
}

/// The ticks that a line begins with.
fn fence(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches('`').len()).unwrap_or_default()
}

#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
