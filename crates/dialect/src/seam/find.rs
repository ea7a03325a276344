//! Finding text in text as one of them comes in pieces, in time that grows with their lengths and not with their
//! product, whatever they repeat (Knuth, Morris and Pratt).

/// Adds to `borders` the border of `pattern` up to and with its letter at `borders.len()`: how long the longest
/// beginning is that is also its end.
fn add_border(pattern: &[char], borders: &mut Vec<usize>) {
    let at = borders.len();
    let mut border = borders.last().copied().unwrap_or(0);
    while border > 0 && pattern.get(border) != pattern.get(at) {
        border = shorter(borders, border);
    }
    if at > 0 && pattern.get(border) == pattern.get(at) {
        border += 1;
    }
    borders.push(border);
}

/// The next shorter beginning that is also an end of the first `matched` letters.
fn shorter(borders: &[usize], matched: usize) -> usize {
    matched.checked_sub(1).and_then(|last| borders.get(last)).copied().unwrap_or(0)
}

/// The shortest period of `text` (its length when it does not repeat itself).
fn period(text: &[char]) -> usize {
    let mut borders = Vec::with_capacity(text.len());
    for _ in text {
        add_border(text, &mut borders);
    }
    text.len() - borders.last().copied().unwrap_or(0)
}

/// Whether a text is one thing over and over, with or without a space between: then what repeats it may well go on
/// with it.
pub(super) fn repeats_itself(text: &[char]) -> bool {
    let mut spaced = text.to_vec();
    spaced.push(' ');
    period(text) * 2 <= text.len() || period(&spaced) * 2 <= spaced.len()
}

/// Looks for a fixed text in one that comes letter by letter.
#[derive(Debug)]
pub(super) struct Finder {
    wanted: Vec<char>,
    borders: Vec<usize>,
    matched: usize,
}

impl Finder {
    pub(super) fn new(wanted: &[char]) -> Self {
        let mut borders = Vec::with_capacity(wanted.len());
        for _ in wanted {
            add_border(wanted, &mut borders);
        }
        Self { wanted: wanted.to_vec(), borders, matched: 0 }
    }

    /// Takes the next letter; whether what is wanted ends with it.
    pub(super) fn push(&mut self, letter: char) -> bool {
        while self.matched > 0 && self.wanted.get(self.matched) != Some(&letter) {
            self.matched = shorter(&self.borders, self.matched);
        }
        if self.wanted.get(self.matched) == Some(&letter) {
            self.matched += 1;
        }
        self.matched == self.wanted.len()
    }

    /// How many letters of what is wanted have come.
    pub(super) fn matched(&self) -> usize {
        self.matched
    }
}

/// The leftmost place in a fixed text where a text stands that grows letter by letter.
#[derive(Debug, Default)]
pub(super) struct Standing {
    borders: Vec<usize>,
    /// Where in the fixed text the match ends.
    end: usize,
    matched: usize,
}

impl Standing {
    /// Takes the next letter of `grown`, the one behind those taken. Whether what has grown stands in `fixed` still,
    /// at a place whose beginning is `allowed`. Once false, it stays so.
    pub(super) fn grow(&mut self, grown: &[char], fixed: &[char], allowed: impl Fn(usize) -> bool) -> bool {
        add_border(grown, &mut self.borders);
        let wanted = self.borders.len();
        loop {
            if self.matched == wanted {
                if allowed(self.end - wanted) {
                    return true;
                }
                self.matched = shorter(&self.borders, self.matched);
            }
            let Some(letter) = fixed.get(self.end) else { return false };
            if grown.get(self.matched) == Some(letter) {
                self.matched += 1;
                self.end += 1;
            } else if self.matched == 0 {
                self.end += 1;
            } else {
                self.matched = shorter(&self.borders, self.matched);
            }
        }
    }

    /// How many letters were taken.
    pub(super) fn taken(&self) -> usize {
        self.borders.len()
    }

    /// Where in the fixed text the place ends.
    pub(super) fn end(&self) -> usize {
        self.end
    }
}
