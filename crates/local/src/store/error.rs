//! Why a model could not be had, in words for the user.

use std::io;
use std::path::{Path, PathBuf};

use super::fetch::FetchError;

/// Why something about a model file failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The model is not here.
    #[error("the model {0} is not on this machine; get it with: handover model pull {0}")]
    Missing(String),
    /// The name is none that can be pulled.
    #[error(
        "{0} names no model: use {small}, hf:owner/repository/file.gguf, or the path of a .gguf file",
        small = super::name::SMALL_MODEL
    )]
    UnknownName(String),
    /// The file is no GGUF file.
    #[error("{} is not a GGUF model file", .0.display())]
    NotGguf(PathBuf),
    /// The file is not the one that was promised.
    #[error(
        "{name} arrived with the wrong {what}: {found} instead of {wanted}; nothing was kept, pull it again"
    )]
    Wrong {
        /// The model.
        name: String,
        /// `checksum` or `size`.
        what: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        wanted: String,
    },
    /// The disk is full.
    #[error("the disk is full: {} needs more room; what was downloaded is kept, and the pull goes on from there", .0.display())]
    DiskFull(PathBuf),
    /// A file operation failed.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The network failed.
    #[error(
        "cannot fetch {url}: {source}; what was downloaded is kept, and the next pull goes on from there"
    )]
    Fetch {
        /// From where.
        url: String,
        /// What the client said.
        source: FetchError,
    },
    /// The hub refused.
    #[error("the hub answered {status} for {url}{hint}")]
    Hub {
        /// The HTTP status.
        status: u16,
        /// What was asked for.
        url: String,
        /// What to do about it, beginning with a colon; or nothing.
        hint: &'static str,
    },
    /// Python or pip failed.
    #[error("{program} could not {doing}: {why}")]
    Python {
        /// The Python program.
        program: String,
        /// What it was to do.
        doing: &'static str,
        /// The last lines of what it said.
        why: String,
    },
}

impl StoreError {
    /// Names what was done with which file; a full disk gets its own words.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| {
            let full = matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
            if full { Self::DiskFull(path) } else { Self::Io { doing, path, source } }
        }
    }
}
