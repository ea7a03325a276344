//! `handover chat`: one question, or a conversation.
//!
//! # How it is put together
//! The gateway gives an answer as numbered events over `/api/chat`, to the page and to this command alike: who is
//! asked, who failed, who serves, the text, who went on. [`reader`] reads them through lost connections, [`answer`]
//! keeps what they say, [`teller`] decides what a person reads, [`paper`] writes it. Conversations are in [`talk`].
//!
//! # Invariants
//! * The answer alone goes to standard output, so that `handover chat "..." > file` holds the answer and nothing else,
//!   byte for byte. Who answered, and why not the lead, goes to standard error.
//! * What came of an answer stays, whatever happens behind it.
//! * No answer of a backup comes without a word.

mod answer;
mod ask;
mod edit;
mod join;
mod notice;
mod paper;
mod pick;
mod reader;
mod saved;
mod talk;
mod teller;
mod working;

use crate::gateway::{Gateway, Place};
use crate::term::{fail, out};
use answer::{End, Question};
use ask::{Asked, ask};
use handover_config::SystemEnv;
use paper::Paper;
use serde_json::json;
use std::hash::{BuildHasher, Hasher};
use std::io::IsTerminal;
use std::process::ExitCode;
use talk::Talk;
use teller::Teller;
use tokio::io::AsyncReadExt;

/// Exit code of a question that was stopped with ctrl-c, as shells have it.
const STOPPED: u8 = 130;

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
    // A conversation may leave a read of the terminal behind that nothing can cancel.
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
        Ok(Some(prompt)) => one_shot(&gateway, &args, model, &prompt).await,
        Ok(None) => Talk::new(&gateway, model, args.only, args.json).hold().await,
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

async fn one_shot(gateway: &Gateway, args: &Args, model: String, prompt: &str) -> ExitCode {
    let messages = vec![json!({"role": "user", "content": prompt})];
    let question = Question { key: new_key(), model, only: args.only, messages };
    let mut teller = Teller::new(false);
    if !args.json
        && let Some(status) = talk::status(gateway).await
    {
        teller.names = pick::names(&status);
    }
    let mut paper = Paper::new(&SystemEnv, args.json);
    let Asked { answer, .. } = ask(gateway, &question, &mut teller, &mut paper).await;
    if args.json {
        // A program, too, gets to keep what came of an answer that broke off.
        out(&format!("{}\n", answer.json()));
    }
    match answer.end {
        Some(End::Error(_)) => ExitCode::FAILURE,
        Some(End::Stopped) => ExitCode::from(STOPPED),
        // Nobody reads the answer any more: that is the reader's wish.
        Some(End::Done) | None => ExitCode::SUCCESS,
    }
}

/// A key that nobody else has: whoever knows it may read the answer.
fn new_key() -> String {
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
