//! The network: simulated providers in place of real ones, and the book of every attempt.
//!
//! A request goes straight to [`Simulator::respond`], without sockets and without HTTP's bytes. What a connection
//! would do (refuse, swallow, resolve slowly, break) is done here, and comes back as what the real network layer
//! makes of it.
//!
//! Invariant: every request to a provider is in the book once, and its line is closed when the answer is over or
//! dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use handover_drill::{Blanks, Broken, Dialect, Script, Simulator};
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, sleep_until};

use super::book::{Bill, Book, Line, NetBody, Ticket};
use super::draws::Draws;
use super::going_on::{Half, half, taught};
use super::legs;
use super::{CannotRun, End, Facts, Leg};
use crate::result::{Attempt, AttemptOutcome, Seen};
use crate::scenario::{Fault, Phase, Provider, Scenario};
use crate::{EVENT_TOKENS, words};

/// What an attempt must know of the request it is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) number: u32,
    pub(crate) prompt_tokens: u32,
    pub(crate) answer_tokens: u32,
}

tokio::task_local! {
    /// The request that the current task works for. Dispatch spawns no task, so everything it asks is found here.
    pub(crate) static ASKING: Asking;
}

/// Length of a probe, which belongs to no request.
const PROBE: Asking = Asking { number: u32::MAX, prompt_tokens: 8, answer_tokens: 1 };

/// Why there is no answer's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nobody listens.
    Refused,
    /// No connection within the limit.
    NoConnection,
    /// The connection broke before the head.
    Broken,
}

/// All providers, and the book.
#[derive(Debug)]
pub(crate) struct Net {
    start: Instant,
    draws: Draws,
    sites: Vec<Site>,
    book: Arc<Mutex<Book>>,
}

/// One provider and what happens to it.
#[derive(Debug)]
struct Site {
    provider: Provider,
    phases: Vec<Phase>,
    simulator: Simulator,
    keys: Vec<String>,
    healthy: Script,
    /// Its name has been resolved before.
    resolved: AtomicBool,
    /// When the engine on this machine has loaded its model.
    loaded: Mutex<Option<Instant>>,
}

impl Net {
    pub(crate) fn new(scenario: &Scenario, start: Instant) -> Result<Self, CannotRun> {
        let sites = scenario.providers.iter().map(|provider| Site {
            phases: scenario.phases.iter().filter(|phase| phase.provider == provider.name).cloned().collect(),
            simulator: Simulator::new(provider.dialect).named(&provider.name),
            keys: (0..provider.keys).map(|key| secret(&provider.name, key)).collect(),
            healthy: Script::ok(),
            resolved: AtomicBool::new(false),
            loaded: Mutex::new(None),
            provider: provider.clone(),
        });
        let sites: Vec<Site> = sites.collect();
        let book = Book { open: vec![0; sites.len()], ..Book::default() };
        Ok(Net { start, draws: Draws::new(scenario.seed).of(77), sites, book: Arc::new(Mutex::new(book)) })
    }

    pub(crate) fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.start)
    }

    /// Waits until a provider can be asked at all. The engine on this machine begins to load when it is first
    /// wanted, and loads on whoever stops waiting.
    pub(crate) async fn ready(&self, provider: usize) {
        let Some((site, local)) = self.sites.get(provider).and_then(|s| Some((s, s.provider.local?))) else {
            return;
        };
        let loaded = *site.loaded.lock().get_or_insert_with(|| Instant::now() + local.load);
        if Instant::now() < loaded {
            let mut waiting = self.waiting(provider, 0, false);
            sleep_until(loaded).await;
            waiting.connected = true;
        }
    }

    /// Sends a request to a provider.
    pub(crate) async fn send(
        &self,
        provider: usize,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        connecting: Connecting,
    ) -> Result<Response<NetBody>, Trouble> {
        let Some(site) = self.sites.get(provider) else { return Err(Trouble::Refused) };
        let asking = ASKING.try_with(|asking| *asking).unwrap_or(PROBE);
        let key = site.key(&headers);
        let earlier = self.earlier(provider, asking.number);
        let draws = self.draws.of(u64::from(asking.number)).of(provider as u64).of(earlier);
        let fault = site.fault(self.now(), key, draws);
        let faulty = fault.is_some();
        let script = match fault {
            Some(Fault::Refused) => {
                drop(self.open(provider, key, AttemptOutcome::Refused, faulty));
                return Err(Trouble::Refused);
            }
            Some(Fault::Blackhole) => return self.no_connection(provider, key, connecting.limit).await,
            Some(Fault::Dns(stall)) => {
                let known = connecting.keeps_names && site.resolved.load(Ordering::Relaxed);
                let wait = if known { (*stall).min(connecting.limit / 2) } else { *stall };
                if wait >= connecting.limit {
                    return self.no_connection(provider, key, connecting.limit).await;
                }
                let mut waiting = self.waiting(provider, key, faulty);
                sleep(wait).await;
                waiting.connected = true;
                site.healthy.clone()
            }
            Some(Fault::Script(script)) => (**script).clone(),
            Some(Fault::Healthy) | None => site.healthy.clone(),
        };
        site.resolved.store(true, Ordering::Relaxed);
        let full = site.provider.capacity.is_some_and(|most| self.open_now(provider) >= most);
        let script = if full { site.overloaded() } else { script };
        let script = taught(script, &site.provider);
        let mut ticket = self.open(provider, key, AttemptOutcome::HungUp, faulty);
        let half = half(&body);
        let blanks = site.blanks(asking, half.as_ref(), draws.of(1));
        let (answer, unmarked) =
            half.as_ref().map_or((asking.answer_tokens, 0), |half| half.writes(&script, asking));
        let bill = Bill {
            begun: Instant::now(),
            prompt: blanks.prompt_tokens,
            answer,
            unmarked,
            first_token: blanks.first_token,
            between: blanks.between,
        };
        ticket.asked(&site.provider, &script, bill, half.map(|half| half.text));
        // Nothing is awaited between these two lines and the simulator's choice of a script, on the only thread.
        site.simulator.play(script.filled(&blanks));
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = path.parse().unwrap_or_default();
        *request.headers_mut() = headers;
        match site.simulator.respond(request).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                ticket.head(head.status.as_u16());
                Ok(Response::from_parts(head, NetBody { body, ticket }))
            }
            Err(
                Broken::Closed | Broken::Reset | Broken::StreamReset | Broken::GoAway | Broken::Unreadable,
            ) => {
                ticket.over(AttemptOutcome::Broken);
                Err(Trouble::Broken)
            }
        }
    }

    async fn no_connection(
        &self,
        provider: usize,
        key: usize,
        limit: Duration,
    ) -> Result<Response<NetBody>, Trouble> {
        let _waiting = self.waiting(provider, key, true);
        sleep(limit).await;
        Err(Trouble::NoConnection)
    }

    fn open_now(&self, provider: usize) -> u32 {
        self.book.lock().open.get(provider).copied().unwrap_or(0)
    }

    /// How often this request has asked this provider before.
    fn earlier(&self, provider: usize, request: u32) -> u64 {
        let mut book = self.book.lock();
        let asked = book.asked.entry((request, provider)).or_insert(0);
        *asked += 1;
        *asked - 1
    }

    /// A connection that does not stand yet. Dropped before it does, it was an attempt of its own.
    fn waiting(&self, provider: usize, key: usize, faulty: bool) -> Waiting<'_> {
        Waiting { net: self, provider, key, faulty, since: self.now(), connected: false }
    }

    fn line(&self, provider: usize, key: usize, faulty: bool, outcome: AttemptOutcome) -> Line {
        let now = self.now();
        Line {
            request: ASKING.try_with(|asking| asking.number).ok(),
            attempt: Attempt {
                provider,
                key,
                at: now,
                end: now,
                heard: now,
                outcome,
                faulty,
                billed_in: 0,
                billed_out: 0,
                delivered: 0,
                continues: false,
            },
            model: String::new(),
            own_words: false,
            given: None,
        }
    }

    /// A new line. Until something else is known, it ends in `outcome`.
    fn open(&self, provider: usize, key: usize, outcome: AttemptOutcome, faulty: bool) -> Ticket {
        let line = self.line(provider, key, faulty, AttemptOutcome::Open);
        let mut book = self.book.lock();
        book.lines.push(line);
        if let Some(open) = book.open.get_mut(provider) {
            *open += 1;
        }
        Ticket::new(self.book.clone(), self.start, book.lines.len() - 1, provider, outcome)
    }

    /// Closes the book: every request gets its attempts, and what is left open is told.
    pub(crate) fn finish(&self, seen: &mut [Seen], facts: &mut [Facts]) -> (Vec<Attempt>, End) {
        let mut book = self.book.lock();
        let mut probes = Vec::new();
        let mut counted = vec![0_u64; self.sites.len()];
        // An attempt that found no connection is written down at its end.
        book.lines.sort_by_key(|line| line.attempt.at);
        for line in book.lines.drain(..) {
            let reached =
                !matches!(line.attempt.outcome, AttemptOutcome::Refused | AttemptOutcome::NoConnection);
            if let Some(count) = counted.get_mut(line.attempt.provider).filter(|_| reached) {
                *count += 1;
            }
            let place = line.request.and_then(|number| usize::try_from(number).ok());
            match place.and_then(|at| Some((seen.get_mut(at)?, facts.get_mut(at)?))) {
                Some((seen, facts)) => {
                    facts.book.push(Leg { model: line.model, own_words: line.own_words, given: line.given });
                    seen.attempts.push(line.attempt);
                }
                None => probes.push(line.attempt),
            }
        }
        for (seen, facts) in seen.iter_mut().zip(facts) {
            legs::assign(seen, facts, |name| self.sites.iter().position(|site| site.provider.name == name));
        }
        let sites = self.sites.iter().zip(counted);
        let providers = sites
            .map(|(site, counted)| (site.simulator.in_flight(), site.simulator.count(), counted))
            .collect();
        (probes, End { providers, open: book.open.iter().sum() })
    }
}

/// How a connection is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connecting {
    /// How long it may take.
    pub(crate) limit: Duration,
    /// Whether the last good address of a name is used when its lookup takes more than half of the limit, as the
    /// gateway does (resilience notes, B1).
    pub(crate) keeps_names: bool,
}

/// See [`Net::waiting`].
#[derive(Debug)]
struct Waiting<'a> {
    net: &'a Net,
    provider: usize,
    key: usize,
    faulty: bool,
    since: Duration,
    connected: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.connected {
            let mut line = self.net.line(self.provider, self.key, self.faulty, AttemptOutcome::NoConnection);
            line.attempt.at = self.since;
            line.attempt.heard = self.since;
            self.net.book.lock().lines.push(line);
        }
    }
}

/// A key, as the gateway is configured with it.
pub(crate) fn secret(provider: &str, key: usize) -> String {
    format!("sk-replay-{provider}-{key}")
}

impl Site {
    fn key(&self, headers: &HeaderMap) -> usize {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let said = match self.provider.dialect {
            Dialect::Anthropic => text("x-api-key"),
            Dialect::OpenAi | Dialect::Cohere => text("authorization").trim_start_matches("Bearer "),
        };
        self.keys.iter().position(|key| key == said).unwrap_or(0)
    }

    /// What a request at this time meets; `None` when nothing is wrong.
    fn fault(&self, at: Duration, key: usize, draws: Draws) -> Option<&Fault> {
        let phase = self.phases.iter().find(|p| p.is_on(at) && p.key.is_none_or(|only| only == key))?;
        let mut drawn = draws.share();
        for (share, fault) in &phase.mix {
            if drawn < *share {
                return Some(fault).filter(|fault| **fault != Fault::Healthy);
            }
            drawn -= share;
        }
        None
    }

    /// What a provider says that is asked more than it can do.
    fn overloaded(&self) -> Script {
        let kind = match self.provider.dialect {
            Dialect::Anthropic => handover_drill::ErrorKind::Overloaded,
            Dialect::OpenAi | Dialect::Cohere => handover_drill::ErrorKind::RateLimited,
        };
        Script::error(kind)
    }

    fn blanks(&self, asking: Asking, half: Option<&Half>, draws: Draws) -> Blanks {
        Blanks {
            text: words::answer(asking.number, asking.answer_tokens),
            prompt_tokens: half.map_or(asking.prompt_tokens, |half| half.prompt_tokens(asking)),
            first_token: draws.time(self.provider.first_token),
            between: self.provider.per_token,
            group: EVENT_TOKENS.max(asking.answer_tokens.div_ceil(MOST_EVENTS)),
        }
    }
}

/// Most events of a stream, however long the answer.
const MOST_EVENTS: u32 = 12;
