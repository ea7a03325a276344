//! A simulated provider on a real port, whose sockets are watched.
//!
//! The simulator of the `drill` crate answers over a connection in memory; this module carries its bytes to a real
//! socket. So the port can be really closed, and each byte and each close is seen at the moment it happens: whose
//! request it is, how far the answer has come, and when the gateway hangs up.

use crate::ledger::{End, Ledger, Phase, Place};
use crate::plan::{DIGITS, MARK};
use handover_bench::Result;
use handover_bench::framing::{self, Chunks, Framing};
use handover_drill::{ClientIo, Dialect, Reachable, Simulator};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// A provider.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Its name in the configuration.
    pub(crate) name: &'static str,
    pub(crate) dialect: Dialect,
    /// What it calls its model.
    pub(crate) model: &'static str,
    /// In every word of its answers, and nowhere else in them.
    pub(crate) word: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) simulator: Simulator,
    /// Connections the gateway has open.
    pub(crate) open: AtomicUsize,
    /// Connections that it ended while nothing was asked on them: the gateway may not have noticed.
    pub(crate) ended_idle: AtomicUsize,
    door: watch::Sender<bool>,
    ledger: Arc<Ledger>,
}

impl Provider {
    pub(crate) fn new(
        (name, dialect, model, word): (&'static str, Dialect, &'static str, &'static str),
        address: SocketAddr,
        ledger: Arc<Ledger>,
    ) -> Self {
        let simulator = Simulator::new(dialect).named(name);
        let (open, ended_idle) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let door = watch::Sender::new(true);
        Self { name, dialect, model, word, address, simulator, open, ended_idle, door, ledger }
    }

    /// What happens to connections from now on. A refused one meets a closed port.
    pub(crate) fn reachable(&self, how: Reachable) {
        self.door.send_if_modified(|open| {
            let wanted = how != Reachable::Refused;
            std::mem::replace(open, wanted) != wanted
        });
        self.simulator.reachable(how);
    }

    /// Listens whenever the port is to be open.
    pub(crate) async fn serve(self: Arc<Self>, tasks: TaskTracker) -> Result<()> {
        let mut door = self.door.subscribe();
        loop {
            if !*door.borrow_and_update() {
                door.changed().await?;
                continue;
            }
            let listener = self.bind().await?;
            loop {
                tokio::select! {
                    changed = door.changed() => {
                        changed?;
                        break;
                    }
                    accepted = listener.accept() => {
                        let (stream, _) = accepted?;
                        let this = self.clone();
                        tasks.spawn(async move { this.carry(stream).await });
                    }
                }
            }
        }
    }

    /// The port may still be held by connections that are being reset.
    async fn bind(&self) -> Result<TcpListener> {
        for _ in 0..100 {
            if let Ok(listener) = TcpListener::bind(self.address).await {
                return Ok(listener);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("{} cannot be opened again", self.address).into())
    }

    async fn carry(&self, mut gateway: TcpStream) {
        // Nagle's wait would be taken for the gateway's.
        let _ = gateway.set_nodelay(true);
        let Ok(mut simulator) = self.simulator.connect() else {
            let _ = gateway.set_zero_linger();
            return;
        };
        self.open.fetch_add(1, Ordering::Relaxed);
        let mut visit = Visit { ledger: &self.ledger, word: self.word, asked: Tail::default(), answer: None };
        if self.pump(&mut gateway, &mut simulator, &mut visit).await == Hangup::Reset {
            let _ = gateway.set_zero_linger();
        }
        drop(gateway);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    async fn pump(&self, gateway: &mut TcpStream, simulator: &mut ClientIo, visit: &mut Visit<'_>) -> Hangup {
        let (mut asked, mut said) = (vec![0; 16 << 10], vec![0; 16 << 10]);
        loop {
            tokio::select! {
                read = gateway.read(&mut asked) => match read {
                    Ok(0) | Err(_) => {
                        visit.end(End::Closed);
                        return Hangup::Gateway;
                    }
                    Ok(bytes) => {
                        visit.hear(&asked[..bytes]);
                        if simulator.write_all(&asked[..bytes]).await.is_err() {
                            visit.end(End::ByProvider);
                            return Hangup::Reset;
                        }
                    }
                },
                read = simulator.read(&mut said) => match read {
                    ended @ (Ok(0) | Err(_)) => {
                        if visit.answer.is_none() {
                            self.ended_idle.fetch_add(1, Ordering::Relaxed);
                        }
                        visit.end(End::ByProvider);
                        return if ended.is_ok() { Hangup::Provider } else { Hangup::Reset };
                    }
                    Ok(bytes) => {
                        visit.say(&said[..bytes]);
                        // A gateway that closes with this unread is noticed here.
                        if gateway.write_all(&said[..bytes]).await.is_err() {
                            visit.end(End::Closed);
                            return Hangup::Gateway;
                        }
                    }
                },
            }
        }
    }
}

/// Who ended a connection, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hangup {
    Gateway,
    Provider,
    Reset,
}

/// Finds words in a stream of bytes, however it is cut.
#[derive(Debug, Default)]
struct Tail(Vec<u8>);

impl Tail {
    /// The new bytes, with some of the old before them.
    fn with(&mut self, bytes: &[u8]) -> &[u8] {
        const KEPT: usize = 64;
        let old = self.0.len().saturating_sub(KEPT);
        self.0.drain(..old);
        self.0.extend_from_slice(bytes);
        &self.0
    }
}

/// What is going on upon a connection.
#[derive(Debug)]
struct Visit<'a> {
    ledger: &'a Ledger,
    word: &'static str,
    asked: Tail,
    answer: Option<Answering>,
}

/// An answer under way.
#[derive(Debug)]
struct Answering {
    place: Option<Place>,
    head: Vec<u8>,
    body: Option<Body>,
    text: Tail,
}

#[derive(Debug)]
enum Body {
    Length(usize),
    Chunked(Chunks),
}

impl Visit<'_> {
    fn hear(&mut self, bytes: &[u8]) {
        let Some(number) = marked(self.asked.with(bytes)) else { return };
        self.asked.0.clear();
        let place = self.ledger.asked(number);
        self.answer = Some(Answering { place, head: Vec::new(), body: None, text: Tail::default() });
    }

    fn say(&mut self, bytes: &[u8]) {
        let Some(answer) = &mut self.answer else { return };
        let reached = |phase| {
            if let Some(place) = answer.place {
                self.ledger.reached(place, phase);
            }
        };
        if memchr::memmem::find(answer.text.with(bytes), self.word.as_bytes()).is_some() {
            reached(Phase::InAnswer);
        }
        let whole = match &mut answer.body {
            Some(body) => body.push(bytes),
            None => {
                answer.head.extend_from_slice(bytes);
                let Some(head) = framing::head(&answer.head) else { return };
                reached(Phase::BeforeFirstToken);
                let mut body = match head.framing {
                    Framing::Length(length) => Body::Length(length),
                    Framing::Chunked => Body::Chunked(Chunks::default()),
                };
                let whole = body.push(&answer.head[head.length..]);
                answer.body = Some(body);
                whole
            }
        };
        if whole {
            self.end(End::ByProvider);
        }
    }

    fn end(&mut self, end: End) {
        if let Some(place) = self.answer.take().and_then(|answer| answer.place) {
            self.ledger.ended(place, end);
        }
    }
}

impl Body {
    fn push(&mut self, bytes: &[u8]) -> bool {
        match self {
            Body::Length(left) => {
                *left = left.saturating_sub(bytes.len());
                *left == 0
            }
            Body::Chunked(chunks) => chunks.push(bytes, |_| ()),
        }
    }
}

/// The number of the request that these bytes are part of.
fn marked(bytes: &[u8]) -> Option<u32> {
    let at = memchr::memmem::find(bytes, MARK.as_bytes())? + MARK.len();
    std::str::from_utf8(bytes.get(at..at + DIGITS)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One connection, told in pieces of some size, and what the ledger says of it.
    fn story(size: usize, said: &str, end: Option<End>) -> crate::ledger::Judged {
        let ledger = Ledger::default();
        ledger.sent(7);
        let mut visit = Visit { ledger: &ledger, word: "amber", asked: Tail::default(), answer: None };
        for piece in b"POST / HTTP/1.1\r\n\r\n{\"soak-request-000000007 and\"}".chunks(size) {
            visit.hear(piece);
        }
        for piece in said.as_bytes().chunks(size) {
            visit.say(piece);
        }
        ledger.left(7);
        if let Some(end) = end {
            visit.end(end);
        }
        ledger.judge(7)
    }

    #[test]
    fn each_phase_is_recognised_however_the_bytes_are_cut() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        for size in [1, 7, 1000] {
            let check = |said: &str, phase: Option<Phase>| {
                let judged = story(size, said, Some(End::Closed));
                let found = judged.followed.first().map(|followed| followed.phase);
                assert_eq!(found, phase, "pieces of {size}: {said}");
            };
            check("", Some(Phase::BeforeHead));
            check("HTTP/1.1 200", Some(Phase::BeforeHead));
            check(head, Some(Phase::BeforeFirstToken));
            check(&format!("{head}8\r\nan amber\r\n"), Some(Phase::InAnswer));
            // Whole: the provider has nothing more to do, and no close is expected.
            check(&format!("{head}8\r\nan amber\r\n0\r\n\r\n"), None);
            check("HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n{}", None);
        }
    }

    #[test]
    fn an_answer_that_nobody_stops_is_noticed() {
        assert_eq!(story(1000, "HTTP/1.1 200 OK\r\n", None).violations.len(), 1);
    }
}
