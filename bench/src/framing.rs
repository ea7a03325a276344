//! Where a message of HTTP/1.1 ends, by its own words.
//!
//! Invariant: a body is whole when its framing says so, and never because the connection ended.

/// How a message's body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `content-length`.
    Length(usize),
    /// `transfer-encoding: chunked`.
    Chunked,
}

/// A message's head, read.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Bytes up to and including the blank line.
    pub length: usize,
    /// How the body is delimited.
    pub framing: Framing,
}

/// Reads a head from `bytes`, or nothing when it is not whole yet.
pub fn head(bytes: &[u8]) -> Option<Head> {
    let length = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    let mut framing = Framing::Length(0);
    for line in String::from_utf8_lossy(&bytes[..length]).split("\r\n").skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            framing = Framing::Length(value.trim().parse().unwrap_or(0));
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Chunked;
            break;
        }
    }
    Some(Head { length, framing })
}

/// Follows a chunked body through any cut of its bytes and hands out the payload.
#[derive(Debug, Default)]
pub struct Chunks {
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Start,
    /// In the hexadecimal size; the value so far, and whether an extension is being skipped.
    Size {
        value: usize,
        extension: bool,
    },
    /// Bytes of payload left.
    Payload(usize),
    /// Bytes left of the line end that closes a payload.
    LineEnd(usize),
    /// Bytes left of the last blank line; trailers are not expected.
    Last(usize),
    Done,
}

impl Chunks {
    /// Reads on; gives the payload to `see`. True when the body is whole.
    pub fn push(&mut self, mut bytes: &[u8], mut see: impl FnMut(&[u8])) -> bool {
        loop {
            match (self.state, bytes) {
                (State::Done, _) => return true,
                (_, []) => return false,
                (State::Start, _) => self.state = State::Size { value: 0, extension: false },
                (State::Size { value, extension }, [byte, rest @ ..]) => {
                    self.state = match byte {
                        b'\n' if value == 0 => State::Last(2),
                        b'\n' => State::Payload(value),
                        _ => match (*byte as char).to_digit(16) {
                            Some(digit) if !extension => {
                                State::Size { value: value.saturating_mul(16) + digit as usize, extension }
                            }
                            _ => State::Size { value, extension: true },
                        },
                    };
                    bytes = rest;
                }
                (State::Payload(left), _) => {
                    let take = left.min(bytes.len());
                    see(&bytes[..take]);
                    self.state = if take == left { State::LineEnd(2) } else { State::Payload(left - take) };
                    bytes = &bytes[take..];
                }
                (State::LineEnd(left), _) => {
                    let take = left.min(bytes.len());
                    self.state = if take == left { State::Start } else { State::LineEnd(left - take) };
                    bytes = &bytes[take..];
                }
                (State::Last(left), _) => {
                    let take = left.min(bytes.len());
                    self.state = if take == left { State::Done } else { State::Last(left - take) };
                    bytes = &bytes[take..];
                }
            }
        }
    }
}
