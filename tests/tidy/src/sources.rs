//! Rules about what the source says.

use crate::tree::{none, places, sources};

#[test]
fn outbound_connections_are_opened_in_upstream_only() {
    let opens =
        ["TcpStream::connect", "UnixStream::connect", "TcpSocket::new", "UdpSocket::bind", "lookup_host("];
    let elsewhere = |path: &str| !path.starts_with("crates/upstream/") && !path.starts_with("bench/");
    none(&places(elsewhere, &opens), "only handover-upstream opens outbound sockets:");
}

#[test]
fn no_queue_is_unbounded() {
    // Clippy cannot ban this one: the function is gone when tokio is built without its feature.
    none(
        &places(|_| true, &["unbounded_channel", "mpsc::unbounded", "channel::unbounded", "UnboundedSender"]),
        "back-pressure goes from the client to the provider; a queue without a bound hides a stall until memory ends:",
    );
}

#[test]
fn every_endpoint_takes_the_one_path() {
    let once = |folder: &'static str, call: &'static str, why: &str| {
        let calls = places(|path| path.starts_with(folder), &[call]);
        assert!(calls.len() == 1, "{why}\n  {}", calls.join("\n  "));
    };
    once(
        "crates/dispatch/",
        "upstream.send(",
        "a provider is asked in one place, with its clocks and its record:",
    );
    once("crates/server/", "dispatch(&", "every endpoint calls dispatch through one function:");
}

#[test]
fn only_dialects_write_the_end_of_a_stream() {
    let others = |path: &str| {
        ["crates/dispatch/", "crates/server/", "crates/upstream/", "crates/policy/"]
            .iter()
            .any(|folder| path.starts_with(folder))
    };
    none(
        &places(others, &["[DONE]", "message_stop", "message-end"]),
        "a stream's clean end is written where the provider's own end was read, so that a cut one cannot get it:",
    );
}

#[test]
fn answers_do_not_depend_on_hidden_randomness() {
    let pure = |path: &str| path.starts_with("crates/policy/") || path.starts_with("crates/dialect/");
    none(
        &places(pure, &["thread_rng", "rand::rng()", "getrandom", "RandomState::new"]),
        "randomness is passed in, so that a run can be repeated from its seed:",
    );
}

#[test]
fn every_crate_says_what_it_is_for() {
    let crate_root = |path: &str| {
        let member =
            path.starts_with("crates/") || path.starts_with("bench/") || path.starts_with("tests/tidy/");
        let folders = path.matches('/').count();
        let depth = if path.starts_with("bench/") { 2 } else { 3 };
        member && folders == depth && (path.ends_with("src/lib.rs") || path.ends_with("src/main.rs"))
    };
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|source| crate_root(&source.path))
        .filter(|source| source.text.lines().take_while(|line| line.starts_with("//!")).count() < 4)
        .map(|source| source.path)
        .collect();
    none(&silent, "a crate's root begins with its purpose and its invariants:");
}

#[test]
fn files_stay_short_enough_to_read() {
    const LIMIT: usize = 600;
    let code = ["rs", "py", "mjs", "js", "sh", "ts", "tsx"];
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|source| code.iter().any(|extension| source.is(extension)))
        // What is built from `ui/` is one file of many.
        .filter(|source| !source.path.starts_with("crates/server/ui/"))
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, _)| *lines > LIMIT)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    none(&long, "a file over 600 lines is two rooms without a wall:");
}

#[test]
fn nothing_is_left_open_in_the_code() {
    // Put together here, so that this file does not find itself.
    let marks = [
        concat!("#[", "ignore"),
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("pytest.mark.", "skip"),
    ];
    none(
        &lines_with(&["rs", "py", "mjs", "sh"], &marks),
        "a test that is skipped or a part that is missing:",
    );
}

#[test]
fn no_test_waits_for_a_fixed_time() {
    let sleeps = [concat!("thread::", "sleep"), concat!("time.", "sleep")];
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.is("rs") || source.is("py")) {
        let waiting = source.tests().filter(|(_, line)| sleeps.iter().any(|word| line.contains(word)));
        found.extend(waiting.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())));
    }
    none(
        &found,
        "a test pauses the clock or waits for the event itself; a sleep is slow on a good day and wrong on a bad one:",
    );
}

#[test]
fn the_tree_names_no_registry_host_and_no_machine() {
    let words = [
        concat!("crates", ".io"),
        concat!("pypi", ".org"),
        concat!("npmjs", ".org"),
        concat!("npmjs", ".com"),
        concat!("deb.deb", "ian.org"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/tmp/hand", "over-"),
    ];
    let code = ["rs", "py", "mjs", "js", "sh", "md", "toml", "json", "html", "yml", "run"];
    none(
        &lines_with(&code, &words),
        "packages come from wherever the user's tools get them, on any machine:",
    );
}

/// Lines of any part of the tree, tests and comments included, that hold one of `words`.
fn lines_with(extensions: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources() {
        if extensions.iter().any(|extension| source.is(extension)) || source.path == ".ci/run" {
            for (at, line) in source.text.lines().enumerate() {
                if words.iter().any(|word| line.contains(word)) {
                    found.push(format!("{}:{}: {}", source.path, at + 1, line.trim()));
                }
            }
        }
    }
    found
}
