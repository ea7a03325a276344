//! Streams that break after the caller has begun to read.

use crate::world::{World, model};
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dispatch::Outcome;

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

async fn check(caller: Dialect, lead: Dialect, fault: &str, words: &str, whole: &str) {
    let mut longest = 0;
    // Bytes that come with the first token are seen before it is sent: then the backup answers, and nothing broke.
    let with_the_token = ["malformed", "garbage", "error"].iter().any(|f| fault.starts_with(f));
    for at in if with_the_token { 2..=TOKENS } else { 1..=TOKENS } {
        let script = format!("ok tokens={TOKENS} every=10ms {}", fault.replace('N', &at.to_string()));
        let world = World::builder().provider("lead", lead, &script).provider("backup", OpenAi, "ok").build();
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
            format!("The answer was cut off: lead/{} {words}. The text so far is kept.", model(lead))
        );
        let code = if caller == OpenAi { &error["code"] } else { &error["details"]["error_code"] };
        assert_eq!(code, "stream_interrupted");
        let detail = told.record.detail.as_deref().unwrap_or_default();
        assert!(detail.ends_with(words), "{detail}");
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
        let world = World::builder().provider("lead", caller, "ok tokens=9 every=10ms cut@3").build();
        let told = world.hello(caller, true).await;
        let body = String::from_utf8(told.body.to_vec()).expect("text");
        let last = body.trim_end().rsplit("\n\n").next().unwrap_or_default();
        assert!(last.contains("stream_interrupted"), "{body}");
        assert!(!body.contains(": handover "), "the trailer is for whole answers: {body}");
    }
}
