//! Saved conversations, whole.

use super::*;
use crate::chat::answer::{Answer, Event};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::time::Duration;

/// The last event of an answer.
type Ended = Option<(&'static str, Value)>;

/// An answer that ended so; without an end, as it stands when the gateway has forgotten it.
fn answer(served: &str, text: &str, end: Ended) -> Answer {
    let mut answer = Answer { waited: Duration::from_millis(3200), ..Answer::default() };
    let story =
        json!({"served": served, "signal": "2", "place": 2, "of": 3, "took_ms": 0, "outcome": "answering"});
    let text = ("text", json!({"text": text}));
    let events = [Some(("served", story.clone())), Some(text), end].into_iter().flatten();
    for (id, (name, mut data)) in (0..).zip(events) {
        if data.get("story") == Some(&json!("whole")) {
            data["story"] = story.clone();
            data["story"]["took_ms"] = json!(5000);
            data["story"]["outcome"] = json!("complete");
        }
        answer.take(&Event { id, name: name.to_owned(), data });
    }
    let raw = "There is no answer `43ee7b5c` here. An answer is kept for 2 minutes after its end.";
    answer.give_up("lost", raw, Some("not_found"));
    answer
}

fn done() -> Ended {
    Some(("done", json!({"finish_reason": "stop", "story": "whole"})))
}

fn stopped() -> Ended {
    Some(("stopped", json!({"story": "whole"})))
}

fn turn(question: &str, answers: &[(&str, &str, Ended)]) -> Turn {
    let mut turn = Turn::of(question);
    for (served, text, end) in answers {
        turn.take(text, answer(served, text, end.clone()));
    }
    turn
}

fn check(turns: &[Turn], expected: &Expect) {
    expected.assert_eq(&markdown(turns, &Teller::new(true)));
}

#[test]
fn a_saved_conversation_says_who_answered_and_what_broke() {
    let error = Some(("error", json!({"kind": "cut_off", "message": "it\nbroke", "story": "whole"})));
    check(
        &[
            turn("one", &[("b/y", "two\n```rust\nlet a = 1;", done())]),
            turn("three", &[("b/y", "half", error)]),
            turn("four", &[("b/y", "", stopped())]),
            turn("five", &[("b/y", " ", done())]),
        ],
        &expect![[r#"
            # Conversation

            ## You

            one

            ## Assistant

            two
            ```rust
            let a = 1;
            ```

            *▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s*

            ## You

            three

            ## Assistant

            half

            > The answer was cut off. y stopped sending and no other model went on. The text above is kept.

            *▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s*

            ## You

            four

            ## Assistant

            > Stopped by you.

            *▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s*

            ## You

            five

            ## Assistant

            > The model wrote nothing.

            *▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s*
        "#]],
    );
}

#[test]
fn an_answer_that_the_gateway_lost_is_saved_in_words_and_with_its_time() {
    check(
        &[turn("one", &[("b/y", "half", None)])],
        &expect![[r#"
        # Conversation

        ## You

        one

        ## Assistant

        half

        > The connection to this answer was lost. The gateway no longer has it. The text above is kept.

        *▂▄░░ Reduced  y · b (backup 2 of 3)  3.2 s*
    "#]],
    );
}

#[test]
fn a_saved_answer_shows_where_it_was_gone_on_with() {
    check(
        &[
            turn("one", &[("b/y", "two three", stopped()), ("b/y", " four", None), ("a/y", " five", done())]),
            // Its second half is code, too.
            turn(
                "six",
                &[("b/y", "```rust\nlet a = 1;\n", stopped()), ("c/z", "    let b = 2;\n```\n", done())],
            ),
            // Of a continuation that brought nothing there is no place.
            turn("seven", &[("b/y", "eight", stopped()), ("b/y", "", stopped())]),
        ],
        &expect![[r#"
            # Conversation

            ## You

            one

            ## Assistant

            two three

            *y stopped here · y continued, as you asked*

            four

            *b/y stopped here · a/y continued, as you asked*

            five

            *▂▄░░ Reduced  y · a (backup 2 of 3)  5.0 s*

            ## You

            six

            ## Assistant

            ```rust
            let a = 1;
            ```

            *y stopped here · z continued, as you asked*

            ```rust
                let b = 2;
            ```


            *▂▄░░ Reduced  z · c (backup 2 of 3)  5.0 s*

            ## You

            seven

            ## Assistant

            eight

            > Stopped by you.

            *▂▄░░ Reduced  y · b (backup 2 of 3)  5.0 s*
        "#]],
    );
}
