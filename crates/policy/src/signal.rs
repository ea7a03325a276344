//! The signal: how close the answering model is to the lead.

use std::fmt;

/// How close the answering model is to the lead, as bars on a phone. Never speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// 4: the lead itself.
    Full,
    /// 3.
    Good,
    /// 2.
    Reduced,
    /// 1.
    Basic,
    /// Not measured, and the configuration does not say.
    Unrated,
}

impl Signal {
    /// The signal of a configured level: 4 for the lead, 1 to 3 for a rated backup. It is the target's, whoever
    /// asks for it: choosing a backup oneself does not bring it closer to the lead.
    #[must_use]
    pub fn of(level: Option<u8>) -> Self {
        match level {
            Some(4) => Signal::Full,
            Some(3) => Signal::Good,
            Some(2) => Signal::Reduced,
            Some(1) => Signal::Basic,
            Some(_) | None => Signal::Unrated,
        }
    }

    /// The header's value: `4`, `3`, `2`, `1` or `unrated`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Signal::Full => "4",
            Signal::Good => "3",
            Signal::Reduced => "2",
            Signal::Basic => "1",
            Signal::Unrated => "unrated",
        }
    }

    /// The word shown beside the bars.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Signal::Full => "Full",
            Signal::Good => "Good",
            Signal::Reduced => "Reduced",
            Signal::Basic => "Basic",
            Signal::Unrated => "Unrated",
        }
    }

    /// Four bars, filled as far as the level; never shown without the word.
    #[must_use]
    pub fn bars(self) -> &'static str {
        match self {
            Signal::Full => "▂▄▆█",
            Signal::Good => "▂▄▆░",
            Signal::Reduced => "▂▄░░",
            Signal::Basic => "▂░░░",
            Signal::Unrated => "????",
        }
    }

    /// Reads a header's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Signal::Full, Signal::Good, Signal::Reduced, Signal::Basic, Signal::Unrated]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn a_backup_that_was_never_rated_is_not_shown_with_bars() {
        assert_eq!(Signal::of(Some(4)), Signal::Full);
        assert_eq!(Signal::of(None), Signal::Unrated);
        assert_eq!(Signal::of(Some(2)), Signal::Reduced);
        assert_eq!(Signal::of(Some(9)), Signal::Unrated);
        for signal in [Signal::Full, Signal::Good, Signal::Reduced, Signal::Basic, Signal::Unrated] {
            assert_eq!(Signal::parse(signal.as_str()), Some(signal));
        }
    }
}
