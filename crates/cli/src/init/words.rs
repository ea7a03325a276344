//! Every sentence of `handover init`.

use super::find::{Candidate, Found, Kind};
use super::place::Place;
use super::plan::Plan;
use handover_config::Config;
use std::fmt::Write;
use std::io;
use std::path::Path;

pub(super) const LEFT: &str = "stopped; nothing was written";
pub(super) const NOTHING_WRITTEN: &str = "nothing was written";
pub(super) const NOBODY: &str =
    "nobody is left to answer\n  help: name somebody with --provider, or let the local model stand last";
pub(super) const NAME_EMPTY: &str = "a name has at least one character";
pub(super) const NAME_UNFIT: &str = "a name is printable ASCII without blanks, at most 200 characters";

// The questions.
pub(super) const WHO_LEADS: &str = "Who leads?";
pub(super) const NOBODY_ELSE: &str = "nobody else";
pub(super) const WHICH_PORT: &str = "Port of the gateway:";
pub(super) const NO_PORT: &str = "a port is a number from 1 to 65535";
pub(super) const WHICH_ALIASES: &str = "Model names that applications ask for already:";
pub(super) const HELP_SELECT: &str = "up and down to move, enter to choose, ctrl-c to leave";
pub(super) const HELP_LEAD: &str =
    "the model that answers as long as it can; up and down, enter, ctrl-c to leave";
pub(super) const HELP_MODEL: &str = "enter takes the one in brackets";
pub(super) const HELP_PORT: &str = "on this machine only; `listen` in the file changes that";
pub(super) const HELP_ALIASES: &str = "with commas between; - for none. They then work without a change";

pub(super) fn which_model(title: &str) -> String {
    format!("Model of {title}:")
}

pub(super) fn who_is_behind(title: &str) -> String {
    format!("Who answers when {title} cannot?")
}

pub(super) fn shall_it_be_written(path: &Path) -> String {
    format!("Write {}?", path.display())
}

// What was found.

/// A candidate in one line.
pub(super) fn candidate(candidate: &Candidate) -> String {
    let title = &candidate.title;
    match candidate.kind {
        Kind::Key { variable } => format!("{title} (key in {variable})"),
        Kind::Server { at } => {
            let models = &candidate.models;
            let names = models.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more =
                if models.len() > 3 { format!(" and {} more", models.len() - 3) } else { String::new() };
            format!("{title} at {at} ({names}{more})")
        }
        Kind::Embedded => format!("{title} (no key, no network; small)"),
    }
}

pub(super) fn found(found: &Found) -> String {
    let mut text = "found here:".to_owned();
    for one in &found.candidates {
        let _ = write!(text, "\n  {}", candidate(one));
    }
    if found.is_only_local() {
        let _ = write!(text, "\n{NO_KEY}");
    }
    text
}

const NO_KEY: &str = "no API key is set, and no model server answers on this machine\n  help: set a key, as in `export OPENAI_API_KEY=...`, then run `handover init` again";

// What goes wrong.

pub(super) fn is_there(path: &Path) -> String {
    format!(
        "{} is there already, and stays as it is\n  help: --force writes over it, --output names another file",
        path.display()
    )
}

pub(super) fn is_a_directory(path: &Path) -> String {
    format!(
        "{0} is a directory\n  help: name the file, as in --output {0}/handover.toml",
        path.display().to_string().trim_end_matches('/')
    )
}

pub(super) fn no_directory(folder: &Path) -> String {
    format!("there is no directory {0}\n  help: make it with `mkdir -p {0}`", folder.display())
}

pub(super) fn read_only(folder: &Path) -> String {
    format!(
        "the directory {} cannot be written to\n  help: name a file elsewhere with --output",
        folder.display()
    )
}

pub(super) fn cannot_write(path: &Path, e: &io::Error) -> String {
    format!("{} cannot be written: {e}", path.display())
}

pub(super) fn named_twice(name: &str) -> String {
    format!("--provider {name} is there twice\n  help: each provider has one place in the chain")
}

pub(super) fn unknown_provider(name: &str, known: &str) -> String {
    format!(
        "no provider is called `{}`\n  help: known here: {}; any other server goes into the file by hand",
        name.escape_debug(),
        known
    )
}

pub(super) fn silent_server(title: &str, at: &str) -> String {
    format!(
        "{title} does not answer at {at}, so its models are not known\n  help: start it, then run this again"
    )
}

pub(super) fn bad_route_name(name: &str, why: &str) -> String {
    format!("`{}` cannot be the name of a route: {why}", name.escape_debug())
}

pub(super) fn port_taken(port: u16, title: &str) -> String {
    format!("{title} listens on port {port}\n  help: choose another port with --listen")
}

pub(super) fn port_taken_by(title: &str) -> String {
    format!("{title} listens there")
}

// What was done, and what comes next.

pub(super) fn wrote(path: &Path, text: &str) -> String {
    let mut shown = format!("wrote {}:\n", path.display());
    for line in text.lines() {
        shown.push('\n');
        if !line.is_empty() {
            let _ = write!(shown, "  {line}");
        }
    }
    shown.push('\n');
    shown
}

pub(super) fn next(place: &Place, plan: &Plan, config: &Config, fetch: bool) -> String {
    let file = if place.is_usual() { String::new() } else { format!(" --config {}", place.path().display()) };
    let mut commands: Vec<(String, &str)> = Vec::new();
    if let Some(model) = plan.local_model().filter(|_| fetch) {
        commands.push((format!("handover model pull {model}"), "get the local model"));
    }
    commands.push((format!("handover doctor --live{file}"), "ask each model for one token"));
    commands.push((format!("handover serve{file}"), "start"));
    let widest = commands.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    let mut text = String::new();
    if plan.chain.iter().all(|link| link.who.kind == Kind::Embedded) {
        let _ = writeln!(text, "\n{NO_KEY} with --force");
    }
    text.push_str("\nnext:\n");
    for (command, what) in commands {
        let _ = writeln!(text, "  {command:<widest$}   {what}");
    }
    let listen = config.listen;
    let _ = write!(
        text,
        "then change one line of your application:\n  \
         base_url = \"http://{listen}/v1\"   OpenAI clients\n  \
         base_url = \"http://{listen}\"      Anthropic clients"
    );
    text
}
