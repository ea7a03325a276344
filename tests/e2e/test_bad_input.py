"""Whatever a caller sends: an error in their dialect that helps, no stack trace, no secret, and the gateway lives."""

import json
import re
import socket

import pytest

from clients import PATHS, body_of, error_of, raw
from conftest import SECRETS, provider, route

IMAGE = {
    "openai": {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    "anthropic": {"type": "image",
                  "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
}


@pytest.fixture(scope="module")
def gateway(shared_house):
    simulator = shared_house.simulator("openai", "ok")
    return shared_house.gateway(
        '[limits]\nmax_body = "64KiB"\nbody_timeout = "400ms"\n'
        + provider("lead", "openai", simulator.url)
        + route("default", '{ model = "lead/blind-model", vision = false }', more='aliases = ["gpt-4o-mini"]')
    )


@pytest.fixture(autouse=True)
def nothing_breaks(gateway):
    yield
    assert gateway.is_alive()
    assert raw(gateway.url, method="GET", path="/healthz").status == 200
    log = gateway.log()
    assert "panicked" not in log, log
    assert not any(secret in log for secret in SECRETS.values()), log


def expect(answer, status, dialect, *words) -> str:
    message = error_of(answer, dialect)["message"]
    assert answer.status == status, answer
    for word in words:
        assert word in message, message
    whole = answer.body.decode() + str(answer.headers)
    assert "panicked" not in whole and ".rs:" not in whole, whole
    assert not any(secret in whole for secret in SECRETS.values())
    return message


def test_an_oversized_body_is_told_the_limit(gateway, dialect):
    answer = raw(gateway.url, dialect, body_of(dialect, "x" * 100_000))
    expect(answer, 413, dialect, "limit")


def test_an_oversized_body_that_hides_its_size_is_refused_too(gateway, dialect):
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    answer = exchange(gateway, head(dialect, "transfer-encoding: chunked") + chunk * 4 + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413"), answer


@pytest.mark.parametrize("body", [b'{"model": "default", "messages": [}', b"{", b"", b"\xff\xfe", b"not json"])
def test_broken_json_is_told_where(gateway, dialect, body):
    message = expect(raw(gateway.url, dialect, body), 400, dialect)
    assert re.search(r"line \d|column \d|byte \d|position \d|empty", message), message


@pytest.mark.parametrize(("change", "field"), [
    ({"messages": "hello"}, "messages"),
    ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
    ({"messages": [{"role": 1, "content": "hi"}]}, "messages[0].role"),
    ({"model": 7}, "model"),
    ({"stream": "yes"}, "stream"),
])
def test_a_wrong_type_is_told_by_its_path(gateway, dialect, change, field):
    expect(raw(gateway.url, dialect, {**body_of(dialect), **change}), 400, dialect, field)


@pytest.mark.parametrize("missing", ["model", "messages"])
def test_a_missing_field_is_named(gateway, dialect, missing):
    body = body_of(dialect)
    del body[missing]
    expect(raw(gateway.url, dialect, body), 400, dialect, missing)


@pytest.mark.parametrize(("asked", "meant"), [("defualt", "default"), ("gpt-4o-mni", "gpt-4o-mini")])
def test_an_unknown_model_gets_near_matches(gateway, dialect, asked, meant):
    expect(raw(gateway.url, dialect, body_of(dialect, model=asked)), 404, dialect, asked, meant)


def test_an_image_for_a_model_without_eyes_is_named(gateway, dialect):
    body = body_of(dialect)
    body["messages"] = [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE[dialect]]}]
    message = expect(raw(gateway.url, dialect, body), 400, dialect)
    assert "image" in message.lower(), message


def head(dialect, *more) -> bytes:
    lines = [f"POST {PATHS[dialect]} HTTP/1.1", "host: x", "content-type: application/json",
             "authorization: Bearer k", "anthropic-version: 2023-06-01", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def exchange(gateway, request: bytes) -> bytes:
    """Sends bytes as they are and reads until the gateway closes or the answer's body is there."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as sock:
        try:
            sock.sendall(request)
        except ConnectionError:
            pass  # the gateway may answer and close before it has read everything
        received = b""
        while True:
            try:
                piece = sock.recv(65536)
            except ConnectionError:
                return received
            received += piece
            length = re.search(rb"(?i)content-length: (\d+)\r\n", received)
            whole = b"\r\n\r\n" in received and length and \
                len(received.split(b"\r\n\r\n", 1)[1]) >= int(length.group(1))
            if not piece or whole:
                return received


def test_a_body_that_does_not_come_times_out(gateway, dialect):
    answer = exchange(gateway, head(dialect, "content-length: 1000") + b'{"model": ')
    assert answer.startswith(b"HTTP/1.1 408"), answer
    error = json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]
    assert error["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_told_the_right_one(gateway, dialect, method):
    answer = raw(gateway.url, dialect, method=method)
    assert answer.status == 405, answer
    assert "POST" in answer.headers["allow"]
    error_of(answer, dialect)


def test_an_unknown_path_is_an_error_in_the_callers_dialect(gateway, dialect):
    answer = raw(gateway.url, dialect, body_of(dialect), path="/v1/nothing/here")
    assert answer.status == 404
    error_of(answer, dialect)


@pytest.mark.parametrize("line", ["x-bad: \x01", "content-length: many", "bad header: 1", "x-handover-only: perhaps"])
def test_a_bad_header_is_a_400(gateway, dialect, line):
    body = json.dumps(body_of(dialect)).encode()
    lengths = [] if line.startswith("content-length") else [f"content-length: {len(body)}"]
    answer = exchange(gateway, head(dialect, line, *lengths) + body)
    assert answer.startswith(b"HTTP/1.1 400"), answer
