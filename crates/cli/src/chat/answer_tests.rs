//! What an answer keeps of its events.

use super::*;

fn event(id: u64, name: &str, data: Value) -> Event {
    Event { id, name: name.to_owned(), data }
}

fn handed(how: &str) -> Value {
    json!({"from": "a/x", "to": "b/y", "reason": "cut_off", "words": "stopped", "how": how, "delivered_tokens": 2,
           "model": "served-name"})
}

fn after(events: &[(&str, Value)]) -> Answer {
    let mut answer = Answer::default();
    for (id, (name, data)) in (0..).zip(events) {
        answer.take(&event(id, name, data.clone()));
    }
    answer
}

#[test]
fn an_event_that_comes_twice_after_a_lost_connection_is_taken_once() {
    let mut answer = Answer::default();
    assert!(answer.take(&event(0, "asked", json!({"request_id": "r"}))));
    assert!(answer.take(&event(1, "text", json!({"text": "one"}))));
    assert!(!answer.take(&event(1, "text", json!({"text": "one"}))));
    assert!(answer.take(&event(2, "text", json!({"text": " two"}))));
    assert_eq!((answer.text.as_str(), answer.request_id.as_str()), ("one two", "r"));
}

#[test]
fn a_late_error_does_not_make_a_good_answer_a_bad_one() {
    let mut answer = after(&[("text", json!({"text": "all"})), ("done", json!({"finish_reason": "stop"}))]);
    assert!(!answer.take(&event(9, "error", json!({"kind": "cut_off", "message": "late"}))));
    answer.give_up("lost", "later", None);
    assert!(matches!(answer.end, Some(End::Done)));
    assert!(answer.json().get("error").is_none());
}

#[test]
fn a_program_is_told_of_hand_overs_in_every_answer() {
    assert_eq!(Answer::default().json()["hand_overs"], json!([]));
    let story = json!({"served": "b/y", "model": "served-name", "signal": "2", "attempts": 2, "reason": null,
                       "prompt_tokens": 9, "completion_tokens": 4});
    let answer = after(&[
        ("text", json!({"text": "one two"})),
        ("hand_over", handed("prefill")),
        ("text", json!({"text": " three"})),
        ("done", json!({"finish_reason": "stop", "story": story})),
    ]);
    assert_eq!(
        answer.json(),
        json!({
            "answer": "one two three", "served": "b/y", "model": "served-name", "signal": "2", "attempts": 2,
            "reason": null, "finish_reason": "stop",
            "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}, "request_id": "",
            "hand_overs": [{"from": "a/x", "to": "b/y", "reason": "cut_off", "how": "prefill",
                            "delivered_tokens": 2, "model": "served-name"}],
        })
    );
}

#[test]
fn a_beginning_that_nobody_saw_is_not_put_before_the_new_one() {
    let answer = after(&[
        ("text", json!({"text": "old"})),
        ("hand_over", handed("restart")),
        ("text", json!({"text": "new"})),
    ]);
    assert_eq!(answer.text, "new");
}

#[test]
fn what_came_of_a_broken_answer_is_kept() {
    let answer = after(&[
        ("text", json!({"text": "half"})),
        ("error", json!({"kind": "cut_off", "message": "it broke", "story": null})),
    ]);
    let told = answer.json();
    assert_eq!((&told["answer"], &told["error"]), (&json!("half"), &json!("it broke")));
}

#[test]
fn an_event_of_a_newer_gateway_loses_nothing() {
    let answer =
        after(&[("text", json!({"text": "a"})), ("novelty", json!(7)), ("text", json!({"text": "b"}))]);
    assert_eq!(answer.text, "ab");
}
