//! The house rules, as tests.
//!
//! # Purpose
//! What a compiler or a lint cannot say about this tree is said here: who may open a socket, what the pure crates
//! may depend on, that every invariant of `ARCHITECTURE.md` names what checks it. The rules run with the other tests
//! and need nothing but cargo and git.
//!
//! # Invariants
//! * A rule's failure names every place at fault, not the first only, and says why the rule is there.
//! * A rule reads the tree as committed or about to be: files that git tracks, or would.

#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod words;
