//! `handover init`: writes a configuration of what this machine has.
//!
//! # Purpose
//! A first file that works, with the reason for each line beside it. Keys in the environment and model servers on
//! this machine are found; who leads and who stands behind is asked, or taken in the usual order.
//!
//! # Invariants
//! * No key is read further than to see that it can be sent, none is shown, and none gets into the file: the file
//!   holds `env:NAME`.
//! * A file that is there is not touched without `--force`, and a file is there whole or not at all.
//! * What is written has passed what `handover check` does.
//! * The same machine and the same answers give the same file, whether a person or a flag answered.

mod ask;
mod find;
mod place;
mod plan;
mod servers;
#[cfg(test)]
mod tests;
mod text;
mod vendors;

use crate::term::{colours, fail, out, say, width};
use crate::words::init as words;
use crate::{EXIT_CONFIG, check};
use find::{Candidate, Found};
use handover_config::{Config, Env, Loaded, Source, SystemEnv, load};
use place::Place;
use plan::Plan;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `init`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// The file to write; - for standard output
    #[arg(long, default_value = "handover.toml", value_name = "FILE")]
    output: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// Ask nothing: take everything found, in the usual order
    #[arg(long, short)]
    yes: bool,
    /// Who answers, the lead first; repeat for each backup. Asks nothing
    #[arg(long = "provider", value_name = "NAME")]
    providers: Vec<String>,
    /// Leave out the local model, which otherwise stands last
    #[arg(long)]
    no_local: bool,
    /// The route's name: what applications write as `model`
    #[arg(long, value_name = "NAME", default_value = handover_config::DEFAULT_ROUTE)]
    route_name: String,
    /// A model name that applications ask for already; repeat for more
    #[arg(long = "alias", value_name = "MODEL")]
    aliases: Vec<String>,
    /// Where the gateway will listen [default: $HANDOVER_LISTEN, then 127.0.0.1:4040]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// Why nothing was written.
#[derive(Debug)]
enum Stop {
    /// In words, with what to do.
    Failed(String),
    /// The person at the terminal went away.
    LeftByUser,
    /// The environment or the answers are no valid configuration; that has been said.
    Invalid,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match init(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Failed(why)) => fail(&why),
        Err(Stop::LeftByUser) => {
            say(words::LEFT);
            ExitCode::FAILURE
        }
        Err(Stop::Invalid) => {
            say(words::NOTHING_WRITTEN);
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

fn init(args: &Args) -> Result<(), Stop> {
    // Before any question: answers must not be asked for in vain.
    let place = Place::prepare(&args.output, args.force).map_err(Stop::Failed)?;
    let found = look_around()?;
    let plan = if asks(args) {
        let lines: Vec<String> = found.candidates.iter().map(Candidate::line).collect();
        say(&words::found(&lines));
        ask::plan(args, &found, &place)?
    } else {
        Plan::without_questions(args, &found).map_err(Stop::Failed)?
    };
    let text = text::of(&plan);
    let loaded = validate(&place, &text)?;
    place.write(&text).map_err(Stop::Failed)?;
    report(&place, &text, &plan, &loaded.config);
    Ok(())
}

/// Whether there is somebody to ask, and anything that flags leave open.
fn asks(args: &Args) -> bool {
    let terminal = std::io::stdin().is_terminal()
        && std::io::stderr().is_terminal()
        && SystemEnv.get("TERM").as_deref() != Some("dumb");
    terminal && !args.yes && args.providers.is_empty()
}

fn look_around() -> Result<Found, Stop> {
    let (mut found, warnings) = Found::in_environment(&SystemEnv).map_err(|report| {
        say(report.render(colours(&SystemEnv), width(&SystemEnv)).trim_end());
        Stop::Invalid
    })?;
    if !warnings.is_empty() {
        say(warnings.render(colours(&SystemEnv), width(&SystemEnv)).trim_end());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Stop::Failed(format!("the runtime could not be started: {e}")))?;
    let addresses = servers::addresses(&SystemEnv).map_err(Stop::Failed)?;
    found.add_servers(runtime.block_on(servers::find(addresses)));
    Ok(found)
}

/// What `handover check` does, on a text that is no file yet.
fn validate(place: &Place, text: &str) -> Result<Loaded, Stop> {
    let source = Source::Text { path: place.path().to_owned(), text: text.to_owned() };
    let shown = |report: &handover_config::Report| {
        if !report.is_empty() {
            say(report.render(colours(&SystemEnv), width(&SystemEnv)).trim_end());
        }
    };
    match load(&source, &SystemEnv) {
        Ok(loaded) => {
            shown(&loaded.warnings);
            Ok(loaded)
        }
        Err(report) => {
            shown(&report);
            Err(Stop::Invalid)
        }
    }
}

/// Shows what was written and what comes next.
fn report(place: &Place, text: &str, plan: &Plan, config: &Config) {
    if place.is_standard_output() {
        out(text);
    } else {
        say(&words::wrote(place.path(), text));
    }
    for route in &config.routes {
        say(&format!("ok: {} → {}", route.name, check::chain(&route.targets)));
    }
    if plan.is_only_local() {
        say(&format!("\n{}", words::NO_KEY));
    }
    let file = (!place.is_usual()).then(|| place.path());
    let pull = plan.local_model().filter(|model| is_missing(model, config));
    say(&words::next(file, pull, plan.reached_at()));
}

/// Whether the file of a local model still has to be fetched.
#[cfg(feature = "local")]
fn is_missing(model: &str, config: &Config) -> bool {
    handover_local::store::Store::new(&config.home).resolve(model).is_err()
}

#[cfg(not(feature = "local"))]
fn is_missing(_: &str, _: &Config) -> bool {
    false
}
