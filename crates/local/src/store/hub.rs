//! Files from a hub that speaks the Hugging Face protocol.
//!
//! `GET {endpoint}/{owner}/{repo}/resolve/main/{file}` answers with the file, or redirects to another host that
//! has it. The first answer names the file's checksum in `x-linked-etag` and its size in `x-linked-size`.
//!
//! A download lies in `<file>.part`, with the `etag` it belongs to in `<file>.etag`. It is resumed only when the
//! hub still names the same `etag`; a file that changed in between is fetched anew.

use std::path::Path;

use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, Uri, header};
use tokio::io::AsyncWriteExt as _;

use super::error::StoreError;
use super::fetch::{Fetch, Progress, Response};
use super::files::{beside, discard};

/// Redirects that are followed.
const REDIRECTS: usize = 8;
/// The hub's header with the checksum of the file that a redirect leads to.
const LINKED_ETAG: &str = "x-linked-etag";
/// The hub's header with its size.
const LINKED_SIZE: &str = "x-linked-size";

/// Where and as whom to ask.
#[derive(Clone, PartialEq, Eq)]
pub struct Hub {
    /// The hub's base URL, such as the value of `HF_ENDPOINT`.
    pub endpoint: String,
    /// The user's token, such as the value of `HF_TOKEN`.
    pub token: Option<String>,
}

/// Where models come from unless the user says otherwise.
pub const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

impl Default for Hub {
    fn default() -> Self {
        Self { endpoint: DEFAULT_ENDPOINT.to_owned(), token: None }
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "[hidden]");
        formatter.debug_struct("Hub").field("endpoint", &self.endpoint).field("token", &token).finish()
    }
}

/// What the hub says the file is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) sha256: Option<String>,
    pub(super) bytes: Option<u64>,
    etag: Option<String>,
}

/// Downloads `file` of `repository` into `<place>.part`, going on where an earlier download stopped.
/// Returns what the hub promised about the file, to be checked by the caller.
pub(super) async fn fetch(
    hub: &Hub,
    repository: &str,
    file: &str,
    place: &Path,
    client: &impl Fetch,
    progress: &impl Progress,
) -> Result<Promise, StoreError> {
    let part = beside(place, ".part");
    let etag_file = beside(place, ".etag");
    let url = format!("{}/{repository}/resolve/main/{file}", hub.endpoint.trim_end_matches('/'));
    progress.note(&format!("asking {} for {file}", hub.endpoint));
    let mut have = std::fs::metadata(&part).map_or(0, |meta| meta.len());
    let known = std::fs::read_to_string(&etag_file).unwrap_or_default();
    let (mut response, mut promise) = ask(hub, &url, have, client).await?;
    let same = promise.etag.as_ref().is_some_and(|etag| *etag == known);
    if have > 0 && !(same && continues(&response, have)) {
        if same && promise.bytes == Some(have) {
            // The earlier pull had everything and ended before the check.
            return Ok(promise);
        }
        discard(&part)?;
        have = 0;
        if response.status != StatusCode::OK {
            (response, promise) = ask(hub, &url, 0, client).await?;
        }
    }
    expect_file(&response, &url)?;
    promise.bytes = promise.bytes.or_else(|| length(&response.headers).map(|rest| have + rest));
    if let Some(bytes) = promise.bytes {
        progress.total(bytes);
    }
    let etag = promise.etag.clone().unwrap_or_default();
    std::fs::write(&etag_file, etag).map_err(StoreError::io("write", &etag_file))?;
    save(response, &part, have, &url, progress).await?;
    Ok(promise)
}

/// Follows redirects. The user's token goes to the hub and to no other host.
async fn ask(
    hub: &Hub,
    url: &str,
    have: u64,
    client: &impl Fetch,
) -> Result<(Response, Promise), StoreError> {
    let mut promise = Promise::default();
    let mut url = url.to_owned();
    let home = origin(&url);
    for _ in 0..=REDIRECTS {
        let mut headers = vec![("accept-encoding".to_owned(), "identity".to_owned())];
        if have > 0 {
            headers.push(("range".to_owned(), format!("bytes={have}-")));
        }
        if let Some(token) = hub.token.as_ref().filter(|_| origin(&url) == home) {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        let failed = |source| StoreError::Fetch { url: url.clone(), source };
        let response = client.get(&url, &headers).await.map_err(failed)?;
        promise.learn(&response);
        if !response.status.is_redirection() {
            return Ok((response, promise));
        }
        let next = text(&response.headers, header::LOCATION.as_str()).and_then(|to| absolute(&url, &to));
        url = next.ok_or_else(|| refused(&response, &url))?;
    }
    Err(StoreError::Hub { status: 310, url, hint: ": it redirects in a circle" })
}

impl Promise {
    /// The first answer that names a thing is the hub's own, and it counts.
    fn learn(&mut self, response: &Response) {
        let headers = &response.headers;
        let direct = !response.status.is_redirection();
        let etag = text(headers, LINKED_ETAG).or_else(|| text(headers, "etag").filter(|_| direct));
        let etag = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned());
        if self.etag.is_none() {
            self.sha256 = etag.clone().filter(|etag| looks_like_sha256(etag)).map(|sum| sum.to_lowercase());
            self.etag = etag;
        }
        let size = text(headers, LINKED_SIZE).and_then(|size| size.parse().ok());
        let size = size
            .or_else(|| total_of_range(headers))
            .or_else(|| (response.status == StatusCode::OK).then(|| length(headers)).flatten());
        self.bytes = self.bytes.or(size);
    }
}

async fn save(
    response: Response,
    part: &Path,
    have: u64,
    url: &str,
    progress: &impl Progress,
) -> Result<(), StoreError> {
    let mut options = tokio::fs::OpenOptions::new();
    options.create(true).append(have > 0).write(true).truncate(have == 0);
    let mut file = options.open(part).await.map_err(StoreError::io("open", part))?;
    let mut at = have;
    let mut body = response.body;
    progress.at(at);
    let outcome = loop {
        match body.next().await {
            None => break Ok(()),
            Some(Err(source)) => break Err(StoreError::Fetch { url: url.to_owned(), source }),
            Some(Ok(bytes)) => {
                if let Err(error) = file.write_all(&bytes).await {
                    break Err(StoreError::io("write", part)(error));
                }
                at += bytes.len() as u64;
                progress.at(at);
            }
        }
    };
    // What came is kept, also when the rest did not.
    let flushed = file.flush().await.map_err(StoreError::io("write", part));
    outcome.and(flushed)
}

/// Whether the answer goes on at byte `have`.
fn continues(response: &Response, have: u64) -> bool {
    let range = text(&response.headers, header::CONTENT_RANGE.as_str()).unwrap_or_default();
    response.status == StatusCode::PARTIAL_CONTENT && range.starts_with(&format!("bytes {have}-"))
}

fn expect_file(response: &Response, url: &str) -> Result<(), StoreError> {
    match response.status {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(()),
        _ => Err(refused(response, url)),
    }
}

fn refused(response: &Response, url: &str) -> StoreError {
    let hint = match response.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            ": set HF_TOKEN to a token that may read it, and accept the model's terms on its page"
        }
        StatusCode::NOT_FOUND => ": check the repository's and the file's name",
        StatusCode::TOO_MANY_REQUESTS => ": too many requests, try again later",
        _ => "",
    };
    StoreError::Hub { status: response.status.as_u16(), url: url.to_owned(), hint }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH.as_str())?.parse().ok()
}

/// The size after the slash of `Content-Range: bytes 5-9/10`, or of `bytes */10`.
fn total_of_range(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_RANGE.as_str())?.rsplit('/').next()?.parse().ok()
}

fn looks_like_sha256(etag: &str) -> bool {
    etag.len() == 64 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Scheme, host and port.
fn origin(url: &str) -> Option<(String, String)> {
    let uri: Uri = url.parse().ok()?;
    Some((uri.scheme_str()?.to_owned(), uri.authority()?.as_str().to_lowercase()))
}

/// A redirect's target as a whole URL.
fn absolute(base: &str, location: &str) -> Option<String> {
    if location.starts_with("http://") || location.starts_with("https://") {
        return Some(location.to_owned());
    }
    let (scheme, authority) = origin(base)?;
    match location.strip_prefix("//") {
        Some(rest) => Some(format!("{scheme}://{rest}")),
        None => location.starts_with('/').then(|| format!("{scheme}://{authority}{location}")),
    }
}
