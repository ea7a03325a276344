//! Editing a JSON object without parsing what is inside it.
//!
//! The byte lane changes two or three top-level members of a request (the model, a system prompt) and must leave
//! every other byte as the caller wrote it: numbers keep their digits, keys their order, duplicates their place.
//! [`Members::read`] validates the body once and notes where each top-level value stands; [`Members::splice`]
//! writes a new body with some values replaced, added or taken out.

use bytes::Bytes;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// A body that is not a JSON object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct NotAnObject {
    /// What is wrong, in a few words.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in bytes.
    pub column: usize,
}

/// One top-level member.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    key: String,
    value: Range<usize>,
}

/// The top-level members of a JSON object and where their values stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members(Vec<Member>);

/// One change of a top-level member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Replace the value (every one of them, should the key stand there twice), or add the member at the end.
    Set(&'a str, String),
    /// Take the member out.
    Remove(&'a str),
}

impl Members {
    /// Validates `body` as one JSON object and notes its members.
    ///
    /// # Errors
    /// [`NotAnObject`] with the position of the first mistake.
    pub fn read(body: &[u8]) -> Result<Self, NotAnObject> {
        let fail = |e: serde_json::Error| NotAnObject {
            message: plain_message(&e),
            line: e.line(),
            column: e.column(),
        };
        let text = std::str::from_utf8(body).map_err(|e| {
            let before = &body[..e.valid_up_to()];
            let line_start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
            NotAnObject {
                message: "the body is not valid UTF-8".to_owned(),
                line: memchr::memchr_iter(b'\n', before).count() + 1,
                column: before.len() - line_start + 1,
            }
        })?;
        let mut de = serde_json::Deserializer::from_str(text);
        let members = de.deserialize_map(MembersVisitor { text }).map_err(fail)?;
        de.end().map_err(fail)?;
        Ok(Self(members))
    }

    /// Where the value of `key` stands; the last one, should the key stand there twice, as parsers take it.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Range<usize>> {
        self.0.iter().rev().find(|m| m.key == key).map(|m| m.value.clone())
    }

    /// The value of `key` in `body`, which must be the body that was read.
    #[must_use]
    pub fn get<'b>(&self, body: &'b [u8], key: &str) -> Option<&'b [u8]> {
        body.get(self.value(key)?)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|m| m.key.as_str())
    }

    /// `body` with `edits` applied; every byte outside them is kept. `body` must be the body that was read.
    #[must_use]
    pub fn splice(&self, body: &Bytes, edits: &[Edit<'_>]) -> Bytes {
        let mut changes: Vec<(Range<usize>, String)> = Vec::new();
        let mut added = String::new();
        let removed: Vec<bool> = self
            .0
            .iter()
            .map(|m| edits.iter().any(|e| matches!(e, Edit::Remove(key) if *key == m.key)))
            .collect();
        let left = removed.iter().filter(|r| !**r).count();
        for edit in edits {
            let Edit::Set(key, value) = edit else { continue };
            let mut found = false;
            for member in self.0.iter().filter(|m| m.key == *key) {
                found = true;
                if body.get(member.value.clone()) != Some(value.as_bytes()) {
                    changes.push((member.value.clone(), value.clone()));
                }
            }
            if !found {
                if left > 0 || !added.is_empty() {
                    added.push(',');
                }
                added.push_str(&serde_json::Value::from(*key).to_string());
                added.push(':');
                added.push_str(value);
            }
        }
        changes.extend(self.removals(body, &removed).into_iter().map(|range| (range, String::new())));
        if !added.is_empty() {
            let close = memchr::memrchr(b'}', body).unwrap_or(body.len());
            changes.push((close..close, added));
        }
        if changes.is_empty() {
            return body.clone();
        }
        changes.sort_by_key(|(range, _)| range.start);
        write(body, &changes)
    }

    /// The byte ranges that take out the members marked `removed`, each with the comma that goes with it.
    fn removals(&self, body: &[u8], removed: &[bool]) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut kept_before = false;
        for (i, member) in self.0.iter().enumerate() {
            if !removed[i] {
                kept_before = true;
                continue;
            }
            let before = match i.checked_sub(1).and_then(|p| self.0.get(p)) {
                Some(previous) => previous.value.end,
                None => memchr::memchr(b'{', body).map_or(0, |open| open + 1),
            };
            let mut end = member.value.end;
            if !kept_before && let Some(comma) = body[end..].iter().position(|b| !b.is_ascii_whitespace()) {
                // Nothing stands before it, so the comma behind it goes too.
                end += comma + usize::from(body[end + comma] == b',');
            }
            out.push(before.max(out.last().map_or(0, |r: &Range<usize>| r.end))..end);
        }
        out
    }
}

fn write(body: &[u8], changes: &[(Range<usize>, String)]) -> Bytes {
    let grow: usize = changes.iter().map(|(_, new)| new.len()).sum();
    let mut out = Vec::with_capacity(body.len() + grow);
    let mut at = 0;
    for (range, new) in changes {
        out.extend_from_slice(&body[at..range.start]);
        out.extend_from_slice(new.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(&body[at..]);
    Bytes::from(out)
}

/// serde's message without its own position, which we state ourselves.
fn plain_message(e: &serde_json::Error) -> String {
    let text = e.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

struct MembersVisitor<'t> {
    text: &'t str,
}

impl<'de> Visitor<'de> for MembersVisitor<'de> {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let base = self.text.as_ptr() as usize;
        let mut members = Vec::with_capacity(8);
        while let Some(key) = map.next_key::<String>()? {
            let raw: &'de RawValue = map.next_value()?;
            let start = raw.get().as_ptr() as usize - base;
            members.push(Member { key, value: start..start + raw.get().len() });
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn check(body: &str, edits: &[Edit<'_>], expected: &str) {
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        let out = Members::read(&bytes).unwrap().splice(&bytes, edits);
        assert_eq!(std::str::from_utf8(&out).unwrap(), expected);
        let _: Value = serde_json::from_slice(&out).unwrap();
    }

    fn set<'a>(key: &'a str, value: &str) -> Edit<'a> {
        Edit::Set(key, value.to_owned())
    }

    #[test]
    fn what_the_caller_wrote_is_kept_byte_for_byte() {
        check(r#"{ "model" : "a", "x":1.10 }"#, &[set("model", "\"b\"")], r#"{ "model" : "b", "x":1.10 }"#);
        check(r#"{"x":{"model":"a"}}"#, &[set("model", "\"b\"")], r#"{"x":{"model":"a"},"model":"b"}"#);
        check(r#"{"model":"a","model":"c"}"#, &[set("model", "1")], r#"{"model":1,"model":1}"#);
        check("{}", &[set("a", "1"), set("b", "2")], r#"{"a":1,"b":2}"#);
        check(r#"{"a":1,"b":2,"c":3}"#, &[Edit::Remove("a")], r#"{"b":2,"c":3}"#);
        check(r#"{"a":1 , "b":2,"c":3}"#, &[Edit::Remove("b")], r#"{"a":1,"c":3}"#);
        check(r#"{"a":1,"b":2}"#, &[Edit::Remove("b"), Edit::Remove("a")], "{}");
        check(r#"{ "a" : 1 }"#, &[Edit::Remove("a"), set("b", "2")], r#"{"b":2}"#);
        check(r#"{"a":1,"b":2,"c":3}"#, &[Edit::Remove("a"), Edit::Remove("b"), set("c", "4")], r#"{"c":4}"#);
        check(r#"{"\u006dodel":"a"}"#, &[set("model", "\"b\"")], r#"{"\u006dodel":"b"}"#);
    }

    #[test]
    fn an_unchanged_body_is_not_copied() {
        let body = Bytes::from_static(br#"{"model":"a"}"#);
        let out = Members::read(&body).unwrap().splice(&body, &[set("model", "\"a\"")]);
        assert_eq!(out.as_ptr(), body.as_ptr());
    }

    #[test]
    fn broken_json_is_reported_with_its_position() {
        let check = |body: &[u8], line: usize, column: usize| {
            let e = Members::read(body).unwrap_err();
            assert_eq!((e.line, e.column), (line, column), "{e}");
        };
        check(b"{\n  \"a\": tru }", 2, 11);
        check(b"[]", 1, 0);
        check(b"", 1, 0);
        check(b"{} x", 1, 4);
        check(b"{\"a\":\n\"\xff\"}", 2, 2);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~\u{e9}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-d]{1,2}", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_splice_changes_nothing_else_at_any_depth(
            members in prop::collection::vec(("[a-e]", any_json()), 0..6),
            set_key in "[a-f]", remove_key in "[a-f]", pretty: bool,
        ) {
            let mut value = Value::Object(members.into_iter().collect());
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let body = Bytes::from(text.unwrap());
            let edits = [Edit::Remove(&remove_key), Edit::Set(&set_key, "\"new\"".to_owned())];
            prop_assume!(set_key != remove_key);
            let out = Members::read(&body).unwrap().splice(&body, &edits);
            let object = value.as_object_mut().unwrap();
            object.remove(&remove_key);
            object.insert(set_key.clone(), Value::from("new"));
            prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), value);
        }

        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Members::read(&body);
        }
    }
}
