//! Heads: writing the request's, reading the response's.

use std::io::Write as _;
use std::mem::MaybeUninit;

use bytes::{Buf, Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Version};

use super::chunked::Chunked;
use crate::Request;

/// The most headers a response may have.
const MAX_HEADERS: usize = 128;

/// The longest response head, in bytes.
pub(crate) const MAX_HEAD: usize = 64 * 1024;

/// What we are called, unless the caller says otherwise.
pub(crate) const USER_AGENT: &str = concat!("handover/", env!("CARGO_PKG_VERSION"));

/// Where the body of a response ends (RFC 9112, section 6.3).
#[derive(Debug)]
pub(crate) enum Framing {
    /// After so many more bytes.
    Length(u64),
    /// Where the chunked coding says.
    Chunked(Chunked),
    /// With the connection.
    Close,
}

/// A response head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) framing: Framing,
    /// Whether the connection may carry another request after this answer.
    pub(crate) keep_alive: bool,
}

/// A head that is no HTTP; the text says why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadHead(pub(crate) &'static str);

// === the request's head ===

/// Appends the head of `request` to `out`. The connection's own headers are ours to set; the caller's are left out.
pub(crate) fn encode(request: &Request, out: &mut Vec<u8>) {
    let origin = &request.origin;
    for part in [request.method.as_str(), " ", &origin.base_path, &request.path_and_query, " HTTP/1.1\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    if !request.headers.contains_key(header::HOST) {
        line(out, header::HOST.as_str(), origin.authority.as_bytes());
    }
    for (name, value) in &request.headers {
        if !is_ours(name) {
            line(out, name.as_str(), value.as_bytes());
        }
    }
    if !request.headers.contains_key(header::USER_AGENT) {
        line(out, header::USER_AGENT.as_str(), USER_AGENT.as_bytes());
    }
    if !request.body.is_empty() || request.method == Method::POST {
        // Writing into a vector cannot fail.
        let _ = write!(out, "content-length: {}\r\n", request.body.len());
    }
    out.extend_from_slice(b"\r\n");
}

fn line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Headers that speak about one connection or about framing, and so are never taken over from a caller.
pub(crate) fn is_ours(name: &HeaderName) -> bool {
    *name == header::CONTENT_LENGTH
        || *name == header::TRANSFER_ENCODING
        || *name == header::CONNECTION
        || *name == header::TE
        || *name == header::UPGRADE
        || *name == header::EXPECT
        || *name == header::TRAILER
        || name.as_str() == "keep-alive"
        || name.as_str() == "proxy-connection"
}

// === the response's head ===

/// Takes a response head out of `buf`, or says that more bytes are needed.
///
/// `scanned` counts the bytes already searched for the end of the head, so that a head that drips in
/// byte by byte is searched once and parsed once.
pub(crate) fn parse(
    buf: &mut BytesMut,
    scanned: &mut usize,
    method: &Method,
) -> Result<Option<Head>, BadHead> {
    loop {
        if *scanned == 0 {
            // An empty line before the status line is tolerated (RFC 9112, section 2.2).
            let blank = buf.iter().take_while(|&&b| b == b'\r' || b == b'\n').count();
            buf.advance(blank);
        }
        let Some(length) = find_end(buf, scanned) else {
            return if MAX_HEAD <= buf.len() { Err(BadHead("response head too large")) } else { Ok(None) };
        };
        if MAX_HEAD < length {
            return Err(BadHead("response head too large"));
        }
        let block = buf.split_to(length).freeze();
        *scanned = 0;
        let head = parse_block(&block, method)?;
        match head.status {
            StatusCode::SWITCHING_PROTOCOLS => return Err(BadHead("an upgrade that nobody asked for")),
            // Interim answers (100, 103) say nothing we need.
            status if status.is_informational() => {}
            _ => return Ok(Some(head)),
        }
    }
}

/// The length of the head in `buf`, with the empty line that ends it.
fn find_end(buf: &[u8], scanned: &mut usize) -> Option<usize> {
    for newline in memchr::memchr_iter(b'\n', &buf[*scanned..]) {
        let at = *scanned + newline;
        match &buf[..at] {
            [.., b'\n'] | [.., b'\n', b'\r'] => return Some(at + 1),
            _ => {}
        }
    }
    *scanned = buf.len();
    None
}

fn parse_block(block: &Bytes, method: &Method) -> Result<Head, BadHead> {
    let mut slots = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut []);
    let outcome =
        httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut parsed, block, &mut slots);
    match outcome {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(BadHead("incomplete response head")),
        Err(httparse::Error::TooManyHeaders) => return Err(BadHead("too many response headers")),
        Err(_) => return Err(BadHead("not an HTTP response")),
    }
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(BadHead("bad status"))?;
    let version = if parsed.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
    let mut headers = HeaderMap::with_capacity(parsed.headers.len());
    for field in parsed.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| BadHead("bad header name"))?;
        let value = HeaderValue::from_maybe_shared(block.slice_ref(field.value))
            .map_err(|_| BadHead("bad header value"))?;
        headers.append(name, value);
    }
    let (framing, sure) = framing(status, version, &headers, method)?;
    let keep_alive = sure && wants_keep_alive(version, &headers);
    Ok(Head { status, version, headers, framing, keep_alive })
}

/// Where the body ends, and whether that is sure enough to use the connection again.
fn framing(
    status: StatusCode,
    version: Version,
    headers: &HeaderMap,
    method: &Method,
) -> Result<(Framing, bool), BadHead> {
    let bodiless = status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || *method == Method::HEAD;
    if bodiless {
        return Ok((Framing::Length(0), true));
    }
    let length = content_length(headers)?;
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(length.map_or((Framing::Close, false), |n| (Framing::Length(n), true))),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            // Both framings at once, or chunks in HTTP/1.0, are the marks of request smuggling:
            // read as chunked, and never use the connection again.
            Ok((Framing::Chunked(Chunked::new()), length.is_none() && version == Version::HTTP_11))
        }
        (Some(_), _) => Err(BadHead("unknown transfer coding")),
    }
}

fn content_length(headers: &HeaderMap) -> Result<Option<u64>, BadHead> {
    let mut length = None;
    for value in headers.get_all(header::CONTENT_LENGTH) {
        for part in value.as_bytes().split(|&b| b == b',') {
            let digits = part.trim_ascii();
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return Err(BadHead("bad content-length"));
            }
            let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
            let number: u64 = number.ok_or(BadHead("bad content-length"))?;
            if length.is_some_and(|earlier| earlier != number) {
                return Err(BadHead("two different content-lengths"));
            }
            length = Some(number);
        }
    }
    Ok(length)
}

fn wants_keep_alive(version: Version, headers: &HeaderMap) -> bool {
    let has = |token: &[u8]| {
        headers
            .get_all(header::CONNECTION)
            .iter()
            .any(|v| v.as_bytes().split(|&b| b == b',').any(|t| t.trim_ascii().eq_ignore_ascii_case(token)))
    };
    !has(b"close") && (version == Version::HTTP_11 || has(b"keep-alive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(wire: &str, method: &Method) -> String {
        let mut whole = BytesMut::from(wire);
        let at_once = parse(&mut whole, &mut 0, method);
        // Dripping in byte by byte must give the same.
        let (mut dripped, mut scanned) = (BytesMut::new(), 0);
        let mut by_drip = Ok(None);
        let mut bytes = wire.bytes();
        for byte in bytes.by_ref() {
            dripped.extend_from_slice(&[byte]);
            by_drip = parse(&mut dripped, &mut scanned, method);
            if !matches!(by_drip, Ok(None)) {
                break;
            }
        }
        dripped.extend(bytes);
        let tell = |outcome: Result<Option<Head>, BadHead>, rest: &BytesMut| match outcome {
            Ok(Some(h)) => {
                let framing = match h.framing {
                    Framing::Length(n) => n.to_string(),
                    Framing::Chunked(_) => "chunked".to_owned(),
                    Framing::Close => "close".to_owned(),
                };
                let reuse = if h.keep_alive { "reuse" } else { "once" };
                format!("{} {framing} {reuse} +{}", h.status.as_u16(), rest.len())
            }
            Ok(None) => "more".to_owned(),
            Err(BadHead(reason)) => format!("error: {reason}"),
        };
        let (at_once, by_drip) = (tell(at_once, &whole), tell(by_drip, &dripped));
        assert_eq!(at_once, by_drip, "{wire:?} in one piece and byte by byte");
        at_once
    }

    fn check(wire: &str, expected: &str) {
        assert_eq!(describe(wire, &Method::POST), expected, "{wire:?}");
    }

    #[test]
    fn the_end_of_an_answer_is_where_the_head_says() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "200 2 reuse +2");
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", "200 chunked reuse +0");
        check("HTTP/1.1 200 OK\r\n\r\nab", "200 close once +2");
        check("HTTP/1.1 204 No Content\r\n\r\n", "204 0 reuse +0");
        check("HTTP/1.1 200\r\ncontent-length: 1\r\n\r\n", "200 1 reuse +0");
        check("\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "200 0 reuse +0");
        check("HTTP/1.1 200 OK\ncontent-length: 0\n\n", "200 0 reuse +0");
        assert_eq!(describe("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", &Method::HEAD), "200 0 reuse +0");
    }

    #[test]
    fn interim_answers_are_passed_over() {
        check("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\n", "more");
        check("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "200 0 reuse +0");
        check("HTTP/1.1 101 Switching\r\n\r\n", "error: an upgrade that nobody asked for");
    }

    #[test]
    fn a_connection_is_used_again_only_when_that_is_safe() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: x, Close\r\n\r\n", "200 2 once +0");
        check("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n", "200 2 once +0");
        check("HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n", "200 2 reuse +0");
        check(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
            "200 chunked once +0",
        );
    }

    #[test]
    fn an_answer_of_doubtful_length_is_refused() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\n", "200 2 reuse +0");
        check(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n",
            "error: two different content-lengths",
        );
        check("HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n", "error: bad content-length");
        check("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n", "error: bad content-length");
        check(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            "error: unknown transfer coding",
        );
        check("SSH-2.0-OpenSSH_9\r\n\r\n", "error: not an HTTP response");
        check("HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "error: not an HTTP response");
    }

    #[test]
    fn an_endless_head_is_refused() {
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
        check(&many, "error: too many response headers");
        let long = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(MAX_HEAD));
        let mut buf = BytesMut::from(long.as_str());
        let outcome = parse(&mut buf, &mut 0, &Method::POST).map(|_| ());
        assert_eq!(outcome, Err(BadHead("response head too large")));
    }
}
