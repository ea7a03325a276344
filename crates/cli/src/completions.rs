//! `handover completions`: a script for a shell, made from the commands as they are.

use crate::term::out;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use std::process::ExitCode;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut shown(&crate::Args::command()), "handover", &mut script);
    out(&String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}

/// The command without what is hidden: the generator would offer `local-worker`, which is no command for people.
fn shown(command: &Command) -> Command {
    Command::new("handover")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(command.get_arguments().cloned())
        .subcommands(command.get_subcommands().filter(|below| !below.is_hide_set()).cloned())
}
