//! An operator's own hand on a target: put it to rest, use it again, or test it now.
//!
//! The rest is a wish and stands apart from all that is measured. It lasts until it is taken back or the gateway stops.

use crate::body::Outbound;
use crate::inbound;
use crate::routes::{App, closing, error, json_response};
use bytes::Bytes;
use handover_config::Limits;
use handover_dialect::{CallerError, Dialect, ErrorKind};
use handover_dispatch::{Probed, Target};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Longest request, bytes.
const LONGEST: usize = 8 * 1024;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Rest,
    Use,
    Test,
}

impl App {
    /// `POST /api/targets`.
    pub(crate) async fn operate(
        &self,
        id: &str,
        request: Request<hyper::body::Incoming>,
    ) -> Response<Outbound> {
        let (head, body) = request.into_parts();
        let limits = Limits { max_body: LONGEST, ..self.limits.clone() };
        let body = match inbound::read(body, &limits).await {
            Ok(body) => body,
            Err(e) => return closing(error(Dialect::OpenAi, id, &e)),
        };
        match self.asked_for(&head.headers, &body) {
            Ok((target, deed)) => json_response(StatusCode::OK, id, &self.done(&target, deed).await),
            Err(e) => error(Dialect::OpenAi, id, &e),
        }
    }

    fn asked_for(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(std::sync::Arc<Target>, Deed), CallerError> {
        let (target, deed) = read(headers, body)?;
        let found = self.engine.target(&target);
        found.map(|target| (target, deed)).ok_or_else(|| {
            let shown: String = target.chars().filter(|c| !c.is_control()).take(100).collect();
            let message = format!(
                "No route has a target `{shown}`. GET /api/status lists them; a provider without its key is left out."
            );
            CallerError::new(ErrorKind::NotFound, message).param("id").code("unknown_target")
        })
    }

    async fn done(&self, target: &Target, deed: Deed) -> Value {
        let tested = match deed {
            Deed::Rest | Deed::Use => {
                let off = deed == Deed::Rest;
                if self.engine.set_off(target, off) {
                    let words =
                        if off { "put to rest by its operator" } else { "used again by its operator" };
                    tracing::info!(target = &*target.id, "{words}");
                }
                None
            }
            Deed::Test => Some(tell(self.engine.probe(target, None, true).await)),
        };
        let state = target.state(Instant::now());
        json!({"id": &*target.id, "state": state.word(), "is_off": state.is_off, "tested": tested})
    }
}

fn tell(probed: Option<Probed>) -> Value {
    let result = probed.map(|probed| probed.result);
    match result {
        Some(Ok(took)) => {
            json!({"ok": true, "first_token_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX)})
        }
        Some(Err((code, words))) => json!({"ok": false, "code": code, "words": words}),
        // Everything else is passed over.
        None => json!({"ok": false, "code": "at_capacity", "words": "has as many requests as it takes"}),
    }
}

/// Reads what is asked for. Only JSON: no form of a web page can send that.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<(String, Deed), CallerError> {
    let wrong = |message: &str, param: &'static str, code: &'static str| {
        Err(CallerError::new(ErrorKind::InvalidRequest, message).param(param).code(code))
    };
    if !inbound::is_json(headers.get(CONTENT_TYPE)) {
        return wrong(
            "The `content-type` must be `application/json`.",
            "content-type",
            "invalid_content_type",
        );
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return wrong("The body must be a JSON object.", "body", "invalid_json");
    };
    let Some(id) = body.get("id").and_then(Value::as_str) else {
        return wrong("`id` must be a target's id, `provider/model`.", "id", "invalid_target");
    };
    let deed = match body.get("do").and_then(Value::as_str) {
        Some("rest") => Deed::Rest,
        Some("use") => Deed::Use,
        Some("test") => Deed::Test,
        Some(_) | None => return wrong("`do` must be `rest`, `use` or `test`.", "do", "invalid_do"),
    };
    Ok((id.to_owned(), deed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(kind: &'static str, body: &str, expected: Result<(&str, Deed), &str>) {
        let mut headers = HeaderMap::new();
        if !kind.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        let read = read(&headers, body.as_bytes());
        let read = read.map_err(|e| e.code.unwrap_or_default());
        let expected = expected.map(|(id, deed)| (id.to_owned(), deed)).map_err(str::to_owned);
        assert_eq!(read, expected, "{kind} {body}");
    }

    #[test]
    fn only_a_program_that_means_it_can_put_a_target_to_rest() {
        let json = "application/json";
        check(json, r#"{"id":"a/x","do":"rest"}"#, Ok(("a/x", Deed::Rest)));
        check(json, r#"{"id":"a/x","do":"use"}"#, Ok(("a/x", Deed::Use)));
        check("Application/JSON; charset=utf-8", r#"{"id":"a/x","do":"test"}"#, Ok(("a/x", Deed::Test)));
        // What a form of a web page can send.
        for form in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
        {
            check(form, r#"{"id":"a/x","do":"rest"}"#, Err("invalid_content_type"));
        }
        check(json, r#"{"id":"a/x","do":"delete"}"#, Err("invalid_do"));
        check(json, r#"{"id":"a/x"}"#, Err("invalid_do"));
        check(json, r#"{"id":7,"do":"rest"}"#, Err("invalid_target"));
        check(json, r#"["a/x","rest"]"#, Err("invalid_json"));
        check(json, "", Err("invalid_json"));
    }
}
