//! The log: to standard error, as text or as JSON.

use handover_config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` is not read: the configuration says what is logged.
pub(crate) fn start(log: &Log, colours: bool) {
    let filter = EnvFilter::new(log.level.as_str());
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    // A second start (the chat's own gateway, tests) keeps the first log.
    let _ = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
