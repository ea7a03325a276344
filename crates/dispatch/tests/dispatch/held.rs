//! Tool calls of a stream are held until they are whole: until then another target can still make them.

use crate::view::View;
use crate::world::{Builder, Told, World, hello, ms};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dispatch::{Outcome, Reply, dispatch};
use handover_drill::Outcome as Seen;
use handover_policy::Timeouts;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

const CALL: &str = r#"tool get_weather '{"city":"Oslo","days":3}'"#;
const ARGUMENTS: &str = r#"{"city":"Oslo","days":3}"#;
const HOUR: Duration = Duration::from_secs(3600);

fn with_backup(lead: Dialect, script: &str) -> Builder {
    let backup = if lead == Cohere { OpenAi } else { Cohere };
    World::builder().provider("lead", lead, script).provider("backup", backup, "ok 'No tool for me.'")
}

/// A tool `f`, as this caller offers it.
fn tools(caller: Dialect) -> Value {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    match caller {
        OpenAi | Cohere => json!([{"type": "function", "function": {"name": "f", "parameters": schema}}]),
        Anthropic => json!([{"name": "f", "input_schema": schema}]),
    }
}

fn pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    [OpenAi, Anthropic].into_iter().flat_map(|caller| [OpenAi, Anthropic, Cohere].map(|lead| (caller, lead)))
}

fn is_served(told: &Told, by: &str) -> bool {
    told.header("x-handover-served").starts_with(by) && told.view.is_complete() && !told.aborted
}

#[tokio::test(start_paused = true)]
async fn a_call_that_breaks_is_made_by_another_model_and_the_caller_sees_no_part_of_it() {
    let faults = [
        "cut@2",
        "close@2",
        "reset@2",
        "stall@2",
        "malformed@2",
        "garbage@3",
        "error@3:overloaded",
        "cut_arguments",
    ];
    for (caller, lead) in pairs() {
        for fault in faults {
            for chunking in ["every=10ms", "one_write", "every=10ms chunk_bytes=7"] {
                let script = format!("{CALL} {fault} {chunking}");
                let world = with_backup(lead, &script).build();
                let told = world.hello(caller, true).await;
                let case = format!("{caller:?} asks {lead:?}: {script}: {told:?}");
                assert!(is_served(&told, "backup/"), "{case}");
                assert_eq!((told.text(), told.view.arguments.as_str()), ("No tool for me.", ""), "{case}");
                assert_eq!(world.asked(), [1, 1], "{case}");
                let whole = String::from_utf8_lossy(&told.body);
                assert!(!whole.contains("get_weather") && !whole.contains("city"), "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_call_of_the_only_model_is_an_error_and_no_answer() {
    for (caller, lead) in pairs() {
        let world = World::builder().provider("lead", lead, &format!("{CALL} cut_arguments")).build();
        let told = world.hello(caller, true).await;
        assert_eq!(
            (told.status, told.record.outcome),
            (503, Outcome::Failed),
            "{caller:?} {lead:?}: {told:?}"
        );
        assert!(told.json()["error"]["message"].as_str().is_some_and(|m| m.contains("cannot be read")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_call_comes_through_as_the_model_made_it() {
    let calls = format!("{CALL} tool:now='{{}}'");
    for (caller, lead) in pairs() {
        for chunking in ["every=10ms", "one_write", "chunk_bytes=1", "every=10ms crlf pings"] {
            for (script, arguments) in [(CALL, ARGUMENTS.to_owned()), (&*calls, format!("{ARGUMENTS}{{}}"))] {
                let script = format!("{script} {chunking}");
                let world = with_backup(lead, &script).build();
                let told = world.hello(caller, true).await;
                let case = format!("{caller:?} asks {lead:?}: {script}: {told:?}");
                assert!(is_served(&told, "lead/"), "{case}");
                assert_eq!(told.view.arguments, arguments, "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_is_waited_for_as_long_as_it_grows() {
    let list: Vec<String> = (0..90).map(|n| format!("street {n}")).collect();
    let arguments = serde_json::json!({ "streets": list }).to_string();
    let script = format!("tool deliver '{arguments}' every=1s first=3s");
    let clocks = |c: &mut Timeouts| c.total = HOUR;
    for (caller, lead) in pairs() {
        let world = World::builder().provider("lead", lead, &script).clocks(clocks);
        let world = world.provider("backup", OpenAi, "ok").clocks(clocks).build();
        let told = world.hello(caller, true).await;
        let case = format!("{caller:?} asks {lead:?}: {told:?}");
        assert!(is_served(&told, "lead/"), "{case}");
        assert_eq!(told.view.arguments, arguments, "{case}");
        assert!(told.took > ms(60_000), "{case}");
        // The first piece that is held is the first token.
        assert_eq!(told.record.first_token, Some(ms(3000)), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_waits_only_so_long_for_a_byte_is_shown_that_a_long_call_lives() {
    let arguments = format!("{{\"text\":\"{}\"}}", "Oslo ".repeat(60));
    let slow = format!("tool f '{arguments}' every=1s");
    for (caller, lead) in pairs() {
        let behind_words = format!("ok 'Hm.' tool:f='{arguments}' every=1s");
        // Three quarters of 8 s; and 5 s from the first piece on, which comes a second after the words.
        for (script, limit) in [(&slow, 8), (&behind_words, 60)] {
            let world =
                World::builder().provider("lead", lead, script).provider("backup", OpenAi, "ok").build();
            let mut incoming = world.incoming(caller, &hello(caller, true));
            incoming.headers.insert("x-stainless-read-timeout", limit.into());
            let mut last = Instant::now();
            let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await else {
                panic!("no stream");
            };
            let (mut body, mut silence) = (Vec::new(), Duration::ZERO);
            while let Some(next) = relay.next().await {
                body.extend_from_slice(&next.expect("an answer that does not break"));
                silence = silence.max(Instant::now() - last);
                last = Instant::now();
            }
            let case = format!("{caller:?} asks {lead:?}: {script}");
            assert!(silence <= ms(6000), "{silence:?}: {case}");
            assert_eq!(View::read(caller, true, &body).arguments, arguments, "{case}");
            assert_eq!(world.asked(), [1, 0], "{case}");
        }
    }
}

async fn ended(world: Builder) -> String {
    let told = world.build().hello(OpenAi, true).await;
    let served = told.header("x-handover-served").split('/').next().unwrap_or_default().to_owned();
    format!("{served} after {} ms", told.took.as_millis())
}

#[tokio::test(start_paused = true)]
async fn a_call_that_stops_growing_costs_exactly_the_limit_of_an_answer() {
    let long = |c: &mut Timeouts| c.total = HOUR;
    for lead in [OpenAi, Anthropic, Cohere] {
        let start = |script: &str| {
            World::builder()
                .provider("lead", lead, script)
                .clocks(long)
                .provider("backup", OpenAi, "ok")
                .clocks(long)
        };
        let call = r#"tool f '{"a":1}'"#;
        let in_time = ended(start(&format!("{call} every=29999ms"))).await;
        assert!(in_time.starts_with("lead after"), "{lead:?}: {in_time}");
        let late = ended(start(&format!("{call} every=30001ms"))).await;
        assert_eq!(late, "backup after 30000 ms", "{lead:?}");
        // The first token has its own limit, which the first piece keeps or does not.
        let first = ended(start(&format!("{call} first=9999ms"))).await;
        assert!(first.starts_with("lead after 9999"), "{lead:?}: {first}");
        assert_eq!(ended(start(&format!("{call} first=10001ms"))).await, "backup after 10000 ms", "{lead:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pings_are_no_progress_of_a_call() {
    let piece = |arguments: &str| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"id\":\"c\",\"function\":\
             {{\"name\":\"f\",\"arguments\":\"{arguments}\"}}}}]}}}}]}}\n\n"
        )
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
    let pinging = |last: u64| {
        let mut writes = vec![(0, format!("{head}{}", piece("{")))];
        writes.extend(std::iter::repeat_n((10_000, ": ping\n\n".to_owned()), 5));
        writes.push((last - 50_000, format!("{}{end}", piece("}"))));
        World::builder().raw("lead", OpenAi, writes).provider("backup", Anthropic, "ok")
    };
    assert_eq!(ended(pinging(59_999)).await, "lead after 59999 ms");
    assert_eq!(ended(pinging(60_001)).await, "backup after 60000 ms");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_breaks_behind_words_ends_the_answer_honestly() {
    for (caller, lead) in pairs() {
        for fault in ["cut_arguments", "cut@5", "stall@5", "malformed@6"] {
            let script = format!("ok 'Let me see.' tool:f='{{\"city\":\"Oslo\"}}' {fault} every=10ms");
            let world = with_backup(lead, &script).build();
            let mut body = hello(caller, true);
            body["tools"] = tools(caller);
            let told = world.ask(caller, &body).await;
            let case = format!("{caller:?} asks {lead:?}: {script}: {told:?}");
            assert!(told.view.is_interrupted() && told.aborted, "{case}");
            assert_eq!(told.view.errors[0]["handover"]["reason"], "tools", "{case}");
            assert_eq!((told.text(), told.view.arguments.as_str()), ("Let me see.", ""), "{case}");
            assert_eq!((told.record.outcome, world.asked()), (Outcome::Interrupted, vec![1, 0]), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_while_a_call_is_held_stops_the_providers_work() {
    for (caller, lead) in pairs() {
        let world = with_backup(lead, &format!("{CALL} every=400ms stall@3")).build();
        let incoming = world.incoming(caller, &hello(caller, true));
        let answering = async {
            let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await else {
                panic!("no stream");
            };
            while relay.next().await.is_some() {}
        };
        assert!(
            tokio::time::timeout(ms(1500), answering).await.is_err(),
            "it was over before the caller left"
        );
        let gone = world.simulators[0].wait_for_hangup().await;
        assert_eq!(gone.outcome, Seen::HungUp);
        assert_eq!(gone.ended_at.map(|at| at.saturating_duration_since(gone.at)), Some(ms(1500)));
        let outcomes: Vec<Outcome> = world.records.all().iter().map(|record| record.outcome).collect();
        assert_eq!((outcomes, world.asked()), (vec![Outcome::Cancelled], vec![1, 0]), "{caller:?} {lead:?}");
        assert_eq!(world.in_flight(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_one_piece_that_repeats_itself_goes_to_the_backup() {
    for lead in [OpenAi, Anthropic] {
        let world = with_backup(lead, "ok 'over and over again, ' tokens=8000").build();
        let told = world.hello(lead, false).await;
        assert!(is_served(&told, "backup/"), "{lead:?}");
        assert_eq!(told.header("x-handover-reason"), "repetition");
        let world = with_backup(lead, "ok 'over and over again, ' tokens=1000").build();
        let told = world.hello(lead, false).await;
        assert!(is_served(&told, "lead/"), "somebody may have asked for it: {lead:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_in_another_shape_than_the_callers_is_told_in_the_callers() {
    let bodies = [
        r#"{"error":"no such thing"}"#,
        r#"{"detail":"no such thing"}"#,
        r#"{"object":"error","message":"no such thing"}"#,
    ];
    for dialect in [OpenAi, Anthropic] {
        for body in bodies {
            let world = with_backup(dialect, &format!("400 body='{body}'")).build();
            let told = world.hello(dialect, true).await;
            assert_eq!((told.status, world.asked()), (400, vec![1, 0]), "{body}: {told:?}");
            let json = told.json();
            assert!(
                json["error"]["message"].as_str().is_some_and(|m| m.ends_with("no such thing")),
                "{json}"
            );
            assert_eq!(json["type"] == "error", dialect == Anthropic, "{json}");
        }
    }
    let own = r#"{"type":"error","error":{"type":"invalid_request_error","message":"no such thing"},"x":1}"#;
    let world = with_backup(Anthropic, &format!("400 body='{own}'")).build();
    assert_eq!(world.hello(Anthropic, true).await.body, own, "its own words stay as they are");
}
