//! Every sentence about models, states, hand-overs and errors that a person reads in the terminal.
//!
//! # Purpose
//! One place to translate: this file, and [`top`] with the labels of the live screen. `chat`, `top` and `status` decide what is said; how it is said stands here, as functions
//! with named arguments. The pages have the same sentences in `ui/src/words.ts`.
//!
//! # Invariants
//! * The vocabulary (signals, states, reasons, error titles) is the pages' too, word for word: somebody who reads
//!   "resting" in the page finds "resting" in the terminal.
//! * No sentence says "something went wrong". Each names who is at fault, and when to try again where that is known.
//! * Names of models come in cleaned (see [`crate::term::clean_name`]); nothing here writes to a terminal.
//! * Marks never stand alone: a word stands beside each, because colour and shape are lost to many.

pub(crate) mod init;
mod names;
mod state;
#[cfg(test)]
mod tests;
pub(crate) mod top;
mod wrap;

pub(crate) use names::Names;
pub(crate) use state::{State, is_answering};
pub(crate) use wrap::wrapped;

use crate::units::human_ms;
use handover_policy::Signal;

/// Why a target did not serve, as it reads in "{model} was {reason}"; by the code that the gateway tells.
const REASONS: &[(&str, &str)] = &[
    // <reasons>
    ("at_capacity", "busy"),
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
pub(crate) fn role(place: u64, of: u64) -> String {
    if place == 1 { "lead".to_owned() } else { format!("backup {place} of {of}") }
}

/// Whether a route is on its lead, in words for a headline.
pub(crate) fn level(level: &str) -> &'static str {
    match level {
        "lead" => "on the lead model",
        "backup" => "running on a backup",
        _ => "no model can answer",
    }
}

/// The same for plain text that lasts longer than a glance; `since` as in `for 6 min`.
pub(crate) fn level_sentence(word: &str, since: Option<&str>) -> String {
    let told = match (word, since) {
        ("lead" | "backup", _) => level(word),
        (_, Some(_)) => "no model has been known to answer",
        (_, None) => "no model is known to answer",
    };
    let since = since.map(|since| format!(" {since}")).unwrap_or_default();
    // Behind the time, which would else read as how long it is asked.
    let more = match word {
        "lead" | "backup" => "",
        _ => "; the one that is free soonest is asked all the same",
    };
    format!("{told}{since}{more}")
}

/// The working line: what is being done for an answer, and who is asked. It folds into the notice.
pub(crate) mod working {
    pub(crate) fn sending() -> String {
        "Sending…".to_owned()
    }

    pub(crate) fn looking() -> String {
        "Looking for a model…".to_owned()
    }

    pub(crate) fn asking(model: &str) -> String {
        format!("Asking {model}…")
    }

    /// `reason` from [`super::reason`].
    pub(crate) fn failed_asking(failed: &str, reason: &str, next: &str) -> String {
        format!("{failed} is {reason}. Asking {next}…")
    }

    pub(crate) fn asking_again(model: &str, reason: &str) -> String {
        format!("{model} is {reason}. Asking it again…")
    }

    pub(crate) fn failed_waiting(failed: &str, reason: &str) -> String {
        format!("{failed} is {reason}. Looking for another model…")
    }

    /// It began, and words have not come for a while.
    pub(crate) fn silent(model: &str, seconds: u64) -> String {
        format!("{model} has written nothing for {seconds} s…")
    }

    pub(crate) fn thinking(model: &str) -> String {
        format!("{model} is thinking…")
    }

    /// Any of these lines, once it stands long enough to be counted.
    pub(crate) fn since(line: &str, seconds: u64) -> String {
        format!("{line} {seconds} s")
    }

    /// The connection to the gateway broke; the answer may still be there.
    pub(crate) fn reconnecting() -> String {
        "The gateway itself does not answer. Trying again…".to_owned()
    }

    pub(crate) fn stopping() -> String {
        "Stopping…".to_owned()
    }
}

/// The one notice of an answer that somebody else than expected gave.
pub(crate) mod notice {
    use super::{human_ms, listed};

    /// `failed`: who was asked or passed over, each with its reason; `added_ms` when it is worth a word.
    pub(crate) fn backup(failed: &[(String, &str)], model: &str, added_ms: Option<u64>) -> String {
        let told: Vec<String> = failed.iter().map(|(name, reason)| format!("{name} was {reason}")).collect();
        let told = listed(&told, " and ");
        format!("Answered by a backup. {told}, so {model} answered.{}", added(added_ms))
    }

    pub(crate) fn other_provider(first: &str, reason: &str, second: &str, added_ms: Option<u64>) -> String {
        let told = format!("{first} was {reason}; {second} runs the same model.");
        format!("Answered from another provider. {told}{}", added(added_ms))
    }

    pub(crate) fn chosen(chosen: &str, reason: &str, model: &str) -> String {
        format!("You chose {chosen}. It was {reason}, so {model} answered.")
    }

    /// How to get the chosen one or none.
    pub(crate) fn only_use(chosen: &str) -> String {
        format!("/only asks {chosen} alone")
    }

    /// The lead was known to rest and was not asked. `until`: a time of day, as in `14:09 UTC`.
    pub(crate) fn resting(lead: &str, until: Option<&str>, model: &str) -> String {
        match until {
            Some(until) => format!("{lead} is resting until about {until}, so {model} answered."),
            None => format!("{lead} is resting, so {model} answered."),
        }
    }

    pub(crate) fn off(lead: &str, model: &str) -> String {
        format!("{lead} was put to rest by its operator, so {model} answered.")
    }

    pub(crate) fn canary(model: &str) -> String {
        format!("A routine check: {model} was asked although the lead is well.")
    }

    /// An answer from the cache, because nobody could answer.
    pub(crate) fn cached(age_ms: u64) -> String {
        format!("An answer kept from {} ago: nobody could answer now.", human_ms(age_ms))
    }

    /// An answer from the cache, as it is configured.
    pub(crate) fn kept(age_ms: u64) -> String {
        format!("An answer kept from {} ago.", human_ms(age_ms))
    }

    fn added(ms: Option<u64>) -> String {
        ms.map(|ms| format!(" Added {}.", human_ms(ms))).unwrap_or_default()
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(all: &[String], and: &str) -> String {
    match all.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{}{and}{last}", before.join(", ")),
        _ => all.join(""),
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

/// The place where an answer that had stopped goes on at its reader's wish. Who wrote before and after, if known.
pub(crate) fn wished_seam(from: Option<&str>, to: Option<&str>) -> String {
    let to = to.map(|to| format!("{to} ")).unwrap_or_default();
    format!("{} stopped here · {to}continued, as you asked", from.unwrap_or("It"))
}

/// The line under an answer. `who`: the model and its provider, or all models that wrote it.
pub(crate) fn footer(bars: &str, word: &str, who: &str, role: Option<&str>, took_ms: u64) -> String {
    let role = role.map(|role| format!(" ({role})")).unwrap_or_default();
    format!("{bars} {word}  {who}{role}  {}", human_ms(took_ms))
}

/// Ends of an answer that are no errors.
pub(crate) fn stopped_by_you() -> &'static str {
    "Stopped by you."
}

/// What the finish reason means, where it is worth a line. An answer without a word always is.
pub(crate) fn finish(reason: Option<&str>, has_words: bool) -> Option<&'static str> {
    match reason {
        Some("length") => Some("The answer reached the length limit."),
        Some("content_filter") => Some("The provider's filter ended this answer."),
        _ if has_words => None,
        Some("tool_calls" | "function_call") => {
            Some("The model asked for a tool, which this chat does not have.")
        }
        _ => Some("The model wrote nothing."),
    }
}

/// What can be done about an answer that ended too early.
pub(crate) const CONTINUE: &str = "/continue goes on.";

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
    /// Each that was tried or passed over, in words.
    pub(crate) tried: &'a [String],
    /// At least one of them was asked.
    pub(crate) was_asked: bool,
    /// What the gateway says.
    pub(crate) message: &'a str,
    /// The gateway itself ended the answer: its message is the reason, and no model is to blame.
    pub(crate) is_ours: bool,
    /// Something of the answer is on the screen.
    pub(crate) has_text: bool,
    /// About how many pages the conversation has.
    pub(crate) pages: usize,
    /// When trying may help.
    pub(crate) retry_in_ms: Option<u64>,
}

/// The sentences of an error, by its kind. The kinds are the gateway's and this command's own.
pub(crate) fn error(kind: &str, about: &About<'_>) -> Told {
    let model = about.model;
    let kept = if about.has_text { "The text above is kept." } else { "Your message is kept." };
    let (title, text) = match kind {
        "all_failed" => {
            let tried = listed(about.tried, ", ");
            let text = match (about.tried.len(), about.was_asked) {
                (0, _) => "Nobody could be asked.".to_owned(),
                (_, false) => format!("Nobody could be asked: {tried}."),
                (many, true) => format!("Tried {many}: {tried}."),
            };
            ("No model could answer.".to_owned(), format!("{text} Your message is kept."))
        }
        "cut_off" if about.is_ours && !about.message.is_empty() => {
            ("The answer was cut off.".to_owned(), sentence(about.message))
        }
        "cut_off" => (
            "The answer was cut off.".to_owned(),
            format!("{model} stopped sending and no other model went on. {kept}"),
        ),
        "pinned_down" => (
            format!("{model} is not available."),
            format!("It is {}. You asked for only this model.", about.reason),
        ),
        "too_long" => (
            format!("This conversation is too long for {model}."),
            format!("It holds about {} pages. Your message is kept.", about.pages),
        ),
        "refused" => (
            format!("{model} declined to answer."),
            "This is the model's own decision, not a failure. Your message is kept.".to_owned(),
        ),
        "bad_request" => (
            format!("{model} could not use this message."),
            format!("{} Your message is kept.", sentence(about.message)).trim_start().to_owned(),
        ),
        "no_such_model" => (
            format!("{model} is no longer offered here."),
            "Choose another model; your message is kept.".to_owned(),
        ),
        "config" => (
            "The gateway is not set up for this.".to_owned(),
            "An administrator needs to look at it. Your message is kept.".to_owned(),
        ),
        "offline" => ("The gateway itself does not answer.".to_owned(), kept.to_owned()),
        "lost" => (
            "The connection to this answer was lost.".to_owned(),
            format!("The gateway no longer has it. {kept}"),
        ),
        "busy" => ("The gateway has too much to do.".to_owned(), kept.to_owned()),
        "storage" => {
            ("The file could not be written.".to_owned(), "The conversation is still here.".to_owned())
        }
        _ => ("The gateway could not answer.".to_owned(), kept.to_owned()),
    };
    let again = about.retry_in_ms.map(|ms| format!(" Trying may help in {}.", human_ms(ms)));
    Told { title, text: text + &again.unwrap_or_default() }
}

/// Somebody else's words, with a full stop.
fn sentence(words: &str) -> String {
    if words.is_empty() || words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

/// What can be done about an error: in a conversation its commands, for a single question the arguments.
pub(crate) fn remedy(kind: &str, in_conversation: bool) -> &'static str {
    match (kind, in_conversation) {
        ("all_failed", true) => "/again tries again, /model chooses another model",
        ("cut_off" | "lost", true) => "/continue goes on, /again starts over",
        ("pinned_down", true) => "/again tries again, /only lets a backup answer",
        ("too_long", true) => "/new begins a new conversation, /model chooses another model",
        ("refused", true) => "the arrow key up edits the message, /model asks another model",
        ("bad_request", true) => "the arrow key up edits the message, /model chooses another model",
        ("no_such_model", true) => "/model shows the models that there are",
        ("config", _) => "`handover check` says what is missing",
        ("offline", _) => "start it with `handover serve`, or name another one with --url",
        ("storage", true) => "/save takes another file",
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

/// The conversation of `handover chat`.
pub(crate) mod talk {
    /// Commands, what may stand behind them, and what they do.
    pub(crate) const COMMANDS: [(&str, &str, &str); 10] = [
        ("/help", "", "this list"),
        ("/model", "[name or number]", "choose a model; without one, show them"),
        ("/only", "", "only the chosen model, no backup; again: backups may answer"),
        ("/again", "", "ask the last question once more"),
        ("/continue", "", "go on with an answer that was cut off"),
        ("/details", "", "what happened with the last answer"),
        ("/save", "FILE", "write the conversation as Markdown"),
        ("/new", "", "begin a new conversation"),
        ("/quit", "", "end (also ctrl-d)"),
        ("//...", "", "a message that begins with a slash"),
    ];
    pub(crate) const PROMPT: &str = "> ";
    pub(crate) const AUTO: &str = "Auto: best available";
    pub(crate) const BARS: &str = "The bars show how close the answering model is to our usual one.";
    pub(crate) const NEW: &str = "A new conversation.";
    pub(crate) const NOTHING_ASKED: &str = "Nothing has been asked yet.";
    pub(crate) const NOTHING_TO_CONTINUE: &str = "There is no answer to go on with.";
    pub(crate) const NO_DETAILS: &str = "The gateway has no record of this answer.";
    pub(crate) const ONLY_OFF: &str = "Backups may answer again.";
    pub(crate) const ONLY_NEEDS_MODEL: &str = "Choose a model first: /model shows them.";
    pub(crate) const SAVE_NEEDS_FILE: &str = "Name the file: /save conversation.md";
    pub(crate) const YOU: &str = "You";
    pub(crate) const ASSISTANT: &str = "Assistant";
    pub(crate) const TITLE: &str = "Conversation";

    pub(crate) fn begin(choice: &str) -> String {
        format!("{choice}. /help lists the commands, ctrl-d ends.")
    }

    pub(crate) fn route(name: &str) -> String {
        format!("{name}: best available")
    }

    pub(crate) fn chain(names: &[String]) -> String {
        names.join(", then ")
    }

    pub(crate) fn chosen(choice: &str) -> String {
        format!("From your next message: {choice}.")
    }

    pub(crate) fn only_on(model: &str) -> String {
        format!("Only {model} from your next message, no backup.")
    }

    pub(crate) fn no_such_choice(name: &str) -> String {
        format!("No model has the name or number `{name}`. /model shows them.")
    }

    pub(crate) fn several(name: &str) -> String {
        format!("`{name}` fits several models; write more of the name, or its number.")
    }

    pub(crate) fn unknown(command: &str) -> String {
        format!("There is no command `{command}`. /help lists them; a message may begin with // instead.")
    }

    pub(crate) fn saved(file: &str, answers: usize) -> String {
        let answers = if answers == 1 { "1 answer".to_owned() } else { format!("{answers} answers") };
        format!("Saved to {file} ({answers}).")
    }

    pub(crate) fn back(lead: &str) -> String {
        format!("{lead} is back. /again asks it.")
    }
}
