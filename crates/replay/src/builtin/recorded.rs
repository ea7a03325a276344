//! Outages that are on record, S1 and S3 to S8, and S13.

use handover_drill::{At, ErrorKind, Script};

use super::usual::{
    BACKUP, COHERE_ASSUMED, LEAD, LOCAL_ASSUMED, SEVERITY_ASSUMED, Telling, hm, m, mix, play, s, scenario,
    severity_mix,
};
use crate::scenario::{Fault, Phase, Scenario};
use crate::traces::Severity;

/// The body of the 502s of 8 November 2023, as the probe published it.
pub(super) const BODY_502: &str =
    r#"{"error":{"code":502,"message":"Bad gateway.","param":null,"type":"cf_bad_gateway"}}"#;
/// The body of the 503s of that day.
pub(super) const BODY_503: &str =
    r#"{"error":{"code":503,"message":"Service Unavailable.","param":null,"type":"cf_service_unavailable"}}"#;
/// The body of the 429s at the end of that outage: no envelope, no code.
pub(super) const BODY_429: &str = r#"{"status":"come back later"}"#;
/// Shares of the first phase: fitted to the 12 and 4 of the probe, with 2 % left for the one call that passed.
pub(super) const SHARES: (f64, f64) = (0.74, 0.24);

const NOVEMBER_8: &str = "OpenAI's API failed for nearly two hours: first with 502 and 503 from its edge, then with bare 429s while it came back under limited traffic. \
    GET /v1/models answered all the time, and the status page was posted 12 minutes after the failures began. \
    Sources: OpenAI's postmortem of incident 00fpy0yxrx1q; the probe of APIContext (13:43 to 15:38 UTC; 12 times 502, 4 times 503, 6 times 429); incident records of Chu et al., ICPE 2025.";

const NOVEMBER_8_ASSUMED: &[&str] = &[
    "The shares of the first phase are fitted: 502 to 503 as the probe's 12 to 4, and 2 % success for the one call that passed.",
    "How long failing calls took was not published; here they fail at once. The 429s carry no Retry-After, for none was published.",
    "Anthropic is well: it has no outage minute on record that day.",
    COHERE_ASSUMED,
];

/// The failures of 8 November 2023, 13:42 to 15:38 UTC, in a scenario that began this long before 13:42.
pub(super) fn november_8_phases(before: std::time::Duration) -> Vec<Phase> {
    vec![
        mix(
            LEAD,
            before,
            before + m(81),
            vec![
                (SHARES.0, play(Script::status(502).body(BODY_502))),
                (SHARES.1, play(Script::status(503).body(BODY_503))),
            ],
        ),
        Phase::all(LEAD, before + m(81), before + m(116), play(Script::status(429).body(BODY_429))),
    ]
}

/// S1: 8 November 2023.
pub(super) fn openai_2023_11_08() -> Scenario {
    let mut scenario =
        scenario("openai-2023-11-08", "OpenAI down for two hours, 8 November 2023", NOVEMBER_8, hm(2, 30))
            .starts("2023-11-08 13:30 UTC")
            .assumed(NOVEMBER_8_ASSUMED)
            .outage(m(12), m(128))
            .mark(m(12), "13:42 failures begin: 502 and 503")
            .mark(m(24), "13:54 the status page says so")
            .mark(m(93), "15:03 the failures turn into 429")
            .mark(m(106), "15:16 over, says the postmortem")
            .mark(m(128), "15:38 last failure of the probe")
            .mark(m(136), "15:46 over, says the status page");
    scenario.phases = november_8_phases(m(12));
    scenario
}

/// S1 with the failures of the morning and the evening.
pub(super) fn openai_2023_11_08_full_day() -> Scenario {
    let mut scenario = scenario(
        "openai-2023-11-08-full-day",
        "OpenAI on 8 November 2023, all day",
        NOVEMBER_8,
        hm(24, 0),
    )
    .starts("2023-11-08 00:00 UTC")
    .assumed(NOVEMBER_8_ASSUMED)
    .assumed(&[
        "Morning and evening are posted as a partial and as periodic outages, without rates. Here the API flaps: 60 % fail for 3 of every 15 minutes in the morning, for 1 of every 31 in the evening. That is fitted to the day's record of 141 minutes of major and 7 of partial outage.",
    ])
    .sampled(0.1)
    .outage(hm(13, 42), hm(15, 38))
    .mark(hm(3, 52), "03:52 a partial outage is posted")
    .mark(hm(4, 47), "04:47 posted as fixed")
    .mark(hm(5, 2), "05:02 degraded again")
    .mark(hm(6, 21), "06:21 over")
    .mark(hm(13, 42), "13:42 the large outage begins")
    .mark(hm(15, 38), "15:38 it ends")
    .mark(hm(20, 3), "20:03 periodic outages are posted");
    let flap = |from, to, on, off| Phase {
        flapping: Some((on, off)),
        ..mix(LEAD, from, to, severity_mix(Severity::Major))
    };
    scenario.phases = november_8_phases(hm(13, 42));
    scenario.phases.extend([
        flap(hm(3, 52), hm(4, 47), m(3), m(12)),
        flap(hm(5, 2), hm(6, 21), m(3), m(12)),
        flap(hm(20, 3), hm(24, 0), m(1), m(30)),
    ]);
    scenario
}

/// S3: the night in which two providers were ill at once.
pub(super) fn two_providers_2024_12_11() -> Scenario {
    scenario(
        "two-providers-2024-12-11",
        "OpenAI down and Anthropic ill, 11 and 12 December 2024",
        "OpenAI's API was out for seven hours of a night, and for the last 225 minutes of them Anthropic reported 1 to 2 % errors: the largest overlap of the two on record. \
        Source: incident records of both providers (Chu et al., ICPE 2025, and its successor FAILS).",
        hm(9, 0),
    )
    .starts("2024-12-11 22:30 UTC")
    .assumed(&[SEVERITY_ASSUMED, "Anthropic fails 2 % of its calls while its incident is posted.", COHERE_ASSUMED])
    .sampled(0.25)
    .phase(mix(LEAD, m(47), m(473), severity_mix(Severity::Critical)))
    .phase(mix(BACKUP, m(248), hm(9, 0), vec![(0.02, play(Script::error(ErrorKind::Overloaded)))]))
    .outage(m(47), m(473))
    .mark(m(47), "23:17 OpenAI posts an outage")
    .mark(m(248), "02:38 Anthropic posts errors")
    .mark(m(473), "06:23 OpenAI is back")
}

/// S4: errors behind a status 200.
pub(super) fn errors_in_streams_2023_11_27() -> Scenario {
    let error = |at: At| play(Script::ok().error_event_at(at, ErrorKind::ServerError));
    let mut scenario = scenario(
        "errors-in-streams-2023-11-27",
        "Thirteen hours of errors inside streams, 27 and 28 November 2023",
        "For 13 hours OpenAI answered streams with status 200 and then sent an error event in them, before or after the first words. \
        Source: OpenAI's own account of the incident (16:40 to 05:50 Pacific time); the incident record has its last hour only.",
        hm(14, 30),
    )
    .starts("2023-11-28 00:00 UTC")
    .assumed(&[
        "A quarter of the streams fails: half of them before the first word, half after it. No rate was published.",
        "All requests are streamed, for only streams were hit.",
        COHERE_ASSUMED,
    ])
    .sampled(0.15)
    .phase(mix(
        LEAD,
        m(40),
        hm(13, 50),
        vec![
            (0.125, error(At::Token(0))),
            (0.05, error(At::Token(1))),
            (0.05, error(At::Token(50))),
            (0.025, error(At::Finish)),
        ],
    ))
    .outage(m(40), hm(13, 50))
    .mark(m(40), "00:40 error events in streams begin")
    .mark(hm(13, 50), "13:50 they end");
    scenario.traffic.streaming = 1.0;
    scenario
}

/// S5: a CDN's errors, then a resolver that takes half a minute.
pub(super) fn dns_2024_12_04() -> Scenario {
    scenario(
        "dns-2024-12-04",
        "HTTP 530, then names that resolve after half a minute, 4 December 2024",
        "For four minutes every call to OpenAI ended with the CDN's 530; after that names resolved only after 30 seconds, and 45 % of the calls ended because their callers gave up. \
        Source: OpenAI's own account of the incident.",
        m(60),
    )
    .assumed(&[
        "The slow names last 30 minutes here and hit 45 % of the calls; how long they lasted is not in our record.",
        COHERE_ASSUMED,
    ])
    .phase(Phase::all(LEAD, m(10), m(14), play(Script::html(530))))
    .phase(mix(LEAD, m(14), m(44), vec![(0.45, Fault::Dns(s(30)))]))
    .outage(m(10), m(44))
    .mark(m(10), "every call ends with 530")
    .mark(m(14), "names resolve after 30 s")
    .mark(m(44), "well again")
}

/// S6: one customer's keys dead, another's untouched.
pub(super) fn key_dependent_2023_10_19() -> Scenario {
    let mut scenario = scenario(
        "key-dependent-2023-10-19",
        "One key dead, the other well, 19 October 2023",
        "A stale cache of keys made 60 to 70 % of OpenAI's calls fail with 500 and 502: some customers lost everything, others noticed nothing. \
        Sources: OpenAI's own account of the incident; incident record 23:51 to 04:29 UTC (Chu et al., ICPE 2025).",
        hm(5, 30),
    )
    .starts("2023-10-19 23:30 UTC")
    .assumed(&[
        "The application has two keys: the first fails always, half with 500 and half with 502, the second never.",
        COHERE_ASSUMED,
    ])
    .sampled(0.4)
    .phase(Phase {
        key: Some(0),
        ..mix(
            LEAD,
            m(21),
            m(299),
            vec![
                (0.5, play(Script::error(ErrorKind::ServerError))),
                (0.5, play(Script::error(ErrorKind::BadGateway))),
            ],
        )
    })
    .outage(m(21), m(299))
    .mark(m(21), "23:51 the first key fails")
    .mark(m(299), "04:29 it is well again");
    for provider in scenario.providers.iter_mut().filter(|provider| provider.name == LEAD) {
        provider.keys = 2;
    }
    scenario
}

/// S7: the model is said not to exist.
pub(super) fn not_found_2024_09_14() -> Scenario {
    scenario(
        "not-found-2024-09-14",
        "Everything is 404 for 28 minutes, 14 September 2024",
        "OpenAI's chat endpoint answered that what was asked for does not exist; it existed before and after. \
        Source: incident record 00:48 to 01:16 UTC (FAILS).",
        m(60),
    )
    .starts("2024-09-14 00:40 UTC")
    .assumed(&["Every call gets the 404; the record says \"elevated\" and gives no rate.", COHERE_ASSUMED])
    .phase(Phase::all(LEAD, m(8), m(36), play(Script::error(ErrorKind::ModelNotFound))))
    .outage(m(8), m(36))
    .mark(m(8), "00:48 404 begins")
    .mark(m(36), "01:16 over")
}

/// S8: answers without a word in them.
pub(super) fn empty_2023_06_14() -> Scenario {
    let mut scenario = scenario(
        "empty-2023-06-14",
        "Streams that end well and say nothing, 14 June 2023",
        "Streams of OpenAI's chat endpoint came to a proper end without any content. \
        Source: incident record of 14 June 2023, resolved 21:30 UTC (Chu et al., ICPE 2025).",
        m(60),
    )
    .starts("2023-06-14 20:40 UTC")
    .assumed(&[
        "It begins at 20:50 here, and 40 % of the streams are empty; the record has its end only, and no rate.",
        "All requests are streamed, for only streams were hit.",
        COHERE_ASSUMED,
    ])
    .phase(mix(LEAD, m(10), m(50), vec![(0.4, play(Script::empty()))]))
    .outage(m(10), m(50))
    .mark(m(10), "empty streams begin")
    .mark(m(50), "21:30 over");
    scenario.traffic.streaming = 1.0;
    scenario
}

/// S13: a model that says the same again and again.
pub(super) fn repetition_2024_03_27() -> Scenario {
    let sentence = "I can help you with that right away and in full. ";
    scenario(
        "repetition-2024-03-27",
        "A model that repeats itself, 27 and 28 March 2024",
        "Answers of one of OpenAI's models fell into repetition. \
        Source: incident record of 28 March 2024, 20:03 to 21:30 UTC (Chu et al., ICPE 2025).",
        m(120),
    )
    .starts("2024-03-28 19:45 UTC")
    .assumed(&[
        "A fifth of the answers repeats one sentence for 1,600 tokens; the record gives no rate and no text.",
        "Such an answer counts as one that looks whole and is not, whoever lets it through.",
        LOCAL_ASSUMED,
        COHERE_ASSUMED,
    ])
    .sampled(0.5)
    .phase(mix(LEAD, m(18), m(105), vec![(0.2, play(Script::answer(sentence).tokens(1600)))]))
    .outage(m(18), m(105))
    .mark(m(18), "20:03 posted")
    .mark(m(105), "21:30 over")
}
