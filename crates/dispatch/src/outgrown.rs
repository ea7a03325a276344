//! What targets have said about a request, for those that are asked next.

use crate::Target;
use crate::health::{Shut, Why};
use handover_policy::{Class, Failure, Kind, classify};
use std::sync::Arc;
use tokio::time::Instant;

/// A target has said that the request is too long for it. From then on, only targets that are known to take more are
/// asked, and of those whose window nobody has stated one: it may be larger, and to ask them all would be to send the
/// longest of requests again and again (mini-swe-agent#923 sent one ten times).
pub(crate) struct Outgrown {
    /// Who said so first, and how: if nobody can take the request, these are the words the caller gets. Clients parse
    /// them to shorten the conversation.
    pub(crate) target: Arc<Target>,
    pub(crate) failure: Failure,
    /// The largest window that was too small, in tokens; 0 when it is not known.
    pub(crate) window: u64,
    /// A target of unknown window was asked since.
    pub(crate) guessed: bool,
}

impl Outgrown {
    pub(crate) fn may_hold(&self, target: &Target) -> bool {
        match target.window() {
            0 => !self.guessed && target.is_another_model(&self.target),
            window => window > self.window,
        }
    }
}

pub(crate) fn is_too_long(failure: &Failure) -> bool {
    matches!(classify(failure), Class::ContextLength | Class::TooBig)
}

/// Why a target was passed over, as a failure.
pub(crate) fn gated(reason: Shut) -> Failure {
    let kind = match reason.why {
        Why::Resting | Why::Diverted => Kind::Resting,
        // As it was told before: a chain that is only limited is told as that, again and again.
        Why::Limited => Kind::Status(429),
        Why::Full => Kind::Busy,
        Why::NoKey => Kind::NoKey,
        Why::Off => Kind::Off,
    };
    // "Now" is no time to be told: it is not known when.
    let wait = reason.until.map(|until| until.saturating_duration_since(Instant::now()));
    let wait = wait.filter(|wait| !wait.is_zero());
    Failure { retry_after: wait, reached: false, ..Failure::new(kind) }
}
