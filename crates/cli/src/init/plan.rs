//! What the file will say: who answers in which order, under which names, at which address.

use super::Args;
use super::find::{Candidate, Found, Kind, by_name, embedded, names};
use super::servers::usual_place;
use crate::words::init as words;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) listen: SocketAddr,
    pub(super) route: String,
    pub(super) aliases: Vec<String>,
    /// The lead first. Never empty; each provider once.
    pub(super) chain: Vec<Link>,
}

/// One place of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) who: Candidate,
    pub(super) model: String,
}

impl Link {
    pub(super) fn id(&self) -> String {
        format!("{}/{}", self.who.name, self.model)
    }
}

impl From<Candidate> for Link {
    /// The candidate with the model to begin with.
    fn from(who: Candidate) -> Self {
        let model = who.models.first().cloned().unwrap_or_default();
        Self { who, model }
    }
}

impl Plan {
    /// What flags say, and for the rest what was found, in its usual order.
    pub(super) fn without_questions(args: &Args, found: &Found) -> Result<Self, String> {
        check_name(&args.route_name).map_err(|why| words::bad_route_name(&args.route_name, why))?;
        let mut chain: Vec<Link> = if args.providers.is_empty() {
            found.candidates.iter().cloned().map(Link::from).collect()
        } else {
            chosen(&args.providers, found)?
        };
        let is_embedded = |link: &Link| link.who.kind == Kind::Embedded;
        if args.no_local {
            chain.retain(|link| !is_embedded(link));
        } else if !chain.iter().any(is_embedded) {
            chain.extend(embedded().map(Link::from));
        }
        if chain.is_empty() {
            return Err(words::NOBODY.to_owned());
        }
        let listen = args.listen.unwrap_or(found.listen);
        check_address(listen, &chain)?;
        let aliases = if args.aliases.is_empty() {
            usual_aliases(&chain, &args.route_name)
        } else {
            args.aliases.clone()
        };
        Ok(Self { listen, route: args.route_name.clone(), aliases: unique(aliases), chain })
    }

    /// Whether nobody answers but the embedded model.
    pub(super) fn is_only_local(&self) -> bool {
        self.chain.iter().all(|link| link.who.kind == Kind::Embedded)
    }

    /// Where applications reach the gateway: an address that stands for all is no address to call.
    pub(super) fn reached_at(&self) -> SocketAddr {
        let ip = match self.listen.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
        };
        SocketAddr::new(ip, self.listen.port())
    }

    /// The model of the embedded engine, when it is in the chain.
    pub(super) fn local_model(&self) -> Option<&str> {
        let local = self.chain.iter().find(|link| link.who.kind == Kind::Embedded);
        local.map(|link| link.model.as_str())
    }
}

/// The providers that were named, in that order, each once.
fn chosen(wanted: &[String], found: &Found) -> Result<Vec<Link>, String> {
    let mut chain: Vec<Link> = Vec::new();
    for name in wanted {
        if chain.iter().any(|link| link.who.name == *name) {
            return Err(words::named_twice(name));
        }
        let there = found.candidates.iter().find(|candidate| candidate.name == *name).cloned();
        let who = there.or_else(|| by_name(name));
        chain.push(who.ok_or_else(|| unknown(name, found))?.into());
    }
    Ok(chain)
}

fn unknown(name: &str, found: &Found) -> String {
    if let Some((title, at)) = usual_place(name) {
        return words::silent_server(title, at);
    }
    let here = found.candidates.iter().map(|candidate| candidate.name.clone());
    let all = unique(names().map(str::to_owned).chain(here).collect());
    words::unknown_provider(name, &all.join(", "))
}

/// The lead's model, which its applications ask for now. Not a name with a slash: it may mean another provider's model.
pub(super) fn usual_aliases(chain: &[Link], route: &str) -> Vec<String> {
    let lead = chain.first().filter(|lead| matches!(lead.who.kind, Kind::Key { .. }));
    let model = lead.map(|lead| lead.model.clone());
    model.filter(|model| !model.contains('/') && model != route).into_iter().collect()
}

/// What can be a name that requests ask for.
pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        Err(words::NAME_EMPTY)
    } else if name.len() > 200 || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(words::NAME_UNFIT)
    } else {
        Ok(())
    }
}

/// A gateway at the address of one of its servers could not start, or would ask itself.
pub(super) fn check_address(listen: SocketAddr, chain: &[Link]) -> Result<(), String> {
    let taken =
        chain.iter().find(|link| matches!(link.who.kind, Kind::Server { at } if at.port() == listen.port()));
    taken.map_or(Ok(()), |link| Err(words::port_taken(listen.port(), &link.who.title)))
}

/// Names once each, in their order.
pub(super) fn unique(names: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}
