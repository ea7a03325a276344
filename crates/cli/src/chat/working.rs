//! The line that says what is being done for an answer, and names who is asked. Pure.

use super::answer::Answer;
use crate::words::{self, Names, working as say};
use std::time::Duration;

/// Whatever is quicker needs no line that flashes.
pub(super) const FLASH: Duration = Duration::from_millis(400);
/// From here on the line counts the seconds.
const COUNTED: Duration = Duration::from_secs(5);

/// What the answer waits for; a change of it begins a new count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Stage {
    asking: Option<String>,
    failed: usize,
    seen: Option<u64>,
}

impl Stage {
    pub(super) fn of(answer: &Answer) -> Self {
        Self { asking: answer.asking.clone(), failed: answer.failed.len(), seen: answer.seen }
    }
}

/// The line, when nothing has changed for so long; nothing while words come.
pub(super) fn line(answer: &Answer, is_thinking: bool, since: Duration, names: &Names) -> Option<String> {
    let counted = (since >= COUNTED).then_some(since.as_secs());
    let count = |line: String| Some(counted.map_or(line.clone(), |seconds| say::since(&line, seconds)));
    if answer.seen.is_none() {
        return count(say::sending());
    }
    let writer = answer.writer();
    let asking = answer.asking.as_deref();
    let last = answer.failed.last();
    let goes_on = writer.is_some()
        && (asking == writer || asking.is_none() && last.is_none_or(|f| Some(&*f.target) != writer));
    if answer.has_begun && goes_on {
        let writer = names.short(writer.unwrap_or_default());
        return match counted {
            _ if is_thinking && answer.text.is_empty() => count(say::thinking(&writer)),
            Some(seconds) => Some(say::silent(&writer, seconds)),
            None => None,
        };
    }
    count(match (asking, last) {
        (None, None) => say::looking(),
        (None, Some(failed)) => {
            say::failed_waiting(&names.short(&failed.target), words::reason(&failed.code))
        }
        (Some(asking), None) => say::asking(&names.short(asking)),
        (Some(asking), Some(failed)) if failed.target == asking => {
            say::asking_again(&names.short(asking), words::reason(&failed.code))
        }
        (Some(asking), Some(failed)) => say::failed_asking(
            &names.short(&failed.target),
            words::reason(&failed.code),
            &names.short(asking),
        ),
    })
}
