"""A stream that breaks after its first word never looks complete to an official SDK."""

import pytest

from clients import SDKS, ask, raw, body_of
from conftest import provider, route

FAULTS = ["cut", "close", "reset", "stall", "error"]
UPSTREAMS = ["openai", "anthropic", "cohere"]


@pytest.fixture(scope="module")
def gateway(shared_house):
    """One route per provider dialect and fault. No backup may touch an answer that the caller has begun to read."""
    config = ""
    for upstream in UPSTREAMS:
        for fault in FAULTS:
            name = f"{upstream}-{fault}"
            simulator = shared_house.simulator(upstream, f'ok "one two three four five six" flush_each every=5ms {fault}@3')
            config += provider(name, upstream, simulator.url, timeouts='stall = "400ms"')
            config += route(name, f"{name}/m", more='mid_stream = "stop"')
    return shared_house.gateway(config)


PYTHON = [sdk for sdk in SDKS if sdk[1] == "python"]
# Node takes a moment to start: it reads each fault from its own dialect only.
CASES = [(sdk, u, f) for sdk in PYTHON for u in UPSTREAMS for f in FAULTS]
CASES += [(sdk, sdk[0], f) for sdk in SDKS if sdk[1] == "js" for f in FAULTS]


@pytest.mark.parametrize(("client", "upstream", "fault"), CASES, ids=lambda v: v if isinstance(v, str) else "-".join(v))
def test_a_cut_stream_raises_and_is_never_taken_for_complete(gateway, client, upstream, fault):
    seen = ask(client, gateway.url, model=f"{upstream}-{fault}", stream=True)
    assert seen.error is not None, seen
    assert seen.text.startswith("one"), seen
    assert "six" not in seen.text


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_clean_end_is_written_after_a_break(gateway, dialect, upstream, fault):
    answer = raw(gateway.url, dialect, body_of(dialect, model=f"{upstream}-{fault}", stream=True))
    assert b"[DONE]" not in answer.body
    assert b"message_stop" not in answer.body
    assert b"error" in answer.body
