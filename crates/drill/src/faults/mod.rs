//! Every known way in which a call to a language model fails, as data.
//!
//! One row per fault: what is on record about it, what somebody without Handover sees, what is right to do, who
//! is to blame, and the plays that stage it. Tests of the gateway walk this table and ask their question of every
//! play; the page `docs/faults.md` is written from it. So what the documentation promises is what is tested.
//!
//! Invariants, held by tests: numbers are unique and without gaps; every fault has evidence and at least one play;
//! every script parses; a fault that can strike after the first token has a play there.
//!
//! Evidence is public: issues by repository and number, incidents by provider and day, the words are ours.

mod callers;
mod connection;
mod disguised;
#[cfg(test)]
mod page;
mod status;
mod streams;

use crate::script::{ParseError, Playlist};

/// Where in a call a fault strikes. The groups of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Before HTTP: names, connections, TLS, and what HTTP/2 does to streams.
    Connection,
    /// The provider answers with a status that is not 200.
    Status,
    /// Status 200 and still no answer.
    Disguised,
    /// The stream goes wrong.
    Stream,
    /// The caller's side, and the system as a whole.
    Caller,
}

impl Group {
    /// In the table's order.
    pub const ALL: [Group; 5] =
        [Group::Connection, Group::Status, Group::Disguised, Group::Stream, Group::Caller];

    /// The faults of this group, by number.
    #[must_use]
    pub fn faults(self) -> &'static [KnownFault] {
        match self {
            Group::Connection => &connection::FAULTS,
            Group::Status => &status::FAULTS,
            Group::Disguised => &disguised::FAULTS,
            Group::Stream => &streams::FAULTS,
            Group::Caller => &callers::FAULTS,
        }
    }
}

/// One fault: a row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFault {
    /// Its number, for ever. 1 to 40 are the project's first catalogue, later finds go on from there.
    pub number: u8,
    /// Short and fit for a headline and for a test's output.
    pub name: &'static str,
    /// What a user sees who asks the provider directly, or through a gateway that does not know this fault.
    pub without: &'static str,
    /// What Handover does.
    pub with: &'static str,
    /// Against whom it counts.
    pub blame: Blame,
    /// Where it was met.
    pub evidence: &'static [Evidence],
    /// How it is staged.
    pub plays: &'static [Play],
}

/// Against whom a fault counts when the next request chooses its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// Nobody: it says nothing about the next request.
    Nobody,
    /// One model at one provider, and only by its share of failures: three in a row are no sign of an outage.
    Share,
    /// One key.
    Key,
    /// One model at one provider.
    Model,
    /// The provider with all its models.
    Provider,
    /// Whoever the error inside the answer would be held against if it came as a status.
    InnerError,
}

/// A public trace of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// An issue or pull request on GitHub, as `owner/repository#number`, and what it is about.
    Issue(&'static str, &'static str),
    /// An incident of a provider: who, the day, what happened.
    Incident(&'static str, &'static str, &'static str),
    /// Something else that is on record: a standard, a documentation, the behaviour of official clients.
    Fact(&'static str),
}

/// One way to stage a fault, and what is right to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Play {
    /// Short and fit for a test's output.
    pub name: &'static str,
    /// What the first provider of a chain does.
    pub staging: Staging,
    /// What must stand ready for it.
    pub setting: Setting,
    /// What the caller asks for.
    pub asks: Asks,
    /// Which pairs of dialects can meet it.
    pub pairs: Pairs,
    /// When it strikes in a streamed answer.
    pub moment: Moment,
    /// What is right in a streamed request.
    pub remedy: Remedy,
    /// What is right in one that is not streamed: nothing has been sent there before the answer is whole. `None`
    /// where there is no such fault.
    pub whole: Option<Remedy>,
    /// The text of the sick provider's answer, where the caller gets that one, or would if it did not break.
    pub says: &'static str,
    /// Against whom it counts, where that differs from the fault's other plays.
    pub blame: Option<Blame>,
}

/// What the first provider of a chain does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staging {
    /// It answers by this script (see [`crate::Script`]), or by several with `then` between them.
    Script(&'static str),
    /// It is not reached, or not as HTTP.
    Network(Network),
}

/// What happens to a connection before any request is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// The name does not resolve.
    NameUnknown,
    /// The name resolves after half a minute.
    NameSlow,
    /// Nobody listens.
    Refused,
    /// Packets vanish: neither connected nor refused.
    BlackHole,
    /// The certificate has expired, or is for another name.
    Certificate,
    /// The connection ends in the middle of the TLS handshake.
    HandshakeCut,
    /// Connected, and nobody is there any more.
    HalfOpen,
}

/// What must stand ready for a play, besides a sick provider and a healthy one behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Nothing.
    Plain,
    /// The first script of the list answers an earlier request, so that the fault finds a kept connection.
    Kept,
    /// The sick provider has a second key, which works.
    SecondKey,
    /// The backup is known to have a larger window than the sick provider.
    LargerWindow,
    /// The backup is known to have the same window as the sick provider.
    SameWindow,
    /// The backup speaks the caller's dialect.
    NativeBackup,
    /// The caller wants a broken answer to end, and says so in a header.
    WantsStop,
    /// Every provider of the chain plays the script.
    Everyone,
    /// Thirty callers at once.
    Storm,
}

/// What the caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asks {
    /// A few words.
    Words,
    /// The same, with a temperature, a field that not every model takes.
    Temperature,
    /// To go on in a conversation that holds another model's signed reasoning.
    ForeignReasoning,
    /// To go on with an assistant message that the caller began.
    Continuation,
    /// A few words, with a tool that may be called.
    Tools,
    /// JSON.
    Json,
    /// Two answers at once.
    Two,
}

/// Which pairs of caller's and provider's dialect a play is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pairs {
    /// All.
    All,
    /// OpenAI at both ends.
    OpenAi,
    /// OpenAI's own words: it is the provider.
    OpenAiLead,
    /// The request was translated.
    Translated,
    /// Anthropic at both ends.
    Anthropic,
    /// All but those in which a call's id is made up: an OpenAI server's, for a caller of another dialect.
    IdsAsTheyCome,
    /// The reverse.
    IdsMadeUp,
    /// The provider's dialect gives an error a type or a code. Cohere's has words only, which decide nothing.
    TypedErrors,
}

/// When a fault strikes in a streamed answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Before the caller has got anything.
    BeforeFirstToken,
    /// The caller has got part of the answer.
    AfterFirstToken,
}

/// What is right to do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Another provider answers, and the caller sees nothing of it. The sick one is asked once.
    HandOver,
    /// The request is sent once more to the same provider on a new connection, which is sure not to have worked on
    /// it; the caller sees nothing of it.
    Again,
    /// The same provider answers with its other key.
    OtherKey,
    /// The same provider answers a request that was put right.
    Repair,
    /// The caller has part of the answer: another provider goes on with it in the same stream, without a word lost or
    /// said twice, and is named from there on.
    Continue,
    /// The caller has part of an answer that nobody may or can go on with: it ends with an error that says why. Never
    /// cleanly.
    Stop,
    /// The caller's own doing, or the provider's policy: the caller is told, and no other provider is asked.
    TellCaller,
    /// The answer is whole; the fault must not spoil it.
    Harmless,
    /// An empty answer that two providers agree on is the answer.
    BelieveEmpty,
    /// The model that answered is named, although another one was asked.
    NameTruly,
    /// Nobody can answer: the caller is told why by an error that stops its own retries; each provider was asked
    /// once.
    TellExhausted,
    /// The caller has left: the provider's work ends at once, and nobody else is asked.
    Cancel,
}

/// The text of a healthy answer by the script `ok`.
pub const HEALTHY: &str = crate::script::DEFAULT_TEXT;

/// The text of a healthy answer by the script `ok tokens=9`.
const NINE_TOKENS: &str = "Hello from the simulator. Hello from the simulator. Hello";

/// Every known fault, group by group.
pub fn catalogue() -> impl Iterator<Item = &'static KnownFault> {
    Group::ALL.into_iter().flat_map(Group::faults)
}

impl Play {
    const fn new(name: &'static str, staging: Staging, moment: Moment, remedy: Remedy) -> Self {
        // Before the end of a whole answer nothing is sent: whatever strikes in its middle can still be handed over.
        let whole = if matches!(remedy, Remedy::Stop) { Remedy::HandOver } else { remedy };
        Play {
            name,
            staging,
            setting: Setting::Plain,
            asks: Asks::Words,
            pairs: Pairs::All,
            moment,
            remedy,
            whole: Some(whole),
            says: HEALTHY,
            blame: None,
        }
    }

    const fn before(name: &'static str, script: &'static str, remedy: Remedy) -> Self {
        Play::new(name, Staging::Script(script), Moment::BeforeFirstToken, remedy)
    }

    const fn after(name: &'static str, script: &'static str, remedy: Remedy) -> Self {
        Play::new(name, Staging::Script(script), Moment::AfterFirstToken, remedy)
    }

    /// Breaks an answer of nine tokens behind the first, which another provider goes on with.
    const fn broken(name: &'static str, script: &'static str) -> Self {
        Play::after(name, script, Remedy::Continue).says(NINE_TOKENS)
    }

    const fn network(name: &'static str, network: Network) -> Self {
        Play::new(name, Staging::Network(network), Moment::BeforeFirstToken, Remedy::HandOver)
    }

    const fn setting(self, setting: Setting) -> Self {
        Play { setting, ..self }
    }

    const fn asks(self, asks: Asks) -> Self {
        Play { asks, ..self }
    }

    const fn pairs(self, pairs: Pairs) -> Self {
        Play { pairs, ..self }
    }

    const fn whole(self, whole: Remedy) -> Self {
        Play { whole: Some(whole), ..self }
    }

    const fn only_streamed(self) -> Self {
        Play { whole: None, ..self }
    }

    const fn says(self, says: &'static str) -> Self {
        Play { says, ..self }
    }

    const fn blame(self, blame: Blame) -> Self {
        Play { blame: Some(blame), ..self }
    }

    /// What is right for a request that is streamed, or not. `None` where the fault cannot be met.
    #[must_use]
    pub fn right(&self, streamed: bool) -> Option<Remedy> {
        if streamed { Some(self.remedy) } else { self.whole }
    }

    /// What the sick provider answers with, where it is reached.
    ///
    /// # Errors
    /// Never: a test parses the whole table.
    pub fn scripts(&self) -> Result<Option<Playlist>, ParseError> {
        match self.staging {
            Staging::Script(text) => text.parse().map(Some),
            Staging::Network(_) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_known_fault_can_be_staged() {
        for fault in catalogue() {
            let mut names = BTreeSet::new();
            for play in fault.plays {
                assert!(play.scripts().is_ok(), "{} {}: {:?}", fault.number, play.name, play.scripts());
                assert!(
                    names.insert(play.name),
                    "two plays of fault {} are called {}",
                    fault.number,
                    play.name
                );
            }
            assert!(!fault.plays.is_empty(), "fault {} has no play", fault.number);
        }
    }

    #[test]
    fn the_table_has_no_gap_and_no_fault_without_evidence() {
        let mut numbers: Vec<u8> = catalogue().map(|fault| fault.number).collect();
        for group in Group::ALL {
            assert!(group.faults().is_sorted_by_key(|fault| fault.number), "{group:?}");
        }
        numbers.sort_unstable();
        let expected: Vec<u8> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, expected);
        assert!(numbers.len() >= 40, "a fault has been lost");
        for fault in catalogue() {
            assert!(!fault.evidence.is_empty(), "fault {}: who has met it?", fault.number);
        }
    }

    #[test]
    fn what_strikes_in_mid_answer_is_never_met_with_a_silent_hand_over() {
        for (fault, play) in catalogue().flat_map(|fault| fault.plays.iter().map(move |play| (fault, play))) {
            let silent = matches!(play.remedy, Remedy::HandOver | Remedy::OtherKey | Remedy::Repair);
            let late = play.moment == Moment::AfterFirstToken;
            assert!(
                !(late && silent),
                "{} {}: the caller has part of another answer",
                fault.number,
                play.name
            );
            let broken = matches!(play.remedy, Remedy::Continue | Remedy::Stop);
            assert!(late || !broken, "{} {}", fault.number, play.name);
        }
    }
}
