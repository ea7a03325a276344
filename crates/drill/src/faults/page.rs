//! The page of the documentation that is written from the table, so that it cannot promise what is not tested.

use std::fmt::Write as _;
use std::path::Path;

use super::{Blame, Evidence, Group, KnownFault, Remedy};

const INTRO: &str = "\
<!-- Written from crates/drill/src/faults by a test. To change it, change the table and run:
     UPDATE_EXPECT=1 cargo test -p handover-drill page -->

# What can go wrong, and what Handover does

Language models fail in more ways than web services do.
This page lists every fault that Handover knows: what you would see without it, what Handover does, and where the fault was met.

The page is written from the same table that drives the tests.
Every fault is played by a simulated provider, for callers and providers of each dialect, streamed and not, over HTTP/1 and HTTP/2; what this page promises is checked there.
You can play each of them yourself, see [How Handover is tested](testing.md).

Five rules explain most of the table.

1. **Nothing has been sent, so nothing is lost.** Until the first token of an answer has reached the caller, another provider can take over and nobody notices.
   Handover therefore sends nothing to the caller before the first token: no headers, no empty first event.
2. **A text that breaks off is continued.** Once part of an answer has been sent, another provider writes on from there, in the same stream; no word is lost or said twice, and whoever wants to know is told who wrote what.
   That is done where it is safe: for plain text, and not for tool calls, JSON, shown reasoning or refusals.
3. **A broken answer never looks complete.** What nobody can go on with ends with an error event in the caller's own dialect, which says why, and an aborted connection.
   Official clients take a clean end for success, whatever is missing.
4. **A caller's own mistake is the caller's to hear of.** A wrong request, a refusal, a text that is too long: these come back in the provider's own words, and nobody else is asked and paid.
5. **Each target is asked once.** Handover is the one layer that retries, and it retries elsewhere.

An answer that is not streamed is sent when it is whole, so whatever happens in its middle can still be handed over.
The overview says what follows in a stream.

\"Counts against\" says whose record a fault spoils when Handover chooses where the next request goes.
";

fn heading(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Connection => ("Connections", "The provider is not reached, or the connection to it breaks."),
        Group::Status => (
            "Error statuses",
            "The provider answers, and says no.\nThe status and the error's code decide what follows; words are looked at only where a provider says a thing in no other way.\nAfter the first token a status cannot come any more; the same causes then come as an error inside the stream.",
        ),
        Group::Disguised => ("A 200 that is no answer", "The status says success, and it is none."),
        Group::Stream => ("Streams", "The answer has begun to come, or should have."),
        Group::Caller => ("Callers, and everybody at once", "Faults that no single answer shows."),
    }
}

fn counts_against(blame: Blame) -> &'static str {
    match blame {
        Blame::Nobody => "nobody",
        Blame::Share => "the model at this provider, by its share of failures",
        Blame::Key => "the key",
        Blame::Model => "the model at this provider",
        Blame::Provider => "the provider",
        Blame::InnerError => "whomever the error inside names",
    }
}

fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Issue(id, about) => {
            let link = id.replace('#', "/issues/");
            format!("[{id}](https://github.com/{link}): {about}")
        }
        Evidence::Incident(who, day, what) => format!("{who}, {day}: {what}"),
        Evidence::Fact(fact) => fact.trim_end_matches('.').to_owned(),
    }
}

/// What follows, in a few words, for the overview.
fn in_short(fault: &KnownFault) -> String {
    let mut words: Vec<&str> = Vec::new();
    for play in fault.plays {
        let word = match play.remedy {
            Remedy::HandOver => "handed over",
            Remedy::Again => "sent again, unseen",
            Remedy::OtherKey => "next key",
            Remedy::Repair => "repaired",
            Remedy::Continue => "continued elsewhere",
            Remedy::Stop => "honest error once begun",
            Remedy::TellCaller => "caller is told",
            Remedy::Harmless => "answer stands",
            Remedy::BelieveEmpty => "believed when two agree",
            Remedy::NameTruly => "named truly",
            Remedy::TellExhausted => "error that stops retries",
            Remedy::Cancel => "cancelled at once",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}

fn page() -> String {
    let mut page = INTRO.to_owned();
    page.push_str("\n## Overview\n\n| | fault | what follows |\n|---|---|---|\n");
    for fault in Group::ALL.into_iter().flat_map(Group::faults) {
        let _ = writeln!(page, "| [{0}](#{0}) | {1} | {2} |", fault.number, fault.name, in_short(fault));
    }
    for group in Group::ALL {
        let (title, intro) = heading(group);
        let _ = write!(page, "\n## {title}\n\n{intro}\n");
        for fault in group.faults() {
            let KnownFault { number, name, without, with, blame, .. } = fault;
            let _ = write!(page, "\n<a id=\"{number}\"></a>\n\n### {number}. {name}\n\n");
            let _ = writeln!(page, "**Without Handover:** {}\n", one_sentence_per_line(without));
            let _ = writeln!(page, "**With Handover:** {}\n", one_sentence_per_line(with));
            let _ = writeln!(page, "Counts against: {}.\n\nOn record:\n", counts_against(*blame));
            for line in fault.evidence.iter().map(evidence) {
                let _ = writeln!(page, "- {line}.");
            }
        }
    }
    page
}

fn one_sentence_per_line(text: &str) -> String {
    text.replace(". ", ".\n")
}

#[test]
fn the_page_about_faults_says_what_is_tested() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    expect_test::expect_file![file].assert_eq(&page());
}
