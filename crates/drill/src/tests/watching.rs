//! Which script plays, what is remembered, and how tests wait.

use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use super::client::{End, ask, body, bytes_of, exchange, request};
use crate::{Dialect, ErrorKind, Outcome, Reachable, Script, Simulator};

async fn status(simulator: &Simulator, model: &str, key: &str) -> u16 {
    let mut body = body(Dialect::OpenAi, false);
    body["model"] = json!(model);
    let mut request = request(Dialect::OpenAi, &body);
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    ask(simulator, request).await.0
}

#[tokio::test]
async fn a_request_gets_the_script_of_its_key_then_its_model_then_its_turn() {
    let simulator = Simulator::new(Dialect::OpenAi)
        .sequence([Script::status(500), Script::status(502), Script::ok()])
        .for_model("slow", [Script::status(504), Script::ok()])
        .for_key("bad", Script::error(ErrorKind::Unauthorized));
    for (model, key, expected) in [
        ("m", "k", 500),
        ("slow", "k", 504),
        ("m", "bad", 401),
        ("slow", "bad", 401),
        ("m", "k", 502),
        ("slow", "k", 200),
        ("m", "k", 200),
        ("m", "k", 200),
        ("sim:529", "k", 529),
        ("sim:html,520", "bad", 520),
        ("sim:nonsense", "k", 400),
    ] {
        assert_eq!(status(&simulator, model, key).await, expected, "{model} {key}");
    }
    simulator.play("503 then ok".parse::<crate::Playlist>().unwrap());
    assert_eq!((status(&simulator, "m", "k").await, status(&simulator, "m", "k").await), (503, 200));
}

#[tokio::test]
async fn one_simulator_can_be_every_provider() {
    let simulator = Simulator::any();
    for dialect in Dialect::ALL {
        assert_eq!(ask(&simulator, request(dialect, &body(dialect, true))).await.0, 200);
    }
}

#[tokio::test]
async fn a_request_is_remembered_whole_and_without_showing_its_key() {
    let simulator = Simulator::scripted(Dialect::OpenAi, "ok 'a b c'").unwrap();
    ask(&simulator, request(Dialect::OpenAi, &body(Dialect::OpenAi, true))).await;
    let seen = simulator.last_request().unwrap();
    assert_eq!((seen.model(), seen.stream(), seen.path.as_str()), ("gpt-4o", true, "/v1/chat/completions"));
    assert_eq!((seen.key.as_deref(), seen.header("anthropic-version")), (Some("sk-test"), "2023-06-01"));
    assert_eq!((seen.outcome, seen.tokens, seen.script.as_str()), (Outcome::Played, 3, "ok \"a b c\""));
    assert_eq!(seen.body, body(Dialect::OpenAi, true).to_string());
    assert!(!format!("{seen:?} {:?}", seen.headers).contains("sk-test"));
    assert!(!format!("{:?}", simulator.for_key("sk-secret", Script::ok())).contains("sk-secret"));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_noticed_at_once_and_with_what_it_got() {
    for (script, tokens) in [
        (Script::silent(), 0),
        (Script::ok().delay_headers(60_000), 0),
        (Script::answer("a b c").stall_at(2), 2),
        (Script::answer("a b c").between_tokens(60_000), 1),
        (Script::answer("a b c").stay_open(), 3),
    ] {
        for dialect in Dialect::ALL {
            let simulator = Simulator::new(dialect).default(script.clone());
            let mut client = simulator.connect().unwrap();
            client.write_all(&bytes_of(dialect, true)).await.unwrap();
            simulator.wait_for_requests(1).await;
            simulator.wait_for_tokens(tokens).await;
            assert_eq!(simulator.in_flight(), 1);
            let left = Instant::now();
            drop(client);
            let seen = simulator.wait_for_hangup().await;
            assert_eq!((seen.tokens, seen.ended_at), (tokens, Some(left)), "{script}");
            simulator.wait_until_idle().await;
        }
    }
}

#[tokio::test]
async fn a_response_that_is_dropped_is_a_client_that_left() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::answer("a b c d"));
    let response = simulator.respond(request(Dialect::OpenAi, &body(Dialect::OpenAi, true))).await.unwrap();
    let mut answer = response.into_body();
    for _role_and_two_tokens in 0..3 {
        answer.frame().await.unwrap().unwrap();
    }
    drop(answer);
    assert_eq!(simulator.wait_for_hangup().await.tokens, 2);
    let silent = simulator.respond(request(Dialect::OpenAi, &body(Dialect::OpenAi, true))).await;
    drop(silent);
    assert_eq!(simulator.wait_for_hangups(2).await[1].tokens, 0);
}

#[tokio::test(start_paused = true)]
async fn a_provider_can_be_out_of_reach_and_come_back() {
    let simulator = Simulator::new(Dialect::OpenAi);
    let request = bytes_of(Dialect::OpenAi, false);
    simulator.reachable(Reachable::Refused);
    assert_eq!(simulator.connect().unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    simulator.reachable(Reachable::Silent);
    assert_eq!(exchange(simulator.connect().unwrap(), &request).await.end, End::Silence);
    assert_eq!(simulator.count(), 0);
    simulator.reachable(Reachable::Yes);
    assert_eq!(exchange(simulator.connect().unwrap(), &request).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_dies_resets_its_open_answers() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::answer("a b").stall_at(1));
    let client = simulator.connect().unwrap();
    let killer = async {
        simulator.wait_for_tokens(1).await;
        simulator.cut_connections();
    };
    let request = bytes_of(Dialect::OpenAi, true);
    let (seen, ()) = tokio::join!(exchange(client, &request), killer);
    assert_eq!(seen.end, End::Reset);
}

#[tokio::test]
async fn answers_have_ids_of_their_own() {
    let ids = |simulator: Simulator| async move {
        let mut ids = Vec::new();
        for _twice in 0..2 {
            let answer = ask(&simulator, request(Dialect::OpenAi, &body(Dialect::OpenAi, false))).await.1;
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            ids.push(answer["id"].as_str().unwrap().to_owned());
        }
        ids
    };
    let one = ids(Simulator::new(Dialect::OpenAi)).await;
    let other = ids(Simulator::new(Dialect::OpenAi).named("other")).await;
    let same = ids(Simulator::new(Dialect::OpenAi)).await;
    assert!(one[0] != one[1] && one[0] != other[0]);
    assert_eq!(one, same);
}

#[tokio::test]
async fn a_benchmark_answers_without_checks_and_remembers_nothing() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::ok().tokens(90)).bench();
    let request =
        || http::Request::post("/v1/chat/completions").body("{\"model\":\"m\"}".to_owned()).unwrap();
    let (first, second) = (ask(&simulator, request()).await, ask(&simulator, request()).await);
    assert_eq!((first.0, &first), (200, &second));
    assert!(first.1.contains("\"model\":\"m\"") && simulator.requests().is_empty());
}
