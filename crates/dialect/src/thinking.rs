//! Taking thinking out of an Anthropic conversation that would be refused for it.
//!
//! A `thinking` block carries a signature of whoever thought it, and Anthropic refuses a conversation with a block
//! whose signature is missing or not its own ("Invalid `signature` in `thinking` block"). An answer of another
//! vendor's backup reaches an Anthropic caller with its thinking unsigned, and the caller sends it back with the
//! next turn. Without it the conversation is accepted, and the model has lost nothing it may rely on.
//!
//! # Invariants
//! * Only assistant messages that hold such a block are written anew; every other byte is kept.
//! * A conversation without thinking is searched for the word and not parsed.

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Which thinking has to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// What nobody signed: no provider of this dialect takes it.
    Unsigned,
    /// All of it, redacted thinking too: it was signed by another model or account.
    All,
}

/// A conversation with its thinking taken out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stripped {
    /// The new value of `messages`.
    pub(crate) messages: String,
    /// The call the model is to go on from lost the thinking that led to it. Models that think within a budget
    /// refuse to think on without it.
    pub(crate) unthought_call: bool,
}

/// Takes thinking out of `messages`, the JSON text of a list. `None` when there is none to take out.
///
/// A message of nothing else is left out: Anthropic joins the user's turns around it.
pub(crate) fn strip(messages: &[u8], which: Which) -> Option<Stripped> {
    mentions_thinking(messages)?;
    let text = std::str::from_utf8(messages).ok()?;
    let list: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let edited: Vec<Edited> = list.iter().map(|message| strip_message(message, which)).collect();
    if edited.iter().all(|e| matches!(e.item, Item::Same)) {
        return None;
    }
    let is_assistant = |m: &&RawValue| {
        serde_json::from_str::<Message<'_>>(m.get()).is_ok_and(|m| m.role.as_deref() == Some("assistant"))
    };
    let last = list.iter().rposition(is_assistant).and_then(|at| edited.get(at));
    let unthought_call = last.is_some_and(|e| e.calls && !matches!(e.item, Item::Same));
    let items: Vec<Item> = edited.into_iter().map(|e| e.item).collect();
    Some(Stripped { messages: rewrite(text, &list, &items), unthought_call })
}

fn mentions_thinking(text: &[u8]) -> Option<()> {
    // The types of both kinds end in these letters.
    memmem::find(text, b"thinking\"").map(|_| ())
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    signature: Option<&'a RawValue>,
}

/// What becomes of one member of a list.
#[derive(Debug, PartialEq, Eq)]
enum Item {
    Same,
    Gone,
    Changed(String),
}

struct Edited {
    item: Item,
    /// The message calls a tool.
    calls: bool,
}

fn strip_message(message: &RawValue, which: Which) -> Edited {
    strip_content(message.get(), which).unwrap_or(Edited { item: Item::Same, calls: false })
}

/// `None` for a message that is kept, or that cannot be read: the provider then says what is wrong with it.
fn strip_content(message: &str, which: Which) -> Option<Edited> {
    mentions_thinking(message.as_bytes())?;
    let peek: Message<'_> = serde_json::from_str(message).ok()?;
    let content = peek.content.filter(|_| peek.role.as_deref() == Some("assistant"))?.get();
    let blocks: Vec<&RawValue> = serde_json::from_str(content).ok()?;
    let mut calls = false;
    let mut items = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let peek: Block<'_> = serde_json::from_str(block.get()).ok()?;
        calls |= peek.kind.as_deref() == Some("tool_use");
        items.push(if has_to_go(&peek, which) { Item::Gone } else { Item::Same });
    }
    if items.iter().all(|item| *item == Item::Same) {
        return None;
    }
    if items.iter().all(|item| *item == Item::Gone) {
        return Some(Edited { item: Item::Gone, calls });
    }
    let at = offset(message, content);
    let (before, after) = (message.get(..at)?, message.get(at + content.len()..)?);
    let changed = format!("{before}{}{after}", rewrite(content, &blocks, &items));
    Some(Edited { item: Item::Changed(changed), calls })
}

fn has_to_go(block: &Block<'_>, which: Which) -> bool {
    match block.kind.as_deref() {
        Some("thinking") => {
            which == Which::All || block.signature.is_none_or(|s| matches!(s.get(), "\"\"" | "null"))
        }
        Some("redacted_thinking") => which == Which::All,
        Some(_) | None => false,
    }
}

/// Where `inner`, a part of `outer`, begins.
fn offset(outer: &str, inner: &str) -> usize {
    (inner.as_ptr() as usize).saturating_sub(outer.as_ptr() as usize)
}

/// The list `text` with its members edited; what stands between the members is kept.
fn rewrite(text: &str, members: &[&RawValue], items: &[Item]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    let mut opening = None;
    let mut any = false;
    for (member, item) in members.iter().zip(items) {
        let start = offset(text, member.get());
        let gap = text.get(end..start).unwrap_or_default();
        let opening = *opening.get_or_insert(gap);
        end = start + member.get().len();
        let written = match item {
            Item::Gone => continue,
            Item::Same => member.get(),
            Item::Changed(changed) => changed,
        };
        // A gap holds the comma to the member before, which the first one kept no longer has.
        out.push_str(if any { gap } else { opening });
        out.push_str(written);
        any = true;
    }
    if !any {
        return "[]".to_owned();
    }
    out.push_str(text.get(end..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(messages: &str, which: Which, expected: Option<(&str, bool)>) {
        let found = strip(messages.as_bytes(), which);
        let found = found.as_ref().map(|s| (s.messages.as_str(), s.unthought_call));
        assert_eq!(found, expected, "{messages}");
        if let Some((messages, _)) = found {
            let _: serde_json::Value = serde_json::from_str(messages).unwrap();
        }
    }

    #[test]
    fn a_backups_unsigned_thinking_does_not_spoil_the_next_turn() {
        check(
            r#"[ {"role":"user","content":"a", "n":1.10},{"role":"assistant" , "content":[ {"type":"thinking","thinking":"hm","signature":""} , {"type":"text","text":"b"} ],"x":1e3} , {"role":"user","content":"c"}]"#,
            Which::Unsigned,
            Some((
                r#"[ {"role":"user","content":"a", "n":1.10},{"role":"assistant" , "content":[ {"type":"text","text":"b"} ],"x":1e3} , {"role":"user","content":"c"}]"#,
                false,
            )),
        );
        check(
            r#"[{"role":"assistant","content":[{"type":"text","text":"b"},{"type":"thinking","thinking":"hm"},{"type":"tool_use","id":"t","name":"f","input":{}}]}]"#,
            Which::Unsigned,
            Some((
                r#"[{"role":"assistant","content":[{"type":"text","text":"b"},{"type":"tool_use","id":"t","name":"f","input":{}}]}]"#,
                true,
            )),
        );
        // A message of nothing else goes with its thinking, wherever it stands.
        let thought =
            r#"{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":null}]}"#;
        let said = r#"{"role":"user","content":"a"}"#;
        check(&format!("[{thought}, {said}]"), Which::Unsigned, Some((&format!("[{said}]"), false)));
        check(&format!("[{said}, {thought} ]"), Which::Unsigned, Some((&format!("[{said} ]"), false)));
        check(
            &format!("[{said},{thought},{said}]"),
            Which::Unsigned,
            Some((&format!("[{said},{said}]"), false)),
        );
    }

    #[test]
    fn a_callers_own_thinking_is_kept_for_its_own_provider() {
        let signed = r#"[{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"abc"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":"b"}]}]"#;
        check(signed, Which::Unsigned, None);
        check(
            signed,
            Which::All,
            Some((r#"[{"role":"assistant","content":[{"type":"text","text":"b"}]}]"#, false)),
        );
        // The word alone is no thinking, and what cannot be read is the provider's to judge.
        for untouched in [
            r#"[{"role":"user","content":[{"type":"thinking","thinking":"hm"}]}]"#,
            r#"[{"role":"assistant","content":"\"thinking\""}]"#,
            r#"[{"role":"assistant","content":[{"type":"text","text":"\"thinking\""}]}]"#,
            r#"[{"role":"assistant","content":["thinking"]}]"#,
            "[]",
            "[{",
        ] {
            check(untouched, Which::All, None);
        }
    }
}
