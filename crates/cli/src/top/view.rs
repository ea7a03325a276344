//! What `top` knows, and what a key does to it. Pure: the time comes in, requests go out as values.
//!
//! Numbers are the gateway's, kept as it told them; only the countdowns go on between two answers.

use crate::words::{Names, State, top as words};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::Value;
use std::time::Duration;

/// After how long without an answer the numbers are called old. The gateway is asked each second.
pub(super) const STALE_AFTER: Duration = Duration::from_secs(2);
/// How long a note of an action stays.
const NOTE_LASTS: Duration = Duration::from_secs(8);

/// What is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Table,
    Details,
    Help,
    /// Letters of the filter are typed.
    Filter,
    /// A question that needs a yes.
    Sure(Order),
}

/// What the gateway is to do with a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) what: What,
}

/// As `POST /api/targets` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Test,
    Rest,
    Use,
}

impl What {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Rest => "rest",
            Self::Use => "use",
        }
    }
}

/// What a key asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    Quit,
    Do(Order),
}

/// All that a screen is drawn from. Times are since the command's start.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Where the gateway is.
    pub(super) address: String,
    pub(super) status: Option<Value>,
    pub(super) history: Option<Value>,
    /// When `status` came.
    pub(super) heard: Duration,
    pub(super) route: usize,
    /// Place of the selected target among the ones that are shown.
    pub(super) selected: usize,
    pub(super) filter: String,
    pub(super) mode: Mode,
    /// What became of an order, and when that was.
    pub(super) note: Option<(String, Duration)>,
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl View {
    pub(super) fn routes(&self) -> &[Value] {
        self.status.as_ref().map_or(&[], |status| list(status, "routes"))
    }

    pub(super) fn current(&self) -> Option<&Value> {
        self.routes().get(self.route)
    }

    /// The targets of the current route that the filter lets through.
    pub(super) fn targets(&self) -> Vec<&Value> {
        let letters = self.filter.to_lowercase();
        let targets = self.current().map_or(&[][..], |route| list(route, "targets"));
        targets.iter().filter(|target| text(target, "id").to_lowercase().contains(&letters)).collect()
    }

    pub(super) fn target(&self) -> Option<&Value> {
        self.targets().get(self.selected).copied()
    }

    pub(super) fn names(&self) -> Names {
        let targets = self.routes().iter().flat_map(|route| list(route, "targets"));
        Names::of(targets.map(|target| text(target, "id")))
    }

    /// What the history says about a target.
    pub(super) fn past(&self, id: &str) -> Option<&Value> {
        self.history.as_ref()?.get("targets")?.get(id)
    }

    pub(super) fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard)
    }

    pub(super) fn is_stale(&self, now: Duration) -> bool {
        self.status.is_some() && self.age(now) > STALE_AFTER
    }

    /// The gateway's wall clock now, in milliseconds since 1970, as far as it can be told from here.
    pub(super) fn wall_ms(&self, now: Duration) -> u64 {
        let told = self.status.as_ref().and_then(|s| s.get("at_ms")).and_then(Value::as_u64).unwrap_or(0);
        told + u64::try_from(self.age(now).as_millis()).unwrap_or(0)
    }

    pub(super) fn note(&self, now: Duration) -> Option<&str> {
        let (note, at) = self.note.as_ref()?;
        (now.saturating_sub(*at) < NOTE_LASTS).then_some(note.as_str())
    }

    /// A new status. What was selected stays selected, whatever its place is now.
    pub(super) fn hear(&mut self, status: Value, now: Duration) {
        let selected = self.target().map(|target| text(target, "id").to_owned());
        let route = self.current().map(|route| text(route, "name").to_owned());
        self.status = Some(status);
        self.heard = now;
        let place = self.routes().iter().position(|r| Some(text(r, "name")) == route.as_deref());
        self.route = place.unwrap_or(0);
        let place = self.targets().iter().position(|t| Some(text(t, "id")) == selected.as_deref());
        self.selected = place.unwrap_or(self.selected);
        self.stay_within();
    }

    /// Shows this route, if it is there.
    pub(super) fn go_to(&mut self, name: &str) {
        if let Some(place) = self.routes().iter().position(|route| text(route, "name") == name) {
            self.route = place;
            self.selected = 0;
        }
    }

    fn stay_within(&mut self) {
        self.selected = self.selected.min(self.targets().len().saturating_sub(1));
    }

    /// What became of an order: the gateway's status code and its words.
    pub(super) fn done(&mut self, order: &Order, told: Result<Value, String>, now: Duration) {
        let model = self.names().short(&order.id);
        let note = match told {
            Err(why) => words::refused(&crate::term::clean_name(&why)),
            Ok(told) => match order.what {
                What::Rest => words::rests(&model),
                What::Use => words::used(&model),
                What::Test => {
                    let tested = told.get("tested").unwrap_or(&Value::Null);
                    let took = tested.get("first_token_ms").and_then(Value::as_u64);
                    if tested.get("ok").and_then(Value::as_bool).unwrap_or(false) {
                        words::tested(&model, took)
                    } else {
                        words::test_failed(&model, &crate::term::clean_name(text(tested, "words")))
                    }
                }
            },
        };
        self.note = Some((note, now));
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all other keys mean nothing here")]
    pub(super) fn key(&mut self, key: KeyEvent, now: Duration) -> Wish {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return if matches!(key.code, KeyCode::Char('c' | 'd')) { Wish::Quit } else { Wish::Nothing };
        }
        match self.mode.clone() {
            Mode::Filter => self.key_of_filter(key.code),
            Mode::Sure(order) => {
                match key.code {
                    KeyCode::Char('y' | 'Y') => {
                        self.mode = Mode::Table;
                        return Wish::Do(order);
                    }
                    KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc => self.mode = Mode::Table,
                    // An enter that was meant for another screen must not put a model to rest.
                    _ => {}
                }
                Wish::Nothing
            }
            Mode::Help => {
                self.mode = Mode::Table;
                Wish::Nothing
            }
            Mode::Table | Mode::Details => self.key_of_table(key.code, now),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all other keys mean nothing here")]
    fn key_of_filter(&mut self, code: KeyCode) -> Wish {
        match code {
            KeyCode::Char(c) => self.filter.push(c),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::Enter => self.mode = Mode::Table,
            KeyCode::Esc => {
                self.filter.clear();
                self.mode = Mode::Table;
            }
            _ => {}
        }
        self.stay_within();
        Wish::Nothing
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all other keys mean nothing here")]
    fn key_of_table(&mut self, code: KeyCode, now: Duration) -> Wish {
        let last = self.targets().len().saturating_sub(1);
        match code {
            KeyCode::Char('q') => return Wish::Quit,
            KeyCode::Esc if self.mode == Mode::Details => self.mode = Mode::Table,
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.selected = (self.selected + 1).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(10),
            KeyCode::PageDown => self.selected = (self.selected + 10).min(last),
            KeyCode::Home => self.selected = 0,
            KeyCode::End => self.selected = last,
            KeyCode::Enter => {
                let open = self.mode == Mode::Table && self.target().is_some();
                self.mode = if open { Mode::Details } else { Mode::Table };
            }
            KeyCode::Char('?') => self.mode = Mode::Help,
            KeyCode::Char('/') => self.mode = Mode::Filter,
            KeyCode::Tab => self.turn(1),
            KeyCode::BackTab => self.turn(self.routes().len().saturating_sub(1)),
            KeyCode::Char('t') => return self.test(now),
            KeyCode::Char('r') => self.rest_or_use(),
            _ => {}
        }
        Wish::Nothing
    }

    fn turn(&mut self, by: usize) {
        self.route = (self.route + by) % self.routes().len().max(1);
        self.selected = 0;
    }

    fn test(&mut self, now: Duration) -> Wish {
        let Some(id) = self.target().map(|target| text(target, "id").to_owned()) else {
            return Wish::Nothing;
        };
        self.note = Some((words::testing(&self.names().short(&id)), now));
        Wish::Do(Order { id, what: What::Test })
    }

    fn rest_or_use(&mut self) {
        let (Some(target), Some(route)) = (self.target(), self.current()) else { return };
        let what = if State::of(target, route) == State::Off { What::Use } else { What::Rest };
        self.mode = Mode::Sure(Order { id: text(target, "id").to_owned(), what });
    }
}
