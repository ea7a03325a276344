//! An answer's tokens must reach the caller as the provider wrote them, and a broken answer must never look whole.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use handover_dialect::hub::{Event, Finish, FinishReason, Rest, Usage};
use handover_dialect::openai::stream::Decoder;
use handover_dialect::{Malformed, ProviderError};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Reads a stream given as the JSON of its events.
fn read(chunks: &[Value]) -> Result<Vec<Event>, Malformed> {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    for chunk in chunks {
        let data = if chunk == "[DONE]" { "[DONE]".to_owned() } else { chunk.to_string() };
        decoder.event(None, data.as_bytes(), &mut out)?;
    }
    Ok(out)
}

fn delta(delta: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}], "usage": null})
}

fn ending(reason: &str) -> Value {
    json!({"id": "chatcmpl-1", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn opening() -> Value {
    delta(json!({"role": "assistant", "content": "", "refusal": null}))
}

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

/// Checks what follows the opening chunk.
fn check(chunks: &[Value], expected: &[Event]) {
    let mut all = vec![opening()];
    all.extend_from_slice(chunks);
    let mut expected = expected.to_vec();
    expected.insert(0, start());
    assert_eq!(read(&all).unwrap(), expected, "{chunks:#?}");
}

#[test]
fn no_token_is_lost_and_no_empty_piece_commits_an_answer() {
    check(
        &[
            delta(json!({"content": "Hel"})),
            delta(json!({"content": "lo"})),
            ending("stop"),
            json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3.0,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
                "completion_tokens_details": {"reasoning_tokens": 2}}}),
            json!("[DONE]"),
        ],
        &[
            text("Hel"),
            text("lo"),
            finish(FinishReason::Stop, "stop"),
            Event::Usage(Usage {
                prompt: Some(9),
                cached: Some(4),
                cache_write: Some(1),
                completion: Some(3),
                reasoning: Some(2),
            }),
            Event::End,
        ],
    );
    // Ollama, Azure, Mistral: chunks without content.
    check(&[delta(json!({"content": ""})), json!({"choices": []}), json!({"x": [1]}), json!({})], &[]);
    check(&[delta(json!({"reasoning": "hm"}))], &[Event::Reasoning("hm".to_owned())]);
    check(
        &[delta(json!({"reasoning": "hm", "reasoning_content": "hm", "content": "a"}))],
        &[Event::Reasoning("hm".to_owned()), text("a")],
    );
    check(&[delta(json!({"refusal": "No."}))], &[Event::Refusal("No.".to_owned())]);
    check(
        &[delta(json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
            {"type": "text", "text": "a"}]}))],
        &[Event::Reasoning("hm".to_owned()), text("a")],
    );
    // A second answer (`n`) never mixes into the first.
    check(&[json!({"choices": [{"index": 1, "delta": {"content": "other"}}]})], &[]);
    // A whole answer in one piece, from a server that does not stream.
    let whole = json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "m", "choices": [{"index": 0,
        "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1}});
    let usage = Usage { prompt: Some(1), ..Usage::default() };
    let expected = [start(), text("Hi"), finish(FinishReason::Stop, "stop"), Event::Usage(usage)];
    assert_eq!(read(&[whole]).unwrap(), expected);
}

#[test]
fn the_opening_is_known_by_its_first_real_chunk() {
    let azure = json!({"id": "", "model": "", "choices": [], "prompt_filter_results": [1]});
    let rest = |value: Value| value.as_object().unwrap().clone();
    let begun = |value: Value| {
        vec![Event::Start {
            id: Some("chatcmpl-1".to_owned()),
            model: Some("m".to_owned()),
            rest: rest(value),
        }]
    };
    let mut first = opening();
    first["system_fingerprint"] = json!("fp");
    first["service_tier"] = json!(null);
    first["obfuscation"] = json!("xx");
    assert_eq!(
        read(&[azure, first]).unwrap(),
        begun(json!({"prompt_filter_results": [1], "system_fingerprint": "fp"}))
    );
}

#[test]
fn every_tool_call_arrives_whole_however_a_server_cuts_it() {
    let calls = |calls: Value| delta(json!({"tool_calls": calls}));
    let function = |name: &str, arguments: &str| json!({"name": name, "arguments": arguments});
    // OpenAI.
    check(
        &[
            calls(json!([{"index": 0, "id": "a", "type": "function", "function": function("f", "")}])),
            calls(json!([{"index": 0, "function": {"arguments": "{\"x\":"}}])),
            calls(json!([{"index": 0, "function": {"arguments": "1}"}}])),
            calls(json!([{"index": 1, "id": "b", "type": "function", "function": function("g", "{}")}])),
            ending("tool_calls"),
        ],
        &[
            call(0, "a", "f"),
            arguments(0, "{\"x\":"),
            arguments(0, "1}"),
            call(1, "b", "g"),
            arguments(1, "{}"),
            finish(FinishReason::ToolCalls, "tool_calls"),
        ],
    );
    let two = [call(0, "a", "f"), arguments(0, "{}"), call(1, "b", "f"), arguments(1, "{}")];
    // No numbers: both in one chunk, or one after the other.
    let whole = |id: &str| json!({"id": id, "function": function("f", "{}")});
    check(&[calls(json!([whole("a"), whole("b")]))], &two);
    check(&[calls(json!([whole("a")])), calls(json!([whole("b")]))], &two);
    // All numbered 0 and told apart by their ids.
    let zero = |id: &str| json!({"index": 0, "id": id, "function": function("f", "{}")});
    check(&[calls(json!([zero("a"), zero("b")]))], &two);
    // Numbers that do not begin at 0; id and name repeated in every piece.
    let repeated =
        |arguments: &str| calls(json!([{"index": 7, "id": "a", "function": function("f", arguments)}]));
    check(&[repeated("{"), repeated("}")], &[call(0, "a", "f"), arguments(0, "{"), arguments(0, "}")]);
    // Arguments as an object; an end that says only `stop`.
    check(
        &[calls(json!([{"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}])), ending("stop")],
        &[call(0, "a", "f"), arguments(0, "{\"x\":1}"), finish(FinishReason::ToolCalls, "stop")],
    );
    // The name comes last.
    check(
        &[
            calls(json!([{"index": 0, "id": "a", "function": {"arguments": "{"}}])),
            calls(json!([{"index": 0, "function": function("f", "}")}])),
        ],
        &[call(0, "a", "f"), arguments(0, "{}")],
    );
    // No ids: each call gets one of its own, the same on every reading.
    let nameless = [
        opening(),
        calls(json!([{"function": function("f", "{}")}])),
        calls(json!([{"function": function("f", "{}")}])),
    ];
    let events = read(&nameless).unwrap();
    assert_eq!(events, read(&nameless).unwrap());
    let ids: Vec<&String> = events
        .iter()
        .filter_map(|e| if let Event::ToolStart { id, .. } = e { Some(id) } else { None })
        .collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_failed_answer_is_never_taken_for_a_finished_one() {
    let error = |value: Value| Event::Error(ProviderError::from_value(&value));
    for failure in [
        json!({"error": {"message": "overloaded", "type": "server_error", "code": null}}),
        json!({"error": "out of memory"}),
        json!({"object": "error", "message": "bad", "code": 500}),
        json!({"error": {"message": "m"}, "choices": [{"index": 0, "delta": {"content": "x"}}]}),
    ] {
        // `[DONE]` behind a failure is no end.
        check(
            &[delta(json!({"content": "a"})), failure.clone(), json!("[DONE]")],
            &[text("a"), error(failure)],
        );
    }
    let mut out = Vec::new();
    Decoder::default().event(Some("error"), b"{\"message\":\"m\"}", &mut out).unwrap();
    assert_eq!(out, [error(json!({"message": "m"}))]);
    for none in [json!({"error": null}), json!({"error": ""}), json!({"error": false}), json!({"error": {}})]
    {
        check(&[none], &[]);
    }
    // A stream that is cut has no end.
    check(&[delta(json!({"content": "a"}))], &[text("a")]);
}

#[test]
fn an_ending_means_what_the_server_meant() {
    for (word, reason) in [
        ("stop", FinishReason::Stop),
        ("length", FinishReason::Length),
        ("model_length", FinishReason::Length),
        ("tool_calls", FinishReason::ToolCalls),
        ("function_call", FinishReason::ToolCalls),
        ("content_filter", FinishReason::ContentFilter),
        ("error", FinishReason::Failed),
        ("abort", FinishReason::Failed),
        ("malformed_function_call", FinishReason::Failed),
        ("something_new", FinishReason::Unknown),
    ] {
        check(&[ending(word)], &[finish(reason, word)]);
    }
    // Said twice, or as an empty word: once, and not yet.
    check(&[ending("stop"), ending("stop")], &[finish(FinishReason::Stop, "stop")]);
    check(&[ending("")], &[]);
    // Text in the last chunk; vLLM's stop text; what is unknown.
    let last = json!({"choices": [{"index": 0, "delta": {"content": "."}, "finish_reason": "stop",
        "stop_reason": "END", "content_filter_results": {"a": 1}, "logprobs": null}]});
    let rest = json!({"content_filter_results": {"a": 1}}).as_object().unwrap().clone();
    let ending = Finish {
        reason: FinishReason::Stop,
        stop_sequence: Some("END".to_owned()),
        native: "stop".to_owned(),
        rest,
    };
    check(&[last], &[text("."), Event::Finish(ending)]);
}

#[test]
fn an_unreadable_event_ends_the_attempt_instead_of_losing_text() {
    for data in ["{\"choices\":[", "[]", "7", "\"x\"", "null", "", "<html>", "[DONE] x"] {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        assert!(decoder.event(None, data.as_bytes(), &mut out).is_err(), "{data}");
        assert_eq!(out, []);
    }
    assert!(Decoder::default().event(None, b"\xff", &mut Vec::new()).is_err());
    let nameless = delta(json!({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}));
    assert!(read(&[opening(), nameless, ending("tool_calls")]).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "choices",
        "delta",
        "message",
        "content",
        "reasoning",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "index",
        "finish_reason",
        "usage",
        "error",
        "prompt_tokens",
        "prompt_tokens_details",
        "model",
        "stop_reason",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|members| Value::Object(
                members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_chunk_makes_it_panic(chunks in prop::collection::vec(any_json(), 1..4), typed in any_json()) {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        let wrapped = json!({"model": "m", "choices": [{"delta": typed.clone(), "finish_reason": typed.clone()}], "usage": typed});
        for chunk in chunks.iter().chain([&wrapped, &wrapped]) {
            let _ = decoder.event(None, chunk.to_string().as_bytes(), &mut out);
        }
        let starts = out.iter().filter(|event| matches!(event, Event::Start { .. })).count();
        prop_assert_eq!(starts, 1);
    }
}
