//! How people read a target.

use crate::term::clean_name;
use std::collections::HashMap;

/// The targets that are there, so that two with the same model are told apart.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    /// How many targets have this model.
    models: HashMap<String, usize>,
}

/// `openai/gpt-4o` as its two parts. A model's own name may have slashes in it.
pub(crate) fn parts(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or(("", id))
}

impl Names {
    pub(crate) fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut seen: Vec<&str> = ids.into_iter().collect();
        seen.sort_unstable();
        seen.dedup();
        let mut models = HashMap::new();
        for id in seen {
            *models.entry(parts(id).1.to_owned()).or_insert(0) += 1;
        }
        Self { models }
    }

    /// The model alone; with its provider where another target has the same model.
    pub(crate) fn short(&self, id: &str) -> String {
        let (_, model) = parts(id);
        let is_alone = self.models.get(model).copied().unwrap_or(0) < 2;
        clean_name(if is_alone { model } else { id })
    }

    /// `model · provider`.
    pub(crate) fn long(&self, id: &str) -> String {
        let (provider, model) = parts(id);
        if provider.is_empty() { clean_name(model) } else { clean_name(&format!("{model} · {provider}")) }
    }

    /// The provider alone.
    pub(crate) fn provider(&self, id: &str) -> String {
        clean_name(parts(id).0)
    }

    /// Whether both are the same model at two providers.
    pub(crate) fn are_alike(one: &str, other: &str) -> bool {
        one != other && parts(one).1 == parts(other).1
    }
}
