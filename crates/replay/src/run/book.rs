//! The book of every attempt: one line each, held open by a ticket for as long as the answer lives.
//!
//! Invariant: a line is closed when its ticket is dropped, whoever drops it, with how the attempt ended and what it
//! costs.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use handover_drill::{Broken, Dialect, Script, SimBody};
use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::result::{Attempt, AttemptOutcome};
use crate::scenario::Provider;
use crate::words;

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) lines: Vec<Line>,
    /// By provider: answers that are open now.
    pub(super) open: Vec<u32>,
    /// How often each request has asked each provider. Never gone through in order.
    pub(super) asked: HashMap<(u32, usize), u64>,
}

/// One attempt.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) request: Option<u32>,
    pub(super) attempt: Attempt,
    /// The model its answer names.
    pub(super) model: String,
    pub(super) own_words: bool,
    /// The half answer that it was asked to go on with.
    pub(super) given: Option<String>,
}

/// Holds one line of the book open.
#[derive(Debug)]
pub(super) struct Ticket {
    book: Arc<Mutex<Book>>,
    start: Instant,
    line: usize,
    provider: usize,
    outcome: AttemptOutcome,
    bill: Option<Bill>,
    /// Tokens given out so far.
    tokens: u64,
    /// The last sign of life; see [`Attempt::heard`].
    heard: Instant,
}

/// What an answer costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bill {
    pub(super) begun: Instant,
    pub(super) prompt: u32,
    /// Tokens of everything it would write.
    pub(super) answer: u32,
    /// Of these, tokens that bear no mark and come first.
    pub(super) unmarked: u32,
    pub(super) first_token: Duration,
    pub(super) between: Duration,
}

impl Ticket {
    /// Holds a line open that ends in `outcome` unless something else becomes known.
    pub(super) fn new(
        book: Arc<Mutex<Book>>,
        start: Instant,
        line: usize,
        provider: usize,
        outcome: AttemptOutcome,
    ) -> Self {
        Ticket { book, start, line, provider, outcome, bill: None, tokens: 0, heard: Instant::now() }
    }

    pub(super) fn asked(&mut self, provider: &Provider, script: &Script, bill: Bill, given: Option<String>) {
        if script.is_answer() {
            self.bill = Some(bill);
        }
        if let Some(line) = self.book.lock().lines.get_mut(self.line) {
            line.model = match provider.dialect {
                Dialect::OpenAi | Dialect::Anthropic => script.states_model(&provider.model),
                // Its answers name no model, so the one asked for is all that anybody can know.
                Dialect::Cohere => provider.model.clone(),
            };
            line.own_words = script.has_own_words();
            line.attempt.continues = given.is_some();
            line.given = given;
        }
    }

    pub(super) fn head(&mut self, status: u16) {
        self.heard = Instant::now();
        if status != 200 {
            self.outcome = AttemptOutcome::Status(status);
            self.bill = None;
        }
    }

    fn gave(&mut self, bytes: &[u8]) {
        self.heard = Instant::now();
        let marked = words::count(bytes);
        if marked > 0 && self.tokens == 0 {
            self.tokens = self.bill.map_or(0, |bill| u64::from(bill.unmarked));
        }
        self.tokens += marked;
    }

    /// The provider has said everything.
    pub(super) fn over(&mut self, outcome: AttemptOutcome) {
        if self.outcome == AttemptOutcome::HungUp {
            self.outcome = outcome;
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut book = self.book.lock();
        if let Some(open) = book.open.get_mut(self.provider) {
            *open -= 1;
        }
        let whole = self.bill.is_some_and(|bill| self.tokens >= u64::from(bill.answer));
        if whole && self.outcome == AttemptOutcome::HungUp {
            // Everything was taken but the bytes behind the last word.
            self.outcome = AttemptOutcome::Answered;
        }
        let Some(line) = book.lines.get_mut(self.line) else { return };
        line.attempt.end = now.saturating_duration_since(self.start);
        // An end is a sign of life too; only who leaves first has heard nothing of it.
        let heard = if self.outcome == AttemptOutcome::HungUp { self.heard } else { now };
        line.attempt.heard = heard.saturating_duration_since(self.start);
        line.attempt.outcome = self.outcome;
        if let Some(bill) = self.bill {
            // A model writes on whether or not its words are read as they come: by the clock, or by what came.
            let writing = now.saturating_duration_since(bill.begun).checked_sub(bill.first_token);
            let each = bill.between.as_nanos().max(1);
            let written =
                writing.map_or(0, |time| u64::try_from(time.as_nanos() / each).unwrap_or(u64::MAX) + 1);
            line.attempt.billed_in = u64::from(bill.prompt);
            let hung_up = self.outcome == AttemptOutcome::HungUp;
            let given = if hung_up { written.max(self.tokens) } else { self.tokens };
            line.attempt.billed_out = given.min(u64::from(bill.answer));
        }
    }
}

/// An answer's body.
#[derive(Debug)]
pub(crate) struct NetBody {
    pub(super) body: SimBody,
    pub(super) ticket: Ticket,
}

impl Body for NetBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(bytes) = frame.data_ref() {
                    self.ticket.gave(bytes);
                }
                if self.body.is_end_stream() {
                    self.ticket.over(AttemptOutcome::Answered);
                }
            }
            Poll::Ready(Some(Err(_))) => self.ticket.over(AttemptOutcome::Broken),
            Poll::Ready(None) => self.ticket.over(AttemptOutcome::Answered),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
