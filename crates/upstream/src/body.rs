//! The body of an answer.
//!
//! It is read by whoever awaits it, and by nobody else: dropping it before its end closes the connection
//! (HTTP/1) or resets the stream (HTTP/2), so that the provider stops working at once.
//! Everything that has already arrived comes out as one frame.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};

use crate::error::{BodyError, CollectError};
use crate::h1::{H1Body, Step};
use crate::h2::H2Body;

/// The body of a provider's answer.
pub struct Body {
    inner: Inner,
}

enum Inner {
    /// Nothing more comes.
    Done,
    /// The whole body is here.
    Whole(Bytes),
    /// An HTTP/1.1 connection.
    H1(H1Body),
    /// A stream of an HTTP/2 connection.
    H2(Box<H2Body>),
}

impl Body {
    /// A body without content.
    pub fn empty() -> Self {
        Self { inner: Inner::Done }
    }

    /// A body that is already here, for tests and for answers made up on the way.
    pub fn full(content: impl Into<Bytes>) -> Self {
        let content = content.into();
        if content.is_empty() { Self::empty() } else { Self { inner: Inner::Whole(content) } }
    }

    pub(crate) fn h1(mut body: H1Body) -> Self {
        match body.take_whole() {
            Some(content) => {
                body.finish();
                Self::full(content)
            }
            None => Self { inner: Inner::H1(body) },
        }
    }

    pub(crate) fn h2(body: H2Body) -> Self {
        Self { inner: Inner::H2(Box::new(body)) }
    }

    fn end(&mut self) -> Inner {
        std::mem::replace(&mut self.inner, Inner::Done)
    }

    fn poll_h1(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let Inner::H1(body) = &mut self.inner else { return Poll::Ready(None) };
        match std::task::ready!(body.poll_step(cx)) {
            Ok(Step::Content(content)) => Poll::Ready(Some(Ok(content))),
            Ok(Step::End(last)) => {
                if let Inner::H1(body) = self.end() {
                    body.finish();
                }
                Poll::Ready((!last.is_empty()).then_some(Ok(last)))
            }
            Err(e) => {
                self.inner = Inner::Done;
                Poll::Ready(Some(Err(e)))
            }
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let content = match &mut this.inner {
            Inner::Done => return Poll::Ready(None),
            Inner::Whole(content) => {
                let content = std::mem::take(content);
                this.inner = Inner::Done;
                Some(Ok(content))
            }
            Inner::H1(_) => std::task::ready!(this.poll_h1(cx)),
            Inner::H2(body) => {
                let content = std::task::ready!(body.poll_content(cx));
                if !matches!(content, Some(Ok(_))) {
                    this.inner = Inner::Done;
                }
                content
            }
        };
        Poll::Ready(content.map(|c| c.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.inner, Inner::Done)
    }

    fn size_hint(&self) -> SizeHint {
        let exact = match &self.inner {
            Inner::Done => Some(0),
            Inner::Whole(content) => Some(content.len() as u64),
            Inner::H1(body) => body.exact_length(),
            Inner::H2(body) => body.exact_length(),
        };
        exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match &self.inner {
            Inner::Done => "done",
            Inner::Whole(_) => "whole",
            Inner::H1(_) => "http/1.1",
            Inner::H2(_) => "http/2",
        };
        f.debug_tuple("Body").field(&state).finish()
    }
}

/// Reads a body to its end into one buffer of at most `limit` bytes. A body in one frame is not copied.
///
/// # Errors
/// The body broke, or is longer than the limit.
pub async fn collect(mut body: Body, limit: usize) -> Result<Bytes, CollectError> {
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(content) = body.next().await {
        let content = content?;
        if limit < first.len().max(joined.len()) + content.len() {
            return Err(CollectError::TooLong(limit));
        }
        if first.is_empty() && joined.is_empty() {
            first = content;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&content);
        }
    }
    Ok(if joined.is_empty() { first } else { joined.freeze() })
}

impl Body {
    /// The next piece of content, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            let frame = std::future::poll_fn(|cx| http_body::Body::poll_frame(Pin::new(self), cx)).await?;
            match frame.map(Frame::into_data) {
                Ok(Ok(content)) => return Some(Ok(content)),
                // Trailers; this body never yields any.
                Ok(Err(_)) => {}
                Err(e) => return Some(Err(e)),
            }
        }
    }
}
