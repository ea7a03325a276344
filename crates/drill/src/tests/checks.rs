//! Requests that the real providers refuse.

use http::Request;
use serde_json::{Value, json};

use super::client::{ask, body, request};
use crate::{Dialect, Script, Simulator};

/// Changes one field of a good request and says what must come back; `""` stands for an answer.
async fn check(dialect: Dialect, cases: &[(Value, &str)]) {
    for (change, expected) in cases {
        let mut body = body(dialect, false);
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        let (status, answer) = ask(&Simulator::new(dialect), request(dialect, &body)).await;
        let wanted = if expected.is_empty() { 200 } else { 400 };
        assert_eq!(status, wanted, "{change}: {answer}");
        assert!(answer.contains(expected), "{change}: {answer}");
    }
}

fn turns(turns: &[(&str, &str)]) -> Value {
    turns.iter().map(|(role, content)| json!({"role": role, "content": content})).collect()
}

#[tokio::test]
async fn a_gateway_that_sends_openai_a_bad_request_is_found_out() {
    let long_id = json!([
        {"role": "assistant", "content": null, "tool_calls": [{"id": "x".repeat(41), "type": "function",
            "function": {"name": "f", "arguments": "{}"}}]},
    ]);
    check(
        Dialect::OpenAi,
        &[
            (json!({"max_tokens": 5, "temperature": 2, "unknown": {"a": 1}}), ""),
            (json!({"messages": null}), "\"param\":\"messages\",\"code\":\"missing_required_parameter\""),
            (json!({"messages": []}), "empty array"),
            (json!({"messages": [{"role": "robot", "content": ""}]}), "Invalid value: 'robot'"),
            (json!({"messages": [{"role": "user"}]}), "expected a string, got null"),
            (json!({"messages": long_id}), "string_above_max_length"),
            (json!({"temperature": 2.5}), "\"param\":\"temperature\""),
            (json!({"stop": ["1", "2", "3", "4", "5"]}), "array too long"),
            (
                json!({"model": "gpt-5-mini", "max_tokens": 5}),
                "\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\"",
            ),
            (json!({"model": "o3", "max_tokens": 5}), "unsupported_parameter"),
            (json!({"model": "o3", "temperature": 0.5}), "unsupported_value"),
            (json!({"model": "o3", "max_completion_tokens": 5, "temperature": 1}), ""),
            (json!({"model": "omni", "max_tokens": 5}), ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_gateway_that_sends_anthropic_a_bad_request_is_found_out() {
    let prefill = turns(&[("user", "a"), ("assistant", "b")]);
    check(
        Dialect::Anthropic,
        &[
            (json!({"temperature": 1.0, "metadata": {"user_id": "u"}}), ""),
            (json!({"max_tokens": null}), "max_tokens: Field required"),
            (json!({"max_tokens": 0}), "greater than or equal to 1"),
            (json!({"frequency_penalty": 0}), "frequency_penalty: Extra inputs are not permitted"),
            (json!({"temperature": 1.5}), "less than or equal to 1"),
            (json!({"model": "claude-opus-4-7", "temperature": 1.0}), "temperature: sampling"),
            (json!({"model": "claude-opus-4-7"}), ""),
            (json!({"messages": turns(&[("system", "s"), ("user", "a")])}), "top-level 'system'"),
            (json!({"messages": turns(&[("user", "a"), ("system", "s")])}), ""),
            (json!({"messages": turns(&[("tool", "a")])}), "messages.0.role"),
            (json!({"messages": turns(&[("user", "")])}), "non-empty content"),
            (json!({"messages": prefill}), ""),
            (json!({"messages": turns(&[("user", "a"), ("assistant", "b ")])}), "trailing whitespace"),
            (
                json!({"messages": prefill, "model": "claude-sonnet-4-6"}),
                "does not support assistant message prefill",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn anthropic_versions_differ_in_what_they_take() {
    for (version, field, status) in [
        (Some("2023-06-01"), "top_p", 200),
        (Some("2026-10-21"), "top_p", 400),
        (Some("2026-10-21"), "stop_sequences", 200),
        (Some("1999-01-01"), "stop_sequences", 400),
        (None, "stop_sequences", 400),
    ] {
        let mut body = body(Dialect::Anthropic, false);
        body[field] = if field == "top_p" { json!(1) } else { json!(["x"]) };
        let request = Request::post("/v1/messages?beta=true").header("x-api-key", "k");
        let request = version.into_iter().fold(request, |r, v| r.header("anthropic-version", v));
        let request = request.body(body.to_string()).unwrap();
        let (seen, answer) = ask(&Simulator::new(Dialect::Anthropic), request).await;
        assert_eq!(seen, status, "{version:?} {field}: {answer}");
    }
}

#[tokio::test]
async fn a_gateway_that_sends_cohere_a_bad_request_is_found_out() {
    check(
        Dialect::Cohere,
        &[
            (json!({"p": 0.9, "tool_choice": "REQUIRED", "temperature": 1}), ""),
            (json!({"messages": turns(&[("user", "a"), ("system", "s")])}), "system turn must be the first"),
            (json!({"tool_choice": "auto"}), "tool_choice must be one of"),
            (json!({"p": 1.0}), "p must be between"),
            (json!({"stop_sequences": ["1", "2", "3", "4", "5", "6"]}), "maximum length of 5"),
            (json!({"messages": []}), "must not be empty"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_request_without_key_or_json_or_path_is_refused_in_the_dialect() {
    for dialect in Dialect::ALL {
        let simulator = Simulator::new(dialect);
        let good = body(dialect, false).to_string();
        let post = |path: &str, key: &str, body: &str| {
            let request = Request::post(path).header("anthropic-version", "2023-06-01");
            let request = if key.is_empty() { request } else { request.header("authorization", key) };
            request.body(body.to_owned()).unwrap()
        };
        let path = dialect.chat_path();
        let mut seen = Vec::new();
        for request in [
            post(path, "Bearer k", &good),
            post(&format!("/prefix{path}"), "bearer k", &good),
            post(path, "", &good),
            post(path, "Bearer ", &good),
            post(path, "Bearer k", "{\"model\": "),
            post("/v9/nothing", "Bearer k", &good),
            post("/v1/models", "Bearer k", ""),
        ] {
            let (status, answer) = ask(&simulator, request).await;
            assert!(answer.starts_with('{'), "{answer}");
            seen.push(status);
        }
        assert_eq!(seen, [200, 200, 401, 401, 400, 404, 405], "{dialect}");
        assert_eq!(ask(&simulator.without_keys(), post(path, "", &good)).await.0, 200);
    }
}

#[tokio::test]
async fn a_lenient_simulator_answers_what_a_provider_would_refuse() {
    let request = Request::post("/v1/messages").header("x-api-key", "k").body("{}".to_owned()).unwrap();
    assert_eq!(ask(&Simulator::new(Dialect::Anthropic).lenient(), request).await.0, 200);
}

#[tokio::test]
async fn a_script_plays_whatever_the_request_is_worth() {
    let simulator = Simulator::new(Dialect::OpenAi).default(Script::status(503));
    let request = Request::post("/v1/chat/completions").body("no json".to_owned()).unwrap();
    assert_eq!(ask(&simulator, request).await.0, 503);
}
