//! Side-by-side load: the same requests sent direct, through nginx and through Handover.
//!
//! # Purpose
//! One number alone says little about a gateway on a busy two-core machine. So all targets run in turn within one
//! run, several rounds of it, and what counts is the ratio to nginx in the same round.
//!
//! # What is measured
//! * Latency as the client sees it, whole answers: p50 and p99.
//! * CPU time of the measured process and its children, from the kernel's per-thread nanosecond counters. It hardly
//!   depends on what else runs, which makes it the number to trust.
//! * The highest resident memory during the shape.
//!
//! # How
//! The load generator and the upstream are plain sockets, one thread each and in two processes, so that they take
//! as little as possible of the machine that they share with what they measure. The provider simulator of the
//! `drill` crate is not used here for that reason: it is built to misbehave in any way asked for, not to be cheap.
//! nginx runs one worker without access log and without buffering, with keep-alive on both sides.

#![expect(clippy::print_stdout, reason = "a command-line tool: the table is its output")]
#![expect(clippy::print_stderr, reason = "a command-line tool: progress goes to stderr")]

mod http1;
mod load;
mod report;
mod shape;
mod targets;
mod upstream;

use clap::Parser;
use handover_bench::Result;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Runs the same load direct, through nginx and through Handover, in turn.
#[derive(Debug, Parser)]
#[command(name = "handover-bench")]
struct Args {
    /// The gateway's binary; without it only the other targets run
    #[arg(long, value_name = "FILE")]
    handover: Option<PathBuf>,
    /// Another gateway to measure, already running in front of the upstream that --upstream-listen names:
    /// name=http://HOST:PORT, with #PID at the end to read its CPU time and memory
    #[arg(long = "target", value_name = "NAME=URL[#PID]")]
    targets: Vec<String>,
    /// Where the upstream listens; a free port of this machine unless told
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    upstream_listen: String,
    /// How often every target is measured per shape
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of measured load per target, shape and round
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Only shapes whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Prints JSON in place of the table
    #[arg(long)]
    json: bool,
    /// Runs only the upstream, for trying a gateway by hand
    #[arg(long)]
    serve_upstream: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    let outcome = runtime.block_on(async {
        if args.serve_upstream { upstream::serve(&args.upstream_listen).await } else { bench(&args).await }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(what: &str) -> ExitCode {
    eprintln!("error: {what}");
    ExitCode::FAILURE
}

async fn bench(args: &Args) -> Result<()> {
    let house = targets::House::start(args.handover.as_deref(), &args.targets, &args.upstream_listen).await?;
    let mut report = report::Report::default();
    let length = Duration::from_secs_f64(args.seconds.clamp(0.2, 60.0));
    let wanted =
        |shape: &&shape::Shape| args.only.as_ref().is_none_or(|text| shape.name.contains(text.as_str()));
    for shape in shape::ALL.iter().filter(wanted) {
        for round in 1..=args.rounds.clamp(1, 20) {
            for target in house.targets() {
                eprint!("\r\x1b[K{}: round {round} of {}: {}", shape.name, args.rounds, target.name);
                report.add(shape, &target.name, load::run(shape, target, length).await?);
            }
        }
    }
    eprint!("\r\x1b[K");
    if args.json {
        println!("{}", report.json());
    } else {
        print!("{}", report.table());
    }
    report.failures().map_or(Ok(()), |failures| Err(failures.into()))
}
