//! Targets that repeat the last words, and then begin their answer with them once more.

use super::{Case, Join, Lost, Seam, check};

const FOX: &str = "Foxes are small, shy animals that live in woods and towns. One evening last week, to the \
                   surprise of all, the quick brown fox jumped over the lazy dog and";
/// Stops inside a word.
const HALF: &str =
    "Foxes are small, shy animals that live in towns. One evening the quick brown fox jumped over the la";
/// Stops behind a finished sentence.
const TITLE: &str =
    "Foxes are small, shy animals that live in towns.\n\n# How the quick brown fox jumped over the dog";

#[test]
fn words_that_are_repeated_twice_are_not_shown_once() {
    let cases: &[Case] = &[
        (
            "behind an empty line",
            FOX,
            "the quick brown fox jumped over the lazy dog and\n\nthe quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "behind a space",
            FOX,
            "the quick brown fox jumped over the lazy dog and the quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "behind nothing, inside a word",
            HALF,
            "evening the quick brown fox jumped over the laevening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "inside a word",
            HALF,
            "evening the quick brown fox jumped over the la\n\nEvening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "three times",
            HALF,
            "evening the quick brown fox jumped over the la\n\nevening the quick brown fox jumped over the la\n\n\
             evening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "as many words as asked for, behind more",
            FOX,
            "One evening last week, to the surprise of all, the quick brown fox jumped over the lazy dog and\n\n\
             the quick brown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "behind a preamble",
            FOX,
            "Sure:\n\nthe quick brown fox jumped over the lazy dog and\n\nthe quick brown fox jumped over the lazy \
             dog and ran",
            Ok(" ran"),
        ),
        (
            "behind a preamble on the same line",
            FOX,
            "Sure: the quick brown fox jumped over the lazy dog and the quick brown fox jumped over the lazy dog and \
             ran",
            Ok(" ran"),
        ),
        (
            "twice and nothing more",
            FOX,
            "the quick brown fox jumped over the lazy dog and\nthe quick brown fox jumped over the lazy dog and",
            Ok(""),
        ),
        (
            "another way in the end",
            FOX,
            "the quick brown fox jumped over the lazy dog and\nthe quick brown fox jumped over the lazy cat",
            Ok("\nthe quick brown fox jumped over the lazy cat"),
        ),
        (
            "stopped before the end",
            FOX,
            "the quick brown fox jumped over the lazy dog and the quick brown fox",
            Ok(" the quick brown fox"),
        ),
        (
            "one thing over and over",
            "la la la la la la la la la la la la la",
            "la la la la la la la la la la la la la la la la la la la la la la la la la la",
            Ok(" la la la la la la la la la la la la la"),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn a_line_that_announces_the_words_is_not_shown() {
    let cases: &[Case] = &[
        (
            "inside a word",
            HALF,
            "evening the quick brown fox jumped over the la\n\nHere is the continuation:\n\n\
             evening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "in bold letters",
            HALF,
            "evening the quick brown fox jumped over the la\n**Continuation:**\n\
             evening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "in Chinese",
            HALF,
            "evening the quick brown fox jumped over the la\n继续：\n\
             evening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "two lines",
            HALF,
            "evening the quick brown fox jumped over the la\n\nHere is the continuation:\n\nI hope it helps.\n\n\
             evening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "behind a quotation",
            HALF,
            "\"evening the quick brown fox jumped over the la\"\n\nHere is the continuation:\n\n\
             evening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "behind a preamble",
            HALF,
            "Sure:\nevening the quick brown fox jumped over the la\n\nHere is the continuation:\n\n\
             evening the quick brown fox jumped over the lazy dog",
            Ok("zy dog"),
        ),
        (
            "and marks around the words",
            HALF,
            "evening the quick brown fox jumped over the la\n\nHere is the continuation:\n\n\
             \"evening the quick brown fox jumped over the lazy dog\"",
            Err(Lost::Wrapped),
        ),
        (
            "a line of the answer",
            TITLE,
            "# How the quick brown fox jumped over the dog\n\nThis is how it did it:\n\n1. It ran.\n2. It jumped.",
            Ok("\n\nThis is how it did it:\n\n1. It ran.\n2. It jumped."),
        ),
        (
            "a line of the answer without a colon",
            TITLE,
            "# How the quick brown fox jumped over the dog\n\nIt ran.\nIt jumped.",
            Ok("\n\nIt ran.\nIt jumped."),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn an_answer_is_held_only_while_the_words_may_come_again() {
    let title = "# How the quick brown fox jumped over the dog";
    let text = "It ran, and it jumped. ".repeat(30);
    let cases = [
        (" It".to_owned(), true),
        (", which".to_owned(), true),
        (" # How the quick".to_owned(), false),
        (" # How the quick cat".to_owned(), true),
        ("\n\n".to_owned(), false),
        ("\n\n- It".to_owned(), true),
        ("\n\nit".to_owned(), true),
        ("\n\nIt ran".to_owned(), false),
        ("\n\nIt ran.\n".to_owned(), true),
        (format!("\n\n{}", &text[..100]), true),
        (format!("\n\nThis is how:\n{}", &text[..100]), false),
        (format!("\n\nThis is how:\n{}", &text[..500]), true),
    ];
    for (behind, expected) in cases {
        let mut seam = Seam::new(Join::Anchored, TITLE);
        let mut given = String::new();
        seam.push(&format!("{title}{behind}"), &mut given).unwrap();
        assert_eq!(seam.is_joined(), expected, "{behind:?}");
        seam.finish(&mut given).unwrap();
        assert_eq!(given, behind);
    }
}
