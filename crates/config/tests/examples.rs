//! The examples work, a snapshot holds what the file says, and the environment alone is enough.

#![expect(clippy::panic, reason = "helpers of tests fail like tests")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use handover_config::{
    Config, Id, Loaded, LogFormat, LogLevel, MapEnv, MidStream, ProviderDialect, Source, Target, load,
};
use secrecy::ExposeSecret;

fn all_keys() -> MapEnv {
    MapEnv::new([
        ("HOME", "/home/someone"),
        ("OPENAI_API_KEY", "sk-first"),
        ("OPENAI_API_KEY_2", "sk-second"),
        ("ANTHROPIC_API_KEY", "sk-ant"),
        ("CO_API_KEY", "co"),
        ("OPENROUTER_API_KEY", "or"),
        ("GROQ_API_KEY", "gsk"),
        ("DEEPSEEK_API_KEY", "ds"),
        ("AZURE_EU_API_KEY", "eu"),
        ("AZURE_US_API_KEY", "us"),
    ])
}

fn load_text(text: &str, env: &MapEnv) -> Loaded {
    load(&Source::Text { path: "handover.toml".into(), text: text.into() }, env)
        .unwrap_or_else(|report| panic!("{}", report.render(false, 100)))
}

fn from_env<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Loaded {
    load(&Source::Environment, &MapEnv::new(pairs))
        .unwrap_or_else(|report| panic!("{}", report.render(false, 100)))
}

fn targets(config: &Config) -> Vec<String> {
    config.routes[0].targets.iter().map(Target::id).collect()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

#[test]
fn whoever_copies_an_example_gets_one_that_works() {
    let mut seen = 0;
    for entry in std::fs::read_dir(example("")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            seen += 1;
            let loaded = load(&Source::File(path.clone()), &all_keys())
                .unwrap_or_else(|report| panic!("{}", report.render(false, 100)));
            assert!(loaded.warnings.is_empty(), "{}", loaded.warnings.render(false, 100));
            assert!(!loaded.config.routes.is_empty());
        }
    }
    assert!(seen >= 8, "only {seen} examples");
}

#[test]
fn a_backup_gets_its_own_prompt_and_settings() {
    let config = load(&Source::File(example("two-providers.toml")), &all_keys()).unwrap().config;
    let route = config.route("gpt-3.5-turbo").unwrap();
    assert_eq!(route.name, "default");
    assert_eq!(route.total, Duration::from_secs(120));
    let [lead, claude, cohere] = route.targets.as_slice() else { panic!("{:?}", route.targets) };
    assert_eq!((lead.signal, claude.signal, cohere.signal), (Some(4), Some(3), Some(2)));
    assert_eq!(lead.system, None);
    assert!(claude.system.as_deref().unwrap().starts_with("You are the assistant of a help desk."));
    assert_eq!(claude.temperature, Some(0.3));
    assert_eq!(claude.timeouts.total, Duration::from_secs(120));
}

#[test]
fn a_second_key_is_there_when_the_first_is_refused() {
    let config = load(&Source::File(example("same-model-two-keys.toml")), &all_keys()).unwrap().config;
    let keys: Vec<_> = config.providers[0].keys.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(keys, ["sk-first", "sk-second"]);
}

#[test]
fn every_setting_reaches_the_snapshot() {
    let config = load_text(
        r#"
        listen = "localhost:4141"
        [limits]
        max_body = "1MiB"
        max_header_bytes = 16384
        body_timeout = "1s"
        header_timeout = "2s"
        write_timeout = "3s"
        max_connections = 7
        [log]
        level = "debug"
        format = "json"
        access = false
        [providers.one]
        dialect = "anthropic"
        base_url = "https://example.com/anthropic/"
        api_key = "env:ANTHROPIC_API_KEY"
        headers = { "X-Team" = "search", "x-key" = "env:GROQ_API_KEY" }
        http2 = true
        anthropic_version = "2026-10-21"
        [providers.two]
        dialect = "local"
        slots = 2
        context = 4096
        threads = 3
        preload = true
        hang_timeout = "5s"
        [routes.r]
        aliases = ["a"]
        mid_stream = "stop"
        targets = ["one/m", { model = "two/m/n", system = "s", temperature = 1, top_p = 0.5, max_tokens = 9,
          signal = 2, context = 8192, vision = true, tools = false, json = true }]
        "#,
        &all_keys(),
    )
    .config;
    assert_eq!(config.listen.to_string(), "127.0.0.1:4141");
    assert_eq!((config.limits.max_body, config.limits.max_header_bytes), (1 << 20, 16_384));
    assert_eq!(config.limits.body_timeout, Duration::from_secs(1));
    assert_eq!(config.limits.header_timeout, Duration::from_secs(2));
    assert_eq!(config.limits.write_timeout, Duration::from_secs(3));
    assert_eq!(config.limits.max_connections, 7);
    assert_eq!(
        (config.log.level, config.log.format, config.log.access),
        (LogLevel::Debug, LogFormat::Json, false)
    );
    assert_eq!(config.home, PathBuf::from("/home/someone/.local/share/handover"));
    let one = config.provider("one").unwrap();
    assert_eq!(one.base_url.as_deref(), Some("https://example.com/anthropic"));
    let headers: Vec<_> =
        one.headers.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    assert_eq!(headers, [("x-team", "search"), ("x-key", "gsk")]);
    assert!(one.http2);
    assert_eq!(one.anthropic_version, "2026-10-21");
    let two = config.provider("two").unwrap();
    assert_eq!((two.dialect, two.base_url.as_deref()), (ProviderDialect::Local, None));
    assert_eq!((two.local.slots, two.local.context, two.local.threads), (2, Some(4096), Some(3)));
    assert!(two.local.preload);
    assert_eq!(two.local.hang_timeout, Duration::from_secs(5));
    let route = &config.routes[0];
    assert_eq!((route.mid_stream, route.total), (MidStream::Stop, Duration::from_secs(600)));
    let backup = &route.targets[1];
    assert_eq!((backup.provider.as_str(), backup.model.as_str()), ("two", "m/n"));
    assert_eq!(
        (backup.system.as_deref(), backup.temperature, backup.top_p),
        (Some("s"), Some(1.0), Some(0.5))
    );
    assert_eq!((backup.max_tokens, backup.signal, backup.context), (Some(9), Some(2), Some(8192)));
    assert_eq!((backup.vision, backup.tools, backup.json), (Some(true), Some(false), Some(true)));
}

#[test]
fn the_clock_nearest_to_the_target_counts() {
    let config = load_text(
        r#"
        [providers.a]
        dialect = "openai"
        base_url = "http://127.0.0.1:8000/v1"
        timeouts = { connect = "3s", stall = "33s", progress = "66s" }
        [providers.l]
        dialect = "local"
        [routes.r]
        targets = [{ model = "a/x", timeouts = { stall = "11s" } }, "a/x2", "l/y"]
        timeouts = { stall = "22s", first_token = "5s", total = "100s" }
        "#,
        &all_keys(),
    )
    .config;
    let check = |place: usize, expected: [u64; 5]| {
        let clocks = config.routes[0].targets[place].timeouts;
        let all = [clocks.connect, clocks.first_token, clocks.stall, clocks.progress, clocks.total];
        assert_eq!(all.map(|clock| clock.as_secs()), expected, "target {place}");
    };
    check(0, [3, 5, 11, 66, 100]);
    check(1, [3, 5, 22, 66, 100]);
    check(2, [300, 5, 22, 60, 100]);
    let direct = config.provider("a").unwrap().timeouts;
    assert_eq!(
        (direct.connect.as_secs(), direct.first_token.as_secs(), direct.total.as_secs()),
        (3, 10, 600)
    );
}

#[test]
fn without_keys_or_a_file_the_local_model_answers() {
    let loaded = from_env([]);
    assert_eq!(targets(&loaded.config), ["local/smollm2-135m-instruct"]);
    assert_eq!(loaded.config.listen.to_string(), "127.0.0.1:4040");
    assert!(loaded.warnings.is_empty());
}

#[test]
fn keys_in_the_environment_put_their_providers_before_the_local_model() {
    let loaded = from_env([
        ("CO_API_KEY", "co"),
        ("OPENAI_API_KEY", " sk-1\n"),
        ("ANTHROPIC_API_KEY", "sk-ant"),
        ("OPENAI_BASE_URL", "https://eu.api.openai.com/v1/"),
        ("CO_API_URL", "https://cohere.example.com"),
        ("HANDOVER_LISTEN", "127.0.0.1:5050"),
    ]);
    let config = loaded.config;
    assert_eq!(
        targets(&config),
        [
            "openai/gpt-4o-mini",
            "anthropic/claude-haiku-4-5",
            "cohere/command-a-03-2025",
            "local/smollm2-135m-instruct"
        ]
    );
    assert_eq!(config.listen.port(), 5050);
    assert_eq!(config.providers[0].keys[0].expose_secret(), "sk-1");
    let urls: Vec<_> = config.providers.iter().map(|provider| provider.base_url.as_deref()).collect();
    assert_eq!(
        urls,
        [
            Some("https://eu.api.openai.com/v1"),
            Some("https://api.anthropic.com"),
            Some("https://cohere.example.com"),
            None
        ]
    );
    let signals: Vec<_> = config.routes[0].targets.iter().map(|target| target.signal).collect();
    assert_eq!(signals, [Some(4), None, None, None]);
}

#[test]
fn the_address_applications_use_does_not_send_handover_to_itself() {
    let loaded = from_env([("OPENAI_API_KEY", "sk-1"), ("OPENAI_BASE_URL", "http://127.0.0.1:4040/v1")]);
    assert_eq!(loaded.warnings.diagnostics()[0].id, Id::ProviderLoop);
    assert_eq!(loaded.config.providers[0].base_url.as_deref(), Some("https://api.openai.com/v1"));
}

#[test]
fn a_wrong_variable_is_named() {
    let env =
        MapEnv::new([("OPENAI_API_KEY", "sk-1"), ("OPENAI_BASE_URL", "nonsense"), ("HANDOVER_LISTEN", "x")]);
    let report = load(&Source::Environment, &env).unwrap_err();
    let expected = expect_test::expect![[r"
        error[bad-address]: `$HANDOVER_LISTEN` is not an address and a port
        --> the environment
         = help: for example HANDOVER_LISTEN=127.0.0.1:4040

        error[bad-url]: `$OPENAI_BASE_URL` is not a base URL: it must start with http:// or https://
        --> the environment
         = help: for example https://api.openai.com/v1

        2 errors in the environment
    "]];
    expected.assert_eq(&report.render(false, 100));
}

#[test]
fn a_key_is_not_in_what_is_logged_of_a_configuration() {
    let text = "[providers.a]\ndialect = \"openai\"\nbase_url = \"https://x.example/v1\"\napi_keys = [\"hunter2-in-the-file\", \"env:OPENAI_API_KEY\"]\nheaders = { \"x-a\" = \"hunter2-header\" }\n[routes.r]\ntargets = [\"a/x\"]\n";
    let loaded = load_text(text, &MapEnv::new([("OPENAI_API_KEY", "hunter2-env")]));
    assert_eq!(loaded.config.providers[0].keys.len(), 2);
    let warnings = &loaded.warnings;
    for shown in
        [format!("{loaded:?}"), format!("{:#?}", loaded.config), warnings.render(true, 80), warnings.json()]
    {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_named_file_comes_before_the_usual_one() {
    let env = MapEnv::new([("HANDOVER_CONFIG", "/etc/handover.toml")]);
    let check = |given: Option<&str>, env: &MapEnv, expected: Source| {
        assert_eq!(Source::locate(given.map(Path::new), env), expected);
    };
    check(Some("mine.toml"), &env, Source::File("mine.toml".into()));
    check(None, &env, Source::File("/etc/handover.toml".into()));
    // Tests run in the crate's directory, where there is no handover.toml.
    check(None, &MapEnv::default(), Source::Environment);
}

#[test]
fn keys_and_prompts_are_found_beside_the_file_and_not_beside_the_shell() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("key"), "sk-from-file\n").unwrap();
    let text =
        "[providers.a]\ndialect = \"openai\"\napi_key = \"file:key\"\n[routes.r]\ntargets = [\"a/x\"]\n";
    let file = dir.path().join("handover.toml");
    std::fs::write(&file, text).unwrap();
    let config = load(&Source::File(file), &MapEnv::default()).unwrap().config;
    assert_eq!(config.providers[0].keys[0].expose_secret(), "sk-from-file");
}
