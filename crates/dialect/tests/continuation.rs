//! Going on with another target's answer, at the bytes: what the next target is asked, and what the caller reads.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use bytes::Bytes;
use expect_test::{Expect, expect};
use handover_dialect::hub::Identity;
use handover_dialect::prepare::{Ask, prepare};
use handover_dialect::reader::{BodyKind, Reading};
use handover_dialect::{
    Call, Capabilities, Delivered, Dialect, Handed, Overrides, Prefill, Prepared, Reader, Target,
    prepare_onward,
};
use serde_json::{Value, json};

const TEXT: &str = "The fog came in, and he wrote the names of the ships into";

fn target(dialect: Dialect, model: &str, prefill: Prefill) -> Target {
    Target {
        dialect,
        model: model.to_owned(),
        overrides: Overrides::default(),
        capabilities: Capabilities { prefill, ..Capabilities::default() },
        anthropic_version: "2023-06-01".to_owned(),
        refused_fields: Vec::new(),
    }
}

fn identity(model: &str) -> Identity {
    Identity { id: "0123".to_owned(), created: 1_700_000_000, model: model.to_owned() }
}

fn call(dialect: Dialect, body: &Value) -> Call {
    Call::read(dialect, Bytes::from(body.to_string())).unwrap()
}

/// What a caller has of an answer whose first words a lead of its own dialect wrote.
fn delivered(call: &Call, text: &str) -> (Delivered, String) {
    let lead = target(call.dialect, "lead-model", Prefill::No);
    let prepared = prepare(call, &lead, Ask::default()).unwrap();
    let mut reader = prepared.reader(BodyKind::Events, identity("lead-model")).unwrap();
    let mut events = match call.dialect {
        Dialect::Anthropic => {
            let start = json!({"type": "message_start", "message": {"id": "msg_lead", "type": "message",
                "role": "assistant", "model": "lead-model-1", "content": [],
                "usage": {"input_tokens": 9, "output_tokens": 1}}});
            let block = json!({"type": "content_block_start", "index": 0,
                "content_block": {"type": "text", "text": ""}});
            format!("event: message_start\ndata: {start}\n\nevent: content_block_start\ndata: {block}\n\n")
        }
        Dialect::OpenAi | Dialect::Cohere => {
            let chunk = json!({"id": "chatcmpl-lead", "object": "chat.completion.chunk", "created": 7,
                "model": "lead-model-1",
                "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]});
            format!("data: {chunk}\n\n")
        }
    };
    for piece in text.split_inclusive(' ') {
        events.push_str(&match call.dialect {
            Dialect::Anthropic => {
                let delta = json!({"type": "content_block_delta", "index": 0,
                    "delta": {"type": "text_delta", "text": piece}});
                format!("event: content_block_delta\ndata: {delta}\n\n")
            }
            Dialect::OpenAi | Dialect::Cohere => {
                let chunk = json!({"id": "chatcmpl-lead", "created": 7, "model": "lead-model-1",
                    "choices": [{"index": 0, "delta": {"content": piece}}]});
                format!("data: {chunk}\n\n")
            }
        });
    }
    let frame = reader.read(Bytes::from(events));
    assert_eq!(frame.seen.fault, None);
    reader.end().unwrap_err();
    (reader.delivered().unwrap(), String::from_utf8(frame.bytes.to_vec()).unwrap())
}

fn handed() -> Handed {
    Handed { from: "lead/lead-model".to_owned(), to: "backup/b".to_owned(), reason: "cut_off" }
}

fn onward(call: &Call, target: &Target, text: &str) -> Result<Prepared, String> {
    let (delivered, _) = delivered(call, text);
    prepare_onward(call, target, Ask::default(), &delivered, &handed()).map_err(|e| format!("{e:?}"))
}

fn asked(dialect: Dialect, body: &Value, target: &Target, expected: Expect) {
    let prepared = onward(&call(dialect, body), target, TEXT).unwrap();
    let sent: Value = serde_json::from_slice(&prepared.body).unwrap();
    expected.assert_eq(&format!("{}\n{sent:#}\n", prepared.how().unwrap()));
}

fn openai() -> Value {
    json!({"model": "m", "stream": true, "max_tokens": 50, "messages": [
        {"role": "system", "content": "Be a pirate."}, {"role": "user", "content": "Tell me."}]})
}

#[test]
fn a_model_that_writes_on_by_itself_is_given_the_text_and_nothing_else() {
    let engine = target(Dialect::OpenAi, "smollm", Prefill::Engine);
    asked(
        Dialect::OpenAi,
        &openai(),
        &engine,
        expect![[r#"
        prefill
        {
          "model": "smollm",
          "stream": true,
          "max_tokens": 37,
          "messages": [
            {
              "role": "system",
              "content": "Be a pirate."
            },
            {
              "role": "user",
              "content": "Tell me."
            },
            {
              "role": "assistant",
              "content": "The fog came in, and he wrote the names of the ships into"
            }
          ],
          "stream_options": {
            "include_usage": true
          }
        }
    "#]],
    );
    let vllm = target(Dialect::OpenAi, "llama", Prefill::FinalMessage);
    asked(
        Dialect::OpenAi,
        &openai(),
        &vllm,
        expect![[r#"
        prefill
        {
          "model": "llama",
          "stream": true,
          "max_tokens": 37,
          "messages": [
            {
              "role": "system",
              "content": "Be a pirate."
            },
            {
              "role": "user",
              "content": "Tell me."
            },
            {
              "role": "assistant",
              "content": "The fog came in, and he wrote the names of the ships into"
            }
          ],
          "stream_options": {
            "include_usage": true
          },
          "continue_final_message": true,
          "add_generation_prompt": false
        }
    "#]],
    );
    let mistral = target(Dialect::OpenAi, "mistral-small", Prefill::Prefix);
    asked(
        Dialect::OpenAi,
        &openai(),
        &mistral,
        expect![[r#"
            prefill
            {
              "model": "mistral-small",
              "stream": true,
              "max_tokens": 50,
              "messages": [
                {
                  "role": "system",
                  "content": "Be a pirate."
                },
                {
                  "role": "user",
                  "content": "Tell me."
                },
                {
                  "role": "assistant",
                  "content": "The fog came in, and he wrote the names of the ships into",
                  "prefix": true
                }
              ],
              "stream_options": {
                "include_usage": true
              }
            }
        "#]],
    );
    let claude = target(Dialect::Anthropic, "claude-haiku-4-5", Prefill::No);
    asked(
        Dialect::OpenAi,
        &openai(),
        &claude,
        expect![[r#"
        prefill
        {
          "model": "claude-haiku-4-5",
          "max_tokens": 37,
          "system": "Be a pirate.",
          "messages": [
            {
              "role": "user",
              "content": "Tell me."
            },
            {
              "role": "assistant",
              "content": "The fog came in, and he wrote the names of the ships into"
            }
          ],
          "stream": true
        }
    "#]],
    );
}

#[test]
fn any_other_model_is_asked_in_a_turn_of_the_users_and_the_system_prompt_stays() {
    let gpt = target(Dialect::OpenAi, "gpt-5-mini", Prefill::No);
    asked(
        Dialect::OpenAi,
        &openai(),
        &gpt,
        expect![[r#"
        instructed
        {
          "model": "gpt-5-mini",
          "stream": true,
          "max_tokens": 75,
          "messages": [
            {
              "role": "system",
              "content": "Be a pirate."
            },
            {
              "role": "user",
              "content": "Tell me."
            },
            {
              "role": "assistant",
              "content": "The fog came in, and he wrote the names of the ships into"
            },
            {
              "role": "user",
              "content": "Your last message was interrupted. It ended with these words:\n\nin, and he wrote the names of the ships into\n\nGo on with it from exactly that place. Begin by repeating those words just as they stand, then write on in the same language, style and format until your answer is complete. Do not greet, explain, or mention the interruption."
            }
          ],
          "stream_options": {
            "include_usage": true
          }
        }
    "#]],
    );
    let command = target(Dialect::Cohere, "command-a", Prefill::No);
    asked(
        Dialect::OpenAi,
        &openai(),
        &command,
        expect![[r#"
        instructed
        {
          "model": "command-a",
          "messages": [
            {
              "role": "system",
              "content": "Be a pirate."
            },
            {
              "role": "user",
              "content": "Tell me."
            },
            {
              "role": "assistant",
              "content": "The fog came in, and he wrote the names of the ships into"
            },
            {
              "role": "user",
              "content": "Your last message was interrupted. It ended with these words:\n\nin, and he wrote the names of the ships into\n\nGo on with it from exactly that place. Begin by repeating those words just as they stand, then write on in the same language, style and format until your answer is complete. Do not greet, explain, or mention the interruption."
            }
          ],
          "max_tokens": 75,
          "stream": true
        }
    "#]],
    );
    let claude = target(Dialect::Anthropic, "claude-sonnet-4-6", Prefill::No);
    let body = json!({"model": "m", "stream": true, "max_tokens": 50, "system": "Be a pirate.",
        "messages": [{"role": "user", "content": "Tell me."}]});
    asked(
        Dialect::Anthropic,
        &body,
        &claude,
        expect![[r#"
        instructed
        {
          "model": "claude-sonnet-4-6",
          "stream": true,
          "max_tokens": 75,
          "system": "Be a pirate.",
          "messages": [
            {
              "role": "user",
              "content": "Tell me."
            },
            {
              "role": "assistant",
              "content": "The fog came in, and he wrote the names of the ships into"
            },
            {
              "role": "user",
              "content": "Your last message was interrupted. It ended with these words:\n\nin, and he wrote the names of the ships into\n\nGo on with it from exactly that place. Begin by repeating those words just as they stand, then write on in the same language, style and format until your answer is complete. Do not greet, explain, or mention the interruption."
            }
          ]
        }
    "#]],
    );
}

#[test]
fn a_model_that_thinks_is_never_given_the_beginning_of_its_answer() {
    let claude = target(Dialect::Anthropic, "claude-haiku-4-5", Prefill::No);
    let how = |thinking: Value| {
        let body = json!({"model": "m", "stream": true, "max_tokens": 5000, "thinking": thinking,
            "messages": [{"role": "user", "content": "Tell me."}]});
        onward(&call(Dialect::Anthropic, &body), &claude, TEXT).unwrap().how().unwrap()
    };
    assert_eq!(how(json!({"type": "disabled"})), "prefill");
    assert_eq!(how(json!(null)), "prefill");
    assert_eq!(how(json!({"type": "enabled", "budget_tokens": 1024})), "instructed");
}

#[test]
fn an_answer_that_the_caller_began_itself_stays_one_turn() {
    let engine = target(Dialect::OpenAi, "smollm", Prefill::Engine);
    let begun = |content: Value| {
        let body = json!({"model": "m", "stream": true, "messages": [
            {"role": "user", "content": "Tell me."},
            {"role": "assistant", "content": content, "name": "bot"}]});
        let prepared = onward(&call(Dialect::OpenAi, &body), &engine, TEXT)?;
        let sent: Value = serde_json::from_slice(&prepared.body).unwrap();
        Ok::<_, String>(sent["messages"].clone())
    };
    assert_eq!(
        begun(json!("Once: ")).unwrap(),
        json!([{"role": "user", "content": "Tell me."},
            {"role": "assistant", "content": format!("Once: {TEXT}"), "name": "bot"}])
    );
    assert!(begun(json!([{"type": "text", "text": "Once: "}])).unwrap_err().contains("messages[1]"));
}

#[test]
fn a_text_whose_end_cannot_be_told_from_its_middle_is_not_given_to_a_model_that_must_find_it() {
    let gpt = target(Dialect::OpenAi, "gpt-5-mini", Prefill::No);
    let text = "ha ".repeat(400);
    assert!(onward(&call(Dialect::OpenAi, &openai()), &gpt, &text).unwrap_err().contains("repeats itself"));
    let engine = target(Dialect::OpenAi, "smollm", Prefill::Engine);
    assert_eq!(onward(&call(Dialect::OpenAi, &openai()), &engine, &text).unwrap().how(), Some("prefill"));
}

/// The caller's whole stream: the lead's bytes, then what becomes of the backup's.
fn joined(caller: Dialect, backup: &Target, answer: &str, expected: Expect) {
    let mut body = openai();
    if caller == Dialect::OpenAi {
        body["stream_options"] = json!({"include_usage": true});
    }
    let call = call(caller, &body);
    let (delivered, _) = delivered(&call, TEXT);
    let prepared = prepare_onward(&call, backup, Ask::default(), &delivered, &handed()).unwrap();
    let mut reader = prepared.reader(BodyKind::Events, identity("b")).unwrap();
    let mut out = String::new();
    for chunk in answer.as_bytes().chunks(40) {
        let frame = reader.read(Bytes::copy_from_slice(chunk));
        assert_eq!(frame.seen.fault, None, "{out}");
        out.push_str(std::str::from_utf8(&frame.bytes).unwrap());
    }
    expected.assert_eq(&out);
}

#[test]
fn a_caller_reads_on_in_the_stream_that_it_has() {
    let gpt = target(Dialect::OpenAi, "b", Prefill::No);
    let reply = "data: {\"id\":\"x\",\"model\":\"b-2\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\
        \"content\":\"Sure: \"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"came in, and he wrote \
        the names of the ships into\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" the ledger.\"}\
        }]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\
        \"usage\":{\"prompt_tokens\":120,\"completion_tokens\":20}}\n\ndata: [DONE]\n\n";
    joined(
        Dialect::OpenAi,
        &gpt,
        reply,
        expect![[r#"
        : handover {"event":"hand_over","from":"lead/lead-model","to":"backup/b","reason":"cut_off","how":"instructed","delivered_tokens":13,"model":"b-2"}

        data: {"id":"chatcmpl-lead","object":"chat.completion.chunk","created":7,"model":"b-2","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":null}],"usage":null,"handover":{"event":"hand_over","from":"lead/lead-model","to":"backup/b","reason":"cut_off","how":"instructed","delivered_tokens":13,"model":"b-2"}}

        data: {"id":"chatcmpl-lead","object":"chat.completion.chunk","created":7,"model":"b-2","choices":[{"index":0,"delta":{"content":" the ledger."},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-lead","object":"chat.completion.chunk","created":7,"model":"b-2","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}

        data: {"id":"chatcmpl-lead","object":"chat.completion.chunk","created":7,"model":"b-2","choices":[],"usage":{"prompt_tokens":31,"completion_tokens":16,"total_tokens":47}}

        data: [DONE]

    "#]],
    );
    let claude = target(Dialect::Anthropic, "claude-haiku-4-5", Prefill::No);
    let reply = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_b\",\"model\":\
        \"claude-haiku-4-5\",\"usage\":{\"input_tokens\":40,\"output_tokens\":1}}}\n\nevent: content_block_start\n\
        data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
        event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\
        \"text_delta\",\"text\":\" the ledger.\"}}\n\nevent: content_block_stop\ndata: {\"type\":\
        \"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":\
        {\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":4}}\n\nevent: message_stop\ndata: {\"type\":\
        \"message_stop\"}\n\n";
    joined(
        Dialect::Anthropic,
        &claude,
        reply,
        expect![[r#"
        : handover {"event":"hand_over","from":"lead/lead-model","to":"backup/b","reason":"cut_off","how":"prefill","delivered_tokens":13,"model":"claude-haiku-4-5"}

        event: ping
        data: {"type":"ping","handover":{"event":"hand_over","from":"lead/lead-model","to":"backup/b","reason":"cut_off","how":"prefill","delivered_tokens":13,"model":"claude-haiku-4-5"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" the ledger."}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":9,"output_tokens":17}}

        event: message_stop
        data: {"type":"message_stop"}

    "#]],
    );
}

#[test]
fn nothing_can_be_gone_on_with_that_is_not_plain_text() {
    let check = |delta: Value| {
        let reading = Reading {
            caller: Dialect::OpenAi,
            provider: Dialect::OpenAi,
            stream: true,
            include_usage: false,
            hold_json: false,
        };
        let mut reader = Reader::new(&reading, BodyKind::Events, identity("m")).unwrap();
        let text = json!({"choices": [{"index": 0, "delta": {"content": "hello"}}]});
        let chunk = json!({"choices": [delta]});
        let frame = reader.read(Bytes::from(format!("data: {text}\n\ndata: {chunk}\n\n")));
        assert_eq!(frame.seen.fault, None);
        reader.delivered().is_some()
    };
    assert!(check(json!({"index": 0, "delta": {"content": " world"}})));
    assert!(check(json!({"index": 0, "delta": {"reasoning_content": "", "refusal": null}})));
    for other in [
        json!({"index": 1, "delta": {"content": "second"}}),
        json!({"index": 0, "delta": {"reasoning_content": "hm"}}),
        json!({"index": 0, "delta": {"reasoning": "hm"}}),
        json!({"index": 0, "delta": {"refusal": "no"}}),
        json!({"index": 0, "delta": {"audio": {"data": "x"}}}),
        json!({"index": 0, "delta": {"function_call": {"name": "f"}}}),
    ] {
        assert!(!check(other.clone()), "{other}");
    }
}
