//! `[providers.NAME]`.

use std::net::SocketAddr;
use std::ops::Range;

use http::header::HeaderName;
use secrecy::SecretString;
use toml::de::{DeTable, DeValue};

use crate::base_url::{self, BaseUrl};
use crate::diagnostic::{Diagnostic, Id, shown};
use crate::keys::{LOCAL_ONLY, PROVIDER, REMOTE_ONLY};
use crate::prefill;
use crate::reader::{Reader, Section, Value, in_file_order};
use crate::resilience::{read_max_concurrency, read_probe};
use crate::secret::{Looked, Missing, Use, io_reason, look_up};
use crate::snapshot::{LocalSettings, Provider, ProviderDialect};
use crate::suggest;
use crate::timeouts::WrittenTimeouts;

/// The version most deployed prompts were written for. The newer one refuses `temperature` and `top_p`.
pub(crate) const ANTHROPIC_VERSION: &str = "2023-06-01";

/// A provider as the file has it, with what only the routes can judge.
pub(crate) struct Draft<'a> {
    pub(crate) name: &'a str,
    /// `None` when the provider has errors; its name still counts as known.
    pub(crate) provider: Option<Provider>,
    pub(crate) timeouts: WrittenTimeouts,
    /// Without these the provider cannot be used.
    pub(crate) missing: Vec<Missing>,
}

/// Names that people write as a dialect for servers that speak OpenAI's, and the base URL to use.
const OPENAI_COMPATIBLE: &[(&str, &str)] = &[
    ("mistral", "https://api.mistral.ai/v1"),
    ("groq", "https://api.groq.com/openai/v1"),
    ("openrouter", "https://openrouter.ai/api/v1"),
    ("deepseek", "https://api.deepseek.com/v1"),
    ("together", "https://api.together.xyz/v1"),
    ("fireworks", "https://api.fireworks.ai/inference/v1"),
    ("xai", "https://api.x.ai/v1"),
    ("gemini", "https://generativelanguage.googleapis.com/v1beta/openai"),
    ("azure", "https://RESOURCE.openai.azure.com/openai/v1"),
    ("bedrock", "https://bedrock-runtime.REGION.amazonaws.com/openai/v1"),
    ("ollama", "http://127.0.0.1:11434/v1"),
    ("vllm", "http://127.0.0.1:8000/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
    ("lmstudio", "http://127.0.0.1:1234/v1"),
];

/// The dialects that the design names and this version does not speak.
const PLANNED: &[&str] = &["gemini", "mistral", "azure", "bedrock"];

const DIALECTS: &[(&str, ProviderDialect)] = &[
    ("openai", ProviderDialect::OpenAi),
    ("anthropic", ProviderDialect::Anthropic),
    ("cohere", ProviderDialect::Cohere),
    ("local", ProviderDialect::Local),
];

/// Reads all providers, in the order of the file.
pub(crate) fn read_all<'a>(
    reader: &mut Reader<'_>,
    providers: &'a DeTable<'a>,
    listen: Option<SocketAddr>,
) -> Vec<Draft<'a>> {
    in_file_order(providers)
        .into_iter()
        .map(|(name, span, value)| read(reader, name, &span, value, listen))
        .collect()
}

fn read<'a>(
    reader: &mut Reader<'_>,
    name: &'a str,
    name_span: &Range<usize>,
    value: &'a Value<'a>,
    listen: Option<SocketAddr>,
) -> Draft<'a> {
    let mut draft = Draft { name, provider: None, timeouts: WrittenTimeouts::default(), missing: Vec::new() };
    let valid = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !valid {
        reader.note(
            Diagnostic::error(
                Id::BadName,
                name_span.clone(),
                format!("a provider cannot be called `{}`", shown(name)),
            )
            .label("letters, digits, `-`, `_` and `.` only")
            .help("the name stands before the slash in `provider/model` and in headers"),
        );
    }
    let full = format!("providers.{name}");
    let Some(table) = value.get_ref().as_table() else {
        reader.wrong_type(&full, value, "a table", "{ dialect = \"openai\" }");
        return draft;
    };
    let section = Section::new(reader, table, &full, PROVIDER);
    let dialect = read_dialect(reader, &section, name, name_span);
    // Everything else is checked even without a dialect, as for the most common one.
    let assumed = dialect.unwrap_or(ProviderDialect::OpenAi);
    draft.timeouts = WrittenTimeouts::of_attempt(reader, &section, assumed);
    if let Some(dialect) = dialect {
        refuse_keys_of_others(reader, &section, dialect);
    }
    let url = section
        .string(reader, "base_url", "\"https://api.openai.com/v1\"")
        .and_then(|(text, span)| base_url::check(reader, text, span, assumed, listen));
    let keys = read_keys(reader, &section, &mut draft.missing, url.as_ref());
    let headers = read_headers(reader, &section, &mut draft.missing);
    let ca_file = section.string(reader, "ca_file", "\"ca.pem\"").map(|(path, span)| {
        let path = reader.path(path);
        if let Err(why) = std::fs::File::open(&path) {
            reader.note(
                Diagnostic::error(Id::MissingFile, span, format!("`{full}.ca_file` cannot be read"))
                    .label(io_reason(&why))
                    .help("relative paths start at the configuration file"),
            );
        }
        path
    });
    let http2 = section.boolean(reader, "http2").unwrap_or(false);
    let version = section.one_of(
        reader,
        "anthropic_version",
        &[("2023-06-01", "2023-06-01"), ("2026-10-21", "2026-10-21")],
    );
    let local = read_local(reader, &section);
    let max_concurrency = read_max_concurrency(reader, &section, assumed, local.slots);
    let probe = read_probe(reader, &section, assumed);
    let written_prefill = prefill::of_provider(reader, &section, assumed);
    let Some(dialect) = dialect else { return draft };
    let has_keys =
        section.get("api_keys").is_some() || section.get("api_key").is_some() || section.misnamed("api_key");
    if dialect != ProviderDialect::Local && !has_keys && section.get("base_url").is_none() {
        let variable = vendor_variable(dialect);
        reader.note(
            Diagnostic::error(
                Id::NoApiKey,
                name_span.clone(),
                format!("provider `{}` has no API key", shown(name)),
            )
            .label(format!("{} asks for one", dialect.as_str()))
            .help(format!("add `api_keys = [\"env:{variable}\"]`")),
        );
    }
    let base_url = url.map(|url| url.text).or_else(|| dialect.default_base_url().map(str::to_owned));
    draft.provider = Some(Provider {
        prefill: written_prefill.or_else(|| prefill::automatic(dialect, base_url.as_deref())),
        name: name.to_owned(),
        dialect,
        base_url,
        keys,
        headers,
        http2,
        ca_file,
        anthropic_version: version.unwrap_or(ANTHROPIC_VERSION).to_owned(),
        local,
        timeouts: draft.timeouts.without_route(dialect),
        max_concurrency,
        probe,
    });
    draft
}

/// The variable the vendor's own SDK reads.
pub(crate) fn vendor_variable(dialect: ProviderDialect) -> &'static str {
    match dialect {
        ProviderDialect::OpenAi | ProviderDialect::Local => "OPENAI_API_KEY",
        ProviderDialect::Anthropic => "ANTHROPIC_API_KEY",
        ProviderDialect::Cohere => "CO_API_KEY",
    }
}

fn read_dialect(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    name: &str,
    name_span: &Range<usize>,
) -> Option<ProviderDialect> {
    let known = |text: &str| DIALECTS.iter().find(|(known, _)| *known == text).map(|(_, dialect)| *dialect);
    if section.get("dialect").is_none() && section.misnamed("dialect") {
        return None;
    }
    if section.get("dialect").is_none() {
        let guess = if known(name).is_some() { name } else { "openai" };
        reader.note(
            Diagnostic::error(
                Id::MissingKey,
                name_span.clone(),
                format!("provider `{}` has no dialect", shown(name)),
            )
            .label("which API does it speak?")
            .help(format!("add `dialect = \"{guess}\"` (openai, anthropic, cohere or local)")),
        );
        return None;
    }
    let (text, span) = section.string(reader, "dialect", "\"openai\"")?;
    if let Some(dialect) = known(text) {
        return Some(dialect);
    }
    let lower = text.to_lowercase();
    let compatible = OPENAI_COMPATIBLE.iter().find(|(vendor, _)| *vendor == lower);
    let planned = PLANNED.contains(&lower.as_str());
    let (id, message, label) = if planned {
        (Id::UnsupportedDialect, format!("dialect \"{lower}\" is not yet supported"), "not in this version")
    } else {
        (
            Id::UnknownDialect,
            format!("there is no dialect \"{}\"", shown(text)),
            "must be openai, anthropic, cohere or local",
        )
    };
    let help = match (compatible, suggest::nearest(text, DIALECTS.iter().map(|(known, _)| *known))) {
        (Some((_, url)), _) => {
            format!("it also speaks OpenAI's: write `dialect = \"openai\"` and `base_url = \"{url}\"`")
        }
        (None, Some(near)) => format!("did you mean \"{near}\"?"),
        (None, None) => {
            "most servers speak OpenAI's: write `dialect = \"openai\"` and their `base_url`".to_owned()
        }
    };
    reader.note(Diagnostic::error(id, span, message).label(label).help(help));
    None
}

/// A key that would be read and then do nothing is refused, like one that is not known.
fn refuse_keys_of_others(reader: &mut Reader<'_>, section: &Section<'_>, dialect: ProviderDialect) {
    let (others, whose): (&[&str], &str) = match dialect {
        ProviderDialect::Local => (REMOTE_ONLY, "providers reached over the network"),
        ProviderDialect::OpenAi | ProviderDialect::Anthropic | ProviderDialect::Cohere => {
            (LOCAL_ONLY, "dialect \"local\"")
        }
    };
    let version =
        (dialect != ProviderDialect::Anthropic).then_some(("anthropic_version", "dialect \"anthropic\""));
    let foreign = others.iter().map(|key| (*key, whose)).chain(version);
    for (key, whose) in foreign {
        if let Some(span) = section.key_span(key) {
            reader.note(
                Diagnostic::error(
                    Id::WrongDialectKey,
                    span,
                    format!("`{key}` does nothing for dialect \"{}\"", dialect.as_str()),
                )
                .label(format!("only for {whose}"))
                .help(match key {
                    "max_concurrency" => "take the line out; `slots` is the limit of the embedded engine",
                    _ => "take the line out",
                }),
            );
        }
    }
}

/// Reads `api_keys`, or `api_key` for one.
fn read_keys(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    missing: &mut Vec<Missing>,
    url: Option<&BaseUrl>,
) -> Vec<SecretString> {
    for key in ["api_keys", "api_key"] {
        if let Some(value) = section.get(key) {
            hide_all(reader, value);
        }
    }
    let mut written = Vec::new();
    if let Some(list) = section.strings(reader, "api_keys", "[\"env:OPENAI_API_KEY\"]") {
        if list.is_empty()
            && let Some(span) = section.key_span("api_keys")
        {
            reader.note(
                Diagnostic::error(Id::NoApiKey, span, "the list of API keys is empty")
                    .label("at least one")
                    .help("for a server that asks for no key, take the line out"),
            );
        }
        written = list;
    }
    if let Some((key, span)) = section.string(reader, "api_key", "\"env:OPENAI_API_KEY\"") {
        if let Some(other) = section.key_span("api_keys") {
            let own = section.key_span("api_key").unwrap_or_else(|| span.clone());
            reader.note(
                Diagnostic::error(Id::ConflictingKeys, own, "`api_key` and `api_keys` in one provider")
                    .label("one of the two")
                    .related(other, "the other")
                    .help("put all of them into `api_keys`"),
            );
        }
        written.push((key, span));
    }
    let mut keys = Vec::new();
    let mut gone = Vec::new();
    for (text, span) in written {
        match look_up(reader, text, &span, Use::ApiKey) {
            Looked::Up { value, literal } => {
                if literal && text.len() >= SHORTEST_REAL_KEY {
                    reader.note(
                        Diagnostic::warning(Id::KeyInFile, span.clone(), "an API key stands in the file")
                            .label("this looks like a real API key")
                            .help("put it into the environment and write \"env:NAME\", or into a file and write \"file:PATH\""),
                    );
                }
                if url.is_some_and(|url| url.plain && !url.loopback)
                    && (!literal || text.len() >= SHORTEST_REAL_KEY)
                {
                    reader.note(
                        Diagnostic::warning(Id::KeyOverHttp, span, "this API key travels unencrypted")
                            .label("sent to an http:// address on the network")
                            .help("use https:// in `base_url`, if the server has it"),
                    );
                }
                keys.push(value);
            }
            Looked::For(what) => gone.push(what),
            Looked::Away | Looked::Wrong => {}
        }
    }
    if keys.is_empty() {
        missing.append(&mut gone);
    }
    // Some keys are there, so the provider works; that others are not is worth a word.
    for one in gone {
        reader.note(
            Diagnostic::warning(one.id, one.span, format!("this API key is left out: {}", one.what))
                .help(one.help),
        );
    }
    keys
}

/// Shorter ones are the `none`, `ollama` or `EMPTY` that local servers take.
const SHORTEST_REAL_KEY: usize = 12;

/// Marks everything below a value as not to be shown, whatever its type, but for references.
fn hide_all(reader: &mut Reader<'_>, value: &Value<'_>) {
    match value.get_ref() {
        DeValue::Array(values) => values.iter().for_each(|value| hide_all(reader, value)),
        DeValue::Table(table) => table.iter().for_each(|(_, value)| hide_all(reader, value)),
        DeValue::String(text) if text.starts_with("env:") || text.starts_with("file:") => {}
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => reader.secrets.push(value.span()),
    }
}

fn read_headers(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    missing: &mut Vec<Missing>,
) -> Vec<(String, SecretString)> {
    let Some(value) = section.get("headers") else { return Vec::new() };
    hide_all(reader, value);
    let Some(table) = section.table(reader, "headers", "{ \"x-team\" = \"search\" }") else {
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (name, span, value) in in_file_order(table) {
        if let Some(why) = header_problem(name) {
            reader.note(
                Diagnostic::error(Id::BadHeader, span, format!("header `{}` cannot be set", shown(name)))
                    .label(why),
            );
            continue;
        }
        let Some(text) = value.get_ref().as_str() else {
            reader.wrong_type(&format!("headers.{name}"), value, "a string", "\"env:NAME\"");
            continue;
        };
        match look_up(reader, text, &value.span(), Use::Header) {
            Looked::Up { value, .. } => headers.push((name.to_ascii_lowercase(), value)),
            Looked::For(what) => missing.push(what),
            Looked::Away | Looked::Wrong => {}
        }
    }
    headers
}

/// Why a header of that name cannot be set by hand.
fn header_problem(name: &str) -> Option<&'static str> {
    /// These describe the connection or the body, which are Handover's.
    const OWN: [&str; 10] = [
        "host",
        "content-length",
        "content-type",
        "content-encoding",
        "accept-encoding",
        "transfer-encoding",
        "connection",
        "te",
        "upgrade",
        "expect",
    ];
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Some("this is not a header name");
    }
    OWN.iter().any(|own| name.eq_ignore_ascii_case(own)).then_some("Handover sets this one itself")
}

fn read_local(reader: &mut Reader<'_>, section: &Section<'_>) -> LocalSettings {
    let default = LocalSettings::default();
    LocalSettings {
        slots: section.integer(reader, "slots", 1..=256).unwrap_or(default.slots),
        context: section.integer(reader, "context", 128..=16_777_216),
        threads: section.integer(reader, "threads", 1..=1024),
        preload: section.boolean(reader, "preload").unwrap_or(default.preload),
        hang_timeout: section
            .duration(reader, "hang_timeout", default.hang_timeout)
            .map_or(default.hang_timeout, |(timeout, _)| timeout),
    }
}
