//! What a scenario's providers do at a time of its clock, for real sockets.
//!
//! Invariant: the shares of a mix are met over any few dozen requests, and the same seed gives the same order. They
//! are spread evenly and not drawn: a game day is short.

use std::time::Duration;

use handover_drill::{Blanks, ErrorKind, Playlist, Reachable, Script};
use handover_replay::scenario::{Fault, Phase, Provider, Scenario};

/// Scripts that are laid out ahead. They are laid out anew several times a second.
const AHEAD: usize = 128;
/// The fractional part of the golden ratio: its multiples are spread most evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// What a simulated provider says when it is well, one token per word.
const ANSWER: &str = "This answer comes from a simulated provider , word by word , so that a stream can be watched \
    while it runs . Nothing in it was written by a model , and nobody pays for it .";

/// What happens at one provider.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    /// What its socket does.
    pub(super) reachable: Reachable,
    /// The phase that holds for all keys, by its place in the scenario.
    phase: Option<usize>,
    /// By key: the phase that holds for it.
    keys: Vec<Option<usize>>,
}

/// What goes on at this provider at this time.
pub(super) fn state(scenario: &Scenario, provider: &Provider, at: Duration) -> State {
    let on = |key: Option<usize>| {
        scenario.phases.iter().position(|phase| {
            phase.provider == provider.name && phase.is_on(at) && (phase.key.is_none() || phase.key == key)
        })
    };
    let phase = on(None);
    let keys: Vec<Option<usize>> = (0..provider.keys).map(|key| on(Some(key))).collect();
    let everywhere = keys.iter().all(|of_key| *of_key == phase);
    let reachable = match phase.filter(|_| everywhere).and_then(|at| scenario.phases.get(at)) {
        Some(phase) => reachable(phase),
        None => Reachable::Yes,
    };
    State { reachable, phase, keys }
}

/// A socket knows no shares: it refuses everybody or nobody.
fn reachable(phase: &Phase) -> Reachable {
    match phase.mix.as_slice() {
        [(share, Fault::Refused)] if *share >= 1.0 => Reachable::Refused,
        [(share, Fault::Blackhole)] if *share >= 1.0 => Reachable::Silent,
        _ => Reachable::Yes,
    }
}

impl State {
    /// What requests get next: for all keys, and for those keys that have something of their own.
    pub(super) fn scripts(
        &self,
        scenario: &Scenario,
        provider: &Provider,
        turn: u64,
    ) -> (Playlist, Vec<(usize, Playlist)>) {
        let list = |phase: Option<usize>| {
            let phase = phase.and_then(|at| scenario.phases.get(at));
            (0..AHEAD as u64).map(|nth| next(phase, provider, turn + nth)).collect::<Vec<Script>>().into()
        };
        let own = self.keys.iter().enumerate().map(|(key, phase)| (key, list(*phase)));
        (list(self.phase), own.filter(|_| self.keys.len() > 1).collect())
    }

    /// What is wrong, for people.
    pub(super) fn say(&self, scenario: &Scenario) -> String {
        let mut said: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
        for (key, phase) in self.keys.iter().enumerate() {
            match said.iter_mut().find(|(other, _)| other == phase) {
                Some((_, keys)) => keys.push(key),
                None => said.push((*phase, vec![key])),
            }
        }
        let parts = said.iter().map(|(phase, keys)| {
            let what = phase.and_then(|at| scenario.phases.get(at)).map_or("is well".to_owned(), meets);
            if said.len() == 1 {
                return what;
            }
            let keys: Vec<String> = keys.iter().map(|key| (key + 1).to_string()).collect();
            format!("with key {}: {what}", keys.join(" and "))
        });
        parts.collect::<Vec<_>>().join("; ")
    }
}

/// What requests meet in a phase: `98 % of requests fail: 74 % 502, 24 % 503`.
fn meets(phase: &Phase) -> String {
    let bad: Vec<&(f64, Fault)> = phase.mix.iter().filter(|(_, fault)| *fault != Fault::Healthy).collect();
    let share: f64 = bad.iter().map(|(share, _)| share).sum();
    let percent = |share: f64| format!("{} %", (share * 1000.0).round() / 10.0);
    match bad.as_slice() {
        [] => "is well".to_owned(),
        [(_, fault)] if share >= 1.0 => format!("all requests meet: {}", name(fault)),
        [(_, fault)] => format!("{} of requests meet: {}", percent(share), name(fault)),
        many => {
            let parts: Vec<String> =
                many.iter().map(|(share, fault)| format!("{} {}", percent(*share), name(fault))).collect();
            let all = if share >= 1.0 { "all".to_owned() } else { percent(share) };
            format!("{all} of requests meet a fault: {}", parts.join(", "))
        }
    }
}

/// A fault in few words. Bodies are left out: they are long.
fn name(fault: &Fault) -> String {
    match fault {
        Fault::Script(script) => {
            let text = script.to_string();
            let short = text.split(" body=").next().unwrap_or_default();
            short.chars().map(|c| if c.is_control() { ' ' } else { c }).take(60).collect()
        }
        Fault::Refused => "connection refused".to_owned(),
        Fault::Blackhole => "no connection".to_owned(),
        Fault::Dns(stall) => format!("the name resolves after {} s", stall.as_secs_f64()),
        Fault::Healthy => "nothing".to_owned(),
    }
}

/// The script of the request that comes as number `turn`.
fn next(phase: Option<&Phase>, provider: &Provider, turn: u64) -> Script {
    let spread = |turn: u64| (turn as f64 * GOLDEN).fract();
    let mut drawn = spread(turn);
    let fault = phase.and_then(|phase| {
        phase.mix.iter().find_map(|(share, fault)| {
            if drawn < *share {
                return Some(fault);
            }
            drawn -= share;
            None
        })
    });
    let script = match fault {
        None | Some(Fault::Healthy) => Script::ok(),
        Some(Fault::Script(script)) => (**script).clone(),
        // What a listening socket can do for a share of the requests: break, or say nothing.
        Some(Fault::Refused) => Script::reset(),
        Some(Fault::Blackhole) => Script::silent(),
        // Loopback addresses need no resolver: the time is spent before the answer's head.
        Some(Fault::Dns(stall)) => Script::ok().delay_headers(ms(*stall)),
    };
    let (least, most) = provider.first_token;
    let first_token = least + most.saturating_sub(least).mul_f64(spread(turn.wrapping_mul(7)));
    script.filled(&Blanks {
        text: ANSWER.to_owned(),
        prompt_tokens: 20,
        first_token,
        between: provider.per_token,
        group: 0,
    })
}

/// What a provider says that has all the answers under way that it can have.
pub(super) fn overloaded(provider: &Provider) -> Script {
    match provider.dialect {
        handover_drill::Dialect::Anthropic => Script::error(ErrorKind::Overloaded),
        handover_drill::Dialect::OpenAi | handover_drill::Dialect::Cohere => {
            Script::error(ErrorKind::RateLimited)
        }
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn m(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    fn scenario() -> Scenario {
        handover_replay::file::parse(
            "test.toml",
            r#"
            name = "test"
            title = "Test"
            span = "20m"
            [[providers]]
            name = "lead"
            dialect = "openai"
            keys = 2
            [[providers]]
            name = "backup"
            dialect = "anthropic"
            [[phases]]
            provider = "lead"
            from = "2m"
            to = "4m"
            mix = [{ share = 0.75, script = "502 body='x'" }, { share = 0.15, script = "refused" }]
            [[phases]]
            provider = "lead"
            key = 1
            from = "5m"
            to = "6m"
            script = "unauthorized"
            [[phases]]
            provider = "backup"
            from = "7m"
            to = "9m"
            script = "refused"
            "#,
        )
        .unwrap()
    }

    #[test]
    fn a_game_day_says_what_goes_wrong_when() {
        let scenario = scenario();
        let [lead, backup] = scenario.providers.as_slice() else { panic!("two providers") };
        let said = |provider, at| state(&scenario, provider, at).say(&scenario);
        assert_eq!(said(lead, m(1)), "is well");
        assert_eq!(said(lead, m(2)), "90 % of requests meet a fault: 75 % 502, 15 % connection refused");
        assert_eq!(said(lead, m(5)), "with key 1: is well; with key 2: all requests meet: unauthorized");
        assert_eq!(said(lead, m(6)), "is well");
        assert_eq!(said(backup, m(8)), "all requests meet: connection refused");
        assert_eq!(state(&scenario, backup, m(8)).reachable, Reachable::Refused);
        assert_eq!(state(&scenario, lead, m(3)).reachable, Reachable::Yes, "it still answers some");
    }

    #[test]
    fn a_share_of_a_mix_is_met_within_a_few_dozen_requests() {
        let scenario = scenario();
        let lead = &scenario.providers[0];
        let now = state(&scenario, lead, m(3));
        let (all, own) = now.scripts(&scenario, lead, 0);
        let bad = all.scripts().iter().filter(|script| script.to_string().starts_with("502")).count();
        let share = bad as f64 / all.scripts().len() as f64;
        assert!((0.72..0.78).contains(&share), "{share}");
        assert_eq!(own.len(), 2, "each key has a list of its own");
    }
}
