//! Pulling models: from a hub on the loopback interface that can cut, redirect and lie, and from this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use handover_local::store::{
    BodyStream, Fetch, FetchError, Hub, Model, Progress, Quiet, Response, Store, StoreError,
};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::kit::{NoNetwork, soon};

const NAME: &str = "hf:owner/repo/tiny.gguf";

/// What the hub does.
#[derive(Debug, Clone, Default)]
struct Behaviour {
    /// The file.
    content: Vec<u8>,
    /// Cut the connection after this many bytes of a body.
    cut_after: Option<usize>,
    /// Send the client to another host for the file.
    redirect: bool,
    /// Name this as the file's checksum; otherwise the right one.
    checksum: Option<String>,
    /// Answer with this status and nothing else.
    status: Option<u16>,
    /// Answer to no request for a range.
    no_ranges: bool,
}

/// A hub on the loopback interface, and another host for its files.
struct FakeHub {
    endpoint: String,
    behaviour: Arc<Mutex<Behaviour>>,
    /// Each request: where it came in, and its head.
    requests: Arc<Mutex<Vec<(&'static str, String)>>>,
    _servers: Vec<AbortOnDropHandle<()>>,
}

impl FakeHub {
    async fn start(behaviour: Behaviour) -> Self {
        let behaviour = Arc::new(Mutex::new(behaviour));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let hub = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let files = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", hub.local_addr().expect("an address"));
        let elsewhere = format!("http://{}/blob", files.local_addr().expect("an address"));
        let tasks = TaskTracker::new();
        let mut servers = Vec::new();
        for (who, listener) in [("hub", hub), ("files", files)] {
            let (behaviour, requests, elsewhere) = (behaviour.clone(), requests.clone(), elsewhere.clone());
            servers.push(AbortOnDropHandle::new(tasks.spawn(async move {
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    let head = serve(stream, who, &behaviour, &elsewhere, &requests).await;
                    assert!(head.is_some(), "a request has a head");
                }
            })));
        }
        Self { endpoint, behaviour, requests, _servers: servers }
    }

    fn store(&self, home: &TempDir) -> Store {
        Store::new(home.path())
            .with_hub(Hub { endpoint: self.endpoint.clone(), token: Some("secret".to_owned()) })
    }

    /// The values of a header in the requests that came to `who`.
    fn seen(&self, who: &str, header: &str) -> Vec<Option<String>> {
        let requests = self.requests.lock();
        let own = requests.iter().filter(|(came_to, _)| *came_to == who);
        let value = |head: &str| {
            let found = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix(&format!("{header}: ")).map(str::to_owned));
            found.map(|value| value.trim().to_owned())
        };
        own.map(|(_, head)| value(head)).collect()
    }
}

async fn serve(
    stream: TcpStream,
    who: &'static str,
    behaviour: &Mutex<Behaviour>,
    elsewhere: &str,
    requests: &Mutex<Vec<(&'static str, String)>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    requests.lock().push((who, head.clone()));
    let now = behaviour.lock().clone();
    let sum = now.checksum.clone().unwrap_or_else(|| sha256(&now.content));
    if let Some(status) = now.status {
        let answer = format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n");
        let _sent = stream.write_all(answer.as_bytes()).await;
        return Some(());
    }
    if who == "hub" && now.redirect {
        let size = now.content.len();
        let answer = format!(
            "HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\nx-linked-etag: \"{sum}\"\r\nx-linked-size: {size}\r\n\
             content-length: 0\r\n\r\n"
        );
        let _sent = stream.write_all(answer.as_bytes()).await;
        return Some(());
    }
    let lower = head.to_lowercase();
    let range =
        lower.split("range: bytes=").nth(1).and_then(|rest| rest.split('-').next()?.parse::<usize>().ok());
    let from = range.filter(|_| !now.no_ranges).unwrap_or(0);
    let body = now.content.get(from..).unwrap_or_default();
    let whole = now.content.len();
    let status = if from > 0 {
        format!("206 Partial Content\r\ncontent-range: bytes {from}-{}/{whole}", whole - 1)
    } else {
        "200 OK".to_owned()
    };
    let answer = format!("HTTP/1.1 {status}\r\netag: \"{sum}\"\r\ncontent-length: {}\r\n\r\n", body.len());
    let cut = now.cut_after.unwrap_or(body.len()).min(body.len());
    let _sent = stream.write_all(answer.as_bytes()).await;
    let _sent = stream.write_all(&body[..cut]).await;
    let _sent = stream.flush().await;
    Some(())
}

/// A client for the loopback interface, one connection for each request.
struct Loopback;

impl Fetch for Loopback {
    async fn get(&self, url: &str, headers: &[(String, String)]) -> Result<Response, FetchError> {
        let failed = |error: &dyn std::fmt::Display| FetchError(error.to_string());
        let uri: http::Uri = url.parse().map_err(|error| failed(&error))?;
        let authority = uri.authority().expect("a host").clone();
        let stream = TcpStream::connect(authority.as_str()).await.map_err(|error| failed(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failed(&error))?;
        let tasks = TaskTracker::new();
        let connection = AbortOnDropHandle::new(tasks.spawn(async move {
            let _ended = connection.await;
        }));
        let mut request = http::Request::get(uri.path()).header("host", authority.as_str());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(|error| failed(&error))?;
        let (head, body) = sender.send_request(request).await.map_err(|error| failed(&error))?.into_parts();
        let pieces = body.into_data_stream().map(move |piece| {
            let _held = &connection;
            piece.map_err(|error| FetchError(error.to_string()))
        });
        let body: BodyStream = Box::pin(pieces);
        Ok(Response { status: head.status, headers: head.headers, body })
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gguf(length: usize) -> Vec<u8> {
    let mut content = b"GGUF".to_vec();
    content.extend((0..length).map(|at| u8::try_from(at % 251).expect("small")));
    content
}

/// Everything that lies in the models' folder, without the locks.
fn files(home: &TempDir) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_none_or(|ending| ending != "lock") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(home.path(), &mut found);
    found.sort();
    found
}

fn expect_whole(model: &Model, content: &[u8]) {
    assert_eq!(std::fs::read(&model.path).expect("the file"), content);
    assert_eq!(model.sha256.as_deref(), Some(sha256(content).as_str()));
    assert_eq!(model.bytes, content.len() as u64);
}

#[tokio::test]
async fn a_cut_download_goes_on_where_it_stopped() {
    for redirect in [false, true] {
        let home = tempfile::tempdir().expect("a folder");
        let content = gguf(300_000);
        let behaviour =
            Behaviour { content: content.clone(), cut_after: Some(100_000), redirect, ..Default::default() };
        let hub = FakeHub::start(behaviour).await;
        let store = hub.store(&home);
        let error = store.pull(NAME, &Loopback, &Quiet).await.expect_err("it is cut");
        assert!(error.to_string().contains("goes on from there"), "{error}");
        assert!(matches!(store.resolve(NAME), Err(StoreError::Missing(_))));
        hub.behaviour.lock().cut_after = None;
        let model = store.pull(NAME, &Loopback, &Quiet).await.expect("it goes on");
        expect_whole(&model, &content);
        let asked = hub.seen(if redirect { "files" } else { "hub" }, "range");
        assert_eq!(asked.len(), 2);
        let from = asked[1].as_deref().and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
        assert!(from.and_then(|from| from.parse::<usize>().ok()).is_some_and(|from| from > 0), "{asked:?}");
        assert_eq!(store.list().expect("a list"), std::slice::from_ref(&model));
        assert_eq!(store.resolve(NAME).expect("it is here"), model.path);
        assert_eq!(files(&home).len(), 2, "the file and its checksum: {:?}", files(&home));
    }
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_fetched_anew() {
    for no_ranges in [false, true] {
        let home = tempfile::tempdir().expect("a folder");
        let old =
            Behaviour { content: gguf(50_000), cut_after: Some(20_000), no_ranges, ..Default::default() };
        let hub = FakeHub::start(old).await;
        let store = hub.store(&home);
        store.pull(NAME, &Loopback, &Quiet).await.expect_err("it is cut");
        let content = [gguf(50_000), b"new".to_vec()].concat();
        *hub.behaviour.lock() = Behaviour { content: content.clone(), no_ranges, ..Default::default() };
        expect_whole(&store.pull(NAME, &Loopback, &Quiet).await.expect("it is fetched"), &content);
    }
}

#[tokio::test]
async fn a_file_with_the_wrong_checksum_is_never_used() {
    let home = tempfile::tempdir().expect("a folder");
    let checksum = Some("0".repeat(64));
    let hub = FakeHub::start(Behaviour { content: gguf(1000), checksum, ..Default::default() }).await;
    let store = hub.store(&home);
    let error = store.pull(NAME, &Loopback, &Quiet).await.expect_err("it is wrong");
    assert!(matches!(error, StoreError::Wrong { what: "checksum", .. }), "{error}");
    assert_eq!(store.list().expect("a list"), []);
    hub.behaviour.lock().checksum = None;
    store.pull(NAME, &Loopback, &Quiet).await.expect("the next pull starts afresh");
}

#[tokio::test]
async fn a_page_in_place_of_a_model_is_never_used() {
    let home = tempfile::tempdir().expect("a folder");
    let hub =
        FakeHub::start(Behaviour { content: b"<html>log in</html>".to_vec(), ..Default::default() }).await;
    let error = hub.store(&home).pull(NAME, &Loopback, &Quiet).await.expect_err("it is no model");
    assert!(matches!(error, StoreError::NotGguf(_)), "{error}");
}

#[tokio::test]
async fn the_users_token_goes_to_the_hub_only() {
    let home = tempfile::tempdir().expect("a folder");
    let hub = FakeHub::start(Behaviour { content: gguf(10), redirect: true, ..Default::default() }).await;
    let store = hub.store(&home);
    store.pull(NAME, &Loopback, &Quiet).await.expect("it comes");
    assert_eq!(hub.seen("hub", "authorization"), [Some("bearer secret".to_owned())]);
    assert_eq!(hub.seen("files", "authorization"), [None]);
    assert!(!format!("{store:?}").contains("secret"));
}

#[tokio::test]
async fn a_refusal_of_the_hub_says_what_to_do() {
    for (status, said) in [(401, "HF_TOKEN"), (403, "HF_TOKEN"), (404, "name"), (500, "500")] {
        let home = tempfile::tempdir().expect("a folder");
        let hub = FakeHub::start(Behaviour { status: Some(status), ..Default::default() }).await;
        let error = hub.store(&home).pull(NAME, &Loopback, &Quiet).await.expect_err("it is refused");
        assert!(error.to_string().contains(said), "{error}");
    }
}

/// Remembers what it was told.
#[derive(Default)]
struct Noted(Mutex<Vec<String>>, tokio::sync::Notify);

impl Progress for Noted {
    fn total(&self, _bytes: u64) {}
    fn at(&self, _bytes: u64) {}
    fn note(&self, text: &str) {
        self.0.lock().push(text.to_owned());
        self.1.notify_one();
    }
}

#[tokio::test]
async fn two_pulls_of_one_model_do_not_disturb_each_other() {
    let home = tempfile::tempdir().expect("a folder");
    let content = gguf(2_000_000);
    let hub = FakeHub::start(Behaviour { content: content.clone(), ..Default::default() }).await;
    let store = hub.store(&home);
    let pulls = [(); 3].map(|()| store.pull(NAME, &Loopback, &Quiet));
    for model in soon("all are done", futures_util::future::join_all(pulls)).await {
        expect_whole(&model.expect("it is pulled"), &content);
    }
    assert_eq!(hub.seen("hub", "range").len(), 1, "it is downloaded once");
    let noted = Noted::default();
    store.pull(NAME, &NoNetwork, &noted).await.expect("it is here");
    assert_eq!(*noted.0.lock(), ["it is here already"]);
}

#[tokio::test]
async fn a_file_of_this_machine_is_linked_in_and_removed_without_harm() {
    let home = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("mine.gguf");
    std::fs::write(&file, gguf(10)).expect("a file");
    let store = Store::new(home.path());
    let name = file.to_str().expect("a path");
    for _ in 0..2 {
        let model = store.pull(name, &NoNetwork, &Quiet).await.expect("it is linked");
        assert_eq!((model.name.as_str(), model.bytes), ("mine", 14));
    }
    assert_eq!(store.remove("mine").expect("it is removed").name, "mine");
    assert!(file.exists());
    assert!(matches!(store.remove("mine"), Err(StoreError::Missing(_))));
    std::fs::write(&file, b"PK\x03\x04").expect("a file");
    assert!(matches!(store.pull(name, &NoNetwork, &Quiet).await, Err(StoreError::NotGguf(_))));
}

#[tokio::test]
async fn a_missing_model_says_how_to_get_it() {
    let home = tempfile::tempdir().expect("a folder");
    let store = Store::new(home.path());
    let error = store.resolve("smollm2-135m-instruct").expect_err("it is missing");
    assert!(error.to_string().ends_with("handover model pull smollm2-135m-instruct"), "{error}");
    assert_eq!(store.list().expect("a list"), []);
    let error = store.pull("gpt-9", &NoNetwork, &Quiet).await.expect_err("it is unknown");
    assert!(error.to_string().contains("hf:owner/repository/file.gguf"), "{error}");
}

#[tokio::test]
async fn a_python_that_fails_is_reported_in_its_own_words() {
    let home = tempfile::tempdir().expect("a folder");
    let store = Store::new(home.path()).with_python("/no/such/python");
    let error = store.pull("smollm2-135m-instruct", &NoNetwork, &Quiet).await.expect_err("it fails");
    assert!(error.to_string().starts_with("/no/such/python could not download"), "{error}");
    let script = home.path().join("python");
    std::fs::write(&script, "#!/bin/sh\necho 'No matching distribution' >&2\nexit 1\n").expect("a script");
    let mut mode = std::fs::metadata(&script).expect("it is there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&script, mode).expect("it can run");
    let store = store.with_python(&script);
    let error = store.pull("smollm2-135m-instruct", &NoNetwork, &Quiet).await.expect_err("it fails");
    assert!(error.to_string().ends_with("No matching distribution"), "{error}");
    let left: Vec<_> = files(&home).into_iter().filter(|path| *path != script).collect();
    assert_eq!(left, [] as [PathBuf; 0]);
}
