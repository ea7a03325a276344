//! `[routes.NAME]`, and what only providers and routes together can tell.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::keys::{ROUTE, TARGET};
use crate::provider::Draft;
use crate::reader::{Reader, Section, Value, in_file_order};
use crate::secret::io_reason;
use crate::snapshot::{MidStream, ProviderDialect, Route, Target};
use crate::suggest;
use crate::timeouts::{WrittenTimeouts, resolve};

/// The signal level of the lead. Backups are rated against it.
pub(crate) const LEAD_SIGNAL: u8 = 4;

/// A name by which a request can ask for a route, and where the file gives it.
struct GivenName<'a> {
    name: &'a str,
    span: Range<usize>,
    /// `route` or `alias`.
    what: &'static str,
}

/// Reads all routes, in the order of the file. A route with errors may have fewer targets than written.
pub(crate) fn read_all<'a>(
    reader: &mut Reader<'_>,
    routes: &'a DeTable<'a>,
    providers: &[Draft<'_>],
) -> Vec<Route> {
    let entries = in_file_order(routes);
    // All names of routes count before any alias does: the alias is then the one to change.
    let mut names: Vec<GivenName<'a>> =
        entries.iter().map(|(name, span, _)| GivenName { name, span: span.clone(), what: "route" }).collect();
    for given in &names {
        check_name(reader, given, providers);
    }
    entries
        .into_iter()
        .filter_map(|(name, span, value)| read(reader, name, &span, value, providers, &mut names))
        .collect()
}

fn read<'a>(
    reader: &mut Reader<'_>,
    name: &'a str,
    name_span: &Range<usize>,
    value: &'a Value<'a>,
    providers: &[Draft<'_>],
    names: &mut Vec<GivenName<'a>>,
) -> Option<Route> {
    let full = format!("routes.{name}");
    let Some(table) = value.get_ref().as_table() else {
        reader.wrong_type(&full, value, "a table", "{ targets = [\"openai/gpt-4o-mini\"] }");
        return None;
    };
    let section = Section::new(reader, table, &full, ROUTE);
    let timeouts = WrittenTimeouts::of_route(reader, &section);
    let mid_stream = section
        .one_of(reader, "mid_stream", &[("continue", MidStream::Continue), ("stop", MidStream::Stop)])
        .unwrap_or(MidStream::Continue);
    let aliases = read_aliases(reader, &section, providers, names);
    let targets = read_targets(reader, &section, name, name_span, providers, &timeouts);
    Some(Route { name: name.to_owned(), targets, aliases, mid_stream, total: timeouts.total() })
}

fn read_aliases<'a>(
    reader: &mut Reader<'_>,
    section: &Section<'a>,
    providers: &[Draft<'_>],
    names: &mut Vec<GivenName<'a>>,
) -> Vec<String> {
    let mut aliases = Vec::new();
    for (alias, span) in section.strings(reader, "aliases", "[\"gpt-4o-mini\"]").unwrap_or_default() {
        let given = GivenName { name: alias, span, what: "alias" };
        check_name(reader, &given, providers);
        if let Some(first) = names.iter().find(|other| other.name == alias) {
            let (message, label) = match first.what {
                "route" => {
                    (format!("`{}` is the name of a route already", shown(alias)), "the name of this route")
                }
                _ => (format!("`{}` is an alias already", shown(alias)), "an alias here"),
            };
            reader.note(
                Diagnostic::error(Id::DuplicateAlias, given.span, message)
                    .label("given again")
                    .related(first.span.clone(), label)
                    .help("a name leads to one route; take one of them out"),
            );
        } else {
            aliases.push(alias.to_owned());
            names.push(given);
        }
    }
    aliases
}

/// A name a request can ask for must be one that fits into a header and that means nothing else.
fn check_name(reader: &mut Reader<'_>, given: &GivenName<'_>, providers: &[Draft<'_>]) {
    let (name, what) = (given.name, given.what);
    if !is_model_name(name) {
        reader.note(
            Diagnostic::error(
                Id::BadName,
                given.span.clone(),
                format!("`{}` cannot be the name of a route", shown(name)),
            )
            .label(format!("printable ASCII without blanks, at most {LONGEST_NAME} characters"))
            .help(format!("the {what} is what a request writes as its `model`")),
        );
    }
    let provider = name.split_once('/').map(|(provider, _)| provider);
    if let Some(provider) = provider.filter(|provider| providers.iter().any(|draft| draft.name == *provider))
    {
        reader.note(
            Diagnostic::error(
                Id::AmbiguousName,
                given.span.clone(),
                format!("`{}` already means a model", shown(name)),
            )
            .label(format!("the model at provider `{}`", shown(provider)))
            .help(format!("choose a name that does not start with `{}/`", shown(provider))),
        );
    }
}

/// Longer names are no model's, and headers and log lines carry them.
const LONGEST_NAME: usize = 200;

fn is_model_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(|b| b.is_ascii_graphic())
}

fn read_targets(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    route: &str,
    name_span: &Range<usize>,
    providers: &[Draft<'_>],
    timeouts: &WrittenTimeouts,
) -> Vec<Target> {
    let example = example_target(providers);
    let help = format!("add `targets = [\"{example}\"]`");
    if section.get("targets").is_none() && section.misnamed("targets") {
        return Vec::new();
    }
    if section.get("targets").is_none() {
        reader.note(
            Diagnostic::error(
                Id::RouteWithoutTargets,
                name_span.clone(),
                format!("route `{}` has no targets", shown(route)),
            )
            .label("nobody can answer here")
            .help(help),
        );
        return Vec::new();
    }
    let Some(list) = section.array(reader, "targets", "a list of targets", &format!("[\"{example}\"]"))
    else {
        return Vec::new();
    };
    if list.is_empty() {
        let span = section.get("targets").map_or_else(|| name_span.clone(), |value| value.span());
        reader.note(
            Diagnostic::error(
                Id::RouteWithoutTargets,
                span,
                format!("route `{}` has no targets", shown(route)),
            )
            .label("this list is empty")
            .help(help),
        );
    }
    let mut targets: Vec<(Target, Range<usize>)> = Vec::new();
    for (place, value) in list.iter().enumerate() {
        let Some(target) = read_target(reader, route, place, value, providers, timeouts) else { continue };
        if let Some((_, first)) = targets.iter().find(|(other, _)| other.id() == target.id()) {
            reader.note(
                Diagnostic::warning(
                    Id::DuplicateTarget,
                    value.span(),
                    format!("`{}` is in this route twice", shown(&target.id())),
                )
                .label("would fail here for the reason it failed before")
                .related(first.clone(), "tried here already")
                .help("for several keys of one provider, list them in its `api_keys`"),
            );
        }
        targets.push((target, value.span()));
    }
    targets.into_iter().map(|(target, _)| target).collect()
}

/// A target that makes sense in this file, for examples.
pub(crate) fn example_target(providers: &[Draft<'_>]) -> String {
    let model = |dialect| match dialect {
        ProviderDialect::OpenAi => "gpt-4o-mini",
        ProviderDialect::Anthropic => "claude-haiku-4-5",
        ProviderDialect::Cohere => "command-a-03-2025",
        ProviderDialect::Local => crate::zero::LOCAL_MODEL,
    };
    match providers.first() {
        Some(draft) => {
            let dialect =
                draft.provider.as_ref().map_or(ProviderDialect::OpenAi, |provider| provider.dialect);
            format!("{}/{}", shown(draft.name), model(dialect))
        }
        None => "openai/gpt-4o-mini".to_owned(),
    }
}

fn read_target(
    reader: &mut Reader<'_>,
    route: &str,
    place: usize,
    value: &Value<'_>,
    providers: &[Draft<'_>],
    route_timeouts: &WrittenTimeouts,
) -> Option<Target> {
    let full = format!("routes.{route}.targets[{place}]");
    let (table, model) = match value.get_ref() {
        DeValue::String(text) => (None, Some((text.as_ref(), value.span()))),
        DeValue::Table(table) => {
            let section = Section::new(reader, table, &full, TARGET);
            if section.get("model").is_none() && !section.misnamed("model") {
                reader.note(
                    Diagnostic::error(Id::MissingKey, value.span(), "this target has no model")
                        .label("which model at which provider?")
                        .help(format!("add `model = \"{}\"`", example_target(providers))),
                );
            }
            let model = section.string(reader, "model", "\"openai/gpt-4o-mini\"");
            (Some(section), model)
        }
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => {
            let example = format!("[\"{}\"]", example_target(providers));
            reader.wrong_type(&format!("routes.{route}.targets"), value, "a list of targets", &example);
            return None;
        }
    };
    let found = model.and_then(|(text, span)| find_model(reader, route, text, span, providers));
    let dialect =
        found.as_ref().and_then(|(draft, _)| draft.provider.as_ref()).map(|provider| provider.dialect);
    let dialect = dialect.unwrap_or(ProviderDialect::OpenAi);
    // The settings are read even when the model is wrong, so that their mistakes are told at once.
    let mut target = Target {
        provider: String::new(),
        model: String::new(),
        system: None,
        temperature: None,
        top_p: None,
        max_tokens: None,
        signal: (place == 0).then_some(LEAD_SIGNAL),
        context: None,
        vision: None,
        tools: None,
        json: None,
        timeouts: crate::snapshot::Timeouts::defaults(dialect),
    };
    let mut own_timeouts = WrittenTimeouts::default();
    if let Some(section) = table {
        read_settings(reader, &section, place == 0, &mut target);
        own_timeouts = WrittenTimeouts::of_attempt(reader, &section, dialect);
    }
    let (draft, model) = found?;
    target.provider = draft.name.to_owned();
    target.model = model.to_owned();
    target.timeouts = resolve(reader, &own_timeouts, route_timeouts, &draft.timeouts, dialect);
    Some(target)
}

fn read_settings(reader: &mut Reader<'_>, section: &Section<'_>, lead: bool, target: &mut Target) {
    target.system =
        section.string(reader, "system", "\"file:prompts/backup.md\"").and_then(|(text, span)| {
            match text.strip_prefix("file:") {
                None => Some(text.to_owned()),
                Some(path) => match std::fs::read_to_string(reader.path(path)) {
                    Ok(prompt) => Some(prompt),
                    Err(why) => {
                        reader.note(
                            Diagnostic::error(
                                Id::MissingFile,
                                span,
                                format!("prompt file `{}` cannot be read", shown(path)),
                            )
                            .label(io_reason(&why))
                            .help("relative paths start at the configuration file"),
                        );
                        None
                    }
                },
            }
        });
    target.temperature = section.number(reader, "temperature", 0.0..=2.0);
    target.top_p = section.number(reader, "top_p", 0.0..=1.0);
    target.max_tokens = section.integer(reader, "max_tokens", 1..=16_777_216);
    target.context = section.integer(reader, "context", 1..=1_073_741_824);
    target.vision = section.boolean(reader, "vision");
    target.tools = section.boolean(reader, "tools");
    target.json = section.boolean(reader, "json");
    let Some(value) = section.get("signal") else { return };
    if lead {
        reader.note(
            Diagnostic::error(Id::BadValue, value.span(), "the first target is the lead and has no `signal`")
                .label("the lead is what the others are compared with")
                .help("take it out here; give the backups 3 (good), 2 (reduced) or 1 (basic)"),
        );
    } else {
        target.signal = section.integer(reader, "signal", 1..=LEAD_SIGNAL - 1);
    }
}

/// Splits `provider/model` at the first slash, for models may have slashes of their own.
fn find_model<'d, 't>(
    reader: &mut Reader<'_>,
    route: &str,
    text: &'t str,
    span: Range<usize>,
    providers: &'d [Draft<'d>],
) -> Option<(&'d Draft<'d>, &'t str)> {
    let known = || providers.iter().map(|draft| draft.name);
    let (provider, model) = text.split_once('/').unwrap_or((text, ""));
    let found = providers.iter().find(|draft| draft.name == provider);
    if let Some(draft) = found
        && is_model_name(model)
    {
        return Some((draft, model));
    }
    let list = known().map(shown).collect::<Vec<_>>().join(", ");
    // Without any provider that one finding says it all.
    if providers.is_empty() {
        return None;
    }
    let finding = if found.is_some() && model.is_empty() {
        Diagnostic::error(Id::BadTarget, span, format!("target `{}` has no model", shown(text)))
            .label("a provider alone")
            .help(format!("write `{}/MODEL`", shown(provider)))
    } else if found.is_some() {
        Diagnostic::error(Id::BadTarget, span, format!("target `{}` names no possible model", shown(text)))
            .label(format!("printable ASCII without blanks, at most {LONGEST_NAME} characters"))
    } else if model.is_empty() && suggest::nearest(provider, known()).is_none() {
        Diagnostic::error(Id::BadTarget, span, format!("target `{}` has no provider", shown(text)))
            .label("a model alone")
            .help(format!("write `PROVIDER/{}`; providers: {list}", shown(provider)))
    } else {
        let guess =
            suggest::nearest(provider, known()).map(|near| format!("did you mean `{}`? ", shown(near)));
        Diagnostic::error(
            Id::RouteUnknownTarget,
            span,
            format!("route `{}` names a provider that does not exist", shown(route)),
        )
        .label(format!("no provider is called `{}`", shown(provider)))
        .help(format!("{}providers: {list}", guess.unwrap_or_default()))
    };
    reader.note(finding);
    None
}
