//! What the built-in scenarios have in common: the providers, the traffic, and what is assumed about both.

use std::time::Duration;

use handover_drill::{Dialect, ErrorKind, Script};

use crate::scenario::{Arrivals, Fault, LocalStart, Phase, Provider, RouteSettings, Scenario, Traffic};
use crate::traces::{Severity, azure_conversation};

/// The lead of every built-in scenario.
pub(crate) const LEAD: &str = "openai";
/// The first backup.
pub(crate) const BACKUP: &str = "anthropic";
/// The second backup.
pub(crate) const SECOND_BACKUP: &str = "cohere";
/// The last resort, on the gateway's own machine.
pub(crate) const LOCAL: &str = "local";

/// Said by every scenario whose traffic is the trace.
const TRAFFIC_ASSUMED: &str = "Requests arrive as in one hour of the Azure 2023 conversation trace (CC BY 4.0; Patel et al., Splitwise, ISCA 2024), over and over; no record says what traffic met this outage.";

/// Said by every scenario with the usual providers.
const PROVIDERS_ASSUMED: &str = "Models, prices, times to the first token and speeds are those of typical small models of 2025, and every provider but a faulty one is well.";

/// Said where the local engine may have to carry the whole load.
pub(crate) const LOCAL_ASSUMED: &str = "The local engine keeps up with the whole load; a real one is limited by its machine, and answers in lower quality.";

/// Said where nothing is on record about Cohere.
pub(crate) const COHERE_ASSUMED: &str =
    "Cohere is taken to be well: no public incident record of useful depth exists for it.";

/// Said where a posted severity stands for a rate of failures.
pub(crate) const SEVERITY_ASSUMED: &str = "A posted severity stands for a rate of failures: critical 95 %, major 60 %, minor 10 %, none 0. Records give the word and not the rate; where a postmortem gives a rate at the peak of a major incident, it is 60 to 75 %.";

/// So many seconds.
pub(crate) const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many minutes.
pub(crate) const fn m(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Hours and minutes.
pub(crate) const fn hm(hours: u64, minutes: u64) -> Duration {
    m(60 * hours + minutes)
}

/// OpenAI in front, then Anthropic, Cohere, and the model on this machine.
///
/// Prices are the list prices per million tokens, in dollars, that the vendors named for these models in 2025. Times
/// are what users of such models see on a good day.
pub(crate) fn providers() -> Vec<Provider> {
    vec![lead(), anthropic(), cohere(), local(s(8))]
}

pub(crate) fn lead() -> Provider {
    Provider { name: LEAD.to_owned(), ..Provider::default() }
}

pub(crate) fn anthropic() -> Provider {
    Provider {
        name: BACKUP.to_owned(),
        dialect: Dialect::Anthropic,
        model: "claude-haiku-4-5".to_owned(),
        first_token: (Duration::from_millis(500), Duration::from_millis(1200)),
        per_token: Duration::from_millis(12),
        price_in: 1.0,
        price_out: 5.0,
        ..Provider::default()
    }
}

pub(crate) fn cohere() -> Provider {
    Provider {
        name: SECOND_BACKUP.to_owned(),
        dialect: Dialect::Cohere,
        model: "command-a-03-2025".to_owned(),
        first_token: (Duration::from_millis(300), Duration::from_millis(900)),
        per_token: Duration::from_millis(15),
        price_in: 2.5,
        price_out: 10.0,
        ..Provider::default()
    }
}

/// The engine on this machine, which loads its model for so long at the first request.
pub(crate) fn local(load: Duration) -> Provider {
    Provider {
        name: LOCAL.to_owned(),
        dialect: Dialect::OpenAi,
        model: "smollm2-135m-instruct".to_owned(),
        first_token: (Duration::from_millis(300), Duration::from_millis(1500)),
        per_token: Duration::from_millis(25),
        price_in: 0.0,
        price_out: 0.0,
        local: Some(LocalStart { load }),
        ..Provider::default()
    }
}

/// The Azure trace, of which so much is simulated.
pub(crate) fn trace(sampled: f64) -> Traffic {
    Traffic { arrivals: Arrivals::Trace(azure_conversation()), sampled, ..Traffic::default() }
}

/// A scenario with the usual providers and the whole trace, in which nothing goes wrong yet.
pub(crate) fn scenario(id: &str, title: &str, about: &str, span: Duration) -> Scenario {
    Scenario {
        id: id.to_owned(),
        title: title.to_owned(),
        about: about.to_owned(),
        synthetic: vec![TRAFFIC_ASSUMED.to_owned(), PROVIDERS_ASSUMED.to_owned()],
        starts: None,
        span,
        seed: 1,
        traffic: trace(1.0),
        providers: providers(),
        phases: Vec::new(),
        route: RouteSettings::default(),
        marks: Vec::new(),
        outage: None,
    }
}

/// Adds to what a scenario says, part by part.
pub(crate) trait Telling: Sized {
    /// More that is assumed.
    fn assumed(self, sentences: &[&str]) -> Self;
    /// The wall clock at its start.
    fn starts(self, at: &str) -> Self;
    /// A label of the timeline.
    fn mark(self, at: Duration, label: &str) -> Self;
    /// One more phase.
    fn phase(self, phase: Phase) -> Self;
    /// The window that the metrics of an outage are about.
    fn outage(self, from: Duration, to: Duration) -> Self;
    /// Simulates this share of the arrivals only.
    fn sampled(self, share: f64) -> Self;
}

impl Telling for Scenario {
    fn assumed(mut self, sentences: &[&str]) -> Self {
        self.synthetic.extend(sentences.iter().map(|sentence| (*sentence).to_owned()));
        self
    }

    fn starts(mut self, at: &str) -> Self {
        self.starts = Some(at.to_owned());
        self
    }

    fn mark(mut self, at: Duration, label: &str) -> Self {
        self.marks.push((at, label.to_owned()));
        self
    }

    fn phase(mut self, phase: Phase) -> Self {
        self.phases.push(phase);
        self
    }

    fn outage(mut self, from: Duration, to: Duration) -> Self {
        self.outage = Some((from, to));
        self
    }

    fn sampled(mut self, share: f64) -> Self {
        self.traffic.sampled = share;
        // Four digits after the point are enough for one request in ten thousand.
        let percent = format!("{:.4}", share * 100.0);
        let percent = percent.trim_end_matches('0').trim_end_matches('.');
        self.synthetic.push(format!(
            "Of the requests, {percent} % are simulated, drawn at random; everybody sees that lower rate."
        ));
        self
    }
}

/// A phase with several outcomes.
pub(crate) fn mix(provider: &str, from: Duration, to: Duration, mix: Vec<(f64, Fault)>) -> Phase {
    Phase { provider: provider.to_owned(), key: None, from, to, mix, flapping: None }
}

/// A fault that is a script.
pub(crate) fn play(script: Script) -> Fault {
    Fault::Script(Box::new(script))
}

/// What a posted incident of this severity is replayed as: the failing share in two equal halves, a server error and
/// the provider's way of saying that it is overloaded.
pub(crate) fn severity_mix(severity: Severity) -> Vec<(f64, Fault)> {
    let half = severity.failed_share() / 2.0;
    vec![
        (half, play(Script::error(ErrorKind::ServerError))),
        (half, play(Script::error(ErrorKind::Overloaded))),
    ]
}
