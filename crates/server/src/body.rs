//! The bodies we answer with: whole, or a relay.

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;
use handover_dispatch::{Aborted, Relay, Upstream};
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

type Relayed = Pin<Box<dyn Stream<Item = Result<Bytes, Aborted>> + Send>>;

/// A response body.
pub(crate) enum Outbound {
    Whole(Option<Bytes>),
    Stream(Relayed),
}

impl Outbound {
    pub(crate) fn whole(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Outbound::Whole((!body.is_empty()).then_some(body))
    }

    /// Events of our own for a page or a terminal, read when, and only when, the connection can take more.
    pub(crate) fn events(events: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Outbound::Stream(Box::pin(events.map(Ok)))
    }

    /// The relay is read when, and only when, the connection can take more.
    pub(crate) fn relay<U: Upstream>(relay: Box<Relay<U>>) -> Self {
        Outbound::Stream(Box::pin(futures_util::stream::unfold(relay, |mut relay| async {
            let next = relay.next().await?;
            Some((next, relay))
        })))
    }
}

impl http_body::Body for Outbound {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        match &mut *self {
            Outbound::Whole(body) => Poll::Ready(body.take().map(|b| Ok(Frame::data(b)))),
            Outbound::Stream(stream) => stream.as_mut().poll_next(cx).map_ok(Frame::data),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Outbound::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outbound::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, |b| b.len() as u64)),
            Outbound::Stream(_) => SizeHint::default(),
        }
    }
}
