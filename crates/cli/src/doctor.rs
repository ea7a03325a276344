//! `handover doctor`: whether everything that the configuration names works, and what to do where it does not.
//!
//! Without `--live` nothing is spent: keys are looked for, addresses are reached. With it each key is asked for one
//! real token from each of its models, as an attempt of the real engine: only that shows that a key works. No key is
//! ever written, only where it comes from.

mod advice;
mod finding;
mod keys;
mod live;
mod reach;

use crate::gateway::Gateway;
use crate::term::{colours, fail, say, width};
use crate::{EXIT_CONFIG, check};
use finding::{Finding, Findings};
use handover_config::{Config, Id, Loaded, Provider, ProviderDialect, Source, SystemEnv, Target, load};
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask each model for one real token with each key, which costs a few tokens
    #[arg(long)]
    live: bool,
    /// The configuration file [default: $HANDOVER_CONFIG, then ./handover.toml, then the environment alone]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write the findings as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> ExitCode {
    let source = Source::locate(args.config.as_deref(), &SystemEnv);
    let loaded = match load(&source, &SystemEnv) {
        Ok(loaded) => loaded,
        Err(report) => {
            say(report.render(colours(&SystemEnv), width(&SystemEnv)).trim_end());
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(Box::pin(examine(&args, &source, &loaded))),
        Err(e) => fail(&format!("the runtime could not be started: {e}")),
    }
}

async fn examine(args: &Args, source: &Source, loaded: &Loaded) -> ExitCode {
    let config = &loaded.config;
    let mut findings = Findings::new(args.json);
    look_at_config(&mut findings, source, loaded);
    let status = ask_gateway(&mut findings, args).await;
    let places = keys::Places::of(source);
    for provider in &config.providers {
        if !is_used(config, provider) {
            findings.add(Finding::warn(&provider.name, "no route uses it"));
            continue;
        }
        look_at_keys(&mut findings, provider, &places);
        look_at_address(&mut findings, config, provider).await;
    }
    if args.live {
        live::ask_all(&mut findings, config, &places).await;
    }
    if let Some(status) = &status {
        look_at_states(&mut findings, status);
    }
    findings.end(&targets_of(config), args.live)
}

/// The targets of all routes, each once.
fn targets_of(config: &Config) -> Vec<&Target> {
    let mut targets: Vec<&Target> = Vec::new();
    for target in config.routes.iter().flat_map(|route| &route.targets) {
        if !targets.iter().any(|other| other.id() == target.id()) {
            targets.push(target);
        }
    }
    targets
}

fn is_used(config: &Config, provider: &Provider) -> bool {
    targets_of(config).iter().any(|target| target.provider == provider.name)
}

fn look_at_config(findings: &mut Findings, source: &Source, loaded: &Loaded) {
    let name = match source {
        Source::File(path) | Source::Text { path, .. } => path.display().to_string(),
        Source::Environment => "no file, providers from the environment".to_owned(),
    };
    findings.add(Finding::ok("config", name));
    for route in &loaded.config.routes {
        findings.add(Finding::ok("config", format!("{} → {}", route.name, check::chain(&route.targets))));
    }
    for warning in loaded.warnings.diagnostics() {
        // What is left out for want of its key does not work; the rest is advice.
        let left_out = matches!(warning.id, Id::MissingEnv | Id::MissingFile);
        let finding = if left_out {
            Finding::fail("config", warning.message.clone())
        } else {
            Finding::warn("config", warning.message.clone())
        };
        findings.add(match &warning.help {
            Some(help) => finding.fix(help.clone()),
            None => finding,
        });
    }
}

/// How things stand at a gateway that runs at the configured address.
async fn ask_gateway(findings: &mut Findings, args: &Args) -> Option<Value> {
    findings.doing("looking for a gateway that runs");
    let gateway = Gateway::running(None, args.config.as_deref()).await.ok();
    let Some(gateway) = gateway else {
        findings.add(Finding::note("gateway", "none is running at the configured address"));
        return None;
    };
    findings.add(Finding::ok("gateway", format!("running at {}", gateway.address())));
    gateway.get_json("/api/status").await.ok().filter(|(code, _)| code.is_success()).map(|(_, status)| status)
}

fn look_at_keys(findings: &mut Findings, provider: &Provider, places: &keys::Places) {
    if provider.dialect == ProviderDialect::Local {
        return;
    }
    let found: Vec<String> = provider.keys.iter().map(|key| places.of_key(key)).collect();
    let told = match found.as_slice() {
        [] => "no key is configured, and none is sent".to_owned(),
        [one] => format!("key from {one}"),
        several => format!("{} keys, from {}", several.len(), several.join(" and ")),
    };
    findings.add(Finding::ok(&provider.name, told));
}

async fn look_at_address(findings: &mut Findings, config: &Config, provider: &Provider) {
    if provider.dialect == ProviderDialect::Local {
        for target in targets_of(config).into_iter().filter(|target| target.provider == provider.name) {
            findings.add(live::local_model(config, target));
        }
        return;
    }
    let finding = {
        findings.doing(&format!("reaching {}", provider.name));
        reach::reach(provider).await
    };
    findings.add(finding);
}

/// What a gateway that runs has learned about each target.
fn look_at_states(findings: &mut Findings, status: &Value) {
    let mut seen: Vec<&str> = Vec::new();
    let list = |value: &'_ Value, name: &str| value.get(name).and_then(Value::as_array).cloned();
    let routes = list(status, "routes").unwrap_or_default();
    let targets: Vec<Value> = routes.iter().filter_map(|route| list(route, "targets")).flatten().collect();
    for target in &targets {
        let text = |name: &str| target.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, state) = (text("id"), text("state"));
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let wait = target.get("tried_again_in_s").and_then(Value::as_f64);
        let again = wait.map(|s| format!(", tried again in {s:.0} s")).unwrap_or_default();
        let told = format!("{state} at the running gateway{again}");
        findings.add(match state {
            "resting" => Finding::warn(id, told)
                .fix("it failed there a moment ago; `handover why` and the gateway's log say how"),
            _ => Finding::ok(id, told),
        });
    }
}
