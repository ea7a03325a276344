//! Every sentence about models, states, hand-overs and errors that a person reads in the terminal.
//!
//! # Purpose
//! One file to translate. `chat`, `top` and `status` decide what is said; how it is said stands here, as functions
//! with named arguments. The pages have the same sentences in `ui/src/words.ts`.
//!
//! # Invariants
//! * The vocabulary (signals, states, reasons, error titles) is the pages' too, word for word: somebody who reads
//!   "resting" in the page finds "resting" in the terminal.
//! * No sentence says "something went wrong". Each names who is at fault, and when to try again where that is known.
//! * Names of models come in cleaned (see [`crate::term::clean_name`]); nothing here writes to a terminal.
//! * Marks never stand alone: a word stands beside each, because colour and shape are lost to many.

mod names;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use names::Names;
pub(crate) use state::{State, is_answering};

use crate::units::human_ms;
use handover_policy::Signal;

/// Why a target did not serve, as it reads in "{model} was {reason}"; by the code that the gateway tells.
const REASONS: &[(&str, &str)] = &[
    // <reasons>
    ("at_capacity", "full"),
    ("bad_request", "not able to use this message"),
    ("cancelled", "not waited for"),
    ("connect_timeout", "not reachable"),
    ("connection_reset", "not reachable"),
    ("context_length", "too small for this conversation"),
    ("cut_off", "breaking off"),
    ("deadline", "too slow"),
    ("diverted", "failing too often"),
    ("dns", "not reachable"),
    ("empty", "returning errors"),
    ("engine", "not running"),
    ("first_token_timeout", "too slow"),
    ("foreign_state", "not able to use this message"),
    ("goaway", "not reachable"),
    ("key_refused", "refusing our key"),
    ("malformed", "returning errors"),
    ("no_key", "without a working key"),
    ("no_progress", "too slow"),
    ("no_seam", "not able to go on"),
    ("not_reachable", "not reachable"),
    ("not_served", "not offering this model"),
    ("off", "put to rest by its operator"),
    ("out_of_credit", "out of credit"),
    ("outpaced", "slower"),
    ("overloaded", "overloaded"),
    ("policy", "declining to answer"),
    ("prefill", "not able to go on"),
    ("protocol", "returning errors"),
    ("rate_limited", "rate-limited"),
    ("repetition", "repeating itself"),
    ("resting", "resting"),
    ("server_error", "returning errors"),
    ("slow_down", "rate-limited"),
    ("stalled", "too slow"),
    ("timeout", "too slow"),
    ("tls", "not reachable"),
    ("too_large", "too small for this conversation"),
    ("transient", "returning errors"),
    ("unsupported", "not able to use this message"),
    ("unsupported_field", "not able to use this message"),
    ("warming_up", "still loading"),
    ("wrong_content_type", "returning errors"),
    // </reasons>
];

/// The words for a failure code, to stand behind "was" or "is".
pub(crate) fn reason(code: &str) -> &'static str {
    REASONS.iter().find(|(known, _)| *known == code).map_or("returning errors", |(_, words)| words)
}

/// Bars and word of a signal; `None` is nobody.
pub(crate) fn signal(signal: Option<Signal>) -> (&'static str, &'static str) {
    signal.map_or(("░░░░", "No signal"), |signal| (signal.bars(), signal.word()))
}

/// What a signal means, in a sentence.
pub(crate) fn signal_sentence(signal: Option<Signal>) -> &'static str {
    match signal {
        Some(Signal::Full) => "The lead model is answering.",
        Some(Signal::Good) => "A backup that is as good as the lead, as its operator rates it.",
        Some(Signal::Reduced) => "A backup is answering. Fine for everyday work, check details that matter.",
        Some(Signal::Basic) => "Last resort. Keep it short and check the answer.",
        Some(Signal::Unrated) => "This backup has not been compared with the lead yet.",
        None => "No model can answer right now.",
    }
}

/// What a signal says about a model, whether it answers now or not.
pub(crate) fn signal_means(signal: Option<Signal>) -> &'static str {
    match signal {
        Some(Signal::Full) => "the lead, or its equal",
        Some(Signal::Good) => "as good as the lead, as its operator rates it",
        Some(Signal::Reduced) => "fine for everyday work, check details that matter",
        Some(Signal::Basic) => "a last resort, keep it short and check the answer",
        Some(Signal::Unrated) | None => "not compared with the lead yet",
    }
}

/// The place of a target in its route: `place` of `of`, 1 first.
pub(crate) fn role(place: u64, of: u64, signal: Option<Signal>) -> String {
    match (place, signal) {
        (1, _) => "lead".to_owned(),
        (_, Some(Signal::Basic)) => "last resort".to_owned(),
        (place, _) => format!("backup {place} of {of}"),
    }
}

/// Whether a route is on its lead, in words for a headline.
pub(crate) fn level(level: &str) -> &'static str {
    match level {
        "lead" => "on the lead model",
        "backup" => "running on a backup",
        _ => "no model can answer",
    }
}

/// The same for plain text that lasts longer than a glance.
pub(crate) fn level_sentence(word: &str) -> &'static str {
    match word {
        "lead" | "backup" => level(word),
        _ => "no model is known to answer; the one that is free soonest is asked all the same",
    }
}

/// The working line before the first word, and what it folds into.
pub(crate) mod working {
    pub(crate) fn sending() -> String {
        "Sending…".to_owned()
    }

    pub(crate) fn asking(model: &str) -> String {
        format!("Asking {model}…")
    }

    pub(crate) fn asking_since(model: &str, seconds: u64) -> String {
        format!("Asking {model}… {seconds} s")
    }

    /// `reason` from [`super::reason`].
    pub(crate) fn failed_asking(failed: &str, reason: &str, next: &str) -> String {
        format!("{failed} is {reason}. Asking {next}…")
    }

    pub(crate) fn failed_waiting(failed: &str, reason: &str) -> String {
        format!("{failed} is {reason}. Looking for another model…")
    }

    pub(crate) fn thinking(model: &str) -> String {
        format!("{model} is thinking…")
    }

    pub(crate) fn handing_over(failed: &str) -> String {
        format!("{failed} stopped. Another model is asked to go on…")
    }

    /// The connection to the gateway broke; the answer may still be there.
    pub(crate) fn reconnecting(seconds: u64) -> String {
        format!("The gateway does not answer. Trying again… {seconds} s")
    }

    pub(crate) fn stopping() -> String {
        "Stopping…".to_owned()
    }
}

/// The one notice of an answer that somebody else than expected gave.
pub(crate) mod notice {
    use super::human_ms;

    /// `failed`: who was asked or passed over, each with its reason; `added_ms` when it is worth a word.
    pub(crate) fn backup(failed: &[(String, &str)], model: &str, added_ms: Option<u64>) -> String {
        let told: Vec<String> = failed.iter().map(|(name, reason)| format!("{name} was {reason}")).collect();
        let added = added_ms.map(|ms| format!(" {}", added(ms))).unwrap_or_default();
        format!("Answered by a backup. {}, so {model} answered.{added}", told.join(" and "))
    }

    pub(crate) fn other_provider(first: &str, reason: &str, second: &str, added_ms: Option<u64>) -> String {
        let added = added_ms.map(|ms| format!(" {}", added(ms))).unwrap_or_default();
        format!("Answered from another provider. {first} was {reason}; {second} runs the same model.{added}")
    }

    pub(crate) fn chosen(chosen: &str, reason: &str, model: &str) -> String {
        format!("You chose {chosen}. It was {reason}, so {model} answered. /only asks {chosen} alone.")
    }

    /// The lead was known to rest and was not asked.
    pub(crate) fn resting(lead: &str, model: &str, next_try_ms: Option<u64>) -> String {
        let again = next_try_ms.map(|ms| format!(" Next try in {}.", human_ms(ms))).unwrap_or_default();
        format!("{lead} is resting, so {model} answered.{again}")
    }

    pub(crate) fn off(lead: &str, model: &str) -> String {
        format!("{lead} was put to rest by its operator, so {model} answered.")
    }

    pub(crate) fn canary(model: &str) -> String {
        format!("A routine check: {model} was asked although the lead is well.")
    }

    pub(crate) fn cached(age_ms: u64) -> String {
        format!("An answer kept from {} ago: nobody could answer now.", human_ms(age_ms))
    }

    fn added(ms: u64) -> String {
        format!("Added {}.", human_ms(ms))
    }
}

/// The place in an answer where another model went on.
pub(crate) fn seam(from: &str, to: &str, how: &str) -> String {
    match how {
        // Of one that is replaced before its first word, nothing stands above.
        "restart" => format!("{from} stopped · {to} started again"),
        _ => format!("{from} stopped here · {to} continued"),
    }
}

/// The line under an answer.
pub(crate) fn footer(bars: &str, word: &str, who: &str, role: Option<&str>, took_ms: Option<u64>) -> String {
    let role = role.map(|role| format!(" ({role})")).unwrap_or_default();
    let took = took_ms.map(|ms| format!("  {}", human_ms(ms))).unwrap_or_default();
    format!("{bars} {word}  {who}{role}{took}")
}

/// Ends of an answer that are no errors.
pub(crate) fn stopped_by_you() -> &'static str {
    "Stopped by you."
}

/// What the finish reason means, where it is worth a line.
pub(crate) fn finish(reason: &str) -> Option<&'static str> {
    match reason {
        "length" => Some("The answer reached the length limit. /continue goes on."),
        "content_filter" => Some("The provider's filter ended this answer."),
        _ => None,
    }
}

/// An error: what a person reads above what they can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// What an error's sentences need to know.
#[derive(Debug, Default)]
pub(crate) struct About<'a> {
    /// Who is at fault, or was chosen.
    pub(crate) model: &'a str,
    /// Why, from [`reason`]; of the chosen one.
    pub(crate) reason: &'a str,
    /// Each that was tried, in words.
    pub(crate) tried: &'a [String],
    /// What the gateway says.
    pub(crate) message: &'a str,
    /// Something of the answer is on the screen.
    pub(crate) has_text: bool,
    /// When trying may help.
    pub(crate) retry_in_ms: Option<u64>,
}

/// The sentences of an error, by its kind. The kinds are the contract's and this command's own.
pub(crate) fn error(kind: &str, about: &About<'_>) -> Told {
    let model = about.model;
    let kept = "Your message is kept.";
    let told = |title: String, text: String| Told { title, text };
    let mut told = match kind {
        "all_failed" if about.tried.is_empty() => told("No model could answer.".to_owned(), kept.to_owned()),
        "all_failed" => told(
            "No model could answer.".to_owned(),
            format!("Tried {}: {}. {kept}", about.tried.len(), about.tried.join(", ")),
        ),
        "cut_off" => told(
            "The answer was cut off.".to_owned(),
            format!("{model} stopped sending and no other model went on. The text above is kept."),
        ),
        "pinned_down" => told(
            format!("{model} is not available."),
            format!("It is {}. You asked for only this model.", about.reason),
        ),
        "too_long" => told(format!("This conversation is too long for {model}."), kept.to_owned()),
        "refused" => told(
            format!("{model} declined to answer."),
            format!("This is the model's own decision, not a failure. {kept}"),
        ),
        "bad_request" => told(format!("{model} could not use this message."), kept.to_owned()),
        "no_such_model" => told(
            format!("{model} is no longer offered here."),
            "Choose another model; your message is kept.".to_owned(),
        ),
        "config" => told(
            "The gateway is not set up for this.".to_owned(),
            format!("An administrator needs to look at it. {kept}"),
        ),
        "offline" => told("The gateway itself does not answer.".to_owned(), kept.to_owned()),
        "lost" => told(
            "The connection to this answer was lost.".to_owned(),
            if about.has_text {
                "The gateway no longer has it. The text above is kept.".to_owned()
            } else {
                format!("The gateway no longer has it. {kept}")
            },
        ),
        "storage" => {
            told("The file could not be written.".to_owned(), "The conversation is still here.".to_owned())
        }
        _ => told("The gateway could not answer.".to_owned(), kept.to_owned()),
    };
    if let Some(ms) = about.retry_in_ms {
        told.text.push_str(&format!(" Trying may help in {}.", human_ms(ms)));
    }
    told
}

/// What can be done about an error: in a conversation its commands, for a single question the arguments.
pub(crate) fn remedy(kind: &str, in_conversation: bool) -> &'static str {
    match (kind, in_conversation) {
        ("all_failed", true) => "/again tries again, /model chooses another model",
        ("cut_off" | "lost", true) => "/continue goes on, /again starts over",
        ("pinned_down", true) => "/again tries again, /only lets a backup answer",
        ("too_long", true) => "/new begins a new conversation, /model chooses another model",
        ("refused", true) => "↑ edits the message, /model asks another model",
        ("bad_request", true) => "↑ edits the message",
        ("no_such_model", true) => "/model shows the models that there are",
        ("config", _) => "`handover check` says what is missing",
        ("offline", _) => "start it with `handover serve`, or name another one with --url",
        ("storage", true) => "/save with another file",
        (_, true) => "/again tries again",
        ("cut_off" | "lost", false) => "ask again; what came is above",
        ("pinned_down", false) => "without --only a backup answers",
        ("too_long" | "bad_request", false) => "change the message, or choose another model with --model",
        ("refused", false) => "change the message, or ask another model with --model",
        ("no_such_model", false) => "`handover status` shows the models that there are",
        (_, false) => "ask again, or choose another model with --model",
    }
}

/// One that was tried, in the list of an error: "claude-sonnet overloaded (free in 20 s)".
pub(crate) fn tried(model: &str, reason: &str, free_in_ms: Option<u64>) -> String {
    let free = free_in_ms.map(|ms| format!(" (free in {})", human_ms(ms))).unwrap_or_default();
    format!("{model} {reason}{free}")
}

pub(crate) fn gateway_says(message: &str) -> String {
    format!("the gateway says: {message}")
}

/// `handover top`.
pub(crate) mod top {
    use super::human_ms;

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
        ms.map_or_else(|| level.to_owned(), |ms| format!("{level} for {}", human_ms(ms)))
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
}

/// Details of a target, in `top` and beyond.
pub(crate) mod details {
    use super::human_ms;

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
        format!("next try in {}", human_ms(ms))
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
        format!("{} ago", human_ms(ms))
    }

    pub(crate) fn diverted(percent: f64) -> String {
        format!("{percent:.0} % sent elsewhere")
    }

    pub(crate) fn no_answer_yet() -> String {
        "no answer yet".to_owned()
    }

    pub(crate) fn answered(ago_ms: u64) -> String {
        format!("answered {} ago", human_ms(ago_ms))
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
        format!("key {number} ")
    }

    pub(crate) fn key_rests(number: usize, ms: u64) -> String {
        format!("key {number} rests {}", human_ms(ms))
    }
}
