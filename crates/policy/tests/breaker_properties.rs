//! The breaker against any history, and against the outage every user fears: a lead that fails for a minute.

use handover_policy::{Admit, Breaker, BreakerSettings, BreakerState, Mark, Random};
use proptest::prelude::*;
use std::time::Duration;
use tokio::time::Instant;

fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Sends one request each 4 s to a lead that is dead for a minute; gives how many were admitted while it was, and
/// how long after it healed one was.
fn minute_of_failure(random: &Random) -> (u32, Duration) {
    let start = Instant::now();
    let mut breaker = Breaker::new(BreakerSettings::default());
    let mut admitted = 0;
    for second in (0..60).step_by(4) {
        let now = start + s(second);
        let probe = match breaker.admit(now, random.unit()) {
            Admit::Pass => false,
            Admit::Probe => true,
            Admit::Shut { .. } => continue,
        };
        admitted += 1;
        breaker.record(now, Mark::Hard, probe, None, random.unit());
    }
    let healed = start + s(60);
    let mut now = healed;
    while matches!(breaker.admit(now, random.unit()), Admit::Shut { .. }) {
        now += s(4);
    }
    (admitted, now - healed)
}

#[test]
fn a_lead_that_is_dead_for_a_minute_is_asked_six_times_and_serves_again_within_one() {
    let random = Random::new(1);
    for run in 0..20_000 {
        let (admitted, back) = minute_of_failure(&random);
        assert!((4..=6).contains(&admitted), "run {run}: {admitted} were admitted");
        assert!(back <= s(60), "run {run}: back after {back:?}");
    }
}

/// What happens to a breaker next.
#[derive(Debug, Clone, Copy)]
enum Event {
    Wait(u64),
    Call(f64),
    End(Mark, f64),
    EndProbe(Mark, f64),
    GiveBack,
    Trip(u64),
    Suspect(bool),
    Proved,
}

fn mark() -> impl Strategy<Value = Mark> {
    prop_oneof![
        3 => Just(Mark::Good),
        3 => Just(Mark::Hard),
        1 => Just(Mark::Soft),
        1 => Just(Mark::Late),
        1 => Just(Mark::Trip),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0_u64..20_000).prop_map(Event::Wait),
        4 => (0.0_f64..1.0).prop_map(Event::Call),
        3 => (mark(), 0.0_f64..1.0).prop_map(|(m, d)| Event::End(m, d)),
        3 => (mark(), 0.0_f64..1.0).prop_map(|(m, d)| Event::EndProbe(m, d)),
        1 => Just(Event::GiveBack),
        1 => (0_u64..100).prop_map(Event::Trip),
        1 => any::<bool>().prop_map(Event::Suspect),
        1 => Just(Event::Proved),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn one_probe_at_a_time_none_within_a_pause_and_the_state_shown_is_the_true_one(
        events in prop::collection::vec(event(), 1..150),
    ) {
        let mut now = Instant::now();
        let mut breaker = Breaker::new(BreakerSettings::default());
        let mut out = 0;
        let mut shut_until = now;
        let mut told = "closed";
        for event in events {
            let transition = match event {
                Event::Wait(by) => {
                    now += Duration::from_millis(by);
                    None
                }
                Event::Call(draw) => {
                    let state = breaker.state(now);
                    let admit = breaker.admit(now, draw);
                    let shut = matches!(admit, Admit::Shut { .. });
                    prop_assert!(now >= shut_until || shut, "a call went out within a pause");
                    match state {
                        BreakerState::Closed => prop_assert_eq!(admit, Admit::Pass),
                        BreakerState::Open { until } => prop_assert_eq!(admit, Admit::Shut { until }),
                        BreakerState::Probing if out == 0 => prop_assert_eq!(admit, Admit::Probe),
                        BreakerState::Probing => prop_assert_eq!(admit, Admit::Shut { until: now }),
                        BreakerState::Ramping { share } => {
                            prop_assert!((0.05..=1.0).contains(&share), "{}", share);
                            let expected = if draw < share { Admit::Pass } else { Admit::Shut { until: now } };
                            prop_assert_eq!(admit, expected);
                        }
                    }
                    prop_assert_eq!(breaker.state(now), state);
                    if admit == Admit::Probe {
                        out += 1;
                        told = "probing";
                    }
                    None
                }
                Event::End(mark, draw) => breaker.record(now, mark, false, None, draw),
                Event::EndProbe(mark, draw) if out > 0 => {
                    out -= 1;
                    breaker.record(now, mark, true, None, draw)
                }
                Event::GiveBack if out > 0 => {
                    out -= 1;
                    breaker.give_back_probe(now);
                    None
                }
                Event::EndProbe(..) | Event::GiveBack => None,
                Event::Trip(floor) => breaker.trip(now, s(floor), 0.5),
                // Ends a pause by right.
                Event::Proved => {
                    shut_until = now;
                    breaker.proved(now)
                }
                Event::Suspect(suspect) => {
                    breaker.suspect(suspect);
                    None
                }
            };
            prop_assert!(out <= 1, "two probes are out");
            if let BreakerState::Open { until } = breaker.state(now) {
                prop_assert!(until >= shut_until, "a pause was shortened");
                shut_until = until;
            }
            // The transitions that are told make one unbroken story.
            if let Some(transition) = transition {
                prop_assert_eq!(transition.from, told);
                prop_assert_ne!(transition.from, transition.to);
                prop_assert_eq!(transition.to, breaker.state(now).as_str());
                told = transition.to;
            }
        }
    }
}
