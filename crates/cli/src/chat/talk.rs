//! A conversation: what was asked and answered, and the commands.
//!
//! # Invariants
//! * Nothing that was typed or answered is lost by an error: a question that got no answer can be asked again, a part
//!   of an answer is gone on with.
//! * A choice of a model holds from the next message on; an answer never changes who gave it.

use super::answer::{Answer, End, Question, text};
use super::ask::{Asked, ask};
use super::edit::{Lines, Typed};
use super::join::{anchor, wish};
use super::paper::Paper;
use super::pick::{self, Choice};
use super::saved::markdown;
use super::teller::Teller;
use crate::gateway::Gateway;
use crate::term::{clean_name, fail};
use crate::why;
use crate::words::{self, About, talk};
use handover_config::SystemEnv;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// The status is nice to have at the prompt; nobody waits for it.
const STATUS_WITHIN: Duration = Duration::from_secs(1);
/// The message itself was at fault: it is not sent along with the next one, which would fail for it too.
const AT_FAULT: [&str; 3] = ["bad_request", "too_long", "refused"];

/// A question and its newest answer.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) question: String,
    /// The answer's text; of one that was continued, all of it.
    pub(super) text: String,
    /// Where it was gone on with at the person's wish, in the order of the text.
    pub(super) seams: Vec<Seam>,
    pub(super) answer: Option<Answer>,
}

impl Turn {
    pub(super) fn of(question: &str) -> Self {
        Self { question: question.to_owned(), text: String::new(), seams: Vec::new(), answer: None }
    }

    /// One more answer: the first, or what follows the text that is there.
    pub(super) fn take(&mut self, shown: &str, answer: Answer) {
        if !self.text.is_empty() && !shown.is_empty() {
            let writer = |answer: &Answer| answer.writer().map(str::to_owned);
            let from = self.answer.as_ref().and_then(writer);
            self.seams.push(Seam { at: self.text.len(), from, to: writer(&answer) });
        }
        self.text.push_str(shown);
        self.answer = Some(answer);
    }
}

/// A place in a text where an answer that had stopped goes on.
#[derive(Debug)]
pub(super) struct Seam {
    /// Bytes of the text before it.
    pub(super) at: usize,
    /// Who wrote before, and after.
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// What a line that begins with a slash asks for.
#[derive(Debug, PartialEq, Eq)]
enum Command<'a> {
    Say(&'a str),
    Help,
    Model(&'a str),
    Only,
    Again,
    Continue,
    Details,
    Save(&'a str),
    New,
    Quit,
    Unknown(&'a str),
}

fn command(line: &str) -> Command<'_> {
    let line = line.trim();
    if !line.starts_with('/') {
        return Command::Say(line);
    }
    if line.starts_with("//") {
        // A message that begins with a slash; the second one was only to say so.
        return Command::Say(line.get(1..).unwrap_or(line));
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match (word, rest.trim()) {
        ("/help" | "/?", _) => Command::Help,
        ("/model", name) => Command::Model(name),
        ("/only", _) => Command::Only,
        ("/again", _) => Command::Again,
        ("/continue", _) => Command::Continue,
        ("/details", _) => Command::Details,
        ("/save", file) => Command::Save(file),
        ("/new", _) => Command::New,
        ("/quit" | "/exit", _) => Command::Quit,
        _ => Command::Unknown(word),
    }
}

/// A conversation with the gateway.
#[derive(Debug)]
pub(super) struct Talk<'a> {
    gateway: &'a Gateway,
    teller: Teller,
    paper: Paper,
    json: bool,
    status: Value,
    /// What is asked for: a route, an alias or `provider/model`.
    model: String,
    only: bool,
    turns: Vec<Turn>,
    /// The lead that was away when its backup had answered; whether it is back is worth a word.
    away: Option<String>,
}

impl<'a> Talk<'a> {
    pub(super) fn new(gateway: &'a Gateway, model: String, only: bool, json: bool) -> Self {
        Self {
            gateway,
            teller: Teller::new(true),
            paper: Paper::new(&SystemEnv, json),
            json,
            status: Value::Null,
            model,
            only,
            turns: Vec::new(),
            away: None,
        }
    }

    pub(super) async fn hold(mut self) -> ExitCode {
        self.refresh().await;
        let choice = self.choice().map_or_else(|| clean_name(&self.model), |choice| choice.name);
        self.paper.line(&talk::begin(&choice));
        if let Some(standing) = pick::standing(&self.status, &self.model) {
            self.paper.line(&standing);
        }
        let mut lines = Lines::new(&SystemEnv);
        loop {
            let typed = match lines.read().await {
                Ok((again, typed)) => {
                    lines = again;
                    typed
                }
                Err(e) => return fail(&format!("the terminal cannot be read: {e}")),
            };
            match typed {
                Typed::End => return ExitCode::SUCCESS,
                Typed::Nothing => {}
                Typed::Message(line) => {
                    if !self.obey(command(&line)).await {
                        return ExitCode::SUCCESS;
                    }
                }
            }
            self.refresh().await;
            self.tell_back();
        }
    }

    /// Whether the conversation goes on.
    async fn obey(&mut self, command: Command<'_>) -> bool {
        match command {
            Command::Say("") => {}
            Command::Say(message) => {
                self.turns.push(Turn::of(message));
                return self.ask(false).await;
            }
            Command::Again if self.turns.is_empty() => self.paper.line(talk::NOTHING_ASKED),
            Command::Again => {
                if let Some(turn) = self.turns.last_mut() {
                    turn.text.clear();
                    turn.seams.clear();
                }
                return self.ask(false).await;
            }
            Command::Continue => {
                if self.turns.last().is_some_and(|turn| !turn.text.trim().is_empty()) {
                    return self.ask(true).await;
                }
                self.paper.line(talk::NOTHING_TO_CONTINUE);
            }
            Command::Help => self.help(),
            Command::Model(name) => self.choose(name),
            Command::Only => self.turn_only(),
            Command::Details => self.details(),
            Command::Save(file) => self.save(file),
            Command::New => {
                self.turns.clear();
                self.teller = Teller::new(true);
                self.teller.names = pick::names(&self.status);
                self.paper.line(talk::NEW);
            }
            Command::Quit => return false,
            Command::Unknown(word) => self.paper.line(&talk::unknown(&clean_name(word))),
        }
        true
    }

    /// Asks the last question; whether anybody reads the answers still.
    async fn ask(&mut self, goes_on: bool) -> bool {
        let before = self.turns.last().filter(|_| goes_on).map(|turn| turn.text.clone());
        if let Some(before) = &before {
            self.teller.continues(before);
        }
        let messages = messages(&self.turns, before.as_deref());
        let question =
            Question { key: super::new_key(), model: self.model.clone(), only: self.only, messages };
        let Asked { answer, shown, is_read } =
            ask(self.gateway, &question, &mut self.teller, &mut self.paper).await;
        if self.json {
            crate::term::out(&format!("{}\n", answer.json()));
        }
        if let Some(turn) = self.turns.last_mut() {
            turn.take(&shown, answer);
        }
        is_read
    }

    async fn refresh(&mut self) {
        if let Some(status) = status(self.gateway).await {
            self.teller.names = pick::names(&status);
            self.status = status;
        }
    }

    fn choice(&self) -> Option<Choice> {
        pick::choices(&self.status).into_iter().find(|choice| choice.id == self.model)
    }

    /// That the lead is back is told once, and only when it was seen to be away after its backup had answered.
    fn tell_back(&mut self) {
        let last = self.turns.last().and_then(|turn| turn.answer.as_ref());
        let Some(story) = last.map(|answer| &answer.story) else { return };
        let (lead, served) = (text(story, "lead"), text(story, "served"));
        if lead.is_empty() || served.is_empty() || lead == served {
            self.away = None;
        } else if pick::would_answer(&self.status, lead) {
            if self.away.take().as_deref() == Some(lead) {
                self.paper.line(&talk::back(&self.teller.names.short(lead)));
            }
        } else {
            self.away = Some(lead.to_owned());
        }
    }

    fn help(&mut self) {
        for (command, more, does) in talk::COMMANDS {
            let head = format!("{command} {more}");
            self.paper.line(&format!("  {head:<24} {does}"));
        }
        self.paper.line(talk::BARS);
    }

    fn choose(&mut self, name: &str) {
        let all = pick::choices(&self.status);
        if name.is_empty() {
            for line in pick::shown(&all, &self.model) {
                self.paper.line(&line);
            }
            return;
        }
        match pick::find(&all, name) {
            Ok(choice) => {
                self.model.clone_from(&choice.id);
                self.only &= choice.is_model;
                self.paper.line(&talk::chosen(&choice.name));
            }
            Err(why) => self.paper.line(&why),
        }
    }

    fn turn_only(&mut self) {
        if self.only {
            self.only = false;
            self.paper.line(talk::ONLY_OFF);
            return;
        }
        // After "You chose x. It was overloaded" the chosen one is meant, and a route is nobody.
        match self.choice().filter(|choice| choice.is_model) {
            Some(choice) => {
                self.only = true;
                self.paper.line(&talk::only_on(&choice.name));
            }
            None => self.paper.line(talk::ONLY_NEEDS_MODEL),
        }
    }

    fn details(&mut self) {
        match self.turns.last().and_then(|turn| turn.answer.as_ref()) {
            None => self.paper.line(talk::NOTHING_ASKED),
            Some(answer) if !answer.story.is_object() => self.paper.line(talk::NO_DETAILS),
            Some(answer) => {
                for line in why::tell(&answer.told_story()).lines() {
                    match line.split_once("  ") {
                        Some((time, told)) => self.paper.hanging(&format!("{time}  "), told),
                        None => self.paper.line(line),
                    }
                }
            }
        }
    }

    fn save(&mut self, file: &str) {
        if file.is_empty() {
            self.paper.line(talk::SAVE_NEEDS_FILE);
            return;
        }
        // A file that is there is somebody's.
        let opened = std::fs::File::create_new(file);
        let written =
            opened.and_then(|mut opened| opened.write_all(markdown(&self.turns, &self.teller).as_bytes()));
        let name = clean_name(file);
        match written {
            Ok(()) => {
                let answers = self.turns.iter().filter(|turn| !turn.text.is_empty()).count();
                self.paper.line(&talk::saved(&name, answers));
            }
            Err(e) => {
                let told = words::error("storage", &About::default());
                self.paper.line(&format!("error: {} {}", told.title, told.text));
                self.paper.line(&format!("  note: {name}: {e}"));
                self.paper.line(&format!("  help: {}", words::remedy("storage", true)));
            }
        }
    }
}

/// How everything stands, if the gateway says so soon.
pub(super) async fn status(gateway: &Gateway) -> Option<Value> {
    let asked = tokio::time::timeout(STATUS_WITHIN, gateway.get_json("/api/status")).await;
    asked.ok()?.ok().filter(|(code, _)| code.is_success()).map(|(_, status)| status)
}

/// What the gateway is told: all that was said before, and the last question; with `begun`, what is to be continued.
fn messages(turns: &[Turn], begun: Option<&str>) -> Vec<Value> {
    let mut said: Vec<(&str, String)> = Vec::new();
    let mut say = |role: &'static str, content: &str| match said.last_mut() {
        // A question that got no answer and the next one are one message: some models want the roles to take turns.
        Some((last, before)) if *last == role => {
            before.push_str("\n\n");
            before.push_str(content);
        }
        _ => said.push((role, content.to_owned())),
    };
    let (last, before) = match turns.split_last() {
        Some((last, before)) => (Some(last), before),
        None => (None, turns),
    };
    for turn in before {
        let has_text = !turn.text.trim().is_empty();
        if !has_text && turn.answer.as_ref().is_some_and(is_at_fault) {
            continue;
        }
        say("user", &turn.question);
        if has_text {
            say("assistant", &turn.text);
        }
    }
    if let Some(last) = last {
        say("user", &last.question);
    }
    if let Some(begun) = begun {
        say("assistant", begun);
        say("user", &wish(anchor(begun)));
    }
    said.into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect()
}

fn is_at_fault(answer: &Answer) -> bool {
    matches!(&answer.end, Some(End::Error(error)) if AT_FAULT.contains(&text(error, "kind")))
}

#[cfg(test)]
#[path = "talk_tests.rs"]
mod tests;
