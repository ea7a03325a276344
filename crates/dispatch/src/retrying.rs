//! Where requests were when their callers gave up on them.
//!
//! An SDK whose read timeout fires hangs up and sends the same bytes again, with `x-stainless-retry-count` raised.
//! To begin anew would be to wait for the same slow target again, and to hang up again. So the second try begins
//! behind the target that the first was waiting for; that target comes last.

use crate::Target;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Most requests remembered.
const MOST: usize = 1_024;
/// How long one is remembered: longer than any SDK waits between two tries.
const MEMORY: Duration = Duration::from_secs(120);

/// Where requests were when their callers gave up on them.
#[derive(Debug, Default)]
pub(crate) struct LeftOff(Mutex<VecDeque<(u64, Arc<str>, Instant)>>);

/// The same bytes give the same number. Two requests that share one by chance cost each other an order of targets,
/// nothing else.
fn number(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

impl LeftOff {
    /// A request was at this target when its caller left.
    pub(crate) fn note(&self, body: &[u8], target: Arc<str>, now: Instant) {
        let number = number(body);
        let mut all = self.0.lock();
        all.retain(|(other, _, at)| *other != number && now.saturating_duration_since(*at) < MEMORY);
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back((number, target, now));
    }

    /// Puts the target a request was last at, and those before it, behind the others.
    pub(crate) fn arrange(&self, body: &[u8], targets: &mut [Arc<Target>], now: Instant) {
        let all = self.0.lock();
        if all.is_empty() {
            return;
        }
        let number = number(body);
        let is_it = |(other, _, at): &&(u64, Arc<str>, Instant)| {
            *other == number && now.saturating_duration_since(*at) < MEMORY
        };
        let Some((_, left, _)) = all.iter().rev().find(is_it) else { return };
        if let Some(place) = targets.iter().position(|target| target.id == *left) {
            targets.rotate_left((place + 1) % targets.len());
        }
    }
}
