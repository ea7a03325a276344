//! `handover man`: the manual pages, made from the commands as they are.

use crate::term::{fail, out, say};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write a page for each command into this directory, instead of the main page to standard output
    #[arg(long)]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let mut command = crate::Args::command();
    command.build();
    match &args.dir {
        None => match page(&command) {
            Ok((_, text)) => {
                out(&text);
                ExitCode::SUCCESS
            }
            Err(e) => fail(&format!("the page could not be made: {e}")),
        },
        Some(folder) => match write_all(&command, folder) {
            Ok(count) => {
                say(&format!("wrote {count} pages; read one with `man -l {}/handover.1`", folder.display()));
                ExitCode::SUCCESS
            }
            Err(e) => fail(&format!("the pages cannot be written to {}: {e}", folder.display())),
        },
    }
}

/// Writes the pages of a command and of all below it that are not hidden. How many there were.
fn write_all(command: &Command, folder: &Path) -> io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let (name, text) = page(command)?;
    std::fs::write(folder.join(name), text)?;
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    below.map(|below| write_all(below, folder)).try_fold(1, |sum, count| Ok(sum + count?))
}

/// The name and the text of one page.
fn page(command: &Command) -> io::Result<(String, String)> {
    // Below the top, a command is known by all its words: `handover-drill-list`.
    let name = command.get_display_name().unwrap_or("handover").to_owned();
    let page =
        Man::new(command.clone()).source(concat!("handover ", env!("CARGO_PKG_VERSION"))).manual("Handover");
    let mut text = Vec::new();
    page.render(&mut text)?;
    Ok((format!("{name}.1"), String::from_utf8_lossy(&text).into_owned()))
}
