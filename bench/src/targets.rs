//! What is measured: the upstream itself, nginx, Handover and whatever else the user named.

use crate::http1;
use handover_bench::Result;
use handover_bench::process::Running;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// Something that takes the load.
#[derive(Debug)]
pub(crate) struct Target {
    /// As printed.
    pub(crate) name: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Whose CPU time and memory count; nobody's for the direct way.
    pub(crate) pid: Option<u32>,
}

/// Everything that runs during the benchmark; it ends with this value.
#[derive(Debug)]
pub(crate) struct House {
    targets: Vec<Target>,
    /// Ended in this order: what stands in front first.
    _running: Vec<Running>,
    _folder: tempfile::TempDir,
}

/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(20);

impl House {
    /// Starts the upstream, nginx and, with its binary, Handover.
    pub(crate) async fn start(handover: Option<&Path>, others: &[String], upstream: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (upstream_process, upstream) = start_upstream(upstream)?;
        let mut targets = vec![Target { name: "direct".into(), address: upstream, pid: None }];
        let mut running = Vec::new();

        let address = free_address()?;
        let nginx = start_nginx(folder.path(), address, upstream)?;
        targets.push(Target { name: NGINX.into(), address, pid: Some(nginx.pid()) });
        running.push(nginx);
        if let Some(binary) = handover {
            let address = free_address()?;
            let gateway = start_handover(binary, folder.path(), address, upstream)?;
            targets.push(Target { name: "handover".into(), address, pid: Some(gateway.pid()) });
            running.push(gateway);
        }
        for other in others {
            targets.push(named(other)?);
        }
        // Index 0 is the upstream; the processes follow in the targets' order.
        for (at, target) in targets.iter().enumerate() {
            let process = at.checked_sub(1).and_then(|at| running.get_mut(at));
            answers(target, process).await.map_err(|error| format!("{}: {error}", target.name))?;
        }
        running.push(upstream_process);
        Ok(Self { targets, _running: running, _folder: folder })
    }

    /// In the order in which they run within a round.
    pub(crate) fn targets(&self) -> &[Target] {
        &self.targets
    }
}

/// The target that the others are compared with.
pub(crate) const NGINX: &str = "nginx";

fn start_upstream(listen: &str) -> Result<(Running, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--serve-upstream", "--upstream-listen", listen]).stdout(Stdio::piped());
    let mut process = Running::start(&mut command, None)?;
    let mut line = String::new();
    BufReader::new(process.stdout().ok_or("the upstream has no output")?).read_line(&mut line)?;
    let address = line.trim().parse().map_err(|_| format!("the upstream cannot listen on {listen}"))?;
    Ok((process, address))
}

fn start_nginx(folder: &Path, listen: SocketAddr, upstream: SocketAddr) -> Result<Running> {
    let at = folder.display();
    let config = format!(
        "daemon off; worker_processes 1; pid {at}/nginx.pid; error_log {at}/nginx.log crit;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n  access_log off; keepalive_requests 1000000000;\n\
         client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;\n\
         uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
         upstream provider {{ server {upstream}; keepalive 512; keepalive_requests 1000000000; }}\n\
         server {{ listen {listen}; location / {{\n\
         proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_buffering off;\n\
         }} }}\n}}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config)?;
    let nginx = || {
        let mut command = Command::new("nginx");
        command.arg("-e").arg(folder.join("nginx.log")).arg("-c").arg(&file);
        command
    };
    // The master's workers outlive a kill: nginx ends itself.
    let mut stop = nginx();
    stop.args(["-s", "stop"]);
    Running::start(&mut nginx(), Some(stop))
}

fn start_handover(binary: &Path, folder: &Path, listen: SocketAddr, upstream: SocketAddr) -> Result<Running> {
    let config = format!(
        "listen = \"{listen}\"\n\n[providers.upstream]\ndialect = \"openai\"\nbase_url = \"http://{upstream}/v1\"\n\
         api_keys = [\"env:BENCH_KEY\"]\n\n[routes.default]\ntargets = [\"upstream/bench-model\"]\n"
    );
    let file = folder.join("handover.toml");
    std::fs::write(&file, config)?;
    let mut command = Command::new(binary);
    command.arg("serve").arg("--config").arg(&file).env("BENCH_KEY", "bench");
    command.env("HANDOVER_HOME", folder).stdin(Stdio::null()).stdout(Stdio::null());
    // The access log is written as in production, to a file: its cost belongs to the gateway.
    command.stderr(std::fs::File::create(log_of_handover(folder))?);
    Running::start(&mut command, None)
}

fn log_of_handover(folder: &Path) -> PathBuf {
    folder.join("handover.log")
}

fn named(text: &str) -> Result<Target> {
    let wrong = || format!("`{text}` is not name=http://HOST:PORT or name=http://HOST:PORT#PID");
    let (name, url) = text.split_once('=').ok_or_else(wrong)?;
    let (url, pid) = match url.split_once('#') {
        Some((url, pid)) => (url, Some(pid.parse().map_err(|_| wrong())?)),
        None => (url, None),
    };
    let address = url.strip_prefix("http://").ok_or_else(wrong)?.trim_end_matches('/');
    Ok(Target { name: name.to_owned(), address: address.parse().map_err(|_| wrong())?, pid })
}

/// A free address of this machine. Another process could take it before the server does; then the start fails.
fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Asks until the first good answer, so that no measure begins before its server is there.
async fn answers(target: &Target, mut process: Option<&mut Running>) -> Result<()> {
    let began = Instant::now();
    loop {
        let error = match first_answer(target).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if process.as_mut().is_some_and(|process| process.has_ended()) {
            return Err("it ended instead of listening".into());
        }
        if Instant::now().saturating_duration_since(began) > START_LIMIT {
            return Err(format!("no good answer within {} s: {error}", START_LIMIT.as_secs()).into());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn first_answer(target: &Target) -> Result<()> {
    let mut stream = TcpStream::connect(target.address).await?;
    stream.write_all(&crate::shape::Answer::Json.request(&target.address.to_string())).await?;
    http1::answer(&mut stream, &mut Vec::new(), false, |_| ()).await
}
