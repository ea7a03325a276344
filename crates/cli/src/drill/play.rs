//! `handover drill SCENARIO`: plays an outage with every strategy, and says how it went.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use handover_config::{Env as _, SystemEnv};
use handover_replay::file::{LoadError, load};
use handover_replay::{CannotRun, Report, Run, Scenario, builtin, run_all};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::live;
use crate::EXIT_CONFIG;
use crate::term::{colours, fail, out, say};

/// Wrong arguments, as clap ends with them.
const EXIT_USAGE: u8 = 2;

/// Arguments of a drill.
#[derive(Debug, clap::Args)]
pub(super) struct Drill {
    /// A built-in scenario, see `handover drill list`, or a TOML file
    scenario: String,
    /// Draw anew which request meets which fault; `random` is another scenario for each seed
    #[arg(long)]
    seed: Option<u64>,
    /// Print one JSON document on standard output
    #[arg(long, conflicts_with = "live")]
    json: bool,
    /// With --json: every request and attempt, too
    #[arg(long, requires = "json")]
    records: bool,
    /// Write the report as one page that needs no network
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    html: Option<PathBuf>,
    /// Serve the simulated providers on real sockets, on ports from this one on, instead of replaying
    #[arg(long, value_name = "ADDRESS")]
    live: Option<SocketAddr>,
    /// With --live: the scenario's clock runs so many times as fast
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed, requires = "live")]
    speed: f64,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "write a number, for instance 60".to_owned())?;
    if speed > 0.0 && speed <= 1e6 {
        Ok(speed)
    } else {
        Err("write a number above 0, up to 1000000".to_owned())
    }
}

pub(super) fn run(args: &Drill) -> ExitCode {
    let scenario = match find(args) {
        Ok(scenario) => scenario,
        Err(code) => return code,
    };
    if let Some(address) = args.live {
        return live::run(&scenario, address, args.speed);
    }
    let runs = match play(&scenario) {
        Ok(runs) => runs,
        Err(error) => return fail(&error.to_string()),
    };
    let again = again(args, &scenario);
    let report = Report { scenario: &scenario, runs: &runs, again: &again };
    if let Err(code) = publish(args, &report) {
        return code;
    }
    judge(&report)
}

/// The scenario that was asked for, or the exit code after saying why there is none.
fn find(args: &Drill) -> Result<Scenario, ExitCode> {
    let name = args.scenario.as_str();
    let path = Path::new(name);
    let is_file = path.extension().is_some_and(|end| end == "toml") || path.components().count() > 1;
    if is_file {
        let mut scenario = load(path).map_err(|error| broken(&error))?;
        scenario.seed = args.seed.unwrap_or(scenario.seed);
        return Ok(scenario);
    }
    let found = match args.seed {
        Some(seed) => builtin::find_seeded(name, seed),
        None => builtin::find(name),
    };
    found.ok_or_else(|| {
        let meant = builtin::nearest(name).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        say(&format!("error: there is no scenario `{name}`{meant}"));
        say("help: `handover drill list` names all; a scenario of your own is a file whose name ends in .toml");
        ExitCode::from(EXIT_USAGE)
    })
}

fn broken(error: &LoadError) -> ExitCode {
    match error {
        LoadError::Unreadable { .. } => say(&format!("error: {error}")),
        LoadError::Mistakes(mistakes) => say(mistakes.render(colours(&SystemEnv)).trim_end()),
    }
    ExitCode::from(EXIT_CONFIG)
}

/// The command that plays the same again.
fn again(args: &Drill, scenario: &Scenario) -> String {
    let quoted = if args.scenario.contains(|c: char| !c.is_ascii_alphanumeric() && !"./-_".contains(c)) {
        format!("'{}'", args.scenario.replace('\'', "'\\''"))
    } else {
        args.scenario.clone()
    };
    format!("handover drill {quoted} --seed {}", scenario.seed)
}

/// Plays all strategies, and shows that something happens; nothing where standard error is no terminal.
fn play(scenario: &Scenario) -> Result<Vec<Run>, CannotRun> {
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
    bar.set_message(format!("playing {} three times", scenario.id));
    bar.enable_steady_tick(Duration::from_millis(120));
    let runs = run_all(scenario);
    bar.finish_and_clear();
    runs
}

/// Writes the report wherever it was asked for.
fn publish(args: &Drill, report: &Report<'_>) -> Result<(), ExitCode> {
    if let Some(file) = &args.html {
        std::fs::write(file, report.html())
            .map_err(|error| fail(&format!("{} cannot be written: {error}", file.display())))?;
    }
    if args.json {
        let document = report.json(args.records).map_err(|error| fail(&error.to_string()))?;
        out(&document);
    } else {
        out(&report.terminal(colours_out()));
    }
    if let Some(file) = &args.html {
        say(&format!("the report is in {}", file.display()));
    }
    Ok(())
}

/// Whether standard output takes colours.
fn colours_out() -> bool {
    std::io::stdout().is_terminal()
        && SystemEnv.get("NO_COLOR").is_none()
        && SystemEnv.get("TERM").as_deref() != Some("dumb")
}

/// Success when every target is met and no rule is broken, so that a CI can ask.
fn judge(report: &Report<'_>) -> ExitCode {
    if report.is_good() {
        return ExitCode::SUCCESS;
    }
    for metric in report.missed() {
        say(&format!("missed: {}", Report::miss(metric)));
    }
    let broken: usize = report.runs.iter().map(|run| run.violations.len()).sum();
    if broken > 0 {
        say(&format!("broken: {broken} violations of what must never happen"));
    }
    ExitCode::FAILURE
}
