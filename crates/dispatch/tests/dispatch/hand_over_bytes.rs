//! Answers that break off between two bytes, what is no break at all, and targets that refuse to go on.

use crate::hand_over::{TEXT, check_joined, lead};
use crate::world::{Told, World, hello};
use handover_dialect::Dialect::{self, Anthropic, OpenAi};
use handover_dialect::Prefill;
use serde_json::{Value, json};

/// The stream of a lead that says so many words, event by event, without its end.
fn events(dialect: Dialect, words: usize) -> Vec<String> {
    let event = |name: &str, data: Value| match dialect {
        Anthropic => format!("event: {name}\ndata: {data}\n\n"),
        OpenAi | Dialect::Cohere => format!("data: {data}\n\n"),
    };
    let said = TEXT.split_inclusive(' ').take(words);
    match dialect {
        Anthropic => {
            let start = json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
                "role": "assistant", "model": "claude-haiku-4-5", "content": [],
                "usage": {"input_tokens": 9, "output_tokens": 1}}});
            let block = json!({"type": "content_block_start", "index": 0,
                "content_block": {"type": "text", "text": ""}});
            let mut all = vec![event("message_start", start), event("content_block_start", block)];
            all.extend(said.map(|word| {
                let delta = json!({"type": "text_delta", "text": word});
                event(
                    "content_block_delta",
                    json!({"type": "content_block_delta", "index": 0, "delta": delta}),
                )
            }));
            all
        }
        OpenAi | Dialect::Cohere => said
            .map(|word| {
                let choice = json!({"index": 0, "delta": {"content": word}, "finish_reason": null});
                event(
                    "",
                    json!({"id": "chatcmpl-1", "created": 7, "model": "gpt-4o-mini", "choices": [choice]}),
                )
            })
            .collect(),
    }
}

async fn ask(caller: Dialect, lead: Dialect, writes: Vec<(u64, String)>) -> (Told, Vec<u64>) {
    let world = World::builder()
        .raw("lead", lead, writes)
        .provider("backup", OpenAi, &format!("ok '{TEXT}' continues=exact"))
        .can(|can| can.prefill = Prefill::Trailing)
        .build();
    let told = world.hello(caller, true).await;
    (told, world.asked())
}

/// A response whose body ends with the connection.
fn response(body: &str) -> Vec<(u64, String)> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let (first, rest) = body.split_at(body.find("\n\n").map_or(0, |at| at + 2));
    vec![(0, format!("{head}{first}")), (10, rest.to_owned())]
}

#[tokio::test(start_paused = true)]
async fn no_word_is_lost_whichever_byte_the_connection_breaks_behind() {
    for caller in [OpenAi, Anthropic] {
        for lead in [OpenAi, Anthropic] {
            let whole = events(lead, 20).concat();
            let last = whole.len() - events(lead, 20).last().unwrap().len();
            for cut in last - 4..=whole.len() {
                let (told, asked) = ask(caller, lead, response(&whole[..cut])).await;
                let case = format!("{caller:?} {lead:?} {cut}/{}: {told:?}", whole.len());
                assert_eq!(told.text(), TEXT, "{case}");
                assert!(told.view.is_complete(), "{case}");
                assert_eq!(asked[1], 1, "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_finished_is_nobodys_to_go_on_with() {
    let endings = |dialect: Dialect| match dialect {
        Anthropic => {
            let delta = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": 50}});
            let block = json!({"type": "content_block_stop", "index": 0});
            format!("event: content_block_stop\ndata: {block}\n\nevent: message_delta\ndata: {delta}\n\n")
        }
        OpenAi | Dialect::Cohere => {
            let choice = json!({"index": 0, "delta": {}, "finish_reason": "stop"});
            format!("data: {}\n\n", json!({"id": "chatcmpl-1", "model": "gpt-4o-mini", "choices": [choice]}))
        }
    };
    let behind = |dialect: Dialect| match dialect {
        Anthropic => vec![
            "",
            "event: mess",
            "event: message_stop\nda",
            "data: {\"typ",
            "data: garbage\n\n",
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n",
        ],
        OpenAi | Dialect::Cohere => vec![
            "",
            "data: [DO",
            "data: {\"usage\":{\"prompt_to",
            "data: garbage\n\n",
            "data: {]\n\n",
            "data: {\"error\":{\"message\":\"boom\",\"code\":500}}\n\n",
        ],
    };
    for caller in [OpenAi, Anthropic] {
        for lead in [OpenAi, Anthropic] {
            for more in behind(lead) {
                let body = format!("{}{}{more}", events(lead, 99).concat(), endings(lead));
                let (told, asked) = ask(caller, lead, response(&body)).await;
                let case = format!("{caller:?} {lead:?} {more:?}: {told:?}");
                assert_eq!(told.text(), TEXT, "{case}");
                assert!(told.view.is_complete() && !told.aborted, "{case}");
                assert_eq!((asked[1], told.record.hand_overs.len()), (0, 0), "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_only_repeats_does_not_make_half_a_sentence_a_whole_answer() {
    let words: Vec<&str> = TEXT.split_inclusive(' ').collect();
    let repeats = words[3..15].concat();
    let world = World::builder()
        .raw("lead", OpenAi, response(&events(OpenAi, 15).concat()))
        .provider("backup", OpenAi, &format!("ok '{}'", repeats.trim_end()))
        .build();
    let told = world.hello(OpenAi, true).await;
    assert!(told.view.is_interrupted(), "{told:?}");
    assert_eq!(told.text(), words[..15].concat());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_forbids_tools_in_any_dialects_words_has_its_answer_continued() {
    let mut body = hello(Anthropic, true);
    body["tools"] = json!([{"name": "look", "input_schema": {"type": "object"}}]);
    body["tool_choice"] = json!({"type": "none"});
    let world = World::builder()
        .raw("lead", OpenAi, response(&events(OpenAi, 20).concat()))
        .provider("backup", OpenAi, &format!("ok '{TEXT}'"))
        .build();
    let told = world.ask(Anthropic, &body).await;
    assert_eq!(told.text(), TEXT, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_refuses_a_beginning_is_asked_in_words_and_remembered() {
    for (dialect, prefill) in [
        (Anthropic, Prefill::No),
        (OpenAi, Prefill::Trailing),
        (OpenAi, Prefill::Prefix),
        (OpenAi, Prefill::FinalMessage),
    ] {
        let world = World::builder()
            .provider("lead", OpenAi, &lead("cut", 20))
            .provider("backup", dialect, &format!("ok '{TEXT}' continues=refuses"))
            .can(|can| can.prefill = prefill)
            .build();
        for asked in [2, 3] {
            let told = world.hello(OpenAi, true).await;
            check_joined(&told, "instructed");
            assert_eq!(world.asked()[1], asked, "the second time it is not tried: {dialect:?} {prefill:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_something_else_does_not_cost_a_target_its_exact_way() {
    let refusal = r#"400 body='{"error":{"message":"Unknown parameter: seed","type":"invalid_request_error","param":"seed","code":"unknown_parameter"}}'"#;
    let world = World::builder()
        .provider("lead", OpenAi, &lead("cut", 20))
        .provider("backup", OpenAi, &format!("{refusal} then ok '{TEXT}'"))
        .can(|can| can.prefill = Prefill::FinalMessage)
        .build();
    check_joined(&world.hello(OpenAi, true).await, "instructed");
    check_joined(&world.hello(OpenAi, true).await, "prefill");
}
