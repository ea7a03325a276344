//! What a replay plays: traffic, providers, and what goes wrong with them when.
//!
//! Plain values without behaviour, so that a scenario can come from a file, from the built-in list, or from a seed.
//! Times are counted from the scenario's start.
//!
//! Invariant: a scenario that [`Scenario::check`] accepts can be run, and every value in it has an effect.

use std::sync::Arc;
use std::time::Duration;

use handover_dialect::Prefill;
use handover_drill::{AskedBy, Continues, Dialect, ParseError, Script};
use handover_policy::{MidStream, Timeouts};

/// An outage, with the traffic that meets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Short name for the command line: `openai-2023-11-08`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// What happened, with citations.
    pub about: String,
    /// What is assumed and not on record, one sentence each.
    pub synthetic: Vec<String>,
    /// The wall clock at the start, for people: `2023-11-08 13:30 UTC`.
    pub starts: Option<String>,
    /// How long requests arrive. Those under way at the end are finished.
    pub span: Duration,
    /// Decides every draw; the same seed gives the same result to the byte.
    pub seed: u64,
    /// Who asks, when and how.
    pub traffic: Traffic,
    /// The route's targets: the lead first, then the backups in order.
    pub providers: Vec<Provider>,
    /// What goes wrong, in any order; phases of one provider may overlap, the first in the list that fits decides.
    pub phases: Vec<Phase>,
    /// Settings of the gateway's route.
    pub route: RouteSettings,
    /// Labels for the timeline.
    pub marks: Vec<(Duration, String)>,
    /// From and to: the window that the metrics of an outage are about.
    pub outage: Option<(Duration, Duration)>,
}

/// The requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// When requests arrive and how long they are.
    pub arrivals: Arrivals,
    /// Arrivals come this many times as fast as the trace or the rate says.
    pub speed: f64,
    /// Share of the arrivals that is simulated, 0 to 1. It lowers the rate that everything sees, and is stated.
    pub sampled: f64,
    /// Share of the requests that are streamed, 0 to 1.
    pub streaming: f64,
    /// What the application speaks to the gateway, and to the lead in the baselines where the lead's dialect differs
    /// an SDK of the lead's dialect is used. Only OpenAI and Anthropic are spoken by the gateway.
    pub dialect: Dialect,
    /// A user whose answer is not complete after so long gives up.
    pub patience: Duration,
    /// Share of the requests that are batch work, which may be shed first, 0 to 1.
    pub batch: f64,
    /// Share of the users who leave early for reasons of their own, at a random time, 0 to 1.
    pub leaves: f64,
}

impl Default for Traffic {
    /// Five and a half requests a second, as in the Azure 2023 conversation trace, 70 % of them streamed.
    fn default() -> Self {
        Traffic {
            arrivals: Arrivals::Poisson {
                per_second: 5.5,
                prompt_tokens: (200, 2000),
                answer_tokens: (20, 400),
            },
            speed: 1.0,
            sampled: 1.0,
            streaming: 0.7,
            dialect: Dialect::OpenAi,
            patience: Duration::from_secs(120),
            batch: 0.0,
            leaves: 0.0,
        }
    }
}

/// When requests arrive, and how long they and their answers are.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// These, in order of time, over and over.
    Trace(Arc<[Arrival]>),
    /// At random, independently of each other.
    Poisson {
        /// Mean rate.
        per_second: f64,
        /// Fewest and most prompt tokens.
        prompt_tokens: (u32, u32),
        /// Fewest and most answer tokens.
        answer_tokens: (u32, u32),
    },
    /// At equal distances.
    Even {
        /// Rate.
        per_second: f64,
        /// Fewest and most prompt tokens.
        prompt_tokens: (u32, u32),
        /// Fewest and most answer tokens.
        answer_tokens: (u32, u32),
    },
}

/// One request of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// After the start of the trace.
    pub at: Duration,
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Tokens of the whole answer.
    pub answer_tokens: u32,
}

/// A provider and how it is when it is well.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Its name in the gateway's configuration.
    pub name: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// The model asked for. Each provider has another, so that an answer's stated model tells who wrote it.
    pub model: String,
    /// How many keys the gateway has for it, at least 1.
    pub keys: usize,
    /// Shortest and longest time to the first token.
    pub first_token: (Duration, Duration),
    /// Time of each further token.
    pub per_token: Duration,
    /// Answers at once; beyond that it says 429, or 529 where that is its dialect's way.
    pub capacity: Option<u32>,
    /// Money per million prompt tokens.
    pub price_in: f64,
    /// Money per million answer tokens.
    pub price_out: f64,
    /// It is an engine on this machine that has to be started.
    pub local: Option<LocalStart>,
    /// The gateway's cap on answers at once per key (`max_concurrency`).
    pub max_concurrency: Option<u32>,
    /// What its model makes of another's half answer, at most one for each way of asking, where a phase's script does
    /// not say it. None: it does what it is asked.
    pub continues: Vec<Continues>,
    /// How the gateway is told that it takes the beginning of an answer. Claude is known by its model's name besides.
    pub prefill: Prefill,
}

impl Default for Provider {
    /// A hosted provider of the OpenAI dialect that answers after 0.4 to 0.9 s at 50 tokens a second.
    fn default() -> Self {
        Provider {
            name: "openai".to_owned(),
            dialect: Dialect::OpenAi,
            model: "gpt-4o-mini".to_owned(),
            keys: 1,
            first_token: (Duration::from_millis(400), Duration::from_millis(900)),
            per_token: Duration::from_millis(20),
            capacity: None,
            price_in: 0.15,
            price_out: 0.60,
            local: None,
            max_concurrency: None,
            continues: Vec::new(),
            prefill: Prefill::No,
        }
    }
}

/// How an engine on this machine starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalStart {
    /// From the first request to a loaded model. It loads on, whoever gives up waiting.
    pub load: Duration,
}

/// A time in which something is wrong with a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// The provider's name.
    pub provider: String,
    /// Only requests with this key, counted from 0.
    pub key: Option<usize>,
    /// Start.
    pub from: Duration,
    /// End.
    pub to: Duration,
    /// What each request meets, with its share, 0 to 1. What is left to 1 is healthy.
    pub mix: Vec<(f64, Fault)>,
    /// On for the first time, off for the second, over and over; on at the phase's start.
    pub flapping: Option<(Duration, Duration)>,
}

impl Phase {
    /// Everything that reaches this provider meets this.
    #[must_use]
    pub fn all(provider: &str, from: Duration, to: Duration, fault: Fault) -> Self {
        Phase { provider: provider.to_owned(), key: None, from, to, mix: vec![(1.0, fault)], flapping: None }
    }

    /// Whether every request meets one of its faults while it is on.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        let ill = self.mix.iter().filter(|(_, fault)| *fault != Fault::Healthy);
        self.key.is_none() && self.flapping.is_none() && ill.map(|(share, _)| share).sum::<f64>() > 0.999_999
    }

    /// Whether it is on at this time.
    #[must_use]
    pub fn is_on(&self, at: Duration) -> bool {
        if at < self.from || at >= self.to {
            return false;
        }
        match self.flapping {
            None => true,
            Some((on, off)) => {
                let cycle = (on + off).as_nanos().max(1);
                (at - self.from).as_nanos() % cycle < on.as_nanos()
            }
        }
    }
}

/// What one request to a provider meets.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The simulator's script. What it leaves open (the answer's text, length, pace and usage) is filled in as the
    /// request and the provider say. Places in the answer (`cut@3`) count tokens; they are rounded up to the end of
    /// an event, see [`crate::EVENT_TOKENS`].
    Script(Box<Script>),
    /// The connection is refused at once.
    Refused,
    /// Nothing answers to connecting.
    Blackhole,
    /// The name resolves only after this long.
    Dns(Duration),
    /// Nothing: for a share of a mix that is well.
    Healthy,
}

impl Fault {
    /// A fault from a script's text: `529 retry_after=2`, `ok cut@3`.
    ///
    /// # Errors
    /// When the text is no script.
    pub fn script(text: &str) -> Result<Self, ParseError> {
        Ok(Fault::Script(Box::new(text.parse()?)))
    }
}

/// Settings of the gateway's route, over the product's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteSettings {
    /// Clocks of hosted targets.
    pub clocks: Timeouts,
    /// How long an engine on this machine may load.
    pub local_load: Duration,
    /// Most attempts per request.
    pub max_attempts: u32,
    /// After how long without a first token the next target is asked beside the first.
    pub hedge: Option<Duration>,
    /// Share of the requests that a backup answers although the lead is well.
    pub canary: f64,
    /// After how long without an answer an idle backup is asked for one token.
    pub probe: Option<Duration>,
    /// What is done about an answer that breaks off after its first word.
    pub mid_stream: MidStream,
    /// How many targets may take over one answer in its middle.
    pub max_hand_overs: u32,
}

impl Default for RouteSettings {
    /// The product's defaults.
    fn default() -> Self {
        let s = Duration::from_secs;
        RouteSettings {
            clocks: Timeouts {
                connect: s(2),
                first_token: s(10),
                stall: s(30),
                progress: s(60),
                total: s(120),
            },
            local_load: s(300),
            max_attempts: 4,
            hedge: None,
            canary: 0.0,
            probe: Some(s(300)),
            mid_stream: MidStream::Continue,
            max_hand_overs: 1,
        }
    }
}

/// Values of a scenario that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Contradiction {
    /// Where: `phases[2].mix`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl Scenario {
    /// Everything that makes this scenario impossible to run, or a value in it without effect.
    ///
    /// # Errors
    /// All contradictions, at least one.
    pub fn check(&self) -> Result<(), Vec<Contradiction>> {
        let mut found = Vec::new();
        let mut say = |place: String, reason: &str| {
            found.push(Contradiction { place, reason: reason.to_owned() });
        };
        if self.span.is_zero() {
            say("span".into(), "is zero: no request would arrive");
        }
        if self.providers.is_empty() {
            say("providers".into(), "there is none: at least a lead is needed");
        }
        for (i, provider) in self.providers.iter().enumerate() {
            let place = |field: &str| format!("providers[{i}].{field}");
            let before = self.providers.get(..i).unwrap_or_default();
            if before.iter().any(|other| other.name == provider.name) {
                say(place("name"), "is used twice");
            }
            if before.iter().any(|other| other.model == provider.model) {
                say(place("model"), "is another provider's too: nobody could tell who answered");
            }
            if provider.keys == 0 {
                say(place("keys"), "is 0: one key is the least");
            }
            if provider.first_token.0 > provider.first_token.1 {
                say(place("first_token"), "ends before it begins");
            }
            let asked_by = |way| provider.continues.iter().filter(move |one| one.asked_by() == way).count();
            if asked_by(AskedBy::Prefill) > 1 || asked_by(AskedBy::Instruction) > 1 {
                say(place("continues"), "says twice what one way of asking gets");
            }
            if provider.capacity == Some(0) {
                say(place("capacity"), "is 0: it could never answer");
            }
        }
        for (i, phase) in self.phases.iter().enumerate() {
            let place = |field: &str| format!("phases[{i}].{field}");
            match self.providers.iter().find(|provider| provider.name == phase.provider) {
                None => say(place("provider"), "names no provider of this scenario"),
                Some(provider) if phase.key.is_some_and(|key| key >= provider.keys) => {
                    say(place("key"), "is beyond the provider's keys, which count from 0");
                }
                Some(_) => {}
            }
            if phase.from >= phase.to {
                say(place("to"), "is not after its start");
            }
            if phase.from >= self.span {
                say(place("from"), "is after the end of the scenario");
            }
            let shares: f64 = phase.mix.iter().map(|(share, _)| *share).sum();
            if !phase.mix.iter().all(|(share, _)| is_share(*share)) || shares > 1.0 + 1e-9 {
                say(place("mix"), "has shares that are not between 0 and 1, or more than 1 together");
            }
            if phase.flapping.is_some_and(|(on, off)| on.is_zero() || off.is_zero()) {
                say(place("flapping"), "is never on or never off: leave it out");
            }
        }
        self.check_traffic(&mut say);
        let Timeouts { connect, first_token, total, .. } = self.route.clocks;
        if first_token > total {
            say("route.clocks.first_token".into(), "is above the total: it could never strike");
        }
        if self.route.max_attempts == 0 {
            say("route.max_attempts".into(), "is 0: nobody would be asked");
        }
        if !is_share(self.route.canary) {
            say("route.canary".into(), "is not between 0 and 1");
        }
        if self.route.hedge.is_some_and(|after| after >= first_token) {
            say("route.hedge".into(), "comes after the first-token limit: it could never strike");
        }
        if connect > total {
            say("route.clocks.connect".into(), "is above the total: it could never strike");
        }
        if self.outage.is_some_and(|(from, to)| from >= to || to > self.span) {
            say("outage".into(), "is empty, or ends after the scenario");
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn check_traffic(&self, say: &mut impl FnMut(String, &str)) {
        let traffic = &self.traffic;
        for (field, share) in [
            ("sampled", traffic.sampled),
            ("streaming", traffic.streaming),
            ("batch", traffic.batch),
            ("leaves", traffic.leaves),
        ] {
            if !is_share(share) {
                say(format!("traffic.{field}"), "is not between 0 and 1");
            }
        }
        if traffic.sampled == 0.0 {
            say("traffic.sampled".into(), "is 0: no request would arrive");
        }
        if !(traffic.speed > 0.0 && traffic.speed.is_finite()) {
            say("traffic.speed".into(), "is not above 0");
        }
        if traffic.patience.is_zero() {
            say("traffic.patience".into(), "is 0: every user would have given up");
        }
        if traffic.dialect == Dialect::Cohere {
            say("traffic.dialect".into(), "cohere: the gateway is asked as OpenAI or as Anthropic");
        }
        match &traffic.arrivals {
            Arrivals::Trace(trace) => {
                if trace.is_empty() || !trace.is_sorted_by_key(|arrival| arrival.at) {
                    say("traffic.arrivals".into(), "is empty or not in order of time");
                }
            }
            Arrivals::Poisson { per_second, prompt_tokens, answer_tokens }
            | Arrivals::Even { per_second, prompt_tokens, answer_tokens } => {
                if !(*per_second > 0.0 && per_second.is_finite()) {
                    say("traffic.arrivals.per_second".into(), "is not above 0");
                }
                if prompt_tokens.0 > prompt_tokens.1 || answer_tokens.0 > answer_tokens.1 {
                    say("traffic.arrivals".into(), "has a range that ends before it begins");
                }
            }
        }
    }
}

fn is_share(share: f64) -> bool {
    (0.0..=1.0).contains(&share)
}
