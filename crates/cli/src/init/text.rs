//! A plan as a file: TOML with the reason for each line beside it.
//!
//! Written by hand and not by a serialiser, because the comments are half of what it is for.

use super::find::Kind;
use super::plan::{Link, Plan};
use std::fmt::Write;

/// The file's text.
pub(super) fn of(plan: &Plan) -> String {
    let mut text = format!(
        "# Configuration of Handover, written by `handover init`.\n\
         # `handover check` tells what is wrong after a change, `handover doctor --live` what does not work.\n\
         # All settings: docs/reference/config.md\n\n\
         listen = {} # applications: base_url = \"http://{}/v1\"\n",
        quoted(&plan.listen.to_string()),
        plan.reached_at(),
    );
    if plan.chain.iter().any(|link| matches!(link.who.kind, Kind::Key { .. })) {
        text.push_str(
            "\n# No key stands in this file: `env:NAME` is read from the environment at the start.\n",
        );
    }
    for link in &plan.chain {
        text.push('\n');
        provider(&mut text, link);
    }
    text.push('\n');
    route(&mut text, plan);
    text
}

fn provider(text: &mut String, link: &Link) {
    let who = &link.who;
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    line(&format!("[providers.{}]", key(&who.name)));
    let dialect = quoted(who.dialect.as_str());
    match who.kind {
        Kind::Key { variable } => {
            line(&format!("dialect = {dialect}"));
            if let Some(url) = &who.base_url {
                line(&format!("base_url = {}", quoted(url)));
            }
            line(&format!(
                "api_keys = [{}] # more than one: the next when one is refused",
                quoted(&format!("env:{variable}"))
            ));
        }
        Kind::Server { .. } => {
            line(&format!("dialect = {dialect} # the API it speaks; it asks for no key"));
            if let Some(url) = &who.base_url {
                line(&format!("base_url = {}", quoted(url)));
            }
            line("timeouts = { first_token = \"60s\" } # it may have to load the model first");
        }
        Kind::Embedded => {
            line(&format!("dialect = {dialect} # the engine inside Handover: no key, no network"))
        }
    }
}

fn route(text: &mut String, plan: &Plan) {
    let _ = writeln!(
        text,
        "# Who answers a request for the model {}: the first of these that can.",
        quoted(&plan.route)
    );
    if plan.chain.len() > 1 {
        text.push_str(
            "# A backup may say how close it is to the lead: signal = 3 (good), 2 (reduced) or 1 (basic).\n",
        );
    }
    let _ = writeln!(text, "[routes.{}]\ntargets = [", key(&plan.route));
    let lines: Vec<(String, &str)> =
        plan.chain.iter().enumerate().map(|(at, link)| (target(at, link), role(at, link))).collect();
    let widest = lines.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    for (line, role) in lines {
        let _ = writeln!(text, "  {line:<widest$} # {role}");
    }
    text.push_str("]\n");
    let aliases: Vec<String> = plan.aliases.iter().map(|alias| quoted(alias)).collect();
    if aliases.is_empty() {
        text.push_str("# aliases = [\"gpt-4o-mini\"] # names that applications ask for already\n");
    } else {
        let _ =
            writeln!(text, "aliases = [{}] # names that applications ask for already", aliases.join(", "));
    }
}

/// The embedded model as a backup is a last resort, and says so in its signal.
fn target(at: usize, link: &Link) -> String {
    let id = quoted(&link.id());
    if at > 0 && link.who.kind == Kind::Embedded {
        format!("{{ model = {id}, signal = 1 }},")
    } else {
        format!("{id},")
    }
}

fn role(at: usize, link: &Link) -> &'static str {
    match (at, link.who.kind) {
        (0, _) => "lead",
        (_, Kind::Embedded) => "last resort: it talks, and little more",
        (_, Kind::Key { .. } | Kind::Server { .. }) => "backup",
    }
}

/// A key of a table: bare where TOML allows it.
fn key(name: &str) -> String {
    let bare =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if bare { name.to_owned() } else { quoted(name) }
}

/// A basic string of TOML. What gets here is printable ASCII, or is refused by the validation.
fn quoted(text: &str) -> String {
    let mut string = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => string.push_str("\\\""),
            '\\' => string.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(string, "\\u{:04X}", u32::from(c));
            }
            c => string.push(c),
        }
    }
    string.push('"');
    string
}
