//! `handover chat`: one question, or a conversation.
//!
//! The answer alone goes to standard output, so that `handover chat "..." > file` holds the answer and nothing
//! else. Who answered, and why not the lead, goes to standard error; so does the place where another model went on.

mod ask;

use crate::gateway::{Gateway, Place};
use crate::term::{fail, out, say};
use ask::{Answer, Part, Question, Trouble};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

/// Arguments of `chat`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The question. Without one: a conversation, or what standard input holds
    prompt: Option<String>,
    /// A route, an alias or provider/model [default: the first route]
    #[arg(short, long)]
    model: Option<String>,
    /// Only this model: no backup answers
    #[arg(long)]
    only: bool,
    /// Write one JSON object per answer instead of its text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&format!("the runtime could not be started: {e}")),
    };
    let code = runtime.block_on(chat(args));
    // A conversation may leave a read of standard input behind that nothing can cancel.
    runtime.shutdown_background();
    code
}

async fn chat(args: Args) -> ExitCode {
    let gateway = match args.place.find().await {
        Ok(gateway) => gateway,
        Err(code) => return code,
    };
    let model = match args.model.clone() {
        Some(model) => model,
        None => match gateway.first_model().await {
            Ok(model) => model,
            Err(e) => return fail(&e),
        },
    };
    let code = match prompt(args.prompt.clone()).await {
        Ok(Some(prompt)) => one_shot(&gateway, &args, &model, prompt).await,
        Ok(None) => conversation(&gateway, &args, &model).await,
        Err(e) => fail(&format!("standard input cannot be read: {e}")),
    };
    gateway.stop().await;
    code
}

/// The question from the command line, or from a standard input that is not a terminal.
async fn prompt(given: Option<String>) -> std::io::Result<Option<String>> {
    if given.is_some() || std::io::stdin().is_terminal() {
        return Ok(given);
    }
    let mut text = String::new();
    tokio::io::stdin().read_to_string(&mut text).await?;
    let text = text.trim_end().to_owned();
    Ok((!text.is_empty()).then_some(text))
}

async fn one_shot(gateway: &Gateway, args: &Args, model: &str, prompt: String) -> ExitCode {
    let messages = vec![json!({"role": "user", "content": prompt})];
    match answer(gateway, args, model, &messages).await {
        Ok(_) => ExitCode::SUCCESS,
        Err(trouble) => {
            report(&trouble);
            ExitCode::FAILURE
        }
    }
}

async fn conversation(gateway: &Gateway, args: &Args, model: &str) -> ExitCode {
    say(&format!("Talking to `{model}`. An empty line or ctrl-d ends it."));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut messages: Vec<Value> = Vec::new();
    loop {
        eprint_prompt();
        let line = match lines.next_line().await {
            Ok(Some(line)) if !line.trim().is_empty() => line,
            Ok(_) => return ExitCode::SUCCESS,
            Err(e) => return fail(&format!("standard input cannot be read: {e}")),
        };
        messages.push(json!({"role": "user", "content": line}));
        match answer(gateway, args, model, &messages).await {
            Ok(answer) => messages.push(json!({"role": "assistant", "content": answer.text})),
            Err(trouble) => {
                report(&trouble);
                // The question is kept on the screen; asking again starts from the same conversation.
                messages.pop();
            }
        }
    }
}

fn eprint_prompt() {
    use std::io::Write;
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "> ").and_then(|()| stderr.flush());
}

/// Asks, writing the answer as it comes.
async fn answer(gateway: &Gateway, args: &Args, model: &str, messages: &[Value]) -> Result<Answer, Trouble> {
    let question = Question { model, messages, only: args.only };
    let mut screen = Screen { json: args.json, begun: false, in_line: false };
    let answer = ask::ask(gateway, &question, |part| screen.show(&part)).await;
    if screen.begun {
        out("\n");
    }
    match &answer {
        Ok(answer) if args.json => {
            out(&format!("{}\n", answer.json()));
        }
        Ok(answer) => say(&answer.footer()),
        // A program, too, gets to keep what came.
        Err(Trouble { partial: Some(partial), message }) if args.json => {
            let mut told = partial.json();
            told["error"] = Value::from(message.as_str());
            out(&format!("{told}\n"));
        }
        Err(_) => {}
    }
    answer
}

/// Where an answer is shown while it comes.
#[derive(Debug)]
struct Screen {
    json: bool,
    /// Something was written.
    begun: bool,
    /// The last line that was written has no end yet.
    in_line: bool,
}

impl Screen {
    /// Whether more is wanted.
    fn show(&mut self, part: &Part<'_>) -> bool {
        match part {
            Part::Text(_) | Part::HandOver(_) if self.json => true,
            Part::Text(text) => {
                self.begun = true;
                self.in_line = !text.ends_with('\n');
                out(text)
            }
            Part::HandOver(seam) => {
                // On a terminal the answer stands right before it.
                let gap = if self.in_line && std::io::stdout().is_terminal() { "\n" } else { "" };
                say(&format!("{gap}-- {} --", seam.words()));
                true
            }
        }
    }
}

fn report(trouble: &Trouble) {
    say(&format!("error: {}", trouble.message));
    if trouble.partial.is_some() {
        say("  note: the text above is what came before it broke off");
    }
}
