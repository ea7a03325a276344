//! A simulated provider of healthy streams, in two dialects.

use handover_bench::Result;
use handover_bench::exchange::{STREAM_END, STREAM_HEAD, chunk, request};
use handover_bench::prose::{self, Space};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    OpenAi,
    Anthropic,
}

impl Dialect {
    /// As configurations name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Dialect::OpenAi => "openai",
            Dialect::Anthropic => "anthropic",
        }
    }

    /// What stands behind the address in a `base_url`.
    pub(crate) const fn base(self) -> &'static str {
        match self {
            Dialect::OpenAi => "/v1",
            Dialect::Anthropic => "",
        }
    }

    /// Where a caller asks.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Dialect::OpenAi => "/v1/chat/completions",
            Dialect::Anthropic => "/v1/messages",
        }
    }

    /// A whole stream of these pieces: what stands in front of them, each of them, what stands behind.
    fn stream(self, pieces: &[&str]) -> (String, Vec<String>, String) {
        match self {
            Dialect::OpenAi => {
                let event = |delta: serde_json::Value, finish: Option<&str>| {
                    let event = json!({"id": "chatcmpl-bench00000000000000000001", "object": "chat.completion.chunk",
                        "created": 1_700_000_000, "model": "bench-model", "system_fingerprint": "fp_bench",
                        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]});
                    format!("data: {event}\n\n")
                };
                (
                    event(json!({"role": "assistant", "content": ""}), None),
                    pieces.iter().map(|piece| event(json!({"content": piece}), None)).collect(),
                    format!("{}data: [DONE]\n\n", event(json!({}), Some("stop"))),
                )
            }
            Dialect::Anthropic => {
                let event = |event: serde_json::Value| {
                    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
                };
                let start = json!({"type": "message_start", "message": {"id": "msg_bench0001", "type": "message",
                    "role": "assistant", "model": "bench-model", "content": [], "stop_reason": null,
                    "stop_sequence": null, "usage": {"input_tokens": 21, "output_tokens": 1}}});
                let open = json!({"type": "content_block_start", "index": 0,
                    "content_block": {"type": "text", "text": ""}});
                let piece = |text: &&str| {
                    event(json!({"type": "content_block_delta", "index": 0,
                        "delta": {"type": "text_delta", "text": text}}))
                };
                let delta = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn",
                    "stop_sequence": null}, "usage": {"output_tokens": pieces.len()}});
                let close = event(json!({"type": "content_block_stop", "index": 0}));
                let stop = event(json!({"type": "message_stop"}));
                (
                    event(start) + &event(open),
                    pieces.iter().map(piece).collect(),
                    close + &event(delta) + &stop,
                )
            }
        }
    }
}

/// How a stream is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// The next event leaves when the caller has the one before.
    OneByOne,
    /// All of them in one write.
    AtOnce,
}

impl Writes {
    /// As printed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Writes::OneByOne => "singly",
            Writes::AtOnce => "at once",
        }
    }
}

/// A provider that listens.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    /// So many pieces the caller has, and the provider has not heard of.
    came: Arc<Semaphore>,
    _serving: JoinSet<()>,
}

impl Provider {
    pub(crate) async fn open(dialect: Dialect, writes: Writes) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let came = Arc::new(Semaphore::new(0));
        let (mut serving, heard) = (JoinSet::new(), Arc::clone(&came));
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let came = Arc::clone(&heard);
                connections.spawn(async move {
                    // A gateway that ends closes its connections; that is no event here.
                    let _ = serve(stream, dialect, writes, &came).await;
                });
            }
        });
        Ok(Self { address, came, _serving: serving })
    }

    /// The caller has this many pieces more.
    pub(crate) fn came(&self, pieces: usize) {
        self.came.add_permits(pieces);
    }
}

async fn serve(mut stream: TcpStream, dialect: Dialect, writes: Writes, came: &Semaphore) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(body) = request(&mut stream, &mut buffer).await? {
        let body = String::from_utf8_lossy(&body);
        let asked = body.split_once("length ").map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit));
        let length: usize = asked.ok_or("no length is asked for")?.collect::<String>().parse()?;
        let (start, pieces, end) = dialect.stream(&prose::pieces(0, length, Space::InFront));
        let mut all = [STREAM_HEAD, &chunk(&start)].concat();
        if writes == Writes::AtOnce {
            pieces.iter().for_each(|piece| all.extend(chunk(piece)));
        }
        stream.write_all(&all).await?;
        if writes == Writes::OneByOne {
            for piece in &pieces {
                stream.write_all(&chunk(piece)).await?;
                came.acquire().await?.forget();
            }
        } else {
            came.acquire_many(u32::try_from(pieces.len())?).await?.forget();
        }
        stream.write_all(&[&chunk(&end), STREAM_END].concat()).await?;
    }
    Ok(())
}
