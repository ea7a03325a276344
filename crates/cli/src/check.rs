//! `handover check`.

use crate::EXIT_CONFIG;
use crate::term::{colours, out, say, width};
use clap::ValueEnum;
use handover_config::{Report, Source, SystemEnv, Target, load, load_offline};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration file [default: $HANDOVER_CONFIG, then ./handover.toml, then the environment alone]
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
                    say(&format!("ok: {} → {}", route.name, chain(&route.targets)));
                }
            }
            ExitCode::SUCCESS
        }
        Ok(_) | Err(_) => ExitCode::from(EXIT_CONFIG),
    }
}

/// The chain of a route: its targets in order, each group of equals as one link.
pub(crate) fn chain(targets: &[Target]) -> String {
    let links = targets.chunk_by(|a, b| a.group.is_some() && a.group == b.group).map(|link| match link {
        [one] => one.id(),
        equals => {
            let ids: Vec<String> = equals.iter().map(Target::id).collect();
            format!("one of ({})", ids.join(", "))
        }
    });
    links.collect::<Vec<_>>().join(" → ")
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

#[cfg(test)]
mod tests {
    use super::*;
    use handover_config::{ProviderDialect, Timeouts};

    fn check(targets: &[(&str, Option<u32>)], expected: &str) {
        let timeouts = Timeouts::defaults(ProviderDialect::OpenAi);
        let made = |(model, group): &(&str, Option<u32>)| Target {
            group: *group,
            ..Target::new("p", model, timeouts)
        };
        let targets: Vec<Target> = targets.iter().map(made).collect();
        assert_eq!(chain(&targets), expected);
    }

    #[test]
    fn equals_do_not_look_like_a_lead_and_its_backup() {
        check(&[("a", None), ("b", None)], "p/a → p/b");
        check(&[("a", Some(1)), ("b", Some(1)), ("c", None)], "one of (p/a, p/b) → p/c");
        check(
            &[("a", Some(1)), ("b", Some(1)), ("c", Some(2)), ("d", Some(2))],
            "one of (p/a, p/b) → one of (p/c, p/d)",
        );
        check(&[("a", None), ("b", Some(3)), ("c", Some(3))], "p/a → one of (p/b, p/c)");
    }
}
