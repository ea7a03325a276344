"""`handover init`, `completions` and `man`: what a person has in hand after the first minute."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from conftest import BINARY, LOCAL_MODEL, environment, free_port

KEY = "sk-wizard-secret-51f0"
LIMIT = 20.0
ENTER, DOWN, CTRL_C = "\r", "\x1b[B", "\x03"


def run(folder, *args, servers="none", **env):
    """Runs a command without a terminal."""
    return subprocess.run([BINARY, *args], cwd=folder, env=environment(HANDOVER_INIT_SERVERS=servers, **env),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def ollama(house, models=("llama3.2", "qwen3:8b")):
    """A server on this machine that lists its models and answers. Gives it and its address."""
    recorder = house.recorder()
    listed = json.dumps({"object": "list", "data": [
        {"id": model, "object": "model", "created": 1, "owned_by": "library"} for model in models]}).encode()

    def do_GET(self):
        found = self.path == "/v1/models"
        body = listed if found else b"{}"
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    recorder.server.RequestHandlerClass.do_GET = do_GET
    return recorder, recorder.url.removeprefix("http://")


class Terminal:
    """A command at a pseudo-terminal of 80 columns."""

    def __init__(self, folder, *args, **env):
        self.seen, self.told = "", 0
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(BINARY, [str(BINARY), *args], environment(TERM="xterm-256color", **env))
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))

    def until(self, text):
        """Waits until it is shown, behind what was waited for before."""
        deadline = time.monotonic() + LIMIT
        while text not in self.seen[self.told:]:
            assert self._read(deadline), f"{text!r} was not shown:\n{self.seen[self.told:]}"
        self.told = self.seen.index(text, self.told) + len(text)

    def type(self, keys):
        os.write(self.end, keys.encode())

    def code(self) -> int:
        deadline = time.monotonic() + LIMIT
        while self._read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def _read(self, deadline) -> bool:
        ready, _, _ = select.select([self.end], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            raw = os.read(self.end, 65536).decode(errors="replace")
        except OSError:
            return False
        if "\x1b[6n" in raw:
            # A terminal says where its cursor is when it is asked.
            os.write(self.end, b"\x1b[1;1R")
        self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", raw)
        return bool(raw)

    def close(self):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.end)


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*args, servers="none", **env):
        opened.append(Terminal(tmp_path, *args, HANDOVER_INIT_SERVERS=servers, **env))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_the_wizard_writes_the_order_that_was_chosen(house, terminal, tmp_path):
    _, address = ollama(house)
    t = terminal("init", servers=address, OPENAI_API_KEY=KEY, ANTHROPIC_API_KEY=KEY)
    t.until("key in OPENAI_API_KEY")
    t.until(f"Ollama at {address} (llama3.2, qwen3:8b)")
    t.until("Who leads?")
    t.type(DOWN + ENTER)
    t.until("Model of Anthropic:")
    t.type("claude-sonnet-4-5" + ENTER)
    t.until("Who answers when Anthropic cannot?")
    t.type(DOWN + ENTER)
    t.until("Model of Ollama:")
    t.type(DOWN + ENTER)
    t.until("Who answers when Ollama cannot?")
    # OpenAI, the local model, nobody else.
    t.type(DOWN + DOWN + ENTER)
    t.until("Port of the gateway:")
    t.type("11x" + ENTER)
    t.until("a port is a number")
    t.type("\x7f\x7f\x7f4141" + ENTER)
    t.until("Model names that applications ask for already:")
    t.type("gpt-4o, claude-sonnet-4-5" + ENTER)
    t.until("Write handover.toml?")
    t.type(ENTER)
    t.until("wrote handover.toml")
    t.until("ok: default → anthropic/claude-sonnet-4-5 → ollama/qwen3:8b")
    t.until("handover doctor --live")
    t.until('base_url = "http://127.0.0.1:4141/v1"')
    assert t.code() == 0
    text = (tmp_path / "handover.toml").read_text()
    assert 'api_keys = ["env:ANTHROPIC_API_KEY"]' in text and 'listen = "127.0.0.1:4141"' in text
    assert 'aliases = ["gpt-4o", "claude-sonnet-4-5"]' in text and "openai/" not in text
    assert KEY not in text + t.seen, "a key was shown or written"
    assert run(tmp_path, "check", ANTHROPIC_API_KEY=KEY).returncode == 0


@pytest.mark.parametrize("keys", [CTRL_C, "\x1b"])
@pytest.mark.parametrize("question", ["Who leads?", "Write handover.toml?"])
def test_leaving_the_wizard_leaves_no_file(terminal, tmp_path, question, keys):
    t = terminal("init", OPENAI_API_KEY=KEY)
    t.until("Who leads?")
    if question != "Who leads?":
        t.type(ENTER)
        t.until("Model of OpenAI:")
        t.type(ENTER)
        t.until("Who answers when OpenAI cannot?")
        t.type(ENTER)
        t.until("Port of the gateway:")
        t.type(ENTER)
        t.until("Model names that applications")
        t.type(ENTER)
        t.until(question)
    t.type(keys)
    t.until("nothing was written")
    assert t.code() == 1
    assert list(tmp_path.iterdir()) == []


def test_a_person_who_only_presses_enter_gets_what_yes_gives(terminal, tmp_path):
    t = terminal("init", OPENAI_API_KEY=KEY)
    for question in ["Who leads?", "Model of OpenAI:", "Who answers", "Port", "Model names", "Write"]:
        t.until(question)
        t.type(ENTER)
    t.until("wrote handover.toml")
    assert t.code() == 0
    done = run(tmp_path, "init", "--yes", "--output", "-", OPENAI_API_KEY=KEY)
    assert done.returncode == 0 and done.stdout == (tmp_path / "handover.toml").read_text()


def test_without_a_terminal_nothing_is_asked(house, tmp_path):
    _, address = ollama(house)
    done = run(tmp_path, "init", servers=address, OPENAI_API_KEY=KEY, COHERE_API_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "data goes to standard output, and there is none"
    text = (tmp_path / "handover.toml").read_text()
    order = ["openai/gpt-4o-mini", "cohere/command-a-03-2025", "ollama/llama3.2", f"local/{LOCAL_MODEL}"]
    assert f"ok: default → {' → '.join(order)}" in done.stderr
    assert "env:COHERE_API_KEY" in text and KEY not in text + done.stderr
    assert (tmp_path / "handover.toml").stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [tmp_path / "handover.toml"], "something was left behind"
    assert run(tmp_path, "check", OPENAI_API_KEY=KEY, COHERE_API_KEY=KEY).returncode == 0


def test_a_machine_with_nothing_gets_a_file_that_works_and_a_word_about_keys(tmp_path):
    done = run(tmp_path, "init")
    assert done.returncode == 0 and f"ok: default → local/{LOCAL_MODEL}" in done.stderr
    assert "no API key is set" in done.stderr and "export OPENAI_API_KEY" in done.stderr
    assert run(tmp_path, "check").returncode == 0


def test_flags_say_who_leads_and_what_it_is_called(tmp_path):
    done = run(tmp_path, "init", "--provider", "anthropic", "--provider", "openai", "--no-local", "--route-name", "help",
               "--alias", "gpt-4o", "--listen", "127.0.0.1:5050", OPENAI_API_KEY=KEY, ANTHROPIC_API_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert "ok: help → anthropic/claude-haiku-4-5 → openai/gpt-4o-mini\n" in done.stderr
    text = (tmp_path / "handover.toml").read_text()
    assert 'listen = "127.0.0.1:5050"' in text and 'aliases = ["gpt-4o"]' in text


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    file = tmp_path / "handover.toml"
    file.write_text("mine\n")
    file.chmod(0o600)
    done = run(tmp_path, "init")
    assert done.returncode == 1 and "--force" in done.stderr and file.read_text() == "mine\n"
    done = run(tmp_path, "init", "--force")
    assert done.returncode == 0 and "[routes.default]" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600, "the permissions of a file that was there stay"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "kept.toml").write_text("old\n")
    (tmp_path / "handover.toml").symlink_to("kept.toml")
    assert run(tmp_path, "init", "--force").returncode == 0
    assert (tmp_path / "handover.toml").is_symlink() and "[routes" in (tmp_path / "kept.toml").read_text()


@pytest.mark.parametrize(("output", "told"), [
    ("missing/handover.toml", "mkdir -p missing"),
    (".", "is a directory"),
    ("/proc/handover.toml", "/proc"),
])
def test_a_place_that_takes_no_file_is_told_before_anything_else(tmp_path, output, told):
    done = run(tmp_path, "init", "--output", output)
    assert done.returncode == 1 and told in done.stderr and "wrote" not in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_would_be_no_valid_file_is_not_written(tmp_path):
    done = run(tmp_path, "init", "--route-name", "openai/x", OPENAI_API_KEY=KEY)
    assert done.returncode == 78 and "nothing was written" in done.stderr, done.stderr
    done = run(tmp_path, "init", "--provider", "openia")
    assert done.returncode == 1 and "known here: openai" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_never_answers_does_not_hold_it_up(house, tmp_path):
    import socket
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        _, address = ollama(house)
        began = time.monotonic()
        done = run(tmp_path, "init", servers=f"127.0.0.1:{silent.getsockname()[1]},127.0.0.1:{free_port()},{address}")
        assert "→ ollama/llama3.2 →" in done.stderr, done.stderr
        assert time.monotonic() - began < 10


def test_what_it_wrote_is_served_and_answers(house, tmp_path):
    recorder, address = ollama(house)
    file = tmp_path / "made" / "here.toml"
    file.parent.mkdir()
    done = run(tmp_path, "init", "--output", str(file), servers=address)
    assert done.returncode == 0 and f"handover serve --config {file}" in done.stderr, done.stderr
    gateway = house.gateway(file.read_text())
    import urllib.request
    body = json.dumps({"model": "default", "messages": [{"role": "user", "content": "Say hello"}]}).encode()
    request = urllib.request.Request(f"{gateway.url}/v1/chat/completions", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["x-handover-served"] == "ollama/llama3.2"
        assert json.load(answer)["choices"][0]["message"]["content"] == "Recorded."
    assert "authorization" not in recorder.requests[-1]["headers"]


CHECKERS = {
    "bash": ["bash", "-n"],
    "zsh": ["zsh", "-n"],
    "fish": ["fish", "--no-execute"],
    "powershell": ["pwsh", "-NoProfile", "-File"],
    "elvish": ["elvish", "-compileonly"],
}


@pytest.mark.parametrize("shell", CHECKERS)
def test_completions_are_a_script_of_the_shell(tmp_path, shell):
    done = run(tmp_path, "completions", shell)
    assert done.returncode == 0 and done.stderr == ""
    assert "no-local" in done.stdout and "local-worker" not in done.stdout
    checker = CHECKERS[shell]
    if shutil.which(checker[0]):
        script = tmp_path / "handover.ps1"
        script.write_text(done.stdout)
        checked = subprocess.run([*checker, str(script)], capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stderr


def test_bash_completes_a_command():
    ask = ('source <("$1" completions bash); COMP_WORDS=(handover in); COMP_CWORD=1; _handover handover in handover;'
           ' echo "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", ask, "-", str(BINARY)], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["init"], done.stdout + done.stderr


def test_every_command_has_a_manual_page(tmp_path):
    done = run(tmp_path, "man", "--dir", "pages")
    assert done.returncode == 0, done.stderr
    pages = {page.name: page.read_text() for page in (tmp_path / "pages").iterdir()}
    assert {"handover.1", "handover-init.1", "handover-serve.1", "handover-drill-provider.1"} <= set(pages)
    assert not any("local-worker" in name for name in pages)
    assert run(tmp_path, "man").stdout == pages["handover.1"]
    for name, text in pages.items():
        assert ".TH" in text, name
        if shutil.which("groff"):
            shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww", str(tmp_path / "pages" / name)],
                                   capture_output=True, text=True, timeout=60)
            assert shown.returncode == 0 and shown.stderr == "", f"{name}: {shown.stderr}"
            # Bold may be written as each letter twice, with a step back between.
            assert "SYNOPSIS" in re.sub(".\x08", "", shown.stdout), name
