//! From the engine's outputs to the JSON and the event stream of the OpenAI chat API.
//!
//! Invariant: a stream that breaks ends with an error event and without `[DONE]`.

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;

use super::error::ApiError;
use crate::engine::{FinishReason, Output, Usage};

/// What the engine's silence means, when its channel closes without an end.
const GONE: &str = "the local engine stopped during the answer";

/// What every object of one answer carries.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    pub(super) model: String,
}

/// Reads the whole answer.
pub(super) async fn whole(identity: &Identity, mut outputs: Receiver<Output>) -> Result<Value, ApiError> {
    let mut text = String::new();
    while let Some(output) = outputs.recv().await {
        match output {
            Output::Text(more) => text.push_str(&more),
            Output::Failed(why) => return Err(ApiError::Engine(why)),
            Output::Done { reason, stop, usage } => {
                let mut choice = json!({
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": null},
                    "logprobs": null,
                    "finish_reason": reason_name(reason),
                });
                name_stop(&mut choice, stop);
                return Ok(json!({
                    "id": identity.id,
                    "object": "chat.completion",
                    "created": identity.created,
                    "model": identity.model,
                    "choices": [choice],
                    "usage": usage_json(usage),
                }));
            }
        }
    }
    Err(ApiError::Engine(GONE.to_owned()))
}

/// The event stream of one answer: a state machine that yields the frames one after another.
#[derive(Debug)]
pub(super) struct Events {
    identity: Identity,
    include_usage: bool,
    outputs: Receiver<Output>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Opening,
    Writing,
    Ended,
}

impl Events {
    pub(super) fn new(identity: Identity, include_usage: bool, outputs: Receiver<Output>) -> Self {
        Self { identity, include_usage, outputs, state: State::Opening }
    }

    /// The next bytes of the stream, or `None` at its end. The last frames come together: an end that is cut
    /// between them would help nobody.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        match self.state {
            State::Ended => None,
            State::Opening => {
                self.state = State::Writing;
                Some(self.chunk(&json!({"role": "assistant", "content": ""}), None, None).into())
            }
            State::Writing => Some(match self.outputs.recv().await {
                Some(Output::Text(text)) => self.chunk(&json!({"content": text}), None, None).into(),
                Some(Output::Done { reason, stop, usage }) => self.end(reason, stop, usage).into(),
                Some(Output::Failed(why)) => self.broken(why).into(),
                None => self.broken(GONE.to_owned()).into(),
            }),
        }
    }

    fn end(&mut self, reason: FinishReason, stop: Option<String>, usage: Usage) -> String {
        self.state = State::Ended;
        let mut frames = self.chunk(&json!({}), Some(reason_name(reason)), stop);
        if self.include_usage {
            let mut object = self.object();
            object["choices"] = json!([]);
            object["usage"] = usage_json(usage);
            frames += &frame(&object);
        }
        frames + "data: [DONE]\n\n"
    }

    fn broken(&mut self, why: String) -> String {
        self.state = State::Ended;
        frame(&ApiError::Engine(why).body())
    }

    fn chunk(&self, delta: &Value, finish: Option<&str>, stop: Option<String>) -> String {
        let mut object = self.object();
        let mut choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
        name_stop(&mut choice, stop);
        object["choices"] = json!([choice]);
        if self.include_usage {
            object["usage"] = Value::Null;
        }
        frame(&object)
    }

    fn object(&self) -> Value {
        let Identity { id, created, model } = &self.identity;
        json!({"id": id, "object": "chat.completion.chunk", "created": created, "model": model})
    }
}

fn frame(object: &Value) -> String {
    format!("data: {object}\n\n")
}

/// Adds the stop text that ended the answer, as vLLM does: OpenAI's own fields do not tell it from the model's end.
fn name_stop(choice: &mut Value, stop: Option<String>) {
    if let Some(stop) = stop {
        choice["stop_reason"] = Value::String(stop);
    }
}

fn reason_name(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
    }
}

fn usage_json(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt.saturating_add(usage.completion),
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn identity() -> Identity {
        Identity { id: "chatcmpl-1".to_owned(), created: 1, model: "m".to_owned() }
    }

    fn outputs(outputs: Vec<Output>) -> Receiver<Output> {
        let (sender, receiver) = tokio::sync::mpsc::channel(16);
        for output in outputs {
            sender.try_send(output).expect("room");
        }
        receiver
    }

    fn done() -> Output {
        let usage = Usage { prompt: 9, cached: 4, completion: 3 };
        Output::Done { reason: FinishReason::Length, stop: None, usage }
    }

    async fn check(include_usage: bool, given: Vec<Output>, expected: Expect) {
        let mut events = Events::new(identity(), include_usage, outputs(given));
        let mut stream = String::new();
        while let Some(bytes) = events.next().await {
            stream.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
        expected.assert_eq(&stream);
    }

    #[tokio::test]
    async fn official_clients_can_read_the_stream() {
        let text = Output::Text("a\"\n".to_owned());
        check(true, vec![text.clone(), done()], expect![[r#"
            data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"a\"\n"},"logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null}

            data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}}

            data: [DONE]

        "#]]).await;
    }

    #[tokio::test]
    async fn the_stop_text_that_ended_an_answer_is_named() {
        let stopped = || {
            let usage = Usage { prompt: 1, cached: 0, completion: 1 };
            vec![Output::Done { reason: FinishReason::Stop, stop: Some("END".to_owned()), usage }]
        };
        let answer = whole(&identity(), outputs(stopped())).await.expect("an answer");
        assert_eq!(answer["choices"][0]["stop_reason"], "END");
        check(false, stopped(), expect![[r#"
            data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

            data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","stop_reason":"END"}]}

            data: [DONE]

        "#]]).await;
    }

    #[tokio::test]
    async fn a_broken_answer_is_never_taken_for_complete() {
        let broken =
            [(vec![Output::Text("a".to_owned())], GONE), (vec![Output::Failed("why".to_owned())], "why")];
        for (given, why) in broken {
            let mut events = Events::new(identity(), false, outputs(given.clone()));
            let mut stream = String::new();
            while let Some(bytes) = events.next().await {
                stream.push_str(std::str::from_utf8(&bytes).expect("text"));
            }
            assert!(!stream.contains("[DONE]"), "{stream}");
            assert!(stream.contains(&format!(r#"data: {{"error":{{"message":"{why}","#)), "{stream}");
            let error = whole(&identity(), outputs(given)).await.expect_err("it is an error");
            assert_eq!(error.status(), http::StatusCode::INTERNAL_SERVER_ERROR);
        }
    }
}
