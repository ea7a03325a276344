//! All that is known of one target.

use super::page::{BOLD, DIM, PLAIN, Page};
use super::screen::{percent, signal_of, state_words};
use super::view::{View, list, text};
use crate::term::clean_name;
use crate::units::money;
use crate::words::top::details;
use crate::words::{self, role, wrapped};
use serde_json::Value;
use std::time::Duration;

/// Where the values stand, behind their labels.
const LABELS: usize = 13;

pub(super) fn draw(page: &mut Page, view: &View, now: Duration, y: usize, end: usize) {
    let (Some(target), Some(route)) = (view.target(), view.current()) else { return };
    let id = text(target, "id");
    let number = |name| target.get(name).and_then(Value::as_u64);
    let name = view.names().long(id);
    let name = match (number("place"), number("of")) {
        (Some(place), Some(of)) => format!("{name} ({})", role(place, of)),
        _ => name,
    };
    page.put(0, y, page.width, &name, BOLD);
    let mut line = y + 1;
    for (label, value) in facts(view, target, route, now) {
        for (nth, part) in wrapped(&value, page.width.saturating_sub(LABELS)).iter().enumerate() {
            if line >= end {
                return;
            }
            if nth == 0 {
                page.put(0, line, LABELS - 1, label, DIM);
            }
            page.put(LABELS, line, page.width, part, PLAIN);
            line += 1;
        }
    }
}

fn facts(view: &View, target: &Value, route: &Value, now: Duration) -> Vec<(&'static str, String)> {
    let signal = signal_of(target);
    let (bars, word) = words::signal(signal);
    let (state, told) = state_words(target, route, view.age(now));
    let mut facts = vec![
        (details::SIGNAL, format!("{bars} {word}: {}", words::signal_means(signal))),
        (details::STATE, format!("{} {told}", state.mark())),
    ];
    let ms = |name| target.get(name).and_then(Value::as_u64);
    let past = view.past(text(target, "id"));
    if let Some(past) = past {
        let (mut ok, mut failed, mut slow) = (0, 0, 0);
        for beat in list(past, "beats") {
            let part = |at: usize| beat.get(at).and_then(Value::as_u64).unwrap_or(0);
            (ok, failed, slow) = (ok + part(0), failed + part(1), slow + part(2));
        }
        let success = past.get("success").and_then(Value::as_f64);
        let success = success.map(|share| format!(", {} % OK", percent(share))).unwrap_or_default();
        facts.push((details::HALF_HOUR, format!("{}{success}", details::beats(ok, failed, slow))));
    }
    if let (Some(p50), Some(p95)) = (ms("first_token_p50_ms"), ms("first_token_p95_ms")) {
        facts.push((details::FIRST_WORD, details::first_word(p50, p95)));
    }
    let currency = view.history.as_ref().map_or("USD", |history| text(history, "currency"));
    if let Some(cost) = past.and_then(|past| past.get("cost_today")).and_then(Value::as_f64) {
        facts.push((details::COST, money(cost, currency)));
    }
    let price = target.get("price").filter(|price| price.is_object());
    let of = |name| money(price.and_then(|p| p.get(name)).and_then(Value::as_f64).unwrap_or(0.0), currency);
    facts.push((
        details::PRICE,
        match price {
            Some(_) => details::per_million(&of("input"), &of("output")),
            None => details::NO_PRICE.to_owned(),
        },
    ));
    let error = past.and_then(|past| past.get("last_error")).filter(|error| error.is_object());
    facts.push((
        details::LAST_ERROR,
        error.map_or(details::NONE.to_owned(), |error| {
            let at = error.get("at_ms").and_then(Value::as_u64).unwrap_or(0);
            let ago = details::ago(view.wall_ms(now).saturating_sub(at));
            format!("{}, {ago}", clean_name(text(error, "words")))
        }),
    ));
    let notes = crate::status::key_notes(target);
    if !notes.is_empty() {
        facts.push((details::KEYS, notes.join(", ")));
    }
    let diverted = target.get("diverted_share").and_then(Value::as_f64).unwrap_or(0.0);
    if diverted >= 0.005 {
        facts.push((details::DIVERTED, details::diverted(diverted * 100.0)));
    }
    let answered = target.get("last_answer_s").and_then(Value::as_f64);
    let answered = answered.and_then(|s| Duration::try_from_secs_f64(s).ok());
    facts.push((
        details::ANSWERED,
        answered.map_or_else(details::no_answer_yet, |ago| {
            details::ago(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX))
        }),
    ));
    facts
}
