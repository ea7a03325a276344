//! Long replays from the record of posted incidents: S2 and S17.

use std::time::Duration;

use handover_drill::{At, ErrorKind, Script};

use super::recorded::november_8_phases;
use super::usual::{
    BACKUP, COHERE_ASSUMED, LEAD, LOCAL_ASSUMED, SECOND_BACKUP, SEVERITY_ASSUMED, Telling, hm, mix, play,
    scenario, severity_mix,
};
use crate::scenario::{Phase, Scenario};
use crate::traces::{HISTORY_END, HISTORY_START, timeline, utc};

const HOURS_PER_DAY: u64 = 24;

/// One request in ten thousand: 26,000 requests over 548 days, one every half hour.
///
/// The rate is a bound on time, not on truth: all 260 million would take hours. At one request in half an hour the
/// gateway has forgotten what it learned from the request before, so each meets an outage unprepared.
const HISTORY_SAMPLED: f64 = 0.0001;

/// Said where so few requests are simulated that a probe every five minutes would outnumber them.
const NO_PROBES: &str = "Idle backups are not probed: at this rate of requests the probes would be most of the traffic and of the cost.";

/// The posted incidents of one provider as phases, in a scenario that lasts from one time to another (seconds since
/// [`HISTORY_START`]).
fn posted(provider: &str, from: u64, to: u64) -> impl Iterator<Item = Phase> {
    let own = timeline(provider).into_iter().filter(move |span| span.0 < to && from < span.1);
    own.map(move |(start, end, severity)| {
        let at = |second: u64| Duration::from_secs(second.clamp(from, to) - from);
        mix(provider, at(start), at(end), severity_mix(severity))
    })
}

/// S2: the month of the large outage, eleven incidents of OpenAI's API in all.
pub(super) fn november_2023() -> Scenario {
    let day = |day: u64, hours, minutes| hm((day - 1) * HOURS_PER_DAY + hours, minutes);
    let mut scenario = scenario(
        "november-2023",
        "November 2023, OpenAI's worst month",
        "All posted incidents of both APIs in one month, with the outage of the 8th and the errors in streams of the 28th as they were. \
        Sources: incident records (Chu et al., ICPE 2025); for the 8th and the 28th as in openai-2023-11-08 and errors-in-streams-2023-11-27.",
        day(31, 0, 0),
    )
    .starts("2023-11-01 00:00 UTC")
    .assumed(&[
        SEVERITY_ASSUMED,
        "The shares of 8 November are fitted to the counts of a probe; those of 28 November are a quarter of the streams.",
        NO_PROBES,
        COHERE_ASSUMED,
    ])
    .sampled(0.003)
    .mark(day(8, 13, 42), "8 November: the large outage")
    .mark(day(21, 22, 9), "21 November: up to 75 % of the calls fail")
    .mark(day(28, 0, 40), "28 November: errors in streams");
    scenario.route.probe = None;
    scenario.phases = november_8_phases(day(8, 13, 42));
    // The probe saw no failure after 15:38; the status page let the incident stand until 15:46.
    scenario.phases.push(mix(LEAD, day(8, 15, 38), day(8, 15, 46), Vec::new()));
    let error = |at: At| play(Script::ok().error_event_at(at, ErrorKind::ServerError));
    scenario.phases.push(mix(
        LEAD,
        day(28, 0, 40),
        day(28, 13, 50),
        vec![(0.125, error(At::Token(0))), (0.125, error(At::Token(20)))],
    ));
    let since = |day| u64::try_from(utc(2023, 11, day, 0, 0) - HISTORY_START).unwrap_or(0);
    for provider in [LEAD, BACKUP] {
        scenario.phases.extend(posted(provider, since(1), since(31)));
    }
    scenario
}

/// S17: all posted incidents of OpenAI and Anthropic over 548 days.
pub(super) fn history() -> Scenario {
    let seconds = u64::try_from(HISTORY_END - HISTORY_START).unwrap_or(0);
    let mut scenario = scenario(
        "history",
        "548 days of posted incidents, July 2023 to January 2025",
        "Every posted API incident of OpenAI (115 periods, 3.15 % of the time) and of Anthropic (110 periods, 2.59 %) from 11 July 2023 to 8 January 2025. \
        For 819 minutes both had one at once. \
        Sources: incident records (Chu et al., ICPE 2025, and its successor FAILS); incidents posted for longer than 48 hours are left out.",
        Duration::from_secs(seconds),
    )
    .starts("2023-07-11 00:00 UTC")
    .assumed(&[
        SEVERITY_ASSUMED,
        "There is no Cohere here: it has no public incident record of useful depth, and a backup that is always well would prove nothing.",
        "At one request in half an hour a breaker has forgotten the last one: M4 to M6, M8 and M9 say little here, M1 and M2 are what this is for.",
        NO_PROBES,
        LOCAL_ASSUMED,
    ])
    .sampled(HISTORY_SAMPLED);
    scenario.route.probe = None;
    for provider in [LEAD, BACKUP] {
        scenario.phases.extend(posted(provider, 0, seconds));
    }
    scenario.providers.retain(|provider| provider.name != SECOND_BACKUP);
    scenario
}
