//! The upstream behind all targets: it answers at once, from bytes made beforehand.
//!
//! It runs in a process of its own (`--serve-upstream`), so that its work is not counted as the load generator's.

use crate::shape::PACE;
use crate::shape::{self, Answer};
use handover_bench::Result;
use handover_bench::framing::{self, Framing};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Answers, made once.
#[derive(Debug)]
struct Script {
    json: Vec<u8>,
    chunks: Vec<Vec<u8>>,
    burst: Vec<u8>,
}

/// Serves until the process is ended. Prints its address first: the parent reads it.
pub(crate) async fn serve(listen: &str) -> Result<()> {
    let listener = TcpListener::bind(listen).await?;
    println!("{}", listener.local_addr()?);
    let chunks = shape::stream_chunks();
    let burst = [shape::STREAM_HEAD, &chunks.concat()].concat();
    let script = Arc::new(Script { json: shape::json_answer(), chunks, burst });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let script = Arc::clone(&script);
                connections.spawn(async move {
                    // A client that leaves ends its connection; that is no event here.
                    let _ = connection(stream, &script).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(mut stream: TcpStream, script: &Script) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let Some(length) = request(&mut stream, &mut buffer).await? else { return Ok(()) };
        let answer = Answer::asked_for(&buffer[..length]);
        buffer.drain(..length);
        match answer {
            Answer::Json => stream.write_all(&script.json).await?,
            Answer::Burst => stream.write_all(&script.burst).await?,
            Answer::Paced => {
                stream.write_all(shape::STREAM_HEAD).await?;
                let mut next = Instant::now();
                for chunk in &script.chunks {
                    stream.write_all(chunk).await?;
                    next += PACE;
                    sleep_until(next).await;
                }
            }
        }
    }
}

/// Reads one request whole; gives its length, or nothing when the client has left between two.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<usize>> {
    loop {
        if let Some(head) = framing::head(buffer) {
            match head.framing {
                Framing::Length(body) if buffer.len() >= head.length + body => {
                    return Ok(Some(head.length + body));
                }
                Framing::Length(_) => {}
                Framing::Chunked => {
                    // A gateway that re-frames the request; requests do not overlap, so the end is the buffer's end.
                    if framing::Chunks::default().push(&buffer[head.length..], |_| ()) {
                        return Ok(Some(buffer.len()));
                    }
                }
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}
