//! The world outside, as dispatch sees it: providers on the network, and the local engine's child process.

use crate::workers;
use handover_dispatch::{Outgoing, ProviderId, Upstream};
use handover_policy::{Failure, Kind};
use handover_upstream::{Body, BodyError, Client, ClientConfig, Origin, Request, SendError, SendErrorKind};
use http::{Method, Response};
use std::sync::Arc;

/// How a provider is reached.
#[derive(Debug)]
pub enum Way {
    /// Over HTTP.
    Http {
        /// Its connections: a pool for each serving thread, since a connection belongs to the thread that made it.
        clients: Vec<Client>,
        /// Where it is.
        origin: Arc<Origin>,
    },
    /// The local engine, over the socket of its child process.
    #[cfg(feature = "local")]
    Local {
        /// Connections to the child, a pool for each serving thread.
        clients: Vec<Client>,
        /// Starts and watches the child.
        supervisor: handover_local::supervisor::Supervisor,
    },
    /// A local provider in a build without the local engine.
    NotBuilt,
}

/// Reaches every provider of a configuration.
#[derive(Debug, Default)]
pub struct Network {
    ways: Vec<Way>,
}

impl Network {
    /// Adds a provider and names it.
    pub fn add(&mut self, way: Way) -> ProviderId {
        self.ways.push(way);
        ProviderId(self.ways.len() - 1)
    }

    /// Starts a local model, without waiting for it.
    pub fn preload(&self, provider: ProviderId, model: &str) {
        match self.way(provider) {
            Way::Http { .. } | Way::NotBuilt => {
                let _ = model;
            }
            #[cfg(feature = "local")]
            Way::Local { supervisor, .. } => {
                if let Err(e) = supervisor.preload(model) {
                    tracing::warn!(model, error = %e, "the local model could not be started");
                }
            }
        }
    }

    /// Ends all connections and child processes.
    pub async fn shutdown(&self) {
        for way in &self.ways {
            match way {
                Way::Http { clients, .. } => shutdown(clients).await,
                #[cfg(feature = "local")]
                Way::Local { clients, supervisor } => {
                    shutdown(clients).await;
                    supervisor.shutdown().await;
                }
                Way::NotBuilt => {}
            }
        }
    }

    fn way(&self, provider: ProviderId) -> &Way {
        self.ways.get(provider.0).unwrap_or(&Way::NotBuilt)
    }
}

/// A pool for each serving thread.
pub(crate) fn pools(config: &ClientConfig) -> Vec<Client> {
    (0..workers::count()).map(|_| Client::new(config.clone())).collect()
}

async fn shutdown(clients: &[Client]) {
    for client in clients {
        client.shutdown().await;
    }
}

fn not_built() -> Failure {
    Failure::new(Kind::Engine("this build has no local engine (feature `local`)".to_owned()))
}

impl Upstream for Network {
    type Body = Body;

    async fn ready(&self, provider: ProviderId, model: &str) -> Result<(), Failure> {
        match self.way(provider) {
            Way::Http { .. } => Ok(()),
            #[cfg(feature = "local")]
            Way::Local { supervisor, .. } => supervisor.ready(model).await.map(drop).map_err(engine_failure),
            Way::NotBuilt => {
                let _ = model;
                Err(not_built())
            }
        }
    }

    async fn send(&self, provider: ProviderId, outgoing: Outgoing) -> Result<Response<Body>, Failure> {
        let Outgoing { path, headers, body, connect_timeout, model } = outgoing;
        let request = |origin, path_and_query| Request {
            method: Method::POST,
            origin,
            path_and_query,
            headers,
            body,
            connect_timeout,
        };
        let sent = match self.way(provider) {
            Way::Http { clients, origin } => {
                let request = request(Arc::clone(origin), path.to_owned());
                own(clients)?.send(request).await
            }
            #[cfg(feature = "local")]
            Way::Local { clients, supervisor } => {
                let ready = supervisor.ready(&model).await.map_err(engine_failure)?;
                let request = request(unix(&ready), format!("/v1{path}"));
                let client = own(clients)?;
                match client.send(request.clone()).await {
                    // The child may have died a moment ago, unnoticed until now; nobody has seen any of its answer,
                    // so its successor is asked. Once: a request that kills two of them is left to others.
                    Err(e) if unanswered(&e) => {
                        tracing::debug!(%model, error = %e, "the local engine did not answer");
                        if supervisor.is_gone(&model, &ready).await.map_err(engine_failure)? {
                            let ready = supervisor.ready(&model).await.map_err(engine_failure)?;
                            client.send(Request { origin: unix(&ready), ..request }).await
                        } else {
                            Err(e)
                        }
                    }
                    sent => sent,
                }
            }
            Way::NotBuilt => {
                drop(model);
                return Err(not_built());
            }
        };
        sent.map_err(|e| send_failure(e, connect_timeout))
    }

    fn broken(error: BodyError) -> Failure {
        tracing::debug!(error = %error, "a provider's answer broke off");
        Failure::new(Kind::Truncated)
    }
}

/// The calling thread's own pool.
fn own(clients: &[Client]) -> Result<&Client, Failure> {
    clients.get(workers::index()).or(clients.first()).ok_or_else(not_built)
}

#[cfg(feature = "local")]
fn unix(ready: &handover_local::supervisor::Ready) -> Arc<Origin> {
    Arc::new(Origin::unix(ready.socket.clone()))
}

/// The connection could not be made, or closed before the head of an answer.
#[cfg(feature = "local")]
fn unanswered(error: &SendError) -> bool {
    matches!(error.kind, SendErrorKind::Connect | SendErrorKind::ResetBeforeHeaders)
}

#[cfg(feature = "local")]
fn engine_failure(error: handover_local::supervisor::LocalError) -> Failure {
    use handover_local::supervisor::LocalError;
    let retry_after = match &error {
        LocalError::Resting { retry_after, .. } => Some(*retry_after),
        LocalError::Unknown(_) | LocalError::Stopped => None,
    };
    Failure { retry_after, ..Failure::new(Kind::Engine(error.to_string())) }
}

fn send_failure(error: SendError, connect_timeout: std::time::Duration) -> Failure {
    tracing::debug!(error = %error, "a provider could not be asked");
    let kind = match error.kind {
        SendErrorKind::Dns => Kind::Dns,
        SendErrorKind::Connect => Kind::Connect,
        SendErrorKind::ConnectTimeout => Kind::ConnectTimeout(connect_timeout),
        SendErrorKind::Tls => Kind::Tls,
        SendErrorKind::ResetBeforeHeaders => Kind::Reset,
        SendErrorKind::Protocol | SendErrorKind::Invalid => Kind::Protocol,
        SendErrorKind::Goaway => Kind::Goaway,
    };
    Failure { reached: error.reached, ..Failure::new(kind) }
}
