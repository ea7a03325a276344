//! The caller's own errors, refusals, and requests a target cannot take.

use crate::world::{Told, World, hello, model};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use serde_json::{Value, json};

const BAD: &str = r#"400 body='{"error": {"message":"Bad  thing","type":"invalid_request_error","param":"x","code":null}, "extra":[1.50]}'"#;

#[tokio::test(start_paused = true)]
async fn a_400_in_the_callers_dialect_reaches_it_byte_for_byte() {
    let sent = BAD.trim_start_matches("400 body='").trim_end_matches('\'');
    for stream in [true, false] {
        let world = World::builder().provider("lead", OpenAi, BAD).provider("backup", OpenAi, "ok").build();
        let told = world.hello(OpenAi, stream).await;
        assert_eq!((told.status, std::str::from_utf8(&told.body)), (400, Ok(sent)));
        assert_eq!(world.asked(), [1, 0], "a caller's mistake is not shopped around");
        assert_eq!(told.header("x-handover-reason"), "bad_request");
    }
}

#[tokio::test(start_paused = true)]
async fn a_400_of_another_dialect_keeps_its_words_and_its_field() {
    for (lead, stream) in [(OpenAi, true), (OpenAi, false), (Cohere, true)] {
        let script = if lead == Cohere { r#"400 body='{"message":"Bad  thing"}'"# } else { BAD };
        let world = World::builder().provider("lead", lead, script).provider("backup", OpenAi, "ok").build();
        let told = world.hello(Anthropic, stream).await;
        let error = &told.json()["error"];
        assert_eq!((told.status, &error["type"]), (400, &json!("invalid_request_error")));
        assert_eq!(error["message"], format!("lead/{}: Bad  thing", model(lead)));
        assert_eq!(world.asked(), [1, 0]);
    }
    let bad = r#"400 body='{"type":"error","error":{"type":"invalid_request_error","message":"Bad"}}'"#;
    let world = World::builder().provider("lead", Anthropic, bad).provider("backup", Cohere, "ok").build();
    let told = world.hello(OpenAi, true).await;
    let error = &told.json()["error"];
    assert_eq!((told.status, &error["message"]), (400, &json!("lead/claude-haiku-4-5: Bad")));
    assert_eq!(world.asked(), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_translation_that_is_refused_is_not_held_against_the_caller() {
    for lead in [Anthropic, Cohere] {
        let world = World::builder()
            .provider("lead", lead, "bad_request")
            .provider("second", OpenAi, "529")
            .provider("third", OpenAi, "ok")
            .build();
        let told = world.hello(OpenAi, true).await;
        assert_eq!((told.status, world.asked()), (200, vec![1, 1, 1]), "{lead:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer_and_is_given_to_the_caller() {
    let filtered = "ok 'So far so good' finish=content_filter";
    for caller in [OpenAi, Anthropic] {
        for lead in [OpenAi, Anthropic, Cohere] {
            for script in ["refusal 'I will not.'", filtered, "empty finish=content_filter"] {
                if lead == Cohere && script.starts_with("empty") {
                    // Cohere has no word for a filter: there, such an answer is an empty one.
                    continue;
                }
                for stream in [true, false] {
                    let world =
                        World::builder().provider("lead", lead, script).provider("b", OpenAi, "ok").build();
                    let told = world.hello(caller, stream).await;
                    assert_eq!(
                        (told.status, world.asked()),
                        (200, vec![1, 0]),
                        "{caller:?} {lead:?} {script}"
                    );
                    assert!(told.view.is_complete(), "{told:?}");
                }
            }
        }
    }
}

fn with(dialect: Dialect, members: Value) -> Value {
    let mut body = hello(dialect, true);
    let (Some(body_members), Value::Object(members)) = (body.as_object_mut(), members) else {
        panic!("no object")
    };
    body_members.extend(members);
    body
}

#[tokio::test(start_paused = true)]
async fn a_field_a_model_does_not_take_is_left_out_once_and_then_always() {
    // The refusal as OpenAI words it for its reasoning models, then an answer.
    let refusal = r#"400 body='{"error":{"message":"Unsupported value","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}' then ok"#;
    let world = World::builder().provider("lead", OpenAi, refusal).provider("backup", Cohere, "ok").build();
    let body = with(Anthropic, json!({"temperature": 0.5}));
    let told = world.ask(Anthropic, &body).await;
    assert_eq!((told.status, world.asked()), (200, vec![2, 0]), "{told:?}");
    assert_eq!(told.header("x-handover-dropped"), "temperature");
    let told = world.ask(Anthropic, &body).await;
    assert_eq!((told.status, world.asked()), (200, vec![3, 0]), "learned: not asked in vain again");
    assert_eq!(told.header("x-handover-dropped"), "temperature");
    let sent: Vec<bool> =
        world.simulators[0].requests().iter().map(|r| r.json["temperature"].is_null()).collect();
    assert_eq!(sent, [false, true, true]);
}

#[tokio::test(start_paused = true)]
async fn a_field_is_left_out_only_once_per_request() {
    let refusal = r#"400 body='{"error":{"message":"Unsupported value","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}'"#;
    let world = World::builder().provider("lead", OpenAi, refusal).provider("backup", Cohere, "ok").build();
    let told = world.ask(Anthropic, &with(Anthropic, json!({"temperature": 0.5}))).await;
    assert_eq!((told.status, world.asked()), (400, vec![2, 0]));
}

#[tokio::test(start_paused = true)]
async fn what_carries_a_request_is_never_learned_away() {
    for field in ["messages", "model", "stream", "max_tokens"] {
        let refusal = format!(
            r#"400 body='{{"error":{{"message":"Unsupported","type":"invalid_request_error","param":"{field}","code":"unsupported_parameter"}}}}' then ok"#
        );
        let world =
            World::builder().provider("lead", OpenAi, &refusal).provider("backup", Cohere, "ok").build();
        world.hello(Anthropic, true).await;
        let told = world.hello(Anthropic, true).await;
        assert_eq!((told.status, told.text()), (200, "Hello from the simulator."), "{field}: {told:?}");
        assert!(told.view.is_complete(), "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn in_its_own_dialect_a_callers_field_is_never_taken_away() {
    let refusal = r#"400 body='{"error":{"message":"Unsupported value","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}' then ok"#;
    let world = World::builder().provider("lead", OpenAi, refusal).build();
    let body = with(OpenAi, json!({"temperature": 0.5}));
    assert_eq!(world.ask(OpenAi, &body).await.status, 400);
    assert_eq!(world.ask(OpenAi, &body).await.status, 200);
    assert_eq!(world.simulators[0].requests()[1].json["temperature"], json!(0.5));
}

/// What a long conversation meets: the windows of a chain, where each is told to be, and who is asked.
async fn check_window(windows: [Option<u64>; 3], script: &str, expected: (u16, [u64; 3])) -> Told {
    let world = World::builder()
        .provider("lead", OpenAi, script)
        .can(|c| c.context = windows[0])
        .provider("second", OpenAi, "ok")
        .can(|c| c.context = windows[1])
        .provider("third", Anthropic, "ok")
        .can(|c| c.context = windows[2])
        .build();
    let told = world.hello(OpenAi, true).await;
    assert_eq!((told.status, world.asked()), (expected.0, expected.1.to_vec()), "{windows:?} {script}");
    told
}

#[tokio::test(start_paused = true)]
async fn too_long_a_conversation_goes_only_where_it_is_known_to_fit() {
    let long = "context_length";
    check_window([Some(8_000), Some(200_000), None], long, (200, [1, 1, 0])).await;
    check_window([Some(8_000), Some(4_000), Some(200_000)], long, (200, [1, 0, 1])).await;
    check_window([Some(8_000), None, Some(200_000)], long, (200, [1, 0, 1])).await;
    check_window([None, Some(4_000), Some(8_000)], "too_large", (200, [1, 1, 0])).await;
    for windows in [[8_000, 8_000, 8_000], [8_000, 4_000, 1_000]] {
        let windows = windows.map(Some);
        let told = check_window(windows, long, (400, [1, 0, 0])).await;
        assert_eq!(told.json()["error"]["code"], "context_length_exceeded", "the provider's own words");
    }
    // Nobody has said what the others take: another model may take more, and one of them is asked. The second is the
    // same model somewhere else.
    check_window([None, None, None], long, (200, [1, 0, 1])).await;
    check_window([Some(8_000), Some(8_000), None], long, (200, [1, 0, 1])).await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_more_is_guessed_once_and_the_callers_own_model_has_the_last_word() {
    for (second, third) in [("context_length", "ok"), ("500", "ok")] {
        let world = World::builder()
            .provider("lead", OpenAi, "context_length")
            .provider("second", Anthropic, second)
            .provider("third", Cohere, third)
            .build();
        let told = world.hello(OpenAi, true).await;
        assert_eq!((told.status, world.asked()), (400, vec![1, 1, 0]), "{second}");
        assert_eq!(told.json()["error"]["code"], "context_length_exceeded", "{second}");
        assert!(
            told.json()["error"]["message"].as_str().is_some_and(|m| m.contains("maximum context")),
            "{told:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_handed_over_once_and_then_believed() {
    for lead in [OpenAi, Anthropic, Cohere] {
        for stream in [true, false] {
            let chain = |second: &str| {
                World::builder()
                    .provider("lead", lead, "empty")
                    .provider("second", Anthropic, second)
                    .provider("third", OpenAi, "ok")
                    .build()
            };
            let world = chain("ok");
            let told = world.hello(OpenAi, stream).await;
            assert_eq!(
                (told.text(), world.asked()),
                ("Hello from the simulator.", vec![1, 1, 0]),
                "{lead:?}"
            );
            let world = chain("empty");
            let told = world.hello(OpenAi, stream).await;
            assert_eq!(
                (told.status, told.text(), world.asked()),
                (200, "", vec![1, 1, 0]),
                "{lead:?} {stream}"
            );
            assert!(told.view.is_complete());
            let world = World::builder().provider("lead", lead, "empty").build();
            let told = world.hello(OpenAi, stream).await;
            assert_eq!((told.status, world.asked()), (200, vec![1]), "nobody else is there: {lead:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_we_cannot_read_goes_to_a_provider_that_may() {
    // The functions of 2023: OpenAI still takes them, no other dialect has a place for them.
    let old = json!({"functions": [{"name": "f", "parameters": {"type": "object"}}]});
    let world = World::builder().provider("lead", Anthropic, "ok").provider("native", OpenAi, "ok").build();
    let told = world.ask(OpenAi, &with(OpenAi, old.clone())).await;
    assert_eq!((told.status, world.asked(), told.header("x-handover-attempts")), (200, vec![0, 1], "1"));
    assert_eq!(world.simulators[1].requests()[0].json["functions"], old["functions"]);
    let world = World::builder().provider("lead", Anthropic, "ok").provider("second", Cohere, "ok").build();
    let told = world.ask(OpenAi, &with(OpenAi, old)).await;
    assert_eq!((told.status, world.asked(), told.header("x-handover-attempts")), (400, vec![0, 0], "0"));
    let error = &told.json()["error"];
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("functions") && !message.contains("lead/"), "{error}");
    assert_eq!(error["param"], "functions");
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_a_backup_took_part_in_goes_on_with_the_lead() {
    let refusal = r#"400 body='{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}'"#;
    let world = World::builder().provider("lead", Anthropic, &format!("{refusal} then ok")).lenient().build();
    let mut body = hello(Anthropic, false);
    let thinking = json!([
        {"type": "thinking", "thinking": "hm", "signature": "another vendor's"},
        {"type": "text", "text": "Hi."}
    ]);
    let messages = body["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": thinking}));
    messages.push(json!({"role": "user", "content": "Go on."}));
    let told = world.ask(Anthropic, &body).await;
    assert_eq!(told.status, 200, "{told:?}");
    let requests = world.simulators[0].requests();
    let sent = |i: usize| requests[i].json.to_string();
    assert_eq!(requests.len(), 2, "refused once, repaired once");
    assert!(sent(0).contains("another vendor's") && !sent(1).contains("another vendor's"));
    assert!(sent(1).contains("Hi."), "what was said stays");
}

#[tokio::test(start_paused = true)]
async fn a_backup_on_the_callers_own_list_is_never_shown_as_the_lead() {
    let world = World::builder().provider("lead", OpenAi, "ok").provider("other", OpenAi, "500").build();
    let mut body = hello(OpenAi, false);
    body["model"] = json!(format!("other/{}", model(OpenAi)));
    body["fallbacks"] = json!([format!("lead/{}", model(OpenAi))]);
    let told = world.ask(OpenAi, &body).await;
    assert!(told.header("x-handover-served").starts_with("lead/"), "{told:?}");
    assert_eq!(told.header("x-handover-signal"), "unrated");
}

#[tokio::test(start_paused = true)]
async fn an_application_may_go_on_asking_for_the_model_it_knows() {
    let mut world =
        World::builder().provider("openai", OpenAi, "ok").provider("backup", Cohere, "ok").build();
    let check = |world: &World, model: &str, only: bool, expected: &str| {
        let found = world.engine.plan(model, &[], only).map(|(_, targets)| targets);
        let names = found.map_or_else(
            |unknown| format!("unknown {}", unknown.asked),
            |targets| targets.iter().map(|t| t.id.as_ref()).collect::<Vec<_>>().join(" "),
        );
        assert_eq!(names, expected, "{model}");
    };
    let chain = format!("openai/{} backup/{}", model(OpenAi), model(Cohere));
    check(&world, "gpt-9", false, "unknown gpt-9");
    world.engine_mut().usual_names =
        vec![("gpt-".into(), "openai".into()), ("claude-".into(), "anthropic".into())];
    check(&world, "gpt-9", false, &format!("openai/gpt-9 {chain}"));
    check(&world, "gpt-9", true, "openai/gpt-9");
    check(&world, "claude-9", false, &chain);
    check(&world, "claude-9", true, "unknown claude-9");
    check(&world, "zzz", false, "unknown zzz");
}
