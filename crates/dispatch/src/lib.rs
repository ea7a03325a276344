//! The one path every request takes.
//!
//! # Purpose
//! [`dispatch`] takes a call and answers it: it plans the targets, makes attempts, holds an answer back until its
//! first content (*peek*), commits, and relays. It works on frames and knows no dialect; it decides nothing that
//! `handover-policy` can decide.
//!
//! # Invariants
//! * One function serves every endpoint, streaming or not.
//! * `Upstream::send` is called in one place (`attempt`), so there is one place where a provider is asked.
//! * Nothing is sent to the caller before an answer bears content: until then any failure moves on unseen.
//! * After that, a broken answer ends with an error event and an aborted body, never cleanly.
//! * No task is spawned and no channel stands between provider and caller: the caller's reading drives the
//!   provider's sending, and dropping the answer cancels the provider's work at once.
//! * Who served is one record, [`Served`]; headers, stream and log are made from it.

mod account;
mod ask;
mod attempt;
mod cache;
mod engine;
mod event;
mod gather;
mod health;
mod onward;
mod outgrown;
mod pace;
mod path;
mod probe;
mod provider;
mod race;
mod relay;
mod reply;
mod retrying;
mod served;
mod state;
mod target;
mod upstream;
mod watch;

pub use cache::CacheSettings;
pub use engine::{Engine, Limits, RouteSettings};
pub use event::{AttemptEvent, BreakerEvent, Event, HandOverEvent, Observer};
pub use path::{Incoming, Reply, dispatch};
pub use probe::Probed;
pub use provider::{Care, Key, Provider, ProviderId};
pub use relay::{Aborted, Relay};
pub use served::{Attempted, HandedOver, Outcome, Served};
pub use state::{KeyState, TargetState};
pub use target::Target;
pub use upstream::{Outgoing, Upstream};
pub use watch::{Progress, Watcher};
