//! The ways in which providers fail, each with the script that plays it.
//!
//! A test that walks this list asks its question of every known fault: does the caller still get one whole answer,
//! and does no broken stream look complete? Causes and public reports are in the project's documentation.

use crate::script::{ParseError, Script};

/// What a gateway that is true to its caller may do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Another provider can answer, and the caller sees nothing of it.
    HandOver,
    /// The caller has part of the answer: continue it elsewhere, or end with an error. Never end cleanly.
    MidStream,
    /// The caller's own doing, or the provider's policy: the caller is told, and no other provider is asked.
    TellCaller,
    /// The answer is whole; the fault must not spoil it.
    Harmless,
}

/// One fault of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFault {
    /// Short and fit for a test's output.
    pub name: &'static str,
    /// The script, in text form.
    pub script: &'static str,
    /// What it calls for in a streamed request.
    pub remedy: Remedy,
}

impl KnownFault {
    /// The fault's script.
    ///
    /// # Errors
    /// Never: a test parses the whole catalogue.
    pub fn script(&self) -> Result<Script, ParseError> {
        self.script.parse()
    }
}

/// Every fault of a provider's answer that a script can play. Those before an answer (connection refused, a black
/// hole) are [`crate::Reachable`].
#[must_use]
pub fn catalogue() -> &'static [KnownFault] {
    &CATALOGUE
}

const fn fault(name: &'static str, script: &'static str, remedy: Remedy) -> KnownFault {
    KnownFault { name, script, remedy }
}

use Remedy::{HandOver, Harmless, MidStream, TellCaller};

const CATALOGUE: [KnownFault; 49] = [
    fault("accepts and never answers", "silent", HandOver),
    fault("reset before the headers", "reset", HandOver),
    fault("closed before the headers", "close", HandOver),
    fault("goaway before the headers", "goaway", HandOver),
    fault("headers, then nothing", "ok stall@start", HandOver),
    fault("role, then nothing", "ok stall@0", HandOver),
    fault("role, then a cut", "ok cut@0", HandOver),
    fault("role, then a reset", "ok reset@0", HandOver),
    fault("headers, then a cut", "ok cut@start", HandOver),
    fault("first token after an hour", "ok first=60m", HandOver),
    fault("headers after an hour", "ok headers=60m", HandOver),
    fault("request timeout", "408", HandOver),
    fault("key refused", "unauthorized", HandOver),
    fault("no money", "payment_required", HandOver),
    fault("key lacks permission", "forbidden", HandOver),
    fault("model gone", "model_not_found", HandOver),
    fault("rate limited", "rate_limited", HandOver),
    fault("rate limited without headers", "429 body='{\"status\":\"come back later\"}'", HandOver),
    fault("quota used up", "quota", HandOver),
    fault("server error", "server_error", HandOver),
    fault("bad gateway", "bad_gateway", HandOver),
    fault("overloaded", "overloaded", HandOver),
    fault("gateway timeout", "timeout", HandOver),
    fault("a CDN's page, 502", "html 502", HandOver),
    fault("a CDN's page, 520", "html 520", HandOver),
    fault("a web page under 200", "html 200", HandOver),
    fault("error under 200", "error_in_200 server_error", HandOver),
    fault("error event first", "ok error@start:overloaded", HandOver),
    fault("error event after the role", "ok error@0:overloaded", HandOver),
    fault("wrong content type", "ok 'not what you think' type=text/html json_instead", HandOver),
    fault("garbage first", "ok garbage@start", HandOver),
    fault("broken frame first", "ok malformed@0", HandOver),
    fault("empty answer", "empty", HandOver),
    fault("gzip that is none", "ok gzip_lie", HandOver),
    fault("cut in mid-answer", "ok tokens=9 cut@3", MidStream),
    fault("cut before the finish reason", "ok tokens=9 cut@finish", MidStream),
    fault("closed in mid-answer", "ok tokens=9 close@3", MidStream),
    fault("reset in mid-answer", "ok tokens=9 reset@3", MidStream),
    fault("stall in mid-answer", "ok tokens=9 stall@3", MidStream),
    fault("error event in mid-answer", "ok tokens=9 error@3:overloaded", MidStream),
    fault("broken frame in mid-answer", "ok tokens=9 malformed@3", MidStream),
    fault("tool call cut in its arguments", "tool get_weather '{\"city\":\"Oslo\"}' cut@2", MidStream),
    fault("bad request", "bad_request", TellCaller),
    fault("content filter", "content_filter", TellCaller),
    fault("refusal", "refusal", TellCaller),
    fault("open after the terminator", "ok stay_open", Harmless),
    fault("no usage", "ok no_usage", Harmless),
    fault("bytes one by one", "ok chunk_bytes=1 crlf pings", Harmless),
    fault("idle connection closes", "ok then_close", Harmless),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_fault_can_be_played() {
        for fault in catalogue() {
            assert!(fault.script().is_ok(), "{}: {:?}", fault.name, fault.script());
            assert_eq!(
                catalogue().iter().filter(|other| other.name == fault.name).count(),
                1,
                "{}",
                fault.name
            );
        }
    }
}
