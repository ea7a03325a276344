//! The steps of an answer that is one JSON object.
//!
//! A place in the answer becomes a share of the bytes: after token 2 of 4 is about half of the body.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};
use serde_json::json;

use super::{GARBAGE, Step, ending};
use crate::ask::Ask;
use crate::dialect::Dialect;
use crate::script::{At, ErrorKind, Fault, Pace, Script};
use crate::story::{Ids, Story};
use crate::wire;

/// The delay before the headers, which holds the whole time of thinking, and the steps of the body.
pub(super) fn steps(
    script: &Script,
    story: &Story,
    ask: &Ask,
    ids: Ids<'_>,
    headers: &mut HeaderMap,
) -> (Duration, Vec<Step>) {
    let tokens = u32::try_from(story.parts.iter().map(|p| p.tokens()).sum::<u64>()).unwrap_or(u32::MAX);
    let delay = delay(script.pace, tokens);
    let error = script.faults.iter().find_map(|(_, fault)| fault.error());
    if let Some(kind) = error {
        return (delay, vec![Step::Send { bytes: error_body(kind, ask, ids), tokens: 0 }]);
    }
    let body = Bytes::from(wire::object(ask.dialect, story).to_string());
    let mut steps = Vec::new();
    let mut sent = 0;
    for (at, fault) in in_order(&script.faults, body.len(), tokens) {
        send(&mut steps, &body, sent, at, script.pace, tokens);
        sent = at;
        match fault {
            Fault::Garbage | Fault::Malformed => {
                steps.push(Step::Send { bytes: Bytes::from_static(GARBAGE), tokens: 0 });
            }
            Fault::GoAway => steps.push(Step::LastAnswer),
            Fault::Duplicate | Fault::Error(_) => {}
            Fault::Cut => return (delay, steps),
            Fault::Close | Fault::Reset | Fault::StreamReset | Fault::GoAwayNow | Fault::Stall => {
                // The header promises the whole body: what comes is recognisably too short.
                headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                steps.push(Step::Breath);
                steps.extend(ending(fault));
                return (delay, steps);
            }
        }
    }
    send(&mut steps, &body, sent, body.len(), script.pace, tokens);
    if let Some(Step::Send { tokens: last, .. }) = steps.last_mut() {
        *last = tokens;
    }
    (delay, steps)
}

/// A provider that does not stream thinks first and speaks then. A drip is a slow body instead.
fn delay(pace: Pace, tokens: u32) -> Duration {
    let paced = match pace.drip {
        Some((from, _)) => tokens.min(from),
        None => tokens,
    };
    pace.headers + pace.first_token + pace.between * paced.saturating_sub(1)
}

fn share(length: usize, tokens: u32, of: u32) -> usize {
    length * tokens.min(of) as usize / (of as usize + 1)
}

fn in_order(faults: &[(At, Fault)], length: usize, tokens: u32) -> Vec<(usize, Fault)> {
    let mut placed: Vec<(usize, Fault)> = faults
        .iter()
        .map(|(at, fault)| match at {
            At::Start => (0, *fault),
            At::Token(wanted) => (share(length, *wanted, tokens), *fault),
            At::Finish | At::Terminator => (length.saturating_sub(1), *fault),
        })
        .collect();
    placed.sort_by_key(|(at, _)| *at);
    placed
}

/// Sends a stretch of the body: at once, or in a piece per token where it drips.
fn send(steps: &mut Vec<Step>, body: &Bytes, from: usize, to: usize, pace: Pace, tokens: u32) {
    let mut sent = from;
    if let Some((first, every)) = pace.drip {
        for token in first..=tokens {
            let edge = share(body.len(), token, tokens).clamp(sent, to);
            if edge > sent {
                steps.push(Step::Send { bytes: body.slice(sent..edge), tokens: 0 });
                steps.push(Step::Wait(every));
                sent = edge;
            }
        }
    }
    if to > sent {
        steps.push(Step::Send { bytes: body.slice(sent..to), tokens: 0 });
    }
}

fn error_body(kind: ErrorKind, ask: &Ask, ids: Ids<'_>) -> Bytes {
    let failure = wire::failure(ask.dialect, kind, &ask.model);
    let body = match ask.dialect {
        Dialect::OpenAi | Dialect::Anthropic => wire::error_object(ask.dialect, &failure, ids),
        Dialect::Cohere => json!({
            "id": wire::answer_id(ask.dialect, ids), "finish_reason": "ERROR",
            "message": {"role": "assistant", "content": []},
        }),
    };
    body.to_string().into()
}
