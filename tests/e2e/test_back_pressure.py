"""Callers that do not read cost memory nowhere."""

import json
import socket
import threading

from clients import body_of, headers_of, raw
from conftest import provider, route

STREAMS = 200
# What the gateway may hold for one stream that nobody reads.
KIB_PER_STREAM = 256
SLACK_KIB = 24 * 1024


def resident_kib(pid) -> int:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def unread_stream(port) -> socket.socket:
    """Sends a request for a stream and waits for its first byte, without taking it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(30)
    sock.connect(("127.0.0.1", port))
    body = json.dumps(body_of("openai", stream=True, model="flood")).encode()
    lines = [f"{name}: {value}" for name, value in headers_of("openai").items()]
    head = "\r\n".join(["POST /v1/chat/completions HTTP/1.1", "host: x", *lines, f"content-length: {len(body)}"])
    sock.sendall(head.encode() + b"\r\n\r\n" + body)
    assert sock.recv(12, socket.MSG_PEEK).startswith(b"HTTP/1.1 200"[:1])
    return sock


def test_200_unread_streams_do_not_fill_memory_or_block_others(house):
    flood, well = house.flood(), house.simulator("openai", "ok")
    gateway = house.gateway(
        provider("flood", "openai", flood.url) + provider("well", "openai", well.url)
        + route("flood", "flood/m") + route("default", "well/m")
    )
    assert raw(gateway.url, body=body_of("openai")).status == 200
    before = resident_kib(gateway.pid)
    streams = [unread_stream(gateway.port) for _ in range(STREAMS)]
    try:
        # The provider stands still when every buffer on the way is full; that is the state to look at.
        written, pause = -1, threading.Event()
        for _ in range(60):
            if written == flood.written:
                break
            written = flood.written
            pause.wait(0.5)
        else:
            raise AssertionError("the provider is never made to wait: nothing holds it back")
        grown = resident_kib(gateway.pid) - before
        assert grown <= STREAMS * KIB_PER_STREAM + SLACK_KIB, f"{grown} KiB for {STREAMS} streams"

        other = raw(gateway.url, body=body_of("openai"), timeout=5)
        assert other.status == 200 and other.seconds < 2.0
    finally:
        for sock in streams:
            sock.close()


def test_a_caller_that_leaves_ends_the_providers_work(house):
    flood = house.flood()
    gateway = house.gateway(provider("flood", "openai", flood.url) + route("flood", "flood/m"))
    sock = unread_stream(gateway.port)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    sock.close()
    assert flood.abandoned.wait(5), "the provider still writes for a caller who has left"
    assert gateway.is_alive()
