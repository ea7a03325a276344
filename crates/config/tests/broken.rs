//! What a reader of `handover check` sees for broken files. `UPDATE_EXPECT=1 cargo test` rewrites the goldens.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use handover_config::{Id, MapEnv, Severity, Source, load, load_offline};

/// Provider keys are set, so that what is missing is what the file is about.
fn env() -> MapEnv {
    MapEnv::new([
        ("HOME", "/home/someone"),
        ("OPENAI_API_KEY", "sk-openai-from-the-environment"),
        ("ANTHROPIC_API_KEY", "sk-ant-from-the-environment"),
        ("AZURE_OPENAI_API_KEY", "azure-from-the-environment"),
        ("GEMINI_API_KEY", "gemini-from-the-environment"),
    ])
}

fn broken_files() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    files
}

/// The file under a name that is the same on every machine.
fn source(path: &Path) -> Source {
    Source::Text { path: path.file_name().unwrap().into(), text: std::fs::read_to_string(path).unwrap() }
}

#[test]
fn a_broken_file_is_explained_as_a_helpful_colleague_would() {
    let files = broken_files();
    assert!(files.len() >= 23, "only {} broken files", files.len());
    for path in files {
        let report = load(&source(&path), &env()).expect_err(&format!("{} loads", path.display()));
        expect_file![path.with_extension("txt")].assert_eq(&report.render(false, 100));
    }
}

#[test]
fn no_secret_of_a_broken_file_is_shown() {
    for path in broken_files() {
        let report = load(&source(&path), &env()).unwrap_err();
        for shown in
            [report.render(false, 200), report.render(true, 80), report.json(), format!("{report:?}")]
        {
            assert!(!shown.contains("must-not-be-shown"), "{}:\n{shown}", path.display());
            assert!(!shown.contains("must not be shown"), "{}:\n{shown}", path.display());
            assert!(!shown.contains("from-the-environment"), "{}:\n{shown}", path.display());
        }
    }
}

#[test]
fn every_error_says_what_to_do_about_it() {
    for path in broken_files() {
        for found in load(&source(&path), &env()).unwrap_err().diagnostics() {
            assert!(
                found.help.is_some() || !found.label.is_empty(),
                "{}: {} has neither label nor help",
                path.display(),
                found.message
            );
            assert!(!found.message.ends_with('.'), "{}", found.message);
        }
    }
}

#[test]
fn an_editor_gets_the_same_findings_as_json() {
    let text = "listen = \"127.0.0.1:4040\"\n[providers.openai]\ndialect = \"openai\"\napi_keys = [\"env:OPENAI_API_KEY\"]\n[routes.default]\ntargets = [\"opnai/gpt-4o\"]\n";
    let report = load(&Source::Text { path: "handover.toml".into(), text: text.into() }, &env()).unwrap_err();
    let expected = expect_test::expect![[r#"
        [
          {
            "id": "route-unknown-target",
            "severity": "error",
            "message": "route `default` names a provider that does not exist",
            "line": 6,
            "column": 12,
            "end_column": 26,
            "help": "did you mean `openai`? providers: openai"
          }
        ]"#]];
    expected.assert_eq(&report.json());
}

#[test]
fn a_missing_file_is_named_and_not_passed_over() {
    let report = load(&Source::File("no/such/handover.toml".into()), &env()).unwrap_err();
    let expected = expect_test::expect![[r#"
        error[file-unreadable]: the file cannot be read: no such file or directory
        --> no/such/handover.toml
         = help: write one (the folder examples/ has some), or start without a file

        1 error in no/such/handover.toml
    "#]];
    expected.assert_eq(&report.render(false, 100));
}

#[test]
fn a_file_in_another_encoding_is_refused_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("handover.toml");
    std::fs::write(&path, b"listen = \"127.0.0.1:4040\"\n# caf\xe9\n").unwrap();
    let report = load(&Source::File(path), &env()).unwrap_err();
    assert_eq!(report.diagnostics()[0].id, Id::FileUnreadable);
    assert!(report.diagnostics()[0].message.contains("line 2"), "{report:?}");
}

#[test]
fn a_file_can_be_checked_where_there_are_no_keys() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken/missing-env.toml");
    let loaded = load_offline(&source(&path), &env()).unwrap();
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings.render(false, 100));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_not_shift_the_place() {
    let text = "\u{feff}listen = \"127.0.0.1:4040\"\r\nlog = 3\r\n";
    let report = load(&Source::Text { path: "h.toml".into(), text: text.into() }, &env()).unwrap_err();
    let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    let wrong = json.as_array().unwrap().iter().find(|found| found["id"] == "wrong-type").unwrap();
    assert_eq!((wrong["line"].as_u64(), wrong["column"].as_u64()), (Some(2), Some(7)));
}

#[test]
fn one_missing_key_does_not_stop_a_gateway_that_has_others() {
    let text = "[providers.a]\ndialect = \"openai\"\napi_key = \"env:NOT_SET\"\n[providers.b]\ndialect = \"local\"\n[routes.default]\ntargets = [\"a/x\", \"b/y\"]\n";
    let loaded = load(&Source::Text { path: "h.toml".into(), text: text.into() }, &env()).unwrap();
    assert_eq!(loaded.warnings.count(Severity::Warning), 1);
    assert_eq!(
        loaded.warnings.diagnostics()[0].message,
        "provider `a` is left out: environment variable `NOT_SET` is not set"
    );
    assert_eq!(loaded.config.providers.len(), 1);
    let targets = &loaded.config.routes[0].targets;
    assert_eq!(targets.iter().map(handover_config::Target::id).collect::<Vec<_>>(), ["b/y"]);
    // A backup does not become the lead because the lead is away.
    assert_eq!(targets[0].signal, None);
}
