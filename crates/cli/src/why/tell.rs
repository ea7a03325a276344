//! The story in words.

use super::seams::Seams;
use crate::units::{day, human_ms, time_of_day};
use handover_policy::Signal;
use serde_json::Value;

/// The story in words: a line per step, in the order of time.
pub(crate) fn tell(story: &Value) -> String {
    let story = Story(story);
    let began = story.number("began_at_ms").unwrap_or(0);
    let seams = Seams::of(story);
    let mut lines: Vec<(u64, String)> = vec![(0, story.beginning())];
    for step in story.steps().filter(|step| !seams.has(*step)) {
        lines.push((step.number("at_ms").unwrap_or(0), step.told()));
    }
    lines.extend(seams.first(story));
    lines.extend(seams.told(story));
    if let Some(serving) = story.serving(&seams).filter(|_| seams.are_none()) {
        lines.push((story.number("started_ms").unwrap_or(0), serving));
    }
    // Two targets can be asked at once; what began first is told first.
    lines.sort_by_key(|(at, _)| *at);
    lines.push((story.number("took_ms").unwrap_or(0), story.ending(&seams)));
    let mut text = format!("request {} of {}, times in UTC\n", story.text("id"), day(began));
    for (at, line) in lines {
        text.push_str(&format!("{}  {line}\n", time_of_day(began + at)));
    }
    text
}

/// A story, or a step of one, as the gateway tells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Story<'a>(&'a Value);

impl<'a> Story<'a> {
    pub(super) fn text(self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn number(self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    pub(super) fn is(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn list(self, name: &str) -> impl Iterator<Item = Story<'a>> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().map(Story)
    }

    pub(super) fn steps(self) -> impl Iterator<Item = Story<'a>> {
        self.list("steps")
    }

    fn within(self, name: &str) -> Option<Story<'a>> {
        self.0.get(name).filter(|value| value.is_object()).map(Story)
    }

    fn beginning(self) -> String {
        let (asked, route) = (self.text("asked"), self.text("route"));
        let mut line = format!("asked for {asked}");
        if !route.is_empty() && route != asked {
            line.push_str(&format!(", route {route}"));
        }
        if self.is("canary") {
            line.push_str("; a backup comes first this time, to see that it works");
        }
        line
    }

    /// ` (key 2)`, where the provider has keys.
    pub(super) fn key(self) -> String {
        self.number("key").map(|key| format!(" (key {key})")).unwrap_or_default()
    }

    /// A target that did not serve.
    fn told(self) -> String {
        let (target, words) = (self.text("target"), self.text("words"));
        if !self.is("asked") {
            let words = if self.text("code") == "diverted" { "it fails too often just now" } else { words };
            let again = self.number("again_in_ms").map(|ms| format!(", tried again in {}", human_ms(ms)));
            return format!("passed over {target}: {words}{}", again.unwrap_or_default());
        }
        // Words that name the time it was given need no second one.
        let says_when =
            words.contains(" within ") || words.contains("nothing for ") || words.contains("content for ");
        let took = if says_when { String::new() } else { format!(" after {}", self.took()) };
        format!("asked {target}{}: {words}{took}", self.key())
    }

    fn took(self) -> String {
        human_ms(self.number("took_ms").unwrap_or(0))
    }

    /// The target that served; nothing when nobody did, or nobody had to.
    fn serving(self, seams: &Seams<'_>) -> Option<String> {
        let target = self.text("served");
        if target.is_empty() || self.number("cached_age_s").is_some() {
            return None;
        }
        let started = self.number("started_ms").unwrap_or(0);
        let since = |at: Option<u64>| at.map(|at| human_ms(at.saturating_sub(started)));
        // The record of an answer whose end nobody told.
        let is_under_way = self.text("outcome") == "answering";
        let mut parts = vec![if is_under_way { "began to answer" } else { "answered" }.to_owned()];
        if let Some(first) = since(self.number("first_token_ms")).filter(|_| self.is("stream")) {
            parts.push(format!("first token after {first}"));
        }
        if let Some(tokens) = self.number("completion_tokens") {
            parts.push(format!("{tokens} tokens"));
        }
        let ended = seams.broke_at().or(self.number("took_ms")).filter(|_| !is_under_way);
        if let Some(took) = since(ended) {
            parts.push(match self.text("outcome") {
                "complete" => format!("done after {took}"),
                "interrupted" => format!("broke off after {took}"),
                _ => format!("stopped after {took}"),
            });
        }
        let mut line = format!("asked {target}{}: {}", self.key(), parts.join(", "));
        if !self.text("dropped").is_empty() {
            line.push_str(&format!("; it could not be told: {}", self.text("dropped")));
        }
        Some(line)
    }

    fn ending(self, seams: &Seams<'_>) -> String {
        let (served, took) = (self.text("served"), self.took());
        let signal = Signal::parse(self.text("signal")).unwrap_or(Signal::Unrated);
        let signal = format!("{} {}", signal.bars(), signal.word());
        match self.text("outcome") {
            "complete" => match self.number("cached_age_s") {
                Some(age) => {
                    let why =
                        if self.steps().next().is_some() { ", because no target could answer" } else { "" };
                    let age = human_ms(age.saturating_mul(1000));
                    format!("answered from the cache{why}: an answer of {served}, {age} old")
                }
                None => {
                    // An equal of the lead is as good as the lead.
                    let by = if self.text("signal") == "4" { "" } else { "a backup, " };
                    let before = seams.writers();
                    match self.lead_that_failed(seams) {
                        Some(lead) => format!(
                            "answered by {before}{by}{served} ({signal}), after {took}; why not {}: {}",
                            lead.text("target"),
                            lead.text("words")
                        ),
                        None if seams.are_none() => format!("answered by {served} ({signal}) after {took}"),
                        None => {
                            let tokens =
                                self.number("completion_tokens").map(|many| format!(", {many} tokens"));
                            let tokens = tokens.unwrap_or_default();
                            format!("answered by {before}{by}{served} ({signal}){tokens}, after {took}")
                        }
                    }
                }
            },
            "interrupted" => {
                let why = reason(self.text("error"));
                match self.within("stopped") {
                    Some(stopped) => {
                        let why = why.split("; not continued: ").next().unwrap_or_default();
                        let words = stopped.text("words");
                        format!(
                            "the answer of {served} broke off ({why}); no other model went on with it, because \
                             {words}; the caller was told so"
                        )
                    }
                    None => format!("the answer of {served} broke off ({why}); the caller was told so"),
                }
            }
            "cancelled" => format!("the caller left after {took}"),
            "answering" => {
                format!("the gateway told no more of it; how the answer of {served} ended is not known")
            }
            _ => {
                let status = self.number("status").unwrap_or(0);
                let error = self.text("error");
                let said = if error.is_empty() { String::new() } else { format!(": {error}") };
                format!("nobody answered; the caller was told {status}{said}")
            }
        }
    }

    /// The first in line, when another target began in its place.
    fn lead_that_failed(self, seams: &Seams<'_>) -> Option<Story<'a>> {
        let first = seams.first_target().unwrap_or(self.text("served"));
        self.steps().take_while(|step| !seams.has(*step)).find(|step| step.text("target") != first)
    }
}

/// The words of `code: words`.
fn reason(error: &str) -> &str {
    error.split_once(": ").map_or(error, |(_, words)| words)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
