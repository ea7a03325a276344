//! The target that breaks off.

use crate::plan::{Case, Ledger};
use handover_bench::Result;
use handover_bench::exchange::{STREAM_HEAD, chunk, request};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// So many tokens before the cut come one by one, the others at once: nobody waits for them.
const SLOW: usize = 8;

/// Listens.
pub(crate) async fn open(serving: &mut JoinSet<()>, ledger: Arc<Ledger>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let ledger = Arc::clone(&ledger);
            connections.spawn(async move {
                if let Err(error) = break_off(stream, &ledger).await {
                    eprintln!("lead: {error}");
                }
            });
        }
    });
    Ok(address)
}

/// An event with a piece of text.
pub(crate) fn event(piece: &str) -> Vec<u8> {
    let event = json!({"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_700_000_000,
        "model": "bench-model", "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": null}]});
    chunk(&format!("data: {event}\n\n"))
}

async fn break_off(mut stream: TcpStream, ledger: &Ledger) -> Result<()> {
    stream.set_nodelay(true)?;
    let Some(body) = request(&mut stream, &mut Vec::new()).await? else { return Ok(()) };
    let case = Case::asked(&String::from_utf8_lossy(&body)).ok_or("no case is asked for")?;
    let (fast, slow) = case.before().split_at(case.before().len().saturating_sub(SLOW));
    let mut all = STREAM_HEAD.to_vec();
    fast.iter().for_each(|piece| all.extend(event(piece)));
    stream.write_all(&all).await?;
    for piece in slow {
        sleep(Duration::from_millis(1)).await;
        stream.write_all(&event(piece)).await?;
    }
    ledger.note(case.number, |times| times.cut = Some(Instant::now()));
    Ok(())
}
