"""A stream that breaks in its middle is written on by the next model: official SDKs notice nothing but its name.

The simulated providers have the same answer in mind, so what the caller must end up with is known to the letter. Each
route has providers of its own, so that no test suffers from what another one did to them.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from clients import SDKS, ask, body_of, raw
from conftest import NEVER_RESTING, Server, free_port, provider, route
from streams import stream

TEXT = (
    "The lighthouse keeper counted seven ships before the fog came in. He lit the lamp, wound the old clockwork, and "
    "wrote their names into the ledger by hand:\n\n* Aurora\n* Bellerophon\n* Cutty Sark – «la petite»\n\nWhen the wind "
    "turned north he knew that one of them would not reach the harbour that night."
)
TOKENS = 56
TEXT_IN_QUOTES = json.dumps(TEXT, ensure_ascii=False)
WHOLE = f"ok {TEXT_IN_QUOTES} every=2ms"
FIRST_WORDS = "The lighthouse keeper counted seven ships before the fog came in. He"
CUT = f"{WHOLE} cut@{len(FIRST_WORDS.split())}"

JSON_MODE = {"type": "json_object"}
LEADS_JSON, JSON = '{ "city": "Atlantis", "ships": [ 1, 2, 3 ] }', '{ "city": "Oslo", "ships": [ 4, 5, 6 ] }'
CALL = """tool get_weather '{"city":"Oslo"}'"""
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = {
    "openai": [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}],
    "anthropic": [{"name": "get_weather", "input_schema": SCHEMA}],
}
DIALECTS = ["openai", "anthropic", "cohere"]
# Ends of a connection after the twelfth word, on a real socket, and the words by which they are told.
FAULTS = {"cut@12": "cut_off", "close@12": "cut_off", "reset@12": "cut_off", "stall@12": "stalled",
          "malformed@12": "malformed", "error@12:overloaded": "overloaded"}


@dataclass
class Target:
    """A model that plays a script, and the `prefill` word of its provider."""

    dialect: str
    script: str = WHOLE
    prefill: str | None = None


# How a backup may be made to go on: the backup, and how the hand-over is then told.
BACKUPS = {
    "openai-continue": (Target("openai", prefill="continue_final_message"), "prefill"),
    "openai-trailing": (Target("openai", f"{WHOLE} continues=exact", "trailing"), "prefill"),
    "openai-prefix": (Target("openai", prefill="prefix"), "prefill"),
    "openai-instructed": (Target("openai"), "instructed"),
    "anthropic-trailing": (Target("anthropic", prefill="trailing"), "prefill"),
    "anthropic-instructed": (Target("anthropic", prefill="none"), "instructed"),
    "cohere-instructed": (Target("cohere"), "instructed"),
}


def _routes() -> dict:
    """All routes of this file: name, targets, settings."""
    routes = {}
    for lead in DIALECTS:
        for name, (backup, _) in BACKUPS.items():
            routes[f"{lead}-then-{name}"] = ([Target(lead, CUT), backup], "")
    for lead in ["openai", "anthropic"]:
        prefill = "continue_final_message" if lead == "openai" else "trailing"
        exact, exact_to_the_end = Target(lead, f"{WHOLE} cut@14", prefill), Target(lead, prefill=prefill)
        # Asked in words it repeats ten of them: eight are new.
        asked = Target("cohere", f"{WHOLE} cut@18")
        other = Target("anthropic" if lead == "openai" else "openai", prefill="none")
        routes[f"twice-exactly-{lead}"] = ([Target(lead, CUT), exact, exact_to_the_end], "max_hand_overs = 2")
        routes[f"twice-asked-{lead}"] = ([Target(lead, CUT), asked, other], "max_hand_overs = 2")
        routes[f"once-of-two-{lead}"] = ([Target(lead, CUT), exact, other], "")
        for fault in FAULTS:
            more = 'timeouts = { stall = "1s" }' if fault.startswith("stall") else ""
            routes[f"{fault.split('@')[0]}-{lead}"] = ([Target(lead, f"{WHOLE} {fault}"), other], more)
        # It dies while it repeats what the caller has.
        no_new_word = Target("cohere", f"{WHOLE} cut@5")
        routes[f"early-{lead}"] = ([Target(lead, CUT), no_new_word, other], "")
        routes[f"held-{lead}"] = ([Target(lead, f"{WHOLE} cut@3"), other], 'commit_delay = "1s"')
        routes[f"mid-stream-stop-{lead}"] = ([Target(lead, CUT), other], 'mid_stream = "stop"')
        routes[f"no-seam-{lead}"] = ([Target(lead, CUT), Target("openai", f"{WHOLE} continues=declines")], "")
        # The two words of thinking are tokens too.
        routes[f"thinks-{lead}"] = ([Target(lead, f"{WHOLE} think='Seven ships.' cut@14"), other], "")
        routes[f"others-ill-{lead}"] = ([Target(lead, CUT), Target(other.dialect, "503")], "max_attempts = 2")
        routes[f"alone-{lead}"] = ([Target(lead, f"{CUT} then {WHOLE}")], "")
        half_a_call = Target(lead, """tool get_weather '{"city":"Atlantis"}' cut_arguments""")
        routes[f"call-{lead}"] = ([half_a_call, Target(other.dialect, CALL)], "")
        # So slowly that its words are out before the call breaks.
        text_and_half_a_call = Target(
            lead, """ok 'Let me look.' tool:get_weather='{"city":"Atlantis"}' cut_arguments every=20ms""")
        routes[f"text-and-call-{lead}"] = ([text_and_half_a_call, Target(other.dialect, CALL)], "")
    begun = Target("anthropic", f"{CUT} continues=exact", "trailing")
    routes["begun"] = ([begun, Target("anthropic", prefill="trailing")], "")
    for json_stream in ["hold", "pass"]:
        targets = [Target("openai", f"ok '{LEADS_JSON}' every=2ms cut@5"), Target("openai", f"ok '{JSON}'")]
        routes[f"json-{json_stream}"] = (targets, f'json_stream = "{json_stream}"')
    return routes


ROUTES = _routes()


@pytest.fixture(scope="module")
def gateway(shared_house):
    """Every model is named after its route and its place there; one simulator for each dialect plays them all."""
    ports, args = {dialect: free_port() for dialect in DIALECTS}, {dialect: [] for dialect in DIALECTS}
    config = NEVER_RESTING
    for name, (targets, more) in ROUTES.items():
        ids = []
        for place, target in enumerate(targets, start=1):
            model = f"{name}-{place}"
            args[target.dialect] += ["--model", f"{model}={target.script}"]
            config += provider(model, target.dialect, f"http://127.0.0.1:{ports[target.dialect]}")
            config += f'prefill = "{target.prefill}"\n' if target.prefill else ""
            ids.append(f"{model}/{model}")
        config += route(name, *ids, more=more)
    for dialect, port in ports.items():
        command = ["drill", "provider", "--listen", f"127.0.0.1:{port}", "--dialect", dialect, *args[dialect]]
        shared_house._keep(Server(command, shared_house.folder, f"providers-{dialect}", port))
    return shared_house.gateway(config)


def is_in_order(told, models):
    """What holds for the events of every whole answer, whoever wrote how much of it."""
    assert told.error is None, told
    assert told.text == TEXT
    (_is_in_order_openai if told.dialect == "openai" else _is_in_order_anthropic)(told, models)


def _is_in_order_openai(told, models):
    assert len({(chunk["id"], chunk["created"], chunk["object"]) for chunk in told.events}) == 1, told.events
    assert [choice["delta"].get("role") for choice in told.choices if choice["delta"].get("role")] == ["assistant"]
    assert [choice["finish_reason"] for choice in told.choices if choice["finish_reason"]] == ["stop"]
    assert {choice["index"] for choice in told.choices} == {0}
    wrote = [chunk["model"] for chunk in told.events]
    assert [model for at, model in enumerate(wrote) if model not in wrote[:at]] == models
    assert sorted(wrote, key=models.index) == wrote, "no model comes back"
    is_counted(told.events[-1]["usage"], "prompt_tokens", "completion_tokens", "cohere" in models[0])
    assert not any(chunk.get("usage") for chunk in told.events[:-1])
    assert told.events[-1]["usage"]["total_tokens"] == sum(
        told.events[-1]["usage"][part] for part in ["prompt_tokens", "completion_tokens"])


def _is_in_order_anthropic(told, models):
    types = [event["type"] for event in told.events if event["type"] != "ping"]
    deltas = types.count("content_block_delta")
    assert types == ["message_start", "content_block_start", *["content_block_delta"] * deltas, "content_block_stop",
                     "message_delta", "message_stop"]
    assert {event["index"] for event in told.events if "index" in event} == {0}
    # The dialect has no place for another name behind the first event.
    assert told.events[0]["message"]["model"] == models[0]
    end = told.of_type("message_delta")[0]
    assert end["delta"]["stop_reason"] == "end_turn"
    usage = {**told.events[0]["message"]["usage"], **{k: v for k, v in end["usage"].items() if v is not None}}
    is_counted(usage, "input_tokens", "output_tokens", "cohere" in models[0])


def is_counted(usage, prompt, completion, by_cohere=False):
    """One usage for one answer: the caller's prompt once, and what it got, however many wrote it."""
    assert abs(usage[completion] - TOKENS) <= 3, usage
    # What was added for the backups is not the caller's. Cohere counts about 500 tokens of its own with every prompt.
    assert 0 <= usage[prompt] <= (520 if by_cohere else 20), usage


def models_of(name) -> list:
    return [f"{name}-{place}" for place in range(1, len(ROUTES[name][0]) + 1)]


# Every way for Python; Node takes a moment to start and reads one answer of each kind.
TWICE = [(sdk, f"twice-{how}-{lead}") for sdk in SDKS for how in ["exactly", "asked"] for lead in ["openai", "anthropic"]
         if sdk[1] == "python" or (lead == sdk[0]) == (how == "exactly")]
NAMES = {"ids": lambda value: value if isinstance(value, str) else "-".join(value)}


@pytest.mark.parametrize(("client", "name"), TWICE, **NAMES)
def test_a_stream_handed_over_twice_is_one_answer_to_whoever_reads_its_events(gateway, client, name):
    told = stream(client, gateway.url, model=name)
    models = models_of(name)
    is_in_order(told, models)
    if told.dialect == "openai":
        handed = [chunk for chunk in told.events if "handover" in chunk]
        assert [(chunk["handover"]["from"], chunk["handover"]["to"]) for chunk in handed] == [
            (f"{before}/{before}", f"{after}/{after}") for before, after in zip(models, models[1:])]
        assert [chunk["handover"]["model"] for chunk in handed] == [chunk["model"] for chunk in handed] == models[1:]
        assert all(chunk["handover"]["event"] == "hand_over" for chunk in handed)
        assert all(chunk["choices"][0]["delta"] == {} for chunk in handed), "who does not look sees nothing"


@pytest.mark.parametrize(("client", "name"), TWICE, **NAMES)
def test_the_sdks_own_accumulator_makes_one_whole_message_of_it(gateway, client, name):
    told = stream(client, gateway.url, helper=True, model=name)
    is_in_order(told, models_of(name))
    assert told.final_text == TEXT
    if told.dialect == "openai":
        assert told.final["choices"][0]["finish_reason"] == "stop"
        is_counted(told.final["usage"], "prompt_tokens", "completion_tokens")
    else:
        assert [block["type"] for block in told.final["content"]] == ["text"]
        assert told.final["stop_reason"] == "end_turn"
        is_counted(told.final["usage"], "input_tokens", "output_tokens")


@pytest.mark.parametrize("backup", BACKUPS)
@pytest.mark.parametrize("lead", DIALECTS)
def test_any_provider_goes_on_for_any_other(gateway, dialect, lead, backup):
    name, how = f"{lead}-then-{backup}", BACKUPS[backup][1]
    told = stream((dialect, "python"), gateway.url, model=name)
    is_in_order(told, models_of(name))
    if dialect == "openai":
        assert [chunk["handover"]["how"] for chunk in told.events if "handover" in chunk] == [how]


@pytest.mark.parametrize("backup", BACKUPS)
def test_an_answer_in_one_piece_is_whole_although_who_began_it_died(gateway, dialect, backup):
    # Between two dialects the provider streams whatever the caller reads.
    lead = "anthropic" if dialect == "openai" else "openai"
    name, how = f"{lead}-then-{backup}", BACKUPS[backup][1]
    answer = raw(gateway.url, dialect, body_of(dialect, model=name, max_tokens=500))
    assert answer.status == 200, answer.body
    said = answer.json["choices"][0]["message"]["content"] if dialect == "openai" else answer.json["content"][0]["text"]
    assert said == TEXT
    assert answer.json["model"] == f"{name}-2"
    told = f"from={name}-1/{name}-1; reason=cut_off; how={how}; delivered_tokens={len(FIRST_WORDS.split())}"
    assert answer.headers["x-handover-hand-over"] == told
    assert answer.headers["x-handover-served"] == f"{name}-2/{name}-2"
    assert answer.headers["x-handover-attempts"] == "2"
    usage = answer.json["usage"]
    kinds = ("prompt_tokens", "completion_tokens") if dialect == "openai" else ("input_tokens", "output_tokens")
    is_counted(usage, *kinds, "cohere" in name)


def test_no_sdk_notices_that_its_plain_answer_had_two_authors(gateway, sdk):
    lead = "anthropic" if sdk[0] == "openai" else "openai"
    name = f"{lead}-then-openai-instructed"
    seen = ask(sdk, gateway.url, model=name, max_tokens=500)
    assert (seen.error, seen.text, seen.model) == (None, TEXT, f"{name}-2")
    assert seen.finish in ("stop", "end_turn")


def test_the_hand_over_is_told_before_the_first_new_word_and_behind_the_answer(gateway, dialect):
    name = f"twice-exactly-{dialect}"
    answer = raw(gateway.url, dialect, body_of(dialect, model=name, stream=True, max_tokens=500))
    blocks = answer.body.decode().strip().split("\n\n")
    comments = [at for at, block in enumerate(blocks) if block.startswith(": handover ")]
    assert len(comments) == 3, answer.body
    records = [json.loads(blocks[at].removeprefix(": handover ")) for at in comments]
    for at, record, place in zip(comments, records, [2, 3]):
        assert record["event"] == "hand_over" and record["to"] == f"{name}-{place}/{name}-{place}"
        # Behind the comment the same for programs, then the first new word: nothing of it is before.
        told = json.loads(blocks[at + 1].rpartition("data: ")[2])
        assert told["handover"] == record
        assert dialect == "openai" or blocks[at + 1].startswith("event: ping\n")
    words = [[word for block in part for word in _words(dialect, block)] for part in (
        blocks[:comments[0]], blocks[comments[0]:comments[1]], blocks[comments[1]:])]
    assert "".join(words[0]) == FIRST_WORDS
    assert [len(part) for part in words] == [12, 14, TOKENS - 26]
    assert "".join(sum(words, [])) == TEXT
    trailer = records[2]
    assert comments[2] == len(blocks) - 1, "the last line"
    said = ["from", "to", "reason", "how", "delivered_tokens"]
    assert trailer["hand_overs"] == [{key: record[key] for key in said} for record in records[:2]]
    assert [record["delivered_tokens"] for record in records[:2]] == [12, 26]
    assert (trailer["served"], trailer["attempts"]) == (f"{name}-3/{name}-3", 3)
    terminator = "data: [DONE]" if dialect == "openai" else "event: message_stop"
    assert sum(block.startswith(terminator) for block in blocks) == 1
    assert dialect == "anthropic" or b'"usage"' not in answer.body, "the caller has not asked for it"


def _words(dialect, block) -> list:
    event = block.rpartition("data: ")[2]
    if block.startswith(":") or event == "[DONE]":
        return []
    event = json.loads(event)
    if dialect == "openai":
        words = [choice["delta"].get("content") for choice in event["choices"]]
    else:
        words = [event.get("delta", {}).get("text")]
    return [word for word in words if word]


@pytest.mark.parametrize("backup", ["openai-continue", "anthropic-trailing", "openai-instructed"])
def test_the_callers_limit_on_tokens_holds_over_all_who_write(gateway, dialect, backup):
    limit = {"openai": {"max_completion_tokens": 30}, "anthropic": {"max_tokens": 30}}[dialect]
    told = stream((dialect, "python"), gateway.url, model=f"{dialect}-then-{backup}", **limit)
    assert told.error is None, told
    assert TEXT.startswith(told.text) and len(told.text.split()) == 30
    if dialect == "openai":
        assert told.choices[-1]["finish_reason"] == "length"
        assert told.events[-1]["usage"]["completion_tokens"] == 30
    else:
        end = told.of_type("message_delta")[0]
        assert (end["delta"]["stop_reason"], end["usage"]["output_tokens"]) == ("max_tokens", 30)


# Where another model must not, or cannot, go on: name, route, what the request says, why.
STOPS = [
    ("tools-offered", "{lead}-then-openai-instructed", {"tools": "offered"}, "tools"),
    ("the-caller-says-stop", "{lead}-then-openai-continue", {"headers": {"x-handover-mid-stream": "stop"}},
     "mid_stream_stop"),
    ("the-route-says-stop", "mid-stream-stop-{lead}", {}, "mid_stream_stop"),
    ("no-model-finds-the-place", "no-seam-{lead}", {}, "no_seam"),
    ("thinking-was-shown", "thinks-{lead}", {}, "reasoning"),
    ("handed-over-before", "once-of-two-{lead}", {}, "max_hand_overs"),
    ("the-others-are-ill", "others-ill-{lead}", {}, "max_attempts"),
    ("json-as-it-comes", "json-pass", {"response_format": JSON_MODE}, "json"),
]
SOME_FOR_NODE = {"tools-offered", "the-caller-says-stop"}
STOP_CASES = [(sdk, *stop) for sdk in SDKS for stop in STOPS
              if (sdk[1] == "python" or stop[0] in SOME_FOR_NODE) and (sdk[0] == "openai" or stop[3] != "json")]


@pytest.mark.parametrize("helper", [False, True], ids=["events", "helper"])
@pytest.mark.parametrize(("client", "case", "name", "more", "why"), STOP_CASES,
                         ids=[f"{'-'.join(case[0])}-{case[1]}" for case in STOP_CASES])
def test_what_may_not_be_gone_on_with_ends_in_the_sdks_own_error(gateway, client, case, name, more, why, helper):
    name = name.format(lead=client[0])
    more = {"tools": TOOLS[client[0]]} if "tools" in more else more
    told = stream(client, gateway.url, helper=helper, model=name, **more)
    assert told.error is not None, told
    assert told.error["type"] == ("APIStatusError" if client == ("anthropic", "python") else "APIError"), told.error
    stop = told.stop
    assert (stop["event"], stop["reason"]) == ("stopped", why), stop
    assert stop["delivered_tokens"] > 0 and stop["failure"] and stop["from"], stop
    # What came before is kept, and is not more than one model's or a joined text.
    whole = LEADS_JSON if why == "json" else TEXT
    assert len(told.text) > 10 and whole.startswith(told.text), told.text
    if why == "max_hand_overs":
        assert len(told.text.split()) > len(FIRST_WORDS.split())
    elif why != "json":
        assert told.text == FIRST_WORDS


@pytest.mark.parametrize("fault", FAULTS)
def test_it_goes_on_however_the_connection_dies(gateway, dialect, fault):
    name = f"{fault.split('@')[0]}-{dialect}"
    told = stream((dialect, "python"), gateway.url, model=name)
    is_in_order(told, models_of(name))
    if dialect == "openai":
        assert [chunk["handover"]["reason"] for chunk in told.events if "handover" in chunk] == [FAULTS[fault]]


def test_a_backup_that_dies_before_its_first_new_word_was_never_there(gateway, dialect):
    first, _, third = models_of(f"early-{dialect}")
    told = stream((dialect, "python"), gateway.url, model=f"early-{dialect}")
    is_in_order(told, [first, third])
    if dialect == "openai":
        assert [chunk["handover"]["from"] for chunk in told.events if "handover" in chunk] == [f"{first}/{first}"]


def test_what_breaks_while_the_first_words_are_held_is_nobodys_business(gateway, dialect):
    name = f"held-{dialect}"
    answer = raw(gateway.url, dialect, body_of(dialect, model=name, stream=True, max_tokens=500))
    assert answer.headers["x-handover-served"] == f"{name}-2/{name}-2"
    assert answer.headers["x-handover-attempts"] == "2"
    blocks = answer.body.decode().strip().split("\n\n")
    assert "".join(word for block in blocks for word in _words(dialect, block)) == TEXT
    assert b"hand_over" not in answer.body and f'"{name}-1"'.encode() not in answer.body


def test_an_answer_that_the_caller_has_begun_stays_one_sentence(gateway):
    question = [{"role": "user", "content": "Go on."}, {"role": "assistant", "content": "The lighthouse keeper"}]
    told = stream(("anthropic", "python"), gateway.url, helper=True, model="begun", messages=question)
    assert told.error is None, told
    assert "The lighthouse keeper" + told.final_text == TEXT


def test_each_of_many_readers_gets_an_answer_of_its_own(gateway, dialect):
    name = f"{dialect}-then-cohere-instructed"
    with ThreadPoolExecutor(24) as pool:
        asked = [pool.submit(stream, (dialect, "python"), gateway.url, model=name) for _ in range(48)]
        told = [one.result() for one in asked]
    for one in told:
        is_in_order(one, models_of(name))
    ids = {one.events[0]["id"] if dialect == "openai" else one.events[0]["message"]["id"] for one in told}
    assert len(ids) == len(told)


def test_a_route_with_one_model_goes_on_with_it(gateway, dialect):
    name = f"alone-{dialect}"
    told = stream((dialect, "python"), gateway.url, model=name)
    is_in_order(told, models_of(name))
    if dialect == "openai":
        assert [chunk["handover"]["to"] for chunk in told.events if "handover" in chunk] == [f"{name}-1/{name}-1"]


def test_a_caller_may_ask_to_go_on_where_the_route_says_stop(gateway, dialect):
    told = stream((dialect, "python"), gateway.url, model=f"mid-stream-stop-{dialect}",
                  headers={"x-handover-mid-stream": "continue"})
    is_in_order(told, models_of(f"mid-stream-stop-{dialect}"))


@pytest.mark.parametrize("language", ["python", "js"])
def test_half_a_document_is_never_seen_by_whoever_asked_for_json(gateway, language):
    told = stream(("openai", language), gateway.url, helper=True, model="json-hold", response_format=JSON_MODE)
    assert (told.error, told.text, told.final_text) == (None, JSON, JSON)
    assert {chunk["model"] for chunk in told.events} == {"json-hold-2"}
    assert not any("handover" in chunk for chunk in told.events), "nobody went on: one model wrote all of it"


def _calls(told) -> list:
    if told.dialect == "openai":
        calls = told.final["choices"][0]["message"]["tool_calls"]
        return [json.loads(call["function"]["arguments"]) for call in calls]
    return [block["input"] for block in told.final["content"] if block["type"] == "tool_use"]


def test_a_tool_call_that_breaks_off_is_made_whole_by_the_next_model(gateway, sdk):
    told = stream(sdk, gateway.url, helper=True, model=f"call-{sdk[0]}", tools=TOOLS[sdk[0]])
    assert told.error is None, told
    assert _calls(told) == [{"city": "Oslo"}]
    assert "Atlantis" not in json.dumps(told.events)


def test_words_in_front_of_a_broken_tool_call_do_not_become_an_answer_without_it(gateway, sdk):
    told = stream(sdk, gateway.url, helper=True, model=f"text-and-call-{sdk[0]}", tools=TOOLS[sdk[0]])
    assert told.error is not None, told
    assert (told.stop["reason"], told.text) == ("tools", "Let me look.")
    assert "Atlantis" not in json.dumps(told.events)
