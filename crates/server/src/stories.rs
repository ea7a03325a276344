//! The stories of the last requests, for `handover why` and the status page.
//!
//! Bounded in number and in size, and without a word of any prompt or answer: what callers and providers choose
//! freely (the model's name, an error's text) is cut, and a provider's own words about a request are left out,
//! because some repeat the request in them. Only where the operator asks for it (`log.content`) does a story keep what
//! its user wrote last.

use crate::history::is_callers_mistake;
use crate::names::Names;
use handover_dialect::hub::Usage;
use handover_dispatch::{Attempted, HandedOver, Outcome, Served};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Stories that are kept.
pub(crate) const MOST_STORIES: usize = 500;
/// Longest name or text in a story, characters.
const LONGEST_TEXT: usize = 300;

/// The last requests, newest last.
#[derive(Debug)]
pub(crate) struct Stories {
    kept: Mutex<VecDeque<Arc<Story>>>,
}

/// A request that has ended.
#[derive(Debug)]
pub(crate) struct Story {
    /// When, in milliseconds since 1970.
    ended_ms: u64,
    served: Served,
    /// What the user wrote last, where that is kept.
    prompt: Option<String>,
}

impl Stories {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::new(VecDeque::with_capacity(MOST_STORIES)) }
    }

    /// Keeps a request that has ended just now, with what its user wrote last, where that is kept.
    pub(crate) fn keep(&self, served: &Served, ended_ms: u64, prompt: Option<String>) {
        let story = Arc::new(Story { prompt, ..Story::of(served, ended_ms) });
        let mut kept = self.kept.lock();
        // What falls out is freed after the lock.
        let oldest = if kept.len() >= MOST_STORIES { kept.pop_front() } else { None };
        kept.push_back(story);
        drop(kept);
        drop(oldest);
    }

    /// The newest, at most `most` of them, newest first.
    pub(crate) fn newest(&self, most: usize) -> Vec<Arc<Story>> {
        self.kept.lock().iter().rev().take(most).cloned().collect()
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Story>> {
        self.kept.lock().iter().rev().find(|story| *story.served.request_id == *id).cloned()
    }
}

/// Whether the text of an error is ours. What a target says of a caller's own mistake is its own words.
fn is_ours(served: &Served) -> bool {
    served.outcome != Outcome::Failed || served.route.is_none() || !is_callers_mistake(served.status)
}

/// A text at its longest.
pub(crate) fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

pub(crate) fn cut_shared(text: &Arc<str>) -> Arc<str> {
    if text.len() <= LONGEST_TEXT { text.clone() } else { cut(text.to_string()).into() }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Story {
    /// The story of a request as it stands at this moment.
    pub(crate) fn of(served: &Served, ended_ms: u64) -> Self {
        let mut served = served.clone();
        served.detail = served.detail.take().filter(|_| is_ours(&served)).map(cut);
        served.model = served.model.take().map(cut);
        served.asked = cut_shared(&served.asked);
        served.dropped = cut(served.dropped);
        served.target = served.target.as_ref().map(cut_shared);
        for attempt in &mut served.attempts {
            attempt.target = cut_shared(&attempt.target);
            attempt.words = cut(std::mem::take(&mut attempt.words));
        }
        for handed in &mut served.hand_overs {
            handed.from = cut_shared(&handed.from);
            handed.to = cut_shared(&handed.to);
            handed.words = cut(std::mem::take(&mut handed.words));
        }
        Self { ended_ms, served, prompt: None }
    }

    /// The story for programs; `docs/reference/http.md` explains each field.
    pub(crate) fn json(&self, names: &Names) -> Value {
        let Served {
            request_id,
            asked,
            route,
            target,
            model,
            signal,
            attempts,
            key,
            started,
            canary,
            cached,
            dropped,
            status,
            stream,
            first_token,
            took,
            usage,
            billed,
            hand_overs,
            stopped,
            outcome,
            detail,
        } = &self.served;
        let chains = &names.chains;
        let in_chain =
            route.as_deref().zip(target.as_deref()).and_then(|(route, id)| chains.place(route, id));
        let served_key = target.as_ref().filter(|_| cached.is_none());
        let mut story = json!({
            "id": &**request_id,
            "began_at_ms": self.ended_ms.saturating_sub(ms(*took)),
            "ended_at_ms": self.ended_ms,
            "asked": &**asked,
            "route": route.as_deref(),
            "served": target.as_deref(),
            "key": served_key.and_then(|target| place(target, *key, names)),
            "model": model,
            "place": in_chain.map(|(place, _)| place),
            "of": in_chain.map(|(_, of)| of),
            "lead": route.as_deref().and_then(|route| chains.lead(route)).map(|lead| &**lead),
            "cost": chains.cost(&self.served),
            "signal": target.as_ref().map_or("0", |_| signal.as_str()),
            "outcome": outcome.as_str(),
            "status": status,
            "stream": stream,
            "attempts": self.served.attempt_count(),
            "reason": self.served.reason(),
            "canary": canary,
            "cached_age_s": cached.map(|age| age.as_secs()),
            "started_ms": started.map(ms),
            "first_token_ms": first_token.map(ms),
            "took_ms": ms(*took),
            "prompt_tokens": usage.prompt,
            "completion_tokens": usage.completion,
            "billed": tokens(*billed),
            "hand_overs": hand_overs.iter().map(seam).collect::<Vec<_>>(),
            "stopped": stopped.map(|stopped| json!({"code": stopped.code(), "words": stopped.words()})),
            "dropped": (!dropped.is_empty()).then_some(dropped),
            "error": detail.as_deref().filter(|_| *outcome != Outcome::Complete),
            "steps": attempts.iter().map(|attempt| step(attempt, names)).collect::<Vec<_>>(),
        });
        if let (Some(prompt), Some(story)) = (&self.prompt, story.as_object_mut()) {
            story.insert("content".to_owned(), json!({"prompt": prompt}));
        }
        story
    }
}

fn step(attempt: &Attempted, names: &Names) -> Value {
    let Attempted { target, key, at, code, words, took, asked, again_in, broke_off } = attempt;
    json!({
        "target": &**target,
        "key": asked.then(|| place(target, *key, names)).flatten(),
        "at_ms": ms(*at),
        "took_ms": ms(*took),
        "code": code,
        "words": words,
        "asked": asked,
        "broke_off": broke_off,
        "again_in_ms": again_in.map(ms),
    })
}

fn seam(handed: &HandedOver) -> Value {
    let HandedOver { from, to, code, words, how, delivered_tokens, at, silence, usage } = handed;
    json!({
        "from": &**from,
        "to": &**to,
        "reason": code,
        "words": words,
        "how": how,
        "delivered_tokens": delivered_tokens,
        "at_ms": ms(*at),
        "silence_ms": ms(*silence),
        "billed": tokens(*usage),
    })
}

fn tokens(usage: Usage) -> Value {
    json!({"prompt_tokens": usage.prompt, "completion_tokens": usage.completion})
}

/// A key by its place, counted from 1 as people do; nothing for a provider that needs no key.
fn place(target: &str, key: usize, names: &Names) -> Option<usize> {
    (names.keys_of(target) > 0).then_some(key + 1)
}
