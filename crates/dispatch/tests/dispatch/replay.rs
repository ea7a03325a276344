//! The same seed and the same outage give the same history: what makes a replayed incident worth anything.

use crate::world::{World, hello, ms};
use handover_dialect::Dialect::{Anthropic, Cohere, OpenAi};
use http::HeaderValue;
use std::fmt::Write;

/// An outage of three providers at once, asked by four kinds of callers, told in full. The last of them want broken
/// answers to end.
async fn history(seed: u64) -> String {
    let lead = "529 then silent then ok tokens=9 every=10ms reset@4 then 429 then ok first=11s \
                then ok tokens=9 every=10ms cut@5";
    let world = World::builder()
        .seed(seed)
        .provider("a", OpenAi, lead)
        .keys(2)
        .provider(
            "b",
            Anthropic,
            "ok error@0:overloaded then ok tokens=30 every=40ms then 401 then ok tokens=9",
        )
        .provider("c", Cohere, "ok cut@0 then ok tokens=9")
        .build();
    let mut history = String::new();
    let callers = [(OpenAi, true), (OpenAi, false), (Anthropic, true), (Anthropic, false)].repeat(6);
    for (number, (caller, stream)) in callers.into_iter().enumerate() {
        let mut incoming = world.incoming(caller, &hello(caller, stream));
        if number >= 12 {
            incoming.headers.insert("x-handover-mid-stream", HeaderValue::from_static("stop"));
        }
        let told = world.read(incoming).await;
        writeln!(history, "{:?} {:?} {:?}", told.record, told.headers, told.body)
            .expect("a string takes all");
        tokio::time::sleep(ms(20_000)).await;
    }
    history
}

#[tokio::test(start_paused = true)]
async fn the_same_outage_has_the_same_history_twice() {
    let (first, second) = (history(7).await, history(7).await);
    assert_eq!(first, second);
    for word in [
        "Complete",
        "Interrupted",
        "hand_over",
        "stopped",
        "overloaded",
        "first_token_timeout",
        "rate_limited",
    ] {
        assert!(first.contains(word), "the outage does not show {word}: {first}");
    }
}
