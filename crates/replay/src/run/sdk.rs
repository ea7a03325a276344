//! An application without a gateway: the lead alone, asked once or with the official SDKs' retries.
//!
//! The SDKs of OpenAI and Anthropic (Python and JavaScript, 2026) retry twice on connection errors and on 408, 409,
//! 429 and 5xx, wait 0.5 s, 1 s, ... up to 8 s less up to a quarter at random, and heed `retry-after` and
//! `x-should-retry`. A stream that has begun is never retried, and a clean end of its body is success.

use std::sync::Arc;
use std::time::Duration;

use handover_drill::Dialect;
use http::{HeaderMap, Response};
use tokio::time::sleep;

use super::CannotRun;
use super::book::NetBody;
use super::client::Question;
use super::draws::Draws;
use super::gateway::key_headers;
use super::net::{Connecting, Net};
use crate::result::Strategy;
use crate::scenario::Scenario;

/// `max_retries` of both SDKs.
const RETRIES: u32 = 2;
/// First wait.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Longest wait of their own.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// A longer `retry-after` than this is not heeded.
const LONGEST_HEEDED: f64 = 120.0;
/// The connect timeout of the Python SDKs.
const CONNECT: Duration = Duration::from_secs(5);

/// The application's SDK.
#[derive(Debug)]
pub(crate) struct Sdk {
    net: Arc<Net>,
    dialect: Dialect,
    model: String,
    headers: HeaderMap,
    retries: u32,
    draws: Draws,
}

impl Sdk {
    pub(crate) fn new(scenario: &Scenario, net: Arc<Net>, strategy: Strategy) -> Result<Self, CannotRun> {
        let lead = scenario.providers.first().cloned().unwrap_or_default();
        let mut headers = key_headers(&lead, 0)?;
        headers.insert("content-type", http::HeaderValue::from_static("application/json"));
        let retries = match strategy {
            Strategy::SdkRetries => RETRIES,
            Strategy::Handover | Strategy::SingleProvider => 0,
        };
        let draws = Draws::new(scenario.seed).of(99);
        Ok(Sdk { net, dialect: lead.dialect, model: lead.model, headers, retries, draws })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The last answer, whatever its status; `None` when there is no answer's head.
    pub(crate) async fn ask(&self, question: &Question) -> Option<Response<NetBody>> {
        let body = question.body(self.dialect, &self.model);
        let connecting = Connecting { limit: CONNECT, keeps_names: false };
        for tried in 0.. {
            self.net.ready(0).await;
            let path = self.dialect.chat_path();
            let sent = Box::pin(self.net.send(0, path, self.headers.clone(), body.clone(), connecting)).await;
            let retry = sent.as_ref().map_or(true, retryable);
            if !retry || tried >= self.retries {
                return sent.ok();
            }
            let asked_to_wait = sent.as_ref().ok().and_then(|response| wanted_wait(response.headers()));
            drop(sent);
            sleep(asked_to_wait.unwrap_or_else(|| self.wait(question.number, tried))).await;
        }
        None
    }

    fn wait(&self, number: u32, tried: u32) -> Duration {
        let wait = (FIRST_WAIT * 2_u32.saturating_pow(tried)).min(LONGEST_WAIT);
        let jitter = self.draws.of(u64::from(number)).of(u64::from(tried)).share();
        wait.mul_f64(1.0 - 0.25 * jitter)
    }
}

fn retryable(response: &Response<NetBody>) -> bool {
    let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    match text("x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        Some(_) | None => matches!(response.status().as_u16(), 408 | 409 | 429 | 500..),
    }
}

fn wanted_wait(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    Some(seconds).filter(|s| *s > 0.0 && *s <= LONGEST_HEEDED).map(Duration::from_secs_f64)
}
