//! One real token from each model with each key, through the engine that also serves.

use super::advice::fix;
use super::finding::{Finding, Findings};
use super::keys::Places;
use super::targets_of;
use crate::units::human;
use handover_config::{Config, Provider, ProviderDialect, Target};
use handover_server::{LocalProgram, assemble};
use std::sync::Arc;

/// Asks every target with every key.
pub(crate) async fn ask_all(findings: &mut Findings, config: &Config, places: &Places) {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(e) => {
            return findings.add(Finding::fail("doctor", format!("this program cannot find itself: {e}")));
        }
    };
    let engine = match assemble(config, 0, &LocalProgram { program, seed: 0 }, Arc::new(())) {
        Ok(engine) => engine,
        Err(e) => return findings.add(Finding::fail("config", e.to_string())),
    };
    for target in targets_of(config) {
        let (Some(provider), id) = (config.provider(&target.provider), target.id()) else { continue };
        if findings.has_failed(&provider.name) || findings.has_failed(&id) {
            findings.add(Finding::note(&id, "not asked, because of what does not work above"));
            continue;
        }
        let mut all = engine.routes.iter().flat_map(|(_, targets)| targets);
        let Some(made) = all.find(|made| *made.id == *id).cloned() else { continue };
        for key in 0..made.provider.key_count() {
            let label = key_label(provider, places, key);
            let loading =
                if provider.dialect == ProviderDialect::Local { ", which loads it first" } else { "" };
            findings.doing(&format!("asking {id} for one token{}{loading}", with(&label)));
            let finding =
                match Box::pin(engine.probe(&made, Some(key), true)).await.map(|probed| probed.result) {
                    Some(Ok(took)) => {
                        let seen = format!("first token after {}{}", human(took), with(&label));
                        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                        Finding { first_token_ms: Some(ms), ..Finding::ok(&id, seen) }
                    }
                    Some(Err((code, words))) => Finding::fail(&id, format!("{words}{}", with(&label)))
                        .fix(fix(code, provider, &target.model, &label)),
                    None => Finding::fail(&id, "it takes no request now").fix(fix(
                        "at_capacity",
                        provider,
                        &target.model,
                        &label,
                    )),
                };
            findings.add(finding);
        }
    }
    engine.upstream.shutdown().await;
}

/// A key by its place and its variable; nothing for a provider without keys.
fn key_label(provider: &Provider, places: &Places, key: usize) -> String {
    provider.keys.get(key).map(|secret| places.of_key(secret)).unwrap_or_default()
}

fn with(label: &str) -> String {
    if label.is_empty() { String::new() } else { format!(", key from {label}") }
}

/// Whether the file of a local model is there.
#[cfg(feature = "local")]
pub(crate) fn local_model(config: &Config, target: &Target) -> Finding {
    let store = handover_local::store::Store::new(&config.home);
    match store.resolve(&target.model) {
        Ok(path) => {
            let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
            Finding::ok(&target.id(), format!("model file is here ({} MB)", bytes / 1_000_000))
        }
        Err(e) => Finding::fail(&target.id(), e.to_string())
            .fix(format!("get it with `handover model pull {}`", target.model)),
    }
}

#[cfg(not(feature = "local"))]
pub(crate) fn local_model(_: &Config, target: &Target) -> Finding {
    Finding::fail(&target.id(), "this build has no local engine (feature `local`)")
        .fix("take it out of the route, or use a build with the feature")
}
