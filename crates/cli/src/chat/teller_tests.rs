//! Whole answers as a person reads them: `|` before what is about the answer.

use super::*;
use expect_test::{Expect, expect};
use serde_json::json;

fn story(change: Value) -> Value {
    let mut story = json!({
        "id": "req_1", "asked": "default", "served": "a/x", "lead": "a/x", "place": 1, "of": 3, "signal": "4",
        "started_ms": 2, "took_ms": 5000, "began_at_ms": 1_795_356_309_230_u64, "steps": [], "hand_overs": [],
        "canary": false, "cached_age_s": null,
    });
    for (name, value) in change.as_object().unwrap() {
        story[name] = value.clone();
    }
    story
}

fn step(target: &str, code: &str) -> Value {
    json!({"target": target, "code": code, "words": code, "asked": true, "at_ms": 2, "took_ms": 900, "again_in_ms": null})
}

fn ended(name: &'static str, data: Value) -> (&'static str, Value) {
    (name, data)
}

fn read(teller: &mut Teller, events: &[(&str, Value)]) -> String {
    let question = super::super::answer::Question {
        key: String::new(),
        model: "default".to_owned(),
        only: false,
        messages: Vec::new(),
    };
    let mut answer = Answer::to(&question);
    answer.waited = std::time::Duration::from_millis(3200);
    let mut all = Vec::new();
    for (id, (name, data)) in (0..).zip(events) {
        let event = Event { id, name: (*name).to_owned(), data: data.clone() };
        if answer.take(&event) {
            all.extend(teller.tell(&answer, &event));
        }
    }
    all.extend(teller.close(&answer));
    let mut read = String::new();
    for shown in all {
        match shown {
            Shown::Text(text) => read.push_str(&text),
            Shown::Line(line) => {
                let gap = if read.is_empty() || read.ends_with('\n') { "" } else { "\n" };
                read.push_str(&format!("{gap}| {line}\n"));
            }
        }
    }
    read
}

fn teller(in_conversation: bool) -> Teller {
    let mut teller = Teller::new(in_conversation);
    teller.names = Names::of(["a/x", "b/y", "c/z"]);
    teller
}

fn check(events: &[(&str, Value)], expected: &Expect) {
    expected.assert_eq(&read(&mut teller(true), events));
}

fn text(text: &str) -> (&'static str, Value) {
    ("text", json!({"text": text}))
}

#[test]
fn a_good_answer_has_one_line_under_it_and_none_above() {
    check(
        &[
            ("asked", json!({"request_id": "req_1"})),
            ("asking", json!({"target": "a/x"})),
            ("served", story(json!({}))),
            text("All"),
            text(" is well."),
            ended("done", json!({"finish_reason": "stop", "story": story(json!({}))})),
        ],
        &expect![[r#"
            All is well.
            | ▂▄▆█ Full  x · a  5.0 s
        "#]],
    );
}

#[test]
fn three_attempts_make_one_notice() {
    let by_backup = story(json!({
        "served": "c/z", "place": 3, "signal": "1", "started_ms": 3100,
        "steps": [step("a/x", "overloaded"), step("a/x", "overloaded"), step("b/y", "rate_limited")],
    }));
    check(
        &[
            ("failed", json!({"target": "a/x", "code": "overloaded"})),
            ("failed", json!({"target": "b/y", "code": "rate_limited"})),
            ("served", by_backup.clone()),
            text("Short."),
            ended("done", json!({"finish_reason": "length", "story": by_backup})),
        ],
        &expect![[r#"
            | Answered by a backup. x was overloaded and y was rate-limited, so z answered. Added 3.1 s.
            Short.
            | ▂░░░ Basic  z · c (backup 3 of 3)  5.0 s
            | The answer reached the length limit. /continue goes on.
        "#]],
    );
}

#[test]
fn a_resting_lead_is_told_once_in_a_conversation() {
    let mut rests = step("a/x", "resting");
    rests["asked"] = json!(false);
    let by_backup = story(json!({"served": "b/y", "place": 2, "signal": "2", "steps": [rests]}));
    let events = [
        ("served", by_backup.clone()),
        text("Yes."),
        ended("done", json!({"finish_reason": "stop", "story": by_backup})),
    ];
    let mut teller = teller(true);
    expect![[r#"
        | x is resting, so y answered.
        Yes.
        | ▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s
        Yes.
        | ▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s
    "#]]
    .assert_eq(&format!("{}{}", read(&mut teller, &events), read(&mut teller, &events)));
}

fn seam(how: &str) -> (&'static str, Value) {
    ("hand_over", json!({"from": "a/x", "to": "b/y", "how": how, "reason": "cut_off", "model": "y"}))
}

#[test]
fn the_place_where_another_model_goes_on_is_seen() {
    let wrote = story(json!({"served": "b/y", "signal": "2", "place": 2,
                             "hand_overs": [{"from": "a/x", "to": "b/y", "how": "prefill", "at_ms": 900}]}));
    let done = ended("done", json!({"finish_reason": "stop", "story": wrote}));
    let began = ("served", story(json!({})));
    check(
        &[began.clone(), text("one two"), seam("prefill"), text(" three"), done.clone()],
        &expect![[r#"
            one two
            | -- x stopped here · y continued --
             three
            | ▂▄░░ Reduced  x → y  5.0 s
        "#]],
    );
    check(
        &[began, seam("restart"), text("new"), done],
        &expect![[r#"
        | -- x stopped · y started again --
        new
        | ▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s
    "#]],
    );
}

#[test]
fn every_error_keeps_what_came_and_says_what_to_do() {
    let failed = ("failed", json!({"target": "a/x", "code": "overloaded"}));
    let error = |kind: &str, story: Value| {
        ended(
            "error",
            json!({"kind": kind, "message": "The gateway's words.", "story": story, "retry_in_s": null}),
        )
    };
    let cut = [
        ("served", story(json!({}))),
        text("half"),
        error("cut_off", story(json!({"outcome": "interrupted"}))),
    ];
    check(
        &cut,
        &expect![[r#"
        half
        | ▂▄▆█ Full  x · a  5.0 s
        | error: The answer was cut off. x stopped sending and no other model went on. The text above is kept.
        |   note: the gateway says: The gateway's words.
        |   help: /continue goes on, /again starts over
    "#]],
    );
    let mut limited = step("b/y", "rate_limited");
    limited["again_in_ms"] = json!(20_000);
    let nobody =
        story(json!({"served": null, "steps": [step("a/x", "overloaded"), limited, step("c/z", "dns")]}));
    check(
        &[failed.clone(), error("all_failed", nobody.clone())],
        &expect![[r#"
        | error: No model could answer. Tried 3: x overloaded, y rate-limited (free in 20 s), z not reachable. Your message is kept.
        |   help: /again tries again, /model chooses another model
    "#]],
    );
    expect![[r#"
        | error: No model could answer. Tried 3: x overloaded, y rate-limited (free in 20 s), z not reachable. Your message is kept.
        |   help: ask again, or choose another model with --model
    "#]]
    .assert_eq(&read(&mut teller(false), &[error("all_failed", nobody)]));
    check(
        &[failed.clone(), ended("error", json!({"kind": "pinned_down", "message": "m", "retry_in_s": 12.0}))],
        &expect![[r#"
            | error: default is not available. It is overloaded. You asked for only this model. Trying may help in 12 s.
            |   note: the gateway says: m
            |   help: /again tries again, /only lets a backup answer
        "#]],
    );
    for kind in ["too_long", "refused", "bad_request", "no_such_model", "config", "offline", "lost", "busy"] {
        let told = read(&mut teller(true), &[failed.clone(), error(kind, Value::Null)]);
        assert!(told.starts_with("| error: ") && told.contains("|   help: "), "{told}");
    }
}

#[test]
fn an_answer_that_was_stopped_keeps_its_text() {
    check(
        &[
            ("served", story(json!({}))),
            text("half"),
            ended("stopped", json!({"story": story(json!({"outcome": "cancelled"}))})),
        ],
        &expect![[r#"
            half
            | ▂▄▆█ Full  x · a  5.0 s
            | Stopped by you.
        "#]],
    );
}

#[test]
fn an_answer_whose_end_nobody_told_has_the_time_that_it_was_waited_for() {
    let so_far = story(json!({"outcome": "answering", "took_ms": 0}));
    check(
        &[
            ("served", so_far),
            text("half"),
            ended("error", json!({"kind": "lost", "message": "There is no answer here."})),
        ],
        &expect![[r#"
            half
            | ▂▄▆█ Full  x · a  3.2 s
            | error: The connection to this answer was lost. The gateway no longer has it. The text above is kept.
            |   note: the gateway says: There is no answer here.
            |   help: /continue goes on, /again starts over
        "#]],
    );
}

#[test]
fn an_answer_without_a_word_is_no_blank_line() {
    let check = |text: &str, finish: &str, expected: &Expect| {
        let story = story(json!({}));
        let done = ended("done", json!({"finish_reason": finish, "story": story}));
        let text = ("text", json!({"text": text}));
        expected.assert_eq(&read(&mut teller(true), &[("served", story), text, done]));
    };
    check(
        "",
        "stop",
        &expect![[r#"
        | ▂▄▆█ Full  x · a  5.0 s
        | The model wrote nothing.
    "#]],
    );
    check(
        "\n",
        "stop",
        &expect![[r#"

        | ▂▄▆█ Full  x · a  5.0 s
        | The model wrote nothing.
    "#]],
    );
    check(
        "",
        "tool_calls",
        &expect![[r#"
        | ▂▄▆█ Full  x · a  5.0 s
        | The model asked for a tool, which this chat does not have.
    "#]],
    );
    check(
        "",
        "length",
        &expect![[r#"
        | ▂▄▆█ Full  x · a  5.0 s
        | The answer reached the length limit.
    "#]],
    );
    check(
        "I need a tool.",
        "tool_calls",
        &expect![[r#"
        I need a tool.
        | ▂▄▆█ Full  x · a  5.0 s
    "#]],
    );
}

#[test]
fn the_gateways_own_limit_is_not_blamed_on_the_model() {
    let check = |code: &str, message: &str, expected: &Expect| {
        let story = story(json!({"outcome": "interrupted"}));
        let error = json!({"kind": "cut_off", "message": message, "code": code, "story": story});
        expected
            .assert_eq(&read(&mut teller(true), &[("served", story), text("half"), ended("error", error)]));
    };
    check(
        "too_long",
        "The answer is longer than can be kept here.",
        &expect![[r#"
        half
        | ▂▄▆█ Full  x · a  5.0 s
        | error: The answer was cut off. The answer is longer than can be kept here.
        |   help: /continue goes on, /again starts over
    "#]],
    );
    check(
        "stopped",
        "The gateway was stopped in the middle of the answer.",
        &expect![[r#"
        half
        | ▂▄▆█ Full  x · a  5.0 s
        | error: The answer was cut off. The gateway was stopped in the middle of the answer.
        |   help: /continue goes on, /again starts over
    "#]],
    );
    check(
        "stalled",
        "It sent nothing for 2 s.",
        &expect![[r#"
        half
        | ▂▄▆█ Full  x · a  5.0 s
        | error: The answer was cut off. x stopped sending and no other model went on. The text above is kept.
        |   note: the gateway says: It sent nothing for 2 s.
        |   help: /continue goes on, /again starts over
    "#]],
    );
}

#[test]
fn a_continuation_does_not_repeat_the_words_that_it_was_asked_to() {
    let mut teller = teller(true);
    teller.continues("one two three four five six");
    let events = [
        ("served", story(json!({}))),
        text("one two three"),
        text(" four five six seven"),
        ended("done", json!({"finish_reason": "stop", "story": story(json!({}))})),
    ];
    expect![[r#"
         seven
        | ▂▄▆█ Full  x · a  5.0 s
    "#]]
    .assert_eq(&read(&mut teller, &events));
}
