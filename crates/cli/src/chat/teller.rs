//! What a person reads of an answer while it comes: its text, the notice above it, the seam in it, the line under it,
//! and what went wrong. Pure: events go in, pieces of text come out, in the order in which they are shown.

use super::answer::{Answer, End, Event, list, number, text};
use super::join::Join;
use super::notice::{last_steps, notice};
use crate::term::clean_name;
use crate::words::{self, About, Names, Told};
use serde_json::Value;
use std::collections::HashSet;

/// About how many characters a page of a book has.
const PAGE: usize = 3000;

/// A piece of what is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Of the answer itself.
    Text(String),
    /// A line about it.
    Line(String),
}

/// Tells the answers of one conversation.
#[derive(Debug, Default)]
pub(super) struct Teller {
    pub(super) names: Names,
    /// Commands can be typed.
    pub(super) in_conversation: bool,
    /// Leads whose rest was told.
    told_rests: HashSet<String>,
    /// How the text joins the one before it, where it continues one.
    join: Option<Join>,
}

impl Teller {
    pub(super) fn new(in_conversation: bool) -> Self {
        Self { in_conversation, ..Self::default() }
    }

    /// The next answer continues this text.
    pub(super) fn continues(&mut self, before: &str) {
        self.join = Some(Join::to(before));
    }

    /// What is shown of an event that `answer` has just taken.
    pub(super) fn tell(&mut self, answer: &Answer, event: &Event) -> Vec<Shown> {
        match event.name.as_str() {
            "served" => self.notice(answer).into_iter().map(Shown::Line).collect(),
            "text" => {
                let text = text(&event.data, "text");
                let text = match &mut self.join {
                    Some(join) => join.push(text),
                    None => text.to_owned(),
                };
                if text.is_empty() { Vec::new() } else { vec![Shown::Text(text)] }
            }
            "hand_over" => {
                let (from, to) = (text(&event.data, "from"), text(&event.data, "to"));
                // The same model at another provider, or the same one once more.
                let names = Names::of([from, to]);
                let told = words::seam(&names.short(from), &names.short(to), text(&event.data, "how"));
                let mut shown = self.rest();
                shown.push(Shown::Line(format!("-- {told} --")));
                shown
            }
            _ => Vec::new(),
        }
    }

    /// What was held back of a continuation.
    fn rest(&mut self) -> Vec<Shown> {
        let rest = self.join.as_mut().map(Join::finish).filter(|rest| !rest.is_empty());
        rest.map(Shown::Text).into_iter().collect()
    }

    fn notice(&mut self, answer: &Answer) -> Vec<String> {
        let Some(notice) = notice(&answer.story, &answer.asked, &self.names) else { return Vec::new() };
        if notice.is_of_rest && !self.told_rests.insert(text(&answer.story, "lead").to_owned()) {
            return Vec::new();
        }
        let hint = notice.chosen.as_deref().filter(|_| self.in_conversation).map(words::notice::only_use);
        std::iter::once(notice.text).chain(hint.map(|hint| format!("  help: {hint}"))).collect()
    }

    /// What stands under an answer that has ended.
    pub(super) fn close(&mut self, answer: &Answer) -> Vec<Shown> {
        let mut shown = self.rest();
        self.join = None;
        let mut lines = Vec::new();
        let has_text = !answer.text.is_empty();
        let is_error = matches!(answer.end, Some(End::Error(_)));
        if has_text || !is_error {
            lines.extend(footer(answer));
        }
        match &answer.end {
            Some(End::Stopped) => lines.push(words::stopped_by_you().to_owned()),
            Some(End::Error(error)) => lines.extend(self.error(answer, error)),
            Some(End::Done) | None => {
                let has_words = !answer.text.trim().is_empty();
                lines.extend(words::finish(answer.finish.as_deref(), has_words).map(|told| {
                    let hint =
                        answer.finish.as_deref() == Some("length") && has_words && self.in_conversation;
                    if hint { format!("{told} {}", words::CONTINUE) } else { told.to_owned() }
                }));
            }
        }
        shown.extend(lines.into_iter().map(Shown::Line));
        shown
    }

    fn error(&self, answer: &Answer, error: &Value) -> Vec<String> {
        let (kind, message) = (text(error, "kind"), clean_name(text(error, "message")));
        let told = self.told(answer, error);
        let mut lines = vec![format!("error: {} {}", told.title, told.text)];
        // These tell all of it themselves, in plainer words.
        let is_told = matches!(kind, "all_failed" | "bad_request") || is_ours(error);
        if !is_told && !message.is_empty() {
            lines.push(format!("  note: {}", words::gateway_says(&message)));
        }
        lines.push(format!("  help: {}", words::remedy(kind, self.in_conversation)));
        lines
    }

    /// What an error is told as, on the screen and in a file.
    pub(super) fn told(&self, answer: &Answer, error: &Value) -> Told {
        let kind = text(error, "kind");
        let asked = self.names.short(&answer.asked);
        let last = answer.failed.last();
        let at_fault = answer.writer().or(last.map(|failed| &*failed.target));
        let model = match kind {
            "pinned_down" | "no_such_model" => asked,
            _ => at_fault.map_or(asked, |id| self.names.short(id)),
        };
        let steps = list(&answer.story, "steps");
        let code = steps.last().map(|step| text(step, "code")).or(last.map(|failed| &*failed.code));
        let mut tried: Vec<String> = last_steps(steps.iter(), "")
            .into_iter()
            .map(|step| {
                let name = self.names.short(text(step, "target"));
                words::tried(&name, words::reason(text(step, "code")), number(step, "again_in_ms"))
            })
            .collect();
        if tried.is_empty() {
            let name = |id: &str| self.names.short(id);
            tried.extend(
                answer.failed.iter().map(|f| words::tried(&name(&f.target), words::reason(&f.code), None)),
            );
        }
        let was_asked = |step: &Value| step.get("asked").and_then(Value::as_bool).unwrap_or(true);
        let message = clean_name(text(error, "message"));
        let retry = error.get("retry_in_s").and_then(Value::as_f64);
        words::error(
            kind,
            &About {
                model: &model,
                reason: words::reason(code.unwrap_or(text(error, "code"))),
                tried: &tried,
                was_asked: steps.is_empty() || steps.iter().any(was_asked),
                message: &message,
                is_ours: is_ours(error),
                has_text: !answer.text.is_empty(),
                pages: answer.length.div_ceil(PAGE).max(1),
                retry_in_ms: retry.map(|s| (s.clamp(0.0, 86_400.0) * 1000.0).round()).map(whole),
            },
        )
    }
}

/// Whether the gateway itself ended an answer: for its length, or because it was shut down.
fn is_ours(error: &Value) -> bool {
    text(error, "kind") == "cut_off" && matches!(text(error, "code"), "too_long" | "stopped")
}

/// Whole milliseconds of a time that is known to be small and not negative.
fn whole(ms: f64) -> u64 {
    std::time::Duration::try_from_secs_f64(ms / 1000.0)
        .ok()
        .and_then(|wait| u64::try_from(wait.as_millis()).ok())
        .unwrap_or(0)
}

/// The line under an answer: bars, word, model and provider, place in the chain, time.
pub(super) fn footer(answer: &Answer) -> Option<String> {
    let story = &answer.story;
    let served = answer.writer().filter(|id| !id.is_empty())?;
    let (bars, word) = words::signal(answer.signal().or(Some(handover_policy::Signal::Unrated)));
    let wrote = answer.hand_overs.iter().filter(|handed| text(handed, "how") != "restart");
    let mut writers: Vec<&str> = wrote.map(|handed| text(handed, "from")).collect();
    writers.push(served);
    writers.dedup();
    let names = Names::of(writers.iter().copied());
    let who = match writers.as_slice() {
        [only] => names.long(only),
        all => all.iter().map(|id| names.short(id)).collect::<Vec<_>>().join(" → "),
    };
    let role = match (number(story, "place"), number(story, "of")) {
        (Some(place), Some(of)) if place > 1 && writers.len() == 1 => Some(words::role(place, of)),
        _ => None,
    };
    Some(words::footer(bars, word, &who, role.as_deref(), answer.took_ms()))
}

#[cfg(test)]
#[path = "teller_tests.rs"]
mod tests;
