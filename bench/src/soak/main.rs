//! An hour of mixed faults at a steady rate, on real sockets, against the real binary.
//!
//! # Purpose
//! Virtual time finds wrong decisions; only real time finds what adds up: a socket that is never closed, a task
//! that waits for ever, a few bytes kept of every request, a caller who never hears the end of it.
//!
//! # What must hold
//! * Every request has a proper end in time: a whole answer, an error status with an error's body and a request's
//!   id, or a stream that ends in an error event and an aborted body. An incomplete answer never ends cleanly.
//! * Who is said to have answered is who answered: every provider has words of its own.
//! * A caller who leaves is followed to the provider within 100 ms (p99), wherever the provider was.
//! * At rest, sockets, threads and requests are what they were before, and memory did not grow from half to half.
//!
//! # How
//! Three providers change their weather by the seed; a fourth, always well, is the last target of every route.
//! The seed fixes the weather and the requests; what meets what depends on the machine.

#![expect(clippy::print_stdout, reason = "a command-line tool: the summary is its output")]
#![expect(clippy::print_stderr, reason = "a command-line tool: progress goes to stderr")]

mod answer;
mod client;
mod gateway;
mod ledger;
mod plan;
mod provider;
mod random;
mod report;
mod text;
mod weather;

use answer::Who;
use clap::Parser;
use client::{Callers, DEADLINE};
use gateway::Gateway;
use handover_bench::Result;
use handover_drill::{Dialect, Reachable};
use ledger::Ledger;
use parking_lot::Mutex;
use plan::Plan;
use provider::Provider;
use random::Random;
use report::{Rest, Tally};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_util::task::TaskTracker;
use weather::Deck;

/// Sends mixed requests through a gateway whose providers fail in every way.
#[derive(Debug, Parser)]
#[command(name = "handover-soak")]
struct Args {
    /// The gateway's binary
    #[arg(long, env = "HANDOVER_BIN", value_name = "FILE")]
    handover: PathBuf,
    /// Seconds of load
    #[arg(long, env = "SOAK_SECONDS", default_value_t = 3600)]
    seconds: u64,
    /// Requests a second
    #[arg(long, env = "SOAK_RATE", default_value_t = 50.0)]
    rate: f64,
    /// Repeats a run's weather and requests; drawn unless told
    #[arg(long, env = "SOAK_SEED")]
    seed: Option<u64>,
    /// Share of callers that leave early
    #[arg(long, env = "SOAK_LEAVERS", default_value_t = 0.03)]
    leavers: f64,
}

/// How often a provider gets new scripts within a spell.
const MOMENT: Duration = Duration::from_millis(400);

/// How long everything may take to come to rest after the last request.
const REST_LIMIT: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let args = Args::parse();
    // Two threads: the callers' clock must not wait for the providers' work.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(soak(&args))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that runs.
struct House {
    providers: Vec<Arc<Provider>>,
    ledger: Arc<Ledger>,
    callers: Arc<Callers>,
    tally: Arc<Mutex<Tally>>,
    gateway: Gateway,
    /// Of the simulated world; the requests have their own.
    tasks: TaskTracker,
}

async fn soak(args: &Args) -> Result<bool> {
    let seed = args.seed.unwrap_or_else(drawn);
    eprintln!(
        "{} s at {} requests/s, seed {seed} (SOAK_SEED={seed} repeats weather and requests)",
        args.seconds, args.rate
    );
    let folder = tempfile::tempdir()?;
    let mut house = House::open(&args.handover, folder.path()).await?;
    let before = house.gateway.counts(&house.providers);

    let spell = Duration::from_secs_f64((args.seconds as f64 / 60.0).clamp(0.7, 5.0));
    let weather = house.start_weather(seed, spell);
    let watching = house.start_watching();
    house.load(args, seed).await;
    for task in weather {
        task.abort();
    }
    let rest = house.come_to_rest(before).await;
    watching.abort();

    let leads: Vec<&'static str> = house.providers.iter().map(|provider| provider.name).collect();
    let (text, wrong) = report::summary(&mut house.tally.lock(), &rest, &leads);
    println!("{text}");
    let violations = std::mem::take(&mut house.tally.lock().violations);
    for line in violations.iter().chain(&wrong) {
        println!("WRONG: {line}");
    }
    if wrong.is_empty() {
        println!("passed (seed {seed})");
        return Ok(true);
    }
    let folder = folder.keep();
    println!("FAILED (seed {seed}); the gateway's log: {}", gateway::log_of(&folder).display());
    Ok(false)
}

/// A seed that differs from run to run.
fn drawn() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() % 1_000_000_007
}

impl House {
    async fn open(binary: &Path, folder: &Path) -> Result<Self> {
        let ledger = Arc::new(Ledger::default());
        let tasks = TaskTracker::new();
        let mut providers = Vec::new();
        for who in [
            ("first", Dialect::OpenAi, "model-a", "amber"),
            ("second", Dialect::Anthropic, "model-b", "birch"),
            ("third", Dialect::Cohere, "model-c", "cedar"),
            ("last", Dialect::OpenAi, "model-d", "dogwood"),
        ] {
            let provider = Arc::new(Provider::new(who, gateway::free_address()?, ledger.clone()));
            let (serving, connections) = (provider.clone(), tasks.clone());
            tasks.spawn(async move {
                if let Err(error) = serving.serve(connections).await {
                    eprintln!("a simulated provider ended: {error}");
                }
            });
            providers.push(provider);
        }
        let gateway = Gateway::start(binary, folder, &providers).await?;
        let who = |p: &Arc<Provider>| Who { name: p.name, model: p.model, word: p.word };
        let whose = providers.iter().map(who).collect();
        let callers = Arc::new(Callers::new(gateway.address, ledger.clone(), whose));
        Ok(Self { providers, ledger, callers, tally: Arc::default(), gateway, tasks })
    }

    /// The last provider is always well.
    fn start_weather(&self, seed: u64, spell: Duration) -> Vec<tokio::task::JoinHandle<()>> {
        let last = self.providers.len() - 1;
        let each = self.providers.iter().cloned().zip(1..);
        each.map(|(provider, part)| {
            let well = part > last as u64;
            self.tasks.spawn(change_weather(provider, well, seed, part, spell))
        })
        .collect()
    }

    /// Notes how late this process wakes up.
    fn start_watching(&self) -> tokio::task::JoinHandle<()> {
        let tally = self.tally.clone();
        self.tasks.spawn(async move {
            const BEAT: Duration = Duration::from_millis(5);
            loop {
                let due = Instant::now() + BEAT;
                sleep_until(due).await;
                let now = Instant::now();
                tally.lock().late(now, now.saturating_duration_since(due));
            }
        })
    }

    /// Sends the requests and waits for the end of each.
    async fn load(&mut self, args: &Args, seed: u64) {
        let requests = TaskTracker::new();
        let mut random = Random::of(seed, 0);
        let began = Instant::now();
        let end = began + Duration::from_secs(args.seconds);
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (mut next, mut number, mut seconds) = (began, 0, 0u64);
        while next < end {
            tokio::select! {
                () = sleep_until(next) => {
                    self.send(&requests, Plan::draw(seed, number, args.leavers));
                    number += 1;
                    // Arrivals as of many callers who know nothing of each other.
                    let pause = -(1.0 - random.share()).ln() / args.rate.max(0.1);
                    next += Duration::from_secs_f64(pause.min(60.0));
                }
                _ = second.tick() => {
                    seconds += 1;
                    self.sample(seconds, began);
                }
            }
        }
        requests.close();
        // Improper ends have their own deadline; this is only against a mistake of ours.
        let _ = timeout(DEADLINE * 2, requests.wait()).await;
        self.callers.close();
    }

    fn send(&self, requests: &TaskTracker, plan: Plan) {
        self.tally.lock().sent += 1;
        let (callers, tally) = (self.callers.clone(), self.tally.clone());
        requests.spawn(async move {
            let number = plan.number;
            let judged = callers.ask(&plan, |ended, took| tally.lock().ended(number, ended, took)).await;
            tally.lock().judged(number, judged);
        });
    }

    fn sample(&self, seconds: u64, began: Instant) {
        let counts = self.gateway.counts(&self.providers);
        let mut tally = self.tally.lock();
        tally.samples.push(counts);
        if seconds.is_multiple_of(5) {
            let now = Instant::now().saturating_duration_since(began).as_secs();
            eprintln!("[{now:4} s] {}", tally.progress());
        }
        if seconds.is_multiple_of(60) {
            // The simulators remember every body; what is under way is counted at the sockets too.
            self.providers.iter().for_each(|provider| provider.simulator.forget());
        }
    }

    async fn come_to_rest(&mut self, before: gateway::Counts) -> Rest {
        for provider in &self.providers {
            provider.reachable(Reachable::Yes);
        }
        let began = Instant::now();
        loop {
            let rest = Rest {
                before,
                after: self.gateway.counts(&self.providers),
                pool: gateway::pool_bound(self.providers.len()),
                providers_open: self.providers.iter().map(|p| p.open.load(Ordering::Relaxed)).sum(),
                ended_idle: self.providers.iter().map(|p| p.ended_idle.load(Ordering::Relaxed)).sum(),
                in_flight: self.providers.iter().map(|p| p.simulator.in_flight()).sum(),
                requests_open: self.ledger.open(),
                gauges: self.gateway.gauges().await,
                alive: self.gateway.is_alive(),
            };
            let waited = Instant::now().saturating_duration_since(began);
            if rest.unrest().is_empty() || waited > REST_LIMIT {
                return rest;
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Plays one provider's weather until it is stopped.
async fn change_weather(provider: Arc<Provider>, well: bool, seed: u64, part: u64, spell: Duration) {
    let mut random = Random::of(seed, part << 8);
    let mut deck = Deck::new(Random::of(seed, part), spell);
    loop {
        let spell = deck.deal();
        let kind = if well { weather::Kind::Calm } else { spell.kind };
        let moments = (spell.lasts.as_millis() / MOMENT.as_millis()).max(1);
        for moment in 0..moments {
            let how = weather::reachable(kind, u64::try_from(moment).unwrap_or(0));
            provider.reachable(how);
            if how == Reachable::Refused && moment == 0 {
                // As when a process dies: its connections die with it.
                provider.simulator.cut_connections();
            }
            provider.simulator.play(weather::scripts(kind, provider.word, &mut random));
            sleep(MOMENT).await;
        }
    }
}
