//! The three shapes of load, and the exact bytes of requests and answers.

use std::fmt::Write as _;
use std::time::Duration;

/// What one request asks for and how many are under way at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// As printed.
    pub(crate) name: &'static str,
    /// How the upstream answers.
    pub(crate) answer: Answer,
    /// Requests under way at once, one connection each.
    pub(crate) concurrency: usize,
}

/// How the upstream answers. The word stands in the user's message, which every gateway forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// One JSON body.
    Json,
    /// A stream with [`PACE`] between events, as real providers write.
    Paced,
    /// A stream whose events all come at once.
    Burst,
}

/// Events per stream, the closing `[DONE]` included.
pub(crate) const EVENTS: usize = 52;
/// Time between the events of a paced stream.
pub(crate) const PACE: Duration = Duration::from_millis(10);

/// In the order in which they run.
pub(crate) const ALL: [Shape; 4] = [
    Shape { name: "json, 1 at once", answer: Answer::Json, concurrency: 1 },
    Shape { name: "json, 32 at once", answer: Answer::Json, concurrency: 32 },
    Shape { name: "paced stream, 128 at once", answer: Answer::Paced, concurrency: 128 },
    Shape { name: "burst stream, 32 at once", answer: Answer::Burst, concurrency: 32 },
];

impl Answer {
    const fn word(self) -> &'static str {
        match self {
            Answer::Json => "shape-json",
            Answer::Paced => "shape-paced",
            Answer::Burst => "shape-burst",
        }
    }

    /// Reads the shape back from a request's body; an unknown one gets the JSON answer.
    pub(crate) fn asked_for(body: &[u8]) -> Self {
        let asks = |answer: Answer| memchr::memmem::find(body, answer.word().as_bytes()).is_some();
        if asks(Answer::Paced) {
            Answer::Paced
        } else if asks(Answer::Burst) {
            Answer::Burst
        } else {
            Answer::Json
        }
    }

    /// Whether a stream is asked for.
    pub(crate) fn is_stream(self) -> bool {
        self != Answer::Json
    }

    /// What CPU time is divided by.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Answer::Json => "answer",
            Answer::Paced => "event",
            Answer::Burst => "stream",
        }
    }

    /// A request as an SDK writes it.
    pub(crate) fn request(self, host: &str) -> Vec<u8> {
        let body = format!(
            r#"{{"model":"default","messages":[{{"role":"system","content":"Answer briefly."}},{{"role":"user","content":"{}: what is a handover in a mobile network?"}}],"temperature":0.2,"stream":{}}}"#,
            self.word(),
            self.is_stream()
        );
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nuser-agent: handover-bench\r\n\
             accept: application/json\r\ncontent-type: application/json\r\nauthorization: Bearer bench\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

/// The JSON answer with its head: a body of about 600 bytes.
pub(crate) fn json_answer() -> Vec<u8> {
    let text = "A handover moves a live call from a fading cell to a stronger one without dropping it. The phone \
                measures its neighbours all the time, the network decides, and the person who speaks hears \
                nothing of it, which is the whole point of the exercise.";
    let body = format!(
        r#"{{"id":"chatcmpl-bench00000000000000000001","object":"chat.completion","created":1700000000,"model":"bench-model","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}","refusal":null}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":21,"completion_tokens":39,"total_tokens":60}},"system_fingerprint":"fp_bench"}}"#
    );
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: bench\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Head of a streamed answer.
pub(crate) const STREAM_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";

/// A stream's events, each already one HTTP chunk; the last one closes the body.
pub(crate) fn stream_chunks() -> Vec<Vec<u8>> {
    let mut chunks = Vec::with_capacity(EVENTS);
    for n in 0..EVENTS - 1 {
        let delta = match n {
            0 => r#"{"role":"assistant","content":""}"#.to_owned(),
            n if n == EVENTS - 2 => "{}".to_owned(),
            n => format!(r#"{{"content":" word{n}"}}"#),
        };
        let finish = if n == EVENTS - 2 { r#""stop""# } else { "null" };
        let event = format!(
            "data: {{\"id\":\"chatcmpl-bench00000000000000000001\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-model\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        );
        chunks.push(chunk(&event));
    }
    let mut last = chunk("data: [DONE]\n\n");
    last.extend_from_slice(b"0\r\n\r\n");
    chunks.push(last);
    chunks
}

fn chunk(event: &str) -> Vec<u8> {
    let mut chunk = String::new();
    // Writing to a String cannot fail.
    let _ = write!(chunk, "{:x}\r\n{event}\r\n", event.len());
    chunk.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_answer_is_about_600_bytes_as_documented() {
        let answer = json_answer();
        let body = answer.len() - memchr::memmem::find(&answer, b"\r\n\r\n").unwrap() - 4;
        assert!((550..=650).contains(&body), "{body} bytes");
    }

    #[test]
    fn a_shape_is_read_back_from_its_own_request() {
        for shape in ALL {
            assert_eq!(Answer::asked_for(&shape.answer.request("h")), shape.answer);
        }
    }
}
