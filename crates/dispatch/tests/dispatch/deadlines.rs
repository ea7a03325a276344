//! The caller's deadlines, spent over several targets; clients that try again; and what stops their storms.

use crate::brief::{Brief, ask, asked, hi_for, play, with, with_body};
use crate::world::{World, hello, ms};
use handover_dialect::Dialect::{Anthropic, OpenAi};
use http::HeaderValue;
use std::time::Duration;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn check(world: World, stream: bool, headers: &[(&str, &str)], expected: (u16, &str, Duration)) {
    let told = ask(&world, with_body(&world, stream, headers)).await;
    let Brief { status, by, took, .. } = &told;
    assert_eq!((*status, by.as_str(), *took), expected, "{headers:?} stream: {stream}: {told:?}");
    assert_eq!(world.in_flight(), 0);
}

fn one(script: &str) -> World {
    World::builder().provider("lead", OpenAi, script).build()
}

fn two(first: &str, second: &str) -> World {
    World::builder().provider("lead", OpenAi, first).provider("backup", OpenAi, second).build()
}

#[tokio::test(start_paused = true)]
async fn a_callers_deadline_is_kept_to_the_millisecond() {
    let own = [("x-handover-timeout-ms", "3000")];
    for stream in [true, false] {
        check(one("ok first=2999ms headers=0ms"), stream, &own, (200, "lead", ms(2999))).await;
        check(one("ok headers=3001ms"), stream, &own, (504, "", s(3))).await;
        check(one("silent"), stream, &own, (504, "", s(3))).await;
    }
    // It bounds the whole answer.
    let long = "ok tokens=4 every=1s";
    let told = ask(&one(long), with(&one(long), &[("x-handover-timeout-ms", "3001")])).await;
    assert!(told.whole, "{told:?}");
    let told = ask(&one(long), with(&one(long), &[("x-handover-timeout-ms", "2999")])).await;
    assert_eq!((told.whole, told.took), (false, ms(2999)), "{told:?}");
    // A longer one than ours changes nothing.
    let day = [("x-handover-timeout-ms", "86400000")];
    check(one("silent"), true, &day, (503, "", s(10))).await;
}

#[tokio::test(start_paused = true)]
async fn time_is_kept_for_the_last_target() {
    // Three quarters of four seconds for the lead, the rest for the backup.
    let own = [("x-handover-timeout-ms", "4000")];
    check(two("ok first=2999ms", "ok"), true, &own, (200, "lead", ms(2999))).await;
    check(two("ok first=3001ms", "ok"), true, &own, (200, "backup", ms(3000))).await;
    check(two("silent", "ok first=999ms"), true, &own, (200, "backup", ms(3999))).await;
    check(two("silent", "ok first=1001ms"), true, &own, (504, "", s(4))).await;
    check(two("silent", "silent"), false, &own, (504, "", s(4))).await;
}

#[tokio::test(start_paused = true)]
async fn an_sdks_timeout_is_met_before_the_sdk_hangs_up() {
    // For a stream it bounds the first byte, and no more; an answer in one piece it bounds as a whole.
    let read = [("x-stainless-read-timeout", "5")];
    check(two("ok first=3674ms", "ok"), true, &read, (200, "lead", ms(3674))).await;
    check(two("silent", "ok"), true, &read, (200, "backup", ms(3675))).await;
    check(two("silent", "silent"), true, &read, (504, "", ms(4900))).await;
    check(one("ok tokens=20 every=1s"), true, &read, (200, "lead", s(19))).await;
    check(one("ok headers=4899ms"), false, &read, (200, "lead", ms(4899))).await;
    check(one("ok headers=4901ms"), false, &read, (504, "", ms(4900))).await;
    check(one("silent"), true, &[("x-stainless-timeout", "5")], (504, "", ms(4900))).await;
    let all = [("x-litellm-timeout", "5")];
    check(one("silent"), true, &all, (504, "", ms(4900))).await;
    let told = ask(&one("ok tokens=20 every=1s"), with(&one("ok"), &all)).await;
    assert_eq!((told.whole, told.took), (false, ms(4900)), "{told:?}");
    // What nobody can read is nobody's wish.
    for header in ["x-stainless-read-timeout", "x-stainless-timeout", "x-litellm-timeout"] {
        check(one("silent"), true, &[(header, "soon")], (503, "", s(10))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_cannot_be_read_is_refused_with_what_to_write() {
    for dialect in [OpenAi, Anthropic] {
        for (name, value, write) in [
            ("x-handover-timeout-ms", "", "write a whole number of milliseconds from 1 to 86400000"),
            ("x-handover-timeout-ms", "0", "write a whole number of milliseconds from 1 to 86400000"),
            ("x-handover-timeout-ms", "5s", "write a whole number of milliseconds from 1 to 86400000"),
            ("x-handover-timeout-ms", "-1", "write a whole number of milliseconds from 1 to 86400000"),
            ("x-handover-timeout-ms", "86400001", "write a whole number of milliseconds from 1 to 86400000"),
            ("x-handover-criticality", "urgent", "write `critical`, `default` or `batch`"),
        ] {
            let world = one("ok");
            let mut incoming = world.incoming(dialect, &hello(dialect, true));
            incoming.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
            let told = world.read(incoming).await;
            let message = told.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
            assert_eq!((told.status, asked(&world, 0)), (400, 0), "{name}: {value}: {told:?}");
            assert!(message.contains(name) && message.contains(write), "{message}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_tries_again_begins_behind_the_target_it_waited_for() {
    let again = [("x-stainless-retry-count", "1")];
    let world = two("ok first=8s", "ok");
    assert_eq!(hi_for(&world, s(5)).await, None);
    let told = ask(&world, with(&world, &again)).await;
    assert_eq!((told.by.as_str(), told.took), ("backup", Duration::ZERO), "not the same wait again");
    // Where its own count says that it is the first try, or the bytes are others, nothing is remembered.
    for (headers, stream) in [(&[][..], true), (&again[..], false)] {
        let world = two("ok first=8s", "ok");
        hi_for(&world, s(5)).await;
        let told = ask(&world, with_body(&world, stream, headers)).await;
        assert_eq!(told.by, "lead", "{headers:?} {stream}");
    }
    // The target it left comes last, not never.
    let world = two("ok first=8s", "500");
    hi_for(&world, s(5)).await;
    let told = ask(&world, with(&world, &again)).await;
    assert_eq!((told.by.as_str(), asked(&world, 1)), ("lead", 1));
    // A third try begins behind the second's.
    let world = World::builder()
        .provider("a", OpenAi, "silent")
        .provider("b", OpenAi, "silent")
        .provider("c", OpenAi, "ok")
        .build();
    hi_for(&world, s(5)).await;
    let second = tokio::time::timeout(s(5), ask(&world, with(&world, &again))).await;
    assert!(second.is_err());
    let third = ask(&world, with(&world, &[("x-stainless-retry-count", "2")])).await;
    assert_eq!((third.by.as_str(), world.asked()), ("c", vec![1, 1, 1]));
    // Two minutes later it is another matter.
    let check = async |after: Duration, by: &str| {
        let world = two("ok first=8s", "ok");
        hi_for(&world, s(5)).await;
        tokio::time::sleep(after).await;
        assert_eq!(ask(&world, with(&world, &again)).await.by, by, "{after:?}");
    };
    check(s(120) - ms(1), "backup").await;
    check(s(120), "lead").await;
}

#[tokio::test(start_paused = true)]
async fn the_lead_is_the_lead_also_when_it_is_asked_last() {
    let world = two("ok first=8s", "500");
    hi_for(&world, s(5)).await;
    let mut incoming = world.incoming(OpenAi, &hello(OpenAi, true));
    incoming.headers.insert("x-stainless-retry-count", HeaderValue::from_static("1"));
    let told = world.read(incoming).await;
    assert_eq!((told.header("x-handover-signal"), told.header("x-handover-reason")), ("4", "server_error"));
}

#[tokio::test(start_paused = true)]
async fn no_client_is_sent_away_for_longer_than_half_a_minute_or_told_to_storm() {
    for script in ["429 retry_after=3600", "503 retry_after=3600", "529 retry_after=90", "500 retry_after=31"]
    {
        let world = two(script, script);
        // Asked, then passed over: what is told does not change.
        for round in 0..6 {
            for (dialect, stream) in [(OpenAi, true), (Anthropic, false)] {
                let told = world.hello(dialect, stream).await;
                let wait: u64 = told.header("retry-after").parse().unwrap_or(u64::MAX);
                assert!((1..=30).contains(&wait), "{script}, round {round}: {told:?}");
                assert_eq!(told.header("x-should-retry"), "false");
            }
        }
        play(&world, 0, "ok");
    }
}

#[tokio::test(start_paused = true)]
async fn one_caller_in_a_hurry_does_not_take_the_lead_from_all_the_others() {
    let world = two("ok first=500ms", "ok");
    for _ in 0..6 {
        let told = world.read(with(&world, &[("x-handover-timeout-ms", "400")])).await;
        assert_eq!(told.status, 200);
    }
    let told = world.hello(OpenAi, true).await;
    assert_eq!(told.header("x-handover-signal"), "4", "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_chain_that_is_only_limited_is_told_as_that_again_and_again() {
    let world = two("429 retry_after=40", "429 retry_after=20");
    for _ in 0..3 {
        let told = world.hello(Anthropic, true).await;
        let kind = told.json()["error"]["type"].clone();
        assert_eq!((told.status, kind.as_str()), (429, Some("rate_limit_error")), "{told:?}");
    }
}
