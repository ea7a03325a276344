//! A buffer to write on: our marks in ASCII where they must be, text cut where it would run over.

use crate::term::ascii;
use handover_policy::Signal;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How things may look on this terminal.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) ascii: bool,
    pub(super) colour: bool,
}

impl Look {
    /// A text of ours, in the characters that are there.
    pub(super) fn text(self, text: &str) -> String {
        if self.ascii { ascii(text) } else { text.to_owned() }
    }

    /// Colour appears only where it carries a signal, and never alone.
    pub(super) fn signal(self, signal: Option<Signal>) -> Style {
        let colour = match signal {
            Some(Signal::Full) => Color::LightBlue,
            Some(Signal::Good) => Color::Cyan,
            Some(Signal::Reduced) => Color::Yellow,
            Some(Signal::Basic) => Color::LightRed,
            Some(Signal::Unrated) => return Style::new(),
            None => Color::Red,
        };
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    pub(super) fn warning(self) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        if self.colour { style.fg(Color::Yellow) } else { style }
    }
}

pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const DIM: Style = Style::new().add_modifier(Modifier::DIM);
pub(super) const PLAIN: Style = Style::new();

#[derive(Debug)]
pub(super) struct Page {
    pub(super) buffer: Buffer,
    pub(super) look: Look,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Page {
    pub(super) fn new(width: u16, height: u16, look: Look) -> Self {
        let buffer = Buffer::empty(Rect::new(0, 0, width, height));
        Self { buffer, look, width: usize::from(width), height: usize::from(height) }
    }

    /// Writes at most `room` columns; gives back how many it took.
    pub(super) fn put(&mut self, x: usize, y: usize, room: usize, text: &str, style: Style) -> usize {
        let room = room.min(self.width.saturating_sub(x));
        let (Ok(column), Ok(line)) = (u16::try_from(x), u16::try_from(y)) else { return 0 };
        if room == 0 || y >= self.height {
            return 0;
        }
        let text = cut(&self.look.text(text), room, self.look.ascii);
        self.buffer.set_stringn(column, line, &text, room, style);
        text.width()
    }

    /// Writes with its end at `right`, the first column that it leaves free.
    pub(super) fn put_right(&mut self, right: usize, y: usize, text: &str, style: Style) {
        let width = self.look.text(text).width().min(right);
        self.put(right - width, y, width, text, style);
    }

    pub(super) fn restyle(&mut self, y: usize, style: Style) {
        if let (Ok(y), Ok(width)) = (u16::try_from(y), u16::try_from(self.width))
            && usize::from(y) < self.height
        {
            self.buffer.set_style(Rect::new(0, y, width, 1), style);
        }
    }

    pub(super) fn restyle_all(&mut self, style: Style) {
        self.buffer.set_style(self.buffer.area, style);
    }
}

/// As much of a text as has room; a cut one ends in a mark.
pub(super) fn cut(text: &str, room: usize, ascii: bool) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.graphemes(true) {
        if kept.width() + letter.width() + 1 > room {
            break;
        }
        kept.push_str(letter);
    }
    kept.push(if ascii { '~' } else { '…' });
    kept
}

/// A line of small bars for the last `room` values; a value that is not known is a gap.
pub(super) fn sparkline(values: &[Option<f64>], room: usize, ascii: bool) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const PLAIN: [char; 8] = ['_', '.', ',', '-', '=', '+', '*', '#'];
    let levels = if ascii { PLAIN } else { LEVELS };
    let shown = values.get(values.len().saturating_sub(room)..).unwrap_or_default();
    let most = shown.iter().flatten().copied().fold(0.0_f64, f64::max);
    let bar = |value: &Option<f64>| {
        let Some(value) = value else { return ' ' };
        // Eight steps, the highest for the most; rounding keeps it in 0..=7.
        let step = if most > 0.0 { (value / most * 7.0).round().clamp(0.0, 7.0) } else { 0.0 };
        levels.iter().zip(0u32..).find(|(_, at)| f64::from(*at) >= step).map_or(' ', |(bar, _)| *bar)
    };
    shown.iter().map(bar).collect()
}
