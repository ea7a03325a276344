//! An answer before it has a dialect: its parts, already cut into tokens.
//!
//! The stream and the plain JSON of one request are both written from one story, so they cannot disagree.

use crate::ask::Ask;
use crate::continuing;
use crate::script::{Answer, Finish, ModelName, Script};

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) id: String,
    /// Seconds since 1970, counted up from a fixed day, so that runs can be compared.
    pub(crate) created: u64,
    pub(crate) model: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) finish: Finish,
    /// `None`: the provider forgets to send it.
    pub(crate) usage: Option<Usage>,
    /// OpenAI: the caller asked for usage in the stream.
    pub(crate) include_usage: bool,
    /// Tokens of the whole answer.
    pub(crate) tokens: u32,
    /// Tokens in one string of a text part: more than one when a stream's events are grouped.
    pub(crate) group: u32,
}

/// One part of an answer. The strings of a part, joined, are its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Reasoning(Vec<String>),
    Text(Vec<String>),
    Refusal(Vec<String>),
    /// `id` is `None` where the provider forgets it.
    Tool {
        id: Option<String>,
        name: String,
        arguments: Vec<String>,
    },
}

/// Token counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) reasoning: u64,
}

/// Makes the names and numbers of one answer: the same simulator name and request number give the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids<'a> {
    pub(crate) simulator: &'a str,
    pub(crate) number: u64,
}

/// 2026-01-01T00:00:00Z: the simulator's day. It has no wall clock, so that goldens hold.
const EPOCH: u64 = 1_767_225_600;

impl Ids<'_> {
    /// `length` letters and digits that belong to this answer and this purpose.
    pub(crate) fn letters(self, purpose: &str, length: usize) -> String {
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let bytes = self.simulator.bytes().chain([0]).chain(purpose.bytes());
        // FNV-1a, then SplitMix64: small, fixed for ever, and good enough to look random. Requests must not be
        // numbered with SplitMix64's own step, or the next id would be this one shifted by a letter.
        let seed = bytes
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
            .wrapping_add(self.number.wrapping_mul(0xd134_2543_de82_ef95));
        (1..)
            .map(|step: u64| {
                let mut mixed = seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                char::from(ALPHABET[((mixed ^ (mixed >> 31)) % 36) as usize])
            })
            .take(length)
            .collect()
    }

    pub(crate) fn created(self) -> u64 {
        EPOCH + self.number
    }
}

impl Story {
    pub(crate) fn write(script: &Script, answer: &Answer, ask: &Ask, ids: Ids<'_>) -> Story {
        let mut parts = Vec::new();
        if let Some(thoughts) = &answer.reasoning {
            parts.push(Part::Reasoning(tokens_of(thoughts)));
        }
        if let Some(refusal) = &answer.refusal {
            parts.push(Part::Refusal(tokens_of(refusal)));
        }
        let text = text_tokens(answer, ask);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        for (index, (name, arguments)) in answer.tools.iter().enumerate() {
            let letters = ids.letters(&format!("tool{index}"), 24);
            let mut arguments = arguments.to_string();
            if script.shape.cut_arguments {
                arguments = arguments.chars().take(arguments.chars().count() / 2).collect();
            }
            parts.push(Part::Tool {
                id: (!script.shape.no_call_ids).then(|| crate::wire::tool_id(ask.dialect, name, &letters)),
                name: name.clone(),
                arguments: fragments(&arguments),
            });
        }
        let told = answer.tokens.is_some() || answer.finish.is_some();
        let most = ask.most_tokens.filter(|_| !told);
        let natural = if most.is_some_and(|most| limit(&mut parts, most)) {
            Finish::Length
        } else if answer.tools.is_empty() {
            Finish::Stop
        } else {
            Finish::ToolCalls
        };
        let output = parts.iter().map(Part::tokens).sum();
        let usage = Usage {
            input: answer.prompt_tokens.map_or(ask.prompt_tokens, u64::from),
            output,
            reasoning: parts.iter().filter(|p| matches!(p, Part::Reasoning(_))).map(Part::tokens).sum(),
        };
        let group = if ask.stream { answer.group.max(1) } else { 1 };
        parts.iter_mut().for_each(|part| part.group(group));
        Story {
            id: crate::wire::answer_id(ask.dialect, ids),
            created: ids.created(),
            model: match &script.model {
                ModelName::Echo => ask.model.clone(),
                ModelName::Suffix(suffix) => format!("{}{suffix}", ask.model),
                ModelName::Fixed(model) => model.clone(),
            },
            parts,
            finish: answer.finish.unwrap_or(natural),
            usage: (!script.shape.no_usage).then_some(usage),
            include_usage: ask.include_usage,
            tokens: u32::try_from(output).unwrap_or(u32::MAX),
            group,
        }
    }

    pub(crate) fn refused(&self) -> bool {
        self.finish == Finish::ContentFilter || self.parts.iter().any(|p| matches!(p, Part::Refusal(_)))
    }
}

impl Part {
    /// Joins so many tokens of a text into one string.
    fn group(&mut self, group: u32) {
        if let Part::Text(tokens) = self
            && group > 1
        {
            *tokens = tokens.chunks(group as usize).map(<[String]>::concat).collect();
        }
    }

    pub(crate) fn tokens(&self) -> u64 {
        match self {
            Part::Reasoning(tokens) | Part::Text(tokens) | Part::Refusal(tokens) => tokens.len() as u64,
            Part::Tool { arguments, .. } => 1 + arguments.len() as u64,
        }
    }
}

fn text_tokens(answer: &Answer, ask: &Ask) -> Vec<String> {
    match continuing::plan(answer, ask, |text| sized(answer, text).concat()) {
        Some((way, whole, beginning)) => tokens_of(&way.written(&whole, beginning)),
        None => sized(answer, continuing::canned(answer, ask)),
    }
}

/// The tokens of a text, as many as the script asks for.
pub(crate) fn sized(answer: &Answer, text: &str) -> Vec<String> {
    let tokens = tokens_of(text);
    match answer.tokens {
        Some(wanted) => exactly(&tokens, wanted as usize),
        None => tokens,
    }
}

/// What is left of an answer that may have so many tokens; whether that is less than the answer. Tool calls stay
/// whole: what a limit does to them is a fault, which a script asks for with `cut_arguments finish=length`.
fn limit(parts: &mut Vec<Part>, most: u32) -> bool {
    let mut left = most as usize;
    let mut cut = false;
    parts.retain_mut(|part| match part {
        Part::Reasoning(tokens) | Part::Text(tokens) | Part::Refusal(tokens) => {
            cut |= tokens.len() > left;
            tokens.truncate(left);
            left -= tokens.len();
            !tokens.is_empty()
        }
        Part::Tool { .. } => !cut,
    });
    cut
}

/// Words, each with the white space before it. Joined they are the text again.
pub(crate) fn tokens_of(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut after_space = true;
    for letter in text.chars() {
        let space = letter.is_whitespace();
        match tokens.last_mut() {
            Some(token) if !space || after_space => token.push(letter),
            Some(_) | None => tokens.push(letter.to_string()),
        }
        after_space = space;
    }
    tokens
}

fn exactly(tokens: &[String], wanted: usize) -> Vec<String> {
    let (first, none) = match tokens.first() {
        Some(first) => (format!(" {}", first.trim_start()), false),
        None => (" word".to_owned(), true),
    };
    if none {
        return vec![first; wanted];
    }
    let again = std::iter::once(&first).chain(&tokens[1..]).cycle();
    tokens.iter().chain(again).take(wanted).cloned().collect()
}

/// Arguments in pieces of about eight characters, as models give them.
fn fragments(arguments: &str) -> Vec<String> {
    let letters: Vec<char> = arguments.chars().collect();
    letters.chunks(8).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_joined_are_the_text_again() {
        for text in ["", "Hello", "Hello world", "  two  spaces \n", "äöü 漢字 x"] {
            assert_eq!(tokens_of(text).concat(), text);
        }
        assert_eq!(tokens_of("Hello  big world"), ["Hello", "  big", " world"]);
    }

    #[test]
    fn an_answer_has_exactly_the_tokens_asked_for() {
        for (text, wanted, expected) in
            [("a b", 5, "a b a b a"), ("a b c", 2, "a b"), ("", 2, " word word"), ("x", 0, "")]
        {
            assert_eq!(exactly(&tokens_of(text), wanted).concat(), expected);
        }
    }

    #[test]
    fn an_answer_is_never_longer_than_the_request_allows() {
        let of = |text: &str| tokens_of(text);
        let whole = || {
            let arguments = vec!["{".to_owned(), "}".to_owned()];
            let tool = Part::Tool { id: None, name: "f".to_owned(), arguments };
            vec![Part::Reasoning(of("a b")), Part::Text(of("c d e")), tool]
        };
        // Tokens, and parts. The call has three tokens and comes only after all of the text.
        for (most, left, kept, is_cut) in [
            (9, 8, 3, false),
            (5, 8, 3, false),
            (4, 4, 2, true),
            (3, 3, 2, true),
            (2, 2, 1, true),
            (1, 1, 1, true),
        ] {
            let mut parts = whole();
            assert_eq!(limit(&mut parts, most), is_cut, "{most}");
            assert_eq!((parts.iter().map(Part::tokens).sum::<u64>(), parts.len()), (left, kept), "{most}");
        }
    }

    #[test]
    fn ids_differ_by_request_simulator_and_purpose() {
        let one = Ids { simulator: "sim", number: 1 };
        assert_eq!(one.letters("a", 12), one.letters("a", 12));
        assert_ne!(one.letters("a", 12), one.letters("b", 12));
        let two = Ids { simulator: "sim", number: 2 };
        assert!(!one.letters("a", 24).contains(&two.letters("a", 12)));
        assert!(!two.letters("a", 24).contains(&one.letters("a", 24)[1..]));
        assert_ne!(one.letters("a", 12), Ids { simulator: "other", number: 1 }.letters("a", 12));
    }
}
