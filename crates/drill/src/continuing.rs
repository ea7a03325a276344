//! Half-written answers: how a request asks to go on with one, and what the model makes of it.
//!
//! A request asks in one of two ways. A *prefill* ends in an assistant message, and a model that knows the trick
//! writes on behind it. An *instruction* is a user message behind an assistant message whose text begins the
//! answer that the script has: the model reads what it is told and does it well or badly. The words of the
//! instruction mean nothing here, for they are the gateway's to choose.
//!
//! Invariant: what is written depends on the script's answer and on the given beginning only, so a test can say
//! beforehand what a client must end up with.

use crate::ask::Ask;
use crate::dialect::Dialect;
use crate::script::{Answer, Text};
use crate::validate;

/// What a model makes of a half-written answer. In a script: `continues=NAME`.
///
/// The first four say what a prefill gets, the others what an instruction gets. Examples take the answer to be
/// `one two three four`, of which `one two` is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Continues {
    /// Prefill: writes on, ` three four`. As llama.cpp, vLLM, DeepSeek, and Claude up to 4.5.
    Exact,
    /// Prefill: says the given beginning first, `one two three four`. As Mistral.
    Repeats,
    /// Prefill: begins a new message, which is the whole answer. As OpenAI and Cohere.
    Restarts,
    /// Prefill: 400 in the dialect's words. As Claude from 4.6 on.
    Refuses,
    /// Instruction: repeats the last ten words, or all if they are fewer, and writes on.
    Obeys,
    /// Instruction: repeats the last eight words and writes on.
    Obeys8,
    /// Instruction: repeats the last twelve words and writes on.
    Obeys12,
    /// Instruction: repeats the last forty words and writes on.
    TooMuch,
    /// Instruction: repeats the last three words and writes on.
    TooLittle,
    /// Instruction: repeats nothing and writes on, ` three four`.
    WritesOn,
    /// Instruction: says the whole answer again.
    FromZero,
    /// Instruction: says so first, `Sure, continuing:` and an empty line, and then does as `Obeys`.
    Preamble,
    /// Instruction: as `Obeys`, but the repeated words have curly quotes for straight ones and a line break for each
    /// space. What comes behind them is as it should be.
    Quotes,
    /// Instruction: says something else, in another language.
    Language,
    /// Instruction: says that it cannot.
    Declines,
    /// Instruction: begins again in other words.
    Paraphrase,
}

/// The two ways of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AskedBy {
    /// The request ends in an assistant message.
    Prefill,
    /// A user message comes behind the assistant message.
    Instruction,
}

const PREAMBLE: &str = "Sure, continuing:\n\n";
const OTHER_LANGUAGE: &str =
    "Bien sûr ! De quelle ville souhaitez-vous connaître la météo d'aujourd'hui, et en quelle unité ?";
const DECLINES: &str = "I'm sorry, but I can't continue that.";
const PARAPHRASE: &str = "To put it differently:";

impl Continues {
    /// Every way, in the order of the documentation.
    pub const ALL: [Continues; 16] = [
        Continues::Exact,
        Continues::Repeats,
        Continues::Restarts,
        Continues::Refuses,
        Continues::Obeys,
        Continues::Obeys8,
        Continues::Obeys12,
        Continues::TooMuch,
        Continues::TooLittle,
        Continues::WritesOn,
        Continues::FromZero,
        Continues::Preamble,
        Continues::Quotes,
        Continues::Language,
        Continues::Declines,
        Continues::Paraphrase,
    ];

    /// The word in scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Continues::Exact => "exact",
            Continues::Repeats => "repeats",
            Continues::Restarts => "restarts",
            Continues::Refuses => "refuses",
            Continues::Obeys => "obeys",
            Continues::Obeys8 => "obeys8",
            Continues::Obeys12 => "obeys12",
            Continues::TooMuch => "too-much",
            Continues::TooLittle => "too-little",
            Continues::WritesOn => "writes-on",
            Continues::FromZero => "from-zero",
            Continues::Preamble => "preamble",
            Continues::Quotes => "quotes",
            Continues::Language => "language",
            Continues::Declines => "declines",
            Continues::Paraphrase => "paraphrase",
        }
    }

    /// The way of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Continues::ALL.into_iter().find(|way| way.name() == name)
    }

    /// Which way of asking gets this answer.
    #[must_use]
    pub fn asked_by(self) -> AskedBy {
        match self {
            Continues::Exact | Continues::Repeats | Continues::Restarts | Continues::Refuses => {
                AskedBy::Prefill
            }
            Continues::Obeys | Continues::Obeys8 | Continues::Obeys12 => AskedBy::Instruction,
            Continues::TooMuch | Continues::TooLittle | Continues::WritesOn => AskedBy::Instruction,
            Continues::FromZero | Continues::Preamble | Continues::Quotes => AskedBy::Instruction,
            Continues::Language | Continues::Declines | Continues::Paraphrase => AskedBy::Instruction,
        }
    }

    /// What is written when `beginning` of the answer `whole` is given. A beginning that does not begin the answer
    /// is followed by the whole answer.
    #[must_use]
    pub fn written(self, whole: &str, beginning: &str) -> String {
        let rest = whole.strip_prefix(beginning).unwrap_or(whole);
        let repeated = |words| &beginning[last_words(beginning, words)..];
        let after = |words| format!("{}{rest}", repeated(words));
        match self {
            Continues::Exact | Continues::WritesOn => rest.to_owned(),
            Continues::Repeats => format!("{beginning}{rest}"),
            // Who refuses writes nothing: the status is the answer.
            Continues::Refuses => String::new(),
            Continues::Restarts | Continues::FromZero => whole.to_owned(),
            Continues::Obeys => after(10),
            Continues::Obeys8 => after(8),
            Continues::Obeys12 => after(12),
            Continues::TooMuch => after(40),
            Continues::TooLittle => after(3),
            Continues::Preamble => format!("{PREAMBLE}{}", after(10)),
            Continues::Quotes => format!("{}{rest}", typeset(repeated(10))),
            Continues::Language => OTHER_LANGUAGE.to_owned(),
            Continues::Declines => DECLINES.to_owned(),
            Continues::Paraphrase => paraphrase(whole),
        }
    }
}

/// The given beginning of an answer, and how it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) text: String,
    pub(crate) given: Given,
}

/// How a request gives the beginning of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// As its last message, which has this index.
    Prefill { sign: Sign, index: usize },
    /// As the last message but one. Whether that is the beginning of this answer, or an answer of its own with a
    /// new question behind it, only the script's answer tells. `question` is the user message before both.
    Instruction { question: String },
}

/// By what an OpenAI-like request says that its last message is unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// By nothing.
    Bare,
    /// `prefix: true` in the message: Mistral and DeepSeek.
    Prefix,
    /// `continue_final_message: true` in the request: vLLM, SGLang and llama.cpp.
    FinalMessage,
}

/// The answer that the script has, whoever asks and however.
pub(crate) fn canned<'a>(answer: &'a Answer, ask: &'a Ask) -> &'a str {
    match &answer.text {
        Text::Fixed(text) => text,
        Text::Echo => &ask.last_user,
    }
}

/// What the model of this answer makes of this request's beginning, and the answer it has in mind. `None`: no
/// beginning is given, or the answer has no text that could go on.
pub(crate) fn plan<'a>(
    answer: &Answer,
    ask: &'a Ask,
    sized: impl Fn(&str) -> String,
) -> Option<(Continues, String, &'a str)> {
    let beginning = ask.beginning.as_ref()?;
    let given = beginning.text.as_str();
    let (way, whole) = match &beginning.given {
        Given::Prefill { sign, .. } => {
            // What a model cannot do, no script teaches it.
            let unable = ask.dialect == Dialect::Anthropic && validate::takes_no_prefill(&ask.model);
            let told = if unable { Some(Continues::Refuses) } else { answer.prefilled };
            let way = told.unwrap_or_else(|| unless_told(ask.dialect, *sign));
            (way, sized(canned(answer, ask)))
        }
        Given::Instruction { question } => {
            // Who says back what was asked says back the question, and not the instruction.
            let words = if answer.text == Text::Echo { question } else { canned(answer, ask) };
            let whole = sized(words);
            if whole.len() == given.len() || !whole.starts_with(given) {
                return None;
            }
            (answer.instructed.unwrap_or(Continues::Obeys), whole)
        }
    };
    (!whole.is_empty() || way == Continues::Refuses).then_some((way, whole, given))
}

/// What a prefill gets when neither the script nor the model's name says.
fn unless_told(dialect: Dialect, sign: Sign) -> Continues {
    match (dialect, sign) {
        (Dialect::Anthropic, _) => Continues::Exact,
        (Dialect::Cohere, _) | (Dialect::OpenAi, Sign::Bare) => Continues::Restarts,
        (Dialect::OpenAi, Sign::Prefix) => Continues::Repeats,
        (Dialect::OpenAi, Sign::FinalMessage) => Continues::Exact,
    }
}

/// Where the last words of a text begin, so many of them or all. In scripts without spaces a letter is a word.
fn last_words(text: &str, count: usize) -> usize {
    let mut inside = false;
    let mut starts = Vec::new();
    for (at, letter) in text.char_indices() {
        let space = letter.is_whitespace();
        if !space && (!inside || is_ideograph(letter)) {
            starts.push(at);
        }
        inside = !space;
    }
    starts[starts.len().saturating_sub(count)..].first().copied().unwrap_or(0)
}

/// Kana and Han.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Curly quotes and line breaks, as a model writes that thinks it is typesetting.
fn typeset(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|letter| {
            let opens = before.is_whitespace() || matches!(before, '(' | '[' | '{');
            before = letter;
            match letter {
                '"' if opens => '\u{201c}',
                '"' => '\u{201d}',
                '\'' if opens => '\u{2018}',
                '\'' => '\u{2019}',
                ' ' => '\n',
                other => other,
            }
        })
        .collect()
}

/// The same words, each with its neighbour in front: as long as the answer, and no two words as they were.
fn paraphrase(whole: &str) -> String {
    let words: Vec<&str> = whole.split_whitespace().collect();
    let turned = words.chunks(2).flat_map(|pair| pair.iter().rev());
    std::iter::once(&PARAPHRASE).chain(turned).copied().collect::<Vec<_>>().join(" ")
}
