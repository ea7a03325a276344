//! The environment, behind a trait, and the data directory that follows from it.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where environment variables come from.
pub trait Env {
    /// The value of a variable. A variable that is not set, is empty or is not UTF-8 has none: an empty
    /// `OPENAI_API_KEY=` in a shell profile or a compose file means "no key", not "the empty key".
    fn get(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEnv;

impl Env for SystemEnv {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.trim().is_empty())
    }
}

/// An environment made of given pairs, for tests and simulations.
#[derive(Clone, Default)]
pub struct MapEnv(BTreeMap<String, String>);

impl MapEnv {
    /// An environment that holds these pairs and nothing else.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl std::fmt::Debug for MapEnv {
    /// Names only: values may be keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Env for MapEnv {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned().filter(|value| !value.trim().is_empty())
    }
}

/// The data directory: `$HANDOVER_HOME`, else the platform's place for application data.
///
/// Without a home directory, as for some daemons, it is `.handover` in the current directory: a gateway
/// that cannot find a home still has to answer.
#[must_use]
pub fn home_dir(env: &dyn Env) -> PathBuf {
    if let Some(home) = env.get("HANDOVER_HOME") {
        return PathBuf::from(home);
    }
    if cfg!(windows) {
        if let Some(data) = env.get("LOCALAPPDATA") {
            return PathBuf::from(data).join("handover");
        }
    } else if cfg!(target_os = "macos") {
        if let Some(home) = env.get("HOME") {
            return PathBuf::from(home).join("Library/Application Support/handover");
        }
    } else {
        // The XDG specification says to ignore a relative path.
        let data = env.get("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        if let Some(data) = data {
            return data.join("handover");
        }
        if let Some(home) = env.get("HOME") {
            return PathBuf::from(home).join(".local/share/handover");
        }
    }
    PathBuf::from(".handover")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_no_key() {
        let env = MapEnv::new([("A", ""), ("B", "  "), ("C", "x")]);
        assert_eq!(env.get("A"), None);
        assert_eq!(env.get("B"), None);
        assert_eq!(env.get("C").as_deref(), Some("x"));
    }

    #[test]
    fn values_of_an_environment_are_not_printed() {
        let env = MapEnv::new([("OPENAI_API_KEY", "sk-secret")]);
        assert_eq!(format!("{env:?}"), "{\"OPENAI_API_KEY\"}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn models_are_found_where_they_were_put() {
        let check = |pairs: &[(&str, &str)], expected: &str| {
            assert_eq!(home_dir(&MapEnv::new(pairs.iter().copied())), PathBuf::from(expected), "{pairs:?}");
        };
        check(&[("HANDOVER_HOME", "/srv/h"), ("HOME", "/home/a")], "/srv/h");
        check(&[("XDG_DATA_HOME", "/data"), ("HOME", "/home/a")], "/data/handover");
        check(&[("XDG_DATA_HOME", "relative"), ("HOME", "/home/a")], "/home/a/.local/share/handover");
        check(&[("HOME", "/home/a")], "/home/a/.local/share/handover");
        check(&[], ".handover");
    }
}
