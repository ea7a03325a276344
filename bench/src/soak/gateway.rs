//! The gateway under test: the real binary, its configuration, and what the kernel says about it.

use crate::provider::Provider;
use handover_bench::Result;
use handover_bench::framing;
use handover_bench::process::Running;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Idle connections that one serving thread keeps to one provider (`handover-upstream`).
const POOL: usize = 64;

/// The running gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    process: Running,
}

/// What the kernel counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Connections with callers.
    pub(crate) callers: usize,
    /// Connections with providers.
    pub(crate) providers: usize,
    /// Reset by the other side, and still held: the kernel no longer says whose they were.
    pub(crate) dead: usize,
    /// The listener, and whatever the runtime needs.
    pub(crate) other: usize,
    pub(crate) threads: usize,
    /// Resident memory, KiB.
    pub(crate) memory: u64,
}

impl Gateway {
    /// Starts it and waits until it answers. Its log goes to a file in `folder`.
    pub(crate) async fn start(binary: &Path, folder: &Path, providers: &[Arc<Provider>]) -> Result<Self> {
        let address = free_address()?;
        let file = folder.join("handover.toml");
        fs::write(&file, config(address, providers))?;
        let log = File::create(log_of(folder))?;
        let mut command = Command::new(binary);
        command.arg("serve").arg("--config").arg(&file).env("SOAK_KEY", "sk-soak");
        command.env("HANDOVER_HOME", folder).env("NO_COLOR", "1").current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut gateway = Self { address, process: Running::start(&mut command, None)? };
        let began = Instant::now();
        while !matches!(gateway.get("/healthz").await, Ok((200, _))) {
            if gateway.process.has_ended() {
                return Err(format!("the gateway ended:\n{}", fs::read_to_string(log_of(folder))?).into());
            }
            if Instant::now().saturating_duration_since(began) > START_LIMIT {
                return Err("the gateway does not answer".into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(gateway)
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        !self.process.has_ended()
    }

    /// Status and body of a path.
    async fn get(&self, path: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await??;
        let head = framing::head(&bytes).ok_or("no head")?;
        let text = String::from_utf8_lossy(&bytes[..head.length]).into_owned();
        let status = text.split(' ').nth(1).ok_or("no status")?.parse()?;
        let body = match head.framing {
            framing::Framing::Length(_) => bytes.split_off(head.length),
            framing::Framing::Chunked => {
                let mut body = Vec::new();
                framing::Chunks::default().push(&bytes[head.length..], |part| body.extend_from_slice(part));
                body
            }
        };
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }

    /// What the gateway itself says is under way, by name; nothing where it says nothing.
    pub(crate) async fn gauges(&self) -> Vec<(String, f64)> {
        let mut gauges = Vec::new();
        if let Ok((200, text)) = self.get("/metrics").await {
            gauges.extend(text.lines().filter(|line| is_under_way(line)).filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            }));
        }
        if let Ok((200, text)) = self.get("/api/status").await
            && let Ok(status) = serde_json::from_str::<Value>(&text)
        {
            collect(&status, "status", &mut gauges);
        }
        gauges
    }

    pub(crate) fn counts(&self, providers: &[Arc<Provider>]) -> Counts {
        let pid = self.process.pid();
        let mut counts = Counts::default();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let field = |name: &str| -> Option<u64> {
            status.lines().find(|line| line.starts_with(name))?.split_whitespace().nth(1)?.parse().ok()
        };
        counts.threads = field("Threads:").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        counts.memory = field("VmRSS:").unwrap_or(0);
        let sockets = sockets_of(pid);
        let read = |name| fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap_or_default();
        let (tcp, unix) = (read("tcp"), read("unix"));
        for (local, remote, inode) in tcp.lines().skip(1).filter_map(entry) {
            if !sockets.contains(inode) {
                continue;
            }
            if providers.iter().any(|provider| provider.address.port() == remote) {
                counts.providers += 1;
            } else if local == self.address.port() && remote != 0 {
                counts.callers += 1;
            } else {
                counts.other += 1;
            }
        }
        counts.other += unix
            .lines()
            .filter_map(|line| line.split_whitespace().nth(6))
            .filter(|i| sockets.contains(*i))
            .count();
        counts.dead = sockets.len().saturating_sub(counts.callers + counts.providers + counts.other);
        counts
    }
}

/// The most idle connections that the gateway may keep.
pub(crate) fn pool_bound(providers: usize) -> usize {
    POOL * providers * std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

pub(crate) fn log_of(folder: &Path) -> std::path::PathBuf {
    folder.join("gateway.log")
}

fn is_under_way(line: &str) -> bool {
    !line.starts_with('#')
        && ["in_flight", "active_requests", "queued", "under_way"].iter().any(|w| line.contains(w))
}

fn collect(value: &Value, path: &str, gauges: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                match value.as_f64() {
                    Some(number) if is_under_way(name) => gauges.push((path, number)),
                    Some(_) => {}
                    None => collect(value, &path, gauges),
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{at}]"), gauges);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Inodes of a process's sockets.
fn sockets_of(pid: u32) -> BTreeSet<String> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let links = files.filter_map(|file| fs::read_link(file.path()).ok());
    links
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect()
}

/// Local port, remote port and inode of a line of `/proc/net/tcp`.
fn entry(line: &str) -> Option<(u16, u16, &str)> {
    let port = |address: &str| u16::from_str_radix(address.split_once(':')?.1, 16).ok();
    let fields: Vec<&str> = line.split_whitespace().collect();
    Some((port(fields.get(1)?)?, port(fields.get(2)?)?, fields.get(9)?))
}

/// A free address outside of the range that outgoing connections take: a provider's port is closed and opened again,
/// and nothing may sit on it meanwhile.
pub(crate) fn free_address() -> Result<SocketAddr> {
    use std::hash::{BuildHasher, Hasher};
    for _ in 0..1000 {
        let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
        let port = u16::try_from(12_000 + random % 18_000)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
        }
    }
    Err("no free port".into())
}

/// Every clock is short, so that in an hour each one fires thousands of times. Budgets and limits are the defaults.
/// How a provider is made to go on with another's answer: each one says what is its own, behind what it is given.
fn prefill(dialect: handover_drill::Dialect) -> &'static str {
    match dialect {
        handover_drill::Dialect::OpenAi => "continue_final_message",
        handover_drill::Dialect::Anthropic => "trailing",
        // It knows no way. Asked in words it answers anew, so that no seam is found and another one is asked.
        handover_drill::Dialect::Cohere => "none",
    }
}

fn config(listen: SocketAddr, providers: &[Arc<Provider>]) -> String {
    let mut text = format!(
        "listen = \"{listen}\"\n\n[breaker]\nbackoff = \"500ms\"\nmax_backoff = \"2s\"\nramp = \"1s\"\nwindow = \"5s\"\n\n"
    );
    let mut ids = Vec::new();
    for provider in providers {
        let path = if provider.dialect == handover_drill::Dialect::OpenAi { "/v1" } else { "" };
        let _ = write!(
            text,
            "[providers.{}]\ndialect = \"{}\"\nbase_url = \"http://{}{path}\"\napi_keys = [\"env:SOAK_KEY\"]\n\
             probe = \"20s\"\nprefill = \"{}\"\ntimeouts = {{ connect = \"300ms\", first_token = \"1s\", stall = \"600ms\", progress = \"2s\" }}\n\n",
            provider.name,
            provider.dialect,
            provider.address,
            prefill(provider.dialect)
        );
        ids.push(format!("\"{}/{}\"", provider.name, provider.model));
    }
    if let [a, b, c, last] = ids.as_slice() {
        let mut route = |name: &str, targets: [&str; 4], more: &str| {
            let targets = targets.join(", ");
            let _ = write!(
                text,
                "[routes.{name}]\ntargets = [{targets}]\nmax_wait = \"500ms\"\ntimeouts = {{ total = \"15s\" }}\n{more}\n"
            );
        };
        route("amber-first", [a, b, c, last], "");
        route("birch-first", [b, c, a, last], "canary = 0.02\n");
        route("cedar-first", [c, a, b, last], "");
        route("hedged", [a, c, b, last], "hedge = { after = \"250ms\" }\n");
        let _ = write!(
            text,
            "[routes.equals]\ntargets = [{{ any_of = [{a}, {b}, {c}] }}, {last}]\ntimeouts = {{ total = \"15s\" }}\n"
        );
    }
    text
}
