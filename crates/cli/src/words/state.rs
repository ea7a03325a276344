//! How a target stands: one rule for `top`, `status` and the list of models.

use serde_json::Value;

/// How a target stands, in the words of people. The words of engineers (open, half-open) stay in the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A request that comes now goes here.
    Answering,
    /// It could answer, and comes before the one that does.
    Ready,
    /// It answers, later than it should.
    Slow,
    /// It failed, and is left alone for a while.
    Resting,
    /// One trial request decides.
    Testing,
    /// Load is coming back step by step.
    Returning,
    /// As many requests as it takes.
    Full,
    /// It comes behind the one that answers.
    Standby,
    /// An operator put it to rest.
    Off,
}

impl State {
    /// As in the pages: what the gateway tells of a target, and who answers on its route.
    pub(crate) fn of(target: &Value, route: &Value) -> Self {
        let flag = |name| target.get(name).and_then(Value::as_bool).unwrap_or(false);
        let state = target.get("state").and_then(Value::as_str).unwrap_or_default();
        if flag("is_off") || state == "off" {
            return Self::Off;
        }
        match state {
            "resting" => Self::Resting,
            "testing" => Self::Testing,
            "ramping" => Self::Returning,
            "full" => Self::Full,
            _ if flag("slow") => Self::Slow,
            _ if is_answering(target, route) => Self::Answering,
            _ if is_behind(target, route) => Self::Standby,
            _ => Self::Ready,
        }
    }

    /// The word beside the mark.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Answering => "answering",
            Self::Ready => "ready",
            Self::Slow => "slow",
            Self::Resting => "resting",
            Self::Testing => "testing",
            Self::Returning => "coming back",
            Self::Full => "busy",
            Self::Standby => "standby",
            Self::Off => "off",
        }
    }

    /// The mark; never shown without the word.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Answering | Self::Ready => "●",
            Self::Slow | Self::Testing | Self::Returning | Self::Full => "△",
            Self::Resting | Self::Off => "✕",
            Self::Standby => "◇",
        }
    }
}

/// Whether a request that comes now goes to this target.
pub(crate) fn is_answering(target: &Value, route: &Value) -> bool {
    let answering = route.get("answering").filter(|who| who.is_string());
    answering.is_some() && answering == target.get("id")
}

fn is_behind(target: &Value, route: &Value) -> bool {
    let targets = route.get("targets").and_then(Value::as_array);
    let places = |wanted: &dyn Fn(&Value) -> bool| targets?.iter().position(wanted);
    let own = places(&|other| other.get("id") == target.get("id"));
    let answering = places(&|other| is_answering(other, route));
    matches!((own, answering), (Some(own), Some(answering)) if own > answering)
}
