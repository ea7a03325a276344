//! Child processes, and what the kernel says about a process and its children: CPU time and memory.

use crate::Result;
use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command};

/// A child process that ends with this value.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Run first, for a program that has children of its own to end.
    stop: Option<Command>,
}

impl Running {
    /// Starts `command`; `stop` is run before the child is ended.
    pub fn start(command: &mut Command, stop: Option<Command>) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|error| format!("cannot start {name}: {error}"))?;
        Ok(Self { child, stop })
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The pipe to the child's output, once.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether the child has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Errors mean that the child is gone already, which is what is wanted.
        if let Some(stop) = &mut self.stop {
            let _ = stop.status();
        } else {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// CPU time so far, by thread; kept per thread so that a thread that ends between two looks does not count twice.
#[derive(Debug, Default)]
pub struct CpuTime(BTreeMap<u32, u64>);

impl CpuTime {
    /// Reads the counters of `pid` and all its descendants.
    pub fn of(pid: u32) -> Self {
        let mut threads = BTreeMap::new();
        for pid in family(pid) {
            for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
                let Some(tid) = task.file_name().to_str().and_then(|name| name.parse().ok()) else {
                    continue;
                };
                // The first field of schedstat is time on a CPU, in nanoseconds.
                let nanoseconds = fs::read_to_string(task.path().join("schedstat"))
                    .ok()
                    .and_then(|text| text.split(' ').next().and_then(|field| field.parse().ok()));
                threads.insert(tid, nanoseconds.unwrap_or(0));
            }
        }
        Self(threads)
    }

    /// Microseconds spent since `earlier`.
    pub fn since(&self, earlier: &Self) -> f64 {
        let spent = |(tid, now): (&u32, &u64)| now.saturating_sub(earlier.0.get(tid).copied().unwrap_or(0));
        self.0.iter().map(spent).sum::<u64>() as f64 / 1000.0
    }
}

/// Highest resident memory of `pid` and its descendants, MiB, since [`forget_peak`].
pub fn peak_memory(pid: u32) -> f64 {
    let of = |pid: u32| -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    family(pid).into_iter().filter_map(of).sum::<f64>() / 1024.0
}

/// Starts the high-water mark of memory anew. Where the kernel refuses, the mark stays that of the whole life.
pub fn forget_peak(pid: u32) {
    for pid in family(pid) {
        let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
    }
}

/// `pid` and all its descendants.
fn family(pid: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let child: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The command's name stands in brackets and may hold anything; the parent is the second field after it.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((child, parent))
        })
        .collect();
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_process_is_seen_to_be_busy() {
        let me = std::process::id();
        let before = CpuTime::of(me);
        while CpuTime::of(me).since(&before) < 1000.0 {
            std::hint::spin_loop();
        }
        assert!(peak_memory(me) > 0.0);
    }
}
