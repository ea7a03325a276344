//! The one notice above an answer: who answered in whose place, and why. Nothing when the lead answered.
//!
//! It tells what happened before the first word; a change of the writer in mid-answer is told by the seam there. The
//! page decides by the same rules.

use super::answer::{list, number, text};
use crate::term::clean_name;
use crate::units::time_of_day;
use crate::words::{self, Names, notice as say};
use serde_json::Value;

/// Another provider of the same model is worth a notice only when it took this long, in milliseconds.
const WORTH_TELLING_MS: u64 = 2000;
/// Less is not felt.
const FELT_MS: u64 = 100;

/// What is said above an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) text: String,
    /// The lead rests and was not asked: said once per conversation.
    pub(super) is_of_rest: bool,
    /// The model that was chosen and did not answer.
    pub(super) chosen: Option<String>,
}

impl Notice {
    fn of(text: String) -> Option<Self> {
        Some(Self { text, is_of_rest: false, chosen: None })
    }
}

/// `story`: the gateway's record so far. `asked`: what was asked for.
pub(super) fn notice(story: &Value, asked: &str, names: &Names) -> Option<Notice> {
    let served = began_by(story)?;
    let name = |id: &str| names.short(id);
    if let Some(age) = number(story, "cached_age_s") {
        let nobody = !list(story, "steps").is_empty();
        return Notice::of(if nobody { say::cached(age * 1000) } else { say::kept(age * 1000) });
    }
    let began_ms = began_at(story);
    // What failed later, in mid-answer, is the seam's to tell.
    let before = list(story, "steps").iter().filter(|step| number(step, "at_ms").unwrap_or(0) <= began_ms);
    let failed = last_steps(before, served);
    let reason = |step: &Value| words::reason(text(step, "code"));
    if let Some(step) = failed.iter().find(|step| text(step, "target") == asked) {
        let told = say::chosen(&name(asked), reason(step), &name(served));
        return Some(Notice { text: told, is_of_rest: false, chosen: Some(name(asked)) });
    }
    if story.get("lead").and_then(Value::as_str) == Some(served) || asked == served {
        return None;
    }
    if story.get("canary").and_then(Value::as_bool).unwrap_or(false) {
        return Notice::of(say::canary(&name(served)));
    }
    let first = failed.first()?;
    let (lead, code) = (text(first, "target"), text(first, "code"));
    let was_asked = |step: &Value| step.get("asked").and_then(Value::as_bool).unwrap_or(true);
    let added = (began_ms >= FELT_MS).then_some(began_ms);
    if failed.len() == 1 && Names::are_alike(lead, served) {
        let is_worth_it = was_asked(first) && began_ms >= WORTH_TELLING_MS;
        let told = say::other_provider(&names.provider(lead), reason(first), &names.provider(served), added);
        return Notice::of(told).filter(|_| is_worth_it);
    }
    if matches!(code, "resting" | "off") && !failed.iter().any(|step| was_asked(step)) {
        let told = if code == "off" {
            say::off(&name(lead), &name(served))
        } else {
            say::resting(&name(lead), until(story, first).as_deref(), &name(served))
        };
        return Some(Notice { text: told, is_of_rest: true, chosen: None });
    }
    let told: Vec<(String, &str)> =
        failed.iter().map(|step| (name(text(step, "target")), reason(step))).collect();
    Notice::of(say::backup(&told, &name(served), added))
}

/// Who began the answer that the reader sees.
fn began_by(story: &Value) -> Option<&str> {
    let seen = list(story, "hand_overs").iter().find(|handed| text(handed, "how") != "restart");
    let first = seen.map(|handed| text(handed, "from"));
    first.or_else(|| story.get("served").and_then(Value::as_str)).filter(|id| !id.is_empty())
}

/// When the one that began the answer was asked, in milliseconds since the request came.
fn began_at(story: &Value) -> u64 {
    let again = list(story, "hand_overs").iter().rfind(|handed| text(handed, "how") == "restart");
    again.map_or_else(|| number(story, "started_ms"), |handed| number(handed, "at_ms")).unwrap_or(0)
}

/// Why each target did not begin the answer: its last word on it, in the order in which they were first tried.
pub(super) fn last_steps<'a>(steps: impl Iterator<Item = &'a Value>, served: &str) -> Vec<&'a Value> {
    let mut last: Vec<&Value> = Vec::new();
    for step in steps.filter(|step| text(step, "target") != served) {
        match last.iter_mut().find(|other| text(other, "target") == text(step, "target")) {
            Some(other) => *other = step,
            None => last.push(step),
        }
    }
    last
}

/// The time of day when it is tried again; minutes are exact enough.
fn until(story: &Value, step: &Value) -> Option<String> {
    let at = number(story, "began_at_ms")? + number(step, "at_ms")? + number(step, "again_in_ms")?;
    Some(clean_name(&format!("{} UTC", time_of_day(at).get(..5)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(target: &str, code: &str, asked: bool, at: u64) -> Value {
        json!({"target": target, "code": code, "asked": asked, "at_ms": at, "took_ms": 900,
               "again_in_ms": (code == "resting").then_some(240_000)})
    }

    fn check(change: Value, expected: Option<&str>) -> Option<Notice> {
        let mut story = json!({
            "served": "b/y", "lead": "a/x", "started_ms": 3100, "began_at_ms": 1_795_356_309_230_u64,
            "steps": [step("a/x", "overloaded", true, 2)], "hand_overs": [], "canary": false, "cached_age_s": null,
        });
        let asked = change.get("asked").and_then(Value::as_str).unwrap_or("default").to_owned();
        for (name, value) in change.as_object().unwrap() {
            story[name] = value.clone();
        }
        let names = Names::of(["a/x", "b/y", "c/z", "d/x"]);
        let told = notice(&story, &asked, &names);
        assert_eq!(told.as_ref().map(|notice| notice.text.as_str()), expected, "{change}");
        told
    }

    #[test]
    fn an_answer_of_another_model_never_comes_without_a_word() {
        check(json!({}), Some("Answered by a backup. a/x was overloaded, so y answered. Added 3.1 s."));
        let two = [
            step("a/x", "overloaded", true, 2),
            step("a/x", "rate_limited", true, 9),
            step("c/z", "stalled", true, 50),
        ];
        check(
            json!({"steps": two, "started_ms": 60}),
            Some("Answered by a backup. a/x was rate-limited and z was too slow, so y answered."),
        );
        let chosen = check(json!({"asked": "a/x"}), Some("You chose a/x. It was overloaded, so y answered."));
        assert_eq!(chosen.unwrap().chosen.as_deref(), Some("a/x"));
        check(
            json!({"canary": true, "steps": []}),
            Some("A routine check: y was asked although the lead is well."),
        );
        check(json!({"cached_age_s": 90}), Some("An answer kept from 90 s ago: nobody could answer now."));
        check(json!({"cached_age_s": 90, "steps": []}), Some("An answer kept from 90 s ago."));
    }

    #[test]
    fn a_lead_that_is_known_to_rest_is_told_once() {
        let rests = check(
            json!({"steps": [step("a/x", "resting", false, 2)], "started_ms": 3}),
            Some("a/x is resting until about 14:09 UTC, so y answered."),
        );
        assert!(rests.unwrap().is_of_rest);
        let off = check(
            json!({"steps": [step("a/x", "off", false, 2)], "started_ms": 3}),
            Some("a/x was put to rest by its operator, so y answered."),
        );
        assert!(off.unwrap().is_of_rest);
    }

    #[test]
    fn a_good_answer_is_not_talked_about() {
        check(json!({"served": "a/x", "steps": []}), None);
        check(json!({"served": "a/x"}), None);
        check(json!({"asked": "b/y", "steps": []}), None);
        check(json!({"served": null}), None);
        // The same model elsewhere, and nobody waited.
        check(json!({"served": "d/x", "started_ms": 1999}), None);
        check(
            json!({"served": "d/x", "started_ms": 2000}),
            Some("Answered from another provider. a was overloaded; d runs the same model. Added 2.0 s."),
        );
    }

    #[test]
    fn what_failed_in_mid_answer_is_left_to_the_seam() {
        let seam = json!({"from": "a/x", "to": "b/y", "how": "prefill", "at_ms": 3000});
        let broke = step("a/x", "stalled", true, 2);
        check(json!({"hand_overs": [seam], "steps": [broke], "started_ms": 2}), None);
    }
}
