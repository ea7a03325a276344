//! What is right about one case of the fault table, claim by claim.

use crate::world::{Told, model, ms};
use handover_dialect::Dialect;
use handover_dispatch::{HandedOver, Outcome};
use handover_drill::{Moment, Play, Remedy, Setting, Staging};
use std::time::Duration;

pub(crate) const BACKUP_TEXT: &str = "Another voice answers in full.";

/// One case: a play, and who takes part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) play: &'static Play,
    pub(crate) caller: Dialect,
    pub(crate) lead: Dialect,
    pub(crate) backup: Dialect,
    pub(crate) stream: bool,
    pub(crate) http2: bool,
}

/// A claim in words, and whether it holds.
type Claim = (&'static str, bool);

impl Case {
    /// How often the lead is asked when it is asked once for this question.
    fn once(&self) -> u64 {
        let reached = u64::from(matches!(self.play.staging, Staging::Script(_)));
        reached + u64::from(self.play.setting == Setting::Kept)
    }

    /// Requests that certainly were not worked on may be sent again, unseen, once.
    fn may_go_unseen(&self) -> u64 {
        let disowned = self.http2 && self.play.staging == Staging::Script("goaway");
        u64::from(disowned || self.play.setting == Setting::Kept)
    }

    /// What is right. Cases that cannot be met are not made.
    pub(crate) fn right(&self) -> Remedy {
        self.play.right(self.stream).expect("a case that can be met")
    }

    fn names(&self, dialect: Dialect, told: &Told) -> bool {
        told.view.models.iter().eq([model(dialect)]) && told.record.model.as_deref() == Some(model(dialect))
    }

    /// The answer is one whole, and the backup's.
    fn by_the_backup(&self, told: &Told, asked: [u64; 2]) -> Vec<Claim> {
        let spare = asked[0].checked_sub(self.once());
        vec![
            ("one whole answer", is_whole(told)),
            ("the backup's words", told.text() == BACKUP_TEXT),
            ("the backup is named", self.names(self.backup, told)),
            ("the header says that it served", served_by(told, "backup", self.backup, "unrated", "2")),
            ("a reason is given", !told.header("x-handover-reason").is_empty()),
            ("the lead was asked once", spare.is_some_and(|spare| spare <= self.may_go_unseen())),
            ("the backup was asked once", asked[1] == 1),
            ("in time", told.took <= self.limit()),
        ]
    }

    /// The answer is one whole; the lead began it, and the backup went on.
    fn by_both(&self, told: &Told, asked: [u64; 2]) -> Vec<Claim> {
        let by: Vec<&str> = told.view.by.iter().map(|(model, _)| model.as_str()).collect();
        let how = if self.backup == Dialect::Anthropic { "prefill" } else { "instructed" };
        let handed =
            |h: &HandedOver| h.how == how && h.from.starts_with("lead/") && h.to.starts_with("backup/");
        vec![
            ("one whole answer", is_whole(told)),
            ("every word, and once", told.text() == self.play.says),
            ("each is named where its text stands", by == [model(self.lead), model(self.backup)]),
            ("the record says who went on", told.record.model.as_deref() == Some(model(self.backup))),
            ("the header says who began", served_by(told, "lead", self.lead, "4", "1")),
            ("one hand-over", matches!(told.record.hand_overs.as_slice(), [one] if handed(one))),
            ("the broken attempt is recorded", told.record.attempts.len() == 1),
            ("each was asked once", asked == [1, 1]),
            ("in time", told.took <= self.limit()),
        ]
    }

    /// The answer is one whole, and the lead's.
    fn by_the_lead(&self, told: &Told, asked: [u64; 2], expected: u64) -> Vec<Claim> {
        vec![
            ("one whole answer", is_whole(told)),
            ("the lead's words", told.text() == self.play.says),
            ("the lead is named", self.names(self.lead, told)),
            ("the lead was asked as often as it should", asked[0] == expected),
            ("nobody else was asked", asked[1] == 0),
        ]
    }

    /// Before its first token a stream costs at most the first-token limit; what is held whole may cost all but
    /// the time that is kept for the last target.
    fn limit(&self) -> Duration {
        if self.stream && self.play.moment == Moment::BeforeFirstToken { ms(10_050) } else { ms(90_050) }
    }

    fn claims(&self, told: &Told, asked: [u64; 2]) -> Vec<Claim> {
        let once = self.once();
        match self.right() {
            Remedy::HandOver => self.by_the_backup(told, asked),
            Remedy::Again => {
                let mut claims = self.by_the_lead(told, asked, once + 1);
                claims.push(("the caller sees nothing of it", served_by(told, "lead", self.lead, "4", "1")));
                claims
            }
            Remedy::OtherKey | Remedy::Repair => {
                let mut claims = self.by_the_lead(told, asked, 2);
                claims.push(("both tries are counted", served_by(told, "lead", self.lead, "4", "2")));
                claims
            }
            Remedy::Harmless => {
                let mut claims = self.by_the_lead(told, asked, once);
                claims.push(("the header says so", served_by(told, "lead", self.lead, "4", "1")));
                claims.push(("no reason is given", told.header("x-handover-reason").is_empty()));
                claims
            }
            Remedy::Continue if self.stream => self.by_both(told, asked),
            // Whether the backup went on or began anew, the caller cannot tell.
            Remedy::Continue => vec![
                ("one whole answer", is_whole(told)),
                ("every word, and once", told.text() == self.play.says),
                ("the backup is named", self.names(self.backup, told)),
                ("the header says that it served", served_by(told, "backup", self.backup, "unrated", "2")),
                ("a reason is given", !told.header("x-handover-reason").is_empty()),
                ("each was asked once", asked == [1, 1]),
                ("in time", told.took <= self.limit()),
            ],
            Remedy::Stop => vec![
                ("it began well", told.status == 200),
                ("one error and no clean end", told.view.is_interrupted()),
                ("the connection is aborted", told.aborted),
                ("recorded as interrupted", told.record.outcome == Outcome::Interrupted),
                ("nobody else was asked", asked == [once, 0] || self.play.setting == Setting::Everyone),
                ("the attempts are limited", asked[0] + asked[1] <= 4),
            ],
            Remedy::TellCaller => vec![
                ("a caller's error", (400..500).contains(&told.status)),
                (
                    "client libraries do not retry what cannot be cured",
                    told.status != 429 || told.header("x-should-retry") == "false",
                ),
                ("recorded as failed", told.record.outcome == Outcome::Failed),
                ("a reason is given", !told.header("x-handover-reason").is_empty()),
                ("nobody else was asked", asked == [1, 0]),
            ],
            Remedy::BelieveEmpty => vec![
                ("one whole answer", is_whole(told)),
                ("empty", told.text().is_empty()),
                ("each was asked once", asked == [1, 1]),
            ],
            Remedy::NameTruly => vec![
                ("one whole answer", is_whole(told)),
                ("the lead's words", told.text() == self.play.says),
                ("the model that it names is named", told.view.models.iter().eq([&self.says_it_is()])),
                ("and recorded", told.record.model == Some(self.says_it_is())),
                ("nobody else was asked", asked == [1, 0]),
            ],
            Remedy::TellExhausted => vec![
                ("an error that is nobody's fault here", matches!(told.status, 429 | 503 | 504)),
                ("client libraries are told not to retry", told.header("x-should-retry") == "false"),
                ("recorded as failed", told.record.outcome == Outcome::Failed),
                ("both reasons", ["lead/", "backup/"].iter().all(|name| self.message(told).contains(name))),
                ("each was asked once", asked == [1, 1]),
            ],
            // Judged where the caller leaves.
            Remedy::Cancel => Vec::new(),
        }
    }

    fn message(&self, told: &Told) -> String {
        told.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The model a script has the lead name. Cohere's answers name none, so there it is the one that was asked.
    fn says_it_is(&self) -> String {
        let Staging::Script(script) = self.play.staging else { return model(self.lead).to_owned() };
        let word = |start: &str| script.split(' ').find_map(|word| word.strip_prefix(start));
        match (self.lead, word("suffix="), word("model=")) {
            (Dialect::OpenAi | Dialect::Anthropic, Some(suffix), _) => {
                format!("{}{suffix}", model(self.lead))
            }
            (Dialect::OpenAi | Dialect::Anthropic, None, Some(other)) => other.to_owned(),
            (Dialect::Cohere, ..) | (_, None, None) => model(self.lead).to_owned(),
        }
    }
}

fn is_whole(told: &Told) -> bool {
    let complete = told.record.outcome == Outcome::Complete;
    told.status == 200 && told.view.is_complete() && !told.aborted && complete
}

fn served_by(told: &Told, name: &str, dialect: Dialect, signal: &str, attempts: &str) -> bool {
    told.header("x-handover-served") == format!("{name}/{}", model(dialect))
        && told.header("x-handover-signal") == signal
        && told.header("x-handover-attempts") == attempts
}

/// Judges what happened. An error says what is wrong, and everything about it.
pub(crate) fn judge(case: &Case, told: &Told, asked: [u64; 2]) -> Result<(), String> {
    let claims = case.claims(told, asked);
    let failed: Vec<&str> = claims.iter().filter(|(_, holds)| !holds).map(|(claim, _)| *claim).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let Told { status, aborted, took, view, record, headers, .. } = told;
    let reasons: Vec<&str> = record.attempts.iter().map(|a| a.words.as_str()).collect();
    Err(format!(
        "not so: {failed:?}; asked {asked:?}: {status}, aborted: {aborted}, after {took:?}, {reasons:?}, {view:?}, \
         {headers:?}"
    ))
}
