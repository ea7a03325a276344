//! The three APIs the simulator speaks, and which path belongs to which.

use std::str::FromStr;

use http::{HeaderMap, Method};
use serde::{Deserialize, Serialize};

/// One provider API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// OpenAI chat completions, `POST /v1/chat/completions`.
    OpenAi,
    /// Anthropic messages, `POST /v1/messages`.
    Anthropic,
    /// Cohere chat, second version, `POST /v2/chat`.
    Cohere,
}

impl Dialect {
    /// All dialects, in the order the documentation names them.
    pub const ALL: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Cohere];

    /// The name used in configuration and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Dialect::OpenAi => "openai",
            Dialect::Anthropic => "anthropic",
            Dialect::Cohere => "cohere",
        }
    }

    /// The path of the chat endpoint, as the vendor documents it.
    #[must_use]
    pub fn chat_path(self) -> &'static str {
        match self {
            Dialect::OpenAi => "/v1/chat/completions",
            Dialect::Anthropic => "/v1/messages",
            Dialect::Cohere => "/v2/chat",
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A dialect name that is not one of the three.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown dialect \"{0}\"; the simulator speaks openai, anthropic and cohere")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Dialect::ALL.into_iter().find(|d| d.name() == name).ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}

/// What a request asks for, before its body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Chat(Dialect),
    Models(Dialect),
    /// The path exists, the method does not.
    WrongMethod(Dialect),
    Unknown(Dialect),
}

/// Finds the endpoint. Anything may stand before the vendor's path, so that a `base_url` with a prefix works.
pub(crate) fn endpoint(only: Option<Dialect>, method: &Method, path: &str, headers: &HeaderMap) -> Endpoint {
    let fallback = only.unwrap_or(if headers.contains_key("anthropic-version") {
        Dialect::Anthropic
    } else {
        Dialect::OpenAi
    });
    let path = path.trim_end_matches('/');
    if path.ends_with("/models") {
        return if method == Method::GET {
            Endpoint::Models(fallback)
        } else {
            Endpoint::WrongMethod(fallback)
        };
    }
    let chat = if path.ends_with("/chat/completions") {
        Dialect::OpenAi
    } else if path.ends_with("/messages") {
        Dialect::Anthropic
    } else if path.ends_with("/v2/chat") {
        Dialect::Cohere
    } else {
        return Endpoint::Unknown(fallback);
    };
    match only {
        Some(dialect) if dialect != chat => Endpoint::Unknown(dialect),
        Some(_) | None if method == Method::POST => Endpoint::Chat(chat),
        Some(_) | None => Endpoint::WrongMethod(chat),
    }
}
