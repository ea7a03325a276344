//! The top of the file, `[limits]`, `[log]`, and the parts brought together.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::env::home_dir;
use crate::keys::{LIMITS, LOG, TOP};
use crate::provider::{self, Draft};
use crate::reader::{Reader, Section};
use crate::resilience;
use crate::route;
use crate::snapshot::{Config, Limits, Log, LogFormat, LogLevel, Route};
use crate::target::example_target;

/// The loopback address, on a port that no well-known server uses.
pub(crate) const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4040);

/// Reads a whole file that is valid TOML. What is wrong with it is noted in the reader; the result is of
/// use only when nothing was an error.
pub(crate) fn read<'a>(reader: &mut Reader<'_>, table: &'a DeTable<'a>) -> Config {
    let top = Section::new(reader, table, "", TOP);
    let listen = read_listen(reader, &top);
    let public_names = read_public_names(reader, &top);
    let limits = read_limits(reader, &top);
    let log = read_log(reader, &top);
    let breaker = resilience::read_breaker(reader, &top);
    let budgets = resilience::read_budgets(reader, &top);
    let drafts = match top.table(reader, "providers", "{ openai = { dialect = \"openai\" } }") {
        Some(providers) => provider::read_all(reader, providers, listen),
        None => Vec::new(),
    };
    let routes_table = top.table(reader, "routes", "{ default = { targets = [\"openai/gpt-4o-mini\"] } }");
    let mut routes = match routes_table {
        Some(routes) => route::read_all(reader, routes, &drafts),
        None => Vec::new(),
    };
    resilience::check_waste(reader, &top, &budgets, &routes);
    note_emptiness(reader, &top, &drafts);
    leave_out(reader, &drafts, &mut routes);
    let providers =
        drafts.into_iter().filter(|draft| draft.missing.is_empty()).filter_map(|draft| draft.provider);
    Config {
        listen: listen.unwrap_or(DEFAULT_LISTEN),
        public_names,
        limits,
        log,
        breaker,
        budgets,
        home: home_dir(reader.env),
        providers: providers.collect(),
        routes,
        usual_names: Vec::new(),
    }
}

/// Reads `listen`; `None` when it is wrong. Without it, `$HANDOVER_LISTEN` counts, then the default.
fn read_listen(reader: &mut Reader<'_>, top: &Section<'_>) -> Option<SocketAddr> {
    if top.get("listen").is_none() {
        return listen_from_env(reader);
    }
    let (text, span) = top.string(reader, "listen", "\"127.0.0.1:4040\"")?;
    match parse_listen(text) {
        Some(address) => {
            if !address.ip().is_loopback() {
                reader.note(public_listen(span, address));
            }
            Some(address)
        }
        None => {
            reader.note(
                Diagnostic::error(Id::BadAddress, span, "`listen` is not an address and a port")
                    .label("expected ADDRESS:PORT")
                    .help(match text.trim_start_matches(':').parse::<u16>() {
                        Ok(port) => format!("write `listen = \"127.0.0.1:{port}\"`, for all networks \"0.0.0.0:{port}\""),
                        Err(_) => "for example `listen = \"127.0.0.1:4040\"`; names other than localhost are not looked up".to_owned(),
                    }),
            );
            None
        }
    }
}

/// Reads `public_names`: a host each, perhaps with a port.
fn read_public_names(reader: &mut Reader<'_>, top: &Section<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, span) in top.strings(reader, "public_names", "[\"handover.example.com\"]").unwrap_or_default()
    {
        let (host, port) = name.rsplit_once(':').map_or((name, None), |(host, port)| (host, Some(port)));
        let is_host =
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        if is_host && port.is_none_or(|port| port.parse::<u16>().is_ok()) {
            names.push(name.to_ascii_lowercase());
        } else {
            reader.note(
                Diagnostic::error(Id::BadAddress, span, "this is not the name of a host")
                    .label("expected a name, perhaps with a port")
                    .help("for example `public_names = [\"handover.example.com\"]`, without https:// and without a path"),
            );
        }
    }
    names
}

/// `$HANDOVER_LISTEN`, else the default; `None` when the variable is wrong.
pub(crate) fn listen_from_env(reader: &mut Reader<'_>) -> Option<SocketAddr> {
    let Some(text) = reader.env.get("HANDOVER_LISTEN") else { return Some(DEFAULT_LISTEN) };
    match parse_listen(&text) {
        Some(address) => {
            if !address.ip().is_loopback() {
                reader.note(public_listen(0..0, address).nowhere());
            }
            Some(address)
        }
        None => {
            reader.note(
                Diagnostic::error(Id::BadAddress, 0..0, "`$HANDOVER_LISTEN` is not an address and a port")
                    .help("for example HANDOVER_LISTEN=127.0.0.1:4040")
                    .nowhere(),
            );
            None
        }
    }
}

fn parse_listen(text: &str) -> Option<SocketAddr> {
    let text = text.trim();
    if let Some(port) = text.strip_prefix("localhost:") {
        return port.parse().ok().map(|port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
    }
    text.parse().ok()
}

fn public_listen(span: std::ops::Range<usize>, address: SocketAddr) -> Diagnostic {
    Diagnostic::warning(Id::PublicListen, span, "others on the network can use this gateway")
        .label("not only this machine")
        .help(format!("whoever reaches port {} spends your keys; keep it behind a firewall or a proxy that asks who it is", address.port()))
}

fn read_limits(reader: &mut Reader<'_>, top: &Section<'_>) -> Limits {
    let default = Limits::default();
    let Some(table) = top.table(reader, "limits", "{ max_body = \"32MiB\" }") else { return default };
    let section = Section::new(reader, table, "limits", LIMITS);
    let mut time = |key, default| section.duration(reader, key, default).map_or(default, |(time, _)| time);
    let body_timeout = time("body_timeout", default.body_timeout);
    let header_timeout = time("header_timeout", default.header_timeout);
    let write_timeout = time("write_timeout", default.write_timeout);
    Limits {
        max_body: section.size(reader, "max_body", 1024..=4 << 30).unwrap_or(default.max_body),
        // hyper refuses read buffers below 8 KiB.
        max_header_bytes: section
            .size(reader, "max_header_bytes", 8192..=16 << 20)
            .unwrap_or(default.max_header_bytes),
        body_timeout,
        header_timeout,
        write_timeout,
        max_connections: section
            .integer(reader, "max_connections", 1..=1_000_000)
            .unwrap_or(default.max_connections),
    }
}

fn read_log(reader: &mut Reader<'_>, top: &Section<'_>) -> Log {
    const LEVELS: &[(&str, LogLevel)] = &[
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("info", LogLevel::Info),
        ("debug", LogLevel::Debug),
        ("trace", LogLevel::Trace),
    ];
    let default = Log::default();
    let Some(table) = top.table(reader, "log", "{ level = \"info\" }") else { return default };
    let section = Section::new(reader, table, "log", LOG);
    let content = section.boolean(reader, "content").unwrap_or(default.content);
    if content {
        note_content(reader, &section);
    }
    Log {
        content,
        level: section.one_of(reader, "level", LEVELS).unwrap_or(default.level),
        format: section
            .one_of(reader, "format", &[("text", LogFormat::Text), ("json", LogFormat::Json)])
            .unwrap_or(default.format),
        access: section.boolean(reader, "access").unwrap_or(default.access),
    }
}

/// What people write is theirs. Whoever keeps it is told so at every start.
fn note_content(reader: &mut Reader<'_>, section: &Section<'_>) {
    let Some(value) = section.get("content") else { return };
    reader.note(
        Diagnostic::warning(
            Id::ContentLogged,
            value.span(),
            "the story of each request keeps what its user wrote",
        )
        .label("the last message, up to 2,000 characters")
        .help("whoever can read the status page can read it; take it out unless the users know"),
    );
}

/// Notes that there is no provider or no route at all.
fn note_emptiness(reader: &mut Reader<'_>, top: &Section<'_>, drafts: &[Draft<'_>]) {
    let written = |key: &str| top.get(key).is_some_and(|value| !value.get_ref().is_table());
    if drafts.is_empty() && !written("providers") {
        reader.note(
            Diagnostic::error(Id::NoProviders, 0..0, "the file has no provider")
                .help(
                    "add one:\n[providers.openai]\ndialect = \"openai\"\napi_keys = [\"env:OPENAI_API_KEY\"]\n\
                     or start without a file: providers then come from the environment",
                )
                .nowhere(),
        );
    }
    let routes = top.get("routes");
    let no_routes = routes.is_none_or(|value| value.get_ref().as_table().is_some_and(DeTable::is_empty));
    if no_routes && !drafts.is_empty() {
        let example = example_target(drafts);
        reader.note(
            Diagnostic::error(Id::NoRoutes, 0..0, "the file has no route")
                .help(format!("add one:\n[routes.default]\ntargets = [\"{example}\"]"))
                .nowhere(),
        );
    }
}

/// Takes providers without their key out of all routes.
///
/// The gateway starts as long as each route keeps a target: a missing key must not do what the outage of
/// one provider could not. A route that would keep none is an error, for requests to it could only fail.
fn leave_out(reader: &mut Reader<'_>, drafts: &[Draft<'_>], routes: &mut [Route]) {
    let out = |provider: &str| drafts.iter().any(|draft| draft.name == provider && !draft.missing.is_empty());
    let dead: Vec<&Route> = routes
        .iter()
        .filter(|route| !route.targets.is_empty() && route.targets.iter().all(|target| out(&target.provider)))
        .collect();
    for draft in drafts {
        let route =
            dead.iter().find(|route| route.targets.iter().any(|target| target.provider == draft.name));
        for missing in &draft.missing {
            let (id, span) = (missing.id, missing.span.clone());
            let finding = match route {
                Some(route) => Diagnostic::error(
                    id,
                    span,
                    format!("route `{}` has no target left: {}", shown(&route.name), missing.what),
                ),
                None => Diagnostic::warning(
                    id,
                    span,
                    format!("provider `{}` is left out: {}", shown(draft.name), missing.what),
                ),
            };
            reader.note(finding.help(missing.help.clone()));
        }
    }
    for route in routes {
        route.targets.retain(|target| !out(&target.provider));
    }
}
