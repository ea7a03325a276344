//! Hedging on a late first token.

use crate::brief::{Brief, ask, asked, hi, hi_for, with, with_body};
use crate::world::{Builder, World, ms};
use handover_dialect::Dialect::{Anthropic, OpenAi};
use handover_dispatch::Outcome;
use handover_drill::Outcome as Seen;
use handover_policy::{RetrySettings, WasteSettings};
use std::time::Duration;
use tokio::time::sleep;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn chain(scripts: &[&str]) -> Builder {
    let names = ["lead", "backup", "third"];
    let mut world = World::builder();
    for (name, script) in names.iter().zip(scripts) {
        world = world.provider(name, if *name == "backup" { Anthropic } else { OpenAi }, script);
    }
    world
}

/// A chain whose route hedges after a second.
fn hedged(scripts: &[&str]) -> World {
    chain(scripts).route(|route| route.hedge = Some(s(1))).build()
}

fn outcome(told: &Brief) -> (&str, Duration) {
    assert!(told.whole, "{told:?}");
    (&told.by, told.took)
}

#[tokio::test(start_paused = true)]
async fn nobody_pays_for_two_prompts_without_having_asked_for_it() {
    let world = chain(&["ok first=9s", "ok"]).build();
    assert_eq!(outcome(&hi(&world).await), ("lead", s(9)));
    assert_eq!(world.asked(), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_late_first_token_costs_the_hedges_delay_and_no_more() {
    let check = async |scripts: &[&str], expected: (&str, Duration), asked: &[u64]| {
        for stream in [true, false] {
            let world = hedged(scripts);
            let told = ask(&world, with_body(&world, stream, &[])).await;
            assert_eq!(outcome(&told), expected, "{scripts:?} stream: {stream}");
            assert_eq!(world.asked(), asked, "{scripts:?} stream: {stream}");
            assert_eq!(world.in_flight(), 0, "{scripts:?}");
        }
    };
    // In time, to the millisecond.
    check(&["ok headers=999ms", "ok"], ("lead", ms(999)), &[1, 0]).await;
    check(&["ok headers=1001ms", "ok"], ("backup", ms(1000)), &[1, 1]).await;
    // The first token wins, whoever's it is.
    check(&["ok headers=1500ms", "ok headers=501ms"], ("lead", ms(1500)), &[1, 1]).await;
    check(&["ok headers=1500ms", "ok headers=499ms"], ("backup", ms(1499)), &[1, 1]).await;
    check(&["silent", "ok"], ("backup", ms(1000)), &[1, 1]).await;
    // A failure needs no hedge.
    check(&["500", "ok headers=3s"], ("backup", s(3)), &[1, 1]).await;
    // One of the two fails: the other is waited for.
    check(&["silent", "500", "ok"], ("third", s(10)), &[1, 1, 1]).await;
    check(&["ok headers=5s", "500", "ok"], ("lead", s(5)), &[1, 1, 0]).await;
    check(&["500 headers=2s", "ok headers=3s", "ok"], ("backup", s(4)), &[1, 1, 0]).await;
    // Both fail: the third.
    check(&["500 headers=2s", "500 headers=3s", "ok"], ("third", s(4)), &[1, 1, 1]).await;
    // What the second cannot take does not cost the request the first.
    check(&["ok headers=5s", "400", "ok"], ("lead", s(5)), &[1, 1, 0]).await;
    check(&["ok headers=5s", "context_length"], ("lead", s(5)), &[1, 1]).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_has_begun_is_not_raced() {
    // Content by the hedge's time, however slow the rest, and whether or not the caller streams.
    let world = hedged(&["ok tokens=10 every=2s", "ok"]);
    assert_eq!(outcome(&hi(&world).await), ("lead", s(18)));
    let world = hedged(&["ok tokens=10 every=2s", "ok"]);
    let told = ask(&world, with_body(&world, false, &[])).await;
    assert_eq!((told.by.as_str(), world.asked()), ("lead", vec![1, 0]));
}

#[tokio::test(start_paused = true)]
async fn the_loser_is_cancelled_at_once_and_told_of() {
    for scripts in [["silent", "ok headers=500ms"], ["ok headers=1500ms", "silent"]] {
        let world = hedged(&scripts);
        let told = hi(&world).await;
        let loser = usize::from(told.by == "lead");
        let gone = world.simulators[loser].wait_for_hangup().await;
        let begun = if loser == 0 { ms(0) } else { ms(1000) };
        let after = gone.ended_at.map(|at| at.saturating_duration_since(gone.at));
        assert_eq!((gone.outcome, after), (Seen::HungUp, Some(ms(1500) - begun)));
        let record = &world.records.all()[0];
        let codes: Vec<(&str, Duration)> = record.attempts.iter().map(|a| (a.code, a.took)).collect();
        assert_eq!(codes, [("outpaced", ms(1500) - begun)], "{record:?}");
        assert_eq!(told.attempts, "2");
        // A hedge that was begun later and lost says nothing about the lead.
        assert_eq!(told.reason, if loser == 0 { "outpaced" } else { "" });
        assert_eq!(world.in_flight(), 0);
        assert!(world.engine.waste().1 > 0, "the loser's prompt is billed");
    }
}

#[tokio::test(start_paused = true)]
async fn hedging_stops_where_it_would_cost_too_much() {
    let check = async |floor: u64, hedges: bool| {
        let waste = WasteSettings { share: 0.0, floor_tokens: floor, window: s(3600) };
        let world = chain(&["ok first=5s", "ok"])
            .route(|route| route.hedge = Some(s(1)))
            .budgets(RetrySettings::default(), waste)
            .build();
        let told = hi(&world).await;
        assert_eq!(told.by == "backup", hedges, "{floor}");
    };
    check(0, false).await;
    check(10_000, true).await;
    // A share of what was delivered lately, whether or not the stream says how many tokens it was.
    let check = async |share: f64, later: Duration, hedges: bool| {
        let waste = WasteSettings { share, floor_tokens: 0, window: s(600) };
        let world = chain(&["ok then ok first=5s", "ok"])
            .route(|route| route.hedge = Some(s(1)))
            .budgets(RetrySettings::default(), waste)
            .build();
        hi(&world).await;
        sleep(later).await;
        assert_eq!(hi(&world).await.by == "backup", hedges, "{share} after {later:?}");
    };
    check(1.0, s(1), true).await;
    check(0.9, s(1), false).await;
    check(1.0, s(530), true).await;
    check(1.0, s(601), false).await;
}

#[tokio::test(start_paused = true)]
async fn a_hedge_goes_only_where_there_is_room() {
    // The backup rests: nobody is there to hedge with, and it is not woken for it.
    let world =
        chain(&["500 then 500 then 500 then ok", "401 then ok"]).route(|r| r.hedge = Some(s(1))).build();
    hi(&world).await;
    crate::brief::play(&world, 0, "ok first=4s");
    assert_eq!(outcome(&hi(&world).await), ("lead", s(4)));
    assert_eq!(asked(&world, 1), 1);
    // The attempts are used up.
    let world = chain(&["ok first=4s", "ok"])
        .route(|route| (route.hedge, route.max_attempts) = (Some(s(1)), 2))
        .build();
    assert_eq!(outcome(&hi(&world).await), ("backup", s(1)));
    let world = chain(&["ok first=4s", "ok", "ok first=1s"])
        .route(|route| (route.hedge, route.max_attempts) = (Some(s(1)), 2))
        .build();
    assert_eq!(outcome(&hi(&world).await), ("third", s(2)), "the last attempt is the last target's");
    // Only this model.
    let world = hedged(&["ok first=4s", "ok"]);
    let mut incoming = with(&world, &[]);
    incoming.only = true;
    assert_eq!(outcome(&ask(&world, incoming).await), ("lead", s(4)));
    assert_eq!(asked(&world, 1), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_cancels_both() {
    for leaves in [1001, 1500, 8000] {
        let world = hedged(&["silent", "silent", "ok"]);
        assert_eq!(hi_for(&world, ms(leaves)).await, None);
        for (place, begun) in [(0, 0), (1, 1000)] {
            let gone = world.simulators[place].wait_for_hangup().await;
            let after = gone.ended_at.map(|at| at.saturating_duration_since(gone.at));
            assert_eq!(after, Some(ms(leaves - begun)), "{place} at {leaves}");
        }
        sleep(s(600)).await;
        assert_eq!((world.asked(), world.in_flight()), (vec![1, 1, 0], 0));
        let outcomes: Vec<Outcome> = world.records.all().iter().map(|r| r.outcome).collect();
        assert_eq!(outcomes, [Outcome::Cancelled]);
        assert!(world.records.all()[0].attempts.iter().all(|a| a.code == "cancelled"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_always_loses_is_found_out_and_not_waited_for_by_everybody() {
    // Given up before its own limit each time, it would otherwise look like one whose callers left.
    let plenty = WasteSettings { floor_tokens: 1_000_000, ..WasteSettings::default() };
    let world = chain(&["silent", "ok"])
        .route(|route| route.hedge = Some(s(1)))
        .budgets(RetrySettings::default(), plenty)
        .build();
    let mut waited = 0;
    for _ in 0..60 {
        let told = hi(&world).await;
        assert_eq!(told.by, "backup");
        waited += u32::from(!told.took.is_zero());
        sleep(s(1)).await;
    }
    assert!(waited <= 20, "{waited} of 60 waited a second for a silent lead");
    assert!(asked(&world, 0) >= 11, "it is still looked at: {}", asked(&world, 0));
    assert_eq!(world.in_flight(), 0);
    // A lead that loses now and then stays the lead, and a backup that loses is not held to be slow.
    let world = chain(&[&["ok then ok then ok first=3s"; 20].join(" then "), "ok"])
        .route(|route| route.hedge = Some(s(1)))
        .budgets(RetrySettings::default(), plenty)
        .build();
    for _ in 0..60 {
        hi(&world).await;
    }
    assert_eq!(world.asked(), [60, 20]);
    let world = chain(&["ok first=1500ms", "ok first=5s"])
        .route(|route| route.hedge = Some(s(1)))
        .budgets(RetrySettings::default(), plenty)
        .build();
    for _ in 0..30 {
        hi(&world).await;
    }
    assert_eq!(world.asked(), [30, 30]);
}
