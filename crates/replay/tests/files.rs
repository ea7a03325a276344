//! Scenario files: what is said about broken ones, and that the examples and the built-in scenarios play.
//! `UPDATE_EXPECT=1 cargo test` rewrites the goldens.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use handover_replay::file::{LoadError, load, parse};
use handover_replay::scenario::Arrivals;
use handover_replay::{Scenario, Strategy, builtin, run};

fn toml_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn a_broken_scenario_is_explained_as_a_helpful_colleague_would() {
    let files = toml_files("tests/broken");
    assert!(files.len() >= 11, "only {} broken files", files.len());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let mistakes = parse(name, &text).expect_err(&format!("{} loads", path.display()));
        expect_file![path.with_extension("txt")].assert_eq(&mistakes.render(false));
    }
}

#[test]
fn no_mistake_is_told_without_its_place_and_its_fix() {
    for path in toml_files("tests/broken") {
        let text = std::fs::read_to_string(&path).unwrap();
        let mistakes = parse("broken.toml", &text).unwrap_err();
        assert!(!mistakes.list().is_empty());
        for mistake in mistakes.list() {
            let lines = text.lines().count().max(1);
            assert!((1..=lines).contains(&mistake.line), "{}: {mistake:?}", path.display());
            assert!(mistake.column >= 1 && !mistake.help.is_empty(), "{}: {mistake:?}", path.display());
        }
        assert_eq!(mistakes.to_string().lines().count(), mistakes.list().len());
        assert!(mistakes.render(true).contains(&mistakes.list()[0].message));
    }
}

#[test]
fn every_example_can_be_drilled() {
    let examples = toml_files("../../examples/drill");
    assert!(examples.len() >= 3);
    for path in examples {
        let scenario = load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.id, path.file_stem().unwrap().to_str().unwrap());
        assert_eq!(scenario.check(), Ok(()));
        assert!(!scenario.phases.is_empty() && scenario.outage.is_some());
        let run = run(&fewer(scenario, 400.0), Strategy::Handover).unwrap();
        assert!(run.seen.len() > 200, "{}: {} requests", path.display(), run.seen.len());
        assert_eq!(run.violations, [], "{}", path.display());
    }
}

#[test]
fn every_built_in_scenario_can_be_drilled() {
    // The history draws from 260 million requests, which takes longer than a test should.
    for entry in builtin::list().iter().filter(|entry| entry.number != "S17") {
        let scenario = fewer(entry.scenario(), 400.0);
        let run = run(&scenario, Strategy::Handover).unwrap();
        assert!(run.seen.len() > 200, "{}: {} requests", entry.id, run.seen.len());
        let met = run.seen.iter().flat_map(|seen| &seen.attempts).filter(|attempt| attempt.faulty).count();
        assert!(met > 5, "{}: its faults met {met} attempts", entry.id);
        assert_eq!(run.violations, [], "{}", entry.id);
    }
}

/// The scenario with about so many requests: a look, not a measurement.
fn fewer(mut scenario: Scenario, requests: f64) -> Scenario {
    let rate = match &scenario.traffic.arrivals {
        Arrivals::Trace(_) => 5.5,
        Arrivals::Poisson { per_second, .. } | Arrivals::Even { per_second, .. } => *per_second,
    };
    let all = rate * scenario.span.as_secs_f64();
    scenario.traffic.sampled = scenario.traffic.sampled.min(requests / all);
    scenario
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = load(Path::new("no/such/drill.toml")).unwrap_err();
    assert!(matches!(error, LoadError::Unreadable { .. }));
    assert!(error.to_string().starts_with("no/such/drill.toml cannot be read: "), "{error}");
}
