//! Answers that break off in their middle and are gone on with by another target.

use crate::world::{Told, World, hello, ms};
use bytes::Bytes;
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dialect::Prefill;
use handover_dispatch::Outcome;
use handover_policy::{MidStream, Stopped};
use serde_json::{Value, json};

/// Long enough for an anchor of ten words, with a list and a word that is cut in half by some tokens.
pub(crate) const TEXT: &str = "The lighthouse keeper counted seven ships before the fog came in. He lit the lamp, \
    wound the old clockwork, and wrote their names into the ledger by hand: Aurora, Bellerophon, Cutty Sark. When \
    the wind turned north he knew that one of them would not reach the harbour that night.";

/// How the backup is made to go on: its dialect, what it can do, its script's word, and how that is told.
const WAYS: [(Dialect, Prefill, &str, &str); 9] = [
    (OpenAi, Prefill::Engine, "continues=exact", "prefill"),
    (OpenAi, Prefill::FinalMessage, "", "prefill"),
    (OpenAi, Prefill::Trailing, "continues=exact", "prefill"),
    (OpenAi, Prefill::Prefix, "continues=repeats", "prefill"),
    (OpenAi, Prefill::No, "", "instructed"),
    (OpenAi, Prefill::No, "continues=obeys12", "instructed"),
    (Anthropic, Prefill::No, "continues=exact", "prefill"),
    (Anthropic, Prefill::Refused, "", "instructed"),
    (Cohere, Prefill::No, "", "instructed"),
];

const CUTS: [&str; 7] = ["cut", "close", "reset", "stall", "malformed", "garbage", "error"];

pub(crate) fn lead(fault: &str, at: u32) -> String {
    let fault = if fault == "error" { "error=overloaded" } else { fault };
    let (word, kind) = fault.split_once('=').unwrap_or((fault, ""));
    let kind = if kind.is_empty() { String::new() } else { format!(":{kind}") };
    format!("ok '{TEXT}' every=10ms {word}@{at}{kind}")
}

/// What holds for every answer that two targets wrote.
fn check(told: &Told, case: &str, caller: Dialect, way: &str) {
    assert_eq!(told.text(), TEXT, "{case}");
    assert!(told.view.is_complete() && !told.aborted, "{case}: {:?}", told.view);
    let record = &told.record;
    assert_eq!((record.outcome, record.stopped), (Outcome::Complete, None), "{case}");
    let [handed] = record.hand_overs.as_slice() else { panic!("{case}: {record:?}") };
    assert!(handed.from.starts_with("lead/") && handed.to.starts_with("backup/"), "{case}: {handed:?}");
    assert_eq!(handed.how, way, "{case}");
    assert_eq!(record.attempts.len(), 1, "the broken attempt is in the record: {case}");
    assert_eq!(record.attempts[0].code, handed.code, "{case}");
    // Told in the stream, in a comment and behind it.
    let [object] = told.view.hand_overs.as_slice() else { panic!("{case}: {:?}", told.view) };
    assert_eq!(told.view.comments, vec![object.clone()], "{case}");
    assert_eq!(object["event"], "hand_over", "{case}");
    assert_eq!(
        (object["from"].as_str(), object["to"].as_str(), object["reason"].as_str()),
        (Some(&*handed.from), Some(&*handed.to), Some(handed.code)),
        "{case}"
    );
    let trailer = told.view.trailer.as_ref().expect(case);
    assert_eq!(trailer["hand_overs"][0]["to"], &*handed.to, "{case}");
    if caller == OpenAi {
        // From the seam on, each chunk names the model that writes.
        let [.., (last, _)] = told.view.by.as_slice() else { panic!("{case}") };
        assert_eq!(*last, object["model"], "{case}");
    }
}

async fn answer(caller: Dialect, lead: (Dialect, String), backup: (Dialect, Prefill, &str)) -> (Told, World) {
    let (dialect, prefill, word) = backup;
    let script = format!("ok '{TEXT}' every=5ms {word}");
    let world = World::builder()
        .provider("lead", lead.0, &lead.1)
        .provider("backup", dialect, &script)
        .can(|can| can.prefill = prefill)
        .build();
    (world.hello(caller, true).await, world)
}

#[tokio::test(start_paused = true)]
async fn a_reader_never_notices_that_a_provider_died_in_the_middle_of_a_sentence() {
    for caller in [OpenAi, Anthropic] {
        for lead_dialect in [OpenAi, Anthropic, Cohere] {
            for (dialect, prefill, word, way) in WAYS {
                for fault in CUTS {
                    for at in [4, 13, 34] {
                        let script = lead(fault, at);
                        let case = format!(
                            "{caller:?} asks {lead_dialect:?} ({fault}@{at}), then {dialect:?} {prefill:?} {word}"
                        );
                        let backup = (dialect, prefill, word);
                        let (told, world) = answer(caller, (lead_dialect, script), backup).await;
                        check(&told, &case, caller, way);
                        assert_eq!(world.asked(), vec![1, 1], "{case}");
                        assert_eq!(world.in_flight(), 0, "{case}");
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_be_cut_after_any_of_its_words() {
    let tokens = u32::try_from(TEXT.split_inclusive(' ').count()).unwrap();
    for (dialect, prefill, word, way) in WAYS {
        // A word or two may be how any answer begins: who must find the place again needs more.
        let least = if way == "prefill" { 2 } else { 4 };
        for at in least..tokens {
            let (told, _) = answer(OpenAi, (OpenAi, lead("cut", at)), (dialect, prefill, word)).await;
            check(&told, &format!("cut@{at}, then {dialect:?} {prefill:?} {word}"), OpenAi, way);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_one_piece_is_whole_although_its_provider_died_while_writing_it() {
    for caller in [OpenAi, Anthropic] {
        for (dialect, prefill, word, way) in WAYS {
            // Where the dialects differ, the provider streams whatever the caller reads.
            let lead_dialect = if caller == OpenAi { Anthropic } else { OpenAi };
            let script = format!("ok '{TEXT}' every=5ms {word}");
            let world = World::builder()
                .provider("lead", lead_dialect, &lead("cut", 13))
                .provider("backup", dialect, &script)
                .can(|can| can.prefill = prefill)
                .build();
            let told = world.hello(caller, false).await;
            let case = format!("{caller:?}, {dialect:?} {prefill:?} {word}: {told:?}");
            assert_eq!((told.text(), told.status), (TEXT, 200), "{case}");
            assert!(told.view.is_complete(), "{case}");
            let [handed] = told.record.hand_overs.as_slice() else { panic!("{case}") };
            assert_eq!((handed.how, world.asked()), (way, vec![1, 1]), "{case}");
            assert!(told.header("x-handover-hand-over").starts_with("from=lead/"), "{case}");
            assert_eq!(told.header("x-handover-served"), told.record.target.as_deref().unwrap(), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_joined_is_begun_anew_while_nobody_has_seen_any_of_it() {
    for word in ["continues=declines", "continues=language", "continues=paraphrase", "continues=too-little"] {
        let script = format!("ok '{TEXT}' {word}");
        let world = World::builder()
            .provider("lead", Anthropic, &lead("cut", 13))
            .provider("backup", OpenAi, &script)
            .build();
        let told = world.hello(OpenAi, false).await;
        assert_eq!((told.text(), told.status), (TEXT, 200), "{word}: {told:?}");
        assert_eq!(told.record.hand_overs, vec![], "one model wrote all of it: {word}");
        assert_eq!(world.asked(), vec![1, 2], "{word}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_find_the_place_says_nothing_to_the_caller() {
    for caller in [OpenAi, Anthropic] {
        for word in
            ["continues=declines", "continues=language", "continues=paraphrase", "continues=too-little"]
        {
            let (told, _) = answer(caller, (OpenAi, lead("cut", 20)), (OpenAi, Prefill::No, word)).await;
            assert!(told.view.is_interrupted() && told.aborted, "{word}: {told:?}");
            assert!(TEXT.starts_with(told.text()) && told.text().len() > 50, "{word}: {told:?}");
            assert_eq!(told.record.stopped, Some(Stopped::Seam), "{word}: {told:?}");
            let third = World::builder()
                .provider("lead", OpenAi, &lead("cut", 20))
                .provider("backup", OpenAi, &format!("ok '{TEXT}' {word}"))
                .provider("last", Cohere, &format!("ok '{TEXT}'"))
                .build();
            let told = third.hello(caller, true).await;
            assert_eq!(told.text(), TEXT, "the next one may: {word}: {told:?}");
            assert_eq!(third.asked(), vec![1, 1, 1], "{word}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_repeats_too_much_is_joined_all_the_same() {
    for word in ["too-much", "from-zero", "preamble", "quotes", "obeys8"] {
        let word = format!("continues={word}");
        let (told, _) = answer(OpenAi, (OpenAi, lead("cut", 30)), (OpenAi, Prefill::No, &word)).await;
        check(&told, &word, OpenAi, "instructed");
    }
}

pub(crate) fn check_joined(told: &Told, way: &str) {
    assert_eq!(told.text(), TEXT, "{told:?}");
    assert_eq!(told.record.hand_overs.iter().map(|h| h.how).collect::<Vec<_>>(), vec![way]);
}

fn stopped(told: &Told, caller: Dialect, reason: Stopped) {
    let case = format!("{caller:?} {reason:?}: {told:?}");
    assert!(told.view.is_interrupted() && told.aborted, "{case}");
    assert_eq!((told.record.outcome, told.record.stopped), (Outcome::Interrupted, Some(reason)), "{case}");
    let error = &told.view.errors[0];
    let object = &error["handover"];
    assert_eq!((&object["event"], &object["reason"]), (&json!("stopped"), &json!(reason.code())), "{case}");
    assert!(object["delivered_tokens"].as_u64().expect("what the test made") > 0, "{case}");
    assert!(object["from"].as_str().expect("what the test made").starts_with("lead/"), "{case}");
    if caller == OpenAi {
        assert_eq!(error["error"]["handover"], *object, "OpenAI's clients show only this: {case}");
    }
    let said = error["error"]["message"].as_str().expect("what the test made");
    assert!(said.contains(reason.words()) && said.ends_with("The text so far is kept."), "{said}");
}

fn tool(caller: Dialect) -> Value {
    let schema = json!({"type": "object", "properties": {}});
    match caller {
        Anthropic => json!([{"name": "look", "input_schema": schema}]),
        OpenAi | Cohere => json!([{"type": "function", "function": {"name": "look", "parameters": schema}}]),
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_may_call_tools_is_never_written_on_as_prose() {
    for caller in [OpenAi, Anthropic] {
        let world = World::builder()
            .provider("lead", caller, &lead("cut", 20))
            .provider("backup", caller, "tool look '{}'")
            .build();
        let mut body = hello(caller, true);
        body["tools"] = tool(caller);
        stopped(&world.ask(caller, &body).await, caller, Stopped::Tools);
        // Tools that may not be called are none.
        body["tool_choice"] = if caller == OpenAi { json!("none") } else { json!({"type": "none"}) };
        if caller == OpenAi {
            let told = World::builder()
                .provider("lead", caller, &lead("cut", 20))
                .provider("backup", caller, &format!("ok '{TEXT}'"))
                .build()
                .ask(caller, &body)
                .await;
            check_joined(&told, "instructed");
        }
    }
    let world = World::builder()
        .provider("lead", OpenAi, &lead("cut", 20))
        .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
        .build();
    let mut body = hello(OpenAi, true);
    body["functions"] = json!([{"name": "look"}]);
    stopped(&world.ask(OpenAi, &body).await, OpenAi, Stopped::Tools);
}

#[tokio::test(start_paused = true)]
async fn thinking_and_refusals_are_never_carried_from_one_model_to_another() {
    for caller in [OpenAi, Anthropic] {
        for (extra, reason) in [("think='Let me think.'", Stopped::Reasoning)] {
            let script = format!("ok '{TEXT}' {extra} every=10ms cut@20");
            let world = World::builder()
                .provider("lead", OpenAi, &script)
                .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
                .build();
            stopped(&world.hello(caller, true).await, caller, reason);
        }
    }
    let world = World::builder()
        .provider(
            "lead",
            OpenAi,
            "refusal 'I am sorry, but that I will not help you with today.' every=10ms cut@5",
        )
        .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
        .build();
    stopped(&world.hello(OpenAi, true).await, OpenAi, Stopped::Refusal);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_goes_on_thinks_for_itself() {
    for caller in [OpenAi, Anthropic] {
        let backup = format!("ok '{TEXT}' think='Where was I?'");
        let world = World::builder()
            .provider("lead", OpenAi, &lead("cut", 20))
            .provider("backup", OpenAi, &backup)
            .build();
        let told = world.hello(caller, true).await;
        check_joined(&told, "instructed");
        assert!(!std::str::from_utf8(&told.body).unwrap().contains("Where was"), "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_document_never_reaches_whoever_asked_for_json() {
    let document = r#"{"ships":["Aurora","Bellerophon","Cutty Sark"],"lost":1}"#;
    let json_mode = |body: &mut Value| body["response_format"] = json!({"type": "json_object"});
    for at in [2, 3, 4] {
        let world = World::builder()
            .provider("lead", OpenAi, &format!("ok '{document}' every=10ms cut@{at}"))
            .provider("backup", OpenAi, &format!("ok '{document}'"))
            .build();
        let mut body = hello(OpenAi, true);
        json_mode(&mut body);
        let told = world.ask(OpenAi, &body).await;
        assert_eq!(told.text(), document, "{told:?}");
        assert_eq!(told.header("x-handover-served"), "backup/gpt-4o-mini", "nothing was sent before");
        assert_eq!(told.record.hand_overs, vec![]);
    }
    // Where it is passed through as it comes, it ends honestly.
    let world = World::builder()
        .provider("lead", OpenAi, &format!("ok '{document}' every=10ms cut@3"))
        .provider("backup", OpenAi, &format!("ok '{document}'"))
        .route(|route| route.hold_json = false)
        .build();
    let mut body = hello(OpenAi, true);
    json_mode(&mut body);
    stopped(&world.ask(OpenAi, &body).await, OpenAi, Stopped::Json);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_waits_only_so_long_for_a_byte_gets_its_document_from_the_next_model() {
    let document = r#"{ "ships": [ "Aurora", "Bellerophon", "Cutty Sark" ], "lost": 1 }"#;
    for caller in [OpenAi, Anthropic] {
        let world = World::builder()
            .provider("lead", caller, &format!("ok '{document}' every=3s cut@4"))
            .provider("backup", Cohere, &format!("ok '{document}'"))
            .build();
        let mut body = hello(caller, true);
        match caller {
            Anthropic => {
                body["output_config"] =
                    json!({"format": {"type": "json_schema", "schema": {"type": "object"}}});
            }
            OpenAi | Cohere => body["response_format"] = json!({"type": "json_object"}),
        }
        let mut incoming = world.incoming(caller, &body);
        incoming.headers.insert("x-stainless-read-timeout", "5".parse().unwrap());
        let told = world.read(incoming).await;
        assert_eq!(told.text(), document, "{told:?}");
        assert!(told.view.is_complete(), "{told:?}");
        let hows: Vec<_> = told.record.hand_overs.iter().map(|handed| handed.how).collect();
        assert_eq!(hows, vec!["restart"], "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn several_answers_at_once_end_honestly() {
    for change in [|body: &mut Value| body["logprobs"] = json!(true), |body: &mut Value| body["n"] = json!(2)]
    {
        let world = World::builder()
            .provider("lead", OpenAi, &lead("cut", 20))
            .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
            .build();
        let mut body = hello(OpenAi, true);
        change(&mut body);
        stopped(&world.ask(OpenAi, &body).await, OpenAi, Stopped::NotText);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_wants_one_model_or_an_error_gets_that() {
    for (setting, header, continues) in [
        (MidStream::Continue, None, true),
        (MidStream::Stop, None, false),
        (MidStream::Continue, Some("stop"), false),
        (MidStream::Stop, Some("continue"), true),
    ] {
        for caller in [OpenAi, Anthropic] {
            let world = World::builder()
                .provider("lead", OpenAi, &lead("cut", 20))
                .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
                .route(|route| route.mid_stream = setting)
                .build();
            let mut incoming = world.incoming(caller, &hello(caller, true));
            if let Some(header) = header {
                incoming.headers.insert("x-handover-mid-stream", header.parse().unwrap());
            }
            let told = world.read(incoming).await;
            match continues {
                true => check_joined(&told, "instructed"),
                false => stopped(&told, caller, Stopped::Setting),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_handed_over_as_often_as_the_route_allows_and_no_more() {
    for (most, complete) in [(1, false), (2, true), (3, true)] {
        for caller in [OpenAi, Anthropic] {
            for streams in [true, false] {
                let dialect = if caller == OpenAi { Anthropic } else { OpenAi };
                let world = World::builder()
                    .provider("lead", dialect, &lead("cut", 10))
                    .provider("second", dialect, &format!("ok '{TEXT}' every=10ms continues=exact cut@12"))
                    .can(|can| can.prefill = Prefill::Trailing)
                    .provider("third", Cohere, &format!("ok '{TEXT}'"))
                    .route(|route| route.max_hand_overs = most)
                    .build();
                let told = world.hello(caller, streams).await;
                if complete || !streams {
                    assert_eq!(told.text(), TEXT, "{most} {streams}: {told:?}");
                }
                let hows: Vec<_> = told.record.hand_overs.iter().map(|handed| handed.how).collect();
                match (complete, streams) {
                    (true, _) => assert_eq!(hows, vec!["prefill", "instructed"], "{told:?}"),
                    (false, true) => stopped_by(&told, caller, Stopped::HandOvers, "second/"),
                    // Nobody has seen any of it: the third one writes it from the beginning.
                    (false, false) => assert_eq!(hows, Vec::<&str>::new(), "{told:?}"),
                }
            }
        }
    }
}

fn stopped_by(told: &Told, caller: Dialect, reason: Stopped, from: &str) {
    assert!(told.view.is_interrupted(), "{caller:?}: {told:?}");
    assert_eq!(told.record.stopped, Some(reason), "{told:?}");
    assert!(
        told.view.errors[0]["handover"]["from"].as_str().expect("what the test made").starts_with(from),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_target_alone_is_asked_to_go_on_with_its_own_answer() {
    let world =
        World::builder().provider("lead", OpenAi, &format!("{} then ok '{TEXT}'", lead("cut", 20))).build();
    let told = world.hello(OpenAi, true).await;
    check_joined(&told, "instructed");
    assert_eq!(world.asked(), vec![2]);
}

#[tokio::test(start_paused = true)]
async fn the_callers_words_and_limits_are_as_they_were() {
    let conversation = json!([
        {"role": "system", "content": "Du bist ein Pirat. Antworte auf Deutsch."},
        {"role": "user", "content": "Erzähl mir von den Schiffen.", "name": "jim"},
    ]);
    let body = json!({
        "model": "default", "stream": true, "temperature": 0.2, "seed": 7, "max_tokens": 90,
        "stop": ["ENDE"], "messages": conversation, "x_unknown": {"kept": 1.50},
    });
    let (told, world) = {
        let world = World::builder()
            .provider("lead", OpenAi, &lead("cut", 20))
            .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
            .build();
        (world.read(world.incoming_raw(OpenAi, Bytes::from(body.to_string()))).await, world)
    };
    check_joined(&told, "instructed");
    let sent = world.simulators[1].last_request().unwrap();
    let messages = sent.messages();
    assert_eq!(messages[..2], *conversation.as_array().unwrap(), "every message is as the caller wrote it");
    assert_eq!(messages[2]["role"], "assistant");
    let partial = messages[2]["content"].as_str().unwrap();
    assert!(TEXT.starts_with(partial) && !partial.is_empty());
    assert_eq!((messages[3]["role"].as_str(), messages.len()), (Some("user"), 4));
    let tail: String = partial.chars().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect();
    assert!(messages[3]["content"].as_str().unwrap().contains(&tail), "{messages:?}");
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!((&body["temperature"], &body["seed"]), (&json!(0.2), &json!(7)));
    assert_eq!((&body["stop"], &body["x_unknown"]), (&json!(["ENDE"]), &json!({"kept": 1.50})));
    let left = body["max_tokens"].as_u64().unwrap();
    assert!(left < 90 + 60 && left > 70, "what is left, and room for the words that are repeated: {left}");
}

#[tokio::test(start_paused = true)]
async fn the_caller_counts_one_prompt_and_every_word_once() {
    for caller in [OpenAi, Anthropic] {
        for (dialect, prefill, word, _) in WAYS {
            let script = format!("ok '{TEXT}' every=5ms {word}");
            let world = World::builder()
                .provider("lead", caller, &lead("cut", 20))
                .provider("backup", dialect, &script)
                .can(|can| can.prefill = prefill)
                .build();
            let mut body = hello(caller, true);
            if caller == OpenAi {
                body["stream_options"] = json!({"include_usage": true});
            }
            let told = world.ask(caller, &body).await;
            let whole = World::builder()
                .provider("lead", caller, &format!("ok '{TEXT}'"))
                .build()
                .ask(caller, &body)
                .await
                .record
                .usage;
            let (usage, billed) = (told.record.usage, told.record.billed);
            let case = format!("{caller:?}, {dialect:?} {prefill:?} {word}: {usage:?} {billed:?} {whole:?}");
            let near = |a: Option<u64>, b: Option<u64>, by: u64| a.unwrap().abs_diff(b.unwrap()) <= by;
            assert!(near(usage.completion, whole.completion, 8), "{case}");
            // Cohere's own tokens are others.
            assert!(dialect == Cohere || near(usage.prompt, whole.prompt, 30), "{case}");
            assert!(told.record.hand_overs[0].usage.completion.unwrap() >= 15, "{case}");
            if caller == OpenAi {
                let last = std::str::from_utf8(&told.body).unwrap().split("\"usage\":{").count();
                assert_eq!(last, 2, "usage is told once: {case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn time_is_spent_on_the_next_target_only_while_the_caller_has_any() {
    let world = World::builder()
        .provider("lead", OpenAi, &lead("stall", 20))
        .clocks(|clocks| clocks.stall = ms(2000))
        .provider("backup", OpenAi, "silent")
        .build();
    let mut incoming = world.incoming(OpenAi, &hello(OpenAi, true));
    incoming.headers.insert("x-handover-timeout-ms", "4000".parse().unwrap());
    let told = world.read(incoming).await;
    assert!(told.took <= ms(4010), "{told:?}");
    stopped_by(&told, OpenAi, Stopped::Deadline, "lead/");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_at_the_seam_stops_all_work() {
    use handover_dispatch::{Reply, dispatch};
    let world = World::builder()
        .provider("lead", OpenAi, &lead("cut", 20))
        .provider("backup", OpenAi, "ok first=5s")
        .build();
    let incoming = world.incoming(OpenAi, &hello(OpenAi, true));
    let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await else { panic!() };
    // All that the lead wrote, and then the comment that another one is asked.
    let mut read = String::new();
    while !read.contains("another model is asked") {
        read.push_str(std::str::from_utf8(&relay.next().await.unwrap().unwrap()).unwrap());
        if world.asked()[1] == 1 {
            break;
        }
    }
    drop(relay);
    tokio::task::yield_now().await;
    assert_eq!(world.in_flight(), 0);
    let records = world.records.all();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].outcome, Outcome::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn an_early_break_is_nobodys_to_see_where_the_first_words_are_held() {
    for (delay, handed) in [(0, 1), (500, 0)] {
        let world = World::builder()
            .provider("lead", OpenAi, &lead("cut", 20))
            .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
            .route(|route| route.commit_delay = ms(delay))
            .build();
        let told = world.hello(OpenAi, true).await;
        assert_eq!((told.text(), told.record.hand_overs.len()), (TEXT, handed), "{delay}: {told:?}");
    }
    // It costs a well target's caller that time and no more.
    let world = World::builder()
        .provider("lead", OpenAi, &format!("ok '{TEXT}' every=100ms"))
        .route(|route| route.commit_delay = ms(500))
        .build();
    let told = world.hello(OpenAi, true).await;
    assert_eq!(told.text(), TEXT);
}

#[tokio::test(start_paused = true)]
async fn the_callers_limit_holds_over_all_who_write() {
    let words: Vec<&str> = TEXT.split_inclusive(' ').collect();
    for (dialect, prefill, word, _) in WAYS {
        for caller in [OpenAi, Anthropic] {
            for stream in [true, false] {
                let lead_dialect = if caller == OpenAi { Anthropic } else { OpenAi };
                let world = World::builder()
                    .provider("lead", lead_dialect, &lead("cut", 13))
                    .provider("backup", dialect, &format!("ok '{TEXT}' {word}"))
                    .can(|can| can.prefill = prefill)
                    .build();
                let mut body = hello(caller, stream);
                body["max_tokens"] = json!(30);
                let told = world.ask(caller, &body).await;
                let case = format!("{caller:?} {stream}, {dialect:?} {prefill:?} {word}: {told:?}");
                let expected = if caller == OpenAi { "length" } else { "max_tokens" };
                assert_eq!(told.view.finish.as_deref(), Some(expected), "{case}");
                assert!(told.view.is_complete(), "{case}");
                assert_eq!(told.text().trim_end(), words[..30].concat().trim_end(), "{case}");
                assert_eq!(world.in_flight(), 0, "{case}");
            }
        }
    }
}
