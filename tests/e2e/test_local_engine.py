"""The real local model: it answers without any key, and its death is one failed attempt."""

import json
import os
import signal
import time

import openai
import pytest

from clients import CALLER_KEY, ask, body_of, raw
from conftest import LOCAL_MODEL, provider, route

RESTART_LIMIT = 60.0

LOCAL = '[providers.local]\ndialect = "local"\npreload = true\n'


def engine_of(gateway) -> int | None:
    """The gateway's child process that runs the model."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                words = cmdline.read()
        except OSError:
            continue
        if parent == gateway.pid and b"local-worker" in words:
            return int(pid)
    return None


def served_by_local(gateway) -> bool:
    answer = raw(gateway.url, body=body_of("openai", model="default", max_tokens=4), timeout=60)
    assert answer.status == 200, answer.body
    return answer.headers["x-handover-served"].startswith("local/")


def until_local_serves(gateway):
    """Asks until the local model answers; every answer on the way must be a good one."""
    deadline = time.monotonic() + RESTART_LIMIT
    while not served_by_local(gateway):
        assert time.monotonic() < deadline, f"the engine does not come back:\n{gateway.log()}"


@pytest.fixture(scope="module")
def without_config(shared_house):
    return shared_house.gateway_without_config()


def test_without_key_and_config_the_local_model_answers(without_config, sdk, stream):
    seen = ask(sdk, without_config.url, stream=stream, max_tokens=12)
    assert seen.error is None, seen
    assert seen.text.strip() and seen.model == LOCAL_MODEL, seen


def chain_with_backup(house):
    backup = house.simulator("openai", 'ok "from the backup"')
    return house.gateway(LOCAL + provider("backup", "openai", backup.url)
                         + route("default", f"local/{LOCAL_MODEL}", "backup/m")
                         + route("alone", f"local/{LOCAL_MODEL}"))


def test_a_killed_engine_costs_no_answer(house):
    gateway = chain_with_backup(house)
    until_local_serves(gateway)
    engine = engine_of(gateway)
    assert engine, "no child process runs the model"
    os.kill(engine, signal.SIGKILL)
    # The very next request is served, by whom it may.
    assert raw(gateway.url, body=body_of("openai", max_tokens=4), timeout=60).status == 200
    until_local_serves(gateway)
    assert engine_of(gateway) not in (None, engine)
    assert gateway.is_alive()


def test_the_request_right_after_an_idle_engine_is_killed_is_served(house):
    gateway = house.gateway(LOCAL + route("default", f"local/{LOCAL_MODEL}"))
    assert raw(gateway.url, body=body_of("openai", max_tokens=2), timeout=60).status == 200
    for _ in range(4):
        engine = engine_of(gateway)
        assert engine, "no child process runs the model"
        os.kill(engine, signal.SIGKILL)
        answer = raw(gateway.url, body=body_of("openai", max_tokens=2), timeout=60)
        assert answer.status == 200, answer.body
        assert engine_of(gateway) not in (None, engine)


def test_an_engine_killed_in_mid_answer_is_started_again_and_finishes_it(house):
    gateway = chain_with_backup(house)
    until_local_serves(gateway)
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, timeout=100)
    chunks = client.chat.completions.create(
        model="alone", messages=[{"role": "user", "content": "Count slowly from one to five hundred."}],
        max_tokens=120, stream=True, stream_options={"include_usage": True})
    text, killed, handed, usage, finish = "", None, [], None, None
    for chunk in chunks:
        usage = chunk.usage or usage
        handed += [chunk.model_extra["handover"]] if "handover" in chunk.model_extra else []
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
        if text and not killed:
            killed = engine_of(gateway)
            os.kill(killed, signal.SIGKILL)
    assert finish in ("stop", "length") and text.strip(), text
    assert [(told["from"], told["to"], told["how"]) for told in handed] == [
        (f"local/{LOCAL_MODEL}", f"local/{LOCAL_MODEL}", "prefill")]
    assert usage.completion_tokens <= 120, usage
    assert engine_of(gateway) not in (None, killed)


def test_an_engine_that_is_killed_again_and_again_ends_the_answer_with_an_error(house):
    gateway = chain_with_backup(house)
    until_local_serves(gateway)
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, timeout=60)
    chunks = client.chat.completions.create(
        model="alone", messages=[{"role": "user", "content": "Count slowly from one to five hundred."}],
        max_tokens=1500, stream=True)
    text, error = "", None
    try:
        for chunk in chunks:
            text += chunk.choices[0].delta.content or "" if chunk.choices else ""
            engine = engine_of(gateway) if text else None
            if engine:
                os.kill(engine, signal.SIGKILL)
    except openai.APIError as raised:
        error = raised
    assert text, "the engine died before its first word"
    assert error is not None, "a broken answer looked complete"
    assert raw(gateway.url, body=body_of("openai", max_tokens=4), timeout=60).status == 200
    assert gateway.is_alive()


def test_the_engine_ends_with_the_gateway(house):
    gateway = chain_with_backup(house)
    until_local_serves(gateway)
    engine = engine_of(gateway)
    # Even when the gateway gets no chance to say goodbye.
    gateway.process.kill()
    gateway.process.wait()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{engine}") and _state(engine) != "Z":
        assert time.monotonic() < deadline, "the engine outlives its gateway"


def _state(pid) -> str:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def test_json_mode_of_the_local_model_gives_json(house):
    gateway = house.gateway(LOCAL + route("default", f"local/{LOCAL_MODEL}"))
    answer = raw(gateway.url, timeout=60, body=body_of(
        "openai", "Give the capital of Norway.", max_tokens=60, temperature=0,
        response_format={"type": "json_schema", "json_schema": {"name": "city", "schema": {
            "type": "object", "properties": {"capital": {"type": "string", "maxLength": 20}},
            "required": ["capital"], "additionalProperties": False}}}))
    assert answer.status == 200, answer.body
    assert set(json.loads(answer.json["choices"][0]["message"]["content"])) == {"capital"}
