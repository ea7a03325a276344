//! `handover status`: one screen, and an exit code for scripts.

use crate::gateway::{Absent, Place};
use crate::term::{out, say};
use crate::units::{human, human_ms};
use handover_policy::Signal;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

/// Exit code: a backup would answer.
const BACKUP: u8 = 1;
/// Exit code: nobody would answer, or no gateway runs.
const NOBODY: u8 = 2;

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write the status as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// For a command that would show the same, live, if somebody looked.
pub(crate) fn run_at(place: Place) -> ExitCode {
    run(Args { json: false, place })
}

pub(crate) fn run(args: Args) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(status(args)),
        Err(e) => nobody(&format!("the runtime could not be started: {e}")),
    }
}

async fn status(args: Args) -> ExitCode {
    let gateway = match args.place.running().await {
        Ok(gateway) => gateway,
        Err(Absent::Unknown(code)) => return code,
        Err(Absent::Silent(why)) => return nobody(&why),
    };
    let status = match gateway.get_json("/api/status").await {
        Ok((code, status)) if code.is_success() => status,
        Ok((code, _)) => return nobody(&format!("the gateway at {} answered {code}", gateway.address())),
        Err(why) => return nobody(&why),
    };
    if args.json {
        out(&format!("{status:#}\n"));
    } else {
        out(&screen(&status, gateway.address()));
    }
    exit_code(&status)
}

/// Without a gateway nobody answers.
fn nobody(why: &str) -> ExitCode {
    say(&format!("error: {why}"));
    ExitCode::from(NOBODY)
}

/// With several routes, the one that is worst off decides.
fn exit_code(status: &Value) -> ExitCode {
    match text(status, "level") {
        "lead" => ExitCode::SUCCESS,
        "backup" => ExitCode::from(BACKUP),
        _ => ExitCode::from(NOBODY),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn screen(status: &Value, address: &str) -> String {
    let mut screen = format!("handover {} at {address}\n", text(status, "version"));
    for route in list(status, "routes") {
        let headline = match text(route, "level") {
            "lead" => "on the lead model",
            "backup" => "running on a backup",
            _ => "no model is known to answer; the one that is free soonest is asked all the same",
        };
        screen.push_str(&format!("\n{}: {headline}\n", text(route, "name")));
        let answering = text(route, "answering");
        let rows: Vec<[String; 5]> =
            list(route, "targets").map(|target| row(target, text(target, "id") == answering)).collect();
        screen.push_str(&table(&rows));
    }
    let hour = status.get("last_hour");
    let tokens = |name| hour.and_then(|h| h.get(name)).and_then(Value::as_u64).unwrap_or(0);
    screen.push_str(&format!(
        "\nlast hour: {} tokens delivered, {} spent on attempts that did not serve\n",
        tokens("delivered_tokens"),
        tokens("wasted_tokens")
    ));
    screen
}

/// A target: mark and state, signal, name, speed, the rest in words.
fn row(target: &Value, is_answering: bool) -> [String; 5] {
    let state = text(target, "state");
    let mark = match state {
        "ready" => "●",
        "resting" => "✕",
        _ => "△",
    };
    let here = if is_answering { "→" } else { " " };
    let seconds = |name| target.get(name).and_then(Value::as_f64).map(Duration::from_secs_f64);
    let wait = seconds("tried_again_in_s").map(|wait| format!(" {}", human(wait))).unwrap_or_default();
    let signal = Signal::parse(text(target, "signal")).unwrap_or(Signal::Unrated);
    let ms = |name| target.get(name).and_then(Value::as_u64).map(human_ms);
    let speed = match (ms("first_token_p50_ms"), ms("first_token_p95_ms")) {
        (Some(p50), Some(p95)) => format!("first token {p50}, p95 {p95}"),
        _ => String::new(),
    };
    let last = seconds("last_answer_s");
    let mut notes =
        vec![last.map_or("no answer yet".to_owned(), |ago| format!("answered {} ago", human(ago)))];
    notes.extend(key_notes(target));
    let diverted = target.get("diverted_share").and_then(Value::as_f64).unwrap_or(0.0);
    if diverted >= 0.005 {
        notes.push(format!("{:.0} % sent elsewhere", diverted * 100.0));
    }
    [
        format!("{here} {mark} {state}{wait}"),
        format!("{} {}", signal.bars(), signal.word()),
        text(target, "id").to_owned(),
        speed,
        notes.join(", "),
    ]
}

/// What is not as usual about a target's keys.
pub(crate) fn key_notes(target: &Value) -> Vec<String> {
    let mut notes = Vec::new();
    let several = list(target, "keys").count() > 1;
    for (number, key) in (1..).zip(list(target, "keys")) {
        let whose = if several { format!("key {number} ") } else { String::new() };
        let in_flight = key.get("in_flight").and_then(Value::as_u64).unwrap_or(0);
        match key.get("limit").and_then(Value::as_u64) {
            Some(limit) if in_flight > 0 => {
                notes.push(format!("{whose}{in_flight} of {limit} answers under way"))
            }
            None if in_flight > 0 => notes.push(format!("{whose}{in_flight} answers under way")),
            Some(_) | None => {}
        }
        if let Some(rests) = key.get("rests_s").and_then(Value::as_f64).filter(|_| several) {
            notes.push(format!("key {number} rests {}", human(Duration::from_secs_f64(rests))));
        }
    }
    notes
}

/// Columns as wide as they must be.
fn table(rows: &[[String; 5]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn status() -> Value {
        json!({
            "version": "0.1.0", "level": "backup",
            "routes": [{"name": "default", "level": "backup", "answering": "b/small", "targets": [
                {"id": "a/large-model", "state": "resting", "tried_again_in_s": 12.4, "signal": "4",
                 "keys": [{"in_flight": 0, "limit": null, "rests_s": 12.4}, {"in_flight": 1, "limit": 8, "rests_s": null}],
                 "diverted_share": 0.31, "last_answer_s": 75.0,
                 "first_token_p50_ms": 412, "first_token_p95_ms": 1800},
                {"id": "b/small", "state": "ready", "tried_again_in_s": null, "signal": "2",
                 "keys": [{"in_flight": 0, "limit": null, "rests_s": null}], "diverted_share": 0.0,
                 "last_answer_s": null, "first_token_p50_ms": null, "first_token_p95_ms": null},
            ]}],
            "last_hour": {"delivered_tokens": 1200, "wasted_tokens": 30},
        })
    }

    #[test]
    fn one_screen_says_who_answers_and_when_the_others_are_tried_again() {
        expect![[r#"
            handover 0.1.0 at 127.0.0.1:4040

            default: running on a backup
              ✕ resting 12 s  ▂▄▆█ Full     a/large-model  first token 0.4 s, p95 1.8 s  answered 75 s ago, key 1 rests 12 s, key 2 1 of 8 answers under way, 31 % sent elsewhere
            → ● ready         ▂▄░░ Reduced  b/small                                      no answer yet

            last hour: 1200 tokens delivered, 30 spent on attempts that did not serve
        "#]]
        .assert_eq(&screen(&status(), "127.0.0.1:4040"));
    }

    #[test]
    fn a_script_learns_from_the_exit_code_whether_users_get_the_lead() {
        let check = |level: &str, expected: ExitCode| {
            let seen = exit_code(&json!({"level": level}));
            assert_eq!(format!("{seen:?}"), format!("{expected:?}"), "{level}");
        };
        check("lead", ExitCode::SUCCESS);
        check("backup", ExitCode::from(1));
        check("none", ExitCode::from(2));
        check("", ExitCode::from(2));
    }
}
