//! What is sent of a conversation, and what a typed line asks for.

use super::*;
use crate::chat::answer::Event;

fn turn(question: &str, text: &str, end: Option<(&str, Value)>) -> Turn {
    let mut answer = Answer::default();
    let mut id = 0;
    let mut take = |name: &str, data: Value| {
        id += 1;
        answer.take(&Event { id, name: name.to_owned(), data });
    };
    take("served", json!({"served": "b/y", "signal": "2", "place": 2, "of": 3, "took_ms": 5000}));
    if let Some((name, data)) = end {
        take(name, data);
    }
    let mut turn = Turn::of(question);
    turn.take(text, answer);
    turn
}

fn error(kind: &str) -> Option<(&str, Value)> {
    Some(("error", json!({"kind": kind, "message": "it\nbroke"})))
}

fn check(turns: &[Turn], begun: Option<&str>, expected: Value) {
    assert_eq!(Value::from(messages(turns, begun)), expected);
}

#[test]
fn what_was_said_goes_along_and_roles_take_turns() {
    let said = |role: &str, content: &str| json!({"role": role, "content": content});
    let done = || Some(("done", json!({"finish_reason": "stop"})));
    check(
        &[turn("one", "two", done()), turn("three", "", error("all_failed")), turn("four", "", None)],
        None,
        json!([said("user", "one"), said("assistant", "two"), said("user", "three\n\nfour")]),
    );
    // A message that no model could use would spoil the next one too.
    check(&[turn("one", "", error("too_long")), turn("two", "", None)], None, json!([said("user", "two")]));
    // A part of an answer is a part of the conversation.
    check(
        &[turn("one", "half", error("cut_off")), turn("two", "", None)],
        None,
        json!([said("user", "one"), said("assistant", "half"), said("user", "two")]),
    );
    check(
        &[turn("one", "half an answer", error("cut_off"))],
        Some("half an answer"),
        json!([
            said("user", "one"),
            said("assistant", "half an answer"),
            said("user", &wish("half an answer"))
        ]),
    );
}

#[test]
fn a_message_may_begin_with_a_slash_and_a_typing_error_is_no_message() {
    let check = |line: &'static str, expected: Command<'static>| assert_eq!(command(line), expected);
    check("hello /model", Command::Say("hello /model"));
    check(" two\nlines ", Command::Say("two\nlines"));
    check("//etc/hosts?", Command::Say("/etc/hosts?"));
    check("/model  gpt", Command::Model("gpt"));
    check("/model", Command::Model(""));
    check("/save my file.md", Command::Save("my file.md"));
    check("/modle", Command::Unknown("/modle"));
    check("/quit", Command::Quit);
    check("", Command::Say(""));
}
