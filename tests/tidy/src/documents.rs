//! Rules about what the documents claim.

use crate::tree::{Source, none, root, sources};

fn documents() -> impl Iterator<Item = Source> {
    sources().into_iter().filter(|source| source.is("md"))
}

#[test]
fn every_invariant_names_what_checks_it() {
    let all = sources();
    let architecture = all.iter().find(|source| source.path == "ARCHITECTURE.md").unwrap();
    let rules = ["Cargo.toml", "clippy.toml", "deny.toml"];
    let exists = |name: &str| {
        let (rust, python) = (format!("fn {name}("), format!("def {name}("));
        all.iter().any(|source| {
            (source.is("rs") && source.text.contains(&rust))
                || (source.is("py") && source.text.contains(&python))
                || (rules.contains(&source.path.as_str()) && source.text.contains(name))
        })
    };
    let mut wrong = Vec::new();
    let mut seen = 0;
    let lines: Vec<&str> = architecture.text.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("**Invariant")) {
        seen += 1;
        // What checks it stands in the same paragraph.
        let checks =
            lines[at..].iter().take_while(|line| !line.is_empty()).find(|line| line.contains("Checked by"));
        let names: Vec<&str> =
            checks.map(|line| line.split('`').skip(1).step_by(2).collect()).unwrap_or_default();
        if names.is_empty() {
            wrong.push(format!("line {}: names nothing that checks it: {line}", at + 1));
        }
        let missing = names.into_iter().filter(|name| !exists(name));
        wrong.extend(missing.map(|name| format!("line {}: `{name}` is not in the tree", at + 1)));
    }
    assert!(seen >= 10, "ARCHITECTURE.md states {seen} invariants; the house has at least ten");
    none(&wrong, "an invariant that nothing checks is a wish:");
}

#[test]
fn every_make_command_in_the_documents_exists() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let exists = |target: &str| makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
    let mut wrong = Vec::new();
    for document in documents() {
        for words in document.text.split("make ").skip(1).zip(document.text.split("make ")) {
            let (after, before) = words;
            let quoted = before.ends_with('`') || before.ends_with("$ ") || before.ends_with('\n');
            let target: String = after.chars().take_while(char::is_ascii_lowercase).collect();
            if quoted && !target.is_empty() && !exists(&target) {
                wrong.push(format!("{}: make {target}", document.path));
            }
        }
    }
    none(&wrong, "a command that a reader would type and that is not there:");
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let folder = root().join(&document.path).parent().unwrap().to_owned();
        for link in document.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let outside = link.contains("://") || file.is_empty() || link.contains(' ');
            if !outside && !folder.join(file).exists() {
                wrong.push(format!("{}: {link}", document.path));
            }
        }
    }
    none(&wrong, "a link that leads nowhere:");
}
