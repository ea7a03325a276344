"""The callers: official SDKs as applications use them, and plain HTTP where bytes matter.

All SDKs keep their default retries: that they stop retrying when told to is part of what is tested.
"""

import http.client
import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import anthropic
import openai

JS = Path(__file__).parent.parent / "js" / "ask.mjs"
CALLER_KEY = "caller-key-5f1d"

# (dialect, language): each is one official SDK.
SDKS = [("openai", "python"), ("anthropic", "python"), ("openai", "js"), ("anthropic", "js")]


@dataclass
class Outcome:
    """What an application sees of one question, partial text included when the answer broke."""

    text: str = ""
    model: str | None = None
    finish: str | None = None
    error: dict | None = None


def ask(sdk, base, prompt="Say hello.", *, model="default", stream=False, max_tokens=24) -> Outcome:
    dialect, language = sdk
    if language == "js":
        return _ask_js(dialect, base, prompt, model, stream, max_tokens)
    seen = Outcome()
    try:
        (_ask_openai if dialect == "openai" else _ask_anthropic)(seen, base, prompt, model, stream, max_tokens)
    except Exception as error:  # noqa: BLE001 - an application sees whatever is raised
        status = getattr(error, "status_code", None)
        seen.error = {"type": type(error).__name__, "status": status, "message": str(error)}
    return seen


def _ask_js(dialect, base, prompt, model, stream, max_tokens) -> Outcome:
    question = {"sdk": dialect, "base": base, "model": model, "prompt": prompt, "stream": stream,
                "max_tokens": max_tokens, "key": CALLER_KEY}
    done = subprocess.run(["node", JS, json.dumps(question)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout))


def _ask_openai(seen, base, prompt, model, stream, max_tokens):
    client = openai.OpenAI(base_url=f"{base}/v1", api_key=CALLER_KEY, timeout=100)
    messages = [{"role": "user", "content": prompt}]
    request = dict(model=model, messages=messages, max_completion_tokens=max_tokens)
    if not stream:
        answer = client.chat.completions.create(**request)
        seen.text, seen.model = answer.choices[0].message.content, answer.model
        seen.finish = answer.choices[0].finish_reason
        return
    for chunk in client.chat.completions.create(**request, stream=True):
        seen.model = chunk.model or seen.model
        for choice in chunk.choices:
            seen.text += choice.delta.content or ""
            seen.finish = choice.finish_reason or seen.finish


def _ask_anthropic(seen, base, prompt, model, stream, max_tokens):
    client = anthropic.Anthropic(base_url=base, api_key=CALLER_KEY, timeout=100)
    request = dict(model=model, messages=[{"role": "user", "content": prompt}], max_tokens=max_tokens)
    if not stream:
        answer = client.messages.create(**request)
        seen.text = "".join(block.text for block in answer.content if block.type == "text")
        seen.model, seen.finish = answer.model, answer.stop_reason
        return
    for event in client.messages.create(**request, stream=True):
        if event.type == "message_start":
            seen.model = event.message.model
        elif event.type == "content_block_delta":
            seen.text += getattr(event.delta, "text", "")
        elif event.type == "message_delta":
            seen.finish = event.delta.stop_reason or seen.finish


PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}


def body_of(dialect, prompt="Say hello.", **fields) -> dict:
    """A plain request body of the dialect."""
    body = {"model": "default", "messages": [{"role": "user", "content": prompt}], **fields}
    if dialect == "anthropic":
        body.setdefault("max_tokens", 24)
    return body


def headers_of(dialect) -> dict:
    headers = {"content-type": "application/json", "authorization": f"Bearer {CALLER_KEY}"}
    if dialect == "anthropic":
        headers["anthropic-version"] = "2023-06-01"
    return headers


@dataclass
class Raw:
    """An answer as it came over the wire."""

    status: int
    headers: dict
    body: bytes
    seconds: float = 0.0
    json: dict = field(default_factory=dict)
    # Whether the body ended before its own framing said so.
    cut: bool = False


def raw(base, dialect="openai", body=None, *, method="POST", path=None, headers=None, timeout=30) -> Raw:
    """One request over a connection of its own. `body`: a dict is sent as JSON, bytes as they are."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=timeout)
    try:
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        began = time.perf_counter()
        connection.request(method, path or PATHS[dialect], body, {**headers_of(dialect), **(headers or {})})
        response = connection.getresponse()
        try:
            content, cut = response.read(), False
        except http.client.IncompleteRead as broken:
            content, cut = broken.partial, True
        seconds = time.perf_counter() - began
    finally:
        connection.close()
    try:
        parsed = json.loads(content)
    except ValueError:
        parsed = {}
    names = {name.lower(): value for name, value in response.getheaders()}
    return Raw(response.status, names, content, seconds, parsed, cut)


def error_of(answer: Raw, dialect) -> dict:
    """The error object, checked to be in the caller's dialect."""
    error = answer.json.get("error")
    assert isinstance(error, dict) and error.get("message"), answer.body
    if dialect == "anthropic":
        assert answer.json.get("type") == "error", answer.body
        assert error.get("type"), answer.body
    else:
        assert {"message", "type", "param", "code"} <= error.keys(), answer.body
    assert "x-handover-request-id" in answer.headers, answer.headers
    return error
