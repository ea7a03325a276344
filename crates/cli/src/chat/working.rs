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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::answer::Event;
    use serde_json::{Value, json};

    fn check(events: &[(&str, Value)], since_s: u64, expected: Option<&str>) {
        let mut answer = Answer::default();
        for (id, (name, data)) in (0..).zip(events) {
            answer.take(&Event { id, name: (*name).to_owned(), data: data.clone() });
        }
        let is_thinking = events.last().is_some_and(|(name, _)| *name == "thinking");
        let names = Names::of(["a/x", "b/y"]);
        let line = line(&answer, is_thinking, Duration::from_secs(since_s), &names);
        assert_eq!(line.as_deref(), expected, "{events:?}");
    }

    #[test]
    fn the_line_always_names_who_is_being_asked() {
        let asked = || ("asked", json!({}));
        let asking = |target: &str| ("asking", json!({"target": target}));
        let failed = |target: &str| ("failed", json!({"target": target, "code": "overloaded"}));
        let served = || ("served", json!({"served": "a/x"}));
        check(&[], 0, Some("Sending…"));
        check(&[asked()], 0, Some("Looking for a model…"));
        check(&[asked(), asking("a/x")], 4, Some("Asking x…"));
        check(&[asked(), asking("a/x")], 5, Some("Asking x… 5 s"));
        check(
            &[asked(), asking("a/x"), failed("a/x")],
            0,
            Some("x is overloaded. Looking for another model…"),
        );
        check(&[asked(), failed("a/x"), asking("a/x")], 0, Some("x is overloaded. Asking it again…"));
        check(&[asked(), failed("a/x"), asking("b/y")], 0, Some("x is overloaded. Asking y…"));
        check(&[asked(), failed("a/x"), asking("b/y")], 7, Some("x is overloaded. Asking y… 7 s"));
        check(&[asked(), asking("a/x"), served(), ("thinking", json!({}))], 1, Some("x is thinking…"));
        check(&[asked(), asking("a/x"), served()], 1, None);
        check(&[asked(), asking("a/x"), served()], 6, Some("x has written nothing for 6 s…"));
        // In mid-answer, too.
        check(
            &[asked(), asking("a/x"), served(), failed("a/x"), asking("b/y")],
            0,
            Some("x is overloaded. Asking y…"),
        );
    }
}
