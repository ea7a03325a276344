//! Callers in a row, at once, and such as leave: what tests of breakers, limits and queues have in common.

use crate::world::{World, hello};
use handover_dialect::Dialect::OpenAi;
use handover_dispatch::{Incoming, Reply, dispatch};
use handover_drill::Playlist;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;
use tokio::time::Instant;

/// A caller's end, in a few words. Unlike [`World::read`] it can be had for many callers at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) status: u16,
    /// Who served, without the model; empty when nobody did.
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) attempts: String,
    /// The answer came to its proper end.
    pub(crate) whole: bool,
    pub(crate) took: Duration,
}

impl Brief {
    fn new(status: u16, headers: &HeaderMap, whole: bool, took: Duration) -> Self {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let by = text("x-handover-served").split('/').next().unwrap_or_default().to_owned();
        let (reason, attempts) =
            (text("x-handover-reason").to_owned(), text("x-handover-attempts").to_owned());
        Self { status, by, reason, attempts, whole, took }
    }
}

/// A streaming "Say hello" with these headers.
pub(crate) fn with(world: &World, headers: &[(&str, &str)]) -> Incoming {
    with_body(world, true, headers)
}

/// "Say hello" with these headers.
pub(crate) fn with_body(world: &World, stream: bool, headers: &[(&str, &str)]) -> Incoming {
    let mut incoming = world.incoming(OpenAi, &hello(OpenAi, stream));
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        incoming.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
    }
    incoming
}

/// Asks and reads to the end.
pub(crate) async fn ask(world: &World, incoming: Incoming) -> Brief {
    let start = Instant::now();
    match Box::pin(dispatch(&world.engine, incoming)).await {
        Reply::Whole { status, headers, .. } => {
            Brief::new(status, &headers, status == 200, Instant::now() - start)
        }
        Reply::Stream { headers, mut relay } => {
            let mut whole = true;
            while let Some(next) = relay.next().await {
                whole &= next.is_ok();
            }
            Brief::new(200, &headers, whole, Instant::now() - start)
        }
    }
}

/// A streaming "Say hello", read to its end.
pub(crate) async fn hi(world: &World) -> Brief {
    ask(world, with(world, &[])).await
}

/// The same after a while.
pub(crate) async fn hi_after(world: &World, time: Duration) -> Brief {
    tokio::time::sleep(time).await;
    hi(world).await
}

/// The same, by a caller that leaves after a while; `None` when it did.
pub(crate) async fn hi_for(world: &World, time: Duration) -> Option<Brief> {
    tokio::time::timeout(time, hi(world)).await.ok()
}

/// The script of a provider from now on.
pub(crate) fn play(world: &World, provider: usize, script: &str) {
    world.simulators[provider].play(script.parse::<Playlist>().unwrap_or_else(|e| panic!("{script}: {e}")));
}

/// How many requests a provider has got.
pub(crate) fn asked(world: &World, provider: usize) -> u64 {
    world.simulators[provider].count()
}
