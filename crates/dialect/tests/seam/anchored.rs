//! Targets that were asked to repeat the last words first.

use super::{Case, Join, Lost, check};

const FOX: &str = "Foxes are small, shy animals that live in woods and towns. One evening last week, to the \
                   surprise of all, the quick brown fox jumped over the lazy dog and";

#[test]
fn repeated_words_are_not_shown_twice() {
    let cases: &[Case] = &[
        ("8 words", FOX, "brown fox jumped over the lazy dog and ran away.", Ok(" ran away.")),
        ("10 words", FOX, "the quick brown fox jumped over the lazy dog and ran away.", Ok(" ran away.")),
        ("12 words", FOX, "of all, the quick brown fox jumped over the lazy dog and ran.", Ok(" ran.")),
        (
            "20 words",
            FOX,
            "One evening last week, to the surprise of all, the quick brown fox jumped over the lazy dog and ran.",
            Ok(" ran."),
        ),
        (
            "a paragraph",
            "# Foxes\n\nA first paragraph.\n\nThe second tells of a fox that lives in the woods, and it",
            "The second tells of a fox that lives in the woods, and it is red.\n\nA third.",
            Ok(" is red.\n\nA third."),
        ),
        (
            "all of it, from zero",
            FOX,
            "Foxes are small, shy animals that live in woods and towns. One evening last week, to the surprise of \
             all, the quick brown fox jumped over the lazy dog and ran.",
            Ok(" ran."),
        ),
        ("fewer words than asked, 32 letters", FOX, "fox jumped over the lazy dog and went", Ok(" went")),
        ("8 short words", "The song: it is as I am if he so", "it is as I am if he so is", Ok(" is")),
        ("all of a short answer", "The quick", "The quick brown fox", Ok(" brown fox")),
        ("all of an answer of one letter", "T", "The quick", Ok("he quick")),
        ("nothing but the words", FOX, "the quick brown fox jumped over the lazy dog and", Ok("")),
        ("white space in front", FOX, " \n the quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        ("an ellipsis in front", FOX, "... the quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        ("an ellipsis character", FOX, "…the quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        (
            "what comes next begins like the words",
            FOX,
            "the quick brown fox jumped over the lazy dog and the quick brown fox sat",
            Ok(" the quick brown fox sat"),
        ),
        (
            "a first word that differs",
            FOX,
            "that quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn a_preamble_is_never_shown() {
    let cases: &[Case] = &[
        (
            "a colon",
            FOX,
            "Sure, continuing: the quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        ("a line", FOX, "Here it goes\nthe quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        ("a sentence", FOX, "Of course! The quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        ("one word", FOX, "Okay the quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        ("emphasis", FOX, "**Continuing:** the quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        (
            "German",
            FOX,
            "Gerne, hier geht es weiter:\n\nthe quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "French",
            FOX,
            "Bien sûr ! Je continue : the quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "Chinese",
            "狐狸是一种聪明的动物,住在森林里。一天晚上,那只敏捷的棕色狐狸跳过了懒狗,然后它很快地跑进了黑暗的森林深处,再也没有",
            "好的，继续：一天晚上,那只敏捷的棕色狐狸跳过了懒狗,然后它很快地跑进了黑暗的森林深处,再也没有回来。",
            Ok("回来。"),
        ),
        (
            "Russian",
            FOX,
            "Конечно, продолжаю: the quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "then all from zero",
            "Foxes live in woods and towns",
            "Sure:\nFoxes live in woods and towns and fields",
            Ok(" and fields"),
        ),
        (
            "quoted, then not",
            FOX,
            "You stopped at \"the quick brown fox jumped over the lazy dog and\". Going on: the quick brown fox \
             jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "begun in quotes, and the same words again in its text",
            FOX,
            "\"The quick brown fox jumped over the lazy dog and ran. \"Stop!\" cried all.\n\nThe quick brown fox jumped \
             over the lazy dog and laughed.",
            Err(Lost::Wrapped),
        ),
        (
            "a line quoted before",
            FOX,
            "From \"where it stopped\"\n\nbrown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "the words end a line",
            FOX,
            "Sure:\n\nthe quick brown fox jumped over the lazy dog and\nran away",
            Ok("\nran away"),
        ),
        (
            "the words end a sentence of a telling",
            FOX,
            "It ended: the quick brown fox jumped over the lazy dog and. I go on: the quick brown fox jumped over \
             the lazy dog and ran",
            Err(Lost::Ambiguous),
        ),
        (
            "talked about",
            FOX,
            "I will go on from the quick brown fox jumped over the lazy dog and then some",
            Err(Lost::NoAnchor),
        ),
        ("too short an answer to be looked for", "A fox", "Sure: a fox ran", Err(Lost::NoAnchor)),
        ("a short answer of four words", "A fox ran over", "Sure: a fox ran over me", Ok(" me")),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn words_in_other_marks_or_spaces_are_found() {
    let quoted = "The old man looked up at me and said: \"I don't think it's the same river - it never was...\" and then";
    let cases: &[Case] = &[
        (
            "curly quotes and dashes",
            quoted,
            "said: “I don’t think it’s the same river — it never was…” and then he left.",
            Ok(" he left."),
        ),
        (
            "German quotes",
            quoted,
            "said: „I don‘t think it‚s the same river – it never was...“ and then he left.",
            Ok(" he left."),
        ),
        (
            "guillemets without spaces",
            quoted,
            "said: «I don't think it's the same river − it never was…» and then he left.",
            Ok(" he left."),
        ),
        (
            "no-break spaces",
            FOX,
            "the quick\u{a0}brown fox jumped\u{202f}over the lazy dog and\u{a0}ran",
            Ok("\u{a0}ran"),
        ),
        ("line ends for spaces", FOX, "the quick brown\nfox jumped over\nthe lazy dog and ran", Ok(" ran")),
        ("two spaces", FOX, "the  quick  brown  fox  jumped  over  the lazy dog and ran", Ok(" ran")),
        ("capitals", FOX, "The Quick Brown Fox Jumped Over The Lazy Dog And ran", Ok(" ran")),
        ("one capital", FOX, "The quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        (
            "Windows line ends",
            "One line of the list\r\nanother line of the list\r\nthe last line of the",
            "another line of the list\nthe last line of the list",
            Ok(" list"),
        ),
        (
            "an ellipsis that was one full stop so far",
            "He waited for a very long time and nothing happened at all.",
            "for a very long time and nothing happened at all… Then",
            Err(Lost::NoAnchor),
        ),
        (
            "an ellipsis cut in half",
            "He waited for a very long time and nothing happened at all.",
            "for a very long time and nothing happened at all... Then",
            Ok(".. Then"),
        ),
        (
            "an ellipsis that the caller has as one character",
            "He waited for a very long time and nothing happened at all…",
            "for a very long time and nothing happened at all... Then",
            Ok(" Then"),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn a_cut_within_a_word_or_character_group_joins_by_itself() {
    let cases: &[Case] = &[
        (
            "a word",
            "A story about foxes and dogs: the quick bro",
            "about foxes and dogs: the quick brown fox",
            Ok("wn fox"),
        ),
        (
            "a number",
            "The distance from here to the moon is 384,4",
            "distance from here to the moon is 384,400 km.",
            Ok("00 km."),
        ),
        (
            "a link",
            "Read all about it at the following address: https://example.com/docs/re",
            "at the following address: https://example.com/docs/reference?x=1#top",
            Ok("ference?x=1#top"),
        ),
        (
            "an emoji of several characters",
            "Here are the people who work on this project: 👩\u{200d}",
            "are the people who work on this project: 👩\u{200d}💻 Ada",
            Ok("💻 Ada"),
        ),
        (
            "an accent of its own",
            "They went to the little place by the sea, a cafe",
            "to the little place by the sea, a cafe\u{301} with a view",
            Ok("\u{301} with a view"),
        ),
        (
            "Japanese",
            "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャー",
            "名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた",
            Ok("ニャー泣いていた"),
        ),
        (
            "Cyrillic",
            "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчаст",
            "Каждая несчастливая семья несчастлива по-своему.",
            Ok("лива по-своему."),
        ),
        (
            "Arabic",
            "كان هناك ثعلب صغير يعيش في الغابة وكان يحب أن يقفز فوق الك",
            "ثعلب صغير يعيش في الغابة وكان يحب أن يقفز فوق الكلب",
            Ok("لب"),
        ),
        (
            "a line end",
            "The list of all the things we need:\r",
            "the list of all the things we need:\r\n- milk",
            Ok("\n- milk"),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn a_target_that_does_something_else_is_stopped_before_it_says_a_word() {
    let cases: &[Case] = &[
        ("3 words", FOX, "lazy dog and ran away into the dark wood.", Err(Lost::TooFewWords)),
        (
            "from zero in other words",
            FOX,
            "Foxes are shy creatures, to be found in forests and in cities. Last week a brown fox was seen.",
            Err(Lost::NoAnchor),
        ),
        (
            "from zero, then in other words",
            FOX,
            "Foxes are small, shy animals that live in woods and towns. One evening last year I saw one.",
            Err(Lost::Restarted),
        ),
        ("goes on at once", FOX, " ran away into the dark wood.", Err(Lost::NoAnchor)),
        (
            "another language",
            FOX,
            "der schnelle braune Fuchs sprang über den faulen Hund und lief",
            Err(Lost::NoAnchor),
        ),
        ("a refusal", FOX, "I'm sorry, but I can't continue this text.", Err(Lost::NoAnchor)),
        (
            "a refusal that quotes",
            FOX,
            "I can't continue \"the quick brown fox jumped over the lazy dog and\", sorry.",
            Err(Lost::Wrapped),
        ),
        (
            "a refusal that talks of the words",
            FOX,
            "I cannot go on from the quick brown fox jumped over the lazy dog and so I will not.",
            Err(Lost::NoAnchor),
        ),
        ("nothing", FOX, "", Err(Lost::Nothing)),
        ("white space", FOX, " \n\n ", Err(Lost::Nothing)),
        ("a quotation", FOX, "\"the quick brown fox jumped over the lazy dog and ran.\"", Err(Lost::Wrapped)),
        (
            "a French one",
            FOX,
            "« the quick brown fox jumped over the lazy dog and ran. »",
            Err(Lost::Wrapped),
        ),
        ("bold words", FOX, "**the quick brown fox jumped over the lazy dog and** ran.", Err(Lost::Wrapped)),
        ("code words", FOX, "`the quick brown fox jumped over the lazy dog and` ran.", Err(Lost::Wrapped)),
        (
            "a block quotation",
            FOX,
            "> the quick brown fox jumped over the lazy dog and ran.",
            Err(Lost::Wrapped),
        ),
        (
            "in JSON",
            FOX,
            "{\"text\": \"the quick brown fox jumped over the lazy dog and ran.\"}",
            Err(Lost::Wrapped),
        ),
        (
            "a quotation that begins in other words",
            FOX,
            "You said: \"Then the quick brown fox jumped over the lazy dog and ran.\"",
            Err(Lost::Wrapped),
        ),
        ("a word left out", FOX, "the quick brown fox jumped over the dog and ran", Err(Lost::NoAnchor)),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn the_words_are_looked_for_within_the_first_400_characters() {
    let words = "the quick brown fox jumped over the lazy dog and ran";
    let late = format!("{}: {words}", "Well, I think so. ".repeat(23));
    let early = format!("{}: {words}", "Well, I think so. ".repeat(22));
    // All of a long answer, repeated behind a preamble, is looked through to its end.
    let long: String = (0..300).map(|n| format!("Line {n} of the poem.\n")).collect();
    let all = format!("Sure, all of it:\n{long}And the end.");
    let changed = all.replace("Line 250", "Verse 250");
    for size in [1, 5, usize::MAX] {
        assert_eq!(super::run(Join::Anchored, FOX, &late, size), Err(Lost::NoAnchor));
        assert_eq!(super::run(Join::Anchored, FOX, &early, size), Ok(" ran".to_owned()));
        assert_eq!(super::run(Join::Anchored, &long, &all, size), Ok("And the end.".to_owned()));
        let outcome = super::run(Join::Anchored, &long, &changed, size);
        assert_eq!(outcome, Err(Lost::NoAnchor));
    }
}
