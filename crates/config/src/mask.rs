//! Hides secrets in the copy of the file that findings are shown with.
//!
//! Two ways, both used, because neither is enough alone. The reader marks the values it knows to be secret,
//! wherever they stand. A file that is not even TOML has no values to mark, so the text itself is searched
//! as well: what follows `api_key`, `headers` or a word like `token`, and whatever looks like a key.
//! Masking too much costs a reader a glance at the file; masking too little puts a key into a CI log.
//!
//! A mask keeps the number of bytes and of characters, so that lines, columns and spans stay true.

use std::ops::Range;

/// The text with all secrets replaced.
pub(crate) fn mask(text: &str, secrets: &[Range<usize>]) -> String {
    let mut hidden = vec![false; text.len()];
    let mut hide = |range: Range<usize>| {
        if let Some(flags) = hidden.get_mut(range) {
            flags.fill(true);
        }
    };
    for range in secrets {
        hide(range.clone());
    }
    for range in sensitive_assignments(text) {
        hide(range);
    }
    for range in key_like_words(text) {
        hide(range);
    }
    text.char_indices()
        .map(|(at, c)| if hidden.get(at).copied().unwrap_or(false) { blot(c) } else { c })
        .collect()
}

/// A character to put over another that takes as many bytes. Layout and quotes stay.
fn blot(c: char) -> char {
    if c.is_control() || matches!(c, ' ' | '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '=' | '#') {
        return c;
    }
    match c.len_utf8() {
        1 => '*',
        2 => '·',
        3 => '•',
        _ => '🔒',
    }
}

/// Values in the text that follow a name which promises a secret: to the end of the line, and on over
/// further lines while a bracket is open.
fn sensitive_assignments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = 0_usize;
    let mut secret_table = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if open > 0 {
            found.extend(secret_words(start, line));
            open = open.saturating_add(opened(line)).saturating_sub(closed(line));
            // A line that looks like a new table ends an array somebody forgot to close.
        } else if trimmed.starts_with('[') {
            secret_table = trimmed.to_ascii_lowercase().contains("headers");
        } else if let Some(name_end) = sensitive_name(line, secret_table) {
            let value = line.get(name_end..).unwrap_or_default();
            found.extend(secret_words(start + name_end, value));
            open = opened(value).saturating_sub(closed(value));
        }
        start += line.len();
    }
    found
}

fn opened(line: &str) -> usize {
    line.bytes().filter(|b| matches!(b, b'[' | b'{')).count()
}

fn closed(line: &str) -> usize {
    line.bytes().filter(|b| matches!(b, b']' | b'}')).count()
}

/// Where the name on this line ends, when it is one whose value is secret.
fn sensitive_name(line: &str, secret_table: bool) -> Option<usize> {
    const NAMES: [&str; 8] =
        ["api_key", "apikey", "api-key", "headers", "token", "secret", "password", "authoriz"];
    let lower = line.to_ascii_lowercase();
    let first = NAMES
        .iter()
        .filter(|name| {
            !(**name == "token" && (lower.contains("max_tokens") || lower.contains("first_token")))
        })
        .filter_map(|name| lower.find(name).map(|at| at + name.len()))
        .min();
    let after_equals = || line.find('=').map(|at| at + 1);
    match first {
        // `api_keys = …` and `{ api_key = … }`: from the `=` on, or from the name when there is none.
        Some(end) => {
            let equals = line.get(end..).and_then(|rest| rest.find('=')).map(|at| end + at + 1);
            Some(equals.unwrap_or(end))
        }
        None if secret_table => Some(after_equals().unwrap_or(0)),
        None => None,
    }
}

/// The words of a value that are secret: all but names, which an `=` follows, and references such as
/// `env:NAME` and `file:PATH`.
fn secret_words(start: usize, value: &str) -> Vec<Range<usize>> {
    let separator =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '=' | '#');
    let is_name = |end: usize| {
        let rest = value.get(end..).unwrap_or_default();
        rest.trim_start_matches(['"', '\'']).trim_start().starts_with('=')
    };
    words(value, separator)
        .filter(|(at, word)| !is_reference(word) && !is_name(at + word.len()))
        .map(|(at, word)| start + at..start + at + word.len())
        .collect()
}

fn is_reference(word: &str) -> bool {
    word.strip_prefix("env:").is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        || word.starts_with("file:")
}

/// Words that look like a key wherever they stand.
fn key_like_words(text: &str) -> Vec<Range<usize>> {
    const PREFIXES: [&str; 9] = ["sk-", "sk_", "gsk_", "xai-", "AIza", "hf_", "ghp_", "eyJ", "AKIA"];
    let separator = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    words(text, separator)
        .filter(|(_, word)| {
            let known = word.len() >= 10 && PREFIXES.iter().any(|prefix| word.contains(prefix));
            // Model names reach 30 characters, but in pieces with hyphens between them.
            known || word.split(['-', '_']).any(is_random)
        })
        .map(|(at, word)| at..at + word.len())
        .collect()
}

/// Letters and digits mixed for longer than any word or date.
fn is_random(piece: &str) -> bool {
    piece.len() >= 20
        && piece.bytes().any(|b| b.is_ascii_digit())
        && piece.bytes().any(|b| b.is_ascii_alphabetic())
}

/// The pieces of a text between separators, with their places.
fn words(text: &str, separator: impl Fn(char) -> bool) -> impl Iterator<Item = (usize, &str)> {
    text.split(separator)
        .map(move |word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
        .filter(|(_, word)| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_printed_even_from_a_file_that_is_not_toml() {
        let check = |text: &str, expected: &str| {
            let masked = mask(text, &[]);
            assert_eq!(masked, expected);
            assert_eq!(masked.len(), text.len());
        };
        check("api_key = \"hunter2\"", "api_key = \"*******\"");
        check("api_key = \"hunter2", "api_key = \"*******");
        check("api_key hunter2", "api_key *******");
        check(
            "api_keys = [\n  \"hunter2\",\n  \"env:A\"\n]\nx = 1",
            "api_keys = [\n  \"*******\",\n  \"env:A\"\n]\nx = 1",
        );
        check("headers = { x = \"hunter2\" }", "headers = { x = \"*******\" }");
        check(
            "[providers.a.headers]\nx = \"hunter2\"\n[log]\nlevel = 1",
            "[providers.a.headers]\nx = \"*******\"\n[log]\nlevel = 1",
        );
        check("x = \"sk-ant-abcdef\"", "x = \"*************\"");
        check("x = \"0123456789abcdef0123\"", "x = \"********************\"");
        check("api_key = \"ключ\"", "api_key = \"····\"");
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        for text in [
            "api_keys = [\"env:OPENAI_API_KEY\", \"file:/run/secrets/key\"]",
            "targets = [\"anthropic/claude-sonnet-4-5-20250929\"]",
            "max_tokens = 100",
            "timeouts = { first_token = \"2s\" }",
            "base_url = \"https://generativelanguage.googleapis.com/v1beta/openai\"",
        ] {
            assert_eq!(mask(text, &[]), text);
        }
    }

    #[test]
    fn a_marked_value_is_hidden_and_columns_stay_true() {
        let value = 4..7;
        assert_eq!(mask("a = \"b\" # c", std::slice::from_ref(&value)), "a = \"*\" # c");
    }
}
