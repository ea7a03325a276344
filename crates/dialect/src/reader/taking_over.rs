//! One target's answer left, and taken up by another's reader.

use super::{BodyKind, Decoder, Encoder, Kind, Reader, Reading};
use crate::calls::Gate;
use crate::continuation::{Delivered, Onward, Resumption, Stage, estimate, may_be_all};
use crate::hub::Identity;
use crate::noticed::{Noticed, Shown, Transcript};
use crate::seam::Join;
use crate::sse::Splitter;
use crate::{Dialect, anthropic, openai};
use bytes::Bytes;

impl Reader {
    /// A reader for the answer of a target that goes on with one that broke off; `None` when such a body cannot be it.
    pub(crate) fn resume(
        reading: &Reading,
        body: BodyKind,
        resumption: &Resumption,
        identity: Identity,
    ) -> Option<Self> {
        if body != BodyKind::Events {
            return None;
        }
        let (splitter, decoder) = (Splitter::default(), Decoder::new(reading.provider));
        let delivered = &resumption.delivered;
        let transcript = Transcript::of(&delivered.text, delivered.tokens);
        let Some(join) = resumption.join else {
            // The caller has seen nothing of it, but perhaps its head.
            let Stage::Stream(mut encoder) = delivered.stage.clone() else {
                return Self::new(reading, body, identity);
            };
            let mut preface = Vec::new();
            resumption.tell(&mut encoder, &identity.model, &mut preface);
            let gate = Box::new(Gate::new(reading.caller, reading.hold_json));
            let kind = Kind::Translate { splitter, decoder, encoder, events: Vec::new(), gate };
            let reader = Self::of(kind, Noticed::of(transcript, shown(delivered)));
            return Some(Self { preface: Some(Bytes::from(preface)), before: delivered.tokens, ..reader });
        };
        let onward = Box::new(Onward::new(resumption, join, identity.model));
        let kind = Kind::Onward { splitter, decoder, onward, events: Vec::new() };
        let noticed = Noticed::of(transcript, shown(delivered));
        // At its very end, an answer has no more words to come. But nothing, from a target that may not have
        // understood, is an answer only where the text can stand as it is.
        let content = join == Join::Exact || join == Join::Prefill && may_be_all(&delivered.text);
        Some(Self { content, before: delivered.tokens, ..Self::of(kind, noticed) })
    }

    /// What the caller has been shown.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let shown = self.noticed.shown;
        if shown == Shown::Text && self.transcript().is_none() { Shown::LongText } else { shown }
    }

    /// What the caller has of the answer, for another target to go on from; `None` where it cannot be gone on with.
    #[must_use]
    pub fn delivered(&self) -> Option<Delivered> {
        let text = match self.shown() {
            Shown::Nothing => "",
            Shown::Text => self.transcript()?,
            Shown::LongText | Shown::Reasoning | Shown::Refusal | Shown::ToolCall | Shown::Other => {
                return None;
            }
        };
        let tokens = if text.is_empty() { 0 } else { self.tokens() };
        let usage = self.usage();
        let stage = match &self.kind {
            Kind::Forward { dialect, identity, include_usage, .. } => {
                Stage::Stream(self.encoder_behind(*dialect, identity, *include_usage))
            }
            Kind::Translate { encoder, .. } => Stage::Stream(encoder.clone()),
            Kind::Fold { answer, caller, identity, .. } => {
                Stage::Whole { answer: answer.clone(), caller: *caller, identity: identity.clone() }
            }
            Kind::Onward { onward, .. } => onward.stage.clone(),
            Kind::Hold { .. } => return None,
        };
        Some(Delivered { text: text.to_owned(), tokens, usage, stage })
    }

    /// About how many tokens the caller has.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        let transcript = &self.noticed.transcript;
        let text = match transcript.text() {
            _ if self.noticed.shown == Shown::Nothing => 0,
            Some(text) => estimate(transcript.pieces(), text),
            None => transcript.pieces(),
        };
        text.saturating_add(self.noticed.other_pieces)
    }

    /// About how many of them the target that is being read has written.
    #[must_use]
    pub fn own_tokens(&self) -> u64 {
        self.tokens().saturating_sub(self.before)
    }

    /// What writes on behind the provider's own bytes.
    fn encoder_behind(&self, dialect: Dialect, identity: &Identity, include_usage: bool) -> Encoder {
        let Noticed { place, model, .. } = &self.noticed;
        let mut identity = identity.clone();
        if let Some(model) = model {
            identity.model.clone_from(model);
        }
        identity.created = place.created.unwrap_or(identity.created);
        match dialect {
            Dialect::OpenAi | Dialect::Cohere if self.given => {
                let encoder = openai::stream::Encoder::behind(place.id.clone(), identity, include_usage);
                Encoder::OpenAi(Box::new(encoder))
            }
            Dialect::OpenAi | Dialect::Cohere => {
                Encoder::OpenAi(Box::new(openai::stream::Encoder::new(identity, include_usage)))
            }
            Dialect::Anthropic if self.given => {
                let encoder =
                    anthropic::stream::Encoder::behind(identity, place.next_block, place.text_block);
                Encoder::Anthropic(Box::new(encoder))
            }
            Dialect::Anthropic => Encoder::Anthropic(Box::new(anthropic::stream::Encoder::new(identity))),
        }
    }
}

fn shown(delivered: &Delivered) -> Shown {
    if delivered.text.is_empty() { Shown::Nothing } else { Shown::Text }
}
