"""What else a stranger meets: the models list, health, the commands, and that no secret leaves the house."""

import json
import subprocess

import pytest

from clients import CALLER_KEY, ask, body_of, raw
from conftest import BINARY, SECRETS, environment, free_port, provider, route


@pytest.fixture(scope="module")
def gateway(shared_house):
    simulator = shared_house.simulator("openai", 'ok "A whole answer."')
    return shared_house.gateway(
        provider("lead", "openai", simulator.url) + route("default", "lead/m", more='aliases = ["gpt-4o-mini"]'))


def run(*args, **options) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60, env=environment(),
                          stdin=subprocess.DEVNULL, **options)


def test_the_models_list_has_the_shape_of_its_caller(gateway):
    as_openai = raw(gateway.url, "openai", method="GET", path="/v1/models")
    as_anthropic = raw(gateway.url, "anthropic", method="GET", path="/v1/models")
    assert as_openai.json["object"] == "list"
    assert {"default", "gpt-4o-mini"} <= {model["id"] for model in as_openai.json["data"]}
    assert all(model["object"] == "model" for model in as_openai.json["data"])
    assert "has_more" in as_anthropic.json
    assert {"default"} <= {model["id"] for model in as_anthropic.json["data"]}
    assert all(model["type"] == "model" for model in as_anthropic.json["data"])


def test_health_and_readiness_answer(gateway):
    assert raw(gateway.url, method="GET", path="/healthz").status == 200
    assert raw(gateway.url, method="GET", path="/readyz").status == 200


def test_the_lead_is_full_signal_and_says_so(gateway, sdk, stream):
    seen = ask(sdk, gateway.url, stream=stream)
    assert (seen.error, seen.text, seen.model) == (None, "A whole answer.", "m")
    answer = raw(gateway.url, sdk[0], body_of(sdk[0], stream=stream))
    assert answer.headers["x-handover-signal"] == "4"
    assert answer.headers["x-handover-served"] == "lead/m"
    assert "x-handover-reason" not in answer.headers


def test_check_knows_a_good_file_and_every_fault_of_a_bad_one(tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(provider("lead", "openai", "http://127.0.0.1:9") + route("default", "lead/m"))
    bad.write_text('[providers.lead]\ndialct = "openai"\n[routes.default]\ntargets = ["laed/m"]\n')
    done = run("check", str(good), "--offline")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run("check", str(bad), "--offline")
    said = done.stdout + done.stderr
    assert done.returncode == 78, said
    assert "dialect" in said and "laed" in said and "bad.toml:2" in said, said
    done = run("check", str(bad), "--offline", "--format", "json")
    assert done.returncode == 78
    json.loads(done.stdout)


def test_a_gateway_does_not_start_with_a_broken_file(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('[routes.default]\ntargets = ["nobody/m"]\n')
    done = run("serve", "--config", str(bad), "--listen", "127.0.0.1:0")
    assert done.returncode == 78, done.stdout + done.stderr


def test_chat_writes_the_answer_and_nothing_else_to_stdout(house, tmp_path):
    simulator = house.simulator("openai", 'ok "A whole answer."')
    config = tmp_path / "chat.toml"
    # Nobody listens there: `chat` brings a gateway of its own.
    listen = f'listen = "127.0.0.1:{free_port()}"\n'
    config.write_text(listen + provider("lead", "openai", simulator.url) + route("default", "lead/m"))
    done = run("chat", "--config", str(config), "Say something.", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "A whole answer.\n"
    done = run("chat", "--config", str(config), "--json", "Say something.", cwd=tmp_path)
    assert "A whole answer." in json.loads(done.stdout).values(), done.stdout


def test_chat_through_a_running_gateway_says_on_stderr_who_answered(house, tmp_path):
    silent = house.recorder(status=500, body={"error": {"message": "ill"}})
    well = house.simulator("openai", 'ok "From the backup."')
    gateway = house.gateway(
        provider("lead", "openai", silent.url) + provider("backup", "openai", well.url, key="BACKUP_KEY")
        + route("default", "lead/one", "backup/two"))
    done = run("chat", "--url", gateway.url, "Say something.", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "From the backup.\n"), done.stderr
    assert "two" in done.stderr, done.stderr


def test_chat_stops_when_nobody_reads_it_any_more(house, tmp_path):
    endless = house.simulator("openai", "ok tokens=2000 every=50ms")
    gateway = house.gateway(provider("lead", "openai", endless.url) + route("default", "lead/m"))
    chat = subprocess.Popen([BINARY, "chat", "--url", gateway.url, "Tell me a story."], cwd=tmp_path,
                            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
    try:
        assert chat.stdout.read(5)
        chat.stdout.close()
        # The whole answer would take 100 s.
        assert chat.wait(timeout=20) == 0
    finally:
        chat.kill()


def test_a_provider_in_no_route_can_be_asked_by_its_name(house):
    idle = house.simulator("openai", "ok")
    used = house.simulator("openai", "ok")
    gateway = house.gateway(provider("used", "openai", used.url) + provider("idle", "openai", idle.url)
                            + route("default", "used/m"))
    answer = raw(gateway.url, body=body_of("openai", model="idle/any-model"))
    assert (answer.status, answer.headers["x-handover-served"]) == (200, "idle/any-model"), answer.body


def test_no_secret_leaves_the_house(house, dialect):
    """Keys go to their own provider, and appear in no log, error or header; the caller's key goes nowhere."""
    lead = house.recorder(status=401, body={"error": {"message": "Incorrect API key provided: sk-lead-secret-7c1e"}})
    backup = house.recorder()
    gateway = house.gateway(
        provider("lead", "openai", lead.url) + provider("backup", "openai", backup.url, key="BACKUP_KEY")
        + route("default", "lead/m", "backup/m") + route("lost", "lead/m"))
    answers = [raw(gateway.url, dialect, body_of(dialect, model=model)) for model in ("default", "lost")]
    assert answers[0].status == 200 and answers[1].status >= 400
    assert lead.requests[0]["headers"]["authorization"] == f"Bearer {SECRETS['LEAD_KEY']}"
    assert backup.requests[0]["headers"]["authorization"] == f"Bearer {SECRETS['BACKUP_KEY']}"
    sent = str(lead.requests + backup.requests)
    assert CALLER_KEY not in sent
    for secret in [*SECRETS.values(), CALLER_KEY]:
        assert secret not in gateway.log()
        for answer in answers:
            assert secret not in answer.body.decode() + str(answer.headers)


def test_unknown_fields_reach_a_provider_of_the_same_dialect(house):
    lead = house.recorder()
    gateway = house.gateway(provider("lead", "openai", lead.url) + route("default", "lead/m"))
    extra = {"vendor_field": {"deep": [1, {"x": None}]}, "metadata": {"a": "b"}}
    raw(gateway.url, body=body_of("openai", **extra))
    sent = json.loads(lead.requests[0]["body"])
    assert {name: sent[name] for name in extra} == extra
    assert sent["model"] == "m"


def test_an_application_keeps_its_models_name_and_gets_an_answer(house):
    gateway = house.gateway_without_config()
    for dialect, model in (("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5")):
        answer = raw(gateway.url, dialect, body_of(dialect, model=model, max_tokens=4), timeout=60)
        assert answer.status == 200, answer.body
        assert answer.headers["x-handover-served"] == "local/smollm2-135m-instruct"
    assert raw(gateway.url, body=body_of("openai", model="no-such-model")).status == 404
