//! Cohere streams: what a caller would lose if a provider's events were misread.

use expect_test::{Expect, expect};
use handover_dialect::cohere::stream::Decoder;
use handover_dialect::hub::Event;
use proptest::prelude::*;
use serde_json::Value;
use std::fmt::Write as _;

fn decode(lines: &[&str]) -> Result<Vec<Event>, String> {
    let mut decoder = Decoder::default();
    let mut out = Vec::new();
    for line in lines {
        decoder.event(None, line.as_bytes(), &mut out).map_err(|e| e.to_string())?;
    }
    Ok(out)
}

fn check(lines: &[&str], expected: Expect) {
    let mut shown = String::new();
    match decode(lines) {
        Ok(events) => events.iter().for_each(|event| {
            let _ = writeln!(shown, "{event:?}");
        }),
        Err(error) => shown = error,
    }
    expected.assert_eq(&shown);
}

const START: &str = r#"{"id":"c1","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}"#;

#[test]
fn the_callers_text_and_token_counts_arrive() {
    check(
        &[
            START,
            r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}"#,
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}"#,
            r#"{"type":"content-end","index":0}"#,
            r#"{"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":"H"}}}}"#,
            r#"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"ello"}}}}"#,
            r#"{"type":"content-end","index":1}"#,
            r#"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0}}}}"#,
            r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":3,"output_tokens":2},"tokens":{"input_tokens":500.0,"output_tokens":4},"cached_tokens":16}}}"#,
            "[DONE]",
        ],
        expect![[r#"
            Start { id: Some("c1"), model: None, rest: {} }
            Reasoning("hm")
            Text("H")
            Text("ello")
            Other(Object {"type": String("citation-start"), "index": Number(0), "delta": Object {"message": Object {"citations": Object {"start": Number(0)}}}})
            Usage(Usage { prompt: Some(500), cached: Some(16), cache_write: None, completion: Some(4), reasoning: None })
            Finish(Finish { reason: Stop, stop_sequence: None, native: "COMPLETE", rest: {} })
            End
        "#]],
    );
}

#[test]
fn each_tool_call_gets_its_own_arguments() {
    check(
        &[
            r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I look it up."}}}"#,
            r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a","type":"function","function":{"name":"f","arguments":""}}}}}"#,
            r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"c\":"}}}}}"#,
            r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"1}"}}}}}"#,
            r#"{"type":"tool-call-end","index":0}"#,
            r#"{"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"b","function":{"name":"no_arguments"}}}}}"#,
            r#"{"type":"tool-call-end","index":1}"#,
            r#"{"type":"tool-call-start","index":2,"delta":{"message":{"tool_calls":{"id":"c","function":{"name":"all_at_once","arguments":"{}"}}}}}"#,
            r#"{"type":"tool-call-end","index":2}"#,
            r#"{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":3,"output_tokens":2}}}}"#,
        ],
        expect![[r#"
            Reasoning("I look it up.")
            ToolStart { index: 0, id: "a", name: "f" }
            ToolArguments { index: 0, fragment: "{\"c\":" }
            ToolArguments { index: 0, fragment: "1}" }
            ToolStart { index: 1, id: "b", name: "no_arguments" }
            ToolArguments { index: 1, fragment: "{}" }
            ToolStart { index: 2, id: "c", name: "all_at_once" }
            ToolArguments { index: 2, fragment: "{}" }
            Usage(Usage { prompt: Some(3), cached: None, cache_write: None, completion: Some(2), reasoning: None })
            Finish(Finish { reason: ToolCalls, stop_sequence: None, native: "TOOL_CALL", rest: {} })
            End
        "#]],
    );
}

#[test]
fn a_failure_inside_the_answer_is_never_its_end() {
    check(
        &[r#"{"type":"message-end","delta":{"error":"upstream failed","finish_reason":"ERROR"}}"#, "[DONE]"],
        expect![[r#"
            Error(ProviderError { status: Some(500), kind: Some("ERROR"), code: None, param: None, message: "upstream failed", raw: b"{\"type\":\"message-end\",\"delta\":{\"error\":\"upstream failed\",\"finish_reason\":\"ERROR\"}}" })
        "#]],
    );
    let events = decode(&[r#"{"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}"#]).unwrap();
    assert!(matches!(events.as_slice(), [Event::Error(e)] if e.status == Some(500)), "{events:?}");
    // A cut stream, even one that is closed with the other dialect's word.
    let events = decode(&[START, "[DONE]"]).unwrap();
    assert!(!events.contains(&Event::End), "{events:?}");
}

#[test]
fn every_reason_to_end_is_told() {
    let check = |native: &str, expected: &str| {
        let line = format!(r#"{{"type":"message-end","delta":{{"finish_reason":"{native}"}}}}"#);
        let events = decode(&[&line]).unwrap();
        let [Event::Finish(finish), Event::End] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(format!("{:?}", finish.reason), expected);
        assert_eq!(finish.native, native);
    };
    check("COMPLETE", "Stop");
    check("STOP_SEQUENCE", "Stop");
    check("MAX_TOKENS", "Length");
    check("TOOL_CALL", "ToolCalls");
    check("NEW", "Unknown");
}

#[test]
fn what_is_not_known_is_kept() {
    check(
        &[
            r#"{"type":"content-start","index":0,"delta":{"message":{"content":[1]}}}"#,
            r#"{"type":"brand-new","x":1}"#,
        ],
        expect![[r#"
            Other(Object {"type": String("content-start"), "index": Number(0), "delta": Object {"message": Object {"content": Array [Number(1)]}}})
            Other(Object {"type": String("brand-new"), "x": Number(1)})
        "#]],
    );
}

#[test]
fn lost_text_never_goes_unnoticed() {
    let check = |line: &str| assert!(decode(&[line]).is_err(), "{line}");
    check("x");
    check("[]");
    check(r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hel"#);
    check(r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{}}}}"#);
    check(r#"{"type":"content-delta","index":0}"#);
    check(r#"{"type":"tool-plan-delta","delta":{"message":{}}}"#);
    check(
        r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"function":{"name":"f"}}}}}"#,
    );
    check(
        r#"{"type":"tool-call-delta","index":7,"delta":{"message":{"tool_calls":{"function":{"arguments":"x"}}}}}"#,
    );
}

proptest! {
    #[test]
    fn no_provider_can_crash_the_reader(
        name in prop::option::of("[a-z-]{0,12}"),
        lines in prop::collection::vec(event_like(), 0..6),
        garbage in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        for line in &lines {
            let _ = decoder.event(name.as_deref(), line.to_string().as_bytes(), &mut out);
        }
        let _ = decoder.event(None, &garbage, &mut out);
    }
}

/// JSON that uses this dialect's keys and types in any wrong way.
fn event_like() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "message-start",
        "content-start",
        "content-delta",
        "tool-plan-delta",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "message-end",
        "COMPLETE",
        "ERROR",
        "text",
        "x",
    ]);
    let key = prop::sample::select(vec![
        "type",
        "index",
        "delta",
        "message",
        "content",
        "tool_calls",
        "tool_plan",
        "function",
        "arguments",
        "id",
        "name",
        "text",
        "thinking",
        "usage",
        "tokens",
        "input_tokens",
        "finish_reason",
        "error",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}
