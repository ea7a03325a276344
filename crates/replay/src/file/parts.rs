//! `[traffic]`, `[[providers]]` and `[route]`.

use std::ops::Range;
use std::time::Duration;

use handover_dialect::Prefill;
use handover_drill::{Continues, Dialect};
use handover_policy::MidStream;

use crate::builtin::usual_providers;
use crate::scenario::{Arrivals, LocalStart, Provider, RouteSettings, Traffic};
use crate::traces::azure_conversation;

use super::mistake::{Found, shown};
use super::table::{Table, show};

/// The dialects by name.
const DIALECTS: [(&str, Dialect); 3] =
    [("openai", Dialect::OpenAi), ("anthropic", Dialect::Anthropic), ("cohere", Dialect::Cohere)];

/// Where requests come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Azure,
    Poisson,
    Even,
}

const ARRIVALS: [(&str, Kind); 3] =
    [("azure-2023", Kind::Azure), ("poisson", Kind::Poisson), ("even", Kind::Even)];

pub(super) const TRAFFIC: &[&str] = &[
    "arrivals",
    "rate",
    "prompt_tokens",
    "answer_tokens",
    "speed",
    "sampled",
    "streaming",
    "dialect",
    "patience",
    "batch",
    "leaves",
];

/// Reads `[traffic]`; what it does not say is as in the built-in scenarios.
pub(super) fn read_traffic(found: &mut Vec<Found>, top: &Table<'_>) -> Traffic {
    let mut traffic = Traffic { arrivals: Arrivals::Trace(azure_conversation()), ..Traffic::default() };
    let Some(table) = top.table(found, "traffic", TRAFFIC) else { return traffic };
    traffic.arrivals = read_arrivals(found, &table);
    if let Some(speed) = table.number(found, "speed", 0.001..=1000.0, "how many times as fast as real") {
        traffic.speed = speed;
    }
    if let Some(sampled) =
        table.number(found, "sampled", 0.000_001..=1.0, "the share of the requests that is simulated")
    {
        traffic.sampled = sampled;
    }
    for (key, field) in [
        ("streaming", &mut traffic.streaming),
        ("batch", &mut traffic.batch),
        ("leaves", &mut traffic.leaves),
    ] {
        if let Some(share) = table.number(found, key, 0.0..=1.0, "a share of the requests, 1 is all of them")
        {
            *field = share;
        }
    }
    // The gateway has no Cohere endpoint of its own.
    if let Some(dialect) = table.one_of(found, "dialect", DIALECTS.get(..2).unwrap_or_default()) {
        traffic.dialect = dialect;
    }
    if let Some(patience) = table.positive(found, "patience", "2m", "every user would have given up") {
        traffic.patience = patience;
    }
    traffic
}

fn read_arrivals(found: &mut Vec<Found>, table: &Table<'_>) -> Arrivals {
    let written = table.one_of(found, "arrivals", &ARRIVALS);
    // A wrong word is one mistake; what it would have meant for the other keys is anybody's guess.
    let guessed = written.is_none() && table.get("arrivals").is_some();
    let kind = written.unwrap_or(Kind::Azure);
    let rate =
        table.number(found, "rate", 0.000_001..=10_000.0, "requests per second; at 0 none would arrive");
    let prompt_tokens = table.counts(found, "prompt_tokens");
    let answer_tokens = table.counts(found, "answer_tokens");
    if kind == Kind::Azure {
        for key in ["rate", "prompt_tokens", "answer_tokens"] {
            if table.get(key).is_some() && !guessed {
                found.push(
                    Found::new(table.place(key), format!("`{}` has no effect", table.path(key)))
                        .label("the trace has its own")
                        .help("choose `arrivals = \"poisson\"` or \"even\", or change the trace's rate with `speed`"),
                );
            }
        }
        return Arrivals::Trace(azure_conversation());
    }
    let per_second = rate.unwrap_or(DEFAULT_RATE);
    let prompt_tokens = prompt_tokens.unwrap_or(DEFAULT_PROMPT);
    let answer_tokens = answer_tokens.unwrap_or(DEFAULT_ANSWER);
    match kind {
        Kind::Even => Arrivals::Even { per_second, prompt_tokens, answer_tokens },
        Kind::Poisson | Kind::Azure => Arrivals::Poisson { per_second, prompt_tokens, answer_tokens },
    }
}

/// Requests per second: the mean of the trace.
const DEFAULT_RATE: f64 = 5.5;
/// About the middle half of the trace's prompts, in tokens.
const DEFAULT_PROMPT: (u32, u32) = (200, 2000);
/// About the middle half of the trace's answers, in tokens.
const DEFAULT_ANSWER: (u32, u32) = (20, 400);

/// A provider and its place in the file.
pub(super) struct WrittenProvider {
    pub(super) provider: Provider,
    first_token: Range<usize>,
}

pub(super) const PROVIDER: &[&str] = &[
    "name",
    "dialect",
    "model",
    "keys",
    "first_token",
    "per_token",
    "capacity",
    "max_concurrency",
    "price_in",
    "price_out",
    "load",
    "continues",
    "prefill",
];

/// Reads `[[providers]]`, the lead first; a file without them has those of the built-in scenarios.
pub(super) fn read_providers(found: &mut Vec<Found>, top: &Table<'_>) -> Vec<WrittenProvider> {
    let example = "[{ name = \"openai\", dialect = \"openai\" }]";
    let usual = || -> Vec<WrittenProvider> {
        usual_providers()
            .into_iter()
            .map(|provider| WrittenProvider { provider, first_token: 0..0 })
            .collect()
    };
    let Some(tables) = top.tables(found, "providers", PROVIDER, example) else { return usual() };
    if tables.is_empty() {
        found.push(
            Found::new(top.place("providers"), "`providers` is empty")
                .label("nobody could be asked")
                .help("take it out for OpenAI, Anthropic, Cohere and a local model"),
        );
        return usual();
    }
    let mut providers: Vec<WrittenProvider> = Vec::new();
    let mut places: Vec<Range<usize>> = Vec::new();
    for table in tables {
        let Some(written) = read_provider(found, &table) else { continue };
        let twice = |other: &WrittenProvider| other.provider.name == written.provider.name;
        let same_model = |other: &WrittenProvider| other.provider.model == written.provider.model;
        if let Some(first) = providers.iter().position(twice) {
            let first = places.get(first).cloned().unwrap_or_default();
            let name = &written.provider.name;
            found.push(
                Found::new(table.place("name"), format!("two providers are called \"{name}\""))
                    .label("again here")
                    .related(first, "first here")
                    .help("for several keys of one provider, write `keys = 2`"),
            );
            continue;
        }
        if let Some(other) = providers.iter().find(|other| same_model(other)) {
            let model = shown(&written.provider.model);
            found.push(
                Found::new(table.place("model"), format!("`{}` has \"{model}\" too", other.provider.name))
                    .label("nobody could tell who answered")
                    .help("give each provider a model of its own"),
            );
        }
        places.push(table.place("name"));
        providers.push(written);
    }
    providers
}

fn read_provider(found: &mut Vec<Found>, table: &Table<'_>) -> Option<WrittenProvider> {
    table.missing(found, "name", "phases call it by its name", "\"openai\"");
    table.missing(found, "dialect", "what does it speak?", "\"openai\"");
    let name = table.string(found, "name", "openai").filter(|name| {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let good = !name.is_empty() && name.len() <= 40 && name.chars().all(fits);
        if !good {
            found.push(
                Found::new(table.place("name"), format!("a provider cannot be called \"{}\"", shown(name)))
                    .label("it stands in headers and tables")
                    .help("1 to 40 letters, digits, hyphens and underscores"),
            );
        }
        good
    });
    let dialect = table.one_of(found, "dialect", &DIALECTS);
    let model = table.string(found, "model", "gpt-4o-mini");
    let keys = table.integer(found, "keys", 1..=100, "one key is the least");
    let first_token = table.durations(found, "first_token");
    let per_token = table.duration(found, "per_token", "20ms");
    let capacity = table.integer(found, "capacity", 1..=1_000_000, "at 0 it could never answer");
    let max_concurrency = table.integer(found, "max_concurrency", 1..=10_000, "at 0 it would never be asked");
    let price_in = table.number(found, "price_in", 0.0..=100_000.0, "money per million prompt tokens");
    let price_out = table.number(found, "price_out", 0.0..=100_000.0, "money per million answer tokens");
    let load = table.positive(found, "load", "20s", "a model that is loaded at once needs no `load`");
    let continues = read_continues(found, table);
    let prefill = table.one_of(found, "prefill", &PREFILLS);
    let usual = Provider::default();
    let name = name?;
    let provider = Provider {
        name: name.to_owned(),
        dialect: dialect.unwrap_or(usual.dialect),
        model: model.map_or_else(|| format!("{name}-model"), str::to_owned),
        keys: keys.and_then(|keys| usize::try_from(keys).ok()).unwrap_or(usual.keys),
        first_token: first_token.unwrap_or(usual.first_token),
        per_token: per_token.unwrap_or(usual.per_token),
        capacity: capacity.and_then(|capacity| u32::try_from(capacity).ok()),
        price_in: price_in.unwrap_or(usual.price_in),
        price_out: price_out.unwrap_or(usual.price_out),
        local: load.map(|load| LocalStart { load }),
        max_concurrency: max_concurrency.and_then(|cap| u32::try_from(cap).ok()),
        continues,
        prefill: prefill.unwrap_or(usual.prefill),
    };
    Some(WrittenProvider { provider, first_token: table.place("first_token") })
}

/// How a provider takes the beginning of an answer, in the words of the gateway's configuration.
const PREFILLS: [(&str, Prefill); 4] = [
    ("none", Prefill::Refused),
    ("trailing", Prefill::Trailing),
    ("prefix", Prefill::Prefix),
    ("continue_final_message", Prefill::FinalMessage),
];

/// Reads what a provider's model makes of another's half answer: at most one word for each way of asking.
fn read_continues(found: &mut Vec<Found>, table: &Table<'_>) -> Vec<Continues> {
    let mut ways: Vec<Continues> = Vec::new();
    for word in table.strings(found, "continues").unwrap_or_default() {
        let known = Continues::named(word);
        let twice = known.is_some_and(|way| ways.iter().any(|other| other.asked_by() == way.asked_by()));
        let mistake = match known {
            None => Some(format!("\"{}\" is no way to go on", shown(word))),
            Some(_) if twice => Some(format!("\"{word}\" is one too many")),
            Some(_) => None,
        };
        if let Some(message) = mistake {
            let names: Vec<&str> = Continues::ALL.iter().map(|way| way.name()).collect();
            found.push(
                Found::new(table.place("continues"), message)
                    .label("one word for each way of asking")
                    .help(format!("one of {}", names.join(", "))),
            );
        } else {
            ways.extend(known);
        }
    }
    ways
}

pub(super) const ROUTE: &[&str] = &[
    "connect",
    "first_token",
    "stall",
    "progress",
    "total",
    "local_load",
    "max_attempts",
    "hedge",
    "canary",
    "probe",
    "mid_stream",
    "max_hand_overs",
];

/// What is done about a broken answer, in the words of the gateway's configuration.
const MID_STREAM: [(&str, MidStream); 2] = [("continue", MidStream::Continue), ("stop", MidStream::Stop)];

/// A backup that answers more than this is no backup; the same bound as in the gateway's configuration.
const MAX_CANARY: f64 = 0.2;

/// Reads `[route]`; what it does not say is the product's default, as far as `total` leaves room for it.
pub(super) fn read_route(
    found: &mut Vec<Found>,
    top: &Table<'_>,
    providers: &[WrittenProvider],
) -> RouteSettings {
    let mut route = RouteSettings::default();
    if let Some(table) = top.table(found, "route", ROUTE) {
        let zero = "with this, everything fails at once";
        let total = table.positive(found, "total", "120s", zero);
        route.clocks.total = total.unwrap_or(route.clocks.total);
        let total = route.clocks.total;
        for (key, clock, example) in [
            ("connect", &mut route.clocks.connect, "2s"),
            ("first_token", &mut route.clocks.first_token, "10s"),
            ("stall", &mut route.clocks.stall, "30s"),
            ("progress", &mut route.clocks.progress, "60s"),
        ] {
            match table.positive(found, key, example, zero) {
                Some(limit) if limit > total => found.push(
                    Found::new(table.place(key), format!("`{}` is above the total", table.path(key)))
                        .label(format!("{} can never pass", show(limit)))
                        .related(
                            table.place("total"),
                            format!("the whole request ends after {}", show(total)),
                        )
                        .help(format!("make it shorter than {}, or raise `total`", show(total))),
                ),
                Some(limit) => *clock = limit,
                None => *clock = (*clock).min(total),
            }
        }
        read_local_load(found, &table, providers, &mut route.local_load);
        read_care(found, &table, providers, &mut route);
    }
    for written in providers {
        let provider = &written.provider;
        let limit = route.clocks.first_token;
        if provider.local.is_none() && provider.first_token.0 > limit && !written.first_token.is_empty() {
            found.push(
                Found::new(written.first_token.clone(), format!("`{}` is always late", provider.name))
                    .label(format!("it is given up after {}, well or not", show(limit)))
                    .help("raise `first_token` of `[route]`, or make the provider faster"),
            );
        }
    }
    route
}

fn read_local_load(
    found: &mut Vec<Found>,
    table: &Table<'_>,
    providers: &[WrittenProvider],
    local_load: &mut Duration,
) {
    let limit = table.positive(found, "local_load", "300s", "a local model could never be loaded");
    let Some(limit) = limit else { return };
    *local_load = limit;
    if providers.iter().all(|written| written.provider.local.is_none()) {
        found.push(
            Found::new(table.place("local_load"), format!("`{}` has no effect", table.path("local_load")))
                .label("no provider of this scenario is local")
                .help("a provider with `load` is a model on this machine that has to be loaded"),
        );
    }
}

/// Reads what the gateway does besides waiting: attempts, hedges, and a look at the backups now and then.
fn read_care(
    found: &mut Vec<Found>,
    table: &Table<'_>,
    providers: &[WrittenProvider],
    route: &mut RouteSettings,
) {
    if let Some(most) = table.integer(found, "max_attempts", 1..=20, "at 0 nobody would be asked") {
        route.max_attempts = u32::try_from(most).unwrap_or(route.max_attempts);
    }
    if let Some(share) = table.number(found, "canary", 0.0..=MAX_CANARY, "a share of the requests") {
        route.canary = share;
    }
    let way = table.one_of(found, "mid_stream", &MID_STREAM);
    route.mid_stream = way.unwrap_or(route.mid_stream);
    let most = table.integer(found, "max_hand_overs", 1..=3, "`mid_stream = \"stop\"` is for none");
    route.max_hand_overs = most.and_then(|most| u32::try_from(most).ok()).unwrap_or(route.max_hand_overs);
    if most.is_some() && route.mid_stream == MidStream::Stop {
        found.push(
            Found::new(
                table.place("max_hand_overs"),
                format!("`{}` has no effect", table.path("max_hand_overs")),
            )
            .label("answers that break off are stopped")
            .help("take it out, or take out `mid_stream = \"stop\"`"),
        );
    }
    read_hedge(found, table, route);
    if table.get("probe").is_some_and(|value| value.get_ref().as_str() == Some("off")) {
        route.probe = None;
    } else if let Some(idle) = table.positive(found, "probe", "5m", "it would be asked without end") {
        route.probe = Some(idle);
    }
    if providers.len() > 1 {
        return;
    }
    for key in ["hedge", "canary", "probe"].into_iter().filter(|key| table.get(key).is_some()) {
        found.push(
            Found::new(table.place(key), format!("`{}` has no effect", table.path(key)))
                .label("there is no backup")
                .help("add a second provider, or take it out"),
        );
    }
}

fn read_hedge(found: &mut Vec<Found>, table: &Table<'_>, route: &mut RouteSettings) {
    let Some(hedge) = table.table(found, "hedge", &["after"]) else { return };
    hedge.missing(found, "after", "after how long without a first token?", "\"3s\"");
    let after = hedge.positive(found, "after", "3s", "every request would be sent twice");
    let limit = route.clocks.first_token;
    match after {
        Some(after) if after >= limit => found.push(
            Found::new(hedge.place("after"), format!("`{}` comes too late", hedge.path("after")))
                .label(format!("a target is given up after {} without a first token", show(limit)))
                .help("make it shorter, or raise `first_token`"),
        ),
        Some(_) | None => route.hedge = after,
    }
}
