//! Answers kept for when every target is down.

use crate::brief::play;
use crate::world::{Builder, Told, World, hello, ms};
use handover_dialect::Dialect::{self, Anthropic, OpenAi};
use handover_dispatch::{CacheSettings, Incoming, RouteSettings};
use http::HeaderValue;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const KEPT: CacheSettings =
    CacheSettings { fresh: Duration::ZERO, stale_if_error: s(3600), max_entries: 100 };

fn keeping(settings: CacheSettings) -> Builder {
    World::builder()
        .provider("lead", OpenAi, "ok 'Hello from the lead.'")
        .provider("backup", Anthropic, "ok 'Hello from the backup.'")
        .route(|route| route.cache = Some(settings))
}

/// From now on nobody answers.
fn all_down(world: &World) {
    play(world, 0, "500");
    play(world, 1, "503");
}

fn question(text: &str, stream: bool) -> Value {
    let mut body = hello(OpenAi, stream);
    body["messages"][0]["content"] = json!(text);
    body
}

#[tokio::test(start_paused = true)]
async fn an_answer_given_before_is_given_again_when_everybody_is_down_and_says_how_old_it_is() {
    for dialect in [OpenAi, Anthropic] {
        for stream in [true, false] {
            let world = keeping(KEPT).build();
            let first = world.hello(dialect, stream).await;
            assert_eq!(first.header("x-handover-cache"), "");
            sleep(ms(90_999)).await;
            all_down(&world);
            let told = world.hello(dialect, stream).await;
            assert_eq!((told.status, told.text()), (200, first.text()), "{dialect:?} {stream}");
            assert!(told.view.is_complete() && !told.aborted, "{told:?}");
            assert_eq!(told.header("x-handover-cache"), "stale; age=90");
            assert_eq!(told.header("age"), "90");
            assert_eq!(told.header("x-handover-served"), "lead/gpt-4o-mini", "who wrote it");
            assert_eq!(told.header("x-handover-signal"), "4");
            assert_eq!(told.header("x-handover-attempts"), "2");
            assert_eq!(told.header("content-type"), first.header("content-type"));
            assert_eq!(told.record.cached, Some(ms(90_999)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_without_having_asked_for_it() {
    let world = World::builder().provider("lead", OpenAi, "ok then 500").build();
    world.hello(OpenAi, true).await;
    assert_eq!(world.hello(OpenAi, true).await.status, 503);
}

#[tokio::test(start_paused = true)]
async fn a_kept_answer_never_stands_in_for_a_target_that_answers() {
    let world = keeping(KEPT).build();
    world.hello(OpenAi, true).await;
    play(&world, 0, "500");
    let told = world.hello(OpenAi, true).await;
    assert_eq!((told.text(), told.header("x-handover-cache")), ("Hello from the backup.", ""));
}

#[tokio::test(start_paused = true)]
async fn silence_is_an_outage_too() {
    let world = keeping(KEPT).build();
    world.hello(OpenAi, true).await;
    play(&world, 0, "silent");
    play(&world, 1, "silent");
    for timeout in [None, Some("4000")] {
        let mut incoming = world.incoming(OpenAi, &hello(OpenAi, true));
        if let Some(timeout) = timeout {
            incoming.headers.insert("x-handover-timeout-ms", HeaderValue::from_static(timeout));
        }
        let told = world.read(incoming).await;
        assert!(told.header("x-handover-cache").starts_with("stale; age="), "{timeout:?}: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_is_given_until_its_time_and_not_after() {
    let check = async |age: Duration, settings: CacheSettings, expected: &str| {
        let world = keeping(settings).build();
        world.hello(OpenAi, false).await;
        sleep(age).await;
        all_down(&world);
        let told = world.hello(OpenAi, false).await;
        let word = told.header("x-handover-cache").split(';').next().unwrap_or_default();
        assert_eq!(word, expected, "{age:?} {settings:?}");
        assert_eq!(told.status == 200, !expected.is_empty());
    };
    check(s(3600) - ms(1), KEPT, "stale").await;
    check(s(3600), KEPT, "").await;
    let fresh = CacheSettings { fresh: s(60), ..KEPT };
    check(s(60) - ms(1), fresh, "fresh").await;
    check(s(60), fresh, "stale").await;
}

#[tokio::test(start_paused = true)]
async fn a_fresh_answer_costs_nothing_and_says_so() {
    let world = keeping(CacheSettings { fresh: s(60), ..KEPT }).build();
    for stream in [true, false] {
        let first = world.hello(OpenAi, stream).await;
        let asked = world.asked();
        let told = world.hello(OpenAi, stream).await;
        assert_eq!((told.text(), world.asked()), (first.text(), asked));
        assert_eq!((told.header("x-handover-cache"), told.header("age")), ("fresh; age=0", "0"));
        assert_eq!((told.header("x-handover-attempts"), told.header("x-handover-reason")), ("0", ""));
    }
}

/// Asks something, then the same or something else when all is down; whether a kept answer is given.
async fn is_given(first: (Dialect, &Value), then: (Dialect, &Value)) -> bool {
    let world = keeping(KEPT).build();
    assert_eq!(world.ask(first.0, first.1).await.status, 200);
    all_down(&world);
    let told = world.ask(then.0, then.1).await;
    assert_eq!(told.status == 200, !told.header("x-handover-cache").is_empty());
    told.status == 200
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_the_answer_to_another_question() {
    let hello = question("Say hello", true);
    assert!(is_given((OpenAi, &hello), (OpenAi, &hello)).await);
    let mut colder = hello.clone();
    colder["temperature"] = json!(0);
    for other in
        [question("Say hello!", true), question("say hello", true), question("Say hello", false), colder]
    {
        assert!(!is_given((OpenAi, &hello), (OpenAi, &other)).await, "{other}");
    }
    // Another dialect's answer has another shape.
    let mut anthropic = hello.clone();
    anthropic["max_tokens"] = json!(100);
    assert!(!is_given((OpenAi, &anthropic), (Anthropic, &anthropic)).await);
}

#[tokio::test(start_paused = true)]
async fn another_name_for_the_route_finds_the_same_answer_and_one_model_only_its_own() {
    let default = question("Say hello", true);
    let mut by_model = default.clone();
    by_model["model"] = json!("lead/gpt-4o-mini");
    assert!(is_given((OpenAi, &default), (OpenAi, &by_model)).await);
    // Who wants the backup and nobody else is not told what the lead said.
    let check = async |model: &str, only: bool, given: bool| {
        let world = keeping(KEPT).build();
        world.ask(OpenAi, &default).await;
        all_down(&world);
        let mut body = default.clone();
        body["model"] = json!(model);
        let incoming = Incoming { only, ..world.incoming(OpenAi, &body) };
        let told: Told = world.read(incoming).await;
        assert_eq!(told.status == 200, given, "{model} only: {only}: {told:?}");
    };
    check("lead/gpt-4o-mini", true, true).await;
    check("backup/claude-haiku-4-5", true, false).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_tools_is_never_given_twice() {
    let mut tools = question("Say hello", true);
    tools["tools"] =
        json!([{"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}]);
    assert!(!is_given((OpenAi, &tools), (OpenAi, &tools)).await);
    let mut legacy = question("Say hello", true);
    legacy["functions"] = json!([{"name": "pay", "parameters": {"type": "object"}}]);
    assert!(!is_given((OpenAi, &legacy), (OpenAi, &legacy)).await);
    // No tool is offered any more, and the balance that one told is yesterday's.
    let call =
        json!({"id": "call_1", "type": "function", "function": {"name": "balance", "arguments": "{}"}});
    let mut told = question("How much have I got?", true);
    told["messages"] = json!([
        {"role": "user", "content": "How much have I got?"},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "100"},
    ]);
    assert!(!is_given((OpenAi, &told), (OpenAi, &told)).await);
}

#[tokio::test(start_paused = true)]
async fn only_a_complete_answer_is_kept() {
    for script in [
        "ok tokens=9 every=10ms cut@5",
        "ok tokens=9 every=10ms error@5:overloaded",
        "ok finish=length",
        "ok finish=content_filter",
        "500",
    ] {
        for stream in [true, false] {
            let world = World::builder()
                .provider("lead", OpenAi, script)
                .route(|route| route.cache = Some(KEPT))
                .build();
            world.hello(OpenAi, stream).await;
            play(&world, 0, "500");
            let told = world.hello(OpenAi, stream).await;
            assert_eq!(told.status, 503, "{script} stream: {stream}: {told:?}");
        }
    }
    // A caller that left did not see the end; nobody else will be told the beginning for the whole.
    let world = World::builder()
        .provider("lead", OpenAi, "ok tokens=9 every=1s")
        .route(|route| route.cache = Some(KEPT))
        .build();
    assert_eq!(crate::brief::hi_for(&world, s(3)).await, None);
    play(&world, 0, "500");
    assert_eq!(world.hello(OpenAi, true).await.status, 503);
}

#[tokio::test(start_paused = true)]
async fn the_newest_answers_are_kept_and_no_more_than_allowed() {
    let check = async |max_entries: usize, expected: [bool; 3]| {
        let world = keeping(CacheSettings { max_entries, ..KEPT }).build();
        for text in ["one", "two", "three"] {
            world.ask(OpenAi, &question(text, false)).await;
        }
        all_down(&world);
        for (text, given) in ["one", "two", "three"].into_iter().zip(expected) {
            let told = world.ask(OpenAi, &question(text, false)).await;
            assert_eq!(told.status == 200, given, "{text} of {max_entries}");
        }
    };
    check(3, [true, true, true]).await;
    check(2, [false, true, true]).await;
    check(1, [false, false, true]).await;
    check(0, [false, false, false]).await;
    // Asked again is new again.
    let world = keeping(CacheSettings { max_entries: 2, ..KEPT }).build();
    for text in ["one", "two", "one", "three"] {
        world.ask(OpenAi, &question(text, false)).await;
    }
    all_down(&world);
    assert_eq!(world.ask(OpenAi, &question("one", false)).await.status, 200);
    assert_eq!(world.ask(OpenAi, &question("two", false)).await.status, 503);
}

#[tokio::test(start_paused = true)]
async fn one_routes_answers_do_not_push_out_anothers() {
    let mut world = keeping(KEPT).build();
    let targets: Vec<_> = world.targets().into_iter().map(|t| (t.id.clone(), t)).collect();
    world.engine_mut().routes.add("small", Vec::new(), targets);
    let one = CacheSettings { max_entries: 1, ..KEPT };
    let settings = RouteSettings { cache: Some(one), ..RouteSettings::default() };
    world.engine_mut().set("small", settings);
    for text in ["one", "two", "three"] {
        world.ask(OpenAi, &question(text, false)).await;
    }
    let mut small = question("four", false);
    small["model"] = json!("small");
    world.ask(OpenAi, &small).await;
    all_down(&world);
    for text in ["one", "two", "three"] {
        assert_eq!(world.ask(OpenAi, &question(text, false)).await.status, 200, "{text}");
    }
    assert_eq!(world.ask(OpenAi, &small).await.status, 200);
    // And a route does not give another's.
    small["messages"][0]["content"] = json!("one");
    assert_eq!(world.ask(OpenAi, &small).await.status, 503);
}
