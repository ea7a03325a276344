"""What the status page and `handover top` read: the last hour, the live stream, and an operator's hand on a target."""

import http.client
import json
import signal
import time
from urllib.parse import urlsplit

import pytest

from clients import body_of, raw
from conftest import provider, route
from test_observe import api, get, handover, scrape, story, value

LEAD, BACKUP = "lead/gpt-4o-mini", "backup/claude-haiku-4-5"
PROMPT = "The password of the prompt is swordfish."


def priced(target, **more):
    """A target with a price, as text."""
    rest = "".join(f", {key} = {value}" for key, value in more.items())
    return f'{{ model = "{target}", price = {{ input = 1.0, output = 10.0 }}{rest} }}'


def two(house, lead_script, backup_script="ok", top=""):
    """A lead and a backup, both with a price."""
    lead, backup = house.simulator("openai", lead_script), house.simulator("anthropic", backup_script)
    return house.gateway(
        top + provider("lead", "openai", lead.url) + provider("backup", "anthropic", backup.url, key="BACKUP_KEY")
        + route("default", priced(LEAD), priced(BACKUP, signal=2))
    )


def ask(gateway, model="default", stream=True, headers=None, usage=True):
    body = body_of("openai", PROMPT, model=model, stream=stream)
    if stream and usage:
        body["stream_options"] = {"include_usage": True}
    answer = raw(gateway.url, "openai", body, headers=headers or {})
    return answer, answer.headers["x-handover-request-id"]


def post(gateway, body, headers=None):
    """An operator's wish. `body` is sent as it is."""
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
    try:
        connection.request("POST", "/api/targets", body, {"content-type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def do(gateway, target, deed):
    status, told = post(gateway, json.dumps({"id": target, "do": deed}))
    assert status == 200, told
    return told


def target_of(status, target):
    return next(t for r in status["routes"] for t in r["targets"] if t["id"] == target)


class Live:
    """A reader of `/api/live`."""

    def __init__(self, gateway, headers=None):
        self.connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
        self.connection.request("GET", "/api/live", headers=headers or {})
        self.response = self.connection.getresponse()

    def event(self):
        """The next event and its object; `None` when the stream has ended."""
        name = None
        while line := self.response.readline():
            key, _, text = line.decode().rstrip("\n").partition(": ")
            if key == "event":
                name = text
            elif key == "data":
                return name, json.loads(text)
        return None

    def wait_for(self, name, wanted):
        """The first object of this event that `wanted` likes."""
        for _ in range(60):
            event = self.event()
            assert event, "the stream has ended"
            if event[0] == name and wanted(event[1]):
                return event[1]
        pytest.fail(f"no such {name}: {event}")

    def close(self):
        self.connection.close()


@pytest.fixture
def live(request):
    """Opens live streams that end with the test."""
    def open_one(gateway, **more):
        one = Live(gateway, **more)
        request.addfinalizer(one.close)
        return one
    return open_one


def test_a_failover_is_in_the_last_hour_with_its_reason_and_its_cost(house, stream):
    gateway = two(house, "overloaded then ok")
    before = api(gateway, "/api/history")
    assert before["switches"] == [] and before["targets"][LEAD]["success"] is None
    for _ in range(2):
        answer, request_id = ask(gateway, stream=stream)
        assert answer.status == 200
        told = story(gateway, request_id)
    first = api(gateway, "/api/requests")["requests"][1]
    history = api(gateway, "/api/history")
    lead, backup = history["targets"][LEAD], history["targets"][BACKUP]
    sum_of = lambda target: [sum(beat[n] for beat in target["beats"]) for n in range(2)]
    assert (sum_of(lead), sum_of(backup)) == ([1, 1], [1, 0])
    assert (lead["success"], backup["success"]) == (0.5, 1.0)
    assert lead["last_error"]["code"] == "overloaded" and backup["last_error"] is None
    assert (lead["first_token_p95_ms"] is not None) == stream
    assert len(lead["beats"]) == 30 and len(lead["first_token_p95"]) == len(history["cost"]) == 60
    answers = {kind: sum(minute[kind] for minute in history["answers"]) for kind in history["answers"][0]}
    assert answers == {"4": 1, "3": 0, "2": 1, "1": 0, "unrated": 0, "failed": 0}
    (switch,) = history["switches"]
    assert switch.pop("added_ms") >= 0 and abs(switch.pop("at_ms") - history["at_ms"]) < 60_000
    assert switch == {
        "route": "default", "from": LEAD, "to": BACKUP, "reason": "overloaded", "words": first["steps"][0]["words"],
        "when": "before_first_word", "how": None, "request_id": first["id"],
    }
    cost = lambda of: (of["billed"]["prompt_tokens"] + 10 * of["billed"]["completion_tokens"]) / 1e6
    for of in (first, told):
        assert of["cost"] == pytest.approx(cost(of)) and of["cost"] > 0
    assert [(of["place"], of["of"], of["lead"]) for of in (first, told)] == [(2, 2, LEAD), (1, 2, LEAD)]
    assert backup["cost_today"] == pytest.approx(cost(first)) and lead["cost_today"] == pytest.approx(cost(told))
    assert sum(minute or 0 for minute in history["cost"]) == pytest.approx(cost(first) + cost(told))
    status = api(gateway, "/api/status")
    assert (status["requests"], status["content_logged"], status["currency"]) == (2, False, "USD")
    assert 0 < status["started_at_ms"] <= status["at_ms"]
    told = target_of(status, BACKUP)
    assert (told["provider"], told["model"]) == ("backup", "claude-haiku-4-5")
    assert (told["place"], told["of"], told["is_off"], told["slow"]) == (2, 2, False, False)
    assert told["price"] == {"input": 1.0, "output": 10.0}


def test_a_switch_in_mid_answer_is_told_as_one_and_both_parts_are_paid_for(house):
    gateway = two(house, "ok tokens=40 reset@20", "ok")
    answer, request_id = ask(gateway)
    assert answer.status == 200
    told = story(gateway, request_id)
    (switch,) = [one for one in api(gateway, "/api/history")["switches"] if one["when"] == "mid_answer"]
    assert (switch["from"], switch["to"], switch["request_id"]) == (LEAD, BACKUP, request_id)
    assert switch["how"] in ("prefill", "instructed") and switch["added_ms"] == told["hand_overs"][0]["silence_ms"]
    assert [step["broke_off"] for step in told["steps"]] == [True]
    # Of a stream that broke its provider did not say how much it read: the cost is not known, and none is made up.
    known = told["hand_overs"][0]["billed"]["prompt_tokens"] is not None
    assert (told["cost"] is not None) == known
    lead = api(gateway, "/api/history")["targets"][LEAD]
    assert [sum(beat[n] for beat in lead["beats"]) for n in range(2)] == [0, 1], "an answer that broke is no good one"


def test_a_target_without_a_price_has_no_cost(house):
    lead = house.simulator("openai", "ok")
    gateway = house.gateway(provider("lead", "openai", lead.url) + route("default", LEAD))
    _, request_id = ask(gateway)
    assert story(gateway, request_id)["cost"] is None
    history = api(gateway, "/api/history")
    assert history["targets"][LEAD]["cost_today"] is None and set(history["cost"]) == {None}
    assert target_of(api(gateway, "/api/status"), LEAD)["price"] is None


def test_a_stream_that_does_not_say_how_much_it_was_has_no_cost(house):
    gateway = two(house, "ok")
    _, request_id = ask(gateway, usage=False)
    told = story(gateway, request_id)
    assert (told["billed"]["completion_tokens"], told["cost"]) == (None, None)
    assert api(gateway, "/api/history")["cost"][59] is None


def test_an_operator_puts_a_target_to_rest_and_uses_it_again(house, stream):
    gateway = two(house, "ok")
    assert do(gateway, LEAD, "rest") == {"id": LEAD, "state": "off", "is_off": True, "tested": None}
    answer, request_id = ask(gateway, stream=stream)
    assert answer.headers["x-handover-served"] == BACKUP and answer.headers["x-handover-reason"] == "off"
    (step,) = story(gateway, request_id)["steps"]
    assert (step["code"], step["words"], step["asked"]) == ("off", "put to rest by its operator", False)
    status = api(gateway, "/api/status")
    lead = target_of(status, LEAD)
    assert (lead["state"], lead["is_off"], lead["tried_again_in_s"], status["level"]) == ("off", True, None, "backup")
    assert lead["keys"][0]["breaker"]["state"] == "closed", "what is measured is told beside it"
    assert value(scrape(gateway), "handover_target_state", target=LEAD, state="off") == 1
    assert "put to rest by its operator" in gateway.log()
    assert "put to rest by its operator" in handover("why", request_id, "--url", gateway.url).stdout
    assert do(gateway, LEAD, "use") == {"id": LEAD, "state": "ready", "is_off": False, "tested": None}
    assert ask(gateway, stream=stream)[0].headers["x-handover-served"] == LEAD
    assert value(scrape(gateway), "handover_target_state", target=LEAD, state="off") == 0
    assert "used again by its operator" in gateway.log()


def test_nobody_is_asked_who_was_put_to_rest_not_even_as_the_last_one(house, stream):
    gateway = two(house, "ok")
    do(gateway, LEAD, "rest")
    do(gateway, BACKUP, "rest")
    for model, only in [("default", "false"), (LEAD, "true")]:
        answer, request_id = ask(gateway, model=model, stream=stream, headers={"x-handover-only": only})
        assert answer.status == 503 and answer.headers["x-should-retry"] == "false"
        assert f"{LEAD}: put to rest by its operator" in answer.json["error"]["message"]
        assert story(gateway, request_id)["attempts"] == 0
    assert api(gateway, "/api/status")["level"] == "none"


def test_a_rest_holds_in_every_route_that_has_the_target(house):
    lead = house.simulator("openai", "ok")
    gateway = house.gateway(provider("lead", "openai", lead.url) + route("first", LEAD) + route("second", LEAD))
    do(gateway, LEAD, "rest")
    assert [ask(gateway, model=name)[0].status for name in ("first", "second")] == [503, 503]
    states = [t["state"] for r in api(gateway, "/api/status")["routes"] for t in r["targets"]]
    assert states == ["off", "off"]


def test_a_test_says_what_is_wrong_and_when_it_works_again(house):
    gateway = two(house, "401 then ok first=50ms")
    do(gateway, LEAD, "rest")
    told = do(gateway, LEAD, "test")["tested"]
    assert (told["ok"], told["code"]) == (False, "key_refused") and "key" in told["words"]
    assert api(gateway, "/api/history")["targets"][LEAD]["last_error"]["code"] == "key_refused"
    again = do(gateway, LEAD, "test")
    assert again["tested"]["ok"] and again["tested"]["first_token_ms"] >= 50
    assert again["is_off"] and again["state"] == "off", "a test puts nothing back to use"


@pytest.mark.parametrize("body, headers, status, code", [
    ('{"id": "lead/nothing", "do": "rest"}', {}, 404, "unknown_target"),
    ('{"id": "lead/gpt-4o-mini", "do": "delete"}', {}, 400, "invalid_do"),
    ('{"do": "rest"}', {}, 400, "invalid_target"),
    ("[]", {}, 400, "invalid_json"),
    ("", {}, 400, "invalid_json"),
    ('{"id": "lead/gpt-4o-mini", "do": "rest"}', {"content-type": "text/plain"}, 400, "invalid_content_type"),
    ('{"id": "lead/gpt-4o-mini", "do": "rest"}', {"origin": "https://evil.example"}, 403, None),
    ('{"id": "lead/gpt-4o-mini", "do": "rest"}', {"sec-fetch-site": "cross-site"}, 403, None),
    ("x" * 9000, {}, 413, None),
])
def test_a_wish_that_is_none_changes_nothing(shared_house, body, headers, status, code):
    gateway = shared_gateway(shared_house)
    told_status, told = post(gateway, body, headers)
    assert (told_status, told["error"].get("code")) == (status, code or told["error"].get("code")), told
    assert target_of(api(gateway, "/api/status"), LEAD)["state"] == "ready"
    assert get(gateway, "/api/targets")[0] == 405


GATEWAYS = {}


def shared_gateway(house):
    if house not in GATEWAYS:
        GATEWAYS[house] = two(house, "ok")
    return GATEWAYS[house]


def test_a_page_is_told_how_things_stand_each_second(house, live):
    gateway = two(house, "ok")
    stream = live(gateway)
    assert stream.response.status == 200
    headers = {name.lower(): text for name, text in stream.response.getheaders()}
    assert (headers["content-type"], headers["cache-control"]) == ("text/event-stream", "no-cache")
    assert headers["x-accel-buffering"] == "no"
    began = time.monotonic()
    events = [stream.event() for _ in range(8)]
    took = time.monotonic() - began
    assert [name for name, _ in events] == ["status", "history", *["status"] * 5, "history"]
    assert 4.5 < took < 15, "one at once, and one each second"
    times = [told["at_ms"] for name, told in events if name == "status"]
    assert all(900 <= later - earlier for earlier, later in zip(times, times[1:])), times
    same = api(gateway, "/api/status")
    assert events[0][1].keys() == same.keys() and events[1][1].keys() == api(gateway, "/api/history").keys()


def test_a_page_sees_a_level_change_with_its_time_and_its_failures(house, live):
    gateway = two(house, "ok then 401", "500")
    stream = live(gateway)
    start = stream.wait_for("status", lambda told: True)["routes"][0]
    assert (start["level"], start["failed_since"]) == ("lead", 0)
    ask(gateway)
    for _ in range(6):
        ask(gateway)
    bad = stream.wait_for("status", lambda told: told["routes"][0]["level"] == "none")["routes"][0]
    assert bad["since_ms"] > start["since_ms"] and bad["failed_since"] >= 1
    stream.wait_for("history", lambda told: sum(minute["failed"] for minute in told["answers"]) == 6)


def test_the_time_of_a_change_is_known_though_nobody_looked(house):
    gateway = two(house, "401")
    ask(gateway)
    changed = time.time() * 1000
    while time.time() * 1000 < changed + 3000:
        get(gateway, "/healthz")
    told = api(gateway, "/api/status")["routes"][0]
    assert told["level"] == "backup" and abs(told["since_ms"] - changed) < 2000


def test_too_many_live_streams_are_refused_and_the_rest_goes_on(house, live):
    gateway = two(house, "ok")
    streams = [live(gateway) for _ in range(64)]
    assert {stream.response.status for stream in streams} == {200}
    refused = live(gateway)
    told = json.loads(refused.response.read())
    assert (refused.response.status, told["error"]["code"]) == (503, "too_many_live_streams")
    assert ask(gateway)[0].status == 200
    streams[0].close()
    # Its place is free as soon as the gateway has noticed, which is a matter of requests, not of time.
    deadline = time.monotonic() + 10
    again = live(gateway)
    while again.response.status != 200 and time.monotonic() < deadline:
        again = live(gateway)
    assert again.response.status == 200 and again.event()[0] == "status"


def test_a_gateway_that_is_told_to_stop_does_not_wait_for_its_status_pages(house, live):
    gateway = two(house, "ok")
    streams = [live(gateway) for _ in range(3)]
    assert all(stream.event() for stream in streams)
    began = time.monotonic()
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(timeout=20) == 0
    assert time.monotonic() - began < 5
    assert "every answer was finished" in gateway.log()
    while streams[0].event():
        pass


@pytest.mark.parametrize("path", ["/api/history", "/api/live"])
def test_another_sites_page_cannot_watch(shared_house, path):
    gateway = shared_gateway(shared_house)
    assert get(gateway, path, {"origin": "https://evil.example"})[0] == 403
    assert get(gateway, path, {"host": "evil.example", "user-agent": "Mozilla/5.0"})[0] == 403


def test_what_users_write_is_kept_only_where_the_operator_asks_for_it(house, stream):
    for content in (False, True):
        gateway = two(house, "overloaded", top=f"[log]\ncontent = {str(content).lower()}\n")
        answer, request_id = ask(gateway, stream=stream)
        assert answer.status == 200
        assert story(gateway, request_id).get("content") == ({"prompt": PROMPT} if content else None)
        assert api(gateway, "/api/status")["content_logged"] is content
        assert ("content-logged" in gateway.log()) is content, "whoever keeps it is told at the start"
        elsewhere = [get(gateway, path)[2] for path in ("/api/status", "/api/history", "/metrics")]
        assert not [text for text in [*elsewhere, gateway.log()] if "swordfish" in text]


def test_what_people_write_in_the_page_is_kept_like_any_other(house):
    gateway = two(house, "ok", top="[log]\ncontent = true\n")
    body = {"key": "a-key-of-my-own", "model": "default", "messages": [{"role": "user", "content": PROMPT}]}
    answer = raw(gateway.url, body=body, path="/api/chat")
    assert answer.status == 200 and b"event: done" in answer.body
    request_id = json.loads(answer.body.split(b"data: ")[1].split(b"\n")[0])["request_id"]
    told = story(gateway, request_id)
    assert told["content"] == {"prompt": PROMPT} and told["cost"] > 0


def test_check_warns_of_prompts_that_are_kept(house, tmp_path):
    file = tmp_path / "handover.toml"
    file.write_text("[log]\ncontent = true\n" + provider("lead", "openai", "http://127.0.0.1:1") + route("r", LEAD))
    told = handover("check", str(file))
    assert told.returncode == 0 and "warning[content-logged]" in told.stdout + told.stderr
