"""Starts the binary: simulated providers and gateways on free ports, with their files in the test's own folder.

Nothing waits for a fixed time. A server is ready when it answers; one that ends early fails the test with its log.
"""

import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

import clients
from providers import Flood, Recorder

ROOT = Path(__file__).parent.parent.parent
BINARY = Path(os.environ.get("HANDOVER_BIN") or ROOT / "target" / "debug" / "handover")
LOCAL_MODEL = "smollm2-135m-instruct"
START_LIMIT = 30.0

# Keys that are recognised when they turn up where they must not.
SECRETS = {"LEAD_KEY": "sk-lead-secret-7c1e", "BACKUP_KEY": "sk-backup-secret-9a42"}


def pytest_configure():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: run `make test`, or set HANDOVER_BIN", returncode=2)


def environment(**more) -> dict:
    """The machine's environment without provider keys and gateway settings: a test says all it depends on."""
    unwanted = ("OPENAI_", "ANTHROPIC_", "CO_", "COHERE_", "HANDOVER_")
    keep = {"HANDOVER_HOME"}
    clean = {k: v for k, v in os.environ.items() if k in keep or not k.startswith(unwanted)}
    return {**clean, **SECRETS, "NO_COLOR": "1", **more}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """A running `handover` command that listens on a port."""

    def __init__(self, args, folder, name, port, env=None):
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.log_file = folder / f"{name}-{port}.log"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [BINARY, *args], cwd=folder, env=env or environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )
        self._wait_until_it_listens()

    @property
    def pid(self) -> int:
        return self.process.pid

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                pass
            try:
                # Waiting for its end is the pause between two tries.
                self.process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"it ended instead of listening:\n{self.log()}")
        self.stop()
        pytest.fail(f"it does not listen after {START_LIMIT} s:\n{self.log()}")

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self):
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class House:
    """Everything one test has running; it ends with the test."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._running = ExitStack()

    def simulator(self, dialect: str, script: str) -> Server:
        port = free_port()
        args = ["drill", "provider", "--listen", f"127.0.0.1:{port}", "--dialect", dialect, "--script", script]
        return self._keep(Server(args, self.folder, f"provider-{dialect}", port))

    def recorder(self, **answer) -> Recorder:
        recorder = Recorder(**answer)
        self._running.callback(recorder.close)
        return recorder

    def flood(self) -> Flood:
        flood = Flood()
        self._running.callback(flood.close)
        return flood

    def gateway(self, config: str, **env) -> Server:
        port = free_port()
        file = self.folder / f"handover-{port}.toml"
        file.write_text(config)
        args = ["serve", "--config", str(file), "--listen", f"127.0.0.1:{port}"]
        return self._keep(Server(args, self.folder, "gateway", port, environment(**env)))

    def gateway_without_config(self, **env) -> Server:
        port = free_port()
        return self._keep(Server(["serve", "--listen", f"127.0.0.1:{port}"], self.folder, "gateway", port,
                                 environment(**env)))

    def _keep(self, server: Server) -> Server:
        self._running.callback(server.stop)
        return server

    def close(self):
        self._running.close()


def provider(name, dialect, url, *, timeouts="", key="LEAD_KEY") -> str:
    """A provider's part of the config. `url` without /v1."""
    base = f"{url}/v1" if dialect == "openai" else url
    lines = [f"[providers.{name}]", f'dialect = "{dialect}"', f'base_url = "{base}"', f'api_keys = ["env:{key}"]']
    if timeouts:
        lines.append(f"timeouts = {{ {timeouts} }}")
    return "\n".join(lines) + "\n"


# For tests that ask a failing provider again and again: without it, it would soon be left alone.
NEVER_RESTING = "[breaker]\nfailures = 100\nmin_calls = 100000\n"


def route(name, *targets, more="") -> str:
    """A route's part of the config. A target is `provider/model`, or a table as text."""
    quoted = ", ".join(t if t.startswith("{") else f'"{t}"' for t in targets)
    return f"[routes.{name}]\ntargets = [{quoted}]\n{more}\n"


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory):
    """For tests that only read: one set of servers for a whole file."""
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.close()


@pytest.fixture(params=clients.SDKS, ids=lambda sdk: "-".join(sdk))
def sdk(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["plain", "stream"])
def stream(request):
    return request.param


@pytest.fixture(params=["openai", "anthropic"])
def dialect(request):
    return request.param
