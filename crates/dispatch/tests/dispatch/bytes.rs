//! Whatever the bytes look like, the caller gets the same answer and the provider the same request.

use crate::world::{World, hello, model};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_drill::Script;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::future::Future;

/// A runtime of one thread whose clock jumps to the next timer.
fn paused<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

fn dialects() -> impl Strategy<Value = (Dialect, Dialect)> {
    (prop::sample::select(vec![OpenAi, Anthropic]), prop::sample::select(vec![OpenAi, Anthropic, Cohere]))
}

/// JSON that a client of tomorrow might send.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members(inner).prop_map(Value::from),
        ]
    })
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::hash_map("x_[a-z]{1,6}", value, 0..4).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn however_a_stream_is_cut_the_caller_reads_the_same_text(
        (caller, lead) in dialects(),
        text in "[^ ]\\PC{0,60}[^ ]( \\PC{1,9}[^ ]){0,9}",
        bytes in 1_usize..200,
        (crlf, pings, flush_each) in any::<(bool, bool, bool)>(),
        stream in any::<bool>(),
    ) {
        let mut script = Script::answer(&text).chunk_bytes(bytes);
        if crlf { script = script.crlf(); }
        if pings { script = script.pings(); }
        if flush_each { script = script.flush_each(); }
        let told = paused(async {
            let world = World::builder().provider("lead", lead, &script.to_string()).build();
            world.hello(caller, stream).await
        });
        prop_assert_eq!(told.text(), &text);
        prop_assert!(told.view.is_complete() && !told.aborted);
    }

    #[test]
    fn fields_nobody_knows_yet_reach_a_provider_of_the_callers_dialect(
        dialect in prop::sample::select(vec![OpenAi, Anthropic]),
        stream in any::<bool>(),
        on_top in members(any_json()),
        in_message in members(any_json()),
        own in any::<bool>(),
    ) {
        let mut body = hello(dialect, stream);
        let Some(object) = body.as_object_mut() else { panic!("a request body is an object") };
        object.extend(on_top);
        let message = object.get_mut("messages").and_then(|m| m[0].as_object_mut());
        message.expect("a message").extend(in_message);
        let mut expected = body.clone();
        expected["model"] = json!(model(dialect));
        if own {
            body["fallbacks"] = json!(["lead"]);
            body["models"] = json!([]);
            body["disable_fallbacks"] = json!(true);
        }
        let (told, sent) = paused(async {
            let world = World::builder().provider("lead", dialect, "ok").lenient().build();
            if own {
                // An unknown name in the list would be told to the caller.
                body["fallbacks"] = json!(["default"]);
            }
            let told = world.ask(dialect, &body).await;
            (told, world.simulators[0].last_request())
        });
        prop_assert_eq!(told.status, 200);
        prop_assert_eq!(sent.map(|r| r.json), Some(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_another_dialect_has_no_place_for_is_named() {
    for (caller, lead) in [(OpenAi, Anthropic), (OpenAi, Cohere), (Anthropic, OpenAi), (Anthropic, Cohere)] {
        let world = World::builder().provider("lead", lead, "ok").build();
        let mut body = hello(caller, true);
        body["x_new"] = json!({"a": 1});
        let told = world.ask(caller, &body).await;
        let sent = world.simulators[0].last_request().expect("a request");
        let named = told.header("x-handover-dropped").split(',').any(|f| f.trim() == "x_new");
        assert_eq!(told.status, 200, "{told:?}");
        assert!(
            named == sent.json["x_new"].is_null(),
            "{caller:?} to {lead:?}: dropped in silence: {told:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_callers_version_headers_go_to_a_provider_of_its_dialect() {
    for lead in [Anthropic, OpenAi] {
        let world = World::builder().provider("lead", lead, "ok").build();
        let mut incoming = world.incoming(Anthropic, &hello(Anthropic, true));
        incoming.headers.insert("anthropic-beta", "new-thing".parse().expect("a value"));
        incoming.headers.insert("anthropic-version", "2023-01-01".parse().expect("a value"));
        world.read(incoming).await;
        let sent = world.simulators[0].last_request().expect("a request");
        let expected = if lead == Anthropic { ("new-thing", "2023-01-01") } else { ("", "") };
        assert_eq!((sent.header("anthropic-beta"), sent.header("anthropic-version")), expected);
        assert_eq!(sent.header("accept-encoding"), "identity", "a compressed stream is a buffered stream");
    }
}

#[tokio::test(start_paused = true)]
async fn an_odd_but_whole_answer_is_not_thrown_away() {
    let shapes = [
        "one_write",
        "duplicate_finish",
        "no_usage",
        "type=''",
        "suffix=-2026-11-20",
        "goaway@2 every=10ms",
        "think='Let me see'",
        "finish=length",
        "flush_each chunk_bytes=3",
        "stay_open",
        "then_close",
        "header:x-new=1",
        "crlf",
        "pings every=20s",
    ];
    for shape in shapes {
        for caller in [OpenAi, Anthropic] {
            for lead in [OpenAi, Anthropic, Cohere] {
                for (stream, http2) in [(true, true), (true, false), (false, true), (false, false)] {
                    let script = format!("ok {shape}");
                    let patient = |c: &mut handover_policy::Timeouts| c.first_token *= 60;
                    let world = World::builder().provider("lead", lead, &script).http2(http2).clocks(patient);
                    let world = world.provider("backup", OpenAi, "ok 'No.'").build();
                    let told = world.hello(caller, stream).await;
                    let case = format!("{shape}: {caller:?} asks {lead:?}, stream: {stream}: {told:?}");
                    assert_eq!((told.status, told.text()), (200, "Hello from the simulator."), "{case}");
                    assert!(told.view.is_complete() && !told.aborted, "{case}");
                    assert_eq!(world.asked(), [1, 0], "{case}");
                    let versioned = told.view.models.iter().all(|m| m.ends_with("-2026-11-20"));
                    assert_eq!(
                        versioned,
                        shape.starts_with("suffix") && lead != Cohere,
                        "the true model: {case}"
                    );
                }
            }
        }
    }
}
