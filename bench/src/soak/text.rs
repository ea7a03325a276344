//! What each provider says: its own word in every word, numbered, with a beginning and an end.
//!
//! Whoever reads an answer can tell who gave it, and whether anything is missing, doubled or out of order.

/// An answer of `words` numbered words.
pub(crate) fn said(word: &str, words: u64) -> String {
    let numbered: String = (1..=words).map(|n| format!("{word}-{n} ")).collect();
    format!("{}{numbered}{word} ends", begins(word))
}

/// The first words of an answer, which stand nowhere else in it.
pub(crate) fn begins(word: &str) -> String {
    format!("{word} begins ")
}

/// How far a text follows what the provider of `word` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// From beginning to end.
    Whole,
    /// A beginning, possibly of no words at all.
    Beginning,
    /// Something that this provider never said.
    Other,
}

/// Compares a text with what the provider of `word` says.
pub(crate) fn heard(word: &str, text: &str) -> Heard {
    let numbered = text.split(' ').filter(|part| part.contains('-')).count() as u64;
    if text == said(word, numbered) {
        return Heard::Whole;
    }
    // A cut may be anywhere, also within the end: "amber" alone is its beginning.
    let longer = said(word, numbered + 1);
    if said(word, numbered).starts_with(text) || longer.starts_with(text) {
        Heard::Beginning
    } else {
        Heard::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_a_doubled_or_a_foreign_word_is_noticed() {
        let check = |text: &str, expected| assert_eq!(heard("amber", text), expected, "{text}");
        check(&said("amber", 3), Heard::Whole);
        check(&said("amber", 0), Heard::Whole);
        check("", Heard::Beginning);
        check("amber begins amber-1 amb", Heard::Beginning);
        check("amber begins amber-1 amber-2 amber", Heard::Beginning);
        check("amber begins amber-2 amber ends", Heard::Other);
        check("amber begins amber-1 amber-1 amber ends", Heard::Other);
        check("amber begins amber-1 amber ends amber", Heard::Other);
        check(&said("birch", 3), Heard::Other);
        check("amber begins birch-1 amber ends", Heard::Other);
    }
}
