//! Chains nobody is left in: what the caller is told, in its dialect, and that its SDK stops retrying.

use crate::world::{Told, World, hello};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dispatch::Outcome;
use serde_json::json;

async fn ask(caller: Dialect, stream: bool, chain: &[(Dialect, &str)]) -> Told {
    let names = ["a", "b", "c", "d"];
    let mut world = World::builder();
    for ((dialect, script), name) in chain.iter().zip(names) {
        world = world.provider(name, *dialect, script);
    }
    let world = world.build();
    let told = world.hello(caller, stream).await;
    assert_eq!(world.asked(), vec![1; chain.len()], "everyone was asked, once");
    assert_eq!(told.record.outcome, Outcome::Failed);
    assert_eq!(told.record.first_token, None);
    assert_eq!(told.header("x-should-retry"), "false", "{told:?}");
    assert_eq!(told.header("x-handover-attempts"), chain.len().to_string());
    told
}

const CALLERS: [(Dialect, bool); 4] =
    [(OpenAi, true), (OpenAi, false), (Anthropic, true), (Anthropic, false)];

#[tokio::test(start_paused = true)]
async fn an_exhausted_chain_gives_every_targets_reason() {
    let chain = [(OpenAi, "silent"), (Anthropic, "overloaded"), (Cohere, "ok cut@0"), (OpenAi, "401")];
    let told_as = "No model could answer. Tried 4: a/gpt-4o-mini: no first token within 10 s; \
                   b/claude-haiku-4-5: overloaded (529); c/command-a: stopped before its answer was complete; \
                   d/gpt-4o-mini: refused the API key (401).";
    for (caller, stream) in CALLERS {
        let told = ask(caller, stream, &chain).await;
        let json = told.json();
        assert_eq!((told.status, &json["error"]["message"]), (503, &json!(told_as)));
        assert_eq!(told.header("content-type"), "application/json");
        let attempts = json["handover"]["attempts"].as_array().expect("each target's reason").len();
        assert_eq!(attempts, 4);
        let kind = if caller == OpenAi { "service_unavailable_error" } else { "overloaded_error" };
        assert_eq!(json["error"]["type"], kind);
        if caller == OpenAi {
            assert_eq!(json["error"]["code"], "all_targets_failed");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_told_when_to_come_back_and_never_to_wait_for_long() {
    let cases = [
        ("429 retry_after=7", "429 retry_after=20", 429, "7"),
        ("429 retry_after=3600", "429 retry_after=7200", 429, "30"),
        ("429 retry_after=1.2", "429 retry_after=9", 429, "2"),
        ("429 header:retry-after-ms=2500", "503", 503, "3"),
        ("529 retry_after=4", "429 retry_after=20", 503, "4"),
        ("500", "502", 503, ""),
        ("429 body='{}' header:retry-after=soon", "rate_limited header:retry-after=-1", 429, ""),
    ];
    for (first, second, status, wait) in cases {
        for (caller, stream) in CALLERS {
            let told = ask(caller, stream, &[(OpenAi, first), (Anthropic, second)]).await;
            assert_eq!(
                (told.status, told.header("retry-after")),
                (status, wait),
                "{first}, {second}: {told:?}"
            );
            if status == 429 {
                assert_eq!(told.json()["error"]["type"], "rate_limit_error");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_ran_out_of_time_is_told_so() {
    for (caller, stream) in CALLERS {
        let slow = |world: crate::world::Builder| world.clocks(|c| c.first_token = c.total * 2);
        let world = slow(World::builder().provider("a", OpenAi, "silent"));
        let world = slow(world.provider("b", Anthropic, "silent")).build();
        let told = world.hello(caller, stream).await;
        assert_eq!((told.status, told.header("x-should-retry")), (504, "false"));
        assert_eq!(told.took.as_secs(), 120);
        let kind = if caller == OpenAi { "service_unavailable_error" } else { "timeout_error" };
        assert_eq!(told.json()["error"]["type"], kind);
    }
}

#[tokio::test(start_paused = true)]
async fn content_no_target_can_use_is_named_and_costs_no_attempt() {
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}});
    for stream in [true, false] {
        let world = World::builder()
            .provider("a", OpenAi, "ok")
            .can(|c| c.images = false)
            .provider("b", Anthropic, "ok")
            .can(|c| c.images = false)
            .build();
        let mut body = hello(OpenAi, stream);
        body["messages"][0]["content"] = json!([{"type": "text", "text": "What is this?"}, image]);
        let told = world.ask(OpenAi, &body).await;
        let error = &told.json()["error"];
        assert_eq!((told.status, &error["param"]), (400, &json!("messages[0].content[1]")));
        assert_eq!(error["code"], "unsupported_content");
        assert_eq!((world.asked(), told.header("x-handover-attempts")), (vec![0, 0], "0"));
        assert_eq!(told.header("x-should-retry"), "");
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_cannot_express_a_request_is_passed_over() {
    let world = World::builder()
        .provider("a", OpenAi, "ok")
        .can(|c| c.tools = false)
        .provider("b", OpenAi, "ok")
        .build();
    let mut body = hello(OpenAi, true);
    body["tools"] =
        json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]);
    let told = world.ask(OpenAi, &body).await;
    assert_eq!((told.status, world.asked()), (200, vec![0, 1]));
    assert_eq!((told.header("x-handover-attempts"), told.header("x-handover-reason")), ("1", "unsupported"));
}

#[tokio::test(start_paused = true)]
async fn a_mistyped_model_is_met_with_the_right_one() {
    for (caller, stream) in CALLERS {
        let world = World::builder().provider("a", OpenAi, "ok").build();
        let mut body = hello(caller, stream);
        body["model"] = json!("gpt-4o-mni");
        let told = world.ask(caller, &body).await;
        let message = told.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!((told.status, world.asked()), (404, vec![0]));
        assert!(message.contains("Did you mean `a/gpt-4o-mini`?"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_this_model_means_that_nobody_else_is_asked() {
    let world = World::builder().provider("a", OpenAi, "529").provider("b", OpenAi, "ok").build();
    let mut incoming = world.incoming(OpenAi, &hello(OpenAi, true));
    incoming.only = true;
    let told = world.read(incoming).await;
    assert_eq!((told.status, world.asked()), (503, vec![1, 0]));
    let mut body = hello(OpenAi, true);
    body["disable_fallbacks"] = json!(true);
    assert_eq!(world.ask(OpenAi, &body).await.status, 503);
    assert_eq!(world.asked(), [2, 0]);
}
