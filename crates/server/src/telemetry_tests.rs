//! Events in, metrics and stories out.

#[path = "telemetry_tests/seams.rs"]
mod seams;

use super::*;
use expect_test::{Expect, expect};
use handover_config::{MapEnv, Source, load};
use handover_dialect::hub::Usage;
use handover_dispatch::{AttemptEvent, Attempted, BreakerEvent, KeyState, Outcome, Served};
use handover_policy::{BreakerState, Signal};
use std::collections::BTreeSet;
use std::time::Duration;

const CONFIG: &str = r#"
[providers.a]
dialect = "openai"
api_keys = ["env:A1", "env:A2"]
[providers.b]
dialect = "anthropic"
api_keys = ["env:B1"]
[providers.local]
dialect = "local"
[routes.default]
targets = ["a/x", "b/y", "local/z"]
aliases = ["gpt-4o"]
"#;

/// 14:05:12.330 UTC on 2026-11-22.
const NOW_MS: u64 = 1_795_356_312_330;

fn telemetry() -> Telemetry {
    let source = Source::Text { path: "handover.toml".into(), text: CONFIG.to_owned() };
    let env = MapEnv::new([("A1", "key-a1"), ("A2", "key-a2"), ("B1", "key-b1")]);
    let mut config = load(&source, &env).unwrap().config;
    config.log.access = false;
    Telemetry::with_clock(&config, || NOW_MS)
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn attempted(target: &str, key: usize, at: u64, code: &'static str, words: &str, took: u64) -> Attempted {
    Attempted {
        target: target.into(),
        key,
        at: ms(at),
        code,
        words: words.to_owned(),
        took: ms(took),
        asked: took > 0,
        again_in: (code == "resting").then(|| ms(12_000)),
        broke_off: false,
    }
}

fn tokens(prompt: u64, completion: u64) -> Usage {
    Usage { prompt: Some(prompt), completion: Some(completion), ..Usage::default() }
}

/// The lead was overloaded with both keys, the next one rests, the local model answered.
fn served() -> Served {
    Served {
        request_id: "req_1".into(),
        asked: "gpt-4o".into(),
        route: Some("default".into()),
        target: Some("local/z".into()),
        model: Some("z".to_owned()),
        signal: Signal::Unrated,
        attempts: vec![
            attempted("a/x", 1, 2, "overloaded", "overloaded (529)", 900),
            attempted("b/y", 0, 902, "resting", "resting after failures", 0),
        ],
        key: 0,
        started: Some(ms(903)),
        canary: false,
        cached: None,
        dropped: String::new(),
        status: 200,
        stream: true,
        first_token: Some(ms(1403)),
        took: ms(3100),
        usage: tokens(12, 212),
        billed: tokens(12, 212),
        hand_overs: Vec::new(),
        stopped: None,
        outcome: Outcome::Complete,
        detail: None,
    }
}

fn hear(telemetry: &Telemetry, served: &Served) {
    telemetry.observe(&Event::Served(served));
}

fn states() -> Vec<(Arc<str>, Vec<TargetState>)> {
    let lane = KeyState { breaker: BreakerState::Closed, rests: None, in_flight: 2, limit: Some(4) };
    let state = |id: &str| TargetState {
        id: id.into(),
        signal: (id == "a/x").then_some(4),
        provider: BreakerState::Closed,
        keys: vec![lane.clone()],
        diverted: 0.25,
        last_answer: Some(ms(3000)),
        is_off: false,
    };
    vec![("default".into(), vec![state("a/x"), state("b/y")])]
}

/// The samples whose line begins with `start`, sorted.
fn samples(telemetry: &Telemetry, start: &str) -> String {
    let text = telemetry.scrape(&states(), (100, 7));
    let mut lines: Vec<&str> = text.lines().filter(|line| line.starts_with(start)).collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn check(telemetry: &Telemetry, start: &str, expected: &Expect) {
    expected.assert_eq(&samples(telemetry, start));
}

#[test]
fn the_attempts_counted_are_the_attempts_made() {
    let telemetry = telemetry();
    hear(&telemetry, &served());
    check(
        &telemetry,
        "handover_attempts_total",
        &expect![[r#"
            handover_attempts_total{target="a/x",code="overloaded"} 1
            handover_attempts_total{target="local/z",code="ok"} 1"#]],
    );
    check(
        &telemetry,
        "handover_passed_over_total",
        &expect![[r#"handover_passed_over_total{target="b/y",code="resting"} 1"#]],
    );
}

#[test]
fn an_operator_sees_who_took_over_from_whom_and_why() {
    let telemetry = telemetry();
    hear(&telemetry, &served());
    check(
        &telemetry,
        "handover_handovers_total",
        &expect![[r#"handover_handovers_total{from="a/x",to="local/z",reason="overloaded"} 1"#]],
    );
    check(
        &telemetry,
        "handover_requests_total",
        &expect![[
            r#"handover_requests_total{route="default",outcome="complete",served="local/z",signal="unrated"} 1"#
        ]],
    );
}

#[test]
fn a_second_key_of_the_same_target_is_no_hand_over() {
    let telemetry = telemetry();
    let mut served = served();
    served.target = Some("a/x".into());
    served.attempts.truncate(1);
    hear(&telemetry, &served);
    check(&telemetry, "handover_handovers_total", &expect![""]);
}

#[test]
fn a_request_that_nobody_served_is_counted_as_such() {
    let telemetry = telemetry();
    let mut served = served();
    (served.target, served.outcome, served.status) = (None, Outcome::Failed, 503);
    hear(&telemetry, &served);
    check(
        &telemetry,
        "handover_requests_total",
        &expect![[r#"handover_requests_total{route="default",outcome="failed",served="none",signal="0"} 1"#]],
    );
    check(
        &telemetry,
        "gen_ai_client_operation_duration_seconds_count",
        &expect![[
            r#"gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="none",gen_ai_request_model="gpt-4o",gen_ai_response_model="none",error_type="overloaded"} 1"#
        ]],
    );
}

#[test]
fn a_cached_answer_costs_no_attempt_and_no_tokens() {
    let telemetry = telemetry();
    let mut served = served();
    served.cached = Some(ms(5000));
    hear(&telemetry, &served);
    check(
        &telemetry,
        "handover_cache_answers_total",
        &expect![[r#"handover_cache_answers_total{route="default",kind="stale"} 1"#]],
    );
    check(
        &telemetry,
        "handover_attempts_total",
        &expect![[r#"handover_attempts_total{target="a/x",code="overloaded"} 1"#]],
    );
    check(&telemetry, "gen_ai_client_token_usage", &expect![""]);
}

#[test]
fn callers_cannot_fill_the_operators_memory_with_names() {
    let telemetry = telemetry();
    let hear_of = |name: String| {
        let mut served = served();
        served.request_id = name.as_str().into();
        served.asked = name.as_str().into();
        served.route = Some(name.as_str().into());
        served.target = Some(format!("a/{name}").into());
        served.model = Some(name.clone());
        served.attempts.push(attempted(&format!("{name}/m"), 0, 1, "overloaded", &name, 5));
        hear(&telemetry, &served);
        let moved = BreakerEvent { provider: "a", lane: Some((&name, 0)), from: "closed", to: "open" };
        telemetry.observe(&Event::Breaker(&moved));
    };
    hear_of("made-up".to_owned());
    let before = telemetry.scrape(&states(), (0, 0)).lines().count();
    (0..1000).for_each(|n| hear_of(format!("made-up-{n}")));
    let text = telemetry.scrape(&states(), (0, 0));
    assert_eq!(text.lines().count(), before);
    assert!(!text.contains("made-up"), "{text}");
}

/// Everything that can be counted, counted once.
fn all_of_it() -> String {
    let telemetry = telemetry();
    hear(&telemetry, &Served { canary: true, ..served() });
    hear(&telemetry, &Served { cached: Some(ms(1)), ..served() });
    hear(&telemetry, &Served { model: Some("somebody-else".into()), ..served() });
    hear(&telemetry, &seams::handed_over());
    hear(&telemetry, &seams::unfinished());
    let target: Arc<str> = "b/y".into();
    let probe =
        AttemptEvent { request_id: "probe", target: &target, key: 0, code: "key_refused", took: ms(5) };
    telemetry.observe(&Event::Attempt(&probe));
    let moved = BreakerEvent { provider: "a", lane: None, from: "closed", to: "open" };
    telemetry.observe(&Event::Breaker(&moved));
    telemetry.scrape(&states(), (100, 7))
}

#[test]
fn every_metric_is_explained_and_every_explained_metric_exists() {
    let text = all_of_it();
    let told: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        })
        .collect();
    let document = include_str!("../../../docs/reference/metrics.md");
    let explained: BTreeSet<String> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("gen_ai_") || name.starts_with("handover_"))
        .collect();
    assert_eq!(told, explained, "docs/reference/metrics.md and the code");
    // Each label of a metric stands in its line.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, labels)) = line.split_once('{') else { continue };
        let base = name.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
        let row = document.lines().find(|row| row.starts_with(&format!("| `{base}`"))).unwrap();
        let labels = labels.split_once('}').unwrap().0;
        for label in labels.split("\",").filter_map(|pair| pair.split_once('=')).map(|(label, _)| label) {
            assert!(label == "le" || row.contains(&format!("`{label}`")), "{label} in {row}");
        }
    }
}

#[test]
fn a_scrape_is_whole() {
    assert!(all_of_it().ends_with("# EOF\n"));
}

#[test]
fn a_story_has_every_step_and_no_secret() {
    let telemetry = telemetry();
    hear(&telemetry, &served());
    let story = telemetry.story("req_1").unwrap();
    expect![[r#"
        {
          "id": "req_1",
          "began_at_ms": 1795356309230,
          "ended_at_ms": 1795356312330,
          "asked": "gpt-4o",
          "route": "default",
          "served": "local/z",
          "key": null,
          "model": "z",
          "place": 3,
          "of": 3,
          "lead": "a/x",
          "cost": 0.0,
          "signal": "unrated",
          "outcome": "complete",
          "status": 200,
          "stream": true,
          "attempts": 2,
          "reason": "overloaded",
          "canary": false,
          "cached_age_s": null,
          "started_ms": 903,
          "first_token_ms": 1403,
          "took_ms": 3100,
          "prompt_tokens": 12,
          "completion_tokens": 212,
          "billed": {
            "prompt_tokens": 12,
            "completion_tokens": 212
          },
          "hand_overs": [],
          "stopped": null,
          "dropped": null,
          "error": null,
          "steps": [
            {
              "target": "a/x",
              "key": 2,
              "at_ms": 2,
              "took_ms": 900,
              "code": "overloaded",
              "words": "overloaded (529)",
              "asked": true,
              "broke_off": false,
              "again_in_ms": null
            },
            {
              "target": "b/y",
              "key": null,
              "at_ms": 902,
              "took_ms": 0,
              "code": "resting",
              "words": "resting after failures",
              "asked": false,
              "broke_off": false,
              "again_in_ms": 12000
            }
          ]
        }"#]]
    .assert_eq(&format!("{story:#}"));
}

#[test]
fn a_providers_words_about_a_prompt_are_not_kept() {
    let check = |status: u16, route: Option<&str>, outcome: Outcome, kept: bool| {
        let telemetry = telemetry();
        let mut served = served();
        served.route = route.map(Into::into);
        (served.status, served.outcome) = (status, outcome);
        served.detail = Some("a/x: `my secret plan` is not a valid role".to_owned());
        hear(&telemetry, &served);
        let story = telemetry.story("req_1").unwrap().to_string();
        assert_eq!(story.contains("secret plan"), kept, "{status} {route:?} {outcome:?}");
    };
    check(400, Some("default"), Outcome::Failed, false);
    check(422, Some("default"), Outcome::Failed, false);
    check(404, None, Outcome::Failed, true);
    check(429, Some("default"), Outcome::Failed, true);
    check(503, Some("default"), Outcome::Failed, true);
    check(200, Some("default"), Outcome::Interrupted, true);
}

#[test]
fn the_stories_take_a_bounded_place() {
    let telemetry = telemetry();
    for n in 0..600 {
        let long = "x".repeat(100_000);
        let mut served = served();
        served.request_id = format!("req_{n}").into();
        served.asked = long.as_str().into();
        served.model = Some(long.clone());
        served.target = Some(long.as_str().into());
        served.detail = Some(long.clone());
        (served.outcome, served.status) = (Outcome::Interrupted, 200);
        served.attempts = vec![attempted(&long, 0, 1, "overloaded", &long, 5)];
        hear(&telemetry, &served);
    }
    let stories = telemetry.newest(usize::MAX);
    assert_eq!(stories.len(), 500);
    assert_eq!(stories[0]["id"], "req_599");
    assert!(telemetry.story("req_99").is_none());
    assert!(telemetry.story("req_100").is_some());
    let largest = stories.iter().map(|story| story.to_string().len()).max().unwrap();
    assert!(largest < 4096, "{largest} bytes");
}

#[test]
fn a_whole_answer_says_nothing_about_first_tokens() {
    let telemetry = telemetry();
    hear(&telemetry, &Served { stream: false, ..served() });
    assert_eq!(telemetry.speed("local/z"), None);
    hear(&telemetry, &served());
    assert_eq!(telemetry.speed("local/z").unwrap().p50, ms(500));
}
