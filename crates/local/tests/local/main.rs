//! The local engine against a real model, the supervisor against real processes, the store against a real hub on
//! the loopback interface. One binary, so that it is linked once.

mod answers;
mod kit;
mod mpt;
mod store;
mod supervision;
