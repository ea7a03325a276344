//! HTTP/1.1 against raw peers: what happens to a call when connections live, die, lie or stall.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{Blackhole, Conn, Peer, call, client, counted, pipes};
use bytes::Bytes;
use handover_upstream::{BodyErrorKind, Client, CollectError, Connector, Origin, SendErrorKind, collect};
use http::{HeaderMap, Method};
use http_body::Body as _;
use tokio::net::UnixListener;
use tokio::sync::Barrier;

async fn answer_of(client: &Client, origin: &Arc<Origin>) -> Bytes {
    let response = client.send(call(origin)).await.unwrap();
    collect(response.into_body(), 1 << 20).await.unwrap()
}

#[tokio::test]
async fn the_provider_sees_a_proper_request() {
    let peer = Peer::bind().await;
    let mut request = call(&peer.origin());
    request.headers.insert("authorization", "Bearer sk-1".parse().unwrap());
    request.headers.insert("connection", "close".parse().unwrap());
    request.headers.insert("content-length", "999".parse().unwrap());
    request.headers.insert("transfer-encoding", "chunked".parse().unwrap());
    let serve = async {
        let mut conn = peer.accept().await;
        let request = conn.request().await;
        conn.answer("ok").await;
        request
    };
    let (response, seen) = tokio::join!(async { client().send(request).await.unwrap() }, serve);
    assert_eq!(response.status(), 200);
    assert_eq!(
        seen,
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer sk-1\r\n\
             user-agent: handover/0.1.0\r\ncontent-length: 2\r\n\r\n{{}}",
            peer.port
        )
    );
}

#[tokio::test]
async fn a_second_call_pays_for_no_second_connection() {
    let (client, mut accepted) = pipes();
    let origin = Arc::new(Origin::parse("http://pipe/").unwrap());
    let serve = async {
        let mut conn = accepted.recv().await.unwrap();
        for answer in ["one", "two", "three"] {
            conn.request().await;
            conn.answer(answer).await;
        }
        // A chunked answer gives its connection back as well.
        conn.request().await;
        conn.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n").await;
        conn.request().await;
        conn.answer("five").await;
        assert!(accepted.is_empty(), "another connection was opened");
    };
    let ask = async {
        for expected in ["one", "two", "three", "four", "five"] {
            assert_eq!(answer_of(&client, &origin).await, expected);
        }
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_kept_connection_closed_by_the_provider_costs_no_call() {
    let peer = Peer::bind().await;
    let (origin, client, closed) = (peer.origin(), client(), Barrier::new(2));
    let serve = async {
        let mut conn = peer.accept().await;
        conn.request().await;
        conn.answer("one").await;
        drop(conn);
        closed.wait().await;
        let mut conn = peer.accept().await;
        conn.request().await;
        conn.answer("two").await;
    };
    let ask = async {
        assert_eq!(answer_of(&client, &origin).await, "one");
        closed.wait().await;
        assert_eq!(answer_of(&client, &origin).await, "two");
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_kept_connection_that_dies_under_a_call_is_replaced_once() {
    let (client, mut accepted) = pipes();
    let origin = Arc::new(Origin::parse("http://pipe/").unwrap());
    let serve = async {
        let mut conn = accepted.recv().await.unwrap();
        conn.request().await;
        conn.answer("one").await;
        let first = conn.request().await;
        drop(conn);
        let mut conn = accepted.recv().await.unwrap();
        let again = conn.request().await;
        conn.answer("two").await;
        assert_eq!(first, again, "the replay must be the same request");
        // Now the kept connection and the fresh one die: that is the provider's failure.
        conn.request().await;
        drop(conn);
        let mut conn = accepted.recv().await.unwrap();
        conn.request().await;
        drop(conn);
    };
    let ask = async {
        assert_eq!(answer_of(&client, &origin).await, "one");
        assert_eq!(answer_of(&client, &origin).await, "two");
        let error = client.send(call(&origin)).await.unwrap_err();
        assert_eq!((error.kind, error.reached), (SendErrorKind::ResetBeforeHeaders, true));
    };
    tokio::join!(serve, ask);
    assert!(accepted.is_empty(), "more than one fresh connection was tried");
}

#[tokio::test(start_paused = true)]
async fn a_connection_idle_for_a_minute_is_not_trusted() {
    let (client, mut accepted) = pipes();
    let origin = Arc::new(Origin::parse("http://pipe/").unwrap());
    let serve = async {
        let mut first = accepted.recv().await.unwrap();
        for _ in 0..2 {
            first.request().await;
            first.answer("first").await;
        }
        let mut second = accepted.recv().await.unwrap();
        second.request().await;
        second.answer("second").await;
    };
    let ask = async {
        assert_eq!(answer_of(&client, &origin).await, "first");
        tokio::time::advance(Duration::from_millis(59_999)).await;
        assert_eq!(answer_of(&client, &origin).await, "first");
        tokio::time::advance(Duration::from_millis(60_000)).await;
        assert_eq!(answer_of(&client, &origin).await, "second");
    };
    tokio::join!(serve, ask);
}

/// Plays `answer` to a first call and closes or goes on, then checks whether a second call opens a new connection.
async fn check_reuse(answer: &str, reused: bool) {
    let (client, mut accepted) = pipes();
    let origin = Arc::new(Origin::parse("http://pipe/").unwrap());
    let serve = async {
        let mut conn = accepted.recv().await.unwrap();
        conn.request().await;
        conn.write(answer).await;
        if !reused {
            conn.closed().await;
            conn = accepted.recv().await.unwrap();
        }
        conn.request().await;
        conn.answer("second").await;
    };
    let ask = async {
        let response = client.send(call(&origin)).await.unwrap();
        assert_eq!(collect(response.into_body(), 100).await.unwrap(), "ok");
        assert_eq!(answer_of(&client, &origin).await, "second", "{answer:?}");
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn one_answer_never_leaks_into_the_next() {
    check_reuse(&counted("ok"), true).await;
    check_reuse(&format!("{}garbage", counted("ok")), false).await;
    check_reuse("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok", false).await;
    check_reuse("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", false).await;
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    check_reuse(chunked, true).await;
    check_reuse(&format!("{chunked}x"), false).await;
}

/// The failure a call meets when a fresh connection answers `answer` and closes.
async fn check_head(answer: &str, expected: SendErrorKind) {
    let peer = Peer::bind().await;
    let (origin, client) = (peer.origin(), client());
    let serve = async {
        let mut conn = peer.accept().await;
        conn.request().await;
        conn.write(answer).await;
    };
    let (outcome, ()) = tokio::join!(client.send(call(&origin)), serve);
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.reached), (expected, true), "{answer:?}");
}

#[tokio::test]
async fn a_provider_that_never_gives_a_head_is_told_from_one_that_gives_a_bad_one() {
    check_head("", SendErrorKind::ResetBeforeHeaders).await;
    check_head("HTTP/1.1 200 OK\r\ncontent-", SendErrorKind::ResetBeforeHeaders).await;
    check_head("SSH-2.0-x\r\n\r\n", SendErrorKind::Protocol).await;
    check_head("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", SendErrorKind::Protocol).await;
    let endless = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(200));
    check_head(&endless, SendErrorKind::Protocol).await;
}

#[tokio::test]
async fn a_refused_connection_is_known_not_to_have_reached_anyone() {
    let peer = Peer::bind().await;
    let origin = peer.origin();
    drop(peer);
    let error = client().send(call(&origin)).await.unwrap_err();
    assert_eq!((error.kind, error.reached), (SendErrorKind::Connect, false));
}

#[tokio::test(start_paused = true)]
async fn a_blackhole_costs_the_connect_timeout_and_not_a_millisecond_more() {
    let origin = Arc::new(Origin::parse("http://10.0.0.1/").unwrap());
    let blackhole: Arc<dyn Connector> = Arc::new(Blackhole);
    let mut over_http2 = (*origin).clone();
    over_http2.http2 = true;
    for origin in [origin, Arc::new(over_http2)] {
        let client = Client::with_connector(Arc::clone(&blackhole));
        let before = tokio::time::Instant::now();
        let mut request = call(&origin);
        request.connect_timeout = Duration::from_millis(1234);
        let error = client.send(request).await.unwrap_err();
        assert_eq!((error.kind, error.reached), (SendErrorKind::ConnectTimeout, false));
        assert_eq!(before.elapsed_ms(), 1234);
    }
}

trait ElapsedMs {
    fn elapsed_ms(self) -> u128;
}

impl ElapsedMs for tokio::time::Instant {
    fn elapsed_ms(self) -> u128 {
        tokio::time::Instant::now().saturating_duration_since(self).as_millis()
    }
}

/// What comes out of a body when the peer writes `answer` and closes: the content, then how it ended.
async fn check_end(answer: &str, content: &str, expected: Option<BodyErrorKind>) {
    let peer = Peer::bind().await;
    let (origin, client) = (peer.origin(), client());
    let serve = async {
        let mut conn = peer.accept().await;
        conn.request().await;
        conn.write(answer).await;
    };
    let (response, ()) = tokio::join!(client.send(call(&origin)), serve);
    let mut body = response.unwrap().into_body();
    let (mut seen, mut end) = (Vec::new(), None);
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => seen.extend_from_slice(&piece),
            Err(e) => end = Some(e.kind),
        }
    }
    assert_eq!((String::from_utf8(seen).unwrap().as_str(), end), (content, expected), "{answer:?}");
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_cut_answer_is_never_taken_for_complete() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let truncated = Some(BodyErrorKind::Truncated);
    check_end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", "hel", truncated).await;
    check_end(&format!("{chunked}5\r\nhello\r\n"), "hello", truncated).await;
    check_end(&format!("{chunked}5\r\nhel"), "hel", truncated).await;
    check_end(&format!("{chunked}5\r\nhello\r\n0\r\n"), "hello", truncated).await;
    check_end(&format!("{chunked}5\r\nhello\r\nxyz\r\n"), "hello", Some(BodyErrorKind::Protocol)).await;
    check_end(&format!("{chunked}5\r\nhello\r\n0\r\n\r\n"), "hello", None).await;
    check_end("HTTP/1.1 200 OK\r\n\r\nhello", "hello", None).await;
}

#[tokio::test]
async fn a_reset_in_mid_answer_is_told_from_a_clean_close() {
    let peer = Peer::bind().await;
    let (origin, client) = (peer.origin(), client());
    let serve = async {
        let mut conn = peer.accept().await;
        conn.request().await;
        conn.write("HTTP/1.1 200 OK\r\n\r\n").await;
        conn
    };
    let (response, conn) = tokio::join!(client.send(call(&origin)), serve);
    socket2::SockRef::from(&conn.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(conn);
    let error = response.unwrap().into_body().next().await.unwrap().unwrap_err();
    assert_eq!(error.kind, BodyErrorKind::Reset);
}

#[tokio::test]
async fn a_caller_that_leaves_in_mid_answer_stops_the_provider() {
    let peer = Peer::bind().await;
    let (origin, client) = (peer.origin(), client());
    let serve = async {
        let mut conn = peer.accept().await;
        conn.request().await;
        conn.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n").await;
        conn.closed().await;
    };
    let ask = async {
        let mut body = client.send(call(&origin)).await.unwrap().into_body();
        assert_eq!(body.next().await.unwrap().unwrap(), "a");
        drop(body);
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_caller_that_leaves_before_the_head_stops_the_provider() {
    let peer = Peer::bind().await;
    let (origin, client) = (peer.origin(), client());
    let mut conn = tokio::select! {
        _ = client.send(call(&origin)) => panic!("nobody answered"),
        conn = async { let mut conn = peer.accept().await; conn.request().await; conn } => conn,
    };
    conn.closed().await;
}

#[tokio::test]
async fn a_burst_of_events_costs_one_frame_and_not_fifty_two() {
    let (client, mut accepted) = pipes();
    let origin = Arc::new(Origin::parse("http://pipe/").unwrap());
    let event =
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "word ".repeat(30));
    let chunk = format!("{:x}\r\n{event}\r\n", event.len());
    let burst = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(52));
    let serve = async {
        let mut conn = accepted.recv().await.unwrap();
        conn.request().await;
        conn.write(&burst).await;
        conn
    };
    let (response, _conn) = tokio::join!(client.send(call(&origin)), serve);
    let mut body = response.unwrap().into_body();
    let mut frames = Vec::new();
    while let Some(frame) = body.next().await {
        frames.push(frame.unwrap());
    }
    assert_eq!(frames.concat(), event.repeat(52).as_bytes());
    assert_eq!(frames.len(), 1, "{:?}", frames.iter().map(Bytes::len).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_refusal_of_a_large_request_is_read_although_the_request_is_not() {
    let peer = Peer::bind().await;
    let (client, mut request) = (client(), call(&peer.origin()));
    request.body = Bytes::from(vec![b' '; 32 << 20]);
    let serve = async {
        let mut conn = peer.accept().await;
        conn.write("HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\n\r\nlarge").await;
        conn
    };
    let (response, mut conn) = tokio::join!(client.send(request), serve);
    let response = response.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(collect(response.into_body(), 10).await.unwrap(), "large");
    // Half a request lies on that connection: it must be closed and not kept.
    conn.closed().await;
}

#[tokio::test]
async fn a_large_request_arrives_whole() {
    let peer = Peer::bind().await;
    let (client, mut request) = (client(), call(&peer.origin()));
    let text: String = (0..400_000).map(|n| format!("{n},")).collect();
    request.body = Bytes::from(text.clone());
    let serve = async {
        let mut conn = peer.accept().await;
        let seen = conn.request().await;
        conn.answer("ok").await;
        seen
    };
    let (response, seen) = tokio::join!(client.send(request), serve);
    assert_eq!(response.unwrap().status(), 200);
    assert!(seen.ends_with(&format!("\r\n\r\n{text}")));
}

#[tokio::test]
async fn the_local_engine_is_reached_over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let (origin, client) = (Arc::new(Origin::unix(&path)), client());
    let serve = async {
        let mut conn = Conn::new(listener.accept().await.unwrap().0);
        assert!(conn.request().await.starts_with("POST /chat/completions HTTP/1.1\r\nhost: localhost\r\n"));
        conn.answer("local").await;
    };
    let (answer, ()) = tokio::join!(answer_of(&client, &origin), serve);
    assert_eq!(answer, "local");
    drop(folder);
    let error = Client::new(Default::default()).send(call(&origin)).await.unwrap_err();
    assert_eq!((error.kind, error.reached), (SendErrorKind::Connect, false));
}

#[tokio::test]
async fn a_download_asks_for_exactly_the_url_given() {
    let peer = Peer::bind().await;
    let url = format!("http://127.0.0.1:{}/models/a.gguf?download=true", peer.port);
    let mut headers = HeaderMap::new();
    headers.insert("range", "bytes=5-".parse().unwrap());
    let serve = async {
        let mut conn = peer.accept().await;
        let seen = conn.request().await;
        conn.answer("tail").await;
        seen
    };
    let client = client();
    let (response, seen) = tokio::join!(client.get(&url, headers), serve);
    assert_eq!(collect(response.unwrap().into_body(), 4).await.unwrap(), "tail");
    assert!(seen.starts_with("GET /models/a.gguf?download=true HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("\r\nrange: bytes=5-\r\n") && !seen.contains("content-length"), "{seen}");
}

#[tokio::test]
async fn an_answer_without_end_does_not_fill_the_memory() {
    let (client, mut accepted) = pipes();
    let origin = Arc::new(Origin::parse("http://pipe/").unwrap());
    let serve = async {
        let mut conn = accepted.recv().await.unwrap();
        conn.request().await;
        conn.write("HTTP/1.1 200 OK\r\n\r\n0123456789").await;
        conn
    };
    let (response, _conn) = tokio::join!(client.send(call(&origin)), serve);
    let outcome = collect(response.unwrap().into_body(), 9).await;
    assert!(matches!(outcome, Err(CollectError::TooLong(9))), "{outcome:?}");
}

#[tokio::test]
async fn a_path_cannot_smuggle_a_second_request() {
    let origin = Arc::new(Origin::parse("http://pipe/").unwrap());
    for path in ["/a b", "/a\r\nx: y", "chat", "/ä"] {
        let mut request = call(&origin);
        request.path_and_query = path.to_owned();
        let error = pipes().0.send(request).await.unwrap_err();
        assert_eq!((error.kind, error.reached), (SendErrorKind::Invalid, false), "{path:?}");
    }
}

#[test]
fn nothing_shown_for_debugging_holds_a_secret() {
    let mut request = call(&Arc::new(Origin::parse("https://api.example/v1").unwrap()));
    request.method = Method::POST;
    request.headers.insert("authorization", "Bearer sk-secret".parse().unwrap());
    request.path_and_query = "/models?key=sk-secret".to_owned();
    request.body = Bytes::from_static(b"sk-secret");
    let shown = format!("{request:?} {:?}", client());
    assert!(shown.contains("api.example") && !shown.contains("secret"), "{shown}");
}
