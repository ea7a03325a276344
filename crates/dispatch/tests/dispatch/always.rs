//! What holds for every reply of every test: one request id, no key, and the truth about who served, who went on and
//! why nobody did.

use crate::world::{SECRET, Told};
use handover_dialect::Dialect;
use handover_dispatch::{HandedOver, Outcome};
use serde_json::Value;

/// What holds for every reply.
pub(crate) fn check_always(told: &Told, id: &str, dialect: Dialect) {
    let everything = format!("{told:?} {}", String::from_utf8_lossy(&told.body));
    assert!(!everything.contains(SECRET), "a key has leaked: {everything}");
    assert_eq!(told.record.status, told.status);
    assert_eq!(&*told.record.request_id, id);
    assert_eq!(told.header("x-handover-request-id"), id);
    let own = if dialect == Dialect::Anthropic { "request-id" } else { "x-request-id" };
    assert_eq!(told.header(own), id);
    let served = told.record.target.as_deref().unwrap_or_default();
    // The head of a stream is sent when the answer begins; who ends it may be another.
    let first = told.record.hand_overs.first().filter(|_| told.record.stream);
    let began = first.map_or(served, |handed| &*handed.from);
    assert_eq!(told.header("x-handover-served"), began, "the header names who began");
    check_hand_overs(told);
    if let [error] = told.view.errors.as_slice() {
        check_stop(told, error, dialect);
    }
    if told.status != 200 {
        assert!(served.is_empty(), "nobody served, and {served} is named");
        let json = told.json();
        let error = if dialect == Dialect::Anthropic { &json["type"] } else { &json["error"] };
        assert!(!error.is_null(), "an error in the caller's own dialect: {json}");
    }
}

/// Every hand-over is told where it happens, and again behind the answer; each goes on where the one before it was.
fn check_hand_overs(told: &Told) {
    let Told { record, view, .. } = told;
    for pair in record.hand_overs.windows(2) {
        assert_eq!(pair[0].to, pair[1].from, "{told:?}");
        assert!(pair[0].delivered_tokens <= pair[1].delivered_tokens && pair[0].at <= pair[1].at, "{told:?}");
    }
    if let Some(last) = record.hand_overs.last() {
        assert_eq!(Some(&*last.to), record.target.as_deref(), "{told:?}");
    }
    let tried = |handed: &HandedOver| {
        record.attempts.iter().any(|a| a.target == handed.from && a.code == handed.code && a.asked)
    };
    assert!(record.hand_overs.iter().all(tried), "who stopped is no attempt: {told:?}");
    if !record.stream || record.cached.is_some() {
        return;
    }
    let facts = |handed: &HandedOver, reader: &Value| {
        reader["from"] == *handed.from
            && reader["to"] == *handed.to
            && reader["reason"] == handed.code
            && reader["how"] == handed.how
            && reader["delivered_tokens"] == handed.delivered_tokens
    };
    let agree = |told: &[Value]| {
        told.len() == record.hand_overs.len()
            && record.hand_overs.iter().zip(told).all(|(handed, told)| facts(handed, told))
    };
    assert!(agree(&view.hand_overs), "not told where it happened: {told:?}");
    assert!(view.hand_overs == view.comments, "the comments say something else: {told:?}");
    let Some(trailer) = view.trailer.as_ref().filter(|_| view.is_complete()) else { return };
    let behind = trailer["hand_overs"].as_array().cloned().unwrap_or_default();
    assert!(agree(&behind), "not told behind the answer: {told:?}");
    assert_eq!(trailer["served"].as_str(), record.target.as_deref(), "{told:?}");
}

/// An answer that broke off says so, who it was, and why nobody went on.
fn check_stop(told: &Told, error: &Value, dialect: Dialect) {
    let Told { record, view, .. } = told;
    assert!(view.is_interrupted() && told.aborted && view.trailer.is_none(), "{told:?}");
    assert_eq!(record.outcome, Outcome::Interrupted, "{told:?}");
    let stopped = record.stopped.expect("a reason why nobody went on");
    let handover = &error["handover"];
    let said = |key: &str| handover[key].as_str().unwrap_or_default();
    assert_eq!(said("event"), "stopped", "{told:?}");
    assert_eq!(Some(said("from")), record.target.as_deref(), "{told:?}");
    assert_eq!(said("reason"), stopped.code(), "{told:?}");
    assert!(handover["delivered_tokens"].as_u64().is_some_and(|tokens| tokens > 0), "{told:?}");
    let detail = record.detail.as_deref().unwrap_or_default();
    assert!(!said("failure").is_empty() && detail.starts_with(said("failure")), "{told:?}");
    let error = &error["error"];
    let code = if dialect == Dialect::OpenAi {
        assert_eq!(&error["handover"], handover, "OpenAI's clients see only what is inside: {told:?}");
        &error["code"]
    } else {
        &error["details"]["error_code"]
    };
    assert_eq!(code, "stream_interrupted");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.ends_with(" The text so far is kept."), "{message}");
}
