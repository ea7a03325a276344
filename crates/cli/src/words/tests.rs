//! The vocabulary, held against the code that it names.

use super::*;
use serde_json::json;
use std::collections::BTreeSet;

/// Codes that dispatch adds to those of a failure: `crates/dispatch`, where an attempt is noted.
const OF_DISPATCH: &[&str] = &["cancelled", "diverted", "outpaced", "off"];

/// What stands in quotes at the beginning of a pair, as in `("dns", …)`.
fn codes_of(source: &str) -> BTreeSet<&str> {
    let code = |c: char| c.is_ascii_lowercase() || c == '_';
    source
        .split("(\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\","))
        .map(|(word, _)| word)
        .filter(|word| !word.is_empty() && word.chars().all(code))
        .collect()
}

#[test]
fn every_failure_has_words_of_its_own() {
    let tell = include_str!("../../../policy/src/tell.rs");
    let told = tell.split_once("pub fn tell(").unwrap().1.split_once("pub fn tell_caller").unwrap().0;
    let mut expected = codes_of(told);
    assert!(expected.len() > 30, "the codes were not found: {expected:?}");
    expected.extend(OF_DISPATCH);
    let known: BTreeSet<&str> = REASONS.iter().map(|(code, _)| *code).collect();
    assert_eq!(known, expected);
    assert_eq!(known.len(), REASONS.len(), "a code stands there twice");
}

#[test]
fn the_page_and_the_terminal_give_the_same_reasons() {
    let page = include_str!("../../../../ui/src/words.ts");
    let part = page.split_once("// <reasons>").unwrap().1.split_once("// </reasons>").unwrap().0;
    let pairs: Vec<(String, String)> = part
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(": "))
        .map(|(code, words)| (code.to_owned(), words.trim_matches('"').to_owned()))
        .collect();
    let own: Vec<(String, String)> =
        REASONS.iter().map(|(code, words)| ((*code).to_owned(), (*words).to_owned())).collect();
    assert_eq!(own, pairs);
}

#[test]
fn no_error_leaves_a_person_without_a_next_step() {
    let kinds = [
        "all_failed",
        "cut_off",
        "pinned_down",
        "too_long",
        "refused",
        "bad_request",
        "no_such_model",
        "config",
        "offline",
        "lost",
        "storage",
        "one_that_is_not_known",
    ];
    for kind in kinds {
        let about = About { model: "gpt-4o", reason: "overloaded", ..About::default() };
        let told = error(kind, &about);
        assert!(told.title.ends_with('.') && told.text.ends_with('.'), "{kind}: {told:?}");
        let all = format!("{} {}", told.title, told.text).to_lowercase();
        assert!(!all.contains("something") && !all.contains("  "), "{kind}: {all}");
        for in_conversation in [true, false] {
            assert!(!remedy(kind, in_conversation).is_empty(), "{kind}");
        }
    }
}

#[test]
fn a_target_stands_in_the_terminal_as_it_does_in_the_page() {
    let check = |target: serde_json::Value, expected: State| {
        let mut target = target;
        target["id"] = json!("b/y");
        let route = json!({"answering": "a/x", "targets": [{"id": "a/x"}, target.clone()]});
        assert_eq!(State::of(&target, &route), expected, "{target}");
    };
    check(json!({"state": "ready"}), State::Standby);
    check(json!({"state": "ready", "slow": true}), State::Slow);
    check(json!({"state": "ready", "is_off": true}), State::Off);
    check(json!({"state": "off"}), State::Off);
    check(json!({"state": "resting"}), State::Resting);
    check(json!({"state": "testing"}), State::Testing);
    check(json!({"state": "ramping"}), State::Returning);
    check(json!({"state": "full"}), State::Full);
    let target = json!({"id": "b/y", "state": "ready"});
    let route = json!({"answering": "b/y", "targets": [{"id": "a/x", "state": "ready"}, target]});
    assert_eq!(State::of(&target, &route), State::Answering);
    assert_eq!(State::of(&route["targets"][0], &route), State::Ready);
    let nobody = json!({"answering": null, "targets": [target]});
    assert_eq!(State::of(&target, &nobody), State::Ready);
}

#[test]
fn two_providers_of_one_model_are_told_apart() {
    let names = Names::of(["a/x", "b/x", "b/y", "b/y", "c/org/z"]);
    let check = |id: &str, short: &str, long: &str| {
        assert_eq!((names.short(id).as_str(), names.long(id).as_str()), (short, long));
    };
    check("a/x", "a/x", "x · a");
    check("b/y", "y", "y · b");
    check("c/org/z", "org/z", "org/z · c");
    check("stranger", "stranger", "stranger");
    assert!(Names::are_alike("a/x", "b/x") && !Names::are_alike("a/x", "a/x"));
}

#[test]
fn a_notice_names_everybody_who_could_not_answer() {
    assert_eq!(
        notice::backup(&[("x".to_owned(), "overloaded"), ("y".to_owned(), "too slow")], "z", Some(3100)),
        "Answered by a backup. x was overloaded and y was too slow, so z answered. Added 3.1 s."
    );
    let three = [("w".to_owned(), "slower"), ("x".to_owned(), "resting"), ("y".to_owned(), "full")];
    assert_eq!(
        notice::backup(&three, "z", None),
        "Answered by a backup. w was slower, x was resting and y was full, so z answered."
    );
}
