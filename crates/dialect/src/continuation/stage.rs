//! Where the caller's answer is written on.

use super::request::tell;
use crate::Dialect;
use crate::hub::{Answer, Event, Identity};
use crate::reader::{Encoder, Fault, fold};
use bytes::Bytes;
use serde_json::Value;

/// The caller's answer, as far as it is written.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// A stream.
    Stream(Encoder),
    /// One value, put together here.
    Whole { answer: Box<Answer>, caller: Dialect, identity: Identity },
}

impl Stage {
    pub(crate) fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match self {
            Stage::Stream(encoder) => encoder.event(event, out),
            Stage::Whole { answer, .. } => answer.add(event),
        }
    }

    /// Another model writes from here on: its name, and what is told of that.
    pub(crate) fn hand_over(&mut self, model: &str, told: &Value, out: &mut Vec<u8>) {
        match self {
            Stage::Stream(encoder) => {
                tell(told, encoder, model, out);
            }
            Stage::Whole { answer, .. } => answer.model = Some(model.to_owned()),
        }
    }

    /// The answer in one piece, at its end; nothing for a stream.
    pub(crate) fn whole(&self) -> Result<Bytes, Fault> {
        match self {
            Stage::Stream(_) => Ok(Bytes::new()),
            Stage::Whole { answer, caller, identity } => fold(answer, *caller, identity),
        }
    }
}
