//! Screens as people see them, and what keys do.

#[path = "key_tests.rs"]
mod keys;

use super::page::Look;
use super::screen::screen;
use super::view::{Mode, View, What, Wish};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use expect_test::{Expect, expect};
use ratatui::backend::TestBackend;
use ratatui::style::Modifier;
use ratatui::{Terminal, buffer::Buffer};
use serde_json::{Value, json};
use std::time::Duration;

/// 2026-11-22, 14:07:40 UTC.
const AT_MS: u64 = 1_795_356_460_000;
const NOW: Duration = Duration::from_secs(100);
const PLAIN: Look = Look { ascii: false, colour: false };

fn target(id: &str, state: &str, signal: &str, place: u64) -> Value {
    let (provider, model) = id.split_once('/').unwrap();
    json!({
        "id": id, "provider": provider, "model": model, "place": place, "of": 3, "state": state, "is_off": false,
        "slow": false, "tried_again_in_s": (state == "resting").then_some(24.4), "signal": signal,
        "keys": [{"in_flight": 2, "limit": null, "rests_s": null}], "diverted_share": 0.0, "last_answer_s": 4.0,
        "first_token_p50_ms": 412, "first_token_p95_ms": 700, "price": {"input": 0.15, "output": 0.6},
    })
}

fn route(name: &str, level: &str, answering: Option<&str>, targets: &[Value]) -> Value {
    json!({"name": name, "level": level, "answering": answering, "since_ms": AT_MS - 340_000, "failed_since": 0,
           "targets": targets})
}

fn status(routes: &[Value]) -> Value {
    json!({"version": "0.1.0", "at_ms": AT_MS, "currency": "USD", "routes": routes})
}

const LEAD: &str = "anthropic/claude-sonnet";
const BACKUP: &str = "azure/gpt-5-mini";
const LAST: &str = "ollama/qwen3";

fn chain(states: [&str; 3]) -> Vec<Value> {
    vec![target(LEAD, states[0], "4", 1), target(BACKUP, states[1], "2", 2), target(LAST, states[2], "1", 3)]
}

fn lead() -> Value {
    status(&[route("default", "lead", Some(LEAD), &chain(["ready", "ready", "ready"]))])
}

fn backup() -> Value {
    status(&[route("default", "backup", Some(BACKUP), &chain(["resting", "ready", "ready"]))])
}

fn switch(before_s: u64, from: &str, to: &str, reason: &str, when: &str, added_ms: u64) -> Value {
    let how = (when == "mid_answer").then_some("prefill");
    json!({"at_ms": AT_MS - before_s * 1000, "route": "default", "from": from, "to": to, "reason": reason,
           "words": "", "when": when, "how": how, "added_ms": added_ms, "request_id": "req_1"})
}

fn history(switches: &[Value]) -> Value {
    let minute = |n: u64| json!({"4": n % 7, "3": 0, "2": n % 3, "1": 0, "unrated": 0, "failed": 1});
    let past = |success: Option<f64>, p95: Option<u64>, per_minute: u64, cost: Option<f64>| {
        json!({"beats": vec![[7, 1, 0]; 30], "success": success, "first_token_p95_ms": p95,
               "per_minute": per_minute, "cost_today": cost,
               "last_error": {"code": "overloaded", "words": "overloaded (529)", "at_ms": AT_MS - 40_000},
               "first_token_p95": (0..60).map(|n| (n % 9 != 0).then_some(400 + n % 5 * 100)).collect::<Vec<_>>()})
    };
    json!({
        "at_ms": AT_MS, "currency": "USD", "switches": switches,
        "answers": (0..60).map(minute).collect::<Vec<_>>(), "cost": vec![Value::Null; 60],
        "targets": {LEAD: past(Some(0.62), None, 0, Some(4.1)), BACKUP: past(Some(0.998), Some(700), 31, Some(0.48)),
                    LAST: past(Some(1.0), Some(1400), 0, None)},
    })
}

fn view(status: Value, switches: &[Value]) -> View {
    let mut view = View { address: "127.0.0.1:4040".to_owned(), ..View::default() };
    view.history = Some(history(switches));
    view.hear(status, NOW);
    view
}

/// The screen, as a terminal has it after a draw.
fn drawn(view: &View, now: Duration, size: (u16, u16), look: Look) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| *frame.buffer_mut() = screen(view, now, size, look)).unwrap();
    terminal.backend().buffer().clone()
}

fn lines(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let cells: Vec<&str> = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    let lines: Vec<String> = cells.chunks(width).map(|line| line.concat().trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

fn check_at(view: &View, now: Duration, size: (u16, u16), look: Look, expected: &Expect) {
    expected.assert_eq(&lines(&drawn(view, now, size, look)));
}

fn check(view: &View, expected: &Expect) {
    check_at(view, NOW, (80, 24), PLAIN, expected);
}

fn switches() -> Vec<Value> {
    vec![
        switch(9, LEAD, BACKUP, "connection_reset", "mid_answer", 1200),
        switch(148, LEAD, BACKUP, "overloaded", "before_first_word", 3100),
    ]
}

#[test]
fn on_a_good_day_it_says_so_in_one_line() {
    check(
        &view(lead(), &[]),
        &expect![[r#"
        handover top  default  ▂▄▆█ Full  on the lead model for 6 min      live, 0 s ago

            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ● claude-sonnet ▂▄▆█ Full    answering           62       –     0    $4.10
          ◇ gpt-5-mini    ▂▄░░ Reduced standby           99.8   0.7 s    31   $0.480
          ◇ qwen3         ▂░░░ Basic   standby            100   1.4 s     0        –

        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word ▆▇█▅ ▆▇█▅▅▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        no hand-overs since the gateway started













        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
}

#[test]
fn on_a_backup_it_says_since_when_and_when_the_lead_is_tried_again() {
    check(
        &view(backup(), &switches()[1..]),
        &expect![[r#"
        default  ▂▄░░ Reduced  running on a backup for 6 min               live, 0 s ago

            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ✕ claude-sonnet ▂▄▆█ Full    resting 24 s        62       –     0    $4.10
          ● gpt-5-mini    ▂▄░░ Reduced answering         99.8   0.7 s    31   $0.480
          ◇ qwen3         ▂░░░ Basic   standby            100   1.4 s     0        –

        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word ▆▇█▅ ▆▇█▅▅▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        recent hand-overs, times in UTC
        14:05:12  claude-sonnet → gpt-5-mini  overloaded  before first word  +3.1 s












        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
}

#[test]
fn a_hand_over_just_now_stands_at_the_top_of_its_list() {
    check(
        &view(backup(), &switches()),
        &expect![[r#"
        default  ▂▄░░ Reduced  running on a backup for 6 min               live, 0 s ago

            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ✕ claude-sonnet ▂▄▆█ Full    resting 24 s        62       –     0    $4.10
          ● gpt-5-mini    ▂▄░░ Reduced answering         99.8   0.7 s    31   $0.480
          ◇ qwen3         ▂░░░ Basic   standby            100   1.4 s     0        –

        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word ▆▇█▅ ▆▇█▅▅▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        recent hand-overs, times in UTC
        14:07:31  claude-sonnet → gpt-5-mini  not reachable  mid-answer  +1.2 s
        14:05:12  claude-sonnet → gpt-5-mini  overloaded  before first word  +3.1 s











        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
}

#[test]
fn when_nobody_can_answer_it_does_not_look_like_a_good_day() {
    let mut nobody = status(&[route("default", "none", None, &chain(["resting", "resting", "testing"]))]);
    nobody["routes"][0]["failed_since"] = json!(3);
    check(
        &view(nobody, &switches()),
        &expect![[r#"
        default  ░░░░ No signal  no model can answer for 6 min             live, 0 s ago
        3 answers have failed since.

            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ✕ claude-sonnet ▂▄▆█ Full    resting 24 s        62       –     0    $4.10
          ✕ gpt-5-mini    ▂▄░░ Reduced resting 24 s      99.8   0.7 s    31   $0.480
          △ qwen3         ▂░░░ Basic   testing            100   1.4 s     0        –

        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word

        recent hand-overs, times in UTC
        14:07:31  claude-sonnet → gpt-5-mini  not reachable  mid-answer  +1.2 s
        14:05:12  claude-sonnet → gpt-5-mini  overloaded  before first word  +3.1 s










        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
}

#[test]
fn old_numbers_are_not_taken_for_new_ones() {
    let view = view(backup(), &switches()[1..]);
    let late = NOW + Duration::from_secs(7);
    check_at(
        &view,
        late,
        (80, 14),
        PLAIN,
        &expect![[r#"
        default  ▂▄░░ Reduced  running on a backup for 6 min
                                                      no answer for 7 s, numbers are old

            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ✕ claude-sonnet ▂▄▆█ Full    resting 17 s        62       –     0    $4.10
          ● gpt-5-mini    ▂▄░░ Reduced answering         99.8   0.7 s    31   $0.480
          ◇ qwen3         ▂░░░ Basic   standby            100   1.4 s     0        –

        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word ▆▇█▅ ▆▇█▅▅▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        recent hand-overs, times in UTC
        14:05:12  claude-sonnet → gpt-5-mini  overloaded  before first word  +3.1 s

        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
    let buffer = drawn(&view, late, (80, 14), PLAIN);
    let is_dim = |y: u16| buffer[(78, y)].modifier.contains(Modifier::DIM);
    assert!(!is_dim(1), "the sentence about the age is the one thing that is new");
    assert!((0..14).filter(|y| *y != 1).all(is_dim));
    assert!(!view.is_stale(NOW + Duration::from_secs(2)));
}

#[test]
fn it_comes_back_by_itself() {
    let mut view = view(backup(), &[]);
    let late = NOW + Duration::from_secs(7);
    assert!(view.is_stale(late));
    view.hear(lead(), late);
    assert!(!view.is_stale(late));
}

#[test]
fn one_target_is_told_with_all_that_is_known_of_it() {
    let mut view = view(backup(), &switches());
    press(&mut view, &[KeyCode::Enter]);
    check(
        &view,
        &expect![[r#"
            default  ▂▄░░ Reduced  running on a backup for 6 min               live, 0 s ago

            claude-sonnet · anthropic (lead)
            Signal       ▂▄▆█ Full: the lead, or its equal
            State        ✕ resting 24 s
            Last 30 min  210 answered, 30 failed, 0 slow, 62 % OK
            First word   half within 0.4 s, 95 of 100 within 0.7 s
            Cost today   $4.10
            Price        $0.150 in, $0.600 out per million tokens
            Last error   overloaded (529), 40 s ago
            Keys         2 answers under way
            Last answer  4 s ago











            esc back  q quit  ↑↓ other target  t test now  r rest/use
        "#]],
    );
    check_at(
        &view,
        NOW,
        (40, 16),
        PLAIN,
        &expect![[r#"
        default  ▂▄░░ Reduced
        running on a backup for 6 min
                                   live, 0 s ago

        claude-sonnet · anthropic (lead)
        Signal       ▂▄▆█ Full: the lead, or its
                     equal
        State        ✕ resting 24 s
        Last 30 min  210 answered, 30 failed, 0
                     slow, 62 % OK
        First word   half within 0.4 s, 95 of
                     100 within 0.7 s
        Cost today   $4.10
        Price        $0.150 in, $0.600 out per
                     million tokens
        esc back  q quit  ↑↓ other target
    "#]],
    );
}

#[test]
fn with_several_routes_the_current_one_is_marked_without_colour() {
    let mut view = view(
        status(&[
            route("default", "lead", Some(LEAD), &chain(["ready", "ready", "ready"])),
            route("fast", "backup", Some(BACKUP), &chain(["resting", "ready", "ready"])),
            route("cheap", "none", None, &[target(LAST, "resting", "4", 1)]),
        ]),
        &[],
    );
    press(&mut view, &[KeyCode::Tab]);
    check_at(
        &view,
        NOW,
        (80, 16),
        PLAIN,
        &expect![[r#"
        handover top  fast  ▂▄░░ Reduced  running on a backup for 6 min    live, 0 s ago
        3 routes:  ● default  [△ fast]  ✕ cheap

            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ✕ claude-sonnet ▂▄▆█ Full    resting 24 s        62       –     0    $4.10
          ● gpt-5-mini    ▂▄░░ Reduced answering         99.8   0.7 s    31   $0.480
          ◇ qwen3         ▂░░░ Basic   standby            100   1.4 s     0        –

        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word ▆▇█▅ ▆▇█▅▅▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        no hand-overs since the gateway started




        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
    press(&mut view, &[KeyCode::Tab]);
    assert_eq!(view.route, 2);
    press(&mut view, &[KeyCode::Tab]);
    assert_eq!(view.route, 0);
}

#[test]
fn sixty_targets_scroll_and_the_selected_one_is_seen() {
    let many: Vec<Value> = (1..=60).map(|n| target(&format!("p/model-{n}"), "ready", "3", n)).collect();
    let mut view = view(status(&[route("default", "lead", Some("p/model-1"), &many)]), &switches());
    press(&mut view, &[KeyCode::PageDown, KeyCode::PageDown, KeyCode::PageDown, KeyCode::Down]);
    check(
        &view,
        &expect![[r#"
        handover top  default  ▂▄▆░ Good  on the lead model for 6 min      live, 0 s ago

            TARGET   SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
          ◇ model-25 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-26 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-27 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-28 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-29 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-30 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-31 ▂▄▆░ Good    standby              –       –     –        –
        > ◇ model-32 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-33 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-34 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-35 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-36 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-37 ▂▄▆░ Good    standby              –       –     –        –
          ◇ model-38 ▂▄▆░ Good    standby              –       –     –        –
            24 more above, 22 more below

        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word

        recent hand-overs, times in UTC
        14:07:31  claude-sonnet → gpt-5-mini  not reachable  mid-answer  +1.2 s
        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
    for (key, expected) in [(KeyCode::End, "> ◇ model-60"), (KeyCode::Home, "> ● model-1 ")] {
        press(&mut view, &[key]);
        let seen = lines(&drawn(&view, NOW, (80, 24), PLAIN));
        assert!(seen.contains(expected), "{seen}");
    }
}

#[test]
fn a_narrow_window_keeps_who_answers_and_how() {
    let narrow = view(backup(), &switches());
    check_at(
        &narrow,
        NOW,
        (40, 10),
        PLAIN,
        &expect![[r#"
        default  ▂▄░░ Reduced
        running on a backup for 6 min
                                   live, 0 s ago
            TARGET   SIGNAL       STATE
        > ✕ claude-… ▂▄▆█ Full    resting 24 s
          ● gpt-5-m… ▂▄░░ Reduced answering
          ◇ qwen3    ▂░░░ Basic   standby
        answers/min ▇▆█▃▂▄▆ first word ▆▇ ▅▅▆▇█

        q quit  ? help  ↑↓ select  enter details
    "#]],
    );
    check_at(
        &narrow,
        NOW,
        (39, 9),
        PLAIN,
        &expect![[r#"
        This window is too small. 40 columns
        and 10 lines are needed.







    "#]],
    );
    check_at(
        &narrow,
        NOW,
        (60, 12),
        PLAIN,
        &expect![[r#"
        default  ▂▄░░ Reduced  running on a backup for 6 min
                                                       live, 0 s ago
            TARGET        SIGNAL       STATE             OK %
        > ✕ claude-sonnet ▂▄▆█ Full    resting 24 s        62
          ● gpt-5-mini    ▂▄░░ Reduced answering         99.8
          ◇ qwen3         ▂░░░ Basic   standby            100

        answers/min ▃▅▄▆█▇▂▄▃▅▇▆█▃▂▄▆ first word ▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        recent hand-overs, times in UTC
        14:07:31  claude-sonnet → gpt-5-mini  not reachable  +1.2 s
        q quit  ? help  ↑↓ select  enter details  t test now
    "#]],
    );
}

#[test]
fn a_wide_window_is_used() {
    check_at(
        &view(backup(), &switches()),
        NOW,
        (120, 12),
        PLAIN,
        &expect![[r#"
        handover top  default  ▂▄░░ Reduced  running on a backup for 6 min                                         live, 0 s ago
            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ✕ claude-sonnet ▂▄▆█ Full    resting 24 s        62       –     0    $4.10
          ● gpt-5-mini    ▂▄░░ Reduced answering         99.8   0.7 s    31   $0.480
          ◇ qwen3         ▂░░░ Basic   standby            100   1.4 s     0        –

        answers/min ▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word ▆▇█▅▅▆ █▅▅▆▇█▅▅ ▇█▅▅▆▇█▅ ▆▇█▅▅▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        recent hand-overs, times in UTC
        14:07:31  claude-sonnet → gpt-5-mini  not reachable  mid-answer, continued  +1.2 s
        14:05:12  claude-sonnet → gpt-5-mini  overloaded  before first word  +3.1 s
        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
}

#[test]
fn a_terminal_without_unicode_shows_the_same_in_ascii() {
    let look = Look { ascii: true, colour: false };
    let view = view(backup(), &switches());
    let seen = lines(&drawn(&view, NOW, (80, 14), look));
    assert!(seen.is_ascii(), "{seen}");
    check_at(
        &view,
        NOW,
        (80, 14),
        look,
        &expect![[r#"
        default  ||.. Reduced  running on a backup for 6 min               live, 0 s ago

            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > x claude-sonnet |||| Full    resting 24 s        62       -     0    $4.10
          * gpt-5-mini    ||.. Reduced answering         99.8   0.7 s    31   $0.480
          - qwen3         |... Basic   standby            100   1.4 s     0        -

        answers/min =*,.-==+#_,=-=*+.-,=+=*,.-= first word +*#= +*#==+*# =+*#==+* ==+*#

        recent hand-overs, times in UTC
        14:07:31  claude-sonnet -> gpt-5-mini  not reachable  mid-answer  +1.2 s
        14:05:12  claude-sonnet -> gpt-5-mini  overloaded  before first word  +3.1 s

        q quit  ? help  updown select  enter details  t test now  r rest/use  / filter
    "#]],
    );
}

#[test]
fn before_the_first_answer_it_says_whom_it_waits_for() {
    let view = View { address: "127.0.0.1:4040".to_owned(), ..View::default() };
    check_at(
        &view,
        NOW,
        (80, 10),
        PLAIN,
        &expect![[r#"
        handover top
        waiting for the gateway at 127.0.0.1:4040







        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
}

#[test]
fn without_colour_there_is_none() {
    let coloured = |look| {
        let buffer = drawn(&view(backup(), &switches()), NOW, (80, 24), look);
        buffer.content().iter().filter(|cell| cell.fg != ratatui::style::Color::Reset).count()
    };
    assert_eq!(coloured(PLAIN), 0);
    assert!(coloured(Look { ascii: false, colour: true }) > 0);
}

fn press(view: &mut View, keys: &[KeyCode]) -> Wish {
    let mut last = Wish::Nothing;
    for key in keys {
        last = view.key(KeyEvent::new(*key, KeyModifiers::NONE), NOW);
    }
    last
}
