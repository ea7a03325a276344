//! Reads what a route does when a stream breaks after its first word, and what it holds back so that fewer do.
//!
//! As in [`resilience`](crate::resilience), a setting that could never take effect is an error. One that only a
//! caller's own wish can bring to life is a warning: `x-handover-mid-stream` can ask for what the route does not do.

use std::time::Duration;

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::reader::{Reader, Section};
use crate::snapshot::{DEFAULT_MAX_HAND_OVERS, JsonStream, MAX_COMMIT_DELAY, MAX_HAND_OVERS, MidStream};
use crate::timeouts::WrittenTimeouts;
use crate::units::show_duration;

/// For messages and examples; without `commit_delay` nothing is held (resilience notes, D2.2).
const USUAL_COMMIT_DELAY: Duration = Duration::from_millis(300);

/// The settings of a route for answers that break off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HandOver {
    pub(crate) mid_stream: MidStream,
    pub(crate) max_hand_overs: u32,
    pub(crate) commit_delay: Duration,
    pub(crate) json_stream: JsonStream,
}

impl Default for HandOver {
    fn default() -> Self {
        Self {
            mid_stream: MidStream::Continue,
            max_hand_overs: DEFAULT_MAX_HAND_OVERS,
            commit_delay: Duration::ZERO,
            json_stream: JsonStream::Hold,
        }
    }
}

impl HandOver {
    /// Reads them and checks them against the attempts and the time that a request of this route has.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        section: &Section<'_>,
        max_attempts: u32,
        timeouts: &WrittenTimeouts,
    ) -> Self {
        let default = Self::default();
        let words = [("continue", MidStream::Continue), ("stop", MidStream::Stop)];
        let mid_stream = section.one_of(reader, "mid_stream", &words).unwrap_or(default.mid_stream);
        let words = [("hold", JsonStream::Hold), ("pass", JsonStream::Pass)];
        Self {
            mid_stream,
            max_hand_overs: read_max_hand_overs(reader, section, mid_stream, max_attempts)
                .unwrap_or(default.max_hand_overs),
            commit_delay: read_commit_delay(reader, section, max_attempts, timeouts)
                .unwrap_or(default.commit_delay),
            json_stream: section.one_of(reader, "json_stream", &words).unwrap_or(default.json_stream),
        }
    }
}

/// Every hand-over is an attempt more, by the next target or by the same one.
fn read_max_hand_overs(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    mid_stream: MidStream,
    max_attempts: u32,
) -> Option<u32> {
    let none = "for none at all write `mid_stream = \"stop\"`";
    let written = section.explained_integer(reader, "max_hand_overs", 1..=MAX_HAND_OVERS, none)?;
    let key = section.key_span("max_hand_overs")?;
    if mid_stream == MidStream::Stop {
        let mut finding =
            Diagnostic::warning(Id::BadValue, key, "`max_hand_overs` does nothing on a route that stops")
                .label("no answer is handed over, unless a request itself asks for it")
                .help("take it out, or write `mid_stream = \"continue\"`");
        if let Some(stop) = section.get("mid_stream") {
            finding = finding.related(stop.span(), "an answer that breaks off ends here");
        }
        reader.note(finding);
    } else if written >= max_attempts {
        // The default of 4 attempts is above every number that may stand here, so this one was written.
        let mut finding =
            Diagnostic::error(Id::BadValue, key, "a request of this route has too few attempts for this")
                .label(format!("{written} after the first attempt"))
                .help(match max_attempts {
                    1 => {
                        "raise `max_attempts`, or write `mid_stream = \"stop\"` and take this out".to_owned()
                    }
                    _ => format!("make it at most {}, or raise `max_attempts`", max_attempts - 1),
                });
        if let Some(attempts) = section.get("max_attempts") {
            finding = finding.related(attempts.span(), "the first one included");
        }
        reader.note(finding);
    }
    Some(written)
}

/// Reads `commit_delay`. Zero is fine: nothing is held.
fn read_commit_delay(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    max_attempts: u32,
    timeouts: &WrittenTimeouts,
) -> Option<Duration> {
    let usual = USUAL_COMMIT_DELAY;
    if let Some(value) = section.get("commit_delay")
        && value.get_ref().as_integer().is_some()
    {
        // Elsewhere seconds are suggested; here they would be more than may be.
        let path = shown(&section.path("commit_delay"));
        reader.note(
            Diagnostic::error(
                Id::BadDuration,
                value.span(),
                format!("`{path}` must be a duration with its unit"),
            )
            .label("this is a whole number")
            .help(format!("write milliseconds as `commit_delay = \"{}\"`", show_duration(usual))),
        );
        return None;
    }
    let (delay, span) = section.duration_or_zero(reader, "commit_delay", usual)?;
    if delay > MAX_COMMIT_DELAY {
        let path = shown(&section.path("commit_delay"));
        reader.note(
            Diagnostic::error(Id::BadValue, span, format!("`{path}` is out of range"))
                .label(format!("must be at most {}", show_duration(MAX_COMMIT_DELAY)))
                .help(format!("each answer starts so much later; \"{}\" is usual", show_duration(usual))),
        );
        return None;
    }
    if !delay.is_zero() && max_attempts == 1 {
        let key = section.key_span("commit_delay").unwrap_or(span);
        let mut finding =
            Diagnostic::error(Id::BadValue, key, "a route of one attempt gains nothing by waiting")
                .label("no other attempt could use this time")
                .help("make `max_attempts` at least 2, or take the `commit_delay` out");
        if let Some(attempts) = section.get("max_attempts") {
            finding = finding.related(attempts.span(), "one attempt only");
        }
        reader.note(finding);
    } else {
        timeouts.within_total(reader, "commit_delay", delay, &span);
    }
    Some(delay)
}
