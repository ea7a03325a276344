//! What this machine has to answer with: keys in the environment, servers, the embedded model.
//!
//! Whether a key counts, and where its vendor is, is decided by what also serves without a file: the configuration of
//! the environment is loaded and taken apart. So `init` cannot find anything else than `serve` would.

use super::servers::Server;
use super::vendors::{COMPATIBLE, VENDORS};
use crate::words::init as words;
use handover_config::{Env, LOCAL_MODEL, ProviderDialect, Report, Source, load};
use std::net::SocketAddr;

/// Somebody who may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The provider's name in the file.
    pub(super) name: String,
    /// The name for people.
    pub(super) title: String,
    pub(super) dialect: ProviderDialect,
    /// Where it is, when the dialect alone does not say so.
    pub(super) base_url: Option<String>,
    /// Models to choose from, the one to begin with first. Never empty.
    pub(super) models: Vec<String>,
    pub(super) kind: Kind,
}

impl Candidate {
    /// In one line, for people.
    pub(super) fn line(&self) -> String {
        match self.kind {
            Kind::Key { variable } => words::hosted(&self.title, variable),
            Kind::Server { at } => words::server(&self.title, at, &self.models),
            Kind::Embedded => words::embedded(&self.title),
        }
    }
}

/// What a candidate needs in order to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A key, in this variable.
    Key { variable: &'static str },
    /// A server on this machine.
    Server { at: SocketAddr },
    /// Nothing: the engine inside Handover.
    Embedded,
}

/// All that was found, in the usual order: keys, then servers, then the embedded model.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    /// Where the gateway would listen.
    pub(super) listen: SocketAddr,
}

/// The environment with Cohere's other variable under its usual name.
struct WithOtherNames<'a>(&'a dyn Env);

impl Env for WithOtherNames<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let vendor = VENDORS.iter().find(|vendor| vendor.variables.first() == Some(&name));
        match vendor {
            Some(vendor) => vendor.variables.iter().find_map(|variable| self.0.get(variable)),
            None => self.0.get(name),
        }
    }
}

impl Found {
    /// What the environment has, with what it has that cannot be used.
    pub(super) fn in_environment(env: &dyn Env) -> Result<(Self, Report), Report> {
        let loaded = load(&Source::Environment, &WithOtherNames(env))?;
        let mut candidates = Vec::new();
        for vendor in VENDORS {
            let Some(provider) = loaded.config.provider(vendor.dialect.as_str()) else { continue };
            let Some(variable) = first_set(env, vendor.variables) else { continue };
            let of_provider = loaded
                .config
                .routes
                .iter()
                .flat_map(|route| &route.targets)
                .find(|target| target.provider == provider.name);
            candidates.push(Candidate {
                name: provider.name.clone(),
                title: vendor.title.to_owned(),
                dialect: vendor.dialect,
                base_url: provider
                    .base_url
                    .clone()
                    .filter(|url| Some(url.as_str()) != vendor.dialect.default_base_url()),
                models: vec![of_provider.map_or(vendor.model, |target| target.model.as_str()).to_owned()],
                kind: Kind::Key { variable },
            });
        }
        for vendor in COMPATIBLE {
            let Some(variable) = first_set(env, vendor.variables) else { continue };
            let can_be_sent = |key: String| key.trim().bytes().all(|byte| byte.is_ascii_graphic());
            if env.get(variable).is_some_and(can_be_sent) {
                candidates.extend(compatible(vendor.name, variable));
            }
        }
        candidates.extend(embedded());
        Ok((Self { candidates, listen: loaded.config.listen }, loaded.warnings))
    }

    /// Puts servers before the embedded model.
    ///
    /// A vendor whose address was bent to a server, as `OPENAI_BASE_URL` often is, is that server and no vendor.
    pub(super) fn add_servers(&mut self, servers: Vec<Server>) {
        let urls: Vec<String> = servers.iter().map(|server| url_of(server.at)).collect();
        let bent = |candidate: &Candidate| {
            let local = candidate.base_url.as_ref().map(|url| url.replace("//localhost:", "//127.0.0.1:"));
            local.is_some_and(|url| urls.contains(&url))
        };
        self.candidates.retain(|candidate| !bent(candidate));
        let before_the_model = self.candidates.iter().take_while(|one| one.kind != Kind::Embedded).count();
        for (at, server) in (before_the_model..).zip(servers) {
            let name = self.free_name(server.name);
            let title = if server.title == "server" { name.clone() } else { server.title.to_owned() };
            let candidate = Candidate {
                name,
                title,
                dialect: ProviderDialect::OpenAi,
                base_url: Some(url_of(server.at)),
                models: server.models,
                kind: Kind::Server { at: server.at },
            };
            self.candidates.insert(at, candidate);
        }
    }

    /// The name, or, when somebody has it, the name with a number.
    fn free_name(&self, name: &str) -> String {
        let taken = |name: &str| self.candidates.iter().any(|candidate| candidate.name == name);
        if !taken(name) {
            return name.to_owned();
        }
        (2_u32..).map(|n| format!("{name}-{n}")).find(|name| !taken(name)).unwrap_or_else(|| name.to_owned())
    }
}

/// The base URL of a server that speaks OpenAI's API.
pub(super) fn url_of(at: SocketAddr) -> String {
    format!("http://{at}/v1")
}

fn first_set(env: &dyn Env, variables: &'static [&'static str]) -> Option<&'static str> {
    variables.iter().copied().find(|variable| env.get(variable).is_some())
}

/// A provider that has a name here, whether or not its key is set: for whoever asks for it.
pub(super) fn by_name(name: &str) -> Option<Candidate> {
    let vendor = VENDORS.iter().find(|vendor| vendor.dialect.as_str() == name);
    if let Some(vendor) = vendor {
        return Some(Candidate {
            name: name.to_owned(),
            title: vendor.title.to_owned(),
            dialect: vendor.dialect,
            base_url: None,
            models: vec![vendor.model.to_owned()],
            kind: Kind::Key { variable: vendor.variables.first()? },
        });
    }
    let variable = COMPATIBLE.iter().find(|vendor| vendor.name == name)?.variables.first()?;
    compatible(name, variable)
}

fn compatible(name: &str, variable: &'static str) -> Option<Candidate> {
    let vendor = COMPATIBLE.iter().find(|vendor| vendor.name == name)?;
    Some(Candidate {
        name: vendor.name.to_owned(),
        title: vendor.title.to_owned(),
        dialect: ProviderDialect::OpenAi,
        base_url: Some(vendor.base_url.to_owned()),
        models: vec![vendor.model.to_owned()],
        kind: Kind::Key { variable },
    })
}

/// All names that [`by_name`] knows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let vendors = VENDORS.iter().map(|vendor| vendor.dialect.as_str());
    vendors.chain(COMPATIBLE.iter().map(|vendor| vendor.name))
}

/// The embedded model; none in a build without the engine.
pub(super) fn embedded() -> Option<Candidate> {
    cfg!(feature = "local").then(|| Candidate {
        name: ProviderDialect::Local.as_str().to_owned(),
        title: words::LOCAL_MODEL.to_owned(),
        dialect: ProviderDialect::Local,
        base_url: None,
        models: vec![LOCAL_MODEL.to_owned()],
        kind: Kind::Embedded,
    })
}
