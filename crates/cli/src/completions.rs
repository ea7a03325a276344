//! `handover completions`: a script for a shell, made from the commands as they are.

use crate::term::out;
use clap::CommandFactory;
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
    clap_complete::generate(args.shell, &mut crate::Args::command(), "handover", &mut script);
    out(&String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}
