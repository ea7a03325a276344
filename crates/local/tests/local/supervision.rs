//! Children that die, hang, cannot start, and lose their parent.

use std::process::Stdio;
use std::time::Duration;

use handover_local::supervisor::{LocalError, ModelConfig, Patience, State, Supervisor, SupervisorConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::kit::{Local, question, soon, status_from, test_model};

/// Sends a signal to a process, as a user would.
async fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status().await;
    assert!(status.expect("kill runs").success());
}

/// Waits until the process is gone, or a zombie that its parent will reap.
async fn gone(pid: u32) {
    let stat = format!("/proc/{pid}/stat");
    while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn pid(local: &Local) -> u32 {
    local.supervisor.pid(&local.model).expect("a child runs")
}

/// Waits for another child than the one that had `old` as its process id.
async fn another_child(local: &Local, old: u32) {
    let mut states = local.supervisor.watch(&local.model).expect("the model is known");
    let ready = states.wait_for(|state| matches!(state, State::Ready { pid, .. } if *pid != Some(old)));
    soon("the child is replaced", ready).await.expect("the supervisor lives");
}

#[tokio::test]
async fn a_killed_engine_is_replaced_and_the_next_request_is_served() {
    let local = Local::start().await;
    let body = question("Tell me everything.", json!({"logit_bias": {"2": -100}}));
    let mut call = local.stream(&body).await;
    call.first_text().await;
    let old = pid(&local);
    signal("KILL", old).await;
    let stream = soon("the stream breaks", call.rest()).await;
    assert!(!stream.contains("[DONE]") && !stream.contains("finish_reason\":\"stop"), "{stream}");
    another_child(&local, old).await;
    let (text, ..) = soon("an answer", local.answer(&question("Say hello.", json!({"max_tokens": 8})))).await;
    assert!(!text.is_empty());
    // Once more before a request, with nothing under way.
    let old = pid(&local);
    signal("KILL", old).await;
    another_child(&local, old).await;
    local.answer(&question("Say hello.", json!({"max_tokens": 8}))).await;
}

/// Sends a request as the gateway does: to the child that `ready` names, and once more when that one is gone.
async fn served(local: &Local, body: &Value) -> u16 {
    let child = local.supervisor.ready(&local.model).await.expect("a child");
    if let Some(status) = status_from(&child.socket, body).await {
        return status;
    }
    assert_eq!(local.supervisor.is_gone(&local.model, &child).await, Ok(true));
    let child = local.supervisor.ready(&local.model).await.expect("the next child");
    status_from(&child.socket, body).await.expect("the next child answers")
}

#[tokio::test]
async fn the_first_request_after_an_idle_kill_is_served_however_often_it_happens() {
    let local = Local::start().await;
    let body = question("Say hello.", json!({"max_tokens": 2}));
    assert_eq!(served(&local, &body).await, 200);
    for round in 0..6 {
        let old = pid(&local);
        signal("KILL", old).await;
        // At once, when the end may not have been noticed yet.
        let status = soon("an answer", served(&local, &body)).await;
        assert_eq!(status, 200, "round {round}");
        assert_ne!(pid(&local), old);
    }
}

#[tokio::test]
async fn a_child_that_lives_is_not_taken_for_gone() {
    let local = Local::start().await;
    let child = local.supervisor.ready(&local.model).await.expect("a child");
    assert_eq!(local.supervisor.is_gone(&local.model, &child).await, Ok(false));
    assert_eq!(local.supervisor.ready(&local.model).await, Ok(child));
}

#[tokio::test]
async fn a_hanging_engine_is_detected_and_replaced() {
    let patience = Patience { silence: Duration::from_secs(4), ..Patience::default() };
    let local = Local::with(ModelConfig::new("small", test_model().await), patience);
    local.socket().await;
    let old = pid(&local);
    signal("STOP", old).await;
    another_child(&local, old).await;
    gone(old).await;
    local.answer(&question("Say hello.", json!({"max_tokens": 8}))).await;
}

#[tokio::test]
async fn many_requests_at_once_start_one_engine() {
    let local = Local::start().await;
    let sockets = futures_util::future::join_all((0..8).map(|_| local.socket())).await;
    assert!(sockets.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn shutting_down_leaves_no_process_and_no_socket() {
    let local = Local::start().await;
    let socket = local.socket().await;
    let child = pid(&local);
    local.supervisor.shutdown().await;
    gone(child).await;
    assert!(!socket.exists() && !socket.parent().is_some_and(std::path::Path::exists));
    assert_eq!(local.supervisor.ready("small").await, Err(LocalError::Stopped));
}

#[tokio::test]
async fn a_model_that_cannot_be_loaded_says_why_and_rests() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.gguf");
    std::fs::write(&broken, b"GGUF and then nonsense").expect("a file");
    for (path, said) in
        [(broken, "cannot read it as a model"), (folder.path().join("absent.gguf"), "No such file")]
    {
        let local = Local::with(ModelConfig::new("bad", path), Patience::default());
        let Err(LocalError::Resting { why, .. }) = soon("it fails", local.supervisor.ready("bad")).await
        else {
            panic!("it cannot be ready");
        };
        assert!(why.contains(said), "{why}");
    }
    let local = Local::with(ModelConfig::new("good", test_model().await), Patience::default());
    assert_eq!(local.supervisor.ready("other").await, Err(LocalError::Unknown("other".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_never_gets_ready_is_given_longer_and_longer_pauses() {
    let model = ModelConfig::new("none", "/nowhere.gguf");
    let supervisor = Supervisor::new(SupervisorConfig {
        program: "/no/such/program".into(),
        models: vec![model],
        patience: Patience::default(),
        jitter: std::sync::Arc::new(|| 0.0),
    });
    let supervisor = supervisor.expect("a folder");
    let mut pauses = Vec::new();
    let mut states = supervisor.watch("none").expect("known");
    while pauses.len() < 10 {
        supervisor.preload("none").expect("known");
        states.changed().await.expect("it lives");
        if let State::Resting { until, .. } = &*states.borrow_and_update() {
            pauses.push(until.saturating_duration_since(tokio::time::Instant::now()).as_millis());
        }
    }
    assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
}

#[test]
fn a_pause_is_told_in_figures_that_people_read() {
    let error = LocalError::Resting {
        model: "small".to_owned(),
        why: "it died".to_owned(),
        retry_after: Duration::from_nanos(1_153_436_523),
    };
    assert!(error.to_string().ends_with("(it died); it is tried again in 1.2 s"), "{error}");
}

/// A stand-in for the engine: it says its lines and ends.
fn supervisor_of(folder: &std::path::Path, script: &str) -> Supervisor {
    let program = folder.join("engine");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("a script");
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("it can run");
    let supervisor = Supervisor::new(SupervisorConfig {
        program,
        models: vec![ModelConfig::new("none", "/nowhere.gguf")],
        patience: Patience::default(),
        jitter: std::sync::Arc::new(|| 0.0),
    });
    supervisor.expect("a folder")
}

/// How long the first pauses were meant to be, in the order in which they came.
async fn first_pauses(script: &str) -> Vec<u128> {
    let folder = tempfile::tempdir().expect("a folder");
    let supervisor = supervisor_of(folder.path(), script);
    let mut states = supervisor.watch("none").expect("known");
    supervisor.preload("none").expect("known");
    let mut pauses = Vec::new();
    while pauses.len() < 4 {
        let resting =
            states.wait_for(|state| matches!(state, State::Resting { .. })).await.expect("it lives");
        let State::Resting { until, .. } = &*resting else { panic!("it rests") };
        pauses.push(until.saturating_duration_since(tokio::time::Instant::now()).as_millis());
        drop(resting);
        states.changed().await.expect("it lives");
    }
    pauses
}

#[tokio::test]
async fn only_crashes_without_an_answer_in_between_cost_longer_and_longer_pauses() {
    let pauses = soon("crashes", first_pauses("echo ready; echo answered")).await;
    assert!(pauses.iter().all(|&pause| pause == 0), "{pauses:?}");
    let pauses = soon("crashes", first_pauses("echo ready")).await;
    assert!(pauses[0] <= 250 && pauses[3] > pauses[0], "{pauses:?}");
}

#[tokio::test]
async fn an_engine_ends_when_its_parent_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_handover-local-worker"))
        .arg("--socket")
        .arg(folder.path().join("s"))
        .arg("--model")
        .arg(test_model().await)
        .args(["--name", "small", "--slots", "1", "--context", "256"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    while soon("it is ready", lines.next_line()).await.expect("a line").expect("it lives") != "ready" {}
    // A parent that dies closes the pipe, whatever it dies of.
    drop(child.stdin.take());
    let status = soon("it ends", child.wait()).await.expect("it ended");
    assert!(status.success(), "{status}");
}
