//! The callers: plain sockets that send a request, read its answer, and sometimes leave.

use crate::answer::{self, Proper, Seen, Who};
use crate::ledger::{Judged, Ledger};
use crate::plan::{Leave, Plan};
use handover_bench::Result;
use handover_bench::framing::{self, Chunks, Framing};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout_at};

/// A request that has not ended by then never will: above the route's total in the gateway's configuration, with
/// room for the slowest of the callers.
pub(crate) const DEADLINE: Duration = Duration::from_secs(25);

/// A kept connection is used again if it is younger. The gateway keeps it for 10 s, so it owes it an answer.
const KEPT: Duration = Duration::from_secs(3);

/// How long after a request's end its providers are looked at: time for a close to be seen, and no more.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Of callers that read slowly: socket buffer, bytes per read, and the pause between two reads. The longest answers
/// take them some seconds. With a much smaller buffer TCP itself would hold the sender back, for up to a minute.
const BUFFER: u32 = 32 << 10;
const SIP: usize = 8 << 10;
const PAUSE: Duration = Duration::from_millis(25);

/// How a request ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// As it should.
    Proper(Proper),
    /// The caller left.
    Left,
    /// Not as it should, in words.
    Improper(String),
}

/// All callers.
#[derive(Debug)]
pub(crate) struct Callers {
    pub(crate) gateway: SocketAddr,
    pub(crate) ledger: std::sync::Arc<Ledger>,
    pub(crate) providers: Vec<Who>,
    idle: Mutex<Vec<(TcpStream, Instant)>>,
}

impl Callers {
    pub(crate) fn new(gateway: SocketAddr, ledger: std::sync::Arc<Ledger>, providers: Vec<Who>) -> Self {
        Self { gateway, ledger, providers, idle: Mutex::default() }
    }

    /// Sends a request and stays with it until some time after its end.
    pub(crate) async fn ask(&self, plan: &Plan, ended: impl FnOnce(&Ended, Duration)) -> Judged {
        self.ledger.sent(plan.number);
        let began = Instant::now();
        let outcome = self.answer(plan, began + DEADLINE).await.unwrap_or_else(|why| {
            let Plan { caller, stream, route, slow, fresh, .. } = plan;
            Ended::Improper(format!(
                "{why} [{caller:?}, {route}, stream: {stream}, slow: {slow}, fresh: {fresh}]"
            ))
        });
        ended(&outcome, Instant::now().saturating_duration_since(began));
        sleep(AFTERWARDS).await;
        self.ledger.judge(plan.number)
    }

    /// Closes the connections that are kept.
    pub(crate) fn close(&self) {
        self.idle.lock().clear();
    }

    async fn answer(&self, plan: &Plan, deadline: Instant) -> std::result::Result<Ended, String> {
        let mut stream = self.connection(plan).await.map_err(|e| format!("no connection: {e}"))?;
        let request = plan.request(&self.gateway.to_string());
        let part = match plan.leave {
            Leave::InUpload(share) => (request.len() as f64 * share) as usize,
            Leave::Never | Leave::After(_) | Leave::AfterBytes(_) => request.len(),
        };
        let sending = timeout_at(deadline, stream.write_all(request.get(..part).unwrap_or(&request))).await;
        sending.map_err(|_| "the request was not taken in time")?.map_err(|e| format!("sending: {e}"))?;
        if part < request.len() {
            return Ok(self.leave(plan, stream));
        }
        let leave_at = match plan.leave {
            Leave::After(time) => Some(Instant::now() + time),
            Leave::Never | Leave::InUpload(_) | Leave::AfterBytes(_) => None,
        };
        let until = leave_at.unwrap_or(deadline).min(deadline);
        match timeout_at(until, read(plan, &mut stream)).await {
            Err(_) if leave_at.is_some() => Ok(self.leave(plan, stream)),
            Err(_) => Err(format!("no end within {} s", DEADLINE.as_secs())),
            Ok(Err(e)) => Err(format!("no answer: {e}")),
            Ok(Ok(None)) => Ok(self.leave(plan, stream)),
            Ok(Ok(Some(seen))) => {
                let judged = answer::judge(plan.caller, plan.stream, &seen, &self.providers);
                let proper = judged.map_err(|why| {
                    format!("{why} ({})", seen.header("x-handover-request-id").unwrap_or("no id"))
                })?;
                if !plan.fresh && !plan.slow && seen.whole && seen.header("connection") != Some("close") {
                    self.idle.lock().push((stream, Instant::now()));
                }
                Ok(Ended::Proper(proper))
            }
        }
    }

    fn leave(&self, plan: &Plan, stream: TcpStream) -> Ended {
        self.ledger.left(plan.number);
        drop(stream);
        Ended::Left
    }

    async fn connection(&self, plan: &Plan) -> Result<TcpStream> {
        if plan.slow {
            let socket = TcpSocket::new_v4()?;
            socket.set_recv_buffer_size(BUFFER)?;
            return Ok(socket.connect(self.gateway).await?);
        }
        if !plan.fresh {
            let mut idle = self.idle.lock();
            let now = Instant::now();
            idle.retain(|(_, since)| now.saturating_duration_since(*since) < KEPT);
            if let Some((stream, _)) = idle.pop() {
                return Ok(stream);
            }
        }
        let stream = TcpStream::connect(self.gateway).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Reads an answer to its end, proper or not. Nothing when the caller has had enough of it.
async fn read(plan: &Plan, stream: &mut TcpStream) -> Result<Option<Seen>> {
    let enough = match plan.leave {
        Leave::AfterBytes(bytes) => bytes,
        Leave::Never | Leave::InUpload(_) | Leave::After(_) => usize::MAX,
    };
    let mut bytes = Vec::new();
    let head = loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err("the connection was closed before the head of an answer".into());
        }
        if let Some(head) = framing::head(&bytes) {
            break head;
        }
    };
    let mut seen = describe(&bytes[..head.length])?;
    let mut fresh = bytes.split_off(head.length);
    let mut total = 0;
    let mut chunks = Chunks::default();
    loop {
        total += fresh.len();
        seen.whole = match head.framing {
            Framing::Length(length) => {
                seen.body.extend_from_slice(&fresh);
                length <= seen.body.len()
            }
            Framing::Chunked => chunks.push(&fresh, |payload| seen.body.extend_from_slice(payload)),
        };
        if seen.whole {
            return Ok(Some(seen));
        }
        if total >= enough {
            return Ok(None);
        }
        if plan.slow {
            sleep(PAUSE).await;
        }
        fresh.clear();
        // Without room of its own, a read brings only what happens to fit.
        fresh.reserve(SIP);
        let read = if plan.slow {
            (&mut *stream).take(SIP as u64).read_buf(&mut fresh).await
        } else {
            stream.read_buf(&mut fresh).await
        };
        // A reset is how a body is aborted, as is a close without its end.
        if matches!(read, Ok(0) | Err(_)) {
            return Ok(Some(seen));
        }
    }
}

fn describe(head: &[u8]) -> Result<Seen> {
    let text = std::str::from_utf8(head)?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().parse()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Seen { status, headers, ..Seen::default() })
}
