//! Chance, from the scenario's seed.
//!
//! A draw is a function of what it is for, not of how many draws came before it: the same request meets the same
//! luck whatever the strategy, so that strategies can be compared request by request.

use std::time::Duration;

/// Chance for one purpose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Draws(mix(seed ^ 0x5851_F42D_4C95_7F2D))
    }

    /// Chance that belongs to this as well.
    pub(crate) fn of(self, what: u64) -> Self {
        Draws(mix(self.0 ^ mix(what.wrapping_add(0x9E37_79B9_7F4A_7C15))))
    }

    /// At least 0, below 1.
    pub(crate) fn share(self) -> f64 {
        // 53 bits are what an f64 holds exactly.
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn chance(self, share: f64) -> bool {
        self.share() < share
    }

    /// Both ends included.
    pub(crate) fn between(self, (from, to): (u32, u32)) -> u32 {
        let width = u64::from(to.saturating_sub(from)) + 1;
        from + u32::try_from(self.0 % width).unwrap_or(0)
    }

    pub(crate) fn time(self, (from, to): (Duration, Duration)) -> Duration {
        // Whole milliseconds: that is what tokio's timers tell apart.
        let time = from + to.saturating_sub(from).mul_f64(self.share());
        Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }
}

/// SplitMix64's finisher: every bit of the input moves every bit of the output.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
