//! `docs/reference/cli.md`, made from the commands as they are, and rules for what their help says.
//!
//! A test compares; `UPDATE_EXPECT=1 cargo test -p handover-cli reference` writes.

use clap::{Arg, Command, CommandFactory};
use expect_test::expect_file;
use std::fmt::Write;

/// What every command has, and nobody needs to be told of each.
const EVERYWHERE: [&str; 2] = ["help", "version"];

const HEAD: &str = "# Commands

<!-- Made from the program by `UPDATE_EXPECT=1 cargo test -p handover-cli reference`. Change the program, not this page. -->

`handover COMMAND --help` says the same in the terminal, `handover man` as a manual page.
Data goes to standard output, everything else to standard error.

## Exit codes

| code | means |
|---|---|
| 0 | done |
| 1 | failed; the last lines say why and what to do |
| 2 | wrong arguments |
| 78 | wrong configuration; each mistake is shown with its place and its fix |

`handover status` has its own: 0 the lead answers, 1 a backup answers, 2 nobody can.

## Environment

| variable | means |
|---|---|
| `HANDOVER_CONFIG` | the configuration file, where no argument names one |
| `HANDOVER_HOME` | where models and other data lie [default: the platform's place for application data] |
| `HANDOVER_LISTEN` | where to listen, when the file does not say it |
| `HANDOVER_URL` | the gateway that `chat`, `status`, `top` and `why` ask |
| `NO_COLOR` | no colours, whatever its value |
| `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `CO_API_KEY` | keys that are used when there is no file, and found by `init` |
| `OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL`, `CO_API_URL` | addresses to go with them |
";

fn built() -> Command {
    let mut command = crate::Args::command();
    command.build();
    command
}

/// A command and all below it that are not hidden, each with all its words.
fn all(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
    std::iter::once(command).chain(below.flat_map(all)).collect()
}

fn words_of(command: &Command) -> String {
    command.get_bin_name().unwrap_or("handover").to_owned()
}

fn page() -> String {
    let root = built();
    let mut text = HEAD.to_owned();
    for command in all(&root).into_iter().skip(1) {
        section(&mut text, command);
    }
    text
}

fn section(text: &mut String, command: &Command) {
    let name = words_of(command);
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").replace("\n       ", "\n");
    let _ = write!(text, "\n## `{name}`\n\n{}\n\n```text\n{}\n```\n", sentence(&about), usage.trim());
    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && !EVERYWHERE.contains(&arg.get_id().as_str()))
        .collect();
    if arguments.is_empty() {
        return;
    }
    text.push_str("\n| argument | means |\n|---|---|\n");
    for arg in arguments {
        let _ = writeln!(text, "| {} | {} |", written(arg), meaning(arg));
    }
}

/// With full stops, as in all prose here.
fn sentence(about: &str) -> String {
    let paragraphs: Vec<String> = about
        .split("\n\n")
        .map(|text| if text.ends_with('.') { text.to_owned() } else { format!("{text}.") })
        .collect();
    paragraphs.join("\n\n")
}

fn written(arg: &Arg) -> String {
    let takes = arg.get_action().takes_values();
    let value = arg
        .get_value_names()
        .map(|names| names.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" "))
        .filter(|_| takes);
    let names: Vec<String> =
        [arg.get_short().map(|short| format!("-{short}")), arg.get_long().map(|long| format!("--{long}"))]
            .into_iter()
            .flatten()
            .collect();
    match (names.is_empty(), value) {
        (true, value) => format!("`{}`", value.unwrap_or_default()),
        (false, None) => format!("`{}`", names.join("`, `")),
        (false, Some(value)) => format!("`{} {value}`", names.join("`, `")),
    }
}

fn meaning(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if arg.get_action().takes_values() && !choices.is_empty() {
        let _ = write!(text, " ({})", choices.join(", "));
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, " [default: {}]", defaults.join(" "));
    }
    if let Some(variable) = arg.get_env() {
        let _ = write!(text, " [environment: `{}`]", variable.to_string_lossy());
    }
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn the_reference_says_what_the_program_does() {
    expect_file!["../../../docs/reference/cli.md"].assert_eq(&page());
}

#[test]
fn every_argument_says_what_it_means() {
    let root = built();
    for command in all(&root) {
        assert!(command.get_about().is_some(), "{} says nothing", words_of(command));
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let (of, name) = (words_of(command), arg.get_id());
            assert!(!help.is_empty(), "{of} does not say what {name} means");
            assert!(!help.ends_with('.'), "{of} {name}: one sentence needs no full stop");
        }
    }
}

#[test]
fn help_fits_a_terminal_of_80_columns() {
    let root = built();
    for command in all(&root) {
        for (length, help) in
            [("-h", command.clone().render_help()), ("--help", command.clone().render_long_help())]
        {
            let help = help.to_string();
            // One line for each command, so that the list can be read at a glance.
            let names = command.get_subcommands().filter(|below| !below.is_hide_set()).map(Command::get_name);
            for name in names.filter(|_| length == "-h") {
                let line = help.lines().position(|line| line.trim_start().starts_with(&format!("{name} ")));
                let next = line.and_then(|at| help.lines().nth(at + 1)).unwrap_or_default();
                assert!(!next.starts_with("     "), "{} {length}: {name} takes two lines", words_of(command));
            }
            for line in help.lines() {
                let width = line.chars().count();
                assert!(width <= 80, "{} {length}: {width} columns: {line}", words_of(command));
            }
        }
    }
}
