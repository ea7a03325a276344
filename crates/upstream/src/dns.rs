//! Names to addresses, with the last good answer kept.
//!
//! On 2024-12-04 a provider's outage began with resolvers that stalled for 30 s (resilience note, fault 1).
//! A name that has been resolved before is therefore still served when its lookup fails or takes too long.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::error::{SendError, SendErrorKind};

type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;
type Lookup = Arc<dyn Fn(String, u16) -> LookupFuture + Send + Sync>;

pub(crate) struct Resolver {
    lookup: Lookup,
    /// The last good addresses by host and port. It grows with the configuration, not with the traffic.
    last_good: Mutex<HashMap<(String, u16), Vec<SocketAddr>>>,
}

impl Resolver {
    /// The system's own resolver.
    pub(crate) fn system() -> Self {
        Self::new(Arc::new(|host, port| {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
        }))
    }

    fn new(lookup: Lookup) -> Self {
        Self { lookup, last_good: Mutex::new(HashMap::new()) }
    }

    /// The addresses of `host`. Where an earlier answer is known, the lookup gets half of `budget` and the
    /// connection the other half; where none is known it may use all of it.
    pub(crate) async fn resolve(
        &self,
        host: &str,
        port: u16,
        budget: Duration,
    ) -> Result<Vec<SocketAddr>, SendError> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let key = (host.to_owned(), port);
        let stale = self.last_good.lock().get(&key).cloned();
        let lookup = (self.lookup)(host.to_owned(), port);
        let outcome = match &stale {
            Some(_) => tokio::time::timeout(budget / 2, lookup)
                .await
                .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "lookup took too long"))),
            None => lookup.await,
        };
        match (outcome, stale) {
            (Ok(addresses), _) if !addresses.is_empty() => {
                self.last_good.lock().insert(key, addresses.clone());
                Ok(addresses)
            }
            (Ok(_), Some(stale)) => Ok(stale),
            (Err(error), Some(stale)) => {
                tracing::warn!(host, %error, "name not resolved, using its last known addresses");
                Ok(stale)
            }
            (Ok(_), None) => Err(SendError::unreached(SendErrorKind::Dns, format!("{host} has no address"))),
            (Err(error), None) => {
                let message = format!("cannot resolve {host}: {error}");
                Err(SendError::unreached(SendErrorKind::Dns, message).caused_by(error))
            }
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("last_good", &self.last_good).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A resolver that answers from a script: an address, `fail`, `none`, or `stall`.
    fn scripted(script: &[&'static str]) -> Resolver {
        let script = Mutex::new(script.iter().rev().copied().collect::<Vec<_>>());
        Resolver::new(Arc::new(move |_, _| {
            let step = script.lock().pop().unwrap();
            Box::pin(async move {
                match step {
                    "fail" => Err(io::Error::other("no such host")),
                    "none" => Ok(Vec::new()),
                    "stall" => std::future::pending().await,
                    address => Ok(vec![address.parse().unwrap()]),
                }
            })
        }))
    }

    async fn check(script: &[&'static str], expected: &[&str]) {
        let resolver = scripted(script);
        let mut actual = Vec::new();
        for _ in script {
            let outcome = resolver.resolve("api.example", 443, Duration::from_secs(2)).await;
            actual.push(match outcome {
                Ok(addresses) => addresses[0].to_string(),
                Err(e) => format!("{:?}, reached: {}", e.kind, e.reached),
            });
        }
        assert_eq!(actual, expected, "{script:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_resolver_does_not_take_a_known_provider_away() {
        check(&["1.2.3.4:443", "fail", "none", "stall"], &["1.2.3.4:443"; 4]).await;
        check(&["1.2.3.4:443", "5.6.7.8:443", "fail"], &["1.2.3.4:443", "5.6.7.8:443", "5.6.7.8:443"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_name_is_a_dns_failure() {
        check(&["fail", "none"], &["Dns, reached: false"; 2]).await;
    }
}
