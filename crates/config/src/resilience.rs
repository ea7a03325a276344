//! Reads the settings that keep an outage from growing, and refuses those that contradict each other.
//!
//! A setting that could never take effect is an error: who wrote it believes to be protected by it.

use std::ops::Range;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::harm::{MAX_CANARY, USUAL_PROBE};
use crate::keys::{BREAKER, BUDGETS, CACHE, HEDGE};
use crate::reader::{Reader, Section};
use crate::snapshot::{
    Breaker, Budgets, Cache, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT, Hedge, ProviderDialect, Route,
    default_probe,
};
use crate::timeouts::WrittenTimeouts;
use crate::units::show_duration;

/// Reads `[breaker]`.
pub(crate) fn read_breaker(reader: &mut Reader<'_>, top: &Section<'_>) -> Breaker {
    let default = Breaker::default();
    let Some(table) = top.table(reader, "breaker", "{ failures = 3 }") else { return default };
    let section = Section::new(reader, table, "breaker", BREAKER);
    let why_some = "below 1 a target would be shut before it ever failed";
    let failures = section.explained_integer(reader, "failures", 1..=100, why_some);
    let window = section.duration_above_zero(
        reader,
        "window",
        default.window,
        "in no time there are no calls to judge by",
    );
    let min_calls = section.integer(reader, "min_calls", 1..=100_000);
    let min_success = section.true_share(reader, "min_success", "0.6");
    let no_pause = "without a pause a sick provider gets every request";
    let backoff = section.duration_above_zero(reader, "backoff", default.backoff, no_pause);
    let max_backoff = section.duration_above_zero(reader, "max_backoff", default.max_backoff, no_pause);
    let all_at_once = "the full load at once makes a provider fall over again";
    let ramp = section.duration_above_zero(reader, "ramp", default.ramp, all_at_once);
    // One that is written and wrong has its finding; the default would be compared in its place.
    let wrong = |key, read: bool| section.get(key).is_some() && !read;
    if !wrong("backoff", backoff.is_some()) && !wrong("max_backoff", max_backoff.is_some()) {
        check_backoff(reader, backoff.as_ref(), max_backoff.as_ref(), &default);
    }
    let time = |written: Option<(Duration, Range<usize>)>, default| written.map_or(default, |(time, _)| time);
    Breaker {
        failures: failures.unwrap_or(default.failures),
        window: time(window, default.window),
        min_calls: min_calls.unwrap_or(default.min_calls),
        min_success: min_success.unwrap_or(default.min_success),
        backoff: time(backoff, default.backoff),
        max_backoff: time(max_backoff, default.max_backoff),
        ramp: time(ramp, default.ramp),
    }
}

/// The first pause must not be longer than the longest one, also when only one of the two is written.
fn check_backoff(
    reader: &mut Reader<'_>,
    first: Option<&(Duration, Range<usize>)>,
    longest: Option<&(Duration, Range<usize>)>,
    default: &Breaker,
) {
    let first_time = first.map_or(default.backoff, |(time, _)| *time);
    let longest_time = longest.map_or(default.max_backoff, |(time, _)| *time);
    if first_time <= longest_time {
        return;
    }
    let message = "the first pause is longer than the longest one";
    let shown_first = show_duration(first_time);
    let finding = match (first, longest) {
        (Some((_, span)), Some((_, other))) => Diagnostic::error(Id::TimeoutOrder, span.clone(), message)
            .label(format!("{shown_first} to begin with"))
            .related(other.clone(), "and never longer than this")
            .help(format!("make `backoff` at most {}", show_duration(longest_time))),
        (Some((_, span)), None) => Diagnostic::error(Id::TimeoutOrder, span.clone(), message)
            .label(format!("`max_backoff` is {} by default", show_duration(longest_time)))
            .help(format!("make it shorter, or add `max_backoff = \"{shown_first}\"` or more")),
        (None, Some((_, span))) => Diagnostic::error(Id::TimeoutOrder, span.clone(), message)
            .label(format!("`backoff` is {shown_first} by default"))
            .help(format!("make it longer, or add `backoff = \"{}\"` or less", show_duration(longest_time))),
        (None, None) => return,
    };
    reader.note(finding);
}

/// Reads `[budgets]`.
pub(crate) fn read_budgets(reader: &mut Reader<'_>, top: &Section<'_>) -> Budgets {
    let default = Budgets::default();
    let Some(table) = top.table(reader, "budgets", "{ waste = 0.05 }") else { return default };
    let section = Section::new(reader, table, "budgets", BUDGETS);
    Budgets {
        retries: section.share(reader, "retries", 0.0..=1.0, "0.1").unwrap_or(default.retries),
        waste: section.share(reader, "waste", 0.0..=1.0, "0.05").unwrap_or(default.waste),
        waste_floor: section.integer(reader, "waste_floor", 0..=1_000_000_000).unwrap_or(default.waste_floor),
    }
}

/// Every hedge bills a prompt for an answer that nobody reads. Where nothing may be wasted there is none.
pub(crate) fn check_waste(reader: &mut Reader<'_>, top: &Section<'_>, budgets: &Budgets, routes: &[Route]) {
    let Some(route) = routes.iter().find(|route| route.hedge.is_some()) else { return };
    if !budgets.allow_no_waste() {
        return;
    }
    // Neither default is zero, so the table is there.
    if let Some(span) = top.key_span("budgets") {
        reader.note(
            Diagnostic::error(
                Id::BadValue,
                span,
                format!("nothing may be wasted, but route `{}` hedges", shown(&route.name)),
            )
            .label("`waste` and `waste_floor` are both 0")
            .help("allow some waste, or take the `hedge` out: each one bills a prompt twice"),
        );
    }
}

/// Reads `max_concurrency` of a provider. The embedded engine's limit is its slots.
pub(crate) fn read_max_concurrency(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    dialect: ProviderDialect,
    slots: u32,
) -> Option<u32> {
    let help = "leave it out for no limit of your own";
    let written = section.explained_integer(reader, "max_concurrency", 1..=10_000, help);
    match dialect {
        ProviderDialect::OpenAi | ProviderDialect::Anthropic | ProviderDialect::Cohere => written,
        ProviderDialect::Local => Some(slots),
    }
}

/// Reads `probe` of a provider: a duration, or "off".
pub(crate) fn read_probe(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    dialect: ProviderDialect,
) -> Option<Duration> {
    let default = default_probe(dialect);
    let Some(value) = section.get("probe") else { return default };
    if value.get_ref().as_str() == Some("off") {
        return None;
    }
    if value.get_ref().as_bool().is_some() {
        let path = shown(&section.path("probe"));
        reader.note(
            Diagnostic::error(
                Id::BadDuration,
                value.span(),
                format!("`{path}` must be a duration or \"off\""),
            )
            .label("this is true or false")
            .help(format!(
                "write `probe = \"off\"` for none, or `probe = \"{}\"`",
                show_duration(USUAL_PROBE)
            )),
        );
        return default;
    }
    let at_zero = "it would be asked without end; for no probes write \"off\"";
    section.duration_above_zero(reader, "probe", USUAL_PROBE, at_zero).map_or(default, |(idle, _)| Some(idle))
}

/// What the settings of a route are checked against.
pub(crate) struct Chain<'c> {
    /// Places in the chain as the file has them; a group is one.
    pub(crate) places: usize,
    /// The longest time that a target in the first place has for its first token.
    pub(crate) lead_first_token: Option<Duration>,
    pub(crate) timeouts: &'c WrittenTimeouts,
}

/// The settings of a route that keep an outage from growing.
pub(crate) struct RouteSettings {
    pub(crate) max_attempts: u32,
    pub(crate) max_wait: Duration,
    pub(crate) hedge: Option<Hedge>,
    pub(crate) cache: Option<Cache>,
    pub(crate) canary: f64,
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            max_attempts: DEFAULT_MAX_ATTEMPTS,
            max_wait: DEFAULT_MAX_WAIT,
            hedge: None,
            cache: None,
            canary: 0.0,
        }
    }
}

impl RouteSettings {
    /// Reads them and checks them against the chain.
    pub(crate) fn read(reader: &mut Reader<'_>, section: &Section<'_>, chain: &Chain<'_>) -> Self {
        let default = Self::default();
        let nobody = "with 0 nobody would be asked";
        let max_attempts =
            section.explained_integer(reader, "max_attempts", 1..=16, nobody).unwrap_or(default.max_attempts);
        Self {
            max_attempts,
            max_wait: read_max_wait(reader, section, chain).unwrap_or(default.max_wait),
            hedge: read_hedge(reader, section, chain, max_attempts),
            cache: read_cache(reader, section),
            canary: read_canary(reader, section, chain).unwrap_or(default.canary),
        }
    }
}

/// Reads `max_wait`. Zero is fine: never wait, go on to the next.
fn read_max_wait(reader: &mut Reader<'_>, section: &Section<'_>, chain: &Chain<'_>) -> Option<Duration> {
    let (wait, span) = section.duration_or_zero(reader, "max_wait", DEFAULT_MAX_WAIT)?;
    chain.timeouts.within_total(reader, "max_wait", wait, &span);
    Some(wait)
}

fn read_hedge(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    chain: &Chain<'_>,
    max_attempts: u32,
) -> Option<Hedge> {
    let usual = show_duration(Hedge::USUAL_AFTER);
    let table = section.table(reader, "hedge", &format!("{{ after = \"{usual}\" }}"))?;
    let key = section.key_span("hedge")?;
    let inner = Section::new(reader, table, &section.path("hedge"), HEDGE);
    if chain.places == 1 {
        reader.note(one_place("hedge", key.clone(), "there is nobody else to ask"));
    } else if max_attempts == 1 {
        let mut finding = Diagnostic::error(Id::BadValue, key.clone(), "a route of one attempt cannot hedge")
            .label("this is a second attempt")
            .help("make `max_attempts` at least 2, or take the `hedge` out");
        if let Some(attempts) = section.get("max_attempts") {
            finding = finding.related(attempts.span(), "one attempt only");
        }
        reader.note(finding);
    }
    if inner.get("after").is_none() {
        if !inner.misnamed("after") {
            reader.note(
                Diagnostic::error(Id::MissingKey, key, "this hedge does not say when")
                    .label("after how long a silence?")
                    .help(format!("write `hedge = {{ after = \"{usual}\" }}`")),
            );
        }
        return None;
    }
    let (after, span) = inner.duration_or_zero(reader, "after", Hedge::USUAL_AFTER)?;
    if after.is_zero() {
        let path = shown(&inner.path("after"));
        reader.note(
            Diagnostic::error(Id::ZeroTimeout, span, format!("`{path}` must be longer than zero"))
                .label("every request would be paid for twice")
                .help(format!("write what you would wait for a first word, such as \"{usual}\"")),
        );
        return None;
    }
    let total = chain.timeouts.total();
    let limit = chain.lead_first_token.map(|first_token| first_token.min(total))?;
    if after >= limit {
        let (why, fix) = if limit < total {
            ("the lead is given up anyway", "`first_token` of the lead")
        } else {
            ("the whole request is over", "`total` of the route")
        };
        reader.note(
            Diagnostic::error(Id::TimeoutOrder, span, "this hedge comes too late to help")
                .label(format!("after {} {why}", show_duration(limit)))
                .help(format!("make it shorter than {}, or raise {fix}", show_duration(limit))),
        );
        return None;
    }
    Some(Hedge { after })
}

fn read_cache(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<Cache> {
    let default = Cache::default();
    let table = section.table(reader, "cache", "{ stale_if_error = \"24h\" }")?;
    let inner = Section::new(reader, table, &section.path("cache"), CACHE);
    let fresh = inner.duration_or_zero(reader, "fresh", default.fresh);
    let stale = inner.duration_or_zero(reader, "stale_if_error", default.stale_if_error);
    let none = "leave `cache` out to keep no answers";
    let max_entries = inner.explained_integer(reader, "max_entries", 1..=1_000_000, none);
    let cache = Cache {
        fresh: fresh.map_or(default.fresh, |(age, _)| age),
        stale_if_error: stale.as_ref().map_or(default.stale_if_error, |(age, _)| *age),
        max_entries: max_entries.unwrap_or(default.max_entries),
    };
    if let Some((_, span)) = stale
        && cache.fresh.is_zero()
        && cache.stale_if_error.is_zero()
    {
        reader.note(
            Diagnostic::error(Id::ZeroTimeout, span, "this cache never gives an answer")
                .label("`fresh` and `stale_if_error` are both zero")
                .help("give one of the two a duration, or leave `cache` out"),
        );
    }
    Some(cache)
}

fn read_canary(reader: &mut Reader<'_>, section: &Section<'_>, chain: &Chain<'_>) -> Option<f64> {
    let share = section.share(reader, "canary", 0.0..=MAX_CANARY, "0.01")?;
    if share > 0.0
        && chain.places == 1
        && let Some(key) = section.key_span("canary")
    {
        reader.note(one_place("canary", key, "there is no backup to answer"));
    }
    Some(share)
}

/// A setting for backups on a route that has none.
fn one_place(key: &str, span: Range<usize>, label: &str) -> Diagnostic {
    Diagnostic::error(Id::BadValue, span, format!("`{key}` does nothing on a route with one place"))
        .label(label)
        .help(format!("add a target behind the first (a group counts as one), or take the `{key}` out"))
}
