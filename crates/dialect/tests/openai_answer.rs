//! What a caller of OpenAI's dialect reads: chunks, or one object.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use expect_test::{Expect, expect};
use handover_dialect::hub::{Answer, Event, Finish, FinishReason, Identity, Rest, ToolCall, Usage};
use handover_dialect::openai::stream::{Decoder, Encoder};
use handover_dialect::openai::whole;
use handover_dialect::{ProviderError, sse};
use proptest::prelude::*;
use serde_json::json;

fn start() -> Event {
    Event::Start { id: Some("chatcmpl-1".to_owned()), model: Some("m".to_owned()), rest: Rest::new() }
}

fn text(text: &str) -> Event {
    Event::Text(text.to_owned())
}

fn call(index: u32, id: &str, name: &str) -> Event {
    Event::ToolStart { index, id: id.to_owned(), name: name.to_owned() }
}

fn arguments(index: u32, fragment: &str) -> Event {
    Event::ToolArguments { index, fragment: fragment.to_owned() }
}

fn finish(reason: FinishReason, native: &str) -> Event {
    Event::Finish(Finish { reason, stop_sequence: None, native: native.to_owned(), rest: Rest::new() })
}

fn identity() -> Identity {
    Identity { id: "abc".to_owned(), created: 1_700_000_000, model: "asked".to_owned() }
}

fn written(events: &[Event], include_usage: bool) -> String {
    let (mut encoder, mut out) = (Encoder::new(identity(), include_usage), Vec::new());
    events.iter().for_each(|event| encoder.event(event, &mut out));
    String::from_utf8(out).unwrap()
}

fn writes(events: &[Event], include_usage: bool, expected: &Expect) {
    // What all chunks have in common is shown once, by the first test.
    let head = r#"{"id":"chatcmpl-abc","object":"chat.completion.chunk","created":1700000000,"#;
    expected.assert_eq(&written(events, include_usage).replace(head, "{…"));
}

#[test]
fn a_caller_reads_each_token_as_a_chunk() {
    let first = written(&[text("é\"\n")], false);
    expect![[r#"
        data: {"id":"chatcmpl-abc","object":"chat.completion.chunk","created":1700000000,"model":"asked","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-abc","object":"chat.completion.chunk","created":1700000000,"model":"asked","choices":[{"index":0,"delta":{"content":"é\"\n"},"logprobs":null,"finish_reason":null}]}

    "#]]
    .assert_eq(&first);
    let usage = Usage { prompt: Some(9), cached: Some(4), completion: Some(3), ..Usage::default() };
    let answer = [
        start(),
        Event::Ping,
        Event::Reasoning("hm".to_owned()),
        Event::Signature("s".to_owned()),
        text(""),
        text("Hi"),
        Event::Other(json!({"x": 1})),
        finish(FinishReason::Stop, "end_turn"),
        Event::Usage(usage),
        Event::End,
    ];
    writes(
        &answer,
        true,
        &expect![[r#"
        data: {…"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}

        : ping

        data: {…"model":"m","choices":[{"index":0,"delta":{"reasoning_content":"hm"},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {…"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {…"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}

        data: {…"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}}

        data: [DONE]

    "#]],
    );
    writes(
        &answer,
        false,
        &expect![[r#"
        data: {…"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        : ping

        data: {…"model":"m","choices":[{"index":0,"delta":{"reasoning_content":"hm"},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

        data: [DONE]

    "#]],
    );
}

#[test]
fn a_caller_can_parse_the_arguments_of_every_call() {
    let answer = [
        start(),
        call(0, "a", "f"),
        arguments(0, "{\"x\":"),
        arguments(0, "1}"),
        call(1, "b", "g"),
        arguments(1, ""),
        finish(FinishReason::ToolCalls, "tool_use"),
        Event::End,
    ];
    writes(
        &answer,
        false,
        &expect![[r#"
        data: {…"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"logprobs":null,"finish_reason":null}]}

        data: {…"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}

        data: [DONE]

    "#]],
    );
}

#[test]
fn a_caller_is_never_told_that_a_broken_answer_ended() {
    let error = Event::Error(ProviderError::default());
    for broken in [error, finish(FinishReason::Failed, "ERROR")] {
        let stream = written(&[start(), text("a"), broken, Event::End], true);
        assert!(!stream.contains("[DONE]") && !stream.contains("\"error\""), "{stream}");
        assert!(!stream.contains("\"finish_reason\":\""), "{stream}");
    }
}

#[test]
fn an_answer_handed_over_stays_one_answer() {
    let other = Event::Start { id: None, model: Some("second".to_owned()), rest: Rest::new() };
    let error = Event::Error(ProviderError::default());
    let stream = written(
        &[start(), text("a"), error, other, text("b"), finish(FinishReason::Stop, "x"), Event::End],
        false,
    );
    assert_eq!(stream.matches("\"role\"").count(), 1, "{stream}");
    assert_eq!(stream.matches("\"model\":\"second\"").count(), 2, "{stream}");
    assert!(stream.ends_with("data: [DONE]\n\n"), "{stream}");
}

#[test]
fn a_whole_answer_says_what_its_stream_said() {
    let check = |answer: Answer, expected: Expect| {
        expected.assert_eq(&serde_json::to_string_pretty(&whole::encode(&answer, &identity())).unwrap());
    };
    let ended = |reason: FinishReason| {
        Some(Finish { reason, stop_sequence: None, native: String::new(), rest: Rest::new() })
    };
    let usage = Usage {
        prompt: Some(9),
        cache_write: Some(2),
        completion: Some(3),
        reasoning: Some(1),
        ..Usage::default()
    };
    check(
        Answer {
            model: Some("m".to_owned()),
            text: "Hi".to_owned(),
            reasoning: "hm".to_owned(),
            usage,
            finish: ended(FinishReason::Length),
            rest: json!({"service_tier": "flex", "id": "theirs", "error": 1}).as_object().unwrap().clone(),
            ..Answer::default()
        },
        expect![[r#"
            {
              "id": "chatcmpl-abc",
              "object": "chat.completion",
              "created": 1700000000,
              "model": "m",
              "choices": [
                {
                  "index": 0,
                  "message": {
                    "role": "assistant",
                    "content": "Hi",
                    "refusal": null,
                    "reasoning_content": "hm"
                  },
                  "logprobs": null,
                  "finish_reason": "length"
                }
              ],
              "usage": {
                "prompt_tokens": 9,
                "completion_tokens": 3,
                "total_tokens": 12,
                "prompt_tokens_details": {
                  "cached_tokens": 0,
                  "cache_write_tokens": 2
                },
                "completion_tokens_details": {
                  "reasoning_tokens": 1
                }
              },
              "service_tier": "flex"
            }"#]],
    );
    let called = ToolCall { id: "a".to_owned(), name: "f".to_owned(), arguments: String::new() };
    check(
        Answer { tool_calls: vec![called], finish: ended(FinishReason::ToolCalls), ..Answer::default() },
        expect![[r#"
            {
              "id": "chatcmpl-abc",
              "object": "chat.completion",
              "created": 1700000000,
              "model": "asked",
              "choices": [
                {
                  "index": 0,
                  "message": {
                    "role": "assistant",
                    "content": null,
                    "refusal": null,
                    "tool_calls": [
                      {
                        "id": "a",
                        "type": "function",
                        "function": {
                          "name": "f",
                          "arguments": "{}"
                        }
                      }
                    ]
                  },
                  "logprobs": null,
                  "finish_reason": "tool_calls"
                }
              ]
            }"#]],
    );
    check(
        Answer { refusal: "No.".to_owned(), finish: ended(FinishReason::ContentFilter), ..Answer::default() },
        expect![[r#"
            {
              "id": "chatcmpl-abc",
              "object": "chat.completion",
              "created": 1700000000,
              "model": "asked",
              "choices": [
                {
                  "index": 0,
                  "message": {
                    "role": "assistant",
                    "content": null,
                    "refusal": "No."
                  },
                  "logprobs": null,
                  "finish_reason": "content_filter"
                }
              ]
            }"#]],
    );
}

fn any_event() -> impl Strategy<Value = Event> {
    let piece = "[a-z\"\\\\\n\u{e9}\u{2028}]{1,6}";
    prop_oneof![
        piece.prop_map(Event::Text),
        piece.prop_map(Event::Reasoning),
        piece.prop_map(Event::Refusal),
        (0u32..3, piece).prop_map(|(index, fragment)| Event::ToolArguments { index, fragment }),
        Just(Event::Ping),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_answer(events in prop::collection::vec(any_event(), 0..20), usage: bool) {
        let mut all = vec![Event::Start { id: None, model: Some("m".to_owned()), rest: Rest::new() }];
        all.extend((0..3).map(|i| call(i, &format!("id{i}"), "f")));
        all.extend((0..3).map(|i| arguments(i, "{")));
        all.extend(events);
        all.push(finish(FinishReason::ToolCalls, "tool_calls"));
        let counted = Usage { prompt: Some(3), completion: Some(4), reasoning: Some(1), ..Usage::default() };
        all.push(Event::Usage(counted));
        all.push(Event::End);
        let stream = written(&all, usage);
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for event in sse::events(stream.as_bytes()) {
            decoder.event(event.name, &event.data, &mut out).unwrap();
        }
        let fold = |events: &[Event]| {
            let mut answer = Answer::default();
            events.iter().for_each(|event| answer.add(event));
            answer
        };
        let mut expected = fold(&all);
        if !usage {
            expected.usage = Usage::default();
        }
        prop_assert_eq!(fold(&out), expected);
        prop_assert_eq!(out.last(), Some(&Event::End));
    }
}
