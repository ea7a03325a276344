//! One screen of `top`, drawn from a [`View`]. Pure: the same view, moment and size give the same screen.
//!
//! # Invariants
//! * Nothing runs over the edge: columns that have no room are left out, the least needed first.
//! * A mark has its word beside it. Colour repeats what a word says.
//! * Old numbers are never shown as if they were new: they are dim, and a sentence says how old they are.

use super::details;
use super::page::{BOLD, DIM, Look, PLAIN, Page, sparkline};
use super::view::{Mode, View, What, list, text};
use crate::term::clean_name;
use crate::units::{calm_ms, human, money, time_of_day_short};
use crate::words::{self, State, top, wrapped};
use handover_policy::Signal;
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};
use serde_json::Value;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// The smallest window that a screen fits into.
const SMALLEST: (u16, u16) = (40, 10);

pub(super) fn screen(view: &View, now: Duration, (width, height): (u16, u16), look: Look) -> Buffer {
    let mut page = Page::new(width, height, look);
    if width < SMALLEST.0 || height < SMALLEST.1 {
        for (y, line) in wrapped(top::TOO_SMALL, page.width).iter().enumerate() {
            page.put(0, y, page.width, line, PLAIN);
        }
        return page.buffer;
    }
    let Header { below: y, age } = header(&mut page, view, now);
    let end = footer(&mut page, view, now);
    match view.mode {
        Mode::Help => help(&mut page, y),
        Mode::Details => details::draw(&mut page, view, now, y, end),
        Mode::Table | Mode::Filter | Mode::Sure(_) => table(&mut page, view, now, y, end),
    }
    if view.is_stale(now) {
        page.restyle_all(DIM);
        // The one line that is new.
        page.restyle(age, page.look.warning().remove_modifier(Modifier::DIM));
    }
    page.buffer
}

/// Where the header ends, and where it tells the age of the numbers.
struct Header {
    below: usize,
    age: usize,
}

/// A signal as the gateway tells it.
pub(super) fn signal_of(target: &Value) -> Option<Signal> {
    Some(Signal::parse(text(target, "signal")).unwrap_or(Signal::Unrated))
}

/// Route, signal, level and since when, age of the numbers.
fn header(page: &mut Page, view: &View, now: Duration) -> Header {
    let Some(route) = view.current() else {
        page.put(0, 0, page.width, top::PRODUCT, BOLD);
        let told =
            if view.status.is_some() { top::NO_ROUTES.to_owned() } else { top::waiting(&view.address) };
        page.put(0, 1, page.width, &told, PLAIN);
        return Header { below: 3, age: 1 };
    };
    let level = text(route, "level");
    let answering = list(route, "targets").iter().find(|t| words::is_answering(t, route));
    let signal = answering.and_then(signal_of);
    let (bars, word) = words::signal(signal);
    let since = route.get("since_ms").and_then(Value::as_u64);
    let since = since.map(|at| view.wall_ms(now).saturating_sub(at));
    let failed = route.get("failed_since").and_then(Value::as_u64).and_then(top::failed_since);
    let stale = view.is_stale(now);
    let age = view.age(now).as_secs();
    let fresh = if stale { top::stale(age) } else { top::live(age) };
    let mut parts = vec![
        (clean_name(text(route, "name")), BOLD),
        (format!("{bars} {word}"), page.look.signal(signal)),
        (top::since(level, since), PLAIN),
    ];
    // The command's own name is the least of it.
    let wide: usize = parts.iter().map(|(part, _)| part.width() + 2).sum();
    if wide + top::PRODUCT.width() + 2 + fresh.width() <= page.width {
        parts.insert(0, (top::PRODUCT.to_owned(), BOLD));
    }
    let (mut x, mut y) = (0, 0);
    for (part, style) in parts {
        let wide = part.width();
        if x > 0 && x + wide > page.width {
            (x, y) = (0, y + 1);
        }
        x += page.put(x, y, page.width, &part, style) + 2;
    }
    // The age of the numbers stands at the right end; in a narrow window always in a line of its own, which does not
    // jump when the other times grow longer.
    if x + fresh.width() > page.width || page.width < 60 {
        y += 1;
        x = 0;
    }
    let (right, age_line) = (page.width, y);
    page.put_right(right, y, &fresh, if stale { page.look.warning() } else { DIM });
    if let Some(failed) = failed {
        if x > 0 || fresh.width() + failed.width() + 2 > page.width {
            y += 1;
        }
        page.put(0, y, page.width, &failed, page.look.warning());
    }
    y += 1;
    if view.routes().len() > 1 {
        routes(page, view, y);
        y += 1;
    }
    Header { below: y + usize::from(page.height > 12), age: age_line }
}

/// The names of all routes, the current one in brackets, so that it can be told without colour.
fn routes(page: &mut Page, view: &View, y: usize) {
    let mut x = page.put(0, y, page.width, &top::routes(view.routes().len()), DIM) + 1;
    let current = view.route;
    // The current one must be among those that have room.
    let first = current.saturating_sub(if page.width < 60 { 1 } else { 3 });
    for (place, route) in view.routes().iter().enumerate().skip(first) {
        let name = clean_name(text(route, "name"));
        let mark = match text(route, "level") {
            "lead" => "●",
            "backup" => "△",
            _ => "✕",
        };
        let told = if place == current { format!("[{mark} {name}]") } else { format!(" {mark} {name} ") };
        x += page.put(x, y, page.width, &told, if place == current { BOLD } else { PLAIN }) + 1;
    }
}

/// Question, note or filter, and the keys. Gives the first line that they take.
fn footer(page: &mut Page, view: &View, now: Duration) -> usize {
    let mut y = page.height - 1;
    let keys: &[(&str, &str)] = match view.mode {
        Mode::Details => &top::KEYS_OF_DETAILS,
        Mode::Table | Mode::Help | Mode::Filter | Mode::Sure(_) => &top::KEYS,
    };
    let mut x = 0;
    for (key, does) in keys.iter().filter(|(key, _)| *key != "tab" || view.routes().len() > 1) {
        let wide = page.look.text(key).width() + 1 + does.width();
        if x + wide > page.width {
            break;
        }
        x += page.put(x, y, page.width, key, BOLD) + 1;
        x += page.put(x, y, page.width, does, DIM) + 2;
    }
    let names = view.names();
    let (told, style) = match &view.mode {
        Mode::Sure(order) => {
            let name = names.short(&order.id);
            let question =
                if order.what == What::Use { top::sure_to_use(&name) } else { top::sure_to_rest(&name) };
            (format!("{question}   {}", top::YES_NO), page.look.warning())
        }
        Mode::Filter => (format!("{}_", top::filter(&clean_name(&view.filter))), BOLD),
        Mode::Table | Mode::Details | Mode::Help => match view.note(now) {
            Some(note) => (note.to_owned(), BOLD),
            None if !view.filter.is_empty() => (top::filter(&clean_name(&view.filter)), PLAIN),
            None => return y,
        },
    };
    let lines = wrapped(&told, page.width);
    for line in lines.iter().rev() {
        y -= 1;
        page.put(0, y, page.width, line, style);
        if y == 4 {
            break;
        }
    }
    y
}

/// Right ends of the columns behind the target's name, as far as there is room.
struct Columns {
    /// Columns of [`top::COLUMNS`] from STATE on that are shown.
    shown: usize,
    name: usize,
}

const SIGNAL_WIDTH: usize = 12;
const STATE_WIDTH: usize = 16;
/// OK %, FIRST, /MIN, TODAY.
const NUMBERS: [usize; 4] = [5, 7, 5, 8];
/// A name shorter than this tells little.
const NAME_WIDTH: usize = 18;
/// A name longer than this leaves holes in the table.
const WIDEST_NAME: usize = 44;

impl Columns {
    fn of(width: usize, longest: usize) -> Self {
        // The cursor and the mark.
        let fixed = 4 + SIGNAL_WIDTH + 1;
        let mut taken = fixed + STATE_WIDTH + 1;
        let mut shown = 0;
        for number in NUMBERS {
            if taken + number + 1 + NAME_WIDTH.min(longest) > width {
                break;
            }
            taken += number + 1;
            shown += 1;
        }
        let name = width.saturating_sub(taken).min(longest.max(6)).min(WIDEST_NAME);
        Self { shown, name: name.max(8) }
    }
}

fn table(page: &mut Page, view: &View, now: Duration, y: usize, end: usize) {
    let Some(route) = view.current() else { return };
    let (targets, names) = (view.targets(), view.names());
    if targets.is_empty() {
        page.put(0, y, page.width, top::NO_MATCH, PLAIN);
        return;
    }
    let longest = targets.iter().map(|t| names.short(text(t, "id")).width()).max().unwrap_or(0);
    let columns = Columns::of(page.width, longest);
    heads(page, y, &columns);
    let y = y + 1;
    let room = end.saturating_sub(y);
    // The pictures below the table take five lines with their gaps; in a low window the targets come first.
    let rows = if targets.len() + 5 <= room || room < 9 { targets.len().min(room) } else { room - 5 };
    let rows = rows.min(targets.len());
    let (skip, shown) = window(targets.len(), rows, view.selected);
    for (place, target) in targets.iter().enumerate().skip(skip).take(shown) {
        let line = y + place - skip;
        row(page, line, &columns, target, route, view, now);
        if place == view.selected {
            page.put(0, line, 1, ">", BOLD);
            page.restyle(line, BOLD);
        }
    }
    let mut below = y + shown;
    if shown < targets.len() {
        page.put(4, below, page.width, &top::more(skip, targets.len() - skip - shown), DIM);
        below += 1;
    }
    pictures(page, view, below, end);
}

/// The part of a list that is shown: how many are left out before it, and how many fit beside the line that says so.
fn window(all: usize, rows: usize, selected: usize) -> (usize, usize) {
    if all <= rows {
        return (0, all);
    }
    let shown = rows.saturating_sub(1).max(1);
    (selected.saturating_sub(shown / 2).min(all - shown), shown)
}

fn heads(page: &mut Page, y: usize, columns: &Columns) {
    let [target, signal, state, ..] = top::COLUMNS;
    let mut x = 4;
    page.put(x, y, columns.name, target, DIM);
    x += columns.name + 1;
    page.put(x, y, SIGNAL_WIDTH, signal, DIM);
    x += SIGNAL_WIDTH + 1;
    page.put(x, y, STATE_WIDTH, state, DIM);
    x += STATE_WIDTH;
    for (head, width) in top::COLUMNS.iter().skip(3).zip(NUMBERS).take(columns.shown) {
        x += width + 1;
        page.put_right(x, y, head, DIM);
    }
}

/// How a target stands, in words, and its countdown.
pub(super) fn state_words(target: &Value, route: &Value, age: Duration) -> (State, String) {
    let state = State::of(target, route);
    let mut told = state.word().to_owned();
    if state != State::Answering && words::is_answering(target, route) {
        told = top::and_answering(&told);
    }
    let wait = target.get("tried_again_in_s").and_then(Value::as_f64);
    if let (State::Resting, Some(wait)) = (state, wait) {
        // It counts down between two answers of the gateway, too.
        let left = Duration::try_from_secs_f64(wait).unwrap_or_default().saturating_sub(age);
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        told.push_str(&format!(" {}", calm_ms(left)));
    }
    (state, told)
}

fn row(
    page: &mut Page,
    y: usize,
    columns: &Columns,
    target: &Value,
    route: &Value,
    view: &View,
    now: Duration,
) {
    let id = text(target, "id");
    let (state, told) = state_words(target, route, view.age(now));
    let signal = signal_of(target);
    let (bars, word) = words::signal(signal);
    let style = match state {
        State::Resting | State::Off => page.look.signal(None),
        State::Slow | State::Testing | State::Returning | State::Full => {
            page.look.signal(Some(Signal::Reduced))
        }
        State::Answering | State::Ready | State::Standby => PLAIN,
    };
    page.put(2, y, 1, state.mark(), style);
    let mut x = 4;
    page.put(x, y, columns.name, &view.names().short(id), PLAIN);
    x += columns.name + 1;
    page.put(x, y, SIGNAL_WIDTH, &format!("{bars} {word}"), page.look.signal(signal));
    x += SIGNAL_WIDTH + 1;
    page.put(x, y, STATE_WIDTH, &told, style);
    x += STATE_WIDTH;
    let past = view.past(id);
    let number = |name| past.and_then(|past| past.get(name)).filter(|n| !n.is_null());
    let missing = || "–".to_owned();
    let currency = view.history.as_ref().map_or("USD", |history| text(history, "currency"));
    let cells = [
        number("success").and_then(Value::as_f64).map_or_else(missing, percent),
        number("first_token_p95_ms")
            .and_then(Value::as_u64)
            .map_or_else(missing, |ms| human(Duration::from_millis(ms))),
        number("per_minute").and_then(Value::as_u64).map_or_else(missing, |n| n.to_string()),
        number("cost_today").and_then(Value::as_f64).map_or_else(missing, |cost| money(cost, currency)),
    ];
    for (cell, width) in cells.iter().zip(NUMBERS).take(columns.shown) {
        x += width + 1;
        page.put_right(x, y, cell, PLAIN);
    }
}

/// `99.8`, `62`, `100`: a tenth only where it is close to all.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 95.0 && percent < 100.0 {
        // 99.96 is not all.
        format!("{:.1}", percent.min(99.9))
    } else {
        format!("{percent:.0}")
    }
}

/// Answers and first words of the last minutes, and the latest hand-overs, as far as there is room.
fn pictures(page: &mut Page, view: &View, y: usize, end: usize) {
    let room = end.saturating_sub(y);
    let Some(history) = view.history.as_ref() else {
        if room >= 2 {
            page.put(0, y + 1, page.width, top::NO_HISTORY, DIM);
        }
        return;
    };
    // A blank line between the table and the rest, where there is one to spare.
    let mut y = y + usize::from(room >= 3);
    if room == 0 {
        return;
    }
    sparklines(page, view, history, y);
    y += 2;
    if end.saturating_sub(y) < 2 {
        return;
    }
    let route = view.current().map(|route| text(route, "name")).unwrap_or_default();
    let switches: Vec<&Value> =
        list(history, "switches").iter().filter(|switch| text(switch, "route") == route).collect();
    let title = if switches.is_empty() { top::NO_SWITCHES } else { top::SWITCHES };
    page.put(0, y, page.width, title, DIM);
    let names = view.names();
    for switch in switches {
        y += 1;
        if y >= end {
            return;
        }
        let at = time_of_day_short(switch.get("at_ms").and_then(Value::as_u64).unwrap_or(0));
        let added = switch.get("added_ms").and_then(Value::as_u64).unwrap_or(0);
        let (from, to) = (names.short(text(switch, "from")), names.short(text(switch, "to")));
        let why = words::reason(text(switch, "reason"));
        let added = human(Duration::from_millis(added));
        let told = |when: &str| format!("{at}  {from} → {to}  {why}  {when}+{added}");
        let when = top::when(text(switch, "when"), text(switch, "how"));
        // Without its second half, or none of it, where the line is too short for it.
        let short = when.split(',').next().unwrap_or(when);
        let forms = [told(&format!("{when}  ")), told(&format!("{short}  ")), told("")];
        let line = forms.iter().find(|line| line.width() <= page.width).or(forms.last());
        page.put(0, y, page.width, line.map_or("", String::as_str), PLAIN);
    }
}

fn sparklines(page: &mut Page, view: &View, history: &Value, y: usize) {
    let answers: Vec<Option<f64>> = list(history, "answers")
        .iter()
        .map(|minute| {
            let many = ["4", "3", "2", "1", "unrated"].map(|level| minute.get(level).and_then(Value::as_f64));
            Some(many.into_iter().flatten().sum())
        })
        .collect();
    let answering = view.current().map(|route| text(route, "answering")).unwrap_or_default();
    let first: Vec<Option<f64>> = view
        .past(answering)
        .map(|past| list(past, "first_token_p95").iter().map(Value::as_f64).collect())
        .unwrap_or_default();
    let (half, rest) = (page.width / 2, page.width - page.width / 2);
    let mut draw = |x: usize, room: usize, label: &str, values: &[Option<f64>]| {
        let taken = page.put(x, y, room, label, DIM) + 1;
        let bars = sparkline(values, room.saturating_sub(taken + 1).min(60), page.look.ascii);
        // Drawn as it is: the bars have their own ASCII.
        let (Ok(x), Ok(y)) = (u16::try_from(x + taken), u16::try_from(y)) else { return };
        if usize::from(y) < page.height {
            page.buffer.set_stringn(x, y, &bars, room.saturating_sub(taken), Style::new());
        }
    };
    draw(0, half, top::ANSWERS, &answers);
    draw(half, rest, top::FIRST_WORD, &first);
}

fn help(page: &mut Page, y: usize) {
    for (line, (key, does)) in (y..page.height.saturating_sub(1)).zip(top::HELP) {
        let x = if key.is_empty() { 0 } else { 13 };
        page.put(0, line, 12, key, BOLD);
        page.put(x, line, page.width, does, PLAIN);
    }
}
