//! What the doctor found, written as it is found.

use crate::term::out;
use handover_config::Target;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It works.
    Ok,
    /// Neither good nor bad.
    Note,
    /// It works, and is worth a look.
    Warn,
    /// It does not work.
    Fail,
}

impl Mark {
    fn as_str(self) -> &'static str {
        match self {
            Mark::Ok => "ok",
            Mark::Note => "note",
            Mark::Warn => "warn",
            Mark::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) mark: Mark,
    /// What it is about: a provider, a target, `config` or `gateway`.
    pub(crate) about: String,
    /// What was seen.
    pub(crate) seen: String,
    /// What to do about it.
    pub(crate) fix: Option<String>,
    /// To the first token, milliseconds.
    pub(crate) first_token_ms: Option<u64>,
}

impl Finding {
    fn new(mark: Mark, about: &str, seen: impl Into<String>) -> Self {
        Self { mark, about: about.to_owned(), seen: seen.into(), fix: None, first_token_ms: None }
    }

    pub(crate) fn ok(about: &str, seen: impl Into<String>) -> Self {
        Self::new(Mark::Ok, about, seen)
    }

    pub(crate) fn note(about: &str, seen: impl Into<String>) -> Self {
        Self::new(Mark::Note, about, seen)
    }

    pub(crate) fn warn(about: &str, seen: impl Into<String>) -> Self {
        Self::new(Mark::Warn, about, seen)
    }

    pub(crate) fn fail(about: &str, seen: impl Into<String>) -> Self {
        Self::new(Mark::Fail, about, seen)
    }

    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    fn json(&self) -> Value {
        json!({
            "mark": self.mark.as_str(), "about": self.about, "seen": self.seen, "fix": self.fix,
            "first_token_ms": self.first_token_ms,
        })
    }

    fn lines(&self) -> String {
        let Self { mark, about, seen, fix, .. } = self;
        let mut text = format!("{:<5} {about}: {seen}\n", mark.as_str());
        if let Some(fix) = fix {
            text.push_str(&format!("      fix: {fix}\n"));
        }
        text
    }
}

/// All findings so far.
#[derive(Debug)]
pub(crate) struct Findings {
    found: Vec<Finding>,
    json: bool,
    /// A line that says what is being done stands on the terminal.
    doing: bool,
}

impl Findings {
    pub(crate) fn new(json: bool) -> Self {
        Self { found: Vec::new(), json, doing: false }
    }

    /// Says what takes its time; on a terminal only, where the next line takes its place.
    pub(crate) fn doing(&mut self, what: &str) {
        let mut stderr = std::io::stderr().lock();
        if stderr.is_terminal() {
            self.doing = write!(stderr, "\r\x1b[K      {what}…").and_then(|()| stderr.flush()).is_ok();
        }
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        self.clear();
        if !self.json {
            out(&finding.lines());
        }
        self.found.push(finding);
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.doing) {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "\r\x1b[K").and_then(|()| stderr.flush());
        }
    }

    /// Whether something about this provider or target does not work.
    pub(crate) fn has_failed(&self, about: &str) -> bool {
        self.found.iter().any(|finding| finding.mark == Mark::Fail && finding.about == about)
    }

    fn works(&self, target: &Target, live: bool) -> bool {
        let id = target.id();
        let answered = self.found.iter().any(|f| f.about == id && f.first_token_ms.is_some());
        if live { answered } else { !self.has_failed(&target.provider) && !self.has_failed(&id) }
    }

    /// The last line, and the exit code.
    pub(crate) fn end(mut self, targets: &[&Target], live: bool) -> ExitCode {
        self.clear();
        let well = targets.iter().filter(|target| self.works(target, live)).count();
        let failed = self.found.iter().filter(|finding| finding.mark == Mark::Fail).count();
        let summary = summary(well, targets.len(), failed, live);
        if self.json {
            let found: Vec<Value> = self.found.iter().map(Finding::json).collect();
            let report = json!({
                "ok": failed == 0, "live": live, "targets": targets.len(), "targets_that_work": well,
                "findings": found, "summary": summary,
            });
            out(&format!("{report:#}\n"));
        } else {
            out(&format!("{summary}\n"));
        }
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn summary(well: usize, of: usize, failed: usize, live: bool) -> String {
    let targets = if of == 1 { "target" } else { "targets" };
    let problems = match failed {
        0 => "nothing is wrong".to_owned(),
        1 => "1 thing does not work".to_owned(),
        n => format!("{n} things do not work"),
    };
    if live {
        format!("{well} of {of} {targets} answered; {problems}")
    } else {
        format!(
            "{well} of {of} {targets} can be asked; {problems}\nno key was tried: `handover doctor --live` asks for one real token with each"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_config::{ProviderDialect, Timeouts};

    #[test]
    fn what_does_not_work_is_followed_by_what_to_do() {
        assert_eq!(
            Finding::fail("a/x", "refused the API key (401)").fix("make a new one").lines(),
            "fail  a/x: refused the API key (401)\n      fix: make a new one\n"
        );
        assert_eq!(Finding::ok("a", "reached").lines(), "ok    a: reached\n");
    }

    #[test]
    fn the_exit_code_says_whether_something_does_not_work() {
        let target = Target::new("a", "x", Timeouts::defaults(ProviderDialect::OpenAi));
        let check = |findings: &[Finding], live: bool, works: bool, expected: ExitCode| {
            let mut all = Findings::new(true);
            findings.iter().cloned().for_each(|finding| all.add(finding));
            assert_eq!(all.works(&target, live), works, "{findings:?}");
            assert_eq!(format!("{:?}", all.end(&[&target], live)), format!("{expected:?}"), "{findings:?}");
        };
        let begun = Finding { first_token_ms: Some(5), ..Finding::ok("a/x", "first token") };
        check(&[], false, true, ExitCode::SUCCESS);
        check(&[Finding::warn("a", "slow")], false, true, ExitCode::SUCCESS);
        check(&[Finding::fail("a", "not reachable")], false, false, ExitCode::FAILURE);
        check(&[Finding::fail("b", "not reachable")], false, true, ExitCode::FAILURE);
        check(&[], true, false, ExitCode::SUCCESS);
        check(std::slice::from_ref(&begun), true, true, ExitCode::SUCCESS);
        check(&[Finding::fail("a/x", "key 1 refused"), begun], true, true, ExitCode::FAILURE);
    }

    #[test]
    fn the_last_line_is_clear() {
        assert_eq!(summary(2, 3, 1, true), "2 of 3 targets answered; 1 thing does not work");
        assert!(summary(1, 1, 0, false).starts_with("1 of 1 target can be asked; nothing is wrong\n"));
    }
}
