//! The seam of an answer that another model goes on with: every way in which models go on, as a table.
//!
//! Each case is run in several cuts, because the pieces are cut anywhere.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use handover_dialect::seam::{Join, Lost, Seam, anchor};
use std::fmt::Write as _;

#[path = "seam/again.rs"]
mod again;
#[path = "seam/anchored.rs"]
mod anchored;
#[path = "seam/prefill.rs"]
mod prefill;
#[path = "seam/structured.rs"]
mod structured;

/// What the caller has, what the new target writes, and what of it the caller gets.
type Case = (&'static str, &'static str, &'static str, Result<&'static str, Lost>);

/// Pushes `reply` in pieces of `size` characters.
fn run(join: Join, delivered: &str, reply: &str, size: usize) -> Result<String, Lost> {
    let mut seam = Seam::new(join, delivered);
    let mut given = String::new();
    let characters: Vec<char> = reply.chars().collect();
    for piece in characters.chunks(size) {
        let before = given.len();
        let outcome = seam.push(&piece.iter().collect::<String>(), &mut given);
        assert!(outcome.is_ok() || given.is_empty(), "given out and then lost: {given:?}");
        assert!(given.len() == before || seam.is_joined(), "given out before it joined: {given:?}");
        outcome?;
    }
    let nothing_given = given.is_empty();
    let outcome = seam.finish(&mut given);
    assert!(outcome.is_ok() || (nothing_given && given.is_empty()), "given out and then lost: {given:?}");
    if let Err(why) = outcome {
        assert_eq!(seam.push("more", &mut given), Err(why), "a lost place was found again");
        return Err(why);
    }
    Ok(given)
}

fn check(join: Join, cases: &[Case]) {
    let mut wrong = String::new();
    for (name, delivered, reply, expected) in cases {
        for size in [1, 2, 3, 7, usize::MAX] {
            let given = run(join, delivered, reply, size);
            if given.as_deref() != expected.as_deref() {
                writeln!(wrong, "{name} (pieces of {size}):\n  expected {expected:?}\n  but got  {given:?}")
                    .unwrap();
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_a_person_reads_when_an_answer_could_not_go_on() {
    let all = [
        Lost::NoAnchor,
        Lost::Restarted,
        Lost::TooFewWords,
        Lost::Ambiguous,
        Lost::Wrapped,
        Lost::Fenced,
        Lost::WordGoesOn,
        Lost::Nothing,
    ];
    let told: Vec<String> = all.iter().map(|why| format!("gpt-4o {why}")).collect();
    let expected = [
        "gpt-4o did not find the place where the answer had stopped",
        "gpt-4o started the answer over",
        "gpt-4o repeated too few words to tell where the answer had stopped",
        "gpt-4o repeated words that fit more than one place of the answer",
        "gpt-4o put marks of its own around the words where the answer had stopped",
        "gpt-4o put a code fence of its own around the place where the answer had stopped",
        "gpt-4o went on inside a word that was finished",
        "gpt-4o wrote nothing",
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_words_a_target_is_asked_to_repeat_stand_in_the_answer_once() {
    let numbers: Vec<String> = (1..=200).map(|n| format!("word{n}")).collect();
    let long = numbers.join(" ");
    assert_eq!(
        anchor(&long),
        Some("word191 word192 word193 word194 word195 word196 word197 word198 word199 word200")
    );
    assert_eq!(anchor("  only a few words "), Some("only a few words "));
    assert_eq!(anchor(" \n\t"), None);
    assert_eq!(anchor(""), None);
    // Ten words of one letter are too little to be found by.
    let letters = "And now I am going to spell it out for you: a b c d e f g h i j k l m";
    assert_eq!(anchor(letters), Some("for you: a b c d e f g h i j k l m"));
    // A refrain goes back as far as it takes.
    let song = "Oh, the first of the verses is about the sea and the wind. We sing and we sing and we sing it again. \
                Now the second verse speaks of mountains. We sing and we sing and we sing it again.";
    assert_eq!(anchor(song), Some("mountains. We sing and we sing and we sing it again."));
    // The same over and over: nothing tells the last time from the one before.
    assert_eq!(anchor(&"la ".repeat(500)), None);
    assert_eq!(anchor(&"x".repeat(2000)), None);
    // Scripts without spaces have words as well.
    let chinese = "大语言模型是一种人工智能系统,它通过学习大量文本来预测下一个词。这种方法虽然简单,却能产生令人惊讶的能力,比如翻译、总结和编程。";
    let picked = anchor(chinese).unwrap();
    assert!((32..=60).contains(&picked.chars().count()) && chinese.ends_with(picked), "{picked}");
}

#[test]
fn a_long_answer_is_joined_before_a_reader_notices() {
    let answers = [
        "a".repeat(32 * 1024),
        "ab ".repeat(11_000),
        "the same line again and again\n".repeat(1100),
        format!("{}b", "a".repeat(32 * 1024)),
        (0..5000).map(|n| format!("{n} ")).collect(),
    ];
    for delivered in &answers {
        let quoted = format!("\"{delivered}");
        let changed = format!("{delivered} and on").replace("again and", "again, and");
        let twice = format!(" {delivered}\n\n{delivered}");
        let announced = format!("{delivered}\n\nAnd on:\n\n{changed}");
        let behind = format!("1 2 3 {delivered}");
        let blank = format!("{delivered}\n{}", " \n".repeat(10_000));
        for reply in [delivered, &quoted, &changed, &twice, &announced, &behind, &blank] {
            for join in [Join::Prefill, Join::Anchored] {
                let start = std::time::Duration::from_nanos(cpu_time());
                let _ = run(join, delivered, reply, 2);
                let taken = std::time::Duration::from_nanos(cpu_time()).saturating_sub(start);
                // Far above what it takes, far below what anything quadratic would.
                assert!(taken.as_millis() < 100, "{join:?}: {taken:?} for {:?}", reply.get(..20));
            }
        }
    }
}

/// The processor time of this thread in nanoseconds: other tests that run at the same time do not count.
fn cpu_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(0)
}
