//! The report as one page.
//!
//! # Invariants
//! * It needs nothing but itself: no network, no fonts, no picture files; its content policy forbids them.
//! * It reads without script. The script only shows numbers of the table under the pointer.
//! * Every text is escaped by [`esc`]; the page is well-formed XML, so that a forgotten one is found by a test.

mod picture;
mod table;

use std::fmt::Write as _;

use super::format::{count, label, name, percent, value};
use super::stories::stories;
use super::terminal::{mark, same};
use super::{Clock, Fared, Report};
use crate::result::{Metric, Strategy};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Nothing may be loaded from anywhere; the page's own style and script stand in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Violations that the page lists one by one.
const SHOWN_VIOLATIONS: usize = 50;

/// Text that is safe between tags and in attributes. Control characters cannot stand in XML at all.
fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Numbers stay on one line with their units.
fn unbroken(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_digit = false;
    for c in text.chars() {
        out.push(if c == ' ' && after_digit { '\u{a0}' } else { c });
        after_digit = c.is_ascii_digit();
    }
    out
}

/// Adds a formatted piece. Writing to a string cannot fail.
macro_rules! put {
    ($page:expr, $($part:tt)*) => { let _ = write!($page, $($part)*); };
}
use put;

pub(super) fn html(report: &Report<'_>) -> String {
    let mut page = String::new();
    let scenario = report.scenario;
    put!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{} · Handover drill</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        esc(POLICY),
        esc(&scenario.title),
    );
    head(report, &mut page);
    violations(report, &mut page);
    figures(report, &mut page);
    put!(page, "<section aria-labelledby=\"when\"><h2 id=\"when\">Who answered, and when</h2>\n");
    picture::picture(report, &mut page);
    marks(report, &mut page);
    table::table(report, &mut page);
    put!(page, "</section>\n");
    users(report, &mut page);
    metrics(report, &mut page);
    words(report, &mut page);
    put!(page, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

fn head(report: &Report<'_>, page: &mut String) {
    let scenario = report.scenario;
    let requests = report.runs.first().map_or(0, |run| run.seen.len());
    let starts = scenario.starts.as_deref().map_or(String::new(), |at| format!(" from {}", esc(at)));
    let sampled = if scenario.traffic.sampled < 1.0 {
        format!(", {} of the traffic", percent(scenario.traffic.sampled))
    } else {
        String::new()
    };
    put!(
        page,
        "<header><p class=\"kicker\">Outage drill <span>·</span> <code>{}</code></p>\n<h1>{}</h1>\n\
         <p class=\"soft\">{}. {} requests over {}{starts}{sampled}, played three times against the same faults \
         in simulated time. Handover is the real engine; the providers are simulated.</p></header>\n",
        esc(&scenario.id),
        esc(&unbroken(&report.headline())),
        esc(scenario.title.trim_end_matches('.')),
        count(requests as u64),
        super::format::span(scenario.span),
    );
}

fn violations(report: &Report<'_>, page: &mut String) {
    let all: Vec<_> = report.runs.iter().flat_map(|run| &run.violations).collect();
    if all.is_empty() {
        return;
    }
    put!(
        page,
        "<section class=\"broken\" role=\"alert\"><h2>✗ Broken: {} of what must never happen</h2><ul>\n",
        all.len()
    );
    for one in all.iter().take(SHOWN_VIOLATIONS) {
        let request = one.request.map_or(String::new(), |number| format!("request {number}: "));
        put!(page, "<li><b>{}</b>: {request}{}</li>\n", esc(one.rule), esc(&one.found));
    }
    if all.len() > SHOWN_VIOLATIONS {
        put!(page, "<li>and {} more</li>\n", all.len() - SHOWN_VIOLATIONS);
    }
    put!(page, "</ul></section>\n");
}

/// The share of users with a whole answer, large, for each strategy.
fn figures(report: &Report<'_>, page: &mut String) {
    let when = if report.scenario.outage.is_some() { "during the outage" } else { "in all" };
    put!(page, "<section class=\"figures\" aria-label=\"Users with a whole answer {when}\">\n");
    for run in report.runs {
        let fared = Fared::of(report.scenario, run);
        let share = fared.share();
        let shown = share.map_or("–".to_owned(), percent);
        let failed = fared.asked - fared.whole;
        let sentence = match failed {
            0 => format!("All {} requests {when} were answered whole.", count(u64::from(fared.asked))),
            _ => format!(
                "{} of {} requests {when} failed.",
                count(u64::from(failed)),
                count(u64::from(fared.asked))
            ),
        };
        let what = match run.strategy {
            Strategy::Handover => "All providers, in order",
            Strategy::SingleProvider => "Asked once, no retry",
            Strategy::SdkRetries => "Two retries with back-off",
        };
        let good = if run.strategy == Strategy::Handover { " us" } else { "" };
        put!(
            page,
            "<div class=\"figure{good}\"><h3>{}</h3><p class=\"soft\">{what}</p><p class=\"big\">{}</p>\
             <svg class=\"meter\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"off\" width=\"100\" height=\"6\"/><rect class=\"on\" width=\"{:.3}\" height=\"6\"/></svg>\
             <p>{sentence}</p></div>\n",
            esc(&report.name(run.strategy)),
            esc(&shown),
            share.unwrap_or(0.0) * 100.0,
        );
    }
    put!(page, "</section>\n");
}

fn marks(report: &Report<'_>, page: &mut String) {
    if report.scenario.marks.is_empty() {
        return;
    }
    let clock = Clock::new(report.scenario);
    put!(page, "<ol class=\"marks\">\n");
    for (at, text) in &report.scenario.marks {
        put!(page, "<li>{}</li>\n", esc(&mark(&clock, *at, text)));
    }
    put!(page, "</ol>\n");
}

fn users(report: &Report<'_>, page: &mut String) {
    let stories = stories(report);
    if stories.is_empty() {
        return;
    }
    put!(
        page,
        "<section aria-labelledby=\"users\"><h2 id=\"users\">What three users saw</h2>\n<div class=\"stories\">\n"
    );
    for story in stories {
        put!(
            page,
            "<article><h3>{}</h3><p class=\"soft\">{}</p>\n<dl>\n",
            esc(story.title),
            esc(&story.request)
        );
        for told in story.told {
            let (class, sign, word) =
                if told.failed { ("bad", "✗", "failed") } else { ("good", "✓", "served") };
            put!(
                page,
                "<dt><span class=\"{class}\">{sign} <span class=\"sr\">{word}: </span></span>{}</dt><dd>{} <span class=\"soft\">{}</span></dd>\n",
                esc(&report.name(told.strategy)),
                esc(&unbroken(&told.saw)),
                esc(&told.asked),
            );
        }
        put!(page, "</dl></article>\n");
    }
    put!(page, "</div></section>\n");
}

fn metrics(report: &Report<'_>, page: &mut String) {
    let Some(first) = report.runs.first() else { return };
    let missed = report.missed().count();
    let judged = report.metrics().filter(|metric| metric.met.is_some()).count();
    let sum = match missed {
        0 => format!(
            "<span class=\"good\">✓ Handover meets all {judged} targets that this scenario tests.</span>"
        ),
        _ => format!("<span class=\"bad\">✗ Handover misses {missed} of {judged} targets.</span>"),
    };
    put!(
        page,
        "<section aria-labelledby=\"metrics\"><h2 id=\"metrics\">Metrics</h2>\n<p>{sum}</p>\n\
         <div class=\"scroll\"><table class=\"metrics\"><thead><tr><th scope=\"col\">Metric</th>"
    );
    for run in report.runs {
        put!(page, "<th scope=\"col\" class=\"n\">{}</th>", esc(&report.name(run.strategy)));
    }
    put!(page, "</tr></thead>\n<tbody>\n");
    for (nth, metric) in first.metrics.iter().enumerate() {
        metric_row(report, nth, metric, page);
    }
    put!(page, "</tbody></table></div></section>\n");
}

fn metric_row(report: &Report<'_>, nth: usize, metric: &Metric, page: &mut String) {
    put!(page, "<tr><th scope=\"row\"><span class=\"id\">{}</span> {}", metric.id, esc(&name(metric)));
    if !metric.target.is_empty() {
        put!(page, "<small>target: {}</small>", esc(metric.target));
    }
    // Neighbours often share a note: once is enough.
    let before = nth.checked_sub(1).and_then(|nth| report.runs.first()?.metrics.get(nth));
    if !metric.note.is_empty() && before.is_none_or(|before| before.note != metric.note) {
        put!(page, "<small>{}</small>", esc(metric.note));
    }
    put!(page, "</th>");
    for run in report.runs {
        let other = same(run, nth, metric);
        let shown = other.map(value).unwrap_or_default();
        // Targets are promises of Handover; the baselines promise nothing.
        let met = other.and_then(|other| other.met).filter(|_| run.strategy == Strategy::Handover);
        let sign = match met {
            Some(true) => "<span class=\"good\">✓<span class=\"sr\"> met</span></span> ",
            Some(false) => "<span class=\"bad\">✗<span class=\"sr\"> missed</span></span> ",
            None => "",
        };
        put!(page, "<td class=\"n\">{sign}{}</td>", esc(&shown));
    }
    put!(page, "</tr>\n");
}

/// What happened, what is assumed, where it is written, how to have it again.
fn words(report: &Report<'_>, page: &mut String) {
    let (about, sources) = report.about();
    put!(page, "<div class=\"words\">\n");
    if !about.is_empty() {
        put!(page, "<section><h2>What happened</h2><p>{}</p></section>\n", esc(about));
    }
    if !report.scenario.synthetic.is_empty() {
        put!(page, "<section><h2>What is assumed, and on no record</h2><ul>\n");
        for sentence in &report.scenario.synthetic {
            put!(page, "<li>{}</li>\n", esc(sentence));
        }
        put!(page, "</ul></section>\n");
    }
    if let Some(sources) = sources {
        put!(page, "<section><h2>Sources</h2><p>{}</p></section>\n", esc(sources));
    }
    let chain: Vec<String> =
        report.scenario.providers.iter().map(|one| format!("{} ({})", label(&one.name), one.model)).collect();
    put!(
        page,
        "<section><h2>Again</h2><p>Providers in order: {}.</p><p>Seed {}. The same once more, to the byte:</p>\
         <pre>{}</pre></section>\n</div>\n",
        esc(&chain.join(", ")),
        report.scenario.seed,
        esc(report.again),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_scenario_becomes_markup() {
        let text = "<script>alert(\"1\")</script> & 'x'\u{1b}[31m";
        assert_eq!(esc(text), "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39; [31m");
    }

    #[test]
    fn style_and_script_can_stand_in_the_page_as_they_are() {
        for own in [STYLE, SCRIPT] {
            assert!(!own.contains(['<', '&']), "it would have to be escaped");
            assert!(!own.contains("http") && !own.contains("url(") && !own.contains("@import"));
        }
    }
}
