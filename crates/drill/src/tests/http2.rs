//! HTTP/2 with prior knowledge, on the same connection code as HTTP/1.

use http::{Request, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio_util::task::TaskTracker;

use super::client::{body, said};
use crate::net::Tasks;
use crate::{Dialect, Outcome, Script, Simulator};

type Body = Full<bytes::Bytes>;

async fn client(simulator: &Simulator) -> SendRequest<Body> {
    let tasks = TaskTracker::new();
    let io = TokioIo::new(simulator.connect().unwrap());
    let (sender, connection) = handshake(Tasks(tasks.clone()), io).await.unwrap();
    tasks.spawn(connection);
    sender
}

fn request() -> Request<Body> {
    Request::post("http://sim/v1/chat/completions")
        .version(Version::HTTP_2)
        .header("authorization", "Bearer k")
        .body(Full::from(body(Dialect::OpenAi, true).to_string()))
        .unwrap()
}

/// The text that came, and the HTTP/2 error that ended it.
async fn stream(sender: &mut SendRequest<Body>) -> (String, Option<String>) {
    let mut answer = sender.send_request(request()).await.unwrap().into_body();
    let mut text = String::new();
    while let Some(frame) = answer.frame().await {
        match frame {
            Ok(frame) => text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap(),
            Err(error) => return (said(&text), Some(causes(&error))),
        }
    }
    (said(&text), None)
}

fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(|e| e.to_string())
        .collect::<Vec<_>>()
        .join(": ")
}

#[tokio::test]
async fn answers_come_over_http2_too() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::answer("Hello big world"));
    let mut sender = client(&simulator).await;
    assert_eq!(stream(&mut sender).await, ("Hello big world".to_owned(), None));
    assert_eq!(stream(&mut sender).await, ("Hello big world".to_owned(), None));
}

#[tokio::test]
async fn a_stream_reset_leaves_the_connection_alone() {
    let scripts =
        [Script::answer("Hello big world").fault(2, crate::Fault::StreamReset), Script::answer("Fine")];
    let simulator = Simulator::new(Dialect::OpenAi).sequence(scripts);
    let mut sender = client(&simulator).await;
    let (text, error) = stream(&mut sender).await;
    assert_eq!(text, "Hello big");
    assert!(error.unwrap().contains("internal error"));
    assert_eq!(stream(&mut sender).await, ("Fine".to_owned(), None));
}

#[tokio::test]
async fn a_reset_takes_the_connection_with_it() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::answer("Hello big world").reset_at(2));
    let mut sender = client(&simulator).await;
    let (text, error) = stream(&mut sender).await;
    assert_eq!(text, "Hello big");
    assert!(error.is_some());
    assert!(sender.send_request(request()).await.is_err());
}

#[tokio::test]
async fn a_graceful_goaway_lets_the_answer_finish() {
    let script = Script::answer("Hello big world").fault(1, crate::Fault::GoAway);
    let simulator = Simulator::new(Dialect::OpenAi).default(script);
    let mut sender = client(&simulator).await;
    assert_eq!(stream(&mut sender).await, ("Hello big world".to_owned(), None));
    // The GOAWAY is on the wire; the client sees it with the end of the connection.
    while !sender.is_closed() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_goaway_before_the_answer_says_that_nothing_was_processed() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::goaway());
    let mut sender = client(&simulator).await;
    let error = sender.send_request(request()).await.unwrap_err();
    assert!(causes(&error).contains("not a result of an error"), "{}", causes(&error));
    assert_eq!(simulator.last_request().unwrap().outcome, Outcome::Played);
}

#[tokio::test]
async fn a_client_that_cancels_its_stream_is_noticed() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::answer("a b c").stall_at(2));
    let mut sender = client(&simulator).await;
    let answer = sender.send_request(request()).await.unwrap();
    simulator.wait_for_tokens(2).await;
    drop(answer);
    assert_eq!(simulator.wait_for_hangup().await.tokens, 2);
}
