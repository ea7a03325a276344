//! What each dialect's answers look like, to the byte. Compare with the vendor's documentation, not with the code.

use expect_test::{Expect, expect};
use serde_json::json;

use super::client::{ask, body, request, said};
use crate::{Dialect, ErrorKind, Finish, Script, Simulator};

async fn check(dialect: Dialect, script: Script, stream: bool, expected: Expect) {
    let simulator = Simulator::new(dialect).default(script);
    let mut body = body(dialect, stream);
    if dialect == Dialect::OpenAi {
        body["stream_options"] = json!({"include_usage": true});
    }
    let (_, answer) = ask(&simulator, request(dialect, &body)).await;
    let shown = if stream {
        answer
    } else {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&answer).unwrap()).unwrap()
    };
    expected.assert_eq(&shown);
}

fn tool() -> Script {
    Script::tool_call("get_weather", json!({"city": "Oslo"}))
}

#[tokio::test]
async fn an_openai_stream_is_what_openai_clients_parse() {
    check(Dialect::OpenAi, Script::answer("Hello world"), true, expect![[r#"
        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{"content":" world"},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}}

        data: [DONE]

    "#]]).await;
}

#[tokio::test]
async fn an_openai_answer_is_what_openai_clients_parse() {
    check(
        Dialect::OpenAi,
        Script::answer("Hello world"),
        false,
        expect![[r#"
        {
          "id": "chatcmpl-7swzqpbjpqo085wjsj86ppcn",
          "object": "chat.completion",
          "created": 1767225600,
          "model": "gpt-4o",
          "choices": [
            {
              "index": 0,
              "message": {
                "role": "assistant",
                "content": "Hello world",
                "refusal": null,
                "annotations": []
              },
              "logprobs": null,
              "finish_reason": "stop"
            }
          ],
          "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 2,
            "total_tokens": 12,
            "prompt_tokens_details": {
              "cached_tokens": 0,
              "audio_tokens": 0
            },
            "completion_tokens_details": {
              "reasoning_tokens": 0,
              "audio_tokens": 0
            }
          },
          "service_tier": "default",
          "system_fingerprint": "fp_simulator"
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn an_openai_tool_call_streams_name_first_and_arguments_in_pieces() {
    check(Dialect::OpenAi, tool(), true, expect![[r#"
        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{"role":"assistant","content":null,"refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_r6rfdxffegsl7jek3jsqz5kz","type":"function","function":{"name":"get_weather","arguments":""}}]},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}],"usage":null}

        data: {"id":"chatcmpl-7swzqpbjpqo085wjsj86ppcn","object":"chat.completion.chunk","created":1767225600,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_simulator","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}}

        data: [DONE]

    "#]]).await;
}

#[tokio::test]
async fn an_anthropic_stream_is_what_anthropic_clients_parse() {
    check(Dialect::Anthropic, Script::answer("Hello world"), true, expect![[r#"
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_017swzqpbjpqo085wjsj86pp","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: ping
        data: {"type":"ping"}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" world"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"usage":{"output_tokens":2}}

        event: message_stop
        data: {"type":"message_stop"}

    "#]]).await;
}

#[tokio::test]
async fn an_anthropic_answer_is_what_anthropic_clients_parse() {
    check(
        Dialect::Anthropic,
        Script::answer("Hello world"),
        false,
        expect![[r#"
        {
          "id": "msg_017swzqpbjpqo085wjsj86pp",
          "type": "message",
          "role": "assistant",
          "model": "claude-haiku-4-5",
          "content": [
            {
              "type": "text",
              "text": "Hello world"
            }
          ],
          "stop_reason": "end_turn",
          "stop_sequence": null,
          "stop_details": null,
          "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 2,
            "service_tier": "standard"
          }
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn an_anthropic_tool_call_streams_as_a_block_after_thinking() {
    check(Dialect::Anthropic, tool().reasoning("Look it up."), true, expect![[r#"
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_017swzqpbjpqo085wjsj86pp","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

        event: ping
        data: {"type":"ping"}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Look"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" it"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" up."}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"RXJzaW11bGF0ZWRzaWduYXR1cmU="}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_01r6rfdxffegsl7jek3jsqz5","name":"get_weather","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Oslo\"}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":1}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null,"stop_details":null},"usage":{"output_tokens":6}}

        event: message_stop
        data: {"type":"message_stop"}

    "#]]).await;
}

#[tokio::test]
async fn a_cohere_stream_is_what_cohere_clients_parse() {
    check(Dialect::Cohere, Script::answer("Hello world"), true, expect![[r#"
        event: message-start
        data: {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}

        event: content-start
        data: {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}

        event: content-delta
        data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hello"}}}}

        event: content-delta
        data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":" world"}}}}

        event: content-end
        data: {"type":"content-end","index":0}

        event: message-end
        data: {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":10,"output_tokens":2},"tokens":{"input_tokens":500,"output_tokens":4}}}}

        data: [DONE]

    "#]]).await;
}

#[tokio::test]
async fn a_cohere_answer_is_what_cohere_clients_parse() {
    check(
        Dialect::Cohere,
        Script::answer("Hello world"),
        false,
        expect![[r#"
        {
          "id": "zj8ann0v-foao-px3o-hzmpt5it05vr",
          "finish_reason": "COMPLETE",
          "message": {
            "role": "assistant",
            "content": [
              {
                "type": "text",
                "text": "Hello world"
              }
            ]
          },
          "usage": {
            "billed_units": {
              "input_tokens": 10,
              "output_tokens": 2
            },
            "tokens": {
              "input_tokens": 500,
              "output_tokens": 4
            }
          }
        }"#]],
    )
    .await;
}

#[tokio::test]
async fn a_cohere_tool_call_streams_as_an_object_per_call() {
    check(Dialect::Cohere, tool(), true, expect![[r#"
        event: message-start
        data: {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}

        event: tool-call-start
        data: {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"get_weather_r6rfdxffegsl","type":"function","function":{"name":"get_weather","arguments":""}}}}}

        event: tool-call-delta
        data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"city\":"}}}}}

        event: tool-call-delta
        data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"\"Oslo\"}"}}}}}

        event: tool-call-end
        data: {"type":"tool-call-end","index":0}

        event: message-end
        data: {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":10,"output_tokens":3},"tokens":{"input_tokens":500,"output_tokens":5}}}}

        data: [DONE]

    "#]]).await;
}

#[tokio::test]
async fn an_error_in_a_stream_has_the_dialects_own_shape() {
    for (dialect, expected) in [
        (
            Dialect::OpenAi,
            expect![[r#"
            data: {"error":{"message":"Our servers are currently overloaded. Please try again later.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}

            data: [DONE]

        "#]],
        ),
        (
            Dialect::Anthropic,
            expect![[r#"
            event: error
            data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}

        "#]],
        ),
        (
            Dialect::Cohere,
            expect![[r#"
            event: message-end
            data: {"type":"message-end","delta":{"error":"service temporarily unavailable","finish_reason":"ERROR"}}

            data: [DONE]

        "#]],
        ),
    ] {
        let script = Script::answer("Hi").error_event_at(crate::At::Start, ErrorKind::Overloaded);
        check(dialect, script, true, expected).await;
    }
}

#[tokio::test]
async fn every_error_has_its_vendors_status_and_words() {
    for (dialect, expected) in [
        (
            Dialect::OpenAi,
            expect![[r#"
            bad_request: 400 {"error":{"message":"Invalid request.","type":"invalid_request_error","param":null,"code":null}}
            unauthorized: 401 {"error":{"message":"Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}
            payment_required: 402 {"error":{"message":"Insufficient credits.","type":"insufficient_quota","param":null,"code":"credit_balance_exhausted"}}
            forbidden: 403 {"error":{"message":"Country, region, or territory not supported","type":"invalid_request_error","param":null,"code":"unsupported_country_region_territory"}}
            model_not_found: 404 {"error":{"message":"The model `gpt-4o` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}
            too_large: 413 {"error":{"message":"Request too large.","type":"invalid_request_error","param":null,"code":null}}
            context_length: 400 {"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}
            content_filter: 400 {"error":{"message":"Your request was rejected as a result of our safety system.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}
            rate_limited: 429 {"error":{"message":"Rate limit reached for gpt-4o on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 2s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}
            quota: 429 {"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}
            server_error: 500 {"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}
            bad_gateway: 502 {"error":{"message":"Bad gateway.","type":"server_error","param":null,"code":null}}
            overloaded: 503 {"error":{"message":"Our servers are currently overloaded. Please try again later.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}
            timeout: 504 {"error":{"message":"Gateway timeout.","type":"server_error","param":null,"code":null}}
        "#]],
        ),
        (
            Dialect::Anthropic,
            expect![[r#"
            bad_request: 400 {"type":"error","error":{"type":"invalid_request_error","message":"Invalid request."},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            unauthorized: 401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            payment_required: 402 {"type":"error","error":{"type":"billing_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            forbidden: 403 {"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            model_not_found: 404 {"type":"error","error":{"type":"not_found_error","message":"model: claude-haiku-4-5"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            too_large: 413 {"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            context_length: 400 {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            content_filter: 400 {"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            rate_limited: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 50 requests per minute."},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            quota: 429 {"type":"error","error":{"type":"rate_limit_error","message":"You have reached your specified API usage limits.","details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            server_error: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            bad_gateway: 502 {"type":"error","error":{"type":"api_error","message":"Bad gateway"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            overloaded: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
            timeout: 504 {"type":"error","error":{"type":"timeout_error","message":"Request timed out"},"request_id":"req_011yk9bg5v0uib13lbxcpxsf"}
        "#]],
        ),
        (
            Dialect::Cohere,
            expect![[r#"
            bad_request: 400 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"invalid request"}
            unauthorized: 401 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"invalid api token"}
            payment_required: 402 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"Please add or update your payment method at https://dashboard.cohere.com/billing to continue."}
            forbidden: 403 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"your api token does not have permission for this endpoint"}
            model_not_found: 404 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"model 'command-a-03-2025' not found, make sure the correct model ID was used"}
            too_large: 413 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"request body too large"}
            context_length: 400 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 130000."}
            content_filter: 400 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"blocked input: please adjust your prompt and try again"}
            rate_limited: 429 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"You are using a Trial key, which is limited to 20 API calls / minute. Please wait and try again later"}
            quota: 429 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"You are past the per month request limit for this model."}
            server_error: 500 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"internal server error, please contact support"}
            bad_gateway: 502 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"bad gateway"}
            overloaded: 503 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"service temporarily unavailable"}
            timeout: 504 {"id":"zj8ann0v-foao-px3o-hzmpt5it05vr","message":"request timed out"}
        "#]],
        ),
    ] {
        let mut lines = String::new();
        for kind in ErrorKind::ALL {
            let simulator = Simulator::new(dialect).default(Script::error(kind));
            let (status, body) = ask(&simulator, request(dialect, &body(dialect, false))).await;
            lines += &format!("{}: {status} {body}\n", kind.name());
        }
        expected.assert_eq(&lines);
    }
}

#[tokio::test]
async fn the_model_lists_have_their_callers_shape() {
    let expected = expect![[r#"
        {"object":"list","data":[{"id":"one","object":"model","created":1767225600,"owned_by":"simulator"},{"id":"two","object":"model","created":1767225600,"owned_by":"simulator"}]}
        {"data":[{"type":"model","id":"one","display_name":"one","created_at":"2026-01-01T00:00:00Z"},{"type":"model","id":"two","display_name":"two","created_at":"2026-01-01T00:00:00Z"}],"has_more":false,"first_id":"one","last_id":"two"}
    "#]];
    let simulator = Simulator::any().models(["one"]).for_model("two", Script::ok());
    let mut lists = String::new();
    for version in [None, Some("2023-06-01")] {
        let request = http::Request::get("/v1/models").header("authorization", "Bearer k");
        let request = version.into_iter().fold(request, |r, v| r.header("anthropic-version", v));
        lists += &ask(&simulator, request.body(String::new()).unwrap()).await.1;
        lists += "\n";
    }
    expected.assert_eq(&lists);
}

#[tokio::test]
async fn the_stream_and_the_plain_answer_say_the_same() {
    let text = "One two  three\nfour \"five\" äöü 漢字.";
    for dialect in Dialect::ALL {
        let simulator = Simulator::new(dialect).default(Script::answer(text).finish(Finish::Length));
        let (_, streamed) = ask(&simulator, request(dialect, &body(dialect, true))).await;
        let (_, plain) = ask(&simulator, request(dialect, &body(dialect, false))).await;
        assert_eq!(said(&streamed), text, "{dialect}");
        assert!(plain.contains(&serde_json::to_string(text).unwrap()), "{dialect}: {plain}");
        let reason = ["\"length\"", "\"max_tokens\"", "\"MAX_TOKENS\""];
        assert!(reason.iter().any(|r| streamed.contains(r) && plain.contains(r)), "{dialect}");
    }
}

#[tokio::test]
async fn an_answer_says_what_the_script_says() {
    for (dialect, script, wanted) in [
        (Dialect::OpenAi, Script::refusal("No."), r#""refusal":"No.""#),
        (Dialect::Anthropic, Script::refusal("No."), r#""stop_reason":"refusal""#),
        (Dialect::OpenAi, Script::ok().finish(Finish::ContentFilter), r#""finish_reason":"content_filter""#),
        (Dialect::OpenAi, Script::ok().reasoning("Hm."), r#""reasoning_content":"Hm.""#),
        (Dialect::Cohere, Script::ok().reasoning("Hm."), r#"{"type":"thinking","thinking":"Hm."}"#),
        (Dialect::OpenAi, Script::echo(), r#""content":"Say it""#),
        (Dialect::OpenAi, Script::empty(), r#""content":"""#),
        (Dialect::OpenAi, Script::ok().model_suffix("-2024"), r#""model":"gpt-4o-2024""#),
        (Dialect::OpenAi, Script::ok().model("other"), r#""model":"other""#),
        (Dialect::OpenAi, Script::json(&json!({"a": 1})), r#""content":"{\"a\":1}""#),
        (Dialect::Cohere, Script::answer("a b").tokens(5), r#""text":"a b a b a""#),
    ] {
        let simulator = Simulator::new(dialect).default(script);
        let (status, answer) = ask(&simulator, request(dialect, &body(dialect, false))).await;
        assert_eq!(status, 200);
        assert!(answer.contains(wanted), "{wanted} is not in {answer}");
    }
}

#[tokio::test]
async fn usage_is_missing_where_a_provider_forgets_it() {
    for dialect in Dialect::ALL {
        for stream in [false, true] {
            let simulator = Simulator::new(dialect).default(Script::ok().no_usage());
            let (_, answer) = ask(&simulator, request(dialect, &body(dialect, stream))).await;
            assert!(!answer.contains("usage"), "{dialect}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_prefill_is_continued_and_not_repeated() {
    let simulator = Simulator::new(Dialect::Anthropic).default(Script::answer("one two three").continues());
    let mut body = body(Dialect::Anthropic, true);
    body["messages"] =
        json!([{"role": "user", "content": "Count"}, {"role": "assistant", "content": "one two"}]);
    let (_, answer) = ask(&simulator, request(Dialect::Anthropic, &body)).await;
    assert_eq!(said(&answer), " three");
}
