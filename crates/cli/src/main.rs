//! The `handover` command.
//!
//! # Purpose
//! Reads arguments, the configuration and the environment, and calls the crates that do the work. What a person
//! reads is written here; what is decided is not.
//!
//! # Invariants
//! * Data goes to standard output, everything else to standard error.
//! * An error says what happened and what to do, in one or two lines, and never shows a backtrace.
//! * Exit codes: 0 done, 1 failed, 2 wrong arguments, 78 wrong configuration. `status` has its own.

mod chat;
mod check;
mod completions;
mod doctor;
mod drill;
mod gateway;
mod init;
mod logging;
mod man;
mod model;
#[cfg(test)]
mod reference;
mod serve;
mod status;
mod term;
mod top;
mod units;
mod why;
mod words;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Exit code of a wrong configuration (`EX_CONFIG` of sysexits.h).
const EXIT_CONFIG: u8 = 78;

/// What every command's exit code means.
const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 failed, 2 wrong arguments, 78 wrong configuration; `status` has its own";

/// Keeps LLM applications answering when their provider does not.
#[derive(Debug, Parser)]
#[command(name = "handover", version, max_term_width = 80, disable_help_subcommand = true)]
#[command(after_help = EXIT_CODES)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the gateway, with a file or without
    ///
    /// Without a configuration file, the providers are those whose keys are in the environment, and the local model
    /// stands last.
    Serve(serve::Args),
    /// Write a configuration file of what this machine has
    ///
    /// It finds API keys in the environment and model servers on this machine, and asks who leads and who stands
    /// behind. Keys stay where they are: the file names their variables.
    Init(init::Args),
    /// Check a configuration file, and say how to mend it
    ///
    /// All mistakes at once, each with its place and its fix.
    Check(check::Args),
    /// Ask, or hold a conversation, and see which model answers
    Chat(chat::Args),
    /// Who would answer now. Exit code: 0 the lead, 1 a backup, 2 nobody
    Status(status::Args),
    /// How everything stands, live
    ///
    /// Who answers, how fast, what failed, what was handed over.
    Top(top::Args),
    /// The story of one request, in words
    ///
    /// Without an id, of the latest.
    Why(why::Args),
    /// Try keys, addresses and models, and say how to mend them
    Doctor(doctor::Args),
    /// Replay an outage, or simulate providers that fail on purpose
    Drill(drill::Args),
    /// Get, list and remove local models
    Model(model::Args),
    /// Print the completion script of a shell
    ///
    /// For bash: `handover completions bash > ~/.local/share/bash-completion/completions/handover`. For zsh: into a file
    /// `_handover` in a directory of `$fpath`. For fish: `~/.config/fish/completions/handover.fish`.
    Completions(completions::Args),
    /// Print the manual page, or write those of all commands
    Man(man::Args),
    /// The local engine's child process; started by `serve`
    #[cfg(feature = "local")]
    #[command(hide = true)]
    LocalWorker(model::WorkerArgs),
}

fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Command::Serve(args) => serve::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Chat(args) => chat::run(args),
        Command::Status(args) => status::run(args),
        Command::Top(args) => top::run(args),
        Command::Why(args) => why::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Drill(args) => drill::run(args),
        Command::Model(args) => model::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        #[cfg(feature = "local")]
        Command::LocalWorker(args) => model::work(args),
    }
}
