//! What the gateway tells about itself: metrics, how things stand, and the stories of the last requests.
//!
//! Nothing here holds a word of an answer, or a key, and of prompts only what `log.content` allows. All the same it is the owner's business alone:
//! `guard` keeps other people's web pages out.

use crate::body::Outbound;
use crate::routes::{App, error, json_response};
use crate::status;
use crate::stories::MOST_STORIES;
use handover_dialect::{CallerError, Dialect, ErrorKind};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;
use tokio::time::Instant;

/// Stories in a list that does not say how many it wants.
const USUAL_LIST: usize = 50;
/// The OpenMetrics text format; Prometheus has read it since 2018 (version 2.5).
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

impl App {
    pub(crate) fn metrics(&self, id: &str) -> Response<Outbound> {
        let now = Instant::now();
        let text = self.telemetry.scrape(&self.engine.states(now), self.engine.waste());
        let mut response = Response::new(Outbound::whole(text));
        response.headers_mut().insert(CONTENT_TYPE, OPEN_METRICS);
        if let Ok(value) = HeaderValue::from_str(id) {
            response.headers_mut().insert("x-handover-request-id", value);
        }
        response
    }

    pub(crate) fn status(&self, id: &str) -> Response<Outbound> {
        let now = Instant::now();
        let body = status::json(&self.engine.states(now), self.engine.waste(), now, &self.telemetry);
        json_response(StatusCode::OK, id, &body)
    }

    pub(crate) fn history(&self, id: &str) -> Response<Outbound> {
        let telemetry = &self.telemetry;
        json_response(StatusCode::OK, id, &telemetry.history.json(telemetry.chains(), telemetry.now_ms()))
    }

    pub(crate) fn requests(&self, id: &str, query: &str) -> Response<Outbound> {
        match limit(query) {
            Ok(most) => {
                let requests = self.telemetry.newest(most);
                json_response(StatusCode::OK, id, &json!({"requests": requests, "kept": MOST_STORIES}))
            }
            Err(e) => error(Dialect::OpenAi, id, &e),
        }
    }

    pub(crate) fn request(&self, id: &str, path: &str) -> Response<Outbound> {
        let asked = path.trim_start_matches(ONE_REQUEST);
        match self.telemetry.story(asked) {
            Some(story) => json_response(StatusCode::OK, id, &story),
            None => error(Dialect::OpenAi, id, &unknown(asked)),
        }
    }
}

/// What the path of one request's story begins with.
pub(crate) const ONE_REQUEST: &str = "/api/requests/";

/// A path that tells about the gateway or its callers.
pub(crate) fn is_private(path: &str) -> bool {
    path == "/metrics" || path.starts_with("/api/")
}

fn limit(query: &str) -> Result<usize, CallerError> {
    let Some(text) = query.split('&').find_map(|pair| pair.strip_prefix("limit=")) else {
        return Ok(USUAL_LIST);
    };
    match text.parse() {
        Ok(limit) if (1..=MOST_STORIES).contains(&limit) => Ok(limit),
        Ok(_) | Err(_) => {
            let message = format!("`limit` must be a number from 1 to {MOST_STORIES}.");
            Err(CallerError::new(ErrorKind::InvalidRequest, message).param("limit").code("invalid_limit"))
        }
    }
}

fn unknown(asked: &str) -> CallerError {
    let shown: String = asked.chars().filter(|c| !c.is_control()).take(100).collect();
    let message = format!(
        "There is no request `{shown}` here. A story begins when its request has ended, and the last {MOST_STORIES} \
         since the gateway's start are kept. GET /api/requests lists them; the log has the older ones."
    );
    CallerError::new(ErrorKind::NotFound, message).param("id").code("unknown_request")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: Option<usize>) {
        assert_eq!(limit(query).ok(), expected, "{query:?}");
    }

    #[test]
    fn a_list_is_never_longer_than_what_is_kept() {
        check("", Some(USUAL_LIST));
        check("limit=1", Some(1));
        check("a=b&limit=500", Some(500));
        check("limit=501", None);
        check("limit=0", None);
        check("limit=", None);
        check("limit=many", None);
        check("limit=-1", None);
    }
}
