//! `handover why`: the story of one request, in words.

mod seams;
mod tell;

use crate::gateway::{Absent, Gateway, Place};
use crate::term::{fail, out};
use http::StatusCode;
use serde_json::Value;
use std::process::ExitCode;
pub(crate) use tell::tell;

/// Arguments of `why`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The request's id, from the header `x-handover-request-id` or the log [default: the latest request]
    id: Option<String>,
    /// Write the story as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: Args) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(why(args)),
        Err(e) => fail(&format!("the runtime could not be started: {e}")),
    }
}

async fn why(args: Args) -> ExitCode {
    let gateway = match args.place.running().await {
        Ok(gateway) => gateway,
        Err(Absent::Unknown(code)) => return code,
        Err(Absent::Silent(why)) => return fail(&why),
    };
    match story(&gateway, args.id.as_deref()).await {
        Ok(story) if args.json => {
            out(&format!("{story:#}\n"));
            ExitCode::SUCCESS
        }
        Ok(story) => {
            out(&tell(&story));
            ExitCode::SUCCESS
        }
        Err(why) => fail(&why),
    }
}

async fn story(gateway: &Gateway, id: Option<&str>) -> Result<Value, String> {
    let Some(id) = id else {
        let (_, list) = gateway.get_json("/api/requests?limit=1").await?;
        let latest = list.pointer("/requests/0").cloned();
        return latest.ok_or_else(|| {
            "no request has ended since the gateway was started\n  help: ask something first, as in `handover chat \"Say hello\"`"
                .to_owned()
        });
    };
    // An id goes into a path, so it must look like one.
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        return Err(format!(
            "`{}` is no request id\n  help: an id looks like req_ and 24 letters and digits",
            id.escape_debug()
        ));
    }
    match gateway.get_json(&format!("/api/requests/{id}")).await? {
        (StatusCode::OK, story) => Ok(story),
        (StatusCode::NOT_FOUND, _) => Err(format!(
            "the gateway at {} does not know the request {id}\n  help: it keeps the last 500 since its start, once they have ended; older ones are in its log",
            gateway.address()
        )),
        (status, told) => {
            let message = told.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
            Err(format!("the gateway at {} answered {status} {message}", gateway.address()))
        }
    }
}
