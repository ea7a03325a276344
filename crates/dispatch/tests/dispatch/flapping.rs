//! A provider that fails every call for a minute and then is well (Failover Bench, S15): it is left alone while it is
//! down, nobody notices, and it serves again soon after.

use crate::world::{World, hello, ms};
use futures_util::future::join_all;
use handover_dialect::Dialect::{self, Anthropic, Cohere, OpenAi};
use handover_dispatch::{Reply, dispatch};
use handover_drill::Script;
use std::time::Duration;
use tokio::time::Instant;

/// How long the lead is down.
const DOWN: Duration = Duration::from_secs(60);
/// How long after it is well it must serve again.
const BACK_WITHIN: Duration = Duration::from_secs(60);
/// One request each.
const EVERY: Duration = Duration::from_secs(4);
/// Most requests of the minute that may reach the lead.
const MOST: u64 = 6;

/// Whether a request got a whole answer, whose it was, and when it was asked.
struct Asked {
    at: Duration,
    whole: bool,
    by: String,
}

async fn ask(world: &World, start: Instant, at: Duration) -> Asked {
    tokio::time::sleep_until(start + at).await;
    let incoming = world.incoming(OpenAi, &hello(OpenAi, true));
    let (whole, headers) = match Box::pin(dispatch(&world.engine, incoming)).await {
        Reply::Whole { headers, .. } => (false, headers),
        Reply::Stream { headers, mut relay, .. } => {
            let mut whole = true;
            while let Some(next) = relay.next().await {
                whole &= next.is_ok();
            }
            (whole, headers)
        }
    };
    let by = headers.get("x-handover-served").and_then(|v| v.to_str().ok()).unwrap_or_default();
    Asked { at, whole, by: by.split('/').next().unwrap_or_default().to_owned() }
}

async fn check(lead: Dialect, fault: &str, seed: u64) {
    let case = format!("{lead:?} {fault}, seed {seed}");
    let world =
        World::builder().provider("lead", lead, fault).provider("backup", Anthropic, "ok").seed(seed).build();
    let start = Instant::now();
    let sick = async {
        tokio::time::sleep_until(start + DOWN - ms(1)).await;
        world.simulators[0].play(Script::ok());
        world.simulators[0].count()
    };
    let count = (DOWN + BACK_WITHIN).as_secs() / EVERY.as_secs();
    let requests = (0..count).map(|n| ask(&world, start, EVERY * n as u32));
    let (reached, answers) = tokio::join!(sick, join_all(requests));
    assert!(reached <= MOST, "{case}: {reached} requests reached the lead while it was down");
    for asked in &answers {
        assert!(asked.whole, "{case}: the request at {:?} got no whole answer", asked.at);
        let expected = if asked.at < DOWN { &["backup"][..] } else { &["lead", "backup"] };
        assert!(expected.contains(&asked.by.as_str()), "{case}: {:?} was served by {}", asked.at, asked.by);
    }
    let back = answers.iter().find(|asked| asked.by == "lead").map(|asked| asked.at);
    assert!(back.is_some(), "{case}: the lead never came back");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_every_call_is_left_alone_and_comes_back() {
    for fault in
        ["503", "500", "529", "reset", "ok error@0:overloaded", "error_in_200 server_error", "ok cut@0"]
    {
        for lead in [OpenAi, Anthropic, Cohere] {
            for seed in 0..10 {
                check(lead, fault, seed).await;
            }
        }
    }
}
