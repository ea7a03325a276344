//! One request and its streamed answer, from both ends: what a simulated provider reads, and what a caller reads.
//!
//! Invariant: an answer that ends without its own terminator is an error here, never a shorter answer.

use crate::Result;
use crate::framing::{self, Chunks, Framing};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Head of a simulated provider's stream.
pub const STREAM_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
/// The end of its body, behind its last event.
pub const STREAM_END: &[u8] = b"0\r\n\r\n";

/// An event as one HTTP chunk.
#[must_use]
pub fn chunk(event: &str) -> Vec<u8> {
    format!("{:x}\r\n{event}\r\n", event.len()).into_bytes()
}

/// Reads one request; its body, or nothing when the other side has left between two.
///
/// # Errors
/// The socket's own.
pub async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>> {
    loop {
        if let Some(head) = framing::head(buffer) {
            match head.framing {
                Framing::Length(length) if buffer.len() >= head.length + length => {
                    let body = buffer[head.length..head.length + length].to_vec();
                    buffer.drain(..head.length + length);
                    return Ok(Some(body));
                }
                Framing::Length(_) => {}
                Framing::Chunked => {
                    let mut body = Vec::new();
                    if Chunks::default().push(&buffer[head.length..], |part| body.extend_from_slice(part)) {
                        // Requests do not overlap, so the end is the buffer's end.
                        buffer.clear();
                        return Ok(Some(body));
                    }
                }
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// A streamed answer, as it is read.
#[derive(Debug)]
pub struct Answer {
    stream: TcpStream,
    unread: Vec<u8>,
    chunks: Chunks,
    text: Vec<u8>,
    whole: bool,
}

impl Answer {
    /// Asks, and reads the head of the answer.
    ///
    /// # Errors
    /// In words, when it is no stream with status 200.
    pub async fn of(address: SocketAddr, path: &str, body: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             authorization: Bearer bench\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut unread = Vec::with_capacity(8192);
        let head = loop {
            if stream.read_buf(&mut unread).await? == 0 {
                return Err("the connection ended before the head".into());
            }
            if let Some(head) = framing::head(&unread) {
                break head;
            }
        };
        if !unread.starts_with(b"HTTP/1.1 200") || head.framing != Framing::Chunked {
            return Err(format!("not a stream: {}", String::from_utf8_lossy(&unread)).into());
        }
        unread.drain(..head.length);
        Ok(Self { stream, unread, chunks: Chunks::default(), text: Vec::new(), whole: false })
    }

    /// The text of each event that the next read brings, `None` at the answer's end. An event without text gives an
    /// empty one.
    ///
    /// # Errors
    /// When the answer is cut, or an event says that it failed.
    pub async fn next(&mut self) -> Result<Option<Vec<String>>> {
        if self.whole {
            return Ok(None);
        }
        if self.unread.is_empty() && self.stream.read_buf(&mut self.unread).await? == 0 {
            return Err("the stream was cut".into());
        }
        let text = &mut self.text;
        self.whole = self.chunks.push(&self.unread, |part| text.extend_from_slice(part));
        self.unread.clear();
        let mut pieces = Vec::new();
        while let Some(end) = memchr::memmem::find(text, b"\n\n") {
            let event: Vec<u8> = text.drain(..end + 2).collect();
            pieces.extend(text_of(&String::from_utf8_lossy(&event))?);
        }
        Ok(Some(pieces))
    }
}

/// The text that an event of the OpenAI or the Anthropic dialect bears; nothing for a comment.
fn text_of(event: &str) -> Result<Option<String>> {
    let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else { return Ok(None) };
    if data == "[DONE]" {
        return Ok(Some(String::new()));
    }
    let data: Value = serde_json::from_str(data)?;
    if data.get("error").is_some() {
        return Err(format!("the stream says: {data}").into());
    }
    let text = ["/choices/0/delta/content", "/delta/text"].iter().find_map(|at| data.pointer(at)?.as_str());
    Ok(Some(text.unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_in_both_dialects_and_an_error_is_no_text() {
        let text = |event: &str| text_of(event).map_err(|error| error.to_string());
        let openai = r#"data: {"choices":[{"delta":{"content":" a"}}]}"#;
        let anthropic =
            "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\" b\"}}";
        assert_eq!(text(openai), Ok(Some(" a".to_owned())));
        assert_eq!(text(anthropic), Ok(Some(" b".to_owned())));
        assert_eq!(text(": waiting"), Ok(None));
        assert!(text(r#"data: {"error":{"message":"no"}}"#).is_err());
    }
}
