//! Watching one request while it is being answered.
//!
//! [`crate::Observer`] hears of everything, at the ends of things. Somebody who waits for an answer wants to know what
//! happens meanwhile: who is being asked, who failed, who took over. A request may bring a [`Watcher`] that is told,
//! and hears of nobody else's. Without one this costs a comparison.

use crate::{HandedOver, Served};
use std::time::Duration;

/// What has happened to a request.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// A target is asked.
    Asking {
        /// `provider/model`.
        target: &'a str,
        /// From the request's arrival.
        at: Duration,
    },
    /// It did not answer.
    Failed {
        /// `provider/model`.
        target: &'a str,
        /// What went wrong, in one word.
        code: &'static str,
        /// The same in a few words for people.
        words: &'a str,
        /// How long it took.
        took: Duration,
    },
    /// An answer has begun: the record so far.
    Serves(&'a Served),
    /// A target has taken over in the middle of it.
    HandedOver {
        /// What happened.
        handed: &'a HandedOver,
        /// The model that goes on, as its provider names it.
        model: Option<&'a str>,
    },
    /// The request has ended: the whole record.
    Ended(&'a Served),
}

/// Is told what happens to one request.
pub trait Watcher: Send + Sync + std::fmt::Debug {
    /// Something has happened. Called on the path of the request: must not block.
    fn watch(&self, progress: Progress<'_>);
}
