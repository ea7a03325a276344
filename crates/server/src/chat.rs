//! Answers for people: what the chat page and `handover chat` read.
//!
//! # Purpose
//! `/v1` gives a program the answer. A person who waits also wants to know who is being asked, who failed and who
//! went on; and a page that is loaded anew in the middle of an answer wants to go on reading it. So here an answer
//! is a list of numbered events that is written once and read as often as somebody wishes.
//!
//! # How it differs from `/v1`
//! There, the caller's reading drives the provider's sending. Here a task drives the answer, because whoever asked
//! may be away for the moment of a reload. Everything about it is bounded: how many answers are kept
//! ([`kept::MOST_KEPT`]), how large one grows ([`run::MOST_BYTES`]), how long one is written that nobody reads and
//! how long a finished one is kept ([`run::KEPT_FOR`]). Asking, failing over and handing over are dispatch's, as for
//! everybody; the events are made from the same record as headers, log and metrics.
//!
//! # Invariants
//! * One key, one answer: whoever posts a key again reads the answer that is there. Nothing is asked twice.
//! * The first event is `asked`, the last one is `done`, `stopped` or `error`, and nothing follows it.
//! * What was written is never taken back.

mod asked;
mod drive;
mod error;
mod halves;
mod kept;
mod run;

pub(crate) use kept::Chats;

use crate::body::Outbound;
use crate::chat::asked::Asked;
use crate::chat::run::{Reader, Run};
use crate::inbound;
use crate::routes::{App, closing, error as refuse, events_response};
use handover_dialect::{CallerError, Dialect, ErrorKind};
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use std::sync::Arc;
use tokio::time::Instant;

/// What the path of one answer begins with.
pub(crate) const ONE_CHAT: &str = "/api/chat/";

impl App {
    /// `POST /api/chat`: asks, or reads again what was asked under the same key.
    pub(crate) async fn chat(
        self: &Arc<Self>,
        id: Arc<str>,
        received: Instant,
        request: Request<hyper::body::Incoming>,
    ) -> Response<Outbound> {
        let (head, body) = request.into_parts();
        if !inbound::is_json(head.headers.get(CONTENT_TYPE)) {
            let message = "The body must be JSON, with `content-type: application/json`.";
            return closing(refuse(
                Dialect::OpenAi,
                &id,
                &CallerError::new(ErrorKind::InvalidRequest, message).code("invalid_content_type"),
            ));
        }
        let body = match inbound::read(body, &self.limits).await {
            Ok(body) => body,
            Err(e) => return closing(refuse(Dialect::OpenAi, &id, &e)),
        };
        let asked = match Asked::read(&body) {
            Ok(asked) => asked,
            Err(e) => return refuse(Dialect::OpenAi, &id, &e),
        };
        let begin = || Run::new(&asked, id.clone(), self.telemetry.clone());
        match self.chats.open(&asked.key, received, begin) {
            Ok((run, true)) => {
                self.chats.tasks.spawn(drive::drive(self.clone(), run.clone(), asked, received));
                stream(run, 0)
            }
            Ok((run, false)) => stream(run, 0),
            Err(e) => refuse(Dialect::OpenAi, &id, &e),
        }
    }

    /// `GET` and `DELETE /api/chat/{key}`: goes on reading, or stops the answer.
    pub(crate) fn one_chat(
        &self,
        id: &str,
        method: &Method,
        path: &str,
        query: Option<&str>,
    ) -> Response<Outbound> {
        let key = path.trim_start_matches(ONE_CHAT);
        let Some(run) = self.chats.find(key, Instant::now()) else {
            return refuse(Dialect::OpenAi, id, &unknown(key));
        };
        if *method == Method::DELETE {
            run.stop();
            let mut response = Response::new(Outbound::whole(""));
            *response.status_mut() = StatusCode::NO_CONTENT;
            return response;
        }
        match after(query.unwrap_or_default()) {
            Ok(from) => stream(run, from),
            Err(e) => refuse(Dialect::OpenAi, id, &e),
        }
    }
}

/// How many events the reader has.
fn after(query: &str) -> Result<usize, CallerError> {
    let Some(text) = query.split('&').find_map(|pair| pair.strip_prefix("after=")) else { return Ok(0) };
    match text.parse::<i64>() {
        Ok(after @ -1..) => Ok(usize::try_from(after.saturating_add(1)).unwrap_or(usize::MAX)),
        Ok(_) | Err(_) => {
            let message = "`after` must be the number of the last event that was read.";
            Err(CallerError::new(ErrorKind::InvalidRequest, message).param("after").code("invalid_after"))
        }
    }
}

fn stream(run: Arc<Run>, from: usize) -> Response<Outbound> {
    let id = run.request_id.clone();
    let reader = Reader::new(run, from);
    let events = futures_util::stream::unfold(reader, |mut reader| async {
        let next = reader.next().await?;
        Some((next, reader))
    });
    events_response(&id, events)
}

fn unknown(key: &str) -> CallerError {
    let shown: String = key.chars().filter(|c| !c.is_control()).take(64).collect();
    let message = format!(
        "There is no answer `{shown}` here. An answer is kept for {} minutes after its end.",
        run::KEPT_FOR.as_secs() / 60
    );
    CallerError::new(ErrorKind::NotFound, message).param("key").code("unknown_chat")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_goes_on_where_it_was() {
        let check = |query: &str, expected: Option<usize>| assert_eq!(after(query).ok(), expected, "{query}");
        check("", Some(0));
        check("after=-1", Some(0));
        check("after=0", Some(1));
        check("x=1&after=41", Some(42));
        check("after=", None);
        check("after=-2", None);
        check("after=all", None);
        check("after=99999999999999999999", None);
    }
}
