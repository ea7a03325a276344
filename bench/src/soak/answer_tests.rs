//! Each improper end is one of these; a soak that cannot see them would be a test that cannot fail.

use super::*;

const WHO: [Who; 2] = [
    Who { name: "first", model: "model-a", word: "amber" },
    Who { name: "second", model: "model-b", word: "birch" },
];

const CHUNK: &str = r#"data: {"model":"model-a","choices":[{"delta":{"content":"amber begins amber-1"}}]}"#;
const END: &str =
    r#"data: {"model":"model-a","choices":[{"delta":{"content":" amber ends"},"finish_reason":"stop"}]}"#;
const ERROR: &str = r#"data: {"error":{"message":"cut off","type":"upstream_error"}}"#;

fn seen(status: u16, body: &str, whole: bool) -> Seen {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers =
        vec![header("x-handover-request-id", "req_1"), header("x-handover-served", "first/model-a")];
    Seen { status, headers, body: body.as_bytes().to_vec(), whole }
}

fn check(stream: bool, seen: &Seen, expected: &str) {
    let verdict = match judge(Caller::OpenAi, stream, seen, &WHO) {
        Ok(proper) => format!("{proper:?}"),
        Err(why) => why,
    };
    assert!(verdict.starts_with(expected), "{verdict:?}, not {expected:?}: {}", shown(&seen.body));
}

fn events(events: &[&str]) -> String {
    events.iter().map(|event| format!("{event}\n\n")).collect()
}

#[test]
fn a_stream_ends_whole_or_with_an_error_and_in_no_other_way() {
    let done = "data: [DONE]";
    let trailer = r#": handover {"served":"first/model-a","model":"model-a"}"#;
    let lie = r#": handover {"served":"second/model-b","model":"model-b"}"#;
    let other = CHUNK.replace("model-a", "model-b");
    let foreign = CHUNK.replace("amber", "birch");
    let check =
        |body: &[&str], whole, expected: &str| check(true, &seen(200, &events(body), whole), expected);
    check(&[CHUNK, END, done, trailer], true, "Whole(\"first\")");
    check(&[CHUNK, ERROR], false, "Broken(\"first\")");
    check(&[CHUNK, END, done], false, "a terminator, and an aborted body");
    check(&[CHUNK, END], true, "a clean end without a terminator");
    check(&[CHUNK, done], true, "a terminator without a reason");
    check(&[END, done], true, "first never said");
    check(&[CHUNK, CHUNK, END, done], true, "first never said");
    check(&[CHUNK, ERROR], true, "an error event, and a clean end");
    check(&[CHUNK], false, "an aborted body without an error event");
    check(&[CHUNK, ERROR, END, done], true, "something behind the end");
    check(&[CHUNK, END, done, lie], true, "the trailer says");
    check(&[&other, END, done], true, "the model is said to be");
    check(&[&foreign, END, done], true, "first never said");
    check(&[CHUNK, "data: {", done], true, "not JSON");
    check(&[CHUNK, r#"data: {"error":{}}"#], false, "a malformed error event");
    check(&[], true, "a clean end without a terminator");
}

#[test]
fn a_truncated_answer_under_a_terminator_is_noticed() {
    let finish = r#"data: {"model":"model-a","choices":[{"delta":{},"finish_reason":"stop"}]}"#;
    let body = events(&[CHUNK, finish, "data: [DONE]"]);
    check(true, &seen(200, &body, true), "an incomplete answer with a clean end");
}

#[test]
fn an_answer_at_once_is_whole_and_named() {
    let body = r#"{"model":"model-a","choices":[{"message":{"content":"amber begins amber ends"},"finish_reason":"stop"}]}"#;
    check(false, &seen(200, body, true), "Whole(\"first\")");
    check(false, &seen(200, body, false), "status 200, and the body was cut");
    check(false, &seen(200, &body.replace("model-a", "model-b"), true), "the model is said to be");
    check(false, &seen(200, &body.replace(" ends", ""), true), "an incomplete answer with a clean end");
    let mut nameless = seen(200, body, true);
    nameless.headers.pop();
    check(false, &nameless, "no x-handover-served");
}

#[test]
fn an_error_is_in_the_callers_dialect_and_can_be_traced() {
    let body = r#"{"error":{"message":"no","type":"overloaded"}}"#;
    check(true, &seen(503, body, true), "Refused(503)");
    check(true, &seen(503, body, false), "the error of status 503 was cut");
    check(true, &seen(503, "<html>", true), "not JSON");
    check(true, &seen(503, r#"{"error":{"message":"no"}}"#, true), "no error in the caller's dialect");
    check(true, &seen(302, body, true), "status 302");
    check(true, &Seen { headers: Vec::new(), ..seen(503, body, true) }, "no x-handover-request-id");
    let anthropic = judge(Caller::Anthropic, true, &seen(503, body, true), &WHO);
    assert!(anthropic.is_err(), "an OpenAI error is none for an Anthropic client");
}

#[test]
fn an_anthropic_stream_is_read_by_its_own_rules() {
    let body = events(&[
        r#"data: {"type":"message_start","message":{"model":"model-a"}}"#,
        r#"data: {"type":"content_block_delta","delta":{"text":"amber begins amber ends"}}"#,
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
        r#"data: {"type":"message_stop"}"#,
    ]);
    let verdict = |body: &str| judge(Caller::Anthropic, true, &seen(200, body, true), &WHO);
    assert_eq!(verdict(&body), Ok(Proper::Whole("first")));
    let cut = body.split_once("data: {\"type\":\"message_stop").unwrap().0;
    assert_eq!(verdict(cut), Err("a clean end without a terminator".into()));
}

#[test]
fn an_answer_that_two_wrote_is_each_ones_own_and_told() {
    let told = r#"{"event":"hand_over","from":"first/model-a","to":"second/model-b","how":"prefill","model":"model-b"}"#;
    let comment = format!(": handover {told}");
    let seam = format!(r#"data: {{"model":"model-b","choices":[],"handover":{told}}}"#);
    let next = CHUNK.replace("model-a", "model-b").replace("amber begins amber-1", " birch begins birch-1");
    let end = END.replace("model-a", "model-b").replace("amber", "birch");
    let trailer = r#": handover {"served":"second/model-b","model":"model-b"}"#;
    let check =
        |body: &[&str], whole, expected: &str| check(true, &seen(200, &events(body), whole), expected);
    let done = "data: [DONE]";
    check(&[CHUNK, &comment, &seam, &next, &end, done, trailer], true, "Continued(\"second\")");
    check(&[CHUNK, &comment, &seam, &next, ERROR], false, "Broken(\"second\")");
    let stopped = ERROR.replace("{\"error\"", "{\"handover\":{\"reason\":\"no_target\"},\"error\"");
    check(&[CHUNK, &stopped], false, "Broken(\"first\")");
    check(&[CHUNK, &seam, &next, &end, done, trailer], true, "0 comments and 1 objects");
    check(&[CHUNK, &comment, &next, &end, done], true, "the model is said to be");
    check(&[CHUNK, &comment, &seam, CHUNK, END, done], true, "the model is said to be");
    check(&[CHUNK, &comment, &seam, &next, done], true, "a terminator without a reason");
    check(&[CHUNK, &comment, &seam, &next, &next, &end, done], true, "second never said");
    let twice = CHUNK.replace("amber-1", "amber-1 amber-1");
    check(&[&twice, &comment, &seam, &next, &end, done], true, "first never said");
    let other = seam.replace("first/model-a", "third/model-c");
    check(&[CHUNK, &comment, &other, &next, &end, done], true, "\"third/model-c\" is said to have stopped");
    let body = r#"{"model":"model-b","choices":[{"message":{"content":"amber begins amber-1 birch begins birch-1 birch ends"},"finish_reason":"stop"}]}"#;
    let mut at_once = seen(200, body, true);
    at_once.headers.remove(1);
    at_once.headers.push(("x-handover-served".into(), "second/model-b".into()));
    let handed = "from=first/model-a; reason=truncated; how=prefill; delivered_tokens=3";
    super::tests::check(false, &at_once, "second never said");
    at_once.headers.push(("x-handover-hand-over".into(), handed.into()));
    super::tests::check(false, &at_once, "Continued(\"second\")");
}
