//! The pages and the terminal say the same: one vocabulary in two files, each ready to be translated.

use crate::tree::root;
use std::collections::BTreeMap;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Each text in quotation marks or backticks, where they stand in code.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '`']) {
        let mark = &rest[at..=at];
        let Some(end) = rest[at + 1..].find(mark) else { break };
        found.push(rest[at + 1..at + 1 + end].to_owned());
        rest = &rest[at + end + 2..];
    }
    found
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let from = text.find(begin).unwrap_or_else(|| panic!("{begin} is not there")) + begin.len();
    let to = text[from..].find(end).unwrap_or_else(|| panic!("{end} does not follow {begin}"));
    &text[from..from + to]
}

/// The reasons by their codes: `code: "words"` in the pages, `("code", "words")` in the terminal.
fn reasons(path: &str) -> BTreeMap<String, String> {
    let text = read(path);
    let pair = |line: &str| {
        let mut words = quoted(line);
        let words_of = words.pop()?;
        let code = words.pop().or_else(|| Some(line.split(':').next()?.trim().to_owned()))?;
        Some((code, words_of))
    };
    between(&text, "// <reasons>", "// </reasons>").lines().filter_map(pair).collect()
}

#[test]
fn a_provider_is_not_overloaded_in_the_page_and_something_else_in_the_terminal() {
    let (page, terminal) = (reasons("ui/src/words.ts"), reasons("crates/cli/src/words.rs"));
    assert!(page.len() > 30, "{page:?}");
    assert_eq!(page, terminal);
}

#[test]
fn signals_states_and_errors_have_the_same_words_everywhere() {
    let page = read("ui/src/words.ts");
    let terminal =
        ["crates/cli/src/words.rs", "crates/cli/src/words/state.rs", "crates/policy/src/signal.rs"]
            .map(read)
            .join("\n");
    let says = |words: &str| terminal.contains(&format!("\"{words}"));
    let signals = between(&page, "\n  signal: {", "satisfies").lines();
    let words = signals
        .flat_map(|line| line.split_once("word: "))
        .flat_map(|(_, rest)| quoted(rest).into_iter().next());
    for word in words.filter(|word| word != "No signal") {
        assert!(says(&word), "the terminal does not say {word:?} of a signal");
    }
    for words in quoted(between(&page, "\n  state: {", "satisfies")) {
        assert!(says(&words.to_lowercase()), "the terminal does not say {words:?} of a state");
    }
    let errors = between(&page, "\n  error: {", "buttons:");
    let titles: Vec<String> =
        errors.lines().filter(|line| line.trim_start().starts_with("title")).flat_map(quoted).collect();
    assert!(titles.len() > 8, "{titles:?}");
    // A page can be offline, and a browser's storage full; a terminal cannot.
    let own = ["You are offline.", "This browser cannot keep the conversation."];
    for title in titles.iter().filter(|title| !own.contains(&title.as_str())) {
        assert!(says(&title.replace("${", "{")), "the terminal has no error {title:?}");
    }
}
