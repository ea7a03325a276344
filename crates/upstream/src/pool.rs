//! Idle HTTP/1.1 connections, newest first.
//!
//! Nothing polls an idle connection. It is looked at when it is taken out, and a dead one is dropped then.
//! Connections are kept for at most the idle limit (60 s by default), well under the 400 s after which
//! providers' edges were seen to reset them (resilience note, fault 4).

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::h1::Wire;
use crate::origin::Endpoint;

#[derive(Debug)]
pub(crate) struct IdlePool {
    state: Mutex<State>,
    max_per_endpoint: usize,
    idle_limit: Duration,
}

#[derive(Debug)]
struct State {
    /// Oldest first within one endpoint.
    idle: HashMap<Endpoint, Vec<Idle>>,
    last_sweep: Option<Instant>,
    closed: bool,
}

#[derive(Debug)]
struct Idle {
    wire: Box<Wire>,
    since: Instant,
}

impl IdlePool {
    pub(crate) fn new(max_per_endpoint: usize, idle_limit: Duration) -> Self {
        let state = State { idle: HashMap::new(), last_sweep: None, closed: false };
        Self { state: Mutex::new(state), max_per_endpoint, idle_limit }
    }

    /// The youngest connection to `endpoint` that is still open.
    pub(crate) fn check_out(&self, endpoint: &Endpoint) -> Option<Box<Wire>> {
        loop {
            let Idle { mut wire, since } = self.state.lock().idle.get_mut(endpoint)?.pop()?;
            let age = Instant::now().saturating_duration_since(since);
            if age < self.idle_limit && wire.revive() {
                return Some(wire);
            }
        }
    }

    /// Keeps a connection for later. The oldest one makes room if there are too many.
    pub(crate) fn check_in(&self, endpoint: &Endpoint, wire: Box<Wire>) {
        let now = Instant::now();
        let mut dropped = Vec::new();
        let mut state = self.state.lock();
        if state.closed || self.max_per_endpoint == 0 {
            return;
        }
        match state.idle.get_mut(endpoint) {
            Some(list) => {
                if self.max_per_endpoint <= list.len() {
                    dropped.push(list.remove(0));
                }
                list.push(Idle { wire, since: now });
            }
            None => {
                state.idle.insert(endpoint.clone(), vec![Idle { wire, since: now }]);
            }
        }
        state.sweep(now, self.idle_limit, &mut dropped);
        // Sockets are closed outside the lock.
        drop(state);
    }

    /// Closes every idle connection and keeps none from now on.
    pub(crate) fn close(&self) {
        let idle = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.idle)
        };
        drop(idle);
    }
}

impl State {
    /// Drops what has been idle for too long, on any endpoint, so that a provider nobody asks any more does not
    /// hold sockets for ever. Looks at most twice per idle limit.
    fn sweep(&mut self, now: Instant, limit: Duration, dropped: &mut Vec<Idle>) {
        if self.last_sweep.is_some_and(|last| now.saturating_duration_since(last) < limit / 2) {
            return;
        }
        self.last_sweep = Some(now);
        for list in self.idle.values_mut() {
            let old = list.iter().take_while(|i| limit <= now.saturating_duration_since(i.since)).count();
            dropped.extend(list.drain(..old));
        }
    }
}
