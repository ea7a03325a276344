//! Which targets a request may go to, in order.
//!
//! A caller asks for a route, for one of its aliases, for `provider/model`, or for a configured model by its bare
//! name. A route gives its targets in order. A model gives itself, then the rest of the route it stands in: the
//! caller prefers it and still wants an answer. A list of the caller's own replaces the rest. "Only this model"
//! gives one target.

use std::sync::Arc;

/// A configured route.
#[derive(Debug)]
struct Route<T> {
    name: Arc<str>,
    aliases: Vec<String>,
    targets: Vec<(Arc<str>, Arc<T>)>,
}

/// The routes of a configuration, over targets of any kind.
#[derive(Debug)]
pub struct Routes<T> {
    routes: Vec<Route<T>>,
}

/// No route, alias or model has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The name asked for.
    pub asked: String,
    /// Names that look like it, best first.
    pub near: Vec<String>,
}

/// The route's name and its targets, in order, never empty.
pub type Planned<T> = (Arc<str>, Vec<Arc<T>>);

/// A route's name and targets with their names.
type Named<T> = (Arc<str>, Vec<(Arc<str>, Arc<T>)>);

/// How alike two names must be to be suggested (Jaro-Winkler, 0 to 1).
const NEAR: f64 = 0.8;

impl<T> Default for Routes<T> {
    fn default() -> Self {
        Self { routes: Vec::new() }
    }
}

impl<T> Routes<T> {
    /// Adds a route; the first one is the one a model outside all routes falls back to. Each target comes with its
    /// `provider/model`.
    pub fn add(&mut self, name: &str, aliases: Vec<String>, targets: Vec<(Arc<str>, Arc<T>)>) {
        self.routes.push(Route { name: name.into(), aliases, targets });
    }

    /// All names a caller may ask for: routes, aliases, then `provider/model` of each target.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let routes = self.routes.iter().map(|r| r.name.to_string());
        let aliases = self.routes.iter().flat_map(|r| r.aliases.iter().cloned());
        let targets = self.routes.iter().flat_map(|r| r.targets.iter().map(|(id, _)| id.to_string()));
        for name in routes.chain(aliases).chain(targets) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The routes with their targets' names, for people.
    pub fn chains(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.routes.iter().map(|r| (r.name.as_ref(), r.targets.iter().map(|(id, _)| id.as_ref()).collect()))
    }

    /// The routes with their targets.
    pub fn iter(&self) -> impl Iterator<Item = (Arc<str>, impl Iterator<Item = &Arc<T>>)> {
        self.routes.iter().map(|r| (r.name.clone(), r.targets.iter().map(|(_, target)| target)))
    }

    /// The targets for `model` and the caller's own list. `ad_hoc` makes a target of a `provider/model` that no
    /// route names, if the provider is known.
    ///
    /// # Errors
    /// [`Unknown`] for the first name that means nothing.
    pub fn plan(
        &self,
        model: &str,
        fallbacks: &[String],
        only: bool,
        ad_hoc: impl Fn(&str, &str) -> Option<T>,
    ) -> Result<Planned<T>, Unknown> {
        let (route, mut chain) = self.find(model, &ad_hoc)?;
        if only {
            chain.truncate(1);
            return Ok((route, strip(chain)));
        }
        if !fallbacks.is_empty() {
            let is_route = self.route(model).is_some();
            if !is_route {
                chain.truncate(1);
            }
            for name in fallbacks {
                let (_, more) = self.find(name, &ad_hoc)?;
                let wanted = if self.route(name).is_some() { more.len() } else { 1 };
                chain.extend(more.into_iter().take(wanted));
            }
        }
        Ok((route, strip(chain)))
    }

    fn route(&self, name: &str) -> Option<&Route<T>> {
        self.routes.iter().find(|r| *r.name == *name || r.aliases.iter().any(|a| a == name))
    }

    fn find(&self, name: &str, ad_hoc: &impl Fn(&str, &str) -> Option<T>) -> Result<Named<T>, Unknown> {
        if let Some(route) = self.route(name) {
            return Ok((route.name.clone(), route.targets.clone()));
        }
        for route in &self.routes {
            let is_it = |id: &str| id == name || id.split_once('/').is_some_and(|(_, model)| model == name);
            if let Some(found) = route.targets.iter().find(|(id, _)| is_it(id)) {
                let rest = route.targets.iter().filter(|(id, _)| *id != found.0);
                return Ok((route.name.clone(), std::iter::once(found).chain(rest).cloned().collect()));
            }
        }
        let made = name.split_once('/').and_then(|(provider, model)| ad_hoc(provider, model));
        if let (Some(target), Some(first)) = (made, self.routes.first()) {
            let lead = (Arc::from(name), Arc::new(target));
            let chain = std::iter::once(lead).chain(first.targets.iter().cloned()).collect();
            return Ok((first.name.clone(), chain));
        }
        Err(Unknown { asked: name.to_owned(), near: self.near(name) })
    }

    fn near(&self, asked: &str) -> Vec<String> {
        let asked = asked.to_ascii_lowercase();
        let likeness = |name: &str| {
            let name = name.to_ascii_lowercase();
            let bare = name.split_once('/').map_or(name.as_str(), |(_, model)| model);
            let contains = name.contains(&asked) || asked.contains(bare);
            let alike = strsim::jaro_winkler(&name, &asked).max(strsim::jaro_winkler(bare, &asked));
            if contains { alike.max(NEAR) } else { alike }
        };
        let mut scored: Vec<(f64, String)> =
            self.names().into_iter().map(|n| (likeness(&n), n)).filter(|(score, _)| *score >= NEAR).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(3).map(|(_, name)| name).collect()
    }
}

/// The targets without their names, each once, first place kept.
fn strip<T>(chain: Vec<(Arc<str>, Arc<T>)>) -> Vec<Arc<T>> {
    let mut seen: Vec<Arc<str>> = Vec::with_capacity(chain.len());
    let mut targets = Vec::with_capacity(chain.len());
    for (id, target) in chain {
        if !seen.contains(&id) {
            seen.push(id);
            targets.push(target);
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn routes() -> Routes<String> {
        let targets =
            |ids: &[&str]| ids.iter().map(|id| (Arc::from(*id), Arc::new((*id).to_owned()))).collect();
        let mut routes = Routes::default();
        routes.add(
            "default",
            vec!["gpt-4o".into()],
            targets(&["openai/gpt-4o-mini", "anthropic/haiku", "local/smol"]),
        );
        routes.add("strict", vec![], targets(&["anthropic/haiku"]));
        routes
    }

    fn ad_hoc(provider: &str, model: &str) -> Option<String> {
        (provider == "openai" && !model.is_empty()).then(|| format!("openai/{model}"))
    }

    fn check(model: &str, fallbacks: &[&str], only: bool, expected: &str) {
        let fallbacks: Vec<String> = fallbacks.iter().map(|f| (*f).to_owned()).collect();
        let found = match routes().plan(model, &fallbacks, only, ad_hoc) {
            Ok((route, targets)) => {
                let names: Vec<&str> = targets.iter().map(|t| t.as_str()).collect();
                format!("{route}: {}", names.join(" "))
            }
            Err(e) => format!("unknown {}, near {:?}", e.asked, e.near),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn the_caller_gets_the_model_they_asked_for_first() {
        check("default", &[], false, "default: openai/gpt-4o-mini anthropic/haiku local/smol");
        check("gpt-4o", &[], false, "default: openai/gpt-4o-mini anthropic/haiku local/smol");
        check("strict", &[], false, "strict: anthropic/haiku");
        check("anthropic/haiku", &[], false, "default: anthropic/haiku openai/gpt-4o-mini local/smol");
        check("smol", &[], false, "default: local/smol openai/gpt-4o-mini anthropic/haiku");
        check(
            "openai/gpt-9",
            &[],
            false,
            "default: openai/gpt-9 openai/gpt-4o-mini anthropic/haiku local/smol",
        );
    }

    #[test]
    fn only_this_model_means_only_this_model() {
        check("default", &[], true, "default: openai/gpt-4o-mini");
        check("local/smol", &["anthropic/haiku"], true, "default: local/smol");
        check("openai/gpt-9", &[], true, "default: openai/gpt-9");
    }

    #[test]
    fn the_callers_own_list_is_followed_and_nothing_else() {
        check(
            "anthropic/haiku",
            &["local/smol", "anthropic/haiku"],
            false,
            "default: anthropic/haiku local/smol",
        );
        check("strict", &["default"], false, "strict: anthropic/haiku openai/gpt-4o-mini local/smol");
        check("anthropic/haiku", &["nope"], false, "unknown nope, near []");
    }

    #[test]
    fn a_mistyped_model_is_met_with_its_likely_name() {
        check("defualt", &[], false, r#"unknown defualt, near ["default"]"#);
        check("gpt-4o-mini-x", &[], false, r#"unknown gpt-4o-mini-x, near ["openai/gpt-4o-mini", "gpt-4o"]"#);
        check("zzz", &[], false, "unknown zzz, near []");
        check("mistral/large", &[], false, "unknown mistral/large, near []");
    }

    proptest! {
        #[test]
        fn no_plan_asks_the_same_target_twice(
            model in prop::sample::select(vec!["default", "strict", "local/smol", "openai/x", "haiku"]),
            fallbacks in prop::collection::vec(
                prop::sample::select(vec!["default", "strict", "local/smol", "openai/x", "haiku"]), 0..5),
        ) {
            let fallbacks: Vec<String> = fallbacks.into_iter().map(str::to_owned).collect();
            let (_, targets) = routes().plan(model, &fallbacks, false, ad_hoc).unwrap();
            let mut unique = targets.clone();
            unique.sort();
            unique.dedup();
            prop_assert_eq!(unique.len(), targets.len());
        }
    }
}
