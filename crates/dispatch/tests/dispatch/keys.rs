//! Several keys of one provider, and that none of them is ever shown.

use crate::world::{SECRET, World, hello};
use handover_dialect::Dialect::{Anthropic, Cohere, OpenAi};
use serde_json::json;

/// The number at the end of each key a provider was asked with.
fn keys_used(world: &World) -> Vec<String> {
    let keys = world.simulators[0].requests().into_iter().map(|r| r.key.unwrap_or_default());
    keys.map(|key| key.rsplit('-').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refused_or_limited_key_costs_a_key_and_not_the_provider() {
    for dialect in [OpenAi, Anthropic, Cohere] {
        for refusal in ["401", "403", "429", "rate_limited", "quota", "payment_required"] {
            let world = World::builder()
                .provider("lead", dialect, "ok")
                .keys(2)
                .for_key(0, refusal)
                .provider("backup", OpenAi, "ok")
                .build();
            let told = world.hello(OpenAi, true).await;
            assert!(told.header("x-handover-served").starts_with("lead/"), "{refusal}: {told:?}");
            assert_eq!(keys_used(&world), ["0", "1"], "{refusal}");
            assert_eq!(told.header("x-handover-attempts"), "2");
            // It rests: the next request does not run into it again.
            let told = world.hello(OpenAi, false).await;
            assert_eq!(told.header("x-handover-attempts"), "1", "{refusal}");
            assert_eq!(keys_used(&world), ["0", "1", "1"], "{refusal}");
            assert_eq!(world.asked()[1], 0, "{refusal}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limited_key_is_used_again_once_it_has_rested() {
    let world = World::builder()
        .provider("lead", OpenAi, "ok")
        .keys(2)
        .for_key(0, "429 retry_after=7 then ok")
        .build();
    world.hello(OpenAi, true).await;
    tokio::time::advance(std::time::Duration::from_millis(6_999)).await;
    world.hello(OpenAi, true).await;
    tokio::time::advance(std::time::Duration::from_millis(1)).await;
    world.hello(OpenAi, true).await;
    assert_eq!(keys_used(&world), ["0", "1", "1", "0"]);
}

#[tokio::test(start_paused = true)]
async fn when_every_key_rests_the_provider_is_still_asked() {
    let world = World::builder().provider("lead", OpenAi, "429 then 429 then ok").keys(2).build();
    let told = world.hello(OpenAi, true).await;
    assert_eq!((told.status, told.header("x-should-retry")), (429, "false"));
    assert_eq!(keys_used(&world), ["0", "1"]);
    let told = world.hello(OpenAi, true).await;
    assert_eq!(told.status, 200, "a limit may be over before it was said to be");
    assert_eq!(keys_used(&world).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn no_key_is_ever_shown_whatever_goes_wrong() {
    // A provider that repeats the key in its words. The world looks for it in every reply, header and record.
    let shouting =
        |status: &str| format!("{status} body='{{\"error\":{{\"message\":\"no: {SECRET}-lead-0\"}}}}'");
    let html = format!("502 body='<html>{SECRET}-lead-0</html>' type=text/html");
    let mut scripts: Vec<String> =
        ["400", "413", "422", "401", "403", "429", "500", "503"].map(shouting).into();
    scripts.push(html);
    scripts.extend(["reset", "silent", "ok reset@0", "ok malformed@0"].map(str::to_owned));
    scripts.extend(["ok tokens=5 every=10ms reset@2", "ok tokens=5 every=10ms stall@2"].map(str::to_owned));
    for script in &scripts {
        for caller in [OpenAi, Anthropic] {
            for lead in [OpenAi, Anthropic, Cohere] {
                for stream in [true, false] {
                    let world = World::builder().provider("lead", lead, script).build();
                    let told = world.hello(caller, stream).await;
                    assert_ne!((told.status, told.view.is_complete()), (200, true), "{script}: {told:?}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_engine_and_its_providers_show_no_key() {
    let world = World::builder().provider("lead", Anthropic, "ok").keys(3).build();
    let (_, targets) = world.engine.plan("default", &[], false).expect("the route is there");
    let shown = format!("{:?} {targets:?} {:?}", world.engine, world.incoming(OpenAi, &hello(OpenAi, true)));
    assert!(!shown.contains(SECRET), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn what_the_caller_sends_as_a_key_goes_to_no_provider() {
    let world = World::builder().provider("lead", OpenAi, "ok").build();
    let mut incoming =
        world.incoming(OpenAi, &json!({"model": "default", "messages": [{"role": "user", "content": "x"}]}));
    for name in ["authorization", "x-api-key", "cookie", "x-handover-only"] {
        incoming.headers.insert(name, "callers-own".parse().expect("a header's value"));
    }
    world.read(incoming).await;
    let sent = &world.simulators[0].requests()[0];
    let shown: Vec<_> = sent.headers.values().filter(|v| v.as_bytes() == b"callers-own").collect();
    assert!(shown.is_empty(), "{:?}", sent.headers);
}

#[tokio::test(start_paused = true)]
async fn the_leads_second_key_is_still_the_lead() {
    let world = World::builder().provider("lead", OpenAi, "401 then ok").keys(2).build();
    let told = world.hello(OpenAi, false).await;
    assert_eq!(told.header("x-handover-signal"), "4");
    assert_eq!(told.header("x-handover-reason"), "");
    assert_eq!(told.header("x-handover-attempts"), "2");
}
