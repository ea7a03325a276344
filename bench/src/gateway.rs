//! The gateway as a process that is measured: started with a configuration, awaited, ended.

use crate::Result;
use crate::process::Running;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// How long it may take to start; under an instruction counter everything takes fifty times as long.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A gateway that runs.
#[derive(Debug)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    process: Running,
}

impl Gateway {
    /// Runs `command` (the gateway's binary, perhaps behind a tool that watches it) with this configuration, to which
    /// the address is added, and waits until it answers. Its log goes to a file in `folder`.
    ///
    /// # Errors
    /// In words, when it does not start.
    pub async fn start(mut command: Command, folder: &Path, config: &str) -> Result<Self> {
        // Another process could take the address before the gateway does; then the start fails.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let (file, log) = (folder.join("handover.toml"), folder.join("handover.log"));
        std::fs::write(&file, format!("listen = \"{address}\"\n{config}"))?;
        command
            .arg("serve")
            .arg("--config")
            .arg(&file)
            .env("BENCH_KEY", "bench")
            .env("HANDOVER_HOME", folder);
        // The access log is written as in production, to a file: its cost belongs to the gateway.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let mut gateway = Self { address, process: Running::start(&mut command, None)? };
        let began = Instant::now();
        while !gateway.is_healthy().await.unwrap_or(false) {
            if gateway.process.has_ended() || Instant::now().saturating_duration_since(began) > START_LIMIT {
                return Err(format!("the gateway does not start:\n{}", std::fs::read_to_string(&log)?).into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(gateway)
    }

    async fn is_healthy(&self) -> Result<bool> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    }

    /// Ends it as a service manager does, and waits until it is gone.
    ///
    /// # Errors
    /// When it does not go.
    pub async fn end(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.process.pid().to_string()]).status()?;
        let began = Instant::now();
        while !self.process.has_ended() {
            if Instant::now().saturating_duration_since(began) > START_LIMIT {
                return Err("the gateway does not end".into());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}
