//! The tree under test: its files, and what cargo says about it.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a program in the workspace's folder and gives what it printed.
pub(crate) fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// One text file of the tree.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the workspace's folder.
    pub(crate) path: String,
    /// The whole file.
    pub(crate) text: String,
}

/// All text files that git tracks or would track.
pub(crate) fn sources() -> Vec<Source> {
    let listed = output("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let paths: BTreeSet<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    let read = |path: &str| {
        // A file that was deleted and not yet staged is listed and absent; one that is not text has no words.
        let text = std::fs::read_to_string(root().join(path)).ok()?;
        Some(Source { path: path.to_owned(), text })
    };
    let sources: Vec<Source> = paths.into_iter().filter_map(read).collect();
    assert!(sources.len() > 20, "only {} files found: this is not the tree", sources.len());
    sources
}

impl Source {
    /// Whether the name ends so.
    pub(crate) fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|own| own == extension)
    }

    /// Whether the whole file is test code.
    fn is_test(&self) -> bool {
        let path = Path::new(&self.path);
        let in_tests = path.components().any(|part| part.as_os_str() == "tests");
        in_tests
            || path
                .file_stem()
                .is_some_and(|stem| stem == "tests" || stem.to_string_lossy().ends_with("_tests"))
    }

    /// The first line of test code, counted from 0: unit tests stand at the end of a file, from `#[cfg(test)]`
    /// before a module with a body on.
    fn tests_begin(&self) -> usize {
        if self.is_test() {
            return 0;
        }
        let lines: Vec<&str> = self.text.lines().collect();
        let opens_module =
            |line: &str| line.trim_start().starts_with("mod ") && line.trim_end().ends_with('{');
        let begins = |at: &usize| {
            lines[*at].trim() == "#[cfg(test)]"
                && lines[at + 1..]
                    .iter()
                    .find(|line| !line.trim_start().starts_with("#["))
                    .is_some_and(|line| opens_module(line))
        };
        (0..lines.len()).find(begins).unwrap_or(lines.len())
    }

    /// The lines that run in production, with their numbers: no comments, no tests.
    pub(crate) fn production(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().take(self.tests_begin());
        lines.filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at + 1, line))
    }

    /// The lines of tests, with their numbers.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().skip(self.tests_begin()).map(|(at, line)| (at + 1, line))
    }
}

/// Places where one of `words` stands in production code of files that `concerns` picks.
pub(crate) fn places(concerns: impl Fn(&str) -> bool, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.is("rs") && concerns(&source.path)) {
        for (number, line) in source.production() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    found
}

/// One `[dependencies]` entry of a workspace crate; neither a test's nor a build script's.
#[derive(Debug)]
pub(crate) struct Dependency {
    /// The workspace crate.
    pub(crate) of: String,
    /// What it depends on.
    pub(crate) name: String,
    /// The features that it asks for.
    pub(crate) features: Vec<String>,
}

/// The direct dependencies of all workspace crates, as their manifests declare them.
pub(crate) fn dependencies() -> Vec<Dependency> {
    let metadata: Value =
        serde_json::from_str(&output(env!("CARGO"), &["metadata", "--format-version=1", "--no-deps"]))
            .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["kind"].is_null() {
                all.push(Dependency {
                    of: text(&package["name"]),
                    name: text(&dependency["name"]),
                    features: dependency["features"].as_array().unwrap().iter().map(text).collect(),
                });
            }
        }
    }
    assert!(!all.is_empty());
    all
}

/// Names with versions of everything that a crate is built from, itself included.
pub(crate) fn built_from(package: &str, options: &[&str]) -> BTreeSet<String> {
    let mut args = vec!["tree", "--locked", "--package", package, "--edges=normal", "--prefix=none"];
    args.extend(["--format={p}"].iter().chain(options));
    let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    output(env!("CARGO"), &args).lines().filter(|line| !line.is_empty()).map(name_and_version).collect()
}

/// Fails with every finding, and with the rule's reason.
#[track_caller]
pub(crate) fn none(found: &[String], reason: &str) {
    assert!(found.is_empty(), "{reason}\n  {}\n", found.join("\n  "));
}
