//! Tool calls of a stream: held until they are whole, and then every byte as it came.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

use bytes::Bytes;
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dialect::hub::Identity;
use handover_dialect::reader::{BodyKind, Fault, Frame, Reader, Reading};
use proptest::prelude::*;

fn reader(caller: Dialect, provider: Dialect) -> Reader {
    let reading = Reading { caller, provider, stream: true, include_usage: false, hold_json: false };
    let identity = Identity { id: "1".to_owned(), created: 1, model: "m".to_owned() };
    Reader::new(&reading, BodyKind::Events, identity).unwrap()
}

fn chunk(delta: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n")
}

fn begin(index: u32, id: &str, name: &str, arguments: &str) -> String {
    let arguments = serde_json::to_string(arguments).unwrap();
    chunk(&format!(
        r#"{{"tool_calls":[{{"index":{index},"id":"{id}","function":{{"name":"{name}","arguments":{arguments}}}}}]}}"#
    ))
}

fn more(index: u32, arguments: &str) -> String {
    let arguments = serde_json::to_string(arguments).unwrap();
    chunk(&format!(r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":{arguments}}}}}]}}"#))
}

fn words(text: &str) -> String {
    chunk(&format!(r#"{{"content":"{text}"}}"#))
}

fn finish(reason: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\n")
}

const DONE: &str = "data: [DONE]\n\n";

fn named(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {{\"type\":\"{name}\",{data}}}\n\n")
}

fn block(index: u32, block: &str) -> String {
    named("content_block_start", &format!(r#""index":{index},"content_block":{block}"#))
}

fn tool(index: u32) -> String {
    block(index, r#"{"type":"tool_use","id":"t","name":"f","input":{}}"#)
}

fn input(index: u32, piece: &str) -> String {
    let piece = serde_json::to_string(piece).unwrap();
    let delta = format!(r#""index":{index},"delta":{{"type":"input_json_delta","partial_json":{piece}}}"#);
    named("content_block_delta", &delta)
}

fn said(index: u32, text: &str) -> String {
    let delta = format!(r#""index":{index},"delta":{{"type":"text_delta","text":"{text}"}}"#);
    named("content_block_delta", &delta)
}

fn stop(index: u32) -> String {
    named("content_block_stop", &format!(r#""index":{index}"#))
}

fn stopped(reason: &str) -> String {
    named("message_delta", &format!(r#""delta":{{"stop_reason":"{reason}"}}"#))
}

fn message_stop() -> String {
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned()
}

fn output(frame: &Frame) -> Vec<u8> {
    frame.released.iter().chain([&frame.bytes]).flat_map(|part| part.to_vec()).collect()
}

/// One letter for each event: `.` goes on, `t` goes on with content, `h` is held, `r` releases what was held, `b`
/// releases it and holds; and the fault, if there is one. A byte lane's bytes are checked on the way.
fn story(caller: Dialect, provider: Dialect, events: &[String]) -> String {
    let mut reader = reader(caller, provider);
    let mut letters = String::new();
    let mut out = Vec::new();
    let mut holding = false;
    for event in events {
        let frame = reader.read(Bytes::copy_from_slice(event.as_bytes()));
        out.extend(output(&frame));
        if caller == provider {
            assert!(
                events.concat().as_bytes().starts_with(&out),
                "changed: {}",
                String::from_utf8_lossy(&out)
            );
        }
        if let Some(fault) = &frame.seen.fault {
            let Fault::Malformed(text) = fault else { panic!("{fault:?}") };
            return format!("{letters}: {text}");
        }
        letters.push(match (frame.seen.content, frame.seen.held) {
            (true, true) => 'b',
            (true, false) if holding => 'r',
            (true, false) => 't',
            (false, true) => 'h',
            (false, false) => '.',
        });
        holding = frame.seen.held || (holding && !frame.seen.content);
        if holding {
            assert!(
                frame.seen.content || output(&frame).is_empty() || caller != provider,
                "bytes of what is held"
            );
        }
    }
    match reader.end() {
        Ok(_) => {
            let all = events.concat();
            assert!(caller != provider || out == all.as_bytes(), "everything goes on in the end: {out:?}");
            letters
        }
        Err(_) => format!("{letters}: unfinished"),
    }
}

fn openai(events: &[String], expected: &str) {
    assert_eq!(story(OpenAi, OpenAi, events), expected, "{events:?}");
}

fn anthropic(events: &[String], expected: &str) {
    assert_eq!(story(Anthropic, Anthropic, events), expected, "{events:?}");
}

#[test]
fn an_application_never_runs_a_tool_with_half_of_its_arguments() {
    let (start, rest, done) = (begin(0, "c", "f", ""), more(0, "{\"a\":1}"), DONE.to_owned());
    let calls = || finish("tool_calls");
    openai(&[start.clone(), rest.clone(), calls(), done.clone()], "hhr.");
    openai(&[start.clone(), calls(), done.clone()], "hr.");
    openai(&[start.clone(), rest.clone(), done.clone()], "hhr");
    openai(&[start.clone(), rest.clone(), finish("stop"), done.clone()], "hhr.");
    openai(
        &[start.clone(), more(0, "{\"a\":"), calls()],
        "hh: the arguments of a tool call are not valid JSON",
    );
    openai(
        &[start.clone(), more(0, "{\"a\":"), done.clone()],
        "hh: the arguments of a tool call are not valid JSON",
    );
    openai(&[start.clone(), more(0, "{\"a\":")], "hh: unfinished");
    openai(&[start.clone(), more(0, "{\"a\":"), finish("length"), done.clone()], "hhr.");
    openai(&[start.clone(), more(0, "{\"a\":"), finish("content_filter"), done.clone()], "hhr.");
    openai(&[begin(0, "", "f", "{}"), calls()], "h: a tool call has no id");
    openai(&[begin(0, "c", "", "{}"), calls()], "h: a tool call has no name");
    openai(&[chunk(r#"{"tool_calls":{"index":0}}"#)], ": a tool call has no name");
    openai(&[words("x"), calls()], "t: the answer ends to call a tool, and calls none");
    openai(&[finish("stop"), done.clone()], "..");
    openai(
        &[chunk(r#"{"function_call":{"name":"f","arguments":"{}"}}"#), finish("function_call"), done],
        "t..",
    );
}

#[test]
fn what_is_said_in_front_of_a_call_is_not_held_and_what_is_behind_it_keeps_its_place() {
    let (call, done) = (|| begin(0, "c", "f", "{\"a\":1}"), DONE.to_owned());
    let thinks = chunk(r#"{"reasoning_content":"hm"}"#);
    openai(&[words("a"), thinks.clone(), call(), finish("tool_calls"), done.clone()], "tthr.");
    openai(&[words("a"), call(), ": ping\n\n".to_owned(), finish("tool_calls"), done.clone()], "th.r.");
    // The object is whole, and other words begin: it can go.
    openai(&[call(), words("b"), finish("tool_calls"), done.clone()], "hr..");
    openai(&[begin(0, "c", "f", "{"), words("b"), more(0, "}"), finish("tool_calls"), done.clone()], "hhhr.");
    openai(
        &[words("a"), begin(0, "c", "f", "{"), finish("tool_calls")],
        "th: the arguments of a tool call are not valid JSON",
    );
    let custom = chunk(
        r#"{"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"f","input":"{ no"}}]}"#,
    );
    openai(
        &[
            custom,
            chunk(r#"{"tool_calls":[{"index":0,"custom":{"input":" JSON"}}]}"#),
            finish("tool_calls"),
            done,
        ],
        "hhr.",
    );
}

#[test]
fn each_of_several_calls_goes_on_when_it_is_whole() {
    let done = DONE.to_owned();
    let calls = || finish("tool_calls");
    let (one, two) = (begin(0, "a", "f", "{}"), begin(1, "b", "g", "{}"));
    openai(&[one.clone(), two.clone(), calls(), done.clone()], "hbr.");
    openai(
        &[one.clone(), begin(1, "b", "g", "{"), calls()],
        "hb: the arguments of a tool call are not valid JSON",
    );
    // Written at the same time, piece by piece.
    let mixed =
        [begin(0, "a", "f", "{"), begin(1, "b", "g", "{"), more(0, "}"), more(1, "}"), calls(), done.clone()];
    openai(&mixed, "hhhhr.");
    let named =
        [begin(0, "a", "f", ""), begin(1, "b", "g", ""), more(0, "{}"), more(1, "{}"), calls(), done.clone()];
    openai(&named, "hhhhr.");
    openai(&[one.clone(), two, more(0, "{}")], "hb: the arguments of a tool call are not valid JSON");
    // All of them numbered 0, told apart by their ids; and two in one piece.
    openai(&[one, begin(0, "b", "g", "{}"), calls(), done.clone()], "hbr.");
    let both = r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#;
    openai(&[chunk(both), calls(), done.clone()], "hr.");
    // Two choices: each has its own calls and its own finish.
    let other = |text: &str| text.replace("\"index\":0,\"delta\"", "\"index\":1,\"delta\"");
    let choices = [begin(0, "a", "f", "{"), other(&begin(0, "b", "f", "{")), more(0, "}"), calls()];
    openai(&[&choices[..], &[other(&more(0, "}")), other(&calls()), done]].concat(), "hhh.hr.");
    openai(&[other(&begin(0, "a", "f", "{}")), calls()], "h: the answer ends to call a tool, and calls none");
}

#[test]
fn a_block_that_calls_a_tool_goes_on_when_it_ends() {
    let used = || stopped("tool_use");
    let whole = [tool(0), input(0, ""), input(0, "{\"a\":"), input(0, "1}"), stop(0)];
    anthropic(&[&whole[..], &[used(), message_stop()]].concat(), "h.hhr..");
    anthropic(&[tool(0), stop(0), used(), message_stop()], "hr..");
    let text = block(0, r#"{"type":"text","text":""}"#);
    let before = [text.clone(), said(0, "a"), stop(0)];
    let call = [tool(1), input(1, "{}"), stop(1)];
    anthropic(&[&before[..], &call, &[used(), message_stop()]].concat(), ".t.hhr..");
    anthropic(&[&call[..], &[text, said(0, "a"), stop(0), used(), message_stop()]].concat(), "hhr.t...");
    anthropic(&[&call[..], &[tool(2), input(2, "{}"), stop(2), used(), message_stop()]].concat(), "hhrhhr..");
    let cut = [tool(0), input(0, "{\"a\":"), stop(0)];
    let broken = "hh.: the arguments of a tool call are not valid JSON";
    anthropic(&[&cut[..], &[used()]].concat(), broken);
    anthropic(&[&cut[..], &[tool(1)]].concat(), broken);
    anthropic(&[&cut[..], &[message_stop()]].concat(), broken);
    anthropic(&[&cut[..], &[stopped("max_tokens"), message_stop()]].concat(), "hh.r.");
    anthropic(&[&cut[..], &[stopped("refusal"), message_stop()]].concat(), "hh.r.");
    anthropic(&cut, "hh.: unfinished");
    anthropic(
        &[tool(0), input(0, "[1]"), stop(0), used()],
        "hh.: the arguments of a tool call are not valid JSON",
    );
    anthropic(&[block(0, r#"{"type":"tool_use","name":"f"}"#), stop(0), used()], "h.: a tool call has no id");
    anthropic(&[used()], ": the answer ends to call a tool, and calls none");
    let server = block(0, r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#);
    anthropic(&[server, input(0, "{\"q\":"), stop(0), stopped("end_turn"), message_stop()], "tt...");
}

#[test]
fn a_call_is_held_for_a_caller_of_another_dialect_too() {
    let calls = || finish("tool_calls");
    let check = |caller, provider, events: &[String], expected: &str| {
        assert_eq!(story(caller, provider, events), expected, "{caller:?} asks {provider:?}: {events:?}");
    };
    let head = chunk(r#"{"role":"assistant"}"#).replace("{\"choices", "{\"model\":\"m\",\"choices");
    let start = begin(0, "", "f", "{\"a\":");
    check(
        Anthropic,
        OpenAi,
        &[head.clone(), start.clone(), more(0, "1}"), calls(), DONE.to_owned()],
        ".hhr.",
    );
    check(
        Anthropic,
        OpenAi,
        &[head.clone(), words("x"), start.clone(), calls()],
        ".th: the arguments of a tool call are not valid JSON",
    );
    check(
        Anthropic,
        OpenAi,
        &[head.clone(), begin(0, "c", "f", "[1]"), calls()],
        ".h: the arguments of a tool call are not valid JSON",
    );
    check(Anthropic, OpenAi, &[head.clone(), calls()], ".: the answer ends to call a tool, and calls none");
    check(Anthropic, OpenAi, &[head, start, finish("length"), DONE.to_owned()], ".hr.");
    let message = named("message_start", r#""message":{"id":"i","model":"m"}"#);
    let whole = [message.clone(), tool(0), input(0, "{}"), stop(0), stopped("tool_use"), message_stop()];
    check(OpenAi, Anthropic, &whole, ".hh.r.");
    let broken = [message.clone(), tool(0), input(0, "{"), stop(0), stopped("tool_use")];
    check(OpenAi, Anthropic, &broken, ".hh.: the arguments of a tool call are not valid JSON");
    let two =
        [message, tool(0), input(0, "{}"), stop(0), tool(1), stop(1), stopped("tool_use"), message_stop()];
    check(OpenAi, Anthropic, &two, ".hh.bhr.");
    let event =
        |kind: &str, delta: &str| format!("data: {{\"type\":\"{kind}\",\"index\":0,\"delta\":{delta}}}\n\n");
    let call = |arguments: &str| {
        let arguments = serde_json::to_string(arguments).unwrap();
        [
            event("message-start", "{}"),
            event("tool-plan-delta", r#"{"message":{"tool_plan":"x"}}"#),
            event(
                "tool-call-start",
                r#"{"message":{"tool_calls":{"id":"c","function":{"name":"f","arguments":""}}}}"#,
            ),
            event(
                "tool-call-delta",
                &format!(r#"{{"message":{{"tool_calls":{{"function":{{"arguments":{arguments}}}}}}}}}"#),
            ),
            event("tool-call-end", "{}"),
            event("message-end", r#"{"finish_reason":"TOOL_CALL"}"#),
        ]
    };
    for caller in [OpenAi, Anthropic] {
        check(caller, Cohere, &call("{\"a\":1}"), ".thh.r");
        check(caller, Cohere, &call("{\"a\":"), ".thh.: the arguments of a tool call are not valid JSON");
    }
}

#[test]
fn a_call_without_end_is_refused_instead_of_held() {
    let piece = more(0, &"x".repeat(1024 * 1024));
    for caller in [OpenAi, Anthropic] {
        let mut reader = reader(caller, OpenAi);
        assert!(reader.read(Bytes::from(begin(0, "c", "f", "{\"a\":\""))).seen.held);
        let fault = (0..40).find_map(|_| {
            let frame = reader.read(Bytes::copy_from_slice(piece.as_bytes()));
            assert!(frame.released.is_empty() && caller != OpenAi || frame.bytes.is_empty());
            frame.seen.fault
        });
        let expected = "a tool call is longer than 33554432 bytes".to_owned();
        assert_eq!(fault, Some(Fault::Malformed(expected)), "{caller:?}");
    }
}

#[test]
fn nothing_is_copied_to_hold_it() {
    let mut reader = reader(OpenAi, OpenAi);
    let chunks = [begin(0, "c", "f", ""), more(0, "{}"), finish("tool_calls")].map(Bytes::from);
    assert_eq!(reader.read(chunks[0].clone()).bytes, "");
    assert_eq!(reader.read(chunks[1].clone()).bytes, "");
    let frame = reader.read(chunks[2].clone());
    let parts = frame.released.iter().chain([&frame.bytes]).map(|part| part.as_ptr());
    assert!(parts.eq(chunks.iter().map(|chunk| chunk.as_ptr())));
}

/// A stream of OpenAI's made of these parts.
fn part() -> impl Strategy<Value = Vec<String>> {
    let arguments =
        prop::sample::select(vec!["{\"a\":\"\u{e9}\"}", "{}", "", "{\"a\":{\"b\":[1]}}", "{\"a\":"]);
    let call = (0u32..3, arguments, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(index, arguments, at, named)| {
            let at = arguments.floor_char_boundary(at.index(arguments.len() + 1));
            let (one, two) = arguments.split_at(at);
            let id = format!("c{index}");
            vec![begin(index, &id, if named { "f" } else { "g" }, one), more(index, two)]
        },
    );
    prop_oneof![
        3 => call,
        2 => Just(vec![words("one")]),
        1 => Just(vec![": ping\n\n".to_owned()]),
        1 => Just(vec![chunk(r#"{"reasoning":"hm"}"#)]),
    ]
}

/// How much has gone on, and whether it broke, when so much of the stream has come.
fn progress(caller: Dialect, stream: &[u8], cuts: &[usize]) -> Vec<(usize, Vec<u8>, Option<Fault>)> {
    let mut reader = reader(caller, OpenAi);
    let mut out = Vec::new();
    let mut found = Vec::new();
    for cut in cuts.windows(2) {
        let frame = reader.read(Bytes::copy_from_slice(&stream[cut[0]..cut[1]]));
        out.extend(output(&frame));
        let over = frame.seen.fault.is_some() || frame.seen.terminal;
        found.push((cut[1], out.clone(), frame.seen.fault));
        if over {
            break;
        }
    }
    found
}

proptest! {
    #[test]
    fn however_a_stream_is_cut_the_same_goes_on_at_the_same_place(
        parts in prop::collection::vec(part(), 0..6),
        reason in prop::sample::select(vec!["tool_calls", "stop", "length", ""]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        translated in any::<bool>(),
    ) {
        let end = if reason.is_empty() { String::new() } else { finish(reason) };
        let stream = [chunk("{\"role\":\"assistant\"}"), parts.concat().concat(), end, DONE.to_owned()].concat();
        let stream = stream.as_bytes();
        let caller = if translated { Anthropic } else { OpenAi };
        let every: Vec<usize> = (0..=stream.len()).collect();
        let reference = progress(caller, stream, &every);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.extend([0, stream.len()]);
        at.sort_unstable();
        for (end, out, fault) in progress(caller, stream, &at) {
            if let Some(fault) = fault {
                let last = reference.last().unwrap();
                prop_assert_eq!((&out, Some(fault)), (&last.1, last.2.clone()));
            } else if end > 0 {
                let expected = reference.get(end - 1).or(reference.last()).unwrap();
                prop_assert_eq!(&out, &expected.1, "after {} bytes", end);
            }
            if !translated {
                prop_assert!(stream.starts_with(&out));
            }
        }
        let (_, out, fault) = reference.last().unwrap();
        prop_assert!(translated || fault.is_some() || out == stream, "all of it goes on");
    }
}
