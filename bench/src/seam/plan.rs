//! What is played: who is asked how, which answer breaks where, and when what happened.

use handover_bench::prose::{self, Space};
use parking_lot::Mutex;
use tokio::time::Instant;

/// How the backup is made to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    FinalMessage,
    Prefix,
    Instructed,
}

impl Way {
    pub(crate) const ALL: [Way; 3] = [Way::FinalMessage, Way::Prefix, Way::Instructed];

    /// As printed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Way::FinalMessage => "continue_final_message",
            Way::Prefix => "prefix",
            Way::Instructed => "instructed, anchored",
        }
    }

    /// As the configuration names it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Way::FinalMessage => "continue_final_message",
            Way::Prefix => "prefix",
            Way::Instructed => "none",
        }
    }
}

/// After how many tokens the lead breaks off, in turn: from the first words to a long text.
const CUTS: [usize; 8] = [5, 12, 25, 50, 101, 199, 400, 803];

/// How many tokens come behind the cut: enough to see that the text goes on as it should.
const BEHIND: usize = 12;

/// Two neighbours begin so many tokens apart in the essay. A prime, so that all places come in time.
const STRIDE: usize = 41;

/// One answer that breaks off.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) number: usize,
    /// How both models cut their text into tokens.
    pub(crate) space: Space,
    pieces: Vec<&'static str>,
    cut: usize,
}

impl Case {
    pub(crate) fn of(number: usize) -> Self {
        let cut = CUTS.get(number / 2 % CUTS.len()).copied().unwrap_or(1);
        let space = Self::space(number);
        Self { number, space, pieces: prose::pieces(number * STRIDE, cut + BEHIND, space), cut }
    }

    /// Every other case has its spaces behind the words: there the backup begins with a bare word, which may be one
    /// that it was given, and the gateway has to wait until it is known to be new.
    pub(crate) fn space(number: usize) -> Space {
        if number.is_multiple_of(2) { Space::InFront } else { Space::Behind }
    }

    /// What the caller asks; both models find the case by it.
    pub(crate) fn question(&self) -> String {
        format!("case {};", self.number)
    }

    /// The case that a request asks for.
    pub(crate) fn asked(body: &str) -> Option<Self> {
        let (_, rest) = body.split_once("case ")?;
        Some(Self::of(rest.split_once(';')?.0.parse().ok()?))
    }

    /// What the lead writes before it breaks.
    pub(crate) fn before(&self) -> &[&'static str] {
        &self.pieces[..self.cut]
    }

    /// The same as one text.
    pub(crate) fn begun(&self) -> String {
        self.before().concat()
    }

    /// The whole answer.
    pub(crate) fn whole(&self) -> String {
        self.pieces.concat()
    }
}

/// When what happened in one case.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    /// The lead closed its connection.
    pub(crate) cut: Option<Instant>,
    /// The backup had the whole request.
    pub(crate) asked: Option<Instant>,
    /// The backup's first token left.
    pub(crate) first: Option<Instant>,
    /// The caller had the next character.
    pub(crate) seen: Option<Instant>,
    /// How many tokens the backup repeated first.
    pub(crate) repeated: usize,
}

/// All cases of one way.
#[derive(Debug)]
pub(crate) struct Ledger(Mutex<Vec<Times>>);

impl Ledger {
    pub(crate) fn new(cases: usize) -> Self {
        Self(Mutex::new(vec![Times::default(); cases]))
    }

    pub(crate) fn note(&self, case: usize, note: impl FnOnce(&mut Times)) {
        if let Some(times) = self.0.lock().get_mut(case) {
            note(times);
        }
    }

    pub(crate) fn all(&self) -> Vec<Times> {
        self.0.lock().clone()
    }
}
