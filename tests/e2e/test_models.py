"""`handover model`: a download survives a cut and a wrong checksum never becomes a model."""

import hashlib
import random
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import BINARY, environment

NAME = "hf:someone/tiny/tiny.Q4.gguf"


class Hub:
    """Speaks as much of the hub's protocol as a download uses: a redirect that names checksum and size, and ranges."""

    def __init__(self):
        self.content = b"GGUF" + random.Random(1).randbytes(3_000_000)
        self.checksum = hashlib.sha256(self.content).hexdigest()
        self.cut_after = None
        self.ranges = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/someone/tiny/resolve/main/tiny.Q4.gguf":
                    self.send_response(302)
                    self.send_header("location", f"{hub.url}/blobs/1")
                    self.send_header("x-linked-etag", f'"{hub.checksum}"')
                    self.send_header("x-linked-size", str(len(hub.content)))
                    self.send_header("content-length", "0")
                    self.end_headers()
                elif self.path == "/blobs/1":
                    self.send_file()
                else:
                    self.send_response(404)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def send_file(self):
                wanted = self.headers.get("range")
                start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
                hub.ranges.append(start)
                self.send_response(206 if wanted else 200)
                self.send_header("content-length", str(len(hub.content) - start))
                if wanted:
                    last = len(hub.content) - 1
                    self.send_header("content-range", f"bytes {start}-{last}/{len(hub.content)}")
                self.end_headers()
                cut, hub.cut_after = hub.cut_after, None
                self.wfile.write(hub.content[start:cut])
                self.close_connection = cut is not None

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.server.shutdown()
    hub.server.server_close()


def model(home, hub, *args) -> subprocess.CompletedProcess:
    env = environment(HANDOVER_HOME=str(home), HF_ENDPOINT=hub.url)
    return subprocess.run([BINARY, "model", *args], capture_output=True, text=True, timeout=60, env=env,
                          stdin=subprocess.DEVNULL)


def files_of(home) -> list[bytes]:
    return [file.read_bytes() for file in home.rglob("*.gguf") if file.is_file()]


def test_a_cut_download_goes_on_where_it_stopped(hub, tmp_path):
    hub.cut_after = 2_000_000
    first = model(tmp_path, hub, "pull", NAME)
    if first.returncode != 0:
        again = model(tmp_path, hub, "pull", NAME)
        assert again.returncode == 0, again.stderr
    # A little of what was sent may not have arrived before the cut.
    assert len(hub.ranges) == 2 and 0 < hub.ranges[1] <= 2_000_000, hub.ranges
    assert files_of(tmp_path) == [hub.content]
    assert "tiny.Q4" in model(tmp_path, hub, "list").stdout


def test_a_second_pull_downloads_nothing(hub, tmp_path):
    assert model(tmp_path, hub, "pull", NAME).returncode == 0
    downloads = len(hub.ranges)
    assert model(tmp_path, hub, "pull", NAME).returncode == 0
    assert len(hub.ranges) == downloads


def test_a_file_with_a_wrong_checksum_never_becomes_a_model(hub, tmp_path):
    hub.checksum = "0" * 64
    done = model(tmp_path, hub, "pull", NAME)
    assert done.returncode != 0
    assert "checksum" in done.stderr.lower() or "sha256" in done.stderr.lower(), done.stderr
    assert files_of(tmp_path) == []


def test_a_removed_model_is_gone(hub, tmp_path):
    assert model(tmp_path, hub, "pull", NAME).returncode == 0
    assert model(tmp_path, hub, "rm", NAME).returncode == 0
    assert files_of(tmp_path) == []
