//! What to do about a failure, and what to remember of it.

use crate::Class;
use std::time::Duration;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask the next target.
    Next,
    /// Ask the same target with the provider's next key.
    NextKey,
    /// Leave this field out and ask the same target once more.
    Repair(String),
    /// Tell the caller: no other target would help, or none may be asked.
    Return,
}

/// What a decision must know besides the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Situation {
    /// The provider has another key that was not tried for this request.
    pub another_key: bool,
    /// The request was translated into the target's dialect, so that a 400 may be our fault.
    pub translated: bool,
    /// This request has already been repaired for this target.
    pub repaired: bool,
    /// A later target speaks the caller's own dialect.
    pub native_target_left: bool,
    /// A later target is known to have a larger window.
    pub larger_window_left: bool,
    /// The deadline has not passed: what is left is kept for the last target.
    pub time_kept: bool,
}

/// What to do next about a failure of this class, before anything has been sent to the caller.
#[must_use]
pub fn step(class: &Class, situation: Situation) -> Step {
    let Situation { another_key, translated, repaired, native_target_left, larger_window_left, time_kept } =
        situation;
    // A translated request that is refused may be our own mistake: a target that takes the caller's bytes as they
    // are decides. Otherwise a caller's error is returned and never shopped around.
    let callers_fault = if translated && native_target_left { Step::Next } else { Step::Return };
    match class {
        Class::RateLimited | Class::Quota | Class::Credential if another_key => Step::NextKey,
        Class::Network
        | Class::Timeout
        | Class::Transient
        | Class::Server
        | Class::Overloaded
        | Class::RateLimited
        | Class::SlowDown
        | Class::WarmingUp
        | Class::Quota
        | Class::Credential
        | Class::NotServed
        | Class::Malformed
        | Class::Broken
        | Class::Empty
        | Class::Unsupported
        | Class::Engine => Step::Next,
        Class::TooBig | Class::ContextLength => {
            if larger_window_left {
                Step::Next
            } else {
                Step::Return
            }
        }
        Class::UnsupportedField(field) if translated && !repaired => Step::Repair(field.clone()),
        // The caller could not know: a backup wrote that reasoning, and the conversation must be able to go on.
        Class::ForeignState if !repaired => Step::Repair("thinking".to_owned()),
        Class::UnsupportedField(_) | Class::ForeignState | Class::Prefill | Class::BadRequest => {
            callers_fault
        }
        Class::Deadline if time_kept => Step::Next,
        Class::Policy | Class::Deadline => Step::Return,
    }
}

/// What to remember of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// Nothing.
    Nothing,
    /// Prefer the provider's other keys for this long.
    RestKey(Duration),
    /// This target does not take this field.
    RefusesField(String),
}

/// How long a refused key rests. It may be put right at any time, so it is tried again (resilience notes, B12).
const REFUSED_KEY_REST: Duration = Duration::from_secs(300);
/// How long a key without credit rests (resilience notes, B13).
const EMPTY_ACCOUNT_REST: Duration = Duration::from_secs(900);
/// How long a limited key rests when the provider does not say (resilience notes, B16: 5 to 30 s).
const LIMITED_KEY_REST: Duration = Duration::from_secs(10);
/// The longest a provider's own wish is heeded (linkerd's load biaser caps Retry-After there).
const LONGEST_REST: Duration = Duration::from_secs(300);

/// What to remember of a failure of this class.
#[must_use]
pub fn remember(class: &Class, retry_after: Option<Duration>) -> Memory {
    match class {
        Class::Credential => Memory::RestKey(REFUSED_KEY_REST),
        Class::Quota => Memory::RestKey(EMPTY_ACCOUNT_REST),
        Class::RateLimited => Memory::RestKey(retry_after.unwrap_or(LIMITED_KEY_REST).min(LONGEST_REST)),
        Class::UnsupportedField(field) => Memory::RefusesField(field.clone()),
        Class::Network
        | Class::Timeout
        | Class::Transient
        | Class::Server
        | Class::Overloaded
        | Class::SlowDown
        | Class::WarmingUp
        | Class::NotServed
        | Class::TooBig
        | Class::ContextLength
        | Class::BadRequest
        | Class::ForeignState
        | Class::Prefill
        | Class::Policy
        | Class::Malformed
        | Class::Broken
        | Class::Empty
        | Class::Unsupported
        | Class::Engine
        | Class::Deadline => Memory::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(field: &str) -> Vec<Class> {
        vec![
            Class::Network,
            Class::Timeout,
            Class::Transient,
            Class::Server,
            Class::Overloaded,
            Class::RateLimited,
            Class::SlowDown,
            Class::WarmingUp,
            Class::Quota,
            Class::Credential,
            Class::NotServed,
            Class::TooBig,
            Class::ContextLength,
            Class::BadRequest,
            Class::UnsupportedField(field.to_owned()),
            Class::ForeignState,
            Class::Prefill,
            Class::Policy,
            Class::Malformed,
            Class::Broken,
            Class::Empty,
            Class::Unsupported,
            Class::Engine,
            Class::Deadline,
        ]
    }

    /// The steps of all classes, as a table, one line each.
    fn table(situation: Situation) -> String {
        all("seed").iter().map(|c| format!("{c:?} -> {:?}\n", step(c, situation))).collect()
    }

    #[test]
    fn the_callers_own_errors_and_refusals_are_never_shopped_around() {
        let plain = Situation::default();
        for class in [Class::BadRequest, Class::Policy, Class::ContextLength, Class::TooBig, Class::Prefill] {
            assert_eq!(step(&class, plain), Step::Return, "{class:?}");
        }
        expect_test::expect![[r#"
            Network -> Next
            Timeout -> Next
            Transient -> Next
            Server -> Next
            Overloaded -> Next
            RateLimited -> Next
            SlowDown -> Next
            WarmingUp -> Next
            Quota -> Next
            Credential -> Next
            NotServed -> Next
            TooBig -> Return
            ContextLength -> Return
            BadRequest -> Return
            UnsupportedField("seed") -> Return
            ForeignState -> Repair("thinking")
            Prefill -> Return
            Policy -> Return
            Malformed -> Next
            Broken -> Next
            Empty -> Next
            Unsupported -> Next
            Engine -> Next
            Deadline -> Return
        "#]]
        .assert_eq(&table(plain));
    }

    #[test]
    fn a_refused_or_limited_key_costs_a_key_and_not_the_provider() {
        let keys = Situation { another_key: true, ..Situation::default() };
        for class in all("x") {
            let takes_key = matches!(class, Class::RateLimited | Class::Quota | Class::Credential);
            assert_eq!(step(&class, keys) == Step::NextKey, takes_key, "{class:?}");
        }
    }

    #[test]
    fn our_own_translation_is_suspected_before_the_caller_is() {
        let translated = Situation { translated: true, ..Situation::default() };
        let native = Situation { native_target_left: true, ..translated };
        let repaired = Situation { repaired: true, ..translated };
        let field = Class::UnsupportedField("seed".to_owned());
        assert_eq!(step(&field, translated), Step::Repair("seed".to_owned()));
        assert_eq!(step(&field, repaired), Step::Return);
        assert_eq!(step(&Class::BadRequest, native), Step::Next);
        assert_eq!(step(&Class::BadRequest, translated), Step::Return);
        assert_eq!(step(&Class::Policy, native), Step::Return);
    }

    #[test]
    fn a_conversation_a_backup_took_part_in_can_go_on_with_the_lead() {
        let plain = Situation::default();
        let repaired = Situation { repaired: true, ..plain };
        assert!(matches!(step(&Class::ForeignState, plain), Step::Repair(_)));
        assert_eq!(step(&Class::ForeignState, repaired), Step::Return);
    }

    #[test]
    fn too_long_a_conversation_goes_only_where_it_fits() {
        let larger = Situation { larger_window_left: true, ..Situation::default() };
        assert_eq!(step(&Class::ContextLength, larger), Step::Next);
        assert_eq!(step(&Class::ContextLength, Situation::default()), Step::Return);
    }

    #[test]
    fn time_kept_for_the_last_target_is_given_to_it() {
        let kept = Situation { time_kept: true, ..Situation::default() };
        assert_eq!(step(&Class::Deadline, kept), Step::Next);
        assert_eq!(step(&Class::Deadline, Situation::default()), Step::Return);
    }

    #[test]
    fn a_key_rests_as_long_as_it_must_and_no_longer() {
        let s = Duration::from_secs;
        assert_eq!(remember(&Class::RateLimited, Some(s(7))), Memory::RestKey(s(7)));
        assert_eq!(remember(&Class::RateLimited, Some(s(86_400))), Memory::RestKey(s(300)));
        assert_eq!(remember(&Class::RateLimited, None), Memory::RestKey(s(10)));
        assert_eq!(remember(&Class::Credential, None), Memory::RestKey(s(300)));
        assert_eq!(remember(&Class::Server, Some(s(7))), Memory::Nothing);
    }
}
