//! Scripts one after the other: the next request plays the next one, and the last one stays.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ParseError, Script};

/// One or more scripts, played in turn; the last one repeats. As text: `"529 then 529 then ok"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Playlist {
    scripts: Vec<Script>,
}

impl Playlist {
    pub(crate) fn into_scripts(self) -> Vec<Script> {
        self.scripts
    }

    /// The scripts in order.
    #[must_use]
    pub fn scripts(&self) -> &[Script] {
        &self.scripts
    }
}

impl From<Script> for Playlist {
    fn from(script: Script) -> Self {
        Playlist { scripts: vec![script] }
    }
}

/// An empty list plays [`Script::ok`].
impl From<Vec<Script>> for Playlist {
    fn from(scripts: Vec<Script>) -> Self {
        let scripts = if scripts.is_empty() { vec![Script::ok()] } else { scripts };
        Playlist { scripts }
    }
}

impl<const N: usize> From<[Script; N]> for Playlist {
    fn from(scripts: [Script; N]) -> Self {
        Playlist::from(Vec::from(scripts))
    }
}

impl FromStr for Playlist {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Playlist { scripts: super::parse::scripts(text)? })
    }
}

impl TryFrom<String> for Playlist {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl std::fmt::Display for Playlist {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, script) in self.scripts.iter().enumerate() {
            let joint = if index == 0 { "" } else { " then " };
            write!(f, "{joint}{script}")?;
        }
        Ok(())
    }
}

impl From<Playlist> for String {
    fn from(playlist: Playlist) -> Self {
        playlist.to_string()
    }
}
