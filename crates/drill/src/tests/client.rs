//! A client that hides nothing: it sends bytes and tells what came back and how it ended.

use std::io;
use std::time::Duration;

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::{Dialect, Script, Simulator};

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    Reset,
    /// Nothing more for an hour of paused time.
    Silence,
}

/// All that a client saw.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) head: String,
    /// The body without HTTP's chunk marks.
    pub(super) body: Vec<u8>,
    /// Chunk by chunk; one when the body is not chunked.
    pub(super) chunks: Vec<Vec<u8>>,
    /// HTTP says that the body is whole.
    pub(super) whole: bool,
    pub(super) end: End,
}

impl Seen {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Text of the answer, however far it came: every dialect's text deltas.
    pub(super) fn said(&self) -> String {
        said(&self.text())
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

pub(super) fn said(stream: &str) -> String {
    stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter_map(|data| serde_json::from_str::<Value>(data).ok())
        .filter_map(|event| {
            let openai = &event["choices"][0]["delta"]["content"];
            let cohere = &event["delta"]["message"]["content"]["text"];
            [openai, &event["delta"]["text"], cohere]
                .into_iter()
                .find_map(|text| text.as_str().map(str::to_owned))
        })
        .collect()
}

/// A request that every check lets pass.
pub(super) fn body(dialect: Dialect, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": "Say it"}]);
    match dialect {
        Dialect::OpenAi => json!({"model": "gpt-4o", "stream": stream, "messages": messages}),
        Dialect::Anthropic => {
            json!({"model": "claude-haiku-4-5", "stream": stream, "max_tokens": 99, "messages": messages})
        }
        Dialect::Cohere => json!({"model": "command-a-03-2025", "stream": stream, "messages": messages}),
    }
}

pub(super) fn request(dialect: Dialect, body: &Value) -> http::Request<String> {
    http::Request::post(dialect.chat_path())
        .header("authorization", "Bearer sk-test")
        .header("anthropic-version", "2023-06-01")
        .body(body.to_string())
        .unwrap()
}

/// Status and body of a request that is answered to its end.
pub(super) async fn ask(simulator: &Simulator, request: http::Request<String>) -> (u16, String) {
    let response = simulator.respond(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

pub(super) fn bytes_of(dialect: Dialect, stream: bool) -> Vec<u8> {
    let body = body(dialect, stream).to_string();
    format!(
        "POST {} HTTP/1.1\r\nhost: sim\r\nauthorization: Bearer sk-test\r\nanthropic-version: 2023-06-01\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        dialect.chat_path(),
        body.len(),
    )
    .into_bytes()
}

/// Plays one script to a client in memory.
pub(super) async fn play(dialect: Dialect, script: Script, stream: bool) -> Seen {
    let simulator = Simulator::new(dialect).default(script);
    let io = simulator.connect().unwrap();
    exchange(io, &bytes_of(dialect, stream)).await
}

/// Sends a request and reads to the end, whatever end it is.
pub(super) async fn exchange(mut io: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Seen {
    io.write_all(request).await.unwrap();
    let mut received = Vec::new();
    let end = loop {
        let mut piece = [0; 4096];
        match timeout(Duration::from_secs(3600), io.read(&mut piece)).await {
            Err(_silence) => break End::Silence,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(read)) => received.extend_from_slice(&piece[..read]),
            Ok(Err(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
                break End::Reset;
            }
        }
    };
    seen(&received, end)
}

fn seen(received: &[u8], end: End) -> Seen {
    let Some(split) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        assert!(received.is_empty(), "half a head: {received:?}");
        return Seen { status: 0, head: String::new(), body: vec![], chunks: vec![], whole: false, end };
    };
    let head = String::from_utf8(received[..split].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let rest = &received[split + 4..];
    let mut seen = Seen { status, head, body: vec![], chunks: vec![], whole: false, end };
    if seen.header("transfer-encoding") == "chunked" {
        (seen.chunks, seen.whole) = chunks(rest);
    } else {
        seen.whole = seen.header("content-length").parse() == Ok(rest.len());
        seen.chunks = vec![rest.to_vec()];
    }
    seen.body = seen.chunks.concat();
    seen
}

fn chunks(mut rest: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let mut chunks = Vec::new();
    while let Some(line) = rest.windows(2).position(|bytes| bytes == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return (chunks, true);
        }
        chunks.push(rest[line + 2..line + 2 + size].to_vec());
        rest = &rest[line + 2 + size + 2..];
    }
    (chunks, false)
}
