//! The fault table, whole: every play of every fault, for every caller and every kind of provider, streamed and
//! not, over HTTP/1 and HTTP/2.
//!
//! What is right stands in the table ([`handover_drill::catalogue`]) and is only judged here. Each case has a lead
//! that plays the fault and a healthy backup, and asks: who answered, how often was the sick one asked, did the
//! answer end honestly, and do the headers say so? `cargo test -p handover-dispatch faults -- --nocapture` counts
//! them.

#![expect(clippy::print_stdout, reason = "the count of cases is asked for by a person at a terminal")]

use crate::verdict::{BACKUP_TEXT, Case, judge};
use crate::world::{Builder, World, hello, ms};
use futures_util::future::join_all;
use handover_dialect::Dialect;
use handover_dispatch::{Outcome, Reply, dispatch};
use handover_drill::{Asks, KnownFault, Network, Pairs, Play, Remedy, Setting, Staging, catalogue};
use http::HeaderValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const CALLERS: [Dialect; 2] = [Dialect::OpenAi, Dialect::Anthropic];
const LEADS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Cohere];
/// What the backup says: where it goes on with an answer, that one; else words of its own.
fn backup_script(play: &Play) -> String {
    let text = if play.remedy == Remedy::Continue { play.says } else { BACKUP_TEXT };
    format!("ok '{text}' every=10ms")
}

/// When a caller leaves that does.
const LEAVES_AFTER: Duration = ms(1000);
/// Callers of a storm.
const STORM: usize = 30;

/// A backup that speaks neither the lead's nor the caller's dialect, so that nothing is handed over because a
/// translation is suspected.
fn backup_for(caller: Dialect, lead: Dialect) -> Dialect {
    [Dialect::Anthropic, Dialect::OpenAi, Dialect::Cohere]
        .into_iter()
        .find(|d| *d != lead && *d != caller)
        .unwrap_or(Dialect::Cohere)
}

fn is_for(pairs: Pairs, caller: Dialect, lead: Dialect) -> bool {
    match pairs {
        Pairs::All => true,
        Pairs::OpenAi => (caller, lead) == (Dialect::OpenAi, Dialect::OpenAi),
        Pairs::OpenAiLead => lead == Dialect::OpenAi,
        Pairs::Translated => caller != lead,
        Pairs::Anthropic => (caller, lead) == (Dialect::Anthropic, Dialect::Anthropic),
        Pairs::IdsAsTheyCome => !makes_ids_up(caller, lead),
        Pairs::IdsMadeUp => makes_ids_up(caller, lead),
        Pairs::TypedErrors => lead != Dialect::Cohere,
    }
}

/// OpenAI's copies often leave ids out; whoever reads their calls in another dialect is given one.
fn makes_ids_up(caller: Dialect, lead: Dialect) -> bool {
    (caller, lead) == (Dialect::Anthropic, Dialect::OpenAi)
}

/// Every case of a pair of dialects.
fn cases(caller: Dialect, lead: Dialect) -> impl Iterator<Item = (&'static KnownFault, Case)> {
    let plays = catalogue().flat_map(|fault| fault.plays.iter().map(move |play| (fault, play)));
    plays.filter(move |(_, play)| is_for(play.pairs, caller, lead)).flat_map(move |(fault, play)| {
        let modes = [(true, false), (false, false), (true, true), (false, true)];
        modes.into_iter().filter(|(stream, _)| play.right(*stream).is_some()).map(move |(stream, http2)| {
            let native = play.setting == Setting::NativeBackup;
            let backup = if native { caller } else { backup_for(caller, lead) };
            (fault, Case { play, caller, lead, backup, stream, http2 })
        })
    })
}

/// Tokens come one by one, so that a fault in mid-answer finds an answer that has begun.
fn paced(script: &str) -> String {
    let each = script.split(" then ").map(|script| {
        if script.contains("every=") { script.to_owned() } else { format!("{script} every=10ms") }
    });
    each.collect::<Vec<_>>().join(" then ")
}

fn world(case: &Case) -> World {
    let Case { play, lead, backup, http2, .. } = *case;
    let script = match play.staging {
        Staging::Script(script) => paced(script),
        Staging::Network(_) => "ok every=10ms".to_owned(),
    };
    let sick = |name: &str, dialect: Dialect, world: Builder| {
        let world = world.provider(name, dialect, &script).http2(http2);
        match play.asks {
            Asks::Words | Asks::Temperature | Asks::Tools | Asks::Json | Asks::Two => world,
            // The simulator's own checks stand for a stricter model than the one that is played.
            Asks::ForeignReasoning | Asks::Continuation => world.lenient(),
        }
    };
    let mut world = sick("lead", lead, World::builder());
    if let Staging::Network(network) = play.staging {
        world = world.network(network);
    }
    world = match play.setting {
        Setting::SecondKey => world.keys(2).for_key(1, "ok every=10ms"),
        Setting::LargerWindow | Setting::SameWindow => world.can(|c| c.context = Some(8_000)),
        Setting::Plain | Setting::Kept | Setting::NativeBackup | Setting::WantsStop => world,
        Setting::Everyone | Setting::Storm => world,
    };
    let well = |world: Builder| world.provider("backup", backup, &backup_script(play));
    world = match play.setting {
        Setting::Everyone => sick("backup", backup, world),
        Setting::LargerWindow => well(world).can(|c| c.context = Some(200_000)),
        Setting::SameWindow => well(world).can(|c| c.context = Some(8_000)),
        Setting::Plain | Setting::Kept | Setting::SecondKey | Setting::WantsStop => well(world),
        Setting::NativeBackup | Setting::Storm => well(world),
    };
    world.build()
}

fn question(case: &Case) -> Value {
    let mut body = hello(case.caller, case.stream);
    let messages = match case.play.asks {
        Asks::Words => return body,
        Asks::Temperature => {
            body["temperature"] = json!(0.5);
            return body;
        }
        Asks::ForeignReasoning => vec![
            json!({"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "another vendor's"},
                {"type": "text", "text": "Hi."},
            ]}),
            json!({"role": "user", "content": "Go on."}),
        ],
        Asks::Continuation => vec![json!({"role": "assistant", "content": "Dear"})],
        Asks::Tools => {
            body["tools"] = tools(case.caller);
            return body;
        }
        Asks::Json => {
            let schema = json!({"type": "object", "properties": {"city": {"type": "string"}},
                "required": ["city"], "additionalProperties": false});
            match case.caller {
                Dialect::OpenAi | Dialect::Cohere => body["response_format"] = json!({"type": "json_object"}),
                Dialect::Anthropic => {
                    body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema}});
                }
            }
            return body;
        }
        Asks::Two => {
            body["n"] = json!(2);
            return body;
        }
    };
    body["messages"].as_array_mut().expect("messages").extend(messages);
    body
}

/// One that looks up the weather.
fn tools(caller: Dialect) -> Value {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    match caller {
        Dialect::OpenAi | Dialect::Cohere => {
            json!([{"type": "function", "function": {"name": "get_weather", "parameters": schema}}])
        }
        Dialect::Anthropic => json!([{"name": "get_weather", "input_schema": schema}]),
    }
}

/// Plays one case and says what is wrong with what happened.
async fn play(case: &Case) -> Result<(), String> {
    let world = world(case);
    if case.right() == Remedy::Cancel {
        return leave(case, &world).await;
    }
    if case.play.setting == Setting::Storm {
        return storm(case, &world).await;
    }
    if case.play.setting == Setting::Kept {
        let earlier = world.hello(case.caller, case.stream).await;
        assert!(earlier.view.is_complete(), "the earlier request: {earlier:?}");
    }
    let mut incoming = world.incoming(case.caller, &question(case));
    if case.play.setting == Setting::WantsStop {
        incoming.headers.insert("x-handover-mid-stream", HeaderValue::from_static("stop"));
    }
    let told = world.read(incoming).await;
    let asked = world.asked();
    judge(case, &told, [asked[0], asked[1]])
}

/// The caller leaves; the lead must hear of it at that moment, and nobody else be asked.
async fn leave(case: &Case, world: &World) -> Result<(), String> {
    let incoming = world.incoming(case.caller, &question(case));
    let answering = async {
        if let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await {
            while relay.next().await.is_some() {}
        }
    };
    if tokio::time::timeout(LEAVES_AFTER, answering).await.is_ok() {
        return Err("it was over before the caller left".to_owned());
    }
    let reached = u64::from(case.play.staging != Staging::Network(Network::BlackHole));
    if reached == 1 {
        let gone = world.simulators[0].wait_for_hangup().await;
        let after = gone.ended_at.map(|at| at.saturating_duration_since(gone.at));
        if after != Some(LEAVES_AFTER) {
            return Err(format!("the provider heard of it after {after:?}"));
        }
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    let outcomes: Vec<Outcome> = world.records.all().iter().map(|record| record.outcome).collect();
    let asked = world.asked();
    if asked != [reached, 0] || outcomes != [Outcome::Cancelled] {
        return Err(format!("asked {asked:?}, recorded {outcomes:?}"));
    }
    Ok(())
}

/// Many callers at once: everybody is served by the backup, and the lead gets each question once at most.
async fn storm(case: &Case, world: &World) -> Result<(), String> {
    let callers = (0..STORM).map(|_| async {
        let incoming = world.incoming(case.caller, &question(case));
        match Box::pin(dispatch(&world.engine, incoming)).await {
            Reply::Whole { status, .. } => status == 200,
            Reply::Stream { mut relay, .. } => {
                let mut whole = true;
                while let Some(next) = relay.next().await {
                    whole &= next.is_ok();
                }
                whole
            }
        }
    });
    let served = join_all(callers).await.into_iter().filter(|whole| *whole).count();
    let asked = world.asked();
    let callers = STORM as u64;
    if served != STORM || asked[0] > callers || asked[1] != callers {
        return Err(format!("{served} of {STORM} served, asked {asked:?}"));
    }
    Ok(())
}

async fn check_all(caller: Dialect, lead: Dialect) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (fault, case) in cases(caller, lead) {
        count += 1;
        let http = if case.http2 { 2 } else { 1 };
        let name = format!(
            "{} {}: {} (stream: {}, HTTP/{http})",
            fault.number, fault.name, case.play.name, case.stream
        );
        match play(&case).await {
            Ok(()) => {}
            Err(found) => wrong.push(format!("{name}: {found}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n\n"));
    println!("{caller:?} asks {lead:?}: {count} cases");
}

/// One test per pair, so that a failure names its pair and the others still run.
macro_rules! known_faults {
    ($($name:ident: $caller:ident asks $lead:ident,)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            check_all(Dialect::$caller, Dialect::$lead).await;
        }
    )*
        #[test]
        fn every_pair_of_dialects_is_in_the_table() {
            assert_eq!([$(stringify!($name)),*].len(), CALLERS.len() * LEADS.len());
        }
    };
}

known_faults! {
    an_openai_caller_survives_every_known_fault_of_openai: OpenAi asks OpenAi,
    an_openai_caller_survives_every_known_fault_of_anthropic: OpenAi asks Anthropic,
    an_openai_caller_survives_every_known_fault_of_cohere: OpenAi asks Cohere,
    an_anthropic_caller_survives_every_known_fault_of_openai: Anthropic asks OpenAi,
    an_anthropic_caller_survives_every_known_fault_of_anthropic: Anthropic asks Anthropic,
    an_anthropic_caller_survives_every_known_fault_of_cohere: Anthropic asks Cohere,
}

#[test]
fn no_known_fault_is_without_a_case() {
    let mut count: BTreeMap<u8, usize> = catalogue().map(|fault| (fault.number, 0)).collect();
    for (caller, lead) in CALLERS.iter().flat_map(|caller| LEADS.map(|lead| (*caller, lead))) {
        for (fault, _) in cases(caller, lead) {
            *count.entry(fault.number).or_default() += 1;
        }
    }
    let without: Vec<u8> =
        count.iter().filter(|(_, cases)| **cases == 0).map(|(number, _)| *number).collect();
    assert!(without.is_empty(), "no case for {without:?}");
    assert!(count.keys().copied().eq(1..=count.len() as u8), "a number is missing");
    println!("fault table: {} faults, {} cases", count.len(), count.values().sum::<usize>());
}
