//! `handover drill provider`: one simulated provider on a port.

use std::net::SocketAddr;
use std::process::ExitCode;

use handover_drill::{Dialect, Playlist, ProviderArgs};

use crate::term::{fail, say};

/// Arguments of `drill provider`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4141")]
    listen: SocketAddr,
    /// openai, anthropic or cohere [default: all of them, by path]
    #[arg(long)]
    dialect: Option<Dialect>,
    /// What to do with requests: `ok`, `529`, `silent`, `ok cut@5`; several in turn: `529 then ok`
    #[arg(long, default_value = "ok")]
    script: Playlist,
    /// A script for one model: `gpt-4o=529`
    #[arg(long = "model", value_name = "MODEL=SCRIPT", value_parser = model_script)]
    models: Vec<(String, Playlist)>,
    /// Answer requests that the real provider would refuse, and ask for no key
    #[arg(long)]
    lenient: bool,
    /// As light as possible: record and check nothing
    #[arg(long)]
    bench: bool,
}

fn model_script(text: &str) -> Result<(String, Playlist), String> {
    let (model, script) = text.split_once('=').ok_or("write MODEL=SCRIPT, for instance gpt-4o=529")?;
    Ok((model.to_owned(), script.parse().map_err(|e: handover_drill::ParseError| e.to_string())?))
}

pub(super) fn run(args: Args) -> ExitCode {
    let Args { listen, dialect, script, models, lenient, bench } = args;
    let simulator = ProviderArgs { listen, dialect, script, models, lenient, bench }.simulator();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&format!("the runtime could not be started: {e}")),
    };
    runtime.block_on(async {
        match simulator.listen(listen).await {
            Ok(listening) => {
                say(&format!("simulated provider at {}", listening.url()));
                crate::serve::stop_signal().await;
                ExitCode::SUCCESS
            }
            Err(e) => fail(&format!("cannot listen on {listen}: {e}")),
        }
    })
}
