//! Whom a fault counts against: the table's word, held against what the engine does with three of a kind in a row.

use crate::world::World;
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_drill::{Blame, KnownFault, Moment, Pairs, Play, Remedy, Setting, Staging, catalogue};
use handover_policy::BreakerState;
use std::time::Duration;
use tokio::time::Instant;

/// Plays of faults that a healthy provider answers the same way next time, and that one caller in a row can show.
fn plays() -> impl Iterator<Item = (&'static KnownFault, &'static Play)> {
    let all = catalogue().flat_map(|fault| fault.plays.iter().map(move |play| (fault, play)));
    all.filter(|(_, play)| {
        play.remedy == Remedy::HandOver
            && play.moment == Moment::BeforeFirstToken
            && play.setting == Setting::Plain
    })
}

/// Who rests after three of them.
async fn who_rests(play: &Play, lead: Dialect) -> &'static str {
    let world = match play.staging {
        Staging::Script(script) => World::builder().provider("lead", lead, script),
        Staging::Network(network) => World::builder().provider("lead", lead, "ok").network(network),
    };
    // Only HTTP/2 has words for going away.
    let backup = if lead == Cohere { Anthropic } else { Cohere };
    let world =
        world.http2(play.staging == Staging::Script("goaway")).provider("backup", backup, "ok").build();
    for _ in 0..3 {
        let told = world.hello(OpenAi, true).await;
        assert_eq!(told.status, 200, "{}: {told:?}", play.name);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let states = world.engine.states(Instant::now());
    let state = &states[0].1[0];
    let open = |breaker: &BreakerState| matches!(breaker, BreakerState::Open { .. });
    let key = &state.keys[0];
    match (open(&state.provider), key.rests.is_some(), open(&key.breaker)) {
        (true, ..) => "provider",
        (false, true, _) => "key",
        (false, false, true) => "model",
        (false, false, false) => "nobody",
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_counts_against_whom_the_table_says() {
    let mut wrong = Vec::new();
    for (fault, play) in plays() {
        let expected = match play.blame.unwrap_or(fault.blame) {
            Blame::Nobody | Blame::Share => "nobody",
            Blame::Key => "key",
            Blame::Model => "model",
            Blame::Provider => "provider",
            Blame::InnerError => continue,
        };
        for lead in [OpenAi, Anthropic, Cohere] {
            // The caller is one of OpenAI's.
            if lead == Cohere && play.pairs == Pairs::TypedErrors || play.pairs == Pairs::IdsMadeUp {
                continue;
            }
            let found = who_rests(play, lead).await;
            if found != expected {
                wrong.push(format!(
                    "{} {}, {lead:?}: {expected} expected, {found} rests",
                    fault.number, play.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
