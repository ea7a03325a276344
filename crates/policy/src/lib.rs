//! Decisions.
//!
//! # Purpose
//! What a failure means ([`classify()`]), what to do next ([`step`]), what the
//! caller is told ([`tell()`]), how long to wait ([`Deadline`]), which targets to ask and in what order
//! ([`Routes`]). Whom a failure counts against ([`blame()`]), when nobody is sent there any more ([`Breaker`]) or fewer
//! are ([`Throttle`], [`Concurrency`]), which of several equals is asked ([`choose_two`]), and what extra work may cost
//! ([`RetryBudget`], [`WasteBudget`]). What callers and providers say of time and limits ([`hints()`],
//! [`rate_limits()`]). Whether an answer that broke off may be gone on with ([`go_on`]).
//!
//! # Invariants
//! * Pure: no I/O, no sockets, no logging. Time comes in as a `tokio::time::Instant`, randomness as a seed.
//! * Every decision about a failure is an exhaustive match over [`Class`]: a new class does not compile until each
//!   of the four questions has an answer for it.
//! * Nothing decides on a provider's prose where it gives a status or a code; prose is read only where providers
//!   give nothing else, and each such phrase is listed in one table.

mod balance;
mod blame;
mod breaker;
mod budget;
mod classify;
mod clocks;
mod concurrency;
mod criticality;
mod decide;
mod failure;
mod hand_over;
mod hints;
mod plan;
mod random;
mod rate_limits;
mod repetition;
mod retry_after;
mod signal;
mod tell;
mod throttle;
mod window;

pub use balance::{Load, PENALTY, choose_two};
pub use blame::{Blame, Scope, blame};
pub use breaker::{Admit, Breaker, BreakerSettings, BreakerState, Mark, Transition};
pub use budget::{RESCUE, RetryBudget, RetrySettings, WasteBudget, WasteSettings};
pub use classify::{Class, classify};
pub use clocks::{Deadline, LAST_TARGET_SHARE, Timeouts};
pub use concurrency::Concurrency;
pub use criticality::Criticality;
pub use decide::{Situation, Step, may_pass, refused_field, step};
pub use failure::{Failure, Kind};
pub use hand_over::{Asked, Broken, GoOn, MidStream, Stopped, go_on};
pub use hints::{BadHint, Hints, hints};
pub use plan::{Planned, Routes, Unknown};
pub use random::Random;
pub use rate_limits::{RateLimits, rate_limits};
pub use repetition::Repetition;
pub use retry_after::{MAX_TOLD, retry_after};
pub use signal::Signal;
pub use tell::{Told, tell, tell_caller, tell_exhausted};
pub use throttle::{PATIENCE, Throttle, ThrottleSettings};
pub use window::{BUCKETS, Counts, Window};
