//! Events in, the last hour out. Times are told from a start at a full minute.

use super::*;
use handover_config::{MapEnv, Source, load};
use handover_dialect::hub::Usage;
use handover_dispatch::{Attempted, HandedOver};

const CONFIG: &str = r#"
[providers.a]
dialect = "openai"
base_url = "http://127.0.0.1:8001/v1"
[providers.b]
dialect = "openai"
base_url = "http://127.0.0.1:8002/v1"
[providers.local]
dialect = "local"
[routes.default]
targets = [
  { model = "a/x", price = { input = 1.0, output = 10.0 }, timeouts = { first_token = "2s" } },
  { model = "b/y", signal = 2 },
  "local/z",
]
"#;

/// Midnight UTC of a day in 2026.
const DAY: u64 = 20_000 * DAY_MS;
/// Noon of it.
const NOON: u64 = DAY + DAY_MS / 2;

fn chains() -> Chains {
    let source = Source::Text { path: "handover.toml".into(), text: CONFIG.to_owned() };
    Chains::of(&load(&source, &MapEnv::default()).unwrap().config)
}

fn history() -> History {
    History::new(&chains(), DAY)
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn tokens(prompt: u64, completion: u64) -> Usage {
    Usage { prompt: Some(prompt), completion: Some(completion), ..Usage::default() }
}

fn attempt(history: &History, target: &str, code: &'static str, now_ms: u64) {
    let target: Arc<str> = target.into();
    let event = AttemptEvent { request_id: "req_1", target: &target, key: 0, code, took: s(1) };
    history.attempt(&event, now_ms);
}

fn failed(target: &str, code: &'static str, at: u64, took: u64) -> Attempted {
    Attempted {
        target: target.into(),
        key: 0,
        at: s(at),
        code,
        words: format!("{code} in words"),
        took: s(took),
        asked: true,
        again_in: None,
        broke_off: false,
    }
}

/// A stream of `a/x`, asked at once, begun within a second, ended after three.
fn answer() -> Served {
    Served {
        request_id: "req_1".into(),
        asked: "default".into(),
        route: Some("default".into()),
        target: Some("a/x".into()),
        model: None,
        signal: Signal::Full,
        attempts: Vec::new(),
        key: 0,
        started: Some(s(0)),
        canary: false,
        cached: None,
        dropped: String::new(),
        status: 200,
        stream: true,
        first_token: Some(s(1)),
        took: s(3),
        usage: tokens(1000, 100),
        billed: tokens(1000, 100),
        hand_overs: Vec::new(),
        stopped: None,
        outcome: Outcome::Complete,
        detail: None,
    }
}

/// `b/y` answered after two seconds, because `a/x` was overloaded.
fn failover() -> Served {
    Served {
        target: Some("b/y".into()),
        signal: Signal::Reduced,
        attempts: vec![failed("a/x", "overloaded", 0, 2)],
        started: Some(s(2)),
        first_token: Some(s(3)),
        took: s(5),
        ..answer()
    }
}

fn hear(history: &History, served: &Served, now_ms: u64) {
    history.served(served, &chains(), now_ms);
}

fn told(history: &History, now_ms: u64) -> Value {
    history.json(&chains(), now_ms)
}

/// A target's newest beats, `count` of them.
fn beats(history: &History, target: &str, count: usize, now_ms: u64) -> Vec<[u64; 3]> {
    let json = told(history, now_ms);
    let all = json["targets"][target]["beats"].as_array().unwrap().clone();
    assert_eq!(all.len(), BEATS);
    let beat = |beat: &Value| [0, 1, 2].map(|of| beat[of].as_u64().unwrap());
    all.iter().skip(BEATS - count).map(beat).collect()
}

#[test]
fn an_operator_sees_in_which_minute_a_target_failed() {
    let history = history();
    attempt(&history, "a/x", "ok", NOON);
    attempt(&history, "a/x", "overloaded", NOON + 59_999);
    attempt(&history, "a/x", "overloaded", NOON + 60_000);
    attempt(&history, "b/y", "ok", NOON + 60_000);
    let now = NOON + 2 * MINUTE_MS;
    assert_eq!(beats(&history, "a/x", 3, now), [[1, 1, 0], [0, 1, 0], [0, 0, 0]]);
    assert_eq!(beats(&history, "b/y", 3, now), [[0, 0, 0], [1, 0, 0], [0, 0, 0]]);
    let of = &told(&history, now)["targets"]["a/x"];
    assert_eq!((&of["success"], &of["per_minute"]), (&json!(0.333), &json!(1)));
    assert_eq!(told(&history, now)["targets"]["local/z"]["success"], Value::Null, "nobody asked it");
}

#[test]
fn a_target_is_not_blamed_for_what_its_caller_got_wrong() {
    for code in NOT_ITS_OWN {
        let history = history();
        attempt(&history, "a/x", code, NOON);
        hear(&history, &Served { attempts: vec![failed("a/x", code, 0, 1)], ..answer() }, NOON);
        assert_eq!(beats(&history, "a/x", 1, NOON), [[0, 0, 0]], "{code}");
        assert_eq!(told(&history, NOON)["targets"]["a/x"]["last_error"], Value::Null, "{code}");
    }
}

#[test]
fn an_answer_that_broke_off_is_not_counted_as_good() {
    let history = history();
    attempt(&history, "a/x", "ok", NOON);
    let broke = Attempted { broke_off: true, ..failed("a/x", "stalled", 0, 60) };
    let served = Served { attempts: vec![broke], outcome: Outcome::Interrupted, took: s(60), ..answer() };
    hear(&history, &served, NOON + MINUTE_MS);
    assert_eq!(beats(&history, "a/x", 2, NOON + MINUTE_MS), [[0, 0, 0], [0, 1, 0]]);
    let last = told(&history, NOON + MINUTE_MS)["targets"]["a/x"]["last_error"].clone();
    assert_eq!(last, json!({"code": "stalled", "words": "stalled in words", "at_ms": NOON + MINUTE_MS}));
}

#[test]
fn a_probe_that_fails_is_the_last_error_until_a_newer_one() {
    let history = history();
    let target: Arc<str> = "b/y".into();
    let probe =
        AttemptEvent { request_id: "probe", target: &target, key: 0, code: "key_refused", took: s(1) };
    history.attempt(&probe, NOON);
    let last = |now| told(&history, now)["targets"]["b/y"]["last_error"]["words"].clone();
    assert_eq!(last(NOON), "key refused");
    hear(&history, &Served { attempts: vec![failed("b/y", "reset", 0, 1)], ..answer() }, NOON + 9000);
    assert_eq!(last(NOON + 9000), "reset in words");
}

#[test]
fn a_target_that_begins_late_is_called_slow_and_comes_back_from_it() {
    let history = history();
    let begin = |within: u64, now| {
        hear(&history, &Served { first_token: Some(Duration::from_millis(within)), ..answer() }, now);
    };
    assert!(!history.is_slow("a/x", NOON), "nothing is known");
    (0..9).for_each(|_| begin(1000, NOON));
    assert!(!history.is_slow("a/x", NOON), "half of the limit is in time");
    (0..9).for_each(|_| begin(1500, NOON));
    assert!(history.is_slow("a/x", NOON));
    assert!(!history.is_slow("a/x", NOON + 5 * MINUTE_MS), "that was more than five minutes ago");
    attempt(&history, "a/x", "ok", NOON);
    // It was slow when it began, three seconds before.
    assert_eq!(beats(&history, "a/x", 2, NOON), [[0, 0, 9], [1, 0, 0]]);
    let of = &told(&history, NOON)["targets"]["a/x"];
    let near = |value: &Value| value.as_u64().is_some_and(|ms| ms.abs_diff(1500) < 50);
    assert!(near(&of["first_token_p95_ms"]) && near(&of["first_token_p95"][58]), "{of}");
    assert_eq!(of["first_token_p95"][59], Value::Null, "no stream began in this minute");
    // A whole answer shows no first word.
    hear(&history, &Served { stream: false, first_token: Some(s(9)), ..answer() }, NOON + 6 * MINUTE_MS);
    assert!(!history.is_slow("a/x", NOON + 6 * MINUTE_MS));
}

#[test]
fn the_rate_is_of_the_last_sixty_seconds_and_not_of_the_clocks_minute() {
    let history = history();
    (0..60).for_each(|n| attempt(&history, "a/x", "ok", NOON + n * 1000));
    let rate = |now| told(&history, now)["targets"]["a/x"]["per_minute"].as_u64().unwrap();
    assert_eq!(rate(NOON + MINUTE_MS), 60);
    assert_eq!(rate(NOON + MINUTE_MS + 15_000), 45);
    assert_eq!(rate(NOON + 2 * MINUTE_MS - 1), 0);
    assert_eq!(rate(NOON + 2 * MINUTE_MS), 0);
}

#[test]
fn a_masked_outage_is_seen_by_who_answered() {
    let history = history();
    hear(&history, &answer(), NOON);
    hear(&history, &failover(), NOON);
    hear(&history, &failover(), NOON);
    for signal in [Signal::Good, Signal::Basic, Signal::Unrated] {
        hear(&history, &Served { signal, ..answer() }, NOON);
    }
    let failed = |outcome, status| Served { target: None, outcome, status, ..answer() };
    hear(&history, &failed(Outcome::Failed, 503), NOON);
    hear(&history, &failed(Outcome::Failed, 429), NOON);
    hear(&history, &Served { outcome: Outcome::Interrupted, ..answer() }, NOON);
    // The caller's own mistake, a model that there is not, a caller that left before the first word.
    hear(&history, &failed(Outcome::Failed, 400), NOON);
    hear(&history, &Served { route: None, ..failed(Outcome::Failed, 503) }, NOON);
    hear(&history, &failed(Outcome::Cancelled, 499), NOON);
    let json = told(&history, NOON);
    let expected = json!({"4": 1, "3": 1, "2": 2, "1": 1, "unrated": 1, "failed": 3});
    assert_eq!((json["answers"].as_array().unwrap().len(), &json["answers"][59]), (MINUTES, &expected));
    assert_eq!(json["minute_ms"], NOON);
    let none = json!({"4": 0, "3": 0, "2": 0, "1": 0, "unrated": 0, "failed": 0});
    assert_eq!(json["answers"][58], none);
}

#[test]
fn what_an_answer_cost_is_known_or_not_told() {
    let chains = chains();
    let check = |change: &dyn Fn(&mut Served), expected: Option<f64>| {
        let mut served = answer();
        change(&mut served);
        assert_eq!(chains.cost(&served), expected, "{served:?}");
    };
    let handed = |from: &str, usage: Usage| HandedOver {
        from: from.into(),
        to: "local/z".into(),
        code: "stalled",
        words: String::new(),
        how: "prefill",
        delivered_tokens: 5,
        at: s(1),
        silence: s(1),
        usage,
    };
    check(&|_| {}, Some(0.002));
    check(&|served| served.target = Some("b/y".into()), None);
    check(&|served| served.target = Some("local/z".into()), Some(0.0));
    check(&|served| served.target = Some("a/made-up".into()), None);
    check(&|served| served.target = None, None);
    check(&|served| served.cached = Some(s(5)), Some(0.0));
    check(&|served| served.billed.completion = None, None);
    check(&|served| served.billed = Usage::default(), None);
    let by_local = |served: &mut Served, handed: HandedOver| {
        (served.target, served.hand_overs) = (Some("local/z".into()), vec![handed]);
    };
    check(&|served| by_local(served, handed("a/x", tokens(1000, 50))), Some(0.0015));
    check(&|served| by_local(served, handed("b/y", tokens(1000, 50))), None);
    check(&|served| by_local(served, handed("a/x", Usage::default())), None);
}

#[test]
fn a_day_costs_what_was_spent_since_midnight() {
    let history = history();
    let today = |target: &str, now| told(&history, now)["targets"][target]["cost_today"].clone();
    hear(&history, &answer(), DAY + DAY_MS - 1);
    hear(&history, &answer(), DAY + DAY_MS - 1);
    assert_eq!(today("a/x", DAY + DAY_MS - 1), 0.004);
    assert_eq!(today("a/x", DAY + DAY_MS), 0.0);
    hear(&history, &answer(), DAY + DAY_MS);
    assert_eq!(today("a/x", DAY + DAY_MS), 0.002);
    assert_eq!(today("b/y", DAY + DAY_MS), Value::Null, "nobody has said what it costs");
    assert_eq!(today("local/z", DAY + DAY_MS), 0.0);
}

#[test]
fn a_day_whose_answers_told_no_tokens_is_not_shown_as_a_free_one() {
    let history = history();
    let today = || told(&history, DAY)["targets"]["a/x"]["cost_today"].clone();
    hear(&history, &Served { billed: Usage::default(), ..answer() }, DAY);
    assert_eq!(today(), Value::Null);
    hear(&history, &answer(), DAY);
    assert_eq!(today(), 0.002, "what is known is told");
}

#[test]
fn a_minute_of_unknown_cost_is_not_shown_as_a_free_one() {
    let history = history();
    hear(&history, &answer(), NOON);
    hear(&history, &failover(), NOON + MINUTE_MS);
    let cost = told(&history, NOON + 2 * MINUTE_MS)["cost"].clone();
    assert_eq!([57, 58, 59].map(|minute| cost[minute].clone()), [json!(0.002), Value::Null, json!(0.0)]);
    let young = History::new(&chains(), NOON);
    let cost = told(&young, NOON + MINUTE_MS)["cost"].clone();
    assert_eq!([57, 58, 59].map(|minute| cost[minute].clone()), [Value::Null, json!(0.0), json!(0.0)]);
}

#[test]
fn every_switch_is_told_with_its_reason_and_what_it_added() {
    let history = history();
    hear(&history, &failover(), NOON);
    let handed = HandedOver {
        from: "a/x".into(),
        to: "b/y".into(),
        code: "stalled",
        words: "sent nothing for 30 s".to_owned(),
        how: "prefill",
        delivered_tokens: 84,
        at: s(4),
        silence: Duration::from_millis(1200),
        usage: Usage::default(),
    };
    let event = HandOverEvent { request_id: "req_2", route: Some("default"), handed: &handed };
    history.handed_over(&event, NOON + 1000);
    let expected = json!([
        {"at_ms": NOON + 1000, "route": "default", "from": "a/x", "to": "b/y", "reason": "stalled",
         "words": "sent nothing for 30 s", "when": "mid_answer", "how": "prefill", "added_ms": 1200,
         "request_id": "req_2"},
        {"at_ms": NOON - 3000, "route": "default", "from": "a/x", "to": "b/y", "reason": "overloaded",
         "words": "overloaded in words", "when": "before_first_word", "how": null, "added_ms": 2000,
         "request_id": "req_1"},
    ]);
    assert_eq!(told(&history, NOON + 2000)["switches"], expected);
}

#[test]
fn what_is_no_switch_is_not_told_as_one() {
    let check = |change: &dyn Fn(&mut Served), switches: usize| {
        let (history, mut served) = (history(), failover());
        change(&mut served);
        hear(&history, &served, NOON);
        let told = told(&history, NOON)["switches"].as_array().unwrap().len();
        assert_eq!(told, switches, "{served:?}");
    };
    check(&|_| {}, 1);
    check(&|served| served.attempts.clear(), 0);
    // A second key of the same target, one that was only passed over, a hedge that lost, a kept answer, nobody.
    check(&|served| served.target = Some("a/x".into()), 0);
    check(&|served| served.attempts[0].asked = false, 0);
    check(&|served| served.attempts = vec![failed("a/x", "outpaced", 2, 1)], 0);
    check(&|served| served.attempts = vec![failed("a/x", "outpaced", 0, 3)], 1);
    check(&|served| served.cached = Some(s(1)), 0);
    check(&|served| served.target = None, 0);
    // It went on in the middle of the answer: that has been told already.
    check(&|served| served.attempts[0].broke_off = true, 0);
}

#[test]
fn a_day_of_outage_takes_no_more_memory_than_an_hour() {
    let history = history();
    for n in 0..2000 {
        let now = NOON + n * 30_000;
        attempt(&history, "a/x", "overloaded", now);
        attempt(&history, &format!("a/made-up-{n}"), "ok", now);
        let name: Arc<str> = "n".repeat(5000).into();
        hear(&history, &Served { target: Some(name.clone()), ..failover() }, now);
        hear(&history, &failover(), now);
    }
    let json = told(&history, NOON + 2000 * 30_000);
    assert_eq!(json["switches"].as_array().unwrap().len(), switches::MOST_SWITCHES);
    assert_eq!(json["targets"].as_object().unwrap().len(), 3, "only what the configuration names");
    assert!(json.to_string().len() < 60_000, "{}", json.to_string().len());
}

#[test]
fn a_clock_that_is_set_loses_no_more_than_it_jumped() {
    let count =
        |history: &History, now| beats(history, "a/x", BEATS, now).iter().map(|beat| beat[0]).sum::<u64>();
    // Ten minutes with one answer each, a jump, one more answer, and what is seen then.
    let check = |jump: i64, seen: u64, back: u64| {
        let history = history();
        (0..10).for_each(|n| attempt(&history, "a/x", "ok", NOON + n * MINUTE_MS));
        let before = NOON + 9 * MINUTE_MS;
        let after = before.saturating_add_signed(jump * 60_000);
        attempt(&history, "a/x", "ok", after);
        hear(&history, &failover(), after);
        assert_eq!(count(&history, after), seen, "after a jump of {jump} minutes");
        assert_eq!(count(&history, before), back, "when it is right again");
        told(&history, u64::MAX);
        told(&history, 0);
    };
    check(0, 11, 11);
    // Back: what is in the future now is hidden, and there again later.
    check(-4, 7, 11);
    check(-20, 1, 11);
    // So far back that the old minutes stand in each other's way: one is lost.
    check(-60, 1, 9);
    check(-1_000_000_000, 1, 9);
    // Forward: what is too old is not shown, and is there again later.
    check(5, 11, 10);
    check(40, 1, 10);
    check(120, 1, 9);
    check(i64::from(u32::MAX), 1, 10);
}

#[test]
fn an_answer_that_took_hours_is_counted_and_spoils_no_minute() {
    let history = history();
    let long = Served { took: s(3 * 3600), first_token: Some(s(1)), ..answer() };
    (0..60).for_each(|n| attempt(&history, "a/x", "ok", NOON + n * MINUTE_MS));
    let now = NOON + 59 * MINUTE_MS;
    hear(&history, &long, now);
    assert_eq!(beats(&history, "a/x", BEATS, now), vec![[1, 0, 0]; BEATS]);
    assert_eq!(told(&history, now)["answers"][59]["4"], 1);
}

#[test]
fn no_clock_however_wild_makes_up_an_answer_or_ends_the_gateway() {
    for seed in 0..6 {
        let (random, history) = (handover_policy::Random::new(seed), history());
        let clock = || match random.next() % 8 {
            0 => random.next(),
            1 => random.next() % 10,
            2 => u64::MAX - random.next() % MINUTE_MS,
            _ => NOON + random.next() % (3 * 60 * MINUTE_MS),
        };
        let mut attempts = 0;
        for _ in 0..100 {
            let now = clock();
            attempt(&history, "a/x", "ok", now);
            attempts += 1;
            let broke = Attempted { broke_off: random.next() % 2 == 0, ..failed("a/x", "stalled", 0, 9) };
            let took = Duration::from_millis(random.next() % (5 * 60 * MINUTE_MS));
            let first_token = Some(took / 2);
            hear(&history, &Served { attempts: vec![broke], took, first_token, ..failover() }, now);
            let seen = clock();
            let told = told(&history, seen);
            let counted: u64 = beats(&history, "a/x", BEATS, seen).iter().map(|beat| beat[0]).sum();
            let answered: u64 =
                told["answers"].as_array().unwrap().iter().map(|m| m["2"].as_u64().unwrap()).sum();
            assert!(counted <= attempts && answered <= attempts, "{counted} and {answered} of {attempts}");
        }
    }
}
