//! Files: checksums, magic numbers, locks, and the last step of every pull.
//!
//! Invariant: a file gets its final name by one atomic rename, after it was checked and written to the disk.

use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::error::StoreError;
use super::fetch::Progress;

/// The first four bytes of every GGUF file (GGUF specification, "File structure").
const MAGIC: &[u8; 4] = b"GGUF";
/// How much is read at a time.
const PIECE: usize = 1 << 20;
/// How often a second pull of the same model looks whether the first is done.
const LOCK_POLL: Duration = Duration::from_millis(200);

/// The file beside `path` that has `ending` added to its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Refuses a file that is not GGUF.
pub(super) fn check_magic(path: &Path) -> Result<(), StoreError> {
    let mut magic = [0; 4];
    let mut file = File::open(path).map_err(StoreError::io("open", path))?;
    match file.read_exact(&mut magic) {
        Ok(()) if magic == *MAGIC => Ok(()),
        Ok(()) => Err(StoreError::NotGguf(path.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(StoreError::NotGguf(path.to_owned()))
        }
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

/// The SHA-256 of a file, in lower-case hexadecimal.
pub(super) fn sha256(path: &Path) -> Result<String, StoreError> {
    let mut file = File::open(path).map_err(StoreError::io("open", path))?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).map_err(StoreError::io("read", path))?;
        let Some(part) = piece.get(..read).filter(|part| !part.is_empty()) else { break };
        hash.update(part);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Gives a checked file its final name, with its checksum beside it.
pub(super) fn publish(from: &Path, to: &Path, sha256: &str) -> Result<(), StoreError> {
    let file = File::open(from).map_err(StoreError::io("open", from))?;
    file.sync_all().map_err(StoreError::io("write", from))?;
    let sum = beside(to, ".sha256");
    std::fs::write(&sum, format!("{sha256}\n")).map_err(StoreError::io("write", &sum))?;
    std::fs::rename(from, to).map_err(StoreError::io("rename", from))
}

/// Removes a file; that it is not there is as good.
pub(super) fn discard(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Takes the lock of a model and waits for it when another pull, in this process or another, holds it. The lock
/// ends with the returned file, and with its process.
pub(super) async fn lock(place: &Path, progress: &impl Progress) -> Result<File, StoreError> {
    let path = beside(place, ".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(StoreError::io("open", &path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                if !std::mem::replace(&mut told, true) {
                    progress.note("another pull of this model is under way; waiting for it");
                }
                tokio::time::sleep(LOCK_POLL).await;
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
        }
    }
}
