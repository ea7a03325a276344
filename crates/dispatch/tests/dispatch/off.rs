//! A target that its operator has put to rest is asked by nobody, on no path, and everybody is told why.

use crate::brief::{ask, asked, hi, hi_after, play, with};
use crate::world::{Builder, World, hello, ms};
use handover_dialect::Dialect::{Anthropic, OpenAi};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

fn two(lead: &str, backup: &str) -> Builder {
    World::builder().provider("lead", OpenAi, lead).provider("backup", Anthropic, backup)
}

/// Puts a target to rest, or uses it again.
fn set(world: &World, place: usize, off: bool) {
    assert!(world.engine.set_off(&world.targets()[place], off), "it was so already");
}

fn word(world: &World, place: usize) -> &'static str {
    world.targets()[place].state(Instant::now()).word()
}

#[tokio::test(start_paused = true)]
async fn a_lead_at_rest_is_passed_over_and_the_story_says_who_wanted_it() {
    let world = two("ok", "ok").build();
    set(&world, 0, true);
    for stream in [true, false] {
        let told = world.hello(OpenAi, stream).await;
        assert_eq!(told.header("x-handover-served"), "backup/claude-haiku-4-5");
        assert_eq!(told.header("x-handover-reason"), "off");
        let step = &told.record.attempts[0];
        assert_eq!((step.code, step.words.as_str()), ("off", "put to rest by its operator"));
        assert!(!step.asked && step.again_in.is_none(), "{step:?}");
    }
    assert_eq!((asked(&world, 0), word(&world, 0), word(&world, 1)), (0, "off", "ready"));
    set(&world, 0, false);
    assert_eq!((hi(&world).await.by, word(&world, 0)), ("lead".to_owned(), "ready"));
}

#[tokio::test(start_paused = true)]
async fn the_last_one_is_not_asked_all_the_same_when_its_operator_said_no() {
    let check = async |lead: &str, off: &[usize], counts: [u64; 2], message: &str| {
        let world = two(lead, "ok").build();
        off.iter().for_each(|place| set(&world, *place, true));
        for stream in [true, false] {
            let told = world.hello(OpenAi, stream).await;
            assert_eq!((told.status, told.header("x-should-retry")), (503, "false"), "{told:?}");
            assert_eq!(told.json()["error"]["message"], message);
            assert_eq!(told.took, Duration::ZERO, "nothing is waited for");
        }
        assert_eq!([asked(&world, 0), asked(&world, 1)], counts);
    };
    let rest = "put to rest by its operator";
    let both =
        format!("No model could answer. Tried 0: lead/gpt-4o-mini: {rest}; backup/claude-haiku-4-5: {rest}.");
    check("ok", &[0, 1], [0, 0], &both).await;
    let one = format!(
        "No model could answer. Tried 1: lead/gpt-4o-mini: overloaded (503); backup/claude-haiku-4-5: {rest}."
    );
    check("overloaded", &[1], [2, 0], &one).await;
}

#[tokio::test(start_paused = true)]
async fn of_two_that_rest_the_one_that_only_failed_is_the_last_way() {
    let world = two("500", "500").build();
    for _ in 0..6 {
        hi(&world).await;
    }
    assert_eq!((word(&world, 0), word(&world, 1)), ("resting", "resting"));
    set(&world, 0, true);
    play(&world, 0, "ok");
    play(&world, 1, "ok");
    let before = asked(&world, 0);
    let told = hi(&world).await;
    assert_eq!((told.by.as_str(), asked(&world, 0)), ("backup", before));
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_for_it_by_name_is_told_so_too() {
    let world = two("ok", "ok").build();
    set(&world, 0, true);
    let mut named = hello(OpenAi, true);
    named["model"] = json!("lead/gpt-4o-mini");
    let mut only = world.incoming(OpenAi, &named);
    only.only = true;
    let told = world.read(only).await;
    assert_eq!((told.status, asked(&world, 0)), (503, 0));
    let message = told.json()["error"]["message"].clone();
    assert!(message.as_str().is_some_and(|m| m.contains("put to rest by its operator")), "{message}");
    // Another model of the same provider is not meant.
    named["model"] = json!("lead/gpt-4o");
    world.ask(OpenAi, &named).await;
    assert_eq!(asked(&world, 0), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rest_is_no_measure_and_no_good_answer_ends_it() {
    let world = two("ok tokens=3 every=10s", "ok").build();
    let running = hi(&world);
    let off = async {
        tokio::time::sleep(ms(5000)).await;
        set(&world, 0, true);
    };
    let (told, ()) = tokio::join!(running, off);
    assert!(told.whole && told.by == "lead", "an answer under way goes on: {told:?}");
    let state = world.targets()[0].state(Instant::now());
    assert_eq!((state.word(), state.rests_for(Instant::now())), ("off", None));
    assert_eq!(state.keys[0].breaker.as_str(), "closed", "what is measured is told beside it");
    assert_eq!(hi_after(&world, Duration::from_secs(86_400)).await.by, "backup");
}

#[tokio::test(start_paused = true)]
async fn a_test_shows_whether_it_works_and_does_not_put_it_back_to_use() {
    let world = two("500", "ok").build();
    let lead = world.engine.target("lead/gpt-4o-mini").expect("it is in the route");
    set(&world, 0, true);
    assert_eq!(world.engine.probe(&lead, None, false).await, None, "nobody asks it unbidden");
    let probed = world.engine.probe(&lead, None, true).await.expect("forced");
    assert_eq!(probed.result.map_err(|(code, _)| code), Err("server_error"));
    play(&world, 0, "ok first=200ms");
    let probed = world.engine.probe(&lead, None, true).await.expect("forced");
    assert_eq!(probed.result, Ok(ms(200)));
    assert_eq!((word(&world, 0), hi(&world).await.by.as_str()), ("off", "backup"));
    assert!(world.engine.target("lead/gpt-4o").is_none(), "no route has it");
}

#[tokio::test(start_paused = true)]
async fn an_idle_backup_at_rest_is_left_alone() {
    let world = World::builder()
        .provider("lead", OpenAi, "ok")
        .provider("backup", Anthropic, "ok")
        .probed(Duration::from_secs(60))
        .build();
    let start = Instant::now();
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(world.engine.idle_backups(start, Instant::now()).len(), 1);
    set(&world, 1, true);
    assert!(world.engine.idle_backups(start, Instant::now()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_who_waits_for_a_place_is_let_in_after_it_was_put_to_rest() {
    let world = World::builder()
        .provider("lead", OpenAi, "ok tokens=3 every=1s")
        .care(|care| care.max_concurrency = Some(1))
        .provider("backup", Anthropic, "500")
        .build();
    let first = hi(&world);
    let second = ask(&world, with(&world, &[]));
    let off = async {
        tokio::time::sleep(ms(500)).await;
        set(&world, 0, true);
    };
    let (first, second, ()) = tokio::join!(first, second, off);
    assert!(first.whole, "{first:?}");
    assert_eq!((second.status, asked(&world, 0)), (503, 1));
}
