//! The target that goes on: a model that does as it is asked, at its own pace.

use crate::lead::event;
use crate::plan::{Case, Ledger};
use handover_bench::Result;
use handover_bench::exchange::{STREAM_END, STREAM_HEAD, chunk, request};
use handover_bench::prose;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Listens.
pub(crate) async fn open(
    serving: &mut JoinSet<()>,
    ledger: Arc<Ledger>,
    first: Duration,
    pace: Duration,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let ledger = Arc::clone(&ledger);
            connections.spawn(async move {
                if let Err(error) = go_on(stream, &ledger, first, pace).await {
                    eprintln!("backup: {error}");
                }
            });
        }
    });
    Ok(address)
}

async fn go_on(mut stream: TcpStream, ledger: &Ledger, first: Duration, pace: Duration) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(body) = request(&mut stream, &mut buffer).await? {
        let asked = Instant::now();
        let case = Case::asked(&String::from_utf8_lossy(&body)).ok_or("no case is asked for")?;
        let (repeated, rest) = written(&case, &serde_json::from_slice(&body)?)?;
        let (repeated, rest) = (prose::cut(&repeated, case.space), prose::cut(&rest, case.space));
        ledger.note(case.number, |times| (times.asked, times.repeated) = (Some(asked), repeated.len()));
        let mut next = asked + first;
        stream.write_all(STREAM_HEAD).await?;
        for (number, piece) in repeated.into_iter().chain(rest).enumerate() {
            sleep_until(next).await;
            next += pace;
            if number == 0 {
                ledger.note(case.number, |times| times.first = Some(Instant::now()));
            }
            stream.write_all(&event(piece)).await?;
        }
        let last = r#"data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench-model","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
        stream.write_all(&[&chunk(&format!("{last}\n\ndata: [DONE]\n\n")), STREAM_END].concat()).await?;
    }
    Ok(())
}

/// What is repeated of the text so far, and what comes behind it.
fn written(case: &Case, request: &Value) -> Result<(String, String)> {
    let whole = case.whole();
    let messages = request["messages"].as_array().ok_or("no messages")?;
    let content = |from_end: usize, role: &str| {
        let message = messages.iter().rev().nth(from_end).filter(|message| message["role"] == role)?;
        message["content"].as_str()
    };
    let (given, repeated) = match (content(0, "assistant"), content(0, "user"), content(1, "assistant")) {
        (Some(given), ..) => (given, String::new()),
        (None, Some(instruction), Some(given)) => (given, asked_for(given, instruction).to_owned()),
        _ => return Err("it is not asked to go on".into()),
    };
    let rest = whole.strip_prefix(given).ok_or("it is given a text that nobody wrote")?;
    Ok((repeated, rest.to_owned()))
}

/// The words that are to be repeated: the longest end of the text that the instruction holds. What else it says does
/// not matter to a model that obeys.
fn asked_for<'a>(given: &'a str, instruction: &str) -> &'a str {
    let ends = given.char_indices().map(|(at, _)| &given[at..]);
    ends.filter(|end| instruction.contains(end.trim())).max_by_key(|end| end.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_repeats_the_words_that_the_instruction_names() {
        let words =
            asked_for("all that was said before", "Go on behind these: was said before And nothing else.");
        assert_eq!(words.trim(), "was said before");
    }
}
