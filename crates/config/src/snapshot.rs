//! The validated configuration, as the rest of Handover sees it.
//!
//! Plain fields, no serde, no references into the file: a snapshot can be swapped for another at any time.
//! Everything that needs the file or the environment (keys, prompt files, defaults) is already resolved.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

pub(crate) use crate::harm::default_probe;
pub use crate::harm::{Breaker, Budgets, Cache, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT, Hedge};
pub use crate::mid_answer::{
    DEFAULT_MAX_HAND_OVERS, JsonStream, MAX_COMMIT_DELAY, MAX_HAND_OVERS, MidStream, Prefill,
};

/// One valid configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address the gateway listens on.
    pub listen: SocketAddr,
    /// Names under which browsers may use the pages, in lower case, with or without a port.
    pub public_names: Vec<String>,
    /// What a caller may send, and how slowly.
    pub limits: Limits,
    /// What the log holds.
    pub log: Log,
    /// When a target that fails is left alone, and how it comes back.
    pub breaker: Breaker,
    /// How much may be spent beside the answers that users get.
    pub budgets: Budgets,
    /// Where data lives: models, the ledger.
    pub home: PathBuf,
    /// The providers that can be used, in the order of the file.
    pub providers: Vec<Provider>,
    /// The routes, in the order of the file. Every target names a provider of `providers`.
    pub routes: Vec<Route>,
    /// Beginnings of model names that applications ask for as they are, each with the provider that has such
    /// models. Filled without a file, where nobody could write an alias; empty with one.
    pub usual_names: Vec<(String, String)>,
}

impl Config {
    /// The provider of that name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.name == name)
    }

    /// The route that has that name or that alias.
    #[must_use]
    pub fn route(&self, name_or_alias: &str) -> Option<&Route> {
        self.routes
            .iter()
            .find(|route| route.name == name_or_alias || route.aliases.iter().any(|a| a == name_or_alias))
    }
}

/// Bounds on what a caller may send and on how slowly it may send or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body, in bytes.
    pub max_body: usize,
    /// Largest request head, in bytes.
    pub max_header_bytes: usize,
    /// Time a caller has to send its whole body.
    pub body_timeout: Duration,
    /// Time a caller has to send its request head.
    pub header_timeout: Duration,
    /// Time a write to the caller may make no headway before the caller counts as gone.
    pub write_timeout: Duration,
    /// Connections held open at once.
    pub max_connections: usize,
}

impl Default for Limits {
    /// 32 MiB is what the largest providers take in one request with images; the clocks only have to be
    /// shorter than a caller that means harm is patient.
    fn default() -> Self {
        Self {
            max_body: 32 << 20,
            max_header_bytes: 64 << 10,
            body_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(60),
            max_connections: 10_000,
        }
    }
}

/// What the log holds, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The least severe level that is written.
    pub level: LogLevel,
    /// For people or for machines.
    pub format: LogFormat,
    /// Whether each request gets one line.
    pub access: bool,
    /// Whether the story of a request keeps the last message of its user.
    pub content: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Text, access: true, content: false }
    }
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Only what stopped something from working.
    Error,
    /// Also what may soon.
    Warn,
    /// Also what an operator wants to know on a normal day.
    Info,
    /// Also what a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The level's name, as `tracing` filters take it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Which API a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderDialect {
    /// OpenAI chat completions: OpenAI itself and every compatible server.
    OpenAi,
    /// Anthropic messages.
    Anthropic,
    /// Cohere chat, version 2.
    Cohere,
    /// The embedded engine in a child process.
    Local,
}

impl ProviderDialect {
    /// The dialect's name in the configuration file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Cohere => "cohere",
            Self::Local => "local",
        }
    }

    /// Where the vendor's own SDK goes when nobody says otherwise; nothing for the embedded engine.
    #[must_use]
    pub fn default_base_url(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com"),
            Self::Cohere => Some("https://api.cohere.com"),
            Self::Local => None,
        }
    }
}

/// Someone, or something, that runs models.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in the configuration; the part before the slash in `provider/model`.
    pub name: String,
    /// The API it speaks.
    pub dialect: ProviderDialect,
    /// Where it is, without a slash at the end. `None` for the embedded engine only.
    pub base_url: Option<String>,
    /// API keys in the order of use. Empty for servers that ask for none.
    pub keys: Vec<SecretString>,
    /// Headers added to each request. Values may be secrets, so all are treated as such.
    pub headers: Vec<(String, SecretString)>,
    /// Whether to speak HTTP/2 where the server offers it.
    pub http2: bool,
    /// Certificates to trust besides the platform's own (PEM).
    pub ca_file: Option<PathBuf>,
    /// The `anthropic-version` sent by the `anthropic` dialect.
    pub anthropic_version: String,
    /// Settings of the embedded engine; the defaults for every other dialect.
    pub local: LocalSettings,
    /// The clocks for a request that names `provider/model` itself, and so goes through no route.
    pub timeouts: Timeouts,
    /// Answers at once, per key and model; the embedded engine's slots. `None`: only what the provider's
    /// own refusals teach.
    pub max_concurrency: Option<u32>,
    /// Idle time after which a backup of this provider is asked for one real token. `None`: never.
    pub probe: Option<Duration>,
    /// How its models go on from the beginning of an answer, unless the target says otherwise: as the file has it,
    /// else what is known of the address. `None`: nothing is known but what the model's name says.
    pub prefill: Option<Prefill>,
}

/// Settings of the embedded engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSettings {
    /// Answers written at the same time.
    pub slots: u32,
    /// Context of one answer in tokens; the model's own when not given.
    pub context: Option<u32>,
    /// Threads that compute; the engine chooses when not given.
    pub threads: Option<u32>,
    /// Whether the model is loaded at start rather than on first need.
    pub preload: bool,
    /// Silence of the child process after which it counts as hung and is started anew.
    pub hang_timeout: Duration,
}

impl Default for LocalSettings {
    fn default() -> Self {
        Self { slots: 4, context: None, threads: None, preload: false, hang_timeout: Duration::from_secs(20) }
    }
}

/// A name applications ask for, and the targets that may answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The route's name; a `model` of that name in a request means this route.
    pub name: String,
    /// Targets in the order they are tried. Never empty.
    pub targets: Vec<Target>,
    /// Other names that mean this route.
    pub aliases: Vec<String>,
    /// What happens when a stream breaks after its first word.
    pub mid_stream: MidStream,
    /// Hand-overs in the middle of one answer, 1 to [`MAX_HAND_OVERS`].
    pub max_hand_overs: u32,
    /// How long the first tokens are held, so that a failure in that time stays invisible. Zero: not at all.
    pub commit_delay: Duration,
    /// What a caller of a JSON stream gets, and when.
    pub json_stream: JsonStream,
    /// Time for the whole request, all targets together.
    pub total: Duration,
    /// Attempts that one request may cost, all targets together. At least one.
    pub max_attempts: u32,
    /// Longest wait in the queue of a target that is at its limit. Zero: on to the next at once.
    pub max_wait: Duration,
    /// Asks a second target when the first one's word is late. `None`: never.
    pub hedge: Option<Hedge>,
    /// Keeps answers for requests that are the same. `None`: never.
    pub cache: Option<Cache>,
    /// Share of requests that a backup answers although the lead is well, 0 to 0.2.
    pub canary: f64,
}

/// One model at one provider, with what the route changes about a request before it goes there.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The name of a provider in [`Config::providers`].
    pub provider: String,
    /// The model's name at that provider.
    pub model: String,
    /// The system prompt this target gets in place of the caller's. The file, if there was one, is read.
    pub system: Option<String>,
    /// Replaces the caller's temperature.
    pub temperature: Option<f64>,
    /// Replaces the caller's `top_p`.
    pub top_p: Option<f64>,
    /// Replaces the caller's limit on the answer's length, in tokens.
    pub max_tokens: Option<u64>,
    /// Closeness to the lead: `Some(4)` for the first place as the file has it (a target, or all members of
    /// a group) and for no other, the configured level (1 to 3) for a backup that has one, and `None` for
    /// an unrated backup.
    ///
    /// When the lead's provider is left out for want of a key, no target has 4: a backup does not become
    /// the lead because the lead is away.
    pub signal: Option<u8>,
    /// Context window in tokens, when the file states it.
    pub context: Option<u64>,
    /// Whether the model sees images, when the file states it.
    pub vision: Option<bool>,
    /// Whether the model calls tools, when the file states it.
    pub tools: Option<bool>,
    /// Whether the model can be held to JSON, when the file states it.
    pub json: Option<bool>,
    /// How the model goes on from the beginning of an answer, when the file states it here; else as at its provider.
    pub prefill: Option<Prefill>,
    /// What its provider asks for its tokens, when the file states it.
    pub price: Option<Price>,
    /// The clocks of an attempt at this target: target, then route, then provider, then default.
    pub timeouts: Timeouts,
    /// The group of equals it belongs to. Members stand side by side in [`Route::targets`] and share a
    /// number that no other group of the route has; together they are one place in the chain.
    pub group: Option<u32>,
}

impl Target {
    /// A target that changes nothing about a request.
    #[must_use]
    pub fn new(provider: &str, model: &str, timeouts: Timeouts) -> Self {
        Self {
            provider: provider.to_owned(),
            model: model.to_owned(),
            system: None,
            temperature: None,
            top_p: None,
            max_tokens: None,
            signal: None,
            context: None,
            vision: None,
            tools: None,
            json: None,
            prefill: None,
            price: None,
            timeouts,
            group: None,
        }
    }

    /// `provider/model`, as a caller may write it and as `x-handover-served` states it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}

/// What a provider asks for tokens, in US dollars per million. Both are finite and not below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// For tokens read.
    pub input: f64,
    /// For tokens written.
    pub output: f64,
}

/// The five clocks of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands; for the embedded engine, until the model is loaded.
    pub connect: Duration,
    /// From the request until the first event that bears content.
    pub first_token: Duration,
    /// Between two pieces of anything, pings included.
    pub stall: Duration,
    /// Between two pieces of content.
    pub progress: Duration,
    /// For the whole request, all targets together. The same for all targets of a route.
    pub total: Duration,
}

impl Timeouts {
    /// The defaults for a dialect.
    ///
    /// Source: the vendors' SDKs allow 5 s to connect and 600 s in all; other gateways allow from 3 s to
    /// the first token to 60 s for a whole answer. A provider that has not connected within 2 s or written
    /// within 10 s keeps a user waiting who has others to ask. The embedded engine has no other: it reads
    /// its model from disk first (300 s), and a long prompt takes a CPU a while (30 s).
    #[must_use]
    pub fn defaults(dialect: ProviderDialect) -> Self {
        let remote = Self {
            connect: Duration::from_secs(2),
            first_token: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            progress: Duration::from_secs(60),
            total: Duration::from_secs(600),
        };
        match dialect {
            ProviderDialect::OpenAi | ProviderDialect::Anthropic | ProviderDialect::Cohere => remote,
            ProviderDialect::Local => {
                Self { connect: Duration::from_secs(300), first_token: Duration::from_secs(30), ..remote }
            }
        }
    }
}
