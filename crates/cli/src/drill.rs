//! `handover drill`: outages replayed, and simulated providers.

mod live;
mod play;
mod provider;
mod schedule;

use std::process::ExitCode;

use handover_replay::builtin;

use crate::term::out;

/// Arguments of `drill`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    play: Option<play::Drill>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Name the built-in scenarios
    List,
    /// Serve a simulated provider on a port
    Provider(provider::Args),
}

pub(crate) fn run(args: Args) -> ExitCode {
    match (args.command, args.play) {
        (Some(Command::Provider(args)), _) => provider::run(args),
        (None, Some(args)) => play::run(&args),
        // clap asks for a scenario where there is no subcommand, so that this is `list` alone.
        (Some(Command::List) | None, _) => list(),
    }
}

fn list() -> ExitCode {
    let widest = builtin::list().iter().map(|entry| entry.id.len()).max().unwrap_or(0);
    for entry in builtin::list() {
        let line = format!("{:4} {:widest$}  {}\n", entry.number, entry.id, entry.scenario().title);
        if !out(&line) {
            break;
        }
    }
    ExitCode::SUCCESS
}
