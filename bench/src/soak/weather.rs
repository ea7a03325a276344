//! What is wrong with a provider, and when: a deck of faults, dealt by the seed.
//!
//! Invariant: a deck holds every kind, so that a run of any length meets as many kinds as it has time for, and
//! the same seed deals the same cards with the same lengths.

use crate::random::Random;
use crate::text::said;
use handover_drill::{ErrorKind, Playlist, Reachable, Script};
use std::time::Duration;

/// One kind of weather.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Calm,
    ServerErrors,
    RateLimited,
    Overloaded,
    Silent,
    EndsBeforeHead,
    SlowFirstToken,
    Cut,
    Reset,
    Stall,
    Drip,
    ErrorEvent,
    Garbage,
    Refused,
    BlackHole,
    Flapping,
}

const ALL: [Kind; 16] = [
    Kind::Calm,
    Kind::ServerErrors,
    Kind::RateLimited,
    Kind::Overloaded,
    Kind::Silent,
    Kind::EndsBeforeHead,
    Kind::SlowFirstToken,
    Kind::Cut,
    Kind::Reset,
    Kind::Stall,
    Kind::Drip,
    Kind::ErrorEvent,
    Kind::Garbage,
    Kind::Refused,
    Kind::BlackHole,
    Kind::Flapping,
];

/// A kind of weather and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spell {
    pub(crate) kind: Kind,
    pub(crate) lasts: Duration,
}

/// Deals spells without end.
#[derive(Debug)]
pub(crate) struct Deck {
    random: Random,
    left: Vec<Kind>,
    shortest: Duration,
}

impl Deck {
    /// A spell lasts between one and three times `shortest`.
    pub(crate) fn new(random: Random, shortest: Duration) -> Self {
        Self { random, left: Vec::new(), shortest }
    }

    pub(crate) fn deal(&mut self) -> Spell {
        if self.left.is_empty() {
            self.left.extend(ALL);
            // Between the storms a provider must be well long enough to be trusted again.
            self.left.extend([Kind::Calm; 5]);
            self.random.shuffle(&mut self.left);
        }
        let kind = self.left.pop().unwrap_or(Kind::Calm);
        Spell { kind, lasts: self.shortest.mul_f64(1.0 + 2.0 * self.random.share()) }
    }
}

/// What a provider does to connections for the next moment of a spell.
pub(crate) fn reachable(kind: Kind, moment: u64) -> Reachable {
    match kind {
        Kind::Refused => Reachable::Refused,
        Kind::BlackHole => Reachable::Silent,
        Kind::Flapping if moment.is_multiple_of(2) => Reachable::Refused,
        Kind::Calm
        | Kind::ServerErrors
        | Kind::RateLimited
        | Kind::Overloaded
        | Kind::Silent
        | Kind::EndsBeforeHead
        | Kind::SlowFirstToken
        | Kind::Cut
        | Kind::Reset
        | Kind::Stall
        | Kind::Drip
        | Kind::ErrorEvent
        | Kind::Garbage
        | Kind::Flapping => Reachable::Yes,
    }
}

/// What a provider answers in the next moment of a spell: some scripts in turn, no two alike.
pub(crate) fn scripts(kind: Kind, word: &str, random: &mut Random) -> Playlist {
    let some: Vec<Script> = (0..24).map(|_| script(kind, word, random)).collect();
    some.into()
}

/// An answer as it should be, in the shapes that networks give it.
pub(crate) fn well(word: &str, random: &mut Random) -> Script {
    // One in forty is long enough to fill the socket of a caller that does not read.
    let long = random.chance(0.025);
    let words = if long { random.between(1500, 3000) } else { random.between(3, 50) };
    let script = Script::answer(said(word, words))
        .delay_headers(random.between(5, 60))
        .delay_first_token(random.between(10, 150))
        .between_tokens(if long { 0 } else { random.between(1, 15) });
    match random.between(0, 9) {
        0 => script.one_write(),
        1 if !long => script.chunk_bytes(7),
        2 => script.crlf(),
        3 => script.pings(),
        4 => script.flush_each(),
        _ => script,
    }
}

fn script(kind: Kind, word: &str, random: &mut Random) -> Script {
    let well = well(word, random);
    let place = u32::try_from(random.between(0, 30)).unwrap_or(0);
    match kind {
        Kind::Calm | Kind::Refused | Kind::BlackHole => well,
        Kind::ServerErrors => match random.between(0, 4) {
            0 => Script::html(502),
            1 => Script::status(503),
            2 => Script::error_in_200(ErrorKind::ServerError),
            3 => Script::status(500).delay_headers(random.between(0, 400)),
            _ => Script::status(500),
        },
        Kind::RateLimited => Script::status(429).header("retry-after", random.between(1, 3).to_string()),
        Kind::Overloaded => Script::status(529),
        Kind::Silent => Script::silent(),
        Kind::EndsBeforeHead if random.chance(0.5) => Script::reset(),
        Kind::EndsBeforeHead => Script::close(),
        Kind::SlowFirstToken => well.delay_first_token(random.between(300, 2500)),
        Kind::Cut if random.chance(0.5) => well.close_at(place),
        Kind::Cut => well.cut_at(place),
        Kind::Reset => well.reset_at(place),
        Kind::Stall => well.stall_at(place),
        Kind::Drip => well.drip_at(place, random.between(100, 1500)),
        Kind::ErrorEvent => well.error_event_at(place, ErrorKind::Overloaded),
        Kind::Garbage if random.chance(0.5) => well.malformed_at(place),
        Kind::Garbage => well.garbage_at(place),
        Kind::Flapping if random.chance(0.5) => Script::status(503),
        Kind::Flapping => well,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_seed_deals_the_same_weather_again() {
        let deal = |seed| {
            let mut deck = Deck::new(Random::of(seed, 1), Duration::from_secs(1));
            (0..100).map(|_| deck.deal()).collect::<Vec<_>>()
        };
        assert_eq!(deal(7), deal(7));
        assert_ne!(deal(7), deal(8));
    }

    #[test]
    fn no_kind_of_weather_is_left_out() {
        let mut deck = Deck::new(Random::of(3, 1), Duration::from_secs(1));
        let dealt: Vec<Kind> = (0..ALL.len() + 5).map(|_| deck.deal().kind).collect();
        assert!(ALL.iter().all(|kind| dealt.contains(kind)), "{dealt:?}");
    }
}
