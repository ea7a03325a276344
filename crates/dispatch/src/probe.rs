//! Asking a target for one real token.
//!
//! A provider's list of models stays green through a total outage of its inference (8 November 2023), and a status
//! page is late. Only a real token proves that a key works, that the model is there and that it answers in time. So
//! an idle backup is asked for one now and then, as an ordinary attempt: it passes the same breaker, is judged by
//! the same rules, and is dropped at its first content, which cancels the rest.

use crate::attempt::{Terms, attempt};
use crate::health::Asking;
use crate::{AttemptEvent, Engine, Event, Incoming, Target, Upstream};
use bytes::Bytes;
use handover_dialect::hub::Identity;
use handover_dialect::prepare::{Ask, prepare};
use handover_dialect::{Call, Dialect};
use handover_policy::{Criticality, Deadline, Failure, Kind, blame, classify, tell};
use http::HeaderMap;
use std::time::Duration;
use tokio::time::Instant;

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// The key that was used, by its place in the configuration.
    pub key: usize,
    /// Time to the first token, or what went wrong: one word, and a few for people.
    pub result: Result<Duration, (&'static str, String)>,
}

/// What is asked. Few tokens, and not one: some models spend the first on thinking, and refuse a limit of one.
const QUESTION: &str = r#"{"model":"probe","stream":true,"max_tokens":16,"messages":[{"role":"user","content":"Reply with the word OK."}]}"#;

impl<U: Upstream> Engine<U> {
    /// The targets to probe: network backups of every route that have brought no answer for as long as they allow.
    pub fn idle_backups(&self, since: Instant, now: Instant) -> Vec<std::sync::Arc<Target>> {
        let mut idle: Vec<std::sync::Arc<Target>> = Vec::new();
        for (_, targets) in self.routes.iter() {
            for target in targets.skip(1) {
                let last =
                    target.health.last_good().unwrap_or(since).max(target.last_probe().unwrap_or(since));
                let due = target.probe.is_some_and(|every| now.saturating_duration_since(last) >= every);
                if due && !target.is_off() && !idle.iter().any(|other| other.id == target.id) {
                    idle.push(target.clone());
                }
            }
        }
        idle
    }

    /// Asks a target for one real token with one key, or with whichever is to be used next. `None` when its breaker,
    /// its limit or its keys allow none now, or an operator put it to rest; with `forced`, only the limit is asked.
    pub async fn probe(&self, target: &Target, key: Option<usize>, forced: bool) -> Option<Probed> {
        let now = Instant::now();
        target.note_probe(now);
        let asking =
            Asking { tried: &[], now, criticality: Criticality::Batch, may_divert: false, forced, key };
        let permit = if forced {
            target.admit_for_test(&asking, &self.senses)
        } else {
            target.admit(&asking, &self.senses)
        };
        let mut permit = permit.ok()?;
        let result = self.first_token(target, permit.key).await;
        let took = Instant::now().saturating_duration_since(now);
        let result = match result {
            Ok(()) => {
                permit.began(Some(took));
                permit.finished();
                Ok(took)
            }
            Err(failure) => {
                let class = classify(&failure);
                permit
                    .failed(&blame(&class, &failure, permit.draw()), crate::ask::is_refusal_of_load(&class));
                let told = tell(&failure);
                Err((told.code, told.words))
            }
        };
        let code = result.as_ref().map_or_else(|(code, _)| *code, |_| "ok");
        let event = AttemptEvent { request_id: "probe", target: &target.id, key: permit.key, code, took };
        self.senses.observer.observe(&Event::Attempt(&event));
        Some(Probed { key: permit.key, result })
    }

    async fn first_token(&self, target: &Target, key: usize) -> Result<(), Failure> {
        let now = Instant::now();
        let call = Call::read(Dialect::OpenAi, Bytes::from_static(QUESTION.as_bytes()))
            .map_err(|error| Failure::new(Kind::Malformed(error.message)))?;
        let prepared = prepare(&call, &target.spec(), Ask::default()).map_err(|cannot| Failure {
            reached: false,
            ..Failure::new(Kind::Malformed(format!("{cannot:?}")))
        })?;
        let deadline = Deadline::new(now, target.timeouts.total);
        let incoming = Incoming {
            call,
            id: "probe".into(),
            received: now,
            headers: HeaderMap::new(),
            only: true,
            watcher: None,
        };
        let identity =
            Identity { id: "probe".to_owned(), created: (self.unix_now)(), model: target.spec.model.clone() };
        let terms = Terms {
            incoming: &incoming,
            identity,
            deadline,
            begin: deadline,
            is_last: true,
            accept_empty: true,
        };
        attempt(self, target, key, &prepared, terms).await.map(drop)
    }
}
