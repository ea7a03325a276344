"""How exact a hand-over in mid-answer is where both targets run the same model.

A lead replays what the embedded engine said, one token a chunk, and hangs up after token k, for every k. The engine, in
the same binary that real callers use, goes on. What the caller then has must be the delivered part and what the engine
says when it is asked for that part as the beginning of its answer, by another gateway whose engine remembers other
things.

`EXACTNESS_ANSWERS` says how many of the twenty answers are cut, `EXACTNESS_SEED` which ones, `EXACTNESS_TOKENS` how long
they are. `make exactness` cuts all of them, a little longer.
"""

import json
import os
import random
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clients import body_of, raw
from conftest import LOCAL_MODEL, NEVER_RESTING, provider, route

ANSWERS = int(os.environ.get("EXACTNESS_ANSWERS", "5"))
SEED = int(os.environ.get("EXACTNESS_SEED", "4"))
MAX_TOKENS = int(os.environ.get("EXACTNESS_TOKENS", "32"))
# The engine that is asked directly reads the whole conversation anew at every fourth cut. An engine whose words hang on
# its cache shows it there.
FORGETS_EVERY = 4
# The least share of cuts whose continuation is the engine's own, word for word.
AT_LEAST = 0.97
# The share that went on like the answer that was not cut, where a prefix was simply read and continued (measured with
# llama.cpp as it is). This engine has to do better than that.
UNCUT_AT_LEAST = 0.85

LOCAL = '[providers.local]\ndialect = "local"\npreload = true\n'
# Every answer of this file is waste, as the budget sees it.
PATIENCE = NEVER_RESTING + "[budgets]\nretries = 1.0\nwaste = 1.0\nwaste_floor = 1000000000\n"

GUIDE = (
    "You are the guide of a small museum by the sea. You are kind, you are brief, and you never invent facts. When a "
    "visitor asks about something that is not in the museum, you say so in one sentence and tell them what is. The "
    "museum has a lighthouse lamp, a whale's jaw, four model ships, a room of maps, and a collection of knots. It is "
    "open from nine to five, except on Mondays, and children under twelve need no ticket."
)


def talk(*texts, system=None) -> list:
    """A conversation of turns, the first one the user's."""
    turns = [{"role": "system", "content": system}] if system else []
    roles = ["user", "assistant"]
    return turns + [{"role": roles[place % 2], "content": text} for place, text in enumerate(texts)]


CONVERSATIONS = [
    talk("Explain why the sky is blue."),
    talk("Tell me a short story about a fox."),
    talk("What is the best way to boil an egg?"),
    talk("Write a haiku about rain."),
    talk("What is photosynthesis?"),
    talk("Give three tips for better sleep, as a numbered list."),
    talk("Who was Marie Curie?"),
    talk("Describe the taste of coffee."),
    talk("What does a compiler do?"),
    talk("Name the planets in order, separated by commas."),
    talk("Écris deux phrases sur la mer."),
    talk("Write a Python function that adds two numbers."),
    talk("Why do cats purr?", system="Answer like a pirate."),
    talk("What can I see here?", system=GUIDE),
    talk("Do you have a submarine?", system=GUIDE),
    talk("How much is a ticket for my son, who is ten?", system=GUIDE),
    talk("Tell me more about the lamp.", system=GUIDE),
    talk("I have two apples.", "Good for you! What will you do with them?", "Suggest a recipe with flour and sugar."),
    talk("Hello!", "Hello! How can I help you today?", "What should I pack for a hike?", "For how many days?", "Two."),
    talk("Summarise this in one sentence: " + GUIDE),
]


class Half:
    """A provider of the OpenAI dialect that streams given tokens, one a chunk, and hangs up."""

    def __init__(self):
        self.tokens = []
        self.hangs_up = True
        half = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                assert asked.get("stream"), "the gateway did not ask for a stream"
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for event in half._events():
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
                # Without a last chunk the connection broke.
                self.wfile.write(b"" if half.hangs_up else b"0\r\n\r\n")
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _events(self):
        deltas = [({"role": "assistant", "content": ""}, None)] + [({"content": token}, None) for token in self.tokens]
        for delta, finish in deltas + ([] if self.hangs_up else [({}, "stop")]):
            chunk = {"id": "chatcmpl-half", "object": "chat.completion.chunk", "created": 1700000000, "model": "half",
                     "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            yield f"data: {json.dumps(chunk)}\n\n".encode()
        if not self.hangs_up:
            yield b"data: [DONE]\n\n"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Heard:
    """One streamed answer."""

    pieces: list = field(default_factory=list)
    # Pieces that came before the hand-over was told.
    before: int | None = None
    told: dict | None = None
    finish: str | None = None
    tokens: int = 0

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def listen(gateway, model, messages, max_tokens) -> Heard:
    body = body_of("openai", model=model, messages=messages, max_tokens=max_tokens, temperature=0, stream=True,
                   stream_options={"include_usage": True})
    answer = raw(gateway.url, body=body, timeout=120)
    assert answer.status == 200 and not answer.cut, answer
    heard, lines = Heard(), [line[6:] for line in answer.body.decode().splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]", answer.body
    for chunk in map(json.loads, lines[:-1]):
        assert "error" not in chunk, chunk
        if chunk.get("handover", {}).get("event") == "hand_over":
            heard.before, heard.told = len(heard.pieces), chunk["handover"]
        heard.tokens = (chunk.get("usage") or {}).get("completion_tokens", heard.tokens)
        for choice in chunk["choices"]:
            if choice["delta"].get("content"):
                heard.pieces.append(choice["delta"]["content"])
            heard.finish = choice["finish_reason"] or heard.finish
    return heard


def seam_defect(delivered, new, direct) -> str | None:
    """What is wrong where two texts meet; another choice of words is not."""
    if new == direct:
        return None
    if direct and new.endswith(direct):
        return f"{new[:-len(direct)]!r} is there twice, or out of nowhere"
    if new and direct.endswith(new):
        return f"{direct[:-len(new)]!r} is lost"
    tail = delivered[-32:]
    if len(tail) == 32 and tail in (delivered[-31:] + new)[:64]:
        return f"{tail!r} is there twice"
    return None


@dataclass
class Count:
    cuts: int = 0
    exact: int = 0
    # Cuts where the engine that was asked directly had forgotten everything.
    anew: int = 0
    anew_exact: int = 0
    like_uncut: int = 0
    differing: list = field(default_factory=list)

    def __str__(self):
        return (f"{self.cuts} cuts: {self.exact / self.cuts:.1%} as the engine continues by itself, "
                f"{self.like_uncut / self.cuts:.1%} as the uncut answer")


@pytest.fixture(scope="module")
def half(shared_house):
    half = Half()
    shared_house._running.callback(half.close)
    return half


@pytest.fixture(scope="module")
def gateway(shared_house, half):
    return shared_house.gateway(
        PATIENCE + provider("half", "openai", half.url) + LOCAL
        + route("cut", "half/m", f"local/{LOCAL_MODEL}") + route("engine", f"local/{LOCAL_MODEL}")
        # Where hedging is possible, whole answers are streamed to the gateway from the start.
        + route("cut-whole", "half/m", f"local/{LOCAL_MODEL}", more='hedge = { after = "9s" }'))


@pytest.fixture(scope="module")
def other(shared_house):
    """Another process with another engine, with one slot, so that its cache is never the same."""
    return shared_house.gateway(LOCAL + "slots = 1\n" + route("engine", f"local/{LOCAL_MODEL}"))


def chosen() -> list:
    """Which conversations are cut: every kind is among the first ones."""
    order = list(range(len(CONVERSATIONS)))
    if ANSWERS < len(order):
        random.Random(SEED).shuffle(order)
    return sorted(order[:ANSWERS])


def answers_for_once(gateway, half, messages, whole):
    """The lead ends one answer well: after a hundred breaks in a row it would be left alone."""
    half.tokens, half.hangs_up = whole.pieces, False
    got = listen(gateway, "cut", messages, MAX_TOKENS)
    half.hangs_up = True
    assert got.text == whole.text and got.told is None


def cut(count, gateway, other, half, messages, whole, k):
    """Cuts an answer after its `k`th token, and compares what comes of it."""
    half.tokens = whole.pieces[:k]
    delivered = "".join(half.tokens)
    got = listen(gateway, "cut", messages, MAX_TOKENS)
    where = f"{messages[-1]['content']!r} after token {k}, {delivered!r}"
    if not delivered.strip():
        # There was nothing to go on from: it began anew.
        assert got.text.endswith(whole.text), where
        return
    assert got.told and got.told["how"] == "prefill" and got.told["to"] == f"local/{LOCAL_MODEL}", (where, got.told)
    assert got.before == k and got.told["delivered_tokens"] == k, (where, got.told)
    assert got.text.startswith(delivered), (where, got.text)
    assert got.finish in ("stop", "length"), where
    is_anew = k % FORGETS_EVERY == 1
    if is_anew:
        # Its only slot: what it remembers of the conversation is gone, and all of it is read at once.
        listen(other, "engine", talk("x"), 1)
    beginning = [*messages, {"role": "assistant", "content": delivered}]
    direct = listen(other, "engine", beginning, MAX_TOKENS - k)
    new = got.text[len(delivered):]
    # Every token that the engine counts reached the caller, and nothing else did. The one that ends the answer has no
    # text, and one that ends in the middle of a character comes with the next.
    assert 0 <= got.tokens - len(got.pieces) <= 2, (where, got)
    assert not (defect := seam_defect(delivered, new, direct.text)), (where, defect)
    count.cuts += 1
    is_exact = (new, got.finish) == (direct.text, direct.finish)
    count.exact += is_exact
    count.anew += is_anew
    count.anew_exact += is_anew and is_exact
    # Where the limit cuts the answer, a piece of two tokens (a character in two halves) lets it end one token later.
    is_limited = whole.finish == got.finish == "length"
    count.like_uncut += got.text == whole.text or (is_limited and got.text.startswith(whole.text))
    if new != direct.text:
        count.differing.append((where, new, direct.text))


def test_the_same_model_goes_on_with_an_answer_as_if_nothing_had_happened(gateway, other, half):
    count = Count()
    for number in chosen():
        messages = CONVERSATIONS[number]
        whole = listen(gateway, "engine", messages, MAX_TOKENS)
        assert whole.text and whole.told is None
        answers_for_once(gateway, half, messages, whole)
        for k in range(1, len(whole.pieces)):
            cut(count, gateway, other, half, messages, whole, k)
        print(f"answer {number + 1}: {len(whole.pieces)} tokens; so far {count}", flush=True)
    print(f"{len(chosen())} answers, cut after every token; {count}")
    for differing in count.differing:
        print("differs:", *differing, sep="\n  ")
    assert count.cuts >= 15 * ANSWERS, "too few cuts to say anything"
    assert count.exact >= AT_LEAST * count.cuts, count.differing
    assert count.anew_exact >= AT_LEAST * count.anew, count.differing
    assert count.like_uncut >= UNCUT_AT_LEAST * count.cuts, count


def test_an_answer_in_one_piece_is_continued_as_exactly(gateway, other, half):
    messages = CONVERSATIONS[0]
    whole = listen(gateway, "engine", messages, MAX_TOKENS)
    answers_for_once(gateway, half, messages, whole)
    for k in (1, 2, 9, len(whole.pieces) - 1):
        half.tokens = whole.pieces[:k]
        delivered = "".join(half.tokens)
        answer = raw(gateway.url, timeout=120, body=body_of(
            "openai", model="cut-whole", messages=messages, max_tokens=MAX_TOKENS, temperature=0))
        assert answer.status == 200, answer.body
        choice = answer.json["choices"][0]
        beginning = [*messages, {"role": "assistant", "content": delivered}]
        direct = listen(other, "engine", beginning, MAX_TOKENS - k)
        assert choice["message"]["content"] == delivered + direct.text, k
        assert choice["finish_reason"] == direct.finish
        assert answer.headers["x-handover-hand-over"], answer.headers


@pytest.mark.parametrize("delivered, new, direct, is_defect", [
    ("It is ", "red.", "red.", False),
    ("It is ", "blue.", "red.", False),
    ("It is ", "is red.", "red.", True),
    ("It is ", "ed.", "red.", True),
    ("The quick brown fox jumps over the dog. ", "jumps over the quick brown fox.", "He naps.", False),
    ("The quick brown fox jumps over the dog. ", "ck brown fox jumps over the dog. He ran.", "He naps.", True),
], ids=["same", "other-words", "repeated", "lost", "short-repetition", "long-repetition"])
def test_a_defect_at_the_seam_is_told_from_another_choice_of_words(delivered, new, direct, is_defect):
    assert bool(seam_defect(delivered, new, direct)) == is_defect
