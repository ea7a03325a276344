//! The settings for answers that break off: what the file says arrives, what it leaves out has the default that the
//! reference states, and what could do nothing is refused.

#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::time::Duration;

use handover_config::{
    Config, DEFAULT_MAX_HAND_OVERS, Id, JsonStream, Loaded, MAX_COMMIT_DELAY, MAX_HAND_OVERS, MapEnv,
    MidStream, Prefill, Report, Severity, Source, load,
};

const REFERENCE: &str = include_str!("../../../docs/reference/config.md");

const PROVIDERS: &str = r#"
    [providers.o]
    dialect = "openai"
    base_url = "http://127.0.0.1:8001/v1"
    [providers.mistral]
    dialect = "openai"
    base_url = "https://api.mistral.ai/v1"
    [providers.deepseek]
    dialect = "openai"
    base_url = "https://api.deepseek.com/beta"
    [providers.a]
    dialect = "anthropic"
    base_url = "http://127.0.0.1:8002"
    [providers.c]
    dialect = "cohere"
    base_url = "http://127.0.0.1:8003"
    [providers.l]
    dialect = "local"
"#;

fn read(top: &str, route: &str) -> Result<Loaded, Report> {
    let text = format!("{PROVIDERS}\n{top}\n[routes.r]\n{route}\n");
    load(&Source::Text { path: "handover.toml".into(), text }, &MapEnv::default())
}

fn config(top: &str, route: &str) -> Config {
    read(top, route).unwrap_or_else(|report| panic!("{}", report.render(false, 100))).config
}

/// How the first target of a route goes on, by its own setting or its provider's.
fn prefill(config: &Config) -> Option<Prefill> {
    let target = &config.routes[0].targets[0];
    target.prefill.or(config.provider(&target.provider).unwrap().prefill)
}

#[test]
fn every_setting_for_broken_streams_reaches_the_snapshot() {
    let settings = r#"
        targets = ["o/x"]
        mid_stream = "continue"
        max_hand_overs = 3
        commit_delay = "300ms"
        json_stream = "pass"
    "#;
    let route = config("", settings).routes.remove(0);
    assert_eq!((route.mid_stream, route.max_hand_overs), (MidStream::Continue, 3));
    assert_eq!((route.commit_delay, route.json_stream), (Duration::from_millis(300), JsonStream::Pass));
}

#[test]
fn a_file_that_says_nothing_hands_over_once_and_holds_only_json() {
    let named = config("", "targets = [\"o/x\"]");
    let alone = load(&Source::Environment, &MapEnv::default()).unwrap().config;
    for route in [&named.routes[0], &alone.routes[0]] {
        assert_eq!((route.mid_stream, route.max_hand_overs), (MidStream::Continue, DEFAULT_MAX_HAND_OVERS));
        assert_eq!((route.commit_delay, route.json_stream), (Duration::ZERO, JsonStream::Hold));
    }
}

#[test]
fn an_answer_goes_on_in_the_way_that_its_server_has() {
    let check = |top: &str, target: &str, expected: Option<Prefill>| {
        let config = config(top, &format!("targets = [{target}]"));
        assert_eq!(prefill(&config), expected, "{top} {target}");
    };
    // Known without a word.
    check("", "\"l/x\"", Some(Prefill::Engine));
    check("", "\"o/x\"", None);
    check("", "\"a/x\"", None);
    check("", "\"c/x\"", None);
    check("", "\"mistral/x\"", Some(Prefill::Prefix));
    check("", "\"deepseek/x\"", Some(Prefill::Prefix));
    // The target's word counts.
    check("", "{ model = \"o/x\", prefill = \"none\" }", Some(Prefill::Never));
    check("", "{ model = \"o/x\", prefill = \"trailing\" }", Some(Prefill::Trailing));
    check("", "{ model = \"o/x\", prefill = \"prefix\" }", Some(Prefill::Prefix));
    check(
        "",
        "{ model = \"o/x\", prefill = \"continue_final_message\" }",
        Some(Prefill::ContinueFinalMessage),
    );
    check("", "{ model = \"mistral/x\", prefill = \"none\" }", Some(Prefill::Never));
    check("", "{ model = \"a/x\", prefill = \"trailing\" }", Some(Prefill::Trailing));
    check("", "{ model = \"a/x\", prefill = \"none\" }", Some(Prefill::Never));
    check("", "{ model = \"c/x\", prefill = \"none\" }", Some(Prefill::Never));
    // Then the provider's, then what is known.
    let provider = |address: &str, words: &str| {
        format!("[providers.p]\ndialect = \"openai\"\nbase_url = \"{address}\"\nprefill = \"{words}\"")
    };
    let vllm = provider("http://127.0.0.1:8000/v1", "continue_final_message");
    check(&vllm, "\"p/x\"", Some(Prefill::ContinueFinalMessage));
    check(&vllm, "{ model = \"p/x\", prefill = \"trailing\" }", Some(Prefill::Trailing));
    check(&vllm, "{ any_of = [{ model = \"p/x\", prefill = \"none\" }, \"p/y\"] }", Some(Prefill::Never));
    check(&provider("https://api.mistral.ai/v1", "none"), "\"p/x\"", Some(Prefill::Never));
}

#[test]
fn an_address_from_the_environment_is_known_as_one_from_a_file() {
    let check = |url: &str, expected: Option<Prefill>| {
        let env = MapEnv::new([("OPENAI_API_KEY", "sk-1"), ("OPENAI_BASE_URL", url)]);
        let config = load(&Source::Environment, &env).unwrap().config;
        assert_eq!(prefill(&config), expected, "{url}");
        assert_eq!(config.provider("local").unwrap().prefill, Some(Prefill::Engine));
    };
    check("https://api.mistral.ai/v1", Some(Prefill::Prefix));
    check("https://api.openai.com/v1", None);
}

/// Both sides of every bound: the last value that works and the first that does not.
#[test]
fn a_setting_that_gives_no_protection_is_found_at_load() {
    type Findings<'a> = &'a [(Severity, Id)];
    const REFUSED: Findings<'_> = &[(Severity::Error, Id::BadValue)];
    const POINTED_OUT: Findings<'_> = &[(Severity::Warning, Id::BadValue)];
    let check = |top: &str, route: &str, expected: Findings<'_>| {
        let route = if route.contains("targets") {
            route.to_owned()
        } else {
            format!("targets = [\"o/x\"]\n{route}")
        };
        let report = match read(top, &route) {
            Ok(loaded) => loaded.warnings,
            Err(report) => report,
        };
        let found: Vec<_> = report.diagnostics().iter().map(|found| (found.severity, found.id)).collect();
        assert_eq!(found, expected, "{top}\n{route}");
    };
    let route = |settings: &str, expected| check("", settings, expected);
    route("max_hand_overs = 1", &[]);
    route(&format!("max_hand_overs = {MAX_HAND_OVERS}"), &[]);
    route("max_hand_overs = 0", REFUSED);
    route("max_hand_overs = 4", REFUSED);
    route("max_hand_overs = 1.5", &[(Severity::Error, Id::WrongType)]);
    route("mid_stream = \"stop\"", &[]);
    route("mid_stream = \"stop\"\nmax_hand_overs = 1", POINTED_OUT);
    route("mid_stream = \"stop\"\nmax_hand_overs = 0", REFUSED);
    route("max_hand_overs = 2\nmax_attempts = 3", &[]);
    route("max_hand_overs = 3\nmax_attempts = 3", REFUSED);
    route("max_hand_overs = 1\nmax_attempts = 1", REFUSED);
    // Who asks for one attempt has not asked for hand-overs.
    route("max_attempts = 1", &[]);
    route("commit_delay = \"0ms\"", &[]);
    route("commit_delay = \"0ms\"\nmax_attempts = 1", &[]);
    route("commit_delay = \"1ms\"\nmax_attempts = 1", REFUSED);
    route(&format!("commit_delay = \"{}ms\"", MAX_COMMIT_DELAY.as_millis()), &[]);
    route(&format!("commit_delay = \"{}ms\"", MAX_COMMIT_DELAY.as_millis() + 1), REFUSED);
    route("commit_delay = 300", &[(Severity::Error, Id::BadDuration)]);
    route("commit_delay = \"2s\"\ntimeouts = { total = \"2s\" }", &[]);
    route("commit_delay = \"2001ms\"\ntimeouts = { total = \"2s\" }", &[(Severity::Error, Id::TimeoutOrder)]);
    // A stop has its early failures too, and JSON is held for those as well.
    route("mid_stream = \"stop\"\ncommit_delay = \"300ms\"\njson_stream = \"hold\"", &[]);
    route("json_stream = \"pass\"", &[]);
    route("json_stream = \"stop\"", REFUSED);
    let target = |provider: &str, words: &str, expected| {
        check("", &format!("targets = [{{ model = \"{provider}/x\", prefill = \"{words}\" }}]"), expected);
    };
    target("o", "engine", REFUSED);
    target("a", "trailing", &[]);
    target("a", "prefix", REFUSED);
    target("a", "continue_final_message", REFUSED);
    target("c", "trailing", REFUSED);
    target("c", "none", &[]);
    target("l", "none", &[(Severity::Error, Id::WrongDialectKey)]);
    let provider = |dialect: &str, words: &str, expected| {
        let url = if dialect == "local" { "" } else { "base_url = \"http://127.0.0.1:8009/x\"" };
        check(&format!("[providers.p]\ndialect = \"{dialect}\"\n{url}\nprefill = \"{words}\""), "", expected);
    };
    provider("openai", "continue_final_message", &[]);
    provider("anthropic", "trailing", &[]);
    provider("anthropic", "prefix", REFUSED);
    provider("cohere", "none", &[]);
    provider("cohere", "prefix", REFUSED);
    provider("local", "trailing", &[(Severity::Error, Id::WrongDialectKey)]);
}

#[test]
fn the_reference_states_what_a_broken_stream_meets_by_default() {
    let route = &config("", "targets = [\"o/x\"]").routes[0];
    let check = |key: &str, expected: String| {
        let row = REFERENCE.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).unwrap();
        assert!(row.replace('"', "").contains(&format!("| `{expected}` |")), "{row}");
    };
    check("max_hand_overs", route.max_hand_overs.to_string());
    check("commit_delay", format!("{}ms", route.commit_delay.as_millis()));
    check("json_stream", format!("{:?}", route.json_stream).to_lowercase());
    check("mid_stream", format!("{:?}", route.mid_stream).to_lowercase());
}
