//! The seam with random answers, cuts, replies and pieces: the caller's text is the whole answer, or it stops.

use handover_dialect::seam::{Join, Lost, Seam, anchor};
use proptest::prelude::*;

/// Words of very different languages, and so few that everything repeats.
const VOCABULARIES: [&[&str]; 6] = [
    &["a", "b"],
    &["la", "la", "la", "doo", "be"],
    &[
        "the",
        "fox",
        "jumps",
        "over",
        "lazy",
        "dogs",
        "while",
        "rivers",
        "run",
        "slowly",
        "into",
        "deep",
        "blue",
        "oceans",
        "and",
        "nobody",
        "sees",
        "anything",
        "of",
        "it",
        "don't",
        "\"said\"",
        "well-known",
        "10,000",
    ],
    &["быстрая", "лиса", "прыгает", "через", "ленивую", "собаку", "и", "бежит", "дальше"],
    &["人工", "智能", "系统", "通过", "学习", "大量", "文本", "来", "预测", "下一个", "词", "狐狸", "森林"],
    &["👩\u{200d}💻", "e\u{301}te\u{301}", "🇩🇪", "ok", "x=1;", "{\"k\":", "[1,2]", "}", "https://x.y/z?q=1"],
];

/// An answer and where it was cut, in bytes.
#[derive(Debug, Clone)]
struct Cut {
    answer: String,
    at: usize,
    /// There are so few words that the answer repeats itself all the time.
    tiny: bool,
}

impl Cut {
    fn delivered(&self) -> &str {
        &self.answer[..self.at]
    }

    fn rest(&self) -> &str {
        &self.answer[self.at..]
    }

    /// The answer from the `back`th character before the cut on, or a bit earlier, from a word's beginning on.
    fn back_to_word(&self, back: usize) -> &str {
        let from = self.delivered().char_indices().rev().nth(back).map_or(0, |(at, _)| at);
        let from = self.delivered()[..from].rfind(char::is_whitespace).map_or(0, |at| at + 1);
        self.answer.get(from..).unwrap_or(&self.answer).trim_start()
    }
}

fn cuts() -> impl Strategy<Value = Cut> {
    let words = prop::collection::vec((any::<prop::sample::Index>(), 0..24_u8), 1..160);
    (0..VOCABULARIES.len(), words, any::<prop::sample::Index>(), 0..4_usize, any::<prop::sample::Index>())
        .prop_map(|(vocabulary, words, refrain, times, cut)| {
            let vocabulary = VOCABULARIES[vocabulary];
            let mut answer = String::new();
            for (word, separator) in &words {
                answer.push_str(vocabulary[word.index(vocabulary.len())]);
                answer.push_str(match separator {
                    0 => "\n\n",
                    1 => ",\n",
                    2 => ". ",
                    3 => "\r\n",
                    4 => "  ",
                    _ if vocabulary[0] == "人工" => "",
                    _ => " ",
                });
            }
            // A passage that comes again, between other words.
            let from = answer.floor_char_boundary(refrain.index(answer.len()));
            let to = answer.floor_char_boundary(answer.len().min(from + 60));
            let passage = answer[from..to].to_owned();
            for time in 0..times {
                let at = answer.floor_char_boundary(answer.len() * (time + 1) / 4);
                answer.insert_str(at, &passage);
            }
            let at = answer.ceil_char_boundary(cut.index(answer.len()) + 1);
            Cut { at, answer, tiny: vocabulary.len() < 10 }
        })
}

/// What the caller gets when the reply comes in pieces of these lengths, over and over.
fn given(join: Join, cut: &Cut, reply: &str, pieces: &[usize]) -> Result<String, Lost> {
    let mut seam = Seam::new(join, cut.delivered());
    let mut out = String::new();
    let characters: Vec<char> = reply.chars().collect();
    let mut at = 0;
    for &length in pieces.iter().cycle() {
        let Some(piece) =
            characters.get(at..characters.len().min(at + length)).filter(|rest| !rest.is_empty())
        else {
            break;
        };
        at += length;
        let outcome = seam.push(&piece.iter().collect::<String>(), &mut out);
        assert!(outcome.is_ok() || out.is_empty());
        outcome?;
    }
    let nothing = out.is_empty();
    let outcome = seam.finish(&mut out);
    assert!(outcome.is_ok() || nothing);
    outcome.map(|()| out)
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..20_usize, 1..6)
}

/// A text without what a model may change about it.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What models change when they repeat.
fn changed(repeated: &str, how: u8) -> String {
    match how {
        0 => repeated.to_uppercase().replace("E\u{301}", "e\u{301}"),
        1 => repeated.replace('"', "”").replace('\'', "’").replace('-', "–"),
        2 => repeated.replace(' ', "\u{a0}").replace("\r\n", "\n"),
        3 => repeated.replace(' ', "\n"),
        _ => repeated.to_owned(),
    }
}

const PREAMBLES: [&str; 9] = [
    "",
    "...",
    " \n",
    "Sure, continuing: ",
    "Of course!\n\n",
    "**Fortsetzung:**\n",
    "好的，继续：",
    "Sorry for that. Here is the rest of it, from where I had to stop:\n\n---\n\n",
    // A mark that is in none of the vocabularies.
    "「",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, max_global_rejects: 30_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_whose_last_words_are_repeated_goes_on_without_a_gap_or_a_double(
        cut in cuts(), back in 1..400_usize, preamble in 0..PREAMBLES.len(), how in 0..8_u8, pieces in lengths(),
    ) {
        // A preamble may begin with the same letters as an answer of a few words (a known limit; such an answer is
        // not handed over).
        prop_assume!(cut.delivered().trim().chars().count() >= 12);
        let from = cut.at - cut.back_to_word(back).len().saturating_sub(cut.rest().len()).min(cut.at);
        let repeated = changed(&cut.answer[from..cut.at], how);
        let sent = cut.delivered().trim_end().len();
        // White space at the cut comes as it was: it is what tells how the answer goes on.
        let repeated = if sent > from { changed(&cut.answer[from..sent], how) + &cut.answer[sent..cut.at] } else { repeated };
        let reply = format!("{}{repeated}{}", PREAMBLES[preamble], cut.rest());
        // Too few words, or words that stand there twice, and then an answer that says the same again: together they
        // may look like a repetition that counts (a known limit).
        let (words, all) = (plain(&cut.answer[from..sent.max(from)]), plain(cut.delivered()));
        let counts = words.chars().count() >= 32
            && all.find(&words) == all.rfind(&words)
            && !looks_repeated(&all, &plain(cut.rest()));
        let same = looks_repeated(&all, &plain(&cut.answer[from..]));
        if let Ok(given) = given(Join::Anchored, &cut, &reply, &pieces)
            && (counts || !(cut.tiny || same))
        {
            prop_assert_eq!(format!("{}{given}", cut.delivered()), cut.answer, "reply {:?}", reply);
        }
    }

    #[test]
    fn a_target_that_does_as_it_was_asked_is_never_turned_away(
        cut in cuts(), how in 0..8_u8, pieces in lengths(), front in 0..3_usize,
    ) {
        // An answer of a few letters is not handed over to be asked for in words.
        prop_assume!(cut.delivered().trim().chars().count() >= 12);
        let Some(words) = anchor(cut.delivered()) else { return Ok(()) };
        prop_assert!(cut.delivered().ends_with(words));
        prop_assume!(words.contains(char::is_alphanumeric));
        // An answer that says them again at once looks like a target that does (a known limit).
        prop_assume!(!looks_repeated(&plain(cut.delivered()), &plain(cut.rest())));
        let (words, space) = words.split_at(words.trim_end().len());
        let reply = format!("{}{}{space}{}", PREAMBLES[front], changed(words, how), cut.rest());
        prop_assert_eq!(given(Join::Anchored, &cut, &reply, &pieces), Ok(cut.rest().to_owned()), "reply {:?}", reply);
    }

    #[test]
    fn words_that_are_repeated_more_than_once_are_not_shown(
        cut in cuts(), how in 0..8_u8, times in 1..4_usize, between in 0..4_usize, pieces in lengths(),
    ) {
        let Some(words) = anchor(cut.delivered()) else { return Ok(()) };
        let (words, space) = words.split_at(words.trim_end().len());
        prop_assume!(plain(words).chars().count() >= 32 && !cut.tiny && !repeats_itself(&plain(words)));
        prop_assume!(!looks_repeated(&plain(cut.delivered()), &plain(cut.rest())));
        let between = [" ", "\n\n", "\r\n", "\n\nHere is the continuation:\n\n"][between];
        let once = format!("{}{between}", changed(words, how)).repeat(times);
        let reply = format!("{once}{words}{space}{}", cut.rest());
        prop_assert_eq!(given(Join::Anchored, &cut, &reply, &pieces), Ok(cut.rest().to_owned()), "reply {:?}", reply);
    }

    #[test]
    fn an_answer_that_was_given_as_a_beginning_goes_on_without_a_gap_or_a_double(
        cut in cuts(), back in 32..400_usize, how in 0..6_u8, pieces in lengths(),
    ) {
        let delivered = cut.delivered();
        let sent = delivered.trim_end();
        let tail = cut.back_to_word(back);
        let reply = match how {
            // Straight on; the target was not shown the white space.
            0 | 1 => cut.answer[sent.len()..].to_owned(),
            2 => cut.answer.clone(),
            3 => format!("{sent}{}", cut.rest()),
            // Behind white space.
            5 => format!(" {tail}"),
            _ => tail.to_owned(),
        };
        let repeated = sent.len().saturating_sub(cut.answer.len() - tail.len());
        let passage = &sent[sent.len() - repeated..];
        let counts = passage.chars().count() >= 32 && sent.find(passage) == sent.rfind(passage);
        match given(Join::Prefill, &cut, &reply, &pieces) {
            _ if how == 3 && cut.rest().starts_with(char::is_whitespace) => {}
            _ if how >= 4 && !counts => {}
            _ if how < 2 && looks_repeated(sent, &reply) => {}
            Ok(given) => prop_assert_eq!(format!("{delivered}{given}"), cut.answer, "reply {:?}", reply),
            Err(Lost::Ambiguous | Lost::Restarted) => {}
            Err(why) => prop_assert!(false, "{why:?}"),
        }
    }

    #[test]
    fn no_text_whatever_brings_the_seam_down(
        delivered in any_text(), reply in any_text(), join in 0..3_u8, pieces in lengths(),
    ) {
        let join = [Join::Exact, Join::Prefill, Join::Anchored][usize::from(join)];
        let cut = Cut { at: delivered.len(), answer: delivered, tiny: false };
        let in_pieces = given(join, &cut, &reply, &pieces);
        prop_assert_eq!(&in_pieces, &given(join, &cut, &reply, &[1]), "the pieces matter");
        prop_assert_eq!(&in_pieces, &given(join, &cut, &reply, &[usize::MAX / 2]), "the pieces matter");
        if let Ok(given) = in_pieces {
            prop_assert!(reply.ends_with(&given));
        }
        let words = anchor(cut.delivered());
        prop_assert!(words.is_none_or(|words| cut.delivered().ends_with(words)));
    }
}

/// Anything, and often what the seam has rules for.
fn any_text() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(vec![
        "the quick brown fox jumps over the lazy dog",
        "\"",
        "“",
        "```\n",
        "```",
        "~~~\n",
        "…",
        "...",
        " ",
        "\n",
        "\r\n",
        "\u{a0}",
        "a",
        "İ",
        "ß",
        "👩\u{200d}💻",
        "e\u{301}",
        "> ",
        ": ",
        "**",
        "。",
        "词",
        "ha ",
        "\u{200b}",
        "-",
        "—",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(marks, 0..40).prop_map(|marks| marks.concat())]
}

/// Whether the answer itself goes on with what it has: nobody can tell that from a repetition (a known limit).
fn looks_repeated(sent: &str, rest: &str) -> bool {
    let rest = rest.trim_start();
    let ends = (32..=sent.len()).filter_map(|length| rest.get(..length));
    rest.starts_with(sent) || ends.into_iter().any(|end| sent.ends_with(end))
}

/// Whether a text is one thing over and over: then saying it again may be meant.
fn repeats_itself(text: &str) -> bool {
    [text.to_owned(), format!("{text} ")].iter().any(|text| {
        let letters: Vec<char> = text.chars().collect();
        (1..=letters.len() / 2).any(|period| letters[period..] == letters[..letters.len() - period])
    })
}
