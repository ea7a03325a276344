//! Why there is no answer, or no whole one, as a person is told: one word of ours, for which the page and the
//! terminal each have a sentence, and what was said.

use serde_json::{Value, json};

/// What a person can do about it depends on this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Every target failed.
    AllFailed,
    /// The answer broke off, and nobody went on.
    CutOff,
    /// The only model that was wanted failed.
    PinnedDown,
    /// The conversation is too long.
    TooLong,
    /// The provider's policy refused.
    Refused,
    /// The message cannot be used as it is.
    BadRequest,
    /// No route or model has the name that was asked for.
    NoSuchModel,
    /// The gateway has no route.
    Config,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::AllFailed => "all_failed",
            Kind::CutOff => "cut_off",
            Kind::PinnedDown => "pinned_down",
            Kind::TooLong => "too_long",
            Kind::Refused => "refused",
            Kind::BadRequest => "bad_request",
            Kind::NoSuchModel => "no_such_model",
            Kind::Config => "config",
        }
    }
}

/// How a question stood that got no answer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asking {
    /// Only one model was wanted.
    pub(crate) only: bool,
    /// A route was found for it.
    pub(crate) has_route: bool,
    /// The gateway has routes.
    pub(crate) has_routes: bool,
}

/// An error as the last event of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trouble {
    kind: Kind,
    message: String,
    code: Option<String>,
    status: Option<u16>,
    retry_in_s: Option<f64>,
}

impl Trouble {
    /// From the body of an error in OpenAI's dialect: ours, or a provider's own words.
    pub(crate) fn of(status: u16, retry_in_s: Option<f64>, body: &Value, asking: Asking) -> Self {
        let error = body.get("error").unwrap_or(body);
        let text = |name: &str| error.get(name).and_then(Value::as_str);
        let code = text("code");
        let message = text("message").filter(|message| !message.is_empty());
        Self {
            kind: kind(status, code.unwrap_or_default(), text("type").unwrap_or_default(), asking),
            message: message.map_or_else(|| format!("The model's server answered {status}."), str::to_owned),
            code: code.map(str::to_owned),
            status: Some(status),
            retry_in_s,
        }
    }

    /// From an error event in the middle of an answer.
    pub(crate) fn broke_off(error: &Value) -> Self {
        let text = |name: &str| error.get(name).and_then(Value::as_str);
        Self {
            kind: Kind::CutOff,
            message: text("message").unwrap_or("The answer was cut off.").to_owned(),
            code: text("code").map(str::to_owned),
            status: None,
            retry_in_s: None,
        }
    }

    /// The answer ended for a reason of ours.
    pub(crate) fn cut(message: &str, code: &str) -> Self {
        Self {
            kind: Kind::CutOff,
            message: message.to_owned(),
            code: Some(code.to_owned()),
            status: None,
            retry_in_s: None,
        }
    }

    pub(crate) fn json(&self, story: Option<Value>) -> Value {
        json!({
            "kind": self.kind.as_str(),
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "retry_in_s": self.retry_in_s,
            "story": story,
        })
    }
}

fn kind(status: u16, code: &str, kind: &str, asking: Asking) -> Kind {
    let is = |words: &[&str]| words.iter().any(|word| code.contains(word) || kind.contains(word));
    if !asking.has_routes {
        Kind::Config
    } else if !asking.has_route && code == "model_not_found" {
        Kind::NoSuchModel
    } else if status == 413 || is(&["context_length", "string_above_max_length", "too_large"]) {
        Kind::TooLong
    } else if is(&["content_filter", "content_policy", "policy_violation"]) {
        Kind::Refused
    } else if matches!(status, 400 | 404 | 405 | 409 | 415 | 422) {
        Kind::BadRequest
    } else if asking.only {
        Kind::PinnedDown
    } else {
        Kind::AllFailed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Asking = Asking { only: false, has_route: true, has_routes: true };

    fn check(status: u16, error: Value, asking: Asking, expected: Kind) {
        let trouble = Trouble::of(status, None, &json!({"error": error}), asking);
        assert_eq!(trouble.kind, expected, "{status} {error}");
        assert!(!trouble.message.is_empty());
    }

    #[test]
    fn each_error_has_a_word_that_says_what_can_be_done() {
        let only = Asking { only: true, ..USUAL };
        check(503, json!({"message": "No model could answer.", "code": "exhausted"}), USUAL, Kind::AllFailed);
        check(429, json!({"message": "limited", "code": "rate_limit_exceeded"}), USUAL, Kind::AllFailed);
        check(504, json!({"message": "late"}), USUAL, Kind::AllFailed);
        check(503, json!({"message": "No model could answer."}), only, Kind::PinnedDown);
        check(400, json!({"message": "too long", "code": "context_length_exceeded"}), USUAL, Kind::TooLong);
        check(413, json!({"message": "The body is larger than"}), only, Kind::TooLong);
        check(400, json!({"message": "no", "code": "content_filter"}), USUAL, Kind::Refused);
        check(400, json!({"message": "no", "type": "content_policy_violation"}), USUAL, Kind::Refused);
        check(400, json!({"message": "bad", "code": null}), USUAL, Kind::BadRequest);
        check(422, json!({"message": "bad"}), only, Kind::BadRequest);
        let unknown = Asking { has_route: false, ..USUAL };
        check(404, json!({"message": "no model", "code": "model_not_found"}), unknown, Kind::NoSuchModel);
        check(404, json!({"message": "no model", "code": "model_not_found"}), USUAL, Kind::BadRequest);
        check(404, json!({"message": "", "code": "model_not_found"}), Asking::default(), Kind::Config);
        check(500, Value::Null, USUAL, Kind::AllFailed);
    }
}
