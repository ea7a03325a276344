//! Anthropic streams: what a caller would lose if a provider's events were misread, or ours miswritten.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use expect_test::{Expect, expect};
use handover_dialect::anthropic::{stream, whole};
use handover_dialect::hub::{Answer, Event, Finish, FinishReason, Identity, Rest, Usage};
use handover_dialect::{Malformed, sse};
use proptest::prelude::*;
use std::fmt::Write as _;

fn decode(wire: &str) -> Result<Vec<Event>, Malformed> {
    let mut decoder = stream::Decoder::default();
    let mut out = Vec::new();
    for event in sse::events(wire.as_bytes()) {
        decoder.event(event.name, &event.data, &mut out)?;
    }
    Ok(out)
}

/// One `data:` line per event; decoding goes by the data's own type.
fn wire(lines: &[&str]) -> String {
    lines.iter().fold(String::new(), |mut wire, line| {
        let _ = write!(wire, "data: {line}\n\n");
        wire
    })
}

fn check_decode(lines: &[&str], expected: Expect) {
    let mut shown = String::new();
    match decode(&wire(lines)) {
        Ok(events) => events.iter().for_each(|event| {
            let _ = writeln!(shown, "{event:?}");
        }),
        Err(error) => shown = error.to_string(),
    }
    expected.assert_eq(&shown);
}

fn identity() -> Identity {
    Identity { id: "1".to_owned(), created: 1_700_000_000, model: "m".to_owned() }
}

fn encode(events: &[Event]) -> String {
    let mut encoder = stream::Encoder::new(identity());
    let mut out = Vec::new();
    events.iter().for_each(|event| encoder.event(event, &mut out));
    String::from_utf8(out).unwrap()
}

fn check_encode(events: &[Event], expected: Expect) {
    let wire = encode(events);
    expected.assert_eq(&wire);
    // The official SDKs ignore an event whose name is missing.
    for event in sse::events(wire.as_bytes()) {
        let data: serde_json::Value = serde_json::from_slice(&event.data).unwrap();
        assert_eq!(data["type"].as_str(), event.name);
    }
}

fn start() -> Event {
    Event::Start { id: Some("x".to_owned()), model: Some("gpt-x".to_owned()), rest: Rest::new() }
}
fn text(text: &str) -> Event {
    Event::Text(text.to_owned())
}
fn tool(index: u32, id: &str, name: &str) -> Event {
    Event::ToolStart { index, id: id.to_owned(), name: name.to_owned() }
}
fn arguments(index: u32, fragment: &str) -> Event {
    Event::ToolArguments { index, fragment: fragment.to_owned() }
}
fn finish(reason: FinishReason, native: &str) -> Event {
    Event::Finish(Finish { reason, stop_sequence: None, native: native.to_owned(), rest: Rest::new() })
}
fn usage(prompt: u64, completion: u64) -> Event {
    Event::Usage(Usage { prompt: Some(prompt), completion: Some(completion), ..Usage::default() })
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"container":{"id":"c"},"usage":{"input_tokens":9,"cache_creation_input_tokens":4,"cache_read_input_tokens":2,"output_tokens":1}}}"#;

#[test]
fn the_callers_text_model_and_token_counts_arrive() {
    check_decode(
        &[
            START,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type": "ping"}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"H\u00e9"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"llo"}      }"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3,"output_tokens_details":{"thinking_tokens":1}}}"#,
            r#"{"type":"message_stop"}"#,
        ],
        expect![[r#"
            Start { id: Some("msg_1"), model: Some("claude-x"), rest: {"container": Object {"id": String("c")}} }
            Usage(Usage { prompt: Some(15), cached: Some(2), cache_write: Some(4), completion: Some(1), reasoning: None })
            Ping
            Text("Hé")
            Text("llo")
            Usage(Usage { prompt: Some(15), cached: Some(2), cache_write: Some(4), completion: Some(3), reasoning: Some(1) })
            Finish(Finish { reason: Stop, stop_sequence: None, native: "end_turn", rest: {} })
            End
        "#]],
    );
}

#[test]
fn each_tool_call_gets_its_own_arguments() {
    check_decode(
        &[
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_a","name":"f","caller":{"type":"direct"},"input":{}}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#,
            r#"{"type":"content_block_stop","index":1}"#,
            r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_b","name":"no_arguments","input":{}}}"#,
            r#"{"type":"content_block_stop","index":2}"#,
            r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_c","name":"all_at_once","input":{"b": 2}}}"#,
            r#"{"type":"content_block_stop","index":3}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":12}}"#,
        ],
        expect![[r#"
            ToolStart { index: 0, id: "toolu_a", name: "f" }
            ToolArguments { index: 0, fragment: "" }
            ToolArguments { index: 0, fragment: "{\"a\":1}" }
            ToolStart { index: 1, id: "toolu_b", name: "no_arguments" }
            ToolArguments { index: 1, fragment: "{}" }
            ToolStart { index: 2, id: "toolu_c", name: "all_at_once" }
            ToolArguments { index: 2, fragment: "{\"b\": 2}" }
            Usage(Usage { prompt: None, cached: None, cache_write: None, completion: Some(12), reasoning: None })
            Finish(Finish { reason: ToolCalls, stop_sequence: None, native: "tool_use", rest: {} })
        "#]],
    );
}

#[test]
fn thinking_keeps_its_signature_and_a_refusal_its_details() {
    check_decode(
        &[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":null,"stop_details":{"category":"cyber"}}}"#,
        ],
        expect![[r#"
            Reasoning("hm")
            Signature("c2ln")
            Finish(Finish { reason: ContentFilter, stop_sequence: None, native: "refusal", rest: {"stop_details": Object {"category": String("cyber")}} })
        "#]],
    );
}

#[test]
fn what_is_not_known_is_kept_and_never_taken_for_a_tool_call() {
    check_decode(
        &[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"new","text":5}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"a":1}}}"#,
            r#"{"type":"brand_new"}"#,
            "[DONE]",
        ],
        expect![[r#"
            Other(Object {"type": String("content_block_start"), "index": Number(0), "content_block": Object {"type": String("server_tool_use"), "id": String("s"), "name": String("web_search"), "input": Object {}}})
            Other(Object {"type": String("content_block_delta"), "index": Number(0), "delta": Object {"type": String("input_json_delta"), "partial_json": String("{}")}})
            Other(Object {"type": String("content_block_start"), "index": Number(1), "content_block": Object {"type": String("new"), "text": Number(5)}})
            Other(Object {"type": String("content_block_delta"), "index": Number(1), "delta": Object {"type": String("citations_delta"), "citation": Object {"a": Number(1)}}})
            Other(Object {"type": String("brand_new")})
        "#]],
    );
}

#[test]
fn an_error_inside_the_stream_is_seen_with_its_status() {
    let check = |kind: &str, status: Option<u16>| {
        let data =
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"m"}},"request_id":"r"}}"#);
        let events = decode(&wire(&[&data])).unwrap();
        let [Event::Error(error)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((error.status, error.kind.as_deref(), error.message.as_str()), (status, Some(kind), "m"));
        assert_eq!(error.raw, data.as_bytes());
    };
    check("invalid_request_error", Some(400));
    check("authentication_error", Some(401));
    check("billing_error", Some(402));
    check("permission_error", Some(403));
    check("not_found_error", Some(404));
    check("request_too_large", Some(413));
    check("rate_limit_error", Some(429));
    check("api_error", Some(500));
    check("timeout_error", Some(504));
    check("overloaded_error", Some(529));
    check("new_error", None);
    // The event's name stands in where the data states no type.
    let named = "event: error\ndata: {\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n";
    assert!(matches!(decode(named).unwrap().as_slice(), [Event::Error(e)] if e.status == Some(500)));
}

#[test]
fn lost_text_never_goes_unnoticed() {
    let check = |data: &str| assert!(decode(&wire(&[data])).is_err(), "{data}");
    check("x");
    check("[1]");
    check(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"#);
    check(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}"#);
    check(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":5}}"#);
    check(r#"{"type":"content_block_delta","index":0}"#);
    check(r#"{"type":"content_block_start","index":0}"#);
    check(r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t"}}"#);
    check(r#"{"type":"message_start"}"#);
}

#[test]
fn a_stream_without_its_end_is_not_ended_by_us() {
    let cut = [START, r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#];
    let events = decode(&wire(&cut)).unwrap();
    assert!(!events.contains(&Event::End));
    let written = encode(&events);
    assert!(!written.contains("message_stop") && !written.contains("message_delta"), "{written}");
}

#[test]
fn an_sdk_reads_a_foreign_answer_as_its_own() {
    check_encode(
        &[
            start(),
            Event::Ping,
            Event::Reasoning("hm".to_owned()),
            text(""),
            text("Hel"),
            text("lo \"\n\u{2028}"),
            finish(FinishReason::Stop, "stop"),
            usage(9, 3),
            Event::End,
        ],
        expect![[r#"
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"gpt-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}

            event: ping
            data: {"type":"ping"}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: content_block_start
            data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hel"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"lo \"\n "}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":1}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":9,"output_tokens":3}}

            event: message_stop
            data: {"type":"message_stop"}

        "#]],
    );
}

#[test]
fn parallel_tool_calls_never_mix_their_arguments() {
    check_encode(
        &[
            tool(0, "call_a", "f"),
            arguments(0, "{\"a\":"),
            tool(1, "functions.g:1", "g"),
            arguments(1, "{\"b\":"),
            arguments(0, "1}"),
            arguments(1, "2}"),
            tool(2, "", "h"),
            finish(FinishReason::Stop, "stop"),
            Event::End,
        ],
        expect![[r#"
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"call_a","name":"f","input":{}}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: content_block_start
            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_55049b62ef2c9014","name":"g","input":{}}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"b\":"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"2}"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":1}

            event: content_block_start
            data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_af63ac4c86019afc_2","name":"h","input":{}}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":2}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":0}}

            event: message_stop
            data: {"type":"message_stop"}

        "#]],
    );
}

#[test]
fn a_refusal_is_told_as_one() {
    check_encode(
        &[Event::Refusal("No.".to_owned()), finish(FinishReason::Stop, "stop"), Event::End],
        expect![[r#"
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"No."}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":null},"usage":{"output_tokens":0}}

            event: message_stop
            data: {"type":"message_stop"}

        "#]],
    );
}

#[test]
fn a_failure_is_never_closed_cleanly() {
    let failed = [text("a"), finish(FinishReason::Failed, "ERROR"), Event::End];
    let written = encode(&failed);
    assert!(!written.contains("message_stop") && !written.contains("message_delta"), "{written}");
}

#[test]
fn a_second_provider_continues_the_same_message() {
    let hand_over = [start(), text("a"), start(), text("b"), finish(FinishReason::Stop, "stop"), Event::End];
    let written = encode(&hand_over);
    assert_eq!(written.matches("\"message_start\"").count(), 1);
    assert_eq!(written.matches("\"content_block_start\"").count(), 1);
}

#[test]
fn an_empty_answer_is_still_a_message() {
    let written = encode(&[Event::End]);
    let kinds: Vec<_> = sse::events(written.as_bytes()).filter_map(|e| e.name).collect();
    assert_eq!(kinds, ["message_start", "message_delta", "message_stop"]);
}

#[test]
fn a_caller_who_does_not_stream_reads_the_same_answer() {
    let events = [
        start(),
        Event::Reasoning("hm".to_owned()),
        text("Hello"),
        tool(0, "a.b", "f"),
        arguments(0, "{\"a\":1}"),
        tool(1, "", "cut"),
        arguments(1, "{\"b\":"),
        Event::Usage(Usage { prompt: Some(9), cached: Some(4), completion: Some(3), ..Usage::default() }),
        finish(FinishReason::ToolCalls, "tool_calls"),
    ];
    let mut answer = Answer::default();
    events.iter().for_each(|event| answer.add(event));
    let message = serde_json::to_string_pretty(&whole::encode(&answer, &identity())).unwrap();
    expect![[r#"
        {
          "id": "msg_1",
          "type": "message",
          "role": "assistant",
          "model": "gpt-x",
          "content": [
            {
              "type": "thinking",
              "thinking": "hm",
              "signature": ""
            },
            {
              "type": "text",
              "text": "Hello"
            },
            {
              "type": "tool_use",
              "id": "toolu_e61d99190466522c",
              "name": "f",
              "input": {
                "a": 1
              }
            },
            {
              "type": "tool_use",
              "id": "toolu_af63ac4c86019afc_1",
              "name": "cut",
              "input": {}
            }
          ],
          "stop_reason": "tool_use",
          "stop_sequence": null,
          "usage": {
            "input_tokens": 5,
            "cache_read_input_tokens": 4,
            "output_tokens": 3
          }
        }"#]]
    .assert_eq(&message);
}

fn fold(events: &[Event]) -> Answer {
    let mut answer = Answer::default();
    events.iter().for_each(|event| answer.add(event));
    answer
}

/// Pieces of an answer as any provider may order them.
fn pieces() -> impl Strategy<Value = Vec<Event>> {
    let piece = prop_oneof![
        "\\PC{0,8}".prop_map(Event::Text),
        "\\PC{0,8}".prop_map(Event::Reasoning),
        Just(Event::Ping),
        (1u64..90, 1u64..90).prop_map(|(p, c)| usage(p, c)),
    ];
    let calls = prop::collection::vec(("[a-z_]{1,6}", "[a-z]{0,6}", 0usize..20), 0..4);
    (prop::collection::vec(piece, 0..12), calls).prop_map(|(mut events, calls)| {
        // Two halves of each call's arguments, the second halves after all the first ones.
        let mut late = Vec::new();
        for (index, (name, value, cut)) in (0u32..).zip(calls) {
            let whole = format!("{{\"k\":\"{value}\"}}");
            let (a, b) = whole.split_at(cut.min(whole.len()));
            events.extend([tool(index, &format!("call_{index}"), &name), arguments(index, a)]);
            late.push(arguments(index, b));
        }
        events.extend(late);
        events
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_the_same_answer(
        pieces in pieces(),
        reason in prop::sample::select(vec!["end_turn", "max_tokens", "tool_use", "refusal"]),
        stop in prop::option::of("[a-z]{1,4}"),
    ) {
        let mut events = vec![start()];
        events.extend(pieces);
        let reason = match reason {
            "max_tokens" => FinishReason::Length,
            "tool_use" => FinishReason::ToolCalls,
            "refusal" => FinishReason::ContentFilter,
            _ => FinishReason::Stop,
        };
        let native = match reason {
            FinishReason::Length => "max_tokens",
            FinishReason::ToolCalls => "tool_use",
            FinishReason::ContentFilter => "refusal",
            FinishReason::Stop | FinishReason::Failed | FinishReason::Unknown => "end_turn",
        };
        events.push(Event::Finish(Finish {
            reason, stop_sequence: stop, native: native.to_owned(), rest: Rest::new(),
        }));
        events.push(usage(40, 50));
        events.push(Event::End);
        let read = decode(&encode(&events)).unwrap();
        prop_assert_eq!(read.last(), Some(&Event::End));
        prop_assert_eq!(fold(&read), fold(&events));
    }

    #[test]
    fn no_provider_can_crash_the_reader(
        name in prop::option::of("[a-z_]{0,12}"),
        lines in prop::collection::vec(event_like(), 0..6),
        garbage in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut decoder = stream::Decoder::default();
        let mut out = Vec::new();
        for line in &lines {
            let _ = decoder.event(name.as_deref(), line.to_string().as_bytes(), &mut out);
        }
        let _ = decoder.event(None, &garbage, &mut out);
        let _ = encode(&out);
    }
}

/// JSON that uses this dialect's keys and types in any wrong way.
fn event_like() -> impl Strategy<Value = serde_json::Value> {
    let word = prop::sample::select(vec![
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "error",
        "tool_use",
        "text",
        "thinking",
        "text_delta",
        "input_json_delta",
        "end_turn",
        "x",
    ]);
    let key = prop::sample::select(vec![
        "type",
        "index",
        "delta",
        "content_block",
        "message",
        "usage",
        "text",
        "partial_json",
        "id",
        "name",
        "input",
        "stop_reason",
        "input_tokens",
        "output_tokens",
        "error",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        word.prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                serde_json::Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}
