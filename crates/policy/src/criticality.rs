//! How much a request matters when there is not enough for all.
//!
//! Three classes of the SRE book's four ("Handling Overload"): what a person waits for, what a person may come back
//! for, and what can be done at night. Under scarcity the last gives way first.

use std::fmt;

/// How much a request matters. Ordered with the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Criticality {
    /// Gives way to nothing.
    Critical,
    /// Gives way to what is critical.
    #[default]
    Default,
    /// Gives way to everything.
    Batch,
}

impl Criticality {
    /// Reads a name: `critical` (or `interactive`), `default`, `batch` (or `sheddable`), in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "critical" | "interactive" => Some(Criticality::Critical),
            "default" => Some(Criticality::Default),
            "batch" | "sheddable" => Some(Criticality::Batch),
            _ => None,
        }
    }

    /// `critical`, `default` or `batch`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Criticality::Critical => "critical",
            Criticality::Default => "default",
            Criticality::Batch => "batch",
        }
    }
}

impl fmt::Display for Criticality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Criticality;

    #[test]
    fn a_nightly_job_is_never_taken_for_a_waiting_person() {
        let check = |text: &str, expected| assert_eq!(Criticality::parse(text), expected, "{text:?}");
        check("critical", Some(Criticality::Critical));
        check("interactive", Some(Criticality::Critical));
        check("default", Some(Criticality::Default));
        check("batch", Some(Criticality::Batch));
        check(" Sheddable ", Some(Criticality::Batch));
        check("", None);
        check("high", None);
        for class in [Criticality::Critical, Criticality::Default, Criticality::Batch] {
            assert_eq!(Criticality::parse(class.as_str()), Some(class));
        }
        assert!(Criticality::Critical < Criticality::Default && Criticality::Default < Criticality::Batch);
        assert_eq!(Criticality::default(), Criticality::Default);
    }
}
