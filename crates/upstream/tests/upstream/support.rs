//! Raw peers for the tests: a TCP listener spoken to byte by byte, and a connector over in-memory pipes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handover_upstream::{Client, ClientConfig, Connected, Connecting, Connector, Io, Origin, Request};
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

pub(crate) fn client() -> Client {
    Client::new(ClientConfig::default())
}

/// A small JSON call, as dispatch makes it.
pub(crate) fn call(origin: &Arc<Origin>) -> Request {
    Request {
        method: Method::POST,
        origin: Arc::clone(origin),
        path_and_query: "/chat/completions".to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        connect_timeout: Duration::from_secs(5),
    }
}

/// A listening peer.
pub(crate) struct Peer {
    listener: TcpListener,
    pub(crate) port: u16,
}

impl Peer {
    pub(crate) async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    pub(crate) fn origin(&self) -> Arc<Origin> {
        Arc::new(Origin::parse(&format!("http://127.0.0.1:{}/v1", self.port)).unwrap())
    }

    pub(crate) async fn accept(&self) -> Conn<TcpStream> {
        Conn::new(self.listener.accept().await.unwrap().0)
    }
}

/// The peer's end of one connection.
pub(crate) struct Conn<S> {
    pub(crate) stream: S,
    read: Vec<u8>,
}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Conn<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, read: Vec::new() }
    }

    /// Reads one request (head and counted body) and returns its text.
    pub(crate) async fn request(&mut self) -> String {
        let head = loop {
            if let Some(at) = self.read.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            assert_ne!(self.fill().await, 0, "the client closed before a whole request came");
        };
        let text = String::from_utf8(self.read[..head].to_vec()).unwrap();
        let length = text
            .lines()
            .find_map(|l| l.strip_prefix("content-length: "))
            .map_or(0, |n| n.parse::<usize>().unwrap());
        while self.read.len() < head + length {
            assert_ne!(self.fill().await, 0, "the client closed in mid-request");
        }
        String::from_utf8(self.read.drain(..head + length).collect()).unwrap()
    }

    async fn fill(&mut self) -> usize {
        self.stream.read_buf(&mut self.read).await.unwrap_or(0)
    }

    pub(crate) async fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Answers with a counted body.
    pub(crate) async fn answer(&mut self, body: &str) {
        self.write(&counted(body)).await;
    }

    /// Waits until the client has closed.
    pub(crate) async fn closed(&mut self) {
        while self.fill().await != 0 {}
    }
}

pub(crate) fn counted(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A connector over in-memory pipes. Each connection's other end comes out of the channel.
pub(crate) struct Pipes {
    opened: mpsc::Sender<Conn<DuplexStream>>,
    http2: bool,
}

pub(crate) fn pipes() -> (Client, mpsc::Receiver<Conn<DuplexStream>>) {
    let (opened, accepted) = mpsc::channel(16);
    (Client::with_connector(Arc::new(Pipes { opened, http2: false })), accepted)
}

impl Connector for Pipes {
    fn connect<'a>(&'a self, _: &'a Origin, _: Duration) -> Connecting<'a> {
        Box::pin(async {
            let (ours, theirs) = duplex(64 * 1024);
            self.opened.send(Conn::new(theirs)).await.unwrap();
            let io: Box<dyn Io> = Box::new(ours);
            Ok(Connected { io, http2: self.http2 })
        })
    }
}

/// A connector that never comes to an end: a blackhole.
pub(crate) struct Blackhole;

impl Connector for Blackhole {
    fn connect<'a>(&'a self, _: &'a Origin, _: Duration) -> Connecting<'a> {
        Box::pin(std::future::pending())
    }
}
