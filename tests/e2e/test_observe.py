"""What an operator sees: metrics, status, the story of a request, the doctor. All of it from the real binary."""

import http.client
import json
import re
import subprocess
from urllib.parse import urlsplit

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from clients import body_of, raw
from conftest import BINARY, LOCAL_MODEL, ROOT, SECRETS, environment, free_port, provider, route

PROMPT = "The password of the prompt is swordfish."


def get(gateway, path, headers=None):
    """A plain GET, as a scraper or a script sends it."""
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def api(gateway, path):
    status, _, text = get(gateway, path)
    assert status == 200, text
    return json.loads(text)


def scrape(gateway):
    """All samples by (name, labels); a real parser refuses what is not OpenMetrics."""
    status, headers, text = get(gateway, "/metrics")
    assert status == 200 and headers["content-type"].startswith("application/openmetrics-text"), headers
    return {
        (sample.name, frozenset((k, v) for k, v in sample.labels.items() if v)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples, name, **labels):
    """The sum of the samples that have these labels."""
    wanted = set(labels.items())
    return sum(v for (found, has), v in samples.items() if found == name and wanted <= has)


def handover(*args, **env):
    return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                          env=environment(**env))


def two(house, lead_script, backup_script="ok", more=""):
    """A lead and a backup, each a simulator with its script."""
    lead, backup = house.simulator("openai", lead_script), house.simulator("anthropic", backup_script)
    return house.gateway(
        provider("lead", "openai", lead.url) + provider("backup", "anthropic", backup.url, key="BACKUP_KEY")
        + route("default", "lead/gpt-4o-mini", '{ model = "backup/claude-haiku-4-5", signal = 2 }', more=more)
    )


def question(gateway, stream=True, model="default", dialect="openai"):
    answer = raw(gateway.url, dialect, body_of(dialect, PROMPT, model=model, stream=stream))
    return answer, answer.headers["x-handover-request-id"]


def story(gateway, request_id):
    """Its story; it begins when the request has ended, which may be a moment after its last byte was read."""
    for _ in range(1000):
        status, _, text = get(gateway, f"/api/requests/{request_id}")
        if status == 200:
            return json.loads(text)
    pytest.fail(f"no story of {request_id}: {text}")


def test_the_metrics_say_who_answered_and_who_did_not(house, stream):
    gateway = two(house, "overloaded")
    for _ in range(2):
        answer, request_id = question(gateway, stream)
        assert answer.status == 200
        story(gateway, request_id)
    samples = scrape(gateway)
    served = dict(route="default", outcome="complete", served="backup/claude-haiku-4-5", signal="2")
    assert value(samples, "handover_requests_total", **served) == 2
    assert value(samples, "handover_attempts_total", target="lead/gpt-4o-mini", code="overloaded") == 2
    assert value(samples, "handover_attempts_total", target="backup/claude-haiku-4-5", code="ok") == 2
    moved = {"from": "lead/gpt-4o-mini", "to": "backup/claude-haiku-4-5", "reason": "overloaded"}
    assert value(samples, "handover_handovers_total", **moved) == 2
    asked = dict(gen_ai_request_model="default", gen_ai_response_model="claude-haiku-4-5", gen_ai_provider_name="backup")
    assert value(samples, "gen_ai_client_operation_duration_seconds_count", **asked) == 2
    assert value(samples, "gen_ai_client_token_usage_count", gen_ai_token_type="output", **asked) == 2
    assert value(samples, "gen_ai_server_time_to_first_token_seconds_count", **asked) == (2 if stream else 0)


def test_a_breaker_that_opens_is_seen_at_once(house):
    gateway = two(house, "529")
    for _ in range(4):
        question(gateway)
    samples = scrape(gateway)
    lead = dict(target="lead/gpt-4o-mini")
    assert value(samples, "handover_breaker_state", state="open", **lead) == 1
    assert value(samples, "handover_breaker_state", state="closed", **lead) == 0
    assert value(samples, "handover_target_state", state="resting", **lead) == 1
    assert value(samples, "handover_breaker_transitions_total", provider="lead", model="gpt-4o-mini", to="open") >= 1
    assert value(samples, "handover_target_state", state="ready", target="backup/claude-haiku-4-5") == 1
    status = api(gateway, "/api/status")
    assert status["level"] == "backup"
    target = status["routes"][0]["targets"][0]
    assert (target["id"], target["state"]) == ("lead/gpt-4o-mini", "resting")
    assert 0 < target["tried_again_in_s"] <= 10
    assert target["keys"][0]["breaker"]["state"] == "open"


def test_names_that_callers_make_up_make_no_time_series(house):
    gateway = two(house, "ok")
    ids = [question(gateway, model=f"lead/made-up-{n}")[1] for n in range(20)]
    ids += [question(gateway, model=f"nonsense-{n}")[1] for n in range(20)]
    story(gateway, ids[19])
    _, _, text = get(gateway, "/metrics")
    assert "made-up" not in text and "nonsense" not in text, text
    assert value(scrape(gateway), "handover_requests_total", served="other") == 20


def test_nothing_that_is_told_holds_a_prompt_an_answer_or_a_key(house, stream):
    gateway = two(house, "overloaded then 401 then ok")
    texts = []
    for _ in range(3):
        answer, request_id = question(gateway, stream)
        assert answer.status == 200
        texts.append(json.dumps(story(gateway, request_id)))
        texts.append(handover("why", request_id, "--url", gateway.url).stdout)
    texts += [get(gateway, path)[2] for path in ("/metrics", "/api/status", "/api/requests")]
    texts += [handover(command, "--url", gateway.url).stdout for command in ("status", "why")]
    for secret in ["swordfish", *SECRETS.values()]:
        assert not [text for text in texts if secret in text], secret


def test_a_story_has_every_attempt_and_why_tells_it(house):
    gateway = two(house, "overloaded")
    _, request_id = question(gateway)
    told = story(gateway, request_id)
    assert told["served"] == "backup/claude-haiku-4-5" and told["outcome"] == "complete"
    [step] = told["steps"]
    assert (step["target"], step["key"], step["code"], step["asked"]) == ("lead/gpt-4o-mini", 1, "overloaded", True)
    assert told["began_at_ms"] <= told["ended_at_ms"] and step["at_ms"] + step["took_ms"] <= told["took_ms"]

    for args in (["why", request_id], ["why"]):
        done = handover(*args, "--url", gateway.url)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert request_id in lines[0]
        assert "asked lead/gpt-4o-mini (key 1): overloaded" in lines[2]
        assert "asked backup/claude-haiku-4-5 (key 1): answered, first token after" in lines[3]
        assert "answered by a backup, backup/claude-haiku-4-5 (▂▄░░ Reduced)" in lines[4]
    as_json = json.loads(handover("why", request_id, "--json", "--url", gateway.url).stdout)
    assert as_json == told


def test_a_target_that_rests_is_told_as_passed_over(house):
    gateway = two(house, "529")
    for _ in range(5):
        _, request_id = question(gateway)
    story(gateway, request_id)
    assert "passed over lead/gpt-4o-mini: " in handover("why", request_id, "--url", gateway.url).stdout


def test_a_broken_answer_is_told_as_one(house):
    gateway = two(house, "ok cut@3", more='mid_stream = "stop"\n')
    _, request_id = question(gateway)
    told = story(gateway, request_id)
    assert told["outcome"] == "interrupted", told
    assert "broke off" in handover("why", request_id, "--url", gateway.url).stdout
    assert value(scrape(gateway), "handover_attempts_total", target="lead/gpt-4o-mini", code="cut_off") == 1


def test_the_list_is_the_newest_first_and_ends_at_500(house):
    gateway = two(house, "ok")
    ids = [question(gateway, stream=False)[1] for _ in range(503)]
    story(gateway, ids[-1])
    listed = [request["id"] for request in api(gateway, "/api/requests?limit=500")["requests"]]
    assert listed == ids[:2:-1]
    assert [request["id"] for request in api(gateway, "/api/requests?limit=2")["requests"]] == ids[:-3:-1]
    assert len(api(gateway, "/api/requests")["requests"]) == 50
    for path in ("/api/requests?limit=0", "/api/requests?limit=501", "/api/requests?limit=all"):
        assert get(gateway, path)[0] == 400, path


def test_whoever_asks_for_what_is_not_there_is_told_what_to_do(house):
    gateway = two(house, "ok")
    status, _, text = get(gateway, "/api/requests/req_unknown")
    assert status == 404 and "/api/requests" in json.loads(text)["error"]["message"]
    unknown = handover("why", "req_0123456789", "--url", gateway.url)
    assert unknown.returncode == 1 and "last 500" in unknown.stderr
    nothing = handover("why", "--url", gateway.url)
    assert nothing.returncode == 1 and "handover chat" in nothing.stderr
    crooked = handover("why", "../../metrics", "--url", gateway.url)
    assert crooked.returncode == 1 and "no request id" in crooked.stderr
    absent = f"http://127.0.0.1:{free_port()}"
    for command, code in (("why", 1), ("status", 2)):
        done = handover(command, "--url", absent)
        assert done.returncode == code and "no gateway is running" in done.stderr and "handover serve" in done.stderr


def test_other_peoples_pages_cannot_read_any_of_it(house):
    gateway = two(house, "ok")
    browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for path in ("/metrics", "/api/status", "/api/requests", "/api/requests/req_1"):
        assert get(gateway, path, {"origin": "https://evil.example"})[0] == 403, path
        assert get(gateway, path, {"sec-fetch-site": "cross-site"})[0] == 403, path
        assert get(gateway, path, {"host": "evil.example:4040", "user-agent": browser})[0] == 403, path
        assert get(gateway, path, {"sec-fetch-site": "same-origin", "user-agent": browser})[0] in (200, 404), path


@pytest.mark.parametrize("lead,backup,code", [("ok", "ok", 0), ("529", "ok", 1), ("529", "529", 2)],
                         ids=["lead", "backup", "nobody"])
def test_the_status_exit_code_says_whether_users_get_the_lead(house, lead, backup, code):
    gateway = two(house, lead, backup)
    for _ in range(6):
        question(gateway)
    done = handover("status", "--url", gateway.url)
    assert done.returncode == code, done.stdout + done.stderr
    word = "resting" if code else "answering"
    [line] = [line for line in done.stdout.splitlines() if "lead/gpt-4o-mini" in line]
    assert word in line and "▂▄▆█ Full" in line, done.stdout
    as_json = handover("status", "--json", "--url", gateway.url)
    assert as_json.returncode == code
    assert json.loads(as_json.stdout)["level"] == ["lead", "backup", "none"][code]


# --- the doctor ---


def doctor(house, config, *args, **env):
    file = house.folder / "doctor.toml"
    file.write_text(f'listen = "127.0.0.1:{free_port()}"\n' + config)
    done = handover("doctor", "--config", str(file), *args, **env)
    for secret in SECRETS.values():
        assert secret not in done.stdout + done.stderr
    return done


def test_the_doctor_finds_what_works_with_a_real_token(house):
    lead = house.simulator("openai", "ok")
    done = doctor(house, provider("lead", "openai", lead.url) + route("default", "lead/gpt-4o-mini"), "--live")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "key from LEAD_KEY" in done.stdout
    assert "reached in" in done.stdout
    assert "ok    lead/gpt-4o-mini: first token after" in done.stdout
    assert "1 of 1 target answered; nothing is wrong" in done.stdout


def test_the_doctor_without_live_spends_nothing(house):
    lead = house.recorder()
    done = doctor(house, provider("lead", "openai", lead.url) + route("default", "lead/gpt-4o-mini"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert lead.requests == []
    assert "--live" in done.stdout


def test_the_doctor_names_the_dead_key_among_several(house):
    dead = {"error": {"message": "Incorrect API key", "type": "invalid_request_error", "code": "invalid_api_key"}}
    lead, well = house.recorder(status=401, body=dead), house.simulator("openai", "ok")
    config = (
        provider("lead", "openai", lead.url).replace('["env:LEAD_KEY"]', '["env:LEAD_KEY", "env:BACKUP_KEY"]')
        + provider("well", "openai", well.url) + route("default", "lead/gpt-4o-mini", "well/gpt-4o-mini")
    )
    done = doctor(house, config, "--live")
    assert done.returncode == 1
    assert len(lead.requests) == 2, "one token with each key"
    assert done.stdout.count("refused the API key (401), key from") == 2, done.stdout
    assert "fix: the key in LEAD_KEY was refused" in done.stdout
    assert "fix: the key in BACKUP_KEY was refused" in done.stdout
    assert "1 of 2 targets answered; 2 things do not work" in done.stdout
    report = json.loads(doctor(house, config, "--live", "--json").stdout)
    assert (report["ok"], report["targets"], report["targets_that_work"]) == (False, 2, 1)
    fixes = [finding["fix"] for finding in report["findings"] if finding["mark"] == "fail"]
    assert len(fixes) == 2 and all(fixes)


def test_the_doctor_tells_name_and_connection_apart(house):
    nobody = f"http://127.0.0.1:{free_port()}"
    config = (
        provider("nobody", "openai", nobody) + provider("nowhere", "openai", "http://no-such-host.invalid")
        + provider("plain", "openai", nobody.replace("http:", "https:"))
        + route("default", "nobody/m", "nowhere/m", "plain/m")
    )
    done = doctor(house, config)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    failed = {line.split(":")[0].split()[-1]: line for line in lines if line.startswith("fail")}
    assert "nobody listens there" in failed["nobody"], done.stdout
    assert "does not resolve" in failed["nowhere"], done.stdout
    assert all(lines[lines.index(line) + 1].startswith("      fix: ") for line in failed.values()), done.stdout
    assert "0 of 3 targets can be asked; 3 things do not work" in done.stdout


def test_the_doctor_tells_tls_from_a_dead_address(house):
    plain = house.simulator("openai", "ok")
    config = provider("plain", "openai", plain.url.replace("http:", "https:")) + route("default", "plain/m")
    done = doctor(house, config)
    assert done.returncode == 1
    assert "TLS failed" in done.stdout and "ca_file" in done.stdout, done.stdout


def test_the_doctor_says_which_variable_is_missing(house):
    well = house.simulator("openai", "ok")
    config = (
        provider("lead", "openai", well.url, key="NOT_SET_ANYWHERE") + provider("well", "openai", well.url)
        + route("default", "lead/m", "well/m")
    )
    done = doctor(house, config)
    assert done.returncode == 1
    assert "NOT_SET_ANYWHERE" in done.stdout and "fix: " in done.stdout, done.stdout


def test_the_doctor_works_without_a_configuration(house):
    lead = house.simulator("openai", "ok")
    done = subprocess.run(
        [BINARY, "doctor", "--live"], capture_output=True, text=True, timeout=120, cwd=house.folder,
        env=environment(OPENAI_API_KEY="sk-of-the-environment", OPENAI_BASE_URL=f"{lead.url}/v1",
                        HANDOVER_LISTEN=f"127.0.0.1:{free_port()}"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "key from OPENAI_API_KEY" in done.stdout and "sk-of-the-environment" not in done.stdout
    assert "ok    openai/gpt-4o-mini: first token after" in done.stdout
    assert f"ok    local/{LOCAL_MODEL}: model file is here" in done.stdout
    assert f"ok    local/{LOCAL_MODEL}: first token after" in done.stdout


def test_the_doctor_says_how_to_get_a_local_model(house):
    done = doctor(house, '[providers.local]\ndialect = "local"\n' + route("default", "local/not-here"),
                  HANDOVER_HOME=str(house.folder / "empty"))
    assert done.returncode == 1
    assert "fix: get it with `handover model pull not-here`" in done.stdout


def test_the_doctor_knows_what_a_running_gateway_has_learned(house):
    gateway = two(house, "529")
    for _ in range(4):
        question(gateway)
    config = next(house.folder.glob("handover-*.toml"))
    file = house.folder / "same.toml"
    file.write_text(f'listen = "127.0.0.1:{gateway.port}"\n' + config.read_text())
    done = handover("doctor", "--config", str(file))
    assert "warn  lead/gpt-4o-mini: resting at the running gateway" in done.stdout, done.stdout
    assert "ok    backup/claude-haiku-4-5: ready at the running gateway" in done.stdout


def test_equals_are_shown_as_one_link_of_the_chain(house):
    file = house.folder / "equals.toml"
    file.write_text(
        provider("a", "openai", "http://127.0.0.1:1") + provider("b", "openai", "http://127.0.0.1:1")
        + route("default", '{ any_of = ["a/m", "b/m"] }', "a/small")
    )
    done = handover("check", "--offline", str(file))
    assert "default → one of (a/m, b/m) → a/small" in done.stdout + done.stderr


# --- the documents ---


def fields(value) -> set:
    """Every name in a JSON value, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*(fields(v) for v in value.values()))
    return set().union(*(fields(v) for v in value)) if isinstance(value, list) else set()


def test_every_field_and_path_is_explained_in_the_reference(house):
    document = (ROOT / "docs" / "reference" / "http.md").read_text()
    explained = set(re.findall(r"`([a-z_0-9]+)`", document))
    gateway = two(house, "529")
    for _ in range(4):
        _, request_id = question(gateway)
    told = [story(gateway, request_id), api(gateway, "/api/status"), api(gateway, "/api/requests")]
    assert fields(told) <= explained, fields(told) - explained
    paths = re.findall(r"^\| `(/[^`]*)` \| ([A-Z]+) \|", document, flags=re.MULTILINE)
    assert len(paths) >= 10
    for path, method in paths:
        path = path.replace("/v1/models/{id}", "/v1/models/default").replace("{id}", request_id)
        connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)
        connection.request(method, path, b"{}" if method == "POST" else None)
        status = connection.getresponse().status
        connection.close()
        # An empty body is a mistake (400), but the path is there and takes the method.
        assert status == (400 if method == "POST" else 200), f"{method} {path}: {status}"
