//! Server-sent events, cut and read without copying.
//!
//! # Why our own
//! A relay must forward whole events only: half an event in front of an error event would be garbage to the
//! caller's parser. It must not copy a chunk that already ends at an event's end, and it needs each event's fields
//! without owning them. [`Splitter`] cuts the byte stream at event ends; [`events`] reads the cut bytes.
//!
//! # Invariants
//! * Lines end with LF, CRLF or CR, mixed freely; nothing else ends a line (U+2028 does not).
//! * However a stream is cut into chunks, the same events come out (property test).
//! * An event longer than [`MAX_EVENT`] is an error, so a provider cannot make Handover hold memory without end.
//!
//! Source: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.

use bytes::{Bytes, BytesMut};
use memchr::memchr2;
use std::borrow::Cow;

/// Longest event accepted, bytes. Generated images come as base64 inside one event, hence so much.
pub const MAX_EVENT: usize = 16 * 1024 * 1024;

/// A provider's event is longer than [`MAX_EVENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event in the stream is longer than {MAX_EVENT} bytes")]
pub struct EventTooLong;

/// Cuts a byte stream at event ends.
#[derive(Debug, Default)]
pub struct Splitter {
    tail: BytesMut,
}

impl Splitter {
    /// Takes a chunk and gives back all bytes up to the last event end seen so far, in order; the rest is kept.
    /// Empty when no event ended. A chunk that ends where an event ends is handed through without a copy.
    ///
    /// # Errors
    /// [`EventTooLong`] when what is kept grows beyond [`MAX_EVENT`].
    pub fn push(&mut self, mut chunk: Bytes) -> Result<Bytes, EventTooLong> {
        if self.tail.is_empty() {
            let Some(end) = last_event_end(&chunk, 0) else {
                return self.keep(&chunk);
            };
            let whole = chunk.split_to(end);
            if !chunk.is_empty() {
                self.tail.extend_from_slice(&chunk);
            }
            return Ok(whole);
        }
        // A line end may have been cut in two or three: look again at the last bytes kept.
        let seen = self.tail.len().saturating_sub(3);
        self.tail.extend_from_slice(&chunk);
        match last_event_end(&self.tail, seen) {
            Some(end) => Ok(self.tail.split_to(end).freeze()),
            None => self.keep(&[]),
        }
    }

    fn keep(&mut self, more: &[u8]) -> Result<Bytes, EventTooLong> {
        self.tail.extend_from_slice(more);
        if self.tail.len() > MAX_EVENT { Err(EventTooLong) } else { Ok(Bytes::new()) }
    }

    /// The stream has ended: what was kept, closed as if a blank line had followed. Some servers omit the last
    /// one. Empty when nothing but line ends was kept.
    pub fn finish(&mut self) -> Bytes {
        let mut tail = std::mem::take(&mut self.tail);
        if tail.iter().all(|b| matches!(b, b'\n' | b'\r')) {
            return Bytes::new();
        }
        // The blank line, and in front of it the line's own end where that is cut off too.
        tail.extend_from_slice(if tail.ends_with(b"\n") { b"\n" } else { b"\n\n" });
        tail.freeze()
    }
}

/// Where the last event of `bytes` ends: behind the last blank line that starts at or after `from`.
fn last_event_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut end = bytes.len();
    while end > from + 1 {
        let at = memchr::memrchr2(b'\n', b'\r', &bytes[from + 1..end])? + from + 1;
        // LF LF, LF CR and CR CR are two line ends; CR LF is one.
        let blank = match (bytes[at - 1], bytes[at]) {
            (b'\n' | b'\r', b'\r') | (b'\n', b'\n') => true,
            (_, _) => false,
        };
        if blank {
            let crlf = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
            return Some(at + 1 + usize::from(crlf));
        }
        end = at;
    }
    None
}

/// One event, borrowed from the bytes it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event:` field.
    pub name: Option<&'a str>,
    /// The `data:` lines, joined by LF.
    pub data: Cow<'a, [u8]>,
    /// Offset of the event's first byte in the bytes that were read.
    pub start: usize,
    /// Offset behind the event's blank line.
    pub end: usize,
    /// It holds a line that is no text: the bytes are not an event stream, whatever their content type says.
    pub garbled: bool,
}

/// The events in `whole`, which must end where an event ends ([`Splitter`] sees to that). Events without data
/// (comments, lone names) are passed over, as the standard says, unless they are [garbled](Event::garbled): those must
/// not reach a caller, whose parser may fail on them.
pub fn events(whole: &[u8]) -> Events<'_> {
    let at = if whole.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    Events { whole, at }
}

/// Iterator over events; see [`events`].
#[derive(Debug)]
pub struct Events<'a> {
    whole: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let mut name = None;
        let mut data: Option<Cow<'a, [u8]>> = None;
        let mut start = self.at;
        let mut garbled = false;
        while self.at < self.whole.len() {
            let line = self.line();
            if line.is_empty() {
                if data.is_some() || garbled {
                    return Some(Event {
                        name,
                        data: data.unwrap_or_default(),
                        start,
                        end: self.at,
                        garbled,
                    });
                }
                name = None;
                start = self.at;
                continue;
            }
            let (field, value) = split_field(line);
            match field {
                b"data" => match &mut data {
                    None => data = Some(Cow::Borrowed(value)),
                    Some(joined) => {
                        let joined = joined.to_mut();
                        joined.push(b'\n');
                        joined.extend_from_slice(value);
                    }
                },
                b"event" => name = std::str::from_utf8(value).ok(),
                b"" | b"id" | b"retry" => {}
                _ => garbled |= !is_text(line),
            }
        }
        (data.is_some() || garbled).then(|| Event {
            name,
            data: data.unwrap_or_default(),
            start,
            end: self.at,
            garbled,
        })
    }
}

impl<'a> Events<'a> {
    /// The next line without its end; moves behind the end.
    fn line(&mut self) -> &'a [u8] {
        let rest = &self.whole[self.at..];
        match memchr2(b'\n', b'\r', rest) {
            None => {
                self.at = self.whole.len();
                rest
            }
            Some(len) => {
                let crlf = rest[len] == b'\r' && rest.get(len + 1) == Some(&b'\n');
                self.at += len + 1 + usize::from(crlf);
                &rest[..len]
            }
        }
    }
}

/// Whether a line of a field that the standard does not name can be passed over, as the standard says.
fn is_text(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|text| !text.contains('\0'))
}

fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b':', line) {
        None => (line, &[]),
        Some(colon) => {
            let value = &line[colon + 1..];
            (&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Owned = (Option<String>, Vec<u8>);

    fn read(chunks: &[&[u8]]) -> Vec<Owned> {
        let mut splitter = Splitter::default();
        let mut out = Vec::new();
        let mut take = |whole: &[u8]| {
            out.extend(events(whole).map(|e| (e.name.map(str::to_owned), e.data.into_owned())));
        };
        for chunk in chunks {
            take(&splitter.push(Bytes::copy_from_slice(chunk)).unwrap());
        }
        take(&splitter.finish());
        out
    }

    fn check(stream: &str, expected: &[(Option<&str>, &str)]) {
        let expected: Vec<Owned> =
            expected.iter().map(|(n, d)| (n.map(str::to_owned), d.as_bytes().to_vec())).collect();
        assert_eq!(read(&[stream.as_bytes()]), expected, "{stream:?}");
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes), expected, "byte by byte: {stream:?}");
    }

    #[test]
    fn bytes_that_are_no_stream_are_never_passed_off_as_one() {
        let garbled = |stream: &[u8]| events(stream).map(|e| e.garbled).collect::<Vec<_>>();
        assert_eq!(garbled(b"data: a\n\n\xff\xfe<<\n\ndata: b\n\n"), [false, true, false]);
        assert_eq!(garbled(b"\x1f\x8b\x08\0\n\n"), [true]);
        assert_eq!(garbled(b"unknown: x\nid: 1\nretry: 2\n: comment\ndata: a\n\n"), [false]);
        assert_eq!(garbled(b"unknown: x\n\n"), [false; 0]);
    }

    #[test]
    fn no_delta_is_lost_or_invented_whatever_the_line_ends() {
        check("data: a\n\n", &[(None, "a")]);
        check("data: a\r\n\r\ndata: b\r\n\r\n", &[(None, "a"), (None, "b")]);
        check("data: a\r\rdata: b\r\r", &[(None, "a"), (None, "b")]);
        check("event: x\ndata: a\ndata: b\n\n", &[(Some("x"), "a\nb")]);
        check("event: x\r\ndata:a\n\r\ndata: b\n\n", &[(Some("x"), "a"), (None, "b")]);
        check(": comment\n\ndata: a\n\n", &[(None, "a")]);
        check("event: ping\n\ndata: a\n\n", &[(None, "a")]);
        check("data: a\u{2028}b\n\n", &[(None, "a\u{2028}b")]);
        check("\u{feff}data: a\n\n", &[(None, "a")]);
        check("data\n\n", &[(None, "")]);
        check("data: a", &[(None, "a")]);
        check("data: a\n", &[(None, "a")]);
        check("\n\n\n", &[]);
        check("id: 1\nretry: 5\ndata: {\"a\":1}\n\n", &[(None, "{\"a\":1}")]);
    }

    #[test]
    fn a_chunk_that_ends_with_an_event_is_not_copied() {
        let chunk = Bytes::from_static(b"data: a\n\ndata: b\n\n");
        let whole = Splitter::default().push(chunk.clone()).unwrap();
        assert_eq!(whole.as_ptr(), chunk.as_ptr());
        assert_eq!(whole.len(), chunk.len());
    }

    #[test]
    fn an_endless_event_is_refused_instead_of_held() {
        let mut splitter = Splitter::default();
        let chunk = Bytes::from(vec![b'x'; MAX_EVENT / 2 + 1]);
        assert_eq!(splitter.push(chunk.clone()), Ok(Bytes::new()));
        assert_eq!(splitter.push(chunk), Err(EventTooLong));
    }

    proptest! {
        #[test]
        fn any_rechunking_gives_the_same_events(
            parts in prop::collection::vec(prop_oneof![
                Just("\n"), Just("\r"), Just("\r\n"), Just("\n\n"), Just("data: "), Just("event: "), Just(":"),
                Just("a"), Just("\u{e9}"), Just("{\"x\":1}"), Just("data: [DONE]\n\n"),
            ], 0..60),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let stream = parts.concat().into_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|i| i.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|w| &stream[w[0]..w[1]]).collect();
            prop_assert_eq!(read(&chunks), read(&[&stream]));
        }

        #[test]
        fn nothing_forwarded_is_added_or_dropped(stream in "[a-z:\\r\\n ]{0,80}", cut in 0usize..80) {
            let bytes = stream.as_bytes();
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            let mut splitter = Splitter::default();
            let mut out = splitter.push(Bytes::copy_from_slice(a)).unwrap().to_vec();
            out.extend_from_slice(&splitter.push(Bytes::copy_from_slice(b)).unwrap());
            let tail = splitter.finish();
            prop_assert!(bytes.starts_with(&out));
            let rest = &bytes[out.len()..];
            prop_assert!(tail.is_empty() && rest.iter().all(|b| matches!(b, b'\n' | b'\r'))
                || tail.strip_suffix(b"\n\n") == Some(rest)
                || rest.ends_with(b"\n") && tail.strip_suffix(b"\n") == Some(rest));
        }
    }
}
