//! The text form of scripts.
//!
//! A script is words with spaces or commas between them. The first word is the reply, the others add to it:
//!
//! ```text
//! ok "Hello world" headers=200ms first=1s every=10ms cut@3
//! 529 retry_after=2 then 529 then ok
//! tool get_weather '{"city":"Oslo"}' stall@2
//! ```
//!
//! Text with spaces, commas or quotes stands in quotes: `"..."` knows `\n`, `\t`, `\"` and `\\`, `'...'` is raw.

mod words;

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::continuing::Continues;

use super::build::{DEFAULT_REFUSAL, DEFAULT_TEXT};
use super::{At, ErrorBody, ErrorKind, Fault, Finish, Script};
use words::{Word, split};

/// An option that takes no value, and what it does to a script.
type Flag = (&'static str, fn(Script) -> Script);

/// The options that take no value.
pub(super) const FLAGS: [Flag; 15] = [
    ("burst", Script::burst),
    ("one_write", Script::one_write),
    ("flush_each", Script::flush_each),
    ("crlf", Script::crlf),
    ("pings", Script::pings),
    ("no_usage", Script::no_usage),
    ("stay_open", Script::stay_open),
    ("duplicate_finish", Script::duplicate_finish),
    ("usage_twice", Script::usage_twice),
    ("cut_arguments", Script::cut_arguments),
    ("no_call_ids", Script::no_call_ids),
    ("json_instead", Script::json_instead),
    ("gzip_lie", Script::gzip_lie),
    ("then_close", Script::then_close),
    ("continues", Script::continues),
];

/// The faults by name; `error` takes a kind after a colon.
pub(super) const FAULTS: [(&str, Fault); 11] = [
    ("cut", Fault::Cut),
    ("close", Fault::Close),
    ("reset", Fault::Reset),
    ("stream_reset", Fault::StreamReset),
    ("stall", Fault::Stall),
    ("error", Fault::Error(ErrorKind::Overloaded)),
    ("garbage", Fault::Garbage),
    ("malformed", Fault::Malformed),
    ("duplicate", Fault::Duplicate),
    ("goaway", Fault::GoAway),
    ("goaway_now", Fault::GoAwayNow),
];

const REPLIES: [&str; 11] =
    ["ok", "echo", "empty", "json", "tool", "refusal", "html", "error_in_200", "silent", "reset", "close"];

const SETTINGS: [&str; 16] = [
    "headers=200ms",
    "first=1s",
    "every=10ms",
    "tokens=52",
    "prompt=1200",
    "group=16",
    "finish=length",
    "chunk_bytes=7",
    "body='...'",
    "type=text/html",
    "model=NAME",
    "suffix=-v2",
    "think='...'",
    "retry_after=2",
    "status=503",
    "continues=exact",
];

/// What is wrong with a script's text, where, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct ParseError {
    /// Counted in characters from 1.
    pub column: usize,
    /// One sentence, with the fix.
    pub message: String,
}

impl ParseError {
    fn at(word: &Word, message: impl Into<String>) -> Self {
        ParseError { column: word.column, message: message.into() }
    }
}

impl FromStr for Script {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut scripts = scripts(text)?.into_iter();
        match (scripts.next(), scripts.next()) {
            (Some(script), None) => Ok(script),
            (Some(_), Some(_)) => Err(ParseError {
                column: 1,
                message: "one script is wanted here, and \"then\" makes several".to_owned(),
            }),
            (None, _) => Ok(Script::ok()),
        }
    }
}

impl Serialize for Script {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads scripts with `then` between them.
pub(super) fn scripts(text: &str) -> Result<Vec<Script>, ParseError> {
    let words = split(text)?;
    let end = Word { text: String::new(), column: text.chars().count() + 1, quoted: false };
    words.split(|word| !word.quoted && word.text == "then").map(|part| script(part, &end)).collect()
}

fn script(words: &[Word], end: &Word) -> Result<Script, ParseError> {
    let Some((first, mut rest)) = words.split_first() else {
        let message =
            format!("a script is missing; begin with one of {}, a status or an error", REPLIES.join(", "));
        return Err(ParseError::at(end, message));
    };
    let mut script = reply(first, &mut rest)?;
    for word in rest {
        script = option(script, word)?;
    }
    Ok(script)
}

/// The quoted word that comes next, if one does.
fn quoted(rest: &mut &[Word]) -> Option<String> {
    let (word, others) = rest.split_first().filter(|(word, _)| word.quoted)?;
    *rest = others;
    Some(word.text.clone())
}

/// The bare word that comes next, if one does and is no option.
fn bare<'w>(rest: &mut &'w [Word]) -> Option<&'w Word> {
    let (word, others) = rest.split_first().filter(|(word, _)| !word.text.contains(['=', '@']))?;
    *rest = others;
    Some(word)
}

fn reply(first: &Word, rest: &mut &[Word]) -> Result<Script, ParseError> {
    if first.quoted {
        return Ok(Script::answer(&first.text));
    }
    if let Some(kind) = ErrorKind::named(&first.text) {
        return Ok(Script::error(kind));
    }
    if first.text.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(Script::failed(None, Some(status(first, &first.text)?), ErrorBody::Dialect));
    }
    match first.text.as_str() {
        "ok" => Ok(Script::answer(quoted(rest).unwrap_or_else(|| DEFAULT_TEXT.to_owned()))),
        "echo" => Ok(Script::echo()),
        "empty" => Ok(Script::empty()),
        "json" => Ok(Script::answer(quoted(rest).unwrap_or_else(|| "{\"ok\":true}".to_owned()))),
        "refusal" => Ok(Script::refusal(quoted(rest).unwrap_or_else(|| DEFAULT_REFUSAL.to_owned()))),
        "silent" => Ok(Script::silent()),
        "reset" => Ok(Script::reset()),
        "close" => Ok(Script::close()),
        "goaway" => Ok(Script::goaway()),
        "tool" => {
            let name = bare(rest).ok_or_else(|| {
                ParseError::at(first, "a tool call needs a name: tool get_weather '{\"city\":\"Oslo\"}'")
            })?;
            let arguments = quoted(rest).unwrap_or_else(|| "{}".to_owned());
            Ok(Script::tool_call(&name.text, json(name, &arguments)?))
        }
        "html" => match bare(rest) {
            Some(word) => Ok(Script::html(status(word, &word.text)?)),
            None => Ok(Script::html(502)),
        },
        "error_in_200" => match bare(rest) {
            Some(word) => Ok(Script::error_in_200(kind(word, &word.text)?)),
            None => Ok(Script::error_in_200(ErrorKind::ServerError)),
        },
        other => {
            let known = REPLIES.into_iter().chain(ErrorKind::ALL.map(ErrorKind::name)).chain(["goaway"]);
            let hint = nearest(other, known)
                .unwrap_or_else(|| "begin with ok, a status such as 529, or silent".into());
            Err(ParseError::at(first, format!("a script cannot begin with \"{other}\"; {hint}")))
        }
    }
}

fn option(script: Script, word: &Word) -> Result<Script, ParseError> {
    let text = word.text.as_str();
    if let Some((name, place)) = text.split_once('@').filter(|(name, _)| !name.contains('=')) {
        return fault(script, word, name, place);
    }
    if let Some((name, value)) = text.split_once('=') {
        return setting(script, word, name, value);
    }
    match FLAGS.iter().find(|(name, _)| *name == text) {
        Some((_, set)) => Ok(set(script)),
        None => Err(unknown(word)),
    }
}

fn fault(script: Script, word: &Word, name: &str, place: &str) -> Result<Script, ParseError> {
    if name == "drip" {
        let (at, every) = place
            .split_once('=')
            .ok_or_else(|| ParseError::at(word, "a drip needs a time between tokens: drip@3=2s"))?;
        return Ok(script.drip_at(number(word, at)?, milliseconds(word, every)?));
    }
    let (place, kind_name) = match place.split_once(':') {
        Some((place, kind_name)) => (place, Some(kind_name)),
        None => (place, None),
    };
    let at = match place {
        "start" => At::Start,
        "finish" => At::Finish,
        "terminator" => At::Terminator,
        tokens => At::Token(tokens.parse().map_err(|_not_a_number| {
            let message =
                format!("\"{tokens}\" is no place; use a number of tokens, start, finish or terminator");
            ParseError::at(word, message)
        })?),
    };
    let fault = FAULTS.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault);
    match (fault, kind_name) {
        (Some(Fault::Error(_)), Some(kind_name)) => {
            Ok(script.fault(at, Fault::Error(kind(word, kind_name)?)))
        }
        (Some(_), Some(_)) => {
            Err(ParseError::at(word, format!("only error@ takes a kind, {name}@ does not")))
        }
        (Some(fault), None) => Ok(script.fault(at, fault)),
        (None, _) => Err(unknown(word)),
    }
}

fn setting(script: Script, word: &Word, name: &str, value: &str) -> Result<Script, ParseError> {
    if let Some(header) = name.strip_prefix("header:") {
        if http::HeaderName::try_from(header).is_err() || http::HeaderValue::try_from(value).is_err() {
            return Err(ParseError::at(word, format!("\"{header}\" with this value is no HTTP header")));
        }
        return Ok(script.header(header, value));
    }
    if let Some(tool) = name.strip_prefix("tool:") {
        return Ok(script.and_tool_call(tool, json(word, value)?));
    }
    Ok(match name {
        "headers" => script.delay_headers(milliseconds(word, value)?),
        "first" => script.delay_first_token(milliseconds(word, value)?),
        "every" => script.between_tokens(milliseconds(word, value)?),
        "tokens" => script.tokens(number(word, value)?),
        "prompt" => script.prompt_tokens(number(word, value)?),
        "group" => script.group(number(word, value)?),
        "chunk_bytes" => script.chunk_bytes(number(word, value)? as usize),
        "finish" => script.finish(finish(word, value)?),
        "continues" => script.continuing(continues(word, value)?),
        "body" => script.body(value),
        "type" => script.content_type(value),
        "model" => script.model(value),
        "suffix" => script.model_suffix(value),
        "think" => script.reasoning(value),
        "retry_after" => script.header("retry-after", value),
        "status" => {
            let status = status(word, value)?;
            let mut script = script;
            if let super::Reply::Error(error) = &mut script.reply {
                error.status = Some(status);
                script
            } else {
                return Err(ParseError::at(word, "status= belongs to an error; an answer has status 200"));
            }
        }
        _ => return Err(unknown(word)),
    })
}

fn unknown(word: &Word) -> ParseError {
    let text = word.text.as_str();
    let stem = text.split(['@', '=']).next().unwrap_or(text);
    let place = text.split_once('@').map(|(_, place)| format!("@{place}"));
    let faults = FAULTS.iter().map(|(name, _)| *name).chain(["drip"]);
    let hint = match place {
        Some(place) => {
            nearest(stem, faults).map(|hint| format!("{}{place}\"?", hint.trim_end_matches("\"?")))
        }
        None => nearest(stem, FLAGS.iter().map(|(name, _)| *name))
            .or_else(|| nearest(stem, SETTINGS.iter().filter_map(|setting| setting.split('=').next())))
            .or_else(|| nearest(stem, faults).map(|hint| format!("{}@3\"?", hint.trim_end_matches("\"?")))),
    };
    let hint = hint.unwrap_or_else(|| {
        format!("there are flags such as crlf, settings such as {}, and faults such as cut@3", SETTINGS[0])
    });
    ParseError::at(word, format!("unknown word \"{text}\"; {hint}"))
}

/// A question that names the closest known word, when one is close.
fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .filter(|(distance, name)| *distance <= 2.min(name.len() / 2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!("did you mean \"{name}\"?"))
}

fn status(word: &Word, text: &str) -> Result<u16, ParseError> {
    text.parse().ok().filter(|status| (200..1000).contains(status)).ok_or_else(|| {
        ParseError::at(word, format!("\"{text}\" is no status; use a number from 200 to 999, such as 529"))
    })
}

fn number(word: &Word, text: &str) -> Result<u32, ParseError> {
    text.parse().map_err(|_not_a_number| ParseError::at(word, format!("\"{text}\" is no whole number")))
}

fn kind(word: &Word, text: &str) -> Result<ErrorKind, ParseError> {
    ErrorKind::named(text).ok_or_else(|| {
        let hint = nearest(text, ErrorKind::ALL.into_iter().map(ErrorKind::name))
            .unwrap_or_else(|| format!("the kinds are {}", ErrorKind::ALL.map(ErrorKind::name).join(", ")));
        ParseError::at(word, format!("unknown error \"{text}\"; {hint}"))
    })
}

fn finish(word: &Word, text: &str) -> Result<Finish, ParseError> {
    [Finish::Stop, Finish::Length, Finish::ToolCalls, Finish::ContentFilter]
        .into_iter()
        .find(|finish| finish.name() == text)
        .ok_or_else(|| {
            let message =
                format!("unknown finish \"{text}\"; use stop, length, tool_calls or content_filter");
            ParseError::at(word, message)
        })
}

fn continues(word: &Word, text: &str) -> Result<Continues, ParseError> {
    Continues::named(text).ok_or_else(|| {
        let names = || Continues::ALL.into_iter().map(Continues::name);
        let hint = nearest(text, names())
            .unwrap_or_else(|| format!("there are {}", names().collect::<Vec<_>>().join(", ")));
        ParseError::at(word, format!("unknown way to continue \"{text}\"; {hint}"))
    })
}

fn json(word: &Word, text: &str) -> Result<Value, ParseError> {
    serde_json::from_str(text)
        .map_err(|error| ParseError::at(word, format!("the arguments of a tool call are no JSON: {error}")))
}

/// `200ms`, `1.5s`, `2m`; a bare number is milliseconds.
fn milliseconds(word: &Word, text: &str) -> Result<u64, ParseError> {
    let (digits, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let seconds = match unit {
        "ms" | "" => Some(0.001),
        "s" => Some(1.0),
        "m" => Some(60.0),
        _ => None,
    };
    let amount: Option<f64> = digits.parse().ok();
    amount
        .zip(seconds)
        .and_then(|(amount, seconds)| Duration::try_from_secs_f64(amount * seconds).ok())
        .and_then(|time| u64::try_from((time + Duration::from_micros(500)).as_millis()).ok())
        .ok_or_else(|| ParseError::at(word, format!("\"{text}\" is no time; write 200ms, 1.5s or 2m")))
}
