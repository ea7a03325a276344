//! The MPT architecture, with a tiny model of random numbers that `scripts/make-tiny-mpt.py` writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use handover_local::supervisor::{ModelConfig, Patience};
use serde_json::json;

use crate::kit::{Local, question};

/// A Python that has the `gguf` package: `$HANDOVER_PYTHON`, or the project's own environment, or `python3`.
fn python(root: &Path) -> PathBuf {
    let own = root.join(".venv/bin/python");
    match std::env::var_os("HANDOVER_PYTHON") {
        Some(given) => given.into(),
        None if own.exists() => own,
        None => "python3".into(),
    }
}

#[tokio::test]
async fn mpt_models_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tiny-mpt.gguf");
    let python = python(&root);
    let made = Command::new(&python).arg(root.join("scripts/make-tiny-mpt.py")).arg(&file).output();
    let made = made.expect("python runs");
    assert!(
        made.status.success(),
        "{} could not write the model. Does it have the package? Try: python3 -m venv .venv && \
         .venv/bin/pip install gguf\n{}",
        python.display(),
        String::from_utf8_lossy(&made.stderr)
    );
    let local = Local::with(ModelConfig::new("tiny-mpt", file), Patience::default());
    let (text, finish, answer) = local
        .answer(&question("Hello", json!({"max_tokens": 12, "temperature": 0, "logit_bias": {"0": -100}})))
        .await;
    assert_eq!((finish.as_str(), &answer["model"]), ("length", &json!("tiny-mpt")));
    assert_eq!(answer["usage"]["completion_tokens"], 12);
    assert!(!text.is_empty());
}
