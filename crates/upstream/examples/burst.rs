//! What one exchange costs: this crate's client beside hyper's, against the same raw server.
//!
//! `cargo run --release -p handover-upstream --example burst -- ours|hyper json|burst [count]`
//!
//! The server is a plain thread that answers from a constant, and only the client's thread is timed.
//! Callgrind counts both threads; the server's part is equal for both clients.
//! Under callgrind, the difference of two counts is free of the start-up and of the machine's other work.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handover_upstream::{Client, ClientConfig, Origin, Request};
use http::{HeaderMap, Method};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

const BODY: &[u8] = &[b'x'; 600];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let which = args.get(1).map_or("ours", String::as_str);
    let shape = args.get(2).map_or("json", String::as_str);
    let count: usize = args.get(3).map_or(Ok(10_000), |n| n.parse())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let answer = answer(shape);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let _ = serve(stream, &answer);
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let before = own_cpu();
    let frames = runtime.block_on(measured(which, port, count))?;
    let per_call = (own_cpu() - before) / count as f64;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{which} {shape}: {per_call:.1} us CPU per call, {:.1} frames",
        frames as f64 / count as f64
    )?;
    Ok(())
}

fn answer(shape: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: 1\r\n";
    if shape == "json" {
        return [format!("{head}content-length: 600\r\n\r\n").as_bytes(), BODY].concat();
    }
    let event = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\
                 \"delta\":{\"content\":\"word\"},\"finish_reason\":null}]}\n\n";
    let chunk = format!("{:x}\r\n{event}\r\n", event.len());
    format!("{head}transfer-encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(52)).into_bytes()
}

/// Answers each request (600 bytes of body behind a head) with the same bytes.
fn serve(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buf = [0; 8192];
    let mut have = 0;
    loop {
        let read = stream.read(&mut buf[have..])?;
        if read == 0 {
            return Ok(());
        }
        have += read;
        if buf[..have].windows(4).position(|w| w == b"\r\n\r\n").is_some_and(|at| at + 4 + 600 <= have) {
            stream.write_all(answer)?;
            have = 0;
        }
    }
}

#[inline(never)]
async fn measured(which: &str, port: u16, count: usize) -> Result<usize, Box<dyn std::error::Error>> {
    if which == "ours" { ours(port, count).await } else { hyper(port, count).await }
}

async fn ours(port: u16, count: usize) -> Result<usize, Box<dyn std::error::Error>> {
    let client = Client::new(ClientConfig::default());
    let origin = Arc::new(Origin::parse(&format!("http://127.0.0.1:{port}/v1"))?);
    let mut frames = 0;
    for _ in 0..count {
        let request = Request {
            method: Method::POST,
            origin: Arc::clone(&origin),
            path_and_query: "/chat/completions".to_owned(),
            headers: headers(),
            body: Bytes::from_static(BODY),
            connect_timeout: Duration::from_secs(2),
        };
        let mut body = client.send(request).await?.into_body();
        while let Some(frame) = body.next().await {
            frame?;
            frames += 1;
        }
    }
    Ok(frames)
}

async fn hyper(port: u16, count: usize) -> Result<usize, Box<dyn std::error::Error>> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
    let mut frames = 0;
    for _ in 0..count {
        let mut request = http::Request::new(Full::new(Bytes::from_static(BODY)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = format!("http://127.0.0.1:{port}/v1/chat/completions").parse()?;
        *request.headers_mut() = headers();
        let mut body = client.request(request).await?.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
            frames += 1;
        }
    }
    Ok(frames)
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", http::HeaderValue::from_static("application/json"));
    headers.insert("authorization", http::HeaderValue::from_static("Bearer sk-none"));
    headers
}

/// CPU time of the calling thread in microseconds, as Linux counts it; zero elsewhere.
fn own_cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or_default() / 1000.0
}
