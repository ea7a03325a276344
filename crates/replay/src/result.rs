//! What a replay gives: every request as its user saw it, every attempt, the metrics and a timeline.
//!
//! Plain values that can be serialised. In JSON, times are whole milliseconds from the scenario's start.
//!
//! Invariant: nothing here depends on anything but the scenario, its seed and the code: no wall clock, no addresses,
//! no order of a hash map. Two runs can be compared byte by byte.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// Who stands between the user and the providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The gateway's real engine over all providers.
    Handover,
    /// The lead alone, asked once.
    SingleProvider,
    /// The lead alone, asked as the official SDKs do: up to two retries with back-off.
    SdkRetries,
}

impl Strategy {
    /// All, in the order in which they are shown.
    pub const ALL: [Strategy; 3] = [Strategy::Handover, Strategy::SingleProvider, Strategy::SdkRetries];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Handover => "Handover",
            Strategy::SingleProvider => "single provider",
            Strategy::SdkRetries => "SDK retries",
        }
    }
}

/// One strategy's way through a scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// Who stood between.
    pub strategy: Strategy,
    /// Every request, in order of arrival.
    pub seen: Vec<Seen>,
    /// Attempts that belong to no request: probes of idle backups.
    pub probes: Vec<Attempt>,
    /// M1 to M14.
    pub metrics: Vec<Metric>,
    /// What happened when.
    pub timeline: Timeline,
    /// What was broken that must never break: empty when all is well. Checked for [`Strategy::Handover`] only.
    pub violations: Vec<Violation>,
}

/// One request, as its user saw it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// Counted from 0 in order of arrival.
    pub number: u32,
    /// When it arrived.
    #[serde(serialize_with = "ms")]
    pub at: Duration,
    /// Whether the answer was to be streamed.
    pub stream: bool,
    /// Whether it was batch work.
    pub batch: bool,
    /// When the first content came to the user.
    #[serde(serialize_with = "maybe_ms")]
    pub first_token: Option<Duration>,
    /// When it was over.
    #[serde(serialize_with = "ms")]
    pub end: Duration,
    /// What the user got.
    pub outcome: Outcome,
    /// The status the user was given; 0 for a broken connection.
    pub status: u16,
    /// The provider that wrote the answer, the last one of several, by its place in the scenario; `None` when nobody
    /// did.
    pub served: Option<usize>,
    /// The model that the answer names, the last one of several, where it names one.
    pub model: Option<String>,
    /// Tokens of the answer that reached the user.
    pub tokens: u32,
    /// Tokens of the whole answer.
    pub wanted: u32,
    /// Each time another target took over in the middle of the answer, as far as the user was told.
    pub hand_overs: Vec<HandOver>,
    /// Every time a provider was asked, in order.
    pub attempts: Vec<Attempt>,
}

/// Another target took over in the middle of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandOver {
    /// Who stopped: `provider/model`.
    pub from: String,
    /// Who went on.
    pub to: String,
    /// What went wrong, in one word.
    pub reason: String,
    /// How the answer was gone on with: `prefill`, `instructed`, or `restart` when nothing had been shown of it.
    pub how: String,
    /// When the first new word came to the user; `None` where the answer came in one piece, or had no more words.
    #[serde(serialize_with = "maybe_ms")]
    pub at: Option<Duration>,
    /// Between the last sign of life of the one who stopped and that word.
    #[serde(serialize_with = "maybe_ms")]
    pub silence: Option<Duration>,
}

/// What a user got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The whole, true answer.
    Whole,
    /// An error, before anything of an answer.
    ErrorBefore,
    /// An error, after part of the answer. The user knows that it is not whole.
    ErrorAfter,
    /// Part of an answer, or none, that ended as if it were whole. The user does not know.
    CutUnnoticed,
    /// Nothing complete within the user's patience.
    GaveUp,
    /// The user left early, for reasons of their own: nobody's failure.
    Left,
}

impl Outcome {
    /// All, in the order in which they are shown.
    pub const ALL: [Outcome; 6] = [
        Outcome::Whole,
        Outcome::ErrorBefore,
        Outcome::ErrorAfter,
        Outcome::CutUnnoticed,
        Outcome::GaveUp,
        Outcome::Left,
    ];

    /// Whether the user was failed.
    #[must_use]
    pub fn is_failure(self) -> bool {
        match self {
            Outcome::Whole | Outcome::Left => false,
            Outcome::ErrorBefore | Outcome::ErrorAfter | Outcome::CutUnnoticed | Outcome::GaveUp => true,
        }
    }
}

/// One time a provider was asked, as the provider saw it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attempt {
    /// The provider, by its place in the scenario.
    pub provider: usize,
    /// The key, counted from 0.
    pub key: usize,
    /// When it was asked.
    #[serde(serialize_with = "ms")]
    pub at: Duration,
    /// When it was over.
    #[serde(serialize_with = "ms")]
    pub end: Duration,
    /// When the provider last gave a sign of life: a status, or bytes. Its start, when there was none.
    #[serde(serialize_with = "ms")]
    pub heard: Duration,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Whether the scenario meant it to fail.
    pub faulty: bool,
    /// Prompt tokens on the bill.
    pub billed_in: u64,
    /// Answer tokens on the bill.
    pub billed_out: u64,
    /// Answer tokens that reached the user.
    pub delivered: u64,
    /// It was asked to go on with another target's half answer.
    pub continues: bool,
}

/// How an attempt ended at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// Under way. None is left at the end of a run.
    Open,
    /// It played to its end with status 200.
    Answered,
    /// A status that is not 200.
    Status(u16),
    /// The connection was refused.
    Refused,
    /// No connection within the limit.
    NoConnection,
    /// The connection broke before or in the answer.
    Broken,
    /// The asker left before the end.
    HungUp,
}

/// One number of the scoreboard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// `M1` to `M14`; several numbers may share one.
    pub id: &'static str,
    /// What it says, in a few words.
    pub name: &'static str,
    /// The value; `None` when the scenario gives none.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: Unit,
    /// The target in words, empty when there is none.
    pub target: &'static str,
    /// Whether it is met; `None` when there is no value or no target.
    pub met: Option<bool>,
    /// What a reader must know, or nothing.
    pub note: &'static str,
}

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share, 0 to 1.
    Share,
    /// So many.
    Count,
    /// So many in a million requests.
    PerMillion,
    /// Milliseconds.
    Milliseconds,
    /// One number divided by another.
    Ratio,
}

/// What happened when, in steps of equal length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// Length of a step: a minute, or more in long scenarios.
    #[serde(serialize_with = "ms")]
    pub step: Duration,
    /// The steps, from the scenario's start.
    pub points: Vec<Point>,
}

/// One step of the timeline. Requests count in the step of their arrival, attempts in the step of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Point {
    /// Requests that arrived.
    pub requests: u32,
    /// Of these, answered whole, by provider.
    pub served: Vec<u32>,
    /// Of these, by what the user got, in the order of [`Outcome::ALL`].
    pub outcomes: [u32; 6],
    /// Attempts at each provider, probes among them.
    pub attempts: Vec<u32>,
    /// Of these, failed: everything but answered and hung up.
    pub failed_attempts: Vec<u32>,
    /// The worst state of each provider's breaker in this step.
    pub breakers: Vec<Breaker>,
}

/// State of a circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Requests pass.
    #[default]
    Closed,
    /// A share of them passes.
    Ramping,
    /// One request may try.
    Probing,
    /// None passes.
    Open,
}

/// Something that must never happen, and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The rule.
    pub rule: &'static str,
    /// The request, where it is one's.
    pub request: Option<u32>,
    /// What was found.
    pub found: String,
}

fn ms<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn maybe_ms<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => ms(time, to),
        None => to.serialize_none(),
    }
}
