//! The child's HTTP surface: the OpenAI chat API on a unix domain socket.
//!
//! `POST /v1/chat/completions` (also without `/v1`), `GET /v1/models`, `GET /health`. A connection that closes
//! drops its answer, which frees the slot.

mod answer;
mod error;
mod request;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixListener;
use tokio::task::JoinSet;

use self::answer::{Events, Identity};
use self::error::ApiError;
use crate::engine::Engine;

/// The largest request body. No context that fits into memory takes a longer prompt.
const BODY_LIMIT: usize = 32 << 20;
/// Connections at once. The gateway keeps one for each request, and the engine's own queue is far shorter.
const CONNECTIONS: usize = 1024;

type AnswerBody = UnsyncBoxBody<Bytes, Infallible>;

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Api {
    engine: Arc<Engine>,
    model: String,
    /// Seconds since 1970, from whoever owns the clock.
    wall_clock: fn() -> u64,
    /// Makes ids and seeds of different runs differ.
    seed: u64,
    requests: AtomicU64,
}

impl Api {
    pub(crate) fn new(engine: Arc<Engine>, model: String, wall_clock: fn() -> u64, seed: u64) -> Self {
        Self { engine, model, wall_clock, seed, requests: AtomicU64::new(0) }
    }

    /// Serves connections until it is dropped, which ends them all.
    pub(crate) async fn serve(self: Arc<Self>, listener: UnixListener) {
        let mut connections = JoinSet::new();
        loop {
            while connections.len() >= CONNECTIONS {
                connections.join_next().await;
            }
            let stream = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Mostly "too many open files", which passes when a connection closes.
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        continue;
                    }
                },
                Some(_) = connections.join_next() => continue,
            };
            let api = Arc::clone(&self);
            connections.spawn(async move {
                let service = service_fn(move |request| {
                    let api = Arc::clone(&api);
                    async move { Ok::<_, Infallible>(api.respond(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended");
                }
            });
        }
    }

    async fn respond<B>(&self, request: Request<B>) -> Response<AnswerBody>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        match self.route(request).await {
            Ok(response) => response,
            Err(error) => {
                let mut response = json_response(error.status(), &error.body());
                if error.status() == StatusCode::SERVICE_UNAVAILABLE {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                }
                response
            }
        }
    }

    async fn route<B>(&self, request: Request<B>) -> Result<Response<AnswerBody>, ApiError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let path = request.uri().path();
        match (request.method(), path.strip_prefix("/v1").unwrap_or(path)) {
            (&Method::POST, "/chat/completions") => self.chat(request.into_body()).await,
            (&Method::GET, "/models") => Ok(json_response(StatusCode::OK, &self.models())),
            (&Method::GET, "/health") => Ok(json_response(StatusCode::OK, &json!({"status": "ok"}))),
            (method, "/chat/completions" | "/models" | "/health") => Err(ApiError::Method(method.clone())),
            (_, _) => Err(ApiError::NotFound(path.to_owned())),
        }
    }

    fn models(&self) -> Value {
        json!({"object": "list", "data": [{
            "id": self.model,
            "object": "model",
            "created": 0,
            "owned_by": "local",
            "context_length": self.engine.context(),
        }]})
    }

    async fn chat<B>(&self, body: B) -> Result<Response<AnswerBody>, ApiError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let body = collect(body).await?;
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mixed = mix(self.seed.wrapping_add(number));
        // The largest seed means "choose one" to llama.cpp, so it is avoided.
        let seed = u32::try_from(mixed >> 32).unwrap_or(0).min(u32::MAX - 1);
        let request::Parsed { chat, stream, include_usage } = request::parse(&body, seed)?;
        let engine = Arc::clone(&self.engine);
        let prepared = tokio::task::spawn_blocking(move || engine.prepare(&chat))
            .await
            .map_err(|error| ApiError::Engine(format!("the request could not be prepared: {error}")))??;
        let outputs = self.engine.submit(prepared)?;
        let identity = Identity {
            id: format!("chatcmpl-{mixed:016x}"),
            created: (self.wall_clock)(),
            model: self.model.clone(),
        };
        if !stream {
            return Ok(json_response(StatusCode::OK, &answer::whole(&identity, outputs).await?));
        }
        let events = Events::new(identity, include_usage, outputs);
        let frames = futures_util::stream::unfold(events, |mut events| async move {
            events.next().await.map(|bytes| (bytes, events))
        });
        let body = StreamBody::new(frames.map(|bytes| Ok::<_, Infallible>(Frame::data(bytes))));
        let mut response = Response::new(body.boxed_unsync());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(response)
    }
}

async fn collect<B>(body: B) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Limited::new(body, BODY_LIMIT).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            ApiError::TooLarge(BODY_LIMIT)
        } else {
            ApiError::Invalid { param: None, message: format!("the request body could not be read: {error}") }
        }
    })?;
    Ok(collected.to_bytes())
}

fn json_response(status: StatusCode, body: &Value) -> Response<AnswerBody> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Spreads a counter over all 64 bits, so that neighbouring requests get unlike ids and seeds.
/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
