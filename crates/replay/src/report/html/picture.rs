//! The timeline as a picture: who answered, who failed, how often the lead was asked, and what its breaker did.
//!
//! Drawn twice, for wide and for narrow screens: a picture that shrinks has text that nobody can read.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::columns::{Column, columns, per_column};
use super::super::format::{label, span};
use super::super::{Clock, Report};
use super::{esc, put};
use crate::result::{Breaker, Run, Strategy};

/// Most columns of the wide picture, and rows of the table.
pub(super) const MOST_COLUMNS: usize = 240;
/// Different looks of providers; the seventh looks like the first.
const LOOKS: usize = 6;

/// The measures of one drawing, in CSS pixels.
struct Frame {
    class: &'static str,
    /// The plot's left edge and its greatest width.
    left: f64,
    room: f64,
    most_columns: usize,
    /// Heights of a panel of requests and of the panel of attempts.
    tall: f64,
    low: f64,
    ticks: u64,
}

const WIDE: Frame = Frame {
    class: "wide",
    left: 40.0,
    room: 1000.0,
    most_columns: MOST_COLUMNS,
    tall: 92.0,
    low: 64.0,
    ticks: 10,
};
const NARROW: Frame =
    Frame { class: "narrow", left: 28.0, room: 316.0, most_columns: 105, tall: 76.0, low: 56.0, ticks: 4 };

/// Room above the first panel, for the marks.
const TOP: f64 = 42.0;
/// A panel's title.
const TITLE: f64 = 26.0;
/// Between two panels.
const GAP: f64 = 12.0;
/// A breaker's band.
const BAND: f64 = 14.0;

/// One drawing under way.
struct Drawing<'a> {
    report: &'a Report<'a>,
    frame: &'a Frame,
    /// A column's width and time.
    wide: f64,
    each: Duration,
    count: usize,
    svg: String,
    y: f64,
}

pub(super) fn picture(report: &Report<'_>, page: &mut String) {
    let Some(first) = report.runs.first().filter(|run| !run.timeline.points.is_empty()) else {
        put!(page, "<p>Nothing happened in this scenario.</p>\n");
        return;
    };
    defs(page);
    legend(report, page);
    put!(page, "<div class=\"picture\">\n");
    for frame in [&WIDE, &NARROW] {
        draw(report, first, frame, page);
    }
    put!(page, "<p class=\"readout\" aria-hidden=\"true\"></p></div>\n");
}

/// The patterns, once for all drawings. They tell providers apart without colours.
fn defs(page: &mut String) {
    page.push_str(concat!(
        "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n",
        "<pattern id=\"p0\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect class=\"c0\" width=\"8\" height=\"8\"/></pattern>\n",
        "<pattern id=\"p1\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"c1\" width=\"6\" height=\"6\"/><rect class=\"over\" width=\"1.4\" height=\"6\"/></pattern>\n",
        "<pattern id=\"p2\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect class=\"c2\" width=\"6\" height=\"6\"/><circle class=\"over\" cx=\"3\" cy=\"3\" r=\"1.2\"/></pattern>\n",
        "<pattern id=\"p3\" width=\"6\" height=\"5\" patternUnits=\"userSpaceOnUse\"><rect class=\"c3\" width=\"6\" height=\"5\"/><rect class=\"over\" width=\"6\" height=\"1.3\"/></pattern>\n",
        "<pattern id=\"p4\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\"><rect class=\"c4\" width=\"6\" height=\"6\"/><rect class=\"over\" width=\"2.4\" height=\"6\"/></pattern>\n",
        "<pattern id=\"p5\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect class=\"c5\" width=\"6\" height=\"6\"/><rect class=\"over\" width=\"3\" height=\"3\"/></pattern>\n",
        "<pattern id=\"px\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"cx\" width=\"5\" height=\"5\"/><rect class=\"over\" width=\"1.5\" height=\"5\"/><rect class=\"over\" width=\"5\" height=\"1.5\"/></pattern>\n",
        "</defs></svg>\n",
    ));
}

fn legend(report: &Report<'_>, page: &mut String) {
    put!(page, "<ul class=\"legend\">\n");
    let item = |page: &mut String, look: &str, text: &str| {
        put!(
            page,
            "<li><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><rect width=\"22\" height=\"14\" rx=\"2\" fill=\"url(#{look})\"/></svg>{}</li>\n",
            esc(text)
        );
    };
    for (place, provider) in report.scenario.providers.iter().enumerate() {
        let served = report.runs.iter().any(|run| {
            run.timeline.points.iter().any(|p| p.served.get(place).is_some_and(|count| *count > 0))
        });
        let never = if served { "" } else { ", not needed" };
        item(page, &format!("p{}", place % LOOKS), &format!("{} answered{never}", label(&provider.name)));
    }
    item(page, "px", "the user was failed");
    put!(page, "</ul>\n");
}

fn draw(report: &Report<'_>, first: &Run, frame: &Frame, page: &mut String) {
    let merged = per_column(&first.timeline, frame.most_columns);
    let each = first.timeline.step * u32::try_from(merged).unwrap_or(u32::MAX);
    let count = columns(first, frame.most_columns).len();
    let wide = frame.room / count.max(1) as f64;
    let mut drawing = Drawing { report, frame, wide, each, count, svg: String::new(), y: TOP };
    drawing.panels();
    drawing.attempts();
    drawing.breakers();
    drawing.axis();
    let height = drawing.y;
    let back = drawing.outage_and_marks(height);
    let (width, plot) = (frame.left + wide * count as f64 + 4.0, wide * count as f64);
    put!(
        page,
        "<svg class=\"timeline {}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\" \
         data-left=\"{}\" data-plot=\"{plot}\">\n{back}{}<line class=\"cursor\" x1=\"0\" x2=\"0\" y1=\"{TOP}\" y2=\"{height}\" visibility=\"hidden\"/></svg>\n",
        frame.class,
        esc(&format!("Timeline. {} The table below has its numbers.", report.headline())),
        frame.left,
        drawing.svg,
    );
}

impl Drawing<'_> {
    fn x(&self, at: Duration) -> f64 {
        let columns = at.as_secs_f64() / self.each.as_secs_f64().max(1e-9);
        (self.frame.left + columns.min(self.count as f64) * self.wide).round()
    }

    /// A column's left edge. Whole pixels: no seams between columns.
    fn edge(&self, nth: usize) -> f64 {
        (self.frame.left + self.wide * nth as f64).round()
    }

    fn right(&self) -> f64 {
        self.frame.left + self.wide * self.count as f64
    }

    fn title(&mut self, title: &str, note: &str) {
        self.y += TITLE;
        put!(
            self.svg,
            "<text class=\"title\" x=\"{}\" y=\"{}\">{}<tspan class=\"note\">  {}</tspan></text>\n",
            self.frame.left,
            self.y - 8.0,
            esc(title),
            esc(note),
        );
    }

    /// The lines and numbers of a scale from 0 to `most` per minute, in a panel of this height from the current place down.
    fn scale(&mut self, most: f64, height: f64) {
        for share in [0.0, 1.0] {
            let y = self.y + height * (1.0 - share);
            put!(
                self.svg,
                "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/><text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                self.frame.left,
                self.right(),
                self.frame.left - 4.0,
                y + 4.0,
                short(most * share),
            );
        }
    }

    /// The end of a scale per minute for columns with at most so many, and the pixels of one of them.
    fn measure(&self, most: Option<u32>, height: f64) -> (f64, f64) {
        let minutes = self.each.as_secs_f64().max(1e-9) / 60.0;
        let end = nice(f64::from(most.unwrap_or(0)) / minutes);
        (end, height / (end * minutes))
    }

    /// One panel per strategy: answers stacked by provider, failures on top.
    fn panels(&mut self) {
        let runs: Vec<(String, Vec<Column>)> = self
            .report
            .runs
            .iter()
            .map(|run| (self.report.name(run.strategy), columns(run, self.frame.most_columns)))
            .collect();
        let most = runs.iter().flat_map(|(_, columns)| columns).map(|column| column.requests).max();
        let (most, scale) = self.measure(most, self.frame.tall);
        for (nth, (name, columns)) in runs.iter().enumerate() {
            let unit = if nth == 0 { "requests per minute" } else { "" };
            self.title(name, unit);
            let height = self.frame.tall;
            self.scale(most, height);
            for place in 0..self.report.scenario.providers.len() {
                let before = |column: &Column| column.served.iter().take(place).sum::<u32>();
                let own = |column: &Column| column.served.get(place).copied().unwrap_or(0);
                let look = format!("url(#p{})", place % LOOKS);
                self.bars(columns, scale, &look, before, own);
            }
            self.bars(columns, scale, "url(#px)", Column::whole, |column| column.failed);
            self.y += height + GAP;
        }
    }

    fn bars(
        &mut self,
        columns: &[Column],
        scale: f64,
        look: &str,
        below: impl Fn(&Column) -> u32,
        own: impl Fn(&Column) -> u32,
    ) {
        let bottom = self.y + self.frame.tall;
        let mut path = String::new();
        for (nth, column) in columns.iter().enumerate() {
            let count = own(column);
            if count == 0 {
                continue;
            }
            let low = bottom - (f64::from(below(column)) * scale).round();
            let mut high = bottom - (f64::from(below(column) + count) * scale).round();
            // One failure among hundreds must be seen.
            if look == "url(#px)" && low - high < 2.0 {
                high = low - 2.0;
            }
            if high < low {
                put!(path, "M{} {low}V{high}H{}V{low}z", self.edge(nth), self.edge(nth + 1));
            }
        }
        if !path.is_empty() {
            put!(self.svg, "<path fill=\"{look}\" d=\"{path}\"/>\n");
        }
    }

    /// How often the lead was asked.
    fn attempts(&mut self) {
        let runs: Vec<(Strategy, Vec<Column>)> = self
            .report
            .runs
            .iter()
            .map(|run| (run.strategy, columns(run, self.frame.most_columns)))
            .collect();
        let asked = |column: &Column| column.attempts.first().copied().unwrap_or(0);
        let most = runs.iter().flat_map(|(_, columns)| columns).map(asked).max();
        let height = self.frame.low;
        let (most, scale) = self.measure(most, height);
        let lead = self.report.lead().to_owned();
        self.title(&format!("Attempts at {lead}"), "per minute");
        self.scale(most, height);
        // The gateway last, over the others.
        for (strategy, columns) in runs.iter().rev() {
            let mut path = String::new();
            for (nth, column) in columns.iter().enumerate() {
                let y = round(self.y + height - f64::from(asked(column)) * scale);
                let to = if nth == 0 { 'M' } else { 'L' };
                put!(path, "{to}{} {y}H{}", self.edge(nth), self.edge(nth + 1));
            }
            let (class, area) = match strategy {
                Strategy::Handover => ("us", true),
                Strategy::SingleProvider => ("alone", false),
                Strategy::SdkRetries => ("sdk", false),
            };
            if area {
                let bottom = self.y + height;
                put!(self.svg, "<path class=\"area\" d=\"{path}V{bottom}H{}z\"/>\n", self.frame.left);
            }
            put!(self.svg, "<path class=\"line {class}\" d=\"{path}\"/>\n");
        }
        self.y += height + 6.0;
        self.line_legend();
        self.y += GAP;
    }

    /// Names the three lines of the panel of attempts.
    fn line_legend(&mut self) {
        let mut x = self.frame.left;
        self.y += 12.0;
        for run in self.report.runs {
            let name = self.report.name(run.strategy);
            let class = match run.strategy {
                Strategy::Handover => "us",
                Strategy::SingleProvider => "alone",
                Strategy::SdkRetries => "sdk",
            };
            put!(
                self.svg,
                "<path class=\"line {class}\" d=\"M{x} {}h22\"/><text class=\"small\" x=\"{}\" y=\"{}\">{}</text>\n",
                self.y - 4.0,
                x + 27.0,
                self.y,
                esc(&name),
            );
            // Six and a half pixels are a letter's width on average.
            x += 27.0 + 6.5 * name.chars().count() as f64 + 14.0;
        }
    }

    /// What the gateway's breakers did: of the lead, and of every provider whose breaker moved.
    fn breakers(&mut self) {
        let Some(run) = self.report.run(Strategy::Handover) else { return };
        let columns = columns(run, self.frame.most_columns);
        let note = "height: asked, asked a little, one probe, left alone";
        self.title("Handover's circuit breakers", if self.frame.class == "wide" { note } else { "" });
        for (place, provider) in self.report.scenario.providers.iter().enumerate() {
            let state = |column: &Column| column.breakers.get(place).copied().unwrap_or_default();
            let moved = columns.iter().any(|column| state(column) != Breaker::Closed);
            if !moved && place > 0 {
                continue;
            }
            let open = columns.iter().filter(|column| state(column) == Breaker::Open).count();
            let open = self.each * u32::try_from(open).unwrap_or(0);
            let said = if open.is_zero() {
                "never left alone".to_owned()
            } else {
                format!("left alone for up to {}", span(open))
            };
            put!(
                self.svg,
                "<text class=\"small\" x=\"{}\" y=\"{}\">{}: {}</text>\n",
                self.frame.left,
                self.y + 10.0,
                esc(&label(&provider.name)),
                esc(&said),
            );
            self.y += 15.0;
            self.band(&columns, state);
            self.y += BAND + 8.0;
        }
        self.y += 2.0;
    }

    fn band(&mut self, columns: &[Column], state: impl Fn(&Column) -> Breaker) {
        let bottom = self.y + BAND;
        put!(
            self.svg,
            "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{bottom}\" y2=\"{bottom}\"/>\n",
            self.frame.left,
            self.right()
        );
        for (kind, class, height) in [
            (Breaker::Closed, "b-closed", 2.0),
            (Breaker::Ramping, "b-ramping", 6.0),
            (Breaker::Probing, "b-probing", 10.0),
            (Breaker::Open, "b-open", BAND),
        ] {
            let mut path = String::new();
            let mut nth = 0;
            while let Some(column) = columns.get(nth) {
                let long = columns.iter().skip(nth).take_while(|next| state(next) == state(column)).count();
                if state(column) == kind {
                    put!(path, "M{} {bottom}v-{height}H{}v{height}z", self.edge(nth), self.edge(nth + long));
                }
                nth += long.max(1);
            }
            if !path.is_empty() {
                put!(self.svg, "<path class=\"{class}\" d=\"{path}\"/>\n");
            }
        }
    }

    fn axis(&mut self) {
        let y = self.y;
        put!(
            self.svg,
            "<line class=\"axis\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>\n",
            self.frame.left,
            self.right()
        );
        for (at, text) in Clock::new(self.report.scenario).ticks(self.frame.ticks) {
            let x = self.x(at);
            let half = 3.5 * text.chars().count() as f64;
            let anchor = if x + half > self.right() + 4.0 {
                "end"
            } else if x - half < 0.0 {
                "start"
            } else {
                "middle"
            };
            put!(
                self.svg,
                "<line class=\"axis\" x1=\"{x}\" x2=\"{x}\" y1=\"{y}\" y2=\"{}\"/><text class=\"tick\" x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>\n",
                y + 4.0,
                y + 17.0,
                esc(&text),
            );
        }
        self.y += 22.0;
    }

    /// What lies behind the panels: the outage's window and the marks.
    fn outage_and_marks(&self, height: f64) -> String {
        let mut back = String::new();
        let bottom = height - 22.0;
        if let Some((from, to)) = self.report.scenario.outage {
            let (x, end) = (self.x(from), self.x(to).max(self.x(from) + 1.0));
            put!(
                back,
                "<rect class=\"outage\" x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{}\"/><text class=\"small\" x=\"{}\" y=\"12\">outage, {}</text>\n",
                TOP - 24.0,
                end - x,
                bottom - TOP + 24.0,
                x.min(self.right() - 110.0),
                esc(&span(to - from)),
            );
        }
        // Numbers that would overlap move to the right; their lines stay.
        let mut free = 0.0_f64;
        for (nth, (at, _)) in self.report.scenario.marks.iter().enumerate() {
            let x = self.x(*at);
            let at = x.max(free).min(self.right() - 2.0);
            free = at + 19.0;
            put!(
                back,
                "<path class=\"mark\" d=\"M{x} {bottom}V{TOP}L{at} {}\"/><circle class=\"mark\" cx=\"{at}\" cy=\"{}\" r=\"8.5\"/>\
                 <text class=\"mark\" x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                TOP - 6.0,
                TOP - 12.0,
                TOP - 8.0,
                nth + 1,
            );
        }
        back
    }
}

/// Two digits after the point are enough for a pixel.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The next number of which people would make a scale's end.
fn nice(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let ten = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    steps.iter().map(|step| ten * step).find(|end| *end >= most).unwrap_or(ten * 10.0)
}

/// A number for the narrow place beside a scale.
fn short(value: f64) -> String {
    match value {
        none if none <= 0.0 => "0".to_owned(),
        big if big >= 9_999.5 => format!("{}k", (big / 1_000.0).round()),
        some if some >= 9.5 => format!("{}", some.round()),
        few if few >= 0.095 => format!("{}", (few * 10.0).round() / 10.0),
        little => format!("{little:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_a_number_that_people_count_in() {
        for (most, end) in
            [(0.0, 1.0), (1.0, 1.0), (7.0, 8.0), (101.0, 120.0), (330.0, 400.0), (999.0, 1000.0)]
        {
            assert_eq!(nice(most), end, "{most}");
        }
        assert_eq!((short(0.0), short(330.0), short(2.34)), ("0".into(), "330".into(), "2.3".into()));
    }
}
