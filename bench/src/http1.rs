//! Just enough HTTP/1.1 to load a server and to check what it answers: one connection, one answer at a time.
//!
//! Invariant: an answer counts as good only when it is complete: status 200, the whole body by its own framing, and
//! for a stream the closing `[DONE]`.

use handover_bench::Result;
use handover_bench::framing::{Chunks, Framing, head};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Counts the places of a few bytes in a stream, however the stream is cut.
#[derive(Debug)]
struct Counter {
    wanted: &'static [u8],
    seen: usize,
    /// The last bytes so far: too few to hold what is wanted, enough to hold its beginning.
    carry: Vec<u8>,
}

impl Counter {
    fn new(wanted: &'static [u8]) -> Self {
        Self { wanted, seen: 0, carry: Vec::with_capacity(2 * wanted.len()) }
    }

    /// Reads on; gives how many were found.
    fn push(&mut self, payload: &[u8]) -> usize {
        let short = self.wanted.len() - 1;
        self.carry.extend_from_slice(&payload[..short.min(payload.len())]);
        // Either side of the cut is too short for a match of its own: what is found here spans it.
        let mut found = memchr::memmem::find_iter(&self.carry, self.wanted).count();
        if payload.len() > short {
            found += memchr::memmem::find_iter(payload, self.wanted).count();
            self.carry.clear();
            self.carry.extend_from_slice(&payload[payload.len() - short..]);
        } else {
            self.carry.drain(..self.carry.len().saturating_sub(short));
        }
        self.seen += found;
        found
    }
}

/// A stream's events. Comments that a gateway adds are none.
#[derive(Debug)]
struct Events {
    data: Counter,
    done: Counter,
}

impl Default for Events {
    fn default() -> Self {
        Self { data: Counter::new(b"data: "), done: Counter::new(b"data: [DONE]\n\n") }
    }
}

impl Events {
    fn push(&mut self, payload: &[u8]) -> usize {
        self.done.push(payload);
        self.data.push(payload)
    }
}

/// Reads one answer. `on_events` hears how many events each read brought.
pub(crate) async fn answer(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    streamed: bool,
    mut on_events: impl FnMut(usize),
) -> Result<()> {
    buffer.clear();
    let head = loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the connection ended before the head".into());
        }
        if let Some(head) = head(buffer) {
            break head;
        }
    };
    if !buffer.starts_with(b"HTTP/1.1 200") {
        let line = String::from_utf8_lossy(buffer.split(|byte| *byte == b'\r').next().unwrap_or_default());
        return Err(line.into_owned().into());
    }
    match head.framing {
        Framing::Length(length) => {
            while buffer.len() < head.length + length {
                if stream.read_buf(buffer).await? == 0 {
                    return Err("the body was cut".into());
                }
            }
            let whole = memchr::memmem::find(&buffer[head.length..], b"\"choices\"").is_some();
            if streamed || !whole { Err("not the answer that was asked for".into()) } else { Ok(()) }
        }
        Framing::Chunked => {
            let (mut chunks, mut events) = (Chunks::default(), Events::default());
            buffer.drain(..head.length);
            loop {
                let mut new = 0;
                let whole = chunks.push(buffer, |payload| new += events.push(payload));
                on_events(new);
                if whole {
                    let ended = !streamed || events.done.seen == 1;
                    return if ended { Ok(()) } else { Err("the stream ended without [DONE]".into()) };
                }
                buffer.clear();
                if stream.read_buf(buffer).await? == 0 {
                    return Err("the stream was cut".into());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape;

    /// Whatever the cut, the same events and the same end: else the numbers depend on packet sizes.
    #[test]
    fn events_are_counted_the_same_however_the_bytes_are_cut() {
        let body = shape::stream_chunks().concat();
        for size in [1, 2, 3, 7, 64, 1000, body.len()] {
            let (mut chunks, mut events) = (Chunks::default(), Events::default());
            let mut whole = false;
            for piece in body.chunks(size) {
                whole = chunks.push(piece, |payload| {
                    events.push(payload);
                });
            }
            assert!(whole, "pieces of {size}");
            assert_eq!((events.data.seen, events.done.seen), (shape::EVENTS, 1), "pieces of {size}");
        }
    }

    #[test]
    fn a_cut_body_is_not_taken_for_a_whole_one() {
        let body = shape::stream_chunks().concat();
        assert!(!Chunks::default().push(&body[..body.len() - 1], |_| ()));
    }
}
