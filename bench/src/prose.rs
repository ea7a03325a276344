//! An answer as models write them: English prose, in which the common words come again and again.
//!
//! Words that come again are what makes joining two halves of an answer hard: a target that goes on with `" the"` may
//! be going on, or repeating what it was given.

/// What every simulated model says, from any of its sentences on.
pub const ESSAY: &str = "\
A telephone that moves is always about to lose its connection. The signal of the nearest mast grows weaker with every \
step, the signal of the next one grows stronger, and somewhere between the two the call has to change over from the \
one to the other. In the early networks the change could be heard: a click, a short silence, and sometimes the end of \
the conversation. People said what they had said once more, and went on. Nobody thought of it as a fault of the \
network, because nobody had known a network that could do any better.

The engineers thought about it in another way. They asked what the person who speaks would have to notice, and the \
answer was nothing at all. So the telephone began to measure. It listens to the masts around it all the time, and it \
tells the network what it hears. The network knows which of the masts have room for one more call, and it knows where \
the telephone has been in the last few seconds. When the next mast is better for long enough, the network reserves a \
place there, tells the telephone when to go, and for a moment both masts carry the same call. Only when the new one \
works is the old one let go. The whole change takes less time than a syllable, and the person who speaks hears nothing \
of it.

There is a second way, and it is simpler. The telephone leaves the old mast first and then looks for the new one. It \
needs no place that is reserved and no moment in which two masts work for one call, so it costs less. But there is a \
gap, and in the gap something is lost. For a voice the gap may be so short that the ear fills it. For a page that is \
being loaded the gap does not matter, because what was lost is sent again. For a game or for a machine that is steered \
from far away it matters very much. So the networks came to use both ways, and they choose between them by what is at \
stake.

What makes the change hard is not the change. It is to know when. If the telephone goes too early, it finds a mast that \
is no better, and it comes back, and goes again, and each time something is spent. If it goes too late, the old mast is \
gone before the new one is there. A good rule waits until the new mast is better by a margin and has been better for a \
while. A very good rule also looks at how fast the telephone moves, because a train that passes a mast at two hundred \
kilometres an hour has no time to wait. And the best rule knows the place: there is a tunnel behind the next bend, and \
every telephone that ever went into it lost its signal at the same stone.

The same thoughts come back wherever one thing has to take the place of another while people use it. A hospital changes \
its staff three times a day, and most of the mistakes are made in the half hour around the change. What helps is known: \
the one who leaves says aloud what is under way, the one who comes says it back, and for a short time both of them are \
responsible. A ship that takes a pilot on board does the same, and so does a crew that lands an aeroplane in bad \
weather. The words are fixed, they are few, and they are always said, even when both people know what the other one is \
going to say.

Programs that speak with other programs have the same problem, and they have solved it less well. When a server fails \
in the middle of an answer, the usual thing is to show an error and to begin again. For a short answer that is good \
enough. For a long one it is not, because the person who reads has read half of it, and the second answer will not be \
the first one again. What would be needed is what the telephone does: somebody who measures, somebody who knows where \
the answer stands, and a second server that goes on from there and not from somewhere near. The reader should see one \
text. If that cannot be done, the reader should be told so, at once and in plain words, and should keep what was there.

It is worth saying what such a change must never do. It must never say a thing twice, because a reader who finds the \
same sentence two times no longer trusts the rest. It must never leave anything out, because nobody would notice, and \
that is worse. It must not change the language, the tone or the form of the text, because the reader is in the middle \
of a thought. And it must not hide that it happened. The person who speaks on the telephone does not want to hear the \
change, but the engineer who looks after the network wants to know of each one of them: where it was, how long it took, \
what it cost, and whether it was needed. A change that nobody sees and nobody counts is only luck, and luck is not a \
thing to build on.
";

/// Where the space between two words goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// To the word behind it, as most tokenizers do.
    InFront,
    /// To the word before it, as a server does that sends whole words.
    Behind,
}

/// The essay from one of its places on, going round at its end; `from` is in pieces.
#[must_use]
pub fn pieces(from: usize, count: usize, space: Space) -> Vec<&'static str> {
    let all = cut(ESSAY, space);
    let from = from % all.len().max(1);
    all.into_iter().cycle().skip(from).take(count).collect()
}

/// Cuts a text as tokenizers do, roughly: a word with a space, a long word in two, marks alone.
#[must_use]
pub fn cut(text: &str, space: Space) -> Vec<&str> {
    match space {
        Space::InFront => cut_in_front(text),
        Space::Behind => {
            // The same cuts, each behind the space that it would stand in front of.
            let mut pieces = Vec::new();
            let (mut begun, mut end) = (0, 0);
            for piece in cut_in_front(text) {
                let at = end + usize::from(piece.starts_with(' '));
                end += piece.len();
                if at > begun {
                    pieces.push(&text[begun..at]);
                    begun = at;
                }
            }
            pieces.push(&text[begun..]);
            pieces.retain(|piece| !piece.is_empty());
            pieces
        }
    }
}

fn cut_in_front(text: &str) -> Vec<&str> {
    /// Longer words are two tokens more often than one.
    const LONGEST: usize = 8;
    let mut pieces = Vec::new();
    let mut begun = 0;
    let mut letters = 0;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        let goes_on = c.is_alphanumeric() && letters < LONGEST && (last.is_alphanumeric() || last == ' ');
        let line_end = c == '\n' && last == '\n';
        if at > begun && !goes_on && !line_end {
            pieces.push(&text[begun..at]);
            (begun, letters) = (at, 0);
        }
        letters += usize::from(c.is_alphanumeric());
        last = c;
    }
    pieces.push(&text[begun..]);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_as_long_as_tokens_and_lose_nothing() {
        for space in [Space::InFront, Space::Behind] {
            let pieces = cut(ESSAY, space);
            assert_eq!(pieces.concat(), ESSAY);
            let mean = ESSAY.len() as f64 / pieces.len() as f64;
            assert!((3.5..=5.0).contains(&mean), "{mean} characters a piece");
        }
        let text = "The telephone\n\nis, well";
        assert_eq!(cut(text, Space::InFront), ["The", " telephon", "e", "\n\n", "is", ",", " well"]);
        assert_eq!(cut(text, Space::Behind), ["The ", "telephon", "e", "\n\n", "is", ", ", "well"]);
    }
}
