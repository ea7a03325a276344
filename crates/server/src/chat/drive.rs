//! Writing an answer: one request through dispatch, its stream read into events.

use crate::chat::asked::Asked;
use crate::chat::error::{Asking, Trouble};
use crate::chat::halves::Halves;
use crate::chat::run::{Last, Run};
use crate::routes::App;
use bytes::Bytes;
use handover_dialect::sse;
use handover_dispatch::{Incoming, Reply};
use http::HeaderMap;
use http::header::RETRY_AFTER;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::time::Instant;

/// Writes the answer to its end, or until somebody stops it, or nobody reads it any more.
///
/// Giving up drops the request, which cancels the provider's work and closes the request's record.
pub(crate) async fn drive(app: Arc<App>, run: Arc<Run>, asked: Asked, received: Instant) {
    let _ended = Ended(run.clone());
    let last = tokio::select! {
        biased;
        () = run.stopped() => Last::Stopped,
        () = run.abandoned() => Last::Stopped,
        last = answer(&app, &run, &asked, received) => last,
    };
    run.end(last);
}

/// An answer whose task was dropped (the server ended) has an end all the same.
struct Ended(Arc<Run>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.end(Last::Error(Trouble::cut(
            "The gateway was stopped in the middle of the answer.",
            "stopped",
        )));
    }
}

async fn answer(app: &App, run: &Arc<Run>, asked: &Asked, received: Instant) -> Last {
    let has_routes = app.engine.routes.chains().next().is_some();
    let call = match asked.call() {
        Ok(call) => call,
        Err(error) => {
            let asking = Asking { only: asked.only, has_route: true, has_routes };
            let body = error.body(handover_dialect::Dialect::OpenAi, &run.request_id);
            return Last::Error(Trouble::of(error.status(), None, &body, asking));
        }
    };
    let incoming = Incoming {
        call,
        id: run.request_id.clone(),
        received,
        headers: HeaderMap::new(),
        only: asked.only,
        watcher: Some(run.clone()),
    };
    let mut reading = Reading::default();
    match app.ask(incoming).await {
        Reply::Whole { status: 200, body, .. } => {
            // An answer that was kept from an earlier request: it is whole, or it would not have been kept.
            reading.take(run, &body).unwrap_or_else(|| reading.done())
        }
        Reply::Whole { status, headers, body } => {
            let asking =
                Asking { only: asked.only, has_route: headers.contains_key("x-handover-route"), has_routes };
            let wait = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            Last::Error(Trouble::of(status, wait, &body, asking))
        }
        Reply::Stream { mut relay, .. } => loop {
            match relay.next().await {
                Some(Ok(chunk)) => {
                    if let Some(last) = reading.take(run, &chunk) {
                        // The relay announces a broken answer and then ends it.
                        while let Some(Ok(_)) = relay.next().await {}
                        return last;
                    }
                }
                // The proper end of an answer.
                None => return reading.done(),
                Some(Err(aborted)) => {
                    return Last::Error(Trouble::cut(&format!("It seems that {aborted}."), "cut_off"));
                }
            }
        },
    }
}

/// What has been read of a stream of chat completions.
#[derive(Debug, Default)]
struct Reading {
    finish_reason: Option<String>,
    halves: Halves,
}

impl Reading {
    /// Reads whole events and writes what a person sees of them; how the answer ends, if it breaks off here.
    fn take(&mut self, run: &Run, chunk: &Bytes) -> Option<Last> {
        let mut fits = true;
        let mut text = String::new();
        for event in sse::events(chunk) {
            // The terminator is none: the relay says itself when an answer is whole.
            let Ok(value) = serde_json::from_slice::<Value>(&self.halves.mend(&event.data)) else { continue };
            if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
                write(run, &mut text);
                return Some(Last::Error(Trouble::broke_off(error)));
            }
            let choice = value.pointer("/choices/0");
            if let Some(reason) = choice.and_then(|c| c.get("finish_reason")).and_then(Value::as_str) {
                self.finish_reason = Some(reason.to_owned());
            }
            let delta = |name: &str| {
                let delta = choice?.get("delta")?.get(name)?.as_str()?;
                (!delta.is_empty()).then_some(delta)
            };
            if let Some(thought) = delta("reasoning_content").or_else(|| delta("reasoning")) {
                fits &= write(run, &mut text);
                fits &= run.push("thinking", &json!({"text": thought}));
            }
            // A model that says no in a field of its own says it all the same.
            text.push_str(delta("content").or_else(|| delta("refusal")).unwrap_or_default());
        }
        fits &= write(run, &mut text);
        (!fits).then(|| Last::Error(Trouble::cut("The answer is longer than can be kept here.", "too_long")))
    }

    fn done(self) -> Last {
        Last::Done { finish_reason: self.finish_reason }
    }
}

/// Writes the text that has gathered, as one event.
fn write(run: &Run, text: &mut String) -> bool {
    text.is_empty() || run.push("text", &json!({"text": std::mem::take(text)}))
}
