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
pub const TOP: Table = Table {
    title: "the top of the file",
    keys: &["listen", "public_names", "limits", "log", "breaker", "budgets", "providers", "routes"],
};

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
pub const LOG: Table = Table { title: "[log]", keys: &["level", "format", "access", "content"] };

/// `[breaker]`
pub const BREAKER: Table = Table {
    title: "[breaker]",
    keys: &["failures", "window", "min_calls", "min_success", "backoff", "max_backoff", "ramp"],
};

/// `[budgets]`
pub const BUDGETS: Table = Table { title: "[budgets]", keys: &["retries", "waste", "waste_floor"] };

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
        "max_concurrency",
        "probe",
        "prefill",
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
pub const REMOTE_ONLY: &[&str] = &[
    "base_url",
    "api_keys",
    "api_key",
    "headers",
    "http2",
    "ca_file",
    "max_concurrency",
    "probe",
    "prefill",
];

/// `[routes.NAME]`
pub const ROUTE: Table = Table {
    title: "[routes.NAME]",
    keys: &[
        "targets",
        "aliases",
        "mid_stream",
        "max_hand_overs",
        "commit_delay",
        "json_stream",
        "timeouts",
        "max_attempts",
        "max_wait",
        "hedge",
        "cache",
        "canary",
    ],
};

/// A target written as a table: a model, or with `any_of` a group of equals.
pub const TARGET: Table = Table {
    title: "a target",
    keys: &[
        "model",
        "any_of",
        "system",
        "temperature",
        "top_p",
        "max_tokens",
        "signal",
        "context",
        "vision",
        "tools",
        "json",
        "prefill",
        "price",
        "timeouts",
    ],
};

/// `price` of a target.
pub const PRICE: Table = Table { title: "the `price` of a target", keys: &["input", "output"] };

/// `hedge` of a route.
pub const HEDGE: Table = Table { title: "the `hedge` of a route", keys: &["after"] };

/// `cache` of a route.
pub const CACHE: Table =
    Table { title: "the `cache` of a route", keys: &["fresh", "stale_if_error", "max_entries"] };

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
pub const TABLES: &[Table] = &[
    TOP,
    LIMITS,
    LOG,
    BREAKER,
    BUDGETS,
    PROVIDER,
    ROUTE,
    TARGET,
    PRICE,
    HEDGE,
    CACHE,
    ROUTE_TIMEOUTS,
    ATTEMPT_TIMEOUTS,
];

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
    ("pricing", "price"),
    ("prices", "price"),
    ("cost", "price"),
    ("costs", "price"),
    ("prompt", "input"),
    ("input_cost", "input"),
    ("input_cost_per_token", "input"),
    ("completion", "output"),
    ("output_cost", "output"),
    ("output_cost_per_token", "output"),
    ("prompts", "content"),
    ("log_content", "content"),
    ("bodies", "content"),
    ("ttft", "first_token"),
    ("idle", "stall"),
    ("deadline", "total"),
    ("request", "total"),
    ("circuit_breaker", "breaker"),
    ("circuit", "breaker"),
    ("outlier_detection", "breaker"),
    ("cooldowns", "breaker"),
    ("retry_budget", "budgets"),
    ("budget", "budgets"),
    ("consecutive", "failures"),
    ("consecutive_failures", "failures"),
    ("consecutive_5xx", "failures"),
    ("max_failures", "failures"),
    ("failure_threshold", "failures"),
    ("threshold", "failures"),
    ("allowed_fails", "failures"),
    ("interval", "window"),
    ("sampling_duration", "window"),
    ("period", "window"),
    ("min_requests", "min_calls"),
    ("minimum_throughput", "min_calls"),
    ("volume", "min_calls"),
    ("success_rate", "min_success"),
    ("min_success_rate", "min_success"),
    ("cooldown", "backoff"),
    ("cooldown_time", "backoff"),
    ("base_ejection_time", "backoff"),
    ("break_duration", "backoff"),
    ("reset_timeout", "backoff"),
    ("max_cooldown", "max_backoff"),
    ("max_ejection_time", "max_backoff"),
    ("slow_start", "ramp"),
    ("warmup", "ramp"),
    ("ramp_up", "ramp"),
    ("retry_ratio", "retries"),
    ("retry_percent", "retries"),
    ("retry", "retries"),
    ("max_waste", "waste"),
    ("reserve", "waste_floor"),
    ("concurrency", "max_concurrency"),
    ("max_parallel", "max_concurrency"),
    ("max_parallel_requests", "max_concurrency"),
    ("max_in_flight", "max_concurrency"),
    ("parallel_requests", "max_concurrency"),
    ("health_check", "probe"),
    ("healthcheck", "probe"),
    ("heartbeat", "probe"),
    ("keep_warm", "probe"),
    ("warm", "probe"),
    ("max_retries", "max_attempts"),
    ("num_retries", "max_attempts"),
    ("retries", "max_attempts"),
    ("max_fallbacks", "max_attempts"),
    ("queue_timeout", "max_wait"),
    ("queue", "max_wait"),
    ("wait", "max_wait"),
    ("stream_failure", "mid_stream"),
    ("on_stream_failure", "mid_stream"),
    ("on_stream_error", "mid_stream"),
    ("stream_fallback", "mid_stream"),
    ("mid_stream_fallback", "mid_stream"),
    ("midstream_fallback", "mid_stream"),
    ("continuation", "mid_stream"),
    ("continue", "mid_stream"),
    ("migration", "mid_stream"),
    ("max_continuations", "max_hand_overs"),
    ("continuations", "max_hand_overs"),
    ("max_stream_fallbacks", "max_hand_overs"),
    ("max_mid_stream_fallbacks", "max_hand_overs"),
    ("max_migrations", "max_hand_overs"),
    ("migration_limit", "max_hand_overs"),
    ("handovers", "max_hand_overs"),
    ("hand_overs", "max_hand_overs"),
    ("hold", "commit_delay"),
    ("hold_back", "commit_delay"),
    ("hold_first_tokens", "commit_delay"),
    ("peek", "commit_delay"),
    ("prebuffer", "commit_delay"),
    ("buffer", "commit_delay"),
    ("stream_delay", "commit_delay"),
    ("json_mode", "json_stream"),
    ("hold_json", "json_stream"),
    ("buffer_json", "json_stream"),
    ("stream_json", "json_stream"),
    ("assistant_prefill", "prefill"),
    ("prefill_assistant", "prefill"),
    ("prefill_mode", "prefill"),
    ("continue_final_message", "prefill"),
    ("continuation", "prefill"),
    ("partial", "prefill"),
    ("hedging", "hedge"),
    ("speculative", "hedge"),
    ("race", "hedge"),
    ("backup_request", "hedge"),
    ("caching", "cache"),
    ("shadow", "canary"),
    ("mirror", "canary"),
    ("traffic_split", "canary"),
    ("delay", "after"),
    ("hedging_delay", "after"),
    ("wait", "after"),
    ("ttl", "fresh"),
    ("max_age", "fresh"),
    ("stale", "stale_if_error"),
    ("max_stale", "stale_if_error"),
    ("size", "max_entries"),
    ("max_size", "max_entries"),
    ("capacity", "max_entries"),
    ("group", "any_of"),
    ("equals", "any_of"),
    ("pool", "any_of"),
    ("members", "any_of"),
    ("deployments", "any_of"),
    ("load_balance", "any_of"),
    ("models", "any_of"),
    ("targets", "any_of"),
];
