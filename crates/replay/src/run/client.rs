//! One user: asks, reads as fast as it comes, loses patience, leaves.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handover_dispatch::Reply;
use handover_drill::Dialect;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::Facts;
use super::gateway::Gateway;
use super::judge::{Verdict, judge};
use super::net::{ASKING, Asking, Net};
use super::sdk::Sdk;
use crate::result::{HandOver, Outcome, Seen};
use crate::words;

/// What a user asks.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) number: u32,
    pub(crate) at: Duration,
    pub(crate) prompt_tokens: u32,
    pub(crate) answer_tokens: u32,
    pub(crate) stream: bool,
    pub(crate) batch: bool,
    /// The user leaves this long after asking.
    pub(crate) leaves: Option<Duration>,
    pub(crate) patience: Duration,
    pub(crate) dialect: Dialect,
}

impl Question {
    /// The request's body in a dialect.
    pub(crate) fn body(&self, dialect: Dialect, model: &str) -> Bytes {
        let prompt = format!("Request {}", self.number);
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": prompt}]});
        if dialect == Dialect::Anthropic {
            body["max_tokens"] = json!(8192);
        }
        if self.stream {
            body["stream"] = json!(true);
            if dialect == Dialect::OpenAi {
                body["stream_options"] = json!({"include_usage": true});
            }
        }
        Bytes::from(body.to_string())
    }

    fn asking(&self) -> Asking {
        Asking { number: self.number, prompt_tokens: self.prompt_tokens, answer_tokens: self.answer_tokens }
    }
}

/// What has come so far. It lives outside of the future that reads, so that it survives a user who leaves.
#[derive(Debug, Default)]
struct Got {
    status: u16,
    streamed: bool,
    raw: Vec<u8>,
    first_token: Option<Duration>,
    served: Option<String>,
    /// What the head says of a hand-over.
    handed: Option<String>,
    /// When a stream told of one.
    told: Vec<Duration>,
    model: Option<String>,
    /// The body ended, by itself.
    ended: bool,
    /// The body was torn down.
    aborted: bool,
    /// No status came at all.
    unreachable: bool,
}

impl Got {
    fn chunk(&mut self, bytes: &[u8], now: Duration) {
        if self.first_token.is_none() && words::count(bytes) > 0 {
            self.first_token = Some(now);
        }
        // It is told in one piece with the first new word.
        if bytes.windows(TOLD.len()).any(|part| part == TOLD) {
            self.told.push(now);
        }
        self.raw.extend_from_slice(bytes);
    }
}

/// Stands in what an answer tells of a hand-over.
const TOLD: &[u8] = b"\"hand_over\"";

/// Asks the gateway.
pub(super) async fn ask_gateway(gateway: Arc<Gateway>, net: Arc<Net>, question: Question) -> (Seen, Facts) {
    let mut got = Got::default();
    let reading = async {
        match Box::pin(gateway.ask(&question)).await {
            Reply::Whole { status, headers, body } => {
                got.status = status;
                got.served = text(&headers, "x-handover-served");
                got.handed = text(&headers, "x-handover-hand-over");
                got.chunk(&body, net.now());
                got.ended = true;
            }
            Reply::Stream { headers, mut relay } => {
                got.status = 200;
                got.streamed = true;
                got.served = text(&headers, "x-handover-served");
                while let Some(next) = relay.next().await {
                    match next {
                        Ok(bytes) => got.chunk(&bytes, net.now()),
                        Err(_) => {
                            got.aborted = true;
                            return;
                        }
                    }
                }
                got.ended = true;
            }
        }
    };
    let over = ASKING.scope(question.asking(), within(&question, reading)).await;
    let dialect = question.dialect;
    let served = |target: &str| gateway.place_of(target);
    conclude(question, got, over, &net, dialect, served)
}

/// Asks the lead as an application without a gateway does.
pub(super) async fn ask_provider(sdk: Arc<Sdk>, net: Arc<Net>, question: Question) -> (Seen, Facts) {
    let mut got = Got::default();
    let dialect = sdk.dialect();
    let reading = async {
        match Box::pin(sdk.ask(&question)).await {
            None => got.unreachable = true,
            Some(response) => {
                got.status = response.status().as_u16();
                got.streamed = is_stream(response.headers());
                let mut body = response.into_body();
                loop {
                    match body.frame().await {
                        Some(Ok(frame)) => {
                            if let Some(bytes) = frame.data_ref() {
                                got.chunk(bytes, net.now());
                            }
                        }
                        Some(Err(_)) => {
                            got.aborted = true;
                            return;
                        }
                        None => break,
                    }
                    // SDKs read a stream to its terminator.
                    if got.streamed && got.raw.ends_with(b"data: [DONE]\n\n") {
                        break;
                    }
                }
                got.ended = true;
            }
        }
    };
    let over = ASKING.scope(question.asking(), within(&question, reading)).await;
    if got.status == 200 {
        got.served = Some(String::new());
    }
    conclude(question, got, over, &net, dialect, |_: &str| Some(0))
}

fn is_stream(headers: &http::HeaderMap) -> bool {
    text(headers, "content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
}

fn text(headers: &http::HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Why the user stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Read,
    GaveUp,
    Left,
}

/// Reads until it is over, or the user has gone. What reads is dropped before this returns, as a connection that
/// the user's program closes.
async fn within(question: &Question, reading: impl Future<Output = ()>) -> Over {
    let now = Instant::now();
    let (limit, over) = match question.leaves {
        Some(leaves) if leaves < question.patience => (leaves, Over::Left),
        Some(_) | None => (question.patience, Over::GaveUp),
    };
    match timeout_at(now + limit, reading).await {
        Ok(()) => Over::Read,
        Err(_) => over,
    }
}

fn conclude(
    question: Question,
    got: Got,
    over: Over,
    net: &Net,
    dialect: Dialect,
    served: impl Fn(&str) -> Option<usize>,
) -> (Seen, Facts) {
    let end = net.now();
    let verdict = if got.status == 200 && !got.raw.is_empty() {
        judge(dialect, got.streamed, &got.raw)
    } else {
        Verdict::default()
    };
    let truth = words::answer(question.number, question.answer_tokens);
    let outcome = match over {
        Over::Left => Outcome::Left,
        Over::GaveUp => Outcome::GaveUp,
        Over::Read => outcome(&got, &verdict, &truth),
    };
    let last = verdict.seams.last().map(|seam| seam.to.as_str()).or(got.served.as_deref());
    let hand_overs = hand_overs(&got, &verdict);
    let seen = Seen {
        number: question.number,
        at: question.at,
        stream: question.stream,
        batch: question.batch,
        first_token: got.first_token,
        end,
        outcome,
        status: got.status,
        served: last.and_then(served),
        model: verdict.models.last().cloned().or_else(|| got.model.clone()),
        tokens: u32::try_from(words::count(verdict.text.as_bytes())).unwrap_or(u32::MAX),
        wanted: question.answer_tokens,
        hand_overs,
        attempts: Vec::new(),
    };
    let left = (over != Over::Read).then_some(end);
    let facts = Facts { first_served: got.served, verdict, aborted: got.aborted, left, ..Facts::default() };
    (seen, facts)
}

/// What the user was told of hand-overs: in the stream, or for an answer in one piece in its head.
fn hand_overs(got: &Got, verdict: &Verdict) -> Vec<HandOver> {
    let in_head = got.handed.as_deref().map(|head| {
        let part = |name: &str| {
            let parts = head.split("; ").filter_map(|part| part.split_once('='));
            parts
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
                .next()
                .unwrap_or_default()
        };
        let to = got.served.clone().unwrap_or_default();
        HandOver { from: part("from"), to, reason: part("reason"), how: part("how"), at: None, silence: None }
    });
    let in_stream = verdict.seams.iter().enumerate().map(|(nth, seam)| HandOver {
        from: seam.from.clone(),
        to: seam.to.clone(),
        reason: seam.reason.clone(),
        how: seam.how.clone(),
        at: got.told.get(nth).copied(),
        silence: None,
    });
    in_stream.chain(in_head).collect()
}

/// What the user's program makes of it. An error, a broken connection and something that cannot be read are noticed
/// by it; a clean end of something incomplete is not.
fn outcome(got: &Got, verdict: &Verdict, truth: &str) -> Outcome {
    let noticed =
        got.unreachable || got.status != 200 || got.aborted || verdict.errors > 0 || verdict.unreadable;
    if noticed {
        return if verdict.text.is_empty() { Outcome::ErrorBefore } else { Outcome::ErrorAfter };
    }
    let whole = got.ended && verdict.ends == 1 && !verdict.more_after_end && verdict.text == truth;
    if whole { Outcome::Whole } else { Outcome::CutUnnoticed }
}
