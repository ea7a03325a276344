//! What goes wrong in the child, in the OpenAI error shape.

use http::StatusCode;
use serde_json::{Value, json};

use crate::engine::Refusal;

/// Why a request gets no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum ApiError {
    /// The body is not what the API takes.
    #[error("{message}")]
    Invalid {
        /// Path of the offending field, such as `messages[2].content`.
        param: Option<String>,
        /// What is wrong, in a sentence.
        message: String,
    },
    /// The API has it, this model has not.
    #[error("this local model does not support {what}")]
    Unsupported {
        /// Path of the field that asks for it.
        param: String,
        /// What was asked for.
        what: &'static str,
    },
    /// The body is larger than any prompt could be.
    #[error("the request body is larger than {0} bytes")]
    TooLarge(usize),
    /// No such path.
    #[error("no such endpoint: {0}")]
    NotFound(String),
    /// The path exists, for another method.
    #[error("{0} is not allowed here")]
    Method(http::Method),
    /// The engine refused the request.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The engine gave up.
    #[error("{0}")]
    Engine(String),
}

impl ApiError {
    /// A field with the wrong type or value.
    pub(super) fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { param: Some(param.into()), message: message.into() }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Invalid { .. } | Self::Unsupported { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused(Refusal::ContextExceeded { .. } | Refusal::Unusable(_)) => StatusCode::BAD_REQUEST,
            Self::Refused(Refusal::Busy(_) | Refusal::Stopped) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Engine(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body: `{"error": {...}}`, with llama.cpp's types where it has one.
    pub(super) fn body(&self) -> Value {
        let (kind, code) = match self {
            Self::Invalid { .. }
            | Self::TooLarge(_)
            | Self::Method(_)
            | Self::Refused(Refusal::Unusable(_)) => ("invalid_request_error", None),
            Self::Unsupported { .. } => ("invalid_request_error", Some("unsupported")),
            Self::NotFound(_) => ("not_found_error", None),
            Self::Refused(Refusal::ContextExceeded { .. }) => {
                ("exceed_context_size_error", Some("context_length_exceeded"))
            }
            Self::Refused(Refusal::Busy(_)) => ("unavailable_error", Some("queue_full")),
            Self::Refused(Refusal::Stopped) => ("unavailable_error", Some("stopped")),
            Self::Engine(_) => ("server_error", None),
        };
        let param = match self {
            Self::Invalid { param, .. } => param.clone(),
            Self::Unsupported { param, .. } => Some(param.clone()),
            Self::Refused(Refusal::ContextExceeded { .. }) => Some("messages".to_owned()),
            Self::TooLarge(_) | Self::NotFound(_) | Self::Method(_) | Self::Refused(_) | Self::Engine(_) => {
                None
            }
        };
        let mut error = json!({"message": self.to_string(), "type": kind, "param": param, "code": code});
        if let Self::Refused(Refusal::ContextExceeded { prompt, context }) = self
            && let Some(fields) = error.as_object_mut()
        {
            fields.insert("n_prompt_tokens".to_owned(), json!(prompt));
            fields.insert("n_ctx".to_owned(), json!(context));
        }
        json!({ "error": error })
    }
}
