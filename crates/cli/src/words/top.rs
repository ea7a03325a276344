//! Labels and sentences of `handover top`, and of a target's details there and in `handover status`.

use crate::units::{calm_ms, human_ms};

/// The heads of the table's columns, in their order.
pub(crate) const COLUMNS: [&str; 7] = ["TARGET", "SIGNAL", "STATE", "OK %", "FIRST", "/MIN", "TODAY"];
/// The last line, from the most needed key to the least.
pub(crate) const KEYS: [(&str, &str); 8] = [
    ("q", "quit"),
    ("?", "help"),
    ("↑↓", "select"),
    ("enter", "details"),
    ("t", "test now"),
    ("r", "rest/use"),
    ("/", "filter"),
    ("tab", "next route"),
];
pub(crate) const KEYS_OF_DETAILS: [(&str, &str); 5] =
    [("esc", "back"), ("q", "quit"), ("↑↓", "other target"), ("t", "test now"), ("r", "rest/use")];
pub(crate) const HELP: [(&str, &str); 10] = [
    ("q, ctrl-c", "quit"),
    ("↑ ↓, k j", "select a target"),
    ("enter", "details of the target"),
    ("t", "test now: ask it for one real token"),
    ("r", "put it to rest, or use it again"),
    ("/", "show only targets with these letters"),
    ("tab", "next route"),
    ("esc", "back"),
    ("?", "this list"),
    ("", "Bars show how close a model is to the lead, not how fast it is."),
];
pub(crate) const PRODUCT: &str = "handover top";
pub(crate) const ANSWERS: &str = "answers/min";
pub(crate) const FIRST_WORD: &str = "first word";
pub(crate) const SWITCHES: &str = "recent hand-overs, times in UTC";
pub(crate) const NO_SWITCHES: &str = "no hand-overs since the gateway started";
pub(crate) const NO_MATCH: &str = "no target has these letters; esc shows all";
pub(crate) const NO_ROUTES: &str = "the gateway has no route";
pub(crate) const NO_HISTORY: &str = "no history yet";
pub(crate) const TOO_SMALL: &str = "This window is too small. 40 columns and 10 lines are needed.";
pub(crate) const YES_NO: &str = "y yes   n no";

pub(crate) fn since(level: &str, ms: Option<u64>) -> String {
    let level = super::level(level);
    ms.map_or_else(|| level.to_owned(), |ms| format!("{level}{}", for_time(ms)))
}

/// How long a level has lasted, behind its words.
pub(crate) fn for_time(ms: u64) -> String {
    format!(" for {}", calm_ms(ms))
}

pub(crate) fn live(age_s: u64) -> String {
    format!("live, {age_s} s ago")
}

pub(crate) fn stale(age_s: u64) -> String {
    format!("no answer for {age_s} s, numbers are old")
}

pub(crate) fn waiting(address: &str) -> String {
    format!("waiting for the gateway at {address}")
}

pub(crate) fn failed_since(many: u64) -> Option<String> {
    match many {
        0 => None,
        1 => Some("1 answer has failed since.".to_owned()),
        many => Some(format!("{many} answers have failed since.")),
    }
}

pub(crate) fn routes(many: usize) -> String {
    format!("{many} routes:")
}

pub(crate) fn more(above: usize, below: usize) -> String {
    format!("{above} more above, {below} more below")
}

pub(crate) fn filter(letters: &str) -> String {
    format!("filter: {letters}")
}

/// The state of whoever answers although it is not at its best.
pub(crate) fn and_answering(state: &str) -> String {
    format!("{state}, answering")
}

pub(crate) fn when(when: &str, how: &str) -> &'static str {
    match (when, how) {
        ("mid_answer", "restart") => "mid-answer, started again",
        ("mid_answer", _) => "mid-answer, continued",
        _ => "before first word",
    }
}

pub(crate) fn sure_to_rest(model: &str) -> String {
    format!("Put {model} to rest? No request is sent there until you use it again.")
}

pub(crate) fn sure_to_use(model: &str) -> String {
    format!("Use {model} again?")
}

pub(crate) fn testing(model: &str) -> String {
    format!("Asking {model} for one real token…")
}

pub(crate) fn tested(model: &str, ms: Option<u64>) -> String {
    ms.map_or_else(
        || format!("{model} answers."),
        |ms| format!("{model} answers: a real token came after {}.", human_ms(ms)),
    )
}

pub(crate) fn test_failed(model: &str, why: &str) -> String {
    format!("{model} gave no token: {why}.")
}

pub(crate) fn rests(model: &str) -> String {
    format!("{model} is off: no request is sent there.")
}

pub(crate) fn used(model: &str) -> String {
    format!("{model} is used again.")
}

pub(crate) fn refused(why: &str) -> String {
    format!("The gateway refused: {why}")
}

/// Details of a target, in `top` and beyond.
pub(crate) mod details {
    use crate::units::{calm_ms, human_ms};

    pub(crate) const SIGNAL: &str = "Signal";
    pub(crate) const STATE: &str = "State";
    pub(crate) const HALF_HOUR: &str = "Last 30 min";
    pub(crate) const FIRST_WORD: &str = "First word";
    pub(crate) const COST: &str = "Cost today";
    pub(crate) const PRICE: &str = "Price";
    pub(crate) const LAST_ERROR: &str = "Last error";
    pub(crate) const KEYS: &str = "Keys";
    pub(crate) const ANSWERED: &str = "Last answer";
    pub(crate) const DIVERTED: &str = "Diverted";
    pub(crate) const NONE: &str = "none";
    pub(crate) const NO_PRICE: &str = "no price in the configuration";

    pub(crate) fn next_try(ms: u64) -> String {
        format!("next try in {}", calm_ms(ms))
    }

    pub(crate) fn beats(ok: u64, failed: u64, slow: u64) -> String {
        format!("{ok} answered, {failed} failed, {slow} slow")
    }

    pub(crate) fn first_word(p50: u64, p95: u64) -> String {
        format!("half within {}, 95 of 100 within {}", human_ms(p50), human_ms(p95))
    }

    pub(crate) fn per_million(input: &str, output: &str) -> String {
        format!("{input} in, {output} out per million tokens")
    }

    pub(crate) fn ago(ms: u64) -> String {
        format!("{} ago", calm_ms(ms))
    }

    pub(crate) fn diverted(percent: f64) -> String {
        format!("{percent:.0} % sent elsewhere")
    }

    pub(crate) fn no_answer_yet() -> String {
        "no answer yet".to_owned()
    }

    pub(crate) fn answered(ago_ms: u64) -> String {
        format!("answered {} ago", calm_ms(ago_ms))
    }

    /// `whose`: "key 2 ", or nothing where there is one key only.
    pub(crate) fn under_way(whose: &str, many: u64, limit: Option<u64>) -> String {
        let answers = if many == 1 && limit.is_none() { "answer" } else { "answers" };
        match limit {
            Some(limit) => format!("{whose}{many} of {limit} {answers} under way"),
            None => format!("{whose}{many} {answers} under way"),
        }
    }

    pub(crate) fn key(number: usize) -> String {
        format!("key {number}: ")
    }

    pub(crate) fn key_rests(number: usize, ms: u64) -> String {
        format!("key {number} rests {}", human_ms(ms))
    }
}
