//! Reads an answer from the gateway to its end, through lost connections.
//!
//! The question is posted under a key that was made here. A connection that breaks is opened again under the same key,
//! behind the last event that came, so nothing is asked twice and no word is lost or shown twice.

use super::answer::{Event, Question, text};
use crate::gateway::Gateway;
use handover_dialect::sse::{self, Splitter};
use handover_upstream::Body;
use http::{Response, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How long until the next try, after each that failed; the last one for all that follow.
const DELAYS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];
/// So long the gateway may be away in the middle of an answer. It remembers one for two minutes.
const AWAY: Duration = Duration::from_secs(30);
/// Three of the gateway's signs of life (one in 15 s) did not come: the connection is dead, though nobody said so.
const SILENT: Duration = Duration::from_secs(45);

/// What is told of the reading.
#[derive(Debug)]
pub(super) enum News {
    Event(Event),
    /// The connection broke; it is tried again.
    Lost,
    /// The gateway has a reason of its own to give no answer, or none any more.
    Refused {
        status: StatusCode,
        message: String,
        code: Option<String>,
        was_accepted: bool,
    },
    /// The gateway does not answer, and it is not tried any longer.
    Gone {
        message: String,
        was_accepted: bool,
    },
}

/// Reads until the answer has ended, or cannot be had.
pub(super) async fn read(gateway: &Gateway, question: &Question, tell: mpsc::Sender<News>) {
    let mut seen = None;
    let mut away: Option<Instant> = None;
    for nth in 0.. {
        let asked = match seen {
            None => gateway.post("/api/chat", &question.json()).await,
            Some(seen) => gateway.get(&format!("/api/chat/{}?after={seen}", question.key)).await,
        };
        let before = seen;
        let message = match asked {
            Err(message) => message,
            Ok(response) if !response.status().is_success() => {
                let status = response.status();
                let refused = refused(response, seen.is_some()).await;
                let may_change = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                if seen.is_none() || !may_change {
                    let _ = tell.send(refused).await;
                    return;
                }
                status.to_string()
            }
            Ok(response) => match stream(response.into_body(), &mut seen, &tell).await {
                Some(message) => message,
                None => return,
            },
        };
        if seen != before {
            away = None;
        }
        let since = *away.get_or_insert_with(Instant::now);
        // What was never taken is no answer to come back to: the person decides whether to ask again.
        if seen.is_none() || Instant::now().saturating_duration_since(since) > AWAY {
            let _ = tell.send(News::Gone { message, was_accepted: seen.is_some() }).await;
            return;
        }
        if tell.send(News::Lost).await.is_err() {
            return;
        }
        let last = DELAYS.last().copied().unwrap_or(AWAY);
        tokio::time::sleep(DELAYS.get(nth).copied().unwrap_or(last)).await;
    }
}

/// Tells each event; nothing when the answer has ended or nobody listens, else why the connection did.
async fn stream(mut body: Body, seen: &mut Option<u64>, tell: &mpsc::Sender<News>) -> Option<String> {
    let mut splitter = Splitter::default();
    loop {
        let chunk = match tokio::time::timeout(SILENT, body.next()).await {
            Err(_) => return Some("nothing comes from the gateway any more".to_owned()),
            Ok(None) => return Some("the gateway closed the connection".to_owned()),
            Ok(Some(Err(e))) => return Some(format!("the connection to the gateway broke: {e}")),
            Ok(Some(Ok(chunk))) => chunk,
        };
        let whole = match splitter.push(chunk) {
            Ok(whole) => whole,
            Err(e) => return Some(e.to_string()),
        };
        for event in sse::events(&whole) {
            let Some(event) = read_event(&event, &whole) else { continue };
            let is_last = matches!(event.name.as_str(), "done" | "stopped" | "error");
            *seen = Some(event.id);
            if tell.send(News::Event(event)).await.is_err() || is_last {
                return None;
            }
        }
    }
}

fn read_event(event: &sse::Event<'_>, whole: &[u8]) -> Option<Event> {
    let lines = std::str::from_utf8(whole.get(event.start..event.end)?).ok()?;
    let id = lines.lines().find_map(|line| line.strip_prefix("id:"))?.trim().parse().ok()?;
    let data = serde_json::from_slice(&event.data).ok()?;
    Some(Event { id, name: event.name?.to_owned(), data })
}

async fn refused(response: Response<Body>, was_accepted: bool) -> News {
    let status = response.status();
    let raw = handover_upstream::collect(response.into_body(), 1 << 20).await.unwrap_or_default();
    let told: Value = serde_json::from_slice(&raw).unwrap_or(Value::Null);
    let error = told.get("error").unwrap_or(&Value::Null);
    let message = match text(error, "message") {
        "" => format!("it answered {status}"),
        message => message.to_owned(),
    };
    let code = error.get("code").and_then(Value::as_str).map(str::to_owned);
    News::Refused { status, message, code, was_accepted }
}

/// The kind of error that a refusal is.
pub(super) fn kind_of(status: StatusCode, was_accepted: bool) -> &'static str {
    match status.as_u16() {
        404 if was_accepted => "lost",
        404 => "no_such_model",
        413 => "too_long",
        401 | 403 => "config",
        429 | 500.. => "busy",
        _ => "bad_request",
    }
}
