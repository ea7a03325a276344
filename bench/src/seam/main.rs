//! The gap that a reader sees when an answer is handed over in its middle.
//!
//! # What is measured
//! The time from the cut to the next visible character, less the time that the next target itself took for its first
//! token. What is left is the gateway's: noticing the cut, asking, and holding text until it is known how it joins.
//!
//! # How
//! The real binary, real sockets of this machine, default settings. A lead writes a part of an answer and closes its
//! connection in the middle of the body; a backup goes on after its own first-token delay, at a steady pace. Both are
//! in this process, so that one clock times the cut, the question, the first token and the character that is seen.
//! Every hand-over has a lead model of its own: otherwise the gateway would soon stop asking a lead that always breaks.
//!
//! The answer is English prose with common words that come again and again, from another place each time.
//! A hand-over counts only when the caller ends with exactly the text that one target alone would have written.

#![expect(clippy::print_stdout, reason = "a command-line tool: the table is its output")]
#![expect(clippy::print_stderr, reason = "a command-line tool: progress goes to stderr")]

mod backup;
mod lead;
mod plan;
mod report;

use clap::Parser;
use handover_bench::Result;
use handover_bench::exchange::Answer;
use handover_bench::gateway::Gateway;
use plan::{Case, Ledger, Way};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// Measures the gap of hand-overs in the middle of answers.
#[derive(Debug, Parser)]
#[command(name = "handover-seam")]
struct Args {
    /// The gateway's binary
    #[arg(long, env = "HANDOVER_BIN", value_name = "FILE")]
    handover: PathBuf,
    /// Hand-overs for each way of asking
    #[arg(long, default_value_t = 400)]
    cases: usize,
    /// Answers under way at once
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// Milliseconds until the backup's first token
    #[arg(long, default_value_t = 40)]
    first: u64,
    /// Milliseconds between its tokens
    #[arg(long, default_value_t = 10)]
    pace: u64,
    /// Prints JSON in place of the table
    #[arg(long)]
    json: bool,
}

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure(&args))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(args: &Args) -> Result<()> {
    let pace = Duration::from_millis(args.pace);
    let mut report = report::Report::new(pace);
    for way in Way::ALL {
        let ledger = Arc::new(Ledger::new(args.cases));
        let mut serving = JoinSet::new();
        let lead = lead::open(&mut serving, Arc::clone(&ledger)).await?;
        let first = Duration::from_millis(args.first);
        let backup = backup::open(&mut serving, Arc::clone(&ledger), first, pace).await?;
        let folder = tempfile::tempdir()?;
        let gateway = Gateway::start(
            Command::new(&args.handover),
            folder.path(),
            &config(way, args.cases, lead, backup),
        )
        .await?;
        let failures = hand_overs(args, way, gateway.address, &ledger).await;
        gateway.end().await?;
        report.add(way, &ledger, failures);
        keep_log(folder.path(), report.has_failures())?;
    }
    eprint!("\r\x1b[K");
    if args.json {
        println!("{}", report.json());
    } else {
        print!("{}", report.table());
    }
    report.failures().map_or(Ok(()), |failures| Err(failures.into()))
}

/// Plays every case; gives what went wrong.
async fn hand_overs(args: &Args, way: Way, gateway: SocketAddr, ledger: &Arc<Ledger>) -> Vec<String> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..args.at_once.clamp(1, 64) {
        let (next, ledger, cases) = (Arc::clone(&next), Arc::clone(ledger), args.cases);
        callers.spawn(async move {
            let mut failures = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= cases {
                    return failures;
                }
                eprint!("\r\x1b[K{}: {} of {cases}", way.name(), number + 1);
                let outcome = timeout(LIMIT, read(gateway, &Case::of(number), &ledger)).await;
                if let Err(error) = outcome.unwrap_or_else(|_| Err("it did not end".into())) {
                    failures.push(format!("{}, case {number}: {error}", way.name()));
                }
            }
        });
    }
    callers.join_all().await.concat()
}

/// Reads one answer, and notes when the first character behind the cut came.
async fn read(gateway: SocketAddr, case: &Case, ledger: &Ledger) -> Result<()> {
    let body = format!(
        r#"{{"model":"route-{}","stream":true,"messages":[{{"role":"system","content":"Write well."}},{{"role":"user","content":"{}"}}]}}"#,
        case.number,
        case.question()
    );
    let mut answer = Answer::of(gateway, "/v1/chat/completions", &body).await?;
    let (mut text, begun) = (String::new(), case.begun().len());
    while let Some(pieces) = answer.next().await? {
        let now = Instant::now();
        text.extend(pieces);
        if text.len() > begun {
            ledger.note(case.number, |times| _ = times.seen.get_or_insert(now));
        }
    }
    if text == case.whole() { Ok(()) } else { Err(format!("another text: {text:?}").into()) }
}

/// Default settings but for the budget: hand-overs without any other traffic would use it up.
fn config(way: Way, cases: usize, lead: SocketAddr, backup: SocketAddr) -> String {
    let mut config = format!(
        "[budgets]\nwaste_floor = 100000000\n\n\
         [providers.lead]\ndialect = \"openai\"\nbase_url = \"http://{lead}/v1\"\napi_keys = [\"env:BENCH_KEY\"]\n\n\
         [providers.backup]\ndialect = \"openai\"\nbase_url = \"http://{backup}/v1\"\n\
         api_keys = [\"env:BENCH_KEY\"]\nprefill = \"{}\"\n",
        way.word()
    );
    for number in 0..cases {
        // Writing to a String cannot fail.
        let _ = write!(
            config,
            "\n[routes.route-{number}]\ntargets = [\"lead/model-{number}\", \"backup/bench-model\"]\n"
        );
    }
    config
}

/// A failure is looked into with the gateway's own log.
fn keep_log(folder: &Path, wanted: bool) -> Result<()> {
    if wanted {
        let kept = std::env::temp_dir().join("handover-seam.log");
        std::fs::copy(folder.join("handover.log"), &kept)?;
        eprintln!("\nthe gateway's log: {}", kept.display());
    }
    Ok(())
}
