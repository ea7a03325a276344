//! Outages that are on no record as such: each shows one way of failing, S9 to S12 and S14 to S16.

use handover_drill::{At, ErrorKind, Script};

use super::recorded::BODY_429;
use super::usual::{
    BACKUP, LEAD, LOCAL, LOCAL_ASSUMED, SECOND_BACKUP, Telling, anthropic, cohere, lead, local, m, mix, play,
    s, scenario,
};
use crate::scenario::{Arrivals, Fault, Phase, Scenario};

/// Said by every scenario of this file.
const MADE_UP: &str = "The times are made up; the way of failing is on record, many times.";

fn set_keys(scenario: &mut Scenario, name: &str, keys: usize) {
    for provider in scenario.providers.iter_mut().filter(|provider| provider.name == name) {
        provider.keys = keys;
    }
}

/// S9: two meanings of 429.
pub(super) fn rate_limit_storm() -> Scenario {
    let mut scenario = scenario(
        "rate-limit-storm",
        "429 as a quota, then 429 as an outage",
        "First one of two keys is over its rate limit and says when to come back; then every key gets a bare 429 without a Retry-After, as at the end of 8 November 2023. \
        The first is to be waited for, the second is an outage. \
        Source of the bodies: OpenAI's API reference; the probe of APIContext.",
        m(40),
    )
    .assumed(&[MADE_UP])
    .phase(Phase {
        key: Some(0),
        ..Phase::all(
            LEAD,
            m(5),
            m(15),
            play(Script::error(ErrorKind::RateLimited).header("retry-after", "20")),
        )
    })
    .phase(Phase::all(LEAD, m(20), m(30), play(Script::status(429).body(BODY_429))))
    .outage(m(5), m(30))
    .mark(m(5), "one key is over its limit")
    .mark(m(15), "both keys are well")
    .mark(m(20), "bare 429 for both keys")
    .mark(m(30), "well again");
    set_keys(&mut scenario, LEAD, 2);
    scenario
}

/// S10: keys revoked under traffic.
pub(super) fn key_revoked() -> Scenario {
    let mut scenario = scenario(
        "key-revoked",
        "One key is revoked, later the other",
        "A key is refused from one moment to the next, and for good: first one of two, then the other. \
        On record for Anthropic's new keys on 16 November 2024, and for many accounts that leaked a key.",
        m(45),
    )
    .assumed(&[MADE_UP])
    .phase(Phase {
        key: Some(0),
        ..Phase::all(LEAD, m(10), m(45), play(Script::error(ErrorKind::Unauthorized)))
    })
    .phase(Phase {
        key: Some(1),
        ..Phase::all(LEAD, m(30), m(45), play(Script::error(ErrorKind::Unauthorized)))
    })
    .outage(m(10), m(45))
    .mark(m(10), "the first key is revoked")
    .mark(m(30), "the second key is revoked");
    set_keys(&mut scenario, LEAD, 2);
    scenario
}

/// S11: on and off, each minute.
pub(super) fn flapping() -> Scenario {
    scenario(
        "flapping",
        "A minute down, a minute up, for half an hour",
        "The lead fails for 60 seconds, is well for 60 seconds, and so on: what a provider looks like that breaks down under the load that comes back. \
        OpenAI flapped before and after its outage of 8 November 2023.",
        m(45),
    )
    .assumed(&[MADE_UP])
    .phase(Phase {
        flapping: Some((s(60), s(60))),
        ..Phase::all(LEAD, m(5), m(35), play(Script::error(ErrorKind::Overloaded)))
    })
    .outage(m(5), m(35))
    .mark(m(5), "flapping begins")
    .mark(m(35), "well for good")
}

/// S12: every way in which a stream can go wrong under way.
pub(super) fn drips_and_cuts() -> Scenario {
    // Before the first token, after it, after fifty, and after the last.
    let places = [At::Token(0), At::Token(1), At::Token(50), At::Finish];
    let mut faults: Vec<Script> = Vec::new();
    faults.extend(places.map(|at| Script::ok().stall_at(at)));
    faults.extend(places.map(|at| Script::ok().cut_at(at)));
    faults.push(Script::ok().cut_at(At::Terminator));
    // A drip after the last token would be none.
    faults.extend([0, 1, 50].map(|tokens| Script::ok().drip_at(tokens, DRIP_MS)));
    let mix_of = faults.into_iter().map(|script| (0.05, play(script))).collect();
    let mut scenario = scenario(
        "drips-and-cuts",
        "Streams that stall, drip, and end too early",
        "Three of five streams of the lead go wrong: they stall, they drip so slowly that no idle timer fires, or they end without the terminator, which the official SDKs take for a whole answer. \
        Each happens before the first word, after the first, after fifty, and after the last.",
        m(40),
    )
    .assumed(&[MADE_UP, "Each of the twelve faults meets 5 % of the calls; a drip is 20 seconds per token."])
    .phase(mix(LEAD, m(5), m(30), mix_of))
    .outage(m(5), m(30))
    .mark(m(5), "streams go wrong")
    .mark(m(30), "well again");
    // Longer than the gateway gives a request: who leaves first is no question then.
    scenario.traffic.patience = m(3);
    scenario
}

/// Between two tokens of a drip: below the usual stall limit of 30 s, so that only a look at the progress tells. On
/// record is an answer of 5 tokens in 107 s.
const DRIP_MS: u64 = 20_000;

/// S14: a backup that cannot carry what the lead carried.
pub(super) fn small_backup() -> Scenario {
    let mut scenario = scenario(
        "small-backup",
        "A backup with a fifth of the lead's capacity",
        "The lead fails, and its whole load moves to a backup that has a fifth of its capacity and answers 429 or 529 beyond it. \
        The wave must not take the backup down too.",
        m(40),
    )
    .assumed(&[
        MADE_UP,
        "The lead answers 100 requests at once, each backup 20; the trace needs about 27 at a time. Three of ten requests are batch work.",
        LOCAL_ASSUMED,
    ])
    .phase(Phase::all(LEAD, m(10), m(25), play(Script::error(ErrorKind::Overloaded))))
    .outage(m(10), m(25))
    .mark(m(10), "the lead fails")
    .mark(m(25), "well again");
    scenario.traffic.batch = 0.3;
    for provider in &mut scenario.providers {
        provider.capacity = match provider.name.as_str() {
            LEAD => Some(100),
            BACKUP | SECOND_BACKUP => Some(20),
            _ => None,
        };
    }
    scenario
}

/// S15: only the model on this machine is left, and it has to be loaded first.
pub(super) fn local_cold_start() -> Scenario {
    let mut scenario = scenario(
        "local-cold-start",
        "All providers gone, and the local model is cold",
        "The line to the internet is cut. The first request that reaches the local model has to wait until it is loaded, and so do those that come meanwhile. \
        Giving up on a load and starting it anew is a fault on record.",
        m(30),
    )
    .assumed(&[
        MADE_UP,
        "Loading takes 45 seconds. One request arrives every five seconds, as many as a small machine can answer.",
    ])
    .phase(Phase::all(LEAD, m(5), m(20), Fault::Blackhole))
    .phase(Phase::all(BACKUP, m(5), m(20), Fault::Blackhole))
    .phase(Phase::all(SECOND_BACKUP, m(5), m(20), Fault::Refused))
    .outage(m(5), m(20))
    .mark(m(5), "no provider can be reached")
    .mark(m(20), "the line is back");
    scenario.synthetic.remove(0);
    scenario.traffic.arrivals =
        Arrivals::Poisson { per_second: 0.2, prompt_tokens: (200, 2000), answer_tokens: (20, 200) };
    scenario.providers = vec![lead(), anthropic(), cohere(), local(s(45))];
    scenario
}

/// S16: nobody is left.
pub(super) fn all_down() -> Scenario {
    let mut scenario = scenario(
        "all-down",
        "Every provider down, and no local model",
        "Nobody can answer. What is left is an error that says so, names what was tried, says when to come back, and stops the retries of the SDKs.",
        m(20),
    )
    .assumed(&[MADE_UP, "There is no local model here; with one, nothing would fail."])
    .phase(Phase::all(LEAD, m(5), m(12), play(Script::error(ErrorKind::ServerError))))
    .phase(Phase::all(BACKUP, m(5), m(12), play(Script::error(ErrorKind::Overloaded))))
    .phase(Phase::all(SECOND_BACKUP, m(5), m(12), Fault::Refused))
    .outage(m(5), m(12))
    .mark(m(5), "nobody answers")
    .mark(m(12), "everybody is well");
    scenario.providers.retain(|provider| provider.name != LOCAL);
    scenario
}
