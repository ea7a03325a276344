//! Scripts back to text. `parse` reads what is written here.

use std::fmt::{self, Display, Formatter, Write};
use std::time::Duration;

use crate::continuing::Continues;

use super::{Answer, At, ErrorBody, ErrorReply, Fault, Finish, Framing, ModelName, Reply, Script, Text};

/// Text in double quotes with escapes.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

impl Finish {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Finish::Stop => "stop",
            Finish::Length => "length",
            Finish::ToolCalls => "tool_calls",
            Finish::ContentFilter => "content_filter",
        }
    }
}

impl Display for At {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            At::Start => f.write_str("start"),
            At::Token(tokens) => write!(f, "{tokens}"),
            At::Finish => f.write_str("finish"),
            At::Terminator => f.write_str("terminator"),
        }
    }
}

impl Display for Script {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.reply {
            Reply::Answer(answer) => write_answer(f, answer)?,
            Reply::Error(error) => write_error(f, error, self.shape.status_lie)?,
            Reply::Silent => f.write_str("silent")?,
            Reply::Reset => f.write_str("reset")?,
            Reply::Close => f.write_str("close")?,
            Reply::GoAway => f.write_str("goaway")?,
        }
        self.write_pace(f)?;
        for (at, fault) in &self.faults {
            let name = super::parse::FAULTS
                .iter()
                .find(|(_, known)| std::mem::discriminant(known) == std::mem::discriminant(fault))
                .map_or("", |(name, _)| name);
            write!(f, " {name}@{at}")?;
            if let Fault::Error(kind) = fault {
                write!(f, ":{}", kind.name())?;
            }
        }
        self.write_shape(f)?;
        for (name, value) in &self.headers {
            write!(f, " header:{name}={}", Quoted(value))?;
        }
        match &self.model {
            ModelName::Echo => Ok(()),
            ModelName::Suffix(suffix) => write!(f, " suffix={}", Quoted(suffix)),
            ModelName::Fixed(model) => write!(f, " model={}", Quoted(model)),
        }
    }
}

impl Script {
    fn write_pace(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, time) in
            [("headers", self.pace.headers), ("first", self.pace.first_token), ("every", self.pace.between)]
        {
            if time > Duration::ZERO {
                write!(f, " {name}={}ms", time.as_millis())?;
            }
        }
        match self.pace.drip {
            Some((tokens, every)) => write!(f, " drip@{tokens}={}ms", every.as_millis()),
            None => Ok(()),
        }
    }

    fn write_shape(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shape = &self.shape;
        match shape.framing {
            Framing::PerEvent => {}
            Framing::OneWrite => f.write_str(" one_write")?,
            Framing::Bytes(bytes) => write!(f, " chunk_bytes={bytes}")?,
        }
        let flags = [
            (shape.flush_each, "flush_each"),
            (shape.crlf, "crlf"),
            (shape.pings, "pings"),
            (shape.no_usage, "no_usage"),
            (shape.stay_open, "stay_open"),
            (shape.duplicate_finish, "duplicate_finish"),
            (shape.usage_twice, "usage_twice"),
            (shape.cut_arguments, "cut_arguments"),
            (shape.no_call_ids, "no_call_ids"),
            (shape.json_instead, "json_instead"),
            (shape.gzip_lie, "gzip_lie"),
            (shape.then_close, "then_close"),
        ];
        for (_, name) in flags.into_iter().filter(|(set, _)| *set) {
            write!(f, " {name}")?;
        }
        match &shape.content_type {
            Some(value) => write!(f, " type={}", Quoted(value)),
            None => Ok(()),
        }
    }
}

fn write_answer(f: &mut Formatter<'_>, answer: &Answer) -> fmt::Result {
    match (&answer.refusal, &answer.text) {
        (Some(refusal), _) => write!(f, "refusal {}", Quoted(refusal))?,
        (None, Text::Fixed(text)) => write!(f, "ok {}", Quoted(text))?,
        (None, Text::Echo) => f.write_str("echo")?,
    }
    if let Some(thoughts) = &answer.reasoning {
        write!(f, " think={}", Quoted(thoughts))?;
    }
    for (name, arguments) in &answer.tools {
        write!(f, " tool:{name}={}", Quoted(&arguments.to_string()))?;
    }
    if let Some(tokens) = answer.tokens {
        write!(f, " tokens={tokens}")?;
    }
    if let Some(tokens) = answer.prompt_tokens {
        write!(f, " prompt={tokens}")?;
    }
    if answer.group > 0 {
        write!(f, " group={}", answer.group)?;
    }
    if let Some(finish) = answer.finish {
        write!(f, " finish={}", finish.name())?;
    }
    for way in answer.prefilled.into_iter().chain(answer.instructed) {
        // The flag is older than the setting, and says the same.
        if way == Continues::Exact {
            f.write_str(" continues")?;
        } else {
            write!(f, " continues={}", way.name())?;
        }
    }
    Ok(())
}

fn write_error(f: &mut Formatter<'_>, error: &ErrorReply, status_lie: bool) -> fmt::Result {
    match (error.kind, error.status) {
        (_, Some(status)) if error.body == ErrorBody::Html => write!(f, "html {status}")?,
        (Some(kind), _) if status_lie => write!(f, "error_in_200 {}", kind.name())?,
        (Some(kind), None) => f.write_str(kind.name())?,
        (Some(kind), Some(status)) => write!(f, "{} status={status}", kind.name())?,
        (None, Some(status)) => write!(f, "{status}")?,
        (None, None) => f.write_str("500")?,
    }
    match &error.body {
        ErrorBody::Raw(body) => write!(f, " body={}", Quoted(body)),
        ErrorBody::Dialect | ErrorBody::Html => Ok(()),
    }
}
