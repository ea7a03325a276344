//! Limits on harm: attempts, answers at once and the queue behind them, diversion, and the one retry.

use crate::brief::{Brief, ask, asked, hi, hi_after, hi_for, play, with, with_body};
use crate::world::{Builder, World, ms};
use futures_util::future::join_all;
use handover_dialect::Dialect::{Anthropic, OpenAi};
use handover_dispatch::{Outcome, Reply, dispatch};
use handover_policy::{RetrySettings, WasteSettings};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn lead(script: &str) -> Builder {
    World::builder().provider("lead", OpenAi, script)
}

/// One provider that gives so many answers at once.
fn narrow(script: &str, places: u32) -> World {
    lead(script).care(|care| care.max_concurrency = Some(places)).build()
}

/// "Say hello" of this importance, after a while.
async fn as_important(world: &World, after: u64, word: &str) -> Brief {
    sleep(ms(after)).await;
    ask(world, with(world, &[("x-handover-criticality", word)])).await
}

/// Nothing is under way any more, by our count and by the providers'.
fn all_is_free(world: &World, case: &str) {
    assert_eq!(world.in_flight(), 0, "{case}: a place is lost for ever");
    assert!(world.targets().iter().all(|t| t.state(Instant::now()).word() != "full"), "{case}");
}

#[tokio::test(start_paused = true)]
async fn a_request_costs_no_more_attempts_than_the_route_allows_and_the_last_is_the_last_targets() {
    let check = async |most: u32, expected: [u64; 5]| {
        let mut world = World::builder();
        for name in ["a", "b", "c", "d"] {
            world = world.provider(name, OpenAi, "500");
        }
        let world = world.provider("last", OpenAi, "ok").route(|route| route.max_attempts = most).build();
        let told = hi(&world).await;
        // With one attempt alone it is the lead's, and its failure is the answer.
        let expected_reply = if most == 1 { (503, "") } else { (200, "last") };
        assert_eq!((told.status, told.by.as_str()), expected_reply);
        assert_eq!(told.attempts, most.min(5).to_string());
        assert_eq!(world.asked(), expected, "{most} attempts");
    };
    check(1, [1, 0, 0, 0, 0]).await;
    check(2, [1, 0, 0, 0, 1]).await;
    check(4, [1, 1, 1, 0, 1]).await;
    check(5, [1, 1, 1, 1, 1]).await;
    check(9, [1, 1, 1, 1, 1]).await;
    // Keys count too.
    let world = lead("401").keys(9).provider("last", OpenAi, "ok").build();
    let told = hi(&world).await;
    assert!(world.asked()[0] <= 4, "{told:?} {:?}", world.asked());
}

#[tokio::test(start_paused = true)]
async fn a_full_lead_sends_the_overflow_to_the_backup_at_once() {
    let world = lead("ok first=10ms")
        .care(|care| care.max_concurrency = Some(3))
        .provider("backup", Anthropic, "ok first=10ms")
        .build();
    let all = join_all((0..8).map(|_| hi(&world))).await;
    let backups: Vec<&Brief> = all.iter().filter(|told| told.by == "backup").collect();
    assert_eq!(backups.len(), 5);
    assert!(all.iter().all(|told| told.whole && told.took == ms(10)), "{all:?}");
    assert!(backups.iter().all(|told| told.reason == "at_capacity"), "{backups:?}");
    all_is_free(&world, "overflow");
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_served_as_soon_as_a_place_is_free_the_newest_first() {
    // Each answer takes a second; places: one.
    let world = narrow("ok first=1s", 1);
    let all = join_all((0..3).map(|n| hi_after(&world, ms(n * 100)))).await;
    let ended: Vec<Duration> = (0..3).map(|n| all[n as usize].took + ms(n * 100)).collect();
    assert!(all.iter().all(|told| told.whole && told.by == "lead"), "{all:?}");
    // The first; then the newest; then the one between.
    assert_eq!(ended, [s(1), s(3), s(2)]);
    all_is_free(&world, "queue");
}

#[tokio::test(start_paused = true)]
async fn who_matters_most_is_served_first() {
    // The batch request may fill no more than half of the places, so it waits until nobody else is there.
    let world = narrow("ok first=1s", 2);
    let (first, second, normal, batch, critical, newest) = tokio::join!(
        hi(&world),
        hi_after(&world, ms(500)),
        as_important(&world, 600, "default"),
        as_important(&world, 610, "batch"),
        as_important(&world, 620, "critical"),
        async {
            sleep(ms(5)).await;
        }
    );
    let () = newest;
    let ended = [
        first.took,
        second.took + ms(500),
        critical.took + ms(620),
        normal.took + ms(600),
        batch.took + ms(610),
    ];
    assert_eq!(ended, [ms(1000), ms(1500), ms(2000), ms(2500), ms(3500)]);
    all_is_free(&world, "classes");
}

#[tokio::test(start_paused = true)]
async fn batch_work_is_shed_first_and_the_queue_is_bounded() {
    // One answer, two who wait: the fourth is told at once, unless it matters more than one of those.
    let check = async |waiting: [&'static str; 2], new: &'static str, shed: &[usize]| {
        let world = narrow("ok first=2s", 1);
        let (_, first, second, third) = tokio::join!(
            hi(&world),
            as_important(&world, 10, waiting[0]),
            as_important(&world, 20, waiting[1]),
            as_important(&world, 30, new)
        );
        let all = [first, second, third];
        for (n, told) in all.iter().enumerate() {
            let was_shed = told.status == 503;
            assert_eq!(was_shed, shed.contains(&n), "{waiting:?} {new}, {n}: {told:?}");
            if was_shed && n == 2 {
                assert_eq!(told.took, Duration::ZERO, "not left waiting for nothing");
            }
        }
        all_is_free(&world, "shed");
    };
    check(["default", "default"], "default", &[2]).await;
    check(["critical", "default"], "default", &[2]).await;
    check(["default", "batch"], "default", &[1]).await;
    check(["batch", "batch"], "default", &[0]).await;
    check(["default", "default"], "critical", &[0]).await;
    check(["default", "default"], "batch", &[2]).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_place_longer_than_the_route_says() {
    let check = async |max_wait: Duration, answer: Duration, served: bool| {
        let world = lead(&format!("ok first={}ms", answer.as_millis()))
            .care(|care| care.max_concurrency = Some(1))
            .route(|route| route.max_wait = max_wait)
            .build();
        let (_, told) = tokio::join!(hi(&world), hi(&world));
        assert_eq!(told.status == 200, served, "{max_wait:?} {answer:?} {told:?}");
        if !served {
            assert_eq!((told.took, told.attempts.as_str()), (max_wait, "0"));
        }
        all_is_free(&world, "max_wait");
    };
    check(s(2), ms(1999), true).await;
    check(s(2), ms(2001), false).await;
    check(s(5), ms(4999), true).await;
    check(s(5), ms(5001), false).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_place_beyond_the_callers_deadline() {
    let world = narrow("ok first=4s", 1);
    let hurried = with(&world, &[("x-handover-timeout-ms", "1500")]);
    let (_, told) = tokio::join!(hi(&world), ask(&world, hurried));
    assert_eq!((told.status, told.took), (503, ms(1500)), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn the_only_target_is_waited_for_even_while_it_rests() {
    let world = narrow("500", 1);
    for _ in 0..3 {
        hi(&world).await;
    }
    assert_eq!(world.targets()[0].state(Instant::now()).word(), "resting");
    play(&world, 0, "ok first=1s");
    let both = join_all((0..2).map(|_| hi(&world))).await;
    assert_eq!(
        both.iter().map(|told| (told.status, told.took)).collect::<Vec<_>>(),
        [(200, s(1)), (200, s(2))]
    );
    all_is_free(&world, "resting and full");
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_the_queue_takes_nobodys_place() {
    let world = narrow("ok first=1s", 1);
    let (first, left, third) = tokio::join!(hi(&world), hi_for(&world, ms(500)), hi_after(&world, ms(1)));
    assert_eq!((left, first.took), (None, s(1)));
    assert_eq!((third.by.as_str(), third.took), ("lead", ms(1999)));
    assert_eq!(asked(&world, 0), 2, "who left in the queue was never asked for");
    all_is_free(&world, "left");
    let cancelled = world.records.all().into_iter().filter(|r| r.outcome == Outcome::Cancelled);
    assert_eq!(cancelled.map(|r| r.attempts.iter().filter(|a| a.asked).count()).collect::<Vec<_>>(), [0]);
}

#[tokio::test(start_paused = true)]
async fn no_place_is_lost_whatever_phase_a_caller_leaves_in() {
    // One place and three callers that leave at the same moment: one is being answered, two wait.
    for script in [
        "silent",
        "ok headers=5s",
        "ok first=5s",
        "ok tokens=9 every=1s",
        "ok tokens=9 stall@3",
        "500",
        "429 retry_after=2",
        "401",
        "reset",
        "ok cut@0",
        "ok tokens=9 every=100ms reset@3",
        "400",
    ] {
        for leaves in [0, 1, 50, 350, 1500, 3000, 6000] {
            for stream in [true, false] {
                let world = lead(script)
                    .care(|care| care.max_concurrency = Some(1))
                    .provider("backup", OpenAi, script)
                    .care(|care| care.max_concurrency = Some(1))
                    .build();
                let case = format!("{script}, after {leaves} ms, stream: {stream}");
                join_all(
                    (0..6).map(|_| {
                        tokio::time::timeout(ms(leaves), ask(&world, with_body(&world, stream, &[])))
                    }),
                )
                .await;
                all_is_free(&world, &case);
                // And the next one is served.
                play(&world, 0, "ok");
                play(&world, 1, "ok");
                sleep(s(400)).await;
                assert_eq!(hi(&world).await.status, 200, "{case}");
                all_is_free(&world, &case);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_halfway_gives_its_place_back_at_once() {
    let world = narrow("ok tokens=20 every=1s", 1);
    let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, with(&world, &[]))).await else {
        panic!("no stream")
    };
    relay.next().await.expect("a beginning").expect("unbroken");
    assert_eq!(world.in_flight(), 1, "an answer under way counts to its end");
    let (told, ()) = tokio::join!(hi_after(&world, ms(1)), async {
        sleep(ms(2500)).await;
        drop(relay);
    });
    assert_eq!(told.took, ms(2499) + s(19), "{told:?}");
    all_is_free(&world, "dropped");
}

#[tokio::test(start_paused = true)]
async fn a_place_at_any_full_target_is_as_good_as_another() {
    // Both are full; the backup's answer is over first.
    let world = lead("ok first=4s")
        .care(|care| care.max_concurrency = Some(1))
        .provider("backup", OpenAi, "ok first=1s")
        .care(|care| care.max_concurrency = Some(1))
        .build();
    let (first, second, third) = tokio::join!(hi(&world), hi(&world), hi_after(&world, ms(1)));
    assert_eq!((first.by.as_str(), second.by.as_str(), third.by.as_str()), ("lead", "backup", "backup"));
    assert_eq!(third.took, ms(1999));
    all_is_free(&world, "both");
}

#[tokio::test(start_paused = true)]
async fn who_waits_gets_the_key_that_works_and_not_the_one_that_is_free_because_it_is_dead() {
    let world = lead("ok")
        .keys(2)
        .for_key(0, "500")
        .for_key(1, "ok first=1s")
        .care(|care| care.max_concurrency = Some(1))
        .build();
    while hi(&world).await.by != "lead" {}
    let both = join_all((0..2).map(|n| hi_after(&world, ms(n)))).await;
    assert!(both.iter().all(|told| told.by == "lead" && told.attempts == "1"), "{both:?}");
    assert_eq!(both[1].took, ms(1999));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_too_much_gets_less_and_then_more_again() {
    for refusal in ["429 header:retry-after-ms=1", "529 header:retry-after-ms=1"] {
        let slow = ["ok first=1s"; 9].join(" then ");
        let world =
            lead(&format!("{slow} then {refusal} then ok first=1s")).provider("backup", OpenAi, "ok").build();
        let limit = || world.targets()[0].state(Instant::now()).keys[0].limit;
        let ten = join_all((0..10).map(|n| hi_after(&world, ms(n)))).await;
        assert_eq!(ten.iter().filter(|told| told.by == "lead").count(), 9, "{refusal}");
        let cut = limit();
        assert_eq!(cut, Some(7), "{refusal}: 0.7 of the ten that were under way");
        // A burst finds seven places, and each round of answers makes one more.
        let burst = join_all((0..20).map(|_| hi(&world))).await;
        assert_eq!(burst.iter().filter(|told| told.by == "lead").count(), 7, "{refusal}");
        assert!(limit() > cut, "{refusal}: {:?}", limit());
        all_is_free(&world, refusal);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_leave_a_small_limit_behind() {
    // Refusals of an outage are no measure of what a healthy provider takes.
    for outage in ["503", "529", "overloaded", r#"429 body='{"status":"come back later"}'"#] {
        let world = lead(outage).provider("backup", OpenAi, "ok").build();
        for _ in 0..20 {
            hi(&world).await;
        }
        play(&world, 0, "ok first=10ms");
        let mut tries = 0;
        while hi_after(&world, s(1)).await.by != "lead" {
            tries += 1;
            assert!(tries < 200, "{outage}: it never came back");
        }
        sleep(s(61)).await;
        let burst = join_all((0..50).map(|_| hi(&world))).await;
        let served = burst.iter().filter(|told| told.by == "lead").count();
        assert_eq!(served, 50, "{outage}: a minute after it came back");
    }
}

#[tokio::test(start_paused = true)]
async fn the_providers_own_limits_are_known_before_they_are_hit() {
    let limits = "header:x-ratelimit-limit-requests=60";
    let world = lead(&format!("ok {limits} first=10ms")).provider("backup", OpenAi, "ok").build();
    hi(&world).await;
    // Sixty a minute, five seconds each as a guess: five at once.
    assert_eq!(world.targets()[0].state(Instant::now()).keys[0].limit, Some(5));
    let burst = join_all((0..20).map(|_| hi(&world))).await;
    assert_eq!(burst.iter().filter(|told| told.by == "lead").count(), 5);
    // And when nothing is left, the next goes elsewhere until something is: a sixtieth of a minute.
    let spent = "header:x-ratelimit-limit-requests=60 header:x-ratelimit-remaining-requests=0 \
                 header:x-ratelimit-reset-requests=20s";
    for stream in [true, false] {
        let world = lead(&format!("ok {spent} then ok")).provider("backup", OpenAi, "ok").build();
        let next = async || ask(&world, with_body(&world, stream, &[])).await.by;
        assert_eq!(next().await, "lead");
        assert_eq!(next().await, "backup", "stream: {stream}");
        sleep(ms(999)).await;
        assert_eq!(next().await, "backup", "stream: {stream}");
        sleep(ms(1)).await;
        assert_eq!(next().await, "lead", "stream: {stream}");
    }
}

/// The share of requests diverted from a lead that fails every so many-th call, and how often it was still asked.
async fn diverted(pattern: &str, seed: u64) -> (f64, u64) {
    let script = [pattern; 200].join(" then ");
    let world = lead(&script)
        // The throttle alone is looked at.
        .care(|care| (care.breaker.failures, care.breaker.min_success) = (1_000, 0.0))
        .provider("backup", OpenAi, "ok")
        .seed(seed)
        .build();
    for _ in 0..300 {
        let told = hi_after(&world, ms(200)).await;
        assert!(told.whole, "{told:?}");
    }
    let records = world.records.all();
    let later = records.iter().skip(100);
    let diverted = later.filter(|r| r.attempts.iter().any(|a| a.code == "diverted")).count();
    (diverted as f64 / 200.0, asked(&world, 0))
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_fails_often_gets_less_of_the_load_and_never_none() {
    let check = async |pattern: &str, least: f64, most: f64| {
        for seed in 0..3 {
            let (share, asked) = diverted(pattern, seed).await;
            assert!(share >= least && share <= most, "{pattern}: {share} diverted");
            assert!(asked >= 12, "{pattern}: asked {asked} times in a minute, one in five seconds at least");
        }
    };
    check("ok then ok then ok then 500", 0.0, 0.0).await;
    check("ok then ok then 500", 0.0, 0.05).await;
    // 1 - 1.5 * 0.5
    check("ok then 500", 0.12, 0.38).await;
    check("ok then 500 then 500 then 500", 0.45, 0.78).await;
    check("500", 0.9, 0.98).await;
}

#[tokio::test(start_paused = true)]
async fn who_is_spared_a_part_of_the_load_is_still_asked_before_who_is_dead() {
    // The lead answers every second call, the backup none and rests for a while.
    let script = ["500 then ok"; 400].join(" then ");
    let world = lead(&script)
        .care(|care| (care.breaker.failures, care.breaker.min_success) = (1_000, 0.0))
        .provider("backup", OpenAi, "500 retry_after=300")
        .build();
    let mut diverted = 0;
    for _ in 0..300 {
        hi_after(&world, ms(200)).await;
        let records = world.records.all();
        let last = records.last().expect("one per request");
        if last.attempts.iter().any(|a| a.code == "diverted") {
            diverted += 1;
            let lead = "lead/gpt-4o-mini";
            let asked = last.attempts.iter().any(|a| a.asked && &*a.target == lead);
            assert!(asked || last.target.as_deref() == Some(lead), "{last:?}");
        }
    }
    assert!(diverted > 10, "{diverted}");
}

#[tokio::test(start_paused = true)]
async fn the_only_target_is_asked_once_more_when_what_failed_may_pass() {
    for script in ["500", "502", "503", "529", "reset", "ok cut@0", "ok malformed@0", "409"] {
        let world = lead(&format!("{script} then ok")).build();
        let told = hi(&world).await;
        assert_eq!((told.status, told.attempts.as_str()), (200, "2"), "{script}: {told:?}");
        assert!(told.took >= ms(250) && told.took <= s(4), "{script}: {told:?}");
    }
    // Once.
    let world = lead("500 then 500 then ok").build();
    assert_eq!(hi(&world).await.status, 503);
    assert_eq!(asked(&world, 0), 2);
    // As long as the provider says, and no longer than anybody likes to wait.
    let check = async |script: &str, took: Option<Duration>| {
        let world = lead(&format!("{script} then ok")).build();
        let told = hi(&world).await;
        assert_eq!((told.status == 200).then_some(told.took), took, "{script}: {told:?}");
    };
    check("503 retry_after=2", Some(s(2))).await;
    check("429 retry_after=3", Some(s(3))).await;
    check("503 header:retry-after-ms=4000", Some(s(4))).await;
    check("503 header:retry-after-ms=4001", None).await;
    check("429 retry_after=20", None).await;
    check("429", None).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_again_in_vain() {
    // Silence, a refused key, the caller's own mistake, a caller that wants this model only, and other targets.
    for script in ["silent", "ok first=11s", "401", "402", "404", "400", "413"] {
        let world = lead(&format!("{script} then ok")).build();
        assert_ne!(hi(&world).await.status, 200, "{script}");
        assert_eq!(asked(&world, 0), 1, "{script}");
    }
    let world = lead("500 then ok").build();
    let mut incoming = with(&world, &[]);
    incoming.only = true;
    assert_eq!(ask(&world, incoming).await.status, 503);
    assert_eq!(asked(&world, 0), 1);
    let world = lead("500 then ok").provider("backup", OpenAi, "500 then ok").build();
    assert_eq!(hi(&world).await.status, 503);
    assert_eq!(world.asked(), [1, 1]);
    let world = lead("500 then ok").route(|route| route.max_attempts = 1).build();
    assert_eq!(hi(&world).await.status, 503);
    assert_eq!(asked(&world, 0), 1);
    // No time is left for the pause.
    let world = lead("503 retry_after=2 then ok").build();
    assert_eq!(ask(&world, with(&world, &[("x-handover-timeout-ms", "2000")])).await.status, 503);
    let world = lead("503 retry_after=2 then ok").build();
    assert_eq!(ask(&world, with(&world, &[("x-handover-timeout-ms", "2001")])).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn retries_stay_within_their_budget() {
    let check = async |retries: RetrySettings, expected: u64| {
        let world = lead("503 header:retry-after-ms=1")
            .care(|care| (care.breaker.failures, care.breaker.min_success) = (1_000, 0.0))
            .budgets(retries, WasteSettings::default())
            .build();
        for _ in 0..40 {
            hi_after(&world, ms(100)).await;
        }
        assert_eq!(asked(&world, 0), expected, "{retries:?}");
    };
    let tenth = RetrySettings { share: 0.1, floor_per_second: 0.0, ttl: s(60) };
    check(tenth, 44).await;
    check(RetrySettings { share: 0.5, ..tenth }, 60).await;
    check(RetrySettings { share: 0.0, ..tenth }, 40).await;
    check(RetrySettings { share: 0.0, floor_per_second: 0.2, ..tenth }, 52).await;
    // Within the last second there were nine others.
    check(RetrySettings { ttl: s(1), share: 0.05, ..tenth }, 40).await;
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_may_be_on_the_bill_is_sent_again_only_within_the_budget_of_waste() {
    let check = async |script: &str, floor_tokens: u64, expected: u64| {
        let waste = WasteSettings { share: 0.0, floor_tokens, ..WasteSettings::default() };
        let world = lead(script).budgets(RetrySettings::default(), waste).build();
        hi(&world).await;
        assert_eq!(asked(&world, 0), expected, "{script}, {floor_tokens} tokens");
    };
    check("ok cut@0 then ok", 1_000, 2).await;
    check("ok cut@0 then ok", 0, 1).await;
    // An error with a status is on nobody's bill.
    check("503 then ok", 0, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_in_the_pause_before_a_retry_is_not_asked_for_again() {
    let world = lead("503 retry_after=2 then ok").build();
    assert_eq!(hi_for(&world, ms(1999)).await, None);
    sleep(s(60)).await;
    assert_eq!(asked(&world, 0), 1);
    all_is_free(&world, "pause");
    let outcomes: Vec<Outcome> = world.records.all().iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Cancelled]);
}
