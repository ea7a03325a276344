"""Streams as official SDKs give them to an application, event by event and as the SDK's own final message."""

import json
import subprocess
from dataclasses import dataclass, field

import anthropic
import openai

from clients import CALLER_KEY, JS

STREAM_JS = JS.with_name("stream.mjs")


@dataclass
class Told:
    """All that an application sees of one streamed answer, as plain JSON in either language."""

    dialect: str
    events: list = field(default_factory=list)
    # What the SDK's accumulator made of it.
    final: dict | None = None
    error: dict | None = None

    def of_type(self, kind) -> list:
        """Anthropic: the events of one type."""
        return [event for event in self.events if event["type"] == kind]

    @property
    def choices(self) -> list:
        """OpenAI: every choice of every chunk."""
        return [choice for chunk in self.events for choice in chunk["choices"]]

    @property
    def text(self) -> str:
        if self.dialect == "openai":
            return "".join(choice["delta"].get("content") or "" for choice in self.choices)
        return "".join(event["delta"].get("text", "") for event in self.of_type("content_block_delta"))

    @property
    def final_text(self) -> str:
        if self.dialect == "openai":
            return self.final["choices"][0]["message"]["content"]
        return "".join(block["text"] for block in self.final["content"] if block["type"] == "text")

    @property
    def stop(self) -> dict:
        """What the error says of why nobody went on, found where this SDK puts it."""
        return self.error["body"]["handover"]


def stream(sdk, base, *, helper=False, headers=None, prompt="Say it all.", **request) -> Told:
    """Asks for a stream and reads it to its end; with `helper` through the SDK's own accumulator."""
    dialect, language = sdk
    request = {"model": "default", "messages": [{"role": "user", "content": prompt}], **request}
    if dialect == "openai":
        request.setdefault("stream_options", {"include_usage": True})
    else:
        request.setdefault("max_tokens", 500)
    told = Told(dialect)
    if language == "js":
        question = {"sdk": dialect, "base": base, "key": CALLER_KEY, "helper": helper, "headers": headers or {},
                    "request": request}
        done = subprocess.run(["node", STREAM_JS, json.dumps(question)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return Told(dialect, **json.loads(done.stdout))
    try:
        (_openai if dialect == "openai" else _anthropic)(told, base, helper, {**request, "extra_headers": headers})
    except (openai.APIError, anthropic.APIError) as error:
        told.error = {"type": type(error).__name__, "status": getattr(error, "status_code", None), "body": error.body}
    return told


def _openai(told, base, helper, request):
    completions = openai.OpenAI(base_url=f"{base}/v1", api_key=CALLER_KEY, timeout=100).chat.completions
    if not helper:
        for chunk in completions.create(**request, stream=True):
            # What the SDK has no name for is there all the same.
            assert set(chunk.model_extra) <= {"handover"}, chunk
            told.events.append(chunk.to_dict(mode="json"))
        return
    with completions.stream(**request) as events:
        for event in events:
            if event.type == "chunk":
                told.events.append(event.chunk.to_dict(mode="json"))
        told.final = events.get_final_completion().to_dict(mode="json")


def _anthropic(told, base, helper, request):
    messages = anthropic.Anthropic(base_url=base, api_key=CALLER_KEY, timeout=100).messages
    if not helper:
        for event in messages.create(**request, stream=True):
            told.events.append(event.to_dict(mode="json"))
        return
    # What the helper adds of its own, such as `text`, is made from these.
    wire = {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
            "message_stop"}
    with messages.stream(**request) as events:
        for event in events:
            if event.type in wire:
                told.events.append(event.to_dict(mode="json"))
        told.final = events.get_final_message().to_dict(mode="json")
