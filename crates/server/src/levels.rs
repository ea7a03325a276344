//! Since when each route stands as it does, and how many requests failed since.
//!
//! A level has no event of its own: it comes of breakers, limits, rests and an operator's wishes together. So it is looked
//! at once a second ([`look_out`]) and whenever somebody reads the status.

use crate::routes::App;
use crate::status::{Level, answering};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Since {
    /// `None` before the first look.
    level: Option<Level>,
    since_ms: u64,
    /// Requests that failed: ever, when the level began, and at the last look.
    failed: u64,
    failed_before: u64,
    failed_at_look: u64,
}

/// The levels of all routes.
#[derive(Debug)]
pub(crate) struct Levels(HashMap<Arc<str>, Mutex<Since>>);

impl Levels {
    pub(crate) fn new<'a>(routes: impl Iterator<Item = &'a Arc<str>>, now_ms: u64) -> Self {
        let since =
            || Since { level: None, since_ms: now_ms, failed: 0, failed_before: 0, failed_at_look: 0 };
        Self(routes.map(|route| (route.clone(), Mutex::new(since()))).collect())
    }

    /// A request of this route has failed.
    pub(crate) fn failed(&self, route: &str) {
        if let Some(since) = self.0.get(route) {
            since.lock().failed += 1;
        }
    }

    /// How a route stands now: since when, and how many requests failed since. Those that failed between the last look
    /// and this one are what the new level began with.
    pub(crate) fn look(&self, route: &str, level: Level, now_ms: u64) -> (u64, u64) {
        let Some(since) = self.0.get(route) else { return (now_ms, 0) };
        let mut since = since.lock();
        let changed = since.level.replace(level).is_some_and(|before| before != level);
        if changed {
            since.since_ms = now_ms;
            since.failed_before = since.failed_at_look;
        }
        since.failed_at_look = since.failed;
        // A clock that was set back must not make it begin in the future.
        since.since_ms = since.since_ms.min(now_ms);
        (since.since_ms, since.failed - since.failed_before)
    }
}

/// Looks at the levels until told to stop, and lets go of what has been kept long enough.
pub(crate) async fn look_out(app: &App, stop: CancellationToken) {
    let looking = async {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            app.chats.forget(Instant::now());
            let telemetry = &app.telemetry;
            for (route, targets) in app.engine.states(Instant::now()) {
                telemetry.levels.look(&route, answering(&targets).0, telemetry.now_ms());
            }
        }
    };
    tokio::select! {
        () = looking => {}
        () = stop.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at one route: level, time, failures before the look; since when, and how many since.
    fn check(looks: &[(Level, u64, u64, (u64, u64))]) {
        let levels = Levels::new([Arc::from("r")].iter(), 100);
        for (level, now, failures, expected) in looks {
            (0..*failures).for_each(|_| levels.failed("r"));
            assert_eq!(levels.look("r", *level, *now), *expected, "{looks:?} at {now}");
        }
    }

    #[test]
    fn an_operator_is_told_since_when_and_at_what_cost() {
        use Level::{Backup, Lead, Nobody};
        check(&[(Lead, 150, 0, (100, 0)), (Lead, 200, 2, (100, 2)), (Lead, 300, 0, (100, 2))]);
        check(&[(Lead, 150, 5, (100, 5)), (Backup, 200, 1, (200, 1)), (Backup, 250, 0, (200, 1))]);
        check(&[(Backup, 150, 0, (100, 0)), (Nobody, 200, 3, (200, 3)), (Lead, 260, 0, (260, 0))]);
    }

    #[test]
    fn a_clock_that_is_set_makes_no_level_begin_in_the_future() {
        use Level::{Backup, Lead};
        check(&[(Lead, 5000, 0, (100, 0)), (Backup, 6000, 0, (6000, 0)), (Backup, 50, 0, (50, 0))]);
        check(&[(Lead, 10, 0, (10, 0)), (Lead, u64::MAX, 1, (10, 1))]);
    }

    #[test]
    fn a_route_that_is_none_of_ours_is_not_kept() {
        let levels = Levels::new([].iter(), 100);
        levels.failed("made-up");
        assert_eq!(levels.look("made-up", Level::Lead, 200), (200, 0));
        assert!(levels.0.is_empty());
    }
}
