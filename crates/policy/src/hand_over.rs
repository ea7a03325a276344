//! Whether an answer that broke off may be gone on with by another target.
//!
//! # Why conditions
//! Others have continued answers without conditions and had to take it back: personas overridden, tool calls lost,
//! two answers glued together (resilience notes, D1). What is told here is when it is safe; everything else ends with
//! an error that says why, and keeps the text.
//!
//! # Two ways on
//! * **Anew**: the caller has seen nothing of the answer yet. The next target is asked as if the first had never been;
//!   every kind of answer can be begun anew.
//! * **On from the text**: the caller has plain text and nothing else. The next target is given that text and writes on.

use crate::{Class, Failure, Kind, classify};
use handover_dialect::Shown;

/// What is done about an answer that breaks off after its first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MidStream {
    /// Another target goes on with it, where that is safe.
    #[default]
    Continue,
    /// It ends with an error.
    Stop,
}

/// What a request asks for that only whoever began the answer can go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// Tools that may be called. A model that is told to go on writes prose where it should have called one
    /// (BerriAI/litellm#31067).
    pub tools: bool,
    /// JSON: half a document is of no use, and nobody can see where a value ends.
    pub json: bool,
    /// Several answers, log probabilities, sound.
    pub more: bool,
}

/// An answer that broke off.
#[derive(Debug, Clone, Copy)]
pub struct Broken<'a> {
    /// What went wrong.
    pub failure: &'a Failure,
    /// What the caller has seen.
    pub shown: Shown,
    /// What the request asks for.
    pub asked: Asked,
    /// What the route or the caller wants.
    pub mid_stream: MidStream,
    /// Targets that have taken over this answer before.
    pub hand_overs: u32,
    /// How many may.
    pub max_hand_overs: u32,
    /// The request's time is over.
    pub is_late: bool,
    /// The attempts that the request may cost are used up.
    pub is_spent: bool,
    /// The budget of waste has room for the prompt to be read once more.
    pub affordable: bool,
}

/// How it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoOn {
    /// From the beginning: the caller has seen nothing.
    Anew,
    /// From the text that the caller has.
    FromText,
}

/// Why an answer that broke off was not gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The route or the caller wants it so.
    Setting,
    /// What went wrong would go wrong again, or must not be hidden.
    Failure,
    /// It may call tools.
    Tools,
    /// It is JSON.
    Json,
    /// The caller has seen the model think.
    Reasoning,
    /// The model was refusing.
    Refusal,
    /// It holds more than text.
    NotText,
    /// It is too long to be given to another target.
    TooLong,
    /// It was handed over as often as it may be.
    HandOvers,
    /// No attempt is left.
    Attempts,
    /// No time is left.
    Deadline,
    /// The budget of waste is used up.
    Budget,
    /// No other target could be asked, or none could go on.
    NoTarget,
    /// A target went on, and its text could not be joined to the caller's.
    Seam,
}

impl Stopped {
    /// One word for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Stopped::Setting => "mid_stream_stop",
            Stopped::Failure => "failure",
            Stopped::Tools => "tools",
            Stopped::Json => "json",
            Stopped::Reasoning => "reasoning",
            Stopped::Refusal => "refusal",
            Stopped::NotText => "not_text",
            Stopped::TooLong => "too_long",
            Stopped::HandOvers => "max_hand_overs",
            Stopped::Attempts => "max_attempts",
            Stopped::Deadline => "deadline",
            Stopped::Budget => "waste_budget",
            Stopped::NoTarget => "no_target",
            Stopped::Seam => "no_seam",
        }
    }

    /// Why, as the end of "no other model went on, because ...".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Stopped::Setting => "the route or the request asks for that",
            Stopped::Failure => "another model would not help",
            Stopped::Tools => "it may call tools",
            Stopped::Json => "the answer is JSON",
            Stopped::Reasoning => "the model's thinking was shown",
            Stopped::Refusal => "the model was refusing",
            Stopped::NotText => "the answer is more than text",
            Stopped::TooLong => "the answer is too long to be given to another model",
            Stopped::HandOvers => "the answer was handed over as often as it may be",
            Stopped::Attempts => "the request's attempts are used up",
            Stopped::Deadline => "the request's time is over",
            Stopped::Budget => "the budget of waste is used up",
            Stopped::NoTarget => "none could",
            Stopped::Seam => "none found the place where it had stopped",
        }
    }
}

/// Whether, and how, an answer that broke off may be gone on with (resilience notes, D2.3).
///
/// # Errors
/// [`Stopped`], the first condition that does not hold.
pub fn go_on(broken: &Broken<'_>) -> Result<GoOn, Stopped> {
    let Broken { failure, shown, asked, mid_stream, .. } = *broken;
    // What the caller asked for comes first: it is what they can change.
    let way = if shown == Shown::Nothing { GoOn::Anew } else { GoOn::FromText };
    if way == GoOn::FromText {
        if mid_stream == MidStream::Stop {
            return Err(Stopped::Setting);
        }
        is_plain_text(shown, asked)?;
    }
    if broken.is_late || failure.kind == Kind::Deadline {
        return Err(Stopped::Deadline);
    }
    if !may_heal(failure) {
        return Err(Stopped::Failure);
    }
    if way == GoOn::FromText && broken.hand_overs >= broken.max_hand_overs {
        return Err(Stopped::HandOvers);
    }
    if broken.is_spent {
        return Err(Stopped::Attempts);
    }
    if !broken.affordable {
        return Err(Stopped::Budget);
    }
    Ok(way)
}

fn is_plain_text(shown: Shown, asked: Asked) -> Result<(), Stopped> {
    match shown {
        Shown::Nothing | Shown::Text | Shown::LongText => {}
        Shown::Reasoning => return Err(Stopped::Reasoning),
        Shown::Refusal => return Err(Stopped::Refusal),
        Shown::ToolCall => return Err(Stopped::Tools),
        Shown::Other => return Err(Stopped::NotText),
    }
    match asked {
        Asked { tools: true, .. } => Err(Stopped::Tools),
        Asked { json: true, .. } => Err(Stopped::Json),
        Asked { more: true, .. } => Err(Stopped::NotText),
        Asked { .. } if shown == Shown::LongText => Err(Stopped::TooLong),
        Asked { .. } => Ok(()),
    }
}

/// Whether another target may do better: what failed is the way to the provider, or the provider. What the caller got
/// wrong stays wrong, and what a policy or a model that repeats itself has ended must not be dressed up.
fn may_heal(failure: &Failure) -> bool {
    if failure.kind == Kind::Repeating {
        return false;
    }
    match classify(failure) {
        Class::Network
        | Class::Timeout
        | Class::Transient
        | Class::Server
        | Class::Overloaded
        | Class::RateLimited
        | Class::SlowDown
        | Class::WarmingUp
        | Class::Quota
        | Class::Credential
        | Class::Malformed
        | Class::Broken
        | Class::Empty
        | Class::Engine
        | Class::Resting
        | Class::Busy
        | Class::Seam => true,
        Class::NotServed
        | Class::TooBig
        | Class::ContextLength
        | Class::BadRequest
        | Class::UnsupportedField(_)
        | Class::ForeignState
        | Class::Prefill
        | Class::Policy
        | Class::Unsupported
        | Class::Deadline => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_dialect::ProviderError;
    use std::time::Duration;

    fn broken(failure: &Failure) -> Broken<'_> {
        Broken {
            failure,
            shown: Shown::Text,
            asked: Asked::default(),
            mid_stream: MidStream::Continue,
            hand_overs: 0,
            max_hand_overs: 1,
            is_late: false,
            is_spent: false,
            affordable: true,
        }
    }

    fn check(change: impl FnOnce(&mut Broken<'_>), expected: Result<GoOn, Stopped>) {
        let failure = Failure::new(Kind::Truncated);
        let mut broken = broken(&failure);
        change(&mut broken);
        assert_eq!(go_on(&broken), expected, "{broken:?}");
    }

    #[test]
    fn an_answer_is_gone_on_with_only_where_nothing_can_be_lost_or_dressed_up() {
        check(|_| {}, Ok(GoOn::FromText));
        check(|b| b.shown = Shown::LongText, Err(Stopped::TooLong));
        check(|b| b.shown = Shown::Reasoning, Err(Stopped::Reasoning));
        check(|b| b.shown = Shown::Refusal, Err(Stopped::Refusal));
        check(|b| b.shown = Shown::ToolCall, Err(Stopped::Tools));
        check(|b| b.shown = Shown::Other, Err(Stopped::NotText));
        check(|b| b.asked.tools = true, Err(Stopped::Tools));
        check(|b| b.asked.json = true, Err(Stopped::Json));
        check(|b| b.asked.more = true, Err(Stopped::NotText));
        check(|b| b.mid_stream = MidStream::Stop, Err(Stopped::Setting));
        check(|b| b.hand_overs = 1, Err(Stopped::HandOvers));
        check(|b| (b.hand_overs, b.max_hand_overs) = (1, 2), Ok(GoOn::FromText));
        check(|b| b.is_late = true, Err(Stopped::Deadline));
        check(|b| b.is_spent = true, Err(Stopped::Attempts));
        check(|b| b.affordable = false, Err(Stopped::Budget));
    }

    #[test]
    fn a_caller_that_has_seen_nothing_loses_nothing_whatever_was_asked() {
        let nothing = |change: fn(&mut Broken<'_>)| {
            move |b: &mut Broken<'_>| {
                b.shown = Shown::Nothing;
                change(b);
            }
        };
        check(nothing(|b| b.asked = Asked { tools: true, json: true, more: true }), Ok(GoOn::Anew));
        check(nothing(|b| b.mid_stream = MidStream::Stop), Ok(GoOn::Anew));
        check(nothing(|b| b.hand_overs = 1), Ok(GoOn::Anew));
        check(nothing(|b| b.is_spent = true), Err(Stopped::Attempts));
    }

    #[test]
    fn what_a_policy_a_loop_or_the_caller_has_ended_is_never_continued_as_if_nothing_had_been() {
        let check = |failure: Failure, expected: Result<GoOn, Stopped>| {
            assert_eq!(go_on(&broken(&failure)), expected, "{failure:?}");
        };
        let in_band = |status: u16, message: &str| {
            let error = ProviderError { status: Some(status), message: message.into(), ..Default::default() };
            Failure::new(Kind::InBand).error(error)
        };
        let second = Duration::from_secs(1);
        for heals in [
            Failure::new(Kind::Truncated),
            Failure::new(Kind::Reset),
            Failure::new(Kind::Goaway),
            Failure::new(Kind::Stall(second)),
            Failure::new(Kind::NoProgress(second)),
            Failure::new(Kind::Malformed("x".into())),
            Failure::new(Kind::Engine("x".into())),
            in_band(529, "Overloaded"),
            in_band(500, "boom"),
            in_band(429, "slow down"),
        ] {
            check(heals, Ok(GoOn::FromText));
        }
        check(Failure::new(Kind::Repeating), Err(Stopped::Failure));
        check(in_band(400, "bad"), Err(Stopped::Failure));
        check(in_band(400, "maximum context length"), Err(Stopped::Failure));
        check(Failure::new(Kind::Deadline), Err(Stopped::Deadline));
    }
}
