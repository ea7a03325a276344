//! Writing to the terminal: data to standard output, everything else to standard error.
//!
//! What a model or a configuration says may hold what a terminal obeys: escape sequences that rewrite the screen, set
//! its title or the clipboard, and letters that turn the direction of reading. [`clean`] makes them harmless. It looks
//! at single characters only, so an attack that is cut into pieces is met as well. Files and pipes get the bytes as
//! they are: there nobody obeys them, and an answer must not be changed on its way.

use std::borrow::Cow;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Writes data; `false` when nobody reads it any more. A closed pipe is the reader's wish, not an error.
pub(crate) fn out(text: &str) -> bool {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_ok()
}

/// Writes a line for a person.
pub(crate) fn say(line: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "{line}");
}

/// Writes an error and gives the exit code of one.
pub(crate) fn fail(message: &str) -> ExitCode {
    say(&format!("error: {message}"));
    ExitCode::FAILURE
}

/// Text for a terminal: line ends and tabs stay, what a terminal would obey is shown or left out.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| matches!(replaced(c), Shown::Same)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match replaced(c) {
            Shown::Same => cleaned.push(c),
            Shown::As(other) => cleaned.push(other),
            Shown::Not => {}
        }
    }
    Cow::Owned(cleaned)
}

/// A name or a message of one line.
pub(crate) fn clean_name(text: &str) -> String {
    clean(text).chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
}

enum Shown {
    Same,
    As(char),
    Not,
}

fn replaced(c: char) -> Shown {
    match c {
        '\n' | '\t' => Shown::Same,
        // It would go back and write over the line.
        '\r' => Shown::Not,
        // Unicode has a picture of each control character.
        '\0'..='\x1f' => Shown::As(char::from_u32(0x2400 + u32::from(c)).unwrap_or('?')),
        '\x7f' => Shown::As('\u{2421}'),
        '\u{80}'..='\u{9f}' => Shown::As('\u{fffd}'),
        '\u{2028}' | '\u{2029}' => Shown::As('\n'),
        // Embeddings, overrides and isolates: they make text read as something else than it says.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => Shown::Not,
        // No width and no meaning in an answer, but room to hide words in.
        '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => Shown::Not,
        '\u{e0000}'..='\u{e007f}' => Shown::Not,
        _ => Shown::Same,
    }
}

/// Whether the marks must do without characters beyond ASCII.
pub(crate) fn is_dumb(env: &dyn handover_config::Env) -> bool {
    env.get("TERM").as_deref() == Some("dumb")
}

/// Our own marks in ASCII. Only for text of ours: what a model says stays as it is.
pub(crate) fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '●' => plain.push('*'),
            '△' => plain.push('!'),
            '✕' => plain.push('x'),
            '◇' => plain.push('-'),
            '▂' | '▄' | '▆' | '█' => plain.push('|'),
            '░' => plain.push('.'),
            '→' => plain.push_str("->"),
            '…' => plain.push_str("..."),
            '·' => plain.push('-'),
            '–' | '─' => plain.push('-'),
            '↑' => plain.push_str("up"),
            '↓' => plain.push_str("down"),
            c => plain.push(c),
        }
    }
    plain
}

/// Whether standard error takes colours: it is a terminal, and nobody said otherwise (no-color.org).
pub(crate) fn colours(env: &dyn handover_config::Env) -> bool {
    std::io::stderr().is_terminal()
        && env.get("NO_COLOR").is_none()
        && env.get("TERM").as_deref() != Some("dumb")
}

/// The width for messages: the terminal's, as far as the environment tells it, or 100.
pub(crate) fn width(env: &dyn handover_config::Env) -> usize {
    env.get("COLUMNS").and_then(|c| c.parse().ok()).filter(|w| (40..=400).contains(w)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_cannot_command_the_terminal_of_its_reader() {
        let check = |said: &str, shown: &str| {
            assert_eq!(clean(said), shown);
            // The same, letter by letter, as a stream may bring it.
            let pieces: String = said.chars().map(|c| clean(&c.to_string()).into_owned()).collect();
            assert_eq!(pieces, shown);
        };
        // Plain text of any script, with what it needs, stays as it is.
        check("Grüße,\n\tשלום, 你好, 👩‍👩‍👧", "Grüße,\n\tשלום, 你好, 👩‍👩‍👧");
        // Colours, clearing the screen, moving up to change an earlier line.
        check("\x1b[31mred\x1b[0m", "␛[31mred␛[0m");
        check("\x1b[2J\x1b[H", "␛[2J␛[H");
        check("\x1b[1A\x1b[2Kpaid", "␛[1A␛[2Kpaid");
        // The title, a link with a false address, the clipboard, a question that the terminal answers as typed text.
        check("\x1b]0;title\x07", "␛]0;title␇");
        check("\x1b]8;;http://evil\x1b\\bank\x1b]8;;\x1b\\", "␛]8;;http://evil␛\\bank␛]8;;␛\\");
        check("\x1b]52;c;cm0gLXJm\x07", "␛]52;c;cm0gLXJm␇");
        check("\x1b[6n\x1b[c\x05", "␛[6n␛[c␅");
        check("\x1bP+q544e\x1b\\", "␛P+q544e␛\\");
        // The same commands in one character, as C1 has them.
        check("\u{9b}31m\u{9d}0;t\u{9c}\u{90}", "\u{fffd}31m\u{fffd}0;t\u{fffd}\u{fffd}");
        // Going back and writing over what stands there.
        check("safe\rrm -rf", "saferm -rf");
        check("abc\x08\x08\x08xyz", "abc␈␈␈xyz");
        check("line\r\nnext", "line\nnext");
        check("a\x0b\x0c\x7f\0", "a␋␌␡␀");
        // Text that reads as something else than it says, and text that nobody sees.
        check("\u{202e}gpj.exe\u{202c}", "gpj.exe");
        check("\u{2066}a\u{2069}b\u{200b}\u{feff}", "ab");
        check("hi\u{e0041}\u{e0042}", "hi");
        assert_eq!(clean_name("two\nlines\u{2028}and\ttab\x1b[0m"), "two lines and tab␛[0m");
    }

    #[test]
    fn marks_have_a_shape_without_unicode() {
        assert_eq!(ascii("● △ ✕ ◇ ▂▄░░ a → b…"), "* ! x - ||.. a -> b...");
    }
}
