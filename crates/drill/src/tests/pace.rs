//! Time, which is tokio's: an hour of silence costs a test nothing.

use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::client::{body, request};
use crate::{Dialect, Script, Simulator};

/// When the headers and each event came, in milliseconds from the request.
async fn times(script: Script, stream: bool) -> (u128, Vec<u128>) {
    let simulator = Simulator::new(Dialect::OpenAi).default(script);
    let start = Instant::now();
    let since = || Instant::now().saturating_duration_since(start).as_millis();
    let response = simulator.respond(request(Dialect::OpenAi, &body(Dialect::OpenAi, stream))).await.unwrap();
    let headers = since();
    let mut events = Vec::new();
    let mut answer = response.into_body();
    while let Some(frame) = answer.frame().await {
        frame.unwrap();
        events.push(since());
    }
    (headers, events)
}

#[tokio::test(start_paused = true)]
async fn each_delay_is_where_the_script_puts_it() {
    let script = Script::answer("a b c");
    for (script, headers, events) in [
        (script.clone(), 0, vec![0; 6]),
        (script.clone().delay_headers(200), 200, vec![200; 6]),
        // Role, three tokens, finish, terminator.
        (script.clone().delay_first_token(50), 0, vec![0, 50, 50, 50, 50, 50]),
        (script.clone().between_tokens(10), 0, vec![0, 0, 10, 20, 20, 20]),
        (script.clone().between_tokens(10).drip_at(2, 1000), 0, vec![0, 0, 10, 1010, 1010, 1010]),
        (script.clone().delay_headers(9).between_tokens(9).burst(), 0, vec![0; 6]),
        (script.clone().delay_first_token(3_600_000).cut_at(0), 0, vec![0]),
    ] {
        let text = script.to_string();
        let (seen_headers, seen_events) = times(script, true).await;
        assert_eq!((seen_headers, seen_events), (headers, events), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plain_answer_takes_as_long_as_its_stream() {
    let script = Script::answer("a b c").delay_headers(100).delay_first_token(50).between_tokens(10);
    assert_eq!(times(script, false).await, (170, vec![170]));
}

#[tokio::test(start_paused = true)]
async fn a_dripping_plain_body_comes_in_pieces() {
    let (headers, pieces) = times(Script::answer("a b c").drip_at(1, 1000), false).await;
    assert_eq!((headers, pieces), (0, vec![0, 1000, 2000, 3000]));
}

#[tokio::test(start_paused = true)]
async fn a_paced_stream_does_not_drift() {
    let (_, events) = times(Script::ok().tokens(52).between_tokens(10), true).await;
    assert_eq!(events[52], 510);
    assert_eq!(Duration::from_millis(510).as_millis(), events[52]);
}

#[tokio::test(start_paused = true)]
async fn grouped_tokens_come_when_the_last_of_them_would_have_come() {
    let script = Script::answer("a b c d e").between_tokens(10).group(2).prompt_tokens(700);
    assert_eq!(times(script.clone(), true).await, (0, vec![0, 0, 20, 30, 30, 30]));
    // Places and usage count tokens, whatever the events hold.
    let simulator = Simulator::new(Dialect::OpenAi).default(script.clone().cut_at(3));
    let answer = simulator.respond(request(Dialect::OpenAi, &body(Dialect::OpenAi, true))).await.unwrap();
    answer.into_body().collect().await.unwrap();
    assert_eq!(simulator.last_request().unwrap().tokens, 4);
    let simulator = Simulator::new(Dialect::OpenAi).default(script);
    let answer = simulator.respond(request(Dialect::OpenAi, &body(Dialect::OpenAi, false))).await.unwrap();
    let whole = answer.into_body().collect().await.unwrap().to_bytes();
    let whole: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(
        (&whole["usage"]["prompt_tokens"], &whole["usage"]["completion_tokens"]),
        (&700.into(), &5.into())
    );
}

#[test]
fn a_replays_fault_keeps_what_it_says_and_takes_the_rest_from_the_traffic() {
    let blanks = crate::Blanks {
        text: "one two three".to_owned(),
        prompt_tokens: 9,
        first_token: Duration::from_millis(400),
        between: Duration::from_millis(20),
        group: 16,
    };
    for (fault, filled) in [
        ("ok tokens=9 cut@3", "ok 'one two three' prompt=9 group=16 continues first=400ms every=20ms cut@3"),
        ("ok first=9s drip@1=2s", "ok 'one two three' prompt=9 continues first=9s every=20ms drip@1=2s"),
        (
            "ok continues=repeats",
            "ok 'one two three' prompt=9 group=16 continues=repeats first=400ms every=20ms",
        ),
        ("empty", "ok '' prompt=9 group=16 first=400ms every=20ms"),
        ("529 retry_after=2", "529 retry_after=2"),
        ("silent", "silent"),
    ] {
        let script: Script = fault.parse().unwrap();
        assert_eq!(script.filled(&blanks), filled.parse().unwrap(), "{fault}");
    }
}
