//! What keys do, and what no answer of a gateway may do.

use super::*;

#[test]
fn names_and_words_of_others_cannot_command_the_terminal() {
    let evil = "p/\u{1b}[2J\u{202e}name\r\n\u{9b}1m";
    let mut told =
        status(&[route("ro\u{1b}]0;x\u{7}ute", "lead", Some(evil), &[target(evil, "ready", "4", 1)])]);
    told["routes"][0]["targets"][0]["keys"] = json!([]);
    let mut view = view(told, &[]);
    view.history.as_mut().unwrap()["targets"] =
        json!({evil: {"last_error": {"code": "x", "words": "a\u{1b}[31mb", "at_ms": 0}}});
    for keys in [&[][..], &[KeyCode::Enter], &[KeyCode::Esc, KeyCode::Char('r')]] {
        press(&mut view, keys);
        let seen = lines(&drawn(&view, NOW, (80, 24), PLAIN));
        assert!(!seen.chars().any(|c| c != '\n' && c.is_control() || c == '\u{202e}'), "{seen:?}");
    }
}

#[test]
fn nobody_puts_a_model_to_rest_by_accident() {
    let mut view = view(lead(), &[]);
    assert_eq!(press(&mut view, &[KeyCode::Char('r'), KeyCode::Enter]), Wish::Nothing);
    check_at(
        &view,
        NOW,
        (80, 10),
        PLAIN,
        &expect![[r#"
        handover top  default  ▂▄▆█ Full  on the lead model for 6 min      live, 0 s ago
            TARGET        SIGNAL       STATE             OK %   FIRST  /MIN    TODAY
        > ● claude-sonnet ▂▄▆█ Full    answering           62       –     0    $4.10
          ◇ gpt-5-mini    ▂▄░░ Reduced standby           99.8   0.7 s    31   $0.480
          ◇ qwen3         ▂░░░ Basic   standby            100   1.4 s     0        –
        answers/min ▅▇▃▂▄▅▅▆█▁▃▅▄▅▇▆▂▄▃▅▆▅▇▃▂▄▅ first word ▆▇█▅ ▆▇█▅▅▆▇█ ▅▆▇█▅▅▆▇ ▅▅▆▇█

        Put claude-sonnet to rest? No request is sent there until you use it again. y
        yes n no
        q quit  ? help  ↑↓ select  enter details  t test now  r rest/use  / filter
    "#]],
    );
    assert_eq!(press(&mut view, &[KeyCode::Char('n')]), Wish::Nothing);
    assert_eq!(view.mode, Mode::Table);
    let Wish::Do(order) = press(&mut view, &[KeyCode::Down, KeyCode::Char('r'), KeyCode::Char('y')]) else {
        panic!("a yes is carried out");
    };
    assert_eq!((order.id.as_str(), order.what), (BACKUP, What::Rest));
    view.done(&order, Ok(json!({"id": BACKUP, "is_off": true, "state": "off", "tested": null})), NOW);
    assert_eq!(view.note(NOW), Some("gpt-5-mini is off: no request is sent there."));
    let mut told = lead();
    told["routes"][0]["targets"][1]["is_off"] = json!(true);
    view.hear(told, NOW);
    let Wish::Do(order) = press(&mut view, &[KeyCode::Char('r'), KeyCode::Char('y')]) else {
        panic!("a yes is carried out");
    };
    assert_eq!(order.what, What::Use);
}

#[test]
fn a_test_says_what_came_of_it() {
    let mut view = view(lead(), &[]);
    let Wish::Do(order) = press(&mut view, &[KeyCode::Char('t')]) else { panic!("a test is carried out") };
    assert_eq!((order.id.as_str(), order.what), (LEAD, What::Test));
    let mut check = |told: Result<Value, String>, expected: &str| {
        view.done(&order, told, NOW);
        assert_eq!(view.note(NOW), Some(expected));
    };
    check(
        Ok(json!({"tested": {"ok": true, "first_token_ms": 412}})),
        "claude-sonnet answers: a real token came after 0.4 s.",
    );
    check(
        Ok(json!({"tested": {"ok": false, "code": "key_refused", "words": "refused the API key (401)"}})),
        "claude-sonnet gave no token: refused the API key (401).",
    );
    check(Err("no such target".to_owned()), "The gateway refused: no such target");
    assert_eq!(view.note(NOW + Duration::from_secs(9)), None);
}

#[test]
fn the_filter_finds_a_target_and_escape_shows_all_again() {
    let mut view = view(lead(), &[]);
    press(&mut view, &[KeyCode::Char('/'), KeyCode::Char('Q'), KeyCode::Char('w'), KeyCode::Enter]);
    assert_eq!(view.targets().len(), 1);
    press(&mut view, &[KeyCode::Esc]);
    assert_eq!(view.targets().len(), 3);
    press(&mut view, &[KeyCode::Char('/'), KeyCode::Char('z'), KeyCode::Char('z')]);
    let seen = lines(&drawn(&view, NOW, (80, 24), PLAIN));
    assert!(seen.contains("no target has these letters") && seen.contains("filter: zz"), "{seen}");
}

#[test]
fn what_is_selected_stays_selected_when_the_order_changes() {
    let mut view = view(lead(), &[]);
    press(&mut view, &[KeyCode::End]);
    let mut turned = chain(["ready", "ready", "ready"]);
    turned.reverse();
    view.hear(status(&[route("default", "lead", Some(LEAD), &turned)]), NOW);
    assert_eq!(view.target().unwrap()["id"], LAST);
    view.hear(status(&[route("default", "lead", Some(LEAD), &turned[1..])]), NOW);
    assert!(view.target().is_some());
    view.hear(status(&[]), NOW);
    assert!(view.target().is_none());
    press(&mut view, &[KeyCode::Down, KeyCode::Enter, KeyCode::Char('t'), KeyCode::Char('r'), KeyCode::Tab]);
}

#[test]
fn no_size_and_no_answer_of_a_gateway_breaks_the_screen() {
    let odd = [
        json!({}),
        json!([]),
        json!({"routes": [{}]}),
        json!({"routes": [{"targets": [{}]}]}),
        json!({"routes": [{"name": 1, "targets": [{"id": 7, "tried_again_in_s": -1, "state": "resting"}]}]}),
        lead(),
    ];
    for told in odd {
        for mode in [Mode::Table, Mode::Details, Mode::Help, Mode::Filter] {
            let mut view = view(told.clone(), &switches());
            view.mode = mode;
            for size in [(0, 0), (1, 1), (40, 10), (41, 11), (79, 13), (300, 100)] {
                drawn(&view, NOW + Duration::from_secs(5), size, PLAIN);
            }
        }
    }
}
