//! The answers that are kept, by their keys.

use crate::chat::run::Run;
use handover_dialect::{CallerError, ErrorKind};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

/// Answers that are kept at most, those under way included. Each takes its text's size in memory.
pub(crate) const MOST_KEPT: usize = 256;

/// All answers that are under way or have just ended.
#[derive(Debug, Default)]
pub(crate) struct Chats {
    kept: Mutex<HashMap<String, Arc<Run>>>,
    /// The tasks that write them.
    pub(crate) tasks: TaskTracker,
}

impl Chats {
    /// The answer of a key, and whether it was begun just now.
    ///
    /// # Errors
    /// 503 when as many as can be kept are under way.
    pub(crate) fn open(
        &self,
        key: &str,
        now: Instant,
        begin: impl FnOnce() -> Run,
    ) -> Result<(Arc<Run>, bool), CallerError> {
        let mut kept = self.kept.lock();
        kept.retain(|_, run| !run.is_forgotten(now));
        if let Some(run) = kept.get(key) {
            return Ok((run.clone(), false));
        }
        if kept.len() >= MOST_KEPT {
            let oldest = kept.iter().filter_map(|(key, run)| Some((run.ended()?, key.clone()))).min();
            match oldest {
                Some((_, oldest)) => drop(kept.remove(&oldest)),
                None => {
                    let message = format!(
                        "{MOST_KEPT} answers are being written for people at this moment. Try again soon."
                    );
                    return Err(CallerError::new(ErrorKind::Exhausted, message).code("too_many_chats"));
                }
            }
        }
        let run = Arc::new(begin());
        kept.insert(key.to_owned(), run.clone());
        Ok((run, true))
    }

    /// Lets go of what has been kept long enough.
    pub(crate) fn forget(&self, now: Instant) {
        self.kept.lock().retain(|_, run| !run.is_forgotten(now));
    }

    /// How many answers are kept.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.kept.lock().len()
    }

    /// The answer of a key, if it is kept.
    pub(crate) fn find(&self, key: &str, now: Instant) -> Option<Arc<Run>> {
        self.kept.lock().get(key).filter(|run| !run.is_forgotten(now)).cloned()
    }

    /// Waits for the answers that somebody reads, and stops the others. The server is to end.
    pub(crate) async fn drain(&self) {
        let all: Vec<_> = self.kept.lock().values().cloned().collect();
        for run in all.iter().filter(|run| !run.is_read()) {
            run.stop();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::run::{KEPT_FOR, Last, run_for_tests};

    #[tokio::test(start_paused = true)]
    async fn a_page_full_of_answers_forgets_the_oldest_and_refuses_only_when_all_are_under_way() {
        let chats = Chats::default();
        let open = |nth: usize| chats.open(&format!("key-{nth}"), Instant::now(), run_for_tests);
        for nth in 0..MOST_KEPT {
            assert!(open(nth).unwrap().1);
        }
        assert_eq!(open(MOST_KEPT).unwrap_err().code.as_deref(), Some("too_many_chats"));
        assert!(!open(7).unwrap().1, "one that is there is read, however full it is");
        open(7).unwrap().0.end(Last::Stopped);
        assert!(open(MOST_KEPT).unwrap().1);
        assert!(chats.find("key-7", Instant::now()).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_for_a_reload_and_not_for_ever() {
        let chats = Chats::default();
        let (run, _) = chats.open("key", Instant::now(), run_for_tests).unwrap();
        tokio::time::advance(KEPT_FOR * 3).await;
        assert!(chats.find("key", Instant::now()).is_some(), "it is still being written");
        run.end(Last::Stopped);
        tokio::time::advance(KEPT_FOR - std::time::Duration::from_millis(1)).await;
        assert!(chats.find("key", Instant::now()).is_some());
        chats.forget(Instant::now());
        assert_eq!(chats.len(), 1);
        tokio::time::advance(std::time::Duration::from_millis(1)).await;
        assert!(chats.find("key", Instant::now()).is_none());
        chats.forget(Instant::now());
        assert_eq!(chats.len(), 0, "nobody has to ask for something else first");
        assert!(chats.open("key", Instant::now(), run_for_tests).unwrap().1, "and its key is free again");
    }
}
