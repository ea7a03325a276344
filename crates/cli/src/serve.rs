//! `handover serve`.

use crate::term::{colours, fail, out, say, width};
use crate::{EXIT_CONFIG, logging};
use handover_config::{Config, Route, Source, SystemEnv, load};
use handover_policy::Signal;
use handover_server::{LocalProgram, Server, Stopping, Telemetry, assemble};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration file [default: $HANDOVER_CONFIG, then ./handover.toml, then the environment alone]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen, instead of the configuration's `listen`
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let config = match configuration(args.config.as_deref()) {
        Ok(config) => config,
        Err(code) => return code,
    };
    logging::start(&config.log, colours(&SystemEnv));
    // Requests are served by threads of the server's own; this one accepts, supervises and listens for signals.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&format!("the runtime could not be started: {e}")),
    };
    runtime.block_on(serve(&config, args.listen.unwrap_or(config.listen)))
}

/// Reads the configuration, showing what is wrong or worth a word.
pub(crate) fn configuration(file: Option<&std::path::Path>) -> Result<Config, ExitCode> {
    let source = Source::locate(file, &SystemEnv);
    let (colours, width) = (colours(&SystemEnv), width(&SystemEnv));
    match load(&source, &SystemEnv) {
        Ok(loaded) => {
            if !loaded.warnings.is_empty() {
                say(loaded.warnings.render(colours, width).trim_end());
            }
            Ok(loaded.config)
        }
        Err(report) => {
            say(report.render(colours, width).trim_end());
            Err(ExitCode::from(EXIT_CONFIG))
        }
    }
}

/// Builds the server of a configuration.
pub(crate) fn server(config: &Config) -> Result<Server, String> {
    let program = std::env::current_exe().map_err(|e| format!("this program cannot find itself: {e}"))?;
    let telemetry = Arc::new(Telemetry::new(config));
    let engine = assemble(config, seed(), &LocalProgram { program, seed: seed() }, telemetry.clone())
        .map_err(|e| e.to_string())?;
    Ok(Server::new(engine, config, telemetry))
}

/// A seed that differs from run to run: the one place where randomness comes from outside.
fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

async fn serve(config: &Config, listen: SocketAddr) -> ExitCode {
    let server = match server(config) {
        Ok(server) => server,
        Err(e) => {
            say(&format!("error: {e}"));
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(e) => {
            return fail(&format!(
                "cannot listen on {listen}: {e}\n  help: stop what uses that port, or choose another with --listen"
            ));
        }
    };
    let address = listener.local_addr().unwrap_or(listen);
    out(&banner(config, address));
    #[cfg(feature = "local")]
    for missing in missing_models(config) {
        say(&format!("warning: {missing}"));
    }
    server.preload(config);
    match server.serve(listener, stop_signal()).await {
        Ok(Stopping::Drained) => say("stopped; every answer was finished"),
        Ok(Stopping::Cut) => say("stopped; answers that took longer than 30 s were cut"),
        Err(e) => return fail(&format!("the serving threads could not be started: {e}")),
    }
    ExitCode::SUCCESS
}

/// Local models that a route asks for and that are not here yet, each with how to get it.
#[cfg(feature = "local")]
fn missing_models(config: &Config) -> std::collections::BTreeSet<String> {
    let store = handover_local::store::Store::new(&config.home);
    let is_local = |name: &str| {
        config.provider(name).is_some_and(|p| p.dialect == handover_config::ProviderDialect::Local)
    };
    let targets = config.routes.iter().flat_map(|route| &route.targets).filter(|t| is_local(&t.provider));
    targets
        .filter_map(|target| store.resolve(&target.model).err())
        .map(|missing| missing.to_string())
        .collect()
}

/// The address, the chain, and how to point a client at it.
fn banner(config: &Config, address: SocketAddr) -> String {
    let mut text = format!(
        "handover {}\n  OpenAI clients     base_url = \"http://{address}/v1\"\n  Anthropic clients  base_url = \"http://{address}\"\n",
        env!("CARGO_PKG_VERSION")
    );
    if cfg!(feature = "ui") {
        text.push_str(&format!("  Chat and status    http://{address}/ and http://{address}/status\n"));
    }
    for route in &config.routes {
        text.push_str(&describe(route));
    }
    let model = config.routes.first().map_or("default", |r| r.name.as_str());
    text.push_str(&format!(
        "try it:\n  curl http://{address}/v1/chat/completions -H 'content-type: application/json' \\\n    -d '{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"user\", \"content\": \"Say hello\"}}]}}'\n  handover chat \"Say hello\"\nctrl-c stops it\n"
    ));
    text
}

/// A route's chain, one target a line: who leads, who stands behind.
fn describe(route: &Route) -> String {
    let mut text = format!("  model \"{}\"\n", route.name);
    let mut before: Option<&handover_config::Target> = None;
    for target in &route.targets {
        let signal = Signal::of(target.signal);
        // Members of a group of equals stand in one place of the chain.
        let role = match before.replace(target) {
            None => "first",
            Some(before) if target.group.is_some() && before.group == target.group => "or",
            Some(_) => "then",
        };
        text.push_str(&format!("    {role:<5} {} {:<8} {}\n", signal.bars(), signal.word(), target.id()));
    }
    text
}

/// Resolves when the process is asked to stop (ctrl-c, or SIGTERM). A second ctrl-c ends it at once.
pub(crate) async fn stop_signal() {
    let interrupt = async {
        // Without a handler the default one ends the process, which is a stop too.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    () = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => interrupt.await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
