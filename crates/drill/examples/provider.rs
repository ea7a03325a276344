//! A simulated provider on a port: `cargo run -p handover-drill --example provider -- 127.0.0.1:4100 "529 then ok"`.
//! With a third word `bench` it is made for load.

use std::error::Error;

use handover_drill::{Playlist, Simulator, serve};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let address = words.next().unwrap_or_else(|| "127.0.0.1:4100".to_owned()).parse()?;
    let script: Playlist = words.next().unwrap_or_else(|| "ok".to_owned()).parse()?;
    let simulator = Simulator::any().default(script).lenient().without_keys();
    let simulator =
        if words.next().is_some_and(|word| word == "bench") { simulator.bench() } else { simulator };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Until the process is killed.
    Ok(runtime.block_on(serve(address, simulator, std::future::pending()))?)
}
