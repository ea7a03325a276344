//! The client: takes a connection or opens one, sends, and resolves at the response head.

use std::fmt;
use std::future::poll_fn;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Response, Uri};
use http_body_util::Full;

use crate::body::Body;
use crate::connect::{self, Connected, Connector};
use crate::error::{SendError, SendErrorKind};
use crate::h1::{self, H1Body, H1Error, Head, Wire};
use crate::h2::{Failed, H2Pool, Lease};
use crate::origin::{Endpoint, Origin, Scheme};
use crate::pool::IdlePool;
use crate::tls::Tls;

/// The connect timeout of [`Client::get`].
const GET_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How a client is set up.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The most idle HTTP/1.1 connections kept per endpoint.
    pub max_idle_per_endpoint: usize,
    /// How long an idle HTTP/1.1 connection is kept.
    pub idle_limit: Duration,
    /// Further root certificates in PEM, beside the system's.
    pub ca_file: Option<PathBuf>,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self { max_idle_per_endpoint: 64, idle_limit: Duration::from_secs(60), ca_file: None }
    }
}

/// One request to a provider.
#[derive(Clone)]
pub struct Request {
    /// The method, `POST` for provider calls.
    pub method: Method,
    /// Where it goes.
    pub origin: Arc<Origin>,
    /// Joined to the origin's base path. Starts with `/`, or with `?`, or is empty.
    pub path_and_query: String,
    /// Sent as they are, but for those that speak about the connection or the framing.
    pub headers: HeaderMap,
    /// The whole body; a retry sends it again.
    pub body: Bytes,
    /// For name, connection and TLS together.
    pub connect_timeout: Duration,
}

/// A client for provider calls. Cloning gives another handle to the same connections.
///
/// Dropping the future of a call, or the body of its answer, closes the connection (HTTP/1) or resets the
/// stream (HTTP/2).
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    connector: Arc<dyn Connector>,
    idle: Arc<IdlePool>,
    h2: H2Pool,
}

/// What opening a connection gave: the server may prefer HTTP/1.1 although HTTP/2 was offered.
enum Opened {
    H1(Box<Wire>),
    H2(Lease),
}

// === impl Client ===

impl Client {
    /// A client over real sockets.
    pub fn new(config: ClientConfig) -> Self {
        let connector = connect::system(Tls::new(config.ca_file.clone()));
        Self::build(&config, connector)
    }

    /// A client that opens its connections with `connector`: in tests, over pipes.
    pub fn with_connector(connector: Arc<dyn Connector>) -> Self {
        Self::build(&ClientConfig::default(), connector)
    }

    fn build(config: &ClientConfig, connector: Arc<dyn Connector>) -> Self {
        let idle = Arc::new(IdlePool::new(config.max_idle_per_endpoint, config.idle_limit));
        Self { inner: Arc::new(Inner { connector, idle, h2: H2Pool::new() }) }
    }

    /// Sends a request and resolves at the response head.
    ///
    /// There is no clock here but the connect timeout: the caller bounds the wait for the head and the body.
    /// One retry happens unseen, on a fresh connection: when a kept connection turns out dead before any byte
    /// of an answer, or when an HTTP/2 server says that it did not process the request.
    ///
    /// # Errors
    /// [`SendError`] says what failed and whether the request may have arrived.
    pub async fn send(&self, request: Request) -> Result<Response<Body>, SendError> {
        check_path(&request.path_and_query)?;
        if request.origin.http2 { self.send_h2(&request).await } else { self.send_h1(&request).await }
    }

    /// Gets a whole URL. Redirects are not followed. The connect timeout is 10 s.
    ///
    /// # Errors
    /// As [`Client::send`]; a URL that cannot be used is [`SendErrorKind::Invalid`].
    pub async fn get(&self, url: &str, headers: HeaderMap) -> Result<Response<Body>, SendError> {
        let (mut origin, query) = Origin::parse_with_query(url).map_err(|e| {
            SendError::unreached(SendErrorKind::Invalid, format!("bad URL: {e}")).caused_by(e)
        })?;
        let mut path_and_query = std::mem::take(&mut origin.base_path);
        if path_and_query.is_empty() {
            path_and_query.push('/');
        }
        if let Some(query) = query {
            path_and_query.push('?');
            path_and_query.push_str(&query);
        }
        let request = Request {
            method: Method::GET,
            origin: Arc::new(origin),
            path_and_query,
            headers,
            body: Bytes::new(),
            connect_timeout: GET_CONNECT_TIMEOUT,
        };
        self.send(request).await
    }

    /// Closes idle connections, ends HTTP/2 connections and waits for their tasks.
    /// Answers that are still being read over HTTP/1 go on.
    pub async fn shutdown(&self) {
        self.inner.idle.close();
        self.inner.h2.close().await;
    }

    // --- HTTP/1.1 ---

    async fn send_h1(&self, request: &Request) -> Result<Response<Body>, SendError> {
        if let Some(wire) = self.inner.idle.check_out(&request.origin.endpoint) {
            match self.exchange(wire, request).await {
                Err(Lost { error, stale: true }) => {
                    tracing::debug!(%error, "kept connection was dead, trying a fresh one");
                }
                outcome => return outcome.map_err(|lost| lost.error),
            }
        }
        let connected = self.connect(request).await?;
        self.exchange(Box::new(Wire::new(connected.io)), request).await.map_err(|lost| lost.error)
    }

    async fn exchange(&self, mut wire: Box<Wire>, request: &Request) -> Result<Response<Body>, Lost> {
        wire.start(request);
        match poll_fn(|cx| wire.poll_head(cx)).await {
            Ok(head) => Ok(self.respond(wire, head, request)),
            Err(error) => Err(Lost::new(&wire, error, &request.origin)),
        }
    }

    fn respond(&self, wire: Box<Wire>, head: Head, request: &Request) -> Response<Body> {
        let Head { status, version, headers, framing, keep_alive } = head;
        let (origin, idle) = (Arc::clone(&request.origin), Arc::clone(&self.inner.idle));
        let body = Body::h1(H1Body::new(wire, framing, keep_alive, origin, idle));
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.version_mut() = version;
        *response.headers_mut() = headers;
        response
    }

    // --- HTTP/2 ---

    async fn send_h2(&self, request: &Request) -> Result<Response<Body>, SendError> {
        let mut after = 0;
        let mut may_retry = true;
        loop {
            let lease = match self.open_h2(request, after).await? {
                Opened::H2(lease) => lease,
                Opened::H1(wire) => match self.exchange(wire, request).await {
                    Err(Lost { error, stale: true }) if may_retry => {
                        tracing::debug!(%error, "kept connection was dead, trying a fresh one");
                        (after, may_retry) = (u64::MAX, false);
                        continue;
                    }
                    outcome => return outcome.map_err(|lost| lost.error),
                },
            };
            match lease.send(h2_request(request)?).await {
                Ok(response) => return Ok(response.map(Body::h2)),
                Err(Failed { error, retry_after: Some(generation) }) if may_retry => {
                    tracing::debug!(%error, "not processed, trying another connection");
                    after = generation;
                    may_retry = false;
                }
                Err(Failed { error, .. }) => return Err(error),
            }
        }
    }

    /// Room on a shared connection younger than `after`, opened now if need be.
    async fn open_h2(&self, request: &Request, after: u64) -> Result<Opened, SendError> {
        let slot = self.inner.h2.slot(&request.origin.endpoint);
        if let Some(lease) = slot.lease(after) {
            return Ok(Opened::H2(lease));
        }
        let opening = async {
            let _turn = slot.opening.lock().await;
            if let Some(lease) = slot.lease(after) {
                return Ok(Opened::H2(lease));
            }
            // A server that chose HTTP/1.1 before has left its connections here. After a failure, none is taken.
            if after == 0
                && let Some(wire) = self.inner.idle.check_out(&request.origin.endpoint)
            {
                return Ok(Opened::H1(wire));
            }
            let connector = &self.inner.connector;
            let Connected { io, http2 } = connector.connect(&request.origin, request.connect_timeout).await?;
            if http2 {
                self.inner.h2.start(&slot, io).await.map(Opened::H2)
            } else {
                Ok(Opened::H1(Box::new(Wire::new(io))))
            }
        };
        match tokio::time::timeout(request.connect_timeout, opening).await {
            Ok(outcome) => outcome,
            Err(_) => Err(connect_timeout(request)),
        }
    }

    async fn connect(&self, request: &Request) -> Result<Connected, SendError> {
        let connecting = self.inner.connector.connect(&request.origin, request.connect_timeout);
        match tokio::time::timeout(request.connect_timeout, connecting).await {
            Ok(outcome) => outcome,
            Err(_) => Err(connect_timeout(request)),
        }
    }
}

/// An exchange that ended before a response head.
struct Lost {
    error: SendError,
    /// A kept connection that died while idle: to be tried again on a fresh one.
    stale: bool,
}

impl Lost {
    fn new(wire: &Wire, error: H1Error, origin: &Origin) -> Self {
        let stale = wire.was_stale(&error);
        let (kind, message, source) = match error {
            H1Error::Lost(Some(e)) => {
                let message = format!("{} closed the connection before answering: {e}", origin.endpoint);
                (SendErrorKind::ResetBeforeHeaders, message, Some(e.into()))
            }
            H1Error::Lost(None) => {
                let message = format!("{} closed the connection before answering", origin.endpoint);
                (SendErrorKind::ResetBeforeHeaders, message, None)
            }
            H1Error::Bad(bad) => {
                let message = format!("{} does not speak HTTP properly: {}", origin.endpoint, bad.0);
                (SendErrorKind::Protocol, message, None)
            }
        };
        Self { error: SendError { kind, reached: wire.wrote(), message, source }, stale }
    }
}

fn connect_timeout(request: &Request) -> SendError {
    let (endpoint, limit) = (&request.origin.endpoint, request.connect_timeout);
    let message = format!("no connection to {endpoint} within {limit:?}");
    SendError::unreached(SendErrorKind::ConnectTimeout, message)
}

/// The path goes into the request line as it is, so nothing in it may end that line.
fn check_path(path_and_query: &str) -> Result<(), SendError> {
    let starts_well = matches!(path_and_query.as_bytes().first(), None | Some(b'/' | b'?'));
    if starts_well && path_and_query.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(SendError::unreached(SendErrorKind::Invalid, "the request path holds characters a URL cannot have"))
}

fn h2_request(request: &Request) -> Result<http::Request<Full<Bytes>>, SendError> {
    let origin = &request.origin;
    let scheme = match &origin.endpoint {
        Endpoint::Tcp { scheme, .. } => *scheme,
        Endpoint::Unix(_) => Scheme::Http,
    };
    let uri = Uri::builder()
        .scheme(scheme.as_str())
        .authority(origin.authority.as_str())
        .path_and_query(format!("{}{}", origin.base_path, request.path_and_query))
        .build()
        .map_err(|e| SendError::unreached(SendErrorKind::Invalid, format!("bad URL: {e}")).caused_by(e))?;
    let mut out = http::Request::new(Full::new(request.body.clone()));
    *out.method_mut() = request.method.clone();
    *out.uri_mut() = uri;
    let headers = out.headers_mut();
    headers.reserve(request.headers.len() + 1);
    for (name, value) in &request.headers {
        if !h1::is_ours(name) && *name != header::HOST {
            headers.append(name.clone(), value.clone());
        }
    }
    headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(h1::USER_AGENT));
    Ok(out)
}

// === what may be shown ===

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("idle", &self.inner.idle).finish_non_exhaustive()
    }
}

impl fmt::Debug for Request {
    /// Neither header values nor the query are shown: both may hold keys. Nor is the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("endpoint", &self.origin.endpoint)
            .field("path", &path)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}
