//! Whether a provider's address can be reached: name, connection and TLS told apart. Costs nothing and sends no key.

use super::advice::{base_url, fix};
use super::finding::Finding;
use crate::units::human;
use bytes::Bytes;
use handover_config::Provider;
use handover_upstream::{Client, ClientConfig, Origin, Request, SendErrorKind};
use http::{HeaderMap, Method};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The longest an address may take to say anything once the connection stands.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Reaches a provider's address. Any answer in HTTP will do: without a key it is an error as a rule.
pub(crate) async fn reach(provider: &Provider) -> Finding {
    let about = &provider.name;
    let origin = match Origin::parse(base_url(provider)) {
        Ok(origin) => Arc::new(origin.with_http2(provider.http2)),
        Err(e) => return Finding::fail(about, e.to_string()).fix("correct `base_url`"),
    };
    let client = Client::new(ClientConfig { ca_file: provider.ca_file.clone(), ..ClientConfig::default() });
    let endpoint = origin.endpoint.to_string();
    let request = Request {
        method: Method::GET,
        origin,
        path_and_query: "/".to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        connect_timeout: provider.timeouts.connect,
    };
    let began = Instant::now();
    let limit = provider.timeouts.connect.saturating_add(ANSWERS_WITHIN);
    let sent = timeout(limit, client.send(request)).await;
    let took = human(Instant::now().saturating_duration_since(began));
    // The answer's body is of no interest; closing the connection ends it.
    let outcome = sent.map(|answered| answered.map(drop));
    client.shutdown().await;
    let (code, seen) = match outcome {
        Ok(Ok(())) => return Finding::ok(about, format!("{endpoint} reached in {took}")),
        Ok(Err(e)) => match told(e.kind) {
            Some((code, words)) => (code, format!("{endpoint}: {words} ({})", e.message)),
            None => {
                return Finding::ok(
                    about,
                    format!("{endpoint} reached in {took}, and said nothing without a key"),
                );
            }
        },
        Err(_) => {
            return Finding::warn(about, format!("{endpoint} was reached, but said nothing for {took}"));
        }
    };
    Finding::fail(about, seen).fix(fix(code, provider, "", ""))
}

/// What stands between: a code, and words; nothing when the address was reached all the same.
fn told(kind: SendErrorKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        SendErrorKind::Dns => ("dns", "its name does not resolve"),
        SendErrorKind::Connect => ("not_reachable", "no connection, nobody listens there"),
        SendErrorKind::ConnectTimeout => ("connect_timeout", "no connection in time"),
        SendErrorKind::Tls => ("tls", "connected, but TLS failed"),
        SendErrorKind::Protocol => ("protocol", "connected, but it does not speak HTTP"),
        SendErrorKind::Invalid => ("protocol", "the address cannot be asked"),
        SendErrorKind::ResetBeforeHeaders | SendErrorKind::Goaway => return None,
    })
}
