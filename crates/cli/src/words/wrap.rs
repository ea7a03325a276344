//! Text in lines of a terminal's width.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A text in lines of at most `room` columns. A word that is longer than a line is cut into several.
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() > room && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while word.width() > room {
            let end = word
                .grapheme_indices(true)
                .map(|(at, letter)| at + letter.len())
                .take_while(|end| word.get(..*end).is_some_and(|part| part.width() <= room))
                .last()
                .unwrap_or(word.len());
            lines.push(word.get(..end).unwrap_or(word).to_owned());
            word = word.get(end..).unwrap_or_default();
        }
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_lost_at_the_edge() {
        let check = |text: &str, room: usize, expected: &[&str]| assert_eq!(wrapped(text, room), expected);
        check("one two three", 7, &["one two", "three"]);
        check("one two three", 80, &["one two three"]);
        check("abcdefgh ij", 3, &["abc", "def", "gh", "ij"]);
        check("a abcdefgh", 4, &["a", "abcd", "efgh"]);
        check("你好吗", 4, &["你好", "吗"]);
        check("", 4, &[""]);
        check("你好", 1, &["你好"]);
    }
}
