//! Answers that must be JSON: held in a stream until they are finished, and then every byte as it came.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use bytes::Bytes;
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dialect::hub::Identity;
use handover_dialect::prepare::{Ask, prepare};
use handover_dialect::reader::{BodyKind, Fault, Frame, Reader, Reading};
use handover_dialect::{Call, Capabilities, Overrides, Target};

fn reader(caller: Dialect, provider: Dialect, hold_json: bool) -> Reader {
    let reading = Reading { caller, provider, stream: true, include_usage: true, hold_json };
    let identity = Identity { id: "1".to_owned(), created: 1, model: "m".to_owned() };
    Reader::new(&reading, BodyKind::Events, identity).unwrap()
}

fn part(choice: u32, delta: &str) -> String {
    format!("data: {{\"model\":\"m\",\"choices\":[{{\"index\":{choice},\"delta\":{delta}}}]}}\n\n")
}

fn head() -> String {
    part(0, r#"{"role":"assistant","content":""}"#)
}

/// A piece of an answer's text, quoted as JSON. What a test holds says "hidden".
fn text(choice: u32, text: &str) -> String {
    part(choice, &format!(r#"{{"content":{}}}"#, serde_json::to_string(text).unwrap()))
}

fn call(id: &str, arguments: &str) -> String {
    let arguments = serde_json::to_string(arguments).unwrap();
    part(
        0,
        &format!(
            r#"{{"tool_calls":[{{"index":0,"id":"{id}","function":{{"name":"f","arguments":{arguments}}}}}]}}"#
        ),
    )
}

fn finish(choice: u32, reason: &str) -> String {
    format!(
        "data: {{\"choices\":[{{\"index\":{choice},\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\n"
    )
}

fn counted() -> String {
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5}}\n\n".to_owned()
}

fn done() -> String {
    "data: [DONE]\n\n".to_owned()
}

fn overloaded() -> String {
    "data: {\"error\":{\"message\":\"overloaded\"}}\n\n".to_owned()
}

fn named(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {{\"type\":\"{name}\",{data}}}\n\n")
}

fn message() -> String {
    named("message_start", r#""message":{"id":"i","model":"m","usage":{"input_tokens":3}}"#)
}

fn block(index: u32, block: &str) -> String {
    named("content_block_start", &format!(r#""index":{index},"content_block":{block}"#))
}

fn prose(index: u32) -> String {
    block(index, r#"{"type":"text","text":""}"#)
}

fn delta(index: u32, delta: &str) -> String {
    named("content_block_delta", &format!(r#""index":{index},"delta":{delta}"#))
}

fn said(index: u32, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    delta(index, &format!(r#"{{"type":"text_delta","text":{text}}}"#))
}

fn tool(index: u32) -> String {
    block(index, r#"{"type":"tool_use","id":"t","name":"f","input":{}}"#)
}

fn input(index: u32, piece: &str) -> String {
    let piece = serde_json::to_string(piece).unwrap();
    delta(index, &format!(r#"{{"type":"input_json_delta","partial_json":{piece}}}"#))
}

fn stop(index: u32) -> String {
    named("content_block_stop", &format!(r#""index":{index}"#))
}

fn stopped(reason: &str) -> String {
    named("message_delta", &format!(r#""delta":{{"stop_reason":"{reason}"}},"usage":{{"output_tokens":5}}"#))
}

fn message_stop() -> String {
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned()
}

/// What Cohere says: its events have no names.
fn cohere(kind: &str, delta: &str) -> String {
    format!("data: {{\"type\":\"{kind}\",\"index\":0,\"delta\":{delta}}}\n\n")
}

/// What came of a stream: a letter for each chunk, all that went on, and how it ended.
#[derive(Debug, PartialEq)]
struct Came {
    letters: String,
    out: Vec<u8>,
    ending: String,
}

fn output(frame: &Frame) -> Vec<u8> {
    frame.released.iter().chain([&frame.bytes]).flat_map(|part| part.to_vec()).collect()
}

fn read<'a>(mut reader: Reader, chunks: impl Iterator<Item = &'a [u8]>) -> Came {
    let mut came = Came { letters: String::new(), out: Vec::new(), ending: String::new() };
    let mut holding = false;
    for chunk in chunks {
        let frame = reader.read(Bytes::copy_from_slice(chunk));
        came.out.extend(output(&frame));
        if let Some(fault) = frame.seen.fault {
            came.ending = match fault {
                Fault::Malformed(text) | Fault::Seam(text) => text,
                Fault::Provider(error) => error.message,
            };
            return came;
        }
        came.letters.push(match (frame.seen.content, frame.seen.held) {
            (true, true) => 'b',
            (true, false) if holding => 'r',
            (true, false) => 't',
            (false, true) => 'h',
            (false, false) => '.',
        });
        holding = frame.seen.held || (holding && !frame.seen.content);
        if frame.seen.terminal {
            return came;
        }
    }
    match reader.end() {
        Ok(frame) => came.out.extend(output(&frame)),
        Err(_) => came.ending = "unfinished".to_owned(),
    }
    came
}

/// Reads the events one by one, and in chunks of every kind. One letter for each event: `.` goes on, `t` goes on with
/// content, `h` is held, `r` releases what was held, `b` releases something and is held; and how it ended, if badly.
fn check(caller: Dialect, provider: Dialect, events: &[String], expected: &str) {
    let about = format!("{caller:?} asks {provider:?}: {events:?}");
    let new = || reader(caller, provider, true);
    let came = read(new(), events.iter().map(String::as_bytes));
    let told = match came.ending.as_str() {
        "" => came.letters.clone(),
        ending => format!("{}: {ending}", came.letters),
    };
    assert_eq!(told, expected, "{about}");
    let stream = events.concat();
    let shown = String::from_utf8_lossy(&came.out).into_owned();
    if !came.ending.is_empty() {
        assert!(!shown.contains("hidden"), "half an answer was shown: {shown}");
    }
    if caller == provider && came.ending.is_empty() {
        assert!(shown.starts_with(&stream), "changed, or not all of it: {shown}\n{about}");
    } else if caller == provider {
        let free = came.letters.find('h').unwrap_or(came.letters.len());
        assert_eq!(shown, events[..free].concat(), "{about}");
    } else {
        let complete = came.ending.is_empty();
        let plain = read(reader(caller, provider, false), events.iter().map(String::as_bytes));
        assert!(!complete || plain.out == came.out, "changed: {shown}\n{about}");
    }
    for size in (1..=40).chain([stream.len()]) {
        let cut = read(new(), stream.as_bytes().chunks(size));
        assert_eq!((cut.ending, cut.out), (came.ending.clone(), came.out.clone()), "by {size}: {about}");
    }
}

#[test]
fn a_provider_that_dies_in_the_middle_of_a_json_answer_costs_its_caller_nothing() {
    let half = [head(), text(0, "{\"hidden\":"), text(0, "[1,")];
    for caller in [OpenAi, Anthropic] {
        check(caller, OpenAi, &half, ".hh: unfinished");
        check(caller, OpenAi, &[&half[..], &[counted()]].concat(), ".hh.: unfinished");
        check(caller, OpenAi, &[&half[..], &[overloaded()]].concat(), ".hh: overloaded");
        let broken = [&half[..], &["data: {\"choi\n\n".to_owned()]].concat();
        assert!(
            read(reader(caller, OpenAi, true), broken.iter().map(String::as_bytes)).ending.contains("EOF")
        );
        // The answer looks whole, and nobody said that it is.
        check(caller, OpenAi, &[head(), text(0, "{\"hidden\":1}")], ".h: unfinished");
        // Some proxies write the terminator behind whatever there was.
        check(
            caller,
            OpenAi,
            &[&half[..], &[done()]].concat(),
            ".hh: the answer ends without a finish reason",
        );
    }
    let failed = read(
        reader(OpenAi, OpenAi, true),
        [&half[..], &[finish(0, "error")]].concat().iter().map(String::as_bytes),
    );
    assert_eq!((failed.letters.as_str(), failed.out), (".hh", head().into_bytes()));
    assert!(failed.ending.contains("failure"), "{}", failed.ending);

    let half = [message(), prose(0), said(0, "{\"hidden\":"), said(0, "[1,")];
    let error = named("error", r#""error":{"type":"overloaded_error","message":"overloaded"}"#);
    // A caller of OpenAI's has no event for the beginning of a block.
    for caller in [OpenAi, Anthropic] {
        check(caller, Anthropic, &half, "..hh: unfinished");
        check(caller, Anthropic, &[&half[..], &[stop(0)]].concat(), "..hh.: unfinished");
        check(caller, Anthropic, &[&half[..], std::slice::from_ref(&error)].concat(), "..hh: overloaded");
    }
    let ended = [&half[..], &[stop(0), message_stop()]].concat();
    check(Anthropic, Anthropic, &ended, "..hh.: the answer ends without a finish reason");
    let begun = block(0, r#"{"type":"text","text":"{\"hidden\":"}"#);
    check(Anthropic, Anthropic, &[message(), begun], ".h: unfinished");

    let half = [
        cohere("message-start", "{}"),
        cohere("content-delta", r#"{"message":{"content":{"text":"{\"hidden\":"}}}"#),
    ];
    for caller in [OpenAi, Anthropic] {
        check(caller, Cohere, &half, ".h: unfinished");
        let complete = cohere("message-end", r#"{"finish_reason":"COMPLETE"}"#);
        check(caller, Cohere, &[&half[..], &[complete]].concat(), ".hr");
    }
}

#[test]
fn a_json_answer_arrives_whole_and_as_it_was_written() {
    let one = || text(0, "{\"hidden\":");
    let two = || text(0, " \"\u{e9}\"}");
    for reason in ["stop", "length", "content_filter", "eos", "something_new"] {
        let end = || finish(0, reason);
        check(OpenAi, OpenAi, &[head(), one(), two(), end(), counted(), done()], ".hhr..");
        check(OpenAi, OpenAi, &[head(), one(), two(), end(), counted()], ".hhr.");
        check(OpenAi, OpenAi, &[head(), one(), ": ping\n\n".to_owned(), two(), end()], ".h.hr");
        check(Anthropic, OpenAi, &[head(), one(), two(), end(), counted(), done()], ".hhr..");
        check(Anthropic, OpenAi, &[head(), one(), two(), end()], ".hhr");
    }
    let at_once =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}]}\n\n";
    check(OpenAi, OpenAi, &[head(), at_once.to_owned(), done()], ".t.");
    check(OpenAi, OpenAi, &[head(), one(), at_once.to_owned(), done()], ".hr.");
    check(OpenAi, OpenAi, &[head(), finish(0, "stop"), done()], "...");
    // What a filter says of the answer afterwards opens nothing again.
    let filtered = part(0, r#"{},"content_filter_results":{}"#);
    check(OpenAi, OpenAi, &[head(), one(), finish(0, "stop"), filtered, done()], ".hr..");
    for reason in ["end_turn", "stop_sequence", "max_tokens", "refusal", "pause_turn"] {
        let end = [stop(0), stopped(reason), message_stop()];
        let answer = [message(), prose(0), said(0, "{\"hidden\":"), said(0, "1}")];
        for caller in [OpenAi, Anthropic] {
            check(caller, Anthropic, &[&answer[..], &end].concat(), "..hh.r.");
        }
        check(Anthropic, Anthropic, &[&answer[..], &end[..2]].concat(), "..hh.r");
    }
}

#[test]
fn a_refusal_of_json_is_held_like_the_answer_and_arrives_whole() {
    let piece = || part(0, r#"{"refusal":"hidden: I can"}"#);
    let rest = || part(0, r#"{"refusal":"not."}"#);
    for caller in [OpenAi, Anthropic] {
        check(caller, OpenAi, &[head(), piece()], ".h: unfinished");
        check(caller, OpenAi, &[head(), piece(), rest(), finish(0, "stop"), done()], ".hhr.");
        check(caller, OpenAi, &[head(), text(0, "{"), piece(), overloaded()], ".hh: overloaded");
    }
    let older = part(0, r#"{"function_call":{"name":"hidden","arguments":"{"}}"#);
    check(OpenAi, OpenAi, &[head(), older.clone()], ".h: unfinished");
    check(OpenAi, OpenAi, &[head(), older, finish(0, "function_call"), done()], ".hr.");
}

#[test]
fn thinking_in_front_of_a_json_answer_is_seen_while_it_is_thought() {
    let thinks = || part(0, r#"{"reasoning_content":"hm"}"#);
    for caller in [OpenAi, Anthropic] {
        let answer = [head(), thinks(), thinks(), text(0, "{\"hidden\":"), thinks(), text(0, "1}")];
        check(caller, OpenAi, &[&answer[..], &[finish(0, "stop"), done()]].concat(), ".tthhhr.");
    }
    check(OpenAi, OpenAi, &[head(), thinks(), text(0, "{\"hidden\":")], ".th: unfinished");
    let thought = [
        message(),
        block(0, r#"{"type":"thinking","thinking":"","signature":""}"#),
        delta(0, r#"{"type":"thinking_delta","thinking":"hm"}"#),
        delta(0, r#"{"type":"signature_delta","signature":"s"}"#),
        stop(0),
        block(1, r#"{"type":"redacted_thinking","data":"x"}"#),
        stop(1),
        prose(2),
        said(2, "{\"hidden\":1}"),
    ];
    check(Anthropic, Anthropic, &thought, "..t..t..h: unfinished");
    check(
        Anthropic,
        Anthropic,
        &[&thought[..], &[stop(2), stopped("end_turn"), message_stop()]].concat(),
        "..t..t..h.r.",
    );
}

#[test]
fn a_json_answer_and_the_call_behind_it_go_on_together() {
    let answer = || text(0, "{\"hidden\":1}");
    let (one, two) = (|| call("c", "{\"a\":"), || call("c", "1}"));
    let calls = || finish(0, "tool_calls");
    for caller in [OpenAi, Anthropic] {
        check(caller, OpenAi, &[head(), answer(), one(), two(), calls(), done()], ".hhhr.");
        check(caller, OpenAi, &[head(), answer(), one(), two()], ".hhh: unfinished");
        let broken = ".hh: the arguments of a tool call are not valid JSON";
        check(caller, OpenAi, &[head(), answer(), one(), calls()], broken);
        let none = ".h: the answer ends to call a tool, and calls none";
        check(caller, OpenAi, &[head(), answer(), calls()], none);
    }
    // A whole call in front of other words goes on, unless the answer in front of it is held.
    let other = || text(0, "more");
    check(OpenAi, OpenAi, &[head(), answer(), one(), two(), other()], ".hhhh: unfinished");
    check(OpenAi, OpenAi, &[head(), answer(), one(), two(), other(), calls(), done()], ".hhhhr.");
    check(OpenAi, OpenAi, &[head(), one(), two(), answer(), calls(), done()], ".hhbr.");
    check(OpenAi, OpenAi, &[head(), one(), two(), calls(), done()], ".hhr.");

    let answer = [message(), prose(0), said(0, "{\"hidden\":1}"), stop(0)];
    let calls = [tool(1), input(1, "{}"), stop(1), tool(2), stop(2)];
    let end = [stopped("tool_use"), message_stop()];
    check(Anthropic, Anthropic, &[&answer[..], &calls, &end].concat(), "..h.hh.h.r.");
    check(Anthropic, Anthropic, &[&answer[..], &calls].concat(), "..h.hh.h.: unfinished");
    // Translated, the second call is given the arguments it has none of.
    check(OpenAi, Anthropic, &[&answer[..], &calls, &end].concat(), "..h.hh.hhr.");
    check(OpenAi, Anthropic, &[&answer[..], &calls].concat(), "..h.hh.hh: unfinished");
    let first = [message(), tool(0), input(0, "{}"), stop(0), prose(1), said(1, "{}"), stop(1)];
    check(Anthropic, Anthropic, &[&first[..], &end].concat(), ".hhr.h.r.");
}

#[test]
fn of_several_json_answers_none_is_shown_before_all_that_have_begun_are_finished() {
    let second = || part(1, r#"{"role":"assistant","content":""}"#);
    let (one, two) = (|| text(0, "{\"hidden\":0}"), || text(1, "{\"hidden\":1}"));
    let (first_ends, second_ends) = (|| finish(0, "stop"), || finish(1, "stop"));
    check(OpenAi, OpenAi, &[head(), second(), one(), two(), first_ends(), second_ends(), done()], "..hh.r.");
    check(OpenAi, OpenAi, &[head(), second(), one(), two(), first_ends()], "..hh.: unfinished");
    let early = [head(), second(), one(), first_ends(), two(), second_ends(), done()];
    check(OpenAi, OpenAi, &early, "..h.hr.");
    let without = "..hh.: the answer ends without a finish reason";
    check(OpenAi, OpenAi, &[head(), second(), one(), two(), second_ends(), done()], without);
    // One after the other: the second had not begun.
    check(OpenAi, OpenAi, &[head(), one(), first_ends(), second(), two(), second_ends()], ".hr.hr");
    let both = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"},{\"index\":1,\"delta\":{\"content\":\"{\"}}]}\n\n";
    check(OpenAi, OpenAi, &[head(), one(), both.to_owned(), second_ends(), done()], ".hhr.");
    let many: Vec<String> = (0..129).map(|choice| text(choice, "hidden")).collect();
    let expected = format!("{}: it has more than 128 choices", "h".repeat(128));
    let came = read(reader(OpenAi, OpenAi, true), many.iter().map(String::as_bytes));
    assert_eq!((format!("{}: {}", came.letters, came.ending), came.out), (expected, Vec::new()));
}

#[test]
fn a_json_answer_without_end_is_refused_instead_of_held() {
    let piece = text(0, &"hidden".repeat(1024 * 1024 / 6));
    for caller in [OpenAi, Anthropic] {
        let mut reader = reader(caller, OpenAi, true);
        reader.read(Bytes::from(head()));
        let fault = (0..40).find_map(|_| {
            let frame = reader.read(Bytes::copy_from_slice(piece.as_bytes()));
            assert_eq!(output(&frame), b"", "{caller:?}");
            frame.seen.fault
        });
        let expected = "an answer in JSON is longer than 33554432 bytes".to_owned();
        assert_eq!(fault, Some(Fault::Malformed(expected)), "{caller:?}");
    }
}

#[test]
fn nothing_is_copied_to_hold_an_answer() {
    let mut reader = reader(OpenAi, OpenAi, true);
    let chunks = [text(0, "{"), text(0, "}"), finish(0, "stop")].map(Bytes::from);
    assert_eq!(reader.read(chunks[0].clone()).bytes, "");
    assert_eq!(reader.read(chunks[1].clone()).bytes, "");
    let frame = reader.read(chunks[2].clone());
    let parts = frame.released.iter().chain([&frame.bytes]).map(|part| part.as_ptr());
    assert!(parts.eq(chunks.iter().map(|chunk| chunk.as_ptr())));
}

#[test]
fn an_answer_that_need_not_be_json_is_seen_while_it_is_written() {
    let events = [head(), text(0, "{"), text(0, "}"), finish(0, "stop"), done()];
    let came = read(reader(OpenAi, OpenAi, false), events.iter().map(String::as_bytes));
    assert_eq!((came.letters.as_str(), came.out), (".tt..", events.concat().into_bytes()));

    let check = |body: &str, hold_json: bool, expected: bool| {
        for (caller, provider) in [(OpenAi, OpenAi), (OpenAi, Anthropic)] {
            let target = Target {
                dialect: provider,
                model: "claude-sonnet-4-5".to_owned(),
                overrides: Overrides::default(),
                capabilities: Capabilities::default(),
                anthropic_version: "2023-06-01".to_owned(),
                refused_fields: Vec::new(),
            };
            let body = format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"Answer in JSON."}}]{body}}}"#
            );
            let call = Call::read(caller, Bytes::from(body.clone())).unwrap();
            let prepared = prepare(&call, &target, Ask { hold_json, ..Ask::default() }).unwrap();
            assert_eq!(prepared.reading.hold_json, expected, "{provider:?}: {body}");
        }
    };
    let format = r#","response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object","properties":{},"additionalProperties":false}}}"#;
    check(&format!(r#"{format},"stream":true"#), true, true);
    check(&format!(r#"{format},"stream":true"#), false, false);
    check(format, true, false);
    check(r#","stream":true"#, true, false);
    check(r#","response_format":{"type":"text"},"stream":true"#, true, false);
}
