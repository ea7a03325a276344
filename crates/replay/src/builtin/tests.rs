use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::scenario::{Arrivals, Fault, Phase};
use crate::traces::{Severity, utc};

fn scenarios() -> Vec<(&'static Entry, Scenario)> {
    list().iter().map(|entry| (entry, entry.scenario())).collect()
}

#[test]
fn every_built_in_scenario_can_be_played() {
    for (entry, scenario) in scenarios() {
        assert_eq!(scenario.check(), Ok(()), "{}", entry.id);
        assert_eq!(scenario.id, if entry.number == "S18" { "random-1" } else { entry.id });
        assert_eq!(find(entry.id).unwrap(), scenario);
        let alike = list().iter().filter(|other| other.id == entry.id).count();
        assert_eq!(alike, 1, "{}", entry.id);
    }
    assert!(find("no-such-day").is_none());
    assert!(find("random-x").is_none());
    assert_eq!(nearest("openai-2023-11-8"), Some("openai-2023-11-08"));
    assert_eq!(nearest("flaping"), Some("flapping"));
}

#[test]
fn a_seed_that_failed_can_be_played_again_alone() {
    assert_eq!(find("random-17"), Some(crate::random(17)));
    assert_eq!(find_seeded("random", 17), Some(crate::random(17)));
    let other = find_seeded("flapping", 9).unwrap();
    assert_eq!(other.seed, 9);
    assert_eq!(Scenario { seed: 1, ..other }, find("flapping").unwrap());
    assert_eq!(find_seeded("no-such-day", 1), None);
}

#[test]
fn the_scoreboard_is_whole() {
    for number in 1..=18 {
        let number = format!("S{number}");
        assert!(list().iter().any(|entry| entry.number == number), "{number}");
    }
}

#[test]
fn every_scenario_says_what_is_on_record_and_what_is_assumed() {
    for (entry, scenario) in scenarios().into_iter().filter(|(entry, _)| entry.number != "S18") {
        let recorded = scenario.starts.is_some();
        assert!(scenario.about.len() > 80, "{}", entry.id);
        assert!(!recorded || scenario.about.contains("Source"), "{}: no source", entry.id);
        assert!(recorded || scenario.synthetic.len() > 1, "{}", entry.id);
        assert!(!scenario.synthetic.is_empty());
        for sentence in &scenario.synthetic {
            assert!(sentence.ends_with('.') && !sentence.contains("  "), "{}: {sentence}", entry.id);
        }
        let sampled = scenario.synthetic.iter().any(|sentence| sentence.contains("% are simulated"));
        assert_eq!(sampled, scenario.traffic.sampled < 1.0, "{}: sampling is stated", entry.id);
        let trace = matches!(scenario.traffic.arrivals, Arrivals::Trace(_));
        let cited = scenario.synthetic.iter().any(|sentence| sentence.contains("Splitwise"));
        assert_eq!(trace, cited, "{}: the trace is cited where it is used", entry.id);
    }
}

#[test]
fn marks_and_phases_stand_in_the_order_of_the_day() {
    for (entry, scenario) in scenarios() {
        assert!(scenario.marks.is_sorted_by_key(|(at, _)| *at), "{}", entry.id);
        assert!(scenario.marks.iter().all(|(at, _)| *at <= scenario.span), "{}", entry.id);
        assert!(scenario.phases.iter().all(|phase| phase.to <= scenario.span), "{}", entry.id);
        assert!(!scenario.phases.is_empty(), "{}", entry.id);
    }
}

#[test]
fn a_replay_does_not_take_all_day() {
    // A bound on the work: each request is played three times, and a run is promised in less than a minute.
    const MOST: f64 = 60_000.0;
    for (entry, scenario) in scenarios().into_iter().filter(|(entry, _)| entry.number != "S18") {
        let rate = match &scenario.traffic.arrivals {
            Arrivals::Trace(_) => 5.5,
            Arrivals::Poisson { per_second, .. } | Arrivals::Even { per_second, .. } => *per_second,
        };
        let requests = rate * scenario.span.as_secs_f64() * scenario.traffic.sampled;
        assert!(requests < MOST, "{}: {requests} requests", entry.id);
        assert!(requests > 300.0, "{}: {requests} requests say little", entry.id);
    }
}

/// `2023-11-08T13:42:00Z` in seconds since 1970.
fn second(text: &Value) -> i64 {
    let text = text.as_str().unwrap();
    let part = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    utc(part(0..4), part(5..7), part(8..10), part(11..13), part(14..16)) + part(17..19)
}

#[test]
fn the_8th_of_november_is_as_it_was() {
    let facts: Value = serde_json::from_str(include_str!("../../data/openai-2023-11-08.json")).unwrap();
    let scenario = find("openai-2023-11-08").unwrap();
    let start = utc(2023, 11, 8, 13, 30);
    let at = |value: &Value| Duration::from_secs(u64::try_from(second(value) - start).unwrap());
    // The last phase of the record is the recovery: nothing goes wrong in it.
    let recorded = facts["phases"].as_array().unwrap();
    let failing = &recorded[..recorded.len() - 1];
    assert_eq!(scenario.phases.len(), failing.len());
    for (phase, fact) in scenario.phases.iter().zip(failing) {
        assert_eq!((phase.from, phase.to), (at(&fact["from"]), at(&fact["to"])));
        let mix: Vec<&Value> =
            fact["mix"].as_array().unwrap().iter().filter(|part| part["status"] != 200).collect();
        assert_eq!(phase.mix.len(), mix.len());
        for ((share, fault), fact) in phase.mix.iter().zip(mix) {
            assert_eq!(*share, fact["p"].as_f64().unwrap());
            let Fault::Script(script) = fault else { panic!("{fault:?}") };
            let text = script.to_string();
            let expected = format!("{} body='{}'", fact["status"], fact["body"]);
            assert_eq!(text.parse::<handover_drill::Script>(), expected.parse(), "{text}");
        }
    }
    let window = scenario.outage.unwrap();
    assert_eq!(window, (at(&facts["postmortem_window"][0]), at(&facts["probe"]["end"])));
    let posted = at(&facts["status_page"]["posted"]);
    assert!(scenario.marks.iter().any(|(at, label)| *at == posted && label.contains("status page")));
}

#[test]
fn the_full_day_has_as_many_bad_minutes_as_the_record() {
    let scenario = find("openai-2023-11-08-full-day").unwrap();
    let on = |phase: &Phase| {
        let minutes = phase.from.as_secs() / 60..phase.to.as_secs() / 60;
        minutes.filter(|minute| phase.is_on(Duration::from_secs(60 * minute))).count()
    };
    let main: usize = scenario.phases[..2].iter().map(on).sum();
    let beside: usize = scenario.phases[2..].iter().map(on).sum();
    assert_eq!(main, 116);
    // The record has 141 minutes of major and 7 of partial outage.
    assert!((141..=155).contains(&(main + beside)), "{} minutes", main + beside);
}

#[test]
fn the_history_strikes_as_often_as_the_record_says() {
    let scenario = find("history").unwrap();
    let minutes = |provider: &str| -> u64 {
        let own = scenario.phases.iter().filter(|phase| phase.provider == provider);
        own.map(|phase| (phase.to - phase.from).as_secs() / 60).sum()
    };
    assert_eq!((minutes("openai"), minutes("anthropic")), (24_875, 20_469));
    assert_eq!(scenario.span, Duration::from_secs(548 * 86_400));
    let failing = |phase: &Phase| phase.mix.iter().map(|(share, _)| share).sum::<f64>();
    let known = Severity::ALL.map(Severity::failed_share);
    assert!(
        scenario.phases.iter().all(|phase| known.iter().any(|share| (share - failing(phase)).abs() < 1e-9))
    );
    let printed = scenario.synthetic.iter().find(|sentence| sentence.contains("severity")).unwrap();
    for share in known {
        assert!(printed.contains(&format!("{:.0} %", share * 100.0)), "{printed}");
    }
}

#[test]
fn readers_of_the_manual_find_every_scenario() {
    let manual = include_str!("../../../../docs/drill.md");
    let rows: Vec<&str> = manual
        .lines()
        .filter(|line| {
            line.strip_prefix("| S").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .collect();
    let expected: Vec<String> = scenarios()
        .iter()
        .map(|(entry, scenario)| format!("| {} | `{}` | {} |", entry.number, entry.id, scenario.title))
        .collect();
    for row in &expected {
        assert!(rows.contains(&row.as_str()), "docs/drill.md lacks {row}");
    }
    assert_eq!(rows.len(), expected.len());
}
