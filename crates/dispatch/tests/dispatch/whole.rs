//! Callers that do not stream.

use crate::world::{World, ms};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_asked_for_as_a_stream_from_then_on() {
    for dialect in [OpenAi, Anthropic] {
        // 2.4 s are under a quarter of the first-token limit, 2.5 s are not.
        let world = World::builder()
            .provider("lead", dialect, "ok headers=2499ms then ok headers=2500ms then ok")
            .build();
        for (streams, took) in [(false, 2499), (false, 2500), (true, 0)] {
            let told = world.hello(dialect, false).await;
            assert_eq!((told.status, told.text()), (200, "Hello from the simulator."));
            assert!(told.view.is_complete());
            assert_eq!(told.took, ms(took));
            let asked = world.simulators[0].last_request().expect("a request");
            assert_eq!(asked.stream(), streams, "{dialect:?}: {:?}", asked.json);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_answer_is_not_taken_for_a_silent_provider_twice() {
    // 40 tokens, half a second each: 20 s, and the first one at once.
    for dialect in [OpenAi, Anthropic] {
        let world = World::builder()
            .provider("lead", dialect, "ok tokens=41 every=500ms")
            .provider("backup", Cohere, "ok")
            .build();
        let first = world.hello(dialect, false).await;
        assert!(first.header("x-handover-served").starts_with("backup/"), "nothing of it can be seen");
        assert_eq!(first.took, ms(10_000));
        let second = world.hello(dialect, false).await;
        assert!(second.header("x-handover-served").starts_with("lead/"), "{second:?}");
        assert_eq!(second.took, ms(20_000));
        assert_eq!(second.record.first_token, Some(ms(0)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_lead_costs_the_first_token_limit_and_no_more() {
    for lead in [OpenAi, Anthropic, Cohere] {
        let world =
            World::builder().provider("lead", lead, "silent").provider("backup", OpenAi, "ok").build();
        for _ in 0..2 {
            let told = world.hello(OpenAi, false).await;
            assert_eq!((told.status, told.took), (200, ms(10_000)), "{lead:?}");
        }
    }
}

/// The same answer whichever way it came: whole, folded from a stream, translated.
async fn check_alike(script: &str, see: fn(&crate::world::Told) -> String, leads: &[Dialect]) {
    for caller in [OpenAi, Anthropic] {
        for lead in leads {
            for stream in [true, false] {
                let world = World::builder().provider("lead", *lead, script).build();
                let told = world.hello(caller, stream).await;
                assert_eq!(
                    see(&told),
                    see_expected(script),
                    "{caller:?} {lead:?} {stream} {script}: {told:?}"
                );
            }
        }
    }
}

fn see_expected(script: &str) -> &'static str {
    if script.starts_with("tool") { r#"{"city":"Oslo","days":3}"# } else { "Grüße, 世界 🌍!\n\n" }
}

#[tokio::test(start_paused = true)]
async fn streamed_or_not_the_answer_is_the_same() {
    let all = [OpenAi, Anthropic, Cohere];
    check_alike("ok 'Grüße, 世界 🌍!\n\n'", |told| told.view.text.clone(), &all).await;
    check_alike(
        "tool get_weather '{\"city\":\"Oslo\",\"days\":3}'",
        |told| told.view.arguments.clone(),
        &all,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_in_the_middle_of_a_whole_answer_goes_to_the_backup() {
    for lead in [OpenAi, Anthropic] {
        for at in 1..=9 {
            for fault in ["cut", "close", "reset", "stall"] {
                let script = format!("ok tokens=9 {fault}@{at}");
                let world =
                    World::builder().provider("lead", lead, &script).provider("backup", Cohere, "ok").build();
                let told = world.hello(lead, false).await;
                assert_eq!((told.status, world.asked()), (200, vec![1, 1]), "{script}");
                assert_eq!(told.text(), "Hello from the simulator.", "{script}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_whole_answer_leaves_the_backup_its_time() {
    // The lead's answer would take 40 s of a total of 20 s; a quarter of that is the backup's.
    for caller in [OpenAi, Anthropic] {
        for lead in [OpenAi, Anthropic, Cohere] {
            let world = World::builder()
                .provider("lead", lead, "ok tokens=41 every=1s")
                .clocks(|c| c.total = ms(20_000))
                .provider("backup", OpenAi, "ok")
                .clocks(|c| c.total = ms(20_000))
                .build();
            let told = world.hello(caller, false).await;
            assert_eq!(told.status, 200, "{caller:?} {lead:?}: {told:?}");
            assert!(told.header("x-handover-served").starts_with("backup/"));
            assert!(told.took <= ms(15_000), "{:?}", told.took);
        }
    }
}
