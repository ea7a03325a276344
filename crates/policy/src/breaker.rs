//! The circuit breaker of one provider, model or key.
//!
//! # Algorithm
//! The states of linkerd2-proxy's breakers (shut with growing back-off, one probe in probation, open) joined with its
//! unified policy: a run of hard failures *or* a windowed success rate. What an LLM call adds: the probe is judged at
//! its first token, late first tokens are failures of their kind, and recovery is a ramp instead of a step, because
//! full load on a provider that has just come back sends it down again (OpenAI's report on 8 November 2023).
//!
//! ```text
//! closed ──(run of failures, bad rate, trip)──► open ──(time)──► probing ──(first token)──► ramping ──(time)──► closed
//!                                                ▲                  │                          │
//!                                                └── any failure ───┴─ two hard in a row, … ───┘   longer each time
//! ```
//!
//! # What counts
//! * `failures` *Hard* or *Late* ones in a row open: a peer that went away without a word is late, late, and then
//!   resets. Only a *Good* ends a run: a rate limit between two failures is no sign of health.
//! * *Broken* answers make a run of their own, which only a whole answer ends: each of them had a *Good* first token.
//!   The probe is judged at its first token and confirmed by the first whole answer.
//! * *Soft* never makes a run. All but *Good* lower the success share.
//! * Rates are judged when a call failed, never when one succeeded.
//! * The caller may record one call twice: *Good* at its first token, and what broke its answer later.
//!
//! # Invariants
//! * At most one probe is out, whatever happens meanwhile.
//! * While open, nothing that was admitted before changes anything: it neither extends nor ends the back-off.
//! * Time alone ends a back-off and a ramp; no timer is needed.

mod words;

use crate::window::{Counts, Window};
use std::time::Duration;
use tokio::time::Instant;

pub use words::{Admit, BreakerSettings, BreakerState, Mark, Transition};

/// The share of the load that the ramp begins with (resilience notes, C, "metastable failures": 5 %, 25 %, 100 %).
const RAMP_START: f64 = 0.05;
/// Hard failures in a row that end a ramp.
const RAMP_FAILURES: u32 = 2;
/// Back-off is stretched by up to this share, so that many instances do not probe together. Less than linkerd's half:
/// what is added here is what a healed provider waits for.
const JITTER: f64 = 0.2;
/// How much longer each failed probe makes the back-off. Less than the usual two: an independent lab lets a lead fail
/// for 60 s, asked every 4 s, and wants no more than a handful of calls to reach it and the lead back within 16 s
/// (Failover Bench, S15). With 5 s and this, six calls reach it in every case, and it is back within 12 s.
const GROWTH: f64 = 1.6;
/// The longest wish of a provider that is heeded (linkerd's load biaser caps Retry-After there).
const LONGEST_FLOOR: Duration = Duration::from_secs(300);
/// The longest rest after a trip: that of an account without credit (resilience notes, B13).
const LONGEST_TRIP: Duration = Duration::from_secs(900);
/// Up to this floor a trip's rest doubles with every failed probe (resilience notes, B14: 60 s, doubling)...
const DOUBLING_FLOOR: Duration = Duration::from_secs(60);
/// ...and stops growing here (resilience notes, B14: "up to 10 min"). Longer floors stay as they are.
const LONGEST_DOUBLED: Duration = Duration::from_secs(600);
/// Doublings beyond this change nothing; keeps the factor within 32 bits.
const MAX_STEP: u32 = 20;
/// No back-off is longer, whatever the settings say: keeps sums of times within their range.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Closed,
    /// Shut until then; after it, probing.
    Open(Instant),
    /// Ramping since then; after the ramp, closed.
    Ramping(Instant),
}

/// One breaker. See the module's words for what it does.
#[derive(Debug, Clone)]
pub struct Breaker {
    settings: BreakerSettings,
    phase: Phase,
    /// Failed probes and ramps since it was last closed.
    step: u32,
    /// Outlives any phase: a probe that is out when the breaker is tripped is still the only one.
    probe_out: bool,
    hard_run: u32,
    late_run: u32,
    /// Answers that broke off since the last one that was whole.
    broken_run: u32,
    /// An answer has been whole since the ramp began: the probe's first token has been confirmed.
    confirmed: bool,
    window: Window<Counts>,
    suspect: bool,
    /// The state last told in a [`Transition`], or known to the caller from [`Admit::Probe`].
    told: &'static str,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            phase: Phase::Closed,
            step: 0,
            probe_out: false,
            hard_run: 0,
            late_run: 0,
            broken_run: 0,
            confirmed: false,
            window: Window::new(settings.window),
            suspect: false,
            told: BreakerState::Closed.as_str(),
        }
    }

    /// Whether a call may go. `draw` (0 to 1) decides during the ramp.
    pub fn admit(&mut self, now: Instant, draw: f64) -> Admit {
        match self.state(now) {
            BreakerState::Closed => Admit::Pass,
            BreakerState::Open { until } => Admit::Shut { until },
            BreakerState::Probing if self.probe_out => Admit::Shut { until: now },
            BreakerState::Probing => {
                self.probe_out = true;
                self.told = BreakerState::Probing.as_str();
                Admit::Probe
            }
            BreakerState::Ramping { share } if draw < share => Admit::Pass,
            BreakerState::Ramping { .. } => Admit::Shut { until: now },
        }
    }

    /// Records how a call ended. `probe` says whether it was admitted as one. `floor` is how long the provider is to
    /// rest at least: heeded up to 300 s; a trip's up to 900 s, and doubled with every failed probe if it is short.
    pub fn record(
        &mut self,
        now: Instant,
        mark: Mark,
        probe: bool,
        floor: Option<Duration>,
        draw: f64,
    ) -> Option<Transition> {
        let judged = probe && std::mem::take(&mut self.probe_out);
        self.settle(now);
        match self.state(now) {
            BreakerState::Probing if judged => self.judge(now, mark, floor, draw),
            // Admitted before it opened: says nothing about now.
            BreakerState::Open { .. } | BreakerState::Probing => {}
            BreakerState::Closed => {
                self.count(now, mark);
                if self.must_open(now, mark, self.settings.failures) {
                    self.open(now, self.rest(mark, floor, draw));
                }
            }
            BreakerState::Ramping { .. } => {
                self.count(now, mark);
                if self.must_open(now, mark, self.settings.failures.min(RAMP_FAILURES)) {
                    self.step = self.step.saturating_add(1);
                    self.open(now, self.rest(mark, floor, draw));
                } else if matches!(mark, Mark::Hard | Mark::Late | Mark::Broken) {
                    self.halve(now);
                }
            }
        }
        self.tell(now)
    }

    /// An answer has come from a call that was made whatever the breaker said, because nobody else was left. While it
    /// is open, that proves as much as a probe's would have; otherwise it is an answer like any other.
    pub fn proved(&mut self, now: Instant) -> Option<Transition> {
        self.settle(now);
        if matches!(self.phase, Phase::Open(_)) {
            // A probe that is out stays the only one until its own end is heard of.
            self.judge(now, Mark::Good, None, 0.0);
        } else {
            self.count(now, Mark::Good);
        }
        self.tell(now)
    }

    /// An answer was whole. A first token alone does not end a run of answers that break off behind theirs.
    pub fn finished(&mut self) {
        self.broken_run = 0;
        self.confirmed = true;
    }

    /// Takes back a probe whose caller left before it was judged: the next call is the probe.
    pub fn give_back_probe(&mut self, now: Instant) {
        self.settle(now);
        self.probe_out = false;
    }

    /// Shuts at once, for `floor` at least. While it is shut, extends that.
    pub fn trip(&mut self, now: Instant, floor: Duration, draw: f64) -> Option<Transition> {
        self.settle(now);
        if matches!(self.phase, Phase::Ramping(_)) {
            self.step = self.step.saturating_add(1);
        }
        let rest = self.rest(Mark::Trip, Some(floor), draw);
        match self.phase {
            Phase::Open(until) if now < until => {
                self.phase = Phase::Open(until.max(now + floor.min(LONGEST_TRIP)));
            }
            Phase::Open(_) | Phase::Closed | Phase::Ramping(_) => self.open(now, rest),
        }
        self.tell(now)
    }

    /// The state at `now`. Changes nothing.
    #[must_use]
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open(until) if now < until => BreakerState::Open { until },
            Phase::Open(_) => BreakerState::Probing,
            Phase::Ramping(since) => {
                let age = now.saturating_duration_since(since);
                if age >= self.settings.ramp {
                    BreakerState::Closed
                } else {
                    let part = age.as_secs_f64() / self.settings.ramp.as_secs_f64();
                    BreakerState::Ramping { share: RAMP_START * (1.0 / RAMP_START).powf(part) }
                }
            }
        }
    }

    /// Says whether the breaker of a sibling (another key of the same model) is open: then the first hard failure
    /// opens this one too.
    pub fn suspect(&mut self, suspect: bool) {
        self.suspect = suspect;
    }

    /// What time alone has changed since the last transition that was told. [`Breaker::record`] tells it as well.
    pub fn advance(&mut self, now: Instant) -> Option<Transition> {
        self.settle(now);
        self.tell(now)
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &BreakerSettings {
        &self.settings
    }

    /// A ramp that has run its time is over, and the past with it.
    fn settle(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Ramping(_)) && self.state(now) == BreakerState::Closed {
            self.phase = Phase::Closed;
            self.step = 0;
            self.forget();
        }
    }

    fn judge(&mut self, now: Instant, mark: Mark, floor: Option<Duration>, draw: f64) {
        if mark == Mark::Good {
            self.forget();
            self.phase = Phase::Ramping(now);
            // A ramp of no length is over at once.
            self.settle(now);
        } else {
            self.step = self.step.saturating_add(1);
            self.open(now, self.rest(mark, floor, draw));
        }
    }

    fn count(&mut self, now: Instant, mark: Mark) {
        let mut counts = Counts::default();
        match mark {
            Mark::Good => {
                counts.good = 1;
                (self.hard_run, self.late_run) = (0, 0);
            }
            Mark::Hard => {
                counts.hard = 1;
                self.hard_run = self.hard_run.saturating_add(1);
            }
            Mark::Late => {
                counts.late = 1;
                self.late_run = self.late_run.saturating_add(1);
            }
            Mark::Broken => {
                counts.hard = 1;
                self.broken_run = self.broken_run.saturating_add(1);
            }
            Mark::Soft => counts.soft = 1,
            Mark::Trip => {}
        }
        self.window.add(now, counts);
    }

    /// Whether a call that ended in `mark`, already counted, opens; `failures` is the run of hard ones that does.
    fn must_open(&self, now: Instant, mark: Mark, failures: u32) -> bool {
        let hard_limit = if self.suspect { 1 } else { failures.max(1) };
        let run = match mark {
            Mark::Good => return false,
            Mark::Trip => return true,
            Mark::Hard => self.hard_run + self.late_run >= hard_limit,
            Mark::Late => self.hard_run + self.late_run >= self.settings.failures.max(1),
            // Within a ramp the first whole answer confirms the probe; one that breaks before it refutes it.
            Mark::Broken if matches!(self.phase, Phase::Ramping(_)) && !self.confirmed => true,
            Mark::Broken => self.broken_run >= failures.max(1),
            Mark::Soft => false,
        };
        run || self.is_rate_bad(now)
    }

    fn is_rate_bad(&self, now: Instant) -> bool {
        let counts = self.window.sum(now);
        let calls = counts.calls();
        if calls < self.settings.min_calls.max(1) {
            return false;
        }
        let share = |part: u32| f64::from(part) / f64::from(calls);
        share(counts.good) < self.settings.min_success || share(counts.late) > self.settings.max_late
    }

    /// How long it rests: its own back-off with jitter, and never shorter than `floor`.
    fn rest(&self, mark: Mark, floor: Option<Duration>, draw: f64) -> Duration {
        let step = self.step.min(MAX_STEP);
        let growth = GROWTH.powf(f64::from(step));
        let steady =
            self.settings.backoff.min(A_DAY).mul_f64(growth).min(self.settings.max_backoff).min(A_DAY);
        let own = steady.mul_f64(1.0 + draw.clamp(0.0, 1.0) * JITTER);
        let floor = floor.unwrap_or_default();
        let factor = 1_u32 << step;
        let floor = match mark {
            Mark::Trip if floor <= DOUBLING_FLOOR => floor.saturating_mul(factor).min(LONGEST_DOUBLED),
            Mark::Trip => floor.min(LONGEST_TRIP),
            Mark::Good | Mark::Hard | Mark::Soft | Mark::Late | Mark::Broken => floor.min(LONGEST_FLOOR),
        };
        own.max(floor)
    }

    fn open(&mut self, now: Instant, rest: Duration) {
        self.forget();
        self.phase = Phase::Open(now + rest);
    }

    fn forget(&mut self) {
        (self.hard_run, self.late_run, self.broken_run) = (0, 0, 0);
        self.confirmed = false;
        self.window.clear();
    }

    /// Moves the ramp's start so that the share now is half of what it was, and at least what a ramp begins with.
    fn halve(&mut self, now: Instant) {
        if let Phase::Ramping(since) = &mut self.phase {
            let back = self.settings.ramp.mul_f64(2.0_f64.ln() / (1.0 / RAMP_START).ln());
            *since = (*since + back).min(now);
        }
    }

    fn tell(&mut self, now: Instant) -> Option<Transition> {
        let to = self.state(now).as_str();
        let from = std::mem::replace(&mut self.told, to);
        (from != to).then_some(Transition { from, to })
    }
}
