//! M1 to M14, from what users saw and providers were asked.
//!
//! Every number is computed from the records of a run alone, so that it can be checked by anyone who has them.
//! What the words mean is fixed here:
//!
//! * *The outage* is the scenario's window, or without one the time from the first phase's start to the last one's end.
//! * *Sick* is the lead while phases fail at least 90 % of what it gets, whatever the key.
//! * *Calm* is the time when no phase is on, nor was within the longest time that recovery may take.
//! * Where only a sample of the requests is simulated, numbers that depend on how close requests follow each other
//!   (detection, attempts at a sick lead, recovery) mean nothing and are left out.
//! * Users who left for reasons of their own count nowhere as failures, but their attempts are paid for.

mod numbers;
mod timeline;

use std::time::Duration;

use crate::result::{Attempt, AttemptOutcome, Metric, Outcome, Run, Seen, Strategy, Unit};
use crate::run::{LONG, Played};
use crate::scenario::{Fault, Phase, Scenario};
use numbers::{larger, quantile, ratio};

/// How long after a fault a gateway may still be wary: ten minutes for a model that was said not to be there
/// (resilience notes, B14), a probe, and the ramp. What it makes of that time is recovery's matter (M9).
const WARY: Duration = Duration::from_secs(670);
/// A phase that fails at least this share of the requests makes a provider sick.
const SICK: f64 = 0.9;
/// The lead may be asked for real in the first so long of its outage: until then nobody can know.
const FIRST_MINUTE: Duration = Duration::from_secs(60);
/// Recovery is judged over windows of this length.
const WINDOW: Duration = Duration::from_secs(10);
/// Share of the traffic that is back when a lead counts as recovered.
const RECOVERED: f64 = 0.95;

/// Makes the metrics and the timeline of a run. Its requests are filled in by the caller.
pub(crate) fn measure(scenario: &Scenario, strategy: Strategy, played: &Played) -> Run {
    let board = Board::new(scenario, strategy, played);
    let mut metrics = Vec::new();
    board.users(&mut metrics);
    board.times(&mut metrics);
    board.lead(&mut metrics);
    board.money(&mut metrics);
    board.ends(&mut metrics);
    metrics.sort_by_key(|metric| metric.id.trim_start_matches('M').parse::<u32>().unwrap_or(u32::MAX));
    let timeline = timeline::timeline(scenario, played);
    Run { strategy, seen: Vec::new(), probes: Vec::new(), metrics, timeline, violations: Vec::new() }
}

/// Whether another target went on with a part of its text.
fn is_continued(seen: &Seen) -> bool {
    seen.hand_overs.iter().any(|handed| handed.how != "restart")
}

struct Board<'a> {
    scenario: &'a Scenario,
    strategy: Strategy,
    played: &'a Played,
    outage: (Duration, Duration),
}

/// A metric without a target.
fn plain(id: &'static str, name: &'static str, unit: Unit, value: Option<f64>) -> Metric {
    Metric { id, name, value, unit, target: "", met: None, note: "" }
}

fn most(mut metric: Metric, target: &'static str, most: f64) -> Metric {
    metric.target = target;
    metric.met = metric.value.map(|value| value <= most);
    metric
}

fn least(mut metric: Metric, target: &'static str, least: f64) -> Metric {
    metric.target = target;
    metric.met = metric.value.map(|value| value >= least);
    metric
}

fn noted(mut metric: Metric, note: &'static str) -> Metric {
    metric.note = note;
    metric
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl<'a> Board<'a> {
    fn new(scenario: &'a Scenario, strategy: Strategy, played: &'a Played) -> Self {
        let first = scenario.phases.iter().map(|phase| phase.from).min().unwrap_or_default();
        let last = scenario.phases.iter().map(|phase| phase.to).max().unwrap_or_default();
        let outage = scenario.outage.unwrap_or((first, last.min(scenario.span)));
        Board { scenario, strategy, played, outage }
    }

    fn seen(&self) -> impl Iterator<Item = &'a Seen> {
        self.played.seen.iter()
    }

    fn in_outage(&self, at: Duration) -> bool {
        (self.outage.0..self.outage.1).contains(&at)
    }

    fn lead_is(&self, provider: usize) -> bool {
        provider == 0
    }

    /// There is a time in which every provider fails every request: then nobody could have answered, and the last way
    /// that is always tried is a sick one. What such a scenario asks for is an honest error.
    fn is_hopeless(&self) -> bool {
        let fails = |provider: &str, at: Duration| {
            let phases = self.scenario.phases.iter().filter(|phase| phase.provider == provider);
            phases.into_iter().any(|phase| phase.is_certain() && phase.is_on(at))
        };
        let times = self.scenario.phases.iter().map(|phase| phase.from);
        times.into_iter().any(|at| self.scenario.providers.iter().all(|p| fails(&p.name, at)))
    }

    /// The metric with its target, unless nobody could have met it.
    fn unless_hopeless(&self, metric: Metric) -> Metric {
        if self.is_hopeless() {
            return Metric {
                target: "",
                met: None,
                note: "No target: for a time every provider was down.",
                ..metric
            };
        }
        metric
    }

    /// No phase is on, nor was shortly before, for one provider or for all.
    fn is_calm(&self, at: Duration, provider: Option<usize>) -> bool {
        let name = provider.and_then(|place| self.scenario.providers.get(place)).map(|p| p.name.as_str());
        let about = |of: &str| name.is_none_or(|name| name == of);
        !self.scenario.phases.iter().any(|p| about(&p.provider) && at >= p.from && at < p.to + WARY)
    }

    /// Every attempt, with the request's arrival.
    fn attempts(&self) -> impl Iterator<Item = &'a Attempt> {
        self.seen().flat_map(|seen| &seen.attempts).chain(&self.played.probes)
    }

    /// M1 and M2.
    fn users(&self, to: &mut Vec<Metric>) {
        let share = |wanted: &dyn Fn(&Seen) -> bool| {
            let asked = self.seen().filter(|s| wanted(s) && s.outcome != Outcome::Left);
            let (mut all, mut whole) = (0_u32, 0_u32);
            for seen in asked {
                all += 1;
                whole += u32::from(seen.outcome == Outcome::Whole);
            }
            ratio(f64::from(whole), f64::from(all))
        };
        let availability = plain("M1", "availability", Unit::Share, share(&|_| true));
        to.push(self.unless_hopeless(least(availability, "at least 99.95 %", 0.9995)));
        let outage = share(&|seen| self.in_outage(seen.at));
        let outage = plain("M1", "availability in the outage", Unit::Share, outage);
        to.push(self.unless_hopeless(least(outage, "at least 99.95 %", 0.9995)));
        let all = self.seen().filter(|seen| seen.outcome != Outcome::Left).count() as f64;
        let million = |wanted: &[Outcome]| {
            let failed = self.seen().filter(|seen| wanted.contains(&seen.outcome)).count() as f64;
            ratio(failed * 1e6, all)
        };
        let before = million(&[Outcome::ErrorBefore]);
        let before = plain("M2", "errors before an answer", Unit::PerMillion, before);
        to.push(self.unless_hopeless(most(before, "at most 100", 100.0)));
        let after = million(&[Outcome::ErrorAfter]);
        to.push(plain("M2", "answers broken off with an error", Unit::PerMillion, after));
        let went_on = |seen: &&Seen| {
            seen.outcome == Outcome::ErrorAfter
                || seen.stream && seen.outcome == Outcome::Whole && is_continued(seen)
        };
        let stopped = ratio(self.seen().filter(went_on).count() as f64 * 1e6, all);
        let note = "Streams that were continued to their end count as broken off.";
        let name = "the same if none were handed over";
        to.push(noted(plain("M2", name, Unit::PerMillion, stopped.filter(|_| self.hands_over())), note));
        let unnoticed = million(&[Outcome::CutUnnoticed]);
        to.push(most(
            plain("M2", "incomplete answers that look whole", Unit::PerMillion, unnoticed),
            "0",
            0.0,
        ));
        to.push(plain("M2", "users who gave up waiting", Unit::PerMillion, million(&[Outcome::GaveUp])));
    }

    /// M3, M4 and M11.
    fn times(&self, to: &mut Vec<Metric>) {
        let mut hard = Vec::new();
        let mut silent = Vec::new();
        for seen in self.seen().filter(|seen| seen.outcome == Outcome::Whole) {
            let Some(first) = seen.attempts.first() else { continue };
            let Some(last) = seen.attempts.iter().rev().find(|a| Some(a.provider) == seen.served) else {
                continue;
            };
            if first.provider == last.provider {
                continue;
            }
            // From the last sign of life: after an error that is its arrival, in silence it is the request.
            let took = millis(last.at.saturating_sub(first.heard));
            let was_silent = match first.outcome {
                AttemptOutcome::NoConnection => true,
                AttemptOutcome::HungUp => first.end > first.heard,
                AttemptOutcome::Status(_) | AttemptOutcome::Refused | AttemptOutcome::Broken => false,
                AttemptOutcome::Answered | AttemptOutcome::Open => false,
            };
            if was_silent { silent.push(took) } else { hard.push(took) }
        }
        let note = "From the fault to the attempt that served; the simulated network itself takes no time.";
        let mut add = |name, times: &mut [f64], share, target: Option<(&'static str, f64)>| {
            let metric = noted(plain("M3", name, Unit::Milliseconds, quantile(times, share)), note);
            to.push(match target {
                Some((words, limit)) => most(metric, words, limit),
                None => metric,
            });
        };
        add("time to failover after errors, p50", &mut hard, 0.5, Some(("at most 20 ms", 20.0)));
        add("time to failover after errors, p99", &mut hard, 0.99, Some(("at most 150 ms", 150.0)));
        add("time to failover after silence, p50", &mut silent, 0.5, None);
        add("time to failover after silence, p99", &mut silent, 0.99, None);
        self.detection(to);
        let lags = self.played.seen.iter().zip(&self.played.facts).filter_map(|(seen, facts)| {
            let left = facts.left?;
            seen.attempts
                .iter()
                .map(|attempt| millis(attempt.end.saturating_sub(left)))
                .max_by(f64::total_cmp)
        });
        let mut lags: Vec<f64> = lags.collect();
        let lag = plain(
            "M11",
            "user gone to provider's work cancelled, p99",
            Unit::Milliseconds,
            quantile(&mut lags, 0.99),
        );
        to.push(most(lag, "at most 100 ms", 100.0));
    }

    /// The times when the lead is sick, in order, joined where they touch.
    fn sick(&self) -> Vec<(Duration, Duration)> {
        let lead = self.scenario.providers.first().map(|p| p.name.as_str());
        let failing = |phase: &&Phase| {
            let faults = phase.mix.iter().filter(|(_, fault)| *fault != Fault::Healthy);
            let share: f64 = faults.map(|(share, _)| *share).sum();
            let whole = phase.key.is_none() && phase.flapping.is_none();
            Some(phase.provider.as_str()) == lead && whole && share >= SICK
        };
        let mut times: Vec<(Duration, Duration)> =
            self.scenario.phases.iter().filter(failing).map(|phase| (phase.from, phase.to)).collect();
        times.sort();
        times.dedup_by(|later, earlier| {
            let joined = later.0 <= earlier.1;
            if joined {
                earlier.1 = earlier.1.max(later.1);
            }
            joined
        });
        times
    }

    /// Whether requests follow each other as closely as they did.
    fn is_dense(&self) -> bool {
        self.scenario.traffic.sampled >= 1.0
    }

    /// M4: how many requests run into a sick lead until the first one is spared.
    fn detection(&self, to: &mut Vec<Metric>) {
        let (mut hurt, mut took) = (None::<f64>, None::<f64>);
        let before = |at: Duration| at.saturating_sub(Duration::from_millis(1));
        let fresh = |(from, _): &(Duration, Duration)| self.is_calm(before(*from), Some(0));
        for (from, until) in self.sick().into_iter().filter(fresh).filter(|_| self.is_dense()) {
            let (mut met, mut spared) = (0_u32, None);
            for seen in self.seen_from(from).take_while(|seen| seen.at < until) {
                if seen.attempts.iter().any(|attempt| self.lead_is(attempt.provider)) {
                    met += 1;
                } else {
                    spared = Some(seen.at - from);
                    break;
                }
            }
            hurt = larger(hurt, Some(f64::from(met)).filter(|_| spared.is_some()));
            took = larger(took, spared.map(millis));
        }
        let note = "From the moment the lead falls sick to the first request that does not meet it.";
        let name = "requests that met the fault until it was known";
        let soon = took.is_some_and(|took| took <= 5000.0);
        let mut hurt = most(plain("M4", name, Unit::Count, hurt), "at most 3, or within 5 s", 3.0);
        hurt.met = hurt.met.map(|met| met || soon);
        to.push(noted(hurt, note));
        to.push(noted(plain("M4", "time until it was known", Unit::Milliseconds, took), note));
    }

    /// M5, M8, M9 and M10.
    fn lead(&self, to: &mut Vec<Metric>) {
        let calm: Vec<&Seen> =
            self.seen().filter(|s| self.is_calm(s.at, Some(0)) && self.is_calm(s.end, Some(0))).collect();
        let elsewhere =
            calm.iter().filter(|seen| seen.attempts.iter().any(|a| !self.lead_is(a.provider))).count();
        let share = ratio(elsewhere as f64, calm.len() as f64);
        to.push(most(
            plain("M5", "failovers from a healthy lead", Unit::Share, share),
            "at most 0.05 %",
            0.0005,
        ));
        let at_lead = |seen: &&&Seen| seen.attempts.iter().filter(|a| self.lead_is(a.provider)).count();
        let asked: usize = calm.iter().map(|seen| at_lead(&seen)).sum();
        let calmly = ratio(asked as f64, calm.len() as f64);
        to.push(most(
            plain("M8", "attempts at a healthy lead per request", Unit::Ratio, calmly),
            "at most 1.02",
            1.02,
        ));
        let mut sick = self.sick();
        sick.retain(|_| self.is_dense());
        let late = |at: Duration| sick.iter().any(|(from, until)| at >= *from + FIRST_MINUTE && at < *until);
        let attempts = self.attempts().filter(|a| self.lead_is(a.provider) && late(a.at)).count() as f64;
        let requests = self.seen().filter(|seen| late(seen.at)).count() as f64;
        let note = "After its first minute of being sick. Probes only is what a provider needs to recover.";
        let amplified =
            plain("M8", "attempts at the sick lead per request", Unit::Ratio, ratio(attempts, requests));
        to.push(self.unless_hopeless(most(noted(amplified, note), "at most 0.05: probes only", 0.05)));
        let minutes: Duration =
            sick.iter().map(|(from, until)| until.saturating_sub(*from + FIRST_MINUTE)).sum();
        let rate = ratio(attempts, minutes.as_secs_f64() / 60.0);
        to.push(noted(plain("M8", "attempts at the sick lead per minute", Unit::Ratio, rate), note));
        self.recovery(to);
        let at_backups = |attempt: &&Attempt| !self.lead_is(attempt.provider) && self.in_outage(attempt.at);
        let all = self.attempts().filter(at_backups).count() as f64;
        let refused = |a: &&Attempt| matches!(a.outcome, AttemptOutcome::Status(429 | 529)) && !a.faulty;
        let limited = self.attempts().filter(at_backups).filter(refused).count() as f64;
        let share = plain("M10", "attempts at backups over their capacity", Unit::Share, ratio(limited, all));
        to.push(most(share, "below 1 %", 0.01));
    }

    /// M9: how long until the healed lead has its traffic back, and whether it gets more than that.
    fn recovery(&self, to: &mut Vec<Metric>) {
        let lead = self.scenario.providers.first().map(|p| p.name.as_str());
        let phases = self.scenario.phases.iter().filter(|phase| Some(phase.provider.as_str()) == lead);
        let healed = phases.map(|phase| phase.to).max();
        let healed = healed.filter(|at| *at + WINDOW < self.scenario.span && self.is_dense());
        let mut back = None;
        let mut overshoot = None::<f64>;
        if let Some(healed) = healed {
            let windows = self.scenario.span.saturating_sub(healed).as_secs() / WINDOW.as_secs();
            for nth in 0..u32::try_from(windows).unwrap_or(0) {
                let from = healed + WINDOW * nth;
                let inside = |at: Duration| at >= from && at < from + WINDOW;
                let requests: Vec<&Seen> = self.seen_from(from).take_while(|seen| inside(seen.at)).collect();
                let served = requests.iter().filter(|seen| seen.served == Some(0)).count() as f64;
                let answered = requests.iter().filter(|seen| seen.served.is_some()).count() as f64;
                let at_lead =
                    |seen: &&Seen| seen.attempts.iter().filter(|a| self.lead_is(a.provider)).count();
                let asked: usize = requests.iter().map(at_lead).sum();
                if back.is_none() && ratio(served, answered).is_some_and(|share| share >= RECOVERED) {
                    back = Some(from + WINDOW - healed);
                }
                overshoot = larger(overshoot, ratio(asked as f64, requests.len() as f64));
                if nth >= 60 && back.is_some() {
                    break;
                }
            }
        }
        let back = plain(
            "M9",
            "healed lead has 95 % of its traffic back after",
            Unit::Milliseconds,
            back.map(millis),
        );
        to.push(most(back, "at most 90 s", 90_000.0));
        let over = plain("M9", "most attempts at it per request in 10 s", Unit::Ratio, overshoot);
        to.push(most(over, "at most 1.2", 1.2));
    }

    fn seen_from(&self, from: Duration) -> impl Iterator<Item = &'a Seen> {
        let first = self.played.seen.partition_point(|seen| seen.at < from);
        self.played.seen.iter().skip(first)
    }

    /// M6.
    fn money(&self, to: &mut Vec<Metric>) {
        let price = |attempt: &Attempt| {
            self.scenario.providers.get(attempt.provider).map_or((0.0, 0.0), |p| (p.price_in, p.price_out))
        };
        let wasted = |wanted: &dyn Fn(Duration) -> bool| {
            let (mut paid, mut used, mut continued) = (0.0, 0.0, 0.0);
            for attempt in self.attempts().filter(|attempt| wanted(attempt.at)) {
                let (price_in, price_out) = price(attempt);
                paid += attempt.billed_in as f64 * price_in + attempt.billed_out as f64 * price_out;
                if attempt.delivered > 0 {
                    // The prompt is used once: who goes on reads it again.
                    let prompt = if attempt.continues { 0 } else { attempt.billed_in };
                    used += prompt as f64 * price_in + attempt.delivered as f64 * price_out;
                }
                if attempt.continues {
                    let again = attempt.billed_out.saturating_sub(attempt.delivered) as f64;
                    continued += attempt.billed_in as f64 * price_in + again * price_out;
                }
            }
            (ratio(paid - used, used), ratio(continued, used))
        };
        let note =
            "Money for tokens that reached nobody, to money for those that did. Users who leave count too.";
        let calm = plain("M6", "wasted spend in calm", Unit::Share, wasted(&|at| self.is_calm(at, None)).0);
        to.push(noted(most(calm, "at most 1 %", 0.01), note));
        let (storm, continued) = wasted(&|at| self.in_outage(at));
        let storm = plain("M6", "wasted spend in the outage", Unit::Share, storm);
        to.push(noted(most(storm, "at most 5 %", 0.05), note));
        let continued = continued.filter(|_| self.hands_over());
        let note = "Who goes on with an answer reads the prompt and the half answer again, and may repeat its last words.";
        to.push(noted(plain("M6", "of it for going on with answers", Unit::Share, continued), note));
    }

    /// Whether there is somebody who could hand over.
    fn hands_over(&self) -> bool {
        self.strategy == Strategy::Handover
    }

    /// The hand-overs of M7.
    fn hand_overs(&self, to: &mut Vec<Metric>) {
        let stayed = || self.seen().filter(|seen| seen.outcome != Outcome::Left);
        let continued = || stayed().filter(|seen| is_continued(seen));
        let count = continued().count() as f64;
        let shown = |value: f64| Some(value).filter(|_| self.hands_over());
        to.push(plain("M7", "answers handed over in their middle", Unit::Count, shown(count)));
        let whole = continued().filter(|seen| seen.outcome == Outcome::Whole).count() as f64;
        let broken =
            stayed().filter(|seen| is_continued(seen) || seen.outcome == Outcome::ErrorAfter).count();
        let share = ratio(whole, broken as f64).filter(|_| self.hands_over());
        let name = "answers that broke off and were continued to their end";
        to.push(plain("M7", name, Unit::Share, share));
        let silences = stayed().flat_map(|seen| &seen.hand_overs).filter_map(|handed| handed.silence);
        let mut silences: Vec<f64> = silences.map(millis).collect();
        let note = "From the last sign of life of the one who stopped to the first new word, in streams.";
        for (name, share) in [("silence at a hand-over, p50", 0.5), ("silence at a hand-over, p95", 0.95)] {
            to.push(noted(plain("M7", name, Unit::Milliseconds, quantile(&mut silences, share)), note));
        }
    }

    /// M7, M12, M13 and M14.
    fn ends(&self, to: &mut Vec<Metric>) {
        let both = || self.played.seen.iter().zip(&self.played.facts);
        let torn = both().filter(|(seen, facts)| {
            let truth = crate::words::answer(seen.number, seen.wanted);
            !facts.own_words && !truth.starts_with(&facts.verdict.text)
                || facts.verdict.repeated().len() >= LONG
        });
        let torn = plain("M7", "answers with lost or repeated text", Unit::Count, Some(torn.count() as f64));
        to.push(most(torn, "0", 0.0));
        self.hand_overs(to);
        let lied = both().filter(|(_, facts)| facts.wrong_name().is_some());
        let lied = plain(
            "M12",
            "answers that name another model than served",
            Unit::Count,
            Some(lied.count() as f64),
        );
        to.push(most(lied, "0", 0.0));
        let endless = both().filter(|(seen, facts)| {
            let cut = seen.stream && seen.status == 200 && facts.left.is_none();
            cut && facts.verdict.ends == 0 && facts.verdict.errors == 0
        });
        let name = "streams without terminator and error";
        to.push(most(plain("M12", name, Unit::Count, Some(endless.count() as f64)), "0", 0.0));
        let overhead = plain("M13", "overhead", Unit::Milliseconds, None);
        to.push(noted(overhead, "Not measurable in virtual time: `make bench` measures it on real sockets."));
        let end = &self.played.end;
        let leaked = end.providers.iter().map(|(open, _, _)| *open as f64).sum::<f64>() + f64::from(end.open);
        to.push(most(plain("M14", "answers still open at the end", Unit::Count, Some(leaked)), "0", 0.0));
    }
}
