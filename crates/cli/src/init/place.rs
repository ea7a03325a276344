//! Where the file goes, and how it gets there: whole or not at all.
//!
//! The text is written to a file of its own beside the target and then given the target's name. Without `--force`
//! that last step is one that fails when the name is taken, so that a file which came up meanwhile survives too.

use crate::words::init as words;
use handover_config::{Env, SystemEnv};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A place that takes the file.
#[derive(Debug)]
pub(super) struct Place {
    /// As the person wrote it.
    given: PathBuf,
    /// Where it leads: a link is followed, so that it stays one. `None`: standard output.
    target: Option<PathBuf>,
    replace: bool,
}

impl Place {
    /// Sees that the file can be written there. The error is in words.
    pub(super) fn prepare(output: &Path, force: bool) -> Result<Self, String> {
        if output == Path::new("-") {
            return Ok(Self { given: PathBuf::from("handover.toml"), target: None, replace: false });
        }
        if output.is_dir() {
            return Err(words::is_a_directory(output));
        }
        // A link that leads nowhere counts as there: whoever made it wants it kept.
        let exists = output.symlink_metadata().is_ok();
        if exists && !force {
            return Err(words::is_there(output));
        }
        let target = output.canonicalize().unwrap_or_else(|_| output.to_owned());
        let place = Self { given: output.to_owned(), target: Some(target), replace: exists };
        let (file, temporary) = place.temporary()?;
        drop(file);
        std::fs::remove_file(&temporary).map_err(|e| place.failed(&e))?;
        Ok(place)
    }

    /// The path as the person wrote it.
    pub(super) fn path(&self) -> &Path {
        &self.given
    }

    pub(super) fn is_standard_output(&self) -> bool {
        self.target.is_none()
    }

    /// Whether `handover` finds the file there by itself.
    pub(super) fn is_usual(&self) -> bool {
        let usual = Path::new("handover.toml");
        self.given.strip_prefix(".").unwrap_or(&self.given) == usual
            && SystemEnv.get("HANDOVER_CONFIG").is_none()
    }

    /// Writes the file. Does nothing for standard output.
    pub(super) fn write(&self, text: &str) -> Result<(), String> {
        let Some(target) = &self.target else { return Ok(()) };
        let (mut file, temporary) = self.temporary()?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| self.keep_mode(&file, target))
            .and_then(|()| file.sync_all())
            .and_then(|()| self.name(&temporary, target));
        // After a rename there is nothing left to remove.
        let _ = std::fs::remove_file(&temporary);
        written.map_err(|e| {
            let taken = e.kind() == ErrorKind::AlreadyExists;
            if taken { words::is_there(&self.given) } else { self.failed(&e) }
        })
    }

    /// A file that is replaced keeps its permissions.
    fn keep_mode(&self, file: &File, target: &Path) -> std::io::Result<()> {
        if !self.replace {
            return Ok(());
        }
        file.set_permissions(target.metadata()?.permissions())
    }

    fn name(&self, temporary: &Path, target: &Path) -> std::io::Result<()> {
        if self.replace {
            return std::fs::rename(temporary, target);
        }
        match std::fs::hard_link(temporary, target) {
            // Not every file system has links. There the name was free a moment ago.
            Err(e) if e.kind() != ErrorKind::AlreadyExists && target.symlink_metadata().is_err() => {
                std::fs::rename(temporary, target)
            }
            linked => linked,
        }
    }

    /// A new file beside the target: 0644, or less where the umask says so.
    fn temporary(&self) -> Result<(File, PathBuf), String> {
        let target = self.target.as_deref().unwrap_or(&self.given);
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        let file = options.open(&path).map_err(|e| self.failed(&e))?;
        Ok((file, path))
    }

    fn failed(&self, e: &std::io::Error) -> String {
        let folder = self.given.parent().filter(|folder| !folder.as_os_str().is_empty());
        let kind = e.kind();
        if kind == ErrorKind::NotFound {
            words::no_directory(folder.unwrap_or(Path::new(".")))
        } else if kind == ErrorKind::PermissionDenied || kind == ErrorKind::ReadOnlyFilesystem {
            words::read_only(folder.unwrap_or(Path::new(".")))
        } else {
            words::cannot_write(&self.given, e)
        }
    }
}
