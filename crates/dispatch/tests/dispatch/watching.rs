//! What somebody who waits for an answer is told meanwhile.

use crate::hand_over::{TEXT, lead};
use crate::world::{World, hello};
use handover_dialect::Dialect::OpenAi;
use handover_dispatch::{Incoming, Progress, Watcher};
use parking_lot::Mutex;
use std::sync::Arc;

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<String>>);

impl Watcher for Heard {
    fn watch(&self, progress: Progress<'_>) {
        self.0.lock().push(match progress {
            Progress::Asking { target, .. } => format!("asking {target}"),
            Progress::Failed { target, code, .. } => format!("failed {target} {code}"),
            Progress::Serves(served) => {
                let who = served.target.as_deref().unwrap_or_default();
                format!("serves {who} after {}", served.attempts.len())
            }
            Progress::HandedOver { handed, model } => {
                format!("handed over {} to {} as {}", handed.from, handed.to, model.unwrap_or_default())
            }
            Progress::Ended(served) => format!("ended {}", served.outcome.as_str()),
        });
    }
}

async fn check(lead: &str, backup: &str, stream: bool, expected: &[&str]) {
    let world = World::builder().provider("lead", OpenAi, lead).provider("backup", OpenAi, backup).build();
    let heard = Arc::new(Heard::default());
    let incoming = world.incoming(OpenAi, &hello(OpenAi, stream));
    world.read(Incoming { watcher: Some(heard.clone()), ..incoming }).await;
    let heard = heard.0.lock().iter().map(|said| said.replace("/gpt-4o-mini", "")).collect::<Vec<_>>();
    assert_eq!(heard, expected, "{lead} | {backup}");
}

#[tokio::test(start_paused = true)]
async fn somebody_who_waits_is_told_who_is_asked_and_who_failed() {
    for stream in [true, false] {
        check("ok 'hello'", "ok 'hello'", stream, &["asking lead", "serves lead after 0", "ended complete"])
            .await;
        let failed_over = ["asking lead", "failed lead overloaded", "asking backup", "serves backup after 1"];
        check("529", "ok 'hello'", stream, &[&failed_over[..], &["ended complete"]].concat()).await;
        let nobody = ["asking lead", "failed lead overloaded", "asking backup", "failed backup server_error"];
        check("529", "500", stream, &[&nobody[..], &["ended failed"]].concat()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_who_reads_is_told_who_goes_on() {
    let backup = format!("ok '{TEXT}' every=5ms");
    let expected = [
        "asking lead",
        "serves lead after 0",
        "asking backup",
        "handed over lead to backup as",
        "ended complete",
    ];
    let world =
        World::builder().provider("lead", OpenAi, &lead("cut", 60)).provider("backup", OpenAi, &backup);
    let world = world.build();
    let heard = Arc::new(Heard::default());
    let incoming = world.incoming(OpenAi, &hello(OpenAi, true));
    world.read(Incoming { watcher: Some(heard.clone()), ..incoming }).await;
    let heard = heard.0.lock().clone();
    assert_eq!(heard.len(), expected.len(), "{heard:?}");
    for (said, begins) in heard.iter().zip(expected) {
        let first = begins.split(' ').take(2).collect::<Vec<_>>().join(" ");
        assert!(said.starts_with(&first), "{heard:?}");
    }
}
