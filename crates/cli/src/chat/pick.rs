//! What can be chosen to answer: Auto, the other routes, each model once; and how each stands now. Pure.

use super::answer::{list, text};
use crate::status::milliseconds;
use crate::units::calm_ms;
use crate::words::{self, Names, State, talk, top::details};
use handover_policy::Signal;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// What is asked for: a route, or `provider/model`.
    pub(super) id: String,
    pub(super) name: String,
    /// It is one model, and no chain of them.
    pub(super) is_model: bool,
    signal: Option<Signal>,
    note: String,
}

/// Names of all targets.
pub(super) fn names(status: &Value) -> Names {
    let targets = list(status, "routes").iter().flat_map(|route| list(route, "targets"));
    Names::of(targets.map(|target| text(target, "id")))
}

/// All choices, in the order in which they are offered; the first one is Auto.
pub(super) fn choices(status: &Value) -> Vec<Choice> {
    let names = names(status);
    let routes = list(status, "routes");
    let mut all: Vec<Choice> = Vec::new();
    for (place, route) in routes.iter().enumerate() {
        let name = text(route, "name");
        let targets = list(route, "targets");
        let answering = targets.iter().find(|target| words::is_answering(target, route));
        let chain: Vec<String> = targets.iter().take(4).map(|t| names.short(text(t, "id"))).collect();
        all.push(Choice {
            id: name.to_owned(),
            name: if place == 0 {
                talk::AUTO.to_owned()
            } else {
                talk::route(&crate::term::clean_name(name))
            },
            is_model: false,
            signal: answering.map(signal),
            note: talk::chain(&chain),
        });
    }
    for route in routes {
        for target in list(route, "targets") {
            let id = text(target, "id");
            if all.iter().any(|choice| choice.is_model && choice.id == id) {
                continue;
            }
            let state = State::of(target, route);
            let wait = target.get("tried_again_in_s").and_then(Value::as_f64);
            let wait = wait.filter(|_| state == State::Resting);
            let wait = wait.and_then(milliseconds);
            let wait = wait.map(|wait| format!(" {}", calm_ms(wait))).unwrap_or_default();
            all.push(Choice {
                id: id.to_owned(),
                name: names.short(id),
                is_model: true,
                signal: Some(signal(target)),
                note: format!("{} {}{wait}, {}", state.mark(), state.word(), names.provider(id)),
            });
        }
    }
    all
}

fn signal(target: &Value) -> Signal {
    Signal::parse(text(target, "signal")).unwrap_or(Signal::Unrated)
}

/// The list, numbered; the chosen one has a mark.
pub(super) fn shown(all: &[Choice], chosen: &str) -> Vec<String> {
    let widest = all.iter().map(|choice| choice.name.width()).max().unwrap_or(0).min(30);
    let digits = all.len().to_string().len();
    let line = |(number, choice): (usize, &Choice)| {
        let (bars, word) = words::signal(choice.signal);
        let here = if choice.id == chosen { '>' } else { ' ' };
        let gap = " ".repeat(widest.saturating_sub(choice.name.width()));
        format!("{here} {number:>digits$}  {}{gap}  {bars} {word:<9}  {}", choice.name, choice.note)
    };
    (1..).zip(all).map(line).collect()
}

/// The choice that a person means by a number, a name or a part of one.
pub(super) fn find<'a>(all: &'a [Choice], said: &str) -> Result<&'a Choice, String> {
    let none = || talk::no_such_choice(&crate::term::clean_name(said));
    if let Ok(number) = said.parse::<usize>() {
        return number.checked_sub(1).and_then(|place| all.get(place)).ok_or_else(none);
    }
    let said = said.to_lowercase();
    if said == "auto" {
        return all.first().ok_or_else(none);
    }
    let exact = all.iter().find(|c| c.id.to_lowercase() == said || c.name.to_lowercase() == said);
    if let Some(choice) = exact {
        return Ok(choice);
    }
    let mut fits = all.iter().filter(|choice| choice.id.to_lowercase().contains(&said));
    match (fits.next(), fits.next()) {
        (Some(choice), None) => Ok(choice),
        (Some(_), Some(_)) => Err(talk::several(&crate::term::clean_name(&said))),
        (None, _) => Err(none()),
    }
}

/// Whether a request that comes now would go to this lead of a route.
pub(super) fn would_answer(status: &Value, lead: &str) -> bool {
    list(status, "routes").iter().any(|route| {
        let first = list(route, "targets").first();
        first.is_some_and(|target| text(target, "id") == lead && words::is_answering(target, route))
    })
}

/// One line about how the choice stands; nothing when there is nothing to say.
pub(super) fn standing(status: &Value, chosen: &str) -> Option<String> {
    let routes = list(status, "routes");
    let route = routes.iter().find(|route| text(route, "name") == chosen)?;
    let lead = list(route, "targets").first()?;
    let state = State::of(lead, route);
    let wait = lead.get("tried_again_in_s").and_then(Value::as_f64);
    let ms = wait.and_then(milliseconds).filter(|_| state == State::Resting)?;
    Some(format!("{} {}, {}", names(status).short(text(lead, "id")), state.word(), details::next_try(ms)))
}
