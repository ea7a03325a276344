//! What a request to a provider gives of an answer that another has begun, and what that makes of the bill.
//!
//! Invariant: this is read from the bytes that the provider gets, and from nothing that the gateway says of them.

use handover_drill::{AskedBy, Continues, Dialect, Script};
use serde_json::Value;

use super::net::Asking;
use crate::scenario::Provider;
use crate::words;

/// A half answer, and how it is to be gone on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Half {
    /// The text.
    pub(super) text: String,
    /// The words of what is asked behind it; none for a prefill.
    instruction: u32,
    asked_by: AskedBy,
}

/// The half answer in a request; `None` where there is none. Users of a replay ask one question, so an assistant's
/// message is never theirs.
pub(super) fn half(body: &[u8]) -> Option<Half> {
    if !body.windows(ASSISTANT.len()).any(|part| part == ASSISTANT) {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let messages = body["messages"].as_array()?;
    let at = messages.iter().rposition(|message| message["role"] == "assistant")?;
    let text = text(&messages.get(at)?["content"]);
    let behind = messages.get(at + 1).map(|message| self::text(&message["content"]));
    let asked_by = if behind.is_some() { AskedBy::Instruction } else { AskedBy::Prefill };
    let instruction = behind.map_or(0, |behind| behind.split_whitespace().count());
    Some(Half { text, instruction: u32::try_from(instruction).unwrap_or(u32::MAX), asked_by })
}

const ASSISTANT: &[u8] = b"\"assistant\"";

fn text(content: &Value) -> String {
    match content.as_array() {
        Some(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        None => content.as_str().unwrap_or_default().to_owned(),
    }
}

impl Half {
    /// Tokens of the prompt with the half answer and the instruction.
    pub(super) fn prompt_tokens(&self, asking: Asking) -> u32 {
        let text = u32::try_from(words::count(self.text.as_bytes())).unwrap_or(u32::MAX);
        asking.prompt_tokens.saturating_add(text).saturating_add(self.instruction)
    }

    /// Tokens of all that the script's model will write, and those of them that bear no mark.
    pub(super) fn writes(&self, script: &Script, asking: Asking) -> (u32, u32) {
        let whole = words::answer(asking.number, asking.answer_tokens);
        let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let is_beginning = whole.len() > self.text.len() && whole.starts_with(&self.text);
        if self.asked_by == AskedBy::Instruction && !is_beginning {
            // To this model it is an answer of its own: it answers as if nothing had been given.
            return (asking.answer_tokens, 0);
        }
        let written = self.way(script).written(&whole, &self.text);
        let tokens = number(written.split_whitespace().count() as u64);
        (tokens, tokens.saturating_sub(number(words::count(written.as_bytes()))))
    }

    fn way(&self, script: &Script) -> Continues {
        let said = script.to_string();
        let mut ways =
            said.split_whitespace().filter_map(|word| Continues::named(word.strip_prefix("continues=")?));
        ways.rfind(|way| way.asked_by() == self.asked_by).unwrap_or(match self.asked_by {
            AskedBy::Prefill => Continues::Exact,
            AskedBy::Instruction => Continues::Obeys,
        })
    }
}

/// The script, with what the provider's model makes of half answers where the script itself does not say it.
pub(super) fn taught(script: Script, provider: &Provider) -> Script {
    let said = script.to_string();
    if provider.continues.is_empty() || !script.is_answer() || said.contains("continues") {
        return script;
    }
    // Models of Claude up to 4.5 take a prefill as it is: nothing is known of one that does not.
    let can =
        |way: &&Continues| provider.dialect != Dialect::Cohere || way.asked_by() == AskedBy::Instruction;
    provider.continues.iter().filter(can).fold(script, |script, way| script.continuing(*way))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKING: Asking = Asking { number: 3, prompt_tokens: 100, answer_tokens: 20 };

    fn asked(messages: &str) -> Option<Half> {
        half(format!(r#"{{"model":"m","messages":[{{"role":"user","content":"Hi"}}{messages}]}}"#).as_bytes())
    }

    #[test]
    fn a_second_reading_of_the_prompt_is_on_the_bill() {
        assert_eq!(asked(""), None);
        let given = words::answer(3, 12);
        let assistant = format!(r#",{{"role":"assistant","content":"{given}"}}"#);
        let prefill = asked(&assistant).unwrap();
        assert_eq!((prefill.text.as_str(), prefill.prompt_tokens(ASKING)), (given.as_str(), 112));
        assert_eq!(prefill.writes(&Script::ok(), ASKING), (8, 0));
        let told = asked(&format!(
            r#",{{"role":"assistant","content":[{{"type":"text","text":"{given}"}}]}},{{"role":"user","content":"go on"}}"#
        ))
        .unwrap();
        assert_eq!((told.text.as_str(), told.prompt_tokens(ASKING)), (given.as_str(), 114));
        for (way, tokens, unmarked) in [
            (Continues::Obeys, 18, 0),
            (Continues::WritesOn, 8, 0),
            (Continues::FromZero, 20, 0),
            (Continues::Preamble, 20, 2),
        ] {
            assert_eq!(told.writes(&Script::ok().continuing(way), ASKING), (tokens, unmarked), "{way:?}");
        }
    }
}
