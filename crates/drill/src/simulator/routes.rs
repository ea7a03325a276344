//! Which script a request gets.

use std::sync::Arc;

use crate::script::{Playlist, Script};

/// Scripts by key, by model, and for everything else.
#[derive(Debug)]
pub(super) struct Routes {
    default: Channel,
    models: Vec<(String, Channel)>,
    keys: Vec<(String, Channel)>,
}

impl Default for Routes {
    fn default() -> Self {
        Routes { default: Script::ok().into(), models: Vec::new(), keys: Vec::new() }
    }
}

/// A playlist and how far it has been played.
#[derive(Debug)]
struct Channel {
    scripts: Vec<Arc<Script>>,
    next: usize,
}

impl From<Playlist> for Channel {
    fn from(playlist: Playlist) -> Self {
        Channel { scripts: playlist.into_scripts().into_iter().map(Arc::new).collect(), next: 0 }
    }
}

impl From<Script> for Channel {
    fn from(script: Script) -> Self {
        Playlist::from(script).into()
    }
}

impl Channel {
    fn take(&mut self) -> Option<Arc<Script>> {
        let script = self.scripts.get(self.next).or_else(|| self.scripts.last()).cloned();
        self.next = (self.next + 1).min(self.scripts.len());
        script
    }
}

fn set(rules: &mut Vec<(String, Channel)>, name: String, playlist: Playlist) {
    rules.retain(|(known, _)| *known != name);
    rules.push((name, playlist.into()));
}

impl Routes {
    pub(super) fn set_default(&mut self, playlist: Playlist) {
        self.default = playlist.into();
    }

    pub(super) fn set_model(&mut self, model: &str, playlist: Playlist) {
        set(&mut self.models, model.to_owned(), playlist);
    }

    pub(super) fn set_key(&mut self, key: String, playlist: Playlist) {
        set(&mut self.keys, key, playlist);
    }

    /// The next script for this request: by key, else by model, else the default.
    pub(super) fn take(&mut self, key: Option<&str>, model: &str) -> Arc<Script> {
        let by_key = self.keys.iter_mut().find(|(known, _)| Some(known.as_str()) == key);
        let by_model = self.models.iter_mut().find(|(known, _)| known == model);
        let channel = by_key.or(by_model).map_or(&mut self.default, |(_, channel)| channel);
        channel.take().unwrap_or_else(|| Arc::new(Script::ok()))
    }
}
