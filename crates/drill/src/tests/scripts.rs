//! The text form.

use expect_test::{Expect, expect};
use serde::Deserialize;
use serde_json::json;

use crate::{At, Continues, ErrorKind, Fault, Finish, Playlist, Script};

#[test]
fn text_means_what_the_builder_says() {
    for (text, script) in [
        ("ok", Script::ok()),
        ("'Hello world'", Script::answer("Hello world")),
        ("ok \"a\\n\\\"b\\\"\" cut@0", Script::answer("a\n\"b\"").cut_at(0)),
        ("echo,burst,crlf", Script::echo().burst().crlf()),
        ("529 retry_after=2", Script::status(529).header("retry-after", "2")),
        ("503 body='{\"a\": 1}'", Script::status(503).body("{\"a\": 1}")),
        ("html", Script::html(502)),
        ("html 520", Script::html(520)),
        ("quota", Script::error(ErrorKind::Quota)),
        ("error_in_200 overloaded", Script::error_in_200(ErrorKind::Overloaded)),
        ("tool get_weather '{\"city\":\"Oslo\"}' stall@2", tool().stall_at(2)),
        ("tool now reset@finish", Script::tool_call("now", json!({})).reset_at(At::Finish)),
        ("silent", Script::silent()),
        ("ok error@3:rate_limited", Script::ok().error_event_at(3, ErrorKind::RateLimited)),
        ("ok error@start", Script::ok().error_event_at(At::Start, ErrorKind::Overloaded)),
        ("ok headers=1.5s first=2m every=10 drip@3=2s", paced()),
        ("ok header:x-a='b c' suffix=-v2", Script::ok().header("x-a", "b c").model_suffix("-v2")),
        ("ok think='Let me see' tokens=52 finish=length", thoughtful()),
        ("ok prompt=1200 group=16", Script::ok().prompt_tokens(1200).group(16)),
        ("ok continues", Script::ok().continues()),
        ("ok continues=exact", Script::ok().continues()),
        ("ok continues=too-much", Script::ok().continuing(Continues::TooMuch)),
        (
            "ok continues=preamble continues=refuses",
            Script::ok().continuing(Continues::Refuses).continuing(Continues::Preamble),
        ),
    ] {
        assert_eq!(text.parse::<Script>().as_ref(), Ok(&script), "{text}");
    }
}

fn tool() -> Script {
    Script::tool_call("get_weather", json!({"city": "Oslo"}))
}

fn paced() -> Script {
    Script::ok().delay_headers(1500).delay_first_token(120_000).between_tokens(10).drip_at(3, 2000)
}

fn thoughtful() -> Script {
    Script::ok().reasoning("Let me see").tokens(52).finish(Finish::Length)
}

#[test]
fn every_script_survives_being_written_and_read() {
    let all_faults = [
        Fault::Cut,
        Fault::Close,
        Fault::Reset,
        Fault::StreamReset,
        Fault::Stall,
        Fault::Error(ErrorKind::Quota),
        Fault::Garbage,
        Fault::Malformed,
        Fault::Duplicate,
        Fault::GoAway,
        Fault::GoAwayNow,
    ];
    let places = [At::Start, At::Token(0), At::Token(7), At::Finish, At::Terminator];
    let shaped = Script::echo()
        .chunk_bytes(3)
        .flush_each()
        .crlf()
        .pings()
        .no_usage()
        .stay_open()
        .duplicate_finish()
        .usage_twice()
        .cut_arguments()
        .no_call_ids()
        .json_instead()
        .gzip_lie()
        .then_close()
        .continues()
        .content_type("text/html; charset=utf-8");
    let mut scripts = vec![
        Script::ok(),
        Script::empty(),
        Script::answer("quotes \" and ' and \\ and\nlines, commas @ = then"),
        Script::refusal("No, \"never\"."),
        tool().and_tool_call("b", json!([1, "x"])).model("other model"),
        paced().one_write(),
        thoughtful(),
        shaped,
        Script::status(418),
        Script::status(503).body("<x>").header("a", "b, c"),
        Script::html(524),
        Script::silent(),
        Script::reset().delay_headers(5),
        Script::close(),
        Script::goaway(),
        all_faults.iter().zip(places.iter().cycle()).fold(Script::ok(), |s, (f, at)| s.fault(*at, *f)),
    ];
    scripts.extend(ErrorKind::ALL.map(Script::error));
    scripts.extend(Continues::ALL.map(|way| Script::ok().continues().continuing(way)));
    scripts.extend(ErrorKind::ALL.map(Script::error_in_200));
    for script in &scripts {
        let text = script.to_string();
        assert_eq!(text.parse::<Script>().as_ref(), Ok(script), "{text}");
    }
    let playlist = Playlist::from(scripts);
    assert_eq!(playlist.to_string().parse(), Ok(playlist));
}

#[test]
fn a_mistake_is_shown_where_it_is_with_what_was_meant() {
    let expected: Expect = expect![[r#"

          column 1: a script is missing; begin with one of ok, echo, empty, json, tool, refusal, html, error_in_200, silent, reset, close, a status or an error
        okay
          column 1: a script cannot begin with "okay"; begin with ok, a status such as 529, or silent
        ok then
          column 8: a script is missing; begin with one of ok, echo, empty, json, tool, refusal, html, error_in_200, silent, reset, close, a status or an error
        ok ct@3
          column 4: unknown word "ct@3"; did you mean "cut@3"?
        ok cut@three
          column 4: "three" is no place; use a number of tokens, start, finish or terminator
        ok cut@3:quota
          column 4: only error@ takes a kind, cut@ does not
        ok error@3:overlaoded
          column 4: unknown error "overlaoded"; did you mean "overloaded"?
        ok every=10ns
          column 4: "10ns" is no time; write 200ms, 1.5s or 2m
        ok token=3
          column 4: unknown word "token=3"; did you mean "tokens"?
        ok crfl
          column 4: unknown word "crfl"; did you mean "crlf"?
        ok cut
          column 4: unknown word "cut"; did you mean "cut@3"?
        ok 'never closed
          column 4: the quote ' is never closed
        ok "\x"
          column 6: \x is no escape; there are \n, \t, \r, \" and \\
        ok status=500
          column 4: status= belongs to an error; an answer has status 200
        ok finish=done
          column 4: unknown finish "done"; use stop, length, tool_calls or content_filter
        42
          column 1: "42" is no status; use a number from 200 to 999, such as 529
        tool
          column 1: a tool call needs a name: tool get_weather '{"city":"Oslo"}'
        tool f 'not json'
          column 6: the arguments of a tool call are no JSON: expected ident at line 1 column 2
        ok header:b(d=1
          column 4: "b(d" with this value is no HTTP header
        ok drip@3
          column 4: a drip needs a time between tokens: drip@3=2s
        ok continues=exat
          column 4: unknown way to continue "exat"; did you mean "exact"?
        ok continues=sometimes
          column 4: unknown way to continue "sometimes"; there are exact, repeats, restarts, refuses, obeys, obeys8, obeys12, too-much, too-little, writes-on, from-zero, preamble, quotes, language, declines, paraphrase
        ok something_else
          column 4: unknown word "something_else"; there are flags such as crlf, settings such as headers=200ms, and faults such as cut@3
        rate_limit
          column 1: a script cannot begin with "rate_limit"; did you mean "rate_limited"?
        529 then 200 then
          column 18: a script is missing; begin with one of ok, echo, empty, json, tool, refusal, html, error_in_200, silent, reset, close, a status or an error
        column 1: one script is wanted here, and "then" makes several
    "#]];
    let mut messages = String::new();
    for text in [
        "",
        "okay",
        "ok then",
        "ok ct@3",
        "ok cut@three",
        "ok cut@3:quota",
        "ok error@3:overlaoded",
        "ok every=10ns",
        "ok token=3",
        "ok crfl",
        "ok cut",
        "ok 'never closed",
        "ok \"\\x\"",
        "ok status=500",
        "ok finish=done",
        "42",
        "tool",
        "tool f 'not json'",
        "ok header:b(d=1",
        "ok drip@3",
        "ok continues=exat",
        "ok continues=sometimes",
        "ok something_else",
        "rate_limit",
        "529 then 200 then",
    ] {
        let error = text.parse::<Playlist>().unwrap_err();
        messages += &format!("{text}\n  {error}\n");
    }
    messages += &format!("{}\n", "ok then ok".parse::<Script>().unwrap_err());
    expected.assert_eq(&messages);
}

#[test]
fn configuration_files_hold_scripts_as_text() {
    #[derive(Deserialize)]
    struct File {
        lead: Playlist,
        backup: Script,
    }
    let file: File = toml::from_str("lead = \"529 then ok\"\nbackup = \"silent\"").unwrap();
    assert_eq!(file.lead, [Script::status(529), Script::ok()].into());
    assert_eq!(file.backup, Script::silent());
    assert_eq!(serde_json::to_value(&file.lead).unwrap(), json!("529 then ok \"Hello from the simulator.\""));
    let error = toml::from_str::<File>("lead = \"okk\"\nbackup = \"ok\"").err().unwrap().to_string();
    assert!(error.contains("did you mean \"ok\"?"), "{error}");
}
