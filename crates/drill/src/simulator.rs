//! The provider: picks a script for each request, checks the request, plays the script and remembers.

mod answering;
mod routes;

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::dialect::Dialect;
use crate::record::{Outcome, Recorded, Recorder};
use crate::script::{ParseError, Playlist};
use answering::Cache;
use routes::Routes;

/// A provider that does what its scripts say. Clones are the same provider.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    only: Option<Dialect>,
    settings: Mutex<Arc<Settings>>,
    routes: Mutex<Routes>,
    recorder: Arc<Recorder>,
    cache: Cache,
    pub(crate) tasks: TaskTracker,
    /// Cancelled to cut all connections; replaced at once.
    pub(crate) connections: Mutex<CancellationToken>,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    name: Arc<str>,
    models: Vec<String>,
    checks: bool,
    needs_key: bool,
    records: bool,
    caches: bool,
    pub(crate) reachable: Reachable,
}

/// What happens to new connections, before any request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reachable {
    /// They are served.
    #[default]
    Yes,
    /// In memory: connection refused. On TCP, where the port stays bound: accepted and reset at once.
    Refused,
    /// Accepted, read from, and never answered: a half-open connection or a black hole.
    Silent,
}

/// Keys are left out.
impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.inner.settings.lock();
        f.debug_struct("Simulator")
            .field("name", &settings.name)
            .field("dialect", &self.inner.only)
            .field("reachable", &settings.reachable)
            .finish_non_exhaustive()
    }
}

/// Making one.
impl Simulator {
    fn with(only: Option<Dialect>) -> Self {
        let settings = Settings {
            name: Arc::from("sim"),
            models: Vec::new(),
            checks: true,
            needs_key: true,
            records: true,
            caches: false,
            reachable: Reachable::Yes,
        };
        Simulator {
            inner: Arc::new(Inner {
                only,
                settings: Mutex::new(Arc::new(settings)),
                routes: Mutex::new(Routes::default()),
                recorder: Recorder::new(),
                cache: Cache::default(),
                tasks: TaskTracker::new(),
                connections: Mutex::default(),
            }),
        }
    }

    /// A provider of one dialect that answers everything with a short text.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Simulator::with(Some(dialect))
    }

    /// A provider of all dialects at once; the path tells which.
    #[must_use]
    pub fn any() -> Self {
        Simulator::with(None)
    }

    /// A provider with this script for everything, in text form: `"529 then ok"`.
    ///
    /// # Errors
    /// When the text is no script.
    pub fn scripted(dialect: Dialect, script: &str) -> Result<Self, ParseError> {
        Ok(Simulator::new(dialect).default(script.parse::<Playlist>()?))
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.inner.settings.lock()));
        self
    }

    /// What requests get that no other rule is for.
    #[must_use]
    pub fn default(self, scripts: impl Into<Playlist>) -> Self {
        self.play(scripts);
        self
    }

    /// Each request gets the next script; the last one stays.
    #[must_use]
    pub fn sequence(self, scripts: impl Into<Playlist>) -> Self {
        self.default(scripts)
    }

    /// What requests for this model get.
    #[must_use]
    pub fn for_model(self, model: impl Into<String>, scripts: impl Into<Playlist>) -> Self {
        let model = model.into();
        self.inner.routes.lock().set_model(&model, scripts.into());
        self.set(|settings| settings.models.push(model))
    }

    /// What requests with this key get. A rule for a key goes before a rule for a model.
    #[must_use]
    pub fn for_key(self, key: impl Into<String>, scripts: impl Into<Playlist>) -> Self {
        self.inner.routes.lock().set_key(key.into(), scripts.into());
        self
    }

    /// Goes into the ids of answers, so that two simulators never give the same id. Default: `sim`.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.set(|settings| settings.name = Arc::from(name))
    }

    /// The models `GET /v1/models` lists, besides those with rules. They do not limit what can be asked for.
    #[must_use]
    pub fn models<M: Into<String>>(self, models: impl IntoIterator<Item = M>) -> Self {
        self.set(|settings| settings.models.extend(models.into_iter().map(Into::into)))
    }

    /// Answers requests that the real provider would refuse.
    #[must_use]
    pub fn lenient(self) -> Self {
        self.set(|settings| settings.checks = false)
    }

    /// Answers without a key, as a local server does.
    #[must_use]
    pub fn without_keys(self) -> Self {
        self.set(|settings| settings.needs_key = false)
    }

    /// For load: checks and records nothing and writes each answer once. All answers then have the same id.
    #[must_use]
    pub fn bench(self) -> Self {
        self.set(|settings| {
            settings.checks = false;
            settings.needs_key = false;
            settings.records = false;
            settings.caches = true;
        })
    }
}

/// Changing its mind while it runs.
impl Simulator {
    /// From now on, requests that no other rule is for get this. A sequence starts anew.
    pub fn play(&self, scripts: impl Into<Playlist>) {
        self.inner.routes.lock().set_default(scripts.into());
    }

    /// What happens to new connections from now on. Open ones live on: see [`Simulator::cut_connections`].
    pub fn reachable(&self, reachable: Reachable) {
        Arc::make_mut(&mut self.inner.settings.lock()).reachable = reachable;
    }

    /// Resets every open connection, as when the provider's process dies.
    pub fn cut_connections(&self) {
        std::mem::take(&mut *self.inner.connections.lock()).cancel();
    }
}

impl Simulator {
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.inner.settings.lock())
    }
}

/// What it saw.
impl Simulator {
    /// The requests so far, oldest first. At most the latest 10,000.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.inner.recorder.requests()
    }

    /// How many requests came, forgotten ones included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inner.recorder.total()
    }

    /// The latest request.
    #[must_use]
    pub fn last_request(&self) -> Option<Recorded> {
        self.requests().pop()
    }

    /// How many requests are being answered now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.inner.recorder.open()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.inner.recorder.clear();
    }

    /// Waits until at least so many requests have come, and gives all. Wrap it in a timeout if it may not happen.
    pub async fn wait_for_requests(&self, at_least: usize) -> Vec<Recorded> {
        self.inner.recorder.wait_for(|log| (log.len() >= at_least).then(|| log.to_vec())).await
    }

    /// Waits until a client has left before the end of its answer, and gives that request: the first of them.
    pub async fn wait_for_hangup(&self) -> Recorded {
        let left = |request: &&Recorded| request.outcome == Outcome::HungUp;
        self.inner.recorder.wait_for(|log| log.iter().find(left).cloned()).await
    }

    /// Waits until so many clients have left before the end of their answers, and gives those requests.
    pub async fn wait_for_hangups(&self, at_least: usize) -> Vec<Recorded> {
        let left = |request: &&Recorded| request.outcome == Outcome::HungUp;
        let enough = |log: &[Recorded]| {
            let gone: Vec<Recorded> = log.iter().filter(left).cloned().collect();
            (gone.len() >= at_least).then_some(gone)
        };
        self.inner.recorder.wait_for(enough).await
    }

    /// Waits until a request has got at least so many tokens, and gives it.
    pub async fn wait_for_tokens(&self, at_least: u32) -> Recorded {
        let got = |request: &&Recorded| request.tokens >= at_least;
        self.inner.recorder.wait_for(|log| log.iter().find(got).cloned()).await
    }

    /// Waits until nothing is being answered.
    pub async fn wait_until_idle(&self) {
        let idle =
            |log: &[Recorded]| log.iter().all(|request| request.outcome != Outcome::Open).then_some(());
        self.inner.recorder.wait_for(idle).await;
    }
}
