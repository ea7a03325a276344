//! Without a file: the providers whose keys are in the environment, then the local model.
//!
//! The variables are those the vendors' own SDKs read, so that whoever has used one has nothing to set.

use secrecy::SecretString;

use crate::base_url::BaseUrl;
use crate::diagnostic::{Diagnostic, Id};
use crate::env::home_dir;
use crate::file::{DEFAULT_LISTEN, listen_from_env};
use crate::hand_over::HandOver;
use crate::prefill;
use crate::provider::{ANTHROPIC_VERSION, vendor_variable};
use crate::reader::Reader;
use crate::resilience::RouteSettings;
use crate::snapshot::{
    Breaker, Budgets, Config, Limits, LocalSettings, Log, Provider, ProviderDialect, Route, Target, Timeouts,
    default_probe,
};
use crate::target::LEAD_SIGNAL;

/// The name of the route that is there without a file.
pub const DEFAULT_ROUTE: &str = "default";

/// The small model that answers when nobody else can.
pub const LOCAL_MODEL: &str = "smollm2-135m-instruct";

/// A provider that the environment may give.
struct Known {
    dialect: ProviderDialect,
    url_variable: &'static str,
    /// Small, cheap, and at hand for every customer of the vendor.
    model: &'static str,
}

const KNOWN: [Known; 3] = [
    Known { dialect: ProviderDialect::OpenAi, url_variable: "OPENAI_BASE_URL", model: "gpt-4o-mini" },
    Known {
        dialect: ProviderDialect::Anthropic,
        url_variable: "ANTHROPIC_BASE_URL",
        model: "claude-haiku-4-5",
    },
    Known { dialect: ProviderDialect::Cohere, url_variable: "CO_API_URL", model: "command-a-03-2025" },
];

/// How the vendors' models are called: what an application that knew only its vendor goes on asking for.
const USUAL_NAMES: [(&str, ProviderDialect); 7] = [
    ("gpt-", ProviderDialect::OpenAi),
    ("chatgpt-", ProviderDialect::OpenAi),
    ("o1", ProviderDialect::OpenAi),
    ("o3", ProviderDialect::OpenAi),
    ("o4", ProviderDialect::OpenAi),
    ("claude-", ProviderDialect::Anthropic),
    ("command-", ProviderDialect::Cohere),
];

/// Builds the configuration of an environment.
pub(crate) fn read(reader: &mut Reader<'_>) -> Config {
    let listen = listen_from_env(reader).unwrap_or(DEFAULT_LISTEN);
    let mut providers = Vec::new();
    let mut targets = Vec::new();
    for known in &KNOWN {
        let variable = vendor_variable(known.dialect);
        let Some(key) = reader.env.get(variable) else { continue };
        let key = key.trim();
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            reader.note(
                Diagnostic::warning(
                    Id::BadKey,
                    0..0,
                    format!(
                        "provider `{}` is left out: `${variable}` cannot be sent",
                        known.dialect.as_str()
                    ),
                )
                .help("it holds blanks or characters that HTTP does not allow")
                .nowhere(),
            );
            continue;
        }
        let base_url = base_url(reader, known, listen);
        providers.push(provider(known.dialect, base_url, vec![key.to_owned().into()]));
        targets.push(target(known.dialect, known.model));
    }
    providers.push(provider(ProviderDialect::Local, None, Vec::new()));
    targets.push(target(ProviderDialect::Local, LOCAL_MODEL));
    if let Some(lead) = targets.first_mut() {
        lead.signal = Some(LEAD_SIGNAL);
    }
    let resilience = RouteSettings::default();
    let hand_over = HandOver::default();
    let route = Route {
        name: DEFAULT_ROUTE.to_owned(),
        targets,
        aliases: Vec::new(),
        mid_stream: hand_over.mid_stream,
        max_hand_overs: hand_over.max_hand_overs,
        commit_delay: hand_over.commit_delay,
        json_stream: hand_over.json_stream,
        total: Timeouts::defaults(ProviderDialect::OpenAi).total,
        max_attempts: resilience.max_attempts,
        max_wait: resilience.max_wait,
        hedge: resilience.hedge,
        cache: resilience.cache,
        canary: resilience.canary,
    };
    Config {
        listen,
        public_names: Vec::new(),
        limits: Limits::default(),
        log: Log::default(),
        breaker: Breaker::default(),
        budgets: Budgets::default(),
        home: home_dir(reader.env),
        providers,
        routes: vec![route],
        usual_names: USUAL_NAMES
            .iter()
            .map(|(start, of)| ((*start).to_owned(), of.as_str().to_owned()))
            .collect(),
    }
}

/// The vendor's own variable for the address, unless it leads back here: whoever points applications at
/// Handover with `OPENAI_BASE_URL` has it set in the same shell.
fn base_url(reader: &mut Reader<'_>, known: &Known, listen: std::net::SocketAddr) -> Option<String> {
    let default = known.dialect.default_base_url().map(str::to_owned);
    let variable = known.url_variable;
    let Some(text) = reader.env.get(variable) else { return default };
    match BaseUrl::parse(text.trim()) {
        Ok(url) if !url.is_self(listen) => Some(url.text),
        Ok(_) => {
            reader.note(
                Diagnostic::warning(
                    Id::ProviderLoop,
                    0..0,
                    format!("`${variable}` is Handover's own address"),
                )
                .help("it is not used here; the provider's usual address is")
                .nowhere(),
            );
            default
        }
        Err(why) => {
            reader.note(
                Diagnostic::error(Id::BadUrl, 0..0, format!("`${variable}` is not a base URL: {why}"))
                    .help(format!("for example {}", default.unwrap_or_default()))
                    .nowhere(),
            );
            None
        }
    }
}

fn provider(dialect: ProviderDialect, base_url: Option<String>, keys: Vec<SecretString>) -> Provider {
    Provider {
        prefill: prefill::automatic(dialect, base_url.as_deref()),
        name: dialect.as_str().to_owned(),
        dialect,
        base_url,
        keys,
        headers: Vec::new(),
        http2: false,
        ca_file: None,
        anthropic_version: ANTHROPIC_VERSION.to_owned(),
        local: LocalSettings::default(),
        timeouts: Timeouts::defaults(dialect),
        max_concurrency: (dialect == ProviderDialect::Local).then_some(LocalSettings::default().slots),
        probe: default_probe(dialect),
    }
}

fn target(dialect: ProviderDialect, model: &str) -> Target {
    Target::new(dialect.as_str(), model, Timeouts::defaults(dialect))
}
