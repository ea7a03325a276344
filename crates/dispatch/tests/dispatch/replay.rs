//! The same seed and the same outage give the same history: what makes a replayed incident worth anything.

use crate::world::World;
use handover_dialect::Dialect::{Anthropic, Cohere, OpenAi};
use std::fmt::Write;

/// An outage of three providers at once, asked by four kinds of callers, told in full.
async fn history(seed: u64) -> String {
    let world = World::builder()
        .seed(seed)
        .provider(
            "a",
            OpenAi,
            "529 then silent then ok tokens=9 every=10ms reset@4 then 429 then ok first=11s then ok",
        )
        .keys(2)
        .provider("b", Anthropic, "ok error@0:overloaded then ok tokens=30 every=40ms then 401 then ok")
        .provider("c", Cohere, "ok cut@0 then ok")
        .build();
    let mut history = String::new();
    for (caller, stream) in [(OpenAi, true), (OpenAi, false), (Anthropic, true), (Anthropic, false)].repeat(3)
    {
        let told = world.hello(caller, stream).await;
        writeln!(history, "{:?} {:?} {:?}", told.record, told.headers, told.body)
            .expect("a string takes all");
    }
    history
}

#[tokio::test(start_paused = true)]
async fn the_same_outage_has_the_same_history_twice() {
    let (first, second) = (history(7).await, history(7).await);
    assert_eq!(first, second);
    for word in ["Complete", "Interrupted", "overloaded", "first_token_timeout", "rate_limited"] {
        assert!(first.contains(word), "the outage does not show {word}: {first}");
    }
}
