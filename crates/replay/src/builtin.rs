//! The built-in scenarios, S1 to S18: outages on record, and one for each way of failing.
//!
//! Every scenario says what happened and where that is written, and lists what in it is assumed or made up.
//! Its requests are those of a real trace wherever the load allows it.
//!
//! # Invariants
//! * What stands on record is not improved: times, error bodies and severities come from `data/`, and the tests
//!   compare them.
//! * Every scenario passes [`Scenario::check`] and plays only what the simulator can play.

mod history;
mod made_up;
mod recorded;
mod usual;

pub(crate) use usual::providers as usual_providers;

use crate::scenario::Scenario;

/// One of the built-in scenarios.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its number on the scoreboard, `S1` to `S18`; variants share one.
    pub number: &'static str,
    /// Its name on the command line.
    pub id: &'static str,
    build: fn() -> Scenario,
}

impl Entry {
    /// The scenario itself.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        (self.build)()
    }
}

const fn entry(number: &'static str, id: &'static str, build: fn() -> Scenario) -> Entry {
    Entry { number, id, build }
}

const ENTRIES: [Entry; 19] = [
    entry("S1", "openai-2023-11-08", recorded::openai_2023_11_08),
    entry("S1", "openai-2023-11-08-full-day", recorded::openai_2023_11_08_full_day),
    entry("S2", "november-2023", history::november_2023),
    entry("S3", "two-providers-2024-12-11", recorded::two_providers_2024_12_11),
    entry("S4", "errors-in-streams-2023-11-27", recorded::errors_in_streams_2023_11_27),
    entry("S5", "dns-2024-12-04", recorded::dns_2024_12_04),
    entry("S6", "key-dependent-2023-10-19", recorded::key_dependent_2023_10_19),
    entry("S7", "not-found-2024-09-14", recorded::not_found_2024_09_14),
    entry("S8", "empty-2023-06-14", recorded::empty_2023_06_14),
    entry("S9", "rate-limit-storm", made_up::rate_limit_storm),
    entry("S10", "key-revoked", made_up::key_revoked),
    entry("S11", "flapping", made_up::flapping),
    entry("S12", "drips-and-cuts", made_up::drips_and_cuts),
    entry("S13", "repetition-2024-03-27", recorded::repetition_2024_03_27),
    entry("S14", "small-backup", made_up::small_backup),
    entry("S15", "local-cold-start", made_up::local_cold_start),
    entry("S16", "all-down", made_up::all_down),
    entry("S17", "history", history::history),
    entry("S18", RANDOM, || crate::random(1)),
];

/// The scenario that is another one for each seed.
const RANDOM: &str = "random";

/// Every built-in scenario, in the order of the scoreboard.
#[must_use]
pub fn list() -> &'static [Entry] {
    &ENTRIES
}

/// The built-in scenario of this name. `random-17` is the random scenario of seed 17.
#[must_use]
pub fn find(id: &str) -> Option<Scenario> {
    let of_seed = id.strip_prefix(RANDOM).and_then(|rest| rest.strip_prefix('-')?.parse().ok());
    if let Some(seed) = of_seed {
        return Some(crate::random(seed));
    }
    ENTRIES.iter().find(|entry| entry.id == id).map(Entry::scenario)
}

/// The built-in scenario of this name with another seed. A random one is another scenario then; the others keep
/// their faults, and draw anew which request meets them.
#[must_use]
pub fn find_seeded(id: &str, seed: u64) -> Option<Scenario> {
    if id == RANDOM {
        return Some(crate::random(seed));
    }
    let scenario = find(id)?;
    Some(Scenario { seed, ..scenario })
}

/// The name that was probably meant by one that no scenario has.
#[must_use]
pub fn nearest(id: &str) -> Option<&'static str> {
    crate::file::nearest(id, ENTRIES.iter().map(|entry| entry.id))
}

#[cfg(test)]
mod tests;
