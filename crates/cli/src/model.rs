//! `handover model`, and the local engine's child process.

/// Arguments of `model`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Get a model
    ///
    /// `smollm2-135m-instruct`, the small one; `hf:OWNER/REPO/FILE.gguf`, one of the hub's; or the path of a GGUF file.
    Pull {
        /// The model's name, address or path
        name: String,
    },
    /// List the models that are here
    List,
    /// Remove a model
    Rm {
        /// The model's name, as `handover model list` has it
        name: String,
    },
}

#[cfg(not(feature = "local"))]
pub(crate) fn run(args: &Args) -> std::process::ExitCode {
    let _ = &args.command;
    crate::term::fail("this build has no local engine (feature `local`)")
}

#[cfg(feature = "local")]
pub(crate) use with_engine::{WorkerArgs, run, work};

#[cfg(feature = "local")]
mod with_engine {
    use super::{Args, Command};
    use crate::term::{fail, out, say};
    use futures_util::StreamExt;
    use handover_config::{Env, SystemEnv, home_dir};
    use handover_local::store::{Fetch, FetchError, Hub, Progress, Response, Store, StoreError};
    use handover_local::worker;
    use handover_upstream::{Client, ClientConfig};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    use std::path::PathBuf;
    use std::process::ExitCode;

    pub(crate) fn run(args: &Args) -> ExitCode {
        let store = store();
        match &args.command {
            Command::Pull { name } => pull(&store, name),
            Command::List => list(&store),
            Command::Rm { name } => match store.remove(name) {
                Ok(model) => {
                    say(&format!("removed {} ({})", model.name, megabytes(model.bytes)));
                    ExitCode::SUCCESS
                }
                Err(e) => fail(&e.to_string()),
            },
        }
    }

    fn store() -> Store {
        let endpoint = SystemEnv
            .get("HF_ENDPOINT")
            .unwrap_or_else(|| handover_local::store::DEFAULT_ENDPOINT.to_owned());
        Store::new(&home_dir(&SystemEnv)).with_hub(Hub { endpoint, token: SystemEnv.get("HF_TOKEN") })
    }

    fn pull(store: &Store, name: &str) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(e) => return fail(&format!("the runtime could not be started: {e}")),
        };
        let bar = Bar::new();
        let http = Http(Client::new(ClientConfig::default()));
        let pulled = runtime.block_on(async {
            tokio::select! {
                pulled = store.pull(name, &http, &bar) => Some(pulled),
                () = crate::serve::stop_signal() => None,
            }
        });
        bar.0.finish_and_clear();
        match pulled {
            Some(Ok(model)) => {
                say(&format!("{} is here ({})", model.name, megabytes(model.bytes)));
                ExitCode::SUCCESS
            }
            Some(Err(e)) => fail(&e.to_string()),
            None => fail("stopped; run the same command again to go on where it stopped"),
        }
    }

    fn list(store: &Store) -> ExitCode {
        let models: Result<Vec<_>, StoreError> = store.list();
        match models {
            Ok(models) if models.is_empty() => {
                say("no models yet; `handover model pull smollm2-135m-instruct` gets a small one");
                ExitCode::SUCCESS
            }
            Ok(models) => {
                for model in models {
                    out(&format!("{}\t{}\t{}\n", model.name, megabytes(model.bytes), model.path.display()));
                }
                ExitCode::SUCCESS
            }
            Err(e) => fail(&e.to_string()),
        }
    }

    fn megabytes(bytes: u64) -> String {
        format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    }

    /// A progress bar; where standard error is no terminal, a line for each step.
    struct Bar(ProgressBar);

    impl Bar {
        fn new() -> Self {
            let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(style.progress_chars("=> "));
            Self(bar)
        }
    }

    impl Progress for Bar {
        fn total(&self, bytes: u64) {
            self.0.set_length(bytes);
        }

        fn at(&self, bytes: u64) {
            self.0.set_position(bytes);
        }

        fn note(&self, text: &str) {
            if self.0.is_hidden() {
                say(text);
            } else {
                self.0.set_message(text.to_owned());
            }
        }
    }

    /// The hub's files over the only crate that opens sockets.
    struct Http(Client);

    impl Fetch for Http {
        async fn get(&self, url: &str, headers: &[(String, String)]) -> Result<Response, FetchError> {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| FetchError(e.to_string()))?;
                map.insert(name, HeaderValue::from_str(value).map_err(|e| FetchError(e.to_string()))?);
            }
            let response = self.0.get(url, map).await.map_err(|e| FetchError(e.to_string()))?;
            let (head, body) = response.into_parts();
            let body = futures_util::stream::unfold(body, |mut body| async {
                let next = tokio::time::timeout(std::time::Duration::from_secs(60), body.next()).await;
                let next = match next {
                    Ok(Some(Ok(bytes))) => Ok(bytes),
                    Ok(Some(Err(e))) => Err(FetchError(e.to_string())),
                    Ok(None) => return None,
                    Err(_) => Err(FetchError("nothing came for 60 s".to_owned())),
                };
                Some((next, body))
            });
            Ok(Response { status: head.status, headers: head.headers, body: body.boxed() })
        }
    }

    /// Arguments of the child process; written by the supervisor, not by people.
    #[derive(Debug, clap::Args)]
    pub(crate) struct WorkerArgs {
        #[arg(long)]
        socket: PathBuf,
        #[arg(long)]
        model: PathBuf,
        #[arg(long)]
        name: String,
        #[arg(long)]
        slots: u32,
        #[arg(long)]
        context: u32,
        #[arg(long)]
        threads: u32,
    }

    pub(crate) fn work(args: WorkerArgs) -> ExitCode {
        let WorkerArgs { socket, model, name, slots, context, threads } = args;
        match worker::run_worker(worker::WorkerArgs { socket, model, name, slots, context, threads }) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => fail(&e.to_string()),
        }
    }
}
