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
    /// The signal of a target: the lead is full by definition, a backup has the level its configuration states.
    #[must_use]
    pub fn of(is_lead: bool, level: Option<u8>) -> Self {
        match (is_lead, level) {
            (true, _) | (false, Some(4)) => Signal::Full,
            (false, Some(3)) => Signal::Good,
            (false, Some(2)) => Signal::Reduced,
            (false, Some(1)) => Signal::Basic,
            (false, _) => Signal::Unrated,
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
    fn a_backup_never_shows_full_bars_unless_the_configuration_says_so() {
        assert_eq!(Signal::of(true, Some(1)), Signal::Full);
        assert_eq!(Signal::of(false, None), Signal::Unrated);
        assert_eq!(Signal::of(false, Some(2)), Signal::Reduced);
        assert_eq!(Signal::of(false, Some(9)), Signal::Unrated);
        for signal in [Signal::Full, Signal::Good, Signal::Reduced, Signal::Basic, Signal::Unrated] {
            assert_eq!(Signal::parse(signal.as_str()), Some(signal));
        }
    }
}
