//! The settings that keep an outage from growing: what the file says arrives, and what it leaves out has the
//! default that the reference states.

#![expect(clippy::panic, reason = "helpers of tests fail like tests")]

use std::path::Path;
use std::time::Duration;

use handover_config::{
    Breaker, Budgets, Cache, Config, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT, Hedge, Id, MapEnv, Route,
    Severity, Source, load,
};

const REFERENCE: &str = include_str!("../../../docs/reference/config.md");

const PROVIDERS: &str = r#"
    [providers.a]
    dialect = "openai"
    base_url = "http://127.0.0.1:8001/v1"
    [providers.b]
    dialect = "openai"
    base_url = "http://127.0.0.1:8002/v1"
    [providers.l]
    dialect = "local"
    slots = 3
"#;

fn source(text: &str) -> Source {
    Source::Text { path: "handover.toml".into(), text: text.to_owned() }
}

/// The file with `top` before the providers and `route` in `[routes.r]`.
fn file(top: &str, route: &str) -> String {
    format!("{top}\n{PROVIDERS}\n[routes.r]\n{route}\n")
}

fn config(top: &str, route: &str) -> Config {
    let loaded = load(&source(&file(top, route)), &MapEnv::default());
    loaded.unwrap_or_else(|report| panic!("{}", report.render(false, 100))).config
}

fn route(settings: &str) -> Route {
    config("", &format!("targets = [\"a/x\", \"b/y\"]\n{settings}")).routes.remove(0)
}

/// The ids of the errors of a file; none when it loads.
fn errors(top: &str, route: &str) -> Vec<Id> {
    match load(&source(&file(top, route)), &MapEnv::default()) {
        Ok(_) => Vec::new(),
        Err(report) => {
            let errors = report.diagnostics().iter().filter(|found| found.severity == Severity::Error);
            errors.map(|found| found.id).collect()
        }
    }
}

#[test]
fn every_resilience_setting_reaches_the_snapshot() {
    let config = config(
        r#"
        [breaker]
        failures = 5
        window = "1m"
        min_calls = 20
        min_success = 0.75
        backoff = "1s"
        max_backoff = "2m"
        ramp = "90s"
        [budgets]
        retries = 0.2
        waste = 1
        waste_floor = 7
        [providers.c]
        dialect = "openai"
        base_url = "http://127.0.0.1:8003/v1"
        max_concurrency = 50
        probe = "1m30s"
        [providers.d]
        dialect = "openai"
        base_url = "http://127.0.0.1:8004/v1"
        probe = "off"
        "#,
        r#"
        targets = ["c/x", "d/y"]
        max_attempts = 16
        max_wait = "0s"
        hedge = { after = "2500ms" }
        cache = { fresh = "1m", stale_if_error = "0s", max_entries = 3 }
        canary = 0.2
        "#,
    );
    let seconds = Duration::from_secs;
    let breaker = Breaker {
        failures: 5,
        window: seconds(60),
        min_calls: 20,
        min_success: 0.75,
        backoff: seconds(1),
        max_backoff: seconds(120),
        ramp: seconds(90),
    };
    assert_eq!(config.breaker, breaker);
    assert_eq!(config.budgets, Budgets { retries: 0.2, waste: 1.0, waste_floor: 7 });
    let provider = |name: &str| {
        let provider = config.provider(name).unwrap();
        (provider.max_concurrency, provider.probe)
    };
    assert_eq!(provider("c"), (Some(50), Some(seconds(90))));
    assert_eq!(provider("d"), (None, None));
    let route = &config.routes[0];
    assert_eq!((route.max_attempts, route.max_wait), (16, Duration::ZERO));
    assert_eq!(route.hedge, Some(Hedge { after: Duration::from_millis(2500) }));
    let cache = Cache { fresh: seconds(60), stale_if_error: Duration::ZERO, max_entries: 3 };
    assert_eq!(route.cache, Some(cache));
    assert!((route.canary - 0.2).abs() < f64::EPSILON);
}

#[test]
fn nothing_that_costs_money_or_changes_answers_is_on_unless_asked_for() {
    let config = config("", "targets = [\"a/x\", \"b/y\"]");
    assert_eq!((config.breaker, config.budgets), (Breaker::default(), Budgets::default()));
    let route = &config.routes[0];
    assert_eq!((route.max_attempts, route.max_wait), (DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT));
    assert_eq!((route.hedge, route.cache), (None, None));
    assert!(route.canary.abs() < f64::EPSILON);
    assert!(route.targets.iter().all(|target| target.group.is_none()));
    let bounds = |name: &str| {
        let provider = config.provider(name).unwrap();
        (provider.max_concurrency, provider.probe)
    };
    assert_eq!(bounds("a"), (None, Some(Duration::from_secs(300))));
    assert_eq!(bounds("l"), (Some(3), None), "the embedded engine is bounded by its slots");
}

#[test]
fn the_environment_alone_gives_the_same_protection_as_a_file() {
    let env = MapEnv::new([("OPENAI_API_KEY", "sk-1")]);
    let config = load(&Source::Environment, &env).unwrap().config;
    assert_eq!((config.breaker, config.budgets), (Breaker::default(), Budgets::default()));
    assert_eq!(config.routes[0].max_attempts, DEFAULT_MAX_ATTEMPTS);
    let bounds: Vec<_> = config.providers.iter().map(|one| (one.max_concurrency, one.probe)).collect();
    assert_eq!(bounds, [(None, Some(Duration::from_secs(300))), (Some(4), None)]);
}

#[test]
fn a_cache_without_settings_is_a_cache_with_the_defaults() {
    assert_eq!(route("cache = {}").cache, Some(Cache::default()));
    let fresh = route("cache = { fresh = \"5m\" }").cache.unwrap();
    assert_eq!(fresh, Cache { fresh: Duration::from_secs(300), ..Cache::default() });
}

#[test]
fn a_group_is_one_place_and_its_members_stay_together() {
    let config = config(
        "",
        r#"targets = [
          { any_of = ["a/x", { model = "b/x", max_tokens = 500 }] },
          "l/z",
          { any_of = ["a/y", "b/y", "a/z"], signal = 3 },
        ]"#,
    );
    let targets = &config.routes[0].targets;
    let ids: Vec<_> = targets.iter().map(handover_config::Target::id).collect();
    assert_eq!(ids, ["a/x", "b/x", "l/z", "a/y", "b/y", "a/z"]);
    let groups: Vec<_> = targets.iter().map(|target| target.group).collect();
    assert_eq!(groups, [Some(0), Some(0), None, Some(2), Some(2), Some(2)]);
    let signals: Vec<_> = targets.iter().map(|target| target.signal).collect();
    assert_eq!(signals, [Some(4), Some(4), None, Some(3), Some(3), Some(3)]);
    assert_eq!(targets[1].max_tokens, Some(500));
}

#[test]
fn a_group_of_one_is_pointed_out_and_works() {
    let loaded =
        load(&source(&file("", "targets = [{ any_of = [\"a/x\"] }, \"b/y\"]")), &MapEnv::default()).unwrap();
    assert_eq!(loaded.warnings.count(Severity::Warning), 1);
    assert_eq!(loaded.config.routes[0].targets[0].group, Some(0));
}

#[test]
fn a_member_without_its_key_leaves_the_others_of_its_group() {
    let top = "[providers.k]\ndialect = \"openai\"\napi_key = \"env:NOT_SET\"";
    let config = config(top, "targets = [{ any_of = [\"k/x\", \"a/x\"] }, \"b/y\"]");
    let targets = &config.routes[0].targets;
    assert_eq!(targets.len(), 2);
    assert_eq!((targets[0].id().as_str(), targets[0].signal), ("a/x", Some(4)));
}

/// Both sides of every bound: the last value that works and the first that does not.
#[test]
fn a_setting_that_could_do_nothing_or_harm_is_refused_at_load() {
    let two = "targets = [\"a/x\", \"b/y\"]";
    let check = |top: &str, route: &str, expected: &[Id]| {
        let route = if route.contains("targets") { route.to_owned() } else { format!("{two}\n{route}") };
        assert_eq!(errors(top, &route), expected, "{top}\n{route}");
    };
    let breaker = |line: &str, expected: &[Id]| check(&format!("[breaker]\n{line}"), "", expected);
    breaker("failures = 1", &[]);
    breaker("failures = 100", &[]);
    breaker("failures = 0", &[Id::BadValue]);
    breaker("failures = 101", &[Id::BadValue]);
    breaker("window = \"1ms\"", &[]);
    breaker("window = \"0s\"", &[Id::ZeroTimeout]);
    breaker("min_calls = 0", &[Id::BadValue]);
    breaker("min_success = 0.001", &[]);
    breaker("min_success = 0.999", &[]);
    breaker("min_success = 0", &[Id::BadValue]);
    breaker("min_success = 1.0", &[Id::BadValue]);
    breaker("min_success = nan", &[Id::BadValue]);
    breaker("backoff = \"30s\"", &[]);
    breaker("backoff = \"30001ms\"", &[Id::TimeoutOrder]);
    breaker("backoff = \"0s\"", &[Id::ZeroTimeout]);
    breaker("max_backoff = \"5s\"", &[]);
    breaker("max_backoff = \"4999ms\"", &[Id::TimeoutOrder]);
    breaker("max_backoff = \"0s\"", &[Id::ZeroTimeout]);
    breaker("backoff = \"2m\"\nmax_backoff = \"2m\"", &[]);
    breaker("ramp = \"1ms\"", &[]);
    breaker("ramp = \"0s\"", &[Id::ZeroTimeout]);
    let budgets = |line: &str, expected: &[Id]| check(&format!("[budgets]\n{line}"), "", expected);
    budgets("retries = 0\nwaste = 0\nwaste_floor = 0", &[]);
    budgets("retries = 1\nwaste = 1.0", &[]);
    budgets("retries = 1.01", &[Id::BadValue]);
    budgets("waste = -0.01", &[Id::BadValue]);
    budgets("waste_floor = -1", &[Id::BadValue]);
    let no_waste = "[budgets]\nwaste = 0\nwaste_floor = 0";
    check(no_waste, "hedge = { after = \"3s\" }", &[Id::BadValue]);
    check("[budgets]\nwaste = 0", "hedge = { after = \"3s\" }", &[]);
    let provider = |dialect: &str, line: &str, expected: &[Id]| {
        let url = if dialect == "local" { "" } else { "base_url = \"http://127.0.0.1:8009/v1\"" };
        check(&format!("[providers.p]\ndialect = \"{dialect}\"\n{url}\n{line}"), "", expected);
    };
    provider("openai", "max_concurrency = 1", &[]);
    provider("openai", "max_concurrency = 10000", &[]);
    provider("openai", "max_concurrency = 0", &[Id::BadValue]);
    provider("openai", "max_concurrency = 10001", &[Id::BadValue]);
    provider("openai", "probe = \"0s\"", &[Id::ZeroTimeout]);
    provider("openai", "probe = \"on\"", &[Id::BadDuration]);
    provider("local", "probe = \"5m\"", &[Id::WrongDialectKey]);
    provider("local", "probe = \"off\"", &[Id::WrongDialectKey]);
    provider("local", "max_concurrency = 4", &[Id::WrongDialectKey]);
    let route = |settings: &str, expected: &[Id]| check("", settings, expected);
    route("max_attempts = 1", &[]);
    route("max_attempts = 0", &[Id::BadValue]);
    route("max_attempts = 17", &[Id::BadValue]);
    route("max_wait = \"600s\"", &[]);
    route("max_wait = \"600001ms\"", &[Id::TimeoutOrder]);
    route("hedge = { after = \"9999ms\" }", &[]);
    route("hedge = { after = \"10s\" }", &[Id::TimeoutOrder]);
    route("hedge = { after = \"10s\" }\ntimeouts = { first_token = \"10001ms\" }", &[]);
    route("hedge = { after = \"5s\" }\ntimeouts = { total = \"5s\" }", &[Id::TimeoutOrder]);
    route("hedge = { after = \"3s\" }\nmax_attempts = 2", &[]);
    route("hedge = { after = \"3s\" }\nmax_attempts = 1", &[Id::BadValue]);
    route("hedge = {}", &[Id::MissingKey]);
    route("cache = { fresh = \"1ms\", stale_if_error = \"0s\" }", &[]);
    route("cache = { fresh = \"0s\", stale_if_error = \"1ms\" }", &[]);
    route("cache = { fresh = \"0s\", stale_if_error = \"0s\" }", &[Id::ZeroTimeout]);
    route("cache = { stale_if_error = \"0s\" }", &[Id::ZeroTimeout]);
    route("cache = { max_entries = 0 }", &[Id::BadValue]);
    route("canary = 0", &[]);
    route("canary = 0.2", &[]);
    route("canary = 0.21", &[Id::BadValue]);
    route("canary = -0.01", &[Id::BadValue]);
    let one = "targets = [{ any_of = [\"a/x\", \"b/x\"] }]";
    route(&format!("{one}\ncanary = 0"), &[]);
    route(&format!("{one}\ncanary = 0.01"), &[Id::BadValue]);
    route(&format!("{one}\nhedge = {{ after = \"3s\" }}"), &[Id::BadValue]);
    // The group hedges as long as one of its members has the time for it.
    let slow = "targets = [{ any_of = [\"a/x\", { model = \"b/x\", timeouts = { first_token = \"30s\" } }] }, \"a/y\"]";
    route(&format!("{slow}\nhedge = {{ after = \"29s\" }}"), &[]);
    route(&format!("{slow}\nhedge = {{ after = \"30s\" }}"), &[Id::TimeoutOrder]);
    // Clocks that could never fire, of the kind that was there before.
    route("timeouts = { first_token = \"5001ms\", total = \"5s\" }", &[Id::TimeoutOrder]);
    route("timeouts = { connect = \"5s\", first_token = \"5s\", total = \"5s\" }", &[]);
}

/// A file made of the reference's own column of defaults means the same as none.
#[test]
fn the_reference_states_the_defaults_that_are_in_force() {
    let defaults = |section: &str| -> String {
        let (_, rest) = REFERENCE.split_once(&format!("\n## {section}\n")).unwrap();
        let table = rest.split("\n## ").next().unwrap();
        let rows = table.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
        let lines = cells.map(|cells| format!("{} = {}", cells[1], cells[3]).replace('`', ""));
        lines.collect::<Vec<_>>().join("\n")
    };
    let top = format!("[breaker]\n{}\n[budgets]\n{}", defaults("[breaker]"), defaults("[budgets]"));
    let cache = defaults("`cache` of a route").replace('\n', ", ");
    let config = config(&top, &format!("targets = [\"a/x\"]\ncache = {{ {cache} }}"));
    assert_eq!((config.breaker, config.budgets), (Breaker::default(), Budgets::default()));
    assert_eq!(config.routes[0].cache, Some(Cache::default()));
    for (key, expected) in
        [("max_attempts", DEFAULT_MAX_ATTEMPTS.to_string()), ("max_wait", format!("{DEFAULT_MAX_WAIT:?}"))]
    {
        let row = REFERENCE.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).unwrap();
        assert!(row.replace('"', "").contains(&format!("| `{expected}` |")), "{row}");
    }
}

#[test]
fn the_example_uses_every_resilience_setting() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/resilience.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let tables = [
        handover_config::keys::BREAKER,
        handover_config::keys::BUDGETS,
        handover_config::keys::HEDGE,
        handover_config::keys::CACHE,
    ];
    let others = [
        "max_concurrency",
        "probe",
        "max_attempts",
        "max_wait",
        "hedge",
        "cache",
        "canary",
        "any_of",
        "mid_stream",
        "max_hand_overs",
        "commit_delay",
        "json_stream",
    ];
    for key in tables.iter().flat_map(|table| table.keys).chain(&others) {
        assert!(text.contains(&format!("{key} = ")), "`{key}` is not in the example");
    }
}
