//! Targets that were asked to repeat the last words first, in answers with a structure of their own: code, lists,
//! refrains, and white space.

use super::{Case, Join, Lost, check};

const FOX: &str = "Foxes are small, shy animals that live in woods and towns. One evening last week, to the \
                   surprise of all, the quick brown fox jumped over the lazy dog and";

#[test]
fn code_stays_inside_its_fence_and_text_outside() {
    let open = "Here is the program:\n\n```rust\nfn main() {\n    let answer = compute(6, 7);\n    println!(";
    let closed = "Here it is:\n```\nsome code\n```\nThat was the whole program. What it prints is the number";
    let cases: &[Case] = &[
        (
            "goes on in the fence",
            open,
            "let answer = compute(6, 7);\n    println!(\"{answer}\");\n}\n```\nDone.",
            Ok("\"{answer}\");\n}\n```\nDone."),
        ),
        (
            "the fence opened again",
            open,
            "```rust\n    let answer = compute(6, 7);\n    println!(\"{answer}\");\n}\n```\nDone.",
            Ok("\"{answer}\");\n}\n```\nDone."),
        ),
        (
            "a preamble, and the fence opened again",
            open,
            "Sure:\n\n```rust\nlet answer = compute(6, 7);\n    println!(\"{answer}\");\n}\n```",
            Ok("\"{answer}\");\n}\n```"),
        ),
        (
            "the whole program again",
            open,
            "```rust\nfn main() {\n    let answer = compute(6, 7);\n    println!(\"{answer}\");\n}\n```",
            Ok("\"{answer}\");\n}\n```"),
        ),
        (
            "text wrapped in a fence",
            FOX,
            "```\nthe quick brown fox jumped over the lazy dog and ran\n```",
            Err(Lost::Fenced),
        ),
        (
            "text in a fence with a name",
            FOX,
            "Sure:\n```text\nbrown fox jumped over the lazy dog and ran\n```",
            Err(Lost::Fenced),
        ),
        (
            "behind a closed fence",
            closed,
            "That was the whole program. What it prints is the number 42.",
            Ok(" 42."),
        ),
        (
            "behind a closed fence, wrapped",
            closed,
            "```\nprogram. What it prints is the number 42.\n```",
            Err(Lost::Fenced),
        ),
        (
            "told in a fence, then gone on with",
            FOX,
            "```\nbrown fox jumped over the lazy dog and\n```\nbrown fox jumped over the lazy dog and ran",
            Ok(" ran"),
        ),
        (
            "tildes",
            "~~~~\nlet some_value = some_function(1);\nlet other",
            "~~~\nlet some_value = some_function(1);\nlet other = 2;",
            Ok(" = 2;"),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn lists_tables_and_data_go_on_in_their_lines() {
    let list = "What you need:\n\n- four eggs from happy hens\n- half a litre of milk\n- a pinch of";
    let cases: &[Case] = &[
        ("a list", list, "- half a litre of milk\n- a pinch of salt\n- flour", Ok(" salt\n- flour")),
        ("a list's other bullets", list, "* half a litre of milk\n* a pinch of salt", Err(Lost::TooFewWords)),
        (
            "a bullet left out",
            list,
            "four eggs from happy hens\n- half a litre of milk\n- a pinch of salt",
            Ok(" salt"),
        ),
        (
            "a table",
            "| name | age |\n|---|---|\n| Ada Lovelace | 36 |\n| Charles Bab",
            "| Ada Lovelace | 36 |\n| Charles Babbage | 79 |",
            Ok("bage | 79 |"),
        ),
        (
            "data",
            "{\"people\":[{\"name\":\"Ada Lovelace\",\"age\":36},{\"name\":\"Charles Bab",
            "{\"name\":\"Ada Lovelace\",\"age\":36},{\"name\":\"Charles Babbage\",\"age\":79}]}",
            Ok("bage\",\"age\":79}]}"),
        ),
        (
            "data from zero",
            "{\"people\":[{\"name\":\"Ada Lovelace\",\"age\":36},{\"name\":\"Charles Bab",
            "{\"people\":[{\"name\":\"Ada Lovelace\",\"age\":36},{\"name\":\"Charles Babbage\"}]}",
            Ok("bage\"}]}"),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn a_refrain_is_neither_taken_for_the_seam_nor_left_out() {
    let song = "Now the first verse is about the open sea.\nAnd we sing and we sing till the morning comes\n\
                The second is about the hills.\nAnd we sing and we sing till the morning comes";
    let cases: &[Case] = &[
        (
            "the refrain alone",
            song,
            "And we sing and we sing till the morning comes\nA third",
            Err(Lost::Ambiguous),
        ),
        (
            "the refrain with the line before",
            song,
            "about the hills.\nAnd we sing and we sing till the morning comes\nA third",
            Ok("\nA third"),
        ),
        (
            "from zero",
            song,
            "Now the first verse is about the open sea.\nAnd we sing and we sing till the morning comes\n\
             The second is about the hills.\nAnd we sing and we sing till the morning comes\n\
             And we sing and we sing till the morning comes",
            Ok("\nAnd we sing and we sing till the morning comes"),
        ),
        (
            "sung again behind the seam",
            "This is how the old song of the sailors goes: row row row your boat, gently down the stream.",
            "the sailors goes: row row row your boat, gently down the stream. Row row row your boat, gently down \
             the stream.",
            Ok(" Row row row your boat, gently down the stream."),
        ),
        (
            "one word over and over",
            "ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha",
            "ha ha ha ha ha ha ha ha ha ha ha ha ha",
            Err(Lost::Ambiguous),
        ),
        (
            "one word, all of it",
            "ha ha ha ha ha ha ha ha ha",
            "ha ha ha ha ha ha ha ha ha ha ha",
            Ok(" ha ha"),
        ),
    ];
    check(Join::Anchored, cases);
}

#[test]
fn white_space_at_the_seam_is_neither_doubled_nor_lost() {
    // The caller's text without its white space.
    let text = "One evening last week the quick brown fox jumped over the lazy dog.";
    let reply = "the quick brown fox jumped over the lazy dog.";
    let cases = [
        ("", " Then", Ok(" Then")),
        ("", "\n\nThen", Ok("\n\nThen")),
        (" ", " Then", Ok("Then")),
        (" ", "\nThen", Ok("\nThen")),
        (" ", "\u{a0}Then", Ok("Then")),
        ("\n", "\nThen", Ok("Then")),
        ("\n", "\n\nThen", Ok("\nThen")),
        ("\n", " Then", Ok("Then")),
        ("\n\n", "\n\nThen", Ok("Then")),
        ("\n\n", "\nThen", Ok("Then")),
        ("\n\n", "\n\n\n- Then", Ok("\n- Then")),
        ("\n", "\n    Then", Ok("    Then")),
        ("\n  ", "\n    Then", Ok("  Then")),
        ("\n    ", "\n  Then", Ok("Then")),
        ("\r\n", "\nThen", Ok("Then")),
        ("\r\n", "\n\nThen", Ok("\nThen")),
        ("\n", "\r\n\r\nThen", Ok("\r\nThen")),
        ("\r", "\nThen", Ok("\nThen")),
        (" ", ", then", Ok(", then")),
        (" ", "Then", Err(Lost::WordGoesOn)),
        (" ", "", Ok("")),
        ("\n", " ", Ok("")),
        ("", "\n", Ok("\n")),
    ];
    for (sent, behind, expected) in cases {
        let (delivered, reply) = (format!("{text}{sent}"), format!("{reply}{behind}"));
        for size in [1, 2, usize::MAX] {
            let given = super::run(Join::Anchored, &delivered, &reply, size);
            assert_eq!(given, expected.map(str::to_owned), "{sent:?} then {behind:?} in pieces of {size}");
        }
    }
}
