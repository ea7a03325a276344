//! Targets that were given the text as their own, and the embedded engine.

use super::{Case, Join, Lost, Seam, check};

const FOX: &str = "Foxes are small, shy animals that live in woods and towns. One evening last week, to the \
                   surprise of all, the quick brown fox jumped over the lazy dog and";
const FOX_AND_MORE: &str = "Foxes are small, shy animals that live in woods and towns. One evening last week, to the \
                            surprise of all, the quick brown fox jumped over the lazy dog and ran";

#[test]
fn the_embedded_engine_is_never_second_guessed() {
    let cases: &[Case] = &[
        ("goes on", FOX, " ran", Ok(" ran")),
        ("repeats", FOX, FOX, Ok(FOX)),
        ("white space", "One \n", "\n two", Ok("\n two")),
        ("nothing", FOX, "", Ok("")),
    ];
    check(Join::Exact, cases);
}

#[test]
fn a_given_beginning_is_gone_on_with() {
    let song = "Now the first verse is about the open sea.\nAnd we sing and we sing till the morning comes\n\
                The second is about the hills.\nAnd we sing and we sing till the morning comes\n";
    let cases: &[Case] = &[
        ("straight on", FOX, " ran away.", Ok(" ran away.")),
        ("within a word", "the quick bro", "wn fox", Ok("wn fox")),
        ("nothing more", FOX, "", Ok("")),
        ("nothing was delivered", "", "Hello", Ok("Hello")),
        ("only white space was delivered", "\n", "\nHello", Ok("Hello")),
        ("all repeated", FOX, FOX_AND_MORE, Ok(" ran")),
        ("all of a short beginning repeated", "The quick", "The quick brown", Ok(" brown")),
        ("all and nothing more", "The quick", "The quick", Ok("")),
        ("all, with its white space", "The quick \n", "The quick \nbrown", Ok("brown")),
        ("all, without its white space", "The quick \n", "The quick\nbrown", Ok("brown")),
        ("all, the next word directly behind", "The quick ", "The quickbrown", Ok("brown")),
        ("the tail", FOX, "the quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        ("the tail behind a space", FOX, " the quick brown fox jumped over the lazy dog and ran", Ok(" ran")),
        (
            "the tail behind lines",
            FOX,
            "\n\nthe quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "the tail behind a space that the caller has",
            "Foxes live in towns. The quick brown fox jumps over the lazy dog and then it ran ",
            " jumps over the lazy dog and then it ran home",
            Ok("home"),
        ),
        (
            "the beginning of a tail behind a space",
            FOX,
            " the quick brown fox jumped over the fence",
            Ok(" the quick brown fox jumped over the fence"),
        ),
        (
            "the beginning of a tail behind a space that the caller has",
            "Foxes live in towns. The quick brown fox jumps over the lazy dog and then it ran ",
            " jumps over the lazy dog and",
            Ok("jumps over the lazy dog and"),
        ),
        (
            "all behind a space",
            FOX,
            " Foxes are small, shy animals that live in woods and towns. One evening last week, to the surprise of all, \
             the quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "all behind lines, with its white space",
            "The quick brown fox jumped over the fence. ",
            "\n\nThe quick brown fox jumped over the fence. And ran",
            Ok("And ran"),
        ),
        (
            "one long thing over and over behind a space",
            "la la la la la la la la la la la la la",
            " la la la la la la la la la la la la la la",
            Err(Lost::Ambiguous),
        ),
        ("all of a short beginning behind a space", "The quick", " The quick", Ok(" The quick")),
        ("a short tail may be meant", FOX, "the lazy dog and ran", Ok("the lazy dog and ran")),
        (
            "the beginning of a tail",
            FOX,
            "the quick brown fox jumped over the fence",
            Ok("the quick brown fox jumped over the fence"),
        ),
        ("cut short in the tail", FOX, "the quick brown fox", Ok("the quick brown fox")),
        (
            "a refrain",
            song,
            "And we sing and we sing till the morning comes\nA third",
            Ok("And we sing and we sing till the morning comes\nA third"),
        ),
        (
            "from zero, then differently",
            FOX,
            "Foxes are small, shy animals that live in woods and towns. One evening last year",
            Err(Lost::Restarted),
        ),
        (
            "from zero, then differently after 33 characters",
            FOX,
            "Foxes are small, shy animals that we all know.",
            Err(Lost::Restarted),
        ),
        (
            "from zero behind white space, then differently after 33 characters",
            FOX,
            " Foxes are small, shy animals that we all know.",
            Err(Lost::Restarted),
        ),
        (
            "from zero, then differently after 31 characters",
            FOX,
            "Foxes are small, shy animals thus quick",
            Ok("Foxes are small, shy animals thus quick"),
        ),
        (
            "from zero, and stopped",
            FOX,
            "Foxes are small, shy animals th",
            Ok("Foxes are small, shy animals th"),
        ),
        ("from zero, and stopped later", FOX, "Foxes are small, shy animals tha", Err(Lost::Restarted)),
        (
            "from zero behind white space",
            FOX,
            "\n\nFoxes are small, shy animals that live in woods and towns. One evening last year",
            Err(Lost::Restarted),
        ),
        ("a few words of the beginning", FOX, "Foxes are small, but quick", Ok("Foxes are small, but quick")),
        ("one thing over and over", "la la la la", "la la la la la la", Err(Lost::Ambiguous)),
        ("one thing, gone on with", "la la la la", " la la", Ok(" la la")),
        ("Chinese", "狐狸是一种聪明的动物", "狐狸是一种聪明的动物，住在森林里", Ok("，住在森林里")),
        ("Chinese, straight on", "狐狸是一种聪明的动物", "，住在森林里", Ok("，住在森林里")),
        ("an emoji", "We are 👩\u{200d}", "💻 and more", Ok("💻 and more")),
        ("space that the caller has", "One two ", " three", Ok("three")),
        ("no space again", "One two ", "three", Ok("three")),
        ("lines that the caller has", "One.\n\n", "\n\nTwo.", Ok("Two.")),
        ("fewer lines", "One.\n\n", "\nTwo.", Ok("Two.")),
        ("more lines", "One.\n", "\n\nTwo.", Ok("\nTwo.")),
        ("only white space more", "One.\n", "\n", Ok("")),
        ("code", "```\nlet a = 1;\nlet b", " = 2;\n```", Ok(" = 2;\n```")),
    ];
    check(Join::Prefill, cases);
}

#[test]
fn the_first_token_passes_at_once_when_it_can_be_no_repetition() {
    // What may begin a repetition is held until it differs.
    for token in [" ran", ",", " then", "!", "\n\nThe", " the very"] {
        let mut seam = Seam::new(Join::Prefill, FOX);
        let mut given = String::new();
        seam.push(token, &mut given).unwrap();
        assert!(seam.is_joined(), "{token:?} was held");
        assert_eq!(given, token);
    }
}
