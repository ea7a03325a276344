"""The outage drill with the real binary: what a person and a CI get of it, and a game day on real sockets."""

import json
import os
import re
import signal
import subprocess
import threading
import tomllib
import xml.etree.ElementTree as ElementTree

import pytest

from clients import ask, body_of, raw
from conftest import BINARY, environment

# Two short outages: one that errors, and one that is silent.
BAD_GATEWAY = """
name = "short-errors"
title = "Errors for two minutes & <more>"
about = "Nothing happened. Source: this test."
synthetic = ["Everything."]
starts = "2024-05-03 18:00 UTC"
span = "6m"
marks = [{ at = "2m", text = "first <errors>" }]
[traffic]
arrivals = "poisson"
rate = 3
[[phases]]
provider = "openai"
from = "2m"
to = "4m"
script = "502"
"""
SILENCE = """
name = "short-silence"
title = "Silence for a minute"
span = "4m"
[traffic]
arrivals = "even"
rate = 2
[[phases]]
provider = "openai"
from = "1m"
to = "2m"
script = "silent"
"""


def drill(*args, folder=None) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "drill", *args], cwd=folder, env=environment(), capture_output=True, timeout=240)


@pytest.fixture(scope="module", params=[BAD_GATEWAY, SILENCE], ids=["errors", "silence"])
def played(request, tmp_path_factory):
    """A scenario's file and what the drill said of it."""
    folder = tmp_path_factory.mktemp("drill")
    file = folder / "own.toml"
    file.write_text(request.param)
    done = drill("own.toml", "--json", "--records", "--html", "page.html", folder=folder)
    return folder, done


def test_a_program_gets_every_number_and_a_ci_a_verdict(played):
    _, done = played
    document = json.loads(done.stdout)
    assert document["good"] == (done.returncode == 0)
    assert done.returncode in (0, 1), done.stderr
    names = [f"{missed['id']} {missed['name']}".encode() for missed in document["missed"]]
    assert all(name in done.stderr for name in names), "a missed target is named"
    strategies = {one["strategy"]: one for one in document["strategies"]}
    assert list(strategies) == ["handover", "single_provider", "sdk_retries"]
    us, alone = strategies["handover"], strategies["single_provider"]
    assert us["violations"] == []
    share = {name: next(m["value"] for m in one["metrics"] if m["name"] == "availability in the outage")
             for name, one in strategies.items()}
    assert share["handover"] == 1.0 and share["single_provider"] < 0.2
    assert len(us["requests"]) == len(alone["requests"]) > 300
    assert sum(point["requests"] for point in us["timeline"]["points"]) == len(us["requests"])


def test_the_same_seed_gives_the_same_bytes(played):
    folder, done = played
    page = (folder / "page.html").read_bytes()
    again = drill("own.toml", "--json", "--records", "--html", "page.html", folder=folder)
    assert again.stdout == done.stdout
    assert (folder / "page.html").read_bytes() == page
    other = drill("own.toml", "--json", "--seed", "5", folder=folder)
    assert json.loads(other.stdout)["seed"] == 5
    assert "requests" not in json.loads(other.stdout)["strategies"][0]


def test_the_page_is_well_formed_and_asks_nobody(played):
    folder, _ = played
    page = (folder / "page.html").read_text()
    assert len(page) < 300_000
    root = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>"))
    for element in root.iter():
        for name, value in element.attrib.items():
            assert name not in ("src", "href", "srcset", "onload", "onclick", "style"), f"{name} in {element.tag}"
            assert "://" not in value
    assert not re.search(r"@import|url\((?!#)", page), "something would be loaded"
    assert {"h1", "table", "details", "svg"} <= {element.tag for element in root.iter()}
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']").attrib["content"]
    assert "default-src 'none'" in policy


def test_a_person_gets_words_in_80_columns(played):
    folder, _ = played
    done = drill("own.toml", folder=folder)
    text = done.stdout.decode()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text, "colours in a pipe"
    assert text.startswith("OpenAI failed for ")
    assert "Every user got a whole answer; with OpenAI alone" in text
    assert "handover drill own.toml --seed 1" in text


def test_a_wrong_name_and_a_wrong_file_are_told_with_their_fix(tmp_path):
    done = drill("opnai-2023-11-08")
    assert done.returncode == 2 and b"did you mean `openai-2023-11-08`?" in done.stderr
    (tmp_path / "bad.toml").write_text('name = "X"\nspan = "3"\n')
    done = drill("bad.toml", folder=tmp_path)
    assert done.returncode == 78 and b"3 errors in bad.toml" in done.stderr
    assert drill("missing.toml", folder=tmp_path).returncode == 78
    for wrong in (["flapping", "--speed", "9"], ["flapping", "--records"], ["flapping", "--live", "127.0.0.1:0", "--json"],
                  ["flapping", "--live", "127.0.0.1:0", "--speed", "0"]):
        assert drill(*wrong).returncode == 2, wrong
    listed = drill("list").stdout.decode()
    assert "openai-2023-11-08" in listed and "S18" in listed


class Live:
    """`handover drill --live`, with the configuration it prints."""

    def __init__(self, *args):
        self.process = subprocess.Popen([BINARY, "drill", *args], env=environment(),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = []
        self.changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()
        lines = []
        # The route is the last part of the configuration, and its clocks are the last line.
        while not lines or not lines[-1].startswith("timeouts"):
            lines.append(self.process.stdout.readline())
            assert lines[-1], self.said
        self.config = "".join(lines)

    def _listen(self):
        for line in self.process.stderr:
            with self.changed:
                self.said.append(line.strip())
                self.changed.notify_all()

    def wait_for(self, text):
        with self.changed:
            told = self.changed.wait_for(lambda: any(text in line for line in self.said), timeout=60)
        assert told, f"never said: {text}; but: {self.said}"

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)


def test_on_a_game_day_a_real_gateway_goes_on_answering(house):
    live = Live("openai-2023-11-08", "--live", "127.0.0.1:0", "--speed", "600")
    try:
        tomllib.loads(live.config)
        gateway = house.gateway(live.config)
        statuses, served = [], set()
        live.wait_for("13:42 openai: 98 % of requests meet a fault")
        while not any("15:38 openai: is well" in line for line in live.said):
            answer = raw(gateway.url, body=body_of("openai"))
            statuses.append(answer.status)
            served.add(answer.headers["x-handover-served"].split("/")[0])
        assert len(statuses) >= 3 and set(statuses) == {200}, statuses
        assert "anthropic" in served
        assert any("15:03 openai: all requests meet: 429" in line for line in live.said)
        answer = ask(("openai", "python"), gateway.url, stream=True, max_tokens=200)
        assert answer.error is None and answer.finish == "stop"
        live.wait_for("anthropic was asked")
        assert live.process.wait(timeout=30) == 0
    finally:
        live.close()


def test_ctrl_c_ends_a_game_day():
    live = Live("flapping", "--live", "127.0.0.1:0")
    os.kill(live.process.pid, signal.SIGINT)
    live.wait_for("stopped")
    assert live.process.wait(timeout=30) == 0
