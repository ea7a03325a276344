//! One answer as a list of numbered events: written once, read as often as somebody wishes.

use crate::Telemetry;
use crate::chat::asked::Asked;
use crate::chat::error::Trouble;
use bytes::{Bytes, BytesMut};
use handover_dispatch::{Progress, Watcher};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long an answer is kept after its end, and how long one goes on that nobody reads: longer than any reload.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(120);
/// The longest answer that is kept, bytes of its events: longer than any model's output limit.
pub(crate) const MOST_BYTES: usize = 8 << 20;
/// How often a reader of a silent answer is shown that its connection lives.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
const ALIVE: Bytes = Bytes::from_static(b": alive\n\n");

/// How an answer ends.
#[derive(Debug)]
pub(crate) enum Last {
    Done { finish_reason: Option<String> },
    Stopped,
    Error(Trouble),
}

/// One answer, under way or ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) request_id: Arc<str>,
    telemetry: Arc<Telemetry>,
    log: Mutex<Log>,
    /// How many events there are.
    length: watch::Sender<usize>,
    /// How many read it.
    readers: watch::Sender<usize>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Log {
    events: Vec<Bytes>,
    bytes: usize,
    ended: Option<Instant>,
    /// The record as it stood last.
    story: Option<Value>,
}

impl Run {
    pub(crate) fn new(asked: &Asked, request_id: Arc<str>, telemetry: Arc<Telemetry>) -> Self {
        let first = json!({
            "key": asked.key, "request_id": &*request_id, "asked": asked.model, "at_ms": telemetry.now_ms(),
        });
        let run = Self {
            request_id,
            telemetry,
            log: Mutex::default(),
            length: watch::Sender::new(0),
            readers: watch::Sender::new(0),
            stop: CancellationToken::new(),
        };
        run.push("asked", &first);
        run
    }

    /// Writes an event; `false` when there is no room, or the answer has ended.
    pub(crate) fn push(&self, name: &'static str, data: &Value) -> bool {
        let mut log = self.log.lock();
        if log.ended.is_some() || log.bytes > MOST_BYTES {
            return false;
        }
        let length = log.append(name, data);
        drop(log);
        self.length.send_replace(length);
        true
    }

    /// Writes the last event. What comes after it is lost on purpose.
    pub(crate) fn end(&self, last: Last) {
        let mut log = self.log.lock();
        if log.ended.is_some() {
            return;
        }
        let story = log.story.clone();
        let length = match last {
            Last::Done { finish_reason } => {
                log.append("done", &json!({"finish_reason": finish_reason, "story": story}))
            }
            Last::Stopped => log.append("stopped", &json!({"story": story})),
            Last::Error(trouble) => log.append("error", &trouble.json(story)),
        };
        log.ended = Some(Instant::now());
        drop(log);
        self.length.send_replace(length);
    }

    /// Asks the writer to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Resolves when somebody wants the answer to stop.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Resolves when nobody has read the answer for [`KEPT_FOR`].
    pub(crate) async fn abandoned(&self) {
        let mut readers = self.readers.subscribe();
        loop {
            let is_read = *readers.borrow_and_update() > 0;
            if is_read {
                if readers.changed().await.is_err() {
                    return;
                }
            } else if tokio::time::timeout(KEPT_FOR, readers.changed()).await.is_err() {
                return;
            }
        }
    }

    pub(crate) fn is_read(&self) -> bool {
        *self.readers.borrow() > 0
    }

    pub(crate) fn ended(&self) -> Option<Instant> {
        self.log.lock().ended
    }

    /// Whether it has ended so long ago that it is kept no more.
    pub(crate) fn is_forgotten(&self, now: Instant) -> bool {
        self.ended().is_some_and(|ended| now.saturating_duration_since(ended) >= KEPT_FOR)
    }

    fn remember(&self, story: Value) {
        self.log.lock().story = Some(story);
    }
}

impl Log {
    /// Appends an event and gives the number of events.
    fn append(&mut self, name: &'static str, data: &Value) -> usize {
        let event = Bytes::from(format!("id: {}\nevent: {name}\ndata: {data}\n\n", self.events.len()));
        self.bytes += event.len();
        self.events.push(event);
        self.events.len()
    }
}

impl Watcher for Run {
    fn watch(&self, progress: Progress<'_>) {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        match progress {
            Progress::Asking { target, at } => {
                self.push("asking", &json!({"target": target, "at_ms_in": ms(at)}));
            }
            Progress::Failed { target, code, words, took } => {
                self.push(
                    "failed",
                    &json!({"target": target, "code": code, "words": words, "took_ms": ms(took)}),
                );
            }
            Progress::Serves(served) => {
                let mut story = self.telemetry.tell(served);
                // The record calls an answer cancelled until it has ended otherwise.
                story["outcome"] = json!("answering");
                self.push("served", &story);
                self.remember(story);
            }
            Progress::HandedOver { handed, model } => {
                self.push(
                    "hand_over",
                    &json!({
                        "from": &*handed.from, "to": &*handed.to, "reason": handed.code, "words": handed.words,
                        "how": handed.how, "delivered_tokens": handed.delivered_tokens, "model": model,
                    }),
                );
            }
            Progress::Ended(served) => self.remember(self.telemetry.tell(served)),
        }
    }
}

/// Somebody who reads an answer.
#[derive(Debug)]
pub(crate) struct Reader {
    run: Arc<Run>,
    length: watch::Receiver<usize>,
    /// The number of the next event.
    next: usize,
}

impl Reader {
    pub(crate) fn new(run: Arc<Run>, from: usize) -> Self {
        run.readers.send_modify(|readers| *readers += 1);
        let length = run.length.subscribe();
        Self { run, length, next: from }
    }

    /// All events that are there and were not read yet, or a sign of life; `None` behind the last one.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.length.mark_unchanged();
            {
                let log = self.run.log.lock();
                if let Some(new) = log.events.get(self.next..).filter(|new| !new.is_empty()) {
                    self.next = log.events.len();
                    return Some(joined(new));
                }
                if log.ended.is_some() {
                    return None;
                }
            }
            match tokio::time::timeout(ALIVE_EVERY, self.length.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(ALIVE),
            }
        }
    }
}

fn joined(events: &[Bytes]) -> Bytes {
    if let [one] = events {
        return one.clone();
    }
    let mut all = BytesMut::with_capacity(events.iter().map(Bytes::len).sum());
    events.iter().for_each(|event| all.extend_from_slice(event));
    all.freeze()
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.run.readers.send_modify(|readers| *readers -= 1);
    }
}

#[cfg(test)]
pub(crate) fn run_for_tests() -> Run {
    use handover_config::{MapEnv, Source, load};
    let text = "[providers.a]\ndialect = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\napi_keys = [\"env:K\"]\n\
        [routes.default]\ntargets = [\"a/m\"]\n";
    let source = Source::Text { path: "handover.toml".into(), text: text.to_owned() };
    let config = load(&source, &MapEnv::new([("K", "key")])).unwrap().config;
    let body = br#"{"key":"key-of-test","model":"default","messages":[{"role":"user","content":"hi"}]}"#;
    let asked = Asked::read(body).unwrap();
    Run::new(&asked, "req_1".into(), Arc::new(Telemetry::new(&config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader that has `from` events gets until there is nothing more to get.
    async fn read(run: &Arc<Run>, from: usize) -> String {
        let mut reader = Reader::new(run.clone(), from);
        let mut all = String::new();
        while let Ok(Some(bytes)) = tokio::time::timeout(Duration::from_secs(1), reader.next()).await {
            all.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        all
    }

    fn names(events: &str) -> Vec<&str> {
        events.lines().filter_map(|line| line.strip_prefix("event: ")).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_is_loaded_anew_reads_on_without_a_gap_or_a_repetition() {
        let run = Arc::new(run_for_tests());
        for word in ["one", " two", " three"] {
            run.push("text", &json!({"text": word}));
        }
        let all = read(&run, 0).await;
        assert_eq!(names(&all), ["asked", "text", "text", "text"]);
        for from in 0..=4 {
            let rest = read(&run, from).await;
            assert!(all.ends_with(&rest) && names(&rest).len() == 4 - from, "{from}: {rest}");
        }
        assert_eq!(read(&run, 99).await, "");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_follows_the_end_of_an_answer() {
        let run = Arc::new(run_for_tests());
        run.end(Last::Done { finish_reason: Some("stop".to_owned()) });
        run.end(Last::Stopped);
        assert!(!run.push("text", &json!({"text": "late"})));
        assert_eq!(names(&read(&run, 0).await), ["asked", "done"]);
        let mut reader = Reader::new(run.clone(), 2);
        assert_eq!(reader.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_who_waits_long_sees_that_the_connection_lives() {
        let run = Arc::new(run_for_tests());
        let mut reader = Reader::new(run.clone(), 1);
        assert_eq!(reader.next().await, Some(ALIVE));
        run.push("text", &json!({"text": "at last"}));
        assert!(reader.next().await.is_some_and(|bytes| bytes != ALIVE));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_reads_does_not_go_on_for_ever() {
        let run = Arc::new(run_for_tests());
        let begun = Instant::now();
        let reader = Reader::new(run.clone(), 0);
        let waiting = run.abandoned();
        tokio::pin!(waiting);
        assert!(tokio::time::timeout(KEPT_FOR * 10, &mut waiting).await.is_err(), "it is read");
        drop(reader);
        let left = Instant::now();
        waiting.await;
        assert_eq!(Instant::now() - left, KEPT_FOR, "{:?}", Instant::now() - begun);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_answer_takes_no_endless_memory() {
        let run = Arc::new(run_for_tests());
        let megabyte = json!({"text": "x".repeat(1 << 20)});
        let written = (0..100).take_while(|_| run.push("text", &megabyte)).count();
        assert!((8..=9).contains(&written), "{written}");
    }
}
