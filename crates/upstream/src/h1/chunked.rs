//! The chunked transfer coding (RFC 9112, section 7.1), decoded in place.
//!
//! A provider that streams writes one HTTP chunk per event, and a burst brings dozens of them in one read.
//! Handing each over by itself costs more than everything else in a relay, so [`Chunked::decode`] closes the
//! gaps between the chunks inside the read buffer and gives all of them out as one piece.
//! One chunk alone is given out without being copied or moved.
//!
//! Trailers are read and dropped: no provider uses them.

use bytes::{Buf, Bytes, BytesMut};

/// How many bytes of chunk extensions and trailers one body may hold. Nobody sends any; the limit keeps a peer
/// from feeding us for ever without a byte of content.
const MAX_OVERHEAD: usize = 16 * 1024;

/// The longest chunk size we read, in hex digits: enough for 2^60 bytes.
const MAX_SIZE_DIGITS: u8 = 15;

/// Where in the coding the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the hex digits of a chunk size; so many have been read.
    Size(u8),
    /// After the size, in an extension or blanks.
    Extension,
    /// After the CR of the size line.
    SizeLf,
    /// In the data of a chunk; `left` counts what is to come.
    Data,
    /// After the data.
    DataCr,
    /// After the CR that follows the data.
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    TrailerStart,
    /// In a trailer line.
    Trailer,
    /// After the CR of the last, empty line.
    EndLf,
    /// The body is over.
    Done,
}

/// A decoder for one body.
#[derive(Debug)]
pub(crate) struct Chunked {
    state: State,
    left: u64,
    overhead: usize,
    /// What broke right behind content that was still good: reported after it.
    broken: Option<BadChunk>,
}

/// The framing is broken; the text says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadChunk(pub(crate) &'static str);

impl Chunked {
    pub(crate) fn new() -> Self {
        Self { state: State::Size(0), left: 0, overhead: 0, broken: None }
    }

    /// Whether the last chunk and its end have been read.
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes everything out of `buf` that belongs to this body, and returns the content in it, in one piece.
    /// The piece is empty if there was none. Bytes after the end of the body stay in `buf`.
    pub(crate) fn decode(&mut self, buf: &mut BytesMut) -> Result<Bytes, BadChunk> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        // Content lies in `start..end`; everything before `read` has been looked at.
        let (mut start, mut end, mut read) = (0, 0, 0);
        while read < buf.len() && self.state != State::Done {
            if self.state != State::Data {
                match self.step(buf[read]) {
                    Ok(()) => read += 1,
                    Err(bad) if start == end => return Err(bad),
                    Err(bad) => {
                        self.broken = Some(bad);
                        break;
                    }
                }
                continue;
            }
            let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len() - read);
            if start == end {
                (start, end) = (read, read);
            } else if end != read {
                buf.copy_within(read..read + here, end);
            }
            end += here;
            read += here;
            self.left -= here as u64;
            if self.left == 0 {
                self.state = State::DataCr;
            }
        }
        if start == end {
            buf.advance(read);
            return Ok(Bytes::new());
        }
        buf.advance(start);
        let content = buf.split_to(end - start).freeze();
        buf.advance(read - end);
        Ok(content)
    }

    /// Reads one byte of framing.
    fn step(&mut self, byte: u8) -> Result<(), BadChunk> {
        self.state = match self.state {
            State::Size(digits) => match (char::from(byte).to_digit(16), byte) {
                (Some(_), _) if digits == MAX_SIZE_DIGITS => return Err(BadChunk("chunk size too large")),
                (Some(digit), _) => {
                    self.left = self.left << 4 | u64::from(digit);
                    State::Size(digits + 1)
                }
                (None, b'\r') if 0 < digits => State::SizeLf,
                (None, b';' | b' ' | b'\t') if 0 < digits => State::Extension,
                (None, _) => return Err(BadChunk("invalid chunk size")),
            },
            State::Extension => match byte {
                b'\r' => State::SizeLf,
                b'\n' => return Err(BadChunk("bare line feed after a chunk size")),
                _ => self.count(State::Extension)?,
            },
            State::SizeLf => match byte {
                b'\n' if self.left == 0 => State::TrailerStart,
                b'\n' => State::Data,
                _ => return Err(BadChunk("no line feed after a chunk size")),
            },
            State::DataCr => match byte {
                b'\r' => State::DataLf,
                _ => return Err(BadChunk("chunk longer than its size")),
            },
            State::DataLf => match byte {
                b'\n' => State::Size(0),
                _ => return Err(BadChunk("no line feed after a chunk")),
            },
            State::TrailerStart => match byte {
                b'\r' => State::EndLf,
                _ => self.count(State::Trailer)?,
            },
            State::Trailer => match byte {
                b'\n' => State::TrailerStart,
                _ => self.count(State::Trailer)?,
            },
            State::EndLf => match byte {
                b'\n' => State::Done,
                _ => return Err(BadChunk("no line feed at the end of the body")),
            },
            // The caller handles these two; nothing to read keeps them as they are.
            State::Data | State::Done => self.state,
        };
        Ok(())
    }

    fn count(&mut self, next: State) -> Result<State, BadChunk> {
        self.overhead += 1;
        if MAX_OVERHEAD < self.overhead {
            return Err(BadChunk("too many bytes of chunk extensions or trailers"));
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes `wire`, cut into pieces at every multiple of `cut`. Gives the content, whether the end was seen
    /// and what was left over.
    fn decode(wire: &[u8], cut: usize) -> Result<(Vec<u8>, bool, Vec<u8>), BadChunk> {
        let mut decoder = Chunked::new();
        let mut buf = BytesMut::new();
        let mut content = Vec::new();
        for piece in wire.chunks(cut) {
            buf.extend_from_slice(piece);
            content.extend_from_slice(&decoder.decode(&mut buf)?);
        }
        decoder.broken.map_or(Ok(()), Err)?;
        Ok((content, decoder.is_done(), buf.to_vec()))
    }

    fn check(wire: &str, expected: Result<(&str, bool, &str), &'static str>) {
        for cut in 1..=wire.len() {
            let actual = decode(wire.as_bytes(), cut);
            let expected = match expected {
                Ok((content, done, rest)) => {
                    Ok((content.as_bytes().to_vec(), done, rest.as_bytes().to_vec()))
                }
                Err(reason) => Err(BadChunk(reason)),
            };
            assert_eq!(actual, expected, "{wire:?} cut every {cut} bytes");
        }
    }

    #[test]
    fn a_chunked_answer_arrives_whole_wherever_it_is_cut() {
        check("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", Ok(("hello world", true, "")));
        check("0\r\n\r\n", Ok(("", true, "")));
        check("1\r\na\r\n0\r\n\r\nHTTP/1.1", Ok(("a", true, "HTTP/1.1")));
        check("00A;name=value\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n", Ok(("0123456789", true, "")));
    }

    #[test]
    fn a_cut_chunked_answer_is_never_taken_for_complete() {
        check("5\r\nhello\r\n", Ok(("hello", false, "")));
        check("5\r\nhel", Ok(("hel", false, "")));
        check("5\r\nhello\r\n0\r\n", Ok(("hello", false, "")));
        check("5\r\nhello\r\n0\r\n\r", Ok(("hello", false, "")));
    }

    #[test]
    fn broken_framing_is_an_error_and_not_content() {
        check("\r\n", Err("invalid chunk size"));
        check("xyz\r\n", Err("invalid chunk size"));
        check("-1\r\n", Err("invalid chunk size"));
        check("5\nhello", Err("invalid chunk size"));
        check("5;a\nhello", Err("bare line feed after a chunk size"));
        check("3\r\nhello\r\n", Err("chunk longer than its size"));
        check("1000000000000000\r\n", Err("chunk size too large"));
        check("1\r\na\rX", Err("no line feed after a chunk"));
        check("0\r\n\rX", Err("no line feed at the end of the body"));
    }

    #[test]
    fn content_before_a_break_is_still_given_out() {
        let mut buf = BytesMut::from(&b"5\r\nhello\r\nxyz"[..]);
        let mut decoder = Chunked::new();
        assert_eq!(decoder.decode(&mut buf), Ok(Bytes::from_static(b"hello")));
        assert!(!decoder.is_done());
        assert_eq!(decoder.decode(&mut buf), Err(BadChunk("invalid chunk size")));
    }

    #[test]
    fn endless_trailers_do_not_keep_a_request_for_ever() {
        let wire = format!("0\r\nx: {}", "y".repeat(MAX_OVERHEAD));
        assert_eq!(
            decode(wire.as_bytes(), 4096),
            Err(BadChunk("too many bytes of chunk extensions or trailers"))
        );
    }

    #[test]
    fn one_chunk_alone_is_not_copied() {
        let mut buf = BytesMut::from(&b"5\r\nhello\r\n"[..]);
        let place = buf[3..].as_ptr();
        let content = Chunked::new().decode(&mut buf).unwrap();
        assert_eq!((content.as_ref(), content.as_ptr()), (&b"hello"[..], place));
    }

    proptest::proptest! {
        #[test]
        fn any_cutting_of_any_chunks_gives_the_same_answer(
            chunks in proptest::collection::vec(proptest::collection::vec(0u8.., 1..40), 0..12),
            cut in 1usize..64,
        ) {
            let mut wire = Vec::new();
            for chunk in &chunks {
                wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            let (content, done, rest) = decode(&wire, cut).unwrap();
            proptest::prop_assert_eq!(content, chunks.concat());
            proptest::prop_assert!(done);
            proptest::prop_assert!(rest.is_empty());
        }
    }
}
