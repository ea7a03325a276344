//! The `targets` of a route: models, and groups of equals.

use std::ops::Range;
use std::time::Duration;

use toml::de::{DeArray, DeValue};

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::keys::TARGET;
use crate::prefill;
use crate::price;
use crate::provider::Draft;
use crate::reader::{Reader, Section, Value};
use crate::route::{LONGEST_NAME, is_model_name};
use crate::secret::io_reason;
use crate::snapshot::{ProviderDialect, Target, Timeouts};
use crate::suggest;
use crate::timeouts::{WrittenTimeouts, resolve};

/// The signal level of the lead. Backups are rated against it.
pub(crate) const LEAD_SIGNAL: u8 = 4;

/// The chain of a route.
#[derive(Default)]
pub(crate) struct Targets {
    /// Those without errors, in the order of the file.
    pub(crate) targets: Vec<Target>,
    /// Places as the file has them, with errors or not; a group is one.
    pub(crate) places: usize,
    /// The longest time that a target in the first place has for its first token.
    pub(crate) lead_first_token: Option<Duration>,
}

/// What all targets of a route are read with.
struct Around<'c> {
    route: &'c str,
    providers: &'c [Draft<'c>],
    timeouts: &'c WrittenTimeouts,
}

/// Who says how close a target is to the lead.
#[derive(Clone, Copy)]
enum Rating {
    /// It is the lead.
    Lead,
    /// Its own `signal`.
    Own,
    /// The `signal` of its group, for members are equals.
    Group(Option<u8>),
}

/// A target and its place in the file.
struct Found {
    target: Target,
    span: Range<usize>,
    place: usize,
}

/// Reads `targets`. Those with errors are noted and left out.
pub(crate) fn read_targets(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    route: &str,
    name_span: &Range<usize>,
    providers: &[Draft<'_>],
    timeouts: &WrittenTimeouts,
) -> Targets {
    let example = example_target(providers);
    let help = format!("add `targets = [\"{example}\"]`");
    if section.get("targets").is_none() && section.misnamed("targets") {
        return Targets::default();
    }
    let nobody = |span: Range<usize>, label: &str| {
        Diagnostic::error(Id::RouteWithoutTargets, span, format!("route `{}` has no targets", shown(route)))
            .label(label)
            .help(help.clone())
    };
    if section.get("targets").is_none() {
        reader.note(nobody(name_span.clone(), "nobody can answer here"));
        return Targets::default();
    }
    let Some(list) = section.array(reader, "targets", "a list of targets", &format!("[\"{example}\"]"))
    else {
        return Targets::default();
    };
    if list.is_empty() {
        let span = section.get("targets").map_or_else(|| name_span.clone(), |value| value.span());
        reader.note(nobody(span, "this list is empty"));
    }
    let around = Around { route, providers, timeouts };
    let mut found: Vec<Found> = Vec::new();
    for (place, value) in list.iter().enumerate() {
        for (target, span) in read_place(reader, &around, place, value) {
            note_twice(reader, &found, &target, &span, place);
            found.push(Found { target, span, place });
        }
    }
    let lead = found.iter().filter(|one| one.place == 0).map(|one| one.target.timeouts.first_token);
    Targets {
        places: list.len(),
        lead_first_token: lead.max(),
        targets: found.into_iter().map(|one| one.target).collect(),
    }
}

/// A target that stands at an earlier place already can only fail again. (Within a group it is an error.)
fn note_twice(reader: &mut Reader<'_>, found: &[Found], target: &Target, span: &Range<usize>, place: usize) {
    let same = |other: &&Found| other.place != place && other.target.id() == target.id();
    if let Some(first) = found.iter().find(same) {
        reader.note(
            Diagnostic::warning(
                Id::DuplicateTarget,
                span.clone(),
                format!("`{}` is in this route twice", shown(&target.id())),
            )
            .label("would fail here for the reason it failed before")
            .related(first.span.clone(), "tried here already")
            .help(SEVERAL_KEYS),
        );
    }
}

const SEVERAL_KEYS: &str = "for several keys of one provider, list them in its `api_keys`";

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

/// Reads one place of the chain: a target, or a group.
fn read_place(
    reader: &mut Reader<'_>,
    around: &Around<'_>,
    place: usize,
    value: &Value<'_>,
) -> Vec<(Target, Range<usize>)> {
    let full = format!("routes.{}.targets[{place}]", around.route);
    if is_group(value)
        && let Some(table) = value.get_ref().as_table()
    {
        let section = Section::new(reader, table, &full, TARGET);
        return read_group(reader, around, place, &section);
    }
    let rating = if place == 0 { Rating::Lead } else { Rating::Own };
    let target = read_target(reader, around, &full, value, rating);
    target.map(|target| (target, value.span())).into_iter().collect()
}

fn is_group(value: &Value<'_>) -> bool {
    value.get_ref().as_table().is_some_and(|table| table.contains_key("any_of"))
}

/// Reads a group of equals: several targets in one place.
fn read_group(
    reader: &mut Reader<'_>,
    around: &Around<'_>,
    place: usize,
    section: &Section<'_>,
) -> Vec<(Target, Range<usize>)> {
    refuse_keys_beside(reader, section);
    let signal = if place == 0 {
        refuse_signal_of_lead(reader, section);
        Some(LEAD_SIGNAL)
    } else {
        read_signal(reader, section)
    };
    let example = format!("[\"{}\"]", example_target(around.providers));
    let Some(list) = section.array(reader, "any_of", "a list of targets", &example) else {
        return Vec::new();
    };
    note_size(reader, section, list);
    let mut members: Vec<(Target, Range<usize>)> = Vec::new();
    for (at, value) in list.iter().enumerate() {
        if is_group(value) {
            reader.note(
                Diagnostic::error(Id::BadValue, value.span(), "a group cannot hold a group")
                    .label("all members are equals")
                    .help("write its members into the outer list"),
            );
            continue;
        }
        let full = section.path(&format!("any_of[{at}]"));
        let Some(mut member) = read_target(reader, around, &full, value, Rating::Group(signal)) else {
            continue;
        };
        if let Some((_, first)) = members.iter().find(|(other, _)| other.id() == member.id()) {
            reader.note(
                Diagnostic::error(
                    Id::DuplicateTarget,
                    value.span(),
                    format!("`{}` is in this group twice", shown(&member.id())),
                )
                .label("the same model at the same provider")
                .related(first.clone(), "a member already")
                .help(SEVERAL_KEYS),
            );
            continue;
        }
        member.group = u32::try_from(place).ok();
        members.push((member, value.span()));
    }
    members
}

/// Beside `any_of` only `signal` has a meaning; everything else is a matter of each member.
fn refuse_keys_beside(reader: &mut Reader<'_>, section: &Section<'_>) {
    let Some(group) = section.key_span("any_of") else { return };
    for key in TARGET.keys.iter().filter(|key| !["any_of", "signal"].contains(*key)) {
        let Some(span) = section.key_span(key) else { continue };
        let (message, help) = if *key == "model" {
            ("`model` and `any_of` in one target".to_owned(), "put the model into the list".to_owned())
        } else {
            (
                format!("`{key}` cannot stand beside `any_of`"),
                format!("write it at the members it is for: `{{ model = \"PROVIDER/MODEL\", {key} = … }}`"),
            )
        };
        reader.note(
            Diagnostic::error(Id::ConflictingKeys, span, message)
                .label("belongs to one model")
                .related(group.clone(), "this is a group of them")
                .help(help),
        );
    }
}

/// A group of none answers nobody; a group of one is a target with more brackets.
fn note_size(reader: &mut Reader<'_>, section: &Section<'_>, list: &DeArray<'_>) {
    let Some(span) = section.get("any_of").map(|value| value.span()) else { return };
    match list.len() {
        0 => reader.note(
            Diagnostic::error(Id::BadValue, span, "this group has no members")
                .label("nobody can answer here")
                .help("list at least two targets, or take the group out"),
        ),
        1 => reader.note(
            Diagnostic::warning(Id::BadValue, span, "this group has one member")
                .label("nobody to choose from")
                .help("add its equals, or write the target without `any_of`"),
        ),
        _ => {}
    }
}

fn read_target(
    reader: &mut Reader<'_>,
    around: &Around<'_>,
    full: &str,
    value: &Value<'_>,
    rating: Rating,
) -> Option<Target> {
    let (table, model) = match value.get_ref() {
        DeValue::String(text) => (None, Some((text.as_ref(), value.span()))),
        DeValue::Table(table) => {
            let section = Section::new(reader, table, full, TARGET);
            let misnamed = section.misnamed("model") || section.misnamed("any_of");
            if section.get("model").is_none() && !misnamed {
                reader.note(
                    Diagnostic::error(Id::MissingKey, value.span(), "this target has no model")
                        .label("which model at which provider?")
                        .help(format!("add `model = \"{}\"`", example_target(around.providers))),
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
            let example = format!("[\"{}\"]", example_target(around.providers));
            let list = full.rsplit_once('[').map_or(full, |(list, _)| list);
            reader.wrong_type(list, value, "a list of targets", &example);
            return None;
        }
    };
    let found = model.and_then(|(text, span)| find_model(reader, around.route, text, span, around.providers));
    let dialect =
        found.as_ref().and_then(|(draft, _)| draft.provider.as_ref()).map(|provider| provider.dialect);
    let dialect = dialect.unwrap_or(ProviderDialect::OpenAi);
    // The settings are read even when the model is wrong, so that their mistakes are told at once.
    let mut target = Target::new("", "", Timeouts::defaults(dialect));
    let mut own_timeouts = WrittenTimeouts::default();
    if let Some(section) = &table {
        read_settings(reader, section, &mut target);
        target.prefill = prefill::of_target(reader, section, dialect);
        target.price = price::read(reader, section);
        own_timeouts = WrittenTimeouts::of_attempt(reader, section, dialect);
    }
    target.signal = rate(reader, table.as_ref(), rating);
    let (draft, model) = found?;
    target.provider = draft.name.to_owned();
    target.model = model.to_owned();
    target.timeouts = resolve(reader, &own_timeouts, around.timeouts, &draft.timeouts, dialect);
    Some(target)
}

fn read_settings(reader: &mut Reader<'_>, section: &Section<'_>, target: &mut Target) {
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
}

/// How close a target is to the lead.
fn rate(reader: &mut Reader<'_>, section: Option<&Section<'_>>, rating: Rating) -> Option<u8> {
    match rating {
        Rating::Lead => {
            if let Some(section) = section {
                refuse_signal_of_lead(reader, section);
            }
            Some(LEAD_SIGNAL)
        }
        Rating::Own => section.and_then(|section| read_signal(reader, section)),
        Rating::Group(signal) => {
            if let Some(value) = section.and_then(|section| section.get("signal")) {
                reader.note(
                    Diagnostic::error(
                        Id::BadValue,
                        value.span(),
                        "a member of a group has no `signal` of its own",
                    )
                    .label("members are equals")
                    .help("write it beside `any_of`, for all of them (the first place of a route has none)"),
                );
            }
            signal
        }
    }
}

fn read_signal(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<u8> {
    section.integer(reader, "signal", 1..=LEAD_SIGNAL - 1)
}

fn refuse_signal_of_lead(reader: &mut Reader<'_>, section: &Section<'_>) {
    let Some(value) = section.get("signal") else { return };
    reader.note(
        Diagnostic::error(Id::BadValue, value.span(), "the first target is the lead and has no `signal`")
            .label("the lead is what the others are compared with")
            .help("take it out here; give the backups 3 (good), 2 (reduced) or 1 (basic)"),
    );
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
