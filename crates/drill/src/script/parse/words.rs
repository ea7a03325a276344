//! Cuts a script's text into words and takes the quotes away.

use super::ParseError;

/// One word, without its quotes.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    /// Of the first character, counted from 1.
    pub(super) column: usize,
    /// The word begins with a quote: it is text, never a keyword.
    pub(super) quoted: bool,
}

pub(super) fn split(text: &str) -> Result<Vec<Word>, ParseError> {
    let mut words = Vec::new();
    let mut open: Option<Word> = None;
    let mut letters = text.chars().zip(1..);
    while let Some((letter, column)) = letters.next() {
        match letter {
            ',' | ' ' | '\t' | '\n' | '\r' => words.extend(open.take()),
            '"' | '\'' => {
                let word = open.get_or_insert(Word { text: String::new(), column, quoted: true });
                quoted_part(word, letter, column, &mut letters)?;
            }
            _ => {
                open.get_or_insert(Word { text: String::new(), column, quoted: false }).text.push(letter);
            }
        }
    }
    words.extend(open);
    Ok(words)
}

/// Reads up to the closing quote.
fn quoted_part(
    word: &mut Word,
    quote: char,
    column: usize,
    letters: &mut impl Iterator<Item = (char, usize)>,
) -> Result<(), ParseError> {
    let unclosed = || ParseError { column, message: format!("the quote {quote} is never closed") };
    loop {
        let (letter, _) = letters.next().ok_or_else(unclosed)?;
        if letter == quote {
            return Ok(());
        }
        if letter != '\\' || quote == '\'' {
            word.text.push(letter);
            continue;
        }
        let (escaped, at) = letters.next().ok_or_else(unclosed)?;
        word.text.push(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '"' | '\\' => escaped,
            other => {
                let message = format!("\\{other} is no escape; there are \\n, \\t, \\r, \\\" and \\\\");
                return Err(ParseError { column: at, message });
            }
        });
    }
}
