//! Which endpoint a request means, and what it answers.

use crate::api::{ONE_REQUEST, is_private};
use crate::body::Outbound;
use crate::chat::{Chats, ONE_CHAT};
use crate::live::Live;
use crate::{Network, Telemetry, guard, inbound, page};
use bytes::Bytes;
use futures_core::Stream;
use handover_config::Limits;
use handover_dialect::{Call, CallerError, Dialect, ErrorKind};
use handover_dispatch::{Engine, Incoming, Reply, dispatch};
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::time::Instant;

/// What every request is answered with.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) engine: Arc<Engine<Network>>,
    pub(crate) limits: Limits,
    /// Names under which browsers may use the pages.
    pub(crate) public_names: Vec<String>,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) chats: Chats,
    pub(crate) live: Live,
}

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Completions,
    Messages,
    Models,
    Model,
    Health,
    Ready,
    Metrics,
    Status,
    History,
    Live,
    Targets,
    Requests,
    Request,
    Chat,
    OneChat,
    Page(page::Asset),
}

impl Endpoint {
    fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/v1/chat/completions" | "/chat/completions" => Endpoint::Completions,
            "/v1/messages" => Endpoint::Messages,
            "/v1/models" | "/models" => Endpoint::Models,
            "/healthz" => Endpoint::Health,
            "/readyz" => Endpoint::Ready,
            "/metrics" => Endpoint::Metrics,
            "/api/status" => Endpoint::Status,
            "/api/history" => Endpoint::History,
            "/api/live" => Endpoint::Live,
            "/api/targets" => Endpoint::Targets,
            "/api/requests" => Endpoint::Requests,
            "/api/chat" => Endpoint::Chat,
            _ if path.starts_with(ONE_CHAT) => Endpoint::OneChat,
            _ if path.starts_with(ONE_REQUEST) => Endpoint::Request,
            _ if path.starts_with("/v1/models/") => Endpoint::Model,
            _ => Endpoint::Page(page::Asset::of(path)?),
        })
    }

    fn allows(self, method: &Method) -> bool {
        match self {
            Endpoint::Completions | Endpoint::Messages | Endpoint::Chat | Endpoint::Targets => {
                method == Method::POST
            }
            Endpoint::OneChat => method == Method::GET || method == Method::DELETE,
            Endpoint::Models
            | Endpoint::Model
            | Endpoint::Health
            | Endpoint::Ready
            | Endpoint::Metrics
            | Endpoint::Status
            | Endpoint::History
            | Endpoint::Live
            | Endpoint::Requests
            | Endpoint::Request
            | Endpoint::Page(_) => method == Method::GET || method == Method::HEAD,
        }
    }

    fn methods(self) -> HeaderValue {
        match self {
            Endpoint::Completions | Endpoint::Messages | Endpoint::Chat | Endpoint::Targets => {
                HeaderValue::from_static("POST")
            }
            Endpoint::OneChat => HeaderValue::from_static("GET, DELETE"),
            Endpoint::Models
            | Endpoint::Model
            | Endpoint::Health
            | Endpoint::Ready
            | Endpoint::Metrics
            | Endpoint::Status
            | Endpoint::History
            | Endpoint::Live
            | Endpoint::Requests
            | Endpoint::Request
            | Endpoint::Page(_) => HeaderValue::from_static("GET, HEAD"),
        }
    }
}

/// The dialect of whoever asks, for errors on paths that do not tell.
fn dialect_of(path: &str, headers: &HeaderMap) -> Dialect {
    if path.starts_with("/v1/messages") || headers.contains_key("anthropic-version") {
        Dialect::Anthropic
    } else {
        Dialect::OpenAi
    }
}

impl App {
    /// Answers one request.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        request: Request<hyper::body::Incoming>,
    ) -> Response<Outbound> {
        let received = Instant::now();
        let id = self.request_id();
        let path = request.uri().path();
        let dialect = dialect_of(path, request.headers());
        let guarded = guard::check(request.headers(), &self.public_names);
        let guarded = guarded
            .and_then(|()| guard::check_reader(is_private(path), request.headers(), &self.public_names));
        if let Err(e) = guarded {
            return closing(error(dialect, &id, &e));
        }
        let Some(endpoint) = Endpoint::of(path) else {
            return error(dialect, &id, &no_such_path(request.method(), path));
        };
        if !endpoint.allows(request.method()) {
            let message = format!("{path} does not take {}.", request.method());
            let mut response = error(dialect, &id, &CallerError::new(ErrorKind::MethodNotAllowed, message));
            response.headers_mut().insert(ALLOW, endpoint.methods());
            return response;
        }
        match endpoint {
            Endpoint::Completions => self.serve(Dialect::OpenAi, id, received, request).await,
            Endpoint::Messages => self.serve(Dialect::Anthropic, id, received, request).await,
            Endpoint::Models => json_response(StatusCode::OK, &id, &self.models(dialect)),
            Endpoint::Model => self.model(dialect, &id, path),
            Endpoint::Health => json_response(StatusCode::OK, &id, &json!({"status": "ok"})),
            Endpoint::Ready => self.ready(&id),
            Endpoint::Metrics => self.metrics(&id),
            Endpoint::Status => self.status(&id),
            Endpoint::History => self.history(&id),
            Endpoint::Live => self.live(&id),
            Endpoint::Targets => self.operate(&id, request).await,
            Endpoint::Requests => self.requests(&id, request.uri().query().unwrap_or_default()),
            Endpoint::Request => self.request(&id, path),
            Endpoint::Chat => self.chat(id, received, request).await,
            Endpoint::OneChat => self.one_chat(&id, request.method(), path, request.uri().query()),
            Endpoint::Page(asset) => asset.response(request.headers()),
        }
    }

    fn request_id(&self) -> Arc<str> {
        let (a, b) = (self.engine.random.next(), self.engine.random.next());
        format!("req_{a:016x}{:08x}", b >> 32).into()
    }

    /// The one way to an answer, for every endpoint.
    pub(crate) async fn ask(&self, incoming: Incoming) -> Reply<Network> {
        self.telemetry.note_prompt(&incoming);
        dispatch(&self.engine, incoming).await
    }

    /// An endpoint is a codec and one call to dispatch.
    async fn serve(
        &self,
        dialect: Dialect,
        id: Arc<str>,
        received: Instant,
        request: Request<hyper::body::Incoming>,
    ) -> Response<Outbound> {
        let (head, body) = request.into_parts();
        let only = match only_this_model(&head.headers) {
            Ok(only) => only,
            Err(e) => return error(dialect, &id, &e),
        };
        let body = match inbound::read(body, &self.limits).await {
            Ok(body) => body,
            Err(e) => return closing(error(dialect, &id, &e)),
        };
        let call = match Call::read(dialect, body) {
            Ok(call) => call,
            Err(e) => return error(dialect, &id, &e),
        };
        let incoming = Incoming { call, id, received, headers: head.headers, only, watcher: None };
        match self.ask(incoming).await {
            Reply::Whole { status, headers, body } => {
                let mut response = Response::new(Outbound::whole(body));
                *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                *response.headers_mut() = headers;
                response
            }
            Reply::Stream { headers, relay } => {
                let mut response = Response::new(Outbound::relay(relay));
                *response.headers_mut() = headers;
                response
            }
        }
    }

    fn models(&self, dialect: Dialect) -> Value {
        let names = self.engine.routes.names();
        match dialect {
            Dialect::Anthropic => json!({
                "data": names.iter().map(|n| anthropic_model(n)).collect::<Vec<_>>(),
                "has_more": false,
                "first_id": names.first(),
                "last_id": names.last(),
            }),
            Dialect::OpenAi | Dialect::Cohere => {
                json!({"object": "list", "data": names.iter().map(|n| openai_model(n)).collect::<Vec<_>>()})
            }
        }
    }

    fn model(&self, dialect: Dialect, id: &str, path: &str) -> Response<Outbound> {
        // Clients send the slash of `provider/model` as it is, or encoded.
        let asked = path.trim_start_matches("/v1/models/").replace("%2F", "/").replace("%2f", "/");
        if !self.engine.routes.names().contains(&asked) {
            let asked: String = asked.chars().take(100).collect();
            let message = format!("There is no model, route or alias called `{asked}`.");
            let unknown =
                CallerError::new(ErrorKind::NotFound, message).param("model").code("model_not_found");
            return error(dialect, id, &unknown);
        }
        let model = match dialect {
            Dialect::Anthropic => anthropic_model(&asked),
            Dialect::OpenAi | Dialect::Cohere => openai_model(&asked),
        };
        json_response(StatusCode::OK, id, &model)
    }

    fn ready(&self, id: &str) -> Response<Outbound> {
        let routes = self.engine.routes.chains().count();
        let status = if routes > 0 { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        json_response(
            status,
            id,
            &json!({"status": if routes > 0 { "ready" } else { "no routes" }, "routes": routes}),
        )
    }
}

fn openai_model(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 0, "owned_by": "handover"})
}

fn anthropic_model(name: &str) -> Value {
    json!({"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"})
}

/// Paths of other endpoints that clients may try.
const NOT_YET: [&str; 3] = ["/v1/responses", "/v1/embeddings", "/v1/messages/count_tokens"];

fn no_such_path(method: &Method, path: &str) -> CallerError {
    let shown: String = path.chars().take(100).collect();
    let hint = if NOT_YET.contains(&path) {
        "This version of Handover does not serve it yet."
    } else {
        "Handover serves POST /v1/chat/completions, POST /v1/messages, GET /v1/models, GET /metrics and GET /api/status."
    };
    CallerError::new(ErrorKind::NotFound, format!("There is nothing at {method} {shown}. {hint}"))
        .code("unknown_path")
}

/// Reads `x-handover-only`.
fn only_this_model(headers: &HeaderMap) -> Result<bool, CallerError> {
    let Some(value) = headers.get("x-handover-only") else { return Ok(false) };
    match value.as_bytes() {
        b"true" | b"1" => Ok(true),
        b"false" | b"0" => Ok(false),
        _ => Err(CallerError::new(
            ErrorKind::InvalidRequest,
            "The header `x-handover-only` must be `true` or `false`.",
        )
        .param("x-handover-only")
        .code("invalid_header")),
    }
}

pub(crate) fn error(dialect: Dialect, id: &str, error: &CallerError) -> Response<Outbound> {
    tracing::info!(target: "handover::access", request_id = id, status = error.status(), outcome = "refused", error = error.message);
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_response(status, id, &error.body(dialect, id));
    let name = if dialect == Dialect::Anthropic { "request-id" } else { "x-request-id" };
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(name, value);
    }
    response.headers_mut().insert("x-should-retry", HeaderValue::from_static("false"));
    response
}

/// After a body that was not read to its end, the connection is of no further use.
pub(crate) fn closing(mut response: Response<Outbound>) -> Response<Outbound> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A stream of our own events for a page or a terminal, which nothing on its way may keep or gather.
pub(crate) fn events_response(
    id: &str,
    events: impl Stream<Item = Bytes> + Send + 'static,
) -> Response<Outbound> {
    let mut response = Response::new(Outbound::events(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // nginx's word for it.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert("x-handover-request-id", value);
    }
    response
}

pub(crate) fn json_response(status: StatusCode, id: &str, body: &Value) -> Response<Outbound> {
    let mut response = Response::new(Outbound::whole(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert("x-handover-request-id", value);
    }
    response
}
