//! Where a key comes from: the name of its variable, never the key.

use handover_config::{Env, Source, SystemEnv};
use secrecy::{ExposeSecret, SecretString};

/// The variables that hold keys when there is no file: those the vendors' own SDKs read.
const VENDORS: [&str; 3] = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "CO_API_KEY"];

/// The variables that keys may come from, and what they hold.
pub(crate) struct Places(Vec<(String, SecretString)>);

impl Places {
    /// The variables that the configuration refers to.
    pub(crate) fn of(source: &Source) -> Self {
        let text = match source {
            Source::File(path) => std::fs::read_to_string(path).unwrap_or_default(),
            Source::Text { text, .. } => text.clone(),
            Source::Environment => String::new(),
        };
        Self::among(&text, &SystemEnv)
    }

    fn among(text: &str, env: &dyn Env) -> Self {
        let mut names: Vec<&str> = references(text).collect();
        names.extend(VENDORS);
        let found = names.into_iter().filter_map(|name| {
            let value = env.get(name)?;
            Some((name.to_owned(), value.trim().to_owned().into()))
        });
        Self(found.collect())
    }

    /// Where this key comes from, for people.
    pub(crate) fn of_key(&self, key: &SecretString) -> String {
        let found = self.0.iter().find(|(_, value)| value.expose_secret() == key.expose_secret());
        found.map_or_else(
            || "the configuration itself, or a file it names".to_owned(),
            |(name, _)| name.clone(),
        )
    }
}

/// The names behind every `env:` in a text.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("env:").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_config::MapEnv;

    #[test]
    fn a_key_is_named_by_its_variable_and_never_shown() {
        let env = MapEnv::new([("A_KEY", "sk-a "), ("OPENAI_API_KEY", "sk-o"), ("UNRELATED", "sk-u")]);
        let places = Places::among("api_keys = [\"env:A_KEY\", \"env:UNSET\"]\n", &env);
        let check = |key: &str, expected: &str| {
            assert_eq!(places.of_key(&key.to_owned().into()), expected);
        };
        check("sk-a", "A_KEY");
        check("sk-o", "OPENAI_API_KEY");
        check("sk-u", "the configuration itself, or a file it names");
    }
}
