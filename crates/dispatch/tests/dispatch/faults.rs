//! Every known fault of a provider, for every caller and every kind of lead.

use crate::world::{Told, World, model};
use handover_dialect::Dialect;
use handover_dispatch::Outcome;
use handover_drill::{Remedy, catalogue};

const CALLERS: [Dialect; 2] = [Dialect::OpenAi, Dialect::Anthropic];
const LEADS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Cohere];
const LEAD_TEXT: &str = "Hello from the simulator.";
const REFUSAL_TEXT: &str = "I'm sorry, but I can't help with that.";
const BACKUP: &str = "ok 'Another voice answers in full.'";
const BACKUP_TEXT: &str = "Another voice answers in full.";

/// A backup that speaks neither the lead's nor the caller's dialect, so that nothing is handed over because a
/// translation is suspected.
fn backup_for(caller: Dialect, lead: Dialect) -> Dialect {
    [Dialect::Anthropic, Dialect::OpenAi, Dialect::Cohere]
        .into_iter()
        .find(|d| *d != lead && *d != caller)
        .unwrap_or(Dialect::Cohere)
}

/// What became of a request, in a word; everything about it when no word fits.
fn outcome(asked: [u64; 2], told: &Told, backup: Dialect, lead: Dialect) -> String {
    let whole = told.status == 200 && told.view.is_complete() && !told.aborted;
    let by = |name: &str, dialect: Dialect, text: &str, signal: &str, attempts: &str| {
        told.text() == text
            && told.header("x-handover-served") == format!("{name}/{}", model(dialect))
            && told.view.models.iter().eq([model(dialect)])
            && told.record.model.as_deref() == Some(model(dialect))
            && told.record.outcome == Outcome::Complete
            && told.header("x-handover-signal") == signal
            && told.header("x-handover-attempts") == attempts
    };
    let reason = told.header("x-handover-reason");
    if whole && by("backup", backup, BACKUP_TEXT, "unrated", "2") && asked == [1, 1] && !reason.is_empty() {
        return "backup".to_owned();
    }
    if whole && asked == [1, 0] && reason.is_empty() {
        if by("lead", lead, LEAD_TEXT, "4", "1") {
            return "lead".to_owned();
        }
        if by("lead", lead, REFUSAL_TEXT, "4", "1") {
            return "refused".to_owned();
        }
    }
    let interrupted =
        told.view.is_interrupted() && told.aborted && told.record.outcome == Outcome::Interrupted;
    if told.status == 200 && interrupted && asked == [1, 0] {
        return "interrupted".to_owned();
    }
    if told.status == 400 && told.record.outcome == Outcome::Failed && asked == [1, 0] {
        return "refused".to_owned();
    }
    let Told { status, aborted, took, view, record, .. } = told;
    let reasons: Vec<&str> = record.attempts.iter().map(|a| a.words.as_str()).collect();
    format!("asked {asked:?}: {status}, aborted: {aborted}, after {took:?}, {reasons:?}, {view:?}")
}

async fn check_all(caller: Dialect, lead: Dialect, http2: bool) {
    let backup = backup_for(caller, lead);
    let mut wrong = Vec::new();
    for (fault, stream) in catalogue().iter().flat_map(|fault| [(fault, true), (fault, false)]) {
        let expected = match fault.remedy {
            Remedy::HandOver => "backup",
            Remedy::MidStream if stream => "interrupted",
            Remedy::MidStream => "backup",
            Remedy::TellCaller => "refused",
            Remedy::Harmless => "lead",
        };
        // Tokens come one by one, so that a fault in mid-answer finds an answer that has begun.
        let script = format!("{} every=10ms", fault.script);
        let world = World::builder()
            .provider("lead", lead, &script)
            .http2(http2)
            .provider("backup", backup, BACKUP)
            .build();
        let told = world.hello(caller, stream).await;
        let mut asked = [world.asked()[0], world.asked()[1]];
        if http2 && fault.script == "goaway" {
            // The server says that it did not process the request, so it is sent once more on a new connection.
            asked[0] -= 1;
        }
        let found = outcome(asked, &told, backup, lead);
        if found != expected {
            wrong.push(format!(
                "{} (stream: {stream}, HTTP/2: {http2}): expected {expected}, found {found}",
                fault.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// One test per pair, so that a failure names its pair and the others still run.
macro_rules! known_faults {
    ($($name:ident: $caller:ident asks $lead:ident,)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            check_all(Dialect::$caller, Dialect::$lead, false).await;
            check_all(Dialect::$caller, Dialect::$lead, true).await;
        }
    )*
        #[test]
        fn every_pair_of_dialects_is_in_the_table() {
            assert_eq!([$(stringify!($name)),*].len(), CALLERS.len() * LEADS.len());
        }
    };
}

known_faults! {
    an_openai_caller_survives_every_known_fault_of_openai: OpenAi asks OpenAi,
    an_openai_caller_survives_every_known_fault_of_anthropic: OpenAi asks Anthropic,
    an_openai_caller_survives_every_known_fault_of_cohere: OpenAi asks Cohere,
    an_anthropic_caller_survives_every_known_fault_of_openai: Anthropic asks OpenAi,
    an_anthropic_caller_survives_every_known_fault_of_anthropic: Anthropic asks Anthropic,
    an_anthropic_caller_survives_every_known_fault_of_cohere: Anthropic asks Cohere,
}
