//! Callers that leave: the provider's work ends at once, nobody else is asked, and one record says so.

use crate::world::{World, hello, ms};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dispatch::{Outcome, Reply, dispatch};
use handover_drill::Outcome as Seen;
use std::time::Duration;

/// Leaves after `time`, while a lead that plays `script` is still at it. `asked`: whether the lead got the request.
async fn check(dialect: Dialect, script: &str, stream: bool, opens_after: Duration, time: u64, asked: bool) {
    let case = format!("{dialect:?} {script} stream: {stream} at {time}");
    let world = World::builder()
        .provider("lead", dialect, script)
        .opens_after(opens_after)
        .provider("backup", OpenAi, "ok")
        .build();
    let incoming = world.incoming(OpenAi, &hello(OpenAi, stream));
    let answering = async {
        match Box::pin(dispatch(&world.engine, incoming)).await {
            Reply::Whole { status, .. } => panic!("{case}: answered {status}"),
            Reply::Stream { mut relay, .. } => while relay.next().await.is_some() {},
        }
    };
    let left = tokio::time::timeout(ms(time), answering).await;
    assert!(left.is_err(), "{case}: it was over before the caller left");
    {
        let records = world.records.0.lock();
        let outcomes: Vec<(Outcome, bool)> =
            records.iter().map(|r| (r.outcome, r.took == ms(time))).collect();
        assert_eq!(outcomes, [(Outcome::Cancelled, true)], "{case}: recorded once, at once");
        assert!(records[0].attempts.iter().all(|a| a.code == "cancelled"), "{case}");
    }
    if asked {
        let gone = world.simulators[0].wait_for_hangup().await;
        assert_eq!(gone.outcome, Seen::HungUp);
        let after = gone.ended_at.map(|at| at.saturating_duration_since(gone.at));
        assert_eq!(after, Some(ms(time)), "{case}: the provider hears of it at once");
    }
    // Long after every limit, still nobody else was asked and nothing more was recorded.
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(world.asked(), [u64::from(asked), 0], "{case}");
    assert_eq!(world.records.0.lock().len(), 1, "{case}");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_stops_the_providers_work_in_every_phase() {
    let now = Duration::ZERO;
    for dialect in [OpenAi, Anthropic, Cohere] {
        for stream in [true, false] {
            check(dialect, "ok", stream, ms(1500), 1000, false).await;
            check(dialect, "silent", stream, now, 1000, true).await;
            check(dialect, "ok headers=5s", stream, now, 1000, true).await;
            check(dialect, "ok first=5s", stream, now, 1000, true).await;
            check(dialect, "ok tokens=9 every=400ms", stream, now, 1000, true).await;
            check(dialect, "ok tokens=9 stall@start", stream, now, 1000, true).await;
            check(dialect, "ok tokens=9 every=1ms stall@7", stream, now, 1000, true).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_served_until_the_caller_left_is_in_the_record() {
    let world = World::builder().provider("lead", OpenAi, "ok tokens=9 every=400ms").build();
    let incoming = world.incoming(OpenAi, &hello(OpenAi, true));
    let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await else {
        panic!("no stream")
    };
    assert!(relay.next().await.is_some());
    drop(relay);
    let records = world.records.0.lock();
    let record = &records[0];
    assert_eq!((record.outcome, record.status), (Outcome::Cancelled, 200));
    assert_eq!(
        (record.target.as_deref(), record.model.as_deref()),
        (Some("lead/gpt-4o-mini"), Some("gpt-4o-mini"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_at_the_terminator_has_got_its_answer() {
    for caller in [OpenAi, Anthropic] {
        for lead in [OpenAi, Anthropic, Cohere] {
            let world = World::builder().provider("lead", lead, "ok every=10ms stay_open").build();
            let incoming = world.incoming(caller, &hello(caller, true));
            let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await else {
                panic!("no stream")
            };
            let mut read = String::new();
            let end = if caller == OpenAi { "[DONE]" } else { "message_stop" };
            while !read.contains(end) {
                let next = relay.next().await.expect("no end yet").expect("no abort");
                read.push_str(std::str::from_utf8(&next).expect("text"));
            }
            drop(relay);
            let records = world.records.0.lock();
            assert_eq!(records.iter().map(|r| r.outcome).collect::<Vec<_>>(), [Outcome::Complete]);
            assert!(records[0].usage.completion.is_some() || caller == OpenAi, "{:?}", records[0]);
        }
    }
}
