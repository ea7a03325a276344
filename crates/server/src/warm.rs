//! Keeping backups warm: an idle backup is asked for one real token now and then.
//!
//! A backup that is never asked may have died long ago: its key expired, its model retired. It is found here and not
//! in the outage. What a probe finds counts like any attempt: it moves the breaker, and it is in the log and in the
//! metrics.

use crate::Network;
use handover_dispatch::Engine;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often it is looked for backups that are due.
const LOOK: Duration = Duration::from_secs(5);

/// Probes idle backups until told to stop.
pub(crate) async fn keep_warm(engine: &Engine<Network>, stop: CancellationToken) {
    let since = Instant::now();
    let probing = async {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            // One after the other: there is no hurry, and a probe must not look like load.
            for target in engine.idle_backups(since, Instant::now()) {
                match engine.probe(&target, None, false).await.map(|probed| probed.result) {
                    Some(Ok(took)) => {
                        tracing::debug!(
                            target = &*target.id,
                            ms = took.as_millis() as u64,
                            "a backup is well"
                        );
                    }
                    Some(Err((code, words))) => {
                        tracing::warn!(
                            target = &*target.id,
                            code,
                            "an idle backup does not work: {words}; `handover doctor --live` tells more"
                        );
                    }
                    // It rests, and whoever comes next will see.
                    None => {}
                }
            }
        }
    };
    tokio::select! {
        () = probing => {}
        () = stop.cancelled() => {}
    }
}
