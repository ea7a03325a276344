//! The numbers of a run, and what they must be.

use crate::answer::Proper;
use crate::client::Ended;
use crate::gateway::Counts;
use crate::ledger::{FOLLOW_LIMIT, Followed, Judged, Phase};
use std::collections::BTreeMap;
use std::time::Duration;

/// Violations kept in words; all are counted.
const SHOWN: usize = 20;

/// A second half that needs more memory than the first by more than this is growth: 4 MiB, or a twentieth if that is
/// more. At 50 requests a second for an hour, 90 bytes kept of every request are more.
const GROWTH_KIB: u64 = 4096;
const GROWTH_SHARE: u64 = 20;

/// Of requests whose caller stays, the share that must end in a whole answer: the last target is always well, and
/// only answers that broke in their middle may be lost. Far below what is usual; a gateway that refuses everything
/// would otherwise pass.
const LEAST_WHOLE: f64 = 0.75;

/// A time is left out when this process itself was late by more than this within it.
const LATE: Duration = Duration::from_millis(15);

/// Everything counted during a run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) whole: BTreeMap<&'static str, u64>,
    /// Of these, answers that two wrote.
    pub(crate) continued: u64,
    pub(crate) refused: BTreeMap<u16, u64>,
    pub(crate) broken: BTreeMap<&'static str, u64>,
    pub(crate) left: u64,
    pub(crate) improper: u64,
    pub(crate) slowest: Duration,
    pub(crate) violations: Vec<String>,
    followed: BTreeMap<Phase, Vec<Duration>>,
    unmeasured: usize,
    /// Once a second.
    pub(crate) samples: Vec<Counts>,
    /// When this process was late, and by how much: the most recent minute.
    late: std::collections::VecDeque<(tokio::time::Instant, Duration)>,
    pub(crate) latest: Duration,
}

impl Tally {
    pub(crate) fn ended(&mut self, number: u32, ended: &Ended, took: Duration) {
        match ended {
            Ended::Proper(Proper::Whole(by)) => *self.whole.entry(by).or_default() += 1,
            Ended::Proper(Proper::Continued(by)) => {
                *self.whole.entry(by).or_default() += 1;
                self.continued += 1;
            }
            Ended::Proper(Proper::Refused(status)) => *self.refused.entry(*status).or_default() += 1,
            Ended::Proper(Proper::Broken(by)) => *self.broken.entry(by).or_default() += 1,
            Ended::Left => self.left += 1,
            Ended::Improper(why) => {
                self.violation(number, why);
                self.improper += 1;
            }
        }
        self.slowest = self.slowest.max(took);
    }

    pub(crate) fn judged(&mut self, number: u32, judged: Judged) {
        for why in &judged.violations {
            self.violation(number, why);
            self.improper += 1;
        }
        for followed in judged.followed {
            if self.was_late(&followed) {
                self.unmeasured += 1;
            } else {
                self.followed.entry(followed.phase).or_default().push(followed.took);
            }
        }
    }

    fn violation(&mut self, number: u32, why: &str) {
        if self.violations.len() < SHOWN {
            self.violations.push(format!("request {number}: {why}"));
        }
    }

    /// This process woke up late.
    pub(crate) fn late(&mut self, now: tokio::time::Instant, by: Duration) {
        self.latest = self.latest.max(by);
        if by > LATE {
            self.late.push_back((now, by));
        }
        while self
            .late
            .front()
            .is_some_and(|(at, _)| now.saturating_duration_since(*at) > Duration::from_secs(60))
        {
            self.late.pop_front();
        }
    }

    fn was_late(&self, followed: &Followed) -> bool {
        let until = followed.left + followed.took;
        // Late by `by` at `at` means: nothing ran from `at - by` on.
        self.late
            .iter()
            .any(|(at, by)| followed.left <= *at && at.checked_sub(*by).is_some_and(|from| from <= until))
    }

    fn whole_share(&self) -> f64 {
        let whole: u64 = self.whole.values().sum();
        let stayed =
            whole + self.refused.values().sum::<u64>() + self.broken.values().sum::<u64>() + self.improper;
        if stayed == 0 { 0.0 } else { whole as f64 / stayed as f64 }
    }

    /// One line for now.
    pub(crate) fn progress(&self) -> String {
        let now = self.samples.last().copied().unwrap_or_default();
        format!(
            "sent {}  whole {}  refused {}  broken {}  left {}  improper {}  |  callers {}  providers {}  {} MiB",
            self.sent,
            self.whole.values().sum::<u64>(),
            self.refused.values().sum::<u64>(),
            self.broken.values().sum::<u64>(),
            self.left,
            self.improper,
            now.callers,
            now.providers,
            now.memory / 1024
        )
    }

    /// Median memory of the two halves after the warm-up, KiB.
    fn halves(&self) -> Option<(u64, u64)> {
        // Buffers and tables grow to their working size first: a fifth of the run, a minute at most.
        let warm = (self.samples.len() / 5).min(60);
        let rest = self.samples.get(warm..)?;
        let (first, second) = rest.split_at(rest.len() / 2);
        Some((median(first)?, median(second)?))
    }
}

fn median(samples: &[Counts]) -> Option<u64> {
    let mut memory: Vec<u64> = samples.iter().map(|counts| counts.memory).collect();
    memory.sort_unstable();
    memory.get(memory.len() / 2).copied()
}

/// The smallest time that so much of all does not exceed.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The state of things before the load, and after it.
#[derive(Debug)]
pub(crate) struct Rest {
    pub(crate) before: Counts,
    pub(crate) after: Counts,
    pub(crate) pool: usize,
    pub(crate) providers_open: usize,
    /// Idle connections that the providers ended, all in all.
    pub(crate) ended_idle: usize,
    pub(crate) in_flight: usize,
    pub(crate) requests_open: usize,
    pub(crate) gauges: Vec<(String, f64)>,
    pub(crate) alive: bool,
}

impl Rest {
    /// What is not as it was, in words. Empty when all is at rest.
    pub(crate) fn unrest(&self) -> Vec<String> {
        let Rest { before, after, .. } = self;
        let mut found = Vec::new();
        let mut must = |holds: bool, what: String| {
            if !holds {
                found.push(what);
            }
        };
        must(self.alive, "the gateway has ended".into());
        must(after.callers == 0, format!("{} connections with callers who are gone", after.callers));
        let pooled = after.providers + after.dead;
        must(
            pooled <= self.pool,
            format!("{pooled} connections with providers; the pool may hold {}", self.pool),
        );
        // An idle connection that died is noticed when it is needed; no other dead socket may be held.
        must(
            after.dead <= self.ended_idle,
            format!(
                "{} dead sockets are held; only {} idle connections were reset",
                after.dead, self.ended_idle
            ),
        );
        must(self.in_flight == 0, format!("providers are still answering {} requests", self.in_flight));
        must(self.requests_open == 0, format!("{} requests are still open", self.requests_open));
        must(after.other <= before.other, format!("{} other sockets, {} before", after.other, before.other));
        must(
            after.threads == before.threads,
            format!("{} threads, {} before", after.threads, before.threads),
        );
        for (name, value) in self.gauges.iter().filter(|(_, value)| *value != 0.0) {
            must(false, format!("{name} is {value}"));
        }
        found
    }
}

/// The summary, and everything that is wrong.
pub(crate) fn summary(tally: &mut Tally, rest: &Rest, leads: &[&'static str]) -> (String, Vec<String>) {
    let mut wrong: Vec<String> = Vec::new();
    let mut lines = vec![
        format!(
            "requests            {} sent, {} left early, {} without a proper end",
            tally.sent, tally.left, tally.improper
        ),
        format!(
            "whole answers       {:.2} % of those who stayed, by {:?}; {} broke off and were continued",
            100.0 * tally.whole_share(),
            tally.whole,
            tally.continued
        ),
        format!(
            "honest errors       {:?} refused, {:?} broken off with an error event",
            tally.refused, tally.broken
        ),
        format!("slowest end         {:.1} s", tally.slowest.as_secs_f64()),
    ];
    if tally.improper > 0 {
        wrong.push(format!("{} requests had no proper end", tally.improper));
    }
    if tally.whole_share() < LEAST_WHOLE {
        wrong.push(format!("fewer than {:.0} % whole answers", 100.0 * LEAST_WHOLE));
    }
    for lead in leads.iter().filter(|lead| !tally.whole.contains_key(*lead)) {
        wrong.push(format!("{lead} never served: its weather was not met"));
    }
    if tally.broken.is_empty() && tally.continued == 0 {
        wrong.push("no answer broke in its middle: the weather was not met".into());
    }
    for phase in Phase::ALL {
        let times = tally.followed.entry(phase).or_default();
        times.sort_unstable();
        let (count, p50, p99) = (times.len(), percentile(times, 0.5), percentile(times, 0.99));
        let most = times.last().copied().unwrap_or_default();
        lines.push(format!(
            "leaves {:<13}{count} measured, closed at the provider after p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
            format!("{}:", short(phase)), ms(p50), ms(p99), ms(most)
        ));
        if count == 0 {
            wrong.push(format!("nobody who left {} could be measured", phase.words()));
        } else if p99 > FOLLOW_LIMIT {
            wrong.push(format!(
                "{}: p99 from leaving to the provider's close {:.1} ms",
                phase.words(),
                ms(p99)
            ));
        }
    }
    lines.push(format!(
        "not measured        {} leaves, because this machine was late by more than {} ms (at most {:.0} ms)",
        tally.unmeasured,
        LATE.as_millis(),
        ms(tally.latest)
    ));
    match tally.halves() {
        Some((first, second)) => {
            let bound = GROWTH_KIB.max(first / GROWTH_SHARE);
            lines.push(format!(
                "memory              {:.1} MiB at the start, {:.1} first half, {:.1} second half (bound +{:.1})",
                mib(rest.before.memory), mib(first), mib(second), mib(bound)
            ));
            if second > first + bound {
                wrong.push(format!("memory grew by {:.1} MiB from half to half", mib(second - first)));
            }
        }
        None => wrong.push("too short to say anything about memory".into()),
    }
    let Rest { before, after, .. } = rest;
    let peak = |of: fn(&Counts) -> usize| tally.samples.iter().map(of).max().unwrap_or(0);
    lines.push(format!(
        "sockets at rest     {} callers (peak {}), {} providers (peak {}, pool {}, {} open there), \
         {} dead (at most {} reset while idle), {} other ({} before)",
        after.callers,
        peak(|c| c.callers),
        after.providers,
        peak(|c| c.providers),
        rest.pool,
        rest.providers_open,
        after.dead,
        rest.ended_idle,
        after.other,
        before.other
    ));
    lines.push(format!(
        "threads             {} before, {} after (peak {})",
        before.threads,
        after.threads,
        peak(|c| c.threads)
    ));
    lines.push(match rest.gauges.len() {
        0 => "gauges              the gateway shows none (/metrics, /api/status)".to_owned(),
        count => format!(
            "gauges              {count} of what is under way, sum {}",
            rest.gauges.iter().map(|(_, v)| v).sum::<f64>()
        ),
    });
    wrong.extend(rest.unrest());
    (lines.join("\n"), wrong)
}

fn short(phase: Phase) -> &'static str {
    match phase {
        Phase::BeforeHead => "no head",
        Phase::BeforeFirstToken => "no token",
        Phase::InAnswer => "in answer",
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
