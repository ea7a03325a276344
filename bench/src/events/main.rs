//! What one event of a healthy stream costs, counted in instructions and not in time.
//!
//! # Purpose
//! A change of a few per cent cannot be seen in CPU time on a machine that does other work. Callgrind counts the
//! instructions that the gateway executes outside the kernel, and gives nearly the same number in every run.
//!
//! # How
//! The real binary runs under `valgrind --tool=callgrind`, between a caller and a simulated provider in this process.
//! It relays short streams, and in a second run as many long ones; the difference between the two counts, divided by the
//! difference in events, is free of the start, of connections and of requests.
//!
//! Each lane is measured twice: with every event in a read of its own, as providers send them (the next event leaves
//! when the caller has the one before), and with all events at once, where the reader's own work counts most.

#![expect(clippy::print_stdout, reason = "a command-line tool: the table is its output")]
#![expect(clippy::print_stderr, reason = "a command-line tool: progress goes to stderr")]

mod provider;

use clap::Parser;
use handover_bench::Result;
use handover_bench::exchange::Answer;
use handover_bench::gateway::Gateway;
use handover_bench::prose::{self, Space};
use provider::{Dialect, Provider, Writes};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Counts instructions for each event of a healthy stream.
#[derive(Debug, Parser)]
#[command(name = "handover-events")]
struct Args {
    /// A gateway's binary; the second and every further one is compared with the first: name=FILE
    #[arg(long = "handover", value_name = "NAME=FILE", required = true)]
    binaries: Vec<String>,
    /// Streams in each run
    #[arg(long, default_value_t = 4)]
    streams: usize,
    /// Only lanes whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Keeps callgrind's files here, for callgrind_annotate
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// Events with text in a short and in a long stream. The long one is a little shorter than the essay, so that nothing in
/// it comes twice.
const LENGTHS: [usize; 2] = [100, 900];

/// Whose stream is read, and whose is written.
#[derive(Debug, Clone, Copy)]
struct Lane {
    name: &'static str,
    caller: Dialect,
    provider: Dialect,
}

const LANES: [Lane; 4] = [
    Lane { name: "OpenAI, forwarded", caller: Dialect::OpenAi, provider: Dialect::OpenAi },
    Lane { name: "Anthropic, forwarded", caller: Dialect::Anthropic, provider: Dialect::Anthropic },
    Lane { name: "OpenAI to Anthropic", caller: Dialect::OpenAi, provider: Dialect::Anthropic },
    Lane { name: "Anthropic to OpenAI", caller: Dialect::Anthropic, provider: Dialect::OpenAi },
];

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(table(&args))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn table(args: &Args) -> Result<()> {
    let binaries: Vec<(&str, &Path)> = args
        .binaries
        .iter()
        .map(|text| text.split_once('=').map(|(name, file)| (name, Path::new(file))))
        .collect::<Option<_>>()
        .ok_or("--handover takes name=FILE")?;
    println!("instructions for each event, outside the kernel");
    print!("{:<22} {:<9}", "caller to provider", "events");
    for (name, _) in &binaries {
        print!(" {name:>10}");
    }
    println!("{:>9}", "growth");
    for lane in LANES.iter().filter(|lane| args.only.as_ref().is_none_or(|text| lane.name.contains(text))) {
        for writes in [Writes::OneByOne, Writes::AtOnce] {
            let mut counts = Vec::new();
            for (name, binary) in &binaries {
                eprintln!("{}, {}: {name}", lane.name, writes.name());
                let mut totals = Vec::new();
                for length in LENGTHS {
                    totals.push(run(binary, lane, writes, args, length, name).await?);
                }
                let events = args.streams.max(1) * (LENGTHS[1] - LENGTHS[0]);
                counts.push(totals[1].saturating_sub(totals[0]) as f64 / events as f64);
            }
            print!("{:<22} {:<9}", lane.name, writes.name());
            for count in &counts {
                print!(" {count:>10.0}");
            }
            match (counts.first(), counts.last()) {
                (Some(first), Some(last)) if counts.len() > 1 => {
                    println!(" {:>+7.1}%", (last / first - 1.0) * 100.0)
                }
                _ => println!(),
            }
        }
    }
    Ok(())
}

/// Relays streams of this many pieces; gives how many instructions the gateway's whole life took.
async fn run(
    binary: &Path,
    lane: &Lane,
    writes: Writes,
    args: &Args,
    length: usize,
    name: &str,
) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let counted = match &args.keep {
        Some(keep) => keep.join(format!(
            "callgrind.{name}.{}.{}.{length}",
            lane.name.replace([',', ' '], "_"),
            writes.name().replace(' ', "_")
        )),
        None => folder.path().join("callgrind.out"),
    };
    let provider = Provider::open(lane.provider, writes).await?;
    let config = format!(
        "[providers.upstream]\ndialect = \"{}\"\nbase_url = \"http://{}{}\"\napi_keys = [\"env:BENCH_KEY\"]\n\n\
         [routes.default]\ntargets = [\"upstream/bench-model\"]\n",
        lane.provider.name(),
        provider.address,
        lane.provider.base(),
    );
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", counted.display())).arg(binary);
    let gateway = Gateway::start(command, folder.path(), &config).await?;
    for _ in 0..args.streams.max(1) {
        stream(&gateway, lane.caller, &provider, length).await?;
    }
    gateway.end().await?;
    let text = std::fs::read_to_string(&counted)?;
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    Ok(total.ok_or("callgrind counted nothing")?.trim().parse()?)
}

/// Reads one stream whole, and lets the provider go on whenever a piece has come.
async fn stream(gateway: &Gateway, caller: Dialect, provider: &Provider, length: usize) -> Result<()> {
    let body = format!(
        r#"{{"model":"default","max_tokens":4000,"stream":true,"messages":[{{"role":"user","content":"length {length}"}}]}}"#
    );
    let mut answer = Answer::of(gateway.address, caller.path(), &body).await?;
    let mut text = String::new();
    while let Some(pieces) = answer.next().await? {
        let came = pieces.iter().filter(|piece| !piece.is_empty()).count();
        provider.came(came);
        text.extend(pieces);
    }
    if text == prose::pieces(0, length, Space::InFront).concat() {
        Ok(())
    } else {
        Err("the text is not the one that was sent".into())
    }
}
