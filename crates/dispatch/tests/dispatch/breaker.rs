//! Circuit breakers on the path: who is passed over, for how long, who finds out that it is well again, and that
//! nobody is ever left without an answer because of them.

use crate::brief::{Brief, ask, asked, hi, hi_after, hi_for, play, with};
use crate::world::{Builder, World, hello, ms};
use futures_util::future::join_all;
use handover_dialect::Dialect::{Anthropic, OpenAi};
use handover_dispatch::TargetState;
use handover_policy::{BreakerState, MidStream};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn lead(script: &str) -> Builder {
    World::builder().provider("lead", OpenAi, script)
}

fn lead_and_backup(script: &str) -> World {
    lead(script).provider("backup", Anthropic, "ok").build()
}

fn state(world: &World, place: usize) -> TargetState {
    world.targets()[place].state(Instant::now())
}

/// Until when a key of the lead rests, be it its breaker or the provider's that says so.
fn open_until(world: &World, key: usize) -> Instant {
    let state = state(world, 0);
    match (state.keys[key].breaker, state.provider) {
        (BreakerState::Open { until }, _) | (_, BreakerState::Open { until }) => until,
        (breaker, provider) => panic!("neither is open: {breaker:?}, {provider:?}"),
    }
}

/// Asks until the lead is passed over; how many times it was asked until then.
async fn until_passed_over(world: &World) -> u64 {
    for _ in 0..40 {
        let before = asked(world, 0);
        let told = hi(world).await;
        assert_eq!(told.by, "backup", "{told:?}");
        if asked(world, 0) == before {
            // A refused key is no key, and a limited one is that.
            let why = ["resting", "no_key", "rate_limited"].contains(&told.reason.as_str());
            assert!(why && told.attempts == "1", "{told:?}");
            return before;
        }
    }
    u64::MAX
}

fn by(told: &Brief) -> &str {
    assert!(told.whole, "{told:?}");
    &told.by
}

#[tokio::test(start_paused = true)]
async fn a_dead_lead_costs_three_requests_their_time_and_no_more() {
    let faults = [
        "500",
        "502",
        "html 520",
        "reset",
        "close",
        "ok cut@0",
        "ok malformed@0",
        "html 200",
        "error_in_200 server_error",
        "overloaded",
        r#"429 body='{"status":"come back later"}'"#,
        // Silence is a failure of its kind.
        "silent",
        "ok first=10001ms",
    ];
    for fault in faults {
        let world = lead_and_backup(fault);
        assert_eq!(until_passed_over(&world).await, 3, "{fault}");
        assert_eq!(hi(&world).await.took, Duration::ZERO, "{fault}: passing over costs nothing");
    }
}

#[tokio::test(start_paused = true)]
async fn what_says_nothing_of_the_providers_health_does_not_shut_it_out() {
    for script in ["400", "413", "context_length", "ok finish=content_filter", "refusal 'No.'"] {
        let world = lead_and_backup(script);
        for _ in 0..20 {
            hi(&world).await;
        }
        assert_eq!(asked(&world, 0), 20, "{script}");
        assert_eq!(state(&world, 0).word(), "ready", "{script}");
    }
    // A caller that leaves before the first token is no failure of the provider, whatever it was waiting for.
    let world = lead_and_backup("silent");
    for _ in 0..20 {
        assert_eq!(hi_for(&world, ms(9_999)).await, None);
    }
    assert_eq!((asked(&world, 0), asked(&world, 1)), (20, 0));
}

#[tokio::test(start_paused = true)]
async fn a_resting_lead_is_left_alone_to_the_millisecond() {
    for fault in ["500", "503"] {
        let world = lead_and_backup(fault);
        until_passed_over(&world).await;
        let until = open_until(&world, 0);
        let rest = until - Instant::now();
        assert!(rest >= s(5) && rest <= s(6), "{rest:?}");
        sleep_until(until - ms(1)).await;
        assert_eq!(by(&hi(&world).await), "backup");
        assert_eq!(asked(&world, 0), 3, "one millisecond early");
        sleep_until(until).await;
        assert_eq!(by(&hi(&world).await), "backup");
        assert_eq!(asked(&world, 0), 4, "the probe");
        // It failed: the next rest is longer by more than half.
        let again = open_until(&world, 0) - Instant::now();
        assert!(again >= s(8) && again <= ms(9_600), "{again:?}");
        sleep(again - ms(1)).await;
        hi(&world).await;
        assert_eq!(asked(&world, 0), 4);
        sleep(ms(1)).await;
        hi(&world).await;
        assert_eq!(asked(&world, 0), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn one_probe_decides_for_all_and_nobody_waits_for_it() {
    let world = lead_and_backup("500");
    until_passed_over(&world).await;
    sleep_until(open_until(&world, 0)).await;
    play(&world, 0, "ok first=3s tokens=10 every=1s");
    // Fifty at once, then one each second while the probe is out.
    let crowd = join_all((0..50).map(|_| hi(&world)));
    let later = join_all((1..3).map(|n| hi_after(&world, s(n))));
    let (at_3s, crowd, later) = tokio::join!(
        async {
            sleep(ms(2_999)).await;
            let before = state(&world, 0).keys[0].breaker;
            sleep(ms(2)).await;
            (before, state(&world, 0).keys[0].breaker)
        },
        crowd,
        later
    );
    assert_eq!(asked(&world, 0), 4, "three failures and one probe");
    assert_eq!(crowd.iter().filter(|told| by(told) == "lead").count(), 1);
    assert!(crowd.iter().chain(&later).filter(|told| by(told) == "backup").all(|t| t.took.is_zero()));
    // Judged at its first token, long before its end.
    assert_eq!(at_3s.0, BreakerState::Probing);
    assert!(matches!(at_3s.1, BreakerState::Ramping { .. }), "{at_3s:?}");
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_caller_leaves_does_not_keep_a_healthy_lead_out_for_ever() {
    for fault in ["500", "502"] {
        let world = lead_and_backup(fault);
        until_passed_over(&world).await;
        sleep_until(open_until(&world, 0)).await;
        play(&world, 0, "silent then ok");
        let (left, meanwhile) = tokio::join!(hi_for(&world, s(2)), hi_after(&world, ms(1_999)));
        assert_eq!((left, by(&meanwhile)), (None, "backup"));
        assert_eq!(by(&hi(&world).await), "lead", "{fault}: the next request is the probe");
    }
}

#[tokio::test(start_paused = true)]
async fn a_healed_lead_is_never_hit_by_the_full_load_at_once() {
    for fault in ["500", "503"] {
        let world = lead(fault).provider("backup", Anthropic, "ok").seed(7).build();
        until_passed_over(&world).await;
        sleep_until(open_until(&world, 0)).await;
        play(&world, 0, "ok");
        assert_eq!(by(&hi(&world).await), "lead");
        let start = Instant::now();
        let mut shares = Vec::new();
        for step in 0..7 {
            sleep_until(start + ms(7_500) * step).await;
            let crowd = join_all((0..400).map(|_| hi(&world))).await;
            shares.push(crowd.iter().filter(|told| by(told) == "lead").count() / 4);
        }
        assert!(shares.is_sorted(), "{shares:?}");
        assert!((2..=9).contains(&shares[0]), "about 5 % at the start: {shares:?}");
        assert!((15..=31).contains(&shares[3]), "about a quarter after half of the time: {shares:?}");
        assert!((50..=75).contains(&shares[5]), "{shares:?}");
        assert_eq!(shares[6], 100, "all of it after the ramp");
    }
}

#[tokio::test(start_paused = true)]
async fn the_ramp_ends_when_it_says_so() {
    let world = lead_and_backup("500");
    until_passed_over(&world).await;
    sleep_until(open_until(&world, 0)).await;
    play(&world, 0, "ok");
    hi(&world).await;
    sleep(s(45) - ms(1)).await;
    assert!(matches!(state(&world, 0).keys[0].breaker, BreakerState::Ramping { .. }));
    sleep(ms(1)).await;
    assert_eq!(state(&world, 0).keys[0].breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_when_to_come_back_is_not_asked_before() {
    let check = async |script: &str, rest: Duration| {
        let world = lead_and_backup(script);
        until_passed_over(&world).await;
        let calls = asked(&world, 0);
        sleep(rest - ms(1)).await;
        hi(&world).await;
        assert_eq!(asked(&world, 0), calls, "{script}: one millisecond early");
        sleep(ms(1)).await;
        hi(&world).await;
        assert_eq!(asked(&world, 0), calls + 1, "{script}");
    };
    check("503 retry_after=30", s(30)).await;
    check("500 retry_after=45", s(45)).await;
    check("502 header:retry-after-ms=12500", ms(12_500)).await;
    // No provider is believed for longer than five minutes.
    check("500 retry_after=86400", s(300)).await;
    check("429 retry_after=7", s(7)).await;
    check("429 retry_after=86400", s(300)).await;
    // What needs a person takes a while.
    check("401", s(300)).await;
    check("403", s(300)).await;
    check("402", s(900)).await;
    check("quota", s(900)).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_not_there_is_looked_for_again_after_a_minute() {
    let world = lead_and_backup("404");
    assert_eq!(until_passed_over(&world).await, 1);
    sleep(s(60) - ms(1)).await;
    hi(&world).await;
    assert_eq!(asked(&world, 0), 1);
    sleep(ms(1)).await;
    hi(&world).await;
    assert_eq!(asked(&world, 0), 2);
    // Still gone: twice as long.
    sleep(s(120) - ms(1)).await;
    hi(&world).await;
    assert_eq!(asked(&world, 0), 2);
    sleep(ms(1)).await;
    play(&world, 0, "ok");
    assert_eq!(by(&hi(&world).await), "lead", "never given up for good");
}

/// The number at the end of each key the lead was asked with, from the `from`th on.
fn keys_used(world: &World, from: usize) -> String {
    let keys = world.simulators[0].requests().into_iter().skip(from);
    keys.map(|r| r.key.unwrap_or_default().chars().last().unwrap_or_default()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_dead_key_does_not_take_the_living_one_with_it() {
    let two_keys = |first: &str, second: &str| {
        let world = lead("ok").keys(2).for_key(0, first).for_key(1, second);
        world.provider("backup", Anthropic, "ok").build()
    };
    // The outage of 19 October 2023: some customers' calls failed, others' did not.
    let world = two_keys("500", "ok");
    for expected in ["backup", "backup", "backup", "lead", "lead", "lead"] {
        assert_eq!(by(&hi(&world).await), expected);
    }
    assert_eq!(keys_used(&world, 0), "000111");
    // A second key that fails while the first is shut is suspect: one failure is enough.
    let world = two_keys("500", "ok then 500");
    for expected in ["backup", "backup", "backup", "lead", "backup", "backup"] {
        assert_eq!(by(&hi(&world).await), expected);
    }
    assert_eq!(keys_used(&world, 0), "00011");
    // Without an open sibling it takes three as always.
    let world = two_keys("ok", "500");
    assert_eq!(by(&hi(&world).await), "lead");
    assert_eq!(keys_used(&world, 0), "0");
}

#[tokio::test(start_paused = true)]
async fn a_models_failure_leaves_the_providers_other_models_alone_and_a_providers_does_not() {
    for (fault, other_is_asked) in [
        ("500", true),
        ("404", true),
        ("overloaded", true),
        ("silent", true),
        ("ok cut@0", true),
        ("502", false),
        ("504", false),
        ("html 530", false),
        ("503 body='{}'", false),
    ] {
        let world = lead_and_backup(fault);
        until_passed_over(&world).await;
        play(&world, 0, "ok");
        let mut body = hello(OpenAi, true);
        body["model"] = json!("lead/gpt-4.1");
        body["fallbacks"] = json!(["backup/claude-haiku-4-5"]);
        let told = ask(&world, world.incoming(OpenAi, &body)).await;
        assert_eq!(by(&told) == "lead", other_is_asked, "{fault}: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_rests_for_every_model_of_its_provider() {
    let world = lead_and_backup("401");
    until_passed_over(&world).await;
    let mut body = hello(OpenAi, true);
    body["model"] = json!("lead/gpt-4.1");
    body["fallbacks"] = json!(["backup/claude-haiku-4-5"]);
    assert_eq!(by(&ask(&world, world.incoming(OpenAi, &body)).await), "backup");
    assert_eq!(asked(&world, 0), 1);
}

#[tokio::test(start_paused = true)]
async fn when_every_target_rests_the_one_that_is_free_soonest_is_asked_all_the_same() {
    for (first, second, soonest) in [
        ("500", "500 retry_after=60", "lead"),
        ("500 retry_after=60", "500", "backup"),
        ("502 retry_after=60", "404", "lead"),
        ("401", "500", "backup"),
        ("401", "402", "lead"),
    ] {
        let world = lead(first).provider("backup", OpenAi, second).build();
        for _ in 0..3 {
            assert_eq!(hi(&world).await.status, 503);
        }
        play(&world, 0, "ok");
        play(&world, 1, "ok");
        // The two opened at the same moment, long ago enough for the shorter rest to be the sooner end.
        let told = hi(&world).await;
        assert_eq!((told.status, by(&told)), (200, soonest), "{first} | {second}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_only_target_is_never_refused_and_serves_again_with_the_first_request_after_it_heals() {
    for fault in ["500", "502", "404", "401", "silent"] {
        let world = lead(fault).build();
        for n in 1..=20 {
            let told = hi(&world).await;
            assert_ne!(told.status, 200);
            assert!(asked(&world, 0) >= n, "{fault}: request {n} was refused unasked");
        }
        play(&world, 0, "ok");
        let told = hi(&world).await;
        assert_eq!((by(&told), told.attempts.as_str()), ("lead", "1"), "{fault}");
        assert_ne!(state(&world, 0).word(), "resting", "{fault}: an answer proves that it is well");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_given_because_nobody_else_was_left_ends_the_rest() {
    let world = lead("500").provider("backup", OpenAi, "ok").build();
    until_passed_over(&world).await;
    let until = open_until(&world, 0);
    play(&world, 0, "ok");
    play(&world, 1, "500");
    // The backup fails now: the lead is asked although it rests, and from then on ramps up.
    let told = hi(&world).await;
    assert_eq!(by(&told), "lead");
    assert!(Instant::now() < until);
    assert!(matches!(state(&world, 0).keys[0].breaker, BreakerState::Ramping { .. }));
}

#[tokio::test(start_paused = true)]
async fn streams_that_break_after_they_began_shut_a_provider_too() {
    for fault in ["cut", "reset", "error", "stall"] {
        let script = format!("ok tokens=9 every=10ms {fault}@3");
        for mid_stream in [MidStream::Continue, MidStream::Stop] {
            let world = lead(&script).clocks(|c| c.stall = s(1)).route(|route| route.mid_stream = mid_stream);
            let world = world.provider("backup", Anthropic, "ok tokens=9").build();
            let mut broken = 0;
            loop {
                let told = hi(&world).await;
                assert_eq!(told.whole, told.by == "backup" || mid_stream == MidStream::Continue);
                if told.by == "backup" {
                    break;
                }
                broken += 1;
                assert!(broken < 10, "{fault}: the lead breaks every stream and is asked again and again");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn answers_under_way_when_a_key_is_revoked_do_not_bring_it_back() {
    // The first request is still waiting for its token when the key is refused; then its token comes.
    for (fault, rest) in [("401", s(300)), ("429 retry_after=20", s(20))] {
        let world =
            lead(&format!("ok first=5s then {fault} then ok")).provider("backup", Anthropic, "ok").build();
        let (slow, refused) = tokio::join!(hi(&world), hi_after(&world, s(1)));
        assert_eq!((by(&slow), by(&refused)), ("lead", "backup"), "{fault}");
        // Five seconds have passed, the rest began after one.
        sleep(rest - s(4) - ms(1)).await;
        assert_eq!(by(&hi(&world).await), "backup", "{fault}: the rest is over too early");
        sleep(ms(1)).await;
        assert_eq!(by(&hi(&world).await), "lead", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_answers_whoever_waits_for_it_is_not_shut_for_two_failures() {
    // Failures with answers between them, which come out of the queue: they are answers all the same.
    let world = lead("500 then 500 then silent then ok then 500 then ok")
        .care(|care| care.max_concurrency = Some(1))
        .route(|route| route.max_attempts = 1)
        .build();
    for _ in 0..2 {
        assert_eq!(hi(&world).await.status, 503);
    }
    let (left, waited) = tokio::join!(hi_for(&world, s(1)), hi_after(&world, ms(1)));
    assert_eq!((left, by(&waited)), (None, "lead"));
    assert_eq!(hi(&world).await.status, 503);
    assert_eq!(state(&world, 0).word(), "ready");
}

#[tokio::test(start_paused = true)]
async fn the_settings_of_a_breaker_hold() {
    // failures
    let world =
        lead("500").care(|care| care.breaker.failures = 5).provider("backup", Anthropic, "ok").build();
    assert_eq!(until_passed_over(&world).await, 5);
    // backoff and max_backoff
    let world = lead("500")
        .care(|care| (care.breaker.backoff, care.breaker.max_backoff) = (s(20), s(30)))
        .provider("backup", Anthropic, "ok")
        .build();
    until_passed_over(&world).await;
    let rest = open_until(&world, 0) - Instant::now();
    assert!(rest >= s(20) && rest <= s(30), "{rest:?}");
    for _ in 0..3 {
        sleep_until(open_until(&world, 0)).await;
        hi(&world).await;
    }
    let rest = open_until(&world, 0) - Instant::now();
    assert!(rest >= s(30) && rest <= s(36), "{rest:?}");
    // ramp
    let world = lead("500").care(|care| care.breaker.ramp = s(5)).provider("backup", Anthropic, "ok").build();
    until_passed_over(&world).await;
    sleep_until(open_until(&world, 0)).await;
    play(&world, 0, "ok");
    hi(&world).await;
    sleep(s(5)).await;
    assert_eq!(state(&world, 0).word(), "ready");
    // min_calls and min_success: every second call fails, so no run of failures ever opens.
    let check = async |min_success: f64, min_calls: u32, opens: bool| {
        let world = lead(&["500 then ok"; 20].join(" then "))
            .care(|care| (care.breaker.min_success, care.breaker.min_calls) = (min_success, min_calls))
            .provider("backup", Anthropic, "ok")
            .build();
        for _ in 0..9 {
            hi(&world).await;
        }
        assert_eq!(state(&world, 0).word() == "resting", opens, "{min_success} {min_calls}");
    };
    check(0.6, 9, true).await;
    check(0.6, 10, false).await;
    check(0.4, 9, false).await;
    // max_late: every second first token is late.
    let check = async |max_late: f64, opens: bool| {
        let world = lead(&["silent then ok"; 10].join(" then "))
            .care(|care| {
                care.breaker.min_success = 0.0;
                (care.breaker.max_late, care.breaker.min_calls) = (max_late, 5);
            })
            .clocks(|c| c.first_token = ms(100))
            .provider("backup", Anthropic, "ok")
            .build();
        for _ in 0..9 {
            hi(&world).await;
        }
        assert_eq!(state(&world, 0).word() == "resting", opens, "{max_late}");
    };
    check(0.5, true).await;
    check(0.9, false).await;
    // window: the same, too long ago.
    let check = async |window: Duration, opens: bool| {
        let world = lead(&["500 then ok"; 10].join(" then "))
            .care(|care| (care.breaker.window, care.breaker.min_calls) = (window, 5))
            .provider("backup", Anthropic, "ok")
            .build();
        for _ in 0..5 {
            hi(&world).await;
            sleep(s(1)).await;
        }
        assert_eq!(state(&world, 0).word() == "resting", opens, "{window:?}");
    };
    check(s(10), true).await;
    check(s(3), false).await;
}

#[tokio::test(start_paused = true)]
async fn only_this_model_means_that_it_is_asked_even_while_it_rests() {
    let world = lead_and_backup("500");
    until_passed_over(&world).await;
    let mut incoming = with(&world, &[]);
    incoming.only = true;
    let told = ask(&world, incoming).await;
    assert_eq!((told.status, told.attempts.as_str()), (503, "1"), "{told:?}");
    assert_eq!(asked(&world, 0), 4);
}
