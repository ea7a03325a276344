//! What the configuration says of targets and routes, for whoever tells about them: prices, limits, places in the chain.
//!
//! Nothing is guessed here. A target without a price has no cost, and an answer of which one part has none has none.

use handover_config::{Config, Price, ProviderDialect, Route};
use handover_dialect::hub::Usage;
use handover_dispatch::Served;
use handover_policy::Signal;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Tokens that a price is for.
const PRICED_TOKENS: f64 = 1_000_000.0;

/// What the configuration says of a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Facts {
    /// US dollars for a million tokens.
    pub(crate) price: Option<Price>,
    /// The first-token limit; of a target that stands in several routes, the shortest.
    pub(crate) first_token: Duration,
}

/// A route's chain.
#[derive(Debug, Default)]
struct Chain {
    /// `None` when the lead was left out for want of a key.
    lead: Option<Arc<str>>,
    /// Each target with its place, from 1. Members of a group of equals share one.
    places: Vec<(Arc<str>, usize)>,
}

/// What the configuration says of all targets and routes.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    targets: HashMap<Arc<str>, Facts>,
    routes: HashMap<Arc<str>, Chain>,
}

impl Chains {
    pub(crate) fn of(config: &Config) -> Self {
        let mut chains = Self::default();
        for route in &config.routes {
            chains.routes.insert(route.name.as_str().into(), Chain::of(route));
            for target in &route.targets {
                let is_local = config
                    .provider(&target.provider)
                    .is_some_and(|provider| provider.dialect == ProviderDialect::Local);
                // Nobody sends a bill for what the embedded engine writes.
                let own = is_local.then_some(Price { input: 0.0, output: 0.0 });
                let facts = Facts { price: target.price.or(own), first_token: target.timeouts.first_token };
                let known = chains.targets.entry(target.id().into()).or_insert(facts);
                known.price = known.price.or(facts.price);
                known.first_token = known.first_token.min(facts.first_token);
            }
        }
        chains
    }

    /// All targets of the configuration.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (&Arc<str>, &Facts)> {
        self.targets.iter()
    }

    pub(crate) fn facts(&self, target: &str) -> Option<Facts> {
        self.targets.get(target).copied()
    }

    /// All routes.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Arc<str>> {
        self.routes.keys()
    }

    /// The place of a target in a route's chain, and how many places it has.
    pub(crate) fn place(&self, route: &str, target: &str) -> Option<(usize, usize)> {
        let places = &self.routes.get(route)?.places;
        let (_, place) = places.iter().find(|(id, _)| **id == *target)?;
        Some((*place, places.last().map_or(*place, |(_, last)| *last)))
    }

    /// The first target of a route.
    pub(crate) fn lead(&self, route: &str) -> Option<&Arc<str>> {
        self.routes.get(route)?.lead.as_ref()
    }

    /// What tokens of a target cost, US dollars. `None` where the price or a number of tokens is not known.
    pub(crate) fn cost_of(&self, target: &str, usage: Usage) -> Option<f64> {
        let Price { input, output } = self.facts(target)?.price?;
        let (prompt, completion) = (usage.prompt? as f64, usage.completion? as f64);
        Some((prompt * input + completion * output) / PRICED_TOKENS)
    }

    /// What an answer cost, US dollars: all parts of it, whoever wrote them. Attempts that came to nothing are not in it,
    /// for nobody says what they cost. `None` when the price or the tokens of a part are not known, or nobody answered.
    pub(crate) fn cost(&self, served: &Served) -> Option<f64> {
        let target = served.target.as_ref()?;
        if served.cached.is_some() {
            return Some(0.0);
        }
        let last = self.cost_of(target, served.billed);
        let parts = served.hand_overs.iter().map(|handed| self.cost_of(&handed.from, handed.usage));
        parts.chain([last]).sum::<Option<f64>>().map(cents)
    }
}

impl Chain {
    fn of(route: &Route) -> Self {
        let is_lead = |signal: Option<u8>| Signal::of(signal) == Signal::Full;
        let lead = route.targets.first().filter(|target| is_lead(target.signal));
        // Where the lead was left out, the first that is there stands behind its place.
        let mut place = usize::from(lead.is_none());
        let mut before: Option<u32> = None;
        let mut places = Vec::with_capacity(route.targets.len());
        for target in &route.targets {
            if target.group.is_none() || target.group != before {
                place += 1;
            }
            before = target.group;
            places.push((target.id().into(), place));
        }
        Self { lead: lead.map(|target| target.id().into()), places }
    }
}

/// A sum of money without the noise of its last binary digits: to a hundred-millionth of a dollar.
pub(crate) fn cents(dollars: f64) -> f64 {
    (dollars * 1e8).round() / 1e8
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_config::{MapEnv, Source, load};

    fn chains(routes: &str) -> Chains {
        let provider = |name: &str, key: &str| {
            format!(
                "[providers.{name}]\ndialect = \"openai\"\nbase_url = \"http://127.0.0.1:8001/v1\"\n{key}\n"
            )
        };
        let (a, b) = (provider("a", ""), provider("b", ""));
        let keyless = provider("keyless", "api_keys = [\"env:NOT_SET\"]");
        let text = format!("{a}{b}{keyless}[providers.local]\ndialect = \"local\"\n{routes}");
        let source = Source::Text { path: "handover.toml".into(), text };
        Chains::of(&load(&source, &MapEnv::default()).unwrap().config)
    }

    #[test]
    fn a_reader_is_told_the_place_of_who_answered() {
        let check = |targets: &str, lead: Option<&str>, places: &[(&str, usize)], of: usize| {
            let chains = chains(&format!("[routes.r]\ntargets = [{targets}]\n"));
            assert_eq!(chains.lead("r").map(|lead| &**lead), lead, "{targets}");
            for (id, place) in places {
                assert_eq!(chains.place("r", id), Some((*place, of)), "{id} in {targets}");
            }
            assert_eq!(chains.place("r", "a/made-up"), None);
            assert_eq!(chains.place("made-up", "a/x"), None);
        };
        check(r#""a/x""#, Some("a/x"), &[("a/x", 1)], 1);
        check(r#""a/x", "b/y", "local/z""#, Some("a/x"), &[("a/x", 1), ("b/y", 2), ("local/z", 3)], 3);
        let group = r#"{ any_of = ["a/x", "b/x"] }, { any_of = ["a/y", "b/y"] }, "a/z""#;
        check(group, Some("a/x"), &[("a/x", 1), ("b/x", 1), ("a/y", 2), ("b/y", 2), ("a/z", 3)], 3);
        // The lead has no key: who stands first is a backup all the same.
        check(r#""keyless/x", "b/y", "a/z""#, None, &[("b/y", 2), ("a/z", 3)], 3);
    }

    #[test]
    fn a_target_in_two_routes_has_one_price_and_the_shorter_limit() {
        let chains = chains(
            "[routes.r]\ntargets = [\"a/x\"]\ntimeouts = { first_token = \"3s\" }\n\
             [routes.s]\ntargets = [{ model = \"a/x\", price = { input = 1, output = 2 } }, \"local/z\", \"b/y\"]\n",
        );
        let facts = chains.facts("a/x").unwrap();
        assert_eq!(facts.price, Some(Price { input: 1.0, output: 2.0 }));
        assert_eq!(facts.first_token, Duration::from_secs(3));
        assert_eq!(chains.facts("b/y").unwrap().price, None, "nobody has said what it costs");
        let free = chains.facts("local/z").unwrap().price;
        assert_eq!(free, Some(Price { input: 0.0, output: 0.0 }), "nobody sends a bill for it");
    }
}
