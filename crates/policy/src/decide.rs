//! What to do about a failure.

use crate::Class;

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
        | Class::Seam
        | Class::Empty
        | Class::Unsupported
        | Class::Engine
        | Class::Resting
        | Class::Busy => Step::Next,
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

/// Whether a failure may be gone in a moment, so that the same target can be asked again.
#[must_use]
pub fn may_pass(class: &Class) -> bool {
    match class {
        Class::Network
        | Class::Transient
        | Class::Server
        | Class::Overloaded
        | Class::RateLimited
        | Class::SlowDown
        | Class::WarmingUp
        | Class::Malformed
        | Class::Broken
        | Class::Seam
        | Class::Empty
        | Class::Engine
        | Class::Resting => true,
        // Asking a silent provider again only doubles the silence (peers' notes, S06).
        Class::Timeout
        // It was waited for as long as the route allows.
        | Class::Busy
        | Class::Deadline
        | Class::Quota
        | Class::Credential
        | Class::NotServed
        | Class::TooBig
        | Class::ContextLength
        | Class::BadRequest
        | Class::UnsupportedField(_)
        | Class::ForeignState
        | Class::Prefill
        | Class::Policy
        | Class::Unsupported => false,
    }
}

/// The field a failure says this target does not take, to be left out from then on. Whom a failure counts against
/// is [`crate::blame()`]'s to say.
#[must_use]
pub fn refused_field(class: &Class) -> Option<&str> {
    if let Class::UnsupportedField(field) = class { Some(field) } else { None }
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
            Class::Resting,
            Class::Busy,
            Class::Seam,
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
            Resting -> Next
            Busy -> Next
            Seam -> Next
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
}
