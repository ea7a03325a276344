//! Reports of a small outage made by hand: nothing of the engine can change them.

use std::time::Duration;

use expect_test::expect_file;

use super::Report;
use crate::result::{
    Attempt, AttemptOutcome, Breaker, Metric, Outcome, Point, Run, Seen, Strategy, Timeline, Unit, Violation,
};
use crate::scenario::{Fault, Phase, Provider, RouteSettings, Scenario, Traffic};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn m(minutes: u64) -> Duration {
    s(60 * minutes)
}

/// Twelve minutes, with OpenAI down from the third to the eighth; one request every ten seconds.
fn scenario() -> Scenario {
    let backup = Provider { name: "anthropic".to_owned(), model: "claude".to_owned(), ..Provider::default() };
    let local = Provider { name: "local".to_owned(), model: "small".to_owned(), ..Provider::default() };
    Scenario {
        id: "small".to_owned(),
        title: "A small outage".to_owned(),
        about: "OpenAI failed for a while, and came back. Source: made up for a test.".to_owned(),
        synthetic: vec!["Everything, <b>really</b>.".to_owned()],
        starts: Some("2023-11-08 13:30 UTC".to_owned()),
        span: m(12),
        seed: 7,
        traffic: Traffic::default(),
        providers: vec![Provider::default(), backup, local],
        phases: vec![Phase::all("openai", m(3), m(8), Fault::script("502").unwrap())],
        route: RouteSettings::default(),
        marks: vec![(m(3), "failures begin".to_owned()), (m(8), "13:38 over & out".to_owned())],
        outage: Some((m(3), m(8))),
    }
}

fn attempt(provider: usize, at: Duration, took: Duration, outcome: AttemptOutcome, faulty: bool) -> Attempt {
    Attempt {
        provider,
        key: 0,
        at,
        end: at + took,
        heard: at + took,
        outcome,
        faulty,
        billed_in: 10,
        billed_out: 20,
        delivered: 20,
        continues: false,
    }
}

fn seen(number: u32, at: Duration, served: Option<usize>, attempts: Vec<Attempt>) -> Seen {
    let whole = served.is_some();
    let end = attempts.last().map_or(at, |last| last.end);
    Seen {
        number,
        at,
        stream: true,
        batch: false,
        first_token: whole.then(|| end - s(1)),
        end,
        outcome: if whole { Outcome::Whole } else { Outcome::ErrorBefore },
        status: if whole { 200 } else { 502 },
        served,
        model: None,
        tokens: if whole { 50 } else { 0 },
        wanted: 50,
        hand_overs: Vec::new(),
        attempts,
    }
}

/// How each strategy would have fared.
fn run(strategy: Strategy) -> Run {
    let failed = |at: Duration| attempt(0, at, Duration::ZERO, AttemptOutcome::Status(502), true);
    let answered = |provider, at| attempt(provider, at, s(2), AttemptOutcome::Answered, false);
    let requests = (0..72_u32).map(|number| {
        let at = s(u64::from(number) * 10);
        let sick = (m(3)..m(8)).contains(&at);
        match strategy {
            _ if !sick => seen(number, at, Some(0), vec![answered(0, at)]),
            // The first two meet the fault, then the gateway knows.
            Strategy::Handover if at < m(3) + s(20) => {
                seen(number, at, Some(1), vec![failed(at), answered(1, at)])
            }
            Strategy::Handover => seen(number, at, Some(1), vec![answered(1, at)]),
            Strategy::SingleProvider => seen(number, at, None, vec![failed(at)]),
            Strategy::SdkRetries => {
                seen(number, at, None, vec![failed(at), failed(at + s(1)), failed(at + s(2))])
            }
        }
    });
    let seen: Vec<Seen> = requests.collect();
    let timeline = timeline(&seen, strategy);
    Run { strategy, metrics: metrics(strategy), timeline, violations: Vec::new(), probes: Vec::new(), seen }
}

fn timeline(seen: &[Seen], strategy: Strategy) -> Timeline {
    let mut points = vec![
        Point {
            served: vec![0; 3],
            attempts: vec![0; 3],
            failed_attempts: vec![0; 3],
            breakers: vec![Breaker::Closed; 3],
            ..Point::default()
        };
        12
    ];
    for one in seen {
        let point = &mut points[(one.at.as_secs() / 60) as usize];
        point.requests += 1;
        match one.served {
            Some(provider) => point.served[provider] += 1,
            None => point.outcomes[1] += 1,
        }
        point.outcomes[0] += u32::from(one.served.is_some());
        for attempt in &one.attempts {
            point.attempts[attempt.provider] += 1;
        }
    }
    if strategy == Strategy::Handover {
        points[3..8].iter_mut().for_each(|point| point.breakers[0] = Breaker::Open);
        points[8].breakers[0] = Breaker::Probing;
        points[9].breakers[0] = Breaker::Ramping;
    }
    Timeline { step: m(1), points }
}

fn metrics(strategy: Strategy) -> Vec<Metric> {
    let us = strategy == Strategy::Handover;
    let one = |id, name, unit, value, target, met| Metric { id, name, value, unit, target, met, note: "" };
    let share = if us { 1.0 } else { 0.583 };
    let overhead = "Not measurable in virtual time: `make bench` measures it on real sockets.";
    vec![
        one("M1", "availability", Unit::Share, Some(share), "at least 99.95 %", Some(us)),
        one(
            "M2",
            "errors before an answer",
            Unit::PerMillion,
            Some((1.0 - share) * 1e6),
            "at most 100",
            Some(us),
        ),
        one(
            "M3",
            "time to failover after errors, p99",
            Unit::Milliseconds,
            us.then_some(0.0),
            "at most 150 ms",
            us.then_some(true),
        ),
        one(
            "M8",
            "attempts at the sick lead per request",
            Unit::Ratio,
            Some(0.07),
            "at most 0.05: probes only",
            Some(false),
        ),
        Metric { note: overhead, ..one("M13", "overhead", Unit::Milliseconds, None, "", None) },
    ]
}

fn report_of(runs: &[Run], with: impl FnOnce(&Report<'_>)) {
    let scenario = scenario();
    with(&Report { scenario: &scenario, runs, again: "handover drill small --seed 7" });
}

fn runs() -> Vec<Run> {
    Strategy::ALL.map(run).into()
}

fn broken() -> Vec<Run> {
    let mut runs = runs();
    runs[0].violations.push(Violation {
        rule: "one end or one error",
        request: Some(3),
        found: "2 ends \u{1b}[2J<script>".to_owned(),
    });
    runs
}

#[test]
fn the_terminal_says_it_all_in_80_columns() {
    report_of(&runs(), |report| {
        let text = report.terminal(false);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        expect_file!["golden/terminal.txt"].assert_eq(&text);
    });
}

#[test]
fn colours_add_nothing_but_colour() {
    report_of(&broken(), |report| {
        let mut plain = String::new();
        let mut rest = report.terminal(true);
        while let Some(at) = rest.find("\u{1b}[") {
            plain.push_str(&rest[..at]);
            let end = at + rest[at..].find('m').unwrap() + 1;
            rest = rest[end..].to_owned();
        }
        plain.push_str(&rest);
        assert_eq!(plain, report.terminal(false));
    });
}

#[test]
fn what_broke_comes_first_and_cannot_move_the_cursor() {
    report_of(&broken(), |report| {
        assert!(!report.is_good());
        let text = report.terminal(false);
        assert!(text.starts_with("BROKEN: 1 violation of what must never happen\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
        let page = report.html();
        let (broken, headline) =
            (page.find("class=\"broken\"").unwrap(), page.find("class=\"figures\"").unwrap());
        assert!(broken < headline);
        assert!(page.contains("2 ends  [2J&lt;script&gt;"));
    });
}

#[test]
fn a_missed_target_is_named() {
    report_of(&runs(), |report| {
        let missed: Vec<String> = report.missed().map(Report::miss).collect();
        assert_eq!(
            missed,
            ["M8 attempts at the sick lead per request: 0.07, and the target is at most 0.05: probes only"]
        );
    });
}

#[test]
fn a_program_gets_one_document_and_requests_only_when_it_wants_them() {
    report_of(&runs(), |report| {
        let brief: serde_json::Value = serde_json::from_str(&report.json(false).unwrap()).unwrap();
        assert_eq!(brief["scenario"]["outage"], serde_json::json!([180_000, 480_000]));
        assert_eq!(brief["strategies"].as_array().unwrap().len(), 3);
        assert!(brief["strategies"][0].get("requests").is_none());
        let full: serde_json::Value = serde_json::from_str(&report.json(true).unwrap()).unwrap();
        assert_eq!(full["strategies"][2]["requests"].as_array().unwrap().len(), 72);
        assert_eq!(report.json(true).unwrap(), report.json(true).unwrap());
    });
}

#[test]
fn the_page_is_well_formed_and_needs_nothing_from_elsewhere() {
    report_of(&broken(), |report| {
        let page = report.html();
        let outside = ["http://", "https://", "src=", "<link", "@import", "<iframe", "<img", "<b>really"];
        for outside in outside {
            assert!(!page.contains(outside), "{outside}");
        }
        assert_eq!(unbalanced(&page), None);
        assert!(page.len() < 60_000, "{} bytes for twelve minutes", page.len());
    });
}

#[test]
fn the_page_has_its_parts_in_order() {
    report_of(&runs(), |report| expect_file!["golden/page.txt"].assert_eq(&skeleton(&report.html())));
}

#[test]
fn a_scenario_in_which_nothing_happened_has_a_report() {
    let scenario = Scenario { phases: Vec::new(), outage: None, marks: Vec::new(), ..scenario() };
    let empty = |strategy| Run {
        seen: Vec::new(),
        timeline: Timeline { step: m(1), points: Vec::new() },
        ..run(strategy)
    };
    let runs = Strategy::ALL.map(empty);
    let report = Report { scenario: &scenario, runs: &runs, again: "" };
    assert_eq!(report.headline(), "Nothing failed.");
    assert!(report.terminal(false).starts_with("Nothing failed.\n"));
    assert_eq!(unbalanced(&report.html()), None);
    let no_runs = Report { runs: &[], ..report };
    assert_eq!(unbalanced(&no_runs.html()), None);
    assert!(no_runs.terminal(false).contains("Nothing failed."));
}

/// The first tag that is not closed as it should be.
fn unbalanced(page: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>")?;
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>')?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        let name = tag.trim_start_matches('/').split([' ', '/']).next()?;
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}>"));
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        // Neither style nor script has tags in it; that has a test of its own.
    }
    open.pop().map(|name| format!("<{name}>"))
}

/// The page without style, script and the shapes of its pictures.
fn skeleton(page: &str) -> String {
    let mut out = page.to_owned();
    for (from, to) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let (start, end) = (out.find(from).unwrap() + from.len(), out.find(to).unwrap());
        out.replace_range(start..end, "..");
    }
    let lines = out.lines().filter(|line| {
        !["<path", "<line", "<rect", "<pattern", "<text class=\"tick"]
            .iter()
            .any(|shape| line.starts_with(shape))
    });
    lines.map(|line| line.to_owned() + "\n").collect()
}
