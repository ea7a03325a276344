//! The last switches: another model answered than the one that was asked first, or went on with its answer.
//!
//! A target that was only passed over makes no switch. While the lead rests, every request goes to the backup, and a list
//! of them all would hide the moment when it happened.

use super::ms;
use crate::metrics;
use crate::stories::{cut, cut_shared};
use handover_dispatch::{HandOverEvent, HandedOver, Served};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// Switches that are kept.
pub(super) const MOST_SWITCHES: usize = 50;

#[derive(Debug)]
struct Switch {
    at_ms: u64,
    route: Option<Arc<str>>,
    from: Arc<str>,
    to: Arc<str>,
    reason: &'static str,
    words: String,
    /// How the answer was gone on with; `None` when nothing of it had come.
    how: Option<&'static str>,
    added_ms: u64,
    request_id: Arc<str>,
}

/// The last switches, in the order in which they became known.
#[derive(Debug, Default)]
pub(super) struct Switches(VecDeque<Switch>);

impl Switches {
    /// A target goes on with an answer that another has begun.
    pub(super) fn handed_over(&mut self, event: &HandOverEvent<'_>, now_ms: u64) {
        let HandedOver { from, to, code, words, how, silence, .. } = event.handed;
        self.keep(Switch {
            at_ms: now_ms,
            route: event.route.map(Arc::from),
            from: cut_shared(from),
            to: cut_shared(to),
            reason: code,
            words: cut(words.clone()),
            how: Some(how),
            added_ms: ms(*silence),
            request_id: event.request_id.into(),
        });
    }

    /// A request has ended: perhaps another target began its answer than was asked first.
    pub(super) fn served(&mut self, served: &Served, arrived_ms: u64) {
        let (Some(to), Some(began)) = (metrics::first_target(served), metrics::began(served)) else { return };
        if served.cached.is_some() {
            return;
        }
        // Who was asked later, and was slower than the one that answered, was no predecessor.
        let failed = served.attempts.iter().find(|attempt| {
            let before = attempt.at < began || attempt.at == began && attempt.code != "outpaced";
            attempt.asked && before && !attempt.broke_off && attempt.target != *to
        });
        let Some(failed) = failed else { return };
        self.keep(Switch {
            at_ms: arrived_ms.saturating_add(ms(began)),
            route: served.route.clone(),
            from: cut_shared(&failed.target),
            to: cut_shared(to),
            reason: failed.code,
            words: cut(failed.words.clone()),
            how: None,
            added_ms: ms(began),
            request_id: served.request_id.clone(),
        });
    }

    fn keep(&mut self, switch: Switch) {
        if self.0.len() >= MOST_SWITCHES {
            self.0.pop_front();
        }
        self.0.push_back(switch);
    }

    /// Newest first.
    pub(super) fn json(&self) -> Vec<Value> {
        let mut newest: Vec<&Switch> = self.0.iter().rev().collect();
        newest.sort_by_key(|switch| std::cmp::Reverse(switch.at_ms));
        let switch = |switch: &&Switch| {
            json!({
                "at_ms": switch.at_ms,
                "route": switch.route.as_deref(),
                "from": &*switch.from,
                "to": &*switch.to,
                "reason": switch.reason,
                "words": switch.words,
                "when": if switch.how.is_some() { "mid_answer" } else { "before_first_word" },
                "how": switch.how,
                "added_ms": switch.added_ms,
                "request_id": &*switch.request_id,
            })
        };
        newest.iter().map(switch).collect()
    }
}
