//! HTTP/2 by prior knowledge: sharing, streams, and the failures that are safe to retry.

use std::sync::Arc;

use bytes::Bytes;
use h2::Reason;
use h2::server::{Connection, SendResponse};
use handover_upstream::{BodyErrorKind, Client, Origin, SendErrorKind, collect};
use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::support::{Peer, call, client};

type Server = Connection<TcpStream, Bytes>;
type Stream = (Request<h2::RecvStream>, SendResponse<Bytes>);

fn origin(peer: &Peer) -> Arc<Origin> {
    Arc::new((*peer.origin()).clone().with_http2(true))
}

async fn accept(peer: &Peer) -> Server {
    h2::server::handshake(peer.accept().await.stream).await.unwrap()
}

async fn next(server: &mut Server) -> Stream {
    server.accept().await.unwrap().unwrap()
}

fn answer(stream: &mut Stream, text: &'static str) {
    let mut body = stream.1.send_response(Response::new(()), false).unwrap();
    body.send_data(Bytes::from_static(text.as_bytes()), true).unwrap();
}

async fn ask(client: &Client, origin: &Arc<Origin>) -> Bytes {
    collect(client.send(call(origin)).await.unwrap().into_body(), 1 << 20).await.unwrap()
}

/// Runs `asking` while the server's connection is driven; gives what it gave.
async fn drive<T>(server: &mut Server, asking: impl Future<Output = T>) -> T {
    tokio::select! {
        out = asking => out,
        other = server.accept() => panic!("unexpected: {other:?}"),
    }
}

#[tokio::test]
async fn calls_share_one_connection_and_look_as_they_should() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let serve = async {
        let mut server = accept(&peer).await;
        let mut first = next(&mut server).await;
        let mut second = next(&mut server).await;
        let head = &first.0;
        let uri = format!("http://127.0.0.1:{}/v1/chat/completions", peer.port);
        assert_eq!((head.method().as_str(), head.uri().to_string()), ("POST", uri));
        assert_eq!(head.headers()["user-agent"], "handover/0.1.0");
        assert_eq!(head.headers()["content-length"], "2");
        answer(&mut second, "answer");
        answer(&mut first, "answer");
        server.accept().await;
    };
    let both = async { tokio::join!(ask(&client, &origin), ask(&client, &origin)) };
    tokio::select! {
        answers = both => assert_eq!(answers, (Bytes::from("answer"), Bytes::from("answer"))),
        () = serve => panic!("the connection was closed"),
    }
}

#[tokio::test]
async fn a_refused_stream_is_tried_once_more_elsewhere() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let serve = async {
        let mut first = accept(&peer).await;
        next(&mut first).await.1.send_reset(Reason::REFUSED_STREAM);
        let ((), mut second) = tokio::join!(async { assert!(first.accept().await.is_none()) }, accept(&peer));
        answer(&mut next(&mut second).await, "second");
        second.accept().await;
    };
    tokio::select! {
        answer = ask(&client, &origin) => assert_eq!(answer, "second"),
        () = serve => panic!("the connection was closed"),
    }
}

/// Reads frames until a HEADERS frame has come.
async fn read_headers(stream: &mut TcpStream) {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await.unwrap();
        if head[3] == 1 {
            return;
        }
    }
}

const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// GOAWAY, last stream 0, no error: nothing was processed.
const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

#[tokio::test]
async fn a_provider_that_restarts_costs_no_call() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let serve = async {
        let mut first = peer.accept().await.stream;
        first.write_all(&SETTINGS).await.unwrap();
        read_headers(&mut first).await;
        first.write_all(&GOAWAY).await.unwrap();
        let mut second = accept(&peer).await;
        answer(&mut next(&mut second).await, "second");
        second.accept().await;
    };
    tokio::select! {
        answer = ask(&client, &origin) => assert_eq!(answer, "second"),
        () = serve => panic!("the connection was closed"),
    }
}

#[tokio::test]
async fn a_provider_that_keeps_going_away_is_reported_and_not_asked_for_ever() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let serve = async {
        for _ in 0..2 {
            let mut conn = peer.accept().await.stream;
            conn.write_all(&SETTINGS).await.unwrap();
            read_headers(&mut conn).await;
            conn.write_all(&GOAWAY).await.unwrap();
        }
        peer.accept().await;
    };
    tokio::select! {
        outcome = client.send(call(&origin)) => assert_eq!(outcome.unwrap_err().kind, SendErrorKind::Goaway),
        () = serve => panic!("a third connection was opened"),
    }
}

#[tokio::test]
async fn a_stream_reset_before_the_head_is_the_providers_failure() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let serve = async {
        let mut server = accept(&peer).await;
        next(&mut server).await.1.send_reset(Reason::INTERNAL_ERROR);
        server.accept().await;
    };
    let error = tokio::select! {
        outcome = client.send(call(&origin)) => outcome.unwrap_err(),
        () = serve => panic!("the connection was closed"),
    };
    assert_eq!((error.kind, error.reached), (SendErrorKind::ResetBeforeHeaders, true));
}

#[tokio::test]
async fn a_stream_reset_in_mid_answer_is_never_taken_for_its_end() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let got_half = Notify::new();
    let serve = async {
        let mut server = accept(&peer).await;
        let mut stream = next(&mut server).await;
        let mut body = stream.1.send_response(Response::new(()), false).unwrap();
        body.send_data(Bytes::from_static(b"half"), false).unwrap();
        drive(&mut server, got_half.notified()).await;
        body.send_reset(Reason::INTERNAL_ERROR);
        server.accept().await;
    };
    let asking = async {
        let mut body = client.send(call(&origin)).await.unwrap().into_body();
        assert_eq!(body.next().await.unwrap().unwrap(), "half");
        got_half.notify_one();
        assert_eq!(body.next().await.unwrap().unwrap_err().kind, BodyErrorKind::Reset);
        assert!(body.next().await.is_none());
    };
    tokio::select! {
        () = asking => {}
        () = serve => panic!("the connection was closed"),
    }
}

#[tokio::test]
async fn a_caller_that_leaves_resets_its_stream_and_spares_the_others() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let saw_reset = Notify::new();
    let serve = async {
        let mut server = accept(&peer).await;
        let mut left = next(&mut server).await;
        let mut body = left.1.send_response(Response::new(()), false).unwrap();
        body.send_data(Bytes::from_static(b"x"), false).unwrap();
        let reason = tokio::select! {
            reason = std::future::poll_fn(|cx| body.poll_reset(cx)) => reason.unwrap(),
            _ = server.accept() => panic!("closed"),
        };
        assert_eq!(reason, Reason::CANCEL);
        saw_reset.notify_one();
        answer(&mut next(&mut server).await, "next");
        server.accept().await;
    };
    let asking = async {
        let mut body = client.send(call(&origin)).await.unwrap().into_body();
        assert_eq!(body.next().await.unwrap().unwrap(), "x");
        drop(body);
        saw_reset.notified().await;
        ask(&client, &origin).await
    };
    tokio::select! {
        answer = asking => assert_eq!(answer, "next"),
        () = serve => panic!("the connection was closed"),
    }
}

#[tokio::test]
async fn calls_beyond_the_servers_limit_do_not_wait_in_a_hidden_queue() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let serve = async {
        let first = peer.accept().await.stream;
        let mut first: Server =
            h2::server::Builder::new().max_concurrent_streams(1).handshake(first).await.unwrap();
        answer(&mut next(&mut first).await, "warm");
        let held = next(&mut first).await;
        let mut second = drive(&mut first, accept(&peer)).await;
        answer(&mut next(&mut second).await, "second");
        second.accept().await;
        drop(held);
    };
    let asking = async {
        assert_eq!(ask(&client, &origin).await, "warm");
        let mut calls = JoinSet::new();
        for _ in 0..2 {
            let (client, origin) = (client.clone(), Arc::clone(&origin));
            calls.spawn(async move { ask(&client, &origin).await });
        }
        calls.join_next().await.unwrap().unwrap()
    };
    tokio::select! {
        answer = asking => assert_eq!(answer, "second"),
        () = serve => panic!("the connection was closed"),
    }
}

#[tokio::test]
async fn shutdown_leaves_no_connection_behind() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer), client());
    let serve = async {
        let mut server = accept(&peer).await;
        answer(&mut next(&mut server).await, "ok");
        server.accept().await.is_none()
    };
    let asking = async {
        assert_eq!(ask(&client, &origin).await, "ok");
        client.shutdown().await;
    };
    let (closed, ()) = tokio::join!(serve, asking);
    assert!(closed);
}
