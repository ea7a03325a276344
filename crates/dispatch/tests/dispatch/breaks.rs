//! Streams that break after the caller has begun to read, and that nobody goes on with. Module `hand_over` has those
//! that are gone on with.

use crate::world::{Builder, World, hello, model};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dispatch::{Outcome, RouteSettings};
use handover_policy::{MidStream, RetrySettings, WasteSettings};
use http::HeaderValue;
use serde_json::json;

const TOKENS: u32 = 12;

/// Each fault with the words it is told in.
const FAULTS: [(&str, &str); 6] = [
    ("cut", "stopped before its answer was complete"),
    ("close", "stopped before its answer was complete"),
    ("reset", "stopped before its answer was complete"),
    ("stall", "sent nothing for 30 s"),
    ("malformed", "sent an answer that cannot be read"),
    ("garbage", "sent an answer that cannot be read"),
];

/// The whole answer, as an unbroken stream of this lead gives it to this caller.
async fn whole(caller: Dialect, lead: Dialect) -> String {
    let world = World::builder().provider("lead", lead, &format!("ok tokens={TOKENS}")).build();
    let told = world.hello(caller, true).await;
    assert!(told.view.is_complete(), "{told:?}");
    told.view.text
}

/// The failure, as machines are told of it.
fn code_of(fault: &str, lead: Dialect) -> &'static str {
    match fault.split('@').next().unwrap_or_default() {
        "cut" | "close" | "reset" => "cut_off",
        "stall" => "stalled",
        "malformed" | "garbage" => "malformed",
        // Cohere's words do not say why.
        "error" if lead == Cohere => "server_error",
        "error" => "overloaded",
        _ => panic!("no such fault: {fault}"),
    }
}

async fn check(caller: Dialect, lead: Dialect, fault: &str, words: &str, whole: &str) {
    let mut longest = 0;
    // Bytes that come with the first token are seen before it is sent: then the backup answers, and nothing broke.
    let with_the_token = ["malformed", "garbage", "error"].iter().any(|f| fault.starts_with(f));
    for at in if with_the_token { 2..=TOKENS } else { 1..=TOKENS } {
        let script = format!("ok tokens={TOKENS} every=10ms {}", fault.replace('N', &at.to_string()));
        let world = World::builder()
            .provider("lead", lead, &script)
            .provider("backup", OpenAi, "ok")
            .route(|route| route.mid_stream = MidStream::Stop)
            .build();
        let told = world.hello(caller, true).await;
        let case = format!("{script}, {caller:?} asks {lead:?}: {told:?}");
        assert!(whole.starts_with(told.text()) && told.text().len() < whole.len() + 1, "{case}");
        assert!(told.text().len() > longest, "every token that came is delivered: {case}");
        longest = told.text().len();
        assert!(told.view.is_interrupted() && told.aborted, "{case}");
        assert_eq!(
            (told.record.outcome, told.record.status, world.asked()),
            (Outcome::Interrupted, 200, vec![1, 0])
        );
        let error = &told.view.errors[0]["error"];
        let said = error["message"].as_str().unwrap_or_default();
        assert_eq!(
            said,
            format!(
                "The answer was cut off: lead/{} {words}. No other model went on with it, because the route or the \
                 request asks for that. The text so far is kept.",
                model(lead)
            )
        );
        assert_eq!(told.view.errors[0]["handover"]["reason"], "mid_stream_stop", "{case}");
        assert_eq!(told.view.errors[0]["handover"]["failure"], code_of(fault, lead), "{case}");
        let detail = told.record.detail.as_deref().unwrap_or_default();
        assert!(detail.contains(words), "{detail}");
    }
    assert_eq!(longest, whole.len(), "a break behind the last token, before the finish reason, is a break");
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_is_never_taken_for_complete_and_keeps_what_was_said() {
    for caller in [OpenAi, Anthropic] {
        for lead in [OpenAi, Anthropic, Cohere] {
            let whole = whole(caller, lead).await;
            for (fault, words) in FAULTS {
                check(caller, lead, &format!("{fault}@N"), words, &whole).await;
            }
            let overloaded = match lead {
                OpenAi => "overloaded",
                Anthropic => "overloaded (529)",
                Cohere => "failed (500)",
            };
            check(caller, lead, "error@N:overloaded", overloaded, &whole).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_break_behind_the_finish_reason_costs_nothing() {
    for caller in [OpenAi, Anthropic] {
        for lead in [OpenAi, Anthropic, Cohere] {
            let whole = whole(caller, lead).await;
            for fault in ["cut", "close", "reset", "stall"] {
                for stream in [true, false] {
                    let script = format!("ok tokens={TOKENS} every=10ms {fault}@terminator");
                    let world =
                        World::builder().provider("lead", lead, &script).provider("b", OpenAi, "ok").build();
                    let told = world.hello(caller, stream).await;
                    // Asked for whole, there is no terminator: the break is inside the answer.
                    let expected =
                        if !stream && caller == lead { "Hello from the simulator." } else { &whole };
                    assert_eq!((told.status, told.text()), (200, expected), "{script} {caller:?} {lead:?}");
                    assert!(
                        told.view.is_complete() && !told.aborted,
                        "{script} {caller:?} {lead:?}: {told:?}"
                    );
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_words_before_a_break_are_followed_by_the_end_and_nothing_else() {
    for caller in [OpenAi, Anthropic] {
        let script = "ok tokens=9 every=10ms cut@3 then 503";
        let world = World::builder().provider("lead", caller, script).build();
        let told = world.hello(caller, true).await;
        let body = String::from_utf8(told.body.to_vec()).expect("text");
        let last = body.trim_end().rsplit("\n\n").next().unwrap_or_default();
        assert!(last.contains("stream_interrupted"), "{body}");
        assert!(!body.contains(": handover "), "the trailer is for whole answers: {body}");
        assert_eq!(world.asked(), [2], "the only one is asked to go on with its own answer");
    }
}

const CUT: &str = "ok tokens=9 every=10ms cut@3";

/// A route over a lead that plays `script` and a healthy backup.
fn route(script: &str, change: impl FnOnce(&mut RouteSettings)) -> Builder {
    World::builder()
        .provider("lead", OpenAi, script)
        .provider("backup", Anthropic, "ok tokens=9")
        .route(change)
}

/// The answer stops for this reason, and nobody else is asked.
async fn check_reason(world: impl Fn() -> Builder, headers: &[(&'static str, &'static str)], reason: &str) {
    for caller in [OpenAi, Anthropic] {
        let world = world().build();
        let mut incoming = world.incoming(caller, &hello(caller, true));
        for (name, value) in headers {
            incoming.headers.insert(*name, HeaderValue::from_static(value));
        }
        let told = world.read(incoming).await;
        let case = format!("{reason}, {caller:?}: {told:?}");
        assert!(told.view.is_interrupted() && told.aborted, "{case}");
        assert_eq!(told.view.errors[0]["handover"]["reason"], reason, "{case}");
        assert_eq!(told.view.errors[0]["handover"]["delivered_tokens"], 3, "{case}");
        assert_eq!(told.text(), "Hello from the", "{case}");
        assert_eq!(world.asked(), [1, 0], "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_what_a_request_may_cost_holds_in_the_middle_of_an_answer() {
    let nothing = WasteSettings { share: 0.0, floor_tokens: 0, ..WasteSettings::default() };
    check_reason(|| route(CUT, |r| r.max_attempts = 1), &[], "max_attempts").await;
    check_reason(|| route(CUT, |r| r.max_hand_overs = 0), &[], "max_hand_overs").await;
    let poor = || route(CUT, |_| {}).budgets(RetrySettings::default(), nothing);
    check_reason(poor, &[], "waste_budget").await;
    let stall = || route("ok tokens=9 every=10ms stall@3", |_| {});
    check_reason(stall, &[("x-handover-timeout-ms", "20000")], "deadline").await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_or_a_route_that_wants_no_hand_over_gets_none() {
    let stop = &[("x-handover-mid-stream", "stop")];
    check_reason(|| route(CUT, |_| {}), stop, "mid_stream_stop").await;
    check_reason(|| route(CUT, |r| r.mid_stream = MidStream::Stop), &[], "mid_stream_stop").await;
}

#[tokio::test(start_paused = true)]
async fn when_nobody_can_go_on_the_first_failure_is_told_and_not_the_last() {
    for other in ["503", "401", "silent", "close", "404"] {
        let lead = format!("{CUT} then 503");
        let world =
            World::builder().provider("lead", OpenAi, &lead).provider("backup", Anthropic, other).build();
        let told = world.hello(OpenAi, true).await;
        let handover = &told.view.errors[0]["handover"];
        let said = [&handover["reason"], &handover["failure"], &handover["delivered_tokens"]];
        assert_eq!(said, [&json!("no_target"), &json!("cut_off"), &json!(3)], "{told:?}");
        assert_eq!(told.text(), "Hello from the", "{other}");
        assert_eq!(world.asked(), [2, 1], "{other}");
        let tried: Vec<&str> =
            told.record.attempts.iter().map(|a| a.target.split_once('/').unwrap().0).collect();
        assert_eq!(tried, ["lead", "backup", "lead"], "each is in the record: {told:?}");
    }
}

/// Texts with no end that a model could be asked to begin with: the first word is everybody's, and the others repeat.
const WITHOUT_AN_END: [&str; 2] = ["'Hello there, how are you?' cut@1", "'ha ' tokens=300 cut@280"];

#[tokio::test(start_paused = true)]
async fn an_answer_whose_end_cannot_be_found_again_stops_where_it_is() {
    for text in WITHOUT_AN_END {
        let script = format!("ok {text} every=10ms");
        let world =
            World::builder().provider("lead", OpenAi, &script).provider("backup", Cohere, "ok").build();
        let told = world.hello(OpenAi, true).await;
        assert!(told.view.is_interrupted(), "{told:?}");
        assert_eq!(told.view.errors[0]["handover"]["reason"], "no_target", "{told:?}");
        assert_eq!(world.asked(), [1, 0], "nobody is paid for what cannot be joined: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_has_seen_is_begun_anew_where_it_cannot_be_continued() {
    for text in WITHOUT_AN_END {
        // Where the dialects differ, the provider streams whatever the caller reads.
        for caller in [OpenAi, Anthropic] {
            let lead = if caller == OpenAi { Anthropic } else { OpenAi };
            let script = format!("ok {text} every=10ms");
            let world = World::builder()
                .provider("lead", lead, &script)
                .provider("backup", Cohere, "ok 'Fine.'")
                .build();
            let told = world.hello(caller, false).await;
            let case = format!("{text}, {caller:?}: {told:?}");
            assert_eq!((told.status, told.text()), (200, "Fine."), "{case}");
            assert_eq!((told.record.hand_overs.len(), world.asked()), (0, vec![1, 1]), "{case}");
        }
    }
}
