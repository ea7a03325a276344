//! What could not be expressed in the target's dialect.

use std::fmt;

/// The caller's fields that a target cannot express and that were left out, as the caller would name them
/// (`seed`, `messages[2].name`). Becomes the header `x-handover-dropped`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(Vec<String>);

impl Losses {
    /// No losses.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that `field` was left out or changed. Noting the same field twice counts once.
    pub fn note(&mut self, field: impl Into<String>) {
        let field = field.into();
        if !self.0.contains(&field) {
            self.0.push(field);
        }
    }

    /// True when everything could be expressed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields, in the order in which they were noted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Losses {
    /// The header's form: names joined by commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, field) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            f.write_str(field)?;
        }
        Ok(())
    }
}
