//! `handover why`: the story of one request, in words.

use crate::gateway::{Absent, Gateway};
use crate::term::{fail, out};
use crate::units::{day, human_ms, time_of_day};
use handover_policy::Signal;
use http::StatusCode;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `why`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The request's id, from the header `x-handover-request-id` or the log [default: the latest request]
    id: Option<String>,
    /// Write the story as JSON
    #[arg(long)]
    json: bool,
    /// The configuration, for the gateway's address
    #[arg(long)]
    config: Option<PathBuf>,
    /// The gateway's address [default: the configuration's `listen`]
    #[arg(long, env = "HANDOVER_URL", value_name = "URL")]
    url: Option<String>,
}

pub(crate) fn run(args: Args) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(why(args)),
        Err(e) => fail(&format!("the runtime could not be started: {e}")),
    }
}

async fn why(args: Args) -> ExitCode {
    let gateway = match Gateway::running(args.url.as_deref(), args.config.as_deref()).await {
        Ok(gateway) => gateway,
        Err(Absent::Unknown(code)) => return code,
        Err(Absent::Silent(why)) => return fail(&why),
    };
    match story(&gateway, args.id.as_deref()).await {
        Ok(story) if args.json => {
            out(&format!("{story:#}\n"));
            ExitCode::SUCCESS
        }
        Ok(story) => {
            out(&tell(&story));
            ExitCode::SUCCESS
        }
        Err(why) => fail(&why),
    }
}

async fn story(gateway: &Gateway, id: Option<&str>) -> Result<Value, String> {
    let Some(id) = id else {
        let (_, list) = gateway.get_json("/api/requests?limit=1").await?;
        let latest = list.pointer("/requests/0").cloned();
        return latest.ok_or_else(|| {
            "no request has ended since the gateway was started\n  help: ask something first, as in `handover chat \"Say hello\"`"
                .to_owned()
        });
    };
    // An id goes into a path, so it must look like one.
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        return Err(format!(
            "`{}` is no request id\n  help: an id looks like req_ and 24 letters and digits",
            id.escape_debug()
        ));
    }
    match gateway.get_json(&format!("/api/requests/{id}")).await? {
        (StatusCode::OK, story) => Ok(story),
        (StatusCode::NOT_FOUND, _) => Err(format!(
            "the gateway at {} does not know the request {id}\n  help: it keeps the last 500 since its start, once they have ended; older ones are in its log",
            gateway.address()
        )),
        (status, told) => {
            let message = told.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
            Err(format!("the gateway at {} answered {status} {message}", gateway.address()))
        }
    }
}

/// The story in words: a line per step, in the order of time.
fn tell(story: &Value) -> String {
    let story = Story(story);
    let began = story.number("began_at_ms").unwrap_or(0);
    let mut lines: Vec<(u64, String)> = vec![(0, story.beginning())];
    lines.extend(story.steps().map(|step| (step.number("at_ms").unwrap_or(0), step.told())));
    if let Some(serving) = story.serving() {
        lines.push((story.number("started_ms").unwrap_or(0), serving));
    }
    // Two targets can be asked at once; what began first is told first.
    lines.sort_by_key(|(at, _)| *at);
    lines.push((story.number("took_ms").unwrap_or(0), story.ending()));
    let mut text = format!("request {} of {}, times in UTC\n", story.text("id"), day(began));
    for (at, line) in lines {
        text.push_str(&format!("{}  {line}\n", time_of_day(began + at)));
    }
    text
}

/// A story, or a step of one, as the gateway tells it.
#[derive(Clone, Copy)]
struct Story<'a>(&'a Value);

impl<'a> Story<'a> {
    fn text(self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    fn is(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn steps(self) -> impl Iterator<Item = Story<'a>> {
        self.0.get("steps").and_then(Value::as_array).into_iter().flatten().map(Story)
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
    fn key(self) -> String {
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
    fn serving(self) -> Option<String> {
        let target = self.text("served");
        if target.is_empty() || self.number("cached_age_s").is_some() {
            return None;
        }
        let since = |at: &str| {
            let started = self.number("started_ms").unwrap_or(0);
            self.number(at).map(|at| human_ms(at.saturating_sub(started)))
        };
        let mut parts = vec!["answered".to_owned()];
        if let Some(first) = since("first_token_ms").filter(|_| self.is("stream")) {
            parts.push(format!("first token after {first}"));
        }
        if let Some(tokens) = self.number("completion_tokens") {
            parts.push(format!("{tokens} tokens"));
        }
        if let Some(took) = since("took_ms") {
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

    fn ending(self) -> String {
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
                    match self.lead_that_failed() {
                        Some(lead) => format!(
                            "answered by {by}{served} ({signal}), after {took}; why not {}: {}",
                            lead.text("target"),
                            lead.text("words")
                        ),
                        None => format!("answered by {served} ({signal}) after {took}"),
                    }
                }
            },
            "interrupted" => format!(
                "the answer of {served} broke off ({}); the caller was told so",
                reason(self.text("error"))
            ),
            "cancelled" => format!("the caller left after {took}"),
            _ => {
                let status = self.number("status").unwrap_or(0);
                let error = self.text("error");
                let said = if error.is_empty() { String::new() } else { format!(": {error}") };
                format!("nobody answered; the caller was told {status}{said}")
            }
        }
    }

    /// The first in line, when another target served in its place.
    fn lead_that_failed(self) -> Option<Story<'a>> {
        self.steps().find(|step| step.text("target") != self.text("served"))
    }
}

/// The words of `code: words`.
fn reason(error: &str) -> &str {
    error.split_once(": ").map_or(error, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    /// A request as the gateway tells it, with what this one changes.
    fn check(change: &Value, expected: &Expect) {
        let mut story = json!({
            "id": "req_1", "began_at_ms": 1_795_356_309_230_u64, "asked": "default", "route": "default",
            "served": "openai/gpt-4o-mini", "key": 1, "signal": "4", "outcome": "complete", "status": 200,
            "stream": true, "canary": false, "cached_age_s": null, "started_ms": 2, "first_token_ms": 402,
            "took_ms": 3100, "completion_tokens": 212, "dropped": null, "error": null, "steps": [],
        });
        for (name, value) in change.as_object().unwrap() {
            story[name] = value.clone();
        }
        expected.assert_eq(&tell(&story));
    }

    fn step(target: &str, key: Option<u64>, at: u64, code: &str, words: &str, took: u64) -> Value {
        json!({"target": target, "key": key, "at_ms": at, "took_ms": took, "code": code, "words": words,
               "asked": took > 0, "again_in_ms": (code == "resting").then_some(12_000)})
    }

    #[test]
    fn a_good_day_is_told_in_three_lines() {
        check(
            &json!({}),
            &expect![[r#"
                request req_1 of 2026-11-22, times in UTC
                14:05:09.230  asked for default
                14:05:09.232  asked openai/gpt-4o-mini (key 1): answered, first token after 0.4 s, 212 tokens, done after 3.1 s
                14:05:12.330  answered by openai/gpt-4o-mini (▂▄▆█ Full) after 3.1 s
            "#]],
        );
    }

    #[test]
    fn every_target_that_did_not_answer_has_its_reason() {
        check(
            &json!({
                "asked": "gpt-4o", "served": "local/small", "key": null, "signal": "1", "started_ms": 10_903,
                "first_token_ms": 11_703, "took_ms": 14_000,
                "steps": [
                    step("openai/gpt-4o-mini", Some(1), 2, "overloaded", "overloaded (529)", 400),
                    step("openai/gpt-4o-mini", Some(2), 402, "first_token_timeout", "no first token within 10 s", 10_000),
                    step("anthropic/claude", None, 10_402, "resting", "resting after failures", 0),
                    step("cohere/command", None, 10_402, "diverted", "resting after failures", 0),
                    step("slow/one", Some(1), 10_403, "outpaced", "was slower than another", 1300),
                ],
            }),
            &expect![[r#"
                request req_1 of 2026-11-22, times in UTC
                14:05:09.230  asked for gpt-4o, route default
                14:05:09.232  asked openai/gpt-4o-mini (key 1): overloaded (529) after 0.4 s
                14:05:09.632  asked openai/gpt-4o-mini (key 2): no first token within 10 s
                14:05:19.632  passed over anthropic/claude: resting after failures, tried again in 12 s
                14:05:19.632  passed over cohere/command: it fails too often just now
                14:05:19.633  asked slow/one (key 1): was slower than another after 1.3 s
                14:05:20.133  asked local/small: answered, first token after 0.8 s, 212 tokens, done after 3.1 s
                14:05:23.230  answered by a backup, local/small (▂░░░ Basic), after 14 s; why not openai/gpt-4o-mini: overloaded (529)
            "#]],
        );
    }

    #[test]
    fn a_broken_answer_is_not_told_as_a_good_one() {
        check(
            &json!({"outcome": "interrupted", "error": "cut_off: stopped before its answer was complete"}),
            &expect![[r#"
                request req_1 of 2026-11-22, times in UTC
                14:05:09.230  asked for default
                14:05:09.232  asked openai/gpt-4o-mini (key 1): answered, first token after 0.4 s, 212 tokens, broke off after 3.1 s
                14:05:12.330  the answer of openai/gpt-4o-mini broke off (stopped before its answer was complete); the caller was told so
            "#]],
        );
    }

    #[test]
    fn a_request_that_nobody_answered_says_what_the_caller_was_told() {
        check(
            &json!({
                "served": null, "outcome": "failed", "status": 503, "error": "No model could answer.",
                "completion_tokens": null, "took_ms": 30,
                "steps": [step("openai/gpt-4o-mini", Some(1), 2, "key_refused", "refused the API key (401)", 28)],
            }),
            &expect![[r#"
                request req_1 of 2026-11-22, times in UTC
                14:05:09.230  asked for default
                14:05:09.232  asked openai/gpt-4o-mini (key 1): refused the API key (401) after 28 ms
                14:05:09.260  nobody answered; the caller was told 503: No model could answer.
            "#]],
        );
    }

    #[test]
    fn an_old_answer_is_told_as_an_old_one() {
        check(
            &json!({
                "cached_age_s": 90, "took_ms": 30, "stream": false,
                "steps": [step("openai/gpt-4o-mini", Some(1), 2, "overloaded", "overloaded (529)", 28)],
            }),
            &expect![[r#"
                request req_1 of 2026-11-22, times in UTC
                14:05:09.230  asked for default
                14:05:09.232  asked openai/gpt-4o-mini (key 1): overloaded (529) after 28 ms
                14:05:09.260  answered from the cache, because no target could answer: an answer of openai/gpt-4o-mini, 90 s old
            "#]],
        );
    }

    #[test]
    fn a_caller_that_left_is_not_taken_for_a_failure() {
        check(
            &json!({"outcome": "cancelled", "served": null, "took_ms": 1500, "canary": true,
                    "steps": [step("a/x", None, 2, "cancelled", "was given up", 1498)]}),
            &expect![[r#"
                request req_1 of 2026-11-22, times in UTC
                14:05:09.230  asked for default; a backup comes first this time, to see that it works
                14:05:09.232  asked a/x: was given up after 1.5 s
                14:05:10.730  the caller left after 1.5 s
            "#]],
        );
    }
}
