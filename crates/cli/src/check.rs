//! `handover check`.

use crate::EXIT_CONFIG;
use crate::term::{colours, out, say, width};
use clap::ValueEnum;
use handover_config::{Report, Source, SystemEnv, load, load_offline};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file [default: $HANDOVER_CONFIG, then ./handover.toml, then the environment alone]
    file: Option<PathBuf>,
    /// Do not look up keys: check a file on a machine that has none
    #[arg(long)]
    offline: bool,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: a list of findings on standard output
    Json,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let source = Source::locate(args.file.as_deref(), &SystemEnv);
    let loaded = if args.offline { load_offline(&source, &SystemEnv) } else { load(&source, &SystemEnv) };
    let (report, good) = match &loaded {
        Ok(loaded) => (&loaded.warnings, true),
        Err(report) => (report, false),
    };
    show(report, args.format);
    match loaded {
        Ok(loaded) if good => {
            if matches!(args.format, Format::Text) {
                for route in &loaded.config.routes {
                    let chain: Vec<String> = route.targets.iter().map(handover_config::Target::id).collect();
                    say(&format!("ok: {} → {}", route.name, chain.join(" → ")));
                }
            }
            ExitCode::SUCCESS
        }
        Ok(_) | Err(_) => ExitCode::from(EXIT_CONFIG),
    }
}

fn show(report: &Report, format: Format) {
    match format {
        Format::Json => {
            let mut json = report.json();
            json.push('\n');
            out(&json);
        }
        Format::Text if report.is_empty() => {}
        Format::Text => say(report.render(colours(&SystemEnv), width(&SystemEnv)).trim_end()),
    }
}
