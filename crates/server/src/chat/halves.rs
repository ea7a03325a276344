//! Characters that a provider has cut in two.
//!
//! A server that cuts its text by UTF-16 units sends half of an emoji at the end of one event (`"\ud83d"`) and the other
//! half at the beginning of the next (`"\ude00"`). Neither is text, and a strict reader of JSON refuses the whole event
//! with all words in it. Here the halves are put together where they follow each other, and shown as a replacement
//! character where they do not.

use std::borrow::Cow;

/// The first half at the end of the last event, as its four digits.
#[derive(Debug, Default)]
pub(crate) struct Halves {
    first: Option<String>,
}

impl Halves {
    /// The event's JSON with no half characters in it.
    pub(crate) fn mend<'a>(&mut self, json: &'a [u8]) -> Cow<'a, [u8]> {
        let kept = self.first.take();
        let (mut mended, mut copied, mut at) = (Vec::new(), 0, 0);
        while let Some(&byte) = json.get(at) {
            if byte != b'\\' {
                at += 1;
                continue;
            }
            let Some(unit) = escaped(json, at) else {
                // Some other escape: what is behind the backslash is no backslash of its own.
                at += 2;
                continue;
            };
            let next = escaped(json, at + 6);
            if is_first(unit) && next.is_some_and(is_second) {
                at += 12;
                continue;
            }
            if !is_first(unit) && !is_second(unit) {
                at += 6;
                continue;
            }
            mended.extend_from_slice(json.get(copied..at).unwrap_or_default());
            let ends_text = json.get(at + 6) == Some(&b'"');
            let begins_text = at > 0 && json.get(at - 1) == Some(&b'"');
            match &kept {
                Some(first) if is_second(unit) && begins_text => {
                    mended.extend_from_slice(format!("\\u{first}\\u{unit:04x}").as_bytes());
                }
                _ if is_first(unit) && ends_text => self.first = Some(format!("{unit:04x}")),
                _ => mended.extend_from_slice(b"\\ufffd"),
            }
            at += 6;
            copied = at;
        }
        if copied == 0 {
            return Cow::Borrowed(json);
        }
        mended.extend_from_slice(json.get(copied..).unwrap_or_default());
        Cow::Owned(mended)
    }
}

/// The UTF-16 unit that is escaped at `at`.
fn escaped(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn is_first(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

fn is_second(unit: u16) -> bool {
    (0xdc00..0xe000).contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(events: &[&str], expected: &str) {
        let mut halves = Halves::default();
        let text = |event: &&str| -> String {
            let json = format!("{{\"a\":\"{event}\",\"b\":1}}");
            let value: serde_json::Value = serde_json::from_slice(&halves.mend(json.as_bytes())).unwrap();
            value["a"].as_str().unwrap().to_owned()
        };
        assert_eq!(events.iter().map(text).collect::<String>(), expected, "{events:?}");
    }

    #[test]
    fn an_emoji_in_two_halves_costs_no_word_and_is_whole_again() {
        check(&["half \\ud83d", "\\ude00 end"], "half 😀 end");
        check(&["\\ud83d", "\\ude00"], "😀");
        check(&["whole \\ud83d\\ude00", " end"], "whole 😀 end");
        check(&["plain", "text \\u00e9 \\\\ud83d"], "plaintext é \\ud83d");
    }

    #[test]
    fn half_an_emoji_that_stays_alone_costs_itself_only() {
        check(&["a \\ud83d", "b"], "a b");
        check(&["a \\ud83d b"], "a \u{fffd} b");
        check(&["a", "\\ude00 b"], "a\u{fffd} b");
        check(&["\\ud83d\\ud83d\\ude00"], "\u{fffd}😀");
        check(&["\\ud83d", "x", "\\ude00"], "x\u{fffd}");
    }

    #[test]
    fn what_is_no_json_is_left_as_it_is() {
        for text in ["", "\\", "\\u", "\\ud83", "\"\\uzzzz\"", "{\"a\":\"\\"] {
            assert_eq!(&*Halves::default().mend(text.as_bytes()), text.as_bytes());
        }
    }
}
