//! Groups of equals: several deployments of one model as one place in the chain.

use crate::brief::{ask, asked, hi, hi_after, play};
use crate::world::{Builder, World, hello, ms};
use futures_util::future::join_all;
use handover_dialect::Dialect::{Anthropic, OpenAi};
use serde_json::json;
use std::time::Duration;

/// Two equals in front of a backup.
fn equals(east: &str, west: &str) -> Builder {
    World::builder()
        .provider("east", OpenAi, east)
        .group(1)
        .provider("west", OpenAi, west)
        .group(1)
        .provider("backup", Anthropic, "ok")
}

#[tokio::test(start_paused = true)]
async fn both_regions_carry_the_load() {
    for seed in 0..5 {
        let world = equals("ok first=500ms", "ok first=500ms").seed(seed).build();
        join_all((0..200).map(|n| hi_after(&world, ms(n * 50)))).await;
        let (east, west) = (asked(&world, 0), asked(&world, 1));
        assert_eq!((east + west, asked(&world, 2)), (200, 0));
        assert!(east >= 70 && west >= 70, "{east} and {west}, seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_slower_region_gets_less() {
    for seed in 0..5 {
        let world = equals("ok first=4s", "ok first=300ms").seed(seed).build();
        join_all((0..200).map(|n| hi_after(&world, ms(n * 100)))).await;
        let (east, west) = (asked(&world, 0), asked(&world, 1));
        assert!(east * 3 < west && east > 0, "{east} and {west}, seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_fails_fast_does_not_draw_the_load() {
    // Too rarely for its breaker: every third call is refused, at once.
    for seed in 0..5 {
        let script = ["ok first=300ms then ok first=300ms then 500"; 100].join(" then ");
        let world = equals(&script, "ok first=300ms").seed(seed).build();
        for _ in 0..150 {
            let told = hi_after(&world, ms(100)).await;
            assert!(told.whole && told.by != "backup", "its equal answers first: {told:?}");
        }
        let (east, west) = (asked(&world, 0), asked(&world, 1));
        assert!(east * 2 < west, "{east} and {west}, seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_region_is_followed_by_its_equal_and_only_then_by_the_backup() {
    for seed in 0..10 {
        let world = equals("500", "ok").seed(seed).build();
        for _ in 0..5 {
            assert_eq!(hi(&world).await.by, "west");
        }
        assert_eq!(asked(&world, 2), 0);
        let world = equals("500", "503").seed(seed).build();
        let told = hi(&world).await;
        assert_eq!((told.by.as_str(), world.asked()), ("backup", vec![1, 1, 1]), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_member_of_the_leads_group_is_the_lead() {
    for seed in 0..10 {
        let world = equals("ok", "ok").seed(seed).build();
        let told = world.hello(OpenAi, true).await;
        assert_eq!(told.header("x-handover-signal"), "4", "{told:?}");
        assert_eq!(told.header("x-handover-reason"), "");
        // With a list of the caller's own as well.
        for down in [None, Some(0), Some(1)] {
            let world = equals("ok", "ok").seed(seed).build();
            if let Some(down) = down {
                play(&world, down, "500");
            }
            let mut body = hello(OpenAi, true);
            body["fallbacks"] = json!(["backup/claude-haiku-4-5"]);
            let told = world.ask(OpenAi, &body).await;
            assert_eq!(told.header("x-handover-signal"), "4", "{down:?}: {told:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn targets_without_a_group_keep_their_order() {
    let world = World::builder().provider("a", OpenAi, "ok first=2s").provider("b", OpenAi, "ok").build();
    for _ in 0..20 {
        assert_eq!(hi(&world).await.by, "a");
    }
    // Equal numbers that do not stand side by side are not one place.
    let world = World::builder()
        .provider("a", OpenAi, "ok first=2s")
        .group(1)
        .provider("b", OpenAi, "ok")
        .provider("c", OpenAi, "ok")
        .group(1)
        .build();
    for _ in 0..20 {
        assert_eq!(hi(&world).await.by, "a");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_of_backups_is_balanced_too() {
    let world = World::builder()
        .provider("lead", OpenAi, "401")
        .provider("east", OpenAi, "ok first=200ms")
        .group(7)
        .provider("west", OpenAi, "ok first=200ms")
        .group(7)
        .build();
    for _ in 0..60 {
        let told = ask(&world, crate::brief::with(&world, &[])).await;
        assert!(told.whole);
    }
    assert!(asked(&world, 1) >= 15 && asked(&world, 2) >= 15, "{:?}", world.asked());
    let took: Duration = hi(&world).await.took;
    assert_eq!(took, ms(200));
}
