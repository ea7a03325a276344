//! Reading on before anything is sent: while something is held, for as long as the first words are, or to the end for a
//! caller that does not stream.

use crate::Upstream;
use crate::ask::Answer;
use crate::attempt::{Begun, failure_of, is_empty};
use crate::relay::{ALIVE, is_endless};
use bytes::BytesMut;
use handover_dialect::{Delivered, Frame};
use handover_policy::{Failure, Kind, Repetition};
use tokio::time::Instant;

/// Reads on while all that has come is held: a piece of a tool call, of an answer in JSON, or of text whose place is not
/// found. Nothing of it has been sent, so another target can still answer. From the first piece on the clocks of an
/// answer that has begun run: a long call is written slowly, and is not late. At `until` the answer begins for the caller
/// all the same, and the rest is held on behind it. And up to `commit`, so that what breaks early is nobody's to see.
pub(crate) async fn released<U: Upstream>(
    mut begun: Begun<U::Body>,
    until: Option<Instant>,
    commit: Option<Instant>,
) -> Result<Begun<U::Body>, Failure> {
    loop {
        // What is held waits for its end, or for the caller's patience; words that could go wait for `commit`.
        let stop = match (begun.holding, commit, until) {
            _ if begun.complete => return Ok(begun),
            (true, _, until) => until,
            (false, Some(commit), until) => Some(until.map_or(commit, |until| until.min(commit))),
            (false, None, _) => return Ok(begun),
        };
        if stop.is_some_and(|stop| !begun.holding && Instant::now() >= stop) {
            return Ok(begun);
        }
        let next = begun.pace.next(&mut begun.body, U::broken);
        let next = match stop {
            None => next.await,
            Some(stop) => match tokio::time::timeout_at(stop, next).await {
                Ok(next) => next,
                Err(_) => {
                    if begun.holding {
                        begun.held.push(ALIVE);
                    }
                    return Ok(begun);
                }
            },
        };
        let (frame, ended) = match next {
            Ok(Some(chunk)) => (begun.reader.read(chunk), false),
            // What breaks off, or stays open, behind a complete answer does not spoil it.
            ended @ (Ok(None) | Err(_)) => {
                let why = ended.err().unwrap_or_else(|| Failure::new(Kind::Truncated));
                (begun.reader.end().map_err(|_| why)?, true)
            }
        };
        let Frame { released, bytes, seen } = frame;
        if let Some(fault) = seen.fault {
            return Err(failure_of(fault));
        }
        if seen.content || seen.held {
            begun.pace.content();
        }
        begun.held.extend(released);
        if !bytes.is_empty() {
            begun.held.push(bytes);
        }
        begun.complete = seen.terminal || ended;
        begun.holding &= !seen.content && !begun.complete;
    }
}

/// Reads an answer to its end for a caller that does not stream.
///
/// # Errors
/// What went wrong, and what had come of the answer.
pub(crate) async fn whole<U: Upstream>(
    mut begun: Begun<U::Body>,
    accept_empty: bool,
) -> Result<Answer<U>, (Failure, Option<Box<Delivered>>)> {
    if let Err(failure) = read_all::<U>(&mut begun, accept_empty).await {
        return Err((failure, begun.reader.delivered().map(Box::new)));
    }
    let Begun { headers, reader, held: mut parts, .. } = begun;
    let body = match parts.len() {
        1 => parts.pop().unwrap_or_default(),
        _ => {
            let mut all = BytesMut::new();
            parts.iter().for_each(|p| all.extend_from_slice(p));
            all.freeze()
        }
    };
    Ok(Answer::Whole { headers, reader: Box::new(reader), body })
}

async fn read_all<U: Upstream>(begun: &mut Begun<U::Body>, accept_empty: bool) -> Result<(), Failure> {
    let Begun { body, reader, held: parts, complete, pace, .. } = begun;
    let mut repetition = Repetition::default();
    while !*complete {
        let frame = match pace.next(body, U::broken).await {
            Ok(Some(chunk)) => reader.read(chunk),
            // What breaks off, or stays open, behind a complete answer does not spoil it.
            ended @ (Ok(None) | Err(_)) => {
                *complete = true;
                let why = ended.err().unwrap_or_else(|| Failure::new(Kind::Truncated));
                reader.end().map_err(|_| why)?
            }
        };
        let Frame { released, bytes, seen } = frame;
        if let Some(fault) = seen.fault {
            return Err(failure_of(fault));
        }
        parts.extend(released);
        if seen.content {
            pace.content();
            if is_endless(&mut repetition, reader, pace) {
                return Err(Failure::new(Kind::Repeating));
            }
        }
        *complete |= seen.terminal;
        if !bytes.is_empty() {
            parts.push(bytes);
        }
    }
    if !accept_empty && is_empty(reader) {
        return Err(Failure::new(Kind::Empty));
    }
    // Of an answer in one piece nothing was seen while it was written.
    if reader.is_one_piece() && Repetition::is_endless_whole(reader.tail().0) {
        return Err(Failure::new(Kind::Repeating));
    }
    Ok(())
}
