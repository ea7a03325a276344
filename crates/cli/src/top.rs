//! `handover top`: how everything stands, live, in the terminal.
//!
//! # How it is put together
//! [`view`] holds what is known and what keys do, [`screen`] draws it; both are pure. This file asks the gateway each
//! second, reads keys and draws when something has changed.
//!
//! # Invariants
//! * A gateway that goes away does not end it: the numbers grow old, that is said, and it asks on until one answers.
//! * The terminal is given back as it was, after an error and a panic too.
//! * Where nobody looks (no terminal), it prints what `handover status` prints, and ends.

mod details;
mod page;
mod screen;
#[cfg(test)]
mod tests;
mod view;

use crate::gateway::{Absent, Gateway, Place};
use crate::term::{fail, is_dumb};
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use handover_config::{Env, SystemEnv};
use page::Look;
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use view::{Order, View, Wish};

/// How often the status is asked for.
const EACH: Duration = Duration::from_secs(1);
/// The history changes by the minute; every so many statuses it is asked for too.
const HISTORY_EACH: u32 = 5;
/// A gateway that takes longer has not answered.
const WITHIN: Duration = Duration::from_secs(2);

/// Arguments of `top`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The route to begin with [default: the first]
    route: Option<String>,
    /// Marks and bars in ASCII only
    #[arg(long)]
    ascii: bool,
    #[command(flatten)]
    place: Place,
}

/// What happens besides keys.
#[derive(Debug)]
enum News {
    Status(Value),
    History(Value),
    Done(Order, Result<Value, String>),
}

pub(crate) fn run(args: Args) -> ExitCode {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return crate::status::run_at(args.place);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&format!("the runtime could not be started: {e}")),
    };
    let code = runtime.block_on(top(args));
    // Reading keys blocks a thread that nothing can cancel.
    runtime.shutdown_background();
    code
}

async fn top(args: Args) -> ExitCode {
    let gateway = match args.place.running().await {
        Ok(gateway) => Arc::new(gateway),
        Err(Absent::Unknown(code)) => return code,
        Err(Absent::Silent(why)) => return fail(&why),
    };
    let env = SystemEnv;
    let colour = env.get("NO_COLOR").is_none_or(|value| value.is_empty()) && !is_dumb(&env);
    let look = Look { ascii: args.ascii || is_dumb(&env), colour };
    let mut terminal = match ratatui::try_init() {
        Ok(terminal) => terminal,
        Err(e) => return fail(&format!("the terminal cannot be used: {e}")),
    };
    let shown = live(&mut terminal, gateway, args.route, look).await;
    ratatui::restore();
    match shown {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(&format!("the terminal cannot be used: {e}")),
    }
}

async fn live(
    terminal: &mut ratatui::DefaultTerminal,
    gateway: Arc<Gateway>,
    route: Option<String>,
    look: Look,
) -> std::io::Result<()> {
    let began = Instant::now();
    let now = || Instant::now().saturating_duration_since(began);
    let mut view = View { address: gateway.address().to_owned(), ..View::default() };
    let (tell, mut news) = mpsc::channel(8);
    let mut tasks = JoinSet::new();
    tasks.spawn(ask_on(gateway.clone(), tell.clone()));
    let mut keys = EventStream::new();
    let mut tick = tokio::time::interval(EACH);
    let mut wanted = route;
    loop {
        terminal.draw(|frame| {
            let size = (frame.area().width, frame.area().height);
            *frame.buffer_mut() = screen::screen(&view, now(), size, look);
        })?;
        tokio::select! {
            key = keys.next() => match key {
                Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                    match view.key(key, now()) {
                        Wish::Quit => return Ok(()),
                        Wish::Nothing => {}
                        Wish::Do(order) => {
                            tasks.spawn(carry_out(gateway.clone(), order, tell.clone()));
                        }
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(e)) => return Err(e),
                None => return Ok(()),
            },
            Some(told) = news.recv() => match told {
                News::Status(status) => {
                    view.hear(status, now());
                    if let Some(name) = wanted.take() {
                        view.go_to(&name);
                    }
                }
                News::History(history) => view.history = Some(history),
                News::Done(order, told) => view.done(&order, told, now()),
            },
            _ = tick.tick() => {}
        }
        while tasks.try_join_next().is_some() {}
    }
}

/// Asks for status and history for as long as somebody looks. A gateway that does not answer is asked again.
async fn ask_on(gateway: Arc<Gateway>, tell: mpsc::Sender<News>) {
    let mut tick = tokio::time::interval(EACH);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for nth in 0u32.. {
        tick.tick().await;
        let mut sent = true;
        if nth.is_multiple_of(HISTORY_EACH)
            && let Some(history) = read(&gateway, "/api/history").await
        {
            sent = tell.send(News::History(history)).await.is_ok();
        }
        if let Some(status) = read(&gateway, "/api/status").await {
            sent = tell.send(News::Status(status)).await.is_ok();
        }
        if !sent {
            return;
        }
    }
}

async fn read(gateway: &Gateway, path: &str) -> Option<Value> {
    let asked = tokio::time::timeout(WITHIN, gateway.get_json(path)).await;
    asked.ok()?.ok().filter(|(code, _)| code.is_success()).map(|(_, value)| value)
}

async fn carry_out(gateway: Arc<Gateway>, order: Order, tell: mpsc::Sender<News>) {
    let body = json!({"id": order.id, "do": order.what.as_str()});
    let told = gateway.post_json("/api/targets", &body).await.and_then(|(code, told)| {
        let message = told.pointer("/error/message").and_then(Value::as_str);
        if code.is_success() {
            Ok(told)
        } else {
            Err(message.map_or_else(|| code.to_string(), str::to_owned))
        }
    });
    // A closed channel means that nobody looks any more.
    let _ = tell.send(News::Done(order, told)).await;
}
