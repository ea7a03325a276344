//! `[routes.NAME]`: names, aliases, and the settings of a route as a whole.

use std::ops::Range;

use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::hand_over::HandOver;
use crate::keys::ROUTE;
use crate::provider::Draft;
use crate::reader::{Reader, Section, Value, in_file_order};
use crate::resilience::{Chain, RouteSettings};
use crate::snapshot::Route;
use crate::target::{Targets, read_targets};
use crate::timeouts::WrittenTimeouts;

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
    let aliases = read_aliases(reader, &section, providers, names);
    let Targets { targets, places, lead_first_token } =
        read_targets(reader, &section, name, name_span, providers, &timeouts);
    let chain = Chain { places, lead_first_token, timeouts: &timeouts };
    let RouteSettings { max_attempts, max_wait, hedge, cache, canary } =
        RouteSettings::read(reader, &section, &chain);
    let HandOver { mid_stream, max_hand_overs, commit_delay, json_stream } =
        HandOver::read(reader, &section, max_attempts, &timeouts);
    Some(Route {
        name: name.to_owned(),
        targets,
        aliases,
        mid_stream,
        max_hand_overs,
        commit_delay,
        json_stream,
        total: timeouts.total(),
        max_attempts,
        max_wait,
        hedge,
        cache,
        canary,
    })
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
pub(crate) const LONGEST_NAME: usize = 200;

pub(crate) fn is_model_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(|b| b.is_ascii_graphic())
}
