//! Callers that read slowly: the provider is read no faster, and nobody is blamed for it.

use crate::world::{World, hello};
use handover_dialect::Dialect::{Anthropic, Cohere, OpenAi};
use handover_dispatch::{Outcome, Reply, dispatch};
use std::time::Duration;

/// Tokens of an answer that no buffer holds.
const MANY: u32 = 20_000;
/// What a pipe of 64 KiB and the buffers at its ends may hold of it, in tokens of well over 20 bytes.
const BUFFERED: u32 = 8_000;

#[tokio::test(start_paused = true)]
async fn an_answer_nobody_reads_is_not_read_from_the_provider() {
    // Long before it comes again, a text is no loop.
    let words: String = (0..500).map(|n| format!("word{n} ")).collect();
    for lead in [OpenAi, Anthropic, Cohere] {
        let world = World::builder()
            .provider("lead", lead, &format!("ok '{words}' tokens={MANY}"))
            .clocks(|c| c.total *= 100)
            .build();
        let incoming = world.incoming(OpenAi, &hello(OpenAi, true));
        let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await else {
            panic!("no stream")
        };
        // An hour in which the caller reads nothing: longer than the stall and the progress limit.
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let sent = world.simulators[0].requests()[0].tokens;
        assert!(sent < BUFFERED, "{lead:?}: {sent} tokens were taken from the provider");
        let mut read = 0;
        while let Some(next) = relay.next().await {
            read += next.expect("being slow breaks nothing").len();
        }
        assert!(read > MANY as usize * 20, "{read}");
        assert_eq!(world.records.0.lock()[0].outcome, Outcome::Complete, "{lead:?}");
        assert_eq!(world.simulators[0].requests()[0].tokens, MANY);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not_taken_for_a_stalled_provider() {
    // The caller pauses 50 s between two reads; the provider writes a token each 20 s. Limits: 30 s and 60 s.
    for lead in [OpenAi, Anthropic, Cohere] {
        for (pause, every) in [(50, 20), (29, 29), (61, 29), (3600, 1)] {
            let script = format!("ok tokens=20 every={every}s");
            let world = World::builder().provider("lead", lead, &script).clocks(|c| c.total *= 1000).build();
            let incoming = world.incoming(OpenAi, &hello(OpenAi, true));
            let Reply::Stream { mut relay, .. } = Box::pin(dispatch(&world.engine, incoming)).await else {
                panic!("no stream")
            };
            while let Some(next) = relay.next().await {
                assert!(next.is_ok(), "{lead:?} {pause} {every}");
                tokio::time::sleep(Duration::from_secs(pause)).await;
            }
            assert_eq!(world.records.0.lock()[0].outcome, Outcome::Complete, "{lead:?} {pause} {every}");
        }
    }
}
