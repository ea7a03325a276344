//! Answers that broke off in their middle: what is counted and told of them.

use super::*;
use handover_dispatch::HandedOver;
use handover_policy::Stopped;

fn handed(from: &str, to: &str, how: &'static str, at: u64) -> HandedOver {
    HandedOver {
        from: from.into(),
        to: to.into(),
        code: "stalled",
        words: "sent nothing for 30 s".to_owned(),
        how,
        delivered_tokens: 84,
        at: ms(at),
        silence: ms(600),
        usage: tokens(12, 84),
    }
}

fn broke_off(attempt: Attempted) -> Attempted {
    Attempted { broke_off: true, ..attempt }
}

/// The lead began, stalled at 2 s, a backup was overloaded, and the local model went on.
pub(super) fn handed_over() -> Served {
    Served {
        attempts: vec![
            broke_off(attempted("a/x", 0, 2, "stalled", "sent nothing for 30 s", 1998)),
            attempted("b/y", 0, 2000, "overloaded", "overloaded (529)", 100),
        ],
        started: Some(ms(2)),
        first_token: Some(ms(402)),
        usage: tokens(12, 212),
        billed: tokens(110, 128),
        hand_overs: vec![handed("a/x", "local/z", "prefill", 2000)],
        ..served()
    }
}

/// The lead began and stalled, and the backup that was asked to go on could not.
pub(super) fn unfinished() -> Served {
    Served {
        target: Some("a/x".into()),
        signal: Signal::Full,
        usage: tokens(12, 84),
        billed: tokens(12, 84),
        hand_overs: Vec::new(),
        stopped: Some(Stopped::NoTarget),
        outcome: Outcome::Interrupted,
        detail: Some("stalled: sent nothing for 30 s; not continued: none could".to_owned()),
        ..handed_over()
    }
}

fn check(served: &Served, start: &str, expected: &Expect) {
    let telemetry = telemetry();
    hear(&telemetry, served);
    super::check(&telemetry, start, expected);
}

#[test]
fn an_operator_sees_which_answers_two_models_wrote() {
    check(
        &handed_over(),
        "handover_mid_answer",
        &expect![[r#"
            handover_mid_answer_handovers_total{route="default",from="a/x",to="local/z",reason="stalled",how="prefill"} 1
            handover_mid_answer_silence_seconds_bucket{le="+Inf",route="default"} 1
            handover_mid_answer_silence_seconds_bucket{le="0.001",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.005",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.01",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.02",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.04",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.06",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.08",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.1",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.25",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.5",route="default"} 0
            handover_mid_answer_silence_seconds_bucket{le="0.75",route="default"} 1
            handover_mid_answer_silence_seconds_bucket{le="1.0",route="default"} 1
            handover_mid_answer_silence_seconds_bucket{le="10.0",route="default"} 1
            handover_mid_answer_silence_seconds_bucket{le="2.5",route="default"} 1
            handover_mid_answer_silence_seconds_bucket{le="5.0",route="default"} 1
            handover_mid_answer_silence_seconds_bucket{le="7.5",route="default"} 1
            handover_mid_answer_silence_seconds_count{route="default"} 1
            handover_mid_answer_silence_seconds_sum{route="default"} 0.6"#]],
    );
}

#[test]
fn who_waits_for_a_whole_answer_hears_no_silence() {
    check(
        &Served { stream: false, ..handed_over() },
        "handover_mid_answer",
        &expect![[
            r#"handover_mid_answer_handovers_total{route="default",from="a/x",to="local/z",reason="stalled",how="prefill"} 1"#
        ]],
    );
}

#[test]
fn a_hand_over_in_the_middle_is_not_counted_as_one_before_the_first_word_too() {
    let check = |served: &Served, expected: Expect| check(served, "handover_handover", &expected);
    check(&handed_over(), expect![""]);
    // Before its first word a hand-over came to a/x, and in its middle another.
    let mut twice = handed_over();
    twice.attempts.insert(0, attempted("b/y", 0, 0, "overloaded", "overloaded (529)", 1));
    let telemetry = telemetry();
    hear(&telemetry, &twice);
    super::check(
        &telemetry,
        "handover_handovers_total",
        &expect![[r#"handover_handovers_total{from="b/y",to="a/x",reason="overloaded"} 1"#]],
    );
    super::check(
        &telemetry,
        "handover_handover_delay_seconds_sum",
        &expect![[r#"handover_handover_delay_seconds_sum{route="default"} 0.002"#]],
    );
}

#[test]
fn a_hedge_that_lost_is_not_counted_as_a_lead_that_failed() {
    let mut hedged = served();
    hedged.started = Some(ms(2));
    hedged.attempts = vec![attempted("b/y", 0, 300, "outpaced", "was slower than another", 100)];
    check(&hedged, "handover_handovers_total", &expect![""]);
}

#[test]
fn both_models_tokens_are_counted_and_each_to_its_own() {
    check(
        &handed_over(),
        "gen_ai_client_token_usage_sum",
        &expect![[r#"
            gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="a",gen_ai_request_model="gpt-4o",gen_ai_response_model="x",gen_ai_token_type="input"} 12.0
            gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="a",gen_ai_request_model="gpt-4o",gen_ai_response_model="x",gen_ai_token_type="output"} 84.0
            gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="local",gen_ai_request_model="gpt-4o",gen_ai_response_model="z",gen_ai_token_type="input"} 110.0
            gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="local",gen_ai_request_model="gpt-4o",gen_ai_response_model="z",gen_ai_token_type="output"} 128.0"#]],
    );
}

#[test]
fn the_first_token_is_told_of_whoever_gave_it() {
    let telemetry = telemetry();
    hear(&telemetry, &handed_over());
    super::check(
        &telemetry,
        "gen_ai_server_time_to_first_token_seconds_sum",
        &expect![[r#"
            gen_ai_server_time_to_first_token_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="a",gen_ai_request_model="gpt-4o",gen_ai_response_model="x"} 0.4
            gen_ai_server_time_to_first_token_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="local",gen_ai_request_model="gpt-4o",gen_ai_response_model="z"} 0.0"#]],
    );
    assert_eq!(telemetry.speed("a/x").unwrap().p50, ms(400));
    assert_eq!(telemetry.speed("local/z"), None);
}

#[test]
fn every_attempt_at_an_answer_in_two_parts_is_counted_once() {
    let check = |served: &Served, expected: Expect| check(served, "handover_attempts_total", &expected);
    check(
        &handed_over(),
        expect![[r#"
            handover_attempts_total{target="a/x",code="stalled"} 1
            handover_attempts_total{target="b/y",code="overloaded"} 1
            handover_attempts_total{target="local/z",code="ok"} 1"#]],
    );
    check(
        &unfinished(),
        expect![[r#"
            handover_attempts_total{target="a/x",code="interrupted"} 0
            handover_attempts_total{target="a/x",code="stalled"} 1
            handover_attempts_total{target="b/y",code="overloaded"} 1"#]],
    );
}

#[test]
fn an_operator_sees_why_answers_stay_unfinished() {
    check(
        &unfinished(),
        "handover_unfinished",
        &expect![[r#"handover_unfinished_answers_total{route="default",target="a/x",reason="no_target"} 1"#]],
    );
    check(&handed_over(), "handover_unfinished", &expect![""]);
}

#[test]
fn a_story_tells_who_began_who_went_on_and_what_each_costs() {
    let story = |served: &Served| {
        let telemetry = telemetry();
        hear(&telemetry, served);
        let story = telemetry.story("req_1").unwrap();
        let told = ["billed", "hand_overs", "stopped", "completion_tokens"];
        let told = told.into_iter().map(|name| (name.to_owned(), story[name].clone()));
        format!("{:#}", Value::Object(told.collect()))
    };
    expect![[r#"
        {
          "billed": {
            "prompt_tokens": 110,
            "completion_tokens": 128
          },
          "hand_overs": [
            {
              "from": "a/x",
              "to": "local/z",
              "reason": "stalled",
              "words": "sent nothing for 30 s",
              "how": "prefill",
              "delivered_tokens": 84,
              "at_ms": 2000,
              "silence_ms": 600,
              "billed": {
                "prompt_tokens": 12,
                "completion_tokens": 84
              }
            }
          ],
          "stopped": null,
          "completion_tokens": 212
        }"#]]
    .assert_eq(&story(&handed_over()));
    expect![[r#"
        {
          "billed": {
            "prompt_tokens": 12,
            "completion_tokens": 84
          },
          "hand_overs": [],
          "stopped": {
            "code": "no_target",
            "words": "none could"
          },
          "completion_tokens": 84
        }"#]]
    .assert_eq(&story(&unfinished()));
}

#[test]
fn a_long_name_of_whoever_went_on_costs_no_memory() {
    let telemetry = telemetry();
    let long = "x".repeat(100_000);
    let mut served = handed_over();
    let handed = HandedOver { words: long.clone(), ..handed(&long, &long, "instructed", 1) };
    served.hand_overs = vec![handed];
    hear(&telemetry, &served);
    let length = telemetry.story("req_1").unwrap().to_string().len();
    assert!(length < 4096, "{length} bytes");
}
