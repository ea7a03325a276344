//! `handover status`: one screen, and an exit code for scripts.

use crate::gateway::{Absent, Place};
use crate::term::{ascii, clean_name, is_dumb, out, say};
use crate::units::calm_ms;
use crate::words::top::{self, details};
use crate::words::{self, State, wrapped};
use handover_config::SystemEnv;
use handover_policy::Signal;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

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
        let screen = screen(&status, gateway.address());
        out(&if is_dumb(&SystemEnv) { ascii(&screen) } else { screen });
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

/// No line is longer, so that the screen fits a terminal of the usual width.
const WIDTH: usize = 80;
/// What is told of a target stands below it, so far in.
const INDENT: usize = 8;

fn screen(status: &Value, address: &str) -> String {
    let mut screen = format!("handover {} at {address}\n", clean_name(text(status, "version")));
    for route in list(status, "routes") {
        let number = |value: &Value, name| value.get(name).and_then(Value::as_u64);
        let since = number(route, "since_ms").zip(number(status, "at_ms"));
        let since = since.map(|(since, now)| top::for_time(now.saturating_sub(since)));
        let headline = words::level_sentence(text(route, "level"), since.as_deref().map(str::trim));
        let name = clean_name(text(route, "name"));
        screen.push('\n');
        let told = format!("{name}: {headline}");
        for (nth, line) in wrapped(&told, WIDTH - 2).iter().enumerate() {
            screen.push_str(&format!("{}{line}\n", if nth > 0 { "  " } else { "" }));
        }
        let rows: Vec<Row> = list(route, "targets").map(|target| row(target, route)).collect();
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

/// A target: what stands in columns, and what is told below.
#[derive(Debug)]
struct Row {
    state: String,
    signal: String,
    id: String,
    notes: String,
}

fn row(target: &Value, route: &Value) -> Row {
    let state = State::of(target, route);
    let here = if words::is_answering(target, route) { "→" } else { " " };
    let ms = |name| target.get(name).and_then(Value::as_f64).and_then(milliseconds);
    let wait = ms("tried_again_in_s").filter(|_| state == State::Resting).map(calm_ms);
    let wait = wait.map(|wait| format!(" {wait}")).unwrap_or_default();
    let (bars, word) = words::signal(Some(Signal::parse(text(target, "signal")).unwrap_or(Signal::Unrated)));
    let whole = |name| target.get(name).and_then(Value::as_u64);
    let mut notes = Vec::new();
    if let (Some(p50), Some(p95)) = (whole("first_token_p50_ms"), whole("first_token_p95_ms")) {
        notes.push(format!("{}: {}", top::FIRST_WORD, details::first_word(p50, p95)));
    }
    notes.push(ms("last_answer_s").map_or_else(details::no_answer_yet, details::answered));
    notes.extend(key_notes(target));
    let diverted = target.get("diverted_share").and_then(Value::as_f64).unwrap_or(0.0);
    if diverted >= 0.005 {
        notes.push(details::diverted(diverted * 100.0));
    }
    Row {
        state: format!("{here} {} {}{wait}", state.mark(), state.word()),
        signal: format!("{bars} {word}"),
        id: clean_name(text(target, "id")),
        notes: notes.join("; "),
    }
}

/// Seconds as the gateway tells them.
pub(crate) fn milliseconds(seconds: f64) -> Option<u64> {
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    u64::try_from(time.as_millis()).ok()
}

/// What is not as usual about a target's keys.
pub(crate) fn key_notes(target: &Value) -> Vec<String> {
    let mut notes = Vec::new();
    let several = list(target, "keys").count() > 1;
    for (number, key) in (1..).zip(list(target, "keys")) {
        let whose = if several { details::key(number) } else { String::new() };
        let in_flight = key.get("in_flight").and_then(Value::as_u64).unwrap_or(0);
        if in_flight > 0 {
            notes.push(details::under_way(&whose, in_flight, key.get("limit").and_then(Value::as_u64)));
        }
        let rests = key.get("rests_s").and_then(Value::as_f64).and_then(milliseconds);
        notes.extend(rests.filter(|_| several).map(|ms| details::key_rests(number, ms)));
    }
    notes
}

/// Columns as wide as they must be; what is told of a target below it.
fn table(rows: &[Row]) -> String {
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).width()).max().unwrap_or(0);
    let (state, signal) = (widest(|row| &row.state), widest(|row| &row.signal));
    let padded = |text: &str, width: usize| format!("{text}{}", " ".repeat(width - text.width()));
    let mut text = String::new();
    for row in rows {
        let head = format!("  {}  {}  ", padded(&row.state, state), padded(&row.signal, signal));
        // A name that is too long for the line has the next ones.
        let mut names = wrapped(&row.id, WIDTH.saturating_sub(head.width()).max(20)).into_iter();
        text.push_str(&format!("{head}{}\n", names.next().unwrap_or_default()));
        let told = names.map(|rest| format!("{}{rest}", " ".repeat(head.width())));
        let notes = wrapped(&row.notes, WIDTH - INDENT).into_iter();
        for line in told.chain(notes.map(|note| format!("{}{note}", " ".repeat(INDENT)))) {
            text.push_str(&format!("{line}\n"));
        }
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
            "version": "0.1.0", "level": "backup", "at_ms": 1_000_000,
            "routes": [{"name": "default", "level": "backup", "since_ms": 660_000, "answering": "b/small", "targets": [
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
        let screen = screen(&status(), "127.0.0.1:4040");
        expect![[r#"
            handover 0.1.0 at 127.0.0.1:4040

            default: running on a backup for 6 min
                ✕ resting 12 s  ▂▄▆█ Full     a/large-model
                    first word: half within 0.4 s, 95 of 100 within 1.8 s; answered 75 s
                    ago; key 1 rests 12 s; key 2: 1 of 8 answers under way; 31 % sent
                    elsewhere
              → ● answering     ▂▄░░ Reduced  b/small
                    no answer yet

            last hour: 1200 tokens delivered, 30 spent on attempts that did not serve
        "#]]
        .assert_eq(&screen);
    }

    #[test]
    fn how_long_nobody_answers_is_not_read_as_how_long_one_is_asked() {
        let mut told = status();
        told["routes"][0]["level"] = json!("none");
        let screen = screen(&told, "127.0.0.1:4040");
        expect![[r#"
            default: no model has been known to answer for 6 min; the one that is free
              soonest is asked all the same"#]]
        .assert_eq(&screen.lines().skip(2).take(2).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut told = status();
        told["routes"][0]["name"] = json!("a-route-with-a-name-that-goes-on-and-on-and-on-and-on-and-on");
        told["routes"][0]["level"] = json!("none");
        told["routes"][0]["targets"][0]["id"] = json!(format!("provider/{}", "long-model-name-".repeat(9)));
        let screen = screen(&told, "127.0.0.1:4040");
        let widest = screen.lines().map(UnicodeWidthStr::width).max();
        assert!(widest <= Some(80), "{screen}");
        assert!(screen.contains("long-model-name-"), "{screen}");
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
