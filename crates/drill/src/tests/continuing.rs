//! Half-written answers: who is asked to go on, and what comes then.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::client::{ask, body, request, said};
use crate::{AskedBy, Continues, Dialect, Script, Simulator};

const ANSWER: &str =
    "One \"two\" it's (\"four\") five six seven eight nine ten eleven twelve thirteen fourteen.";
const CUT: &str = "One \"two\" it's (\"four\") five six seven eight nine ten eleven twelve thir";

fn turn(role: &str, content: impl Into<Value>) -> Value {
    json!({"role": role, "content": content.into()})
}

fn prefilled(given: &str) -> Value {
    json!([turn("user", "Count"), turn("assistant", given)])
}

fn instructed(given: &str) -> Value {
    json!([turn("user", "Count"), turn("assistant", given), turn("user", "Weiter, bitte.")])
}

/// Status and text of a streamed answer to these messages, and what the simulator says it made of them.
async fn answer(dialect: Dialect, script: Script, change: &Value) -> (u16, String, Option<Continues>) {
    let simulator = Simulator::new(dialect).default(script);
    let mut body = body(dialect, true);
    for (field, value) in change.as_object().unwrap() {
        body[field] = value.clone();
    }
    let (status, stream) = ask(&simulator, request(dialect, &body)).await;
    let seen = simulator.last_request().unwrap();
    assert_eq!(seen.json, body);
    let text = if status == 200 { said(&stream) } else { stream };
    (status, text, seen.continued)
}

#[tokio::test]
async fn a_model_makes_of_a_half_written_answer_what_its_script_says() {
    let expected: Expect = expect![[r#"
        exact: teen fourteen.
        repeats: One "two" it's ("four") five six seven eight nine ten eleven twelve thirteen fourteen.
        restarts: One "two" it's ("four") five six seven eight nine ten eleven twelve thirteen fourteen.
        obeys: ("four") five six seven eight nine ten eleven twelve thirteen fourteen.
        obeys8: six seven eight nine ten eleven twelve thirteen fourteen.
        obeys12: "two" it's ("four") five six seven eight nine ten eleven twelve thirteen fourteen.
        too-much: One "two" it's ("four") five six seven eight nine ten eleven twelve thirteen fourteen.
        too-little: eleven twelve thirteen fourteen.
        writes-on: teen fourteen.
        from-zero: One "two" it's ("four") five six seven eight nine ten eleven twelve thirteen fourteen.
        preamble: Sure, continuing:\n\n("four") five six seven eight nine ten eleven twelve thirteen fourteen.
        quotes: (“four”)\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\nthirteen fourteen.
        language: Bien sûr ! De quelle ville souhaitez-vous connaître la météo d'aujourd'hui, et en quelle unité ?
        declines: I'm sorry, but I can't continue that.
        paraphrase: To put it differently: "two" One ("four") it's six five eight seven ten nine twelve eleven fourteen. thirteen
    "#]];
    let mut table = String::new();
    for way in Continues::ALL.into_iter().filter(|way| *way != Continues::Refuses) {
        let messages = match way.asked_by() {
            AskedBy::Prefill => prefilled(CUT),
            AskedBy::Instruction => instructed(CUT),
        };
        let mut texts = Vec::new();
        for dialect in Dialect::ALL {
            let script = Script::answer(ANSWER).continuing(way);
            let (status, text, made) = answer(dialect, script, &json!({"messages": messages})).await;
            assert_eq!((status, made), (200, Some(way)), "{dialect} {}", way.name());
            texts.push(text);
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "{texts:?}");
        table += &format!("{}: {}\n", way.name(), texts[0].replace('\n', "\\n"));
    }
    expected.assert_eq(&table);
}

#[tokio::test]
async fn a_prefill_gets_what_the_dialects_models_do_with_it() {
    let whole = "one two three";
    let with = |mark: Value| {
        let mut messages = prefilled("one two");
        messages[1].as_object_mut().unwrap().extend(mark.as_object().unwrap().clone());
        json!({"messages": messages})
    };
    let final_message = || {
        let mut change = with(json!({}));
        change["continue_final_message"] = json!(true);
        change["add_generation_prompt"] = json!(false);
        change
    };
    let parts = json!({"content": [{"type": "text", "text": "one"}, {"type": "text", "text": " two"}]});
    for (dialect, change, expected, made) in [
        (Dialect::OpenAi, with(json!({})), whole, Continues::Restarts),
        (Dialect::OpenAi, with(json!({"prefix": true})), whole, Continues::Repeats),
        (Dialect::OpenAi, with(json!({"prefix": false})), whole, Continues::Restarts),
        (Dialect::OpenAi, final_message(), " three", Continues::Exact),
        (Dialect::Anthropic, with(json!({})), " three", Continues::Exact),
        (Dialect::Anthropic, with(parts), " three", Continues::Exact),
        (Dialect::Cohere, with(json!({})), whole, Continues::Restarts),
    ] {
        let seen = answer(dialect, Script::answer(whole), &change).await;
        assert_eq!(seen, (200, expected.to_owned(), Some(made)), "{dialect} {change}");
        let told = answer(dialect, Script::answer(whole).continues(), &change).await;
        assert_eq!(told, (200, " three".to_owned(), Some(Continues::Exact)), "{dialect} {change}");
    }
}

#[tokio::test]
async fn a_target_that_refuses_a_prefill_says_so_in_its_own_words() {
    let bare = || json!({"messages": prefilled("one")});
    let mut prefix = bare();
    prefix["messages"][1]["prefix"] = json!(true);
    let mut final_message = bare();
    final_message["continue_final_message"] = json!(true);
    final_message["add_generation_prompt"] = json!(false);
    let mut both = final_message.clone();
    both["add_generation_prompt"] = json!(true);
    let mut newer = bare();
    newer["model"] = json!("claude-sonnet-4-6");
    let refuses = || Script::answer("one two").continuing(Continues::Refuses);
    let willing = || Script::answer("one two").continues();
    for (dialect, script, change, words) in [
        (Dialect::OpenAi, refuses(), bare(), "prefill is incompatible"),
        (Dialect::OpenAi, refuses(), prefix, "Unknown parameter: 'messages[1].prefix'."),
        (Dialect::OpenAi, refuses(), final_message, "\"param\":\"continue_final_message\""),
        (Dialect::OpenAi, willing(), both, "Cannot set both"),
        (Dialect::Anthropic, refuses(), bare(), "does not support assistant message prefill"),
        (Dialect::Anthropic, willing(), newer, "does not support assistant message prefill"),
        (Dialect::Cohere, refuses(), bare(), "must be a user or tool turn"),
    ] {
        let (status, text, _) = answer(dialect, script, &change).await;
        assert_eq!(status, 400, "{dialect} {change}");
        assert!(text.contains(words), "{text}");
    }
    // Who refuses a prefill can still be told to go on.
    let told = answer(Dialect::OpenAi, refuses(), &json!({"messages": instructed("one")})).await;
    assert_eq!(told, (200, "one two".to_owned(), Some(Continues::Obeys)));
}

#[tokio::test]
async fn only_a_beginning_of_this_answer_is_gone_on_with() {
    let whole = "one two three";
    let parts = json!([{"type": "text", "text": "one "}, {"type": "text", "text": "tw"}]);
    let with_parts = json!([turn("user", "Count"), turn("assistant", parts), turn("user", "Go on")]);
    let three_turns = json!([
        turn("user", "Count"),
        turn("assistant", "one"),
        turn("assistant", "two"),
        turn("user", "Go on")
    ]);
    for (messages, made) in [
        (instructed("o"), Some(Continues::Preamble)),
        (instructed("one two thre"), Some(Continues::Preamble)),
        (with_parts, Some(Continues::Preamble)),
        (instructed("one two three"), None),
        (instructed("two"), None),
        (instructed("One"), None),
        (three_turns, None),
        (json!([turn("user", "Count")]), None),
        (json!([turn("user", "one"), turn("user", "Go on")]), None),
    ] {
        let script = Script::answer(whole).continuing(Continues::Preamble);
        let seen = answer(Dialect::OpenAi, script, &json!({"messages": messages})).await;
        assert_eq!(seen.2, made, "{messages}");
        assert_eq!(seen.1 == whole, made.is_none(), "{messages}");
    }
    // A conversation about something else, and what has no text, are left alone.
    for script in [Script::empty(), Script::tool_call("f", json!({})), Script::refusal("No.")] {
        for messages in [prefilled("one"), instructed("one")] {
            let seen = answer(Dialect::OpenAi, script.clone(), &json!({"messages": messages})).await;
            assert_eq!((seen.0, seen.2), (200, None), "{script} {messages}");
        }
    }
}

#[tokio::test]
async fn an_echo_and_a_sized_answer_go_on_like_any_other() {
    let asked = json!([turn("user", "a b c"), turn("assistant", "a b"), turn("user", "Go on")]);
    let seen = answer(Dialect::Cohere, Script::echo(), &json!({"messages": asked})).await;
    assert_eq!(seen.1, "a b c");
    let sized = Script::answer("a b").tokens(5).continuing(Continues::WritesOn);
    let seen = answer(Dialect::OpenAi, sized, &json!({"messages": instructed("a b a")})).await;
    assert_eq!(seen.1, " b a");
}

#[test]
fn repeated_words_are_counted_whatever_is_between_them() {
    for (given, way, repeated) in [
        ("", Continues::TooLittle, ""),
        ("a", Continues::TooLittle, "a"),
        (" a\n\nb  c\td ", Continues::TooLittle, "b  c\td "),
        ("äö ü — é", Continues::TooLittle, "ü — é"),
        ("彼は東京に", Continues::TooLittle, "東京に"),
        ("Tokyo 東京", Continues::TooLittle, "Tokyo 東京"),
    ] {
        assert_eq!(way.written(&format!("{given}|"), given), format!("{repeated}|"), "{given:?}");
    }
    let long = |from: u32| (from..60).map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    for (way, first) in [
        (Continues::TooLittle, 57),
        (Continues::Obeys8, 52),
        (Continues::Obeys, 50),
        (Continues::Obeys12, 48),
        (Continues::TooMuch, 20),
    ] {
        assert_eq!(way.written(&format!("{} end", long(0)), &long(0)), format!("{} end", long(first)));
    }
}

#[tokio::test]
async fn usage_and_places_count_what_is_really_written() {
    let whole = "one two three four";
    for (way, messages, tokens) in [
        (Continues::Exact, prefilled("one two"), 2),
        (Continues::Repeats, prefilled("one two"), 4),
        (Continues::Obeys, instructed("one two"), 4),
        (Continues::WritesOn, instructed("one two"), 2),
        (Continues::Preamble, instructed("one two"), 6),
    ] {
        let script = Script::answer(whole).continuing(way);
        let simulator = Simulator::new(Dialect::OpenAi).sequence([script.clone(), script.cut_at(1)]);
        let mut body = body(Dialect::OpenAi, false);
        body["messages"] = messages;
        let (_, plain) = ask(&simulator, request(Dialect::OpenAi, &body)).await;
        let plain: Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(plain["usage"]["completion_tokens"], tokens, "{way:?}");
        body["stream"] = json!(true);
        let (_, cut) = ask(&simulator, request(Dialect::OpenAi, &body)).await;
        assert_eq!((said(&cut).split_whitespace().count(), cut.contains("[DONE]")), (1, false), "{way:?}");
        assert_eq!(simulator.last_request().unwrap().tokens, 1);
    }
}

#[tokio::test]
async fn an_answer_ends_where_the_request_limits_it() {
    for dialect in Dialect::ALL {
        let (length, stop) = match dialect {
            Dialect::OpenAi => ("\"length\"", "\"stop\""),
            Dialect::Anthropic => ("\"max_tokens\"", "\"end_turn\""),
            Dialect::Cohere => ("\"MAX_TOKENS\"", "\"COMPLETE\""),
        };
        for (script, limit, text, reason) in [
            ("ok 'a b c'", 2, "a b", length),
            ("ok 'a b c'", 3, "a b c", stop),
            ("ok 'a b c' think='x y'", 3, "a", length),
            ("ok 'a b c' tokens=4", 2, "a b c a", stop),
            ("ok 'a b c' finish=stop", 2, "a b c", stop),
            ("ok 'a b c' continues=exact", 1, " b", length),
        ] {
            let simulator = Simulator::scripted(dialect, script).unwrap();
            for stream in [true, false] {
                let mut body = body(dialect, stream);
                body["max_tokens"] = json!(limit);
                if script.contains("continues") {
                    body["messages"] = prefilled("a");
                }
                let (_, seen) = ask(&simulator, request(dialect, &body)).await;
                assert!(seen.contains(reason), "{dialect} {script}: {seen}");
                let quoted = serde_json::to_string(text).unwrap();
                assert!(
                    if stream { said(&seen) == text } else { seen.contains(&quoted) },
                    "{script}: {seen}"
                );
            }
        }
    }
    let simulator = Simulator::scripted(Dialect::OpenAi, "ok 'a b c'").unwrap();
    let mut body = body(Dialect::OpenAi, true);
    body["max_completion_tokens"] = json!(1);
    assert_eq!(said(&ask(&simulator, request(Dialect::OpenAi, &body)).await.1), "a");
}

#[tokio::test]
async fn a_test_can_read_what_each_request_asked_for() {
    let simulator = Simulator::scripted(Dialect::OpenAi, "ok 'one two' cut@1 then ok 'one two'").unwrap();
    for messages in [json!([turn("user", "Count")]), instructed("one")] {
        let mut body = body(Dialect::OpenAi, true);
        body["messages"] = messages;
        ask(&simulator, request(Dialect::OpenAi, &body)).await;
    }
    let seen = simulator.requests();
    let read: Vec<_> = seen.iter().map(|r| (r.messages().len(), r.last_text(), r.continued)).collect();
    assert_eq!(
        read,
        [(1, "Count".to_owned(), None), (3, "Weiter, bitte.".to_owned(), Some(Continues::Obeys))]
    );
}
