//! Rules about who depends on what.

use crate::tree::{Dependency, built_from, dependencies, none, root};

/// Direct dependencies that `wrong` picks.
fn at_fault(wrong: impl Fn(&Dependency) -> bool) -> Vec<String> {
    let describe = |d: Dependency| format!("{} depends on {} {:?}", d.of, d.name, d.features);
    dependencies().into_iter().filter(|d| wrong(d)).map(describe).collect()
}

#[test]
fn only_upstream_is_able_to_speak_http_as_a_client() {
    let client = |d: &Dependency| {
        let client_part = d.features.iter().any(|feature| feature.starts_with("client") || feature == "full");
        matches!(d.name.as_str(), "hyper" | "hyper-util") && client_part
            || matches!(d.name.as_str(), "tokio-rustls" | "h2" | "socket2" | "rustls")
    };
    none(
        &at_fault(|d| client(d) && d.of != "handover-upstream"),
        "timeouts, pools and back-pressure of outbound traffic are in one place, handover-upstream:",
    );
}

#[test]
fn sockets_are_within_reach_only_of_crates_with_a_reason() {
    // server, drill, local and the command listen; the benchmark is a client by trade and no part of the product.
    let allowed =
        ["upstream", "server", "drill", "local", "cli", "bench"].map(|name| format!("handover-{name}"));
    let net = |d: &Dependency| {
        d.name == "tokio" && d.features.iter().any(|feature| feature == "net" || feature == "full")
    };
    none(
        &at_fault(|d| net(d) && !allowed.contains(&d.of)),
        "a crate that needs the network goes through handover-upstream:",
    );
}

#[test]
fn wire_formats_and_decisions_stay_pure() {
    let io = ["mio", "socket2", "hyper", "hyper-util", "rustls", "async-std", "smol"];
    for (package, also) in [("handover-dialect", Some("tokio")), ("handover-policy", None)] {
        let reached: Vec<String> = built_from(package, &[])
            .into_iter()
            .filter(|built| {
                let name = built.split(' ').next().unwrap();
                io.contains(&name) || Some(name) == also
            })
            .collect();
        none(
            &reached,
            &format!("{package} does no I/O, so that a whole outage can be tested in milliseconds:"),
        );
    }
}

#[test]
fn a_build_without_the_local_engine_stays_small() {
    const LIMIT: usize = 300;
    let packages = built_from("handover-cli", &["--no-default-features"]);
    assert!(
        packages.len() <= LIMIT,
        "{} packages, the limit is {LIMIT}: each is code to trust and time to build",
        packages.len()
    );
    let engine: Vec<String> = packages.into_iter().filter(|name| name.starts_with("llama-cpp")).collect();
    none(&engine, "without default features no C++ is built:");
}

#[test]
fn every_crate_obeys_the_workspace_lints() {
    let manifests = crate::tree::sources().into_iter().filter(|source| source.path.ends_with("Cargo.toml"));
    let silent: Vec<String> = manifests
        .filter(|source| source.text.contains("[package]") && !source.text.contains("[lints]"))
        .map(|source| source.path)
        .collect();
    none(&silent, "a crate without `[lints] workspace = true` is outside of the house rules:");
}

#[test]
fn configuration_and_wire_types_do_not_meet() {
    let domain =
        ["handover-dialect", "handover-policy", "handover-upstream", "handover-dispatch", "handover-local"];
    none(
        &at_fault(|d| d.of == "handover-config" && d.name.starts_with("handover-")),
        "the file's types know nothing of the rest, so that the file can stay as it is when the rest changes:",
    );
    none(
        &at_fault(|d| domain.contains(&d.of.as_str()) && d.name == "handover-config"),
        "the command converts the configuration into what these crates take:",
    );
}

#[test]
fn every_dependency_is_explained() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let reasons = architecture.split("## Dependencies").nth(1).unwrap();
    let explained = |name: &str| {
        reasons
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .any(|cell| cell.split([',', ' ']).any(|n| n == name))
    };
    let ours = |d: &Dependency| d.name.starts_with("handover-");
    // The benchmark and the rules themselves are no part of the product.
    let product = |d: &Dependency| d.of != "handover-bench" && d.of != "handover-tidy";
    let mut missing = at_fault(|d| product(d) && !ours(d) && !explained(&d.name));
    missing.sort();
    none(&missing, "every dependency is a decision; its reason stands in ARCHITECTURE.md, \"Dependencies\":");
}
