//! Playing a scenario in virtual time.
//!
//! One thread, one runtime whose clock is paused: time moves only when nobody can do anything, and then straight to
//! the next timer. There is no I/O, so the order of everything follows from the scenario and its seed.

mod book;
mod client;
mod draws;
mod gateway;
mod going_on;
mod judge;
mod legs;
mod net;
mod sdk;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::invariants;
use crate::metrics;
use crate::result::{Run, Seen, Strategy};
use crate::scenario::Scenario;
use gateway::Gateway;
use net::Net;
use sdk::Sdk;

pub(crate) use draws::Draws;
use judge::Seam;
pub(crate) use judge::{LONG, Verdict};

/// Why a scenario could not be played.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    /// Its values contradict each other.
    #[error("the scenario contradicts itself: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Contradiction(Vec<crate::scenario::Contradiction>),
    /// The runtime could not be made.
    #[error("the replay could not be started: {0}")]
    Runtime(#[from] std::io::Error),
    /// One of the threads panicked.
    #[error("a replay's thread panicked: this is a bug, please report it")]
    Panicked,
    /// A provider's name or model cannot stand in a request.
    #[error("provider {0}: its name cannot stand in a header")]
    Name(String),
}

/// Plays a scenario with one strategy. Blocks the calling thread until it is over: strategies may run on a thread
/// each.
///
/// # Errors
/// When the scenario contradicts itself.
pub fn run(scenario: &Scenario, strategy: Strategy) -> Result<Run, CannotRun> {
    let played = played(scenario, strategy)?;
    let mut run = metrics::measure(scenario, strategy, &played);
    if strategy == Strategy::Handover {
        run.violations = invariants::check(scenario, &played);
    }
    run.seen = played.seen;
    run.probes = played.probes;
    Ok(run)
}

/// Plays a scenario with every strategy, in the order of [`Strategy::ALL`], on two threads.
///
/// # Errors
/// When the scenario contradicts itself.
pub fn run_all(scenario: &Scenario) -> Result<Vec<Run>, CannotRun> {
    std::thread::scope(|threads| {
        // The gateway's run takes as long as those of the baselines together.
        let baselines = threads.spawn(|| {
            let [_, baselines @ ..] = &Strategy::ALL;
            baselines.iter().map(|strategy| run(scenario, *strategy)).collect::<Result<Vec<Run>, CannotRun>>()
        });
        let mut runs = vec![run(scenario, Strategy::Handover)?];
        runs.extend(baselines.join().map_err(|_| CannotRun::Panicked)??);
        Ok(runs)
    })
}

/// Plays a scenario without judging what came of it.
pub(crate) fn played(scenario: &Scenario, strategy: Strategy) -> Result<Played, CannotRun> {
    scenario.check().map_err(CannotRun::Contradiction)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(play(scenario, strategy))
}

/// A played scenario, before it is measured.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) seen: Vec<Seen>,
    pub(crate) probes: Vec<crate::result::Attempt>,
    /// What cannot be seen in a request's record.
    pub(crate) facts: Vec<Facts>,
    pub(crate) events: Vec<gateway::Moved>,
    pub(crate) end: End,
}

/// What an invariant must know of one request besides what its user saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// What the judge read.
    pub(crate) verdict: Verdict,
    /// The answer's connection was torn down.
    pub(crate) aborted: bool,
    /// The target that the head of the answer names.
    pub(crate) first_served: Option<String>,
    /// The target that the engine says served: `provider/model`.
    pub(crate) says_served: Option<String>,
    /// Attempts that the engine counted.
    pub(crate) says_attempts: Option<usize>,
    /// Tokens of prompt and answer that the engine read from the provider's usage, by target: those that stopped in
    /// the middle of the answer, and the one that served.
    pub(crate) says_tokens: Vec<(Option<u64>, Option<u64>)>,
    /// Hand-overs that the engine counted: who stopped, who went on, and how.
    pub(crate) says_handed: Vec<(String, String, &'static str)>,
    /// How many records the engine wrote of it.
    pub(crate) records: usize,
    /// What the book has of each of the request's attempts besides what [`Seen::attempts`] shows.
    pub(crate) book: Vec<Leg>,
    /// The attempts whose words the user has, in the order of the text. As many as there are writers, where each was
    /// found in the book.
    pub(crate) legs: Vec<usize>,
    /// Writers that were not found there.
    pub(crate) missing: usize,
    /// A provider itself said something else than the answer asked for: another text, nothing, a refusal.
    pub(crate) own_words: bool,
    /// When the user left, if before the end.
    pub(crate) left: Option<Duration>,
}

/// What an attempt gave the gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Leg {
    /// The model that the provider named.
    pub(crate) model: String,
    /// It said something else than the answer asked for.
    pub(crate) own_words: bool,
    /// The half answer that it was asked to go on with.
    pub(crate) given: Option<String>,
}

impl Facts {
    /// A model that the answer names where another one wrote, and who that was.
    pub(crate) fn wrong_name(&self) -> Option<String> {
        if let Some(other) = self.verdict.misnamed.first() {
            return Some(format!("{other} is named where nobody took over"));
        }
        let wrote = self.legs.iter().filter_map(|at| self.book.get(*at)).map(|leg| leg.model.as_str());
        // An answer in one piece can name one model: the one that finished it.
        let silent = self.legs.len().saturating_sub(self.verdict.models.len());
        let mut pairs = self.verdict.models.iter().zip(wrote.skip(silent));
        pairs
            .find(|(said, wrote)| said != wrote)
            .map(|(said, wrote)| format!("{said} is named, {wrote} answered"))
    }
}

/// What was left when everything was over.
#[derive(Debug, Clone, Default)]
pub(crate) struct End {
    /// By provider: requests still being answered, requests the simulator counted, attempts in the records.
    pub(crate) providers: Vec<(usize, u64, u64)>,
    /// Answers still open in the simulated network.
    pub(crate) open: u32,
}

async fn play(scenario: &Scenario, strategy: Strategy) -> Result<Played, CannotRun> {
    let start = Instant::now();
    let net = Arc::new(Net::new(scenario, start)?);
    let gateway = match strategy {
        Strategy::Handover => Some(Arc::new(Gateway::new(scenario, net.clone())?)),
        Strategy::SingleProvider | Strategy::SdkRetries => None,
    };
    let sdk = Arc::new(Sdk::new(scenario, net.clone(), strategy)?);
    let mut warmers: JoinSet<()> = JoinSet::new();
    if let (Some(gateway), Some(every)) = (gateway.clone(), scenario.route.probe) {
        warmers.spawn(async move { gateway.keep_warm(every).await });
    }
    let mut users: JoinSet<(Seen, Facts)> = JoinSet::new();
    let mut done: Vec<(Seen, Facts)> = Vec::new();
    let mut keep = |ended: Result<(Seen, Facts), tokio::task::JoinError>| {
        // A user's task ends by returning; one that panics is found by the count below.
        done.extend(ended.ok());
    };
    for question in traffic::questions(scenario) {
        sleep_until(start + question.at).await;
        while let Some(ended) = users.try_join_next() {
            keep(ended);
        }
        match &gateway {
            Some(gateway) => drop(users.spawn(client::ask_gateway(gateway.clone(), net.clone(), question))),
            None => drop(users.spawn(client::ask_provider(sdk.clone(), net.clone(), question))),
        }
    }
    while let Some(ended) = users.join_next().await {
        keep(ended);
    }
    warmers.shutdown().await;
    done.sort_by_key(|(seen, _)| seen.number);
    let (mut seen, mut facts): (Vec<Seen>, Vec<Facts>) = done.into_iter().unzip();
    let events = match gateway {
        Some(gateway) => gateway.finish(&mut facts),
        None => Vec::new(),
    };
    drop(sdk);
    let (probes, end) = net.finish(&mut seen, &mut facts);
    Ok(Played { seen, probes, facts, events, end })
}
