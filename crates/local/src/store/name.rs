//! The names of models, and where each of them lies.
//!
//! Invariant: no name, whoever gives it, leads out of the models' folder.

use std::path::{Path, PathBuf};

/// The small model that comes from a Python package.
pub const SMALL_MODEL: &str = "smollm2-135m-instruct";

/// What a user may ask `handover model pull` for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// [`SMALL_MODEL`].
    Small,
    /// A file on a hub that speaks the Hugging Face protocol: `hf:owner/repo/path/file.gguf`.
    Hub {
        /// `owner/repo`.
        repository: String,
        /// The file's path inside the repository.
        file: String,
    },
    /// A file on this machine.
    Local(PathBuf),
}

/// Reads a name; `None` when it is none of the three kinds.
pub fn parse(name: &str) -> Option<Source> {
    if name == SMALL_MODEL {
        return Some(Source::Small);
    }
    if let Some(rest) = name.strip_prefix("hf:") {
        let parts: Vec<_> = rest.split('/').collect();
        let plain = parts.iter().all(|part| is_plain(part));
        return match parts.as_slice() {
            [owner, repository, file @ ..] if plain && !file.is_empty() && rest.ends_with(".gguf") => {
                Some(Source::Hub { repository: format!("{owner}/{repository}"), file: file.join("/") })
            }
            _ => None,
        };
    }
    let looks_like_a_path = name.ends_with(".gguf") || name.starts_with(['/', '.', '~']);
    looks_like_a_path.then(|| Source::Local(PathBuf::from(name)))
}

/// The name under which a local file is known: its own, without folder and ending.
pub(super) fn of_local(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    is_plain(stem).then(|| stem.to_owned())
}

/// Where the model `name` lies below the models' folder, or `None` when no file can have that name.
pub(super) fn place(models: &Path, name: &str) -> Option<PathBuf> {
    if let Some(rest) = name.strip_prefix("hf:") {
        let path =
            rest.split('/').try_fold(models.join("hf"), |path, part| is_plain(part).then(|| path.join(part)));
        return path.filter(|_| matches!(parse(name), Some(Source::Hub { .. })));
    }
    is_plain(name).then(|| models.join(format!("{name}.gguf")))
}

/// The name of the file at `path` below the models' folder: the inverse of [`place`].
pub(super) fn of_place(models: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(models).ok()?.to_str()?;
    match inside.strip_prefix("hf/") {
        Some(rest) => Some(format!("hf:{rest}")),
        None => inside.strip_suffix(".gguf").map(str::to_owned),
    }
}

/// Letters, digits, `.`, `_`, `-`, `+` and spaces, not beginning with a dot: harmless in a path and in a URL.
fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('.')
        && part.len() <= 200
        && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, path: Option<&str>) {
        let models = Path::new("/m");
        let found = place(models, name);
        assert_eq!(found.as_deref(), path.map(Path::new), "{name}");
        if let Some(found) = found {
            assert_eq!(of_place(models, &found).as_deref(), Some(name));
        }
    }

    #[test]
    fn no_name_leads_out_of_the_models_folder() {
        check(SMALL_MODEL, Some("/m/smollm2-135m-instruct.gguf"));
        check("hf:o/r/x.gguf", Some("/m/hf/o/r/x.gguf"));
        check("hf:o/r/sub/x.gguf", Some("/m/hf/o/r/sub/x.gguf"));
        for name in
            ["../x", "a/b", "", "..", "hf:../../x.gguf", "hf:o/r", "hf:o/r/x.bin", "hf:o/r/../x.gguf", "x y"]
        {
            check(name, None);
        }
    }

    #[test]
    fn the_three_kinds_of_names_are_told_apart() {
        assert_eq!(parse(SMALL_MODEL), Some(Source::Small));
        assert_eq!(parse("./m/x.gguf"), Some(Source::Local("./m/x.gguf".into())));
        assert_eq!(parse("x.gguf"), Some(Source::Local("x.gguf".into())));
        let hub = Source::Hub { repository: "o/r".to_owned(), file: "s/x.gguf".to_owned() };
        assert_eq!(parse("hf:o/r/s/x.gguf"), Some(hub));
        assert_eq!(parse("llama-9"), None);
        assert_eq!(parse("hf:o/r/x.gguf?download=1"), None);
    }
}
