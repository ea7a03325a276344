//! From a configuration to an engine: the one place where the two families of types meet.

use crate::network::pools;
use crate::{Network, Way};
use handover_config::{
    Config, JsonStream, Provider as ProviderConfig, ProviderDialect, Route, Target as TargetConfig,
};
use handover_dialect::{Capabilities, Dialect, Overrides, Prefill};
use handover_dispatch::{CacheSettings, Care, Engine, Key, Observer, Provider, RouteSettings, Target};
use handover_policy::{BreakerSettings, MidStream, RetrySettings, Timeouts, WasteSettings};
use handover_upstream::{BadUrl, Client, ClientConfig, Origin};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::sync::Arc;

/// A configuration that cannot be served. `handover check` finds these first; this is the second lock.
#[derive(Debug, thiserror::Error)]
pub enum CannotAssemble {
    /// A base address that is no URL.
    #[error("provider `{provider}`: {source}")]
    Url {
        /// The provider's name.
        provider: String,
        /// What is wrong.
        source: BadUrl,
    },
    /// A key or header that HTTP cannot carry. The value is not shown.
    #[error("provider `{provider}`: a key or header holds characters that HTTP headers cannot carry")]
    Header {
        /// The provider's name.
        provider: String,
    },
    /// The local engine's folder for sockets could not be made.
    #[error("provider `{provider}`: {detail}")]
    Local {
        /// The provider's name.
        provider: String,
        /// What is wrong.
        detail: String,
    },
}

/// Builds the engine of a configuration. `local` is what the local engine needs to be started with; `observer` hears
/// of everything.
///
/// # Errors
/// [`CannotAssemble`].
pub fn assemble(
    config: &Config,
    seed: u64,
    local: &LocalProgram,
    observer: Arc<dyn Observer>,
) -> Result<Engine<Network>, CannotAssemble> {
    let mut network = Network::default();
    let mut providers: HashMap<&str, Arc<Provider>> = HashMap::new();
    for provider in &config.providers {
        let id = network.add(way(config, provider, local)?);
        let keys = keys(provider)?;
        let made = Provider::new(&provider.name, id, dialect(provider.dialect), keys)
            .with_care(Care { breaker: breaker(&config.breaker), max_concurrency: provider.max_concurrency });
        providers.insert(&provider.name, Arc::new(made));
    }
    let mut engine = Engine::new(network, observer, seed, unix_now).with_budgets(
        RetrySettings { share: config.budgets.retries, ..RetrySettings::default() },
        WasteSettings {
            share: config.budgets.waste,
            floor_tokens: config.budgets.waste_floor,
            ..WasteSettings::default()
        },
    );
    engine.usual_names.clone_from(&config.usual_names);
    // Any model of a network provider can be asked for by name; a local one must have been pulled and named.
    for provider in config.providers.iter().filter(|p| p.dialect != ProviderDialect::Local) {
        if let Some(made) = providers.get(provider.name.as_str()) {
            engine.serve_any_model(&any_model(provider, made));
        }
    }
    for route in &config.routes {
        let mut targets = Vec::with_capacity(route.targets.len());
        for target in &route.targets {
            let (Some(settings), Some(provider)) =
                (config.provider(&target.provider), providers.get(target.provider.as_str()))
            else {
                // A provider that was left out for want of its key: the configuration has said so.
                continue;
            };
            let mut made = make_target(target, settings, provider);
            made.group = target.group;
            made.probe = settings.probe;
            // The small model of last resort is not for those who could have the lead.
            made.canary = settings.dialect != ProviderDialect::Local;
            let made = Arc::new(made);
            targets.push((made.id.clone(), made));
        }
        if !targets.is_empty() {
            engine.set(&route.name, route_settings(route));
            engine.routes.add(&route.name, route.aliases.clone(), targets);
        }
    }
    Ok(engine)
}

fn breaker(settings: &handover_config::Breaker) -> BreakerSettings {
    let handover_config::Breaker { failures, window, min_calls, min_success, backoff, max_backoff, ramp } =
        *settings;
    BreakerSettings {
        failures,
        window,
        min_calls,
        min_success,
        backoff,
        max_backoff,
        ramp,
        ..BreakerSettings::default()
    }
}

fn route_settings(route: &Route) -> RouteSettings {
    RouteSettings {
        max_attempts: route.max_attempts,
        max_wait: route.max_wait,
        hedge: route.hedge.map(|hedge| hedge.after),
        cache: route.cache.map(|cache| CacheSettings {
            fresh: cache.fresh,
            // The file counts it from the end of `fresh` (RFC 5861), the path from the answer.
            stale_if_error: cache.fresh.saturating_add(cache.stale_if_error),
            max_entries: usize::try_from(cache.max_entries).unwrap_or(usize::MAX),
        }),
        canary: route.canary,
        mid_stream: mid_stream(route.mid_stream),
        max_hand_overs: route.max_hand_overs,
        commit_delay: route.commit_delay,
        hold_json: match route.json_stream {
            JsonStream::Hold => true,
            JsonStream::Pass => false,
        },
    }
}

fn mid_stream(written: handover_config::MidStream) -> MidStream {
    match written {
        handover_config::MidStream::Continue => MidStream::Continue,
        handover_config::MidStream::Stop => MidStream::Stop,
    }
}

fn prefill(written: Option<handover_config::Prefill>) -> Prefill {
    match written {
        None => Prefill::No,
        Some(handover_config::Prefill::Never) => Prefill::Refused,
        Some(handover_config::Prefill::Engine) => Prefill::Engine,
        Some(handover_config::Prefill::Trailing) => Prefill::Trailing,
        Some(handover_config::Prefill::Prefix) => Prefill::Prefix,
        Some(handover_config::Prefill::ContinueFinalMessage) => Prefill::FinalMessage,
    }
}

/// What the local engine's child process is started with.
#[derive(Debug, Clone)]
pub struct LocalProgram {
    /// The program that is the engine's child when started with `local-worker`.
    pub program: std::path::PathBuf,
    /// Seed of its restart back-off.
    pub seed: u64,
}

fn unix_now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |d| d.as_secs())
}

fn dialect(dialect: ProviderDialect) -> Dialect {
    match dialect {
        // The local engine speaks the OpenAI dialect over its socket.
        ProviderDialect::OpenAi | ProviderDialect::Local => Dialect::OpenAi,
        ProviderDialect::Anthropic => Dialect::Anthropic,
        ProviderDialect::Cohere => Dialect::Cohere,
    }
}

fn way(config: &Config, provider: &ProviderConfig, local: &LocalProgram) -> Result<Way, CannotAssemble> {
    let clients = pools(&ClientConfig { ca_file: provider.ca_file.clone(), ..ClientConfig::default() });
    if provider.dialect == ProviderDialect::Local {
        return local_way(config, provider, local, clients);
    }
    let url = provider.base_url.as_deref().or(provider.dialect.default_base_url()).unwrap_or_default();
    let origin = Origin::parse(url)
        .map_err(|source| CannotAssemble::Url { provider: provider.name.clone(), source })?
        .with_http2(provider.http2);
    Ok(Way::Http { clients, origin: Arc::new(origin) })
}

#[cfg(not(feature = "local"))]
fn local_way(
    _: &Config,
    _: &ProviderConfig,
    _: &LocalProgram,
    _: Vec<Client>,
) -> Result<Way, CannotAssemble> {
    Ok(Way::NotBuilt)
}

/// The supervisor of a local provider, over every model that a route asks of it.
#[cfg(feature = "local")]
fn local_way(
    config: &Config,
    provider: &ProviderConfig,
    local: &LocalProgram,
    clients: Vec<Client>,
) -> Result<Way, CannotAssemble> {
    use handover_local::store::Store;
    use handover_local::supervisor::{ModelConfig, Patience, Supervisor, SupervisorConfig};
    let store = Store::new(&config.home);
    let settings = &provider.local;
    let mut models: Vec<ModelConfig> = Vec::new();
    let targets = config.routes.iter().flat_map(|r| &r.targets).filter(|t| t.provider == provider.name);
    for target in targets {
        if models.iter().any(|m| m.name == target.model) {
            continue;
        }
        // A model that is not here yet may be pulled while the gateway runs: the child looks for it when it starts.
        let path = store
            .resolve(&target.model)
            .unwrap_or_else(|_| config.home.join("models").join(format!("{}.gguf", target.model)));
        let usual = ModelConfig::new(&target.model, path);
        models.push(ModelConfig {
            slots: settings.slots,
            context: settings.context.unwrap_or(usual.context),
            threads: settings.threads.unwrap_or(usual.threads),
            ..usual
        });
    }
    let patience =
        Patience { silence: settings.hang_timeout, load: provider.timeouts.connect, ..Patience::default() };
    let random = handover_policy::Random::new(local.seed);
    let supervisor = Supervisor::new(SupervisorConfig {
        program: local.program.clone(),
        models,
        patience,
        jitter: Arc::new(move || (random.next() >> 11) as f64 / (1u64 << 53) as f64),
    })
    .map_err(|e| CannotAssemble::Local { provider: provider.name.clone(), detail: e.to_string() })?;
    Ok(Way::Local { clients, supervisor })
}

/// One set of headers per key.
fn keys(provider: &ProviderConfig) -> Result<Vec<Key>, CannotAssemble> {
    let bad = || CannotAssemble::Header { provider: provider.name.clone() };
    let secret = |text: &str| {
        HeaderValue::from_str(text).map(|mut value| {
            value.set_sensitive(true);
            value
        })
    };
    let mut fixed = HeaderMap::new();
    if provider.dialect == ProviderDialect::Anthropic {
        let version = HeaderValue::from_str(&provider.anthropic_version).map_err(|_| bad())?;
        fixed.insert("anthropic-version", version);
    }
    for (name, value) in &provider.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        fixed.insert(name, secret(value.expose_secret()).map_err(|_| bad())?);
    }
    if provider.keys.is_empty() {
        return Ok(vec![Key::new(fixed)]);
    }
    let mut keys = Vec::with_capacity(provider.keys.len());
    for key in &provider.keys {
        let mut headers = fixed.clone();
        let (name, text) = match provider.dialect {
            ProviderDialect::Anthropic => ("x-api-key", key.expose_secret().to_owned()),
            ProviderDialect::OpenAi | ProviderDialect::Cohere | ProviderDialect::Local => {
                ("authorization", format!("Bearer {}", key.expose_secret()))
            }
        };
        headers.insert(name, secret(&text).map_err(|_| bad())?);
        keys.push(Key::new(headers));
    }
    Ok(keys)
}

#[cfg(feature = "local")]
fn heeded_members(is_local: bool) -> Option<&'static [&'static str]> {
    is_local.then_some(handover_local::protocol::HEEDED_MEMBERS)
}

#[cfg(not(feature = "local"))]
fn heeded_members(_: bool) -> Option<&'static [&'static str]> {
    None
}

/// A target for models that no route names, with the provider's own settings.
fn any_model(provider: &ProviderConfig, made: &Arc<Provider>) -> Target {
    let nothing_set = TargetConfig::new(&provider.name, "", provider.timeouts);
    make_target(&nothing_set, provider, made)
}

fn make_target(target: &TargetConfig, provider: &ProviderConfig, made: &Arc<Provider>) -> Target {
    let is_local = provider.dialect == ProviderDialect::Local;
    let spec = handover_dialect::Target {
        dialect: made.dialect,
        model: target.model.clone(),
        overrides: Overrides {
            system: target.system.clone(),
            temperature: target.temperature,
            top_p: target.top_p,
            max_tokens: target.max_tokens,
        },
        capabilities: Capabilities {
            images: target.vision.unwrap_or(!is_local),
            tools: target.tools.unwrap_or(!is_local),
            json: target.json.unwrap_or(true),
            prefill: prefill(target.prefill.or(provider.prefill)),
            context: target.context.or(provider.local.context.map(u64::from).filter(|_| is_local)),
            members: heeded_members(is_local),
        },
        anthropic_version: provider.anthropic_version.clone(),
        refused_fields: Vec::new(),
    };
    let handover_config::Timeouts { connect, first_token, stall, progress, total } = target.timeouts;
    let timeouts = Timeouts { connect, first_token, stall, progress, total };
    Target::new(made.clone(), spec, timeouts, target.signal, is_local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_dispatch::ProviderId;

    /// Drills and tests take the engine's own defaults; a gateway takes the file's.
    #[test]
    fn what_a_drill_shows_is_what_a_gateway_without_settings_does() {
        use handover_config::{Budgets, MapEnv, Source, load};
        assert_eq!(breaker(&handover_config::Breaker::default()), BreakerSettings::default());
        let (retries, waste) = (RetrySettings::default(), WasteSettings::default());
        let budgets = Budgets::default();
        assert!((budgets.retries - retries.share).abs() < f64::EPSILON);
        assert!((budgets.waste - waste.share).abs() < f64::EPSILON);
        assert_eq!(budgets.waste_floor, waste.floor_tokens);
        let env = MapEnv::new([("OPENAI_API_KEY", "sk-1")]);
        let config = load(&Source::Environment, &env).unwrap().config;
        assert_eq!(route_settings(&config.routes[0]), RouteSettings::default());
    }

    fn config(text: &str) -> Config {
        use handover_config::{MapEnv, Source, load};
        let source = Source::Text { path: "handover.toml".into(), text: text.to_owned() };
        load(&source, &MapEnv::default()).unwrap().config
    }

    #[test]
    fn a_route_does_about_broken_streams_what_its_file_says() {
        let check = |lines: &str, expected: RouteSettings| {
            let text = "[providers.a]\ndialect = \"openai\"\nbase_url = \"http://127.0.0.1:8001/v1\"\n";
            let config = config(&format!("{text}[routes.r]\ntargets = [\"a/x\"]\n{lines}\n"));
            assert_eq!(route_settings(&config.routes[0]), expected, "{lines}");
        };
        let usual = RouteSettings::default;
        let held = std::time::Duration::from_millis(300);
        check("", usual());
        check("mid_stream = \"continue\"", RouteSettings { mid_stream: MidStream::Continue, ..usual() });
        check("mid_stream = \"stop\"", RouteSettings { mid_stream: MidStream::Stop, ..usual() });
        check("max_hand_overs = 3", RouteSettings { max_hand_overs: 3, ..usual() });
        check("commit_delay = \"300ms\"", RouteSettings { commit_delay: held, ..usual() });
        check("json_stream = \"hold\"", RouteSettings { hold_json: true, ..usual() });
        check("json_stream = \"pass\"", RouteSettings { hold_json: false, ..usual() });
    }

    /// A target that is asked in the wrong way answers from the beginning, in the middle of another's answer.
    #[test]
    fn a_target_is_asked_to_go_on_in_its_own_way() {
        let check = |provider: &str, target: &str, expected: Prefill| {
            let config = config(&format!("[providers.p]\n{provider}\n[routes.r]\ntargets = [{target}]\n"));
            let settings = &config.providers[0];
            let made = Arc::new(Provider::new(
                "p",
                ProviderId(0),
                dialect(settings.dialect),
                vec![Key::new(HeaderMap::new())],
            ));
            let found = make_target(&config.routes[0].targets[0], settings, &made);
            assert_eq!(found.spec.capabilities.prefill, expected, "{provider}\n{target}");
            if !target.contains("prefill") {
                let by_name = any_model(settings, &made).spec.capabilities.prefill;
                assert_eq!(by_name, expected, "{provider}, by name");
            }
        };
        let server = "dialect = \"openai\"\nbase_url = \"http://127.0.0.1:8001/v1\"";
        let mistral = "dialect = \"openai\"\nbase_url = \"https://api.mistral.ai/v1\"";
        let claude = "dialect = \"anthropic\"\nbase_url = \"http://127.0.0.1:8001\"";
        check("dialect = \"local\"", "\"p/x\"", Prefill::Engine);
        check(server, "\"p/x\"", Prefill::No);
        check(mistral, "\"p/x\"", Prefill::Prefix);
        check(claude, "\"p/x\"", Prefill::No);
        check(claude, "{ model = \"p/claude-haiku-4-5\", prefill = \"none\" }", Prefill::Refused);
        check(mistral, "{ model = \"p/x\", prefill = \"none\" }", Prefill::Refused);
        check(server, "{ model = \"p/x\", prefill = \"trailing\" }", Prefill::Trailing);
        let written = format!("{server}\nprefill = \"continue_final_message\"");
        check(&written, "\"p/x\"", Prefill::FinalMessage);
        check(&written, "{ model = \"p/x\", prefill = \"prefix\" }", Prefill::Prefix);
    }
}
