//! The questions, and the plan that the answers make.
//!
//! Each question has an answer already: whoever only presses enter gets what `--yes` gives, with as many backups.

use super::find::{Candidate, Found, Kind};
use super::place::Place;
use super::plan::{Link, Plan, check_name, unique, usual_aliases};
use super::{Args, Stop};
use crate::words::init as words;
use handover_config::{Env, SystemEnv};
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, Select, Text};
use std::net::SocketAddr;

impl From<InquireError> for Stop {
    fn from(e: InquireError) -> Self {
        match e {
            InquireError::OperationCanceled | InquireError::OperationInterrupted => Self::LeftByUser,
            InquireError::NotTTY
            | InquireError::InvalidConfiguration(_)
            | InquireError::IO(_)
            | InquireError::Custom(_) => {
                Self::Failed(format!("the terminal cannot be asked: {e}\n  help: --yes asks nothing"))
            }
        }
    }
}

/// Asks for everything that the flags leave open.
pub(super) fn plan(args: &Args, found: &Found, place: &Place) -> Result<Plan, Stop> {
    check_name(&args.route_name).map_err(|why| Stop::Failed(words::bad_route_name(&args.route_name, why)))?;
    if SystemEnv.get("NO_COLOR").is_some() {
        inquire::set_global_render_config(inquire::ui::RenderConfig::empty());
    }
    let mut left = found.candidates.clone();
    left.retain(|candidate| !args.no_local || candidate.kind != Kind::Embedded);
    if left.is_empty() {
        return Err(Stop::Failed(words::NOBODY.to_owned()));
    }
    let mut chain: Vec<Link> = Vec::new();
    while let Some(who) = next(&mut left, chain.last())? {
        let model = model(&who)?;
        chain.push(Link { who, model });
    }
    let listen = match args.listen {
        Some(listen) => listen,
        None => port(found.listen, &chain)?,
    };
    super::plan::check_address(listen, &chain).map_err(Stop::Failed)?;
    let aliases =
        if args.aliases.is_empty() { aliases(&chain, &args.route_name)? } else { args.aliases.clone() };
    let plan = Plan { listen, route: args.route_name.clone(), aliases: unique(aliases), chain };
    let written = Confirm::new(&words::shall_it_be_written(place.path())).with_default(true).prompt()?;
    if written { Ok(plan) } else { Err(Stop::LeftByUser) }
}

/// The next in the chain; nobody when nobody is left or wanted.
fn next(left: &mut Vec<Candidate>, before: Option<&Link>) -> Result<Option<Candidate>, Stop> {
    let mut lines: Vec<String> = left.iter().map(Candidate::line).collect();
    let (question, help) = match before {
        // One alone leads, and needs no question.
        None if left.len() == 1 => return Ok(left.pop()),
        None => (words::WHO_LEADS.to_owned(), words::HELP_LEAD),
        Some(_) if left.is_empty() => return Ok(None),
        Some(before) => {
            lines.push(words::NOBODY_ELSE.to_owned());
            (words::who_is_behind(&before.who.title), words::HELP_SELECT)
        }
    };
    let answer = Select::new(&question, lines).with_help_message(help).without_filtering().raw_prompt()?;
    Ok((answer.index < left.len()).then(|| left.remove(answer.index)))
}

fn model(who: &Candidate) -> Result<String, Stop> {
    let question = words::which_model(&who.title);
    let usual = who.models.first().cloned().unwrap_or_default();
    match who.kind {
        // What is not there needs `handover model pull` first, so the one that comes with Handover is taken.
        Kind::Embedded => Ok(usual),
        Kind::Server { .. } if who.models.len() == 1 => Ok(usual),
        Kind::Server { .. } => {
            Ok(Select::new(&question, who.models.clone()).with_help_message(words::HELP_SELECT).prompt()?)
        }
        Kind::Key { .. } => Ok(Text::new(&question)
            .with_default(&usual)
            .with_help_message(words::HELP_MODEL)
            .with_validator(|text: &str| Ok(judged(check_name(text.trim()))))
            .prompt()?
            .trim()
            .to_owned()),
    }
}

fn judged(checked: Result<(), &'static str>) -> Validation {
    match checked {
        Ok(()) => Validation::Valid,
        Err(why) => Validation::Invalid(why.into()),
    }
}

fn port(usual: SocketAddr, chain: &[Link]) -> Result<SocketAddr, Stop> {
    let servers: Vec<(u16, String)> = chain
        .iter()
        .filter_map(|link| match link.who.kind {
            Kind::Server { at } => Some((at.port(), words::port_taken_by(&link.who.title))),
            Kind::Key { .. } | Kind::Embedded => None,
        })
        .collect();
    let answer = Text::new(words::WHICH_PORT)
        .with_default(&usual.port().to_string())
        .with_help_message(words::HELP_PORT)
        .with_validator(move |text: &str| {
            let port = text.trim().parse::<u16>().ok().filter(|port| *port > 0);
            let taken = servers.iter().find(|(taken, _)| Some(*taken) == port);
            Ok(match (port, taken) {
                (None, _) => Validation::Invalid(words::NO_PORT.into()),
                (Some(_), Some((_, why))) => Validation::Invalid(why.clone().into()),
                (Some(_), None) => Validation::Valid,
            })
        })
        .prompt()?;
    let port = answer.trim().parse().unwrap_or(usual.port());
    Ok(SocketAddr::new(usual.ip(), port))
}

fn aliases(chain: &[Link], route: &str) -> Result<Vec<String>, Stop> {
    let usual = usual_aliases(chain, route).join(", ");
    let question = Text::new(words::WHICH_ALIASES).with_help_message(words::HELP_ALIASES);
    let question = if usual.is_empty() { question } else { question.with_default(&usual) };
    let checked = |text: &str| {
        Ok(names(text)
            .iter()
            .map(|name| judged(check_name(name)))
            .find(is_invalid)
            .unwrap_or(Validation::Valid))
    };
    let answer = question.with_validator(checked).prompt()?;
    Ok(names(&answer).into_iter().filter(|name| name != route).collect())
}

fn is_invalid(validation: &Validation) -> bool {
    matches!(validation, Validation::Invalid(_))
}

/// The names in a list with commas.
fn names(text: &str) -> Vec<String> {
    let all = text.split(',').map(|name| name.trim().to_owned());
    all.filter(|name| !name.is_empty() && name != "-").collect()
}
