//! The names that metrics may carry: what the configuration names, and nothing that a caller makes up.
//!
//! A caller may ask for any model of a provider. Were each name a label, callers would decide how much memory the
//! gateway and its Prometheus take. So every label is one of the configuration's own names, or [`OTHER`]. They are
//! kept as shared strings: a label costs no allocation.

use crate::chains::Chains;
use handover_config::Config;
use std::collections::HashMap;
use std::sync::Arc;

/// Stands for every name that the configuration does not have.
pub(crate) const OTHER: &str = "other";
/// Stands for a target or a route that there was not.
pub(crate) const NONE: &str = "none";

/// A target, as labels name it.
#[derive(Debug, Clone)]
pub(crate) struct TargetName {
    /// `provider/model`.
    pub(crate) id: Arc<str>,
    pub(crate) provider: Arc<str>,
    pub(crate) model: Arc<str>,
}

/// All names of a configuration.
#[derive(Debug)]
pub(crate) struct Names {
    targets: HashMap<Arc<str>, TargetName>,
    /// Providers, each with the number of its keys.
    providers: HashMap<Arc<str>, usize>,
    routes: HashMap<Arc<str>, Arc<str>>,
    /// What callers may ask for: routes, aliases, targets, and models by their bare names.
    asked: HashMap<Arc<str>, Arc<str>>,
    other: Arc<str>,
    none: Arc<str>,
    absent: TargetName,
    /// What it says of targets and routes besides.
    pub(crate) chains: Chains,
}

impl Names {
    pub(crate) fn of(config: &Config) -> Self {
        let mut names = Self { chains: Chains::of(config), ..Self::default() };
        for provider in &config.providers {
            names.providers.insert(provider.name.as_str().into(), provider.keys.len());
        }
        for route in &config.routes {
            let name: Arc<str> = route.name.as_str().into();
            names.routes.insert(name.clone(), name.clone());
            names.asked.insert(name.clone(), name);
            for alias in &route.aliases {
                names.ask(alias);
            }
            for target in &route.targets {
                let id: Arc<str> = target.id().into();
                let provider: Arc<str> = target.provider.as_str().into();
                let model: Arc<str> = target.model.as_str().into();
                names.ask(&id);
                names.ask(&model);
                names.targets.insert(id.clone(), TargetName { id, provider, model });
            }
        }
        names
    }

    fn ask(&mut self, name: &str) {
        let name: Arc<str> = name.into();
        self.asked.insert(name.clone(), name);
    }

    /// A target's labels. Of one that the configuration does not name, only its provider may be known.
    pub(crate) fn target(&self, id: &str) -> TargetName {
        if let Some(known) = self.targets.get(id) {
            return known.clone();
        }
        let provider = id.split_once('/').map_or(id, |(provider, _)| provider);
        TargetName { provider: self.provider(provider), ..self.absent.clone() }
    }

    /// The labels of no target.
    pub(crate) fn no_target(&self) -> TargetName {
        TargetName { id: self.none.clone(), provider: self.none.clone(), model: self.none.clone() }
    }

    pub(crate) fn provider(&self, name: &str) -> Arc<str> {
        self.providers.get_key_value(name).map_or_else(|| self.other.clone(), |(name, _)| name.clone())
    }

    pub(crate) fn route(&self, name: Option<&str>) -> Arc<str> {
        match name {
            None => self.none.clone(),
            Some(name) => self.routes.get(name).cloned().unwrap_or_else(|| self.other.clone()),
        }
    }

    pub(crate) fn asked(&self, name: &str) -> Arc<str> {
        self.asked.get(name).cloned().unwrap_or_else(|| self.other.clone())
    }

    /// The targets that the configuration names.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Arc<str>> {
        self.targets.keys()
    }

    /// How many keys the provider of a target has; 0 for one that needs none.
    pub(crate) fn keys_of(&self, target: &str) -> usize {
        let provider = target.split_once('/').map_or(target, |(provider, _)| provider);
        self.providers.get(provider).copied().unwrap_or(0)
    }
}

impl Default for Names {
    fn default() -> Self {
        let (other, none): (Arc<str>, Arc<str>) = (OTHER.into(), NONE.into());
        let absent = TargetName { id: other.clone(), provider: other.clone(), model: other.clone() };
        Self {
            targets: HashMap::new(),
            providers: HashMap::new(),
            routes: HashMap::new(),
            asked: HashMap::new(),
            other,
            none,
            absent,
            chains: Chains::default(),
        }
    }
}
