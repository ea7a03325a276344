//! The clocks: read where they are written, then resolved for each target.

use std::ops::Range;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Id};
use crate::keys::{ATTEMPT_TIMEOUTS, ROUTE_TIMEOUTS, Table};
use crate::reader::{Reader, Section};
use crate::snapshot::{ProviderDialect, Timeouts};
use crate::units::show_duration;

/// A clock as written, with its place.
type Written = Option<(Duration, Range<usize>)>;

/// The clocks one table gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct WrittenTimeouts {
    connect: Written,
    first_token: Written,
    stall: Written,
    progress: Written,
    total: Written,
}

impl WrittenTimeouts {
    /// Reads `timeouts` of a provider or a target.
    pub(crate) fn of_attempt(
        reader: &mut Reader<'_>,
        parent: &Section<'_>,
        dialect: ProviderDialect,
    ) -> Self {
        Self::read(reader, parent, ATTEMPT_TIMEOUTS, dialect)
    }

    /// Reads `timeouts` of a route, the only ones with a `total`.
    pub(crate) fn of_route(reader: &mut Reader<'_>, parent: &Section<'_>) -> Self {
        Self::read(reader, parent, ROUTE_TIMEOUTS, ProviderDialect::OpenAi)
    }

    fn read(reader: &mut Reader<'_>, parent: &Section<'_>, known: Table, dialect: ProviderDialect) -> Self {
        let Some(table) = parent.table(reader, "timeouts", "{ first_token = \"10s\" }") else {
            return Self::default();
        };
        let name = parent.path("timeouts");
        let section = Section::new(reader, table, &name, known);
        let default = Timeouts::defaults(dialect);
        let with_total = known.keys.contains(&"total");
        Self {
            connect: section.duration(reader, "connect", default.connect),
            first_token: section.duration(reader, "first_token", default.first_token),
            stall: section.duration(reader, "stall", default.stall),
            progress: section.duration(reader, "progress", default.progress),
            total: if with_total { section.duration(reader, "total", default.total) } else { None },
        }
    }

    /// Time for the whole request on this route.
    pub(crate) fn total(&self) -> Duration {
        let default = Timeouts::defaults(ProviderDialect::OpenAi).total;
        self.total.as_ref().map_or(default, |(total, _)| *total)
    }

    /// Notes a clock that is longer than the whole request may last.
    pub(crate) fn within_total(
        &self,
        reader: &mut Reader<'_>,
        name: &str,
        duration: Duration,
        span: &Range<usize>,
    ) {
        let total = self.total();
        if duration <= total {
            return;
        }
        let mut finding = Diagnostic::error(
            Id::TimeoutOrder,
            span.clone(),
            format!("`{name}` is longer than the whole request may last"),
        )
        .label(format!("{} can never pass", show_duration(duration)))
        .help(format!("make it shorter than {}, or raise `total` of the route", show_duration(total)));
        if let Some((_, total_span)) = &self.total {
            finding = finding.related(total_span.clone(), "the whole request ends here");
        }
        reader.note(finding);
    }
}

impl WrittenTimeouts {
    /// The clocks of a provider whose model is asked for by name, without a route.
    pub(crate) fn without_route(&self, dialect: ProviderDialect) -> Timeouts {
        let default = Timeouts::defaults(dialect);
        let pick = |written: &Written, default| written.as_ref().map_or(default, |(clock, _)| *clock);
        Timeouts {
            connect: pick(&self.connect, default.connect),
            first_token: pick(&self.first_token, default.first_token),
            stall: pick(&self.stall, default.stall),
            progress: pick(&self.progress, default.progress),
            total: default.total,
        }
    }
}

/// The clocks of one target: its own, else the route's, else the provider's, else the dialect's default.
///
/// A clock that somebody wrote and that is longer than the whole request can never fire, which is not what
/// they meant: that is an error. A default that is longer is not: the total simply comes first.
pub(crate) fn resolve(
    reader: &mut Reader<'_>,
    target: &WrittenTimeouts,
    route: &WrittenTimeouts,
    provider: &WrittenTimeouts,
    dialect: ProviderDialect,
) -> Timeouts {
    let default = Timeouts::defaults(dialect);
    let total = route.total();
    let mut pick = |name: &str, clock: fn(&WrittenTimeouts) -> &Written, default: Duration| {
        let written = clock(target).as_ref().or(clock(route).as_ref()).or(clock(provider).as_ref());
        let Some((duration, span)) = written else { return default };
        route.within_total(reader, name, *duration, span);
        *duration
    };
    Timeouts {
        connect: pick("connect", |t| &t.connect, default.connect),
        first_token: pick("first_token", |t| &t.first_token, default.first_token),
        stall: pick("stall", |t| &t.stall, default.stall),
        progress: pick("progress", |t| &t.progress, default.progress),
        total,
    }
}
