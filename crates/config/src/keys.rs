//! Every key of the file, listed once.
//!
//! The reader refuses what is not listed here, the suggestions come from here, and a test checks that
//! `docs/reference/config.md` explains each of them.

/// One kind of table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// How a person writes it, with `NAME` for a name of their choice.
    pub title: &'static str,
    /// The keys it may hold.
    pub keys: &'static [&'static str],
}

/// The top of the file.
pub const TOP: Table =
    Table { title: "the top of the file", keys: &["listen", "limits", "log", "providers", "routes"] };

/// `[limits]`
pub const LIMITS: Table = Table {
    title: "[limits]",
    keys: &[
        "max_body",
        "max_header_bytes",
        "body_timeout",
        "header_timeout",
        "write_timeout",
        "max_connections",
    ],
};

/// `[log]`
pub const LOG: Table = Table { title: "[log]", keys: &["level", "format", "access"] };

/// `[providers.NAME]`
pub const PROVIDER: Table = Table {
    title: "[providers.NAME]",
    keys: &[
        "dialect",
        "base_url",
        "api_keys",
        "api_key",
        "headers",
        "http2",
        "ca_file",
        "anthropic_version",
        "timeouts",
        "slots",
        "context",
        "threads",
        "preload",
        "hang_timeout",
    ],
};

/// The keys of a provider that only the embedded engine has.
pub const LOCAL_ONLY: &[&str] = &["slots", "context", "threads", "preload", "hang_timeout"];

/// The keys of a provider that only one reached over the network has.
pub const REMOTE_ONLY: &[&str] = &["base_url", "api_keys", "api_key", "headers", "http2", "ca_file"];

/// `[routes.NAME]`
pub const ROUTE: Table =
    Table { title: "[routes.NAME]", keys: &["targets", "aliases", "mid_stream", "timeouts"] };

/// A target written as a table.
pub const TARGET: Table = Table {
    title: "a target",
    keys: &[
        "model",
        "system",
        "temperature",
        "top_p",
        "max_tokens",
        "signal",
        "context",
        "vision",
        "tools",
        "json",
        "timeouts",
    ],
};

/// `timeouts` of a route.
pub const ROUTE_TIMEOUTS: Table = Table {
    title: "the `timeouts` of a route",
    keys: &["connect", "first_token", "stall", "progress", "total"],
};

/// `timeouts` of a provider or a target: `total` is a matter of the whole request, so of the route.
pub const ATTEMPT_TIMEOUTS: Table = Table {
    title: "the `timeouts` of a provider or a target",
    keys: &["connect", "first_token", "stall", "progress"],
};

/// Every kind of table.
pub const TABLES: &[Table] = &[TOP, LIMITS, LOG, PROVIDER, ROUTE, TARGET, ROUTE_TIMEOUTS, ATTEMPT_TIMEOUTS];

/// Words people use for our keys, from other gateways, SDKs and plain habit: (theirs, ours).
pub(crate) const SYNONYMS: &[(&str, &str)] = &[
    ("address", "listen"),
    ("bind", "listen"),
    ("host", "listen"),
    ("port", "listen"),
    ("logging", "log"),
    ("provider", "providers"),
    ("targets", "providers"),
    ("models", "routes"),
    ("model_list", "routes"),
    ("route", "routes"),
    ("type", "dialect"),
    ("kind", "dialect"),
    ("api", "dialect"),
    ("url", "base_url"),
    ("endpoint", "base_url"),
    ("api_base", "base_url"),
    ("key", "api_keys"),
    ("token", "api_keys"),
    ("auth", "api_keys"),
    ("keys", "api_keys"),
    ("parallel", "slots"),
    ("n_ctx", "context"),
    ("fallbacks", "targets"),
    ("models", "targets"),
    ("backups", "targets"),
    ("providers", "targets"),
    ("alias", "aliases"),
    ("timeout", "timeouts"),
    ("name", "model"),
    ("target", "model"),
    ("prompt", "system"),
    ("system_prompt", "system"),
    ("max_completion_tokens", "max_tokens"),
    ("context_window", "context"),
    ("ttft", "first_token"),
    ("idle", "stall"),
    ("deadline", "total"),
    ("request", "total"),
];
