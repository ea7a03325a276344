//! Every sentence of `handover init`, but for the comments in the file it writes (`init/text.rs`).

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

pub(crate) const LEFT: &str = "stopped; nothing was written";
pub(crate) const NOTHING_WRITTEN: &str = "nothing was written";
pub(crate) const NOBODY: &str =
    "nobody is left to answer\n  help: name somebody with --provider, or let the local model stand last";
pub(crate) const NAME_EMPTY: &str = "a name has at least one character";
pub(crate) const NAME_UNFIT: &str = "a name is printable ASCII without blanks, at most 200 characters";

// The questions.
pub(crate) const WHO_LEADS: &str = "Who leads?";
pub(crate) const NOBODY_ELSE: &str = "nobody else";
pub(crate) const WHICH_PORT: &str = "Port of the gateway:";
pub(crate) const NO_PORT: &str = "a port is a number from 1 to 65535";
pub(crate) const WHICH_ALIASES: &str = "Model names that applications ask for already:";
pub(crate) const HELP_SELECT: &str = "up and down to move, enter to choose, ctrl-c to leave";
pub(crate) const HELP_LEAD: &str =
    "the model that answers as long as it can; up and down, enter, ctrl-c to leave";
pub(crate) const HELP_MODEL: &str = "enter takes the one in brackets";
pub(crate) const HELP_PORT: &str =
    "applications reach it at http://127.0.0.1:PORT; `listen` in the file says more";
pub(crate) const HELP_ALIASES: &str = "with commas between; - for none. They then work without a change";

pub(crate) fn which_model(title: &str) -> String {
    format!("Model of {title}:")
}

pub(crate) fn who_is_behind(title: &str) -> String {
    format!("Who answers when {title} cannot?")
}

pub(crate) fn shall_it_be_written(path: &Path) -> String {
    format!("Write {}?", path.display())
}

// What was found.

/// A hosted model, by the variable of its key.
pub(crate) fn hosted(title: &str, variable: &str) -> String {
    format!("{title} (key in {variable})")
}

/// A server on this machine, with the first of its models.
pub(crate) fn server(title: &str, at: SocketAddr, models: &[String]) -> String {
    const SHOWN: usize = 3;
    let names = models.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = models.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{title} at {at} ({names}{more})")
}

pub(crate) const LOCAL_MODEL: &str = "the local model";

pub(crate) fn embedded(title: &str) -> String {
    format!("{title} (no key, no network; small)")
}

pub(crate) fn found(candidates: &[String]) -> String {
    format!("found here:\n  {}", candidates.join("\n  "))
}

/// Nobody was found but the local model.
pub(crate) const NO_KEY: &str = "no API key is set, and no model server answers on this machine\n  help: set a key, as in `export OPENAI_API_KEY=...`, then run `handover init --force`";

// What goes wrong.

pub(crate) fn is_there(path: &Path) -> String {
    format!(
        "{} is there already, and stays as it is\n  help: --force writes over it, --output names another file",
        path.display()
    )
}

pub(crate) fn is_a_directory(path: &Path) -> String {
    format!(
        "{0} is a directory\n  help: name the file, as in --output {0}/handover.toml",
        path.display().to_string().trim_end_matches('/')
    )
}

pub(crate) fn no_directory(folder: &Path) -> String {
    format!("there is no directory {0}\n  help: make it with `mkdir -p {0}`", folder.display())
}

pub(crate) fn read_only(folder: &Path) -> String {
    format!(
        "the directory {} cannot be written to\n  help: name a file elsewhere with --output",
        folder.display()
    )
}

pub(crate) fn cannot_write(path: &Path, e: &io::Error) -> String {
    format!("{} cannot be written: {e}", path.display())
}

pub(crate) fn named_twice(name: &str) -> String {
    format!("--provider {name} is there twice\n  help: each provider has one place in the chain")
}

pub(crate) fn unknown_provider(name: &str, known: &str) -> String {
    format!(
        "no provider is called `{}`\n  help: known here: {}; any other server goes into the file by hand",
        name.escape_debug(),
        known
    )
}

pub(crate) fn silent_server(title: &str, at: &str) -> String {
    format!(
        "{title} does not answer at {at}, so its models are not known\n  help: start it, then run this again"
    )
}

pub(crate) fn bad_route_name(name: &str, why: &str) -> String {
    format!("`{}` cannot be the name of a route: {why}", name.escape_debug())
}

pub(crate) fn port_taken(port: u16, title: &str) -> String {
    format!("{title} listens on port {port}\n  help: choose another port with --listen")
}

pub(crate) fn port_taken_by(title: &str) -> String {
    format!("{title} listens there")
}

// What was done, and what comes next.

pub(crate) fn wrote(path: &Path, text: &str) -> String {
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

/// The commands that come next. `file` is the configuration where `handover` does not find it by itself, `pull` the
/// local model that still has to be fetched.
pub(crate) fn next(file: Option<&Path>, pull: Option<&str>, listen: SocketAddr) -> String {
    let file = file.map(|file| format!(" --config {}", file.display())).unwrap_or_default();
    let mut commands: Vec<(String, &str)> = Vec::new();
    if let Some(model) = pull {
        commands.push((format!("handover model pull {model}"), "get the local model"));
    }
    commands.push((format!("handover doctor --live{file}"), "ask each model for one token"));
    commands.push((format!("handover serve{file}"), "start"));
    let widest = commands.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    let mut text = "\nnext:\n".to_owned();
    for (command, what) in commands {
        let _ = writeln!(text, "  {command:<widest$}   {what}");
    }
    let _ = write!(
        text,
        "then change one line of your application:\n  \
         base_url = \"http://{listen}/v1\"   OpenAI clients\n  \
         base_url = \"http://{listen}\"      Anthropic clients"
    );
    text
}
