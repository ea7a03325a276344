//! The gateway a command talks to: one that runs, or, for a chat, one of its own for as long as it lasts.

use crate::term::{colours, fail, say, width};
use crate::{EXIT_CONFIG, serve};
use bytes::Bytes;
use handover_config::{Config, Env, Log, LogLevel, Source, SystemEnv, load_offline};
use handover_upstream::{Body, Client, ClientConfig, Origin, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

const CONNECT: Duration = Duration::from_secs(2);
/// The longest a gateway that runs takes to tell about itself.
const TELLS_WITHIN: Duration = Duration::from_secs(10);
/// The longest a test of a target takes.
const TESTS_WITHIN: Duration = Duration::from_secs(60);

/// Where the gateway is: arguments that every command has that talks to one.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Place {
    /// The configuration file, for the gateway's address
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The gateway's address [default: the configuration's `listen`]
    #[arg(long, env = "HANDOVER_URL", value_name = "URL")]
    url: Option<String>,
}

impl Place {
    /// The gateway that runs there, or, when none does, one of our own; see [`Gateway::find`].
    pub(crate) async fn find(&self) -> Result<Gateway, ExitCode> {
        Gateway::find(self.url.as_deref(), self.config.as_deref()).await
    }

    /// The gateway that runs there; see [`Gateway::running`].
    pub(crate) async fn running(&self) -> Result<Gateway, Absent> {
        Gateway::running(self.url.as_deref(), self.config.as_deref()).await
    }
}

/// Why there is no gateway to ask.
#[derive(Debug)]
pub(crate) enum Absent {
    /// The address is not known: the configuration is wrong, and that has been said.
    Unknown(ExitCode),
    /// Nobody answers there; in words, with what to do.
    Silent(String),
}

/// Where questions go.
#[derive(Debug)]
pub(crate) struct Gateway {
    client: Client,
    origin: Arc<Origin>,
    own: Option<(oneshot::Sender<()>, JoinSet<()>)>,
}

impl Gateway {
    /// A gateway at `url`; or the one that runs at the configured address; or, when none does, one of our own.
    async fn find(url: Option<&str>, config: Option<&Path>) -> Result<Self, ExitCode> {
        let client = Client::new(ClientConfig::default());
        if let Some(url) = url {
            let origin = Origin::parse(url).map_err(|e| fail(&format!("{url}: {e}")))?;
            return Ok(Self { client, origin: Arc::new(origin), own: None });
        }
        let mut config = serve::configuration(config)?;
        let origin = Origin::parse(&format!("http://{}", config.listen)).map_err(|e| fail(&e.to_string()))?;
        let running = Self { client, origin: Arc::new(origin), own: None };
        if running.get("/healthz").await.is_ok_and(|response| is_a_gateways(&response)) {
            return Ok(running);
        }
        // A chat shows its own notices; the log would stand between them.
        config.log = Log { level: LogLevel::Error, access: false, ..config.log };
        Self::start(running.client, &config).await.map_err(|e| fail(&e))
    }

    /// The gateway that runs at `url`, or at the configured address. Does not start one.
    pub(crate) async fn running(url: Option<&str>, config: Option<&Path>) -> Result<Self, Absent> {
        let url = match url {
            Some(url) => url.to_owned(),
            None => configured(config).map_err(Absent::Unknown)?,
        };
        let origin = Origin::parse(&url).map_err(|e| Absent::Unknown(fail(&format!("{url}: {e}"))))?;
        let client = Client::new(ClientConfig::default());
        let gateway = Self { client, origin: Arc::new(origin), own: None };
        let asked = tokio::time::timeout(TELLS_WITHIN, gateway.get("/healthz")).await;
        match asked {
            Ok(Ok(response)) if is_a_gateways(&response) => Ok(gateway),
            Ok(Ok(response)) => {
                let status = response.status();
                let told =
                    if status.is_success() { String::new() } else { format!(" (it answered {status})") };
                Err(Absent::Silent(format!(
                    "what runs at {url} is no Handover gateway{told}\n  help: name the gateway with --url"
                )))
            }
            Ok(Err(_)) | Err(_) => Err(Absent::Silent(format!(
                "no gateway is running at {url}\n  help: start one with `handover serve`, or name another with --url"
            ))),
        }
    }

    /// Where it is, for people.
    pub(crate) fn address(&self) -> &str {
        &self.origin.authority
    }

    /// Reads JSON.
    pub(crate) async fn get_json(&self, path: &str) -> Result<(StatusCode, Value), String> {
        let asking = async {
            let response = self.get(path).await?;
            let status = response.status();
            let raw = handover_upstream::collect(response.into_body(), 16 << 20)
                .await
                .map_err(|e| e.to_string())?;
            let value = serde_json::from_slice(&raw).map_err(|e| format!("it answered no JSON: {e}"))?;
            Ok((status, value))
        };
        let silent = || format!("the gateway at {} does not answer", self.origin.authority);
        tokio::time::timeout(TELLS_WITHIN, asking).await.unwrap_or_else(|_| Err(silent()))
    }

    /// Sends JSON and reads JSON. A model may be asked on the way, so the answer may take as long as one.
    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Result<(StatusCode, Value), String> {
        let asking = async {
            let response = self.post(path, body).await?;
            let status = response.status();
            let raw =
                handover_upstream::collect(response.into_body(), 1 << 20).await.map_err(|e| e.to_string())?;
            let value = serde_json::from_slice(&raw).map_err(|e| format!("it answered no JSON: {e}"))?;
            Ok((status, value))
        };
        let silent = || format!("the gateway at {} does not answer", self.origin.authority);
        tokio::time::timeout(TESTS_WITHIN, asking).await.unwrap_or_else(|_| Err(silent()))
    }

    async fn start(client: Client, config: &Config) -> Result<Self, String> {
        crate::logging::start(&config.log, crate::term::colours(&SystemEnv));
        let server = serve::server(config)?;
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.map_err(|e| format!("cannot listen: {e}"))?;
        let address = listener.local_addr().map_err(|e| format!("cannot listen: {e}"))?;
        let origin = Origin::parse(&format!("http://{address}")).map_err(|e| e.to_string())?;
        let (stop, stopped) = oneshot::channel::<()>();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            if let Err(e) = server.serve(listener, async { drop(stopped.await) }).await {
                say(&format!("error: the gateway could not be started: {e}"));
            }
        });
        if SystemEnv.get("HANDOVER_QUIET").is_none() {
            say(&format!("no gateway runs at {}; using one of this chat's own", config.listen));
        }
        Ok(Self { client, origin: Arc::new(origin), own: Some((stop, tasks)) })
    }

    /// Ends a gateway of our own.
    pub(crate) async fn stop(self) {
        self.client.shutdown().await;
        if let Some((stop, mut tasks)) = self.own {
            drop(stop);
            while tasks.join_next().await.is_some() {}
        }
    }

    /// The first name the gateway serves: its first route.
    pub(crate) async fn first_model(&self) -> Result<String, String> {
        let response = self.get("/v1/models").await?;
        let raw =
            handover_upstream::collect(response.into_body(), 1 << 20).await.map_err(|e| e.to_string())?;
        let value: Value = serde_json::from_slice(&raw).map_err(|e| e.to_string())?;
        let first = value.pointer("/data/0/id").and_then(Value::as_str);
        first.map(str::to_owned).ok_or_else(|| "the gateway serves no model".to_owned())
    }

    /// Reads, as it comes.
    pub(crate) async fn get(&self, path: &str) -> Result<Response<Body>, String> {
        self.send(Method::GET, path, HeaderMap::new(), Bytes::new()).await
    }

    /// Takes something away.
    pub(crate) async fn delete(&self, path: &str) -> Result<Response<Body>, String> {
        self.send(Method::DELETE, path, HeaderMap::new(), Bytes::new()).await
    }

    /// Asks a question.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Response<Body>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.send(Method::POST, path, headers, Bytes::from(body.to_string())).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Body>, String> {
        let request = Request {
            method,
            origin: self.origin.clone(),
            path_and_query: path.to_owned(),
            headers,
            body,
            connect_timeout: CONNECT,
        };
        self.client
            .send(request)
            .await
            .map_err(|e| format!("the gateway at {} does not answer: {e}", self.origin.authority))
    }
}

/// Whether a gateway that is well has answered. Other servers answer JSON to whatever they are asked, too; every answer
/// of a gateway has its request's id.
fn is_a_gateways(response: &Response<Body>) -> bool {
    response.status().is_success() && response.headers().contains_key("x-handover-request-id")
}

/// The configured address. Whether keys are there does not matter for it.
fn configured(config: Option<&Path>) -> Result<String, ExitCode> {
    match load_offline(&Source::locate(config, &SystemEnv), &SystemEnv) {
        Ok(loaded) => Ok(format!("http://{}", loaded.config.listen)),
        Err(report) => {
            say(report.render(colours(&SystemEnv), width(&SystemEnv)).trim_end());
            Err(ExitCode::from(EXIT_CONFIG))
        }
    }
}
