//! The configuration: a TOML file, or nothing but the environment, read once into a validated [`Config`].
//!
//! # Invariants
//!
//! - **All errors at once.** A reader of `handover check` fixes the file in one pass, so no check stops at
//!   the first mistake. Each [`Diagnostic`] has a stable [`Id`], a place in the file and, where one is
//!   known, the fix. Every id is explained in `docs/reference/errors.md`.
//! - **Every key is known.** A misspelt key would otherwise be a setting that silently does nothing.
//!   The keys are listed once, in [`keys`]; the reader and the documentation test both use that list.
//! - **The snapshot is separate from the file.** [`Config`] has plain fields and no serde, so neither the
//!   wire formats nor the storage can leak into the file format or the other way round.
//! - **A secret is shown nowhere.** Keys are [`SecretString`](secrecy::SecretString)s; a [`Report`] keeps
//!   only a masked copy of the file, so that no rendering of it can show what the file held.
//! - **The environment is read here only**, through [`Env`], so that tests need no process-wide state.
//!
//! This crate opens no sockets and must never depend on a crate that does.

mod base_url;
mod diagnostic;
mod env;
mod file;
mod hand_over;
mod harm;
pub mod keys;
mod load;
mod mask;
mod mid_answer;
mod prefill;
mod price;
mod provider;
mod reader;
mod report;
mod resilience;
mod route;
mod secret;
mod snapshot;
mod suggest;
mod target;
mod timeouts;
mod units;
mod zero;

pub use diagnostic::{Diagnostic, Id, Related, Severity};
pub use env::{Env, MapEnv, SystemEnv, home_dir};
pub use load::{Loaded, Source, load, load_offline};
pub use report::Report;
pub use snapshot::{
    Breaker, Budgets, Cache, Config, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_HAND_OVERS, DEFAULT_MAX_WAIT, Hedge,
    JsonStream, Limits, LocalSettings, Log, LogFormat, LogLevel, MAX_COMMIT_DELAY, MAX_HAND_OVERS, MidStream,
    Prefill, Price, Provider, ProviderDialect, Route, Target, Timeouts,
};
pub use zero::{DEFAULT_ROUTE, LOCAL_MODEL};
