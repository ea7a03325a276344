//! The child process alone, for tests and for trying out the engine: the same arguments as
//! `handover local-worker`.

use std::process::ExitCode;

use handover_local::worker::{WorkerArgs, run_worker};

fn main() -> ExitCode {
    match read(std::env::args().skip(1)) {
        Some(args) => match run_worker(args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        None => ExitCode::from(64),
    }
}

/// Reads `[local-worker] --key value ...`; `None` when something is missing or unknown.
fn read(args: impl Iterator<Item = String>) -> Option<WorkerArgs> {
    let mut args = args.skip_while(|arg| arg == handover_local::protocol::SUBCOMMAND);
    let mut read = WorkerArgs {
        socket: "".into(),
        model: "".into(),
        name: String::new(),
        slots: 4,
        context: 4096,
        threads: 0,
    };
    while let Some(key) = args.next() {
        let value = args.next()?;
        match key.as_str() {
            "--socket" => read.socket = value.into(),
            "--model" => read.model = value.into(),
            "--name" => read.name = value,
            "--slots" => read.slots = value.parse().ok()?,
            "--context" => read.context = value.parse().ok()?,
            "--threads" => read.threads = value.parse().ok()?,
            _ => return None,
        }
    }
    let complete = !read.socket.as_os_str().is_empty() && !read.model.as_os_str().is_empty();
    complete.then_some(read)
}
