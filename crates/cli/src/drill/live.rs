//! `handover drill SCENARIO --live ADDR`: the scenario's providers on real sockets, on the scenario's clock.
//!
//! Each provider has a port of its own, as real providers have hosts of their own: what fails at one must not be seen
//! at another. The configuration of a gateway that uses them goes to standard output, everything else to standard
//! error: `handover drill flapping --live 127.0.0.1:9000 > handover.toml`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use handover_drill::{Dialect, Listening, Playlist, Reachable, Simulator};
use handover_replay::Scenario;
use handover_replay::report::Clock;
use handover_replay::scenario::Provider;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::schedule::{State, overloaded, state};
use crate::term::{fail, out, say};

/// How often the providers look at the clock. A phase begins at most so late.
const LOOK: Duration = Duration::from_millis(50);
/// How long answers under way may take when the scenario is over. Some never end: that was their fault.
const FAREWELL: Duration = Duration::from_secs(10);

/// One provider on its port.
struct Site<'a> {
    provider: &'a Provider,
    simulator: Simulator,
    listening: Listening,
    /// Nothing before the first look.
    state: Option<State>,
    full: bool,
}

pub(super) fn run(scenario: &Scenario, address: SocketAddr, speed: f64) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime could not be started: {error}")),
    };
    runtime.block_on(async {
        let mut sites = match open(scenario, address).await {
            Ok(sites) => sites,
            Err(code) => return code,
        };
        tokio::select! {
            // Listened for before the announcement: who reads it may send it at once.
            biased;
            () = crate::serve::stop_signal() => say("stopped"),
            () = async {
                announce(scenario, &sites, speed);
                until_over(scenario, &mut sites, speed).await;
            } => {}
        }
        for site in &sites {
            say(&format!("{} was asked {} times", site.provider.name, site.simulator.count()));
        }
        ExitCode::SUCCESS
    })
}

/// Opens a port for each provider, counting up from the address; port 0 takes free ones.
async fn open(scenario: &Scenario, address: SocketAddr) -> Result<Vec<Site<'_>>, ExitCode> {
    let mut sites = Vec::new();
    for (place, provider) in scenario.providers.iter().enumerate() {
        let mut address = address;
        if address.port() > 0 {
            let port = u16::try_from(place).ok().and_then(|place| address.port().checked_add(place));
            let Some(port) = port else {
                return Err(fail("there are not enough ports above this one: choose a lower one"));
            };
            address.set_port(port);
        }
        let simulator =
            Simulator::new(provider.dialect).named(&provider.name).models([provider.model.clone()]);
        match simulator.listen(address).await {
            Ok(listening) => sites.push(Site { provider, simulator, listening, state: None, full: false }),
            Err(error) => {
                return Err(fail(&format!("cannot listen on {address} for {}: {error}", provider.name)));
            }
        }
    }
    Ok(sites)
}

fn announce(scenario: &Scenario, sites: &[Site<'_>], speed: f64) {
    for site in sites {
        say(&format!("{:12} {}", site.provider.name, base_url(site)));
    }
    out(&config(scenario, sites));
    let real = scenario.span.div_f64(speed);
    say(&format!(
        "{}: {} s, {speed} times as fast; the lines on standard output are a handover.toml; press ctrl-c to stop",
        scenario.id,
        (real.as_secs_f64() * 10.0).round() / 10.0,
    ));
}

fn base_url(site: &Site<'_>) -> String {
    match site.provider.dialect {
        Dialect::OpenAi => format!("{}/v1", site.listening.url()),
        Dialect::Anthropic | Dialect::Cohere => site.listening.url(),
    }
}

/// The key that the provider knows under this number.
fn key(provider: &Provider, key: usize) -> String {
    format!("drill-{}-{}", provider.name, key + 1)
}

/// A configuration that uses the providers in the scenario's order, with the scenario's settings.
fn config(scenario: &Scenario, sites: &[Site<'_>]) -> String {
    let mut text = format!(
        "# The simulated providers of `handover drill {}`. The keys open nothing but them.\n\n",
        scenario.id.replace(char::is_control, " ")
    );
    for site in sites {
        let keys: Vec<String> = (0..site.provider.keys).map(|nth| quoted(&key(site.provider, nth))).collect();
        let cap =
            site.provider.max_concurrency.map_or(String::new(), |most| format!("max_concurrency = {most}\n"));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "[providers.{}]\ndialect = \"{}\"\nbase_url = {}\napi_keys = [{}]\n{cap}\n",
            quoted(&site.provider.name),
            site.provider.dialect,
            quoted(&base_url(site)),
            keys.join(", "),
        );
    }
    let targets = sites.iter().map(|site| quoted(&format!("{}/{}", site.provider.name, site.provider.model)));
    let clocks = scenario.route.clocks;
    let ms = |time: Duration| format!("\"{}ms\"", time.as_millis());
    let _ = write!(
        text,
        "[routes.default]\ntargets = [{}]\nmax_attempts = {}\n\
         timeouts = {{ connect = {}, first_token = {}, stall = {}, progress = {}, total = {} }}\n",
        targets.collect::<Vec<_>>().join(", "),
        scenario.route.max_attempts,
        ms(clocks.connect),
        ms(clocks.first_token),
        ms(clocks.stall),
        ms(clocks.progress),
        ms(clocks.total),
    );
    text
}

/// A TOML string: names in files of others may hold anything.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Plays the scenario, and lets answers under way end.
async fn until_over(scenario: &Scenario, sites: &mut [Site<'_>], speed: f64) {
    play(scenario, sites, speed).await;
    say("the scenario is over; answers under way are finished");
    let ended = async {
        for site in sites.iter() {
            site.simulator.wait_until_idle().await;
        }
    };
    if timeout(FAREWELL, ended).await.is_err() {
        say("some answers never end; they are cut off");
    }
}

/// Runs the clock to the scenario's end.
async fn play(scenario: &Scenario, sites: &mut [Site<'_>], speed: f64) {
    let clock = Clock::new(scenario);
    let start = Instant::now();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut turn = scenario.seed;
    loop {
        look.tick().await;
        let now = Instant::now().saturating_duration_since(start).mul_f64(speed);
        if now >= scenario.span {
            return;
        }
        turn = turn.wrapping_add(17) % (1 << 32);
        for site in sites.iter_mut() {
            site.at(scenario, now, turn, &clock);
        }
    }
}

impl Site<'_> {
    /// Brings the provider into the state of this time.
    fn at(&mut self, scenario: &Scenario, now: Duration, turn: u64, clock: &Clock) {
        let next = state(scenario, self.provider, now);
        let changed = self.state.as_ref() != Some(&next);
        if changed {
            let before = self.state.replace(next.clone());
            let said = next.say(scenario);
            let news = before.as_ref().is_none_or(|before| before.say(scenario) != said);
            // At the start only what is wrong is news.
            if news && (before.is_some() || said != "is well") {
                say(&format!("{} {}: {said}", clock.at(now), self.provider.name));
            }
            if before.is_none_or(|before| before.reachable != next.reachable) {
                self.simulator.reachable(next.reachable);
                if next.reachable != Reachable::Yes {
                    self.simulator.cut_connections();
                }
            }
        }
        let under_way = self.simulator.in_flight();
        self.full = self.provider.capacity.is_some_and(|most| under_way >= most as usize);
        let (all, own) = next.scripts(scenario, self.provider, turn);
        let or_full = |scripts: Playlist| if self.full { overloaded(self.provider).into() } else { scripts };
        self.simulator.play(or_full(all));
        for (nth, scripts) in own {
            drop(self.simulator.clone().for_key(key(self.provider, nth), or_full(scripts)));
        }
    }
}
