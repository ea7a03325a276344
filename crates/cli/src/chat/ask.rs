//! Asks one question and shows the answer while it comes.

use super::answer::{Answer, End, Question};
use super::paper::Paper;
use super::reader::{self, News};
use super::teller::{Shown, Teller};
use super::working::{self, Stage};
use crate::gateway::Gateway;
use crate::words::working as say;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How often the working line is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long the gateway may take to stop an answer before this side ends it alone.
const STOPS_WITHIN: Duration = Duration::from_secs(2);

/// An answer that has ended, and what of it was shown.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) answer: Answer,
    /// The text as it was shown: of a continuation without the words that it repeats.
    pub(super) shown: String,
    /// Whether anybody reads standard output still.
    pub(super) is_read: bool,
}

/// Ctrl-c stops the answer and keeps what came.
pub(super) async fn ask(
    gateway: &Gateway,
    question: &Question,
    teller: &mut Teller,
    paper: &mut Paper,
) -> Asked {
    let (tell, mut news) = mpsc::channel(64);
    let mut answer = Answer::to(question);
    let mut state = State::new();
    let path = format!("/api/chat/{}", question.key);
    {
        let reading = reader::read(gateway, question, tell);
        tokio::pin!(reading);
        let mut is_reading = true;
        let mut tick = tokio::time::interval(TICK);
        let mut stops_at: Option<Instant> = None;
        while answer.end.is_none() {
            tokio::select! {
                () = &mut reading, if is_reading => is_reading = false,
                told = news.recv() => match told {
                    Some(told) => {
                        if !state.take(told, &mut answer, teller, paper) {
                            stop(gateway, &path).await;
                            return Asked { answer, shown: state.shown, is_read: false };
                        }
                    }
                    None => answer.give_up("lost", "", None),
                },
                _ = tick.tick() => {
                    if stops_at.is_some_and(|at| Instant::now() >= at) {
                        answer.end = Some(End::Stopped);
                    }
                }
                _ = tokio::signal::ctrl_c() => {
                    // The second one does not wait for the gateway.
                    if stops_at.is_some() || !stop(gateway, &path).await {
                        answer.end = Some(End::Stopped);
                    }
                    stops_at = Some(Instant::now() + STOPS_WITHIN);
                }
            }
            let line = if stops_at.is_some() { Some(say::stopping()) } else { state.line(&answer, teller) };
            paper.working(line.as_deref());
        }
    }
    answer.waited = Instant::now().saturating_duration_since(state.began);
    paper.working(None);
    // What was read before the end is shown with it; the rest of the channel is behind the end.
    let mut is_read = true;
    let mut ended_text = false;
    for shown in teller.close(&answer) {
        match &shown {
            Shown::Text(text) => state.shown.push_str(text),
            Shown::Line(_) if !ended_text => {
                // The text may be all of a continuation that was held back until now.
                is_read &= paper.end_text(!state.shown.is_empty());
                ended_text = true;
            }
            Shown::Line(_) => {}
        }
        is_read &= paper.show(&shown);
    }
    if !ended_text {
        is_read &= paper.end_text(!state.shown.is_empty());
    }
    Asked { answer, shown: state.shown, is_read }
}

/// Asks the gateway to stop; whether it will say that it has.
async fn stop(gateway: &Gateway, path: &str) -> bool {
    let stopped = tokio::time::timeout(STOPS_WITHIN, gateway.delete(path)).await;
    stopped.is_ok_and(|told| told.is_ok_and(|response| response.status().is_success()))
}

/// What is known besides the answer.
#[derive(Debug)]
struct State {
    began: Instant,
    stage: Stage,
    since: Instant,
    is_lost: bool,
    is_thinking: bool,
    shown: String,
}

impl State {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            stage: Stage::default(),
            since: now,
            is_lost: false,
            is_thinking: false,
            shown: String::new(),
        }
    }

    /// Whether more is wanted.
    fn take(&mut self, news: News, answer: &mut Answer, teller: &mut Teller, paper: &mut Paper) -> bool {
        match news {
            News::Event(event) => {
                self.is_lost = false;
                if !answer.take(&event) {
                    return true;
                }
                self.is_thinking = event.name == "thinking";
                if answer.text.is_empty() && event.name == "hand_over" {
                    // A new beginning: nobody had seen the old one.
                    self.shown.clear();
                }
                let all = teller.tell(answer, &event);
                for shown in &all {
                    if let Shown::Text(text) = shown {
                        self.shown.push_str(text);
                    }
                }
                all.iter().all(|shown| paper.show(shown))
            }
            News::Lost => {
                self.is_lost = true;
                true
            }
            News::Refused { status, message, code, was_accepted } => {
                answer.give_up(reader::kind_of(status, was_accepted), &message, code.as_deref());
                true
            }
            News::Gone { message, was_accepted } => {
                answer.give_up(if was_accepted { "lost" } else { "offline" }, &message, None);
                true
            }
        }
    }

    fn line(&mut self, answer: &Answer, teller: &Teller) -> Option<String> {
        let now = Instant::now();
        let stage = Stage::of(answer);
        if stage != self.stage {
            self.stage = stage;
            self.since = now;
        }
        if now.saturating_duration_since(self.began) < working::FLASH {
            return None;
        }
        if self.is_lost {
            return Some(say::reconnecting());
        }
        let since = now.saturating_duration_since(self.since);
        working::line(answer, self.is_thinking, since, &teller.names)
    }
}
