//! Answers that several models wrote: who stopped where, who went on, and after what silence.
//!
//! The gateway tells each target that stopped twice: as a step that did not serve, and as a hand-over. Here the two are
//! put together, so that each is told once.

use super::tell::Story;
use crate::units::human_ms;

/// The hand-overs in the middle of an answer, each with the step that it ended.
#[derive(Debug)]
pub(super) struct Seams<'a> {
    list: Vec<Seam<'a>>,
    /// The step of a target that wrote last, stopped, and that nobody went on for.
    unfinished: Option<Story<'a>>,
}

#[derive(Debug)]
struct Seam<'a> {
    handed: Story<'a>,
    step: Option<Story<'a>>,
}

impl Seam<'_> {
    /// When the next word came.
    fn ended(&self) -> u64 {
        at(self.handed) + self.handed.number("silence_ms").unwrap_or(0)
    }
}

fn at(told: Story<'_>) -> u64 {
    told.number("at_ms").unwrap_or(0)
}

impl<'a> Seams<'a> {
    pub(super) fn of(story: Story<'a>) -> Self {
        let ended_by = |handed: Story<'a>| {
            let alike = |step: &Story<'_>| {
                step.text("target") == handed.text("from")
                    && step.text("code") == handed.text("reason")
                    && at(*step) <= at(handed)
            };
            story.steps().filter(alike).last()
        };
        let list: Vec<_> =
            story.list("hand_overs").map(|handed| Seam { handed, step: ended_by(handed) }).collect();
        let begun = list.last().map(Seam::ended).or(story.number("first_token_ms"));
        // Times are cut to whole milliseconds, so a sum of two may be one too small.
        let was_under_way = |step: &Story<'_>, begun: u64| {
            at(*step) <= begun && begun <= at(*step) + step.number("took_ms").unwrap_or(0) + 1
        };
        let unfinished = begun.filter(|_| story.text("outcome") != "complete").and_then(|begun| {
            story.steps().find(|step| {
                step.is("asked")
                    && step.text("target") == story.text("served")
                    && was_under_way(step, begun)
                    && list.iter().all(|seam| seam.step != Some(*step))
            })
        });
        Self { list, unfinished }
    }

    pub(super) fn are_none(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether this step is told here.
    pub(super) fn has(&self, step: Story<'_>) -> bool {
        self.list.iter().any(|seam| seam.step == Some(step)) || self.unfinished == Some(step)
    }

    /// Who began.
    pub(super) fn first_target(&self) -> Option<&'a str> {
        self.list.first().map(|seam| seam.handed.text("from"))
    }

    /// Those who wrote before the last one, as in `answered by a/x, then b/y`.
    pub(super) fn writers(&self) -> String {
        let writers = self.list.iter().filter(|seam| seam.handed.text("how") != "restart");
        writers.map(|seam| format!("{}, then ", seam.handed.text("from"))).collect()
    }

    /// When whoever began and was not replaced broke off.
    pub(super) fn broke_at(&self) -> Option<u64> {
        let step = self.unfinished.filter(|_| self.are_none())?;
        Some(at(step) + step.number("took_ms")?)
    }

    /// Who was asked first of those who wrote.
    pub(super) fn first(&self, story: Story<'_>) -> Option<(u64, String)> {
        let seam = self.list.first()?;
        let asked = seam.step.map(at).or(story.number("started_ms")).unwrap_or(0);
        let began = story.number("first_token_ms").filter(|_| story.is("stream"));
        let began = began.map(|at| format!(", first token after {}", human_ms(at.saturating_sub(asked))));
        let key = seam.step.map(Story::key).unwrap_or_default();
        let target = seam.handed.text("from");
        Some((asked, format!("asked {target}{key}: began to answer{}", began.unwrap_or_default())))
    }

    /// Each break, and who went on.
    pub(super) fn told(&self, story: Story<'_>) -> Vec<(u64, String)> {
        let mut lines = Vec::new();
        for (place, seam) in self.list.iter().enumerate() {
            let handed = seam.handed;
            let (from, words) = (handed.text("from"), handed.text("words"));
            let tokens = handed.number("delivered_tokens").unwrap_or(0);
            let many = if tokens == 1 { "1 token".to_owned() } else { format!("{tokens} tokens") };
            lines.push((at(handed), format!("{from} broke off after about {many}: {words}")));
            let next = self.list.get(place + 1);
            let key = match next {
                Some(next) => next.step.map(Story::key).unwrap_or_default(),
                None => story.key(),
            };
            let to = handed.text("to");
            let how = match handed.text("how") {
                "prefill" => "wrote on from the text so far (prefill)",
                "instructed" => "went on as it was asked to (instructed)",
                "restart" => "began anew, for the caller had seen nothing",
                _ => "went on",
            };
            if story.is("stream") {
                let silence = human_ms(handed.number("silence_ms").unwrap_or(0));
                lines.push((seam.ended(), format!("{to}{key} {how}, after {silence} of silence")));
            } else {
                // Of an answer in one piece only its end is known.
                lines.push((at(handed), format!("{to}{key} {how}")));
            }
        }
        lines
    }
}
