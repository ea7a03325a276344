//! Every fault, as a client sees it over a connection in memory.

use super::client::{End, Seen, bytes_of, exchange, play};
use crate::{At, Dialect, ErrorKind, Fault, Script, Simulator};

fn hello() -> Script {
    Script::answer("Hello big wide world")
}

async fn in_each(script: Script, stream: bool, check: impl Fn(Dialect, &Seen)) {
    for dialect in Dialect::ALL {
        let seen = play(dialect, script.clone(), stream).await;
        check(dialect, &seen);
    }
}

fn terminated(seen: &Seen) -> bool {
    let text = seen.text();
    text.contains("[DONE]") || text.contains("message_stop")
}

#[tokio::test(start_paused = true)]
async fn a_healthy_stream_ends_with_its_terminator() {
    in_each(hello(), true, |dialect, seen| {
        assert_eq!((seen.status, seen.said().as_str(), seen.end), (200, "Hello big wide world", End::Closed));
        assert!(seen.whole && terminated(seen), "{dialect}");
        assert!(seen.header("content-type").starts_with("text/event-stream"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_stream_ends_cleanly_and_without_terminator() {
    for (tokens, said) in [(0, ""), (1, "Hello"), (3, "Hello big wide")] {
        in_each(hello().cut_at(tokens), true, |_, seen| {
            assert_eq!((seen.said().as_str(), seen.end, seen.whole), (said, End::Closed, true));
            assert!(!terminated(seen));
            assert!(!seen.body.is_empty(), "the role-only event comes before token 0");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_can_strike_before_the_first_event_and_around_the_finish() {
    in_each(hello().cut_at(At::Start), true, |_, seen| assert!(seen.whole && seen.body.is_empty())).await;
    in_each(hello().cut_at(At::Finish), true, |_, seen| {
        assert_eq!(seen.said(), "Hello big wide world");
        assert!(!seen.text().contains("end_turn") && !seen.text().contains("\"stop\""));
    })
    .await;
    in_each(hello().cut_at(At::Terminator), true, |dialect, seen| {
        let reasons = ["\"finish_reason\":\"stop\"", "\"end_turn\"", "\"COMPLETE\""];
        assert!(reasons.iter().any(|reason| seen.text().contains(reason)) && !terminated(seen), "{dialect}");
    })
    .await;
    in_each(hello().cut_at(99), true, |_, seen| {
        assert_eq!(seen.said(), "Hello big wide world");
        assert!(!terminated(seen));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_delivers_what_came_before_it() {
    for (fault, end) in [
        (Fault::Reset, End::Reset),
        (Fault::Close, End::Closed),
        (Fault::StreamReset, End::Closed),
        (Fault::GoAwayNow, End::Closed),
        (Fault::Stall, End::Silence),
    ] {
        in_each(hello().fault(2, fault), true, |dialect, seen| {
            assert_eq!((seen.said().as_str(), seen.end), ("Hello big", end), "{dialect} {fault:?}");
            assert!(!seen.whole && !terminated(seen));
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_withheld_before_its_status() {
    for (script, end) in [
        (Script::silent(), End::Silence),
        (Script::reset(), End::Reset),
        (Script::close(), End::Closed),
        (Script::goaway(), End::Closed),
    ] {
        in_each(script, true, |_, seen| assert_eq!((seen.status, seen.end), (0, end))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_event_ends_a_stream_in_the_dialects_shape() {
    in_each(hello().error_event_at(2, ErrorKind::Overloaded), true, |dialect, seen| {
        assert_eq!((seen.status, seen.said().as_str(), seen.whole), (200, "Hello big", true));
        let shape = match dialect {
            Dialect::OpenAi => "data: {\"error\":{\"message\":\"Our servers",
            Dialect::Anthropic => {
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\""
            }
            Dialect::Cohere => "\"finish_reason\":\"ERROR\"",
        };
        assert!(seen.text().contains(shape), "{}", seen.text());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_inside_a_stream_does_not_end_it() {
    in_each(hello().garbage_at(1), true, |_, seen| {
        assert!(seen.text().contains("<<garbage>>") && terminated(seen));
    })
    .await;
    in_each(hello().duplicate_at(2), true, |_, seen| assert_eq!(seen.said(), "Hello big big wide world"))
        .await;
    in_each(hello().malformed_at(1), true, |_, seen| {
        let text = seen.text();
        let data = text.lines().filter_map(|line| line.strip_prefix("data: {"));
        let broken =
            data.filter(|data| serde_json::from_str::<serde_json::Value>(&format!("{{{data}")).is_err());
        assert_eq!(broken.count(), 1);
        assert!(terminated(seen));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_plain_body_breaks_at_its_share_of_the_bytes() {
    for (script, end, whole) in [
        (hello().cut_at(2), End::Closed, true),
        (hello().close_at(2), End::Closed, false),
        (hello().reset_at(2), End::Reset, false),
        (hello().stall_at(2), End::Silence, false),
    ] {
        in_each(script, false, |_, seen| {
            assert_eq!((seen.status, seen.end, seen.whole), (200, end, whole));
            assert!(seen.text().starts_with('{') && !seen.text().ends_with('}'), "{}", seen.text());
        })
        .await;
    }
    in_each(hello().error_event_at(2, ErrorKind::ServerError), false, |_, seen| {
        assert_eq!((seen.status, seen.whole), (200, true));
        assert!(seen.text().contains("rror") || seen.text().contains("ERROR"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn errors_come_as_told() {
    let seen = play(Dialect::Anthropic, Script::status(529).header("retry-after", "2"), true).await;
    assert_eq!((seen.status, seen.header("retry-after")), (529, "2"));
    assert!(seen.text().contains("overloaded_error"));
    assert!(seen.header("request-id").starts_with("req_"));

    let seen =
        play(Dialect::OpenAi, Script::status(503).body("{\"status\":\"come back later\"}"), false).await;
    assert_eq!((seen.status, seen.text().as_str()), (503, "{\"status\":\"come back later\"}"));
    assert_eq!(seen.header("content-type"), "application/json");

    let seen = play(Dialect::OpenAi, Script::html(520), true).await;
    assert_eq!((seen.status, seen.header("content-type")), (520, "text/html; charset=UTF-8"));
    assert!(seen.text().starts_with("<!DOCTYPE html>") && seen.header("x-request-id").is_empty());

    let seen = play(Dialect::OpenAi, Script::error_in_200(ErrorKind::Quota), true).await;
    assert_eq!((seen.status, seen.header("content-type")), (200, "application/json"));
    assert!(seen.text().contains("insufficient_quota"));

    let seen = play(Dialect::OpenAi, Script::error(ErrorKind::RateLimited), true).await;
    assert_eq!((seen.status, seen.header("retry-after-ms")), (429, "2000"));
}

#[tokio::test(start_paused = true)]
async fn a_response_can_lie_about_itself() {
    let seen = play(Dialect::OpenAi, hello().content_type("text/html"), true).await;
    assert_eq!(seen.header("content-type"), "text/html");
    let seen = play(Dialect::OpenAi, hello().gzip_lie(), false).await;
    assert_eq!((seen.header("content-encoding"), seen.text().starts_with('{')), ("gzip", true));
    let seen = play(Dialect::OpenAi, hello().json_instead(), true).await;
    assert_eq!((seen.header("content-type"), seen.text().starts_with('{')), ("application/json", true));
    let seen = play(Dialect::OpenAi, hello().stay_open(), true).await;
    assert_eq!((terminated(&seen), seen.end, seen.whole), (true, End::Silence, false));
    let seen = play(Dialect::OpenAi, hello().duplicate_finish(), true).await;
    assert_eq!(seen.text().matches("\"finish_reason\":\"stop\"").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_bytes_come_in_any_shape() {
    in_each(hello(), true, |dialect, plain| {
        assert!(plain.chunks.len() > 4, "{dialect}: one chunk per event");
        assert!(plain.chunks.iter().all(|chunk| chunk.ends_with(b"\n\n")));
    })
    .await;
    for dialect in Dialect::ALL {
        let plain = play(dialect, hello(), true).await;
        let one = play(dialect, hello().one_write(), true).await;
        assert_eq!((one.chunks.len(), &one.body), (1, &plain.body));
        let small = play(dialect, hello().chunk_bytes(7).flush_each(), true).await;
        assert!(small.chunks.iter().rev().skip(1).all(|chunk| chunk.len() == 7));
        assert_eq!(small.body, plain.body);
        let crlf = play(dialect, hello().crlf(), true).await;
        assert_eq!(crlf.text().replace("\r\n", "\n"), plain.text());
        let pings = play(dialect, hello().pings(), true).await;
        assert_eq!(pings.said(), plain.said());
        assert!(pings.text().contains(": keep-alive\n\n") || pings.text().matches("event: ping").count() > 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plain_answer_says_its_length() {
    in_each(hello().then_close(), false, |_, seen| {
        assert!(seen.whole && !seen.header("content-length").is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_can_close_without_notice() {
    let request =
        String::from_utf8(bytes_of(Dialect::OpenAi, false)).unwrap().replace("connection: close\r\n", "");
    for (script, end) in [
        (hello(), End::Silence),
        (hello().then_close(), End::Closed),
        (hello().fault(2, Fault::GoAway), End::Closed),
    ] {
        let simulator = Simulator::new(Dialect::OpenAi).default(script);
        let seen = exchange(simulator.connect().unwrap(), request.as_bytes()).await;
        assert_eq!((seen.status, seen.end, seen.whole, seen.header("connection")), (200, end, true, ""));
    }
}
