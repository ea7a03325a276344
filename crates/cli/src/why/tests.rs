//! Stories, and what is told of them.

use super::*;
use expect_test::{Expect, expect};
use serde_json::json;

/// A request as the gateway tells it, with what this one changes.
fn check(change: &Value, expected: &Expect) {
    let mut story = json!({
        "id": "req_1", "began_at_ms": 1_795_356_309_230_u64, "asked": "default", "route": "default",
        "served": "openai/gpt-4o-mini", "key": 1, "signal": "4", "outcome": "complete", "status": 200,
        "stream": true, "canary": false, "cached_age_s": null, "started_ms": 2, "first_token_ms": 402,
        "took_ms": 3100, "completion_tokens": 212, "hand_overs": [], "stopped": null, "dropped": null, "error": null, "steps": [],
    });
    for (name, value) in change.as_object().unwrap() {
        story[name] = value.clone();
    }
    expected.assert_eq(&tell(&story));
}

fn step(target: &str, key: Option<u64>, at: u64, code: &str, words: &str, took: u64) -> Value {
    json!({"target": target, "key": key, "at_ms": at, "took_ms": took, "code": code, "words": words,
           "asked": took > 0, "again_in_ms": (code == "resting").then_some(12_000)})
}

#[test]
fn a_good_day_is_told_in_three_lines() {
    check(
        &json!({}),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked openai/gpt-4o-mini (key 1): answered, first token after 0.4 s, 212 tokens, done after 3.1 s
            14:05:12.330  answered by openai/gpt-4o-mini (▂▄▆█ Full) after 3.1 s
        "#]],
    );
}

#[test]
fn every_target_that_did_not_answer_has_its_reason() {
    check(
        &json!({
            "asked": "gpt-4o", "served": "local/small", "key": null, "signal": "1", "started_ms": 10_903,
            "first_token_ms": 11_703, "took_ms": 14_000,
            "steps": [
                step("openai/gpt-4o-mini", Some(1), 2, "overloaded", "overloaded (529)", 400),
                step("openai/gpt-4o-mini", Some(2), 402, "first_token_timeout", "no first token within 10 s", 10_000),
                step("anthropic/claude", None, 10_402, "resting", "resting after failures", 0),
                step("cohere/command", None, 10_402, "diverted", "resting after failures", 0),
                step("slow/one", Some(1), 10_403, "outpaced", "was slower than another", 1300),
            ],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for gpt-4o, route default
            14:05:09.232  asked openai/gpt-4o-mini (key 1): overloaded (529) after 0.4 s
            14:05:09.632  asked openai/gpt-4o-mini (key 2): no first token within 10 s
            14:05:19.632  passed over anthropic/claude: resting after failures, tried again in 12 s
            14:05:19.632  passed over cohere/command: it fails too often just now
            14:05:19.633  asked slow/one (key 1): was slower than another after 1.3 s
            14:05:20.133  asked local/small: answered, first token after 0.8 s, 212 tokens, done after 3.1 s
            14:05:23.230  answered by a backup, local/small (▂░░░ Basic), after 14 s; why not openai/gpt-4o-mini: overloaded (529)
        "#]],
    );
}

#[test]
fn a_broken_answer_is_not_told_as_a_good_one() {
    check(
        &json!({"outcome": "interrupted", "error": "cut_off: stopped before its answer was complete"}),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked openai/gpt-4o-mini (key 1): answered, first token after 0.4 s, 212 tokens, broke off after 3.1 s
            14:05:12.330  the answer of openai/gpt-4o-mini broke off (stopped before its answer was complete); the caller was told so
        "#]],
    );
}

#[test]
fn a_request_that_nobody_answered_says_what_the_caller_was_told() {
    check(
        &json!({
            "served": null, "outcome": "failed", "status": 503, "error": "No model could answer.",
            "completion_tokens": null, "took_ms": 30,
            "steps": [step("openai/gpt-4o-mini", Some(1), 2, "key_refused", "refused the API key (401)", 28)],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked openai/gpt-4o-mini (key 1): refused the API key (401) after 28 ms
            14:05:09.260  nobody answered; the caller was told 503: No model could answer.
        "#]],
    );
}

#[test]
fn an_old_answer_is_told_as_an_old_one() {
    check(
        &json!({
            "cached_age_s": 90, "took_ms": 30, "stream": false,
            "steps": [step("openai/gpt-4o-mini", Some(1), 2, "overloaded", "overloaded (529)", 28)],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked openai/gpt-4o-mini (key 1): overloaded (529) after 28 ms
            14:05:09.260  answered from the cache, because no target could answer: an answer of openai/gpt-4o-mini, 90 s old
        "#]],
    );
}

#[test]
fn a_caller_that_left_is_not_taken_for_a_failure() {
    check(
        &json!({"outcome": "cancelled", "served": null, "took_ms": 1500, "canary": true,
                "steps": [step("a/x", None, 2, "cancelled", "was given up", 1498)]}),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default; a backup comes first this time, to see that it works
            14:05:09.232  asked a/x: was given up after 1.5 s
            14:05:10.730  the caller left after 1.5 s
        "#]],
    );
}

#[test]
fn an_answer_whose_end_is_not_known_is_not_told_as_one_that_its_caller_left() {
    check(
        &json!({"outcome": "answering", "took_ms": 3100, "completion_tokens": null}),
        &expect![[r#"
        request req_1 of 2026-11-22, times in UTC
        14:05:09.230  asked for default
        14:05:09.232  asked openai/gpt-4o-mini (key 1): began to answer, first token after 0.4 s
        14:05:12.330  the gateway told no more of it; how the answer of openai/gpt-4o-mini ended is not known
    "#]],
    );
}

#[test]
fn an_answer_without_a_first_token_is_told_without_one() {
    check(
        &json!({"first_token_ms": null, "completion_tokens": null}),
        &expect![[r#"
        request req_1 of 2026-11-22, times in UTC
        14:05:09.230  asked for default
        14:05:09.232  asked openai/gpt-4o-mini (key 1): answered, done after 3.1 s
        14:05:12.330  answered by openai/gpt-4o-mini (▂▄▆█ Full) after 3.1 s
    "#]],
    );
}

fn seam(from: &str, to: &str, how: &str, at: u64, silence: u64) -> Value {
    json!({"from": from, "to": to, "reason": "stalled", "words": "sent nothing for 2 s", "how": how,
           "delivered_tokens": 84, "at_ms": at, "silence_ms": silence,
           "billed": {"prompt_tokens": 12, "completion_tokens": 84}})
}

#[test]
fn an_answer_that_two_models_wrote_is_not_told_as_one_models() {
    check(
        &json!({
            "served": "anthropic/claude", "key": 2, "signal": "2", "took_ms": 6000,
            "steps": [
                step("openai/gpt-4o-mini", Some(1), 2, "stalled", "sent nothing for 2 s", 3000),
                step("cohere/command", Some(1), 3003, "overloaded", "overloaded (529)", 200),
            ],
            "hand_overs": [seam("openai/gpt-4o-mini", "anthropic/claude", "instructed", 3002, 900)],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked openai/gpt-4o-mini (key 1): began to answer, first token after 0.4 s
            14:05:12.232  openai/gpt-4o-mini broke off after about 84 tokens: sent nothing for 2 s
            14:05:12.233  asked cohere/command (key 1): overloaded (529) after 0.2 s
            14:05:13.132  anthropic/claude (key 2) went on as it was asked to (instructed), after 0.9 s of silence
            14:05:15.230  answered by openai/gpt-4o-mini, then a backup, anthropic/claude (▂▄░░ Reduced), 212 tokens, after 6.0 s
        "#]],
    );
}

#[test]
fn a_lead_that_did_not_begin_is_named_where_others_wrote_the_answer() {
    check(
        &json!({
            "served": "c/z", "signal": "1", "started_ms": 40, "first_token_ms": 400, "took_ms": 6000,
            "steps": [
                step("a/x", None, 2, "overloaded", "overloaded (529)", 30),
                step("b/y", None, 40, "stalled", "sent nothing for 2 s", 3000),
            ],
            "hand_overs": [seam("b/y", "c/z", "prefill", 3040, 900)],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked a/x: overloaded (529) after 30 ms
            14:05:09.270  asked b/y: began to answer, first token after 0.4 s
            14:05:12.270  b/y broke off after about 84 tokens: sent nothing for 2 s
            14:05:13.170  c/z (key 1) wrote on from the text so far (prefill), after 0.9 s of silence
            14:05:15.230  answered by b/y, then a backup, c/z (▂░░░ Basic), after 6.0 s; why not a/x: overloaded (529)
        "#]],
    );
}

#[test]
fn an_answer_handed_over_twice_is_told_in_the_order_of_time() {
    check(
        &json!({
            "served": "c/z", "signal": "1", "key": null, "took_ms": 9000,
            "steps": [
                step("a/x", Some(1), 2, "stalled", "sent nothing for 2 s", 3000),
                step("b/y", Some(2), 3003, "stalled", "sent nothing for 2 s", 3000),
            ],
            "hand_overs": [seam("a/x", "b/y", "prefill", 3002, 900), seam("b/y", "c/z", "prefill", 6003, 50)],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked a/x (key 1): began to answer, first token after 0.4 s
            14:05:12.232  a/x broke off after about 84 tokens: sent nothing for 2 s
            14:05:13.132  b/y (key 2) wrote on from the text so far (prefill), after 0.9 s of silence
            14:05:15.233  b/y broke off after about 84 tokens: sent nothing for 2 s
            14:05:15.283  c/z wrote on from the text so far (prefill), after 50 ms of silence
            14:05:18.230  answered by a/x, then b/y, then a backup, c/z (▂░░░ Basic), 212 tokens, after 9.0 s
        "#]],
    );
}

#[test]
fn a_whole_answer_that_was_put_together_is_told_without_times_that_nobody_measured() {
    check(
        &json!({
            "served": "b/y", "signal": "2", "stream": false, "started_ms": 3003, "first_token_ms": 3500,
            "steps": [step("a/x", Some(1), 2, "stalled", "sent nothing for 2 s", 3000)],
            "hand_overs": [seam("a/x", "b/y", "prefill", 3002, 900)],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked a/x (key 1): began to answer
            14:05:12.232  a/x broke off after about 84 tokens: sent nothing for 2 s
            14:05:12.232  b/y (key 1) wrote on from the text so far (prefill)
            14:05:12.330  answered by a/x, then a backup, b/y (▂▄░░ Reduced), 212 tokens, after 3.1 s
        "#]],
    );
}

#[test]
fn a_broken_answer_says_why_nobody_went_on() {
    let stopped = json!({"code": "no_target", "words": "none could"});
    let error = "stalled: sent nothing for 2 s; not continued: none could";
    check(
        &json!({
            "outcome": "interrupted", "error": error, "stopped": stopped, "completion_tokens": 84,
            "steps": [
                step("openai/gpt-4o-mini", Some(1), 2, "stalled", "sent nothing for 2 s", 3000),
                step("cohere/command", Some(1), 3003, "overloaded", "overloaded (529)", 90),
            ],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked openai/gpt-4o-mini (key 1): answered, first token after 0.4 s, 84 tokens, broke off after 3.0 s
            14:05:12.233  asked cohere/command (key 1): overloaded (529) after 90 ms
            14:05:12.330  the answer of openai/gpt-4o-mini broke off (sent nothing for 2 s); no other model went on with it, because none could; the caller was told so
        "#]],
    );
    check(
        &json!({
            "outcome": "interrupted", "error": error, "stopped": stopped, "served": "b/y", "took_ms": 9000,
            "steps": [
                step("a/x", Some(1), 2, "stalled", "sent nothing for 2 s", 3000),
                step("b/y", Some(2), 3003, "stalled", "sent nothing for 2 s", 3000),
                step("c/z", Some(2), 6003, "overloaded", "overloaded (529)", 90),
            ],
            "hand_overs": [seam("a/x", "b/y", "prefill", 3002, 900)],
        }),
        &expect![[r#"
            request req_1 of 2026-11-22, times in UTC
            14:05:09.230  asked for default
            14:05:09.232  asked a/x (key 1): began to answer, first token after 0.4 s
            14:05:12.232  a/x broke off after about 84 tokens: sent nothing for 2 s
            14:05:13.132  b/y (key 1) wrote on from the text so far (prefill), after 0.9 s of silence
            14:05:15.233  asked c/z (key 2): overloaded (529) after 90 ms
            14:05:18.230  the answer of b/y broke off (sent nothing for 2 s); no other model went on with it, because none could; the caller was told so
        "#]],
    );
}
