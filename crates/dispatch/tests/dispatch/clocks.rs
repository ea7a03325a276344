//! The five clocks, to the millisecond: one before the limit survives, one after moves on.

use crate::world::{Builder, World, ms};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_policy::Timeouts;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// Who served, who went on, or what became of the request, and when it was over.
async fn ask(world: Builder, stream: bool) -> String {
    let world = world.build();
    let told = world.hello(OpenAi, stream).await;
    let ended = match (told.status, told.aborted) {
        (200, false) => {
            let name = |target: &str| target.split('/').next().unwrap_or_default().to_owned();
            let on =
                told.record.hand_overs.iter().map(|handed| {
                    format!(" at {} ms and {} went on", handed.at.as_millis(), name(&handed.to))
                });
            let began = name(told.header("x-handover-served"));
            match on.collect::<String>() {
                on if on.is_empty() => format!("{began} served"),
                on => format!("{began} stopped{on}, over"),
            }
        }
        (200, true) => "interrupted".to_owned(),
        (status, _) => format!("{status} {}", told.json()["error"]["code"].as_str().unwrap_or_default()),
    };
    let why: Vec<&str> = told.record.attempts.iter().map(|a| a.words.as_str()).collect();
    let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) };
    format!("{ended} after {} ms{why}", told.took.as_millis())
}

fn lead(dialect: Dialect, script: &str) -> Builder {
    World::builder().provider("lead", dialect, script)
}

fn with_backup(lead: Builder) -> Builder {
    lead.provider("backup", Anthropic, "ok tokens=3")
}

async fn check(world: Builder, expected: &str) {
    assert_eq!(ask(world, true).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_slow_but_in_time_is_used() {
    check(with_backup(lead(OpenAi, "ok").opens_after(ms(1999))), "lead served after 1999 ms").await;
    let late = with_backup(lead(OpenAi, "ok").opens_after(ms(2001)));
    check(late, "backup served after 2000 ms (no connection within 2 s)").await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_being_loaded_is_waited_for_and_no_longer() {
    let loading = |time, change: fn(&mut Timeouts)| lead(OpenAi, "ok").loads_for(time).clocks(change);
    check(with_backup(loading(ms(1999), |_| {})), "lead served after 1999 ms").await;
    let late = with_backup(loading(ms(2001), |_| {}));
    check(late, "backup served after 2000 ms (no connection within 2 s)").await;
    // The request's own limit holds against a patient connect limit.
    let alone = loading(HOUR, |c| c.connect = HOUR);
    check(alone, "504 deadline_exceeded after 120000 ms (no time was left)").await;
    let first = with_backup(loading(HOUR, |c| c.connect = HOUR));
    check(first, "backup served after 90000 ms (no connection within 90 s)").await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_first_token_costs_exactly_its_limit() {
    for dialect in [OpenAi, Anthropic, Cohere] {
        for word in ["first", "headers"] {
            let early = with_backup(lead(dialect, &format!("ok {word}=9999ms")));
            check(early, "lead served after 9999 ms").await;
            let late = with_backup(lead(dialect, &format!("ok {word}=10001ms")));
            check(late, "backup served after 10000 ms (no first token within 10 s)").await;
        }
        let silent = with_backup(lead(dialect, "silent"));
        check(silent, "backup served after 10000 ms (no first token within 10 s)").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_thinks_before_its_first_token_is_not_stalled() {
    // Neither by the stall clock nor by the progress clock: both run once the answer has begun.
    let patient =
        |c: &mut Timeouts| (c.first_token, c.stall, c.progress) = (ms(60_000), ms(5_000), ms(8_000));
    check(with_backup(lead(OpenAi, "ok first=59999ms").clocks(patient)), "lead served after 59999 ms").await;
    let late = with_backup(lead(OpenAi, "ok first=60001ms").clocks(patient));
    check(late, "backup served after 60000 ms (no first token within 60 s)").await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_is_ended_at_the_stall_limit() {
    let long =
        |script: &str| with_backup(lead(OpenAi, script).clocks(|c| (c.total, c.progress) = (HOUR, HOUR)));
    check(long("ok tokens=3 every=29999ms"), "lead served after 59998 ms").await;
    let silent = "(sent nothing for 30 s)";
    let on = "lead stopped at 30000 ms and backup went on, over after 30000 ms";
    check(long("ok tokens=3 every=30001ms"), &format!("{on} {silent}")).await;
    let on = "lead stopped at 30020 ms and backup went on, over after 30020 ms";
    check(long("ok tokens=3 every=10ms stall@3"), &format!("{on} {silent}")).await;
    // Nobody else: it has its limit again to go on with its own answer.
    let alone = |script: &str| lead(OpenAi, script).clocks(|c| (c.total, c.progress) = (HOUR, HOUR));
    let told = "interrupted after 40020 ms (sent nothing for 30 s; no first token within 10 s)";
    check(alone("ok tokens=9 every=10ms stall@3 then silent"), told).await;
}

#[tokio::test(start_paused = true)]
async fn pings_do_not_pass_for_progress() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let pinging = |last: u64| {
        let mut writes = vec![(0, head.to_owned())];
        writes.extend(std::iter::repeat_n((10_000, ": ping\n\n".to_owned()), 5));
        writes.push((last - 50_000, "data: {\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\n\n".to_owned()));
        writes.push((0, end.to_owned()));
        with_backup(World::builder().raw("lead", OpenAi, writes))
    };
    check(pinging(59_999), "lead served after 59999 ms").await;
    let on = "lead stopped at 60000 ms and backup went on, over after 60000 ms (sent no content for 60 s)";
    check(pinging(60_001), on).await;
}

#[tokio::test(start_paused = true)]
async fn the_total_bounds_every_phase_of_a_request() {
    let patient = |c: &mut Timeouts| (c.first_token, c.stall, c.progress) = (HOUR, HOUR, HOUR);
    let alone = |script: &str| lead(OpenAi, script).clocks(patient);
    check(alone("ok first=119999ms"), "lead served after 119999 ms").await;
    check(alone("ok first=120001ms"), "504 deadline_exceeded after 120000 ms (no time was left)").await;
    check(alone("ok tokens=3 every=59999ms"), "lead served after 119998 ms").await;
    check(alone("ok tokens=3 every=60001ms"), "interrupted after 120000 ms (no time was left)").await;
    let whole = ask(alone("ok headers=120001ms"), false).await;
    assert_eq!(whole, "504 deadline_exceeded after 120000 ms (no time was left)");
}

#[tokio::test(start_paused = true)]
async fn a_chain_of_silent_providers_leaves_the_last_one_its_time() {
    let patient = |c: &mut Timeouts| c.first_token = HOUR;
    let chain =
        |last: &str| lead(OpenAi, "silent").clocks(patient).provider("last", OpenAi, last).clocks(patient);
    check(chain("ok first=29999ms"), "last served after 119999 ms (no first token within 90 s)").await;
    let late = chain("ok first=30001ms");
    let told = "504 deadline_exceeded after 120000 ms (no first token within 90 s; no time was left)";
    check(late, told).await;
    // The last of a request's attempts, and the last of its time, are the last target's.
    let mut five = lead(OpenAi, "silent").clocks(|c| c.first_token = ms(40_000));
    for name in ["second", "third", "fourth"] {
        five = five.provider(name, OpenAi, "silent").clocks(|c| c.first_token = ms(40_000));
    }
    let told = "last served after 91000 ms (no first token within 40 s; no first token within 40 s; \
                no first token within 10 s)";
    check(five.provider("last", Anthropic, "ok first=1s"), told).await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_no_costs_no_time() {
    let explicit = [
        "529",
        "500",
        "429",
        "401",
        "404",
        "402",
        "reset",
        "close",
        "goaway",
        "html 502",
        "html 200",
        "empty",
        "error_in_200 server_error",
        "ok error@start:overloaded",
        "ok error@0:overloaded",
        "ok malformed@0",
        "ok garbage@start",
        "ok cut@0",
        "ok cut@start",
        "ok reset@0",
        "ok gzip_lie",
    ];
    for dialect in [OpenAi, Anthropic, Cohere] {
        for script in explicit {
            for stream in [true, false] {
                let told = ask(with_backup(lead(dialect, script)), stream).await;
                assert!(
                    told.starts_with("backup served after 0 ms ("),
                    "{script} {dialect:?} {stream}: {told}"
                );
            }
        }
    }
}
