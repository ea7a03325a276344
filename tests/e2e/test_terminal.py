"""`handover top` and `handover chat` in a real terminal: the real binary in tmux, with simulated providers.

Screens are goldens in `screens/`: what a person reads, with times, ports and keys masked. To write them anew:
`UPDATE_SCREENS=1 pytest tests/e2e/test_terminal.py`, and look at the difference. Nothing waits for a fixed time: each
step waits for the text that a person would wait for.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clients import body_of, raw
from conftest import BINARY, Server, environment, provider, route

SCREENS = Path(__file__).parent / "screens"
# How long a person would look at a screen before calling it broken, seconds.
PATIENCE = 20.0
LEAD, BACKUP = "lead/gpt-4o-mini", "backup/claude-haiku-4-5"
TEXT = "The river rises in the hills, turns west at the old mill and reaches the sea behind the town."
# The last line waits for a message.
PROMPT = re.compile(r"(^|\n)>$")
# What differs from run to run, and what stands in its place; as wide as it was where columns stand below each other.
MASKS = [
    (re.compile(r"127\.0\.0\.1:\d+"), lambda m: "127.0.0.1:PORT"),
    (re.compile(r"req_\w+"), lambda m: "req_ID"),
    (re.compile(r"\d\d:\d\d:\d\d(\.\d+)?"), lambda m: "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d"), lambda m: "DATE"),
    (re.compile(r"\b(\d+(\.\d+)?) (ms|s|min)\b"), lambda m: "N s"),
    (re.compile(r" {3,}"), lambda m: "   "),
]


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, path: Path, *args, width=80, height=24, **env):
        self.socket = str(path)
        script = path.with_suffix(".sh")
        # The shell outlives ctrl-c, and says how the command ended.
        words = " ".join(f"'{word}'" for word in (str(BINARY), *args))
        script.write_text(f"trap : INT\n{words}\nprintf 'ended with %s\\n' $?\nread -r _\n")
        given = environment(LC_ALL="C.UTF-8", **env)
        given.pop("TMUX", None)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), f"sh '{script}'",
                  env=given)

    def tmux(self, *args, **how) -> str:
        command = ["tmux", "-S", self.socket, *args]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20, **how).stdout

    def screen(self) -> str:
        """What stands there now."""
        lines = self.tmux("capture-pane", "-p").splitlines()
        return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"

    def wait(self, *texts) -> str:
        """The screen, once it shows all of these; texts, or patterns."""
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if all(text.search(screen) if isinstance(text, re.Pattern) else text in screen for text in texts):
                return screen
            if time.monotonic() > deadline:
                pytest.fail(f"{texts} does not appear:\n{screen}")

    def keys(self, *keys):
        """Presses keys by their names in tmux: `Enter`, `C-c`, `q`."""
        self.tmux("send-keys", *keys)

    def type(self, text: str, *keys):
        self.tmux("send-keys", "-l", "--", text)
        self.keys(*(keys or ("Enter",)))

    def paste(self, text: str):
        """As from the clipboard: the terminal says that it is one piece."""
        self.tmux("load-buffer", "-", input=text)
        self.tmux("paste-buffer", "-p")

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, timeout=20)


@pytest.fixture
def terminal(tmp_path):
    """Opens terminals that end with the test."""
    if shutil.which("tmux") is None:
        pytest.fail("tmux is missing: run `scripts/setup.sh test`")
    opened = []

    def open_one(*args, **how):
        # A socket's path may have about a hundred characters, and pytest's folders are long.
        folder = Path(os.environ.get("TMPDIR", "/tmp"))
        one = Terminal(folder / f"ho-{os.getpid()}-{len(opened)}.tmux", *args, **how)
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.close()
        for path in (Path(one.socket), Path(one.socket).with_suffix(".sh")):
            path.unlink(missing_ok=True)


def masked(screen: str) -> str:
    for pattern, instead in MASKS:
        screen = pattern.sub(instead, screen)
    return "\n".join(line.rstrip() for line in screen.splitlines()) + "\n"


def check(screen: str, name: str):
    """Compares a screen with the one that is kept."""
    file, seen = SCREENS / f"{name}.txt", masked(screen)
    if os.environ.get("UPDATE_SCREENS"):
        SCREENS.mkdir(exist_ok=True)
        file.write_text(seen)
    assert seen == file.read_text(), f"{name}.txt differs; the screen is\n{screen}"


def chain(house, lead_script, backup_script=f'ok "{TEXT}"', more=""):
    """A lead and a backup; the gateway, and the two to be switched off."""
    lead, backup = house.simulator("openai", lead_script), house.simulator("anthropic", backup_script)
    gateway = house.gateway(
        provider("lead", "openai", lead.url) + provider("backup", "anthropic", backup.url, key="BACKUP_KEY")
        + route("default", LEAD, '{ model = "%s", signal = 2 }' % BACKUP, more=more)
    )
    return gateway, lead, backup


def ask(gateway):
    return raw(gateway.url, "openai", body_of("openai", "Where does the river go?", model="default", stream=True))


def ask_until(terminal, gateway, text):
    """Traffic, until the screen shows what it leads to."""
    deadline = time.monotonic() + PATIENCE
    while text not in terminal.screen():
        ask(gateway)
        assert time.monotonic() < deadline, terminal.screen()
    return terminal.screen()


def test_top_shows_the_way_from_lead_to_backup_to_nobody(house, terminal):
    # Late enough that its first word has a height in the picture.
    gateway, lead, backup = chain(house, f'ok "{TEXT}" first=30ms')
    assert ask(gateway).status == 200
    top = terminal("top", "--url", gateway.url)
    check(top.wait("on the lead model", re.compile(r"answering +100"), "live", "answers/min"), "top-lead")
    lead.stop()
    ask_until(top, gateway, "running on a backup")
    screen = ask_until(top, gateway, "resting ")
    assert re.search(r"✕ gpt-4o-mini +▂▄▆█ Full +resting \d+ s", screen), screen
    # The history is read every five seconds; the hand-over is in the next one.
    screen = top.wait("running on a backup", "gpt-4o-mini → claude-haiku-4-5")
    assert "not reachable" in screen and "▂▄░░ Reduced" in screen, screen
    backup.stop()
    ask_until(top, gateway, "no model can answer")
    top.wait("░░░░ No signal", re.compile(r"\d+ answers? (has|have) failed since"))
    top.keys("q")
    screen = top.wait("ended with 0")
    assert "No signal" not in screen, "the screen is given back as it was"


def test_top_says_that_its_numbers_are_old_and_comes_back_by_itself(house, terminal):
    gateway, *_ = chain(house, f'ok "{TEXT}"')
    top = terminal("top", "--url", gateway.url)
    top.wait("live")
    # It does not answer, and nobody says so.
    os.kill(gateway.pid, signal.SIGSTOP)
    try:
        screen = top.wait(re.compile(r"no answer for \d+ s, numbers are old"))
        assert "on the lead model" in screen, screen
    finally:
        os.kill(gateway.pid, signal.SIGCONT)
    top.wait(re.compile(r"live, [01] s ago"))


def test_top_puts_a_target_to_rest_and_uses_it_again_after_a_yes(house, terminal):
    gateway, *_ = chain(house, f'ok "{TEXT}"')
    top = terminal("top", "--url", gateway.url)
    top.wait("> ● gpt-4o-mini")
    top.keys("Enter")
    check(top.wait("(lead)", "Last answer", "esc back"), "top-details")
    top.keys("Escape")
    top.wait("TARGET")
    top.keys("t")
    top.wait("gpt-4o-mini answers: a real token came after")
    top.keys("r")
    top.wait("Put gpt-4o-mini to rest?", "y yes")
    top.keys("y")
    top.wait("✕ gpt-4o-mini", "off", "running on a backup")
    top.keys("r")
    top.wait("Use gpt-4o-mini again?")
    top.keys("y")
    top.wait("on the lead model", "● gpt-4o-mini")
    top.keys("/")
    top.type("claude", "Enter")
    screen = top.wait("filter: claude")
    assert "● gpt-4o-mini" not in screen, screen
    top.keys("C-c")
    top.wait("ended with 0")


@pytest.mark.parametrize("width,height", [(40, 10), (132, 40)], ids=["small", "large"])
def test_top_fits_the_window(house, terminal, width, height):
    gateway, *_ = chain(house, f'ok "{TEXT}"')
    top = terminal("top", "--url", gateway.url, width=width, height=height)
    check(top.wait("answering", "live", "answers/min"), f"top-{width}x{height}")


def test_top_in_a_terminal_that_can_do_little_is_plain_ascii(house, terminal):
    gateway, *_ = chain(house, f'ok "{TEXT}"')
    top = terminal("top", "--url", gateway.url, "--ascii")
    screen = top.wait("|||| Full", "* gpt-4o-mini", "answers/min")
    assert screen.isascii(), screen


def test_top_that_nobody_looks_at_prints_the_status_and_ends(house):
    gateway, *_ = chain(house, f'ok "{TEXT}"')
    done = subprocess.run([BINARY, "top", "--url", gateway.url], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, env=environment())
    assert done.returncode == 0 and "on the lead model" in done.stdout and "\x1b" not in done.stdout, done


def test_chat_names_who_is_asked_and_folds_it_into_one_notice(house, terminal):
    # The lead takes its time before it fails, so that a person sees who is asked.
    gateway, *_ = chain(house, "529 headers=2s", f'ok "{TEXT}" first=2s')
    # Wide, so that no time's length decides where a line of the story breaks.
    chat = terminal("chat", "--url", gateway.url, width=160)
    check(chat.wait("Auto: best available", PROMPT), "chat-begin")
    chat.type("Where does the river go?")
    chat.wait("Asking gpt-4o-mini…")
    chat.wait("gpt-4o-mini is overloaded. Asking claude-haiku-4-5…")
    screen = chat.wait("Answered by a backup. gpt-4o-mini was overloaded, so claude-haiku-4-5 answered.",
                       "(backup 2 of 2)", PROMPT)
    assert "Asking" not in screen, "the working line folds into the notice"
    check(screen, "chat-backup")
    chat.type("/details")
    check(chat.wait("answered by a backup", "overloaded (529)", PROMPT), "chat-details")


def test_chat_shows_where_another_model_went_on(house, terminal):
    gateway, *_ = chain(house, f'ok "{TEXT}" flush_each every=5ms cut@6', f'ok "{TEXT}" every=2ms')
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("Where does the river go?")
    screen = chat.wait("-- gpt-4o-mini stopped here · claude-haiku-4-5 continued --",
                       "gpt-4o-mini → claude-haiku-4-5", PROMPT)
    check(screen, "chat-hand-over")


def test_ctrl_c_stops_the_answer_and_keeps_what_came(house, terminal):
    gateway, *_ = chain(house, "ok tokens=2000 every=50ms")
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("Tell me a long story.")
    begun = chat.wait(re.compile(r"story\.\n+\S+ \S+ \S+ "))
    chat.keys("C-c")
    screen = chat.wait("Stopped by you.", PROMPT)
    words = begun.split("long story.")[1].split()[:3]
    assert " ".join(words) in screen, (words, screen)
    # At an empty prompt it ends.
    chat.keys("C-c")
    chat.wait("ended with 0")


def test_a_model_can_be_chosen_and_asked_alone(house, terminal):
    gateway, *_ = chain(house, "529", f'ok "{TEXT}"')
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("/model")
    check(chat.wait("claude-haiku-4-5", "standby", PROMPT), "chat-model")
    chat.type("/model gpt")
    chat.wait("From your next message: gpt-4o-mini.")
    chat.type("/only")
    chat.wait("Only gpt-4o-mini from your next message, no backup.")
    chat.type("Where does the river go?")
    screen = chat.wait("gpt-4o-mini is not available.", "It is overloaded.", "/only lets a backup answer")
    assert TEXT[:30] not in screen, "nobody else answers"
    check(screen, "chat-only")
    chat.type("/only")
    chat.wait("Backups may answer again.")
    chat.type("/again")
    chat.wait("You chose gpt-4o-mini. It was", TEXT[:30])
    chat.type("/nonsense")
    chat.wait("There is no command `/nonsense`.")
    chat.type("/quit")
    chat.wait("ended with 0")


def test_when_nobody_answers_it_says_who_failed_and_the_question_is_kept(house, terminal, tmp_path):
    gateway, *_ = chain(house, "529", "503 then ok 'Here at last.'", more="max_attempts = 2")
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("Are you there?")
    check(chat.wait("No model could answer.", "/again tries again", PROMPT), "chat-nobody")
    deadline = time.monotonic() + PATIENCE
    while "Here at last." not in chat.screen():
        assert time.monotonic() < deadline, chat.screen()
        chat.type("/again")
        chat.wait(re.compile(r"/again\n(.|\n)*\n>$"))
    file = tmp_path / "kept.md"
    chat.type(f"/save {file}")
    chat.wait("Saved to")
    kept = file.read_text()
    assert "Are you there?" in kept and "Here at last." in kept and "claude-haiku-4-5" in kept, kept
    chat.type(f"/save {file}")
    chat.wait("The file could not be written.")
    assert file.read_text() == kept, "what is there is somebody's"


def test_an_answer_that_was_cut_off_can_be_gone_on_with(house, terminal):
    half = f'ok "{TEXT}" flush_each every=5ms cut@6'
    gateway, *_ = chain(house, f'{half} then ok "{TEXT}"', more='mid_stream = "stop"')
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("Where does the river go?")
    screen = chat.wait("The answer was cut off.", "The text above is kept.", "/continue goes on", PROMPT)
    assert TEXT.split()[0] in screen
    check(screen, "chat-cut-off")
    chat.type("/continue")
    chat.wait(re.compile(r"/continue\n(.|\n)*town\.(.|\n)*\n>$"))


def test_what_is_known_of_an_answer_under_it_begins_a_line(house, terminal):
    # The continuation only repeats, so nothing of it is shown before its end.
    half = f'ok "{TEXT}" flush_each every=5ms cut@6'
    gateway, *_ = chain(house, f'{half} then ok "The river"', more='mid_stream = "stop"')
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("Where does the river go?")
    chat.wait("The answer was cut off.", PROMPT)
    chat.type("/continue")
    chat.wait(re.compile(r"/continue\n+The river\n▂▄▆█ Full"))


def test_an_answer_that_its_gateway_lost_is_told_as_lost(house, terminal, tmp_path):
    gateway, *_ = chain(house, "ok tokens=2000 every=50ms")
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("Tell me a long story.")
    chat.wait(re.compile(r"story\.\n+\S+ \S+ \S+ "))
    gateway.process.kill()
    gateway.process.wait()
    args = ["serve", "--config", str(house.folder / f"handover-{gateway.port}.toml"),
            "--listen", f"127.0.0.1:{gateway.port}"]
    again = Server(args, house.folder, "gateway-again", gateway.port)
    try:
        screen = chat.wait("The connection to this answer was lost.", "The gateway no longer has it.", PROMPT)
        assert re.search(r"\n▂▄▆█ Full  gpt-4o-mini · lead  \d", screen) and "  0 ms" not in screen, screen
        chat.type("/details")
        screen = chat.wait("began to answer, first token after", "is not known", PROMPT)
        assert "left" not in screen, screen
        file = tmp_path / "kept.md"
        chat.type(f"/save {file}")
        chat.wait("Saved to")
    finally:
        again.stop()
    kept = file.read_text()
    assert "> The connection to this answer was lost. The gateway no longer has it." in kept, kept
    assert "`" not in kept and " 0 ms" not in kept, kept


def test_an_answer_without_a_word_says_so(house):
    gateway, *_ = chain(house, "tool find '{}'", more="max_attempts = 1")
    done = subprocess.run([BINARY, "chat", "--url", gateway.url, "Find it."], capture_output=True, text=True,
                          timeout=30, stdin=subprocess.DEVNULL, env=environment())
    assert "The model asked for a tool, which this chat does not have." in done.stderr, done
    assert done.stdout == "", done


@pytest.mark.parametrize("command", ["status", "top", "why"])
def test_a_server_that_is_no_gateway_is_not_taken_for_one(command):
    with ThreadingHTTPServer(("127.0.0.1", 0), AnyJson) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        done = subprocess.run([BINARY, command, "--url", url], capture_output=True, text=True, timeout=30,
                              stdin=subprocess.DEVNULL, env=environment())
        other.shutdown()
    assert f"what runs at {url} is no Handover gateway" in done.stderr and "help: " in done.stderr, done
    assert done.returncode == (1 if command == "why" else 2) and done.stdout == "", done


class AnyJson(BaseHTTPRequestHandler):
    """Says that it is well, whatever it is asked."""

    def do_GET(self):
        body = b'{"status": "ok"}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_lines_are_edited_found_again_and_pasted_whole(house, terminal):
    gateway, *_ = chain(house, "echo")
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.paste("first line\nsecond line")
    chat.wait("first line", "second line")
    chat.keys("Enter")
    chat.wait("Full", PROMPT)
    chat.type("/details")
    chat.wait(re.compile(r"/details\n(.|\n)*\n>$"))
    chat.keys("C-r")
    chat.tmux("send-keys", "-l", "--", "second")
    chat.wait(re.compile(r"reverse-i-search\)`second': "))
    # A message that is begun is thrown away, and the conversation goes on.
    chat.keys("C-c")
    chat.wait(PROMPT)
    chat.keys("C-d")
    chat.wait("ended with 0")


def test_a_model_cannot_command_the_terminal_of_its_reader(house, terminal):
    evil = "red \x1b[31m, \x1b]0;pwned\x07, up \x1b[1A\x1b[2K, \u202egpj.exe, \x9b2J back\rX end"
    model = house.recorder(body={
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": evil}, "logprobs": None,
                     "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}})
    gateway = house.gateway(provider("lead", "openai", model.url) + route("default", "lead/m"))
    chat = terminal("chat", "--url", gateway.url)
    chat.wait(PROMPT)
    chat.type("Speak.")
    screen = chat.wait("end", "Full", PROMPT)
    assert "␛[31m" in screen and "␛]0;pwned␇" in screen and "gpj.exe" in screen and "backX end" in screen, screen
    assert "pwned" not in chat.tmux("display-message", "-p", "#{pane_title}")
    # Into a pipe it goes as it came.
    done = subprocess.run([BINARY, "chat", "--url", gateway.url, "Speak."], capture_output=True, timeout=30,
                          stdin=subprocess.DEVNULL, env=environment())
    assert done.stdout.decode() == evil + "\n"


def test_an_answer_goes_on_where_it_was_after_a_lost_connection(house, tmp_path):
    """A proxy between chat and gateway cuts every connection after its first words."""
    gateway, *_ = chain(house, f'ok "{TEXT}" flush_each every=30ms')
    proxy = CuttingProxy(gateway.port, cuts=2)
    try:
        done = subprocess.run([BINARY, "chat", "--json", "--url", f"http://127.0.0.1:{proxy.port}", "Where?"],
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env=environment())
    finally:
        proxy.close()
    told = json.loads(done.stdout)
    assert (done.returncode, told["answer"]) == (0, TEXT), done
    assert proxy.cut == 2


class CuttingProxy:
    """Passes bytes on; the first connections that carry an answer are cut after some of it."""

    def __init__(self, port: int, cuts: int):
        self.target, self.left, self.cut = port, cuts, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                caller, _ = self.socket.accept()
            except OSError:
                return
            gateway = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._up, args=(caller, gateway), daemon=True).start()
            threading.Thread(target=self._down, args=(gateway, caller), daemon=True).start()

    def _up(self, caller, gateway):
        try:
            while data := caller.recv(65536):
                gateway.sendall(data)
        except OSError:
            pass
        finally:
            gateway.close()

    def _down(self, gateway, caller):
        texts = 0
        try:
            while data := gateway.recv(65536):
                caller.sendall(data)
                texts += data.count(b"event: text")
                if texts >= 3 and self.left > 0:
                    self.left, self.cut = self.left - 1, self.cut + 1
                    return
        except OSError:
            pass
        finally:
            for one in (gateway, caller):
                try:
                    one.shutdown(2)
                except OSError:
                    pass

    def close(self):
        self.socket.close()
