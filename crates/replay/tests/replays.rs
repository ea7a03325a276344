//! A small outage, replayed with every strategy.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::time::Duration;

use handover_drill::Dialect;
use handover_replay::result::{AttemptOutcome, Outcome, Unit};
use handover_replay::scenario::{Arrivals, Fault, Phase, Provider, RouteSettings, Scenario, Traffic};
use handover_replay::{Run, Strategy, run, run_all};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Three providers, five minutes, two requests a second.
fn scenario(phases: Vec<Phase>) -> Scenario {
    let backup = Provider {
        name: "anthropic".to_owned(),
        dialect: Dialect::Anthropic,
        model: "claude-haiku-4-5".to_owned(),
        ..Provider::default()
    };
    let last = Provider {
        name: "cohere".to_owned(),
        dialect: Dialect::Cohere,
        model: "command-a".to_owned(),
        ..Provider::default()
    };
    Scenario {
        id: "small".to_owned(),
        title: "A small outage".to_owned(),
        about: String::new(),
        synthetic: vec!["Everything.".to_owned()],
        starts: None,
        span: s(300),
        seed: 7,
        traffic: Traffic {
            arrivals: Arrivals::Poisson {
                per_second: 2.0,
                prompt_tokens: (10, 1000),
                answer_tokens: (1, 200),
            },
            leaves: 0.05,
            ..Traffic::default()
        },
        providers: vec![Provider::default(), backup, last],
        phases,
        route: RouteSettings::default(),
        marks: Vec::new(),
        outage: Some((s(60), s(180))),
    }
}

fn down(fault: Fault) -> Scenario {
    scenario(vec![Phase::all("openai", s(60), s(180), fault)])
}

fn script(text: &str) -> Fault {
    Fault::script(text).unwrap()
}

fn metric(run: &Run, name: &str) -> f64 {
    let found = run.metrics.iter().find(|metric| metric.name == name);
    found.unwrap_or_else(|| panic!("no {name}")).value.unwrap_or(f64::NAN)
}

fn keeps_its_promises(run: &Run) {
    let some = &run.violations[..run.violations.len().min(5)];
    assert!(some.is_empty(), "{} violations, the first of them: {some:#?}", run.violations.len());
}

#[test]
fn an_outage_of_the_lead_is_noticed_by_nobody_behind_the_gateway() {
    let scenario = down(script("bad_gateway"));
    let run_of = |strategy| run(&scenario, strategy).unwrap();
    let handover = run_of(Strategy::Handover);
    keeps_its_promises(&handover);
    assert_eq!(metric(&handover, "availability"), 1.0);
    let served = |provider| handover.seen.iter().filter(|seen| seen.served == Some(provider)).count();
    assert!(served(0) > 100 && served(1) > 150, "{} by the lead, {} by the backup", served(0), served(1));
    let single = run_of(Strategy::SingleProvider);
    assert_eq!(metric(&single, "availability in the outage"), 0.0);
    assert!(single.seen.iter().all(|seen| seen.attempts.len() == 1));
    let sdk = run_of(Strategy::SdkRetries);
    let share = metric(&sdk, "availability in the outage");
    assert!(share < 0.05, "only the last requests outlive it: {share}");
    assert!(metric(&sdk, "attempts at the sick lead per request") > 2.5);
    assert_eq!(run_all(&scenario).unwrap(), [handover, single, sdk], "two threads change nothing");
}

#[test]
fn the_same_seed_gives_the_same_result_to_the_byte() {
    let mixed = Phase {
        mix: vec![
            (0.3, script("overloaded")),
            (0.2, Fault::Blackhole),
            (0.1, script("ok cut@20")),
            (0.1, script("ok stall@0")),
        ],
        ..Phase::all("openai", s(60), s(180), Fault::Refused)
    };
    let scenario = scenario(vec![mixed]);
    for strategy in Strategy::ALL {
        let once = serde_json::to_string(&run(&scenario, strategy).unwrap()).unwrap();
        let again = serde_json::to_string(&run(&scenario, strategy).unwrap()).unwrap();
        assert_eq!(once, again, "{strategy:?}");
        let other = Scenario { seed: 8, ..scenario.clone() };
        assert_ne!(once, serde_json::to_string(&run(&other, strategy).unwrap()).unwrap(), "{strategy:?}");
    }
}

#[test]
fn a_cut_stream_is_an_error_behind_the_gateway_and_a_lie_without_it() {
    let scenario = down(script("ok cut@20"));
    let cut = |run: &Run, outcome| {
        let all = run.seen.iter().filter(|seen| seen.stream && seen.wanted > 32 && seen.outcome == outcome);
        all.filter(|seen| seen.at >= s(60) && seen.at < s(175)).count()
    };
    let handover = run(&scenario, Strategy::Handover).unwrap();
    keeps_its_promises(&handover);
    assert_eq!(cut(&handover, Outcome::CutUnnoticed), 0);
    let sdk = run(&scenario, Strategy::SdkRetries).unwrap();
    assert!(cut(&sdk, Outcome::CutUnnoticed) > 80);
}

#[test]
fn every_way_of_failing_is_survived() {
    for fault in [
        Fault::Refused,
        Fault::Blackhole,
        Fault::Dns(s(30)),
        script("silent"),
        script("reset"),
        script("429 body='{\"status\":\"come back later\"}'"),
        script("ok error@0:overloaded"),
        script("html 520"),
    ] {
        let run = run(&down(fault.clone()), Strategy::Handover).unwrap();
        keeps_its_promises(&run);
        assert_eq!(metric(&run, "availability"), 1.0, "{fault:?}");
    }
}

#[test]
fn a_user_who_leaves_ends_the_providers_work_at_once() {
    let mut scenario = scenario(Vec::new());
    scenario.traffic.leaves = 1.0;
    let run = run(&scenario, Strategy::Handover).unwrap();
    keeps_its_promises(&run);
    let left: Vec<_> = run.seen.iter().filter(|seen| seen.outcome == Outcome::Left).collect();
    assert!(left.len() > 100, "{}", left.len());
    assert!(left.iter().all(|seen| seen.attempts.iter().all(|attempt| attempt.end <= seen.end)));
    assert_eq!(metric(&run, "user gone to provider's work cancelled, p99"), 0.0);
}

#[test]
fn every_token_is_on_the_bill_once() {
    let scenario = scenario(Vec::new());
    let run = run(&scenario, Strategy::SingleProvider).unwrap();
    for seen in run.seen.iter().filter(|seen| seen.outcome == Outcome::Whole) {
        let attempt = &seen.attempts[0];
        assert_eq!(attempt.outcome, AttemptOutcome::Answered);
        assert_eq!((attempt.billed_out, attempt.delivered), (u64::from(seen.wanted), u64::from(seen.wanted)));
    }
    assert!(run.metrics.iter().any(|metric| metric.id == "M13" && metric.value.is_none()));
    assert!(run.metrics.iter().any(|metric| metric.unit == Unit::PerMillion));
}

#[test]
fn a_scenario_that_contradicts_itself_is_not_played() {
    let mut scenario = scenario(vec![Phase::all("nobody", s(9), s(3), Fault::Refused)]);
    scenario.route.clocks.first_token = s(500);
    let told = run(&scenario, Strategy::Handover).unwrap_err().to_string();
    for part in ["names no provider", "is not after its start", "is above the total"] {
        assert!(told.contains(part), "{told}");
    }
}
