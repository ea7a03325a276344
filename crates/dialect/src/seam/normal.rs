//! Text made comparable: what a model changes when it repeats words, taken away.
//!
//! Only the comparison sees this form. Every letter knows the raw bytes that it came from, so that what the caller
//! gets is always cut from the raw text.

/// Raw text in the form in which it is compared, growing at its end.
///
/// White space in a row is one space (also no-break and line-break space) and none stands at the beginning; quotes,
/// apostrophes and dashes have one shape each; an ellipsis character is three dots; letters are small.
#[derive(Debug, Default)]
pub(super) struct Normal {
    letters: Vec<char>,
    /// For each letter, where in the raw text the character begins that it came from.
    from: Vec<usize>,
    /// For each letter, where in the raw text it ends. `None` when the raw character goes on in the next letter.
    to: Vec<Option<usize>>,
    raw: usize,
}

impl Normal {
    /// The comparable form of `text`, without white space at its end.
    pub(super) fn trimmed(text: &str) -> Self {
        let mut normal = Self::default();
        text.chars().for_each(|c| normal.push(c));
        if normal.letters.last() == Some(&' ') {
            normal.letters.pop();
            normal.from.pop();
            normal.to.pop();
        }
        normal
    }

    /// Takes the next raw character.
    pub(super) fn push(&mut self, c: char) {
        let from = self.raw;
        self.raw += c.len_utf8();
        if c.is_whitespace() {
            match self.letters.last() {
                None => {}
                Some(' ') => {
                    if let Some(to) = self.to.last_mut() {
                        *to = Some(self.raw);
                    }
                }
                Some(_) => self.add(' ', from, Some(self.raw)),
            }
        } else if c == '…' {
            self.add('.', from, None);
            self.add('.', from, None);
            self.add('.', from, Some(self.raw));
        } else {
            self.add(fold(c), from, Some(self.raw));
        }
    }

    fn add(&mut self, letter: char, from: usize, to: Option<usize>) {
        self.letters.push(letter);
        self.from.push(from);
        self.to.push(to);
    }

    /// The letters.
    pub(super) fn letters(&self) -> &[char] {
        &self.letters
    }

    /// How many letters there are.
    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    /// The raw byte at which the letter begins.
    pub(super) fn starts_at(&self, letter: usize) -> usize {
        self.from.get(letter).copied().unwrap_or(self.raw)
    }

    /// The raw byte at which the letter ends, when a raw character ends with it.
    pub(super) fn ends_at(&self, letter: usize) -> Option<usize> {
        self.to.get(letter).copied().flatten()
    }
}

/// One character in its comparable shape.
fn fold(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂' => '"',
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '＇' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹘' | '－' => '-',
        _ if c.is_ascii() => c.to_ascii_lowercase(),
        _ => {
            let mut small = c.to_lowercase();
            match (small.next(), small.next()) {
                (Some(one), None) => one,
                // A letter whose small form is two characters stays as it is: the map to raw bytes is simpler so.
                _ => c,
            }
        }
    }
}

/// Whether a character opens or closes a quotation in some language, double or single.
pub(super) fn is_quote(c: char) -> bool {
    is_double_quote(c) || fold(c) == '\'' || c == '`'
}

/// Whether a character opens or closes a quotation and is never an apostrophe.
pub(super) fn is_double_quote(c: char) -> bool {
    fold(c) == '"' || matches!(c, '「' | '」' | '『' | '』' | '《' | '》' | '〈' | '〉')
}

/// How long the longest end of `text` is that stands in it at another place as well (overlapping or not).
///
/// Every longer end stands in it once. This is the greatest value of the Z function of the reversed text.
pub(super) fn longest_repeated_end(text: &[char]) -> usize {
    let n = text.len();
    let back = |i: usize| n.checked_sub(1 + i).and_then(|at| text.get(at));
    let mut z = vec![0_usize; n];
    let (mut left, mut right, mut longest) = (0, 0, 0);
    for i in 1..n {
        let known = z.get(i - left).copied().unwrap_or(0);
        let mut run = if i < right { known.min(right - i) } else { 0 };
        while i + run < n && back(run) == back(i + run) {
            run += 1;
        }
        if i + run > right {
            (left, right) = (i, i + run);
        }
        if let Some(slot) = z.get_mut(i) {
            *slot = run;
        }
        longest = longest.max(run);
    }
    longest
}
