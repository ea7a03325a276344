//! Backups that are known to work before they are needed: canaries and probes.

use crate::brief::{asked, hi, hi_after, play};
use crate::world::{Builder, World, hello, ms};
use handover_dialect::Dialect::{Anthropic, Cohere, OpenAi};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn two_backups(share: f64) -> Builder {
    World::builder()
        .provider("lead", OpenAi, "ok")
        .provider("first", Anthropic, "ok")
        .canary()
        .provider("second", Cohere, "ok")
        .canary()
        .provider("never", OpenAi, "ok")
        .route(|route| route.canary = share)
}

#[tokio::test(start_paused = true)]
async fn every_backup_that_may_gets_its_share_of_real_requests() {
    for seed in 0..4 {
        let world = two_backups(0.1).seed(seed).build();
        for _ in 0..1000 {
            let told = hi(&world).await;
            let expected = if told.by == "lead" { "" } else { "canary" };
            assert!(told.whole && told.reason == expected, "{told:?}");
        }
        let asked = world.asked();
        assert!((70..=130).contains(&(asked[1] + asked[2])), "{asked:?}");
        assert!(asked[1] >= 25 && asked[2] >= 25 && asked[3] == 0, "{asked:?}");
        let canaries = world.records.all().iter().filter(|r| r.canary).count() as u64;
        assert_eq!(canaries, asked[1] + asked[2]);
    }
    // The same seed, the same requests.
    let run = async |seed| {
        let world = two_backups(0.3).seed(seed).build();
        for _ in 0..50 {
            hi(&world).await;
        }
        world.records.all().iter().map(|r| r.canary).collect::<Vec<_>>()
    };
    assert_eq!(run(9).await, run(9).await);
    assert_ne!(run(9).await, run(10).await);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_a_canary_without_having_been_asked() {
    let world = two_backups(0.0).build();
    for _ in 0..200 {
        hi(&world).await;
    }
    assert_eq!(world.asked(), [200, 0, 0, 0]);
    // Who chose a model, or a list, gets it.
    let world = two_backups(1.0).build();
    let mut listed = hello(OpenAi, true);
    listed["fallbacks"] = json!(["never/gpt-4o-mini"]);
    for _ in 0..20 {
        assert_eq!(world.ask(OpenAi, &listed).await.header("x-handover-served"), "lead/gpt-4o-mini");
        let mut incoming = world.incoming(OpenAi, &hello(OpenAi, true));
        incoming.only = true;
        assert_eq!(world.read(incoming).await.header("x-handover-served"), "lead/gpt-4o-mini");
    }
    assert_eq!(world.asked(), [40, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_dies_costs_its_request_nothing_but_the_detour() {
    let world = World::builder()
        .provider("lead", OpenAi, "ok")
        .provider("backup", Anthropic, "401")
        .canary()
        .route(|route| route.canary = 1.0)
        .build();
    let told = world.hello(OpenAi, true).await;
    assert_eq!(
        (told.header("x-handover-served"), told.header("x-handover-reason")),
        ("lead/gpt-4o-mini", "key_refused")
    );
    assert_eq!(told.header("x-handover-signal"), "4");
    // And it is known: the next goes to the lead at once.
    hi(&world).await;
    assert_eq!(world.asked(), [2, 1]);
}

fn idle(world: &World, since: Instant) -> Vec<String> {
    let idle = world.engine.idle_backups(since, Instant::now());
    idle.iter().map(|t| t.id.split('/').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_probed_when_it_has_been_idle_and_not_before() {
    let world = World::builder()
        .provider("lead", OpenAi, "ok")
        .probed(s(60))
        .provider("first", Anthropic, "ok")
        .probed(s(60))
        .provider("second", Cohere, "ok")
        .probed(s(90))
        .provider("never", OpenAi, "ok")
        .build();
    let start = Instant::now();
    assert!(idle(&world, start).is_empty());
    sleep(s(60) - ms(1)).await;
    assert!(idle(&world, start).is_empty());
    sleep(ms(1)).await;
    assert_eq!(idle(&world, start), ["first"], "the lead has no need of it");
    let targets = world.targets();
    let probed = world.engine.probe(&targets[1], None, false).await.expect("it may be asked");
    assert_eq!((probed.key, probed.result), (0, Ok(Duration::ZERO)));
    assert!(idle(&world, start).is_empty());
    sleep(s(30)).await;
    assert_eq!(idle(&world, start), ["second"]);
    sleep(s(30) - ms(1)).await;
    assert_eq!(idle(&world, start), ["second"], "60 s since its last answer, less one");
    sleep(ms(1)).await;
    assert_eq!(idle(&world, start), ["first", "second"]);
    // A real answer serves as well as a probe.
    play(&world, 0, "500");
    hi(&world).await;
    assert_eq!(idle(&world, start), ["second"]);
    // One that fails is not asked again at once.
    play(&world, 2, "500");
    let probed = world.engine.probe(&targets[2], None, false).await.expect("it may be asked");
    assert!(probed.result.is_err());
    assert!(idle(&world, start).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_probe_asks_for_a_real_token_and_no_more_than_a_few() {
    let world = World::builder()
        .provider("lead", OpenAi, "ok first=700ms tokens=500 every=1s")
        .provider("anthropic", Anthropic, "ok first=700ms tokens=500 every=1s")
        .provider("cohere", Cohere, "ok first=700ms tokens=500 every=1s")
        .build();
    for (place, target) in world.targets().iter().enumerate() {
        let start = Instant::now();
        let probed = world.engine.probe(target, None, false).await.expect("it may be asked");
        assert_eq!(probed.result, Ok(ms(700)));
        assert_eq!(Instant::now() - start, ms(700), "dropped at its first token");
        world.simulators[place].wait_for_hangup().await;
        let asked = &world.simulators[place].requests()[0];
        let most = ["max_tokens", "max_completion_tokens"].iter().find_map(|m| asked.json[*m].as_u64());
        assert!(most.is_some_and(|most| most <= 16), "{}", asked.json);
    }
    assert_eq!(world.in_flight(), 0);
    assert!(world.records.all().is_empty(), "a probe is nobody's request");
}

#[tokio::test(start_paused = true)]
async fn a_dead_key_is_found_before_the_outage_and_skipped_in_it() {
    let check = async |script: &str, code: &str| {
        let world = World::builder()
            .provider("lead", OpenAi, "500")
            .provider("dead", Anthropic, script)
            .provider("alive", OpenAi, "ok")
            .build();
        let targets = world.targets();
        let probed = world.engine.probe(&targets[1], None, false).await.expect("it may be asked");
        assert_eq!(probed.result.map_err(|(code, _)| code), Err(code), "{script}");
        let told = hi(&world).await;
        assert_eq!((told.by.as_str(), asked(&world, 1)), ("alive", 1), "{script}");
        // Its breaker allows no probe either, until it has rested; a forced one shows how it is.
        assert_eq!(world.engine.probe(&targets[1], None, false).await, None, "{script}");
        play(&world, 1, "ok");
        let forced = world.engine.probe(&targets[1], None, true).await.expect("forced");
        assert_eq!(forced.result, Ok(Duration::ZERO));
        assert_eq!(hi(&world).await.by, if code == "key_refused" { "dead" } else { "alive" });
    };
    check("401", "key_refused").await;
    check("403", "key_refused").await;
}

#[tokio::test(start_paused = true)]
async fn every_key_can_be_tested_also_one_that_rests() {
    let world = World::builder().provider("lead", OpenAi, "ok").keys(3).for_key(1, "401").build();
    let target = &world.targets()[0];
    for forced in [false, true, true] {
        for key in 0..3 {
            let probed = world.engine.probe(target, Some(key), forced).await.expect("it may be asked");
            assert_eq!((probed.key, probed.result.is_ok()), (key, key != 1));
        }
    }
    assert_eq!(world.engine.probe(target, Some(1), false).await, None, "it rests");
    // And one that is well again is used again.
    let keys = |world: &World| {
        world.simulators[0].requests().iter().rev().take(1).map(|r| r.key.clone()).collect::<Vec<_>>()
    };
    hi_after(&world, s(1)).await;
    assert!(keys(&world)[0].as_ref().is_some_and(|key| key.ends_with('0')));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_given_up_leaves_nothing_behind() {
    let world =
        World::builder().provider("lead", OpenAi, "ok").provider("backup", Anthropic, "silent").build();
    let target = &world.targets()[1];
    let probe = world.engine.probe(target, None, false);
    assert!(tokio::time::timeout(s(5), probe).await.is_err());
    let gone = world.simulators[1].wait_for_hangup().await;
    assert_eq!(gone.ended_at.map(|at| at - gone.at), Some(s(5)));
    assert_eq!((world.in_flight(), target.state(Instant::now()).word()), (0, "ready"));
}
