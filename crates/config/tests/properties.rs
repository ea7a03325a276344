//! Whatever the file holds: no panic, places inside the file, no secret shown.

use handover_config::{MapEnv, Report, Source, load, load_offline};
use proptest::collection::vec;
use proptest::prelude::*;

/// Stands where a person's key would. `{SECRET}` is replaced in the files below.
const SECRET: &str = "sk-proj-Zq8vY3";

const FILES: &[&str] = &[
    include_str!("../../../examples/two-providers.toml"),
    include_str!("../../../examples/openai-compatible-servers.toml"),
    include_str!("../../../examples/resilience.toml"),
    include_str!("broken/keys.toml"),
    include_str!("broken/groups.toml"),
    include_str!("broken/route-settings.toml"),
    include_str!("broken/targets.toml"),
    include_str!("broken/durations-and-sizes.toml"),
    "[providers.openai]\ndialect = \"openai\"\napi_keys = [\n  \"{SECRET}\",\n]\nheaders = { \"x-key\" = \"{SECRET}\" }\n\n[providers.openai.timeouts]\nstall = \"3s\"\n\n[routes.default]\ntargets = [\"openai/gpt-4o-mini\"]\n",
];

fn report_of(text: &str) -> Report {
    let source = Source::Text { path: "handover.toml".into(), text: text.to_owned() };
    let env = MapEnv::new([("OPENAI_API_KEY", "sk-openai"), ("HOME", "/home/someone")]);
    // Both ways are taken; what they find differs only by what is missing.
    let _ = load_offline(&source, &env);
    match load(&source, &env) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    }
}

/// Renders in every form, and checks that places are inside the text.
fn shown(text: &str) -> String {
    let report = report_of(text);
    for found in report.diagnostics() {
        let span = found.span.clone().unwrap_or(0..0);
        assert!(span.start <= span.end && span.end <= text.len(), "{span:?} in {text:?}");
    }
    format!("{}{}{}{report:?}", report.render(false, 100), report.render(true, 1), report.json())
}

/// One edit of a typing hand: something deleted, put in, or doubled.
fn mutate(text: &str, edits: &[(usize, usize, String)]) -> String {
    let mut text = text.replace("{SECRET}", SECRET);
    for (at, deleted, inserted) in edits {
        let start = text.floor_char_boundary(at % (text.len() + 1));
        let end = text.ceil_char_boundary((start + deleted).min(text.len()));
        text.replace_range(start..end, inserted);
    }
    text
}

fn edits() -> impl Strategy<Value = Vec<(usize, usize, String)>> {
    let inserted = prop_oneof![
        Just(String::new()),
        "[\\[\\]{}\"'=,.#\n a-z0-9-]{1,3}",
        "\\PC{1,3}",
        Just("[routes.default]\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\u{1b}[31m".to_owned()),
    ];
    vec((any::<usize>(), 0_usize..12, inserted), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_crashes_the_gateway(text in "\\PC{0,200}") {
        shown(&text);
    }

    #[test]
    fn no_toml_crashes_the_gateway(lines in vec("[a-z_.\\[\\]]{0,20}( = )?([\\[{\"']{0,2}[a-z0-9:/.-]{0,12}[\\]}\"']{0,2})?", 0..12)) {
        shown(&lines.join("\n"));
    }

    #[test]
    fn a_half_edited_file_is_explained_and_never_shows_its_key(which in 0..FILES.len(), edits in edits()) {
        let text = mutate(FILES[which], &edits);
        let shown = shown(&text);
        // An edit inside the key leaves another text; the key as it was must never come through.
        prop_assert!(!shown.contains(SECRET), "{}", shown);
    }

    #[test]
    fn a_short_password_is_hidden_wherever_a_key_may_stand(password in "[a-z]{6,14}", key in "api_keys?|headers", tail in "(, 3)?|,? ?x") {
        let password = format!("{password}qjx");
        let value = match key.as_str() {
            "api_keys" => format!("[\"{password}\"{tail}]"),
            "headers" => format!("{{ a = \"{password}\"{tail} }}"),
            _ => format!("\"{password}\"{tail}"),
        };
        let text = format!("listen = 1\n[providers.openai]\ndialect = \"openai\"\nslots = 3\n{key} = {value}\n");
        let shown = shown(&text);
        prop_assert!(!shown.contains(&password), "{}", shown);
    }
}

#[test]
fn a_file_nested_without_end_does_not_overflow_the_stack() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]\n[{}a]", "a.".repeat(50_000), "a.".repeat(50_000)),
        format!("a = {}", "{ a = ".repeat(100_000)),
    ] {
        report_of(&text);
    }
}
