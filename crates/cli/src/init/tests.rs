//! Every file that `init` can write is one that `check` takes.

use super::find::{Found, Kind, names};
use super::plan::Plan;
use super::servers::Server;
use super::vendors::{COMPATIBLE, VENDORS};
use super::{Args, text};
use expect_test::{Expect, expect};
use handover_config::{Env, MapEnv, Source, load};
use std::net::SocketAddr;

const KEY: &str = "sk-secret-0123456789";

fn server(name: &'static str, title: &'static str, port: u16, models: &[&str]) -> Server {
    let models = models.iter().map(|model| (*model).to_owned()).collect();
    Server { name, title, at: SocketAddr::from(([127, 0, 0, 1], port)), models }
}

fn ollama() -> Server {
    server("ollama", "Ollama", 11434, &["llama3.2", "qwen3:8b"])
}

fn vllm() -> Server {
    server("vllm", "vLLM", 8000, &["meta-llama/Llama-3.1-8B-Instruct"])
}

/// What is asked for when nothing is said.
fn plain() -> Args {
    Args { route_name: "default".to_owned(), ..Args::default() }
}

fn with(providers: &[&str]) -> Args {
    Args { providers: providers.iter().map(|name| (*name).to_owned()).collect(), ..plain() }
}

/// The file that these flags give on a machine with that environment and these servers.
fn file(args: &Args, env: &dyn Env, servers: &[Server]) -> Result<String, String> {
    let (mut found, _) = Found::in_environment(env).map_err(|report| report.render(false, 100))?;
    found.add_servers(servers.to_vec());
    let text = text::of(&Plan::without_questions(args, &found)?);
    let source = Source::Text { path: "handover.toml".into(), text: text.clone() };
    load(&source, env).map_err(|report| format!("{}\n{text}", report.render(false, 100)))?;
    Ok(text)
}

fn check(args: &Args, pairs: &[(&str, &str)], servers: &[Server], expected: &Expect) {
    let env = MapEnv::new(pairs.iter().copied());
    expected.assert_eq(&file(args, &env, servers).unwrap_or_else(|why| format!("refused: {why}\n")));
}

#[test]
fn every_file_it_writes_passes_the_check() {
    let variables: Vec<&str> = VENDORS
        .iter()
        .flat_map(|vendor| vendor.variables)
        .chain(COMPATIBLE.iter().flat_map(|vendor| vendor.variables))
        .copied()
        .collect();
    let servers = [ollama(), vllm()];
    for keys in 0..1_usize << variables.len() {
        let is_set = |at: &usize| keys & (1 << at) != 0;
        let set: Vec<(&str, &str)> =
            (0..variables.len()).filter(is_set).map(|at| (variables[at], KEY)).collect();
        let env = MapEnv::new(set.iter().copied());
        // All combinations of keys; those of servers turn with them.
        let here = &servers[..keys % 3];
        let text = file(&plain(), &env, here).unwrap_or_else(|why| panic!("{set:?} {here:?}: {why}"));
        assert!(!text.contains(KEY), "a key stands in the file of {set:?}");
        if keys % 97 == 0 {
            let without = Args { no_local: true, ..plain() };
            assert_eq!(file(&without, &env, here).is_ok(), !set.is_empty() || !here.is_empty(), "{set:?}");
        }
    }
}

#[test]
fn each_provider_can_be_asked_for_before_its_key_is_there() {
    for name in names() {
        let text = file(&with(&[name]), &MapEnv::new([]), &[]).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(text.contains("_API_KEY\"]"), "{text}");
    }
}

#[test]
fn names_and_addresses_that_would_break_the_file_are_refused_or_quoted() {
    let route = |name: &str| Args { route_name: name.to_owned(), ..plain() };
    let outcome = |args: &Args| file(args, &MapEnv::new([("OPENAI_API_KEY", KEY)]), &[ollama()]);
    for name in ["a.b", "a\"b", "a\\b", "a#b", "[x]", "gpt-4o-mini", "a/b"] {
        let text = outcome(&route(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(text.contains("[routes."), "{text}");
    }
    for name in ["", "a b", "ä", "openai/x"] {
        assert!(outcome(&route(name)).is_err(), "{name}");
    }
    let at = |listen: &str| Args { listen: listen.parse().ok(), ..plain() };
    assert!(outcome(&at("127.0.0.1:11434")).is_err_and(|why| why.contains("Ollama listens on port 11434")));
    assert!(outcome(&at("0.0.0.0:4040")).is_ok());
}

#[test]
fn a_wrong_name_says_which_are_right() {
    let refused = |names: &[&str]| file(&with(names), &MapEnv::new([]), &[]).unwrap_err();
    assert!(refused(&["openia"]).contains("known here: openai, anthropic, cohere, mistral"));
    assert!(refused(&["ollama"]).contains("Ollama does not answer at 127.0.0.1:11434"));
    assert!(refused(&["openai", "openai"]).contains("twice"));
}

#[test]
fn an_address_bent_to_a_local_server_is_that_server() {
    let bent = [("OPENAI_API_KEY", "ollama-key"), ("OPENAI_BASE_URL", "http://localhost:11434/v1/")];
    let (mut found, _) = Found::in_environment(&MapEnv::new(bent)).unwrap();
    found.add_servers(vec![ollama()]);
    let kinds: Vec<bool> = found.candidates.iter().map(|one| matches!(one.kind, Kind::Key { .. })).collect();
    assert!(!kinds.contains(&true), "{:?}", found.candidates);
}

#[test]
fn two_servers_of_one_kind_are_told_apart() {
    let (mut found, _) = Found::in_environment(&MapEnv::new([])).unwrap();
    found.add_servers(vec![vllm(), server("vllm", "vLLM", 8001, &["m"])]);
    let names: Vec<&str> = found.candidates.iter().map(|one| one.name.as_str()).collect();
    assert!(names.starts_with(&["vllm", "vllm-2"]), "{names:?}");
}

#[test]
fn three_hosted_models_and_the_local_one_behind_them() {
    let keys = [("OPENAI_API_KEY", KEY), ("ANTHROPIC_API_KEY", KEY), ("COHERE_API_KEY", KEY)];
    check(
        &plain(),
        &keys,
        &[],
        &expect![[r##"
            # Configuration of Handover, written by `handover init`.
            # `handover check` tells what is wrong after a change, `handover doctor --live` what does not work.
            # All settings: docs/reference/config.md

            listen = "127.0.0.1:4040" # applications: base_url = "http://127.0.0.1:4040/v1"

            # No key stands in this file: `env:NAME` is read from the environment at the start.

            [providers.openai]
            dialect = "openai"
            api_keys = ["env:OPENAI_API_KEY"] # more than one: the next when one is refused

            [providers.anthropic]
            dialect = "anthropic"
            api_keys = ["env:ANTHROPIC_API_KEY"] # more than one: the next when one is refused

            [providers.cohere]
            dialect = "cohere"
            api_keys = ["env:COHERE_API_KEY"] # more than one: the next when one is refused

            [providers.local]
            dialect = "local" # the engine inside Handover: no key, no network

            # Who answers a request for the model "default": the first of these that can.
            # A backup may say how close it is to the lead: signal = 3 (good), 2 (reduced) or 1 (basic).
            [routes.default]
            targets = [
              "openai/gpt-4o-mini",                                  # lead
              "anthropic/claude-haiku-4-5",                          # backup
              "cohere/command-a-03-2025",                            # backup
              { model = "local/smollm2-135m-instruct", signal = 1 }, # last resort: it talks, and little more
            ]
            aliases = ["gpt-4o-mini"] # names that applications ask for already
        "##]],
    );
}

#[test]
fn a_server_on_this_machine_leads_where_there_is_no_key() {
    check(
        &plain(),
        &[],
        &[ollama()],
        &expect![[r##"
            # Configuration of Handover, written by `handover init`.
            # `handover check` tells what is wrong after a change, `handover doctor --live` what does not work.
            # All settings: docs/reference/config.md

            listen = "127.0.0.1:4040" # applications: base_url = "http://127.0.0.1:4040/v1"

            [providers.ollama]
            dialect = "openai" # the API it speaks; it asks for no key
            base_url = "http://127.0.0.1:11434/v1"
            timeouts = { first_token = "60s" } # it may have to load the model first

            [providers.local]
            dialect = "local" # the engine inside Handover: no key, no network

            # Who answers a request for the model "default": the first of these that can.
            # A backup may say how close it is to the lead: signal = 3 (good), 2 (reduced) or 1 (basic).
            [routes.default]
            targets = [
              "ollama/llama3.2",                                     # lead
              { model = "local/smollm2-135m-instruct", signal = 1 }, # last resort: it talks, and little more
            ]
            # aliases = ["gpt-4o-mini"] # names that applications ask for already
        "##]],
    );
}

#[test]
fn a_machine_with_nothing_gets_the_local_model_alone() {
    check(
        &plain(),
        &[],
        &[],
        &expect![[r##"
            # Configuration of Handover, written by `handover init`.
            # `handover check` tells what is wrong after a change, `handover doctor --live` what does not work.
            # All settings: docs/reference/config.md

            listen = "127.0.0.1:4040" # applications: base_url = "http://127.0.0.1:4040/v1"

            [providers.local]
            dialect = "local" # the engine inside Handover: no key, no network

            # Who answers a request for the model "default": the first of these that can.
            [routes.default]
            targets = [
              "local/smollm2-135m-instruct", # lead
            ]
            # aliases = ["gpt-4o-mini"] # names that applications ask for already
        "##]],
    );
}
