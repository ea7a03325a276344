"""What the chat page and `handover chat` read: an answer as a list of events that can be read again."""

import http.client
import json
import signal
import uuid
from urllib.parse import urlsplit

import pytest

from conftest import provider, route

TEXT = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen."
ENDS = {"done", "stopped", "error"}


def send(gateway, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
    body = json.dumps(body) if isinstance(body, dict) else body
    connection.request(method, path, body=body, headers={"content-type": "application/json", **(headers or {})})
    return connection.getresponse()


def events(response):
    """Each event as (number, name, data), as they come."""
    fields = {}
    for line in response:
        line = line.decode().rstrip("\n")
        if not line and fields.get("event"):
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}
        elif not line.startswith(":") and line:
            name, _, value = line.partition(": ")
            fields[name] = value


def question(**change):
    return {"key": uuid.uuid4().hex, "model": "default", "messages": [{"role": "user", "content": "Count."}], **change}


def ask(gateway, **change):
    response = send(gateway, "POST", "/api/chat", question(**change))
    assert response.status == 200, response.read()
    return list(events(response))


def text(seen):
    return "".join(data["text"] for _, name, data in seen if name == "text")


def names(seen):
    """The names in order, a run of the same ones as one."""
    found = [name for _, name, _ in seen]
    return [name for at, name in enumerate(found) if at == 0 or found[at - 1] != name]


def chain(house, *scripts, more=""):
    config, targets = "", []
    for number, (dialect, script) in enumerate(scripts):
        config += provider(f"p{number}", dialect, house.simulator(dialect, script).url)
        targets.append(f"p{number}/m{number}" if number == 0 else f'{{ model = "p{number}/m{number}", signal = 2 }}')
    return house.gateway(config + route("default", *targets, more=more))


def test_a_reader_is_told_who_was_asked_who_failed_and_who_answers(house):
    gateway = chain(house, ("openai", "529"), ("anthropic", f"ok '{TEXT}'"))
    seen = ask(gateway)
    assert names(seen) == ["asked", "asking", "failed", "asking", "served", "text", "done"]
    assert [number for number, _, _ in seen] == list(range(len(seen)))
    assert text(seen) == TEXT
    by_name = {name: data for _, name, data in seen}
    assert by_name["failed"]["code"] == "overloaded" and by_name["failed"]["target"] == "p0/m0"
    served, done = by_name["served"], by_name["done"]
    assert served["served"] == done["story"]["served"] == "p1/m1"
    assert (served["signal"], done["story"]["outcome"], done["finish_reason"]) == ("2", "complete", "stop")
    # One record: what the page shows and what `why` tells are the same.
    story = json.loads(send(gateway, "GET", f"/api/requests/{by_name['asked']['request_id']}").read())
    assert story == done["story"]


def test_a_reader_sees_where_another_model_went_on(house):
    gateway = chain(house, ("openai", f"ok '{TEXT}' cut@9"), ("anthropic", f"ok '{TEXT}'"))
    seen = ask(gateway)
    assert names(seen) == ["asked", "asking", "served", "text", "asking", "hand_over", "text", "done"]
    handed = next(data for _, name, data in seen if name == "hand_over")
    assert (handed["from"], handed["to"]) == ("p0/m0", "p1/m1")
    assert text(seen) == TEXT


@pytest.mark.parametrize(("scripts", "change", "kind"), [
    (["529", "500"], {}, "all_failed"),
    (["529", f"ok '{TEXT}'"], {"model": "p0/m0", "only": True}, "pinned_down"),
    (["400", f"ok '{TEXT}'"], {}, "bad_request"),
    ([f"ok '{TEXT}'"], {"model": "gone"}, "no_such_model"),
])
def test_each_failure_has_a_word_for_what_can_be_done(house, scripts, change, kind):
    gateway = chain(house, *(("openai", script) for script in scripts))
    *_, (_, name, error) = ask(gateway, **change)
    assert (name, error["kind"]) == ("error", kind)
    assert error["message"] and error["story"]["outcome"] == "failed"


def test_what_was_written_before_a_break_is_kept_and_said_to_be_cut_off(house):
    gateway = chain(house, ("openai", f"ok '{TEXT}' cut@9"), more='mid_stream = "stop"')
    seen = ask(gateway)
    assert seen[-1][1] == "error" and seen[-1][2]["kind"] == "cut_off"
    assert TEXT.startswith(text(seen)) and text(seen)
    assert seen[-1][2]["story"]["outcome"] == "interrupted"


def test_a_reload_in_the_middle_of_an_answer_reads_on_and_asks_nobody_again(house):
    gateway = chain(house, ("openai", f"ok '{TEXT}' every=30ms"))
    asked = question()
    first = send(gateway, "POST", "/api/chat", asked)
    before = []
    for event in events(first):
        before.append(event)
        if text(before).count(" ") > 4:
            break
    first.close()
    rest = list(events(send(gateway, "GET", f"/api/chat/{asked['key']}?after={before[-1][0]}")))
    assert text(before + rest) == TEXT
    assert [n for n, _, _ in before + rest] == list(range(len(before) + len(rest)))
    # Asked again under the same key (a second tab, a repeated POST), it is the same answer.
    again = list(events(send(gateway, "POST", "/api/chat", asked)))
    assert again == before + rest
    listed = json.loads(send(gateway, "GET", "/api/requests").read())["requests"]
    assert len(listed) == 1


def test_a_reader_who_stops_an_answer_keeps_it_and_cancels_the_work(house):
    gateway = chain(house, ("openai", f"ok '{TEXT}' every=50ms"))
    asked = question()
    reading = events(send(gateway, "POST", "/api/chat", asked))
    seen = [next(reading)]
    while seen[-1][1] != "text":
        seen.append(next(reading))
    stopped = send(gateway, "DELETE", f"/api/chat/{asked['key']}")
    assert stopped.status == 204 and stopped.read() == b""
    seen += list(reading)
    assert seen[-1][1] == "stopped" and seen[-1][2]["story"]["outcome"] == "cancelled"
    assert text(seen) != TEXT and TEXT.startswith(text(seen))
    # It stays readable.
    assert list(events(send(gateway, "GET", f"/api/chat/{asked['key']}"))) == seen


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "param"), [
    ("POST", "/api/chat", "{", {}, 400, None),
    ("POST", "/api/chat", {"key": "x"}, {}, 400, "key"),
    ("POST", "/api/chat", {"key": "k" * 8, "model": "default"}, {}, 400, "messages"),
    ("POST", "/api/chat", "{}", {"content-type": "text/plain"}, 400, None),
    ("POST", "/api/chat", "{}", {"origin": "https://evil.example"}, 403, None),
    ("GET", "/api/chat", None, {}, 405, None),
    ("PUT", "/api/chat/abcdefgh", None, {}, 405, None),
    ("GET", "/api/chat/abcdefgh", None, {}, 404, "key"),
    ("DELETE", "/api/chat/abcdefgh", None, {}, 404, "key"),
    ("GET", "/api/chat/../../etc/passwd", None, {}, 404, "key"),
])
def test_bad_input_gets_a_clear_error(shared_house, method, path, body, headers, status, param):
    if not hasattr(shared_house, "bad_input"):
        shared_house.bad_input = chain(shared_house, ("openai", "ok"))
    response = send(shared_house.bad_input, method, path, body, headers)
    error = json.loads(response.read())["error"]
    assert (response.status, error["param"]) == (status, param), error
    assert error["message"]


def test_an_answer_under_way_ends_well_when_the_gateway_is_stopped(house):
    gateway = chain(house, ("openai", f"ok '{TEXT}' every=30ms"))
    reading = events(send(gateway, "POST", "/api/chat", question()))
    seen = [next(reading)]
    while seen[-1][1] != "text":
        seen.append(next(reading))
    gateway.process.send_signal(signal.SIGTERM)
    seen += list(reading)
    assert text(seen) == TEXT and seen[-1][1] == "done"
    assert gateway.process.wait(timeout=10) == 0


def test_an_answer_that_nobody_reads_does_not_keep_a_gateway_from_stopping(house):
    gateway = chain(house, ("openai", f"ok '{TEXT}' every=5s"))
    response = send(gateway, "POST", "/api/chat", question())
    next(events(response))
    response.close()
    # By the time that others have been answered, the gateway has seen that the reader is gone.
    for _ in range(20):
        assert send(gateway, "GET", "/api/status").read()
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(timeout=10) == 0


def test_the_pages_are_served_without_anything_from_elsewhere(shared_house):
    gateway = chain(shared_house, ("openai", "ok"))
    for path in ["/", "/status", "/assets/app.js", "/assets/vendor.js", "/assets/app.css", "/favicon.svg"]:
        response = send(gateway, "GET", path)
        content = response.read().decode()
        assert response.status == 200 and content, path
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert send(gateway, "GET", path, headers={"if-none-match": response.headers["etag"]}).status == 304
        head = send(gateway, "HEAD", path)
        assert head.status == 200 and head.read() == b""
    assert send(gateway, "POST", "/").status == 405
    assert send(gateway, "GET", "/assets/../Cargo.toml").status == 404
