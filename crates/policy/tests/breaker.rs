//! The breaker, by the clock: what a user of a failing provider sees, one millisecond before and after each edge.

use handover_policy::{Admit, Breaker, BreakerSettings, BreakerState, Mark, Transition};
use std::time::Duration;
use tokio::time::Instant;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Round numbers, whatever the defaults are.
fn settings() -> BreakerSettings {
    BreakerSettings { backoff: s(4), max_backoff: s(60), ramp: s(60), ..BreakerSettings::default() }
}

/// A breaker and its clock.
struct Bench {
    breaker: Breaker,
    start: Instant,
    draw: f64,
}

impl Bench {
    fn new() -> Self {
        Self::with(settings())
    }

    fn with(settings: BreakerSettings) -> Self {
        Self { breaker: Breaker::new(settings), start: Instant::now(), draw: 0.0 }
    }

    /// Records a call's end, `at` milliseconds after the start, and gives the transition's words.
    fn record(&mut self, at: u64, mark: Mark, probe: bool) -> Option<(&'static str, &'static str)> {
        self.record_resting(at, mark, probe, None)
    }

    fn record_resting(
        &mut self,
        at: u64,
        mark: Mark,
        probe: bool,
        floor: Option<Duration>,
    ) -> Option<(&'static str, &'static str)> {
        let told = self.breaker.record(self.start + ms(at), mark, probe, floor, self.draw);
        told.map(|Transition { from, to }| (from, to))
    }

    fn admit(&mut self, at: u64) -> Admit {
        self.breaker.admit(self.start + ms(at), self.draw)
    }

    fn state(&self, at: u64) -> &'static str {
        self.breaker.state(self.start + ms(at)).as_str()
    }

    /// Opens it at 0 with three hard failures.
    fn opened() -> Self {
        let mut bench = Self::new();
        for _ in 0..3 {
            bench.record(0, Mark::Hard, false);
        }
        bench
    }

    /// Opens it at 0 and lets its probe succeed at 4 s.
    fn ramping() -> Self {
        let mut bench = Self::opened();
        assert_eq!(bench.admit(4000), Admit::Probe);
        assert_eq!(bench.record(4000, Mark::Good, true), Some(("probing", "ramping")));
        bench
    }

    fn share(&self, at: u64) -> f64 {
        match self.breaker.state(self.start + ms(at)) {
            BreakerState::Ramping { share } => share,
            BreakerState::Closed => 1.0,
            BreakerState::Open { .. } | BreakerState::Probing => 0.0,
        }
    }
}

/// The state after calls that ended so, one per 100 ms: `g`ood, `h`ard, `s`oft, `l`ate, `t`rip.
fn after(marks: &str) -> &'static str {
    let mut bench = Bench::new();
    for (n, mark) in marks.chars().enumerate() {
        let mark = match mark {
            'g' => Mark::Good,
            'h' => Mark::Hard,
            's' => Mark::Soft,
            'l' => Mark::Late,
            _ => Mark::Trip,
        };
        bench.record(100 * n as u64, mark, false);
    }
    bench.state(100 * marks.len() as u64)
}

#[test]
fn a_provider_is_shut_out_when_it_fails_and_not_when_it_stumbles() {
    let check = |marks: &str, expected: &str| assert_eq!(after(marks), expected, "{marks}");
    check("hh", "closed");
    check("hhh", "open");
    check("hhghh", "closed");
    check("ggggggghhh", "open");
    // Neither a rate limit nor a late answer is a sign of health.
    check("hshh", "open");
    check("hlhh", "open");
    // Rate limits alone do not make a run.
    check("sssssssss", "closed");
    check("ssssssssss", "open");
    // Late first tokens are failures of their kind.
    check("ll", "closed");
    check("lll", "open");
    check("llgll", "closed");
    check("lhg", "closed");
    check("llh", "open");
    // Six of ten is enough, five is not.
    check("hghghghggg", "closed");
    check("gghgghghgh", "closed");
    check("ghghghghgh", "open");
    // Nine calls are too few to speak of rates.
    check("hghghghgh", "closed");
    // A rate is judged when a call failed, not when one succeeded.
    check("hghghghghg", "closed");
    check("hghghghghgh", "open");
    check("t", "open");
}

#[test]
fn slow_first_tokens_open_by_their_share_where_success_would_not() {
    let settings = BreakerSettings { min_success: 0.0, max_late: 0.4, ..BreakerSettings::default() };
    let mut bench = Bench::with(settings);
    for mark in [Mark::Late, Mark::Good].into_iter().cycle().take(9) {
        assert_eq!(bench.record(0, mark, false), None);
    }
    assert_eq!(bench.record(0, Mark::Late, false), Some(("closed", "open")));
}

#[test]
fn failures_older_than_the_window_open_nothing() {
    for (last, expected) in [(29_999, "open"), (30_000, "closed")] {
        let mut bench = Bench::new();
        for mark in [Mark::Soft, Mark::Good].into_iter().cycle().take(9) {
            bench.record(0, mark, false);
        }
        bench.record(last, Mark::Soft, false);
        assert_eq!(bench.state(last), expected, "at {last}");
    }
}

#[test]
fn a_shut_breaker_stays_shut_to_the_millisecond() {
    let mut bench = Bench::opened();
    let until = bench.start + s(4);
    assert_eq!(bench.admit(3999), Admit::Shut { until });
    assert_eq!(bench.state(3999), "open");
    assert_eq!(bench.state(4000), "probing");
    assert_eq!(bench.admit(4000), Admit::Probe);
    assert_eq!(bench.admit(4001), Admit::Shut { until: bench.start + ms(4001) });
}

#[test]
fn each_failed_probe_lengthens_the_pause_up_to_a_minute() {
    for (draw, tenths) in [(0.0, 10), (1.0, 12)] {
        let mut bench = Bench::new();
        bench.draw = draw;
        for _ in 0..3 {
            bench.record(0, Mark::Hard, false);
        }
        let mut at = 0;
        // Four seconds, times 1.6 each time, in milliseconds.
        for pause in [4000.0, 6400.0, 10_240.0, 16_384.0, 26_214.4, 41_943.04, 60_000.0, 60_000.0] {
            let pause = (pause * f64::from(tenths) / 10.0_f64).ceil() as u64;
            assert!(matches!(bench.admit(at + pause - 1), Admit::Shut { .. }), "{pause} at {at}");
            assert_eq!(bench.admit(at + pause), Admit::Probe, "{pause} at {at}");
            at += pause;
            assert_eq!(bench.record(at, Mark::Hard, true), Some(("probing", "open")));
        }
    }
}

#[test]
fn a_providers_wish_is_a_floor_and_has_a_limit() {
    let check = |mark: Mark, floor: u64, expected: u64| {
        let mut bench = Bench::new();
        bench.record(0, Mark::Hard, false);
        bench.record(0, Mark::Hard, false);
        bench.record_resting(0, mark, false, Some(s(floor)));
        let until = bench.start + s(expected);
        assert_eq!(bench.breaker.state(bench.start), BreakerState::Open { until }, "{mark:?} {floor}");
    };
    check(Mark::Hard, 1, 4);
    check(Mark::Hard, 20, 20);
    check(Mark::Hard, 300, 300);
    check(Mark::Hard, 86_400, 300);
    check(Mark::Trip, 60, 60);
    check(Mark::Trip, 900, 900);
    check(Mark::Trip, 86_400, 900);
}

#[test]
fn a_removed_model_is_asked_for_ever_more_rarely_and_a_dead_key_every_five_minutes() {
    let check = |floor: u64, expected: [u64; 6]| {
        let mut bench = Bench::new();
        let (mut at, mut probe) = (0, false);
        for rest in expected {
            bench.record_resting(at, Mark::Trip, probe, Some(s(floor)));
            assert!(matches!(bench.admit(at + rest * 1000 - 1), Admit::Shut { .. }), "{floor}: {rest}");
            at += rest * 1000;
            assert_eq!(bench.admit(at), Admit::Probe, "{floor}: {rest}");
            probe = true;
        }
    };
    check(60, [60, 120, 240, 480, 600, 600]);
    check(300, [300; 6]);
}

#[test]
fn what_was_sent_before_it_opened_neither_extends_nor_ends_the_pause() {
    let mut bench = Bench::opened();
    let until = BreakerState::Open { until: bench.start + s(4) };
    for mark in [Mark::Good, Mark::Hard, Mark::Soft, Mark::Late, Mark::Trip] {
        assert_eq!(bench.record_resting(3000, mark, false, Some(s(60))), None);
        assert_eq!(bench.breaker.state(bench.start + s(3)), until, "{mark:?}");
    }
    assert_eq!(bench.admit(4000), Admit::Probe);
    for mark in [Mark::Good, Mark::Hard, Mark::Soft, Mark::Late, Mark::Trip] {
        assert_eq!(bench.record(4100, mark, false), None);
        assert_eq!(bench.state(4100), "probing", "{mark:?}");
    }
    // And the real probe still decides.
    assert_eq!(bench.record(4200, Mark::Good, true), Some(("probing", "ramping")));
}

#[test]
fn only_a_first_token_lets_a_provider_back() {
    for mark in [Mark::Hard, Mark::Soft, Mark::Late, Mark::Trip] {
        let mut bench = Bench::opened();
        assert_eq!(bench.admit(4000), Admit::Probe);
        assert_eq!(bench.record(4500, mark, true), Some(("probing", "open")), "{mark:?}");
        assert_eq!(bench.state(4500 + 6399), "open");
        assert_eq!(bench.state(4500 + 6400), "probing");
    }
}

#[test]
fn a_caller_who_hangs_up_does_not_keep_the_probe() {
    let mut bench = Bench::opened();
    assert_eq!(bench.admit(4000), Admit::Probe);
    assert!(matches!(bench.admit(5000), Admit::Shut { .. }));
    bench.breaker.give_back_probe(bench.start + ms(5000));
    assert_eq!(bench.admit(5000), Admit::Probe);
}

#[test]
fn a_probe_from_before_a_trip_is_still_the_only_one() {
    let mut bench = Bench::opened();
    assert_eq!(bench.admit(4000), Admit::Probe);
    let told = bench.breaker.trip(bench.start + s(5), s(10), 0.0);
    assert_eq!(told, Some(Transition { from: "probing", to: "open" }));
    assert!(matches!(bench.admit(15_000), Admit::Shut { .. }));
    // Its end still counts; nobody was told of a second probe, so there is no news.
    assert_eq!(bench.record(15_500, Mark::Hard, true), None);
    assert_eq!(bench.state(21_899), "open");
    assert_eq!(bench.admit(21_900), Admit::Probe);
}

#[test]
fn the_last_way_left_proves_itself_by_answering() {
    let mut bench = Bench::opened();
    let told = bench.breaker.proved(bench.start + s(1));
    assert_eq!(told, Some(Transition { from: "open", to: "ramping" }));
    assert_eq!(bench.breaker.proved(bench.start + s(2)), None);
    assert!((bench.share(1000) - 0.05).abs() < 0.001);
    // A probe that was out meanwhile is still the only one, also when it opens again.
    let mut bench = Bench::opened();
    assert_eq!(bench.admit(4000), Admit::Probe);
    bench.breaker.proved(bench.start + s(5));
    bench.record(6000, Mark::Trip, false);
    assert!(matches!(bench.admit(60_000), Admit::Shut { .. }));
    bench.breaker.give_back_probe(bench.start + s(60));
    assert_eq!(bench.admit(60_000), Admit::Probe);
}

#[test]
fn a_trip_shuts_at_once_and_a_second_one_only_extends() {
    let mut bench = Bench::new();
    let told = bench.breaker.trip(bench.start, s(60), 0.0);
    assert_eq!(told, Some(Transition { from: "closed", to: "open" }));
    assert_eq!(bench.breaker.trip(bench.start + s(10), s(20), 0.0), None);
    assert_eq!(bench.state(59_999), "open");
    assert_eq!(bench.state(60_000), "probing");
    assert_eq!(bench.breaker.trip(bench.start + s(50), s(20), 0.0), None);
    assert_eq!(bench.state(69_999), "open");
    assert_eq!(bench.state(70_000), "probing");
}

#[test]
fn recovery_is_a_ramp_and_never_a_step() {
    let mut bench = Bench::ramping();
    for (at, expected) in [(0, 0.05), (15, 0.1057), (30, 0.2236), (45, 0.4729)] {
        let share = bench.share(4000 + at * 1000);
        assert!((share - expected).abs() < 0.001, "{share} at {at}");
    }
    bench.draw = 0.22;
    assert!(matches!(bench.admit(33_000), Admit::Shut { .. }));
    assert_eq!(bench.admit(34_000), Admit::Pass);
    assert_eq!(bench.state(63_999), "ramping");
    assert_eq!(bench.state(64_000), "closed");
    assert_eq!(bench.record(64_000, Mark::Good, false), Some(("ramping", "closed")));
}

#[test]
fn the_outage_after_a_recovery_begins_with_the_shortest_pause_again() {
    let mut bench = Bench::opened();
    assert_eq!(bench.admit(4000), Admit::Probe);
    bench.record(4000, Mark::Hard, true);
    assert_eq!(bench.admit(12_000), Admit::Probe);
    bench.record(12_000, Mark::Good, true);
    for _ in 0..3 {
        bench.record(72_000, Mark::Hard, false);
    }
    assert_eq!(bench.state(72_000 + 3999), "open");
    assert_eq!(bench.state(72_000 + 4000), "probing");
}

#[test]
fn a_failure_during_recovery_halves_the_load_and_two_end_it() {
    for mark in [Mark::Hard, Mark::Late] {
        let mut bench = Bench::ramping();
        let before = bench.share(50_000);
        assert_eq!(bench.record(50_000, mark, false), None);
        assert!((bench.share(50_000) - before / 2.0).abs() < 0.001, "{mark:?}");
        // It never falls below what a ramp begins with.
        let mut bench = Bench::ramping();
        bench.record(5000, mark, false);
        assert!((bench.share(5000) - 0.05).abs() < 0.001);
        assert_eq!(bench.state(64_999), "ramping");
        assert_eq!(bench.state(65_000), "closed");
    }
    let mut bench = Bench::ramping();
    assert_eq!(bench.record(5000, Mark::Hard, false), None);
    assert_eq!(bench.record(5000, Mark::Good, false), None);
    assert_eq!(bench.record(5000, Mark::Hard, false), None);
    assert_eq!(bench.record(5000, Mark::Hard, false), Some(("ramping", "open")));
    // Longer than the first pause.
    assert_eq!(bench.state(5000 + 6399), "open");
    assert_eq!(bench.state(5000 + 6400), "probing");
}

#[test]
fn a_storm_of_rate_limits_during_recovery_does_not_end_in_full_load() {
    let mut bench = Bench::ramping();
    let told: Vec<_> = (0..10).filter_map(|n| bench.record(5000 + n, Mark::Soft, false)).collect();
    assert_eq!(told, [("ramping", "open")]);
}

#[test]
fn the_second_key_of_a_dead_model_is_spent_only_once() {
    let mut bench = Bench::new();
    bench.breaker.suspect(true);
    assert_eq!(bench.record(0, Mark::Late, false), None);
    assert_eq!(bench.record(0, Mark::Hard, false), Some(("closed", "open")));
    let mut bench = Bench::new();
    bench.breaker.suspect(true);
    bench.breaker.suspect(false);
    assert_eq!(bench.record(0, Mark::Hard, false), None);
}

#[test]
fn settings_of_zero_neither_panic_nor_shut_for_ever() {
    let zero = Duration::ZERO;
    let mut bench = Bench::with(BreakerSettings {
        failures: 0,
        window: zero,
        min_calls: 0,
        min_success: 0.0,
        max_late: 0.0,
        backoff: zero,
        max_backoff: zero,
        ramp: zero,
    });
    assert_eq!(bench.record(0, Mark::Good, false), None);
    bench.record(0, Mark::Hard, false);
    assert_eq!(bench.admit(0), Admit::Probe);
    assert_eq!(bench.record(0, Mark::Good, true), Some(("probing", "closed")));
    let long = BreakerSettings { backoff: Duration::MAX, max_backoff: Duration::MAX, ..Default::default() };
    let mut bench = Bench::with(long);
    bench.draw = 1.0;
    bench.breaker.trip(bench.start, Duration::MAX, 1.0);
    assert_eq!(bench.state(1000), "open");
}

#[test]
fn a_provider_whose_every_answer_breaks_off_is_found_out_although_each_began_well() {
    let mut bench = Bench::new();
    let broken = |bench: &mut Bench, at: u64, probe: bool| {
        let began = bench.record(at, Mark::Good, probe);
        (began, bench.record(at + 1, Mark::Broken, false))
    };
    assert_eq!(broken(&mut bench, 0, false), (None, None));
    assert_eq!(broken(&mut bench, 100, false), (None, None));
    assert_eq!(broken(&mut bench, 200, false), (None, Some(("closed", "open"))));
    // The probe's own break refutes it, and the pause is the longer one.
    let at = 201 + 4000;
    assert_eq!(bench.admit(at), Admit::Probe);
    assert_eq!(broken(&mut bench, at, true), (Some(("probing", "ramping")), Some(("ramping", "open"))));
    assert!(matches!(bench.admit(at + 1 + 6399), Admit::Shut { .. }));
    let at = at + 1 + 6400;
    assert_eq!(bench.admit(at), Admit::Probe);
    assert_eq!(bench.record(at, Mark::Good, true), Some(("probing", "ramping")));
    // A whole answer confirms it: one that breaks later halves the load, two in a row end the ramp.
    bench.breaker.finished();
    assert_eq!(broken(&mut bench, at + 10, false), (None, None));
    bench.breaker.finished();
    assert_eq!(broken(&mut bench, at + 20, false), (None, None));
    assert_eq!(broken(&mut bench, at + 30, false), (None, Some(("ramping", "open"))));
}

#[test]
fn a_whole_answer_between_two_that_break_keeps_a_provider_in() {
    let mut bench = Bench::new();
    for at in 0..9 {
        bench.record(at, Mark::Good, false);
        bench.breaker.finished();
        bench.record(at, Mark::Good, false);
        bench.record(at, Mark::Good, false);
        assert_eq!(bench.record(at, Mark::Broken, false), None, "at {at}");
    }
}
